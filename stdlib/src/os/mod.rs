//! What the modules on top of the operating system share: calling it, its errors, and parameters that name files.
//!
//! * [`blocking`] and [`retrying`] (through the macros [`sys!`](crate::sys), [`sys_retry!`](crate::sys_retry)) run a C call without
//!   the GIL; the latter again after a signal whose handlers raised nothing (PEP 475)
//! * [`FsPath`]: str, bytes, `os.PathLike`, perhaps a file descriptor
//! * [`Fd`], [`DirFd`], [`FileLike`], [`Uid`], [`Gid`], [`Timespec`]: parameters with CPython's range checks and messages

use adder_interp::native::FromArg;
use adder_interp::native::args::ArgRef;
use adder_interp::object::bytes::Bytes;
use adder_interp::object::header::Gc;
use adder_interp::object::str::Str;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::special::Special;
use std::ffi::{CStr, CString};

pub mod time;

/// The error number of the last C call of this thread.
pub fn errno() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

/// The result of a C call: what it returned, or the error number if that was -1.
pub type Sys = Result<i64, i32>;

/// Runs a C call without the GIL.
#[inline]
pub fn blocking(vm: &Vm, call: impl FnOnce() -> i64) -> Sys {
    vm.allow_threads(|| match call() {
        -1 => Err(errno()),
        n => Ok(n),
    })
}

/// Runs a C call without the GIL, and again when a signal interrupted it and no handler raised.
pub fn retrying(vm: &Vm, mut call: impl FnMut() -> i64) -> PyResult<Sys> {
    loop {
        match blocking(vm, &mut call) {
            Err(libc::EINTR) => vm.check_signals()?,
            result => return Ok(result),
        }
    }
}

/// Runs a C call right away; the result with its error number.
#[inline]
pub fn direct(call: impl FnOnce() -> i64) -> Sys {
    match call() {
        -1 => Err(errno()),
        n => Ok(n),
    }
}

/// `libc::name(args)`. Pointers among the arguments come from C strings, buffers and structs that outlive the call and are
/// as large as the call is told.
#[macro_export]
macro_rules! c {
    ($name:ident($($arg:expr),* $(,)?)) => {
        // SAFETY: see the macro's documentation: the arguments are valid for this function of the C library.
        unsafe { libc::$name($($arg),*) }
    };
}

/// A C call without the GIL: a [`Sys`](crate::os::Sys).
#[macro_export]
macro_rules! sys {
    ($vm:expr, $name:ident($($arg:expr),* $(,)?)) => {
        $crate::os::blocking($vm, || $crate::c!($name($($arg),*)) as i64)
    };
}

/// A C call without the GIL, repeated after signals: a `PyResult<Sys>`.
#[macro_export]
macro_rules! sys_retry {
    ($vm:expr, $name:ident($($arg:expr),* $(,)?)) => {
        $crate::os::retrying($vm, || $crate::c!($name($($arg),*)) as i64)
    };
}

/// Raises what [`Sys`] reports.
pub trait Checked {
    /// `OSError(errno, text)`.
    fn check(self, vm: &Vm) -> PyResult<i64>;
    /// `OSError(errno, text, path)`.
    fn check_path<const FD: bool, const NONE: bool>(self, vm: &Vm, path: &FsPath<FD, NONE>) -> PyResult<i64>;
    /// `OSError(errno, text, first, None, second)`.
    fn check_paths(self, vm: &Vm, first: &Path, second: &Path) -> PyResult<i64>;
}

impl Checked for Sys {
    #[inline]
    fn check(self, vm: &Vm) -> PyResult<i64> {
        self.map_err(|e| os_error(vm, e))
    }
    #[inline]
    fn check_path<const FD: bool, const NONE: bool>(self, vm: &Vm, path: &FsPath<FD, NONE>) -> PyResult<i64> {
        self.map_err(|e| vm.errno_error(e, path.object, None))
    }
    #[inline]
    fn check_paths(self, vm: &Vm, first: &Path, second: &Path) -> PyResult<i64> {
        self.map_err(|e| vm.errno_error(e, first.object, second.object))
    }
}

