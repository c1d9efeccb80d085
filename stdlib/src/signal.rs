//! The `_signal` module.
//!
//! The handler that the system calls only notes the signal, sets [`breaker::SIGNAL`] and writes to the wake-up descriptor.
//! Python's handlers run in the main thread at its next poll, or when a blocking call was interrupted. Another thread
//! that sees the breaker leaves the signal to the main thread.

use crate::os::time::{Rounding, nanoseconds};
use crate::os::{Checked, direct, errno, last_error, os_error};
use crate::{c, sys};
use adder_interp::native::{FromArg, args::ArgRef};
use adder_interp::object::dict::Dict;
use adder_interp::object::function::NativeFunction;
use adder_interp::object::header::Gc;
use adder_interp::object::int::as_int;
use adder_interp::object::list::List;
use adder_interp::object::set::Set;
use adder_interp::object::structseq::StructSeqDef;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::{Vm, breaker};
use adder_macros::pymodule;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU32, Ordering};

const COUNT: usize = 65;

static PENDING: [AtomicBool; COUNT] = [const { AtomicBool::new(false) }; COUNT];
static ANY_PENDING: AtomicBool = AtomicBool::new(false);
/// The breaker word of the interpreter whose main thread handles signals.
static BREAKER: AtomicPtr<AtomicU32> = AtomicPtr::new(std::ptr::null_mut());
static WAKEUP_FD: AtomicI32 = AtomicI32::new(-1);
static WARN_ON_FULL: AtomicBool = AtomicBool::new(true);
/// Error number of a failed write to the wake-up descriptor, to be reported at the next poll.
static WAKEUP_ERROR: AtomicI32 = AtomicI32::new(0);

/// Called by the system, in any thread, at any time.
extern "C" fn on_signal(number: libc::c_int) {
    let saved = errno();
    note(number);
    // SAFETY: the address of this thread's error number.
    unsafe { *libc::__errno_location() = saved };
}

fn note(number: libc::c_int) {
    PENDING[number as usize].store(true, Ordering::SeqCst);
    ANY_PENDING.store(true, Ordering::SeqCst);
    let word = BREAKER.load(Ordering::SeqCst);
    if !word.is_null() {
        // SAFETY: the interpreter is never freed.
        unsafe { &*word }.fetch_or(breaker::SIGNAL, Ordering::SeqCst);
    }
    let fd = WAKEUP_FD.load(Ordering::SeqCst);
    if fd >= 0 {
        let byte = number as u8;
        let written = c!(send(fd, (&raw const byte).cast(), 1, 0));
        let result = if written < 0 && errno() == libc::ENOTSOCK {
            c!(write(fd, (&raw const byte).cast(), 1))
        } else {
            written
        };
        if result < 0 {
            let error = errno();
            if WARN_ON_FULL.load(Ordering::SeqCst) || (error != libc::EAGAIN && error != libc::EWOULDBLOCK) {
                WAKEUP_ERROR.store(error, Ordering::SeqCst);
            }
        }
    }
}

/// `_thread.interrupt_main`: as if the signal had arrived, unless nobody listens to it.
pub fn simulate(vm: &Vm, number: i32) {
    let Ok(handlers) = handlers(vm) else { return };
    match handlers.get(number as usize) {
        Some(handler) if !is_default_or_ignore(handler) => note(number),
        _ => {}
    }
}

const HANDLERS: &str = "signal.handlers";

/// The Python handlers by signal number.
fn handlers(vm: &Vm) -> PyResult<Gc<List>> {
    let list = vm.registered(HANDLERS, |vm| {
        let list = List::new(&vm.heap);
        for number in 0..COUNT as i32 {
            let initial = if number == 0 { Value::none() } else { initial_handler(vm, number) };
            list.push(&vm.heap, initial);
        }
        Ok(list.value())
    })?;
    Ok(list.downcast::<List>().expect("made as a list"))
}

fn initial_handler(vm: &Vm, number: i32) -> Value {
    // SAFETY: a plain struct; the call fills it.
    let mut old: libc::sigaction = unsafe { std::mem::zeroed() };
    if c!(sigaction(number, std::ptr::null(), &mut old)) != 0 {
        return Value::none();
    }
    match old.sa_sigaction {
        libc::SIG_DFL => vm.new_int(0),
        libc::SIG_IGN => vm.new_int(1),
        _ => Value::none(),
    }
}

