//! Complex arithmetic, text and parsing.
//!
//! Products and quotients recover infinities as Annex G of the C standard asks; operations that mix a real with
//! a complex number never invent an imaginary zero for the real one.

use std::ops::{Add, Mul, Neg, Sub};

use crate::ascii;
use crate::error::NumError;
use crate::float_parse::{parse_prefix, strip_underscores};
use crate::float_repr::repr_part;

/// A Python `complex`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Complex {
    /// Real part
    pub real: f64,
    /// Imaginary part
    pub imag: f64,
}

/// Replaces an infinity by a signed one, anything else by a signed zero.
fn box_infinity(x: f64) -> f64 {
    if x.is_infinite() { 1f64.copysign(x) } else { 0f64.copysign(x) }
}

fn zero_if_nan(x: f64) -> f64 {
    if x.is_nan() { 0f64.copysign(x) } else { x }
}

impl Complex {
    /// From its parts.
    pub const fn new(real: f64, imag: f64) -> Self {
        Self { real, imag }
    }

    /// `self + other` for a real number, in either order
    pub fn add_real(self, other: f64) -> Complex {
        Complex::new(self.real + other, self.imag)
    }

    /// `self - other` for a real number
    pub fn sub_real(self, other: f64) -> Complex {
        Complex::new(self.real - other, self.imag)
    }

    /// `real - self` for a real number
    pub fn real_sub(self, real: f64) -> Complex {
        Complex::new(real - self.real, -self.imag)
    }

    /// `self.conjugate()`
    pub fn conjugate(self) -> Complex {
        Complex::new(self.real, -self.imag)
    }

    /// `self * other` for a real number, in either order
    pub fn mul_real(self, other: f64) -> Complex {
        Complex::new(self.real * other, self.imag * other)
    }

    /// The infinite product behind a NaN, if there is one.
    #[cold]
    fn mul_recover(self, other: Complex, products: [f64; 4]) -> Option<Complex> {
        let (mut a, mut b, mut c, mut d) = (self.real, self.imag, other.real, other.imag);
        let mut recalculate = false;
        if a.is_infinite() || b.is_infinite() {
            (a, b) = (box_infinity(a), box_infinity(b));
            (c, d) = (zero_if_nan(c), zero_if_nan(d));
            recalculate = true;
        }
        if c.is_infinite() || d.is_infinite() {
            (c, d) = (box_infinity(c), box_infinity(d));
            (a, b) = (zero_if_nan(a), zero_if_nan(b));
            recalculate = true;
        }
        if !recalculate && products.iter().any(|product| product.is_infinite()) {
            (a, b) = (zero_if_nan(a), zero_if_nan(b));
            (c, d) = (zero_if_nan(c), zero_if_nan(d));
            recalculate = true;
        }
        let scaled = |x: f64| f64::INFINITY * x;
        recalculate.then(|| Complex::new(scaled(a * c - b * d), scaled(a * d + b * c)))
    }

    /// `self / other` for a real number
    pub fn div_real(self, other: f64) -> Result<Complex, NumError> {
        if other == 0.0 {
            return Err(NumError::division_by_zero());
        }
        Ok(Complex::new(self.real / other, self.imag / other))
    }

    /// `self / other`, by Smith's method: scales by the larger part of the divisor to avoid overflow.
    pub fn true_div(self, other: Complex) -> Result<Complex, NumError> {
        let (a, b, c, d) = (self.real, self.imag, other.real, other.imag);
        let quotient = if c.abs() >= d.abs() {
            if c == 0.0 {
                return Err(NumError::division_by_zero());
            }
            let ratio = d / c;
            let scale = c + d * ratio;
            Complex::new((a + b * ratio) / scale, (b - a * ratio) / scale)
        } else if d.abs() >= c.abs() {
            let ratio = c / d;
            let scale = c * ratio + d;
            Complex::new((a * ratio + b) / scale, (b * ratio - a) / scale)
        } else {
            Complex::new(f64::NAN, f64::NAN)
        };
        if !(quotient.real.is_nan() && quotient.imag.is_nan()) {
            return Ok(quotient);
        }
        Ok(if (a.is_infinite() || b.is_infinite()) && c.is_finite() && d.is_finite() {
            let (x, y) = (box_infinity(a), box_infinity(b));
            Complex::new(f64::INFINITY * (x * c + y * d), f64::INFINITY * (y * c - x * d))
        } else if (c.is_infinite() || d.is_infinite()) && a.is_finite() && b.is_finite() {
            let (x, y) = (box_infinity(c), box_infinity(d));
            Complex::new(0.0 * (a * x + b * y), 0.0 * (b * x - a * y))
        } else {
            quotient
        })
    }

