//! The global interpreter lock and the threads it serialises.
//!
//! One thread of an interpreter runs at a time. A thread that is about to block or to compute without touching the heap
//! goes through [`Vm::allow_threads`]: it spills its registers, publishes its stack pointer for the collector
//! and lets go of the lock. A thread that waits longer than the switch interval sets [`breaker::GIL`]; the holder hands
//! over at its next poll and waits until somebody else has had the lock.
//!
//! A lone thread pays nothing: it holds the lock for ever, and `allow_threads` is one load. The state of the lock says
//! "held" all the time, so that a second thread finds it as it is.
//!
//! After a fork the child has one thread and a new lock, because the old one's mutex may have been locked by a thread that
//! does not exist any more. After [`Gil::finalize`] every other thread that wants the lock sleeps for ever.

use super::{Interpreter, Vm, breaker};
use crate::heap::stack::{approximate_stack_pointer, with_spilled_registers};
use crate::value::{PyResult, Value};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

struct State {
    held: bool,
    waiting: usize,
    /// How often the lock was taken.
    turns: u64,
}

struct Shared {
    state: Mutex<State>,
    /// The lock was released.
    free: Condvar,
    /// Somebody took the lock.
    taken: Condvar,
}

impl Shared {
    /// A lock held by the calling thread.
    fn held() -> *mut Shared {
        let state = Mutex::new(State { held: true, waiting: 0, turns: 0 });
        Box::into_raw(Box::new(Shared { state, free: Condvar::new(), taken: Condvar::new() }))
    }
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The lock of one interpreter; born held by the thread that makes it.
pub struct Gil {
    shared: AtomicPtr<Shared>,
    /// There are other threads. Read and written by the holder only.
    shared_by_many: Cell<bool>,
    interval_us: AtomicU64,
    finalizing: AtomicBool,
    /// [`Vm::id`] of the thread that runs signal handlers.
    main_thread: Cell<u64>,
    next_id: Cell<u64>,
    /// Signals were seen by a thread that does not handle them.
    signals_left: AtomicBool,
}

impl Gil {
    pub(crate) fn new() -> Gil {
        Gil {
            shared: AtomicPtr::new(Shared::held()),
            shared_by_many: Cell::new(false),
            interval_us: AtomicU64::new(5000),
            finalizing: AtomicBool::new(false),
            main_thread: Cell::new(1),
            next_id: Cell::new(2),
            signals_left: AtomicBool::new(false),
        }
    }

    fn shared(&self) -> &Shared {
        // SAFETY: the pointer comes from a leaked box.
        unsafe { &*self.shared.load(Ordering::Acquire) }
    }

    /// `sys.getswitchinterval()`.
    pub fn switch_interval(&self) -> Duration {
        Duration::from_micros(self.interval_us.load(Ordering::Relaxed))
    }

    /// `sys.setswitchinterval()`; at least a microsecond.
    pub fn set_switch_interval(&self, interval: Duration) {
        let us = u64::try_from(interval.as_micros()).unwrap_or(u64::MAX).max(1);
        self.interval_us.store(us, Ordering::Relaxed);
    }

    /// Whether the interpreter is going away.
    pub fn is_finalizing(&self) -> bool {
        self.finalizing.load(Ordering::SeqCst)
    }

    /// From now on only the calling thread gets the lock.
    pub fn finalize(&self) {
        self.finalizing.store(true, Ordering::SeqCst);
    }

    /// Leaves the signals that have arrived to the main thread.
    pub fn leave_signals(&self) {
        self.signals_left.store(true, Ordering::SeqCst);
    }

    fn release(&self) {
        let shared = self.shared();
        shared.lock().held = false;
        shared.free.notify_one();
    }

    fn take(&self, interp: &Interpreter, is_main: bool) {
        let shared = self.shared();
        let mut state = shared.lock();
        state.waiting += 1;
        while state.held || (self.is_finalizing() && !is_main) {
            let before = state.turns;
            let (guard, timeout) = shared
                .free
                .wait_timeout(state, self.switch_interval())
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            state = guard;
            if self.is_finalizing() && !is_main {
                state.waiting -= 1;
                drop(state);
                shared.taken.notify_all();
                loop {
                    std::thread::park();
                }
            }
            if timeout.timed_out() && state.held && state.turns == before {
                interp.breaker.fetch_or(breaker::GIL, Ordering::SeqCst);
            }
        }
        state.waiting -= 1;
        state.held = true;
        state.turns += 1;
        drop(state);
        shared.taken.notify_all();
        if is_main && self.signals_left.swap(false, Ordering::SeqCst) {
            interp.breaker.fetch_or(breaker::SIGNAL, Ordering::SeqCst);
        }
    }

    /// Gives the lock to a waiting thread, if there is one, and takes it back after that thread had it.
    fn hand_over(&self, interp: &Interpreter, is_main: bool) {
        let shared = self.shared();
        let mut state = shared.lock();
        if state.waiting == 0 {
            return;
        }
        state.held = false;
        let mine = state.turns;
        shared.free.notify_one();
        while state.turns == mine && state.waiting > 0 {
            state = shared.taken.wait(state).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
        drop(state);
        self.take(interp, is_main);
    }
}

impl Interpreter {
    /// Whether a thread with this [`Vm::id`] exists.
    pub fn thread_lives(&self, id: u64) -> bool {
        // SAFETY: threads are removed from the list before their state goes away.
        self.threads.borrow().iter().any(|&t| unsafe { &*t }.id == id)
    }
}

impl Vm {
    /// Whether this is the thread that runs signal handlers.
    pub fn is_main_thread(&self) -> bool {
        self.id == self.gil.main_thread.get()
    }

