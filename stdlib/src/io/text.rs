//! `TextIOWrapper`: text over a buffered stream.
//!
//! UTF-8, Latin-1 and ASCII are coded here; other encodings go through their incremental codecs.

use super::base::{cannot_pickle, size_argument, text_type, unsupported};
use adder_interp::buffer::Buffer;
use adder_interp::codecs::{self, Encoding};
use adder_interp::native::Args;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::{Cell, RefCell};

/// Character and line based layer over a BufferedIOBase object, buffer.
#[pyclass(name = "TextIOWrapper", module = "_io", base = text_type, subclassable, has_dict, weakrefable)]
#[derive(Trace)]
pub struct TextIo {
    buffer: Cell<Option<Value>>,
    encoding: Cell<Option<Value>>,
    errors: Cell<Option<Value>>,
    newline: RefCell<Option<String>>,
    line_buffering: Cell<bool>,
    write_through: Cell<bool>,
    mode: Cell<Option<Value>>,
    /// Encoded text on its way to the buffer.
    dirty: RefCell<Vec<u8>>,
    /// In the list of writers to be flushed.
    pub(super) listed: Cell<bool>,
    /// Decoded text and how much of it has been read.
    text: RefCell<Vec<u32>>,
    at: Cell<usize>,
    /// Bytes of an unfinished character.
    rest: RefCell<Vec<u8>>,
    held_cr: Cell<bool>,
    decoder: Cell<Option<Value>>,
    encoder: Cell<Option<Value>>,
    ended: Cell<bool>,
}

const CHUNK: i64 = 131_072;

