//! Powers: with integer exponents by repeated squaring, with others as `exp(b * ln a)`; modular powers.

use crate::binary::{from_biguint, to_biguint};
use crate::coefficient::Coeff;
use crate::comparison::compare;
use crate::context::{Context, Exact, Rounding, Status, invalid};
use crate::number::{Decimal, Num};
use crate::text::computable;
use crate::transcendental::LogScale;
use num_bigint::{BigInt, BigUint};
use num_traits::{One, Zero};
use std::cmp::Ordering;

impl Context {
    /// `a ** b`.
    pub fn pow(&self, a: Num<'_>, b: Num<'_>, status: &mut Status) -> Decimal {
        if let Some(nan) = self.nan_of(&[a, b], status) {
            return nan;
        }
        if b.is_zero() {
            if a.is_zero() {
                return invalid(status, Status::INVALID_OPERATION);
            }
            return Decimal::finite(false, 0, Coeff::Small(1));
        }
        let integer = b.is_infinite() || b.is_integer();
        let negative = a.negative && b.is_odd_integer();
        if a.negative && !integer && !a.is_zero() {
            return invalid(status, Status::INVALID_OPERATION);
        }
        if b.is_infinite() && a.negative && !a.is_zero() {
            return invalid(status, Status::INVALID_OPERATION);
        }
        let x = a.abs();
        if a.is_zero() || a.is_infinite() {
            return if a.is_zero() == b.negative {
                Decimal::infinity(negative)
            } else {
                Decimal::zero(negative, 0)
            };
        }
        let order = compare(x, Num::small(false, 1, 0));
        if order == Ordering::Equal {
            return self.power_of_one(x, b, negative, status);
        }
        if b.is_infinite() {
            let grows = (order == Ordering::Greater) != b.negative;
            return if grows { Decimal::infinity(false) } else { Decimal::zero(false, 0) };
        }
        if let Some(result) = self.far_outside(x, b, negative, status) {
            return result;
        }
        match b.integer_u64() {
            Some(n) => self.integer_power(x, n, b.negative, negative, status),
            None => self.real_power(x, b, negative, status),
        }
    }

    /// 1 with as many zeros as the exact power has.
    fn power_of_one(&self, x: Num<'_>, b: Num<'_>, negative: bool, status: &mut Status) -> Decimal {
        if b.is_infinite() || !b.is_integer() {
            return self.about_one(status);
        }
        if b.negative || x.exp >= 0 {
            return Decimal::finite(negative, 0, Coeff::Small(1));
        }
        let wanted = b.integer_u64().and_then(|n| i64::try_from(n).ok()).and_then(|n| n.checked_mul(-x.exp));
        let zeros = match wanted {
            Some(zeros) if zeros < self.prec => zeros,
            _ => {
                *status |= Status::ROUNDED;
                self.prec - 1
            }
        };
        if !computable(zeros, status) {
            return Decimal::nan();
        }
        self.finish(negative, -zeros, Exact::Coeff(Coeff::power_of_ten(zeros as usize)), status)
    }

    /// A rough `log10(x)`.
    fn rough_log10(x: Num<'_>) -> f64 {
        let digits = x.coeff.digits();
        let (top, _) = x.coeff.shift_right((digits - 17).max(0) as usize);
        let top = top.as_ref().to_u64().unwrap_or(1) as f64;
        (x.exp + (digits - 17).max(0)) as f64 + top.log10()
    }

    /// The result if the orders of magnitude of `ln x` and `b` alone tell that it is far outside the exponent limits.
    fn far_outside(&self, x: Num<'_>, b: Num<'_>, negative: bool, status: &mut Status) -> Option<Decimal> {
        let log = Context::rough_log10(x);
        let grows = (log > 0.0) != b.negative;
        let limit = if grows { self.emax } else { -self.etiny() };
        let limit_digits = Coeff::Small(limit as u128).as_ref().digits();
        let order = log.abs().log10().floor();
        if log == 0.0 || order + b.adjusted() as f64 <= limit_digits as f64 {
            return None;
        }
        let exp = if grows { self.emax + 1 } else { self.etiny() - 2 };
        Some(self.finish(negative, exp, Exact::small(1), status))
    }

    /// With digits enough that the errors of all multiplications stay below the last place.
    fn integer_power(
        &self,
        x: Num<'_>,
        n: u64,
        inverse: bool,
        negative: bool,
        status: &mut Status,
    ) -> Decimal {
        let extra = Coeff::Small(n as u128).as_ref().digits() + 2 + inverse as i64;
        let prec = self.prec.saturating_add(extra);
        let context = Context { prec, rounding: Rounding::HalfEven, clamp: false, ..*self };
        let base = if inverse {
            let mut inner = Status::empty();
            let base = context.div(Num::small(false, 1, 0), x, &mut inner);
            *status |= inner - Status::CLAMPED;
            base
        } else {
            x.to_decimal()
        };
        let result = context.by_squaring(base, n, status);
        if status.contains(Status::MALLOC_ERROR) {
            return Decimal::nan();
        }
        if result.num().is_infinite() {
            return self.beyond(negative, true, status);
        }
        self.apply_inexact(result.num().with_sign(negative), status)
    }

