//! The methods of `int`. Arithmetic is `adder-numeric`'s; this file converts.

use super::header::Gc;
use super::int::{IntRef, as_int, new_subclass};
use super::shape::shape_id;
use super::str::Str;
use super::typeobj::Type;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::compare::CompareOp;
use crate::vm::ops::BinaryOp;
use crate::vm::special::Special;
use adder_macros::pymethods;
use adder_numeric::int_bytes::ByteOrder;
use adder_numeric::int_parse::{self, IntParseError};
use adder_numeric::{Int, int_arith, int_bits, int_bytes, int_float, int_str};

/// `a op b` for int operands; NotImplemented for others.
fn binary(vm: &Vm, op: BinaryOp, a: Value, b: Value) -> PyResult {
    match (as_int(a), as_int(b)) {
        (Some(x), Some(y)) => vm.int_op_on(op, &x, &y),
        _ => Ok(Value::not_implemented()),
    }
}

fn compare(op: CompareOp, a: Value, b: Value) -> Value {
    match (as_int(a), as_int(b)) {
        (Some(x), Some(y)) => Value::bool(op.holds((*x).cmp(&*y))),
        _ => Value::not_implemented(),
    }
}

fn number(v: Value) -> IntRef {
    as_int(v).expect("the receiver is an int")
}

impl Vm {
    /// `int(text, base)` for text.
    pub fn parse_int(&self, text: Gc<Str>, base: u32, shown: Value) -> PyResult<Int> {
        if base == 10
            && let Some(n) = text.as_ascii().and_then(|ascii| int_parse::short_decimal(ascii.as_bytes()))
        {
            return Ok(Int::from(n));
        }
        let limit = self.sys_state.int_max_str_digits.get();
        let parsed = match text.as_ascii() {
            Some(ascii) => int_parse::parse_ascii(ascii.as_bytes(), base, limit),
            None => int_parse::parse(text.units().iter(), base, limit),
        };
        match parsed {
            Ok(n) => Ok(n),
            Err(IntParseError::Error(e)) => Err(self.numeric_error(e)),
            Err(IntParseError::Invalid) => {
                // Trying `int(text)` is how programs find out whether a text is a number.
                let plain = shown.downcast::<Str>().filter(|_| self.shape_of(shown) == shape_id::STR);
                if let Some(message) = plain
                    .and_then(|text| text.as_ascii().and_then(|t| int_parse::plain_invalid_literal(base, t)))
                {
                    return Err(self.raise_message(self.exceptions.value_error, &message));
                }
                let repr = self.repr_text(shown)?;
                Err(self.numeric_error(int_parse::invalid_literal(base, &repr)))
            }
        }
    }

    /// `int(v)` for anything but text with a base.
    pub fn to_int(&self, v: Value) -> PyResult<Int> {
        if let Some(i) = super::int::as_exact_int(v) {
            return Ok(i.to_int());
        }
        if self.shape_of(v) == shape_id::STR
            && let Some(text) = v.downcast::<Str>()
        {
            return self.parse_int(text, 10, v);
        }
        if let Some(result) = self.call_special(v, Special::Int, &[])? {
            return self.int_result(result, "__int__");
        }
        if self.special_of(v, Special::Index).is_some() {
            return Ok(self.index(v)?.to_int());
        }
        if let Some(text) = v.downcast::<Str>() {
            return self.parse_int(text, 10, v);
        }
        if let Some(bytes) = self.bytes_of(v) {
            return self.parse_int_bytes(&bytes, 10, v);
        }
        Err(self.type_error(format!(
            "int() argument must be a string, a bytes-like object or a real number, not '{}'",
            self.type_of(v).name()
        )))
    }

    fn parse_int_bytes(&self, bytes: &[u8], base: u32, shown: Value) -> PyResult<Int> {
        match int_parse::parse_ascii(bytes, base, self.sys_state.int_max_str_digits.get()) {
            Ok(n) => Ok(n),
            Err(IntParseError::Error(e)) => Err(self.numeric_error(e)),
            Err(IntParseError::Invalid) => {
                let repr = self.repr_text(shown)?;
                Err(self.numeric_error(int_parse::invalid_literal(base, &repr)))
            }
        }
    }

