//! ISO 2022: character sets are designated by escape sequences (RFC 1468, 1554, 1557, 2237).
//!
//! The state holds the final bytes of the sets designated to G0, G1 and G2, the high bit set for sets of two bytes, and flags.

use super::codec::{Ahead, Bytes, Decoded, Encoded, State};
use super::japanese::{self, Edition, Place};
use super::tables::{Char, Name, inverse, table};
use super::{chinese, korean};

const ESC: u8 = 0x1B;
const SHIFT_OUT: u8 = 0x0E;
const SHIFT_IN: u8 = 0x0F;

/// Places of the state.
const G0: usize = 0;
const G1: usize = 1;
const G2: usize = 2;
const FLAGS: usize = 4;

/// G1 is in use.
const SHIFTED: u8 = 1;
/// Inside an escape sequence of no known kind, which is passed on.
const PASSING: u8 = 2;

/// Longest escape sequence.
const MAX_ESCAPE: usize = 16;

const ASCII: u8 = b'B';
const WIDE: u8 = 0x80;

/// The wide tilde of JIS X 0213, which is read as that of ASCII and never written.
const TILDE: (u8, u8) = (0x22, 0x32);
const WIDE_TILDE: u32 = 0xFF5E;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Set {
    Jisx0201Roman,
    Jisx0201Katakana,
    Jisx0208,
    Jisx0212,
    /// Only characters of two code points: the others are written by the sets that follow.
    Jisx0213Pairs(Edition),
    Jisx0213Plane1(Edition),
    Jisx0213Plane2(Edition),
    Gb2312,
    Ksx1001,
    Latin1,
    Greek,
}

/// A set as a variant uses it: the final byte of its escape sequence, and where it is designated to.
#[derive(PartialEq, Eq, Debug)]
struct Designation {
    mark: u8,
    place: usize,
    set: Set,
}

#[derive(PartialEq, Eq, Debug)]
pub struct Variant {
    /// In the order in which they are tried for a character.
    sets: &'static [Designation],
    /// Shift-in and shift-out mean something.
    shifts: bool,
    g2: bool,
    /// `ESC & @ ESC $ B` is understood.
    jisx0208_ext: bool,
}

const fn wide(mark: u8, set: Set) -> Designation {
    Designation { mark: mark | WIDE, place: G0, set }
}
const fn single(mark: u8, set: Set) -> Designation {
    Designation { mark, place: G0, set }
}

const JISX0208: Designation = wide(b'B', Set::Jisx0208);
const JISX0208_1978: Designation = wide(b'@', Set::Jisx0208);
const JISX0212: Designation = wide(b'D', Set::Jisx0212);
const ROMAN: Designation = single(b'J', Set::Jisx0201Roman);
const PAIRS_2004: Designation = wide(b'Q', Set::Jisx0213Pairs(Edition::Year2004));
const PLANE1_2004: Designation = wide(b'Q', Set::Jisx0213Plane1(Edition::Year2004));
const PLANE2_2004: Designation = wide(b'P', Set::Jisx0213Plane2(Edition::Year2004));
const PAIRS_2000: Designation = wide(b'O', Set::Jisx0213Pairs(Edition::Year2000));
const PLANE1_2000: Designation = wide(b'O', Set::Jisx0213Plane1(Edition::Year2000));
const PLANE2_2000: Designation = wide(b'P', Set::Jisx0213Plane2(Edition::Year2000));

const fn variant(sets: &'static [Designation]) -> Variant {
    Variant { sets, shifts: false, g2: false, jisx0208_ext: true }
}

