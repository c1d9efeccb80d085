//! Socket addresses: what Python writes for each family, and the kernel's structures.
//!
//! | family | Python |
//! | --- | --- |
//! | `AF_INET` | `(host, port)` |
//! | `AF_INET6` | `(host, port, flowinfo, scope_id)`; the last two may be left out |
//! | `AF_UNIX` | a path; bytes with a leading null are a name without a file |
//! | `AF_NETLINK` | `(pid, groups)` |
//! | `AF_PACKET` | `(interface, protocol, packet type, hardware type, hardware address)` |
//! | `AF_VSOCK`, `AF_QIPCRTR` | `(id, port)` |
//! | `AF_CAN` | `(interface,)`; with `CAN_ISOTP` the two ids follow, with `CAN_J1939` name, PGN and address |
//! | `AF_TIPC` | `(kind, v1, v2, v3, scope)` |
//! | `AF_ALG` | `(type, name, features, mask)` |

use super::object::Socket;
use crate::buf::Buffer;
use crate::c;
use adder_interp::codecs::registry::encode_text;
use adder_interp::object::bytearray::ByteArray;
use adder_interp::object::bytes::Bytes;
use adder_interp::object::header::Gc;
use adder_interp::object::str::Str;
use adder_interp::object::tuple::Tuple;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use std::ffi::{CStr, CString};
use std::mem::{offset_of, zeroed};

/// `AF_QIPCRTR`, which the `libc` crate does not name.
const AF_QIPCRTR: i32 = 42;

/// An address of some family.
pub struct SockAddr {
    pub storage: libc::sockaddr_storage,
    pub len: libc::socklen_t,
}

impl SockAddr {
    /// Room for any address, as calls that fill one want it.
    pub fn room() -> SockAddr {
        // SAFETY: plain numbers, for which zeros are fine.
        SockAddr { storage: unsafe { zeroed() }, len: size_of::<libc::sockaddr_storage>() as libc::socklen_t }
    }
    pub fn ptr(&self) -> *const libc::sockaddr {
        (&raw const self.storage).cast()
    }
    pub fn ptr_mut(&mut self) -> *mut libc::sockaddr {
        (&raw mut self.storage).cast()
    }
    /// Copies one of the kernel's address structures.
    fn of<T: Copy>(address: T) -> SockAddr {
        const { assert!(size_of::<T>() <= size_of::<libc::sockaddr_storage>()) };
        let mut room = SockAddr::room();
        // SAFETY: the storage is as large as any address, and aligned for all.
        unsafe { room.ptr_mut().cast::<T>().write(address) };
        room.len = size_of::<T>() as libc::socklen_t;
        room
    }
    /// The address as a structure of its family.
    fn get<T: Copy>(&self) -> T {
        const { assert!(size_of::<T>() <= size_of::<libc::sockaddr_storage>()) };
        // SAFETY: the storage is zeroed behind what the kernel wrote; these structures are plain numbers.
        unsafe { self.ptr().cast::<T>().read() }
    }
    pub fn family(&self) -> i32 {
        self.storage.ss_family.into()
    }
    /// Copies an address that a C function lent.
    ///
    /// # Safety
    /// `len` bytes can be read at `address`.
    pub unsafe fn copied(address: *const libc::sockaddr, len: libc::socklen_t) -> SockAddr {
        let mut room = SockAddr::room();
        room.len = len.min(room.len);
        // SAFETY: promised by the caller; the length is within the storage.
        unsafe {
            std::ptr::copy_nonoverlapping(address.cast::<u8>(), room.ptr_mut().cast(), room.len as usize)
        };
        room
    }
    /// Flow and scope of an IPv6 address.
    pub fn set_flow(&mut self, flowinfo: u32, scope: u32) {
        let mut v6: libc::sockaddr_in6 = self.get();
        v6.sin6_flowinfo = flowinfo.to_be();
        v6.sin6_scope_id = scope;
        *self = SockAddr::of(v6);
    }
    /// The host of an internet address, as the network has it.
    pub fn packed(&self) -> Option<Vec<u8>> {
        match self.family() {
            libc::AF_INET => Some(self.get::<libc::sockaddr_in>().sin_addr.s_addr.to_ne_bytes().to_vec()),
            libc::AF_INET6 => Some(self.get::<libc::sockaddr_in6>().sin6_addr.s6_addr.to_vec()),
            _ => None,
        }
    }
    pub fn set_port(&mut self, port: u16) {
        match self.family() {
            libc::AF_INET => {
                let mut v4: libc::sockaddr_in = self.get();
                v4.sin_port = port.to_be();
                *self = SockAddr::of(v4);
            }
            libc::AF_INET6 => {
                let mut v6: libc::sockaddr_in6 = self.get();
                v6.sin6_port = port.to_be();
                *self = SockAddr::of(v6);
            }
            _ => {}
        }
    }
}