    fn int_result(&self, result: Value, method: &str) -> PyResult<Int> {
        match as_int(result) {
            Some(i) => Ok(i.to_int()),
            None => {
                Err(self
                    .type_error(format!("{method} returned non-int (type {})", self.type_of(result).name())))
            }
        }
    }

    /// A copy of the bytes of bytes or bytearray.
    pub fn bytes_of(&self, v: Value) -> Option<Vec<u8>> {
        if let Some(b) = v.downcast::<super::bytes::Bytes>() {
            return Some(b.to_vec());
        }
        v.downcast::<super::bytearray::ByteArray>().map(|b| b.to_vec())
    }

    /// The decimal text of an int, subject to the digit limit.
    pub fn int_text(&self, n: &Int) -> PyResult<String> {
        int_str::to_decimal_limited(n, self.sys_state.int_max_str_digits.get())
            .map_err(|e| self.numeric_error(e))
    }

    fn byte_order(&self, order: Option<Value>) -> PyResult<ByteOrder> {
        let Some(order) = order else { return Ok(ByteOrder::Big) };
        match order.downcast::<Str>() {
            Some(s) if s.eq_str("big") => Ok(ByteOrder::Big),
            Some(s) if s.eq_str("little") => Ok(ByteOrder::Little),
            Some(_) => Err(self.value_error("byteorder must be either 'little' or 'big'")),
            None => Err(self.type_error(format!(
                "{} argument 'byteorder' must be str, not {}",
                "to_bytes()",
                self.type_of(order).name()
            ))),
        }
    }
}

/// Marker of the class `int`.
pub struct IntType;

#[pymethods(name = "int", kind = Int64, def = TYPE_DEF, subclassable, match_self)]
impl IntType {
    #[pynew(sig = "(x=0, /, base=10)")]
    fn new(cls: Gc<Type>, vm: &Vm, x: Option<Value>, base: Option<Value>) -> PyResult {
        let n = match (x, base) {
            (None, None) => Int::ZERO,
            (None, Some(_)) => return Err(vm.type_error("int() missing string argument")),
            (Some(x), None) => vm.to_int(x)?,
            (Some(x), Some(base)) => {
                let base = vm.index(base)?.to_i64().filter(|b| *b == 0 || (2..=36).contains(b));
                let Some(base) = base else {
                    return Err(vm.value_error("int() base must be >= 2 and <= 36, or 0"));
                };
                if let Some(text) = x.downcast::<Str>() {
                    vm.parse_int(text, base as u32, x)?
                } else if let Some(bytes) = vm.bytes_of(x) {
                    vm.parse_int_bytes(&bytes, base as u32, x)?
                } else {
                    return Err(vm.type_error("int() can't convert non-string with explicit base"));
                }
            }
        };
        let n = vm.new_int_from(n);
        if cls == vm.types.int {
            return Ok(n);
        }
        Ok(new_subclass(&vm.heap, cls.root_shape().id, cls.ext_words.get() as usize, number(n)))
    }