/// Raises `OSError(errno, text)`.
#[cold]
pub fn os_error(vm: &Vm, errno: i32) -> Raised {
    vm.errno_error(errno, None, None)
}

/// Raises `OSError` for the error number of the last C call.
#[cold]
pub fn last_error(vm: &Vm) -> Raised {
    os_error(vm, errno())
}

/// What a path argument names.
#[derive(Debug)]
pub enum Target {
    Name(CString),
    Fd(i32),
}

/// A path argument: str, bytes or `os.PathLike`; a file descriptor if `FD`; None, which is ".", if `NONE`.
#[derive(Debug)]
pub struct FsPath<const FD: bool, const NONE: bool> {
    /// The argument as errors show it; `None` if it was None or absent.
    pub object: Option<Value>,
    pub target: Target,
    /// The name was given as bytes: results are bytes too.
    pub is_bytes: bool,
}

pub type Path = FsPath<false, false>;
pub type PathOrFd = FsPath<true, false>;
pub type PathFdOrNone = FsPath<true, true>;

impl<const FD: bool, const NONE: bool> FsPath<FD, NONE> {
    /// The current directory.
    pub fn current() -> Self {
        FsPath { object: None, target: Target::Name(c".".to_owned()), is_bytes: false }
    }
    pub fn fd(&self) -> Option<i32> {
        match self.target {
            Target::Fd(fd) => Some(fd),
            Target::Name(_) => None,
        }
    }
    pub fn name(&self) -> &CStr {
        match &self.target {
            Target::Name(name) => name,
            Target::Fd(_) => c"",
        }
    }
    /// The name for a C call; empty for a descriptor.
    #[inline]
    pub fn ptr(&self) -> *const libc::c_char {
        self.name().as_ptr()
    }
    /// A file name in the type of the argument.
    pub fn result(&self, vm: &Vm, name: &[u8]) -> Value {
        if self.is_bytes { vm.new_bytes(name) } else { vm.fs_decode(name).value() }
    }
    /// Raises for a descriptor together with one of the arguments that modify how a name is found.
    pub fn forbid_with_fd(
        &self,
        vm: &Vm,
        function: &str,
        dir_fd: Option<DirFd>,
        follow: bool,
    ) -> PyResult<()> {
        if dir_fd.is_some() && self.fd().is_some() {
            return Err(vm.value_error(format!("{function}: can't specify dir_fd without matching path")));
        }
        if self.fd().is_some() && !follow {
            return Err(vm.value_error(format!("{function}: cannot use fd and follow_symlinks together")));
        }
        Ok(())
    }
}

impl<const FD: bool, const NONE: bool> FromArg for FsPath<FD, NONE> {
    fn from_arg(vm: &Vm, value: Value, at: ArgRef) -> PyResult<Self> {
        if NONE && value.is_none() {
            return Ok(FsPath::current());
        }
        let (function, parameter) = (at.function_name(), at.parameter());
        let null = || vm.value_error(format!("{function}: embedded null character in {parameter}"));
        let named = match path_object(vm, value)? {
            Some(PathText::Str(text)) => Some((vm.fs_encode(text)?, false)),
            Some(PathText::Bytes(bytes)) => Some((bytes.to_vec(), true)),
            None => None,
        };
        if let Some((bytes, is_bytes)) = named {
            touch_library(vm, &bytes);
            let name = CString::new(bytes).map_err(|_| null())?;
            return Ok(FsPath { object: Some(value), target: Target::Name(name), is_bytes });
        }
        if FD && vm.special_of(value, Special::Index).is_some() {
            let Fd(fd) = Fd::of_index(vm, value)?;
            return Ok(FsPath { object: Some(value), target: Target::Fd(fd), is_bytes: false });
        }
        let expected = match (FD, NONE) {
            (true, true) => "string, bytes, os.PathLike, integer or None",
            (true, false) => "string, bytes, os.PathLike or integer",
            (false, true) => "string, bytes, os.PathLike or None",
            (false, false) => "string, bytes or os.PathLike",
        };
        let given = vm.type_of(value).name();
        Err(vm.type_error(format!("{function}: {parameter} should be {expected}, not {given}")))
    }
}

