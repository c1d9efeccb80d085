//! Source text: decoding bytes (BOM, PEP 263 cookie) and turning offsets into lines and columns.

use crate::error::{CompileError, ErrorKind, LineText, Location, Result};
use adder_bytecode::{Const, Pos};
use ruff_text_size::{TextRange, TextSize};
use std::borrow::Cow;
use std::collections::HashMap;

/// A byte order mark, which the parser's offsets include when the source starts with one.
const BOM: &str = "\u{feff}";

/// The range of code that belongs to no source: cleanup that the program does not spell out.
pub fn nowhere() -> TextRange {
    TextRange::empty(TextSize::new(u32::MAX))
}

/// Source text with the starts of its lines.
pub struct Source<'s> {
    pub text: &'s str,
    pub filename: &'s str,
    line_starts: Vec<u32>,
    /// The last line counts as ended when its newline is missing.
    pub ends_lines: bool,
    /// Positions of a synthetic tree: a node's range starts at the index of its row here.
    table: Option<&'s [Pos]>,
    constants: Option<&'s HashMap<u32, Const>>,
}

impl<'s> Source<'s> {
    pub fn new(text: &'s str, filename: &'s str) -> Self {
        let mut line_starts = vec![0];
        let bytes = text.as_bytes();
        for (i, &b) in bytes.iter().enumerate() {
            if b == b'\n' || (b == b'\r' && bytes.get(i + 1) != Some(&b'\n')) {
                line_starts.push(i as u32 + 1);
            }
        }
        Source { text, filename, line_starts, ends_lines: true, table: None, constants: None }
    }

    /// A source without text, whose positions come from a table.
    pub fn synthetic(filename: &'s str, table: &'s [Pos], constants: &'s HashMap<u32, Const>) -> Self {
        Source {
            text: "",
            filename,
            line_starts: vec![0],
            ends_lines: true,
            table: Some(table),
            constants: Some(constants),
        }
    }

    /// The value that a synthetic tree gives the constant at `range`, if the node cannot hold it.
    pub fn constant_at(&self, range: TextRange) -> Option<Const> {
        self.constants?.get(&range.start().to_u32()).cloned()
    }

    /// Whether there is text to re-read literals from.
    pub fn has_text(&self) -> bool {
        self.table.is_none()
    }

    /// The text of a range, empty when there is none.
    pub fn slice(&self, range: TextRange) -> &'s str {
        self.text.get(range.start().to_usize()..range.end().to_usize()).unwrap_or("")
    }

    fn line_index(&self, offset: u32) -> usize {
        self.line_starts.partition_point(|&start| start <= offset) - 1
    }

    /// Line number from 1.
    pub fn line(&self, at: TextSize) -> u32 {
        match self.table {
            Some(table) => table.get(at.to_usize()).map_or(0, |p| p.line),
            None => self.line_index(at.to_u32()) as u32 + 1,
        }
    }

    /// Line number and column in bytes.
    fn line_and_column(&self, at: TextSize) -> (u32, u32) {
        let index = self.line_index(at.to_u32());
        let start = self.line_starts[index];
        (index as u32 + 1, at.to_u32() - start)
    }

    /// The position record of a range.
    pub fn pos(&self, range: TextRange) -> Pos {
        if range == nowhere() {
            return Pos::default();
        }
        if let Some(table) = self.table {
            return table.get(range.start().to_usize()).copied().unwrap_or_default();
        }
        let (line, col) = self.line_and_column(range.start());
        let (end_line, end_col) = self.line_and_column(range.end());
        Pos { line, end_line, col, end_col }
    }

    /// Line number and character offset, both from 1.
    pub fn line_and_offset(&self, at: TextSize) -> (u32, u32) {
        if let Some(table) = self.table {
            return table.get(at.to_usize()).map_or((0, 0), |p| (p.line, p.col + 1));
        }
        let (line, col) = self.line_and_column(at);
        let start = at.to_usize() - col as usize;
        let chars = self.text.get(start..at.to_usize()).map_or(col as usize, |s| s.chars().count());
        (line, chars as u32 + 1)
    }

    /// As [`Self::line_and_offset`] for the end of a range.
    pub fn line_and_end_offset(&self, at: TextSize) -> (u32, u32) {
        match self.table.and_then(|table| table.get(at.to_usize().saturating_sub(1))) {
            Some(p) => (p.end_line, p.end_col + 1),
            None => self.line_and_offset(at),
        }
    }

    /// Text of line `line` (from 1), newline included and normalised.
    pub fn line_text(&self, line: u32) -> Option<String> {
        if self.table.is_some() {
            return None;
        }
        let index = (line as usize).checked_sub(1)?;
        let start = *self.line_starts.get(index)? as usize;
        let end = self.line_starts.get(index + 1).map_or(self.text.len(), |&e| e as usize);
        let raw = &self.text[start..end];
        let body = raw.trim_end_matches(['\n', '\r']);
        Some(if body.len() < raw.len() { format!("{body}\n") } else { body.to_string() })
    }

    /// Number of lines that hold text.
    pub fn line_count(&self) -> u32 {
        let n = self.line_starts.len() as u32;
        if self.line_starts.last().is_some_and(|&s| s as usize == self.text.len()) { n - 1 } else { n }
    }

    /// Start of a line (from 1) as an offset.
    pub fn line_start(&self, line: u32) -> TextSize {
        let index = (line.max(1) as usize - 1).min(self.line_starts.len() - 1);
        TextSize::new(self.line_starts[index])
    }
}

