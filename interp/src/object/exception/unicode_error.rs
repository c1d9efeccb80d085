//! `UnicodeEncodeError`, `UnicodeDecodeError`, `UnicodeTranslateError`.
//!
//! Members: 0 encoding, 1 object, 2 start, 3 end, 4 reason. Only `str()` clamps the positions to the object.

use super::Exception;
use super::base::init_args;
use super::members::{exception, get, set};
use crate::native::{Args, GetSetDef, TypeDef};
use crate::object::bytearray::ByteArray;
use crate::object::bytes::Bytes;
use crate::object::header::Gc;
use crate::object::str::Str;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use crate::vm::special::Special;
use adder_macros::pymethods;

const ENCODING: usize = 0;
const OBJECT: usize = 1;
const START: usize = 2;
const END: usize = 3;
const REASON: usize = 4;

/// Methods of `UnicodeEncodeError`.
pub struct UnicodeEncodeError;
/// Methods of `UnicodeDecodeError`.
pub struct UnicodeDecodeError;
/// Methods of `UnicodeTranslateError`.
pub struct UnicodeTranslateError;

#[pymethods(name = "UnicodeEncodeError", kind = Exception)]
impl UnicodeEncodeError {
    #[pymethod]
    fn __init__(this: Gc<Exception>, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        init_args(vm, this, args)?;
        let values = counted(vm, args, 5)?;
        string_argument(vm, values, 0)?;
        string_argument(vm, values, 1)?;
        init_rest(vm, this, values, values[1])
    }

    #[pymethod]
    fn __str__(this: Gc<Exception>, vm: &Vm) -> PyResult<String> {
        let Some(object) = this.member(OBJECT).and_then(|v| v.downcast::<Str>()) else {
            return Ok(String::new());
        };
        let (reason, encoding) = (part(vm, this, REASON)?, part(vm, this, ENCODING)?);
        let (start, end) = positions(vm, this)?;
        Ok(match single(start, end, object.len()) {
            Some(at) => format!(
                "'{encoding}' codec can't encode character '{}' in position {start}: {reason}",
                escaped(object.char_at(at))
            ),
            None => {
                format!(
                    "'{encoding}' codec can't encode characters in position {start}-{}: {reason}",
                    end - 1
                )
            }
        })
    }
}

#[pymethods(name = "UnicodeDecodeError", kind = Exception)]
impl UnicodeDecodeError {
    #[pymethod]
    fn __init__(this: Gc<Exception>, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        init_args(vm, this, args)?;
        let values = counted(vm, args, 5)?;
        string_argument(vm, values, 0)?;
        let object = if values[1].is::<Bytes>() {
            values[1]
        } else if values[1].is::<ByteArray>() || vm.special_of(values[1], Special::Buffer).is_some() {
            vm.call(vm.types.bytes.value(), &[values[1]])?
        } else {
            let name = vm.type_of(values[1]).name();
            return Err(vm.type_error(format!("a bytes-like object is required, not '{name}'")));
        };
        init_rest(vm, this, values, object)
    }

    #[pymethod]
    fn __str__(this: Gc<Exception>, vm: &Vm) -> PyResult<String> {
        let Some(object) = this.member(OBJECT).and_then(|v| v.downcast::<Bytes>()) else {
            return Ok(String::new());
        };
        let (reason, encoding) = (part(vm, this, REASON)?, part(vm, this, ENCODING)?);
        let (start, end) = positions(vm, this)?;
        Ok(match single(start, end, object.len()) {
            Some(at) => format!(
                "'{encoding}' codec can't decode byte 0x{:02x} in position {start}: {reason}",
                object[at]
            ),
            None => {
                format!("'{encoding}' codec can't decode bytes in position {start}-{}: {reason}", end - 1)
            }
        })
    }
}

#[pymethods(name = "UnicodeTranslateError", kind = Exception)]
impl UnicodeTranslateError {
    #[pymethod]
    fn __init__(this: Gc<Exception>, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        init_args(vm, this, args)?;
        let values = counted(vm, args, 4)?;
        string_argument(vm, values, 0)?;
        let start = vm.index_i64(values[1])?;
        let end = vm.index_i64(values[2])?;
        string_argument(vm, values, 3)?;
        store(vm, this, [None, Some(values[0]), None, None, Some(values[3])], start, end);
        Ok(())
    }

    #[pymethod]
    fn __str__(this: Gc<Exception>, vm: &Vm) -> PyResult<String> {
        let Some(object) = this.member(OBJECT).and_then(|v| v.downcast::<Str>()) else {
            return Ok(String::new());
        };
        let reason = part(vm, this, REASON)?;
        let (start, end) = positions(vm, this)?;
        Ok(match single(start, end, object.len()) {
            Some(at) => format!(
                "can't translate character '{}' in position {start}: {reason}",
                escaped(object.char_at(at))
            ),
            None => format!("can't translate characters in position {start}-{}: {reason}", end - 1),
        })
    }
}

fn counted<'a>(vm: &Vm, args: Args<'a>, count: usize) -> PyResult<&'a [Value]> {
    let values = args.positional_values();
    if values.len() == count {
        return Ok(values);
    }
    Err(vm.type_error(format!("function takes exactly {count} arguments ({} given)", values.len())))
}

fn string_argument(vm: &Vm, values: &[Value], index: usize) -> PyResult<()> {
    if values[index].is::<Str>() {
        return Ok(());
    }
    Err(vm.type_error(format!(
        "argument {} must be str, not {}",
        index + 1,
        vm.type_of(values[index]).name()
    )))
}

