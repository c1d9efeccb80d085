//! Names of hosts, services and protocols. The resolver is asked without the GIL.

use super::address::{SockAddr, host_bytes, resolve, to_python, unpack};
use crate::c;
use crate::os::{Checked, FsString, direct};
use crate::support::new_exception_class;
use adder_interp::native::args::ArgRef;
use adder_interp::native::{Args, FromArg};
use adder_interp::object::bytes::Bytes;
use adder_interp::object::int::as_int;
use adder_interp::object::str::Str;
use adder_interp::object::tuple::Tuple;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::pyfunction;
use std::ffi::{CStr, CString};
use std::mem::zeroed;
use std::ptr::null;

pub fn gaierror(vm: &Vm) -> PyResult {
    let base = vm.exceptions.os_error;
    vm.registered("socket.gaierror", |vm| new_exception_class(vm, "socket", "gaierror", base))
}

pub fn herror(vm: &Vm) -> PyResult {
    let base = vm.exceptions.os_error;
    vm.registered("socket.herror", |vm| new_exception_class(vm, "socket", "herror", base))
}

fn raise(vm: &Vm, class: PyResult, code: i32, text: *const libc::c_char) -> Raised {
    // SAFETY: a constant text of the C library.
    let text = unsafe { CStr::from_ptr(text) }.to_string_lossy();
    match class.map(|class| class.downcast::<Type>()) {
        Ok(Some(class)) => vm.raise_class(class, &[vm.new_int(code.into()), vm.new_str(&text)]),
        _ => Raised,
    }
}

fn raise_gaierror(vm: &Vm, code: i32) -> Raised {
    match code {
        libc::EAI_SYSTEM => crate::os::last_error(vm),
        _ => raise(vm, gaierror(vm), code, c!(gai_strerror(code))),
    }
}

fn raise_herror(vm: &Vm, code: i32) -> Raised {
    raise(vm, herror(vm), code, c!(hstrerror(code)))
}

/// What a look-up is narrowed to.
pub struct Hints(libc::addrinfo);

impl Hints {
    pub fn of(family: i32, socktype: i32, protocol: i32, flags: i32) -> Hints {
        // SAFETY: numbers and null pointers.
        let mut hints: libc::addrinfo = unsafe { zeroed() };
        hints.ai_family = family;
        hints.ai_socktype = socktype;
        hints.ai_protocol = protocol;
        hints.ai_flags = flags;
        Hints(hints)
    }
}

/// The list that the resolver made.
pub struct Found(*mut libc::addrinfo);

/// One address of it.
pub struct Entry<'a>(&'a libc::addrinfo);

impl Entry<'_> {
    pub fn address(&self) -> SockAddr {
        // SAFETY: the resolver says how long the address is.
        unsafe { SockAddr::copied(self.0.ai_addr, self.0.ai_addrlen) }
    }
    fn canonical_name(&self) -> &[u8] {
        if self.0.ai_canonname.is_null() {
            return &[];
        }
        // SAFETY: a C string that lives as long as the list.
        unsafe { CStr::from_ptr(self.0.ai_canonname) }.to_bytes()
    }
}

impl Found {
    pub fn iter(&self) -> impl Iterator<Item = Entry<'_>> {
        let mut next: *const libc::addrinfo = self.0;
        std::iter::from_fn(move || {
            // SAFETY: null or a link of the list, which lives until `self` is dropped.
            let entry = unsafe { next.as_ref() }?;
            next = entry.ai_next;
            Some(Entry(entry))
        })
    }
}

impl Drop for Found {
    fn drop(&mut self) {
        if !self.0.is_null() {
            c!(freeaddrinfo(self.0));
        }
    }
}

/// `getaddrinfo`.
///
/// # Errors
/// `gaierror`.
pub fn lookup(vm: &Vm, host: Option<&CStr>, service: Option<&CStr>, hints: &mut Hints) -> PyResult<Found> {
    let mut found = Found(std::ptr::null_mut());
    let (host, service) = (host.map_or(null(), CStr::as_ptr), service.map_or(null(), CStr::as_ptr));
    match vm.allow_threads(|| c!(getaddrinfo(host, service, &hints.0, &mut found.0))) {
        0 => Ok(found),
        code => Err(raise_gaierror(vm, code)),
    }
}

