//! `_stat`: constants of `st_mode` and tests of it.

use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::value::PyResult;
use adder_interp::vm::Vm;
use adder_macros::pymodule;
use adder_numeric::Int;

/// Constants with the same name in C's headers, or with the values CPython gives them where Linux has none.
const CONSTANTS: &[(&str, u32)] = &[
    ("S_IFDIR", libc::S_IFDIR),
    ("S_IFCHR", libc::S_IFCHR),
    ("S_IFBLK", libc::S_IFBLK),
    ("S_IFREG", libc::S_IFREG),
    ("S_IFIFO", libc::S_IFIFO),
    ("S_IFLNK", libc::S_IFLNK),
    ("S_IFSOCK", libc::S_IFSOCK),
    ("S_IFDOOR", 0),
    ("S_IFPORT", 0),
    ("S_IFWHT", 0),
    ("S_ISUID", libc::S_ISUID),
    ("S_ISGID", libc::S_ISGID),
    ("S_ISVTX", libc::S_ISVTX),
    ("S_ENFMT", libc::S_ISGID),
    ("S_IREAD", libc::S_IRUSR),
    ("S_IWRITE", libc::S_IWUSR),
    ("S_IEXEC", libc::S_IXUSR),
    ("S_IRWXU", libc::S_IRWXU),
    ("S_IRUSR", libc::S_IRUSR),
    ("S_IWUSR", libc::S_IWUSR),
    ("S_IXUSR", libc::S_IXUSR),
    ("S_IRWXG", libc::S_IRWXG),
    ("S_IRGRP", libc::S_IRGRP),
    ("S_IWGRP", libc::S_IWGRP),
    ("S_IXGRP", libc::S_IXGRP),
    ("S_IRWXO", libc::S_IRWXO),
    ("S_IROTH", libc::S_IROTH),
    ("S_IWOTH", libc::S_IWOTH),
    ("S_IXOTH", libc::S_IXOTH),
    ("UF_SETTABLE", 0xffff),
    ("UF_NODUMP", 1),
    ("UF_IMMUTABLE", 2),
    ("UF_APPEND", 4),
    ("UF_OPAQUE", 8),
    ("UF_NOUNLINK", 0x10),
    ("UF_COMPRESSED", 0x20),
    ("UF_TRACKED", 0x40),
    ("UF_DATAVAULT", 0x80),
    ("UF_HIDDEN", 0x8000),
    ("SF_SETTABLE", 0xffff_0000),
    ("SF_ARCHIVED", 0x1_0000),
    ("SF_IMMUTABLE", 0x2_0000),
    ("SF_APPEND", 0x4_0000),
    ("SF_NOUNLINK", 0x10_0000),
    ("SF_SNAPSHOT", 0x20_0000),
    ("SF_FIRMLINK", 0x80_0000),
    ("SF_DATALESS", 0x4000_0000),
    ("ST_MODE", 0),
    ("ST_INO", 1),
    ("ST_DEV", 2),
    ("ST_NLINK", 3),
    ("ST_UID", 4),
    ("ST_GID", 5),
    ("ST_SIZE", 6),
    ("ST_ATIME", 7),
    ("ST_MTIME", 8),
    ("ST_CTIME", 9),
];

/// The number of a mode argument.
fn mode_of(vm: &Vm, mode: &Int) -> PyResult<u32> {
    if mode.is_negative() {
        return Err(vm.overflow_error("can't convert negative value to unsigned int"));
    }
    let Some(mode) = mode.to_u64() else {
        return Err(vm.overflow_error("Python int too large to convert to C unsigned long"));
    };
    u32::try_from(mode).map_err(|_| vm.overflow_error("mode out of range"))
}

fn is_type(vm: &Vm, mode: &Int, file_type: u32) -> PyResult<bool> {
    Ok(mode_of(vm, mode)? & libc::S_IFMT == file_type)
}

/// The letter of the file's type.
fn type_letter(mode: u32) -> char {
    match mode & libc::S_IFMT {
        libc::S_IFREG => '-',
        libc::S_IFDIR => 'd',
        libc::S_IFLNK => 'l',
        libc::S_IFBLK => 'b',
        libc::S_IFCHR => 'c',
        libc::S_IFIFO => 'p',
        libc::S_IFSOCK => 's',
        _ => '?',
    }
}

/// Three letters for the permissions of one party; `special` is the set-id or sticky bit and its letter.
fn permissions(bits: u32, special: Option<char>) -> [char; 3] {
    let execute = match (bits & 1 != 0, special) {
        (true, Some(letter)) => letter,
        (false, Some(letter)) => letter.to_ascii_uppercase(),
        (true, None) => 'x',
        (false, None) => '-',
    };
    [if bits & 4 != 0 { 'r' } else { '-' }, if bits & 2 != 0 { 'w' } else { '-' }, execute]
}

