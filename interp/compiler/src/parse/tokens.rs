//! The tokenizer behind diagnostics.
//!
//! The parser crate has its own; this one reproduces which errors and warnings CPython's tokenizer reports, in what
//! order and where, and gives [`super::grammar`] the token stream that CPython's parser sees. It runs over every
//! program before the parser does: some of its errors (too many nested brackets) the parser does not know.

use super::numbers;
use super::strings::{self, FString};
use crate::Mode;
use crate::error::{CompileError, ErrorKind, LineText, Location};
use ruff_text_size::{TextRange, TextSize};

/// Kind of a token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tok {
    Name,
    Number,
    String,
    /// Start of an f-string or t-string, up to its opening quotes.
    FStart,
    FMiddle,
    FEnd,
    Op,
    Newline,
    Indent,
    Dedent,
    End,
    /// A character that starts no token.
    Error,
    /// A comment; only for [`Purpose::Everything`], as is the next.
    Comment,
    /// A line break that ends no statement.
    LineBreak,
}

/// Who reads the tokens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// The compiler: line breaks are translated, literal parts of f-strings come whole.
    Compile,
    /// A program that lists what CPython's parser sees.
    List,
    /// A program that lists everything, comments included, and accepts malformed numbers, names and brackets.
    Everything,
}

/// A token.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    pub kind: Tok,
    pub start: u32,
    pub end: u32,
    /// Depth of open brackets before the token.
    pub level: u16,
}

/// What ended tokenization early.
pub struct TokenError {
    pub error: Box<CompileError>,
    /// The tokenizer raised it by itself, so it overrides an error of the parser further up.
    pub raised: bool,
    /// It is the end of the input that came too early.
    pub at_end: bool,
    /// Start of a string literal that is open at the end.
    pub literal_start: Option<u32>,
}

/// Result of tokenization.
pub struct Tokens<'s> {
    pub text: &'s str,
    pub list: Vec<Token>,
    pub error: Option<TokenError>,
    /// Messages with the place of each.
    pub warnings: Vec<(String, TextRange)>,
    /// Brackets open at the end, with the offset of each.
    pub open: Vec<(u8, u32)>,
    /// Most tokens in one statement: no expression nests deeper than that.
    pub longest: usize,
    /// Longest run of prefix operators, which nest without brackets.
    pub deepest_prefix: usize,
}

/// Most brackets open at a time.
const MAX_LEVEL: usize = 200;
/// Most levels of indentation.
const MAX_INDENT: usize = 100;

pub(super) struct Lexer<'s> {
    pub text: &'s str,
    pub bytes: &'s [u8],
    pub at: usize,
    pub line_start: usize,
    pub line: u32,
    pub out: Tokens<'s>,
    pub brackets: Vec<Bracket>,
    pub fstrings: Vec<FString>,
    pub indents: Vec<(usize, usize)>,
    pub at_line_start: bool,
    /// Whether the logical line has a token already (so that its end matters).
    pub line_has_tokens: bool,
    pub purpose: Purpose,
    mode: Mode,
    dont_imply_dedent: bool,
    /// The input's last line lacks its newline, and the mode supplies one.
    implied_newline: bool,
    /// Tokens since the statement began, and prefix operators since the last operand list began.
    statement: usize,
    prefixes: usize,
}

/// An open bracket.
#[derive(Clone, Copy)]
pub(super) struct Bracket {
    pub byte: u8,
    pub at: u32,
    pub line: u32,
}

pub(super) type Step = Result<(), TokenError>;

/// Tokenizes a program.
pub fn tokenize(text: &str, mode: Mode, dont_imply_dedent: bool) -> Tokens<'_> {
    let mut lexer = Lexer::new(text, mode, vec![(0, 0)]);
    lexer.dont_imply_dedent = dont_imply_dedent;
    lexer.implied_newline = mode == Mode::Exec && !text.is_empty() && !text.ends_with(['\n', '\r']);
    if let Err(error) = lexer.run() {
        lexer.out.error = Some(error);
    }
    lexer.out.open = lexer.brackets.iter().map(|b| (b.byte, b.at)).collect();
    lexer.out
}

