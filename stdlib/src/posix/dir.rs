//! Directories: `listdir`, `scandir` and its entries.

use super::stat::{stat_result, status};
use crate::c;
use crate::os::{FsPath, PathFdOrNone, Target, errno};
use adder_interp::heap::Tracer;
use adder_interp::object::header::{Gc, Trace};
use adder_interp::object::native::Native;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pyfunction, pymethods};
use std::cell::{Cell, RefCell};
use std::ffi::{CStr, CString};

/// An open directory stream.
#[derive(Debug)]
struct Stream(*mut libc::DIR);

/// What one entry of a directory says by itself.
struct RawEntry {
    name: CString,
    inode: u64,
    kind: u8,
}

impl Stream {
    /// Opens the directory; of a descriptor, a duplicate rewound to the start.
    fn open<const FD: bool, const NONE: bool>(vm: &Vm, path: &FsPath<FD, NONE>) -> Result<Stream, i32> {
        let opened = vm.allow_threads(|| match &path.target {
            Target::Name(name) => {
                let dir = c!(opendir(name.as_ptr()));
                if dir.is_null() { Err(errno()) } else { Ok(dir) }
            }
            Target::Fd(fd) => {
                let copy = c!(fcntl(*fd, libc::F_DUPFD_CLOEXEC, 0));
                if copy == -1 {
                    return Err(errno());
                }
                let dir = c!(fdopendir(copy));
                if dir.is_null() {
                    let error = errno();
                    c!(close(copy));
                    return Err(error);
                }
                c!(rewinddir(dir));
                Ok(dir)
            }
        });
        opened.map(Stream)
    }

    /// The next entry that is neither `.` nor `..`.
    fn next(&self) -> Result<Option<RawEntry>, i32> {
        loop {
            // SAFETY: the address of this thread's error number.
            unsafe { *libc::__errno_location() = 0 };
            let entry = c!(readdir(self.0));
            if entry.is_null() {
                let error = errno();
                return if error == 0 { Ok(None) } else { Err(error) };
            }
            // SAFETY: the entry is valid until the next call on this stream; its name ends with a null byte.
            let (name, inode, kind) = unsafe {
                let e = &*entry;
                (CStr::from_ptr(e.d_name.as_ptr()), e.d_ino, e.d_type)
            };
            if !matches!(name.to_bytes(), b"." | b"..") {
                return Ok(Some(RawEntry { name: name.to_owned(), inode, kind }));
            }
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        c!(closedir(self.0));
    }
}

impl Trace for Stream {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

/// Return a list containing the names of the files in the directory.
#[pyfunction(module = "posix", sig = "(path=None)")]
pub fn listdir(vm: &Vm, path: Option<PathFdOrNone>) -> PyResult {
    let path = path.unwrap_or_else(FsPath::current);
    let fail = |e| vm.errno_error(e, path.object, None);
    let stream = Stream::open(vm, &path).map_err(fail)?;
    let mut names = vm.vec();
    while let Some(entry) = stream.next().map_err(fail)? {
        let name = path.result(vm, entry.name.to_bytes());
        names.push(&vm.heap, name);
    }
    Ok(vm.list_from(names))
}

/// Return an iterator of DirEntry objects for given path.
#[pyfunction(module = "posix", sig = "(path=None)")]
pub fn scandir(vm: &Vm, path: Option<PathFdOrNone>) -> PyResult<Gc<Native<ScandirIterator>>> {
    let path = path.unwrap_or_else(FsPath::current);
    let stream = Stream::open(vm, &path).map_err(|e| vm.errno_error(e, path.object, None))?;
    let folder = path.name().to_bytes().to_vec();
    let class = vm.native_type(ScandirIterator::TYPE_DEF)?;
    let iterator = ScandirIterator {
        stream: RefCell::new(Some(stream)),
        folder,
        fd: path.fd(),
        is_bytes: path.is_bytes,
        path: path.object.filter(|_| path.fd().is_none()),
    };
    Ok(vm.new_native(class, iterator))
}

/// The iterator that `scandir` returns.
#[pyclass(name = "ScandirIterator", module = "posix", no_constructor, private)]
#[derive(Trace)]
pub struct ScandirIterator {
    stream: RefCell<Option<Stream>>,
    folder: Vec<u8>,
    fd: Option<i32>,
    is_bytes: bool,
    /// What errors name.
    path: Option<Value>,
}

#[pymethods]
impl ScandirIterator {
    #[pymethod(name = "__iter__")]
    fn iter(this: Gc<Native<ScandirIterator>>) -> Value {
        this.value()
    }

