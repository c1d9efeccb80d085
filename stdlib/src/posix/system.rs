//! The system and its random numbers, the environment, terminals, extended attributes, timer descriptors.

use crate::buf::Buffer;
use crate::os::time::{Rounding, nanoseconds, timespec_of};
use crate::os::{Checked, FileLike, FsPath, FsString, PathFdOrNone, PathOrFd, Sys, Target, direct, os_error};
use crate::{c, sys};
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::structseq::StructSeqDef;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::pyfunction;
use std::ffi::CStr;

/// `os.uname_result`.
pub static UNAME_RESULT: StructSeqDef = StructSeqDef {
    name: "uname_result",
    module: "posix",
    doc: "uname_result: Result from os.uname().",
    fields: &[
        ("sysname", "operating system name"),
        ("nodename", "name of machine on network (implementation-defined)"),
        ("release", "operating system release"),
        ("version", "operating system version"),
        ("machine", "hardware identifier"),
    ],
    visible: 5,
    constructible: true,
};

/// `os.times_result`.
pub static TIMES_RESULT: StructSeqDef = StructSeqDef {
    name: "times_result",
    module: "posix",
    doc: "times_result: Result from os.times().",
    fields: &[
        ("user", "user time"),
        ("system", "system time"),
        ("children_user", "user time of children"),
        ("children_system", "system time of children"),
        ("elapsed", "elapsed time since an arbitrary point in the past"),
    ],
    visible: 5,
    constructible: true,
};

/// `os.terminal_size`.
pub static TERMINAL_SIZE: StructSeqDef = StructSeqDef {
    name: "terminal_size",
    module: "os",
    doc: "A tuple of (columns, lines) for holding terminal window size",
    fields: &[
        ("columns", "width of the terminal window in characters"),
        ("lines", "height of the terminal window in characters"),
    ],
    visible: 2,
    constructible: true,
};

/// Return an object identifying the current operating system.
#[pyfunction(module = "posix")]
pub fn uname(vm: &Vm) -> PyResult {
    // SAFETY: a plain struct; the call fills it.
    let mut info: libc::utsname = unsafe { std::mem::zeroed() };
    direct(|| c!(uname(&mut info)) as i64).check(vm)?;
    let items = [&info.sysname, &info.nodename, &info.release, &info.version, &info.machine].map(|field| {
        // SAFETY: the fields end with a null byte.
        let text = unsafe { CStr::from_ptr(field.as_ptr()) };
        vm.fs_decode(text.to_bytes()).value()
    });
    vm.new_structseq(&UNAME_RESULT, &items)
}

/// Return a collection containing process timing information.
#[pyfunction(module = "posix")]
pub fn times(vm: &Vm) -> PyResult {
    // SAFETY: a plain struct; the call fills it.
    let mut t: libc::tms = unsafe { std::mem::zeroed() };
    let elapsed = direct(|| c!(times(&mut t))).check(vm)?;
    let ticks = c!(sysconf(libc::_SC_CLK_TCK)) as f64;
    let items = [t.tms_utime, t.tms_stime, t.tms_cutime, t.tms_cstime, elapsed]
        .map(|n| Value::float(n as f64 / ticks));
    vm.new_structseq(&TIMES_RESULT, &items)
}

/// Return average recent system load information.
#[pyfunction(module = "posix")]
pub fn getloadavg(vm: &Vm) -> PyResult<(f64, f64, f64)> {
    let mut loads = [0.0; 3];
    if c!(getloadavg(loads.as_mut_ptr(), 3)) != 3 {
        return Err(vm.os_error_message("Load averages are unobtainable"));
    }
    Ok((loads[0], loads[1], loads[2]))
}

/// Return the number of logical CPUs in the system.
#[pyfunction(module = "posix")]
pub fn cpu_count(vm: &Vm) -> PyResult<Option<i64>> {
    for (name, value) in &vm.config.x_options {
        if let ("cpu_count", Some(Ok(n))) = (name.as_str(), value.as_ref().map(|v| v.parse::<i64>())) {
            return Ok(Some(n));
        }
    }
    Ok(Some(c!(sysconf(libc::_SC_NPROCESSORS_ONLN))).filter(|&n| n > 0))
}