// ---- Host names

/// A host as a C string: ASCII as it is, other text in IDNA.
pub fn host_bytes(vm: &Vm, value: Value) -> PyResult<Option<CString>> {
    let bytes = if let Some(text) = value.downcast::<Str>() {
        match text.to_utf8() {
            Some(ascii) if text.is_ascii() => ascii.as_bytes().to_vec(),
            _ => idna(vm, text)?,
        }
    } else if let Some(bytes) = value.downcast::<Bytes>() {
        bytes.to_vec()
    } else if value.downcast::<ByteArray>().is_some() {
        Buffer::simple(vm, value)?.to_vec()
    } else {
        return Ok(None);
    };
    let nul = || vm.type_error("host name must not contain null character");
    CString::new(bytes).map(Some).map_err(|_| nul())
}

fn idna(vm: &Vm, text: Gc<Str>) -> PyResult<Vec<u8>> {
    match encode_text(vm, text, vm.intern("idna"), None) {
        Ok(encoded) => Ok(Buffer::simple(vm, encoded)?.to_vec()),
        Err(Raised) => {
            vm.take_pending();
            Err(vm.type_error("encoding of hostname failed"))
        }
    }
}

fn host(vm: &Vm, value: Value) -> PyResult<CString> {
    host_bytes(vm, value)?.ok_or_else(|| {
        let given = vm.type_of(value).name();
        vm.type_error(format!("str, bytes or bytearray expected, not {given}"))
    })
}

unsafe extern "C" {
    fn inet_pton(family: i32, text: *const libc::c_char, out: *mut libc::c_void) -> i32;
    fn inet_ntop(
        family: i32,
        packed: *const libc::c_void,
        out: *mut libc::c_char,
        size: libc::socklen_t,
    ) -> *const libc::c_char;
}

/// The packed address of a family that this text is.
pub fn pack(family: i32, text: &CStr) -> Option<Vec<u8>> {
    let mut packed = vec![0u8; if family == libc::AF_INET { 4 } else { 16 }];
    // SAFETY: a C string, and room for an address of the family: the longer of the two for others.
    let done = unsafe { inet_pton(family, text.as_ptr(), packed.as_mut_ptr().cast()) };
    (done == 1).then_some(packed)
}

/// The text of a packed address, whose length fits the family.
pub fn unpack(family: i32, packed: &[u8]) -> String {
    let mut text = [0 as libc::c_char; 64];
    // SAFETY: the packed address is as long as the family says, and the room larger than any text.
    let found = unsafe {
        inet_ntop(family, packed.as_ptr().cast(), text.as_mut_ptr(), text.len() as libc::socklen_t)
    };
    if found.is_null() {
        return String::new();
    }
    // SAFETY: the function ended the text with a null.
    unsafe { CStr::from_ptr(text.as_ptr()) }.to_string_lossy().into_owned()
}

