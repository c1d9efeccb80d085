//! Statements, for the diagnosing parser.

use super::diagnose::{Diagnoser, Kind, Matched, Targets};
use super::tokens::Tok;
use crate::Mode;
use crate::error::ErrorKind;
use ruff_text_size::TextSize;

impl Diagnoser<'_, '_> {
    /// The whole input.
    pub fn start(&mut self, mode: Mode) -> Matched {
        match mode {
            Mode::Exec => {
                while self.ok() && !self.at_kind(Tok::End) {
                    self.statement()?;
                    self.forget();
                }
                self.tok(Tok::End)
            }
            Mode::Eval => {
                self.comma_expressions()?;
                while self.tok(Tok::Newline).is_some() {}
                self.tok(Tok::End)
            }
            Mode::Single => {
                if self.tok(Tok::Newline).is_some() {
                    return Some(());
                }
                let compound = self.attempt(Self::compound_statement);
                if compound.is_some() {
                    return self.tok(Tok::Newline);
                }
                if !self.ok() {
                    return None;
                }
                self.simple_statements()
            }
        }
    }

    /// `a, b`: the expressions of `eval`.
    pub(super) fn comma_expressions(&mut self) -> Matched {
        self.expression()?;
        while self.op(",").is_some() {
            if self.attempt(Self::expression).is_none() {
                break;
            }
        }
        self.ok().then_some(())
    }

    /// Line of a token.
    pub fn line_of(&self, pos: usize) -> u32 {
        let at = self.tokens.list.get(pos).map_or(0, |t| t.start);
        self.source.line(TextSize::new(at))
    }

    pub fn statement(&mut self) -> Matched {
        let compound = self.attempt(Self::compound_statement);
        if compound.is_some() || !self.ok() {
            return compound;
        }
        self.simple_statements()
    }

    pub(super) fn simple_statements(&mut self) -> Matched {
        self.simple_statement()?;
        while self.op(";").is_some() {
            if self.at_kind(Tok::Newline) {
                break;
            }
            self.simple_statement()?;
        }
        self.tok(Tok::Newline)
    }

    // ---- blocks

    pub fn block(&mut self) -> Matched {
        if self.tok(Tok::Newline).is_none() {
            return self.simple_statements();
        }
        if self.tok(Tok::Indent).is_none() {
            if self.watching() {
                return self.raise_last(ErrorKind::Indentation, "expected an indented block");
            }
            return None;
        }
        self.statement()?;
        while self.ok() && !self.at_kind(Tok::Dedent) {
            self.statement()?;
        }
        self.tok(Tok::Dedent)
    }

    /// `: block`, where a missing indentation names the statement.
    pub(super) fn suite(&mut self, what: &str, line: u32) -> Matched {
        self.op(":")?;
        self.indented(what, line)
    }

    pub(super) fn indented(&mut self, what: &str, line: u32) -> Matched {
        if self.watching() && self.at_kind(Tok::Newline) {
            let missing = self.attempt(|d| {
                d.tok(Tok::Newline)?;
                (!d.at_kind(Tok::Indent)).then_some(())
            });
            if missing.is_some() {
                let text = format!("expected an indented block after {what} on line {line}");
                return self.raise_last(ErrorKind::Indentation, text);
            }
        }
        self.block()
    }

    /// A header that ends without its colon.
    pub(super) fn missing_colon(&mut self) {
        if self.watching() && self.at_kind(Tok::Newline) {
            let pos = self.pos;
            let _: Matched = self.raise("expected ':'", pos, pos + 1);
        }
    }

    // ---- compound statements

    pub(super) fn compound_statement(&mut self) -> Matched {
        if self.at_kind(Tok::Op) {
            return if self.at_op("@") { self.decorated() } else { None };
        }
        if !self.at_kind(Tok::Name) {
            return None;
        }
        let start = self.pos;
        match self.text() {
            "def" => self.function(start),
            "class" => self.class(),
            "if" => self.if_statement("if"),
            "while" => self.while_statement(),
            "for" => self.for_statement(start),
            "with" => self.with_statement(start),
            "try" => self.try_statement(),
            "async" => {
                self.pos += 1;
                let result = match self.text() {
                    "def" => self.function(start),
                    "for" => self.for_statement(start),
                    "with" => self.with_statement(start),
                    _ => None,
                };
                if result.is_none() {
                    self.pos = start;
                }
                result
            }
            "match" => self.match_statement(),
            _ => None,
        }
    }

