//! Addition, multiplication, fused multiply-add, square root.

use crate::coefficient::{Coeff, CoeffRef};
use crate::context::{Context, Exact, Rounding, Status, invalid};
use crate::limbs::Tail;
use crate::number::{Decimal, Num};
use crate::text::computable;
use crate::{quotient, wide};
use std::cmp::Ordering;

impl Context {
    /// `a + b`.
    #[inline]
    pub fn add(&self, a: Num<'_>, b: Num<'_>, status: &mut Status) -> Decimal {
        if a.is_finite() && b.is_finite() {
            if let (CoeffRef::Small(x), CoeffRef::Small(y)) = (a.coeff, b.coeff)
                && a.exp == b.exp
                && a.negative == b.negative
            {
                return self.finish(a.negative, a.exp, Exact::small(x + y), status);
            }
            return self.add_finite(a, b, status);
        }
        self.add_special(a, b, status)
    }

    /// `a - b`.
    #[inline]
    pub fn sub(&self, a: Num<'_>, b: Num<'_>, status: &mut Status) -> Decimal {
        if a.is_finite() && b.is_finite() {
            return self.add_finite(a, b.negated(), status);
        }
        if let Some(nan) = self.nan_of(&[a, b], status) {
            return nan;
        }
        self.add_special(a, b.negated(), status)
    }

    #[cold]
    fn add_special(&self, a: Num<'_>, b: Num<'_>, status: &mut Status) -> Decimal {
        if let Some(nan) = self.nan_of(&[a, b], status) {
            return nan;
        }
        match (a.is_infinite(), b.is_infinite()) {
            (true, true) if a.negative != b.negative => invalid(status, Status::INVALID_OPERATION),
            (true, _) => Decimal::infinity(a.negative),
            _ => Decimal::infinity(b.negative),
        }
    }

    fn add_finite(&self, a: Num<'_>, b: Num<'_>, status: &mut Status) -> Decimal {
        let (high, mut low) = if a.exp >= b.exp { (a, b) } else { (b, a) };
        if high.exp != low.exp && !high.coeff.is_zero() {
            // A summand below the last place that can matter only makes the sum inexact.
            let last = high.exp + (-1).min(high.coeff.digits() - self.prec - 2);
            if low.exp + low.coeff.digits() - 1 < last {
                low = Num { exp: last, coeff: CoeffRef::Small(!low.coeff.is_zero() as u128), ..low };
            }
        }
        let shift = high.exp - low.exp;
        let shift = if high.coeff.is_zero() { 0 } else { shift };
        if let (CoeffRef::Small(x), CoeffRef::Small(y)) = (high.coeff, low.coeff) {
            let digits = wide::digits(x) as i64 + shift;
            if digits <= wide::MAX_DIGITS as i64 {
                let x = x * wide::POW10[shift as usize];
                return self.add_small(high.negative, x, low.negative, y, low.exp, status);
            }
            if digits < 2 * wide::MAX_DIGITS as i64 {
                let first = (shift as u32).min(wide::MAX_DIGITS - wide::digits(x));
                let rest = shift as u32 - first;
                let (h, l) = wide::mul(x * wide::POW10[first as usize], wide::POW10[rest as usize]);
                // Here x is the larger: it has more than 38 digits.
                let exact = if high.negative == low.negative {
                    let (l, carry) = l.overflowing_add(y);
                    Exact::Wide(h + carry as u128, l)
                } else {
                    let (l, borrow) = l.overflowing_sub(y);
                    Exact::Wide(h - borrow as u128, l)
                };
                return self.finish(high.negative, low.exp, exact, status);
            }
        }
        if !computable(shift, status) {
            return Decimal::nan();
        }
        let x = high.coeff.shift_left(shift as usize);
        let x = x.as_ref();
        if high.negative == low.negative {
            return self.finish(high.negative, low.exp, Exact::Coeff(x.add(low.coeff)), status);
        }
        match x.compare(low.coeff) {
            Ordering::Equal => self.finish(self.zero_sign(), low.exp, Exact::small(0), status),
            Ordering::Greater => self.finish(high.negative, low.exp, Exact::Coeff(x.sub(low.coeff)), status),
            Ordering::Less => self.finish(low.negative, low.exp, Exact::Coeff(low.coeff.sub(x)), status),
        }
    }

    #[inline]
    fn add_small(&self, nx: bool, x: u128, ny: bool, y: u128, exp: i64, status: &mut Status) -> Decimal {
        if nx == ny {
            return self.finish(nx, exp, Exact::small(x + y), status);
        }
        match x.cmp(&y) {
            Ordering::Equal => self.finish(self.zero_sign(), exp, Exact::small(0), status),
            Ordering::Greater => self.finish(nx, exp, Exact::small(x - y), status),
            Ordering::Less => self.finish(ny, exp, Exact::small(y - x), status),
        }
    }

    /// The sign of a difference of equals.
    fn zero_sign(&self) -> bool {
        self.rounding == Rounding::Floor
    }

    /// `+a`: rounded, and without the sign of a zero.
    pub fn plus(&self, a: Num<'_>, status: &mut Status) -> Decimal {
        if let Some(nan) = self.nan_of(&[a], status) {
            return nan;
        }
        if a.is_zero() {
            return self.apply(a.with_sign(a.negative && self.zero_sign()), status);
        }
        self.apply(a, status)
    }

