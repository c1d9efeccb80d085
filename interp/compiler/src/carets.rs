//! Where a traceback puts carets below an expression: the operator of a binary operation, the brackets of a subscript or call.
//!
//! Works on source text alone, because the text on disk may differ from what was compiled; whatever does not parse has no
//! anchors.

use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::{Ranged, TextSize};

/// The part of an expression that failed: from `left` to before `right`, as line (from 0) and column in characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Anchors {
    pub left: (usize, usize),
    pub right: (usize, usize),
}

/// The anchors of `segment`, the exact text of an expression.
pub fn anchors(segment: &str) -> Option<Anchors> {
    // In parentheses the lines of an expression parse wherever it was broken.
    let wrapped = format!("(\n{segment}\n)");
    let parsed = ruff_python_parser::parse_module(&wrapped).ok()?;
    let [Stmt::Expr(statement)] = &parsed.syntax().body[..] else { return None };
    let offset = |at: TextSize| at.to_usize().checked_sub(2);
    let text = Segment { text: segment };
    let whole_end = offset(statement.value.end())?;
    match &*statement.value {
        Expr::BinOp(e) => {
            let from = text.find(offset(e.left.end())?, |c| !c.is_whitespace() && c != ')')?;
            let mut to = from + segment[from..].chars().next()?.len_utf8();
            // Operators of two characters: the second one lies before the right operand, on the same line.
            if let Some(c) = segment[to..].chars().next()
                && to < offset(e.right.start())?
                && !c.is_whitespace()
                && !matches!(c, '\\' | '#')
            {
                to += c.len_utf8();
            }
            Some(Anchors { left: text.position(from), right: text.position(to) })
        }
        Expr::Subscript(e) => {
            let from = text.find(offset(e.value.end())?, |c| c == '[')?;
            Some(Anchors { left: text.position(from), right: text.position(whole_end) })
        }
        Expr::Call(e) => {
            let from = text.find(offset(e.func.end())?, |c| c == '(')?;
            Some(Anchors { left: text.position(from), right: text.position(whole_end) })
        }
        _ => None,
    }
}

struct Segment<'a> {
    text: &'a str,
}

impl Segment<'_> {
    /// First offset from `at` on where `stop` holds, comments and line continuations skipped.
    fn find(&self, mut at: usize, stop: impl Fn(char) -> bool) -> Option<usize> {
        loop {
            let c = self.text.get(at..)?.chars().next()?;
            if matches!(c, '\\' | '#') {
                at += self.text[at..].find('\n')? + 1;
            } else if stop(c) {
                return Some(at);
            } else {
                at += c.len_utf8();
            }
        }
    }

    fn position(&self, at: usize) -> (usize, usize) {
        let before = &self.text[..at];
        let start = before.rfind('\n').map_or(0, |i| i + 1);
        (before.matches('\n').count(), before[start..].chars().count())
    }
}

/// What the statement around the failing expression says about carets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Statement {
    /// There is no statement: only a comment or nothing.
    Empty,
    /// `return f(...)` or `x = f(...)`, and the expression is exactly the call: carets would say nothing.
    PlainCall,
    Other,
}

/// Looks at the statement in `text` (whole lines); the failing expression is given by byte columns on the first and last line.
pub fn statement(text: &str, start: usize, end: usize) -> Statement {
    let Ok(parsed) = ruff_python_parser::parse_module(text) else { return Statement::Other };
    let Some(first) = parsed.syntax().body.first() else { return Statement::Empty };
    let value = match first {
        Stmt::Return(r) => match r.value.as_deref() {
            Some(Expr::Call(c)) if c.func.is_name_expr() => c,
            _ => return Statement::Other,
        },
        Stmt::Assign(a) => match (&a.targets[..], &*a.value) {
            ([Expr::Name(_)], Expr::Call(c)) => c,
            _ => return Statement::Other,
        },
        _ => return Statement::Other,
    };
    let first_line = text.find('\n').unwrap_or(text.len());
    let last_line = text.rfind('\n').map_or(0, |i| i + 1);
    let (from, to) = (value.start().to_usize(), value.end().to_usize());
    let whole = from <= first_line && from == start && to >= last_line && to - last_line == end;
    if whole { Statement::PlainCall } else { Statement::Other }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_and_brackets() {
        let at = |left, right| Some(Anchors { left: (0, left), right: (0, right) });
        assert_eq!(anchors("a + b"), at(2, 3));
        assert_eq!(anchors("(a) // (b)"), at(4, 6));
        assert_eq!(anchors("x['é'][0]"), at(6, 9));
        assert_eq!(anchors("f(1)(2)"), at(4, 7));
        assert_eq!(anchors("a.b"), None);
        assert_eq!(anchors("a +"), None);
        let two_lines = Some(Anchors { left: (1, 4), right: (1, 5) });
        assert_eq!(anchors("a  # (\n    +\n b"), two_lines);
    }

    #[test]
    fn calls_that_fill_a_statement() {
        assert_eq!(statement("return f(1)", 7, 11), Statement::PlainCall);
        assert_eq!(statement("x = a.f(\n1)", 4, 2), Statement::PlainCall);
        assert_eq!(statement("return a.f(1)", 7, 13), Statement::Other);
        assert_eq!(statement("return f(1)", 9, 10), Statement::Other);
        assert_eq!(statement("# nothing", 0, 1), Statement::Empty);
    }
}
