//! What several native modules share: buffers, slices of text, results of Rust computations.

use adder_interp::object::header::Gc;
use adder_interp::object::shape::shape_id;
use adder_interp::object::str::Str;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::special::Special;
use adder_numeric::NumError;
use adder_text::units::{UnitsBuf, UnitsRef};

/// The result of a numeric computation.
pub fn numeric<T>(vm: &Vm, result: Result<T, NumError>) -> PyResult<T> {
    result.map_err(|error| vm.numeric_error(error))
}

/// A str of units that may be wider than they need to be.
pub fn str_from_units(vm: &Vm, units: UnitsRef<'_>) -> Value {
    match units {
        UnitsRef::Latin1 { units: [], .. } => vm.empty_str.value(),
        UnitsRef::Latin1 { units: [c], .. } => vm.char_str(u32::from(*c)),
        UnitsRef::Latin1 { units, ascii } => {
            Str::from_unit_bytes(&vm.heap, units, 1, ascii || units.is_ascii()).value()
        }
        wide => str_from_buf(vm, wide.to_canonical()),
    }
}

/// A str of units in their narrowest width.
pub fn str_from_buf(vm: &Vm, units: UnitsBuf) -> Value {
    if units.is_empty() {
        return vm.empty_str.value();
    }
    Str::from_units(&vm.heap, units.as_units()).value()
}

/// Whether `v` is a `str` and no instance of a subclass.
#[inline]
pub fn is_exact_str(v: Value) -> bool {
    v.header().is_some_and(|h| h.shape() == shape_id::STR)
}

/// `callable(v)`.
pub fn is_callable(vm: &Vm, v: Value) -> bool {
    vm.special_of(v, Special::Call).is_some()
}

/// Adds a note to the pending exception.
#[cold]
pub fn add_note(vm: &Vm, note: &str) -> Raised {
    if let Some(exception) = vm.take_pending()
        && vm.call_method(exception, "add_note", &[vm.new_str(note)]).is_ok()
    {
        vm.set_pending(exception);
    }
    Raised
}

/// A class of exceptions made by a native module: `class name(base): pass`.
pub fn new_exception_class(vm: &Vm, module: &str, name: &str, base: Gc<Type>) -> PyResult {
    let dict = vm.new_dict();
    dict.insert_str(&vm.heap, vm.names.__module__, vm.intern(module).value());
    let bases = vm.new_tuple(&[base.value()]);
    vm.call(vm.types.type_.value(), &[vm.intern(name).value(), bases, dict.value()])
}
