//! Coefficients: up to 38 digits in a `u128`, limbs above.
//!
//! Owned ([`Coeff`]) where they are results, borrowed ([`CoeffRef`]) where they are operands, so that whoever keeps
//! decimals chooses where long coefficients live. `Big` is only what does not fit `Small`, and normalised.

use crate::limbs::{self, BASE, LIMB_DIGITS, Tail};
use crate::{product, quotient, wide};
use std::cmp::Ordering;

const SMALL_LIMIT: u128 = wide::POW10[wide::MAX_DIGITS as usize];

/// A coefficient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Coeff {
    Small(u128),
    Big(Vec<u64>),
}

/// A borrowed coefficient.
#[derive(Clone, Copy, Debug)]
pub enum CoeffRef<'a> {
    Small(u128),
    Big(&'a [u64]),
}

impl Coeff {
    pub const ZERO: Coeff = Coeff::Small(0);

    pub fn from_limbs(mut limbs: Vec<u64>) -> Coeff {
        limbs::normalise(&mut limbs);
        if limbs.len() <= 2 {
            return Coeff::Small(limbs.iter().rev().fold(0, |n, &x| n * BASE as u128 + x as u128));
        }
        Coeff::Big(limbs)
    }

    #[inline]
    pub fn from_u128(x: u128) -> Coeff {
        if x < SMALL_LIMIT { Coeff::Small(x) } else { Coeff::from_wide(0, x) }
    }

    /// `high * 2^128 + low`, below 10^76.
    #[inline]
    pub fn from_wide(high: u128, low: u128) -> Coeff {
        if high == 0 && low < SMALL_LIMIT {
            return Coeff::Small(low);
        }
        let (q, r) = wide::div_pow10_wide(high, low, wide::MAX_DIGITS);
        let ((l1, l0), (l3, l2)) = (limbs::split(r), limbs::split(q));
        Coeff::from_limbs(vec![l0, l1, l2, l3])
    }

    /// From ASCII digits.
    pub fn from_digits(digits: &[u8]) -> Coeff {
        if digits.len() <= wide::MAX_DIGITS as usize {
            let value = |part: &[u8]| part.iter().fold(0u64, |n, &c| n * 10 + (c - b'0') as u64);
            if digits.len() <= 19 {
                return Coeff::Small(value(digits) as u128);
            }
            let (high, low) = digits.split_at(digits.len() - 19);
            return Coeff::Small(value(high) as u128 * BASE as u128 + value(low) as u128);
        }
        Coeff::from_limbs(limbs::from_digits(digits))
    }

    /// `10^k`.
    pub fn power_of_ten(k: usize) -> Coeff {
        CoeffRef::Small(1).shift_left(k)
    }

    /// `10^k - 1`.
    pub fn nines(k: usize) -> Coeff {
        if k <= wide::MAX_DIGITS as usize {
            return Coeff::Small(wide::POW10[k] - 1);
        }
        let mut out = vec![BASE - 1; k / LIMB_DIGITS];
        if !k.is_multiple_of(LIMB_DIGITS) {
            out.push(limbs::POW10[k % LIMB_DIGITS] - 1);
        }
        Coeff::Big(out)
    }

    #[inline]
    pub fn as_ref(&self) -> CoeffRef<'_> {
        match self {
            Coeff::Small(x) => CoeffRef::Small(*x),
            Coeff::Big(limbs) => CoeffRef::Big(limbs),
        }
    }

    /// Plus one unit of the last place.
    pub fn increment(self) -> Coeff {
        match self {
            Coeff::Small(x) => Coeff::from_u128(x + 1),
            Coeff::Big(mut limbs) => {
                if limbs::add_in_place(&mut limbs, &[1]) {
                    limbs.push(1);
                }
                Coeff::Big(limbs)
            }
        }
    }
}

