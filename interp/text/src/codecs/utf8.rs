//! UTF-8, as strict as the standard: no surrogates, no overlong forms.
//!
//! Validation is `std`'s, whose idea of the extent of an error (the maximal prefix of a well-formed sequence) is
//! also CPython's. Input that is valid throughout is converted in one go.

use super::{DecodeHandler, Decoded, Decoding, EncodeError, EncodeHandler, Encoding};
use crate::units::{Unit, UnitsBuf, UnitsRef};
use crate::with_units;

const NAME: &str = "utf-8";

/// Decodes UTF-8. Without `last`, an incomplete sequence at the end stays unconsumed.
pub fn decode<H: DecodeHandler>(input: &[u8], last: bool, handler: &mut H) -> Result<Decoded, H::Error> {
    if let Ok(text) = std::str::from_utf8(input) {
        return Ok(Decoded { text: UnitsBuf::from_utf8(text), consumed: input.len() });
    }
    let mut state = Decoding::new(NAME, input, handler);
    let mut at = 0;
    loop {
        let error = match std::str::from_utf8(&state.input[at..]) {
            Ok(text) => {
                state.out.push_str(text);
                let consumed = state.input.len();
                return Ok(state.finish(consumed));
            }
            Err(error) => error,
        };
        let start = at + error.valid_up_to();
        // The prefix is known to be valid; asking again costs little next to an error.
        if let Ok(text) = std::str::from_utf8(&state.input[at..start]) {
            state.out.push_str(text);
        }
        at = match error.error_len() {
            None if !last => return Ok(state.finish(start)),
            None => {
                let end = state.input.len();
                state.error(start, end, "unexpected end of data")?
            }
            Some(len) => {
                let reason = match state.input[start] {
                    0xC2..=0xF4 => "invalid continuation byte",
                    _ => "invalid start byte",
                };
                state.error(start, start + len, reason)?
            }
        };
    }
}

/// Encodes to UTF-8; surrogates are errors, reported in runs.
pub fn encode<H: EncodeHandler>(text: UnitsRef<'_>, handler: &mut H) -> Result<Vec<u8>, H::Error> {
    match text {
        UnitsRef::Latin1 { units, ascii: true } => return Ok(units.to_vec()),
        UnitsRef::Latin1 { units, ascii: false } => return Ok(encode_latin1(units)),
        _ => {}
    }
    let mut state = Encoding::new(text, handler);
    state.out.reserve(text.len() * 2);
    let mut at = 0;
    loop {
        at += with_units!(text, units => encode_run(&units[at..], &mut state.out));
        if at == text.len() {
            return Ok(state.out);
        }
        let run = text.slice(at..text.len()).iter().take_while(|c| (0xD800..0xE000).contains(c)).count();
        let error =
            EncodeError { encoding: NAME, start: at, end: at + run, reason: "surrogates not allowed" };
        // CPython accepts only ASCII as replacement, although UTF-8 could encode more.
        at = state.error(error, 1, |c, out| {
            out.push(c as u8);
            c < 0x80
        })?;
    }
}

fn encode_latin1(units: &[u8]) -> Vec<u8> {
    let wide = units.iter().filter(|u| !u.is_ascii()).count();
    let mut out = Vec::with_capacity(units.len() + wide);
    for &unit in units {
        if unit < 0x80 {
            out.push(unit);
        } else {
            out.extend_from_slice(&[0xC0 | unit >> 6, 0x80 | unit & 63]);
        }
    }
    out
}

/// Appends code points up to the first surrogate; gives their number.
fn encode_run<T: Unit>(units: &[T], out: &mut Vec<u8>) -> usize {
    for (index, &unit) in units.iter().enumerate() {
        let c: u32 = unit.into();
        if c < 0x80 {
            out.push(c as u8);
            continue;
        }
        match char::from_u32(c) {
            Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            None => return index,
        }
    }
    units.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codecs::{Policy, WithPolicy};

    fn run(input: &[u8], policy: Policy) -> Vec<u32> {
        decode(input, true, &mut WithPolicy(policy)).unwrap().text.as_units().iter().collect()
    }

    #[track_caller]
    fn fails(input: &[u8], start: usize, end: usize, reason: &str) {
        let error = decode(input, true, &mut WithPolicy(Policy::Strict)).unwrap_err();
        assert_eq!((error.start, error.end, error.reason), (start, end, reason));
    }

    #[test]
    fn errors_are_where_cpython_sees_them() {
        fails(b"ab\x80", 2, 3, "invalid start byte");
        fails(b"\xc0\x80", 0, 1, "invalid start byte");
        fails(b"\xf5\x80", 0, 1, "invalid start byte");
        fails(b"\xed\xa0\x80", 0, 1, "invalid continuation byte");
        fails(b"\xe2\x82", 0, 2, "unexpected end of data");
        fails(b"\xe2\x82x", 0, 2, "invalid continuation byte");
        fails(b"\xf0\x9f\x98", 0, 3, "unexpected end of data");
        fails("é😀".as_bytes().split_last().unwrap().1, 2, 5, "unexpected end of data");
    }

    #[test]
    fn policies_decode() {
        let bad = b"a\xffb\xe2\x82";
        assert_eq!(run(bad, Policy::Ignore), [0x61, 0x62]);
        assert_eq!(run(bad, Policy::Replace), [0x61, 0xFFFD, 0x62, 0xFFFD]);
        assert_eq!(run(bad, Policy::SurrogateEscape), [0x61, 0xDCFF, 0x62, 0xDCE2, 0xDC82]);
        assert_eq!(run(b"\xed\xa0\x80", Policy::SurrogatePass), [0xD800]);
        assert_eq!(
            run(b"\xff", Policy::BackslashReplace),
            r"\xff".chars().map(u32::from).collect::<Vec<_>>()
        );
    }

    #[test]
    fn incomplete_input_waits() {
        let decoded = decode(b"a\xe2\x82", false, &mut WithPolicy(Policy::Strict)).unwrap();
        assert_eq!((decoded.consumed, decoded.text.len()), (1, 1));
    }

    #[test]
    fn widths_follow_content() {
        for (text, width) in [("abc", 1), ("é", 1), ("aÿ", 1), ("Ā", 2), ("\u{ffff}", 2), ("é😀", 4)] {
            let decoded = decode(text.as_bytes(), true, &mut WithPolicy(Policy::Strict)).unwrap();
            assert_eq!(decoded.text.as_units().width(), width);
            assert_eq!(
                encode(decoded.text.as_units(), &mut WithPolicy(Policy::Strict)).unwrap(),
                text.as_bytes()
            );
        }
    }

    #[test]
    fn policies_encode() {
        let text = UnitsRef::Ucs2(&[0x61, 0xDC80, 0xD800, 0x62]);
        let on = |policy| encode(text, &mut WithPolicy(policy));
        assert_eq!(on(Policy::Replace).unwrap(), b"a??b");
        assert_eq!(on(Policy::Ignore).unwrap(), b"ab");
        assert_eq!(on(Policy::BackslashReplace).unwrap(), b"a\\udc80\\ud800b");
        assert_eq!(on(Policy::XmlCharRefReplace).unwrap(), b"a&#56448;&#55296;b");
        assert_eq!(on(Policy::SurrogatePass).unwrap(), b"a\xed\xb2\x80\xed\xa0\x80b");
        let error = on(Policy::SurrogateEscape).unwrap_err();
        assert_eq!((error.start, error.end, error.reason), (2, 3, "surrogates not allowed"));
        let error = on(Policy::Strict).unwrap_err();
        assert_eq!((error.start, error.end), (1, 3));
    }
}