pub static JP: Variant = variant(&[JISX0208, ROMAN, JISX0208_1978]);
pub static JP_1: Variant = variant(&[JISX0208, JISX0212, ROMAN, JISX0208_1978]);
pub static JP_2: Variant = Variant {
    g2: true,
    ..variant(&[
        JISX0208,
        JISX0212,
        wide(b'C', Set::Ksx1001),
        wide(b'A', Set::Gb2312),
        ROMAN,
        JISX0208_1978,
        Designation { mark: b'A', place: G2, set: Set::Latin1 },
        Designation { mark: b'F', place: G2, set: Set::Greek },
    ])
};
pub static JP_2004: Variant = variant(&[PAIRS_2004, JISX0208, PLANE1_2004, PLANE2_2004]);
pub static JP_3: Variant = variant(&[PAIRS_2000, JISX0208, PLANE1_2000, PLANE2_2000]);
pub static JP_EXT: Variant =
    variant(&[JISX0208, JISX0212, ROMAN, single(b'I', Set::Jisx0201Katakana), JISX0208_1978]);
pub static KR: Variant = Variant {
    sets: &[Designation { mark: b'C' | WIDE, place: G1, set: Set::Ksx1001 }],
    shifts: true,
    g2: false,
    jisx0208_ext: false,
};

pub fn initial_state(decoding: bool) -> State {
    let mut state = State::default();
    state[G0] = ASCII;
    state[G1] = ASCII;
    if decoding {
        state[G2] = ASCII;
    }
    state
}

impl Set {
    fn is_wide(self) -> bool {
        !matches!(self, Set::Jisx0201Roman | Set::Jisx0201Katakana | Set::Latin1 | Set::Greek)
    }

    /// The character of one or two bytes of seven bits.
    fn decode(self, lead: u8, trail: u8) -> Option<Char> {
        let in_square = |name: Name| japanese::cell(lead, trail).and_then(|index| table(name).get(index));
        match self {
            Set::Jisx0201Roman => match lead {
                b'\\' => Some((0xA5, 0)),
                b'~' => Some((0x203E, 0)),
                _ => Some((u32::from(lead), 0)),
            },
            Set::Jisx0201Katakana => {
                (0x21..=0x5F).contains(&lead).then(|| (0xFF61 + u32::from(lead) - 0x21, 0))
            }
            Set::Jisx0208 => in_square(Name::Jisx0208),
            Set::Jisx0212 => in_square(Name::Jisx0212),
            Set::Jisx0213Pairs(_) | Set::Jisx0213Plane1(_) if (lead, trail) == TILDE => Some((0x7E, 0)),
            Set::Jisx0213Pairs(edition) | Set::Jisx0213Plane1(edition) => {
                japanese::decode_plane1(edition, japanese::cell(lead, trail)?)
            }
            // The exchanged character is read as that of 2004 in any case.
            Set::Jisx0213Plane2(_) => {
                japanese::decode_plane2(Edition::Year2004, japanese::cell(lead, trail)?)
            }
            Set::Gb2312 => in_square(Name::Gb2312),
            Set::Ksx1001 => korean::decode_ksx1001(lead | 0x80, trail | 0x80),
            Set::Latin1 => Some((u32::from(lead) + 0x80, 0)),
            Set::Greek => decode_greek(lead),
        }
    }

    /// The bytes of a character and how many code points it takes.
    fn encode(self, c: u32, ahead: &Ahead<'_>) -> Result<Option<([u8; 2], usize)>, ()> {
        let in_square = |name: Name| inverse(name).get(c).map(|index| (japanese::code(index), 1));
        let seven = |bytes: [u8; 2]| (bytes.map(|b| b & 0x7F), 1);
        Ok(match self {
            Set::Jisx0201Roman => match c {
                0xA5 => Some(([b'\\', 0], 1)),
                0x203E => Some(([b'~', 0], 1)),
                _ => None,
            },
            Set::Jisx0201Katakana => {
                (0xFF61..=0xFF9F).contains(&c).then(|| ([(c - 0xFF61) as u8 + 0x21, 0], 1))
            }
            Set::Jisx0208 => in_square(Name::Jisx0208),
            Set::Jisx0212 if inverse(Name::Jisx0208).get(c).is_none() => in_square(Name::Jisx0212),
            Set::Jisx0212 => None,
            Set::Jisx0213Pairs(edition) => match japanese::find_ahead(edition, c, ahead)? {
                Some((Place::Plane1(index), 2)) => Some((japanese::code(index), 2)),
                _ => None,
            },
            Set::Jisx0213Plane1(_) if c == WIDE_TILDE => None,
            Set::Jisx0213Plane1(edition) => match japanese::find(edition, c) {
                Some(Place::Plane1(index)) => Some((japanese::code(index), 1)),
                _ => None,
            },
            Set::Jisx0213Plane2(edition) => match japanese::find(edition, c) {
                Some(Place::Plane2(index)) => Some((japanese::code(index), 1)),
                _ => None,
            },
            Set::Gb2312 => chinese::layout(super::codec::Codec::Gb2312).code(c).map(seven),
            Set::Ksx1001 => korean::encode_ksx1001(c).map(seven),
            Set::Latin1 | Set::Greek => None,
        })
    }
}

