//! Statements, for the diagnosing parser.

use super::diagnose::{Diagnoser, Kind, Matched, Node, Parsed, Targets};
use super::tokens::Tok;
use crate::Mode;
use crate::error::ErrorKind;
use ruff_text_size::TextSize;

/// Operators of augmented assignment.
const AUGMENTED: [&str; 13] =
    ["+=", "-=", "*=", "@=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", "**=", "//="];

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
    fn comma_expressions(&mut self) -> Matched {
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

    fn simple_statements(&mut self) -> Matched {
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
    fn suite(&mut self, what: &str, line: u32) -> Matched {
        self.op(":")?;
        self.indented(what, line)
    }

    fn indented(&mut self, what: &str, line: u32) -> Matched {
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
    fn missing_colon(&mut self) {
        if self.watching() && self.at_kind(Tok::Newline) {
            let pos = self.pos;
            let _: Matched = self.raise("expected ':'", pos, pos + 1);
        }
    }

    // ---- compound statements

    fn compound_statement(&mut self) -> Matched {
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

    fn decorated(&mut self) -> Matched {
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

    fn function(&mut self, _start: usize) -> Matched {
        let line = self.line_of(self.pos);
        self.word("def")?;
        self.name()?;
        self.type_parameters()?;
        self.forced_op("(")?;
        if !self.at_op(")") {
            self.function_parameters()?;
        }
        self.op(")")?;
        if self.op("->").is_some() {
            self.expression()?;
        }
        self.forced_op(":")?;
        self.indented("function definition", line)
    }

    fn class(&mut self) -> Matched {
        let line = self.line_of(self.pos);
        self.word("class")?;
        self.name()?;
        self.type_parameters()?;
        if self.at_op("(") {
            let open = self.pos;
            self.op("(")?;
            self.arguments_until_paren(open)?;
        }
        self.missing_colon();
        self.suite("class definition", line)
    }

    fn type_parameters(&mut self) -> Matched {
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

    fn type_parameter(&mut self) -> Matched {
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
    fn widen_last_error(&mut self, colon: usize) {
        if let Some(error) = self.error.take() {
            let end = self.furthest;
            let at = self.location(colon, end);
            self.error = Some(crate::error::CompileError::new(error.kind, error.message, at));
        }
    }

    fn if_statement(&mut self, word: &str) -> Matched {
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

    fn else_block(&mut self) -> Matched {
        if !self.at_word("else") {
            return self.ok().then_some(());
        }
        let line = self.line_of(self.pos);
        self.word("else")?;
        self.forced_op(":")?;
        self.indented("'else' statement", line)
    }

    fn while_statement(&mut self) -> Matched {
        let line = self.line_of(self.pos);
        self.word("while")?;
        self.named_expression()?;
        self.missing_colon();
        self.suite("'while' statement", line)?;
        self.else_block()
    }

    fn for_statement(&mut self, start: usize) -> Matched {
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

    fn with_statement(&mut self, _start: usize) -> Matched {
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

    fn with_item(&mut self) -> Matched {
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

    fn try_statement(&mut self) -> Matched {
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
    fn except_clause(&mut self) -> Option<bool> {
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

    // ---- simple statements

    pub fn simple_statement(&mut self) -> Matched {
        if !self.ok() {
            return None;
        }
        let start = self.pos;
        if self.at_kind(Tok::Name) {
            match self.text() {
                "pass" | "break" | "continue" => {
                    if self.watching()
                        && self.ahead(|d| {
                            d.pos += 1;
                            d.word("if")
                        })
                    {
                        let _ = self.expression();
                        if !self.ok() {
                            return None;
                        }
                    }
                    self.pos = start + 1;
                    return Some(());
                }
                "return" => {
                    self.pos += 1;
                    let _ = self.star_expressions();
                    return self.ok().then_some(());
                }
                "raise" => return self.raise_statement(),
                "global" | "nonlocal" => {
                    self.pos += 1;
                    self.name()?;
                    while self.op(",").is_some() {
                        self.name()?;
                    }
                    return Some(());
                }
                "del" => return self.del_statement(),
                "assert" => {
                    self.pos += 1;
                    self.assert_part()?;
                    if self.op(",").is_some() {
                        self.assert_part()?;
                    }
                    return Some(());
                }
                "import" => return self.import_statement(),
                "from" => return self.from_statement(),
                "type" => {
                    let alias = self.attempt(Self::type_statement);
                    if alias.is_some() || !self.ok() {
                        return alias;
                    }
                }
                "yield" => {
                    self.yield_expression()?;
                    if self.at_op("=") && self.watching() {
                        return self.raise("assignment to yield expression not possible", start, self.pos);
                    }
                    return self.ok().then_some(());
                }
                _ => {}
            }
        }
        self.expression_statement()
    }

    fn assert_part(&mut self) -> Matched {
        self.expression().map(drop)
    }

    /// Assignments of all kinds, and bare expressions.
    fn expression_statement(&mut self) -> Matched {
        let start = self.pos;
        let assigned = self.attempt(Self::assignment);
        if assigned.is_some() || !self.ok() {
            return assigned;
        }
        if self.watching() {
            self.pos = start;
            self.invalid_assignment();
            if !self.ok() {
                return None;
            }
        }
        self.star_expressions().map(drop)
    }

    fn assignment(&mut self) -> Matched {
        // An annotation.
        let annotated = self.attempt(|d| {
            let target = d.primary()?;
            if d.at_op(":") && matches!(target.kind, Kind::Name | Kind::Attribute | Kind::Subscript) {
                d.op(":")?;
                d.expression()?;
                if d.op("=").is_some() {
                    d.annotated_rhs()?;
                }
                return Some(());
            }
            None
        });
        if annotated.is_some() || !self.ok() {
            return annotated;
        }
        // A chain of targets.
        let chained = self.attempt(|d| {
            d.star_targets()?;
            d.op("=")?;
            while d
                .attempt(|d| {
                    d.star_targets()?;
                    d.op("=")
                })
                .is_some()
            {}
            d.annotated_rhs()?;
            (!d.at_op("=")).then_some(())
        });
        if chained.is_some() || !self.ok() {
            return chained;
        }
        self.attempt(|d| {
            let target = d.primary()?;
            if !matches!(target.kind, Kind::Name | Kind::Attribute | Kind::Subscript) {
                return None;
            }
            if !d.at_any_op(&AUGMENTED) {
                return None;
            }
            d.pos += 1;
            d.annotated_rhs().map(drop)
        })
    }

    fn invalid_assignment(&mut self) {
        let _: Matched = self.attempt(|d| {
            // The annotation's target, parentheses aside.
            let a = d.expression()?;
            if !d.at_op(":") {
                return None;
            }
            let ahead = d.ahead(|d| {
                d.op(":")?;
                d.expression()
            });
            if !ahead || !d.ok() {
                return None;
            }
            match a.kind {
                Kind::List | Kind::Tuple => {
                    let text = format!("only single target (not {}) can be annotated", a.kind.describe());
                    d.raise_node(text, a)
                }
                Kind::Name | Kind::Attribute | Kind::Subscript => None,
                _ => d.raise_node("illegal target for annotation", a),
            }
        });
        let _: Matched = self.attempt(|d| {
            let a = d.star_named_expression()?;
            d.op(",")?;
            if !d.at_op(":") {
                d.star_named_expressions()?;
            }
            d.op(":")?;
            d.expression()?;
            d.raise_node("only single target (not tuple) can be annotated", a)
        });
        let _: Matched = self.attempt(|d| {
            while d
                .attempt(|d| {
                    d.star_targets()?;
                    d.op("=")
                })
                .is_some()
            {}
            if d.at_word("yield") {
                let y = d.yield_expression()?;
                d.op("=")?;
                return d.raise_node("assignment to yield expression not possible", y);
            }
            let a = d.star_expressions()?;
            if !d.at_op("=") {
                return None;
            }
            d.op("=")?;
            d.assign_mistake(a)
        });
        let _: Matched = self.attempt(|d| {
            let a = d.star_expressions()?;
            if !d.at_any_op(&AUGMENTED) {
                return None;
            }
            d.pos += 1;
            d.annotated_rhs()?;
            let text = format!("'{}' is an illegal expression for augmented assignment", a.kind.describe());
            d.raise_node(text, a)
        });
    }

    /// `a = ...` where `a` is no target.
    fn assign_mistake(&mut self, a: Node) -> Matched {
        self.raise_invalid_target(Targets::Star, a)
    }

    // ---- targets

    /// `a, *b, (c, d)`.
    pub fn star_targets(&mut self) -> Parsed {
        self.attempt(|d| {
            let start = d.pos;
            let first = d.star_target()?;
            if !d.at_op(",") {
                return Some(first);
            }
            let mut items = vec![first];
            while d.op(",").is_some() {
                match d.attempt(Self::star_target) {
                    Some(item) => items.push(item),
                    None => break,
                }
            }
            d.ok().then(|| d.node_with(Kind::Tuple, start, &items))
        })
    }

    pub fn star_target(&mut self) -> Parsed {
        self.attempt(|d| {
            let start = d.pos;
            if d.op("*").is_some() {
                if d.at_op("*") {
                    return None;
                }
                let inner = d.star_target()?;
                return Some(d.node_with(Kind::Starred, start, &[inner]));
            }
            let node = d.target_primary()?;
            match d.invalid_target(Targets::Star, node) {
                Some(_) => None,
                None => Some(node),
            }
        })
    }

    /// A primary without the checks that only complete expressions get.
    fn target_primary(&mut self) -> Parsed {
        self.primary()
    }

    fn del_statement(&mut self) -> Matched {
        self.word("del")?;
        let plain = self.attempt(|d| {
            let a = d.star_targets()?;
            if d.invalid_target(Targets::Delete, a).is_some() {
                return None;
            }
            (d.at_op(";") || d.at_kind(Tok::Newline)).then_some(())
        });
        if plain.is_none() && self.watching() {
            let _: Matched = self.attempt(|d| {
                let a = d.star_expressions()?;
                d.raise_invalid_target(Targets::Delete, a)
            });
        }
        plain
    }

    fn raise_statement(&mut self) -> Matched {
        self.word("raise")?;
        if self.attempt(Self::expression).is_none() {
            return self.ok().then_some(());
        }
        if self.at_word("from") {
            self.word("from")?;
            self.expression()?;
        }
        self.ok().then_some(())
    }

    fn type_statement(&mut self) -> Matched {
        self.word("type")?;
        self.name()?;
        self.type_parameters()?;
        self.op("=")?;
        self.expression().map(drop)
    }

    // ---- imports

    fn dotted_name(&mut self) -> Matched {
        self.name()?;
        while self
            .attempt(|d| {
                d.op(".")?;
                d.name()
            })
            .is_some()
        {}
        self.ok().then_some(())
    }

    fn import_statement(&mut self) -> Matched {
        let start = self.pos;
        self.word("import")?;
        if self.at_kind(Tok::Newline) && self.watching() {
            return self.raise_from("Expected one or more names after 'import'", self.pos);
        }
        if self.watching() {
            let _: Matched = self.attempt(|d| {
                d.dotted_name()?;
                while d.op(",").is_some() {
                    d.dotted_name()?;
                }
                d.word("from")?;
                d.dotted_name()?;
                d.raise_from("Did you mean to use 'from ... import ...' instead?", start)
            });
        }
        loop {
            self.dotted_name()?;
            self.import_as()?;
            if self.op(",").is_none() {
                return self.ok().then_some(());
            }
        }
    }

    /// `as name` after an imported name.
    fn import_as(&mut self) -> Matched {
        if !self.at_word("as") {
            return self.ok().then_some(());
        }
        self.word("as")?;
        let plain = self.attempt(|d| {
            d.name()?;
            (d.at_any_op(&[",", ")", ";"]) || d.at_kind(Tok::Newline)).then_some(())
        });
        if plain.is_some() {
            return plain;
        }
        if self.watching() {
            let _: Matched = self.attempt(|d| {
                let a = d.expression()?;
                d.raise_node(format!("cannot use {} as import target", a.kind.describe()), a)
            });
        }
        self.name().map(drop)
    }

    fn from_statement(&mut self) -> Matched {
        self.word("from")?;
        let mut dots = false;
        while self.at_op(".") || self.at_op("...") {
            self.pos += 1;
            dots = true;
        }
        if !self.at_word("import") || !dots {
            self.dotted_name()?;
        }
        self.word("import")?;
        if self.op("*").is_some() {
            return Some(());
        }
        if self.at_kind(Tok::Newline) && self.watching() {
            return self.raise_from("Expected one or more names after 'import'", self.pos);
        }
        let parens = self.op("(").is_some();
        loop {
            self.name()?;
            self.import_as()?;
            if self.op(",").is_none() {
                break;
            }
            if parens && self.at_op(")") {
                break;
            }
            if !parens && self.at_kind(Tok::Newline) {
                if self.watching() {
                    let text = "trailing comma not allowed without surrounding parentheses";
                    let pos = self.pos;
                    return self.raise(text, pos, pos + 1);
                }
                return None;
            }
        }
        if parens { self.op(")") } else { self.ok().then_some(()) }
    }
}
