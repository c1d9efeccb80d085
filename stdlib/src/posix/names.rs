//! Making, renaming and removing files and directories; the working directory; pure functions of path names.

use crate::os::{Checked, DirFd, FileLike, Path, PathOrFd, PathText, Target, at, fspath as path_text};
use crate::{c, sys, sys_retry};
use adder_interp::native::{FromArg, args::ArgRef};
use adder_interp::object::bytes::Bytes;
use adder_interp::object::header::Gc;
use adder_interp::object::str::Str;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::pyfunction;
use libc::mode_t;

/// Return a string representing the current working directory.
#[pyfunction(module = "posix")]
pub fn getcwd(vm: &Vm) -> PyResult {
    Ok(vm.fs_decode(&current_directory(vm)?).value())
}

/// Return bytes representing the current working directory.
#[pyfunction(module = "posix")]
pub fn getcwdb(vm: &Vm) -> PyResult {
    Ok(vm.new_bytes(&current_directory(vm)?))
}

fn current_directory(vm: &Vm) -> PyResult<Vec<u8>> {
    use std::os::unix::ffi::OsStringExt;
    let result = vm.allow_threads(std::env::current_dir);
    result.map(|p| p.into_os_string().into_vec()).map_err(|e| vm.io_error(&e, None))
}

/// Change the current working directory to the specified path.
#[pyfunction(module = "posix", sig = "(path)")]
pub fn chdir(vm: &Vm, path: PathOrFd) -> PyResult<()> {
    let result = match &path.target {
        Target::Fd(fd) => sys!(vm, fchdir(*fd)),
        Target::Name(name) => sys!(vm, chdir(name.as_ptr())),
    };
    result.check_path(vm, &path)?;
    Ok(())
}

/// Change to the directory of the given file descriptor.
#[pyfunction(module = "posix", sig = "(fd)")]
pub fn fchdir(vm: &Vm, fd: FileLike) -> PyResult<()> {
    sys_retry!(vm, fchdir(fd.0))?.check(vm)?;
    Ok(())
}

/// Change root directory to path.
#[pyfunction(module = "posix", sig = "(path)")]
pub fn chroot(vm: &Vm, path: Path) -> PyResult<()> {
    sys!(vm, chroot(path.ptr())).check_path(vm, &path)?;
    Ok(())
}

/// Create a directory.
#[pyfunction(module = "posix", sig = "(path, mode=511, *, dir_fd=None)")]
pub fn mkdir(vm: &Vm, path: Path, mode: i32, dir_fd: Option<DirFd>) -> PyResult<()> {
    sys!(vm, mkdirat(at(dir_fd), path.ptr(), mode as mode_t)).check_path(vm, &path)?;
    Ok(())
}

/// Create a "fifo" (a POSIX named pipe).
#[pyfunction(module = "posix", sig = "(path, mode=438, *, dir_fd=None)")]
pub fn mkfifo(vm: &Vm, path: Path, mode: i32, dir_fd: Option<DirFd>) -> PyResult<()> {
    sys_retry!(vm, mkfifoat(at(dir_fd), path.ptr(), mode as mode_t))?.check_path(vm, &path)?;
    Ok(())
}

/// Create a node in the file system.
#[pyfunction(module = "posix", sig = "(path, mode=384, device=0, *, dir_fd=None)")]
pub fn mknod(vm: &Vm, path: Path, mode: i32, device: Option<Device>, dir_fd: Option<DirFd>) -> PyResult<()> {
    let device = device.map_or(0, |d| d.0);
    sys_retry!(vm, mknodat(at(dir_fd), path.ptr(), mode as mode_t, device))?.check_path(vm, &path)?;
    Ok(())
}

/// A device number; -1 is "none".
pub struct Device(pub u64);

impl FromArg for Device {
    fn from_arg(vm: &Vm, value: Value, at: ArgRef) -> PyResult<Self> {
        if value.as_small_int() == Some(-1) {
            return Ok(Device(u64::MAX));
        }
        u64::from_arg(vm, value, at).map(Device)
    }
}

/// Extracts a device major number from a raw device number.
#[pyfunction(module = "posix", sig = "(device, /)")]
pub fn major(device: Device) -> i64 {
    if device.0 == u64::MAX { -1 } else { libc::major(device.0) as i64 }
}

/// Extracts a device minor number from a raw device number.
#[pyfunction(module = "posix", sig = "(device, /)")]
pub fn minor(device: Device) -> i64 {
    if device.0 == u64::MAX { -1 } else { libc::minor(device.0) as i64 }
}

