//! String literals for the diagnostic tokenizer: extent, escapes, f-strings and t-strings.

use super::tokens::{Bracket, Lexer, Purpose, Step, Tok};
use ruff_text_size::{TextRange, TextSize};

/// An f-string or t-string being read.
#[derive(Clone)]
pub(super) struct FString {
    quote: u8,
    triple: bool,
    raw: bool,
    template: bool,
    start: usize,
    line: u32,
    line_start: usize,
    /// Replacement fields that are open, nested ones in format specs included.
    fields: Vec<Field>,
}

/// An open replacement field.
#[derive(Clone)]
struct Field {
    /// Brackets open inside the field's braces when nothing else is.
    floor: usize,
    in_spec: bool,
}

/// Deepest nesting of replacement fields in format specs.
const MAX_FIELDS: usize = 3;
/// Deepest nesting of f-strings.
const MAX_FSTRINGS: usize = 150;

impl FString {
    /// Whether the next characters are literal text.
    pub fn in_text(&self) -> bool {
        self.fields.last().is_none_or(|f| f.in_spec)
    }

    /// Whether `brackets` open brackets mean the outside of any bracket within the innermost field.
    pub fn at_top(&self, brackets: usize) -> bool {
        self.fields.last().is_some_and(|f| f.floor == brackets)
    }

    /// Number of open brackets that belong to the field and what is around it.
    pub fn floor(&self) -> usize {
        self.fields.last().map_or(0, |f| f.floor)
    }

    /// The letter that names the kind in messages.
    pub fn letter(&self) -> char {
        if self.template { 't' } else { 'f' }
    }
}

/// Passes the string whose quote is at the current position; its prefix starts at `start`.
pub(super) fn scan(lx: &mut Lexer<'_>, start: usize) -> Step {
    let prefix = lx.text[start..lx.at].to_ascii_lowercase();
    let quote = lx.bytes[lx.at];
    let triple = lx.bytes[lx.at..].starts_with(&[quote; 3]);
    let raw = prefix.contains('r');
    if prefix.contains(['f', 't']) {
        if lx.fstrings.len() >= MAX_FSTRINGS {
            return lx.raise("too many nested f-strings or t-strings");
        }
        let (line, line_start) = (lx.line, lx.line_start);
        lx.at += if triple { 3 } else { 1 };
        lx.push(Tok::FStart, start, lx.at);
        let template = prefix.contains('t');
        lx.fstrings.push(FString {
            quote,
            triple,
            raw,
            template,
            start,
            line,
            line_start,
            fields: Vec::new(),
        });
        return Ok(());
    }
    plain(lx, start, quote, triple, raw, prefix.contains('b'))
}

fn plain(lx: &mut Lexer<'_>, start: usize, quote: u8, triple: bool, raw: bool, bytes: bool) -> Step {
    let (line, line_start) = (lx.line, lx.line_start);
    let width = if triple { 3 } else { 1 };
    lx.at += width;
    let body = lx.at;
    let mut escaped_quote = false;
    while let Some(b) = lx.peek() {
        if b == quote && (!triple || lx.bytes[lx.at..].starts_with(&[quote; 3])) {
            let end = lx.at;
            lx.at += width;
            if !raw {
                escapes(lx, body, end, bytes, false);
            }
            lx.push(Tok::String, start, lx.at);
            return Ok(());
        }
        let length = lx.line_break();
        if length > 0 {
            if !triple {
                break;
            }
            lx.pass_line_break(length);
        } else if b == b'\\' {
            lx.at += 1;
            escaped_quote |= lx.peek() == Some(quote);
            match lx.line_break() {
                0 => lx.at += lx.text[lx.at..].chars().next().map_or(0, char::len_utf8),
                length => lx.pass_line_break(length),
            }
        } else {
            lx.at += 1;
        }
    }
    unterminated(lx, start, (line, line_start), quote, triple, escaped_quote)
}

