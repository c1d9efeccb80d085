//! One step of a task: its coroutine runs to the next thing it awaits, or to its end.
//!
//! [`TaskPart`] holds what a task has besides a future, and is at the same time the callable that its loop is given: a
//! step is never scheduled twice at a time, so that one object a task does, and an exception to be thrown into the
//! coroutine waits in it.

use super::future::{Future, State};
use super::registry::{Slot, enter_task, leave_after};
use super::task::wakeup_of;
use super::{call_soon, call_with_keyword, cancelled_error, invalid_state};
use adder_interp::native::Args;
use adder_interp::object::generator::Generator;
use adder_interp::object::header::Gc;
use adder_interp::object::native::{BarrierCell, Native};
use adder_interp::object::shape::shape_id;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::dispatch::generators::Resumed;
use adder_interp::vm::special::Special;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::Cell;

/// See the module's documentation.
#[pyclass(name = "TaskStepMethWrapper", module = "_asyncio", no_constructor)]
#[derive(Trace)]
pub struct TaskPart {
    task: Gc<Native<Future>>,
    pub coroutine: BarrierCell<Option<Value>>,
    /// A str; an int while the task has only its number; absent before `__init__`.
    pub name: BarrierCell<Option<Value>>,
    pub context: BarrierCell<Option<Value>>,
    /// The future it waits for.
    pub waiter: BarrierCell<Option<Value>>,
    pub must_cancel: Cell<bool>,
    pub log_destroy_pending: Cell<bool>,
    pub cancel_requests: Cell<i64>,
    /// What the next step throws into the coroutine.
    error: BarrierCell<Option<Value>>,
    /// The callback that waiters call, once it was needed.
    pub wakeup: BarrierCell<Option<Value>>,
    #[trace(skip)]
    slot: Cell<Option<Slot>>,
}

impl Drop for TaskPart {
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take() {
            slot.free();
        }
    }
}

type Task = Gc<Native<Future>>;

impl TaskPart {
    pub fn create(vm: &Vm, task: Task) -> PyResult<Gc<Native<TaskPart>>> {
        let class = vm.native_type(TaskPart::TYPE_DEF)?;
        let part = TaskPart {
            task,
            coroutine: BarrierCell::new(None),
            name: BarrierCell::new(None),
            context: BarrierCell::new(None),
            waiter: BarrierCell::new(None),
            must_cancel: Cell::new(false),
            log_destroy_pending: Cell::new(false),
            cancel_requests: Cell::new(0),
            error: BarrierCell::new(None),
            wakeup: BarrierCell::new(None),
            slot: Cell::new(None),
        };
        Ok(vm.new_native(class, part))
    }
}

#[pymethods]
impl TaskPart {
    #[pymethod]
    fn __call__(&self, vm: &Vm, args: Args<'_>) -> PyResult {
        if args.has_keywords() {
            return Err(vm.type_error("function takes no keyword arguments"));
        }
        if !args.positional_values().is_empty() {
            return Err(vm.type_error("function takes no positional arguments"));
        }
        let error = self.error.take();
        step(vm, self.task, error)
    }

    #[pygetset]
    fn __self__(&self) -> Gc<Native<Future>> {
        self.task
    }
}

impl Future {
    /// Lists a task as scheduled.
    pub fn register(&self) {
        if let Some(part) = self.task.get()
            && part.slot.get().is_none()
        {
            part.slot.set(Some(Slot::occupy(part.task.header())));
        }
    }

    pub fn unregister(&self) {
        if let Some(slot) = self.task.get().and_then(|part| part.slot.take()) {
            slot.free();
        }
    }
}

/// The part of a future that is known to be a task.
pub fn part_of(task: Task) -> Gc<Native<TaskPart>> {
    task.task.get().expect("a task")
}

/// Has the loop run the next step, which throws `error` if there is one.
pub fn schedule(vm: &Vm, task: Task, error: Option<Value>) -> PyResult<()> {
    let part = part_of(task);
    part.error.set(&vm.heap, part, error);
    let event_loop = task.event_loop.get().unwrap_or(Value::none());
    call_soon(vm, event_loop, part.value(), None, part.context.get().unwrap_or(Value::none()))
}

