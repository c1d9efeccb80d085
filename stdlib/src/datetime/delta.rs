//! `timedelta`: days, seconds and microseconds, normalised so that only the days may be negative.
//!
//! Arithmetic works on the total of microseconds: 67 bits, an `i128`.

use super::bind::{Signature, bind};
use adder_interp::native::Args;
use adder_interp::object::float::as_float;
use adder_interp::object::header::Gc;
use adder_interp::object::int::as_int;
use adder_interp::object::native::Native;
use adder_interp::object::tuple::Tuple;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::compare::CompareOp;
use adder_interp::vm::ops::BinaryOp;
use adder_macros::{Trace, pyclass, pymethods};
use adder_numeric::Int;
use num_bigint::BigInt;

const MAX_DAYS: i64 = 999_999_999;
pub const SECOND: i128 = 1_000_000;
pub const DAY: i128 = 86_400 * SECOND;

/// Difference between two datetime values.
///
/// timedelta(days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0)
///
/// All arguments are optional and default to 0.
/// Arguments may be integers or floats, and may be positive or negative.
#[pyclass(name = "timedelta", module = "datetime", subclassable)]
#[derive(Trace)]
pub struct Delta {
    pub days: i32,
    pub seconds: i32,
    pub micros: i32,
}

pub type DeltaRef = Gc<Native<Delta>>;

impl Delta {
    /// Microseconds of the whole.
    pub fn total(&self) -> i128 {
        self.days as i128 * DAY + self.seconds as i128 * SECOND + self.micros as i128
    }
    fn is_zero(&self) -> bool {
        self.total() == 0
    }
}

pub fn as_delta(value: Value) -> Option<DeltaRef> {
    value.downcast()
}

/// `timedelta` itself.
pub fn class(vm: &Vm) -> PyResult<Gc<Type>> {
    vm.native_type(Delta::TYPE_DEF)
}

#[cold]
fn too_large(vm: &Vm) -> Raised {
    vm.overflow_error("Python int too large to convert to C int")
}

fn parts(vm: &Vm, total: i128) -> PyResult<Delta> {
    let days = total.div_euclid(DAY);
    let rest = total.rem_euclid(DAY);
    let Ok(days) = i32::try_from(days) else { return Err(too_large(vm)) };
    if (days as i64).abs() > MAX_DAYS {
        return Err(vm.overflow_error(format!("days={days}; must have magnitude <= {MAX_DAYS}")));
    }
    Ok(Delta { days, seconds: (rest / SECOND) as i32, micros: (rest % SECOND) as i32 })
}

/// A `timedelta` of this many microseconds.
pub fn from_micros(vm: &Vm, total: i128) -> PyResult {
    Ok(vm.new_native(class(vm)?, parts(vm, total)?).value())
}

fn from_big(vm: &Vm, total: &BigInt) -> PyResult {
    match i128::try_from(total) {
        Ok(total) => from_micros(vm, total),
        Err(_) => Err(too_large(vm)),
    }
}

// ---- the constructor

/// The sum of the constructor's arguments: whole microseconds, and what is left of fractions.
struct Sum {
    whole: i128,
    rest: f64,
}

impl Sum {
    fn add(&mut self, vm: &Vm, name: &str, value: Value, factor: i128) -> PyResult<()> {
        let overflow = |n: Option<i128>| n.ok_or_else(|| too_large(vm));
        if let Some(n) = as_int(value) {
            let n = match n.to_i64() {
                Some(n) => n as i128,
                None => overflow(i128::try_from(&*n.to_big()).ok())?,
            };
            let part = overflow(n.checked_mul(factor))?;
            self.whole = overflow(self.whole.checked_add(part))?;
            return Ok(());
        }
        let Some(x) = as_float(value) else {
            let given = vm.type_of(value).name();
            return Err(vm.type_error(format!("unsupported type for timedelta {name} component: {given}")));
        };
        if x.is_nan() {
            return Err(vm.value_error("cannot convert float NaN to integer"));
        }
        if x.is_infinite() {
            return Err(vm.overflow_error("cannot convert float infinity to integer"));
        }
        let (whole, fraction) = (x.trunc(), x.fract());
        if whole.abs() >= 1e30 {
            return Err(too_large(vm));
        }
        let part = overflow((whole as i128).checked_mul(factor))?;
        // The fraction of a unit is again whole microseconds and a fraction of one.
        let more = fraction * factor as f64;
        let part = overflow(part.checked_add(more.trunc() as i128))?;
        self.whole = overflow(self.whole.checked_add(part))?;
        self.rest += more.fract();
        Ok(())
    }

