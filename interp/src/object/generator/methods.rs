//! `generator` as Python sees it, and what coroutines and async generators share with it.

use super::{Generator, GeneratorState};
use crate::native::Args;
use crate::object::code::Code;
use crate::object::frame::Frame;
use crate::object::header::Gc;
use crate::object::str::Str;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::frame::LINK_GENERATOR;
use adder_macros::pymethods;

#[pymethods(name = "generator", kind = Generator, weakrefable, def = TYPE_DEF)]
impl Generator {
    #[pymethod]
    fn __iter__(this: Gc<Generator>) -> Gc<Generator> {
        this
    }
    #[pymethod]
    fn __next__(this: Gc<Generator>, vm: &Vm) -> PyResult {
        vm.yielded_or_stop(vm.generator_send(this, Value::none())?)
    }
    #[pymethod]
    fn __repr__(this: Gc<Generator>) -> String {
        repr(this, "generator")
    }
    #[pymethod]
    fn __del__(this: Gc<Generator>, vm: &Vm) {
        vm.finalize_generator(this);
    }

    /// send(value) -> send 'value' into generator,
    /// return next yielded value or raise StopIteration.
    #[pymethod]
    fn send(this: Gc<Generator>, vm: &Vm, value: Value) -> PyResult {
        vm.yielded_or_stop(vm.generator_send(this, value)?)
    }

    /// throw(value)
    /// throw(type[,value[,tb]])
    ///
    /// Raise exception in generator, return next yielded value or raise
    /// StopIteration.
    /// the (type, val, tb) signature is deprecated,
    /// and may be removed in a future version of Python.
    #[pymethod]
    fn throw(this: Gc<Generator>, vm: &Vm, args: Args<'_>) -> PyResult {
        throw(this, vm, args)
    }

    /// close() -> raise GeneratorExit inside generator.
    #[pymethod]
    fn close(this: Gc<Generator>, vm: &Vm) -> PyResult {
        vm.generator_close(this)
    }

    /// name of the generator
    #[pygetset]
    fn __name__(this: Gc<Generator>) -> Gc<Str> {
        this.name.get()
    }
    #[pygetset(setter = "__name__")]
    fn set_name(this: Gc<Generator>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        set_name(this, vm, value)
    }
    /// qualified name of the generator
    #[pygetset]
    fn __qualname__(this: Gc<Generator>) -> Gc<Str> {
        this.qualname.get()
    }
    #[pygetset(setter = "__qualname__")]
    fn set_qualname(this: Gc<Generator>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        set_qualname(this, vm, value)
    }

    /// object being iterated by yield from, or None
    #[pygetset]
    fn gi_yieldfrom(this: Gc<Generator>, vm: &Vm) -> Option<Value> {
        vm.delegate_of(this)
    }
    #[pygetset]
    fn gi_running(this: Gc<Generator>) -> bool {
        this.state.get() == GeneratorState::Running
    }
    #[pygetset]
    fn gi_suspended(this: Gc<Generator>) -> bool {
        this.state.get() == GeneratorState::Suspended
    }
    #[pygetset]
    fn gi_frame(this: Gc<Generator>, vm: &Vm) -> Option<Gc<Frame>> {
        frame(this, vm)
    }
    #[pygetset]
    fn gi_code(this: Gc<Generator>) -> Gc<Code> {
        this.function.code.get()
    }
}

/// `<generator object f at 0x...>`.
pub(super) fn repr(this: Gc<Generator>, what: &str) -> String {
    format!("<{what} object {} at {:#x}>", this.qualname.get().to_string_lossy(), this.as_ptr() as usize)
}

pub(super) fn throw(this: Gc<Generator>, vm: &Vm, args: Args<'_>) -> PyResult {
    args.reject_keywords(vm, &format!("{}.throw", vm.type_of(this.value()).name()))?;
    let values = args.counted(vm, "throw", 1, 3)?;
    vm.check_throw_signature(values, "throw")?;
    vm.yielded_or_stop(vm.generator_throw_arguments(this, values, true)?)
}

fn name_argument(vm: &Vm, attribute: &str, value: Option<Value>) -> PyResult<Gc<Str>> {
    value
        .and_then(|v| v.downcast::<Str>())
        .ok_or_else(|| vm.type_error(format!("{attribute} must be set to a string object")))
}

pub(super) fn set_name(this: Gc<Generator>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
    this.name.set(name_argument(vm, "__name__", value)?);
    vm.heap.barrier_object(this.header());
    Ok(())
}

pub(super) fn set_qualname(this: Gc<Generator>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
    this.qualname.set(name_argument(vm, "__qualname__", value)?);
    vm.heap.barrier_object(this.header());
    Ok(())
}

/// The frame object, made on demand; `None` once the generator has finished.
pub(super) fn frame(this: Gc<Generator>, vm: &Vm) -> Option<Gc<Frame>> {
    if this.state.get() == GeneratorState::Finished {
        return None;
    }
    if let Some(frame) = this.frame.get() {
        return frame.downcast();
    }
    if this.state.get() == GeneratorState::Running {
        let running = vm.frames().find(|f| f.window.generator() == Some(this));
        return running.map(|f| vm.frame_object(f));
    }
    let link = this.value().bits() | LINK_GENERATOR;
    let frame = Frame::new(&vm.heap, this.function, std::ptr::null_mut(), link);
    frame.pc.set(this.suspended_at());
    this.frame.set(Some(frame.value()));
    vm.heap.barrier(this.header(), frame.value());
    Some(frame)
}
