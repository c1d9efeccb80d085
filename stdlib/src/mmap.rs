//! The `mmap` module: files, and memory of nobody's, as mutable bytes.
//!
//! The calls of the C library are made directly: Python hands over any flags and protection, grows mappings in place and
//! shares them with child processes, which wrappers of `mmap` do not offer.
//!
//! A mapping that lends its memory (`memoryview(m)`) can neither be closed nor resized. Bytes are copied in and out with
//! the GIL held; another process may still change them at any time.

use crate::buf::Buffer;
use crate::c;
use crate::os::{Checked, direct, last_error};
use adder_interp::buffer::{BufferProcs, ExportCount, View};
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::int::as_int;
use adder_interp::object::native::Native;
use adder_interp::object::slice::Slice;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::special::Special;
use adder_interp::vm::subscript::SliceIndex;
use adder_macros::{Trace, pyclass, pymethods, pymodule};
use std::cell::Cell;

const DEFAULT: i32 = 0;
const READ: i32 = 1;
const WRITE: i32 = 2;
const COPY: i32 = 3;

#[pymodule(name = "mmap", classes(super::Mmap))]
pub mod mmap {
    use super::*;

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        let set = |name: &str, value: Value| dict.insert_str(&vm.heap, vm.intern(name), value);
        set("error", vm.exceptions.os_error.value());
        for &(name, value) in CONSTANTS {
            set(name, vm.new_int(value.into()));
        }
        for name in ["PAGESIZE", "ALLOCATIONGRANULARITY"] {
            set(name, vm.new_int(c!(sysconf(libc::_SC_PAGESIZE))));
        }
        Ok(())
    }
}

const CONSTANTS: &[(&str, i32)] = &[
    ("PROT_EXEC", libc::PROT_EXEC),
    ("PROT_READ", libc::PROT_READ),
    ("PROT_WRITE", libc::PROT_WRITE),
    ("MAP_SHARED", libc::MAP_SHARED),
    ("MAP_PRIVATE", libc::MAP_PRIVATE),
    ("MAP_DENYWRITE", libc::MAP_DENYWRITE),
    ("MAP_EXECUTABLE", libc::MAP_EXECUTABLE),
    ("MAP_ANON", libc::MAP_ANON),
    ("MAP_ANONYMOUS", libc::MAP_ANONYMOUS),
    ("MAP_POPULATE", libc::MAP_POPULATE),
    ("MAP_STACK", libc::MAP_STACK),
    ("MAP_NORESERVE", libc::MAP_NORESERVE),
    #[cfg(target_arch = "x86_64")]
    ("MAP_32BIT", libc::MAP_32BIT),
    ("ACCESS_DEFAULT", DEFAULT),
    ("ACCESS_READ", READ),
    ("ACCESS_WRITE", WRITE),
    ("ACCESS_COPY", COPY),
    ("MADV_NORMAL", libc::MADV_NORMAL),
    ("MADV_RANDOM", libc::MADV_RANDOM),
    ("MADV_SEQUENTIAL", libc::MADV_SEQUENTIAL),
    ("MADV_WILLNEED", libc::MADV_WILLNEED),
    ("MADV_DONTNEED", libc::MADV_DONTNEED),
    ("MADV_REMOVE", libc::MADV_REMOVE),
    ("MADV_DONTFORK", libc::MADV_DONTFORK),
    ("MADV_DOFORK", libc::MADV_DOFORK),
    ("MADV_HWPOISON", libc::MADV_HWPOISON),
    ("MADV_MERGEABLE", libc::MADV_MERGEABLE),
    ("MADV_UNMERGEABLE", libc::MADV_UNMERGEABLE),
    ("MADV_HUGEPAGE", libc::MADV_HUGEPAGE),
    ("MADV_NOHUGEPAGE", libc::MADV_NOHUGEPAGE),
    ("MADV_DONTDUMP", libc::MADV_DONTDUMP),
    ("MADV_DODUMP", libc::MADV_DODUMP),
    ("MADV_FREE", libc::MADV_FREE),
];

