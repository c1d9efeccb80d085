//! `range` and its iterator.

use super::header::{Gc, Header, HeapObject, Kind};
use super::shape::shape_id;
use crate::heap::{Heap, Tracer};
use crate::native::TypeDef;
use crate::value::Value;
use std::cell::Cell;

/// `range(start, stop, step)`, its parts exact ints of any size.
#[repr(C)]
pub struct Range {
    hdr: Header,
    pub start: Value,
    pub stop: Value,
    pub step: Value,
    pub length: Value,
}

/// Iterator over a range whose parts all fit an `i64`.
#[repr(C)]
pub struct RangeIter {
    hdr: Header,
    pub next: Cell<i64>,
    pub step: i64,
    pub remaining: Cell<u64>,
}

// SAFETY: all values are visited.
unsafe impl HeapObject for Range {
    const KIND: Kind = Kind::Range;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        [self.start, self.stop, self.step, self.length].into_iter().for_each(|v| tracer.visit(v));
    }
}
// SAFETY: no values inside.
unsafe impl HeapObject for RangeIter {
    const KIND: Kind = Kind::RangeIter;
    fn trace(&self, _: &mut Tracer<'_>) {}
}

impl Range {
    pub fn new(heap: &Heap, start: Value, stop: Value, step: Value, length: Value) -> Gc<Range> {
        heap.alloc(shape_id::RANGE, Range { hdr: Header::blank(), start, stop, step, length })
    }
}

impl RangeIter {
    pub fn new(heap: &Heap, start: i64, step: i64, remaining: u64) -> Gc<RangeIter> {
        let iter =
            RangeIter { hdr: Header::blank(), next: Cell::new(start), step, remaining: Cell::new(remaining) };
        heap.alloc(shape_id::RANGE_ITERATOR, iter)
    }
    /// The next number.
    #[inline(always)]
    pub fn advance(&self) -> Option<i64> {
        let remaining = self.remaining.get().checked_sub(1)?;
        self.remaining.set(remaining);
        let i = self.next.get();
        self.next.set(i.wrapping_add(self.step));
        Some(i)
    }
}

pub static TYPE_DEF: TypeDef = TypeDef { name: "range", kind: Kind::Range, sequence: true, ..TypeDef::PLAIN };
pub static ITER_DEF: TypeDef = TypeDef { name: "range_iterator", kind: Kind::RangeIter, ..TypeDef::PLAIN };
