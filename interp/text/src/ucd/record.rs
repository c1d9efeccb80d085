//! The property record of a code point and the trie that finds it.

use super::tables::records::{RECORDS, STAGE1, STAGE2, STAGE3};

/// What the database knows about a code point, apart from names and decompositions.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    /// Index into the general category names.
    pub category: u8,
    /// Index into the bidirectional class names.
    pub bidirectional: u8,
    /// Canonical combining class.
    pub combining: u8,
    /// Index into the East Asian width names.
    pub east_asian_width: u8,
    /// Decimal value or [`Record::NONE`].
    pub decimal: u8,
    /// Digit value or [`Record::NONE`].
    pub digit: u8,
    /// Index into the numeric values; 0 for none.
    pub numeric: u8,
    flags: u32,
    /// Added to the code point, gives its simple lower case.
    pub(super) lower: i32,
    pub(super) upper: i32,
    pub(super) title: i32,
}

impl Record {
    /// Marks an absent decimal or digit value.
    pub const NONE: u8 = 255;

    pub(super) const fn new(small: [u8; 7], flags: u32, case: [i32; 3]) -> Self {
        let [category, bidirectional, combining, east_asian_width, decimal, digit, numeric] = small;
        let [lower, upper, title] = case;
        Record {
            category,
            bidirectional,
            combining,
            east_asian_width,
            decimal,
            digit,
            numeric,
            flags,
            lower,
            upper,
            title,
        }
    }

    /// Whether any of the given flag bits is set.
    #[inline]
    pub(super) const fn has(&self, flags: u32) -> bool {
        self.flags & flags != 0
    }
}

/// The record of a code point. U+0378, unassigned, stands in for values that are no code points.
#[inline]
pub fn record(c: u32) -> &'static Record {
    let c = if c < 0x11_0000 { c } else { 0x378 };
    let block = STAGE1[(c >> 9) as usize] as usize;
    let block = STAGE2[block << 4 | (c >> 5 & 15) as usize] as usize;
    &RECORDS[STAGE3[block << 5 | (c & 31) as usize] as usize]
}
