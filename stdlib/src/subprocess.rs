//! `_posixsubprocess`: forking and executing in one step, for `subprocess`.
//!
//! Everything the child needs is made before the fork: between fork and exec it only makes system calls, because
//! another thread may have held any lock. A `preexec_fn` is the exception that its documentation warns of. What fails
//! in the child before the exec goes to the parent through a pipe, as `ExceptionClass:hex errno:detail`.

use crate::c;
use crate::os::{Gid, Uid, errno, fs_bytes, os_error};
use crate::posix::process::{CStrings, after_fork_child, after_fork_parent, before_fork};
use adder_interp::native::Args;
use adder_interp::object::bytes::Bytes;
use adder_interp::object::int::as_int;
use adder_interp::object::tuple::Tuple;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::pymodule;
use std::ffi::CString;

/// Highest number of supplementary groups of a process.
const NGROUPS_MAX: usize = 65536;

/// The descriptors of pipes to the child; -1 for none.
struct Pipes {
    p2cread: i32,
    p2cwrite: i32,
    c2pread: i32,
    c2pwrite: i32,
    errread: i32,
    errwrite: i32,
    errpipe_read: i32,
    errpipe_write: i32,
}

/// What the child does before it becomes another program.
struct Job {
    argv: Option<CStrings>,
    executables: Vec<CString>,
    env: Option<CStrings>,
    cwd: Option<CString>,
    close_fds: bool,
    /// Ascending.
    keep: Vec<i32>,
    pipes: Pipes,
    restore_signals: bool,
    setsid: bool,
    pgid: i32,
    gid: Option<u32>,
    groups: Option<Vec<libc::gid_t>>,
    uid: Option<u32>,
    umask: i32,
    preexec: Option<Value>,
}

/// Why the child gives up.
enum Failure {
    /// A system call failed; what was being done, for the parent's message.
    Os(i32, &'static str),
    /// `preexec_fn` raised.
    Preexec,
}

fn failed(detail: &'static str) -> Failure {
    Failure::Os(errno(), detail)
}

/// Checks the result of a system call in the child.
fn done(result: i32, detail: &'static str) -> Result<(), Failure> {
    if result == -1 { Err(failed(detail)) } else { Ok(()) }
}

const NOT_EXECUTED: &str = "noexec";

fn make_inheritable(fd: i32) -> Result<(), Failure> {
    let flags = c!(fcntl(fd, libc::F_GETFD));
    done(flags, NOT_EXECUTED)?;
    done(c!(fcntl(fd, libc::F_SETFD, flags & !libc::FD_CLOEXEC)), NOT_EXECUTED)
}

/// Makes `fd` the standard descriptor `target`; -1 leaves the parent's.
fn place(fd: i32, target: i32) -> Result<(), Failure> {
    match fd {
        -1 => Ok(()),
        fd if fd == target => make_inheritable(fd),
        fd => done(c!(dup2(fd, target)), NOT_EXECUTED),
    }
}

/// A duplicate of `fd` above the standard descriptors that are still to be written over, up to `limit`.
fn above(mut fd: i32, limit: i32) -> Result<i32, Failure> {
    while (0..=limit).contains(&fd) {
        fd = c!(dup(fd));
        done(fd, NOT_EXECUTED)?;
    }
    Ok(fd)
}

/// Closes all descriptors from 3 but those to keep.
fn close_others(keep: &[i32]) {
    let mut from = 3;
    for &fd in keep.iter().chain(&[i32::MAX]) {
        if fd < from {
            continue;
        }
        if fd > from {
            close_range(from, fd - 1);
        }
        from = fd.saturating_add(1);
    }
}

fn close_range(from: i32, to: i32) {
    // SAFETY: plain numbers.
    if unsafe { libc::syscall(libc::SYS_close_range, from as u32, to as u32, 0u32) } == 0 {
        return;
    }
    // A kernel before 5.9.
    let limit = match c!(sysconf(libc::_SC_OPEN_MAX)) {
        n if n > 0 => i32::try_from(n).unwrap_or(i32::MAX),
        _ => 256,
    };
    for fd in from..=to.min(limit) {
        c!(close(fd));
    }
}

impl Pipes {
    /// The ends of the pipes become the standard descriptors.
    fn install(&self) -> Result<(), Failure> {
        for fd in [self.p2cwrite, self.c2pread, self.errread, self.errpipe_read] {
            if fd != -1 {
                done(c!(close(fd)), NOT_EXECUTED)?;
            }
        }
        let c2pwrite = above(self.c2pwrite, 0)?;
        let errwrite = above(self.errwrite, 1)?;
        place(self.p2cread, 0)?;
        place(c2pwrite, 1)?;
        place(errwrite, 2)
    }
}

impl Job {
    fn identity(&self) -> Result<(), Failure> {
        if self.setsid {
            done(c!(setsid()), NOT_EXECUTED)?;
        }
        if self.pgid >= 0 {
            done(c!(setpgid(0, self.pgid)), NOT_EXECUTED)?;
        }
        if let Some(groups) = &self.groups {
            done(c!(setgroups(groups.len(), groups.as_ptr())), NOT_EXECUTED)?;
        }
        if let Some(gid) = self.gid {
            done(c!(setregid(gid, gid)), NOT_EXECUTED)?;
        }
        if let Some(uid) = self.uid {
            done(c!(setreuid(uid, uid)), NOT_EXECUTED)?;
        }
        Ok(())
    }

