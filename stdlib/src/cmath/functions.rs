//! The elementary functions of a complex variable.
//!
//! Formulas follow Kahan ("Branch Cuts for Complex Elementary Functions") and Hull, Fairgrieve and Tang: the inverse
//! functions are built from square roots and the real `asinh`, arguments near overflow are scaled first, and the
//! trigonometric functions are the hyperbolic ones turned by a quarter. Signs of zeros select the side of a cut.

use super::special::{Table, lookup};
use adder_numeric::NumError;
use adder_numeric::complex::Complex;
use adder_numeric::math::{domain_error, range_error};
use std::f64::consts::{E, FRAC_PI_2, LN_2, LN_10};

type Result = std::result::Result<Complex, NumError>;

/// Sums and products of two numbers below this do not overflow.
const LARGE: f64 = f64::MAX / 4.0;
/// `exp` of larger numbers is done in two steps.
const LOG_LARGE: f64 = 708.396_418_532_264_1;
/// Square roots of the largest number and of the smallest normal one.
const SQRT_LARGE: f64 = 6.703_903_964_971_298e153;
const SQRT_SMALL: f64 = 1.491_668_146_240_041_3e-154;

fn finite(z: Complex) -> bool {
    z.real.is_finite() && z.imag.is_finite()
}

fn large(z: Complex) -> bool {
    z.real.abs() > LARGE || z.imag.abs() > LARGE
}

/// The logarithm of twice the magnitude of a large number.
fn log_twice_magnitude(z: Complex) -> f64 {
    (z.real / 2.0).hypot(z.imag / 2.0).ln() + LN_2 * 2.0
}

fn asinh_real(x: f64) -> f64 {
    adder_numeric::math::asinh(x)
}

/// `i * z`
fn turned(z: Complex) -> Complex {
    Complex::new(-z.imag, z.real)
}

/// `-i * z`
fn turned_back(z: Complex) -> Complex {
    Complex::new(z.imag, -z.real)
}

/// An overflow if a function of a finite argument became infinite.
fn in_range(z: Complex) -> Result {
    if z.real.is_infinite() || z.imag.is_infinite() { Err(range_error()) } else { Ok(z) }
}

pub fn acos(z: Complex) -> Result {
    if !finite(z) {
        return Ok(lookup(Table::Acos, z));
    }
    if large(z) {
        let imag = -log_twice_magnitude(z).copysign(z.imag);
        return Ok(Complex::new(z.imag.abs().atan2(z.real), imag));
    }
    let below = root(Complex::new(1.0 - z.real, -z.imag));
    let above = root(Complex::new(1.0 + z.real, z.imag));
    Ok(Complex::new(
        2.0 * below.real.atan2(above.real),
        asinh_real(above.real * below.imag - above.imag * below.real),
    ))
}

pub fn acosh(z: Complex) -> Result {
    if !finite(z) {
        return Ok(lookup(Table::Acosh, z));
    }
    if large(z) {
        return Ok(Complex::new(log_twice_magnitude(z), z.imag.atan2(z.real)));
    }
    let below = root(Complex::new(z.real - 1.0, z.imag));
    let above = root(Complex::new(z.real + 1.0, z.imag));
    Ok(Complex::new(
        asinh_real(below.real * above.real + below.imag * above.imag),
        2.0 * below.imag.atan2(above.real),
    ))
}

pub fn asin(z: Complex) -> Result {
    asinh(turned(z)).map(turned_back)
}

pub fn asinh(z: Complex) -> Result {
    if !finite(z) {
        return Ok(lookup(Table::Asinh, z));
    }
    if large(z) {
        return Ok(Complex::new(log_twice_magnitude(z).copysign(z.real), z.imag.atan2(z.real.abs())));
    }
    let first = root(Complex::new(1.0 + z.imag, -z.real));
    let second = root(Complex::new(1.0 - z.imag, z.real));
    Ok(Complex::new(
        asinh_real(first.real * second.imag - second.real * first.imag),
        z.imag.atan2(first.real * second.real - first.imag * second.imag),
    ))
}

pub fn atan(z: Complex) -> Result {
    atanh(turned(z)).map(turned_back)
}