/// A whole step, with the task as the loop's current one.
pub fn step(vm: &Vm, task: Task, error: Option<Value>) -> PyResult {
    let event_loop = task.event_loop.get().unwrap_or(Value::none());
    enter_task(vm, event_loop, task.value())?;
    let result = run(vm, task, error);
    leave_after(vm, event_loop, task.value(), result)
}

/// The step itself.
pub fn run(vm: &Vm, task: Task, error: Option<Value>) -> PyResult {
    let part = part_of(task);
    if task.state.get() != State::Pending {
        let text = vm.repr_text(task.value())?;
        let error = vm.repr_text(error.unwrap_or(Value::none()))?;
        return Err(invalid_state(vm, &format!("__step(): already done: {text} {error}")));
    }
    let mut error = error;
    if part.must_cancel.replace(false) {
        let class = cancelled_error(vm)?;
        if !error.is_some_and(|e| vm.type_of(e).is_subtype(class)) {
            error = Some(Future::make_cancelled(task, vm)?);
        }
    }
    part.waiter.take();
    let Some(coroutine) = part.coroutine.get() else {
        return Err(vm.runtime_error("uninitialized Task object"));
    };
    let resumed = match error {
        None => send_none(vm, coroutine),
        Some(error) => throw(vm, coroutine, error),
    };
    match resumed {
        Ok(Resumed::Yielded(awaited)) => wait_for(vm, task, awaited)?,
        Ok(Resumed::Returned(_)) if part.must_cancel.replace(false) => {
            let message = task.cancel_message.get();
            Future::cancel_now(task, vm, message)?;
        }
        Ok(Resumed::Returned(result)) => Future::finish(task, vm, result)?,
        Err(Raised) => failed(vm, task)?,
    }
    if task.state.get() != State::Pending {
        task.unregister();
    }
    Ok(Value::none())
}

/// The coroutine raised: so does the task. Exceptions that end programs go on to the loop.
fn failed(vm: &Vm, task: Task) -> PyResult<()> {
    let Some(exception) = vm.take_pending() else { return Err(Raised) };
    let class = vm.type_of(exception);
    if class.is_subtype(cancelled_error(vm)?) {
        task.cancelled_error.set(&vm.heap, task, Some(exception));
        return Future::cancel_now(task, vm, None).map(drop);
    }
    Future::fail(task, vm, exception)?;
    if class.is_subtype(vm.exceptions.keyboard_interrupt) || class.is_subtype(vm.exceptions.system_exit) {
        task.unregister();
        return Err(vm.reraise_value(exception));
    }
    Ok(())
}

/// `coroutine.send(None)`.
fn send_none(vm: &Vm, coroutine: Value) -> PyResult<Resumed> {
    if coroutine.is::<Generator>() || vm.special_of(coroutine, Special::Next).is_some() {
        return vm.send(coroutine, Value::none());
    }
    let method = vm.getattr(coroutine, vm.names.send)?;
    let result = vm.call(method, &[Value::none()]);
    returned_or_raised(vm, result)
}

fn throw(vm: &Vm, coroutine: Value, error: Value) -> PyResult<Resumed> {
    if let Some(generator) = coroutine.downcast::<Generator>()
        && generator.header().shape() != shape_id::ASYNC_GENERATOR
    {
        return vm.generator_throw(generator, error, true);
    }
    let method = vm.getattr(coroutine, vm.names.throw)?;
    let result = vm.call(method, &[error]);
    returned_or_raised(vm, result)
}

fn returned_or_raised(vm: &Vm, result: PyResult) -> PyResult<Resumed> {
    match result {
        Ok(v) => Ok(Resumed::Yielded(v)),
        Err(Raised) => {
            let stop = vm.catch(vm.exceptions.stop_iteration)?;
            Ok(Resumed::Returned(vm.stop_iteration_value(stop)))
        }
    }
}

/// The loop that a future of any class belongs to.
pub fn loop_of(vm: &Vm, future: Value) -> PyResult {
    if let Some(future) = plain_future(vm, future) {
        return Ok(future.event_loop.get().unwrap_or(Value::none()));
    }
    match vm.getattr_opt(future, vm.names.get_loop)? {
        Some(method) => vm.call(method, &[]),
        None => vm.getattr(future, vm.names._loop),
    }
}

