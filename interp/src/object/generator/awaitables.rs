//! What async generators hand out to be awaited (`asend`, `athrow`, `aclose`), and the awaitable of `anext` with a
//! default.
//!
//! Each runs its generator once. A value that the generator yields arrives wrapped and ends the await as the value of a
//! `StopIteration`; anything else comes from an `await` inside the generator and goes on to the event loop.

use super::{Generator, GeneratorState};
use crate::heap::Tracer;
use crate::native::Args;
use crate::object::header::{Gc, Trace};
use crate::object::native::Native;
use crate::object::tuple::Tuple;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use crate::vm::dispatch::generators::Resumed;
use crate::vm::special::Special;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::Cell;

/// How far an awaitable is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Created,
    Running,
    Closed,
}

impl Trace for Progress {
    const NOTHING: bool = true;
    const BARRIERED: bool = true;
    fn trace(&self, _: &mut Tracer<'_>) {}
}

/// What came out of the generator: passed-through values as they are, its own as the await's result, its end as
/// `StopAsyncIteration`.
fn unwrap(vm: &Vm, generator: Gc<Generator>, result: PyResult<Resumed>) -> PyResult<Resumed> {
    let value = match result {
        Ok(Resumed::Yielded(v)) => v,
        Ok(Resumed::Returned(_)) => {
            generator.closed.set(true);
            generator.running_async.set(false);
            return Err(vm.raise_class(vm.exceptions.stop_async_iteration, &[]));
        }
        Err(Raised) => {
            if pending_ends(vm) {
                generator.closed.set(true);
            }
            generator.running_async.set(false);
            return Err(Raised);
        }
    };
    match vm.unwrap_async_value(value) {
        Some(yielded) => {
            generator.running_async.set(false);
            Ok(Resumed::Returned(yielded))
        }
        None => Ok(Resumed::Yielded(value)),
    }
}

/// A step's outcome as methods of iterators give it: results are raised.
fn as_iterator(vm: &Vm, result: PyResult<Resumed>) -> PyResult {
    match result? {
        Resumed::Yielded(value) => Ok(value),
        Resumed::Returned(value) => Err(vm.stop_iteration(Some(value))),
    }
}

/// Whether the pending exception is one that ends an async generator.
fn pending_ends(vm: &Vm) -> bool {
    vm.pending().is_some_and(|e| {
        let ty = vm.type_of(e);
        ty.is_subtype(vm.exceptions.stop_async_iteration) || ty.is_subtype(vm.exceptions.generator_exit)
    })
}

/// `close()` of an awaitable: `thrown` is the result of throwing GeneratorExit into it.
fn finish_close(vm: &Vm, thrown: PyResult) -> PyResult<()> {
    match thrown {
        Ok(_) => Err(vm.runtime_error("coroutine ignored GeneratorExit")),
        Err(Raised) => {
            let stop = vm.pending().is_some_and(|e| vm.type_of(e).is_subtype(vm.exceptions.stop_iteration));
            if stop || pending_ends(vm) {
                vm.take_pending();
                return Ok(());
            }
            Err(Raised)
        }
    }
}

fn generator_exit(vm: &Vm) -> Value {
    vm.new_exception(vm.exceptions.generator_exit, &[]).value()
}

/// The awaitable of `__anext__` and `asend`.
#[pyclass(name = "async_generator_asend", send = resume_asend)]
#[derive(Trace)]
pub struct Asend {
    generator: Gc<Generator>,
    value: Value,
    progress: Cell<Progress>,
}

impl Asend {
    pub fn create(vm: &Vm, generator: Gc<Generator>, value: Value) -> PyResult<Gc<Native<Asend>>> {
        let class = vm.native_type(Asend::TYPE_DEF)?;
        Ok(vm.new_native(class, Asend { generator, value, progress: Cell::new(Progress::Created) }))
    }

    /// Checks the state before a step; true for the first one.
    fn begin(&self, vm: &Vm) -> PyResult<bool> {
        match self.progress.get() {
            Progress::Closed => Err(vm.runtime_error("cannot reuse already awaited __anext__()/asend()")),
            Progress::Running => Ok(false),
            Progress::Created => {
                if self.generator.running_async.get() {
                    self.progress.set(Progress::Closed);
                    return Err(vm.runtime_error("anext(): asynchronous generator is already running"));
                }
                self.progress.set(Progress::Running);
                self.generator.running_async.set(true);
                Ok(true)
            }
        }
    }

    fn step(&self, vm: &Vm, result: PyResult<Resumed>) -> PyResult<Resumed> {
        let result = unwrap(vm, self.generator, result);
        if !matches!(result, Ok(Resumed::Yielded(_))) {
            self.progress.set(Progress::Closed);
        }
        result
    }

    fn resume(&self, vm: &Vm, value: Value) -> PyResult<Resumed> {
        let first = self.begin(vm)?;
        self.generator.running_async.set(true);
        let value = if first && value.is_none() { self.value } else { value };
        self.step(vm, vm.generator_send(self.generator, value))
    }