pub fn atanh(z: Complex) -> Result {
    if !finite(z) {
        return Ok(lookup(Table::Atanh, z));
    }
    if z.real.is_sign_negative() {
        return atanh(-z).map(|result| -result);
    }
    let height = z.imag.abs();
    if z.real > SQRT_LARGE || height > SQRT_LARGE {
        // About 1/z, plus a quarter turn; the square of the magnitude would overflow.
        let half = (z.real / 2.0).hypot(z.imag / 2.0);
        return Ok(Complex::new(z.real / 4.0 / half / half, -FRAC_PI_2.copysign(-z.imag)));
    }
    if z.real == 1.0 && height < SQRT_SMALL {
        if height == 0.0 {
            return Err(domain_error());
        }
        return Ok(Complex::new(
            -(height.sqrt() / height.hypot(2.0).sqrt()).ln(),
            (2f64.atan2(-height) / 2.0).copysign(z.imag),
        ));
    }
    let beside = 1.0 - z.real;
    Ok(Complex::new(
        (4.0 * z.real / (beside * beside + height * height)).ln_1p() / 4.0,
        -(-2.0 * z.imag).atan2(beside * (1.0 + z.real) - height * height) / 2.0,
    ))
}

pub fn cos(z: Complex) -> Result {
    cosh(turned(z))
}

/// Infinities times a point on the unit circle.
fn infinite_along(phase: f64, real_sign: f64, imag_sign: f64) -> Complex {
    let infinity = f64::INFINITY;
    Complex::new(real_sign * infinity.copysign(phase.cos()), imag_sign * infinity.copysign(phase.sin()))
}

fn direction_known(z: Complex) -> bool {
    z.real.is_infinite() && z.imag.is_finite() && z.imag != 0.0
}

pub fn cosh(z: Complex) -> Result {
    if !finite(z) {
        if z.imag.is_infinite() && !z.real.is_nan() {
            return Err(domain_error());
        }
        if direction_known(z) {
            return Ok(infinite_along(z.imag, 1.0, 1f64.copysign(z.real)));
        }
        return Ok(lookup(Table::Cosh, z));
    }
    let (sin, cos) = (z.imag.sin(), z.imag.cos());
    in_range(if z.real.abs() > LOG_LARGE {
        let nearer = z.real - 1f64.copysign(z.real);
        Complex::new(cos * nearer.cosh() * E, sin * nearer.sinh() * E)
    } else {
        Complex::new(cos * z.real.cosh(), sin * z.real.sinh())
    })
}

pub fn exp(z: Complex) -> Result {
    if !finite(z) {
        if z.imag.is_infinite() && (z.real.is_finite() || z.real == f64::INFINITY) {
            return Err(domain_error());
        }
        if direction_known(z) {
            return Ok(if z.real > 0.0 {
                infinite_along(z.imag, 1.0, 1.0)
            } else {
                Complex::new(0f64.copysign(z.imag.cos()), 0f64.copysign(z.imag.sin()))
            });
        }
        return Ok(lookup(Table::Exp, z));
    }
    let (sin, cos) = (z.imag.sin(), z.imag.cos());
    in_range(if z.real > LOG_LARGE {
        let length = (z.real - 1.0).exp();
        Complex::new(length * cos * E, length * sin * E)
    } else {
        let length = z.real.exp();
        Complex::new(length * cos, length * sin)
    })
}

pub fn log(z: Complex) -> Result {
    if !finite(z) {
        return Ok(lookup(Table::Log, z));
    }
    let (x, y) = (z.real.abs(), z.imag.abs());
    let real = if x > LARGE || y > LARGE {
        (x / 2.0).hypot(y / 2.0).ln() + LN_2
    } else if x < f64::MIN_POSITIVE && y < f64::MIN_POSITIVE {
        if x == 0.0 && y == 0.0 {
            return Err(domain_error());
        }
        // Subnormal: the magnitude is only accurate after scaling.
        let scale = (1u64 << 53) as f64;
        (x * scale).hypot(y * scale).ln() - 53.0 * LN_2
    } else {
        let magnitude = x.hypot(y);
        if (0.71..=1.73).contains(&magnitude) {
            let (longer, shorter) = if x > y { (x, y) } else { (y, x) };
            ((longer - 1.0) * (longer + 1.0) + shorter * shorter).ln_1p() / 2.0
        } else {
            magnitude.ln()
        }
    };
    Ok(Complex::new(real, z.imag.atan2(z.real)))
}

