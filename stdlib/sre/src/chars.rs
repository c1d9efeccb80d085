//! What the engine asks about characters: categories, and the one-to-one case mappings of caseless matching.
//!
//! Code points are plain `u32`, because Python strings may hold surrogates and the engine also runs over bytes.

use crate::opcodes::Category;

/// The character knowledge that is not fixed by ASCII: the Unicode database and the C locale.
///
/// The Unicode answers must not change over time: [`Program`](crate::Program) tabulates them. The locale answers
/// may; they are asked for at each match.
pub trait CharClass: Sync {
    /// `str.isalnum` for one code point.
    fn is_alnum(&self, ch: u32) -> bool;
    /// `str.isdecimal` for one code point.
    fn is_decimal(&self, ch: u32) -> bool;
    /// `str.isspace` for one code point.
    fn is_space(&self, ch: u32) -> bool;
    /// Whether `str.splitlines` breaks a line at this code point.
    fn is_linebreak(&self, ch: u32) -> bool;
    /// The lower case code point (the first one, where the full mapping has several).
    fn lower(&self, ch: u32) -> u32;
    /// The upper case code point (the first one, where the full mapping has several).
    fn upper(&self, ch: u32) -> u32;

    /// `isalnum` of the current C locale.
    fn locale_is_alnum(&self, byte: u8) -> bool {
        byte.is_ascii_alphanumeric()
    }
    /// `tolower` of the current C locale.
    fn locale_lower(&self, byte: u8) -> u8 {
        byte.to_ascii_lowercase()
    }
    /// `toupper` of the current C locale.
    fn locale_upper(&self, byte: u8) -> u8 {
        byte.to_ascii_uppercase()
    }
}

/// Character knowledge from Rust's standard library, for use where the Unicode database is not at hand.
///
/// It differs from Python's in corners: combining vowel signs count as alphanumeric, decimal digits outside ASCII
/// are recognised only in the blocks listed here, and the Unicode version is that of the Rust toolchain.
#[derive(Clone, Copy, Debug, Default)]
pub struct StdClasses;

/// First code points of runs of ten decimal digits outside ASCII, for [`StdClasses`].
const DIGIT_ZEROS: [u32; 22] = [
    0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0,
    0xF20, 0x1040, 0x17E0, 0x1810, 0xA620, 0xA8D0, 0xFF10,
];

impl CharClass for StdClasses {
    fn is_alnum(&self, ch: u32) -> bool {
        char::from_u32(ch).is_some_and(char::is_alphanumeric)
    }

    fn is_decimal(&self, ch: u32) -> bool {
        if ch < 0x80 {
            return (0x30..0x3A).contains(&ch);
        }
        DIGIT_ZEROS.iter().any(|&zero| (zero..zero + 10).contains(&ch)) || (0x1D7CE..0x1D800).contains(&ch)
    }

    fn is_space(&self, ch: u32) -> bool {
        (0x1C..0x20).contains(&ch) || char::from_u32(ch).is_some_and(char::is_whitespace)
    }

    fn is_linebreak(&self, ch: u32) -> bool {
        matches!(ch, 0x0A..=0x0D | 0x1C..=0x1E | 0x85 | 0x2028 | 0x2029)
    }

    fn lower(&self, ch: u32) -> u32 {
        char::from_u32(ch).and_then(|c| c.to_lowercase().next()).map_or(ch, u32::from)
    }

    fn upper(&self, ch: u32) -> u32 {
        char::from_u32(ch).and_then(|c| c.to_uppercase().next()).map_or(ch, u32::from)
    }
}

/// `_sre.ascii_tolower`.
#[inline]
pub fn ascii_lower(ch: u32) -> u32 {
    if (0x41..0x5B).contains(&ch) { ch + 0x20 } else { ch }
}

/// `_sre.ascii_iscased`.
pub fn ascii_is_cased(ch: u32) -> bool {
    ch < 0x80 && (ch as u8).is_ascii_alphabetic()
}

/// `_sre.unicode_tolower`.
pub fn unicode_lower(classes: &dyn CharClass, ch: u32) -> u32 {
    classes.lower(ch)
}

/// `_sre.unicode_iscased`.
pub fn unicode_is_cased(classes: &dyn CharClass, ch: u32) -> bool {
    classes.lower(ch) != ch || classes.upper(ch) != ch
}

/// The lower case of `ch` in the C locale; only the 256 byte values have one.
pub fn locale_lower(classes: &dyn CharClass, ch: u32) -> u32 {
    u8::try_from(ch).map_or(ch, |byte| u32::from(classes.locale_lower(byte)))
}

/// The upper case of `ch` in the C locale.
pub fn locale_upper(classes: &dyn CharClass, ch: u32) -> u32 {
    u8::try_from(ch).map_or(ch, |byte| u32::from(classes.locale_upper(byte)))
}

fn ascii_word(ch: u32) -> bool {
    ch < 0x80 && ((ch as u8).is_ascii_alphanumeric() || ch == u32::from(b'_'))
}

fn locale_word(classes: &dyn CharClass, ch: u32) -> bool {
    ch == u32::from(b'_') || u8::try_from(ch).is_ok_and(|byte| classes.locale_is_alnum(byte))
}

/// Whether `ch` is of the category.
pub(crate) fn in_category(classes: &dyn CharClass, category: Category, ch: u32) -> bool {
    let underscore = ch == u32::from(b'_');
    match category {
        Category::Digit => (0x30..0x3A).contains(&ch),
        Category::NotDigit => !(0x30..0x3A).contains(&ch),
        Category::Space => ch == 0x20 || (0x09..0x0E).contains(&ch),
        Category::NotSpace => !(ch == 0x20 || (0x09..0x0E).contains(&ch)),
        Category::Word => ascii_word(ch),
        Category::NotWord => !ascii_word(ch),
        Category::Linebreak => ch == 0x0A,
        Category::NotLinebreak => ch != 0x0A,
        Category::LocWord => locale_word(classes, ch),
        Category::LocNotWord => !locale_word(classes, ch),
        Category::UniDigit => classes.is_decimal(ch),
        Category::UniNotDigit => !classes.is_decimal(ch),
        Category::UniSpace => classes.is_space(ch),
        Category::UniNotSpace => !classes.is_space(ch),
        Category::UniWord => underscore || classes.is_alnum(ch),
        Category::UniNotWord => !(underscore || classes.is_alnum(ch)),
        Category::UniLinebreak => classes.is_linebreak(ch),
        Category::UniNotLinebreak => !classes.is_linebreak(ch),
    }
}
