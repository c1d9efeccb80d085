//! From the bytes of a document to text, as far as they are complete.

use super::event::{Code, code};

/// How bytes stand for characters.
#[derive(Clone, Debug)]
pub enum Encoding {
    Utf8,
    Utf16 {
        big_endian: bool,
    },
    Latin1,
    Ascii,
    /// One character per byte; `None` where there is none.
    Table(Box<[Option<char>; 256]>),
}

impl Encoding {
    /// Bytes of a character in the document.
    pub fn width(&self, c: char) -> u64 {
        match self {
            Encoding::Utf8 => c.len_utf8() as u64,
            Encoding::Utf16 { .. } => 2 * c.len_utf16() as u64,
            _ => 1,
        }
    }

    /// A built-in encoding by its name.
    pub fn named(name: &str) -> Option<Encoding> {
        Some(match name.to_ascii_uppercase().as_str() {
            "UTF-8" => Encoding::Utf8,
            "UTF-16" | "UTF-16BE" => Encoding::Utf16 { big_endian: true },
            "UTF-16LE" => Encoding::Utf16 { big_endian: false },
            "ISO-8859-1" => Encoding::Latin1,
            "US-ASCII" => Encoding::Ascii,
            _ => return None,
        })
    }
}

/// What could be decoded.
pub struct Decoded {
    pub text: String,
    /// Bytes used.
    pub used: usize,
    /// What is wrong with the bytes behind.
    pub error: Option<Code>,
}

/// Decodes as many bytes as make whole characters. `last` says that no more will come.
pub fn decode(encoding: &Encoding, bytes: &[u8], last: bool) -> Decoded {
    match encoding {
        Encoding::Utf8 => decode_utf8(bytes, last),
        Encoding::Utf16 { big_endian } => decode_utf16(bytes, *big_endian, last),
        Encoding::Latin1 => each_byte(bytes, |b| Some(char::from(b))),
        Encoding::Ascii => each_byte(bytes, |b| b.is_ascii().then_some(char::from(b))),
        Encoding::Table(table) => each_byte(bytes, |b| table[usize::from(b)]),
    }
}

fn decode_utf8(bytes: &[u8], last: bool) -> Decoded {
    let (valid, error) = match str::from_utf8(bytes) {
        Ok(text) => return Decoded { text: text.to_string(), used: bytes.len(), error: None },
        Err(error) => (error.valid_up_to(), error.error_len()),
    };
    let text = String::from_utf8_lossy(&bytes[..valid]).into_owned();
    let error = match error {
        Some(_) => Some(code::INVALID_TOKEN),
        None => last.then_some(code::PARTIAL_CHAR),
    };
    Decoded { text, used: valid, error }
}

fn decode_utf16(bytes: &[u8], big_endian: bool, last: bool) -> Decoded {
    let units = bytes.chunks_exact(2).map(|pair| {
        let pair = [pair[0], pair[1]];
        if big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
    });
    let (mut text, mut used, mut error) = (String::new(), 0, None);
    let available = bytes.len() / 2;
    for decoded in char::decode_utf16(units) {
        match decoded {
            Ok(c) => {
                text.push(c);
                used += 2 * c.len_utf16();
            }
            Err(lone) => {
                // A first half at the very end waits for the second.
                let waits =
                    used / 2 + 1 == available && (0xD800..0xDC00).contains(&lone.unpaired_surrogate());
                error = match (waits, last) {
                    (true, false) => None,
                    (true, true) => Some(code::PARTIAL_CHAR),
                    (false, _) => Some(code::INVALID_TOKEN),
                };
                return Decoded { text, used, error };
            }
        }
    }
    if last && bytes.len() % 2 == 1 {
        error = Some(code::UNCLOSED_TOKEN);
    }
    Decoded { text, used, error }
}

fn each_byte(bytes: &[u8], char_of: impl Fn(u8) -> Option<char>) -> Decoded {
    let mut text = String::with_capacity(bytes.len());
    for (i, &byte) in bytes.iter().enumerate() {
        match char_of(byte) {
            Some(c) => text.push(c),
            None => return Decoded { text, used: i, error: Some(code::INVALID_TOKEN) },
        }
    }
    Decoded { text, used: bytes.len(), error: None }
}