/// The text of a path.
#[derive(Clone, Copy, Debug)]
pub enum PathText {
    Str(Gc<Str>),
    Bytes(Gc<Bytes>),
}

/// The text behind str, bytes and `os.PathLike` objects; `None` for others.
fn path_object(vm: &Vm, value: Value) -> PyResult<Option<PathText>> {
    let text = |v: Value| v.downcast().map(PathText::Str).or_else(|| v.downcast().map(PathText::Bytes));
    if let Some(found) = text(value) {
        return Ok(Some(found));
    }
    match vm.special_of(value, Special::Fspath) {
        None => Ok(None),
        Some(raw) if raw.is_none() => Ok(None),
        Some(raw) => {
            let path = vm.call_method_raw(raw, value, &[])?;
            text(path).map(Some).ok_or_else(|| {
                let (class, got) = (vm.type_of(value).name(), vm.type_of(path).name());
                vm.type_error(format!("expected {class}.__fspath__() to return str or bytes, not {got}"))
            })
        }
    }
}

/// `os.fspath(value)`.
pub fn fspath(vm: &Vm, value: Value) -> PyResult<PathText> {
    path_object(vm, value)?.ok_or_else(|| {
        let given = vm.type_of(value).name();
        vm.type_error(format!("expected str, bytes or os.PathLike object, not {given}"))
    })
}

/// A path in the embedded library is about to be looked at: its files are made to exist.
fn touch_library(vm: &Vm, path: &[u8]) {
    if let Some(source) = vm.source {
        source.touch(path);
    }
}

/// The bytes of a path for the system, as `os.fsencode` gives them, without embedded nulls.
pub fn fs_bytes(vm: &Vm, value: Value) -> PyResult<CString> {
    let bytes = match fspath(vm, value)? {
        PathText::Str(text) => vm.fs_encode(text)?,
        PathText::Bytes(bytes) => bytes.to_vec(),
    };
    touch_library(vm, &bytes);
    CString::new(bytes).map_err(|_| vm.value_error("embedded null byte"))
}

/// Text or bytes converted as file names are, for parameters that are not paths.
pub struct FsString(pub CString);

impl FromArg for FsString {
    fn from_arg(vm: &Vm, value: Value, _: ArgRef) -> PyResult<Self> {
        fs_bytes(vm, value).map(FsString)
    }
}

/// A file descriptor given as an int.
#[derive(Clone, Copy, Debug)]
pub struct Fd(pub i32);

/// Warns about a bool where a descriptor belongs.
fn warn_of_bool(vm: &Vm, value: Value) -> PyResult<()> {
    if value.as_bool().is_none() {
        return Ok(());
    }
    crate::warn::warn(vm, vm.exceptions.runtime_warning, "bool is used as a file descriptor", 1, None)
}

impl Fd {
    fn of_index(vm: &Vm, value: Value) -> PyResult<Fd> {
        warn_of_bool(vm, value)?;
        let n = vm.index(value)?;
        let limit = if n.is_negative() { "less than minimum" } else { "greater than maximum" };
        match n.to_i64().and_then(|n| i32::try_from(n).ok()) {
            Some(fd) => Ok(Fd(fd)),
            None => Err(vm.overflow_error(format!("fd is {limit}"))),
        }
    }
}

/// `dir_fd`; absent is [`libc::AT_FDCWD`].
#[derive(Clone, Copy, Debug)]
pub struct DirFd(pub i32);

impl FromArg for DirFd {
    fn from_arg(vm: &Vm, value: Value, _: ArgRef) -> PyResult<Self> {
        if vm.special_of(value, Special::Index).is_none() {
            let given = vm.type_of(value).name();
            return Err(vm.type_error(format!("argument should be integer or None, not {given}")));
        }
        Fd::of_index(vm, value).map(|fd| DirFd(fd.0))
    }
}