    #[pymethod(name = "__next__")]
    fn next(&self, vm: &Vm) -> PyResult<Option<Value>> {
        let next = match self.stream.borrow().as_ref() {
            Some(open) => open.next(),
            None => return Ok(None),
        };
        match next {
            Ok(Some(entry)) => self.entry(vm, entry).map(Some),
            Ok(None) => {
                self.close();
                Ok(None)
            }
            Err(e) => {
                self.close();
                Err(vm.errno_error(e, self.path, None))
            }
        }
    }

    /// Close the iterator.
    #[pymethod]
    fn close(&self) {
        self.stream.borrow_mut().take();
    }

    #[pymethod(name = "__enter__")]
    fn enter(this: Gc<Native<ScandirIterator>>) -> Value {
        this.value()
    }

    #[pymethod(name = "__exit__", sig = "(*args)")]
    fn exit(&self, _args: &[Value]) {
        self.close();
    }

    #[pymethod(name = "__del__")]
    fn finalize(this: Gc<Native<ScandirIterator>>, vm: &Vm) -> PyResult<()> {
        if this.stream.borrow().is_some() {
            this.close();
            let text = format!("unclosed scandir iterator {}", vm.repr_text(this.value())?);
            crate::warn::resource_warning(vm, &text, this.value())?;
        }
        Ok(())
    }
}

impl ScandirIterator {
    fn entry(&self, vm: &Vm, raw: RawEntry) -> PyResult {
        let name = raw.name.to_bytes();
        let mut full = Vec::with_capacity(self.folder.len() + name.len() + 1);
        if self.fd.is_none() {
            // The default folder is not part of the path.
            if self.path.is_some() || self.folder != b"." {
                full.extend_from_slice(&self.folder);
                if full.last().is_some_and(|&b| b != b'/') {
                    full.push(b'/');
                }
            } else {
                full.extend_from_slice(b"./");
            }
        }
        full.extend_from_slice(name);
        let text = |bytes: &[u8]| {
            if self.is_bytes { vm.new_bytes(bytes) } else { vm.fs_decode(bytes).value() }
        };
        let (name, path) = (text(name), text(&full));
        let class = vm.native_type(DirEntry::TYPE_DEF)?;
        let entry = DirEntry {
            name,
            path,
            file: if self.fd.is_some() { raw.name.to_bytes().to_vec() } else { full },
            dir_fd: self.fd.unwrap_or(libc::AT_FDCWD),
            inode: raw.inode,
            kind: raw.kind,
            stat: Cell::new(None),
            lstat: Cell::new(None),
        };
        Ok(vm.new_native(class, entry).value())
    }
}

/// An entry of a directory.
#[pyclass(name = "DirEntry", module = "posix", no_constructor)]
#[derive(Trace)]
pub struct DirEntry {
    name: Value,
    path: Value,
    file: Vec<u8>,
    dir_fd: i32,
    inode: u64,
    /// `DT_*`, `DT_UNKNOWN` when the file system does not say.
    kind: u8,
    stat: Cell<Option<Value>>,
    lstat: Cell<Option<Value>>,
}

#[pymethods]
impl DirEntry {
    /// the entry's base filename, relative to scandir() "path" argument
    #[pygetset]
    fn name(&self) -> Value {
        self.name
    }

    /// the entry's full path name; equivalent to os.path.join(scandir_path, entry.name)
    #[pygetset]
    fn path(&self) -> Value {
        self.path
    }