/// mmap(fileno, length[, flags[, prot[, access[, offset[, trackfd]]]]])
///
/// Maps length bytes from the file specified by the file descriptor fileno,
/// and returns a mmap object.  If length is 0, the maximum length of the map
/// will be the current size of the file when mmap is called.
/// flags specifies the nature of the mapping. MAP_PRIVATE creates a
/// private copy-on-write mapping, so changes to the contents of the mmap
/// object will be private to this process, and MAP_SHARED creates a mapping
/// that's shared with all other processes mapping the same areas of the file.
/// The default value is MAP_SHARED.
///
/// To map anonymous memory, pass -1 as the fileno.
#[pyclass(name = "mmap", module = "mmap", subclassable, weakrefable, buffer = BUFFER)]
#[derive(Trace)]
pub struct Mmap {
    /// Address of the memory; 0 once it is closed.
    data: Cell<usize>,
    len: Cell<usize>,
    pos: Cell<usize>,
    offset: i64,
    /// The mapping's own descriptor of the file, or -1.
    fd: Cell<i32>,
    track: bool,
    shared: bool,
    access: i32,
    exports: ExportCount,
}

static BUFFER: BufferProcs = BufferProcs {
    get: |vm, value, _| {
        let this: Gc<Native<Mmap>> = value.downcast().expect("the procedures belong to mmap");
        this.check(vm)?;
        let view = View::bytes(this.data.get() as *mut u8, this.len.get(), this.access == READ);
        Ok((view, Some(this.exports.lease())))
    },
    releases: true,
    lender: None,
};

impl Drop for Mmap {
    fn drop(&mut self) {
        self.unmap();
    }
}

impl Mmap {
    fn check(&self, vm: &Vm) -> PyResult<()> {
        match self.data.get() {
            0 => Err(vm.value_error("mmap closed or invalid")),
            _ => Ok(()),
        }
    }
    /// Whether memory is lent. Memoryviews that nobody refers to any more count until they are collected.
    fn is_lent(&self, vm: &Vm) -> bool {
        for full in [false, true] {
            if self.exports.count() == 0 {
                return false;
            }
            vm.reclaim_views(full);
        }
        self.exports.count() > 0
    }
    fn check_writable(&self, vm: &Vm) -> PyResult<()> {
        match self.access {
            READ => Err(vm.type_error("mmap can't modify a readonly memory map.")),
            _ => Ok(()),
        }
    }
    /// The bytes. Whoever asks has checked that the mapping is open, and copies before Python code runs again.
    fn bytes(&self) -> &[Cell<u8>] {
        match self.data.get() {
            0 => &[],
            // SAFETY: the memory is mapped for reading until `unmap`, which forgets the address; cells may alias and change.
            data => unsafe { std::slice::from_raw_parts(data as *const Cell<u8>, self.len.get()) },
        }
    }
    fn copy(&self, range: std::ops::Range<usize>) -> Vec<u8> {
        self.bytes()[range].iter().map(Cell::get).collect()
    }
    /// Reads so many bytes at the position, which moves.
    fn take(&self, vm: &Vm, len: usize) -> Value {
        let start = self.pos.get().min(self.len.get());
        let end = start.saturating_add(len).min(self.len.get());
        self.pos.set(start.max(end));
        vm.new_bytes(&self.copy(start..end))
    }
    fn unmap(&self) {
        let fd = self.fd.replace(-1);
        if fd >= 0 {
            c!(close(fd));
        }
        let data = self.data.replace(0);
        if data != 0 {
            c!(munmap(data as *mut libc::c_void, self.len.get()));
        }
    }
    /// Position of the first or last occurrence, among what is left or in a given range.
    fn search(
        &self,
        vm: &Vm,
        needle: &Buffer,
        start: Option<SliceIndex>,
        end: Option<SliceIndex>,
        last: bool,
    ) -> PyResult<i64> {
        self.check(vm)?;
        let len = self.len.get() as isize;
        let clip = |index: Option<SliceIndex>, default: usize| match index.and_then(|index| index.0) {
            None => default,
            Some(i) if i < 0 => i.saturating_add(len).max(0) as usize,
            Some(i) => i.min(len) as usize,
        };
        let (start, end) = (clip(start, self.pos.get()), clip(end, self.len.get()));
        if start > end {
            return Ok(-1);
        }
        let text = self.copy(start..end);
        let found = match last {
            false => memchr::memmem::find(&text, needle),
            true => memchr::memmem::rfind(&text, needle),
        };
        Ok(found.map_or(-1, |at| (start + at) as i64))
    }
    /// A subscript that is an integer, as a position.
    fn index(&self, vm: &Vm, key: Value) -> PyResult<usize> {
        let index = vm.index_for_subscript(key)?;
        self.check(vm)?;
        let len = self.len.get() as i64;
        let at = if index < 0 { index + len } else { index };
        if (0..len).contains(&at) { Ok(at as usize) } else { Err(vm.index_error("mmap index out of range")) }
    }
}

