//! Methods of `bytes` and `bytearray` that differ from those of str because their characters are ASCII.
//!
//! What is the same for both goes through [`crate::units`] with the bytes as Latin-1 units: see [`units`].

use crate::units::strip::{Side, strip_by};
use crate::units::{TooLong, UnitsBuf, UnitsRef, pad, replace as text_replace, split};
use std::ops::Range;

/// The bytes as units, for [`crate::units::search`], [`crate::units::split`] and index arithmetic.
#[inline]
pub fn units(bytes: &[u8]) -> UnitsRef<'_> {
    UnitsRef::Latin1 { units: bytes, ascii: false }
}

/// The bytes of units that came from bytes.
fn into_bytes(units: UnitsBuf) -> Vec<u8> {
    match units {
        UnitsBuf::Latin1 { units, .. } => units,
        _ => unreachable!("bytes stay Latin-1"),
    }
}

/// White space in the sense of bytes: the vertical tab counts, the separators U+001C to U+001F do not.
#[inline]
pub fn is_space_byte(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

fn is_space_unit(c: u32) -> bool {
    is_space_byte(c as u8)
}

macro_rules! all_of {
    ($($(#[$doc:meta])* $name:ident => $holds:expr;)*) => {
        $(
            $(#[$doc])*
            pub fn $name(bytes: &[u8]) -> bool {
                !bytes.is_empty() && bytes.iter().all($holds)
            }
        )*
    };
}

all_of! {
    /// `bytes.isalpha`.
    is_alpha => u8::is_ascii_alphabetic;
    /// `bytes.isalnum`.
    is_alnum => u8::is_ascii_alphanumeric;
    /// `bytes.isdigit`.
    is_digit => u8::is_ascii_digit;
    /// `bytes.isspace`.
    is_space => |&b| is_space_byte(b);
}

/// `bytes.islower`.
pub fn is_lower(bytes: &[u8]) -> bool {
    bytes.iter().any(u8::is_ascii_lowercase) && !bytes.iter().any(u8::is_ascii_uppercase)
}

/// `bytes.isupper`.
pub fn is_upper(bytes: &[u8]) -> bool {
    bytes.iter().any(u8::is_ascii_uppercase) && !bytes.iter().any(u8::is_ascii_lowercase)
}

/// `bytes.istitle`.
pub fn is_title(bytes: &[u8]) -> bool {
    let (mut any, mut inside) = (false, false);
    for &b in bytes {
        if b.is_ascii_alphabetic() {
            if b.is_ascii_uppercase() == inside {
                return false;
            }
            (any, inside) = (true, true);
        } else {
            inside = false;
        }
    }
    any
}

/// `bytes.swapcase`.
pub fn swapcase(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|b| if b.is_ascii_alphabetic() { b ^ 0x20 } else { *b }).collect()
}

/// `bytes.capitalize`.
pub fn capitalize(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_ascii_lowercase();
    if let Some(first) = out.first_mut() {
        first.make_ascii_uppercase();
    }
    out
}

/// `bytes.title`.
pub fn title(bytes: &[u8]) -> Vec<u8> {
    let mut inside = false;
    let mut map = |b: &u8| {
        let mapped = if inside { b.to_ascii_lowercase() } else { b.to_ascii_uppercase() };
        inside = b.is_ascii_alphabetic();
        mapped
    };
    bytes.iter().map(&mut map).collect()
}

/// `bytes.strip()` and its kin: what remains.
pub fn strip_whitespace(bytes: &[u8], side: Side) -> Range<usize> {
    strip_by(units(bytes), side, is_space_unit)
}

/// `bytes.split(None, maxsplit)`.
pub fn split_whitespace(bytes: &[u8], max_splits: usize) -> Vec<Range<usize>> {
    split::split_spaces(bytes, max_splits, is_space_unit)
}

/// `bytes.rsplit(None, maxsplit)`.
pub fn rsplit_whitespace(bytes: &[u8], max_splits: usize) -> Vec<Range<usize>> {
    split::rsplit_spaces(bytes, max_splits, is_space_unit)
}

/// `bytes.splitlines(keepends)`: only `\n`, `\r` and `\r\n` end lines.
pub fn split_lines(bytes: &[u8], keep_ends: bool) -> Vec<Range<usize>> {
    split::lines_by(bytes, keep_ends, |c| matches!(c, 0x0A | 0x0D))
}

/// `bytes.replace`; `None` if nothing changes.
pub fn replace(bytes: &[u8], old: &[u8], new: &[u8], limit: usize) -> Result<Option<Vec<u8>>, TooLong> {
    Ok(text_replace::replace(units(bytes), units(old), units(new), limit)?.map(into_bytes))
}

/// `bytes.expandtabs`; `None` if there is no tab.
pub fn expand_tabs(bytes: &[u8], tab_size: usize) -> Result<Option<Vec<u8>>, TooLong> {
    Ok(pad::expand_tabs(units(bytes), tab_size)?.map(into_bytes))
}

/// `bytes.zfill`; `None` if it is long enough.
pub fn zfill(bytes: &[u8], width: usize) -> Result<Option<Vec<u8>>, TooLong> {
    Ok(pad::zfill(units(bytes), width)?.map(into_bytes))
}

/// `bytes.translate(table, delete)`: `delete` marks the bytes to leave out.
pub fn translate(bytes: &[u8], table: Option<&[u8; 256]>, delete: &[u8]) -> Vec<u8> {
    let mut drop = [false; 256];
    delete.iter().for_each(|&b| drop[usize::from(b)] = true);
    let kept = bytes.iter().filter(|&&b| !drop[usize::from(b)]);
    match table {
        Some(table) => kept.map(|&b| table[usize::from(b)]).collect(),
        None => kept.copied().collect(),
    }
}

/// Why a hexadecimal text was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HexError {
    /// "non-hexadecimal number found in fromhex() arg at position N"
    BadDigit(usize),
    /// "fromhex() arg must contain an even number of hexadecimal digits"
    OddLength,
}

/// `bytes.fromhex`: pairs of digits with ASCII white space between them.
pub fn from_hex(text: UnitsRef<'_>) -> Result<Vec<u8>, HexError> {
    // A character outside ASCII is reported first, wherever it is.
    if let Some(at) = text.iter().position(|c| c >= 0x80) {
        return Err(HexError::BadDigit(at));
    }
    let digit = |index: usize| text.get(index).and_then(|c| char::from_u32(c)?.to_digit(16));
    let mut out = Vec::with_capacity(text.len() / 2);
    let mut at = 0;
    while let Some(c) = text.get(at) {
        if is_space_unit(c) {
            at += 1;
            continue;
        }
        let high = digit(at).ok_or(HexError::BadDigit(at))?;
        if at + 1 == text.len() {
            return Err(HexError::OddLength);
        }
        let low = digit(at + 1).ok_or(HexError::BadDigit(at + 1))?;
        out.push((high << 4 | low) as u8);
        at += 2;
    }
    Ok(out)
}

/// `bytes.hex(sep, bytes_per_sep)`. Groups are counted from the right if `group` is positive, from the left if
/// negative. The text is ASCII.
pub fn to_hex(bytes: &[u8], sep: Option<u8>, group: isize) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let size = group.unsigned_abs();
    let mut out = Vec::with_capacity(bytes.len() * 2);
    for (index, &b) in bytes.iter().enumerate() {
        let counted = if group < 0 { index } else { bytes.len() - index };
        if let Some(sep) = sep.filter(|_| index > 0 && size > 0 && counted % size == 0) {
            out.push(sep);
        }
        out.extend_from_slice(&[DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_case() {
        assert_eq!(title(b"they're x1y \xe9a"), b"They'Re X1Y \xe9A");
        assert_eq!(capitalize(b"aBC"), b"Abc");
        assert_eq!(swapcase(b"aB\xe9"), b"Ab\xe9");
        assert!(
            is_title(b"Ab Cd") && !is_title(b"aB") && !is_title(b"1") && is_upper(b"A1") && !is_upper(b"")
        );
    }

    #[test]
    fn white_space_and_lines() {
        assert_eq!(split_whitespace(b" a\x0bb\x1cc", usize::MAX), [1..2, 3..6]);
        assert_eq!(split_lines(b"a\x0bb\r\nc\x85", false), [0..3, 5..7]);
        assert_eq!(strip_whitespace(b" \x1c ", Side::Both), 1..2);
    }

    #[test]
    fn hex() {
        assert_eq!(to_hex(b"\x01\x02\x03", Some(b':'), 2), b"01:0203");
        assert_eq!(to_hex(b"\x01\x02\x03", Some(b':'), -2), b"0102:03");
        assert_eq!(from_hex(UnitsRef::ascii(b" 01 fF")), Ok(vec![1, 255]));
        assert_eq!(from_hex(UnitsRef::ascii(b"0 1")), Err(HexError::BadDigit(1)));
        assert_eq!(from_hex(UnitsRef::ascii(b"012")), Err(HexError::OddLength));
    }

    #[test]
    fn edits() {
        assert_eq!(replace(b"abab", b"b", b"\xff", 1), Ok(Some(b"a\xffab".to_vec())));
        assert_eq!(translate(b"abc", None, b"b"), b"ac");
        assert_eq!(zfill(b"+\xff", 4), Ok(Some(b"+00\xff".to_vec())));
    }
}