/// Translate an error code to a message string.
#[pyfunction(module = "posix", sig = "(code, /)")]
pub fn strerror(code: i32) -> String {
    adder_interp::object::exception::os_error::error_text(code)
}

/// Return a bytes object containing random bytes suitable for cryptographic use.
#[pyfunction(module = "posix", sig = "(size, /)")]
pub fn urandom(vm: &Vm, size: isize) -> PyResult {
    let Ok(size) = usize::try_from(size) else { return Err(vm.value_error("negative argument not allowed")) };
    let mut bytes = vec![0u8; size];
    random_bytes(vm, &mut bytes)?;
    Ok(vm.new_bytes(&bytes))
}

/// Fills a buffer with random bytes of the system.
pub fn random_bytes(vm: &Vm, bytes: &mut [u8]) -> PyResult<()> {
    let mut done = 0;
    while done < bytes.len() {
        let rest = &mut bytes[done..];
        match sys!(vm, getrandom(rest.as_mut_ptr().cast(), rest.len(), 0)) {
            Ok(n) => done += n as usize,
            Err(libc::EINTR) => vm.check_signals()?,
            Err(e) => return Err(os_error(vm, e)),
        }
    }
    Ok(())
}

/// Obtain a series of random bytes.
#[pyfunction(module = "posix", sig = "(size, flags=0)")]
pub fn getrandom(vm: &Vm, size: isize, flags: u32) -> PyResult {
    let size = usize::try_from(size).map_err(|_| os_error(vm, libc::EINVAL))?;
    let mut bytes = vec![0u8; size];
    let n = crate::sys_retry!(vm, getrandom(bytes.as_mut_ptr().cast(), size, flags))?.check(vm)?;
    Ok(vm.new_bytes(&bytes[..n as usize]))
}

// ---- environment

unsafe extern "C" {
    static environ: *const *const libc::c_char;
}

/// The process's environment as a dict of bytes.
pub fn environment(vm: &Vm) -> PyResult<Gc<Dict>> {
    let dict = vm.new_dict();
    // SAFETY: the C library's variable; entries are C strings, the array ends with a null pointer.
    let mut at = unsafe { environ };
    while !at.is_null() {
        // SAFETY: as above.
        let entry = unsafe { *at };
        if entry.is_null() {
            break;
        }
        // SAFETY: as above.
        let line = unsafe { CStr::from_ptr(entry) }.to_bytes();
        // SAFETY: the array goes on after an entry.
        at = unsafe { at.add(1) };
        let Some(split) = line.iter().position(|&b| b == b'=') else { continue };
        let (name, value) = (vm.new_bytes(&line[..split]), vm.new_bytes(&line[split + 1..]));
        if !dict.contains(vm, name)? {
            dict.insert(vm, name, value)?;
        }
    }
    Ok(dict)
}

/// Create the environment dictionary.
#[pyfunction(module = "posix", name = "_create_environ")]
pub fn create_environ(vm: &Vm) -> PyResult<Gc<Dict>> {
    environment(vm)
}

/// Change or add an environment variable.
#[pyfunction(module = "posix", sig = "(name, value, /)")]
pub fn putenv(vm: &Vm, name: FsString, value: FsString) -> PyResult<()> {
    if name.0.as_bytes().contains(&b'=') {
        return Err(vm.value_error("illegal environment variable name"));
    }
    direct(|| c!(setenv(name.0.as_ptr(), value.0.as_ptr(), 1)) as i64).check(vm)?;
    Ok(())
}

/// Delete an environment variable.
#[pyfunction(module = "posix", sig = "(name, /)")]
pub fn unsetenv(vm: &Vm, name: FsString) -> PyResult<()> {
    direct(|| c!(unsetenv(name.0.as_ptr())) as i64).check(vm)?;
    Ok(())
}

// ---- terminals

/// Return the size of the terminal window as (columns, lines).
#[pyfunction(module = "posix", sig = "(fd=<unrepresentable>, /)")]
pub fn get_terminal_size(vm: &Vm, fd: Option<i32>) -> PyResult {
    let fd = fd.unwrap_or(1);
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    direct(|| c!(ioctl(fd, libc::TIOCGWINSZ, &mut size)) as i64).check(vm)?;
    let items = [vm.new_int(size.ws_col as i64), vm.new_int(size.ws_row as i64)];
    vm.new_structseq(&TERMINAL_SIZE, &items)
}

