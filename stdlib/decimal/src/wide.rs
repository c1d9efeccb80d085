//! Numbers of up to 76 decimal digits in two 128-bit words, and what is known about powers of ten at compile time.
//!
//! Almost all decimals in a program have at most 38 digits, so that their sums, products and scaled numerators fit
//! here, and nothing is allocated. Division by a power of ten, which is what rounding is, multiplies by reciprocals that
//! are computed at compile time (Möller and Granlund, "Improved division by invariant integers").

/// Digits that every `u128` can hold.
pub const MAX_DIGITS: u32 = 38;

/// Powers of ten.
pub static POW10: [u128; 39] = pow10_table();

const fn pow10_table() -> [u128; 39] {
    let mut table = [1u128; 39];
    let mut k = 1;
    while k < 39 {
        table[k] = table[k - 1] * 10;
        k += 1;
    }
    table
}

/// A divisor shifted up to have its top bit set, and the reciprocal of its two words.
#[derive(Clone, Copy)]
struct Divisor {
    shift: u32,
    value: u128,
    reciprocal: u64,
}

static POW10_DIVISORS: [Divisor; 39] = divisor_table();

const fn divisor_table() -> [Divisor; 39] {
    let powers = pow10_table();
    let mut table = [Divisor::new(1); 39];
    let mut k = 1;
    while k < 39 {
        table[k] = Divisor::new(powers[k]);
        k += 1;
    }
    table
}

/// `floor((2^128 - 1) / d) - 2^64` for a `d` with its top bit set.
pub const fn reciprocal_word(d: u64) -> u64 {
    (u128::MAX / d as u128 - (1 << 64)) as u64
}

impl Divisor {
    const fn new(d: u128) -> Divisor {
        let shift = d.leading_zeros();
        let value = d << shift;
        let (d1, d0) = ((value >> 64) as u64, value as u64);
        let mut v = reciprocal_word(d1);
        let mut p = d1.wrapping_mul(v).wrapping_add(d0);
        if p < d0 {
            v -= 1;
            if p >= d1 {
                v -= 1;
                p -= d1;
            }
            p = p.wrapping_sub(d1);
        }
        let t = v as u128 * d0 as u128;
        let (t1, t0) = ((t >> 64) as u64, t as u64);
        p = p.wrapping_add(t1);
        if p < t1 {
            v -= 1;
            if p > d1 || (p == d1 && t0 >= d0) {
                v -= 1;
            }
        }
        Divisor { shift, value, reciprocal: v }
    }

    /// Quotient word and remainder of three words by the divisor's two; `high` is below the divisor.
    #[inline(always)]
    fn step(&self, high: u128, low: u64) -> (u64, u128) {
        let (u2, u1) = ((high >> 64) as u64, high as u64);
        let (d1, d0) = ((self.value >> 64) as u64, self.value as u64);
        let q = (self.reciprocal as u128 * u2 as u128).wrapping_add(high);
        let (q1, q0) = ((q >> 64) as u64, q as u64);
        let r1 = u1.wrapping_sub(q1.wrapping_mul(d1));
        let mut r =
            ((r1 as u128) << 64 | low as u128).wrapping_sub(d0 as u128 * q1 as u128).wrapping_sub(self.value);
        let mut q1 = q1.wrapping_add(1);
        if (r >> 64) as u64 >= q0 {
            q1 = q1.wrapping_sub(1);
            r = r.wrapping_add(self.value);
        }
        if r >= self.value {
            q1 = q1.wrapping_add(1);
            r -= self.value;
        }
        (q1, r)
    }

    /// Quotient and remainder of `high * 2^128 + low`; the quotient fits one word pair.
    #[inline]
    fn divide(&self, high: u128, low: u128) -> (u128, u128) {
        let (h, l) = match self.shift {
            0 => (high, low),
            s => (high << s | low >> (128 - s), low << s),
        };
        let (q1, r) = self.step(h, (l >> 64) as u64);
        let (q0, r) = self.step(r, l as u64);
        ((q1 as u128) << 64 | q0 as u128, r >> self.shift)
    }
}

/// How many decimal digits; 1 for zero.
#[inline]
pub fn digits(x: u128) -> u32 {
    let x = x | 1; // no power of ten but 1 is odd: the comparison stays the same
    let guess = ((128 - x.leading_zeros()) * 1233) >> 12;
    guess + (x >= POW10[guess as usize]) as u32
}

