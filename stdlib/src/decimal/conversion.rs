//! Decimals from Python objects, and Python objects from decimals.

use super::context::ContextRef;
use super::number::{as_decimal, from_int, int_of, not_convertible};
use adder_decimal::binary::{from_biguint, to_biguint};
use adder_decimal::limbs::BASE;
use adder_decimal::text::{Notation, parse, to_text};
use adder_decimal::{Coeff, CoeffRef, Context, Decimal, Kind, Num, Rounding, Status};
use adder_interp::object::float::as_float;
use adder_interp::object::list::List;
use adder_interp::object::str::Str;
use adder_interp::object::tuple::Tuple;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_numeric::Int;
use num_bigint::{BigInt, BigUint};
use std::borrow::Cow;

/// What of a text may be a number: ASCII digits for all decimal digits. Unless `strict`, white space around and underscores
/// are dropped.
fn ascii_number(text: &Str, strict: bool) -> Option<Cow<'_, [u8]>> {
    if let Some(ascii) = text.as_ascii() {
        if strict {
            return Some(Cow::Borrowed(ascii.as_bytes()));
        }
        // Python's white space: that of Unicode, of which ASCII has also the separators 0x1C to 0x1F.
        let trimmed = ascii.trim_matches(|c: char| matches!(c, '\t'..='\r' | '\x1c'..=' '));
        if !trimmed.contains('_') {
            return Some(Cow::Borrowed(trimmed.as_bytes()));
        }
        return Some(Cow::Owned(trimmed.bytes().filter(|&c| c != b'_').collect()));
    }
    let points: Vec<u32> = text.chars().collect();
    let mut rest = &points[..];
    if !strict {
        while let [c, tail @ ..] = rest
            && adder_text::ucd::is_space(*c)
        {
            rest = tail;
        }
        while let [head @ .., c] = rest
            && adder_text::ucd::is_space(*c)
        {
            rest = head;
        }
    }
    let mut out = Vec::with_capacity(rest.len());
    for &c in rest {
        match c {
            0x5F if !strict => {}
            0x21..0x7F => out.push(c as u8),
            _ => out.push(b'0' + adder_text::ucd::decimal(c)?),
        }
    }
    Some(Cow::Owned(out))
}

fn parse_str(text: &Str, strict: bool) -> Option<Decimal> {
    parse(&ascii_number(text, strict)?)
}

/// `Decimal(value)`: exactly.
pub fn exact(vm: &Vm, value: Value, context: ContextRef) -> PyResult<Decimal> {
    if let Some(text) = value.downcast::<Str>() {
        let parsed = parse_str(&text, false);
        return context.run_exactly(vm, |status| Context::convert_exactly(parsed, status));
    }
    if let Some(x) = as_decimal(value) {
        return Ok(x.num().to_decimal());
    }
    if let Some(i) = int_of(value) {
        return context.run_exactly(vm, |status| Context::convert_exactly(Some(from_int(&i)), status));
    }
    if let Some(items) = sequence(value) {
        let parsed = from_tuple(vm, items)?;
        return context.run_exactly(vm, |status| Context::convert_exactly(Some(parsed), status));
    }
    if let Some(x) = as_float(value) {
        context.note(vm, Status::FLOAT_OPERATION)?;
        return Ok(from_f64(x));
    }
    Err(not_convertible(vm, value))
}

/// `context.create_decimal(value)`: rounded.
pub fn rounded(vm: &Vm, value: Value, context: ContextRef) -> PyResult<Decimal> {
    if let Some(text) = value.downcast::<Str>() {
        let parsed = parse_str(&text, true);
        return context.run(vm, |c, status| c.convert(parsed, status));
    }
    let exact = if let Some(x) = as_decimal(value) {
        x.num().to_decimal()
    } else if let Some(i) = int_of(value) {
        from_int(&i)
    } else if let Some(items) = sequence(value) {
        from_tuple(vm, items)?
    } else if let Some(x) = as_float(value) {
        context.note(vm, Status::FLOAT_OPERATION)?;
        from_f64(x)
    } else {
        return Err(not_convertible(vm, value));
    };
    context.run(vm, |c, status| c.convert(Some(exact), status))
}

fn sequence(value: Value) -> Option<Value> {
    (value.is::<Tuple>() || value.is::<List>()).then_some(value)
}

