//! Call arguments, for the diagnosing parser.

use super::diagnose::{Diagnoser, Kind, Matched, Node, Parsed};

/// What an argument is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Argument {
    Positional(Node),
    Star(Node),
    Keyword(Node),
    DoubleStar(Node),
}

impl Diagnoser<'_, '_> {
    /// `(...)` after a primary: arguments, or one generator expression.
    pub fn call_arguments(&mut self) -> Matched {
        let open = self.pos;
        self.op("(")?;
        let generator = self.attempt(|d| {
            let element = match d.assignment_expression() {
                Some(node) => node,
                None => d.expression()?,
            };
            let _ = element;
            if !d.at_word("for") && !d.at_word("async") {
                return None;
            }
            d.for_if_clauses()?;
            d.op(")")
        });
        if generator.is_some() {
            return generator;
        }
        if !self.ok() {
            return None;
        }
        self.arguments_until_paren(open)
    }

    /// Arguments and the closing parenthesis.
    pub fn arguments_until_paren(&mut self, open: usize) -> Matched {
        let start = self.pos;
        let mut list: Vec<Argument> = Vec::new();
        while !self.at_op(")") {
            if !self.watching() && self.out_of_place(&list) {
                return None;
            }
            let Some(argument) = self.argument(&list) else {
                if self.watching() {
                    self.invalid_arguments(start, &list);
                }
                return None;
            };
            if self.watching() && self.misplaced(&list, argument).is_none() {
                return None;
            }
            if !self.in_order(&list, argument) {
                // What follows does not belong to the arguments any more.
                if self.watching() {
                    self.invalid_order(&list, argument);
                }
                return None;
            }
            list.push(argument);
            if self.op(",").is_none() {
                break;
            }
        }
        if !self.at_op(")") && self.watching() {
            self.invalid_arguments(start, &list);
        }
        let _ = open;
        self.op(")")
    }

    /// Behind keyword arguments only more of them, and stars, are looked for.
    fn out_of_place(&mut self, list: &[Argument]) -> bool {
        if !list.iter().any(|a| matches!(a, Argument::Keyword(_) | Argument::DoubleStar(_))) {
            return false;
        }
        let keyword = self.ahead(|d| {
            d.name()?;
            d.op("=")
        });
        !(keyword || self.at_op("*") || self.at_op("**"))
    }

    fn in_order(&self, list: &[Argument], next: Argument) -> bool {
        let keyword_seen = list.iter().any(|a| matches!(a, Argument::Keyword(_) | Argument::DoubleStar(_)));
        let double_seen = list.iter().any(|a| matches!(a, Argument::DoubleStar(_)));
        match next {
            Argument::Positional(_) => !keyword_seen,
            Argument::Star(_) => !double_seen,
            _ => true,
        }
    }

    /// A positional argument behind keyword arguments, or a starred one behind `**`.
    fn invalid_order(&mut self, list: &[Argument], bad: Argument) {
        let double = list.iter().any(|a| matches!(a, Argument::DoubleStar(_)));
        match bad {
            Argument::Star(_) if double => {
                // The report covers everything up to the end of the call.
                let first = list.iter().find_map(|a| match a {
                    Argument::DoubleStar(n) => Some(n.end),
                    _ => None,
                });
                let comma = first.unwrap_or(0);
                let end = match bad {
                    Argument::Star(n) => n.end,
                    _ => comma,
                };
                let text = "iterable argument unpacking follows keyword argument unpacking";
                let _: Matched = self.raise(text, comma, end);
            }
            _ => {
                // All of the arguments are read before the order is judged; the report is about their end.
                while self.ok() && self.op(",").is_some() {
                    if self.at_op(")") || self.argument(&[]).is_none() {
                        break;
                    }
                }
                let last = list.iter().rev().find_map(|a| match a {
                    Argument::Keyword(_) => Some("positional argument follows keyword argument"),
                    Argument::DoubleStar(_) => Some("positional argument follows keyword argument unpacking"),
                    _ => None,
                });
                let double = list.iter().any(|a| matches!(a, Argument::DoubleStar(_)));
                let text = match (double, last) {
                    (true, _) => "positional argument follows keyword argument unpacking",
                    (false, Some(text)) => text,
                    _ => return,
                };
                let pos = self.pos;
                let _: Matched = self.raise(text, pos, pos + 1);
            }
        }
    }

