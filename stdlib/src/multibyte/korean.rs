//! Korean: EUC-KR writes syllables that KS X 1001 lacks as four letters.

use super::chinese::Layout;
use super::codec::{Bytes, Decoded, Encoded};
use super::tables::{Name, table};

pub static CP949: Layout = Layout { table: Name::Cp949, lead: 0x81, trail: 0x41, width: 190, extra: &[] };
pub static JOHAB: Layout = Layout { table: Name::Johab, lead: 0x81, trail: 0x31, width: 206, extra: &[] };

/// The letters of row 4 that are initials, in the order of the syllables; 0 is the filler's place among the finals.
const INITIALS: [u8; 19] = [1, 2, 4, 7, 8, 9, 17, 18, 19, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30];
const FINALS: [u8; 28] = [
    0x34, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 21, 22, 23, 24, 26, 27, 28, 29, 30,
];
const VOWELS: u32 = 21;
const FIRST_VOWEL: u8 = 0xBF;
const FIRST_SYLLABLE: u32 = 0xAC00;
const FILLER: [u8; 2] = [0xA4, 0xD4];

/// A code of KS X 1001: both bytes high.
pub fn decode_ksx1001(lead: u8, trail: u8) -> Option<(u32, u32)> {
    if lead < 0xA1 || trail < 0xA1 {
        return None;
    }
    CP949.index(lead, trail).and_then(|index| table(Name::Cp949).get(index))
}

pub fn encode_ksx1001(c: u32) -> Option<[u8; 2]> {
    CP949.code(c).filter(|bytes| bytes[0] >= 0xA1 && bytes[1] >= 0xA1)
}

pub fn decode_euc_kr(input: &[u8]) -> Decoded {
    match *input {
        [] => Decoded::Short,
        [c, ..] if c < 0x80 => Decoded::Char(1, (u32::from(c), 0)),
        [_] => Decoded::Short,
        [0xA4, 0xD4, ..] => decode_syllable(input),
        [lead, trail, ..] => decode_ksx1001(lead, trail).map_or(Decoded::Illegal(1), |c| Decoded::Char(2, c)),
    }
}

/// A filler, an initial, a vowel and a final or another filler.
fn decode_syllable(input: &[u8]) -> Decoded {
    let Some(&[_, _, 0xA4, initial, 0xA4, vowel, 0xA4, last]) = input.first_chunk::<8>() else {
        return if input.len() < 8 { Decoded::Short } else { Decoded::Illegal(1) };
    };
    let place = |letters: &[u8], byte: u8| letters.iter().position(|&l| l.wrapping_add(0xA0) == byte);
    let vowel = u32::from(vowel.wrapping_sub(FIRST_VOWEL));
    match (place(&INITIALS, initial), place(&FINALS, last)) {
        (Some(initial), Some(last)) if vowel < VOWELS => {
            let syllable = FIRST_SYLLABLE + (initial as u32 * VOWELS + vowel) * 28 + last as u32;
            Decoded::Char(8, (syllable, 0))
        }
        _ => Decoded::Illegal(1),
    }
}

pub fn encode_euc_kr(c: u32) -> Encoded {
    if c < 0x80 {
        return Encoded::one(&[c as u8]);
    }
    if let Some(bytes) = encode_ksx1001(c) {
        return Encoded::one(&bytes);
    }
    let Some(syllable) = c.checked_sub(FIRST_SYLLABLE).filter(|&s| s < 19 * VOWELS * 28) else {
        return Encoded::Illegal;
    };
    let letter = |letter: u8| [0xA4, 0xA0 + letter];
    let mut out = Bytes::of(&FILLER);
    out.push(&letter(INITIALS[(syllable / (VOWELS * 28)) as usize]));
    out.push(&[0xA4, FIRST_VOWEL + (syllable / 28 % VOWELS) as u8]);
    out.push(&letter(FINALS[(syllable % 28) as usize]));
    Encoded::Bytes(1, out)
}