    /// Rounded to even microseconds.
    fn total(&self) -> i128 {
        if self.rest == 0.0 {
            return self.whole;
        }
        let mut rounded = self.rest.round();
        if (rounded - self.rest).abs() == 0.5 {
            // A tie: what is even depends on the whole part too.
            let odd = (self.whole % 2 != 0) as i32 as f64;
            rounded = 2.0 * ((self.rest + odd) * 0.5).round() - odd;
        }
        self.whole + rounded as i128
    }
}

static NEW: Signature = Signature {
    function: "__new__()",
    names: &["days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks"],
    required: 0,
    positional: 7,
};

/// The order in which the constructor adds its arguments, and their units.
const UNITS: [(usize, i128); 7] =
    [(2, 1), (3, 1000), (1, SECOND), (4, 60 * SECOND), (5, 3600 * SECOND), (0, DAY), (6, 7 * DAY)];

// ---- rounded division

/// Divides, rounding half to even; the divisor is not 0.
fn divide_nearest(n: &BigInt, by: &BigInt) -> BigInt {
    use num_bigint::Sign;
    let (n, by) = if by.sign() == Sign::Minus { (-n, -by) } else { (n.clone(), by.clone()) };
    let (mut quotient, mut rest) = (&n / &by, &n % &by);
    if rest.sign() == Sign::Minus {
        quotient -= 1;
        rest += &by;
    }
    let twice: BigInt = rest << 1u32;
    let odd = quotient.bit(0);
    if twice > by || (twice == by && odd) { quotient + 1 } else { quotient }
}

/// A float as a fraction: what its `as_integer_ratio` says, which a subclass may have replaced.
fn ratio_of(vm: &Vm, value: Value, x: f64) -> PyResult<(BigInt, BigInt)> {
    if value.is_float() || vm.type_of(value) == vm.types.float {
        return ratio(vm, x);
    }
    let answer = vm.call_method(value, "as_integer_ratio", &[])?;
    let Some(pair) = answer.downcast::<Tuple>() else {
        let given = vm.type_of(answer).name();
        return Err(vm.type_error(format!(
            "unexpected return type from as_integer_ratio(): expected tuple, not '{given}'"
        )));
    };
    match pair.as_ref().iter().as_slice() {
        &[n, d] => Ok((vm.index(n)?.to_big().into_owned(), vm.index(d)?.to_big().into_owned())),
        _ => Err(vm.value_error("unexpected return value from as_integer_ratio(): expected a 2-tuple")),
    }
}

/// A finite float as a fraction.
fn ratio(vm: &Vm, x: f64) -> PyResult<(BigInt, BigInt)> {
    if x.is_nan() {
        return Err(vm.value_error("cannot convert NaN to integer ratio"));
    }
    if x.is_infinite() {
        return Err(vm.overflow_error("cannot convert Infinity to integer ratio"));
    }
    let bits = x.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i32;
    let fraction = bits & ((1 << 52) - 1);
    let (mantissa, power) =
        if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) };
    let mut n = BigInt::from(mantissa);
    if x < 0.0 {
        n = -n;
    }
    Ok(if power >= 0 {
        (n << power as u32, BigInt::from(1))
    } else {
        (n, BigInt::from(1) << (-power) as u32)
    })
}

fn int_value(vm: &Vm, n: i128) -> Value {
    vm.new_int_from(Int::from_i128(n))
}

fn multiplied(vm: &Vm, this: &Delta, other: Value) -> PyResult {
    if let Some(n) = as_int(other) {
        let total = match n.to_i64() {
            Some(n) => match this.total().checked_mul(n as i128) {
                Some(total) => return from_micros(vm, total),
                None => return Err(too_large(vm)),
            },
            None => BigInt::from(this.total()) * &*n.to_big(),
        };
        return from_big(vm, &total);
    }
    if let Some(x) = as_float(other) {
        let (n, d) = ratio_of(vm, other, x)?;
        if d == BigInt::ZERO {
            return Err(division_by_zero(vm));
        }
        return from_big(vm, &divide_nearest(&(BigInt::from(this.total()) * n), &d));
    }
    Ok(Value::not_implemented())
}

#[cold]
fn division_by_zero(vm: &Vm) -> Raised {
    vm.zero_division_error("division by zero")
}