impl<'s> Lexer<'s> {
    /// A lexer at the start of `text`, within the given indentation.
    pub fn new(text: &'s str, mode: Mode, indents: Vec<(usize, usize)>) -> Lexer<'s> {
        let out = Tokens {
            text,
            list: Vec::new(),
            error: None,
            warnings: Vec::new(),
            open: Vec::new(),
            longest: 0,
            deepest_prefix: 0,
        };
        Lexer {
            text,
            bytes: text.as_bytes(),
            at: 0,
            line_start: 0,
            line: 1,
            out,
            brackets: Vec::new(),
            fstrings: Vec::new(),
            indents,
            at_line_start: true,
            line_has_tokens: false,
            purpose: Purpose::Compile,
            mode,
            dont_imply_dedent: false,
            statement: 0,
            prefixes: 0,
            implied_newline: false,
        }
    }

    fn run(&mut self) -> Step {
        while !self.step()? {}
        Ok(())
    }

    /// Reads on: nothing, one token, or a few that come together; true at the end.
    pub fn step(&mut self) -> Result<bool, TokenError> {
        if self.at_line_start && self.fstrings.last().is_none_or(|f| !f.in_text()) {
            self.at_line_start = false;
            self.indentation()?;
        }
        if self.fstrings.last().is_some_and(FString::in_text) {
            self.fstring_text()?;
            return Ok(false);
        }
        self.token()
    }

    /// Whether the mode supplies the newline that the last line lacks.
    pub fn implied_newline(&self) -> bool {
        self.implied_newline
    }

    // ---- characters

    pub fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    /// Length of the line break at the current position.
    pub fn line_break(&self) -> usize {
        match (self.peek(), self.peek_at(1)) {
            (Some(b'\r'), Some(b'\n')) => 2,
            (Some(b'\n'), _) => 1,
            (Some(b'\r'), _) if self.purpose == Purpose::Compile => 1,
            _ => 0,
        }
    }

    /// Passes a line break.
    pub fn pass_line_break(&mut self, length: usize) {
        self.at += length;
        self.line_start = self.at;
        self.line += 1;
    }

    pub fn push(&mut self, kind: Tok, start: usize, end: usize) {
        let level = self.brackets.len() as u16;
        match kind {
            Tok::Newline | Tok::Indent | Tok::Dedent => self.line_has_tokens = false,
            Tok::Comment | Tok::LineBreak => {}
            _ => self.line_has_tokens = true,
        }
        self.statement = if kind == Tok::Newline { 0 } else { self.statement + 1 };
        self.out.longest = self.out.longest.max(self.statement);
        match self.text.get(start..end) {
            Some("-" | "+" | "~" | "**" | "not" | "lambda" | "await" | "else") => {
                let operand = self.out.list.last().is_some_and(|t| {
                    matches!(t.kind, Tok::Number | Tok::String)
                        || matches!(self.text.get(t.start as usize..t.end as usize), Some(")" | "]" | "}"))
                        || t.kind == Tok::Name
                });
                let binary = operand && matches!(self.bytes[start], b'-' | b'+');
                self.prefixes += usize::from(!binary || end - start == 2);
                self.out.deepest_prefix = self.out.deepest_prefix.max(self.prefixes);
            }
            Some("," | ";" | "(" | "[" | "{" | ")" | "]" | "}") => self.prefixes = 0,
            _ if kind == Tok::Newline => self.prefixes = 0,
            _ => {}
        }
        self.out.list.push(Token { kind, start: start as u32, end: end as u32, level });
    }

    /// Characters between the line's start and `at`.
    pub fn column(&self, at: usize) -> u32 {
        self.text.get(self.line_start..at).map_or(0, |s| s.chars().count() as u32)
    }

    // ---- errors

    /// An error that the tokenizer raises itself: it points at the last character passed.
    pub fn raise<T>(&self, message: impl Into<String>) -> Result<T, TokenError> {
        let offset = self.column(self.at) as i32;
        self.raise_at(message, offset, offset)
    }

    /// An error inside a replacement field: the parser's own errors stand beside it.
    pub fn raise_softly<T>(&self, message: impl Into<String>) -> Result<T, TokenError> {
        let mut result = self.raise(message);
        if let Err(error) = &mut result {
            error.raised = false;
        }
        result
    }

    /// As [`Self::raise`] with columns counted from 1.
    pub fn raise_at<T>(
        &self,
        message: impl Into<String>,
        offset: i32,
        end_offset: i32,
    ) -> Result<T, TokenError> {
        self.raise_on_line(message, self.line, offset, end_offset)
    }

    pub fn raise_on_line<T>(
        &self,
        message: impl Into<String>,
        line: u32,
        offset: i32,
        end_offset: i32,
    ) -> Result<T, TokenError> {
        let at = Location::Spot { line, offset, end_line: line, end_offset };
        let mut error = CompileError::new(ErrorKind::Syntax, message, at);
        error.line_text = LineText::Bare;
        Err(TokenError { error, raised: true, at_end: false, literal_start: None })
    }

    /// An error that the tokenizer leaves to the parser to report.
    fn coded<T>(
        &self,
        kind: ErrorKind,
        message: &str,
        offset: i32,
        end_offset: i32,
    ) -> Result<T, TokenError> {
        let at = Location::Spot { line: self.line, offset, end_line: self.line, end_offset };
        let error = CompileError::new(kind, message, at);
        Err(TokenError { error, raised: false, at_end: false, literal_start: None })
    }

    /// Characters of the current line, its newline (even an implied one) included.
    fn line_length(&self) -> i32 {
        let rest = &self.text[self.line_start..];
        let end = rest.find(['\n', '\r']);
        let newline = end.is_some() || self.implied_newline;
        rest[..end.unwrap_or(rest.len())].chars().count() as i32 + i32::from(newline)
    }

    fn unexpected_eof<T>(&self) -> Result<T, TokenError> {
        let mut result =
            self.coded(ErrorKind::Syntax, "unexpected EOF while parsing", self.line_length(), -1);
        if let Err(error) = &mut result {
            error.at_end = true;
        }
        result
    }

    // ---- lines

    /// Measures the indentation of a line and emits the tokens of its changes.
    fn indentation(&mut self) -> Step {
        let (mut column, mut alt_column) = (0usize, 0usize);
        let mut continued: Option<(usize, usize)> = None;
        loop {
            match self.peek() {
                Some(b' ') => {
                    column += 1;
                    alt_column += 1;
                }
                Some(b'\t') => {
                    column = (column / 8 + 1) * 8;
                    alt_column += 1;
                }
                Some(b'\x0c') => {
                    column = 0;
                    alt_column = 0;
                }
                Some(b'\\') => {
                    // The first line's indentation counts.
                    continued.get_or_insert((column, alt_column));
                    self.at += 1;
                    self.continuation()?;
                    continue;
                }
                _ => break,
            }
            self.at += 1;
        }
        if let Some(first) = continued
            && first.0 != 0
        {
            (column, alt_column) = first;
        }
        if matches!(self.peek(), Some(b'#' | b'\n' | b'\r')) || !self.brackets.is_empty() {
            return Ok(());
        }
        let at_end = self.peek().is_none();
        // In a file the last line gets its newline, so blanks at its start mean nothing.
        if at_end && (self.mode == Mode::Exec || self.out.list.is_empty()) {
            return Ok(());
        }
        let (top, alt_top) = *self.indents.last().expect("never empty");
        if column == top {
            if alt_column != alt_top {
                return self.inconsistent();
            }
        } else if column > top {
            if at_end {
                return Ok(());
            }
            if self.indents.len() >= MAX_INDENT {
                return self.coded(ErrorKind::Indentation, "too many levels of indentation", 1, 0);
            }
            if alt_column <= alt_top {
                return self.inconsistent();
            }
            self.indents.push((column, alt_column));
            self.push(Tok::Indent, self.line_start, self.at);
        } else {
            if at_end && self.bytes[self.line_start..].is_empty() && self.mode == Mode::Eval {
                return Ok(());
            }
            // The tokens come only when the indentation matches.
            let mut closed = 0;
            while self.indents.last().is_some_and(|i| column < i.0) {
                self.indents.pop();
                closed += 1;
            }
            let (top, alt_top) = *self.indents.last().expect("never empty");
            if column != top {
                let message = "unindent does not match any outer indentation level";
                return self.coded(ErrorKind::Indentation, message, self.line_length(), -1);
            }
            if alt_column != alt_top {
                return self.inconsistent();
            }
            for _ in 0..closed {
                self.push(Tok::Dedent, self.at, self.at);
            }
        }
        Ok(())
    }

    fn inconsistent(&self) -> Step {
        self.coded(ErrorKind::Tab, "inconsistent use of tabs and spaces in indentation", 1, 0)
    }

    /// After a backslash: the line must end here, and another must follow.
    fn continuation(&mut self) -> Step {
        let length = self.line_break();
        if length == 0 {
            if self.peek().is_none() && self.implied_newline {
                return self.unexpected_eof();
            }
            let passed = self.text[self.at..].chars().next().map_or(0, char::len_utf8);
            let offset = self.column(self.at + passed) as i32;
            let message = "unexpected character after line continuation character";
            return self.coded(ErrorKind::Syntax, message, offset, 0);
        }
        if self.at + length >= self.bytes.len() {
            return self.unexpected_eof();
        }
        self.pass_line_break(length);
        Ok(())
    }

    // ---- tokens

    /// Reads one token; true at the end.
    fn token(&mut self) -> Result<bool, TokenError> {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\x0c')) {
            self.at += 1;
        }
        let mut start = self.at;
        if self.peek() == Some(b'#') {
            while self.peek().is_some() && self.line_break() == 0 {
                self.at += 1;
            }
            if self.purpose == Purpose::Everything {
                self.push(Tok::Comment, start, self.at);
                start = self.at;
            }
            if self.brackets.is_empty() && self.line_break() > 0 && self.line_has_tokens {
                self.newline(start);
                return Ok(false);
            }
        }
        let Some(c) = self.peek() else { return self.end() };
        match c {
            b'\n' | b'\r' if self.line_break() > 0 => {
                if self.brackets.is_empty() && self.line_has_tokens {
                    self.newline(start);
                } else {
                    let length = self.line_break();
                    if self.purpose == Purpose::Everything {
                        self.push(Tok::LineBreak, self.at, self.at + length);
                    }
                    self.pass_line_break(length);
                    self.at_line_start = self.brackets.is_empty();
                }
            }
            b'\\' => {
                self.at += 1;
                self.continuation()?;
            }
            b'0'..=b'9' => self.number()?,
            b'.' if self.peek_at(1).is_some_and(|b| b.is_ascii_digit()) => self.number()?,
            b'"' | b'\'' => self.string(start)?,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => self.name_or_string()?,
            _ => self.operator(c)?,
        }
        Ok(false)
    }

