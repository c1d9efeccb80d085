//! `BufferedReader`, `BufferedWriter`, `BufferedRandom`: one layout, told apart by what they may do.
//!
//! The raw stream is called without the GIL, or is Python code: a [`Turn`] keeps other threads out of the buffer meanwhile.

use super::base::{
    buffered_type, cannot_pickle, require_readable, require_writable, size_argument, unsupported,
};
use super::fileio::FileIo;
use crate::buf::{Buffer, WritableBuffer};
use crate::thread::lock::RawLock;
use crate::thread::{forks, ident};
use adder_interp::native::{Args, TypeDef};
use adder_interp::object::bytearray::ByteArray;
use adder_interp::object::bytes::Bytes;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::shape::shape_id;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::{Cell, RefCell};

pub const DEFAULT_SIZE: usize = 131_072;

/// A buffer over a raw stream.
#[pyclass(name = "BufferedReader", module = "_io", base = buffered_type, subclassable, has_dict, weakrefable)]
#[derive(Trace)]
pub struct Buffered {
    raw: Cell<Option<Value>>,
    ahead: RefCell<Vec<u8>>,
    at: Cell<usize>,
    dirty: RefCell<Vec<u8>>,
    /// In the list of writers to be flushed.
    pub(super) listed: Cell<bool>,
    size: Cell<usize>,
    reads: bool,
    writes: bool,
    lock: RawLock,
    /// The thread that holds the lock, and the number of forks when it took it.
    holder: Cell<(u64, u32)>,
}

/// A thread's turn with a buffer.
struct Turn<'a>(&'a Buffered);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.holder.set((0, 0));
        self.0.lock.release();
    }
}

/// The class of writers.
pub static WRITER: TypeDef = TypeDef { name: "BufferedWriter", ..*Buffered::TYPE_DEF };
/// The class of readers and writers of one seekable stream.
pub static RANDOM: TypeDef = TypeDef { name: "BufferedRandom", ..*Buffered::TYPE_DEF };

