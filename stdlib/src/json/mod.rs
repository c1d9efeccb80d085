//! `_json`: the accelerator of `json`: [`scanner`] parses, [`encoder`] prints, [`text`] is about string literals.

mod encoder;
mod scanner;
mod text;

use crate::support::str_from_buf;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::str::Str;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::pymodule;
use adder_text::units::StrBuilder;
use encoder::Encoder;
use scanner::Scanner;

/// json speedups
#[pymodule(name = "_json")]
pub mod json {
    use super::*;

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        let (encoder, scanner) = (vm.native_type(Encoder::TYPE_DEF)?, vm.native_type(Scanner::TYPE_DEF)?);
        dict.insert_str(&vm.heap, vm.intern("make_encoder"), encoder.value());
        dict.insert_str(&vm.heap, vm.intern("make_scanner"), scanner.value());
        Ok(())
    }

    /// Return an ASCII-only JSON representation of a Python string
    #[pyfunction]
    pub fn encode_basestring_ascii(vm: &Vm, object: Value) -> PyResult {
        let text = string_argument(vm, object)?;
        let mut out = StrBuilder::with_capacity(text.len() + 2);
        text::quote_ascii(text.units(), &mut out);
        Ok(str_from_buf(vm, out.finish()))
    }

    /// Return a JSON representation of a Python string
    #[pyfunction]
    pub fn encode_basestring(vm: &Vm, object: Value) -> PyResult {
        let text = string_argument(vm, object)?;
        let mut out = StrBuilder::with_capacity(text.len() + 2);
        text::quote(text.units(), &mut out);
        Ok(str_from_buf(vm, out.finish()))
    }

    /// Scan the string literal in string that starts before position end; return it and the position after it.
    ///
    /// If strict is false, literal control characters are allowed in it.
    #[pyfunction(sig = "(string, end, strict=True, /)")]
    fn scanstring(vm: &Vm, string: Value, end: isize, strict: bool) -> PyResult<(Value, usize)> {
        let text = string_argument_at(vm, string, "first argument")?;
        if end < 0 || end as usize > text.len() {
            return Err(vm.value_error("end is out of bounds"));
        }
        text::scan(vm, text, end as usize, strict)
    }
}

fn string_argument(vm: &Vm, v: Value) -> PyResult<Gc<Str>> {
    string_argument_at(vm, v, "first argument")
}

fn string_argument_at(vm: &Vm, v: Value, what: &str) -> PyResult<Gc<Str>> {
    match v.downcast() {
        Some(text) => Ok(text),
        None => Err(vm.type_error(format!("{what} must be a string, not {}", vm.type_of(v).name()))),
    }
}

/// Raises `JSONDecodeError(message, text, position)`.
#[cold]
fn decode_error(vm: &Vm, message: &str, text: Gc<Str>, position: usize) -> Raised {
    let raise = || -> PyResult<()> {
        let decoder = vm.import("json.decoder")?;
        let class = vm.getattr_str(decoder, "JSONDecodeError")?;
        let args = [vm.new_str(message), text.value(), vm.new_int(position as i64)];
        let error = vm.call(class, &args)?;
        Err(vm.raise_value(error))
    };
    raise().err().unwrap_or(Raised)
}
