//! Long numbers as slices of limbs in base 10^19, least significant first.
//!
//! A decimal base makes what decimals do most (shifting by digits, counting them, printing) linear. Slices may have zeros
//! on top unless a function says that it wants them *normalised* (no zero on top; zero is empty).

use crate::wide;
use std::cmp::Ordering;

/// The base.
pub const BASE: u64 = 10_000_000_000_000_000_000;
/// Digits of a limb.
pub const LIMB_DIGITS: usize = 19;

const BASE_RECIPROCAL: u64 = wide::reciprocal_word(BASE);

/// Powers of ten below the base.
pub static POW10: [u64; 20] = {
    let mut table = [1u64; 20];
    let mut k = 1;
    while k < 20 {
        table[k] = table[k - 1] * 10;
        k += 1;
    }
    table
};

/// What was cut off, compared with half a unit of what is left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tail {
    Zero,
    Below,
    Half,
    Above,
}

impl Tail {
    /// Of a remainder of division by `10^k`.
    #[inline]
    pub fn of(remainder: u128, k: u32) -> Tail {
        if remainder == 0 {
            return Tail::Zero;
        }
        match remainder.cmp(&(wide::POW10[k as usize] / 2)) {
            Ordering::Less => Tail::Below,
            Ordering::Equal => Tail::Half,
            Ordering::Greater => Tail::Above,
        }
    }

    /// With more digits below, which are not all zero if `sticky`.
    #[inline]
    pub fn with_more(self, sticky: bool) -> Tail {
        match (self, sticky) {
            (Tail::Zero, true) => Tail::Below,
            (Tail::Half, true) => Tail::Above,
            (tail, _) => tail,
        }
    }
}

/// Quotient and remainder of `high * 2^64 + low` by the base; `high` is below the base.
#[inline(always)]
pub fn div_base(high: u64, low: u64) -> (u64, u64) {
    let q = (BASE_RECIPROCAL as u128 * high as u128).wrapping_add((high as u128) << 64 | low as u128);
    let (q1, q0) = (((q >> 64) as u64).wrapping_add(1), q as u64);
    let r = low.wrapping_sub(q1.wrapping_mul(BASE));
    let (q1, r) = if r > q0 { (q1.wrapping_sub(1), r.wrapping_add(BASE)) } else { (q1, r) };
    if r >= BASE { (q1.wrapping_add(1), r - BASE) } else { (q1, r) }
}

/// Splits `x`, below the square of the base.
#[inline(always)]
pub fn split(x: u128) -> (u64, u64) {
    div_base((x >> 64) as u64, x as u64)
}

/// Drops zeros on top.
pub fn normalise(a: &mut Vec<u64>) {
    while a.last() == Some(&0) {
        a.pop();
    }
}

/// Without zeros on top.
pub fn trimmed(mut a: &[u64]) -> &[u64] {
    while let [rest @ .., 0] = a {
        a = rest;
    }
    a
}

/// Digits of a normalised number; 1 for zero.
pub fn digits(a: &[u64]) -> usize {
    match a {
        [] => 1,
        [rest @ .., top] => rest.len() * LIMB_DIGITS + wide::digits(*top as u128) as usize,
    }
}

/// Compares normalised numbers.
pub fn compare(a: &[u64], b: &[u64]) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.iter().rev().cmp(b.iter().rev()))
}

/// `a += b`, where `a` is at least as long; the carry out.
pub fn add_in_place(a: &mut [u64], b: &[u64]) -> bool {
    let mut carry = false;
    let (low, high) = a.split_at_mut(b.len());
    for (x, &y) in low.iter_mut().zip(b) {
        (*x, carry) = add_limbs(*x, y, carry);
    }
    for x in high {
        if !carry {
            return false;
        }
        (*x, carry) = add_limbs(*x, 0, true);
    }
    carry
}

#[inline(always)]
fn add_limbs(x: u64, y: u64, carry: bool) -> (u64, bool) {
    // Up to 2 * 10^19 - 1, more than a word: a wrapped sum is the difference to the base, too.
    let (sum, wrapped) = x.overflowing_add(y + carry as u64);
    if wrapped || sum >= BASE { (sum.wrapping_sub(BASE), true) } else { (sum, false) }
}

