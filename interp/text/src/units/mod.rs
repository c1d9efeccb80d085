//! Code-unit sequences: what a `str` holds, without the object around it.
//!
//! [`UnitsRef`] borrows the units of a string in one of three widths, [`UnitsBuf`] owns them, [`StrBuilder`]
//! makes them. A string's own units are *canonical*: no width can be narrower and the ASCII flag is exact.
//! A slice of them need not be, so every algorithm here accepts units wider than necessary and an `ascii` flag
//! that is `false` for lack of knowledge (`true` is always a promise). What becomes a new string goes through
//! [`UnitsRef::to_canonical`] or a builder.
//!
//! Positions and lengths count code points, and since a unit holds a whole code point, units.

mod builder;
pub mod case;
mod compare;
pub mod pad;
pub mod predicates;
pub mod replace;
pub mod search;
pub mod short;
pub mod split;
pub mod strip;
mod two_way;

pub use builder::StrBuilder;

use std::ops::Range;

/// One stored code point: `u8`, `u16` or `u32`.
pub trait Unit: Copy + Eq + Ord + Into<u32> + 'static {
    /// The largest code point that fits.
    const MAX: u32;
    /// Narrows a code point that is known to fit.
    fn truncate(c: u32) -> Self;
    /// The slice behind `units`, if it is of this very width.
    fn slice_of(units: UnitsRef<'_>) -> Option<&[Self]>;
}

impl Unit for u8 {
    const MAX: u32 = 0xFF;
    #[inline]
    fn truncate(c: u32) -> u8 {
        c as u8
    }
    #[inline]
    fn slice_of(units: UnitsRef<'_>) -> Option<&[u8]> {
        if let UnitsRef::Latin1 { units, .. } = units { Some(units) } else { None }
    }
}

impl Unit for u16 {
    const MAX: u32 = 0xFFFF;
    #[inline]
    fn truncate(c: u32) -> u16 {
        c as u16
    }
    #[inline]
    fn slice_of(units: UnitsRef<'_>) -> Option<&[u16]> {
        if let UnitsRef::Ucs2(units) = units { Some(units) } else { None }
    }
}

impl Unit for u32 {
    const MAX: u32 = 0x10_FFFF;
    #[inline]
    fn truncate(c: u32) -> u32 {
        c
    }
    #[inline]
    fn slice_of(units: UnitsRef<'_>) -> Option<&[u32]> {
        if let UnitsRef::Ucs4(units) = units { Some(units) } else { None }
    }
}

/// A result would be too long to represent or to allocate: `OverflowError` or `MemoryError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

