//! The methods of `float`.

use super::float::{as_float, new_subclass};
use super::header::Gc;
use super::int::as_int;
use super::str::Str;
use super::typeobj::Type;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::compare::{CompareOp, identity_hash};
use crate::vm::ops::BinaryOp;
use crate::vm::special::Special;
use adder_macros::pymethods;
use adder_numeric::{Int, float_arith, float_hex, float_parse, float_repr, int_float};

/// A float operand: a float, or an int converted (OverflowError when too large). `None`: not a number.
fn operand(vm: &Vm, v: Value) -> PyResult<Option<f64>> {
    if let Some(f) = as_float(v) {
        return Ok(Some(f));
    }
    match as_int(v) {
        Some(i) => int_float::to_f64(&i).map(Some).map_err(|e| vm.numeric_error(e)),
        None => Ok(None),
    }
}

fn binary(vm: &Vm, op: BinaryOp, a: Value, b: Value) -> PyResult {
    match (operand(vm, a)?, operand(vm, b)?) {
        (Some(x), Some(y)) => vm.float_op_on(op, x, y),
        _ => Ok(Value::not_implemented()),
    }
}

fn compare(op: CompareOp, a: Value, b: Value) -> Value {
    let x = number(a);
    if let Some(y) = as_float(b) {
        return Value::bool(op.holds_f64(x, y));
    }
    match as_int(b) {
        Some(i) => {
            Value::bool(int_float::compare(&i, x).map_or(op == CompareOp::Ne, |o| op.holds(o.reverse())))
        }
        None => Value::not_implemented(),
    }
}

fn number(v: Value) -> f64 {
    as_float(v).expect("the receiver is a float")
}

impl Vm {
    /// `float(text)`.
    pub fn parse_float(&self, text: Gc<Str>, shown: Value) -> PyResult<f64> {
        match float_parse::parse(text.units().iter()) {
            Some(x) => Ok(x),
            None => {
                let repr = self.repr_text(shown)?;
                Err(self.numeric_error(float_parse::invalid_literal(&repr)))
            }
        }
    }
}

/// Marker of the class `float`.
pub struct FloatType;

#[pymethods(name = "float", kind = FloatObject, def = TYPE_DEF, subclassable, match_self)]
impl FloatType {
    #[pynew(sig = "(x=0, /)")]
    fn new(cls: Gc<Type>, vm: &Vm, x: Option<Value>) -> PyResult {
        let value = match x {
            None => 0.0,
            Some(x) => convert(vm, x)?,
        };
        if cls == vm.types.float {
            return Ok(Value::float(value));
        }
        Ok(new_subclass(&vm.heap, cls.root_shape().id, cls.ext_words.get() as usize, value))
    }