/// `a -= b`, where `a` is at least as long; the borrow out.
pub fn sub_in_place(a: &mut [u64], b: &[u64]) -> bool {
    let mut borrow = false;
    let (low, high) = a.split_at_mut(b.len());
    for (x, &y) in low.iter_mut().zip(b) {
        let (difference, wrapped) = x.overflowing_sub(y + borrow as u64);
        (*x, borrow) = if wrapped { (difference.wrapping_add(BASE), true) } else { (difference, false) };
    }
    for x in high {
        if !borrow {
            return false;
        }
        (*x, borrow) = if *x == 0 { (BASE - 1, true) } else { (*x - 1, false) };
    }
    borrow
}

/// `a + b`.
pub fn add(a: &[u64], b: &[u64]) -> Vec<u64> {
    let (a, b) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let mut out = Vec::with_capacity(a.len() + 1);
    out.extend_from_slice(a);
    if add_in_place(&mut out, b) {
        out.push(1);
    }
    out
}

/// `a - b`, normalised; `a >= b`.
pub fn sub(a: &[u64], b: &[u64]) -> Vec<u64> {
    let mut out = a.to_vec();
    let borrow = sub_in_place(&mut out, trimmed(b));
    debug_assert!(!borrow);
    normalise(&mut out);
    out
}

/// `a * m + carry`, in place; the carry out.
pub fn mul_small(a: &mut [u64], m: u64, mut carry: u64) -> u64 {
    for x in a {
        let (high, low) = split(*x as u128 * m as u128 + carry as u128);
        *x = low;
        carry = high;
    }
    carry
}

/// `a /= d`, in place; the remainder.
pub fn div_small(a: &mut [u64], d: u64) -> u64 {
    let mut rest = 0u64;
    if d <= u32::MAX as u64 {
        // Two steps of 64 bits where the general one needs 128.
        for x in a.iter_mut().rev() {
            let high = rest as u128 * BASE as u128 + *x as u128;
            let top = (high >> 32) as u64; // below d * 2^32
            let (q1, r1) = (top / d, top % d);
            let low = r1 << 32 | (high as u64 & 0xFFFF_FFFF);
            *x = (q1 << 32) + low / d;
            rest = low % d;
        }
        return rest;
    }
    for x in a.iter_mut().rev() {
        let n = rest as u128 * BASE as u128 + *x as u128;
        let q = (n / d as u128) as u64;
        rest = (n - q as u128 * d as u128) as u64;
        *x = q;
    }
    rest
}

/// `a * 10^k`, not normalised.
pub fn shift_left(a: &[u64], k: usize) -> Vec<u64> {
    let (limbs, digits) = (k / LIMB_DIGITS, k % LIMB_DIGITS);
    let mut out = Vec::with_capacity(a.len() + limbs + 1);
    out.resize(limbs, 0);
    out.extend_from_slice(a);
    if digits > 0 {
        let carry = mul_small(&mut out[limbs..], POW10[digits], 0);
        out.push(carry);
    }
    out
}

/// `a / 10^k` without its fraction, normalised if `a` is, and what the fraction was.
pub fn shift_right(a: &[u64], k: usize) -> (Vec<u64>, Tail) {
    let (limbs, digits) = (k / LIMB_DIGITS, k % LIMB_DIGITS);
    if limbs >= a.len() {
        let all_below = limbs > a.len() || digits > 0;
        let tail = match trimmed(a) {
            [] => Tail::Zero,
            _ if all_below => Tail::Below,
            whole => limb_tail(whole, a.len()),
        };
        return (Vec::new(), tail);
    }
    if digits == 0 {
        return (a[limbs..].to_vec(), limb_tail(&a[..limbs], limbs));
    }
    let (unit, rest) = (POW10[digits], POW10[LIMB_DIGITS - digits]);
    let mut out = Vec::with_capacity(a.len() - limbs);
    for i in limbs..a.len() {
        let above = a.get(i + 1).map_or(0, |x| x % unit);
        out.push(a[i] / unit + above * rest);
    }
    normalise(&mut out);
    let sticky = a[..limbs].iter().any(|&x| x != 0);
    (out, Tail::of((a[limbs] % unit) as u128, digits as u32).with_more(sticky))
}