fn is_default_or_ignore(handler: Value) -> bool {
    handler.is_none() || matches!(handler.as_small_int(), Some(0 | 1))
}

/// Installs the handler of Ctrl-C and ignores signals that would end the process on a failed write.
///
/// # Errors
/// What the creation of the handler table raises.
pub fn start(vm: &Vm) -> PyResult<()> {
    let word: *const AtomicU32 = &vm.interpreter().breaker;
    BREAKER.store(word.cast_mut(), Ordering::SeqCst);
    vm.signal_hook.set(Some(run_pending));
    for number in [libc::SIGPIPE, libc::SIGXFSZ] {
        c!(signal(number, libc::SIG_IGN));
    }
    let list = handlers(vm)?;
    if list.get(libc::SIGINT as usize).and_then(|v| v.as_small_int()) == Some(0) {
        let def = signal::MODULE.functions.iter().find(|f| f.name == "default_int_handler");
        let def = def.expect("the module has the function");
        let module = Some(vm.intern("_signal").value());
        let handler = NativeFunction::function(&vm.heap, def, vm.intern(def.name), module).value();
        list.set(&vm.heap, libc::SIGINT as usize, handler);
        install(libc::SIGINT, on_signal as *const () as libc::sighandler_t);
    }
    Ok(())
}

fn install(number: i32, handler: libc::sighandler_t) -> i32 {
    // SAFETY: a plain struct.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handler;
    action.sa_flags = libc::SA_ONSTACK;
    c!(sigaction(number, &action, std::ptr::null_mut()))
}

/// In a child process: signals that were pending are the parent's.
pub fn after_fork(vm: &Vm) {
    PENDING.iter().for_each(|p| p.store(false, Ordering::SeqCst));
    ANY_PENDING.store(false, Ordering::SeqCst);
    vm.clear_breaker(breaker::SIGNAL);
}

/// Runs the Python handlers of pending signals.
fn run_pending(vm: &Vm) -> PyResult<()> {
    if !vm.is_main_thread() {
        // The main thread finds them when it gets the GIL.
        vm.gil.leave_signals();
        return Ok(());
    }
    if !ANY_PENDING.swap(false, Ordering::SeqCst) {
        return Ok(());
    }
    let result = run_handlers(vm);
    if result.is_err() && PENDING.iter().any(|p| p.load(Ordering::SeqCst)) {
        ANY_PENDING.store(true, Ordering::SeqCst);
        vm.set_breaker(breaker::SIGNAL);
    }
    result
}

fn run_handlers(vm: &Vm) -> PyResult<()> {
    report_wakeup_error(vm);
    let list = handlers(vm)?;
    for (number, pending) in PENDING.iter().enumerate().skip(1) {
        if !pending.swap(false, Ordering::SeqCst) {
            continue;
        }
        let Some(handler) = list.get(number).filter(|h| !is_default_or_ignore(*h)) else { continue };
        let frame = match vm.current_frame() {
            Some(frame) => vm.frame_object(frame).value(),
            None => Value::none(),
        };
        vm.call(handler, &[vm.new_int(number as i64), frame])?;
    }
    Ok(())
}

fn report_wakeup_error(vm: &Vm) {
    let error = WAKEUP_ERROR.swap(0, Ordering::SeqCst);
    if error != 0 {
        os_error(vm, error);
        vm.write_unraisable("Exception ignored when trying to write to the signal wakeup fd", Value::none());
    }
}

fn check_number(vm: &Vm, number: i32) -> PyResult<usize> {
    match usize::try_from(number) {
        Ok(n) if (1..COUNT).contains(&n) => Ok(n),
        _ => Err(vm.value_error("signal number out of range")),
    }
}

fn check_main(vm: &Vm, function: &str) -> PyResult<()> {
    if vm.is_main_thread() {
        return Ok(());
    }
    Err(vm.value_error(format!("{function} only works in main thread of the main interpreter")))
}

/// A set of signals from an iterable of numbers.
pub fn signal_set(vm: &Vm, iterable: Value) -> PyResult<libc::sigset_t> {
    // SAFETY: a plain struct; the call initialises it.
    let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
    c!(sigemptyset(&mut set));
    vm.for_each(iterable, |item| {
        let number = vm.index(item)?;
        match number.to_i64() {
            Some(n) if (1..COUNT as i64).contains(&n) => {
                // Numbers the C library keeps for itself are refused and left out.
                c!(sigaddset(&mut set, n as i32));
                Ok(())
            }
            _ => {
                let shown = vm.str_text(item)?;
                Err(vm.value_error(format!("signal number {shown} out of range [1; {}]", COUNT - 1)))
            }
        }
    })?;
    Ok(set)
}

