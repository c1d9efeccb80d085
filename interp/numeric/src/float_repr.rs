//! Doubles as text: `repr`, and the `e`, `f`, `g` conversions that both formatting languages share.

use std::fmt::Write;

use crate::float_arith::scale_and_round;
use crate::float_digits::{Digits, MAX_DIGITS};

/// How the digits of a number are chosen and laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FloatStyle {
    /// Shortest digits; exponents below -4 and from 16 on.
    Repr,
    /// `e`: always an exponent, `precision` digits after the point.
    Exponent,
    /// `f`: never an exponent, `precision` digits after the point.
    Fixed,
    /// `g`: `precision` significant digits, without trailing zeros; an exponent when shorter.
    General,
}

/// The parameters of [`format_float`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FloatFormat {
    /// Layout.
    pub style: FloatStyle,
    /// Number of digits, by style; unused by [`FloatStyle::Repr`].
    pub precision: usize,
    /// `#`: keep the point and, in `g`, trailing zeros.
    pub alternate: bool,
    /// Append `.0` to what would look like an integer.
    pub add_dot_zero: bool,
    /// `z`: a result of zero loses its sign.
    pub no_negative_zero: bool,
    /// `E`, `INF`, `NAN`.
    pub upper: bool,
}

impl FloatFormat {
    /// `style` with `precision` and no flags.
    pub const fn new(style: FloatStyle, precision: usize) -> Self {
        Self {
            style,
            precision,
            alternate: false,
            add_dot_zero: false,
            no_negative_zero: false,
            upper: false,
        }
    }
}

/// `repr(x)`
pub fn repr(x: f64) -> String {
    let mut out = String::with_capacity(24);
    repr_into(x, &mut out);
    out
}

/// Appends `repr(x)`.
pub fn repr_into(x: f64, out: &mut String) {
    repr_part(x, true, out);
}

/// Appends `repr(x)`, or without the `.0` of whole numbers, as complex numbers show their parts.
pub(crate) fn repr_part(x: f64, add_dot_zero: bool, out: &mut String) {
    // Whole numbers are the most frequent floats and need no digit generation: below 1e16 they are spaced by two
    // at most, so that no shorter digit string rounds to them.
    if x.abs() < 1e16 && x == x.trunc() {
        if x.is_sign_negative() {
            out.push('-');
        }
        crate::int_str::u64_into(x.abs() as u64, out);
        if add_dot_zero {
            out.push_str(".0");
        }
        return;
    }
    // Within these limits Python's layout has no exponent, and then it is the usual one.
    if (1e-4..1e16).contains(&x.abs()) {
        let mut buffer = zmij::Buffer::new();
        let printed = buffer.format_finite(x);
        if !printed.contains('e') {
            out.push_str(printed);
            return;
        }
    }
    let format = FloatFormat { add_dot_zero, ..FloatFormat::new(FloatStyle::Repr, 0) };
    format_float_into(x, &format, out);
}

/// Formats a double; infinities and NaN become `inf` and `nan`, NaN without a sign.
pub fn format_float(x: f64, format: &FloatFormat) -> String {
    let mut out = String::with_capacity(24);
    format_float_into(x, format, &mut out);
    out
}

/// Appends [`format_float`].
pub fn format_float_into(x: f64, format: &FloatFormat, out: &mut String) {
    let start = out.len();
    if x.is_sign_negative() && !x.is_nan() {
        out.push('-');
    }
    if !x.is_finite() {
        out.push_str(if x.is_nan() { "nan" } else { "inf" });
    } else {
        match format.style {
            FloatStyle::Fixed => fixed(x, format, out),
            FloatStyle::Exponent => {
                let digits = Digits::significant(x, format.precision.saturating_add(1));
                exponent(&digits, format.precision.saturating_add(1), format, out);
            }
            FloatStyle::General => general(x, format, out),
            FloatStyle::Repr => {
                let digits = Digits::shortest(x);
                let count = digits.text.len();
                if (-3..=16).contains(&digits.point) {
                    positional(&digits, count, format, out);
                } else {
                    exponent(&digits, count, format, out);
                }
            }
        }
    }
    if format.upper {
        out[start..].make_ascii_uppercase();
    }
    if format.no_negative_zero && out[start..].starts_with('-') && shows_zero(&out[start + 1..]) {
        out.remove(start);
    }
}

/// Whether formatted digits are all zero, up to an exponent.
fn shows_zero(text: &str) -> bool {
    let mantissa = text.split(['e', 'E']).next().unwrap_or(text);
    mantissa.bytes().all(|byte| matches!(byte, b'0' | b'.'))
}

fn fixed(x: f64, format: &FloatFormat, out: &mut String) {
    if let Some((scaled, _)) = scale_and_round(x.abs(), format.precision) {
        scaled_digits(scaled as u64, format.precision, out);
    } else {
        let precision = format.precision.min(MAX_DIGITS);
        // Writing to a `String` cannot fail.
        let _ = write!(out, "{:.*}", precision, x.abs());
        push_zeros(out, format.precision - precision);
    }
    if format.precision == 0 {
        if format.alternate {
            out.push('.');
        } else if format.add_dot_zero {
            out.push_str(".0");
        }
    }
}

