//! `OSError`: error numbers, file names, and the subclass that belongs to an error number.

use super::Exception;
use super::base::{no_keywords, text};
use super::members::{exception, get, set};
use crate::native::{Args, GetSetDef, TypeDef};
use crate::object::header::{Gc, Kind};
use crate::object::int::as_int;
use crate::object::str::Str;
use crate::object::tuple::Tuple;
use crate::object::typeobj::Type;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use crate::vm::special::Special;
use adder_macros::pymethods;

const ERRNO: usize = 0;
const STRERROR: usize = 1;
const FILENAME: usize = 2;
const FILENAME2: usize = 3;
const WRITTEN: usize = 4;

/// Methods of `OSError`.
pub struct OsError;

#[pymethods(name = "OSError", kind = Exception)]
impl OsError {
    #[pynew]
    fn __new__(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        if cls.kind != Kind::Exception {
            let name = cls.name();
            return Err(vm.type_error(format!("OSError.__new__({name}): {name} is not a subtype of OSError")));
        }
        if init_does_the_work(vm, cls) {
            return Ok(Exception::of_class(vm, cls, vm.empty_tuple).value());
        }
        if args.has_keywords() {
            return Err(vm.type_error(format!("{}() takes no keyword arguments", cls.name())));
        }
        let values = args.positional_values();
        let cls = if cls == vm.exceptions.os_error { class_for(vm, values) } else { cls };
        let args = Tuple::new(&vm.heap, values);
        let e = Exception::of_class(vm, cls, args);
        set_members(vm, e, values);
        Ok(e.value())
    }

    #[pymethod]
    fn __init__(this: Gc<Exception>, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        if !init_does_the_work(vm, vm.type_of(this.value())) {
            return Ok(());
        }
        if args.has_keywords() {
            return Err(no_keywords(vm, this));
        }
        let values = args.positional_values();
        let args = Tuple::new(&vm.heap, values);
        this.set_args(&vm.heap, args);
        set_members(vm, this, values);
        Ok(())
    }

    #[pymethod]
    fn __str__(this: Gc<Exception>, vm: &Vm) -> PyResult<Gc<Str>> {
        let none = Value::none();
        let part = |i: usize| vm.str_text(this.member(i).unwrap_or(none));
        let file = |i: usize| this.member(i).filter(|v| !v.is_none());
        let message = match (file(FILENAME), file(FILENAME2)) {
            (Some(a), Some(b)) => format!(
                "[Errno {}] {}: {} -> {}",
                part(ERRNO)?,
                part(STRERROR)?,
                vm.repr_text(a)?,
                vm.repr_text(b)?
            ),
            (Some(a), None) => format!("[Errno {}] {}: {}", part(ERRNO)?, part(STRERROR)?, vm.repr_text(a)?),
            _ if this.member(ERRNO).is_some() && this.member(STRERROR).is_some() => {
                format!("[Errno {}] {}", part(ERRNO)?, part(STRERROR)?)
            }
            _ => return text(vm, this),
        };
        Ok(vm.str_from(&message))
    }

    #[pymethod]
    fn __reduce__(this: Gc<Exception>, vm: &Vm) -> PyResult {
        let mut args = this.args.get();
        // The file names are not in `args`, but the constructor wants them there.
        if let (2, Some(file)) = (args.len(), this.member(FILENAME)) {
            args = match this.member(FILENAME2) {
                Some(second) => Tuple::new(&vm.heap, &[args[0], args[1], file, Value::none(), second]),
                None => Tuple::new(&vm.heap, &[args[0], args[1], file]),
            };
        }
        let class = vm.type_of(this.value()).value();
        match vm.existing_dict(this.value()) {
            Some(dict) => Ok(vm.new_tuple(&[class, args.value(), dict.value()])),
            None => Ok(vm.new_tuple(&[class, args.value()])),
        }
    }
}

/// A Python subclass that overrides `__init__` but not `__new__` may pass other arguments on: then the members are set
/// when it calls `OSError.__init__`.
fn init_does_the_work(vm: &Vm, cls: Gc<Type>) -> bool {
    let base = vm.exceptions.os_error;
    vm.special(cls, Special::Init) != vm.special(base, Special::Init)
        && vm.special(cls, Special::New) == vm.special(base, Special::New)
}

/// The class that stands for the error number among the arguments of `OSError`.
fn class_for(vm: &Vm, args: &[Value]) -> Gc<Type> {
    match args {
        [number, _, ..] if args.len() <= 5 => {
            as_int(*number).and_then(|n| n.to_i64()).map_or(vm.exceptions.os_error, |n| errno_class(vm, n))
        }
        _ => vm.exceptions.os_error,
    }
}

