//! `stat` and its relatives: file status, file system status, access checks, times.

use crate::os::time::{Rounding, timespec};
use crate::os::{Checked, DirFd, FsPath, Path, PathOrFd, Sys, Target, at, retrying};
use crate::{c, sys};
use adder_interp::object::header::Gc;
use adder_interp::object::int::{as_int, from_int};
use adder_interp::object::structseq::StructSeqDef;
use adder_interp::object::tuple::Tuple;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::pyfunction;
use adder_numeric::Int;
use libc::{AT_SYMLINK_NOFOLLOW, timespec as TimeSpec};
use std::mem::MaybeUninit;

/// `os.stat_result`.
pub static STAT_RESULT: StructSeqDef = StructSeqDef {
    name: "stat_result",
    module: "os",
    doc: "The status of a file, as stat, fstat and lstat return it.",
    fields: &[
        ("st_mode", "protection bits"),
        ("st_ino", "inode"),
        ("st_dev", "device"),
        ("st_nlink", "number of hard links"),
        ("st_uid", "user ID of owner"),
        ("st_gid", "group ID of owner"),
        ("st_size", "total size, in bytes"),
        ("", "integer time of last access"),
        ("", "integer time of last modification"),
        ("", "integer time of last change"),
        ("st_atime", "time of last access"),
        ("st_mtime", "time of last modification"),
        ("st_ctime", "time of last change"),
        ("st_atime_ns", "time of last access in nanoseconds"),
        ("st_mtime_ns", "time of last modification in nanoseconds"),
        ("st_ctime_ns", "time of last change in nanoseconds"),
        ("st_blksize", "blocksize for filesystem I/O"),
        ("st_blocks", "number of blocks allocated"),
        ("st_rdev", "device type (if inode device)"),
    ],
    visible: 10,
    constructible: true,
};

/// `os.statvfs_result`.
pub static STATVFS_RESULT: StructSeqDef = StructSeqDef {
    name: "statvfs_result",
    module: "os",
    doc: "The status of a file system, as statvfs and fstatvfs return it.",
    fields: &[
        ("f_bsize", ""),
        ("f_frsize", ""),
        ("f_blocks", ""),
        ("f_bfree", ""),
        ("f_bavail", ""),
        ("f_files", ""),
        ("f_ffree", ""),
        ("f_favail", ""),
        ("f_flag", ""),
        ("f_namemax", ""),
        ("f_fsid", ""),
    ],
    visible: 10,
    constructible: true,
};

const BILLION: i64 = 1_000_000_000;

fn nanoseconds(vm: &Vm, seconds: i64, ns: i64) -> Value {
    let total = Int::from_i128(seconds as i128 * BILLION as i128 + ns as i128);
    from_int(&vm.heap, total)
}

/// A `stat_result` from the system's struct.
pub fn stat_result(vm: &Vm, st: &libc::stat) -> PyResult {
    let seconds = |s: i64, ns: i64| Value::float(s as f64 + 1e-9 * ns as f64);
    let items = [
        vm.new_int(st.st_mode as i64),
        vm.new_uint(st.st_ino),
        vm.new_uint(st.st_dev),
        vm.new_uint(st.st_nlink),
        vm.new_int(st.st_uid as i64),
        vm.new_int(st.st_gid as i64),
        vm.new_int(st.st_size),
        vm.new_int(st.st_atime),
        vm.new_int(st.st_mtime),
        vm.new_int(st.st_ctime),
        seconds(st.st_atime, st.st_atime_nsec),
        seconds(st.st_mtime, st.st_mtime_nsec),
        seconds(st.st_ctime, st.st_ctime_nsec),
        nanoseconds(vm, st.st_atime, st.st_atime_nsec),
        nanoseconds(vm, st.st_mtime, st.st_mtime_nsec),
        nanoseconds(vm, st.st_ctime, st.st_ctime_nsec),
        vm.new_int(st.st_blksize),
        vm.new_int(st.st_blocks),
        vm.new_uint(st.st_rdev),
    ];
    vm.new_structseq(&STAT_RESULT, &items)
}