/// Composes a raw device number from the major and minor device numbers.
#[pyfunction(module = "posix", sig = "(major, minor, /)")]
pub fn makedev(vm: &Vm, major: Device, minor: Device) -> PyResult {
    if major.0 == u64::MAX && minor.0 == u64::MAX {
        return Ok(vm.new_int(-1));
    }
    let (Ok(major), Ok(minor)) = (u32::try_from(major.0), u32::try_from(minor.0)) else {
        return Err(vm.overflow_error("Python int too large for C unsigned int"));
    };
    Ok(vm.new_uint(libc::makedev(major, minor)))
}

/// Remove a directory.
#[pyfunction(module = "posix", sig = "(path, *, dir_fd=None)")]
pub fn rmdir(vm: &Vm, path: Path, dir_fd: Option<DirFd>) -> PyResult<()> {
    sys!(vm, unlinkat(at(dir_fd), path.ptr(), libc::AT_REMOVEDIR)).check_path(vm, &path)?;
    Ok(())
}

fn unlink_at(vm: &Vm, path: &Path, dir_fd: Option<DirFd>) -> PyResult<()> {
    sys!(vm, unlinkat(at(dir_fd), path.ptr(), 0)).check_path(vm, path)?;
    Ok(())
}

/// Remove a file (same as remove()).
#[pyfunction(module = "posix", sig = "(path, *, dir_fd=None)")]
pub fn unlink(vm: &Vm, path: Path, dir_fd: Option<DirFd>) -> PyResult<()> {
    unlink_at(vm, &path, dir_fd)
}

/// Remove a file (same as unlink()).
#[pyfunction(module = "posix", sig = "(path, *, dir_fd=None)")]
pub fn remove(vm: &Vm, path: Path, dir_fd: Option<DirFd>) -> PyResult<()> {
    unlink_at(vm, &path, dir_fd)
}

fn rename_at(
    vm: &Vm,
    src: &Path,
    dst: &Path,
    src_dir: Option<DirFd>,
    dst_dir: Option<DirFd>,
) -> PyResult<()> {
    crate::io::flush_before_open(vm);
    sys!(vm, renameat(at(src_dir), src.ptr(), at(dst_dir), dst.ptr())).check_paths(vm, src, dst)?;
    Ok(())
}

/// Rename a file or directory.
#[pyfunction(module = "posix", sig = "(src, dst, *, src_dir_fd=None, dst_dir_fd=None)")]
pub fn rename(
    vm: &Vm,
    src: Path,
    dst: Path,
    src_dir_fd: Option<DirFd>,
    dst_dir_fd: Option<DirFd>,
) -> PyResult<()> {
    rename_at(vm, &src, &dst, src_dir_fd, dst_dir_fd)
}

/// Rename a file or directory, overwriting the destination.
#[pyfunction(module = "posix", sig = "(src, dst, *, src_dir_fd=None, dst_dir_fd=None)")]
pub fn replace(
    vm: &Vm,
    src: Path,
    dst: Path,
    src_dir_fd: Option<DirFd>,
    dst_dir_fd: Option<DirFd>,
) -> PyResult<()> {
    rename_at(vm, &src, &dst, src_dir_fd, dst_dir_fd)
}

/// Create a hard link to a file.
#[pyfunction(module = "posix", sig = "(src, dst, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks=True)")]
pub fn link(
    vm: &Vm,
    src: Path,
    dst: Path,
    src_dir_fd: Option<DirFd>,
    dst_dir_fd: Option<DirFd>,
    follow_symlinks: Option<bool>,
) -> PyResult<()> {
    // Linux does not follow a link unless told to, and neither does CPython there.
    let flags = if follow_symlinks == Some(true) { libc::AT_SYMLINK_FOLLOW } else { 0 };
    sys!(vm, linkat(at(src_dir_fd), src.ptr(), at(dst_dir_fd), dst.ptr(), flags))
        .check_paths(vm, &src, &dst)?;
    Ok(())
}

/// Create a symbolic link pointing to src named dst.
#[pyfunction(module = "posix", sig = "(src, dst, target_is_directory=False, *, dir_fd=None)")]
pub fn symlink(
    vm: &Vm,
    src: Path,
    dst: Path,
    target_is_directory: bool,
    dir_fd: Option<DirFd>,
) -> PyResult<()> {
    let _ = target_is_directory;
    sys!(vm, symlinkat(src.ptr(), at(dir_fd), dst.ptr())).check_paths(vm, &src, &dst)?;
    Ok(())
}

