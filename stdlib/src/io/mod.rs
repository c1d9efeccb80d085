//! The `_io` module.
//!
//! [`base`]: abstract classes; [`fileio`]: unbuffered files; [`buffered`]; [`text`]; [`bytesio`], [`stringio`]: in memory.
//!
//! Writers with unwritten data are kept in a list per interpreter until they are flushed: at exit, before a file is
//! opened by name or looked at, and before another process starts. So programs that rely on a dropped file being
//! closed at once find their data. The standard streams are in a list of their own that files do not matter to.

use adder_interp::heap::GcVec;
use adder_interp::native::TypeDef;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::list::List;
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::pymodule;
use std::cell::Cell;

mod base;
mod buffered;
mod bytesio;
mod fileio;
mod pair;
mod stringio;
mod text;

pub use bytesio::BytesIo;

const DIRTY: &str = "io.dirty";

/// The standard streams that [`start`] made.
const STANDARD: &str = "io.standard";

/// Remembers a writer that has something to write. `listed` is the writer's own note that it is in the list.
pub(super) fn note_dirty(vm: &Vm, writer: Value, listed: &Cell<bool>) -> PyResult<()> {
    if !listed.replace(true) {
        keep(vm, DIRTY, writer)?;
    }
    Ok(())
}

/// The writer's note of whether it is in the list.
fn listed<'a>(writer: Value) -> Option<&'a Cell<bool>> {
    if let Some(text) = writer.downcast::<Native<text::TextIo>>() {
        return Some(&text.as_ref().listed);
    }
    writer.downcast::<Native<buffered::Buffered>>().map(|buffer| &buffer.as_ref().listed)
}

fn keep(vm: &Vm, list: &'static str, stream: Value) -> PyResult<()> {
    let list = vm.registered(list, |vm| Ok(vm.new_list(&[])))?;
    if let Some(list) = list.downcast::<List>() {
        list.push(&vm.heap, stream);
    }
    Ok(())
}

/// Flushes all writers; failures are dropped.
pub fn flush_all(vm: &Vm) {
    flush_files(vm);
    let streams = vm.registry.borrow().get(STANDARD).and_then(|v| v.downcast::<List>());
    if let Some(streams) = streams {
        flush_each(vm, &streams.to_vec(&vm.heap));
    }
}

/// Flushes the writers but for the standard streams.
fn flush_files(vm: &Vm) {
    let list = vm.registry.borrow().get(DIRTY).and_then(|v| v.downcast::<List>());
    let Some(list) = list.filter(|l| !l.is_empty()) else { return };
    let writers = list.to_vec(&vm.heap);
    list.clear();
    writers.iter().filter_map(|&w| listed(w)).for_each(|l| l.set(false));
    flush_each(vm, &writers);
}

fn flush_each(vm: &Vm, writers: &GcVec) {
    let pending = vm.take_pending();
    for &writer in writers.iter() {
        if let Err(Raised) = vm.call_method(writer, "flush", &[]) {
            vm.take_pending();
        }
    }
    if let Some(pending) = pending {
        vm.set_pending(pending);
    }
}

/// What has to reach the disk before a file is opened by name.
pub fn flush_before_open(vm: &Vm) {
    flush_files(vm);
}
/// What has to reach the disk before a file's status is read.
pub fn flush_before_stat(vm: &Vm) {
    flush_files(vm);
}
/// What has to reach the disk before another process starts.
pub fn flush_before_spawn(vm: &Vm) {
    flush_all(vm);
}

fn make(vm: &Vm, def: &'static TypeDef, args: &[Value]) -> PyResult {
    vm.call(vm.native_type(def)?.value(), args)
}

/// The arguments of `open`.
struct Opening {
    buffering: i64,
    encoding: Option<Value>,
    errors: Option<Value>,
    newline: Option<Value>,
    closefd: bool,
    opener: Option<Value>,
}