/// A host name parameter.
pub struct Host(CString);

impl FromArg for Host {
    fn from_arg(vm: &Vm, value: Value, at: ArgRef) -> PyResult<Host> {
        match host_bytes(vm, value)? {
            Some(name) => Ok(Host(name)),
            None => Err(at.must_be(vm, "str, bytes or bytearray", value)),
        }
    }
}

/// Text up to its first null, as C reads it.
fn until_null(bytes: &[u8]) -> CString {
    let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
    CString::new(&bytes[..end]).unwrap_or_default()
}

fn host_argument(vm: &Vm, value: Value) -> PyResult<Option<CString>> {
    if value.is_none() {
        return Ok(None);
    }
    if let Some(text) = value.downcast::<Str>() {
        let encoded = adder_interp::codecs::registry::encode_text(vm, text, vm.intern("idna"), None)?;
        return Ok(Some(until_null(&crate::buf::Buffer::simple(vm, encoded)?)));
    }
    match value.downcast::<Bytes>() {
        Some(bytes) => Ok(Some(until_null(&bytes))),
        None => Err(vm.type_error("getaddrinfo() argument 1 must be string or None")),
    }
}

fn service_argument(vm: &Vm, value: Value) -> PyResult<Option<CString>> {
    if value.is_none() {
        return Ok(None);
    }
    if as_int(value).is_some() {
        return Ok(Some(until_null(vm.str_text(value)?.as_bytes())));
    }
    if let Some(text) = value.downcast::<Str>() {
        return Ok(Some(until_null(vm.utf8_text(text)?.as_bytes())));
    }
    match value.downcast::<Bytes>() {
        Some(bytes) => Ok(Some(until_null(&bytes))),
        None => Err(vm.os_error_message("Int or String expected")),
    }
}

/// getaddrinfo(host, port [, family, type, proto, flags])
///     -> list of (family, type, proto, canonname, sockaddr)
///
/// Resolve host and port into addrinfo struct.
#[pyfunction(module = "_socket", sig = "(host, port, family=0, type=0, proto=0, flags=0)")]
pub fn getaddrinfo(
    vm: &Vm,
    host: Value,
    port: Value,
    family: i32,
    socktype: i32,
    protocol: i32,
    flags: i32,
) -> PyResult {
    let name = host_argument(vm, host)?;
    let service = service_argument(vm, port)?;
    let numbers = [family, socktype, protocol].map(|n| vm.new_int(n.into()));
    vm.audit("socket.getaddrinfo", &[host, port, numbers[0], numbers[1], numbers[2]])?;
    let mut hints = Hints::of(family, socktype, protocol, flags);
    let found = lookup(vm, name.as_deref(), service.as_deref(), &mut hints)?;
    let mut results = vm.vec();
    for entry in found.iter() {
        let address = to_python(vm, -1, &entry.address(), protocol)?;
        let [family, socktype, protocol] =
            [entry.0.ai_family, entry.0.ai_socktype, entry.0.ai_protocol].map(|n| vm.new_int(n.into()));
        let name = vm.fs_decode(entry.canonical_name()).value();
        results.push(&vm.heap, vm.new_tuple(&[family, socktype, protocol, name, address]));
    }
    Ok(vm.list_from(results))
}

