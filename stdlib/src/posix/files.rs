//! Open files: descriptors, reading, writing, seeking, pipes.

use crate::buf::{Buffer, WritableBuffer};
use crate::os::{Checked, DirFd, FileLike, Path, at, direct, os_error, set_inheritable};
use crate::{c, sys, sys_retry};
use adder_interp::heap::GcVec;
use adder_interp::native::{FromArg, args::ArgRef};
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::pyfunction;
use libc::off_t;

/// Open a file for low level IO.  Returns a file descriptor (integer).
#[pyfunction(module = "posix", sig = "(path, flags, mode=511, *, dir_fd=None)")]
pub fn open(vm: &Vm, path: Path, flags: i32, mode: i32, dir_fd: Option<DirFd>) -> PyResult<i64> {
    crate::io::flush_before_open(vm);
    let flags = flags | libc::O_CLOEXEC;
    sys_retry!(vm, openat(at(dir_fd), path.ptr(), flags, mode as libc::c_uint))?.check_path(vm, &path)
}

/// Close a file descriptor.
#[pyfunction(module = "posix", sig = "(fd)")]
pub fn close(vm: &Vm, fd: i32) -> PyResult<()> {
    sys!(vm, close(fd)).check(vm)?;
    Ok(())
}

/// Closes all file descriptors in [fd_low, fd_high), ignoring errors.
#[pyfunction(module = "posix", sig = "(fd_low, fd_high, /)")]
pub fn closerange(vm: &Vm, fd_low: i32, fd_high: i32) {
    vm.allow_threads(|| close_range(fd_low.max(0), fd_high));
}

/// Closes the descriptors `low..high`.
pub fn close_range(low: i32, high: i32) {
    if low >= high {
        return;
    }
    let last = high - 1;
    // SAFETY: plain numbers; old kernels refuse the call.
    if unsafe { libc::syscall(libc::SYS_close_range, low, last, 0) } == 0 {
        return;
    }
    let limit = match c!(sysconf(libc::_SC_OPEN_MAX)) {
        n if n > 0 => last.min(n as i32),
        _ => last,
    };
    for fd in low..=limit {
        c!(close(fd));
    }
}

/// Return a duplicate of a file descriptor.
#[pyfunction(module = "posix", sig = "(fd, /)")]
pub fn dup(vm: &Vm, fd: i32) -> PyResult<i64> {
    direct(|| c!(fcntl(fd, libc::F_DUPFD_CLOEXEC, 0)) as i64).check(vm)
}

/// Duplicate file descriptor.
#[pyfunction(module = "posix", sig = "(fd, fd2, inheritable=True)")]
pub fn dup2(vm: &Vm, fd: i32, fd2: i32, inheritable: bool) -> PyResult<i32> {
    if fd < 0 || fd2 < 0 {
        return Err(os_error(vm, libc::EBADF));
    }
    if inheritable || fd == fd2 {
        sys!(vm, dup2(fd, fd2)).check(vm)?;
        if !inheritable {
            set_inheritable(vm, fd2, false)?;
        }
    } else {
        sys!(vm, dup3(fd, fd2, libc::O_CLOEXEC)).check(vm)?;
    }
    Ok(fd2)
}

/// Read from a file descriptor.  Returns a bytes object.
#[pyfunction(module = "posix", sig = "(fd, length, /)")]
pub fn read(vm: &Vm, fd: i32, length: isize) -> PyResult {
    let mut buffer = room(vm, length)?;
    let n = sys_retry!(vm, read(fd, buffer.as_mut_ptr().cast(), buffer.len()))?.check(vm)?;
    Ok(vm.new_bytes(&buffer[..n as usize]))
}

