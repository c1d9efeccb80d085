//! The class `epoll`: a set of descriptors that the kernel keeps.

use super::{milliseconds, time_argument};
use crate::os::time::{Rounding, monotonic, nanoseconds};
use crate::os::{Checked, FileLike, blocking, direct, os_error};
use crate::{c, sys};
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::Cell;

/// How many events a call reports if it does not say: as many as `select` can watch.
const MOST_EVENTS: i32 = libc::FD_SETSIZE as i32 - 1;

/// select.epoll(sizehint=-1, flags=0)
///
/// Returns an epolling object
///
/// sizehint must be a positive integer or -1 for the default size. The
/// sizehint is used to optimize internal data structures. It doesn't limit
/// the maximum number of monitored events.
#[pyclass(name = "epoll", module = "select", subclassable)]
#[derive(Trace)]
pub struct Epoll {
    /// The descriptor of the set; -1 once it is closed.
    fd: Cell<i32>,
}

impl Drop for Epoll {
    fn drop(&mut self) {
        if self.fd.get() >= 0 {
            c!(close(self.fd.get()));
        }
    }
}

/// A bit set, of which the low 32 bits count.
fn event_mask(vm: &Vm, value: Value) -> PyResult<u32> {
    let n = vm.index(value)?;
    let low = n.to_big().into_owned() & num_bigint::BigInt::from(u32::MAX);
    Ok(u32::try_from(low).unwrap_or_default())
}

impl Epoll {
    fn open_fd(&self, vm: &Vm) -> PyResult<i32> {
        match self.fd.get() {
            fd if fd >= 0 => Ok(fd),
            _ => Err(vm.value_error("I/O operation on closed epoll object")),
        }
    }
    fn control(&self, vm: &Vm, operation: i32, fd: i32, events: u32) -> PyResult<()> {
        let set = self.open_fd(vm)?;
        let mut event = libc::epoll_event { events, u64: fd as u64 };
        sys!(vm, epoll_ctl(set, operation, fd, &mut event)).check(vm)?;
        Ok(())
    }
}

#[pymethods]
impl Epoll {
    #[pynew(sig = "(sizehint=-1, flags=0)")]
    fn new(cls: Gc<Type>, vm: &Vm, sizehint: i32, flags: i32) -> PyResult<Gc<Native<Epoll>>> {
        if sizehint < -1 || sizehint == 0 {
            return Err(vm.value_error("negative sizehint"));
        }
        if flags & !libc::EPOLL_CLOEXEC != 0 {
            return Err(vm.os_error_message("invalid flags"));
        }
        let fd = direct(|| c!(epoll_create1(libc::EPOLL_CLOEXEC)) as i64).check(vm)?;
        Ok(vm.new_native(cls, Epoll { fd: Cell::new(fd as i32) }))
    }

    /// Create an epoll object from a given control fd.
    #[pyclassmethod]
    fn fromfd(cls: Gc<Type>, vm: &Vm, fd: i32) -> Gc<Native<Epoll>> {
        vm.new_native(cls, Epoll { fd: Cell::new(fd) })
    }

    /// Close the epoll control file descriptor.
    ///
    /// Further operations on the epoll object will raise an exception.
    #[pymethod]
    fn close(&self, vm: &Vm) -> PyResult<()> {
        let fd = self.fd.replace(-1);
        if fd >= 0 {
            sys!(vm, close(fd)).check(vm)?;
        }
        Ok(())
    }

    /// True if the epoll handler is closed
    #[pygetset]
    fn closed(&self) -> bool {
        self.fd.get() < 0
    }

    /// Return the epoll control file descriptor.
    #[pymethod]
    fn fileno(&self, vm: &Vm) -> PyResult<i32> {
        self.open_fd(vm)
    }

    /// Registers a new fd or raises an OSError if the fd is already registered.
    ///
    /// fd
    ///   the target file descriptor of the operation
    /// eventmask
    ///   a bit set composed of the various EPOLL constants
    ///
    /// The epoll interface supports all file descriptors that support poll.
    #[pymethod(sig = "(fd, eventmask=select.EPOLLIN | select.EPOLLPRI | select.EPOLLOUT)")]
    fn register(&self, vm: &Vm, fd: FileLike, eventmask: Option<Value>) -> PyResult<()> {
        let events = match eventmask {
            None => (libc::EPOLLIN | libc::EPOLLPRI | libc::EPOLLOUT) as u32,
            Some(mask) => event_mask(vm, mask)?,
        };
        self.control(vm, libc::EPOLL_CTL_ADD, fd.0, events)
    }

