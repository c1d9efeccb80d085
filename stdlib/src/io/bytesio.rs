//! `BytesIO`: a file in memory.

use super::base::{buffered_type, dict_for_state, restore_dict, restored_position, size_argument};
use crate::buf::{Buffer, WritableBuffer};
use adder_interp::native::Args;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::tuple::Tuple;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::{Cell, RefCell};

/// Buffered I/O implementation using an in-memory bytes buffer.
#[pyclass(name = "BytesIO", module = "_io", base = buffered_type, subclassable, has_dict, weakrefable)]
#[derive(Trace)]
pub struct BytesIo {
    data: RefCell<Vec<u8>>,
    pos: Cell<usize>,
    closed: Cell<bool>,
}

impl BytesIo {
    fn check(&self, vm: &Vm) -> PyResult<()> {
        if self.closed.get() { Err(vm.value_error("I/O operation on closed file.")) } else { Ok(()) }
    }
    /// Whether `this` reads as the class itself does: no subclass, and still open.
    pub fn is_exact(this: Gc<Native<BytesIo>>, vm: &Vm) -> PyResult<bool> {
        let exact = vm.native_type(BytesIo::TYPE_DEF)? == vm.type_of(this.value());
        Ok(exact && !this.closed.get() && vm.existing_dict(this.value()).is_none_or(|dict| dict.is_empty()))
    }
    /// At most `n` bytes from the position on, which stays.
    pub fn rest(&self, n: usize) -> Vec<u8> {
        let data = self.data.borrow();
        let start = self.pos.get().min(data.len());
        data[start..data.len().min(start.saturating_add(n))].to_vec()
    }
    /// Moves the position.
    pub fn skip(&self, n: usize) {
        self.pos.set(self.pos.get() + n);
    }
    fn take(&self, vm: &Vm, size: Option<usize>) -> Value {
        let data = self.data.borrow();
        let start = self.pos.get().min(data.len());
        let end = size.map_or(data.len(), |n| start.saturating_add(n).min(data.len()));
        self.pos.set(self.pos.get().max(end));
        let piece = data[start..end].to_vec();
        drop(data);
        vm.new_bytes(&piece)
    }
    fn line(&self, vm: &Vm, size: Option<usize>) -> Value {
        let length = {
            let data = self.data.borrow();
            let rest = &data[self.pos.get().min(data.len())..];
            let end = rest.iter().position(|&b| b == b'\n').map_or(rest.len(), |n| n + 1);
            size.map_or(end, |n| n.min(end))
        };
        self.take(vm, Some(length))
    }
}

