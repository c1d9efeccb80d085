//! `math`: functions of real numbers, over `adder_numeric::math`.
//!
//! Functions of one float name their unboxed form. Where that yields an infinity or a NaN, only the boxed call knows
//! whether this is the result or an error, so compiled code falls back to it for every result that is not finite.

use crate::support::numeric;
use adder_interp::object::header::Gc;
use adder_interp::object::int::{IntRef, as_exact_int, as_int};
use adder_interp::object::tuple::Tuple;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::ops::BinaryOp;
use adder_interp::vm::special::Special;
use adder_macros::pymodule;
use adder_numeric::math as real;
use adder_numeric::math::log::LogBase;
use adder_numeric::math::sum::{ExactSum, ProductSum};
use adder_numeric::{Int, float_arith, int_arith, int_combinatorics, int_float, int_gcd, int_pow};

/// Mathematical functions of real numbers, as the C standard defines them.
#[pymodule(name = "math")]
#[allow(non_upper_case_globals, reason = "the names are Python's")]
pub mod math {
    use super::*;

    #[pyattr]
    const pi: f64 = std::f64::consts::PI;
    #[pyattr]
    const e: f64 = std::f64::consts::E;
    #[pyattr]
    const tau: f64 = std::f64::consts::TAU;
    #[pyattr]
    const inf: f64 = f64::INFINITY;
    #[pyattr]
    const nan: f64 = f64::NAN;

