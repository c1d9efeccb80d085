//! The class `socket`.

use super::address::{SockAddr, parse, to_python};
use super::wait::{For, Trouble, call, connect, perform, set_nonblocking};
use super::{int_argument, message, size_argument, wrong_count};
use crate::buf::{Buffer, WritableBuffer};
use crate::os::time::{Rounding, monotonic, nanoseconds};
use crate::os::{Checked, blocking, direct, os_error};
use crate::{c, sys};
use adder_interp::native::Args;
use adder_interp::object::header::Gc;
use adder_interp::object::int::as_int;
use adder_interp::object::native::Native;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pyfunction, pymethods};
use std::cell::Cell;
use std::sync::atomic::{AtomicI64, Ordering};

/// The timeout of new sockets, in nanoseconds; negative for none.
static DEFAULT_TIMEOUT: AtomicI64 = AtomicI64::new(NO_TIMEOUT);

const NO_TIMEOUT: i64 = -1_000_000_000;

/// socket(family=AF_INET, type=SOCK_STREAM, proto=0) -> socket object
/// socket(family=-1, type=-1, proto=-1, fileno=None) -> socket object
///
/// Open a socket of the given type.  The family argument specifies the
/// address family; it defaults to AF_INET.  The type argument specifies
/// whether this is a stream (SOCK_STREAM, this is the default)
/// or datagram (SOCK_DGRAM) socket.  The protocol argument defaults to 0,
/// specifying the default protocol.  Keyword arguments are accepted.
/// The socket is created as non-inheritable.
///
/// When a fileno is passed in, family, type and proto are auto-detected,
/// unless they are explicitly set.
///
/// A socket object represents one endpoint of a network connection.
///
/// Methods of socket objects (keyword arguments not allowed):
///
/// _accept() -- accept connection, returning new socket fd and client address
/// bind(addr) -- bind the socket to a local address
/// close() -- close the socket
/// connect(addr) -- connect the socket to a remote address
/// connect_ex(addr) -- connect, return an error code instead of an exception
/// dup() -- return a new socket fd duplicated from fileno()
/// fileno() -- return underlying file descriptor
/// getpeername() -- return remote address [*]
/// getsockname() -- return local address
/// getsockopt(level, optname[, buflen]) -- get socket options
/// gettimeout() -- return timeout or None
/// listen([n]) -- start listening for incoming connections
/// recv(buflen[, flags]) -- receive data
/// recv_into(buffer[, nbytes[, flags]]) -- receive data (into a buffer)
/// recvfrom(buflen[, flags]) -- receive data and sender's address
/// recvfrom_into(buffer[, nbytes, [, flags]])
///   -- receive data and sender's address (into a buffer)
/// sendall(data[, flags]) -- send all data
/// send(data[, flags]) -- send data, may not send all of it
/// sendto(data[, flags], addr) -- send data to a given address
/// setblocking(bool) -- set or clear the blocking I/O flag
/// getblocking() -- return True if socket is blocking, False if non-blocking
/// setsockopt(level, optname, value[, optlen]) -- set socket options
/// settimeout(None | float) -- set or clear the timeout
/// shutdown(how) -- shut down traffic in one or both directions
///
///  [*] not available on all platforms!
#[pyclass(name = "socket", module = "_socket", subclassable)]
#[derive(Trace)]
pub struct Socket {
    fd: Cell<i32>,
    family: Cell<i32>,
    kind: Cell<i32>,
    protocol: Cell<i32>,
    /// Nanoseconds; negative for none, 0 for a socket that does not block.
    timeout: Cell<i64>,
}

impl Socket {
    /// The descriptor; -1 once it is closed.
    pub fn fd(&self) -> i32 {
        self.fd.get()
    }
    pub fn family(&self) -> i32 {
        self.family.get()
    }
    pub fn protocol(&self) -> i32 {
        self.protocol.get()
    }
    pub fn timeout(&self) -> i64 {
        self.timeout.get()
    }
    fn blank() -> Socket {
        Socket {
            fd: Cell::new(-1),
            family: Cell::new(0),
            kind: Cell::new(0),
            protocol: Cell::new(0),
            timeout: Cell::new(NO_TIMEOUT),
        }
    }
    /// Takes a descriptor over. Of the type, flags for the kernel are no part.
    fn open(&self, vm: &Vm, fd: i32, family: i32, kind: i32, protocol: i32) -> PyResult<()> {
        self.fd.set(fd);
        self.family.set(family);
        self.kind.set(kind & !(libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC));
        self.protocol.set(protocol);
        if kind & libc::SOCK_NONBLOCK != 0 {
            self.timeout.set(0);
            return Ok(());
        }
        let timeout = DEFAULT_TIMEOUT.load(Ordering::Relaxed);
        self.timeout.set(timeout);
        if timeout >= 0 {
            set_nonblocking(fd, true).map_err(|e| os_error(vm, e))?;
        }
        Ok(())
    }
    fn set_timeout(&self, vm: &Vm, timeout: i64) -> PyResult<()> {
        self.timeout.set(timeout);
        set_nonblocking(self.fd(), timeout >= 0).map_err(|e| os_error(vm, e))
    }
    /// Closes the descriptor. A connection that the other side has reset is closed as well.
    fn close(&self, vm: &Vm) -> PyResult<()> {
        let fd = self.fd.replace(-1);
        if fd < 0 {
            return Ok(());
        }
        match sys!(vm, close(fd)) {
            Err(errno) if errno != libc::ECONNRESET => Err(os_error(vm, errno)),
            _ => Ok(()),
        }
    }
}

