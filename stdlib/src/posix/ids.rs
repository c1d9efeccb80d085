//! Users, groups, sessions and process groups.

use crate::c;
use crate::os::{Checked, FsString, Gid, Uid, direct};
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::pyfunction;

macro_rules! getters {
    ($($name:ident, $result:ty, $doc:literal;)*) => {$(
        #[doc = $doc]
        #[pyfunction(module = "posix")]
        pub fn $name() -> $result {
            c!($name())
        }
    )*};
}
getters! {
    getpid, i32, "Return the current process id.";
    getppid, i32, "Return the parent's process id.";
    getpgrp, i32, "Return the current process group id.";
}

/// Return the current process's user id.
#[pyfunction(module = "posix")]
pub fn getuid(vm: &Vm) -> Value {
    Uid(c!(getuid())).value(vm)
}
/// Return the current process's effective user id.
#[pyfunction(module = "posix")]
pub fn geteuid(vm: &Vm) -> Value {
    Uid(c!(geteuid())).value(vm)
}
/// Return the current process's group id.
#[pyfunction(module = "posix")]
pub fn getgid(vm: &Vm) -> Value {
    Gid(c!(getgid())).value(vm)
}
/// Return the current process's effective group id.
#[pyfunction(module = "posix")]
pub fn getegid(vm: &Vm) -> Value {
    Gid(c!(getegid())).value(vm)
}

macro_rules! setters {
    ($($name:ident, $sig:tt, ($($arg:ident: $ty:ty),*), $doc:literal;)*) => {$(
        #[doc = $doc]
        #[pyfunction(module = "posix", sig = $sig)]
        pub fn $name(vm: &Vm, $($arg: $ty),*) -> PyResult<()> {
            direct(|| c!($name($($arg.0),*)) as i64).check(vm)?;
            Ok(())
        }
    )*};
}
setters! {
    setuid, "(uid, /)", (uid: Uid), "Set the current process's user id.";
    seteuid, "(euid, /)", (euid: Uid), "Set the current process's effective user id.";
    setgid, "(gid, /)", (gid: Gid), "Set the current process's group id.";
    setegid, "(egid, /)", (egid: Gid), "Set the current process's effective group id.";
    setreuid, "(ruid, euid, /)", (ruid: Uid, euid: Uid), "Set the current process's real and effective user ids.";
    setregid, "(rgid, egid, /)", (rgid: Gid, egid: Gid), "Set the current process's real and effective group ids.";
    setresuid, "(ruid, euid, suid, /)", (ruid: Uid, euid: Uid, suid: Uid),
        "Set the current process's real, effective, and saved user ids.";
    setresgid, "(rgid, egid, sgid, /)", (rgid: Gid, egid: Gid, sgid: Gid),
        "Set the current process's real, effective, and saved group ids.";
}

/// Return a tuple of the current process's real, effective, and saved user ids.
#[pyfunction(module = "posix")]
pub fn getresuid(vm: &Vm) -> PyResult {
    let (mut r, mut e, mut s) = (0, 0, 0);
    direct(|| c!(getresuid(&mut r, &mut e, &mut s)) as i64).check(vm)?;
    Ok(vm.new_tuple(&[r, e, s].map(|id| Uid(id).value(vm))))
}

/// Return a tuple of the current process's real, effective, and saved group ids.
#[pyfunction(module = "posix")]
pub fn getresgid(vm: &Vm) -> PyResult {
    let (mut r, mut e, mut s) = (0, 0, 0);
    direct(|| c!(getresgid(&mut r, &mut e, &mut s)) as i64).check(vm)?;
    Ok(vm.new_tuple(&[r, e, s].map(|id| Gid(id).value(vm))))
}

fn group_list(vm: &Vm, groups: &[libc::gid_t]) -> Value {
    let mut list = vm.vec();
    for &group in groups {
        list.push(&vm.heap, Gid(group).value(vm));
    }
    vm.list_from(list)
}

/// Return list of supplemental group IDs for the process.
#[pyfunction(module = "posix")]
pub fn getgroups(vm: &Vm) -> PyResult {
    let n = direct(|| c!(getgroups(0, std::ptr::null_mut())) as i64).check(vm)?;
    let mut groups = vec![0; n as usize];
    let n = direct(|| c!(getgroups(n as i32, groups.as_mut_ptr())) as i64).check(vm)?;
    Ok(group_list(vm, &groups[..n as usize]))
}