/// From sign, digits and exponent.
fn from_tuple(vm: &Vm, value: Value) -> PyResult<Decimal> {
    let parts = vm.collect(value)?;
    let [sign, digits, exponent] = parts[..] else {
        return Err(vm.value_error("argument must be a sequence of length 3"));
    };
    let negative = match int_of(sign).and_then(|n| n.to_i64()) {
        Some(n @ (0 | 1)) => n == 1,
        _ => return Err(vm.value_error("sign must be an integer with the value 0 or 1")),
    };
    let (kind, exp) = if let Some(text) = exponent.downcast::<Str>() {
        match text.as_ascii() {
            Some("F") => (Kind::Infinite, 0),
            Some("n") => (Kind::Quiet, 0),
            Some("N") => (Kind::Signaling, 0),
            _ => {
                return Err(vm.value_error("string argument in the third position must be 'F', 'n' or 'N'"));
            }
        }
    } else if int_of(exponent).is_some() {
        let exp = int_of(exponent)
            .and_then(|n| n.to_i64())
            .ok_or_else(|| vm.overflow_error("Python int too large to convert to C ssize_t"))?;
        // Outside all contexts, but far from where sums overflow.
        (Kind::Finite, exp.clamp(-(1 << 62), 1 << 62))
    } else {
        return Err(vm.value_error("exponent must be an integer"));
    };
    if kind == Kind::Infinite {
        return Ok(Decimal::infinity(negative));
    }
    let no_digits = || vm.value_error("coefficient must be a tuple of digits");
    if sequence(digits).is_none() {
        return Err(no_digits());
    }
    let mut text = Vec::new();
    vm.for_each(digits, |digit| {
        let digit = int_of(digit).and_then(|n| n.to_i64()).filter(|d| (0..10).contains(d));
        text.push(b'0' + digit.ok_or_else(no_digits)? as u8);
        Ok(())
    })?;
    Ok(Decimal { negative, kind, exp, coeff: Coeff::from_digits(&text) })
}

/// A double, exactly.
pub fn from_f64(x: f64) -> Decimal {
    let negative = x.is_sign_negative();
    if x.is_nan() {
        return Decimal { negative, ..Decimal::nan() };
    }
    if x.is_infinite() {
        return Decimal::infinity(negative);
    }
    if x == 0.0 {
        return Decimal::zero(negative, 0);
    }
    let bits = x.to_bits();
    let (fraction, biased) = (bits & ((1 << 52) - 1), (bits >> 52 & 0x7FF) as i64);
    let (mantissa, exponent) =
        if biased == 0 { (fraction, -1074) } else { (fraction | 1 << 52, biased - 1075) };
    let zeros = mantissa.trailing_zeros();
    let (mantissa, exponent) = (mantissa >> zeros, exponent + zeros as i64);
    let n = BigUint::from(mantissa);
    if exponent >= 0 {
        return Decimal::finite(negative, 0, from_biguint(&(n << exponent as u64)));
    }
    let n = n * BigUint::from(5u32).pow(-exponent as u32);
    Decimal::finite(negative, exponent, from_biguint(&n))
}

/// The argument of `from_float`: a float or an int.
pub fn float_argument(vm: &Vm, value: Value) -> PyResult<Decimal> {
    if let Some(i) = int_of(value) {
        return Ok(from_int(&i));
    }
    match as_float(value) {
        Some(x) => Ok(from_f64(x)),
        None => Err(vm.type_error("argument must be int or float")),
    }
}

/// The text of a decimal.
pub fn text(x: Num<'_>, capitals: bool) -> String {
    to_text(x, Notation::Scientific, capitals)
}

#[cold]
fn not_an_int(vm: &Vm, x: Num<'_>, what: &str) -> Raised {
    if x.is_nan() {
        vm.value_error(format!("cannot convert NaN to {what}"))
    } else {
        vm.overflow_error(format!("cannot convert Infinity to {what}"))
    }
}

fn signed(negative: bool, magnitude: BigUint) -> Int {
    Int::from_magnitude(negative, magnitude)
}

/// The integer next to a number in the sense of a rounding mode.
pub fn to_int(vm: &Vm, x: Num<'_>, rounding: Rounding) -> PyResult {
    if !x.is_finite() {
        return Err(not_an_int(vm, x, "integer"));
    }
    if x.exp == 0
        && let CoeffRef::Small(c) = x.coeff
        && let Ok(c) = i64::try_from(c)
    {
        return Ok(vm.new_int(if x.negative { -c } else { c }));
    }
    let mut status = Status::empty();
    let context = Context::MAX.with_rounding(rounding);
    let whole = context.to_integral(x, &mut status);
    if !adder_decimal::text::computable(whole.exp, &mut status) {
        return Err(vm.raise_class(vm.exceptions.memory_error, &[]));
    }
    let coeff = whole.coeff.as_ref().shift_left(whole.exp as usize);
    Ok(adder_interp::object::int::from_int(&vm.heap, signed(x.negative, to_biguint(coeff.as_ref()))))
}

/// The nearest double.
pub fn to_f64(vm: &Vm, x: Num<'_>) -> PyResult<f64> {
    let sign = if x.negative { -1.0 } else { 1.0 };
    match x.kind {
        Kind::Signaling => Err(vm.value_error("cannot convert signaling NaN to float")),
        Kind::Quiet => Ok(f64::NAN.copysign(sign)),
        Kind::Infinite => Ok(f64::INFINITY * sign),
        Kind::Finite => {
            if let CoeffRef::Small(c) = x.coeff
                && c < 1 << 53
                && (-22..=22).contains(&x.exp)
            {
                // Both are exact, and the operation is rounded once.
                let power = 10f64.powi(x.exp.unsigned_abs() as i32);
                let c = c as f64;
                return Ok(sign * if x.exp < 0 { c / power } else { c * power });
            }
            let mut digits = String::new();
            x.coeff.push_digits(&mut digits);
            let magnitude: f64 = format!("{digits}e{}", x.exp).parse().expect("a number was written");
            Ok(sign * magnitude)
        }
    }
}

