//! The Python methods of None, Ellipsis and NotImplemented.

use super::header::Gc;
use super::typeobj::Type;
use crate::native::Args;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use adder_macros::pymethods;

/// Calling one of these classes gives its only instance.
fn only_instance(vm: &Vm, class: &str, args: Args<'_>, instance: Value) -> PyResult {
    if !args.all_values().is_empty() {
        return Err(vm.type_error(format!("{class} takes no arguments")));
    }
    Ok(instance)
}

/// The type of the None singleton.
pub struct NoneType;

/// The type of the None singleton.
#[pymethods(name = "NoneType", kind = Singleton, def = NONE_DEF)]
impl NoneType {
    #[pynew(sig = "()")]
    fn __new__(_cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        only_instance(vm, "NoneType", args, Value::none())
    }

    #[pymethod(name = "__repr__")]
    fn repr(_this: Value, _vm: &Vm) -> &'static str {
        "None"
    }

    #[pymethod(name = "__bool__")]
    fn bool(_this: Value, _vm: &Vm) -> bool {
        false
    }

    #[pymethod(name = "__hash__")]
    fn hash(_this: Value, _vm: &Vm) -> i64 {
        // A constant in every process, so that containers of None iterate reproducibly.
        0xfca8_6420
    }

    #[pymethod(name = "__eq__")]
    fn eq(this: Value, _vm: &Vm, other: Value) -> Value {
        if this == other { Value::bool(true) } else { Value::not_implemented() }
    }

    #[pymethod(name = "__ne__")]
    fn ne(this: Value, _vm: &Vm, other: Value) -> Value {
        if this == other { Value::bool(false) } else { Value::not_implemented() }
    }
}

/// The type of the Ellipsis singleton.
pub struct EllipsisType;

/// The type of the Ellipsis singleton.
#[pymethods(name = "ellipsis", kind = Singleton, def = ELLIPSIS_DEF)]
impl EllipsisType {
    #[pynew(sig = "()")]
    fn __new__(_cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        only_instance(vm, "EllipsisType", args, Value::ellipsis())
    }

    #[pymethod(name = "__repr__")]
    fn repr(_this: Value, _vm: &Vm) -> &'static str {
        "Ellipsis"
    }

    #[pymethod(name = "__reduce__")]
    fn reduce(_this: Value, _vm: &Vm) -> &'static str {
        "Ellipsis"
    }
}

/// The type of the NotImplemented singleton.
pub struct NotImplementedType;

/// The type of the NotImplemented singleton.
#[pymethods(name = "NotImplementedType", kind = Singleton, def = NOT_IMPLEMENTED_DEF)]
impl NotImplementedType {
    #[pynew(sig = "()")]
    fn __new__(_cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        only_instance(vm, "NotImplementedType", args, Value::not_implemented())
    }

    #[pymethod(name = "__repr__")]
    fn repr(_this: Value, _vm: &Vm) -> &'static str {
        "NotImplemented"
    }

    #[pymethod(name = "__bool__")]
    fn bool(_this: Value, vm: &Vm) -> PyResult<bool> {
        Err(vm.type_error("NotImplemented should not be used in a boolean context"))
    }

    #[pymethod(name = "__reduce__")]
    fn reduce(_this: Value, _vm: &Vm) -> &'static str {
        "NotImplemented"
    }
}