/// A timeout argument, in nanoseconds.
fn timeout_argument(vm: &Vm, value: Value) -> PyResult<i64> {
    if value.is_none() {
        return Ok(NO_TIMEOUT);
    }
    match nanoseconds(vm, value, Rounding::Up)? {
        ns if ns < 0 => Err(vm.value_error("Timeout value out of range")),
        ns => Ok(ns),
    }
}

/// A timeout in seconds, or None.
fn timeout_value(vm: &Vm, timeout: i64) -> Value {
    if timeout < 0 { vm.none() } else { Value::float(timeout as f64 / 1e9) }
}

/// Room to receive into.
pub fn room(vm: &Vm, size: i64, negative: &str) -> PyResult<Vec<u8>> {
    let Ok(size) = usize::try_from(size) else {
        return Err(vm.value_error(negative));
    };
    let mut room = Vec::new();
    if room.try_reserve_exact(size).is_err() {
        return Err(vm.raise_class(vm.exceptions.memory_error, &[]));
    }
    room.resize(size, 0);
    Ok(room)
}

/// Family, type and protocol of a descriptor that is a socket already, where they are not given.
fn detect(vm: &Vm, fd: i32, family: i32, kind: i32, protocol: i32) -> PyResult<[i32; 3]> {
    let mut address = SockAddr::room();
    let at = address.ptr_mut();
    let found = direct(|| c!(getsockname(fd, at, &mut address.len)) as i64);
    let family = match (family, found) {
        (-1, Ok(_)) => address.family(),
        (-1, Err(errno)) | (_, Err(errno @ (libc::EBADF | libc::ENOTSOCK))) => {
            return Err(os_error(vm, errno));
        }
        _ => family,
    };
    let option = |name: i32| -> PyResult<i32> {
        let (mut value, mut size) = (0i32, size_of::<i32>() as libc::socklen_t);
        let room = (&raw mut value).cast();
        direct(|| c!(getsockopt(fd, libc::SOL_SOCKET, name, room, &mut size)) as i64).check(vm)?;
        Ok(value)
    };
    let kind = if kind == -1 { option(libc::SO_TYPE)? } else { kind };
    let protocol = if protocol == -1 { option(libc::SO_PROTOCOL)? } else { protocol };
    Ok([family, kind, protocol])
}

/// The arguments that receive into a buffer: how many bytes are wanted, 0 for all there is room for.
fn wanted(vm: &Vm, buffer: &WritableBuffer, nbytes: isize, negative: &str, small: &str) -> PyResult<usize> {
    match usize::try_from(nbytes) {
        Err(_) => Err(vm.value_error(negative)),
        Ok(0) => Ok(buffer.len()),
        Ok(n) if n > buffer.len() => Err(vm.value_error(small)),
        Ok(n) => Ok(n),
    }
}

/// Arguments bound by hand, by position alone.
fn positional<'a>(vm: &Vm, args: Args<'a>, name: &str, min: usize, max: usize) -> PyResult<&'a [Value]> {
    args.reject_keywords(vm, &format!("socket.{name}"))?;
    let values = args.positional_values();
    match (min..=max).contains(&values.len()) {
        true => Ok(values),
        false => Err(wrong_count(vm, name, values.len(), min, max)),
    }
}

#[pymethods]
impl Socket {
    #[pynew(sig = "(*args, **kwargs)")]
    fn new(cls: Gc<Type>, vm: &Vm, _args: Args<'_>) -> Gc<Native<Socket>> {
        vm.new_native(cls, Socket::blank())
    }

    #[pymethod(name = "__init__", sig = "(family=-1, type=-1, proto=-1, fileno=None)")]
    fn init(
        this: Gc<Native<Socket>>,
        vm: &Vm,
        family: i32,
        kind: i32,
        protocol: i32,
        fileno: Option<Value>,
    ) -> PyResult<()> {
        let numbers = [family, kind, protocol].map(|n| vm.new_int(n.into()));
        vm.audit("socket.__new__", &[this.value(), numbers[0], numbers[1], numbers[2]])?;
        if let Some(value) = fileno.filter(|v| !v.is_none()) {
            let fd = int_argument(vm, value)?;
            if fd < 0 {
                return Err(vm.value_error("negative file descriptor"));
            }
            let [family, kind, protocol] = detect(vm, fd, family, kind, protocol)?;
            return this.open(vm, fd, family, kind, protocol);
        }
        let family = if family == -1 { libc::AF_INET } else { family };
        let kind = if kind == -1 { libc::SOCK_STREAM } else { kind };
        let protocol = if protocol == -1 { 0 } else { protocol };
        let fd = sys!(vm, socket(family, kind | libc::SOCK_CLOEXEC, protocol)).check(vm)? as i32;
        this.open(vm, fd, family, kind, protocol).inspect_err(|_| {
            this.fd.set(-1);
            c!(close(fd));
        })
    }

