//! Greatest common divisors, by Lehmer's method for large operands.
//!
//! Lehmer's method runs Euclid's algorithm on the leading 62 bits of both numbers for as long as the quotients
//! are certain, then applies the collected steps to the full numbers in one pass (Knuth, TAOCP 2, 4.5.2, L).

use num_bigint::{BigInt, BigUint};
use num_integer::Integer;

use crate::int::Int;
use crate::int_arith;

/// `math.gcd(a, b)`
pub fn gcd(a: &Int, b: &Int) -> Int {
    match (a, b) {
        (Int::Small(x), Int::Small(y)) => Int::from(gcd_u64(x.unsigned_abs(), y.unsigned_abs())),
        (Int::Big(x), Int::Small(y)) | (Int::Small(y), Int::Big(x)) => match y.unsigned_abs() {
            0 => int_arith::abs(&Int::Big(x.clone())),
            y => {
                let rest = (x.magnitude() % y).iter_u64_digits().next().unwrap_or(0);
                Int::from(gcd_u64(y, rest))
            }
        },
        (Int::Big(x), Int::Big(y)) => gcd_magnitudes(x.magnitude(), y.magnitude()),
    }
}

/// `math.lcm(a, b)`
pub fn lcm(a: &Int, b: &Int) -> Int {
    if a.is_zero() || b.is_zero() {
        return Int::ZERO;
    }
    let cofactor = int_arith::floor_div(a, &gcd(a, b)).unwrap_or(Int::ZERO);
    int_arith::abs(&int_arith::mul(&cofactor, b))
}

/// Stein's binary algorithm.
pub fn gcd_u64(mut a: u64, mut b: u64) -> u64 {
    if a == 0 || b == 0 {
        return a | b;
    }
    let common = (a | b).trailing_zeros();
    a >>= a.trailing_zeros();
    while b != 0 {
        b >>= b.trailing_zeros();
        if a > b {
            std::mem::swap(&mut a, &mut b);
        }
        b -= a;
    }
    a << common
}

fn gcd_magnitudes(a: &BigUint, b: &BigUint) -> Int {
    let (mut a, mut b): (Vec<u64>, Vec<u64>) = (a.iter_u64_digits().collect(), b.iter_u64_digits().collect());
    if less(&a, &b) {
        std::mem::swap(&mut a, &mut b);
    }
    // Invariant: a >= b, neither has leading zero limbs.
    while b.len() > 1 {
        let steps = EuclidSteps::from_leading_bits(&a, &b);
        if steps.is_identity() {
            let rest = &from_limbs(&a) % &from_limbs(&b);
            a = std::mem::replace(&mut b, rest.iter_u64_digits().collect());
        } else {
            steps.apply(&mut a, &mut b);
            // The approximation may leave the pair in the wrong order by one step.
            if less(&a, &b) {
                std::mem::swap(&mut a, &mut b);
            }
        }
    }
    match b.first() {
        None => Int::from(from_limbs(&a)),
        Some(&last) => {
            let rest =
                a.iter().rev().fold(0u128, |rest, limb| (rest << 64 | u128::from(*limb)) % u128::from(last));
            Int::from(gcd_u64(last, rest as u64))
        }
    }
}

/// The inverse of `value` modulo `modulus`, for `0 <= value < modulus`; `None` if they have a common factor.
///
/// Euclid's algorithm with the multiples of `value` that lead to each remainder.
pub(crate) fn modular_inverse(value: &BigUint, modulus: &BigUint) -> Option<BigUint> {
    let (mut a, mut b): (Vec<u64>, Vec<u64>) =
        (modulus.iter_u64_digits().collect(), value.iter_u64_digits().collect());
    // a = factor_a * value and b = factor_b * value, modulo modulus.
    let (mut factor_a, mut factor_b) = (BigInt::ZERO, BigInt::from(1));
    while !b.is_empty() {
        let steps = if b.len() > 1 { EuclidSteps::from_leading_bits(&a, &b) } else { EuclidSteps::IDENTITY };
        if steps.is_identity() {
            let (quotient, rest) = from_limbs(&a).div_rem(&from_limbs(&b));
            a = std::mem::replace(&mut b, rest.iter_u64_digits().collect());
            let next = factor_a - &factor_b * BigInt::from(quotient);
            factor_a = std::mem::replace(&mut factor_b, next);
        } else {
            steps.apply(&mut a, &mut b);
            (factor_a, factor_b) =
                (&factor_a * steps.aa + &factor_b * steps.ab, &factor_a * steps.ba + &factor_b * steps.bb);
            if less(&a, &b) {
                std::mem::swap(&mut a, &mut b);
                std::mem::swap(&mut factor_a, &mut factor_b);
            }
        }
    }
    if a != [1] {
        return None;
    }
    factor_a.mod_floor(&BigInt::from(modulus.clone())).to_biguint()
}

