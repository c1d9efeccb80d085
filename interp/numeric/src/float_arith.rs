//! Arithmetic of doubles where Python's differs from IEEE's: division, powers, rounding, hashing.

use num_bigint::BigUint;

use crate::error::NumError;
use crate::int::Int;
use crate::int_bits::{HASH_MODULUS, hash_sign};
use crate::int_float::{decompose, from_f64};

/// `a / b`
#[inline]
pub fn true_div(a: f64, b: f64) -> Result<f64, NumError> {
    if b == 0.0 { Err(NumError::division_by_zero()) } else { Ok(a / b) }
}

/// `a % b`: has the sign of `b`, also when it is zero.
#[inline]
pub fn floor_mod(a: f64, b: f64) -> Result<f64, NumError> {
    if b == 0.0 {
        return Err(NumError::division_by_zero());
    }
    let rest = a % b;
    Ok(if rest == 0.0 {
        0f64.copysign(b)
    } else if (rest < 0.0) != (b < 0.0) {
        rest + b
    } else {
        rest
    })
}

/// `a // b`
#[inline]
pub fn floor_div(a: f64, b: f64) -> Result<f64, NumError> {
    Ok(div_mod(a, b)?.0)
}

/// `divmod(a, b)`
pub fn div_mod(a: f64, b: f64) -> Result<(f64, f64), NumError> {
    if b == 0.0 {
        return Err(NumError::division_by_zero());
    }
    let mut rest = a % b;
    // a - rest is a multiple of b up to rounding, so the quotient is within rounding of an integer.
    let mut quotient = (a - rest) / b;
    if rest == 0.0 {
        rest = 0f64.copysign(b);
    } else if (rest < 0.0) != (b < 0.0) {
        rest += b;
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return Ok((0f64.copysign(a / b), rest));
    }
    let floor = quotient.floor();
    Ok((if quotient - floor > 0.5 { floor + 1.0 } else { floor }, rest))
}

/// The result of a power of floats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FloatPower {
    /// A real result.
    Real(f64),
    /// A negative base with a fraction as exponent: the caller computes a complex power.
    Complex,
}

/// `a ** b`
#[inline]
pub fn pow(a: f64, b: f64) -> Result<FloatPower, NumError> {
    let power = a.powf(b);
    if power.is_finite() {
        // The common case; C's pow agrees with Python's wherever it is finite.
        return Ok(FloatPower::Real(power));
    }
    pow_special(a, b, power)
}

#[cold]
fn pow_special(a: f64, b: f64, power: f64) -> Result<FloatPower, NumError> {
    // C's pow need not know these for signalling NaNs.
    if a == 1.0 || b == 0.0 {
        return Ok(FloatPower::Real(1.0));
    }
    if !a.is_finite() || !b.is_finite() {
        return Ok(FloatPower::Real(power));
    }
    if a == 0.0 {
        return Err(NumError::zero_division("zero to a negative power"));
    }
    if a < 0.0 && b != b.trunc() {
        return Ok(FloatPower::Complex);
    }
    Err(NumError::out_of_range())
}

/// `x.is_integer()`
#[inline]
pub fn is_integer(x: f64) -> bool {
    x.is_finite() && x == x.trunc()
}

/// `round(x)`: to the nearest integer, ties to even.
pub fn round_to_int(x: f64) -> Result<Int, NumError> {
    from_f64(x.round_ties_even())
}

/// `math.floor(x)`
pub fn floor_to_int(x: f64) -> Result<Int, NumError> {
    from_f64(x.floor())
}

/// `math.ceil(x)`
pub fn ceil_to_int(x: f64) -> Result<Int, NumError> {
    from_f64(x.ceil())
}

/// `round(x, places)`: the double nearest to the decimal rounding of the exact value of `x`.
pub fn round(x: f64, places: i64) -> Result<f64, NumError> {
    // Doubles have no digits beyond 10**-323 to lose and none above 10**308 to keep.
    if !x.is_finite() || places > 323 {
        return Ok(x);
    }
    if places < -308 {
        return Ok(0.0 * x);
    }
    if let Some(rounded) = round_fast(x, places) {
        return Ok(rounded);
    }
    let text =
        if places >= 0 { format!("{x:.*}", places as usize) } else { round_to_tens(x, -places as u32) };
    let rounded: f64 = text.parse().unwrap_or(x);
    if rounded.is_infinite() {
        return Err(NumError::overflow("rounded value too large to represent"));
    }
    Ok(rounded)
}

/// `x * 10**places` rounded to the nearest integer, and the power of ten, where scaling is provably exact enough.
#[inline]
pub(crate) fn scale_and_round(x: f64, places: usize) -> Option<(f64, f64)> {
    const POWERS: [f64; 16] =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    let power = *POWERS.get(places)?;
    let scaled = x * power;
    // Below 2**43 the product is off by at most 2**-10; that far from a tie it rounds to the same integer.
    if scaled.abs() >= (1u64 << 43) as f64 {
        return None;
    }
    let nearest = scaled.round();
    let distance = (scaled - nearest).abs();
    ((distance - 0.5).abs() >= 1.0 / 512.0).then_some((nearest, power))
}

/// Rounds by scaling; `None` where that may be wrong.
fn round_fast(x: f64, places: i64) -> Option<f64> {
    // Both operands are exact, so the quotient is the double nearest to the decimal number.
    scale_and_round(x, usize::try_from(places).ok()?).map(|(nearest, power)| nearest / power)
}

