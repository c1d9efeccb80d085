//! Substring search. The needle is brought to the haystack's width first: one that does not fit cannot occur.
//!
//! Positions are relative to the haystack as passed in; `str.find(sub, start, end)` passes a slice, after
//! [`clamp_range`].

use super::two_way::{Backward, Forward, TwoWay};
use super::{Unit, UnitsRef, convert};
use crate::with_units;
use memchr::memmem;
use std::borrow::Cow;
use std::ops::Range;

/// The sub-range that Python's optional `start` and `end` arguments select; `None` if `start` lies beyond `end`,
/// when not even the empty string is found.
pub fn clamp_range(start: isize, end: isize, len: usize) -> Option<Range<usize>> {
    let clamp = |index: isize| {
        if index < 0 { len.saturating_sub(index.unsigned_abs()) } else { (index as usize).min(len) }
    };
    // A start beyond the length stays beyond it: `"".find("", 1)` is -1.
    (start <= 0 || start as usize <= len).then(|| clamp(start)..clamp(end)).filter(|r| r.start <= r.end)
}

/// The needle in units of width `T`, unless one of its code points needs more.
pub(super) fn fit<T: Unit>(needle: UnitsRef<'_>) -> Option<Cow<'_, [T]>> {
    if let Some(units) = T::slice_of(needle) {
        return Some(Cow::Borrowed(units));
    }
    if needle.max_bound() > T::MAX && needle.max_code_point() > T::MAX {
        return None;
    }
    Some(Cow::Owned(with_units!(needle, units => convert(units))))
}

/// First position of a unit. The block-wise form vectorises for every width.
pub(super) fn position<T: Unit>(hay: &[T], unit: T) -> Option<usize> {
    const BLOCK: usize = 32;
    let mut blocks = hay.chunks_exact(BLOCK);
    for (index, block) in blocks.by_ref().enumerate() {
        if block.iter().fold(false, |found, &u| found | (u == unit)) {
            return block.iter().position(|&u| u == unit).map(|at| index * BLOCK + at);
        }
    }
    let done = hay.len() - blocks.remainder().len();
    blocks.remainder().iter().position(|&u| u == unit).map(|at| done + at)
}

/// Searching in one width. `needle` is never empty.
pub(super) trait Search: Unit {
    fn find_in(hay: &[Self], needle: &[Self]) -> Option<usize>;
    fn rfind_in(hay: &[Self], needle: &[Self]) -> Option<usize>;
    /// Starts of up to `limit` non-overlapping occurrences, from the left.
    fn positions(hay: &[Self], needle: &[Self], limit: usize) -> Vec<usize>;
    /// The same from the right, in that order.
    fn rpositions(hay: &[Self], needle: &[Self], limit: usize) -> Vec<usize>;
    fn count_in(hay: &[Self], needle: &[Self]) -> usize;
}

impl Search for u8 {
    fn find_in(hay: &[u8], needle: &[u8]) -> Option<usize> {
        match needle {
            [unit] => memchr::memchr(*unit, hay),
            _ => memmem::find(hay, needle),
        }
    }

    fn rfind_in(hay: &[u8], needle: &[u8]) -> Option<usize> {
        match needle {
            [unit] => memchr::memrchr(*unit, hay),
            _ => memmem::rfind(hay, needle),
        }
    }

    fn positions(hay: &[u8], needle: &[u8], limit: usize) -> Vec<usize> {
        match needle {
            [unit] => memchr::memchr_iter(*unit, hay).take(limit).collect(),
            _ => memmem::find_iter(hay, needle).take(limit).collect(),
        }
    }

    fn rpositions(hay: &[u8], needle: &[u8], limit: usize) -> Vec<usize> {
        match needle {
            [unit] => memchr::memrchr_iter(*unit, hay).take(limit).collect(),
            _ => memmem::rfind_iter(hay, needle).take(limit).collect(),
        }
    }

    fn count_in(hay: &[u8], needle: &[u8]) -> usize {
        match needle {
            [unit] => memchr::memchr_iter(*unit, hay).count(),
            _ => memmem::find_iter(hay, needle).count(),
        }
    }
}

macro_rules! wide_search {
    ($($unit:ty),*) => {
        $(
            impl Search for $unit {
                fn find_in(hay: &[Self], needle: &[Self]) -> Option<usize> {
                    match needle {
                        [unit] => position(hay, *unit),
                        _ if needle.len() > hay.len() => None,
                        _ => TwoWay::new(Forward(needle)).find(Forward(hay), 0..hay.len()),
                    }
                }

                fn rfind_in(hay: &[Self], needle: &[Self]) -> Option<usize> {
                    match needle {
                        [unit] => hay.iter().rposition(|u| u == unit),
                        _ if needle.len() > hay.len() => None,
                        _ => TwoWay::new(Backward(needle))
                            .find(Backward(hay), 0..hay.len())
                            .map(|at| hay.len() - needle.len() - at),
                    }
                }

                fn positions(hay: &[Self], needle: &[Self], limit: usize) -> Vec<usize> {
                    let mut found = Vec::new();
                    let searcher = TwoWay::new(Forward(needle));
                    let mut from = 0;
                    while found.len() < limit {
                        let at = match needle {
                            [unit] => position(&hay[from..], *unit).map(|at| from + at),
                            _ => searcher.find(Forward(hay), from..hay.len()),
                        };
                        let Some(at) = at else { break };
                        found.push(at);
                        from = at + needle.len();
                    }
                    found
                }

                fn rpositions(hay: &[Self], needle: &[Self], limit: usize) -> Vec<usize> {
                    let mut found = Vec::new();
                    let searcher = TwoWay::new(Backward(needle));
                    let mut from = 0;
                    while found.len() < limit {
                        let Some(at) = searcher.find(Backward(hay), from..hay.len()) else { break };
                        found.push(hay.len() - needle.len() - at);
                        from = at + needle.len();
                    }
                    found
                }

                fn count_in(hay: &[Self], needle: &[Self]) -> usize {
                    match needle {
                        [unit] => hay.iter().filter(|u| *u == unit).count(),
                        _ => Self::positions(hay, needle, usize::MAX).len(),
                    }
                }
            }
        )*
    };
}

wide_search!(u16, u32);

/// Applies `$function` to the haystack's units and a needle of the same width; `$absent` if it cannot fit.
macro_rules! same_width {
    ($hay:expr, $needle:expr, $absent:expr, $function:ident $(, $argument:expr)*) => {
        with_units!($hay, hay => match fit($needle) {
            Some(needle) => Search::$function(hay, &needle $(, $argument)*),
            None => $absent,
        })
    };
}

/// Index of the first occurrence (`str.find`). The empty needle is found at 0.
pub fn find(hay: UnitsRef<'_>, needle: UnitsRef<'_>) -> Option<usize> {
    if needle.is_empty() {
        return Some(0);
    }
    if needle.len() > hay.len() {
        return None;
    }
    same_width!(hay, needle, None, find_in)
}

/// Index of the last occurrence (`str.rfind`). The empty needle is found at the end.
pub fn rfind(hay: UnitsRef<'_>, needle: UnitsRef<'_>) -> Option<usize> {
    if needle.is_empty() {
        return Some(hay.len());
    }
    if needle.len() > hay.len() {
        return None;
    }
    same_width!(hay, needle, None, rfind_in)
}

/// Whether the needle occurs (`in`).
pub fn contains(hay: UnitsRef<'_>, needle: UnitsRef<'_>) -> bool {
    find(hay, needle).is_some()
}

/// Index of the first occurrence of a code point.
pub fn find_char(hay: UnitsRef<'_>, c: u32) -> Option<usize> {
    if c > hay.max_bound() {
        return None;
    }
    match hay {
        UnitsRef::Latin1 { units, .. } => memchr::memchr(c as u8, units),
        UnitsRef::Ucs2(units) => position(units, c as u16),
        UnitsRef::Ucs4(units) => position(units, c),
    }
}

/// Index of the last occurrence of a code point.
pub fn rfind_char(hay: UnitsRef<'_>, c: u32) -> Option<usize> {
    if c > hay.max_bound() {
        return None;
    }
    match hay {
        UnitsRef::Latin1 { units, .. } => memchr::memrchr(c as u8, units),
        UnitsRef::Ucs2(units) => units.iter().rposition(|&u| u == c as u16),
        UnitsRef::Ucs4(units) => units.iter().rposition(|&u| u == c),
    }
}

/// Number of non-overlapping occurrences (`str.count`). The empty needle occurs around every code point.
pub fn count(hay: UnitsRef<'_>, needle: UnitsRef<'_>) -> usize {
    if needle.is_empty() {
        return hay.len() + 1;
    }
    same_width!(hay, needle, 0, count_in)
}

/// Starts of the first `limit` non-overlapping occurrences of a needle that is not empty, ascending.
pub fn positions(hay: UnitsRef<'_>, needle: UnitsRef<'_>, limit: usize) -> Vec<usize> {
    debug_assert!(!needle.is_empty());
    same_width!(hay, needle, Vec::new(), positions, limit)
}

/// Starts of the last `limit` non-overlapping occurrences of a needle that is not empty, descending.
pub fn rpositions(hay: UnitsRef<'_>, needle: UnitsRef<'_>, limit: usize) -> Vec<usize> {
    debug_assert!(!needle.is_empty());
    same_width!(hay, needle, Vec::new(), rpositions, limit)
}

/// Whether `text` starts with `prefix`.
pub fn starts_with(text: UnitsRef<'_>, prefix: UnitsRef<'_>) -> bool {
    prefix.len() <= text.len() && text.slice(0..prefix.len()) == prefix
}

/// Whether `text` ends with `suffix`.
pub fn ends_with(text: UnitsRef<'_>, suffix: UnitsRef<'_>) -> bool {
    suffix.len() <= text.len() && text.slice(text.len() - suffix.len()..text.len()) == suffix
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::UnitsBuf;

    fn both(hay: &str, needle: &str) -> (Option<usize>, Option<usize>, usize) {
        let (hay, needle) = (UnitsBuf::from(hay), UnitsBuf::from(needle));
        let (hay, needle) = (hay.as_units(), needle.as_units());
        (find(hay, needle), rfind(hay, needle), count(hay, needle))
    }

    #[test]
    fn finds_in_every_width() {
        for tail in ["", "é", "ł", "😀"] {
            let hay = format!("abcabcab{tail}");
            assert_eq!(both(&hay, "abc"), (Some(0), Some(3), 2));
            assert_eq!(both(&hay, "ab"), (Some(0), Some(6), 3));
            assert_eq!(both(&hay, "c"), (Some(2), Some(5), 2));
            assert_eq!(both(&hay, "x"), (None, None, 0));
            let n = hay.chars().count();
            assert_eq!(both(&hay, ""), (Some(0), Some(n), n + 1));
            if !tail.is_empty() {
                assert_eq!(both(&hay, tail), (Some(8), Some(8), 1));
                assert_eq!(both("abc", tail), (None, None, 0));
            }
        }
        assert_eq!(both("aaaa", "aa"), (Some(0), Some(2), 2));
        assert_eq!(both("łaaaaa", "aa"), (Some(1), Some(4), 2));
    }

    #[test]
    fn clamps_like_slices() {
        assert_eq!(clamp_range(-2, 9, 5), Some(3..5));
        assert_eq!(clamp_range(-9, -1, 5), Some(0..4));
        assert_eq!(clamp_range(5, 9, 5), Some(5..5));
        assert_eq!(clamp_range(6, 9, 5), None);
        assert_eq!(clamp_range(3, 2, 5), None);
        assert_eq!(clamp_range(0, isize::MAX, 0), Some(0..0));
    }
}
