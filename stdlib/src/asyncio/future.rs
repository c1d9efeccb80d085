//! `Future`: a result that comes later, and the iterator that `await` runs.
//!
//! A task is a future with a [`TaskPart`]. Callbacks are kept as pairs of function and context, the first one apart: most
//! futures have one. A future has something to do when it dies only while it holds an exception that nobody asked for.

use super::step::TaskPart;
use super::{call_plain, call_soon, cancelled_error, invalid_state, python};
use adder_interp::heap::Tracer;
use adder_interp::native::Args;
use adder_interp::object::exception::Exception;
use adder_interp::object::function::NativeFunction;
use adder_interp::object::header::{Gc, Trace};
use adder_interp::object::list::List;
use adder_interp::object::native::{BarrierCell, Native};
use adder_interp::object::set::Set;
use adder_interp::object::traceback::Traceback;
use adder_interp::object::typeobj::{Type, type_flag};
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::dispatch::generators::Resumed;
use adder_interp::vm::special::Special;
use adder_macros::{Trace, pyclass, pyfunction, pymethods};
use std::cell::Cell;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum State {
    Pending,
    Cancelled,
    Finished,
}

impl Trace for State {
    const NOTHING: bool = true;
    const BARRIERED: bool = true;
    fn trace(&self, _: &mut Tracer<'_>) {}
}

/// A future; tasks have a part more.
#[pyclass(
    name = "Future",
    module = "_asyncio",
    subclassable,
    weakrefable,
    doc = "This class is *almost* compatible with concurrent.futures.Future.\n
    Differences:\n
    - result() and exception() do not take a timeout argument and
      raise an exception when the future isn't done yet.\n
    - Callbacks registered with add_done_callback() are always called
      via the event loop's call_soon_threadsafe().\n
    - This class is not compatible with the wait() and as_completed()
      methods in the concurrent.futures package."
)]
#[derive(Trace)]
pub struct Future {
    pub state: Cell<State>,
    /// Yielded by its own iterator, so that the task knows it is awaited.
    pub blocking: Cell<bool>,
    /// Holds an exception that nobody asked for.
    log_traceback: Cell<bool>,
    /// Absent until `__init__` ran.
    pub event_loop: BarrierCell<Option<Value>>,
    result: BarrierCell<Option<Value>>,
    exception: BarrierCell<Option<Value>>,
    /// The exception's traceback as it was set.
    traceback: BarrierCell<Option<Gc<Traceback>>>,
    first_callback: BarrierCell<Option<(Value, Value)>>,
    /// Functions and contexts of further callbacks, in turn.
    callbacks: BarrierCell<Option<Gc<List>>>,
    pub cancel_message: BarrierCell<Option<Value>>,
    /// What ended the coroutine, to be raised once.
    pub cancelled_error: BarrierCell<Option<Value>>,
    pub source_traceback: BarrierCell<Option<Value>>,
    /// A future that waits for this one, or a set of them.
    awaited_by: BarrierCell<Option<Value>>,
    pub task: BarrierCell<Option<Gc<Native<TaskPart>>>>,
}

type This = Gc<Native<Future>>;

impl Future {
    pub fn blank() -> Future {
        Future {
            state: Cell::new(State::Pending),
            blocking: Cell::new(false),
            log_traceback: Cell::new(false),
            event_loop: BarrierCell::new(None),
            result: BarrierCell::new(None),
            exception: BarrierCell::new(None),
            traceback: BarrierCell::new(None),
            first_callback: BarrierCell::new(None),
            callbacks: BarrierCell::new(None),
            cancel_message: BarrierCell::new(None),
            cancelled_error: BarrierCell::new(None),
            source_traceback: BarrierCell::new(None),
            awaited_by: BarrierCell::new(None),
            task: BarrierCell::new(None),
        }
    }

