//! `sys.excepthook`, `sys.unraisablehook`, `sys.displayhook`, and the end of a program that raised.

use super::{Vm, class_text, traceback_of};
use crate::object::exception::Exception;
use crate::object::header::Gc;
use crate::object::int::as_int;
use crate::object::str::Str;
use crate::object::traceback::Traceback;
use crate::value::{PyResult, Raised, Value};

/// What the uncaught exception of the main program asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// Exit with this status.
    Status(i32),
    /// `KeyboardInterrupt`: die of SIGINT as if it had not been caught.
    Interrupted,
}

impl Vm {
    /// Writes text to `sys.stderr`; to file descriptor 2 when that is gone or fails.
    pub fn write_stderr(&self, text: &str) {
        self.write_stderr_wtf8(text.as_bytes());
    }

    /// As [`Vm::write_stderr`], with lone surrogates.
    pub fn write_stderr_wtf8(&self, text: &[u8]) {
        let saved = self.take_pending();
        let stream = self.sys.get_str(self.names.stderr);
        let written = match stream {
            // Set to None on purpose, as in programs without a console.
            Some(stream) if stream.is_none() => true,
            Some(stream) => {
                let text = Str::from_wtf8(&self.heap, text).value();
                let written = self.call_method(stream, "write", &[text]);
                written.and_then(|_| self.call_method(stream, "flush", &[])).is_ok()
            }
            None => false,
        };
        if !written {
            self.take_pending();
            use std::io::Write;
            let _ = std::io::stderr().write_all(text);
        }
        if let Some(e) = saved {
            self.set_pending(e);
        }
    }

    fn flush_stdout(&self) {
        let Some(stdout) = self.sys.get_str(self.names.stdout).filter(|v| !v.is_none()) else { return };
        if let Err(Raised) = self.call_method(stdout, "flush", &[]) {
            self.take_pending();
        }
    }

    /// `sys.excepthook(type, value, traceback)`: prints the exception.
    pub fn excepthook(&self, value: Value, tb: Value) -> PyResult<()> {
        if !value.is::<Exception>() {
            let name = self.type_of(value).name();
            self.write_stderr(&format!(
                "TypeError: print_exception(): Exception expected for value, {name} found\n"
            ));
            return Ok(());
        }
        self.flush_stdout();
        let tb = tb.downcast::<Traceback>().or_else(|| traceback_of(value));
        let text = match self.format_syntax_error_in_python(value) {
            Some(text) => text,
            None => self.format_exception_with(value, tb),
        };
        self.write_stderr_wtf8(&text);
        Ok(())
    }

    /// The library compares a misspelt word of a syntax error with the keywords: its `traceback` formats those.
    fn format_syntax_error_in_python(&self, value: Value) -> Option<Vec<u8>> {
        if !self.type_of(value).is_subtype(self.exceptions.syntax_error) {
            return None;
        }
        let formatted = self.import("traceback").and_then(|module| {
            let lines = self.call_method(module, "format_exception", &[value])?;
            let mut text = Vec::new();
            self.for_each(lines, |line| {
                text.extend_from_slice(
                    &line.downcast::<Str>().map_or_else(Vec::new, |s| s.to_wtf8().into_owned()),
                );
                Ok(())
            })?;
            Ok(text)
        });
        formatted
            .map_err(|Raised| {
                self.take_pending();
            })
            .ok()
    }

    /// The uncaught exception of the main program (or of the interactive prompt): calls `sys.excepthook`, after `SystemExit` has been
    /// looked at.
    pub fn report_uncaught(&self, exception: Value) -> Ending {
        if self.type_of(exception).is_subtype(self.exceptions.system_exit) {
            return Ending::Status(self.exit_status(exception));
        }
        self.print_uncaught(exception);
        if self.type_of(exception).is_subtype(self.exceptions.keyboard_interrupt) {
            return Ending::Interrupted;
        }
        Ending::Status(1)
    }

