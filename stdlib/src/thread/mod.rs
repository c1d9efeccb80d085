//! The `_thread` module: threads of the operating system, serialised by the GIL ([`adder_interp::vm::gil`]).
//!
//! [`lock`]: locks; [`handle`]: starting and joining; [`local`]: thread-local data; [`hook`]: exceptions that end a thread.

use crate::c;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::pymodule;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

pub mod handle;
mod hook;
pub mod local;
pub mod lock;

/// `get_ident()`: the POSIX thread.
pub fn ident() -> u64 {
    c!(pthread_self()) as u64
}

static MAIN_IDENT: AtomicU64 = AtomicU64::new(0);
static FORKS: AtomicU32 = AtomicU32::new(0);

/// How many times this process and its ancestors have been forked.
pub fn forks() -> u32 {
    FORKS.load(Ordering::Relaxed)
}

/// In a child process: the calling thread is the main one.
pub fn after_fork(_vm: &Vm) {
    MAIN_IDENT.store(ident(), Ordering::SeqCst);
    FORKS.fetch_add(1, Ordering::Relaxed);
    handle::after_fork();
}

/// The longest name of a thread, in bytes.
const NAME_MAX: usize = 15;

/// This module provides primitive operations to write multi-threaded programs.
/// The 'threading' module provides a more convenient interface.
#[pymodule(
    name = "_thread",
    functions(
        super::handle::make_thread_handle,
        super::handle::start_joinable_thread,
        super::handle::start_new_thread,
        super::handle::start_new,
        super::handle::shutdown,
        super::hook::excepthook,
    ),
    classes(super::lock::Lock, super::lock::RLock, super::handle::ThreadHandle, super::local::Local)
)]
pub mod thread {
    use super::*;

    #[pyattr]
    const _NAME_MAXLEN: i64 = NAME_MAX as i64;

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        MAIN_IDENT.store(ident(), Ordering::SeqCst);
        let set = |name: &str, value: Value| dict.insert_str(&vm.heap, vm.intern(name), value);
        set("error", vm.exceptions.runtime_error.value());
        set("LockType", vm.native_type(lock::Lock::TYPE_DEF)?.value());
        set("_ExceptHookArgs", vm.structseq_type(&hook::ARGS)?.value());
        set("TIMEOUT_MAX", Value::float((lock::TIMEOUT_MAX / 1_000_000_000) as f64));
        Ok(())
    }

    /// Create a new lock object.
    #[pyfunction]
    fn allocate_lock(vm: &Vm) -> PyResult<Gc<Native<lock::Lock>>> {
        lock::Lock::new_in(vm)
    }

    /// An obsolete synonym of allocate_lock().
    #[pyfunction]
    fn allocate(vm: &Vm) -> PyResult<Gc<Native<lock::Lock>>> {
        lock::Lock::new_in(vm)
    }

    /// Return a non-zero integer that uniquely identifies the current thread.
    #[pyfunction]
    fn get_ident() -> u64 {
        ident()
    }

    /// Return a non-negative integer identifying the thread as reported by the OS.
    #[pyfunction]
    fn get_native_id() -> i32 {
        c!(gettid())
    }

    /// Internal only. Return a non-zero integer that uniquely identifies the main thread.
    #[pyfunction]
    fn _get_main_thread_ident() -> u64 {
        MAIN_IDENT.load(Ordering::SeqCst)
    }

    /// Return True if the current interpreter is the main Python interpreter.
    #[pyfunction]
    fn _is_main_interpreter() -> bool {
        true
    }

    /// Return True if daemon threads are allowed in the current interpreter.
    #[pyfunction]
    fn daemon_threads_allowed() -> bool {
        true
    }

    /// Return the number of currently running Python threads, excluding the main thread.
    #[pyfunction]
    fn _count() -> usize {
        handle::count()
    }

    /// This is synonymous to ``raise SystemExit''.
    #[pyfunction]
    fn exit(vm: &Vm) -> PyResult<()> {
        Err(quit(vm))
    }

    /// An obsolete synonym of exit().
    #[pyfunction]
    fn exit_thread(vm: &Vm) -> PyResult<()> {
        Err(quit(vm))
    }

    /// Return the thread stack size used when creating new threads, and perhaps set it.
    #[pyfunction(sig = "(size=0, /)")]
    fn stack_size(vm: &Vm, size: Option<isize>) -> PyResult<usize> {
        let old = handle::STACK_SIZE.load(Ordering::Relaxed);
        if let Some(size) = size {
            if size != 0 && size < MIN_STACK {
                return Err(vm.value_error(format!("size must be at least {MIN_STACK} bytes")));
            }
            handle::STACK_SIZE.store(size as usize, Ordering::Relaxed);
        }
        Ok(old)
    }

    /// Simulate the arrival of the given signal in the main thread.
    #[pyfunction(sig = "(signum=signal.SIGINT, /)")]
    fn interrupt_main(vm: &Vm, signum: Option<i32>) -> PyResult<()> {
        let signum = signum.unwrap_or(libc::SIGINT);
        if !(1..=64).contains(&signum) {
            return Err(vm.value_error("signal number out of range"));
        }
        crate::signal::simulate(vm, signum);
        if vm.is_main_thread() { vm.check_signals() } else { Ok(()) }
    }

    /// Set the name of the current thread.
    #[pyfunction(sig = "(name)")]
    fn set_name(vm: &Vm, name: Gc<Str>) -> PyResult<()> {
        // Lone surrogates become question marks; the system's limit may cut a character.
        let text = match name.to_utf8() {
            Some(text) => text.into_owned(),
            None => name.to_string_lossy().replace('\u{fffd}', "?"),
        };
        let bytes: Vec<u8> = text.bytes().take(NAME_MAX).take_while(|&b| b != 0).collect();
        let name = std::ffi::CString::new(bytes).unwrap_or_default();
        match c!(pthread_setname_np(libc::pthread_self(), name.as_ptr())) {
            0 => Ok(()),
            e => Err(crate::os::os_error(vm, e)),
        }
    }

    /// Get the name of the current thread.
    #[pyfunction]
    fn _get_name(vm: &Vm) -> PyResult {
        let mut buffer = [0u8; 64];
        match c!(pthread_getname_np(libc::pthread_self(), buffer.as_mut_ptr().cast(), buffer.len())) {
            0 => {
                let end = buffer.iter().position(|&b| b == 0).unwrap_or(0);
                Ok(vm.fs_decode(&buffer[..end]).value())
            }
            e => Err(crate::os::os_error(vm, e)),
        }
    }
}

/// The smallest stack that can be asked for.
const MIN_STACK: isize = 53248;

fn quit(vm: &Vm) -> Raised {
    vm.raise_class(vm.exceptions.system_exit, &[])
}
