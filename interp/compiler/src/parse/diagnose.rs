//! The diagnosing parser: finds what CPython would say about a program that does not parse.
//!
//! It only runs when the real parser has failed, and builds no tree: expressions are reduced to their kind and extent,
//! which is what messages speak of. It runs twice, like CPython's: a first pass finds how far a parse can get, because a
//! plain "invalid syntax" points at the furthest token anybody looked at; a second pass watches out for the mistakes
//! that have messages of their own, and the first of those wins.
//!
//! Parts: this file has the machinery; the language is in [`super::statements`], [`super::simple`],
//! [`super::expressions`], [`super::displays`], [`super::literals`], [`super::arguments`], [`super::parameters`] and
//! [`super::patterns`].

use super::tokens::{Tok, Token, Tokens};
use crate::Mode;
use crate::error::{CompileError, ErrorKind, LineText, Location};
use crate::source::Source;
use ruff_text_size::{TextRange, TextSize};
use std::collections::HashMap;

/// What an expression is, as far as messages care.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Attribute,
    Subscript,
    Starred,
    Name,
    List,
    Tuple,
    Lambda,
    Call,
    Operation,
    Generator,
    Yield,
    Await,
    ListComp,
    SetComp,
    DictComp,
    Dict,
    Set,
    FString,
    TString,
    Literal,
    True,
    False,
    None,
    Ellipsis,
    /// A comparison whose first operator is `in`, or another one.
    CompareIn,
    Compare,
    Conditional,
    Named,
}

impl Kind {
    /// How messages call it.
    pub fn describe(self) -> &'static str {
        match self {
            Kind::Attribute => "attribute",
            Kind::Subscript => "subscript",
            Kind::Starred => "starred",
            Kind::Name => "name",
            Kind::List => "list",
            Kind::Tuple => "tuple",
            Kind::Lambda => "lambda",
            Kind::Call => "function call",
            Kind::Operation => "expression",
            Kind::Generator => "generator expression",
            Kind::Yield => "yield expression",
            Kind::Await => "await expression",
            Kind::ListComp => "list comprehension",
            Kind::SetComp => "set comprehension",
            Kind::DictComp => "dict comprehension",
            Kind::Dict => "dict literal",
            Kind::Set => "set display",
            Kind::FString => "f-string expression",
            Kind::TString => "t-string expression",
            Kind::Literal => "literal",
            Kind::True => "True",
            Kind::False => "False",
            Kind::None => "None",
            Kind::Ellipsis => "ellipsis",
            Kind::CompareIn | Kind::Compare => "comparison",
            Kind::Conditional => "conditional expression",
            Kind::Named => "named expression",
        }
    }
}

/// An expression: kind, token extent, and for targets the parts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Node {
    pub kind: Kind,
    pub start: usize,
    /// Behind the last token.
    pub end: usize,
    /// Elements of tuples and lists, value of a star, left side of a comparison.
    pub parts: (u32, u32),
}

/// What a target is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Targets {
    Star,
    Delete,
    For,
}

/// Rules whose results are remembered.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Rule {
    Expression,
    Disjunction,
    Named,
    BitwiseOr,
    Primary,
    StarExpressions,
}

/// Result of a rule: None when it does not match, or when an error was raised.
pub(super) type Parsed = Option<Node>;
/// Result of a rule whose extent does not matter.
pub(super) type Matched = Option<()>;

type Memo = HashMap<(usize, Rule, bool), (Parsed, usize)>;

pub(super) struct Diagnoser<'t, 's> {
    pub tokens: &'t Tokens<'s>,
    pub source: &'t Source<'s>,
    pub pos: usize,
    /// Highest token index looked at.
    pub furthest: usize,
    /// Watch out for mistakes.
    pub second: bool,
    /// The mistake found.
    pub error: Option<Box<CompileError>>,
    /// Parts of nodes.
    pub parts: Vec<Node>,
    /// The parser stands right of an operand where a second expression is looked for.
    pub quiet: u32,
    /// Kind of the string whose replacement field is being read.
    pub field_letter: Option<char>,
    /// `<>` is the inequality operator.
    pub barry: bool,
    mode: Mode,
    memo: Memo,
    depth: u32,
}

/// Deepest nesting that is diagnosed.
const MAX_DEPTH: u32 = 6000;

