//! The methods of `complex`.

use super::complex::Complex;
use super::float::as_float;
use super::header::Gc;
use super::int::as_int;
use super::str::Str;
use super::typeobj::Type;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::ops::BinaryOp;
use crate::vm::special::Special;
use adder_macros::pymethods;
use adder_numeric::complex::{self, Complex as Number};
use adder_numeric::{NumError, float_arith, int_float};

/// An operand of complex arithmetic: mixed operations with reals are not those with a zero imaginary part.
enum Operand {
    Real(f64),
    Complex(Number),
}

fn operand(vm: &Vm, v: Value) -> PyResult<Option<Operand>> {
    if let Some(c) = v.downcast::<Complex>() {
        return Ok(Some(Operand::Complex(Number::new(c.re, c.im))));
    }
    if let Some(f) = as_float(v) {
        return Ok(Some(Operand::Real(f)));
    }
    match as_int(v) {
        Some(i) => int_float::to_f64(&i).map(|f| Some(Operand::Real(f))).map_err(|e| vm.numeric_error(e)),
        None => Ok(None),
    }
}

fn widen(o: Operand) -> Number {
    match o {
        Operand::Real(x) => Number::new(x, 0.0),
        Operand::Complex(c) => c,
    }
}

fn result(vm: &Vm, c: Number) -> PyResult {
    Ok(Complex::new(&vm.heap, c.real, c.imag).value())
}

fn binary(vm: &Vm, op: BinaryOp, a: Value, b: Value) -> PyResult {
    use Operand::{Complex as C, Real as R};
    let (Some(x), Some(y)) = (operand(vm, a)?, operand(vm, b)?) else { return Ok(Value::not_implemented()) };
    let computed: Result<Number, NumError> = match (op, x, y) {
        (BinaryOp::Add, C(x), R(y)) | (BinaryOp::Add, R(y), C(x)) => Ok(x.add_real(y)),
        (BinaryOp::Add, x, y) => Ok(widen(x) + widen(y)),
        (BinaryOp::Sub, C(x), R(y)) => Ok(x.sub_real(y)),
        (BinaryOp::Sub, R(x), C(y)) => Ok(y.real_sub(x)),
        (BinaryOp::Sub, x, y) => Ok(widen(x) - widen(y)),
        (BinaryOp::Mul, C(x), R(y)) | (BinaryOp::Mul, R(y), C(x)) => Ok(x.mul_real(y)),
        (BinaryOp::Mul, x, y) => Ok(widen(x) * widen(y)),
        (BinaryOp::TrueDiv, C(x), R(y)) => x.div_real(y),
        (BinaryOp::TrueDiv, R(x), C(y)) => y.real_div(x),
        (BinaryOp::TrueDiv, x, y) => widen(x).true_div(widen(y)),
        (_, x, y) => widen(x).pow(widen(y)),
    };
    result(vm, computed.map_err(|e| vm.numeric_error(e))?)
}

fn number(this: Gc<Complex>) -> Number {
    Number::new(this.re, this.im)
}

fn make(cls: Gc<Type>, vm: &Vm, c: Number) -> Value {
    Complex::of_class(&vm.heap, cls.root_shape().id, cls.ext_words.get() as usize, c.real, c.imag).value()
}

/// `v` through `__complex__`, if it has it.
fn from_special(vm: &Vm, v: Value) -> PyResult<Option<Number>> {
    let Some(made) = vm.call_special(v, Special::Complex, &[])? else { return Ok(None) };
    match made.downcast::<Complex>() {
        Some(c) => Ok(Some(number(c))),
        None => Err(vm.type_error(format!(
            "{}.__complex__() must return a complex, not {}",
            vm.type_of(v).name(),
            vm.type_of(made).name()
        ))),
    }
}

/// A part of `complex(real, imag)`.
fn part(vm: &Vm, v: Value, which: &str, real: bool) -> PyResult<Operand> {
    if let Some(c) = v.downcast::<Complex>() {
        return Ok(Operand::Complex(number(c)));
    }
    if real && let Some(c) = from_special(vm, v)? {
        return Ok(Operand::Complex(c));
    }
    let numeric = as_float(v).is_some()
        || as_int(v).is_some()
        || vm.special_of(v, Special::Float).is_some()
        || vm.special_of(v, Special::Index).is_some();
    if !numeric {
        return Err(vm.type_error(format!(
            "complex() argument '{which}' must be a real number, not {}",
            vm.type_of(v).name()
        )));
    }
    vm.to_f64(v).map(Operand::Real)
}

/// Marker of the class `complex`.
pub struct ComplexType;

