//! Expressions, for the diagnosing parser.

use super::diagnose::{Diagnoser, Kind, Matched, Node, Parsed, Rule, is_keyword};
use super::tokens::Tok;

impl Diagnoser<'_, '_> {
    // ---- lists of expressions

    /// `a, *b, c`: a tuple when there is a comma.
    pub fn star_expressions(&mut self) -> Parsed {
        self.memo(Rule::StarExpressions, |d| d.comma_list(Self::star_expression))
    }

    pub(super) fn comma_list(&mut self, item: fn(&mut Self) -> Parsed) -> Parsed {
        let start = self.pos;
        let first = item(self)?;
        if !self.at_op(",") {
            return Some(first);
        }
        let mut items = vec![first];
        while self.op(",").is_some() {
            match item(self) {
                Some(next) => items.push(next),
                None => break,
            }
        }
        self.ok().then(|| self.node_with(Kind::Tuple, start, &items))
    }

    pub fn star_expression(&mut self) -> Parsed {
        if self.at_op("*") {
            return self.attempt(|d| {
                let start = d.pos;
                d.op("*")?;
                let value = d.bitwise_or()?;
                Some(d.node_with(Kind::Starred, start, &[value]))
            });
        }
        self.expression()
    }

    pub fn star_named_expression(&mut self) -> Parsed {
        if self.at_op("*") { self.star_expression() } else { self.named_expression() }
    }

    /// One or more `star_named_expression`s.
    pub fn star_named_expressions(&mut self) -> Option<Vec<Node>> {
        let mut items = vec![self.star_named_expression()?];
        while self.op(",").is_some() {
            match self.star_named_expression() {
                Some(item) => items.push(item),
                None => break,
            }
        }
        self.ok().then_some(items)
    }

    pub fn yield_expression(&mut self) -> Parsed {
        self.attempt(|d| {
            let start = d.pos;
            d.word("yield")?;
            if d.word("from").is_some() {
                d.expression()?;
            } else {
                let _ = d.star_expressions();
            }
            d.ok().then(|| d.node(Kind::Yield, start))
        })
    }

    /// What may stand on the right of `=`, and in a replacement field.
    pub fn annotated_rhs(&mut self) -> Parsed {
        if self.at_word("yield") { self.yield_expression() } else { self.star_expressions() }
    }

    // ---- named expressions

    pub fn named_expression(&mut self) -> Parsed {
        self.memo(Rule::Named, |d| {
            if let Some(node) = d.assignment_expression() {
                return Some(node);
            }
            if d.watching() {
                d.invalid_named_expression();
            }
            let node = d.expression()?;
            (!d.at_op(":=")).then_some(node)
        })
    }

    pub fn assignment_expression(&mut self) -> Parsed {
        self.attempt(|d| {
            let start = d.pos;
            d.name()?;
            d.op(":=")?;
            d.expression()?;
            Some(d.node(Kind::Named, start))
        })
    }

    pub(super) fn invalid_named_expression(&mut self) {
        let _: Parsed = self.attempt(|d| {
            let a = d.expression()?;
            d.op(":=")?;
            d.expression()?;
            d.raise_node(format!("cannot use assignment expressions with {}", a.kind.describe()), a)
        });
        let _: Parsed = self.attempt(|d| {
            let a = d.name()?;
            d.op("=")?;
            let b = d.bitwise_or()?;
            if d.at_op("=") || d.at_op(":=") {
                return None;
            }
            d.raise("invalid syntax. Maybe you meant '==' or ':=' instead of '='?", a.start, b.end)
        });
        let _: Parsed = self.attempt(|d| {
            if d.at_word("True") || d.at_word("None") || d.at_word("False") {
                return None;
            }
            let a = d.bitwise_or()?;
            if matches!(a.kind, Kind::List | Kind::Tuple | Kind::Generator) && d.is_plain_display(a) {
                return None;
            }
            d.op("=")?;
            d.bitwise_or()?;
            if d.at_op("=") || d.at_op(":=") {
                return None;
            }
            let text =
                format!("cannot assign to {} here. Maybe you meant '==' instead of '='?", a.kind.describe());
            d.raise_node(text, a)
        });
    }

