//! Exponentials and logarithms of binary fixed-point numbers: an integer `n` with `bits` bits stands for `n / 2^bits`.
//!
//! Binary, because halving the argument and squaring the result, which is how the exponential series is made short, costs
//! shifts. Results are off by a few units of the last place; callers compute with guard bits.

use num_bigint::{BigInt, BigUint, Sign};
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::cell::RefCell;

/// `exp(x)` for `0 <= x`, small.
pub fn exp(x: &BigUint, bits: u64) -> BigUint {
    let halvings = (bits as f64).sqrt() as u64 / 2 + 4;
    let work = bits + 2 * halvings + 8;
    // x / 2^halvings, with `work` bits.
    let x = x << (work - bits - halvings);
    let one = BigUint::one() << work;
    let mut sum = &one + &x;
    let mut term = x.clone();
    let mut i = 2u32;
    loop {
        term = ((term * &x) >> work) / i;
        if term.is_zero() {
            break;
        }
        sum += &term;
        i += 1;
    }
    for _ in 0..halvings {
        sum = (&sum * &sum) >> work;
    }
    sum >> (work - bits)
}

/// `ln(y)` for `y` between 1/4 and 4.
pub fn ln(y: &BigUint, bits: u64) -> BigInt {
    let scaled = |target: u64| if target >= bits { y << (target - bits) } else { y >> (bits - target) };
    let approximate = scaled(64).to_f64().unwrap_or(1.0) / 2f64.powi(64);
    let mut z = BigInt::from((approximate.ln() * 2f64.powi(52)) as i64);
    let mut at = 52;
    let mut good = 48;
    // Halley's iteration on exp(z) = y: the error is cubed.
    while good < bits {
        good = (3 * good - 6).min(bits);
        let next = good + 8;
        let z1: BigInt = if next >= at { z << (next - at) } else { z >> (at - next) };
        at = next;
        let e = exp(z1.magnitude(), at);
        let y = scaled(at);
        let one = BigUint::one() << at;
        let (a, b) = if z1.is_negative() { ((y * e) >> at, one) } else { (y, e) };
        let (difference, sum) = (BigInt::from(a.clone()) - BigInt::from(b.clone()), BigInt::from(a + b));
        z = z1 + ((difference << (at + 1)) / sum);
    }
    if at >= bits { z >> (at - bits) } else { z << (bits - at) }
}

thread_local! {
    static LN10: RefCell<(u64, BigUint)> = const { RefCell::new((0, BigUint::ZERO)) };
}

/// `ln(10)`; the longest one asked for so far is kept.
pub fn ln10(bits: u64) -> BigUint {
    LN10.with(|cache| {
        let mut cache = cache.borrow_mut();
        if cache.0 < bits {
            let work = bits + bits / 4 + 64;
            *cache = (work, compute_ln10(work));
        }
        &cache.1 >> (cache.0 - bits)
    })
}

/// `46 artanh(1/31) + 34 artanh(1/49) + 20 artanh(1/161)`
fn compute_ln10(bits: u64) -> BigUint {
    let work = bits + 32;
    let artanh = |n: u32| {
        let mut power = (BigUint::one() << work) / n;
        let mut sum = BigUint::zero();
        let mut i = 1u32;
        while !power.is_zero() {
            sum += &power / i;
            power /= n * n;
            i += 2;
        }
        sum
    };
    (artanh(31) * 46u32 + artanh(49) * 34u32 + artanh(161) * 20u32) >> 32
}

/// A signed fixed-point number from a magnitude.
pub fn signed(negative: bool, magnitude: BigUint) -> BigInt {
    BigInt::from_biguint(if negative { Sign::Minus } else { Sign::Plus }, magnitude)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-12, "{a} {b}");
    }

    #[test]
    fn agrees_with_doubles() {
        let float = |n: &BigInt, bits: u64| (n >> (bits - 60)).to_f64().unwrap() / 2f64.powi(60);
        for bits in [64u64, 128, 700] {
            close(float(&BigInt::from(ln10(bits)), bits), std::f64::consts::LN_10);
            for i in 1..20u32 {
                let x = (BigUint::from(i) << bits) / 5u32;
                close(float(&BigInt::from(exp(&x, bits)), bits), (i as f64 / 5.0).exp());
                close(float(&ln(&x, bits), bits), (i as f64 / 5.0).ln());
            }
        }
        let x = (BigUint::from(7u32) << 3000) / 5u32;
        let back = exp(ln(&x, 3000).magnitude(), 3000);
        let off = BigInt::from(back) - BigInt::from(x);
        assert!(off.abs() < BigInt::from(64), "{off}");
    }
}
