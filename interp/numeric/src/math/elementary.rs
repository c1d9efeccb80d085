//! Functions of one or two floats whose values the C library computes.

use crate::error::NumError;
use crate::float_repr::repr;
use crate::math::{domain_error, range_error};

/// `f(x)`, where an infinite or undefined result for a proper argument is a domain error.
#[inline]
fn within_domain(x: f64, f: impl FnOnce(f64) -> f64, expected: &'static str) -> Result<f64, NumError> {
    let result = f(x);
    if (result.is_nan() && !x.is_nan()) || (result.is_infinite() && x.is_finite()) {
        return Err(outside_domain(expected, x));
    }
    Ok(result)
}

#[cold]
pub(crate) fn outside_domain(expected: &'static str, x: f64) -> NumError {
    NumError::value(format!("{expected}, got {}", repr(x)))
}

/// `f(x)` for a function defined everywhere, where an infinite result for a finite argument is an overflow.
#[inline]
fn within_range(x: f64, f: impl FnOnce(f64) -> f64) -> Result<f64, NumError> {
    let result = f(x);
    if result.is_infinite() && x.is_finite() { Err(range_error()) } else { Ok(result) }
}

macro_rules! elementary {
    ($($(#[$doc:meta])* $name:ident = $wrapper:ident($function:expr $(, $expected:literal)?);)*) => {$(
        $(#[$doc])*
        #[inline]
        pub fn $name(x: f64) -> Result<f64, NumError> {
            $wrapper(x, $function $(, $expected)?)
        }
    )*};
}

elementary! {
    /// `math.acos(x)`
    acos = within_domain(f64::acos, "expected a number in range from -1 up to 1");
    /// `math.asin(x)`
    asin = within_domain(f64::asin, "expected a number in range from -1 up to 1");
    /// `math.acosh(x)`
    acosh = within_domain(acosh_unchecked, "expected argument value not less than 1");
    /// `math.atanh(x)`
    atanh = within_domain(atanh_unchecked, "expected a number between -1 and 1");
    /// `math.cos(x)`
    cos = within_domain(f64::cos, "expected a finite input");
    /// `math.sin(x)`
    sin = within_domain(f64::sin, "expected a finite input");
    /// `math.tan(x)`
    tan = within_domain(f64::tan, "expected a finite input");
    /// `math.sqrt(x)`
    sqrt = within_domain(f64::sqrt, "expected a nonnegative input");
    /// `math.log1p(x)`
    log1p = within_domain(f64::ln_1p, "expected argument value > -1");
    /// `math.cosh(x)`
    cosh = within_range(f64::cosh);
    /// `math.sinh(x)`
    sinh = within_range(f64::sinh);
    /// `math.exp(x)`
    exp = within_range(f64::exp);
    /// `math.exp2(x)`
    exp2 = within_range(f64::exp2);
    /// `math.expm1(x)`
    expm1 = within_range(f64::exp_m1);
}

/// Below this, `asinh(x)` and `atanh(x)` are `x`; above its inverse, `acosh(x)` is `log(2x)`.
const TINY: f64 = 1.0 / (1u64 << 28) as f64;

/// `math.asinh(x)`; like its inverse relatives by the formulas of Sun's fdlibm, which `std` does not follow.
pub fn asinh(x: f64) -> f64 {
    let magnitude = x.abs();
    let result = if magnitude < TINY || !x.is_finite() {
        magnitude
    } else if magnitude > 1.0 / TINY {
        magnitude.ln() + std::f64::consts::LN_2
    } else if magnitude > 2.0 {
        (2.0 * magnitude + 1.0 / ((x * x + 1.0).sqrt() + magnitude)).ln()
    } else {
        let square = x * x;
        (magnitude + square / (1.0 + (1.0 + square).sqrt())).ln_1p()
    };
    result.copysign(x)
}

fn acosh_unchecked(x: f64) -> f64 {
    if x < 1.0 {
        f64::NAN
    } else if x > 1.0 / TINY {
        x.ln() + std::f64::consts::LN_2
    } else if x > 2.0 {
        (2.0 * x - 1.0 / (x + (x * x - 1.0).sqrt())).ln()
    } else {
        let above = x - 1.0;
        (above + (2.0 * above + above * above).sqrt()).ln_1p()
    }
}

fn atanh_unchecked(x: f64) -> f64 {
    let magnitude = x.abs();
    let result = if magnitude < TINY {
        magnitude
    } else if magnitude < 0.5 {
        let doubled = magnitude + magnitude;
        0.5 * (doubled + doubled * magnitude / (1.0 - magnitude)).ln_1p()
    } else {
        0.5 * ((magnitude + magnitude) / (1.0 - magnitude)).ln_1p()
    };
    result.copysign(x)
}

/// `math.atan(x)`
pub fn atan(x: f64) -> f64 {
    x.atan()
}

/// `math.tanh(x)`
pub fn tanh(x: f64) -> f64 {
    x.tanh()
}

/// `math.cbrt(x)`
pub fn cbrt(x: f64) -> f64 {
    x.cbrt()
}

/// `math.erf(x)`
pub fn erf(x: f64) -> f64 {
    libm::erf(x)
}

/// `math.erfc(x)`
pub fn erfc(x: f64) -> f64 {
    libm::erfc(x)
}

/// `math.atan2(y, x)`
pub fn atan2(y: f64, x: f64) -> f64 {
    y.atan2(x)
}

/// `math.degrees(x)`
pub fn degrees(x: f64) -> f64 {
    x * (180.0 / std::f64::consts::PI)
}

/// `math.radians(x)`
pub fn radians(x: f64) -> f64 {
    x * (std::f64::consts::PI / 180.0)
}

/// `math.pow(x, y)`
pub fn pow(x: f64, y: f64) -> Result<f64, NumError> {
    if x == 1.0 || y == 0.0 {
        // C's pow need not know these for signalling NaNs.
        return Ok(1.0);
    }
    let power = x.powf(y);
    if power.is_finite() || !x.is_finite() || !y.is_finite() {
        return Ok(power);
    }
    // A NaN from finite arguments is a fraction as exponent of a negative base; 0 ** -y has no limit either.
    Err(if power.is_nan() || x == 0.0 { domain_error() } else { range_error() })
}

/// `math.fmod(x, y)`: C's, with the sign of `x`.
pub fn fmod(x: f64, y: f64) -> Result<f64, NumError> {
    let rest = x % y;
    if rest.is_nan() && !x.is_nan() && !y.is_nan() { Err(domain_error()) } else { Ok(rest) }
}

/// `math.remainder(x, y)`: from the nearest multiple of `y`, ties to the even one; always exact.
pub fn remainder(x: f64, y: f64) -> Result<f64, NumError> {
    if x.is_nan() || y.is_nan() {
        return Ok(x + y);
    }
    if x.is_infinite() || y == 0.0 {
        return Err(domain_error());
    }
    if y.is_infinite() {
        return Ok(x);
    }
    let (dividend, divisor) = (x.abs(), y.abs());
    let rest = dividend % divisor;
    let complement = divisor - rest;
    let result = if rest < complement {
        rest
    } else if rest > complement {
        -complement
    } else {
        // A tie: whether the quotient is even shows in half of what the rest leaves.
        rest - 2.0 * (0.5 * (dividend - rest) % divisor)
    };
    Ok(if x.is_sign_negative() { -result } else { result })
}

/// `math.fma(x, y, z)`: `x * y + z` rounded once.
pub fn fma(x: f64, y: f64, z: f64) -> Result<f64, NumError> {
    let result = x.mul_add(y, z);
    if result.is_finite() {
        return Ok(result);
    }
    if result.is_nan() && !x.is_nan() && !y.is_nan() && !z.is_nan() {
        return Err(NumError::value("invalid operation in fma"));
    }
    if result.is_infinite() && x.is_finite() && y.is_finite() && z.is_finite() {
        return Err(NumError::overflow("overflow in fma"));
    }
    Ok(result)
}

/// `math.isclose(a, b, rel_tol=relative, abs_tol=absolute)`
pub fn is_close(a: f64, b: f64, relative: f64, absolute: f64) -> Result<bool, NumError> {
    if relative < 0.0 || absolute < 0.0 {
        return Err(NumError::value("tolerances must be non-negative"));
    }
    if a == b {
        return Ok(true);
    }
    if a.is_infinite() || b.is_infinite() {
        return Ok(false);
    }
    let difference = (b - a).abs();
    Ok(difference <= (relative * b).abs() || difference <= (relative * a).abs() || difference <= absolute)
}
