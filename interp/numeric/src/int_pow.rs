//! Powers, modular powers and the integer square root.

use std::borrow::Cow;

use num_bigint::BigUint;
use num_traits::{One, Zero};

use crate::error::NumError;
use crate::int::Int;
use crate::int_arith::ensure_bits;
use crate::int_bits::bit_length;

/// `base ** exponent` for `exponent >= 0`; a negative exponent is the caller's, who takes float power.
#[inline]
pub fn pow(base: &Int, exponent: &Int) -> Result<Int, NumError> {
    if let (Int::Small(b), Int::Small(e)) = (base, exponent)
        && let Some(power) = pow_i64(*b, *e)
    {
        return Ok(Int::Small(power));
    }
    pow_big(base, exponent)
}

/// `base ** exponent` if it fits an `i64` and the exponent is not negative.
#[inline]
pub fn pow_i64(base: i64, exponent: i64) -> Option<i64> {
    if exponent == 2 {
        return base.checked_mul(base);
    }
    match u32::try_from(exponent) {
        Ok(exponent) => base.checked_pow(exponent),
        Err(_) => match base {
            0 | 1 if exponent > 0 => Some(base),
            -1 if exponent > 0 => Some(if exponent & 1 == 0 { 1 } else { -1 }),
            _ => None,
        },
    }
}

#[cold]
#[inline(never)]
fn pow_big(base: &Int, exponent: &Int) -> Result<Int, NumError> {
    debug_assert!(!exponent.is_negative());
    if let Int::Small(small @ -1..=1) = base {
        let odd = exponent.is_odd();
        return Ok(Int::Small(if *small == -1 && !odd { 1 } else { *small }));
    }
    let Int::Small(exponent) = exponent else { return Err(NumError::memory()) };
    let exponent = *exponent as u64;
    ensure_bits(bit_length(base).saturating_sub(1).saturating_mul(exponent))?;
    // Powers of two in the base become one shift: 10**n costs half, 2**n nothing.
    let zeros = crate::int_bits::trailing_zeros(base);
    let magnitude = base.magnitude();
    let odd = if zeros == 0 { magnitude } else { Cow::Owned(&*magnitude >> zeros) };
    let odd_power = if odd.is_one() {
        BigUint::one()
    } else {
        odd.pow(u32::try_from(exponent).map_err(|_| NumError::memory())?)
    };
    let power = if zeros == 0 { odd_power } else { odd_power << (zeros * exponent) };
    Ok(Int::from_magnitude(base.is_negative() && exponent & 1 == 1, power))
}

/// `pow(base, exponent, modulus)`; negative exponents use the modular inverse.
pub fn pow_mod(base: &Int, exponent: &Int, modulus: &Int) -> Result<Int, NumError> {
    if modulus.is_zero() {
        return Err(NumError::value("pow() 3rd argument cannot be 0"));
    }
    let positive = crate::int_arith::abs(modulus);
    let mut base = crate::int_arith::floor_mod(base, &positive)?;
    if exponent.is_negative() {
        base = inverse(&base, &positive)
            .ok_or_else(|| NumError::value("base is not invertible for the given modulus"))?;
    }
    let power = match (&base, &positive) {
        (Int::Small(base), Int::Small(modulus)) => pow_mod_u64(*base as u64, exponent, *modulus as u64),
        _ => Int::from(base.magnitude().modpow(&exponent.magnitude(), &positive.magnitude())),
    };
    Ok(if modulus.is_negative() && !power.is_zero() { crate::int_arith::add(&power, modulus) } else { power })
}

fn pow_mod_u64(base: u64, exponent: &Int, modulus: u64) -> Int {
    let multiply = |a: u64, b: u64| {
        if modulus <= 1 << 32 {
            a * b % modulus
        } else {
            (u128::from(a) * u128::from(b) % u128::from(modulus)) as u64
        }
    };
    let mut power = 1 % modulus;
    match exponent {
        Int::Small(exponent) => {
            let mut exponent = exponent.unsigned_abs();
            let mut square = base;
            while exponent > 0 {
                if exponent & 1 == 1 {
                    power = multiply(power, square);
                }
                square = multiply(square, square);
                exponent >>= 1;
            }
        }
        Int::Big(exponent) => {
            for bit in (0..exponent.bits()).rev() {
                power = multiply(power, power);
                if exponent.magnitude().bit(bit) {
                    power = multiply(power, base);
                }
            }
        }
    }
    Int::from(power)
}

