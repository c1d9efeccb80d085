//! `exp`, `ln` and `log10`, correctly rounded half to even whatever the context's rounding is.
//!
//! Ziv's strategy: compute with some digits more than wanted; if the error could change the rounding, with twice as
//! many more. It ends because no result but the ones treated first is a decimal number.

use crate::binary::{from_biguint, to_biguint};
use crate::coefficient::{Coeff, CoeffRef};
use crate::comparison::compare;
use crate::context::{Context, Exact, Rounding, Status, invalid};
use crate::number::{Decimal, Num};
use crate::series;
use crate::text::computable;
use num_bigint::{BigInt, BigUint};
use num_traits::{Signed, Zero};
use std::cmp::Ordering;

/// Enough bits for so many digits.
fn bits_for(digits: i64) -> u64 {
    (digits.max(0) as u64 * 217_706).div_ceil(65_536) + 48
}

fn power_of_ten(k: i64) -> BigUint {
    BigUint::from(10u32).pow(k as u32)
}

/// The magnitude of a finite number in fixed point, cut off.
fn fixed(x: Num<'_>, bits: u64) -> BigUint {
    // Digits that lie far below the last bit are not looked at.
    let excess = -x.exp - (bits as i64 / 3 + 2);
    if excess > 0 && x.exp < 0 {
        let (coeff, _) = x.coeff.shift_right(excess as usize);
        return (to_biguint(coeff.as_ref()) << bits) / power_of_ten(-x.exp - excess);
    }
    let coeff = to_biguint(x.coeff);
    if x.exp >= 0 { (coeff * power_of_ten(x.exp)) << bits } else { (coeff << bits) / power_of_ten(-x.exp) }
}

/// What is known about `ln x` before it is computed.
pub(crate) struct LogScale {
    /// `x = y * 10^k`, with y around 1.
    k: i64,
    /// For `k == 0`, the exponent of the first digit of `x - 1`; 0 otherwise.
    pub near_one: i64,
}

impl LogScale {
    /// For a finite, positive x that is not 1.
    pub(crate) fn of(x: Num<'_>) -> LogScale {
        let adjusted = x.adjusted();
        let root_of_ten = Num::small(false, 3162, adjusted - 3);
        let k = adjusted + (compare(x, root_of_ten) == Ordering::Greater) as i64;
        if k != 0 {
            return LogScale { k, near_one: 0 };
        }
        LogScale { k, near_one: distance_from_one(x).num().adjusted().min(0) }
    }

    /// `ln x` in fixed point.
    pub(crate) fn ln(&self, x: Num<'_>, bits: u64) -> BigInt {
        let y = fixed(Num { exp: x.exp - self.k, ..x }, bits);
        let ln10 = series::signed(self.k < 0, series::ln10(bits) * self.k.unsigned_abs());
        series::ln(&y, bits) + ln10
    }

    /// Digits before the point that products of `k` may have.
    pub(crate) fn digits(&self) -> i64 {
        CoeffRef::Small(self.k.unsigned_abs() as u128).digits() + 1
    }
}

/// `x - 1`, exactly, for x near 1.
fn distance_from_one(x: Num<'_>) -> Decimal {
    Context::MAX.sub(x, Num::small(false, 1, 0), &mut Status::empty())
}

impl Context {
    /// A result that stands for something between its neighbours, or `None` if the digits computed do not tell how it is rounded.
    fn round_approximation(
        &self,
        negative: bool,
        n: BigUint,
        exp: i64,
        certain: bool,
        status: &mut Status,
    ) -> Option<Decimal> {
        let coeff = from_biguint(&n);
        let digits = coeff.as_ref().digits();
        let extra = digits - self.prec;
        if !certain {
            let tail = coeff.as_ref().low_digits(extra.max(0) as usize);
            let half = CoeffRef::Small(5).shift_left(extra as usize - 1);
            let distance = match tail.as_ref().compare(half.as_ref()) {
                Ordering::Less => half.as_ref().sub(tail.as_ref()),
                _ => tail.as_ref().sub(half.as_ref()),
            };
            if distance.as_ref().to_u64().is_some_and(|d| d <= 2) {
                return None;
            }
        }
        // One digit more says that the result is not exact.
        let coeff = coeff.as_ref().shift_left(1).increment();
        let context = self.with_rounding(Rounding::HalfEven);
        let result = context.finish(negative, exp - 1, Exact::Coeff(coeff), status);
        *status |= Status::INEXACT | Status::ROUNDED;
        Some(result)
    }

    /// Tries with more and more guard digits.
    fn with_guard(
        &self,
        mut attempt: impl FnMut(i64, &mut Status) -> Option<Decimal>,
        status: &mut Status,
    ) -> Decimal {
        if !computable(self.prec, status) {
            return Decimal::nan();
        }
        let mut guard = 8;
        loop {
            let mut inner = Status::empty();
            if let Some(result) = attempt(guard, &mut inner) {
                *status |= inner;
                return result;
            }
            guard *= 2;
        }
    }

