//! `_thread.lock` and `_thread.RLock`.
//!
//! Both wait on a futex: it costs nothing without contention, takes deadlines on the monotonic clock, and is
//! interrupted by signals, so that Ctrl-C ends `lock.acquire()` in the main thread.

use super::ident;
use crate::os::time::{Rounding, nanoseconds, timespec_of};
use crate::os::{errno, time};
use adder_interp::heap::Tracer;
use adder_interp::native::Args;
use adder_interp::object::header::{Gc, Trace};
use adder_interp::object::native::Native;
use adder_interp::object::tuple::Tuple;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};

/// The longest wait, in nanoseconds.
pub const TIMEOUT_MAX: i64 = 9_223_372_036_000_000_000;

const FREE: u32 = 0;
const HELD: u32 = 1;
const HELD_AND_WANTED: u32 = 2;

/// How a wait ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    Done,
    TimedOut,
    /// A signal arrived.
    Interrupted,
}

/// Sleeps while `word` is `expected`, until `deadline` on the monotonic clock.
pub fn futex_wait(word: &AtomicU32, expected: u32, deadline: Option<i64>) -> Outcome {
    let spec = deadline.map(timespec_of);
    let timeout = spec.as_ref().map_or(std::ptr::null(), |s| s as *const libc::timespec);
    let op = libc::FUTEX_WAIT_BITSET | libc::FUTEX_PRIVATE_FLAG;
    // SAFETY: the word outlives the call; the timeout is null or points to a timespec on the stack.
    let result = unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), op, expected, timeout, 0, u32::MAX) };
    match result {
        -1 if errno() == libc::ETIMEDOUT => Outcome::TimedOut,
        -1 if errno() == libc::EINTR => Outcome::Interrupted,
        _ => Outcome::Done,
    }
}

/// Wakes threads that sleep on `word`.
pub fn futex_wake(word: &AtomicU32, count: i32) {
    let op = libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG;
    // SAFETY: the word is valid.
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), op, count) };
}

/// A lock without an owner: any thread may release it.
#[derive(Debug, Default)]
pub struct RawLock(AtomicU32);

impl Trace for RawLock {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

impl RawLock {
    pub fn try_acquire(&self) -> bool {
        self.0.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }
    pub fn is_locked(&self) -> bool {
        self.0.load(Ordering::Relaxed) != FREE
    }
    /// Unlocks; wakes one waiting thread.
    pub fn release(&self) {
        if self.0.swap(FREE, Ordering::Release) == HELD_AND_WANTED {
            futex_wake(&self.0, 1);
        }
    }
    /// Forgets who holds it, in a child process.
    pub fn reset(&self) {
        self.0.store(FREE, Ordering::SeqCst);
    }
    /// Waits for the lock.
    pub fn wait(&self, deadline: Option<i64>) -> Outcome {
        loop {
            if self.0.swap(HELD_AND_WANTED, Ordering::Acquire) == FREE {
                return Outcome::Done;
            }
            match futex_wait(&self.0, HELD_AND_WANTED, deadline) {
                Outcome::Done => {}
                ended => return ended,
            }
        }
    }
    /// Waits without the GIL; handles signals meanwhile. False when the time is over.
    pub fn acquire(&self, vm: &Vm, deadline: Option<i64>) -> PyResult<bool> {
        if self.try_acquire() {
            return Ok(true);
        }
        loop {
            match vm.allow_threads(|| self.wait(deadline)) {
                Outcome::Done => return Ok(true),
                Outcome::TimedOut => return Ok(false),
                Outcome::Interrupted => vm.check_signals()?,
            }
        }
    }
}

/// Something that happens once, and threads that wait for it.
#[derive(Debug, Default)]
pub struct Event(AtomicU32);

impl Event {
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire) != 0
    }
    pub fn set(&self) {
        self.0.store(1, Ordering::Release);
        futex_wake(&self.0, i32::MAX);
    }
    /// Waits without the GIL; handles signals meanwhile. False when the time is over.
    pub fn wait(&self, vm: &Vm, deadline: Option<i64>) -> PyResult<bool> {
        while !self.is_set() {
            match vm.allow_threads(|| futex_wait(&self.0, 0, deadline)) {
                Outcome::Done => {}
                Outcome::TimedOut => return Ok(self.is_set()),
                Outcome::Interrupted => vm.check_signals()?,
            }
        }
        Ok(true)
    }
}

/// How `acquire` waits.
enum Wait {
    Not,
    Until(Option<i64>),
}

