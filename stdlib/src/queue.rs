//! `_queue`: a first-in, first-out queue between threads.
//!
//! Everything but waiting happens under the GIL. A getter that finds nothing remembers how many items were ever put
//! and sleeps, without the GIL, until that number changes; so no item that comes meanwhile is missed.

use crate::os::time::{self, Rounding, nanoseconds};
use crate::thread::lock::{Outcome, futex_wait, futex_wake};
use adder_interp::native::Args;
use adder_interp::object::header::Gc;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods, pymodule};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};

#[pymodule(
    name = "_queue",
    doc = "C implementation of the Python queue module.\nThis module is an implementation detail, please do not use it directly.",
    classes(super::SimpleQueue)
)]
pub mod queue {
    use super::*;

    #[pyattr(name = "Empty")]
    fn empty_type(vm: &Vm) -> PyResult {
        empty_class(vm)
    }
}

/// `_queue.Empty`.
fn empty_class(vm: &Vm) -> PyResult {
    vm.registered("_queue.Empty", |vm| {
        let class = crate::support::new_exception_class(vm, "_queue", "Empty", vm.exceptions.exception)?;
        let doc = vm.new_str("Exception raised by Queue.get(block=0)/get_nowait().");
        vm.setattr(class, vm.intern("__doc__"), Some(doc))?;
        Ok(class)
    })
}

fn empty(vm: &Vm) -> Raised {
    let class = match empty_class(vm) {
        Ok(class) => class.downcast::<Type>(),
        Err(raised) => return raised,
    };
    vm.raise_class(class.expect("type() makes a class"), &[])
}

/// Simple, unbounded, reentrant FIFO queue.
#[pyclass(name = "SimpleQueue", module = "_queue", subclassable, weakrefable)]
#[derive(Trace)]
pub struct SimpleQueue {
    items: RefCell<VecDeque<Value>>,
    /// Items ever put, modulo 2³².
    #[trace(skip)]
    puts: AtomicU32,
}

impl SimpleQueue {
    fn push(&self, item: Value) {
        self.items.borrow_mut().push_back(item);
        self.puts.fetch_add(1, Ordering::Release);
        futex_wake(&self.puts, 1);
    }

    fn pop(&self) -> Option<Value> {
        self.items.borrow_mut().pop_front()
    }

    /// The first item, waiting for it until `deadline` on the monotonic clock.
    fn wait(&self, vm: &Vm, deadline: Option<i64>) -> PyResult {
        loop {
            if let Some(item) = self.pop() {
                return Ok(item);
            }
            let seen = self.puts.load(Ordering::Acquire);
            match vm.allow_threads(|| futex_wait(&self.puts, seen, deadline)) {
                Outcome::Done => {}
                Outcome::TimedOut => return self.pop().ok_or_else(|| empty(vm)),
                Outcome::Interrupted => vm.check_signals()?,
            }
        }
    }
}

#[pymethods]
impl SimpleQueue {
    #[pynew]
    fn __new__(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        if !args.positional_values().is_empty() {
            return Err(vm.type_error("SimpleQueue() takes no positional arguments"));
        }
        if args.has_keywords() {
            return Err(vm.type_error("SimpleQueue() takes no keyword arguments"));
        }
        let payload = SimpleQueue { items: RefCell::new(VecDeque::new()), puts: AtomicU32::new(0) };
        Ok(vm.new_native(cls, payload).value())
    }

    /// Put the item on the queue.
    ///
    /// The optional 'block' and 'timeout' arguments are ignored, as this
    /// method never blocks.  They are provided for compatibility with the
    /// Queue class.
    #[pymethod(sig = "(item, block=True, timeout=None)")]
    fn put(&self, item: Value, block: bool, timeout: Value) {
        let _ = (block, timeout);
        self.push(item);
    }

    /// Put an item into the queue without blocking.
    ///
    /// This is exactly equivalent to `put(item)` and is only provided
    /// for compatibility with the Queue class.
    #[pymethod(sig = "(item)")]
    fn put_nowait(&self, item: Value) {
        self.push(item);
    }

    /// Remove and return an item from the queue.
    ///
    /// If optional args 'block' is true and 'timeout' is None (the
    /// default), block if necessary until an item is available.  If
    /// 'timeout' is a non-negative number, it blocks at most 'timeout'
    /// seconds and raises the Empty exception if no item was available
    /// within that time.
    /// Otherwise ('block' is false), return an item if one is immediately
    /// available, else raise the Empty exception ('timeout' is ignored
    /// in that case).
    #[pymethod(sig = "(block=True, timeout=None)")]
    fn get(&self, vm: &Vm, block: bool, timeout: Value) -> PyResult {
        if !block {
            return self.pop().ok_or_else(|| empty(vm));
        }
        let mut deadline = None;
        if !timeout.is_none() {
            let timeout = nanoseconds(vm, timeout, Rounding::Up)?;
            if timeout < 0 {
                return Err(vm.value_error("'timeout' must be a non-negative number"));
            }
            deadline = Some(time::monotonic().saturating_add(timeout));
        }
        self.wait(vm, deadline)
    }

    /// Remove and return an item from the queue without blocking.
    ///
    /// Only get an item if one is immediately available. Otherwise
    /// raise the Empty exception.
    #[pymethod]
    fn get_nowait(&self, vm: &Vm) -> PyResult {
        self.pop().ok_or_else(|| empty(vm))
    }

    /// Return True if the queue is empty, False otherwise (not reliable!).
    #[pymethod]
    fn empty(&self) -> bool {
        self.items.borrow().is_empty()
    }

    /// Return the approximate size of the queue (not reliable!).
    #[pymethod]
    fn qsize(&self) -> usize {
        self.items.borrow().len()
    }

    /// See PEP 585
    #[pyclassmethod(sig = "(object, /)")]
    fn __class_getitem__(cls: Gc<Type>, vm: &Vm, object: Value) -> PyResult {
        vm.generic_alias(cls, object)
    }
}