    /// What both classes' `__init__` begins with.
    pub fn initialise(this: Gc<Native<Future>>, vm: &Vm, event_loop: Option<Value>) -> PyResult<()> {
        let event_loop = match event_loop.filter(|l| !l.is_none()) {
            Some(event_loop) => event_loop,
            None => super::registry::get_event_loop(vm)?,
        };
        this.state.set(State::Pending);
        for field in [
            &this.result,
            &this.exception,
            &this.cancel_message,
            &this.cancelled_error,
            &this.source_traceback,
            &this.awaited_by,
        ] {
            field.take();
        }
        this.traceback.take();
        this.first_callback.take();
        this.callbacks.take();
        this.blocking.set(false);
        this.log_traceback.set(false);
        this.event_loop.set(&vm.heap, this, Some(event_loop));
        Future::settle(this, vm);
        let debug = call_plain(vm, event_loop, vm.names.get_debug)?;
        if vm.truthy(debug)? {
            let extract = python(vm, "_asyncio.extract_stack", "traceback", "extract_stack")?;
            this.source_traceback.set(&vm.heap, this, Some(vm.call(extract, &[])?));
        }
        Ok(())
    }

    /// Notes whether anything has to be done when this object dies. A `__del__` of a Python class always runs.
    pub fn settle(this: Gc<Native<Future>>, vm: &Vm) {
        let native = vm.special_of(this.value(), Special::Del).is_some_and(|del| del.is::<NativeFunction>());
        let forgotten = this.state.get() == State::Pending
            && this.task.get().is_some_and(|part| part.log_destroy_pending.get());
        let finalizable = !native || this.log_traceback.get() || forgotten;
        vm.heap.set_finalizable(this.header(), finalizable);
    }

    /// The loop, unless `__init__` has not run.
    fn alive(&self, vm: &Vm) -> PyResult {
        self.event_loop.get().ok_or_else(|| vm.runtime_error("Future object is not initialized."))
    }

    pub fn log_nothing(this: Gc<Native<Future>>, vm: &Vm) {
        if this.log_traceback.replace(false) {
            Future::settle(this, vm);
        }
    }

    /// The result, or the exception raised.
    pub fn take_result(this: Gc<Native<Future>>, vm: &Vm) -> PyResult {
        match this.state.get() {
            State::Pending => Err(invalid_state(vm, "Result is not set.")),
            State::Cancelled => {
                let error = Future::make_cancelled(this, vm)?;
                Err(vm.raise_value(error))
            }
            State::Finished => {
                Future::log_nothing(this, vm);
                match this.exception.get() {
                    None => Ok(this.result.get().unwrap_or(Value::none())),
                    Some(exception) => {
                        if let Some(e) = exception.downcast::<Exception>() {
                            e.set_traceback(&vm.heap, this.traceback.get());
                        }
                        Err(vm.raise_value(exception))
                    }
                }
            }
        }
    }

    /// The error to raise for a cancelled future.
    pub fn make_cancelled(this: Gc<Native<Future>>, vm: &Vm) -> PyResult {
        if let Some(error) = this.cancelled_error.take() {
            return Ok(error);
        }
        let class = cancelled_error(vm)?.value();
        match this.cancel_message.get().filter(|m| !m.is_none()) {
            Some(message) => vm.call(class, &[message]),
            None => vm.call(class, &[]),
        }
    }

    /// Cancels the future itself; false if it was done.
    pub fn cancel_now(this: Gc<Native<Future>>, vm: &Vm, message: Option<Value>) -> PyResult<bool> {
        this.log_traceback.set(false);
        if this.state.get() != State::Pending {
            Future::settle(this, vm);
            return Ok(false);
        }
        this.state.set(State::Cancelled);
        this.cancel_message.set(&vm.heap, this, message);
        Future::notify(this, vm)?;
        Ok(true)
    }