/// Return a string describing the encoding of a terminal's file descriptor.
#[pyfunction(module = "posix", sig = "(fd)")]
pub fn device_encoding(fd: i32) -> Option<&'static str> {
    (c!(isatty(fd)) == 1).then_some("utf-8")
}

/// Return the name of the controlling terminal for this process.
#[pyfunction(module = "posix")]
pub fn ctermid() -> &'static str {
    "/dev/tty"
}

/// Return the name of the terminal device connected to 'fd'.
#[pyfunction(module = "posix", sig = "(fd, /)")]
pub fn ttyname(vm: &Vm, fd: i32) -> PyResult {
    let mut buffer = [0u8; 256];
    match c!(ttyname_r(fd, buffer.as_mut_ptr().cast(), buffer.len())) {
        0 => Ok(c_text(vm, &buffer)),
        e => Err(os_error(vm, e)),
    }
}

fn c_text(vm: &Vm, buffer: &[u8]) -> Value {
    let end = buffer.iter().position(|&b| b == 0).unwrap_or(buffer.len());
    vm.fs_decode(&buffer[..end]).value()
}

/// Open a pseudo-terminal: (master_fd, slave_fd).
#[pyfunction(module = "posix")]
pub fn openpty(vm: &Vm) -> PyResult<(i32, i32)> {
    let (mut master, mut slave) = (-1, -1);
    let none = std::ptr::null_mut();
    direct(|| c!(openpty(&mut master, &mut slave, none, none as *mut _, none as *mut _)) as i64).check(vm)?;
    crate::os::set_inheritable(vm, master, false)?;
    crate::os::set_inheritable(vm, slave, false)?;
    Ok((master, slave))
}

/// Prepare the tty of which fd is a file descriptor for a new login session.
#[pyfunction(module = "posix", sig = "(fd, /)")]
pub fn login_tty(vm: &Vm, fd: FileLike) -> PyResult<()> {
    direct(|| c!(login_tty(fd.0)) as i64).check(vm)?;
    Ok(())
}

/// Open and return a file descriptor for a master pseudo-terminal device.
#[pyfunction(module = "posix", sig = "(oflag, /)")]
pub fn posix_openpt(vm: &Vm, oflag: i32) -> PyResult<i64> {
    direct(|| c!(posix_openpt(oflag | libc::O_CLOEXEC)) as i64).check(vm)
}

/// Grant access to the slave pseudo-terminal device.
#[pyfunction(module = "posix", sig = "(fd, /)")]
pub fn grantpt(vm: &Vm, fd: FileLike) -> PyResult<()> {
    direct(|| c!(grantpt(fd.0)) as i64).check(vm)?;
    Ok(())
}

/// Unlock a pseudo-terminal master/slave pair.
#[pyfunction(module = "posix", sig = "(fd, /)")]
pub fn unlockpt(vm: &Vm, fd: FileLike) -> PyResult<()> {
    direct(|| c!(unlockpt(fd.0)) as i64).check(vm)?;
    Ok(())
}

/// Return the name of the slave pseudo-terminal device.
#[pyfunction(module = "posix", sig = "(fd, /)")]
pub fn ptsname(vm: &Vm, fd: FileLike) -> PyResult {
    let mut buffer = [0u8; 256];
    match c!(ptsname_r(fd.0, buffer.as_mut_ptr().cast(), buffer.len())) {
        0 => Ok(c_text(vm, &buffer)),
        e => Err(os_error(vm, e)),
    }
}

/// Return the process group associated with the terminal specified by fd.
#[pyfunction(module = "posix", sig = "(fd, /)")]
pub fn tcgetpgrp(vm: &Vm, fd: i32) -> PyResult<i64> {
    direct(|| c!(tcgetpgrp(fd)) as i64).check(vm)
}

/// Set the process group associated with the terminal specified by fd.
#[pyfunction(module = "posix", sig = "(fd, pgid, /)")]
pub fn tcsetpgrp(vm: &Vm, fd: i32, pgid: i32) -> PyResult<()> {
    direct(|| c!(tcsetpgrp(fd, pgid)) as i64).check(vm)?;
    Ok(())
}

