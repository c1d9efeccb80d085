//! `async_generator`: its methods make awaitables, which do the work ([`super::awaitables`]).

use super::awaitables::{Asend, Athrow};
use super::methods::{frame, repr, set_name, set_qualname};
use super::{Generator, GeneratorState};
use crate::native::Args;
use crate::object::code::Code;
use crate::object::frame::Frame;
use crate::object::header::Gc;
use crate::object::native::Native;
use crate::object::str::Str;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use adder_macros::pymethods;

/// Methods of `async_generator`.
pub struct AsyncGenerator;

#[pymethods(name = "async_generator", kind = Generator, weakrefable, def = ASYNC_GENERATOR_DEF)]
impl AsyncGenerator {
    #[pymethod]
    fn __aiter__(this: Gc<Generator>) -> Gc<Generator> {
        this
    }
    #[pymethod]
    fn __anext__(this: Gc<Generator>, vm: &Vm) -> PyResult {
        this.next_awaitable(vm)
    }
    #[pymethod]
    fn __repr__(this: Gc<Generator>) -> String {
        repr(this, "async_generator")
    }
    #[pymethod]
    fn __del__(this: Gc<Generator>, vm: &Vm) {
        vm.finalize_generator(this);
    }

    /// asend(v) -> send 'v' in generator.
    #[pymethod]
    fn asend(this: Gc<Generator>, vm: &Vm, value: Value) -> PyResult<Gc<Native<Asend>>> {
        init_hooks(this, vm)?;
        Asend::create(vm, this, value)
    }

    /// athrow(value)
    /// athrow(type[,value[,tb]])
    ///
    /// raise exception in generator.
    /// the (type, val, tb) signature is deprecated,
    /// and may be removed in a future version of Python.
    #[pymethod]
    fn athrow(this: Gc<Generator>, vm: &Vm, args: Args<'_>) -> PyResult<Gc<Native<Athrow>>> {
        vm.check_throw_signature(args.positional_values(), "athrow")?;
        init_hooks(this, vm)?;
        let args = vm.new_tuple(args.positional_values());
        Athrow::create(vm, this, Some(args))
    }

    /// aclose() -> raise GeneratorExit inside generator.
    #[pymethod]
    fn aclose(this: Gc<Generator>, vm: &Vm) -> PyResult<Gc<Native<Athrow>>> {
        init_hooks(this, vm)?;
        Athrow::create(vm, this, None)
    }

    /// name of the async generator
    #[pygetset]
    fn __name__(this: Gc<Generator>) -> Gc<Str> {
        this.name.get()
    }
    #[pygetset(setter = "__name__")]
    fn set_name(this: Gc<Generator>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        set_name(this, vm, value)
    }
    /// qualified name of the async generator
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
    fn ag_await(this: Gc<Generator>, vm: &Vm) -> Option<Value> {
        vm.delegate_of(this)
    }
    #[pygetset]
    fn ag_running(this: Gc<Generator>) -> bool {
        this.running_async.get()
    }
    #[pygetset]
    fn ag_suspended(this: Gc<Generator>) -> bool {
        this.state.get() == GeneratorState::Suspended
    }
    #[pygetset]
    fn ag_frame(this: Gc<Generator>, vm: &Vm) -> Option<Gc<Frame>> {
        frame(this, vm)
    }
    #[pygetset]
    fn ag_code(this: Gc<Generator>) -> Gc<Code> {
        this.function.code.get()
    }
}

impl Gc<Generator> {
    /// What `__anext__` of an async generator gives.
    pub fn next_awaitable(self, vm: &Vm) -> PyResult {
        init_hooks(self, vm)?;
        Ok(Asend::create(vm, self, Value::none())?.value())
    }
}

/// First iteration: remembers the finalizer hook and calls the other one (`sys.set_asyncgen_hooks`).
fn init_hooks(this: Gc<Generator>, vm: &Vm) -> PyResult<()> {
    if this.hooks_inited.replace(true) {
        return Ok(());
    }
    let [first_iteration, finalizer] = [0, 1].map(|i| vm.asyncgen_hooks[i].get());
    this.finalizer.set(finalizer);
    vm.heap.barrier_object(this.header());
    match first_iteration {
        Some(hook) => vm.call(hook, &[this.value()]).map(drop),
        None => Ok(()),
    }
}
