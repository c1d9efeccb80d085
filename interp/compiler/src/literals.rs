//! Values of string literals that the parser cannot represent: those with lone surrogates.
//!
//! The tree holds Rust strings, in which a surrogate escape became U+FFFD. Such literals are read again from the
//! source, into WTF-8.

use crate::source::Source;
use ruff_python_ast::ExprStringLiteral;
use ruff_text_size::{Ranged, TextRange};

/// The value of a string expression, implicit concatenation included, as WTF-8.
pub fn string_value(source: &Source<'_>, e: &ExprStringLiteral) -> Vec<u8> {
    let mut out = Vec::with_capacity(e.value.len());
    for part in &e.value {
        match suspicious(source, part.range(), &part.value) {
            Some(raw) => out.extend(literal_body(raw)),
            None => out.extend_from_slice(part.value.as_bytes()),
        }
    }
    out
}

/// The value of a literal piece of an f-string or t-string.
pub fn middle_value(source: &Source<'_>, range: TextRange, value: &str) -> Vec<u8> {
    match suspicious(source, range, value) {
        Some(raw) => unescape(&raw.replace("{{", "{").replace("}}", "}")),
        None => value.as_bytes().to_vec(),
    }
}

/// The source of a literal whose value may hide a surrogate.
fn suspicious<'s>(source: &Source<'s>, range: TextRange, value: &str) -> Option<&'s str> {
    if !value.contains('\u{fffd}') || !source.has_text() {
        return None;
    }
    let raw = source.slice(range);
    raw.contains("\\u").then_some(raw).or_else(|| raw.contains("\\U").then_some(raw))
}

/// The unescaped body of a literal with prefix and quotes.
fn literal_body(raw: &str) -> Vec<u8> {
    let quote = raw.find(['"', '\'']).unwrap_or(0);
    let prefix = &raw[..quote];
    let rest = &raw[quote..];
    let width = if rest.starts_with("\"\"\"") || rest.starts_with("'''") { 3 } else { 1 };
    let body = rest.get(width..rest.len().saturating_sub(width)).unwrap_or("");
    if prefix.contains(['r', 'R']) { body.as_bytes().to_vec() } else { unescape(body) }
}

fn push_code_point(out: &mut Vec<u8>, code: u32) {
    match char::from_u32(code) {
        Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None => out.extend([
            0xe0 | (code >> 12) as u8,
            0x80 | (code >> 6 & 0x3f) as u8,
            0x80 | (code & 0x3f) as u8,
        ]),
    }
}

/// Unescapes the body of a non-raw string. The parser has accepted it already, so errors keep the text as it is.
fn unescape(body: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find('\\') {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at + 1..];
        let Some(c) = rest.chars().next() else { break };
        let after = &rest[c.len_utf8()..];
        rest = match c {
            'u' => hex_escape(&mut out, after, 4),
            'U' => hex_escape(&mut out, after, 8),
            'x' => hex_escape(&mut out, after, 2),
            'N' => named_escape(&mut out, after),
            '0'..='7' => {
                let digits = rest.bytes().take(3).take_while(|b| (b'0'..=b'7').contains(b)).count();
                push_code_point(&mut out, u32::from_str_radix(&rest[..digits], 8).unwrap_or(0));
                &rest[digits..]
            }
            '\n' => after,
            '\r' => after.strip_prefix('\n').unwrap_or(after),
            _ => {
                match simple_escape(c) {
                    Some(byte) => out.push(byte),
                    None => {
                        out.push(b'\\');
                        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                    }
                }
                after
            }
        };
    }
    out.extend_from_slice(rest.as_bytes());
    out
}

fn simple_escape(c: char) -> Option<u8> {
    Some(match c {
        '\\' => b'\\',
        '\'' => b'\'',
        '"' => b'"',
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 11,
        _ => return None,
    })
}

fn hex_escape<'r>(out: &mut Vec<u8>, rest: &'r str, digits: usize) -> &'r str {
    match rest.get(..digits).and_then(|d| u32::from_str_radix(d, 16).ok()) {
        Some(code) => {
            push_code_point(out, code);
            &rest[digits..]
        }
        None => rest,
    }
}

/// `\N{name}`: the parser knows the names; here they only matter beside a surrogate.
fn named_escape<'r>(out: &mut Vec<u8>, rest: &'r str) -> &'r str {
    let Some(end) = rest.find('}') else { return rest };
    let literal = format!("\"\\N{}\"", &rest[..=end]);
    if let Ok(parsed) = ruff_python_parser::parse_expression(&literal)
        && let ruff_python_ast::Expr::StringLiteral(s) = parsed.expr()
    {
        out.extend_from_slice(s.value.to_str().as_bytes());
    }
    &rest[end + 1..]
}

/// The value of a plain literal that is concatenated with an f-string.
pub fn middle_part(source: &Source<'_>, part: &ruff_python_ast::StringLiteral) -> Vec<u8> {
    match suspicious(source, part.range, &part.value) {
        Some(raw) => literal_body(raw),
        None => part.value.as_bytes().to_vec(),
    }
}
