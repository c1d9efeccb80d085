//! Codecs of two bytes a character whose table is all they are, GB 18030 and HZ.

use super::codec::{Ahead, Codec, Decoded, Encoded, State};
use super::tables::{Name, SIDE, inverse, table};

/// How a table's cells follow from two bytes, and characters that are written but not read.
pub struct Layout {
    pub table: Name,
    pub lead: u8,
    pub trail: u8,
    /// Trail bytes of one lead byte.
    pub width: usize,
    pub extra: &'static [(u32, [u8; 2])],
}

static GB2312: Layout = Layout { table: Name::Gb2312, lead: 0xA1, trail: 0xA1, width: SIDE, extra: &[] };
static GBK: Layout = Layout { table: Name::Gbk, lead: 0x81, trail: 0x40, width: 191, extra: &[] };
static GB18030: Layout = Layout { table: Name::Gb18030, lead: 0x81, trail: 0x40, width: 191, extra: &[] };
static BIG5: Layout = Layout { table: Name::Big5, lead: 0x81, trail: 0x40, width: 191, extra: &[] };
static BIG5HKSCS: Layout = Layout { table: Name::Big5Hkscs, lead: 0x81, trail: 0x40, width: 191, extra: &[] };
/// Best fits that Windows writes.
static CP950: Layout = Layout {
    table: Name::Cp950,
    lead: 0x81,
    trail: 0x40,
    width: 191,
    extra: &[
        (0xA2, [0xA2, 0x46]),
        (0xA3, [0xA2, 0x47]),
        (0xA5, [0xA2, 0x44]),
        (0x2022, [0xA1, 0x45]),
        (0x203E, [0xA1, 0xC2]),
        (0x223C, [0xA1, 0xE3]),
        (0x2609, [0xA1, 0xF3]),
        (0x2641, [0xA1, 0xF2]),
        (0xFF64, [0xA1, 0x4E]),
    ],
};

pub fn layout(codec: Codec) -> &'static Layout {
    match codec {
        Codec::Gb2312 => &GB2312,
        Codec::Gbk => &GBK,
        Codec::Big5 => &BIG5,
        Codec::Cp950 => &CP950,
        _ => &BIG5HKSCS,
    }
}

impl Layout {
    pub fn index(&self, lead: u8, trail: u8) -> Option<usize> {
        let (row, column) = (lead.checked_sub(self.lead)?, trail.checked_sub(self.trail)?);
        ((column as usize) < self.width).then_some(row as usize * self.width + column as usize)
    }

    pub fn bytes(&self, index: usize) -> [u8; 2] {
        [self.lead + (index / self.width) as u8, self.trail + (index % self.width) as u8]
    }

    pub fn code(&self, c: u32) -> Option<[u8; 2]> {
        match inverse(self.table).get(c) {
            Some(index) => Some(self.bytes(index)),
            None => self.extra.iter().find(|(point, _)| *point == c).map(|(_, bytes)| *bytes),
        }
    }
}

pub fn decode_double(layout: &Layout, input: &[u8]) -> Decoded {
    match *input {
        [] => Decoded::Short,
        [c, ..] if c < 0x80 => Decoded::Char(1, (u32::from(c), 0)),
        [_] => Decoded::Short,
        [lead, trail, ..] => {
            let found = layout.index(lead, trail).and_then(|index| table(layout.table).get(index));
            found.map_or(Decoded::Illegal(1), |c| Decoded::Char(2, c))
        }
    }
}

pub fn encode_double(layout: &Layout, c: u32) -> Encoded {
    if c < 0x80 {
        return Encoded::one(&[c as u8]);
    }
    layout.code(c).map_or(Encoded::Illegal, |bytes| Encoded::one(&bytes))
}

/// Big5 for Hong Kong: four characters are two code points.
pub fn encode_big5hkscs(c: u32, ahead: &Ahead<'_>) -> Encoded {
    if table(Name::Big5Hkscs).begins_pair(c) {
        match ahead.second() {
            Err(()) => return Encoded::Short,
            Ok(Some(second)) => {
                if let Some(index) = table(Name::Big5Hkscs).find_pair(c, second) {
                    return Encoded::Bytes(2, super::codec::Bytes::of(&BIG5HKSCS.bytes(index)));
                }
            }
            Ok(None) => {}
        }
    }
    encode_double(&BIG5HKSCS, c)
}

/// First linear code of the supplementary planes.
const SUPPLEMENTARY: u32 = 15 * 12600;

