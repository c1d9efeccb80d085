//! `math.factorial`, `math.comb` and `math.perm`.
//!
//! All three are products of many small factors: those are packed into machine words and multiplied as a
//! balanced tree, so that the fast multiplication of large numbers gets operands of equal size.

use num_bigint::BigUint;

use crate::error::NumError;
use crate::int::Int;

/// The product of all factors.
fn product(factors: impl Iterator<Item = u64>) -> BigUint {
    let mut words = Vec::new();
    let mut word = 1u64;
    for factor in factors {
        word = word.checked_mul(factor).unwrap_or_else(|| {
            words.push(BigUint::from(word));
            factor
        });
    }
    words.push(BigUint::from(word));
    product_tree(words)
}

fn product_tree(mut values: Vec<BigUint>) -> BigUint {
    while values.len() > 1 {
        values = values
            .chunks(2)
            .map(|pair| match pair {
                [a, b] => a * b,
                [a, ..] => a.clone(),
                [] => BigUint::from(1u32),
            })
            .collect();
    }
    values.pop().unwrap_or_else(|| BigUint::from(1u32))
}

/// `math.factorial(n)`
pub fn factorial(n: &Int) -> Result<Int, NumError> {
    if n.is_negative() {
        return Err(NumError::value("factorial() not defined for negative values"));
    }
    match n.to_i64() {
        None => {
            let message = format!("factorial() argument should not exceed {}", i64::MAX);
            Err(NumError::overflow(message))
        }
        Some(n @ 0..=20) => Ok(Int::Small((1..=n).product())),
        Some(n) => {
            let n = n as u64;
            // log2(n!) is about n * (log2(n) - 1.45).
            crate::int_arith::ensure_bits((n as f64 * ((n as f64).log2() - 1.45)) as u64)?;
            Ok(Int::from(odd_factorial(n) << (n - u64::from(n.count_ones()))))
        }
    }
}

/// The odd part of `n!`: the product over all k of the odd numbers up to `n >> k`.
fn odd_factorial(n: u64) -> BigUint {
    let mut odd_product = BigUint::from(1u32);
    let mut all = BigUint::from(1u32);
    let mut from = 3u64;
    for level in (0..64 - n.leading_zeros()).rev() {
        let limit = n >> level;
        if limit >= from {
            odd_product *= product((from..=limit).step_by(2));
            from = (limit + 1) | 1;
        }
        all *= &odd_product;
    }
    all
}

/// `math.perm(n, k)`; without `k` it is `n!`.
pub fn perm(n: &Int, k: Option<&Int>) -> Result<Int, NumError> {
    let Some(k) = k else { return factorial(n) };
    check_not_negative(n, k)?;
    if n < k {
        return Ok(Int::ZERO);
    }
    let count =
        k.to_i64().ok_or_else(|| NumError::overflow(format!("k must not exceed {}", i64::MAX)))? as u64;
    Ok(Int::from(falling(n, count)?))
}

/// `n * (n - 1) * ... * (n - count + 1)`
fn falling(n: &Int, count: u64) -> Result<BigUint, NumError> {
    crate::int_arith::ensure_bits(crate::int_bits::bit_length(n).saturating_mul(count))?;
    Ok(match n {
        Int::Small(n) => product((0..count).map(|index| *n as u64 - index)),
        Int::Big(n) => product_tree((0..count).map(|index| n.magnitude() - index).collect()),
    })
}

/// `math.comb(n, k)`
pub fn comb(n: &Int, k: &Int) -> Result<Int, NumError> {
    check_not_negative(n, k)?;
    if n < k {
        return Ok(Int::ZERO);
    }
    let rest = crate::int_arith::sub(n, k);
    let smaller = k.min(&rest);
    let Int::Small(count) = smaller else {
        return Err(NumError::overflow(format!("min(n - k, k) must not exceed {}", i64::MAX)));
    };
    let count = *count as u64;
    if let Int::Small(n) = n
        && let Some(result) = comb_u64(*n as u64, count)
    {
        return Ok(Int::from(result));
    }
    Ok(Int::from(falling(n, count)? / product(1..=count)))
}

/// Pascal's multiplicative formula while every intermediate value fits.
fn comb_u64(n: u64, k: u64) -> Option<u64> {
    let mut result = 1u64;
    for index in 0..k {
        // The product of index + 1 consecutive numbers is divisible by (index + 1)!.
        let next = u128::from(result) * u128::from(n - index) / u128::from(index + 1);
        result = u64::try_from(next).ok()?;
    }
    Some(result)
}

fn check_not_negative(n: &Int, k: &Int) -> Result<(), NumError> {
    if n.is_negative() {
        return Err(NumError::value("n must be a non-negative integer"));
    }
    if k.is_negative() {
        return Err(NumError::value("k must be a non-negative integer"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::int_arith::mul;
    use crate::int_parse::parse_literal as int;

    #[test]
    fn factorials_follow_the_recurrence() {
        let mut expected = Int::ONE;
        for n in 1..200i64 {
            expected = mul(&expected, &n.into());
            assert_eq!(factorial(&n.into()), Ok(expected.clone()), "{n}!");
        }
        assert_eq!(factorial(&0.into()), Ok(Int::ONE));
    }

    #[test]
    fn choices() {
        assert_eq!(comb(&5.into(), &2.into()), Ok(10.into()));
        assert_eq!(comb(&5.into(), &6.into()), Ok(0.into()));
        assert_eq!(comb(&100.into(), &50.into()), Ok(int("100891344545564193334812497256")));
        assert_eq!(
            comb(&int("100000000000000000000"), &2.into()),
            Ok(int("4999999999999999999950000000000000000000"))
        );
        assert_eq!(perm(&10.into(), Some(&3.into())), Ok(720.into()));
        assert_eq!(perm(&3.into(), Some(&10.into())), Ok(0.into()));
        assert_eq!(perm(&5.into(), None), Ok(120.into()));
        assert_eq!(comb(&(-1).into(), &2.into()).unwrap_err().message, "n must be a non-negative integer");
    }
}
