//! `Value`: one NaN-boxed 64-bit word that is any Python object.
//!
//! | bits | meaning |
//! | --- | --- |
//! | 0 | absent: an empty register, an unset slot, `None::<Value>`, `Err(Raised)` |
//! | `0x0000_pppp_pppp_pppp` (top 15 bits clear) | pointer to a heap object with a [`Header`] |
//! | anything between | a double: its bits plus 2^49 |
//! | top 15 bits set | a 49-bit signed int |
//!
//! None, True, False, Ellipsis and NotImplemented are pointers to immortal statics, so whatever is neither int nor
//! float has a header. Integers outside 49 bits live on the heap ([`crate::object::int`]); every number has
//! exactly one representation. `Value` is `Copy`; liveness is the collector's business (conservative stacks).
//!
//! Read next: [`crate::object`] for headers and typed pointers, [`crate::heap`] for who keeps what alive.

use crate::object::header::{Gc, Header, HeapObject, Kind};
use std::fmt;
use std::num::NonZeroU64;

/// Added to the bits of a float to make its word.
pub const DOUBLE_OFFSET: u64 = 1 << 49;
/// The smallest word that is an int; `both_int(a, b)` is `(a & b) >= INT_TAG`.
pub const INT_TAG: u64 = 0xFFFE_0000_0000_0000;
const POINTER_LIMIT: u64 = 1 << 49;
/// Doubles whose bits are at or above this would collide with ints.
const NAN_LIMIT: u64 = 0xFFFC_0000_0000_0000;
/// Signalling NaNs from here on collide once arithmetic has made them quiet.
const SIGNALLING_LIMIT: u64 = 0xFFF4_0000_0000_0000;
/// The NaN that stands for those: the one that arithmetic makes, sign included.
const PURE_NAN: u64 = 0xFFF8_0000_0000_0000;

/// The bits of a NaN such that neither they nor what arithmetic makes of them collide with ints, so that compiled code may box results
/// without a look: sums, differences, products, quotients and roots of such doubles are such doubles. Negation is not.
#[cold]
fn purified(bits: u64) -> u64 {
    if (PURE_NAN..NAN_LIMIT).contains(&bits) { bits } else { PURE_NAN }
}

/// Inclusive bounds of the ints that are stored in the word.
pub const SMALL_INT_MAX: i64 = (1 << 48) - 1;
pub const SMALL_INT_MIN: i64 = -(1 << 48);

/// Marker of a raised exception: the exception itself is pending in the thread ([`crate::vm::Vm`]).
///
/// Zero-sized, so that `Result<Value, Raised>` is one word with 0 for `Err`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raised;

/// What anything that may run Python code or raise returns.
pub type PyResult<T = Value> = Result<T, Raised>;

/// Any Python object.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Value(NonZeroU64);

impl Value {
    /// From raw bits; `None` for 0.
    #[inline(always)]
    pub fn from_bits(bits: u64) -> Option<Value> {
        NonZeroU64::new(bits).map(Value)
    }

    #[inline(always)]
    pub fn bits(self) -> u64 {
        self.0.get()
    }

    /// # Safety
    /// `bits` is not 0 and was produced by [`Value::bits`].
    #[inline(always)]
    pub unsafe fn from_bits_unchecked(bits: u64) -> Value {
        // SAFETY: the caller promises a non-zero word.
        Value(unsafe { NonZeroU64::new_unchecked(bits) })
    }

    /// An int known to fit 49 bits.
    #[inline(always)]
    pub fn small_int(i: i64) -> Value {
        debug_assert!((SMALL_INT_MIN..=SMALL_INT_MAX).contains(&i));
        // SAFETY: the tag makes the word non-zero.
        Value(unsafe { NonZeroU64::new_unchecked(i as u64 | INT_TAG) })
    }