fn set_of(vm: &Vm, mask: &libc::sigset_t) -> PyResult<Gc<Set>> {
    let set = Set::new(&vm.heap);
    for number in 1..COUNT as i32 {
        if c!(sigismember(mask, number)) == 1 {
            set.add(vm, vm.new_int(number as i64))?;
        }
    }
    Ok(set)
}

/// A parameter that is a set of signals.
pub struct SignalSet(libc::sigset_t);

impl FromArg for SignalSet {
    fn from_arg(vm: &Vm, value: Value, _: ArgRef) -> PyResult<Self> {
        signal_set(vm, value).map(SignalSet)
    }
}

/// `signal.struct_siginfo`.
static SIGINFO: StructSeqDef = StructSeqDef {
    name: "struct_siginfo",
    module: "signal",
    doc: "struct_siginfo: Result from sigwaitinfo or sigtimedwait.",
    fields: &[
        ("si_signo", "signal number"),
        ("si_code", "signal code"),
        ("si_errno", "errno associated with this signal"),
        ("si_pid", "sending process ID"),
        ("si_uid", "real user ID of sending process"),
        ("si_status", "exit value or signal"),
        ("si_band", "band event for SIGPOLL"),
    ],
    visible: 7,
    constructible: true,
};

fn siginfo(vm: &Vm, info: &libc::siginfo_t) -> PyResult {
    // SAFETY: reads of a union of plain numbers.
    let (pid, uid, status) = unsafe { (info.si_pid(), info.si_uid(), info.si_status()) };
    // SI_POLL's band is where other signals have pid and uid.
    let band = if info.si_signo == libc::SIGIO { pid as i64 } else { 0 };
    let items = [
        info.si_signo as i64,
        info.si_code as i64,
        info.si_errno as i64,
        pid as i64,
        uid as i64,
        status as i64,
        band,
    ]
    .map(|n| vm.new_int(n));
    vm.new_structseq(&SIGINFO, &items)
}