    pub(super) fn decorated(&mut self) -> Matched {
        while self.op("@").is_some() {
            self.named_expression()?;
            self.tok(Tok::Newline)?;
        }
        let start = self.pos;
        if self.at_word("class") {
            return self.class();
        }
        let _ = self.word("async");
        self.function(start)
    }

    pub(super) fn function(&mut self, _start: usize) -> Matched {
        let line = self.line_of(self.pos);
        self.word("def")?;
        self.name()?;
        let _ = self.attempt(Self::type_parameters);
        self.forced_op("(")?;
        if !self.at_op(")") {
            self.function_parameters()?;
        }
        self.op(")")?;
        let _ = self.attempt(|d| {
            d.op("->")?;
            d.expression()
        });
        self.forced_op(":")?;
        self.indented("function definition", line)
    }

    pub(super) fn class(&mut self) -> Matched {
        let line = self.line_of(self.pos);
        self.word("class")?;
        self.name()?;
        let _ = self.attempt(Self::type_parameters);
        if self.at_op("(") {
            let open = self.pos;
            self.op("(")?;
            self.arguments_until_paren(open)?;
        }
        self.missing_colon();
        self.suite("class definition", line)
    }

    pub(super) fn type_parameters(&mut self) -> Matched {
        if !self.at_op("[") {
            return self.ok().then_some(());
        }
        self.op("[")?;
        if self.at_op("]") && self.watching() {
            return self.raise_from("Type parameter list cannot be empty", self.pos);
        }
        loop {
            self.type_parameter()?;
            if self.op(",").is_none() || self.at_op("]") {
                break;
            }
        }
        self.op("]")
    }

    pub(super) fn type_parameter(&mut self) -> Matched {
        let kind = if self.op("**").is_some() {
            "ParamSpec"
        } else if self.op("*").is_some() {
            "TypeVarTuple"
        } else {
            ""
        };
        self.name()?;
        if self.at_op(":") {
            if !kind.is_empty() {
                if self.watching() {
                    let colon = self.pos;
                    let _: Matched = self.attempt(|d| {
                        d.op(":")?;
                        let e = d.expression()?;
                        let what = if e.kind == Kind::Tuple { "constraints" } else { "bound" };
                        d.raise(format!("cannot use {what} with {kind}"), colon, colon + 1)
                    });
                    self.widen_last_error(colon);
                }
                return None;
            }
            self.op(":")?;
            self.expression()?;
        }
        if self.op("=").is_some() {
            if kind == "TypeVarTuple" {
                self.star_expression()?
            } else {
                self.expression()?
            };
        }
        self.ok().then_some(())
    }

    /// The report about a bound starts at its colon and covers the bound.
    pub(super) fn widen_last_error(&mut self, colon: usize) {
        if let Some(error) = self.error.take() {
            let end = self.furthest;
            let at = self.location(colon, end);
            self.error = Some(crate::error::CompileError::new(error.kind, error.message, at));
        }
    }

    pub(super) fn if_statement(&mut self, word: &str) -> Matched {
        let line = self.line_of(self.pos);
        self.word(word)?;
        self.named_expression()?;
        self.missing_colon();
        self.suite(&format!("'{word}' statement"), line)?;
        if self.at_word("elif") {
            return self.if_statement("elif");
        }
        let had_else = self.at_word("else");
        self.else_block()?;
        if had_else && self.at_word("elif") && self.watching() {
            let pos = self.pos;
            return self.raise("'elif' block follows an 'else' block", pos, pos + 1);
        }
        self.ok().then_some(())
    }

    pub(super) fn else_block(&mut self) -> Matched {
        if !self.at_word("else") {
            return self.ok().then_some(());
        }
        let line = self.line_of(self.pos);
        self.word("else")?;
        self.forced_op(":")?;
        self.indented("'else' statement", line)
    }

    pub(super) fn while_statement(&mut self) -> Matched {
        let line = self.line_of(self.pos);
        self.word("while")?;
        self.named_expression()?;
        self.missing_colon();
        self.suite("'while' statement", line)?;
        self.else_block()
    }

    pub(super) fn for_statement(&mut self, start: usize) -> Matched {
        let line = self.line_of(self.pos);
        self.word("for")?;
        let header = self.attempt(|d| {
            d.star_targets()?;
            d.word("in")
        });
        if header.is_none() {
            if self.watching() {
                self.invalid_for_target(start);
            }
            return None;
        }
        self.star_expressions()?;
        self.missing_colon();
        self.suite("'for' statement", line)?;
        self.else_block()
    }

