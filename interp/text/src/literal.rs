//! The bodies of string and bytes literals: what lies between the quotes in the source text.
//!
//! Line ends are normalised to `\n` first, as Python's tokenizer does. CPython reports the position of a bad escape
//! in an intermediate form of the body, in which a character outside ASCII takes ten bytes (`\UXXXXXXXX`) and a
//! backslash before one takes six (`\u005c`); error texts here count the same way.

use crate::codecs::DecodeError;
use crate::codecs::escape::{self, BadHex};
use crate::codecs::unicode_escape::{Escape, InvalidEscape, InvalidKind, read_escape};
use crate::units::{StrBuilder, UnitsBuf};
use std::borrow::Cow;

/// The value of a literal.
#[derive(Clone, Debug)]
pub struct Unescaped<T> {
    pub value: T,
    /// The first escape Python does not define. Its position counts bytes of the body, as given.
    pub invalid: Option<InvalidEscape>,
}

/// What to do with doubled braces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Braces {
    /// A string literal: braces are ordinary characters.
    Keep,
    /// The literal parts of an f-string or t-string: `{{` and `}}` stand for one brace.
    Halve,
}

/// Normalises line ends.
fn normalize_newlines(body: &str) -> Cow<'_, str> {
    if body.contains('\r') { body.replace("\r\n", "\n").replace('\r', "\n").into() } else { body.into() }
}

/// Where a position in the normalised body lies in the body itself.
fn original_position(body: &str, normalized: &str, position: usize) -> usize {
    if body.len() == normalized.len() {
        return position;
    }
    let (mut original, mut left) = (0, position);
    let bytes = body.as_bytes();
    while left > 0 {
        original += if bytes[original..].starts_with(b"\r\n") { 2 } else { 1 };
        left -= 1;
    }
    original
}

/// The value of a raw string literal.
pub fn raw_str(body: &str) -> UnitsBuf {
    UnitsBuf::from_utf8(&normalize_newlines(body))
}

/// The literal part of a raw f-string or t-string.
pub fn raw_str_halving_braces(body: &str) -> UnitsBuf {
    UnitsBuf::from_utf8(&normalize_newlines(body).replace("{{", "{").replace("}}", "}"))
}

/// The value of a string literal. The error is the text of a `SyntaxError`.
pub fn unescape_str(body: &str, braces: Braces) -> Result<Unescaped<UnitsBuf>, String> {
    let text = normalize_newlines(body);
    let bytes = text.as_bytes();
    let mut out = StrBuilder::with_capacity(bytes.len());
    let mut invalid = None;
    // Each doubled brace begins a new token, from which error positions count.
    let mut token = 0;
    let mut at = 0;
    while at < bytes.len() {
        let plain = match braces {
            Braces::Keep => memchr::memchr(b'\\', &bytes[at..]),
            Braces::Halve => memchr::memchr3(b'\\', b'{', b'}', &bytes[at..]),
        };
        let plain = plain.map_or(bytes.len(), |offset| at + offset);
        out.push_str(&text[at..plain]);
        at = plain;
        match (bytes.get(at), bytes.get(at + 1)) {
            (None, _) => break,
            (Some(b'\\'), next) if next.is_none_or(u8::is_ascii) => {}
            (Some(&byte), next) => {
                // A brace, or a backslash before a character outside ASCII.
                out.push(byte.into());
                at += 1;
                if byte != b'\\' && next == Some(&byte) {
                    at += 1;
                    token = at;
                }
                continue;
            }
        }
        match read_escape(bytes, at + 1) {
            Escape::Char(c, end) => {
                out.push(c);
                at = end;
            }
            Escape::Nothing(end) => at = end,
            Escape::Invalid(kind, end) => {
                invalid = invalid.or(Some((at, kind)));
                match kind {
                    InvalidKind::Octal(value) => {
                        out.push(value.into());
                        at = end;
                    }
                    InvalidKind::Character(_) => {
                        out.push(b'\\'.into());
                        at += 1;
                        // The character is looked at again: it may be a brace.
                        if !matches!(bytes[at], b'{' | b'}') {
                            out.push(bytes[at].into());
                            at += 1;
                        }
                    }
                }
            }
            Escape::Error { reason, end, .. } => {
                return Err(error_text(&text[token..], at - token, end - token, reason));
            }
        }
    }
    let invalid =
        invalid.map(|(at, kind)| InvalidEscape { position: original_position(body, &text, at), kind });
    Ok(Unescaped { value: out.finish(), invalid })
}

/// The message about an ill-formed escape at `start..end` of a body.
fn error_text(text: &str, start: usize, end: usize, reason: &'static str) -> String {
    let counted = |position: usize| {
        let (mut count, mut escaping) = (0, false);
        for c in text[..position].chars() {
            count += match (c.is_ascii(), escaping) {
                (true, _) => 1,
                (false, false) => 10,
                (false, true) => 15,
            };
            escaping = c == '\\' && !escaping;
        }
        count
    };
    let error = DecodeError { encoding: "unicodeescape", start: counted(start), end: counted(end), reason };
    format!("(unicode error) {}", error.message(b"\\".repeat(error.end).as_slice()))
}

