//! The `_socket` module: sockets of the operating system, and the names and numbers of the network.
//!
//! * [`object`]: the class `socket`; [`wait`]: how its calls block, time out and survive signals
//! * [`address`]: socket addresses as Python has them, per family, and host names that become addresses
//! * [`message`]: `sendmsg` and `recvmsg`, with ancillary data
//! * [`names`]: `getaddrinfo` and its relatives; [`numbers`]: byte order, packed addresses, interfaces
//! * [`constants`]: the integer constants
//!
//! A socket is a descriptor, its family, type and protocol, and a timeout. Every call reads the descriptor anew each time
//! it is tried, because another thread may have closed the socket meanwhile.

mod address;
mod constants;
mod message;
mod names;
mod numbers;
mod object;
mod wait;

use crate::types::PyCapsule;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::pymodule;

/// Implementation module for socket operations.
///
/// See the socket module for documentation.
#[pymodule(
    name = "_socket",
    functions(
        super::names::getaddrinfo,
        super::names::getnameinfo,
        super::names::gethostbyname,
        super::names::gethostbyname_ex,
        super::names::gethostbyaddr,
        super::names::gethostname,
        super::names::sethostname,
        super::names::getservbyname,
        super::names::getservbyport,
        super::names::getprotobyname,
        super::numbers::ntohs,
        super::numbers::htons,
        super::numbers::ntohl,
        super::numbers::htonl,
        super::numbers::inet_aton_,
        super::numbers::inet_ntoa,
        super::numbers::inet_pton,
        super::numbers::inet_ntop,
        super::numbers::if_nameindex,
        super::numbers::if_nametoindex,
        super::numbers::if_indextoname,
        super::object::close,
        super::object::dup,
        super::object::socketpair,
        super::object::getdefaulttimeout,
        super::object::setdefaulttimeout,
        super::message::cmsg_len,
        super::message::cmsg_space,
    ),
    classes(super::object::Socket)
)]
pub mod socket {
    use super::*;

    #[pyattr]
    const BDADDR_ANY: &str = "00:00:00:00:00:00";
    #[pyattr]
    const BDADDR_LOCAL: &str = "00:00:00:FF:FF:FF";

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        let set = |name: &str, value: Value| {
            dict.insert_str(&vm.heap, vm.intern(name), value);
        };
        for &(name, value) in constants::CONSTANTS {
            set(name, vm.new_int(value));
        }
        set("SocketType", vm.native_type(object::Socket::TYPE_DEF)?.value());
        set("has_ipv6", Value::bool(true));
        set("error", vm.exceptions.os_error.value());
        set("timeout", vm.exceptions.timeout_error.value());
        set("herror", names::herror(vm)?);
        set("gaierror", names::gaierror(vm)?);
        // Programs ask whether it is there: `_ssl` took its functions from it.
        set("CAPI", PyCapsule::named(vm, "_socket.CAPI")?);
        Ok(())
    }
}

/// Raises what a function that counts its arguments by itself says about their number.
#[cold]
fn wrong_count(vm: &Vm, name: &str, given: usize, min: usize, max: usize) -> Raised {
    let (kind, limit) = match given {
        _ if min == max => ("exactly", min),
        n if n < min => ("at least", min),
        _ => ("at most", max),
    };
    let plural = if limit == 1 { "" } else { "s" };
    vm.type_error(format!("{name}() takes {kind} {limit} argument{plural} ({given} given)"))
}

/// A C `int` among arguments bound by hand.
fn int_argument(vm: &Vm, value: Value) -> PyResult<i32> {
    let n = vm.index(value)?.to_i64().and_then(|n| i32::try_from(n).ok());
    n.ok_or_else(|| vm.overflow_error("Python int too large to convert to C int"))
}

/// A C `Py_ssize_t` among arguments bound by hand.
fn size_argument(vm: &Vm, value: Value) -> PyResult<i64> {
    let n = vm.index(value)?.to_i64();
    n.ok_or_else(|| vm.overflow_error("Python int too large to convert to C ssize_t"))
}
