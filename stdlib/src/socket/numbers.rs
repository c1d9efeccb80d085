//! Byte order, packed addresses, and the numbers of network interfaces.

use super::address::{pack, unpack};
use crate::buf::Buffer;
use crate::c;
use crate::os::{FsString, last_error, os_error};
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::pyfunction;
use std::ffi::{CStr, CString};

/// An unsigned argument, whose type errors name as C does.
fn unsigned<T: TryFrom<i64>>(vm: &Vm, value: Value, name: &str) -> PyResult<T> {
    let number = vm.index(value)?;
    if number.is_negative() {
        return Err(vm.value_error("Cannot convert negative int"));
    }
    let fits = number.to_i64().and_then(|n| T::try_from(n).ok());
    fits.ok_or_else(|| vm.overflow_error(format!("Python int too large for C {name}")))
}

/// Convert a 16-bit unsigned integer from network to host byte order.
#[pyfunction(module = "_socket", sig = "(x, /)")]
pub fn ntohs(vm: &Vm, x: Value) -> PyResult<u16> {
    unsigned(vm, x, "uint16_t").map(u16::from_be)
}

/// Convert a 16-bit unsigned integer from host to network byte order.
#[pyfunction(module = "_socket", sig = "(x, /)")]
pub fn htons(vm: &Vm, x: Value) -> PyResult<u16> {
    unsigned(vm, x, "uint16_t").map(u16::to_be)
}

/// Convert a 32-bit unsigned integer from network to host byte order.
#[pyfunction(module = "_socket", sig = "(x, /)")]
pub fn ntohl(vm: &Vm, x: Value) -> PyResult<u32> {
    unsigned(vm, x, "uint32_t").map(u32::from_be)
}

/// Convert a 32-bit unsigned integer from host to network byte order.
#[pyfunction(module = "_socket", sig = "(x, /)")]
pub fn htonl(vm: &Vm, x: Value) -> PyResult<u32> {
    unsigned(vm, x, "uint32_t").map(u32::to_be)
}

unsafe extern "C" {
    fn inet_aton(text: *const libc::c_char, out: *mut libc::in_addr) -> i32;
}

fn c_text(vm: &Vm, text: String) -> PyResult<CString> {
    CString::new(text).map_err(|_| vm.value_error("embedded null character"))
}

/// Convert an IP address in string format (123.45.67.89) to the 32-bit packed binary format used in low-level network functions.
#[pyfunction(module = "_socket", sig = "(ip_addr, /)")]
pub fn inet_aton_(vm: &Vm, address: String) -> PyResult {
    let text = c_text(vm, address)?;
    let mut packed = libc::in_addr { s_addr: 0 };
    // SAFETY: a C string, and room for the result.
    if unsafe { inet_aton(text.as_ptr(), &mut packed) } == 0 {
        return Err(vm.os_error_message("illegal IP address string passed to inet_aton"));
    }
    Ok(vm.new_bytes(&packed.s_addr.to_ne_bytes()))
}

/// Convert an IP address from 32-bit packed binary format to string format.
#[pyfunction(module = "_socket", sig = "(packed_ip, /)")]
pub fn inet_ntoa(vm: &Vm, packed: Buffer) -> PyResult {
    if packed.len() != 4 {
        return Err(vm.os_error_message("packed IP wrong length for inet_ntoa"));
    }
    Ok(vm.new_str(&unpack(libc::AF_INET, &packed)))
}

/// inet_pton(af, ip) -> packed IP address string
///
/// Convert an IP address from string format to a packed string suitable
/// for use with low-level network functions.
#[pyfunction(module = "_socket", sig = "(af, ip, /)")]
pub fn inet_pton(vm: &Vm, family: i32, address: String) -> PyResult {
    let text = c_text(vm, address)?;
    if family != libc::AF_INET && family != libc::AF_INET6 {
        return Err(os_error(vm, libc::EAFNOSUPPORT));
    }
    match pack(family, &text) {
        Some(packed) => Ok(vm.new_bytes(&packed)),
        None => Err(vm.os_error_message("illegal IP address string passed to inet_pton")),
    }
}

/// inet_ntop(af, packed_ip) -> string formatted IP address
///
/// Convert a packed IP address of the given family to string format.
#[pyfunction(module = "_socket", sig = "(af, packed_ip, /)")]
pub fn inet_ntop(vm: &Vm, family: i32, packed: Buffer) -> PyResult {
    let wanted = match family {
        libc::AF_INET => 4,
        libc::AF_INET6 => 16,
        _ => return Err(vm.value_error(format!("unknown address family {family}"))),
    };
    if packed.len() != wanted {
        return Err(vm.value_error("invalid length of packed IP address string"));
    }
    Ok(vm.new_str(&unpack(family, &packed)))
}

/// if_nameindex()
///
/// Returns a list of network interface information (index, name) tuples.
#[pyfunction(module = "_socket")]
pub fn if_nameindex(vm: &Vm) -> PyResult {
    let list = c!(if_nameindex());
    if list.is_null() {
        return Err(last_error(vm));
    }
    let mut found: Vec<(u32, Vec<u8>)> = Vec::new();
    let mut at = list;
    // SAFETY: an array that ends with an entry without a name; names are C strings. It is copied, then freed.
    unsafe {
        while (*at).if_index != 0 && !(*at).if_name.is_null() {
            found.push(((*at).if_index, CStr::from_ptr((*at).if_name).to_bytes().to_vec()));
            at = at.add(1);
        }
    }
    c!(if_freenameindex(list));
    let mut pairs = vm.vec();
    for (index, name) in found {
        pairs.push(&vm.heap, vm.new_tuple(&[vm.new_int(index.into()), vm.fs_decode(&name).value()]));
    }
    Ok(vm.list_from(pairs))
}

/// Returns the interface index corresponding to the interface name if_name.
#[pyfunction(module = "_socket", sig = "(oname, /)")]
pub fn if_nametoindex(vm: &Vm, name: FsString) -> PyResult<i64> {
    match c!(if_nametoindex(name.0.as_ptr())) {
        0 => Err(last_error(vm)),
        index => Ok(index.into()),
    }
}

/// Returns the interface name corresponding to the interface index if_index.
#[pyfunction(module = "_socket", sig = "(if_index, /)")]
pub fn if_indextoname(vm: &Vm, index: Value) -> PyResult {
    let index: u32 = unsigned(vm, index, "unsigned int")?;
    let mut name = [0 as libc::c_char; libc::IF_NAMESIZE + 1];
    if c!(if_indextoname(index, name.as_mut_ptr())).is_null() {
        return Err(last_error(vm));
    }
    // SAFETY: the call ended the name with a null.
    Ok(vm.fs_decode(unsafe { CStr::from_ptr(name.as_ptr()) }.to_bytes()).value())
}
