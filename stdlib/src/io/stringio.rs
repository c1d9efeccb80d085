//! `StringIO`: a text file in memory.

use super::base::{dict_for_state, restore_dict, restored_position, size_argument, text_type};
use adder_interp::native::Args;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::object::tuple::Tuple;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::{Cell, RefCell};

/// Text I/O implementation using an in-memory buffer.
#[pyclass(name = "StringIO", module = "_io", base = text_type, subclassable, has_dict, weakrefable)]
#[derive(Trace)]
pub struct StringIo {
    text: RefCell<Vec<u32>>,
    pos: Cell<usize>,
    newline: RefCell<Option<String>>,
    closed: Cell<bool>,
}

impl StringIo {
    fn check(&self, vm: &Vm) -> PyResult<()> {
        if self.closed.get() { Err(vm.value_error("I/O operation on closed file")) } else { Ok(()) }
    }
    fn take(&self, vm: &Vm, size: Option<usize>) -> Value {
        let text = self.text.borrow();
        let start = self.pos.get().min(text.len());
        let end = size.map_or(text.len(), |n| start.saturating_add(n).min(text.len()));
        self.pos.set(self.pos.get().max(end));
        let piece = text[start..end].to_vec();
        drop(text);
        if piece.is_empty() { vm.empty_str.value() } else { Str::from_code_points(&vm.heap, &piece).value() }
    }
    fn line(&self, vm: &Vm, size: Option<usize>) -> Value {
        let length = {
            let text = self.text.borrow();
            let rest = &text[self.pos.get().min(text.len())..];
            let end = match self.newline.borrow().as_deref() {
                Some("") => rest
                    .iter()
                    .position(|&c| c == 10 || c == 13)
                    .map(|i| if rest[i] == 13 && rest.get(i + 1) == Some(&10) { i + 2 } else { i + 1 }),
                Some("\r") => rest.iter().position(|&c| c == 13).map(|i| i + 1),
                Some("\r\n") => rest.windows(2).position(|w| w == [13, 10]).map(|i| i + 2),
                _ => rest.iter().position(|&c| c == 10).map(|i| i + 1),
            };
            let end = end.unwrap_or(rest.len());
            size.map_or(end, |n| n.min(end))
        };
        self.take(vm, Some(length))
    }
    fn put(&self, text: Gc<Str>) {
        let mut points: Vec<u32> = Vec::with_capacity(text.len());
        let newline = self.newline.borrow();
        let mut previous = 0;
        for c in text.chars() {
            match newline.as_deref() {
                None if c == 13 => points.push(10),
                None if c == 10 && previous == 13 => {}
                Some("\r") if c == 10 => points.push(13),
                Some("\r\n") if c == 10 => points.extend([13, 10]),
                _ => points.push(c),
            }
            previous = c;
        }
        let mut data = self.text.borrow_mut();
        let (at, n) = (self.pos.get(), points.len());
        if at + n > data.len() {
            data.resize(at + n, 0);
        }
        data[at..at + n].copy_from_slice(&points);
        self.pos.set(at + n);
    }
}

