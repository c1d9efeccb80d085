//! The codecs `unicode_escape` (the escapes of string literals) and `raw_unicode_escape` (only `\u` and `\U`).
//! Bytes outside escapes are Latin-1.

use super::{DecodeHandler, Decoded, Decoding};
use crate::repr::push_escape;
use crate::ucd::names;
use crate::units::{StrBuilder, UnitsBuf, UnitsRef};

/// The first escape that Python does not define and so leaves as it is, for a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidEscape {
    /// Position of the backslash.
    pub position: usize,
    pub kind: InvalidKind,
}

/// How an escape is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidKind {
    /// A backslash before this character.
    Character(u8),
    /// An octal escape of more than eight bits.
    Octal(u16),
}

impl InvalidEscape {
    /// The sequence as the warning quotes it: `\d`, `\777`.
    pub fn sequence(&self) -> String {
        match self.kind {
            InvalidKind::Character(c) => format!("\\{}", char::from(c)),
            InvalidKind::Octal(value) => format!("\\{value:o}"),
        }
    }

    /// The start of the warning's text; how it goes on depends on who warns.
    pub fn description(&self) -> String {
        let kind = match self.kind {
            InvalidKind::Character(_) => "escape",
            InvalidKind::Octal(_) => "octal escape",
        };
        format!("\"{}\" is an invalid {kind} sequence", self.sequence())
    }
}

