//! UTF-7 (RFC 2152): ASCII with runs of base64-coded UTF-16 between `+` and `-`.
//!
//! Encoding writes the optional direct characters and white space directly. Lone surrogates pass both ways.

use super::{DecodeHandler, Decoded, Decoding};
use crate::units::UnitsRef;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64_value(byte: u8) -> Option<u32> {
    Some(
        match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        }
        .into(),
    )
}

/// A base64 run being decoded.
#[derive(Default)]
struct Run {
    bits: u32,
    buffer: u32,
    /// A high surrogate that waits for its other half.
    high: Option<u32>,
}

impl Run {
    /// Takes six bits; gives the code points that are complete now.
    fn feed(&mut self, value: u32) -> [Option<u32>; 2] {
        self.buffer = self.buffer << 6 | value;
        self.bits += 6;
        if self.bits < 16 {
            return [None, None];
        }
        self.bits -= 16;
        let unit = self.buffer >> self.bits;
        self.buffer &= (1 << self.bits) - 1;
        match (self.high.take(), unit) {
            (Some(high), 0xDC00..0xE000) => [Some(0x1_0000 + ((high & 0x3FF) << 10 | (unit & 0x3FF))), None],
            (before, 0xD800..0xDC00) => {
                self.high = Some(unit);
                [before, None]
            }
            (before, _) => [before, Some(unit)],
        }
    }

    /// What is wrong with leaving the run here.
    fn leftover(&self) -> Option<&'static str> {
        match self.bits {
            6.. => Some("partial character in shift sequence"),
            1.. if self.buffer != 0 => Some("non-zero padding bits in shift sequence"),
            _ => None,
        }
    }
}

/// Decodes UTF-7. Without `last`, a run that has not ended stays unconsumed as a whole.
pub fn decode<H: DecodeHandler>(input: &[u8], last: bool, handler: &mut H) -> Result<Decoded, H::Error> {
    let mut state = Decoding::new("utf7", input, handler);
    let mut at = 0;
    loop {
        let Some(&byte) = state.input.get(at) else { return Ok(state.finish(at)) };
        at = match (byte, state.input.get(at + 1)) {
            (b'+', Some(b'-')) => {
                state.out.push(b'+'.into());
                at + 2
            }
            (b'+', Some(&next)) if base64_value(next).is_none() => {
                state.error(at, at + 2, "ill-formed sequence")?
            }
            (b'+', _) => match decode_run(&mut state, at, last)? {
                Some(next) => next,
                None => return Ok(state.finish(at)),
            },
            (0x80.., _) => state.error(at, at + 1, "unexpected special character")?,
            _ => {
                state.out.push(byte.into());
                at + 1
            }
        };
    }
}

/// Decodes the run whose `+` is at `start`; gives the position behind it, or `None` if it is incomplete and may
/// be continued by more input: nothing has been written then.
fn decode_run<H: DecodeHandler>(
    state: &mut Decoding<'_, '_, H>,
    start: usize,
    last: bool,
) -> Result<Option<usize>, H::Error> {
    let mut run = Run::default();
    let mut at = start + 1;
    let mut decoded = Vec::new();
    let end = loop {
        match state.input.get(at).map(|&byte| (byte, base64_value(byte))) {
            None => break None,
            Some((_, Some(value))) => decoded.extend(run.feed(value).into_iter().flatten()),
            Some((byte, None)) => break Some(byte),
        }
        at += 1;
    };
    if end.is_none() && !last {
        return Ok(None);
    }
    decoded.iter().for_each(|&c| state.out.push(c));
    let Some(byte) = end else {
        if run.high.is_none() && run.leftover().is_none() {
            return Ok(Some(at));
        }
        return state.error(start, at, "unterminated shift sequence").map(Some);
    };
    if let Some(reason) = run.leftover() {
        return state.error(start, at + 1, reason).map(Some);
    }
    if let Some(high) = run.high.filter(|_| byte < 0x80) {
        state.out.push(high);
    }
    Ok(Some(if byte == b'-' { at + 1 } else { at }))
}

/// Whether a character is written as itself outside a run.
fn is_direct(c: u32) -> bool {
    matches!(c, 0x09 | 0x0A | 0x0D | 0x20..=0x7D) && c != u32::from(b'+') && c != u32::from(b'\\')
}

/// Encodes to UTF-7; there are no errors.
pub fn encode(text: UnitsRef<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let (mut inside, mut bits, mut buffer) = (false, 0_u32, 0_u32);
    let digit = |value: u32| ALPHABET[(value & 63) as usize];
    for c in text {
        if is_direct(c) {
            if inside {
                if bits > 0 {
                    out.push(digit(buffer << (6 - bits)));
                }
                (inside, bits, buffer) = (false, 0, 0);
                // Anything outside the alphabet ends a run by itself.
                if c == u32::from(b'-') || base64_value(c as u8).is_some() {
                    out.push(b'-');
                }
            }
            out.push(c as u8);
            continue;
        }
        if !inside {
            out.push(b'+');
            if c == u32::from(b'+') {
                out.push(b'-');
                continue;
            }
            inside = true;
        }
        let (first, second) = match c {
            0x1_0000.. => (0xD7C0 + (c >> 10), Some(0xDC00 | c & 0x3FF)),
            _ => (c, None),
        };
        for unit in std::iter::once(first).chain(second) {
            buffer = buffer << 16 | unit;
            bits += 16;
            while bits >= 6 {
                bits -= 6;
                out.push(digit(buffer >> bits));
                buffer &= (1 << bits) - 1;
            }
        }
    }
    if bits > 0 {
        out.push(digit(buffer << (6 - bits)));
    }
    if inside {
        out.push(b'-');
    }
    out
}
