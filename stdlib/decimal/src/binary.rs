//! Coefficients from and to binary big integers, by halves: each level multiplies numbers of half the length.

use crate::coefficient::{Coeff, CoeffRef};
use crate::limbs::{self, BASE, div_base};
use crate::product;
use num_bigint::BigUint;
use num_traits::ToPrimitive;

/// Words that are converted one by one.
const DIRECT: usize = 16;

/// The coefficient of a big integer.
pub fn from_biguint(n: &BigUint) -> Coeff {
    match n.to_u128() {
        Some(x) => Coeff::from_u128(x),
        None => {
            let words = n.to_u64_digits();
            // 2^(64 * DIRECT * 2^i)
            let mut powers: Vec<Vec<u64>> = Vec::new();
            let mut length = DIRECT;
            while length < words.len() {
                let next = match powers.last() {
                    None => from_words(&{
                        let mut unit = vec![0; DIRECT];
                        unit.push(1);
                        unit
                    }),
                    Some(power) => product::mul(power, power),
                };
                powers.push(next);
                length *= 2;
            }
            Coeff::from_limbs(halves_to_limbs(&words, &powers))
        }
    }
}

fn halves_to_limbs(words: &[u64], powers: &[Vec<u64>]) -> Vec<u64> {
    let Some((power, smaller)) = powers.split_last() else { return from_words(words) };
    let half = DIRECT << smaller.len();
    if words.len() <= half {
        return halves_to_limbs(words, smaller);
    }
    let high = product::mul(&halves_to_limbs(&words[half..], smaller), power);
    limbs::add(&high, &halves_to_limbs(&words[..half], smaller))
}

/// Horner's rule.
fn from_words(words: &[u64]) -> Vec<u64> {
    let mut out = Vec::with_capacity(words.len() + 2);
    for &word in words.iter().rev() {
        let mut carry = word;
        for x in &mut out {
            (carry, *x) = div_base(*x, carry);
        }
        while carry > 0 {
            out.push(carry % BASE);
            carry /= BASE;
        }
    }
    out
}

/// The binary form of a coefficient.
pub fn to_biguint(c: CoeffRef<'_>) -> BigUint {
    match c {
        CoeffRef::Small(x) => BigUint::from(x),
        CoeffRef::Big(limbs) => {
            let mut powers: Vec<BigUint> = Vec::new();
            let mut length = DIRECT;
            while length < limbs.len() {
                powers.push(match powers.last() {
                    None => BigUint::from(BASE).pow(DIRECT as u32),
                    Some(power) => power * power,
                });
                length *= 2;
            }
            halves_to_binary(limbs, &powers)
        }
    }
}

fn halves_to_binary(limbs: &[u64], powers: &[BigUint]) -> BigUint {
    let Some((power, smaller)) = powers.split_last() else {
        return limbs.iter().rev().fold(BigUint::ZERO, |n, &x| n * BASE + x);
    };
    let half = DIRECT << smaller.len();
    if limbs.len() <= half {
        return halves_to_binary(limbs, smaller);
    }
    halves_to_binary(&limbs[half..], smaller) * power + halves_to_binary(&limbs[..half], smaller)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversions_are_inverse_and_agree_with_text() {
        for bits in [1u32, 64, 127, 128, 1000, 1024, 1025, 5000, 70_000] {
            let n = BigUint::from(3u32).pow(bits * 2 / 3 + 1);
            let c = from_biguint(&n);
            let mut text = String::new();
            c.as_ref().push_digits(&mut text);
            assert_eq!(text, n.to_string());
            assert_eq!(to_biguint(c.as_ref()), n);
        }
    }
}