/// Numerator and denominator in lowest terms.
pub fn ratio(vm: &Vm, x: Num<'_>) -> PyResult<(Value, Value)> {
    if !x.is_finite() {
        return Err(not_an_int(vm, x, "integer ratio"));
    }
    let int = |n: Int| adder_interp::object::int::from_int(&vm.heap, n);
    let mut status = Status::empty();
    if !adder_decimal::text::computable(x.exp.abs(), &mut status) {
        return Err(vm.raise_class(vm.exceptions.memory_error, &[]));
    }
    if x.is_zero() || x.exp >= 0 {
        let coeff = if x.is_zero() { Coeff::ZERO } else { x.coeff.shift_left(x.exp as usize) };
        return Ok((int(signed(x.negative, to_biguint(coeff.as_ref()))), vm.new_int(1)));
    }
    let zeros = x.coeff.trailing_zeros().min(-x.exp);
    let mut n = to_biguint(x.coeff.shift_right(zeros as usize).0.as_ref());
    // What is left over has a common divisor with 10^k that is a power of 2 or of 5.
    let k = (-x.exp - zeros) as u64;
    let twos = n.trailing_zeros().unwrap_or(0).min(k);
    n >>= twos;
    let mut fives = 0;
    let five = BigUint::from(5u32);
    while fives < k && twos == 0 {
        let (q, r) = (&n / &five, &n % &five);
        if r != BigUint::ZERO {
            break;
        }
        (n, fives) = (q, fives + 1);
    }
    let denominator = five.pow((k - fives) as u32) << (k - twos);
    let numerator = int(signed(x.negative, n));
    Ok((numerator, int(Int::from_big(BigInt::from(denominator)))))
}

/// The class of what `as_tuple` returns.
pub fn tuple_class(vm: &Vm) -> PyResult {
    vm.registered("decimal.DecimalTuple", |vm| {
        let collections = vm.import_absolute(vm.intern("collections"))?;
        let namedtuple = vm.getattr_str(collections, "namedtuple")?;
        let class = vm.call(namedtuple, &[vm.new_str("DecimalTuple"), vm.new_str("sign digits exponent")])?;
        vm.setattr(class, vm.names.__module__, Some(vm.intern("decimal").value()))?;
        Ok(class)
    })
}

/// Sign, digits and exponent.
pub fn to_tuple(vm: &Vm, x: Num<'_>) -> PyResult {
    let mut text = String::new();
    if x.is_infinite() || !x.is_nan() || !x.coeff.is_zero() {
        x.coeff.push_digits(&mut text);
    }
    let digits = Tuple::from_fn(&vm.heap, text.len(), |i| vm.new_int((text.as_bytes()[i] - b'0') as i64));
    let exponent = match x.kind {
        Kind::Finite => vm.new_int(x.exp),
        Kind::Infinite => vm.new_str("F"),
        Kind::Quiet => vm.new_str("n"),
        Kind::Signaling => vm.new_str("N"),
    };
    vm.call(tuple_class(vm)?, &[vm.new_int(x.negative as i64), digits.value(), exponent])
}

/// The prime by which numbers hash.
const HASH_MODULUS: u64 = (1 << 61) - 1;

fn mul_mod(a: u64, b: u64) -> u64 {
    (a as u128 * b as u128 % HASH_MODULUS as u128) as u64
}

fn pow_mod(mut base: u64, mut exponent: u64) -> u64 {
    let mut out = 1;
    while exponent > 0 {
        if exponent & 1 == 1 {
            out = mul_mod(out, base);
        }
        base = mul_mod(base, base);
        exponent >>= 1;
    }
    out
}

/// The hash of a number, equal to those of equal ints, floats and fractions; `None` for NaNs.
pub fn hash(x: Num<'_>) -> Option<i64> {
    let magnitude = match x.kind {
        Kind::Infinite => 314_159,
        Kind::Quiet | Kind::Signaling => return None,
        Kind::Finite => {
            let coeff = match x.coeff {
                CoeffRef::Small(c) => (c % HASH_MODULUS as u128) as u64,
                CoeffRef::Big(limbs) => limbs.iter().rev().fold(0, |n, &limb| {
                    ((n as u128 * BASE as u128 + limb as u128) % HASH_MODULUS as u128) as u64
                }),
            };
            // The inverse of 10 is 10^(p - 2).
            let base = if x.exp >= 0 { 10 } else { pow_mod(10, HASH_MODULUS - 2) };
            mul_mod(coeff, pow_mod(base, x.exp.unsigned_abs()))
        }
    };
    let hash = if x.negative { -(magnitude as i64) } else { magnitude as i64 };
    Some(if hash == -1 { -2 } else { hash })
}