fn open_file(vm: &Vm, file: Value, mode: &str, how: &Opening) -> PyResult {
    let bad = |text: &str| Err(vm.value_error(text));
    let mut seen = String::new();
    for c in mode.chars() {
        if !"axrwb+t".contains(c) || seen.contains(c) {
            return Err(vm.value_error(format!("invalid mode: '{mode}'")));
        }
        seen.push(c);
    }
    let (text, binary) = (mode.contains('t'), mode.contains('b'));
    if text && binary {
        return bad("can't have text and binary mode at once");
    }
    if mode.chars().filter(|c| "axrw".contains(*c)).count() != 1 {
        return bad("must have exactly one of create/read/write/append mode");
    }
    let given = |v: Option<Value>| v.is_some_and(|v| !v.is_none());
    if binary && given(how.encoding) {
        return bad("binary mode doesn't take an encoding argument");
    }
    if binary && given(how.errors) {
        return bad("binary mode doesn't take an errors argument");
    }
    if binary && given(how.newline) {
        return bad("binary mode doesn't take a newline argument");
    }
    let raw_mode: String = mode.chars().filter(|c| !"bt".contains(*c)).collect();
    let none = Value::none();
    let raw = make(
        vm,
        fileio::FileIo::TYPE_DEF,
        &[file, vm.new_str(&raw_mode), Value::bool(how.closefd), how.opener.unwrap_or(none)],
    )?;
    let is_terminal = how.buffering != 0 && vm.truthy(vm.call_method(raw, "isatty", &[])?)?;
    if binary && how.buffering == 1 {
        let text = "line buffering (buffering=1) isn't supported in binary mode, \
                    the default buffer size will be used";
        crate::warn::warn(vm, vm.exceptions.runtime_warning, text, 1, None)?;
    }
    let line_buffering = !binary && (how.buffering == 1 || (how.buffering < 0 && is_terminal));
    if how.buffering == 0 {
        if binary {
            return Ok(raw);
        }
        return bad("can't have unbuffered text I/O");
    }
    let size = if how.buffering > 1 { how.buffering } else { buffered::DEFAULT_SIZE as i64 };
    let class = match () {
        () if mode.contains('+') => &buffered::RANDOM,
        () if mode.contains('r') => buffered::Buffered::TYPE_DEF,
        () => &buffered::WRITER,
    };
    let buffer = make(vm, class, &[raw, vm.new_int(size)])?;
    if binary {
        return Ok(buffer);
    }
    let or_none = |v: Option<Value>| v.unwrap_or(none);
    let args = [
        buffer,
        or_none(how.encoding),
        or_none(how.errors),
        or_none(how.newline),
        Value::bool(line_buffering),
    ];
    let wrapper = make(vm, text::TextIo::TYPE_DEF, &args)?;
    vm.setattr(wrapper, vm.names.mode, Some(vm.new_str(mode)))?;
    Ok(wrapper)
}

/// Makes `sys.stdin`, `sys.stdout` and `sys.stderr`, as `PYTHONIOENCODING` and `-u` want them.
///
/// # Errors
/// What making the streams raises.
pub fn start(vm: &Vm) -> PyResult<()> {
    let wanted = std::env::var("PYTHONIOENCODING").unwrap_or_default();
    let wanted = if vm.config.ignore_environment { "" } else { &wanted };
    let (encoding, errors) = wanted.split_once(':').unwrap_or((wanted, ""));
    let encoding = match encoding {
        "" => vm.new_str("utf-8"),
        // The codec knows its proper name.
        _ => {
            let codec = vm.call_method(vm.import("codecs")?, "lookup", &[vm.new_str(encoding)])?;
            vm.getattr_str(codec, "name")?
        }
    };
    let errors = if errors.is_empty() { "strict" } else { errors };
    for (fd, name) in [(0, "stdin"), (1, "stdout"), (2, "stderr")] {
        let errors = if fd == 2 { "backslashreplace" } else { errors };
        let stream = standard_stream(vm, fd, name, encoding, errors)?;
        for key in [name.to_owned(), format!("__{name}__")] {
            vm.sys.insert_str(&vm.heap, vm.intern(&key), stream);
        }
    }
    Ok(())
}