    /// 1 with all digits, not exact.
    pub(crate) fn about_one(&self, status: &mut Status) -> Decimal {
        if !computable(self.prec, status) {
            return Decimal::nan();
        }
        *status |= Status::INEXACT | Status::ROUNDED;
        let coeff = Coeff::power_of_ten(self.prec as usize - 1);
        self.finish(false, 1 - self.prec, Exact::Coeff(coeff), status)
    }

    /// A result too large to be written, or too close to zero.
    pub(crate) fn beyond(&self, negative: bool, large: bool, status: &mut Status) -> Decimal {
        if large {
            return self.finish(negative, self.emax + 1, Exact::small(1), status);
        }
        let context = self.with_rounding(Rounding::HalfEven);
        context.finish(negative, self.etiny() - 2, Exact::small(1), status)
    }

    /// `e^a`.
    pub fn exp(&self, a: Num<'_>, status: &mut Status) -> Decimal {
        if let Some(nan) = self.nan_of(&[a], status) {
            return nan;
        }
        let context = self.with_rounding(Rounding::HalfEven);
        if a.is_infinite() {
            return if a.negative { Decimal::zero(false, 0) } else { Decimal::infinity(false) };
        }
        if a.is_zero() {
            return context.finish(false, 0, Exact::small(1), status);
        }
        let adjusted = a.adjusted();
        if adjusted >= 20 {
            return context.beyond(false, !a.negative, status);
        }
        if adjusted < -self.prec - 1 {
            return context.about_one(status);
        }
        self.with_guard(
            |guard, status| {
                let digits = self.prec + guard;
                let bits = bits_for(digits + adjusted.max(0) + 2);
                let x = series::signed(a.negative, fixed(a, bits));
                context.exp_fixed(&x, bits, digits, false, status)
            },
            status,
        )
    }

    /// `e^x` of a fixed-point number to so many digits, and rounded.
    pub(crate) fn exp_fixed(
        &self,
        x: &BigInt,
        bits: u64,
        digits: i64,
        certain: bool,
        status: &mut Status,
    ) -> Option<Decimal> {
        let ln10 = BigInt::from(series::ln10(bits));
        let mut tens = x / &ln10;
        let mut rest = x - &tens * &ln10;
        if rest.is_negative() {
            tens -= 1;
            rest += &ln10;
        }
        let Ok(tens) = i64::try_from(tens) else { return Some(self.beyond(false, x.is_positive(), status)) };
        if tens > self.emax + 1 || tens < self.etiny() - 2 {
            return Some(self.beyond(false, tens > 0, status));
        }
        let n = (series::exp(rest.magnitude(), bits) * power_of_ten(digits - 1)) >> bits;
        self.round_approximation(false, n, tens - (digits - 1), certain, status)
    }

    /// The natural logarithm.
    pub fn ln(&self, a: Num<'_>, status: &mut Status) -> Decimal {
        self.logarithm(a, false, status)
    }

    /// The logarithm to base 10.
    pub fn log10(&self, a: Num<'_>, status: &mut Status) -> Decimal {
        self.logarithm(a, true, status)
    }

    fn logarithm(&self, a: Num<'_>, base_ten: bool, status: &mut Status) -> Decimal {
        if let Some(nan) = self.nan_of(&[a], status) {
            return nan;
        }
        if a.is_zero() {
            return Decimal::infinity(true);
        }
        if a.negative {
            return invalid(status, Status::INVALID_OPERATION);
        }
        if a.is_infinite() {
            return Decimal::infinity(false);
        }
        let context = self.with_rounding(Rounding::HalfEven);
        let is_power_of_ten = a.coeff.trailing_zeros() == a.coeff.digits() - 1
            && a.coeff.digit(a.coeff.digits() as usize - 1) == 1;
        if is_power_of_ten && (base_ten || a.adjusted() == 0) {
            return context.apply(Decimal::from_i64(a.adjusted()).num(), status);
        }
        let scale = LogScale::of(a);
        if scale.near_one < -self.prec - 6 && !base_ten {
            return context.ln_next_to_one(a, status);
        }
        self.with_guard(
            |guard, status| {
                let digits = self.prec + guard - scale.near_one;
                let bits = bits_for(digits + scale.digits() + 2);
                let ln = scale.ln(a, bits);
                let n = ln.magnitude() * power_of_ten(digits);
                let n = if base_ten { n / series::ln10(bits) } else { n >> bits };
                debug_assert!(!n.is_zero());
                context.round_approximation(ln.is_negative(), n, -digits, false, status)
            },
            status,
        )
    }

    /// `ln(1 + d)` is `d - d^2/2` to more digits than are wanted.
    fn ln_next_to_one(&self, a: Num<'_>, status: &mut Status) -> Decimal {
        let d = distance_from_one(a);
        let room = (self.prec + 4 - d.coeff.as_ref().digits()).max(1);
        let coeff = d.coeff.as_ref().shift_left(room as usize);
        let one = CoeffRef::Small(1);
        let coeff = if d.negative { coeff.increment() } else { coeff.as_ref().sub(one) };
        self.finish(d.negative, d.exp - room, Exact::Coeff(coeff), status)
    }
}
