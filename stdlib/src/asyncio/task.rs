//! `Task`: a coroutine wrapped in a future.

use super::future::{Future, State, settable};
use super::python;
use super::registry::{is_coroutine, swap_current_task};
use super::step::{TaskPart, cancel_any, part_of, run, schedule, wakeup};
use adder_interp::native::Args;
use adder_interp::object::function::NativeFunction;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::shape::shape_id;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::pymethods;
use std::sync::atomic::{AtomicI64, Ordering};

type This = Gc<Native<Future>>;

/// Number of the next task that gets no name.
static NEXT_NUMBER: AtomicI64 = AtomicI64::new(1);

fn future_class(vm: &Vm) -> Value {
    vm.native_type(Future::TYPE_DEF).map_or(vm.types.object.value(), Gc::value)
}

/// What is on hand of a task, whose `__init__` may not have run.
fn part(vm: &Vm, this: Gc<Native<Future>>) -> PyResult<Gc<Native<TaskPart>>> {
    this.task.get().ok_or_else(|| vm.runtime_error("Task object is not initialized."))
}

/// Calls `function(task, *args)` of the Python half.
fn call_base(vm: &Vm, key: &'static str, name: &str, args: &[Value]) -> PyResult {
    let function = python(vm, key, "asyncio.base_tasks", name)?;
    vm.call(function, args)
}

fn as_name(vm: &Vm, name: Value) -> PyResult {
    if crate::support::is_exact_str(name) { Ok(name) } else { Ok(vm.str_of(name)?.value()) }
}

/// Runs the first step at once; a task that is not done by then goes on like others.
fn start_eagerly(vm: &Vm, this: Gc<Native<Future>>) -> PyResult<()> {
    let part = part_of(this);
    let event_loop = this.event_loop.get().unwrap_or(Value::none());
    let previous = swap_current_task(vm, event_loop, this.value())?;
    this.register();
    let context = part.context.get().unwrap_or(Value::none());
    let result = vm.within_context(context, || run(vm, this, None));
    let pending = vm.take_pending();
    let swapped = swap_current_task(vm, event_loop, previous.unwrap_or(Value::none()));
    if this.state.get() != State::Pending {
        this.unregister();
        part.coroutine.take();
    }
    match (result, pending) {
        (Err(Raised), Some(pending)) => Err(vm.reraise_value(pending)),
        _ => swapped.map(drop),
    }
}

/// A coroutine wrapped in a Future.
pub struct Task;

