//! UTF-32, either byte order, with or without a byte order mark.

use super::{ByteOrder, DecodeHandler, Decoded, Decoding, EncodeError, EncodeHandler, Encoding};
use crate::units::UnitsRef;

/// Decodes UTF-32. The byte order is treated as in [`super::utf16::decode`].
pub fn decode<H: DecodeHandler>(
    input: &[u8],
    order: ByteOrder,
    last: bool,
    handler: &mut H,
) -> Result<(Decoded, ByteOrder), H::Error> {
    let (order, mut at) = match (order, input) {
        (ByteOrder::Mark, [0xFF, 0xFE, 0, 0, ..]) => (ByteOrder::Little, 4),
        (ByteOrder::Mark, [0, 0, 0xFE, 0xFF, ..]) => (ByteOrder::Big, 4),
        _ => (order, 0),
    };
    let big = order.is_big();
    let mut state = Decoding::new(if big { "utf-32-be" } else { "utf-32-le" }, input, handler);
    loop {
        let len = state.input.len();
        let bytes: Option<[u8; 4]> = state.input.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        at = match bytes.map(|b| if big { u32::from_be_bytes(b) } else { u32::from_le_bytes(b) }) {
            None if at >= len || !last => break,
            None => state.error(at, len, "truncated data")?,
            Some(0xD800..0xE000) => {
                state.error(at, at + 4, "code point in surrogate code point range(0xd800, 0xe000)")?
            }
            Some(0x11_0000..) => state.error(at, at + 4, "code point not in range(0x110000)")?,
            Some(c) => {
                state.out.push(c);
                at + 4
            }
        };
    }
    Ok((state.finish(at), order))
}

/// Encodes to UTF-32; [`ByteOrder::Mark`] writes a mark and native order.
pub fn encode<H: EncodeHandler>(
    text: UnitsRef<'_>,
    order: ByteOrder,
    handler: &mut H,
) -> Result<Vec<u8>, H::Error> {
    let encoding = match order {
        ByteOrder::Mark => "utf-32",
        ByteOrder::Little => "utf-32-le",
        ByteOrder::Big => "utf-32-be",
    };
    let big = order.is_big();
    let push = |c: u32, out: &mut Vec<u8>| {
        out.extend_from_slice(&if big { c.to_be_bytes() } else { c.to_le_bytes() });
    };
    let mut state = Encoding::new(text, handler);
    state.out.reserve(text.len() * 4 + 4);
    if order == ByteOrder::Mark {
        push(0xFEFF, &mut state.out);
    }
    let mut at = 0;
    while let Some(c) = text.get(at) {
        if !(0xD800..0xE000).contains(&c) {
            push(c, &mut state.out);
            at += 1;
            continue;
        }
        let error = EncodeError { encoding, start: at, end: at + 1, reason: "surrogates not allowed" };
        at = state.error(error, 4, |c, out| {
            push(c, out);
            c < 0x80
        })?;
    }
    Ok(state.out)
}
