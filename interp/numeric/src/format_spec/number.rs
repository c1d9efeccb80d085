//! `int.__format__` and `float.__format__`.

use crate::error::NumError;
use crate::float_repr::{self, FloatFormat, FloatStyle};
use crate::format_spec::layout::{NumberText, Separators, sign_char};
use crate::format_spec::text::pad;
use crate::format_spec::{FormatSpec, Grouping, LocaleConventions, Sink};
use crate::int::Int;
use crate::int_str::{magnitude_digits, to_decimal_limited};

/// `format(value, spec)` for an integer; `max_digits` is the limit of [`to_decimal_limited`].
pub fn format_int<S: Sink + ?Sized>(
    value: &Int,
    spec: &FormatSpec,
    type_name: &str,
    locale: &LocaleConventions,
    max_digits: usize,
    out: &mut S,
) -> Result<(), NumError> {
    let (radix, prefix) = match spec.code_char() {
        'd' | 'n' => (10, ""),
        'x' => (16, "0x"),
        'X' => (16, "0X"),
        'o' => (8, "0o"),
        'b' => (2, "0b"),
        'c' => {
            check_integer_options(spec)?;
            return format_char(value, spec, out);
        }
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%' => {
            let value = crate::int_float::to_f64(value)?;
            return format_float(value, spec, type_name, locale, out);
        }
        _ => return Err(spec.unknown_code(type_name)),
    };
    check_integer_options(spec)?;
    // Machine integers need no memory for their digits, and none for separators that no zeros join.
    if let Int::Small(small) = value
        && spec.code_char() != 'n'
        && !(spec.grouping.is_some() && spec.pads_with_zeros())
    {
        let mut digits = SmallDigits::new();
        digits.fill(small.unsigned_abs(), radix as u8, spec.code == 'X' as u32, spec.grouping);
        let text = NumberText {
            sign: sign_char(spec.sign, *small < 0),
            prefix: if spec.alternate { prefix } else { "" },
            body: digits.text(),
        };
        return text.write(spec, &Separators::none(), out);
    }
    let mut body = match radix {
        10 => to_decimal_limited(value, max_digits)?,
        _ => magnitude_digits(value, radix),
    };
    if spec.code_char() == 'X' {
        body.make_ascii_uppercase();
    }
    let text = NumberText {
        sign: sign_char(spec.sign, value.is_negative()),
        prefix: if spec.alternate { prefix } else { "" },
        body: body.trim_start_matches('-'),
    };
    text.write(spec, &Separators::new(spec, locale), out)
}

/// The digits of a machine integer, separators included.
pub(crate) struct SmallDigits {
    /// 64 binary digits and a separator for each four.
    buffer: [u8; 80],
    start: usize,
}

impl SmallDigits {
    pub(crate) fn new() -> SmallDigits {
        SmallDigits { buffer: [0; 80], start: 80 }
    }

    pub(crate) fn fill(&mut self, mut value: u64, radix: u8, upper: bool, grouping: Option<Grouping>) {
        let table: &[u8; 16] = if upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
        let separator = match grouping {
            None => 0,
            Some(Grouping::Comma) => b',',
            Some(Grouping::Underscore) => b'_',
        };
        let size = if radix == 10 { 3 } else { 4 };
        let mut until_separator = size;
        loop {
            let digit = match radix {
                10 => {
                    let digit = value % 10;
                    value /= 10;
                    digit
                }
                _ => {
                    let bits = radix.trailing_zeros();
                    let digit = value & (u64::from(radix) - 1);
                    value >>= bits;
                    digit
                }
            };
            self.push(table[digit as usize]);
            if value == 0 {
                return;
            }
            until_separator -= 1;
            if until_separator == 0 {
                until_separator = size;
                if separator != 0 {
                    self.push(separator);
                }
            }
        }
    }

    fn push(&mut self, byte: u8) {
        self.start -= 1;
        self.buffer[self.start] = byte;
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.buffer[self.start..]).unwrap_or_default()
    }
}

fn check_integer_options(spec: &FormatSpec) -> Result<(), NumError> {
    if spec.precision.is_some() {
        return Err(NumError::value("Precision not allowed in integer format specifier"));
    }
    if spec.no_negative_zero {
        return Err(NumError::value("Negative zero coercion (z) not allowed in integer format specifier"));
    }
    Ok(())
}

/// `c`: the character with that code point.
fn format_char<S: Sink + ?Sized>(value: &Int, spec: &FormatSpec, out: &mut S) -> Result<(), NumError> {
    if spec.sign.is_some() {
        return Err(NumError::value("Sign not allowed with integer format specifier 'c'"));
    }
    if spec.alternate {
        return Err(NumError::value("Alternate form (#) not allowed with integer format specifier 'c'"));
    }
    let code_point =
        value.to_i64().ok_or_else(|| NumError::overflow("Python int too large to convert to C long"))?;
    let code_point = u32::try_from(code_point)
        .ok()
        .filter(|code_point| *code_point < 0x110000)
        .ok_or_else(|| NumError::overflow("%c arg not in range(0x110000)"))?;
    pad(spec, 1, out, |out| out.push(code_point))
}

/// `format(value, spec)` for a float; `type_name` differs for integers formatted as floats.
pub fn format_float<S: Sink + ?Sized>(
    value: f64,
    spec: &FormatSpec,
    type_name: &str,
    locale: &LocaleConventions,
    out: &mut S,
) -> Result<(), NumError> {
    let percent = spec.code_char() == '%';
    let mut format = float_format(spec).ok_or_else(|| spec.unknown_code(type_name))?;
    format.add_dot_zero = spec.code == 0;
    check_precision(spec)?;
    let mut body = float_repr::format_float(if percent { value * 100.0 } else { value }, &format);
    if percent {
        body.push('%');
    }
    let (negative, body) = split_sign(&body);
    let text = NumberText { sign: sign_char(spec.sign, negative), prefix: "", body };
    text.write(spec, &Separators::new(spec, locale), out)
}

/// Separates the minus that formatted digits may begin with.
pub(crate) fn split_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(body) => (true, body),
        None => (false, text),
    }
}

/// C's conversion functions take the precision as an `int`.
pub(crate) fn check_precision(spec: &FormatSpec) -> Result<(), NumError> {
    match spec.precision {
        Some(precision) if precision > i32::MAX as usize => Err(NumError::value("precision too big")),
        Some(precision) => super::layout::ensure_size(precision),
        None => Ok(()),
    }
}

/// The conversion that a type code of floats stands for.
pub(crate) fn float_format(spec: &FormatSpec) -> Option<FloatFormat> {
    const DEFAULT_PRECISION: usize = 6;
    let code = spec.code_char();
    let style = match code {
        'e' | 'E' => FloatStyle::Exponent,
        'f' | 'F' | '%' => FloatStyle::Fixed,
        'g' | 'G' | 'n' => FloatStyle::General,
        '\0' if spec.precision.is_some() => FloatStyle::General,
        '\0' => FloatStyle::Repr,
        _ => return None,
    };
    Some(FloatFormat {
        style,
        precision: spec.precision.unwrap_or(DEFAULT_PRECISION),
        alternate: spec.alternate,
        add_dot_zero: false,
        no_negative_zero: spec.no_negative_zero,
        upper: code.is_ascii_uppercase(),
    })
}
