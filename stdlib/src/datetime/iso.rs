//! ISO 8601 texts: reading and writing dates and times.
//!
//! Reading works on code points, since the character between date and time may be anything.

use super::calendar;
use super::clock::Clock;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;

/// How much of a time is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TimeSpec {
    Auto,
    Hours,
    Minutes,
    Seconds,
    Milliseconds,
    Microseconds,
}

impl TimeSpec {
    /// The `timespec` argument.
    pub fn of(vm: &Vm, name: Option<&str>) -> PyResult<TimeSpec> {
        Ok(match name {
            None | Some("auto") => TimeSpec::Auto,
            Some("hours") => TimeSpec::Hours,
            Some("minutes") => TimeSpec::Minutes,
            Some("seconds") => TimeSpec::Seconds,
            Some("milliseconds") => TimeSpec::Milliseconds,
            Some("microseconds") => TimeSpec::Microseconds,
            Some(_) => return Err(vm.value_error("Unknown timespec value")),
        })
    }

    /// The text of a time.
    pub fn write(self, t: &Clock) -> String {
        let Clock { hour, minute, second, micro, .. } = *t;
        match self {
            TimeSpec::Hours => format!("{hour:02}"),
            TimeSpec::Minutes => format!("{hour:02}:{minute:02}"),
            TimeSpec::Seconds => format!("{hour:02}:{minute:02}:{second:02}"),
            TimeSpec::Auto if micro == 0 => format!("{hour:02}:{minute:02}:{second:02}"),
            TimeSpec::Milliseconds => format!("{hour:02}:{minute:02}:{second:02}.{:03}", micro / 1000),
            TimeSpec::Auto | TimeSpec::Microseconds => {
                format!("{hour:02}:{minute:02}:{second:02}.{micro:06}")
            }
        }
    }
}

/// Raises the ValueError of a text that is not ISO.
#[cold]
pub fn invalid(vm: &Vm, text: Value) -> Raised {
    match vm.repr_text(text) {
        Ok(shown) => vm.value_error(format!("Invalid isoformat string: {shown}")),
        Err(raised) => raised,
    }
}

/// A number of exactly this many digits at the start; the rest follows.
fn digits(text: &[u32], count: usize) -> Option<(i32, &[u32])> {
    let (number, rest) = text.split_at_checked(count)?;
    let mut value = 0;
    for &c in number {
        value = value * 10 + char::from_u32(c)?.to_digit(10)? as i32;
    }
    Some((value, rest))
}

fn skip(text: &[u32], c: char) -> Option<&[u32]> {
    match text.split_first() {
        Some((&first, rest)) if first == c as u32 => Some(rest),
        _ => None,
    }
}

/// Year, month and day, which may still be out of range.
pub fn parse_date(text: &[u32]) -> Option<(i32, i32, i32)> {
    let (year, rest) = digits(text, 4)?;
    let dashed = skip(rest, '-');
    let rest = dashed.unwrap_or(rest);
    if let Some(rest) = skip(rest, 'W') {
        let (week, rest) = digits(rest, 2)?;
        let day = match rest {
            [] => 1,
            rest => {
                let rest = if dashed.is_some() { skip(rest, '-')? } else { rest };
                let (day, rest) = digits(rest, 1)?;
                if !rest.is_empty() {
                    return None;
                }
                day
            }
        };
        let ordinal = calendar::from_iso(year as i64, week as i64, day as i64).ok()?;
        if !(1..=calendar::MAX_ORDINAL).contains(&ordinal) {
            return None;
        }
        let (year, month, day) = calendar::from_ordinal(ordinal);
        return Some((year, month as i32, day as i32));
    }
    let (month, rest) = digits(rest, 2)?;
    let rest = if dashed.is_some() { skip(rest, '-')? } else { rest };
    let (day, rest) = digits(rest, 2)?;
    rest.is_empty().then_some((year, month, day))
}

/// How long the date at the start of a date and time is.
pub fn date_length(text: &[u32]) -> usize {
    let at = |i: usize| text.get(i).and_then(|&c| char::from_u32(c));
    let is_digit = |i: usize| at(i).is_some_and(|c| c.is_ascii_digit());
    if text.len() == 7 {
        return 7;
    }
    if at(4) == Some('-') {
        if at(5) != Some('W') {
            return 10;
        }
        // YYYY-Www, perhaps with -d; a dash may also separate the time.
        return if text.len() > 8 && at(8) == Some('-') {
            if text.len() == 9 || (text.len() > 10 && is_digit(10)) { 8 } else { 10 }
        } else {
            8
        };
    }
    if at(4) == Some('W') {
        // YYYYWww or YYYYWwwd: an odd number of digits means that one belongs to the date.
        let mut end = 7;
        while is_digit(end) {
            end += 1;
        }
        return if end < 9 {
            end
        } else if end % 2 == 0 {
            7
        } else {
            8
        };
    }
    8
}

/// What a time text says.
#[derive(Clone, Copy, Default)]
pub struct ParsedTime {
    pub hour: i32,
    pub minute: i32,
    pub second: i32,
    pub micro: i32,
    /// Seconds and microseconds east of UTC, apart because the sum may be anything.
    pub offset: Option<i128>,
}

/// Hours, minutes, seconds and microseconds: `HH[:MM[:SS[.ffffff]]]`, or without colons.
fn parse_clock(text: &[u32]) -> Option<[i32; 4]> {
    let mut parts = [0; 4];
    let mut rest = text;
    let mut colons = false;
    for i in 0..3 {
        let (value, after) = digits(rest, 2)?;
        parts[i] = value;
        rest = after;
        let Some(&next) = rest.first() else { return Some(parts) };
        match char::from_u32(next) {
            Some('.' | ',') if i == 2 => {
                parts[3] = parse_fraction(&rest[1..])?;
                return Some(parts);
            }
            Some(':') if i == 0 => {
                colons = true;
                rest = &rest[1..];
            }
            Some(':') if colons && i < 2 => rest = &rest[1..],
            Some(_) if !colons && i < 2 => {}
            _ => return None,
        }
    }
    None
}

/// The digits behind the point, as microseconds; more than six are cut off.
fn parse_fraction(text: &[u32]) -> Option<i32> {
    if text.is_empty() {
        return None;
    }
    let mut value = 0;
    for i in 0..text.len().max(6) {
        let digit = match text.get(i) {
            Some(&c) => char::from_u32(c)?.to_digit(10)? as i32,
            None => 0,
        };
        if i < 6 {
            value = value * 10 + digit;
        }
    }
    Some(value)
}

/// A time, perhaps with an offset.
pub fn parse_time(text: &[u32]) -> Option<ParsedTime> {
    let is_sign = |c: &u32| [b'+', b'-', b'Z'].iter().any(|&s| s as u32 == *c);
    let split = text.iter().position(is_sign).unwrap_or(text.len());
    let [hour, minute, second, micro] = parse_clock(&text[..split])?;
    let mut parsed = ParsedTime { hour, minute, second, micro, offset: None };
    let Some((&sign, zone)) = text[split..].split_first() else { return Some(parsed) };
    if sign == 'Z' as u32 {
        parsed.offset = Some(0);
        return zone.is_empty().then_some(parsed);
    }
    let [hours, minutes, seconds, micros] = parse_clock(zone)?;
    let total = (hours as i128 * 3600 + minutes as i128 * 60 + seconds as i128) * super::delta::SECOND
        + micros as i128;
    if minutes > 59 || seconds > 59 {
        return None;
    }
    parsed.offset = Some(if sign == '-' as u32 { -total } else { total });
    Some(parsed)
}
