//! Bitwise operations, bit counting and the hash of integers.
//!
//! Python's integers behave as if in two's complement with infinitely many sign bits; so do `num-bigint`'s
//! operators.

use num_bigint::{BigInt, BigUint};

use crate::int::Int;

macro_rules! bitwise {
    ($(#[$doc:meta])* $name:ident, $cold:ident, $op:tt) => {
        $(#[$doc])*
        #[inline]
        pub fn $name(a: &Int, b: &Int) -> Int {
            match (a, b) {
                (Int::Small(x), Int::Small(y)) => Int::Small(x $op y),
                _ => $cold(a, b),
            }
        }

        #[cold]
        #[inline(never)]
        fn $cold(a: &Int, b: &Int) -> Int {
            Int::from_big(&*a.to_big() $op &*b.to_big())
        }
    };
}

bitwise!(
    /// `a | b`
    or, or_big, |
);
bitwise!(
    /// `a ^ b`
    xor, xor_big, ^
);

/// `a & b`
#[inline]
pub fn and(a: &Int, b: &Int) -> Int {
    match (a, b) {
        (Int::Small(x), Int::Small(y)) => Int::Small(x & y),
        (Int::Big(x), Int::Small(mask @ 0..)) | (Int::Small(mask @ 0..), Int::Big(x)) => {
            Int::Small(low_bits(x) as i64 & mask)
        }
        _ => and_big(a, b),
    }
}

#[cold]
#[inline(never)]
fn and_big(a: &Int, b: &Int) -> Int {
    Int::from_big(&*a.to_big() & &*b.to_big())
}

/// The lowest 64 bits in two's complement.
#[inline]
pub fn low_bits(value: &BigInt) -> u64 {
    let low = value.iter_u64_digits().next().unwrap_or(0);
    if value.sign() == num_bigint::Sign::Minus { low.wrapping_neg() } else { low }
}

/// `~a`
#[inline]
pub fn invert(a: &Int) -> Int {
    match a {
        Int::Small(x) => Int::Small(!x),
        Int::Big(x) => Int::from_big(!x),
    }
}

/// `a.bit_length()`
#[inline]
pub fn bit_length(a: &Int) -> u64 {
    match a {
        Int::Small(x) => u64::from(64 - x.unsigned_abs().leading_zeros()),
        Int::Big(x) => x.bits(),
    }
}

/// `a.bit_count()`: the ones of the absolute value.
#[inline]
pub fn bit_count(a: &Int) -> u64 {
    match a {
        Int::Small(x) => u64::from(x.unsigned_abs().count_ones()),
        Int::Big(x) => x.magnitude().count_ones(),
    }
}

/// The number of zero bits below the lowest set bit; zero has none.
pub fn trailing_zeros(a: &Int) -> u64 {
    match a {
        Int::Small(0) => 0,
        Int::Small(x) => u64::from(x.trailing_zeros()),
        Int::Big(x) => x.trailing_zeros().unwrap_or(0),
    }
}

/// The Mersenne prime that numeric hashes are reduced by.
pub const HASH_MODULUS: u64 = (1 << 61) - 1;

/// `hash(a)`: the value modulo 2**61 - 1 with its sign, and -2 in place of -1.
#[inline]
pub fn hash(a: &Int) -> i64 {
    match a {
        Int::Small(x) => hash_i64(*x),
        Int::Big(x) => hash_sign(x.sign() == num_bigint::Sign::Minus, reduce(x.magnitude())),
    }
}

/// [`hash`] of a machine integer.
#[inline]
pub fn hash_i64(x: i64) -> i64 {
    hash_sign(x < 0, x.unsigned_abs() % HASH_MODULUS)
}

/// [`hash`] of a double machine integer.
pub fn hash_i128(x: i128) -> i64 {
    let magnitude = x.unsigned_abs();
    // 2**61 is 1 modulo 2**61 - 1: three digits of 61 bits are added up.
    let digit = |n: u32| (magnitude >> (61 * n)) as u64 & HASH_MODULUS;
    hash_sign(x < 0, (digit(0) + digit(1) + digit(2)) % HASH_MODULUS)
}

/// A magnitude modulo [`HASH_MODULUS`].
fn reduce(magnitude: &BigUint) -> u64 {
    // 2**64 is 8 modulo 2**61 - 1, which turns the reduction into shifts.
    magnitude.iter_u64_digits().rev().fold(0u64, |hash, limb| {
        let sum = (u128::from(hash) << 3) + u128::from(limb);
        let folded = (sum & u128::from(HASH_MODULUS)) as u64 + (sum >> 61) as u64;
        if folded >= HASH_MODULUS { folded - HASH_MODULUS } else { folded }
    })
}

/// Applies a sign to a reduced magnitude and avoids -1, which means "error" in CPython's C interface.
#[inline]
pub(crate) fn hash_sign(negative: bool, magnitude: u64) -> i64 {
    let hash = if negative { -(magnitude as i64) } else { magnitude as i64 };
    if hash == -1 { -2 } else { hash }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::int_parse::parse_literal as int;

    #[test]
    fn bitwise_on_negatives() {
        let big = int("-36893488147419103233");
        assert_eq!(and(&big, &0xff.into()), 0xff.into());
        assert_eq!(and(&big, &(-256).into()), int("-36893488147419103488"));
        assert_eq!(or(&big, &1.into()), big);
        assert_eq!(xor(&big, &big), Int::ZERO);
        assert_eq!(invert(&big), int("36893488147419103232"));
    }

    #[test]
    fn counting() {
        assert_eq!(bit_length(&i64::MIN.into()), 64);
        assert_eq!(bit_length(&Int::ZERO), 0);
        assert_eq!(bit_count(&int("-36893488147419103233")), 2);
        assert_eq!(trailing_zeros(&int("36893488147419103232")), 65);
    }

    #[test]
    fn hashes() {
        // Printed by CPython 3.14.
        for (text, expected) in [
            ("-1", -2),
            ("2305843009213693951", 0),
            ("-2305843009213693952", -2),
            ("9223372036854775807", 3),
            ("340282366920938463463374607431768211455", 63),
            ("-1606938044258990275541962092341162602522202993782792835301376", -131072),
            ("123456789012345678901234567890", 248789772095949448),
        ] {
            assert_eq!(hash(&int(text)), expected, "{text}");
        }
    }
}
