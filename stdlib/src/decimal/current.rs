//! The context a thread works in: the value of a context variable.

use super::context::{self, ContextObject, ContextRef, Template};
use super::number::DecimalObject;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pyfunction, pymethods};
use std::cell::Cell;

/// Where this thread found things last. The version of the mapping from context variables to values, which is given once
/// only, names a state of its keys: while it is the same, the variable is at the same entry.
#[derive(Clone, Copy)]
struct Found {
    version: u64,
    entry: usize,
    interpreter: usize,
    class: Option<Gc<Type>>,
}

thread_local! {
    static FOUND: Cell<Found> =
        const { Cell::new(Found { version: 0, entry: 0, interpreter: 0, class: None }) };
}

fn variable(vm: &Vm) -> PyResult {
    vm.registered("decimal.context", |vm| vm.new_context_var("decimal_context", None))
}

/// The current context; a copy of `DefaultContext` in a thread that has none yet.
#[inline]
pub fn current(vm: &Vm) -> PyResult<ContextRef> {
    let found = FOUND.get();
    if let Some(values) = vm.context_values()
        && values.version() == found.version
        && found.version != 0
        && let Some(context) = values.value_at(found.entry).and_then(Value::downcast)
    {
        return Ok(context);
    }
    look_up(vm)
}

#[cold]
fn look_up(vm: &Vm) -> PyResult<ContextRef> {
    let context = match vm.context_var_value(variable(vm)?)?.and_then(|v| v.downcast()) {
        Some(context) => context,
        None => {
            let context = context::template(vm, Template::Default)?.duplicate(vm)?;
            context.set_flags(adder_decimal::Status::empty());
            set(vm, context)?;
            context
        }
    };
    if let Some(values) = vm.context_values() {
        let variable = variable(vm)?;
        if let Some(entry) = values.find_hashed(vm, variable, vm.hash(variable)?)? {
            FOUND.set(Found { version: values.assign_version(vm), entry, ..FOUND.get() });
        }
    }
    Ok(context)
}

fn set(vm: &Vm, context: ContextRef) -> PyResult<()> {
    vm.call_method(variable(vm)?, "set", &[context.value()])?;
    Ok(())
}

/// The class `Decimal`. Classes of the interpreter live as long as it does.
#[inline]
pub fn decimal_class(vm: &Vm) -> PyResult<Gc<Type>> {
    let found = FOUND.get();
    let interpreter = vm.interpreter() as *const _ as usize;
    if let Some(class) = found.class
        && found.interpreter == interpreter
    {
        return Ok(class);
    }
    let class = vm.native_type(DecimalObject::TYPE_DEF)?;
    FOUND.set(Found { class: Some(class), interpreter, version: 0, entry: 0 });
    Ok(class)
}

/// Get the current default context.
#[pyfunction]
pub fn getcontext(vm: &Vm) -> PyResult<ContextRef> {
    current(vm)
}

/// Set a new default context.
#[pyfunction(sig = "(context, /)")]
pub fn setcontext(vm: &Vm, context: Value) -> PyResult<()> {
    let Some(context) = context.downcast::<Native<ContextObject>>() else {
        return Err(vm.type_error("argument must be a context"));
    };
    for (_, which) in context::TEMPLATES {
        if context::template(vm, which)? == context {
            let copy = context.duplicate(vm)?;
            copy.set_flags(adder_decimal::Status::empty());
            return set(vm, copy);
        }
    }
    set(vm, context)
}

/// Return a context manager that will set the default context to a copy of ctx
/// on entry to the with-statement and restore the previous default context when
/// exiting the with-statement. If no context is supplied, a copy of the current
/// default context is used.
#[pyfunction(sig = "(ctx=None, **kwargs)")]
pub fn localcontext(
    vm: &Vm,
    ctx: Option<Value>,
    kwargs: Option<Gc<Dict>>,
) -> PyResult<Gc<Native<ContextManager>>> {
    let global = current(vm)?;
    let local = context::argument(vm, ctx)?.duplicate(vm)?;
    if let Some(kwargs) = kwargs {
        for (name, value) in kwargs.iter() {
            super::context_methods::set_attribute(vm, local, name, value)?;
        }
    }
    let class = vm.native_type(ContextManager::TYPE_DEF)?;
    Ok(vm.new_native(class, ContextManager { local, global }))
}

/// What `localcontext` returns.
#[pyclass(name = "ContextManager", module = "decimal", no_constructor)]
#[derive(Trace)]
pub struct ContextManager {
    local: ContextRef,
    global: ContextRef,
}

#[pymethods]
impl ContextManager {
    #[pymethod]
    fn __enter__(&self, vm: &Vm) -> PyResult<ContextRef> {
        set(vm, self.local)?;
        Ok(self.local)
    }
    #[pymethod(sig = "(*args)")]
    fn __exit__(&self, vm: &Vm, _args: &[Value]) -> PyResult<bool> {
        set(vm, self.global)?;
        Ok(false)
    }
}
