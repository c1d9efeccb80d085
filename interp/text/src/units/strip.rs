//! Removing characters from the ends: what remains is reported as a range.

use super::{Unit, UnitsRef, search, short};
use crate::ucd;
use crate::with_units;
use std::ops::Range;

/// Which ends to strip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Left,
    Right,
    Both,
}

/// Strips code points for which `drop` holds.
pub fn strip_by(text: UnitsRef<'_>, side: Side, drop: impl Fn(u32) -> bool) -> Range<usize> {
    with_units!(text, units => strip_units(units, side, drop))
}

fn strip_units<T: Unit>(text: &[T], side: Side, drop: impl Fn(u32) -> bool) -> Range<usize> {
    let (mut start, mut end) = (0, text.len());
    if side != Side::Right {
        while start < end && drop(text[start].into()) {
            start += 1;
        }
    }
    if side != Side::Left {
        while start < end && drop(text[end - 1].into()) {
            end -= 1;
        }
    }
    start..end
}

/// `str.strip()` and its kin without argument.
pub fn strip_whitespace(text: UnitsRef<'_>, side: Side) -> Range<usize> {
    strip_by(text, side, ucd::is_space)
}

/// `str.strip(chars)` and its kin.
pub fn strip_chars(text: UnitsRef<'_>, side: Side, chars: UnitsRef<'_>) -> Range<usize> {
    match chars {
        UnitsRef::Latin1 { units, .. } if units.len() <= short::SHORT => {
            strip_by(text, side, |c| u8::try_from(c).is_ok_and(|c| short::contains(units, c)))
        }
        _ => strip_by(text, side, |c| search::find_char(chars, c).is_some()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strips() {
        let text = UnitsRef::latin1(b"\t xyx\x1f\n");
        assert_eq!(strip_whitespace(text, Side::Both), 2..5);
        assert_eq!(strip_whitespace(text, Side::Left), 2..7);
        assert_eq!(strip_chars(text.slice(2..5), Side::Right, UnitsRef::ascii(b"yx")), 0..0);
        assert_eq!(strip_chars(text.slice(2..5), Side::Both, UnitsRef::Ucs2(&[0x142, 0x78])), 1..2);
    }
}