    fn newline(&mut self, start: usize) {
        let length = self.line_break();
        self.push(Tok::Newline, start, self.at + 1);
        self.pass_line_break(length);
        self.at_line_start = true;
    }

    /// The end of the input: the newline and dedents that the mode implies.
    fn end(&mut self) -> Result<bool, TokenError> {
        let end = self.bytes.len();
        if !self.brackets.is_empty() {
            let mut result = self.unexpected_eof();
            if let Err(error) = &mut result {
                error.error = self.never_closed();
            }
            return result;
        }
        let open_line = self.line_has_tokens;
        match self.mode {
            Mode::Exec => {
                if open_line {
                    self.push(Tok::Newline, end, end + 1);
                }
                self.imply_dedents(end);
            }
            Mode::Single => {
                if open_line {
                    self.push(Tok::Newline, end, end);
                    if !self.dont_imply_dedent {
                        let had = self.indents.len() > 1;
                        self.imply_dedents(end);
                        if had {
                            self.push(Tok::Newline, end, end);
                        }
                    }
                } else if !self.out.list.is_empty() {
                    self.imply_dedents(end);
                    self.push(Tok::Newline, end, end);
                }
            }
            Mode::Eval => {}
        }
        self.push(Tok::End, end, end);
        Ok(true)
    }

