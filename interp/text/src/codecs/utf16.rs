//! UTF-16, either byte order, with or without a byte order mark.

use super::{ByteOrder, DecodeHandler, Decoded, Decoding, EncodeError, EncodeHandler, Encoding};
use crate::units::UnitsRef;

/// Decodes UTF-16. With [`ByteOrder::Mark`], a byte order mark at the start is consumed and decides; native order
/// is assumed without one. The order that was used is returned for incremental decoders: it stays `Mark` if there
/// were fewer than two bytes or no mark.
pub fn decode<H: DecodeHandler>(
    input: &[u8],
    order: ByteOrder,
    last: bool,
    handler: &mut H,
) -> Result<(Decoded, ByteOrder), H::Error> {
    let (order, mut at) = match (order, input) {
        (ByteOrder::Mark, [0xFF, 0xFE, ..]) => (ByteOrder::Little, 2),
        (ByteOrder::Mark, [0xFE, 0xFF, ..]) => (ByteOrder::Big, 2),
        _ => (order, 0),
    };
    let big = order.is_big();
    let mut state = Decoding::new(if big { "utf-16-be" } else { "utf-16-le" }, input, handler);
    loop {
        let unit = |at: usize| {
            let bytes = state.input.get(at..at + 2)?.try_into().ok()?;
            Some(if big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
        };
        let len = state.input.len();
        at = match (unit(at), unit(at + 2)) {
            (None, _) if at >= len || !last => break,
            (None, _) => state.error(at, len, "truncated data")?,
            (Some(0xD800..0xDC00), None) if !last => break,
            (Some(0xD800..0xDC00), None) => state.error(at, len, "unexpected end of data")?,
            (Some(high @ 0xD800..0xDC00), Some(low @ 0xDC00..0xE000)) => {
                state.out.push(0x1_0000 + (u32::from(high & 0x3FF) << 10 | u32::from(low & 0x3FF)));
                at + 4
            }
            (Some(0xD800..0xDC00), _) => state.error(at, at + 2, "illegal UTF-16 surrogate")?,
            (Some(0xDC00..0xE000), _) => state.error(at, at + 2, "illegal encoding")?,
            (Some(c), _) => {
                state.out.push(c.into());
                at + 2
            }
        };
    }
    Ok((state.finish(at), order))
}

/// Encodes to UTF-16; [`ByteOrder::Mark`] writes a mark and native order.
pub fn encode<H: EncodeHandler>(
    text: UnitsRef<'_>,
    order: ByteOrder,
    handler: &mut H,
) -> Result<Vec<u8>, H::Error> {
    let encoding = match order {
        ByteOrder::Mark => "utf-16",
        ByteOrder::Little => "utf-16-le",
        ByteOrder::Big => "utf-16-be",
    };
    let big = order.is_big();
    let push = |unit: u16, out: &mut Vec<u8>| {
        out.extend_from_slice(&if big { unit.to_be_bytes() } else { unit.to_le_bytes() });
    };
    let mut state = Encoding::new(text, handler);
    state.out.reserve(text.len() * 2 + 2);
    if order == ByteOrder::Mark {
        push(0xFEFF, &mut state.out);
    }
    let mut at = 0;
    while let Some(c) = text.get(at) {
        match c {
            0xD800..0xE000 => {
                let error =
                    EncodeError { encoding, start: at, end: at + 1, reason: "surrogates not allowed" };
                at = state.error(error, 2, |c, out| {
                    push(c as u16, out);
                    c < 0x80
                })?;
                continue;
            }
            0x1_0000.. => {
                push(0xD7C0 + (c >> 10) as u16, &mut state.out);
                push(0xDC00 | (c & 0x3FF) as u16, &mut state.out);
            }
            _ => push(c as u16, &mut state.out),
        }
        at += 1;
    }
    Ok(state.out)
}