/// What is wrong with `source`, or None when the diagnosing parser finds nothing wrong.
pub(super) fn diagnose(
    tokens: &Tokens<'_>,
    source: &Source<'_>,
    mode: Mode,
    incomplete_input: bool,
    barry: bool,
) -> Result<usize, Box<CompileError>> {
    let mut d = Diagnoser {
        tokens,
        source,
        pos: 0,
        furthest: 0,
        second: false,
        error: None,
        parts: Vec::new(),
        quiet: 0,
        field_letter: None,
        barry,
        mode,
        memo: Memo::new(),
        depth: 0,
    };
    let accepted = d.start(mode).is_some();
    if accepted && tokens.error.is_none() {
        return Ok(d.pos);
    }
    if incomplete_input && d.reached_end() {
        return Err(d.incomplete());
    }
    if d.furthest >= tokens.list.len()
        && let Some(e) = &tokens.error
    {
        return Err(e.error.clone());
    }
    let last = d.furthest;
    // What the grammar insisted on in the first pass stands, unless the second finds a better word earlier.
    let insisted = d.error.take();
    d.second = true;
    d.pos = 0;
    d.furthest = 0;
    d.memo.clear();
    let _ = d.start(mode);
    let error = match d.error.take().or(insisted) {
        Some(error) => error,
        None => {
            let error = d.generic(last);
            if error.kind == ErrorKind::Indentation {
                return Err(d.with_line_text(error));
            }
            error
        }
    };
    Err(d.with_line_text(d.override_by_tokens(error, last)))
}