    pub fn finish(this: Gc<Native<Future>>, vm: &Vm, result: Value) -> PyResult<()> {
        this.alive(vm)?;
        if this.state.get() != State::Pending {
            return Err(invalid_state(vm, "invalid state"));
        }
        this.result.set(&vm.heap, this, Some(result));
        this.state.set(State::Finished);
        Future::notify(this, vm)
    }

    pub fn fail(this: Gc<Native<Future>>, vm: &Vm, exception: Value) -> PyResult<()> {
        this.alive(vm)?;
        if this.state.get() != State::Pending {
            return Err(invalid_state(vm, "invalid state"));
        }
        let mut value = exception;
        if value.downcast::<Type>().is_some_and(|class| class.has(type_flag::IS_EXCEPTION)) {
            value = vm.call(value, &[])?;
        }
        let Some(mut instance) = value.downcast::<Exception>() else {
            return Err(vm.type_error("invalid exception object"));
        };
        if vm.type_of(value).is_subtype(vm.exceptions.stop_iteration) {
            let text = "StopIteration interacts badly with generators and cannot be raised into a Future";
            let replacement = vm.new_exception(vm.exceptions.runtime_error, &[vm.new_str(text)]);
            replacement.set_cause(&vm.heap, Some(value));
            replacement.set_context(&vm.heap, Some(value));
            instance = replacement;
        }
        this.exception.set(&vm.heap, this, Some(instance.value()));
        this.traceback.set(&vm.heap, this, instance.traceback.get());
        this.state.set(State::Finished);
        this.log_traceback.set(true);
        Future::notify(this, vm)
    }

    /// The future is done: its callbacks are handed to the loop.
    fn notify(this: Gc<Native<Future>>, vm: &Vm) -> PyResult<()> {
        Future::settle(this, vm);
        let Some(event_loop) = this.event_loop.get() else { return Ok(()) };
        if let Some((function, context)) = this.first_callback.take() {
            call_soon(vm, event_loop, function, Some(this.value()), context)?;
        }
        let Some(more) = this.callbacks.take() else { return Ok(()) };
        let mut at = 0;
        while let (Some(function), Some(context)) = (more.get(at), more.get(at + 1)) {
            call_soon(vm, event_loop, function, Some(this.value()), context)?;
            at += 2;
        }
        Ok(())
    }

    pub fn add_callback(this: Gc<Native<Future>>, vm: &Vm, function: Value, context: Value) -> PyResult<()> {
        let event_loop = this.alive(vm)?;
        if this.state.get() != State::Pending {
            return call_soon(vm, event_loop, function, Some(this.value()), context);
        }
        if this.first_callback.get().is_none() && this.callbacks.get().is_none() {
            this.first_callback.set(&vm.heap, this, Some((function, context)));
            return Ok(());
        }
        let more = match this.callbacks.get() {
            Some(more) => more,
            None => {
                let more = List::new(&vm.heap);
                this.callbacks.set(&vm.heap, this, Some(more));
                more
            }
        };
        more.push(&vm.heap, function);
        more.push(&vm.heap, context);
        Ok(())
    }

    /// All callbacks, as functions and contexts in turn.
    fn all_callbacks(&self, vm: &Vm) -> Gc<List> {
        let all = List::new(&vm.heap);
        if let Some((function, context)) = self.first_callback.get() {
            all.push(&vm.heap, function);
            all.push(&vm.heap, context);
        }
        let mut at = 0;
        while let Some(v) = self.callbacks.get().and_then(|more| more.get(at)) {
            all.push(&vm.heap, v);
            at += 1;
        }
        all
    }

    pub fn add_waiter(this: Gc<Native<Future>>, vm: &Vm, waiter: Value) -> PyResult<()> {
        match this.awaited_by.get() {
            None => this.awaited_by.set(&vm.heap, this, Some(waiter)),
            Some(one) if one == waiter => {}
            Some(held) => {
                let set = match held.downcast::<Set>() {
                    Some(set) => set,
                    None => {
                        let set = Set::new(&vm.heap);
                        set.add(vm, held)?;
                        this.awaited_by.set(&vm.heap, this, Some(set.value()));
                        set
                    }
                };
                set.add(vm, waiter)?;
            }
        }
        Ok(())
    }