impl TextIo {
    fn buffer(&self, vm: &Vm) -> PyResult {
        self.buffer.get().ok_or_else(|| vm.value_error("underlying buffer has been detached"))
    }
    fn check_open(&self, vm: &Vm) -> PyResult {
        let buffer = self.buffer(vm)?;
        if vm.truthy(vm.getattr_str(buffer, "closed")?)? {
            return Err(vm.value_error("I/O operation on closed file."));
        }
        Ok(buffer)
    }
    fn name_of(value: Option<Value>) -> Option<Gc<Str>> {
        value.and_then(|v| v.downcast::<Str>())
    }
    fn known(&self) -> Option<Encoding> {
        Self::name_of(self.encoding.get())
            .and_then(|n| Encoding::from_name(&n))
            .filter(|e| matches!(e, Encoding::Utf8 | Encoding::Ascii | Encoding::Latin1))
    }
    fn errors_name(&self) -> Option<Gc<Str>> {
        Self::name_of(self.errors.get())
    }
    fn translates(&self) -> bool {
        self.newline.borrow().is_none()
    }
    fn universal(&self) -> bool {
        self.newline.borrow().as_deref().is_none_or(str::is_empty)
    }
    fn flush_text(&self, vm: &Vm) -> PyResult<()> {
        let bytes = std::mem::take(&mut *self.dirty.borrow_mut());
        if bytes.is_empty() {
            return Ok(());
        }
        vm.call_method(self.buffer(vm)?, "write", &[vm.new_bytes(&bytes)]).map(drop)
    }
    fn encode(&self, vm: &Vm, text: Gc<Str>) -> PyResult {
        match self.known() {
            Some(encoding) => codecs::encode_known(vm, text, encoding, self.errors_name()),
            None => {
                let encoder = match self.encoder.get() {
                    Some(encoder) => encoder,
                    None => {
                        let made = self.incremental(vm, "getincrementalencoder")?;
                        self.encoder.set(Some(made));
                        made
                    }
                };
                vm.call_method(encoder, "encode", &[text.value()])
            }
        }
    }
    fn incremental(&self, vm: &Vm, getter: &str) -> PyResult {
        let module = vm.import("codecs")?;
        let encoding = self.encoding.get().unwrap_or(Value::none());
        let class = vm.call_method(module, getter, &[encoding])?;
        vm.call(class, &[self.errors.get().unwrap_or(Value::none())])
    }
    fn decode(&self, vm: &Vm, bytes: &[u8], last: bool) -> PyResult<Gc<Str>> {
        let Some(encoding) = self.known() else {
            let decoder = match self.decoder.get() {
                Some(decoder) => decoder,
                None => {
                    let made = self.incremental(vm, "getincrementaldecoder")?;
                    self.decoder.set(Some(made));
                    made
                }
            };
            let text = vm.call_method(decoder, "decode", &[vm.new_bytes(bytes), Value::bool(last)])?;
            return text
                .downcast::<Str>()
                .ok_or_else(|| vm.type_error("decoder should return a string result"));
        };
        let mut all = std::mem::take(&mut *self.rest.borrow_mut());
        all.extend_from_slice(bytes);
        if encoding == Encoding::Utf8
            && !last
            && let Err(error) = std::str::from_utf8(&all)
            && all.len() - error.valid_up_to() < 4
            && error.error_len().is_none()
        {
            let tail = all.split_off(error.valid_up_to());
            *self.rest.borrow_mut() = tail;
        } else if encoding == Encoding::Utf8 && !last && std::str::from_utf8(&all).is_err() {
            // An error in the middle may hide an unfinished character at the end.
            let start = (1..=3.min(all.len())).rev().map(|n| all.len() - n).find(|&i| {
                matches!(std::str::from_utf8(&all[i..]), Err(e) if e.valid_up_to() == 0 && e.error_len().is_none())
            });
            if let Some(start) = start {
                let tail = all.split_off(start);
                *self.rest.borrow_mut() = tail;
            }
        }
        codecs::decode_known(vm, &all, encoding, self.errors_name())
    }
    /// Decodes one more chunk; false at the end.
    fn more(&self, vm: &Vm, everything: bool) -> PyResult<bool> {
        if self.ended.get() {
            return Ok(false);
        }
        let buffer = self.buffer(vm)?;
        let chunk = if everything {
            vm.call_method(buffer, "read", &[])?
        } else {
            match vm.getattr_opt(buffer, vm.intern("read1"))? {
                Some(read1) => vm.call(read1, &[vm.new_int(CHUNK)])?,
                None => vm.call_method(buffer, "read", &[vm.new_int(CHUNK)])?,
            }
        };
        if chunk.is_none() {
            return Ok(false);
        }
        let bytes = Buffer::simple(vm, chunk)?.to_vec();
        let last = everything || bytes.is_empty();
        let text = self.decode(vm, &bytes, last)?;
        let mut out = self.text.borrow_mut();
        out.drain(..self.at.replace(0));
        let universal = self.universal();
        let translate = self.translates();
        for c in text.chars() {
            if !translate {
                out.push(c);
                continue;
            }
            if self.held_cr.replace(false) {
                out.push(10);
                if c == 10 {
                    continue;
                }
            }
            if c == 13 {
                self.held_cr.set(true);
            } else {
                out.push(c);
            }
        }
        let _ = universal;
        if last && self.held_cr.replace(false) {
            out.push(10);
        }
        Ok(!bytes.is_empty() && !everything)
    }
    fn take(&self, vm: &Vm, n: usize) -> Value {
        let text = self.text.borrow();
        let start = self.at.get();
        let end = start.saturating_add(n).min(text.len());
        self.at.set(end);
        let piece = text[start..end].to_vec();
        drop(text);
        if piece.is_empty() { vm.empty_str.value() } else { Str::from_code_points(&vm.heap, &piece).value() }
    }
    /// Length of the next line in the decoded text, if it is complete.
    fn line_end(&self) -> Option<usize> {
        let text = self.text.borrow();
        let rest = &text[self.at.get()..];
        match self.newline.borrow().as_deref() {
            None | Some("\n") => rest.iter().position(|&c| c == 10).map(|i| i + 1),
            Some("") => {
                let i = rest.iter().position(|&c| c == 10 || c == 13)?;
                match (rest[i], rest.get(i + 1)) {
                    (13, Some(10)) => Some(i + 2),
                    (13, None) => None,
                    _ => Some(i + 1),
                }
            }
            Some("\r") => rest.iter().position(|&c| c == 13).map(|i| i + 1),
            Some(_) => rest.windows(2).position(|w| w == [13, 10]).map(|i| i + 2),
        }
    }
    fn line(&self, vm: &Vm, limit: usize) -> PyResult {
        loop {
            if let Some(n) = self.line_end() {
                return Ok(self.take(vm, n.min(limit)));
            }
            let have = self.text.borrow().len() - self.at.get();
            if have >= limit || !self.more(vm, false)? {
                let n = self.line_end().unwrap_or(usize::MAX);
                return Ok(self.take(vm, n.min(limit)));
            }
        }
    }
    fn forget(&self) {
        self.text.borrow_mut().clear();
        self.at.set(0);
        self.rest.borrow_mut().clear();
        self.held_cr.set(false);
        self.decoder.set(None);
    }
    fn set_newline(&self, vm: &Vm, newline: Option<Value>) -> PyResult<()> {
        let text = match newline.filter(|v| !v.is_none()) {
            None => None,
            Some(v) => match v.downcast::<Str>() {
                Some(s) => Some(s.to_string_lossy().into_owned()),
                None => {
                    let given = vm.type_of(v).name();
                    return Err(vm.type_error(format!(
                        "TextIOWrapper() argument 'newline' must be str or None, not {given}"
                    )));
                }
            },
        };
        if !matches!(text.as_deref(), None | Some("" | "\n" | "\r" | "\r\n")) {
            let shown = vm.repr_text(newline.unwrap_or(Value::none()))?;
            return Err(vm.value_error(format!("illegal newline value: {shown}")));
        }
        *self.newline.borrow_mut() = text;
        Ok(())
    }
}

