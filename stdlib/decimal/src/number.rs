//! Decimal numbers: sign, coefficient, exponent; infinities; NaNs, whose coefficient is their diagnostic.

use crate::coefficient::{Coeff, CoeffRef};
use crate::context::Context;

/// What a number is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    Finite,
    Infinite,
    Quiet,
    Signaling,
}

/// A number that owns its coefficient.
#[derive(Clone, Debug)]
pub struct Decimal {
    pub negative: bool,
    pub kind: Kind,
    /// 0 unless finite.
    pub exp: i64,
    pub coeff: Coeff,
}

/// A number that borrows its coefficient: what operations take.
#[derive(Clone, Copy, Debug)]
pub struct Num<'a> {
    pub negative: bool,
    pub kind: Kind,
    pub exp: i64,
    pub coeff: CoeffRef<'a>,
}

impl Decimal {
    #[inline]
    pub fn finite(negative: bool, exp: i64, coeff: Coeff) -> Decimal {
        Decimal { negative, kind: Kind::Finite, exp, coeff }
    }
    pub fn zero(negative: bool, exp: i64) -> Decimal {
        Decimal::finite(negative, exp, Coeff::ZERO)
    }
    pub fn from_i64(i: i64) -> Decimal {
        Decimal::finite(i < 0, 0, Coeff::Small(i.unsigned_abs() as u128))
    }
    pub fn infinity(negative: bool) -> Decimal {
        Decimal { negative, kind: Kind::Infinite, exp: 0, coeff: Coeff::ZERO }
    }
    pub fn nan() -> Decimal {
        Decimal { negative: false, kind: Kind::Quiet, exp: 0, coeff: Coeff::ZERO }
    }
    #[inline]
    pub fn num(&self) -> Num<'_> {
        Num { negative: self.negative, kind: self.kind, exp: self.exp, coeff: self.coeff.as_ref() }
    }
}

impl<'a> Num<'a> {
    pub fn small(negative: bool, coeff: u64, exp: i64) -> Num<'static> {
        Num { negative, kind: Kind::Finite, exp, coeff: CoeffRef::Small(coeff as u128) }
    }
    pub fn to_decimal(self) -> Decimal {
        Decimal { negative: self.negative, kind: self.kind, exp: self.exp, coeff: self.coeff.to_owned() }
    }
    #[inline]
    pub fn is_finite(self) -> bool {
        self.kind == Kind::Finite
    }
    pub fn is_infinite(self) -> bool {
        self.kind == Kind::Infinite
    }
    #[inline]
    pub fn is_nan(self) -> bool {
        matches!(self.kind, Kind::Quiet | Kind::Signaling)
    }
    #[inline]
    pub fn is_zero(self) -> bool {
        self.is_finite() && self.coeff.is_zero()
    }
    /// The exponent of the first digit.
    #[inline]
    pub fn adjusted(self) -> i64 {
        self.exp + self.coeff.digits() - 1
    }
    pub fn with_sign(self, negative: bool) -> Num<'a> {
        Num { negative, ..self }
    }
    pub fn negated(self) -> Num<'a> {
        self.with_sign(!self.negative)
    }
    pub fn abs(self) -> Num<'a> {
        self.with_sign(false)
    }
    /// Whether a finite number has no fraction.
    pub fn is_integer(self) -> bool {
        self.is_finite() && (self.is_zero() || self.exp >= 0 || self.coeff.trailing_zeros() + self.exp >= 0)
    }
    /// Whether an integer is odd.
    pub fn is_odd_integer(self) -> bool {
        self.is_integer() && self.exp <= 0 && self.coeff.digit(-self.exp as usize) & 1 == 1
    }
    /// The magnitude of an integer, if small.
    pub fn integer_u64(self) -> Option<u64> {
        if self.is_zero() {
            return Some(0);
        }
        if !self.is_integer() || self.adjusted() > 19 {
            return None;
        }
        let shifted = match self.exp {
            exp if exp >= 0 => self.coeff.shift_left(exp as usize),
            exp => self.coeff.shift_right(-exp as usize).0,
        };
        shifted.as_ref().to_u64()
    }
    /// An integer, if it fits.
    pub fn integer_i64(self) -> Option<i64> {
        let magnitude = self.integer_u64()?;
        if self.negative { 0i64.checked_sub_unsigned(magnitude) } else { magnitude.try_into().ok() }
    }
    pub fn is_normal(self, context: &Context) -> bool {
        self.is_finite() && !self.is_zero() && self.adjusted() >= context.emin
    }
    pub fn is_subnormal(self, context: &Context) -> bool {
        self.is_finite() && !self.is_zero() && self.adjusted() < context.emin
    }
    /// The specification's name of the number's class.
    pub fn class(self, context: &Context) -> &'static str {
        match (self.kind, self.negative) {
            (Kind::Quiet, _) => "NaN",
            (Kind::Signaling, _) => "sNaN",
            (Kind::Infinite, true) => "-Infinity",
            (Kind::Infinite, false) => "+Infinity",
            (Kind::Finite, negative) => match (self.is_zero(), self.is_subnormal(context), negative) {
                (true, _, true) => "-Zero",
                (true, _, false) => "+Zero",
                (_, true, true) => "-Subnormal",
                (_, true, false) => "+Subnormal",
                (_, _, true) => "-Normal",
                (_, _, false) => "+Normal",
            },
        }
    }
}
