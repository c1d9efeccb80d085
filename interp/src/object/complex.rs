//! `complex`: a pair of doubles.

use super::header::{Gc, Header, HeapObject, Kind};
use super::shape::{ShapeId, shape_id};
use crate::heap::{Heap, Tracer};

/// See the module documentation.
#[repr(C)]
pub struct Complex {
    hdr: Header,
    pub re: f64,
    pub im: f64,
    ext_words: usize,
}

// SAFETY: only extension words hold values.
unsafe impl HeapObject for Complex {
    const KIND: Kind = Kind::Complex;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        super::trace_extension(&self.hdr, self.ext_words, tracer);
    }
    fn byte_size(&self) -> usize {
        super::fixed_size::<Complex>(self.ext_words)
    }
}

impl Complex {
    pub fn new(heap: &Heap, re: f64, im: f64) -> Gc<Complex> {
        Complex::of_class(heap, shape_id::COMPLEX, 0, re, im)
    }
    /// An instance of a class with this shape.
    pub fn of_class(heap: &Heap, shape: ShapeId, ext_words: usize, re: f64, im: f64) -> Gc<Complex> {
        heap.alloc_tail(shape, Complex { hdr: Header::blank(), re, im, ext_words }, 8 * ext_words, true)
    }
}