    /// Return the arc cosine (measured in radians) of x.
    ///
    /// The result is between 0 and pi.
    #[pyfunction(pure, unboxed_f64 = f64::acos)]
    fn acos(vm: &Vm, x: f64) -> PyResult<f64> {
        numeric(vm, real::acos(x))
    }
    /// Return the inverse hyperbolic cosine of x.
    #[pyfunction(pure)]
    fn acosh(vm: &Vm, x: f64) -> PyResult<f64> {
        numeric(vm, real::acosh(x))
    }
    /// Return the arc sine (measured in radians) of x.
    ///
    /// The result is between -pi/2 and pi/2.
    #[pyfunction(pure, unboxed_f64 = f64::asin)]
    fn asin(vm: &Vm, x: f64) -> PyResult<f64> {
        numeric(vm, real::asin(x))
    }
    /// Return the inverse hyperbolic sine of x.
    #[pyfunction(pure, unboxed_f64 = real::asinh)]
    fn asinh(x: f64) -> f64 {
        real::asinh(x)
    }
    /// Return the arc tangent (measured in radians) of x.
    ///
    /// The result is between -pi/2 and pi/2.
    #[pyfunction(pure, unboxed_f64 = f64::atan)]
    fn atan(x: f64) -> f64 {
        x.atan()
    }
    /// Return the arc tangent (measured in radians) of y/x.
    ///
    /// Unlike atan(y/x), the quadrant of the point is taken into account.
    #[pyfunction(pure)]
    fn atan2(y: f64, x: f64) -> f64 {
        y.atan2(x)
    }
    /// Return the inverse hyperbolic tangent of x.
    #[pyfunction(pure)]
    fn atanh(vm: &Vm, x: f64) -> PyResult<f64> {
        numeric(vm, real::atanh(x))
    }
    /// Return the cube root of x.
    #[pyfunction(pure, unboxed_f64 = f64::cbrt)]
    fn cbrt(x: f64) -> f64 {
        x.cbrt()
    }
    /// Return the smallest integer that is not less than x.
    #[pyfunction(quiet)]
    fn ceil(vm: &Vm, x: Value) -> PyResult {
        rounded(vm, x, Special::Ceil, float_arith::ceil_to_int)
    }
    /// Number of ways to choose k items from n items without repetition and without order.
    ///
    /// It is n! / (k! * (n - k)!) for k <= n and zero for k > n.
    #[pyfunction(pure)]
    fn comb(vm: &Vm, n: Int, k: Int) -> PyResult<Int> {
        numeric(vm, int_combinatorics::comb(&n, &k))
    }
    /// Return a float with the magnitude of x and the sign of y.
    #[pyfunction(pure)]
    fn copysign(x: f64, y: f64) -> f64 {
        x.copysign(y)
    }
    /// Return the cosine of x (measured in radians).
    #[pyfunction(pure, unboxed_f64 = f64::cos)]
    fn cos(vm: &Vm, x: f64) -> PyResult<f64> {
        numeric(vm, real::cos(x))
    }
    /// Return the hyperbolic cosine of x.
    #[pyfunction(pure, unboxed_f64 = f64::cosh)]
    fn cosh(vm: &Vm, x: f64) -> PyResult<f64> {
        numeric(vm, real::cosh(x))
    }
    /// Convert angle x from radians to degrees.
    #[pyfunction(pure, unboxed_f64 = real::degrees)]
    fn degrees(x: f64) -> f64 {
        real::degrees(x)
    }
    /// Return the Euclidean distance between two points, given as iterables of coordinates.
    #[pyfunction(quiet)]
    fn dist(vm: &Vm, p: Value, q: Value) -> PyResult<f64> {
        let (p, q) = (as_tuple(vm, p)?, as_tuple(vm, q)?);
        if p.len() != q.len() {
            return Err(vm.value_error("both points must have the same number of dimensions"));
        }
        let (p, q) = (floats(vm, &p)?, floats(vm, &q)?);
        Ok(real::norm::distance(&p, &q))
    }
    /// Error function at x.
    #[pyfunction(pure, unboxed_f64 = real::erf)]
    fn erf(x: f64) -> f64 {
        real::erf(x)
    }
    /// Complementary error function at x.
    #[pyfunction(pure, unboxed_f64 = real::erfc)]
    fn erfc(x: f64) -> f64 {
        real::erfc(x)
    }
    /// Return e raised to the power of x.
    #[pyfunction(pure, unboxed_f64 = f64::exp)]
    fn exp(vm: &Vm, x: f64) -> PyResult<f64> {
        numeric(vm, real::exp(x))
    }
    /// Return 2 raised to the power of x.
    #[pyfunction(pure, unboxed_f64 = f64::exp2)]
    fn exp2(vm: &Vm, x: f64) -> PyResult<f64> {
        numeric(vm, real::exp2(x))
    }
    /// Return exp(x)-1, precise for small x.
    #[pyfunction(pure, unboxed_f64 = f64::exp_m1)]
    fn expm1(vm: &Vm, x: f64) -> PyResult<f64> {
        numeric(vm, real::expm1(x))
    }
    /// Return the absolute value of the float x.
    #[pyfunction(pure, unboxed_f64 = f64::abs)]
    fn fabs(x: f64) -> f64 {
        x.abs()
    }
    /// Find n!.
    #[pyfunction(pure)]
    fn factorial(vm: &Vm, n: Int) -> PyResult<Int> {
        numeric(vm, int_combinatorics::factorial(&n))
    }
    /// Return the largest integer that is not greater than x.
    #[pyfunction(quiet)]
    fn floor(vm: &Vm, x: Value) -> PyResult {
        rounded(vm, x, Special::Floor, float_arith::floor_to_int)
    }
    /// Compute (x * y) + z with a single rounding.
    #[pyfunction(pure)]
    fn fma(vm: &Vm, x: f64, y: f64, z: f64) -> PyResult<f64> {
        numeric(vm, real::fma(x, y, z))
    }
    /// Return the remainder of x/y with the sign of x.
    #[pyfunction(pure)]
    fn fmod(vm: &Vm, x: f64, y: f64) -> PyResult<f64> {
        numeric(vm, real::fmod(x, y))
    }
    /// Return (m, e) such that x == m * 2**e and 0.5 <= abs(m) < 1.0; (x, 0) if x is zero or not finite.
    #[pyfunction(pure)]
    fn frexp(x: f64) -> (f64, i32) {
        real::float_bits::frexp(x)
    }
    /// Return an accurate floating-point sum of values in the iterable seq.
    #[pyfunction]
    fn fsum(vm: &Vm, seq: Value) -> PyResult<f64> {
        let mut sum = ExactSum::default();
        vm.for_each(seq, |x| {
            let x = to_f64(vm, x)?;
            numeric(vm, sum.push(x))
        })?;
        numeric(vm, sum.finish())
    }
    /// Gamma function at x.
    #[pyfunction(pure)]
    fn gamma(vm: &Vm, x: f64) -> PyResult<f64> {
        numeric(vm, real::gamma::gamma(x))
    }
    /// Greatest Common Divisor.
    #[pyfunction(quiet, sig = "(*integers)")]
    fn gcd(vm: &Vm, integers: &[Value]) -> PyResult {
        fold_ints(vm, integers, Int::ZERO, int_gcd::gcd)
    }
    /// Multidimensional Euclidean distance from the origin to a point.
    #[pyfunction(quiet, sig = "(*coordinates)")]
    fn hypot(vm: &Vm, coordinates: &[Value]) -> PyResult<f64> {
        if let [x, y] = *coordinates {
            return Ok(real::norm::norm(&mut [to_f64(vm, x)?, to_f64(vm, y)?]));
        }
        Ok(real::norm::norm(&mut floats(vm, coordinates)?))
    }
    /// Determine whether two floating-point numbers are close in value.
    ///
    /// rel_tol is the largest difference relative to the larger number, abs_tol the largest difference by itself;
    /// one of them has to be kept. NaN is close to nothing, infinities only to themselves.
    #[pyfunction(quiet, sig = "(a, b, *, rel_tol=1e-09, abs_tol=0.0)")]
    fn isclose(vm: &Vm, a: f64, b: f64, rel_tol: f64, abs_tol: f64) -> PyResult<bool> {
        numeric(vm, real::is_close(a, b, rel_tol, abs_tol))
    }
    /// Return True if x is neither an infinity nor a NaN, and False otherwise.
    #[pyfunction(pure)]
    fn isfinite(x: f64) -> bool {
        x.is_finite()
    }
    /// Return True if x is a positive or negative infinity, and False otherwise.
    #[pyfunction(pure)]
    fn isinf(x: f64) -> bool {
        x.is_infinite()
    }
    /// Return True if x is a NaN (not a number), and False otherwise.
    #[pyfunction(pure)]
    fn isnan(x: f64) -> bool {
        x.is_nan()
    }
    /// Return the integer part of the square root of the input.
    #[pyfunction(pure)]
    fn isqrt(vm: &Vm, n: Int) -> PyResult<Int> {
        numeric(vm, int_pow::isqrt(&n))
    }
    /// Least Common Multiple.
    #[pyfunction(quiet, sig = "(*integers)")]
    fn lcm(vm: &Vm, integers: &[Value]) -> PyResult {
        fold_ints(vm, integers, Int::ONE, int_gcd::lcm)
    }
    /// Return x * (2**i), the inverse of frexp().
    #[pyfunction(pure)]
    fn ldexp(vm: &Vm, x: f64, i: Value) -> PyResult<f64> {
        match as_int(i) {
            Some(i) => numeric(vm, real::float_bits::ldexp(x, &i)),
            None => Err(vm.type_error("Expected an int as second argument to ldexp.")),
        }
    }
    /// Natural logarithm of absolute value of Gamma function at x.
    #[pyfunction(pure)]
    fn lgamma(vm: &Vm, x: f64) -> PyResult<f64> {
        numeric(vm, real::gamma::lgamma(x))
    }
    /// Return the logarithm of x to the given base; without a base, the natural logarithm.
    #[pyfunction(quiet, pure, unboxed_f64 = f64::ln)]
    fn log(vm: &Vm, x: Value, base: Option<Value>) -> PyResult<f64> {
        let natural = logarithm(vm, x, LogBase::E)?;
        let Some(base) = base else { return Ok(natural) };
        let base = logarithm(vm, base, LogBase::E)?;
        numeric(vm, real::log::quotient(natural, base))
    }
    /// Return the base 10 logarithm of x.
    #[pyfunction(pure, unboxed_f64 = f64::log10)]
    fn log10(vm: &Vm, x: Value) -> PyResult<f64> {
        logarithm(vm, x, LogBase::Ten)
    }
    /// Return the natural logarithm of 1+x, accurate for x near zero.
    #[pyfunction(pure, unboxed_f64 = f64::ln_1p)]
    fn log1p(vm: &Vm, x: f64) -> PyResult<f64> {
        numeric(vm, real::log1p(x))
    }
    /// Return the base 2 logarithm of x.
    #[pyfunction(pure, unboxed_f64 = f64::log2)]
    fn log2(vm: &Vm, x: Value) -> PyResult<f64> {
        logarithm(vm, x, LogBase::Two)
    }
    /// Return the fractional and integer parts of x, both floats with the sign of x.
    #[pyfunction(pure)]
    fn modf(x: f64) -> (f64, f64) {
        real::float_bits::modf(x)
    }
    /// Return the floating-point value the given number of steps (by default one) after x towards y.
    #[pyfunction(sig = "(x, y, /, *, steps=None)")]
    fn nextafter(vm: &Vm, x: f64, y: f64, steps: Option<Value>) -> PyResult<f64> {
        let steps = match steps.filter(|steps| !steps.is_none()) {
            Some(steps) => Some(vm.index(steps)?),
            None => None,
        };
        numeric(vm, real::float_bits::nextafter(x, y, steps.as_deref()))
    }
    /// Number of ways to choose k items from n items without repetition and with order.
    ///
    /// It is n! / (n - k)! for k <= n and zero for k > n. Without k, it is n!.
    #[pyfunction(sig = "(n, k=None, /)", pure)]
    fn perm(vm: &Vm, n: Int, k: Option<Int>) -> PyResult<Int> {
        match k {
            Some(k) => numeric(vm, int_combinatorics::perm(&n, Some(&k))),
            None => numeric(vm, int_combinatorics::factorial(&n)),
        }
    }
    /// Return x**y (x to the power of y).
    #[pyfunction(pure)]
    fn pow(vm: &Vm, x: f64, y: f64) -> PyResult<f64> {
        numeric(vm, real::pow(x, y))
    }
    /// Calculate the product of all the elements in the input iterable, and of start.
    #[pyfunction(quiet, sig = "(iterable, /, *, start=1)")]
    fn prod(vm: &Vm, iterable: Value, start: Option<Value>) -> PyResult {
        let mut product = start.unwrap_or(Value::small_int(1));
        vm.for_each(iterable, |x| {
            product = vm.binary_op(BinaryOp::Mul, product, x, false)?;
            Ok(())
        })?;
        Ok(product)
    }
    /// Convert angle x from degrees to radians.
    #[pyfunction(pure, unboxed_f64 = real::radians)]
    fn radians(x: f64) -> f64 {
        real::radians(x)
    }
    /// Return the exact difference between x and the closest integer multiple of y, ties to the even one.
    #[pyfunction(pure)]
    fn remainder(vm: &Vm, x: f64, y: f64) -> PyResult<f64> {
        numeric(vm, real::remainder(x, y))
    }
    /// Return the sine of x (measured in radians).
    #[pyfunction(pure, unboxed_f64 = f64::sin)]
    fn sin(vm: &Vm, x: f64) -> PyResult<f64> {
        numeric(vm, real::sin(x))
    }
    /// Return the hyperbolic sine of x.
    #[pyfunction(pure, unboxed_f64 = f64::sinh)]
    fn sinh(vm: &Vm, x: f64) -> PyResult<f64> {
        numeric(vm, real::sinh(x))
    }
    /// Return the square root of x.
    #[pyfunction(pure, unboxed_f64 = f64::sqrt)]
    fn sqrt(vm: &Vm, x: f64) -> PyResult<f64> {
        numeric(vm, real::sqrt(x))
    }
    /// Return the sum of products of values from two iterables p and q of the same length.
    #[pyfunction]
    fn sumprod(vm: &Vm, p: Value, q: Value) -> PyResult {
        super::sum_of_products(vm, p, q)
    }
    /// Return the tangent of x (measured in radians).
    #[pyfunction(pure, unboxed_f64 = f64::tan)]
    fn tan(vm: &Vm, x: f64) -> PyResult<f64> {
        numeric(vm, real::tan(x))
    }
    /// Return the hyperbolic tangent of x.
    #[pyfunction(pure, unboxed_f64 = f64::tanh)]
    fn tanh(x: f64) -> f64 {
        x.tanh()
    }
    /// Truncate the real number x to the nearest integer toward 0, by its __trunc__ method.
    #[pyfunction(quiet)]
    fn trunc(vm: &Vm, x: Value) -> PyResult {
        if let Some(x) = x.as_float() {
            return Ok(vm.new_int_from(numeric(vm, int_float::from_f64(x))?));
        }
        match vm.call_special(x, Special::Trunc, &[])? {
            Some(result) => Ok(result),
            None => {
                Err(vm.type_error(format!("type {} doesn't define __trunc__ method", vm.type_of(x).name())))
            }
        }
    }
    /// Return the value of the least significant bit of the float x.
    #[pyfunction(pure)]
    fn ulp(x: f64) -> f64 {
        real::float_bits::ulp(x)
    }
}