fn init_rest(vm: &Vm, this: Gc<Exception>, values: &[Value], object: Value) -> PyResult<()> {
    let start = vm.index_i64(values[2])?;
    let end = vm.index_i64(values[3])?;
    string_argument(vm, values, 4)?;
    store(vm, this, [Some(values[0]), Some(object), None, None, Some(values[4])], start, end);
    Ok(())
}

fn store(vm: &Vm, this: Gc<Exception>, members: [Option<Value>; 5], start: i64, end: i64) {
    for (i, v) in members.into_iter().enumerate() {
        this.set_member(&vm.heap, i, v);
    }
    let start = vm.new_int(start);
    this.set_member(&vm.heap, START, Some(start));
    let end = vm.new_int(end);
    this.set_member(&vm.heap, END, Some(end));
}

/// Members from well-typed constructor arguments.
pub(crate) fn set_members(vm: &Vm, e: Gc<Exception>, args: &[Value]) {
    args.iter().enumerate().take(5).for_each(|(i, &v)| e.set_member(&vm.heap, i, Some(v)));
}

/// A text member for the message.
fn part(vm: &Vm, this: Gc<Exception>, index: usize) -> PyResult<String> {
    match this.member(index) {
        Some(v) => vm.str_text(v),
        None => Ok("<NULL>".to_owned()),
    }
}

fn positions(vm: &Vm, this: Gc<Exception>) -> PyResult<(i64, i64)> {
    let position = |i: usize| this.member(i).map_or(Ok(0), |v| vm.index_i64(v));
    Ok((position(START)?, position(END)?))
}

/// The only position between `start` and `end`, if it lies in the object.
fn single(start: i64, end: i64, len: usize) -> Option<usize> {
    let at = usize::try_from(start).ok().filter(|&at| at < len)?;
    (end == start + 1).then_some(at)
}

fn escaped(c: u32) -> String {
    match c {
        0..0x100 => format!("\\x{c:02x}"),
        0x100..0x10000 => format!("\\u{c:04x}"),
        _ => format!("\\U{c:08x}"),
    }
}

fn set_object(vm: &Vm, v: Value, value: Option<Value>) -> PyResult<()> {
    let e = exception(v);
    let decoding = vm.type_of(v).is_subtype(vm.exceptions.unicode_decode_error);
    if let Some(object) = value {
        let fits = if decoding { object.is::<Bytes>() } else { object.is::<Str>() };
        if !fits {
            let what = if decoding { "bytes" } else { "string" };
            return Err(vm.type_error(format!("UnicodeError 'object' attribute must be a {what}")));
        }
    }
    e.set_member(&vm.heap, OBJECT, value);
    Ok(())
}

const OBJECT_ROW: GetSetDef =
    GetSetDef { name: "object", doc: Some("exception object"), get: get::<OBJECT>, set: Some(set_object) };
const ENCODING_ROW: GetSetDef = GetSetDef {
    name: "encoding",
    doc: Some("exception encoding"),
    get: get::<ENCODING>,
    set: Some(set::<ENCODING>),
};
const REASON_ROW: GetSetDef =
    GetSetDef { name: "reason", doc: Some("exception reason"), get: get::<REASON>, set: Some(set::<REASON>) };
const START_ROW: GetSetDef = GetSetDef {
    name: "start",
    doc: Some("exception start"),
    get: super::members::get_int::<START>,
    set: Some(super::members::set_int::<START>),
};
const END_ROW: GetSetDef = GetSetDef {
    name: "end",
    doc: Some("exception end"),
    get: super::members::get_int::<END>,
    set: Some(super::members::set_int::<END>),
};

pub static ENCODE_ERROR: TypeDef = TypeDef {
    doc: Some("Unicode encoding error."),
    methods: UnicodeEncodeError::TYPE_DEF.methods,
    getsets: &[ENCODING_ROW, OBJECT_ROW, START_ROW, END_ROW, REASON_ROW],
    ..TypeDef::PLAIN
};
pub static DECODE_ERROR: TypeDef = TypeDef {
    doc: Some("Unicode decoding error."),
    methods: UnicodeDecodeError::TYPE_DEF.methods,
    getsets: &[ENCODING_ROW, OBJECT_ROW, START_ROW, END_ROW, REASON_ROW],
    ..TypeDef::PLAIN
};
pub static TRANSLATE_ERROR: TypeDef = TypeDef {
    doc: Some("Unicode translation error."),
    methods: UnicodeTranslateError::TYPE_DEF.methods,
    getsets: &[OBJECT_ROW, START_ROW, END_ROW, REASON_ROW],
    ..TypeDef::PLAIN
};

impl Vm {
    /// Raises `UnicodeEncodeError(encoding, object, start, end, reason)`.
    #[cold]
    pub fn unicode_encode_error(
        &self,
        encoding: &str,
        object: Gc<Str>,
        start: usize,
        end: usize,
        reason: &str,
    ) -> Raised {
        self.raise_unicode(self.exceptions.unicode_encode_error, encoding, object.value(), start, end, reason)
    }

    /// Raises `UnicodeDecodeError(encoding, object, start, end, reason)`.
    #[cold]
    pub fn unicode_decode_error(
        &self,
        encoding: &str,
        object: Gc<Bytes>,
        start: usize,
        end: usize,
        reason: &str,
    ) -> Raised {
        self.raise_unicode(self.exceptions.unicode_decode_error, encoding, object.value(), start, end, reason)
    }

    fn raise_unicode(
        &self,
        class: Gc<crate::object::typeobj::Type>,
        encoding: &str,
        object: Value,
        start: usize,
        end: usize,
        reason: &str,
    ) -> Raised {
        let encoding = self.new_str(encoding);
        let reason = self.new_str(reason);
        let (start, end) = (self.new_int(start as i64), self.new_int(end as i64));
        self.raise_class(class, &[encoding, object, start, end, reason])
    }
}