    #[pymethod(name = "__repr__")]
    fn repr(&self) -> String {
        let (fd, family, kind, protocol) = (self.fd(), self.family(), self.kind.get(), self.protocol());
        format!("<socket object, fd={fd}, family={family}, type={kind}, proto={protocol}>")
    }

    #[pymethod(name = "__del__")]
    fn finalize(this: Gc<Native<Socket>>, vm: &Vm) -> PyResult<()> {
        if this.fd() < 0 {
            return Ok(());
        }
        let text = format!("unclosed {}", vm.repr_text(this.value())?);
        let warned = crate::warn::resource_warning(vm, &text, this.value());
        c!(close(this.fd.replace(-1)));
        warned
    }

    /// the socket family
    #[pygetset(name = "family")]
    fn family_(&self) -> i32 {
        self.family()
    }
    /// the socket type
    #[pygetset(name = "type")]
    fn kind_(&self) -> i32 {
        self.kind.get()
    }
    /// the socket protocol
    #[pygetset(name = "proto")]
    fn protocol_(&self) -> i32 {
        self.protocol()
    }
    /// the socket timeout
    #[pygetset(name = "timeout")]
    fn timeout_(&self, vm: &Vm) -> Value {
        timeout_value(vm, self.timeout())
    }

    /// _accept() -> (integer, address info)
    ///
    /// Wait for an incoming connection.  Return a new socket file descriptor
    /// representing the connection, and the address of the client.
    /// For IP sockets, the address info is a pair (hostaddr, port).
    #[pymethod]
    fn _accept(&self, vm: &Vm) -> PyResult {
        let mut address = SockAddr::room();
        let at = address.ptr_mut();
        let fd = call(vm, self, For::Reading, |fd| {
            address.len = size_of::<libc::sockaddr_storage>() as _;
            c!(accept4(fd, at, &mut address.len, libc::SOCK_CLOEXEC)) as i64
        })?;
        match to_python(vm, fd as i32, &address, self.protocol()) {
            Ok(address) => Ok(vm.new_tuple(&[vm.new_int(fd), address])),
            Err(Raised) => {
                c!(close(fd as i32));
                Err(Raised)
            }
        }
    }

    /// bind(address)
    ///
    /// Bind the socket to a local address.  For IP sockets, the address is a
    /// pair (host, port); the host must refer to the local host. For raw packet
    /// sockets the address is a tuple (ifname, proto [,pkttype [,hatype [,addr]]])
    #[pymethod(sig = "(address, /)")]
    fn bind(this: Gc<Native<Socket>>, vm: &Vm, address: Value) -> PyResult<()> {
        let parsed = parse(vm, &this, address, "bind")?;
        vm.audit("socket.bind", &[this.value(), address])?;
        let fd = this.fd();
        sys!(vm, bind(fd, parsed.ptr(), parsed.len)).check(vm)?;
        Ok(())
    }

    /// close()
    ///
    /// Close the socket.  It cannot be used after this call.
    #[pymethod(name = "close")]
    fn close_(&self, vm: &Vm) -> PyResult<()> {
        self.close(vm)
    }

    /// connect(address)
    ///
    /// Connect the socket to a remote address.  For IP sockets, the address
    /// is a pair (host, port).
    #[pymethod(sig = "(address, /)", name = "connect")]
    fn connect_(this: Gc<Native<Socket>>, vm: &Vm, address: Value) -> PyResult<()> {
        let parsed = parse(vm, &this, address, "connect")?;
        vm.audit("socket.connect", &[this.value(), address])?;
        connect(vm, &this, &parsed)?.map_err(|trouble| trouble.raise(vm))
    }

    /// connect_ex(address) -> errno
    ///
    /// This is like connect(address), but returns an error code (the errno value)
    /// instead of raising an exception when an error occurs.
    #[pymethod(sig = "(address, /)")]
    fn connect_ex(this: Gc<Native<Socket>>, vm: &Vm, address: Value) -> PyResult<i32> {
        let parsed = parse(vm, &this, address, "connect_ex")?;
        vm.audit("socket.connect", &[this.value(), address])?;
        Ok(match connect(vm, &this, &parsed)? {
            Ok(()) => 0,
            Err(Trouble::Errno(errno)) => errno,
            Err(Trouble::TimedOut) => libc::EWOULDBLOCK,
        })
    }

