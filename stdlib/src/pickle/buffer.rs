//! `PickleBuffer`: an object whose memory may travel outside the pickle.

use crate::buf::Buffer;
use adder_interp::buffer::{BufferProcs, flags};
use adder_interp::object::header::Gc;
use adder_interp::object::memoryview::MemoryView;
use adder_interp::object::native::Native;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::Cell;

/// Wrapper for potentially out-of-band buffers
#[pyclass(name = "PickleBuffer", module = "pickle", buffer = BUFFER, weakrefable)]
#[derive(Trace)]
pub struct PickleBuffer {
    /// A view of the object's memory; `None` once released.
    view: Cell<Option<Gc<Native<MemoryView>>>>,
}

static BUFFER: BufferProcs = BufferProcs {
    get: |vm, value, _| {
        let this: Gc<Native<PickleBuffer>> = value.downcast().expect("the procedures belong to PickleBuffer");
        this.view(vm)?.lend(vm)
    },
    releases: true,
    lender: Some(|value| {
        let this = value.downcast::<Native<PickleBuffer>>()?;
        Some(this.view.get()?.exporter())
    }),
};

impl PickleBuffer {
    fn view(&self, vm: &Vm) -> PyResult<Gc<Native<MemoryView>>> {
        match self.view.get() {
            Some(view) => Ok(view),
            None => Err(vm.value_error("operation forbidden on released PickleBuffer object")),
        }
    }

    /// The memory as plain bytes, `None` if it is not contiguous; and whether it cannot be written to.
    pub fn contents(&self, vm: &Vm) -> PyResult<Option<(Vec<u8>, bool)>> {
        let Some(raw) = self.view(vm)?.raw(vm)? else { return Ok(None) };
        let buffer = Buffer::simple(vm, raw)?;
        Ok(Some((buffer.to_vec(), buffer.view().readonly)))
    }
}

#[pymethods]
impl PickleBuffer {
    #[pynew(sig = "(object, /)")]
    fn new(cls: Gc<Type>, vm: &Vm, object: Value) -> PyResult {
        // The request's own errors, not those of memoryview().
        drop(Buffer::request(vm, object, flags::FULL_RO)?);
        let view = vm.memoryview_with(object, flags::FULL_RO)?;
        let view = view.downcast().expect("a memoryview");
        Ok(vm.new_native(cls, PickleBuffer { view: Cell::new(Some(view)) }).value())
    }

    /// Return a memoryview of the raw memory underlying this buffer.
    /// Will raise BufferError is the buffer isn't contiguous.
    #[pymethod(sig = "($self, /)")]
    fn raw(&self, vm: &Vm) -> PyResult {
        match self.view(vm)?.raw(vm)? {
            Some(raw) => Ok(raw),
            None => Err(vm.buffer_error("cannot extract raw buffer from non-contiguous buffer")),
        }
    }

    /// Release the underlying buffer exposed by the PickleBuffer object.
    #[pymethod(sig = "($self, /)")]
    fn release(&self, vm: &Vm) -> PyResult<()> {
        let Some(view) = self.view.take() else { return Ok(()) };
        // While others look at the memory it stays lent; the last of them gives it back.
        if vm.call_method(view.value(), "release", &[]).is_err() {
            vm.catch(vm.exceptions.buffer_error)?;
        }
        Ok(())
    }
}