fn unterminated(
    lx: &mut Lexer<'_>,
    start: usize,
    (line, line_start): (u32, usize),
    quote: u8,
    triple: bool,
    escaped_quote: bool,
) -> Step {
    // A quote inside a field that is the quote of the f-string around it ends that f-string: a brace is missing.
    let enclosing = lx.fstrings.last().map(|f| (f.quote == quote && f.triple == triple, f.letter()));
    let detected = lx.line;
    lx.line_start = line_start;
    let offset = lx.column(start) as i32 + 1;
    if let Some((true, letter)) = enclosing {
        let mut result = lx.raise_on_line(format!("{letter}-string: expecting '}}'"), line, offset, offset);
        if let Err(error) = &mut result {
            error.raised = false;
        }
        return result;
    }
    if triple {
        let message =
            format!("unterminated triple-quoted string literal (detected at line {})", last_line(lx));
        let mut result = lx.raise_on_line(message, line, offset, offset);
        if let Err(error) = &mut result {
            error.at_end = true;
            error.literal_start = Some(start as u32);
        }
        return result;
    }
    let hint = if escaped_quote { "; perhaps you escaped the end quote?" } else { "" };
    let at_end = lx.peek().is_none();
    let detected = if at_end { last_line(lx) } else { detected };
    let message = format!("unterminated string literal (detected at line {detected}){hint}");
    let mut result = lx.raise_on_line(message, line, offset, offset);
    if let Err(error) = &mut result
        && at_end
        && !lx.implied_newline()
    {
        error.at_end = true;
        error.literal_start = Some(start as u32);
    }
    result
}

/// The number of the last line that has text.
fn last_line(lx: &Lexer<'_>) -> u32 {
    let trimmed = lx.text.strip_suffix('\n').unwrap_or(lx.text);
    trimmed.bytes().filter(|&b| b == b'\n').count() as u32 + 1
}

