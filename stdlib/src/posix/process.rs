//! Processes: fork, exec, spawn, wait, signals to processes.

use crate::os::{Checked, Path, PathOrFd, Target, direct, fs_bytes, os_error};
use crate::{c, sys_retry};
use adder_interp::heap::GcVec;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::list::List;
use adder_interp::object::structseq::StructSeqDef;
use adder_interp::object::tuple::Tuple;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::pyfunction;
use std::ffi::CString;

// ---- fork

const HOOKS: [&str; 3] = ["posix.fork.before", "posix.fork.child", "posix.fork.parent"];

/// Register callables to be called when forking a new process.
#[pyfunction(
    module = "posix",
    sig = "(*, before=<unrepresentable>, after_in_child=<unrepresentable>, after_in_parent=<unrepresentable>)"
)]
pub fn register_at_fork(
    vm: &Vm,
    before: Option<Value>,
    after_in_child: Option<Value>,
    after_in_parent: Option<Value>,
) -> PyResult<()> {
    let given = [before, after_in_child, after_in_parent];
    if given.iter().all(Option::is_none) {
        return Err(vm.type_error("At least one argument is required."));
    }
    for (value, name) in given.iter().zip(["before", "after_in_child", "after_in_parent"]) {
        let Some(value) = *value else { continue };
        if !crate::support::is_callable(vm, value) {
            let given = vm.type_of(value).name();
            return Err(vm.type_error(format!("'{name}' must be callable, not {given}")));
        }
    }
    for (value, key) in given.into_iter().zip(HOOKS) {
        let Some(value) = value else { continue };
        let list = vm.registered(key, |vm| Ok(vm.new_list(&[])))?;
        if let Some(list) = list.downcast::<List>() {
            list.push(&vm.heap, value);
        }
    }
    Ok(())
}

fn run_hooks(vm: &Vm, key: &'static str, reversed: bool) {
    let list = vm.registry.borrow().get(key).and_then(|v| v.downcast::<List>());
    let Some(list) = list else { return };
    let hooks = list.to_vec(&vm.heap);
    let n = hooks.len();
    for i in 0..n {
        let hook = hooks[if reversed { n - 1 - i } else { i }];
        if vm.call(hook, &[]).is_err() {
            vm.write_unraisable("Exception ignored in fork hook", hook);
        }
    }
}

/// What runs in the parent before a fork.
pub fn before_fork(vm: &Vm) {
    run_hooks(vm, HOOKS[0], true);
    crate::io::flush_before_spawn(vm);
    if let Some(tier) = vm.tier.get() {
        tier.before_fork();
    }
}

/// What runs in the child after a fork: one thread is left.
pub fn after_fork_child(vm: &Vm) {
    vm.after_fork_in_child();
    // The child is not inside the event loop, whatever task forked.
    vm.running_loop.set(None);
    vm.running_task.set(None);
    crate::thread::after_fork(vm);
    crate::signal::after_fork(vm);
    if let Some(tier) = vm.tier.get() {
        tier.after_fork(vm, true);
    }
    run_hooks(vm, HOOKS[1], false);
}

/// What runs in the parent after a fork.
pub fn after_fork_parent(vm: &Vm) {
    if let Some(tier) = vm.tier.get() {
        tier.after_fork(vm, false);
    }
    run_hooks(vm, HOOKS[2], false);
}

fn fork_with(vm: &Vm, call: impl FnOnce() -> i32) -> PyResult<i32> {
    if vm.gil.is_finalizing() {
        return Err(vm.python_finalization_error("can't fork at interpreter shutdown"));
    }
    before_fork(vm);
    let pid = call();
    let error = crate::os::errno();
    if pid == 0 {
        after_fork_child(vm);
    } else {
        let many = vm.thread_count() > 1;
        after_fork_parent(vm);
        if many && pid > 0 {
            let text = format!(
                "This process (pid={}) is multi-threaded, use of fork() may lead to deadlocks in the child.",
                std::process::id()
            );
            crate::warn::warn(vm, vm.exceptions.deprecation_warning, &text, 1, None)?;
        }
    }
    if pid == -1 {
        return Err(os_error(vm, error));
    }
    Ok(pid)
}

/// Fork a child process.
#[pyfunction(module = "posix")]
pub fn fork(vm: &Vm) -> PyResult<i32> {
    fork_with(vm, || c!(fork()))
}

