//! Japanese: Shift JIS and EUC over JIS X 0208, 0212 and 0213.

use super::codec::{Ahead, Bytes, Decoded, Encoded};
use super::tables::{Char, Name, SIDE, inverse, is_plane2_row, table};

/// Which JIS X 0213: that of 2004 added ten characters to that of 2000 and exchanged one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Edition {
    Year2000,
    Year2004,
}

/// The cells of the first plane that 2004 added.
const ADDED: [(u8, u8); 10] =
    [(14, 1), (15, 94), (47, 52), (47, 94), (84, 7), (94, 90), (94, 91), (94, 92), (94, 93), (94, 94)];
/// The cell of the second plane whose character was exchanged, and both characters.
const EXCHANGED: usize = 92 * SIDE + 26;
const EXCHANGED_2000: u32 = 0x9B1D;
const EXCHANGED_2004: u32 = 0x9B1C;

const HALF_KANA: u32 = 0xFF61;
const YEN: u32 = 0xA5;
const OVERLINE: u32 = 0x203E;

fn is_added(index: usize) -> bool {
    ADDED.iter().any(|&(row, column)| (row as usize - 1) * SIDE + column as usize - 1 == index)
}

/// Index of the cell that two bytes of seven bits, or of eight with the high bit set, stand for.
pub fn cell(lead: u8, trail: u8) -> Option<usize> {
    let (row, column) =
        ((lead & 0x7F).checked_sub(0x21)? as usize, (trail & 0x7F).checked_sub(0x21)? as usize);
    (row < SIDE && column < SIDE).then_some(row * SIDE + column)
}

/// The two bytes of a cell, in seven bits.
pub fn code(index: usize) -> [u8; 2] {
    [0x21 + (index / SIDE) as u8, 0x21 + (index % SIDE) as u8]
}

/// As [`cell`], for bytes that must have the high bit.
fn high_cell(lead: u8, trail: u8) -> Option<usize> {
    if lead < 0x80 || trail < 0x80 { None } else { cell(lead, trail) }
}

fn high(index: usize) -> [u8; 2] {
    code(index).map(|b| b | 0x80)
}

/// A character of the first plane of JIS X 0213.
pub fn decode_plane1(edition: Edition, index: usize) -> Option<Char> {
    if edition == Edition::Year2000 && is_added(index) {
        return None;
    }
    table(Name::Jisx0213Plane1).get(index)
}

/// A character found, or this many bytes that are none. The cells that 2004 added are two illegal bytes to 2000.
fn found_or_illegal(edition: Edition, index: Option<usize>, found: Option<Char>, len: usize) -> Decoded {
    match found {
        Some(c) => Decoded::Char(len, c),
        None if edition == Edition::Year2000 && len == 2 && index.is_some_and(is_added) => {
            Decoded::Illegal(2)
        }
        None => Decoded::Illegal(1),
    }
}

/// A character of the second plane of JIS X 0213.
pub fn decode_plane2(edition: Edition, index: usize) -> Option<Char> {
    match edition {
        Edition::Year2000 if index == EXCHANGED => Some((EXCHANGED_2000, 0)),
        _ if is_plane2_row(index / SIDE + 1) => table(Name::Jisx0213Plane2).get(index),
        _ => None,
    }
}

/// Where JIS X 0213 has a character.
pub enum Place {
    Plane1(usize),
    Plane2(usize),
    /// Not in JIS X 0213, but in JIS X 0212.
    Supplement(usize),
}

/// The place of a single code point.
pub fn find(edition: Edition, c: u32) -> Option<Place> {
    if edition == Edition::Year2000 {
        match c {
            EXCHANGED_2000 => return Some(Place::Plane2(EXCHANGED)),
            EXCHANGED_2004 => return None,
            _ => {}
        }
    }
    if let Some(index) = inverse(Name::Jisx0213Plane1).get(c) {
        return if edition == Edition::Year2000 && is_added(index) {
            None
        } else {
            Some(Place::Plane1(index))
        };
    }
    let index = inverse(Name::Jisx0213Plane2).get(c)?;
    Some(if is_plane2_row(index / SIDE + 1) { Place::Plane2(index) } else { Place::Supplement(index) })
}