/// The `blocking` and `timeout` arguments of `acquire`.
fn wait_arguments(vm: &Vm, blocking: bool, timeout: Option<Value>) -> PyResult<Wait> {
    let timeout = match timeout {
        None => -1_000_000_000,
        Some(v) => nanoseconds(vm, v, Rounding::Up)?,
    };
    let unlimited = timeout == -1_000_000_000;
    if !blocking && !unlimited {
        return Err(vm.value_error("can't specify a timeout for a non-blocking call"));
    }
    if timeout < 0 && !unlimited {
        return Err(vm.value_error("timeout value must be a non-negative number"));
    }
    if timeout > TIMEOUT_MAX {
        return Err(vm.overflow_error("timeout value is too large"));
    }
    Ok(match (blocking, unlimited) {
        (false, _) => Wait::Not,
        (true, true) => Wait::Until(None),
        (true, false) if timeout == 0 => Wait::Not,
        (true, false) => Wait::Until(Some(time::monotonic().saturating_add(timeout))),
    })
}

/// A lock object is a synchronization primitive.  To create a lock,
/// call threading.Lock().
#[pyclass(name = "lock", module = "_thread", weakrefable)]
#[derive(Trace)]
pub struct Lock {
    raw: RawLock,
}

impl Lock {
    pub fn new_in(vm: &Vm) -> PyResult<Gc<Native<Lock>>> {
        let class = vm.native_type(Lock::TYPE_DEF)?;
        Ok(vm.new_native(class, Lock { raw: RawLock::default() }))
    }
    fn take(&self, vm: &Vm, blocking: bool, timeout: Option<Value>) -> PyResult<bool> {
        match wait_arguments(vm, blocking, timeout)? {
            Wait::Not => Ok(self.raw.try_acquire()),
            Wait::Until(deadline) => self.raw.acquire(vm, deadline),
        }
    }
    fn unlock(&self, vm: &Vm) -> PyResult<()> {
        if !self.raw.is_locked() {
            return Err(vm.runtime_error("release unlocked lock"));
        }
        self.raw.release();
        Ok(())
    }
}

#[pymethods]
impl Lock {
    #[pynew(sig = "(*args, **kwargs)")]
    fn new(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult<Gc<Native<Lock>>> {
        args.reject_keywords(vm, "lock")?;
        args.counted(vm, "lock", 0, 0)?;
        Ok(vm.new_native(cls, Lock { raw: RawLock::default() }))
    }

    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<Native<Lock>>) -> String {
        let state = if this.raw.is_locked() { "locked" } else { "unlocked" };
        format!("<{state} _thread.lock object at {:#x}>", this.header().address())
    }

    /// Lock the lock.
    #[pymethod(sig = "(blocking=True, timeout=-1)")]
    fn acquire(&self, vm: &Vm, blocking: bool, timeout: Option<Value>) -> PyResult<bool> {
        self.take(vm, blocking, timeout)
    }

    /// An obsolete synonym of acquire().
    #[pymethod(sig = "(blocking=True, timeout=-1)")]
    fn acquire_lock(&self, vm: &Vm, blocking: bool, timeout: Option<Value>) -> PyResult<bool> {
        self.take(vm, blocking, timeout)
    }

    /// Release the lock.
    #[pymethod]
    fn release(&self, vm: &Vm) -> PyResult<()> {
        self.unlock(vm)
    }

    /// An obsolete synonym of release().
    #[pymethod]
    fn release_lock(&self, vm: &Vm) -> PyResult<()> {
        self.unlock(vm)
    }

    /// Return whether the lock is in the locked state.
    #[pymethod]
    fn locked(&self) -> bool {
        self.raw.is_locked()
    }

    /// An obsolete synonym of locked().
    #[pymethod]
    fn locked_lock(&self) -> bool {
        self.raw.is_locked()
    }

    /// Lock the lock.
    #[pymethod(name = "__enter__")]
    fn enter(&self, vm: &Vm) -> PyResult<bool> {
        self.raw.acquire(vm, None)
    }

    /// Release the lock.
    #[pymethod(name = "__exit__", sig = "(*exc_info)")]
    fn exit(&self, vm: &Vm, _exc_info: &[Value]) -> PyResult<()> {
        self.unlock(vm)
    }

    #[pymethod(name = "_at_fork_reinit")]
    fn at_fork_reinit(&self) {
        self.raw.reset();
    }
}

/// A lock that its owner may take again.
#[pyclass(name = "RLock", module = "_thread", subclassable, weakrefable)]
#[derive(Trace)]
pub struct RLock {
    raw: RawLock,
    owner: Cell<u64>,
    count: Cell<u64>,
}

