//! Conversions between Python values and the Rust types of native functions' parameters and results.

use super::args::ArgRef;
use crate::object::header::{Gc, HeapObject, Kind};
use crate::object::int;
use crate::object::str::Str;
use crate::object::tuple::Tuple;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use adder_numeric::Int;
use num_bigint::BigInt;

/// A Rust parameter type.
///
/// `at` names the parameter in errors. Conversion may run Python code (`__index__`, `__float__`, `__bool__`).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a parameter of a native function",
    label = "not convertible from a Python value",
    note = "use `Value` and convert in the function, or implement `FromArg`"
)]
pub trait FromArg: Sized {
    fn from_arg(vm: &Vm, value: Value, at: ArgRef) -> PyResult<Self>;
}

/// An optional parameter whose default is not None: None is an argument like any other.
#[inline(always)]
pub fn optional<T: FromArg>(vm: &Vm, value: Option<Value>, at: ArgRef) -> PyResult<Option<T>> {
    match value {
        None => Ok(None),
        Some(value) => T::from_arg(vm, value, at).map(Some),
    }
}

/// An optional parameter whose default is None.
#[inline(always)]
pub fn optional_or_none<T: FromArg>(vm: &Vm, value: Option<Value>, at: ArgRef) -> PyResult<Option<T>> {
    match value {
        None => Ok(None),
        Some(value) => or_none(vm, value, at),
    }
}

/// A `T` or None.
#[inline(always)]
pub fn or_none<T: FromArg>(vm: &Vm, value: Value, at: ArgRef) -> PyResult<Option<T>> {
    if value == Value::none() { Ok(None) } else { T::from_arg(vm, value, at).map(Some) }
}

/// Documents a parameter that gets called; anything is accepted until then.
pub type Callable = Value;

impl FromArg for Value {
    #[inline(always)]
    fn from_arg(_: &Vm, value: Value, _: ArgRef) -> PyResult<Value> {
        Ok(value)
    }
}

/// Truth value.
impl FromArg for bool {
    #[inline]
    fn from_arg(vm: &Vm, value: Value, _: ArgRef) -> PyResult<bool> {
        vm.truthy(value)
    }
}

impl FromArg for f64 {
    #[inline(always)]
    fn from_arg(vm: &Vm, value: Value, _: ArgRef) -> PyResult<f64> {
        match value.as_float() {
            Some(x) => Ok(x),
            None => vm.to_f64(value),
        }
    }
}

/// An `int` of any size, through `__index__`.
impl FromArg for BigInt {
    fn from_arg(vm: &Vm, value: Value, _: ArgRef) -> PyResult<BigInt> {
        Ok(vm.index(value)?.to_big().into_owned())
    }
}

/// An `int` of any size, through `__index__`.
impl FromArg for Int {
    fn from_arg(vm: &Vm, value: Value, _: ArgRef) -> PyResult<Int> {
        Ok(vm.index(value)?.to_int())
    }
}

/// Objects of one memory layout: instances of Python subclasses included.
impl<T: HeapObject> FromArg for Gc<T> {
    #[inline(always)]
    fn from_arg(vm: &Vm, value: Value, at: ArgRef) -> PyResult<Gc<T>> {
        match value.downcast() {
            Some(object) => Ok(object),
            None => Err(at.must_be(vm, T::python_name(), value)),
        }
    }
}

/// Text without lone surrogates.
impl FromArg for String {
    fn from_arg(vm: &Vm, value: Value, at: ArgRef) -> PyResult<String> {
        let text = Gc::<Str>::from_arg(vm, value, at)?;
        match text.to_utf8() {
            Some(text) => Ok(text.into_owned()),
            None => Err(vm.surrogates_not_allowed(text)),
        }
    }
}

pub use crate::buffer::{BytesLike, WritableBuffer};

/// What a fixed-size integer says about values it cannot hold.
struct Limits {
    name: &'static str,
    unsigned: bool,
}