    /// `real / self` for a real number
    pub fn real_div(self, real: f64) -> Result<Complex, NumError> {
        let (c, d) = (self.real, self.imag);
        let quotient = if c.abs() >= d.abs() {
            if c == 0.0 {
                return Err(NumError::division_by_zero());
            }
            let ratio = d / c;
            let scale = c + d * ratio;
            Complex::new(real / scale, (-real * ratio) / scale)
        } else if d.abs() >= c.abs() {
            let ratio = c / d;
            let scale = c * ratio + d;
            Complex::new((real * ratio) / scale, (-real) / scale)
        } else {
            Complex::new(f64::NAN, f64::NAN)
        };
        if !(quotient.real.is_nan() && quotient.imag.is_nan()) {
            return Ok(quotient);
        }
        Ok(if real.is_infinite() && c.is_finite() && d.is_finite() {
            let x = box_infinity(real);
            Complex::new(f64::INFINITY * (x * c), f64::INFINITY * (-x * d))
        } else if (c.is_infinite() || d.is_infinite()) && real.is_finite() {
            let (x, y) = (box_infinity(c), box_infinity(d));
            Complex::new(0.0 * (real * x), 0.0 * (-real * y))
        } else {
            quotient
        })
    }

    /// `self ** exponent`
    pub fn pow(self, exponent: Complex) -> Result<Complex, NumError> {
        const MAX_REPEATED: f64 = 100.0;
        let whole = exponent.imag == 0.0 && exponent.real == exponent.real.floor();
        let power = if whole && exponent.real.abs() <= MAX_REPEATED {
            self.pow_whole(exponent.real as i32)
        } else {
            self.pow_polar(exponent)
        };
        let power = power.ok_or_else(|| NumError::zero_division("zero to a negative or complex power"))?;
        if power.real.is_infinite() || power.imag.is_infinite() {
            return Err(NumError::overflow("complex exponentiation"));
        }
        Ok(power)
    }

    /// By repeated squaring; `None` for zero to a negative power.
    fn pow_whole(self, exponent: i32) -> Option<Complex> {
        let one = Complex::new(1.0, 0.0);
        let (mut power, mut square) = (one, self);
        let mut rest = exponent.unsigned_abs();
        while rest > 0 {
            if rest & 1 == 1 {
                power = power * square;
            }
            rest >>= 1;
            square = square * square;
        }
        if exponent > 0 { Some(power) } else { one.true_div(power).ok() }
    }

    /// By polar coordinates; `None` for zero to a negative or complex power, or when the angle is infinite.
    fn pow_polar(self, exponent: Complex) -> Option<Complex> {
        if self.real == 0.0 && self.imag == 0.0 {
            let defined = exponent.imag == 0.0 && (exponent.real >= 0.0 || exponent.real.is_nan());
            return defined.then_some(Complex::new(0.0, 0.0));
        }
        let length = self.real.hypot(self.imag);
        let angle = self.imag.atan2(self.real);
        let mut power_length = length.powf(exponent.real);
        let mut power_angle = angle * exponent.real;
        if exponent.imag != 0.0 {
            power_length *= (-angle * exponent.imag).exp();
            power_angle += exponent.imag * length.ln();
        }
        // The sine of an infinity is a domain error to C, which CPython reports as it does powers of zero.
        if power_angle.is_infinite() {
            return None;
        }
        Some(Complex::new(power_length * power_angle.cos(), power_length * power_angle.sin()))
    }

    /// `abs(self)`
    pub fn abs(self) -> Result<f64, NumError> {
        let length = self.real.hypot(self.imag);
        if length.is_infinite() && self.real.is_finite() && self.imag.is_finite() {
            return Err(NumError::overflow("absolute value too large"));
        }
        Ok(length)
    }

    /// `repr(self)`: without the real part and parentheses when that part is positive zero.
    pub fn repr(self) -> String {
        let mut out = String::with_capacity(32);
        if self.real.to_bits() == 0 {
            repr_part(self.imag, false, &mut out);
            out.push('j');
            return out;
        }
        out.push('(');
        repr_part(self.real, false, &mut out);
        if self.imag.is_nan() || self.imag.is_sign_positive() {
            out.push('+');
        }
        repr_part(self.imag, false, &mut out);
        out.push_str("j)");
        out
    }
}

impl Add for Complex {
    type Output = Complex;

    fn add(self, other: Complex) -> Complex {
        Complex::new(self.real + other.real, self.imag + other.imag)
    }
}

impl Sub for Complex {
    type Output = Complex;

    fn sub(self, other: Complex) -> Complex {
        Complex::new(self.real - other.real, self.imag - other.imag)
    }
}

impl Neg for Complex {
    type Output = Complex;

    fn neg(self) -> Complex {
        Complex::new(-self.real, -self.imag)
    }
}

impl Mul for Complex {
    type Output = Complex;

    fn mul(self, other: Complex) -> Complex {
        let (a, b, c, d) = (self.real, self.imag, other.real, other.imag);
        let (ac, bd, ad, bc) = (a * c, b * d, a * d, b * c);
        let product = Complex::new(ac - bd, ad + bc);
        if !(product.real.is_nan() && product.imag.is_nan()) {
            return product;
        }
        self.mul_recover(other, [ac, bd, ad, bc]).unwrap_or(product)
    }
}

