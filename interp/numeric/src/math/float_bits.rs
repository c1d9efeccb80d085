//! Functions of the representation of doubles: `nextafter`, `ulp`, `ldexp`, `frexp`, `modf`.

use crate::error::NumError;
use crate::int::Int;
use crate::int_float::{decompose, round_to_double};
use crate::math::range_error;

/// `math.nextafter(x, y, steps=steps)`; without `steps` it is one.
pub fn nextafter(x: f64, y: f64, steps: Option<&Int>) -> Result<f64, NumError> {
    let steps = match steps {
        None => 1,
        Some(steps) if steps.is_negative() => {
            return Err(NumError::value("steps must be a non-negative integer"));
        }
        Some(steps) => steps.to_u64().unwrap_or(u64::MAX),
    };
    if steps == 0 {
        return Ok(x);
    }
    if x.is_nan() || y.is_nan() {
        return Ok(x + y);
    }
    Ok(walk(x, y, steps))
}

/// Walks over the doubles from `x` towards `y`, not beyond it.
fn walk(x: f64, y: f64, steps: u64) -> f64 {
    if x == y {
        return y;
    }
    // On this scale neighbours differ by one, and both zeros are 0.
    let rank = |value: f64| {
        let magnitude = (value.to_bits() & !(1 << 63)) as i64;
        if value.is_sign_negative() { -magnitude } else { magnitude }
    };
    let (from, to) = (i128::from(rank(x)), i128::from(rank(y)));
    let steps = i128::from(steps);
    if (to - from).abs() <= steps {
        return y;
    }
    let rank = if to > from { from + steps } else { from - steps };
    let magnitude = f64::from_bits(rank.unsigned_abs() as u64);
    // Zero keeps the sign of the side that it was reached from.
    if rank < 0 || (rank == 0 && from < 0) { -magnitude } else { magnitude }
}

/// `math.ulp(x)`: the value of the last bit of `x`.
pub fn ulp(x: f64) -> f64 {
    let x = x.abs();
    if !x.is_finite() {
        return x;
    }
    let above = walk(x, f64::INFINITY, 1);
    if above.is_infinite() { x - walk(x, 0.0, 1) } else { above - x }
}

/// `math.ldexp(x, exponent)`: `x * 2**exponent`, rounded once.
pub fn ldexp(x: f64, exponent: &Int) -> Result<f64, NumError> {
    if x == 0.0 || !x.is_finite() {
        return Ok(x);
    }
    // Beyond this, every result over- or underflows.
    const FAR: i64 = 10_000;
    let exponent = match exponent.to_i64() {
        Some(exponent) => exponent.clamp(-FAR, FAR),
        None if exponent.is_negative() => -FAR,
        None => FAR,
    };
    let (mantissa, own) = decompose(x);
    let magnitude = round_to_double(mantissa, i64::from(own) + exponent, false);
    if magnitude.is_infinite() { Err(range_error()) } else { Ok(magnitude.copysign(x)) }
}

/// `math.frexp(x)`: a fraction in [0.5, 1) and an exponent of two.
pub fn frexp(x: f64) -> (f64, i32) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    let (mantissa, exponent) = decompose(x);
    let bits = 64 - mantissa.leading_zeros() as i32;
    let fraction = round_to_double(mantissa, i64::from(-bits), false);
    (fraction.copysign(x), exponent + bits)
}

/// `math.modf(x)`: fraction and integer part, both with the sign of `x`.
pub fn modf(x: f64) -> (f64, f64) {
    if x.is_infinite() {
        return (0f64.copysign(x), x);
    }
    let whole = x.trunc();
    (if x.is_nan() { x } else { (x - whole).copysign(x) }, whole)
}