/// The product, high half first.
#[inline]
pub fn mul(a: u128, b: u128) -> (u128, u128) {
    let (a1, a0) = (a >> 64, a & u64::MAX as u128);
    let (b1, b0) = (b >> 64, b & u64::MAX as u128);
    let low = a0 * b0;
    if a1 | b1 == 0 {
        return (0, low);
    }
    let middle = a1 * b0 + (low >> 64); // below 2^128: (2^64-1)^2 + 2^64 - 1
    let (middle, carry) = middle.overflowing_add(a0 * b1);
    let high = a1 * b1 + (middle >> 64) + ((carry as u128) << 64);
    (high, middle << 64 | low & u64::MAX as u128)
}

/// Quotient and remainder by `10^k`, where `k <= 38`.
#[inline]
pub fn div_pow10(x: u128, k: u32) -> (u128, u128) {
    match (u64::try_from(x), u64::try_from(POW10[k as usize])) {
        (Ok(x), Ok(d)) => ((x / d) as u128, (x % d) as u128),
        _ => POW10_DIVISORS[k as usize].divide(0, x),
    }
}

/// Quotient and remainder of `high * 2^128 + low` by `10^k`, where `k <= 38` and the quotient fits.
#[inline]
pub fn div_pow10_wide(high: u128, low: u128, k: u32) -> (u128, u128) {
    if high == 0 {
        return div_pow10(low, k);
    }
    debug_assert!(high < POW10[k as usize]);
    POW10_DIVISORS[k as usize].divide(high, low)
}

/// Quotient and remainder of `high * 2^128 + low` by `d`, where the quotient fits.
pub fn div(high: u128, low: u128, d: u128) -> (u128, u128) {
    debug_assert!(high < d);
    if high == 0 {
        if let (Ok(x), Ok(y)) = (u64::try_from(low), u64::try_from(d)) {
            return ((x / y) as u128, (x % y) as u128);
        }
        let q = low / d;
        return (q, low - q * d);
    }
    Divisor::new(d).divide(high, low)
}

/// `floor(sqrt(high * 2^128 + low))`, for `high` below 2^126.
pub fn sqrt(high: u128, low: u128) -> u128 {
    if high == 0 {
        return low.isqrt();
    }
    let estimate = (high as f64 * 2f64.powi(128) + low as f64).sqrt();
    // Rounded up, Newton's iteration falls monotonically to the root.
    let mut root = (estimate * (1.0 + 1e-15)) as u128 + 1;
    loop {
        let (quotient, _) = div(high, low, root);
        let next = (root + quotient) >> 1;
        if next >= root {
            return root;
        }
        root = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::BigUint;

    fn big(high: u128, low: u128) -> BigUint {
        (BigUint::from(high) << 128) + low
    }

    fn samples() -> Vec<u128> {
        let mut out = vec![0, 1, 9, 10, 11, u64::MAX as u128, 1 << 64, POW10[38] - 1, POW10[37] + 1];
        let mut x = 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835_u128;
        for i in 0..200 {
            x = x.wrapping_mul(0xDA94_2042_E4DD_58B5_0000_0001_0000_0001).wrapping_add(i);
            out.push(x % POW10[1 + (i % 38) as usize]);
        }
        out
    }

    #[test]
    fn digits_at_the_powers() {
        for (power, k) in POW10.into_iter().zip(0..) {
            assert_eq!(digits(power), k + 1);
            assert_eq!(digits(power - 1), k.max(1));
        }
    }

    #[test]
    fn products_and_quotients_agree_with_big_numbers() {
        for &a in &samples() {
            for &b in &samples() {
                let (high, low) = mul(a, b);
                assert_eq!(big(high, low), BigUint::from(a) * b);
                if b > high {
                    let (q, r) = div(high, low, b);
                    assert_eq!(big(high, low), BigUint::from(q) * b + r);
                    assert!(r < b);
                }
                for k in 0..39 {
                    if high < POW10[k as usize] {
                        let (q, r) = div_pow10_wide(high, low, k);
                        assert_eq!(big(high, low), BigUint::from(q) * POW10[k as usize] + r);
                        assert!(r < POW10[k as usize]);
                    }
                }
                assert_eq!(BigUint::from(sqrt(high, low)), big(high, low).sqrt());
            }
        }
    }
}