/// Quotient and remainder, rounded down.
fn floor_division(vm: &Vm, a: &Delta, b: &Delta) -> PyResult<(i128, i128)> {
    let (a, b) = (a.total(), b.total());
    if b == 0 {
        return Err(division_by_zero(vm));
    }
    let (mut quotient, mut rest) = (a / b, a % b);
    if rest != 0 && (rest < 0) != (b < 0) {
        quotient -= 1;
        rest += b;
    }
    Ok((quotient, rest))
}

/// The constructor's arguments that rebuild a value, as `repr` writes them.
fn arguments(this: &Delta) -> String {
    let named = [("days", this.days), ("seconds", this.seconds), ("microseconds", this.micros)];
    let given: Vec<String> =
        named.iter().filter(|(_, n)| *n != 0).map(|(name, n)| format!("{name}={n}")).collect();
    if given.is_empty() { "0".to_owned() } else { given.join(", ") }
}

#[pymethods]
impl Delta {
    #[pynew(sig = "(*args, **kwargs)")]
    fn new(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        let given: [Option<Value>; 7] = bind(vm, args, &NEW)?;
        let mut sum = Sum { whole: 0, rest: 0.0 };
        for (i, factor) in UNITS {
            if let Some(value) = given[i] {
                sum.add(vm, NEW.names[i], value, factor)?;
            }
        }
        Ok(vm.new_native(cls, parts(vm, sum.total())?).value())
    }

    #[pyattr]
    fn resolution(vm: &Vm) -> PyResult {
        from_micros(vm, 1)
    }
    #[pyattr]
    fn min(vm: &Vm) -> PyResult {
        from_micros(vm, -(MAX_DAYS as i128) * DAY)
    }
    #[pyattr]
    fn max(vm: &Vm) -> PyResult {
        from_micros(vm, (MAX_DAYS as i128 + 1) * DAY - 1)
    }

