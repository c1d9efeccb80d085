//! What a multibyte codec is: steps that decode and encode one character, and the loops over them.
//!
//! A step sees the rest of the input and the codec's state; it says what it found, or that the input ends too early. The loops
//! collect, and ask the error handler about what does not convert.

use super::{chinese, iso2022, japanese, korean};
use adder_text::codecs::{DecodeError, DecodeHandler, EncodeError, EncodeHandler, Replacement};
use adder_text::units::{StrBuilder, UnitsBuf, UnitsRef};

/// Shift states and designations, in the bytes that `getstate()` shows.
pub type State = [u8; 8];

/// The codecs, under the names that their errors carry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Codec {
    ShiftJis,
    Cp932,
    EucJp,
    /// JIS X 0213 of 2004, or of 2000.
    ShiftJis2004(japanese::Edition),
    EucJis2004(japanese::Edition),
    Gb2312,
    Gbk,
    Gb18030,
    Hz,
    EucKr,
    Cp949,
    Johab,
    Big5,
    Cp950,
    Big5Hkscs,
    Iso2022(&'static iso2022::Variant),
}

/// What a decoding step found.
pub enum Decoded {
    /// A character of this many bytes; the second code point is 0 if there is none.
    Char(usize, (u32, u32)),
    /// Bytes that only change the state.
    Nothing(usize),
    /// This many bytes are no character.
    Illegal(usize),
    /// The input ends inside a character.
    Short,
}

/// The bytes of one character.
#[derive(Clone, Copy, Default)]
pub struct Bytes {
    bytes: [u8; 16],
    len: usize,
}

impl Bytes {
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }
    pub fn of(bytes: &[u8]) -> Bytes {
        let mut out = Bytes::default();
        out.push(bytes);
        out
    }
}

/// What an encoding step made.
pub enum Encoded {
    /// The bytes of this many code points.
    Bytes(usize, Bytes),
    /// The code point has no code.
    Illegal,
    /// The next code point decides.
    Short,
}

impl Encoded {
    /// One code point as these bytes.
    pub fn one(bytes: &[u8]) -> Encoded {
        Encoded::Bytes(1, Bytes::of(bytes))
    }
}

/// The code points from the current one on.
pub struct Ahead<'a> {
    text: UnitsRef<'a>,
    at: usize,
    /// More may follow behind the end.
    open: bool,
}

impl Ahead<'_> {
    /// The second code point; `Err` if it is not known yet.
    pub fn second(&self) -> Result<Option<u32>, ()> {
        match self.text.get(self.at + 1) {
            Some(c) => Ok(Some(c)),
            None if self.open => Err(()),
            None => Ok(None),
        }
    }
}

const CODECS: &[(&str, Codec)] = &[
    ("shift_jis", Codec::ShiftJis),
    ("cp932", Codec::Cp932),
    ("euc_jp", Codec::EucJp),
    ("shift_jis_2004", Codec::ShiftJis2004(japanese::Edition::Year2004)),
    ("shift_jisx0213", Codec::ShiftJis2004(japanese::Edition::Year2000)),
    ("euc_jis_2004", Codec::EucJis2004(japanese::Edition::Year2004)),
    ("euc_jisx0213", Codec::EucJis2004(japanese::Edition::Year2000)),
    ("gb2312", Codec::Gb2312),
    ("gbk", Codec::Gbk),
    ("gb18030", Codec::Gb18030),
    ("hz", Codec::Hz),
    ("euc_kr", Codec::EucKr),
    ("cp949", Codec::Cp949),
    ("johab", Codec::Johab),
    ("big5", Codec::Big5),
    ("cp950", Codec::Cp950),
    ("big5hkscs", Codec::Big5Hkscs),
    ("iso2022_jp", Codec::Iso2022(&iso2022::JP)),
    ("iso2022_jp_1", Codec::Iso2022(&iso2022::JP_1)),
    ("iso2022_jp_2", Codec::Iso2022(&iso2022::JP_2)),
    ("iso2022_jp_2004", Codec::Iso2022(&iso2022::JP_2004)),
    ("iso2022_jp_3", Codec::Iso2022(&iso2022::JP_3)),
    ("iso2022_jp_ext", Codec::Iso2022(&iso2022::JP_EXT)),
    ("iso2022_kr", Codec::Iso2022(&iso2022::KR)),
];