#[pymethods(name = "complex", kind = Complex, def = TYPE_DEF, subclassable)]
impl ComplexType {
    #[pynew(sig = "(real=0, imag=0)")]
    fn new(cls: Gc<Type>, vm: &Vm, real: Option<Value>, imag: Option<Value>) -> PyResult {
        if let (Some(text), None) = (real.and_then(|r| r.downcast::<Str>()), imag) {
            let mut shown = Ok(String::new());
            let parsed = complex::parse(text.units().iter(), || {
                shown = vm.repr_text(text.value());
                shown.clone().unwrap_or_default()
            });
            shown?;
            return Ok(make(cls, vm, parsed.map_err(|e| vm.numeric_error(e))?));
        }
        if let (Some(r), None) = (real, imag) {
            let numeric = r.is::<Complex>()
                || as_float(r).is_some()
                || as_int(r).is_some()
                || [Special::Complex, Special::Float, Special::Index]
                    .iter()
                    .any(|&s| vm.special_of(r, s).is_some());
            if !numeric {
                return Err(vm.type_error(format!(
                    "complex() argument must be a string or a number, not {}",
                    vm.type_of(r).name()
                )));
            }
            if r.is::<Complex>() && cls == vm.types.complex && vm.type_of(r) == cls {
                return Ok(r);
            }
        }
        let mut sum = match real {
            None => Number::new(0.0, 0.0),
            Some(r) => widen(part(vm, r, "real", true)?),
        };
        if let Some(i) = imag {
            if i.is::<Str>() {
                return Err(vm.type_error("complex() argument 'imag' must be a real number, not str"));
            }
            match part(vm, i, "imag", false)? {
                Operand::Real(y) if real.is_none_or(|r| !r.is::<Complex>()) => sum = Number::new(sum.real, y),
                Operand::Real(y) => sum = Number::new(sum.real, sum.imag + y),
                Operand::Complex(c) => sum = Number::new(sum.real - c.imag, sum.imag + c.real),
            }
        }
        Ok(make(cls, vm, sum))
    }

    #[pyoperators(Add, Sub, Mul, TrueDiv)]
    fn operator(vm: &Vm, op: BinaryOp, a: Value, b: Value) -> PyResult {
        binary(vm, op, a, b)
    }
    #[pymethod]
    fn __pow__(this: Value, vm: &Vm, other: Value, modulus: Option<Value>) -> PyResult {
        if modulus.is_some_and(|m| !m.is_none()) {
            return Err(vm.value_error("complex modulo"));
        }
        binary(vm, BinaryOp::Pow, this, other)
    }
    #[pymethod]
    fn __rpow__(this: Value, vm: &Vm, other: Value, modulus: Option<Value>) -> PyResult {
        if modulus.is_some_and(|m| !m.is_none()) {
            return Err(vm.value_error("complex modulo"));
        }
        binary(vm, BinaryOp::Pow, other, this)
    }
    #[pymethod]
    fn __eq__(this: Gc<Complex>, other: Value) -> Value {
        match equal(this, other) {
            Some(e) => Value::bool(e),
            None => Value::not_implemented(),
        }
    }
    #[pymethod]
    fn __ne__(this: Gc<Complex>, other: Value) -> Value {
        match equal(this, other) {
            Some(e) => Value::bool(!e),
            None => Value::not_implemented(),
        }
    }
    #[pymethod]
    fn __hash__(this: Gc<Complex>) -> i64 {
        let part = |x: f64| float_arith::hash(x).unwrap_or(0);
        float_arith::hash_complex(part(this.re), part(this.im))
    }
    #[pymethod]
    fn __bool__(this: Gc<Complex>) -> bool {
        this.re != 0.0 || this.im != 0.0
    }
    #[pymethod]
    fn __neg__(this: Gc<Complex>, vm: &Vm) -> PyResult {
        result(vm, Number::new(-this.re, -this.im))
    }
    #[pymethod]
    fn __pos__(this: Gc<Complex>, vm: &Vm) -> PyResult {
        result(vm, number(this))
    }
    #[pymethod]
    fn __abs__(this: Gc<Complex>, vm: &Vm) -> PyResult<f64> {
        number(this).abs().map_err(|e| vm.numeric_error(e))
    }
    #[pymethod]
    fn __repr__(this: Gc<Complex>) -> String {
        number(this).repr()
    }
    #[pymethod]
    fn __complex__(this: Gc<Complex>, vm: &Vm) -> PyResult {
        result(vm, number(this))
    }
    #[pymethod]
    fn __format__(this: Gc<Complex>, vm: &Vm, format_spec: Gc<Str>) -> PyResult {
        vm.format_complex_spec(this.value(), number(this), format_spec)
    }
    #[pymethod]
    fn __getnewargs__(this: Gc<Complex>) -> (f64, f64) {
        (this.re, this.im)
    }
    /// Return the complex conjugate of its argument. (3-4j).conjugate() == 3+4j.
    #[pymethod]
    fn conjugate(this: Gc<Complex>, vm: &Vm) -> PyResult {
        result(vm, number(this).conjugate())
    }
    /// Convert number to a complex floating-point number.
    #[pyclassmethod]
    fn from_number(cls: Gc<Type>, vm: &Vm, number: Value) -> PyResult {
        if cls == vm.types.complex && vm.type_of(number) == cls {
            return Ok(number);
        }
        let c = match from_special(vm, number)? {
            Some(c) => c,
            None => Number::new(vm.to_f64(number)?, 0.0),
        };
        Ok(make(cls, vm, c))
    }
    /// the real part of a complex number
    #[pygetset]
    fn real(this: Gc<Complex>) -> f64 {
        this.re
    }
    /// the imaginary part of a complex number
    #[pygetset]
    fn imag(this: Gc<Complex>) -> f64 {
        this.im
    }
}

fn equal(this: Gc<Complex>, other: Value) -> Option<bool> {
    if let Some(c) = other.downcast::<Complex>() {
        return Some(this.re == c.re && this.im == c.im);
    }
    if let Some(f) = as_float(other) {
        return Some(this.re == f && this.im == 0.0);
    }
    let i = as_int(other)?;
    Some(this.im == 0.0 && int_float::compare(&i, this.re) == Some(std::cmp::Ordering::Equal))
}
