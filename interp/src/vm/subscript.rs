//! Subscripts of sequences: indices and slices turned into positions.
//!
//! Evaluating a slice's parts runs Python code (`__index__`) that may change the sequence, so it is split in two:
//! [`Vm::unpack_slice`] evaluates, [`SliceParts::within`] clips to a length that is read afterwards.

use super::Vm;
use super::special::Special;
use crate::native::FromArg;
use crate::native::args::ArgRef;
use crate::object::header::{Gc, Kind};
use crate::object::slice::Slice;
use crate::value::{PyResult, Raised, Value};
use crate::vm::planted::{Bug, planted};
use std::ops::Range;

/// The evaluated parts of a slice; absent ones have the default for the step's sign. `step` is not 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SliceParts {
    pub start: isize,
    pub stop: isize,
    pub step: isize,
}

/// The positions that a slice selects in a sequence: `start`, `start + step`, ... `len` of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SliceRange {
    pub start: isize,
    pub stop: isize,
    pub step: isize,
    pub len: usize,
}

impl SliceParts {
    /// Clips to a sequence of `len` items.
    pub fn within(self, len: usize) -> SliceRange {
        let length = len as isize;
        let backward = self.step < 0;
        let clip = |index: isize| match index {
            i if i < 0 && i.saturating_add(length) < 0 => -(backward as isize),
            i if i < 0 => i + length,
            i if i >= length => length - backward as isize * (1 + planted(Bug::SliceStart) as isize),
            i => i,
        };
        let (start, stop) = (clip(self.start), clip(self.stop));
        let (low, high) = if backward { (stop, start) } else { (start, stop) };
        let len = match self.step.unsigned_abs() {
            _ if low >= high => 0,
            1 => (high - low) as usize,
            step => ((high - low - 1) as usize) / step + 1,
        };
        SliceRange { start, stop, step: self.step, len }
    }
}

impl SliceRange {
    /// The selected positions as one range, when the step is 1.
    #[inline]
    pub fn contiguous(self) -> Option<Range<usize>> {
        (self.step == 1).then(|| self.start as usize..self.start as usize + self.len)
    }

    /// The same positions from lowest to highest.
    pub fn ascending(self) -> SliceRange {
        if self.step > 0 || self.len == 0 {
            return self;
        }
        let last = self.start + (self.len as isize - 1) * self.step;
        SliceRange { start: last, stop: self.start + 1, step: -self.step, len: self.len }
    }

    /// The selected positions in order.
    #[inline]
    pub fn positions(self) -> impl ExactSizeIterator<Item = usize> {
        let (start, step) = (self.start, self.step);
        (0..self.len).map(move |i| start.wrapping_add((i as isize).wrapping_mul(step)) as usize)
    }
}

/// An optional `start` or `end` argument as sequences' methods take it: None or anything with `__index__`, clipped to
/// what a position can be.
#[derive(Clone, Copy, Debug)]
pub struct SliceIndex(pub Option<isize>);

impl FromArg for SliceIndex {
    #[inline]
    fn from_arg(vm: &Vm, value: Value, _: ArgRef) -> PyResult<SliceIndex> {
        vm.slice_index(value).map(SliceIndex)
    }
}

/// The range that optional `start` and `end` arguments select in a sequence of `len` items; `None` if the start lies
/// behind the end, where not even something empty is found.
#[inline]
pub fn selected(start: Option<SliceIndex>, end: Option<SliceIndex>, len: usize) -> Option<Range<usize>> {
    let start = start.and_then(|i| i.0).unwrap_or(0);
    let end = end.and_then(|i| i.0).unwrap_or(isize::MAX);
    adder_text::units::search::clamp_range(start, end, len)
}

impl Vm {
    /// A part of a slice: `None` for None, integers clipped to an `isize`.
    #[inline]
    pub fn slice_index(&self, v: Value) -> PyResult<Option<isize>> {
        match v.as_small_int() {
            Some(i) => Ok(Some(i as isize)),
            None if v.is_none() => Ok(None),
            None => self.slice_index_slow(v),
        }
    }

    fn slice_index_slow(&self, v: Value) -> PyResult<Option<isize>> {
        if crate::object::int::as_int(v).is_none() && self.special_of(v, Special::Index).is_none() {
            return Err(self.type_error("slice indices must be integers or None or have an __index__ method"));
        }
        let i = self.index(v)?;
        Ok(Some(match i.to_i64() {
            Some(i) => i as isize,
            None if i.is_negative() => isize::MIN,
            None => isize::MAX,
        }))
    }

    /// Evaluates the parts of a slice.
    pub fn unpack_slice(&self, slice: Gc<Slice>) -> PyResult<SliceParts> {
        let step = self.slice_index(slice.step)?.unwrap_or(1);
        if step == 0 {
            return Err(self.value_error("slice step cannot be zero"));
        }
        // A negative step can be negated later.
        let step = step.max(-isize::MAX);
        let (first, last) = if step < 0 { (isize::MAX, isize::MIN) } else { (0, isize::MAX) };
        let start = self.slice_index(slice.start)?.unwrap_or(first);
        let stop = self.slice_index(slice.stop)?.unwrap_or(last);
        Ok(SliceParts { start, stop, step })
    }

    /// A subscript as a position below `len`; `what` names the sequence in "`what` index out of range". Anything
    /// but an integer must have been excluded by [`Self::is_index`].
    #[inline]
    pub fn position_in(&self, key: Value, len: usize, what: &str) -> PyResult<usize> {
        let i = match key.as_small_int() {
            Some(i) => i,
            None => self.index_for_subscript(key)?,
        };
        match resolve(i, len) {
            Some(at) => Ok(at),
            None => Err(self.position_error(what)),
        }
    }

    #[cold]
    fn position_error(&self, what: &str) -> Raised {
        self.index_error(format!("{what} index out of range"))
    }

    /// Whether the value can be an index: an int or something with `__index__`.
    #[inline]
    pub fn is_index(&self, v: Value) -> bool {
        v.is_small_int() || (v.kind() != Some(Kind::Slice) && self.is_index_slow(v))
    }
    fn is_index_slow(&self, v: Value) -> bool {
        crate::object::int::as_int(v).is_some() || self.special_of(v, Special::Index).is_some()
    }
}

/// The position of index `i`, negative ones counted from the end, in a sequence of `len` items.
#[inline(always)]
pub fn resolve(i: i64, len: usize) -> Option<usize> {
    let at = if i < 0 { i + len as i64 } else { i };
    ((at as u64) < len as u64).then_some(at as usize)
}
