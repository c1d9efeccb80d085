//! Contexts, conditions, and the rounding of results to a context.
//!
//! An operation computes an exact coefficient (or one with a sticky last digit) and hands it to [`Context::finish`], the
//! one place where precision and exponent limits are applied and their conditions reported.

use crate::coefficient::{Coeff, CoeffRef};
use crate::limbs::Tail;
use crate::number::{Decimal, Kind, Num};
use crate::wide;
use bitflags::bitflags;

pub const MAX_PREC: i64 = 999_999_999_999_999_999;
pub const MAX_EMAX: i64 = 999_999_999_999_999_999;
pub const MIN_EMIN: i64 = -999_999_999_999_999_999;
pub const MIN_ETINY: i64 = MIN_EMIN - (MAX_PREC - 1);

/// More digits than this are not computed: [`Status::MALLOC_ERROR`].
pub const MAX_COMPUTED: i64 = 2_000_000_000;

bitflags! {
    /// Conditions of the specification, and those of CPython.
    #[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
    pub struct Status: u32 {
        const CLAMPED = 1;
        const CONVERSION_SYNTAX = 1 << 1;
        const DIVISION_BY_ZERO = 1 << 2;
        const DIVISION_IMPOSSIBLE = 1 << 3;
        const DIVISION_UNDEFINED = 1 << 4;
        const INEXACT = 1 << 6;
        const INVALID_CONTEXT = 1 << 7;
        const INVALID_OPERATION = 1 << 8;
        const MALLOC_ERROR = 1 << 9;
        const FLOAT_OPERATION = 1 << 10;
        const OVERFLOW = 1 << 11;
        const ROUNDED = 1 << 12;
        const SUBNORMAL = 1 << 13;
        const UNDERFLOW = 1 << 14;
        /// What the signal `InvalidOperation` stands for.
        const INVALID = 1 << 1 | 1 << 3 | 1 << 4 | 1 << 7 | 1 << 8 | 1 << 9;
        /// Conditions that make the result of a conversion unusable.
        const ERRORS = Self::INVALID.bits() | 1 << 2;
    }
}

/// A rounding mode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rounding {
    Up,
    Down,
    Ceiling,
    Floor,
    HalfUp,
    HalfDown,
    HalfEven,
    ZeroFiveUp,
}

impl Rounding {
    /// Whether the magnitude is to be incremented.
    #[inline]
    pub fn increments(self, negative: bool, last_digit: impl FnOnce() -> u8, tail: Tail) -> bool {
        if tail == Tail::Zero {
            return false;
        }
        match self {
            Rounding::Up => true,
            Rounding::Down => false,
            Rounding::Ceiling => !negative,
            Rounding::Floor => negative,
            Rounding::HalfUp => tail != Tail::Below,
            Rounding::HalfDown => tail == Tail::Above,
            Rounding::HalfEven => tail == Tail::Above || tail == Tail::Half && last_digit() & 1 == 1,
            Rounding::ZeroFiveUp => matches!(last_digit(), 0 | 5),
        }
    }

    /// Whether a result that is too large becomes the largest finite number.
    fn overflows_to_finite(self, negative: bool) -> bool {
        match self {
            Rounding::Up | Rounding::HalfUp | Rounding::HalfDown | Rounding::HalfEven => false,
            Rounding::Down | Rounding::ZeroFiveUp => true,
            Rounding::Ceiling => negative,
            Rounding::Floor => !negative,
        }
    }
}

/// Precision, exponent limits and rounding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Context {
    pub prec: i64,
    pub emax: i64,
    pub emin: i64,
    pub rounding: Rounding,
    pub clamp: bool,
}

/// A coefficient on its way to a context, not yet split into limbs.
pub enum Exact {
    /// `high * 2^128 + low`, below 10^76.
    Wide(u128, u128),
    Coeff(Coeff),
}

