//! Cells: variables shared between scopes.

use super::header::{Gc, Header, HeapObject, Kind};
use super::shape::shape_id;
use crate::heap::{Heap, Tracer};
use crate::value::Value;
use std::cell::Cell;

/// A variable; empty while unbound.
#[repr(C)]
pub struct CellObject {
    hdr: Header,
    contents: Cell<Option<Value>>,
}

/// Where the contents lie, for machine code.
pub const CONTENTS_OFFSET: usize = std::mem::offset_of!(CellObject, contents);

// SAFETY: the contents are visited.
unsafe impl HeapObject for CellObject {
    const KIND: Kind = Kind::Cell;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if let Some(v) = self.contents.get() {
            tracer.visit(v);
        }
    }
}

impl CellObject {
    pub fn new(heap: &Heap, contents: Option<Value>) -> Gc<CellObject> {
        heap.alloc(shape_id::CELL, CellObject { hdr: Header::blank(), contents: Cell::new(contents) })
    }
    #[inline(always)]
    pub fn get(&self) -> Option<Value> {
        self.contents.get()
    }
    #[inline(always)]
    pub fn set(&self, heap: &Heap, value: Option<Value>) {
        self.contents.set(value);
        if let Some(v) = value {
            heap.barrier(&self.hdr, v);
        }
    }
}
