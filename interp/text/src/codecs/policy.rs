//! The error handlers that exist under a name in every Python: `strict`, `ignore`, `replace` and so on.

use super::{
    DecodeError, DecodeHandler, DecodeResume, EncodeError, EncodeHandler, EncodeResume, Replacement,
};
use crate::repr::push_escape;
use crate::ucd::names;
use crate::units::{StrBuilder, UnitsBuf, UnitsRef};

/// A predefined error handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Every error is final.
    Strict,
    /// Leave it out.
    Ignore,
    /// U+FFFD when decoding, `?` when encoding.
    Replace,
    /// `\xhh`, `\uhhhh`, `\Uhhhhhhhh`.
    BackslashReplace,
    /// `&#ddd;`; encoding only.
    XmlCharRefReplace,
    /// `\N{...}`; encoding only.
    NameReplace,
    /// Undecodable bytes travel as lone surrogates U+DC80 to U+DCFF (PEP 383).
    SurrogateEscape,
    /// UTF-8, UTF-16 and UTF-32 code surrogates like any character.
    SurrogatePass,
}

impl Policy {
    /// By the name in Python; `None` for handlers that only `codecs.lookup_error` may know.
    pub fn from_name(name: &str) -> Option<Policy> {
        Some(match name {
            "strict" => Policy::Strict,
            "ignore" => Policy::Ignore,
            "replace" => Policy::Replace,
            "backslashreplace" => Policy::BackslashReplace,
            "xmlcharrefreplace" => Policy::XmlCharRefReplace,
            "namereplace" => Policy::NameReplace,
            "surrogateescape" => Policy::SurrogateEscape,
            "surrogatepass" => Policy::SurrogatePass,
            _ => return None,
        })
    }

    /// Whether the handler knows what to do about decoding errors; the two that do not raise `TypeError` there.
    pub fn can_decode(self) -> bool {
        !matches!(self, Policy::XmlCharRefReplace | Policy::NameReplace)
    }

    /// The answer to a decoding error; `None` if the error is final.
    pub fn decode(self, error: &DecodeError, input: &[u8]) -> Option<DecodeResume> {
        let bad = &input[error.start..error.end];
        let mut position = error.end;
        let replacement = match self {
            Policy::Strict | Policy::XmlCharRefReplace | Policy::NameReplace => return None,
            Policy::Ignore => StrBuilder::new().finish(),
            Policy::Replace => UnitsBuf::from_code_point(0xFFFD),
            Policy::BackslashReplace => {
                let mut out = StrBuilder::with_capacity(bad.len() * 4);
                bad.iter().for_each(|&b| push_escape(&mut out, b.into()));
                out.finish()
            }
            Policy::SurrogateEscape => {
                // ASCII bytes are never smuggled: they could form other text when written back.
                let high: Vec<u16> =
                    bad.iter().take(4).take_while(|b| **b >= 0x80).map(|&b| 0xDC00 + u16::from(b)).collect();
                if high.is_empty() {
                    return None;
                }
                position = error.start + high.len();
                UnitsBuf::Ucs2(high)
            }
            Policy::SurrogatePass => {
                let form = Form::of(error.encoding)?;
                let surrogate = form.read_surrogate(input.get(error.start..)?)?;
                position = error.start + form.width();
                UnitsBuf::from_code_point(surrogate)
            }
        };
        Some(DecodeResume { replacement, position, new_input: None })
    }

    /// The answer to an encoding error; `None` if the error is final.
    pub fn encode(self, error: &EncodeError, text: UnitsRef<'_>) -> Option<EncodeResume> {
        let bad = text.slice(error.start..error.end);
        let replacement = match self {
            Policy::Strict => return None,
            Policy::Ignore => Replacement::Bytes(Vec::new()),
            Policy::Replace => {
                Replacement::Text(UnitsBuf::Latin1 { units: vec![b'?'; bad.len()], ascii: true })
            }
            Policy::BackslashReplace => escaped(bad, push_escape),
            Policy::XmlCharRefReplace => escaped(bad, |out, c| out.push_str(&format!("&#{c};"))),
            Policy::NameReplace => escaped(bad, |out, c| match names::name(c) {
                Some(name) => out.push_str(&format!("\\N{{{name}}}")),
                None => push_escape(out, c),
            }),
            Policy::SurrogateEscape => {
                let byte = |c| (0xDC80..=0xDCFF).contains(&c).then_some(c as u8);
                Replacement::Bytes(bad.iter().map(byte).collect::<Option<_>>()?)
            }
            Policy::SurrogatePass => {
                let form = Form::of(error.encoding)?;
                let mut out = Vec::new();
                for c in bad {
                    if !(0xD800..0xE000).contains(&c) {
                        return None;
                    }
                    form.write_surrogate(c as u16, &mut out);
                }
                Replacement::Bytes(out)
            }
        };
        Some(EncodeResume { replacement, position: error.end })
    }
}