impl Buffered {
    /// Waits for this thread's turn. The thread whose turn it is must not come back: a raw stream written in Python, or a
    /// signal handler, might.
    fn enter(&self, vm: &Vm) -> PyResult<Turn<'_>> {
        if !self.lock.try_acquire() {
            let (thread, fork) = self.holder.get();
            if thread == ident() {
                return Err(vm.runtime_error("reentrant call inside a buffered file"));
            }
            if fork == forks() {
                self.lock.acquire(vm, None)?;
            }
            // Otherwise the holder is a thread that this process does not have.
        }
        self.holder.set((ident(), forks()));
        Ok(Turn(self))
    }
    fn raw(&self, vm: &Vm) -> PyResult {
        self.raw.get().ok_or_else(|| vm.value_error("raw stream has been detached"))
    }
    fn open(&self, vm: &Vm, what: &str) -> PyResult {
        let raw = self.raw(vm)?;
        let closed = match raw.downcast::<Native<FileIo>>() {
            Some(file) => file.fd.get() < 0,
            None => vm.truthy(vm.getattr_str(raw, "closed")?)?,
        };
        if closed { Err(vm.value_error(format!("{what} of closed file"))) } else { Ok(raw) }
    }
    fn can_read(&self, vm: &Vm, what: &str) -> PyResult<()> {
        if self.reads { Ok(()) } else { Err(unsupported(vm, what)) }
    }
    fn buffered(&self) -> usize {
        self.ahead.borrow().len() - self.at.get()
    }
    /// One read of the raw stream.
    fn raw_read(&self, vm: &Vm, size: usize) -> PyResult<Option<Vec<u8>>> {
        let raw = self.raw(vm)?;
        if let Some(file) = raw.downcast::<Native<FileIo>>().filter(|f| vm.type_of(f.value()).def.is_some()) {
            return file.read_some(vm, size);
        }
        let room = ByteArray::new(&vm.heap, shape_id::BYTEARRAY, 0, &vec![0; size]);
        let got = vm.call_method(raw, "readinto", &[room.value()])?;
        if got.is_none() {
            return Ok(None);
        }
        let n = vm.index_i64(got)?;
        if n < 0 || n as usize > size {
            return Err(vm.os_error_message(format!(
                "raw readinto() returned invalid length {n} (should have been between 0 and {size})"
            )));
        }
        Ok(Some(room.to_vec()[..n as usize].to_vec()))
    }
    /// Fills the empty buffer; false at the end of the stream.
    fn fill(&self, vm: &Vm) -> PyResult<Option<bool>> {
        self.write_out(vm)?;
        let Some(bytes) = self.raw_read(vm, self.size.get())? else { return Ok(None) };
        let more = !bytes.is_empty();
        *self.ahead.borrow_mut() = bytes;
        self.at.set(0);
        Ok(Some(more))
    }
    /// Takes up to `n` bytes out of the buffer.
    fn take(&self, n: usize) -> Vec<u8> {
        let ahead = self.ahead.borrow();
        let start = self.at.get();
        let end = start.saturating_add(n).min(ahead.len());
        self.at.set(end);
        ahead[start..end].to_vec()
    }
    fn write_out(&self, vm: &Vm) -> PyResult<()> {
        while !self.dirty.borrow().is_empty() {
            let raw = self.raw(vm)?;
            let bytes = self.dirty.borrow().clone();
            let n = match raw.downcast::<Native<FileIo>>().filter(|f| vm.type_of(f.value()).def.is_some()) {
                Some(file) => file.write_some(vm, &bytes)?,
                None => {
                    let result = vm.call_method(raw, "write", &[vm.new_bytes(&bytes)])?;
                    if result.is_none() { None } else { Some(vm.index_i64(result)? as usize) }
                }
            };
            let Some(n) = n else {
                let text = vm.new_str("write could not complete without blocking");
                let args = [vm.new_int(libc::EAGAIN as i64), text, vm.new_int(0)];
                return Err(vm.raise_class(vm.exceptions.blocking_io_error, &args));
            };
            if n > bytes.len() {
                return Err(vm.os_error_message(format!(
                    "raw write() returned invalid length {n} (should have been between 0 and {})",
                    bytes.len()
                )));
            }
            self.dirty.borrow_mut().drain(..n);
        }
        Ok(())
    }
    /// Forgets what was read ahead, so that the raw position is ours.
    fn drop_ahead(&self, vm: &Vm) -> PyResult<()> {
        let n = self.buffered();
        if n > 0 {
            let raw = self.raw(vm)?;
            vm.call_method(raw, "seek", &[vm.new_int(-(n as i64)), vm.new_int(1)])?;
        }
        self.ahead.borrow_mut().clear();
        self.at.set(0);
        Ok(())
    }
    fn read_all(&self, vm: &Vm) -> PyResult {
        let mut all = self.take(usize::MAX);
        self.write_out(vm)?;
        loop {
            match self.raw_read(vm, self.size.get().max(all.len()))? {
                None if all.is_empty() => return Ok(Value::none()),
                Some(piece) if !piece.is_empty() => all.extend_from_slice(&piece),
                _ => return Ok(vm.new_bytes(&all)),
            }
        }
    }
    fn read_exactly(&self, vm: &Vm, n: usize) -> PyResult {
        let mut out = self.take(n);
        while out.len() < n {
            match self.fill(vm)? {
                Some(true) => {
                    let piece = self.take(n - out.len());
                    out.extend_from_slice(&piece);
                }
                None if out.is_empty() => return Ok(Value::none()),
                _ => break,
            }
        }
        Ok(vm.new_bytes(&out))
    }
    fn one_read(&self, vm: &Vm, n: usize) -> PyResult {
        if self.buffered() == 0 && n > 0 {
            self.fill(vm)?;
        }
        let piece = self.take(n);
        Ok(vm.new_bytes(&piece))
    }
    fn line(&self, vm: &Vm, limit: usize) -> PyResult {
        let mut line = Vec::new();
        while line.len() < limit {
            if self.buffered() == 0 && self.fill(vm)? != Some(true) {
                break;
            }
            let length = {
                let ahead = self.ahead.borrow();
                let rest = &ahead[self.at.get()..];
                rest.iter().position(|&b| b == b'\n').map_or(rest.len(), |i| i + 1)
            };
            line.extend_from_slice(&self.take(length.min(limit - line.len())));
            if line.ends_with(b"\n") {
                break;
            }
        }
        Ok(vm.new_bytes(&line))
    }
}