/// A standard stream on a descriptor; None when that is not open.
fn standard_stream(vm: &Vm, fd: i32, name: &str, encoding: Value, errors: &str) -> PyResult {
    let mode = vm.new_str(if fd == 0 { "r" } else { "w" });
    let file = vm.new_int(fd.into());
    let Ok(raw) = make(vm, fileio::FileIo::TYPE_DEF, &[file, mode, Value::bool(false)]) else {
        vm.take_pending();
        return Ok(Value::none());
    };
    vm.setattr(raw, vm.names.name, Some(vm.new_str(&format!("<{name}>"))))?;
    let unbuffered = vm.config.unbuffered && fd != 0;
    let class = if fd == 0 { buffered::Buffered::TYPE_DEF } else { &buffered::WRITER };
    let buffer = if unbuffered { raw } else { make(vm, class, &[raw])? };
    let by_line = !unbuffered && (fd == 2 || crate::c!(isatty(fd)) == 1);
    let newline = if fd == 0 { Value::none() } else { vm.new_str("\n") };
    let args = [buffer, encoding, vm.new_str(errors), newline, Value::bool(by_line), Value::bool(unbuffered)];
    let stream = make(vm, text::TextIo::TYPE_DEF, &args)?;
    vm.setattr(stream, vm.names.mode, Some(mode))?;
    for writer in [stream, buffer] {
        if let Some(listed) = listed(writer).filter(|_| fd != 0) {
            listed.set(true);
            keep(vm, STANDARD, writer)?;
        }
    }
    Ok(stream)
}

/// The io module provides the Python interfaces to stream handling.
#[pymodule(
    name = "_io",
    classes(
        super::fileio::FileIo,
        super::bytesio::BytesIo,
        super::buffered::Buffered,
        super::text::TextIo,
        super::stringio::StringIo,
        super::pair::Pair,
        super::pair::NewlineDecoder
    )
)]
pub mod io {
    use super::*;

    #[pyattr]
    const DEFAULT_BUFFER_SIZE: i64 = buffered::DEFAULT_SIZE as i64;

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        let set = |name: &str, value: Value| dict.insert_str(&vm.heap, vm.intern(name), value);
        set("UnsupportedOperation", base::unsupported_class(vm)?);
        set("BlockingIOError", vm.exceptions.blocking_io_error.value());
        for def in [
            base::IoBase::TYPE_DEF,
            base::RawIoBase::TYPE_DEF,
            base::BufferedIoBase::TYPE_DEF,
            base::TextIoBase::TYPE_DEF,
            &buffered::WRITER,
            &buffered::RANDOM,
        ] {
            set(def.name, vm.native_type(def)?.value());
        }
        Ok(())
    }

    /// Open file and return a stream.  Raise OSError upon failure.
    #[pyfunction(
        sig = "(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)"
    )]
    #[allow(clippy::too_many_arguments, reason = "Python's parameters")]
    fn open(
        vm: &Vm,
        file: Value,
        mode: Option<String>,
        buffering: i64,
        encoding: Option<Value>,
        errors: Option<Value>,
        newline: Option<Value>,
        closefd: bool,
        opener: Option<Value>,
    ) -> PyResult {
        let how = Opening { buffering, encoding, errors, newline, closefd, opener };
        open_file(vm, file, mode.as_deref().unwrap_or("r"), &how)
    }

    /// Opens the provided file with the intent to import the contents.
    #[pyfunction(sig = "(path)")]
    fn open_code(vm: &Vm, path: Gc<Str>) -> PyResult {
        let how = Opening {
            buffering: -1,
            encoding: None,
            errors: None,
            newline: None,
            closefd: true,
            opener: None,
        };
        open_file(vm, path.value(), "rb", &how)
    }

    /// A helper function to choose the text encoding.
    #[pyfunction(sig = "(encoding, stacklevel=2, /)")]
    fn text_encoding(vm: &Vm, encoding: Value, stacklevel: Option<Value>) -> Value {
        let _ = stacklevel;
        if encoding.is_none() { vm.new_str("utf-8") } else { encoding }
    }
}
