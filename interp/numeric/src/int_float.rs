//! Between integers and doubles: correctly rounded conversion and division, exact comparison.

use std::cmp::Ordering;

use num_bigint::BigUint;
use num_traits::Zero;

use crate::error::NumError;
use crate::int::Int;
use crate::int_arith::neg;
use crate::int_bits::bit_length;

/// The double nearest to `(mantissa + epsilon) * 2**exponent`, ties to even, infinity beyond the range.
///
/// `sticky` says that a positive epsilon below one was cut off; then `mantissa` must have at least 55 bits.
pub(crate) fn round_to_double(mantissa: u64, exponent: i64, sticky: bool) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    let zeros = mantissa.leading_zeros();
    let mantissa = u128::from(mantissa << zeros);
    // The value lies in [2**top, 2**(top + 1)).
    let top = exponent.saturating_sub(i64::from(zeros)).saturating_add(63);
    if top > 1023 {
        return f64::INFINITY;
    }
    let missing = (-1022 - top).max(0);
    if missing > 54 {
        return 0.0;
    }
    let dropped = 11 + missing as u32;
    let kept = (mantissa >> dropped) as u64;
    let rest = mantissa & ((1 << dropped) - 1);
    let half = 1u128 << (dropped - 1);
    let round_up = rest > half || (rest == half && (sticky || kept & 1 == 1));
    // For a normal number `kept` includes the implicit bit, which adds one to the exponent field; a carry out
    // of the mantissa does the same, up to infinity.
    let biased = if missing > 0 { 0 } else { (top + 1022) as u64 };
    f64::from_bits((biased << 52) + kept + u64::from(round_up))
}

/// The top 64 bits of a magnitude, its scale, and whether lower bits are set.
fn leading_bits(magnitude: &BigUint) -> (u64, i64, bool) {
    let mut limbs = magnitude.iter_u64_digits().rev();
    let high = limbs.next().unwrap_or(0);
    let zeros = high.leading_zeros();
    let Some(next) = limbs.next() else { return (high, 0, false) };
    let window = (u128::from(high) << 64 | u128::from(next)) << zeros;
    let exponent = magnitude.bits() as i64 - 64;
    let sticky = window as u64 != 0 || limbs.any(|limb| limb != 0);
    ((window >> 64) as u64, exponent, sticky)
}

/// `float(a)`, correctly rounded; infinite when out of range.
#[inline]
pub fn to_f64_or_infinity(a: &Int) -> f64 {
    match a {
        Int::Small(x) => *x as f64,
        Int::Big(x) => {
            let (mantissa, exponent, sticky) = leading_bits(x.magnitude());
            let rounded = round_to_double(mantissa, exponent, sticky);
            if a.is_negative() { -rounded } else { rounded }
        }
    }
}

/// `float(a)`
#[inline]
pub fn to_f64(a: &Int) -> Result<f64, NumError> {
    let value = to_f64_or_infinity(a);
    if value.is_finite() { Ok(value) } else { Err(NumError::overflow("int too large to convert to float")) }
}

/// `a / b`, correctly rounded.
#[inline]
pub fn true_div(a: &Int, b: &Int) -> Result<f64, NumError> {
    const EXACT: u64 = 1 << 53;
    if let (Int::Small(x), Int::Small(y)) = (a, b)
        && x.unsigned_abs() <= EXACT
        && y.unsigned_abs() <= EXACT
        && *y != 0
    {
        return Ok(*x as f64 / *y as f64);
    }
    true_div_big(a, b)
}