#[cold]
fn out_of_range(vm: &Vm, n: &Int, limits: &Limits) -> Raised {
    match limits {
        Limits { name, unsigned: false } => {
            vm.overflow_error(format!("Python int too large to convert to C {name}"))
        }
        Limits { unsigned: true, .. } if n.is_negative() => vm.value_error("Cannot convert negative int"),
        Limits { name, .. } => vm.overflow_error(format!("Python int too large for C {name}")),
    }
}

macro_rules! integers {
    ($($ty:ty: $name:literal, $unsigned:literal;)*) => {
        $(impl FromArg for $ty {
            #[inline]
            fn from_arg(vm: &Vm, value: Value, _: ArgRef) -> PyResult<$ty> {
                if let Some(Ok(i)) = value.as_small_int().map(<$ty>::try_from) {
                    return Ok(i);
                }
                const LIMITS: &Limits = &Limits { name: $name, unsigned: $unsigned };
                let n = vm.index(value)?;
                let fits = match n.to_i64() {
                    Some(i) => <$ty>::try_from(i).ok(),
                    // Only u64 and usize hold anything beyond an i64.
                    None => n.to_u64().and_then(|u| <$ty>::try_from(u).ok()),
                };
                fits.ok_or_else(|| out_of_range(vm, &n, LIMITS))
            }
        })*
    };
}

integers! {
    i32: "int", false;
    i64: "long", false;
    isize: "ssize_t", false;
    u16: "unsigned short", true;
    u32: "unsigned int", true;
    u64: "unsigned long", true;
    usize: "size_t", true;
}

/// C narrows these from a `long`, with messages of their own.
macro_rules! narrow_integers {
    ($($ty:ty: $name:literal;)*) => {
        $(impl FromArg for $ty {
            fn from_arg(vm: &Vm, value: Value, at: ArgRef) -> PyResult<$ty> {
                let i = i64::from_arg(vm, value, at)?;
                <$ty>::try_from(i).map_err(|_| {
                    let side = if i < 0 { "less than minimum" } else { "greater than maximum" };
                    vm.overflow_error(format!(concat!($name, " is {}"), side))
                })
            }
        })*
    };
}

narrow_integers! {
    u8: "unsigned byte integer";
    i16: "signed short integer";
}

/// What a native function may return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a native function",
    label = "not convertible to a Python value"
)]
pub trait IntoResult {
    fn into_result(self, vm: &Vm) -> PyResult;
}

impl IntoResult for Value {
    #[inline(always)]
    fn into_result(self, _: &Vm) -> PyResult {
        Ok(self)
    }
}

impl<T: IntoResult> IntoResult for PyResult<T> {
    #[inline(always)]
    fn into_result(self, vm: &Vm) -> PyResult {
        self.and_then(|value| value.into_result(vm))
    }
}

impl<T: IntoResult> IntoResult for Option<T> {
    #[inline(always)]
    fn into_result(self, vm: &Vm) -> PyResult {
        match self {
            Some(value) => value.into_result(vm),
            None => Ok(Value::none()),
        }
    }
}

impl IntoResult for () {
    #[inline(always)]
    fn into_result(self, _: &Vm) -> PyResult {
        Ok(Value::none())
    }
}

impl IntoResult for bool {
    #[inline(always)]
    fn into_result(self, _: &Vm) -> PyResult {
        Ok(Value::bool(self))
    }
}

impl IntoResult for f64 {
    #[inline(always)]
    fn into_result(self, _: &Vm) -> PyResult {
        Ok(Value::float(self))
    }
}

impl<T> IntoResult for Gc<T> {
    #[inline(always)]
    fn into_result(self, _: &Vm) -> PyResult {
        Ok(self.value())
    }
}

impl IntoResult for &str {
    fn into_result(self, vm: &Vm) -> PyResult {
        Ok(vm.new_str(self))
    }
}

