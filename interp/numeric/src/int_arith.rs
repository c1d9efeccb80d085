//! Addition, subtraction, multiplication, division and shifts by Python's rules.
//!
//! Each operation inlines the `i64` case and leaves the rest to a cold function over `BigInt`. Division floors:
//! the remainder takes the sign of the divisor.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::Signed;

use crate::error::NumError;
use crate::int::Int;

/// `a + b`
#[inline]
pub fn add(a: &Int, b: &Int) -> Int {
    if let (Int::Small(x), Int::Small(y)) = (a, b) {
        return match x.checked_add(*y) {
            Some(sum) => Int::Small(sum),
            None => Int::from_i128(i128::from(*x) + i128::from(*y)),
        };
    }
    add_big(a, b)
}

#[cold]
#[inline(never)]
fn add_big(a: &Int, b: &Int) -> Int {
    match (a, b) {
        (Int::Big(x), Int::Small(y)) | (Int::Small(y), Int::Big(x)) => Int::from_big(x + *y),
        _ => Int::from_big(&*a.to_big() + &*b.to_big()),
    }
}

/// `a - b`
#[inline]
pub fn sub(a: &Int, b: &Int) -> Int {
    if let (Int::Small(x), Int::Small(y)) = (a, b) {
        return match x.checked_sub(*y) {
            Some(difference) => Int::Small(difference),
            None => Int::from_i128(i128::from(*x) - i128::from(*y)),
        };
    }
    sub_big(a, b)
}

#[cold]
#[inline(never)]
fn sub_big(a: &Int, b: &Int) -> Int {
    match (a, b) {
        (Int::Big(x), Int::Small(y)) => Int::from_big(x - *y),
        (Int::Small(x), Int::Big(y)) => Int::from_big(*x - y),
        _ => Int::from_big(&*a.to_big() - &*b.to_big()),
    }
}

/// `a * b`
#[inline]
pub fn mul(a: &Int, b: &Int) -> Int {
    if let (Int::Small(x), Int::Small(y)) = (a, b) {
        return match x.checked_mul(*y) {
            Some(product) => Int::Small(product),
            None => Int::from_i128(i128::from(*x) * i128::from(*y)),
        };
    }
    mul_big(a, b)
}

#[cold]
#[inline(never)]
fn mul_big(a: &Int, b: &Int) -> Int {
    match (a, b) {
        (Int::Big(x), Int::Small(y)) | (Int::Small(y), Int::Big(x)) => Int::from_big(x * *y),
        _ => Int::from_big(&*a.to_big() * &*b.to_big()),
    }
}

/// `-a`
#[inline]
pub fn neg(a: &Int) -> Int {
    match a {
        Int::Small(x) => match x.checked_neg() {
            Some(negated) => Int::Small(negated),
            None => Int::from_i128(-i128::from(*x)),
        },
        Int::Big(x) => Int::from_big(-x),
    }
}

/// `abs(a)`
#[inline]
pub fn abs(a: &Int) -> Int {
    match a {
        Int::Small(x) => Int::from(x.unsigned_abs()),
        Int::Big(x) => Int::Big(x.abs()),
    }
}

/// Floor division of machine integers; `None` for a zero divisor or on overflow (`i64::MIN // -1`).
#[inline]
pub fn floor_div_i64(x: i64, y: i64) -> Option<i64> {
    let quotient = x.checked_div(y)?;
    Some(quotient - i64::from(x % y != 0 && (x ^ y) < 0))
}

/// Floor modulus of machine integers; `None` for a zero divisor.
#[inline]
pub fn floor_mod_i64(x: i64, y: i64) -> Option<i64> {
    if y == 0 {
        return None;
    }
    let remainder = x.wrapping_rem(y);
    Some(if remainder != 0 && (remainder ^ y) < 0 { remainder + y } else { remainder })
}

/// `a // b`
#[inline]
pub fn floor_div(a: &Int, b: &Int) -> Result<Int, NumError> {
    if let (Int::Small(x), Int::Small(y)) = (a, b)
        && let Some(quotient) = floor_div_i64(*x, *y)
    {
        return Ok(Int::Small(quotient));
    }
    floor_div_big(a, b)
}

#[cold]
#[inline(never)]
fn floor_div_big(a: &Int, b: &Int) -> Result<Int, NumError> {
    if b.is_zero() {
        return Err(NumError::division_by_zero());
    }
    if let (Int::Big(x), Int::Big(y)) = (a, b)
        && let Some(quotient) = small_quotient(x, y)
    {
        return Ok(Int::from(quotient));
    }
    Ok(Int::from_big(a.to_big().div_floor(&b.to_big())))
}