/// A buffer to read into; EINVAL for a negative size.
fn room(vm: &Vm, length: isize) -> PyResult<Vec<u8>> {
    let length = usize::try_from(length).map_err(|_| os_error(vm, libc::EINVAL))?.min(0x7fff_f000);
    let mut buffer = Vec::new();
    if buffer.try_reserve_exact(length).is_err() {
        return Err(vm.raise_class(vm.exceptions.memory_error, &[]));
    }
    buffer.resize(length, 0);
    Ok(buffer)
}

/// Read into a buffer object from a file descriptor.
#[pyfunction(module = "posix", sig = "(fd, buffer, /)")]
pub fn readinto(vm: &Vm, fd: i32, buffer: WritableBuffer) -> PyResult<i64> {
    let cells = buffer.cells();
    sys_retry!(vm, read(fd, cells.as_ptr() as *mut libc::c_void, cells.len()))?.check(vm)
}

/// Write a bytes object to a file descriptor.
#[pyfunction(module = "posix", sig = "(fd, data, /)")]
pub fn write(vm: &Vm, fd: i32, data: Buffer) -> PyResult<i64> {
    let (ptr, len) = (data.as_ptr(), data.len().min(0x7fff_f000));
    sys_retry!(vm, write(fd, ptr.cast(), len))?.check(vm)
}

/// Read a number of bytes from a file descriptor starting at a particular offset.
#[pyfunction(module = "posix", sig = "(fd, length, offset, /)")]
pub fn pread(vm: &Vm, fd: i32, length: i32, offset: off_t) -> PyResult {
    let mut buffer = room(vm, length as isize)?;
    let n = sys_retry!(vm, pread(fd, buffer.as_mut_ptr().cast(), buffer.len(), offset))?.check(vm)?;
    Ok(vm.new_bytes(&buffer[..n as usize]))
}

/// Write bytes to a file descriptor starting at a particular offset.
#[pyfunction(module = "posix", sig = "(fd, buffer, offset, /)")]
pub fn pwrite(vm: &Vm, fd: i32, buffer: Buffer, offset: off_t) -> PyResult<i64> {
    let (ptr, len) = (buffer.as_ptr(), buffer.len());
    sys_retry!(vm, pwrite(fd, ptr.cast(), len, offset))?.check(vm)
}

/// Buffers of a scattered read or gathered write, with the vectors that describe them.
struct Vectors<T> {
    /// Keeps the exporters alive.
    _items: GcVec,
    _buffers: Vec<T>,
    iov: Vec<libc::iovec>,
}

fn vectors<T>(
    vm: &Vm,
    function: &str,
    values: Value,
    get: impl Fn(&Vm, Value) -> PyResult<(T, *mut u8, usize)>,
) -> PyResult<Vectors<T>> {
    if !vm.is_sequence(values) {
        return Err(vm.type_error(format!("{function}() arg 2 must be a sequence")));
    }
    let items = vm.collect(values)?;
    let (mut buffers, mut iov) = (Vec::with_capacity(items.len()), Vec::with_capacity(items.len()));
    for &item in items.iter() {
        let (buffer, data, len) = get(vm, item)?;
        iov.push(libc::iovec { iov_base: data.cast(), iov_len: len });
        buffers.push(buffer);
    }
    Ok(Vectors { _items: items, _buffers: buffers, iov })
}

fn writable(vm: &Vm, function: &str, values: Value) -> PyResult<Vectors<WritableBuffer>> {
    vectors(vm, function, values, |vm, v| {
        let buffer = crate::buf::writable(vm, v)?;
        let cells = buffer.cells();
        let (data, len) = (cells.as_ptr() as *mut u8, cells.len());
        Ok((buffer, data, len))
    })
}

fn readable(vm: &Vm, function: &str, values: Value) -> PyResult<Vectors<Buffer>> {
    vectors(vm, function, values, |vm, v| {
        let buffer = Buffer::simple(vm, v)?;
        let (data, len) = (buffer.as_ptr() as *mut u8, buffer.len());
        Ok((buffer, data, len))
    })
}