fn less(a: &[u64], b: &[u64]) -> bool {
    a.len().cmp(&b.len()).then_with(|| a.iter().rev().cmp(b.iter().rev())).is_lt()
}

fn from_limbs(limbs: &[u64]) -> BigUint {
    BigUint::new(limbs.iter().flat_map(|limb| [*limb as u32, (*limb >> 32) as u32]).collect())
}

/// The 62 bits of `value` that start at the highest bit of a number with `length` limbs and `zeros` leading zeros.
fn leading_bits(value: &[u64], length: usize, zeros: u32) -> i64 {
    let limb = |index: usize| value.get(index).copied().unwrap_or(0);
    let window = u128::from(limb(length - 1)) << 64 | u128::from(limb(length - 2));
    (window << zeros >> 66) as i64
}

/// Several steps of Euclid's algorithm as one matrix: `(a, b)` becomes `(aa*a + ab*b, ba*a + bb*b)`.
struct EuclidSteps {
    aa: i64,
    ab: i64,
    ba: i64,
    bb: i64,
}

impl EuclidSteps {
    const IDENTITY: Self = EuclidSteps { aa: 1, ab: 0, ba: 0, bb: 1 };

    /// The steps that the leading bits determine without doubt.
    fn from_leading_bits(a: &[u64], b: &[u64]) -> Self {
        let zeros = a[a.len() - 1].leading_zeros();
        let mut high_a = leading_bits(a, a.len(), zeros);
        let mut high_b = leading_bits(b, a.len(), zeros);
        let mut steps = Self::IDENTITY;
        // The true quotient lies between the two that the extreme values of the cut-off bits give.
        while high_b + steps.ba != 0 && high_b + steps.bb != 0 {
            let quotient = (high_a + steps.aa) / (high_b + steps.ba);
            if quotient != (high_a + steps.ab) / (high_b + steps.bb) {
                break;
            }
            steps = EuclidSteps {
                aa: steps.ba,
                ab: steps.bb,
                ba: steps.aa - quotient * steps.ba,
                bb: steps.ab - quotient * steps.bb,
            };
            (high_a, high_b) = (high_b, high_a - quotient * high_b);
        }
        steps
    }

    fn is_identity(&self) -> bool {
        self.ab == 0
    }

    fn apply(&self, a: &mut Vec<u64>, b: &mut Vec<u64>) {
        b.resize(a.len(), 0);
        let (mut carry_a, mut carry_b) = (0i128, 0i128);
        for (limb_a, limb_b) in a.iter_mut().zip(b.iter_mut()) {
            let (x, y) = (i128::from(*limb_a), i128::from(*limb_b));
            carry_a += x * i128::from(self.aa) + y * i128::from(self.ab);
            carry_b += x * i128::from(self.ba) + y * i128::from(self.bb);
            (*limb_a, *limb_b) = (carry_a as u64, carry_b as u64);
            carry_a >>= 64;
            carry_b >>= 64;
        }
        debug_assert!(carry_a == 0 && carry_b == 0);
        for value in [a, b] {
            while value.last() == Some(&0) {
                value.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::int_arith::{add, mul};
    use crate::int_parse::parse_literal as int;
    use crate::int_pow::pow;

    #[test]
    fn small_and_mixed() {
        assert_eq!(gcd(&12.into(), &(-18).into()), 6.into());
        assert_eq!(gcd(&0.into(), &0.into()), Int::ZERO);
        assert_eq!(gcd(&i64::MIN.into(), &0.into()), int("9223372036854775808"));
        assert_eq!(gcd(&int("-36893488147419103232"), &48.into()), 16.into());
        assert_eq!(gcd(&int("-36893488147419103232"), &0.into()), int("36893488147419103232"));
        assert_eq!(lcm(&4.into(), &(-6).into()), 12.into());
    }

    #[test]
    fn consecutive_powers_share_their_factor() {
        let common = pow(&12345.into(), &40.into()).unwrap();
        let a = mul(&common, &pow(&7.into(), &300.into()).unwrap());
        let b = mul(&common, &pow(&11.into(), &290.into()).unwrap());
        // 12345 has factors 3, 5 and 823 only.
        assert_eq!(gcd(&a, &b), common);
        assert_eq!(gcd(&b, &add(&b, &common)), common);
        assert_eq!(gcd(&a, &a), a);
    }

    #[test]
    fn fibonacci_neighbours_are_coprime() {
        let (mut a, mut b) = (Int::ZERO, Int::ONE);
        for _ in 0..1000 {
            (a, b) = (b.clone(), add(&a, &b));
        }
        assert_eq!(gcd(&b, &a), Int::ONE);
        assert_eq!(gcd(&mul(&a, &a), &mul(&a, &b)), a);
    }
}
