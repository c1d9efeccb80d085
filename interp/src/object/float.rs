//! `float`: in the value word; instances of Python subclasses are heap objects.

use super::header::{Header, HeapObject, Kind};
use super::shape::ShapeId;
use crate::heap::{Heap, Tracer};
use crate::value::Value;

/// An instance of a Python subclass of `float`.
#[repr(C)]
pub struct FloatObject {
    hdr: Header,
    pub value: f64,
    ext_words: usize,
}

// SAFETY: only extension words hold values.
unsafe impl HeapObject for FloatObject {
    const KIND: Kind = Kind::FloatObject;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        super::trace_extension(&self.hdr, self.ext_words, tracer);
    }
    fn byte_size(&self) -> usize {
        super::fixed_size::<FloatObject>(self.ext_words)
    }
}

/// The number of an instance of `float`, subclasses included.
#[inline]
pub fn as_float(v: Value) -> Option<f64> {
    v.as_float().or_else(|| v.downcast::<FloatObject>().map(|f| f.value))
}

/// An instance of a Python subclass of `float`.
pub fn new_subclass(heap: &Heap, shape: ShapeId, ext_words: usize, value: f64) -> Value {
    heap.alloc_tail(shape, FloatObject { hdr: Header::blank(), value, ext_words }, 8 * ext_words, true)
        .value()
}
