//! Starting threads, and the handles to join them.

use super::{ident, lock::Event};
use crate::os::time;
use crate::os::time::{Rounding, nanoseconds};
use adder_interp::heap::Tracer;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::{Gc, Trace};
use adder_interp::object::int::as_int;
use adder_interp::object::native::Native;
use adder_interp::object::tuple::Tuple;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pyfunction, pymethods};
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

const NOT_STARTED: u8 = 0;
const STARTING: u8 = 1;
const RUNNING: u8 = 2;
const DONE: u8 = 3;

/// Native stack of a thread unless `stack_size` says otherwise.
const DEFAULT_STACK: usize = 16 << 20;

/// `stack_size`: 0 is the default.
pub static STACK_SIZE: AtomicUsize = AtomicUsize::new(0);

/// What the thread and its handles share.
#[derive(Debug, Default)]
pub struct State {
    phase: AtomicU8,
    ident: AtomicU64,
    daemon: AtomicU8,
    done: Event,
}

impl State {
    fn finish(&self) {
        self.phase.store(DONE, Ordering::SeqCst);
        self.done.set();
    }
}

/// A shared [`State`]; holds no values.
#[derive(Clone, Debug, Default)]
pub struct Shared(Arc<State>);

impl Trace for Shared {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

/// Threads that have not ended.
static RUNNING_THREADS: Mutex<Vec<Arc<State>>> = Mutex::new(Vec::new());

fn running<R>(f: impl FnOnce(&mut Vec<Arc<State>>) -> R) -> R {
    f(&mut RUNNING_THREADS.lock().unwrap_or_else(PoisonError::into_inner))
}

/// In a child process: only the calling thread is left.
pub fn after_fork() {
    let me = ident();
    // The mutex is not held over a fork: it is taken under the GIL or at the end of a thread, for a moment.
    RUNNING_THREADS.clear_poison();
    running(|threads| {
        threads.retain(|t| {
            let mine = t.ident.load(Ordering::SeqCst) == me;
            if !mine {
                t.finish();
            }
            mine
        });
    });
}

/// Number of threads started from Python that have not ended.
pub fn count() -> usize {
    running(|threads| threads.len())
}

/// A handle of a thread.
#[pyclass(name = "_ThreadHandle", module = "_thread")]
#[derive(Trace)]
pub struct ThreadHandle {
    state: Shared,
}

#[pymethods]
impl ThreadHandle {
    #[pynew]
    fn new(cls: Gc<Type>, vm: &Vm) -> Gc<Native<ThreadHandle>> {
        vm.new_native(cls, ThreadHandle { state: Shared::default() })
    }

    #[pymethod(name = "__repr__")]
    fn repr(&self) -> String {
        format!("<_thread._ThreadHandle object: ident={}>", self.ident())
    }

    #[pygetset]
    fn ident(&self) -> u64 {
        self.state.0.ident.load(Ordering::SeqCst)
    }

    /// Wait until the thread has ended.
    #[pymethod(sig = "(timeout=None)")]
    fn join(&self, vm: &Vm, timeout: Option<Value>) -> PyResult<()> {
        let timeout = match timeout.filter(|v| !v.is_none()) {
            None => None,
            Some(v) => Some(nanoseconds(vm, v, Rounding::Up)?).filter(|&ns| ns >= 0),
        };
        let state = &self.state.0;
        match state.phase.load(Ordering::SeqCst) {
            NOT_STARTED | STARTING => return Err(vm.runtime_error("thread not started")),
            DONE => return Ok(()),
            _ => {}
        }
        if self.ident() == ident() {
            return Err(vm.runtime_error("Cannot join current thread"));
        }
        if vm.gil.is_finalizing() {
            return Err(vm.python_finalization_error("cannot join daemon thread at shutdown"));
        }
        let deadline = timeout.map(|ns| time::monotonic().saturating_add(ns));
        state.done.wait(vm, deadline)?;
        Ok(())
    }

    #[pymethod]
    fn is_done(&self) -> bool {
        self.state.0.phase.load(Ordering::SeqCst) == DONE
    }

