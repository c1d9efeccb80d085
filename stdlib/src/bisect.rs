//! `_bisect`: binary search in sorted sequences.

use adder_interp::object::header::Gc;
use adder_interp::object::list::List;
use adder_interp::object::shape::shape_id;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;

pub use functions::MODULE;

/// Where equal items are found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// `a`, the searched range, and the key function, as all functions take them.
struct Search {
    sequence: Value,
    low: isize,
    high: Option<isize>,
    key: Option<Value>,
}

impl Search {
    fn new(sequence: Value, low: isize, high: Option<isize>, key: Value) -> Search {
        Search { sequence, low, high, key: Some(key).filter(|k| !k.is_none()) }
    }

    /// Position where `x`, to which the key function has been applied, belongs.
    fn find(&self, vm: &Vm, x: Value, side: Side) -> PyResult<usize> {
        if self.low < 0 {
            return Err(vm.value_error("lo must be non-negative"));
        }
        let (mut low, mut high) = (self.low as usize, 0);
        match self.high {
            Some(n) if n >= 0 => high = n as usize,
            // -1 stands for the length as well: it was the default once.
            Some(n) if n < -1 => {}
            _ => high = vm.length(self.sequence)?,
        }
        let list = self.sequence.downcast::<List>().filter(|_| vm.shape_of(self.sequence) == shape_id::LIST);
        while low < high {
            let middle = low + (high - low) / 2;
            let item = match list.and_then(|l| l.get(middle)) {
                Some(item) => item,
                None => vm.getitem(self.sequence, vm.new_int(middle as i64))?,
            };
            let item = match self.key {
                Some(key) => vm.call(key, &[item])?,
                None => item,
            };
            let goes_left = match side {
                Side::Left => !vm.less(item, x)?,
                Side::Right => vm.less(x, item)?,
            };
            if goes_left { high = middle } else { low = middle + 1 }
        }
        Ok(low)
    }

    fn insert(&self, vm: &Vm, x: Value, side: Side) -> PyResult<()> {
        let by = match self.key {
            Some(key) => vm.call(key, &[x])?,
            None => x,
        };
        let at = self.find(vm, by, side)?;
        if vm.shape_of(self.sequence) == shape_id::LIST {
            let list: Gc<List> = self.sequence.downcast().expect("shape");
            let at = at.min(list.len());
            list.splice(&vm.heap, at, at, &[x]);
            return Ok(());
        }
        let at = vm.new_int(at as i64);
        vm.call_method(self.sequence, "insert", &[at, x]).map(drop)
    }
}

/// Bisection algorithms.
///
/// This module provides support for maintaining a list in sorted order without
/// having to sort the list after each insertion. For long lists of items with
/// expensive comparison operations, this can be an improvement over the more
/// common approach.
#[adder_macros::pymodule(name = "_bisect")]
mod functions {
    use super::*;

    /// Return the index where to insert item x in list a, assuming a is sorted.
    ///
    /// The return value i is such that all e in a[:i] have e <= x, and all e in
    /// a[i:] have e > x.  So if x already appears in the list, a.insert(i, x) will
    /// insert just after the rightmost x already there.
    ///
    /// Optional args lo (default 0) and hi (default len(a)) bound the
    /// slice of a to be searched.
    ///
    /// A custom key function can be supplied to customize the sort order.
    #[pyfunction(quiet, sig = "(a, x, lo=0, hi=None, *, key=None)")]
    fn bisect_right(
        vm: &Vm,
        a: Value,
        x: Value,
        lo: isize,
        hi: Option<isize>,
        key: Value,
    ) -> PyResult<usize> {
        Search::new(a, lo, hi, key).find(vm, x, Side::Right)
    }
    /// Insert item x in list a, and keep it sorted assuming a is sorted.
    ///
    /// If x is already in a, insert it to the right of the rightmost x.
    ///
    /// Optional args lo (default 0) and hi (default len(a)) bound the
    /// slice of a to be searched.
    ///
    /// A custom key function can be supplied to customize the sort order.
    #[pyfunction(sig = "(a, x, lo=0, hi=None, *, key=None)")]
    fn insort_right(vm: &Vm, a: Value, x: Value, lo: isize, hi: Option<isize>, key: Value) -> PyResult<()> {
        Search::new(a, lo, hi, key).insert(vm, x, Side::Right)
    }
    /// Return the index where to insert item x in list a, assuming a is sorted.
    ///
    /// The return value i is such that all e in a[:i] have e < x, and all e in
    /// a[i:] have e >= x.  So if x already appears in the list, a.insert(i, x) will
    /// insert just before the leftmost x already there.
    ///
    /// Optional args lo (default 0) and hi (default len(a)) bound the
    /// slice of a to be searched.
    ///
    /// A custom key function can be supplied to customize the sort order.
    #[pyfunction(quiet, sig = "(a, x, lo=0, hi=None, *, key=None)")]
    fn bisect_left(vm: &Vm, a: Value, x: Value, lo: isize, hi: Option<isize>, key: Value) -> PyResult<usize> {
        Search::new(a, lo, hi, key).find(vm, x, Side::Left)
    }
    /// Insert item x in list a, and keep it sorted assuming a is sorted.
    ///
    /// If x is already in a, insert it to the left of the leftmost x.
    ///
    /// Optional args lo (default 0) and hi (default len(a)) bound the
    /// slice of a to be searched.
    ///
    /// A custom key function can be supplied to customize the sort order.
    #[pyfunction(sig = "(a, x, lo=0, hi=None, *, key=None)")]
    fn insort_left(vm: &Vm, a: Value, x: Value, lo: isize, hi: Option<isize>, key: Value) -> PyResult<()> {
        Search::new(a, lo, hi, key).insert(vm, x, Side::Left)
    }
}