#[pymodule(
    name = "_stat",
    doc = "S_IFMT_: file type bits\n\nConstants and functions that interpret the st_mode of os.stat()."
)]
pub mod stat {
    use super::*;

    /// S_ISDIR(mode) -> bool
    ///
    /// Return True if mode is from a directory.
    #[pyfunction(name = "S_ISDIR")]
    fn s_isdir(vm: &Vm, object: Int) -> PyResult<bool> {
        is_type(vm, &object, libc::S_IFDIR)
    }
    /// S_ISCHR(mode) -> bool
    ///
    /// Return True if mode is from a character special device file.
    #[pyfunction(name = "S_ISCHR")]
    fn s_ischr(vm: &Vm, object: Int) -> PyResult<bool> {
        is_type(vm, &object, libc::S_IFCHR)
    }
    /// S_ISBLK(mode) -> bool
    ///
    /// Return True if mode is from a block special device file.
    #[pyfunction(name = "S_ISBLK")]
    fn s_isblk(vm: &Vm, object: Int) -> PyResult<bool> {
        is_type(vm, &object, libc::S_IFBLK)
    }
    /// S_ISREG(mode) -> bool
    ///
    /// Return True if mode is from a regular file.
    #[pyfunction(name = "S_ISREG")]
    fn s_isreg(vm: &Vm, object: Int) -> PyResult<bool> {
        is_type(vm, &object, libc::S_IFREG)
    }
    /// S_ISFIFO(mode) -> bool
    ///
    /// Return True if mode is from a FIFO (named pipe).
    #[pyfunction(name = "S_ISFIFO")]
    fn s_isfifo(vm: &Vm, object: Int) -> PyResult<bool> {
        is_type(vm, &object, libc::S_IFIFO)
    }
    /// S_ISLNK(mode) -> bool
    ///
    /// Return True if mode is from a symbolic link.
    #[pyfunction(name = "S_ISLNK")]
    fn s_islnk(vm: &Vm, object: Int) -> PyResult<bool> {
        is_type(vm, &object, libc::S_IFLNK)
    }
    /// S_ISSOCK(mode) -> bool
    ///
    /// Return True if mode is from a socket.
    #[pyfunction(name = "S_ISSOCK")]
    fn s_issock(vm: &Vm, object: Int) -> PyResult<bool> {
        is_type(vm, &object, libc::S_IFSOCK)
    }
    /// S_ISDOOR(mode) -> bool
    ///
    /// Return True if mode is from a door.
    #[pyfunction(name = "S_ISDOOR")]
    fn s_isdoor(vm: &Vm, object: Int) -> PyResult<bool> {
        mode_of(vm, &object).map(|_| false)
    }
    /// S_ISPORT(mode) -> bool
    ///
    /// Return True if mode is from an event port.
    #[pyfunction(name = "S_ISPORT")]
    fn s_isport(vm: &Vm, object: Int) -> PyResult<bool> {
        mode_of(vm, &object).map(|_| false)
    }
    /// S_ISWHT(mode) -> bool
    ///
    /// Return True if mode is from a whiteout.
    #[pyfunction(name = "S_ISWHT")]
    fn s_iswht(vm: &Vm, object: Int) -> PyResult<bool> {
        mode_of(vm, &object).map(|_| false)
    }
    /// Return the portion of the file's mode that can be set by os.chmod().
    #[pyfunction(name = "S_IMODE")]
    fn s_imode(vm: &Vm, object: Int) -> PyResult<u32> {
        Ok(mode_of(vm, &object)? & 0o7777)
    }
    /// Return the portion of the file's mode that describes the file type.
    #[pyfunction(name = "S_IFMT")]
    fn s_ifmt(vm: &Vm, object: Int) -> PyResult<u32> {
        Ok(mode_of(vm, &object)? & libc::S_IFMT)
    }
    /// Convert a file's mode to a string of the form '-rwxrwxrwx'
    #[pyfunction]
    fn filemode(vm: &Vm, object: Int) -> PyResult<String> {
        let mode = mode_of(vm, &object)?;
        let special = |bit: u32, letter: char| (mode & bit != 0).then_some(letter);
        let user = permissions(mode >> 6, special(libc::S_ISUID, 's'));
        let group = permissions(mode >> 3, special(libc::S_ISGID, 's'));
        let others = permissions(mode, special(libc::S_ISVTX, 't'));
        Ok([type_letter(mode)].into_iter().chain(user).chain(group).chain(others).collect())
    }

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        for &(name, value) in CONSTANTS {
            dict.insert_str(&vm.heap, vm.intern(name), vm.new_int(value.into()));
        }
        Ok(())
    }
}