/// This module provides mechanisms to use signal handlers in Python.
#[pymodule(name = "_signal")]
pub mod signal {
    use super::*;

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        let set = |name: &str, value: Value| dict.insert_str(&vm.heap, vm.intern(name), value);
        for &(name, number) in CONSTANTS {
            set(name, vm.new_int(number as i64));
        }
        set("struct_siginfo", vm.structseq_type(&SIGINFO)?.value());
        set("ItimerError", itimer_error(vm)?);
        // The handler of Ctrl-C that start-up installed is the module's function.
        let list = handlers(vm)?;
        let own = dict.get_str(vm.intern("default_int_handler"));
        if let (Some(handler), Some(installed)) = (own, list.get(libc::SIGINT as usize))
            && is_interrupt_handler(installed)
        {
            list.set(&vm.heap, libc::SIGINT as usize, handler);
        }
        Ok(())
    }

    /// The default handler for SIGINT installed by Python.
    ///
    /// It raises KeyboardInterrupt.
    #[pyfunction(sig = "(signalnum, frame, /)")]
    fn default_int_handler(vm: &Vm, signalnum: i32, frame: Value) -> PyResult<()> {
        let _ = (signalnum, frame);
        Err(vm.raise_class(vm.exceptions.keyboard_interrupt, &[]))
    }

    /// Arrange for SIGALRM to arrive after the given number of seconds.
    #[pyfunction(sig = "(seconds, /)")]
    fn alarm(seconds: i32) -> u32 {
        c!(alarm(seconds as u32))
    }

    /// Wait until a signal arrives.
    #[pyfunction]
    fn pause(vm: &Vm) -> PyResult<()> {
        let _ = sys!(vm, pause());
        vm.check_signals()
    }

    /// Send a signal to the executing process.
    #[pyfunction(sig = "(signalnum, /)")]
    fn raise_signal(vm: &Vm, signalnum: i32) -> PyResult<()> {
        match vm.allow_threads(|| if c!(raise(signalnum)) == 0 { 0 } else { errno() }) {
            0 => vm.check_signals(),
            e => Err(os_error(vm, e)),
        }
    }

    /// Set the action for the given signal.
    #[pyfunction(sig = "(signalnum, handler, /)")]
    fn signal(vm: &Vm, signalnum: i32, handler: Value) -> PyResult {
        check_main(vm, "signal")?;
        let n = check_number(vm, signalnum)?;
        let number = as_int(handler).and_then(|i| i.to_i64());
        let action = match number {
            Some(0) => libc::SIG_DFL,
            Some(1) => libc::SIG_IGN,
            _ if number.is_none() && crate::support::is_callable(vm, handler) => {
                on_signal as *const () as libc::sighandler_t
            }
            _ => {
                return Err(vm.type_error(
                    "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object",
                ));
            }
        };
        vm.check_signals()?;
        if install(signalnum, action) == -1 {
            return Err(last_error(vm));
        }
        let list = handlers(vm)?;
        let old = list.get(n).unwrap_or(Value::none());
        // SIG_DFL and SIG_IGN are kept as given: `signal` passes members of its enum.
        list.set(&vm.heap, n, number.map_or(handler, |i| vm.new_int(i)));
        Ok(old)
    }

    /// Return the current action for the given signal.
    #[pyfunction(sig = "(signalnum, /)")]
    fn getsignal(vm: &Vm, signalnum: i32) -> PyResult {
        let n = check_number(vm, signalnum)?;
        Ok(handlers(vm)?.get(n).unwrap_or(Value::none()))
    }

    /// Return the system description of the given signal.
    #[pyfunction(sig = "(signalnum, /)")]
    fn strsignal(vm: &Vm, signalnum: i32) -> PyResult {
        check_number(vm, signalnum)?;
        let text = c!(strsignal(signalnum));
        if text.is_null() {
            return Ok(Value::none());
        }
        // SAFETY: a C string of the C library, copied at once.
        let text = unsafe { std::ffi::CStr::from_ptr(text) }.to_string_lossy();
        if text.starts_with("Unknown signal") {
            return Ok(Value::none());
        }
        Ok(vm.new_str(&text))
    }

    /// Change system call restart behaviour.
    #[pyfunction(sig = "(signalnum, flag, /)")]
    fn siginterrupt(vm: &Vm, signalnum: i32, flag: i32) -> PyResult<()> {
        check_number(vm, signalnum)?;
        // SAFETY: a plain struct; the call fills it.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        direct(|| c!(sigaction(signalnum, std::ptr::null(), &mut action)) as i64).check(vm)?;
        if flag != 0 {
            action.sa_flags &= !libc::SA_RESTART;
        } else {
            action.sa_flags |= libc::SA_RESTART;
        }
        direct(|| c!(sigaction(signalnum, &action, std::ptr::null_mut())) as i64).check(vm)?;
        Ok(())
    }

    /// Sets the fd to be written to (with the signal number) when a signal comes in.
    #[pyfunction(sig = "(fd, /, *, warn_on_full_buffer=True)")]
    fn set_wakeup_fd(vm: &Vm, fd: i32, warn_on_full_buffer: bool) -> PyResult<i32> {
        check_main(vm, "set_wakeup_fd")?;
        if fd != -1 {
            let flags = direct(|| c!(fcntl(fd, libc::F_GETFL)) as i64).check(vm)? as i32;
            if flags & libc::O_NONBLOCK == 0 {
                return Err(vm.value_error(format!("the fd {fd} must be in non-blocking mode")));
            }
        }
        WARN_ON_FULL.store(warn_on_full_buffer, Ordering::SeqCst);
        Ok(WAKEUP_FD.swap(fd, Ordering::SeqCst))
    }

    fn seconds(tv: &libc::timeval) -> f64 {
        tv.tv_sec as f64 + 1e-6 * tv.tv_usec as f64
    }

    fn timeval(ns: i64) -> libc::timeval {
        libc::timeval { tv_sec: ns.div_euclid(1_000_000_000), tv_usec: ns.rem_euclid(1_000_000_000) / 1000 }
    }

    fn itimer_failed(vm: &Vm) -> PyResult<Raised> {
        let number = errno();
        let class = itimer_error(vm)?;
        let text = vm.new_str(&adder_interp::object::exception::os_error::error_text(number));
        let exception = vm.call(class, &[vm.new_int(number as i64), text])?;
        Ok(vm.raise_value(exception))
    }

    /// Sets given itimer (one of ITIMER_REAL, ITIMER_VIRTUAL or ITIMER_PROF).
    #[pyfunction(sig = "(which, seconds, interval=0.0, /)")]
    fn setitimer(vm: &Vm, which: i32, seconds: Value, interval: Option<Value>) -> PyResult<(f64, f64)> {
        let value = nanoseconds(vm, seconds, Rounding::Ceiling)?;
        let interval = interval.map_or(Ok(0), |v| nanoseconds(vm, v, Rounding::Ceiling))?;
        let up = |ns: i64| timeval(ns.saturating_add(999) / 1000 * 1000);
        let new = libc::itimerval { it_interval: up(interval), it_value: up(value) };
        let mut old = new;
        if c!(setitimer(which as _, &new, &mut old)) != 0 {
            return Err(itimer_failed(vm)?);
        }
        Ok((self::seconds(&old.it_value), self::seconds(&old.it_interval)))
    }

    /// Returns current value of given itimer.
    #[pyfunction(sig = "(which, /)")]
    fn getitimer(vm: &Vm, which: i32) -> PyResult<(f64, f64)> {
        let zero = timeval(0);
        let mut old = libc::itimerval { it_interval: zero, it_value: zero };
        if c!(getitimer(which as _, &mut old)) != 0 {
            return Err(itimer_failed(vm)?);
        }
        Ok((seconds(&old.it_value), seconds(&old.it_interval)))
    }

    /// Fetch and/or change the signal mask of the calling thread.
    #[pyfunction(sig = "(how, mask, /)")]
    fn pthread_sigmask(vm: &Vm, how: i32, mask: SignalSet) -> PyResult<Gc<Set>> {
        let mut old = mask.0;
        match c!(pthread_sigmask(how, &mask.0, &mut old)) {
            0 => {}
            e => return Err(os_error(vm, e)),
        }
        // Signals that were unblocked may have arrived.
        vm.check_signals()?;
        set_of(vm, &old)
    }

    /// Examine pending signals.
    #[pyfunction]
    fn sigpending(vm: &Vm) -> PyResult<Gc<Set>> {
        // SAFETY: a plain struct; the call fills it.
        let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
        direct(|| c!(sigpending(&mut set)) as i64).check(vm)?;
        set_of(vm, &set)
    }

    /// Wait for a signal.
    #[pyfunction(sig = "(sigset, /)")]
    fn sigwait(vm: &Vm, sigset: SignalSet) -> PyResult<i32> {
        let mut number = 0;
        match vm.allow_threads(|| c!(sigwait(&sigset.0, &mut number))) {
            0 => Ok(number),
            e => Err(os_error(vm, e)),
        }
    }

    /// Wait synchronously until one of the signals in sigset is delivered.
    #[pyfunction(sig = "(sigset, /)")]
    fn sigwaitinfo(vm: &Vm, sigset: SignalSet) -> PyResult {
        // SAFETY: a plain struct; the call fills it.
        let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
        crate::sys_retry!(vm, sigwaitinfo(&sigset.0, &mut info))?.check(vm)?;
        siginfo(vm, &info)
    }

    /// Like sigwaitinfo(), but with a timeout.
    #[pyfunction(sig = "(sigset, timeout, /)")]
    fn sigtimedwait(vm: &Vm, sigset: SignalSet, timeout: Value) -> PyResult {
        let timeout = nanoseconds(vm, timeout, Rounding::Ceiling)?;
        if timeout < 0 {
            return Err(vm.value_error("timeout must be non-negative"));
        }
        let deadline = crate::os::time::monotonic().saturating_add(timeout);
        // SAFETY: a plain struct; the call fills it.
        let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
        let mut left = timeout;
        loop {
            let spec = crate::os::time::timespec_of(left);
            match sys!(vm, sigtimedwait(&sigset.0, &mut info, &spec)) {
                Ok(_) => return siginfo(vm, &info),
                Err(libc::EAGAIN) => return Ok(Value::none()),
                Err(libc::EINTR) => vm.check_signals()?,
                Err(e) => return Err(os_error(vm, e)),
            }
            left = deadline - crate::os::time::monotonic();
            if left < 0 {
                return Ok(Value::none());
            }
        }
    }

    /// Send a signal to a thread.
    #[pyfunction(sig = "(thread_id, signalnum, /)")]
    fn pthread_kill(vm: &Vm, thread_id: u64, signalnum: i32) -> PyResult<()> {
        match c!(pthread_kill(thread_id as libc::pthread_t, signalnum)) {
            0 => vm.check_signals(),
            e => Err(os_error(vm, e)),
        }
    }

    /// Send a signal to a process referred to by a pid file descriptor.
    #[pyfunction(sig = "(pidfd, signalnum, siginfo=None, flags=0, /)")]
    fn pidfd_send_signal(
        vm: &Vm,
        pidfd: i32,
        signalnum: i32,
        siginfo: Option<Value>,
        flags: i32,
    ) -> PyResult<()> {
        if siginfo.is_some_and(|v| !v.is_none()) {
            return Err(vm.type_error("siginfo must be None"));
        }
        // SAFETY: plain numbers and a null pointer.
        let call = || unsafe {
            libc::syscall(libc::SYS_pidfd_send_signal, pidfd, signalnum, std::ptr::null::<u8>(), flags)
        };
        direct(call).check(vm)?;
        Ok(())
    }

    /// Return a set of valid signal numbers on this platform.
    #[pyfunction]
    fn valid_signals(vm: &Vm) -> PyResult<Gc<Set>> {
        // SAFETY: a plain struct; the call fills it.
        let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
        c!(sigfillset(&mut set));
        set_of(vm, &set)
    }
}

