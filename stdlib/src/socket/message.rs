//! `sendmsg` and `recvmsg`: several buffers in one message, and ancillary data beside them (descriptors, credentials,
//! packet information).

use super::address::{SockAddr, parse, to_python};
use super::object::Socket;
use super::wait::{For, call};
use super::{int_argument, size_argument, wrong_count};
use crate::buf::{Buffer, WritableBuffer, writable};
use crate::c;
use adder_interp::heap::GcVec;
use adder_interp::native::Args;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::tuple::Tuple;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::pyfunction;
use std::mem::zeroed;

/// Bytes that a control message of so much data occupies, without and with padding; `None` beyond what the kernel's
/// length fields hold.
fn control_len(length: i64) -> Option<usize> {
    let length = u32::try_from(length).ok().filter(|&n| n <= i32::MAX as u32 - 32)?;
    Some(c!(CMSG_LEN(length)) as usize)
}

fn control_space(length: i64) -> Option<usize> {
    control_len(length)?;
    Some(c!(CMSG_SPACE(length as u32)) as usize)
}

/// CMSG_LEN(length) -> control message length
///
/// Return the total length, without trailing padding, of an ancillary
/// data item with associated data of the given length.  This value can
/// often be used as the buffer size for recvmsg() to receive a single
/// item of ancillary data, but RFC 3542 requires portable applications to
/// use CMSG_SPACE() and thus include space for padding, even when the
/// item will be the last in the buffer.  Raises OverflowError if length
/// is outside the permissible range of values.
#[pyfunction(module = "_socket", name = "CMSG_LEN", sig = "(length, /)")]
pub fn cmsg_len(vm: &Vm, length: isize) -> PyResult<usize> {
    control_len(length as i64).ok_or_else(|| vm.overflow_error("CMSG_LEN() argument out of range"))
}

/// CMSG_SPACE(length) -> buffer size
///
/// Return the buffer size needed for recvmsg() to receive an ancillary
/// data item with associated data of the given length, along with any
/// trailing padding.  The buffer space needed to receive multiple items
/// is the sum of the CMSG_SPACE() values for their associated data
/// lengths.  Raises OverflowError if length is outside the permissible
/// range of values.
#[pyfunction(module = "_socket", name = "CMSG_SPACE", sig = "(length, /)")]
pub fn cmsg_space(vm: &Vm, length: isize) -> PyResult<usize> {
    control_space(length as i64).ok_or_else(|| vm.overflow_error("CMSG_SPACE() argument out of range"))
}

/// The items of an iterable argument.
fn items(vm: &Vm, value: Value, message: &str) -> PyResult<GcVec> {
    if vm.iter(value).is_err() {
        vm.catch(vm.exceptions.type_error)?;
        return Err(vm.type_error(message));
    }
    vm.collect(value)
}

/// Room for control messages, aligned for their headers.
fn control_room(size: usize) -> Vec<u64> {
    vec![0; size.div_ceil(8)]
}

/// Buffers to be sent, and what describes them to the kernel.
struct Gather {
    _values: GcVec,
    _buffers: Vec<Buffer>,
    vectors: Vec<libc::iovec>,
}

fn gather(vm: &Vm, value: Value) -> PyResult<Gather> {
    let values = items(vm, value, "sendmsg() argument 1 must be an iterable")?;
    let (mut buffers, mut vectors) = (Vec::new(), Vec::new());
    for &value in values.iter() {
        let buffer = Buffer::simple(vm, value)?;
        vectors.push(libc::iovec { iov_base: buffer.as_ptr() as *mut _, iov_len: buffer.len() });
        buffers.push(buffer);
    }
    Ok(Gather { _values: values, _buffers: buffers, vectors })
}

/// One control message to be sent.
struct Control {
    level: i32,
    kind: i32,
    data: Vec<u8>,
}

