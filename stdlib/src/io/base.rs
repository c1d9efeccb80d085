//! The abstract base classes `_IOBase`, `_RawIOBase`, `_BufferedIOBase`, `_TextIOBase`, and `UnsupportedOperation`.

use adder_interp::buffer::Buffer;
use adder_interp::object::bytearray::ByteArray;
use adder_interp::object::bytes::Bytes;
use adder_interp::object::header::Gc;
use adder_interp::object::shape::shape_id;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::pymethods;

/// `io.UnsupportedOperation`.
pub fn unsupported_class(vm: &Vm) -> PyResult {
    vm.registered("io.UnsupportedOperation", |vm| {
        let dict = vm.new_dict();
        dict.insert_str(&vm.heap, vm.names.__module__, vm.intern("io").value());
        let bases = vm.new_tuple(&[vm.exceptions.os_error.value(), vm.exceptions.value_error.value()]);
        vm.call(vm.types.type_.value(), &[vm.intern("UnsupportedOperation").value(), bases, dict.value()])
    })
}

/// Raises `UnsupportedOperation(message)`.
#[cold]
pub fn unsupported(vm: &Vm, message: &str) -> Raised {
    match unsupported_class(vm).and_then(|class| vm.call(class, &[vm.new_str(message)])) {
        Ok(exception) => vm.raise_value(exception),
        Err(raised) => raised,
    }
}

/// Raises ValueError if the stream is closed.
pub fn check_closed(vm: &Vm, this: Value) -> PyResult<()> {
    let closed = vm.getattr_str(this, "closed")?;
    if vm.truthy(closed)? {
        return Err(vm.value_error("I/O operation on closed file."));
    }
    Ok(())
}

fn call_bool(vm: &Vm, this: Value, method: &str) -> PyResult<bool> {
    let result = vm.call_method(this, method, &[])?;
    vm.truthy(result)
}

/// The size argument of reads: None and negative numbers are everything.
pub fn size_argument(vm: &Vm, size: Option<Value>) -> PyResult<Option<usize>> {
    match size.filter(|v| !v.is_none()) {
        None => Ok(None),
        Some(v) => {
            use adder_interp::vm::special::Special;
            if vm.special_of(v, Special::Index).is_none() {
                let given = vm.type_of(v).name();
                return Err(vm.type_error(format!("argument should be integer or None, not '{given}'")));
            }
            Ok(usize::try_from(vm.index_i64(v)?).ok())
        }
    }
}

pub fn iobase_type(vm: &Vm) -> Value {
    vm.native_type(IoBase::TYPE_DEF).map_or(vm.types.object.value(), Gc::value)
}
pub fn raw_type(vm: &Vm) -> Value {
    vm.native_type(RawIoBase::TYPE_DEF).map_or(vm.types.object.value(), Gc::value)
}
pub fn buffered_type(vm: &Vm) -> Value {
    vm.native_type(BufferedIoBase::TYPE_DEF).map_or(vm.types.object.value(), Gc::value)
}
pub fn text_type(vm: &Vm) -> Value {
    vm.native_type(TextIoBase::TYPE_DEF).map_or(vm.types.object.value(), Gc::value)
}

/// Methods of `_IOBase`.
pub enum IoBase {}