    /// detach()
    ///
    /// Close the socket object without closing the underlying file descriptor.
    /// The object cannot be used after this call, but the file descriptor
    /// can be reused for other purposes.  The file descriptor is returned.
    #[pymethod]
    fn detach(&self) -> i32 {
        self.fd.replace(-1)
    }

    /// fileno() -> integer
    ///
    /// Return the integer file descriptor of the socket.
    #[pymethod]
    fn fileno(&self) -> i32 {
        self.fd()
    }

    /// getpeername() -> address info
    ///
    /// Return the address of the remote endpoint.  For IP sockets, the address
    /// info is a pair (hostaddr, port).
    #[pymethod]
    fn getpeername(&self, vm: &Vm) -> PyResult {
        let (fd, mut address) = (self.fd(), SockAddr::room());
        let at = address.ptr_mut();
        sys!(vm, getpeername(fd, at, &mut address.len)).check(vm)?;
        to_python(vm, fd, &address, self.protocol())
    }

    /// getsockname() -> address info
    ///
    /// Return the address of the local endpoint. The format depends on the
    /// address family. For IPv4 sockets, the address info is a pair
    /// (hostaddr, port). For IPv6 sockets, the address info is a 4-tuple
    /// (hostaddr, port, flowinfo, scope_id).
    #[pymethod]
    fn getsockname(&self, vm: &Vm) -> PyResult {
        let (fd, mut address) = (self.fd(), SockAddr::room());
        let at = address.ptr_mut();
        sys!(vm, getsockname(fd, at, &mut address.len)).check(vm)?;
        to_python(vm, fd, &address, self.protocol())
    }

    /// getsockopt(level, option[, buffersize]) -> value
    ///
    /// Get a socket option.  See the Unix manual for level and option.
    /// If a nonzero buffersize argument is given, the return value is a
    /// string of that length; otherwise it is an integer.
    #[pymethod(sig = "(level, option, buffersize=0, /)")]
    fn getsockopt(&self, vm: &Vm, args: Args<'_>) -> PyResult {
        let values = positional(vm, args, "getsockopt", 2, 3)?;
        let (level, name) = (int_argument(vm, values[0])?, int_argument(vm, values[1])?);
        let size = values.get(2).map_or(Ok(0), |&v| int_argument(vm, v))?;
        let fd = self.fd();
        if size == 0 {
            if self.family() == libc::AF_VSOCK {
                let (mut value, mut len) = (0u64, size_of::<u64>() as libc::socklen_t);
                let room = (&raw mut value).cast();
                direct(|| c!(getsockopt(fd, level, name, room, &mut len)) as i64).check(vm)?;
                return Ok(vm.new_uint(value));
            }
            let (mut value, mut len) = (0i32, size_of::<i32>() as libc::socklen_t);
            let room = (&raw mut value).cast();
            direct(|| c!(getsockopt(fd, level, name, room, &mut len)) as i64).check(vm)?;
            return Ok(vm.new_int(value.into()));
        }
        if self.family() == libc::AF_VSOCK {
            return Err(vm.os_error_message("getsockopt string buffer not allowed"));
        }
        if !(1..=1024).contains(&size) {
            return Err(vm.os_error_message("getsockopt buflen out of range"));
        }
        let (mut room, mut len) = ([0u8; 1024], size as libc::socklen_t);
        let at = room.as_mut_ptr().cast();
        direct(|| c!(getsockopt(fd, level, name, at, &mut len)) as i64).check(vm)?;
        Ok(vm.new_bytes(&room[..len as usize]))
    }

    /// setsockopt(level, option, value: int)
    /// setsockopt(level, option, value: buffer)
    /// setsockopt(level, option, None, optlen: int)
    ///
    /// Set a socket option.  See the Unix manual for level and option.
    /// The value argument can either be an integer, a string buffer, or
    /// None, optlen.
    #[pymethod(sig = "(level, option, value, optlen=<unrepresentable>, /)")]
    fn setsockopt(&self, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        args.reject_keywords(vm, "socket.setsockopt")?;
        let values = args.positional_values();
        let without_value = values.len() == 4 && values[2].is_none() && as_int(values[3]).is_some();
        if values.len() != 3 && !without_value {
            return Err(wrong_count(vm, "setsockopt", values.len(), 3, 3));
        }
        let (level, name) = (int_argument(vm, values[0])?, int_argument(vm, values[1])?);
        let (fd, value) = (self.fd(), values[2]);
        let set = |at: *const libc::c_void, len: usize| {
            direct(|| c!(setsockopt(fd, level, name, at, len as libc::socklen_t)) as i64).check(vm).map(drop)
        };
        if without_value {
            let Some(len) = as_int(values[3]).and_then(|n| n.to_i64()).and_then(|n| u32::try_from(n).ok())
            else {
                return Err(vm.overflow_error("Python int too large for C unsigned int"));
            };
            return set(std::ptr::null(), len as usize);
        }
        let number = as_int(value).and_then(|n| n.to_i64());
        if let Some(n) =
            number.and_then(|n| u64::try_from(n).ok()).filter(|_| self.family() == libc::AF_VSOCK)
        {
            return set((&raw const n).cast(), size_of::<u64>());
        }
        if let Some(n) = number.and_then(|n| i32::try_from(n).ok()) {
            return set((&raw const n).cast(), size_of::<i32>());
        }
        let buffer = Buffer::simple(vm, value)?;
        set(buffer.as_ptr().cast(), buffer.len())
    }

