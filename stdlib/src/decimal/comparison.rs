//! `<`, `==` and the others: with ints, floats, complex numbers and rationals, too.

use super::context::ContextRef;
use super::conversion::from_f64;
use super::current;
use super::number::{DecimalRef, Operand};
use adder_decimal::comparison::compare;
use adder_decimal::{Context, Kind, Status};
use adder_interp::object::complex::Complex;
use adder_interp::object::float::as_float;
use adder_interp::object::int::as_int;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::compare::CompareOp;

/// The two sides, or `None` if they cannot be compared.
fn sides(
    vm: &Vm,
    this: DecimalRef,
    other: Value,
    equality: bool,
    context: ContextRef,
) -> PyResult<Option<(Operand, Operand)>> {
    let own = Operand::Object(this);
    if let Some(other) = Operand::of(other) {
        return Ok(Some((own, other)));
    }
    let float = match other.downcast::<Complex>() {
        Some(z) if equality => {
            if z.im != 0.0 {
                return Ok(None);
            }
            Some(z.re)
        }
        Some(_) => return Ok(None),
        None => as_float(other),
    };
    if let Some(x) = float {
        if equality {
            context.set_flags(context.flags() | Status::FLOAT_OPERATION);
        } else {
            context.note(vm, Status::FLOAT_OPERATION)?;
        }
        return Ok(Some((own, Operand::Owned(from_f64(x)))));
    }
    if !is_rational(vm, other)? {
        return Ok(None);
    }
    // a < p/q as a*q < p.
    let numerator = vm.getattr_str(other, "numerator")?;
    let denominator = vm.getattr_str(other, "denominator")?;
    let (Some(numerator), Some(denominator)) = (as_int(numerator), as_int(denominator)) else {
        return Err(vm.type_error("numerator and denominator of a rational must be ints"));
    };
    let denominator = super::number::from_int(&denominator);
    let x = this.num();
    let scaled = match x.kind {
        Kind::Finite => Context::MAX.mul(x, denominator.num(), &mut Status::empty()),
        _ => x.to_decimal(),
    };
    Ok(Some((Operand::Owned(scaled), Operand::Owned(super::number::from_int(&numerator)))))
}

fn is_rational(vm: &Vm, value: Value) -> PyResult<bool> {
    let class = vm.registered("decimal.Rational", |vm| {
        let numbers = vm.import_absolute(vm.intern("numbers"))?;
        vm.getattr_str(numbers, "Rational")
    })?;
    vm.isinstance(value, class)
}

/// `this op other`.
pub fn rich(vm: &Vm, this: DecimalRef, other: Value, op: CompareOp) -> PyResult {
    let equality = matches!(op, CompareOp::Eq | CompareOp::Ne);
    let context = current::current(vm)?;
    let Some((a, b)) = sides(vm, this, other, equality, context)? else {
        return Ok(Value::not_implemented());
    };
    let (a, b) = (a.num(), b.num());
    if a.is_nan() || b.is_nan() {
        // Equality signals for signaling NaNs only.
        let signals = !equality || a.kind == Kind::Signaling || b.kind == Kind::Signaling;
        if signals {
            context.note(vm, Status::INVALID_OPERATION)?;
        }
        return Ok(Value::bool(op == CompareOp::Ne));
    }
    Ok(Value::bool(op.holds(compare(a, b))))
}