    pub(super) fn with_statement(&mut self, _start: usize) -> Matched {
        let line = self.line_of(self.pos);
        self.word("with")?;
        let parenthesized = self.attempt(|d| {
            d.op("(")?;
            d.with_item()?;
            while d.op(",").is_some() {
                if d.at_op(")") {
                    break;
                }
                d.with_item()?;
            }
            d.op(")")?;
            (d.at_op(":") || (d.watching() && d.at_kind(Tok::Newline))).then_some(())
        });
        if !self.ok() {
            return None;
        }
        if parenthesized.is_none() {
            self.with_item()?;
            while self.op(",").is_some() {
                self.with_item()?;
            }
        }
        self.missing_colon();
        self.suite("'with' statement", line)
    }

    pub(super) fn with_item(&mut self) -> Matched {
        self.expression()?;
        if !self.at_word("as") {
            return self.ok().then_some(());
        }
        self.word("as")?;
        let target = self.attempt(|d| {
            d.star_target()?;
            (d.at_any_op(&[",", ")", ":"]) || d.at_kind(Tok::Newline)).then_some(())
        });
        if target.is_none() && self.watching() {
            let _: Matched = self.attempt(|d| {
                let a = d.expression()?;
                if d.at_any_op(&[",", ")", ":"]) {
                    return d.raise_invalid_target(Targets::Star, a);
                }
                None
            });
        }
        target
    }

    pub(super) fn try_statement(&mut self) -> Matched {
        let line = self.line_of(self.pos);
        self.word("try")?;
        self.forced_op(":")?;
        self.indented("'try' statement", line)?;
        if !self.at_word("except") && !self.at_word("finally") {
            if self.watching() {
                return self.raise_last(ErrorKind::Syntax, "expected 'except' or 'finally' block");
            }
            return None;
        }
        let mut star: Option<bool> = None;
        while self.at_word("except") {
            let at = self.pos;
            let is_star = self.except_clause()?;
            if star.is_some_and(|s| s != is_star) {
                if self.watching() {
                    let text = "cannot have both 'except' and 'except*' on the same 'try'";
                    return self.raise(text, at, at + 1 + usize::from(is_star));
                }
                return None;
            }
            star = Some(is_star);
        }
        if star.is_some() {
            self.else_block()?;
        }
        if self.at_word("finally") {
            let line = self.line_of(self.pos);
            self.word("finally")?;
            self.forced_op(":")?;
            self.indented("'finally' statement", line)?;
        }
        self.ok().then_some(())
    }

    /// One `except` clause; whether it has a star.
    pub(super) fn except_clause(&mut self) -> Option<bool> {
        let line = self.line_of(self.pos);
        self.word("except")?;
        let star = self.op("*").is_some();
        let what = if star { "'except*' statement" } else { "'except' statement" };
        if self.at_op(":") || self.at_kind(Tok::Newline) {
            if star && self.watching() {
                return self.raise_last(ErrorKind::Syntax, "expected one or more exception types");
            }
            if star {
                return None;
            }
            self.missing_colon();
            self.suite(what, line)?;
            return Some(false);
        }
        let a = self.expression()?;
        let mut several = false;
        while self.at_op(",") {
            several = true;
            self.op(",")?;
            if self.attempt(Self::expression).is_none() {
                break;
            }
        }
        if self.at_word("as") {
            if several {
                if self.watching() {
                    let named = self.ahead(|d| {
                        d.word("as")?;
                        d.name()?;
                        d.op(":")
                    });
                    if named {
                        let text = "multiple exception types must be parenthesized when using 'as'";
                        return self.raise_from(text, a.start);
                    }
                }
                return None;
            }
            self.word("as")?;
            let plain = self.attempt(|d| {
                d.name()?;
                (d.at_op(":") || d.at_kind(Tok::Newline)).then_some(())
            });
            if plain.is_none() {
                if self.watching() {
                    let _: Matched = self.attempt(|d| {
                        let a = d.expression()?;
                        d.op(":")?;
                        d.block()?;
                        let word = if star { "except*" } else { "except" };
                        let text = format!("cannot use {word} statement with {}", a.kind.describe());
                        d.raise_node(text, a)
                    });
                }
                return None;
            }
        }
        self.missing_colon();
        self.suite(what, line)?;
        Some(star)
    }
}