/// Read from a file descriptor fd into an iterable of buffers.
#[pyfunction(module = "posix", sig = "(fd, buffers, /)")]
pub fn readv(vm: &Vm, fd: i32, buffers: Value) -> PyResult<i64> {
    let v = writable(vm, "readv", buffers)?;
    sys_retry!(vm, readv(fd, v.iov.as_ptr(), v.iov.len() as i32))?.check(vm)
}

/// Iterate over buffers, and write the contents of each to a file descriptor.
#[pyfunction(module = "posix", sig = "(fd, buffers, /)")]
pub fn writev(vm: &Vm, fd: i32, buffers: Value) -> PyResult<i64> {
    let v = readable(vm, "writev", buffers)?;
    sys_retry!(vm, writev(fd, v.iov.as_ptr(), v.iov.len() as i32))?.check(vm)
}

/// Reads from a file descriptor into a number of mutable bytes-like objects, starting at an offset.
#[pyfunction(module = "posix", sig = "(fd, buffers, offset, flags=0, /)")]
pub fn preadv(vm: &Vm, fd: i32, buffers: Value, offset: off_t, flags: i32) -> PyResult<i64> {
    let v = writable(vm, "preadv", buffers)?;
    sys_retry!(vm, preadv2(fd, v.iov.as_ptr(), v.iov.len() as i32, offset, flags))?.check(vm)
}

/// Writes the contents of bytes-like objects to a file descriptor at a given offset.
#[pyfunction(module = "posix", sig = "(fd, buffers, offset, flags=0, /)")]
pub fn pwritev(vm: &Vm, fd: i32, buffers: Value, offset: off_t, flags: i32) -> PyResult<i64> {
    let v = readable(vm, "pwritev", buffers)?;
    sys_retry!(vm, pwritev2(fd, v.iov.as_ptr(), v.iov.len() as i32, offset, flags))?.check(vm)
}

/// Set the position of a file descriptor.  Return the new position.
#[pyfunction(module = "posix", sig = "(fd, position, whence, /)")]
pub fn lseek(vm: &Vm, fd: i32, position: off_t, whence: i32) -> PyResult<i64> {
    sys!(vm, lseek(fd, position, whence)).check(vm)
}

/// Return True if the fd is connected to a terminal.
#[pyfunction(module = "posix", sig = "(fd, /)")]
pub fn isatty(vm: &Vm, fd: i32) -> bool {
    vm.allow_threads(|| c!(isatty(fd)) == 1)
}

/// Truncate a file, specified by file descriptor, to a specific length.
#[pyfunction(module = "posix", sig = "(fd, length, /)")]
pub fn ftruncate(vm: &Vm, fd: i32, length: off_t) -> PyResult<()> {
    sys_retry!(vm, ftruncate(fd, length))?.check(vm)?;
    Ok(())
}

/// Force write of fd to disk.
#[pyfunction(module = "posix", sig = "(fd)")]
pub fn fsync(vm: &Vm, fd: FileLike) -> PyResult<()> {
    sys_retry!(vm, fsync(fd.0))?.check(vm)?;
    Ok(())
}

/// Force write of fd to disk without forcing update of metadata.
#[pyfunction(module = "posix", sig = "(fd)")]
pub fn fdatasync(vm: &Vm, fd: FileLike) -> PyResult<()> {
    sys_retry!(vm, fdatasync(fd.0))?.check(vm)?;
    Ok(())
}

/// Force write of everything to disk.
#[pyfunction(module = "posix")]
pub fn sync(vm: &Vm) {
    vm.allow_threads(|| c!(sync()));
}

/// Apply, test or remove a POSIX lock on an open file descriptor.
#[pyfunction(module = "posix", sig = "(fd, command, length, /)")]
pub fn lockf(vm: &Vm, fd: i32, command: i32, length: off_t) -> PyResult<()> {
    sys_retry!(vm, lockf(fd, command, length))?.check(vm)?;
    Ok(())
}