impl<'s> Diagnoser<'_, 's> {
    /// Errors of the tokenizer further down, and brackets that are never closed, take precedence.
    fn override_by_tokens(&self, error: Box<CompileError>, last: usize) -> Box<CompileError> {
        let tokens = self.tokens;
        if error.kind != ErrorKind::Syntax && error.kind != ErrorKind::Indentation {
            return error;
        }
        let Some(problem) = &tokens.error else { return error };
        let in_field = ["f-string:", "t-string:"].iter().any(|p| error.message.starts_with(p));
        if error.message == problem.error.message || in_field {
            return error;
        }
        if problem.raised {
            return problem.error.clone();
        }
        // Whatever else stopped the tokenizer, it may have stopped inside a bracket opened on an earlier line.
        if let (Some(&(byte, at)), Some(token)) =
            (tokens.open.last(), tokens.list.get(last.max(self.furthest)))
        {
            let line = self.source.line(TextSize::new(token.start));
            if line > self.source.line(TextSize::new(at)) {
                return super::tokens::never_closed(byte, at);
            }
        }
        error
    }

    /// CPython shows the newline of a line only while its tokenizer has not gone on to the next.
    fn with_line_text(&self, mut error: Box<CompileError>) -> Box<CompileError> {
        if let LineText::Whole = error.line_text {
            let line = match error.at {
                Location::Range(range) => self.source.line(range.start()),
                Location::Point(at) => self.source.line(at),
                Location::Spot { line, .. } => line,
                Location::None => 0,
            };
            let last = self.tokens.list.get(self.furthest).or_else(|| self.tokens.list.last());
            let reached = last.map_or(0, |t| self.source.line(TextSize::new(t.start)));
            if line < reached {
                error.line_text = LineText::Bare;
            }
        }
        error
    }

    /// The error of input that ends too early.
    fn incomplete(&self) -> Box<CompileError> {
        if let Some(start) = self.tokens.error.as_ref().and_then(|e| e.literal_start) {
            let (line, offset) = self.source.line_and_offset(TextSize::new(start));
            let at = Location::Spot { line, offset: offset as i32, end_line: line, end_offset: -1 };
            return CompileError::new(ErrorKind::Incomplete, "incomplete input", at);
        }
        // A token that touches the end of the input.
        if let Some(t) = self.tokens.list.get(self.furthest)
            && t.end > t.start
        {
            let at = self.location(self.furthest, self.furthest + 1);
            return CompileError::new(ErrorKind::Incomplete, "incomplete input", at);
        }
        let text = self.source.text;
        let body = text.strip_suffix('\n').unwrap_or(text);
        let body = body.strip_suffix('\r').unwrap_or(body);
        let line_start = body.rfind(['\n', '\r']).map_or(0, |i| i + 1);
        let line = if text.is_empty() { 0 } else { self.source.line(TextSize::new(line_start as u32)) };
        let newline = self.newline_counts() && !text.is_empty();
        let offset = body[line_start..].chars().count() as i32 + i32::from(newline);
        let at = Location::Spot { line, offset, end_line: line, end_offset: -1 };
        CompileError::new(ErrorKind::Incomplete, "incomplete input", at)
    }

    fn newline_counts(&self) -> bool {
        self.source.text.ends_with(['\n', '\r']) || self.mode == Mode::Exec
    }

    /// Whether the parse got to where the input ends.
    fn reached_end(&self) -> bool {
        match self.tokens.list.get(self.furthest) {
            None => self.tokens.error.as_ref().is_some_and(|e| e.at_end),
            Some(t) => {
                let at_end = t.start as usize >= self.source.text.len();
                let real_newline = t.kind == Tok::Newline && t.end > t.start;
                let touches =
                    t.end as usize >= self.source.text.len() && self.mode != Mode::Exec && !real_newline;
                t.kind == Tok::End || touches || (at_end && t.kind == Tok::Dedent)
            }
        }
    }

    /// "invalid syntax" at a token, or what kinds of tokens make of it.
    fn generic(&self, last: usize) -> Box<CompileError> {
        let Some(token) = self.tokens.list.get(last.min(self.tokens.list.len().saturating_sub(1))) else {
            return CompileError::syntax("invalid syntax", TextRange::default());
        };
        match token.kind {
            Tok::Indent | Tok::Dedent => {
                let message =
                    if token.kind == Tok::Indent { "unexpected indent" } else { "unexpected unindent" };
                CompileError::new(ErrorKind::Indentation, message, self.bare_location(token))
            }
            _ => CompileError::new(ErrorKind::Syntax, "invalid syntax", self.location(last, last + 1)),
        }
    }

    /// Location of a token that has no columns of its own.
    fn bare_location(&self, token: &Token) -> Location {
        let (mut line, offset) = self.source.line_and_offset(TextSize::new(token.end));
        let mut offset = offset as i32 - 1;
        if matches!(token.kind, Tok::Dedent | Tok::End)
            && token.end as usize >= self.source.text.trim_end().len()
        {
            // At the end of the input the last line is the current one.
            let body = self.source.text.trim_end_matches(['\n', '\r']);
            let (l, o) = self.source.line_and_offset(TextSize::new(body.len() as u32));
            line = l;
            offset = o as i32 - 1 + i32::from(self.newline_counts());
        }
        Location::Spot { line, offset, end_line: line, end_offset: -1 }
    }

    /// Location of tokens `start..end`.
    pub fn location(&self, start: usize, end: usize) -> Location {
        let list = &self.tokens.list;
        let first = list[start.min(list.len() - 1)];
        let last = list[(end.max(start + 1) - 1).min(list.len() - 1)];
        let implied = first.kind == Tok::Newline && first.start == first.end;
        if implied || matches!(first.kind, Tok::Indent | Tok::Dedent | Tok::End) {
            let line = if list.len() == 1 { 0 } else { self.source.line(TextSize::new(first.start)) };
            return Location::Spot { line, offset: 0, end_line: line, end_offset: 0 };
        }
        let (line, offset) = self.source.line_and_offset(TextSize::new(first.start));
        if last.kind == Tok::Newline {
            let (end_line, end_offset) = self.source.line_and_offset(TextSize::new(last.start));
            let width = last.end.saturating_sub(last.start) as i32;
            let comment = self.source.text.get(last.start as usize..(last.end as usize).saturating_sub(1));
            let width = comment.map_or(width, |c| c.chars().count() as i32 + 1);
            return Location::Spot {
                line,
                offset: offset as i32,
                end_line,
                end_offset: end_offset as i32 + width,
            };
        }
        Location::Range(TextRange::new(TextSize::new(first.start), TextSize::new(last.end)))
    }

    // ---- raising

    /// Raises a `SyntaxError` over tokens `start..end`; always None.
    pub fn raise<T>(&mut self, message: impl Into<String>, start: usize, end: usize) -> Option<T> {
        if self.error.is_none() {
            self.error = Some(CompileError::new(ErrorKind::Syntax, message, self.location(start, end)));
        }
        None
    }

    /// Raises from token `start` to the last token looked at. (CPython counts that end from 0.)
    pub fn raise_from<T>(&mut self, message: impl Into<String>, start: usize) -> Option<T> {
        if self.error.is_none() {
            let list = &self.tokens.list;
            let (first, last) = (list[start], list[self.furthest.min(list.len() - 1)]);
            let (line, offset) = self.source.line_and_offset(TextSize::new(first.start));
            let (end_line, end) = self.source.line_and_offset(TextSize::new(last.start));
            let width = self.text_of(last).chars().count().max((last.end - last.start).min(1) as usize);
            let at = Location::Spot {
                line,
                offset: offset as i32,
                end_line,
                end_offset: end as i32 - 1 + width as i32,
            };
            self.error = Some(CompileError::new(ErrorKind::Syntax, message, at));
        }
        None
    }

    /// Raises at the last character of a token, without an end.
    pub fn raise_at_last_character<T>(&mut self, message: impl Into<String>, token: usize) -> Option<T> {
        if self.error.is_none() {
            let end = self.tokens.list[token].end;
            let (line, offset) = self.source.line_and_offset(TextSize::new(end));
            let at = Location::Spot { line, offset: offset as i32 - 1, end_line: line, end_offset: 0 };
            self.error = Some(CompileError::new(ErrorKind::Syntax, message, at));
        }
        None
    }

    pub fn raise_node<T>(&mut self, message: impl Into<String>, node: Node) -> Option<T> {
        self.raise(message, node.start, node.end)
    }

    /// Raises at the last token looked at.
    pub fn raise_last<T>(&mut self, kind: ErrorKind, message: impl Into<String>) -> Option<T> {
        if self.error.is_none() {
            let last = self.furthest.min(self.tokens.list.len() - 1);
            let token = &self.tokens.list[last];
            let at = match token.kind {
                Tok::Newline if token.start == token.end => self.bare_location(token),
                Tok::Indent | Tok::Dedent | Tok::End => self.bare_location(token),
                _ => self.location(last, last + 1),
            };
            self.error = Some(CompileError::new(kind, message, at));
        }
        None
    }

    /// Raises when `node` is no target: the first part that cannot be one.
    pub fn raise_invalid_target<T>(&mut self, targets: Targets, node: Node) -> Option<T> {
        let bad = self.invalid_target(targets, node)?;
        let verb = if targets == Targets::Delete { "delete" } else { "assign to" };
        self.raise_node(format!("cannot {verb} {}", bad.kind.describe()), bad)
    }

    pub fn invalid_target(&self, targets: Targets, node: Node) -> Parsed {
        match node.kind {
            Kind::Name | Kind::Attribute | Kind::Subscript => None,
            Kind::Tuple | Kind::List => {
                self.parts_of(node).iter().find_map(|p| self.invalid_target(targets, *p))
            }
            Kind::Starred if targets == Targets::Delete => Some(node),
            Kind::Starred => self.parts_of(node).first().and_then(|p| self.invalid_target(targets, *p)),
            Kind::CompareIn if targets == Targets::For => {
                self.parts_of(node).first().and_then(|p| self.invalid_target(targets, *p))
            }
            Kind::Compare if targets == Targets::For => None,
            _ => Some(node),
        }
    }

    // ---- nodes

    pub fn parts_of(&self, node: Node) -> &[Node] {
        &self.parts[node.parts.0 as usize..node.parts.1 as usize]
    }

    pub fn node(&self, kind: Kind, start: usize) -> Node {
        Node { kind, start, end: self.pos, parts: (0, 0) }
    }

    pub fn node_with(&mut self, kind: Kind, start: usize, parts: &[Node]) -> Node {
        let first = self.parts.len() as u32;
        self.parts.extend_from_slice(parts);
        Node { kind, start, end: self.pos, parts: (first, self.parts.len() as u32) }
    }

    // ---- tokens

    /// Whether nothing was raised.
    pub fn ok(&self) -> bool {
        self.error.is_none()
    }

    fn look(&mut self, pos: usize) -> Option<Token> {
        self.furthest = self.furthest.max(pos);
        let token = self.tokens.list.get(pos).copied();
        if token.is_none()
            && self.error.is_none()
            && let Some(e) = &self.tokens.error
        {
            // Whoever asks for the token that is none gets the tokenizer's error.
            self.error = Some(e.error.clone());
        }
        token
    }

    pub fn text_of(&self, token: Token) -> &'s str {
        self.tokens.text.get(token.start as usize..token.end as usize).unwrap_or("")
    }

    /// Text of the current token.
    pub fn text(&mut self) -> &'s str {
        let pos = self.pos;
        self.look(pos).map_or("", |t| self.text_of(t))
    }

    pub fn kind(&mut self) -> Option<Tok> {
        let pos = self.pos;
        self.look(pos).map(|t| t.kind)
    }

    pub fn level(&mut self, pos: usize) -> u16 {
        self.tokens.list.get(pos).map_or(0, |t| t.level)
    }

    pub fn at_op(&mut self, op: &str) -> bool {
        self.ok() && self.kind() == Some(Tok::Op) && self.text() == op
    }

    pub fn at_any_op(&mut self, ops: &[&str]) -> bool {
        self.ok() && self.kind() == Some(Tok::Op) && ops.contains(&self.text())
    }

    pub fn at_word(&mut self, word: &str) -> bool {
        self.ok() && self.kind() == Some(Tok::Name) && self.text() == word
    }

    pub fn at_kind(&mut self, kind: Tok) -> bool {
        self.ok() && self.kind() == Some(kind)
    }

    /// A name that is no keyword.
    pub fn at_name(&mut self) -> bool {
        self.at_kind(Tok::Name) && !is_keyword(self.text())
    }

    pub fn op(&mut self, op: &str) -> Matched {
        let matched = self.at_op(op);
        self.pos += usize::from(matched);
        matched.then_some(())
    }

    pub fn word(&mut self, word: &str) -> Matched {
        let matched = self.at_word(word);
        self.pos += usize::from(matched);
        matched.then_some(())
    }

    pub fn tok(&mut self, kind: Tok) -> Matched {
        let matched = self.at_kind(kind);
        self.pos += usize::from(matched);
        matched.then_some(())
    }

    pub fn name(&mut self) -> Parsed {
        let start = self.pos;
        if !self.at_name() {
            return None;
        }
        self.pos += 1;
        Some(self.node(Kind::Name, start))
    }

    /// A token that the grammar insists on.
    pub fn forced_op(&mut self, op: &str) -> Matched {
        if self.op(op).is_some() {
            return Some(());
        }
        if self.ok() {
            let pos = self.pos;
            if pos < self.tokens.list.len() {
                return self.raise(format!("expected '{op}'"), pos, pos + 1);
            }
        }
        None
    }

    // ---- combinators

    /// Runs `rule`; when it does not match, the position is as before.
    pub fn attempt<T>(&mut self, rule: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if !self.ok() {
            return None;
        }
        let start = self.pos;
        let result = rule(self);
        if result.is_none() || !self.ok() {
            self.pos = start;
            return None;
        }
        result
    }

    /// Whether `rule` matches here; nothing is passed.
    pub fn ahead<T>(&mut self, rule: impl FnOnce(&mut Self) -> Option<T>) -> bool {
        let start = self.pos;
        let matched = self.ok() && rule(self).is_some();
        self.pos = start;
        matched
    }

    /// Runs `rule` and remembers its result.
    pub fn memo(&mut self, rule: Rule, parse: impl FnOnce(&mut Self) -> Parsed) -> Parsed {
        if !self.ok() {
            return None;
        }
        let key = (self.pos, rule, self.second && self.quiet == 0);
        if let Some(&(result, end)) = self.memo.get(&key) {
            if result.is_some() {
                self.pos = end;
            }
            return result;
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let at = Location::None;
            let message = "Parser stack overflowed - Python source too complex to parse";
            self.error = Some(CompileError::new(ErrorKind::TooComplex, message, at));
            return None;
        }
        let result = self.attempt(parse);
        self.depth -= 1;
        self.memo.insert(key, (result, self.pos));
        result
    }

    /// Runs `rule` without watching out for mistakes.
    pub fn quietly<T>(&mut self, rule: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.quiet += 1;
        let result = rule(self);
        self.quiet -= 1;
        result
    }

    /// Whether mistakes are being watched out for.
    pub fn watching(&self) -> bool {
        self.second && self.quiet == 0 && self.ok()
    }

    /// Forgets what was remembered: called between statements, whose results nobody asks for again.
    pub fn forget(&mut self) {
        self.memo.clear();
        self.parts.clear();
    }
}

/// The hard keywords.
pub(super) fn is_keyword(word: &str) -> bool {
    const KEYWORDS: [&str; 35] = [
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
        "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in",
        "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
    ];
    KEYWORDS.contains(&word)
}