#[pymethods]
impl BytesIo {
    #[pynew(sig = "(*args, **kwargs)")]
    fn new(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> Gc<Native<BytesIo>> {
        let _ = args;
        vm.new_native(cls, BytesIo { data: RefCell::default(), pos: Cell::new(0), closed: Cell::new(false) })
    }
    #[pymethod(name = "__init__", sig = "(initial_bytes=b'')")]
    fn init(&self, vm: &Vm, initial_bytes: Option<Value>) -> PyResult<()> {
        let bytes = match initial_bytes.filter(|v| !v.is_none()) {
            Some(v) => Buffer::simple(vm, v)?.to_vec(),
            None => Vec::new(),
        };
        *self.data.borrow_mut() = bytes;
        self.pos.set(0);
        Ok(())
    }
    #[pymethod(sig = "(size=-1, /)")]
    fn read(&self, vm: &Vm, size: Option<Value>) -> PyResult {
        self.check(vm)?;
        let size = size_argument(vm, size)?;
        Ok(self.take(vm, size))
    }
    #[pymethod(sig = "(size=-1, /)")]
    fn read1(&self, vm: &Vm, size: Option<Value>) -> PyResult {
        self.check(vm)?;
        let size = size_argument(vm, size)?;
        Ok(self.take(vm, size))
    }
    #[pymethod(sig = "(size=-1, /)")]
    fn readline(&self, vm: &Vm, size: Option<Value>) -> PyResult {
        self.check(vm)?;
        let size = size_argument(vm, size)?;
        Ok(self.line(vm, size))
    }
    #[pymethod(name = "__next__")]
    fn next(&self, vm: &Vm) -> PyResult<Option<Value>> {
        self.check(vm)?;
        let line = self.line(vm, None);
        Ok(if vm.length(line)? == 0 { None } else { Some(line) })
    }
    #[pymethod]
    fn readinto(&self, vm: &Vm, buffer: WritableBuffer) -> PyResult<usize> {
        self.check(vm)?;
        let data = self.data.borrow();
        let start = self.pos.get().min(data.len());
        let n = buffer.write(&data[start..]);
        self.pos.set(self.pos.get() + n);
        Ok(n)
    }
    #[pymethod]
    fn write(&self, vm: &Vm, b: Buffer) -> PyResult<usize> {
        self.check(vm)?;
        let mut data = self.data.borrow_mut();
        let (at, n) = (self.pos.get(), b.len());
        if n == 0 {
            return Ok(0);
        }
        if at + n > data.len() {
            data.resize(at + n, 0);
        }
        data[at..at + n].copy_from_slice(&b);
        self.pos.set(at + n);
        Ok(n)
    }
    #[pymethod(sig = "(pos, whence=0, /)")]
    fn seek(&self, vm: &Vm, pos: i64, whence: i32) -> PyResult<i64> {
        self.check(vm)?;
        let base = match whence {
            0 if pos < 0 => return Err(vm.value_error(format!("negative seek value {pos}"))),
            0 => 0,
            1 => self.pos.get() as i64,
            2 => self.data.borrow().len() as i64,
            _ => return Err(vm.value_error(format!("invalid whence ({whence}, should be 0, 1 or 2)"))),
        };
        let to = base.saturating_add(pos).max(0);
        self.pos.set(to as usize);
        Ok(to)
    }
    #[pymethod]
    fn tell(&self, vm: &Vm) -> PyResult<usize> {
        self.check(vm)?;
        Ok(self.pos.get())
    }
    #[pymethod(sig = "(size=None, /)")]
    fn truncate(&self, vm: &Vm, size: Option<Value>) -> PyResult<i64> {
        self.check(vm)?;
        let size = match size.filter(|v| !v.is_none()) {
            Some(v) => vm.index_i64(v)?,
            None => self.pos.get() as i64,
        };
        if size < 0 {
            return Err(vm.value_error(format!("negative size value {size}")));
        }
        self.data.borrow_mut().truncate(size as usize);
        Ok(size)
    }
    #[pymethod]
    fn getvalue(&self, vm: &Vm) -> PyResult {
        self.check(vm)?;
        let data = self.data.borrow().clone();
        Ok(vm.new_bytes(&data))
    }
    #[pymethod]
    fn getbuffer(&self, vm: &Vm) -> PyResult {
        self.check(vm)?;
        let data = self.data.borrow().clone();
        let bytes = vm.new_bytes(&data);
        let class = vm.builtins.get_str(vm.intern("memoryview")).unwrap_or(Value::none());
        vm.call(class, &[bytes])
    }
    #[pymethod(name = "__getstate__", sig = "($self, /)")]
    fn getstate(this: Gc<Native<BytesIo>>, vm: &Vm) -> PyResult {
        this.check(vm)?;
        let dict = dict_for_state(vm, this.value())?;
        let bytes = this.data.borrow().clone();
        Ok(vm.new_tuple(&[vm.new_bytes(&bytes), vm.new_int(this.pos.get() as i64), dict]))
    }
    #[pymethod(name = "__setstate__", sig = "($self, state, /)")]
    fn setstate(this: Gc<Native<BytesIo>>, vm: &Vm, state: Value) -> PyResult<()> {
        let Some(parts) = state.downcast::<Tuple>().filter(|parts| parts.len() >= 3) else {
            let given = vm.type_of(state).name();
            let message = format!("_io.BytesIO.__setstate__ argument should be 3-tuple, got {given}");
            return Err(vm.type_error(message));
        };
        let bytes = Buffer::simple(vm, parts[0])?.to_vec();
        let position = restored_position(vm, parts[1], "second", "not")?;
        *this.data.borrow_mut() = bytes;
        this.pos.set(position);
        restore_dict(vm, this.value(), parts[2], "third")
    }
    #[pymethod]
    fn close(&self) {
        self.closed.set(true);
        self.data.borrow_mut().clear();
    }
    #[pymethod(name = "__del__")]
    fn finalize(&self) {}
    #[pymethod]
    fn flush(&self, vm: &Vm) -> PyResult<()> {
        self.check(vm)
    }
    #[pymethod]
    fn readable(&self, vm: &Vm) -> PyResult<bool> {
        self.check(vm).map(|()| true)
    }
    #[pymethod]
    fn writable(&self, vm: &Vm) -> PyResult<bool> {
        self.check(vm).map(|()| true)
    }
    #[pymethod]
    fn seekable(&self, vm: &Vm) -> PyResult<bool> {
        self.check(vm).map(|()| true)
    }
    #[pymethod]
    fn isatty(&self, vm: &Vm) -> PyResult<bool> {
        self.check(vm).map(|()| false)
    }
    #[pygetset]
    fn closed(&self) -> bool {
        self.closed.get()
    }
}