#[pymethods(
    name = "Task",
    module = "_asyncio",
    kind = Native,
    base = future_class,
    subclassable,
    weakrefable,
    doc = "A coroutine wrapped in a Future."
)]
impl Task {
    #[pynew(sig = "(*args, **kwargs)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult<This> {
        let _ = args;
        let this = vm.new_native(cls, Future::blank());
        this.task.set(&vm.heap, this, Some(TaskPart::create(vm, this)?));
        Future::settle(this, vm);
        Ok(this)
    }

    #[pymethod(sig = "(coro, *, loop=None, name=None, context=None, eager_start=False)")]
    fn __init__(
        this: Gc<Native<Future>>,
        vm: &Vm,
        coroutine: Value,
        event_loop: Option<Value>,
        name: Option<Value>,
        context: Option<Value>,
        eager_start: bool,
    ) -> PyResult<()> {
        Future::initialise(this, vm, event_loop)?;
        let part = part(vm, this)?;
        let coroutine_itself = coroutine.header().is_some_and(|h| h.shape() == shape_id::COROUTINE);
        if !coroutine_itself && !is_coroutine(vm, coroutine)? {
            part.log_destroy_pending.set(false);
            let text = vm.repr_text(coroutine)?;
            return Err(vm.type_error(format!("a coroutine was expected, got {text}")));
        }
        part.context.set(
            &vm.heap,
            part,
            Some(match context.filter(|c| !c.is_none()) {
                Some(context) => context,
                None => vm.copy_context()?,
            }),
        );
        part.waiter.take();
        part.must_cancel.set(false);
        part.log_destroy_pending.set(true);
        part.cancel_requests.set(0);
        part.coroutine.set(&vm.heap, part, Some(coroutine));
        part.name.set(
            &vm.heap,
            part,
            Some(match name.filter(|n| !n.is_none()) {
                Some(name) => as_name(vm, name)?,
                None => vm.new_int(NEXT_NUMBER.fetch_add(1, Ordering::Relaxed)),
            }),
        );
        Future::settle(this, vm);
        if eager_start {
            let event_loop = this.event_loop.get().unwrap_or(Value::none());
            let running = vm.call_method(event_loop, "is_running", &[])?;
            if vm.truthy(running)? {
                return start_eagerly(vm, this);
            }
        }
        schedule(vm, this, None)?;
        this.register();
        Ok(())
    }

    #[pymethod]
    fn __del__(this: Gc<Native<Future>>, vm: &Vm) -> PyResult<()> {
        let forgotten = this.task.get().is_some_and(|part| part.log_destroy_pending.get());
        if forgotten && this.state.get() == State::Pending {
            let message = vm.new_str("Task was destroyed but it is pending!");
            Future::report(this, vm, &[("task", this.value()), ("message", message)])?;
        }
        Future::report_unseen(this, vm)
    }

    #[pymethod]
    fn __repr__(this: Gc<Native<Future>>, vm: &Vm) -> PyResult {
        call_base(vm, "_asyncio._task_repr", "_task_repr", &[this.value()])
    }

    /// Request that this task cancel itself.
    ///
    /// This arranges for a CancelledError to be thrown into the
    /// wrapped coroutine on the next cycle through the event loop.
    /// The coroutine then has a chance to clean up or even deny
    /// the request using try/except/finally.
    ///
    /// Unlike Future.cancel, this does not guarantee that the
    /// task will be cancelled: the exception might be caught and
    /// acted upon, delaying cancellation of the task or preventing
    /// cancellation completely.  The task may also return a value or
    /// raise a different exception.
    ///
    /// Immediately after this method is called, Task.cancelled() will
    /// not return True (unless the task was already cancelled).  A
    /// task will be marked as cancelled when the wrapped coroutine
    /// terminates with a CancelledError exception (even if cancel()
    /// was not called).
    ///
    /// This also increases the task's count of cancellation requests.
    #[pymethod(sig = "(msg=None)")]
    fn cancel(this: Gc<Native<Future>>, vm: &Vm, message: Option<Value>) -> PyResult<bool> {
        let part = part(vm, this)?;
        Future::log_nothing(this, vm);
        if this.state.get() != State::Pending {
            return Ok(false);
        }
        part.cancel_requests.set(part.cancel_requests.get() + 1);
        if let Some(waiter) = part.waiter.get()
            && cancel_any(vm, waiter, message)?
        {
            return Ok(true);
        }
        part.must_cancel.set(true);
        this.cancel_message.set(&vm.heap, this, message);
        Ok(true)
    }

    /// Return the count of the task's cancellation requests.
    ///
    /// This count is incremented when .cancel() is called
    /// and may be decremented using .uncancel().
    #[pymethod]
    fn cancelling(this: Gc<Native<Future>>, vm: &Vm) -> PyResult<i64> {
        Ok(part(vm, this)?.cancel_requests.get())
    }

    /// Decrement the task's count of cancellation requests.
    ///
    /// This should be used by tasks that catch CancelledError
    /// and wish to continue indefinitely until they are cancelled again.
    ///
    /// Returns the remaining number of cancellation requests.
    #[pymethod]
    fn uncancel(this: Gc<Native<Future>>, vm: &Vm) -> PyResult<i64> {
        let part = part(vm, this)?;
        let requests = part.cancel_requests.get();
        if requests > 0 {
            part.cancel_requests.set(requests - 1);
            if requests == 1 {
                part.must_cancel.set(false);
            }
        }
        Ok(part.cancel_requests.get())
    }

    #[pymethod]
    fn set_result(_this: Gc<Native<Future>>, vm: &Vm, result: Value) -> PyResult<()> {
        let _ = result;
        Err(vm.runtime_error("Task does not support set_result operation"))
    }

    #[pymethod]
    fn set_exception(_this: Gc<Native<Future>>, vm: &Vm, exception: Value) -> PyResult<()> {
        let _ = exception;
        Err(vm.runtime_error("Task does not support set_exception operation"))
    }

    #[pymethod]
    fn get_coro(this: Gc<Native<Future>>, vm: &Vm) -> PyResult<Option<Value>> {
        Ok(part(vm, this)?.coroutine.get())
    }

    #[pymethod]
    fn get_context(this: Gc<Native<Future>>, vm: &Vm) -> PyResult<Option<Value>> {
        Ok(part(vm, this)?.context.get())
    }

    #[pymethod]
    fn get_name(this: Gc<Native<Future>>, vm: &Vm) -> PyResult<Option<Value>> {
        let part = part(vm, this)?;
        if let Some(number) = part.name.get().and_then(Value::as_small_int) {
            part.name.set(&vm.heap, part, Some(vm.new_str(&format!("Task-{number}"))));
        }
        Ok(part.name.get())
    }

    #[pymethod]
    fn set_name(this: Gc<Native<Future>>, vm: &Vm, value: Value) -> PyResult<()> {
        let name = as_name(vm, value)?;
        let part = part(vm, this)?;
        part.name.set(&vm.heap, part, Some(name));
        Ok(())
    }

    /// Return the list of stack frames for this task's coroutine.
    ///
    /// If the coroutine is not done, this returns the stack where it is
    /// suspended.  If the coroutine has completed successfully or was
    /// cancelled, this returns an empty list.  If the coroutine was
    /// terminated by an exception, this returns the list of traceback
    /// frames.
    ///
    /// The frames are always ordered from oldest to newest.
    ///
    /// The optional limit gives the maximum number of frames to
    /// return; by default all available frames are returned.  Its
    /// meaning differs depending on whether a stack or a traceback is
    /// returned: the newest frames of a stack are returned, but the
    /// oldest frames of a traceback are returned.  (This matches the
    /// behavior of the traceback module.)
    ///
    /// For reasons beyond our control, only one stack frame is
    /// returned for a suspended coroutine.
    #[pymethod(sig = "(*, limit=None)")]
    fn get_stack(this: Gc<Native<Future>>, vm: &Vm, limit: Option<Value>) -> PyResult {
        let limit = limit.unwrap_or(Value::none());
        call_base(vm, "_asyncio._task_get_stack", "_task_get_stack", &[this.value(), limit])
    }

    /// Print the stack or traceback for this task's coroutine.
    ///
    /// This produces output similar to that of the traceback module,
    /// for the frames retrieved by get_stack().  The limit argument
    /// is passed to get_stack().  The file argument is an I/O stream
    /// to which the output is written; by default output is written
    /// to sys.stderr.
    #[pymethod(sig = "(*, limit=None, file=None)")]
    fn print_stack(this: Gc<Native<Future>>, vm: &Vm, limit: Option<Value>, file: Option<Value>) -> PyResult {
        let (limit, file) = (limit.unwrap_or(Value::none()), file.unwrap_or(Value::none()));
        call_base(vm, "_asyncio._task_print_stack", "_task_print_stack", &[this.value(), limit, file])
    }

    #[pygetset]
    fn _log_destroy_pending(this: Gc<Native<Future>>, vm: &Vm) -> PyResult<bool> {
        Ok(part(vm, this)?.log_destroy_pending.get())
    }
    #[pygetset(setter = "_log_destroy_pending")]
    fn set_log_destroy_pending(this: Gc<Native<Future>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        let value = settable(vm, this, "_log_destroy_pending", value)?;
        part(vm, this)?.log_destroy_pending.set(vm.truthy(value)?);
        Future::settle(this, vm);
        Ok(())
    }
    #[pygetset]
    fn _must_cancel(this: Gc<Native<Future>>, vm: &Vm) -> PyResult<bool> {
        Ok(part(vm, this)?.must_cancel.get())
    }
    #[pygetset]
    fn _coro(this: Gc<Native<Future>>, vm: &Vm) -> PyResult<Option<Value>> {
        Ok(part(vm, this)?.coroutine.get())
    }
    #[pygetset]
    fn _fut_waiter(this: Gc<Native<Future>>, vm: &Vm) -> PyResult<Option<Value>> {
        Ok(part(vm, this)?.waiter.get())
    }
}

/// Methods that are no attributes of the class.
struct Hidden;

#[pymethods(name = "Task", module = "_asyncio", kind = Native, base = future_class)]
impl Hidden {
    #[pymethod]
    fn task_wakeup(this: Gc<Native<Future>>, vm: &Vm, future: Value) -> PyResult {
        wakeup(vm, this, future)
    }
}

/// The method of a task that the futures it waits for call.
pub fn wakeup_of(vm: &Vm, this: Gc<Native<Future>>) -> PyResult {
    let part = part_of(this);
    if let Some(wakeup) = part.wakeup.get() {
        return Ok(wakeup);
    }
    let method = vm.registered("_asyncio.task_wakeup", |vm| {
        let def = &Hidden::TYPE_DEF.methods[0];
        let owner = vm.native_type(Task::TYPE_DEF)?;
        Ok(NativeFunction::descriptor(&vm.heap, def, owner, vm.intern(def.name)).value())
    })?;
    let method: Gc<NativeFunction> = method.downcast().expect("made as a descriptor");
    let bound = method.bind(&vm.heap, this.value()).value();
    part.wakeup.set(&vm.heap, part, Some(bound));
    Ok(bound)
}
