//! `BufferedRWPair` and `IncrementalNewlineDecoder`.

use super::base::{buffered_type, require_readable, require_writable};
use super::buffered::{Buffered, WRITER};
use adder_interp::buffer::Buffer;
use adder_interp::native::Args;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::object::tuple::Tuple;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::Cell;

/// A buffered reader and writer object together.
#[pyclass(name = "BufferedRWPair", module = "_io", base = buffered_type, subclassable, has_dict, weakrefable)]
#[derive(Trace)]
pub struct Pair {
    reader: Cell<Option<Value>>,
    writer: Cell<Option<Value>>,
}

impl Pair {
    fn reader(&self, vm: &Vm) -> PyResult {
        self.reader.get().ok_or_else(|| vm.value_error("I/O operation on uninitialized object"))
    }
    fn writer(&self, vm: &Vm) -> PyResult {
        self.writer.get().ok_or_else(|| vm.value_error("I/O operation on uninitialized object"))
    }
}

#[pymethods]
impl Pair {
    #[pynew(sig = "(*args, **kwargs)")]
    fn new(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> Gc<Native<Pair>> {
        let _ = args;
        vm.new_native(cls, Pair { reader: Cell::new(None), writer: Cell::new(None) })
    }
    #[pymethod(name = "__init__", sig = "(reader, writer, buffer_size=131072, /)")]
    fn init(&self, vm: &Vm, reader: Value, writer: Value, buffer_size: i64) -> PyResult<()> {
        require_readable(vm, reader)?;
        require_writable(vm, writer)?;
        let size = vm.new_int(buffer_size);
        self.reader.set(Some(super::make(vm, Buffered::TYPE_DEF, &[reader, size])?));
        self.writer.set(Some(super::make(vm, &WRITER, &[writer, size])?));
        Ok(())
    }
    #[pymethod(sig = "(*args)")]
    fn read(&self, vm: &Vm, args: &[Value]) -> PyResult {
        vm.call_method(self.reader(vm)?, "read", args)
    }
    #[pymethod(sig = "(*args)")]
    fn read1(&self, vm: &Vm, args: &[Value]) -> PyResult {
        vm.call_method(self.reader(vm)?, "read1", args)
    }
    #[pymethod(sig = "(*args)")]
    fn peek(&self, vm: &Vm, args: &[Value]) -> PyResult {
        vm.call_method(self.reader(vm)?, "peek", args)
    }
    #[pymethod]
    fn readinto(&self, vm: &Vm, buffer: Value) -> PyResult {
        vm.call_method(self.reader(vm)?, "readinto", &[buffer])
    }
    #[pymethod]
    fn readinto1(&self, vm: &Vm, buffer: Value) -> PyResult {
        vm.call_method(self.reader(vm)?, "readinto1", &[buffer])
    }
    #[pymethod]
    fn write(&self, vm: &Vm, b: Value) -> PyResult {
        vm.call_method(self.writer(vm)?, "write", &[b])
    }
    #[pymethod]
    fn flush(&self, vm: &Vm) -> PyResult {
        vm.call_method(self.writer(vm)?, "flush", &[])
    }
    #[pymethod]
    fn readable(&self, vm: &Vm) -> PyResult {
        vm.call_method(self.reader(vm)?, "readable", &[])
    }
    #[pymethod]
    fn writable(&self, vm: &Vm) -> PyResult {
        vm.call_method(self.writer(vm)?, "writable", &[])
    }
    #[pymethod]
    fn close(&self, vm: &Vm) -> PyResult<()> {
        let first = vm.call_method(self.writer(vm)?, "close", &[]);
        let pending = if first.is_err() { vm.take_pending() } else { None };
        vm.call_method(self.reader(vm)?, "close", &[])?;
        match pending {
            Some(e) => Err(vm.reraise_value(e)),
            None => Ok(()),
        }
    }
    #[pymethod(name = "__del__")]
    fn finalize(this: Gc<Native<Pair>>, vm: &Vm) -> PyResult<()> {
        match this.writer.get() {
            Some(_) => vm.call_method(this.value(), "close", &[]).map(drop),
            None => Ok(()),
        }
    }
    #[pymethod]
    fn isatty(&self, vm: &Vm) -> PyResult<bool> {
        let writer = vm.call_method(self.writer(vm)?, "isatty", &[])?;
        if vm.truthy(writer)? {
            return Ok(true);
        }
        vm.truthy(vm.call_method(self.reader(vm)?, "isatty", &[])?)
    }
    #[pygetset]
    fn closed(&self, vm: &Vm) -> PyResult {
        vm.getattr_str(self.writer(vm)?, "closed")
    }
}

/// Codec used when reading a file in universal newlines mode.
#[pyclass(name = "IncrementalNewlineDecoder", module = "_io", subclassable, has_dict)]
#[derive(Trace)]
pub struct NewlineDecoder {
    decoder: Cell<Option<Value>>,
    translate: Cell<bool>,
    held: Cell<bool>,
    /// CR is 1, LF is 2, CRLF is 4.
    seen: Cell<u8>,
}

#[pymethods]
impl NewlineDecoder {
    #[pynew(sig = "(*args, **kwargs)")]
    fn new(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> Gc<Native<NewlineDecoder>> {
        let _ = args;
        let decoder = NewlineDecoder {
            decoder: Cell::new(None),
            translate: Cell::new(false),
            held: Cell::new(false),
            seen: Cell::new(0),
        };
        vm.new_native(cls, decoder)
    }
    #[pymethod(name = "__init__", sig = "(decoder, translate, errors='strict')")]
    fn init(&self, decoder: Value, translate: bool, errors: Option<Value>) {
        let _ = errors;
        self.decoder.set(Some(decoder).filter(|d| !d.is_none()));
        self.translate.set(translate);
    }
    #[pymethod(sig = "(input, final=False)")]
    fn decode(&self, vm: &Vm, input: Value, last: bool) -> PyResult {
        let text = match self.decoder.get() {
            Some(decoder) => vm.call_method(decoder, "decode", &[input, Value::bool(last)])?,
            None => input,
        };
        let Some(text) = text.downcast::<Str>() else {
            return Err(vm.type_error("decoder should return a string result"));
        };
        let mut points: Vec<u32> = Vec::with_capacity(text.len() + 1);
        if self.held.replace(false) {
            points.push(13);
        }
        points.extend(text.chars());
        if !last && points.last() == Some(&13) {
            points.pop();
            self.held.set(true);
        }
        let mut out = Vec::with_capacity(points.len());
        let mut i = 0;
        while i < points.len() {
            let (c, next) = (points[i], points.get(i + 1));
            let (mark, width) = match (c, next) {
                (13, Some(10)) => (4, 2),
                (13, _) => (1, 1),
                (10, _) => (2, 1),
                _ => (0, 1),
            };
            self.seen.set(self.seen.get() | mark);
            if mark != 0 && self.translate.get() {
                out.push(10);
            } else {
                out.extend_from_slice(&points[i..i + width]);
            }
            i += width;
        }
        Ok(Str::from_code_points(&vm.heap, &out).value())
    }
    #[pymethod]
    fn getstate(&self, vm: &Vm) -> PyResult {
        let (buffer, flag) = match self.decoder.get() {
            None => (vm.new_bytes(b""), 0),
            Some(decoder) => {
                let state = vm.call_method(decoder, "getstate", &[])?;
                let Some(pair) = state.downcast::<Tuple>().filter(|t| t.len() == 2) else {
                    return Err(vm.type_error("illegal decoder state"));
                };
                (pair[0], vm.index_i64(pair[1])?)
            }
        };
        Ok(vm.new_tuple(&[buffer, vm.new_int(flag << 1 | self.held.get() as i64)]))
    }
    #[pymethod]
    fn setstate(&self, vm: &Vm, state: Value) -> PyResult<()> {
        let Some(pair) = state.downcast::<Tuple>().filter(|t| t.len() == 2) else {
            return Err(vm.type_error("state argument must be a tuple"));
        };
        let flag = vm.index_i64(pair[1])?;
        self.held.set(flag & 1 != 0);
        if let Some(decoder) = self.decoder.get() {
            let inner = vm.new_tuple(&[pair[0], vm.new_int(flag >> 1)]);
            vm.call_method(decoder, "setstate", &[inner])?;
        } else {
            Buffer::simple(vm, pair[0])?;
        }
        Ok(())
    }
    #[pymethod]
    fn reset(&self, vm: &Vm) -> PyResult<()> {
        self.held.set(false);
        self.seen.set(0);
        match self.decoder.get() {
            Some(decoder) => vm.call_method(decoder, "reset", &[]).map(drop),
            None => Ok(()),
        }
    }
    #[pygetset]
    fn newlines(&self, vm: &Vm) -> Value {
        let mut found = vm.vec();
        for (bit, text) in [(1, "\r"), (2, "\n"), (4, "\r\n")] {
            if self.seen.get() & bit != 0 {
                found.push(&vm.heap, vm.new_str(text));
            }
        }
        match found.len() {
            0 => Value::none(),
            1 => found[0],
            _ => vm.new_tuple(&found),
        }
    }
}