/// The address of a host, with port 0. Asks the resolver unless the host is a number, empty (any address) or
/// "<broadcast>".
pub fn resolve(vm: &Vm, name: &CStr, family: i32) -> PyResult<SockAddr> {
    let bytes = name.to_bytes();
    if bytes.is_empty() {
        let mut hints = super::names::Hints::of(family, libc::SOCK_DGRAM, 0, libc::AI_PASSIVE);
        let found = super::names::lookup(vm, None, Some(c"0"), &mut hints)?;
        let mut addresses = found.iter().map(|entry| entry.address());
        let first = addresses.next();
        if addresses.next().is_some() {
            return Err(vm.os_error_message("wildcard resolved to multiple address"));
        }
        return first.ok_or_else(|| vm.os_error_message("unsupported address family"));
    }
    if bytes == b"<broadcast>" || bytes == b"255.255.255.255" {
        if family != libc::AF_INET && family != libc::AF_UNSPEC {
            return Err(vm.os_error_message("address family mismatched"));
        }
        return Ok(inet(libc::INADDR_BROADCAST, 0));
    }
    if (family == libc::AF_INET || family == libc::AF_UNSPEC)
        && let Some(packed) = pack(libc::AF_INET, name)
    {
        return Ok(inet(u32::from_be_bytes(packed.try_into().unwrap_or_default()), 0));
    }
    if (family == libc::AF_INET6 || family == libc::AF_UNSPEC)
        && !bytes.contains(&b'%')
        && let Some(packed) = pack(libc::AF_INET6, name)
    {
        // SAFETY: plain numbers, for which zeros are fine.
        let mut v6: libc::sockaddr_in6 = unsafe { zeroed() };
        v6.sin6_family = libc::AF_INET6 as u16;
        v6.sin6_addr.s6_addr = packed.try_into().unwrap_or_default();
        return Ok(SockAddr::of(v6));
    }
    let mut hints = super::names::Hints::of(family, 0, 0, 0);
    let found = super::names::lookup(vm, Some(name), None, &mut hints)?;
    match found.iter().next() {
        Some(entry) => Ok(entry.address()),
        None => Err(vm.os_error_message("unsupported address family")),
    }
}

/// An IPv4 address in the machine's byte order.
fn inet(address: u32, port: u16) -> SockAddr {
    // SAFETY: plain numbers, for which zeros are fine.
    let mut v4: libc::sockaddr_in = unsafe { zeroed() };
    v4.sin_family = libc::AF_INET as u16;
    v4.sin_port = port.to_be();
    v4.sin_addr.s_addr = address.to_be();
    SockAddr::of(v4)
}

// ---- From Python

/// Parses addresses for one call, which errors name.
struct Parser<'a> {
    vm: &'a Vm,
    caller: &'a str,
}

/// The address argument of a socket's method.
pub fn parse(vm: &Vm, socket: &Socket, value: Value, caller: &str) -> PyResult<SockAddr> {
    let parser = Parser { vm, caller };
    match socket.family() {
        libc::AF_UNIX => parser.unix(value),
        libc::AF_INET => parser.inet(value),
        libc::AF_INET6 => parser.inet6(value),
        libc::AF_NETLINK => parser.netlink(value),
        libc::AF_PACKET => parser.packet(value, socket.fd()),
        libc::AF_VSOCK => parser.vsock(value),
        libc::AF_CAN => parser.can(value, socket),
        libc::AF_TIPC => parser.tipc(value),
        libc::AF_ALG => parser.alg(value),
        AF_QIPCRTR => parser.qipcrtr(value),
        _ => Err(vm.os_error_message(format!("{caller}(): bad family"))),
    }
}

