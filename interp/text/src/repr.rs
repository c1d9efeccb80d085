//! `repr()` and `ascii()` of text and of bytes.

use crate::ucd;
use crate::units::{StrBuilder, UnitsBuf, UnitsRef, search};

const SINGLE: u8 = b'\'';
const DOUBLE: u8 = b'"';
const HEX: &[u8; 16] = b"0123456789abcdef";

/// `repr()` of a str: printable characters stay as they are.
pub fn repr(text: UnitsRef<'_>) -> UnitsBuf {
    quoted(text, ucd::is_printable)
}

/// `ascii()` of a str: everything outside ASCII is escaped.
pub fn ascii(text: UnitsRef<'_>) -> UnitsBuf {
    quoted(text, |_| false)
}

/// Double quotes only where they save escaping single ones.
fn choose_quote(has: impl Fn(u8) -> bool) -> u8 {
    if has(SINGLE) && !has(DOUBLE) { DOUBLE } else { SINGLE }
}

/// `plain` decides about characters outside ASCII.
fn quoted(text: UnitsRef<'_>, plain: impl Fn(u32) -> bool) -> UnitsBuf {
    let quote = choose_quote(|q| search::find_char(text, q.into()).is_some());
    let mut out = StrBuilder::with_capacity(text.len() + 2);
    out.push(quote.into());
    if let UnitsRef::Latin1 { units, ascii: true } = text {
        push_ascii_escaped(&mut out, units, quote);
    } else {
        for c in text {
            if c < 0x80 {
                push_ascii_escaped(&mut out, &[c as u8], quote);
            } else if plain(c) {
                out.push(c);
            } else {
                push_escape(&mut out, c);
            }
        }
    }
    out.push(quote.into());
    out.finish()
}

/// Whether an ASCII byte appears as itself between the given quotes.
fn is_plain(byte: u8, quote: u8) -> bool {
    (0x20..0x7F).contains(&byte) && byte != quote && byte != b'\\'
}

/// Appends ASCII text with its control characters, backslashes and quotes escaped.
fn push_ascii_escaped(out: &mut StrBuilder, mut text: &[u8], quote: u8) {
    while !text.is_empty() {
        let plain = text.iter().position(|&b| !is_plain(b, quote)).unwrap_or(text.len());
        out.push_ascii(&text[..plain]);
        text = &text[plain..];
        if let [byte, rest @ ..] = text {
            match byte {
                b'\t' => out.push_ascii(b"\\t"),
                b'\n' => out.push_ascii(b"\\n"),
                b'\r' => out.push_ascii(b"\\r"),
                b'\\' | b'\'' | b'"' => out.push_ascii(&[b'\\', *byte]),
                _ => push_escape(out, (*byte).into()),
            }
            text = rest;
        }
    }
}

/// Appends `\xhh`, `\uhhhh` or `\Uhhhhhhhh`, whichever is the shortest that holds the code point.
pub fn push_escape(out: &mut StrBuilder, c: u32) {
    let (letter, digits) = match c {
        0..=0xFF => (b'x', 2),
        0x100..=0xFFFF => (b'u', 4),
        _ => (b'U', 8),
    };
    out.push_ascii(&[b'\\', letter]);
    for shift in (0..digits).rev() {
        out.push(HEX[(c >> (4 * shift) & 15) as usize].into());
    }
}

/// `repr()` of bytes, with the prefix `b`. It is ASCII.
pub fn bytes_repr(bytes: &[u8]) -> Vec<u8> {
    let quote = choose_quote(|q| memchr::memchr(q, bytes).is_some());
    let mut out = Vec::with_capacity(bytes.len() + 3);
    out.extend_from_slice(&[b'b', quote]);
    let mut rest = bytes;
    while !rest.is_empty() {
        let plain = rest.iter().position(|&b| !is_plain(b, quote)).unwrap_or(rest.len());
        out.extend_from_slice(&rest[..plain]);
        rest = &rest[plain..];
        if let [byte, tail @ ..] = rest {
            match byte {
                b'\t' => out.extend_from_slice(b"\\t"),
                b'\n' => out.extend_from_slice(b"\\n"),
                b'\r' => out.extend_from_slice(b"\\r"),
                b'\\' | b'\'' | b'"' => out.extend_from_slice(&[b'\\', *byte]),
                _ => {
                    let (high, low) = (HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]);
                    out.extend_from_slice(&[b'\\', b'x', high, low]);
                }
            }
            rest = tail;
        }
    }
    out.push(quote);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, f: fn(UnitsRef<'_>) -> UnitsBuf) -> String {
        f(UnitsBuf::from(text).as_units()).as_units().to_string()
    }

    #[test]
    fn str_repr() {
        assert_eq!(of("it's", repr), r#""it's""#);
        assert_eq!(of("it's \"x\"\\", repr), r#"'it\'s "x"\\'"#);
        assert_eq!(
            of("a\t\n\r\x00\x7fé\u{a0}\u{ad}ł\u{2028}😀\u{e0001}", repr),
            r"'a\t\n\r\x00\x7fé\xa0\xadł\u2028😀\U000e0001'"
        );
        assert_eq!(of("éł😀'", ascii), r#""\xe9\u0142\U0001f600'""#);
        assert_eq!(repr(UnitsRef::Ucs2(&[0xD800])).as_units(), r"'\ud800'");
        assert_eq!(of("", repr), "''");
    }

    #[test]
    fn byte_repr() {
        assert_eq!(bytes_repr(b"a'\n\xff\x00"), br#"b"a'\n\xff\x00""#);
        assert_eq!(bytes_repr(b"'\""), br#"b'\'"'"#);
    }
}
