//! The charmap codec: bytes and characters related by a mapping that Python code provides.
//!
//! The mapping is a closure; [`decode_table`] and [`EncodingMap`] serve the usual one, a string of 256 characters.

use super::{DecodeHandler, Decoded, Decoding, EncodeError, EncodeHandler, Replacement};
use crate::units::{UnitsBuf, UnitsRef};

const UNDEFINED: &str = "character maps to <undefined>";
const NAME: &str = "charmap";

/// What a byte decodes to.
#[derive(Clone, Debug)]
pub enum Decodes {
    Undefined,
    Char(u32),
    Text(UnitsBuf),
}

/// What a character encodes to.
#[derive(Clone, Debug)]
pub enum Encodes {
    Undefined,
    Byte(u8),
    Bytes(Vec<u8>),
}

/// Decodes through `lookup`, which may fail for reasons of its own.
pub fn decode<H: DecodeHandler>(
    input: &[u8],
    handler: &mut H,
    mut lookup: impl FnMut(u8) -> Result<Decodes, H::Error>,
) -> Result<Decoded, H::Error> {
    let mut state = Decoding::new(NAME, input, handler);
    let mut at = 0;
    while let Some(&byte) = state.input.get(at) {
        match lookup(byte)? {
            Decodes::Char(c) => state.out.push(c),
            Decodes::Text(text) => state.out.push_units(text.as_units()),
            Decodes::Undefined => {
                at = state.error(at, at + 1, UNDEFINED)?;
                continue;
            }
        }
        at += 1;
    }
    Ok(state.finish(at))
}

/// Decodes by a table of characters; U+FFFE and what lies beyond the table is undefined.
pub fn decode_table<H: DecodeHandler>(
    input: &[u8],
    table: UnitsRef<'_>,
    handler: &mut H,
) -> Result<Decoded, H::Error> {
    decode(input, handler, |byte| {
        Ok(match table.get(byte.into()) {
            None | Some(0xFFFE) => Decodes::Undefined,
            Some(c) => Decodes::Char(c),
        })
    })
}

/// Encodes through `lookup`; runs of undefined characters are one error.
pub fn encode<H: EncodeHandler>(
    text: UnitsRef<'_>,
    handler: &mut H,
    mut lookup: impl FnMut(u32) -> Result<Encodes, H::Error>,
) -> Result<Vec<u8>, H::Error> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(c) = text.get(at) {
        if push(lookup(c)?, &mut out) {
            at += 1;
            continue;
        }
        let mut end = at + 1;
        while let Some(c) = text.get(end)
            && matches!(lookup(c)?, Encodes::Undefined)
        {
            end += 1;
        }
        let error = EncodeError { encoding: NAME, start: at, end, reason: UNDEFINED };
        let resume = handler.handle(error, text)?;
        match resume.replacement {
            Replacement::Bytes(bytes) => out.extend_from_slice(&bytes),
            Replacement::Text(units) => {
                for c in units.as_units() {
                    if !push(lookup(c)?, &mut out) {
                        return Err(handler.fail(error, text));
                    }
                }
            }
        }
        at = resume.position;
    }
    Ok(out)
}

fn push(encoded: Encodes, out: &mut Vec<u8>) -> bool {
    match encoded {
        Encodes::Undefined => return false,
        Encodes::Byte(byte) => out.push(byte),
        Encodes::Bytes(bytes) => out.extend_from_slice(&bytes),
    }
    true
}

/// The inverse of a decoding table (`codecs.charmap_build`).
#[derive(Clone, Debug)]
pub struct EncodingMap {
    /// Sorted by character.
    pairs: Vec<(u32, u8)>,
}

impl EncodingMap {
    /// Inverts the first 256 characters of a table; the last byte for a character wins.
    pub fn new(table: UnitsRef<'_>) -> Self {
        let mut pairs: Vec<(u32, u8)> = table.iter().zip(0..=u8::MAX).filter(|&(c, _)| c != 0xFFFE).collect();
        pairs.sort_unstable_by_key(|&(c, byte)| (c, std::cmp::Reverse(byte)));
        pairs.dedup_by_key(|&mut (c, _)| c);
        EncodingMap { pairs }
    }

    /// The byte for a character.
    pub fn get(&self, c: u32) -> Option<u8> {
        let at = self.pairs.binary_search_by_key(&c, |&(c, _)| c).ok()?;
        Some(self.pairs[at].1)
    }

    /// Encodes with this map.
    pub fn encode<H: EncodeHandler>(&self, text: UnitsRef<'_>, handler: &mut H) -> Result<Vec<u8>, H::Error> {
        encode(text, handler, |c| Ok(self.get(c).map_or(Encodes::Undefined, Encodes::Byte)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codecs::{Policy, WithPolicy};

    #[test]
    fn tables_both_ways() {
        let table = UnitsBuf::from("ab\u{fffe}łb");
        let decoded = decode_table(b"\x00\x03", table.as_units(), &mut WithPolicy(Policy::Strict)).unwrap();
        assert_eq!(decoded.text.as_units(), "ał");
        for bad in [b"\x00\x02", b"\x00\x05"] {
            let error = decode_table(bad, table.as_units(), &mut WithPolicy(Policy::Strict)).unwrap_err();
            assert_eq!((error.start, error.end, error.reason), (1, 2, UNDEFINED));
        }
        let map = EncodingMap::new(table.as_units());
        let encode =
            |text: &str, policy| map.encode(UnitsBuf::from(text).as_units(), &mut WithPolicy(policy));
        assert_eq!(encode("błb", Policy::Strict).unwrap(), b"\x04\x03\x04");
        let error = encode("axyb", Policy::Strict).unwrap_err();
        assert_eq!((error.start, error.end), (1, 3));
        // The replacement "?" has no byte in this map.
        assert_eq!(encode("axyb", Policy::Replace).unwrap_err(), error);
    }
}