    pub(super) fn is_plain_display(&mut self, node: Node) -> bool {
        let opener = self.tokens.list[node.start];
        matches!(self.text_of(opener), "(" | "[")
    }

    // ---- expression

    pub fn expression(&mut self) -> Parsed {
        self.memo(Rule::Expression, |d| {
            if d.watching() {
                d.invalid_expression();
                d.invalid_legacy_expression();
            }
            if d.at_word("lambda") {
                return d.lambda();
            }
            let start = d.pos;
            let body = d.disjunction()?;
            let conditional = d.attempt(|d| {
                d.word("if")?;
                d.disjunction()?;
                d.word("else")?;
                d.expression()?;
                Some(d.node(Kind::Conditional, start))
            });
            if d.ok() { conditional.or(Some(body)) } else { None }
        })
    }

    pub(super) fn invalid_expression(&mut self) {
        let _: Parsed = self.attempt(|d| {
            // A string prefix that does not exist, and soft keywords, read as a name before an expression.
            if d.at_kind(Tok::Name) && !is_keyword(d.text()) {
                let next = d.tokens.list.get(d.pos + 1).copied();
                d.furthest = d.furthest.max(d.pos + 1);
                let string = matches!(next.map(|t| t.kind), Some(Tok::String));
                if string || matches!(d.text(), "_" | "case" | "match" | "type") {
                    return None;
                }
            }
            let a = d.disjunction()?;
            let b = d.quietly(Self::expression)?;
            let name = (a.kind == Kind::Name).then(|| d.text_of(d.tokens.list[a.start]));
            if matches!(name, Some("print" | "exec")) || d.level(d.pos - 1) == 0 {
                return None;
            }
            d.raise("invalid syntax. Perhaps you forgot a comma?", a.start, b.end)
        });
        let _: Parsed = self.attempt(|d| {
            let a = d.disjunction()?;
            d.word("if")?;
            let b = d.disjunction()?;
            if d.at_word("else") || d.at_op(":") {
                return None;
            }
            d.raise("expected 'else' after 'if' expression", a.start, b.end)
        });
        let _: Parsed = self.attempt(|d| {
            d.disjunction()?;
            d.word("if")?;
            d.disjunction()?;
            d.word("else")?;
            if d.ahead(Self::expression) || !d.ok() {
                return None;
            }
            let start = d.pos;
            d.raise("expected expression after 'else', but statement is given", start, start + 1)
        });
        let _: Parsed = self.attempt(|d| {
            let start = d.pos;
            if !["pass", "break", "continue"].iter().any(|w| d.word(w).is_some()) {
                return None;
            }
            let end = d.pos;
            d.word("if")?;
            d.disjunction()?;
            d.word("else")?;
            if !d.ahead(|d| d.simple_statement()) {
                return None;
            }
            d.raise("expected expression before 'if', but statement is given", start, end)
        });
        let _: Parsed = self.attempt(|d| {
            let start = d.pos;
            d.word("lambda")?;
            let _ = d.lambda_parameters();
            let end = d.pos + 1;
            d.op(":")?;
            let letter = d.field_letter?;
            if !d.at_kind(Tok::FMiddle) && !d.at_op("}") {
                return None;
            }
            let text = format!("{letter}-string: lambda expressions are not allowed without parentheses");
            d.raise(text, start, end)
        });
    }

    pub(super) fn invalid_legacy_expression(&mut self) {
        let _: Parsed = self.attempt(|d| {
            let a = d.name()?;
            if d.at_op("(") {
                return None;
            }
            // What follows is read first, so its mistakes are found whatever the name is.
            let b = d.star_expressions()?;
            let name = d.text_of(d.tokens.list[a.start]);
            if !matches!(name, "print" | "exec") {
                return None;
            }
            let text = format!("Missing parentheses in call to '{name}'. Did you mean {name}(...)?");
            d.raise(text, a.start, b.end)
        });
    }

    pub(super) fn lambda(&mut self) -> Parsed {
        self.attempt(|d| {
            let start = d.pos;
            d.word("lambda")?;
            if !d.at_op(":") {
                d.lambda_parameters()?;
            }
            d.op(":")?;
            d.expression()?;
            Some(d.node(Kind::Lambda, start))
        })
    }