impl Parser<'_> {
    /// The items of an address that has to be a tuple.
    fn tuple(&self, family: &str, value: Value) -> PyResult<Gc<Tuple>> {
        value.downcast::<Tuple>().ok_or_else(|| {
            let (caller, given) = (self.caller, self.vm.type_of(value).name());
            self.vm.type_error(format!("{caller}(): {family} address must be tuple, not {given}"))
        })
    }
    /// The same with a number of items.
    fn items(
        &self,
        family: &str,
        value: Value,
        count: std::ops::RangeInclusive<usize>,
        shape: &str,
    ) -> PyResult<Gc<Tuple>> {
        let tuple = self.tuple(family, value)?;
        if !count.contains(&tuple.len()) {
            return Err(self.vm.type_error(format!("{family} address must be a {shape}")));
        }
        Ok(tuple)
    }
    fn number(&self, value: Value) -> PyResult<i64> {
        // Out of range either way; what is out of range depends on the caller.
        Ok(self.vm.index(value)?.to_i64().unwrap_or(i64::MAX))
    }
    /// As C converts: the low bits.
    fn u32(&self, value: Value) -> PyResult<u32> {
        Ok(self.vm.index_i64(value)? as u32)
    }
    fn i32(&self, value: Value) -> PyResult<i32> {
        super::int_argument(self.vm, value)
    }
    fn port(&self, value: Value) -> PyResult<u16> {
        u16::try_from(self.number(value)?)
            .map_err(|_| self.vm.overflow_error(format!("{}(): port must be 0-65535.", self.caller)))
    }
    fn flowinfo(&self, value: Value) -> PyResult<u32> {
        match u32::try_from(self.number(value)?) {
            Ok(n) if n <= 0xf_ffff => Ok(n),
            _ => Err(self.vm.overflow_error(format!("{}(): flowinfo must be 0-1048575.", self.caller))),
        }
    }

    fn unix(&self, value: Value) -> PyResult<SockAddr> {
        let path = match value.downcast::<Str>() {
            Some(text) => self.vm.fs_encode(text)?,
            None => Buffer::simple(self.vm, value)?.to_vec(),
        };
        // SAFETY: plain numbers, for which zeros are fine.
        let mut unix: libc::sockaddr_un = unsafe { zeroed() };
        unix.sun_family = libc::AF_UNIX as u16;
        // A name without a file may fill all the room; a path has to end with a null.
        let room = unix.sun_path.len() - usize::from(path.first() != Some(&0));
        if path.len() > room {
            return Err(self.vm.os_error_message("AF_UNIX path too long"));
        }
        for (to, &byte) in unix.sun_path.iter_mut().zip(&path) {
            *to = byte as libc::c_char;
        }
        let mut address = SockAddr::of(unix);
        address.len = (offset_of!(libc::sockaddr_un, sun_path) + path.len()) as libc::socklen_t;
        Ok(address)
    }

    fn inet(&self, value: Value) -> PyResult<SockAddr> {
        let items = self.items("AF_INET", value, 2..=2, "pair (host, port)")?;
        let name = host(self.vm, items[0])?;
        let port = self.port(items[1])?;
        let mut address = resolve(self.vm, &name, libc::AF_INET)?;
        address.set_port(port);
        Ok(address)
    }

    fn inet6(&self, value: Value) -> PyResult<SockAddr> {
        let shape = "tuple (host, port[, flowinfo[, scopeid]])";
        let items = self.items("AF_INET6", value, 2..=4, shape)?;
        let name = host(self.vm, items[0])?;
        let port = self.port(items[1])?;
        let flowinfo = if items.len() > 2 { self.flowinfo(items[2])? } else { 0 };
        let scope = if items.len() > 3 { Some(self.u32(items[3])?) } else { None };
        let mut v6: libc::sockaddr_in6 = resolve(self.vm, &name, libc::AF_INET6)?.get();
        v6.sin6_family = libc::AF_INET6 as u16;
        v6.sin6_port = port.to_be();
        v6.sin6_flowinfo = flowinfo.to_be();
        v6.sin6_scope_id = scope.unwrap_or(0);
        Ok(SockAddr::of(v6))
    }

    fn netlink(&self, value: Value) -> PyResult<SockAddr> {
        let items = self.items("AF_NETLINK", value, 2..=2, "pair (pid, groups)")?;
        // SAFETY: plain numbers, for which zeros are fine.
        let mut netlink: libc::sockaddr_nl = unsafe { zeroed() };
        netlink.nl_family = libc::AF_NETLINK as u16;
        netlink.nl_pid = self.u32(items[0])?;
        netlink.nl_groups = self.u32(items[1])?;
        Ok(SockAddr::of(netlink))
    }

    fn vsock(&self, value: Value) -> PyResult<SockAddr> {
        let items = self.tuple("AF_VSOCK", value)?;
        if items.len() != 2 {
            return Err(self.vm.type_error("AF_VSOCK address must be a pair (CID, port)"));
        }
        // SAFETY: plain numbers, for which zeros are fine.
        let mut vsock: libc::sockaddr_vm = unsafe { zeroed() };
        vsock.svm_family = libc::AF_VSOCK as u16;
        vsock.svm_cid = self.u32(items[0])?;
        vsock.svm_port = self.u32(items[1])?;
        Ok(SockAddr::of(vsock))
    }

    fn qipcrtr(&self, value: Value) -> PyResult<SockAddr> {
        let items = self.items("AF_QIPCRTR", value, 2..=2, "pair (node, port)")?;
        let (node, port) = (self.u32(items[0])?, self.u32(items[1])?);
        Ok(SockAddr::of(Qipcrtr { family: AF_QIPCRTR as u16, node, port }))
    }

    /// The number of an interface; 0 for the empty name.
    fn interface(&self, value: Value, fd: i32) -> PyResult<i32> {
        let name = match value.downcast::<Str>() {
            Some(text) => self.vm.fs_encode(text)?,
            None => Buffer::simple(self.vm, value)?.to_vec(),
        };
        if name.is_empty() {
            return Ok(0);
        }
        // SAFETY: plain numbers, for which zeros are fine.
        let mut request: libc::ifreq = unsafe { zeroed() };
        if name.len() >= request.ifr_name.len() {
            return Err(self.vm.os_error_message("interface name too long"));
        }
        for (to, &byte) in request.ifr_name.iter_mut().zip(&name) {
            *to = byte as libc::c_char;
        }
        crate::os::direct(|| c!(ioctl(fd, libc::SIOCGIFINDEX as _, &mut request)) as i64)
            .map_err(|errno| crate::os::os_error(self.vm, errno))?;
        // SAFETY: the call filled in this member.
        Ok(unsafe { request.ifr_ifru.ifru_ifindex })
    }

    fn packet(&self, value: Value, fd: i32) -> PyResult<SockAddr> {
        let items = self.tuple("AF_PACKET", value)?;
        if !(2..=5).contains(&items.len()) {
            return Err(self.vm.type_error("AF_PACKET address must be a tuple of two to five elements"));
        }
        let protocol = self.number(items[1])?;
        let number = |i: usize| if items.len() > i { self.i32(items[i]) } else { Ok(0) };
        let (kind, hardware) = (number(2)?, number(3)?);
        let address = match items.len() {
            5 => Buffer::simple(self.vm, items[4])?.to_vec(),
            _ => Vec::new(),
        };
        let interface = self.interface(items[0], fd)?;
        // SAFETY: plain numbers, for which zeros are fine.
        let mut packet: libc::sockaddr_ll = unsafe { zeroed() };
        if address.len() > packet.sll_addr.len() {
            return Err(self.vm.value_error("hardware address must be 8 bytes or less"));
        }
        let Ok(protocol) = u16::try_from(protocol) else {
            return Err(self.vm.overflow_error(format!("{}(): proto must be 0-65535.", self.caller)));
        };
        packet.sll_family = libc::AF_PACKET as u16;
        packet.sll_protocol = protocol.to_be();
        packet.sll_ifindex = interface;
        packet.sll_pkttype = kind as u8;
        packet.sll_hatype = hardware as u16;
        packet.sll_halen = address.len() as u8;
        packet.sll_addr[..address.len()].copy_from_slice(&address);
        Ok(SockAddr::of(packet))
    }

    fn can(&self, value: Value, socket: &Socket) -> PyResult<SockAddr> {
        let items = self.tuple("AF_CAN", value)?;
        let wrong = |shape: &str| self.vm.type_error(format!("AF_CAN address must be a tuple {shape}"));
        // SAFETY: plain numbers, for which zeros are fine.
        let mut can: libc::sockaddr_can = unsafe { zeroed() };
        can.can_family = libc::AF_CAN as u16;
        match socket.protocol() {
            libc::CAN_RAW | libc::CAN_BCM if items.len() != 1 => return Err(wrong("(interface, )")),
            libc::CAN_RAW | libc::CAN_BCM => {}
            libc::CAN_ISOTP => {
                if items.len() != 3 {
                    return Err(wrong("(interface, rx_id, tx_id)"));
                }
                can.can_addr.tp.rx_id = self.number(items[1])? as u32;
                can.can_addr.tp.tx_id = self.number(items[2])? as u32;
            }
            libc::CAN_J1939 => {
                if items.len() != 4 {
                    return Err(wrong("(interface, name, pgn, addr)"));
                }
                can.can_addr.j1939.name = self.number(items[1])? as u64;
                can.can_addr.j1939.pgn = self.number(items[2])? as u32;
                can.can_addr.j1939.addr = self.number(items[3])? as u8;
            }
            _ => {
                return Err(self.vm.os_error_message(format!("{}(): unsupported CAN protocol", self.caller)));
            }
        }
        can.can_ifindex = self.interface(items[0], socket.fd())?;
        Ok(SockAddr::of(can))
    }

    fn tipc(&self, value: Value) -> PyResult<SockAddr> {
        let items = self.tuple("AF_TIPC", value)?;
        if !(4..=5).contains(&items.len()) {
            let shape = "AF_TIPC address must be a tuple (addr_type, v1, v2, v3[, scope])";
            return Err(self.vm.type_error(shape));
        }
        let mut parts = [0u32; 5];
        parts[4] = TIPC_CLUSTER_SCOPE;
        for (i, part) in parts.iter_mut().enumerate().take(items.len()) {
            *part = self.u32(items[i])?;
        }
        let [kind, v1, v2, v3, scope] = parts;
        let data = match kind {
            TIPC_ADDR_NAMESEQ => [v1, v2, v3],
            TIPC_ADDR_NAME => [v1, v2, 0],
            TIPC_ADDR_ID => [v2, v1, 0],
            _ => return Err(self.vm.type_error("Invalid address type")),
        };
        let (family, kind, scope) = (libc::AF_TIPC as u16, kind as u8, scope as i8);
        Ok(SockAddr::of(Tipc { family, kind, scope, data }))
    }

    fn alg(&self, value: Value) -> PyResult<SockAddr> {
        let items = self.tuple("AF_ALG", value)?;
        if !(2..=4).contains(&items.len()) {
            return Err(self.vm.type_error("AF_ALG address must be a tuple (type, name[, feat[, mask]])"));
        }
        // SAFETY: plain numbers, for which zeros are fine.
        let mut alg: libc::sockaddr_alg = unsafe { zeroed() };
        alg.salg_family = libc::AF_ALG as u16;
        let text = |i: usize| {
            let text = items[i].downcast::<Str>().ok_or_else(|| {
                let given = self.vm.type_of(items[i]).name();
                self.vm.type_error(format!("argument {} must be str, not {given}", i + 1))
            })?;
            self.vm.utf8_text(text)
        };
        let (kind, name) = (text(0)?, text(1)?);
        if kind.len() >= alg.salg_type.len() {
            return Err(self.vm.value_error("AF_ALG type too long."));
        }
        if name.len() >= alg.salg_name.len() {
            return Err(self.vm.value_error("AF_ALG name too long."));
        }
        alg.salg_type[..kind.len()].copy_from_slice(kind.as_bytes());
        alg.salg_name[..name.len()].copy_from_slice(name.as_bytes());
        alg.salg_feat = if items.len() > 2 { self.u32(items[2])? } else { 0 };
        alg.salg_mask = if items.len() > 3 { self.u32(items[3])? } else { 0 };
        Ok(SockAddr::of(alg))
    }
}