fn controls(vm: &Vm, value: Value) -> PyResult<Vec<Control>> {
    let values = items(vm, value, "sendmsg() argument 2 must be an iterable")?;
    let wrong =
        |what: String| vm.type_error(format!("[sendmsg() ancillary data items]() argument must be {what}"));
    let mut controls = Vec::new();
    for &item in values.iter() {
        let Some(tuple) = item.downcast::<Tuple>() else {
            return Err(wrong(format!("3-item tuple, not {}", vm.type_of(item).name())));
        };
        if tuple.len() != 3 {
            return Err(wrong(format!("tuple of length 3, not {}", tuple.len())));
        }
        let (level, kind) = (int_argument(vm, tuple[0])?, int_argument(vm, tuple[1])?);
        controls.push(Control { level, kind, data: Buffer::simple(vm, tuple[2])?.to_vec() });
    }
    Ok(controls)
}

/// Control messages as the kernel reads them.
fn pack_controls(vm: &Vm, controls: &[Control]) -> PyResult<(Vec<u64>, usize)> {
    let mut total = 0usize;
    for control in controls {
        let space = control_space(control.data.len() as i64)
            .ok_or_else(|| vm.os_error_message("ancillary data item too large"))?;
        total = total
            .checked_add(space)
            .filter(|&n| n <= i32::MAX as usize)
            .ok_or_else(|| vm.os_error_message("too much ancillary data"))?;
    }
    let mut room = control_room(total);
    let start: *mut u8 = room.as_mut_ptr().cast();
    let mut offset = 0;
    for control in controls {
        let length = control.data.len() as u32;
        // SAFETY: the room holds the space of every message, one after the other, and is aligned for headers.
        unsafe {
            let header: *mut libc::cmsghdr = start.add(offset).cast();
            (*header).cmsg_len = libc::CMSG_LEN(length) as _;
            (*header).cmsg_level = control.level;
            (*header).cmsg_type = control.kind;
            std::ptr::copy_nonoverlapping(control.data.as_ptr(), libc::CMSG_DATA(header), length as usize);
            offset += libc::CMSG_SPACE(length) as usize;
        }
    }
    Ok((room, total))
}

/// `sendmsg(buffers[, ancdata[, flags[, address]]])`
pub fn send(vm: &Vm, socket: Gc<Native<Socket>>, args: Args<'_>) -> PyResult<i64> {
    args.reject_keywords(vm, "socket.sendmsg")?;
    let args = args.positional_values();
    if args.is_empty() || args.len() > 4 {
        return Err(wrong_count(vm, "sendmsg", args.len(), 1, 4));
    }
    let flags = args.get(2).map_or(Ok(0), |&v| int_argument(vm, v))?;
    let mut address = match args.get(3) {
        Some(&value) if !value.is_none() => {
            let address = parse(vm, &socket, value, "sendmsg")?;
            vm.audit("socket.sendmsg", &[socket.value(), value])?;
            Some(address)
        }
        _ => {
            vm.audit("socket.sendmsg", &[socket.value(), vm.none()])?;
            None
        }
    };
    let gather = gather(vm, args[0])?;
    let controls = args.get(1).map_or(Ok(Vec::new()), |&v| controls(vm, v))?;
    let (mut room, total) = pack_controls(vm, &controls)?;
    // SAFETY: numbers and null pointers.
    let mut message: libc::msghdr = unsafe { zeroed() };
    if let Some(address) = &mut address {
        message.msg_name = address.ptr_mut().cast();
        message.msg_namelen = address.len;
    }
    message.msg_iov = gather.vectors.as_ptr() as *mut _;
    message.msg_iovlen = gather.vectors.len() as _;
    if total > 0 {
        message.msg_control = room.as_mut_ptr().cast();
        message.msg_controllen = total as _;
    }
    call(vm, &socket, For::Writing, |fd| c!(sendmsg(fd, &message, flags)) as i64)
}