    /// `-a`.
    pub fn minus(&self, a: Num<'_>, status: &mut Status) -> Decimal {
        if let Some(nan) = self.nan_of(&[a], status) {
            return nan;
        }
        if a.is_zero() {
            return self.apply(a.with_sign(!a.negative && self.zero_sign()), status);
        }
        self.apply(a.negated(), status)
    }

    /// `abs(a)`.
    pub fn abs(&self, a: Num<'_>, status: &mut Status) -> Decimal {
        if let Some(nan) = self.nan_of(&[a], status) {
            return nan;
        }
        self.apply(a.abs(), status)
    }

    /// `a * b`.
    #[inline]
    pub fn mul(&self, a: Num<'_>, b: Num<'_>, status: &mut Status) -> Decimal {
        let negative = a.negative != b.negative;
        if a.is_finite() && b.is_finite() {
            let exact = match (a.coeff, b.coeff) {
                (CoeffRef::Small(x), CoeffRef::Small(y)) => {
                    let (high, low) = wide::mul(x, y);
                    Exact::Wide(high, low)
                }
                (x, y) if computable(x.digits() + y.digits(), status) => Exact::Coeff(x.mul(y)),
                _ => return Decimal::nan(),
            };
            return self.finish(negative, a.exp + b.exp, exact, status);
        }
        if let Some(nan) = self.nan_of(&[a, b], status) {
            return nan;
        }
        if a.is_zero() || b.is_zero() {
            return invalid(status, Status::INVALID_OPERATION);
        }
        Decimal::infinity(negative)
    }

    /// `a * b + c`, rounded once.
    pub fn fma(&self, a: Num<'_>, b: Num<'_>, c: Num<'_>, status: &mut Status) -> Decimal {
        if a.is_infinite() && b.is_zero() || a.is_zero() && b.is_infinite() {
            // Even if the summand is a NaN.
            return invalid(status, Status::INVALID_OPERATION);
        }
        if let Some(nan) = self.nan_of(&[a, b, c], status) {
            return nan;
        }
        if a.is_infinite() || b.is_infinite() {
            return self.add(Decimal::infinity(a.negative != b.negative).num(), c, status);
        }
        let product = Decimal::finite(a.negative != b.negative, a.exp + b.exp, a.coeff.mul(b.coeff));
        self.add(product.num(), c, status)
    }

    /// The square root, rounded half to even whatever the context says.
    pub fn sqrt(&self, a: Num<'_>, status: &mut Status) -> Decimal {
        if let Some(nan) = self.nan_of(&[a], status) {
            return nan;
        }
        if a.is_zero() {
            return self.finish(a.negative, a.exp.div_euclid(2), Exact::small(0), status);
        }
        if a.negative {
            return invalid(status, Status::INVALID_OPERATION);
        }
        if a.is_infinite() {
            return Decimal::infinity(false);
        }
        let ideal = a.exp.div_euclid(2);
        // The radicand, with an even exponent, gets twice the digits of the root and of one more.
        let odd = a.exp.rem_euclid(2);
        let wanted = 2 * self.prec + 2;
        let missing = wanted - (a.coeff.digits() + odd);
        let shift = (missing + (missing & 1)) + odd;
        if !computable(wanted, status) {
            return Decimal::nan();
        }
        let exp = (a.exp - shift) / 2;
        let (root, exact) = root_of(a.coeff, shift);
        let root = if exact { pad_to(root, exp, ideal, self.prec) } else { (sticky(root, true), exp) };
        let context = self.with_rounding(Rounding::HalfEven);
        context.finish(false, root.1, Exact::Coeff(root.0), status)
    }
}

/// `floor(sqrt(c * 10^shift))`, and whether it is exact.
fn root_of(c: CoeffRef<'_>, shift: i64) -> (Coeff, bool) {
    if let CoeffRef::Small(x) = c
        && shift >= 0
        && wide::digits(x) as i64 + shift <= 74
    {
        let first = (shift as u32).min(wide::MAX_DIGITS - wide::digits(x));
        let (high, low) =
            wide::mul(x * wide::POW10[first as usize], wide::POW10[(shift as u32 - first) as usize]);
        let root = wide::sqrt(high, low);
        return (Coeff::from_u128(root), wide::mul(root, root) == (high, low));
    }
    let (radicand, tail) =
        if shift >= 0 { (c.shift_left(shift as usize), Tail::Zero) } else { c.shift_right(-shift as usize) };
    let (root, exact) = quotient::sqrt(radicand.as_ref().limbs(&mut [0; 2]));
    (Coeff::from_limbs(root), exact && tail == Tail::Zero)
}

/// A coefficient that was cut off: its last digit shows that something follows.
pub fn sticky(coeff: Coeff, inexact: bool) -> Coeff {
    if inexact && matches!(coeff.as_ref().digit(0), 0 | 5) { coeff.increment() } else { coeff }
}

/// An exact result brought towards its ideal exponent: zeros are dropped, or added up to the precision.
pub fn pad_to(coeff: Coeff, exp: i64, ideal: i64, prec: i64) -> (Coeff, i64) {
    let c = coeff.as_ref();
    if exp < ideal {
        let zeros = c.trailing_zeros().min(ideal - exp);
        return if zeros == 0 { (coeff, exp) } else { (c.shift_right(zeros as usize).0, exp + zeros) };
    }
    let pad = (exp - ideal).min(prec - c.digits());
    if pad <= 0 { (coeff, exp) } else { (c.shift_left(pad as usize), exp - pad) }
}