/// Borrowed code units.
#[derive(Clone, Copy, Debug)]
pub enum UnitsRef<'a> {
    /// Code points up to U+00FF; with `ascii`, all below U+0080.
    Latin1 { units: &'a [u8], ascii: bool },
    /// Code points up to U+FFFF.
    Ucs2(&'a [u16]),
    /// Any code points.
    Ucs4(&'a [u32]),
}

/// Owned code units, canonical when they come from a [`StrBuilder`] or [`UnitsRef::to_canonical`].
#[derive(Clone, Debug)]
pub enum UnitsBuf {
    Latin1 { units: Vec<u8>, ascii: bool },
    Ucs2(Vec<u16>),
    Ucs4(Vec<u32>),
}

/// Evaluates an expression with `$units` bound to the slice of whichever width.
#[macro_export]
macro_rules! with_units {
    ($value:expr, $units:ident => $body:expr) => {
        match $value {
            $crate::units::UnitsRef::Latin1 { units: $units, .. } => $body,
            $crate::units::UnitsRef::Ucs2($units) => $body,
            $crate::units::UnitsRef::Ucs4($units) => $body,
        }
    };
}

impl<'a> UnitsRef<'a> {
    /// No units.
    pub const EMPTY: UnitsRef<'static> = UnitsRef::Latin1 { units: &[], ascii: true };

    /// Latin-1 units, with the ASCII flag computed.
    pub fn latin1(units: &'a [u8]) -> Self {
        UnitsRef::Latin1 { units, ascii: units.is_ascii() }
    }

    /// Bytes known to be ASCII.
    #[inline]
    pub fn ascii(units: &'a [u8]) -> Self {
        debug_assert!(units.is_ascii());
        UnitsRef::Latin1 { units, ascii: true }
    }

    /// Number of code points.
    #[inline]
    pub fn len(self) -> usize {
        with_units!(self, units => units.len())
    }

    #[inline]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Bytes per unit: 1, 2 or 4.
    #[inline]
    pub fn width(self) -> usize {
        match self {
            UnitsRef::Latin1 { .. } => 1,
            UnitsRef::Ucs2(_) => 2,
            UnitsRef::Ucs4(_) => 4,
        }
    }

    /// Whether all code points are known to be ASCII, without looking.
    #[inline]
    pub fn is_ascii(self) -> bool {
        matches!(self, UnitsRef::Latin1 { ascii: true, .. })
    }

    /// The code point at `index`.
    ///
    /// # Panics
    /// If `index` is out of range.
    #[inline]
    pub fn at(self, index: usize) -> u32 {
        with_units!(self, units => units[index].into())
    }

    /// The code point at `index`, if there is one.
    #[inline]
    pub fn get(self, index: usize) -> Option<u32> {
        with_units!(self, units => units.get(index).map(|&c| c.into()))
    }

    /// A part; the width stays, so the result may not be canonical.
    ///
    /// # Panics
    /// If the range is out of bounds.
    #[inline]
    pub fn slice(self, range: Range<usize>) -> UnitsRef<'a> {
        match self {
            UnitsRef::Latin1 { units, ascii } => UnitsRef::Latin1 { units: &units[range], ascii },
            UnitsRef::Ucs2(units) => UnitsRef::Ucs2(&units[range]),
            UnitsRef::Ucs4(units) => UnitsRef::Ucs4(&units[range]),
        }
    }

    /// The code points in order.
    #[inline]
    pub fn iter(self) -> Iter<'a> {
        Iter { units: self, next: 0, end: self.len() }
    }

    /// The largest code point; 0 if empty. Stops early once no wider storage class is possible.
    pub fn max_code_point(self) -> u32 {
        match self {
            UnitsRef::Latin1 { units, .. } => units.iter().copied().max().unwrap_or(0).into(),
            UnitsRef::Ucs2(units) => units.iter().copied().max().unwrap_or(0).into(),
            UnitsRef::Ucs4(units) => units.iter().copied().max().unwrap_or(0),
        }
    }

    /// An upper bound for the code points that depends on the storage alone: 0x7F, 0xFF, 0xFFFF or 0x10FFFF.
    #[inline]
    pub fn max_bound(self) -> u32 {
        match self {
            UnitsRef::Latin1 { ascii: true, .. } => 0x7F,
            UnitsRef::Latin1 { .. } => u8::MAX.into(),
            UnitsRef::Ucs2(_) => u16::MAX.into(),
            UnitsRef::Ucs4(_) => 0x10_FFFF,
        }
    }

    /// A copy in the narrowest width.
    pub fn to_canonical(self) -> UnitsBuf {
        match self {
            UnitsRef::Latin1 { units, ascii } => {
                UnitsBuf::Latin1 { units: units.to_vec(), ascii: ascii || units.is_ascii() }
            }
            UnitsRef::Ucs2(units) => match narrow::<u16, u8>(units) {
                Some(units) => UnitsBuf::from_latin1(units),
                None => UnitsBuf::Ucs2(units.to_vec()),
            },
            UnitsRef::Ucs4(units) => {
                if let Some(units) = narrow::<u32, u8>(units) {
                    UnitsBuf::from_latin1(units)
                } else if let Some(units) = narrow::<u32, u16>(units) {
                    UnitsBuf::Ucs2(units)
                } else {
                    UnitsBuf::Ucs4(units.to_vec())
                }
            }
        }
    }

    /// The text as a Rust string, or the index of the first surrogate.
    pub fn to_utf8(self) -> Result<String, usize> {
        if let UnitsRef::Latin1 { units, ascii: true } = self {
            return Ok(String::from_utf8_lossy(units).into_owned());
        }
        let mut out = String::with_capacity(self.len() + self.len() / 2);
        for (index, c) in self.iter().enumerate() {
            out.push(char::from_u32(c).ok_or(index)?);
        }
        Ok(out)
    }

    /// The bytes of a string that is known to be ASCII, as Rust text.
    #[inline]
    pub fn as_ascii_str(self) -> Option<&'a str> {
        match self {
            UnitsRef::Latin1 { units, ascii: true } => std::str::from_utf8(units).ok(),
            _ => None,
        }
    }
}

