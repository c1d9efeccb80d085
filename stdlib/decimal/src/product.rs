//! Multiplication of limb slices: by columns, by Karatsuba's method, by a number-theoretic transform.

use crate::limbs::{add_in_place, div_base, normalise, sub_in_place, trimmed};
use crate::transform;

/// Limbs of the shorter factor from which Karatsuba's method is faster than columns.
const KARATSUBA: usize = 40;
/// ... from which the transform is faster still.
const TRANSFORM: usize = 2000;

/// `a * b`, normalised.
pub fn mul(a: &[u64], b: &[u64]) -> Vec<u64> {
    let (a, b) = (trimmed(a), trimmed(b));
    let (a, b) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    if b.is_empty() {
        return Vec::new();
    }
    let mut out = vec![0; a.len() + b.len()];
    mul_into(&mut out, a, b);
    normalise(&mut out);
    out
}

/// Fills `out`, of the length of both together, with `a * b`; `a` is at least as long as `b`.
fn mul_into(out: &mut [u64], a: &[u64], b: &[u64]) {
    if b.len() < KARATSUBA {
        columns(out, a, b);
    } else if b.len() >= TRANSFORM && transform::fits(a.len() + b.len()) {
        transform::mul_into(out, a, b);
    } else if a.len() >= 2 * b.len() || b.len() <= a.len().div_ceil(2) {
        by_pieces(out, a, b);
    } else {
        karatsuba(out, a, b);
    }
}

/// Column sums in three words: one division by the base a column, not a product.
fn columns(out: &mut [u64], a: &[u64], b: &[u64]) {
    let (n, m) = (a.len(), b.len());
    let mut low = 0u128;
    for column in 0..n + m - 1 {
        let mut high = 0u64;
        let first = column.saturating_sub(m - 1);
        let last = column.min(n - 1);
        let from_b = &b[column - last..=column - first];
        for (&x, &y) in a[first..=last].iter().zip(from_b.iter().rev()) {
            let (sum, carry) = low.overflowing_add(x as u128 * y as u128);
            low = sum;
            high += carry as u64;
        }
        let (q1, rest) = div_base(high, (low >> 64) as u64);
        let (q0, limb) = div_base(rest, low as u64);
        out[column] = limb;
        low = (q1 as u128) << 64 | q0 as u128;
    }
    out[n + m - 1] = low as u64;
}

/// A long factor in pieces of the short one's length.
fn by_pieces(out: &mut [u64], a: &[u64], b: &[u64]) {
    out.fill(0);
    let mut piece = vec![0; 2 * b.len()];
    for (i, chunk) in a.chunks(b.len()).enumerate() {
        let part = &mut piece[..chunk.len() + b.len()];
        mul_into(part, b, chunk);
        let carry = add_in_place(&mut out[i * b.len()..], trimmed(part));
        debug_assert!(!carry);
    }
}

/// Three products of half the length.
fn karatsuba(out: &mut [u64], a: &[u64], b: &[u64]) {
    let half = a.len().div_ceil(2);
    let (a0, a1) = a.split_at(half);
    let (b0, b1) = b.split_at(half);
    let (low, high) = out.split_at_mut(2 * half);
    mul_into(low, a0, b0);
    mul_into(high, a1, b1);
    let sum = |x: &[u64], y: &[u64]| {
        let mut out = x.to_vec();
        let carry = add_in_place(&mut out, y);
        out.push(carry as u64);
        out
    };
    let (sa, sb) = (sum(a0, a1), sum(b0, b1));
    let mut middle = vec![0; sa.len() + sb.len()];
    mul_into(&mut middle, &sa, &sb);
    sub_in_place(&mut middle, low);
    sub_in_place(&mut middle, trimmed(high));
    let carry = add_in_place(&mut out[half..], trimmed(&middle));
    debug_assert!(!carry);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limbs::BASE;

    fn random(len: usize, mut seed: u64) -> Vec<u64> {
        (0..len)
            .map(|i| {
                seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                if i % 7 == 3 { BASE - 1 } else { (seed ^ seed >> 29) % BASE }
            })
            .collect()
    }

    #[test]
    fn the_methods_agree() {
        for (n, m) in
            [(1, 1), (5, 3), (41, 40), (100, 63), (333, 80), (2100, 2050), (5000, 2001), (4001, 2001)]
        {
            let (a, b) = (random(n, 1), random(m, 2));
            let mut expected = vec![0; n + m];
            columns(&mut expected, &a, &b);
            normalise(&mut expected);
            assert_eq!(mul(&a, &b), expected, "{n} {m}");
            assert_eq!(mul(&b, &a), expected, "{n} {m}");
        }
    }
}
