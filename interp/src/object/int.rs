//! `int`: 49 bits in the value word, `i64` in [`Int64`], `i128` in [`Int128`], anything larger in [`BigIntObject`]. One
//! form per number.
//!
//! Instances of Python subclasses of `int` use [`Int64`] and [`BigIntObject`] for every size. Arithmetic lives in
//! `adder-numeric`; this file converts between values and [`Int`], and has the operations on what fits an `i128`:
//! programs that mask to 64 bits make such numbers all the time, and nothing outside the heap should come of it.

use super::header::{Header, HeapObject, Kind};
use super::shape::{ShapeId, shape_id};
use super::singleton::Bool;
use crate::heap::{Heap, Tracer};
use crate::value::Value;
use adder_numeric::Int;
use num_bigint::BigInt;
use num_traits::ToPrimitive;

/// An int that fits an `i64`.
#[repr(C)]
pub struct Int64 {
    hdr: Header,
    pub value: i64,
    ext_words: usize,
}

/// An exact int that fits an `i128` but not an `i64`. In two words, since objects are aligned to eight bytes.
#[repr(C)]
pub struct Int128 {
    hdr: Header,
    low: u64,
    high: i64,
}

impl Int128 {
    #[inline(always)]
    pub fn number(&self) -> i128 {
        (self.high as i128) << 64 | self.low as i128
    }
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
// SAFETY: there is nothing to visit.
unsafe impl HeapObject for Int128 {
    const KIND: Kind = Kind::Int128;
    fn trace(&self, _: &mut Tracer<'_>) {}
    fn byte_size(&self) -> usize {
        size_of::<Int128>()
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
    Own(Int),
    Big(&'static Int),
}

impl std::ops::Deref for IntRef {
    type Target = Int;
    #[inline(always)]
    fn deref(&self) -> &Int {
        match self {
            IntRef::Own(i) => i,
            IntRef::Big(b) => b,
        }
    }
}

impl IntRef {
    #[inline(always)]
    fn small(i: i64) -> IntRef {
        IntRef::Own(Int::Small(i))
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
        Kind::Int128 => Some(IntRef::Own(Int::from_i128(v.downcast::<Int128>()?.number()))),
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

fn external_bytes(value: &Int) -> usize {
    adder_numeric::int_bits::bit_length(value) as usize / 8
}

impl BigIntObject {
    /// Bytes it owns outside the heap.
    pub(crate) fn external_bytes(&self) -> usize {
        external_bytes(&self.value)
    }
}

fn new_big(heap: &Heap, shape: ShapeId, ext_words: usize, value: Int) -> Value {
    let bytes = external_bytes(&value);
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
        Int::Big(big) => match big.to_i128() {
            Some(wide) => new_int128(heap, wide),
            None => new_big(heap, shape_id::INT, 0, Int::Big(big)),
        },
    }
}

/// The canonical value of `i`.
#[inline]
pub fn from_i128(heap: &Heap, i: i128) -> Value {
    match i64::try_from(i) {
        Ok(i) => from_i64(heap, i),
        Err(_) => new_int128(heap, i),
    }
}

#[inline]
fn new_int128(heap: &Heap, i: i128) -> Value {
    let object = Int128 { hdr: Header::blank(), low: i as u64, high: (i >> 64) as i64 };
    heap.alloc(shape_id::INT, object).value()
}

/// The number of an exact `int` that fits.
#[inline(always)]
pub fn as_i128(v: Value) -> Option<i128> {
    let Some(h) = v.header() else { return v.as_small_int().map(i128::from) };
    if h.shape() != shape_id::INT {
        return None;
    }
    match h.kind() {
        Kind::Int64 => Some(v.downcast::<Int64>()?.value as i128),
        Kind::Int128 => Some(v.downcast::<Int128>()?.number()),
        _ => None,
    }
}

/// `x * y` if it fits: the unsigned product of two words is one instruction where the checked one is a call.
#[inline]
pub fn mul_i128(x: i128, y: i128) -> Option<i128> {
    match (u64::try_from(x.unsigned_abs()), u64::try_from(y.unsigned_abs())) {
        (Ok(a), Ok(b)) => {
            let magnitude = i128::try_from(a as u128 * b as u128).ok()?;
            Some(if (x < 0) != (y < 0) { -magnitude } else { magnitude })
        }
        _ => x.checked_mul(y),
    }
}

/// Python's quotient and remainder, if they fit and `y` is not zero.
#[inline]
pub fn div_mod_i128(x: i128, y: i128) -> Option<(i128, i128)> {
    let (q, r) = match (u64::try_from(x), u64::try_from(y)) {
        (Ok(a), Ok(b)) if b != 0 => ((a / b) as i128, (a % b) as i128),
        _ => (x.checked_div(y)?, x.checked_rem(y)?),
    };
    Some(if r != 0 && (r < 0) != (y < 0) { (q - 1, r + y) } else { (q, r) })
}

/// `x << by` if it fits.
#[inline]
pub fn shl_i128(x: i128, by: i128) -> Option<i128> {
    if !(0..127).contains(&by) {
        return None;
    }
    let shifted = x << by;
    (shifted >> by == x).then_some(shifted)
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
#[inline]
pub fn identical(a: Value, b: Value) -> bool {
    let is_int = |v: Value| v.header().is_some_and(|h| h.shape() == shape_id::INT);
    is_int(a) && is_int(b) && same_number(a, b)
}

#[cold]
fn same_number(a: Value, b: Value) -> bool {
    match (as_exact_int(a), as_exact_int(b)) {
        (Some(x), Some(y)) => *x == *y,
        _ => false,
    }
}

/// Offsets that machine code uses.
pub mod offset {
    use super::{Int64, Int128, Kind};
    use std::mem::offset_of;

    pub const KIND_INT64: u16 = Kind::Int64 as u16;
    pub const KIND_INT128: u16 = Kind::Int128 as u16;
    pub const INT64_VALUE: usize = offset_of!(Int64, value);
    pub const INT128_LOW: usize = offset_of!(Int128, low);
    pub const INT128_HIGH: usize = offset_of!(Int128, high);
}
