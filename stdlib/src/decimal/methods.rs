//! The methods of `Decimal`.

use super::comparison::rich;
use super::context::{self, argument};
use super::conversion;
use super::current::{current, decimal_class};
use super::format::format;
use super::number::{
    DecimalObject, DecimalRef, Operand, as_decimal, binary, is_exact, new, new_of, operand, unary,
};
use adder_decimal::comparison::{same_quantum, total};
use adder_decimal::text::{Notation, to_text};
use adder_decimal::{Context, Decimal, Num, Rounding, Status};
use adder_interp::object::header::Gc;
use adder_interp::object::int::as_int;
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::compare::{CompareOp, identity_hash};
use adder_macros::pymethods;

type Unary = fn(&Context, Num<'_>, &mut Status) -> Decimal;
type Binary = fn(&Context, Num<'_>, Num<'_>, &mut Status) -> Decimal;

/// `this op other` in the current context.
#[inline(always)]
fn operator(
    vm: &Vm,
    this: DecimalRef,
    other: Value,
    f: impl FnOnce(&Context, Num<'_>, Num<'_>, &mut Status) -> Decimal,
) -> PyResult {
    match Operand::of(other) {
        Some(other) => binary(vm, current(vm)?, &Operand::Object(this), &other, f),
        None => Ok(Value::not_implemented()),
    }
}

/// `other op this` in the current context.
#[inline(always)]
fn reflected(
    vm: &Vm,
    this: DecimalRef,
    other: Value,
    f: impl FnOnce(&Context, Num<'_>, Num<'_>, &mut Status) -> Decimal,
) -> PyResult {
    match Operand::of(other) {
        Some(other) => binary(vm, current(vm)?, &other, &Operand::Object(this), f),
        None => Ok(Value::not_implemented()),
    }
}

/// A method of one number in a context that may be given.
fn method(vm: &Vm, this: DecimalRef, context: Option<Value>, f: Unary) -> PyResult {
    unary(vm, argument(vm, context)?, &Operand::Object(this), f)
}

/// A method of two numbers in a context that may be given.
fn method2(vm: &Vm, this: DecimalRef, other: Value, context: Option<Value>, f: Binary) -> PyResult {
    let context = argument(vm, context)?;
    binary(vm, context, &Operand::Object(this), &operand(vm, other)?, f)
}

/// A method of two numbers that takes a context without using it.
fn plain2(
    vm: &Vm,
    this: DecimalRef,
    other: Value,
    context: Option<Value>,
    f: impl FnOnce(Num<'_>, Num<'_>) -> Decimal,
) -> PyResult {
    method_context(vm, context)?;
    new(vm, f(this.num(), operand(vm, other)?.num()))
}

fn method_context(vm: &Vm, context: Option<Value>) -> PyResult<()> {
    argument(vm, context).map(drop)
}

fn power(vm: &Vm, a: Value, b: Value, modulus: Option<Value>) -> PyResult {
    let (Some(a), Some(b)) = (Operand::of(a), Operand::of(b)) else { return Ok(Value::not_implemented()) };
    let context = current(vm)?;
    match modulus.filter(|m| !m.is_none()) {
        None => binary(vm, context, &a, &b, Context::pow),
        Some(modulus) => {
            let Some(modulus) = Operand::of(modulus) else { return Ok(Value::not_implemented()) };
            let result = context.run(vm, |c, status| c.pow_mod(a.num(), b.num(), modulus.num(), status))?;
            new(vm, result)
        }
    }
}

fn divmod(vm: &Vm, a: &Operand, b: &Operand) -> PyResult {
    let (q, r) = current(vm)?.run(vm, |c, status| c.div_rem(a.num(), b.num(), status))?;
    let q = new(vm, q)?;
    let r = new(vm, r)?;
    Ok(vm.new_tuple(&[q, r]))
}

/// A `Decimal`, or what a derived class makes of one.
pub fn of_class(vm: &Vm, cls: Gc<Type>, x: Decimal) -> PyResult {
    let decimal = new(vm, x)?;
    if cls == decimal_class(vm)? { Ok(decimal) } else { vm.call(cls.value(), &[decimal]) }
}

/// The arguments `rounding` and `context`.
fn rounding_and_context(
    vm: &Vm,
    rounding: Option<Value>,
    context: Option<Value>,
) -> PyResult<(context::ContextRef, Option<Rounding>)> {
    let context = argument(vm, context)?;
    let rounding = match rounding {
        Some(name) if !name.is_none() => Some(context::rounding(vm, name)?),
        _ => None,
    };
    Ok((context, rounding))
}

fn to_integral(
    vm: &Vm,
    this: DecimalRef,
    rounding: Option<Value>,
    context: Option<Value>,
    f: Unary,
) -> PyResult {
    let (context, rounding) = rounding_and_context(vm, rounding, context)?;
    unary(vm, context, &Operand::Object(this), |c, x, status| {
        f(&rounding.map_or(*c, |mode| c.with_rounding(mode)), x, status)
    })
}

#[pymethods]
impl DecimalObject {
    #[pynew(sig = "(value='0', context=None)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, value: Option<Value>, context: Option<Value>) -> PyResult {
        let context = argument(vm, context)?;
        let exact_class = cls == decimal_class(vm)?;
        let Some(value) = value else { return Ok(new_of(vm, cls, Decimal::from_i64(0)).value()) };
        if exact_class && is_exact(vm, value)? {
            return Ok(value);
        }
        let x = conversion::exact(vm, value, context)?;
        Ok(new_of(vm, cls, x).value())
    }

    #[pymethod]
    fn __add__(this: Gc<Native<DecimalObject>>, vm: &Vm, value: Value) -> PyResult {
        operator(vm, this, value, Context::add)
    }
    #[pymethod]
    fn __radd__(this: Gc<Native<DecimalObject>>, vm: &Vm, value: Value) -> PyResult {
        reflected(vm, this, value, Context::add)
    }
    #[pymethod]
    fn __sub__(this: Gc<Native<DecimalObject>>, vm: &Vm, value: Value) -> PyResult {
        operator(vm, this, value, Context::sub)
    }
    #[pymethod]
    fn __rsub__(this: Gc<Native<DecimalObject>>, vm: &Vm, value: Value) -> PyResult {
        reflected(vm, this, value, Context::sub)
    }
    #[pymethod]
    fn __mul__(this: Gc<Native<DecimalObject>>, vm: &Vm, value: Value) -> PyResult {
        operator(vm, this, value, Context::mul)
    }
    #[pymethod]
    fn __rmul__(this: Gc<Native<DecimalObject>>, vm: &Vm, value: Value) -> PyResult {
        reflected(vm, this, value, Context::mul)
    }
    #[pymethod]
    fn __truediv__(this: Gc<Native<DecimalObject>>, vm: &Vm, value: Value) -> PyResult {
        operator(vm, this, value, Context::div)
    }
    #[pymethod]
    fn __rtruediv__(this: Gc<Native<DecimalObject>>, vm: &Vm, value: Value) -> PyResult {
        reflected(vm, this, value, Context::div)
    }
    #[pymethod]
    fn __floordiv__(this: Gc<Native<DecimalObject>>, vm: &Vm, value: Value) -> PyResult {
        operator(vm, this, value, Context::div_int)
    }
    #[pymethod]
    fn __rfloordiv__(this: Gc<Native<DecimalObject>>, vm: &Vm, value: Value) -> PyResult {
        reflected(vm, this, value, Context::div_int)
    }
    #[pymethod]
    fn __mod__(this: Gc<Native<DecimalObject>>, vm: &Vm, value: Value) -> PyResult {
        operator(vm, this, value, Context::rem)
    }
    #[pymethod]
    fn __rmod__(this: Gc<Native<DecimalObject>>, vm: &Vm, value: Value) -> PyResult {
        reflected(vm, this, value, Context::rem)
    }
    #[pymethod]
    fn __divmod__(this: Gc<Native<DecimalObject>>, vm: &Vm, value: Value) -> PyResult {
        match Operand::of(value) {
            Some(other) => divmod(vm, &Operand::Object(this), &other),
            None => Ok(Value::not_implemented()),
        }
    }
    #[pymethod]
    fn __rdivmod__(this: Gc<Native<DecimalObject>>, vm: &Vm, value: Value) -> PyResult {
        match Operand::of(value) {
            Some(other) => divmod(vm, &other, &Operand::Object(this)),
            None => Ok(Value::not_implemented()),
        }
    }
    #[pymethod]
    fn __pow__(this: Gc<Native<DecimalObject>>, vm: &Vm, value: Value, r#mod: Option<Value>) -> PyResult {
        power(vm, this.value(), value, r#mod)
    }
    #[pymethod]
    fn __rpow__(this: Gc<Native<DecimalObject>>, vm: &Vm, value: Value, r#mod: Option<Value>) -> PyResult {
        power(vm, value, this.value(), r#mod)
    }
    #[pymethod]
    fn __neg__(this: Gc<Native<DecimalObject>>, vm: &Vm) -> PyResult {
        unary(vm, current(vm)?, &Operand::Object(this), Context::minus)
    }
    #[pymethod]
    fn __pos__(this: Gc<Native<DecimalObject>>, vm: &Vm) -> PyResult {
        unary(vm, current(vm)?, &Operand::Object(this), Context::plus)
    }
    #[pymethod]
    fn __abs__(this: Gc<Native<DecimalObject>>, vm: &Vm) -> PyResult {
        unary(vm, current(vm)?, &Operand::Object(this), Context::abs)
    }
    #[pymethod]
    fn __bool__(&self) -> bool {
        !self.num().is_zero()
    }
    #[pymethod]
    fn __lt__(this: Gc<Native<DecimalObject>>, vm: &Vm, value: Value) -> PyResult {
        rich(vm, this, value, CompareOp::Lt)
    }
    #[pymethod]
    fn __le__(this: Gc<Native<DecimalObject>>, vm: &Vm, value: Value) -> PyResult {
        rich(vm, this, value, CompareOp::Le)
    }
    #[pymethod]
    fn __eq__(this: Gc<Native<DecimalObject>>, vm: &Vm, value: Value) -> PyResult {
        rich(vm, this, value, CompareOp::Eq)
    }
    #[pymethod]
    fn __ne__(this: Gc<Native<DecimalObject>>, vm: &Vm, value: Value) -> PyResult {
        rich(vm, this, value, CompareOp::Ne)
    }
    #[pymethod]
    fn __gt__(this: Gc<Native<DecimalObject>>, vm: &Vm, value: Value) -> PyResult {
        rich(vm, this, value, CompareOp::Gt)
    }
    #[pymethod]
    fn __ge__(this: Gc<Native<DecimalObject>>, vm: &Vm, value: Value) -> PyResult {
        rich(vm, this, value, CompareOp::Ge)
    }
    #[pymethod]
    fn __hash__(this: Gc<Native<DecimalObject>>, vm: &Vm) -> PyResult<i64> {
        if this.num().kind == adder_decimal::Kind::Signaling {
            return Err(vm.type_error("Cannot hash a signaling NaN value"));
        }
        Ok(conversion::hash(this.num()).unwrap_or_else(|| identity_hash(this.value())))
    }
    #[pymethod]
    fn __repr__(this: Gc<Native<DecimalObject>>, vm: &Vm) -> PyResult<String> {
        Ok(format!("Decimal('{}')", conversion::text(this.num(), current(vm)?.upper_case())))
    }
    #[pymethod]
    fn __str__(this: Gc<Native<DecimalObject>>, vm: &Vm) -> PyResult<String> {
        Ok(conversion::text(this.num(), current(vm)?.upper_case()))
    }
    #[pymethod(sig = "(format_spec, override=None, /)")]
    fn __format__(
        this: Gc<Native<DecimalObject>>,
        vm: &Vm,
        format_spec: Value,
        r#override: Option<Value>,
    ) -> PyResult<String> {
        let Some(spec) = format_spec.downcast::<Str>() else {
            return Err(vm.type_error("format arg must be str"));
        };
        let context = current(vm)?;
        if spec.is_empty() && r#override.is_none() {
            return Ok(conversion::text(this.num(), context.upper_case()));
        }
        format(vm, this.num(), spec, r#override, context)
    }
    #[pymethod]
    fn __int__(this: Gc<Native<DecimalObject>>, vm: &Vm) -> PyResult {
        conversion::to_int(vm, this.num(), Rounding::Down)
    }
    #[pymethod]
    fn __trunc__(this: Gc<Native<DecimalObject>>, vm: &Vm) -> PyResult {
        conversion::to_int(vm, this.num(), Rounding::Down)
    }
    #[pymethod]
    fn __floor__(this: Gc<Native<DecimalObject>>, vm: &Vm) -> PyResult {
        conversion::to_int(vm, this.num(), Rounding::Floor)
    }
    #[pymethod]
    fn __ceil__(this: Gc<Native<DecimalObject>>, vm: &Vm) -> PyResult {
        conversion::to_int(vm, this.num(), Rounding::Ceiling)
    }
    #[pymethod]
    fn __float__(this: Gc<Native<DecimalObject>>, vm: &Vm) -> PyResult<f64> {
        conversion::to_f64(vm, this.num())
    }
    #[pymethod]
    fn __complex__(this: Gc<Native<DecimalObject>>, vm: &Vm) -> PyResult {
        let real = conversion::to_f64(vm, this.num())?;
        Ok(adder_interp::object::complex::Complex::new(&vm.heap, real, 0.0).value())
    }
    #[pymethod(sig = "(ndigits=None, /)")]
    fn __round__(this: Gc<Native<DecimalObject>>, vm: &Vm, ndigits: Option<Value>) -> PyResult {
        let Some(ndigits) = ndigits else { return conversion::to_int(vm, this.num(), Rounding::HalfEven) };
        let Some(n) = as_int(ndigits) else { return Err(vm.type_error("optional arg must be an integer")) };
        let n =
            n.to_i64().ok_or_else(|| vm.overflow_error("Python int too large to convert to C ssize_t"))?;
        let exp = n.checked_neg().unwrap_or(i64::MAX);
        let context = current(vm)?;
        unary(vm, context, &Operand::Object(this), |c, x, status| {
            c.quantize(x, Num::small(false, 1, exp), status)
        })
    }
    #[pymethod]
    fn __reduce__(this: Gc<Native<DecimalObject>>, vm: &Vm) -> PyResult {
        let text = vm.new_str(&conversion::text(this.num(), current(vm)?.upper_case()));
        let arguments = vm.new_tuple(&[text]);
        Ok(vm.new_tuple(&[vm.type_of(this.value()).value(), arguments]))
    }
    #[pymethod]
    fn __copy__(this: Gc<Native<DecimalObject>>) -> DecimalRef {
        this
    }
    #[pymethod(sig = "(memo, /)")]
    fn __deepcopy__(this: Gc<Native<DecimalObject>>, _memo: Value) -> DecimalRef {
        this
    }
    /// Returns size in memory, in bytes
    #[pymethod]
    fn __sizeof__(&self) -> usize {
        72 + 8 * self.long_words()
    }
    #[pygetset]
    fn real(this: Gc<Native<DecimalObject>>) -> DecimalRef {
        this
    }
    #[pygetset]
    fn imag(&self, vm: &Vm) -> PyResult {
        new(vm, Decimal::from_i64(0))
    }

    /// Class method that converts a float to a decimal number, exactly.
    /// Since 0.1 is not exactly representable in binary floating point,
    /// Decimal.from_float(0.1) is not the same as Decimal('0.1').
    #[pyclassmethod(sig = "(f, /)")]
    fn from_float(cls: Gc<Type>, vm: &Vm, f: Value) -> PyResult {
        let x = conversion::float_argument(vm, f)?;
        of_class(vm, cls, x)
    }
    /// Class method that converts a real number to a decimal number, exactly.
    #[pyclassmethod(sig = "(number, /)")]
    fn from_number(cls: Gc<Type>, vm: &Vm, number: Value) -> PyResult {
        if as_decimal(number).is_some() {
            let x = as_decimal(number).map(|d| d.num().to_decimal()).unwrap_or_else(Decimal::nan);
            if cls == decimal_class(vm)? && is_exact(vm, number)? {
                return Ok(number);
            }
            return of_class(vm, cls, x);
        }
        match conversion::float_argument(vm, number) {
            Ok(x) => of_class(vm, cls, x),
            Err(_) => {
                vm.take_pending();
                Err(super::number::not_convertible(vm, number))
            }
        }
    }
    /// Return a tuple representation of the number.
    #[pymethod]
    fn as_tuple(this: Gc<Native<DecimalObject>>, vm: &Vm) -> PyResult {
        conversion::to_tuple(vm, this.num())
    }
    /// Return a pair of integers whose ratio is exactly equal to the original.
    /// The ratio is in lowest terms and with a positive denominator.
    /// Raise OverflowError on infinities and a ValueError on NaNs.
    #[pymethod]
    fn as_integer_ratio(this: Gc<Native<DecimalObject>>, vm: &Vm) -> PyResult<(Value, Value)> {
        conversion::ratio(vm, this.num())
    }
    /// Return the value of the (natural) exponential function e**x at the given
    /// number. The function always uses the ROUND_HALF_EVEN mode and the result is
    /// correctly rounded.
    #[pymethod(sig = "(context=None)")]
    fn exp(this: Gc<Native<DecimalObject>>, vm: &Vm, context: Option<Value>) -> PyResult {
        method(vm, this, context, Context::exp)
    }
    /// Return the natural (base e) logarithm of the operand. The function always
    /// uses the ROUND_HALF_EVEN mode and the result is correctly rounded.
    #[pymethod(sig = "(context=None)")]
    fn ln(this: Gc<Native<DecimalObject>>, vm: &Vm, context: Option<Value>) -> PyResult {
        method(vm, this, context, Context::ln)
    }
    /// Return the base ten logarithm of the operand. The function always uses the
    /// ROUND_HALF_EVEN mode and the result is correctly rounded.
    #[pymethod(sig = "(context=None)")]
    fn log10(this: Gc<Native<DecimalObject>>, vm: &Vm, context: Option<Value>) -> PyResult {
        method(vm, this, context, Context::log10)
    }
    /// Return the largest number representable in the given context (or in the
    /// current default context if no context is given) that is smaller than the
    /// given operand.
    #[pymethod(sig = "(context=None)")]
    fn next_minus(this: Gc<Native<DecimalObject>>, vm: &Vm, context: Option<Value>) -> PyResult {
        method(vm, this, context, Context::next_minus)
    }
    /// Return the smallest number representable in the given context (or in the
    /// current default context if no context is given) that is larger than the
    /// given operand.
    #[pymethod(sig = "(context=None)")]
    fn next_plus(this: Gc<Native<DecimalObject>>, vm: &Vm, context: Option<Value>) -> PyResult {
        method(vm, this, context, Context::next_plus)
    }
    /// Normalize the number by stripping trailing 0s and converting any result
    /// equal to 0 to Decimal('0e0').
    #[pymethod(sig = "(context=None)")]
    fn normalize(this: Gc<Native<DecimalObject>>, vm: &Vm, context: Option<Value>) -> PyResult {
        method(vm, this, context, Context::reduce)
    }
    /// Return the square root of the argument to full precision. The result is
    /// correctly rounded using the ROUND_HALF_EVEN rounding mode.
    #[pymethod(sig = "(context=None)")]
    fn sqrt(this: Gc<Native<DecimalObject>>, vm: &Vm, context: Option<Value>) -> PyResult {
        method(vm, this, context, Context::sqrt)
    }
    /// Return the adjusted exponent of the operand as a Decimal instance.
    #[pymethod(sig = "(context=None)")]
    fn logb(this: Gc<Native<DecimalObject>>, vm: &Vm, context: Option<Value>) -> PyResult {
        method(vm, this, context, Context::logb)
    }
    /// Return the digit-wise inversion of the (logical) operand.
    #[pymethod(sig = "(context=None)")]
    fn logical_invert(this: Gc<Native<DecimalObject>>, vm: &Vm, context: Option<Value>) -> PyResult {
        method(vm, this, context, Context::logical_invert)
    }
    /// Compare self to other.  Return a decimal value:
    ///
    ///     a or b is a NaN ==> Decimal('NaN')
    ///     a < b           ==> Decimal('-1')
    ///     a == b          ==> Decimal('0')
    ///     a > b           ==> Decimal('1')
    #[pymethod(sig = "(other, context=None)")]
    fn compare(this: Gc<Native<DecimalObject>>, vm: &Vm, other: Value, context: Option<Value>) -> PyResult {
        method2(vm, this, other, context, Context::compare)
    }
    /// Identical to compare, except that all NaNs signal.
    #[pymethod(sig = "(other, context=None)")]
    fn compare_signal(
        this: Gc<Native<DecimalObject>>,
        vm: &Vm,
        other: Value,
        context: Option<Value>,
    ) -> PyResult {
        method2(vm, this, other, context, Context::compare_signal)
    }
    /// Maximum of self and other.  If one operand is a quiet NaN and the other is
    /// numeric, the numeric operand is returned.
    #[pymethod(sig = "(other, context=None)")]
    fn max(this: Gc<Native<DecimalObject>>, vm: &Vm, other: Value, context: Option<Value>) -> PyResult {
        method2(vm, this, other, context, Context::max)
    }
    /// Similar to the max() method, but the comparison is done using the absolute
    /// values of the operands.
    #[pymethod(sig = "(other, context=None)")]
    fn max_mag(this: Gc<Native<DecimalObject>>, vm: &Vm, other: Value, context: Option<Value>) -> PyResult {
        method2(vm, this, other, context, Context::max_mag)
    }
    /// Minimum of self and other. If one operand is a quiet NaN and the other is
    /// numeric, the numeric operand is returned.
    #[pymethod(sig = "(other, context=None)")]
    fn min(this: Gc<Native<DecimalObject>>, vm: &Vm, other: Value, context: Option<Value>) -> PyResult {
        method2(vm, this, other, context, Context::min)
    }
    /// Similar to the min() method, but the comparison is done using the absolute
    /// values of the operands.
    #[pymethod(sig = "(other, context=None)")]
    fn min_mag(this: Gc<Native<DecimalObject>>, vm: &Vm, other: Value, context: Option<Value>) -> PyResult {
        method2(vm, this, other, context, Context::min_mag)
    }
    /// If the two operands are unequal, return the number closest to the first
    /// operand in the direction of the second operand.  If both operands are
    /// numerically equal, return a copy of the first operand with the sign set
    /// to be the same as the sign of the second operand.
    #[pymethod(sig = "(other, context=None)")]
    fn next_toward(
        this: Gc<Native<DecimalObject>>,
        vm: &Vm,
        other: Value,
        context: Option<Value>,
    ) -> PyResult {
        method2(vm, this, other, context, Context::next_toward)
    }
    /// Return the remainder from dividing self by other.  This differs from
    /// self % other in that the sign of the remainder is chosen so as to minimize
    /// its absolute value.
    #[pymethod(sig = "(other, context=None)")]
    fn remainder_near(
        this: Gc<Native<DecimalObject>>,
        vm: &Vm,
        other: Value,
        context: Option<Value>,
    ) -> PyResult {
        method2(vm, this, other, context, Context::rem_near)
    }
    /// Return the digit-wise 'and' of the two (logical) operands.
    #[pymethod(sig = "(other, context=None)")]
    fn logical_and(
        this: Gc<Native<DecimalObject>>,
        vm: &Vm,
        other: Value,
        context: Option<Value>,
    ) -> PyResult {
        method2(vm, this, other, context, Context::logical_and)
    }
    /// Return the digit-wise 'or' of the two (logical) operands.
    #[pymethod(sig = "(other, context=None)")]
    fn logical_or(
        this: Gc<Native<DecimalObject>>,
        vm: &Vm,
        other: Value,
        context: Option<Value>,
    ) -> PyResult {
        method2(vm, this, other, context, Context::logical_or)
    }
    /// Return the digit-wise 'exclusive or' of the two (logical) operands.
    #[pymethod(sig = "(other, context=None)")]
    fn logical_xor(
        this: Gc<Native<DecimalObject>>,
        vm: &Vm,
        other: Value,
        context: Option<Value>,
    ) -> PyResult {
        method2(vm, this, other, context, Context::logical_xor)
    }
    /// Return the result of rotating the digits of the first operand by an amount
    /// specified by the second operand.
    #[pymethod(sig = "(other, context=None)")]
    fn rotate(this: Gc<Native<DecimalObject>>, vm: &Vm, other: Value, context: Option<Value>) -> PyResult {
        method2(vm, this, other, context, Context::rotate)
    }
    /// Return the first operand with the exponent adjusted the second.
    #[pymethod(sig = "(other, context=None)")]
    fn scaleb(this: Gc<Native<DecimalObject>>, vm: &Vm, other: Value, context: Option<Value>) -> PyResult {
        method2(vm, this, other, context, Context::scaleb)
    }
    /// Return the result of shifting the digits of the first operand by an amount
    /// specified by the second operand.
    #[pymethod(sig = "(other, context=None)")]
    fn shift(this: Gc<Native<DecimalObject>>, vm: &Vm, other: Value, context: Option<Value>) -> PyResult {
        method2(vm, this, other, context, Context::shift)
    }
    /// Compare two operands using their abstract representation rather than
    /// their numerical value.
    #[pymethod(sig = "(other, context=None)")]
    fn compare_total(
        this: Gc<Native<DecimalObject>>,
        vm: &Vm,
        other: Value,
        context: Option<Value>,
    ) -> PyResult {
        plain2(vm, this, other, context, total)
    }
    /// Compare two operands using their abstract representation rather than their
    /// value as in compare_total(), but ignoring the sign of each operand.
    #[pymethod(sig = "(other, context=None)")]
    fn compare_total_mag(
        this: Gc<Native<DecimalObject>>,
        vm: &Vm,
        other: Value,
        context: Option<Value>,
    ) -> PyResult {
        plain2(vm, this, other, context, |a, b| total(a.abs(), b.abs()))
    }
    /// Return a copy of the first operand with the sign set to be the same as the
    /// sign of the second operand.
    #[pymethod(sig = "(other, context=None)")]
    fn copy_sign(this: Gc<Native<DecimalObject>>, vm: &Vm, other: Value, context: Option<Value>) -> PyResult {
        plain2(vm, this, other, context, |a, b| a.with_sign(b.negative).to_decimal())
    }
    /// Test whether self and other have the same exponent or whether both are NaN.
    #[pymethod(sig = "(other, context=None)")]
    fn same_quantum(
        this: Gc<Native<DecimalObject>>,
        vm: &Vm,
        other: Value,
        context: Option<Value>,
    ) -> PyResult<bool> {
        method_context(vm, context)?;
        Ok(same_quantum(this.num(), operand(vm, other)?.num()))
    }
    /// Fused multiply-add.  Return self*other+third with no rounding of the
    /// intermediate product self*other.
    #[pymethod(sig = "(other, third, context=None)")]
    fn fma(
        this: Gc<Native<DecimalObject>>,
        vm: &Vm,
        other: Value,
        third: Value,
        context: Option<Value>,
    ) -> PyResult {
        let context = argument(vm, context)?;
        let (b, c) = (operand(vm, other)?, operand(vm, third)?);
        let result = context.run(vm, |x, status| x.fma(this.num(), b.num(), c.num(), status))?;
        new(vm, result)
    }
    /// Return a value equal to the first operand after rounding and having the
    /// exponent of the second operand.
    #[pymethod(sig = "(exp, rounding=None, context=None)")]
    fn quantize(
        this: Gc<Native<DecimalObject>>,
        vm: &Vm,
        exp: Value,
        rounding: Option<Value>,
        context: Option<Value>,
    ) -> PyResult {
        let (context, rounding) = rounding_and_context(vm, rounding, context)?;
        let exp = operand(vm, exp)?;
        binary(vm, context, &Operand::Object(this), &exp, |c, a, b, status| match rounding {
            None => c.quantize(a, b, status),
            Some(mode) => c.with_rounding(mode).quantize(a, b, status),
        })
    }
    /// Identical to the to_integral_value() method.  The to_integral() name has been
    /// kept for compatibility with older versions.
    #[pymethod(sig = "(rounding=None, context=None)")]
    fn to_integral(
        this: Gc<Native<DecimalObject>>,
        vm: &Vm,
        rounding: Option<Value>,
        context: Option<Value>,
    ) -> PyResult {
        to_integral(vm, this, rounding, context, Context::to_integral_value)
    }
    /// Round to the nearest integer without signaling Inexact or Rounded.
    #[pymethod(sig = "(rounding=None, context=None)")]
    fn to_integral_value(
        this: Gc<Native<DecimalObject>>,
        vm: &Vm,
        rounding: Option<Value>,
        context: Option<Value>,
    ) -> PyResult {
        to_integral(vm, this, rounding, context, Context::to_integral_value)
    }
    /// Round to the nearest integer, signaling Inexact or Rounded as appropriate if
    /// rounding occurs.
    #[pymethod(sig = "(rounding=None, context=None)")]
    fn to_integral_exact(
        this: Gc<Native<DecimalObject>>,
        vm: &Vm,
        rounding: Option<Value>,
        context: Option<Value>,
    ) -> PyResult {
        to_integral(vm, this, rounding, context, Context::to_integral)
    }
    /// Convert to an engineering-type string.
    #[pymethod(sig = "(context=None)")]
    fn to_eng_string(this: Gc<Native<DecimalObject>>, vm: &Vm, context: Option<Value>) -> PyResult<String> {
        Ok(to_text(this.num(), Notation::Engineering, argument(vm, context)?.upper_case()))
    }
    /// Return a string describing the class of the operand.
    #[pymethod(sig = "(context=None)")]
    fn number_class(
        this: Gc<Native<DecimalObject>>,
        vm: &Vm,
        context: Option<Value>,
    ) -> PyResult<&'static str> {
        Ok(this.num().class(&argument(vm, context)?.arithmetic()))
    }
    /// Return True if the argument is a normal finite non-zero number with an
    /// adjusted exponent greater than or equal to Emin.
    #[pymethod(sig = "(context=None)")]
    fn is_normal(this: Gc<Native<DecimalObject>>, vm: &Vm, context: Option<Value>) -> PyResult<bool> {
        Ok(this.num().is_normal(&argument(vm, context)?.arithmetic()))
    }
    /// Return True if the argument is subnormal, and False otherwise.
    #[pymethod(sig = "(context=None)")]
    fn is_subnormal(this: Gc<Native<DecimalObject>>, vm: &Vm, context: Option<Value>) -> PyResult<bool> {
        Ok(this.num().is_subnormal(&argument(vm, context)?.arithmetic()))
    }
    /// Return True if the argument is canonical and False otherwise.
    #[pymethod]
    fn is_canonical(&self) -> bool {
        true
    }
    /// Return True if the argument is a finite number, and False otherwise.
    #[pymethod]
    fn is_finite(&self) -> bool {
        self.num().is_finite()
    }
    /// Return True if the argument is either positive or negative infinity.
    #[pymethod]
    fn is_infinite(&self) -> bool {
        self.num().is_infinite()
    }
    /// Return True if the argument is a (quiet or signaling) NaN.
    #[pymethod]
    fn is_nan(&self) -> bool {
        self.num().is_nan()
    }
    /// Return True if the argument is a quiet NaN.
    #[pymethod]
    fn is_qnan(&self) -> bool {
        self.num().kind == adder_decimal::Kind::Quiet
    }
    /// Return True if the argument is a signaling NaN.
    #[pymethod]
    fn is_snan(&self) -> bool {
        self.num().kind == adder_decimal::Kind::Signaling
    }
    /// Return True if the argument has a negative sign.
    #[pymethod]
    fn is_signed(&self) -> bool {
        self.num().negative
    }
    /// Return True if the argument is a (positive or negative) zero.
    #[pymethod]
    fn is_zero(&self) -> bool {
        self.num().is_zero()
    }
    /// Return the adjusted exponent of the number.  Defined as exp + digits - 1.
    #[pymethod]
    fn adjusted(&self) -> i64 {
        if self.num().is_finite() { self.num().adjusted() } else { 0 }
    }
    /// Return the canonical encoding of the argument.
    #[pymethod]
    fn canonical(this: Gc<Native<DecimalObject>>) -> DecimalRef {
        this
    }
    /// Return self.
    #[pymethod]
    fn conjugate(this: Gc<Native<DecimalObject>>) -> DecimalRef {
        this
    }
    /// Return Decimal(10), the radix (base) of all decimal arithmetic.
    #[pymethod]
    fn radix(&self, vm: &Vm) -> PyResult {
        new(vm, Decimal::from_i64(10))
    }
    /// Return the absolute value of the argument, unaffected by the context.
    #[pymethod]
    fn copy_abs(this: Gc<Native<DecimalObject>>, vm: &Vm) -> PyResult {
        new(vm, this.num().abs().to_decimal())
    }
    /// Return the negation of the argument, unaffected by the context.
    #[pymethod]
    fn copy_negate(this: Gc<Native<DecimalObject>>, vm: &Vm) -> PyResult {
        new(vm, this.num().negated().to_decimal())
    }
}
