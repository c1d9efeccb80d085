//! The Unicode database at the version of CPython 3.14 (16.0.0).
//!
//! One [`Record`] per distinct combination of properties, reached through a three-stage trie; code points in
//! Latin-1 take the same path. The tables are generated from CPython itself (`tools/generate_ucd.py`), since the
//! crates that carry this data (`icu_properties`, `unicode-normalization`) have moved on to Unicode 17.
//!
//! Functions take any `u32`; values beyond U+10FFFF have the properties of an unassigned code point.

pub mod case;
pub mod names;
pub mod normalize;
mod record;
pub mod v3_2;

/// Generated data.
mod tables {
    pub mod case;
    pub mod decomposition;
    pub mod names;
    pub mod records;
    pub mod v3_2;
}

pub use record::{Record, record};
use tables::records as t;

/// `unicodedata.unidata_version`.
pub const VERSION: &str = "16.0.0";

macro_rules! predicates {
    ($($(#[$doc:meta])* $name:ident => $flag:ident;)*) => {
        $(
            $(#[$doc])*
            #[inline]
            pub fn $name(c: u32) -> bool {
                record(c).has(t::$flag)
            }
        )*
    };
}

predicates! {
    /// A letter: general category Lm, Lt, Lu, Ll or Lo (`str.isalpha`).
    is_alpha => ALPHA;
    /// Has the Lowercase property (`str.islower` of one character).
    is_lower => LOWER;
    /// Has the Uppercase property (`str.isupper` of one character).
    is_upper => UPPER;
    /// General category Lt.
    is_title => TITLE;
    /// Shown as itself by `repr` (`str.isprintable`).
    is_printable => PRINTABLE;
    /// May start an identifier (XID_Start or `_`).
    is_xid_start => XID_START;
    /// May continue an identifier.
    is_xid_continue => XID_CONTINUE;
    /// Has the Cased property.
    is_cased => CASED;
    /// Has the Case_Ignorable property and is skipped when looking for cased neighbours.
    is_case_ignorable => CASE_IGNORABLE;
    /// `unicodedata.mirrored`.
    is_mirrored => MIRRORED;
}

/// White space for `str.isspace`, `str.strip` and `str.split`.
#[inline]
pub fn is_space(c: u32) -> bool {
    if c < 0x80 { matches!(c, 0x09..=0x0D | 0x1C..=0x20) } else { record(c).has(t::SPACE) }
}

/// Ends a line for `str.splitlines`.
#[inline]
pub fn is_line_break(c: u32) -> bool {
    if c < 0x80 { matches!(c, 0x0A..=0x0D | 0x1C..=0x1E) } else { record(c).has(t::LINE_BREAK) }
}

/// `str.isdecimal` of one character.
#[inline]
pub fn is_decimal(c: u32) -> bool {
    record(c).decimal != Record::NONE
}

/// `str.isdigit` of one character.
#[inline]
pub fn is_digit(c: u32) -> bool {
    record(c).digit != Record::NONE
}

/// `str.isnumeric` of one character.
#[inline]
pub fn is_numeric(c: u32) -> bool {
    record(c).numeric != 0
}

/// `str.isalnum` of one character.
#[inline]
pub fn is_alnum(c: u32) -> bool {
    let record = record(c);
    record.has(t::ALPHA) || record.numeric != 0
}

/// `unicodedata.decimal`: the value of a decimal digit.
#[inline]
pub fn decimal(c: u32) -> Option<u8> {
    let value = record(c).decimal;
    (value != Record::NONE).then_some(value)
}

/// `unicodedata.digit`: the value of a digit, superscripts and the like included.
#[inline]
pub fn digit(c: u32) -> Option<u8> {
    let value = record(c).digit;
    (value != Record::NONE).then_some(value)
}

/// `unicodedata.numeric`.
pub fn numeric(c: u32) -> Option<f64> {
    match record(c).numeric {
        0 => None,
        index => Some(t::NUMERICS[index as usize]),
    }
}

/// `unicodedata.category`: the two-letter general category.
pub fn category(c: u32) -> &'static str {
    t::CATEGORIES[record(c).category as usize]
}

/// `unicodedata.bidirectional`; empty if none is defined.
pub fn bidirectional(c: u32) -> &'static str {
    t::BIDI[record(c).bidirectional as usize]
}

/// `unicodedata.combining`: the canonical combining class.
#[inline]
pub fn combining(c: u32) -> u8 {
    record(c).combining
}

/// `unicodedata.east_asian_width`.
pub fn east_asian_width(c: u32) -> &'static str {
    t::WIDTHS[record(c).east_asian_width as usize]
}