/// The descriptor for the `*at` family.
pub fn at(dir_fd: Option<DirFd>) -> i32 {
    dir_fd.map_or(libc::AT_FDCWD, |fd| fd.0)
}

/// An int, or an object with a `fileno()` method.
#[derive(Clone, Copy, Debug)]
pub struct FileLike(pub i32);

impl FileLike {
    pub fn of(vm: &Vm, value: Value) -> PyResult<FileLike> {
        use adder_interp::object::int::as_int;
        warn_of_bool(vm, value)?;
        let number = match as_int(value) {
            Some(n) => n,
            None => {
                let Some(method) = vm.getattr_opt(value, vm.names.fileno)? else {
                    return Err(vm.type_error("argument must be an int, or have a fileno() method."));
                };
                let result = vm.call(method, &[])?;
                let Some(n) = as_int(result) else {
                    return Err(vm.type_error("fileno() returned a non-integer"));
                };
                n
            }
        };
        let Some(fd) = number.to_i64().and_then(|n| i32::try_from(n).ok()) else {
            return Err(vm.overflow_error("Python int too large to convert to C int"));
        };
        if fd < 0 {
            return Err(vm.value_error(format!("file descriptor cannot be a negative integer ({fd})")));
        }
        Ok(FileLike(fd))
    }
}

impl FromArg for FileLike {
    fn from_arg(vm: &Vm, value: Value, _: ArgRef) -> PyResult<Self> {
        FileLike::of(vm, value)
    }
}

/// A user id; -1 is "leave it".
#[derive(Clone, Copy, Debug)]
pub struct Uid(pub u32);
/// A group id; -1 is "leave it".
#[derive(Clone, Copy, Debug)]
pub struct Gid(pub u32);

fn id_from(vm: &Vm, value: Value, what: &str) -> PyResult<u32> {
    if vm.special_of(value, Special::Index).is_none() {
        let given = vm.type_of(value).name();
        return Err(vm.type_error(format!("{what} should be integer, not {given}")));
    }
    let n = vm.index(value)?;
    match n.to_i64() {
        Some(-1) => Ok(u32::MAX),
        Some(n) if (0..=u32::MAX as i64).contains(&n) => Ok(n as u32),
        _ if n.is_negative() => Err(vm.overflow_error(format!("{what} is less than minimum"))),
        _ => Err(vm.overflow_error(format!("{what} is greater than maximum"))),
    }
}

impl FromArg for Uid {
    fn from_arg(vm: &Vm, value: Value, _: ArgRef) -> PyResult<Self> {
        id_from(vm, value, "uid").map(Uid)
    }
}
impl FromArg for Gid {
    fn from_arg(vm: &Vm, value: Value, _: ArgRef) -> PyResult<Self> {
        id_from(vm, value, "gid").map(Gid)
    }
}
impl Uid {
    /// A user id out of an int.
    pub fn of(vm: &Vm, value: Value) -> PyResult<Uid> {
        id_from(vm, value, "uid").map(Uid)
    }
    pub fn value(self, vm: &Vm) -> Value {
        if self.0 == u32::MAX { vm.new_int(-1) } else { vm.new_int(self.0 as i64) }
    }
}
impl Gid {
    /// A group id out of an int.
    pub fn of(vm: &Vm, value: Value) -> PyResult<Gid> {
        id_from(vm, value, "gid").map(Gid)
    }
    pub fn value(self, vm: &Vm) -> Value {
        if self.0 == u32::MAX { vm.new_int(-1) } else { vm.new_int(self.0 as i64) }
    }
}

/// Makes a new descriptor (not) inherited by child processes.
pub fn set_inheritable(vm: &Vm, fd: i32, inheritable: bool) -> PyResult<()> {
    let flags = direct(|| c!(fcntl(fd, libc::F_GETFD)) as i64).check(vm)? as i32;
    let wanted = if inheritable { flags & !libc::FD_CLOEXEC } else { flags | libc::FD_CLOEXEC };
    if wanted != flags {
        direct(|| c!(fcntl(fd, libc::F_SETFD, wanted)) as i64).check(vm)?;
    }
    Ok(())
}