#[pymethods(name = "_IOBase", module = "_io", kind = Instance, subclassable, has_dict, weakrefable)]
impl IoBase {
    #[pymethod(sig = "(offset, whence=0, /)")]
    fn seek(this: Value, vm: &Vm, offset: Value, whence: Option<Value>) -> PyResult {
        let _ = (this, offset, whence);
        Err(unsupported(vm, "seek"))
    }
    #[pymethod]
    fn tell(this: Value, vm: &Vm) -> PyResult {
        vm.call_method(this, "seek", &[vm.new_int(0), vm.new_int(1)])
    }
    #[pymethod(sig = "(pos=None, /)")]
    fn truncate(this: Value, vm: &Vm, pos: Option<Value>) -> PyResult {
        let _ = (this, pos);
        Err(unsupported(vm, "truncate"))
    }
    #[pymethod]
    fn flush(this: Value, vm: &Vm) -> PyResult<()> {
        check_closed(vm, this)
    }
    #[pymethod]
    fn close(this: Value, vm: &Vm) -> PyResult<()> {
        if vm.getattr_opt(this, vm.intern("__IOBase_closed"))?.is_some() {
            return Ok(());
        }
        let flushed = vm.call_method(this, "flush", &[]);
        let pending = if flushed.is_err() { vm.take_pending() } else { None };
        vm.setattr(this, vm.intern("__IOBase_closed"), Some(Value::bool(true)))?;
        match pending {
            Some(e) => Err(vm.reraise_value(e)),
            None => Ok(()),
        }
    }
    #[pygetset]
    fn closed(this: Value, vm: &Vm) -> PyResult<bool> {
        Ok(vm.getattr_opt(this, vm.intern("__IOBase_closed"))?.is_some())
    }
    #[pymethod]
    fn seekable(this: Value) -> bool {
        let _ = this;
        false
    }
    #[pymethod]
    fn readable(this: Value) -> bool {
        let _ = this;
        false
    }
    #[pymethod]
    fn writable(this: Value) -> bool {
        let _ = this;
        false
    }
    #[pymethod]
    fn fileno(this: Value, vm: &Vm) -> PyResult {
        let _ = this;
        Err(unsupported(vm, "fileno"))
    }
    #[pymethod]
    fn isatty(this: Value, vm: &Vm) -> PyResult<bool> {
        check_closed(vm, this)?;
        Ok(false)
    }
    #[pymethod(name = "_checkClosed")]
    fn check_closed_(this: Value, vm: &Vm) -> PyResult<()> {
        check_closed(vm, this)
    }
    #[pymethod(name = "_checkReadable")]
    fn check_readable(this: Value, vm: &Vm) -> PyResult<bool> {
        require_readable(vm, this).map(|()| true)
    }
    #[pymethod(name = "_checkWritable")]
    fn check_writable(this: Value, vm: &Vm) -> PyResult<bool> {
        require_writable(vm, this).map(|()| true)
    }
    #[pymethod(name = "_checkSeekable")]
    fn check_seekable(this: Value, vm: &Vm) -> PyResult<bool> {
        match call_bool(vm, this, "seekable")? {
            true => Ok(true),
            false => Err(unsupported(vm, "File or stream is not seekable.")),
        }
    }
    #[pymethod(name = "__enter__")]
    fn enter(this: Value, vm: &Vm) -> PyResult {
        check_closed(vm, this)?;
        Ok(this)
    }
    #[pymethod(name = "__exit__", sig = "(*args)")]
    fn exit(this: Value, vm: &Vm, _args: &[Value]) -> PyResult {
        vm.call_method(this, "close", &[])
    }
    #[pymethod(name = "__iter__")]
    fn iter(this: Value, vm: &Vm) -> PyResult {
        check_closed(vm, this)?;
        Ok(this)
    }
    #[pymethod(name = "__next__")]
    fn next(this: Value, vm: &Vm) -> PyResult<Option<Value>> {
        let line = vm.call_method(this, "readline", &[])?;
        Ok(if vm.length(line)? == 0 { None } else { Some(line) })
    }
    #[pymethod(name = "__del__")]
    fn finalize(this: Value, vm: &Vm) -> PyResult<()> {
        let closed = vm.getattr_str(this, "closed")?;
        if !vm.truthy(closed)? {
            vm.call_method(this, "close", &[])?;
        }
        Ok(())
    }
    #[pymethod(sig = "(size=-1, /)")]
    fn readline(this: Value, vm: &Vm, size: Option<Value>) -> PyResult {
        let limit = size_argument(vm, size)?.unwrap_or(usize::MAX);
        let peek = vm.getattr_opt(this, vm.intern("peek"))?;
        let mut line: Vec<u8> = Vec::new();
        while line.len() < limit {
            let mut ask = 1;
            if let Some(peek) = peek {
                let ahead = vm.call(peek, &[vm.new_int(1)])?;
                let ahead = Buffer::simple(vm, ahead)?;
                if !ahead.is_empty() {
                    ask = ahead.iter().position(|&b| b == b'\n').map_or(ahead.len(), |n| n + 1);
                    ask = ask.min(limit - line.len());
                }
            }
            let piece = vm.call_method(this, "read", &[vm.new_int(ask as i64)])?;
            let Some(bytes) = piece.downcast::<Bytes>() else {
                let given = vm.type_of(piece).name();
                return Err(
                    vm.os_error_message(format!("read() should have returned a bytes object, not '{given}'"))
                );
            };
            if bytes.is_empty() {
                break;
            }
            line.extend_from_slice(&bytes);
            if line.ends_with(b"\n") {
                break;
            }
        }
        Ok(vm.new_bytes(&line))
    }
    #[pymethod(sig = "(hint=-1, /)")]
    fn readlines(this: Value, vm: &Vm, hint: Option<Value>) -> PyResult {
        let hint = size_argument(vm, hint)?.filter(|&n| n > 0);
        let mut lines = vm.vec();
        let mut total = 0;
        let iterator = vm.iter(this)?;
        while let Some(line) = vm.next(iterator)? {
            lines.push(&vm.heap, line);
            total += vm.length(line)?;
            if hint.is_some_and(|h| total > h) {
                break;
            }
        }
        Ok(vm.list_from(lines))
    }
    #[pymethod(sig = "(lines, /)")]
    fn writelines(this: Value, vm: &Vm, lines: Value) -> PyResult<()> {
        check_closed(vm, this)?;
        vm.for_each(lines, |line| vm.call_method(this, "write", &[line]).map(drop))
    }
}

