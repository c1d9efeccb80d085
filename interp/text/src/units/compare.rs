//! Equality and order by code point, across widths.

use super::UnitsRef;
use crate::with_units;
use std::cmp::Ordering;

impl PartialEq for UnitsRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        if self.len() != other.len() {
            return false;
        }
        match (*self, *other) {
            (UnitsRef::Latin1 { units: a, .. }, UnitsRef::Latin1 { units: b, .. }) => a == b,
            (UnitsRef::Ucs2(a), UnitsRef::Ucs2(b)) => a == b,
            (UnitsRef::Ucs4(a), UnitsRef::Ucs4(b)) => a == b,
            (a, b) => with_units!(a, a => with_units!(b, b => {
                a.iter().zip(b).all(|(&x, &y)| Into::<u32>::into(x) == Into::<u32>::into(y))
            })),
        }
    }
}

impl Eq for UnitsRef<'_> {}

impl Ord for UnitsRef<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (*self, *other) {
            (UnitsRef::Latin1 { units: a, .. }, UnitsRef::Latin1 { units: b, .. }) => a.cmp(b),
            (UnitsRef::Ucs2(a), UnitsRef::Ucs2(b)) => a.cmp(b),
            (UnitsRef::Ucs4(a), UnitsRef::Ucs4(b)) => a.cmp(b),
            (a, b) => with_units!(a, a => with_units!(b, b => {
                let (a, b) = (a.iter().map(|&c| -> u32 { c.into() }), b.iter().map(|&c| -> u32 { c.into() }));
                a.cmp(b)
            })),
        }
    }
}

impl PartialOrd for UnitsRef<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq<str> for UnitsRef<'_> {
    fn eq(&self, other: &str) -> bool {
        match *self {
            UnitsRef::Latin1 { units, ascii: true } => units == other.as_bytes(),
            units => units.iter().eq(other.chars().map(u32::from)),
        }
    }
}

impl PartialEq<&str> for UnitsRef<'_> {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_do_not_matter() {
        let narrow = UnitsRef::latin1(b"abc");
        assert_eq!(narrow, UnitsRef::Ucs4(&[97, 98, 99]));
        assert!(narrow < UnitsRef::Ucs2(&[97, 98, 0x142]));
        assert!(UnitsRef::Ucs2(&[0xFFFF]) < UnitsRef::Ucs4(&[0x1_0000]));
        assert_eq!(narrow, "abc");
    }
}