#[cold]
#[inline(never)]
fn true_div_big(a: &Int, b: &Int) -> Result<f64, NumError> {
    if b.is_zero() {
        return Err(NumError::division_by_zero());
    }
    let negative = a.is_negative() != b.is_negative();
    let signed = |value: f64| if negative { -value } else { value };
    if a.is_zero() {
        return Ok(signed(0.0));
    }
    // Scale such that the integer quotient has 63 or 64 bits.
    let difference = bit_length(a) as i64 - bit_length(b) as i64;
    if difference > 1100 {
        return Err(NumError::overflow("integer division result too large for a float"));
    }
    if difference < -1200 {
        return Ok(signed(0.0));
    }
    let shift = 63 - difference;
    let (quotient, sticky) = match (a, b) {
        (Int::Small(x), Int::Small(y)) => {
            let numerator = u128::from(x.unsigned_abs()) << shift;
            let divisor = u128::from(y.unsigned_abs());
            ((numerator / divisor) as u64, !numerator.is_multiple_of(divisor))
        }
        _ => scaled_quotient(&a.magnitude(), &b.magnitude(), shift),
    };
    let value = round_to_double(quotient, -shift, sticky);
    if value.is_infinite() {
        return Err(NumError::overflow("integer division result too large for a float"));
    }
    Ok(signed(value))
}

/// `floor(a * 2**shift / b)`, known to fit, and whether anything was cut off.
fn scaled_quotient(a: &BigUint, b: &BigUint, shift: i64) -> (u64, bool) {
    let cut = (-shift).max(0) as u64;
    let numerator = if shift >= 0 { a << shift as u64 } else { a >> cut };
    let cut_off = cut > 0 && a.trailing_zeros().unwrap_or(0) < cut;
    let quotient = &numerator / b;
    let exact = &quotient * b == numerator;
    (quotient.iter_u64_digits().next().unwrap_or(0), cut_off || !exact)
}

/// `int(x)`: towards zero.
#[inline]
pub fn from_f64(x: f64) -> Result<Int, NumError> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if x > -LIMIT && x < LIMIT {
        return Ok(Int::Small(x as i64));
    }
    from_large_f64(x)
}

#[cold]
fn from_large_f64(x: f64) -> Result<Int, NumError> {
    if x.is_nan() {
        return Err(NumError::value("cannot convert float NaN to integer"));
    }
    if x.is_infinite() {
        return Err(NumError::overflow("cannot convert float infinity to integer"));
    }
    let (mantissa, exponent) = decompose(x);
    // Beyond 2**63 the exponent is positive: doubles of that size are whole.
    Ok(Int::from_magnitude(x < 0.0, BigUint::from(mantissa) << exponent as u32))
}

/// `abs(x)` of a finite double as `mantissa * 2**exponent`, not reduced.
pub(crate) fn decompose(x: f64) -> (u64, i32) {
    let bits = x.to_bits();
    let biased = (bits >> 52 & 0x7ff) as i32;
    let fraction = bits & ((1 << 52) - 1);
    if biased == 0 { (fraction, -1074) } else { (fraction | 1 << 52, biased - 1075) }
}

/// Compares exactly, without rounding the integer; `None` for NaN.
#[inline]
pub fn compare(a: &Int, x: f64) -> Option<Ordering> {
    if let Int::Small(small) = a
        && small.unsigned_abs() <= 1 << 53
    {
        return (*small as f64).partial_cmp(&x);
    }
    compare_large(a, x)
}