/// Writes `value / 10**places` with that many digits after the point.
fn scaled_digits(value: u64, places: usize, out: &mut String) {
    let start = out.len();
    crate::int_str::u64_into(value, out);
    if places == 0 {
        return;
    }
    let count = out.len() - start;
    if count <= places {
        out.insert_str(start, &"0.0000000000000000"[..2 + places - count]);
    } else {
        out.insert(out.len() - places, '.');
    }
}

fn general(x: f64, format: &FloatFormat, out: &mut String) {
    let precision = format.precision.max(1);
    let mut digits = Digits::significant(x, precision);
    let count = if format.alternate {
        precision
    } else {
        digits.text.truncate(digits.text.trim_end_matches('0').len().max(1));
        digits.text.len()
    };
    let positional_limit = precision as i64 - i64::from(format.add_dot_zero);
    if digits.point > -4 && i64::from(digits.point) <= positional_limit {
        positional(&digits, count, format, out);
    } else {
        exponent(&digits, count, format, out);
    }
}

/// Lays out `count` digits (padded with zeros) without an exponent.
fn positional(digits: &Digits, count: usize, format: &FloatFormat, out: &mut String) {
    let text = &digits.text;
    if digits.point <= 0 {
        out.push_str("0.");
        push_zeros(out, digits.point.unsigned_abs() as usize);
        out.push_str(text);
        push_zeros(out, count - text.len());
        return;
    }
    let point = digits.point as usize;
    let split = point.min(text.len());
    out.push_str(&text[..split]);
    push_zeros(out, point - split);
    if count > point {
        out.push('.');
        out.push_str(&text[split..]);
        push_zeros(out, count - text.len().max(point));
    } else if format.add_dot_zero {
        out.push_str(".0");
    } else if format.alternate {
        out.push('.');
    }
}

/// Lays out `count` digits (padded with zeros) as `d.dddde+xx`.
fn exponent(digits: &Digits, count: usize, format: &FloatFormat, out: &mut String) {
    out.push_str(&digits.text[..1]);
    if count > 1 || format.alternate {
        out.push('.');
    }
    out.push_str(&digits.text[1..]);
    push_zeros(out, count - digits.text.len());
    let exponent = digits.point - 1;
    out.push_str(if exponent < 0 { "e-" } else { "e+" });
    if exponent.unsigned_abs() < 10 {
        out.push('0');
    }
    crate::int_str::u64_into(exponent.unsigned_abs().into(), out);
}

fn push_zeros(out: &mut String, count: usize) {
    out.extend(std::iter::repeat_n('0', count));
}

#[cfg(test)]
mod tests {
    use super::*;
    use FloatStyle::{Exponent, Fixed, General};

    #[test]
    fn reprs() {
        for (x, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.5e16, "1.5e+16"),
            (9999999999999998.0, "9999999999999998.0"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1.5e-5, "1.5e-05"),
            (1e100, "1e+100"),
            (5e-324, "5e-324"),
            (0.1 + 0.2, "0.30000000000000004"),
            (123456789.125, "123456789.125"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (-f64::NAN, "nan"),
        ] {
            assert_eq!(repr(x), expected);
        }
    }

    #[test]
    fn conversions() {
        // Printed by CPython 3.14.
        for (x, style, precision, alternate, expected) in [
            (0.125, Fixed, 2, false, "0.12"),
            (0.375, Fixed, 2, false, "0.38"),
            (2.5, Fixed, 0, false, "2"),
            (2.5, Fixed, 0, true, "2."),
            (1e22, Fixed, 1, false, "10000000000000000000000.0"),
            (0.0, Exponent, 3, false, "0.000e+00"),
            (123456.0, Exponent, 2, false, "1.23e+05"),
            (5.0, Exponent, 0, true, "5.e+00"),
            (123456.0, General, 6, false, "123456"),
            (1234567.0, General, 6, false, "1.23457e+06"),
            (0.0001, General, 6, false, "0.0001"),
            (0.00001, General, 6, false, "1e-05"),
            (1.0, General, 6, true, "1.00000"),
            (100000.0, General, 0, false, "1e+05"),
            (0.0, General, 6, true, "0.00000"),
        ] {
            let format = FloatFormat { alternate, ..FloatFormat::new(style, precision) };
            assert_eq!(format_float(x, &format), expected, "{x} {style:?} {precision}");
        }
        let long = format_float(1.5, &FloatFormat::new(Fixed, 3000));
        assert!(long.len() == 3002 && long.ends_with("000"));
    }

    #[test]
    fn negative_zero() {
        let format = FloatFormat { no_negative_zero: true, ..FloatFormat::new(Fixed, 1) };
        assert_eq!(format_float(-0.01, &format), "0.0");
        assert_eq!(format_float(-0.06, &format), "-0.1");
        let format = FloatFormat { no_negative_zero: true, ..FloatFormat::new(Exponent, 1) };
        assert_eq!(format_float(-0.0, &format), "0.0e+00");
    }
}