fn is_index(vm: &Vm, value: Value) -> bool {
    as_int(value).is_some() || vm.special_of(value, Special::Index).is_some()
}

/// What is left of the arguments of a new mapping once they are checked against each other.
struct Request {
    flags: i32,
    protection: i32,
    access: i32,
}

fn request(vm: &Vm, flags: i32, protection: i32, access: i32) -> PyResult<Request> {
    let all = libc::PROT_READ | libc::PROT_WRITE;
    if access != DEFAULT && (flags != libc::MAP_SHARED || protection != all) {
        return Err(vm.value_error("mmap can't specify both access and flags, prot."));
    }
    let (flags, protection, access) = match access {
        READ => (libc::MAP_SHARED, libc::PROT_READ, READ),
        WRITE => (libc::MAP_SHARED, all, WRITE),
        COPY => (libc::MAP_PRIVATE, all, COPY),
        DEFAULT => {
            let access = match (protection & libc::PROT_READ != 0, protection & libc::PROT_WRITE != 0) {
                (true, true) => DEFAULT,
                (false, true) => WRITE,
                _ => READ,
            };
            (flags, protection, access)
        }
        _ => return Err(vm.value_error("mmap invalid access parameter.")),
    };
    Ok(Request { flags, protection, access })
}

/// The length of a mapping of a file, which has to lie within it.
fn length_in_file(vm: &Vm, fd: i32, length: usize, offset: i64) -> PyResult<usize> {
    let size = match crate::posix::stat::fd_status(vm, fd) {
        Ok(st) if st.st_mode & libc::S_IFMT == libc::S_IFREG => st.st_size,
        _ => return Ok(length),
    };
    if length != 0 {
        return match offset > size || size - offset < length as i64 {
            true => Err(vm.value_error("mmap length is greater than file size")),
            false => Ok(length),
        };
    }
    if size == 0 {
        return Err(vm.value_error("cannot mmap an empty file"));
    }
    if offset >= size {
        return Err(vm.value_error("mmap offset is greater than file size"));
    }
    Ok((size - offset) as usize)
}

#[pymethods]
impl Mmap {
    #[pynew(sig = "(fileno, length, flags=1, prot=3, access=0, offset=0, *, trackfd=True)")]
    fn new(
        cls: Gc<Type>,
        vm: &Vm,
        fileno: i32,
        length: isize,
        flags: i32,
        prot: i32,
        access: i32,
        offset: i64,
        trackfd: bool,
    ) -> PyResult<Gc<Native<Mmap>>> {
        let Ok(length) = usize::try_from(length) else {
            return Err(vm.overflow_error("memory mapped length must be positive"));
        };
        if offset < 0 {
            return Err(vm.overflow_error("memory mapped offset must be positive"));
        }
        let Request { mut flags, protection, access } = request(vm, flags, prot, access)?;
        let numbers = [fileno.into(), length as i64, access.into(), offset].map(|n| vm.new_int(n));
        vm.audit("mmap.__new__", &numbers)?;
        let (mut length, mut own) = (length, -1);
        if fileno == -1 {
            flags |= libc::MAP_ANONYMOUS;
        } else {
            length = length_in_file(vm, fileno, length, offset)?;
            if trackfd {
                own = direct(|| c!(fcntl(fileno, libc::F_DUPFD_CLOEXEC, 0)) as i64).check(vm)? as i32;
            }
        }
        let nowhere = std::ptr::null_mut();
        let data = vm.allow_threads(|| c!(mmap(nowhere, length, protection, flags, fileno, offset)));
        if data == libc::MAP_FAILED {
            let raised = last_error(vm);
            if own >= 0 {
                c!(close(own));
            }
            return Err(raised);
        }
        let mapping = Mmap {
            data: Cell::new(data as usize),
            len: Cell::new(length),
            pos: Cell::new(0),
            offset,
            fd: Cell::new(own),
            track: trackfd,
            shared: flags & libc::MAP_SHARED != 0,
            access,
            exports: ExportCount::default(),
        };
        Ok(vm.new_native(cls, mapping))
    }

    #[pymethod]
    fn close(&self, vm: &Vm) -> PyResult<()> {
        if self.is_lent(vm) {
            return Err(vm.buffer_error("cannot close exported pointers exist"));
        }
        self.unmap();
        Ok(())
    }