/// The status of a file, following a final symbolic link if `follow`.
pub fn status<const FD: bool, const NONE: bool>(
    vm: &Vm,
    path: &FsPath<FD, NONE>,
    dir_fd: i32,
    follow: bool,
) -> Result<libc::stat, i32> {
    if let Some(fd) = path.fd() {
        return fd_status(vm, fd);
    }
    let mut st = MaybeUninit::<libc::stat>::zeroed();
    let flags = if follow { 0 } else { AT_SYMLINK_NOFOLLOW };
    sys!(vm, fstatat(dir_fd, path.ptr(), st.as_mut_ptr(), flags))?;
    // SAFETY: the call has filled it.
    Ok(unsafe { st.assume_init() })
}

/// The status of an open file.
pub fn fd_status(vm: &Vm, fd: i32) -> Result<libc::stat, i32> {
    let mut st = MaybeUninit::<libc::stat>::zeroed();
    sys!(vm, fstat(fd, st.as_mut_ptr()))?;
    // SAFETY: the call has filled it.
    Ok(unsafe { st.assume_init() })
}

/// Perform a stat system call on the given path.
#[pyfunction(module = "posix", sig = "(path, *, dir_fd=None, follow_symlinks=True)")]
pub fn stat(vm: &Vm, path: PathOrFd, dir_fd: Option<DirFd>, follow_symlinks: bool) -> PyResult {
    path.forbid_with_fd(vm, "stat", dir_fd, follow_symlinks)?;
    crate::io::flush_before_stat(vm);
    match status(vm, &path, at(dir_fd), follow_symlinks) {
        Ok(st) => stat_result(vm, &st),
        Err(e) => Err(vm.errno_error(e, path.object, None)),
    }
}

/// Perform a stat system call on the given path, without following symbolic links.
#[pyfunction(module = "posix", sig = "(path, *, dir_fd=None)")]
pub fn lstat(vm: &Vm, path: Path, dir_fd: Option<DirFd>) -> PyResult {
    crate::io::flush_before_stat(vm);
    match status(vm, &path, at(dir_fd), false) {
        Ok(st) => stat_result(vm, &st),
        Err(e) => Err(vm.errno_error(e, path.object, None)),
    }
}

/// Perform a stat system call on the given file descriptor.
#[pyfunction(module = "posix", sig = "(fd)")]
pub fn fstat(vm: &Vm, fd: i32) -> PyResult {
    loop {
        match fd_status(vm, fd) {
            Ok(st) => return stat_result(vm, &st),
            Err(libc::EINTR) => vm.check_signals()?,
            Err(e) => return Err(crate::os::os_error(vm, e)),
        }
    }
}

fn statvfs_result(vm: &Vm, st: &libc::statvfs) -> PyResult {
    let items = [
        st.f_bsize,
        st.f_frsize,
        st.f_blocks,
        st.f_bfree,
        st.f_bavail,
        st.f_files,
        st.f_ffree,
        st.f_favail,
        st.f_flag,
        st.f_namemax,
        st.f_fsid,
    ]
    .map(|n| vm.new_uint(n));
    vm.new_structseq(&STATVFS_RESULT, &items)
}

/// Perform a statvfs system call on the given path.
#[pyfunction(module = "posix", sig = "(path)")]
pub fn statvfs(vm: &Vm, path: PathOrFd) -> PyResult {
    let mut st = MaybeUninit::<libc::statvfs>::zeroed();
    let result = match &path.target {
        Target::Fd(fd) => sys!(vm, fstatvfs(*fd, st.as_mut_ptr())),
        Target::Name(name) => sys!(vm, statvfs(name.as_ptr(), st.as_mut_ptr())),
    };
    result.check_path(vm, &path)?;
    // SAFETY: the call has filled it.
    statvfs_result(vm, &unsafe { st.assume_init() })
}

