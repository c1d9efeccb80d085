//! `%`-formatting of `str` and `bytes`: the parser, and the conversion of numbers.
//!
//! [`PercentParser`] splits a format into literal runs and [`PercentSpec`]s, lazily, because an error in the
//! format must not show before the arguments in front of it were converted. The VM fetches the arguments and
//! does `s`, `r` and `a`. To raise errors in CPython's order, for each specification it
//!
//! 1. checks for a mapping if [`PercentSpec::wants_mapping`], and looks [`PercentSpec::key`] up;
//! 2. takes an integer from the arguments for each [`Amount::Star`] (width, then precision);
//! 3. raises [`PercentSpec::error`], if there is one;
//! 4. takes the value, and raises [`PercentSpec::unsupported`] if it does not know the code.

use std::ops::Range;

use crate::error::NumError;
use crate::float_repr::{self, FloatFormat, FloatStyle};
use crate::format_spec::Sink;
use crate::format_spec::layout::ensure_size;
use crate::format_spec::number::SmallDigits;
use crate::int::Int;
use crate::int_str::{magnitude_digits, to_decimal_limited};

/// A width or precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// Given in the format
    Fixed(usize),
    /// `*`: taken from the arguments
    Star,
}

/// One conversion specification.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PercentSpec {
    /// A parenthesis follows the percent sign.
    pub wants_mapping: bool,
    /// Where in the format the key stands.
    pub key: Option<Range<usize>>,
    /// `-`: pad on the right.
    pub left: bool,
    /// `+`
    pub plus: bool,
    /// ` `
    pub space: bool,
    /// `#`
    pub alternate: bool,
    /// `0`: pad numbers with zeros.
    pub zero: bool,
    /// The minimum width.
    pub width: Option<Amount>,
    /// The precision.
    pub precision: Option<Amount>,
    /// The conversion code.
    pub code: u32,
    /// Where in the format the code stands.
    pub code_index: usize,
    /// What is wrong with the format from here on.
    pub error: Option<NumError>,
}

/// A part of a format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PercentPiece<'a, C> {
    /// Text to copy; `%%` ends a run, and its second half begins the next.
    Literal(&'a [C]),
    /// A conversion.
    Spec(PercentSpec),
}

/// Whose format it is; messages differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PercentTarget {
    /// `str % args`
    Str,
    /// `bytes % args`
    Bytes,
}

/// An iterator over the pieces of a format of any code unit.
#[derive(Clone, Debug)]
pub struct PercentParser<'a, C> {
    text: &'a [C],
    position: usize,
    target: PercentTarget,
}

impl<'a, C: Copy + Into<u32>> PercentParser<'a, C> {
    /// Parses `text` from its start.
    pub fn new(text: &'a [C], target: PercentTarget) -> Self {
        Self { text, position: 0, target }
    }

