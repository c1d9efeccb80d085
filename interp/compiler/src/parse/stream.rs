//! Tokens one at a time, for programs that list them (`_tokenize`).
//!
//! The text comes line by line, and no line is asked for before the tokens of the lines at hand are used up. A token
//! that the end of the text at hand cuts off is read again when more text is there: the lexer's state is kept from
//! before every step.

use super::strings::FString;
use super::tokens::{Bracket, Lexer, Purpose, Tok, Token, TokenError};
use crate::Mode;
use crate::error::{CompileError, ErrorKind, Location};
use std::collections::VecDeque;
use std::ops::Range;

/// What [`Stream::next`] found.
pub enum Event {
    /// Call [`Stream::feed`] or [`Stream::finish`] first.
    NeedsLine,
    Token(Listed),
    Error(StreamError),
    End,
}

/// A token as Python sees it.
pub struct Listed {
    /// Number of its kind in Python's `token` module.
    pub kind: u8,
    /// Where its string is in the text.
    pub text: Range<usize>,
    /// Row from 1 and column from 0, in characters; -1 where there is none.
    pub start: (u32, i64),
    pub end: (u32, i64),
    /// Where the lines are that it is on.
    pub line: Range<usize>,
}

/// An error of the tokenizer.
pub struct StreamError {
    pub kind: ErrorKind,
    pub message: String,
    pub line: u32,
    pub offset: i64,
    /// Where the mistake ends, on the same line, if that is known.
    pub end_offset: Option<i64>,
    /// The line's text; none when the text ends too early.
    pub text: Option<String>,
}

struct Line {
    start: usize,
    /// The newline at its end is not the program's.
    implied: bool,
    ascii: bool,
}

/// State of the lexer between two steps.
#[derive(Clone)]
struct State {
    at: usize,
    line_start: usize,
    line: u32,
    brackets: Vec<Bracket>,
    fstrings: Vec<FString>,
    indents: Vec<(usize, usize)>,
    at_line_start: bool,
    line_has_tokens: bool,
}

/// Source text that turns into tokens.
pub struct Stream {
    purpose: Purpose,
    text: String,
    lines: Vec<Line>,
    complete: bool,
    /// The last line has a null character.
    has_null: bool,
    /// The lexer found the end or an error.
    over: bool,
    state: State,
    pending: VecDeque<Token>,
    error: Option<StreamError>,
    /// Whether each open f-string is a t-string.
    templates: Vec<bool>,
    /// First row of the last token and the lines it was on.
    last: (u32, Range<usize>),
}

impl Stream {
    /// A stream without text; `everything` includes comments and line breaks.
    pub fn new(everything: bool) -> Stream {
        Stream {
            purpose: if everything { Purpose::Everything } else { Purpose::List },
            text: String::new(),
            lines: Vec::new(),
            complete: false,
            has_null: false,
            over: false,
            state: State {
                at: 0,
                line_start: 0,
                line: 1,
                brackets: Vec::new(),
                fstrings: Vec::new(),
                indents: vec![(0, 0)],
                at_line_start: true,
                line_has_tokens: false,
            },
            pending: VecDeque::new(),
            error: None,
            templates: Vec::new(),
            last: (0, 0..0),
        }
    }

    /// The text so far, which the ranges of tokens refer to.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Adds a line.
    pub fn feed(&mut self, line: &str) {
        let implied = !line.ends_with('\n');
        self.has_null = line.contains('\0');
        self.lines.push(Line { start: self.text.len(), implied, ascii: line.is_ascii() });
        self.text.push_str(line);
        if implied {
            self.text.push('\n');
        }
    }

    /// Says that there are no more lines.
    pub fn finish(&mut self) {
        self.complete = true;
    }

    /// The next token.
    pub fn next(&mut self) -> Event {
        loop {
            if let Some(token) = self.pending.pop_front() {
                return Event::Token(self.listed(token));
            }
            if let Some(error) = self.error.take() {
                return Event::Error(error);
            }
            if self.over {
                return Event::End;
            }
            if self.state.at == self.text.len() && !self.complete {
                return Event::NeedsLine;
            }
            if self.has_null {
                self.over = true;
                self.error = Some(self.null_byte(self.lines.len() - 1));
                continue;
            }
            if !self.step() {
                return Event::NeedsLine;
            }
        }
    }

