//! `FileIO`: unbuffered files.

use super::base::{cannot_pickle, raw_type, size_argument, unsupported};
use crate::buf::{Buffer, WritableBuffer};
use crate::os::{Checked, fs_bytes, os_error};
use crate::{c, sys_retry};
use adder_interp::native::Args;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::Cell;

/// A file of the operating system.
#[pyclass(name = "FileIO", module = "_io", base = raw_type, subclassable, has_dict, weakrefable)]
#[derive(Trace)]
pub struct FileIo {
    pub fd: Cell<i32>,
    readable: Cell<bool>,
    writable: Cell<bool>,
    appending: Cell<bool>,
    created: Cell<bool>,
    closefd: Cell<bool>,
}

/// What a mode string says.
struct Mode {
    flags: i32,
    readable: bool,
    writable: bool,
}

fn parse_mode(vm: &Vm, mode: &str) -> PyResult<Mode> {
    let bad =
        || vm.value_error("Must have exactly one of create/read/write/append mode and at most one plus");
    let kinds = mode.chars().filter(|c| "rwax".contains(*c)).count();
    let plus = mode.chars().filter(|&c| c == '+').count();
    if let Some(_unknown) = mode.chars().find(|c| !"rwax+b".contains(*c)) {
        return Err(vm.value_error(format!("invalid mode: {mode}")));
    }
    if kinds != 1 || plus > 1 {
        return Err(bad());
    }
    let reading = mode.contains('r');
    let (readable, writable) = (reading || plus == 1, !reading || plus == 1);
    let mut flags = match (readable, writable) {
        (true, true) => libc::O_RDWR,
        (true, false) => libc::O_RDONLY,
        _ => libc::O_WRONLY,
    };
    if mode.contains('w') {
        flags |= libc::O_CREAT | libc::O_TRUNC;
    }
    if mode.contains('a') {
        flags |= libc::O_CREAT | libc::O_APPEND;
    }
    if mode.contains('x') {
        flags |= libc::O_CREAT | libc::O_EXCL;
    }
    Ok(Mode { flags, readable, writable })
}

impl FileIo {
    fn open_fd(&self, vm: &Vm) -> PyResult<i32> {
        match self.fd.get() {
            fd if fd >= 0 => Ok(fd),
            _ => Err(vm.value_error("I/O operation on closed file")),
        }
    }
    /// Reads once; `None` when nothing is there and the file does not block.
    pub fn read_some(&self, vm: &Vm, size: usize) -> PyResult<Option<Vec<u8>>> {
        let fd = self.open_fd(vm)?;
        let mut room = vec![0u8; size];
        match sys_retry!(vm, read(fd, room.as_mut_ptr().cast(), size))? {
            Ok(n) => {
                room.truncate(n as usize);
                Ok(Some(room))
            }
            Err(libc::EAGAIN) => Ok(None),
            Err(e) => Err(os_error(vm, e)),
        }
    }
    /// Writes once.
    pub fn write_some(&self, vm: &Vm, bytes: &[u8]) -> PyResult<Option<usize>> {
        let fd = self.open_fd(vm)?;
        match sys_retry!(vm, write(fd, bytes.as_ptr().cast(), bytes.len().min(0x7fff_f000)))? {
            Ok(n) => Ok(Some(n as usize)),
            Err(libc::EAGAIN) => Ok(None),
            Err(e) => Err(os_error(vm, e)),
        }
    }
    fn mode_text(&self) -> &'static str {
        match (self.created.get(), self.appending.get(), self.readable.get(), self.writable.get()) {
            (true, _, true, _) => "xb+",
            (true, ..) => "xb",
            (_, true, true, _) => "ab+",
            (_, true, ..) => "ab",
            (_, _, true, true) => "rb+",
            (_, _, true, false) => "rb",
            _ => "wb",
        }
    }
}

