//! `match` statements, for the diagnosing parser.

use super::diagnose::{Diagnoser, Matched};
use super::tokens::Tok;
use crate::error::ErrorKind;

impl Diagnoser<'_, '_> {
    pub fn match_statement(&mut self) -> Matched {
        let start = self.pos;
        let line = self.line_of(start);
        let matched = self.attempt(|d| {
            d.word("match")?;
            d.star_named_subject()?;
            d.op(":")?;
            d.tok(Tok::Newline)?;
            d.tok(Tok::Indent)?;
            d.case_block()?;
            while d.attempt(Self::case_block).is_some() {}
            d.tok(Tok::Dedent)
        });
        if matched.is_none() && self.watching() {
            let _: Matched = self.attempt(|d| {
                d.word("match")?;
                d.star_named_subject()?;
                if d.tok(Tok::Newline).is_some() {
                    return d.raise_last(ErrorKind::Syntax, "expected ':'");
                }
                d.op(":")?;
                d.tok(Tok::Newline)?;
                if !d.at_kind(Tok::Indent) {
                    let text = format!("expected an indented block after 'match' statement on line {line}");
                    return d.raise_last(ErrorKind::Indentation, text);
                }
                None
            });
        }
        matched
    }

    fn star_named_subject(&mut self) -> Matched {
        self.star_named_expressions().map(drop)
    }

    fn case_block(&mut self) -> Matched {
        let line = self.line_of(self.pos);
        if !self.at_word("case") {
            return None;
        }
        if self.watching() {
            let _: Matched = self.attempt(|d| {
                d.word("case")?;
                d.patterns()?;
                d.guard()?;
                if d.tok(Tok::Newline).is_some() {
                    return d.raise_last(ErrorKind::Syntax, "expected ':'");
                }
                d.op(":")?;
                d.tok(Tok::Newline)?;
                if !d.at_kind(Tok::Indent) {
                    let text = format!("expected an indented block after 'case' statement on line {line}");
                    return d.raise_last(ErrorKind::Indentation, text);
                }
                None
            });
        }
        self.attempt(|d| {
            d.word("case")?;
            d.patterns()?;
            d.guard()?;
            d.op(":")?;
            d.block()
        })
    }

    fn guard(&mut self) -> Matched {
        if self.word("if").is_some() {
            self.named_expression()?;
        }
        self.ok().then_some(())
    }

    fn patterns(&mut self) -> Matched {
        self.maybe_star_pattern()?;
        while self.op(",").is_some() {
            if self.at_op(":") || self.at_word("if") {
                break;
            }
            self.maybe_star_pattern()?;
        }
        Some(())
    }

    fn maybe_star_pattern(&mut self) -> Matched {
        if self.op("*").is_some() {
            return self.name().map(drop);
        }
        self.as_pattern()
    }

    fn as_pattern(&mut self) -> Matched {
        self.or_pattern()?;
        if !self.at_word("as") {
            return self.ok().then_some(());
        }
        self.word("as")?;
        let target = self.pos;
        let plain = self.at_name() && self.text() != "_";
        if plain {
            self.pos += 1;
            if !self.at_any_op(&[".", "(", "="]) {
                return Some(());
            }
            self.pos = target;
        }
        if self.watching() {
            if self.at_name() && self.text() == "_" {
                return self.raise("cannot use '_' as a target", target, target + 1);
            }
            if let Some(a) = self.expression() {
                let text = format!("cannot use {} as pattern target", a.kind.describe());
                return self.raise_node(text, a);
            }
        }
        if plain {
            self.pos = target + 1;
            return self.ok().then_some(());
        }
        None
    }

    fn or_pattern(&mut self) -> Matched {
        self.closed_pattern()?;
        while self.op("|").is_some() {
            self.closed_pattern()?;
        }
        self.ok().then_some(())
    }