    fn throw_exception(&self, vm: &Vm, exception: Value) -> PyResult {
        self.begin(vm)?;
        as_iterator(vm, self.step(vm, vm.generator_throw(self.generator, exception, true)))
    }
}

/// What `await` does with an [`Asend`].
fn resume_asend(vm: &Vm, asend: Value, value: Value) -> PyResult<Resumed> {
    asend.downcast::<Native<Asend>>().expect("registered for this class").resume(vm, value)
}

#[pymethods]
impl Asend {
    #[pymethod]
    fn __await__(this: Gc<Native<Asend>>) -> Gc<Native<Asend>> {
        this
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<Asend>>) -> Gc<Native<Asend>> {
        this
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult {
        self.send(vm, Value::none())
    }
    #[pymethod]
    fn send(&self, vm: &Vm, value: Value) -> PyResult {
        as_iterator(vm, self.resume(vm, value))
    }
    #[pymethod]
    fn throw(&self, vm: &Vm, args: Args<'_>) -> PyResult {
        let values = args.counted(vm, "throw", 1, 3)?;
        vm.check_throw_signature(values, "throw")?;
        let exception = vm.throw_argument(values)?;
        self.throw_exception(vm, exception)
    }
    #[pymethod]
    fn close(&self, vm: &Vm) -> PyResult<()> {
        if self.progress.get() == Progress::Closed {
            return Ok(());
        }
        finish_close(vm, self.throw_exception(vm, generator_exit(vm)))
    }
}

/// The awaitable of `athrow`, and without arguments that of `aclose`.
#[pyclass(name = "async_generator_athrow")]
#[derive(Trace)]
pub struct Athrow {
    generator: Gc<Generator>,
    /// Tuple of the arguments of `athrow`.
    args: Option<Value>,
    progress: Cell<Progress>,
}

impl Athrow {
    pub fn create(vm: &Vm, generator: Gc<Generator>, args: Option<Value>) -> PyResult<Gc<Native<Athrow>>> {
        let class = vm.native_type(Athrow::TYPE_DEF)?;
        Ok(vm.new_native(class, Athrow { generator, args, progress: Cell::new(Progress::Created) }))
    }

    fn name(&self) -> &'static str {
        if self.args.is_some() { "athrow" } else { "aclose" }
    }

    fn reused(&self, vm: &Vm) -> Raised {
        vm.runtime_error("cannot reuse already awaited aclose()/athrow()")
    }

    /// First step: starts running the generator, unless it is running already.
    fn begin(&self, vm: &Vm) -> PyResult<()> {
        if self.generator.running_async.get() {
            self.progress.set(Progress::Closed);
            let name = self.name();
            return Err(vm.runtime_error(format!("{name}(): asynchronous generator is already running")));
        }
        Ok(())
    }

    fn start(&self) {
        self.progress.set(Progress::Running);
        self.generator.running_async.set(true);
    }

    fn end(&self) {
        self.generator.running_async.set(false);
        self.progress.set(Progress::Closed);
    }

    /// A step of `athrow`: as `asend`.
    fn throw_step(&self, vm: &Vm, result: PyResult<Resumed>) -> PyResult {
        let result = as_iterator(vm, unwrap(vm, self.generator, result));
        if result.is_err() {
            self.end();
        }
        result
    }

    /// A step of `aclose`: the generator must not yield, and its end is what is wanted.
    fn close_step(&self, vm: &Vm, result: PyResult<Resumed>) -> PyResult {
        match result {
            Ok(Resumed::Yielded(v)) if vm.unwrap_async_value(v).is_some() => {
                self.end();
                Err(vm.runtime_error("async generator ignored GeneratorExit"))
            }
            Ok(Resumed::Yielded(v)) => Ok(v),
            Ok(Resumed::Returned(_)) => {
                self.end();
                Err(vm.stop_iteration(None))
            }
            Err(Raised) => {
                self.end();
                if pending_ends(vm) {
                    vm.take_pending();
                    return Err(vm.stop_iteration(None));
                }
                Err(Raised)
            }
        }
    }

    fn step(&self, vm: &Vm, result: PyResult<Resumed>) -> PyResult {
        if self.args.is_some() { self.throw_step(vm, result) } else { self.close_step(vm, result) }
    }

    /// The first step of `send`.
    fn first(&self, vm: &Vm, value: Value) -> PyResult {
        self.begin(vm)?;
        let generator = self.generator;
        if generator.closed.get() {
            self.progress.set(Progress::Closed);
            return Err(vm.raise_class(vm.exceptions.stop_async_iteration, &[]));
        }
        if !value.is_none() {
            return Err(vm.runtime_error("can't send non-None value to a just-started coroutine"));
        }
        self.start();
        let exception = match self.args.and_then(|a| a.downcast::<Tuple>()) {
            None => {
                generator.closed.set(true);
                Ok(generator_exit(vm))
            }
            Some(args) if (1..=3).contains(&args.len()) => vm.throw_argument(&args),
            Some(args) => Err(vm.type_error(if args.is_empty() {
                "athrow expected at least 1 argument, got 0".to_owned()
            } else {
                format!("athrow expected at most 3 arguments, got {}", args.len())
            })),
        };
        match exception {
            Ok(e) => self.step(vm, vm.generator_throw(generator, e, false)),
            Err(Raised) => self.step(vm, Err(Raised)),
        }
    }

