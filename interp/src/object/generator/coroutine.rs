//! `coroutine`, and the iterator that its `__await__` gives.

use super::methods::{frame, repr, set_name, set_qualname, throw};
use super::{Generator, GeneratorState};
use crate::native::Args;
use crate::object::code::Code;
use crate::object::frame::Frame;
use crate::object::header::Gc;
use crate::object::native::Native;
use crate::object::str::Str;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};

/// Methods of `coroutine`.
pub struct Coroutine;

#[pymethods(name = "coroutine", kind = Generator, weakrefable, def = COROUTINE_DEF)]
impl Coroutine {
    #[pymethod]
    fn __await__(this: Gc<Generator>, vm: &Vm) -> PyResult {
        CoroutineWrapper::create(vm, this)
    }
    #[pymethod]
    fn __repr__(this: Gc<Generator>) -> String {
        repr(this, "coroutine")
    }
    #[pymethod]
    fn __del__(this: Gc<Generator>, vm: &Vm) {
        vm.finalize_generator(this);
    }

    /// send(arg) -> send 'arg' into coroutine,
    /// return next yielded value or raise StopIteration.
    #[pymethod]
    fn send(this: Gc<Generator>, vm: &Vm, value: Value) -> PyResult {
        vm.yielded_or_stop(vm.generator_send(this, value)?)
    }

    /// throw(value)
    /// throw(type[,value[,traceback]])
    ///
    /// Raise exception in coroutine, return next yielded value or raise
    /// StopIteration.
    /// the (type, val, tb) signature is deprecated,
    /// and may be removed in a future version of Python.
    #[pymethod]
    fn throw(this: Gc<Generator>, vm: &Vm, args: Args<'_>) -> PyResult {
        throw(this, vm, args)
    }

    /// close() -> raise GeneratorExit inside coroutine.
    #[pymethod]
    fn close(this: Gc<Generator>, vm: &Vm) -> PyResult {
        vm.generator_close(this)
    }

    /// name of the coroutine
    #[pygetset]
    fn __name__(this: Gc<Generator>) -> Gc<Str> {
        this.name.get()
    }
    #[pygetset(setter = "__name__")]
    fn set_name(this: Gc<Generator>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        set_name(this, vm, value)
    }
    /// qualified name of the coroutine
    #[pygetset]
    fn __qualname__(this: Gc<Generator>) -> Gc<Str> {
        this.qualname.get()
    }
    #[pygetset(setter = "__qualname__")]
    fn set_qualname(this: Gc<Generator>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        set_qualname(this, vm, value)
    }

    /// object being awaited on, or None
    #[pygetset]
    fn cr_await(this: Gc<Generator>, vm: &Vm) -> Option<Value> {
        vm.delegate_of(this)
    }
    #[pygetset]
    fn cr_running(this: Gc<Generator>) -> bool {
        this.state.get() == GeneratorState::Running
    }
    #[pygetset]
    fn cr_suspended(this: Gc<Generator>) -> bool {
        this.state.get() == GeneratorState::Suspended
    }
    #[pygetset]
    fn cr_frame(this: Gc<Generator>, vm: &Vm) -> Option<Gc<Frame>> {
        frame(this, vm)
    }
    #[pygetset]
    fn cr_code(this: Gc<Generator>) -> Gc<Code> {
        this.function.code.get()
    }
    #[pygetset]
    fn cr_origin(this: Gc<Generator>) -> Option<Value> {
        this.extra.get()
    }
}

/// A wrapper object implementing __await__ for coroutines.
#[pyclass(name = "coroutine_wrapper")]
#[derive(Trace)]
pub struct CoroutineWrapper {
    coroutine: Gc<Generator>,
}

impl CoroutineWrapper {
    pub(super) fn create(vm: &Vm, coroutine: Gc<Generator>) -> PyResult {
        let class = vm.native_type(CoroutineWrapper::TYPE_DEF)?;
        Ok(vm.new_native(class, CoroutineWrapper { coroutine }).value())
    }
}

#[pymethods]
impl CoroutineWrapper {
    #[pymethod]
    fn __iter__(this: Gc<Native<CoroutineWrapper>>) -> Gc<Native<CoroutineWrapper>> {
        this
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult {
        vm.yielded_or_stop(vm.generator_send(self.coroutine, Value::none())?)
    }
    /// send(arg) -> send 'arg' into coroutine,
    /// return next yielded value or raise StopIteration.
    #[pymethod]
    fn send(&self, vm: &Vm, value: Value) -> PyResult {
        vm.yielded_or_stop(vm.generator_send(self.coroutine, value)?)
    }
    /// Raise exception in coroutine, return next yielded value or raise
    /// StopIteration.
    #[pymethod]
    fn throw(&self, vm: &Vm, args: Args<'_>) -> PyResult {
        throw(self.coroutine, vm, args)
    }
    /// close() -> raise GeneratorExit inside coroutine.
    #[pymethod]
    fn close(&self, vm: &Vm) -> PyResult {
        vm.generator_close(self.coroutine)
    }
}
