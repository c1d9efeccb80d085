//! The decimal digits of doubles: shortest, or rounded to a number of digits.
//!
//! Every text form of a float starts from [`Digits`]. Shortest digits come from `zmij`; rounded ones from the
//! standard library, whose precise mode is exact and rounds ties to even.

use crate::float_arith::scale_and_round;
use crate::int_str::u64_into;
use std::fmt::Write;

/// More digits than any double has before or after its point; the rest are zeros.
pub(crate) const MAX_DIGITS: usize = 1100;

/// A finite, non-negative number as `0.text * 10**point`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digits {
    /// ASCII digits; the first is not zero, unless the number is zero, which is `"0"` with `point` 1.
    pub text: String,
    /// The position of the decimal point relative to the start of `text`.
    pub point: i32,
}

impl Digits {
    /// The fewest digits that read back as the same double.
    pub fn shortest(x: f64) -> Digits {
        let mut buffer = zmij::Buffer::new();
        let printed = buffer.format_finite(x.abs());
        let (mantissa, exponent) = match printed.split_once('e') {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().unwrap_or(0)),
            None => (printed, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut text = String::with_capacity(20);
        text.push_str(whole);
        text.push_str(fraction);
        let mut point = whole.len() as i32 + exponent;
        text.truncate(text.trim_end_matches('0').len());
        let leading = text.len() - text.trim_start_matches('0').len();
        if leading > 0 {
            text.drain(..leading);
            point -= leading as i32;
        }
        if text.is_empty() {
            return Digits { text: "0".into(), point: 1 };
        }
        Digits { text, point }
    }

    /// Exactly `count` significant digits, at least one; trailing zeros beyond [`MAX_DIGITS`] are left out.
    pub fn significant(x: f64, count: usize) -> Digits {
        if let Some(digits) = Digits::by_scaling(x.abs(), count) {
            return digits;
        }
        let mut text = String::with_capacity(count.min(MAX_DIGITS) + 8);
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{:.*e}", count.clamp(1, MAX_DIGITS) - 1, x.abs());
        let mark = text.rfind('e').unwrap_or(text.len());
        let exponent: i32 = text[mark + 1..].parse().unwrap_or(0);
        text.truncate(mark);
        if text.len() > 1 {
            text.remove(1);
        }
        Digits { text, point: exponent + 1 }
    }

    /// A few significant digits of a number of middling size, where scaling it to an integer is exact enough.
    fn by_scaling(x: f64, count: usize) -> Option<Digits> {
        if !(1..=12).contains(&count) || !(1e-4..1e13).contains(&x) {
            return None;
        }
        let exponent = x.log10().floor() as i32;
        let places = usize::try_from(count as i32 - 1 - exponent).ok()?;
        let (scaled, _) = scale_and_round(x, places)?;
        let mut text = String::with_capacity(count + 8);
        u64_into(scaled as u64, &mut text);
        // Otherwise it was rounded up to a power of ten, or the logarithm was.
        (text.len() == count).then_some(Digits { text, point: exponent + 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str, point: i32) -> Digits {
        Digits { text: text.into(), point }
    }

    #[test]
    fn shortest() {
        for (x, text, point) in [
            (1.0, "1", 1),
            (100.0, "1", 3),
            (0.001, "1", -2),
            (123.456, "123456", 3),
            (1e22, "1", 23),
            (5e-324, "5", -323),
            (0.0, "0", 1),
            (9007199254740993.0, "9007199254740992", 16),
        ] {
            assert_eq!(Digits::shortest(x), digits(text, point), "{x:e}");
        }
    }

    #[test]
    fn significant() {
        assert_eq!(Digits::significant(2.5, 1), digits("2", 1));
        assert_eq!(Digits::significant(3.5, 1), digits("4", 1));
        assert_eq!(Digits::significant(99.99, 2), digits("10", 3));
        assert_eq!(Digits::significant(1000.0, 3), digits("100", 4));
        assert_eq!(Digits::significant(0.000125, 2), digits("13", -3));
        assert_eq!(Digits::significant(0.25, 1), digits("2", 0));
        assert_eq!(Digits::significant(1234.5678, 6), digits("123457", 4));
        assert_eq!(Digits::significant(0.0, 3), digits("000", 1));
    }
}
