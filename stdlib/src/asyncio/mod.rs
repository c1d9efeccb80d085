//! `_asyncio`: futures, tasks and what ties them to their event loop.
//!
//! * [`future`]: `Future`, which is the payload of tasks too, and the iterator that `await` runs
//! * [`task`]: `Task`'s methods and what a task has besides
//! * [`step`]: one step of a task's coroutine
//! * [`registry`]: running loops, current tasks, the set of all tasks
//!
//! The event loop itself is Python (`asyncio.base_events`): whatever is to run later goes through its `call_soon`, which
//! programs may replace.

mod future;
mod registry;
mod step;
mod task;

use adder_interp::native::Args;
use adder_interp::object::function::Function;
use adder_interp::object::header::Gc;
use adder_interp::object::str::Str;
use adder_interp::object::tuple::Tuple;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::attr::Found;
use adder_macros::pymodule;

/// Accelerator module for asyncio
#[pymodule(
    name = "_asyncio",
    doc = "Accelerator module for asyncio",
    functions(
        registry::get_running_loop_or_none,
        registry::set_running_loop,
        registry::get_running_loop,
        registry::get_event_loop,
        registry::current_task,
        registry::all_tasks,
        registry::register_task,
        registry::unregister_task,
        registry::register_eager_task,
        registry::unregister_eager_task,
        registry::enter_task,
        registry::leave_task,
        registry::swap_current_task,
        future::future_add_to_awaited_by,
        future::future_discard_from_awaited_by
    ),
    classes(future::Future, task::Task)
)]
pub mod asyncio {
    use super::*;
}

/// Attribute `name` of a Python module, looked up once.
fn python(vm: &Vm, key: &'static str, module: &str, name: &str) -> PyResult {
    vm.registered(key, |vm| vm.getattr_str(vm.import(module)?, name))
}

/// `asyncio.exceptions.CancelledError`.
fn cancelled_error(vm: &Vm) -> PyResult<Gc<Type>> {
    let class = python(vm, "_asyncio.CancelledError", "asyncio.exceptions", "CancelledError")?;
    Ok(class.downcast().expect("an exception class"))
}

/// Raises `asyncio.InvalidStateError(message)`.
#[cold]
fn invalid_state(vm: &Vm, message: &str) -> Raised {
    let class = match python(vm, "_asyncio.InvalidStateError", "asyncio.exceptions", "InvalidStateError") {
        Ok(class) => class.downcast().expect("an exception class"),
        Err(raised) => return raised,
    };
    vm.raise_message(class, message)
}

/// `receiver.name()`; the method of a Python class is called without binding it.
fn call_plain(vm: &Vm, receiver: Value, name: Gc<Str>) -> PyResult {
    match vm.find_attr(receiver, vm.type_of(receiver), name) {
        Found::Class(function) if function.is::<Function>() => vm.call(function, &[receiver]),
        _ => vm.call(vm.getattr(receiver, name)?, &[]),
    }
}

/// `receiver.name(*args, keyword=value)`; the method of a Python class is called without binding it.
fn call_with_keyword(
    vm: &Vm,
    receiver: Value,
    name: Gc<Str>,
    args: &[Value],
    (keyword, value): (Gc<Str>, Value),
) -> PyResult {
    let names = Some(Tuple::new(&vm.heap, &[keyword.value()]));
    if let Found::Class(function) = vm.find_attr(receiver, vm.type_of(receiver), name)
        && function.is::<Function>()
    {
        return match *args {
            [] => vm.call_args(function, Args::new(&[receiver, value], names)),
            [a] => vm.call_args(function, Args::new(&[receiver, a, value], names)),
            [a, b] => vm.call_args(function, Args::new(&[receiver, a, b, value], names)),
            _ => unreachable!("asyncio calls with two arguments at most"),
        };
    }
    let method = vm.getattr(receiver, name)?;
    match *args {
        [] => vm.call_args(method, Args::new(&[value], names)),
        [a] => vm.call_args(method, Args::new(&[a, value], names)),
        [a, b] => vm.call_args(method, Args::new(&[a, b, value], names)),
        _ => unreachable!("asyncio calls with two arguments at most"),
    }
}

/// `loop.call_soon(callback, [argument], context=context)`.
fn call_soon(
    vm: &Vm,
    event_loop: Value,
    callback: Value,
    argument: Option<Value>,
    context: Value,
) -> PyResult<()> {
    let keyword = (vm.names.context, context);
    match argument {
        Some(argument) => {
            call_with_keyword(vm, event_loop, vm.names.call_soon, &[callback, argument], keyword)
        }
        None => call_with_keyword(vm, event_loop, vm.names.call_soon, &[callback], keyword),
    }
    .map(drop)
}
