//! The methods of `Context`.

use super::context::{self, ContextObject, ContextRef, Template};
use super::conversion;
use super::number::{self, Operand, as_decimal, binary, new, operand, unary};
use super::signals;
use adder_decimal::comparison::{same_quantum, total};
use adder_decimal::text::{Notation, to_text};
use adder_decimal::{Context, Decimal, Kind, Num, Status};
use adder_interp::native::Args;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::pymethods;

type Unary = fn(&Context, Num<'_>, &mut Status) -> Decimal;
type Binary = fn(&Context, Num<'_>, Num<'_>, &mut Status) -> Decimal;

/// In the order of the constructor's parameters.
const ATTRIBUTES: [&str; 8] = ["prec", "rounding", "Emin", "Emax", "capitals", "clamp", "flags", "traps"];

/// The arguments of the constructor.
fn bind(vm: &Vm, args: Args<'_>) -> PyResult<[Option<Value>; 8]> {
    let total = args.all_values().len();
    if total > ATTRIBUTES.len() {
        return Err(vm.type_error(format!("function takes at most 8 arguments ({total} given)")));
    }
    let mut bound = [None; 8];
    for (to, &value) in bound.iter_mut().zip(args.positional_values()) {
        *to = Some(value);
    }
    for (name, value) in args.keywords() {
        let Some(i) = ATTRIBUTES.iter().position(|known| name.eq_str(known)) else {
            let name = name.to_string_lossy();
            return Err(vm.type_error(format!("this function got an unexpected keyword argument '{name}'")));
        };
        if bound[i].replace(value).is_some() {
            let (name, at) = (ATTRIBUTES[i], i + 1);
            return Err(
                vm.type_error(format!("argument for function given by name ('{name}') and position ({at})"))
            );
        }
    }
    Ok(bound)
}

fn set_named(vm: &Vm, context: ContextRef, name: &str, value: Value) -> PyResult<()> {
    match name {
        "flags" | "traps" => context::set_signals(vm, &context, name == "traps", value, false),
        "rounding" => {
            let mode = context::rounding(vm, value)?;
            context.set_arithmetic(context.arithmetic().with_rounding(mode));
            Ok(())
        }
        _ => context::set_number(vm, &context, name, value),
    }
}

/// Sets an attribute that `localcontext` was given by name.
pub fn set_attribute(vm: &Vm, context: ContextRef, name: Value, value: Value) -> PyResult<()> {
    let text = vm.str_text(name)?;
    if !ATTRIBUTES.contains(&text.as_str()) {
        let message = format!("this function got an unexpected keyword argument '{text}'");
        return Err(vm.type_error(message));
    }
    set_named(vm, context, &text, value)
}

fn run1(vm: &Vm, this: Gc<Native<ContextObject>>, x: Value, f: Unary) -> PyResult {
    unary(vm, this, &operand(vm, x)?, f)
}

fn run2(vm: &Vm, this: Gc<Native<ContextObject>>, x: Value, y: Value, f: Binary) -> PyResult {
    let x = operand(vm, x)?;
    binary(vm, this, &x, &operand(vm, y)?, f)
}

fn plain2(vm: &Vm, x: Value, y: Value, f: impl FnOnce(Num<'_>, Num<'_>) -> Decimal) -> PyResult {
    let x = operand(vm, x)?;
    let y = operand(vm, y)?;
    new(vm, f(x.num(), y.num()))
}

#[cold]
fn no_deletion(vm: &Vm) -> Raised {
    vm.attribute_error("context attributes cannot be deleted")
}

fn set_or_refuse(vm: &Vm, this: Gc<Native<ContextObject>>, name: &str, value: Option<Value>) -> PyResult<()> {
    match value {
        Some(value) => set_named(vm, this, name, value),
        None => Err(no_deletion(vm)),
    }
}

#[pymethods]
impl ContextObject {
    #[pynew(
        sig = "(prec=None, rounding=None, Emin=None, Emax=None, capitals=None, clamp=None, flags=None, traps=None)"
    )]
    fn __new__(cls: Gc<Type>, vm: &Vm, _args: Args<'_>) -> PyResult<Gc<Native<ContextObject>>> {
        let from = context::template(vm, Template::Default)?;
        Ok(ContextObject::create(vm, cls, from.arithmetic(), from.upper_case(), from.traps()))
    }
    #[pymethod]
    fn __init__(this: Gc<Native<ContextObject>>, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        let given = bind(vm, args)?;
        for (name, value) in ATTRIBUTES.iter().zip(given) {
            match (*name, value.filter(|v| !v.is_none())) {
                (_, None) => {}
                ("flags" | "traps", Some(value)) => {
                    context::set_signals(vm, &this, *name == "traps", value, true)?;
                }
                (_, Some(value)) => set_named(vm, this, name, value)?,
            }
        }
        Ok(())
    }
    #[pymethod]
    fn __setattr__(this: Gc<Native<ContextObject>>, vm: &Vm, name: Gc<Str>, value: Value) -> PyResult<()> {
        match ATTRIBUTES.iter().find(|known| name.eq_str(known)) {
            Some(known) => set_named(vm, this, known, value),
            None => vm.generic_setattr(this.value(), name, Some(value)),
        }
    }
    #[pymethod]
    fn __delattr__(this: Gc<Native<ContextObject>>, vm: &Vm, name: Gc<Str>) -> PyResult<()> {
        match ATTRIBUTES.iter().any(|known| name.eq_str(known)) {
            true => Err(no_deletion(vm)),
            false => vm.generic_setattr(this.value(), name, None),
        }
    }
    #[pymethod]
    fn __repr__(&self) -> String {
        let c = self.arithmetic();
        format!(
            "Context(prec={}, rounding={}, Emin={}, Emax={}, capitals={}, clamp={}, flags={}, traps={})",
            c.prec,
            context::rounding_name(c.rounding),
            c.emin,
            c.emax,
            self.upper_case() as u8,
            c.clamp as u8,
            signals::names_of_bits(self.flags()),
            signals::names_of_bits(self.traps()),
        )
    }
    #[pymethod]
    fn __reduce__(this: Gc<Native<ContextObject>>, vm: &Vm) -> PyResult {
        let c = this.arithmetic();
        let flags = signals::list_of_bits(vm, this.flags())?;
        let traps = signals::list_of_bits(vm, this.traps())?;
        let arguments = vm.new_tuple(&[
            vm.new_int(c.prec),
            vm.intern(context::rounding_name(c.rounding)).value(),
            vm.new_int(c.emin),
            vm.new_int(c.emax),
            vm.new_int(this.upper_case() as i64),
            vm.new_int(c.clamp as i64),
            flags,
            traps,
        ]);
        Ok(vm.new_tuple(&[vm.type_of(this.value()).value(), arguments]))
    }
    #[pymethod]
    fn __copy__(&self, vm: &Vm) -> PyResult<ContextRef> {
        self.duplicate(vm)
    }
    /// Return a duplicate of the context with all flags cleared.
    #[pymethod]
    fn copy(&self, vm: &Vm) -> PyResult<ContextRef> {
        self.duplicate(vm)
    }
    #[pygetset]
    fn prec(&self, vm: &Vm) -> Value {
        vm.new_int(self.arithmetic().prec)
    }
    #[pygetset(setter = "prec")]
    fn set_prec(this: Gc<Native<ContextObject>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        set_or_refuse(vm, this, "prec", value)
    }
    #[pygetset(name = "Emin")]
    fn emin(&self, vm: &Vm) -> Value {
        vm.new_int(self.arithmetic().emin)
    }
    #[pygetset(setter = "Emin")]
    fn set_emin(this: Gc<Native<ContextObject>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        set_or_refuse(vm, this, "Emin", value)
    }
    #[pygetset(name = "Emax")]
    fn emax(&self, vm: &Vm) -> Value {
        vm.new_int(self.arithmetic().emax)
    }
    #[pygetset(setter = "Emax")]
    fn set_emax(this: Gc<Native<ContextObject>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        set_or_refuse(vm, this, "Emax", value)
    }
    #[pygetset]
    fn capitals(&self, vm: &Vm) -> Value {
        vm.new_int(self.upper_case() as i64)
    }
    #[pygetset(setter = "capitals")]
    fn set_capitals(this: Gc<Native<ContextObject>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        set_or_refuse(vm, this, "capitals", value)
    }
    #[pygetset]
    fn clamp(&self, vm: &Vm) -> Value {
        vm.new_int(self.arithmetic().clamp as i64)
    }
    #[pygetset(setter = "clamp")]
    fn set_clamp(this: Gc<Native<ContextObject>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        set_or_refuse(vm, this, "clamp", value)
    }
    #[pygetset]
    fn rounding(&self, vm: &Vm) -> Value {
        vm.intern(context::rounding_name(self.arithmetic().rounding)).value()
    }
    #[pygetset(setter = "rounding")]
    fn set_rounding(this: Gc<Native<ContextObject>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        set_or_refuse(vm, this, "rounding", value)
    }
    #[pygetset(name = "flags")]
    fn flags_view(this: Gc<Native<ContextObject>>, vm: &Vm) -> PyResult {
        ContextObject::view(this, vm, false)
    }
    #[pygetset(setter = "flags")]
    fn set_flags_view(this: Gc<Native<ContextObject>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        set_or_refuse(vm, this, "flags", value)
    }
    #[pygetset(name = "traps")]
    fn traps_view(this: Gc<Native<ContextObject>>, vm: &Vm) -> PyResult {
        ContextObject::view(this, vm, true)
    }
    #[pygetset(setter = "traps")]
    fn set_traps_view(this: Gc<Native<ContextObject>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        set_or_refuse(vm, this, "traps", value)
    }
    /// Return the absolute value of x.
    #[pymethod]
    fn abs(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value) -> PyResult {
        run1(vm, this, x, Context::abs)
    }
    /// Return e ** x.
    #[pymethod]
    fn exp(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value) -> PyResult {
        run1(vm, this, x, Context::exp)
    }
    /// Return the natural (base e) logarithm of x.
    #[pymethod]
    fn ln(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value) -> PyResult {
        run1(vm, this, x, Context::ln)
    }
    /// Return the base 10 logarithm of x.
    #[pymethod]
    fn log10(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value) -> PyResult {
        run1(vm, this, x, Context::log10)
    }
    /// Minus corresponds to the unary prefix minus operator in Python, but applies
    /// the context to the result.
    #[pymethod]
    fn minus(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value) -> PyResult {
        run1(vm, this, x, Context::minus)
    }
    /// Return the largest representable number smaller than x.
    #[pymethod]
    fn next_minus(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value) -> PyResult {
        run1(vm, this, x, Context::next_minus)
    }
    /// Return the smallest representable number larger than x.
    #[pymethod]
    fn next_plus(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value) -> PyResult {
        run1(vm, this, x, Context::next_plus)
    }
    /// Reduce x to its simplest form.
    #[pymethod]
    fn normalize(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value) -> PyResult {
        run1(vm, this, x, Context::reduce)
    }
    /// Plus corresponds to the unary prefix plus operator in Python, but applies
    /// the context to the result.
    #[pymethod]
    fn plus(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value) -> PyResult {
        run1(vm, this, x, Context::plus)
    }
    /// Identical to to_integral_value(x).
    #[pymethod]
    fn to_integral(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value) -> PyResult {
        run1(vm, this, x, Context::to_integral_value)
    }
    /// Round to an integer. Signal if the result is rounded or inexact.
    #[pymethod]
    fn to_integral_exact(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value) -> PyResult {
        run1(vm, this, x, Context::to_integral)
    }
    /// Round to an integer.
    #[pymethod]
    fn to_integral_value(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value) -> PyResult {
        run1(vm, this, x, Context::to_integral_value)
    }
    /// Square root of a non-negative number to context precision.
    #[pymethod]
    fn sqrt(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value) -> PyResult {
        run1(vm, this, x, Context::sqrt)
    }
    /// Return the exponent of the magnitude of the operand's MSD.
    #[pymethod]
    fn logb(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value) -> PyResult {
        run1(vm, this, x, Context::logb)
    }
    /// Invert all digits of x.
    #[pymethod]
    fn logical_invert(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value) -> PyResult {
        run1(vm, this, x, Context::logical_invert)
    }
    /// Return the sum of x and y.
    #[pymethod]
    fn add(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value, y: Value) -> PyResult {
        run2(vm, this, x, y, Context::add)
    }
    /// Compare x and y numerically.
    #[pymethod]
    fn compare(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value, y: Value) -> PyResult {
        run2(vm, this, x, y, Context::compare)
    }
    /// Compare x and y numerically.  All NaNs signal.
    #[pymethod]
    fn compare_signal(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value, y: Value) -> PyResult {
        run2(vm, this, x, y, Context::compare_signal)
    }
    /// Return x divided by y.
    #[pymethod]
    fn divide(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value, y: Value) -> PyResult {
        run2(vm, this, x, y, Context::div)
    }
    /// Return x divided by y, truncated to an integer.
    #[pymethod]
    fn divide_int(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value, y: Value) -> PyResult {
        run2(vm, this, x, y, Context::div_int)
    }
    /// Compare the values numerically and return the maximum.
    #[pymethod]
    fn max(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value, y: Value) -> PyResult {
        run2(vm, this, x, y, Context::max)
    }
    /// Compare the values numerically with their sign ignored.
    #[pymethod]
    fn max_mag(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value, y: Value) -> PyResult {
        run2(vm, this, x, y, Context::max_mag)
    }
    /// Compare the values numerically and return the minimum.
    #[pymethod]
    fn min(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value, y: Value) -> PyResult {
        run2(vm, this, x, y, Context::min)
    }
    /// Compare the values numerically with their sign ignored.
    #[pymethod]
    fn min_mag(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value, y: Value) -> PyResult {
        run2(vm, this, x, y, Context::min_mag)
    }
    /// Return the product of x and y.
    #[pymethod]
    fn multiply(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value, y: Value) -> PyResult {
        run2(vm, this, x, y, Context::mul)
    }
    /// Return the number closest to x, in the direction towards y.
    #[pymethod]
    fn next_toward(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value, y: Value) -> PyResult {
        run2(vm, this, x, y, Context::next_toward)
    }
    /// Return a value equal to x (rounded), having the exponent of y.
    #[pymethod]
    fn quantize(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value, y: Value) -> PyResult {
        run2(vm, this, x, y, Context::quantize)
    }
    /// Return the remainder from integer division.  The sign of the result,
    /// if non-zero, is the same as that of the original dividend.
    #[pymethod]
    fn remainder(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value, y: Value) -> PyResult {
        run2(vm, this, x, y, Context::rem)
    }
    /// Return x - y * n, where n is the integer nearest the exact value of x / y
    /// (if the result is 0 then its sign will be the sign of x).
    #[pymethod]
    fn remainder_near(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value, y: Value) -> PyResult {
        run2(vm, this, x, y, Context::rem_near)
    }
    /// Return the difference between x and y.
    #[pymethod]
    fn subtract(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value, y: Value) -> PyResult {
        run2(vm, this, x, y, Context::sub)
    }
    /// Digit-wise and of x and y.
    #[pymethod]
    fn logical_and(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value, y: Value) -> PyResult {
        run2(vm, this, x, y, Context::logical_and)
    }
    /// Digit-wise or of x and y.
    #[pymethod]
    fn logical_or(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value, y: Value) -> PyResult {
        run2(vm, this, x, y, Context::logical_or)
    }
    /// Digit-wise xor of x and y.
    #[pymethod]
    fn logical_xor(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value, y: Value) -> PyResult {
        run2(vm, this, x, y, Context::logical_xor)
    }
    /// Return a copy of x, rotated by y places.
    #[pymethod]
    fn rotate(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value, y: Value) -> PyResult {
        run2(vm, this, x, y, Context::rotate)
    }
    /// Return the first operand after adding the second value to its exp.
    #[pymethod]
    fn scaleb(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value, y: Value) -> PyResult {
        run2(vm, this, x, y, Context::scaleb)
    }
    /// Return a copy of x, shifted by y places.
    #[pymethod]
    fn shift(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value, y: Value) -> PyResult {
        run2(vm, this, x, y, Context::shift)
    }
    /// Return True if x is finite, False otherwise.
    #[pymethod]
    fn is_finite(&self, vm: &Vm, x: Value) -> PyResult<bool> {
        let x = operand(vm, x)?;
        let x = x.num();
        Ok(x.is_finite())
    }
    /// Return True if x is infinite, False otherwise.
    #[pymethod]
    fn is_infinite(&self, vm: &Vm, x: Value) -> PyResult<bool> {
        let x = operand(vm, x)?;
        let x = x.num();
        Ok(x.is_infinite())
    }
    /// Return True if x is a qNaN or sNaN, False otherwise.
    #[pymethod]
    fn is_nan(&self, vm: &Vm, x: Value) -> PyResult<bool> {
        let x = operand(vm, x)?;
        let x = x.num();
        Ok(x.is_nan())
    }
    /// Return True if x is a quiet NaN, False otherwise.
    #[pymethod]
    fn is_qnan(&self, vm: &Vm, x: Value) -> PyResult<bool> {
        let x = operand(vm, x)?;
        let x = x.num();
        Ok(x.kind == Kind::Quiet)
    }
    /// Return True if x is a signaling NaN, False otherwise.
    #[pymethod]
    fn is_snan(&self, vm: &Vm, x: Value) -> PyResult<bool> {
        let x = operand(vm, x)?;
        let x = x.num();
        Ok(x.kind == Kind::Signaling)
    }
    /// Return True if x is negative, False otherwise.
    #[pymethod]
    fn is_signed(&self, vm: &Vm, x: Value) -> PyResult<bool> {
        let x = operand(vm, x)?;
        let x = x.num();
        Ok(x.negative)
    }
    /// Return True if x is a zero, False otherwise.
    #[pymethod]
    fn is_zero(&self, vm: &Vm, x: Value) -> PyResult<bool> {
        let x = operand(vm, x)?;
        let x = x.num();
        Ok(x.is_zero())
    }
    /// Return True if x is a normal number, False otherwise.
    #[pymethod]
    fn is_normal(&self, vm: &Vm, x: Value) -> PyResult<bool> {
        let x = operand(vm, x)?;
        let x = x.num();
        Ok(x.is_normal(&self.arithmetic()))
    }
    /// Return True if x is subnormal, False otherwise.
    #[pymethod]
    fn is_subnormal(&self, vm: &Vm, x: Value) -> PyResult<bool> {
        let x = operand(vm, x)?;
        let x = x.num();
        Ok(x.is_subnormal(&self.arithmetic()))
    }
    /// Return True if x is canonical, False otherwise.
    #[pymethod]
    fn is_canonical(&self, vm: &Vm, x: Value) -> PyResult<bool> {
        match as_decimal(x) {
            Some(_) => Ok(true),
            None => Err(vm.type_error("argument must be a Decimal")),
        }
    }
    /// Return a new instance of x.
    #[pymethod]
    fn canonical(&self, vm: &Vm, x: Value) -> PyResult {
        match as_decimal(x) {
            Some(_) => Ok(x),
            None => Err(vm.type_error("argument must be a Decimal")),
        }
    }
    /// Return a pair of the quotient and the remainder of the division of x by y.
    #[pymethod]
    fn divmod(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value, y: Value) -> PyResult {
        let x = operand(vm, x)?;
        let y = operand(vm, y)?;
        let (q, r) = this.run(vm, |c, status| c.div_rem(x.num(), y.num(), status))?;
        let q = new(vm, q)?;
        let r = new(vm, r)?;
        Ok(vm.new_tuple(&[q, r]))
    }
    /// Compute a**b. If 'a' is negative, then 'b' must be integral. The result
    /// will be inexact unless 'a' is integral and the result is finite and can
    /// be expressed exactly in 'precision' digits.
    #[pymethod(sig = "(a, b, modulo=None)")]
    fn power(
        this: Gc<Native<ContextObject>>,
        vm: &Vm,
        a: Value,
        b: Value,
        modulo: Option<Value>,
    ) -> PyResult {
        let a = operand(vm, a)?;
        let b = operand(vm, b)?;
        let Some(modulo) = modulo.filter(|m| !m.is_none()) else {
            return binary(vm, this, &a, &b, Context::pow);
        };
        let modulo = operand(vm, modulo)?;
        let result = this.run(vm, |c, status| c.pow_mod(a.num(), b.num(), modulo.num(), status))?;
        new(vm, result)
    }
    /// Return x multiplied by y, plus z.
    #[pymethod]
    fn fma(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value, y: Value, z: Value) -> PyResult {
        let x = operand(vm, x)?;
        let y = operand(vm, y)?;
        let z = operand(vm, z)?;
        let result = this.run(vm, |c, status| c.fma(x.num(), y.num(), z.num(), status))?;
        new(vm, result)
    }
    /// Return a value equal to Emin - prec + 1, which is the minimum exponent value
    /// for subnormal results.
    #[pymethod(name = "Etiny")]
    fn etiny(&self) -> i64 {
        self.arithmetic().etiny()
    }
    /// Return a value equal to Emax - prec + 1.  This is the maximum exponent
    /// if the _clamp field of the context is set to 1 (IEEE clamp mode).
    #[pymethod(name = "Etop")]
    fn etop(&self) -> i64 {
        self.arithmetic().etop()
    }
    /// Return 10.
    #[pymethod]
    fn radix(&self, vm: &Vm) -> PyResult {
        new(vm, Decimal::from_i64(10))
    }
    #[pymethod]
    fn _apply(this: Gc<Native<ContextObject>>, vm: &Vm, x: Value) -> PyResult {
        run1(vm, this, x, |c, x, status| c.apply(x, status))
    }
    /// Return a copy of x with the sign set to 0.
    #[pymethod]
    fn copy_abs(&self, vm: &Vm, x: Value) -> PyResult {
        let x = operand(vm, x)?;
        new(vm, x.num().abs().to_decimal())
    }
    /// Return a copy of Decimal x.
    #[pymethod]
    fn copy_decimal(&self, vm: &Vm, x: Value) -> PyResult {
        if number::is_exact(vm, x)? {
            return Ok(x);
        }
        new(vm, operand(vm, x)?.num().to_decimal())
    }
    /// Return a copy of x with the sign inverted.
    #[pymethod]
    fn copy_negate(&self, vm: &Vm, x: Value) -> PyResult {
        let x = operand(vm, x)?;
        new(vm, x.num().negated().to_decimal())
    }
    /// Copy the sign from y to x.
    #[pymethod]
    fn copy_sign(&self, vm: &Vm, x: Value, y: Value) -> PyResult {
        plain2(vm, x, y, |a, b| a.with_sign(b.negative).to_decimal())
    }
    /// Compare x and y using their abstract representation.
    #[pymethod]
    fn compare_total(&self, vm: &Vm, x: Value, y: Value) -> PyResult {
        plain2(vm, x, y, total)
    }
    /// Compare x and y using their abstract representation with sign ignored.
    #[pymethod]
    fn compare_total_mag(&self, vm: &Vm, x: Value, y: Value) -> PyResult {
        plain2(vm, x, y, |a, b| total(a.abs(), b.abs()))
    }
    /// Return True if the two operands have the same exponent.
    #[pymethod]
    fn same_quantum(&self, vm: &Vm, x: Value, y: Value) -> PyResult<bool> {
        let x = operand(vm, x)?;
        let y = operand(vm, y)?;
        Ok(same_quantum(x.num(), y.num()))
    }
    /// Return an indication of the class of x.
    #[pymethod]
    fn number_class(&self, vm: &Vm, x: Value) -> PyResult<&'static str> {
        Ok(operand(vm, x)?.num().class(&self.arithmetic()))
    }
    /// Convert a number to a string using scientific notation.
    #[pymethod]
    fn to_sci_string(&self, vm: &Vm, x: Value) -> PyResult<String> {
        Ok(to_text(operand(vm, x)?.num(), Notation::Scientific, self.upper_case()))
    }
    /// Convert a number to a string, using engineering notation.
    #[pymethod]
    fn to_eng_string(&self, vm: &Vm, x: Value) -> PyResult<String> {
        Ok(to_text(operand(vm, x)?.num(), Notation::Engineering, self.upper_case()))
    }
    /// Reset all flags to False.
    #[pymethod]
    fn clear_flags(&self) {
        self.set_flags(Status::empty());
    }
    /// Set all traps to False.
    #[pymethod]
    fn clear_traps(&self) {
        self.set_traps(Status::empty());
    }
    /// Create a new Decimal instance from num, using self as the context. Unlike the
    /// Decimal constructor, this function observes the context limits.
    #[pymethod(sig = "(num='0', /)")]
    fn create_decimal(this: Gc<Native<ContextObject>>, vm: &Vm, num: Option<Value>) -> PyResult {
        match num {
            None => new(vm, Decimal::from_i64(0)),
            Some(num) => new(vm, conversion::rounded(vm, num, this)?),
        }
    }
    /// Create a new Decimal instance from float f.  Unlike the Decimal.from_float()
    /// class method, this function observes the context limits.
    #[pymethod(sig = "(f, /)")]
    fn create_decimal_from_float(this: Gc<Native<ContextObject>>, vm: &Vm, f: Value) -> PyResult {
        let x = Operand::Owned(conversion::float_argument(vm, f)?);
        unary(vm, this, &x, |c, x, status| c.convert(Some(x.to_decimal()), status))
    }
}