impl IntoResult for String {
    fn into_result(self, vm: &Vm) -> PyResult {
        Ok(vm.new_str(&self))
    }
}

impl IntoResult for BigInt {
    fn into_result(self, vm: &Vm) -> PyResult {
        Ok(int::from_bigint(&vm.heap, self))
    }
}

impl IntoResult for Int {
    fn into_result(self, vm: &Vm) -> PyResult {
        Ok(int::from_int(&vm.heap, self))
    }
}

macro_rules! integer_results {
    ($($small:ty)*; $($large:ty)*) => {
        $(impl IntoResult for $small {
            #[inline(always)]
            fn into_result(self, vm: &Vm) -> PyResult {
                Ok(int::from_i64(&vm.heap, self as i64))
            }
        })*
        $(impl IntoResult for $large {
            fn into_result(self, vm: &Vm) -> PyResult {
                Ok(match i64::try_from(self) {
                    Ok(i) => int::from_i64(&vm.heap, i),
                    Err(_) => int::from_bigint(&vm.heap, BigInt::from(self)),
                })
            }
        })*
    };
}
integer_results!(i8 i16 i32 i64 isize u8 u16 u32; u64 usize i128 u128);

macro_rules! tuple_results {
    ($(($($name:ident)+))*) => {
        $(impl<$($name: IntoResult),+> IntoResult for ($($name,)+) {
            fn into_result(self, vm: &Vm) -> PyResult {
                #[allow(non_snake_case, reason = "values named like their types")]
                let ($($name,)+) = self;
                // Values converted first stay alive: they are in locals.
                $(#[allow(non_snake_case, reason = "as above")] let $name = $name.into_result(vm)?;)+
                Ok(Tuple::new(&vm.heap, &[$($name),+]).value())
            }
        })*
    };
}
tuple_results! { (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) }

/// Python's name for objects of a layout, in "must be str, not int".
pub fn layout_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "bool",
        Kind::Type => "type",
        Kind::Int64 | Kind::Int128 | Kind::BigInt => "int",
        Kind::FloatObject => "float",
        Kind::Complex => "complex",
        Kind::Str => "str",
        Kind::Bytes => "bytes",
        Kind::ByteArray => "bytearray",
        Kind::List => "list",
        Kind::Tuple => "tuple",
        Kind::Dict => "dict",
        Kind::Set => "set",
        Kind::Range => "range",
        Kind::Slice => "slice",
        Kind::Function => "function",
        Kind::BoundMethod => "method",
        Kind::NativeFunction => "builtin_function_or_method",
        Kind::Code => "code",
        Kind::Cell => "cell",
        Kind::Frame => "frame",
        Kind::Traceback => "traceback",
        Kind::Generator => "generator",
        Kind::Module => "module",
        Kind::Exception => "BaseException",
        Kind::WeakRef => "weakref",
        _ => "object",
    }
}

impl Vm {
    /// The UTF-8 text of a string; UnicodeEncodeError when it has lone surrogates.
    pub fn utf8_text(&self, text: Gc<Str>) -> PyResult<String> {
        match text.to_utf8() {
            Some(text) => Ok(text.into_owned()),
            None => Err(self.surrogates_not_allowed(text)),
        }
    }

    /// The error of encoding text with lone surrogates as UTF-8.
    #[cold]
    pub fn surrogates_not_allowed(&self, text: Gc<Str>) -> Raised {
        let surrogate = |c: &u32| (0xD800..0xE000).contains(c);
        let start = text.chars().take_while(|c| !surrogate(c)).count();
        let end = start + text.chars().skip(start).take_while(surrogate).count();
        let (start, end) = (self.new_int(start as i64), self.new_int(end as i64));
        let args = [self.new_str("utf-8"), text.value(), start, end, self.new_str("surrogates not allowed")];
        self.raise_class(self.exceptions.unicode_encode_error, &args)
    }
}
