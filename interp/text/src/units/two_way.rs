//! Two-way substring search (Crochemore and Perrin, 1991) over units of any width, in either direction.
//!
//! Linear time and constant space whatever the needle, which matters because Python programs search for needles
//! they did not choose. A 64-bit set of the needle's units lets windows whose last unit does not occur in the
//! needle be skipped whole. Bytes are searched by `memchr::memmem` instead.

use super::Unit;
use std::ops::Range;

/// A sequence read forwards or backwards.
pub(super) trait View: Copy {
    type Item: Unit;
    fn len(self) -> usize;
    fn at(self, index: usize) -> Self::Item;
}

/// The units in their order.
#[derive(Clone, Copy)]
pub(super) struct Forward<'a, T>(pub &'a [T]);

/// The units from last to first.
#[derive(Clone, Copy)]
pub(super) struct Backward<'a, T>(pub &'a [T]);

impl<T: Unit> View for Forward<'_, T> {
    type Item = T;
    #[inline]
    fn len(self) -> usize {
        self.0.len()
    }
    #[inline]
    fn at(self, index: usize) -> T {
        self.0[index]
    }
}

impl<T: Unit> View for Backward<'_, T> {
    type Item = T;
    #[inline]
    fn len(self) -> usize {
        self.0.len()
    }
    #[inline]
    fn at(self, index: usize) -> T {
        self.0[self.0.len() - 1 - index]
    }
}

/// A needle prepared for searching; at least one unit long.
pub(super) struct TwoWay<N> {
    needle: N,
    /// Start of the right half: compared first, left to right.
    critical: usize,
    period: usize,
    /// The needle repeats with `period`, so a shift by it leaves a known prefix matched.
    periodic: bool,
    seen: u64,
}

fn bit<T: Unit>(unit: T) -> u64 {
    let c: u32 = unit.into();
    1 << (c & 63)
}

impl<N: View> TwoWay<N> {
    pub(super) fn new(needle: N) -> Self {
        let (forward, period_forward) = maximal_suffix(needle, false);
        let (reverse, period_reverse) = maximal_suffix(needle, true);
        let (critical, period) =
            if forward > reverse { (forward, period_forward) } else { (reverse, period_reverse) };
        let n = needle.len();
        let periodic = period + critical <= n && (0..critical).all(|i| needle.at(i) == needle.at(i + period));
        let period = if periodic { period } else { critical.max(n - critical) + 1 };
        let seen = (0..n).fold(0, |set, i| set | bit(needle.at(i)));
        TwoWay { needle, critical, period, periodic, seen }
    }

    /// Start of the first occurrence inside `range` of the haystack.
    pub(super) fn find<H: View<Item = N::Item>>(&self, hay: H, range: Range<usize>) -> Option<usize> {
        let n = self.needle.len();
        let mut start = range.start;
        // Units at the window's start that are known to match (periodic needles only).
        let mut known = 0;
        while start + n <= range.end {
            if self.seen & bit(hay.at(start + n - 1)) == 0 {
                start += n;
                known = 0;
                continue;
            }
            let from = self.critical.max(known);
            if let Some(i) = (from..n).find(|&i| self.needle.at(i) != hay.at(start + i)) {
                start += i - self.critical + 1;
                known = 0;
                continue;
            }
            if (known..self.critical).rev().all(|i| self.needle.at(i) == hay.at(start + i)) {
                return Some(start);
            }
            start += self.period;
            known = if self.periodic { n - self.period } else { 0 };
        }
        None
    }
}

/// Start and period of the lexicographically largest suffix, under the order or its reverse.
fn maximal_suffix<N: View>(needle: N, reverse: bool) -> (usize, usize) {
    let (mut left, mut right, mut offset, mut period) = (0, 1, 0, 1);
    while right + offset < needle.len() {
        let (a, b) = (needle.at(right + offset), needle.at(left + offset));
        if a == b {
            if offset + 1 == period {
                right += period;
                offset = 0;
            } else {
                offset += 1;
            }
        } else if (a < b) != reverse {
            right += offset + 1;
            offset = 0;
            period = right - left;
        } else {
            left = right;
            right += 1;
            offset = 0;
            period = 1;
        }
    }
    (left, period)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_obvious_search() {
        // All needles up to 5 and haystacks of 10 units over two letters, both directions.
        for bits in 0..1u32 << 10 {
            let hay: Vec<u16> = (0..10).map(|i| (bits >> i & 1) as u16).collect();
            for n in 1..=5 {
                for pattern in 0..1u32 << n {
                    let needle: Vec<u16> = (0..n).map(|i| (pattern >> i & 1) as u16).collect();
                    let expect = hay.windows(n).position(|w| w == needle);
                    assert_eq!(TwoWay::new(Forward(&needle)).find(Forward(&hay), 0..10), expect);
                    let expect = hay.windows(n).rposition(|w| w == needle).map(|p| 10 - n - p);
                    assert_eq!(TwoWay::new(Backward(&needle)).find(Backward(&hay), 0..10), expect);
                }
            }
        }
    }
}
