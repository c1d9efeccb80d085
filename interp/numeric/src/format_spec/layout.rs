//! Padding, signs and digit grouping, common to all formatted numbers.

use std::borrow::Cow;

use crate::error::NumError;
use crate::format_spec::{Align, FormatSpec, Grouping, Sign};

/// Where formatted text goes. The VM implements it for its string builder.
pub trait Sink {
    /// Appends one code point, which may be a surrogate.
    fn push(&mut self, code_point: u32);

    /// Appends text.
    fn push_str(&mut self, text: &str) {
        for c in text.chars() {
            self.push(u32::from(c));
        }
    }

    /// Appends `count` copies of a code point.
    fn repeat(&mut self, code_point: u32, count: usize) {
        for _ in 0..count {
            self.push(code_point);
        }
    }
}

impl Sink for Vec<u32> {
    fn push(&mut self, code_point: u32) {
        Vec::push(self, code_point);
    }

    fn repeat(&mut self, code_point: u32, count: usize) {
        self.resize(self.len() + count, code_point);
    }
}

/// Bytes, for ASCII output only: other code points become `?`.
impl Sink for Vec<u8> {
    fn push(&mut self, code_point: u32) {
        Vec::push(self, u8::try_from(code_point).unwrap_or(b'?'));
    }

    fn push_str(&mut self, text: &str) {
        self.extend_from_slice(text.as_bytes());
    }

    fn repeat(&mut self, code_point: u32, count: usize) {
        self.resize(self.len() + count, u8::try_from(code_point).unwrap_or(b'?'));
    }
}

/// Surrogates, which a `String` cannot hold, become U+FFFD.
impl Sink for String {
    fn push(&mut self, code_point: u32) {
        String::push(self, char::from_u32(code_point).unwrap_or(char::REPLACEMENT_CHARACTER));
    }

    fn push_str(&mut self, text: &str) {
        String::push_str(self, text);
    }
}

/// What `localeconv()` says about numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocaleConventions {
    /// Between integer part and fraction.
    pub decimal_point: String,
    /// Between groups of digits.
    pub thousands_separator: String,
    /// The sizes of groups from the right, as C has them: the last one repeats, 127 ends grouping.
    pub grouping: Vec<u8>,
}

impl Default for LocaleConventions {
    /// The conventions of the C locale.
    fn default() -> Self {
        LocaleConventions { decimal_point: ".".into(), thousands_separator: String::new(), grouping: vec![] }
    }
}

/// How the digits of the integer part and the fraction are separated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Separators<'a> {
    decimal_point: &'a str,
    separator: &'a str,
    grouping: &'a [u8],
    fraction_separator: &'a str,
}

impl<'a> Separators<'a> {
    /// The separators that `spec` asks for. `n` takes those of the locale, the others `,` and `_` by threes, or
    /// fours for binary, octal and hexadecimal.
    pub(crate) fn new(spec: &FormatSpec, locale: &'a LocaleConventions) -> Self {
        let of = |grouping: Option<Grouping>| match grouping {
            None => "",
            Some(Grouping::Comma) => ",",
            Some(Grouping::Underscore) => "_",
        };
        if spec.code_char() == 'n' {
            return Separators {
                decimal_point: &locale.decimal_point,
                separator: &locale.thousands_separator,
                grouping: &locale.grouping,
                fraction_separator: "",
            };
        }
        Separators {
            decimal_point: ".",
            separator: of(spec.grouping),
            grouping: match (spec.grouping, spec.code_char()) {
                (None, _) => &[],
                (_, 'b' | 'o' | 'x' | 'X') => &[4],
                _ => &[3],
            },
            fraction_separator: of(spec.fraction_grouping),
        }
    }

    /// For digits that stay as they are.
    pub(crate) fn none() -> Separators<'static> {
        Separators { decimal_point: ".", separator: "", grouping: &[], fraction_separator: "" }
    }

    fn is_plain(&self) -> bool {
        self.grouping.is_empty() && self.fraction_separator.is_empty() && self.decimal_point == "."
    }
}

/// A number ready for layout: sign, prefix and the text of its absolute value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NumberText<'a> {
    pub(crate) sign: Option<char>,
    /// `0x` and the like.
    pub(crate) prefix: &'static str,
    /// Digits, perhaps with a point, an exponent or a percent sign; or `inf` or `nan`.
    pub(crate) body: &'a str,
}

/// The sign to show, if any.
pub(crate) fn sign_char(sign: Option<Sign>, negative: bool) -> Option<char> {
    match sign {
        _ if negative => Some('-'),
        Some(Sign::Plus) => Some('+'),
        Some(Sign::Space) => Some(' '),
        Some(Sign::Minus) | None => None,
    }
}

/// The number of code points.
fn length(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}