// ---- extended attributes

fn growing(vm: &Vm, mut call: impl FnMut(&mut [u8]) -> Sys) -> Result<Vec<u8>, i32> {
    let _ = vm;
    let mut size = 128;
    loop {
        let mut buffer = vec![0u8; size];
        match call(&mut buffer) {
            Ok(n) => {
                buffer.truncate(n as usize);
                return Ok(buffer);
            }
            Err(libc::ERANGE) if size < 1 << 16 => size = 1 << 16,
            Err(e) => return Err(e),
        }
    }
}

fn forbid_fd<const FD: bool, const NONE: bool>(
    vm: &Vm,
    function: &str,
    path: &FsPath<FD, NONE>,
    follow: bool,
) -> PyResult<()> {
    path.forbid_with_fd(vm, function, None, follow)
}

/// Return the value of extended attribute attribute on path.
#[pyfunction(module = "posix", sig = "(path, attribute, *, follow_symlinks=True)")]
pub fn getxattr(vm: &Vm, path: PathOrFd, attribute: FsString, follow_symlinks: bool) -> PyResult {
    forbid_fd(vm, "getxattr", &path, follow_symlinks)?;
    let name = attribute.0.as_ptr();
    let value = growing(vm, |b| {
        let (data, size) = (b.as_mut_ptr().cast(), b.len());
        match &path.target {
            Target::Fd(fd) => sys!(vm, fgetxattr(*fd, name, data, size)),
            Target::Name(p) if follow_symlinks => sys!(vm, getxattr(p.as_ptr(), name, data, size)),
            Target::Name(p) => sys!(vm, lgetxattr(p.as_ptr(), name, data, size)),
        }
    });
    match value {
        Ok(value) => Ok(vm.new_bytes(&value)),
        Err(e) => Err(vm.errno_error(e, path.object, None)),
    }
}

/// Set extended attribute attribute on path to value.
#[pyfunction(module = "posix", sig = "(path, attribute, value, flags=0, *, follow_symlinks=True)")]
pub fn setxattr(
    vm: &Vm,
    path: PathOrFd,
    attribute: FsString,
    value: Buffer,
    flags: i32,
    follow_symlinks: bool,
) -> PyResult<()> {
    forbid_fd(vm, "setxattr", &path, follow_symlinks)?;
    let (name, data, size) = (attribute.0.as_ptr(), value.as_ptr().cast(), value.len());
    let result = match &path.target {
        Target::Fd(fd) => sys!(vm, fsetxattr(*fd, name, data, size, flags)),
        Target::Name(p) if follow_symlinks => sys!(vm, setxattr(p.as_ptr(), name, data, size, flags)),
        Target::Name(p) => sys!(vm, lsetxattr(p.as_ptr(), name, data, size, flags)),
    };
    result.check_path(vm, &path)?;
    Ok(())
}

/// Remove extended attribute attribute on path.
#[pyfunction(module = "posix", sig = "(path, attribute, *, follow_symlinks=True)")]
pub fn removexattr(vm: &Vm, path: PathOrFd, attribute: FsString, follow_symlinks: bool) -> PyResult<()> {
    forbid_fd(vm, "removexattr", &path, follow_symlinks)?;
    let name = attribute.0.as_ptr();
    let result = match &path.target {
        Target::Fd(fd) => sys!(vm, fremovexattr(*fd, name)),
        Target::Name(p) if follow_symlinks => sys!(vm, removexattr(p.as_ptr(), name)),
        Target::Name(p) => sys!(vm, lremovexattr(p.as_ptr(), name)),
    };
    result.check_path(vm, &path)?;
    Ok(())
}

