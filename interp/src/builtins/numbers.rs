//! Builtins about numbers and characters, and the aggregates that work best on them.

use super::iteration::max_or_min;
use crate::native::Args;
use crate::object::bytearray::ByteArray;
use crate::object::bytes::Bytes;
use crate::object::complex::Complex;
use crate::object::int::{as_exact_int, as_int};
use crate::object::str::Str;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::compare::CompareOp;
use crate::vm::ops::BinaryOp;
use crate::vm::special::Special;
use adder_macros::pyfunction;
use adder_numeric::int_str;
use adder_numeric::math::sum::CompensatedSum;

/// Return the absolute value of the argument.
#[pyfunction(quiet, module = "builtins", sig = "(number, /)")]
pub(crate) fn abs(vm: &Vm, number: Value) -> PyResult {
    vm.unary_op(Special::Abs, number)
}

/// Return the binary representation of an integer.
///
///    >>> bin(2796202)
///    '0b1010101010101010101010'
#[pyfunction(quiet, module = "builtins", sig = "(integer, /)")]
pub(crate) fn bin(vm: &Vm, integer: Value) -> PyResult<String> {
    Ok(int_str::to_prefixed(&*vm.index(integer)?, 2))
}

/// Return the octal representation of an integer.
///
///    >>> oct(342391)
///    '0o1234567'
#[pyfunction(quiet, module = "builtins", sig = "(integer, /)")]
pub(crate) fn oct(vm: &Vm, integer: Value) -> PyResult<String> {
    Ok(int_str::to_prefixed(&*vm.index(integer)?, 8))
}

/// Return the hexadecimal representation of an integer.
///
///    >>> hex(12648430)
///    '0xc0ffee'
#[pyfunction(quiet, module = "builtins", sig = "(integer, /)")]
pub(crate) fn hex(vm: &Vm, integer: Value) -> PyResult<String> {
    Ok(int_str::to_prefixed(&*vm.index(integer)?, 16))
}

/// Return a Unicode string of one character with ordinal i; 0 <= i <= 0x10ffff.
#[pyfunction(quiet, module = "builtins", sig = "(i, /)")]
pub(crate) fn chr(vm: &Vm, i: Value) -> PyResult {
    match vm.index(i)?.to_i64() {
        Some(c @ 0..0x11_0000) => Ok(vm.char_str(c as u32)),
        _ => Err(vm.value_error("chr() arg not in range(0x110000)")),
    }
}

/// Return the ordinal value of a character.
///
/// If the argument is a one-character string, return the Unicode code
/// point of that character.
///
/// If the argument is a bytes or bytearray object of length 1, return its
/// single byte value.
#[pyfunction(quiet, module = "builtins", sig = "(character, /)")]
pub(crate) fn ord(vm: &Vm, character: Value) -> PyResult<u32> {
    let length = if let Some(s) = character.downcast::<Str>() {
        if s.len() == 1 {
            return Ok(s.char_at(0));
        }
        s.len()
    } else if let Some(b) = character.downcast::<Bytes>() {
        if let [byte] = **b {
            return Ok(u32::from(byte));
        }
        b.len()
    } else if let Some(b) = character.downcast::<ByteArray>() {
        if let [byte] = b.cells() {
            return Ok(u32::from(byte.get()));
        }
        b.cells().len()
    } else {
        let given = vm.type_of(character).name();
        return Err(vm.type_error(format!("ord() expected string of length 1, but {given} found")));
    };
    Err(vm.type_error(format!("ord() expected a character, but string of length {length} found")))
}

/// Return the tuple (x//y, x%y).  Invariant: div*y + mod == x.
#[pyfunction(quiet, module = "builtins", sig = "(x, y, /)")]
pub(crate) fn divmod(vm: &Vm, x: Value, y: Value) -> PyResult {
    vm.binary_op(BinaryOp::DivMod, x, y, false)
}