    /// One step of the lexer; false if it was cut off.
    fn step(&mut self) -> bool {
        let saved = self.state.clone();
        let state = &mut self.state;
        let mut lexer = Lexer::new(&self.text, Mode::Exec, std::mem::take(&mut state.indents));
        lexer.purpose = self.purpose;
        lexer.at = state.at;
        lexer.line_start = state.line_start;
        lexer.line = state.line;
        lexer.brackets = std::mem::take(&mut state.brackets);
        lexer.fstrings = std::mem::take(&mut state.fstrings);
        lexer.at_line_start = state.at_line_start;
        lexer.line_has_tokens = state.line_has_tokens;
        let result = lexer.step();
        let cut_off = matches!(&result, Err(error) if error.at_end) || lexer.at > self.text.len();
        if cut_off && !self.complete {
            self.state = saved;
            return false;
        }
        self.pending.extend(lexer.out.list.drain(..));
        self.state = State {
            at: lexer.at,
            line_start: lexer.line_start,
            line: lexer.line,
            brackets: lexer.brackets,
            fstrings: lexer.fstrings,
            indents: lexer.indents,
            at_line_start: lexer.at_line_start,
            line_has_tokens: lexer.line_has_tokens,
        };
        match result {
            Ok(end) => self.over = end,
            Err(error) => {
                self.over = true;
                self.error = Some(self.describe(&error, &saved));
            }
        }
        // A file without anything has not even an end for who leaves out line breaks.
        if self.lines.is_empty() && self.purpose == Purpose::List {
            self.pending.clear();
        }
        true
    }

    fn null_byte(&self, row: usize) -> StreamError {
        let text = self.text[self.lines[row].start..].split('\0').next().unwrap_or_default();
        StreamError {
            kind: ErrorKind::Syntax,
            message: "source code cannot contain null bytes".to_string(),
            line: row as u32 + 1,
            offset: 0,
            end_offset: Some(0),
            text: Some(text.to_string()),
        }
    }

    fn describe(&self, error: &TokenError, before: &State) -> StreamError {
        let CompileError { kind, message, at, .. } = &*error.error;
        let row = self.lines.len() as u32;
        if error.at_end && error.literal_start.is_none() {
            // Columns count from where the text was read that is still in use: a continued line.
            let continued = before.brackets.is_empty() && before.line_has_tokens;
            let length = if continued { self.text[before.line_start..].chars().count() } else { 0 };
            return StreamError {
                kind: ErrorKind::Syntax,
                message: "unexpected EOF in multi-line statement".to_string(),
                line: row,
                offset: length as i64,
                end_offset: None,
                text: None,
            };
        }
        let (line, offset) = match *at {
            Location::Spot { line, offset, .. } => (line, offset),
            _ => (row, 0),
        };
        let end = match *at {
            Location::Spot { end_offset, .. } => end_offset,
            _ => offset,
        };
        let whole = &self.text[self.line_range(line as usize - 1)];
        let text = whole.strip_suffix('\n').unwrap_or(whole).to_string();
        // The parser would point into the line; here, such an error is one of the whole line.
        let coded = matches!(kind, ErrorKind::Indentation | ErrorKind::Tab)
            || (!error.raised && message.starts_with("unexpected character after"));
        StreamError {
            kind: *kind,
            message: message.clone(),
            line,
            offset: if coded { text.chars().count() as i64 + 1 } else { offset.into() },
            end_offset: (!coded).then_some(end.into()),
            text: Some(text),
        }
    }

    // ---- tokens

