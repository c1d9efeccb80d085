//! Building strings of unknown width: the units widen when the first wider code point arrives.

use super::{TooLong, Unit, UnitsBuf, UnitsRef, convert};
use crate::with_units;

/// Grows a string; the result is canonical. Widening copies, at most twice over the builder's life.
#[derive(Clone, Debug)]
pub struct StrBuilder {
    units: UnitsBuf,
}

impl Default for StrBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl StrBuilder {
    pub fn new() -> Self {
        Self::with_capacity(0)
    }

    /// Room for `capacity` code points of Latin-1.
    pub fn with_capacity(capacity: usize) -> Self {
        StrBuilder { units: UnitsBuf::Latin1 { units: Vec::with_capacity(capacity), ascii: true } }
    }

    /// Room for `capacity` code points of Latin-1, or an error if there is no memory for them.
    pub fn try_with_capacity(capacity: usize) -> Result<Self, TooLong> {
        let mut units = Vec::new();
        units.try_reserve_exact(capacity).map_err(|_| TooLong)?;
        Ok(StrBuilder { units: UnitsBuf::Latin1 { units, ascii: true } })
    }

    /// Room for `capacity` code points, in the storage that holds code points up to `widest`. The result is
    /// canonical only if a code point that needs this storage is pushed.
    pub fn with_capacity_for(capacity: usize, widest: u32) -> Self {
        let units = if widest <= <u8 as Unit>::MAX {
            UnitsBuf::Latin1 { units: Vec::with_capacity(capacity), ascii: true }
        } else if widest <= <u16 as Unit>::MAX {
            UnitsBuf::Ucs2(Vec::with_capacity(capacity))
        } else {
            UnitsBuf::Ucs4(Vec::with_capacity(capacity))
        };
        StrBuilder { units }
    }

    /// Code points so far.
    #[inline]
    pub fn len(&self) -> usize {
        self.units.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What has been built so far.
    pub fn as_units(&self) -> UnitsRef<'_> {
        self.units.as_units()
    }

    /// The canonical units.
    pub fn finish(self) -> UnitsBuf {
        self.units
    }

    /// Appends a code point (at most U+10FFFF; surrogates are fine).
    #[inline]
    pub fn push(&mut self, c: u32) {
        debug_assert!(c <= 0x10_FFFF);
        match &mut self.units {
            UnitsBuf::Latin1 { units, ascii } if c <= <u8 as Unit>::MAX => {
                *ascii &= c < 0x80;
                units.push(c as u8);
            }
            UnitsBuf::Ucs2(units) if c <= <u16 as Unit>::MAX => units.push(c as u16),
            UnitsBuf::Ucs4(units) => units.push(c),
            _ => {
                self.widen(c);
                self.push(c);
            }
        }
    }

    /// Appends a code point `count` times.
    pub fn push_repeated(&mut self, c: u32, count: usize) {
        if count == 0 {
            return;
        }
        self.widen(c);
        match &mut self.units {
            UnitsBuf::Latin1 { units, ascii } => {
                *ascii &= c < 0x80;
                units.resize(units.len() + count, c as u8);
            }
            UnitsBuf::Ucs2(units) => units.resize(units.len() + count, c as u16),
            UnitsBuf::Ucs4(units) => units.resize(units.len() + count, c),
        }
    }

    /// Appends bytes known to be ASCII.
    #[inline]
    pub fn push_ascii(&mut self, text: &[u8]) {
        debug_assert!(text.is_ascii());
        match &mut self.units {
            UnitsBuf::Latin1 { units, .. } => units.extend_from_slice(text),
            UnitsBuf::Ucs2(units) => units.extend(text.iter().map(|&c| u16::from(c))),
            UnitsBuf::Ucs4(units) => units.extend(text.iter().map(|&c| u32::from(c))),
        }
    }