/// The module that offers a codec.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Family {
    China,
    HongKong,
    Iso2022,
    Japan,
    Korea,
    Taiwan,
}

impl Codec {
    pub fn family(self) -> Family {
        match self {
            Codec::ShiftJis | Codec::Cp932 | Codec::EucJp | Codec::ShiftJis2004(_) | Codec::EucJis2004(_) => {
                Family::Japan
            }
            Codec::Gb2312 | Codec::Gbk | Codec::Gb18030 | Codec::Hz => Family::China,
            Codec::EucKr | Codec::Cp949 | Codec::Johab => Family::Korea,
            Codec::Big5 | Codec::Cp950 => Family::Taiwan,
            Codec::Big5Hkscs => Family::HongKong,
            Codec::Iso2022(_) => Family::Iso2022,
        }
    }

    /// The codec of this name in a family's module.
    pub fn find(name: &str, family: Family) -> Option<Codec> {
        let found = CODECS.iter().find(|(n, codec)| *n == name && codec.family() == family);
        found.map(|(_, codec)| *codec)
    }

    pub fn name(self) -> &'static str {
        CODECS.iter().find(|(_, codec)| *codec == self).map_or("", |(name, _)| name)
    }

    pub fn initial_state(self, decoding: bool) -> State {
        match self {
            Codec::Iso2022(_) => iso2022::initial_state(decoding),
            _ => State::default(),
        }
    }

    fn decode_step(self, state: &mut State, input: &[u8]) -> Decoded {
        match self {
            Codec::ShiftJis => japanese::decode_shift_jis(input),
            Codec::Cp932 => japanese::decode_cp932(input),
            Codec::EucJp => japanese::decode_euc_jp(input),
            Codec::ShiftJis2004(edition) => japanese::decode_shift_jis_2004(edition, input),
            Codec::EucJis2004(edition) => japanese::decode_euc_jis_2004(edition, input),
            Codec::Gb2312 | Codec::Gbk | Codec::Big5 | Codec::Cp950 | Codec::Big5Hkscs => {
                chinese::decode_double(chinese::layout(self), input)
            }
            Codec::Gb18030 => chinese::decode_gb18030(input),
            Codec::Hz => chinese::decode_hz(state, input),
            Codec::EucKr => korean::decode_euc_kr(input),
            Codec::Cp949 => chinese::decode_double(&korean::CP949, input),
            Codec::Johab => chinese::decode_double(&korean::JOHAB, input),
            Codec::Iso2022(variant) => iso2022::decode(variant, state, input),
        }
    }

    fn encode_step(self, state: &mut State, c: u32, ahead: &Ahead<'_>) -> Encoded {
        match self {
            Codec::ShiftJis => japanese::encode_shift_jis(c),
            Codec::Cp932 => japanese::encode_cp932(c),
            Codec::EucJp => japanese::encode_euc_jp(c),
            Codec::ShiftJis2004(edition) => japanese::encode_shift_jis_2004(edition, c, ahead),
            Codec::EucJis2004(edition) => japanese::encode_euc_jis_2004(edition, c, ahead),
            Codec::Gb2312 | Codec::Gbk | Codec::Big5 | Codec::Cp950 => {
                chinese::encode_double(chinese::layout(self), c)
            }
            Codec::Big5Hkscs => chinese::encode_big5hkscs(c, ahead),
            Codec::Gb18030 => chinese::encode_gb18030(c),
            Codec::Hz => chinese::encode_hz(state, c),
            Codec::EucKr => korean::encode_euc_kr(c),
            Codec::Cp949 => chinese::encode_double(&korean::CP949, c),
            Codec::Johab => chinese::encode_double(&korean::JOHAB, c),
            Codec::Iso2022(variant) => iso2022::encode(variant, state, c, ahead),
        }
    }

    /// What leads back to the initial state.
    pub fn reset(self, state: &mut State, out: &mut Vec<u8>) {
        match self {
            Codec::Hz => chinese::reset_hz(state, out),
            Codec::Iso2022(_) => iso2022::reset(state, out),
            _ => {}
        }
    }

    /// Decodes; gives the text and how much of the input it stands for: all of it when no more follows (`last`).
    pub fn decode<H: DecodeHandler>(
        self,
        state: &mut State,
        input: &[u8],
        last: bool,
        handler: &mut H,
    ) -> Result<(UnitsBuf, usize), H::Error> {
        let mut out = StrBuilder::with_capacity(input.len());
        let mut owned: Vec<u8>;
        let mut input = input;
        let mut at = 0;
        while at < input.len() {
            let (end, reason) = match self.decode_step(state, &input[at..]) {
                Decoded::Char(used, (first, second)) => {
                    out.push(first);
                    if second != 0 {
                        out.push(second);
                    }
                    at += used;
                    continue;
                }
                Decoded::Nothing(used) => {
                    at += used;
                    continue;
                }
                Decoded::Short if !last => break,
                Decoded::Short => (input.len(), "incomplete multibyte sequence"),
                Decoded::Illegal(count) => (at + count, "illegal multibyte sequence"),
            };
            let error = DecodeError { encoding: self.name(), start: at, end, reason };
            let resume = handler.handle(error, input)?;
            out.push_units(resume.replacement.as_units());
            if let Some(replaced) = resume.new_input {
                owned = replaced;
                input = &owned;
            }
            at = resume.position.min(input.len());
        }
        Ok((out.finish(), at))
    }

    /// Encodes; gives the bytes and how many code points they stand for: all of them when no more follow (`last`).
    pub fn encode<H: EncodeHandler>(
        self,
        state: &mut State,
        text: UnitsRef<'_>,
        last: bool,
        handler: &mut H,
    ) -> Result<(Vec<u8>, usize), H::Error> {
        let mut out = Vec::with_capacity(text.len() * 2);
        let mut at = 0;
        while let Some(c) = text.get(at) {
            match self.encode_step(state, c, &Ahead { text, at, open: !last }) {
                Encoded::Bytes(used, bytes) => {
                    out.extend_from_slice(&bytes.bytes[..bytes.len]);
                    at += used;
                }
                Encoded::Short => break,
                Encoded::Illegal => {
                    let error = EncodeError {
                        encoding: self.name(),
                        start: at,
                        end: at + 1,
                        reason: "illegal multibyte sequence",
                    };
                    let resume = handler.handle(error, text)?;
                    match &resume.replacement {
                        Replacement::Bytes(bytes) => out.extend_from_slice(bytes),
                        Replacement::Text(units) => {
                            if !self.push_text(state, units.as_units(), &mut out) {
                                return Err(handler.fail(error, text));
                            }
                        }
                    }
                    at = resume.position.min(text.len());
                }
            }
        }
        if last {
            self.reset(state, &mut out);
        }
        Ok((out, at))
    }

    /// Writes replacement text; false if it has no code either.
    fn push_text(self, state: &mut State, text: UnitsRef<'_>, out: &mut Vec<u8>) -> bool {
        let mut at = 0;
        while let Some(c) = text.get(at) {
            match self.encode_step(state, c, &Ahead { text, at, open: false }) {
                Encoded::Bytes(used, bytes) => {
                    out.extend_from_slice(&bytes.bytes[..bytes.len]);
                    at += used;
                }
                Encoded::Short | Encoded::Illegal => return false,
            }
        }
        true
    }
}