    fn throw_exception(&self, vm: &Vm, exception: Value) -> PyResult {
        match self.progress.get() {
            Progress::Closed => return Err(self.reused(vm)),
            Progress::Created => {
                self.begin(vm)?;
                self.start();
            }
            Progress::Running => {}
        }
        self.step(vm, vm.generator_throw(self.generator, exception, true))
    }
}

#[pymethods]
impl Athrow {
    #[pymethod]
    fn __await__(this: Gc<Native<Athrow>>) -> Gc<Native<Athrow>> {
        this
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<Athrow>>) -> Gc<Native<Athrow>> {
        this
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult {
        self.send(vm, Value::none())
    }
    #[pymethod]
    fn send(&self, vm: &Vm, value: Value) -> PyResult {
        if self.progress.get() == Progress::Closed {
            return Err(self.reused(vm));
        }
        if self.generator.state.get() == GeneratorState::Finished {
            self.progress.set(Progress::Closed);
            return Err(vm.stop_iteration(None));
        }
        if self.progress.get() == Progress::Created {
            return self.first(vm, value);
        }
        self.step(vm, vm.generator_send(self.generator, value))
    }
    #[pymethod]
    fn throw(&self, vm: &Vm, args: Args<'_>) -> PyResult {
        let values = args.counted(vm, "throw", 1, 3)?;
        vm.check_throw_signature(values, "throw")?;
        let exception = vm.throw_argument(values)?;
        self.throw_exception(vm, exception)
    }
    #[pymethod]
    fn close(&self, vm: &Vm) -> PyResult<()> {
        if self.progress.get() == Progress::Closed {
            return Ok(());
        }
        finish_close(vm, self.throw_exception(vm, generator_exit(vm)))
    }
}

/// The awaitable of `anext(iterator, default)`: `StopAsyncIteration` becomes the default.
#[pyclass(name = "anext_awaitable")]
#[derive(Trace)]
pub struct AnextAwaitable {
    awaitable: Value,
    default: Value,
}

impl AnextAwaitable {
    /// The iterator to run.
    fn iterator(&self, vm: &Vm) -> PyResult {
        let iterator = vm.get_awaitable(self.awaitable, 0)?;
        if let Some(coroutine) = iterator.downcast::<Generator>().filter(|g| g.is_coroutine()) {
            return super::coroutine::CoroutineWrapper::create(vm, coroutine);
        }
        Ok(iterator)
    }

    fn or_default(&self, vm: &Vm, result: PyResult) -> PyResult {
        match result {
            Ok(v) => Ok(v),
            Err(Raised) => {
                vm.catch(vm.exceptions.stop_async_iteration)?;
                Err(vm.stop_iteration(Some(self.default)))
            }
        }
    }
}

#[pymethods]
impl AnextAwaitable {
    #[pymethod]
    fn __await__(this: Gc<Native<AnextAwaitable>>) -> Gc<Native<AnextAwaitable>> {
        this
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<AnextAwaitable>>) -> Gc<Native<AnextAwaitable>> {
        this
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult {
        let iterator = self.iterator(vm)?;
        let raw = vm.special_of(iterator, Special::Next).expect("get_awaitable checked it");
        self.or_default(vm, vm.call_method_raw(raw, iterator, &[]))
    }
    #[pymethod]
    fn send(&self, vm: &Vm, value: Value) -> PyResult {
        self.or_default(vm, vm.call_method(self.iterator(vm)?, "send", &[value]))
    }
    #[pymethod]
    fn throw(&self, vm: &Vm, args: Args<'_>) -> PyResult {
        let values = args.counted(vm, "throw", 1, 3)?;
        self.or_default(vm, vm.call_method(self.iterator(vm)?, "throw", values))
    }
    #[pymethod]
    fn close(&self, vm: &Vm) -> PyResult {
        self.or_default(vm, vm.call_method(self.iterator(vm)?, "close", &[]))
    }
}

impl Vm {
    /// `anext(iterator[, default])`.
    pub fn anext(&self, iterator: Value, default: Option<Value>) -> PyResult {
        let ty = self.type_of(iterator);
        let Some(raw) = self.special(ty, Special::ANext) else {
            return Err(self.type_error(format!("'{}' object is not an async iterator", ty.name())));
        };
        let awaitable = self.call_method_raw(raw, iterator, &[])?;
        match default {
            None => Ok(awaitable),
            Some(default) => {
                let class = self.native_type(AnextAwaitable::TYPE_DEF)?;
                Ok(self.new_native(class, AnextAwaitable { awaitable, default }).value())
            }
        }
    }
}