    /// Mistakes at the argument just read.
    fn misplaced(&mut self, list: &[Argument], argument: Argument) -> Matched {
        let Argument::Positional(a) = argument else { return Some(()) };
        if !self.at_word("for") && !self.at_word("async") {
            return Some(());
        }
        let here = self.pos;
        let clauses = self.attempt(Self::for_if_clauses);
        let end = self.pos;
        if !self.ok() {
            return None;
        }
        if clauses.is_none() {
            self.pos = here;
            return Some(());
        }
        // `f(x for x in y, 1)` and `f(1, x for x in y)`.
        let alone = list.is_empty() && self.at_op(")");
        if !alone {
            if list.is_empty() && !self.at_op(",") {
                self.pos = here;
                return Some(());
            }
            return self.raise("Generator expression must be parenthesized", a.start, end);
        }
        self.pos = here;
        Some(())
    }

    fn argument(&mut self, _list: &[Argument]) -> Option<Argument> {
        if self.at_op("**") {
            let start = self.pos;
            return self.attempt(|d| {
                d.op("**")?;
                let value = d.expression()?;
                if d.watching() && d.at_op("=") {
                    let _: Matched = d.attempt(|d| {
                        d.op("=")?;
                        let b = d.expression()?;
                        d.raise("cannot assign to keyword argument unpacking", start, b.end)
                    });
                }
                let _ = value;
                Some(Argument::DoubleStar(d.node(Kind::Starred, start)))
            });
        }
        if self.at_op("*") {
            return self.starred_expression().map(Argument::Star);
        }
        if self.watching() {
            self.invalid_kwarg();
        }
        let keyword = self.attempt(|d| {
            let start = d.pos;
            d.name()?;
            d.op("=")?;
            d.expression()?;
            Some(Argument::Keyword(d.node(Kind::Name, start)))
        });
        if keyword.is_some() || !self.ok() {
            return keyword;
        }
        self.attempt(|d| {
            let node = match d.assignment_expression() {
                Some(node) => node,
                None => {
                    let node = d.expression()?;
                    if d.at_op(":=") {
                        return None;
                    }
                    node
                }
            };
            (!d.at_op("=")).then_some(Argument::Positional(node))
        })
    }

    /// `*expression`, and what goes wrong with it.
    pub fn starred_expression(&mut self) -> Parsed {
        let start = self.pos;
        if self.watching() {
            let _: Matched = self.attempt(|d| {
                d.op("*")?;
                d.expression()?;
                d.op("=")?;
                let b = d.expression()?;
                d.raise("cannot assign to iterable argument unpacking", start, b.end)
            });
        }
        let node = self.attempt(|d| {
            d.op("*")?;
            let value = d.expression()?;
            Some(d.node_with(Kind::Starred, start, &[value]))
        });
        if node.is_none() && self.watching() && self.at_op("*") {
            return self.raise_last(crate::error::ErrorKind::Syntax, "Invalid star expression");
        }
        node
    }

    fn invalid_kwarg(&mut self) {
        let start = self.pos;
        for word in ["True", "False", "None"] {
            let _: Matched = self.attempt(|d| {
                d.word(word)?;
                d.op("=")?;
                d.raise(format!("cannot assign to {word}"), start, start + 2)
            });
        }
        let _: Matched = self.attempt(|d| {
            d.name()?;
            d.op("=")?;
            d.expression()?;
            d.for_if_clauses()?;
            let text = "invalid syntax. Maybe you meant '==' or ':=' instead of '='?";
            d.raise(text, start, start + 2)
        });
        let _: Matched = self.attempt(|d| {
            let keyword = d.ahead(|d| {
                d.name()?;
                d.op("=")
            });
            if keyword {
                return None;
            }
            let a = d.expression()?;
            d.op("=")?;
            let text = "expression cannot contain assignment, perhaps you meant \"==\"?";
            d.raise(text, a.start, d.pos)
        });
    }

    /// Mistakes of an argument list that does not go on as it should.
    fn invalid_arguments(&mut self, start: usize, _list: &[Argument]) {
        // `f(name=)`
        let _: Matched = self.attempt(|d| {
            let a = d.pos;
            d.name()?;
            d.op("=")?;
            if d.at_any_op(&[",", ")"]) {
                return d.raise("expected argument value expression", a, a + 2);
            }
            None
        });
        let _ = start;
    }
}