    /// All that comes before the exec.
    fn prepare(&self, vm: &Vm) -> Result<(), Failure> {
        for &fd in self.keep.iter().filter(|&&fd| fd != self.pipes.errpipe_write) {
            make_inheritable(fd)?;
        }
        self.pipes.install()?;
        if let Some(cwd) = &self.cwd {
            done(c!(chdir(cwd.as_ptr())), "noexec:chdir")?;
        }
        if self.umask >= 0 {
            c!(umask(self.umask as libc::mode_t));
        }
        if self.restore_signals {
            // The signals that the interpreter ignores from its start.
            for number in [libc::SIGPIPE, libc::SIGXFSZ] {
                c!(signal(number, libc::SIG_DFL));
            }
        }
        self.identity()?;
        if let Some(preexec) = self.preexec
            && vm.call(preexec, &[]).is_err()
        {
            vm.take_pending();
            return Err(Failure::Preexec);
        }
        if self.close_fds {
            close_others(&self.keep);
        }
        Ok(())
    }

    /// Runs the first program that is found; returns only when none can be.
    fn exec(&self) -> Failure {
        let none = [std::ptr::null()];
        let argv = self.argv.as_ref().map_or(none.as_ptr(), CStrings::as_ptr);
        let mut error = libc::ENOENT;
        for path in &self.executables {
            match &self.env {
                Some(env) => c!(execve(path.as_ptr(), argv, env.as_ptr())),
                None => c!(execv(path.as_ptr(), argv)),
            };
            // A later directory may have no such file: what was found but could not be run is the better answer.
            let now = errno();
            if error == libc::ENOENT || (now != libc::ENOENT && now != libc::ENOTDIR) {
                error = now;
            }
        }
        Failure::Os(error, "")
    }

    /// The child's life.
    fn run(&self, vm: &Vm) -> ! {
        let failure = match self.prepare(vm) {
            Ok(()) => self.exec(),
            Err(failure) => failure,
        };
        let mut room = [0; 128];
        let mut rest = &mut room[..];
        let message = match failure {
            Failure::Os(errno, detail) => format_args!("OSError:{errno:X}:{detail}").write(&mut rest),
            Failure::Preexec => {
                format_args!("SubprocessError:0:Exception occurred in preexec_fn.").write(&mut rest)
            }
        };
        let left = message.map_or(room.len(), |left| left);
        let length = room.len() - left;
        c!(write(self.pipes.errpipe_write, room.as_ptr().cast(), length));
        c!(_exit(255))
    }
}

/// Formatting without the allocator.
trait WriteTo {
    /// Gives the room that is left.
    fn write(&self, to: &mut &mut [u8]) -> std::io::Result<usize>;
}

impl WriteTo for std::fmt::Arguments<'_> {
    fn write(&self, to: &mut &mut [u8]) -> std::io::Result<usize> {
        std::io::Write::write_fmt(to, *self)?;
        Ok(to.len())
    }
}

/// A sequence of bytes objects.
fn byte_strings(vm: &Vm, sequence: Value) -> PyResult<Vec<CString>> {
    let count = vm.length(sequence)?;
    let mut strings = Vec::with_capacity(count);
    for i in 0..count {
        let item = vm.getitem(sequence, vm.new_int(i as i64))?;
        let Some(bytes) = item.downcast::<Bytes>() else {
            let given = vm.type_of(item).name();
            return Err(vm.type_error(format!("expected bytes, {given} found")));
        };
        strings.push(CString::new(bytes.to_vec()).map_err(|_| vm.value_error("embedded null byte"))?);
    }
    Ok(strings)
}

fn argument_strings(vm: &Vm, value: Value) -> PyResult<Option<CStrings>> {
    if value.is_none() {
        return Ok(None);
    }
    if !vm.is_sequence(value) {
        return Err(vm.type_error("argv must be a tuple"));
    }
    let items = vm.collect(value)?;
    let mut strings = Vec::with_capacity(items.len());
    for &item in items.iter() {
        strings.push(fs_bytes(vm, item)?);
    }
    Ok(Some(CStrings::new(strings)))
}

