//! The `fcntl` module: operations on descriptors, and locks.

use crate::c;
use crate::os::{FileLike, Sys, os_error, retrying};
use adder_interp::buffer::{self, Buffer};
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::str::Str;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::special::Special;
use adder_macros::pymodule;

/// Largest structure that is copied in and out.
const ROOM: usize = 1024;
/// Lies behind the structure, to notice a kernel that writes more than it was given.
const GUARD: &[u8; 8] = b"\x00\xfa\x69\xc4\x67\xa3\x6c\x58";

/// The low bits of an int: C's arithmetic for flags that Python may write as negative or unsigned.
fn bits(vm: &Vm, value: Value) -> PyResult<u64> {
    Ok(adder_numeric::int_bits::low_bits(&vm.index(value)?.to_big()))
}

/// Calls with a copy of the bytes, and gives what the call made of them.
fn with_copy(vm: &Vm, function: &str, bytes: &[u8], mut call: impl FnMut(*mut u8) -> i64) -> PyResult {
    if bytes.len() > ROOM {
        return Err(vm.value_error(format!("{function} argument 3 is too long")));
    }
    let mut room = [0; ROOM + GUARD.len()];
    room[..bytes.len()].copy_from_slice(bytes);
    room[bytes.len()..bytes.len() + GUARD.len()].copy_from_slice(GUARD);
    let at = room.as_mut_ptr();
    raise(vm, retrying(vm, || call(at))?)?;
    if room[bytes.len()..bytes.len() + GUARD.len()] != GUARD[..] {
        return Err(vm.system_error("buffer overflow"));
    }
    Ok(vm.new_bytes(&room[..bytes.len()]))
}

fn raise(vm: &Vm, result: Sys) -> PyResult<i64> {
    result.map_err(|e| os_error(vm, e))
}

/// The third argument when it is no int: bytes, or text in UTF-8.
fn argument_bytes(vm: &Vm, function: &str, arg: Value) -> PyResult<Vec<u8>> {
    if let Some(text) = arg.downcast::<Str>() {
        return Ok(vm.utf8_text(text)?.into_bytes());
    }
    if buffer::supports(vm, arg) {
        return Ok(Buffer::simple(vm, arg)?.to_vec());
    }
    let given = vm.type_of(arg).name();
    let expected = "an integer, a bytes-like object, or a string";
    Err(vm.type_error(format!("{function}() argument 3 must be {expected}, not {given}")))
}

