//! `UnicodeEncodeError`, `UnicodeDecodeError` and `UnicodeTranslateError`: making them, and reading what handlers get.
//!
//! The members of these exceptions are, in order, [`member`]: encoding, object, start, end, reason.

use crate::object::bytes::Bytes;
use crate::object::exception::Exception;
use crate::object::header::Gc;
use crate::object::int::as_int;
use crate::object::str::Str;
use crate::object::typeobj::Type;
use crate::value::{PyResult, Value};
use crate::vm::Vm;

/// Indices of the members.
pub mod member {
    pub const ENCODING: usize = 0;
    pub const OBJECT: usize = 1;
    pub const START: usize = 2;
    pub const END: usize = 3;
    pub const REASON: usize = 4;
}

/// What kind of Unicode exception it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    Encode,
    Decode,
    Translate,
}

/// The fields of a Unicode exception.
#[derive(Clone, Copy)]
pub struct Fields<'a> {
    pub encoding: &'a str,
    pub object: Value,
    pub start: usize,
    pub end: usize,
    pub reason: &'a str,
}

/// A `UnicodeEncodeError` or `UnicodeDecodeError`.
pub fn make(vm: &Vm, direction: Direction, fields: Fields<'_>) -> Gc<Exception> {
    let class = match direction {
        Direction::Encode => vm.exceptions.unicode_encode_error,
        Direction::Decode => vm.exceptions.unicode_decode_error,
        Direction::Translate => vm.exceptions.unicode_translate_error,
    };
    let (encoding, reason) = (vm.intern(fields.encoding).value(), vm.intern(fields.reason).value());
    let (start, end) = (vm.new_int(fields.start as i64), vm.new_int(fields.end as i64));
    let all = [encoding, fields.object, start, end, reason];
    let args = if direction == Direction::Translate { &all[1..] } else { &all[..] };
    let exception = vm.new_exception(class, args);
    for (i, &v) in all.iter().enumerate() {
        let absent = direction == Direction::Translate && i == member::ENCODING;
        exception.set_member(&vm.heap, i, (!absent).then_some(v));
    }
    exception
}

/// Moves an exception that is used again to another place.
pub fn update(vm: &Vm, exception: Gc<Exception>, start: usize, end: usize, reason: &str) {
    let fields = [
        (member::START, vm.new_int(start as i64)),
        (member::END, vm.new_int(end as i64)),
        (member::REASON, vm.intern(reason).value()),
    ];
    for (index, value) in fields {
        exception.set_member(&vm.heap, index, Some(value));
    }
}

/// The direction of a Unicode exception; `None` for other objects.
pub fn direction(vm: &Vm, exception: Value) -> Option<Direction> {
    let class = vm.type_of(exception);
    let is = |other: Gc<Type>| class.is_subtype(other);
    if is(vm.exceptions.unicode_encode_error) {
        Some(Direction::Encode)
    } else if is(vm.exceptions.unicode_decode_error) {
        Some(Direction::Decode)
    } else if is(vm.exceptions.unicode_translate_error) {
        Some(Direction::Translate)
    } else {
        None
    }
}

/// What a handler is told: the object and the range in it, clipped to its length.
pub struct Problem {
    pub encoding: String,
    pub object: Value,
    pub start: usize,
    pub end: usize,
}

/// Reads a Unicode exception, whose members Python code may have set to anything.
pub fn read(vm: &Vm, exception: Gc<Exception>, direction: Direction) -> PyResult<Problem> {
    let unset = |name: &str| vm.type_error(format!("UnicodeError '{name}' attribute is not set"));
    let object = exception.member(member::OBJECT).ok_or_else(|| unset("object"))?;
    let len = match (direction, object.downcast::<Str>(), object.downcast::<Bytes>()) {
        (Direction::Decode, _, Some(bytes)) => bytes.len(),
        (Direction::Decode, ..) => {
            return Err(vm.type_error("UnicodeError 'object' attribute must be a bytes"));
        }
        (_, Some(text), _) => text.len(),
        _ => return Err(vm.type_error("UnicodeError 'object' attribute must be a string")),
    };
    let number = |index| exception.member(index).and_then(as_int).and_then(|i| i.to_i64()).unwrap_or(0);
    let start = number(member::START).clamp(0, len.saturating_sub(1) as i64) as usize;
    let end = number(member::END).clamp((len > 0) as i64, len as i64) as usize;
    let encoding = exception.member(member::ENCODING).and_then(|v| v.downcast::<Str>());
    let encoding = encoding.map_or_else(String::new, |s| s.to_string_lossy().into_owned());
    Ok(Problem { encoding, object, start: start.min(end), end })
}
