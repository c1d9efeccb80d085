//! `str.__format__`, and the padding of what is no number.

use crate::error::NumError;
use crate::format_spec::layout::ensure_size;
use crate::format_spec::{Align, FormatSpec, Sign, Sink};

/// How a text fills its field: `left` and `right` copies of the fill around its first `take` characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextLayout {
    /// Padding before
    pub left: usize,
    /// Characters of the text
    pub take: usize,
    /// Padding after
    pub right: usize,
}

/// The layout of a `str` of `length` characters, for a caller that copies the characters itself.
pub fn layout_text(spec: &FormatSpec, type_name: &str, length: usize) -> Result<TextLayout, NumError> {
    let forbid = |what: &str| Err(NumError::value(format!("{what} not allowed in string format specifier")));
    if spec.code_char() != 's' {
        return Err(spec.unknown_code(type_name));
    }
    match spec.sign {
        Some(Sign::Space) => return forbid("Space"),
        Some(_) => return forbid("Sign"),
        None => {}
    }
    if spec.no_negative_zero {
        return forbid("Negative zero coercion (z)");
    }
    if spec.alternate {
        return forbid("Alternate form (#)");
    }
    if spec.align == Align::AfterSign {
        return forbid("'=' alignment");
    }
    let take = length.min(spec.precision.unwrap_or(length));
    let (left, right) = field_padding(spec, take)?;
    Ok(TextLayout { left, take, right })
}

/// `format(text, spec)` for a `str` given as code points.
pub fn format_text<S: Sink + ?Sized>(
    text: &[u32],
    spec: &FormatSpec,
    type_name: &str,
    out: &mut S,
) -> Result<(), NumError> {
    let layout = layout_text(spec, type_name, text.len())?;
    out.repeat(spec.fill, layout.left);
    for code_point in &text[..layout.take] {
        out.push(*code_point);
    }
    out.repeat(spec.fill, layout.right);
    Ok(())
}

/// Writes something of `length` characters padded to the width of `spec`.
pub(crate) fn pad<S: Sink + ?Sized>(
    spec: &FormatSpec,
    length: usize,
    out: &mut S,
    write: impl FnOnce(&mut S),
) -> Result<(), NumError> {
    let (left, right) = field_padding(spec, length)?;
    out.repeat(spec.fill, left);
    write(out);
    out.repeat(spec.fill, right);
    Ok(())
}

fn field_padding(spec: &FormatSpec, length: usize) -> Result<(usize, usize), NumError> {
    let width = spec.width.unwrap_or(0);
    ensure_size(width)?;
    let padding = width.saturating_sub(length);
    Ok(match spec.align {
        Align::Left => (0, padding),
        Align::Right | Align::AfterSign => (padding, 0),
        Align::Center => (padding / 2, padding - padding / 2),
    })
}
