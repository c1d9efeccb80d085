//! The format specification mini-language: `format(value, spec)`, f-strings and `str.format`.
//!
//! [`FormatSpec::parse`] reads `[[fill]align][sign][z][#][0][width][grouping][.precision[grouping]][type]`; the
//! `format_*` functions apply it. They write to a [`Sink`], because the fill may be any code point, lone
//! surrogates included, which no Rust `String` holds. An empty specification is the caller's: it means `str(value)`.
//!
//! [`layout`] pads and groups, [`number`] formats `int` and `float`, [`complex`] and [`text`] the rest.

pub mod complex;
pub mod layout;
pub mod number;
pub mod text;

pub use complex::format_complex;
pub use layout::{LocaleConventions, Sink};
pub use number::{format_float, format_int};
pub use text::{TextLayout, format_text, layout_text};

use crate::error::NumError;

/// Where padding goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// `<`
    Left,
    /// `>`
    Right,
    /// `^`
    Center,
    /// `=`: between the sign and the digits
    AfterSign,
}

/// When a number shows its sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// `-`: negative numbers only
    Minus,
    /// `+`: always
    Plus,
    /// ` `: a space for positive numbers
    Space,
}

/// The separator between groups of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// `,`
    Comma,
    /// `_`
    Underscore,
}

impl Grouping {
    fn from_code_point(code_point: u32) -> Option<Grouping> {
        match char::from_u32(code_point) {
            Some(',') => Some(Grouping::Comma),
            Some('_') => Some(Grouping::Underscore),
            _ => None,
        }
    }

    fn as_char(self) -> char {
        match self {
            Grouping::Comma => ',',
            Grouping::Underscore => '_',
        }
    }
}

/// The type that a specification is parsed for: it decides the default type code and alignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// `str`
    Str,
    /// `int` and its subclasses
    Int,
    /// `float` and `complex`
    Real,
}

/// A parsed format specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormatSpec {
    /// The padding character.
    pub fill: u32,
    /// Where the padding goes, by default or explicitly.
    pub align: Align,
    /// The sign option, if given.
    pub sign: Option<Sign>,
    /// `z`: a result of zero loses its sign.
    pub no_negative_zero: bool,
    /// `#`
    pub alternate: bool,
    /// The minimum width.
    pub width: Option<usize>,
    /// Grouping of the integer part.
    pub grouping: Option<Grouping>,
    /// Grouping of the fractional part.
    pub fraction_grouping: Option<Grouping>,
    /// The precision.
    pub precision: Option<usize>,
    /// The type code; without one `s` for text, `d` for integers and 0 for the others.
    pub code: u32,
}

const ZERO: u32 = b'0' as u32;