#[pymethods]
impl StringIo {
    #[pynew(sig = "(*args, **kwargs)")]
    fn new(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> Gc<Native<StringIo>> {
        let _ = args;
        vm.new_native(
            cls,
            StringIo {
                text: RefCell::default(),
                pos: Cell::new(0),
                newline: RefCell::new(Some("\n".to_owned())),
                closed: Cell::new(false),
            },
        )
    }
    #[pymethod(name = "__init__", sig = "(initial_value='', newline='\\n')")]
    fn init(&self, vm: &Vm, initial_value: Option<Value>, newline: Option<Value>) -> PyResult<()> {
        let newline = match newline {
            None => Some("\n".to_owned()),
            Some(v) if v.is_none() => None,
            Some(v) => match v.downcast::<Str>() {
                Some(s) => Some(s.to_string_lossy().into_owned()),
                None => {
                    let given = vm.type_of(v).name();
                    return Err(vm.type_error(format!("newline must be str or None, not {given}")));
                }
            },
        };
        if let Some(n) = &newline
            && !matches!(n.as_str(), "" | "\n" | "\r" | "\r\n")
        {
            return Err(vm.value_error(format!("illegal newline value: '{n}'")));
        }
        *self.newline.borrow_mut() = newline;
        self.text.borrow_mut().clear();
        self.pos.set(0);
        if let Some(v) = initial_value.filter(|v| !v.is_none()) {
            let Some(text) = v.downcast::<Str>() else {
                let given = vm.type_of(v).name();
                return Err(vm.type_error(format!("initial_value must be str or None, not {given}")));
            };
            self.put(text);
            self.pos.set(0);
        }
        Ok(())
    }
    #[pymethod(sig = "(size=-1, /)")]
    fn read(&self, vm: &Vm, size: Option<Value>) -> PyResult {
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
    fn write(&self, vm: &Vm, s: Value) -> PyResult<usize> {
        let Some(text) = s.downcast::<Str>() else {
            let given = vm.type_of(s).name();
            return Err(vm.type_error(format!("string argument expected, got '{given}'")));
        };
        self.check(vm)?;
        if !text.is_empty() {
            self.put(text);
        }
        Ok(text.len())
    }
    #[pymethod(sig = "(pos, whence=0, /)")]
    fn seek(&self, vm: &Vm, pos: i64, whence: i64) -> PyResult<usize> {
        self.check(vm)?;
        let to = match whence {
            0 if pos < 0 => return Err(vm.value_error(format!("Negative seek position {pos}"))),
            0 => pos as usize,
            1 | 2 if pos != 0 => return Err(vm.os_error_message("Can't do nonzero cur-relative seeks")),
            1 => self.pos.get(),
            2 => self.text.borrow().len(),
            _ => return Err(vm.value_error(format!("Invalid whence ({whence}, should be 0, 1 or 2)"))),
        };
        self.pos.set(to);
        Ok(to)
    }
    #[pymethod]
    fn tell(&self, vm: &Vm) -> PyResult<usize> {
        self.check(vm)?;
        Ok(self.pos.get())
    }
    #[pymethod(sig = "(pos=None, /)")]
    fn truncate(&self, vm: &Vm, pos: Option<Value>) -> PyResult<i64> {
        self.check(vm)?;
        let size = match pos.filter(|v| !v.is_none()) {
            Some(v) => vm.index_i64(v)?,
            None => self.pos.get() as i64,
        };
        if size < 0 {
            return Err(vm.value_error(format!("Negative size value {size}")));
        }
        self.text.borrow_mut().truncate(size as usize);
        Ok(size)
    }
    #[pymethod]
    fn getvalue(&self, vm: &Vm) -> PyResult {
        self.check(vm)?;
        let text = self.text.borrow().clone();
        Ok(Str::from_code_points(&vm.heap, &text).value())
    }
    #[pymethod(name = "__getstate__", sig = "($self, /)")]
    fn getstate(this: Gc<Native<StringIo>>, vm: &Vm) -> PyResult {
        this.check(vm)?;
        let dict = dict_for_state(vm, this.value())?;
        let text = vm.call_method(this.value(), "getvalue", &[])?;
        let newline = this.newline.borrow().as_deref().map_or(Value::none(), |newline| vm.new_str(newline));
        Ok(vm.new_tuple(&[text, newline, vm.new_int(this.pos.get() as i64), dict]))
    }
    #[pymethod(name = "__setstate__", sig = "($self, state, /)")]
    fn setstate(this: Gc<Native<StringIo>>, vm: &Vm, state: Value) -> PyResult<()> {
        let Some(parts) = state.downcast::<Tuple>().filter(|parts| parts.len() >= 4) else {
            let given = vm.type_of(state).name();
            let message = format!("_io.StringIO.__setstate__ argument should be 4-tuple, got {given}");
            return Err(vm.type_error(message));
        };
        vm.call_method(this.value(), "__init__", &[vm.empty_str.value(), parts[1]])?;
        let Some(text) = parts[0].downcast::<Str>() else {
            let given = vm.type_of(parts[0]).name();
            return Err(vm.type_error(format!("initial_value must be str or None, not {given}")));
        };
        // The text is as it was: its line ends are not translated again.
        *this.text.borrow_mut() = text.chars().collect();
        this.pos.set(restored_position(vm, parts[2], "third", "got")?);
        restore_dict(vm, this.value(), parts[3], "fourth")
    }
    #[pymethod]
    fn close(&self) {
        self.closed.set(true);
        self.text.borrow_mut().clear();
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
    #[pygetset]
    fn closed(&self) -> bool {
        self.closed.get()
    }
    #[pygetset]
    fn line_buffering(&self) -> bool {
        false
    }
}
