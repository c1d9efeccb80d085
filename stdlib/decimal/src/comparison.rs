//! Comparison by value and in the total order; minimum and maximum.

use crate::context::{Context, Status};
use crate::number::{Decimal, Kind, Num};
use std::cmp::Ordering;

/// Compares numbers that are no NaNs.
pub fn compare(a: Num<'_>, b: Num<'_>) -> Ordering {
    let sign = |x: Num<'_>| if x.is_zero() { 0 } else { 1 - 2 * x.negative as i32 };
    let (sa, sb) = (sign(a), sign(b));
    if sa != sb || sa == 0 {
        return sa.cmp(&sb);
    }
    let magnitudes = compare_magnitudes(a, b);
    if a.negative { magnitudes.reverse() } else { magnitudes }
}

fn compare_magnitudes(a: Num<'_>, b: Num<'_>) -> Ordering {
    match (a.is_infinite(), b.is_infinite()) {
        (false, false) => {}
        (x, y) => return x.cmp(&y),
    }
    match (a.is_zero(), b.is_zero()) {
        (false, false) => {}
        (x, y) => return y.cmp(&x),
    }
    if a.exp == b.exp {
        return a.coeff.compare(b.coeff);
    }
    a.adjusted().cmp(&b.adjusted()).then_with(|| {
        let exp = a.exp.min(b.exp);
        let aligned = |x: Num<'_>| x.coeff.shift_left((x.exp - exp) as usize);
        aligned(a).as_ref().compare(aligned(b).as_ref())
    })
}

/// The total order of the specification, which tells apart whatever looks different.
pub fn compare_total(a: Num<'_>, b: Num<'_>) -> Ordering {
    if a.negative != b.negative {
        return b.negative.cmp(&a.negative);
    }
    let rank = |x: Num<'_>| match x.kind {
        Kind::Finite => 0,
        Kind::Infinite => 1,
        Kind::Signaling => 2,
        Kind::Quiet => 3,
    };
    let magnitudes = rank(a).cmp(&rank(b)).then_with(|| match a.kind {
        Kind::Finite => compare_magnitudes(a, b).then(a.exp.cmp(&b.exp)),
        Kind::Infinite => Ordering::Equal,
        _ => a.coeff.compare(b.coeff),
    });
    if a.negative { magnitudes.reverse() } else { magnitudes }
}

fn number(order: Ordering) -> Decimal {
    Decimal::from_i64(order as i64)
}

impl Context {
    /// -1, 0 or 1, or a NaN.
    pub fn compare(&self, a: Num<'_>, b: Num<'_>, status: &mut Status) -> Decimal {
        self.nan_of(&[a, b], status).unwrap_or_else(|| number(compare(a, b)))
    }

    /// As [`Self::compare`], but every NaN signals.
    pub fn compare_signal(&self, a: Num<'_>, b: Num<'_>, status: &mut Status) -> Decimal {
        match self.nan_of(&[a, b], status) {
            Some(nan) => {
                *status |= Status::INVALID_OPERATION;
                nan
            }
            None => number(compare(a, b)),
        }
    }

    fn extreme(
        &self,
        a: Num<'_>,
        b: Num<'_>,
        by_magnitude: bool,
        wanted: Ordering,
        status: &mut Status,
    ) -> Decimal {
        match (a.kind, b.kind) {
            (Kind::Quiet, Kind::Finite | Kind::Infinite) => return self.apply(b, status),
            (Kind::Finite | Kind::Infinite, Kind::Quiet) => return self.apply(a, status),
            _ => {}
        }
        if let Some(nan) = self.nan_of(&[a, b], status) {
            return nan;
        }
        let order = if by_magnitude { compare(a.abs(), b.abs()) } else { Ordering::Equal };
        let order = order.then_with(|| compare(a, b)).then_with(|| compare_total(a, b));
        self.apply(if order == wanted { a } else { b }, status)
    }

    pub fn max(&self, a: Num<'_>, b: Num<'_>, status: &mut Status) -> Decimal {
        self.extreme(a, b, false, Ordering::Greater, status)
    }
    pub fn min(&self, a: Num<'_>, b: Num<'_>, status: &mut Status) -> Decimal {
        self.extreme(a, b, false, Ordering::Less, status)
    }
    pub fn max_mag(&self, a: Num<'_>, b: Num<'_>, status: &mut Status) -> Decimal {
        self.extreme(a, b, true, Ordering::Greater, status)
    }
    pub fn min_mag(&self, a: Num<'_>, b: Num<'_>, status: &mut Status) -> Decimal {
        self.extreme(a, b, true, Ordering::Less, status)
    }
}

/// -1, 0 or 1 as a number, from the total order.
pub fn total(a: Num<'_>, b: Num<'_>) -> Decimal {
    number(compare_total(a, b))
}

/// Whether two numbers have the same exponent.
pub fn same_quantum(a: Num<'_>, b: Num<'_>) -> bool {
    match (a.is_finite(), b.is_finite()) {
        (true, true) => a.exp == b.exp,
        _ => a.is_infinite() && b.is_infinite() || a.is_nan() && b.is_nan(),
    }
}
