//! Repeats calls with CPython's results, recorded by `tools/vectors.py` in `vectors.txt` or, for longer runs, in the
//! file that the environment variable `ADDER_TEXT_VECTORS` names.

use adder_text::codecs::escape::{self, BadHex};
use adder_text::codecs::{
    ByteOrder, DecodeError, DecodeHandler, DecodeResume, Decoded, EncodeError, EncodeHandler, EncodeResume,
    Policy, Replacement, WithPolicy, byte, charmap, unicode_escape, utf7, utf8, utf16, utf32,
};
use adder_text::ucd::normalize::{self, Form};
use adder_text::units::strip::{self, Side};
use adder_text::units::{StrBuilder, UnitsBuf, UnitsRef, case, pad, predicates, replace, search, split};
use adder_text::{bytes, literal, repr};
use std::ops::Range;

fn parse_text(field: &str) -> UnitsBuf {
    let mut out = StrBuilder::new();
    field
        .trim_start_matches('/')
        .split_terminator('.')
        .for_each(|c| out.push(u32::from_str_radix(c, 16).expect("hex")));
    out.finish()
}

fn parse_bytes(field: &str) -> Vec<u8> {
    let digits = field.trim_end_matches('$');
    (0..digits.len()).step_by(2).map(|i| u8::from_str_radix(&digits[i..i + 2], 16).expect("hex")).collect()
}

fn show(text: UnitsRef<'_>) -> String {
    std::iter::once("/".to_owned()).chain(text.iter().map(|c| format!("{c:x}."))).collect()
}

fn show_str(text: &str) -> String {
    show(UnitsBuf::from(text).as_units())
}

fn show_bytes(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect::<String>() + "$"
}

fn show_bool(value: bool) -> String {
    u8::from(value).to_string()
}

fn join(pieces: impl IntoIterator<Item = String>) -> String {
    pieces.into_iter().collect::<Vec<_>>().join(",")
}

/// The handler `odd` of the script, or a predefined one.
struct Handler(Option<Policy>);

impl Handler {
    fn odd(start: usize) -> UnitsBuf {
        UnitsBuf::from(if start % 2 == 1 { "é?" } else { "?" })
    }
}

impl DecodeHandler for Handler {
    type Error = (DecodeError, Vec<u8>);
    fn handle(&mut self, error: DecodeError, input: &[u8]) -> Result<DecodeResume, Self::Error> {
        match self.0 {
            Some(policy) => DecodeHandler::handle(&mut WithPolicy(policy), error, input)
                .map_err(|error| (error, input.to_vec())),
            None => Ok(DecodeResume {
                replacement: Handler::odd(error.start),
                position: (error.end + 1).min(input.len()),
                new_input: None,
            }),
        }
    }
}

impl EncodeHandler for Handler {
    type Error = EncodeError;
    fn handle(&mut self, error: EncodeError, text: UnitsRef<'_>) -> Result<EncodeResume, Self::Error> {
        match self.0 {
            Some(policy) => EncodeHandler::handle(&mut WithPolicy(policy), error, text),
            None => Ok(EncodeResume {
                replacement: Replacement::Text(Handler::odd(error.start)),
                position: (error.end + 1).min(text.len()),
            }),
        }
    }
    fn fail(&mut self, error: EncodeError, _: UnitsRef<'_>) -> EncodeError {
        error
    }
}

fn table() -> UnitsBuf {
    let mut out = StrBuilder::new();
    out.push_str("abc\u{fffe}é");
    out.push_str("ł\u{1f600}");
    (7..200).for_each(|c| out.push(c));
    out.finish()
}

