//! The encoding of source text: byte order mark, coding cookie (PEP 263), and what is wrong with text that is not
//! in the encoding it should be in.
//!
//! UTF-8 is handled here; a source in any other encoding is decoded by the codec that [`SourceEncoding::name`]
//! names, which the VM finds. CPython decodes scripts line by line from the file but everything else (imports,
//! `compile`, `exec`) from one buffer, and words its errors differently: hence [`Origin`].

use crate::codecs::DecodeError;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Where source text comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin<'a> {
    /// A script run from this file.
    File(&'a str),
    /// Bytes in memory.
    Memory,
}

/// Why source text cannot be read; a `SyntaxError`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceError {
    pub message: String,
    /// Counted from 1; 0 if no line is to blame.
    pub line: usize,
    /// The column of the bad character, counted from 1; 0 if there is none.
    pub column: usize,
}

impl SourceError {
    fn whole(message: impl Into<String>) -> Self {
        SourceError { message: message.into(), line: 0, column: 0 }
    }

    /// There is no codec of that name.
    pub fn unknown_encoding(name: &str) -> Self {
        SourceError::whole(format!("unknown encoding: {name}"))
    }
}

/// How a source text is encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceEncoding {
    /// From the cookie; common spellings of UTF-8 and Latin-1 become `utf-8` and `iso-8859-1`, others stay as
    /// they are written.
    pub declared: Option<String>,
    /// Whether there is a byte order mark.
    pub has_bom: bool,
}

impl SourceEncoding {
    /// The codec to decode with.
    pub fn name(&self) -> &str {
        self.declared.as_deref().unwrap_or("utf-8")
    }

    /// Whether [`decode_utf8`] does it.
    pub fn is_utf8(&self) -> bool {
        self.name() == "utf-8"
    }

    /// The text without its mark.
    pub fn skip_bom<'a>(&self, source: &'a [u8]) -> &'a [u8] {
        if self.has_bom { &source[BOM.len()..] } else { source }
    }
}

/// Finds the encoding of a source text by its mark and its first two lines.
pub fn detect_encoding(source: &[u8]) -> Result<SourceEncoding, SourceError> {
    let has_bom = source.starts_with(BOM);
    let text = if has_bom { &source[BOM.len()..] } else { source };
    let mut declared = None;
    for (index, line) in lines(text).take(2).enumerate() {
        let Comment::Only(comment) = comment_of(line) else { break };
        if let Some(name) = cookie(comment) {
            declared = Some((index + 1, normal_name(name)));
            break;
        }
    }
    match declared {
        Some((line, name)) if has_bom && name != "utf-8" => {
            Err(SourceError { message: format!("encoding problem: {name} with BOM"), line, column: 0 })
        }
        declared => Ok(SourceEncoding { declared: declared.map(|(_, name)| name), has_bom }),
    }
}

/// Lines without their ends, which are `\n`, `\r` or `\r\n`.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let (line, tail) = rest.split_at(end);
        rest = tail.strip_prefix(b"\r\n").or_else(|| tail.get(1..)).unwrap_or(&[]);
        Some(line)
    })
}

enum Comment<'a> {
    /// Nothing but white space and perhaps a comment.
    Only(&'a [u8]),
    /// Code: no cookie here nor below.
    Code,
}

fn comment_of(line: &[u8]) -> Comment<'_> {
    let blank = line.iter().take_while(|b| matches!(b, b' ' | b'\t' | 0x0C)).count();
    match line.get(blank) {
        None | Some(b'#') => Comment::Only(&line[blank..]),
        Some(_) => Comment::Code,
    }
}

/// The name in `coding: NAME` or `coding=NAME`.
fn cookie(comment: &[u8]) -> Option<&str> {
    memchr::memmem::find_iter(comment, b"coding").find_map(|at| {
        let (b':' | b'=', rest) = comment[at + 6..].split_first()? else { return None };
        let rest = &rest[rest.iter().take_while(|b| matches!(b, b' ' | b'\t')).count()..];
        let is_name = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        let name = &rest[..rest.iter().take_while(is_name).count()];
        std::str::from_utf8(name).ok().filter(|name| !name.is_empty())
    })
}

fn normal_name(name: &str) -> String {
    // Only the beginning is compared, so that suffixes such as `-unix` do not matter.
    let start: String =
        name.chars().take(12).map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() }).collect();
    let is =
        |known: &str| start.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    if is("utf-8") {
        "utf-8".to_owned()
    } else if ["latin-1", "iso-8859-1", "iso-latin-1"].into_iter().any(is) {
        "iso-8859-1".to_owned()
    } else {
        name.to_owned()
    }
}