const TIPC_CLUSTER_SCOPE: u32 = 2;
const TIPC_ADDR_NAMESEQ: u32 = 1;
const TIPC_ADDR_NAME: u32 = 2;
const TIPC_ADDR_ID: u32 = 3;

/// `struct sockaddr_tipc`.
#[derive(Clone, Copy)]
#[repr(C)]
struct Tipc {
    family: u16,
    kind: u8,
    scope: i8,
    data: [u32; 3],
}

/// `struct sockaddr_qrtr`.
#[derive(Clone, Copy)]
#[repr(C)]
struct Qipcrtr {
    family: u16,
    node: u32,
    port: u32,
}

// ---- To Python

/// The address as Python has it; None for a socket that has none. `protocol` is the socket's.
pub fn to_python(vm: &Vm, fd: i32, address: &SockAddr, protocol: i32) -> PyResult {
    if address.len == 0 {
        return Ok(vm.none());
    }
    let number = |n: u32| vm.new_int(n.into());
    Ok(match address.family() {
        libc::AF_INET => {
            let v4: libc::sockaddr_in = address.get();
            let host = vm.new_str(&unpack(libc::AF_INET, &v4.sin_addr.s_addr.to_ne_bytes()));
            vm.new_tuple(&[host, vm.new_int(u16::from_be(v4.sin_port).into())])
        }
        libc::AF_INET6 => {
            let v6: libc::sockaddr_in6 = address.get();
            let host = vm.new_str(&unpack(libc::AF_INET6, &v6.sin6_addr.s6_addr));
            let port = vm.new_int(u16::from_be(v6.sin6_port).into());
            let flowinfo = number(u32::from_be(v6.sin6_flowinfo));
            vm.new_tuple(&[host, port, flowinfo, number(v6.sin6_scope_id)])
        }
        libc::AF_UNIX => unix_to_python(vm, address),
        libc::AF_NETLINK => {
            let netlink: libc::sockaddr_nl = address.get();
            vm.new_tuple(&[number(netlink.nl_pid), number(netlink.nl_groups)])
        }
        libc::AF_VSOCK => {
            let vsock: libc::sockaddr_vm = address.get();
            vm.new_tuple(&[number(vsock.svm_cid), number(vsock.svm_port)])
        }
        AF_QIPCRTR => {
            let qipcrtr: Qipcrtr = address.get();
            vm.new_tuple(&[number(qipcrtr.node), number(qipcrtr.port)])
        }
        libc::AF_PACKET => packet_to_python(vm, fd, &address.get()),
        libc::AF_CAN => can_to_python(vm, fd, &address.get(), protocol),
        libc::AF_TIPC => {
            let Tipc { kind, scope, data: [a, b, c], .. } = address.get();
            let parts = match u32::from(kind) {
                TIPC_ADDR_NAMESEQ => [a, b, c],
                TIPC_ADDR_NAME => [a, b, b],
                TIPC_ADDR_ID => [b, a, 0],
                _ => return Err(vm.value_error("Invalid address type")),
            };
            let [a, b, c] = parts.map(number);
            vm.new_tuple(&[number(kind.into()), a, b, c, vm.new_int(scope.into())])
        }
        family => {
            let start = offset_of!(libc::sockaddr, sa_data);
            let plain: libc::sockaddr = address.get();
            let data: Vec<u8> = plain.sa_data.iter().map(|&c| c as u8).collect();
            let len = (address.len as usize).saturating_sub(start).min(data.len());
            vm.new_tuple(&[vm.new_int(family.into()), vm.new_bytes(&data[..len])])
        }
    })
}

