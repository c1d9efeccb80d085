//! Expectations printed by CPython 3.14.

use super::*;
use crate::int::Int;
use crate::int_pow;

fn message<T: std::fmt::Debug>(result: Result<T, NumError>) -> String {
    result.unwrap_err().message.into_owned()
}

#[test]
fn domains_and_ranges() {
    assert_eq!(message(sqrt(-1.0)), "expected a nonnegative input, got -1.0");
    assert_eq!(message(acos(1e308)), "expected a number in range from -1 up to 1, got 1e+308");
    assert_eq!(message(atanh(1.0)), "expected a number between -1 and 1, got 1.0");
    assert_eq!(message(sin(f64::INFINITY)), "expected a finite input, got inf");
    assert_eq!(message(exp(710.0)), "math range error");
    assert_eq!(message(log::log(0.0, log::LogBase::E)), "expected a positive input, got 0.0");
    assert_eq!(message(log::log_int(&Int::ZERO, log::LogBase::E)), "expected a positive input");
    assert_eq!(message(gamma::gamma(-1.0)), "expected a noninteger or positive integer, got -1.0");
    assert_eq!(message(pow(-2.0, 0.5)), "math domain error");
    assert_eq!(message(pow(2.0, 1e10)), "math range error");
    assert_eq!(message(fmod(1.0, 0.0)), "math domain error");
    assert_eq!(message(fma(f64::INFINITY, 0.0, 1.0)), "invalid operation in fma");
    assert_eq!(message(fma(1e308, 10.0, 1.0)), "overflow in fma");
    assert!(sqrt(f64::NAN).is_ok_and(f64::is_nan));
    assert_eq!(exp(f64::INFINITY), Ok(f64::INFINITY));
}

#[test]
fn logarithms_of_large_integers() {
    let huge = int_pow::pow(&10.into(), &400.into()).unwrap();
    assert_eq!(log::log_int(&huge, log::LogBase::Ten), Ok(400.0));
    assert_eq!(log::log_int(&huge, log::LogBase::E), Ok(921.0340371976182));
    let power = int_pow::pow(&2.into(), &2000.into()).unwrap();
    assert_eq!(log::log_int(&power, log::LogBase::Two), Ok(2000.0));
}

#[test]
fn gammas() {
    for (x, expected) in [
        (0.5, 1.7724538509055159),
        (5.0, 24.0),
        (23.0, 1.1240007277776077e21),
        (-0.5, -3.544907701811032),
        (171.0, 7.257415615307998e306),
        (-150.5, -4.478447658150641e-264),
        (1e-21, 1.0000000000000001e21),
    ] {
        assert_eq!(gamma::gamma(x), Ok(expected), "gamma({x})");
    }
    for (x, expected) in [(0.5, 0.5723649429247004), (100.0, 359.1342053695754), (-0.5, 1.265512123484645)] {
        assert_eq!(gamma::lgamma(x), Ok(expected), "lgamma({x})");
    }
}

#[test]
fn sums() {
    let exact = |numbers: &[f64]| {
        let mut sum = sum::ExactSum::default();
        numbers.iter().try_for_each(|x| sum.push(*x))?;
        sum.finish()
    };
    assert_eq!(exact(&[0.1; 10]), Ok(1.0));
    assert_eq!(exact(&[1e100, 1.0, -1e100]), Ok(1.0));
    assert_eq!(exact(&[1.0, f64::INFINITY]), Ok(f64::INFINITY));
    assert_eq!(message(exact(&[f64::NEG_INFINITY, f64::INFINITY])), "-inf + inf in fsum");
    assert_eq!(message(exact(&[1e308, 1e308])), "intermediate overflow in fsum");
    let mut products = sum::ProductSum::default();
    for (x, y) in [(10.0, 1e100), (1.0, 1.0), (-10.0, 1e100)] {
        products.push(x, y);
    }
    assert_eq!(products.value(), 1.0);
    let mut compensated = sum::CompensatedSum::new(0.0);
    [0.1; 10].iter().for_each(|x| compensated.push(*x));
    assert_eq!(compensated.value(), 1.0);
}

#[test]
fn norms() {
    assert_eq!(norm::norm(&mut [3.0, 4.0]), 5.0);
    assert_eq!(norm::norm(&mut [1e308, 1e308]), 1.4142135623730951e308);
    assert_eq!(norm::norm(&mut [3e-320, 4e-320]), 5e-320);
    assert_eq!(norm::norm(&mut [f64::NAN, f64::INFINITY]), f64::INFINITY);
    assert_eq!(norm::norm(&mut []), 0.0);
    assert_eq!(norm::distance(&[1.0, 2.0, 3.0], &[4.0, 6.0, 3.0]), 5.0);
}

#[test]
fn representation() {
    use float_bits::{frexp, ldexp, modf, nextafter, ulp};
    assert_eq!(nextafter(1.0, 2.0, None), Ok(1.0000000000000002));
    assert_eq!(nextafter(0.0, 1.0, Some(&3.into())), Ok(1.5e-323));
    assert_eq!(nextafter(5e-324, -1.0, Some(&2.into())), Ok(-5e-324));
    assert_eq!(nextafter(1.0, 2.0, Some(&Int::from(u64::MAX))), Ok(2.0));
    assert_eq!(message(nextafter(1.0, 2.0, Some(&(-1).into()))), "steps must be a non-negative integer");
    assert_eq!(ulp(1.0), f64::EPSILON);
    assert_eq!(ulp(f64::MAX), 1.99584030953472e292);
    assert_eq!(ulp(0.0), 5e-324);
    assert_eq!(ldexp(1.5, &(-1074).into()), Ok(1e-323));
    assert_eq!(ldexp(0.5, &1025.into()).map_err(|e| e.message), Err("math range error".into()));
    assert_eq!(frexp(-5e-324), (-0.5, -1073));
    assert_eq!(frexp(8.0), (0.5, 4));
    assert_eq!(modf(-1.25), (-0.25, -1.0));
    assert_eq!(remainder(5.0, 2.0), Ok(1.0));
    assert_eq!(remainder(7.0, 2.0), Ok(-1.0));
    assert_eq!(remainder(-3.0, 2.0), Ok(1.0));
}