    #[pyoperators(Add, Sub, Mul, TrueDiv, FloorDiv, Mod, DivMod, And, Or, Xor, Shl, Shr)]
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
        int_bits::hash(&number(this))
    }
    #[pymethod]
    fn __bool__(this: Value) -> bool {
        !number(this).is_zero()
    }
    #[pymethod]
    fn __neg__(this: Value) -> Int {
        int_arith::neg(&number(this))
    }
    #[pymethod]
    fn __pos__(this: Value) -> Int {
        number(this).to_int()
    }
    #[pymethod]
    fn __abs__(this: Value) -> Int {
        int_arith::abs(&number(this))
    }
    #[pymethod]
    fn __invert__(this: Value) -> Int {
        int_bits::invert(&number(this))
    }
    #[pymethod]
    fn __int__(this: Value) -> Int {
        number(this).to_int()
    }
    #[pymethod]
    fn __index__(this: Value) -> Int {
        number(this).to_int()
    }
    #[pymethod]
    fn __float__(this: Value, vm: &Vm) -> PyResult<f64> {
        int_float::to_f64(&number(this)).map_err(|e| vm.numeric_error(e))
    }
    #[pymethod]
    fn __repr__(this: Value, vm: &Vm) -> PyResult<String> {
        vm.int_text(&number(this))
    }
    #[pymethod]
    fn __trunc__(this: Value) -> Int {
        number(this).to_int()
    }
    #[pymethod]
    fn __floor__(this: Value) -> Int {
        number(this).to_int()
    }
    #[pymethod]
    fn __ceil__(this: Value) -> Int {
        number(this).to_int()
    }
    /// Round to ndigits, half to even.
    #[pymethod(sig = "(ndigits=None, /)")]
    fn __round__(this: Value, vm: &Vm, ndigits: Option<Value>) -> PyResult<Int> {
        let n = number(this);
        let Some(digits) = ndigits.filter(|d| !d.is_none()) else { return Ok(n.to_int()) };
        let digits = vm.index(digits)?;
        if !digits.is_negative() {
            return Ok(n.to_int());
        }
        match int_arith::neg(&digits).to_u64() {
            Some(places) => Ok(int_arith::round_to_power_of_ten(&n, places)),
            None => Ok(Int::ZERO),
        }
    }
    #[pymethod]
    fn __format__(this: Value, vm: &Vm, format_spec: Gc<Str>) -> PyResult {
        vm.format_int_spec(this, &number(this), format_spec)
    }
    #[pymethod]
    fn __getnewargs__(this: Value, vm: &Vm) -> Value {
        let n = vm.new_int_from(number(this).to_int());
        vm.new_tuple(&[n])
    }
    /// Returns size in memory, in bytes.
    #[pymethod]
    fn __sizeof__(this: Value) -> usize {
        24 + 4 * (int_bits::bit_length(&number(this)) as usize).div_ceil(30).max(1)
    }
    /// Returns self, the complex conjugate of any int.
    #[pymethod(quiet)]
    fn conjugate(this: Value) -> Int {
        number(this).to_int()
    }
    /// Number of bits necessary to represent self in binary.
    #[pymethod(quiet)]
    fn bit_length(this: Value) -> u64 {
        int_bits::bit_length(&number(this))
    }
    /// Number of ones in the binary representation of the absolute value of self.
    #[pymethod(quiet)]
    fn bit_count(this: Value) -> u64 {
        int_bits::bit_count(&number(this))
    }
    /// Return a pair of integers, whose ratio is equal to the original int.
    #[pymethod]
    fn as_integer_ratio(this: Value) -> (Int, Int) {
        (number(this).to_int(), Int::ONE)
    }
    /// Returns True. Exists for duck type compatibility with float.is_integer.
    #[pymethod(quiet)]
    fn is_integer(_this: Value) -> bool {
        true
    }
    /// Return an array of bytes representing an integer.
    #[pymethod(quiet, sig = "(length=1, byteorder='big', *, signed=False)")]
    fn to_bytes(this: Value, vm: &Vm, length: i64, byteorder: Option<Value>, signed: bool) -> PyResult {
        let order = vm.byte_order(byteorder)?;
        if length < 0 {
            return Err(vm.value_error("length argument must be non-negative"));
        }
        let bytes = int_bytes::to_bytes(&number(this), length as usize, order, signed);
        Ok(vm.new_bytes(&bytes.map_err(|e| vm.numeric_error(e))?))
    }
    /// Return the integer represented by the given array of bytes.
    #[pyclassmethod(quiet, sig = "(bytes, byteorder='big', *, signed=False)")]
    fn from_bytes(cls: Gc<Type>, vm: &Vm, bytes: Value, byteorder: Option<Value>, signed: bool) -> PyResult {
        let order = vm.byte_order(byteorder)?;
        let data = match vm.bytes_of(bytes) {
            Some(data) => data,
            None => {
                if bytes.is::<Str>() || as_int(bytes).is_some() {
                    let ty = vm.type_of(bytes);
                    return Err(vm.type_error(format!("cannot convert '{}' object to bytes", ty.name())));
                }
                let made = vm.call(vm.types.bytes.value(), &[bytes])?;
                vm.bytes_of(made).ok_or_else(|| vm.type_error("cannot convert object to bytes"))?
            }
        };
        let n = vm.new_int_from(int_bytes::from_bytes(&data, order, signed));
        if cls == vm.types.int { Ok(n) } else { vm.call(cls.value(), &[n]) }
    }
    /// the real part of a complex number
    #[pygetset]
    fn real(this: Value) -> Int {
        number(this).to_int()
    }
    /// the imaginary part of a complex number
    #[pygetset]
    fn imag(_this: Value) -> i64 {
        0
    }
    /// the numerator of a rational number in lowest terms
    #[pygetset]
    fn numerator(this: Value) -> Int {
        number(this).to_int()
    }
    /// the denominator of a rational number in lowest terms
    #[pygetset]
    fn denominator(_this: Value) -> i64 {
        1
    }
}

