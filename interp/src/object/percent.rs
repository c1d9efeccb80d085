//! `%`-formatting of `str` and `bytes`: arguments are fetched and converted here, the format is parsed and numbers are
//! written by `adder_numeric::percent`.

use super::bytes::Bytes;
use super::header::Gc;
use super::int::as_int;
use super::str::Str;
use super::tuple::Tuple;
use crate::native::args::type_name;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use crate::vm::special::Special;
use adder_numeric::Int;
use adder_numeric::format_spec::Sink;
use adder_numeric::percent::{
    Amount, PercentLayout, PercentParser, PercentPiece, PercentSpec, PercentTarget, format_float, format_int,
    is_float_code, is_int_code,
};
use adder_text::units::{StrBuilder, UnitsRef};
use adder_text::with_units;
use std::ops::Range;

/// The values a format draws from.
pub(super) struct Arguments {
    /// The right operand, or what a key found.
    value: Value,
    /// `value` is a tuple of arguments, not an argument.
    spread: bool,
    next: usize,
    /// The right operand, if keys can be looked up in it.
    mapping: Option<Value>,
}

impl Arguments {
    fn new(vm: &Vm, value: Value, target: PercentTarget) -> Arguments {
        let spread = value.is::<Tuple>();
        let text = value.is::<Str>()
            || target == PercentTarget::Bytes
                && (value.is::<Bytes>() || value.is::<super::bytearray::ByteArray>());
        let mapping = !spread && !text && vm.special_of(value, Special::GetItem).is_some();
        Arguments { value, spread, next: 0, mapping: mapping.then_some(value) }
    }

    fn take(&mut self, vm: &Vm) -> PyResult {
        let found = match self.value.downcast::<Tuple>() {
            Some(tuple) if self.spread => tuple.get(self.next).copied(),
            _ => (self.next == 0).then_some(self.value),
        };
        self.next += 1;
        found.ok_or_else(|| vm.type_error("not enough arguments for format string"))
    }

    /// The argument of the next conversions is what the mapping has under `key`.
    fn select(&mut self, vm: &Vm, key: Value) -> PyResult<()> {
        let mapping = self.mapping.expect("the caller has checked that keys can be looked up");
        self.value = vm.getitem(mapping, key)?;
        self.spread = false;
        self.next = 0;
        Ok(())
    }

    fn all_used(&self) -> bool {
        let count = match self.value.downcast::<Tuple>() {
            Some(tuple) if self.spread => tuple.len(),
            _ => 1,
        };
        self.mapping.is_some() || self.next >= count
    }

    /// The integer for a starred width or precision.
    fn take_amount(&mut self, vm: &Vm) -> PyResult<Int> {
        match as_int(self.take(vm)?) {
            Some(i) => Ok(i.to_int()),
            None => Err(vm.type_error("* wants int")),
        }
    }

    /// Width, precision and flags, with the stars filled in.
    fn layout(&mut self, vm: &Vm, spec: &PercentSpec) -> PyResult<PercentLayout> {
        let too_large = |c: &str| Err(vm.overflow_error(format!("Python int too large to convert to C {c}")));
        let width = match spec.width {
            Some(Amount::Star) => match self.take_amount(vm)?.to_i64() {
                Some(n) => Some(n),
                None => return too_large("ssize_t"),
            },
            _ => None,
        };
        let precision = match spec.precision {
            Some(Amount::Star) => match self.take_amount(vm)?.to_i64() {
                Some(n) if i32::try_from(n).is_ok() => Some(n),
                _ => return too_large("int"),
            },
            _ => None,
        };
        Ok(spec.layout(width, precision))
    }
}

/// Lets `adder-numeric` write into a string builder.
pub(super) struct BuilderSink<'a>(pub &'a mut StrBuilder);

impl Sink for BuilderSink<'_> {
    fn push(&mut self, code_point: u32) {
        self.0.push(code_point);
    }
    fn push_str(&mut self, text: &str) {
        self.0.push_str(text);
    }
    fn repeat(&mut self, code_point: u32, count: usize) {
        self.0.push_repeated(code_point, count);
    }
}

/// Units of a format, seen again as text.
trait AsUnits: Copy + Into<u32> {
    fn units(run: &[Self]) -> UnitsRef<'_>;
}
impl AsUnits for u8 {
    fn units(run: &[u8]) -> UnitsRef<'_> {
        UnitsRef::latin1(run)
    }
}
impl AsUnits for u16 {
    fn units(run: &[u16]) -> UnitsRef<'_> {
        UnitsRef::Ucs2(run)
    }
}
impl AsUnits for u32 {
    fn units(run: &[u32]) -> UnitsRef<'_> {
        UnitsRef::Ucs4(run)
    }
}

