//! Division: true, integer, and its remainders.

use crate::arithmetic::{pad_to, sticky};
use crate::coefficient::{Coeff, CoeffRef};
use crate::context::{Context, Exact, Status, invalid};
use crate::number::{Decimal, Num};
use crate::text::computable;
use crate::wide;
use std::cmp::Ordering;

/// Largest precision whose quotients fit a `u128`.
const SMALL_PREC: i64 = 36;

impl Context {
    /// `a / b`.
    pub fn div(&self, a: Num<'_>, b: Num<'_>, status: &mut Status) -> Decimal {
        let negative = a.negative != b.negative;
        if !a.is_finite() || !b.is_finite() {
            return self.div_special(a, b, status);
        }
        if b.coeff.is_zero() {
            if a.coeff.is_zero() {
                return invalid(status, Status::DIVISION_UNDEFINED);
            }
            *status |= Status::DIVISION_BY_ZERO;
            return Decimal::infinity(negative);
        }
        let ideal = a.exp - b.exp;
        if a.coeff.is_zero() {
            return self.finish(negative, ideal, Exact::small(0), status);
        }
        if let (CoeffRef::Small(x), CoeffRef::Small(y)) = (a.coeff, b.coeff)
            && self.prec <= SMALL_PREC
        {
            return self.div_small(negative, x, y, ideal, status);
        }
        if !computable(self.prec, status) {
            return Decimal::nan();
        }
        let shift = b.coeff.digits() - a.coeff.digits() + self.prec + 1;
        let (q, r) = if shift >= 0 {
            a.coeff.shift_left(shift as usize).as_ref().div_rem(b.coeff)
        } else {
            a.coeff.div_rem(b.coeff.shift_left(-shift as usize).as_ref())
        };
        let inexact = !r.as_ref().is_zero();
        let (q, exp) =
            if inexact { (sticky(q, true), ideal - shift) } else { pad_to(q, ideal - shift, ideal, 0) };
        self.finish(negative, exp, Exact::Coeff(q), status)
    }

    fn div_small(&self, negative: bool, x: u128, y: u128, ideal: i64, status: &mut Status) -> Decimal {
        if let (Ok(x), Ok(y)) = (u64::try_from(x), u64::try_from(y))
            && x.is_multiple_of(y)
        {
            return self.finish(negative, ideal, Exact::small((x / y) as u128), status);
        }
        let shift = wide::digits(y) as i64 - wide::digits(x) as i64 + self.prec + 1;
        let (q, r) = if shift >= 0 {
            let shift = shift as u32;
            let first = shift.min(wide::MAX_DIGITS - wide::digits(x));
            let (high, low) =
                wide::mul(x * wide::POW10[first as usize], wide::POW10[(shift - first) as usize]);
            wide::div(high, low, y)
        } else {
            // The quotient keeps more digits than the precision: the divisor need not grow.
            return self.div_long(negative, x, y, ideal, status);
        };
        let mut exp = ideal - shift;
        let mut q = q;
        if r != 0 {
            if q % 5 == 0 {
                q += 1; // sticky
            }
        } else {
            for step in [16, 8, 4, 2, 1] {
                while exp + step <= ideal
                    && let (shorter, 0) = wide::div_pow10(q, step as u32)
                {
                    (q, exp) = (shorter, exp + step);
                }
            }
        }
        self.finish(negative, exp, Exact::small(q), status)
    }

    #[cold]
    fn div_long(&self, negative: bool, x: u128, y: u128, ideal: i64, status: &mut Status) -> Decimal {
        let (q, r) = wide::div(0, x, y);
        let coeff = Coeff::from_u128(q);
        self.finish(negative, ideal, Exact::Coeff(sticky(coeff, r != 0)), status)
    }

    #[cold]
    fn div_special(&self, a: Num<'_>, b: Num<'_>, status: &mut Status) -> Decimal {
        if let Some(nan) = self.nan_of(&[a, b], status) {
            return nan;
        }
        let negative = a.negative != b.negative;
        match (a.is_infinite(), b.is_infinite()) {
            (true, true) => invalid(status, Status::INVALID_OPERATION),
            (true, false) => Decimal::infinity(negative),
            _ => {
                *status |= Status::CLAMPED;
                Decimal::zero(negative, self.etiny())
            }
        }
    }

    /// Quotient and remainder of finite numbers, `b` not zero, exactly; `None` if the quotient is too long.
    fn divide_exactly(&self, a: Num<'_>, b: Num<'_>, room: i64) -> Option<(Coeff, Coeff, i64)> {
        let exp = a.exp.min(b.exp);
        let difference = a.adjusted() - b.adjusted();
        if a.coeff.is_zero() {
            return Some((Coeff::ZERO, Coeff::ZERO, exp));
        }
        if difference < room.min(0) {
            return Some((Coeff::ZERO, a.coeff.shift_left((a.exp - exp) as usize), exp));
        }
        if difference > self.prec + room.max(0) {
            return None;
        }
        let x = a.coeff.shift_left((a.exp - exp) as usize);
        let y = b.coeff.shift_left((b.exp - exp) as usize);
        let (q, r) = x.as_ref().div_rem(y.as_ref());
        Some((q, r, exp))
    }

