//! Brackets: groups, tuples, lists, sets, dicts and comprehensions, for the diagnosing parser.

use super::diagnose::{Diagnoser, Kind, Matched, Parsed, Targets};

impl Diagnoser<'_, '_> {
    pub(super) fn parenthesized(&mut self) -> Parsed {
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

    pub(super) fn generator_element(&mut self) -> Parsed {
        if let Some(node) = self.assignment_expression() {
            return Some(node);
        }
        let node = self.expression()?;
        (!self.at_op(":=")).then_some(node)
    }

    pub(super) fn invalid_group(&mut self, open: usize) {
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

    pub(super) fn bracketed(&mut self) -> Parsed {
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

    pub(super) fn invalid_comprehension(&mut self, open: usize) {
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

    pub(super) fn braced(&mut self) -> Parsed {
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

    pub(super) fn key_value(&mut self) -> Matched {
        self.attempt(|d| {
            if d.op("**").is_some() {
                return d.bitwise_or().map(drop);
            }
            d.expression()?;
            d.op(":")?;
            d.expression().map(drop)
        })
    }

    pub(super) fn invalid_double_starred_kvpairs(&mut self) {
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
    pub(super) fn key_is_after_pair(&mut self, start: usize) -> bool {
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

    pub(super) fn for_if_clause(&mut self) -> Matched {
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

    pub(super) fn invalid_for_if_clause(&mut self, start: usize) {
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
            d.raise_invalid_target(Targets::For, a)
        });
    }
}
