//! Escapes of bytes literals: `codecs.escape_decode` and `codecs.escape_encode`.

use super::unicode_escape::{InvalidEscape, InvalidKind, octal, simple_escape};

/// What to do about a malformed `\x` escape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadHex {
    Fail,
    /// Leave it out.
    Ignore,
    /// Put a question mark.
    Replace,
}

/// Why bytes were refused; a `ValueError` whose text is [`EscapeError::message`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EscapeError {
    /// A `\x` without two digits, by the position of its backslash.
    BadHex(usize),
    TrailingBackslash,
}

impl EscapeError {
    pub fn message(&self) -> String {
        match self {
            EscapeError::BadHex(position) => format!("invalid \\x escape at position {position}"),
            EscapeError::TrailingBackslash => "Trailing \\ in string".to_owned(),
        }
    }
}

/// Replaces the escapes of a bytes literal.
pub fn decode(input: &[u8], bad_hex: BadHex) -> Result<(Vec<u8>, Option<InvalidEscape>), EscapeError> {
    let mut out = Vec::with_capacity(input.len());
    let mut invalid = None;
    let mut at = 0;
    loop {
        let plain = memchr::memchr(b'\\', &input[at..]).unwrap_or(input.len() - at);
        out.extend_from_slice(&input[at..at + plain]);
        at += plain;
        if at == input.len() {
            return Ok((out, invalid));
        }
        let backslash = at;
        let byte = *input.get(at + 1).ok_or(EscapeError::TrailingBackslash)?;
        let digit = |index: usize| input.get(index).and_then(|&b| char::from(b).to_digit(16));
        at += 2;
        let kind = match (byte, simple_escape(byte)) {
            (_, Some(byte)) => {
                out.push(byte);
                continue;
            }
            (b'\n', _) => continue,
            (b'0'..=b'7', _) => {
                let (value, end) = octal(input, at - 1);
                at = end;
                out.push(value as u8);
                if value <= 0xFF {
                    continue;
                }
                InvalidKind::Octal(value)
            }
            (b'x', _) => {
                match (digit(at), digit(at + 1), bad_hex) {
                    (Some(high), Some(low), _) => {
                        out.push((high << 4 | low) as u8);
                        at += 1;
                    }
                    (_, _, BadHex::Fail) => return Err(EscapeError::BadHex(backslash)),
                    (_, _, BadHex::Replace) => out.push(b'?'),
                    (_, _, BadHex::Ignore) => {}
                }
                // One digit belongs to the escape even when the other is missing.
                at += usize::from(digit(at).is_some());
                continue;
            }
            _ => {
                out.extend_from_slice(&[b'\\', byte]);
                InvalidKind::Character(byte)
            }
        };
        invalid = invalid.or(Some(InvalidEscape { position: backslash, kind }));
    }
}

/// The text of `repr(bytes)` between its quotes, single quotes escaped.
pub fn encode(input: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(input.len());
    for &byte in input {
        match byte {
            b'\'' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b' '..=b'~' => out.push(byte),
            _ => out.extend_from_slice(format!("\\x{byte:02x}").as_bytes()),
        }
    }
    out
}