    pub fn discard_waiter(&self, vm: &Vm, waiter: Value) -> PyResult<()> {
        match self.awaited_by.get() {
            Some(one) if one == waiter => drop(self.awaited_by.take()),
            Some(held) => {
                if let Some(set) = held.downcast::<Set>() {
                    set.remove(vm, waiter)?;
                }
            }
            None => {}
        }
        Ok(())
    }

    /// Tells the loop's exception handler about this object.
    pub fn report(this: Gc<Native<Future>>, vm: &Vm, what: &[(&str, Value)]) -> PyResult<()> {
        let Some(event_loop) = this.event_loop.get() else { return Ok(()) };
        let context = vm.new_dict();
        for (key, value) in what {
            context.insert_str(&vm.heap, vm.intern(key), *value);
        }
        if let Some(source) = this.source_traceback.get() {
            context.insert_str(&vm.heap, vm.intern("source_traceback"), source);
        }
        vm.call_method(event_loop, "call_exception_handler", &[context.value()]).map(drop)
    }

    /// What the death of a future with an unseen exception calls for.
    pub fn report_unseen(this: Gc<Native<Future>>, vm: &Vm) -> PyResult<()> {
        let (true, Some(exception)) = (this.log_traceback.replace(false), this.exception.get()) else {
            return Ok(());
        };
        let class = vm.type_of(this.value());
        let class = class.name();
        let name = class.rsplit('.').next().unwrap_or_default();
        let message = vm.new_str(&format!("{name} exception was never retrieved"));
        Future::report(this, vm, &[("message", message), ("exception", exception), ("future", this.value())])
    }
}