/// Perform an fstatvfs system call on the given fd.
#[pyfunction(module = "posix", sig = "(fd, /)")]
pub fn fstatvfs(vm: &Vm, fd: i32) -> PyResult {
    let mut st = MaybeUninit::<libc::statvfs>::zeroed();
    retrying(vm, || c!(fstatvfs(fd, st.as_mut_ptr())) as i64)?.check(vm)?;
    // SAFETY: the call has filled it.
    statvfs_result(vm, &unsafe { st.assume_init() })
}

/// Use the real uid/gid to test for access to a path.
#[pyfunction(
    module = "posix",
    sig = "(path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True)"
)]
pub fn access(
    vm: &Vm,
    path: Path,
    mode: i32,
    dir_fd: Option<DirFd>,
    effective_ids: bool,
    follow_symlinks: bool,
) -> bool {
    let mut flags = 0;
    if effective_ids {
        flags |= libc::AT_EACCESS;
    }
    if !follow_symlinks {
        flags |= AT_SYMLINK_NOFOLLOW;
    }
    sys!(vm, faccessat(at(dir_fd), path.ptr(), mode, flags)).is_ok()
}

/// Change the access permissions of a file.
#[pyfunction(module = "posix", sig = "(path, mode, *, dir_fd=None, follow_symlinks=True)")]
pub fn chmod(
    vm: &Vm,
    path: PathOrFd,
    mode: i32,
    dir_fd: Option<DirFd>,
    follow_symlinks: bool,
) -> PyResult<()> {
    let result: Sys = match &path.target {
        Target::Fd(fd) => {
            path.forbid_with_fd(vm, "chmod", dir_fd, follow_symlinks)?;
            sys!(vm, fchmod(*fd, mode as libc::mode_t))
        }
        Target::Name(name) => {
            let flags = if follow_symlinks { 0 } else { AT_SYMLINK_NOFOLLOW };
            let result = sys!(vm, fchmodat(at(dir_fd), name.as_ptr(), mode as libc::mode_t, flags));
            if !follow_symlinks && matches!(result, Err(libc::ENOTSUP)) {
                let message = if dir_fd.is_some() {
                    "chmod: cannot use dir_fd and follow_symlinks together"
                } else {
                    "chmod: follow_symlinks unavailable on this platform"
                };
                let class = if dir_fd.is_some() {
                    vm.exceptions.value_error
                } else {
                    vm.exceptions.not_implemented_error
                };
                return Err(vm.raise_message(class, message));
            }
            result
        }
    };
    result.check_path(vm, &path)?;
    Ok(())
}

/// Change the access permissions of the file given by file descriptor fd.
#[pyfunction(module = "posix", sig = "(fd, mode)")]
pub fn fchmod(vm: &Vm, fd: i32, mode: i32) -> PyResult<()> {
    crate::sys_retry!(vm, fchmod(fd, mode as libc::mode_t))?.check(vm)?;
    Ok(())
}

/// Change the owner and group id of path to the numeric uid and gid.
#[pyfunction(module = "posix", sig = "(path, uid, gid, *, dir_fd=None, follow_symlinks=True)")]
pub fn chown(
    vm: &Vm,
    path: PathOrFd,
    uid: crate::os::Uid,
    gid: crate::os::Gid,
    dir_fd: Option<DirFd>,
    follow_symlinks: bool,
) -> PyResult<()> {
    path.forbid_with_fd(vm, "chown", dir_fd, follow_symlinks)?;
    let flags = if follow_symlinks { 0 } else { AT_SYMLINK_NOFOLLOW };
    let result = match &path.target {
        Target::Fd(fd) => sys!(vm, fchown(*fd, uid.0, gid.0)),
        Target::Name(name) => sys!(vm, fchownat(at(dir_fd), name.as_ptr(), uid.0, gid.0, flags)),
    };
    result.check_path(vm, &path)?;
    Ok(())
}