    /// As [`Context::apply`]; an inexact number that is subnormal underflows even if nothing more is cut off.
    fn apply_inexact(&self, x: Num<'_>, status: &mut Status) -> Decimal {
        let result = self.apply(x, status);
        if status.contains(Status::SUBNORMAL | Status::INEXACT) {
            *status |= Status::UNDERFLOW;
        }
        result
    }

    fn by_squaring(&self, base: Decimal, n: u64, status: &mut Status) -> Decimal {
        let mut result = base.clone();
        for bit in (0..63 - n.leading_zeros() as i32).rev() {
            result = self.mul(result.num(), result.num(), status);
            if n >> bit & 1 == 1 {
                result = self.mul(result.num(), base.num(), status);
            }
            if !result.num().is_finite() || result.num().is_zero() {
                break;
            }
        }
        result
    }

    /// `exp(b * ln x)` for a positive x that is not 1.
    fn real_power(&self, x: Num<'_>, b: Num<'_>, negative: bool, status: &mut Status) -> Decimal {
        if !computable(self.prec, status) {
            return Decimal::nan();
        }
        let scale = LogScale::of(x);
        let grows = (compare(x, Num::small(false, 1, 0)) == Ordering::Greater) != b.negative;
        // The exponent of the first digit of b * ln x, or one less.
        let size = b.adjusted() + if scale.near_one < 0 { scale.near_one } else { scale.digits() - 2 };
        if size - 1 > 20 {
            return self.beyond(negative, grows, status);
        }
        if size < -self.prec - 4 {
            return self.next_to_one(negative, grows, status);
        }
        let digits = self.prec + 24;
        let whole = digits + size.max(0) + b.adjusted().max(0) + scale.digits() - scale.near_one + 24;
        let bits = (whole as u64) * 10 / 3 + 64;
        let ln = scale.ln(x, bits);
        let numerator = BigInt::from(to_biguint(b.coeff)) * ln;
        let product = if b.exp >= 0 {
            numerator * BigInt::from(BigUint::from(10u32).pow(b.exp as u32))
        } else {
            numerator / BigInt::from(BigUint::from(10u32).pow(-b.exp as u32))
        };
        let product = if b.negative { -product } else { product };
        let wide = Context { prec: digits - 4, clamp: false, ..*self };
        let wide = wide.with_rounding(Rounding::HalfEven);
        let result = wide.exp_fixed(&product, bits, digits, true, status).unwrap_or_else(Decimal::nan);
        *status |= Status::INEXACT | Status::ROUNDED;
        if result.num().is_infinite() {
            return self.beyond(negative, true, status);
        }
        self.apply_inexact(result.num().with_sign(negative), status)
    }

    /// 1 and a little more, or less.
    fn next_to_one(&self, negative: bool, more: bool, status: &mut Status) -> Decimal {
        let places = self.prec + 3;
        let coeff = if more {
            Coeff::power_of_ten(places as usize).increment()
        } else {
            Coeff::nines(places as usize)
        };
        self.finish(negative, -places, Exact::Coeff(coeff), status)
    }

    /// `a ** b % m` for integers.
    pub fn pow_mod(&self, a: Num<'_>, b: Num<'_>, m: Num<'_>, status: &mut Status) -> Decimal {
        if let Some(nan) = self.nan_of(&[a, b, m], status) {
            return nan;
        }
        let bad = !a.is_integer()
            || !b.is_integer()
            || !m.is_integer()
            || b.negative && !b.is_zero()
            || m.is_zero()
            || m.adjusted() >= self.prec
            || a.is_zero() && b.is_zero();
        if bad {
            return invalid(status, Status::INVALID_OPERATION);
        }
        if !computable(m.adjusted(), status) {
            return Decimal::nan();
        }
        let modulus = integer(m);
        let ten = BigUint::from(10u32);
        let base = match a.exp {
            exp if exp >= 0 => {
                to_biguint(a.coeff) * ten.modpow(&BigUint::from(exp as u64), &modulus) % &modulus
            }
            _ => integer(a) % &modulus,
        };
        let power = if b.is_zero() {
            BigUint::one() % &modulus
        } else if b.exp <= 0 {
            base.modpow(&integer(b), &modulus)
        } else {
            let mut power = base.modpow(&to_biguint(b.coeff), &modulus);
            for _ in 0..b.exp {
                power = power.modpow(&ten, &modulus);
                if power.is_zero() || power.is_one() {
                    break;
                }
            }
            power
        };
        let negative = a.negative && b.is_odd_integer();
        self.finish(negative, 0, Exact::Coeff(from_biguint(&power)), status)
    }
}

/// The magnitude of an integer that is not too long.
fn integer(x: Num<'_>) -> BigUint {
    let shifted = match x.exp {
        exp if exp >= 0 => x.coeff.shift_left(exp as usize),
        exp => x.coeff.shift_right(-exp as usize).0,
    };
    to_biguint(shifted.as_ref())
}