    fn peek(&self) -> Option<char> {
        // A surrogate is as unknown to the grammar as any other character beyond ASCII.
        let unit = *self.text.get(self.position)?;
        Some(char::from_u32(unit.into()).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn eat(&mut self, expected: char) -> bool {
        let found = self.peek() == Some(expected);
        self.position += usize::from(found);
        found
    }

    /// Everything behind a percent sign; errors end the format.
    fn spec(&mut self) -> PercentSpec {
        let mut spec = PercentSpec::default();
        if let Err(error) = self.fields(&mut spec) {
            spec.error = Some(error);
            self.position = self.text.len();
        }
        spec
    }

    fn fields(&mut self, spec: &mut PercentSpec) -> Result<(), NumError> {
        if let Some('d' | 'f' | 'g' | 'r' | 's' | 'x') = self.peek() {
            // Nothing but the code, as mostly.
            spec.code = self.text[self.position].into();
            spec.code_index = self.position;
            self.position += 1;
            return Ok(());
        }
        if self.eat('(') {
            spec.wants_mapping = true;
            spec.key = Some(self.key()?);
        }
        loop {
            match self.peek() {
                Some('-') => spec.left = true,
                Some('+') => spec.plus = true,
                Some(' ') => spec.space = true,
                Some('#') => spec.alternate = true,
                Some('0') => spec.zero = true,
                _ => break,
            }
            self.position += 1;
        }
        let (width_message, precision_message) = match self.target {
            PercentTarget::Str => ("width too big", "precision too big"),
            PercentTarget::Bytes => ("width too big", "prec too big"),
        };
        spec.width = self.amount(i64::MAX as u64, width_message)?;
        if self.eat('.') {
            let precision = self.amount(i32::MAX as u64, precision_message)?;
            spec.precision = Some(precision.unwrap_or(Amount::Fixed(0)));
        }
        // C's length modifiers mean nothing here.
        if let Some('h' | 'l' | 'L') = self.peek() {
            self.position += 1;
        }
        let code = self.text.get(self.position).ok_or_else(|| NumError::value("incomplete format"))?;
        spec.code = (*code).into();
        spec.code_index = self.position;
        self.position += 1;
        Ok(())
    }

    /// A key, which may contain balanced parentheses.
    fn key(&mut self) -> Result<Range<usize>, NumError> {
        let start = self.position;
        let mut depth = 1;
        while let Some(c) = self.peek() {
            self.position += 1;
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Ok(start..self.position - 1);
            }
        }
        Err(NumError::value("incomplete format key"))
    }

    fn amount(&mut self, limit: u64, too_big: &'static str) -> Result<Option<Amount>, NumError> {
        if self.eat('*') {
            return Ok(Some(Amount::Star));
        }
        let mut amount: Option<u64> = None;
        while let Some(digit) = self.peek().filter(char::is_ascii_digit) {
            let digit = u64::from(digit) - u64::from('0');
            let value = amount.unwrap_or(0);
            if value > (limit - digit) / 10 {
                return Err(NumError::value(too_big));
            }
            amount = Some(value * 10 + digit);
            self.position += 1;
        }
        Ok(amount.map(|amount| Amount::Fixed(amount as usize)))
    }
}

impl<'a, C: Copy + Into<u32>> Iterator for PercentParser<'a, C> {
    type Item = PercentPiece<'a, C>;

    fn next(&mut self) -> Option<Self::Item> {
        let percent = |unit: &C| (*unit).into() == u32::from('%');
        let rest = &self.text[self.position..];
        let (first, after) = rest.split_first()?;
        if percent(first) && !after.first().is_some_and(percent) {
            self.position += 1;
            return Some(PercentPiece::Spec(self.spec()));
        }
        // For `%%` the second sign starts the literal.
        let skipped = usize::from(percent(first));
        let run = &rest[skipped..];
        let length = 1 + run[1..].iter().take_while(|unit| !percent(unit)).count();
        self.position += skipped + length;
        Some(PercentPiece::Literal(&run[..length]))
    }
}

/// The flags, width and precision of a conversion, with all stars replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PercentLayout {
    /// Pad on the right.
    pub left: bool,
    /// Always show a sign.
    pub plus: bool,
    /// Show a space for a plus.
    pub space: bool,
    /// Prefixes, points.
    pub alternate: bool,
    /// Pad numbers with zeros.
    pub zero: bool,
    /// The minimum width.
    pub width: usize,
    /// The precision.
    pub precision: Option<usize>,
}

impl PercentSpec {
    /// The layout, given the arguments for starred amounts. A negative width pads on the right, a negative
    /// precision is zero.
    pub fn layout(&self, star_width: Option<i64>, star_precision: Option<i64>) -> PercentLayout {
        let (width, negative) = match self.width {
            Some(Amount::Fixed(width)) => (width, false),
            Some(Amount::Star) => {
                let width = star_width.unwrap_or(0);
                (width.unsigned_abs() as usize, width < 0)
            }
            None => (0, false),
        };
        let precision = self.precision.map(|precision| match precision {
            Amount::Fixed(precision) => precision,
            Amount::Star => star_precision.unwrap_or(0).max(0) as usize,
        });
        PercentLayout {
            left: self.left || negative,
            plus: self.plus,
            space: self.space,
            alternate: self.alternate,
            zero: self.zero,
            width,
            precision,
        }
    }

    /// The error for a code that does not exist.
    #[cold]
    pub fn unsupported(&self, target: PercentTarget) -> NumError {
        let code = self.code;
        let shown = match target {
            PercentTarget::Str if !(31..=126).contains(&code) => '?',
            // CPython sign-extends the byte and then fails to show it.
            PercentTarget::Bytes if code >= 0x80 => {
                return NumError::overflow("character argument not in range(0x110000)");
            }
            _ => char::from_u32(code).unwrap_or('?'),
        };
        let index = self.code_index;
        NumError::value(format!("unsupported format character '{shown}' ({code:#x}) at index {index}"))
    }
}