#[pymethods]
impl TextIo {
    #[pymethod(name = "__getstate__", sig = "($self, /)")]
    fn getstate(this: Gc<Native<TextIo>>, vm: &Vm) -> PyResult {
        cannot_pickle(vm, this.value())
    }
    #[pynew(sig = "(*args, **kwargs)")]
    fn new(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> Gc<Native<TextIo>> {
        let _ = args;
        vm.new_native(
            cls,
            TextIo {
                buffer: Cell::new(None),
                encoding: Cell::new(None),
                errors: Cell::new(None),
                newline: RefCell::default(),
                line_buffering: Cell::new(false),
                write_through: Cell::new(false),
                mode: Cell::new(None),
                dirty: RefCell::default(),
                listed: Cell::default(),
                text: RefCell::default(),
                at: Cell::new(0),
                rest: RefCell::default(),
                held_cr: Cell::new(false),
                decoder: Cell::new(None),
                encoder: Cell::new(None),
                ended: Cell::new(false),
            },
        )
    }
    #[pymethod(
        name = "__init__",
        sig = "(buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)"
    )]
    fn init(
        &self,
        vm: &Vm,
        buffer: Value,
        encoding: Option<Gc<Str>>,
        errors: Option<Gc<Str>>,
        newline: Option<Value>,
        line_buffering: bool,
        write_through: bool,
    ) -> PyResult<()> {
        self.set_newline(vm, newline)?;
        let encoding = match encoding {
            Some(name) if !name.eq_str("locale") => name.value(),
            _ => vm.new_str("utf-8"),
        };
        self.encoding.set(Some(encoding));
        self.errors.set(Some(errors.map_or_else(|| vm.new_str("strict"), Gc::value)));
        if self.known().is_none() {
            let module = vm.import("codecs")?;
            vm.call_method(module, "lookup", &[encoding])?;
        }
        self.line_buffering.set(line_buffering);
        self.write_through.set(write_through);
        self.buffer.set(Some(buffer));
        Ok(())
    }
    #[pymethod]
    fn write(this: Gc<Native<TextIo>>, vm: &Vm, text: Value) -> PyResult<usize> {
        let Some(text) = text.downcast::<Str>() else {
            let given = vm.type_of(text).name();
            return Err(vm.type_error(format!("write() argument must be str, not {given}")));
        };
        this.check_open(vm)?;
        let ending = match this.newline.borrow().as_deref() {
            Some(n @ ("\r" | "\r\n")) => Some(n.to_owned()),
            _ => None,
        };
        let has_newline = text.chars().any(|c| c == 10 || c == 13);
        let out = match ending.filter(|_| has_newline) {
            Some(ending) => {
                let (from, to) = (vm.new_str("\n"), vm.new_str(&ending));
                let replaced = vm.call_method(text.value(), "replace", &[from, to])?;
                replaced.downcast::<Str>().unwrap_or(text)
            }
            None => text,
        };
        let bytes = this.encode(vm, out)?;
        let bytes = Buffer::simple(vm, bytes)?;
        if this.dirty.borrow().is_empty() {
            super::note_dirty(vm, this.value(), &this.listed)?;
        }
        this.dirty.borrow_mut().extend_from_slice(&bytes);
        let flush = this.line_buffering.get() && has_newline;
        if flush || this.write_through.get() || this.dirty.borrow().len() >= 8192 {
            this.flush_text(vm)?;
        }
        if flush {
            vm.call_method(this.buffer(vm)?, "flush", &[])?;
        }
        if this.at.get() > 0 || !this.text.borrow().is_empty() {
            this.forget();
        }
        Ok(text.len())
    }
    #[pymethod]
    fn flush(&self, vm: &Vm) -> PyResult {
        let buffer = self.check_open(vm)?;
        self.flush_text(vm)?;
        vm.call_method(buffer, "flush", &[])
    }
    #[pymethod(sig = "(size=-1, /)")]
    fn read(&self, vm: &Vm, size: Option<Value>) -> PyResult {
        let buffer = self.check_open(vm)?;
        if !vm.truthy(vm.call_method(buffer, "readable", &[])?)? {
            return Err(unsupported(vm, "not readable"));
        }
        self.flush_text(vm)?;
        match size_argument(vm, size)? {
            None => {
                self.more(vm, true)?;
                Ok(self.take(vm, usize::MAX))
            }
            Some(n) => {
                while self.text.borrow().len() - self.at.get() < n && self.more(vm, false)? {}
                Ok(self.take(vm, n))
            }
        }
    }
    #[pymethod(sig = "(size=-1, /)")]
    fn readline(&self, vm: &Vm, size: Option<Value>) -> PyResult {
        let buffer = self.check_open(vm)?;
        if !vm.truthy(vm.call_method(buffer, "readable", &[])?)? {
            return Err(unsupported(vm, "not readable"));
        }
        self.flush_text(vm)?;
        let limit = size_argument(vm, size)?.unwrap_or(usize::MAX);
        self.line(vm, limit)
    }
    #[pymethod(name = "__next__")]
    fn next(&self, vm: &Vm) -> PyResult<Option<Value>> {
        let line =
            if self.line_end().is_some() { self.line(vm, usize::MAX)? } else { self.readline(vm, None)? };
        Ok(if vm.length(line)? == 0 { None } else { Some(line) })
    }
    #[pymethod(sig = "(cookie, whence=0, /)")]
    fn seek(&self, vm: &Vm, cookie: Value, whence: i64) -> PyResult {
        let buffer = self.check_open(vm)?;
        let offset = vm.index_i64(cookie)?;
        match whence {
            0 if offset < 0 => return Err(vm.value_error(format!("negative seek position {offset}"))),
            1 if offset != 0 => return Err(unsupported(vm, "can't do nonzero cur-relative seeks")),
            2 if offset != 0 => return Err(unsupported(vm, "can't do nonzero end-relative seeks")),
            0..=2 => {}
            _ => return Err(vm.value_error(format!("invalid whence ({whence}, should be 0, 1 or 2)"))),
        }
        let target = if whence == 1 { vm.new_int(self.position(vm)?) } else { cookie };
        let whence = if whence == 1 { 0 } else { whence };
        self.flush_text(vm)?;
        vm.call_method(buffer, "flush", &[])?;
        self.forget();
        vm.call_method(buffer, "seek", &[target, vm.new_int(whence)])
    }
    #[pymethod]
    fn tell(&self, vm: &Vm) -> PyResult<i64> {
        self.check_open(vm)?;
        self.position(vm)
    }
    #[pymethod(sig = "(pos=None, /)")]
    fn truncate(this: Gc<Native<TextIo>>, vm: &Vm, pos: Option<Value>) -> PyResult {
        vm.call_method(this.value(), "flush", &[])?;
        vm.call_method(this.buffer(vm)?, "truncate", &[pos.unwrap_or(Value::none())])
    }
    #[pymethod]
    fn close(this: Gc<Native<TextIo>>, vm: &Vm) -> PyResult<()> {
        let Some(buffer) = this.buffer.get() else { return Ok(()) };
        if vm.truthy(vm.getattr_str(buffer, "closed")?)? {
            return Ok(());
        }
        let flushed = vm.call_method(this.value(), "flush", &[]);
        let pending = if flushed.is_err() { vm.take_pending() } else { None };
        vm.call_method(buffer, "close", &[])?;
        match pending {
            Some(e) => Err(vm.reraise_value(e)),
            None => Ok(()),
        }
    }
    #[pymethod(name = "__del__")]
    fn finalize(this: Gc<Native<TextIo>>, vm: &Vm) -> PyResult<()> {
        match this.buffer.get() {
            Some(_) => vm.call_method(this.value(), "close", &[]).map(drop),
            None => Ok(()),
        }
    }
    #[pymethod]
    fn detach(this: Gc<Native<TextIo>>, vm: &Vm) -> PyResult {
        vm.call_method(this.value(), "flush", &[])?;
        let buffer = this.buffer(vm)?;
        this.buffer.set(None);
        Ok(buffer)
    }
    #[pymethod(
        sig = "(*, encoding=None, errors=None, newline=<unrepresentable>, line_buffering=None, write_through=None)"
    )]
    fn reconfigure(
        &self,
        vm: &Vm,
        encoding: Option<Gc<Str>>,
        errors: Option<Gc<Str>>,
        newline: Option<Value>,
        line_buffering: Option<Value>,
        write_through: Option<Value>,
    ) -> PyResult<()> {
        self.flush_text(vm)?;
        if let Some(encoding) = encoding {
            self.encoding.set(Some(encoding.value()));
            self.errors.set(Some(vm.new_str("strict")));
            self.encoder.set(None);
            self.decoder.set(None);
        }
        if let Some(errors) = errors {
            self.errors.set(Some(errors.value()));
        }
        if newline.is_some() {
            self.set_newline(vm, newline)?;
        }
        if let Some(v) = line_buffering.filter(|v| !v.is_none()) {
            self.line_buffering.set(vm.truthy(v)?);
        }
        if let Some(v) = write_through.filter(|v| !v.is_none()) {
            self.write_through.set(vm.truthy(v)?);
        }
        Ok(())
    }
    #[pymethod]
    fn fileno(&self, vm: &Vm) -> PyResult {
        vm.call_method(self.buffer(vm)?, "fileno", &[])
    }
    #[pymethod]
    fn isatty(&self, vm: &Vm) -> PyResult {
        vm.call_method(self.buffer(vm)?, "isatty", &[])
    }
    #[pymethod]
    fn seekable(&self, vm: &Vm) -> PyResult {
        vm.call_method(self.buffer(vm)?, "seekable", &[])
    }
    #[pymethod]
    fn readable(&self, vm: &Vm) -> PyResult {
        vm.call_method(self.buffer(vm)?, "readable", &[])
    }
    #[pymethod]
    fn writable(&self, vm: &Vm) -> PyResult {
        vm.call_method(self.buffer(vm)?, "writable", &[])
    }
    #[pygetset(name = "buffer")]
    fn buffer_value(&self) -> Option<Value> {
        self.buffer.get()
    }
    #[pygetset(name = "encoding")]
    fn encoding_value(&self) -> Option<Value> {
        self.encoding.get()
    }
    #[pygetset(name = "errors")]
    fn errors_value(&self) -> Option<Value> {
        self.errors.get()
    }
    #[pygetset(name = "line_buffering")]
    fn line_buffering_value(&self) -> bool {
        self.line_buffering.get()
    }
    #[pygetset(name = "write_through")]
    fn write_through_value(&self) -> bool {
        self.write_through.get()
    }
    #[pygetset]
    fn newlines(&self) -> Value {
        Value::none()
    }
    #[pygetset]
    fn closed(&self, vm: &Vm) -> PyResult {
        vm.getattr_str(self.buffer(vm)?, "closed")
    }
    #[pygetset]
    fn name(&self, vm: &Vm) -> PyResult {
        vm.getattr_str(self.buffer(vm)?, "name")
    }
    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<Native<TextIo>>, vm: &Vm) -> PyResult<String> {
        let mut text = String::from("<_io.TextIOWrapper");
        for key in ["name", "mode"] {
            if let Ok(Some(v)) = vm.getattr_opt(this.value(), vm.intern(key)) {
                text.push_str(&format!(" {key}={}", vm.repr_text(v)?));
            } else {
                vm.take_pending();
            }
        }
        let encoding = vm.repr_text(this.encoding.get().unwrap_or(Value::none()))?;
        Ok(format!("{text} encoding={encoding}>"))
    }
}

impl TextIo {
    /// The byte position of the next character; what was decoded ahead is encoded again.
    fn position(&self, vm: &Vm) -> PyResult<i64> {
        self.flush_text(vm)?;
        let at = vm.call_method(self.buffer(vm)?, "tell", &[])?;
        let at = vm.index_i64(at)?;
        let ahead = self.text.borrow()[self.at.get()..].to_vec();
        if ahead.is_empty() {
            return Ok(at - self.rest.borrow().len() as i64);
        }
        let ahead = Str::from_code_points(&vm.heap, &ahead);
        let bytes = self.encode(vm, ahead)?;
        Ok(at - vm.length(bytes)? as i64 - self.rest.borrow().len() as i64)
    }
}
