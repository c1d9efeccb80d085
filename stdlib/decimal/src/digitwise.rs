//! Operations on digits and exponents: logic, shifts, rotations, scaling.

use crate::coefficient::Coeff;
use crate::context::{Context, Exact, Status, invalid};
use crate::number::{Decimal, Num};
use crate::text::computable;

/// The digits of a logical operand, least significant first; `None` if it is none.
fn logical_digits(x: Num<'_>) -> Option<Vec<u8>> {
    if !x.is_finite() || x.negative || x.exp != 0 {
        return None;
    }
    let mut text = String::new();
    x.coeff.push_digits(&mut text);
    text.bytes().rev().map(|c| matches!(c, b'0' | b'1').then(|| c - b'0')).collect()
}

impl Context {
    fn digitwise(&self, a: Num<'_>, b: Num<'_>, f: impl Fn(u8, u8) -> u8, status: &mut Status) -> Decimal {
        let (Some(x), Some(y)) = (logical_digits(a), logical_digits(b)) else {
            return invalid(status, Status::INVALID_OPERATION);
        };
        let len = (x.len().max(y.len()) as i64).min(self.prec) as usize;
        let get = |v: &[u8], i: usize| v.get(i).copied().unwrap_or(0);
        let digits: Vec<u8> = (0..len).rev().map(|i| b'0' + f(get(&x, i), get(&y, i))).collect();
        Decimal::finite(false, 0, Coeff::from_digits(&digits))
    }

    pub fn logical_and(&self, a: Num<'_>, b: Num<'_>, status: &mut Status) -> Decimal {
        self.digitwise(a, b, |x, y| x & y, status)
    }
    pub fn logical_or(&self, a: Num<'_>, b: Num<'_>, status: &mut Status) -> Decimal {
        self.digitwise(a, b, |x, y| x | y, status)
    }
    pub fn logical_xor(&self, a: Num<'_>, b: Num<'_>, status: &mut Status) -> Decimal {
        self.digitwise(a, b, |x, y| x ^ y, status)
    }
    pub fn logical_invert(&self, a: Num<'_>, status: &mut Status) -> Decimal {
        let Some(x) = logical_digits(a) else { return invalid(status, Status::INVALID_OPERATION) };
        if !computable(self.prec, status) {
            return Decimal::nan();
        }
        let digits: Vec<u8> =
            (0..self.prec as usize).rev().map(|i| b'1' - x.get(i).copied().unwrap_or(0)).collect();
        Decimal::finite(false, 0, Coeff::from_digits(&digits))
    }

    /// The count of a shift or rotation: an integer of at most the precision.
    fn places(&self, b: Num<'_>, status: &mut Status) -> Option<i64> {
        let n = if b.exp == 0 { b.integer_i64() } else { None }.filter(|n| n.abs() <= self.prec);
        if n.is_none() {
            *status |= Status::INVALID_OPERATION;
        }
        n
    }

    fn capped(&self, coeff: Coeff) -> Coeff {
        if coeff.as_ref().digits() > self.prec {
            coeff.as_ref().low_digits(self.prec as usize)
        } else {
            coeff
        }
    }

    /// The coefficient shifted by `b` digits, to the left if that is positive.
    pub fn shift(&self, a: Num<'_>, b: Num<'_>, status: &mut Status) -> Decimal {
        if let Some(nan) = self.nan_of(&[a, b], status) {
            return nan;
        }
        let Some(n) = self.places(b, status) else { return Decimal::nan() };
        if a.is_infinite() {
            return Decimal::infinity(a.negative);
        }
        if n > 0 && !computable(n, status) {
            return Decimal::nan();
        }
        let coeff = self.capped(a.coeff.to_owned());
        let c = coeff.as_ref();
        let coeff = if n >= 0 { c.shift_left(n as usize) } else { c.shift_right(-n as usize).0 };
        Decimal::finite(a.negative, a.exp, self.capped(coeff))
    }

    /// The coefficient, of as many digits as the precision, rotated by `b` digits.
    pub fn rotate(&self, a: Num<'_>, b: Num<'_>, status: &mut Status) -> Decimal {
        if let Some(nan) = self.nan_of(&[a, b], status) {
            return nan;
        }
        let Some(n) = self.places(b, status) else { return Decimal::nan() };
        if a.is_infinite() {
            return Decimal::infinity(a.negative);
        }
        if !computable(self.prec, status) {
            return Decimal::nan();
        }
        let left = n.rem_euclid(self.prec) as usize;
        let right = self.prec as usize - left;
        let coeff = self.capped(a.coeff.to_owned());
        let (high, _) = coeff.as_ref().shift_right(right);
        let low = coeff.as_ref().low_digits(right);
        let coeff = low.as_ref().shift_left(left).as_ref().add(high.as_ref());
        Decimal::finite(a.negative, a.exp, coeff)
    }

    /// `a * 10^b`.
    pub fn scaleb(&self, a: Num<'_>, b: Num<'_>, status: &mut Status) -> Decimal {
        if let Some(nan) = self.nan_of(&[a, b], status) {
            return nan;
        }
        let limit = 2 * (self.emax + self.prec);
        let Some(n) = (if b.exp == 0 { b.integer_i64() } else { None }).filter(|n| n.abs() <= limit) else {
            return invalid(status, Status::INVALID_OPERATION);
        };
        if a.is_infinite() {
            return Decimal::infinity(a.negative);
        }
        self.finish(a.negative, a.exp.saturating_add(n), Exact::Coeff(a.coeff.to_owned()), status)
    }

    /// The exponent of the first digit.
    pub fn logb(&self, a: Num<'_>, status: &mut Status) -> Decimal {
        if let Some(nan) = self.nan_of(&[a], status) {
            return nan;
        }
        if a.is_infinite() {
            return Decimal::infinity(false);
        }
        if a.is_zero() {
            *status |= Status::DIVISION_BY_ZERO;
            return Decimal::infinity(true);
        }
        let exponent = Decimal::from_i64(a.adjusted());
        self.apply(exponent.num(), status)
    }
}