/// `format % value` for a `str`.
pub fn format_str(vm: &Vm, format: Gc<Str>, value: Value) -> PyResult<Gc<Str>> {
    let mut args = Arguments::new(vm, value, PercentTarget::Str);
    let mut out = StrBuilder::with_capacity(format.len() + 16);
    with_units!(format.as_ref().units(), units => run_str(vm, format, units, &mut args, &mut out))?;
    if !args.all_used() {
        return Err(vm.type_error("not all arguments converted during string formatting"));
    }
    Ok(vm.str_of_buf(out.finish()))
}

fn run_str<C: AsUnits>(
    vm: &Vm,
    format: Gc<Str>,
    units: &[C],
    args: &mut Arguments,
    out: &mut StrBuilder,
) -> PyResult<()> {
    for piece in PercentParser::new(units, PercentTarget::Str) {
        let spec = match piece {
            PercentPiece::Literal(run) => {
                out.push_units(C::units(run));
                continue;
            }
            PercentPiece::Spec(spec) => spec,
        };
        let key = |range: Range<usize>| vm.substring(format, range).value();
        let layout = prepare(vm, &spec, args, key)?;
        let value = args.take(vm)?;
        convert(vm, &spec, &layout, value, out)?;
    }
    Ok(())
}

/// What precedes taking the value, in the order of the errors.
fn prepare(
    vm: &Vm,
    spec: &PercentSpec,
    args: &mut Arguments,
    key: impl FnOnce(Range<usize>) -> Value,
) -> PyResult<PercentLayout> {
    if spec.wants_mapping {
        if args.mapping.is_none() {
            return Err(vm.type_error("format requires a mapping"));
        }
        if let Some(range) = spec.key.clone() {
            args.select(vm, key(range))?;
        }
    }
    let layout = args.layout(vm, spec)?;
    match &spec.error {
        Some(error) => Err(vm.numeric_error(error.clone())),
        None => Ok(layout),
    }
}

fn convert(
    vm: &Vm,
    spec: &PercentSpec,
    layout: &PercentLayout,
    value: Value,
    out: &mut StrBuilder,
) -> PyResult<()> {
    match char::from_u32(spec.code) {
        Some('s') => push_text(vm, layout, vm.str_of(value)?.as_ref().units(), out),
        Some('r') => push_text(vm, layout, vm.repr(value)?.as_ref().units(), out),
        Some('a') => push_text(vm, layout, ascii(vm, value)?.as_ref().units(), out),
        Some('c') => {
            let c = character(vm, value)?;
            let layout = PercentLayout { precision: None, ..*layout };
            push_text(vm, &layout, UnitsRef::Ucs4(&[c]), out)
        }
        _ => push_number(vm, spec, layout, value, PercentTarget::Str, &mut BuilderSink(out)),
    }
}

fn push_text(vm: &Vm, layout: &PercentLayout, text: UnitsRef<'_>, out: &mut StrBuilder) -> PyResult<()> {
    let (take, before, after) = layout.text(text.len()).map_err(|e| vm.numeric_error(e))?;
    out.push_repeated(b' '.into(), before);
    out.push_units(text.slice(0..take));
    out.push_repeated(b' '.into(), after);
    Ok(())
}

fn ascii(vm: &Vm, value: Value) -> PyResult<Gc<Str>> {
    Ok(vm.ascii(value)?.downcast().expect("ascii() gives a str"))
}

/// The character of `%c`.
fn character(vm: &Vm, value: Value) -> PyResult<u32> {
    if let Some(s) = value.downcast::<Str>() {
        return match s.len() {
            1 => Ok(s.char_at(0)),
            n => Err(vm.type_error(format!(
                "%c requires an int or a unicode character, not a string of length {n}"
            ))),
        };
    }
    if !vm.is_index(value) {
        let given = type_name(vm, value);
        return Err(vm.type_error(format!("%c requires an int or a unicode character, not {given}")));
    }
    match vm.index(value)?.to_i64() {
        Some(c @ 0..0x11_0000) => Ok(c as u32),
        _ => Err(vm.overflow_error("%c arg not in range(0x110000)")),
    }
}

/// Numeric conversions; anything else is unknown.
fn push_number<S: Sink>(
    vm: &Vm,
    spec: &PercentSpec,
    layout: &PercentLayout,
    value: Value,
    target: PercentTarget,
    out: &mut S,
) -> PyResult<()> {
    let done = if is_int_code(spec.code) {
        let code = char::from_u32(spec.code).unwrap_or('d');
        format_int(&integer(vm, value, code)?, layout, spec.code, vm.sys_state.int_max_str_digits.get(), out)
    } else if is_float_code(spec.code) {
        let x = match vm.to_f64(value) {
            Err(Raised) if target == PercentTarget::Bytes => {
                vm.catch(vm.exceptions.type_error)?;
                let given = type_name(vm, value);
                return Err(vm.type_error(format!("float argument required, not {given}")));
            }
            x => x?,
        };
        format_float(x, layout, spec.code, out)
    } else {
        Err(spec.unsupported(target))
    };
    done.map_err(|e| vm.numeric_error(e))
}