/// Set the groups of the current process to list.
#[pyfunction(module = "posix", sig = "(groups, /)")]
pub fn setgroups(vm: &Vm, groups: Value) -> PyResult<()> {
    if !vm.is_sequence(groups) {
        return Err(vm.type_error("setgroups argument must be a sequence"));
    }
    let items = vm.collect(groups)?;
    if items.len() > 65536 {
        return Err(vm.value_error("too many groups"));
    }
    let mut ids = Vec::with_capacity(items.len());
    for &item in items.iter() {
        if adder_interp::object::int::as_int(item).is_none() {
            return Err(vm.type_error("groups must be integers"));
        }
        let id = vm.index_i64(item)?;
        ids.push(u32::try_from(id).map_err(|_| {
            vm.overflow_error(format!(
                "gid is {}",
                if id < 0 { "less than minimum" } else { "greater than maximum" }
            ))
        })?);
    }
    direct(|| c!(setgroups(ids.len(), ids.as_ptr())) as i64).check(vm)?;
    Ok(())
}

/// Returns a list of groups to which a user belongs.
#[pyfunction(module = "posix", sig = "(user, group, /)")]
pub fn getgrouplist(vm: &Vm, user: FsString, group: Gid) -> PyResult {
    let mut room = 64;
    loop {
        let (mut groups, mut n) = (vec![0; room as usize], room);
        if c!(getgrouplist(user.0.as_ptr(), group.0, groups.as_mut_ptr(), &mut n)) >= 0 {
            return Ok(group_list(vm, &groups[..n as usize]));
        }
        room = n.max(room * 2);
    }
}

/// Initialize the group access list.
#[pyfunction(module = "posix", sig = "(username, gid, /)")]
pub fn initgroups(vm: &Vm, username: FsString, gid: Gid) -> PyResult<()> {
    direct(|| c!(initgroups(username.0.as_ptr(), gid.0)) as i64).check(vm)?;
    Ok(())
}

/// Return the actual login name.
#[pyfunction(module = "posix")]
pub fn getlogin(vm: &Vm) -> PyResult {
    let name = c!(getlogin());
    if name.is_null() {
        return Err(crate::os::last_error(vm));
    }
    // SAFETY: a C string of the C library, copied at once.
    let name = unsafe { std::ffi::CStr::from_ptr(name) };
    Ok(vm.fs_decode(name.to_bytes()).value())
}

/// Call the system call getpgid(), and return the result.
#[pyfunction(module = "posix", sig = "(pid)")]
pub fn getpgid(vm: &Vm, pid: i32) -> PyResult<i64> {
    direct(|| c!(getpgid(pid)) as i64).check(vm)
}

/// Call the system call getsid(pid) and return the result.
#[pyfunction(module = "posix", sig = "(pid, /)")]
pub fn getsid(vm: &Vm, pid: i32) -> PyResult<i64> {
    direct(|| c!(getsid(pid)) as i64).check(vm)
}

/// Call the system call setsid().
#[pyfunction(module = "posix")]
pub fn setsid(vm: &Vm) -> PyResult<()> {
    direct(|| c!(setsid()) as i64).check(vm)?;
    Ok(())
}

/// Call the system call setpgid(pid, pgrp).
#[pyfunction(module = "posix", sig = "(pid, pgrp, /)")]
pub fn setpgid(vm: &Vm, pid: i32, pgrp: i32) -> PyResult<()> {
    direct(|| c!(setpgid(pid, pgrp)) as i64).check(vm)?;
    Ok(())
}

/// Make the current process the leader of its process group.
#[pyfunction(module = "posix")]
pub fn setpgrp(vm: &Vm) -> PyResult<()> {
    direct(|| c!(setpgid(0, 0)) as i64).check(vm)?;
    Ok(())
}

/// Return program scheduling priority.
#[pyfunction(module = "posix", sig = "(which, who)")]
pub fn getpriority(vm: &Vm, which: i32, who: i32) -> PyResult<i32> {
    // SAFETY: the address of this thread's error number; -1 is a valid priority.
    unsafe { *libc::__errno_location() = 0 };
    let value = c!(getpriority(which as _, who as libc::id_t));
    if value == -1 && crate::os::errno() != 0 { Err(crate::os::last_error(vm)) } else { Ok(value) }
}

/// Set program scheduling priority.
#[pyfunction(module = "posix", sig = "(which, who, priority)")]
pub fn setpriority(vm: &Vm, which: i32, who: i32, priority: i32) -> PyResult<()> {
    direct(|| c!(setpriority(which as _, who as libc::id_t, priority)) as i64).check(vm)?;
    Ok(())
}
