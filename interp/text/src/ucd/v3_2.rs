//! Unicode 3.2 (`unicodedata.ucd_3_2_0`), which internationalised domain names are defined by.
//!
//! It is told as differences from the current database: ranges that were not assigned yet, and properties that
//! were others. Like CPython, digit values are today's. Normalization is in [`super::normalize`].

use super::tables::records as t;
use super::tables::v3_2::{CHANGES, MAPPINGS, UNASSIGNED};

/// `unicodedata.ucd_3_2_0.unidata_version`.
pub const VERSION: &str = "3.2.0";

/// A property in 3.2, compared with today.
#[derive(Clone, Copy)]
pub(super) enum Field<T> {
    Same,
    Was(T),
}

impl<T: Copy> Field<T> {
    fn or(self, today: T) -> T {
        match self {
            Field::Same => today,
            Field::Was(value) => value,
        }
    }
}

/// A range of code points and the properties they had.
pub struct Change {
    first: u32,
    last: u32,
    category: Field<u8>,
    bidirectional: Field<u8>,
    east_asian_width: Field<u8>,
    mirrored: Field<bool>,
    decimal: Field<Option<u8>>,
    numeric: Field<Option<f64>>,
}

impl Change {
    #[allow(clippy::too_many_arguments)] // Only the generated table calls this.
    pub(super) const fn new(
        first: u32,
        last: u32,
        category: Field<u8>,
        bidirectional: Field<u8>,
        east_asian_width: Field<u8>,
        mirrored: Field<bool>,
        decimal: Field<Option<u8>>,
        numeric: Field<Option<f64>>,
    ) -> Self {
        Change { first, last, category, bidirectional, east_asian_width, mirrored, decimal, numeric }
    }
}

/// Whether the code point has been assigned since.
pub fn is_unassigned(c: u32) -> bool {
    let at = UNASSIGNED.partition_point(|&(_, last)| last < c);
    UNASSIGNED.get(at).is_some_and(|&(first, _)| first <= c)
}

/// What is known to have been different about a code point.
fn change(c: u32) -> Option<&'static Change> {
    let at = CHANGES.partition_point(|change| change.last < c);
    CHANGES.get(at).filter(|change| change.first <= c)
}

/// The canonical mapping of a code point for which it was corrected later.
pub(super) fn old_mapping(c: u32) -> Option<u32> {
    MAPPINGS.iter().find(|&&(code, _)| code == c).map(|&(_, mapped)| mapped)
}

/// A property that is `$default` for unassigned code points, else what the change says or today's.
macro_rules! property {
    ($c:ident, $field:ident, $default:expr, $today:expr) => {
        if is_unassigned($c) {
            $default
        } else {
            change($c).map_or($today, |change| change.$field.or($today))
        }
    };
}

/// General category.
pub fn category(c: u32) -> &'static str {
    t::CATEGORIES[property!(c, category, 0, super::record(c).category) as usize]
}

/// Bidirectional class; empty if none is defined.
pub fn bidirectional(c: u32) -> &'static str {
    t::BIDI[property!(c, bidirectional, 0, super::record(c).bidirectional) as usize]
}

/// East Asian width.
pub fn east_asian_width(c: u32) -> &'static str {
    t::WIDTHS[property!(c, east_asian_width, 0, super::record(c).east_asian_width) as usize]
}

/// Whether the character is mirrored in bidirectional text.
pub fn is_mirrored(c: u32) -> bool {
    property!(c, mirrored, false, super::is_mirrored(c))
}

/// Decimal value.
pub fn decimal(c: u32) -> Option<u8> {
    property!(c, decimal, None, super::decimal(c))
}

/// Numeric value.
pub fn numeric(c: u32) -> Option<f64> {
    property!(c, numeric, None, super::numeric(c))
}

/// Digit value: today's.
pub fn digit(c: u32) -> Option<u8> {
    super::digit(c)
}

/// Canonical combining class.
pub fn combining(c: u32) -> u8 {
    if is_unassigned(c) { 0 } else { super::combining(c) }
}

/// Decomposition mapping as text.
pub fn decomposition(c: u32) -> String {
    if is_unassigned(c) { String::new() } else { super::normalize::decomposition(c) }
}

/// Character name.
pub fn name(c: u32) -> Option<String> {
    if is_unassigned(c) { None } else { super::names::name(c) }
}

/// The character of that name; there are no aliases and sequences.
pub fn lookup(wanted: &str) -> Option<u32> {
    super::names::lookup_name(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differs_where_it_should() {
        assert_eq!((category(0x0221), super::super::category(0x0221)), ("Cn", "Ll"));
        assert_eq!((category(0xAD), category(0x41), name(0x0221)), ("Pd", "Lu", None));
        assert_eq!((bidirectional(0x378), east_asian_width(0x4DC0)), ("", "N"));
        assert_eq!((lookup("LINE FEED"), lookup("DIGIT ONE")), (None, Some(0x31)));
    }
}