/// Return a list of extended attributes on path.
#[pyfunction(module = "posix", sig = "(path=None, *, follow_symlinks=True)")]
pub fn listxattr(vm: &Vm, path: Option<PathFdOrNone>, follow_symlinks: bool) -> PyResult {
    let path = path.unwrap_or_else(FsPath::current);
    forbid_fd(vm, "listxattr", &path, follow_symlinks)?;
    let names = growing(vm, |b| {
        let (data, size) = (b.as_mut_ptr().cast(), b.len());
        match &path.target {
            Target::Fd(fd) => sys!(vm, flistxattr(*fd, data, size)),
            Target::Name(p) if follow_symlinks => sys!(vm, listxattr(p.as_ptr(), data, size)),
            Target::Name(p) => sys!(vm, llistxattr(p.as_ptr(), data, size)),
        }
    });
    let names = names.map_err(|e| vm.errno_error(e, path.object, None))?;
    let mut list = vm.vec();
    for name in names.split(|&b| b == 0).filter(|n| !n.is_empty()) {
        list.push(&vm.heap, vm.fs_decode(name).value());
    }
    Ok(vm.list_from(list))
}

// ---- timer descriptors

/// Create and return a timer file descriptor.
#[pyfunction(module = "posix", sig = "(clockid, /, *, flags=0)")]
pub fn timerfd_create(vm: &Vm, clockid: i32, flags: i32) -> PyResult<i64> {
    sys!(vm, timerfd_create(clockid, flags | libc::TFD_CLOEXEC)).check(vm)
}

fn timer_value(vm: &Vm, spec: &libc::itimerspec, in_ns: bool) -> PyResult {
    let one = |ts: &libc::timespec| {
        if in_ns {
            vm.new_int(ts.tv_sec * 1_000_000_000 + ts.tv_nsec)
        } else {
            Value::float(ts.tv_sec as f64 + 1e-9 * ts.tv_nsec as f64)
        }
    };
    Ok(vm.new_tuple(&[one(&spec.it_value), one(&spec.it_interval)]))
}

fn set_timer(vm: &Vm, fd: FileLike, flags: i32, initial: i64, interval: i64, in_ns: bool) -> PyResult {
    let new = libc::itimerspec { it_interval: timespec_of(interval), it_value: timespec_of(initial) };
    let mut old = new;
    sys!(vm, timerfd_settime(fd.0, flags, &new, &mut old)).check(vm)?;
    timer_value(vm, &old, in_ns)
}

/// Alter a timer file descriptor's internal timer in seconds.
#[pyfunction(module = "posix", sig = "(fd, /, *, flags=0, initial=0.0, interval=0.0)")]
pub fn timerfd_settime(
    vm: &Vm,
    fd: FileLike,
    flags: i32,
    initial: Option<Value>,
    interval: Option<Value>,
) -> PyResult {
    let time = |v: Option<Value>| v.map_or(Ok(0), |v| nanoseconds(vm, v, Rounding::HalfEven));
    let (initial, interval) = (time(initial)?, time(interval)?);
    set_timer(vm, fd, flags, initial, interval, false)
}

/// Alter a timer file descriptor's internal timer in nanoseconds.
#[pyfunction(module = "posix", sig = "(fd, /, *, flags=0, initial=0, interval=0)")]
pub fn timerfd_settime_ns(vm: &Vm, fd: FileLike, flags: i32, initial: i64, interval: i64) -> PyResult {
    set_timer(vm, fd, flags, initial, interval, true)
}

fn get_timer(vm: &Vm, fd: FileLike, in_ns: bool) -> PyResult {
    let zero = timespec_of(0);
    let mut spec = libc::itimerspec { it_interval: zero, it_value: zero };
    sys!(vm, timerfd_gettime(fd.0, &mut spec)).check(vm)?;
    timer_value(vm, &spec, in_ns)
}

/// Return a tuple of a timer file descriptor's (interval, next expiration) in float seconds.
#[pyfunction(module = "posix", sig = "(fd, /)")]
pub fn timerfd_gettime(vm: &Vm, fd: FileLike) -> PyResult {
    get_timer(vm, fd, false)
}

/// Return a tuple of a timer file descriptor's (interval, next expiration) in nanoseconds.
#[pyfunction(module = "posix", sig = "(fd, /)")]
pub fn timerfd_gettime_ns(vm: &Vm, fd: FileLike) -> PyResult {
    get_timer(vm, fd, true)
}

/// Whether a readline input hook is installed: there is none.
#[pyfunction(module = "posix", name = "_is_inputhook_installed")]
pub fn is_inputhook_installed() -> bool {
    false
}

/// Runs the readline input hook, if there is one.
#[pyfunction(module = "posix", name = "_inputhook")]
pub fn inputhook() {}