#[pymethods]
impl Future {
    #[pynew(sig = "(*args, **kwargs)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> This {
        let _ = args;
        let this = vm.new_native(cls, Future::blank());
        Future::settle(this, vm);
        this
    }

    #[pymethod(sig = "(*, loop=None)")]
    fn __init__(this: Gc<Native<Future>>, vm: &Vm, event_loop: Option<Value>) -> PyResult<()> {
        Future::initialise(this, vm, event_loop)
    }

    #[pymethod]
    fn __del__(this: Gc<Native<Future>>, vm: &Vm) -> PyResult<()> {
        Future::report_unseen(this, vm)
    }

    #[pymethod]
    fn __repr__(this: Gc<Native<Future>>, vm: &Vm) -> PyResult {
        this.alive(vm)?;
        let function = python(vm, "_asyncio._future_repr", "asyncio.base_futures", "_future_repr")?;
        vm.call(function, &[this.value()])
    }

    #[pymethod]
    fn __iter__(this: Gc<Native<Future>>, vm: &Vm) -> PyResult<Gc<Native<FutureIter>>> {
        this.alive(vm)?;
        FutureIter::create(vm, this)
    }

    #[pymethod]
    fn __await__(this: Gc<Native<Future>>, vm: &Vm) -> PyResult<Gc<Native<FutureIter>>> {
        this.alive(vm)?;
        FutureIter::create(vm, this)
    }

    /// See PEP 585
    #[pyclassmethod]
    fn __class_getitem__(cls: Gc<Type>, vm: &Vm, object: Value) -> PyResult {
        vm.generic_alias(cls, object)
    }

    /// Return the result this future represents.
    ///
    /// If the future has been cancelled, raises CancelledError.  If the
    /// future's result isn't yet available, raises InvalidStateError.  If
    /// the future is done and has an exception set, this exception is raised.
    #[pymethod]
    fn result(this: Gc<Native<Future>>, vm: &Vm) -> PyResult {
        if this.event_loop.get().is_none() {
            return Err(invalid_state(vm, "Future object is not initialized."));
        }
        Future::take_result(this, vm)
    }

    /// Return the exception that was set on this future.
    ///
    /// The exception (or None if no exception was set) is returned only if
    /// the future is done.  If the future has been cancelled, raises
    /// CancelledError.  If the future isn't done yet, raises
    /// InvalidStateError.
    #[pymethod]
    fn exception(this: Gc<Native<Future>>, vm: &Vm) -> PyResult<Option<Value>> {
        if this.event_loop.get().is_none() {
            return Err(invalid_state(vm, "Future object is not initialized."));
        }
        match this.state.get() {
            State::Pending => Err(invalid_state(vm, "Exception is not set.")),
            State::Cancelled => {
                let error = Future::make_cancelled(this, vm)?;
                Err(vm.raise_value(error))
            }
            State::Finished => {
                Future::log_nothing(this, vm);
                Ok(this.exception.get())
            }
        }
    }

    /// Mark the future done and set its result.
    ///
    /// If the future is already done when this method is called, raises
    /// InvalidStateError.
    #[pymethod]
    fn set_result(this: Gc<Native<Future>>, vm: &Vm, result: Value) -> PyResult<()> {
        Future::finish(this, vm, result)
    }

    /// Mark the future done and set an exception.
    ///
    /// If the future is already done when this method is called, raises
    /// InvalidStateError.
    #[pymethod]
    fn set_exception(this: Gc<Native<Future>>, vm: &Vm, exception: Value) -> PyResult<()> {
        Future::fail(this, vm, exception)
    }

    /// Add a callback to be run when the future becomes done.
    ///
    /// The callback is called with a single argument - the future object. If
    /// the future is already done when this is called, the callback is
    /// scheduled with call_soon.
    #[pymethod(sig = "(fn, /, *, context=<unrepresentable>)")]
    fn add_done_callback(
        this: Gc<Native<Future>>,
        vm: &Vm,
        function: Value,
        context: Option<Value>,
    ) -> PyResult<()> {
        this.alive(vm)?;
        let context = match context {
            Some(context) => context,
            None => vm.copy_context()?,
        };
        Future::add_callback(this, vm, function, context)
    }

    /// Remove all instances of a callback from the "call when done" list.
    ///
    /// Returns the number of callbacks removed.
    #[pymethod(sig = "(fn, /)")]
    fn remove_done_callback(this: Gc<Native<Future>>, vm: &Vm, function: Value) -> PyResult<usize> {
        this.alive(vm)?;
        let all = this.all_callbacks(vm);
        let kept = List::new(&vm.heap);
        let mut removed = 0;
        let mut at = 0;
        while let (Some(callback), Some(context)) = (all.get(at), all.get(at + 1)) {
            at += 2;
            if callback == function || vm.eq(callback, function)? {
                removed += 1;
            } else {
                kept.push(&vm.heap, callback);
                kept.push(&vm.heap, context);
            }
        }
        if removed > 0 {
            this.first_callback.set(&vm.heap, this, kept.get(0).zip(kept.get(1)));
            kept.splice(&vm.heap, 0, kept.len().min(2), &[]);
            this.callbacks.set(&vm.heap, this, Some(kept).filter(|more| !more.is_empty()));
        }
        Ok(removed)
    }

    /// Cancel the future and schedule callbacks.
    ///
    /// If the future is already done or cancelled, return False.  Otherwise,
    /// change the future's state to cancelled, schedule the callbacks and
    /// return True.
    #[pymethod(sig = "(msg=None)")]
    fn cancel(this: Gc<Native<Future>>, vm: &Vm, message: Option<Value>) -> PyResult<bool> {
        this.alive(vm)?;
        Future::cancel_now(this, vm, message)
    }

    /// Return True if the future was cancelled.
    #[pymethod]
    fn cancelled(&self) -> bool {
        self.state.get() == State::Cancelled
    }

    /// Return True if the future is done.
    ///
    /// Done means either that a result / exception are available, or that the
    /// future was cancelled.
    #[pymethod]
    fn done(&self) -> bool {
        self.state.get() != State::Pending
    }

    /// Return the event loop the Future is bound to.
    #[pymethod]
    fn get_loop(&self, vm: &Vm) -> PyResult {
        self.alive(vm)
    }

    /// Create the CancelledError to raise if the Future is cancelled.
    ///
    /// This should only be called once when handling a cancellation since
    /// it erases the context exception value.
    #[pymethod]
    fn _make_cancelled_error(this: Gc<Native<Future>>, vm: &Vm) -> PyResult {
        Future::make_cancelled(this, vm)
    }

    #[pygetset]
    fn _state(&self, vm: &Vm) -> PyResult<&'static str> {
        self.alive(vm)?;
        Ok(match self.state.get() {
            State::Pending => "PENDING",
            State::Cancelled => "CANCELLED",
            State::Finished => "FINISHED",
        })
    }
    #[pygetset]
    fn _asyncio_future_blocking(&self) -> bool {
        self.event_loop.get().is_some() && self.blocking.get()
    }
    #[pygetset(setter = "_asyncio_future_blocking")]
    fn set_blocking(this: Gc<Native<Future>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        let value = settable(vm, this, "_asyncio_future_blocking", value)?;
        this.alive(vm)?;
        this.blocking.set(vm.truthy(value)?);
        Ok(())
    }
    #[pygetset]
    fn _asyncio_awaited_by(&self, vm: &Vm) -> PyResult<Option<Value>> {
        let Some(held) = self.awaited_by.get() else { return Ok(None) };
        let members = if held.is::<Set>() { held } else { vm.new_tuple(&[held]) };
        vm.call(vm.types.frozenset.value(), &[members]).map(Some)
    }
    #[pygetset]
    fn _loop(&self) -> Option<Value> {
        self.event_loop.get()
    }
    #[pygetset]
    fn _callbacks(&self, vm: &Vm) -> PyResult<Option<Value>> {
        self.alive(vm)?;
        let all = self.all_callbacks(vm);
        if all.is_empty() {
            return Ok(None);
        }
        let pairs = List::new(&vm.heap);
        let mut at = 0;
        while let (Some(function), Some(context)) = (all.get(at), all.get(at + 1)) {
            pairs.push(&vm.heap, vm.new_tuple(&[function, context]));
            at += 2;
        }
        Ok(Some(pairs.value()))
    }
    #[pygetset]
    fn _result(&self, vm: &Vm) -> PyResult<Option<Value>> {
        self.alive(vm)?;
        Ok(self.result.get())
    }
    #[pygetset]
    fn _exception(&self, vm: &Vm) -> PyResult<Option<Value>> {
        self.alive(vm)?;
        Ok(self.exception.get())
    }
    #[pygetset]
    fn _source_traceback(&self) -> Option<Value> {
        self.source_traceback.get()
    }
    #[pygetset]
    fn _cancel_message(&self) -> Option<Value> {
        self.cancel_message.get()
    }
    #[pygetset(setter = "_cancel_message")]
    fn set_cancel_message(this: Gc<Native<Future>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        this.cancel_message.set(&vm.heap, this, Some(settable(vm, this, "_cancel_message", value)?));
        Ok(())
    }
    #[pygetset]
    fn _log_traceback(&self, vm: &Vm) -> PyResult<bool> {
        self.alive(vm)?;
        Ok(self.log_traceback.get())
    }
    #[pygetset(setter = "_log_traceback")]
    fn set_log_traceback(this: Gc<Native<Future>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        let value = settable(vm, this, "_log_traceback", value)?;
        if vm.truthy(value)? {
            return Err(vm.value_error("_log_traceback can only be set to False"));
        }
        Future::log_nothing(this, vm);
        Ok(())
    }
}

