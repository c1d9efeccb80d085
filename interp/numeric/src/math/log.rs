//! Logarithms of floats and of integers beyond the range of floats.

use crate::error::NumError;
use crate::int::Int;
use crate::int_bits::bit_length;
use crate::int_float::to_f64_or_infinity;
use crate::math::elementary::outside_domain;

/// A base that the C library has its own function for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogBase {
    /// `math.log`
    E,
    /// `math.log2`
    Two,
    /// `math.log10`
    Ten,
}

impl LogBase {
    fn apply(self, x: f64) -> f64 {
        match self {
            LogBase::E => x.ln(),
            LogBase::Two => x.log2(),
            LogBase::Ten => x.log10(),
        }
    }
}

/// The logarithm of a float.
#[inline]
pub fn log(x: f64, base: LogBase) -> Result<f64, NumError> {
    if x > 0.0 || x.is_nan() {
        return Ok(base.apply(x));
    }
    Err(outside_domain("expected a positive input", x))
}

/// The logarithm of an integer of any size.
pub fn log_int(x: &Int, base: LogBase) -> Result<f64, NumError> {
    if x.is_negative() || x.is_zero() {
        return Err(NumError::value("expected a positive input"));
    }
    let value = to_f64_or_infinity(x);
    if value.is_finite() {
        return Ok(base.apply(value));
    }
    // log(m * 2**e) for m in [0.5, 1)
    let exponent = bit_length(x);
    let shifted = crate::int_arith::shr(x, &Int::from(exponent - 64))?;
    let sticky = crate::int_bits::trailing_zeros(x) < exponent - 64;
    let top = shifted.to_u64().unwrap_or(u64::MAX);
    let mantissa = crate::int_float::round_to_double(top, -64, sticky);
    // Rounding up to one would change the exponent as well.
    let (mantissa, exponent) = if mantissa == 1.0 { (0.5, exponent + 1) } else { (mantissa, exponent) };
    Ok(base.apply(mantissa) + base.apply(2.0) * exponent as f64)
}

/// `math.log(x, base)`, from both logarithms.
pub fn quotient(log_x: f64, log_base: f64) -> Result<f64, NumError> {
    crate::float_arith::true_div(log_x, log_base)
}