    fn imply_dedents(&mut self, end: usize) {
        while self.indents.len() > 1 {
            self.indents.pop();
            self.push(Tok::Dedent, end, end);
        }
    }

    /// The error of the innermost open bracket.
    pub fn never_closed(&self) -> Box<CompileError> {
        let bracket = self.brackets.last().expect("a bracket is open");
        never_closed(bracket.byte, bracket.at)
    }

    fn number(&mut self) -> Step {
        let start = self.at;
        numbers::scan(self)?;
        self.push(Tok::Number, start, self.at);
        Ok(())
    }

    fn name_or_string(&mut self) -> Step {
        let start = self.at;
        // Distinct prefix letters right before a quote belong to the string, even when they exclude each other.
        let prefix = self.bytes[start..].iter().take(6).take_while(|b| b.is_ascii_alphabetic()).count();
        if matches!(self.peek_at(prefix), Some(b'"' | b'\'')) {
            let letters = self.text[start..start + prefix].to_ascii_lowercase();
            if is_prefix_like(&letters) {
                self.check_prefix(&letters, start, prefix)?;
                self.at += prefix;
                return self.string(start);
            }
        }
        let is_part = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80;
        while self.peek().is_some_and(is_part) {
            self.at += 1;
        }
        self.check_identifier(start)?;
        self.push(Tok::Name, start, self.at);
        Ok(())
    }