/// Rounds to a multiple of `10 ** places`, as text.
fn round_to_tens(x: f64, places: u32) -> String {
    let (mantissa, exponent) = decompose(x);
    // Twice the value makes room for a sticky bit: any fraction only has to break ties.
    let doubled = if exponent >= 0 {
        BigUint::from(mantissa) << (exponent as u32 + 1)
    } else {
        let shift = exponent.unsigned_abs();
        let whole = if shift < 64 { mantissa >> shift } else { 0 };
        let sticky = if shift < 64 { mantissa & ((1 << shift) - 1) != 0 } else { mantissa != 0 };
        BigUint::from(whole << 1 | u64::from(sticky))
    };
    let unit = BigUint::from(10u32).pow(places);
    let quotient = &doubled / (&unit << 1u32);
    let rest = doubled - &quotient * (&unit << 1u32);
    let round_up = rest > unit || (rest == unit && quotient.bit(0));
    let rounded = (quotient + u32::from(round_up)) * unit;
    let sign = if x < 0.0 || (x == 0.0 && x.is_sign_negative()) { "-" } else { "" };
    format!("{sign}{rounded}")
}

/// `hash(x)`, which equals the hash of an equal `int`; `None` for NaN, which hashes by identity.
pub fn hash(x: f64) -> Option<i64> {
    if x.is_nan() {
        return None;
    }
    if x.is_infinite() {
        return Some(if x > 0.0 { 314159 } else { -314159 });
    }
    if x == x.trunc() && x.abs() < 9e18 {
        return Some(crate::int_bits::hash_i64(x as i64));
    }
    let (mantissa, exponent) = decompose(x);
    // 2**61 is one modulo the modulus: multiplying by a power of two rotates 61 bits.
    let rotation = exponent.rem_euclid(61) as u32;
    let reduced = mantissa % HASH_MODULUS;
    let rotated = (reduced << rotation & HASH_MODULUS) | reduced >> (61 - rotation);
    Some(hash_sign(x < 0.0, rotated % HASH_MODULUS))
}

/// The hash of a complex number from those of its parts.
pub fn hash_complex(real: i64, imaginary: i64) -> i64 {
    let hash = (real as u64).wrapping_add((imaginary as u64).wrapping_mul(1_000_003)) as i64;
    if hash == -1 { -2 } else { hash }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn division() {
        for (a, b, quotient, rest) in [
            (7.0, -2.0, -4.0, -1.0),
            (-7.0, 2.0, -4.0, 1.0),
            (1.0, 0.1, 9.0, 0.09999999999999995),
            (-1e-20, 1.0, -1.0, 1.0),
            (5.0, f64::INFINITY, 0.0, 5.0),
            (-5.0, f64::INFINITY, -1.0, f64::INFINITY),
        ] {
            assert_eq!(div_mod(a, b), Ok((quotient, rest)), "divmod({a}, {b})");
            assert_eq!(floor_mod(a, b), Ok(rest));
        }
        assert_eq!(div_mod(-0.0, 1.0).map(|(q, r)| (q.to_bits(), r.to_bits())), Ok(((-0.0f64).to_bits(), 0)));
        assert!(div_mod(1.0, 0.0).is_err());
    }

    #[test]
    fn powers() {
        assert_eq!(pow(2.0, 0.5), Ok(FloatPower::Real(std::f64::consts::SQRT_2)));
        assert_eq!(pow(-8.0, 1.0 / 3.0), Ok(FloatPower::Complex));
        assert_eq!(pow(0.0, -1.0).unwrap_err().message, "zero to a negative power");
        assert_eq!(pow(0.0, f64::NEG_INFINITY), Ok(FloatPower::Real(f64::INFINITY)));
        assert_eq!(pow(-2.0, 10001.0), Err(NumError::out_of_range()));
        assert_eq!(pow(1.0, f64::NAN), Ok(FloatPower::Real(1.0)));
    }

    #[test]
    fn rounding() {
        for (x, places, expected) in [
            (2.675, 2, 2.67),
            (0.5, 0, 0.0),
            (1.5, 0, 2.0),
            (2.5, 0, 2.0),
            (-0.4, 0, -0.0),
            (1e22, 2, 1e22),
            (12345.678, -2, 12300.0),
            (25.0, -1, 20.0),
            (35.0, -1, 40.0),
            (25.1, -1, 30.0),
            (5e-324, 323, 0.0),
            (1.5, 400, 1.5),
            (-1.5, -400, -0.0),
            (4503599627370497.5, 0, 4503599627370498.0),
        ] {
            let expected: f64 = expected;
            assert_eq!(round(x, places).map(f64::to_bits), Ok(expected.to_bits()), "round({x}, {places})");
        }
        assert_eq!(round(1.7e308, -308).unwrap_err().message, "rounded value too large to represent");
    }

    #[test]
    fn hashes() {
        // Printed by CPython 3.14.
        for (x, expected) in [
            (0.5, 1152921504606846976),
            (1e300, 1224995262755759164),
            (-1.0, -2),
            (f64::NEG_INFINITY, -314159),
            (3.25, 576460752303423491),
            (5e-324, 16777216),
        ] {
            assert_eq!(hash(x), Some(expected), "{x}");
        }
        assert_eq!(hash_complex(1, -2), -2000005);
    }
}