/// `float(v)` for arguments that are mostly floats.
#[inline]
fn to_f64(vm: &Vm, v: Value) -> PyResult<f64> {
    match v.as_float() {
        Some(x) => Ok(x),
        None => vm.to_f64(v),
    }
}

/// All values as floats.
fn floats(vm: &Vm, values: &[Value]) -> PyResult<Vec<f64>> {
    values.iter().map(|&v| to_f64(vm, v)).collect()
}

/// A tuple of the items of an iterable.
fn as_tuple(vm: &Vm, v: Value) -> PyResult<Gc<Tuple>> {
    match v.downcast::<Tuple>() {
        Some(tuple) => Ok(tuple),
        None => {
            let items = vm.collect(v)?;
            Ok(Tuple::new(&vm.heap, &items))
        }
    }
}

/// `floor` and `ceil`: by the special method, or of the number as a float.
fn rounded(
    vm: &Vm,
    x: Value,
    special: Special,
    round: fn(f64) -> Result<Int, adder_numeric::NumError>,
) -> PyResult {
    if let Some(x) = x.as_float() {
        return Ok(vm.new_int_from(numeric(vm, round(x))?));
    }
    if let Some(result) = vm.call_special(x, special, &[])? {
        return Ok(result);
    }
    let x = vm.to_f64(x)?;
    Ok(vm.new_int_from(numeric(vm, round(x))?))
}