/// The quotient of numbers of like sign and length, if their highest words decide it: no other word is looked at then.
fn small_quotient(x: &BigInt, y: &BigInt) -> Option<u64> {
    /// With a divisor cut to 64 bits, the estimates of a longer quotient would hardly ever agree.
    const LONGEST: u64 = 48;
    let (x_bits, y_bits) = (x.bits(), y.bits());
    if x.sign() != y.sign() || y_bits < 128 || x_bits > y_bits + LONGEST {
        return None;
    }
    if x_bits < y_bits {
        return Some(0);
    }
    let below = y_bits - 64;
    let (x_top, y_top) = (bits_from(x, below), bits_from(y, below));
    // What was cut off makes the quotient smaller or larger than this, by less than a bit of either.
    let (low, high) = (x_top / (y_top + 1), (x_top + 1) / y_top);
    (low == high).then_some(low as u64)
}

/// The bits of a magnitude from bit `from` on, which are no more than 128.
fn bits_from(x: &BigInt, from: u64) -> u128 {
    let words = x.iter_u64_digits();
    let (skip, shift) = ((from / 64) as usize, (from % 64) as u32);
    let mut highest = words.rev();
    let n = highest.len() - skip;
    // At most three words are involved.
    let mut top = 0u128;
    for word in highest.by_ref().take(n - 1) {
        top = top << 64 | u128::from(word);
    }
    let lowest = highest.next().unwrap_or(0);
    if shift == 0 {
        return top << 64 | u128::from(lowest);
    }
    top << (64 - shift) | u128::from(lowest >> shift)
}

/// `a % b`
#[inline]
pub fn floor_mod(a: &Int, b: &Int) -> Result<Int, NumError> {
    if let (Int::Small(x), Int::Small(y)) = (a, b)
        && let Some(remainder) = floor_mod_i64(*x, *y)
    {
        return Ok(Int::Small(remainder));
    }
    floor_mod_big(a, b)
}

#[cold]
#[inline(never)]
fn floor_mod_big(a: &Int, b: &Int) -> Result<Int, NumError> {
    if b.is_zero() {
        return Err(NumError::division_by_zero());
    }
    Ok(Int::from_big(a.to_big().mod_floor(&b.to_big())))
}

/// `divmod(a, b)`
#[inline]
pub fn div_mod(a: &Int, b: &Int) -> Result<(Int, Int), NumError> {
    if let (Int::Small(x), Int::Small(y)) = (a, b)
        && let (Some(quotient), Some(remainder)) = (floor_div_i64(*x, *y), floor_mod_i64(*x, *y))
    {
        return Ok((Int::Small(quotient), Int::Small(remainder)));
    }
    div_mod_big(a, b)
}

#[cold]
#[inline(never)]
fn div_mod_big(a: &Int, b: &Int) -> Result<(Int, Int), NumError> {
    if b.is_zero() {
        return Err(NumError::division_by_zero());
    }
    let (quotient, remainder) = a.to_big().div_mod_floor(&b.to_big());
    Ok((Int::from_big(quotient), Int::from_big(remainder)))
}

/// `a << b`
#[inline]
pub fn shl(a: &Int, b: &Int) -> Result<Int, NumError> {
    if let (Int::Small(x), Int::Small(y @ 0..=63)) = (a, b) {
        let shifted = i128::from(*x) << *y;
        return Ok(Int::from_i128(shifted));
    }
    shl_big(a, b)
}

#[cold]
#[inline(never)]
fn shl_big(a: &Int, b: &Int) -> Result<Int, NumError> {
    if b.is_negative() {
        return Err(NumError::value("negative shift count"));
    }
    if a.is_zero() {
        return Ok(Int::ZERO);
    }
    let Int::Small(count) = b else { return Err(NumError::overflow("too many digits in integer")) };
    let count = *count as u64;
    ensure_bits(crate::int_bits::bit_length(a).saturating_add(count))?;
    Ok(Int::from_big(&*a.to_big() << count))
}

/// `a >> b`
#[inline]
pub fn shr(a: &Int, b: &Int) -> Result<Int, NumError> {
    if let (Int::Small(x), Int::Small(y @ 0..)) = (a, b) {
        return Ok(Int::Small(*x >> (*y).min(63)));
    }
    shr_big(a, b)
}

#[cold]
#[inline(never)]
fn shr_big(a: &Int, b: &Int) -> Result<Int, NumError> {
    if b.is_negative() {
        return Err(NumError::value("negative shift count"));
    }
    match (a, b) {
        (Int::Big(x), Int::Small(count)) => Ok(Int::from_big(x >> (*count as u64))),
        _ => Ok(Int::Small(if a.is_negative() { -1 } else { 0 })),
    }
}

