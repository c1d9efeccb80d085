//! `int(text, base)` and integer literals.
//!
//! Text is scanned once: grammar, digit count and a `u64` accumulator together, so that ordinary numbers never
//! see a `BigInt`. Long decimal numbers are split in halves around powers of the base (`num-bigint` reads digit
//! by digit, which is quadratic).

use num_bigint::{BigInt, BigUint};

use crate::ascii;
use crate::error::NumError;
use crate::int::Int;

/// Why a string is not an integer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntParseError {
    /// Not of the grammar: the caller raises [`invalid_literal`] with the `repr` of its argument.
    Invalid,
    /// Anything whose message needs no argument: a bad base, or more digits than allowed.
    Error(NumError),
}

/// Digits up to this count are always converted, whatever the limit (`sys.int_info.str_digits_check_threshold`).
pub const DIGITS_CHECK_THRESHOLD: usize = 640;

/// The message for [`IntParseError::Invalid`]; `repr` is cut to 200 characters as CPython does.
pub fn invalid_literal(base: u32, repr: &str) -> NumError {
    let end = repr.char_indices().nth(200).map_or(repr.len(), |(index, _)| index);
    NumError::value(format!("invalid literal for int() with base {base}: {}", &repr[..end]))
}

/// As [`invalid_literal`] of a text whose repr is the text between quotes; `None` for any other.
pub fn plain_invalid_literal(base: u32, text: &str) -> Option<String> {
    let plain = |b: u8| matches!(b, b' '..=b'~') && !matches!(b, b'\'' | b'\\');
    if text.len() > 198 || !text.bytes().all(plain) {
        return None;
    }
    let mut message = String::with_capacity(text.len() + 44);
    message.push_str("invalid literal for int() with base ");
    if base >= 10 {
        message.push(char::from(b'0' + (base / 10) as u8));
    }
    message.push(char::from(b'0' + (base % 10) as u8));
    message.push_str(": '");
    message.push_str(text);
    message.push('\'');
    Some(message)
}

/// A decimal number of at most 18 digits and nothing else, as most texts of ints are.
pub fn short_decimal(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let mut n = 0;
    for &b in digits {
        if !b.is_ascii_digit() {
            return None;
        }
        n = n * 10 + i64::from(b - b'0');
    }
    Some(if negative { -n } else { n })
}

/// Parses code points: ASCII, or digits and white space of any script.
pub fn parse(
    code_points: impl IntoIterator<Item = u32>,
    base: u32,
    max_digits: usize,
) -> Result<Int, IntParseError> {
    parse_ascii(&ascii::normalize(code_points), base, max_digits)
}

/// Parses ASCII text as `int(text, base)` does: white space, sign, prefix, digits with single underscores.
///
/// `base` is 0 (take it from the prefix) or 2 to 36. More than `max_digits` digits in a base that is no power of
/// two are refused, unless `max_digits` is 0.
pub fn parse_ascii(text: &[u8], base: u32, max_digits: usize) -> Result<Int, IntParseError> {
    if base == 1 || base > 36 {
        let message = "int() base must be >= 2 and <= 36, or 0";
        return Err(IntParseError::Error(NumError::value(message)));
    }
    let text = ascii::trim(text);
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let (prefix_base, digits) = split_prefix(text, base);
    let radix = match (base, prefix_base) {
        (0, Some(prefix_base)) => prefix_base,
        (0, None) => 10,
        _ => base,
    };
    let scan = scan_digits(digits, radix).ok_or(IntParseError::Invalid)?;
    if base == 0 && prefix_base.is_none() && digits[0] == b'0' && !scan.all_zero {
        return Err(IntParseError::Invalid);
    }
    if !radix.is_power_of_two() && max_digits > 0 && scan.count > DIGITS_CHECK_THRESHOLD.max(max_digits) {
        return Err(IntParseError::Error(NumError::value(format!(
            "Exceeds the limit ({max_digits} digits) for integer string conversion: value has {} digits; \
             use sys.set_int_max_str_digits() to increase the limit",
            scan.count
        ))));
    }
    Ok(match scan.value {
        Some(value) if negative => Int::from_i128(-i128::from(value)),
        Some(value) => Int::from(value),
        None => Int::from_magnitude(negative, parse_magnitude(digits, radix)),
    })
}

/// Removes `0x`, `0o` or `0b` with one underscore after it, where `base` allows it.
fn split_prefix(text: &[u8], base: u32) -> (Option<u32>, &[u8]) {
    let [b'0', letter, rest @ ..] = text else { return (None, text) };
    let prefix_base = match letter | 0x20 {
        b'x' => 16,
        b'o' => 8,
        b'b' => 2,
        _ => return (None, text),
    };
    if base != 0 && base != prefix_base {
        return (None, text);
    }
    (Some(prefix_base), rest.strip_prefix(b"_").unwrap_or(rest))
}

struct Scan {
    /// The value, when a `u64` holds it.
    value: Option<u64>,
    count: usize,
    all_zero: bool,
}

/// Checks the digits and underscores and accumulates them; `None` if the text is malformed.
fn scan_digits(text: &[u8], radix: u32) -> Option<Scan> {
    let mut scan = Scan { value: Some(0), count: 0, all_zero: true };
    let mut after_digit = false;
    for &byte in text {
        let digit = digit_value(byte);
        if digit < radix {
            scan.value = scan
                .value
                .and_then(|value| value.checked_mul(u64::from(radix)))
                .and_then(|value| value.checked_add(u64::from(digit)));
            scan.all_zero &= digit == 0;
            scan.count += 1;
            after_digit = true;
        } else if byte == b'_' && after_digit {
            after_digit = false;
        } else {
            return None;
        }
    }
    after_digit.then_some(scan)
}