    #[pygetset]
    fn closed(&self) -> bool {
        self.data.get() == 0
    }

    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<Native<Mmap>>, vm: &Vm) -> PyResult<String> {
        let class = vm.full_type_name(vm.type_of(this.value()))?;
        if this.closed() {
            return Ok(format!("<{class} closed=True>"));
        }
        let access = match this.access {
            READ => "ACCESS_READ",
            WRITE => "ACCESS_WRITE",
            COPY => "ACCESS_COPY",
            _ => "ACCESS_DEFAULT",
        };
        let (length, pos, offset) = (this.len.get(), this.pos.get(), this.offset);
        Ok(format!("<{class} closed=False, access={access}, length={length}, pos={pos}, offset={offset}>"))
    }

    #[pymethod(name = "__len__")]
    fn length(&self, vm: &Vm) -> PyResult<usize> {
        self.check(vm)?;
        Ok(self.len.get())
    }

    #[pymethod(name = "__getitem__")]
    fn getitem(&self, vm: &Vm, key: Value) -> PyResult {
        self.check(vm)?;
        if is_index(vm, key) {
            let at = self.index(vm, key)?;
            return Ok(vm.new_int(self.bytes()[at].get().into()));
        }
        let Some(slice) = key.downcast::<Slice>() else {
            return Err(vm.type_error("mmap indices must be integers"));
        };
        let parts = vm.unpack_slice(slice)?;
        self.check(vm)?;
        let bytes = self.bytes();
        let picked: Vec<u8> = parts.within(bytes.len()).positions().map(|at| bytes[at].get()).collect();
        Ok(vm.new_bytes(&picked))
    }

    #[pymethod(name = "__setitem__")]
    fn setitem(&self, vm: &Vm, key: Value, value: Value) -> PyResult<()> {
        self.check(vm)?;
        self.check_writable(vm)?;
        if is_index(vm, key) {
            let at = self.index(vm, key)?;
            if !is_index(vm, value) {
                return Err(vm.type_error("mmap item value must be an int"));
            }
            let byte = vm.index(value)?.to_i64().and_then(|n| u8::try_from(n).ok());
            let byte = byte.ok_or_else(|| vm.value_error("mmap item value must be in range(0, 256)"))?;
            self.check(vm)?;
            let cell = self.bytes().get(at).ok_or_else(|| vm.index_error("mmap index out of range"))?;
            cell.set(byte);
            return Ok(());
        }
        let Some(slice) = key.downcast::<Slice>() else {
            return Err(vm.type_error("mmap indices must be integers"));
        };
        let parts = vm.unpack_slice(slice)?;
        let value = Buffer::simple(vm, value)?;
        self.check(vm)?;
        let bytes = self.bytes();
        let range = parts.within(bytes.len());
        if value.len() != range.len {
            return Err(vm.index_error("mmap slice assignment is wrong size"));
        }
        // The source may be this very memory.
        let source = value.to_vec();
        range.positions().zip(source).for_each(|(at, byte)| bytes[at].set(byte));
        Ok(())
    }

    #[pymethod(name = "__delitem__")]
    fn delitem(&self, vm: &Vm, key: Value) -> PyResult<()> {
        self.check(vm)?;
        self.check_writable(vm)?;
        if key.downcast::<Slice>().is_some() {
            return Err(vm.type_error("mmap object doesn't support slice deletion"));
        }
        if !is_index(vm, key) {
            return Err(vm.type_error("mmap indices must be integers"));
        }
        self.index(vm, key)?;
        Err(vm.type_error("mmap doesn't support item deletion"))
    }

    /// Implement iter(self).
    #[pymethod(name = "__iter__")]
    fn iter(this: Gc<Native<Mmap>>, vm: &Vm) -> PyResult<Gc<Native<MmapIterator>>> {
        let class = vm.native_type(MmapIterator::TYPE_DEF)?;
        Ok(vm.new_native(class, MmapIterator { mapping: this.value(), at: Cell::new(0) }))
    }

    #[pymethod(name = "__enter__")]
    fn enter(this: Gc<Native<Mmap>>, vm: &Vm) -> PyResult<Value> {
        this.check(vm)?;
        Ok(this.value())
    }

    #[pymethod(name = "__exit__", sig = "(exc_type, exc_value, traceback, /)")]
    fn exit(this: Gc<Native<Mmap>>, vm: &Vm, _class: Value, _value: Value, _traceback: Value) -> PyResult {
        vm.call_method(this.value(), "close", &[])
    }

    #[pymethod(sig = "(view, start=None, end=None, /)")]
    fn find(
        &self,
        vm: &Vm,
        view: Buffer,
        start: Option<SliceIndex>,
        end: Option<SliceIndex>,
    ) -> PyResult<i64> {
        self.search(vm, &view, start, end, false)
    }

    #[pymethod(sig = "(view, start=None, end=None, /)")]
    fn rfind(
        &self,
        vm: &Vm,
        view: Buffer,
        start: Option<SliceIndex>,
        end: Option<SliceIndex>,
    ) -> PyResult<i64> {
        self.search(vm, &view, start, end, true)
    }

    #[pymethod(sig = "(n=None, /)")]
    fn read(&self, vm: &Vm, n: Option<Value>) -> PyResult {
        self.check(vm)?;
        let wanted = match n.filter(|v| !v.is_none()) {
            None => -1,
            Some(v) if is_index(vm, v) => vm.index_for_subscript(v)?,
            Some(v) => {
                let given = vm.type_of(v).name();
                return Err(vm.type_error(format!("argument should be integer or None, not '{given}'")));
            }
        };
        self.check(vm)?;
        Ok(self.take(vm, usize::try_from(wanted).unwrap_or(usize::MAX)))
    }

    #[pymethod]
    fn read_byte(&self, vm: &Vm) -> PyResult<u8> {
        self.check(vm)?;
        let at = self.pos.get();
        let cell = self.bytes().get(at).ok_or_else(|| vm.value_error("read byte out of range"))?;
        self.pos.set(at + 1);
        Ok(cell.get())
    }

    #[pymethod]
    fn readline(&self, vm: &Vm) -> PyResult {
        self.check(vm)?;
        let rest = &self.bytes()[self.pos.get().min(self.len.get())..];
        let len = rest.iter().position(|cell| cell.get() == b'\n').map_or(rest.len(), |n| n + 1);
        Ok(self.take(vm, len))
    }

    #[pymethod(sig = "(bytes, /)")]
    fn write(&self, vm: &Vm, bytes: Buffer) -> PyResult<usize> {
        self.check(vm)?;
        self.check_writable(vm)?;
        let start = self.pos.get();
        let source = bytes.to_vec();
        let room = self.bytes().get(start..).and_then(|rest| rest.get(..source.len()));
        let Some(room) = room else { return Err(vm.value_error("data out of range")) };
        room.iter().zip(&source).for_each(|(cell, &byte)| cell.set(byte));
        self.pos.set(start + source.len());
        Ok(source.len())
    }

    #[pymethod(sig = "(byte, /)")]
    fn write_byte(&self, vm: &Vm, byte: Value) -> PyResult<()> {
        let number = vm.index(byte)?;
        let limit = if number.is_negative() { "less than minimum" } else { "greater than maximum" };
        let Some(byte) = number.to_i64().and_then(|n| u8::try_from(n).ok()) else {
            return Err(vm.overflow_error(format!("unsigned byte integer is {limit}")));
        };
        self.check(vm)?;
        self.check_writable(vm)?;
        let at = self.pos.get();
        let cell = self.bytes().get(at).ok_or_else(|| vm.value_error("write byte out of range"))?;
        cell.set(byte);
        self.pos.set(at + 1);
        Ok(())
    }

    #[pymethod(sig = "(dest, src, count, /)")]
    fn r#move(&self, vm: &Vm, dest: isize, src: isize, count: isize) -> PyResult<()> {
        self.check(vm)?;
        self.check_writable(vm)?;
        let len = self.len.get();
        let within = |start: isize| {
            let (start, count) = (usize::try_from(start).ok()?, usize::try_from(count).ok()?);
            start.checked_add(count).filter(|&end| end <= len).map(|_| start)
        };
        let (Some(to), Some(from)) = (within(dest), within(src)) else {
            return Err(vm.value_error("source, destination, or count out of range"));
        };
        let data = self.data.get() as *mut u8;
        // SAFETY: both ranges lie within the mapping, which is writable.
        unsafe { std::ptr::copy(data.add(from), data.add(to), count as usize) };
        Ok(())
    }

    #[pymethod]
    fn tell(&self, vm: &Vm) -> PyResult<usize> {
        self.check(vm)?;
        Ok(self.pos.get())
    }

    #[pymethod(sig = "(pos, whence=0, /)")]
    fn seek(&self, vm: &Vm, pos: isize, whence: i32) -> PyResult<usize> {
        self.check(vm)?;
        let from = match whence {
            0 => 0,
            1 => self.pos.get(),
            2 => self.len.get(),
            _ => return Err(vm.value_error("unknown seek type")),
        };
        let to = (from as isize).checked_add(pos).and_then(|to| usize::try_from(to).ok());
        let to = to.filter(|&to| to <= self.len.get()).ok_or_else(|| vm.value_error("seek out of range"))?;
        self.pos.set(to);
        Ok(to)
    }

    #[pymethod]
    fn seekable(&self) -> bool {
        true
    }

    #[pymethod]
    fn size(&self, vm: &Vm) -> PyResult<i64> {
        self.check(vm)?;
        match crate::posix::stat::fd_status(vm, self.fd.get()) {
            Ok(st) => Ok(st.st_size),
            Err(errno) => Err(crate::os::os_error(vm, errno)),
        }
    }

    #[pymethod(sig = "(newsize, /)")]
    fn resize(&self, vm: &Vm, newsize: isize) -> PyResult<()> {
        self.check(vm)?;
        if self.is_lent(vm) {
            return Err(vm.buffer_error("mmap can't resize with extant buffers exported."));
        }
        if !self.track {
            return Err(vm.value_error("mmap can't resize with trackfd=False."));
        }
        if self.access == READ || self.access == COPY {
            return Err(vm.type_error("mmap can't resize a readonly or copy-on-write memory map."));
        }
        let size = usize::try_from(newsize).ok().filter(|&n| n as i64 <= i64::MAX - self.offset);
        let size = size.ok_or_else(|| vm.value_error("new size out of range"))?;
        let fd = self.fd.get();
        if fd == -1 && self.shared && size > self.len.get() {
            return Err(vm.value_error("mmap: can't expand a shared anonymous mapping"));
        }
        if fd != -1 {
            direct(|| c!(ftruncate(fd, self.offset + size as i64)) as i64).check(vm)?;
        }
        let (old, len) = (self.data.get() as *mut libc::c_void, self.len.get());
        let moved = c!(mremap(old, len, size, libc::MREMAP_MAYMOVE));
        if moved == libc::MAP_FAILED {
            return Err(last_error(vm));
        }
        self.data.set(moved as usize);
        self.len.set(size);
        Ok(())
    }

    #[pymethod(sig = "(offset=0, size=None, /)")]
    fn flush(&self, vm: &Vm, offset: isize, size: Option<isize>) -> PyResult<()> {
        self.check(vm)?;
        let len = self.len.get() as isize;
        let size = size.unwrap_or(len);
        if size < 0 || offset < 0 || size > len || offset > len - size {
            return Err(vm.value_error("flush values out of range"));
        }
        if self.access == READ || self.access == COPY {
            return Ok(());
        }
        let (start, size) = ((self.data.get() + offset as usize) as *mut libc::c_void, size as usize);
        direct(|| c!(msync(start, size, libc::MS_SYNC)) as i64).check(vm)?;
        Ok(())
    }

    #[pymethod(sig = "(option, start=0, length=None, /)")]
    fn madvise(&self, vm: &Vm, option: i32, start: isize, length: Option<isize>) -> PyResult<()> {
        self.check(vm)?;
        let len = self.len.get() as isize;
        let length = length.unwrap_or(len);
        if start < 0 || start >= len {
            return Err(vm.value_error("madvise start out of bounds"));
        }
        if length < 0 {
            return Err(vm.value_error("madvise length invalid"));
        }
        if isize::MAX - start < length {
            return Err(vm.overflow_error("madvise length too large"));
        }
        let length = length.min(len - start) as usize;
        let at = (self.data.get() + start as usize) as *mut libc::c_void;
        direct(|| c!(madvise(at, length, option)) as i64).check(vm)?;
        Ok(())
    }
}

/// Gives a mapping's bytes one by one, as bytes objects.
#[pyclass(name = "iterator", module = "builtins", no_constructor)]
#[derive(Trace)]
pub struct MmapIterator {
    mapping: Value,
    at: Cell<usize>,
}

#[pymethods]
impl MmapIterator {
    /// Implement iter(self).
    #[pymethod(name = "__iter__")]
    fn iter(this: Gc<Native<MmapIterator>>) -> Value {
        this.value()
    }
    /// Implement next(self).
    #[pymethod(name = "__next__")]
    fn next(&self, vm: &Vm) -> PyResult<Option<Value>> {
        let mapping: Gc<Native<Mmap>> = self.mapping.downcast().expect("made from a mapping");
        mapping.check(vm)?;
        let at = self.at.get();
        let Some(cell) = mapping.bytes().get(at) else { return Ok(None) };
        self.at.set(at + 1);
        Ok(Some(vm.new_bytes(&[cell.get()])))
    }
}