/// Fails with `MemoryError` when a result of `bits` bits cannot be allocated.
///
/// The allocator behind `Vec` aborts on failure; asking it first for a large block turns that into an error.
pub(crate) fn ensure_bits(bits: u64) -> Result<(), NumError> {
    const PROBE_ABOVE_BYTES: u64 = 1 << 26;
    const MAX_BYTES: u64 = 1 << 36;
    let bytes = bits / 8;
    if bytes < PROBE_ABOVE_BYTES {
        return Ok(());
    }
    if bytes > MAX_BYTES {
        return Err(NumError::memory());
    }
    let mut probe: Vec<u8> = Vec::new();
    // A shift or a power holds an operand and a result of this size at once.
    probe.try_reserve_exact(bytes as usize * 2 + 64).map_err(|_| NumError::memory())
}

/// `round(a, -places)` for `places > 0`: to a multiple of `10 ** places`, ties to even.
pub fn round_to_power_of_ten(a: &Int, places: u64) -> Int {
    // 10**places beyond twice the value rounds to zero; do not build it.
    let bits = crate::int_bits::bit_length(a);
    if places as f64 * std::f64::consts::LOG2_10 > bits as f64 + 4.0 {
        return Int::ZERO;
    }
    let unit = BigInt::from(10).pow(places as u32);
    let value = a.to_big();
    let (quotient, remainder) = value.div_mod_floor(&unit);
    let twice = &remainder << 1;
    let round_up = twice > unit || (twice == unit && quotient.is_odd());
    let quotient = if round_up { quotient + 1 } else { quotient };
    Int::from_big(quotient * unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::int_parse::parse_literal as int;

    #[test]
    fn division_floors_for_every_sign() {
        for (a, b, q, r) in [(7, 2, 3, 1), (-7, 2, -4, 1), (7, -2, -4, -1), (-7, -2, 3, -1), (6, -3, -2, 0)] {
            assert_eq!(div_mod(&a.into(), &b.into()), Ok((q.into(), r.into())));
            let scale = int("1000000000000000000000");
            let (big_a, big_b) = (mul(&a.into(), &scale), mul(&b.into(), &scale));
            assert_eq!(div_mod(&big_a, &big_b), Ok((q.into(), mul(&r.into(), &scale))));
            assert_eq!(floor_div(&big_a, &big_b), Ok(q.into()));
        }
        assert_eq!(floor_div(&i64::MIN.into(), &(-1).into()), Ok(int("9223372036854775808")));
        assert_eq!(floor_mod(&i64::MIN.into(), &(-1).into()), Ok(Int::ZERO));
        assert_eq!(floor_mod(&1.into(), &Int::ZERO), Err(NumError::division_by_zero()));
    }

    #[test]
    fn small_operations_widen_and_big_ones_normalise() {
        let max: Int = i64::MAX.into();
        let above = add(&max, &Int::ONE);
        assert_eq!(above, int("9223372036854775808"));
        assert_eq!(sub(&above, &Int::ONE), max);
        assert_eq!(neg(&above), i64::MIN.into());
        assert_eq!(abs(&i64::MIN.into()), above);
        assert_eq!(mul(&max, &max), int("85070591730234615847396907784232501249"));
    }

    #[test]
    fn shifts() {
        assert_eq!(shl(&Int::ONE, &63.into()), Ok(int("9223372036854775808")));
        assert_eq!(shl(&(-1).into(), &63.into()), Ok(i64::MIN.into()));
        assert_eq!(shr(&int("-36893488147419103233"), &64.into()), Ok((-3).into()));
        assert_eq!(shr(&(-5).into(), &int("100000000000000000000")), Ok((-1).into()));
        assert_eq!(shl(&0.into(), &int("100000000000000000000")), Ok(Int::ZERO));
        let error = shl(&1.into(), &int("100000000000000000000")).unwrap_err();
        assert_eq!(error.message, "too many digits in integer");
        assert_eq!(shl(&1.into(), &(1i64 << 50).into()), Err(NumError::memory()));
    }

    #[test]
    fn rounding_to_tens() {
        for (value, places, expected) in
            [(15, 1, 20), (25, 1, 20), (-25, 1, -20), (12345, 2, 12300), (5, 1, 0)]
        {
            assert_eq!(round_to_power_of_ten(&value.into(), places), expected.into());
        }
        assert_eq!(round_to_power_of_ten(&99.into(), 1 << 60), Int::ZERO);
        assert_eq!(round_to_power_of_ten(&99.into(), 2), 100.into());
    }
}
