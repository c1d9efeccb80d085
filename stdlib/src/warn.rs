//! Warnings raised by native modules.

use adder_interp::object::header::Gc;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;

/// `warnings.warn(message, category, stacklevel, source)`.
pub fn warn(vm: &Vm, category: Gc<Type>, message: &str, level: i64, source: Option<Value>) -> PyResult<()> {
    let text = vm.new_str(message);
    vm.warn_value(category, text, level, source, &[])
}

/// `ResourceWarning` about something that was not closed.
pub fn resource_warning(vm: &Vm, message: &str, source: Value) -> PyResult<()> {
    warn(vm, vm.exceptions.resource_warning, message, 1, Some(source))
}