/// Checks that UTF-8 source is well-formed and has no null characters; the mark is left out of the result.
pub fn decode_utf8<'a>(
    source: &'a [u8],
    encoding: &SourceEncoding,
    origin: Origin<'_>,
) -> Result<&'a str, SourceError> {
    let bytes = encoding.skip_bom(source);
    let null = memchr::memchr(0, bytes);
    if origin == Origin::Memory && null.is_some() {
        return Err(SourceError::whole("source code string cannot contain null bytes"));
    }
    match (std::str::from_utf8(&bytes[..null.unwrap_or(bytes.len())]), null) {
        (Ok(text), None) => Ok(text),
        (Ok(_), Some(at)) => {
            let (line, column) = location(bytes, at);
            let message = "source code cannot contain null bytes".to_owned();
            Err(SourceError { message, line, column })
        }
        (Err(error), _) => {
            let reason = match error.error_len() {
                None => "unexpected end of data",
                Some(_) if matches!(bytes[error.valid_up_to()], 0xC2..=0xF4) => "invalid continuation byte",
                Some(_) => "invalid start byte",
            };
            let declared = encoding.has_bom || encoding.declared.is_some();
            Err(malformed(bytes, error.valid_up_to(), reason, declared, origin))
        }
    }
}

/// Line and column of a byte, counted from 1. What precedes it on its line is UTF-8.
fn location(bytes: &[u8], at: usize) -> (usize, usize) {
    let before = &bytes[..at];
    let line = lines(before).count()
        + usize::from(before.is_empty() || before.ends_with(b"\n") || before.ends_with(b"\r"));
    (line, String::from_utf8_lossy(&before[line_start(before)..]).chars().count() + 1)
}

fn line_start(before: &[u8]) -> usize {
    memchr::memrchr2(b'\n', b'\r', before).map_or(0, |at| at + 1)
}

fn malformed(
    bytes: &[u8],
    at: usize,
    reason: &'static str,
    declared: bool,
    origin: Origin<'_>,
) -> SourceError {
    let (line, column) = location(bytes, at);
    let message = match origin {
        Origin::File(_) if declared => {
            let start = line_start(&bytes[..at]);
            let error = DecodeError { encoding: "utf-8", start: at - start, end: at - start + 1, reason };
            format!("(unicode error) {}", error.message(&bytes[start..]))
        }
        _ => {
            let file = match origin {
                Origin::File(name) => format!(" in file {name}"),
                Origin::Memory => String::new(),
            };
            format!(
                "Non-UTF-8 code starting with '\\x{:02x}'{file} on line {line}, but no encoding declared; \
                 see https://peps.python.org/pep-0263/ for details",
                bytes[at]
            )
        }
    };
    SourceError { message, line, column }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(source: &[u8]) -> Option<String> {
        detect_encoding(source).unwrap().declared
    }

    #[test]
    fn cookies() {
        assert_eq!(declared(b"# coding: foo-bar.1 x\n").as_deref(), Some("foo-bar.1"));
        assert_eq!(
            declared(b"\n \t\x0c# vim: set fileencoding=Latin_1-unix :").as_deref(),
            Some("iso-8859-1")
        );
        assert_eq!(declared(b"# a\r# coding=UTF_8\r").as_deref(), Some("utf-8"));
        assert_eq!(declared(b"# encoding:a coding: b").as_deref(), Some("a"));
        assert_eq!(declared(b"# coding: # coding=c").as_deref(), Some("c"));
        for none in [&b"\n\n# coding: x"[..], b"x\n# coding: x", b"# coding : x", b"\\\n# coding: x", b""] {
            assert_eq!(declared(none), None);
        }
    }

    #[test]
    fn marks() {
        let encoding = detect_encoding(b"\xef\xbb\xbf# coding: utf-8-sig\n").unwrap();
        assert!(encoding.has_bom && encoding.is_utf8());
        let error = detect_encoding(b"\xef\xbb\xbf\n# coding: latin-1").unwrap_err();
        assert_eq!((error.message.as_str(), error.line), ("encoding problem: iso-8859-1 with BOM", 2));
    }

    fn error(source: &[u8], origin: Origin<'_>) -> SourceError {
        decode_utf8(source, &detect_encoding(source).unwrap(), origin).unwrap_err()
    }

    #[test]
    fn malformed_text() {
        let bad = error(b"print(1)\r\n\nx=\"\xc3\xa9\xe9\"\n", Origin::Memory);
        assert_eq!((bad.line, bad.column), (3, 5));
        assert_eq!(
            bad.message,
            "Non-UTF-8 code starting with '\\xe9' on line 3, but no encoding declared; \
             see https://peps.python.org/pep-0263/ for details"
        );
        let bad = error(b"\n\xff", Origin::File("/a.py"));
        assert!(bad.message.contains("'\\xff' in file /a.py on line 2,"));
        let bad = error(b"# coding: utf-8\nx=\"\xe9\"\n", Origin::File("/a.py"));
        assert_eq!(
            bad.message,
            "(unicode error) 'utf-8' codec can't decode byte 0xe9 in position 3: invalid continuation byte"
        );
        assert_eq!(error(b"x\n\0", Origin::File("/a.py")).line, 2);
        assert_eq!(error(b"x\n\0", Origin::Memory).message, "source code string cannot contain null bytes");
    }
}