/// Methods of `_RawIOBase`.
pub enum RawIoBase {}

#[pymethods(name = "_RawIOBase", module = "_io", kind = Instance, base = iobase_type, subclassable, has_dict, weakrefable)]
impl RawIoBase {
    #[pymethod(sig = "(size=-1, /)")]
    fn read(this: Value, vm: &Vm, size: Option<Value>) -> PyResult {
        let Some(n) = size_argument(vm, size)? else { return vm.call_method(this, "readall", &[]) };
        let room = ByteArray::new(&vm.heap, shape_id::BYTEARRAY, 0, &vec![0; n]);
        let got = vm.call_method(this, "readinto", &[room.value()])?;
        if got.is_none() {
            return Ok(got);
        }
        let got = vm.index_i64(got)? as usize;
        if got > n {
            return Err(vm.value_error(format!("readinto returned {got} outside buffer size {n}")));
        }
        Ok(vm.new_bytes(&room.to_vec()[..got]))
    }
    #[pymethod]
    fn readall(this: Value, vm: &Vm) -> PyResult {
        let mut all = Vec::new();
        loop {
            let piece = vm.call_method(this, "read", &[vm.new_int(131_072)])?;
            if piece.is_none() {
                if all.is_empty() {
                    return Ok(piece);
                }
                break;
            }
            let Some(bytes) = piece.downcast::<Bytes>() else {
                return Err(vm.type_error("read() should return bytes"));
            };
            if bytes.is_empty() {
                break;
            }
            all.extend_from_slice(&bytes);
        }
        Ok(vm.new_bytes(&all))
    }
}

/// Methods of `_BufferedIOBase`.
pub enum BufferedIoBase {}

#[pymethods(name = "_BufferedIOBase", module = "_io", kind = Instance, base = iobase_type, subclassable, has_dict, weakrefable)]
impl BufferedIoBase {
    #[pymethod]
    fn detach(this: Value, vm: &Vm) -> PyResult {
        let _ = this;
        Err(unsupported(vm, "detach"))
    }
    #[pymethod(sig = "(size=-1, /)")]
    fn read(this: Value, vm: &Vm, size: Option<Value>) -> PyResult {
        let _ = (this, size);
        Err(unsupported(vm, "read"))
    }
    #[pymethod(sig = "(size=-1, /)")]
    fn read1(this: Value, vm: &Vm, size: Option<Value>) -> PyResult {
        let _ = (this, size);
        Err(unsupported(vm, "read1"))
    }
    #[pymethod]
    fn write(this: Value, vm: &Vm, b: Value) -> PyResult {
        let _ = (this, b);
        Err(unsupported(vm, "write"))
    }
    #[pymethod]
    fn readinto(this: Value, vm: &Vm, buffer: crate::buf::WritableBuffer) -> PyResult<usize> {
        let data = vm.call_method(this, "read", &[vm.new_int(buffer.len() as i64)])?;
        Ok(buffer.write(&Buffer::simple(vm, data)?))
    }
    #[pymethod]
    fn readinto1(this: Value, vm: &Vm, buffer: crate::buf::WritableBuffer) -> PyResult<usize> {
        let data = vm.call_method(this, "read1", &[vm.new_int(buffer.len() as i64)])?;
        Ok(buffer.write(&Buffer::simple(vm, data)?))
    }
}