    #[pyoperators(Add, Sub, Mul, TrueDiv, FloorDiv, Mod, DivMod)]
    fn operator(vm: &Vm, op: BinaryOp, a: Value, b: Value) -> PyResult {
        binary(vm, op, a, b)
    }
    #[pycompare]
    fn compare(this: Value, op: CompareOp, other: Value) -> Value {
        compare(op, this, other)
    }
    #[pymethod]
    fn __pow__(this: Value, vm: &Vm, other: Value, modulus: Option<Value>) -> PyResult {
        power(vm, this, other, modulus)
    }
    #[pymethod]
    fn __rpow__(this: Value, vm: &Vm, other: Value, modulus: Option<Value>) -> PyResult {
        power(vm, other, this, modulus)
    }
    #[pymethod]
    fn __hash__(this: Value) -> i64 {
        float_arith::hash(number(this)).unwrap_or_else(|| identity_hash(this))
    }
    #[pymethod]
    fn __bool__(this: Value) -> bool {
        number(this) != 0.0
    }
    #[pymethod]
    fn __neg__(this: Value) -> f64 {
        -number(this)
    }
    #[pymethod]
    fn __pos__(this: Value) -> f64 {
        number(this)
    }
    #[pymethod]
    fn __abs__(this: Value) -> f64 {
        number(this).abs()
    }
    #[pymethod]
    fn __int__(this: Value, vm: &Vm) -> PyResult<Int> {
        int_float::from_f64(number(this)).map_err(|e| vm.numeric_error(e))
    }
    #[pymethod]
    fn __float__(this: Value) -> f64 {
        number(this)
    }
    #[pymethod]
    fn __repr__(this: Value) -> String {
        float_repr::repr(number(this))
    }
    #[pymethod]
    fn __trunc__(this: Value, vm: &Vm) -> PyResult<Int> {
        int_float::from_f64(number(this)).map_err(|e| vm.numeric_error(e))
    }
    #[pymethod]
    fn __floor__(this: Value, vm: &Vm) -> PyResult<Int> {
        float_arith::floor_to_int(number(this)).map_err(|e| vm.numeric_error(e))
    }
    #[pymethod]
    fn __ceil__(this: Value, vm: &Vm) -> PyResult<Int> {
        float_arith::ceil_to_int(number(this)).map_err(|e| vm.numeric_error(e))
    }
    /// Return the Integral closest to x, rounding half toward even.
    #[pymethod(sig = "(ndigits=None, /)")]
    fn __round__(this: Value, vm: &Vm, ndigits: Option<Value>) -> PyResult {
        let x = number(this);
        let Some(digits) = ndigits.filter(|d| !d.is_none()) else {
            let n = float_arith::round_to_int(x).map_err(|e| vm.numeric_error(e))?;
            return Ok(vm.new_int_from(n));
        };
        let digits = vm.index(digits)?;
        let places = digits.to_i64().unwrap_or(if digits.is_negative() { i64::MIN } else { i64::MAX });
        float_arith::round(x, places).map(Value::float).map_err(|e| vm.numeric_error(e))
    }
    #[pymethod]
    fn __format__(this: Value, vm: &Vm, format_spec: Gc<Str>) -> PyResult {
        vm.format_float_spec(this, number(this), format_spec)
    }
    #[pymethod]
    fn __getnewargs__(this: Value, vm: &Vm) -> Value {
        vm.new_tuple(&[Value::float(number(this))])
    }
    /// Return self, the complex conjugate of any float.
    #[pymethod(quiet)]
    fn conjugate(this: Value) -> f64 {
        number(this)
    }
    /// Return a pair of integers, whose ratio is exactly equal to the original float.
    #[pymethod]
    fn as_integer_ratio(this: Value, vm: &Vm) -> PyResult<(Int, Int)> {
        int_float::as_integer_ratio(number(this)).map_err(|e| vm.numeric_error(e))
    }
    /// Return True if the float is an integer.
    #[pymethod(quiet)]
    fn is_integer(this: Value) -> bool {
        float_arith::is_integer(number(this))
    }
    /// Return a hexadecimal representation of a floating-point number.
    #[pymethod]
    fn hex(this: Value) -> String {
        float_hex::hex(number(this))
    }
    /// Create a floating-point number from a hexadecimal string.
    #[pyclassmethod]
    fn fromhex(cls: Gc<Type>, vm: &Vm, string: Gc<Str>) -> PyResult {
        let text = string.to_string_lossy();
        let x = float_hex::from_hex(text.as_bytes()).map_err(|e| vm.numeric_error(e))?;
        if cls == vm.types.float { Ok(Value::float(x)) } else { vm.call(cls.value(), &[Value::float(x)]) }
    }
    /// Convert real number to a floating-point number.
    #[pyclassmethod]
    fn from_number(cls: Gc<Type>, vm: &Vm, number: Value) -> PyResult {
        let x = vm.to_f64(number)?;
        if cls == vm.types.float { Ok(Value::float(x)) } else { vm.call(cls.value(), &[Value::float(x)]) }
    }
    /// Which format the machine's doubles have.
    #[pyclassmethod]
    fn __getformat__(_cls: Gc<Type>, vm: &Vm, typestr: Gc<Str>) -> PyResult<&'static str> {
        if !typestr.eq_str("double") && !typestr.eq_str("float") {
            return Err(vm.value_error("__getformat__() argument 1 must be 'double' or 'float'"));
        }
        Ok("IEEE, little-endian")
    }
    /// the real part of a complex number
    #[pygetset]
    fn real(this: Value) -> f64 {
        number(this)
    }
    /// the imaginary part of a complex number
    #[pygetset]
    fn imag(_this: Value) -> f64 {
        0.0
    }
}

/// `float(x)`.
fn convert(vm: &Vm, x: Value) -> PyResult<f64> {
    if let Some(text) = x.downcast::<Str>() {
        return vm.parse_float(text, x);
    }
    if let Some(bytes) = vm.bytes_of(x) {
        return match float_parse::parse_ascii(&bytes) {
            Some(x) => Ok(x),
            None => {
                let repr = vm.repr_text(x)?;
                Err(vm.numeric_error(float_parse::invalid_literal(&repr)))
            }
        };
    }
    let is_number = as_float(x).is_some()
        || as_int(x).is_some()
        || vm.special_of(x, Special::Float).is_some()
        || vm.special_of(x, Special::Index).is_some();
    if !is_number {
        return Err(vm.type_error(format!(
            "float() argument must be a string or a real number, not '{}'",
            vm.type_of(x).name()
        )));
    }
    vm.to_f64(x)
}

fn power(vm: &Vm, base: Value, exponent: Value, modulus: Option<Value>) -> PyResult {
    if modulus.is_some_and(|m| !m.is_none()) {
        return Err(vm.type_error("pow() 3rd argument not allowed unless all arguments are integers"));
    }
    match (operand(vm, base)?, operand(vm, exponent)?) {
        (Some(x), Some(y)) => vm.float_pow(x, y),
        _ => Ok(Value::not_implemented()),
    }
}
