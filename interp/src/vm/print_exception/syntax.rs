//! The place of a `SyntaxError`: file, line, text, carets.

use super::Vm;
use crate::object::exception::Exception;
use crate::object::exception::syntax_error as member;
use crate::object::header::Gc;
use crate::object::int::as_int;
use crate::object::str::Str;
use crate::value::Value;

/// Everything that is printed of a syntax error, its message included.
pub fn format(vm: &Vm, e: Gc<Exception>, class: &str, out: &mut Vec<u8>) {
    let field = |i: usize| e.member(i).filter(|v| !v.is_none());
    let text_of = |v: Value| String::from_utf8_lossy(&vm.safe_str(v, "exception")).into_owned();
    let filename = field(member::FILENAME).map(text_of);
    let line = field(member::LINENO);
    let mut suffix = String::new();
    match (line, &filename) {
        (Some(line), _) => {
            let file = filename.as_deref().filter(|f| !f.is_empty()).unwrap_or("<string>");
            out.extend(format!("  File \"{file}\", line {}\n", text_of(line)).as_bytes());
        }
        (None, Some(file)) => suffix = format!(" ({file})"),
        (None, None) => {}
    }
    if let Some(text) = field(member::TEXT).and_then(|v| v.downcast::<Str>()) {
        let number = |i: usize| field(i).and_then(as_int).and_then(|n| n.to_i64());
        let place = Place {
            text: text.to_string_lossy().chars().collect(),
            has_offset: field(member::OFFSET).is_some(),
            offset: number(member::OFFSET),
            end_offset: number(member::END_OFFSET).filter(|&n| n != 0),
            one_line: match (number(member::LINENO), number(member::END_LINENO)) {
                (a, b) if field(member::END_LINENO).is_some() => a == b,
                _ => line.is_none(),
            },
        };
        out.extend(place.render().as_bytes());
    }
    let message = match field(member::MSG) {
        Some(m) => vm.safe_str(m, "exception"),
        None if e.member(member::MSG).is_some() => b"None".to_vec(),
        None => Vec::new(),
    };
    let message =
        if message.is_empty() || message == b"None" { b"<no detail available>".to_vec() } else { message };
    out.extend(class.as_bytes());
    out.extend(b": ");
    out.extend(message);
    out.extend(suffix.as_bytes());
    out.push(b'\n');
}

struct Place {
    text: Vec<char>,
    has_offset: bool,
    offset: Option<i64>,
    end_offset: Option<i64>,
    one_line: bool,
}

impl Place {
    /// The line and the carets below it; columns count from 1, in characters.
    fn render(&self) -> String {
        let all = self.text.len() as i64;
        let right = self.text.iter().rposition(|&c| c != '\n').map_or(0, |i| i + 1);
        let trimmed = &self.text[..right];
        let spaces = trimmed.iter().take_while(|c| matches!(c, ' ' | '\n' | '\x0c')).count();
        let left = &trimmed[spaces..];
        let mut out = String::from("    ");
        out.extend(left);
        out.push('\n');
        let Some(mut offset) = self.offset else {
            return if self.has_offset { String::new() } else { out };
        };
        let past = trimmed.len() as i64 + 1;
        let mut end = if self.one_line { self.end_offset.unwrap_or(offset) } else { past };
        if all > 0 && offset > all {
            offset = past;
        }
        if all > 0 && end > all {
            end = past;
        }
        if offset >= end || end < 0 {
            end = offset + 1;
        }
        let (column, end_column) = (offset - 1 - spaces as i64, end - 1 - spaces as i64);
        if column >= 0 {
            out.push_str("    ");
            // Tabs stay, so that the carets line up.
            out.extend(left.iter().take(column as usize).map(|&c| if c.is_whitespace() { c } else { ' ' }));
            out.extend(std::iter::repeat_n('^', (end_column - column).max(0) as usize));
            out.push('\n');
        }
        out
    }
}