    #[pymethod(name = "__repr__")]
    fn repr(&self, vm: &Vm) -> PyResult<String> {
        Ok(format!("<DirEntry {}>", vm.repr_text(self.name)?))
    }

    /// Return the path for the entry.
    #[pymethod(name = "__fspath__")]
    fn fspath(&self) -> Value {
        self.path
    }

    /// Return inode of the entry; cached per entry.
    #[pymethod]
    fn inode(&self) -> u64 {
        self.inode
    }

    /// Return stat_result object for the entry; cached per entry.
    #[pymethod(sig = "(*, follow_symlinks=True)")]
    fn stat(&self, vm: &Vm, follow_symlinks: bool) -> PyResult {
        if !follow_symlinks {
            return self.own_status(vm);
        }
        if let Some(found) = self.stat.get() {
            return Ok(found);
        }
        let result = if self.is_symlink(vm)? { self.fetch(vm, true)? } else { self.own_status(vm)? };
        self.stat.set(Some(result));
        Ok(result)
    }

    /// Return True if the entry is a directory; cached per entry.
    #[pymethod(sig = "(*, follow_symlinks=True)")]
    fn is_dir(&self, vm: &Vm, follow_symlinks: bool) -> PyResult<bool> {
        self.is_kind(vm, follow_symlinks, libc::S_IFDIR, libc::DT_DIR)
    }

    /// Return True if the entry is a file; cached per entry.
    #[pymethod(sig = "(*, follow_symlinks=True)")]
    fn is_file(&self, vm: &Vm, follow_symlinks: bool) -> PyResult<bool> {
        self.is_kind(vm, follow_symlinks, libc::S_IFREG, libc::DT_REG)
    }

    /// Return True if the entry is a symbolic link; cached per entry.
    #[pymethod]
    fn is_symlink(&self, vm: &Vm) -> PyResult<bool> {
        match self.kind {
            libc::DT_UNKNOWN => self.is_kind(vm, false, libc::S_IFLNK, libc::DT_LNK),
            kind => Ok(kind == libc::DT_LNK),
        }
    }

    /// Return True if the entry is a junction; cached per entry.
    #[pymethod]
    fn is_junction(&self) -> bool {
        false
    }

    #[pyclassmethod(name = "__class_getitem__")]
    fn class_getitem(cls: Gc<Type>, vm: &Vm, item: Value) -> PyResult {
        vm.generic_alias(cls, item)
    }
}

impl DirEntry {
    fn fetch(&self, vm: &Vm, follow: bool) -> PyResult {
        let name = CString::new(self.file.as_slice()).unwrap_or_default();
        let path: FsPath<false, false> =
            FsPath { object: Some(self.path), target: Target::Name(name), is_bytes: false };
        match status(vm, &path, self.dir_fd, follow) {
            Ok(st) => stat_result(vm, &st),
            Err(e) => Err(vm.errno_error(e, Some(self.path), None)),
        }
    }

    fn own_status(&self, vm: &Vm) -> PyResult {
        if let Some(found) = self.lstat.get() {
            return Ok(found);
        }
        let result = self.fetch(vm, false)?;
        self.lstat.set(Some(result));
        Ok(result)
    }

    fn is_kind(&self, vm: &Vm, follow: bool, mode: libc::mode_t, kind: u8) -> PyResult<bool> {
        let is_link = self.kind == libc::DT_LNK;
        if self.kind != libc::DT_UNKNOWN && !(follow && is_link) {
            return Ok(self.kind == kind);
        }
        let result = match self.stat(vm, follow) {
            Ok(result) => result,
            Err(Raised) => {
                vm.catch(vm.exceptions.file_not_found_error)?;
                return Ok(false);
            }
        };
        let st_mode = vm.getattr_str(result, "st_mode")?;
        Ok(vm.index_i64(st_mode)? as libc::mode_t & libc::S_IFMT == mode)
    }
}