/// Copies units into a narrower width, unless one does not fit.
fn narrow<From: Unit, To: Unit>(units: &[From]) -> Option<Vec<To>> {
    let widest = units.iter().copied().max().map_or(0, Into::into);
    (widest <= To::MAX).then(|| units.iter().map(|&c| To::truncate(c.into())).collect())
}

/// Copies units into a width that holds them.
pub(crate) fn convert<From: Unit, To: Unit>(units: &[From]) -> Vec<To> {
    units.iter().map(|&c| To::truncate(c.into())).collect()
}

/// The code points of Rust text, all of which fit.
fn units_of<T: Unit>(text: &str) -> Vec<T> {
    let mut units = Vec::with_capacity(text.chars().count());
    units.extend(text.chars().map(|c| T::truncate(c.into())));
    units
}

/// Iterator over code points.
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    units: UnitsRef<'a>,
    next: usize,
    end: usize,
}

impl Iterator for Iter<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        if self.next == self.end {
            return None;
        }
        let c = self.units.at(self.next);
        self.next += 1;
        Some(c)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.end - self.next;
        (left, Some(left))
    }
}

impl DoubleEndedIterator for Iter<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<u32> {
        if self.next == self.end {
            return None;
        }
        self.end -= 1;
        Some(self.units.at(self.end))
    }
}

impl ExactSizeIterator for Iter<'_> {}

impl<'a> IntoIterator for UnitsRef<'a> {
    type Item = u32;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl UnitsBuf {
    /// Latin-1 units, with the ASCII flag computed.
    pub fn from_latin1(units: Vec<u8>) -> Self {
        let ascii = units.is_ascii();
        UnitsBuf::Latin1 { units, ascii }
    }

    /// Canonical units of Rust text.
    pub fn from_utf8(text: &str) -> Self {
        // The largest byte is a lead byte and tells the width.
        match text.bytes().max() {
            None | Some(..0x80) => UnitsBuf::Latin1 { units: text.as_bytes().to_vec(), ascii: true },
            Some(..0xC4) => UnitsBuf::Latin1 { units: units_of(text), ascii: false },
            Some(..0xF0) => UnitsBuf::Ucs2(units_of(text)),
            Some(_) => UnitsBuf::Ucs4(units_of(text)),
        }
    }

    /// The canonical units of one code point.
    pub fn from_code_point(c: u32) -> Self {
        if c <= <u8 as Unit>::MAX {
            UnitsBuf::Latin1 { units: vec![c as u8], ascii: c < 0x80 }
        } else if c <= <u16 as Unit>::MAX {
            UnitsBuf::Ucs2(vec![c as u16])
        } else {
            UnitsBuf::Ucs4(vec![c])
        }
    }

    /// The units, borrowed.
    #[inline]
    pub fn as_units(&self) -> UnitsRef<'_> {
        match self {
            UnitsBuf::Latin1 { units, ascii } => UnitsRef::Latin1 { units, ascii: *ascii },
            UnitsBuf::Ucs2(units) => UnitsRef::Ucs2(units),
            UnitsBuf::Ucs4(units) => UnitsRef::Ucs4(units),
        }
    }

    pub fn len(&self) -> usize {
        self.as_units().len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl From<&str> for UnitsBuf {
    fn from(text: &str) -> Self {
        UnitsBuf::from_utf8(text)
    }
}

/// Text with surrogates shown as U+FFFD: for panic messages and tests.
impl std::fmt::Display for UnitsRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.iter().try_for_each(|c| {
            let c = char::from_u32(c).unwrap_or(char::REPLACEMENT_CHARACTER);
            std::fmt::Write::write_char(f, c)
        })
    }
}
