//! The `select` module: waiting for descriptors to become ready.
//!
//! [`poll`]: the class `poll`, which `select.select` is built on as well; [`epoll`]: the kernel's own set of descriptors.

mod epoll;
mod poll;

use crate::os::time::{Rounding, nanoseconds};
use crate::os::{FileLike, os_error};
use adder_interp::heap::GcVec;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::list::List;
use adder_interp::object::native::Native;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::pymodule;
use poll::{Poll, poll_until};

/// The descriptors of one argument of `select`, with the objects that stand for them. A list is looked at anew for each
/// item: `fileno()` may change it.
fn descriptors(vm: &Vm, value: Value) -> PyResult<(GcVec, Vec<i32>)> {
    let (mut objects, mut fds) = (vm.vec(), Vec::new());
    let mut add = |object: Value| -> PyResult<()> {
        let FileLike(fd) = FileLike::of(vm, object)?;
        if fd >= libc::FD_SETSIZE as i32 {
            return Err(vm.value_error("filedescriptor out of range in select()"));
        }
        objects.push(&vm.heap, object);
        fds.push(fd);
        Ok(())
    };
    if let Some(list) = value.downcast::<List>() {
        let mut i = 0;
        while let Some(object) = list.get(i) {
            add(object)?;
            i += 1;
        }
    } else {
        if vm.iter(value).is_err() {
            vm.catch(vm.exceptions.type_error)?;
            return Err(vm.type_error("arguments 1-3 must be sequences"));
        }
        for &object in vm.collect(value)?.iter() {
            add(object)?;
        }
    }
    if fds.len() > libc::FD_SETSIZE {
        return Err(vm.value_error("too many file descriptors in select()"));
    }
    Ok((objects, fds))
}

/// This module supports asynchronous I/O on multiple file descriptors.
///
/// *** IMPORTANT NOTICE ***
/// On Windows, only sockets are supported; on Unix, all file descriptors.
#[pymodule(name = "select", classes(super::epoll::Epoll))]
pub mod select {
    use super::*;

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        dict.insert_str(&vm.heap, vm.intern("error"), vm.exceptions.os_error.value());
        for &(name, value) in CONSTANTS {
            dict.insert_str(&vm.heap, vm.intern(name), vm.new_int(value));
        }
        Ok(())
    }

    /// Wait until one or more file descriptors are ready for some kind of I/O.
    ///
    /// The first three arguments are iterables of file descriptors to be waited for:
    /// rlist -- wait until ready for reading
    /// wlist -- wait until ready for writing
    /// xlist -- wait for an "exceptional condition"
    /// If only one kind of condition is required, pass [] for the other lists.
    ///
    /// A file descriptor is either a socket or file object, or a small integer
    /// gotten from a fileno() method call on one of those.
    ///
    /// The optional 4th argument specifies a timeout in seconds; it may be
    /// a floating-point number to specify fractions of seconds.  If it is absent
    /// or None, the call will never time out.
    ///
    /// The return value is a tuple of three lists corresponding to the first three
    /// arguments; each contains the subset of the corresponding file descriptors
    /// that are ready.
    #[pyfunction(name = "select", sig = "(rlist, wlist, xlist, timeout=None, /)")]
    fn select_(vm: &Vm, rlist: Value, wlist: Value, xlist: Value, timeout: Option<Value>) -> PyResult {
        let timeout = match timeout.filter(|v| !v.is_none()) {
            None => None,
            Some(v) => match time_argument(vm, nanoseconds(vm, v, Rounding::Up), "a float")? {
                ns if ns < 0 => return Err(vm.value_error("timeout must be non-negative")),
                ns => Some(ns),
            },
        };
        let masks = [libc::POLLIN, libc::POLLOUT, libc::POLLPRI];
        let ready =
            [libc::POLLIN | libc::POLLHUP | libc::POLLERR, libc::POLLOUT | libc::POLLERR, libc::POLLPRI];
        let lists = [descriptors(vm, rlist)?, descriptors(vm, wlist)?, descriptors(vm, xlist)?];
        let mut entries: Vec<libc::pollfd> = Vec::new();
        for ((_, fds), mask) in lists.iter().zip(masks) {
            entries.extend(fds.iter().map(|&fd| libc::pollfd { fd, events: mask, revents: 0 }));
        }
        poll_until(vm, &mut entries, timeout)?;
        if entries.iter().any(|entry| entry.revents & libc::POLLNVAL != 0) {
            return Err(os_error(vm, libc::EBADF));
        }
        let mut at = entries.iter();
        let mut results = vm.vec();
        for ((objects, _), mask) in lists.iter().zip(ready) {
            let mut found = vm.vec();
            for &object in objects.iter() {
                if at.next().is_some_and(|entry| entry.revents & mask != 0) {
                    found.push(&vm.heap, object);
                }
            }
            results.push(&vm.heap, vm.list_from(found));
        }
        Ok(vm.new_tuple(&results))
    }

    /// Returns a polling object.
    ///
    /// This object supports registering and unregistering file descriptors, and
    /// then polling them for I/O events.
    #[pyfunction(name = "poll")]
    fn new_poll(vm: &Vm) -> PyResult<Gc<Native<Poll>>> {
        let class = vm.native_type(Poll::TYPE_DEF)?;
        Ok(vm.new_native(class, Poll::default()))
    }
}

