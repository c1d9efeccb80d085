//! The `builtins` module: functions here, classes and exceptions from the tables of the VM.
//!
//! * [`objects`]: attributes, classes, identity, representation
//! * [`numbers`]: arithmetic and aggregates over numbers
//! * [`iteration`]: iterators, aggregates over iterables
//! * [`code`]: `compile`, `eval`, `exec`, namespaces
//! * [`io`]: `print`, `input`
//! * `import`: `__import__`
//!
//! `vm.builtins`, the dict of the module, exists from the start of the interpreter; [`install`] fills it.

pub mod code;
pub mod import;
pub mod io;
pub mod iteration;
pub mod numbers;
pub mod objects;

use crate::object::header::Gc;
use crate::object::module::Module;
use crate::object::shape::shape_id;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use adder_macros::pymodule;

/// Built-in functions, types, exceptions, and other objects.
///
/// This module provides direct access to all 'built-in'
/// identifiers of Python; for example, builtins.len is
/// the full name for the built-in function len().
///
/// This module is not normally accessed explicitly by most
/// applications, but can be useful in modules that provide
/// objects with the same name as a builtin and need a
/// reference to the original.
#[pymodule(
    name = "builtins",
    functions(
        super::import::__import__,
        super::numbers::abs,
        super::iteration::aiter,
        super::iteration::all,
        super::iteration::anext,
        super::iteration::any,
        super::objects::ascii,
        super::numbers::bin,
        super::code::breakpoint,
        super::objects::callable,
        super::numbers::chr,
        super::code::compile,
        super::objects::delattr,
        super::objects::dir,
        super::numbers::divmod,
        super::code::eval,
        super::code::exec,
        super::objects::format,
        super::objects::getattr,
        super::code::globals,
        super::objects::hasattr,
        super::objects::hash,
        super::numbers::hex,
        super::objects::id,
        super::io::input,
        super::objects::isinstance,
        super::objects::issubclass,
        super::iteration::iter,
        super::iteration::len,
        super::code::locals,
        super::numbers::max,
        super::numbers::min,
        super::iteration::next,
        super::numbers::oct,
        super::numbers::ord,
        super::numbers::pow,
        super::io::print,
        super::objects::repr,
        super::numbers::round,
        super::objects::setattr,
        super::iteration::sorted,
        super::numbers::sum,
        super::objects::vars
    )
)]
pub mod builtins {}

/// Classes that are published under their own names.
fn published(vm: &Vm) -> [(&'static str, Value); 26] {
    let t = &vm.types;
    [
        ("bool", t.bool_.value()),
        ("bytearray", t.bytearray.value()),
        ("bytes", t.bytes.value()),
        ("classmethod", t.classmethod.value()),
        ("complex", t.complex.value()),
        ("dict", t.dict.value()),
        ("enumerate", t.enumerate.value()),
        ("filter", t.filter.value()),
        ("float", t.float.value()),
        ("frozenset", t.frozenset.value()),
        ("int", t.int.value()),
        ("list", t.list.value()),
        ("map", t.map.value()),
        ("memoryview", t.memoryview.value()),
        ("object", t.object.value()),
        ("property", t.property.value()),
        ("range", t.range.value()),
        ("reversed", t.reversed.value()),
        ("set", t.set.value()),
        ("slice", t.slice.value()),
        ("staticmethod", t.staticmethod.value()),
        ("str", t.str.value()),
        ("super", t.super_.value()),
        ("tuple", t.tuple.value()),
        ("type", t.type_.value()),
        ("zip", t.zip.value()),
    ]
}

/// Fills `vm.builtins` and makes the module object.
pub fn install(vm: &Vm) -> PyResult<Gc<Module>> {
    let (heap, dict) = (&vm.heap, vm.builtins);
    let set = |name: &str, value: Value| dict.insert_str(heap, vm.intern(name), value);
    set("__name__", vm.intern("builtins").value());
    set("__doc__", Value::none());
    set("__package__", vm.empty_str.value());
    set("__loader__", Value::none());
    set("__spec__", Value::none());
    vm.populate_module(dict, &builtins::MODULE)?;
    set("None", Value::none());
    set("Ellipsis", Value::ellipsis());
    set("NotImplemented", Value::not_implemented());
    set("False", Value::bool(false));
    set("True", Value::bool(true));
    set("__debug__", Value::bool(vm.config.optimize == 0));
    for (name, value) in published(vm) {
        set(name, value);
    }
    set("BaseException", vm.types.base_exception.value());
    for (name, class) in vm.exceptions.all() {
        set(name, class.value());
    }
    for alias in ["EnvironmentError", "IOError"] {
        set(alias, vm.exceptions.os_error.value());
    }
    let module = Module::new(heap, shape_id::MODULE, 0, dict, Some(&builtins::MODULE));
    vm.modules.insert_str(heap, vm.intern("builtins"), module.value());
    Ok(module)
}