/// The class that stands for an error number.
pub fn errno_class(vm: &Vm, errno: i64) -> Gc<Type> {
    let e = &vm.exceptions;
    let Ok(errno) = i32::try_from(errno) else { return e.os_error };
    if errno == libc::EAGAIN || errno == libc::EWOULDBLOCK {
        return e.blocking_io_error;
    }
    match errno {
        libc::EALREADY | libc::EINPROGRESS => e.blocking_io_error,
        libc::EPIPE | libc::ESHUTDOWN => e.broken_pipe_error,
        libc::ECHILD => e.child_process_error,
        libc::ECONNABORTED => e.connection_aborted_error,
        libc::ECONNREFUSED => e.connection_refused_error,
        libc::ECONNRESET => e.connection_reset_error,
        libc::EEXIST => e.file_exists_error,
        libc::ENOENT => e.file_not_found_error,
        libc::EISDIR => e.is_a_directory_error,
        libc::ENOTDIR => e.not_a_directory_error,
        libc::EINTR => e.interrupted_error,
        libc::EACCES | libc::EPERM => e.permission_error,
        libc::ESRCH => e.process_lookup_error,
        libc::ETIMEDOUT => e.timeout_error,
        _ => e.os_error,
    }
}

/// Members from constructor arguments; with a file name `args` keeps only number and text.
pub(crate) fn set_members(vm: &Vm, e: Gc<Exception>, args: &[Value]) {
    let heap = &vm.heap;
    if args.len() < 2 || args.len() > 5 {
        return;
    }
    e.set_member(heap, ERRNO, Some(args[0]));
    e.set_member(heap, STRERROR, Some(args[1]));
    let Some(&file) = args.get(2).filter(|v| !v.is_none()) else { return };
    let blocking = vm.type_of(e.value()) == vm.exceptions.blocking_io_error;
    if blocking && as_int(file).is_some_and(|n| n.to_i64().is_some()) {
        e.set_member(heap, WRITTEN, Some(file));
        return;
    }
    e.set_member(heap, FILENAME, Some(file));
    if let Some(&second) = args.get(4).filter(|v| !v.is_none()) {
        e.set_member(heap, FILENAME2, Some(second));
    }
    let pair = Tuple::new(heap, &args[..2]);
    e.set_args(heap, pair);
}

fn get_written(vm: &Vm, v: Value) -> PyResult {
    exception(v).member(WRITTEN).ok_or_else(|| vm.attribute_error("characters_written"))
}

fn set_written(vm: &Vm, v: Value, value: Option<Value>) -> PyResult<()> {
    let e = exception(v);
    match value {
        None if e.member(WRITTEN).is_none() => Err(vm.attribute_error("characters_written")),
        None => {
            e.set_member(&vm.heap, WRITTEN, None);
            Ok(())
        }
        Some(n) => {
            let n = vm.index_i64(n)?;
            e.set_member(&vm.heap, WRITTEN, Some(vm.new_int(n)));
            Ok(())
        }
    }
}

const PLAIN_MEMBERS: [(&str, &str); 4] = [
    ("errno", "POSIX exception code"),
    ("strerror", "exception strerror"),
    ("filename", "exception filename"),
    ("filename2", "second exception filename"),
];

const fn row(
    index: usize,
    get: fn(&Vm, Value) -> PyResult,
    set: fn(&Vm, Value, Option<Value>) -> PyResult<()>,
) -> GetSetDef {
    GetSetDef { name: PLAIN_MEMBERS[index].0, doc: Some(PLAIN_MEMBERS[index].1), get, set: Some(set) }
}

pub static OS_ERROR: TypeDef = TypeDef {
    doc: Some("Base class for I/O related errors."),
    methods: OsError::TYPE_DEF.methods,
    getsets: &[
        row(ERRNO, get::<ERRNO>, set::<ERRNO>),
        row(STRERROR, get::<STRERROR>, set::<STRERROR>),
        row(FILENAME, get::<FILENAME>, set::<FILENAME>),
        row(FILENAME2, get::<FILENAME2>, set::<FILENAME2>),
        GetSetDef { name: "characters_written", doc: None, get: get_written, set: Some(set_written) },
    ],
    ..TypeDef::PLAIN
};

impl Vm {
    /// Raises the `OSError` (of the fitting subclass) for an error number, with up to two file names.
    #[cold]
    pub fn errno_error(&self, errno: i32, file: Option<Value>, second: Option<Value>) -> Raised {
        let class = errno_class(self, errno as i64);
        let (number, text) = (Value::small_int(errno as i64), self.new_str(&error_text(errno)));
        let none = Value::none();
        match (file, second) {
            (None, _) => self.raise_class(class, &[number, text]),
            (Some(a), None) => self.raise_class(class, &[number, text, a]),
            (Some(a), Some(b)) => self.raise_class(class, &[number, text, a, none, b]),
        }
    }

    /// Raises the `OSError` for what the standard library reports.
    #[cold]
    pub fn io_error(&self, error: &std::io::Error, file: Option<Value>) -> Raised {
        match error.raw_os_error() {
            Some(errno) => self.errno_error(errno, file, None),
            None => self.raise_message(self.exceptions.os_error, &error.to_string()),
        }
    }
}

/// `os.strerror(errno)`.
pub fn error_text(errno: i32) -> String {
    let mut buffer = [0 as libc::c_char; 256];
    // SAFETY: the buffer is as large as is said, and the result is NUL-terminated inside it.
    unsafe {
        if libc::strerror_r(errno, buffer.as_mut_ptr(), buffer.len()) == 0 {
            return std::ffi::CStr::from_ptr(buffer.as_ptr()).to_string_lossy().into_owned();
        }
    }
    format!("Unknown error {errno}")
}