    /// Modify event mask for a registered file descriptor.
    ///
    /// fd
    ///   the target file descriptor of the operation
    /// eventmask
    ///   a bit set composed of the various EPOLL constants
    #[pymethod(sig = "(fd, eventmask)")]
    fn modify(&self, vm: &Vm, fd: FileLike, eventmask: Value) -> PyResult<()> {
        let events = event_mask(vm, eventmask)?;
        self.control(vm, libc::EPOLL_CTL_MOD, fd.0, events)
    }

    /// Remove a registered file descriptor from the epoll object.
    ///
    /// fd
    ///   the target file descriptor of the operation
    #[pymethod(sig = "(fd)")]
    fn unregister(&self, vm: &Vm, fd: FileLike) -> PyResult<()> {
        self.control(vm, libc::EPOLL_CTL_DEL, fd.0, 0)
    }

    /// Wait for events on the epoll file descriptor.
    ///
    /// timeout
    ///   the maximum time to wait in seconds (as float);
    ///   a timeout of None or -1 makes poll wait indefinitely
    /// maxevents
    ///   the maximum number of events returned; -1 means no limit
    ///
    /// Returns a list containing any descriptors that have events to
    /// report, as a list of (fd, events) 2-tuples.
    #[pymethod(sig = "(timeout=None, maxevents=-1)")]
    fn poll(&self, vm: &Vm, timeout: Option<Value>, maxevents: i32) -> PyResult {
        let set = self.open_fd(vm)?;
        let timeout = match timeout.filter(|v| !v.is_none()) {
            None => None,
            Some(v) => {
                let ns = time_argument(vm, nanoseconds(vm, v, Rounding::Up), "an integer")?;
                Some(ns).filter(|&ns| ns >= 0)
            }
        };
        let deadline = timeout.map(|ns| monotonic().saturating_add(ns));
        let mut wait = milliseconds(vm, timeout)?;
        let most = match maxevents {
            -1 => MOST_EVENTS,
            n if n < 1 => {
                return Err(vm.value_error(format!("maxevents must be greater than 0, got {n}")));
            }
            n => n,
        };
        let mut events: Vec<libc::epoll_event> = Vec::new();
        if events.try_reserve_exact(most as usize).is_err() {
            return Err(vm.raise_class(vm.exceptions.memory_error, &[]));
        }
        let room = events.as_mut_ptr();
        let count = loop {
            match blocking(vm, || c!(epoll_wait(set, room, most, wait)) as i64) {
                Ok(n) => break n as usize,
                Err(libc::EINTR) => vm.check_signals()?,
                Err(errno) => return Err(os_error(vm, errno)),
            }
            if let Some(at) = deadline {
                wait = milliseconds(vm, Some((at - monotonic()).max(0)))?;
            }
        };
        // SAFETY: the kernel filled in so many, within what was reserved.
        unsafe { events.set_len(count) };
        let mut found = vm.vec();
        for event in &events {
            let (fd, events) = (event.u64 as i32, event.events);
            found.push(&vm.heap, vm.new_tuple(&[vm.new_int(fd.into()), vm.new_int(events.into())]));
        }
        Ok(vm.list_from(found))
    }

    #[pymethod(name = "__enter__")]
    fn enter(this: Gc<Native<Epoll>>, vm: &Vm) -> PyResult<Value> {
        this.open_fd(vm)?;
        Ok(this.value())
    }

    #[pymethod(name = "__exit__", sig = "(exc_type=None, exc_value=None, exc_tb=None, /)")]
    fn exit(
        this: Gc<Native<Epoll>>,
        vm: &Vm,
        _class: Option<Value>,
        _value: Option<Value>,
        _traceback: Option<Value>,
    ) -> PyResult {
        vm.call_method(this.value(), "close", &[])
    }
}