/// The right half of ISO 8859-7 as it was in 1987.
fn decode_greek(low: u8) -> Option<Char> {
    let byte = u32::from(low ^ 0x80);
    let point = match byte {
        0xA1 => 0x2018,
        0xA2 => 0x2019,
        0xAF => 0x2015,
        ..=0xA0 | 0xA3 | 0xA6..=0xA9 | 0xAB..=0xAD | 0xB0..=0xB3 | 0xB7 | 0xBB | 0xBD => byte,
        0xA4 | 0xA5 | 0xAA | 0xAE | 0xD2 | 0xFF.. => return None,
        _ => byte + 0x2D0,
    };
    Some((point, 0))
}

pub fn decode(variant: &Variant, state: &mut State, input: &[u8]) -> Decoded {
    let Some(&c) = input.first() else { return Decoded::Short };
    let plain = Decoded::Char(1, (u32::from(c), 0));
    if state[FLAGS] & PASSING != 0 {
        if matches!(c, b'A'..=b'Z' | b'@') {
            state[FLAGS] &= !PASSING;
        }
        return plain;
    }
    match c {
        ESC => decode_escape(variant, state, input),
        SHIFT_IN if variant.shifts => {
            state[FLAGS] &= !SHIFTED;
            Decoded::Nothing(1)
        }
        SHIFT_OUT if variant.shifts => {
            state[FLAGS] |= SHIFTED;
            Decoded::Nothing(1)
        }
        b'\n' => {
            state[FLAGS] &= !SHIFTED;
            plain
        }
        ..0x20 => plain,
        0x80.. => Decoded::Illegal(1),
        _ => {
            let mark = state[if state[FLAGS] & SHIFTED != 0 { G1 } else { G0 }];
            if mark == ASCII {
                return plain;
            }
            let Some(designation) = variant.sets.iter().find(|d| d.mark == mark) else {
                return Decoded::Illegal(1);
            };
            let width = if designation.set.is_wide() { 2 } else { 1 };
            if input.len() < width {
                return Decoded::Short;
            }
            let trail = if width == 2 { input[1] } else { 0 };
            // The bytes are of seven bits.
            let found = if trail < 0x80 { designation.set.decode(c, trail) } else { None };
            found.map_or(Decoded::Illegal(width), |c| Decoded::Char(width, c))
        }
    }
}

fn decode_escape(variant: &Variant, state: &mut State, input: &[u8]) -> Decoded {
    match input.get(1) {
        None => Decoded::Short,
        Some(b'(' | b')' | b'$' | b'.' | b'&') => designate(variant, state, input),
        Some(b'N') if variant.g2 => match (input.get(2), state[G2]) {
            (None, _) => Decoded::Short,
            (Some(&low), b'A') if low < 0x80 => Decoded::Char(3, (u32::from(low) + 0x80, 0)),
            (Some(&low), b'F') => {
                Set::Greek.decode(low, 0).map_or(Decoded::Illegal(3), |c| Decoded::Char(3, c))
            }
            (Some(&low), ASCII) if low < 0x80 => Decoded::Char(3, (u32::from(low), 0)),
            _ => Decoded::Illegal(3),
        },
        Some(_) => {
            state[FLAGS] |= PASSING;
            Decoded::Char(1, (u32::from(ESC), 0))
        }
    }
}