/// The value of a digit in base 36, or a number above any base.
#[inline]
fn digit_value(byte: u8) -> u32 {
    match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        b'a'..=b'z' => u32::from(byte - b'a') + 10,
        b'A'..=b'Z' => u32::from(byte - b'A') + 10,
        _ => u32::MAX,
    }
}

#[cold]
fn parse_magnitude(text: &[u8], radix: u32) -> BigUint {
    let digits: Vec<u8> =
        text.iter().filter(|byte| **byte != b'_').map(|byte| digit_value(*byte) as u8).collect();
    from_digits(&digits, radix)
}

/// The number with these digit values, most significant first; linear for powers of two, else by halving.
pub fn from_digits(digits: &[u8], radix: u32) -> BigUint {
    const LEAF: usize = 512;
    if radix.is_power_of_two() || digits.len() <= LEAF {
        return BigUint::from_radix_be(digits, radix).unwrap_or_default();
    }
    // powers[k] = radix ** (LEAF << k)
    let mut powers = vec![BigUint::from(radix).pow(LEAF as u32)];
    while LEAF << powers.len() < digits.len() {
        let last = &powers[powers.len() - 1];
        powers.push(last * last);
    }
    from_digits_halving(digits, radix, LEAF, &powers)
}

fn from_digits_halving(digits: &[u8], radix: u32, leaf: usize, powers: &[BigUint]) -> BigUint {
    if digits.len() <= leaf {
        return BigUint::from_radix_be(digits, radix).unwrap_or_default();
    }
    let mut level = powers.len() - 1;
    while leaf << level >= digits.len() {
        level -= 1;
    }
    let (high, low) = digits.split_at(digits.len() - (leaf << level));
    let high = from_digits_halving(high, radix, leaf, &powers[..=level]);
    high * &powers[level] + from_digits_halving(low, radix, leaf, &powers[..=level])
}

/// The value of an integer literal of Python source: base 0, no limit; `None` if it is none.
pub fn parse_source_literal(text: &[u8]) -> Option<Int> {
    parse_ascii(text, 0, 0).ok()
}

/// `BigInt` from sign and decimal digits, for callers outside `int` (`decimal`, `fractions`).
pub fn decimal_digits_to_big(negative: bool, digits: &[u8]) -> BigInt {
    Int::from_magnitude(negative, parse_magnitude(digits, 10)).into_big()
}

/// A literal known to be valid, for the tests of this crate.
#[cfg(test)]
pub(crate) fn parse_literal(text: &str) -> Int {
    parse_source_literal(text.as_bytes()).expect("an integer literal")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::int_str::to_decimal;

    fn text(text: &str, base: u32) -> Option<String> {
        parse(text.chars().map(u32::from), base, 4300).ok().map(|value| to_decimal(&value))
    }

    #[test]
    fn grammar() {
        for (source, base, expected) in [
            ("12", 10, Some("12")),
            (" -1_2\n", 10, Some("-12")),
            ("１_２", 10, Some("12")),
            ("0x_1F", 0, Some("31")),
            ("0X1F", 16, Some("31")),
            ("0b1", 16, Some("177")),
            ("0b_1", 2, Some("1")),
            ("00_0", 0, Some("0")),
            ("zz", 36, Some("1295")),
            ("-9223372036854775808", 10, Some("-9223372036854775808")),
            ("18446744073709551616", 10, Some("18446744073709551616")),
            ("01", 0, None),
            ("0_7", 0, None),
            ("0x", 16, None),
            ("0x__1", 16, None),
            ("0b2", 2, None),
            ("_1", 10, None),
            ("1_", 10, None),
            ("1__1", 10, None),
            ("- 1", 10, None),
            ("--1", 10, None),
            ("", 10, None),
            ("\u{1c}1", 10, None),
            ("\u{a0}1", 10, Some("1")),
        ] {
            assert_eq!(text(source, base).as_deref(), expected, "int({source:?}, {base})");
        }
    }

    #[test]
    fn digit_limit() {
        let long = "1".repeat(5000);
        let IntParseError::Error(error) = parse_ascii(long.as_bytes(), 10, 4300).unwrap_err() else {
            panic!()
        };
        assert_eq!(
            error.message,
            "Exceeds the limit (4300 digits) for integer string conversion: value has 5000 digits; \
             use sys.set_int_max_str_digits() to increase the limit"
        );
        assert!(parse_ascii(long.as_bytes(), 16, 4300).is_ok());
        assert_eq!(parse_ascii(format!("{long}x").as_bytes(), 10, 4300), Err(IntParseError::Invalid));
    }

    #[test]
    fn halving_agrees_with_digit_by_digit() {
        for length in [511, 512, 513, 1024, 1025, 5000] {
            for radix in [3, 10, 36] {
                let digits: Vec<u8> =
                    (0..length).map(|i| ((i * i + 7 * i + 1) % radix as usize) as u8).collect();
                assert_eq!(from_digits(&digits, radix), BigUint::from_radix_be(&digits, radix).unwrap());
            }
        }
    }
}