/// The place of a character of one or two code points, and how many there are; `Err` if the next one decides.
pub fn find_ahead(edition: Edition, c: u32, ahead: &Ahead<'_>) -> Result<Option<(Place, usize)>, ()> {
    let plane1 = table(Name::Jisx0213Plane1);
    if plane1.begins_pair(c)
        && let Some(second) = ahead.second()?
        && let Some(index) = plane1.find_pair(c, second)
    {
        return Ok(Some((Place::Plane1(index), 2)));
    }
    Ok(find(edition, c).map(|place| (place, 1)))
}

/// The bytes of Shift JIS for a cell of the first plane, or of one of the rows of Windows.
fn shifted(index: usize) -> [u8; 2] {
    let (row, column) = ((index / (2 * SIDE)) as u8, (index % (2 * SIDE)) as u8);
    let lead = if row < 0x1F { 0x81 + row } else { 0xC1 + row };
    [lead, trail_of(column)]
}

fn trail_of(column: u8) -> u8 {
    if column < 0x3F { 0x40 + column } else { 0x41 + column }
}

/// Number of the cell that two bytes of Shift JIS stand for; lead bytes from 0xF0 on are behind the first plane.
fn unshifted(lead: u8, trail: u8) -> Option<usize> {
    let row = match lead {
        0x81..=0x9F => lead - 0x81,
        0xE0..=0xFC => lead - 0xC1,
        _ => return None,
    };
    let column = match trail {
        0x40..=0x7E => trail - 0x40,
        0x80..=0xFC => trail - 0x41,
        _ => return None,
    };
    Some(row as usize * 2 * SIDE + column as usize)
}

/// What the single bytes of Shift JIS and the starts of two are.
fn shift_jis_start(input: &[u8]) -> Result<(u8, u8), Decoded> {
    match *input {
        [] => Err(Decoded::Short),
        [c @ 0xA1..=0xDF, ..] => Err(Decoded::Char(1, (HALF_KANA + u32::from(c) - 0xA1, 0))),
        [c, ..] if c < 0x80 => Err(Decoded::Char(1, (u32::from(c), 0))),
        [0x80 | 0xA0 | 0xFD..=0xFF, ..] => Err(Decoded::Illegal(1)),
        [_] => Err(Decoded::Short),
        [lead, trail, ..] => Ok((lead, trail)),
    }
}

pub fn decode_shift_jis(input: &[u8]) -> Decoded {
    if let Some(0xEB..=0xFC) = input.first() {
        return Decoded::Illegal(1); // no row of JIS X 0208
    }
    match shift_jis_start(input) {
        Err(done) => done,
        Ok((lead, trail)) => {
            let index = unshifted(lead, trail).filter(|&index| index < SIDE * SIDE);
            let found = index.and_then(|index| table(Name::Jisx0208).get(index));
            found.map_or(Decoded::Illegal(1), |c| Decoded::Char(2, c))
        }
    }
}

/// The single bytes that Shift JIS and EUC write.
fn encode_single(c: u32) -> Option<u8> {
    match c {
        0..0x80 => Some(c as u8),
        YEN => Some(b'\\'),
        OVERLINE => Some(b'~'),
        _ => None,
    }
}

fn half_kana(c: u32) -> Option<u8> {
    (HALF_KANA..HALF_KANA + 63).contains(&c).then(|| (c - HALF_KANA) as u8 + 0xA1)
}

pub fn encode_shift_jis(c: u32) -> Encoded {
    if let Some(byte) = encode_single(c).or_else(|| half_kana(c)) {
        return Encoded::one(&[byte]);
    }
    inverse(Name::Jisx0208).get(c).map_or(Encoded::Illegal, |index| Encoded::one(&shifted(index)))
}