impl FormatSpec {
    /// Parses a specification; `type_name` is the type of the value, for messages.
    pub fn parse(spec: &[u32], kind: ValueKind, type_name: &str) -> Result<FormatSpec, NumError> {
        let mut parsed = FormatSpec {
            fill: b' '.into(),
            align: if kind == ValueKind::Str { Align::Left } else { Align::Right },
            sign: None,
            no_negative_zero: false,
            alternate: false,
            width: None,
            grouping: None,
            fraction_grouping: None,
            precision: None,
            code: match kind {
                ValueKind::Str => b's'.into(),
                ValueKind::Int => b'd'.into(),
                ValueKind::Real => 0,
            },
        };
        let mut cursor = Cursor { rest: spec };
        parsed.parse_padding(&mut cursor);
        parsed.width = cursor.number()?;
        parsed.grouping = cursor.grouping()?;
        if cursor.eat('.') {
            parsed.precision = cursor.number()?;
            parsed.fraction_grouping = cursor.grouping()?;
            if parsed.precision.is_none() && parsed.fraction_grouping.is_none() {
                return Err(NumError::value("Format specifier missing precision"));
            }
        }
        match cursor.rest {
            [] => {}
            [code] => parsed.code = *code,
            _ => {
                let spec: String =
                    spec.iter().map(|c| char::from_u32(*c).unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
                return Err(NumError::value(format!(
                    "Invalid format specifier '{spec}' for object of type '{type_name}'"
                )));
            }
        }
        parsed.check_grouping()?;
        Ok(parsed)
    }

    /// `[[fill]align][sign][z][#][0]`
    fn parse_padding(&mut self, cursor: &mut Cursor<'_>) {
        let mut explicit_fill = false;
        let mut explicit_align = true;
        if let [fill, align, rest @ ..] = cursor.rest
            && let Some(align) = alignment(*align)
        {
            (self.fill, self.align, explicit_fill) = (*fill, align, true);
            cursor.rest = rest;
        } else if let [align, rest @ ..] = cursor.rest
            && let Some(align) = alignment(*align)
        {
            self.align = align;
            cursor.rest = rest;
        } else {
            explicit_align = false;
        }
        self.sign = match cursor.rest.first().and_then(|c| char::from_u32(*c)) {
            Some('+') => Some(Sign::Plus),
            Some('-') => Some(Sign::Minus),
            Some(' ') => Some(Sign::Space),
            _ => None,
        };
        if self.sign.is_some() {
            cursor.rest = &cursor.rest[1..];
        }
        self.no_negative_zero = cursor.eat('z');
        self.alternate = cursor.eat('#');
        // A zero before the width pads with zeros after the sign; after an explicit fill it is part of the width.
        if !explicit_fill && cursor.eat('0') {
            self.fill = ZERO;
            if !explicit_align && self.align == Align::Right {
                self.align = Align::AfterSign;
            }
        }
    }

    /// Which type codes can be grouped is checked before whether the type has such a code at all.
    fn check_grouping(&self) -> Result<(), NumError> {
        let code = char::from_u32(self.code).unwrap_or(char::REPLACEMENT_CHARACTER);
        if let Some(grouping) = self.grouping {
            let allowed = match code {
                'd' | 'e' | 'f' | 'g' | 'E' | 'G' | '%' | 'F' | '\0' => true,
                'b' | 'o' | 'x' | 'X' => grouping == Grouping::Underscore,
                _ => false,
            };
            if !allowed {
                return Err(self.cannot_specify(grouping));
            }
        }
        match self.fraction_grouping {
            Some(grouping) if code == 'n' => Err(self.cannot_specify(grouping)),
            _ => Ok(()),
        }
    }

    #[cold]
    fn cannot_specify(&self, grouping: Grouping) -> NumError {
        NumError::value(format!("Cannot specify '{}' with {}.", grouping.as_char(), quoted_code(self.code)))
    }

    /// The error for a type code that `type_name` does not have.
    #[cold]
    pub fn unknown_code(&self, type_name: &str) -> NumError {
        let code = quoted_code(self.code);
        NumError::value(format!("Unknown format code {code} for object of type '{type_name}'"))
    }

    /// Whether zeros fill the space between sign and digits, so that they take part in grouping.
    pub(crate) fn pads_with_zeros(&self) -> bool {
        self.fill == ZERO && self.align == Align::AfterSign
    }

    /// The type code as a character; surrogates become one that no type knows.
    pub(crate) fn code_char(&self) -> char {
        char::from_u32(self.code).unwrap_or(char::REPLACEMENT_CHARACTER)
    }
}

fn quoted_code(code: u32) -> String {
    match u8::try_from(code) {
        Ok(byte @ 33..=127) => format!("'{}'", char::from(byte)),
        _ => format!("'\\x{code:x}'"),
    }
}

fn alignment(code_point: u32) -> Option<Align> {
    match char::from_u32(code_point)? {
        '<' => Some(Align::Left),
        '>' => Some(Align::Right),
        '^' => Some(Align::Center),
        '=' => Some(Align::AfterSign),
        _ => None,
    }
}

/// The part of a specification that is still to be read.
struct Cursor<'a> {
    rest: &'a [u32],
}

impl Cursor<'_> {
    fn eat(&mut self, expected: char) -> bool {
        let found = self.rest.first() == Some(&u32::from(expected));
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    /// Decimal digits of any script.
    fn number(&mut self) -> Result<Option<usize>, NumError> {
        let mut value = None;
        while let [first, rest @ ..] = self.rest
            && let Some(digit) = crate::ascii::decimal_digit(*first)
        {
            let next = (value.unwrap_or(0) as i64)
                .checked_mul(10)
                .and_then(|value| value.checked_add(i64::from(digit)))
                .ok_or_else(|| NumError::value("Too many decimal digits in format string"))?;
            value = Some(next as usize);
            self.rest = rest;
        }
        Ok(value)
    }

    /// One separator; a second, different one is an error.
    fn grouping(&mut self) -> Result<Option<Grouping>, NumError> {
        let separator = |rest: &[u32]| rest.first().and_then(|c| Grouping::from_code_point(*c));
        let Some(first) = separator(self.rest) else { return Ok(None) };
        self.rest = &self.rest[1..];
        match separator(self.rest) {
            Some(second) if second != first => Err(NumError::value("Cannot specify both ',' and '_'.")),
            _ => Ok(Some(first)),
        }
    }
}

#[cfg(test)]
mod tests;
