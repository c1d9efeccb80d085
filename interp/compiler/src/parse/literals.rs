//! String literals, f-strings and t-strings, for the diagnosing parser.

use super::diagnose::{Diagnoser, Kind, Matched, Parsed};
use super::tokens::Tok;

impl Diagnoser<'_, '_> {
    pub(super) fn strings(&mut self) -> Parsed {
        let start = self.pos;
        let (mut bytes, mut text, mut templates, mut interpolated) = (false, false, false, false);
        while self.ok() {
            match self.kind() {
                Some(Tok::String) => {
                    let prefix = self.text().split(['"', '\'']).next().unwrap_or("").to_ascii_lowercase();
                    let is_bytes = prefix.contains('b');
                    self.check_literal(&prefix)?;
                    bytes |= is_bytes;
                    text |= !is_bytes;
                    self.pos += 1;
                }
                Some(Tok::FStart) => {
                    let template = self.text().split(['"', '\'']).next().unwrap_or("").to_ascii_lowercase();
                    let template = template.contains('t');
                    templates |= template;
                    text |= !template;
                    interpolated |= !template;
                    self.fstring(if template { 't' } else { 'f' })?;
                }
                _ => break,
            }
        }
        if !self.ok() {
            return None;
        }
        if templates && (bytes || text) {
            let message = "cannot mix t-string literals with string or bytes literals";
            return self.raise(message, start, self.pos);
        }
        if bytes && text {
            let text = "cannot mix bytes and nonbytes literals";
            if interpolated {
                return self.raise_last(crate::error::ErrorKind::Syntax, text);
            }
            return self.raise(text, start, self.pos);
        }
        // Two literals with something between them may have been meant as one.
        if self.watching() && !interpolated && !templates {
            self.invalid_string_split();
        }
        let kind = match (templates, interpolated) {
            (true, _) => Kind::TString,
            (_, true) => Kind::FString,
            _ => Kind::Literal,
        };
        self.ok().then(|| self.node(kind, start))
    }

    /// `"a" b "c"`: expressions between string literals.
    pub(super) fn invalid_string_split(&mut self) {
        let _: Matched = self.attempt(|d| {
            let first = d.pos;
            while !d.at_kind(Tok::String) {
                d.quietly(Self::expression)?;
            }
            if d.pos == first {
                return None;
            }
            let end = d.pos;
            d.raise("invalid syntax. Is this intended to be part of the string?", first, end)
        });
    }

    /// Checks the value of the string token at the current position.
    pub(super) fn check_literal(&mut self, prefix: &str) -> Matched {
        let pos = self.pos;
        let text = self.text();
        let quote = text.find(['"', '\'']).unwrap_or(0);
        let triple = text[quote..].starts_with("\"\"\"") || text[quote..].starts_with("'''");
        let width = if triple { 3 } else { 1 };
        let body = text.get(quote + width..text.len().saturating_sub(width)).unwrap_or("");
        let bytes = prefix.contains('b');
        if bytes && !body.is_ascii() {
            return self.raise("bytes can only contain ASCII literal characters", pos, pos + 1);
        }
        if !prefix.contains('r')
            && let Some(message) = super::strings::escape_error(body, bytes)
        {
            return self.raise(message, pos, pos + 1);
        }
        Some(())
    }

    pub(super) fn check_middle(&mut self, raw: bool) -> Matched {
        let pos = self.pos;
        let text = self.text();
        if !raw && let Some(message) = super::strings::escape_error(text, false) {
            return self.raise(message, pos, pos + 1);
        }
        Some(())
    }

    pub(super) fn fstring(&mut self, letter: char) -> Matched {
        let raw = self.text().contains(['r', 'R']);
        self.tok(Tok::FStart)?;
        loop {
            if self.at_kind(Tok::FMiddle) {
                self.check_middle(raw)?;
                self.pos += 1;
                continue;
            }
            if self.at_op("{") {
                self.replacement_field(letter)?;
                continue;
            }
            return self.tok(Tok::FEnd);
        }
    }

    pub(super) fn replacement_field(&mut self, letter: char) -> Matched {
        let outer_letter = self.field_letter.replace(letter);
        let field = self.attempt(|d| {
            d.op("{")?;
            d.annotated_rhs()?;
            let _ = d.op("=");
            if d.at_op("!") {
                d.conversion(letter)?;
            }
            if d.op(":").is_some() {
                d.format_spec(letter)?;
            }
            d.op("}")
        });
        if field.is_none() && self.watching() {
            self.invalid_replacement_field(letter);
        }
        self.field_letter = outer_letter;
        field
    }

    pub(super) fn format_spec(&mut self, letter: char) -> Matched {
        loop {
            if self.tok(Tok::FMiddle).is_some() {
                continue;
            }
            if self.at_op("{") {
                self.replacement_field(letter)?;
                continue;
            }
            return self.ok().then_some(());
        }
    }

    pub(super) fn conversion(&mut self, letter: char) -> Matched {
        let bang = self.pos;
        self.op("!")?;
        let at = self.pos;
        let name = if self.at_name() { self.text() } else { return None };
        self.pos += 1;
        if self.tokens.list[bang].end != self.tokens.list[at].start {
            let message =
                format!("{letter}-string: conversion type must come right after the exclamation mark");
            return self.raise(message, bang, at + 1);
        }
        if !matches!(name, "s" | "r" | "a") {
            let message =
                format!("{letter}-string: invalid conversion character '{name}': expected 's', 'r', or 'a'");
            return self.raise(message, at, at + 1);
        }
        Some(())
    }

    pub(super) fn invalid_replacement_field(&mut self, letter: char) {
        let _: Matched = self.attempt(|d| {
            d.op("{")?;
            for op in ["=", "!", ":", "}"] {
                if d.at_op(op) {
                    let message = format!("{letter}-string: valid expression required before '{op}'");
                    return d.raise(message, d.pos, d.pos + 1);
                }
            }
            let next = |d: &mut Self, what: &str| {
                let pos = d.pos;
                d.raise(format!("{letter}-string: {what}"), pos, pos + 1)
            };
            if d.annotated_rhs().is_none() {
                return if d.ok() { next(d, "expecting a valid expression after '{'") } else { None };
            }
            if !d.at_any_op(&["=", "!", ":", "}"]) {
                return if d.ok() { next(d, "expecting '=', or '!', or ':', or '}'") } else { None };
            }
            if d.op("=").is_some() && !d.at_any_op(&["!", ":", "}"]) {
                return next(d, "expecting '!', or ':', or '}'");
            }
            if d.at_op("!") {
                let bang = d.pos;
                d.pos += 1;
                if d.at_any_op(&[":", "}"]) {
                    return d.raise(
                        format!("{letter}-string: missing conversion character"),
                        d.pos,
                        d.pos + 1,
                    );
                }
                if !d.at_name() {
                    let message = format!("{letter}-string: invalid conversion character");
                    return d.raise(message, d.pos, d.pos + 1);
                }
                d.pos = bang;
                d.conversion(letter)?;
                if !d.at_any_op(&[":", "}"]) {
                    return next(d, "expecting ':' or '}'");
                }
            }
            if d.op(":").is_some() {
                d.format_spec(letter)?;
                if !d.at_op("}") {
                    return next(d, "expecting '}', or format specs");
                }
                return None;
            }
            if !d.at_op("}") {
                return next(d, "expecting '}'");
            }
            None
        });
    }
}