/// Private characters that Windows gives to single bytes without meaning.
const PRIVATE: [(u8, u32); 4] = [(0xA0, 0xF8F0), (0xFD, 0xF8F1), (0xFE, 0xF8F2), (0xFF, 0xF8F3)];

pub fn decode_cp932(input: &[u8]) -> Decoded {
    if let Some(&first) = input.first() {
        if first == 0x80 {
            return Decoded::Char(1, (0x80, 0));
        }
        if let Some(&(_, c)) = PRIVATE.iter().find(|(byte, _)| *byte == first) {
            return Decoded::Char(1, (c, 0));
        }
    }
    match shift_jis_start(input) {
        Err(done) => done,
        Ok((lead, trail)) => {
            let found = unshifted(lead, trail).and_then(|index| table(Name::Cp932).get(index));
            found.map_or(Decoded::Illegal(1), |c| Decoded::Char(2, c))
        }
    }
}

pub fn encode_cp932(c: u32) -> Encoded {
    if c <= 0x80 {
        return Encoded::one(&[c as u8]);
    }
    let single =
        half_kana(c).or_else(|| PRIVATE.iter().find(|(_, point)| *point == c).map(|(byte, _)| *byte));
    if let Some(byte) = single {
        return Encoded::one(&[byte]);
    }
    if let Some(index) = inverse(Name::Cp932).get(c) {
        return Encoded::one(&shifted(index));
    }
    // Characters of JIS whose codes Windows reads as others.
    match c {
        0xA2 | 0xA3 | 0xAC | 0x2016 | 0x2212 | 0x301C => {
            inverse(Name::Jisx0208).get(c).map_or(Encoded::Illegal, |index| Encoded::one(&shifted(index)))
        }
        _ => Encoded::Illegal,
    }
}

/// EUC: half-width kana behind 0x8E, and what follows 0x8F through `supplement`.
fn decode_euc(
    edition: Edition,
    input: &[u8],
    plane1: impl Fn(usize) -> Option<Char>,
    supplement: impl Fn(usize) -> Option<Char>,
) -> Decoded {
    match *input {
        [] => Decoded::Short,
        [c, ..] if c < 0x80 => Decoded::Char(1, (u32::from(c), 0)),
        [_] => Decoded::Short,
        [0x8E, kana @ 0xA1..=0xDF, ..] => Decoded::Char(2, (HALF_KANA + u32::from(kana) - 0xA1, 0)),
        [0x8E, ..] => Decoded::Illegal(1),
        [0x8F, _] => Decoded::Short,
        [0x8F, lead, trail, ..] => {
            let found = high_cell(lead, trail).and_then(supplement);
            found.map_or(Decoded::Illegal(1), |c| Decoded::Char(3, c))
        }
        [lead, trail, ..] => {
            let index = high_cell(lead, trail);
            found_or_illegal(edition, index, index.and_then(plane1), 2)
        }
    }
}

pub fn decode_euc_jp(input: &[u8]) -> Decoded {
    let (plane1, supplement) = (table(Name::Jisx0208), table(Name::Jisx0212));
    decode_euc(Edition::Year2004, input, |index| plane1.get(index), |index| supplement.get(index))
}

fn behind(prefix: u8, bytes: [u8; 2]) -> Bytes {
    let mut out = Bytes::of(&[prefix]);
    out.push(&bytes);
    out
}

pub fn encode_euc_jp(c: u32) -> Encoded {
    if let Some(byte) = encode_single(c) {
        return Encoded::one(&[byte]);
    }
    if let Some(kana) = half_kana(c) {
        return Encoded::one(&[0x8E, kana]);
    }
    if let Some(index) = inverse(Name::Jisx0208).get(c) {
        return Encoded::one(&high(index));
    }
    match inverse(Name::Jisx0212).get(c) {
        Some(index) => Encoded::Bytes(1, behind(0x8F, high(index))),
        None => Encoded::Illegal,
    }
}