/// The value to set an attribute to, which cannot be deleted.
pub fn settable(vm: &Vm, this: Gc<Native<Future>>, name: &str, value: Option<Value>) -> PyResult {
    value.ok_or_else(|| {
        let class = vm.type_of(this.value()).message_name();
        vm.attribute_error(format!("attribute '{name}' of '{class}' objects cannot be deleted"))
    })
}

/// Record that `fut` is awaited on by `waiter`.
#[pyfunction(module = "_asyncio", sig = "(fut, waiter, /)")]
pub fn future_add_to_awaited_by(vm: &Vm, future: Value, waiter: Value) -> PyResult<()> {
    match (future.downcast::<Native<Future>>(), waiter.is::<Native<Future>>()) {
        (Some(future), true) => Future::add_waiter(future, vm, waiter),
        _ => Ok(()),
    }
}

#[pyfunction(module = "_asyncio", sig = "(fut, waiter, /)")]
pub fn future_discard_from_awaited_by(vm: &Vm, future: Value, waiter: Value) -> PyResult<()> {
    match (future.downcast::<Native<Future>>(), waiter.is::<Native<Future>>()) {
        (Some(future), true) => future.discard_waiter(vm, waiter),
        _ => Ok(()),
    }
}

/// What `await` runs: yields the future once, then ends with its result.
#[pyclass(name = "FutureIter", module = "_asyncio", no_constructor, send = resume_iterator)]
#[derive(Trace)]
pub struct FutureIter {
    future: BarrierCell<Option<This>>,
}