#[pymethods]
impl FileIo {
    #[pymethod(name = "__getstate__", sig = "($self, /)")]
    fn getstate(this: Gc<Native<FileIo>>, vm: &Vm) -> PyResult {
        cannot_pickle(vm, this.value())
    }
    #[pynew(sig = "(*args, **kwargs)")]
    fn new(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> Gc<Native<FileIo>> {
        let _ = args;
        vm.new_native(
            cls,
            FileIo {
                fd: Cell::new(-1),
                readable: Cell::new(false),
                writable: Cell::new(false),
                appending: Cell::new(false),
                created: Cell::new(false),
                closefd: Cell::new(true),
            },
        )
    }

    #[pymethod(name = "__init__", sig = "(file, mode='r', closefd=True, opener=None)")]
    fn init(
        this: Gc<Native<FileIo>>,
        vm: &Vm,
        file: Value,
        mode: Option<String>,
        closefd: bool,
        opener: Option<Value>,
    ) -> PyResult<()> {
        let mode_text = mode.unwrap_or_else(|| "r".to_owned());
        let mode = parse_mode(vm, &mode_text)?;
        this.readable.set(mode.readable);
        this.writable.set(mode.writable);
        this.appending.set(mode_text.contains('a'));
        this.created.set(mode_text.contains('x'));
        this.closefd.set(closefd);
        let flags = mode.flags | libc::O_CLOEXEC;
        let number = adder_interp::object::int::as_int(file);
        let fd = if let Some(n) = &number {
            match n.to_i64().and_then(|n| i32::try_from(n).ok()) {
                Some(fd) if fd >= 0 => fd,
                Some(_) => return Err(vm.value_error("negative file descriptor")),
                None => return Err(vm.overflow_error("Python int too large to convert to C int")),
            }
        } else {
            let name = fs_bytes(vm, file)?;
            if !closefd {
                return Err(vm.value_error("Cannot use closefd=False with file name"));
            }
            super::flush_before_open(vm);
            match opener.filter(|o| !o.is_none()) {
                Some(opener) => {
                    let fd = vm.call(opener, &[file, vm.new_int(flags as i64)])?;
                    if adder_interp::object::int::as_int(fd).is_none() {
                        return Err(vm.type_error("expected integer from opener"));
                    }
                    match vm.index_i64(fd)? {
                        fd if fd < 0 => return Err(vm.value_error(format!("opener returned {fd}"))),
                        fd => fd as i32,
                    }
                }
                None => match sys_retry!(vm, open(name.as_ptr(), flags, 0o666 as libc::c_uint))? {
                    Ok(fd) => fd as i32,
                    Err(e) => return Err(vm.errno_error(e, Some(file), None)),
                },
            }
        };
        match crate::posix::stat::fd_status(vm, fd) {
            Ok(st) if st.st_mode & libc::S_IFMT == libc::S_IFDIR => {
                if number.is_none() {
                    c!(close(fd));
                }
                return Err(vm.errno_error(libc::EISDIR, Some(file), None));
            }
            Err(e) if number.is_some() => return Err(vm.errno_error(e, Some(file), None)),
            _ => {}
        }
        this.fd.set(fd);
        vm.setattr(this.value(), vm.names.name, Some(file))?;
        if this.appending.get() {
            c!(lseek(fd, 0, libc::SEEK_END));
        }
        Ok(())
    }

    #[pymethod(sig = "(size=-1, /)")]
    fn read(&self, vm: &Vm, size: Option<Value>) -> PyResult {
        self.open_fd(vm)?;
        if !self.readable.get() {
            return Err(unsupported(vm, "File not open for reading"));
        }
        match size_argument(vm, size)? {
            None => self.readall(vm),
            Some(n) => Ok(self.read_some(vm, n)?.map_or(Value::none(), |b| vm.new_bytes(&b))),
        }
    }
    #[pymethod]
    fn readall(&self, vm: &Vm) -> PyResult {
        let fd = self.open_fd(vm)?;
        let mut room = 8192;
        if let Ok(st) = crate::posix::stat::fd_status(vm, fd) {
            let at = c!(lseek(fd, 0, libc::SEEK_CUR)).max(0);
            room = (st.st_size - at).clamp(0, 1 << 32) as usize + 1;
        }
        let mut all = Vec::new();
        loop {
            match self.read_some(vm, room.max(8192))? {
                None if all.is_empty() => return Ok(Value::none()),
                Some(piece) if !piece.is_empty() => {
                    room = room.max(all.len());
                    all.extend_from_slice(&piece);
                }
                _ => return Ok(vm.new_bytes(&all)),
            }
        }
    }
    #[pymethod]
    fn readinto(&self, vm: &Vm, buffer: WritableBuffer) -> PyResult {
        self.open_fd(vm)?;
        if !self.readable.get() {
            return Err(unsupported(vm, "File not open for reading"));
        }
        let bytes = self.read_some(vm, buffer.len())?;
        Ok(bytes.map_or(Value::none(), |b| vm.new_int(buffer.write(&b) as i64)))
    }
    #[pymethod]
    fn write(&self, vm: &Vm, b: Buffer) -> PyResult {
        self.open_fd(vm)?;
        if !self.writable.get() {
            return Err(unsupported(vm, "File not open for writing"));
        }
        Ok(self.write_some(vm, &b)?.map_or(Value::none(), |n| vm.new_int(n as i64)))
    }
    #[pymethod(sig = "(pos, whence=0, /)")]
    fn seek(&self, vm: &Vm, pos: i64, whence: i32) -> PyResult<i64> {
        let fd = self.open_fd(vm)?;
        crate::sys!(vm, lseek(fd, pos, whence)).check(vm)
    }
    #[pymethod]
    fn tell(&self, vm: &Vm) -> PyResult<i64> {
        let fd = self.open_fd(vm)?;
        crate::sys!(vm, lseek(fd, 0, libc::SEEK_CUR)).check(vm)
    }
    #[pymethod(sig = "(size=None, /)")]
    fn truncate(&self, vm: &Vm, size: Option<Value>) -> PyResult<i64> {
        let fd = self.open_fd(vm)?;
        if !self.writable.get() {
            return Err(unsupported(vm, "File not open for writing"));
        }
        let size = match size.filter(|v| !v.is_none()) {
            Some(v) => vm.index_i64(v)?,
            None => self.tell(vm)?,
        };
        sys_retry!(vm, ftruncate(fd, size))?.check(vm)?;
        Ok(size)
    }
    #[pymethod]
    fn close(this: Gc<Native<FileIo>>, vm: &Vm) -> PyResult<()> {
        let fd = this.fd.replace(-1);
        if fd < 0 {
            return Ok(());
        }
        if this.closefd.get() {
            crate::sys!(vm, close(fd)).check(vm)?;
        }
        Ok(())
    }
    #[pymethod(name = "__del__")]
    fn finalize(this: Gc<Native<FileIo>>, vm: &Vm) -> PyResult<()> {
        if this.fd.get() >= 0 && this.closefd.get() {
            let text = format!("unclosed file {}", vm.repr_text(this.value())?);
            crate::warn::resource_warning(vm, &text, this.value())?;
            vm.call_method(this.value(), "close", &[])?;
        }
        Ok(())
    }
    #[pymethod]
    fn fileno(&self, vm: &Vm) -> PyResult<i32> {
        self.open_fd(vm)
    }
    #[pymethod]
    fn isatty(&self, vm: &Vm) -> PyResult<bool> {
        let fd = self.open_fd(vm)?;
        Ok(c!(isatty(fd)) == 1)
    }
    #[pymethod]
    fn readable(&self, vm: &Vm) -> PyResult<bool> {
        self.open_fd(vm)?;
        Ok(self.readable.get())
    }
    #[pymethod]
    fn writable(&self, vm: &Vm) -> PyResult<bool> {
        self.open_fd(vm)?;
        Ok(self.writable.get())
    }
    #[pymethod]
    fn seekable(&self, vm: &Vm) -> PyResult<bool> {
        let fd = self.open_fd(vm)?;
        Ok(c!(lseek(fd, 0, libc::SEEK_CUR)) >= 0)
    }
    #[pygetset]
    fn closed(&self) -> bool {
        self.fd.get() < 0
    }
    #[pygetset]
    fn closefd(&self) -> bool {
        self.closefd.get()
    }
    #[pygetset]
    fn mode(&self) -> &'static str {
        self.mode_text()
    }
    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<Native<FileIo>>, vm: &Vm) -> PyResult<String> {
        if this.fd.get() < 0 {
            return Ok("<_io.FileIO [closed]>".to_owned());
        }
        let closefd = if this.closefd.get() { "True" } else { "False" };
        let mode = this.mode_text();
        match vm.getattr_opt(this.value(), vm.names.name)? {
            Some(name) => {
                let name = vm.repr_text(name)?;
                Ok(format!("<_io.FileIO name={name} mode='{mode}' closefd={closefd}>"))
            }
            None => Ok(format!("<_io.FileIO fd={} mode='{mode}' closefd={closefd}>", this.fd.get())),
        }
    }
}
