//! Operations that choose an exponent: quantizing, rounding to integers, reducing, stepping to a neighbour.

use crate::arithmetic::pad_to;
use crate::coefficient::Coeff;
use crate::comparison::compare;
use crate::context::{Context, Exact, MAX_EMAX, MIN_ETINY, Rounding, Status, invalid};
use crate::limbs::Tail;
use crate::number::{Decimal, Num};
use crate::text::computable;
use std::cmp::Ordering;

impl Context {
    /// The finite number `a` with exponent `exp`, and what was cut off.
    fn with_exponent(&self, a: Num<'_>, exp: i64, status: &mut Status) -> (Coeff, Tail) {
        if a.exp >= exp {
            return (a.coeff.shift_left((a.exp - exp) as usize), Tail::Zero);
        }
        let (coeff, tail) = a.coeff.shift_right(usize::try_from(exp - a.exp).unwrap_or(usize::MAX));
        (self.round(a.negative, coeff, tail, status), tail)
    }

    /// `a` with the exponent of `b`.
    pub fn quantize(&self, a: Num<'_>, b: Num<'_>, status: &mut Status) -> Decimal {
        if !a.is_finite() || !b.is_finite() {
            if let Some(nan) = self.nan_of(&[a, b], status) {
                return nan;
            }
            if a.is_infinite() && b.is_infinite() {
                return Decimal::infinity(a.negative);
            }
            return invalid(status, Status::INVALID_OPERATION);
        }
        if b.exp > self.emax || b.exp < self.etiny() {
            return invalid(status, Status::INVALID_OPERATION);
        }
        if a.coeff.is_zero() {
            return self.finish(a.negative, b.exp, Exact::small(0), status);
        }
        if a.adjusted() - b.exp >= self.prec {
            return invalid(status, Status::INVALID_OPERATION);
        }
        if !computable(a.exp - b.exp, status) {
            return Decimal::nan();
        }
        let mut inner = Status::empty();
        let (coeff, _) = self.with_exponent(a, b.exp, &mut inner);
        let digits = coeff.as_ref().digits();
        if digits > self.prec || b.exp + digits - 1 > self.emax {
            return invalid(status, Status::INVALID_OPERATION);
        }
        if a.exp < b.exp {
            inner |= Status::ROUNDED;
        }
        *status |= inner;
        self.finish(a.negative, b.exp, Exact::Coeff(coeff), status)
    }

    /// `a` with exponent `exp`, of any precision: `round(a, -exp)`.
    pub fn rescale(&self, a: Num<'_>, exp: i64, status: &mut Status) -> Decimal {
        if !a.is_finite() {
            return self.nan_of(&[a], status).unwrap_or_else(|| Decimal::infinity(a.negative));
        }
        if !(MIN_ETINY..=MAX_EMAX + 1).contains(&exp) {
            return invalid(status, Status::INVALID_OPERATION);
        }
        if a.coeff.is_zero() {
            return Decimal::zero(a.negative, exp);
        }
        if !computable(a.exp - exp, status) {
            return Decimal::nan();
        }
        let (coeff, _) = self.with_exponent(a, exp, status);
        Decimal::finite(a.negative, exp, coeff)
    }

    /// `a` rounded to an integer. The conditions are for `to_integral_exact`; the other function drops them.
    pub fn to_integral(&self, a: Num<'_>, status: &mut Status) -> Decimal {
        if let Some(nan) = self.nan_of(&[a], status) {
            return nan;
        }
        if !a.is_finite() || a.exp >= 0 {
            return a.to_decimal();
        }
        if a.coeff.is_zero() {
            return Decimal::zero(a.negative, 0);
        }
        let (coeff, _) = self.with_exponent(a, 0, status);
        *status |= Status::ROUNDED;
        Decimal::finite(a.negative, 0, coeff)
    }

    /// As [`Self::to_integral`], without reporting that anything was rounded.
    pub fn to_integral_value(&self, a: Num<'_>, status: &mut Status) -> Decimal {
        let mut inner = Status::empty();
        let result = self.to_integral(a, &mut inner);
        *status |= inner & Status::INVALID;
        result
    }

    /// `a` without zeros at its end.
    pub fn reduce(&self, a: Num<'_>, status: &mut Status) -> Decimal {
        if let Some(nan) = self.nan_of(&[a], status) {
            return nan;
        }
        let x = self.apply(a, status);
        if !x.num().is_finite() {
            return x;
        }
        if x.num().is_zero() {
            return Decimal::zero(x.negative, 0);
        }
        let top = if self.clamp { self.etop() } else { self.emax };
        if x.exp >= top {
            return x;
        }
        let (coeff, exp) = pad_to(x.coeff, x.exp, top, 0);
        Decimal::finite(x.negative, exp, coeff)
    }

    fn largest(&self, negative: bool, status: &mut Status) -> Decimal {
        if !computable(self.prec, status) {
            return Decimal::nan();
        }
        Decimal::finite(negative, self.etop(), Coeff::nines(self.prec as usize))
    }

    /// The largest representable number below `a`, or the smallest above.
    fn neighbour(&self, a: Num<'_>, up: bool, status: &mut Status) -> Decimal {
        if let Some(nan) = self.nan_of(&[a], status) {
            return nan;
        }
        if a.is_infinite() {
            return if a.negative == up {
                self.largest(a.negative, status)
            } else {
                Decimal::infinity(a.negative)
            };
        }
        let context = self.with_rounding(if up { Rounding::Ceiling } else { Rounding::Floor });
        let mut ignored = Status::empty();
        let rounded = context.apply(a, &mut ignored);
        if compare(rounded.num(), a) != Ordering::Equal {
            *status |= ignored & Status::MALLOC_ERROR;
            return rounded;
        }
        let tiny = Num::small(!up, 1, self.etiny() - 1);
        let result = context.add(a, tiny, &mut ignored);
        *status |= ignored & Status::MALLOC_ERROR;
        result
    }

    pub fn next_plus(&self, a: Num<'_>, status: &mut Status) -> Decimal {
        self.neighbour(a, true, status)
    }
    pub fn next_minus(&self, a: Num<'_>, status: &mut Status) -> Decimal {
        self.neighbour(a, false, status)
    }

    /// The number closest to `a` in the direction of `b`.
    pub fn next_toward(&self, a: Num<'_>, b: Num<'_>, status: &mut Status) -> Decimal {
        if let Some(nan) = self.nan_of(&[a, b], status) {
            return nan;
        }
        let x = match compare(a, b) {
            Ordering::Equal => return a.with_sign(b.negative).to_decimal(),
            Ordering::Less => self.neighbour(a, true, status),
            Ordering::Greater => self.neighbour(a, false, status),
        };
        if x.num().is_infinite() {
            *status |= Status::OVERFLOW | Status::ROUNDED | Status::INEXACT;
        } else if x.num().adjusted() < self.emin {
            *status |= Status::UNDERFLOW | Status::SUBNORMAL | Status::ROUNDED | Status::INEXACT;
            if x.num().is_zero() {
                *status |= Status::CLAMPED;
            }
        }
        x
    }
}