impl Exact {
    #[inline]
    pub fn small(x: u128) -> Exact {
        Exact::Wide(0, x)
    }
    #[inline]
    fn is_zero(&self) -> bool {
        match self {
            Exact::Wide(high, low) => high | low == 0,
            Exact::Coeff(c) => c.as_ref().is_zero(),
        }
    }
    #[inline]
    fn digits(&self) -> i64 {
        match self {
            Exact::Wide(0, low) => wide::digits(*low) as i64,
            Exact::Wide(high, low) => {
                let (q, _) = wide::div_pow10_wide(*high, *low, wide::MAX_DIGITS);
                (wide::MAX_DIGITS + wide::digits(q)) as i64
            }
            Exact::Coeff(c) => c.as_ref().digits(),
        }
    }
    pub fn into_coeff(self) -> Coeff {
        match self {
            Exact::Wide(high, low) => Coeff::from_wide(high, low),
            Exact::Coeff(c) => c,
        }
    }
    fn shift_right(self, k: i64) -> (Coeff, Tail) {
        match self {
            Exact::Wide(high, low) if k <= wide::MAX_DIGITS as i64 && high < wide::POW10[k as usize] => {
                let (q, r) = wide::div_pow10_wide(high, low, k as u32);
                (Coeff::from_u128(q), Tail::of(r, k as u32))
            }
            exact => exact.into_coeff().as_ref().shift_right(usize::try_from(k).unwrap_or(usize::MAX)),
        }
    }
}

impl Context {
    /// The context of exact results: the largest there is.
    pub const MAX: Context = Context {
        prec: MAX_PREC,
        emax: MAX_EMAX,
        emin: MIN_EMIN,
        rounding: Rounding::HalfEven,
        clamp: false,
    };

    pub fn with_prec(self, prec: i64) -> Context {
        Context { prec, ..self }
    }
    pub fn with_rounding(self, rounding: Rounding) -> Context {
        Context { rounding, ..self }
    }
    /// The smallest exponent of a subnormal number.
    pub fn etiny(&self) -> i64 {
        self.emin - (self.prec - 1)
    }
    /// The largest exponent of a number with all digits.
    pub fn etop(&self) -> i64 {
        self.emax - (self.prec - 1)
    }

    /// The number rounded to this context.
    #[inline]
    pub fn finish(&self, negative: bool, exp: i64, exact: Exact, status: &mut Status) -> Decimal {
        if let Exact::Wide(0, low) = exact
            && low != 0
        {
            let digits = wide::digits(low) as i64;
            let adjusted = exp + digits - 1;
            if digits <= self.prec
                && digits <= wide::MAX_DIGITS as i64
                && adjusted <= self.emax
                && adjusted >= self.emin
                && !(self.clamp && exp > self.etop())
            {
                return Decimal { negative, kind: Kind::Finite, exp, coeff: Coeff::Small(low) };
            }
        }
        self.finish_slowly(negative, exp, exact, status)
    }

    fn finish_slowly(&self, negative: bool, exp: i64, exact: Exact, status: &mut Status) -> Decimal {
        if exact.is_zero() {
            let top = if self.clamp { self.etop() } else { self.emax };
            let exp_in = exp.clamp(self.etiny(), top);
            if exp_in != exp {
                *status |= Status::CLAMPED;
            }
            return Decimal::finite(negative, exp_in, Coeff::ZERO);
        }
        let digits = exact.digits();
        let adjusted = exp + digits - 1;
        if adjusted > self.emax {
            return self.overflow(negative, status);
        }
        if adjusted < self.emin {
            return self.subnormal(negative, exp, exact, status);
        }
        let (coeff, exp) = if digits > self.prec {
            let cut = digits - self.prec;
            let (coeff, tail) = exact.shift_right(cut);
            *status |= Status::ROUNDED;
            let coeff = self.round(negative, coeff, tail, status);
            if coeff.as_ref().digits() > self.prec {
                // All nines became a power of ten.
                if adjusted + 1 > self.emax {
                    return self.overflow(negative, status);
                }
                (coeff.as_ref().shift_right(1).0, exp + cut + 1)
            } else {
                (coeff, exp + cut)
            }
        } else {
            (exact.into_coeff(), exp)
        };
        self.fold_down(negative, exp, coeff, status)
    }

    /// With `clamp`, an exponent above the one of the largest number is lowered.
    fn fold_down(&self, negative: bool, exp: i64, coeff: Coeff, status: &mut Status) -> Decimal {
        if self.clamp && exp > self.etop() {
            *status |= Status::CLAMPED;
            let pad = exp - self.etop();
            if pad > MAX_COMPUTED {
                *status |= Status::MALLOC_ERROR;
                return Decimal::nan();
            }
            return Decimal::finite(negative, self.etop(), coeff.as_ref().shift_left(pad as usize));
        }
        Decimal::finite(negative, exp, coeff)
    }