    /// An int if it fits 49 bits.
    #[inline(always)]
    pub fn try_small_int(i: i64) -> Option<Value> {
        // Shifting out the 15 tag bits and back is the identity exactly on the 49-bit range.
        if (i << 15) >> 15 == i { Some(Value::small_int(i)) } else { None }
    }

    #[inline(always)]
    pub fn float(f: f64) -> Value {
        let mut bits = f.to_bits();
        if bits >= SIGNALLING_LIMIT {
            bits = purified(bits);
        }
        // SAFETY: the offset makes the word non-zero (no double is -2^49 as bits).
        Value(unsafe { NonZeroU64::new_unchecked(bits + DOUBLE_OFFSET) })
    }

    #[inline(always)]
    pub fn is_small_int(self) -> bool {
        self.bits() >= INT_TAG
    }

    #[inline(always)]
    pub fn is_pointer(self) -> bool {
        self.bits() < POINTER_LIMIT
    }

    /// Whether this is an exact `float`.
    #[inline(always)]
    pub fn is_float(self) -> bool {
        self.bits().wrapping_sub(POINTER_LIMIT) < INT_TAG - POINTER_LIMIT
    }

    /// The int in the word, if it is one.
    #[inline(always)]
    pub fn as_small_int(self) -> Option<i64> {
        if self.is_small_int() { Some(self.small_int_unchecked()) } else { None }
    }

    /// The int in the word; meaningless unless [`Self::is_small_int`].
    #[inline(always)]
    pub fn small_int_unchecked(self) -> i64 {
        ((self.bits() << 15) as i64) >> 15
    }

    /// The double in the word, if it is one.
    #[inline(always)]
    pub fn as_float(self) -> Option<f64> {
        if self.is_float() { Some(self.float_unchecked()) } else { None }
    }

    /// The double in the word; meaningless unless [`Self::is_float`].
    #[inline(always)]
    pub fn float_unchecked(self) -> f64 {
        f64::from_bits(self.bits().wrapping_sub(DOUBLE_OFFSET))
    }

    /// Both are small ints: one test.
    #[inline(always)]
    pub fn both_small_int(a: Value, b: Value) -> bool {
        (a.bits() & b.bits()) >= INT_TAG
    }

    /// The object's header, if it lives behind a pointer.
    #[inline(always)]
    pub fn header(self) -> Option<&'static Header> {
        if self.is_pointer() {
            // SAFETY: a pointer word always points to a live object (the collector keeps what the stack mentions).
            Some(unsafe { &*(self.bits() as *const Header) })
        } else {
            None
        }
    }

    /// The object's layout kind; `None` for ints and floats in the word.
    #[inline(always)]
    pub fn kind(self) -> Option<Kind> {
        self.header().map(Header::kind)
    }

    /// Typed pointer if the object has `T`'s layout: instances of Python subclasses included.
    #[inline(always)]
    pub fn downcast<T: HeapObject>(self) -> Option<Gc<T>> {
        match self.header() {
            // SAFETY: `matches` says that the layout is `T`'s.
            Some(h) if T::matches(h) => Some(unsafe { Gc::from_header(h) }),
            _ => None,
        }
    }

    /// Whether the object has `T`'s layout.
    #[inline(always)]
    pub fn is<T: HeapObject>(self) -> bool {
        matches!(self.header(), Some(h) if T::matches(h))
    }

    /// Python's `is`. Ints and floats compare by value because equal bits are the same object; a heap int compares
    /// by value as well ([`crate::object::int::identical`]).
    #[inline(always)]
    pub fn is_same(self, other: Value) -> bool {
        self == other
            || (self.is_pointer() && other.is_pointer() && crate::object::int::identical(self, other))
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(i) = self.as_small_int() {
            write!(f, "{i}")
        } else if let Some(x) = self.as_float() {
            write!(f, "{x:?}")
        } else {
            write!(f, "<{:?} at {:#x}>", self.kind(), self.bits())
        }
    }
}
