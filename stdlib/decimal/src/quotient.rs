//! Division of limb slices: Knuth's algorithm D, and by Burnikel and Ziegler's recursion above it ("Fast Recursive
//! Division", 1998).

use crate::limbs::{
    BASE, add, add_in_place, compare, div_small, mul_small, normalise, split, sub, sub_in_place, trimmed,
};
use crate::product;
use std::cmp::Ordering;

/// Limbs of divisor and quotient from which the recursion is faster.
const RECURSIVE: usize = 80;

/// Quotient and remainder, normalised; `b` is not zero.
pub fn div_rem(a: &[u64], b: &[u64]) -> (Vec<u64>, Vec<u64>) {
    let (a, b) = (trimmed(a), trimmed(b));
    if compare(a, b) == Ordering::Less {
        return (Vec::new(), a.to_vec());
    }
    if let [d] = b {
        let mut q = a.to_vec();
        let rest = div_small(&mut q, *d);
        normalise(&mut q);
        return (q, if rest == 0 { Vec::new() } else { vec![rest] });
    }
    let (mut q, mut r) = if b.len() >= RECURSIVE && a.len() - b.len() >= RECURSIVE {
        by_blocks(a, b)
    } else {
        schoolbook(a, b)
    };
    normalise(&mut q);
    normalise(&mut r);
    (q, r)
}

/// Both scaled so that the divisor's top limb is at least half the base: a quotient limb guessed from two limbs is then
/// at most two too large.
fn schoolbook(a: &[u64], b: &[u64]) -> (Vec<u64>, Vec<u64>) {
    let n = b.len();
    let scale = ((BASE as u128) / (b[n - 1] as u128 + 1)) as u64;
    let mut divisor = b.to_vec();
    mul_small(&mut divisor, scale, 0);
    let mut rest = a.to_vec();
    let carry = mul_small(&mut rest, scale, 0);
    rest.push(carry);
    let (top, second) = (divisor[n - 1], divisor[n - 2]);
    let mut quotient = vec![0; rest.len() - n];
    for j in (0..quotient.len()).rev() {
        let high = rest[j + n] as u128 * BASE as u128 + rest[j + n - 1] as u128;
        let (mut guess, mut left) = if rest[j + n] >= top {
            (BASE - 1, high - (BASE - 1) as u128 * top as u128)
        } else {
            let guess = (high / top as u128) as u64;
            (guess, high - guess as u128 * top as u128)
        };
        while left < BASE as u128
            && guess as u128 * second as u128 > left * BASE as u128 + rest[j + n - 2] as u128
        {
            guess -= 1;
            left += top as u128;
        }
        if guess > 0 && subtract_product(&mut rest[j..=j + n], &divisor, guess) {
            guess -= 1;
            let window = &mut rest[j..=j + n];
            add_in_place(window, &divisor);
        }
        quotient[j] = guess;
    }
    rest.truncate(n);
    div_small(&mut rest, scale);
    (quotient, rest)
}

/// `a -= b * m` over `a`, one limb longer; whether that went below zero.
fn subtract_product(a: &mut [u64], b: &[u64], m: u64) -> bool {
    let (mut carry, mut borrow) = (0u64, 0u64);
    let mut take = |x: &mut u64, amount: u64| {
        let (difference, below) = x.overflowing_sub(amount + borrow);
        (*x, borrow) = if below { (difference.wrapping_add(BASE), 1) } else { (difference, 0) };
    };
    let (low, top) = a.split_at_mut(b.len());
    for (x, &y) in low.iter_mut().zip(b) {
        let (high, limb) = split(y as u128 * m as u128 + carry as u128);
        take(x, limb);
        carry = high;
    }
    take(&mut top[0], carry);
    borrow == 1
}

/// Long division with "limbs" of the divisor's length.
fn by_blocks(a: &[u64], b: &[u64]) -> (Vec<u64>, Vec<u64>) {
    // Make the divisor's length divisible by two down to the schoolbook case, and its top limb large.
    let mut steps = 0;
    while b.len() >> steps >= RECURSIVE {
        steps += 1;
    }
    let unit = 1 << steps;
    let n = b.len().div_ceil(unit) * unit;
    let pad = n - b.len();
    let top = b[b.len() - 1];
    let scale = (BASE as u128 / (top as u128 + 1)) as u64;
    let prepare = |x: &[u64]| {
        let mut out = vec![0; pad];
        out.extend_from_slice(x);
        let carry = mul_small(&mut out, scale, 0);
        out.push(carry);
        normalise(&mut out);
        out
    };
    let (divisor, dividend) = (prepare(b), prepare(a));
    debug_assert_eq!(divisor.len(), n);
    let blocks = dividend.len().div_ceil(n).max(2);
    let block = |i: usize| -> &[u64] {
        let from = (i * n).min(dividend.len());
        trimmed(&dividend[from..((i + 1) * n).min(dividend.len())])
    };
    let mut rest = block(blocks - 1).to_vec();
    let mut quotient = vec![0; blocks * n];
    if compare(&rest, &divisor) != Ordering::Less {
        // The divisor has its top bit set: once at most.
        rest = sub(&rest, &divisor);
        quotient[(blocks - 1) * n] = 1;
    }
    for i in (0..blocks - 1).rev() {
        let (q, r) = two_by_one(&joined(&rest, block(i), n), &divisor, n);
        quotient[i * n..i * n + q.len()].copy_from_slice(&q);
        rest = r;
    }
    let mut rest = rest.split_off(pad.min(rest.len()));
    div_small(&mut rest, scale);
    (quotient, rest)
}