impl FutureIter {
    fn create(vm: &Vm, future: This) -> PyResult<Gc<Native<FutureIter>>> {
        let class = vm.native_type(FutureIter::TYPE_DEF)?;
        Ok(vm.new_native(class, FutureIter { future: BarrierCell::new(Some(future)) }))
    }

    fn resume(&self, vm: &Vm) -> PyResult<Resumed> {
        let Some(future) = self.future.get() else { return Ok(Resumed::Returned(Value::none())) };
        if future.state.get() == State::Pending {
            if !future.blocking.replace(true) {
                return Ok(Resumed::Yielded(future.value()));
            }
            return Err(vm.runtime_error("await wasn't used with future"));
        }
        Future::take_result(future, vm).map(Resumed::Returned)
    }
}

/// What `await` does with a [`FutureIter`]; the value that is sent means nothing.
fn resume_iterator(vm: &Vm, iterator: Value, _value: Value) -> PyResult<Resumed> {
    iterator.downcast::<Native<FutureIter>>().expect("registered for this class").resume(vm)
}

#[pymethods]
impl FutureIter {
    #[pymethod]
    fn __iter__(this: Gc<Native<FutureIter>>) -> Gc<Native<FutureIter>> {
        this
    }

    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult {
        match self.resume(vm)? {
            Resumed::Yielded(future) => Ok(future),
            Resumed::Returned(result) => Err(vm.stop_iteration(Some(result).filter(|r| !r.is_none()))),
        }
    }

    #[pymethod]
    fn send(&self, vm: &Vm, value: Value) -> PyResult {
        let _ = value;
        self.__next__(vm)
    }

    #[pymethod]
    fn throw(&self, vm: &Vm, args: Args<'_>) -> PyResult {
        let values = args.counted(vm, "throw", 1, 3)?;
        vm.check_throw_signature(values, "throw")?;
        if values.get(2).is_some_and(|tb| !tb.is_none() && !tb.is::<Traceback>()) {
            return Err(vm.type_error("throw() third argument must be a traceback"));
        }
        self.future.take();
        let class = values[0].downcast::<Type>().is_some_and(|class| class.has(type_flag::IS_EXCEPTION));
        if !class && !values[0].is::<Exception>() {
            return Err(vm.type_error(
                "exceptions must be classes deriving BaseException or instances of such a class",
            ));
        }
        let exception = vm.throw_argument(values)?;
        Err(vm.raise_value(exception))
    }

    #[pymethod]
    fn close(&self) {
        self.future.take();
    }
}
