//! Exceptions with a handful of attributes: `StopIteration`, `SystemExit`, `KeyError`, `ImportError`,
//! `AttributeError`, `NameError`.

use super::Exception;
use super::base::{init_args, set_args, text};
use super::members::{members, set_keywords};
use crate::native::{Args, TypeDef};
use crate::object::dict::Dict;
use crate::object::header::Gc;
use crate::object::str::Str;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use adder_macros::pymethods;

/// Methods of `StopIteration`.
pub struct StopIteration;

#[pymethods(name = "StopIteration", kind = Exception)]
impl StopIteration {
    #[pymethod]
    fn __init__(this: Gc<Exception>, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        init_args(vm, this, args)?;
        let value = args.positional_values().first().copied();
        this.set_member(&vm.heap, 0, Some(value.unwrap_or(Value::none())));
        Ok(())
    }
}

pub static STOP_ITERATION: TypeDef = TypeDef {
    doc: Some("Signal the end from iterator.__next__()."),
    methods: StopIteration::TYPE_DEF.methods,
    getsets: members!["value" 0 "generator return value",],
    ..TypeDef::PLAIN
};

/// Methods of `SystemExit`.
pub struct SystemExit;

#[pymethods(name = "SystemExit", kind = Exception)]
impl SystemExit {
    #[pymethod]
    fn __init__(this: Gc<Exception>, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        init_args(vm, this, args)?;
        set_exit_code(vm, this, args.positional_values());
        Ok(())
    }
}

/// `code`: the only argument, or all of them.
pub(crate) fn set_exit_code(vm: &Vm, e: Gc<Exception>, args: &[Value]) {
    let code = match args {
        [] => None,
        [one] => Some(*one),
        _ => Some(e.args.get().value()),
    };
    e.set_member(&vm.heap, 0, code);
}

pub static SYSTEM_EXIT: TypeDef = TypeDef {
    doc: Some("Request to exit from the interpreter."),
    methods: SystemExit::TYPE_DEF.methods,
    getsets: members!["code" 0 "exception code",],
    ..TypeDef::PLAIN
};

/// Methods of `KeyError`.
pub struct KeyError;

#[pymethods(name = "KeyError", kind = Exception)]
impl KeyError {
    #[pymethod]
    fn __str__(this: Gc<Exception>, vm: &Vm) -> PyResult<Gc<Str>> {
        // The key's repr: an empty or blank key would print as nothing.
        match **this.args.get() {
            [key] => vm.repr(key),
            _ => text(vm, this),
        }
    }
}

pub static KEY_ERROR: TypeDef =
    TypeDef { doc: Some("Mapping key not found."), methods: KeyError::TYPE_DEF.methods, ..TypeDef::PLAIN };

/// Methods of `ImportError`. Members: message, `name`, `path`, `name_from`.
pub struct ImportError;

const IMPORT_KEYWORDS: &[(&str, usize)] = &[("name", 1), ("path", 2), ("name_from", 3)];

#[pymethods(name = "ImportError", kind = Exception)]
impl ImportError {
    #[pymethod]
    fn __init__(this: Gc<Exception>, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        set_args(vm, this, args.positional_values());
        set_keywords(vm, this, "ImportError", args, IMPORT_KEYWORDS)?;
        let message = match args.positional_values() {
            [one] => Some(*one),
            _ => None,
        };
        this.set_member(&vm.heap, 0, message);
        Ok(())
    }

    #[pymethod]
    fn __str__(this: Gc<Exception>, vm: &Vm) -> PyResult<Gc<Str>> {
        match this.member(0).and_then(|m| m.downcast::<Str>()) {
            Some(message) if vm.type_of(message.value()) == vm.types.str => Ok(message),
            _ => text(vm, this),
        }
    }

    #[pymethod]
    fn __reduce__(this: Gc<Exception>, vm: &Vm) -> PyResult {
        let own = vm.existing_dict(this.value());
        let state = member_state(vm, this, own, IMPORT_KEYWORDS);
        let (class, args) = (vm.type_of(this.value()).value(), this.args.get().value());
        match state.or(own) {
            Some(state) => Ok(vm.new_tuple(&[class, args, state.value()])),
            None => Ok(vm.new_tuple(&[class, args])),
        }
    }
}

/// A copy of `own` with those members that are set; `None` when none is.
fn member_state(
    vm: &Vm,
    e: Gc<Exception>,
    own: Option<Gc<Dict>>,
    members: &[(&str, usize)],
) -> Option<Gc<Dict>> {
    let set = || members.iter().filter_map(|&(name, i)| Some((name, e.member(i)?)));
    set().next()?;
    let state = own.map_or_else(|| vm.new_dict(), |d| d.copy(&vm.heap));
    set().for_each(|(name, v)| state.insert_str(&vm.heap, vm.intern(name), v));
    Some(state)
}

pub static IMPORT_ERROR: TypeDef = TypeDef {
    doc: Some("Import can't find module, or can't find name in module."),
    methods: ImportError::TYPE_DEF.methods,
    getsets: members![
        "msg" 0 "exception message",
        "name" 1 "module name",
        "path" 2 "module path",
        "name_from" 3 "name imported from module",
    ],
    ..TypeDef::PLAIN
};

/// Methods of `AttributeError`. Members: `name`, `obj`.
pub struct AttributeError;

#[pymethods(name = "AttributeError", kind = Exception)]
impl AttributeError {
    #[pymethod]
    fn __init__(this: Gc<Exception>, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        set_args(vm, this, args.positional_values());
        set_keywords(vm, this, "AttributeError", args, &[("name", 0), ("obj", 1)])
    }

    #[pymethod]
    fn __getstate__(this: Gc<Exception>, vm: &Vm) -> Gc<Dict> {
        attribute_state(vm, this)
    }

    #[pymethod]
    fn __reduce__(this: Gc<Exception>, vm: &Vm) -> Value {
        let state = attribute_state(vm, this);
        vm.new_tuple(&[vm.type_of(this.value()).value(), this.args.get().value(), state.value()])
    }
}

/// What pickling keeps: the name but not the object, which may be anything.
fn attribute_state(vm: &Vm, this: Gc<Exception>) -> Gc<Dict> {
    let own = vm.existing_dict(this.value());
    let state = member_state(vm, this, own, &[("name", 0)])
        .or_else(|| own.map(|d| d.copy(&vm.heap)))
        .unwrap_or_else(|| vm.new_dict());
    state.insert_str(&vm.heap, vm.names.args, this.args.get().value());
    state
}

pub static ATTRIBUTE_ERROR: TypeDef = TypeDef {
    doc: Some("Attribute not found."),
    methods: AttributeError::TYPE_DEF.methods,
    getsets: members!["name" 0 "attribute name", "obj" 1 "object",],
    ..TypeDef::PLAIN
};

/// Methods of `NameError`. Member: `name`.
pub struct NameError;

#[pymethods(name = "NameError", kind = Exception)]
impl NameError {
    #[pymethod]
    fn __init__(this: Gc<Exception>, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        set_args(vm, this, args.positional_values());
        set_keywords(vm, this, "NameError", args, &[("name", 0)])
    }
}

pub static NAME_ERROR: TypeDef = TypeDef {
    doc: Some("Name not found globally."),
    methods: NameError::TYPE_DEF.methods,
    getsets: members!["name" 0 "name",],
    ..TypeDef::PLAIN
};
