//! Entries of a traceback: file, line, function, source lines and carets.
//!
//! Carets mark the expression that was being executed. They are left out when they would underline everything, when the statement is nothing but
//! a call, and when there are no columns. Long expressions show their first and last lines and the lines around what matters.

use super::Vm;
use crate::object::header::Gc;
use crate::object::traceback::Traceback;
use crate::vm::source_lines::source_lines;
use adder_bytecode::Pos;
use adder_compiler::carets::{self, Anchors, Statement};
use adder_text::ucd;
use std::collections::BTreeSet;

/// This many entries for the same line are shown, further ones are counted.
const REPEATED: usize = 3;

/// All entries of a traceback, the outermost first.
pub fn format(vm: &Vm, tb: Gc<Traceback>) -> String {
    let mut out = String::new();
    let mut last: Option<(String, i64, String)> = None;
    let mut count = 0;
    let mut at = Some(tb);
    while let Some(tb) = at {
        at = tb.next.get();
        let file = tb.code.filename.get().to_string_lossy().into_owned();
        let key = (file, tb.line_number(), tb.code.name().to_string_lossy().into_owned());
        if last.as_ref() != Some(&key) {
            repeated(&mut out, count);
            last = Some(key.clone());
            count = 0;
        }
        count += 1;
        if count <= REPEATED {
            entry(vm, &key.0, key.1, &key.2, tb.position(), &mut out);
        }
    }
    repeated(&mut out, count);
    out
}

fn repeated(out: &mut String, count: usize) {
    if count > REPEATED {
        let more = count - REPEATED;
        let plural = if more > 1 { "s" } else { "" };
        out.push_str(&format!("  [Previous line repeated {more} more time{plural}]\n"));
    }
}

/// One entry. `position` is that of the instruction, if `line` was derived from it.
fn entry(vm: &Vm, file: &str, line: i64, name: &str, position: Option<Pos>, out: &mut String) {
    let shown = if file.starts_with("<stdin-") && file.ends_with('>') { "<stdin>" } else { file };
    out.push_str(&format!("  File \"{shown}\", line {line}, in {name}\n"));
    let Some(pos) = position.filter(|p| p.line as i64 == line) else {
        if let Some(text) = source_lines(vm, file, line, line).and_then(|mut l| l.pop())
            && !text.trim().is_empty()
        {
            out.push_str(&format!("    {}\n", text.trim()));
        }
        return;
    };
    let end = (pos.end_line as i64).max(line);
    let Some(mut lines) = source_lines(vm, file, line, end) else { return };
    // Line ends and trailing blanks do not count; lines that are missing are empty.
    lines.iter_mut().for_each(|l| l.truncate(l.trim_end().len()));
    lines.resize((end - line + 1) as usize, String::new());
    if lines.iter().all(|l| l.trim().is_empty()) {
        return;
    }
    for l in Excerpt::new(lines, pos).render() {
        out.push_str("    ");
        out.push_str(&l);
        out.push('\n');
    }
}

/// The lines of a statement with the place of the failing expression; columns in characters.
struct Excerpt {
    lines: Vec<Vec<char>>,
    start: usize,
    end: usize,
    anchors: Option<Anchors>,
    carets: bool,
}

fn characters_before(line: &str, bytes: usize) -> usize {
    let bytes = bytes.min(line.len());
    String::from_utf8_lossy(&line.as_bytes()[..bytes]).chars().count()
}

fn common_indent(lines: &[String]) -> usize {
    let indents = lines.iter().filter(|l| !l.trim().is_empty()).map(|l| {
        let blank = l.len() - l.trim_start_matches([' ', '\t']).len();
        &l[..blank]
    });
    let common = indents.reduce(|a, b| {
        let same = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
        &a[..same]
    });
    common.map_or(0, str::len)
}

