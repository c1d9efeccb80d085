//! The class `poll`.

use super::{milliseconds, time_argument};
use crate::c;
use crate::os::time::{Rounding, monotonic, nanoseconds_of_milliseconds};
use crate::os::{FileLike, blocking, os_error};
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::{Cell, RefCell};

/// Polls until something is ready or so many nanoseconds have passed; handles signals meanwhile.
pub fn poll_until(vm: &Vm, entries: &mut [libc::pollfd], timeout: Option<i64>) -> PyResult<()> {
    let deadline = timeout.map(|ns| monotonic().saturating_add(ns));
    let mut timeout = milliseconds(vm, timeout)?;
    loop {
        let (data, count) = (entries.as_mut_ptr(), entries.len() as libc::nfds_t);
        match blocking(vm, || c!(poll(data, count, timeout)) as i64) {
            Ok(_) => return Ok(()),
            Err(libc::EINTR) => vm.check_signals()?,
            Err(errno) => return Err(os_error(vm, errno)),
        }
        if let Some(at) = deadline {
            timeout = milliseconds(vm, Some((at - monotonic()).max(0)))?;
        }
    }
}

/// A set of descriptors to poll.
#[pyclass(name = "poll", module = "select", no_constructor, private)]
#[derive(Trace, Default)]
pub struct Poll {
    /// Descriptor and events.
    fds: RefCell<Vec<(i32, i16)>>,
    /// A thread is waiting.
    polling: Cell<bool>,
}

#[pymethods]
impl Poll {
    /// Register a file descriptor with the polling object.
    ///
    /// fd
    ///   either an integer, or an object with a fileno() method returning an int
    /// eventmask
    ///   an optional bitmask describing the type of events to check for
    #[pymethod(sig = "(fd, eventmask=select.POLLIN|select.POLLPRI|select.POLLOUT, /)")]
    fn register(&self, fd: FileLike, eventmask: Option<u16>) {
        let eventmask = eventmask.map_or(libc::POLLIN | libc::POLLPRI | libc::POLLOUT, |mask| mask as i16);
        let mut fds = self.fds.borrow_mut();
        match fds.iter_mut().find(|(known, _)| *known == fd.0) {
            Some(entry) => entry.1 = eventmask,
            None => fds.push((fd.0, eventmask)),
        }
    }

    /// Modify an already registered file descriptor.
    ///
    /// fd
    ///   either an integer, or an object with a fileno() method returning
    ///   an int
    /// eventmask
    ///   a bitmask describing the type of events to check for
    #[pymethod]
    fn modify(&self, vm: &Vm, fd: FileLike, eventmask: u16) -> PyResult<()> {
        let mut fds = self.fds.borrow_mut();
        match fds.iter_mut().find(|(known, _)| *known == fd.0) {
            Some(entry) => entry.1 = eventmask as i16,
            None => return Err(os_error(vm, libc::ENOENT)),
        }
        Ok(())
    }

    /// Remove a file descriptor being tracked by the polling object.
    #[pymethod]
    fn unregister(&self, vm: &Vm, fd: FileLike) -> PyResult<()> {
        let mut fds = self.fds.borrow_mut();
        let before = fds.len();
        fds.retain(|(known, _)| *known != fd.0);
        if fds.len() == before {
            return Err(vm.key_error(vm.new_int(fd.0 as i64)));
        }
        Ok(())
    }

    /// Polls the set of registered file descriptors.
    ///
    /// timeout
    ///   The maximum time to wait in milliseconds, or else None (or a negative
    ///   value) to wait indefinitely.
    ///
    /// Returns a list containing any descriptors that have events or errors to
    /// report, as a list of (fd, event) 2-tuples.
    #[pymethod(sig = "(timeout=None, /)")]
    fn poll(&self, vm: &Vm, timeout: Option<Value>) -> PyResult {
        let timeout = match timeout.filter(|v| !v.is_none()) {
            None => None,
            Some(v) => {
                let ns = nanoseconds_of_milliseconds(vm, v, Rounding::Up);
                Some(time_argument(vm, ns, "an integer")?).filter(|&ns| ns >= 0)
            }
        };
        let entry = |&(fd, events): &(i32, i16)| libc::pollfd { fd, events, revents: 0 };
        let mut entries: Vec<libc::pollfd> = self.fds.borrow().iter().map(entry).collect();
        if self.polling.replace(true) {
            return Err(vm.runtime_error("concurrent poll() invocation"));
        }
        let polled = poll_until(vm, &mut entries, timeout);
        self.polling.set(false);
        polled?;
        let mut found = vm.vec();
        for f in entries.iter().filter(|f| f.revents != 0) {
            let pair = [vm.new_int(f.fd as i64), vm.new_int(f.revents as u16 as i64)];
            found.push(&vm.heap, vm.new_tuple(&pair));
        }
        Ok(vm.list_from(found))
    }
}