    // ---- operators

    pub fn disjunction(&mut self) -> Parsed {
        self.memo(Rule::Disjunction, |d| {
            d.operator_chain(Self::conjunction, |d| d.word("or"), Kind::Operation)
        })
    }

    pub(super) fn conjunction(&mut self) -> Parsed {
        self.operator_chain(Self::inversion, |d| d.word("and"), Kind::Operation)
    }

    /// `operand (operator operand)*`. An operator without an operand is not passed.
    pub(super) fn operator_chain(
        &mut self,
        operand: fn(&mut Self) -> Parsed,
        operator: fn(&mut Self) -> Matched,
        kind: Kind,
    ) -> Parsed {
        let start = self.pos;
        let mut node = operand(self)?;
        loop {
            let more = self.attempt(|d| {
                operator(d)?;
                operand(d)
            });
            match more {
                Some(_) => node = self.node(kind, start),
                None => return self.ok().then_some(node),
            }
        }
    }

    pub(super) fn inversion(&mut self) -> Parsed {
        if self.at_word("not") {
            return self.attempt(|d| {
                let start = d.pos;
                d.word("not")?;
                d.inversion()?;
                Some(d.node(Kind::Operation, start))
            });
        }
        self.comparison()
    }

    pub(super) fn comparison(&mut self) -> Parsed {
        let start = self.pos;
        let left = self.bitwise_or()?;
        let mut kind = None;
        loop {
            let is_in = self.at_word("in");
            let more = self.attempt(|d| {
                d.comparison_operator()?;
                d.bitwise_or()
            });
            if more.is_none() {
                break;
            }
            kind = kind.or(Some(if is_in { Kind::CompareIn } else { Kind::Compare }));
        }
        if !self.ok() {
            return None;
        }
        Some(match kind {
            Some(kind) => self.node_with(kind, start, &[left]),
            None => left,
        })
    }

    pub(super) fn comparison_operator(&mut self) -> Matched {
        if self.at_any_op(&["==", "!=", "<=", "<", ">=", ">", "<>"]) {
            let (at, barry) = (self.pos, self.barry);
            if self.at_op("<>") && !barry {
                return self.raise("invalid syntax.  Maybe you meant '!=' instead of '<>'?", at, at + 1);
            }
            if self.at_op("!=") && barry {
                return self.raise("with Barry as BDFL, use '<>' instead of '!='", at, at + 1);
            }
            self.pos += 1;
            return Some(());
        }
        if self.word("in").is_some() {
            return Some(());
        }
        if self.word("is").is_some() {
            let _ = self.word("not");
            return Some(());
        }
        self.attempt(|d| {
            d.word("not")?;
            d.word("in")
        })
    }

    pub fn bitwise_or(&mut self) -> Parsed {
        self.memo(Rule::BitwiseOr, |d| d.operator_chain(Self::bitwise_xor, |d| d.op("|"), Kind::Operation))
    }

    pub(super) fn bitwise_xor(&mut self) -> Parsed {
        self.operator_chain(Self::bitwise_and, |d| d.op("^"), Kind::Operation)
    }

    pub(super) fn bitwise_and(&mut self) -> Parsed {
        self.operator_chain(Self::shift, |d| d.op("&"), Kind::Operation)
    }

    pub(super) fn shift(&mut self) -> Parsed {
        self.operator_chain(Self::sum, |d| d.op("<<").or_else(|| d.op(">>")), Kind::Operation)
    }

    pub fn sum(&mut self) -> Parsed {
        let node = self.operator_chain(Self::term, |d| d.op("+").or_else(|| d.op("-")), Kind::Operation)?;
        self.invalid_not_operand(&["+", "-"]);
        self.ok().then_some(node)
    }

    pub(super) fn term(&mut self) -> Parsed {
        let operator = |d: &mut Self| ["*", "/", "//", "%", "@"].iter().find_map(|op| d.op(op));
        let node = self.operator_chain(Self::factor, operator, Kind::Operation)?;
        self.invalid_not_operand(&["*", "/", "//", "%", "@"]);
        self.ok().then_some(node)
    }