    /// gettimeout() -> timeout
    ///
    /// Returns the timeout in seconds (float) associated with socket operations.
    /// A timeout of None indicates that timeouts on socket operations are disabled.
    #[pymethod]
    fn gettimeout(&self, vm: &Vm) -> Value {
        timeout_value(vm, self.timeout())
    }

    /// settimeout(timeout)
    ///
    /// Set a timeout on socket operations.  'timeout' can be a float,
    /// giving in seconds, or None.  Setting a timeout of None disables
    /// the timeout feature and is equivalent to setblocking(1).
    /// Setting a timeout of zero is the same as setblocking(0).
    #[pymethod(sig = "(timeout, /)")]
    fn settimeout(&self, vm: &Vm, timeout: Value) -> PyResult<()> {
        let timeout = timeout_argument(vm, timeout)?;
        self.set_timeout(vm, timeout)
    }

    /// setblocking(flag)
    ///
    /// Set the socket to blocking (flag is true) or non-blocking (false).
    /// setblocking(True) is equivalent to settimeout(None);
    /// setblocking(False) is equivalent to settimeout(0.0).
    #[pymethod(sig = "(flag, /)")]
    fn setblocking(&self, vm: &Vm, flag: bool) -> PyResult<()> {
        self.set_timeout(vm, if flag { NO_TIMEOUT } else { 0 })
    }

    /// getblocking()
    ///
    /// Returns True if socket is in blocking mode, or False if it
    /// is in non-blocking mode.
    #[pymethod]
    fn getblocking(&self) -> bool {
        self.timeout() != 0
    }

    /// listen([backlog])
    ///
    /// Enable a server to accept connections.  If backlog is specified, it must be
    /// at least 0 (if it is lower, it is set to 0); it specifies the number of
    /// unaccepted connections that the system will allow before refusing new
    /// connections. If not specified, a default reasonable value is chosen.
    #[pymethod(sig = "(backlog=128, /)")]
    fn listen(&self, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        let values = positional(vm, args, "listen", 0, 1)?;
        let backlog = values.first().map_or(Ok(128), |&v| int_argument(vm, v))?.max(0);
        let fd = self.fd();
        sys!(vm, listen(fd, backlog)).check(vm)?;
        Ok(())
    }

    /// recv(buffersize[, flags]) -> data
    ///
    /// Receive up to buffersize bytes from the socket.  For the optional flags
    /// argument, see the Unix manual.  When no data is available, block until
    /// at least one byte is available or until the remote end is closed.  When
    /// the remote end is closed and all data is read, return the empty string.
    #[pymethod(sig = "(buffersize, flags=0, /)")]
    fn recv(&self, vm: &Vm, args: Args<'_>) -> PyResult {
        let values = positional(vm, args, "recv", 1, 2)?;
        let size = size_argument(vm, values[0])?;
        let flags = values.get(1).map_or(Ok(0), |&v| int_argument(vm, v))?;
        let mut room = room(vm, size, "negative buffersize in recv")?;
        if room.is_empty() {
            return Ok(vm.new_bytes(&[]));
        }
        let (at, len) = (room.as_mut_ptr().cast(), room.len());
        let n = call(vm, self, For::Reading, |fd| c!(recv(fd, at, len, flags)) as i64)?;
        Ok(vm.new_bytes(&room[..n as usize]))
    }

    /// recv_into(buffer, [nbytes[, flags]]) -> nbytes_read
    ///
    /// A version of recv() that stores its data into a buffer rather than creating
    /// a new string.  Receive up to buffersize bytes from the socket.  If buffersize
    /// is not specified (or 0), receive up to the size available in the given buffer.
    ///
    /// See recv() for documentation about the flags.
    #[pymethod(sig = "(buffer, nbytes=0, flags=0)")]
    fn recv_into(&self, vm: &Vm, buffer: WritableBuffer, nbytes: isize, flags: i32) -> PyResult<i64> {
        let (negative, small) = ("negative buffersize in recv_into", "buffer too small for requested bytes");
        let len = wanted(vm, &buffer, nbytes, negative, small)?;
        if len == 0 {
            return Ok(0);
        }
        let at = buffer.cells().as_ptr() as *mut libc::c_void;
        call(vm, self, For::Reading, |fd| c!(recv(fd, at, len, flags)) as i64)
    }