    /// Runs `f` while other threads may run. `f` must not touch the heap.
    #[inline]
    pub fn allow_threads<R>(&self, f: impl FnOnce() -> R) -> R {
        if self.gil.shared_by_many.get() { self.without_gil(f) } else { f() }
    }

    #[inline(never)]
    fn without_gil<R>(&self, f: impl FnOnce() -> R) -> R {
        let mut f = Some(f);
        let mut result = None;
        with_spilled_registers(&mut |sp| {
            let is_main = self.is_main_thread();
            self.parked_sp.set(sp);
            self.gil.release();
            result = f.take().map(|f| f());
            self.gil.take(self.interp, is_main);
            self.parked_sp.set(0);
        });
        result.expect("the closure has run")
    }

    /// Runs the Python handlers of signals that have arrived. Only the main thread does anything.
    pub fn check_signals(&self) -> PyResult<()> {
        if self.breaker.load(Ordering::SeqCst) & breaker::SIGNAL == 0 {
            return Ok(());
        }
        self.clear_breaker(breaker::SIGNAL);
        match self.signal_hook.get() {
            Some(hook) => hook(self),
            None => Ok(()),
        }
    }

    /// Starts a thread that calls `body` with its own [`Vm`], in which `argument` waits as [`Vm::start_argument`]. `after`
    /// runs when the interpreter has forgotten the thread, under the lock.
    ///
    /// # Errors
    /// What the system says when it cannot make a thread.
    pub fn spawn_thread(
        &self,
        stack_size: usize,
        argument: Value,
        body: impl FnOnce(&Vm) + Send + 'static,
        after: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<()> {
        let id = self.gil.next_id.get();
        self.gil.next_id.set(id + 1);
        let vm = Vm::new(self.interp, id, stack_size);
        // Nothing on a native stack of its own yet: the collector looks at the argument only.
        vm.set_native_stack(0, 0);
        vm.recursion_limit.set(self.recursion_limit.get());
        vm.recursion_left.set(self.recursion_limit.get());
        vm.start.set(Some(argument));
        let handle = ThreadHandle(vm);
        let was_shared = self.gil.shared_by_many.replace(true);
        self.gil_hook.set(Some(yield_to_waiting));
        let started = std::thread::Builder::new().stack_size(stack_size).spawn(move || {
            let handle = handle;
            run_thread(handle.0, stack_size, body, after);
        });
        match started {
            Ok(_) => Ok(()),
            Err(error) => {
                self.gil.shared_by_many.set(was_shared);
                // SAFETY: the thread never ran.
                unsafe { Vm::retire(vm) };
                Err(error)
            }
        }
    }

    /// What [`Vm::spawn_thread`] was given for this thread.
    pub fn start_argument(&self) -> Option<Value> {
        self.start.get()
    }
    pub fn clear_start_argument(&self) {
        self.start.set(None);
    }

    /// Number of threads of the interpreter.
    pub fn thread_count(&self) -> usize {
        self.threads.borrow().len()
    }

    /// Calls `f` with each thread's view.
    pub fn for_each_thread(&self, mut f: impl FnMut(&Vm)) {
        // SAFETY: as above.
        self.threads.borrow().iter().for_each(|&t| f(unsafe { &*t }));
    }

    /// In a child process: this thread is the only one, and the main one.
    pub fn after_fork_in_child(&self) {
        self.gil.shared.store(Shared::held(), Ordering::Release);
        self.gil.shared_by_many.set(false);
        self.gil.main_thread.set(self.id);
        // The other threads' stacks are copies nobody runs on; what they kept alive may go.
        self.threads.borrow_mut().retain(|&t| std::ptr::eq(t, self));
    }

    /// Removes a thread that has ended and frees its register stack.
    ///
    /// # Safety
    /// Nothing uses the thread's view any more.
    unsafe fn retire(vm: &'static Vm) {
        let interp = vm.interp;
        let ptr: *const Vm = vm;
        interp.threads.borrow_mut().retain(|&t| !std::ptr::eq(t, ptr));
        if interp.threads.borrow().len() == 1 {
            interp.gil.shared_by_many.set(false);
        }
        // SAFETY: the mapping was made in `Vm::new` with this size; the box was leaked there.
        unsafe {
            libc::munmap(vm.stack_start.cast(), super::REGISTER_STACK * 8);
            drop(Box::from_raw(ptr.cast_mut()));
        }
    }
}

struct ThreadHandle(&'static Vm);
// SAFETY: the thread's view is handed to the one thread it belongs to; the lock serialises all use of the interpreter.
unsafe impl Send for ThreadHandle {}

/// The life of a thread other than the main one.
fn run_thread(vm: &'static Vm, stack_size: usize, body: impl FnOnce(&Vm), after: impl FnOnce()) {
    let base = approximate_stack_pointer() + 512;
    vm.gil.take(vm.interp, false);
    vm.set_native_stack(base, stack_size.saturating_sub(16 << 10));
    call_body(vm, body);
    vm.take_pending();
    let gil = &vm.interp.gil;
    // SAFETY: the thread's code has returned; `gil` is part of the interpreter, which is never freed.
    unsafe { Vm::retire(vm) };
    after();
    gil.release();
}

/// Keeps the frames that hold values below the recorded base of the stack.
#[inline(never)]
fn call_body(vm: &Vm, body: impl FnOnce(&Vm)) {
    body(vm);
}

/// [`Interpreter::gil_hook`]: what a poll does when another thread has waited long enough.
fn yield_to_waiting(vm: &Vm) {
    with_spilled_registers(&mut |sp| {
        vm.parked_sp.set(sp);
        vm.gil.hand_over(vm.interp, vm.is_main_thread());
        vm.parked_sp.set(0);
    });
}