    /// Appends Latin-1 bytes.
    pub fn push_latin1(&mut self, text: &[u8]) {
        if let UnitsBuf::Latin1 { ascii, .. } = &mut self.units {
            *ascii = *ascii && text.is_ascii();
        }
        match &mut self.units {
            UnitsBuf::Latin1 { units, .. } => units.extend_from_slice(text),
            UnitsBuf::Ucs2(units) => units.extend(text.iter().map(|&c| u16::from(c))),
            UnitsBuf::Ucs4(units) => units.extend(text.iter().map(|&c| u32::from(c))),
        }
    }

    /// Appends Rust text.
    pub fn push_str(&mut self, text: &str) {
        if text.is_ascii() {
            self.push_ascii(text.as_bytes());
        } else {
            text.chars().for_each(|c| self.push(c.into()));
        }
    }

    /// Appends units, canonical or not.
    pub fn push_units(&mut self, text: UnitsRef<'_>) {
        match text {
            UnitsRef::Latin1 { units, ascii: true } => return self.push_ascii(units),
            UnitsRef::Latin1 { units, .. } => return self.push_latin1(units),
            _ => {}
        }
        if text.width() > self.units.as_units().width() {
            self.widen(text.max_code_point());
        }
        match &mut self.units {
            // Wide storage may hold narrow text: everything fits after `widen`.
            UnitsBuf::Latin1 { units, ascii } => {
                let before = units.len();
                with_units!(text, other => units.extend(other.iter().map(|&c| u8::truncate(c.into()))));
                *ascii = *ascii && units[before..].is_ascii();
            }
            UnitsBuf::Ucs2(units) => {
                with_units!(text, other => units.extend(other.iter().map(|&c| u16::truncate(c.into()))))
            }
            UnitsBuf::Ucs4(units) => {
                with_units!(text, other => units.extend(other.iter().map(|&c| -> u32 { c.into() })))
            }
        }
    }

    /// Changes to the storage that holds `c`, if the present one does not.
    fn widen(&mut self, c: u32) {
        if c <= <u8 as Unit>::MAX {
            return;
        }
        let wide = c > <u16 as Unit>::MAX;
        self.units = match &self.units {
            UnitsBuf::Latin1 { units, .. } if wide => UnitsBuf::Ucs4(widened(units)),
            UnitsBuf::Latin1 { units, .. } => UnitsBuf::Ucs2(widened(units)),
            UnitsBuf::Ucs2(units) if wide => UnitsBuf::Ucs4(widened(units)),
            _ => return,
        };
    }
}

/// A copy in wider units that keeps the room reserved for more.
fn widened<From: Unit, To: Unit>(units: &Vec<From>) -> Vec<To> {
    let mut out = Vec::with_capacity(units.capacity().max(units.len() + 8));
    out.extend_from_slice(&convert::<From, To>(units));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widens_on_demand_and_stays_canonical() {
        let mut b = StrBuilder::new();
        b.push_str("ab");
        assert!(b.as_units().is_ascii());
        b.push(0xE9);
        assert!(!b.as_units().is_ascii());
        b.push_units(UnitsRef::Ucs4(&[0x20, 0x21]));
        assert_eq!(b.as_units().width(), 1);
        b.push(0xD800);
        assert_eq!(b.as_units().width(), 2);
        b.push_units(UnitsRef::Ucs4(&[0x1F600]));
        b.push_latin1(&[0xFF]);
        b.push_repeated(0x2A, 2);
        assert_eq!(b.as_units().width(), 4);
        let all: Vec<u32> = b.finish().as_units().iter().collect();
        assert_eq!(all, [0x61, 0x62, 0xE9, 0x20, 0x21, 0xD800, 0x1F600, 0xFF, 0x2A, 0x2A]);
    }

    #[test]
    fn canonical_copies_narrow() {
        assert!(UnitsRef::Ucs4(&[65, 66]).to_canonical().as_units().is_ascii());
        assert_eq!(UnitsRef::Ucs4(&[65, 0xD800]).to_canonical().as_units().width(), 2);
        assert_eq!(UnitsRef::Ucs2(&[65, 0xFF]).to_canonical().as_units().width(), 1);
    }
}