fn decode(name: &str, policy: &str, last: bool, input: &[u8]) -> String {
    let handler = &mut Handler(Policy::from_name(policy));
    let ordered = |result: Result<(Decoded, ByteOrder), _>| result.map(|(decoded, _)| decoded);
    let done = match name {
        "utf_8" => utf8::decode(input, last, handler),
        "utf_7" => utf7::decode(input, last, handler),
        "utf_16" => ordered(utf16::decode(input, ByteOrder::Mark, last, handler)),
        "utf_16_le" => ordered(utf16::decode(input, ByteOrder::Little, last, handler)),
        "utf_16_be" => ordered(utf16::decode(input, ByteOrder::Big, last, handler)),
        "utf_32" => ordered(utf32::decode(input, ByteOrder::Mark, last, handler)),
        "utf_32_le" => ordered(utf32::decode(input, ByteOrder::Little, last, handler)),
        "utf_32_be" => ordered(utf32::decode(input, ByteOrder::Big, last, handler)),
        "unicode_escape" => unicode_escape::decode(input, last, handler).map(|(decoded, _)| decoded),
        "raw_unicode_escape" => unicode_escape::decode_raw(input, last, handler),
        "ascii" => byte::decode_ascii(input, handler),
        "latin_1" => Ok(byte::decode_latin1(input)),
        _ => charmap::decode_table(input, table().as_units(), handler),
    };
    match done {
        Ok(decoded) => format!("{},{}", show(decoded.text.as_units()), decoded.consumed),
        Err((error, input)) => {
            let message = show_str(&error.message(&input));
            format!("error:{}:{}:{}:{message}", error.start, error.end, error.reason)
        }
    }
}

fn encode(name: &str, policy: &str, text: UnitsRef<'_>) -> String {
    let handler = &mut Handler(Policy::from_name(policy));
    let done = match name {
        "utf_8" => utf8::encode(text, handler),
        "utf_7" => Ok(utf7::encode(text)),
        "utf_16" => utf16::encode(text, ByteOrder::Mark, handler),
        "utf_16_le" => utf16::encode(text, ByteOrder::Little, handler),
        "utf_16_be" => utf16::encode(text, ByteOrder::Big, handler),
        "utf_32" => utf32::encode(text, ByteOrder::Mark, handler),
        "utf_32_le" => utf32::encode(text, ByteOrder::Little, handler),
        "utf_32_be" => utf32::encode(text, ByteOrder::Big, handler),
        "unicode_escape" => Ok(unicode_escape::encode(text)),
        "raw_unicode_escape" => Ok(unicode_escape::encode_raw(text)),
        "ascii" => byte::encode_ascii(text, handler),
        "latin_1" => byte::encode_latin1(text, handler),
        _ => charmap::EncodingMap::new(table().as_units()).encode(text, handler),
    };
    match done {
        Ok(bytes) => show_bytes(&bytes),
        Err(error) => {
            let message = show_str(&error.message(text));
            format!("error:{}:{}:{}:{message}", error.start, error.end, error.reason)
        }
    }
}

fn predicate(name: &str, text: UnitsRef<'_>) -> Option<bool> {
    Some(match name {
        "isalpha" => predicates::is_alpha(text),
        "isalnum" => predicates::is_alnum(text),
        "isdecimal" => predicates::is_decimal(text),
        "isdigit" => predicates::is_digit(text),
        "isnumeric" => predicates::is_numeric(text),
        "isspace" => predicates::is_space(text),
        "islower" => predicates::is_lower(text),
        "isupper" => predicates::is_upper(text),
        "istitle" => predicates::is_title(text),
        "isprintable" => predicates::is_printable(text),
        "isidentifier" => predicates::is_identifier(text),
        "isascii" => predicates::is_ascii(text),
        _ => return None,
    })
}

fn mapped(name: &str, text: UnitsRef<'_>) -> Option<UnitsBuf> {
    Some(match name {
        "lower" => case::lower(text),
        "upper" => case::upper(text),
        "title" => case::title(text),
        "casefold" => case::casefold(text),
        "swapcase" => case::swapcase(text),
        "capitalize" => case::capitalize(text),
        "repr" => repr::repr(text),
        "ascii" => repr::ascii(text),
        _ => return None,
    })
}

fn limit(field: &str) -> usize {
    usize::try_from(field.parse::<isize>().expect("number")).unwrap_or(usize::MAX)
}

