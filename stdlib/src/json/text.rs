//! JSON string literals.

use super::decode_error;
use crate::support::{str_from_buf, str_from_units};
use adder_interp::object::header::Gc;
use adder_interp::object::str::Str;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_text::units::{StrBuilder, Unit, UnitsRef};
use adder_text::with_units;

/// The letter after the backslash for characters with a short escape, 1 for other characters that must be escaped, 0
/// for those that stand for themselves.
static ESCAPES: [u8; 128] = {
    let mut table = [0; 128];
    let mut c = 0;
    while c < 0x20 {
        table[c] = 1;
        c += 1;
    }
    table[b'"' as usize] = b'"';
    table[b'\\' as usize] = b'\\';
    table[0x08] = b'b';
    table[0x0C] = b'f';
    table[b'\n' as usize] = b'n';
    table[b'\r' as usize] = b'r';
    table[b'\t' as usize] = b't';
    table
};

/// Appends a literal in ASCII.
pub fn quote_ascii(text: UnitsRef<'_>, out: &mut StrBuilder) {
    out.push_ascii(b"\"");
    match text {
        UnitsRef::Latin1 { units, ascii: true } if !units.contains(&0x7F) => quote_bytes(units, out),
        _ => {
            for c in text.iter() {
                match c {
                    0..0x20 | 0x22 | 0x5C => push_escape(c, out),
                    0..0x7F => out.push(c),
                    0x7F..0x1_0000 => push_hex(c, out),
                    _ => {
                        let c = c - 0x1_0000;
                        push_hex(0xD800 | c >> 10, out);
                        push_hex(0xDC00 | c & 0x3FF, out);
                    }
                }
            }
        }
    }
    out.push_ascii(b"\"");
}

/// Appends a literal that escapes only what it must.
pub fn quote(text: UnitsRef<'_>, out: &mut StrBuilder) {
    out.push_ascii(b"\"");
    match text {
        UnitsRef::Latin1 { units, ascii: true } => quote_bytes(units, out),
        _ => {
            let mut plain = 0;
            for (i, c) in text.iter().enumerate() {
                if c < 0x80 && ESCAPES[c as usize] != 0 {
                    out.push_units(text.slice(plain..i));
                    push_escape(c, out);
                    plain = i + 1;
                }
            }
            out.push_units(text.slice(plain..text.len()));
        }
    }
    out.push_ascii(b"\"");
}

fn quote_bytes(text: &[u8], out: &mut StrBuilder) {
    let mut plain = 0;
    for (i, &c) in text.iter().enumerate() {
        if ESCAPES[usize::from(c & 0x7F)] != 0 {
            out.push_ascii(&text[plain..i]);
            push_escape(u32::from(c), out);
            plain = i + 1;
        }
    }
    out.push_ascii(&text[plain..]);
}

fn push_escape(c: u32, out: &mut StrBuilder) {
    match ESCAPES[c as usize] {
        1 => push_hex(c, out),
        letter => out.push_ascii(&[b'\\', letter]),
    }
}

fn push_hex(c: u32, out: &mut StrBuilder) {
    let digit = |shift: u32| b"0123456789abcdef"[(c >> shift & 0xF) as usize];
    out.push_ascii(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]);
}

/// Reads the literal whose opening quote is before `start`: its text, and the position after the closing quote.
pub fn scan(vm: &Vm, text: Gc<Str>, start: usize, strict: bool) -> PyResult<(Value, usize)> {
    with_units!(text.as_ref().units(), units => scan_units(vm, text, units, start, strict))
}

/// [`scan`] over the units of `text`.
#[inline]
pub fn scan_units<T: Unit>(
    vm: &Vm,
    text: Gc<Str>,
    units: &[T],
    start: usize,
    strict: bool,
) -> PyResult<(Value, usize)> {
    let end = plain_end(vm, text, units, start, start, strict)?;
    if units[end].into() == u32::from(b'"') {
        return Ok((str_from_units(vm, text.as_ref().units().slice(start..end)), end + 1));
    }
    scan_escaped(vm, text, units, start, end, strict)
}

/// Where the characters that stand for themselves end: at a quote or a backslash.
#[inline]
fn plain_end<T: Unit>(
    vm: &Vm,
    text: Gc<Str>,
    units: &[T],
    start: usize,
    from: usize,
    strict: bool,
) -> PyResult<usize> {
    let mut at = from;
    while let Some(&unit) = units.get(at) {
        let c: u32 = unit.into();
        if c == u32::from(b'"') || c == u32::from(b'\\') {
            return Ok(at);
        }
        if c < 0x20 && strict {
            return Err(decode_error(vm, "Invalid control character at", text, at));
        }
        at += 1;
    }
    Err(unterminated(vm, text, start))
}

#[cold]
fn unterminated(vm: &Vm, text: Gc<Str>, start: usize) -> Raised {
    // The position of the opening quote; a scan from 0 has none.
    decode_error(vm, "Unterminated string starting at", text, start.wrapping_sub(1))
}

/// The rest of a literal with escapes; `at` is the first backslash.
fn scan_escaped<T: Unit>(
    vm: &Vm,
    text: Gc<Str>,
    units: &[T],
    start: usize,
    mut at: usize,
    strict: bool,
) -> PyResult<(Value, usize)> {
    let whole = text.as_ref().units();
    let mut out = StrBuilder::with_capacity(at - start + 16);
    out.push_units(whole.slice(start..at));
    loop {
        // `at` is at a quote or a backslash.
        if units[at].into() == u32::from(b'"') {
            return Ok((str_from_buf(vm, out.finish()), at + 1));
        }
        let Some(&letter) = units.get(at + 1) else { return Err(unterminated(vm, text, start)) };
        let letter: u32 = letter.into();
        let plain = if letter == u32::from(b'u') {
            let (c, next) = unicode_escape(vm, text, units, at)?;
            out.push(c);
            next
        } else {
            let c = match u8::try_from(letter).unwrap_or(0) {
                c @ (b'"' | b'\\' | b'/') => c,
                b'b' => 0x08,
                b'f' => 0x0C,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                _ => return Err(decode_error(vm, "Invalid \\escape", text, at)),
            };
            out.push(u32::from(c));
            at + 2
        };
        at = plain_end(vm, text, units, start, plain, strict)?;
        out.push_units(whole.slice(plain..at));
    }
}

/// The character of the `\uXXXX` at `at`, or of two of them that are a surrogate pair; and the position after it.
fn unicode_escape<T: Unit>(vm: &Vm, text: Gc<Str>, units: &[T], at: usize) -> PyResult<(u32, usize)> {
    let digits = |from: usize| -> Option<u32> {
        units[from..from + 4].iter().try_fold(0, |value, &unit| {
            let digit = char::from_u32(unit.into())?.to_digit(16)?;
            Some(value << 4 | digit)
        })
    };
    let invalid = |at| Err(decode_error(vm, "Invalid \\uXXXX escape", text, at));
    let end = at + 6;
    // A closing quote has to follow.
    if end >= units.len() {
        return invalid(at + 1);
    }
    let Some(c) = digits(at + 2) else { return invalid(at + 1) };
    let follows = |i: usize, c: u8| units[i].into() == u32::from(c);
    if (0xD800..0xDC00).contains(&c) && end + 6 < units.len() && follows(end, b'\\') && follows(end + 1, b'u')
    {
        let Some(low) = digits(end + 2) else { return invalid(end + 1) };
        if (0xDC00..0xE000).contains(&low) {
            return Ok((0x1_0000 + ((c & 0x3FF) << 10 | low & 0x3FF), end + 6));
        }
    }
    Ok((c, end))
}