/// `complex(text)`; `repr` gives the repr of the text, needed for one of the messages only.
pub fn parse(
    code_points: impl IntoIterator<Item = u32>,
    repr: impl FnOnce() -> String,
) -> Result<Complex, NumError> {
    let text = ascii::normalize(code_points);
    let Some(text) = strip_underscores(&text) else {
        return Err(NumError::value(format!("could not convert string to complex: {}", repr())));
    };
    parse_ascii(&text).ok_or_else(|| NumError::value("complex() arg is a malformed string"))
}

/// Parses ASCII text without underscores; `None` if it is malformed.
pub fn parse_ascii(text: &[u8]) -> Option<Complex> {
    let text = ascii::trim(text);
    match text {
        [b'(', inner @ .., b')'] => parse_sum(ascii::trim(inner)),
        _ => parse_sum(text),
    }
}

/// One or two terms, the last of which may be imaginary. An imaginary unit may do without digits.
fn parse_sum(text: &[u8]) -> Option<Complex> {
    let Some((first, length)) = parse_prefix(text) else {
        return Some(Complex::new(0.0, parse_unit(text)?));
    };
    match &text[length..] {
        [] => Some(Complex::new(first, 0.0)),
        [b'j' | b'J'] => Some(Complex::new(0.0, first)),
        rest @ [b'+' | b'-', ..] => {
            let imag = match parse_prefix(rest) {
                Some((imag, length)) => matches!(rest[length..], [b'j' | b'J']).then_some(imag)?,
                None => parse_unit(rest)?,
            };
            Some(Complex::new(first, imag))
        }
        _ => None,
    }
}

/// `j`, `+j` or `-j`
fn parse_unit(text: &[u8]) -> Option<f64> {
    match text {
        [b'j' | b'J'] | [b'+', b'j' | b'J'] => Some(1.0),
        [b'-', b'j' | b'J'] => Some(-1.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INF: f64 = f64::INFINITY;
    const NAN: f64 = f64::NAN;

    fn c(real: f64, imag: f64) -> Complex {
        Complex::new(real, imag)
    }

    #[test]
    fn reprs() {
        for (value, expected) in [
            (c(0.0, 1.0), "1j"),
            (c(-0.0, 1.0), "(-0+1j)"),
            (c(0.0, -0.0), "-0j"),
            (c(1.0, -NAN), "(1+nanj)"),
            (c(NAN, -INF), "(nan-infj)"),
            (c(1e20, 1e-5), "(1e+20+1e-05j)"),
            (c(1.5, -2.0), "(1.5-2j)"),
        ] {
            assert_eq!(value.repr(), expected);
        }
    }

    #[test]
    fn parsing() {
        for (text, expected) in [
            ("1+j", Some(c(1.0, 1.0))),
            (" ( 1+2J ) ", Some(c(1.0, 2.0))),
            ("-j", Some(c(0.0, -1.0))),
            ("1.e5+.5j", Some(c(1e5, 0.5))),
            ("1e400j", Some(c(0.0, INF))),
            ("3", Some(c(3.0, 0.0))),
            ("1_0+2_0j", Some(c(10.0, 20.0))),
            ("1+2", None),
            ("", None),
            ("()", None),
            ("((1))", None),
            ("1j1", None),
            ("1 + 2j", None),
            ("1+2j+3", None),
            ("+ j", None),
        ] {
            assert_eq!(parse(text.chars().map(u32::from), || text.to_string()).ok(), expected, "{text:?}");
        }
        let error = parse("1__0".chars().map(u32::from), || "'1__0'".to_string()).unwrap_err();
        assert_eq!(error.message, "could not convert string to complex: '1__0'");
    }

    #[test]
    fn arithmetic() {
        assert_eq!(c(3.0, 4.0).real_div(5.0).map(|z| z.repr()).as_deref(), Ok("(0.6-0.8j)"));
        assert_eq!(c(INF, 1.0).real_div(5.0).map(|z| z.repr()).as_deref(), Ok("-0j"));
        assert_eq!(c(1.0, 2.0).real_div(INF).map(|z| z.repr()).as_deref(), Ok("(inf-infj)"));
        assert_eq!(c(1.0, 0.0).real_sub(1.0).repr(), "-0j");
        assert_eq!(
            c(1.0, 2.0).pow(c(-3.0, 0.0)).map(|z| z.repr()).as_deref(),
            Ok("(-0.08800000000000001+0.016j)")
        );
        assert_eq!(c(0.0, 0.0).pow(c(0.0, 0.0)), Ok(c(1.0, 0.0)));
        let error = c(0.0, 0.0).pow(c(0.0, 1.0)).unwrap_err();
        assert_eq!(error.message, "zero to a negative or complex power");
        assert_eq!(c(INF, 0.0).pow(c(2.0, 0.0)).unwrap_err().message, "complex exponentiation");
        assert_eq!(c(1.7e308, 1.7e308).abs().unwrap_err().message, "absolute value too large");
        assert_eq!(c(NAN, INF).abs(), Ok(INF));
    }
}
