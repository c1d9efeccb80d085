//! `int`: 49 bits in the value word, `i64` in [`Int64`], anything larger in [`BigIntObject`]. One form per number.
//!
//! Instances of Python subclasses of `int` use the two heap layouts for every size. Arithmetic lives in
//! `adder-numeric`; this file converts between values and [`Int`].

use super::header::{Header, HeapObject, Kind};
use super::shape::{ShapeId, shape_id};
use super::singleton::Bool;
use crate::heap::{Heap, Tracer};
use crate::value::Value;
use adder_numeric::Int;
use num_bigint::BigInt;

/// An int that fits an `i64`.
#[repr(C)]
pub struct Int64 {
    hdr: Header,
    pub value: i64,
    ext_words: usize,
}

/// A larger int. Owns memory outside the heap.
#[repr(C)]
pub struct BigIntObject {
    hdr: Header,
    /// Always `Int::Big`.
    pub value: Int,
    ext_words: usize,
}

// SAFETY: only extension words hold values.
unsafe impl HeapObject for Int64 {
    const KIND: Kind = Kind::Int64;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        super::trace_extension(&self.hdr, self.ext_words, tracer);
    }
    fn byte_size(&self) -> usize {
        super::fixed_size::<Int64>(self.ext_words)
    }
}
// SAFETY: only extension words hold values.
unsafe impl HeapObject for BigIntObject {
    const KIND: Kind = Kind::BigInt;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        super::trace_extension(&self.hdr, self.ext_words, tracer);
    }
    fn byte_size(&self) -> usize {
        super::fixed_size::<BigIntObject>(self.ext_words)
    }
}

/// The number behind an int-like value, borrowed if it is big. Derefs to [`Int`].
#[derive(Clone, Debug)]
pub enum IntRef {
    /// Always `Int::Small`.
    Small(Int),
    Big(&'static Int),
}

impl std::ops::Deref for IntRef {
    type Target = Int;
    #[inline(always)]
    fn deref(&self) -> &Int {
        match self {
            IntRef::Small(i) => i,
            IntRef::Big(b) => b,
        }
    }
}

impl IntRef {
    #[inline(always)]
    fn small(i: i64) -> IntRef {
        IntRef::Small(Int::Small(i))
    }
    /// An owned copy.
    pub fn to_int(&self) -> Int {
        (**self).clone()
    }
}

/// The number of an instance of `int`, `bool` and other subclasses included.
#[inline]
pub fn as_int(v: Value) -> Option<IntRef> {
    if let Some(i) = v.as_small_int() {
        return Some(IntRef::small(i));
    }
    match v.kind()? {
        Kind::Int64 => Some(IntRef::small(v.downcast::<Int64>()?.value)),
        Kind::BigInt => Some(IntRef::Big(&v.downcast::<BigIntObject>()?.as_ref().value)),
        Kind::Bool => Some(IntRef::small(v.downcast::<Bool>()?.value as i64)),
        _ => None,
    }
}

/// The number of an exact `int`.
#[inline]
pub fn as_exact_int(v: Value) -> Option<IntRef> {
    match v.header() {
        None => v.as_small_int().map(IntRef::small),
        Some(h) if h.shape() == shape_id::INT => as_int(v),
        Some(_) => None,
    }
}

/// The canonical value of `i`.
#[inline(always)]
pub fn from_i64(heap: &Heap, i: i64) -> Value {
    match Value::try_small_int(i) {
        Some(v) => v,
        None => new_int64(heap, shape_id::INT, 0, i),
    }
}

#[cold]
fn new_int64(heap: &Heap, shape: ShapeId, ext_words: usize, i: i64) -> Value {
    heap.alloc_tail(shape, Int64 { hdr: Header::blank(), value: i, ext_words }, 8 * ext_words, true).value()
}

fn new_big(heap: &Heap, shape: ShapeId, ext_words: usize, value: Int) -> Value {
    let bytes = adder_numeric::int_bits::bit_length(&value) as usize / 8;
    let object =
        heap.alloc_tail(shape, BigIntObject { hdr: Header::blank(), value, ext_words }, 8 * ext_words, true);
    heap.register_drop(object.header());
    heap.note_external(bytes);
    object.value()
}

/// The canonical value of a number.
pub fn from_int(heap: &Heap, n: Int) -> Value {
    match n {
        Int::Small(i) => from_i64(heap, i),
        big => new_big(heap, shape_id::INT, 0, big),
    }
}

/// The canonical value of a big number of any size.
pub fn from_bigint(heap: &Heap, n: BigInt) -> Value {
    from_int(heap, Int::from_big(n))
}

/// An instance of a Python subclass of `int`.
pub fn new_subclass(heap: &Heap, shape: ShapeId, ext_words: usize, n: IntRef) -> Value {
    match &*n {
        Int::Small(i) => new_int64(heap, shape, ext_words, *i),
        big => new_big(heap, shape, ext_words, big.clone()),
    }
}

/// `is` between two heap objects of which neither word equals the other: exact ints are the same when equal.
#[cold]
pub fn identical(a: Value, b: Value) -> bool {
    match (as_exact_int(a), as_exact_int(b)) {
        (Some(x), Some(y)) => *x == *y,
        _ => false,
    }
}