fn power(vm: &Vm, base: Value, exponent: Value, modulus: Option<Value>) -> PyResult {
    let (Some(x), Some(y)) = (as_int(base), as_int(exponent)) else { return Ok(Value::not_implemented()) };
    match modulus.filter(|m| !m.is_none()) {
        None => vm.int_op_on(BinaryOp::Pow, &x, &y),
        Some(m) => match as_int(m) {
            Some(m) => {
                let n = adder_numeric::int_pow::pow_mod(&x, &y, &m).map_err(|e| vm.numeric_error(e))?;
                Ok(vm.new_int_from(n))
            }
            None => Ok(Value::not_implemented()),
        },
    }
}

/// Marker of the class `bool`.
pub struct BoolType;

#[pymethods(name = "bool", kind = Bool, def = BOOL_DEF, match_self, base = int_class)]
impl BoolType {
    #[pynew(sig = "(object=False, /)")]
    fn new(_cls: Gc<Type>, vm: &Vm, object: Option<Value>) -> PyResult<bool> {
        object.map_or(Ok(false), |v| vm.truthy(v))
    }
    #[pymethod]
    fn __repr__(this: Value) -> &'static str {
        if this.is_true() { "True" } else { "False" }
    }
    #[pymethod]
    fn __and__(this: Value, vm: &Vm, other: Value) -> PyResult {
        bool_op(vm, BinaryOp::And, this, other, |a, b| a & b)
    }
    #[pymethod]
    fn __rand__(this: Value, vm: &Vm, other: Value) -> PyResult {
        bool_op(vm, BinaryOp::And, other, this, |a, b| a & b)
    }
    #[pymethod]
    fn __or__(this: Value, vm: &Vm, other: Value) -> PyResult {
        bool_op(vm, BinaryOp::Or, this, other, |a, b| a | b)
    }
    #[pymethod]
    fn __ror__(this: Value, vm: &Vm, other: Value) -> PyResult {
        bool_op(vm, BinaryOp::Or, other, this, |a, b| a | b)
    }
    #[pymethod]
    fn __xor__(this: Value, vm: &Vm, other: Value) -> PyResult {
        bool_op(vm, BinaryOp::Xor, this, other, |a, b| a ^ b)
    }
    #[pymethod]
    fn __rxor__(this: Value, vm: &Vm, other: Value) -> PyResult {
        bool_op(vm, BinaryOp::Xor, other, this, |a, b| a ^ b)
    }
    #[pymethod]
    fn __invert__(this: Value, vm: &Vm) -> PyResult<i64> {
        vm.warn(
            vm.exceptions.deprecation_warning,
            "Bitwise inversion '~' on bool is deprecated and will be removed in Python 3.16. This returns the bitwise \
             inversion of the underlying int object and is usually not what you expect from the negation of a bool \
             object. Use the 'not' operator for boolean negation or ~int(x) for the bitwise inversion of the underlying int.",
            1,
        )?;
        Ok(if this.is_true() { -2 } else { -1 })
    }
}

fn int_class(vm: &Vm) -> Value {
    vm.types.int.value()
}

fn bool_op(vm: &Vm, op: BinaryOp, a: Value, b: Value, f: fn(bool, bool) -> bool) -> PyResult {
    match (a.as_bool(), b.as_bool()) {
        (Some(x), Some(y)) => Ok(Value::bool(f(x, y))),
        _ => binary(vm, op, a, b),
    }
}