    #[pymethod(name = "_set_done")]
    fn set_done(&self, vm: &Vm) -> PyResult<()> {
        if self.state.0.phase.load(Ordering::SeqCst) == NOT_STARTED {
            return Err(vm.runtime_error("thread not started"));
        }
        self.state.0.finish();
        Ok(())
    }
}

/// Internal only: a handle of the running thread with this identifier.
#[pyfunction(module = "_thread", name = "_make_thread_handle", sig = "(ident, /)")]
pub fn make_thread_handle(vm: &Vm, ident: Value) -> PyResult<Gc<Native<ThreadHandle>>> {
    if as_int(ident).is_none() {
        return Err(vm.type_error("ident must be an integer"));
    }
    let ident = vm.index_i64(ident)? as u64;
    let state = Shared::default();
    state.0.ident.store(ident, Ordering::SeqCst);
    state.0.phase.store(RUNNING, Ordering::SeqCst);
    let class = vm.native_type(ThreadHandle::TYPE_DEF)?;
    Ok(vm.new_native(class, ThreadHandle { state }))
}

/// Starts a thread that calls `function(*args, **kwargs)`.
fn start(
    vm: &Vm,
    function: Value,
    args: Value,
    kwargs: Value,
    state: Arc<State>,
    daemon: bool,
) -> PyResult<()> {
    if vm.gil.is_finalizing() {
        return Err(vm.python_finalization_error("can't create new thread at interpreter shutdown"));
    }
    let argument = vm.new_tuple(&[function, args, kwargs]);
    state.daemon.store(daemon as u8, Ordering::SeqCst);
    state.phase.store(STARTING, Ordering::SeqCst);
    running(|threads| threads.push(state.clone()));
    let stack = match STACK_SIZE.load(Ordering::Relaxed) {
        0 => DEFAULT_STACK,
        n => n.max(2 << 20),
    };
    let (inside, end, started) = (state.clone(), state.clone(), Arc::new(Event::default()));
    let announce = started.clone();
    let result = vm.spawn_thread(
        stack,
        argument,
        move |vm| {
            inside.ident.store(ident(), Ordering::SeqCst);
            inside.phase.store(RUNNING, Ordering::SeqCst);
            announce.set();
            run(vm);
        },
        move || {
            running(|threads| threads.retain(|t| !Arc::ptr_eq(t, &end)));
            end.finish();
        },
    );
    if result.is_err() {
        running(|threads| threads.retain(|t| !Arc::ptr_eq(t, &state)));
        state.phase.store(NOT_STARTED, Ordering::SeqCst);
        return Err(vm.runtime_error("can't start new thread"));
    }
    // The identifier is known once the thread runs.
    while !started.is_set() {
        if started.wait(vm, None).is_err() {
            // A signal handler raised: it is raised again at the next poll of the caller, after the start.
            let raised = vm.take_pending();
            while !started.is_set() {
                vm.allow_threads(std::thread::yield_now);
            }
            if let Some(raised) = raised {
                return Err(vm.reraise_value(raised));
            }
        }
    }
    Ok(())
}

/// What a new thread does.
fn run(vm: &Vm) {
    let Some(start) = vm.start_argument().and_then(|v| v.downcast::<Tuple>()) else { return };
    let (function, args, kwargs) = (start[0], start[1], start[2]);
    vm.clear_start_argument();
    let args = args.downcast::<Tuple>().unwrap_or(vm.empty_tuple);
    if let Err(Raised) = vm.call_kw(function, &args, kwargs.downcast::<Dict>()) {
        if vm.catch(vm.exceptions.system_exit).is_ok() {
            return;
        }
        vm.write_unraisable("Exception ignored in thread started by", function);
    }
}

/// For internal use only: start a new thread.
#[pyfunction(module = "_thread", sig = "(function, handle=None, daemon=True)")]
pub fn start_joinable_thread(
    vm: &Vm,
    function: Value,
    handle: Option<Value>,
    daemon: bool,
) -> PyResult<Gc<Native<ThreadHandle>>> {
    if !crate::support::is_callable(vm, function) {
        return Err(vm.type_error("thread function must be callable"));
    }
    let handle = match handle.filter(|v| !v.is_none()) {
        None => {
            let class = vm.native_type(ThreadHandle::TYPE_DEF)?;
            vm.new_native(class, ThreadHandle { state: Shared::default() })
        }
        Some(v) => match v.downcast::<Native<ThreadHandle>>() {
            Some(handle) => handle,
            None => return Err(vm.type_error("'handle' must be a _ThreadHandle")),
        },
    };
    if handle.state.0.phase.load(Ordering::SeqCst) != NOT_STARTED {
        return Err(vm.runtime_error("thread already started"));
    }
    let none = Value::none();
    start(vm, function, vm.empty_tuple.value(), none, handle.state.0.clone(), daemon)?;
    Ok(handle)
}

fn start_plain(vm: &Vm, function: Value, args: Value, kwargs: Option<Value>) -> PyResult<u64> {
    if !crate::support::is_callable(vm, function) {
        return Err(vm.type_error("first arg must be callable"));
    }
    if !args.is::<Tuple>() {
        return Err(vm.type_error("2nd arg must be a tuple"));
    }
    if kwargs.is_some_and(|k| !k.is::<Dict>()) {
        return Err(vm.type_error("optional 3rd arg must be a dictionary"));
    }
    let state = Arc::new(State::default());
    start(vm, function, args, kwargs.unwrap_or(Value::none()), state.clone(), true)?;
    Ok(state.ident.load(Ordering::SeqCst))
}

/// Start a new thread and return its identifier.
#[pyfunction(module = "_thread", sig = "(function, args, kwargs={}, /)")]
pub fn start_new_thread(vm: &Vm, function: Value, args: Value, kwargs: Option<Value>) -> PyResult<u64> {
    start_plain(vm, function, args, kwargs)
}

/// An obsolete synonym of start_new_thread().
#[pyfunction(module = "_thread", sig = "(function, args, kwargs={}, /)")]
pub fn start_new(vm: &Vm, function: Value, args: Value, kwargs: Option<Value>) -> PyResult<u64> {
    start_plain(vm, function, args, kwargs)
}

/// Wait for all non-daemon threads (other than the calling thread) to stop.
#[pyfunction(module = "_thread", name = "_shutdown")]
pub fn shutdown(vm: &Vm) -> PyResult<()> {
    let me = ident();
    loop {
        let next = running(|threads| {
            threads
                .iter()
                .find(|t| {
                    t.daemon.load(Ordering::SeqCst) == 0
                        && t.ident.load(Ordering::SeqCst) != me
                        && t.phase.load(Ordering::SeqCst) != DONE
                })
                .cloned()
        });
        match next {
            None => return Ok(()),
            Some(thread) => thread.done.wait(vm, None)?,
        };
    }
}