impl PercentLayout {
    fn sign(&self, negative: bool) -> Option<char> {
        match () {
            () if negative => Some('-'),
            () if self.plus => Some('+'),
            () if self.space => Some(' '),
            () => None,
        }
    }

    /// Writes a number; zeros fill up behind sign and prefix.
    fn write_number<S: Sink + ?Sized>(
        &self,
        negative: bool,
        prefix: &str,
        leading_zeros: usize,
        body: &str,
        out: &mut S,
    ) -> Result<(), NumError> {
        ensure_size(self.width)?;
        let sign = self.sign(negative);
        let length = usize::from(sign.is_some()) + prefix.len() + leading_zeros + body.len();
        let padding = self.width.saturating_sub(length);
        let zeros = if self.zero && !self.left { padding } else { 0 };
        if !self.left && !self.zero && padding > 0 {
            out.repeat(' '.into(), padding);
        }
        if let Some(sign) = sign {
            out.push(sign.into());
        }
        if !prefix.is_empty() {
            out.push_str(prefix);
        }
        if zeros + leading_zeros > 0 {
            out.repeat('0'.into(), zeros + leading_zeros);
        }
        out.push_str(body);
        if self.left && padding > 0 {
            out.repeat(' '.into(), padding);
        }
        Ok(())
    }

    /// How much of a text of `length` characters to take, and the spaces before and after: for `s`, `r`, `a`,
    /// and for `c` without its precision.
    pub fn text(&self, length: usize) -> Result<(usize, usize, usize), NumError> {
        ensure_size(self.width)?;
        let take = length.min(self.precision.unwrap_or(length));
        let padding = self.width.saturating_sub(take);
        Ok(if self.left { (take, 0, padding) } else { (take, padding, 0) })
    }
}

/// Whether a code converts integers.
pub fn is_int_code(code: u32) -> bool {
    matches!(char::from_u32(code), Some('d' | 'i' | 'u' | 'o' | 'x' | 'X'))
}

/// Whether a code converts floats.
pub fn is_float_code(code: u32) -> bool {
    matches!(char::from_u32(code), Some('e' | 'E' | 'f' | 'F' | 'g' | 'G'))
}

/// `d`, `i`, `u`, `o`, `x` and `X`.
pub fn format_int<S: Sink + ?Sized>(
    value: &Int,
    layout: &PercentLayout,
    code: u32,
    max_digits: usize,
    out: &mut S,
) -> Result<(), NumError> {
    let (radix, prefix) = match char::from_u32(code) {
        Some('o') => (8, "0o"),
        Some('x') => (16, "0x"),
        Some('X') => (16, "0X"),
        _ => (10, ""),
    };
    let prefix = if layout.alternate { prefix } else { "" };
    if let Int::Small(small) = value {
        let mut digits = SmallDigits::new();
        digits.fill(small.unsigned_abs(), radix as u8, code == 'X' as u32, None);
        let body = digits.text();
        let zeros = layout.precision.unwrap_or(0).saturating_sub(body.len());
        ensure_size(zeros)?;
        return layout.write_number(*small < 0, prefix, zeros, body, out);
    }
    let mut body = match radix {
        10 => to_decimal_limited(value, max_digits)?,
        _ => magnitude_digits(value, radix),
    };
    if code == 'X' as u32 {
        body.make_ascii_uppercase();
    }
    let body = body.trim_start_matches('-');
    let zeros = layout.precision.unwrap_or(0).saturating_sub(body.len());
    ensure_size(zeros)?;
    layout.write_number(value.is_negative(), prefix, zeros, body, out)
}

