//! `persistent_id` and `persistent_load`: attributes that instances can have although their class has a method of that name.

use adder_interp::object::header::Gc;
use adder_interp::object::str::Str;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use std::cell::Cell;

/// `object.name`, where `own` is what was set as attribute `hook`.
pub fn get(vm: &Vm, object: Value, hook: &str, own: &Cell<Option<Value>>, name: Gc<Str>) -> PyResult {
    if let Some(own) = own.get()
        && name.eq_str(hook)
    {
        return Ok(own);
    }
    let name = vm.heap.intern(Str::exact(name));
    match vm.generic_getattr(object, name)? {
        Some(found) => Ok(found),
        None => Err(vm.no_attribute(object, name)),
    }
}

/// `object.name = value`, or `del object.name`.
pub fn set(
    vm: &Vm,
    object: Value,
    hook: &str,
    own: &Cell<Option<Value>>,
    name: Gc<Str>,
    value: Option<Value>,
) -> PyResult<()> {
    if name.eq_str(hook) {
        own.set(value);
        return Ok(());
    }
    vm.generic_setattr(object, vm.heap.intern(Str::exact(name)), value)
}