    fn listed(&mut self, token: Token) -> Listed {
        let everything = self.purpose == Purpose::Everything;
        let (start, end) = (token.start as usize, token.end as usize);
        let kind = self.kind(token);
        if token.kind == Tok::End || (token.kind == Tok::Dedent && self.is_trailing(start)) {
            return self.trailing(kind);
        }
        let mut row = self.row_of(start);
        if token.kind == Tok::Dedent && start == self.text.len() {
            row = self.lines.len() - 1;
        }
        let breaks = matches!(token.kind, Tok::Newline | Tok::LineBreak);
        let last_row = if breaks || end == start { row } else { self.row_of(end) };
        let mut line = self.lines[row].start..self.line_range(last_row).end;
        if self.lines[last_row].implied && line.end > line.start {
            line.end -= 1;
        }
        self.last = (row as u32 + 1, line.clone());
        let mut listed = Listed {
            kind,
            text: start..end,
            start: (row as u32 + 1, self.column(row, start)),
            end: (row as u32 + 1, self.column(row, start)),
            line,
        };
        if end > start {
            listed.end = (last_row as u32 + 1, self.column(last_row, end));
        }
        match token.kind {
            Tok::Indent | Tok::Dedent if !everything => {
                listed.text = 0..0;
                (listed.start.1, listed.end.1) = (-1, -1);
            }
            Tok::Newline if !everything => {
                // Its string is what stands before the newline: a comment, a carriage return.
                let newline = self.text[start..].find('\n').map_or(end, |at| start + at);
                listed.text = start..newline;
                listed.end.1 = self.column(row, newline);
            }
            Tok::Newline => {
                let newline = self.text[start..].find('\n').map_or(end, |at| start + at);
                listed.text = start..newline + usize::from(!self.lines[row].implied);
                listed.end.1 = self.column(row, newline + 1);
            }
            Tok::LineBreak if self.lines[row].implied => listed.text = start..start,
            _ => {}
        }
        listed
    }

    /// Whether a dedent at `at` is one that the end of the text implies.
    fn is_trailing(&self, at: usize) -> bool {
        at == self.text.len() && self.complete
    }

    /// A token behind the last line.
    fn trailing(&mut self, kind: u8) -> Listed {
        let rows = self.lines.len() as u32;
        if self.purpose == Purpose::Everything {
            let place = (rows + 1, 0);
            return Listed { kind, text: 0..0, start: place, end: place, line: 0..0 };
        }
        let line = if self.last.0 == rows { self.last.1.clone() } else { 0..0 };
        Listed { kind, text: 0..0, start: (rows, -1), end: (rows, -1), line }
    }

    /// Number of the token's kind.
    fn kind(&mut self, token: Token) -> u8 {
        const TEMPLATE: u8 = 3;
        let string = self.text.get(token.start as usize..token.end as usize).unwrap_or_default();
        match token.kind {
            Tok::End => 0,
            Tok::Name => 1,
            Tok::Number => 2,
            Tok::String => 3,
            Tok::Newline => 4,
            Tok::Indent => 5,
            Tok::Dedent => 6,
            Tok::Op if self.purpose == Purpose::Everything => OP,
            Tok::Op => exact_kind(string),
            Tok::Error => OP,
            Tok::FStart => {
                let template = string.contains(['t', 'T']);
                self.templates.push(template);
                if template { 59 + TEMPLATE } else { 59 }
            }
            Tok::FMiddle if self.templates.last() == Some(&true) => 60 + TEMPLATE,
            Tok::FMiddle => 60,
            Tok::FEnd if self.templates.pop() == Some(true) => 61 + TEMPLATE,
            Tok::FEnd => 61,
            Tok::Comment => 65,
            Tok::LineBreak => 66,
        }
    }

    // ---- places

    /// Index of the line that has `at`.
    fn row_of(&self, at: usize) -> usize {
        // Tokens come in order, and lines are mostly read one at a time: it is one of the last.
        let mut row = self.lines.len().saturating_sub(1);
        for _ in 0..4 {
            if self.lines[row].start <= at {
                return row;
            }
            row = row.saturating_sub(1);
        }
        self.lines.partition_point(|line| line.start <= at).saturating_sub(1)
    }

    fn line_range(&self, row: usize) -> Range<usize> {
        self.lines[row].start..self.lines.get(row + 1).map_or(self.text.len(), |next| next.start)
    }

    fn column(&self, row: usize, at: usize) -> i64 {
        let start = self.lines[row].start;
        if self.lines[row].ascii {
            return (at - start) as i64;
        }
        self.text.get(start..at).map_or(0, |before| before.chars().count() as i64)
    }
}

const OP: u8 = 55;

/// The kind of an operator, as the parser tells them apart.
fn exact_kind(operator: &str) -> u8 {
    const OPERATORS: [&str; 48] = [
        "(", ")", "[", "]", ":", ",", ";", "+", "-", "*", "/", "|", "&", "<", ">", "=", ".", "%", "{", "}",
        "==", "!=", "<=", ">=", "~", "^", "<<", ">>", "**", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=",
        "<<=", ">>=", "**=", "//", "//=", "@", "@=", "->", "...", ":=", "!",
    ];
    OPERATORS.iter().position(|op| *op == operator).map_or(OP, |at| at as u8 + 7)
}
