//! [`Int`]: a Python integer of any size, with one representation per value.
//!
//! `Small` holds everything that fits an `i64`; `Big` only what does not. Every constructor normalises, so
//! equality and hashing may compare variants, and a `Big` is known to be larger in magnitude than any `Small`.
//! The operations live in the `int_*` modules, one family each; all take references and allocate at most their
//! result. `num-bigint` keeps single-limb values inline, so widening a `Small` ([`Int::to_big`]) is cheap.

use std::borrow::Cow;
use std::cmp::Ordering;

use num_bigint::{BigInt, BigUint, Sign};
use num_traits::ToPrimitive;

/// A Python `int`. See the module documentation for the invariant on `Big`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Int {
    /// Any value that fits an `i64`.
    Small(i64),
    /// A value outside the range of `i64`.
    Big(BigInt),
}

impl Int {
    /// Zero.
    pub const ZERO: Int = Int::Small(0);
    /// One.
    pub const ONE: Int = Int::Small(1);

    /// Normalises: the result is `Big` only when `value` does not fit an `i64`.
    #[inline]
    pub fn from_big(value: BigInt) -> Int {
        match value.to_i64() {
            Some(small) => Int::Small(small),
            None => Int::Big(value),
        }
    }

    /// Normalises an `i128`, the type of every overflowing `i64` operation.
    #[inline]
    pub fn from_i128(value: i128) -> Int {
        match i64::try_from(value) {
            Ok(small) => Int::Small(small),
            Err(_) => Int::Big(BigInt::from(value)),
        }
    }

    /// Normalises a magnitude with a sign.
    pub fn from_magnitude(negative: bool, magnitude: BigUint) -> Int {
        Int::from_big(BigInt::from_biguint(if negative { Sign::Minus } else { Sign::Plus }, magnitude))
    }

    /// The value as a `BigInt`, borrowed when it already is one.
    #[inline]
    pub fn to_big(&self) -> Cow<'_, BigInt> {
        match self {
            Int::Small(value) => Cow::Owned(BigInt::from(*value)),
            Int::Big(value) => Cow::Borrowed(value),
        }
    }

    /// The value as a `BigInt`.
    pub fn into_big(self) -> BigInt {
        match self {
            Int::Small(value) => BigInt::from(value),
            Int::Big(value) => value,
        }
    }

    /// The absolute value, borrowed when possible.
    pub fn magnitude(&self) -> Cow<'_, BigUint> {
        match self {
            Int::Small(value) => Cow::Owned(BigUint::from(value.unsigned_abs())),
            Int::Big(value) => Cow::Borrowed(value.magnitude()),
        }
    }

    /// The value, if it fits.
    #[inline]
    pub fn to_i64(&self) -> Option<i64> {
        match self {
            Int::Small(value) => Some(*value),
            Int::Big(_) => None,
        }
    }

    /// The value, if it fits.
    #[inline]
    pub fn to_u64(&self) -> Option<u64> {
        match self {
            Int::Small(value) => u64::try_from(*value).ok(),
            Int::Big(value) => value.to_u64(),
        }
    }

    /// The value, if it fits.
    #[inline]
    pub fn to_usize(&self) -> Option<usize> {
        self.to_u64().and_then(|value| usize::try_from(value).ok())
    }

    /// Whether the value is zero.
    #[inline]
    pub fn is_zero(&self) -> bool {
        matches!(self, Int::Small(0))
    }

    /// Whether the value is below zero.
    #[inline]
    pub fn is_negative(&self) -> bool {
        match self {
            Int::Small(value) => *value < 0,
            Int::Big(value) => value.sign() == Sign::Minus,
        }
    }

    /// Whether the lowest bit is set.
    #[inline]
    pub fn is_odd(&self) -> bool {
        match self {
            Int::Small(value) => value & 1 != 0,
            Int::Big(value) => value.bit(0),
        }
    }
}

macro_rules! from_small {
    ($($source:ty),*) => {$(
        impl From<$source> for Int {
            #[inline]
            fn from(value: $source) -> Int {
                Int::Small(i64::from(value))
            }
        }
    )*};
}
from_small!(bool, i8, u8, i16, u16, i32, u32, i64);

impl From<u64> for Int {
    #[inline]
    fn from(value: u64) -> Int {
        match i64::try_from(value) {
            Ok(small) => Int::Small(small),
            Err(_) => Int::Big(BigInt::from(value)),
        }
    }
}

impl From<usize> for Int {
    #[inline]
    fn from(value: usize) -> Int {
        Int::from(value as u64)
    }
}

impl From<isize> for Int {
    #[inline]
    fn from(value: isize) -> Int {
        Int::Small(value as i64)
    }
}

impl From<i128> for Int {
    #[inline]
    fn from(value: i128) -> Int {
        Int::from_i128(value)
    }
}

impl From<u128> for Int {
    fn from(value: u128) -> Int {
        match i64::try_from(value) {
            Ok(small) => Int::Small(small),
            Err(_) => Int::Big(BigInt::from(value)),
        }
    }
}

impl From<BigInt> for Int {
    #[inline]
    fn from(value: BigInt) -> Int {
        Int::from_big(value)
    }
}

impl From<BigUint> for Int {
    #[inline]
    fn from(value: BigUint) -> Int {
        Int::from_big(BigInt::from(value))
    }
}

impl Ord for Int {
    #[inline]
    fn cmp(&self, other: &Int) -> Ordering {
        match (self, other) {
            (Int::Small(a), Int::Small(b)) => a.cmp(b),
            (Int::Big(a), Int::Big(b)) => a.cmp(b),
            // A big integer lies beyond every small one, on the side of its sign.
            (Int::Big(a), Int::Small(_)) => side(a),
            (Int::Small(_), Int::Big(b)) => side(b).reverse(),
        }
    }
}

impl PartialOrd for Int {
    #[inline]
    fn partial_cmp(&self, other: &Int) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn side(value: &BigInt) -> Ordering {
    if value.sign() == Sign::Minus { Ordering::Less } else { Ordering::Greater }
}