/// Logarithm of an int of any size or of a float.
fn logarithm(vm: &Vm, x: Value, base: LogBase) -> PyResult<f64> {
    if let Some(x) = x.as_float() {
        return numeric(vm, real::log::log(x, base));
    }
    if let Some(n) = as_int(x) {
        return numeric(vm, real::log::log_int(&n, base));
    }
    // A number that is too large for a float still has an index.
    match vm.to_f64(x) {
        Ok(x) => numeric(vm, real::log::log(x, base)),
        Err(Raised) if vm.special_of(x, Special::Index).is_some() => {
            vm.catch(vm.exceptions.overflow_error)?;
            let n = vm.index(x)?;
            numeric(vm, real::log::log_int(&n, base))
        }
        Err(Raised) => Err(Raised),
    }
}

/// Folds ints, any of them through `__index__`, by `f`.
fn fold_ints(vm: &Vm, integers: &[Value], empty: Int, f: fn(&Int, &Int) -> Int) -> PyResult {
    let Some((&first, rest)) = integers.split_first() else { return Ok(vm.new_int_from(empty)) };
    let first = vm.index(first)?;
    let mut result = int_arith::abs(&first);
    for &next in rest {
        let next = vm.index(next)?;
        result = f(&result, &next);
    }
    Ok(vm.new_int_from(result))
}