fn found(name: &str, text: UnitsRef<'_>, needle: UnitsRef<'_>, start: &str, end: &str) -> String {
    let (start, end) = (start.parse().expect("number"), end.parse().expect("number"));
    let range = search::clamp_range(start, end, text.len());
    if name == "count" {
        return range.map_or(0, |range| search::count(text.slice(range), needle)).to_string();
    }
    let at = range.and_then(|range| {
        let part = text.slice(range.clone());
        let at = if name == "find" { search::find(part, needle) } else { search::rfind(part, needle) };
        at.map(|at| range.start + at)
    });
    at.map_or("-1".to_owned(), |at| at.to_string())
}

fn side(name: &str) -> Side {
    match name.chars().next() {
        Some('l') => Side::Left,
        Some('r') => Side::Right,
        _ => Side::Both,
    }
}

/// The pieces; their canonical copies are built on the way, as the VM would.
fn pieces(text: UnitsRef<'_>, ranges: Vec<Range<usize>>) -> String {
    join(ranges.into_iter().map(|range| show(text.slice(range).to_canonical().as_units())))
}

fn text_operation(name: &str, args: &[&str]) -> String {
    let text_or_empty = |arg: &&str| parse_text(if arg.starts_with('/') { arg } else { "" });
    let buffers: Vec<UnitsBuf> = args.iter().map(text_or_empty).collect();
    let texts: Vec<UnitsRef<'_>> = buffers.iter().map(UnitsBuf::as_units).collect();
    let text = texts[0];
    if let Some(value) = predicate(name, text) {
        return show_bool(value);
    }
    if let Some(value) = mapped(name, text) {
        return show(value.as_units());
    }
    let or_same = |changed: Option<UnitsBuf>| show(changed.as_ref().map_or(text, UnitsBuf::as_units));
    match name {
        "find" | "rfind" | "count" => found(name, text, texts[1], args[2], args[3]),
        "startswith" => show_bool(search::starts_with(text, texts[1])),
        "endswith" => show_bool(search::ends_with(text, texts[1])),
        "replace" => or_same(replace::replace(text, texts[1], texts[2], limit(args[3])).expect("room")),
        "split_space" => pieces(text, split::split_whitespace(text, limit(args[1]))),
        "rsplit_space" => pieces(text, split::rsplit_whitespace(text, limit(args[1]))),
        "split" => pieces(text, split::split(text, texts[1], limit(args[2]))),
        "rsplit" => pieces(text, split::rsplit(text, texts[1], limit(args[2]))),
        "strip_space" | "lstrip_space" | "rstrip_space" => {
            pieces(text, vec![strip::strip_whitespace(text, side(name))])
        }
        "strip" | "lstrip" | "rstrip" => pieces(text, vec![strip::strip_chars(text, side(name), texts[1])]),
        "splitlines" => pieces(text, split::split_lines(text, args[1] == "1")),
        "expandtabs" => or_same(pad::expand_tabs(text, args[1].parse().unwrap_or(0)).expect("room")),
        "zfill" => or_same(pad::zfill(text, limit(args[1])).expect("room")),
        "center" | "ljust" | "rjust" => {
            let padding = match name {
                "center" => pad::center(text.len(), limit(args[1])),
                "ljust" => pad::ljust(text.len(), limit(args[1])),
                _ => pad::rjust(text.len(), limit(args[1])),
            };
            show(pad::padded(text, padding, texts[2].at(0)).expect("room").as_units())
        }
        "less" => show_bool(text < texts[1]),
        "equal" => show_bool(text == texts[1]),
        "normalize" => {
            let form = Form::from_name(args[0]).expect("form");
            let changed = normalize::normalize(texts[1], form);
            show(changed.as_ref().map_or(texts[1], UnitsBuf::as_units))
        }
        "is_normalized" => {
            show_bool(normalize::is_normalized(texts[1], Form::from_name(args[0]).expect("form")))
        }
        "literal" => match literal::unescape_str(&text.to_utf8().expect("UTF-8"), literal::Braces::Keep) {
            Ok(done) => show(done.value.as_units()),
            Err(message) => format!("syntax:{}", show_str(&message)),
        },
        "byte_literal" => match literal::unescape_bytes(&text.to_utf8().expect("UTF-8"), false) {
            Ok(done) => show_bytes(&done.value),
            Err(message) => format!("syntax:{}", show_str(&message)),
        },
        "b_fromhex" => match bytes::from_hex(text) {
            Ok(bytes) => show_bytes(&bytes),
            Err(bytes::HexError::OddLength) => {
                format!(
                    "value:{}",
                    show_str("fromhex() arg must contain an even number of hexadecimal digits")
                )
            }
            Err(bytes::HexError::BadDigit(at)) => {
                let message = format!("non-hexadecimal number found in fromhex() arg at position {at}");
                format!("value:{}", show_str(&message))
            }
        },
        _ => format!("unknown operation {name}"),
    }
}