impl<'a> CoeffRef<'a> {
    /// The limbs, normalised; `room` is for a small one.
    #[inline]
    pub fn limbs<'b>(self, room: &'b mut [u64; 2]) -> &'b [u64]
    where
        'a: 'b,
    {
        match self {
            CoeffRef::Big(limbs) => limbs,
            CoeffRef::Small(x) => {
                let (high, low) = limbs::split(x);
                *room = [low, high];
                limbs::trimmed(room)
            }
        }
    }

    pub fn to_owned(self) -> Coeff {
        match self {
            CoeffRef::Small(x) => Coeff::Small(x),
            CoeffRef::Big(limbs) => Coeff::Big(limbs.to_vec()),
        }
    }

    #[inline]
    pub fn is_zero(self) -> bool {
        matches!(self, CoeffRef::Small(0))
    }

    /// How many digits; 1 for zero.
    #[inline]
    pub fn digits(self) -> i64 {
        match self {
            CoeffRef::Small(x) => wide::digits(x) as i64,
            CoeffRef::Big(limbs) => limbs::digits(limbs) as i64,
        }
    }

    pub fn is_odd(self) -> bool {
        match self {
            CoeffRef::Small(x) => x & 1 == 1,
            CoeffRef::Big(limbs) => limbs[0] & 1 == 1,
        }
    }

    /// Digit `k` from the right.
    pub fn digit(self, k: usize) -> u8 {
        match self {
            CoeffRef::Small(x) if k < 39 => (x / wide::POW10[k] % 10) as u8,
            CoeffRef::Small(_) => 0,
            CoeffRef::Big(limbs) => limbs::digit(limbs, k),
        }
    }

    pub fn trailing_zeros(self) -> i64 {
        match self {
            CoeffRef::Small(0) => 0,
            CoeffRef::Small(mut x) => {
                let mut zeros = 0;
                while let (q, 0) = wide::div_pow10(x, 8) {
                    (x, zeros) = (q, zeros + 8);
                }
                while let (q, 0) = wide::div_pow10(x, 1) {
                    (x, zeros) = (q, zeros + 1);
                }
                zeros
            }
            CoeffRef::Big(limbs) => limbs::trailing_zeros(limbs) as i64,
        }
    }

    /// `self * 10^k`.
    pub fn shift_left(self, k: usize) -> Coeff {
        match self {
            CoeffRef::Small(0) => Coeff::ZERO,
            CoeffRef::Small(x) if wide::digits(x) as usize + k <= wide::MAX_DIGITS as usize => {
                Coeff::Small(x * wide::POW10[k])
            }
            _ => Coeff::from_limbs(limbs::shift_left(self.limbs(&mut [0; 2]), k)),
        }
    }

    /// `self / 10^k` and what its fraction was.
    pub fn shift_right(self, k: usize) -> (Coeff, Tail) {
        match self {
            CoeffRef::Small(x) if k > wide::MAX_DIGITS as usize => {
                (Coeff::ZERO, if x == 0 { Tail::Zero } else { Tail::Below })
            }
            CoeffRef::Small(x) => {
                let (q, r) = wide::div_pow10(x, k as u32);
                (Coeff::Small(q), Tail::of(r, k as u32))
            }
            CoeffRef::Big(limbs) => {
                let (q, tail) = limbs::shift_right(limbs, k);
                (Coeff::from_limbs(q), tail)
            }
        }
    }

    /// The lowest `k` digits.
    pub fn low_digits(self, k: usize) -> Coeff {
        match self {
            CoeffRef::Small(x) if k >= 39 => Coeff::Small(x),
            CoeffRef::Small(x) => Coeff::Small(x % wide::POW10[k]),
            CoeffRef::Big(limbs) => Coeff::from_limbs(limbs::low_digits(limbs, k)),
        }
    }

    pub fn compare(self, other: CoeffRef<'_>) -> Ordering {
        match (self, other) {
            (CoeffRef::Small(x), CoeffRef::Small(y)) => x.cmp(&y),
            (CoeffRef::Small(_), CoeffRef::Big(_)) => Ordering::Less,
            (CoeffRef::Big(_), CoeffRef::Small(_)) => Ordering::Greater,
            (CoeffRef::Big(x), CoeffRef::Big(y)) => limbs::compare(x, y),
        }
    }

    pub fn add(self, other: CoeffRef<'_>) -> Coeff {
        match (self, other) {
            (CoeffRef::Small(x), CoeffRef::Small(y)) => Coeff::from_u128(x + y),
            _ => Coeff::from_limbs(limbs::add(self.limbs(&mut [0; 2]), other.limbs(&mut [0; 2]))),
        }
    }

    /// `self - other`, which is not below zero.
    pub fn sub(self, other: CoeffRef<'_>) -> Coeff {
        match (self, other) {
            (CoeffRef::Small(x), CoeffRef::Small(y)) => Coeff::Small(x - y),
            _ => Coeff::from_limbs(limbs::sub(self.limbs(&mut [0; 2]), other.limbs(&mut [0; 2]))),
        }
    }

    pub fn mul(self, other: CoeffRef<'_>) -> Coeff {
        match (self, other) {
            (CoeffRef::Small(x), CoeffRef::Small(y)) => {
                let (high, low) = wide::mul(x, y);
                Coeff::from_wide(high, low)
            }
            _ => Coeff::from_limbs(product::mul(self.limbs(&mut [0; 2]), other.limbs(&mut [0; 2]))),
        }
    }

    /// Quotient and remainder; `other` is not zero.
    pub fn div_rem(self, other: CoeffRef<'_>) -> (Coeff, Coeff) {
        match (self, other) {
            (CoeffRef::Small(x), CoeffRef::Small(y)) => {
                let (q, r) = wide::div(0, x, y);
                (Coeff::Small(q), Coeff::Small(r))
            }
            _ => {
                let (q, r) = quotient::div_rem(self.limbs(&mut [0; 2]), other.limbs(&mut [0; 2]));
                (Coeff::from_limbs(q), Coeff::from_limbs(r))
            }
        }
    }

    pub fn to_u64(self) -> Option<u64> {
        match self {
            CoeffRef::Small(x) => u64::try_from(x).ok(),
            CoeffRef::Big(_) => None,
        }
    }

    /// Appends the digits.
    pub fn push_digits(self, out: &mut String) {
        match self {
            CoeffRef::Small(x) => {
                let mut text = [0u8; 40];
                let mut at = text.len();
                let (high, low) = limbs::split(x);
                let mut put = |mut word: u64, width: usize| {
                    let end = at;
                    while word > 0 || end - at < width {
                        at -= 1;
                        text[at] = b'0' + (word % 10) as u8;
                        word /= 10;
                    }
                };
                put(low, if high > 0 { 19 } else { 1 });
                put(high, 0);
                out.extend(text[at..].iter().map(|&c| c as char));
            }
            CoeffRef::Big(limbs) => limbs::push_digits(out, limbs),
        }
    }
}