    /// Sets `sys.last_exc` and calls `sys.excepthook`.
    pub fn print_uncaught(&self, exception: Value) {
        let class = self.type_of(exception).value();
        let tb = traceback_of(exception).map_or(Value::none(), Gc::value);
        let n = &self.names;
        let last = [
            (n.last_exc, exception),
            (n.last_type, class),
            (n.last_value, exception),
            (n.last_traceback, tb),
        ];
        last.into_iter().for_each(|(name, v)| self.sys.insert_str(&self.heap, name, v));
        let Some(hook) = self.sys.get_str(self.names.excepthook) else {
            self.write_stderr("sys.excepthook is missing\n");
            let _ = self.excepthook(exception, tb);
            return;
        };
        let Err(Raised) = self.call(hook, &[class, exception, tb]) else { return };
        let second = self.take_pending().unwrap_or(exception);
        if self.type_of(second).is_subtype(self.exceptions.system_exit) {
            // The hook ends the program.
            self.set_pending(second);
            return;
        }
        self.write_stderr("Error in sys.excepthook:\n");
        self.write_stderr_wtf8(&self.format_exception(second));
        self.write_stderr("\nOriginal exception was:\n");
        self.write_stderr_wtf8(&self.format_exception(exception));
    }

    /// Exit status of a `SystemExit`; a code that is no number is printed.
    pub fn exit_status(&self, exit: Value) -> i32 {
        self.flush_stdout();
        let code = match self.getattr_str(exit, "code") {
            Ok(code) => code,
            Err(Raised) => {
                self.take_pending();
                exit
            }
        };
        if code.is_none() {
            return 0;
        }
        if let Some(n) = as_int(code) {
            return n.to_i64().map_or(-1, |n| n as i32);
        }
        let mut text = self.safe_str(code, "exception");
        text.push(b'\n');
        self.write_stderr_wtf8(&text);
        1
    }

    /// `sys.unraisablehook(args)`, with the fields of the arguments.
    pub fn unraisablehook(&self, value: Value, tb: Value, message: Value, object: Value) -> PyResult<()> {
        let mut text = Vec::new();
        let about = |text: &mut Vec<u8>| {
            text.extend(self.safe_repr(object, "object"));
        };
        match (message.downcast::<Str>(), object.is_none()) {
            (Some(m), true) => {
                text.extend(m.to_wtf8().iter());
                text.extend(b":\n");
            }
            (Some(m), false) => {
                text.extend(m.to_wtf8().iter());
                text.extend(b": ");
                about(&mut text);
                text.push(b'\n');
            }
            (None, false) => {
                text.extend(b"Exception ignored in: ");
                about(&mut text);
                text.push(b'\n');
            }
            (None, true) => {}
        }
        match value.downcast::<Exception>() {
            Some(_) => text.extend(self.format_exception_with(value, tb.downcast())),
            None => {
                let class = class_text(self, self.type_of(value));
                text.extend(format!("{class}\n").as_bytes());
            }
        }
        self.write_stderr_wtf8(&text);
        Ok(())
    }

    /// `sys.displayhook(value)`: prints its repr and binds it to `builtins._`, unless it is None.
    pub fn displayhook(&self, value: Value) -> PyResult<()> {
        if value.is_none() {
            return Ok(());
        }
        let underscore = self.intern("_");
        self.builtins.insert_str(&self.heap, underscore, Value::none());
        let Some(stdout) = self.sys.get_str(self.names.stdout).filter(|v| !v.is_none()) else {
            return Err(self.runtime_error("lost sys.stdout"));
        };
        let text = self.repr(value)?;
        match self.call_method(stdout, "write", &[text.value()]) {
            Ok(_) => {}
            Err(Raised) => {
                self.catch(self.exceptions.unicode_encode_error)?;
                self.write_escaped(stdout, text)?;
            }
        }
        let newline = self.new_str("\n");
        self.call_method(stdout, "write", &[newline])?;
        self.builtins.insert_str(&self.heap, underscore, value);
        Ok(())
    }

    /// Text that the stream's encoding does not have, with escapes.
    fn write_escaped(&self, stdout: Value, text: Gc<Str>) -> PyResult<()> {
        let encoding = self.getattr_str(stdout, "encoding")?;
        let escape = self.new_str("backslashreplace");
        let bytes = self.call_method(text.value(), "encode", &[encoding, escape])?;
        if let Some(buffer) = self.getattr_opt(stdout, self.intern("buffer"))? {
            return self.call_method(buffer, "write", &[bytes]).map(drop);
        }
        let escaped = self.call_method(bytes, "decode", &[encoding, self.new_str("strict")])?;
        self.call_method(stdout, "write", &[escaped]).map(drop)
    }
}