    /// Quotient and remainder of finite numbers, `b` not zero; each with what its rounding reports.
    fn div_rem_finite(&self, a: Num<'_>, b: Num<'_>, reports: [&mut Status; 2]) -> (Decimal, Decimal) {
        let [of_quotient, of_remainder] = reports;
        if !computable((a.exp - b.exp).abs().min(self.prec), of_quotient) {
            *of_remainder |= Status::MALLOC_ERROR;
            return (Decimal::nan(), Decimal::nan());
        }
        match self.divide_exactly(a, b, 0) {
            Some((q, r, exp)) if q.as_ref().digits() <= self.prec => {
                let q = self.finish(a.negative != b.negative, 0, Exact::Coeff(q), of_quotient);
                (q, self.finish(a.negative, exp, Exact::Coeff(r), of_remainder))
            }
            _ => {
                *of_quotient |= Status::DIVISION_IMPOSSIBLE;
                *of_remainder |= Status::DIVISION_IMPOSSIBLE;
                (Decimal::nan(), Decimal::nan())
            }
        }
    }

    /// `divmod(a, b)`, truncating.
    pub fn div_rem(&self, a: Num<'_>, b: Num<'_>, status: &mut Status) -> (Decimal, Decimal) {
        if let Some(nan) = self.nan_of(&[a, b], status) {
            return (nan.clone(), nan);
        }
        let negative = a.negative != b.negative;
        if a.is_infinite() {
            *status |= Status::INVALID_OPERATION;
            let q = if b.is_infinite() { Decimal::nan() } else { Decimal::infinity(negative) };
            return (q, Decimal::nan());
        }
        if b.is_infinite() {
            return (Decimal::zero(negative, 0), self.apply(a, status));
        }
        if b.is_zero() {
            if a.is_zero() {
                *status |= Status::DIVISION_UNDEFINED;
                return (Decimal::nan(), Decimal::nan());
            }
            *status |= Status::DIVISION_BY_ZERO | Status::INVALID_OPERATION;
            return (Decimal::infinity(negative), Decimal::nan());
        }
        let mut of_remainder = Status::empty();
        let result = self.div_rem_finite(a, b, [status, &mut of_remainder]);
        *status |= of_remainder;
        result
    }

    /// `a // b`, truncating.
    pub fn div_int(&self, a: Num<'_>, b: Num<'_>, status: &mut Status) -> Decimal {
        if !a.is_finite() || !b.is_finite() {
            if let Some(nan) = self.nan_of(&[a, b], status) {
                return nan;
            }
            let negative = a.negative != b.negative;
            return match (a.is_infinite(), b.is_infinite()) {
                (true, true) => invalid(status, Status::INVALID_OPERATION),
                (true, false) => Decimal::infinity(negative),
                _ => Decimal::zero(negative, 0),
            };
        }
        if b.is_zero() {
            return self.div(a, b, status);
        }
        self.div_rem_finite(a, b, [status, &mut Status::empty()]).0
    }

    /// `a % b`, with the sign of `a`.
    pub fn rem(&self, a: Num<'_>, b: Num<'_>, status: &mut Status) -> Decimal {
        self.rem_checked(a, b, status)
            .unwrap_or_else(|| self.div_rem_finite(a, b, [&mut Status::empty(), status]).1)
    }

    /// The cases that `%` and `remainder_near` share.
    fn rem_checked(&self, a: Num<'_>, b: Num<'_>, status: &mut Status) -> Option<Decimal> {
        if !a.is_finite() || !b.is_finite() {
            if let Some(nan) = self.nan_of(&[a, b], status) {
                return Some(nan);
            }
            if a.is_infinite() {
                return Some(invalid(status, Status::INVALID_OPERATION));
            }
            return Some(self.apply(a, status));
        }
        if b.is_zero() {
            let why = if a.is_zero() { Status::DIVISION_UNDEFINED } else { Status::INVALID_OPERATION };
            return Some(invalid(status, why));
        }
        None
    }

    /// The remainder of the division whose quotient is rounded half to even.
    pub fn rem_near(&self, a: Num<'_>, b: Num<'_>, status: &mut Status) -> Decimal {
        if let Some(done) = self.rem_checked(a, b, status) {
            return done;
        }
        if !computable((a.exp - b.exp).abs().min(self.prec), status) {
            return Decimal::nan();
        }
        let too_long = !a.coeff.is_zero() && a.adjusted() - b.adjusted() > self.prec + 1;
        let Some((q, r, exp)) =
            self.divide_exactly(a, b, if too_long { 0 } else { -1 }).filter(|_| !too_long)
        else {
            return invalid(status, Status::DIVISION_IMPOSSIBLE);
        };
        let divisor = b.coeff.shift_left((b.exp - exp) as usize);
        let (q, r, negative) = match r.as_ref().add(r.as_ref()).as_ref().compare(divisor.as_ref()) {
            Ordering::Less => (q, r, a.negative),
            Ordering::Equal if !q.as_ref().is_odd() => (q, r, a.negative),
            _ => (q.increment(), divisor.as_ref().sub(r.as_ref()), !a.negative),
        };
        if q.as_ref().digits() > self.prec {
            return invalid(status, Status::DIVISION_IMPOSSIBLE);
        }
        self.finish(negative, exp, Exact::Coeff(r), status)
    }
}
