//! `slice`.

use super::header::{Gc, Header, HeapObject, Kind};
use super::shape::shape_id;
use crate::heap::{Heap, Tracer};
use crate::native::TypeDef;
use crate::value::Value;

/// `slice(start, stop, step)`; absent parts are None.
#[repr(C)]
pub struct Slice {
    hdr: Header,
    pub start: Value,
    pub stop: Value,
    pub step: Value,
}

// SAFETY: all values are visited.
unsafe impl HeapObject for Slice {
    const KIND: Kind = Kind::Slice;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        [self.start, self.stop, self.step].into_iter().for_each(|v| tracer.visit(v));
    }
}

impl Slice {
    pub fn new(heap: &Heap, start: Value, stop: Value, step: Value) -> Gc<Slice> {
        heap.alloc(shape_id::SLICE, Slice { hdr: Header::blank(), start, stop, step })
    }
}

pub static TYPE_DEF: TypeDef = TypeDef { name: "slice", kind: Kind::Slice, ..TypeDef::PLAIN };