/// `high * BASE^n + low`, normalised.
fn joined(high: &[u64], low: &[u64], n: usize) -> Vec<u64> {
    let mut out = low.to_vec();
    out.resize(n, 0);
    out.extend_from_slice(high);
    normalise(&mut out);
    out
}

fn part(a: &[u64], from: usize, to: usize) -> &[u64] {
    trimmed(&a[from.min(a.len())..to.min(a.len())])
}

/// `a / b` for an `a` below `b * BASE^n`; both results normalised.
fn two_by_one(a: &[u64], b: &[u64], n: usize) -> (Vec<u64>, Vec<u64>) {
    if !n.is_multiple_of(2) || n < RECURSIVE {
        return div_small_case(a, b);
    }
    let half = n / 2;
    let (q1, r) = three_by_two(part(a, half, a.len()), b, half);
    let (q0, r) = three_by_two(&joined(&r, part(a, 0, half), half), b, half);
    (joined(&q1, &q0, half), r)
}

fn div_small_case(a: &[u64], b: &[u64]) -> (Vec<u64>, Vec<u64>) {
    if compare(a, b) == Ordering::Less {
        return (Vec::new(), a.to_vec());
    }
    let (mut q, mut r) = schoolbook(a, b);
    normalise(&mut q);
    normalise(&mut r);
    (q, r)
}

/// `a / b` where `b` has two halves of `half` limbs, and the quotient one.
fn three_by_two(a: &[u64], b: &[u64], half: usize) -> (Vec<u64>, Vec<u64>) {
    let (b1, b0) = (part(b, half, b.len()), part(b, 0, half));
    let high = part(a, half, a.len());
    let (mut q, r) = if compare(part(a, 2 * half, a.len()), b1) == Ordering::Less {
        two_by_one(high, b1, half)
    } else {
        // The guess is the largest there is.
        let q = vec![BASE - 1; half];
        let mut r = add(high, b1);
        let mut shifted = vec![0; half];
        shifted.extend_from_slice(b1);
        normalise(&mut r);
        (q, sub(&r, &shifted))
    };
    let mut rest = joined(&r, part(a, 0, half), half);
    let product = product::mul(&q, b0);
    while compare(&rest, &product) == Ordering::Less {
        decrement(&mut q);
        rest = add(&rest, b);
    }
    (q, sub(&rest, &product))
}

fn decrement(a: &mut Vec<u64>) {
    sub_in_place(a, &[1]);
    normalise(a);
}

/// `floor(sqrt(a))` and whether that is exact, for an `a` of an even number of limbs or any.
pub fn sqrt(a: &[u64]) -> (Vec<u64>, bool) {
    let root = root_of(trimmed(a));
    let exact = compare(&product::mul(&root, &root), trimmed(a)) == Ordering::Equal;
    (root, exact)
}

/// Newton's iteration from above, started with the root of the upper half.
fn root_of(a: &[u64]) -> Vec<u64> {
    if a.len() <= 2 {
        let x = a.iter().rev().fold(0u128, |n, &x| n * BASE as u128 + x as u128);
        let root = x.isqrt();
        let (high, low) = split(root);
        let mut out = vec![low, high];
        normalise(&mut out);
        return out;
    }
    // An even number of limbs goes, so that the root of the rest is a prefix of the root, rounded up below.
    let cut = (a.len() / 4).max(1);
    let mut root = add(&root_of(part(a, 2 * cut, a.len())), &[1]);
    root.splice(0..0, std::iter::repeat_n(0, cut));
    loop {
        let (quotient, _) = div_rem(a, &root);
        let mut next = add(&root, &quotient);
        div_small(&mut next, 2);
        normalise(&mut next);
        if compare(&next, &root) != Ordering::Less {
            return root;
        }
        root = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(len: usize, mut seed: u64) -> Vec<u64> {
        (0..len)
            .map(|i| {
                seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                if (i + seed as usize) % 5 == 3 { BASE - 1 } else { (seed ^ seed >> 29) % BASE }
            })
            .collect()
    }

    #[test]
    fn quotients_and_remainders_make_the_dividend() {
        for (i, (n, m)) in
            [(2, 2), (5, 2), (9, 4), (40, 20), (200, 90), (400, 81), (333, 200), (1000, 300), (700, 513)]
                .into_iter()
                .enumerate()
        {
            for seed in 0..8 {
                let b = trimmed(&random(m, seed + 10 * i as u64)).to_vec();
                let q = trimmed(&random(n - m + 1, seed + 77)).to_vec();
                let r = sub(&b, &[1 + seed]);
                let a = add(&product::mul(&b, &q), &r);
                assert_eq!(div_rem(&a, &b), (q, r), "{n} {m} {seed}");
            }
        }
    }

    #[test]
    fn roots_are_the_floor() {
        for n in [1, 2, 3, 4, 7, 20, 121] {
            for seed in 0..5 {
                let root = trimmed(&random(n, seed)).to_vec();
                let square = product::mul(&root, &root);
                assert_eq!(sqrt(&square), (root.clone(), true));
                assert_eq!(sqrt(&add(&square, &root)), (root.clone(), false));
                assert_eq!(sqrt(&sub(&square, &[1])), (sub(&root, &[1]), false));
            }
        }
    }
}
