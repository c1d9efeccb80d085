//! `SyntaxError`: where the mistake is.

use super::Exception;
use super::base::{set_args, text};
use super::members::members;
use crate::native::{Args, TypeDef};
use crate::object::header::Gc;
use crate::object::int::as_exact_int;
use crate::object::str::Str;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use adder_macros::pymethods;

/// Member indices.
pub const MSG: usize = 0;
pub const FILENAME: usize = 1;
pub const LINENO: usize = 2;
pub const OFFSET: usize = 3;
pub const TEXT: usize = 4;
pub const END_LINENO: usize = 5;
pub const END_OFFSET: usize = 6;
pub const PRINT_FILE_AND_LINE: usize = 7;
pub const METADATA: usize = 8;

/// Methods of `SyntaxError`.
pub struct SyntaxError;

#[pymethods(name = "SyntaxError", kind = Exception)]
impl SyntaxError {
    #[pymethod]
    fn __init__(this: Gc<Exception>, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        super::base::init_args(vm, this, args)?;
        let values = args.positional_values();
        set_args(vm, this, values);
        let heap = &vm.heap;
        if let Some(&message) = values.first() {
            this.set_member(heap, MSG, Some(message));
        }
        if let [_, location] = *values {
            let fields = vm.collect(location)?;
            set_location(vm, this, &fields)?;
        }
        Ok(())
    }

    #[pymethod]
    fn __str__(this: Gc<Exception>, vm: &Vm) -> PyResult<Gc<Str>> {
        let message = this.member(MSG).unwrap_or(Value::none());
        let file = this.member(FILENAME).and_then(|v| v.downcast::<Str>());
        let line = this.member(LINENO).and_then(as_exact_int);
        if file.is_none() && line.is_none() {
            return vm.str_of(message);
        }
        let message = vm.str_text(message)?;
        let line = line.map(|n| n.to_i64().unwrap_or(-1));
        let file = file.map(|f| f.to_string_lossy().rsplit('/').next().unwrap_or_default().to_owned());
        let place = match (file, line) {
            (Some(file), Some(line)) => format!("{file}, line {line}"),
            (Some(file), None) => file,
            (None, Some(line)) => format!("line {line}"),
            (None, None) => return text(vm, this),
        };
        Ok(vm.str_from(&format!("{message} ({place})")))
    }
}

fn set_location(vm: &Vm, this: Gc<Exception>, fields: &[Value]) -> PyResult<()> {
    let given = fields.len();
    if given < 4 {
        return Err(vm.type_error(format!("function takes at least 4 arguments ({given} given)")));
    }
    if given > 7 {
        return Err(vm.type_error(format!("function takes at most 7 arguments ({given} given)")));
    }
    let places = [FILENAME, LINENO, OFFSET, TEXT, END_LINENO, END_OFFSET, METADATA];
    for (i, place) in places.into_iter().enumerate() {
        this.set_member(&vm.heap, place, fields.get(i).copied());
    }
    if given == 5 {
        return Err(vm.type_error("end_offset must be provided when end_lineno is provided"));
    }
    Ok(())
}

pub static SYNTAX_ERROR: TypeDef = TypeDef {
    doc: Some("Invalid syntax."),
    methods: SyntaxError::TYPE_DEF.methods,
    getsets: members![
        "msg" 0 "exception msg",
        "filename" 1 "exception filename",
        "lineno" 2 "exception lineno",
        "offset" 3 "exception offset",
        "text" 4 "exception text",
        "end_lineno" 5 "exception end lineno",
        "end_offset" 6 "exception end offset",
        "print_file_and_line" 7 "exception print_file_and_line",
        "_metadata" 8 "exception private metadata",
    ],
    ..TypeDef::PLAIN
};