#[pymethods]
impl Buffered {
    #[pymethod(name = "__getstate__", sig = "($self, /)")]
    fn getstate(this: Gc<Native<Buffered>>, vm: &Vm) -> PyResult {
        cannot_pickle(vm, this.value())
    }
    #[pynew(sig = "(*args, **kwargs)")]
    fn new(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult<Gc<Native<Buffered>>> {
        let _ = args;
        let is = |def| vm.native_type(def).map(|base| cls.is_subtype(base));
        let (writer, random) = (is(&WRITER)?, is(&RANDOM)?);
        let buffered = Buffered {
            raw: Cell::new(None),
            ahead: RefCell::default(),
            at: Cell::new(0),
            dirty: RefCell::default(),
            listed: Cell::default(),
            size: Cell::new(DEFAULT_SIZE),
            reads: !writer,
            writes: writer || random,
            lock: RawLock::default(),
            holder: Cell::default(),
        };
        Ok(vm.new_native(cls, buffered))
    }
    #[pymethod(name = "__init__", sig = "(raw, buffer_size=131072)")]
    fn init(&self, vm: &Vm, raw: Value, buffer_size: i64) -> PyResult<()> {
        if buffer_size <= 0 {
            return Err(vm.value_error("buffer size must be strictly positive"));
        }
        if self.reads {
            require_readable(vm, raw)?;
        }
        if self.writes {
            require_writable(vm, raw)?;
        }
        self.raw.set(Some(raw));
        self.size.set(buffer_size as usize);
        Ok(())
    }
    #[pymethod(sig = "(size=-1, /)")]
    fn read(&self, vm: &Vm, size: Option<Value>) -> PyResult {
        self.can_read(vm, "read")?;
        self.open(vm, "read")?;
        if let Some(n) = size.and_then(|v| v.as_small_int())
            && n < -1
        {
            return Err(vm.value_error("read length must be non-negative or -1"));
        }
        let _turn = self.enter(vm)?;
        match size_argument(vm, size)? {
            None => self.read_all(vm),
            Some(n) => self.read_exactly(vm, n),
        }
    }
    #[pymethod(sig = "(size=-1, /)")]
    fn read1(&self, vm: &Vm, size: Option<Value>) -> PyResult {
        self.can_read(vm, "read1")?;
        self.open(vm, "read")?;
        let n = size_argument(vm, size)?.unwrap_or(self.size.get());
        let _turn = self.enter(vm)?;
        self.one_read(vm, n)
    }
    #[pymethod(sig = "(size=0, /)")]
    fn peek(&self, vm: &Vm, size: Option<Value>) -> PyResult {
        let _ = size;
        self.can_read(vm, "peek")?;
        self.open(vm, "peek")?;
        let _turn = self.enter(vm)?;
        if self.buffered() == 0 {
            self.fill(vm)?;
        }
        let bytes = self.ahead.borrow()[self.at.get()..].to_vec();
        Ok(vm.new_bytes(&bytes))
    }
    #[pymethod]
    fn readinto(&self, vm: &Vm, buffer: WritableBuffer) -> PyResult {
        self.can_read(vm, "readinto")?;
        self.open(vm, "readinto")?;
        let _turn = self.enter(vm)?;
        let data = self.read_exactly(vm, buffer.len())?;
        let Some(bytes) = data.downcast::<Bytes>() else { return Ok(data) };
        Ok(vm.new_int(buffer.write(&bytes) as i64))
    }
    #[pymethod]
    fn readinto1(&self, vm: &Vm, buffer: WritableBuffer) -> PyResult {
        self.can_read(vm, "readinto1")?;
        self.open(vm, "readinto")?;
        let _turn = self.enter(vm)?;
        let data = self.one_read(vm, buffer.len())?;
        let Some(bytes) = data.downcast::<Bytes>() else { return Ok(data) };
        Ok(vm.new_int(buffer.write(&bytes) as i64))
    }
    #[pymethod(sig = "(size=-1, /)")]
    fn readline(&self, vm: &Vm, size: Option<Value>) -> PyResult {
        self.can_read(vm, "readline")?;
        self.open(vm, "readline")?;
        let limit = size_argument(vm, size)?.unwrap_or(usize::MAX);
        let _turn = self.enter(vm)?;
        self.line(vm, limit)
    }
    #[pymethod]
    fn write(this: Gc<Native<Buffered>>, vm: &Vm, b: Buffer) -> PyResult<usize> {
        if !this.writes {
            return Err(unsupported(vm, "write"));
        }
        this.open(vm, "write to")?;
        let _turn = this.enter(vm)?;
        this.drop_ahead(vm)?;
        if this.dirty.borrow().is_empty() {
            super::note_dirty(vm, this.value(), &this.listed)?;
        }
        this.dirty.borrow_mut().extend_from_slice(&b);
        if this.dirty.borrow().len() >= this.size.get() {
            this.write_out(vm)?;
        }
        Ok(b.len())
    }
    #[pymethod]
    fn flush(&self, vm: &Vm) -> PyResult<()> {
        self.open(vm, "flush")?;
        let _turn = self.enter(vm)?;
        self.write_out(vm)?;
        if self.writes && self.reads { self.drop_ahead(vm) } else { Ok(()) }
    }
    #[pymethod(sig = "(pos, whence=0, /)")]
    fn seek(&self, vm: &Vm, pos: Value, whence: i64) -> PyResult {
        let raw = self.open(vm, "seek")?;
        if !(0..=4).contains(&whence) {
            return Err(vm.value_error(format!("whence value {whence} unsupported")));
        }
        vm.call_method(raw, "_checkSeekable", &[])?;
        let _turn = self.enter(vm)?;
        self.write_out(vm)?;
        self.drop_ahead(vm)?;
        vm.call_method(raw, "seek", &[pos, vm.new_int(whence)])
    }
    #[pymethod]
    fn tell(&self, vm: &Vm) -> PyResult<i64> {
        let raw = self.open(vm, "tell")?;
        let _turn = self.enter(vm)?;
        let at = vm.call_method(raw, "tell", &[])?;
        let at = vm.index_i64(at)?;
        Ok(at - self.buffered() as i64 + self.dirty.borrow().len() as i64)
    }
    #[pymethod(sig = "(pos=None, /)")]
    fn truncate(this: Gc<Native<Buffered>>, vm: &Vm, pos: Option<Value>) -> PyResult {
        let raw = this.open(vm, "truncate")?;
        if !this.writes {
            return Err(unsupported(vm, "truncate"));
        }
        let pos = match pos.filter(|v| !v.is_none()) {
            Some(pos) => pos,
            None => vm.call_method(this.value(), "tell", &[])?,
        };
        let _turn = this.enter(vm)?;
        this.write_out(vm)?;
        vm.call_method(raw, "truncate", &[pos])
    }
    #[pymethod]
    fn close(this: Gc<Native<Buffered>>, vm: &Vm) -> PyResult<()> {
        let Some(raw) = this.raw.get() else { return Ok(()) };
        if vm.truthy(vm.getattr_str(raw, "closed")?)? {
            return Ok(());
        }
        let flushed = vm.call_method(this.value(), "flush", &[]);
        let pending = if flushed.is_err() { vm.take_pending() } else { None };
        this.dirty.borrow_mut().clear();
        vm.call_method(raw, "close", &[])?;
        match pending {
            Some(e) => Err(vm.reraise_value(e)),
            None => Ok(()),
        }
    }
    #[pymethod(name = "__del__")]
    fn finalize(this: Gc<Native<Buffered>>, vm: &Vm) -> PyResult<()> {
        if this.raw.get().is_none() {
            return Ok(());
        }
        vm.call_method(this.value(), "close", &[]).map(drop)
    }
    #[pymethod]
    fn detach(&self, vm: &Vm) -> PyResult {
        let raw = self.raw(vm)?;
        let _turn = self.enter(vm)?;
        self.write_out(vm)?;
        self.raw.set(None);
        Ok(raw)
    }
    #[pymethod]
    fn fileno(&self, vm: &Vm) -> PyResult {
        vm.call_method(self.raw(vm)?, "fileno", &[])
    }
    #[pymethod]
    fn isatty(&self, vm: &Vm) -> PyResult {
        vm.call_method(self.raw(vm)?, "isatty", &[])
    }
    #[pymethod]
    fn seekable(&self, vm: &Vm) -> PyResult {
        vm.call_method(self.raw(vm)?, "seekable", &[])
    }
    #[pymethod]
    fn readable(&self, vm: &Vm) -> PyResult {
        if self.reads { vm.call_method(self.raw(vm)?, "readable", &[]) } else { Ok(Value::bool(false)) }
    }
    #[pymethod]
    fn writable(&self, vm: &Vm) -> PyResult {
        if self.writes { vm.call_method(self.raw(vm)?, "writable", &[]) } else { Ok(Value::bool(false)) }
    }
    #[pygetset(name = "raw")]
    fn raw_value(&self) -> Option<Value> {
        self.raw.get()
    }
    #[pygetset]
    fn closed(&self, vm: &Vm) -> PyResult {
        vm.getattr_str(self.raw(vm)?, "closed")
    }
    #[pygetset]
    fn name(&self, vm: &Vm) -> PyResult {
        vm.getattr_str(self.raw(vm)?, "name")
    }
    #[pygetset]
    fn mode(&self, vm: &Vm) -> PyResult {
        vm.getattr_str(self.raw(vm)?, "mode")
    }
    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<Native<Buffered>>, vm: &Vm) -> PyResult<String> {
        let class = vm.type_of(this.value()).qualified_name();
        match vm.getattr_str(this.value(), "name") {
            Ok(name) => Ok(format!("<{class} name={}>", vm.repr_text(name)?)),
            Err(Raised) => {
                vm.take_pending();
                Ok(format!("<{class}>"))
            }
        }
    }
}
