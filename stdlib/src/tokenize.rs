//! `_tokenize`: the tokens of a program that comes line by line, as `tokenize` shows them.
//!
//! The lexer is the compiler's ([`adder_compiler::stream`]); this module asks for lines and makes tuples.

use adder_compiler::ErrorKind;
use adder_compiler::stream::{Event, Listed, Stream, StreamError};
use adder_interp::codecs;
use adder_interp::object::bytes::Bytes;
use adder_interp::object::header::{Gc, Trace};
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods, pymodule};
use std::cell::{Cell, RefCell};
use std::ops::Range;

#[pymodule(name = "_tokenize", classes(super::TokenizerIter))]
pub mod tokenize {}

/// The lexer; it holds no Python values.
struct Lexer(RefCell<Stream>);

impl Trace for Lexer {
    fn trace(&self, _tracer: &mut adder_interp::heap::Tracer<'_>) {}
}

/// The `line` member of the last token, which its neighbours share.
#[derive(Trace)]
struct LastLine {
    start: Cell<usize>,
    end: Cell<usize>,
    string: Cell<Option<Value>>,
}

/// Iterator over tokens.
#[pyclass(name = "TokenizerIter", module = "_tokenize")]
#[derive(Trace)]
pub struct TokenizerIter {
    readline: Value,
    encoding: Option<Gc<Str>>,
    lexer: Lexer,
    last_line: LastLine,
    done: Cell<bool>,
}

#[pymethods]
impl TokenizerIter {
    #[pynew(sig = "(readline, /, *, encoding=None, extra_tokens=False)")]
    fn __new__(
        cls: Gc<Type>,
        vm: &Vm,
        readline: Value,
        encoding: Option<Gc<Str>>,
        extra_tokens: bool,
    ) -> PyResult {
        let payload = TokenizerIter {
            readline,
            encoding,
            lexer: Lexer(RefCell::new(Stream::new(extra_tokens))),
            last_line: LastLine { start: Cell::new(0), end: Cell::new(0), string: Cell::new(None) },
            done: Cell::new(false),
        };
        Ok(vm.new_native(cls, payload).value())
    }

    #[pymethod]
    fn __iter__(this: Gc<Native<TokenizerIter>>) -> Value {
        this.value()
    }

    #[pymethod]
    fn __next__(this: Gc<Native<TokenizerIter>>, vm: &Vm) -> PyResult<Option<Value>> {
        while !this.done.get() {
            let event = this.lexer.0.borrow_mut().next();
            match event {
                Event::NeedsLine => {
                    if let Err(raised) = this.read(vm) {
                        this.done.set(true);
                        return Err(raised);
                    }
                }
                Event::Token(token) => return Ok(Some(this.tuple(vm, &token))),
                Event::Error(error) => {
                    this.done.set(true);
                    return Err(raise(vm, &error));
                }
                Event::End => this.done.set(true),
            }
        }
        Ok(None)
    }
}

impl TokenizerIter {
    /// Gets a line from `readline` and gives it to the lexer.
    fn read(&self, vm: &Vm) -> PyResult<()> {
        let line = match vm.call(self.readline, &[]) {
            Ok(line) => line,
            Err(Raised) => {
                vm.catch(vm.exceptions.stop_iteration)?;
                self.lexer.0.borrow_mut().finish();
                return Ok(());
            }
        };
        let line = match self.encoding {
            Some(encoding) => {
                if line.downcast::<Bytes>().is_none() {
                    return Err(vm.type_error("readline() returned a non-bytes object"));
                }
                let replace = vm.intern("replace");
                codecs::decode(vm, line, Some(encoding), Some(replace))?
            }
            None => match line.downcast::<Str>() {
                Some(line) => line,
                None => return Err(vm.type_error("readline() returned a non-string object")),
            },
        };
        let Some(text) = line.to_utf8() else {
            return vm.encode_utf8(line).map(drop);
        };
        let mut lexer = self.lexer.0.borrow_mut();
        if text.is_empty() {
            lexer.finish()
        } else {
            lexer.feed(&text)
        }
        Ok(())
    }

    fn tuple(&self, vm: &Vm, token: &Listed) -> Value {
        let string = self.slice(vm, &token.text);
        let line = self.line(vm, &token.line);
        let place = |(row, column): (u32, i64)| vm.new_tuple(&[vm.new_int(row.into()), vm.new_int(column)]);
        let (start, end) = (place(token.start), place(token.end));
        vm.new_tuple(&[vm.new_int(token.kind.into()), string, start, end, line])
    }

    fn slice(&self, vm: &Vm, range: &Range<usize>) -> Value {
        vm.new_str(self.lexer.0.borrow().text().get(range.clone()).unwrap_or_default())
    }

    fn line(&self, vm: &Vm, range: &Range<usize>) -> Value {
        let last = &self.last_line;
        if let Some(string) = last.string.get()
            && (last.start.get(), last.end.get()) == (range.start, range.end)
        {
            return string;
        }
        let string = self.slice(vm, range);
        last.start.set(range.start);
        last.end.set(range.end);
        last.string.set(Some(string));
        string
    }
}

fn raise(vm: &Vm, error: &StreamError) -> Raised {
    let class = match error.kind {
        ErrorKind::Indentation => vm.exceptions.indentation_error,
        ErrorKind::Tab => vm.exceptions.tab_error,
        _ => vm.exceptions.syntax_error,
    };
    instance(vm, class, error).map_or_else(|raised| raised, |exception| vm.raise_value(exception))
}

fn instance(vm: &Vm, class: Gc<Type>, error: &StreamError) -> PyResult {
    let message = vm.new_str(&error.message);
    let filename = vm.new_str("<string>");
    let (line, offset) = (vm.new_int(error.line.into()), vm.new_int(error.offset));
    let Some(text) = &error.text else {
        let exception = vm.call(class.value(), &[message])?;
        for (name, value) in
            [("lineno", line), ("offset", offset), ("filename", filename), ("end_lineno", line)]
        {
            vm.setattr(exception, vm.intern(name), Some(value))?;
        }
        return Ok(exception);
    };
    let text = vm.new_str(text);
    let (end_line, end_offset) = match error.end_offset {
        Some(end) => (line, vm.new_int(end)),
        None => (Value::none(), Value::none()),
    };
    let details = vm.new_tuple(&[filename, line, offset, text, end_line, end_offset]);
    vm.call(class.value(), &[message, details])
}
