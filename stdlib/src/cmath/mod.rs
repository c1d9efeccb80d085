//! `cmath`: functions of complex numbers. The computations are in [`functions`], what they yield for infinities and
//! NaNs in [`special`].

mod functions;
mod special;

use crate::support::numeric;
use adder_interp::object::complex::Complex as ComplexObject;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::special::Special;
use adder_macros::pymodule;
use adder_numeric::NumError;
use adder_numeric::complex::Complex;

/// Mathematical functions of complex numbers.
#[pymodule(name = "cmath")]
#[allow(non_upper_case_globals, reason = "the names are Python's")]
pub mod cmath {
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
    #[pyattr]
    fn infj(vm: &Vm) -> Value {
        object(vm, Complex::new(0.0, f64::INFINITY))
    }
    #[pyattr]
    fn nanj(vm: &Vm) -> Value {
        object(vm, Complex::new(0.0, f64::NAN))
    }

    /// Return the arc cosine of z.
    #[pyfunction(pure)]
    fn acos(vm: &Vm, z: Value) -> PyResult {
        apply(vm, z, functions::acos)
    }
    /// Return the inverse hyperbolic cosine of z.
    #[pyfunction(pure)]
    fn acosh(vm: &Vm, z: Value) -> PyResult {
        apply(vm, z, functions::acosh)
    }
    /// Return the arc sine of z.
    #[pyfunction(pure)]
    fn asin(vm: &Vm, z: Value) -> PyResult {
        apply(vm, z, functions::asin)
    }
    /// Return the inverse hyperbolic sine of z.
    #[pyfunction(pure)]
    fn asinh(vm: &Vm, z: Value) -> PyResult {
        apply(vm, z, functions::asinh)
    }
    /// Return the arc tangent of z.
    #[pyfunction(pure)]
    fn atan(vm: &Vm, z: Value) -> PyResult {
        apply(vm, z, functions::atan)
    }
    /// Return the inverse hyperbolic tangent of z.
    #[pyfunction(pure)]
    fn atanh(vm: &Vm, z: Value) -> PyResult {
        apply(vm, z, functions::atanh)
    }
    /// Return the cosine of z.
    #[pyfunction(pure)]
    fn cos(vm: &Vm, z: Value) -> PyResult {
        apply(vm, z, functions::cos)
    }
    /// Return the hyperbolic cosine of z.
    #[pyfunction(pure)]
    fn cosh(vm: &Vm, z: Value) -> PyResult {
        apply(vm, z, functions::cosh)
    }
    /// Return the exponential value e**z.
    #[pyfunction(pure)]
    fn exp(vm: &Vm, z: Value) -> PyResult {
        apply(vm, z, functions::exp)
    }
    /// Determine whether two complex numbers are close in value.
    ///
    /// rel_tol is the largest difference relative to the larger magnitude, abs_tol the largest difference by itself;
    /// one of them has to be kept. NaN is close to nothing, infinities only to themselves.
    #[pyfunction(sig = "(a, b, *, rel_tol=1e-09, abs_tol=0.0)")]
    fn isclose(vm: &Vm, a: Value, b: Value, rel_tol: f64, abs_tol: f64) -> PyResult<bool> {
        let (a, b) = (complex_of(vm, a)?, complex_of(vm, b)?);
        if rel_tol < 0.0 || abs_tol < 0.0 {
            return Err(vm.value_error("tolerances must be non-negative"));
        }
        if a == b {
            return Ok(true);
        }
        if is_infinite(a) || is_infinite(b) {
            return Ok(false);
        }
        let magnitude = |z: Complex| z.real.hypot(z.imag);
        let difference = magnitude(a - b);
        Ok(difference <= rel_tol * magnitude(b)
            || difference <= rel_tol * magnitude(a)
            || difference <= abs_tol)
    }
    /// Return True if both the real and imaginary parts of z are finite, else False.
    #[pyfunction(pure)]
    fn isfinite(vm: &Vm, z: Value) -> PyResult<bool> {
        let z = complex_of(vm, z)?;
        Ok(z.real.is_finite() && z.imag.is_finite())
    }
    /// Checks if the real or imaginary part of z is infinite.
    #[pyfunction(pure)]
    fn isinf(vm: &Vm, z: Value) -> PyResult<bool> {
        complex_of(vm, z).map(is_infinite)
    }
    /// Checks if the real or imaginary part of z not a number (NaN).
    #[pyfunction(pure)]
    fn isnan(vm: &Vm, z: Value) -> PyResult<bool> {
        let z = complex_of(vm, z)?;
        Ok(z.real.is_nan() || z.imag.is_nan())
    }
    /// Return the logarithm of z to the given base; without a base, the natural logarithm.
    #[pyfunction(sig = "(z, base=<unrepresentable>, /)", pure)]
    fn log(vm: &Vm, z: Value, base: Option<Value>) -> PyResult {
        let z = complex_of(vm, z)?;
        let Some(base) = base else { return Ok(object(vm, numeric(vm, functions::log(z))?)) };
        let base = complex_of(vm, base)?;
        let (z, base) = (numeric(vm, functions::log(z))?, numeric(vm, functions::log(base))?);
        let quotient = z.true_div(base).map_err(|_| adder_numeric::math::domain_error());
        Ok(object(vm, numeric(vm, quotient)?))
    }
    /// Return the base-10 logarithm of z.
    #[pyfunction(pure)]
    fn log10(vm: &Vm, z: Value) -> PyResult {
        apply(vm, z, functions::log10)
    }
    /// Return argument, also known as the phase angle, of a complex.
    #[pyfunction(pure)]
    fn phase(vm: &Vm, z: Value) -> PyResult<f64> {
        let z = complex_of(vm, z)?;
        Ok(z.imag.atan2(z.real))
    }
    /// Convert a complex from rectangular coordinates to polar coordinates.
    ///
    /// r is the distance from 0 and phi the phase angle.
    #[pyfunction(pure)]
    fn polar(vm: &Vm, z: Value) -> PyResult<(f64, f64)> {
        let z = complex_of(vm, z)?;
        let r = z.abs().map_err(|_| adder_numeric::math::range_error());
        Ok((numeric(vm, r)?, z.imag.atan2(z.real)))
    }
    /// Convert from polar coordinates to rectangular coordinates.
    #[pyfunction(pure)]
    fn rect(vm: &Vm, r: f64, phi: f64) -> PyResult {
        Ok(object(vm, numeric(vm, functions::rect(r, phi))?))
    }
    /// Return the sine of z.
    #[pyfunction(pure)]
    fn sin(vm: &Vm, z: Value) -> PyResult {
        apply(vm, z, functions::sin)
    }
    /// Return the hyperbolic sine of z.
    #[pyfunction(pure)]
    fn sinh(vm: &Vm, z: Value) -> PyResult {
        apply(vm, z, functions::sinh)
    }
    /// Return the square root of z.
    #[pyfunction(pure)]
    fn sqrt(vm: &Vm, z: Value) -> PyResult {
        apply(vm, z, functions::sqrt)
    }
    /// Return the tangent of z.
    #[pyfunction(pure)]
    fn tan(vm: &Vm, z: Value) -> PyResult {
        apply(vm, z, functions::tan)
    }
    /// Return the hyperbolic tangent of z.
    #[pyfunction(pure)]
    fn tanh(vm: &Vm, z: Value) -> PyResult {
        apply(vm, z, functions::tanh)
    }
}