/// Create a pipe: (read_fd, write_fd).
#[pyfunction(module = "posix")]
pub fn pipe(vm: &Vm) -> PyResult<(i32, i32)> {
    make_pipe(vm, libc::O_CLOEXEC)
}

/// Create a pipe with flags set atomically.
#[pyfunction(module = "posix", sig = "(flags, /)")]
pub fn pipe2(vm: &Vm, flags: i32) -> PyResult<(i32, i32)> {
    make_pipe(vm, flags)
}

fn make_pipe(vm: &Vm, flags: i32) -> PyResult<(i32, i32)> {
    let mut ends = [0; 2];
    direct(|| c!(pipe2(ends.as_mut_ptr(), flags)) as i64).check(vm)?;
    Ok((ends[0], ends[1]))
}

/// Get the close-on-exe flag of the specified file descriptor.
#[pyfunction(module = "posix", sig = "(fd, /)")]
pub fn get_inheritable(vm: &Vm, fd: i32) -> PyResult<bool> {
    let flags = direct(|| c!(fcntl(fd, libc::F_GETFD)) as i64).check(vm)?;
    Ok(flags as i32 & libc::FD_CLOEXEC == 0)
}

/// Set the inheritable flag of the specified file descriptor.
#[pyfunction(module = "posix", name = "set_inheritable", sig = "(fd, inheritable, /)")]
pub fn set_inheritable_flag(vm: &Vm, fd: i32, inheritable: i32) -> PyResult<()> {
    set_inheritable(vm, fd, inheritable != 0)
}

/// Get the blocking mode of the file descriptor.
#[pyfunction(module = "posix", sig = "(fd, /)")]
pub fn get_blocking(vm: &Vm, fd: i32) -> PyResult<bool> {
    let flags = direct(|| c!(fcntl(fd, libc::F_GETFL)) as i64).check(vm)?;
    Ok(flags as i32 & libc::O_NONBLOCK == 0)
}

/// Set the blocking mode of the specified file descriptor.
#[pyfunction(module = "posix", sig = "(fd, blocking, /)")]
pub fn set_blocking(vm: &Vm, fd: i32, blocking: bool) -> PyResult<()> {
    let flags = direct(|| c!(fcntl(fd, libc::F_GETFL)) as i64).check(vm)? as i32;
    let wanted = if blocking { flags & !libc::O_NONBLOCK } else { flags | libc::O_NONBLOCK };
    direct(|| c!(fcntl(fd, libc::F_SETFL, wanted)) as i64).check(vm)?;
    Ok(())
}

/// A byte count that may not be negative.
pub struct Count(pub usize);

impl FromArg for Count {
    fn from_arg(vm: &Vm, value: Value, at: ArgRef) -> PyResult<Self> {
        let n = isize::from_arg(vm, value, at)?;
        let name = at.parameter();
        usize::try_from(n)
            .map(Count)
            .map_err(|_| vm.value_error(format!("negative value for '{name}' not allowed")))
    }
}

/// Copy count bytes from file descriptor in_fd to file descriptor out_fd.
#[pyfunction(module = "posix", sig = "(out_fd, in_fd, offset, count)")]
pub fn sendfile(vm: &Vm, out_fd: i32, in_fd: i32, offset: Value, count: Count) -> PyResult<i64> {
    if offset.is_none() {
        return sys_retry!(vm, sendfile(out_fd, in_fd, std::ptr::null_mut(), count.0))?.check(vm);
    }
    let mut offset: off_t = vm.index_i64(offset)?;
    sys_retry!(vm, sendfile(out_fd, in_fd, &mut offset, count.0))?.check(vm)
}

fn offset_of(vm: &Vm, value: Option<Value>) -> PyResult<Option<i64>> {
    value.filter(|v| !v.is_none()).map(|v| vm.index_i64(v)).transpose()
}

fn pointer(offset: &mut Option<i64>) -> *mut i64 {
    offset.as_mut().map_or(std::ptr::null_mut(), |o| o)
}