impl RLock {
    fn is_mine(&self) -> bool {
        self.count.get() > 0 && self.owner.get() == ident()
    }
    fn take(&self, vm: &Vm, wait: Wait) -> PyResult<bool> {
        if self.is_mine() {
            self.count.set(self.count.get() + 1);
            return Ok(true);
        }
        let got = match wait {
            Wait::Not => self.raw.try_acquire(),
            Wait::Until(deadline) => self.raw.acquire(vm, deadline)?,
        };
        if got {
            self.owner.set(ident());
            self.count.set(1);
        }
        Ok(got)
    }
    fn unlock(&self, vm: &Vm) -> PyResult<()> {
        if !self.is_mine() {
            return Err(vm.runtime_error("cannot release un-acquired lock"));
        }
        self.count.set(self.count.get() - 1);
        if self.count.get() == 0 {
            self.owner.set(0);
            self.raw.release();
        }
        Ok(())
    }
}

#[pymethods]
impl RLock {
    #[pynew(sig = "(*args, **kwargs)")]
    fn new(cls: Gc<Type>, vm: &Vm, _args: Args<'_>) -> Gc<Native<RLock>> {
        vm.new_native(cls, RLock { raw: RawLock::default(), owner: Cell::new(0), count: Cell::new(0) })
    }

    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<Native<RLock>>, vm: &Vm) -> String {
        let state = if this.count.get() > 0 { "locked" } else { "unlocked" };
        let class = vm.type_of(this.value()).qualified_name();
        let (owner, count) = (this.owner.get(), this.count.get());
        format!("<{state} {class} object owner={owner} count={count} at {:#x}>", this.header().address())
    }

    /// Lock the lock.
    #[pymethod(sig = "(blocking=True, timeout=-1)")]
    fn acquire(&self, vm: &Vm, blocking: bool, timeout: Option<Value>) -> PyResult<bool> {
        let wait = wait_arguments(vm, blocking, timeout)?;
        self.take(vm, wait)
    }

    /// Release the lock.
    #[pymethod]
    fn release(&self, vm: &Vm) -> PyResult<()> {
        self.unlock(vm)
    }

    /// Return a boolean indicating whether this object is locked right now.
    #[pymethod]
    fn locked(&self) -> bool {
        self.count.get() > 0
    }

    /// For internal use by threading.Condition.
    #[pymethod(name = "_is_owned")]
    fn is_owned(&self) -> bool {
        self.is_mine()
    }

    /// For internal use by reentrant lock tests.
    #[pymethod(name = "_recursion_count")]
    fn recursion_count(&self) -> u64 {
        if self.is_mine() { self.count.get() } else { 0 }
    }

    /// For internal use by threading.Condition.
    #[pymethod(name = "_acquire_restore", sig = "(state, /)")]
    fn acquire_restore(&self, vm: &Vm, state: Value) -> PyResult<()> {
        let Some(state) = state.downcast::<Tuple>().filter(|t| t.len() == 2) else {
            let given = vm.type_of(state).name();
            return Err(
                vm.type_error(format!("_acquire_restore() argument 1 must be 2-item tuple, not {given}"))
            );
        };
        let (count, owner) = (vm.index_i64(state[0])?, vm.index_i64(state[1])?);
        self.raw.acquire(vm, None)?;
        self.owner.set(owner as u64);
        self.count.set(count as u64);
        Ok(())
    }

    /// For internal use by threading.Condition.
    #[pymethod(name = "_release_save")]
    fn release_save(&self, vm: &Vm) -> PyResult<(u64, u64)> {
        if self.count.get() == 0 {
            return Err(vm.runtime_error("cannot release un-acquired lock"));
        }
        let state = (self.count.get(), self.owner.get());
        self.count.set(0);
        self.owner.set(0);
        self.raw.release();
        Ok(state)
    }

    /// Lock the lock.
    #[pymethod(name = "__enter__")]
    fn enter(&self, vm: &Vm) -> PyResult<bool> {
        self.take(vm, Wait::Until(None))
    }

    /// Release the lock.
    #[pymethod(name = "__exit__", sig = "(*exc_info)")]
    fn exit(&self, vm: &Vm, _exc_info: &[Value]) -> PyResult<()> {
        self.unlock(vm)
    }

    #[pymethod(name = "_at_fork_reinit")]
    fn at_fork_reinit(&self) {
        self.raw.reset();
        self.owner.set(0);
        self.count.set(0);
    }
}
