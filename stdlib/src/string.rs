//! `_string`: the parser of format strings, for `string.Formatter`.

use adder_interp::object::header::Gc;
use adder_interp::object::str::Str;
use adder_interp::object::str_format::{FieldName, FieldStart, FieldStep, MarkupParser};
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::pymodule;

/// string helper module
#[pymodule(name = "_string")]
pub mod string {
    use super::*;

    fn text_argument(vm: &Vm, object: Value) -> PyResult<Gc<Str>> {
        object.downcast().ok_or_else(|| {
            let given = adder_interp::native::args::type_name(vm, object);
            vm.type_error(format!("expected str, got {given}"))
        })
    }

    /// parse the argument as a format string
    #[pyfunction(name = "formatter_parser")]
    fn formatter_parser(vm: &Vm, object: Value) -> PyResult {
        let text = text_argument(vm, object)?;
        let units = text.as_ref().units();
        let mut parser = MarkupParser::new(0..text.len());
        let mut parts = vm.vec();
        while let Some(part) = parser.next(units).map_err(|message| vm.value_error(message))? {
            let literal = vm.substring(text, part.literal).value();
            let [name, spec, conversion] = match part.field {
                None => [Value::none(); 3],
                Some(field) => {
                    let name = vm.substring(text, field.name).value();
                    let spec = vm.substring(text, field.spec).value();
                    [name, spec, field.conversion.map_or(Value::none(), |c| vm.char_str(c))]
                }
            };
            parts.push(&vm.heap, vm.new_tuple(&[literal, name, spec, conversion]));
        }
        let parts = vm.list_from(parts);
        vm.iter(parts)
    }

    /// split the argument as a field name
    #[pyfunction]
    fn formatter_field_name_split(vm: &Vm, object: Value) -> PyResult {
        let text = text_argument(vm, object)?;
        let units = text.as_ref().units();
        let error = |message| vm.value_error(message);
        let (start, mut steps) = FieldName::new(units, 0..text.len()).map_err(error)?;
        let first = match start {
            FieldStart::Automatic => vm.empty_str.value(),
            FieldStart::Index(index) => vm.new_int(index as i64),
            FieldStart::Key(range) => vm.substring(text, range).value(),
        };
        let mut rest = vm.vec();
        while let Some(step) = steps.next(units).map_err(error)? {
            let (is_attribute, value) = match step {
                FieldStep::Attribute(range) => (true, vm.substring(text, range).value()),
                FieldStep::Index(index) => (false, vm.new_int(index as i64)),
                FieldStep::Key(range) => (false, vm.substring(text, range).value()),
            };
            rest.push(&vm.heap, vm.new_tuple(&[Value::bool(is_attribute), value]));
        }
        let rest = vm.list_from(rest);
        let rest = vm.iter(rest)?;
        Ok(vm.new_tuple(&[first, rest]))
    }
}