fn unix_to_python(vm: &Vm, address: &SockAddr) -> Value {
    let unix: libc::sockaddr_un = address.get();
    let start = offset_of!(libc::sockaddr_un, sun_path);
    let len = (address.len as usize).saturating_sub(start).min(unix.sun_path.len());
    let path: Vec<u8> = unix.sun_path.iter().map(|&c| c as u8).collect();
    if len > 0 && path[0] == 0 {
        return vm.new_bytes(&path[..len]);
    }
    let end = path[..len].iter().position(|&b| b == 0).unwrap_or(len);
    vm.fs_decode(&path[..end]).value()
}

/// The name of an interface; empty if the kernel knows none.
fn interface_name(vm: &Vm, fd: i32, index: i32) -> Value {
    // SAFETY: plain numbers, for which zeros are fine.
    let mut request: libc::ifreq = unsafe { zeroed() };
    request.ifr_ifru.ifru_ifindex = index;
    if index == 0 || c!(ioctl(fd, libc::SIOCGIFNAME as _, &mut request)) != 0 {
        return vm.empty_str.value();
    }
    let name: Vec<u8> = request.ifr_name.iter().map(|&c| c as u8).take_while(|&b| b != 0).collect();
    vm.fs_decode(&name).value()
}

fn packet_to_python(vm: &Vm, fd: i32, packet: &libc::sockaddr_ll) -> Value {
    let len = usize::from(packet.sll_halen).min(packet.sll_addr.len());
    vm.new_tuple(&[
        interface_name(vm, fd, packet.sll_ifindex),
        vm.new_int(u16::from_be(packet.sll_protocol).into()),
        vm.new_int(packet.sll_pkttype.into()),
        vm.new_int(packet.sll_hatype.into()),
        vm.new_bytes(&packet.sll_addr[..len]),
    ])
}

fn can_to_python(vm: &Vm, fd: i32, can: &libc::sockaddr_can, protocol: i32) -> Value {
    let name = interface_name(vm, fd, can.can_ifindex);
    match protocol {
        libc::CAN_ISOTP => {
            // SAFETY: the member that this protocol uses; all are plain numbers.
            let ids = unsafe { can.can_addr.tp };
            vm.new_tuple(&[name, vm.new_int(ids.rx_id.into()), vm.new_int(ids.tx_id.into())])
        }
        libc::CAN_J1939 => {
            // SAFETY: as above.
            let ids = unsafe { can.can_addr.j1939 };
            let (pgn, address) = (vm.new_int(ids.pgn.into()), vm.new_int(ids.addr.into()));
            vm.new_tuple(&[name, vm.new_uint(ids.name), pgn, address])
        }
        _ => vm.new_tuple(&[name]),
    }
}