/// Methods of `_TextIOBase`.
pub enum TextIoBase {}

#[pymethods(name = "_TextIOBase", module = "_io", kind = Instance, base = iobase_type, subclassable, has_dict, weakrefable)]
impl TextIoBase {
    #[pymethod]
    fn detach(this: Value, vm: &Vm) -> PyResult {
        let _ = this;
        Err(unsupported(vm, "detach"))
    }
    #[pymethod(sig = "(size=-1, /)")]
    fn read(this: Value, vm: &Vm, size: Option<Value>) -> PyResult {
        let _ = (this, size);
        Err(unsupported(vm, "read"))
    }
    #[pymethod(sig = "(size=-1, /)")]
    fn readline(this: Value, vm: &Vm, size: Option<Value>) -> PyResult {
        let _ = (this, size);
        Err(unsupported(vm, "readline"))
    }
    #[pymethod]
    fn write(this: Value, vm: &Vm, s: Value) -> PyResult {
        let _ = (this, s);
        Err(unsupported(vm, "write"))
    }
    #[pygetset]
    fn encoding(this: Value) -> Value {
        let _ = this;
        Value::none()
    }
    #[pygetset]
    fn newlines(this: Value) -> Value {
        let _ = this;
        Value::none()
    }
    #[pygetset]
    fn errors(this: Value) -> Value {
        let _ = this;
        Value::none()
    }
}

/// Refuses a stream, of whatever class, that says it cannot be read from.
pub fn require_readable(vm: &Vm, stream: Value) -> PyResult<()> {
    match call_bool(vm, stream, "readable")? {
        true => Ok(()),
        false => Err(unsupported(vm, "File or stream is not readable.")),
    }
}

/// Refuses a stream, of whatever class, that says it cannot be written to.
pub fn require_writable(vm: &Vm, stream: Value) -> PyResult<()> {
    match call_bool(vm, stream, "writable")? {
        true => Ok(()),
        false => Err(unsupported(vm, "File or stream is not writable.")),
    }
}

/// The entries of a state for `__setstate__` of the files in memory: the instance's dict comes last.
pub fn restore_dict(vm: &Vm, this: Value, dict: Value, which: &str) -> PyResult<()> {
    if dict.is_none() {
        return Ok(());
    }
    let Some(from) = dict.downcast::<adder_interp::object::dict::Dict>() else {
        let given = vm.type_of(dict).name();
        return Err(vm.type_error(format!("{which} item of state should be a dict, got a {given}")));
    };
    if let Some(own) = vm.instance_dict(this) {
        vm.call_method(own.value(), "update", &[from.value()])?;
    }
    Ok(())
}

/// The instance's dict for `__getstate__`, or None.
pub fn dict_for_state(vm: &Vm, this: Value) -> PyResult {
    match vm.getattr_opt(this, vm.names.__dict__)? {
        Some(dict) if vm.length(dict)? > 0 => vm.call_method(dict, "copy", &[]),
        _ => Ok(Value::none()),
    }
}

/// The position in a state.
pub fn restored_position(vm: &Vm, value: Value, which: &str, but: &str) -> PyResult<usize> {
    let Some(number) = adder_interp::object::int::as_int(value) else {
        let given = vm.type_of(value).name();
        return Err(vm.type_error(format!("{which} item of state must be an integer, {but} {given}")));
    };
    let position = number.to_i64().and_then(|n| usize::try_from(n).ok());
    position.ok_or_else(|| vm.value_error("position value cannot be negative"))
}

/// Raises what `__getstate__` of files says.
pub fn cannot_pickle(vm: &Vm, this: Value) -> PyResult {
    let class = vm.type_of(this).name();
    Err(vm.type_error(format!("cannot pickle '{class}' instances")))
}