/// The state of `sumprod`: exact while all are ints, in extended precision while some are floats, and what is left by
/// the operators of the objects. A stage that has ended never comes back.
struct SumOfProducts<'vm> {
    vm: &'vm Vm,
    total: Value,
    ints: Option<Int>,
    floats: Option<ProductSum>,
    floats_used: bool,
}

impl SumOfProducts<'_> {
    fn push(&mut self, p: Value, q: Value) -> PyResult<()> {
        if let Some(sum) = &mut self.ints {
            if let (Some(x), Some(y)) = (as_exact_int(p), as_exact_int(q)) {
                *sum = int_arith::add(sum, &int_arith::mul(&x, &y));
                return Ok(());
            }
            self.finish_ints()?;
        }
        if let Some(sum) = &mut self.floats {
            if let Some((x, y)) = float_pair(p, q) {
                sum.push(x, y);
                self.floats_used = true;
                return Ok(());
            }
            self.finish_floats()?;
        }
        let product = self.vm.binary_op(BinaryOp::Mul, p, q, false)?;
        self.total = self.vm.binary_op(BinaryOp::Add, self.total, product, false)?;
        Ok(())
    }

    fn finish_ints(&mut self) -> PyResult<()> {
        if let Some(sum) = self.ints.take()
            && !sum.is_zero()
        {
            let sum = self.vm.new_int_from(sum);
            self.total = self.vm.binary_op(BinaryOp::Add, self.total, sum, false)?;
        }
        Ok(())
    }

    fn finish_floats(&mut self) -> PyResult<()> {
        if let Some(sum) = self.floats.take()
            && self.floats_used
        {
            self.total = self.vm.binary_op(BinaryOp::Add, self.total, Value::float(sum.value()), false)?;
        }
        Ok(())
    }
}