/// getnameinfo(sockaddr, flags) --> (host, port)
///
/// Get host and port for a sockaddr.
#[pyfunction(module = "_socket", sig = "(sockaddr, flags, /)")]
pub fn getnameinfo(vm: &Vm, args: Args<'_>) -> PyResult {
    args.reject_keywords(vm, "_socket.getnameinfo")?;
    let &[sockaddr, flags] = args.positional_values() else {
        return Err(super::wrong_count(vm, "getnameinfo", args.positional_values().len(), 2, 2));
    };
    let flags = super::int_argument(vm, flags)?;
    let Some(items) = sockaddr.downcast::<Tuple>() else {
        return Err(vm.type_error("getnameinfo() argument 1 must be a tuple"));
    };
    let illegal = || vm.type_error("getnameinfo(): illegal sockaddr argument");
    let host = match items.len() {
        2..=4 => items[0].downcast::<Str>().ok_or_else(illegal)?,
        _ => return Err(illegal()),
    };
    let number =
        |i: usize| if items.len() > i { vm.index(items[i]).map(|n| n.to_i64()) } else { Ok(Some(0)) };
    let port = super::int_argument(vm, items[1])?;
    let (flowinfo, scope) = (number(2)?.unwrap_or(-1), number(3)?.unwrap_or(0));
    if !(0..=0xf_ffff).contains(&flowinfo) {
        return Err(vm.overflow_error("getnameinfo(): flowinfo must be 0-1048575."));
    }
    vm.audit("socket.getnameinfo", &[sockaddr])?;
    let (host, service) =
        (until_null(vm.utf8_text(host)?.as_bytes()), until_null(port.to_string().as_bytes()));
    let mut hints = Hints::of(libc::AF_UNSPEC, libc::SOCK_DGRAM, 0, libc::AI_NUMERICHOST);
    let found = lookup(vm, Some(&host), Some(&service), &mut hints)?;
    let mut entries = found.iter();
    let Some(entry) = entries.next() else { return Err(illegal()) };
    if entries.next().is_some() {
        return Err(vm.os_error_message("sockaddr resolved to multiple addresses"));
    }
    let mut address = entry.address();
    match address.family() {
        libc::AF_INET if items.len() != 2 => return Err(vm.os_error_message("IPv4 sockaddr must be 2 tuple")),
        libc::AF_INET6 => address.set_flow(flowinfo as u32, scope as u32),
        _ => {}
    }
    let (mut name, mut port) = ([0 as libc::c_char; libc::NI_MAXHOST as usize], [0 as libc::c_char; 32]);
    let (name_len, port_len) = (name.len() as libc::socklen_t, port.len() as libc::socklen_t);
    let (name_room, port_room) = (name.as_mut_ptr(), port.as_mut_ptr());
    let (at, len) = (address.ptr(), address.len);
    match vm.allow_threads(|| c!(getnameinfo(at, len, name_room, name_len, port_room, port_len, flags))) {
        0 => Ok(vm.new_tuple(&[text(vm, &name), text(vm, &port)])),
        code => Err(raise_gaierror(vm, code)),
    }
}

/// A C string inside a buffer, as text.
fn text(vm: &Vm, chars: &[libc::c_char]) -> Value {
    let bytes: Vec<u8> = chars.iter().map(|&c| c as u8).take_while(|&b| b != 0).collect();
    vm.fs_decode(&bytes).value()
}

/// gethostbyname(host) -> address
///
/// Return the IP address (a string of the form '255.255.255.255') for a host.
#[pyfunction(module = "_socket", sig = "(host, /)")]
pub fn gethostbyname(vm: &Vm, host: Host) -> PyResult {
    vm.audit("socket.gethostbyname", &[vm.fs_decode(host.0.as_bytes()).value()])?;
    let address = resolve(vm, &host.0, libc::AF_INET)?;
    let found = to_python(vm, -1, &address, 0)?;
    Ok(found.downcast::<Tuple>().map_or(found, |pair| pair[0]))
}

unsafe extern "C" {
    fn gethostbyname_r(
        name: *const libc::c_char,
        entry: *mut libc::hostent,
        room: *mut libc::c_char,
        size: usize,
        result: *mut *mut libc::hostent,
        h_errno: *mut i32,
    ) -> i32;
    fn gethostbyaddr_r(
        address: *const libc::c_void,
        len: libc::socklen_t,
        family: i32,
        entry: *mut libc::hostent,
        room: *mut libc::c_char,
        size: usize,
        result: *mut *mut libc::hostent,
        h_errno: *mut i32,
    ) -> i32;
}

