//! Case mappings: the simple ones (one code point to one, for regular expressions) and the full ones that
//! `str.lower()` and its kin use (one code point to at most three). The context rule for final sigma concerns
//! whole strings and lives in [`crate::units::case`].

use super::record;
use super::tables::{case::FULL_CASE, records::EXTENDED_CASE};

/// Full mappings of a code point of which at least one is longer than one code point, or whose case folding is
/// not its lower case.
pub struct FullCase {
    pub(super) code: u32,
    pub(super) lower: &'static [u32],
    pub(super) upper: &'static [u32],
    pub(super) title: &'static [u32],
    pub(super) fold: &'static [u32],
}

/// The one to three code points a character maps to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mapped {
    One(u32),
    Many(&'static [u32]),
}

impl Mapped {
    /// The mapped code points.
    #[inline]
    pub fn as_slice(&self) -> &[u32] {
        match self {
            Mapped::One(c) => std::slice::from_ref(c),
            Mapped::Many(list) => list,
        }
    }
}

/// Simple lower case (`tolower` of a regular expression).
#[inline]
pub fn simple_lower(c: u32) -> u32 {
    c.wrapping_add_signed(record(c).lower)
}

/// Simple upper case.
#[inline]
pub fn simple_upper(c: u32) -> u32 {
    c.wrapping_add_signed(record(c).upper)
}

/// Simple title case.
#[inline]
pub fn simple_title(c: u32) -> u32 {
    c.wrapping_add_signed(record(c).title)
}

#[cold]
fn full(c: u32) -> &'static FullCase {
    let at = FULL_CASE.binary_search_by_key(&c, |entry| entry.code).expect("flag and table agree");
    &FULL_CASE[at]
}

macro_rules! full_mapping {
    ($($(#[$doc:meta])* $name:ident, $field:ident, $simple:ident;)*) => {
        $(
            $(#[$doc])*
            #[inline]
            pub fn $name(c: u32) -> Mapped {
                let record = record(c);
                if record.has(EXTENDED_CASE) {
                    return Mapped::Many(full(c).$field);
                }
                Mapped::One(c.wrapping_add_signed(record.$simple))
            }
        )*
    };
}

full_mapping! {
    /// Full lower case, without regard to context.
    lower, lower, lower;
    /// Full upper case.
    upper, upper, upper;
    /// Full title case.
    title, title, title;
    /// Full case folding.
    fold, fold, lower;
}
