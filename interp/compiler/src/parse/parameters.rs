//! Parameters of functions and lambdas, for the diagnosing parser.
//!
//! One reader for both: they differ in annotations, in the closing token and in one message.

use super::diagnose::{Diagnoser, Matched, Parsed};

/// Whose parameters are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Function,
    Lambda,
}

impl Owner {
    fn close(self) -> &'static str {
        if self == Owner::Function { ")" } else { ":" }
    }
}

impl Diagnoser<'_, '_> {
    pub fn function_parameters(&mut self) -> Matched {
        self.parameters(Owner::Function)
    }

    pub fn lambda_parameters(&mut self) -> Matched {
        self.parameters(Owner::Lambda)
    }

    fn parameters(&mut self, owner: Owner) -> Matched {
        let start = self.pos;
        let mut seen = Seen::default();
        loop {
            if self.at_op(owner.close()) || !self.ok() {
                break;
            }
            let item = if self.at_op("/") {
                self.slash(owner, &mut seen)
            } else if self.at_op("*") {
                self.star(owner, &mut seen)
            } else if self.at_op("**") {
                self.double_star(owner, &mut seen)
            } else if self.at_name() {
                self.plain(owner, &mut seen)
            } else {
                self.parenthesized_parameter(owner, &seen);
                None
            };
            item?;
            if self.op(",").is_none() {
                break;
            }
        }
        if !self.ok() {
            return None;
        }
        if seen.bare_star && seen.after_star == 0 {
            return self.bare_star(owner, &seen);
        }
        (self.pos > start).then_some(())
    }

    fn bare_star<T>(&mut self, owner: Owner, seen: &Seen) -> Option<T> {
        if self.watching() && owner == Owner::Lambda {
            return self.raise_last(crate::error::ErrorKind::Syntax, "named arguments must follow bare *");
        }
        if self.watching() {
            return self.raise("named arguments must follow bare *", seen.star_at, seen.star_at + 1);
        }
        None
    }

    /// `name[: annotation]`; the default is left to the caller.
    fn parameter(&mut self, owner: Owner, starred: bool) -> Parsed {
        let node = self.name()?;
        if owner == Owner::Function && self.op(":").is_some() {
            if starred && self.at_op("*") {
                self.star_expression()?
            } else {
                self.expression()?
            };
        }
        Some(node)
    }

    fn plain(&mut self, owner: Owner, seen: &mut Seen) -> Matched {
        let at = self.pos;
        if seen.double_star {
            if self.watching() {
                self.parameter(owner, false)?;
                return self.raise("arguments cannot follow var-keyword argument", at, self.pos);
            }
            return None;
        }
        self.parameter(owner, false)?;
        let end = self.pos;
        if self.at_op("=") {
            self.default_value(owner)?;
            seen.default |= !seen.star;
        } else if seen.default && !seen.star {
            let complete = self.at_op(",") || self.at_op(owner.close());
            if self.watching() && complete {
                let text = "parameter without a default follows parameter with a default";
                return self.raise(text, at, end);
            }
            return None;
        }
        seen.count += 1;
        seen.after_star += u32::from(seen.star);
        Some(())
    }

    fn default_value(&mut self, owner: Owner) -> Matched {
        let at = self.pos;
        self.op("=")?;
        if self.at_any_op(&[owner.close(), ","]) {
            if self.watching() {
                return self.raise("expected default value expression", at, at + 1);
            }
            return None;
        }
        self.expression().map(drop)
    }

    fn slash(&mut self, owner: Owner, seen: &mut Seen) -> Matched {
        let at = self.pos;
        let message = if seen.double_star {
            "arguments cannot follow var-keyword argument"
        } else if seen.star {
            "/ must be ahead of *"
        } else if seen.slash {
            "/ may appear only once"
        } else if seen.count == 0 {
            "at least one argument must precede /"
        } else {
            self.op("/")?;
            seen.slash = true;
            if self.at_op("*") && self.watching() {
                let star = self.pos;
                return self.raise("expected comma between / and *", star, star + 1);
            }
            return (self.at_op(",") || self.at_op(owner.close())).then_some(());
        };
        if !self.watching() {
            return None;
        }
        self.op("/")?;
        let complete = seen.count > 0 || seen.star || seen.double_star || self.at_op(",");
        if complete && self.watching() {
            return self.raise(message, at, at + 1);
        }
        None
    }

    fn star(&mut self, owner: Owner, seen: &mut Seen) -> Matched {
        let at = self.pos;
        if seen.double_star || seen.star {
            let message = if seen.double_star {
                "arguments cannot follow var-keyword argument"
            } else {
                "* argument may appear only once"
            };
            self.op("*")?;
            if self.watching() {
                return self.raise(message, at, at + 1);
            }
            return None;
        }
        self.op("*")?;
        seen.star = true;
        seen.star_at = at;
        if self.at_op(",") {
            seen.bare_star = true;
            // `*, **kwargs`
            let nothing = self.ahead(|d| {
                d.op(",")?;
                (d.at_op(owner.close()) || d.at_op("**")).then_some(())
            });
            if nothing {
                return self.bare_star(owner, seen);
            }
            return Some(());
        }
        if self.at_op(owner.close()) {
            seen.bare_star = true;
            return self.bare_star(owner, seen);
        }
        self.parameter(owner, true)?;
        if self.at_op("=") && self.watching() {
            let eq = self.pos;
            return self.raise("var-positional argument cannot have default value", eq, eq + 1);
        }
        Some(())
    }

    fn double_star(&mut self, owner: Owner, seen: &mut Seen) -> Matched {
        let at = self.pos;
        self.op("**")?;
        if seen.double_star {
            if self.watching() {
                return self.raise("arguments cannot follow var-keyword argument", at, at + 1);
            }
            return None;
        }
        if seen.bare_star && seen.after_star == 0 {
            return self.bare_star(owner, seen);
        }
        self.parameter(owner, false)?;
        seen.double_star = true;
        if self.at_op("=") && self.watching() {
            let eq = self.pos;
            return self.raise("var-keyword argument cannot have default value", eq, eq + 1);
        }
        Some(())
    }

    /// `def f(a, (b, c))`.
    fn parenthesized_parameter(&mut self, owner: Owner, seen: &Seen) {
        if !self.watching() || !self.at_op("(") || seen.default || seen.star {
            return;
        }
        let open = self.pos;
        let _: Matched = self.attempt(|d| {
            d.op("(")?;
            d.name()?;
            while d.op(",").is_some() {
                if d.at_op(")") {
                    break;
                }
                d.name()?;
            }
            let close = d.pos;
            d.op(")")?;
            let who = if owner == Owner::Function { "Function" } else { "Lambda expression" };
            d.raise(format!("{who} parameters cannot be parenthesized"), open, close + 1)
        });
    }
}

/// What a parameter list had so far.
#[derive(Default)]
struct Seen {
    count: u32,
    after_star: u32,
    default: bool,
    slash: bool,
    star: bool,
    bare_star: bool,
    double_star: bool,
    star_at: usize,
}