/// Runs one of the two functions above with as much room as it wants; the result as (name, aliases, addresses).
fn host_entry(
    vm: &Vm,
    ask: impl Fn(*mut libc::hostent, &mut [libc::c_char], *mut *mut libc::hostent, &mut i32) -> i32,
) -> PyResult {
    let mut room = vec![0 as libc::c_char; 16384];
    // SAFETY: numbers and null pointers.
    let mut entry: libc::hostent = unsafe { zeroed() };
    let (mut found, mut code) = (std::ptr::null_mut(), 0);
    while vm.allow_threads(|| ask(&mut entry, &mut room, &mut found, &mut code)) == libc::ERANGE {
        room.resize(room.len() * 2, 0);
    }
    // SAFETY: null, or the entry above, which the call filled.
    let Some(host) = (unsafe { found.as_ref() }) else {
        return Err(raise_herror(vm, code));
    };
    // SAFETY: a list of C strings that ends with null.
    let list = |mut at: *mut *mut libc::c_char, make: &dyn Fn(*const libc::c_char) -> Value| unsafe {
        let mut values = vm.vec();
        while !at.is_null() && !(*at).is_null() {
            values.push(&vm.heap, make(*at));
            at = at.add(1);
        }
        vm.list_from(values)
    };
    // SAFETY: C strings of the entry.
    let text = |at: *const libc::c_char| vm.fs_decode(unsafe { CStr::from_ptr(at) }.to_bytes()).value();
    let address = |at: *const libc::c_char| {
        // SAFETY: the entry says how long its addresses are.
        let packed = unsafe { std::slice::from_raw_parts(at.cast::<u8>(), host.h_length as usize) };
        vm.new_str(&unpack(host.h_addrtype, packed))
    };
    let aliases = list(host.h_aliases, &text);
    let addresses = list(host.h_addr_list, &address);
    Ok(vm.new_tuple(&[text(host.h_name), aliases, addresses]))
}

/// gethostbyname_ex(host) -> (name, aliaslist, addresslist)
///
/// Return the true host name, a list of aliases, and a list of IP addresses,
/// for a host.  The host argument is a string giving a host name or IP number.
#[pyfunction(module = "_socket", sig = "(host, /)")]
pub fn gethostbyname_ex(vm: &Vm, host: Host) -> PyResult {
    vm.audit("socket.gethostbyname", &[vm.fs_decode(host.0.as_bytes()).value()])?;
    resolve(vm, &host.0, libc::AF_INET)?;
    let name = host.0.as_ptr();
    host_entry(vm, |entry, room, found, code| {
        // SAFETY: a C string, and room of the size given.
        unsafe { gethostbyname_r(name, entry, room.as_mut_ptr(), room.len(), found, code) }
    })
}

/// gethostbyaddr(host) -> (name, aliaslist, addresslist)
///
/// Return the true host name, a list of aliases, and a list of IP addresses,
/// for a host.  The host argument is a string giving a host name or IP number.
#[pyfunction(module = "_socket", sig = "(host, /)")]
pub fn gethostbyaddr(vm: &Vm, host: Host) -> PyResult {
    vm.audit("socket.gethostbyaddr", &[vm.fs_decode(host.0.as_bytes()).value()])?;
    let address = resolve(vm, &host.0, libc::AF_UNSPEC)?;
    let family = address.family();
    let Some(packed) = address.packed() else {
        return Err(vm.os_error_message("unsupported address family"));
    };
    host_entry(vm, |entry, room, found, code| {
        let (at, len) = (packed.as_ptr().cast(), packed.len() as libc::socklen_t);
        // SAFETY: an address of the length given, and room of the size given.
        unsafe { gethostbyaddr_r(at, len, family, entry, room.as_mut_ptr(), room.len(), found, code) }
    })
}

