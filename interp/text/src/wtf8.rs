//! Generalized UTF-8: UTF-8 in which surrogates are coded like any other character, in three bytes.
//!
//! The code image and the interner store strings this way: valid UTF-8 stays what it is and every Python string
//! has exactly one form. Unlike WTF-8 proper, a high surrogate followed by a low one is *not* fused into one
//! character, because in Python the two strings differ.

use crate::units::{StrBuilder, UnitsBuf, UnitsRef};

/// Bytes the encoded form takes.
pub fn encoded_len(text: UnitsRef<'_>) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.iter().map(width).sum()
}

/// Bytes of one code point.
fn width(c: u32) -> usize {
    match c {
        0..0x80 => 1,
        0x80..0x800 => 2,
        0x800..0x1_0000 => 3,
        _ => 4,
    }
}

/// Encodes a string.
pub fn encode(text: UnitsRef<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(encoded_len(text));
    encode_into(text, &mut out);
    out
}

/// Appends the encoded form.
pub fn encode_into(text: UnitsRef<'_>, out: &mut Vec<u8>) {
    if let UnitsRef::Latin1 { units, ascii: true } = text {
        out.extend_from_slice(units);
    } else {
        text.iter().for_each(|c| push(c, out));
    }
}

/// Appends the encoded form of one code point.
pub fn push(c: u32, out: &mut Vec<u8>) {
    let tail = |shift: u32| 0x80 | (c >> shift & 0x3F) as u8;
    match width(c) {
        1 => out.push(c as u8),
        2 => out.extend_from_slice(&[0xC0 | (c >> 6) as u8, tail(0)]),
        3 => out.extend_from_slice(&[0xE0 | (c >> 12) as u8, tail(6), tail(0)]),
        _ => out.extend_from_slice(&[0xF0 | (c >> 18) as u8, tail(12), tail(6), tail(0)]),
    }
}

/// The code points of an encoded string.
///
/// Where the bytes are malformed, iteration yields `None` once and ends.
#[derive(Clone, Debug)]
pub struct Decode<'a> {
    rest: &'a [u8],
}

impl Iterator for Decode<'_> {
    type Item = Option<u32>;

    #[inline]
    fn next(&mut self) -> Option<Option<u32>> {
        let (&first, rest) = self.rest.split_first()?;
        if first < 0x80 {
            self.rest = rest;
            return Some(Some(first.into()));
        }
        let decoded = decode_wide(first, rest);
        self.rest = decoded.map_or(&[], |(_, len)| &rest[len..]);
        Some(decoded.map(|(c, _)| c))
    }
}

/// Decodes a sequence of two to four bytes; gives the number of bytes after the first.
fn decode_wide(first: u8, rest: &[u8]) -> Option<(u32, usize)> {
    let (tail, bits) = match first {
        0xC2..=0xDF => (1, first & 0x1F),
        0xE0..=0xEF => (2, first & 0x0F),
        0xF0..=0xF4 => (3, first & 0x07),
        _ => return None,
    };
    let bytes = rest.get(..tail)?;
    if bytes.iter().any(|b| b & 0xC0 != 0x80) {
        return None;
    }
    let c = bytes.iter().fold(u32::from(bits), |c, &b| c << 6 | u32::from(b & 0x3F));
    (width(c) == tail + 1 && c <= 0x10_FFFF).then_some((c, tail))
}

/// Iterates over the code points of encoded bytes.
pub fn code_points(bytes: &[u8]) -> Decode<'_> {
    Decode { rest: bytes }
}

/// Decodes a string; `None` if the bytes are malformed.
pub fn decode(bytes: &[u8]) -> Option<UnitsBuf> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Some(UnitsBuf::from_utf8(text));
    }
    let mut out = StrBuilder::with_capacity(bytes.len());
    for c in code_points(bytes) {
        out.push(c?);
    }
    Some(out.finish())
}

/// Whether encoded bytes are those of a string, without encoding it.
pub fn matches(bytes: &[u8], text: UnitsRef<'_>) -> bool {
    match text {
        UnitsRef::Latin1 { units, ascii: true } => units == bytes,
        _ => bytes.len() >= text.len() && code_points(bytes).eq(text.iter().map(Some)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips() {
        let all = [0x41, 0x7F, 0x80, 0x7FF, 0x800, 0xD83D, 0xDE00, 0xDFFF, 0xFFFF, 0x1_0000, 0x10_FFFF];
        let text = UnitsRef::Ucs4(&all);
        let bytes = encode(text);
        assert_eq!(bytes.len(), encoded_len(text));
        assert_eq!(decode(&bytes).unwrap().as_units(), text);
        assert!(matches(&bytes, text) && !matches(&bytes[1..], text));
        let plain = "añł😀";
        assert_eq!(encode(UnitsBuf::from(plain).as_units()), plain.as_bytes());
    }

    #[test]
    fn refuses_malformed_bytes() {
        for bad in [
            &b"\x80"[..],
            b"\xc0\x80",
            b"\xe0\x80\x80",
            b"\xf4\x90\x80\x80",
            b"\xf0\x80\x80\x80",
            b"\xed\xa0",
            b"\xed\xa0\x80\xff",
        ] {
            assert!(decode(bad).is_none(), "{bad:x?}");
        }
    }
}
