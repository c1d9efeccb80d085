//! Simple statements, assignment targets and imports, for the diagnosing parser.

use super::diagnose::{Diagnoser, Kind, Matched, Node, Parsed, Targets};
use super::tokens::Tok;

/// Operators of augmented assignment.
const AUGMENTED: [&str; 13] =
    ["+=", "-=", "*=", "@=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", "**=", "//="];

impl Diagnoser<'_, '_> {
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

    pub(super) fn assert_part(&mut self) -> Matched {
        self.expression().map(drop)
    }

    /// Assignments of all kinds, and bare expressions.
    pub(super) fn expression_statement(&mut self) -> Matched {
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

    pub(super) fn assignment(&mut self) -> Matched {
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

    pub(super) fn invalid_assignment(&mut self) {
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
    pub(super) fn assign_mistake(&mut self, a: Node) -> Matched {
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
    pub(super) fn target_primary(&mut self) -> Parsed {
        self.primary()
    }

    pub(super) fn del_statement(&mut self) -> Matched {
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

    pub(super) fn raise_statement(&mut self) -> Matched {
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

    pub(super) fn type_statement(&mut self) -> Matched {
        self.word("type")?;
        self.name()?;
        self.type_parameters()?;
        self.op("=")?;
        self.expression().map(drop)
    }

    // ---- imports

    pub(super) fn dotted_name(&mut self) -> Matched {
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

    pub(super) fn import_statement(&mut self) -> Matched {
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
    pub(super) fn import_as(&mut self) -> Matched {
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

    pub(super) fn from_statement(&mut self) -> Matched {
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