/// One escape, read from behind its backslash.
pub(crate) enum Escape {
    /// The code points it stands for, and its end.
    Char(u32, usize),
    /// A line continuation.
    Nothing(usize),
    /// Not an escape: backslash and character stand for themselves.
    Invalid(InvalidKind, usize),
    /// Not well-formed; the position is where reading stopped.
    Error { reason: &'static str, end: usize, incomplete: bool },
}

/// Escapes that stand for one fixed character.
pub(super) fn simple_escape(byte: u8) -> Option<u8> {
    Some(match byte {
        b'\\' | b'\'' | b'"' => byte,
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0C,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0B,
        _ => return None,
    })
}

/// Reads up to three octal digits from `at`, of which there is at least one; gives value and end.
pub(super) fn octal(input: &[u8], at: usize) -> (u16, usize) {
    let digits = input[at..].iter().take(3).take_while(|b| matches!(b, b'0'..=b'7'));
    digits.fold((0, at), |(value, end), b| (value << 3 | u16::from(b - b'0'), end + 1))
}

/// Reads the escape whose backslash is just before `at`.
pub(crate) fn read_escape(input: &[u8], at: usize) -> Escape {
    let Some(&byte) = input.get(at) else {
        return Escape::Error { reason: "\\ at end of string", end: at, incomplete: true };
    };
    match byte {
        b'\n' => Escape::Nothing(at + 1),
        b'0'..=b'7' => match octal(input, at) {
            (value @ 0..=0xFF, end) => Escape::Char(value.into(), end),
            (value, end) => Escape::Invalid(InvalidKind::Octal(value), end),
        },
        b'x' => read_hex(input, at + 1, 2, "truncated \\xXX escape", ILLEGAL),
        b'u' => read_hex(input, at + 1, 4, "truncated \\uXXXX escape", ILLEGAL),
        b'U' => read_hex(input, at + 1, 8, "truncated \\UXXXXXXXX escape", ILLEGAL),
        b'N' => read_name(input, at + 1),
        _ => match simple_escape(byte) {
            Some(byte) => Escape::Char(byte.into(), at + 1),
            None => Escape::Invalid(InvalidKind::Character(byte), at + 1),
        },
    }
}

const ILLEGAL: &str = "illegal Unicode character";

fn read_hex(input: &[u8], at: usize, count: usize, reason: &'static str, illegal: &'static str) -> Escape {
    let mut value = 0_u32;
    for end in at..at + count {
        match input.get(end).map(|&b| char::from(b).to_digit(16)) {
            Some(Some(digit)) => value = value << 4 | digit,
            Some(None) => return Escape::Error { reason, end, incomplete: false },
            None => return Escape::Error { reason, end, incomplete: true },
        }
    }
    let end = at + count;
    if value > 0x10_FFFF {
        return Escape::Error { reason: illegal, end, incomplete: false };
    }
    Escape::Char(value, end)
}

/// Reads `{NAME}`.
fn read_name(input: &[u8], at: usize) -> Escape {
    const MALFORMED: &str = "malformed \\N character escape";
    match input.get(at) {
        Some(b'{') => {}
        other => return Escape::Error { reason: MALFORMED, end: at, incomplete: other.is_none() },
    }
    let start = at + 1;
    let Some(len) = input[start..].iter().position(|&b| b == b'}') else {
        return Escape::Error { reason: MALFORMED, end: input.len(), incomplete: true };
    };
    if len == 0 {
        return Escape::Error { reason: MALFORMED, end: start, incomplete: false };
    }
    let end = start + len + 1;
    match std::str::from_utf8(&input[start..start + len]).ok().and_then(names::lookup) {
        Some(c) => Escape::Char(c, end),
        None => Escape::Error { reason: "unknown Unicode character name", end, incomplete: false },
    }
}

/// Decodes `unicode_escape`. Without `last`, an incomplete escape at the end stays unconsumed.
pub fn decode<H: DecodeHandler>(
    input: &[u8],
    last: bool,
    handler: &mut H,
) -> Result<(Decoded, Option<InvalidEscape>), H::Error> {
    let mut state = Decoding::new("unicodeescape", input, handler);
    let mut invalid = None;
    let mut at = 0;
    loop {
        let rest = &state.input[at..];
        let plain = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
        state.out.push_latin1(&rest[..plain]);
        at += plain;
        if at >= state.input.len() {
            return Ok((state.finish(at), invalid));
        }
        at = match read_escape(&state.input, at + 1) {
            Escape::Char(c, end) => {
                state.out.push(c);
                end
            }
            Escape::Nothing(end) => end,
            Escape::Invalid(kind, end) => {
                match kind {
                    InvalidKind::Character(c) => state.out.push_latin1(&[b'\\', c]),
                    InvalidKind::Octal(value) => state.out.push(value.into()),
                }
                invalid = invalid.or(Some(InvalidEscape { position: at, kind }));
                end
            }
            Escape::Error { incomplete: true, .. } if !last => return Ok((state.finish(at), invalid)),
            Escape::Error { reason, end, .. } => state.error(at, end, reason)?,
        };
    }
}

/// Decodes `raw_unicode_escape`.
pub fn decode_raw<H: DecodeHandler>(input: &[u8], last: bool, handler: &mut H) -> Result<Decoded, H::Error> {
    let mut state = Decoding::new("rawunicodeescape", input, handler);
    let mut at = 0;
    const ILLEGAL: &str = "\\Uxxxxxxxx out of range";
    loop {
        let rest = &state.input[at..];
        let plain = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
        state.out.push_latin1(&rest[..plain]);
        at += plain;
        let escape = match state.input.get(at + 1) {
            None if at >= state.input.len() || !last => return Ok(state.finish(at)),
            None => {
                state.out.push(b'\\'.into());
                at += 1;
                continue;
            }
            Some(b'u') => read_hex(&state.input, at + 2, 4, "truncated \\uXXXX escape", ILLEGAL),
            Some(b'U') => read_hex(&state.input, at + 2, 8, "truncated \\UXXXXXXXX escape", ILLEGAL),
            // A second backslash does not begin an escape of its own.
            Some(&other) => {
                state.out.push_latin1(&[b'\\', other]);
                at += 2;
                continue;
            }
        };
        at = match escape {
            Escape::Char(c, end) => {
                state.out.push(c);
                end
            }
            Escape::Error { incomplete: true, .. } if !last => return Ok(state.finish(at)),
            Escape::Error { reason, end, .. } => state.error(at, end, reason)?,
            Escape::Nothing(end) | Escape::Invalid(_, end) => end,
        };
    }
}

/// The bytes of text that is ASCII or Latin-1 by construction.
fn latin1_bytes(out: StrBuilder) -> Vec<u8> {
    match out.finish() {
        UnitsBuf::Latin1 { units, .. } => units,
        wide => wide.as_units().iter().map(|c| c as u8).collect(),
    }
}

/// Encodes to `unicode_escape`: ASCII without control characters.
pub fn encode(text: UnitsRef<'_>) -> Vec<u8> {
    let mut out = StrBuilder::with_capacity(text.len());
    for c in text {
        match c {
            0x5C => out.push_ascii(b"\\\\"),
            0x09 => out.push_ascii(b"\\t"),
            0x0A => out.push_ascii(b"\\n"),
            0x0D => out.push_ascii(b"\\r"),
            0x20..0x7F => out.push(c),
            _ => push_escape(&mut out, c),
        }
    }
    latin1_bytes(out)
}

/// Encodes to `raw_unicode_escape`: Latin-1, other characters escaped.
pub fn encode_raw(text: UnitsRef<'_>) -> Vec<u8> {
    let mut out = StrBuilder::with_capacity(text.len());
    for c in text {
        if c <= 0xFF { out.push(c) } else { push_escape(&mut out, c) }
    }
    latin1_bytes(out)
}