/// The integer of `%d` and its kin: truncated for the decimal ones, `__index__` for the others.
fn integer(vm: &Vm, value: Value, code: char) -> PyResult<Int> {
    if let Some(i) = as_int(value) {
        return Ok(i.to_int());
    }
    let decimal = matches!(code, 'd' | 'i' | 'u');
    let number = decimal && (value.is_float() || vm.is_number(value)) || vm.is_index(value);
    if number {
        let converted = if decimal { vm.to_integer(value) } else { vm.index(value).map(|i| i.to_int()) };
        match converted {
            Ok(i) => return Ok(i),
            Err(Raised) => drop(vm.catch(vm.exceptions.type_error)?),
        }
    }
    let (what, given) = (if decimal { "a real number" } else { "an integer" }, type_name(vm, value));
    Err(vm.type_error(format!("%{code} format: {what} is required, not {given}")))
}

/// `format % value` for `bytes` and `bytearray`.
pub fn format_bytes(vm: &Vm, format: &[u8], value: Value) -> PyResult<Vec<u8>> {
    let mut args = Arguments::new(vm, value, PercentTarget::Bytes);
    let mut out = Vec::with_capacity(format.len() + 16);
    for piece in PercentParser::new(format, PercentTarget::Bytes) {
        let spec = match piece {
            PercentPiece::Literal(run) => {
                out.extend_from_slice(run);
                continue;
            }
            PercentPiece::Spec(spec) => spec,
        };
        let layout = prepare(vm, &spec, &mut args, |range| vm.new_bytes(&format[range]))?;
        let value = args.take(vm)?;
        match char::from_u32(spec.code) {
            Some('r' | 'a') => {
                let text = ascii(vm, value)?;
                push_bytes(vm, &layout, text.as_ref().unit_bytes(), &mut out)?;
            }
            Some('s' | 'b') => {
                let bytes = bytes_argument(vm, value)?;
                push_bytes(vm, &layout, &bytes, &mut out)?;
            }
            Some('c') => {
                let layout = PercentLayout { precision: None, ..layout };
                push_bytes(vm, &layout, &[byte_argument(vm, value)?], &mut out)?;
            }
            _ => push_number(vm, &spec, &layout, value, PercentTarget::Bytes, &mut out)?,
        }
    }
    if !args.all_used() {
        return Err(vm.type_error("not all arguments converted during bytes formatting"));
    }
    Ok(out)
}

fn push_bytes(vm: &Vm, layout: &PercentLayout, bytes: &[u8], out: &mut Vec<u8>) -> PyResult<()> {
    let (take, before, after) = layout.text(bytes.len()).map_err(|e| vm.numeric_error(e))?;
    out.resize(out.len() + before, b' ');
    out.extend_from_slice(&bytes[..take]);
    out.resize(out.len() + after, b' ');
    Ok(())
}

/// The bytes of `%s`: a bytes-like object's, or what `__bytes__` gives.
fn bytes_argument(vm: &Vm, value: Value) -> PyResult<Vec<u8>> {
    if let Some(bytes) = value.downcast::<Bytes>() {
        return Ok(bytes.to_vec());
    }
    if let Some(bytes) = vm.bytes_by_method(value)? {
        return Ok(bytes.to_vec());
    }
    if crate::buffer::supports(vm, value) {
        return Ok(crate::buffer::Buffer::simple(vm, value)?.to_vec());
    }
    let given = type_name(vm, value);
    Err(vm.type_error(format!(
        "%b requires a bytes-like object, or an object that implements __bytes__, not '{given}'"
    )))
}

/// The byte of `%c`.
fn byte_argument(vm: &Vm, value: Value) -> PyResult<u8> {
    let wrong = |what: &str| {
        Err(vm.type_error(format!("%c requires an integer in range(256) or a single byte, not {what}")))
    };
    if let Some(bytes) = value.downcast::<Bytes>() {
        return match &bytes[..] {
            [byte] => Ok(*byte),
            many => wrong(&format!("a bytes object of length {}", many.len())),
        };
    }
    if let Some(array) = value.downcast::<super::bytearray::ByteArray>() {
        return match array.cells() {
            [byte] => Ok(byte.get()),
            many => wrong(&format!("a bytearray object of length {}", many.len())),
        };
    }
    if !vm.is_index(value) {
        return wrong(&type_name(vm, value));
    }
    match vm.index(value)?.to_i64().map(u8::try_from) {
        Some(Ok(byte)) => Ok(byte),
        _ => Err(vm.overflow_error("%c arg not in range(256)")),
    }
}

impl Vm {
    /// Whether a value counts as a number: it has `__int__`, `__index__` or `__float__`, or is complex.
    fn is_number(&self, v: Value) -> bool {
        [Special::Int, Special::Index, Special::Float].iter().any(|&s| self.special_of(v, s).is_some())
    }

    /// `int(v)` of a number.
    fn to_integer(&self, v: Value) -> PyResult<Int> {
        let result = self.call(self.types.int.value(), &[v])?;
        Ok(as_int(result).expect("int() gives an int").to_int())
    }
}
