//! The `select` module: waiting for descriptors to become ready.

use crate::c;
use crate::os::time::{Rounding, monotonic, nanoseconds};
use crate::os::{FileLike, os_error};
use adder_interp::heap::GcVec;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pymethods, pymodule};
use std::cell::RefCell;

/// Polls until something is ready or the deadline (of the monotonic clock) has passed; handles signals meanwhile.
fn poll_until(vm: &Vm, fds: &mut [libc::pollfd], deadline: Option<i64>) -> PyResult<()> {
    loop {
        let timeout = match deadline {
            None => -1,
            Some(at) => {
                let left = (at - monotonic()).max(0);
                i32::try_from(left.div_euclid(1_000_000) + (left % 1_000_000 != 0) as i64).unwrap_or(i32::MAX)
            }
        };
        let (data, count) = (fds.as_mut_ptr(), fds.len() as libc::nfds_t);
        match crate::os::blocking(vm, || c!(poll(data, count, timeout)) as i64) {
            Ok(0) if deadline.is_some_and(|at| monotonic() < at) => {}
            Ok(_) => return Ok(()),
            Err(libc::EINTR) => vm.check_signals()?,
            Err(e) => return Err(os_error(vm, e)),
        }
    }
}

fn deadline(ns: i64) -> i64 {
    monotonic().saturating_add(ns)
}

/// This module supports asynchronous I/O on multiple file descriptors.
#[pymodule(name = "select")]
pub mod select {
    use super::*;

    #[pyattr]
    const PIPE_BUF: i64 = 4096;
    #[pyattr]
    const POLLIN: i64 = libc::POLLIN as i64;
    #[pyattr]
    const POLLPRI: i64 = libc::POLLPRI as i64;
    #[pyattr]
    const POLLOUT: i64 = libc::POLLOUT as i64;
    #[pyattr]
    const POLLERR: i64 = libc::POLLERR as i64;
    #[pyattr]
    const POLLHUP: i64 = libc::POLLHUP as i64;
    #[pyattr]
    const POLLNVAL: i64 = libc::POLLNVAL as i64;
    #[pyattr]
    const POLLRDNORM: i64 = libc::POLLRDNORM as i64;
    #[pyattr]
    const POLLRDBAND: i64 = libc::POLLRDBAND as i64;
    #[pyattr]
    const POLLWRNORM: i64 = libc::POLLWRNORM as i64;
    #[pyattr]
    const POLLWRBAND: i64 = libc::POLLWRBAND as i64;
    #[pyattr]
    const POLLRDHUP: i64 = libc::POLLRDHUP as i64;

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        dict.insert_str(&vm.heap, vm.intern("error"), vm.exceptions.os_error.value());
        Ok(())
    }

    /// Wait until one or more file descriptors are ready for some kind of I/O.
    #[pyfunction(name = "select", sig = "(rlist, wlist, xlist, timeout=None, /)")]
    fn select_(vm: &Vm, rlist: Value, wlist: Value, xlist: Value, timeout: Option<Value>) -> PyResult {
        let until = match timeout.filter(|v| !v.is_none()) {
            None => None,
            Some(v) => match nanoseconds(vm, v, Rounding::Up)? {
                ns if ns < 0 => return Err(vm.value_error("timeout must be non-negative")),
                ns => Some(deadline(ns)),
            },
        };
        let masks = [libc::POLLIN, libc::POLLOUT, libc::POLLPRI];
        let ready =
            [libc::POLLIN | libc::POLLHUP | libc::POLLERR, libc::POLLOUT | libc::POLLERR, libc::POLLPRI];
        let lists: [GcVec; 3] = [vm.collect(rlist)?, vm.collect(wlist)?, vm.collect(xlist)?];
        let mut fds: Vec<libc::pollfd> = Vec::new();
        for (list, mask) in lists.iter().zip(masks) {
            for &item in list.iter() {
                let FileLike(fd) = FileLike::of(vm, item)?;
                fds.push(libc::pollfd { fd, events: mask, revents: 0 });
            }
        }
        poll_until(vm, &mut fds, until)?;
        if fds.iter().any(|f| f.revents & libc::POLLNVAL != 0) {
            return Err(os_error(vm, libc::EBADF));
        }
        let mut at = fds.iter();
        let mut results = vm.vec();
        for (list, mask) in lists.iter().zip(ready) {
            let mut found = vm.vec();
            for &item in list.iter() {
                if at.next().is_some_and(|f| f.revents & mask != 0) {
                    found.push(&vm.heap, item);
                }
            }
            results.push(&vm.heap, vm.list_from(found));
        }
        Ok(vm.new_tuple(&results))
    }

    /// Returns a polling object.
    #[pyfunction]
    fn poll(vm: &Vm) -> PyResult<Gc<Native<Poll>>> {
        let class = vm.native_type(Poll::TYPE_DEF)?;
        Ok(vm.new_native(class, Poll { fds: RefCell::default() }))
    }

    /// A set of descriptors to poll.
    #[pyclass(name = "poll", module = "select", no_constructor, private)]
    #[derive(Trace)]
    pub struct Poll {
        /// Descriptor and events.
        fds: RefCell<Vec<(i32, i16)>>,
    }

    #[pymethods]
    impl Poll {
        /// Register a file descriptor with the polling object.
        #[pymethod(sig = "(fd, eventmask=7, /)")]
        fn register(&self, fd: FileLike, eventmask: u16) {
            let mut fds = self.fds.borrow_mut();
            fds.retain(|(known, _)| *known != fd.0);
            fds.push((fd.0, eventmask as i16));
        }
        /// Modify an already registered file descriptor.
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
        /// Polls the registered descriptors; the timeout is in milliseconds.
        #[pymethod(sig = "(timeout=None, /)")]
        fn poll(&self, vm: &Vm, timeout: Option<Value>) -> PyResult {
            let until = match timeout.filter(|v| !v.is_none()) {
                None => None,
                Some(v) => {
                    let ms = vm.to_f64(v)?;
                    if ms < 0.0 { None } else { Some(deadline((ms * 1e6).min(9e18) as i64)) }
                }
            };
            let mut fds: Vec<libc::pollfd> = self
                .fds
                .borrow()
                .iter()
                .map(|&(fd, events)| libc::pollfd { fd, events, revents: 0 })
                .collect();
            poll_until(vm, &mut fds, until)?;
            let mut found = vm.vec();
            for f in fds.iter().filter(|f| f.revents != 0) {
                let pair = [vm.new_int(f.fd as i64), vm.new_int(f.revents as u16 as i64)];
                found.push(&vm.heap, vm.new_tuple(&pair));
            }
            Ok(vm.list_from(found))
        }
    }
}