/// Stretches of the basic plane in four bytes: first code point, first linear code, length.
fn ranges() -> impl Iterator<Item = (u32, u32, u32)> {
    table(Name::Gb18030Ranges).cells().as_chunks::<3>().0.iter().map(|&[point, code, len]| (point, code, len))
}

pub fn decode_gb18030(input: &[u8]) -> Decoded {
    let &[lead, second, ref rest @ ..] = input else { return decode_double(&GB18030, input) };
    if lead < 0x80 || !second.is_ascii_digit() {
        return decode_double(&GB18030, input);
    }
    let &[third, fourth, ..] = rest else { return Decoded::Short };
    if lead < 0x81 || !(0x81..0xFF).contains(&third) || !fourth.is_ascii_digit() {
        return Decoded::Illegal(1);
    }
    let (lead, third) = (u32::from(lead) - 0x81, u32::from(third) - 0x81);
    let (second, fourth) = (u32::from(second) - 0x30, u32::from(fourth) - 0x30);
    let linear = ((lead * 10 + second) * 126 + third) * 10 + fourth;
    let point = if linear >= SUPPLEMENTARY {
        Some(linear - SUPPLEMENTARY + 0x10000).filter(|&point| point <= 0x10_FFFF)
    } else if lead < 4 {
        let range = ranges().find(|&(_, code, len)| (code..code + len).contains(&linear));
        range.map(|(point, code, _)| point + linear - code)
    } else {
        None
    };
    point.map_or(Decoded::Illegal(1), |point| Decoded::Char(4, (point, 0)))
}

pub fn encode_gb18030(c: u32) -> Encoded {
    if c < 0x80 {
        return Encoded::one(&[c as u8]);
    }
    if let Some(bytes) = GB18030.code(c) {
        return Encoded::one(&bytes);
    }
    let linear = if c >= 0x10000 {
        Some(c - 0x10000 + SUPPLEMENTARY)
    } else {
        let range = ranges().find(|&(point, _, len)| (point..point + len).contains(&c));
        range.map(|(point, code, _)| code + c - point)
    };
    let Some(linear) = linear else { return Encoded::Illegal };
    Encoded::one(&[
        0x81 + (linear / 12600) as u8,
        0x30 + (linear / 1260 % 10) as u8,
        0x81 + (linear / 10 % 126) as u8,
        0x30 + (linear % 10) as u8,
    ])
}

/// HZ (RFC 1843): GB 2312 in seven bits between `~{` and `~}`. Byte 0 of the state is 1 inside.
pub fn decode_hz(state: &mut State, input: &[u8]) -> Decoded {
    match *input {
        [] | [b'~'] => Decoded::Short,
        [b'~', command, ..] => match (command, state[0]) {
            (b'~', 0) => Decoded::Char(2, (u32::from(b'~'), 0)),
            (b'{', 0) => {
                state[0] = 1;
                Decoded::Nothing(2)
            }
            (b'\n', 0) => Decoded::Nothing(2),
            (b'}', 1) => {
                state[0] = 0;
                Decoded::Nothing(2)
            }
            _ => Decoded::Illegal(1),
        },
        [0x80..=0xFF, ..] => Decoded::Illegal(1),
        [c, ..] if state[0] == 0 => Decoded::Char(1, (u32::from(c), 0)),
        [_] => Decoded::Short,
        [lead, trail, ..] => {
            let index = GB2312.index(lead ^ 0x80, trail ^ 0x80);
            let found = index.and_then(|index| table(Name::Gb2312).get(index));
            found.map_or(Decoded::Illegal(1), |c| Decoded::Char(2, c))
        }
    }
}

pub fn encode_hz(state: &mut State, c: u32) -> Encoded {
    let mut out = super::codec::Bytes::default();
    if c < 0x80 {
        if state[0] == 1 {
            out.push(b"~}");
            state[0] = 0;
        }
        out.push(if c == u32::from(b'~') { b"~" } else { b"" });
        out.push(&[c as u8]);
        return Encoded::Bytes(1, out);
    }
    let Some(bytes) = GB2312.code(c) else { return Encoded::Illegal };
    if state[0] == 0 {
        out.push(b"~{");
        state[0] = 1;
    }
    out.push(&bytes.map(|b| b & 0x7F));
    Encoded::Bytes(1, out)
}

pub fn reset_hz(state: &mut State, out: &mut Vec<u8>) {
    if state[0] == 1 {
        out.extend_from_slice(b"~}");
        state[0] = 0;
    }
}