/// This module performs file control and I/O control on file
/// descriptors.  It is an interface to the fcntl() and ioctl() Unix
/// routines.  File descriptors can be obtained with the fileno() method of
/// a file or socket object.
#[pymodule(name = "fcntl")]
pub mod fcntl {
    use super::*;

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        for &(name, value) in CONSTANTS {
            dict.insert_str(&vm.heap, vm.intern(name), vm.new_int(value));
        }
        Ok(())
    }

    /// Perform the operation cmd on file descriptor fd.
    ///
    /// The values used for cmd are operating system dependent, and are
    /// available as constants in the fcntl module, using the same names as used
    /// in the relevant C header files.  The argument arg is optional, and
    /// defaults to 0; it may be an integer, a bytes-like object or a string.
    /// If arg is given as a string, it will be encoded to binary using the
    /// UTF-8 encoding.
    #[pyfunction(name = "fcntl", sig = "(fd, cmd, arg=0, /)")]
    fn fcntl_(vm: &Vm, fd: FileLike, cmd: i32, arg: Option<Value>) -> PyResult {
        let fd = fd.0;
        if let Some(arg) = arg
            && vm.special_of(arg, Special::Index).is_none()
        {
            let bytes = argument_bytes(vm, "fcntl", arg)?;
            return with_copy(vm, "fcntl", &bytes, |at| c!(fcntl(fd, cmd, at)) as i64);
        }
        let arg = arg.map_or(Ok(0), |arg| bits(vm, arg))? as u32;
        let result = retrying(vm, || c!(fcntl(fd, cmd, arg)) as i64)?;
        Ok(vm.new_int(raise(vm, result)?))
    }

    /// Perform the operation request on file descriptor fd.
    ///
    /// The argument is an integer, a bytes-like object or a string. A mutable buffer is changed in place unless
    /// mutate_flag is false; the result is then what the call returned. An immutable one is copied, and the result
    /// is a bytes object with the changes.
    #[pyfunction(sig = "(fd, request, arg=0, mutate_flag=True, /)")]
    fn ioctl(vm: &Vm, fd: FileLike, request: Value, arg: Option<Value>, mutate_flag: bool) -> PyResult {
        let (fd, request) = (fd.0, bits(vm, request)?);
        let Some(arg) = arg.filter(|&arg| vm.special_of(arg, Special::Index).is_none()) else {
            let arg = arg.map_or(Ok(0), |arg| bits(vm, arg))? as u32;
            let result = retrying(vm, || c!(ioctl(fd, request, arg)) as i64)?;
            return Ok(vm.new_int(raise(vm, result)?));
        };
        if mutate_flag && !arg.is::<Str>() && buffer::supports(vm, arg) {
            match Buffer::request(vm, arg, buffer::flags::WRITABLE) {
                Ok(buffer) if buffer.len() > ROOM => {
                    let at = buffer.view().data;
                    let result = retrying(vm, || c!(ioctl(fd, request, at)) as i64)?;
                    return Ok(vm.new_int(raise(vm, result)?));
                }
                Ok(buffer) => return ioctl_in_place(vm, fd, request, &buffer),
                Err(_) => {
                    vm.catch(vm.exceptions.buffer_error)?;
                }
            }
        }
        let bytes = argument_bytes(vm, "ioctl", arg)?;
        with_copy(vm, "ioctl", &bytes, |at| c!(ioctl(fd, request, at)) as i64)
    }

    /// Perform the lock operation on file descriptor fd.
    ///
    /// See the Unix manual page for flock(2) for details (On some systems, this
    /// function is emulated using fcntl()).
    #[pyfunction(sig = "(fd, operation, /)")]
    fn flock(vm: &Vm, fd: FileLike, operation: i32) -> PyResult<()> {
        let result = retrying(vm, || c!(flock(fd.0, operation)) as i64)?;
        raise(vm, result).map(drop)
    }

    /// A wrapper around the fcntl() locking calls.
    ///
    /// fd is the file descriptor of the file to lock or unlock, and operation
    /// is one of LOCK_UN, LOCK_SH, LOCK_EX, each perhaps with LOCK_NB. len bytes from start are locked; whence is as
    /// for lseek(); a len of 0 is up to the end of the file.
    #[pyfunction(sig = "(fd, cmd, len=0, start=0, whence=0, /)")]
    fn lockf(
        vm: &Vm,
        fd: FileLike,
        cmd: i32,
        len: Option<Value>,
        start: Option<Value>,
        whence: i32,
    ) -> PyResult<()> {
        let kind = match cmd {
            libc::LOCK_UN => libc::F_UNLCK,
            n if n & libc::LOCK_SH != 0 => libc::F_RDLCK,
            n if n & libc::LOCK_EX != 0 => libc::F_WRLCK,
            _ => return Err(vm.value_error("unrecognized lockf argument")),
        };
        // SAFETY: a plain struct.
        let mut lock: libc::flock = unsafe { std::mem::zeroed() };
        lock.l_type = kind as i16;
        lock.l_start = start.map_or(Ok(0), |v| vm.index_i64(v))?;
        lock.l_len = len.map_or(Ok(0), |v| vm.index_i64(v))?;
        lock.l_whence = whence as i16;
        let how = if cmd & libc::LOCK_NB != 0 { libc::F_SETLK } else { libc::F_SETLKW };
        let result = retrying(vm, || c!(fcntl(fd.0, how, &raw const lock)) as i64)?;
        raise(vm, result).map(drop)
    }
}