    /// recvfrom(buffersize[, flags]) -> (data, address info)
    ///
    /// Like recv(buffersize, flags) but also return the sender's address info.
    #[pymethod(sig = "(buffersize, flags=0, /)")]
    fn recvfrom(&self, vm: &Vm, args: Args<'_>) -> PyResult {
        let values = positional(vm, args, "recvfrom", 1, 2)?;
        let size = size_argument(vm, values[0])?;
        let flags = values.get(1).map_or(Ok(0), |&v| int_argument(vm, v))?;
        let mut room = room(vm, size, "negative buffersize in recvfrom")?;
        let (n, address) = self.receive_from(vm, room.as_mut_ptr(), room.len(), flags)?;
        Ok(vm.new_tuple(&[vm.new_bytes(&room[..n]), address]))
    }

    /// recvfrom_into(buffer[, nbytes[, flags]]) -> (nbytes, address info)
    ///
    /// Like recv_into(buffer[, nbytes[, flags]]) but also return the sender's address info.
    #[pymethod(sig = "(buffer, nbytes=0, flags=0)")]
    fn recvfrom_into(&self, vm: &Vm, buffer: WritableBuffer, nbytes: isize, flags: i32) -> PyResult {
        let negative = "negative buffersize in recvfrom_into";
        let len = wanted(vm, &buffer, nbytes, negative, "nbytes is greater than the length of the buffer")?;
        let (n, address) = self.receive_from(vm, buffer.cells().as_ptr() as *mut u8, len, flags)?;
        Ok(vm.new_tuple(&[vm.new_int(n as i64), address]))
    }

    /// recvmsg(bufsize[, ancbufsize[, flags]]) -> (data, ancdata, msg_flags, address)
    ///
    /// Receive normal data (up to bufsize bytes) and ancillary data from the
    /// socket.  The ancbufsize argument sets the size in bytes of the
    /// internal buffer used to receive the ancillary data; it defaults to 0,
    /// meaning that no ancillary data will be received.  Appropriate buffer
    /// sizes for ancillary data can be calculated using CMSG_SPACE() or
    /// CMSG_LEN(), and items which do not fit into the buffer might be
    /// truncated or discarded.  The flags argument defaults to 0 and has the
    /// same meaning as for recv().
    ///
    /// The return value is a 4-tuple: (data, ancdata, msg_flags, address).
    /// The data item is a bytes object holding the non-ancillary data
    /// received.  The ancdata item is a list of zero or more tuples
    /// (cmsg_level, cmsg_type, cmsg_data) representing the ancillary data
    /// (control messages) received: cmsg_level and cmsg_type are integers
    /// specifying the protocol level and protocol-specific type respectively,
    /// and cmsg_data is a bytes object holding the associated data.  The
    /// msg_flags item is the bitwise OR of various flags indicating
    /// conditions on the received message; see your system documentation for
    /// details.  If the receiving socket is unconnected, address is the
    /// address of the sending socket, if available; otherwise, its value is
    /// unspecified.
    ///
    /// If recvmsg() raises an exception after the system call returns, it
    /// will first attempt to close any file descriptors received via the
    /// SCM_RIGHTS mechanism.
    #[pymethod(sig = "(bufsize, ancbufsize=0, flags=0, /)")]
    fn recvmsg(this: Gc<Native<Socket>>, vm: &Vm, args: Args<'_>) -> PyResult {
        message::receive_new(vm, this, args)
    }

    /// recvmsg_into(buffers[, ancbufsize[, flags]]) -> (nbytes, ancdata, msg_flags, address)
    ///
    /// Receive normal data and ancillary data from the socket, scattering the
    /// non-ancillary data into a series of buffers.  The buffers argument
    /// must be an iterable of objects that export writable buffers
    /// (e.g. bytearray objects); these will be filled with successive chunks
    /// of the non-ancillary data until it has all been written or there are
    /// no more buffers.  The ancbufsize argument sets the size in bytes of
    /// the internal buffer used to receive the ancillary data; it defaults to
    /// 0, meaning that no ancillary data will be received.  Appropriate
    /// buffer sizes for ancillary data can be calculated using CMSG_SPACE()
    /// or CMSG_LEN(), and items which do not fit into the buffer might be
    /// truncated or discarded.  The flags argument defaults to 0 and has the
    /// same meaning as for recv().
    ///
    /// The return value is a 4-tuple: (nbytes, ancdata, msg_flags, address).
    /// The nbytes item is the total number of bytes of non-ancillary data
    /// written into the buffers.  The ancdata item is a list of zero or more
    /// tuples (cmsg_level, cmsg_type, cmsg_data) representing the ancillary
    /// data (control messages) received.
    #[pymethod(sig = "(buffers, ancbufsize=0, flags=0, /)")]
    fn recvmsg_into(this: Gc<Native<Socket>>, vm: &Vm, args: Args<'_>) -> PyResult {
        message::receive_into(vm, this, args)
    }