    /// Prefix letters that exclude each other.
    fn check_prefix(&self, letters: &str, start: usize, length: usize) -> Step {
        let has = |c: char| letters.contains(c);
        for (a, b) in [('u', 'b'), ('u', 'r'), ('u', 'f'), ('u', 't'), ('b', 'f'), ('b', 't'), ('f', 't')] {
            if has(a) && has(b) {
                let first = self.column(start) as i32 + 1;
                let message = format!("'{a}' and '{b}' prefixes are incompatible");
                return self.raise_at(message, first, first + length as i32);
            }
        }
        Ok(())
    }

    fn check_identifier(&mut self, start: usize) -> Step {
        let name = &self.text[start..self.at];
        if name.is_ascii() || self.purpose == Purpose::Everything {
            return Ok(());
        }
        for (i, c) in name.char_indices() {
            let valid = if i == 0 { is_start(c) } else { is_continue(c) };
            if !valid {
                self.at = start + i + c.len_utf8();
                return self.invalid_character(c);
            }
        }
        Ok(())
    }

    /// The current position is behind `c`.
    fn invalid_character(&self, c: char) -> Step {
        if is_printable(c) {
            self.raise(format!("invalid character '{c}' (U+{:04X})", c as u32))
        } else {
            self.raise(format!("invalid non-printable character U+{:04X}", c as u32))
        }
    }

    fn operator(&mut self, c: u8) -> Step {
        let start = self.at;
        match c {
            b'(' | b'[' | b'{' => {
                if self.brackets.len() >= MAX_LEVEL {
                    self.at += 1;
                    return self.raise("too many nested parentheses");
                }
                self.push(Tok::Op, start, start + 1);
                self.at += 1;
                self.brackets.push(Bracket { byte: c, at: start as u32, line: self.line });
                return Ok(());
            }
            b')' | b']' | b'}' => return self.close_bracket(c),
            _ => {}
        }
        if self.fstrings.last().is_some_and(|f| f.at_top(self.brackets.len()))
            && self.fstring_punctuation(c)?
        {
            return Ok(());
        }
        let mut length = operator_length(&self.bytes[self.at..]);
        if self.purpose != Purpose::Compile && self.bytes[self.at..].starts_with(b"<>") {
            // Whether this is an operator is for the parser to know.
            length = 1;
        }
        if self.purpose != Purpose::Compile && c == b'\r' {
            // A carriage return without a newline takes the next character with it.
            length = 1 + self.text[start + 1..].chars().next().map_or(0, char::len_utf8);
        }
        if length == 0 {
            self.at += 1;
            if !(0x20..0x7f).contains(&c) {
                return self.invalid_character(c as char);
            }
            self.push(Tok::Error, start, self.at);
            return Ok(());
        }
        self.at += length;
        self.push(Tok::Op, start, self.at);
        Ok(())
    }

