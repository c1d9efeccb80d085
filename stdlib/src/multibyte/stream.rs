//! `MultibyteStreamReader` and `MultibyteStreamWriter`: codecs over a file object.

use super::incremental::Kept;
use super::text_of;
use adder_interp::native::args::type_name;
use adder_interp::object::bytes::Bytes;
use adder_interp::object::header::Gc;
use adder_interp::object::int::as_int;
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};

#[pyclass(name = "MultibyteStreamReader", module = "_multibytecodec", subclassable)]
#[derive(Trace)]
pub struct MultibyteStreamReader {
    kept: Kept,
    stream: Value,
}

impl MultibyteStreamReader {
    /// Reads with a method of the stream; a size below 0 is everything. Reads on, byte by byte, until there is a character.
    fn read_with(&self, vm: &Vm, method: &str, size: i64) -> PyResult {
        if size == 0 {
            return Ok(vm.empty_str.value());
        }
        let mut size = size;
        loop {
            let data = match size {
                ..0 => vm.call_method(self.stream, method, &[])?,
                _ => vm.call_method(self.stream, method, &[vm.new_int(size)])?,
            };
            let Some(data) = data.downcast::<Bytes>() else {
                let given = type_name(vm, data);
                return Err(vm.type_error(format!("stream function returned a non-bytes object ({given})")));
            };
            let ended = data.is_empty();
            let nothing = ended && !self.kept.has_held();
            let text = self.kept.decode(vm, &data.to_vec(), ended || size < 0)?;
            if size < 0 || ended || nothing || !text.is_empty() {
                return Ok(text.value());
            }
            size = 1;
        }
    }

    fn size(vm: &Vm, size: Value) -> PyResult<i64> {
        match as_int(size) {
            _ if size.is_none() => Ok(-1),
            Some(_) => vm.index_i64(size),
            None => Err(vm.type_error("arg 1 must be an integer")),
        }
    }
}

#[pymethods]
impl MultibyteStreamReader {
    #[pynew(sig = "(stream, errors='strict')")]
    fn __new__(cls: Gc<Type>, vm: &Vm, stream: Value, errors: Option<Gc<Str>>) -> PyResult<Gc<Native<Self>>> {
        let kept = Kept::new(vm, cls, errors, true)?;
        Ok(vm.new_native(cls, MultibyteStreamReader { kept, stream }))
    }

    #[pymethod(sig = "(*args, **kwargs)")]
    fn __init__(_this: Gc<Native<MultibyteStreamReader>>, args: adder_interp::native::Args<'_>) {
        let _ = args;
    }

    #[pymethod(sig = "(sizeobj=None, /)")]
    fn read(&self, vm: &Vm, size: Option<Value>) -> PyResult {
        let size = MultibyteStreamReader::size(vm, size.unwrap_or(Value::none()))?;
        self.read_with(vm, "read", size)
    }

    #[pymethod(sig = "(sizeobj=None, /)")]
    fn readline(&self, vm: &Vm, size: Option<Value>) -> PyResult {
        let size = MultibyteStreamReader::size(vm, size.unwrap_or(Value::none()))?;
        self.read_with(vm, "readline", size)
    }

    #[pymethod(sig = "(sizehintobj=None, /)")]
    fn readlines(&self, vm: &Vm, size: Option<Value>) -> PyResult {
        let size = MultibyteStreamReader::size(vm, size.unwrap_or(Value::none()))?;
        let text = self.read_with(vm, "read", size)?;
        vm.call_method(text, "splitlines", &[Value::bool(true)])
    }

    #[pymethod]
    fn reset(&self) {
        self.kept.reset_decoder();
    }

    #[pygetset]
    fn stream(&self) -> Value {
        self.stream
    }
    #[pygetset]
    fn errors(&self) -> Gc<Str> {
        self.kept.errors()
    }
    #[pygetset(setter = "errors")]
    fn set_errors(&self, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        self.kept.set_errors(vm, value)
    }
}

#[pyclass(name = "MultibyteStreamWriter", module = "_multibytecodec", subclassable)]
#[derive(Trace)]
pub struct MultibyteStreamWriter {
    kept: Kept,
    stream: Value,
}

impl MultibyteStreamWriter {
    fn write_text(&self, vm: &Vm, text: Value) -> PyResult<()> {
        let text = text_of(vm, text)?;
        let bytes = self.kept.encode(vm, text, false)?;
        vm.call_method(self.stream, "write", &[vm.new_bytes(&bytes)]).map(drop)
    }
}

#[pymethods]
impl MultibyteStreamWriter {
    #[pynew(sig = "(stream, errors='strict')")]
    fn __new__(cls: Gc<Type>, vm: &Vm, stream: Value, errors: Option<Gc<Str>>) -> PyResult<Gc<Native<Self>>> {
        let kept = Kept::new(vm, cls, errors, false)?;
        Ok(vm.new_native(cls, MultibyteStreamWriter { kept, stream }))
    }

    #[pymethod(sig = "(*args, **kwargs)")]
    fn __init__(_this: Gc<Native<MultibyteStreamWriter>>, args: adder_interp::native::Args<'_>) {
        let _ = args;
    }

    #[pymethod(sig = "(strobj, /)")]
    fn write(&self, vm: &Vm, text: Value) -> PyResult<()> {
        self.write_text(vm, text)
    }

    #[pymethod(sig = "(lines, /)")]
    fn writelines(&self, vm: &Vm, lines: Value) -> PyResult<()> {
        let lines = vm.iterator_or(lines, || "arg must be a sequence object".to_owned())?;
        while let Some(line) = vm.next(lines)? {
            self.write_text(vm, line)?;
        }
        Ok(())
    }

    #[pymethod]
    fn reset(&self, vm: &Vm) -> PyResult<()> {
        if !self.kept.has_held() {
            return Ok(());
        }
        let bytes = self.kept.encode(vm, vm.empty_str, true)?;
        if bytes.is_empty() {
            return Ok(());
        }
        vm.call_method(self.stream, "write", &[vm.new_bytes(&bytes)]).map(drop)
    }

    #[pygetset]
    fn stream(&self) -> Value {
        self.stream
    }
    #[pygetset]
    fn errors(&self) -> Gc<Str> {
        self.kept.errors()
    }
    #[pygetset(setter = "errors")]
    fn set_errors(&self, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        self.kept.set_errors(vm, value)
    }
}