/// gethostname() -> string
///
/// Return the current host name.
#[pyfunction(module = "_socket")]
pub fn gethostname(vm: &Vm) -> PyResult {
    vm.audit("socket.gethostname", &[])?;
    let mut name = [0 as libc::c_char; 1024];
    let (room, len) = (name.as_mut_ptr(), name.len() - 1);
    direct(|| c!(gethostname(room, len)) as i64).check(vm)?;
    Ok(text(vm, &name))
}

/// sethostname(name)
///
/// Sets the hostname to name.
#[pyfunction(module = "_socket", sig = "(name, /)")]
pub fn sethostname(vm: &Vm, name: FsString) -> PyResult<()> {
    vm.audit("socket.sethostname", &[vm.fs_decode(name.0.as_bytes()).value()])?;
    direct(|| c!(sethostname(name.0.as_ptr(), name.0.as_bytes().len())) as i64).check(vm)?;
    Ok(())
}

/// A name for the databases of services and protocols.
fn c_text(vm: &Vm, name: String) -> PyResult<CString> {
    CString::new(name).map_err(|_| vm.value_error("embedded null character"))
}

// The databases are read with the GIL: their results lie in memory that the next call reuses.

/// getservbyname(servicename[, protocolname]) -> integer
///
/// Return a port number from a service name and protocol name.
/// The optional protocol name, if given, should be 'tcp' or 'udp',
/// otherwise any protocol will match.
#[pyfunction(module = "_socket", sig = "(servicename, protocolname=<unrepresentable>, /)")]
pub fn getservbyname(vm: &Vm, name: String, protocol: Option<String>) -> PyResult<i64> {
    let args = [vm.new_str(&name), vm.new_str(protocol.as_deref().unwrap_or(""))];
    vm.audit("socket.getservbyname", &args)?;
    let (name, protocol) = (c_text(vm, name)?, protocol.map(|p| c_text(vm, p)).transpose()?);
    let found = c!(getservbyname(name.as_ptr(), protocol.as_ref().map_or(null(), |p| p.as_ptr())));
    // SAFETY: null or an entry that stays until the next call.
    match unsafe { found.as_ref() } {
        Some(service) => Ok(u16::from_be(service.s_port as u16).into()),
        None => Err(vm.os_error_message("service/proto not found")),
    }
}

/// getservbyport(port[, protocolname]) -> string
///
/// Return the service name from a port number and protocol name.
/// The optional protocol name, if given, should be 'tcp' or 'udp',
/// otherwise any protocol will match.
#[pyfunction(module = "_socket", sig = "(port, protocolname=<unrepresentable>, /)")]
pub fn getservbyport(vm: &Vm, port: i32, protocol: Option<String>) -> PyResult {
    let Ok(number) = u16::try_from(port) else {
        return Err(vm.overflow_error("getservbyport: port must be 0-65535."));
    };
    let args = [vm.new_int(port.into()), vm.new_str(protocol.as_deref().unwrap_or(""))];
    vm.audit("socket.getservbyport", &args)?;
    let protocol = protocol.map(|p| c_text(vm, p)).transpose()?;
    let found = c!(getservbyport(number.to_be().into(), protocol.as_ref().map_or(null(), |p| p.as_ptr())));
    // SAFETY: null or an entry that stays until the next call.
    match unsafe { found.as_ref() } {
        // SAFETY: a C string of the entry.
        Some(service) => Ok(vm.fs_decode(unsafe { CStr::from_ptr(service.s_name) }.to_bytes()).value()),
        None => Err(vm.os_error_message("port/proto not found")),
    }
}

/// getprotobyname(name) -> integer
///
/// Return the protocol number for the named protocol.  (Rarely used.)
#[pyfunction(module = "_socket", sig = "(name, /)")]
pub fn getprotobyname(vm: &Vm, name: String) -> PyResult<i64> {
    let name = c_text(vm, name)?;
    let found = c!(getprotobyname(name.as_ptr()));
    // SAFETY: null or an entry that stays until the next call.
    match unsafe { found.as_ref() } {
        Some(protocol) => Ok(protocol.p_proto.into()),
        None => Err(vm.os_error_message("protocol not found")),
    }
}