/// Two floats, or a float and an int that fits one.
fn float_pair(p: Value, q: Value) -> Option<(f64, f64)> {
    let number = |v: Value| -> Option<f64> {
        let exact = as_exact_int(v).or_else(|| v.as_bool().map(|b| IntRef::Own(Int::Small(b as i64))))?;
        int_float::to_f64(&exact).ok()
    };
    match (p.as_float(), q.as_float()) {
        (Some(x), Some(y)) => Some((x, y)),
        (Some(x), None) => Some((x, number(q)?)),
        (None, Some(y)) => Some((number(p)?, y)),
        (None, None) => None,
    }
}

fn sum_of_products(vm: &Vm, p: Value, q: Value) -> PyResult {
    let (p, q) = (vm.iter(p)?, vm.iter(q)?);
    let mut sum = SumOfProducts {
        vm,
        total: Value::small_int(0),
        ints: Some(Int::ZERO),
        floats: Some(ProductSum::default()),
        floats_used: false,
    };
    loop {
        match (vm.next(p)?, vm.next(q)?) {
            (Some(x), Some(y)) => sum.push(x, y)?,
            (None, None) => break,
            _ => return Err(vm.value_error("Inputs are not the same length")),
        }
    }
    sum.finish_ints()?;
    sum.finish_floats()?;
    Ok(sum.total)
}