#[cold]
fn compare_large(a: &Int, x: f64) -> Option<Ordering> {
    if x.is_nan() {
        return None;
    }
    if x.is_infinite() {
        return Some(if x > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    let whole = from_f64(x).ok()?;
    // Where the integer parts agree, the fraction decides; there is none beyond 2**53.
    Some(a.cmp(&whole).then_with(|| 0.0f64.partial_cmp(&x.fract()).unwrap_or(Ordering::Equal)))
}

/// `x.as_integer_ratio()`
pub fn as_integer_ratio(x: f64) -> Result<(Int, Int), NumError> {
    if x.is_nan() {
        return Err(NumError::value("cannot convert NaN to integer ratio"));
    }
    if x.is_infinite() {
        return Err(NumError::overflow("cannot convert Infinity to integer ratio"));
    }
    let (mantissa, exponent) = decompose(x);
    if mantissa.is_zero() {
        return Ok((Int::ZERO, Int::ONE));
    }
    let zeros = mantissa.trailing_zeros();
    let (mantissa, exponent) = (mantissa >> zeros, exponent + zeros as i32);
    let scale = BigUint::from(1u32) << exponent.unsigned_abs();
    let (numerator, denominator) = if exponent >= 0 {
        (Int::from(BigUint::from(mantissa) * scale), Int::ONE)
    } else {
        (Int::from(mantissa), Int::from(scale))
    };
    Ok((if x < 0.0 { neg(&numerator) } else { numerator }, denominator))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::int_parse::parse_literal as int;

    #[test]
    fn to_double_rounds_half_to_even() {
        // 2**53 + 1 is a tie, as are its multiples; a bit far below breaks it.
        for (text, expected) in [
            ("0x20000000000001", 9007199254740992.0),
            ("0x20000000000003", 9007199254740996.0),
            ("0x2000000000000180000000000000000", 2.6584559915698323e+36),
            ("0x200000000000010000000000000000", 1.661534994731145e+35),
            ("0x200000000000010000000000000001", 1.6615349947311452e+35),
            ("-0x200000000000030000000000000000", -1.6615349947311456e+35),
        ] {
            assert_eq!(to_f64(&int(text)), Ok(expected), "{text}");
        }
        let huge = Int::from(BigUint::from(1u32) << 1024u32);
        assert_eq!(to_f64(&huge).unwrap_err().message, "int too large to convert to float");
        let below = crate::int_arith::sub(&huge, &Int::from(BigUint::from(1u32) << 970u32));
        assert!(to_f64(&below).is_err());
        let just_below = crate::int_arith::sub(&below, &Int::ONE);
        assert_eq!(to_f64(&just_below), Ok(f64::MAX));
    }

    #[test]
    fn division() {
        assert_eq!(true_div(&1.into(), &3.into()), Ok(1.0 / 3.0));
        assert_eq!(true_div(&(-7).into(), &i64::MAX.into()), Ok(-7.589415207398531e-19));
        assert_eq!(true_div(&Int::ZERO, &(-5).into()).map(f64::to_bits), Ok((-0.0f64).to_bits()));
        let a = int("123456789012345678901234567890");
        assert_eq!(true_div(&a, &int("987654321098765432109876543210")), Ok(0.1249999988609375));
        let tiny = Int::from(BigUint::from(1u32) << 1074u32);
        assert_eq!(true_div(&1.into(), &tiny), Ok(f64::from_bits(1)));
        assert_eq!(true_div(&1.into(), &Int::from(BigUint::from(1u32) << 1075u32)), Ok(0.0));
        assert_eq!(true_div(&3.into(), &Int::from(BigUint::from(1u32) << 1076u32)), Ok(f64::from_bits(1)));
        let error = true_div(&tiny, &1.into()).unwrap_err();
        assert_eq!(error.message, "integer division result too large for a float");
    }

    #[test]
    fn comparison_is_exact() {
        let above = int("9007199254740993");
        assert_eq!(compare(&above, 9007199254740992.0), Some(Ordering::Greater));
        assert_eq!(compare(&i64::MAX.into(), 9223372036854775808.0), Some(Ordering::Less));
        assert_eq!(compare(&int("9223372036854775808"), 9223372036854775808.0), Some(Ordering::Equal));
        assert_eq!(compare(&int("-9223372036854775809"), 1.5), Some(Ordering::Less));
        assert_eq!(compare(&1.into(), f64::NAN), None);
        assert_eq!(compare(&int("100000000000000000000"), f64::INFINITY), Some(Ordering::Less));
    }

    #[test]
    fn ratios_and_truncation() {
        assert_eq!(as_integer_ratio(-0.75), Ok(((-3).into(), 4.into())));
        assert_eq!(as_integer_ratio(1e20), Ok((int("100000000000000000000"), Int::ONE)));
        assert_eq!(from_f64(-1e20), Ok(int("-100000000000000000000")));
        assert_eq!(from_f64(-2.9), Ok((-2).into()));
        assert_eq!(from_f64(f64::NAN).unwrap_err().message, "cannot convert float NaN to integer");
    }
}