fn escaped(bad: UnitsRef<'_>, push: impl Fn(&mut StrBuilder, u32)) -> Replacement {
    let mut out = StrBuilder::with_capacity(bad.len() * 8);
    bad.iter().for_each(|c| push(&mut out, c));
    Replacement::Text(out.finish())
}

/// How an encoding would write a surrogate.
#[derive(Clone, Copy)]
enum Form {
    Utf8,
    Utf16 { big: bool },
    Utf32 { big: bool },
}

impl Form {
    /// By the name in an exception's `encoding`, which Python code may have chosen.
    fn of(encoding: &str) -> Option<Form> {
        let name = encoding.to_ascii_lowercase().replace('_', "-");
        let native = cfg!(target_endian = "big");
        Some(match name.as_str() {
            "utf-8" | "utf8" | "cp65001" => Form::Utf8,
            "utf-16" | "utf16" => Form::Utf16 { big: native },
            "utf-16-le" | "utf-16le" | "utf16-le" | "utf16le" => Form::Utf16 { big: false },
            "utf-16-be" | "utf-16be" | "utf16-be" | "utf16be" => Form::Utf16 { big: true },
            "utf-32" | "utf32" => Form::Utf32 { big: native },
            "utf-32-le" | "utf-32le" | "utf32-le" | "utf32le" => Form::Utf32 { big: false },
            "utf-32-be" | "utf-32be" | "utf32-be" | "utf32be" => Form::Utf32 { big: true },
            _ => return None,
        })
    }

    /// Bytes a surrogate takes.
    fn width(self) -> usize {
        match self {
            Form::Utf8 => 3,
            Form::Utf16 { .. } => 2,
            Form::Utf32 { .. } => 4,
        }
    }

    fn read_surrogate(self, bytes: &[u8]) -> Option<u32> {
        let c = match (self, bytes) {
            (Form::Utf8, &[a @ 0xE0..=0xEF, b @ 0x80..=0xBF, c @ 0x80..=0xBF, ..]) => {
                u32::from(a & 15) << 12 | u32::from(b & 63) << 6 | u32::from(c & 63)
            }
            (Form::Utf16 { big: false }, &[a, b, ..]) => u16::from_le_bytes([a, b]).into(),
            (Form::Utf16 { big: true }, &[a, b, ..]) => u16::from_be_bytes([a, b]).into(),
            (Form::Utf32 { big: false }, &[a, b, c, d, ..]) => u32::from_le_bytes([a, b, c, d]),
            (Form::Utf32 { big: true }, &[a, b, c, d, ..]) => u32::from_be_bytes([a, b, c, d]),
            _ => return None,
        };
        (0xD800..0xE000).contains(&c).then_some(c)
    }

    fn write_surrogate(self, c: u16, out: &mut Vec<u8>) {
        match self {
            Form::Utf8 => {
                let [low, mid] = [c & 63, c >> 6 & 63].map(|bits| 0x80 | bits as u8);
                out.extend_from_slice(&[0xE0 | (c >> 12) as u8, mid, low]);
            }
            Form::Utf16 { big: false } => out.extend_from_slice(&c.to_le_bytes()),
            Form::Utf16 { big: true } => out.extend_from_slice(&c.to_be_bytes()),
            Form::Utf32 { big: false } => out.extend_from_slice(&u32::from(c).to_le_bytes()),
            Form::Utf32 { big: true } => out.extend_from_slice(&u32::from(c).to_be_bytes()),
        }
    }
}

/// A handler that applies a policy and fails with the codec's own description of the error.
#[derive(Clone, Copy, Debug)]
pub struct WithPolicy(pub Policy);

impl DecodeHandler for WithPolicy {
    type Error = DecodeError;

    fn handle(&mut self, error: DecodeError, input: &[u8]) -> Result<DecodeResume, DecodeError> {
        self.0.decode(&error, input).ok_or(error)
    }
}

impl EncodeHandler for WithPolicy {
    type Error = EncodeError;

    fn handle(&mut self, error: EncodeError, text: UnitsRef<'_>) -> Result<EncodeResume, EncodeError> {
        // CPython's codecs, all but charmap, escape as many surrogates as they can before they give up on the rest.
        let partial = self.0 == Policy::SurrogateEscape && error.encoding != "charmap";
        let escapable = |c: &u32| partial && (0xDC80..=0xDCFF).contains(c);
        let prefix = text.slice(error.start..error.end).iter().take_while(escapable).count();
        let end = if prefix > 0 { error.start + prefix } else { error.end };
        self.0.encode(&EncodeError { end, ..error }, text).ok_or(error)
    }

    fn fail(&mut self, error: EncodeError, _text: UnitsRef<'_>) -> EncodeError {
        error
    }
}