/// Whether this is a copy of `default_int_handler` made at start-up.
fn is_interrupt_handler(handler: Value) -> bool {
    handler
        .downcast::<NativeFunction>()
        .and_then(|f| f.def())
        .is_some_and(|d| d.name == "default_int_handler")
}

fn itimer_error(vm: &Vm) -> PyResult {
    vm.registered("signal.ItimerError", |vm| {
        crate::support::new_exception_class(vm, "signal", "ItimerError", vm.exceptions.os_error)
    })
}

const CONSTANTS: &[(&str, i32)] = &[
    ("SIG_DFL", 0),
    ("SIG_IGN", 1),
    ("SIG_BLOCK", libc::SIG_BLOCK),
    ("SIG_UNBLOCK", libc::SIG_UNBLOCK),
    ("SIG_SETMASK", libc::SIG_SETMASK),
    ("NSIG", COUNT as i32),
    ("ITIMER_REAL", 0),
    ("ITIMER_VIRTUAL", 1),
    ("ITIMER_PROF", 2),
    ("SIGHUP", libc::SIGHUP),
    ("SIGINT", libc::SIGINT),
    ("SIGQUIT", libc::SIGQUIT),
    ("SIGILL", libc::SIGILL),
    ("SIGTRAP", libc::SIGTRAP),
    ("SIGABRT", libc::SIGABRT),
    ("SIGIOT", libc::SIGIOT),
    ("SIGBUS", libc::SIGBUS),
    ("SIGFPE", libc::SIGFPE),
    ("SIGKILL", libc::SIGKILL),
    ("SIGUSR1", libc::SIGUSR1),
    ("SIGSEGV", libc::SIGSEGV),
    ("SIGUSR2", libc::SIGUSR2),
    ("SIGPIPE", libc::SIGPIPE),
    ("SIGALRM", libc::SIGALRM),
    ("SIGTERM", libc::SIGTERM),
    ("SIGSTKFLT", libc::SIGSTKFLT),
    ("SIGCHLD", libc::SIGCHLD),
    ("SIGCLD", libc::SIGCHLD),
    ("SIGCONT", libc::SIGCONT),
    ("SIGSTOP", libc::SIGSTOP),
    ("SIGTSTP", libc::SIGTSTP),
    ("SIGTTIN", libc::SIGTTIN),
    ("SIGTTOU", libc::SIGTTOU),
    ("SIGURG", libc::SIGURG),
    ("SIGXCPU", libc::SIGXCPU),
    ("SIGXFSZ", libc::SIGXFSZ),
    ("SIGVTALRM", libc::SIGVTALRM),
    ("SIGPROF", libc::SIGPROF),
    ("SIGWINCH", libc::SIGWINCH),
    ("SIGIO", libc::SIGIO),
    ("SIGPOLL", libc::SIGPOLL),
    ("SIGPWR", libc::SIGPWR),
    ("SIGSYS", libc::SIGSYS),
    ("SIGRTMIN", 34),
    ("SIGRTMAX", 64),
];