/// Change the owner and group id of the file specified by file descriptor.
#[pyfunction(module = "posix", sig = "(fd, uid, gid)")]
pub fn fchown(vm: &Vm, fd: i32, uid: crate::os::Uid, gid: crate::os::Gid) -> PyResult<()> {
    crate::sys_retry!(vm, fchown(fd, uid.0, gid.0))?.check(vm)?;
    Ok(())
}

/// Change the owner and group id of path to the numeric uid and gid.
#[pyfunction(module = "posix", sig = "(path, uid, gid)")]
pub fn lchown(vm: &Vm, path: Path, uid: crate::os::Uid, gid: crate::os::Gid) -> PyResult<()> {
    sys!(vm, lchown(path.ptr(), uid.0, gid.0)).check_path(vm, &path)?;
    Ok(())
}

/// One of the two items of `ns`, split by `divmod` as CPython does.
fn split_ns(vm: &Vm, value: Value) -> PyResult<TimeSpec> {
    let out_of_range = || vm.overflow_error("timestamp out of range for platform time_t");
    if as_int(value).is_none() {
        // Whatever supports divmod is accepted.
        let pair = vm.call_method(value, "__divmod__", &[vm.new_int(BILLION)])?;
        let Some(pair) = pair.downcast::<Tuple>().filter(|p| p.len() == 2) else {
            let given = vm.type_of(value).name();
            return Err(
                vm.type_error(format!("unsupported operand type(s) for divmod(): '{given}' and 'int'"))
            );
        };
        let (s, ns) = (vm.index_i64(pair[0])?, vm.index_i64(pair[1])?);
        return Ok(TimeSpec { tv_sec: s, tv_nsec: ns });
    }
    let n = vm.index(value)?.to_int();
    let (q, r) = adder_numeric::int_arith::div_mod(&n, &Int::from_i128(BILLION as i128))
        .map_err(|e| vm.numeric_error(e))?;
    let seconds = q.to_i64().ok_or_else(out_of_range)?;
    Ok(TimeSpec { tv_sec: seconds, tv_nsec: r.to_i64().unwrap_or(0) })
}

/// Set the access and modified time of path.
#[pyfunction(
    module = "posix",
    sig = "(path, times=None, *, ns=<unrepresentable>, dir_fd=None, follow_symlinks=True)"
)]
pub fn utime(
    vm: &Vm,
    path: PathOrFd,
    times: Option<Value>,
    ns: Option<Value>,
    dir_fd: Option<DirFd>,
    follow_symlinks: bool,
) -> PyResult<()> {
    let times = times.filter(|t| !t.is_none());
    let pair = |v: Value| v.downcast::<Tuple>().filter(|t: &Gc<Tuple>| t.len() == 2);
    if times.is_some() && ns.is_some() {
        return Err(vm.value_error("utime: you may specify either 'times' or 'ns' but not both"));
    }
    let specs = match (times, ns) {
        (Some(times), _) => {
            let Some(pair) = pair(times) else {
                return Err(vm.type_error("utime: 'times' must be either a tuple of two ints or None"));
            };
            Some([timespec(vm, pair[0], Rounding::Floor)?, timespec(vm, pair[1], Rounding::Floor)?])
        }
        (None, Some(ns)) => {
            let Some(pair) = pair(ns) else {
                return Err(vm.type_error("utime: 'ns' must be a tuple of two ints"));
            };
            Some([split_ns(vm, pair[0])?, split_ns(vm, pair[1])?])
        }
        (None, None) => None,
    };
    path.forbid_with_fd(vm, "utime", dir_fd, follow_symlinks)?;
    let times = specs.as_ref().map_or(std::ptr::null(), |s| s.as_ptr());
    let flags = if follow_symlinks { 0 } else { AT_SYMLINK_NOFOLLOW };
    let result = match &path.target {
        Target::Fd(fd) => sys!(vm, futimens(*fd, times)),
        Target::Name(name) => sys!(vm, utimensat(at(dir_fd), name.as_ptr(), times, flags)),
    };
    result.check_path(vm, &path)?;
    Ok(())
}
