//! The `pwd` and `grp` modules: the databases of users and groups.
//!
//! Look-ups use the reentrant functions of the C library, without the GIL; walks over all entries have one position for
//! the whole process, so they keep the GIL.

use crate::c;
use crate::os::{Gid, Uid, os_error};
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::str::Str;
use adder_interp::object::structseq::StructSeqDef;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::pymodule;
use std::ffi::{CStr, CString, c_char};

static PASSWD: StructSeqDef = StructSeqDef {
    name: "struct_passwd",
    module: "pwd",
    doc: "pwd.struct_passwd: Results from getpw*() routines.\n\n\
          This object may be accessed either as a tuple of\n  \
          (pw_name,pw_passwd,pw_uid,pw_gid,pw_gecos,pw_dir,pw_shell)\n\
          or via the object attributes as named in the above tuple.",
    fields: &[
        ("pw_name", "user name"),
        ("pw_passwd", "password"),
        ("pw_uid", "user id"),
        ("pw_gid", "group id"),
        ("pw_gecos", "real name"),
        ("pw_dir", "home directory"),
        ("pw_shell", "shell program"),
    ],
    visible: 7,
    constructible: true,
};

static GROUP: StructSeqDef = StructSeqDef {
    name: "struct_group",
    module: "grp",
    doc: "grp.struct_group: Results from getgr*() routines.\n\n\
          This object may be accessed either as a tuple of\n  \
          (gr_name,gr_passwd,gr_gid,gr_mem)\n\
          or via the object attributes as named in the above tuple.\n",
    fields: &[
        ("gr_name", "group name"),
        ("gr_passwd", "password"),
        ("gr_gid", "group id"),
        ("gr_mem", "group members"),
    ],
    visible: 4,
    constructible: true,
};

/// Text of a C string; None for a null pointer.
///
/// # Safety
/// The pointer is null or that of a C string.
unsafe fn text(vm: &Vm, string: *const c_char) -> Value {
    if string.is_null() {
        return Value::none();
    }
    // SAFETY: the caller's promise.
    vm.fs_decode(unsafe { CStr::from_ptr(string) }.to_bytes()).value()
}

/// # Safety
/// The strings of the entry are alive.
unsafe fn passwd_entry(vm: &Vm, entry: &libc::passwd) -> PyResult {
    // SAFETY: the caller's promise.
    let text = |string| unsafe { text(vm, string) };
    let items = [
        text(entry.pw_name),
        text(entry.pw_passwd),
        Uid(entry.pw_uid).value(vm),
        Gid(entry.pw_gid).value(vm),
        text(entry.pw_gecos),
        text(entry.pw_dir),
        text(entry.pw_shell),
    ];
    vm.new_structseq(&PASSWD, &items)
}

/// # Safety
/// The strings of the entry are alive.
unsafe fn group_entry(vm: &Vm, entry: &libc::group) -> PyResult {
    let mut members = vm.vec();
    let mut at = entry.gr_mem;
    // SAFETY: a null-terminated array of C strings, by the caller's promise.
    while !at.is_null() && !unsafe { *at }.is_null() {
        // SAFETY: as above.
        unsafe {
            members.push(&vm.heap, text(vm, *at));
            at = at.add(1);
        }
    }
    // SAFETY: the caller's promise.
    let text = |string| unsafe { text(vm, string) };
    let items =
        [text(entry.gr_name), text(entry.gr_passwd), Gid(entry.gr_gid).value(vm), vm.list_from(members)];
    vm.new_structseq(&GROUP, &items)
}

/// A reentrant look-up: fills an entry, whose strings lie in the room given, and says where the entry is.
fn look_up<E>(
    vm: &Vm,
    call: impl Fn(*mut E, *mut c_char, usize, *mut *mut E) -> i32,
    make: impl Fn(&E) -> PyResult,
) -> PyResult<Option<Value>> {
    let mut size = 1024;
    loop {
        let mut room = vec![0 as c_char; size];
        // SAFETY: a plain struct, filled by the call.
        let mut entry: E = unsafe { std::mem::zeroed() };
        let mut found = std::ptr::null_mut();
        let pointers = (&raw mut entry, room.as_mut_ptr(), &raw mut found);
        match vm.allow_threads(|| call(pointers.0, pointers.1, size, pointers.2)) {
            libc::ERANGE if size < 1 << 24 => size *= 2,
            // What the C library says about missing entries differs; the result does not.
            0 | libc::ENOENT | libc::ESRCH | libc::EBADF | libc::EPERM => {
                return if found.is_null() { Ok(None) } else { make(&entry).map(Some) };
            }
            error => return Err(os_error(vm, error)),
        }
    }
}

/// A name for a look-up.
fn encoded(vm: &Vm, name: Gc<Str>) -> PyResult<CString> {
    CString::new(vm.fs_encode(name)?).map_err(|_| vm.value_error("embedded null byte"))
}

fn missing_name(vm: &Vm, what: &str, name: Gc<Str>) -> PyResult {
    let name = vm.repr_text(name.value())?;
    Err(vm.key_error(vm.new_str(&format!("{what}: name not found: {name}"))))
}