/// A future or task whose class is our own: no method of it can be replaced.
pub fn plain_future(vm: &Vm, v: Value) -> Option<Gc<Native<Future>>> {
    v.downcast::<Native<Future>>().filter(|_| vm.type_of(v).def.is_some())
}

/// `future.cancel(msg=message)`.
pub fn cancel_any(vm: &Vm, future: Value, message: Option<Value>) -> PyResult<bool> {
    let keyword = (vm.names.msg, message.unwrap_or(Value::none()));
    let answer = call_with_keyword(vm, future, vm.names.cancel, &[], keyword)?;
    vm.truthy(answer)
}

/// The coroutine yielded: its task waits for a future, or for its next turn.
fn wait_for(vm: &Vm, task: Task, awaited: Value) -> PyResult<()> {
    if awaited.is_none() {
        return schedule(vm, task, None);
    }
    let text = |v: Value| vm.repr_text(v);
    let complain = |message: String| {
        let text = vm.new_str(&message);
        let error = vm.new_exception(vm.exceptions.runtime_error, &[text]);
        schedule(vm, task, Some(error.value()))
    };
    if awaited == task.value() {
        return complain(format!("Task cannot await on itself: {}", text(awaited)?));
    }
    let plain = plain_future(vm, awaited);
    let blocking = match plain {
        Some(future) => Value::bool(future.blocking.get()),
        None => match vm.getattr_opt(awaited, vm.names._asyncio_future_blocking)?.filter(|b| !b.is_none()) {
            Some(blocking) => blocking,
            None => {
                let awaited_text = text(awaited)?;
                return complain(match awaited.header().map(|h| h.shape()) {
                    Some(shape_id::GENERATOR) => format!(
                        "yield was used instead of yield from for generator in task {} with {awaited_text}",
                        text(task.value())?
                    ),
                    _ => format!("Task got bad yield: {awaited_text}"),
                });
            }
        },
    };
    if Some(loop_of(vm, awaited)?) != task.event_loop.get() {
        return complain(format!(
            "Task {} got Future {} attached to a different loop",
            text(task.value())?,
            text(awaited)?
        ));
    }
    if !vm.truthy(blocking)? {
        return complain(format!(
            "yield was used instead of yield from in task {} with {}",
            text(task.value())?,
            text(awaited)?
        ));
    }
    let part = part_of(task);
    let context = part.context.get().unwrap_or(Value::none());
    let wakeup = wakeup_of(vm, task)?;
    if let Some(future) = awaited.downcast::<Native<Future>>() {
        Future::add_waiter(future, vm, task.value())?;
    }
    match plain {
        Some(future) => {
            future.blocking.set(false);
            Future::add_callback(future, vm, wakeup, context)?;
        }
        None => {
            vm.setattr(awaited, vm.names._asyncio_future_blocking, Some(Value::bool(false)))?;
            let keyword = (vm.names.context, context);
            call_with_keyword(vm, awaited, vm.names.add_done_callback, &[wakeup], keyword)?;
        }
    }
    part.waiter.set(&vm.heap, part, Some(awaited));
    if part.must_cancel.get() && cancel_any(vm, awaited, task.cancel_message.get())? {
        part.must_cancel.set(false);
    }
    Ok(())
}

/// What a task waited for is done: its next step.
pub fn wakeup(vm: &Vm, task: Task, future: Value) -> PyResult {
    let result = match plain_future(vm, future) {
        Some(future) => {
            future.discard_waiter(vm, task.value())?;
            // The value itself is asked for by the iterator of the `await`.
            Future::take_result(future, vm)
        }
        None => {
            if let Some(future) = future.downcast::<Native<Future>>() {
                future.discard_waiter(vm, task.value())?;
            }
            vm.getattr(future, vm.names.result).and_then(|method| vm.call(method, &[]))
        }
    };
    match result {
        Ok(_) => step(vm, task, None),
        Err(Raised) => {
            let error = vm.take_pending();
            step(vm, task, error)
        }
    }
}