/// Equivalent to base**exp with 2 arguments or base**exp % mod with 3 arguments.
///
/// Some types, such as ints, are able to use a more efficient algorithm when
/// invoked using the three argument form.
#[pyfunction(quiet, module = "builtins", sig = "(base, exp, mod=None)")]
pub(crate) fn pow(vm: &Vm, base: Value, exp: Value, r#mod: Option<Value>) -> PyResult {
    vm.ternary_pow(base, exp, r#mod.unwrap_or(Value::none()))
}

/// Round a number to a given precision in decimal digits.
///
/// The return value is an integer if ndigits is omitted or None.  Otherwise
/// the return value has the same type as the number.  ndigits may be negative.
#[pyfunction(quiet, module = "builtins", sig = "(number, ndigits=None)")]
pub(crate) fn round(vm: &Vm, number: Value, ndigits: Option<Value>) -> PyResult {
    let digits = ndigits.filter(|d| !d.is_none());
    let rounded = match digits {
        None => vm.call_special(number, Special::Round, &[])?,
        Some(digits) => vm.call_special(number, Special::Round, &[digits])?,
    };
    match rounded {
        Some(rounded) => Ok(rounded),
        None => {
            Err(vm.type_error(format!("type {} doesn't define __round__ method", vm.type_of(number).name())))
        }
    }
}

/// max(iterable, *[, default=obj, key=func]) -> value
/// max(arg1, arg2, *args, *[, key=func]) -> value
///
/// With a single iterable argument, return its biggest item. The
/// default keyword-only argument specifies an object to return if
/// the provided iterable is empty.
/// With two or more positional arguments, return the largest argument.
#[pyfunction(quiet, module = "builtins")]
pub(crate) fn max(vm: &Vm, args: Args<'_>) -> PyResult {
    max_or_min(vm, args, "max", CompareOp::Gt)
}

/// min(iterable, *[, default=obj, key=func]) -> value
/// min(arg1, arg2, *args, *[, key=func]) -> value
///
/// With a single iterable argument, return its smallest item. The
/// default keyword-only argument specifies an object to return if
/// the provided iterable is empty.
/// With two or more positional arguments, return the smallest argument.
#[pyfunction(quiet, module = "builtins")]
pub(crate) fn min(vm: &Vm, args: Args<'_>) -> PyResult {
    max_or_min(vm, args, "min", CompareOp::Lt)
}

/// Return the sum of a 'start' value (default: 0) plus an iterable of numbers
///
/// When the iterable is empty, return the start value.
/// This function is intended specifically for use with numeric values and may
/// reject non-numeric types.
#[pyfunction(quiet, module = "builtins", sig = "(iterable, /, start=0)")]
pub(crate) fn sum(vm: &Vm, iterable: Value, start: Option<Value>) -> PyResult {
    let start = start.unwrap_or(Value::small_int(0));
    let refused = if start.is::<Str>() {
        Some("sum() can't sum strings [use ''.join(seq) instead]")
    } else if start.is::<Bytes>() {
        Some("sum() can't sum bytes [use b''.join(seq) instead]")
    } else if start.is::<ByteArray>() {
        Some("sum() can't sum bytearray [use b''.join(seq) instead]")
    } else {
        None
    };
    if let Some(message) = refused {
        return Err(vm.type_error(message));
    }
    let mut sum = Sum::start(start);
    vm.for_each(iterable, |item| sum.push(vm, item))?;
    Ok(sum.value(vm))
}

/// A step of a sum that an instruction adds up: the two registers after adding `item`.
pub(crate) fn sum_step(vm: &Vm, total: Value, stage: Value, item: Value) -> PyResult<(Value, Value)> {
    let mut sum = Sum::of_registers(total, stage);
    sum.push(vm, item)?;
    Ok(sum.registers(vm))
}

/// The sum that two registers stand for.
pub(crate) fn sum_total(vm: &Vm, total: Value, stage: Value) -> Value {
    Sum::of_registers(total, stage).value(vm)
}

/// A running total: unboxed while the items are plain numbers, compensated over floats. Stages follow each other in
/// this order, never back.
enum Sum {
    Int(i64),
    Float(CompensatedSum),
    Complex(CompensatedSum, CompensatedSum),
    Any(Value),
}

impl Sum {
    fn start(v: Value) -> Sum {
        match as_exact_int(v).and_then(|i| i.to_i64()) {
            Some(i) => Sum::Int(i),
            None => Sum::Int(0).next_stage(v),
        }
    }

    /// The stage for `total`, reached by an item that this stage does not take.
    fn next_stage(&self, total: Value) -> Sum {
        if matches!(self, Sum::Int(_))
            && let Some(x) = total.as_float()
        {
            return Sum::Float(CompensatedSum::new(x));
        }
        if matches!(self, Sum::Int(_) | Sum::Float(_))
            && let Some(c) = exact_complex(total)
        {
            return Sum::Complex(CompensatedSum::new(c.re), CompensatedSum::new(c.im));
        }
        Sum::Any(total)
    }

    /// Adds a plain number; false when the total has to be added up generically.
    fn push_number(&mut self, item: Value) -> bool {
        match self {
            Sum::Int(total) => {
                let small = item.as_small_int().or_else(|| item.as_bool().map(i64::from));
                match small.and_then(|i| total.checked_add(i)) {
                    Some(next) => *total = next,
                    None => return false,
                }
            }
            Sum::Float(total) => match real(item) {
                Some(x) => total.push(x),
                None => return false,
            },
            Sum::Complex(re, im) => {
                if let Some(c) = exact_complex(item) {
                    re.push(c.re);
                    im.push(c.im);
                } else if let Some(x) = real(item) {
                    re.push(x);
                } else {
                    return false;
                }
            }
            Sum::Any(_) => return false,
        }
        true
    }

    /// The two registers of a running total that [`Op::SumAdd`](adder_bytecode::Op::SumAdd) describes.
    fn registers(&self, vm: &Vm) -> (Value, Value) {
        match self {
            Sum::Int(total) => (vm.new_int(*total), Value::small_int(0)),
            Sum::Float(total) => (Value::float(total.high()), Value::float(total.low())),
            Sum::Complex(re, im) => {
                let pair = |re, im| Complex::new(&vm.heap, re, im).value();
                (pair(re.high(), im.high()), pair(re.low(), im.low()))
            }
            Sum::Any(v) => (*v, Value::none()),
        }
    }

    fn of_registers(total: Value, stage: Value) -> Sum {
        if let (Some(high), Some(low)) = (total.as_float(), stage.as_float()) {
            return Sum::Float(CompensatedSum::of_parts(high, low));
        }
        if let (Some(high), Some(low)) = (exact_complex(total), exact_complex(stage)) {
            let (re, im) = ((high.re, low.re), (high.im, low.im));
            return Sum::Complex(CompensatedSum::of_parts(re.0, re.1), CompensatedSum::of_parts(im.0, im.1));
        }
        if stage.is_none() { Sum::Any(total) } else { Sum::start(total) }
    }

    fn push(&mut self, vm: &Vm, item: Value) -> PyResult<()> {
        if !self.push_number(item) {
            let total = vm.binary_op(BinaryOp::Add, self.value(vm), item, false)?;
            *self = self.next_stage(total);
        }
        Ok(())
    }

    fn value(&self, vm: &Vm) -> Value {
        match self {
            Sum::Int(total) => vm.new_int(*total),
            Sum::Float(total) => Value::float(total.value()),
            Sum::Complex(re, im) => Complex::new(&vm.heap, re.value(), im.value()).value(),
            Sum::Any(v) => *v,
        }
    }
}

/// A float or an int of machine size.
fn real(v: Value) -> Option<f64> {
    v.as_float().or_else(|| as_int(v).and_then(|i| i.to_i64()).map(|i| i as f64))
}

fn exact_complex(v: Value) -> Option<&'static Complex> {
    v.header().filter(|h| h.shape() == crate::object::shape::shape_id::COMPLEX)?;
    v.downcast::<Complex>().map(|c| c.as_ref())
}