/// Copy count bytes from one file descriptor to another.
#[pyfunction(module = "posix", sig = "(src, dst, count, offset_src=None, offset_dst=None)")]
pub fn copy_file_range(
    vm: &Vm,
    src: i32,
    dst: i32,
    count: Count,
    offset_src: Option<Value>,
    offset_dst: Option<Value>,
) -> PyResult<i64> {
    let (mut from, mut to) = (offset_of(vm, offset_src)?, offset_of(vm, offset_dst)?);
    let (from, to) = (pointer(&mut from), pointer(&mut to));
    sys_retry!(vm, copy_file_range(src, from, dst, to, count.0, 0))?.check(vm)
}

/// Transfer count bytes from one pipe to a descriptor or vice versa.
#[pyfunction(module = "posix", sig = "(src, dst, count, offset_src=None, offset_dst=None, flags=0)")]
pub fn splice(
    vm: &Vm,
    src: i32,
    dst: i32,
    count: Count,
    offset_src: Option<Value>,
    offset_dst: Option<Value>,
    flags: u32,
) -> PyResult<i64> {
    let (mut from, mut to) = (offset_of(vm, offset_src)?, offset_of(vm, offset_dst)?);
    let (from, to) = (pointer(&mut from), pointer(&mut to));
    sys_retry!(vm, splice(src, from, dst, to, count.0, flags))?.check(vm)
}

/// The calls that return the error number.
fn returned(vm: &Vm, mut call: impl FnMut() -> i32) -> PyResult<()> {
    loop {
        match vm.allow_threads(&mut call) {
            0 => return Ok(()),
            libc::EINTR => vm.check_signals()?,
            e => return Err(os_error(vm, e)),
        }
    }
}

/// Ensure a file has allocated at least a particular number of bytes on disk.
#[pyfunction(module = "posix", sig = "(fd, offset, length, /)")]
pub fn posix_fallocate(vm: &Vm, fd: i32, offset: off_t, length: off_t) -> PyResult<()> {
    returned(vm, || c!(posix_fallocate(fd, offset, length)))
}

/// Announce an intention to access data in a specific pattern.
#[pyfunction(module = "posix", sig = "(fd, offset, length, advice, /)")]
pub fn posix_fadvise(vm: &Vm, fd: i32, offset: off_t, length: off_t, advice: i32) -> PyResult<()> {
    returned(vm, || c!(posix_fadvise(fd, offset, length, advice)))
}

/// Create an anonymous file in memory.
#[pyfunction(module = "posix", sig = "(name, flags=MFD_CLOEXEC)")]
pub fn memfd_create(vm: &Vm, name: crate::os::FsString, flags: Option<u32>) -> PyResult<i64> {
    let flags = flags.unwrap_or(libc::MFD_CLOEXEC);
    sys!(vm, memfd_create(name.0.as_ptr(), flags)).check(vm)
}

/// Creates and returns an event notification file descriptor.
#[pyfunction(module = "posix", sig = "(initval, flags=EFD_CLOEXEC)")]
pub fn eventfd(vm: &Vm, initval: u32, flags: Option<i32>) -> PyResult<i64> {
    let flags = flags.unwrap_or(libc::EFD_CLOEXEC);
    sys!(vm, eventfd(initval, flags)).check(vm)
}

/// Read eventfd value
#[pyfunction(module = "posix", sig = "(fd)")]
pub fn eventfd_read(vm: &Vm, fd: FileLike) -> PyResult<u64> {
    let mut value = 0u64;
    sys!(vm, eventfd_read(fd.0, &mut value)).check(vm)?;
    Ok(value)
}

/// Write eventfd value.
#[pyfunction(module = "posix", sig = "(fd, value)")]
pub fn eventfd_write(vm: &Vm, fd: FileLike, value: u64) -> PyResult<()> {
    sys!(vm, eventfd_write(fd.0, value)).check(vm)?;
    Ok(())
}