/// Decodes source bytes as PEP 263 says: BOM, cookie in one of the first two lines, else UTF-8.
///
/// Codecs beyond UTF-8, Latin-1 and ASCII belong to the VM, which decodes before it calls the compiler.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>> {
    if bytes.contains(&0) {
        return Err(null_bytes());
    }
    let (has_bom, body) = match bytes.strip_prefix(BOM.as_bytes()) {
        Some(rest) => (true, rest),
        None => (false, bytes),
    };
    let cookie = coding_cookie(body);
    let encoding = cookie.as_deref().map_or("utf-8".to_string(), normalize_encoding);
    if has_bom && encoding != "utf-8" {
        let message = format!("encoding problem: {} with BOM", cookie.unwrap_or_default());
        let first = body.split(|&b| b == b'\n').next().unwrap_or(&[]);
        return Err(undecodable(message, 1, 0, Some(String::from_utf8_lossy(first).into_owned())));
    }
    match encoding.as_str() {
        "utf-8" => decode_utf8(body, cookie.is_some()),
        "iso-8859-1" => Ok(Cow::Owned(body.iter().map(|&b| b as char).collect())),
        "ascii" => match body.iter().position(|b| !b.is_ascii()) {
            None => decode_utf8(body, false),
            Some(at) => {
                let message = format!(
                    "'ascii' codec can't decode byte 0x{:02x} in position {at}: ordinal not in range(128)",
                    body[at]
                );
                Err(undecodable(message, 0, -1, None))
            }
        },
        _ => Err(undecodable(format!("unknown encoding: {}", cookie.unwrap_or_default()), 0, -1, None)),
    }
}

fn undecodable(message: String, line: u32, offset: i32, text: Option<String>) -> Box<CompileError> {
    let at = Location::Spot { line, offset, end_line: line, end_offset: offset };
    let mut error = CompileError::new(ErrorKind::Syntax, message, at);
    error.line_text = text.map_or(LineText::Nothing, LineText::Given);
    error
}

/// The error of source text that contains NUL.
pub(crate) fn null_bytes() -> Box<CompileError> {
    CompileError::new(ErrorKind::Syntax, "source code string cannot contain null bytes", Location::None)
}

fn decode_utf8(body: &[u8], declared: bool) -> Result<Cow<'_, str>> {
    let error = match std::str::from_utf8(body) {
        Ok(text) => return Ok(Cow::Borrowed(text)),
        Err(error) => error,
    };
    let at = error.valid_up_to();
    if declared {
        let what = if error.error_len().is_none() { "unexpected end of data" } else { "invalid start byte" };
        let message = format!("'utf-8' codec can't decode byte 0x{:02x} in position {at}: {what}", body[at]);
        return Err(undecodable(message, 0, -1, None));
    }
    let line = body[..at].iter().filter(|&&b| b == b'\n').count() as u32 + 1;
    let start = body[..at].iter().rposition(|&b| b == b'\n').map_or(0, |i| i + 1);
    let end = body[at..].iter().position(|&b| b == b'\n').map_or(body.len(), |i| at + i);
    let offset = String::from_utf8_lossy(&body[start..at]).chars().count() as i32 + 1;
    let message = format!(
        "Non-UTF-8 code starting with '\\x{:02x}' on line {line}, but no encoding declared; see \
         https://peps.python.org/pep-0263/ for details",
        body[at]
    );
    Err(undecodable(message, line, offset, Some(String::from_utf8_lossy(&body[start..end]).into_owned())))
}

/// The encoding name in the first two lines, if the second line counts (the first is blank or a comment).
pub fn coding_cookie(source: &[u8]) -> Option<String> {
    for line in source.split(|&b| b == b'\n' || b == b'\r').filter(|l| !l.is_empty()).take(2) {
        let trimmed = line.trim_ascii_start();
        let Some(comment) = trimmed.strip_prefix(b"#") else {
            if trimmed.is_empty() { continue } else { return None }
        };
        if let Some(name) = cookie_in_comment(comment) {
            return Some(name);
        }
    }
    None
}

fn cookie_in_comment(comment: &[u8]) -> Option<String> {
    let at = comment.windows(6).position(|w| w == b"coding")?;
    let rest = &comment[at + 6..];
    let rest = rest.strip_prefix(b":").or_else(|| rest.strip_prefix(b"="))?;
    let name: String = rest
        .iter()
        .skip_while(|b| **b == b' ' || **b == b'\t')
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        .map(|&b| b as char)
        .collect();
    (!name.is_empty()).then_some(name)
}

/// Folds the spellings of the two encodings that CPython's tokenizer knows by name.
fn normalize_encoding(name: &str) -> String {
    let folded: String =
        name.chars().take(12).map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() }).collect();
    if folded == "utf-8" || folded == "utf8" || folded.starts_with("utf-8-") {
        "utf-8".into()
    } else if ["latin-1", "iso-8859-1", "iso-latin-1", "latin1", "l1"].contains(&folded.as_str())
        || ["latin-1-", "iso-8859-1-", "iso-latin-1-"].iter().any(|p| folded.starts_with(p))
    {
        "iso-8859-1".into()
    } else if folded == "ascii" || folded == "us-ascii" {
        "ascii".into()
    } else {
        folded
    }
}