fn group_ids(vm: &Vm, value: Value) -> PyResult<Option<Vec<libc::gid_t>>> {
    if value.is_none() {
        return Ok(None);
    }
    let Some(items) = value.downcast::<adder_interp::object::list::List>() else {
        return Err(vm.type_error("setgroups argument must be a list"));
    };
    let items = items.to_vec(&vm.heap);
    if items.len() > NGROUPS_MAX {
        return Err(vm.value_error("too many extra_groups"));
    }
    let mut groups = Vec::with_capacity(items.len());
    for &item in items.iter() {
        if as_int(item).is_none() {
            return Err(vm.type_error("extra_groups must be integers"));
        }
        let Ok(Gid(gid)) = Gid::of(vm, item) else {
            vm.take_pending();
            return Err(vm.value_error("invalid group id"));
        };
        groups.push(gid);
    }
    Ok(Some(groups))
}

/// The descriptors to keep: non-negative and ascending.
fn kept_fds(vm: &Vm, fds: &[Value]) -> PyResult<Vec<i32>> {
    let numbers: Option<Vec<i32>> =
        fds.iter().map(|&v| as_int(v).and_then(|n| n.to_i64()).and_then(|n| i32::try_from(n).ok())).collect();
    match numbers {
        Some(fds) if fds.first().is_none_or(|&fd| fd >= 0) && fds.is_sorted_by(|a, b| a < b) => Ok(fds),
        _ => Err(vm.value_error("bad value(s) in fds_to_keep")),
    }
}

fn int_argument(vm: &Vm, value: Value) -> PyResult<i32> {
    i32::try_from(vm.index_i64(value)?)
        .map_err(|_| vm.overflow_error("Python int too large to convert to C int"))
}

fn job(vm: &Vm, args: &[Value]) -> PyResult<Job> {
    let Some(keep) = args[3].downcast::<Tuple>() else {
        let given = vm.type_of(args[3]).name();
        return Err(vm.type_error(format!("fork_exec() argument 4 must be tuple, not {given}")));
    };
    let close_fds = vm.truthy(args[2])?;
    let mut numbers = [0; 8];
    for (number, &arg) in numbers.iter_mut().zip(&args[6..14]) {
        *number = int_argument(vm, arg)?;
    }
    let [p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write] = numbers;
    let restore_signals = vm.truthy(args[14])?;
    let setsid = vm.truthy(args[15])?;
    let pgid = int_argument(vm, args[16])?;
    let umask = int_argument(vm, args[20])?;
    let preexec = Some(args[21]).filter(|v| !v.is_none());
    if close_fds && errpipe_write < 3 {
        return Err(vm.value_error("errpipe_write must be >= 3"));
    }
    let keep = kept_fds(vm, &keep)?;
    if vm.gil.is_finalizing() {
        return Err(vm.python_finalization_error(match preexec {
            Some(_) => "preexec_fn not supported at interpreter shutdown",
            None => "can't fork at interpreter shutdown",
        }));
    }
    let optional = |v: Value| Some(v).filter(|v| !v.is_none());
    Ok(Job {
        executables: byte_strings(vm, args[1])?,
        argv: argument_strings(vm, args[0])?,
        env: optional(args[5]).map(|v| byte_strings(vm, v)).transpose()?.map(CStrings::new),
        cwd: optional(args[4]).map(|v| fs_bytes(vm, v)).transpose()?,
        close_fds,
        keep,
        pipes: Pipes { p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write },
        restore_signals,
        setsid,
        pgid,
        groups: group_ids(vm, args[18])?,
        gid: optional(args[17]).map(|v| Gid::of(vm, v)).transpose()?.map(|gid| gid.0),
        uid: optional(args[19]).map(|v| Uid::of(vm, v)).transpose()?.map(|uid| uid.0),
        umask,
        preexec,
    })
}

/// A POSIX helper for the subprocess module.
#[pymodule(name = "_posixsubprocess")]
pub mod subprocess {
    use super::*;

    /// Spawn a fresh new child process.
    ///
    /// Fork a child process, close parent file descriptors as appropriate in
    /// the child and duplicate the few that are needed before calling exec() in
    /// the child process.
    ///
    /// Returns: the child process's PID. Raises only on an error in the parent process; an error of the child before
    /// the exec is written to the errpipe_write fd.
    #[pyfunction(
        sig = "(args, executable_list, close_fds, pass_fds, cwd, env, p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write, restore_signals, call_setsid, pgid_to_set, gid, extra_groups, uid, child_umask, preexec_fn, /)"
    )]
    fn fork_exec(vm: &Vm, args: Args<'_>) -> PyResult<i32> {
        let job = job(vm, args.counted(vm, "fork_exec", 22, 22)?)?;
        let hooks = job.preexec.is_some();
        if hooks {
            before_fork(vm);
        }
        let pid = c!(fork());
        let error = errno();
        if pid == 0 {
            if hooks {
                after_fork_child(vm);
            }
            job.run(vm);
        }
        if hooks {
            after_fork_parent(vm);
        }
        if pid == -1 {
            return Err(os_error(vm, error));
        }
        Ok(pid)
    }
}
