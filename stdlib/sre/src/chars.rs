//! What the engine asks about characters: categories, and the one-to-one case mappings of caseless matching.
//!
//! Code points are plain `u32`, because Python strings may hold surrogates and the engine also runs over bytes.

use crate::opcodes::Category;
use adder_text::ucd;

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

/// The Unicode database of the interpreter, with the C locale's rules for locale patterns.
#[derive(Clone, Copy, Debug, Default)]
pub struct UnicodeClasses;

impl CharClass for UnicodeClasses {
    fn is_alnum(&self, ch: u32) -> bool {
        ucd::is_alnum(ch)
    }
    fn is_decimal(&self, ch: u32) -> bool {
        ucd::is_decimal(ch)
    }
    fn is_space(&self, ch: u32) -> bool {
        ucd::is_space(ch)
    }
    fn is_linebreak(&self, ch: u32) -> bool {
        ucd::is_line_break(ch)
    }
    fn lower(&self, ch: u32) -> u32 {
        ucd::case::simple_lower(ch)
    }
    fn upper(&self, ch: u32) -> u32 {
        // Not the simple mapping: what has only a longer upper case must count as cased.
        ucd::case::upper(ch).as_slice()[0]
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
