//! Products of very long numbers by a number-theoretic transform.
//!
//! The field is that of p = 2^64 - 2^32 + 1, in which 2^32 divides p - 1 and a product is reduced by shifts. Numbers are
//! cut into pieces of six digits: as long as fewer than 18 million of them are multiplied, no column sum reaches p.

use crate::limbs::{BASE, LIMB_DIGITS};

const P: u64 = 0xFFFF_FFFF_0000_0001;
/// Generates the multiplicative group.
const GENERATOR: u64 = 7;
const PIECE: u64 = 1_000_000;
const PIECE_DIGITS: u32 = 6;
const MAX_POINTS: usize = 1 << 24;

/// Whether a product of so many limbs can be computed here.
pub fn fits(limbs: usize) -> bool {
    limbs.saturating_mul(LIMB_DIGITS) / PIECE_DIGITS as usize + 2 <= MAX_POINTS
}

#[inline(always)]
fn reduce(x: u128) -> u64 {
    let (low, high) = (x as u64, (x >> 64) as u64);
    // 2^96 is -1 and 2^64 is 2^32 - 1.
    let (t, borrow) = low.overflowing_sub(high >> 32);
    let t = if borrow { t.wrapping_sub(0xFFFF_FFFF) } else { t };
    let (sum, carry) = t.overflowing_add((high & 0xFFFF_FFFF) * 0xFFFF_FFFF);
    let sum = if carry { sum.wrapping_add(0xFFFF_FFFF) } else { sum };
    if sum >= P { sum - P } else { sum }
}

#[inline(always)]
fn mul(a: u64, b: u64) -> u64 {
    reduce(a as u128 * b as u128)
}

#[inline(always)]
fn add(a: u64, b: u64) -> u64 {
    let (sum, carry) = a.overflowing_add(b);
    if carry || sum >= P { sum.wrapping_sub(P) } else { sum }
}

#[inline(always)]
fn sub(a: u64, b: u64) -> u64 {
    let (difference, borrow) = a.overflowing_sub(b);
    if borrow { difference.wrapping_add(P) } else { difference }
}

fn pow(mut base: u64, mut exponent: u64) -> u64 {
    let mut out = 1;
    while exponent > 0 {
        if exponent & 1 == 1 {
            out = mul(out, base);
        }
        base = mul(base, base);
        exponent >>= 1;
    }
    out
}

/// Powers of a root of unity of order `n`, `n / 2` of them.
fn roots(n: usize, inverse: bool) -> Vec<u64> {
    let root = pow(GENERATOR, (P - 1) / n as u64);
    let root = if inverse { pow(root, P - 2) } else { root };
    let mut table = Vec::with_capacity(n / 2);
    let mut power = 1;
    for _ in 0..n / 2 {
        table.push(power);
        power = mul(power, root);
    }
    table
}

/// Decimation in frequency: natural order in, bit-reversed order out.
fn forward(data: &mut [u64], roots: &[u64]) {
    let n = data.len();
    let mut half = n / 2;
    while half > 0 {
        let stride = n / (2 * half);
        for block in data.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            for ((x, y), &w) in low.iter_mut().zip(high).zip(roots.iter().step_by(stride)) {
                let (a, b) = (*x, *y);
                *x = add(a, b);
                *y = mul(sub(a, b), w);
            }
        }
        half /= 2;
    }
}

/// Decimation in time: bit-reversed order in, natural order out, not scaled.
fn backward(data: &mut [u64], roots: &[u64]) {
    let n = data.len();
    let mut half = 1;
    while half < n {
        let stride = n / (2 * half);
        for block in data.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            for ((x, y), &w) in low.iter_mut().zip(high).zip(roots.iter().step_by(stride)) {
                let (a, b) = (*x, mul(*y, w));
                *x = add(a, b);
                *y = sub(a, b);
            }
        }
        half *= 2;
    }
}

/// Cuts limbs into pieces, least significant first.
fn pieces(a: &[u64], points: usize) -> Vec<u64> {
    let mut out = Vec::with_capacity(points);
    let (mut rest, mut scale) = (0u128, 1u128);
    for &limb in a {
        rest += limb as u128 * scale;
        scale *= BASE as u128;
        while scale >= PIECE as u128 {
            out.push((rest % PIECE as u128) as u64);
            rest /= PIECE as u128;
            scale /= PIECE as u128;
        }
    }
    out.push(rest as u64);
    out.resize(points, 0);
    out
}

/// Fills `out`, of the length of both together, with `a * b`.
pub fn mul_into(out: &mut [u64], a: &[u64], b: &[u64]) {
    let count = |limbs: usize| limbs * LIMB_DIGITS / PIECE_DIGITS as usize + 1;
    let points = (count(a.len()) + count(b.len())).next_power_of_two();
    let table = roots(points, false);
    let mut x = pieces(a, points);
    forward(&mut x, &table);
    if std::ptr::eq(a, b) {
        x.iter_mut().for_each(|x| *x = mul(*x, *x));
    } else {
        let mut y = pieces(b, points);
        forward(&mut y, &table);
        x.iter_mut().zip(&y).for_each(|(x, &y)| *x = mul(*x, y));
    }
    backward(&mut x, &roots(points, true));
    let scale = pow(points as u64, P - 2);

    let mut sums = x.iter().map(|&x| mul(x, scale));
    let mut carry = 0u64;
    let (mut rest, mut unit) = (0u128, 1u128);
    for limb in out {
        while unit < BASE as u128 {
            let sum = sums.next().unwrap_or(0) + carry;
            carry = sum / PIECE;
            rest += (sum % PIECE) as u128 * unit;
            unit *= PIECE as u128;
        }
        *limb = (rest % BASE as u128) as u64;
        rest /= BASE as u128;
        unit /= BASE as u128;
    }
}