/// The value of a bytes literal, raw or not. The error is the text of a `SyntaxError`.
pub fn unescape_bytes(body: &str, raw: bool) -> Result<Unescaped<Vec<u8>>, String> {
    if !body.is_ascii() {
        return Err("bytes can only contain ASCII literal characters".to_owned());
    }
    let text = normalize_newlines(body);
    if raw {
        return Ok(Unescaped { value: text.into_owned().into_bytes(), invalid: None });
    }
    let (value, invalid) = escape::decode(text.as_bytes(), BadHex::Fail)
        .map_err(|error| format!("(value error) {}", error.message()))?;
    let invalid =
        invalid.map(|at| InvalidEscape { position: original_position(body, &text, at.position), ..at });
    Ok(Unescaped { value, invalid })
}

impl InvalidEscape {
    /// The text of the `SyntaxWarning` that the compiler gives for this escape.
    pub fn warning(&self) -> String {
        let advice = self.advice();
        format!("{}. Such sequences will not work in the future. {advice}", self.description())
    }

    /// The text of the `SyntaxError` that replaces the warning when warnings are errors.
    pub fn error(&self) -> String {
        format!("{}. {}", self.description(), self.advice())
    }

    fn advice(&self) -> String {
        format!("Did you mean \"\\{}\"? A raw string is also an option.", self.sequence())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(body: &str) -> Vec<u32> {
        unescape_str(body, Braces::Keep).unwrap().value.as_units().iter().collect()
    }

    fn text(body: &str, braces: Braces) -> String {
        unescape_str(body, braces).unwrap().value.as_units().to_string()
    }

    #[track_caller]
    fn fails(body: &str, positions: &str, reason: &str) {
        let error = unescape_str(body, Braces::Keep).unwrap_err();
        let codec = "(unicode error) 'unicodeescape' codec can't decode";
        assert_eq!(error, format!("{codec} {positions}: {reason}"));
    }

    #[test]
    fn values() {
        assert_eq!(
            value(r"\ud800\x41\101\N{dash}é".replace("dash", "EM DASH").as_str()),
            [0xD800, 0x41, 0x41, 0x2014, 0xE9]
        );
        assert_eq!(text("a\\\r\nb\r\nc\rd\\'\\\"", Braces::Keep), "ab\nc\nd'\"");
        assert_eq!(text(r"\é\d\{", Braces::Keep), r"\é\d\{");
        assert_eq!(text(r"{{a}}\N{DIGIT ONE}\{{", Braces::Halve), r"{a}1\{");
    }

    #[test]
    fn error_positions_count_like_cpython() {
        fails(r"\x1", "bytes in position 0-2", "truncated \\xXX escape");
        fails(r"é\x1", "bytes in position 10-12", "truncated \\xXX escape");
        fails(r"\é\x", "bytes in position 16-17", "truncated \\xXX escape");
        fails(r"\U00110000", "bytes in position 0-9", "illegal Unicode character");
        fails(r"é\N{foo}", "bytes in position 10-16", "unknown Unicode character name");
        fails(r"\N{}", "bytes in position 0-2", "malformed \\N character escape");
        fails("a\r\nb\\x1", "bytes in position 3-5", "truncated \\xXX escape");
        let error = unescape_str(r"ab{{}}cd\x1", Braces::Halve).unwrap_err();
        assert!(error.contains("position 2-4"), "{error}");
    }

    #[test]
    fn invalid_escapes_are_data() {
        let first = unescape_str("\r\n\\d\\e", Braces::Keep).unwrap().invalid.unwrap();
        assert_eq!(first.position, 2);
        assert_eq!(
            first.warning(),
            "\"\\d\" is an invalid escape sequence. Such sequences will not work in the future. \
             Did you mean \"\\\\d\"? A raw string is also an option."
        );
        let octal = unescape_str(r"\777", Braces::Keep).unwrap().invalid.unwrap();
        assert_eq!(
            octal.error(),
            "\"\\777\" is an invalid octal escape sequence. Did you mean \"\\\\777\"? A raw string is also an option."
        );
    }

    #[test]
    fn bytes() {
        let done = unescape_bytes(r"a\x00\n\777\d", false).unwrap();
        assert_eq!(done.value, b"a\x00\n\xff\\d");
        assert_eq!(done.invalid.unwrap().kind, InvalidKind::Octal(0o777));
        assert_eq!(
            unescape_bytes(r"\x1", false).unwrap_err(),
            "(value error) invalid \\x escape at position 0"
        );
        assert_eq!(unescape_bytes(r"\x1", true).unwrap().value, br"\x1");
        assert_eq!(
            unescape_bytes("é", false).unwrap_err(),
            "bytes can only contain ASCII literal characters"
        );
    }
}
