//! The standard streams of the time before `io` is imported: unbuffered writes to a descriptor.
//!
//! They are `sys.stdin`, `sys.stdout` and `sys.stderr` while the library is being brought up, so that errors there are
//! seen, and stay if `io` cannot be imported.

use crate::object::header::Gc;
use crate::object::str::Str;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};

/// A stream on a descriptor, UTF-8 only.
#[pyclass(name = "RawStream", module = "sys", no_constructor)]
#[derive(Trace)]
pub struct RawStream {
    descriptor: i32,
}

#[pymethods]
impl RawStream {
    /// Write a string; return its length.
    #[pymethod]
    fn write(&self, vm: &Vm, text: Gc<Str>) -> PyResult<usize> {
        let bytes: Vec<u8> = match text.as_ascii() {
            Some(ascii) => ascii.as_bytes().to_vec(),
            None => text
                .chars()
                .flat_map(|c| {
                    match char::from_u32(c) {
                        Some(c) => c.to_string(),
                        None => format!("\\u{c:04x}"),
                    }
                    .into_bytes()
                })
                .collect(),
        };
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            // SAFETY: the buffer is valid for its length.
            let n = unsafe { libc::write(self.descriptor, rest.as_ptr().cast(), rest.len()) };
            if n < 0 {
                let error = std::io::Error::last_os_error();
                if error.kind() == std::io::ErrorKind::Interrupted {
                    continue;
                }
                return Err(vm.os_error_message(error.to_string()));
            }
            rest = &rest[n as usize..];
        }
        Ok(text.len())
    }

    /// Do nothing: writes are not buffered.
    #[pymethod]
    fn flush(&self) {}

    /// Read a line with its newline, byte by byte.
    #[pymethod]
    fn readline(&self, vm: &Vm) -> Value {
        let mut line = Vec::new();
        let mut byte = 0u8;
        // SAFETY: reads one byte into a local.
        while unsafe { libc::read(self.descriptor, (&raw mut byte).cast(), 1) } == 1 {
            line.push(byte);
            if byte == b'\n' {
                break;
            }
        }
        vm.fs_decode(&line).value()
    }

    /// Return the descriptor.
    #[pymethod]
    fn fileno(&self) -> i32 {
        self.descriptor
    }

    /// Return whether the descriptor is a terminal.
    #[pymethod]
    fn isatty(&self) -> bool {
        // SAFETY: asks the system about a descriptor number.
        unsafe { libc::isatty(self.descriptor) == 1 }
    }

    #[pygetset]
    fn encoding(&self) -> &'static str {
        "utf-8"
    }

    #[pygetset]
    fn errors(&self) -> &'static str {
        "surrogateescape"
    }
}

/// Makes the three streams.
pub fn install(vm: &Vm) -> PyResult<()> {
    let class = vm.native_type(RawStream::TYPE_DEF)?;
    for (descriptor, name) in ["stdin", "stdout", "stderr"].into_iter().enumerate() {
        let stream = vm.new_native(class, RawStream { descriptor: descriptor as i32 });
        vm.sys.insert_str(&vm.heap, vm.intern(name), stream.value());
    }
    Ok(())
}
