//! Integers as text, in bases 2, 8, 10 and 16.
//!
//! The `*_into` functions append to a `String` and do not allocate for machine integers. `num-bigint` converts to
//! decimal by divide and conquer, which needs no help.

use num_bigint::BigUint;

use crate::error::NumError;
use crate::int::Int;
use crate::int_bits::bit_length;
use crate::int_parse::DIGITS_CHECK_THRESHOLD;

/// Two decimal digits at a time: the text of 00 to 99.
const PAIRS: &[u8; 200] = b"0001020304050607080910111213141516171819\
2021222324252627282930313233343536373839\
4041424344454647484950515253545556575859\
6061626364656667686970717273747576777879\
8081828384858687888990919293949596979899";

/// Longest decimal `u64`.
const U64_DIGITS: usize = 20;

/// Appends `str(value)` for a machine integer.
#[inline]
pub fn i64_into(value: i64, out: &mut String) {
    if value < 0 {
        out.push('-');
    }
    u64_into(value.unsigned_abs(), out);
}

/// Appends the decimal digits of `value`.
pub fn u64_into(mut value: u64, out: &mut String) {
    let mut buffer = [0u8; U64_DIGITS];
    let mut start = U64_DIGITS;
    while value >= 100 {
        let pair = (value % 100) as usize * 2;
        value /= 100;
        start -= 2;
        buffer[start..start + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
    }
    if value >= 10 {
        let pair = value as usize * 2;
        start -= 2;
        buffer[start..start + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
    } else {
        start -= 1;
        buffer[start] = b'0' + value as u8;
    }
    push_ascii(out, &buffer[start..]);
}

/// Appends bytes known to be ASCII.
#[inline]
pub(crate) fn push_ascii(out: &mut String, bytes: &[u8]) {
    match std::str::from_utf8(bytes) {
        Ok(text) => out.push_str(text),
        Err(_) => unreachable!("number text is ASCII"),
    }
}

/// `str(value)` without a limit.
pub fn to_decimal(value: &Int) -> String {
    match value {
        Int::Small(small) => {
            let mut out = String::with_capacity(U64_DIGITS);
            i64_into(*small, &mut out);
            out
        }
        Int::Big(big) => big.to_str_radix(10),
    }
}

/// `str(value)` under `sys.set_int_max_str_digits(max_digits)`, 0 meaning no limit.
#[inline]
pub fn to_decimal_limited(value: &Int, max_digits: usize) -> Result<String, NumError> {
    if let Int::Small(_) = value {
        return Ok(to_decimal(value));
    }
    // More bits than the limit could need: refuse before doing the work.
    let checked = max_digits >= DIGITS_CHECK_THRESHOLD;
    if checked && bit_length(value) as f64 > (max_digits as f64 + 1.0) * std::f64::consts::LOG2_10 {
        return Err(too_many_digits(max_digits));
    }
    let text = to_decimal(value);
    if checked && text.trim_start_matches('-').len() > max_digits {
        return Err(too_many_digits(max_digits));
    }
    Ok(text)
}

/// The error of [`to_decimal_limited`].
#[cold]
pub fn too_many_digits(max_digits: usize) -> NumError {
    NumError::value(format!(
        "Exceeds the limit ({max_digits} digits) for integer string conversion; \
         use sys.set_int_max_str_digits() to increase the limit"
    ))
}

/// The digits of `abs(value)` in base 2, 8, 10 or 16 (lower case), without sign and prefix.
pub fn magnitude_digits(value: &Int, radix: u32) -> String {
    match value {
        Int::Small(small) => u64_digits(small.unsigned_abs(), radix),
        Int::Big(big) => big.magnitude().to_str_radix(radix),
    }
}

fn u64_digits(value: u64, radix: u32) -> String {
    match radix {
        2 => bit_digits(value, 1),
        8 => bit_digits(value, 3),
        16 => bit_digits(value, 4),
        _ => {
            let mut out = String::with_capacity(U64_DIGITS);
            u64_into(value, &mut out);
            out
        }
    }
}

/// Digits of so many bits each.
fn bit_digits(value: u64, bits: u32) -> String {
    let count = (u64::BITS - value.leading_zeros()).div_ceil(bits).max(1);
    let digit = |n: u32| char::from(b"0123456789abcdef"[(value >> (n * bits)) as usize & ((1 << bits) - 1)]);
    (0..count).rev().map(digit).collect()
}

/// `bin(value)`, `oct(value)` or `hex(value)`, by `radix`.
pub fn to_prefixed(value: &Int, radix: u32) -> String {
    let mut out = String::new();
    if value.is_negative() {
        out.push('-');
    }
    out.push_str(match radix {
        2 => "0b",
        8 => "0o",
        _ => "0x",
    });
    out.push_str(&magnitude_digits(value, radix));
    out
}

/// The number of decimal digits of a magnitude, for callers that size buffers; exact only up to one too many.
pub fn decimal_digits_bound(magnitude: &BigUint) -> usize {
    (magnitude.bits() as f64 * std::f64::consts::LOG10_2) as usize + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::int_parse::parse_literal as int;

    #[test]
    fn machine_integers() {
        for value in [0, 7, 10, 99, 100, 12345, -1, i64::MAX, i64::MIN, -1_000_000] {
            assert_eq!(to_decimal(&value.into()), value.to_string());
        }
    }

    #[test]
    fn bases() {
        assert_eq!(to_prefixed(&(-255).into(), 16), "-0xff");
        assert_eq!(to_prefixed(&int("0x1_0000_0000_0000_0000_00ab"), 16), "0x1000000000000000000ab");
        assert_eq!(to_prefixed(&i64::MIN.into(), 8), "-0o1000000000000000000000");
        assert_eq!(to_prefixed(&5.into(), 2), "0b101");
    }

    #[test]
    fn limit_counts_digits_exactly() {
        let nines = int(&"9".repeat(4300));
        assert!(to_decimal_limited(&nines, 4300).is_ok());
        let error = to_decimal_limited(&crate::int_arith::add(&nines, &Int::ONE), 4300).unwrap_err();
        assert!(
            error.message.starts_with("Exceeds the limit (4300 digits) for integer string conversion; use")
        );
        assert!(to_decimal_limited(&nines, 0).is_ok());
    }
}