impl NumberText<'_> {
    /// The number of characters before the body.
    fn head_length(&self) -> usize {
        usize::from(self.sign.is_some()) + self.prefix.len()
    }

    /// Writes the number padded to the width of `spec`.
    pub(crate) fn write<S: Sink + ?Sized>(
        &self,
        spec: &FormatSpec,
        separators: &Separators<'_>,
        out: &mut S,
    ) -> Result<(), NumError> {
        let width = spec.width.unwrap_or(0);
        ensure_size(width)?;
        let zeros_from = if spec.pads_with_zeros() { width.saturating_sub(self.head_length()) } else { 0 };
        let body = separate(self.body, separators, zeros_from);
        let padding = width.saturating_sub(self.head_length() + length(&body));
        let (left, inner, right) = match spec.align {
            Align::Left => (0, 0, padding),
            Align::Right => (padding, 0, 0),
            Align::Center => (padding / 2, 0, padding - padding / 2),
            Align::AfterSign => (0, padding, 0),
        };
        let fill = |out: &mut S, count| {
            if count > 0 {
                out.repeat(spec.fill, count);
            }
        };
        fill(out, left);
        if let Some(sign) = self.sign {
            out.push(sign.into());
        }
        if !self.prefix.is_empty() {
            out.push_str(self.prefix);
        }
        fill(out, inner);
        out.push_str(&body);
        fill(out, right);
        Ok(())
    }
}

/// Puts separators and the decimal point of the locale into the text of a number.
///
/// Where zeros fill up to a width (`min_length` > 0), they are grouped like digits, which is why grouping and zero
/// padding cannot be separated. A number without digits (`inf`) is left alone.
pub(crate) fn separate<'a>(body: &'a str, separators: &Separators<'_>, min_length: usize) -> Cow<'a, str> {
    if separators.is_plain() {
        return Cow::Borrowed(body);
    }
    let digits_of = |text: &str| text.bytes().take_while(u8::is_ascii_hexdigit).count();
    // An exponent looks like a hexadecimal digit; only integers have those, and no point or exponent.
    let decimal_digits_of = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = match digits_of(body) {
        all if all == body.len() => all,
        _ => decimal_digits_of(body),
    };
    if whole == 0 || body == "inf" || body == "nan" {
        return Cow::Borrowed(body);
    }
    let (whole, rest) = body.split_at(whole);
    let (fraction, tail) = match rest.strip_prefix('.') {
        Some(rest) => {
            let (fraction, tail) = rest.split_at(decimal_digits_of(rest));
            (Some(group_from_left(fraction, separators.fraction_separator)), tail)
        }
        None => (None, rest),
    };
    let fraction_length =
        fraction.as_ref().map_or(0, |fraction| fraction.len() + length(separators.decimal_point));
    let min_whole = min_length.saturating_sub(fraction_length + tail.len());
    let mut out = group_from_right(whole, separators, min_whole);
    if let Some(fraction) = fraction {
        out.push_str(separators.decimal_point);
        out.push_str(&fraction);
    }
    out.push_str(tail);
    Cow::Owned(out)
}

fn group_from_left(digits: &str, separator: &str) -> String {
    let mut out = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && index % 3 == 0 {
            out.push_str(separator);
        }
        out.push(digit);
    }
    out
}

/// Groups from the right, with as many leading zeros as it takes to be at least `min_length` long; a separator
/// never comes first, which may make the result one longer.
fn group_from_right(digits: &str, separators: &Separators<'_>, min_length: usize) -> String {
    let separator_length = length(separators.separator);
    // (zeros, digits) of each group, from the right.
    let mut groups = Vec::new();
    let (mut remaining, mut missing) = (digits.len(), min_length as isize);
    let mut sizes = separators.grouping.iter().copied();
    let mut size = 0u8;
    loop {
        size = sizes.next().unwrap_or(size);
        let wanted = remaining.max(missing.max(1) as usize);
        let limit = if size == 0 || size >= 127 { usize::MAX } else { usize::from(size) };
        let taken = wanted.min(limit);
        let from_digits = taken.min(remaining);
        groups.push((taken - from_digits, from_digits));
        remaining -= from_digits;
        missing -= taken as isize;
        if remaining == 0 && missing <= 0 {
            break;
        }
        missing -= separator_length as isize;
    }
    let mut out = String::with_capacity(groups.len() * 4);
    let mut rest = digits;
    for (index, (zeros, count)) in groups.into_iter().rev().enumerate() {
        if index > 0 {
            out.push_str(separators.separator);
        }
        out.extend(std::iter::repeat_n('0', zeros));
        let (group, after) = rest.split_at(count);
        out.push_str(group);
        rest = after;
    }
    out
}

/// Fails with `MemoryError` for output that cannot be allocated.
pub(crate) fn ensure_size(length: usize) -> Result<(), NumError> {
    crate::int_arith::ensure_bits((length as u64).saturating_mul(8))
}