impl Excerpt {
    fn new(lines: Vec<String>, pos: Pos) -> Excerpt {
        let indent = common_indent(&lines);
        let last = lines.len() - 1;
        let start = characters_before(&lines[0], pos.col as usize).saturating_sub(indent);
        let end = characters_before(&lines[last], pos.end_col as usize).saturating_sub(indent);
        let dedented: Vec<&str> = lines.iter().map(|l| l.get(indent..).unwrap_or("")).collect();
        let text = dedented.join("\n");
        let chars: Vec<Vec<char>> = dedented.iter().map(|l| l.chars().collect()).collect();
        let mut excerpt = Excerpt { lines: chars, start, end, anchors: None, carets: false };
        excerpt.anchors = carets::anchors(&excerpt.segment());
        excerpt.carets = excerpt.should_show(&text);
        excerpt
    }

    fn last(&self) -> usize {
        self.lines.len() - 1
    }

    /// The text of the failing expression.
    fn segment(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        for (i, line) in self.lines.iter().enumerate() {
            let to = if i == self.last() { self.end.min(line.len()) } else { line.len() };
            let from = if i == 0 { self.start.min(to) } else { 0 };
            parts.push(line[from..to].iter().collect());
        }
        parts.join("\n")
    }

    fn should_show(&self, text: &str) -> bool {
        let statement = carets::statement(text, self.start, self.end);
        if statement != Statement::Other {
            return false;
        }
        let last = &self.lines[self.last()];
        let blank = |part: &[char]| part.iter().all(|c| c.is_whitespace());
        self.anchors.is_some()
            || !blank(&self.lines[0][..self.start.min(self.lines[0].len())])
            || !blank(&last[self.end.min(last.len())..])
    }

    fn width(&self, line: usize, characters: usize) -> usize {
        self.lines[line].iter().take(characters).map(|&c| display_width(c)).sum()
    }

    /// Display columns of the anchors on their lines.
    fn anchor_columns(&self) -> Option<[(usize, usize); 2]> {
        let anchors = self.anchors?;
        Some([anchors.left, anchors.right].map(|(line, column)| {
            let column = if line == 0 { column + self.start } else { column };
            (line, self.width(line, column))
        }))
    }

    fn render(&self) -> Vec<String> {
        let columns = self.anchor_columns();
        let mut significant = BTreeSet::from([0, self.last()]);
        for (line, _) in columns.into_iter().flatten() {
            significant.extend((line.saturating_sub(1)..=line + 1).filter(|&l| l <= self.last()));
        }
        let mut out = Vec::new();
        let mut previous: Option<usize> = None;
        for &line in &significant {
            match previous.map(|p| line - p) {
                Some(2) => self.render_line(line - 1, columns, &mut out),
                Some(skipped @ 3..) => out.push(format!("...<{} lines>...", skipped - 1)),
                _ => {}
            }
            self.render_line(line, columns, &mut out);
            previous = Some(line);
        }
        // Without its inner lines the excerpt may be indented less.
        let indent = common_indent(&out);
        out.iter().map(|l| l.get(indent..).unwrap_or("").to_owned()).collect()
    }

    fn render_line(&self, line: usize, anchors: Option<[(usize, usize); 2]>, out: &mut Vec<String>) {
        let text = &self.lines[line];
        out.push(text.iter().collect());
        if !self.carets {
            return;
        }
        let blanks = text.iter().take_while(|c| c.is_whitespace()).count();
        let end = if line == self.last() { self.width(line, self.end) } else { self.width(line, text.len()) };
        let start = self.width(0, self.start);
        let marks: String = (0..end)
            .map(|column| {
                if column < blanks || (line == 0 && column < start) {
                    return ' ';
                }
                match anchors {
                    Some([left, right]) if (line, column) >= left && (line, column) < right => '^',
                    Some(_) => '~',
                    None => '^',
                }
            })
            .collect();
        out.push(marks);
    }
}

fn display_width(c: char) -> usize {
    if c.is_ascii() {
        return 1;
    }
    if matches!(ucd::east_asian_width(c as u32), "W" | "F") { 2 } else { 1 }
}