    /// Applies the rounding mode to what was cut off.
    #[inline]
    pub fn round(&self, negative: bool, coeff: Coeff, tail: Tail, status: &mut Status) -> Coeff {
        if tail != Tail::Zero {
            *status |= Status::INEXACT;
        }
        let last_digit = || match &coeff {
            Coeff::Small(x) => (x % 10) as u8,
            big => big.as_ref().digit(0),
        };
        if self.rounding.increments(negative, last_digit, tail) { coeff.increment() } else { coeff }
    }

    #[cold]
    fn overflow(&self, negative: bool, status: &mut Status) -> Decimal {
        *status |= Status::OVERFLOW | Status::INEXACT | Status::ROUNDED;
        if self.rounding.overflows_to_finite(negative) {
            if self.prec > MAX_COMPUTED {
                *status |= Status::MALLOC_ERROR;
                return Decimal::nan();
            }
            return Decimal::finite(negative, self.etop(), Coeff::nines(self.prec as usize));
        }
        Decimal::infinity(negative)
    }

    #[cold]
    fn subnormal(&self, negative: bool, exp: i64, exact: Exact, status: &mut Status) -> Decimal {
        *status |= Status::SUBNORMAL;
        let etiny = self.etiny();
        if exp >= etiny {
            return self.fold_down(negative, exp, exact.into_coeff(), status);
        }
        let (coeff, tail) = exact.shift_right(etiny - exp);
        *status |= Status::ROUNDED;
        if tail != Tail::Zero {
            *status |= Status::UNDERFLOW;
        }
        let coeff = self.round(negative, coeff, tail, status);
        if coeff.as_ref().is_zero() {
            *status |= Status::CLAMPED;
        }
        Decimal::finite(negative, etiny, coeff)
    }

    /// A number rounded to this context; a NaN gets a diagnostic that fits.
    pub fn apply(&self, x: Num<'_>, status: &mut Status) -> Decimal {
        match x.kind {
            Kind::Finite => match x.coeff {
                CoeffRef::Small(c) => self.finish(x.negative, x.exp, Exact::small(c), status),
                big if self.holds(x) => Decimal::finite(x.negative, x.exp, big.to_owned()),
                big => self.finish(x.negative, x.exp, Exact::Coeff(big.to_owned()), status),
            },
            Kind::Infinite => Decimal::infinity(x.negative),
            Kind::Quiet | Kind::Signaling => self.fit_nan(x),
        }
    }

    /// Whether a finite number, not zero, needs no rounding.
    fn holds(&self, x: Num<'_>) -> bool {
        let digits = x.coeff.digits();
        let adjusted = x.exp + digits - 1;
        digits <= self.prec
            && adjusted <= self.emax
            && adjusted >= self.emin
            && !(self.clamp && x.exp > self.etop())
    }

    /// The NaN with as much of its diagnostic as the precision holds.
    pub fn fit_nan(&self, x: Num<'_>) -> Decimal {
        let room = self.prec - self.clamp as i64;
        let coeff =
            if x.coeff.digits() > room { x.coeff.low_digits(room as usize) } else { x.coeff.to_owned() };
        Decimal { negative: x.negative, kind: x.kind, exp: 0, coeff }
    }

    /// The result if an operand is a NaN.
    #[inline]
    pub fn nan_of(&self, operands: &[Num<'_>], status: &mut Status) -> Option<Decimal> {
        if operands.iter().all(|x| !x.is_nan()) {
            return None;
        }
        self.propagate(operands, status)
    }

    #[cold]
    fn propagate(&self, operands: &[Num<'_>], status: &mut Status) -> Option<Decimal> {
        let signaling = operands.iter().find(|x| x.kind == Kind::Signaling);
        if signaling.is_some() {
            *status |= Status::INVALID_OPERATION;
        }
        let source = signaling.or_else(|| operands.iter().find(|x| x.kind == Kind::Quiet))?;
        Some(Decimal { kind: Kind::Quiet, ..self.fit_nan(*source) })
    }
}

/// A result that does not exist.
#[cold]
pub fn invalid(status: &mut Status, why: Status) -> Decimal {
    *status |= why;
    Decimal::nan()
}