/// The inverse of `value` modulo `modulus > 0`, for `0 <= value < modulus`.
fn inverse(value: &Int, modulus: &Int) -> Option<Int> {
    if *modulus == Int::ONE {
        return Some(Int::ZERO);
    }
    if let (Int::Small(value), Int::Small(modulus)) = (value, modulus) {
        let (mut old_rest, mut rest) = (i128::from(*modulus), i128::from(*value));
        let (mut old_factor, mut factor) = (0i128, 1i128);
        while rest != 0 {
            let quotient = old_rest / rest;
            (old_rest, rest) = (rest, old_rest - quotient * rest);
            (old_factor, factor) = (factor, old_factor - quotient * factor);
        }
        return (old_rest == 1).then(|| Int::from_i128(old_factor.rem_euclid(i128::from(*modulus))));
    }
    crate::int_gcd::modular_inverse(&value.magnitude(), &modulus.magnitude()).map(Int::from)
}

/// `math.isqrt(value)`
pub fn isqrt(value: &Int) -> Result<Int, NumError> {
    if value.is_negative() {
        return Err(NumError::value("isqrt() argument must be nonnegative"));
    }
    Ok(match value {
        Int::Small(small) => Int::Small(small.isqrt()),
        Int::Big(big) => Int::from(isqrt_big(big.magnitude())),
    })
}

/// Square root by precision doubling: each round divides numbers of the size it needs only.
fn isqrt_big(value: &BigUint) -> BigUint {
    if value.is_zero() {
        return BigUint::zero();
    }
    // `half_bits` is floor((bits - 1) / 2): the root has half_bits + 1 bits.
    let half_bits = (value.bits() - 1) / 2;
    let mut root = BigUint::one();
    let mut precision = 0u64;
    for level in (0..64 - half_bits.leading_zeros()).rev() {
        let previous = precision;
        precision = half_bits >> level;
        // `root` approximates sqrt(value) to `previous` bits; one Newton step brings it to `precision`.
        let scaled = value >> (2 * half_bits - previous - precision + 1);
        root = (&root << (precision - previous - 1)) + scaled / &root;
    }
    if &root * &root > *value { root - 1u32 } else { root }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::int_parse::parse_literal as int;

    #[test]
    fn powers() {
        assert_eq!(pow(&10.into(), &25.into()), Ok(int("10000000000000000000000000")));
        assert_eq!(pow(&(-6).into(), &25.into()), Ok(int("-28430288029929701376")));
        assert_eq!(pow(&0.into(), &0.into()), Ok(1.into()));
        assert_eq!(pow(&(-1).into(), &int("100000000000000000001")), Ok((-1).into()));
        assert_eq!(pow(&(-2).into(), &63.into()), Ok(i64::MIN.into()));
        assert_eq!(pow(&2.into(), &i64::MAX.into()), Err(NumError::memory()));
    }

    #[test]
    fn modular() {
        for (base, exponent, modulus, expected) in [
            ("3", "100", "7", "4"),
            ("3", "100", "-7", "-3"),
            ("-3", "3", "10", "3"),
            ("3", "-1", "7", "5"),
            ("38", "-1", "97", "23"),
            ("2", "0", "1", "0"),
            ("2", "10", "-1", "0"),
            ("123456789", "1000000000000000000000", "1000000007", "471516480"),
            ("2", "-5", "1000000000000000000000000000057", "718750000000000000000000000041"),
        ] {
            let result = pow_mod(&int(base), &int(exponent), &int(modulus));
            assert_eq!(result, Ok(int(expected)), "pow({base}, {exponent}, {modulus})");
        }
        let error = pow_mod(&2.into(), &(-1).into(), &4.into()).unwrap_err();
        assert_eq!(error.message, "base is not invertible for the given modulus");
    }

    #[test]
    fn square_roots() {
        assert_eq!(isqrt(&i64::MAX.into()), Ok(3037000499i64.into()));
        for text in ["9223372036854775808", "123456789012345678901234567890123456789012345678901234567890"] {
            let value = int(text);
            let root = isqrt(&value).unwrap();
            let square = |n: &Int| crate::int_arith::mul(n, n);
            assert!(square(&root) <= value && square(&crate::int_arith::add(&root, &Int::ONE)) > value);
            assert_eq!(isqrt(&square(&root)), Ok(root));
        }
    }
}