/// Sends to a socket of the kernel's cryptography: `sendmsg_afalg([msg], *, op[, iv[, assoclen[, flags]]])`.
pub fn send_to_algorithm(
    vm: &Vm,
    socket: Gc<Native<Socket>>,
    buffers: Option<Value>,
    op: Option<i32>,
    iv: Option<Buffer>,
    associated: Option<Value>,
    flags: i32,
) -> PyResult<i64> {
    if socket.family() != libc::AF_ALG {
        return Err(vm.os_error_message("algset is only supported for AF_ALG"));
    }
    let Some(op) = op.filter(|&op| op >= 0) else {
        return Err(vm.type_error("Invalid or missing argument 'op'"));
    };
    let associated = match associated {
        None => None,
        Some(v) => match int_argument(vm, v)? {
            n if n < 0 => return Err(vm.type_error("assoclen must be positive")),
            n => Some(n),
        },
    };
    let control = |kind: i32, data: Vec<u8>| Control { level: libc::SOL_ALG, kind, data };
    let mut controls = vec![control(libc::ALG_SET_OP, op.to_ne_bytes().to_vec())];
    if let Some(iv) = iv {
        let mut data = (iv.len() as u32).to_ne_bytes().to_vec();
        data.extend_from_slice(&iv);
        controls.push(control(libc::ALG_SET_IV, data));
    }
    if let Some(n) = associated {
        controls.push(control(libc::ALG_SET_AEAD_ASSOCLEN, n.to_ne_bytes().to_vec()));
    }
    let gather = buffers.map(|b| gather(vm, b)).transpose()?;
    let (mut room, total) = pack_controls(vm, &controls)?;
    // SAFETY: numbers and null pointers.
    let mut message: libc::msghdr = unsafe { zeroed() };
    if let Some(gather) = &gather {
        message.msg_iov = gather.vectors.as_ptr() as *mut _;
        message.msg_iovlen = gather.vectors.len() as _;
    }
    message.msg_control = room.as_mut_ptr().cast();
    message.msg_controllen = total as _;
    call(vm, &socket, For::Writing, |fd| c!(sendmsg(fd, &message, flags)) as i64)
}

/// What a received message consists of, besides the data.
struct Received {
    len: usize,
    rest: [Value; 3],
}

/// Receives into these buffers: the length, then `(ancillary data, flags, address)`.
fn receive(
    vm: &Vm,
    socket: Gc<Native<Socket>>,
    vectors: &mut [libc::iovec],
    control_size: Option<&Value>,
    flags: Option<&Value>,
) -> PyResult<Received> {
    let size = control_size.map_or(Ok(0), |&v| size_argument(vm, v))?;
    let flags = flags.map_or(Ok(0), |&v| int_argument(vm, v))?;
    if !(0..=i64::from(i32::MAX)).contains(&size) {
        return Err(vm.value_error("invalid ancillary data buffer length"));
    }
    let mut address = SockAddr::room();
    let mut room = control_room(size as usize);
    // SAFETY: numbers and null pointers.
    let mut message: libc::msghdr = unsafe { zeroed() };
    let n = call(vm, &socket, For::Reading, |fd| {
        message.msg_name = address.ptr_mut().cast();
        message.msg_namelen = size_of::<libc::sockaddr_storage>() as _;
        message.msg_iov = vectors.as_mut_ptr();
        message.msg_iovlen = vectors.len() as _;
        message.msg_control = if size == 0 { std::ptr::null_mut() } else { room.as_mut_ptr().cast() };
        message.msg_controllen = size as _;
        c!(recvmsg(fd, &mut message, flags)) as i64
    })?;
    address.len = message.msg_namelen;
    let controls = unpack_controls(vm, &message);
    match controls.and_then(|c| Ok((c, to_python(vm, socket.fd(), &address, socket.protocol())?))) {
        Ok((controls, address)) => {
            let rest = [controls, vm.new_int(message.msg_flags.into()), address];
            Ok(Received { len: n as usize, rest })
        }
        Err(Raised) => {
            close_received(&message);
            Err(Raised)
        }
    }
}