pub fn log10(z: Complex) -> Result {
    let natural = log(z)?;
    Ok(Complex::new(natural.real / LN_10, natural.imag / LN_10))
}

pub fn rect(r: f64, phi: f64) -> Result {
    let polar = Complex::new(r, phi);
    if !finite(polar) {
        if r != 0.0 && !r.is_nan() && phi.is_infinite() {
            return Err(domain_error());
        }
        if direction_known(polar) {
            let sign = 1f64.copysign(r);
            return Ok(infinite_along(phi, sign, sign));
        }
        return Ok(lookup(Table::Rect, polar));
    }
    if phi == 0.0 {
        // Keeps the sign of a zero angle even where the sine would lose it.
        return Ok(Complex::new(r, r * phi));
    }
    Ok(Complex::new(r * phi.cos(), r * phi.sin()))
}

pub fn sin(z: Complex) -> Result {
    sinh(turned(z)).map(turned_back)
}

pub fn sinh(z: Complex) -> Result {
    if !finite(z) {
        if z.imag.is_infinite() && !z.real.is_nan() {
            return Err(domain_error());
        }
        if direction_known(z) {
            return Ok(infinite_along(z.imag, 1f64.copysign(z.real), 1.0));
        }
        return Ok(lookup(Table::Sinh, z));
    }
    let (sin, cos) = (z.imag.sin(), z.imag.cos());
    in_range(if z.real.abs() > LOG_LARGE {
        let nearer = z.real - 1f64.copysign(z.real);
        Complex::new(cos * nearer.sinh() * E, sin * nearer.cosh() * E)
    } else {
        Complex::new(cos * z.real.sinh(), sin * z.real.cosh())
    })
}

pub fn sqrt(z: Complex) -> Result {
    Ok(root(z))
}

/// The square root with a nonnegative real part.
fn root(z: Complex) -> Complex {
    if !finite(z) {
        return lookup(Table::Sqrt, z);
    }
    if z.real == 0.0 && z.imag == 0.0 {
        return Complex::new(0.0, z.imag);
    }
    let (x, y) = (z.real.abs(), z.imag.abs());
    let larger = if x < f64::MIN_POSITIVE && y < f64::MIN_POSITIVE {
        // Subnormal: scaled up by 2**53 here, so down by half as many bits, rounded up for the missing 2.
        let scale = (1u64 << 53) as f64;
        let x = x * scale;
        (x + x.hypot(y * scale)).sqrt() / (1u64 << 27) as f64
    } else {
        let x = x / 8.0;
        2.0 * (x + x.hypot(y / 8.0)).sqrt()
    };
    let smaller = y / (2.0 * larger);
    if z.real >= 0.0 {
        Complex::new(larger, smaller.copysign(z.imag))
    } else {
        Complex::new(smaller, larger.copysign(z.imag))
    }
}

pub fn tan(z: Complex) -> Result {
    tanh(turned(z)).map(turned_back)
}

pub fn tanh(z: Complex) -> Result {
    if !finite(z) {
        if z.imag.is_infinite() && z.real.is_finite() {
            return Err(domain_error());
        }
        if direction_known(z) {
            let imag = 0f64.copysign(2.0 * z.imag.sin() * z.imag.cos());
            return Ok(Complex::new(1f64.copysign(z.real), imag));
        }
        return Ok(lookup(Table::Tanh, z));
    }
    if z.real.abs() > LOG_LARGE {
        let imag = 4.0 * z.imag.sin() * z.imag.cos() * (-2.0 * z.real.abs()).exp();
        return Ok(Complex::new(1f64.copysign(z.real), imag));
    }
    let (hyperbolic, tangent) = (z.real.tanh(), z.imag.tan());
    let secant = 1.0 / z.real.cosh();
    let product = hyperbolic * tangent;
    let denominator = 1.0 + product * product;
    Ok(Complex::new(
        hyperbolic * (1.0 + tangent * tangent) / denominator,
        tangent / denominator * secant * secant,
    ))
}