/// Fork a new process with a new pseudo-terminal as controlling tty.
#[pyfunction(module = "posix")]
pub fn forkpty(vm: &Vm) -> PyResult<(i32, i32)> {
    let mut master = -1;
    let none = std::ptr::null_mut();
    let pid = fork_with(vm, || c!(forkpty(&mut master, none, none as *mut _, none as *mut _)))?;
    Ok((pid, master))
}

/// Exit to the system with specified status, without normal exit processing.
#[pyfunction(module = "posix", name = "_exit", sig = "(status)")]
pub fn exit_now(status: i32) {
    c!(_exit(status))
}

/// Abort the interpreter immediately.
#[pyfunction(module = "posix")]
pub fn abort() {
    std::process::abort()
}

// ---- exec

/// Strings for a C call, and the null-terminated array of pointers to them.
pub struct CStrings {
    _strings: Vec<CString>,
    pointers: Vec<*const libc::c_char>,
}

impl CStrings {
    pub fn new(strings: Vec<CString>) -> CStrings {
        let mut pointers: Vec<_> = strings.iter().map(|s| s.as_ptr()).collect();
        pointers.push(std::ptr::null());
        CStrings { _strings: strings, pointers }
    }
    pub fn as_ptr(&self) -> *const *const libc::c_char {
        self.pointers.as_ptr()
    }
}

/// The items of a tuple or list.
pub fn tuple_or_list(vm: &Vm, v: Value) -> Option<GcVec> {
    match v.downcast::<Tuple>() {
        Some(t) => Some(GcVec::from_slice(&vm.heap, &t)),
        None => v.downcast::<List>().map(|l| l.to_vec(&vm.heap)),
    }
}

/// Program arguments: a non-empty tuple or list whose first item is not empty.
fn arguments(vm: &Vm, function: &str, argv: Value) -> PyResult<CStrings> {
    let Some(items) = tuple_or_list(vm, argv) else {
        return Err(vm.type_error(format!("{function} must be a tuple or list")));
    };
    if items.is_empty() {
        return Err(vm.value_error(format!("{function} must not be empty")));
    }
    let mut strings = Vec::with_capacity(items.len());
    for &item in items.iter() {
        strings.push(fs_bytes(vm, item)?);
    }
    if strings[0].is_empty() {
        return Err(vm.value_error(format!("{function} first element cannot be empty")));
    }
    Ok(CStrings::new(strings))
}

/// `name=value` strings from a mapping.
pub fn environment(vm: &Vm, env: Value) -> PyResult<CStrings> {
    let (keys, values) = (vm.call_method(env, "keys", &[])?, vm.call_method(env, "values", &[])?);
    let (keys, values) = (vm.collect(keys)?, vm.collect(values)?);
    let mut strings = Vec::with_capacity(keys.len());
    for (&key, &value) in keys.iter().zip(values.iter()) {
        let (key, value) = (fs_bytes(vm, key)?, fs_bytes(vm, value)?);
        if key.is_empty() || key.as_bytes()[1..].contains(&b'=') || key.as_bytes()[0] == b'=' {
            return Err(vm.value_error("illegal environment variable name"));
        }
        let line = [key.as_bytes(), b"=", value.as_bytes()].concat();
        strings.push(CString::new(line).map_err(|_| vm.value_error("embedded null byte"))?);
    }
    Ok(CStrings::new(strings))
}

/// Execute an executable path with arguments, replacing current process.
#[pyfunction(module = "posix", sig = "(path, argv, /)")]
pub fn execv(vm: &Vm, path: Path, argv: Value) -> PyResult<()> {
    let argv = arguments(vm, "execv() arg 2", argv)?;
    crate::io::flush_before_spawn(vm);
    direct(|| c!(execv(path.ptr(), argv.as_ptr())) as i64).check(vm).map(drop)
}

/// Execute an executable path with arguments, replacing current process.
#[pyfunction(module = "posix", sig = "(path, argv, env)")]
pub fn execve(vm: &Vm, path: PathOrFd, argv: Value, env: Value) -> PyResult<()> {
    // The wording for other types differs from `execv`'s.
    if tuple_or_list(vm, argv).is_none() {
        return Err(vm.type_error("execve: argv must be a tuple or list"));
    }
    let argv = arguments(vm, "execve() arg 2", argv)?;
    if !is_mapping(vm, env) {
        return Err(vm.type_error("execve: environment must be a mapping object"));
    }
    let env = environment(vm, env)?;
    crate::io::flush_before_spawn(vm);
    let result = match &path.target {
        Target::Fd(fd) => direct(|| c!(fexecve(*fd, argv.as_ptr(), env.as_ptr())) as i64),
        Target::Name(name) => direct(|| c!(execve(name.as_ptr(), argv.as_ptr(), env.as_ptr())) as i64),
    };
    result.check_path(vm, &path)?;
    Ok(())
}

