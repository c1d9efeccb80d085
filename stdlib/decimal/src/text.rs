//! Numbers from text and to text.

use crate::coefficient::Coeff;
use crate::context::{Context, MAX_COMPUTED, Status, invalid};
use crate::number::{Decimal, Kind, Num};

/// Reads a number of ASCII text as the specification spells numbers; `None` if it is none. The exponent is cut to
/// +-4 * 10^18, far outside all contexts.
pub fn parse(text: &[u8]) -> Option<Decimal> {
    let (negative, rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if !rest.first()?.is_ascii_digit() && rest[0] != b'.' {
        return parse_special(negative, rest);
    }
    let mut digits = Vec::new();
    let mut small = 0u64;
    let (mut count, mut fraction, mut seen_dot, mut at) = (0usize, 0i64, false, 0);
    while let Some(&c) = rest.get(at) {
        match c {
            b'0'..=b'9' => {
                if count < 19 {
                    small = small * 10 + (c - b'0') as u64;
                } else {
                    if count == 19 {
                        digits.extend(rest[..at].iter().filter(|c| **c != b'.'));
                    }
                    digits.push(c);
                }
                count += 1;
                fraction += seen_dot as i64;
            }
            b'.' if !seen_dot => seen_dot = true,
            _ => break,
        }
        at += 1;
    }
    if count == 0 {
        return None;
    }
    let exponent = match &rest[at..] {
        [] => 0,
        [b'e' | b'E', exponent @ ..] => parse_exponent(exponent)?,
        _ => return None,
    };
    let coeff = if count <= 19 { Coeff::Small(small as u128) } else { Coeff::from_digits(&digits) };
    Some(Decimal::finite(negative, exponent - fraction, coeff))
}

fn parse_exponent(text: &[u8]) -> Option<i64> {
    const LIMIT: i64 = 4_000_000_000_000_000_000;
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value =
        digits.iter().fold(0i64, |n, c| n.saturating_mul(10).saturating_add((c - b'0') as i64)).min(LIMIT);
    Some(if negative { -value } else { value })
}

fn parse_special(negative: bool, text: &[u8]) -> Option<Decimal> {
    if text.eq_ignore_ascii_case(b"inf") || text.eq_ignore_ascii_case(b"infinity") {
        return Some(Decimal::infinity(negative));
    }
    let starts = |word: &[u8]| text.len() >= word.len() && text[..word.len()].eq_ignore_ascii_case(word);
    let (kind, digits) = if starts(b"nan") {
        (Kind::Quiet, &text[3..])
    } else if starts(b"snan") {
        (Kind::Signaling, &text[4..])
    } else {
        return None;
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(Decimal { negative, kind, exp: 0, coeff: Coeff::from_digits(digits) })
}

impl Context {
    /// A parsed number rounded to this context. A diagnostic that does not fit is an error.
    pub fn convert(&self, parsed: Option<Decimal>, status: &mut Status) -> Decimal {
        let Some(x) = parsed else { return invalid(status, Status::CONVERSION_SYNTAX) };
        if x.num().is_nan() {
            if x.coeff.as_ref().digits() > self.prec - self.clamp as i64 {
                return invalid(status, Status::CONVERSION_SYNTAX);
            }
            return x;
        }
        self.apply(x.num(), status)
    }

    /// A number taken over exactly; what would have to be changed is an error.
    pub fn convert_exactly(parsed: Option<Decimal>, status: &mut Status) -> Decimal {
        if let Some(x) = &parsed
            && x.kind == Kind::Finite
            && x.exp >= MIN_FAST_EXP
            && x.exp <= -MIN_FAST_EXP
        {
            return parsed.unwrap_or_else(Decimal::nan);
        }
        let mut inner = Status::empty();
        let x = Context::MAX.convert(parsed, &mut inner);
        if inner.intersects(Status::INEXACT | Status::ROUNDED | Status::CLAMPED) {
            inner |= Status::INVALID_OPERATION;
        }
        if inner.intersects(Status::ERRORS) {
            *status |= inner & Status::ERRORS;
            return Decimal::nan();
        }
        x
    }
}

/// Exponents that no number in memory takes out of the largest context.
const MIN_FAST_EXP: i64 = -100_000_000_000_000_000;

/// How an exponent is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Notation {
    Scientific,
    Engineering,
}

/// The number's text.
pub fn to_text(x: Num<'_>, notation: Notation, capitals: bool) -> String {
    let mut out = String::new();
    if x.negative {
        out.push('-');
    }
    match x.kind {
        Kind::Infinite => out.push_str("Infinity"),
        Kind::Quiet | Kind::Signaling => {
            out.push_str(if x.kind == Kind::Quiet { "NaN" } else { "sNaN" });
            if !x.coeff.is_zero() {
                x.coeff.push_digits(&mut out);
            }
        }
        Kind::Finite => push_finite(&mut out, x, notation, capitals),
    }
    out
}

fn push_finite(out: &mut String, x: Num<'_>, notation: Notation, capitals: bool) {
    let start = out.len();
    x.coeff.push_digits(out);
    let digits = (out.len() - start) as i64;
    let left = x.exp + digits; // digits before the point in plain notation
    let dot = if x.exp <= 0 && left > -6 {
        left
    } else if notation == Notation::Scientific {
        1
    } else if x.is_zero() {
        (left + 1).rem_euclid(3) - 1
    } else {
        (left - 1).rem_euclid(3) + 1
    };
    place_dot(out, start, dot);
    if left != dot {
        out.push(if capitals { 'E' } else { 'e' });
        out.push_str(&format!("{:+}", left - dot));
    }
}

/// Puts the point after `dot` of the digits that begin at `start`, with zeros where none are.
pub fn place_dot(out: &mut String, start: usize, dot: i64) {
    let digits = (out.len() - start) as i64;
    if dot <= 0 {
        let zeros = "0".repeat(-dot as usize);
        out.insert_str(start, &format!("0.{zeros}"));
    } else if dot >= digits {
        out.extend(std::iter::repeat_n('0', (dot - digits) as usize));
    } else {
        out.insert(start + dot as usize, '.');
    }
}

/// Whether so many digits can be computed; if not, says so.
pub fn computable(digits: i64, status: &mut Status) -> bool {
    let fits = digits <= MAX_COMPUTED;
    if !fits {
        *status |= Status::MALLOC_ERROR;
    }
    fits
}
