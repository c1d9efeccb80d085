//! How calls on a socket block: timeouts, signals, and the GIL.
//!
//! A timeout is nanoseconds; negative is none, 0 is a socket that never blocks. The descriptor of a socket with a timeout
//! does not block for the kernel: [`perform`] polls it until it is ready or the time is over, then makes the call, and
//! polls again if somebody else was faster. Signals that interrupt either have their handlers run; unless one raises,
//! the call goes on with the time that is left (PEP 475).

use super::object::Socket;
use crate::c;
use crate::os::time::monotonic;
use crate::os::{blocking, direct, os_error};
use adder_interp::value::{PyResult, Raised};
use adder_interp::vm::Vm;

/// What a call waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum For {
    Reading,
    Writing,
    /// A connection that is being made: a call that has happened already is waited for first.
    Connection,
}

/// Why a call failed, other than by an exception.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trouble {
    Errno(i32),
    TimedOut,
}

impl Trouble {
    #[cold]
    pub fn raise(self, vm: &Vm) -> Raised {
        match self {
            Trouble::Errno(errno) => os_error(vm, errno),
            Trouble::TimedOut => vm.raise_message(vm.exceptions.timeout_error, "timed out"),
        }
    }
}

/// Waits until the socket is ready; false when the deadline passed before.
fn wait(vm: &Vm, socket: &Socket, what: For, deadline: Option<i64>) -> PyResult<Result<bool, i32>> {
    let events = match what {
        For::Reading => libc::POLLIN,
        For::Writing => libc::POLLOUT,
        // A refused connection may show as an error only.
        For::Connection => libc::POLLOUT | libc::POLLERR,
    };
    loop {
        let mut entry = libc::pollfd { fd: socket.fd(), events, revents: 0 };
        if entry.fd < 0 {
            return Ok(Ok(true));
        }
        let timeout = match deadline {
            None => -1,
            Some(at) => match at - monotonic() {
                left if left < 0 => return Ok(Ok(false)),
                left => i32::try_from((left + 999_999) / 1_000_000).unwrap_or(i32::MAX),
            },
        };
        match blocking(vm, || c!(poll(&mut entry, 1, timeout)) as i64) {
            Ok(0) => return Ok(Ok(false)),
            Ok(_) => return Ok(Ok(true)),
            Err(libc::EINTR) => vm.check_signals()?,
            Err(errno) => return Ok(Err(errno)),
        }
    }
}

/// Makes a call that may block, within the timeout given (not always the socket's own: `sendall` shares one among calls).
pub fn perform(
    vm: &Vm,
    socket: &Socket,
    what: For,
    timeout: i64,
    mut call: impl FnMut(i32) -> i64,
) -> PyResult<Result<i64, Trouble>> {
    let deadline = (timeout > 0).then(|| monotonic().saturating_add(timeout));
    loop {
        if timeout > 0 || what == For::Connection {
            match wait(vm, socket, what, deadline)? {
                Ok(true) => {}
                Ok(false) => return Ok(Err(Trouble::TimedOut)),
                Err(errno) => return Ok(Err(Trouble::Errno(errno))),
            }
        }
        let fd = socket.fd();
        match blocking(vm, || call(fd)) {
            Ok(n) => return Ok(Ok(n)),
            Err(libc::EINTR) => vm.check_signals()?,
            // Ready, and then it was not: a datagram with a wrong checksum, or another process took it.
            Err(libc::EAGAIN) if timeout > 0 => {}
            Err(errno) => return Ok(Err(Trouble::Errno(errno))),
        }
    }
}

/// As [`perform`], within the socket's timeout, raising what went wrong.
pub fn call(vm: &Vm, socket: &Socket, what: For, f: impl FnMut(i32) -> i64) -> PyResult<i64> {
    perform(vm, socket, what, socket.timeout(), f)?.map_err(|trouble| trouble.raise(vm))
}

/// Connects; waits as the timeout says.
pub fn connect(
    vm: &Vm,
    socket: &Socket,
    address: &super::address::SockAddr,
) -> PyResult<Result<(), Trouble>> {
    let (fd, timeout) = (socket.fd(), socket.timeout());
    let errno = match blocking(vm, || c!(connect(fd, address.ptr(), address.len)) as i64) {
        Ok(_) => return Ok(Ok(())),
        Err(errno) => errno,
    };
    let pending = match errno {
        libc::EINTR => {
            vm.check_signals()?;
            timeout != 0
        }
        libc::EINPROGRESS => timeout > 0,
        _ => false,
    };
    if !pending {
        return Ok(Err(Trouble::Errno(errno)));
    }
    let outcome = perform(vm, socket, For::Connection, timeout, |fd| match pending_error(fd) {
        Ok(0 | libc::EISCONN) => 0,
        Ok(errno) | Err(errno) => {
            set_errno(errno);
            -1
        }
    })?;
    Ok(outcome.map(drop))
}

/// The error that a connection attempt ended with; 0 for none.
fn pending_error(fd: i32) -> Result<i32, i32> {
    let (mut error, mut size) = (0i32, size_of::<i32>() as libc::socklen_t);
    let room = (&raw mut error).cast();
    direct(|| c!(getsockopt(fd, libc::SOL_SOCKET, libc::SO_ERROR, room, &mut size)) as i64)?;
    Ok(error)
}

fn set_errno(errno: i32) {
    // SAFETY: the location of this thread's error number.
    unsafe { *libc::__errno_location() = errno };
}

/// Lets the kernel block on the descriptor, or not.
pub fn set_nonblocking(fd: i32, on: bool) -> Result<(), i32> {
    let mut flag = libc::c_int::from(on);
    direct(|| c!(ioctl(fd, libc::FIONBIO, &mut flag)) as i64).map(drop)
}