pub fn decode_euc_jis_2004(edition: Edition, input: &[u8]) -> Decoded {
    decode_euc(
        edition,
        input,
        |index| decode_plane1(edition, index),
        |index| decode_plane2(edition, index).or_else(|| table(Name::Jisx0213Plane2).get(index)),
    )
}

pub fn encode_euc_jis_2004(edition: Edition, c: u32, ahead: &Ahead<'_>) -> Encoded {
    if c < 0x80 {
        return Encoded::one(&[c as u8]);
    }
    if let Some(kana) = half_kana(c) {
        return Encoded::one(&[0x8E, kana]);
    }
    match find_ahead(edition, c, ahead) {
        Err(()) => Encoded::Short,
        Ok(None) => Encoded::Illegal,
        Ok(Some((Place::Plane1(index), used))) => Encoded::Bytes(used, Bytes::of(&high(index))),
        Ok(Some((Place::Plane2(index) | Place::Supplement(index), used))) => {
            Encoded::Bytes(used, behind(0x8F, high(index)))
        }
    }
}

/// The rows (from 1) of the second plane that follow the first one in Shift JIS, in the order of their codes.
const PLANE2_ROWS: [u8; 26] =
    [1, 8, 3, 4, 5, 12, 13, 14, 15, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94];

/// The wide backslash and tilde, which Shift JIS has at the codes of those of ASCII.
const ASCII_CELLS: [(usize, u32, u32); 2] = [(31, 0x5C, 0xFF3C), (SIDE + 17, 0x7E, 0xFF5E)];

pub fn decode_shift_jis_2004(edition: Edition, input: &[u8]) -> Decoded {
    match *input {
        [b'\\', ..] => return Decoded::Char(1, (YEN, 0)),
        [b'~', ..] => return Decoded::Char(1, (OVERLINE, 0)),
        _ => {}
    }
    let (lead, trail) = match shift_jis_start(input) {
        Err(done) => return done,
        Ok(bytes) => bytes,
    };
    let index = unshifted(lead, trail);
    if let Some((_, c, _)) = ASCII_CELLS.iter().find(|(cell, _, _)| Some(*cell) == index) {
        return Decoded::Char(2, (*c, 0));
    }
    let found = index.and_then(|index| match (index / SIDE).checked_sub(SIDE) {
        None => decode_plane1(edition, index),
        Some(row) => decode_plane2(edition, (PLANE2_ROWS[row] as usize - 1) * SIDE + index % SIDE),
    });
    found_or_illegal(edition, index, found, 2)
}

pub fn encode_shift_jis_2004(edition: Edition, c: u32, ahead: &Ahead<'_>) -> Encoded {
    if let Some((cell, _, _)) = ASCII_CELLS.iter().find(|(_, ascii, _)| *ascii == c) {
        return Encoded::one(&shifted(*cell));
    }
    if ASCII_CELLS.iter().any(|(_, _, wide)| *wide == c) {
        return Encoded::Illegal;
    }
    if let Some(byte) = encode_single(c).or_else(|| half_kana(c)) {
        return Encoded::one(&[byte]);
    }
    match find_ahead(edition, c, ahead) {
        Err(()) => Encoded::Short,
        Ok(Some((Place::Plane1(index), used))) => Encoded::Bytes(used, Bytes::of(&shifted(index))),
        Ok(Some((Place::Plane2(index), used))) => {
            let row = PLANE2_ROWS.iter().position(|&row| row as usize == index / SIDE + 1);
            let row = row.expect("the second plane has these rows") + SIDE;
            Encoded::Bytes(used, Bytes::of(&shifted(row * SIDE + index % SIDE)))
        }
        Ok(Some((Place::Supplement(_), _)) | None) => Encoded::Illegal,
    }
}