    /// send(data[, flags]) -> count
    ///
    /// Send a data string to the socket.  For the optional flags
    /// argument, see the Unix manual.  Return the number of bytes
    /// sent; this may be less than len(data) if the network is busy.
    #[pymethod(sig = "(data, flags=0, /)")]
    fn send(&self, vm: &Vm, args: Args<'_>) -> PyResult<i64> {
        let values = positional(vm, args, "send", 1, 2)?;
        let data = Buffer::simple(vm, values[0])?;
        let flags = values.get(1).map_or(Ok(0), |&v| int_argument(vm, v))?;
        let (at, len) = (data.as_ptr().cast(), data.len());
        call(vm, self, For::Writing, |fd| c!(send(fd, at, len, flags)) as i64)
    }

    /// sendall(data[, flags])
    ///
    /// Send a data string to the socket.  For the optional flags
    /// argument, see the Unix manual.  This calls send() repeatedly
    /// until all data is sent.  If an error occurs, it's impossible
    /// to tell how much data has been sent.
    #[pymethod(sig = "(data, flags=0, /)")]
    fn sendall(&self, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        let values = positional(vm, args, "sendall", 1, 2)?;
        let data = Buffer::simple(vm, values[0])?;
        let flags = values.get(1).map_or(Ok(0), |&v| int_argument(vm, v))?;
        let timeout = self.timeout();
        let deadline = (timeout > 0).then(|| monotonic().saturating_add(timeout));
        let (start, total) = (data.as_ptr(), data.len());
        let mut sent = 0;
        loop {
            let left = match deadline {
                None => timeout,
                Some(at) => match at - monotonic() {
                    left if left <= 0 => return Err(Trouble::TimedOut.raise(vm)),
                    left => left,
                },
            };
            let (at, len) = (start.wrapping_add(sent).cast(), total - sent);
            let result = perform(vm, self, For::Writing, left, |fd| c!(send(fd, at, len, flags)) as i64)?;
            sent += result.map_err(|trouble| trouble.raise(vm))? as usize;
            vm.check_signals()?;
            if sent >= total {
                return Ok(());
            }
        }
    }

    /// sendto(data[, flags], address) -> count
    ///
    /// Like send(data, flags) but allows specifying the destination address.
    /// For IP sockets, the address is a pair (hostaddr, port).
    #[pymethod(sig = "(data, flags_or_address, address=<unrepresentable>, /)")]
    fn sendto(this: Gc<Native<Socket>>, vm: &Vm, args: Args<'_>) -> PyResult<i64> {
        args.reject_keywords(vm, "socket.sendto")?;
        let (data, flags, address) = match *args.positional_values() {
            [data, address] => (data, None, address),
            [data, flags, address] => (data, Some(flags), address),
            ref other => {
                let text = format!("sendto() takes 2 or 3 arguments ({} given)", other.len());
                return Err(vm.type_error(text));
            }
        };
        let data = Buffer::simple(vm, data)?;
        let flags = flags.map_or(Ok(0), |v| int_argument(vm, v))?;
        let parsed = parse(vm, &this, address, "sendto")?;
        vm.audit("socket.sendto", &[this.value(), address])?;
        let (at, len) = (data.as_ptr().cast(), data.len());
        call(vm, &this, For::Writing, |fd| c!(sendto(fd, at, len, flags, parsed.ptr(), parsed.len)) as i64)
    }

    /// sendmsg(buffers[, ancdata[, flags[, address]]]) -> count
    ///
    /// Send normal and ancillary data to the socket, gathering the
    /// non-ancillary data from a series of buffers and concatenating it into
    /// a single message.  The buffers argument specifies the non-ancillary
    /// data as an iterable of bytes-like objects (e.g. bytes objects).
    /// The ancdata argument specifies the ancillary data (control messages)
    /// as an iterable of zero or more tuples (cmsg_level, cmsg_type,
    /// cmsg_data), where cmsg_level and cmsg_type are integers specifying the
    /// protocol level and protocol-specific type respectively, and cmsg_data
    /// is a bytes-like object holding the associated data.  The flags
    /// argument defaults to 0 and has the same meaning as for send().  If
    /// address is supplied and not None, it sets a destination address for
    /// the message.  The return value is the number of bytes of non-ancillary
    /// data sent.
    #[pymethod(sig = "(buffers, ancdata=(), flags=0, address=None, /)")]
    fn sendmsg(this: Gc<Native<Socket>>, vm: &Vm, args: Args<'_>) -> PyResult<i64> {
        message::send(vm, this, args)
    }

