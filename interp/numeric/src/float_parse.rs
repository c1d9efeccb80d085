//! `float(text)`.
//!
//! The standard library's parser is correctly rounded and has Python's grammar but for white space, underscores
//! and the digits of other scripts, which are dealt with first.

use std::borrow::Cow;

use crate::ascii;
use crate::error::NumError;

/// The message of the `ValueError` for text that is no float.
pub fn invalid_literal(repr: &str) -> NumError {
    NumError::value(format!("could not convert string to float: {repr}"))
}

/// Parses code points; `None` if they spell no float.
pub fn parse(code_points: impl IntoIterator<Item = u32>) -> Option<f64> {
    parse_ascii(&ascii::normalize(code_points))
}

/// Parses ASCII text with optional white space around it; `None` if it spells no float.
pub fn parse_ascii(text: &[u8]) -> Option<f64> {
    parse_trimmed(ascii::trim(text))
}

/// Parses ASCII text without white space.
pub(crate) fn parse_trimmed(text: &[u8]) -> Option<f64> {
    let text = strip_underscores(text)?;
    std::str::from_utf8(&text).ok()?.parse().ok()
}

/// Removes underscores between digits; `None` if there are others.
pub(crate) fn strip_underscores(text: &[u8]) -> Option<Cow<'_, [u8]>> {
    if !text.contains(&b'_') {
        return Some(Cow::Borrowed(text));
    }
    let is_digit = |index: usize| text.get(index).is_some_and(u8::is_ascii_digit);
    let well_placed = |index: usize| index > 0 && is_digit(index - 1) && is_digit(index + 1);
    let mut stripped = Vec::with_capacity(text.len());
    for (index, &byte) in text.iter().enumerate() {
        if byte != b'_' {
            stripped.push(byte);
        } else if !well_placed(index) {
            return None;
        }
    }
    Some(Cow::Owned(stripped))
}

/// The length of the longest prefix that spells a float, and its value: what `strtod` would consume.
pub(crate) fn parse_prefix(text: &[u8]) -> Option<(f64, usize)> {
    let length = prefix_length(text);
    let value = std::str::from_utf8(&text[..length]).ok()?.parse().ok()?;
    Some((value, length))
}

fn prefix_length(text: &[u8]) -> usize {
    let sign = usize::from(matches!(text.first(), Some(b'+' | b'-')));
    let body = &text[sign..];
    for name in [&b"infinity"[..], b"inf", b"nan"] {
        if body.len() >= name.len() && body[..name.len()].eq_ignore_ascii_case(name) {
            return sign + name.len();
        }
    }
    let digits = |from: usize| text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut end = sign + digits(sign);
    let mut any = end > sign;
    if text.get(end) == Some(&b'.') {
        let fraction = digits(end + 1);
        any |= fraction > 0;
        end += 1 + fraction;
    }
    if !any {
        return 0;
    }
    if let Some(b'e' | b'E') = text.get(end) {
        let exponent = end + 1 + usize::from(matches!(text.get(end + 1), Some(b'+' | b'-')));
        let count = text.get(exponent..).map_or(0, |_| digits(exponent));
        if count > 0 {
            end = exponent + count;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grammar() {
        let parse = |text: &str| parse(text.chars().map(u32::from));
        for (text, expected) in [
            ("1", Some(1.0)),
            (" -1_0.5_0e1_0\n", Some(-1.05e11)),
            ("１２.５", Some(12.5)),
            ("5.", Some(5.0)),
            (".5", Some(0.5)),
            ("5.e3", Some(5000.0)),
            ("1e400", Some(f64::INFINITY)),
            ("-Infinity", Some(f64::NEG_INFINITY)),
            ("1e99999999999999999999", Some(f64::INFINITY)),
            ("2.4703282292062327209e-324", Some(5e-324)),
            (".", None),
            ("", None),
            ("e5", None),
            ("1e", None),
            ("1_.0", None),
            ("1__0", None),
            ("_1", None),
            ("1_", None),
            ("in_f", None),
            ("0x10", None),
            ("1 2", None),
            ("+-1", None),
        ] {
            assert_eq!(parse(text), expected, "{text:?}");
        }
        assert!(parse("-NaN").is_some_and(|x| x.is_nan() && x.is_sign_negative()));
    }

    #[test]
    fn prefixes() {
        assert_eq!(parse_prefix(b"1.5e+j"), Some((1.5, 3)));
        assert_eq!(parse_prefix(b"-infinityx"), Some((f64::NEG_INFINITY, 9)));
        assert_eq!(parse_prefix(b"+.e5"), None);
        assert_eq!(parse_prefix(b"1e5-2"), Some((1e5, 3)));
    }
}