/// The control messages that were received, each with the part of its data that there was room for.
fn received_controls(message: &libc::msghdr) -> Vec<(i32, i32, &[u8])> {
    let mut found = Vec::new();
    let end = message.msg_control as usize + message.msg_controllen;
    // SAFETY: the kernel wrote the headers inside the room; the length of the last may exceed what was written, so it is cut.
    unsafe {
        let mut header = libc::CMSG_FIRSTHDR(message);
        while !header.is_null() {
            let data = libc::CMSG_DATA(header);
            let claimed = ((*header).cmsg_len as usize).saturating_sub(libc::CMSG_LEN(0) as usize);
            let len = claimed.min(end.saturating_sub(data as usize));
            found.push(((*header).cmsg_level, (*header).cmsg_type, std::slice::from_raw_parts(data, len)));
            header = libc::CMSG_NXTHDR(message, header);
        }
    }
    found
}

fn unpack_controls(vm: &Vm, message: &libc::msghdr) -> PyResult {
    let mut list = vm.vec();
    for (level, kind, data) in received_controls(message) {
        let item = [vm.new_int(level.into()), vm.new_int(kind.into()), vm.new_bytes(data)];
        list.push(&vm.heap, vm.new_tuple(&item));
    }
    Ok(vm.list_from(list))
}

/// Closes descriptors that were received and that nobody will ever see.
fn close_received(message: &libc::msghdr) {
    for (level, kind, data) in received_controls(message) {
        if level == libc::SOL_SOCKET && kind == libc::SCM_RIGHTS {
            for fd in data.as_chunks::<4>().0 {
                c!(close(i32::from_ne_bytes(*fd)));
            }
        }
    }
}

/// `recvmsg(bufsize[, ancbufsize[, flags]])`
pub fn receive_new(vm: &Vm, socket: Gc<Native<Socket>>, args: Args<'_>) -> PyResult {
    args.reject_keywords(vm, "socket.recvmsg")?;
    let args = args.positional_values();
    if args.is_empty() || args.len() > 3 {
        return Err(wrong_count(vm, "recvmsg", args.len(), 1, 3));
    }
    let size = size_argument(vm, args[0])?;
    let mut room = super::object::room(vm, size, "negative buffer size in recvmsg()")?;
    let mut vectors = [libc::iovec { iov_base: room.as_mut_ptr().cast(), iov_len: room.len() }];
    let Received { len, rest: [controls, flags, address] } =
        receive(vm, socket, &mut vectors, args.get(1), args.get(2))?;
    let data = vm.new_bytes(&room[..len.min(room.len())]);
    Ok(vm.new_tuple(&[data, controls, flags, address]))
}

/// `recvmsg_into(buffers[, ancbufsize[, flags]])`
pub fn receive_into(vm: &Vm, socket: Gc<Native<Socket>>, args: Args<'_>) -> PyResult {
    args.reject_keywords(vm, "socket.recvmsg_into")?;
    let args = args.positional_values();
    if args.is_empty() || args.len() > 3 {
        return Err(wrong_count(vm, "recvmsg_into", args.len(), 1, 3));
    }
    let values = items(vm, args[0], "recvmsg_into() argument 1 must be an iterable")?;
    let mut buffers: Vec<WritableBuffer> = Vec::new();
    for &value in values.iter() {
        match writable(vm, value) {
            Ok(buffer) => buffers.push(buffer),
            Err(Raised) => {
                if vm.catch(vm.exceptions.type_error).is_err() {
                    vm.catch(vm.exceptions.buffer_error)?;
                }
                let text =
                    "recvmsg_into() argument 1 must be an iterable of single-segment read-write buffers";
                return Err(vm.type_error(text));
            }
        }
    }
    let vector =
        |b: &WritableBuffer| libc::iovec { iov_base: b.cells().as_ptr() as *mut _, iov_len: b.len() };
    let mut vectors: Vec<libc::iovec> = buffers.iter().map(vector).collect();
    let Received { len, rest: [controls, flags, address] } =
        receive(vm, socket, &mut vectors, args.get(1), args.get(2))?;
    Ok(vm.new_tuple(&[vm.new_int(len as i64), controls, flags, address]))
}