/// Return a string representing the path to which the symbolic link points.
#[pyfunction(module = "posix", sig = "(path, *, dir_fd=None)")]
pub fn readlink(vm: &Vm, path: Path, dir_fd: Option<DirFd>) -> PyResult {
    let mut buffer = [0u8; libc::PATH_MAX as usize + 1];
    let n = sys!(vm, readlinkat(at(dir_fd), path.ptr(), buffer.as_mut_ptr().cast(), buffer.len() - 1))
        .check_path(vm, &path)?;
    Ok(path.result(vm, &buffer[..n as usize]))
}

/// Truncate a file, specified by path, to a specific length.
#[pyfunction(module = "posix", sig = "(path, length)")]
pub fn truncate(vm: &Vm, path: PathOrFd, length: i64) -> PyResult<()> {
    let result = match &path.target {
        Target::Fd(fd) => sys!(vm, ftruncate(*fd, length)),
        Target::Name(name) => sys!(vm, truncate(name.as_ptr(), length)),
    };
    result.check_path(vm, &path)?;
    Ok(())
}

/// Return the file system path representation of the object.
#[pyfunction(module = "posix", sig = "(path)")]
pub fn fspath(vm: &Vm, path: Value) -> PyResult {
    Ok(match path_text(vm, path)? {
        PathText::Str(text) => text.value(),
        PathText::Bytes(bytes) => bytes.value(),
    })
}

/// A path as code points or bytes, and how to make its parts.
enum Parts {
    Str(Gc<Str>),
    Bytes(Gc<Bytes>),
}

impl Parts {
    fn len(&self) -> usize {
        match self {
            Parts::Str(s) => s.len(),
            Parts::Bytes(b) => b.len(),
        }
    }
    fn at(&self, i: usize) -> u32 {
        match self {
            Parts::Str(s) => s.char_at(i),
            Parts::Bytes(b) => b[i] as u32,
        }
    }
    fn build(&self, vm: &Vm, points: &[u32]) -> Value {
        match self {
            Parts::Str(_) => Str::from_code_points(&vm.heap, points).value(),
            Parts::Bytes(_) => {
                let bytes: Vec<u8> = points.iter().map(|&c| c as u8).collect();
                vm.new_bytes(&bytes)
            }
        }
    }
    fn points(&self) -> Vec<u32> {
        (0..self.len()).map(|i| self.at(i)).collect()
    }
}

fn parts(vm: &Vm, path: Value) -> PyResult<Parts> {
    Ok(match path_text(vm, path)? {
        PathText::Str(text) => Parts::Str(text),
        PathText::Bytes(bytes) => Parts::Bytes(bytes),
    })
}

const SLASH: u32 = b'/' as u32;

/// How many leading slashes are the root: two are special to POSIX, three are one.
fn root_length(points: &[u32]) -> usize {
    match points.iter().take_while(|&&c| c == SLASH).count() {
        0 => 0,
        2 => 2,
        _ => 1,
    }
}

/// Split a pathname into drive, root and tail.
#[pyfunction(module = "posix", name = "_path_splitroot_ex", sig = "(p)")]
pub fn path_splitroot_ex(vm: &Vm, p: Value) -> PyResult {
    let parts = parts(vm, p)?;
    let points = parts.points();
    let root = root_length(&points);
    let items = [parts.build(vm, &[]), parts.build(vm, &points[..root]), parts.build(vm, &points[root..])];
    Ok(vm.new_tuple(&items))
}

/// Normalize path, eliminating double slashes, etc.
#[pyfunction(module = "posix", name = "_path_normpath", sig = "(path)")]
pub fn path_normpath(vm: &Vm, path: Value) -> PyResult {
    let parts = parts(vm, path)?;
    let points = parts.points();
    let root = root_length(&points);
    let dots: [&[u32]; 2] = [&[b'.' as u32], &[b'.' as u32, b'.' as u32]];
    let mut kept: Vec<&[u32]> = Vec::new();
    for part in points[root..].split(|&c| c == SLASH) {
        if part.is_empty() || part == dots[0] {
            continue;
        }
        if part == dots[1]
            && (kept.last().is_some_and(|last| *last != dots[1]) || (kept.is_empty() && root > 0))
        {
            kept.pop();
        } else {
            kept.push(part);
        }
    }
    let mut out = points[..root].to_vec();
    for (i, part) in kept.iter().enumerate() {
        if i > 0 {
            out.push(SLASH);
        }
        out.extend_from_slice(part);
    }
    if out.is_empty() {
        out.push(b'.' as u32);
    }
    Ok(parts.build(vm, &out))
}

/// Set the current numeric umask and return the previous umask.
#[pyfunction(module = "posix", sig = "(mask, /)")]
pub fn umask(mask: i32) -> i32 {
    c!(umask(mask as mode_t)) as i32
}