/// This module provides access to the Unix password database.
/// It is available on all Unix versions.
///
/// Password database entries are reported as 7-tuples containing the following
/// items from the password database (see `<pwd.h>'), in order:
/// pw_name, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell.
/// The uid and gid items are integers, all others are strings. An
/// exception is raised if the entry asked for cannot be found.
#[pymodule(name = "pwd")]
pub mod pwd {
    use super::*;

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        dict.insert_str(&vm.heap, vm.intern(PASSWD.name), vm.structseq_type(&PASSWD)?.value());
        Ok(())
    }

    /// Return the password database entry for the given numeric user ID.
    ///
    /// See `help(pwd)` for more on password database entries.
    #[pyfunction(sig = "(uidobj, /)")]
    fn getpwuid(vm: &Vm, uidobj: Value) -> PyResult {
        let uid = match Uid::of(vm, uidobj) {
            Ok(uid) => uid,
            Err(_) => {
                vm.catch(vm.exceptions.overflow_error)?;
                return Err(vm.key_error(vm.new_str("getpwuid(): uid not found")));
            }
        };
        // SAFETY: the strings are in the room that the look-up made.
        let make = |entry: &libc::passwd| unsafe { passwd_entry(vm, entry) };
        match look_up(vm, |entry, room, size, found| c!(getpwuid_r(uid.0, entry, room, size, found)), make)? {
            Some(entry) => Ok(entry),
            None => {
                let uid = vm.str_text(uid.value(vm))?;
                Err(vm.key_error(vm.new_str(&format!("getpwuid(): uid not found: {uid}"))))
            }
        }
    }

    /// Return the password database entry for the given user name.
    ///
    /// See `help(pwd)` for more on password database entries.
    #[pyfunction(sig = "(name, /)")]
    fn getpwnam(vm: &Vm, name: Gc<Str>) -> PyResult {
        let raw = encoded(vm, name)?;
        let raw = raw.as_ptr();
        // SAFETY: the strings are in the room that the look-up made.
        let make = |entry: &libc::passwd| unsafe { passwd_entry(vm, entry) };
        match look_up(vm, |entry, room, size, found| c!(getpwnam_r(raw, entry, room, size, found)), make)? {
            Some(entry) => Ok(entry),
            None => missing_name(vm, "getpwnam()", name),
        }
    }

    /// Return a list of all available password database entries, in arbitrary order.
    ///
    /// See help(pwd) for more on password database entries.
    #[pyfunction]
    fn getpwall(vm: &Vm) -> PyResult {
        let mut all = vm.vec();
        c!(setpwent());
        // SAFETY: null or an entry that lives until the next call; the GIL keeps others away.
        while let Some(entry) = unsafe { libc::getpwent().as_ref() } {
            // SAFETY: as above.
            let made = unsafe { passwd_entry(vm, entry) };
            if made.is_err() {
                c!(endpwent());
            }
            all.push(&vm.heap, made?);
        }
        c!(endpwent());
        Ok(vm.list_from(all))
    }
}

/// Access to the Unix group database.
///
/// Group entries are reported as 4-tuples containing the following fields
/// from the group database, in order:
///
///   gr_name   - name of the group
///   gr_passwd - group password (encrypted); often empty
///   gr_gid    - numeric ID of the group
///   gr_mem    - list of members
///
/// The gid is an integer, name and password are strings.  (Note that most
/// users are not explicitly listed as members of the groups they are in
/// according to the password database.  Check both databases to get
/// complete membership information.)
#[pymodule(name = "grp")]
pub mod grp {
    use super::*;

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        dict.insert_str(&vm.heap, vm.intern(GROUP.name), vm.structseq_type(&GROUP)?.value());
        Ok(())
    }

    /// Return the group database entry for the given numeric group ID.
    ///
    /// If id is not valid, raise KeyError.
    #[pyfunction(sig = "(id)")]
    fn getgrgid(vm: &Vm, id: Gid) -> PyResult {
        // SAFETY: the strings are in the room that the look-up made.
        let make = |entry: &libc::group| unsafe { group_entry(vm, entry) };
        match look_up(vm, |entry, room, size, found| c!(getgrgid_r(id.0, entry, room, size, found)), make)? {
            Some(entry) => Ok(entry),
            None => {
                let gid = vm.str_text(id.value(vm))?;
                Err(vm.key_error(vm.new_str(&format!("getgrgid(): gid not found: {gid}"))))
            }
        }
    }

    /// Return the group database entry for the given group name.
    ///
    /// If name is not valid, raise KeyError.
    #[pyfunction(sig = "(name)")]
    fn getgrnam(vm: &Vm, name: Gc<Str>) -> PyResult {
        let raw = encoded(vm, name)?;
        let raw = raw.as_ptr();
        // SAFETY: the strings are in the room that the look-up made.
        let make = |entry: &libc::group| unsafe { group_entry(vm, entry) };
        match look_up(vm, |entry, room, size, found| c!(getgrnam_r(raw, entry, room, size, found)), make)? {
            Some(entry) => Ok(entry),
            None => missing_name(vm, "getgrnam()", name),
        }
    }

    /// Return a list of all available group entries, in arbitrary order.
    ///
    /// An entry whose name starts with '+' or '-' represents an instruction
    /// to use YP/NIS and may not be accessible via getgrnam or getgrgid.
    #[pyfunction]
    fn getgrall(vm: &Vm) -> PyResult {
        let mut all = vm.vec();
        c!(setgrent());
        // SAFETY: null or an entry that lives until the next call; the GIL keeps others away.
        while let Some(entry) = unsafe { libc::getgrent().as_ref() } {
            // SAFETY: as above.
            let made = unsafe { group_entry(vm, entry) };
            if made.is_err() {
                c!(endgrent());
            }
            all.push(&vm.heap, made?);
        }
        c!(endgrent());
        Ok(vm.list_from(all))
    }
}