fn is_mapping(vm: &Vm, v: Value) -> bool {
    v.is::<Dict>() || vm.special_of(v, adder_interp::vm::special::Special::GetItem).is_some()
}

// ---- posix_spawn

const ACTION_OPEN: i64 = 0;
const ACTION_CLOSE: i64 = 1;
const ACTION_DUP2: i64 = 2;
const ACTION_CLOSEFROM: i64 = 3;

/// What `posix_spawn` is to do in the child, freed in the end.
struct Actions {
    raw: libc::posix_spawn_file_actions_t,
    _names: Vec<CString>,
}

impl Drop for Actions {
    fn drop(&mut self) {
        c!(posix_spawn_file_actions_destroy(&mut self.raw));
    }
}

unsafe extern "C" {
    fn posix_spawn_file_actions_addclosefrom_np(
        actions: *mut libc::posix_spawn_file_actions_t,
        from: libc::c_int,
    ) -> libc::c_int;
}

fn file_actions(vm: &Vm, value: Value) -> PyResult<Option<Actions>> {
    if value.is_none() {
        return Ok(None);
    }
    if !vm.is_sequence(value) {
        return Err(vm.type_error("file_actions must be a sequence or None"));
    }
    let items = vm.collect(value)?;
    if items.is_empty() {
        return Ok(None);
    }
    // SAFETY: initialised by the next call before anything looks at it.
    let mut actions = Actions { raw: unsafe { std::mem::zeroed() }, _names: Vec::new() };
    c!(posix_spawn_file_actions_init(&mut actions.raw));
    for &item in items.iter() {
        let Some(action) = item.downcast::<Tuple>().filter(|t| !t.is_empty()) else {
            return Err(vm.type_error("Each file_actions element must be a non-empty tuple"));
        };
        add_action(vm, &mut actions, action)?;
    }
    Ok(Some(actions))
}

fn add_action(vm: &Vm, actions: &mut Actions, action: Gc<Tuple>) -> PyResult<()> {
    let tag = vm.index_i64(action[0])?;
    let int = |i: usize| -> PyResult<i32> {
        i32::try_from(vm.index_i64(action[i])?)
            .map_err(|_| vm.overflow_error("Python int too large to convert to C int"))
    };
    let wrong = |what: &str| {
        Err(vm.type_error(format!(
            "A {what} file_action tuple must have {}",
            match what {
                "open" => "5 elements",
                "dup2" => "3 elements",
                _ => "2 elements",
            }
        )))
    };
    let raw: *mut _ = &mut actions.raw;
    let result = match (tag, action.len()) {
        (ACTION_OPEN, 5) => {
            let (fd, name, flags, mode) = (int(1)?, fs_bytes(vm, action[2])?, int(3)?, int(4)?);
            let result =
                c!(posix_spawn_file_actions_addopen(raw, fd, name.as_ptr(), flags, mode as libc::mode_t));
            actions._names.push(name);
            result
        }
        (ACTION_CLOSE, 2) => c!(posix_spawn_file_actions_addclose(raw, int(1)?)),
        (ACTION_DUP2, 3) => c!(posix_spawn_file_actions_adddup2(raw, int(1)?, int(2)?)),
        // SAFETY: the actions are initialised.
        (ACTION_CLOSEFROM, 2) => unsafe { posix_spawn_file_actions_addclosefrom_np(raw, int(1)?) },
        (ACTION_OPEN, _) => return wrong("open"),
        (ACTION_CLOSE, _) => return wrong("close"),
        (ACTION_DUP2, _) => return wrong("dup2"),
        (ACTION_CLOSEFROM, _) => return wrong("closefrom"),
        _ => return Err(vm.type_error("Unknown file_actions identifier")),
    };
    if result != 0 { Err(os_error(vm, result)) } else { Ok(()) }
}