fn object(vm: &Vm, z: Complex) -> Value {
    ComplexObject::new(&vm.heap, z.real, z.imag).value()
}

fn apply(vm: &Vm, z: Value, f: fn(Complex) -> Result<Complex, NumError>) -> PyResult {
    let z = complex_of(vm, z)?;
    Ok(object(vm, numeric(vm, f(z))?))
}

fn is_infinite(z: Complex) -> bool {
    z.real.is_infinite() || z.imag.is_infinite()
}

/// The number of a complex argument: a complex, what `__complex__` returns, or any real number.
fn complex_of(vm: &Vm, v: Value) -> PyResult<Complex> {
    if let Some(z) = v.downcast::<ComplexObject>() {
        return Ok(Complex::new(z.re, z.im));
    }
    if let Some(x) = v.as_float() {
        return Ok(Complex::new(x, 0.0));
    }
    match vm.call_special(v, Special::Complex, &[])? {
        None => Ok(Complex::new(vm.to_f64(v)?, 0.0)),
        Some(result) => match result.downcast::<ComplexObject>() {
            Some(z) => Ok(Complex::new(z.re, z.im)),
            None => Err(vm.type_error(format!(
                "{}.__complex__() must return a complex, not {}",
                vm.type_of(v).name(),
                vm.type_of(result).name()
            ))),
        },
    }
}
