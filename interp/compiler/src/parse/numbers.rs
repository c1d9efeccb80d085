//! Number literals: their extent, and what CPython says about malformed ones.

use super::tokens::{Lexer, Purpose, Step};
use ruff_text_size::{TextRange, TextSize};

/// Passes the number at the current position.
pub(super) fn scan(lx: &mut Lexer<'_>) -> Step {
    if lx.peek() == Some(b'0') {
        match lx.peek_at(1).map(|b| b.to_ascii_lowercase()) {
            Some(b'x') => return radix(lx, 16, "hexadecimal"),
            Some(b'o') => return radix(lx, 8, "octal"),
            Some(b'b') => return radix(lx, 2, "binary"),
            _ => return zero(lx),
        }
    }
    if lx.peek() != Some(b'.') {
        decimal_tail(lx)?;
    }
    fraction(lx)
}

fn radix(lx: &mut Lexer<'_>, radix: u32, name: &str) -> Step {
    lx.at += 2;
    let is_digit = |b: u8| (b as char).is_digit(radix);
    loop {
        if lx.peek() == Some(b'_') {
            lx.at += 1;
        }
        match lx.peek() {
            Some(b) if is_digit(b) => {}
            Some(b) if b.is_ascii_digit() => return bad_digit(lx, b, name),
            _ => return lx.raise(format!("invalid {name} literal")),
        }
        while lx.peek().is_some_and(is_digit) {
            lx.at += 1;
        }
        if lx.peek() != Some(b'_') {
            break;
        }
    }
    if let Some(b) = lx.peek().filter(u8::is_ascii_digit) {
        return bad_digit(lx, b, name);
    }
    check_end(lx, name)
}

fn bad_digit(lx: &mut Lexer<'_>, digit: u8, name: &str) -> Step {
    lx.at += 1;
    lx.raise(format!("invalid digit '{}' in {name} literal", digit as char))
}

/// Digits with single underscores between them.
fn decimal_tail(lx: &mut Lexer<'_>) -> Step {
    loop {
        while lx.peek().is_some_and(|b| b.is_ascii_digit()) {
            lx.at += 1;
        }
        if lx.peek() != Some(b'_') {
            return Ok(());
        }
        lx.at += 1;
        if !lx.peek().is_some_and(|b| b.is_ascii_digit()) {
            return lx.raise("invalid decimal literal");
        }
    }
}

/// A literal that starts with a plain 0: a zero, a float, or an error.
fn zero(lx: &mut Lexer<'_>) -> Step {
    let start = lx.at;
    let mut nonzero = false;
    lx.at += 1;
    loop {
        if lx.peek() == Some(b'_') {
            lx.at += 1;
            if !lx.peek().is_some_and(|b| b.is_ascii_digit()) {
                return lx.raise("invalid decimal literal");
            }
        }
        if lx.peek() != Some(b'0') {
            break;
        }
        lx.at += 1;
    }
    let zeros_end = lx.at + 1;
    if lx.peek().is_some_and(|b| b.is_ascii_digit()) {
        nonzero = true;
        decimal_tail(lx)?;
    }
    match lx.peek().map(|b| b.to_ascii_lowercase()) {
        Some(b'.' | b'e' | b'j') => fraction(lx),
        _ if nonzero && lx.purpose != Purpose::Everything => {
            let message = "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal \
                           integers";
            lx.raise_at(message, lx.column(start) as i32 + 1, lx.column(zeros_end) as i32)
        }
        _ => check_end(lx, "decimal"),
    }
}

/// What may follow the digits: fraction, exponent, imaginary unit.
fn fraction(lx: &mut Lexer<'_>) -> Step {
    if lx.peek() == Some(b'.') {
        lx.at += 1;
        if lx.peek().is_some_and(|b| b.is_ascii_digit()) {
            decimal_tail(lx)?;
        }
    }
    if matches!(lx.peek(), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(lx.peek_at(1), Some(b'+' | b'-')));
        if lx.peek_at(1 + sign).is_some_and(|b| b.is_ascii_digit()) {
            lx.at += 1 + sign;
            decimal_tail(lx)?;
        } else if sign == 1 {
            lx.at += 2;
            return lx.raise("invalid decimal literal");
        } else {
            // `1else`: the letter belongs to a keyword or is an error.
            return check_end(lx, "decimal");
        }
    }
    if matches!(lx.peek(), Some(b'j' | b'J')) {
        lx.at += 1;
        return check_end(lx, "imaginary");
    }
    check_end(lx, "decimal")
}

/// A literal must not run into a name; into a keyword it may, with a warning.
fn check_end(lx: &mut Lexer<'_>, name: &str) -> Step {
    if lx.purpose == Purpose::Everything {
        return Ok(());
    }
    let rest = &lx.text[lx.at..];
    let keywords = ["and", "else", "for", "if", "in", "is", "or", "not"];
    let keyword = keywords.iter().any(|k| rest.starts_with(k));
    if keyword {
        let start = TextSize::new(lx.at as u32);
        lx.out.warnings.push((format!("invalid {name} literal"), TextRange::empty(start)));
        return Ok(());
    }
    match rest.bytes().next() {
        Some(b) if b.is_ascii_alphanumeric() || b == b'_' => lx.raise(format!("invalid {name} literal")),
        Some(b) if b >= 0x80 => {
            // A character that is no part of a name is reported as such.
            let at = lx.at;
            let c = rest.chars().next().unwrap_or(' ');
            if unicode_ident::is_xid_continue(c) {
                lx.at = at;
                return lx.raise(format!("invalid {name} literal"));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}
