//! Expressions, for the diagnosing parser.

use super::diagnose::{Diagnoser, Kind, Matched, Node, Parsed, Rule, is_keyword};
use super::tokens::Tok;

impl Diagnoser<'_, '_> {
    // ---- lists of expressions

    /// `a, *b, c`: a tuple when there is a comma.
    pub fn star_expressions(&mut self) -> Parsed {
        self.memo(Rule::StarExpressions, |d| d.comma_list(Self::star_expression))
    }

    fn comma_list(&mut self, item: fn(&mut Self) -> Parsed) -> Parsed {
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

    fn invalid_named_expression(&mut self) {
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

    fn is_plain_display(&mut self, node: Node) -> bool {
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

    fn invalid_expression(&mut self) {
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
            d.simple_statement()?;
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

    fn invalid_legacy_expression(&mut self) {
        let _: Parsed = self.attempt(|d| {
            let a = d.name()?;
            if d.at_op("(") {
                return None;
            }
            let name = d.text_of(d.tokens.list[a.start]);
            if !matches!(name, "print" | "exec") {
                return None;
            }
            let b = d.star_expressions()?;
            let text = format!("Missing parentheses in call to '{name}'. Did you mean {name}(...)?");
            d.raise(text, a.start, b.end)
        });
    }

    fn lambda(&mut self) -> Parsed {
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

    fn conjunction(&mut self) -> Parsed {
        self.operator_chain(Self::inversion, |d| d.word("and"), Kind::Operation)
    }

    /// `operand (operator operand)*`. An operator without an operand is not passed.
    fn operator_chain(
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

    fn inversion(&mut self) -> Parsed {
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

    fn comparison(&mut self) -> Parsed {
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

    fn comparison_operator(&mut self) -> Matched {
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

    fn bitwise_xor(&mut self) -> Parsed {
        self.operator_chain(Self::bitwise_and, |d| d.op("^"), Kind::Operation)
    }

    fn bitwise_and(&mut self) -> Parsed {
        self.operator_chain(Self::shift, |d| d.op("&"), Kind::Operation)
    }

    fn shift(&mut self) -> Parsed {
        self.operator_chain(Self::sum, |d| d.op("<<").or_else(|| d.op(">>")), Kind::Operation)
    }

    pub fn sum(&mut self) -> Parsed {
        let node = self.operator_chain(Self::term, |d| d.op("+").or_else(|| d.op("-")), Kind::Operation)?;
        self.invalid_not_operand(&["+", "-"]);
        self.ok().then_some(node)
    }

    fn term(&mut self) -> Parsed {
        let operator = |d: &mut Self| ["*", "/", "//", "%", "@"].iter().find_map(|op| d.op(op));
        let node = self.operator_chain(Self::factor, operator, Kind::Operation)?;
        self.invalid_not_operand(&["*", "/", "//", "%", "@"]);
        self.ok().then_some(node)
    }

    /// `a + not b`.
    fn invalid_not_operand(&mut self, operators: &[&str]) {
        if !self.watching() || !self.at_any_op(operators) {
            return;
        }
        let _: Parsed = self.attempt(|d| {
            d.pos += 1;
            d.not_operand()
        });
    }

    fn not_operand(&mut self) -> Parsed {
        let start = self.pos;
        self.word("not")?;
        let operand = self.inversion()?;
        self.raise("'not' after an operator must be parenthesized", start, operand.end)
    }

    fn factor(&mut self) -> Parsed {
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

    fn await_primary(&mut self) -> Parsed {
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
    fn trailer(&mut self, start: usize) -> Parsed {
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

    fn slices(&mut self) -> Matched {
        self.slice()?;
        while self.op(",").is_some() {
            if self.at_op("]") {
                break;
            }
            self.slice()?;
        }
        Some(())
    }

    fn slice(&mut self) -> Matched {
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

    fn atom(&mut self) -> Parsed {
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

    fn parenthesized(&mut self) -> Parsed {
        let start = self.pos;
        self.op("(")?;
        if self.op(")").is_some() {
            return Some(self.node(Kind::Tuple, start));
        }
        // A tuple has a comma after its first element.
        let tuple = self.attempt(|d| {
            let first = d.star_named_expression()?;
            d.op(",")?;
            let mut items = vec![first];
            if !d.at_op(")") {
                items.extend(d.star_named_expressions()?);
            }
            d.op(")")?;
            Some(d.node_with(Kind::Tuple, start, &items))
        });
        if tuple.is_some() || !self.ok() {
            return tuple;
        }
        let group = self.attempt(|d| {
            let inner = if d.at_word("yield") { d.yield_expression()? } else { d.named_expression()? };
            d.op(")")?;
            // The group is what is inside, but a target in it is reported without its parentheses.
            Some(inner)
        });
        if group.is_some() || !self.ok() {
            return group;
        }
        if self.watching() {
            self.invalid_group(start);
        }
        let generator = self.attempt(|d| {
            d.generator_element()?;
            d.for_if_clauses()?;
            d.op(")")?;
            Some(d.node(Kind::Generator, start))
        });
        if generator.is_none() && self.watching() {
            self.invalid_comprehension(start);
        }
        generator
    }

    fn generator_element(&mut self) -> Parsed {
        if let Some(node) = self.assignment_expression() {
            return Some(node);
        }
        let node = self.expression()?;
        (!self.at_op(":=")).then_some(node)
    }

    fn invalid_group(&mut self, open: usize) {
        let start = open + 1;
        let _: Parsed = self.attempt(|d| {
            let a = d.starred_expression()?;
            d.op(")")?;
            d.raise_node("cannot use starred expression here", a)
        });
        let _: Parsed = self.attempt(|d| {
            d.op("**")?;
            d.expression()?;
            d.op(")")?;
            d.raise("cannot use double starred expression here", start, start + 1)
        });
    }

    fn bracketed(&mut self) -> Parsed {
        let start = self.pos;
        self.op("[")?;
        let list = self.attempt(|d| {
            let items = if d.at_op("]") { Vec::new() } else { d.star_named_expressions()? };
            d.op("]")?;
            Some(d.node_with(Kind::List, start, &items))
        });
        if list.is_some() || !self.ok() {
            return list;
        }
        let comp = self.attempt(|d| {
            d.named_expression()?;
            d.for_if_clauses()?;
            d.op("]")?;
            Some(d.node(Kind::ListComp, start))
        });
        if comp.is_none() && self.watching() {
            self.invalid_comprehension(start);
        }
        comp
    }

    fn invalid_comprehension(&mut self, open: usize) {
        let first = open + 1;
        let bracket = self.text_of(self.tokens.list[open]);
        let _: Parsed = self.attempt(|d| {
            d.pos = first;
            let a = d.starred_expression()?;
            d.for_if_clauses()?;
            d.raise_node("iterable unpacking cannot be used in comprehension", a)
        });
        if bracket == "(" {
            return;
        }
        let _: Parsed = self.attempt(|d| {
            d.pos = first;
            let a = d.star_named_expression()?;
            d.op(",")?;
            let comma = d.pos;
            let end = match d.attempt(Self::star_named_expressions) {
                Some(items) => items.last().map_or(comma, |n| n.end),
                None => comma,
            };
            d.for_if_clauses()?;
            d.raise("did you forget parentheses around the comprehension target?", a.start, end)
        });
    }

    fn braced(&mut self) -> Parsed {
        let start = self.pos;
        self.op("{")?;
        let dict = self.attempt(|d| {
            while !d.at_op("}") {
                d.key_value()?;
                if d.op(",").is_none() {
                    break;
                }
            }
            d.op("}")?;
            Some(d.node(Kind::Dict, start))
        });
        if dict.is_some() || !self.ok() {
            return dict;
        }
        if self.watching() {
            self.invalid_double_starred_kvpairs();
        }
        let set = self.attempt(|d| {
            d.star_named_expressions()?;
            d.op("}")?;
            Some(d.node(Kind::Set, start))
        });
        if set.is_some() || !self.ok() {
            return set;
        }
        let dict_comp = self.attempt(|d| {
            d.expression()?;
            d.op(":")?;
            d.expression()?;
            d.for_if_clauses()?;
            d.op("}")?;
            Some(d.node(Kind::DictComp, start))
        });
        if dict_comp.is_some() || !self.ok() {
            return dict_comp;
        }
        if self.watching() && self.at_op("**") {
            let stars = self.pos;
            let _: Parsed = self.attempt(|d| {
                d.op("**")?;
                d.bitwise_or()?;
                d.for_if_clauses()?;
                d.op("}")?;
                d.raise("dict unpacking cannot be used in dict comprehension", stars, stars + 1)
            });
        }
        let set_comp = self.attempt(|d| {
            d.named_expression()?;
            d.for_if_clauses()?;
            d.op("}")?;
            Some(d.node(Kind::SetComp, start))
        });
        if set_comp.is_none() && self.watching() {
            self.invalid_comprehension(start);
        }
        set_comp
    }

    fn key_value(&mut self) -> Matched {
        self.attempt(|d| {
            if d.op("**").is_some() {
                return d.bitwise_or().map(drop);
            }
            d.expression()?;
            d.op(":")?;
            d.expression().map(drop)
        })
    }

    fn invalid_double_starred_kvpairs(&mut self) {
        let _: Matched = self.attempt(|d| {
            loop {
                if d.key_value().is_some() && d.op(",").is_some() {
                    continue;
                }
                break;
            }
            None
        });
        let start = self.pos;
        let _: Matched = self.attempt(|d| {
            d.pos = start;
            // Pass the pairs that are right, then look at the one that is not.
            while d
                .attempt(|d| {
                    d.key_value()?;
                    d.op(",")
                })
                .is_some()
            {}
            if !d.ok() {
                return None;
            }
            let key = d.expression()?;
            if !d.at_op(":") {
                let end = key.end;
                let at_pair_end = d.pos != start || d.at_any_op(&["}", ","]);
                if at_pair_end && d.pos > start && d.key_is_after_pair(start) {
                    return d.raise_at_last_character("':' expected after dictionary key", end - 1);
                }
                return None;
            }
            let colon = d.pos;
            d.op(":")?;
            if d.at_op("*") {
                let star = d.pos;
                d.op("*")?;
                let value = d.bitwise_or()?;
                let text = "cannot use a starred expression in a dictionary value";
                return d.raise(text, star, value.end);
            }
            if d.at_any_op(&["}", ","]) {
                return d.raise("expression expected after dictionary key and ':'", colon, colon + 1);
            }
            None
        });
    }

    /// Whether at least one whole pair stands between `start` and here.
    fn key_is_after_pair(&mut self, start: usize) -> bool {
        let here = self.pos;
        self.pos = start;
        let pair = self.attempt(|d| {
            d.key_value()?;
            d.op(",")
        });
        self.pos = here;
        pair.is_some()
    }

    // ---- comprehensions

    pub fn for_if_clauses(&mut self) -> Matched {
        self.for_if_clause()?;
        while self.attempt(Self::for_if_clause).is_some() {}
        self.ok().then_some(())
    }

    fn for_if_clause(&mut self) -> Matched {
        let start = self.pos;
        let _ = self.word("async");
        if self.word("for").is_none() {
            self.pos = start;
            return None;
        }
        let target = self.attempt(|d| {
            d.star_targets()?;
            d.word("in")
        });
        if target.is_none() {
            if self.watching() {
                self.invalid_for_if_clause(start);
                self.invalid_for_target(start);
            }
            return None;
        }
        // From here on there is no way back.
        self.disjunction()?;
        while self.at_word("if") {
            self.word("if")?;
            self.disjunction()?;
        }
        self.ok().then_some(())
    }

    fn invalid_for_if_clause(&mut self, start: usize) {
        let _: Matched = self.attempt(|d| {
            d.pos = start;
            let _ = d.word("async");
            d.word("for")?;
            let first = d.bitwise_or()?;
            let _ = first;
            while d
                .attempt(|d| {
                    d.op(",")?;
                    d.bitwise_or()
                })
                .is_some()
            {}
            let _ = d.op(",");
            if d.at_word("in") {
                return None;
            }
            let at = d.pos;
            let _ = at;
            d.raise_last(crate::error::ErrorKind::Syntax, "'in' expected after for-loop variables")
        });
    }

    /// `for` with something that is no target.
    pub fn invalid_for_target(&mut self, start: usize) {
        let _: Matched = self.attempt(|d| {
            d.pos = start;
            let _ = d.word("async");
            d.word("for")?;
            let a = d.star_expressions()?;
            d.raise_invalid_target(super::diagnose::Targets::For, a)
        });
    }

    // ---- strings

    fn strings(&mut self) -> Parsed {
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
        if self.watching() && !interpolated && !templates && self.at_kind(Tok::Name) {
            self.invalid_string_split(start);
        }
        let kind = match (templates, interpolated) {
            (true, _) => Kind::TString,
            (_, true) => Kind::FString,
            _ => Kind::Literal,
        };
        self.ok().then(|| self.node(kind, start))
    }

    /// `"a" b "c"`: names between string literals.
    fn invalid_string_split(&mut self, start: usize) {
        let _: Matched = self.attempt(|d| {
            let _ = start;
            let first = d.pos;
            while d.at_kind(Tok::Name) && !is_keyword(d.text()) {
                d.pos += 1;
            }
            if d.pos == first || !d.at_kind(Tok::String) {
                return None;
            }
            let end = d.pos;
            d.raise("invalid syntax. Is this intended to be part of the string?", first, end)
        });
    }

    /// Checks the value of the string token at the current position.
    fn check_literal(&mut self, prefix: &str) -> Matched {
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

    fn check_middle(&mut self, raw: bool) -> Matched {
        let pos = self.pos;
        let text = self.text();
        if !raw && let Some(message) = super::strings::escape_error(text, false) {
            return self.raise(message, pos, pos + 1);
        }
        Some(())
    }

    fn fstring(&mut self, letter: char) -> Matched {
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

    fn replacement_field(&mut self, letter: char) -> Matched {
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

    fn format_spec(&mut self, letter: char) -> Matched {
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

    fn conversion(&mut self, letter: char) -> Matched {
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

    fn invalid_replacement_field(&mut self, letter: char) {
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