/// The fraction `a / BASE^n`, where `a` has at most `n` limbs.
fn limb_tail(a: &[u64], n: usize) -> Tail {
    let Some((&top, rest)) = a.split_last() else { return Tail::Zero };
    let sticky = rest.iter().any(|&x| x != 0);
    if a.len() < n {
        return Tail::Zero.with_more(sticky || top != 0);
    }
    Tail::of(top as u128, LIMB_DIGITS as u32).with_more(sticky)
}

/// The lowest `k` digits, normalised.
pub fn low_digits(a: &[u64], k: usize) -> Vec<u64> {
    let (limbs, digits) = (k / LIMB_DIGITS, k % LIMB_DIGITS);
    let mut out = a[..a.len().min(limbs)].to_vec();
    if digits > 0 && a.len() > limbs {
        out.push(a[limbs] % POW10[digits]);
    }
    normalise(&mut out);
    out
}

/// How many zeros a normalised number ends with; 0 for zero.
pub fn trailing_zeros(a: &[u64]) -> usize {
    match a.iter().position(|&x| x != 0) {
        None => 0,
        Some(at) => {
            let mut rest = a[at];
            let mut zeros = at * LIMB_DIGITS;
            while rest.is_multiple_of(10) {
                rest /= 10;
                zeros += 1;
            }
            zeros
        }
    }
}

/// Digit `k` from the right.
pub fn digit(a: &[u64], k: usize) -> u8 {
    a.get(k / LIMB_DIGITS).map_or(0, |x| (x / POW10[k % LIMB_DIGITS] % 10) as u8)
}

/// Appends the digits of a normalised number.
pub fn push_digits(out: &mut String, a: &[u64]) {
    use std::fmt::Write;
    let Some((top, rest)) = a.split_last() else {
        out.push('0');
        return;
    };
    let _ = write!(out, "{top}");
    for x in rest.iter().rev() {
        let _ = write!(out, "{x:019}");
    }
}

/// The number that ASCII digits spell, normalised.
pub fn from_digits(text: &[u8]) -> Vec<u64> {
    let mut out = Vec::with_capacity(text.len() / LIMB_DIGITS + 1);
    for chunk in text.rchunks(LIMB_DIGITS) {
        out.push(chunk.iter().fold(0, |n, &c| n * 10 + (c - b'0') as u64));
    }
    normalise(&mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Vec<u64> {
        from_digits(text.as_bytes())
    }
    fn show(a: &[u64]) -> String {
        let mut out = String::new();
        push_digits(&mut out, trimmed(a));
        out
    }

    #[test]
    fn shifts_cut_and_tell_the_tail() {
        let text = "1234567890123456789012345678901234567890123456789055000000000000000000000";
        let a = parse(text);
        assert_eq!(show(&a), text);
        assert_eq!(trailing_zeros(&a), 21);
        for k in 0..text.len() {
            assert_eq!(show(&shift_left(&a, k)), text.to_string() + &"0".repeat(k));
            let (cut, tail) = shift_right(&a, k);
            assert_eq!(show(&cut), text[..text.len() - k]);
            let dropped = &text[text.len() - k..];
            let expected = match dropped.trim_end_matches('0') {
                "" => Tail::Zero,
                "5" => Tail::Half,
                rest if rest.as_bytes()[0] >= b'5' => Tail::Above,
                _ => Tail::Below,
            };
            assert_eq!(tail, expected, "{k}");
            assert_eq!(
                show(&low_digits(&a, k)),
                Some(dropped.trim_start_matches('0')).filter(|s| !s.is_empty()).unwrap_or("0")
            );
        }
        for extra in [0, 1, 19, 40] {
            let (cut, tail) = shift_right(&parse("5000000000000000000"), 19 + extra);
            assert_eq!((cut.len(), tail), (0, if extra == 0 { Tail::Half } else { Tail::Below }));
        }
    }

    #[test]
    fn sums_carry_and_borrow() {
        let a = parse("99999999999999999999999999999999999999");
        let one = parse("1");
        let sum = add(&a, &one);
        assert_eq!(show(&sum), "100000000000000000000000000000000000000");
        assert_eq!(sub(&sum, &one), a);
        let mut x = a.clone();
        let carry = mul_small(&mut x, BASE - 1, 5);
        x.push(carry);
        let rest = div_small(&mut x, BASE - 1);
        normalise(&mut x);
        assert_eq!((x, rest), (a, 5));
    }
}