fn is_final(c: u8) -> bool {
    matches!(c, b'A'..=b'Z' | b'@')
}

fn designate(variant: &Variant, state: &mut State, input: &[u8]) -> Decoded {
    let mut at = 1;
    let len = loop {
        if at >= MAX_ESCAPE {
            return Decoded::Illegal(1);
        }
        let Some(&c) = input.get(at) else { return Decoded::Short };
        if is_final(c) {
            break at + 1;
        }
        if variant.jisx0208_ext && c == b'&' && input.get(at + 1) == Some(&b'@') {
            at += 2;
        }
        at += 1;
    };
    let (mark, place) = match *input {
        [_, b'$', mark, ..] if len == 3 => (mark | WIDE, G0),
        [_, b'(', mark, ..] if len == 3 => (mark, G0),
        [_, b')', mark, ..] if len == 3 => (mark, G1),
        [_, b'.', mark, ..] if len == 3 && variant.g2 => (mark, G2),
        [_, b'$', b'(', mark, ..] if len == 4 => (mark | WIDE, G0),
        [_, b'$', b')', mark, ..] if len == 4 => (mark | WIDE, G1),
        [_, _, _, ESC, b'$', b'B', ..] if len == 6 && variant.jisx0208_ext => (b'B' | WIDE, G0),
        _ => return Decoded::Illegal(len),
    };
    if mark != ASCII && !variant.sets.iter().any(|d| d.mark == mark) {
        return Decoded::Illegal(len);
    }
    state[place] = mark;
    Decoded::Nothing(len)
}

pub fn encode(variant: &Variant, state: &mut State, c: u32, ahead: &Ahead<'_>) -> Encoded {
    let mut out = Bytes::default();
    if c < 0x80 {
        let_go(state, &mut out);
        out.push(&[c as u8]);
        if c == u32::from(b'\n') {
            state[FLAGS] &= !SHIFTED;
        }
        return Encoded::Bytes(1, out);
    }
    for designation in variant.sets {
        let (bytes, used) = match designation.set.encode(c, ahead) {
            Err(()) => return Encoded::Short,
            Ok(None) => continue,
            Ok(Some(found)) => found,
        };
        select(state, designation, &mut out);
        out.push(&bytes[..if designation.set.is_wide() { 2 } else { 1 }]);
        return Encoded::Bytes(used, out);
    }
    Encoded::Illegal
}

/// Back to ASCII.
fn let_go(state: &mut State, out: &mut Bytes) {
    if state[G0] != ASCII {
        out.push(&[ESC, b'(', ASCII]);
        state[G0] = ASCII;
    }
    if state[FLAGS] & SHIFTED != 0 {
        out.push(&[SHIFT_IN]);
        state[FLAGS] &= !SHIFTED;
    }
}

/// Makes a set the one in use.
fn select(state: &mut State, designation: &Designation, out: &mut Bytes) {
    let Designation { mark, place, .. } = *designation;
    if place == G0 && state[FLAGS] & SHIFTED != 0 {
        out.push(&[SHIFT_IN]);
        state[FLAGS] &= !SHIFTED;
    }
    if state[place] != mark {
        let letter = mark & !WIDE;
        let target = if place == G0 { b'(' } else { b')' };
        match (mark & WIDE != 0, letter) {
            (true, b'@' | b'B') if place == G0 => out.push(&[ESC, b'$', letter]),
            (true, _) => out.push(&[ESC, b'$', target, letter]),
            (false, _) => out.push(&[ESC, target, letter]),
        }
        state[place] = mark;
    }
    if place == G1 && state[FLAGS] & SHIFTED == 0 {
        out.push(&[SHIFT_OUT]);
        state[FLAGS] |= SHIFTED;
    }
}

pub fn reset(state: &mut State, out: &mut Vec<u8>) {
    if state[FLAGS] & SHIFTED != 0 {
        out.push(SHIFT_IN);
        state[FLAGS] &= !SHIFTED;
    }
    if state[G0] != ASCII {
        out.extend_from_slice(&[ESC, b'(', ASCII]);
        state[G0] = ASCII;
    }
}
