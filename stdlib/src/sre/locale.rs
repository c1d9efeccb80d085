//! Character knowledge of patterns: the Unicode database, and the C library's current locale for `re.LOCALE`.

use adder_sre::{CharClass, UnicodeClasses};

/// See the module documentation.
pub struct Classes;

pub static CLASSES: Classes = Classes;

impl CharClass for Classes {
    fn is_alnum(&self, ch: u32) -> bool {
        UnicodeClasses.is_alnum(ch)
    }
    fn is_decimal(&self, ch: u32) -> bool {
        UnicodeClasses.is_decimal(ch)
    }
    fn is_space(&self, ch: u32) -> bool {
        UnicodeClasses.is_space(ch)
    }
    fn is_linebreak(&self, ch: u32) -> bool {
        UnicodeClasses.is_linebreak(ch)
    }
    fn lower(&self, ch: u32) -> u32 {
        UnicodeClasses.lower(ch)
    }
    fn upper(&self, ch: u32) -> u32 {
        UnicodeClasses.upper(ch)
    }
    fn locale_is_alnum(&self, byte: u8) -> bool {
        // SAFETY: defined for every value of an unsigned char.
        unsafe { libc::isalnum(i32::from(byte)) != 0 }
    }
    fn locale_lower(&self, byte: u8) -> u8 {
        // SAFETY: as above.
        unsafe { libc::tolower(i32::from(byte)) as u8 }
    }
    fn locale_upper(&self, byte: u8) -> u8 {
        // SAFETY: as above.
        unsafe { libc::toupper(i32::from(byte)) as u8 }
    }
}
