//! `tuple`: immutable, items inline.

use super::header::{Gc, Header, HeapObject, Kind};
use super::shape::{ShapeId, shape_id};
use crate::heap::{Heap, Tracer};
use crate::native::TypeDef;
use crate::value::Value;
use std::ops::Deref;

/// See the module documentation. Derefs to the items.
#[repr(C)]
pub struct Tuple {
    hdr: Header,
    /// `len << 8 | ext_words`.
    meta: u64,
}

// SAFETY: items and extension words are visited.
unsafe impl HeapObject for Tuple {
    const KIND: Kind = Kind::Tuple;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.iter().for_each(|&v| tracer.visit(v));
        super::trace_extension(&self.hdr, (self.meta & 0xff) as usize, tracer);
    }
    fn byte_size(&self) -> usize {
        size_of::<Tuple>() + 8 * self.len() + 8 * (self.meta & 0xff) as usize
    }
}

impl Tuple {
    /// A tuple of copies of `items`.
    #[inline]
    pub fn new(heap: &Heap, items: &[Value]) -> Gc<Tuple> {
        Tuple::of_class(heap, shape_id::TUPLE, 0, items)
    }
    /// A tuple of a class with this shape.
    pub fn of_class(heap: &Heap, shape: ShapeId, ext_words: usize, items: &[Value]) -> Gc<Tuple> {
        let meta = (items.len() as u64) << 8 | ext_words as u64;
        let tail = 8 * (items.len() + ext_words);
        let t = heap.alloc_tail(shape, Tuple { hdr: Header::blank(), meta }, tail, ext_words > 0);
        // SAFETY: the tail has room for the items; nobody else sees the tuple yet.
        unsafe { std::ptr::copy_nonoverlapping(items.as_ptr(), t.as_ptr().add(1).cast(), items.len()) };
        t
    }
}

impl Deref for Tuple {
    type Target = [Value];
    #[inline(always)]
    fn deref(&self) -> &[Value] {
        // SAFETY: the items follow the struct and never change.
        unsafe { std::slice::from_raw_parts((self as *const Tuple).add(1).cast(), (self.meta >> 8) as usize) }
    }
}

pub static TYPE_DEF: TypeDef = TypeDef {
    name: "tuple",
    kind: Kind::Tuple,
    subclassable: true,
    match_self: true,
    sequence: true,
    ..TypeDef::PLAIN
};