    fn close_bracket(&mut self, c: u8) -> Step {
        let start = self.at;
        self.at += 1;
        let shown = c as char;
        if self.closes_field(c) {
            return self.end_of_field(start);
        }
        let floor = self.fstrings.last().map_or(0, |f| f.floor());
        let prefix = self.fstrings.last().map(|f| f.letter());
        let lenient = self.purpose == Purpose::Everything;
        let Some(open) = self.brackets.last().copied() else {
            if lenient {
                self.push(Tok::Op, start, self.at);
                return Ok(());
            }
            return self.raise(format!("unmatched '{shown}'"));
        };
        if matches!((open.byte, c), (b'(', b')') | (b'[', b']') | (b'{', b'}')) {
            self.brackets.pop();
            self.push(Tok::Op, start, self.at);
            return Ok(());
        }
        if let Some(prefix) = prefix
            && self.brackets.len() == floor
        {
            return self.raise_softly(format!("{prefix}-string: unmatched '{shown}'"));
        }
        if lenient {
            self.brackets.pop();
            self.push(Tok::Op, start, self.at);
            return Ok(());
        }
        let opening = open.byte as char;
        let mut message =
            format!("closing parenthesis '{shown}' does not match opening parenthesis '{opening}'");
        if open.line != self.line {
            message.push_str(&format!(" on line {}", open.line));
        }
        self.raise(message)
    }

    fn string(&mut self, start: usize) -> Step {
        strings::scan(self, start)
    }
}

/// The error of a bracket that is open at the end.
pub fn never_closed(bracket: u8, at: u32) -> Box<CompileError> {
    let message = format!("'{}' was never closed", bracket as char);
    CompileError::new(ErrorKind::Syntax, message, Location::Point(TextSize::new(at)))
}

/// Whether letters before a quote can be its prefix, one of each.
fn is_prefix_like(letters: &str) -> bool {
    let bytes = letters.as_bytes();
    bytes.iter().enumerate().all(|(i, b)| b"rbuft".contains(b) && !bytes[..i].contains(b))
}

fn is_start(c: char) -> bool {
    c == '_' || c.is_ascii_alphabetic() || nfkc_all(c, unicode_ident::is_xid_start)
}

fn is_continue(c: char) -> bool {
    c == '_' || c.is_ascii_alphanumeric() || nfkc_all(c, unicode_ident::is_xid_continue)
}

/// The property of the character itself; characters that only normalisation makes identifiers have it, too.
fn nfkc_all(c: char, test: fn(char) -> bool) -> bool {
    test(c)
}

/// An approximation of `str.isprintable` for one character.
fn is_printable(c: char) -> bool {
    let n = c as u32;
    let format =
        matches!(n, 0xad | 0x61c | 0x180e | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0xfeff);
    let private = matches!(n, 0xe000..=0xf8ff | 0xfff0..=0xfffb | 0xe0000..);
    !(c.is_control() || (c.is_whitespace() && c != ' ') || format || private)
}

/// Length of the operator that `rest` starts with.
fn operator_length(rest: &[u8]) -> usize {
    const THREE: [&[u8]; 5] = [b"**=", b"//=", b">>=", b"<<=", b"..."];
    const TWO: [&[u8]; 21] = [
        b"!=", b"%=", b"&=", b"**", b"*=", b"+=", b"-=", b"->", b"//", b"/=", b":=", b"<<", b"<=", b"<>",
        b"==", b">=", b">>", b"@=", b"^=", b"|=", b"!=",
    ];
    const ONE: &[u8] = b"%&*+,-./:;<=>@^|~!";
    if THREE.iter().any(|op| rest.starts_with(op)) {
        3
    } else if TWO.iter().any(|op| rest.starts_with(op)) {
        2
    } else {
        usize::from(rest.first().is_some_and(|b| ONE.contains(b)))
    }
}