fn byte_operation(name: &str, args: &[&str]) -> String {
    let input = &parse_bytes(args[0])[..];
    let list = |ranges: Vec<Range<usize>>| join(ranges.into_iter().map(|range| show_bytes(&input[range])));
    match name {
        "b_title" => show_bytes(&bytes::title(input)),
        "b_swapcase" => show_bytes(&bytes::swapcase(input)),
        "b_capitalize" => show_bytes(&bytes::capitalize(input)),
        "b_isalpha" => show_bool(bytes::is_alpha(input)),
        "b_isalnum" => show_bool(bytes::is_alnum(input)),
        "b_isdigit" => show_bool(bytes::is_digit(input)),
        "b_isspace" => show_bool(bytes::is_space(input)),
        "b_islower" => show_bool(bytes::is_lower(input)),
        "b_isupper" => show_bool(bytes::is_upper(input)),
        "b_istitle" => show_bool(bytes::is_title(input)),
        "b_repr" => show_bytes(&repr::bytes_repr(input)),
        "b_replace" => {
            let (old, new) = (parse_bytes(args[1]), parse_bytes(args[2]));
            let changed = bytes::replace(input, &old, &new, limit(args[3])).expect("room");
            show_bytes(changed.as_deref().unwrap_or(input))
        }
        "b_split_space" => list(bytes::split_whitespace(input, limit(args[1]))),
        "b_rsplit_space" => list(bytes::rsplit_whitespace(input, limit(args[1]))),
        "b_splitlines" => list(bytes::split_lines(input, args[1] == "1")),
        "b_strip_space" => list(vec![bytes::strip_whitespace(input, Side::Both)]),
        "b_hex" => show_bytes(&bytes::to_hex(input, Some(b':'), args[1].parse().expect("number"))),
        "escape_decode" => match escape::decode(input, BadHex::Fail) {
            Ok((value, _)) => show_bytes(&value),
            Err(error) => format!("value:{}", show_str(&error.message())),
        },
        "escape_encode" => show_bytes(&escape::encode(input)),
        _ => format!("unknown operation {name}"),
    }
}

/// Repeats one recorded call; gives the result if it differs.
fn check(line: &str) -> Option<String> {
    let fields: Vec<&str> = line.split('|').collect();
    let [name, args @ .., expected] = &fields[..] else { return Some("not a call".to_owned()) };
    let actual = match *name {
        "decode" => decode(args[0], args[1], args[2] == "1", &parse_bytes(args[3])),
        "encode" => encode(args[0], args[1], parse_text(args[2]).as_units()),
        _ if args[0].ends_with('$') => byte_operation(name, args),
        _ => text_operation(name, args),
    };
    (actual != *expected).then_some(actual)
}

#[test]
fn results_are_those_of_cpython() {
    let recorded = match std::env::var_os("ADDER_TEXT_VECTORS") {
        Some(path) => std::fs::read_to_string(path).expect("a readable file"),
        None => include_str!("vectors.txt").to_owned(),
    };
    let wrong: Vec<String> =
        recorded.lines().filter_map(|line| Some(format!("{line}\n    {}\n", check(line)?))).collect();
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), recorded.lines().count(), wrong.concat());
}
