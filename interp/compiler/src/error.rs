//! What compilation reports: syntax errors with CPython's wording and position, and warnings.

use crate::source::Source;
use ruff_text_size::{TextRange, TextSize};

/// Which Python exception an error becomes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErrorKind {
    Syntax,
    Indentation,
    Tab,
    /// The input ends before the statement does (`_IncompleteInputError`).
    Incomplete,
    /// `RecursionError`: the program nests too deeply for the compiler.
    TooNested,
    /// `MemoryError`: the expression nests too deeply for the parser.
    TooComplex,
    /// `OverflowError`: a code unit exceeds a limit of the bytecode.
    Overflow,
    /// `ValueError`: the input is no source text at all (null bytes).
    Value,
}

/// A syntax error as Python presents it. Offsets count characters from 1, as CPython does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxError {
    pub kind: ErrorKind,
    pub message: String,
    pub line: u32,
    pub offset: i32,
    pub end_line: u32,
    /// 0 or -1 where CPython reports no end.
    pub end_offset: i32,
    /// The source line, with its newline when it has one.
    pub text: Option<String>,
}

/// A warning that compilation issues; the VM passes it to `warnings`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Warning {
    pub category: WarningCategory,
    pub message: String,
    pub line: u32,
    /// Where the warning becomes an error, if a filter turns it into one.
    pub error: Box<SyntaxError>,
}

/// Category of a [`Warning`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WarningCategory {
    SyntaxWarning,
    DeprecationWarning,
}

/// An error inside the compiler, still in source offsets.
#[derive(Clone, Debug)]
pub(crate) struct CompileError {
    pub kind: ErrorKind,
    pub message: String,
    pub at: Location,
    pub line_text: LineText,
}

/// What an error shows of its line.
#[derive(Clone, Debug)]
pub(crate) enum LineText {
    /// The line of the source with its newline, and one where the last line lacks it.
    Whole,
    /// The line of the source without its newline.
    Bare,
    /// The line as it is given here.
    Given(String),
    Nothing,
}

/// Where an error is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Location {
    /// A source range, end included in the report.
    Range(TextRange),
    /// Only a start: the tokenizer's errors have no end.
    Point(TextSize),
    /// Lines and offsets as they are reported, where no token has them.
    Spot {
        line: u32,
        offset: i32,
        end_line: u32,
        end_offset: i32,
    },
    None,
}

pub(crate) type Result<T, E = Box<CompileError>> = std::result::Result<T, E>;

impl CompileError {
    pub fn new(kind: ErrorKind, message: impl Into<String>, at: Location) -> Box<Self> {
        Box::new(CompileError { kind, message: message.into(), at, line_text: LineText::Whole })
    }

    /// A plain `SyntaxError` over `range`.
    pub fn syntax(message: impl Into<String>, range: TextRange) -> Box<Self> {
        Self::new(ErrorKind::Syntax, message, Location::Range(range))
    }

    /// As [`Self::resolve`] for errors found behind the parser, whose offsets CPython counts in bytes.
    pub fn resolve_in_bytes(&self, source: &Source<'_>) -> SyntaxError {
        let mut error = self.resolve(source);
        if let (Location::Range(range), true) = (self.at, source.has_text()) {
            let pos = source.pos(range);
            error.offset = pos.col as i32 + 1;
            error.end_offset = pos.end_col as i32 + 1;
        }
        // CPython reads the line from the file again; a program that is no file has none.
        if source.filename.starts_with('<') {
            error.text = None;
        }
        error
    }

    /// The error with line numbers and source text.
    pub fn resolve(&self, source: &Source<'_>) -> SyntaxError {
        let (line, offset, end_line, end_offset) = match self.at {
            Location::Range(range) => {
                let (line, offset) = source.line_and_offset(range.start());
                let (end_line, end_offset) = source.line_and_end_offset(range.end());
                (line, offset as i32, end_line, end_offset as i32)
            }
            Location::Point(at) => {
                let (line, offset) = source.line_and_offset(at);
                (line, offset as i32, line, 0)
            }
            Location::Spot { line, offset, end_line, end_offset } => (line, offset, end_line, end_offset),
            Location::None => (0, 0, 0, 0),
        };
        let mut error = SyntaxError {
            kind: self.kind,
            message: self.message.clone(),
            line,
            offset,
            end_line,
            end_offset,
            text: match &self.line_text {
                LineText::Whole => source.line_text(line).map(|mut text| {
                    if source.ends_lines && !text.ends_with('\n') {
                        text.push('\n');
                    }
                    text
                }),
                LineText::Bare => {
                    source.line_text(line).map(|text| text.strip_suffix('\n').unwrap_or(&text).to_string())
                }
                LineText::Given(text) => Some(text.clone()),
                LineText::Nothing => None,
            },
        };
        // CPython measures the end in the first line, whichever line it is on.
        if let (Location::Range(_), Some(text)) = (self.at, &error.text)
            && error.end_line > error.line
        {
            error.end_offset = error.end_offset.min(text.chars().count() as i32 + 1);
        }
        error
    }
}