    /// Number of days.
    #[pygetset]
    fn days(&self) -> i32 {
        self.days
    }
    /// Number of seconds (>= 0 and less than 1 day).
    #[pygetset]
    fn seconds(&self) -> i32 {
        self.seconds
    }
    /// Number of microseconds (>= 0 and less than 1 second).
    #[pygetset]
    fn microseconds(&self) -> i32 {
        self.micros
    }

    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<Native<Delta>>, vm: &Vm) -> String {
        format!("{}({})", super::class_name(vm, this.value()), arguments(&this))
    }

    #[pymethod(name = "__str__")]
    fn str_(&self) -> String {
        let (hours, minutes, seconds) = (self.seconds / 3600, self.seconds / 60 % 60, self.seconds % 60);
        let mut text = String::new();
        if self.days != 0 {
            let s = if self.days.abs() == 1 { "" } else { "s" };
            text = format!("{} day{s}, ", self.days);
        }
        text += &format!("{hours}:{minutes:02}:{seconds:02}");
        if self.micros != 0 {
            text += &format!(".{:06}", self.micros);
        }
        text
    }

    #[pymethod(name = "__hash__")]
    fn hash(&self, vm: &Vm) -> PyResult<i64> {
        let parts = [self.days, self.seconds, self.micros].map(|n| vm.new_int(n as i64));
        Ok(vm.hash(vm.new_tuple(&parts))? as i64)
    }

    /// Total seconds in the duration.
    #[pymethod]
    fn total_seconds(&self, vm: &Vm) -> PyResult {
        vm.binary_op(BinaryOp::TrueDiv, int_value(vm, self.total()), vm.new_int(SECOND as i64), false)
    }

    /// __reduce__() -> (cls, state)
    #[pymethod(name = "__reduce__")]
    fn reduce(this: Gc<Native<Delta>>, vm: &Vm) -> PyResult {
        let state = [this.days, this.seconds, this.micros].map(|n| vm.new_int(n as i64));
        let state = vm.new_tuple(&state);
        Ok(vm.new_tuple(&[vm.type_of(this.value()).value(), state]))
    }

    #[pycompare]
    fn compare(this: Gc<Native<Delta>>, op: CompareOp, other: Value) -> Value {
        match as_delta(other) {
            Some(other) => Value::bool(op.holds(this.total().cmp(&other.total()))),
            None => Value::not_implemented(),
        }
    }

    #[pymethod(name = "__add__")]
    fn add(&self, vm: &Vm, other: Value) -> PyResult {
        match as_delta(other) {
            Some(other) => from_micros(vm, self.total() + other.total()),
            None => Ok(Value::not_implemented()),
        }
    }
    #[pymethod(name = "__radd__")]
    fn radd(&self, vm: &Vm, other: Value) -> PyResult {
        self.add(vm, other)
    }
    #[pymethod(name = "__sub__")]
    fn sub(&self, vm: &Vm, other: Value) -> PyResult {
        match as_delta(other) {
            Some(other) => from_micros(vm, self.total() - other.total()),
            None => Ok(Value::not_implemented()),
        }
    }
    #[pymethod(name = "__rsub__")]
    fn rsub(&self, vm: &Vm, other: Value) -> PyResult {
        match as_delta(other) {
            Some(other) => from_micros(vm, other.total() - self.total()),
            None => Ok(Value::not_implemented()),
        }
    }
    #[pymethod(name = "__mul__")]
    fn mul(&self, vm: &Vm, other: Value) -> PyResult {
        multiplied(vm, self, other)
    }
    #[pymethod(name = "__rmul__")]
    fn rmul(&self, vm: &Vm, other: Value) -> PyResult {
        multiplied(vm, self, other)
    }

    #[pymethod(name = "__truediv__")]
    fn truediv(&self, vm: &Vm, other: Value) -> PyResult {
        if let Some(other) = as_delta(other) {
            let (a, b) = (int_value(vm, self.total()), int_value(vm, other.total()));
            return vm.binary_op(BinaryOp::TrueDiv, a, b, false);
        }
        if let Some(x) = as_float(other) {
            let (n, d) = ratio_of(vm, other, x)?;
            if n == BigInt::ZERO {
                return Err(division_by_zero(vm));
            }
            return from_big(vm, &divide_nearest(&(BigInt::from(self.total()) * d), &n));
        }
        if let Some(n) = as_int(other) {
            let n = n.to_big();
            if *n == BigInt::ZERO {
                return Err(division_by_zero(vm));
            }
            return from_big(vm, &divide_nearest(&BigInt::from(self.total()), &n));
        }
        Ok(Value::not_implemented())
    }
    #[pymethod(name = "__rtruediv__")]
    fn rtruediv(&self, other: Value) -> Value {
        let _ = other;
        Value::not_implemented()
    }
    #[pymethod(name = "__floordiv__")]
    fn floordiv(&self, vm: &Vm, other: Value) -> PyResult {
        if let Some(other) = as_delta(other) {
            return Ok(int_value(vm, floor_division(vm, self, &other)?.0));
        }
        let Some(n) = as_int(other) else { return Ok(Value::not_implemented()) };
        let quotient = vm.int_op_on(BinaryOp::FloorDiv, &Int::from_i128(self.total()), &n.to_int());
        let quotient = match quotient {
            Ok(quotient) => quotient,
            Err(_) => {
                vm.catch(vm.exceptions.zero_division_error)?;
                return Err(division_by_zero(vm));
            }
        };
        from_big(vm, &vm.index(quotient)?.to_big())
    }
    #[pymethod(name = "__rfloordiv__")]
    fn rfloordiv(&self, other: Value) -> Value {
        let _ = other;
        Value::not_implemented()
    }
    #[pymethod(name = "__mod__")]
    fn modulo(&self, vm: &Vm, other: Value) -> PyResult {
        match as_delta(other) {
            Some(other) => from_micros(vm, floor_division(vm, self, &other)?.1),
            None => Ok(Value::not_implemented()),
        }
    }
    #[pymethod(name = "__rmod__")]
    fn rmod(&self, other: Value) -> Value {
        let _ = other;
        Value::not_implemented()
    }
    #[pymethod(name = "__divmod__")]
    fn divmod(&self, vm: &Vm, other: Value) -> PyResult {
        let Some(other) = as_delta(other) else { return Ok(Value::not_implemented()) };
        let (quotient, rest) = floor_division(vm, self, &other)?;
        let rest = from_micros(vm, rest)?;
        Ok(vm.new_tuple(&[int_value(vm, quotient), rest]))
    }
    #[pymethod(name = "__rdivmod__")]
    fn rdivmod(&self, other: Value) -> Value {
        let _ = other;
        Value::not_implemented()
    }
    #[pymethod(name = "__neg__")]
    fn neg(&self, vm: &Vm) -> PyResult {
        from_micros(vm, -self.total())
    }
    #[pymethod(name = "__pos__")]
    fn pos(&self, vm: &Vm) -> PyResult {
        from_micros(vm, self.total())
    }
    #[pymethod(name = "__abs__")]
    fn abs(&self, vm: &Vm) -> PyResult {
        from_micros(vm, self.total().abs())
    }
    #[pymethod(name = "__bool__")]
    fn bool_(&self) -> bool {
        !self.is_zero()
    }
}