    /// sendmsg_afalg([msg], *, op[, iv[, assoclen[, flags=MSG_MORE]]])
    ///
    /// Set operation mode, IV and length of associated data for an AF_ALG
    /// operation socket.
    #[pymethod(
        sig = "(msg=<unrepresentable>, *, op=<unrepresentable>, iv=<unrepresentable>, assoclen=<unrepresentable>, flags=0)"
    )]
    fn sendmsg_afalg(
        this: Gc<Native<Socket>>,
        vm: &Vm,
        msg: Option<Value>,
        op: Option<i32>,
        iv: Option<Buffer>,
        assoclen: Option<Value>,
        flags: i32,
    ) -> PyResult<i64> {
        message::send_to_algorithm(vm, this, msg, op, iv, assoclen, flags)
    }

    /// shutdown(flag)
    ///
    /// Shut down the reading side of the socket (flag == SHUT_RD), the writing side
    /// of the socket (flag == SHUT_WR), or both ends (flag == SHUT_RDWR).
    #[pymethod(sig = "(flag, /)")]
    fn shutdown(&self, vm: &Vm, flag: i32) -> PyResult<()> {
        let fd = self.fd();
        sys!(vm, shutdown(fd, flag)).check(vm)?;
        Ok(())
    }
}

impl Socket {
    /// Receives, with the sender's address.
    fn receive_from(&self, vm: &Vm, room: *mut u8, len: usize, flags: i32) -> PyResult<(usize, Value)> {
        let mut address = SockAddr::room();
        let at = address.ptr_mut();
        let n = call(vm, self, For::Reading, |fd| {
            address.len = size_of::<libc::sockaddr_storage>() as _;
            c!(recvfrom(fd, room.cast(), len, flags, at, &mut address.len)) as i64
        })?;
        Ok((n as usize, to_python(vm, self.fd(), &address, self.protocol())?))
    }
}

/// close(integer) -> None
///
/// Close an integer socket file descriptor.  This is like os.close(), but for
/// sockets; on some platforms os.close() won't work for socket file descriptors.
#[pyfunction(module = "_socket", sig = "(fd, /)")]
pub fn close(vm: &Vm, fd: i32) -> PyResult<()> {
    match sys!(vm, close(fd)) {
        Err(errno) if errno != libc::ECONNRESET => Err(os_error(vm, errno)),
        _ => Ok(()),
    }
}

/// dup(integer) -> integer
///
/// Duplicate an integer socket file descriptor.  This is like os.dup(), but for
/// sockets; on some platforms os.dup() won't work for socket file descriptors.
#[pyfunction(module = "_socket", sig = "(fd, /)")]
pub fn dup(vm: &Vm, fd: i32) -> PyResult<i64> {
    direct(|| c!(fcntl(fd, libc::F_DUPFD_CLOEXEC, 0)) as i64).check(vm)
}

/// socketpair([family[, type [, proto]]]) -> (socket object, socket object)
///
/// Create a pair of socket objects from the sockets returned by the platform
/// socketpair() function.
/// The arguments are the same as for socket() except the default family is
/// AF_UNIX if defined on the platform; otherwise, the default is AF_INET.
#[pyfunction(module = "_socket", sig = "(family=1, type=1, proto=0, /)")]
pub fn socketpair(vm: &Vm, args: Args<'_>) -> PyResult {
    args.reject_keywords(vm, "_socket.socketpair")?;
    let values = args.positional_values();
    if values.len() > 3 {
        return Err(wrong_count(vm, "socketpair", values.len(), 0, 3));
    }
    let number = |i: usize, default: i32| values.get(i).map_or(Ok(default), |&v| int_argument(vm, v));
    let (family, kind, protocol) = (number(0, libc::AF_UNIX)?, number(1, libc::SOCK_STREAM)?, number(2, 0)?);
    let mut fds = [0i32; 2];
    let at = fds.as_mut_ptr();
    blocking(vm, || c!(socketpair(family, kind | libc::SOCK_CLOEXEC, protocol, at)) as i64).check(vm)?;
    let class = vm.native_type(Socket::TYPE_DEF)?;
    let pair = fds.map(|_| vm.new_native(class, Socket::blank()));
    for (socket, fd) in pair.iter().zip(fds) {
        socket.fd.set(fd);
    }
    for (socket, fd) in pair.iter().zip(fds) {
        socket.open(vm, fd, family, kind, protocol)?;
    }
    Ok(vm.new_tuple(&pair.map(|socket| socket.value())))
}

/// getdefaulttimeout() -> timeout
///
/// Returns the default timeout in seconds (float) for new socket objects.
/// A value of None indicates that new socket objects have no timeout.
/// When the socket module is first imported, the default is None.
#[pyfunction(module = "_socket")]
pub fn getdefaulttimeout(vm: &Vm) -> Value {
    timeout_value(vm, DEFAULT_TIMEOUT.load(Ordering::Relaxed))
}

/// setdefaulttimeout(timeout)
///
/// Set the default timeout in seconds (float) for new socket objects.
/// A value of None indicates that new socket objects have no timeout.
/// When the socket module is first imported, the default is None.
#[pyfunction(module = "_socket", sig = "(timeout, /)")]
pub fn setdefaulttimeout(vm: &Vm, timeout: Value) -> PyResult<()> {
    DEFAULT_TIMEOUT.store(timeout_argument(vm, timeout)?, Ordering::Relaxed);
    Ok(())
}