    /// `a + not b`.
    pub(super) fn invalid_not_operand(&mut self, operators: &[&str]) {
        if !self.watching() || !self.at_any_op(operators) {
            return;
        }
        let _: Parsed = self.attempt(|d| {
            d.pos += 1;
            d.not_operand()
        });
    }

    pub(super) fn not_operand(&mut self) -> Parsed {
        let start = self.pos;
        self.word("not")?;
        let operand = self.inversion()?;
        self.raise("'not' after an operator must be parenthesized", start, operand.end)
    }

    pub(super) fn factor(&mut self) -> Parsed {
        if self.at_any_op(&["+", "-", "~"]) {
            let start = self.pos;
            let node = self.attempt(|d| {
                d.pos += 1;
                d.factor()?;
                Some(d.node(Kind::Operation, start))
            });
            if node.is_none() && self.watching() {
                let _: Parsed = self.attempt(|d| {
                    d.pos += 1;
                    d.not_operand()
                });
            }
            return node;
        }
        let start = self.pos;
        let base = self.await_primary()?;
        if self.at_op("**") {
            let power = self.attempt(|d| {
                d.op("**")?;
                d.factor()?;
                Some(d.node(Kind::Operation, start))
            });
            return if self.ok() { power.or(Some(base)) } else { None };
        }
        Some(base)
    }

    pub(super) fn await_primary(&mut self) -> Parsed {
        if self.at_word("await") {
            return self.attempt(|d| {
                let start = d.pos;
                d.word("await")?;
                d.primary()?;
                Some(d.node(Kind::Await, start))
            });
        }
        self.primary()
    }

    // ---- primaries

    pub fn primary(&mut self) -> Parsed {
        self.memo(Rule::Primary, |d| {
            let start = d.pos;
            let mut node = d.atom()?;
            while let Some(next) = d.attempt(|d| d.trailer(start)) {
                node = next;
            }
            d.ok().then_some(node)
        })
    }

    /// One attribute, call or subscript.
    pub(super) fn trailer(&mut self, start: usize) -> Parsed {
        if self.op(".").is_some() {
            self.name()?;
            return Some(self.node(Kind::Attribute, start));
        }
        if self.at_op("(") {
            self.call_arguments()?;
            return Some(self.node(Kind::Call, start));
        }
        self.op("[")?;
        self.slices()?;
        self.op("]")?;
        Some(self.node(Kind::Subscript, start))
    }

    pub(super) fn slices(&mut self) -> Matched {
        self.slice()?;
        while self.op(",").is_some() {
            if self.at_op("]") {
                break;
            }
            self.slice()?;
        }
        Some(())
    }

    pub(super) fn slice(&mut self) -> Matched {
        if self.at_op("*") {
            return self.starred_expression().map(drop);
        }
        let plain_slice = self.attempt(|d| {
            if !d.at_op(":") {
                d.expression()?;
            }
            d.op(":")?;
            if !d.at_any_op(&[":", ",", "]"]) {
                d.expression()?;
            }
            if d.op(":").is_some() && !d.at_any_op(&[",", "]"]) {
                d.expression()?;
            }
            Some(())
        });
        if plain_slice.is_some() || !self.ok() {
            return plain_slice;
        }
        self.named_expression().map(drop)
    }

    pub(super) fn atom(&mut self) -> Parsed {
        let start = self.pos;
        match self.kind()? {
            Tok::Name => {
                let kind = match self.text() {
                    "True" => Kind::True,
                    "False" => Kind::False,
                    "None" => Kind::None,
                    word if is_keyword(word) => return None,
                    _ => Kind::Name,
                };
                self.pos += 1;
                Some(self.node(kind, start))
            }
            Tok::Number => {
                self.pos += 1;
                Some(self.node(Kind::Literal, start))
            }
            Tok::String | Tok::FStart => self.strings(),
            Tok::Op => match self.text() {
                "(" => self.parenthesized(),
                "[" => self.bracketed(),
                "{" => self.braced(),
                "..." => {
                    self.pos += 1;
                    Some(self.node(Kind::Ellipsis, start))
                }
                _ => None,
            },
            _ => None,
        }
    }
}