/// Attributes of the child, freed in the end.
struct Attributes(libc::posix_spawnattr_t);

impl Drop for Attributes {
    fn drop(&mut self) {
        c!(posix_spawnattr_destroy(&mut self.0));
    }
}

/// The keyword arguments of `posix_spawn`.
struct SpawnOptions {
    setpgroup: Option<Value>,
    resetids: bool,
    setsid: bool,
    setsigmask: Option<Value>,
    setsigdef: Option<Value>,
    scheduler: Option<Value>,
}

fn attributes(vm: &Vm, name: &str, options: &SpawnOptions) -> PyResult<Attributes> {
    // SAFETY: initialised by the next call before anything looks at it.
    let mut attributes = Attributes(unsafe { std::mem::zeroed() });
    let raw: *mut _ = &mut attributes.0;
    c!(posix_spawnattr_init(raw));
    let mut flags = 0;
    if let Some(group) = options.setpgroup.filter(|v| !v.is_none()) {
        let group = vm.index_i64(group)? as libc::pid_t;
        c!(posix_spawnattr_setpgroup(raw, group));
        flags |= libc::POSIX_SPAWN_SETPGROUP;
    }
    if options.resetids {
        flags |= libc::POSIX_SPAWN_RESETIDS;
    }
    if options.setsid {
        flags |= libc::POSIX_SPAWN_SETSID as i32;
    }
    if let Some(mask) = options.setsigmask {
        let set = crate::signal::signal_set(vm, mask)?;
        c!(posix_spawnattr_setsigmask(raw, &set));
        flags |= libc::POSIX_SPAWN_SETSIGMASK;
    }
    if let Some(defaults) = options.setsigdef {
        let set = crate::signal::signal_set(vm, defaults)?;
        c!(posix_spawnattr_setsigdefault(raw, &set));
        flags |= libc::POSIX_SPAWN_SETSIGDEF;
    }
    if let Some(scheduler) = options.scheduler.filter(|v| !v.is_none()) {
        let Some(pair) = scheduler.downcast::<Tuple>() else {
            return Err(vm.type_error(format!("{name}: scheduler must be a tuple or None")));
        };
        let Some(pair) = Some(pair).filter(|t| t.len() == 2) else {
            return Err(vm.type_error("A scheduler tuple must have two elements"));
        };
        if !pair[0].is_none() {
            let policy = vm.index_i64(pair[0])? as i32;
            c!(posix_spawnattr_setschedpolicy(raw, policy));
            flags |= libc::POSIX_SPAWN_SETSCHEDULER;
        }
        let param = super::sched::parameter(vm, pair[1])?;
        c!(posix_spawnattr_setschedparam(raw, &param));
        flags |= libc::POSIX_SPAWN_SETSCHEDPARAM;
    }
    c!(posix_spawnattr_setflags(raw, flags as libc::c_short));
    Ok(attributes)
}

fn spawn(
    vm: &Vm,
    name: &str,
    path: &Path,
    argv: Value,
    env: Value,
    actions: Value,
    options: &SpawnOptions,
) -> PyResult<i32> {
    let Some(items) = tuple_or_list(vm, argv) else {
        return Err(vm.type_error(format!("{name}: argv must be a tuple or list")));
    };
    if items.is_empty() {
        return Err(vm.value_error(format!("{name}: argv must not be empty")));
    }
    let argv = arguments(vm, &format!("{name}: argv"), argv)?;
    let env = match env {
        env if env.is_none() => None,
        env if is_mapping(vm, env) => Some(environment(vm, env)?),
        _ => return Err(vm.type_error(format!("{name}: environment must be a mapping object or None"))),
    };
    let actions = file_actions(vm, actions)?;
    let attributes = attributes(vm, name, options)?;
    crate::io::flush_before_spawn(vm);
    let mut pid = 0;
    let actions = actions.as_ref().map_or(std::ptr::null(), |a| &a.raw);
    // SAFETY: the variable of the C library that points to the environment.
    let env = env.as_ref().map_or_else(|| unsafe { environ }, |e| e.as_ptr());
    let (argv, env) = (argv.as_ptr() as *const *mut libc::c_char, env as *const *mut libc::c_char);
    let result = if name == "posix_spawnp" {
        c!(posix_spawnp(&mut pid, path.ptr(), actions, &attributes.0, argv, env))
    } else {
        c!(posix_spawn(&mut pid, path.ptr(), actions, &attributes.0, argv, env))
    };
    if result != 0 {
        return Err(vm.errno_error(result, path.object, None));
    }
    Ok(pid)
}