/// `e`, `f`, `g` and their upper case forms.
pub fn format_float<S: Sink + ?Sized>(
    value: f64,
    layout: &PercentLayout,
    code: u32,
    out: &mut S,
) -> Result<(), NumError> {
    const DEFAULT_PRECISION: usize = 6;
    let code = char::from_u32(code).unwrap_or('g');
    let precision = layout.precision.unwrap_or(DEFAULT_PRECISION);
    ensure_size(precision)?;
    let format = FloatFormat {
        alternate: layout.alternate,
        upper: code.is_ascii_uppercase(),
        ..FloatFormat::new(
            match code.to_ascii_lowercase() {
                'e' => FloatStyle::Exponent,
                'f' => FloatStyle::Fixed,
                _ => FloatStyle::General,
            },
            precision,
        )
    };
    let text = float_repr::format_float(value, &format);
    let (negative, body) = crate::format_spec::number::split_sign(&text);
    layout.write_number(negative, "", 0, body, out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<String> {
        let units: Vec<u32> = text.chars().map(u32::from).collect();
        PercentParser::new(&units, PercentTarget::Str)
            .map(|piece| match piece {
                PercentPiece::Literal(run) => {
                    run.iter().filter_map(|c| char::from_u32(*c)).collect::<String>()
                }
                PercentPiece::Spec(spec) => match spec.error {
                    Some(error) => format!("<{error}>"),
                    None => format!("<{}>", spec.code_char()),
                },
            })
            .collect()
    }

    impl PercentSpec {
        fn code_char(&self) -> char {
            char::from_u32(self.code).unwrap()
        }
    }

    #[test]
    fn splitting() {
        assert_eq!(pieces("a%%b%d"), ["a", "%b", "<d>"]);
        assert_eq!(pieces("%%%%"), ["%", "%"]);
        assert_eq!(pieces("%(a(b))-08.*ldx"), ["<d>", "x"]);
        assert_eq!(pieces("x%"), ["x", "<incomplete format>"]);
        assert_eq!(pieces("%(a"), ["<incomplete format key>"]);
        assert_eq!(pieces("%99999999999999999999d"), ["<width too big>"]);
        assert_eq!(pieces("%.2147483648d"), ["<precision too big>"]);
        assert_eq!(pieces("%lld"), ["<l>", "d"]);
    }

    fn spec(text: &str) -> PercentSpec {
        let mut parser = PercentParser::new(text.as_bytes(), PercentTarget::Bytes);
        match parser.next() {
            Some(PercentPiece::Spec(spec)) => spec,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn stars_and_keys() {
        let parsed = spec("%(key)*.*d");
        assert_eq!(parsed.key, Some(2..5));
        assert_eq!((parsed.width, parsed.precision), (Some(Amount::Star), Some(Amount::Star)));
        let layout = parsed.layout(Some(-5), Some(-2));
        assert!(layout.left && layout.width == 5 && layout.precision == Some(0));
    }

    #[test]
    fn unsupported_codes() {
        let message = |text, target| spec(text).unsupported(target).message;
        assert_eq!(message("%y", PercentTarget::Str), "unsupported format character 'y' (0x79) at index 1");
        assert_eq!(
            message("%-\u{1}", PercentTarget::Str),
            "unsupported format character '?' (0x1) at index 2"
        );
        assert_eq!(message("%é", PercentTarget::Bytes), "character argument not in range(0x110000)");
    }

    #[test]
    fn numbers() {
        // Printed by CPython 3.14.
        for (text, value, expected) in [
            ("%-05d", 5, "5    "),
            ("%05d", -5, "-0005"),
            ("%05.3d", 5, "00005"),
            ("%+ d", 5, "+5"),
            ("%#010x", 255, "0x000000ff"),
            ("%#10.5X", -255, "  -0X000FF"),
            ("%-#10x", 255, "0xff      "),
            ("%#.0o", 0, "0o0"),
            ("%010.5d", -5, "-000000005"),
            ("%e", 1, "1.000000e+00"),
            ("%08.2f", -1, "-0001.00"),
            ("%#.0f", 1, "1."),
            ("%G", 10000000, "1E+07"),
        ] {
            let parsed = spec(text);
            let layout = parsed.layout(None, None);
            let mut out = String::new();
            if is_int_code(parsed.code) {
                format_int(&value.into(), &layout, parsed.code, 4300, &mut out).unwrap();
            } else {
                format_float(value.into(), &layout, parsed.code, &mut out).unwrap();
            }
            assert_eq!(out, expected, "{text:?} % {value}");
        }
        let mut out = String::new();
        format_float(f64::INFINITY, &spec("%05f").layout(None, None), u32::from('f'), &mut out).unwrap();
        assert_eq!(out, "00inf");
    }
}