impl Lexer<'_> {
    /// Reads literal text of the innermost f-string up to a field or the end.
    pub fn fstring_text(&mut self) -> Step {
        let f = self.fstrings.last().expect("an f-string is open");
        let (quote, triple, raw, letter) = (f.quote, f.triple, f.raw, f.letter());
        let in_spec = f.fields.last().is_some_and(|f| f.in_spec);
        let width = if triple { 3 } else { 1 };
        let start = self.at;
        let listed = self.purpose != Purpose::Compile;
        loop {
            let Some(b) = self.peek() else { return self.unterminated_fstring() };
            let closes = b == quote && (!triple || self.bytes[self.at..].starts_with(&[quote; 3]));
            let length = self.line_break();
            if closes {
                self.middle(start, raw);
                if in_spec && let Some(field) = f_outermost(self) {
                    // The fields were never closed; the parser finds out.
                    self.brackets.truncate(field);
                }
                self.push(Tok::FEnd, self.at, self.at + width);
                self.at += width;
                self.fstrings.pop();
                return Ok(());
            }
            if length > 0 {
                if !triple {
                    if in_spec {
                        self.at += length;
                        let message = format!(
                            "{letter}-string: newlines are not allowed in format specifiers for single quoted \
                             {letter}-strings"
                        );
                        return self.raise_softly(message);
                    }
                    return self.unterminated_fstring();
                }
                self.pass_line_break(length);
                continue;
            }
            match b {
                // A doubled brace ends the literal part; its second half belongs to none.
                b'{' | b'}' if listed && !in_spec && self.peek_at(1) == Some(b) => {
                    self.push(Tok::FMiddle, start, self.at + 1);
                    self.at += 2;
                    return Ok(());
                }
                b'{' if !in_spec && self.peek_at(1) == Some(b'{') => self.at += 2,
                b'{' => {
                    self.middle(start, raw);
                    return self.open_field();
                }
                b'}' if in_spec => {
                    if listed {
                        self.push(Tok::FMiddle, start, self.at);
                    } else {
                        self.middle(start, raw);
                    }
                    let at = self.at;
                    self.at += 1;
                    return self.end_of_field(at);
                }
                b'}' if self.peek_at(1) == Some(b'}') => self.at += 2,
                b'}' => {
                    if listed {
                        self.push(Tok::FMiddle, start, self.at);
                    }
                    self.at += 1;
                    return self.raise(format!("{letter}-string: single '}}' is not allowed"));
                }
                b'\\' if !raw && self.bytes[self.at..].starts_with(b"\\N{") => {
                    let rest = &self.text[self.at..];
                    self.at += rest.find('}').map_or(2, |end| end + 1);
                    if listed {
                        self.push(Tok::FMiddle, start, self.at);
                        return Ok(());
                    }
                }
                b'\\' => {
                    self.at += 1;
                    match (self.peek(), self.line_break()) {
                        (Some(b'{' | b'}'), _) => {}
                        (_, 0) => self.at += self.text[self.at..].chars().next().map_or(0, char::len_utf8),
                        (_, length) => self.pass_line_break(length),
                    }
                }
                _ => self.at += 1,
            }
        }
    }

    fn middle(&mut self, start: usize, raw: bool) {
        if self.at > start {
            self.push(Tok::FMiddle, start, self.at);
            if !raw {
                escapes(self, start, self.at, false, true);
            }
        }
    }

    fn open_field(&mut self) -> Step {
        let at = self.at;
        let f = self.fstrings.last().expect("an f-string is open");
        let letter = f.letter();
        if f.fields.len() >= MAX_FIELDS {
            return self.raise(format!("{letter}-string: expressions nested too deeply"));
        }
        self.at += 1;
        self.push(Tok::Op, at, at + 1);
        self.brackets.push(Bracket { byte: b'{', at: at as u32, line: self.line });
        let floor = self.brackets.len();
        let f = self.fstrings.last_mut().expect("an f-string is open");
        f.fields.push(Field { floor, in_spec: false });
        Ok(())
    }

    /// Whether `}` closes a replacement field.
    pub fn closes_field(&self, c: u8) -> bool {
        c == b'}' && self.fstrings.last().is_some_and(|f| f.at_top(self.brackets.len()))
    }

    pub fn end_of_field(&mut self, at: usize) -> Step {
        self.brackets.pop();
        self.push(Tok::Op, at, at + 1);
        if let Some(f) = self.fstrings.last_mut() {
            f.fields.pop();
        }
        Ok(())
    }

    /// `:` and `!` at the top of a field; true when one was passed.
    pub fn fstring_punctuation(&mut self, c: u8) -> Result<bool, super::tokens::TokenError> {
        let start = self.at;
        match c {
            b':' => {
                self.at += 1;
                self.push(Tok::Op, start, self.at);
                if let Some(field) = self.fstrings.last_mut().and_then(|f| f.fields.last_mut()) {
                    field.in_spec = true;
                }
                Ok(true)
            }
            b'!' if self.peek_at(1) != Some(b'=') => {
                self.at += 1;
                self.push(Tok::Op, start, self.at);
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn unterminated_fstring(&mut self) -> Step {
        let f = self.fstrings.last().expect("an f-string is open");
        let (start, line, line_start, triple, letter) = (f.start, f.line, f.line_start, f.triple, f.letter());
        let detected = self.line;
        self.line_start = line_start;
        let offset = self.column(start) as i32 + 1;
        if triple {
            let message = format!(
                "unterminated triple-quoted {letter}-string literal (detected at line {})",
                last_line(self)
            );
            let mut result = self.raise_on_line(message, line, offset, offset);
            if let Err(error) = &mut result {
                error.at_end = true;
                error.literal_start = Some(start as u32);
            }
            return result;
        }
        let message = format!("unterminated {letter}-string literal (detected at line {detected})");
        let mut result = self.raise_on_line(message, line, offset, offset);
        if let Err(error) = &mut result
            && self.purpose != Purpose::Compile
            && self.peek().is_none()
        {
            // A backslash continues the literal on a line that may yet come.
            error.at_end = true;
            error.literal_start = Some(start as u32);
        }
        result
    }
}

/// Number of open brackets outside of the innermost f-string's fields.
fn f_outermost(lx: &Lexer<'_>) -> Option<usize> {
    lx.fstrings.last().and_then(|f| f.fields.first()).map(|field| field.floor - 1)
}

/// What is wrong with the escapes of a literal, in the codec's words.
pub(super) fn escape_error(body: &str, bytes: bool) -> Option<String> {
    if !body.contains('\\') {
        return None;
    }
    // Positions count what the codec is given: characters beyond ASCII are escaped for it.
    let mut position = 0;
    let mut chars = body.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c != '\\' {
            position += if c.is_ascii() { 1 } else { 10 };
            continue;
        }
        let rest = &body[at + 1..];
        let kind = rest.chars().next()?;
        let digits = |n: usize| rest[1..].chars().take(n).take_while(char::is_ascii_hexdigit).count();
        let wanted = match kind {
            'x' => 2,
            'u' if !bytes => 4,
            'U' if !bytes => 8,
            'N' if !bytes => {
                if let Some(message) = name_error(rest, position) {
                    return Some(message);
                }
                0
            }
            _ => 0,
        };
        let have = digits(wanted);
        if have < wanted {
            if bytes {
                return Some(format!("(value error) invalid \\x escape at position {position}"));
            }
            let form: String = format!("\\{kind}{}", "X".repeat(wanted));
            return Some(unicode_error(position, 2 + have, &format!("truncated {form} escape")));
        }
        if wanted == 8 && u32::from_str_radix(&rest[1..9], 16).is_ok_and(|n| n > 0x10ffff) {
            return Some(unicode_error(position, 10, "illegal Unicode character"));
        }
        position += 1;
        if let Some((_, c)) = chars.next() {
            position += if c.is_ascii() { 1 } else { 10 };
        }
    }
    None
}

fn unicode_error(start: usize, length: usize, what: &str) -> String {
    format!(
        "(unicode error) 'unicodeescape' codec can't decode bytes in position {start}-{}: {what}",
        start + length - 1
    )
}

/// An error of `N{name}`; `rest` starts at the letter.
fn name_error(rest: &str, position: usize) -> Option<String> {
    let malformed = |length: usize| Some(unicode_error(position, length, "malformed \\N character escape"));
    let Some(name) = rest[1..].strip_prefix('{') else { return malformed(2) };
    let Some(end) = name.find('}') else { return malformed(3 + name.chars().count()) };
    if end == 0 {
        return malformed(4);
    }
    let literal = format!("\"\\N{{{}}}\"", &name[..end]);
    if ruff_python_parser::parse_expression(&literal).is_ok() {
        return None;
    }
    Some(unicode_error(position, end + 4, "unknown Unicode character name"))
}

/// Warns about the first invalid escape of a literal.
fn escapes(lx: &mut Lexer<'_>, start: usize, end: usize, bytes: bool, in_fstring: bool) {
    let body = &lx.bytes[start..end];
    let mut i = 0;
    while let Some(at) = memchr(b'\\', &body[i..]) {
        let at = i + at;
        let Some(&c) = body.get(at + 1) else {
            if in_fstring && let Some(brace @ (b'{' | b'}')) = lx.bytes.get(end) {
                let shown = (*brace as char).to_string();
                warn(lx, start + at, &shown, "escape");
            }
            break;
        };
        i = at + 2;
        let valid = match c {
            b'\n' | b'\r' | b'\\' | b'\'' | b'"' | b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' | b'x' => {
                true
            }
            b'N' | b'u' | b'U' => !bytes,
            b'0'..=b'7' => {
                let digits: Vec<u8> = body[at + 1..]
                    .iter()
                    .copied()
                    .take(3)
                    .take_while(|b| (b'0'..=b'7').contains(b))
                    .collect();
                i = at + 1 + digits.len();
                if digits.len() == 3 && digits[0] > b'3' {
                    let text = String::from_utf8_lossy(&digits).into_owned();
                    warn(lx, start + at, &text, "octal escape");
                    return;
                }
                true
            }
            _ => false,
        };
        if !valid {
            let shown = lx.text[start + at + 1..].chars().next().unwrap_or(' ').to_string();
            warn(lx, start + at, &shown, "escape");
            if !(in_fstring && matches!(c, b'{' | b'}')) {
                return;
            }
        }
    }
}

fn warn(lx: &mut Lexer<'_>, at: usize, escape: &str, what: &str) {
    let message = format!(
        "\"\\{escape}\" is an invalid {what} sequence. Such sequences will not work in the future. Did you mean \
         \"\\\\{escape}\"? A raw string is also an option."
    );
    let at = TextSize::new(at as u32);
    lx.out.warnings.push((message, TextRange::at(at, TextSize::new(1 + escape.len() as u32))));
}

fn memchr(needle: u8, haystack: &[u8]) -> Option<usize> {
    haystack.iter().position(|&b| b == needle)
}