/// The time that a timeout argument is, if it has the type for it.
fn time_argument(vm: &Vm, time: PyResult<i64>, expected: &str) -> PyResult<i64> {
    time.map_err(|raised| match vm.catch(vm.exceptions.type_error) {
        Ok(_) => vm.type_error(format!("timeout must be {expected} or None")),
        Err(_) => raised,
    })
}

/// Nanoseconds as the milliseconds of a system call, rounded up; -1 for none and for negative times.
fn milliseconds(vm: &Vm, ns: Option<i64>) -> PyResult<i32> {
    match ns {
        None => Ok(-1),
        Some(ns) if ns < 0 => Ok(-1),
        Some(ns) => i32::try_from(ns / 1_000_000 + i64::from(ns % 1_000_000 != 0))
            .map_err(|_| vm.overflow_error("timeout is too large")),
    }
}

const CONSTANTS: &[(&str, i64)] = &[
    ("PIPE_BUF", libc::PIPE_BUF as i64),
    ("POLLIN", libc::POLLIN as i64),
    ("POLLPRI", libc::POLLPRI as i64),
    ("POLLOUT", libc::POLLOUT as i64),
    ("POLLERR", libc::POLLERR as i64),
    ("POLLHUP", libc::POLLHUP as i64),
    ("POLLNVAL", libc::POLLNVAL as i64),
    ("POLLRDNORM", libc::POLLRDNORM as i64),
    ("POLLRDBAND", libc::POLLRDBAND as i64),
    ("POLLWRNORM", libc::POLLWRNORM as i64),
    ("POLLWRBAND", libc::POLLWRBAND as i64),
    ("POLLMSG", 0x400),
    ("POLLRDHUP", libc::POLLRDHUP as i64),
    ("EPOLLIN", libc::EPOLLIN as i64),
    ("EPOLLOUT", libc::EPOLLOUT as i64),
    ("EPOLLPRI", libc::EPOLLPRI as i64),
    ("EPOLLERR", libc::EPOLLERR as i64),
    ("EPOLLHUP", libc::EPOLLHUP as i64),
    ("EPOLLRDHUP", libc::EPOLLRDHUP as i64),
    ("EPOLLET", libc::EPOLLET as u32 as i64),
    ("EPOLLONESHOT", libc::EPOLLONESHOT as i64),
    ("EPOLLEXCLUSIVE", libc::EPOLLEXCLUSIVE as i64),
    ("EPOLLRDNORM", libc::EPOLLRDNORM as i64),
    ("EPOLLRDBAND", libc::EPOLLRDBAND as i64),
    ("EPOLLWRNORM", libc::EPOLLWRNORM as i64),
    ("EPOLLWRBAND", libc::EPOLLWRBAND as i64),
    ("EPOLLMSG", libc::EPOLLMSG as i64),
    ("EPOLLWAKEUP", libc::EPOLLWAKEUP as i64),
    ("EPOLL_CLOEXEC", libc::EPOLL_CLOEXEC as i64),
];