/// Calls with a copy of a small buffer and copies it back: the memory may not be larger than the kernel believes.
fn ioctl_in_place(vm: &Vm, fd: i32, request: u64, buffer: &Buffer) -> PyResult {
    let mut room = [0; ROOM + GUARD.len()];
    let n = buffer.len();
    room[..n].copy_from_slice(buffer);
    room[n..n + GUARD.len()].copy_from_slice(GUARD);
    let at = room.as_mut_ptr();
    let result = retrying(vm, || c!(ioctl(fd, request, at)) as i64)?;
    for (cell, &byte) in buffer.cells().iter().zip(&room[..n]) {
        cell.set(byte);
    }
    let result = raise(vm, result)?;
    if room[n..n + GUARD.len()] != GUARD[..] {
        return Err(vm.system_error("buffer overflow"));
    }
    Ok(vm.new_int(result))
}

/// Linux's numbers.
const CONSTANTS: &[(&str, i64)] = &[
    ("LOCK_SH", 1),
    ("LOCK_EX", 2),
    ("LOCK_NB", 4),
    ("LOCK_UN", 8),
    ("LOCK_MAND", 32),
    ("LOCK_READ", 64),
    ("LOCK_WRITE", 128),
    ("LOCK_RW", 192),
    ("F_DUPFD", 0),
    ("F_DUPFD_CLOEXEC", 1030),
    ("F_GETFD", 1),
    ("F_SETFD", 2),
    ("F_GETFL", 3),
    ("F_SETFL", 4),
    ("F_GETLK", 5),
    ("F_SETLK", 6),
    ("F_SETLKW", 7),
    ("F_OFD_GETLK", 36),
    ("F_OFD_SETLK", 37),
    ("F_OFD_SETLKW", 38),
    ("F_GETOWN", 9),
    ("F_SETOWN", 8),
    ("F_GETSIG", 11),
    ("F_SETSIG", 10),
    ("F_RDLCK", 0),
    ("F_WRLCK", 1),
    ("F_UNLCK", 2),
    ("F_GETLK64", 5),
    ("F_SETLK64", 6),
    ("F_SETLKW64", 7),
    ("FASYNC", 8192),
    ("F_SETLEASE", 1024),
    ("F_GETLEASE", 1025),
    ("F_NOTIFY", 1026),
    ("F_DUPFD_QUERY", 1027),
    ("F_EXLCK", 4),
    ("F_SHLCK", 8),
    ("F_SETPIPE_SZ", 1031),
    ("F_GETPIPE_SZ", 1032),
    ("FICLONE", 1074041865),
    ("FICLONERANGE", 1075876877),
    ("F_GETOWN_EX", 16),
    ("F_SETOWN_EX", 15),
    ("F_OWNER_TID", 0),
    ("F_OWNER_PID", 1),
    ("F_OWNER_PGRP", 2),
    ("F_GET_RW_HINT", 1035),
    ("F_SET_RW_HINT", 1036),
    ("F_GET_FILE_RW_HINT", 1037),
    ("F_SET_FILE_RW_HINT", 1038),
    ("RWH_WRITE_LIFE_NOT_SET", 0),
    ("RWH_WRITE_LIFE_NONE", 1),
    ("RWH_WRITE_LIFE_SHORT", 2),
    ("RWH_WRITE_LIFE_MEDIUM", 3),
    ("RWH_WRITE_LIFE_LONG", 4),
    ("RWH_WRITE_LIFE_EXTREME", 5),
    ("FD_CLOEXEC", 1),
    ("DN_ACCESS", 1),
    ("DN_MODIFY", 2),
    ("DN_CREATE", 4),
    ("DN_DELETE", 8),
    ("DN_RENAME", 16),
    ("DN_ATTRIB", 32),
    ("DN_MULTISHOT", 2147483648),
    ("F_ADD_SEALS", 1033),
    ("F_GET_SEALS", 1034),
    ("F_SEAL_SEAL", 1),
    ("F_SEAL_SHRINK", 2),
    ("F_SEAL_GROW", 4),
    ("F_SEAL_WRITE", 8),
    ("F_SEAL_FUTURE_WRITE", 16),
];