unsafe extern "C" {
    static environ: *const *const libc::c_char;
}

macro_rules! spawn_function {
    ($name:ident, $doc:literal) => {
        #[doc = $doc]
        #[pyfunction(
            module = "posix",
            sig = "(path, argv, env, /, *, file_actions=(), setpgroup=None, resetids=False, setsid=False, \
                   setsigmask=(), setsigdef=(), scheduler=None)"
        )]
        #[allow(clippy::too_many_arguments, reason = "Python's parameters")]
        pub fn $name(
            vm: &Vm,
            path: Path,
            argv: Value,
            env: Value,
            file_actions: Option<Value>,
            setpgroup: Option<Value>,
            resetids: bool,
            setsid: bool,
            setsigmask: Option<Value>,
            setsigdef: Option<Value>,
            scheduler: Option<Value>,
        ) -> PyResult<i32> {
            let options = SpawnOptions { setpgroup, resetids, setsid, setsigmask, setsigdef, scheduler };
            let actions = file_actions.unwrap_or(Value::none());
            spawn(vm, stringify!($name), &path, argv, env, actions, &options)
        }
    };
}
spawn_function!(posix_spawn, "Execute the program specified by path in a new process.");
spawn_function!(posix_spawnp, "Execute the program specified by path, looked up in PATH, in a new process.");

/// Execute the command in a subshell.
#[pyfunction(module = "posix", sig = "(command)")]
pub fn system(vm: &Vm, command: crate::os::FsString) -> i32 {
    crate::io::flush_before_spawn(vm);
    vm.allow_threads(|| c!(system(command.0.as_ptr())))
}

// ---- waiting

/// Wait for completion of a given child process.
#[pyfunction(module = "posix", sig = "(pid, options, /)")]
pub fn waitpid(vm: &Vm, pid: i32, options: i32) -> PyResult<(i64, i32)> {
    let mut status = 0;
    let pid = sys_retry!(vm, waitpid(pid, &mut status, options))?.check(vm)?;
    Ok((pid, status))
}

/// Wait for completion of a child process.
#[pyfunction(module = "posix")]
pub fn wait(vm: &Vm) -> PyResult<(i64, i32)> {
    let mut status = 0;
    let pid = sys_retry!(vm, waitpid(-1, &mut status, 0))?.check(vm)?;
    Ok((pid, status))
}

fn wait_usage(vm: &Vm, pid: i32, options: i32) -> PyResult {
    let mut status = 0;
    // SAFETY: a plain struct of numbers.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    let pid = sys_retry!(vm, wait4(pid, &mut status, options, &mut usage))?.check(vm)?;
    let usage = crate::resource::rusage_result(vm, &usage)?;
    Ok(vm.new_tuple(&[vm.new_int(pid), vm.new_int(status as i64), usage]))
}

/// Wait for completion of a child process, with its resource usage.
#[pyfunction(module = "posix", sig = "(options)")]
pub fn wait3(vm: &Vm, options: i32) -> PyResult {
    wait_usage(vm, -1, options)
}

/// Wait for completion of a specific child process, with its resource usage.
#[pyfunction(module = "posix", sig = "(pid, options)")]
pub fn wait4(vm: &Vm, pid: i32, options: i32) -> PyResult {
    wait_usage(vm, pid, options)
}

/// `posix.waitid_result`.
pub static WAITID_RESULT: StructSeqDef = StructSeqDef {
    name: "waitid_result",
    module: "posix",
    doc: "waitid_result: Result from waitid.",
    fields: &[("si_pid", ""), ("si_uid", ""), ("si_signo", ""), ("si_status", ""), ("si_code", "")],
    visible: 5,
    constructible: true,
};

/// Returns the result of waiting for a process or processes.
#[pyfunction(module = "posix", sig = "(idtype, id, options, /)")]
pub fn waitid(vm: &Vm, idtype: u32, id: i32, options: i32) -> PyResult {
    // SAFETY: a plain struct; the call fills it.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    sys_retry!(vm, waitid(idtype, id as libc::id_t, &mut info, options))?.check(vm)?;
    // SAFETY: what the call has filled for a child.
    let (pid, uid, status) = unsafe { (info.si_pid(), info.si_uid(), info.si_status()) };
    if pid == 0 {
        return Ok(Value::none());
    }
    let items = [pid as i64, uid as i64, info.si_signo as i64, status as i64, info.si_code as i64]
        .map(|n| vm.new_int(n));
    vm.new_structseq(&WAITID_RESULT, &items)
}

