//! `complex.__format__`: both parts formatted alike, joined, and padded as one.

use crate::complex::Complex;
use crate::error::NumError;
use crate::float_repr;
use crate::format_spec::layout::{Separators, separate, sign_char};
use crate::format_spec::number::{check_precision, float_format, split_sign};
use crate::format_spec::text::pad;
use crate::format_spec::{Align, FormatSpec, LocaleConventions, Sign, Sink};

/// `format(value, spec)` for a complex number.
pub fn format_complex<S: Sink + ?Sized>(
    value: Complex,
    spec: &FormatSpec,
    type_name: &str,
    locale: &LocaleConventions,
    out: &mut S,
) -> Result<(), NumError> {
    if spec.code_char() == '%' {
        return Err(spec.unknown_code(type_name));
    }
    let format = float_format(spec).ok_or_else(|| spec.unknown_code(type_name))?;
    check_precision(spec)?;
    if spec.fill == u32::from('0') {
        return Err(NumError::value("Zero padding is not allowed in complex format specifier"));
    }
    if spec.align == Align::AfterSign {
        return Err(NumError::value("'=' alignment flag is not allowed in complex format specifier"));
    }
    let separators = Separators::new(spec, locale);
    // Without a type code the layout is that of `repr`: parentheses, unless the real part is positive zero.
    let like_repr = spec.code == 0;
    let skip_real = like_repr && value.real.to_bits() == 0;
    let mut body = String::new();
    if like_repr && !skip_real {
        body.push('(');
    }
    let mut part = |number: f64, sign: Option<Sign>| {
        let digits = float_repr::format_float(number, &format);
        let (negative, digits) = split_sign(&digits);
        body.extend(sign_char(sign, negative));
        body.push_str(&separate(digits, &separators, 0));
    };
    if !skip_real {
        part(value.real, spec.sign);
    }
    part(value.imag, if skip_real { spec.sign } else { Some(Sign::Plus) });
    body.push('j');
    if like_repr && !skip_real {
        body.push(')');
    }
    let length = body.chars().count();
    pad(spec, length, out, |out| out.push_str(&body))
}