    fn closed_pattern(&mut self) -> Matched {
        match self.kind()? {
            Tok::Number => self.number_pattern(),
            Tok::String | Tok::FStart => {
                let start = self.pos;
                let formatted = self.at_kind(Tok::FStart);
                let node = self.primary_string()?;
                if formatted {
                    return self.raise("patterns may only match literals and attribute lookups", start, node);
                }
                Some(())
            }
            Tok::Name => match self.text() {
                "None" | "True" | "False" => {
                    self.pos += 1;
                    Some(())
                }
                _ => self.name_pattern(),
            },
            Tok::Op => match self.text() {
                "-" => self.number_pattern(),
                "(" => self.bracket_pattern("(", ")"),
                "[" => self.bracket_pattern("[", "]"),
                "{" => self.mapping_pattern(),
                _ => None,
            },
            _ => None,
        }
    }

    fn primary_string(&mut self) -> Option<usize> {
        while self.at_kind(Tok::String) || self.at_kind(Tok::FStart) {
            if self.at_kind(Tok::String) {
                self.pos += 1;
            } else {
                self.primary()?;
            }
        }
        Some(self.pos)
    }

    fn number_pattern(&mut self) -> Matched {
        let _ = self.op("-");
        let real_at = self.pos;
        let real_imaginary = self.is_imaginary();
        self.tok(Tok::Number)?;
        if self.at_any_op(&["+", "-"]) {
            self.pos += 1;
            let at = self.pos;
            let imaginary = self.is_imaginary();
            self.tok(Tok::Number)?;
            if real_imaginary {
                return self.raise("real number required in complex literal", real_at, real_at + 1);
            }
            if !imaginary {
                return self.raise("imaginary number required in complex literal", at, at + 1);
            }
        }
        self.ok().then_some(())
    }

    fn is_imaginary(&mut self) -> bool {
        self.at_kind(Tok::Number) && self.text().ends_with(['j', 'J'])
    }

    fn name_pattern(&mut self) -> Matched {
        self.name()?;
        while self.op(".").is_some() {
            self.name()?;
        }
        if self.at_op("(") { self.class_pattern_arguments() } else { self.ok().then_some(()) }
    }

    fn class_pattern_arguments(&mut self) -> Matched {
        self.op("(")?;
        let mut keyword = false;
        while !self.at_op(")") {
            let start = self.pos;
            let is_keyword = self.ahead(|d| {
                d.name()?;
                d.op("=")
            });
            if is_keyword {
                self.pos += 2;
                keyword = true;
            }
            self.as_pattern()?;
            if keyword && !is_keyword {
                let mut end = self.pos;
                let watching = self.watching();
                // The positional patterns up to the next keyword belong to the report.
                while watching && self.op(",").is_some() {
                    let next_keyword = self.ahead(|d| {
                        d.name()?;
                        d.op("=")
                    });
                    if next_keyword || self.at_op(")") || self.as_pattern().is_none() {
                        break;
                    }
                    end = self.pos;
                }
                if watching {
                    return self.raise("positional patterns follow keyword patterns", start, end);
                }
                return None;
            }
            if self.op(",").is_none() {
                break;
            }
        }
        self.op(")")
    }

    fn bracket_pattern(&mut self, open: &str, close: &str) -> Matched {
        self.op(open)?;
        let mut lone_star = open == "(";
        while !self.at_op(close) {
            lone_star &= self.at_op("*");
            self.maybe_star_pattern()?;
            if self.op(",").is_none() {
                if lone_star {
                    return None;
                }
                break;
            }
            lone_star = false;
        }
        self.op(close)
    }

    fn mapping_pattern(&mut self) -> Matched {
        self.op("{")?;
        while !self.at_op("}") {
            if self.op("**").is_some() {
                self.name()?;
                let _ = self.op(",");
                break;
            }
            match self.kind()? {
                Tok::Name if !matches!(self.text(), "None" | "True" | "False") => {
                    self.name()?;
                    self.op(".")?;
                    self.name()?;
                    while self.op(".").is_some() {
                        self.name()?;
                    }
                }
                Tok::Name | Tok::Number | Tok::String => self.closed_pattern()?,
                Tok::Op if self.at_op("-") => self.number_pattern()?,
                _ => return None,
            }
            self.op(":")?;
            self.as_pattern()?;
            if self.op(",").is_none() {
                break;
            }
        }
        self.op("}")
    }
}