macro_rules! status_tests {
    ($($name:ident, $sig:tt, $result:ty, $doc:literal;)*) => {$(
        #[doc = $doc]
        #[pyfunction(module = "posix", sig = $sig)]
        #[allow(non_snake_case, reason = "the C macro's name")]
        pub fn $name(status: i32) -> $result {
            libc::$name(status)
        }
    )*};
}
status_tests! {
    WCOREDUMP, "(status, /)", bool, "Return True if the process returning status was dumped to a core file.";
    WIFCONTINUED, "(status)", bool, "Return True if a particular process was continued from a job control stop.";
    WIFSTOPPED, "(status)", bool, "Return True if the process returning status was stopped.";
    WIFSIGNALED, "(status)", bool, "Return True if the process returning status was terminated by a signal.";
    WIFEXITED, "(status)", bool, "Return True if the process returning status exited via the exit() system call.";
    WEXITSTATUS, "(status)", i32, "Return the process return code from status.";
    WTERMSIG, "(status)", i32, "Return the signal that terminated the process that provided the status value.";
    WSTOPSIG, "(status)", i32, "Return the signal that stopped the process that provided the status value.";
}

/// Convert a wait status to an exit code.
#[pyfunction(module = "posix", sig = "(status)")]
pub fn waitstatus_to_exitcode(vm: &Vm, status: i32) -> PyResult<i32> {
    if libc::WIFEXITED(status) {
        return Ok(libc::WEXITSTATUS(status));
    }
    if libc::WIFSIGNALED(status) {
        return Ok(-libc::WTERMSIG(status));
    }
    if libc::WIFSTOPPED(status) {
        let signal = libc::WSTOPSIG(status);
        return Err(vm.value_error(format!("process stopped by delivery of signal {signal}")));
    }
    Err(vm.value_error(format!("invalid wait status: {status}")))
}

/// Kill a process with a signal.
#[pyfunction(module = "posix", sig = "(pid, signal, /)")]
pub fn kill(vm: &Vm, pid: i32, signal: i32) -> PyResult<()> {
    direct(|| c!(kill(pid, signal)) as i64).check(vm)?;
    // A signal to the own process is handled before the call returns, as in CPython.
    vm.check_signals()
}

/// Kill a process group with a signal.
#[pyfunction(module = "posix", sig = "(pgid, signal, /)")]
pub fn killpg(vm: &Vm, pgid: i32, signal: i32) -> PyResult<()> {
    direct(|| c!(killpg(pgid, signal)) as i64).check(vm)?;
    vm.check_signals()
}

/// Return a file descriptor referring to the process pid.
#[pyfunction(module = "posix", sig = "(pid, flags=0)")]
pub fn pidfd_open(vm: &Vm, pid: i32, flags: u32) -> PyResult<i64> {
    // SAFETY: plain numbers.
    direct(|| unsafe { libc::syscall(libc::SYS_pidfd_open, pid, flags) }).check(vm)
}

/// Disassociate parts of a process (or thread) execution context.
#[pyfunction(module = "posix", sig = "(flags)")]
pub fn unshare(vm: &Vm, flags: i32) -> PyResult<()> {
    crate::sys!(vm, unshare(flags)).check(vm)?;
    Ok(())
}

/// Move the calling thread into different namespaces.
#[pyfunction(module = "posix", sig = "(fd, nstype=0)")]
pub fn setns(vm: &Vm, fd: crate::os::FileLike, nstype: i32) -> PyResult<()> {
    crate::sys!(vm, setns(fd.0, nstype)).check(vm)?;
    Ok(())
}

/// Add increment to the priority of process and return the new priority.
#[pyfunction(module = "posix", sig = "(increment, /)")]
pub fn nice(vm: &Vm, increment: i32) -> PyResult<i32> {
    // SAFETY: the address of this thread's error number; -1 is a valid priority.
    unsafe { *libc::__errno_location() = 0 };
    let value = c!(nice(increment));
    if value == -1 && crate::os::errno() != 0 { Err(crate::os::last_error(vm)) } else { Ok(value) }
}
