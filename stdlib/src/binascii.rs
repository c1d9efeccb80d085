//! `binascii`: between binary data and its ASCII forms: base64, hexadecimal, uuencoding, quoted-printable; checksums.

use adder_interp::buffer::Buffer;
use adder_interp::native::FromArg;
use adder_interp::native::args::{ArgRef, type_name};
use adder_interp::object::byte_string;
use adder_interp::object::header::Gc;
use adder_interp::object::str::Str;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::pymodule;

/// `binascii.Error` and `binascii.Incomplete`.
fn exception(vm: &Vm, key: &'static str, name: &str, base: Gc<Type>) -> PyResult<Gc<Type>> {
    let class = vm.registered(key, |vm| {
        let namespace = vm.new_dict();
        namespace.insert_str(&vm.heap, vm.names.__module__, vm.new_str("binascii"));
        let bases = vm.new_tuple(&[base.value()]);
        vm.call(vm.types.type_.value(), &[vm.new_str(name), bases, namespace.value()])
    })?;
    Ok(class.downcast().expect("type() makes a class"))
}

fn error_class(vm: &Vm) -> PyResult<Gc<Type>> {
    exception(vm, "binascii.Error", "Error", vm.exceptions.value_error)
}

#[cold]
fn error(vm: &Vm, message: impl AsRef<str>) -> Raised {
    match error_class(vm) {
        Ok(class) => vm.raise_message(class, message.as_ref()),
        Err(raised) => raised,
    }
}

/// Encoded data: bytes, or a string of ASCII.
pub struct AsciiData(Vec<u8>);

impl FromArg for AsciiData {
    fn from_arg(vm: &Vm, value: Value, _: ArgRef) -> PyResult<AsciiData> {
        if let Some(text) = value.downcast::<Str>() {
            return match text.as_ascii() {
                Some(text) => Ok(AsciiData(text.as_bytes().to_vec())),
                None => Err(vm.value_error("string argument should contain only ASCII characters")),
            };
        }
        if !adder_interp::buffer::supports(vm, value) {
            let given = type_name(vm, value);
            return Err(
                vm.type_error(format!("argument should be bytes, buffer or ASCII string, not '{given}'"))
            );
        }
        Ok(AsciiData(Buffer::simple(vm, value)?.to_vec()))
    }
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The six bits of each base64 digit; 64 marks other bytes.
static BASE64_VALUES: [u8; 256] = {
    let mut values = [64; 256];
    let mut i = 0;
    while i < 64 {
        values[BASE64[i] as usize] = i as u8;
        i += 1;
    }
    values
};

/// Decodes base64; an error is a message.
fn decode_base64(data: &[u8], strict: bool) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(data.len() / 4 * 3 + 3);
    // Digits seen of the present group of four, the bits of the last one, and padding since.
    let (mut position, mut left, mut pads) = (0u8, 0u8, 0u8);
    let lone_digit = |bytes: usize| {
        format!(
            "Invalid base64-encoded string: number of data characters ({}) cannot be 1 more than a multiple of 4",
            bytes / 3 * 4 + 1
        )
    };
    for (i, &byte) in data.iter().enumerate() {
        if byte == b'=' {
            if strict && position == 0 {
                return Err(format!("{} padding not allowed", if i == 0 { "Leading" } else { "Excess" }));
            }
            if strict && position == 1 {
                return Err(lone_digit(out.len()));
            }
            if strict && position + pads >= 4 {
                return Err("Excess padding not allowed".into());
            }
            pads += (position >= 2 && pads < 2) as u8;
            continue;
        }
        let value = BASE64_VALUES[usize::from(byte)];
        if value == 64 {
            match strict {
                true if pads > 0 && position + pads >= 4 => return Err("Excess data after padding".into()),
                true => return Err("Only base64 data is allowed".into()),
                false => continue,
            }
        }
        if strict && pads > 0 {
            let complete = position + pads >= 4;
            let message =
                if complete { "Excess data after padding" } else { "Discontinuous padding not allowed" };
            return Err(message.into());
        }
        pads = 0;
        match position {
            0 => left = value,
            1 => {
                out.push(left << 2 | value >> 4);
                left = value & 15;
            }
            2 => {
                out.push(left << 4 | value >> 2);
                left = value & 3;
            }
            _ => out.push(left << 6 | value),
        }
        position = (position + 1) % 4;
    }
    match position {
        0 => Ok(out),
        1 => Err(lone_digit(out.len())),
        _ if position + pads >= 4 => Ok(out),
        _ => Err("Incorrect padding".into()),
    }
}

fn encode_base64(data: &[u8], newline: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len().div_ceil(3) * 4 + 1);
    let digit = |bits: u32| BASE64[(bits & 63) as usize];
    for group in data.chunks(3) {
        let byte = |i: usize| u32::from(group.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        let mut four = [digit(bits >> 18), digit(bits >> 12), digit(bits >> 6), digit(bits)];
        four[group.len() + 1..].fill(b'=');
        out.extend_from_slice(&four);
    }
    if newline {
        out.push(b'\n');
    }
    out
}

/// Table of the CRC of each byte, for the reflected polynomial of zlib and PNG.
static CRC32: [[u32; 256]; 8] = {
    let mut tables = [[0u32; 256]; 8];
    let mut i = 0;
    while i < 256 {
        let mut crc = i as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 != 0 { 0xEDB8_8320 ^ crc >> 1 } else { crc >> 1 };
            bit += 1;
        }
        tables[0][i] = crc;
        i += 1;
    }
    let mut t = 1;
    while t < 8 {
        let mut i = 0;
        while i < 256 {
            let previous = tables[t - 1][i];
            tables[t][i] = tables[0][(previous & 0xFF) as usize] ^ previous >> 8;
            i += 1;
        }
        t += 1;
    }
    tables
};

/// The CRC-32 of data that follows data with CRC `crc`; eight bytes at a time.
pub fn crc32_of(data: &[u8], crc: u32) -> u32 {
    let mut crc = !crc;
    let mut blocks = data.chunks_exact(8);
    for block in blocks.by_ref() {
        let low = crc ^ u32::from_le_bytes([block[0], block[1], block[2], block[3]]);
        let word =
            u64::from(low) | u64::from(u32::from_le_bytes([block[4], block[5], block[6], block[7]])) << 32;
        crc = (0..8).fold(0, |sum, i| sum ^ CRC32[7 - i][(word >> (8 * i) & 0xFF) as usize]);
    }
    for &byte in blocks.remainder() {
        crc = CRC32[0][((crc ^ u32::from(byte)) & 0xFF) as usize] ^ crc >> 8;
    }
    !crc
}

/// Decodes a line of uuencoded data; an error is a message.
fn decode_uu(data: &[u8]) -> Result<Vec<u8>, &'static str> {
    let (&first, mut rest) = data.split_first().ok_or("Missing length byte")?;
    let length = usize::from(first.wrapping_sub(b' ') & 63);
    let mut out = Vec::with_capacity(length);
    let (mut bits, mut buffer) = (0u32, 0u32);
    while out.len() < length {
        // A line that ends early goes on with zeros.
        let value = match rest.split_first() {
            None | Some((b'\n' | b'\r', _)) => 0,
            Some((&byte @ b' '..=b'`', tail)) => {
                rest = tail;
                u32::from(byte - b' ') & 63
            }
            Some(_) => return Err("Illegal char"),
        };
        buffer = buffer << 6 | value;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((buffer >> bits) as u8);
            buffer &= (1 << bits) - 1;
        }
    }
    // Mailers may have added blanks, or the marks of some encoders.
    match rest.iter().all(|b| matches!(b, b' ' | b'`' | b'\n' | b'\r')) {
        true => Ok(out),
        false => Err("Trailing garbage"),
    }
}

fn encode_uu(data: &[u8], backtick: bool) -> Vec<u8> {
    let digit = |bits: u32| match bits & 63 {
        0 if backtick => b'`',
        value => value as u8 + b' ',
    };
    let mut out = vec![digit(data.len() as u32)];
    for group in data.chunks(3) {
        let byte = |i: usize| u32::from(group.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        out.extend([18, 12, 6, 0].map(|shift| digit(bits >> shift)));
    }
    out.push(b'\n');
    out
}

/// Decodes quoted-printable data.
fn decode_qp(data: &[u8], header: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    let digit = |at: usize| data.get(at).and_then(|&b| char::from(b).to_digit(16));
    let mut at = 0;
    while let Some(&byte) = data.get(at) {
        at += 1;
        match byte {
            b'=' => match data.get(at) {
                None => break,
                // A soft line break: everything up to the end of the line.
                Some(b'\n' | b'\r') => {
                    let end = data[at..].iter().position(|&b| b == b'\n');
                    at = end.map_or(data.len(), |n| at + n + 1);
                }
                // A broken encoder's equals sign.
                Some(b'=') => {
                    out.push(b'=');
                    at += 1;
                }
                Some(_) => match (digit(at), digit(at + 1)) {
                    (Some(high), Some(low)) => {
                        out.push((high << 4 | low) as u8);
                        at += 2;
                    }
                    _ => out.push(b'='),
                },
            },
            b'_' if header => out.push(b' '),
            _ => out.push(byte),
        }
    }
    out
}

/// The options of quoted-printable encoding.
struct Quoting {
    tabs: bool,
    text: bool,
    header: bool,
}

const QP_LINE: usize = 76;

/// Encodes quoted-printable data.
fn encode_qp(data: &[u8], options: &Quoting) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() * 5 / 4);
    // The data's own line ends decide about those of soft breaks.
    let first_line = memchr_newline(data);
    let crlf = first_line.is_some_and(|at| at > 0 && data[at - 1] == b'\r');
    let soft_break = |out: &mut Vec<u8>| out.extend_from_slice(if crlf { b"=\r\n" } else { b"=\n" });
    let quote = |out: &mut Vec<u8>, byte: u8| out.extend_from_slice(format!("={byte:02X}").as_bytes());
    let (mut at, mut column) = (0, 0);
    while let Some(&byte) = data.get(at) {
        let next = data.get(at + 1).copied();
        let must_quote = byte > b'~'
            || byte == b'='
            || options.header && byte == b'_'
            || byte == b'.' && column == 0 && (next.is_none() || matches!(next, Some(b'\n' | b'\r' | 0)))
            || !options.text && matches!(byte, b'\r' | b'\n')
            || matches!(byte, b'\t' | b' ') && next.is_none()
            || byte < b' ' && !matches!(byte, b'\r' | b'\n' | b'\t')
            || options.tabs && (byte == b'\t' || byte == b' ' && !options.header);
        if must_quote {
            if column + 3 >= QP_LINE {
                soft_break(&mut out);
                column = 0;
            }
            quote(&mut out, byte);
            column += 3;
            at += 1;
            continue;
        }
        let newline = byte == b'\n' || byte == b'\r' && next == Some(b'\n');
        if options.text && newline {
            column = 0;
            // White space at the end of a line would get lost.
            if let Some(&blank @ (b' ' | b'\t')) = out.last() {
                out.pop();
                quote(&mut out, blank);
            }
            if byte == b'\r' {
                out.push(b'\r');
                at += 1;
            }
            out.push(b'\n');
            at += 1;
            continue;
        }
        if next.is_some_and(|c| c != b'\n') && column + 1 >= QP_LINE {
            soft_break(&mut out);
            column = 0;
        }
        column += 1;
        out.push(if options.header && byte == b' ' { b'_' } else { byte });
        at += 1;
    }
    out
}

fn memchr_newline(data: &[u8]) -> Option<usize> {
    data.iter().position(|&b| b == b'\n')
}

/// Conversion between binary data and ASCII
#[pymodule(name = "binascii")]
pub mod binascii {
    use super::*;

    #[pyattr(name = "Error")]
    fn error_(vm: &Vm) -> PyResult<Gc<Type>> {
        error_class(vm)
    }
    #[pyattr(name = "Incomplete")]
    fn incomplete(vm: &Vm) -> PyResult<Gc<Type>> {
        exception(vm, "binascii.Incomplete", "Incomplete", vm.exceptions.exception)
    }

    /// Decode a line of base64 data; with strict_mode only valid base64 is accepted.
    #[pyfunction(sig = "(data, /, *, strict_mode=False)")]
    fn a2b_base64(vm: &Vm, data: AsciiData, strict_mode: bool) -> PyResult {
        let bytes = decode_base64(&data.0, strict_mode).map_err(|message| error(vm, message))?;
        Ok(vm.new_bytes(&bytes))
    }
    /// Base64-code line of data.
    #[pyfunction(sig = "(data, /, *, newline=True)")]
    fn b2a_base64(vm: &Vm, data: Buffer, newline: bool) -> Value {
        vm.new_bytes(&encode_base64(&data, newline))
    }

    fn decode_hex(vm: &Vm, data: &[u8]) -> PyResult {
        if !data.len().is_multiple_of(2) {
            return Err(error(vm, "Odd-length string"));
        }
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let pair = |pair: &[u8]| Some((digit(pair[0])? << 4 | digit(pair[1])?) as u8);
        match data.chunks_exact(2).map(pair).collect::<Option<Vec<u8>>>() {
            Some(bytes) => Ok(vm.new_bytes(&bytes)),
            None => Err(error(vm, "Non-hexadecimal digit found")),
        }
    }
    fn encode_hex(vm: &Vm, data: &[u8], sep: Option<Value>, group: i32) -> PyResult {
        let text = byte_string::hex(vm, data, sep, group)?;
        Ok(vm.new_bytes(text.as_ref().unit_bytes()))
    }
    /// Binary data of hexadecimal representation.
    #[pyfunction]
    fn a2b_hex(vm: &Vm, hexstr: AsciiData) -> PyResult {
        decode_hex(vm, &hexstr.0)
    }
    /// Binary data of hexadecimal representation.
    #[pyfunction]
    fn unhexlify(vm: &Vm, hexstr: AsciiData) -> PyResult {
        decode_hex(vm, &hexstr.0)
    }
    /// Hexadecimal representation of binary data, with sep between groups of bytes_per_sep bytes.
    #[pyfunction(sig = "(data, sep=<unrepresentable>, bytes_per_sep=1)")]
    fn b2a_hex(vm: &Vm, data: Buffer, sep: Option<Value>, bytes_per_sep: i32) -> PyResult {
        encode_hex(vm, &data, sep, bytes_per_sep)
    }
    /// Hexadecimal representation of binary data, with sep between groups of bytes_per_sep bytes.
    #[pyfunction(sig = "(data, sep=<unrepresentable>, bytes_per_sep=1)")]
    fn hexlify(vm: &Vm, data: Buffer, sep: Option<Value>, bytes_per_sep: i32) -> PyResult {
        encode_hex(vm, &data, sep, bytes_per_sep)
    }

    /// An unsigned number of any size, of which the low bits count.
    fn low_bits(vm: &Vm, value: Option<Value>) -> PyResult<u64> {
        let Some(value) = value else { return Ok(0) };
        let n = vm.index(value)?;
        let mask = adder_numeric::Int::Small(0xFFFF_FFFF);
        Ok(adder_numeric::int_bits::and(&n, &mask).to_u64().unwrap_or(0))
    }
    /// Compute CRC-32 incrementally.
    #[pyfunction(sig = "(data, crc=0, /)")]
    fn crc32(vm: &Vm, data: Buffer, crc: Option<Value>) -> PyResult<u32> {
        Ok(crc32_of(&data, low_bits(vm, crc)? as u32))
    }
    /// Compute CRC-CCITT incrementally.
    #[pyfunction]
    fn crc_hqx(vm: &Vm, data: Buffer, crc: Value) -> PyResult<u32> {
        let start = low_bits(vm, Some(crc))? as u16;
        let step = |crc: u16, &byte: &u8| {
            (0..8).fold(crc ^ u16::from(byte) << 8, |crc, _| {
                if crc & 0x8000 != 0 { crc << 1 ^ 0x1021 } else { crc << 1 }
            })
        };
        Ok(data.iter().fold(start, step).into())
    }

    /// Decode a line of uuencoded data.
    #[pyfunction]
    fn a2b_uu(vm: &Vm, data: AsciiData) -> PyResult {
        let bytes = decode_uu(&data.0).map_err(|message| error(vm, message))?;
        Ok(vm.new_bytes(&bytes))
    }
    /// Uuencode line of data.
    #[pyfunction(sig = "(data, /, *, backtick=False)")]
    fn b2a_uu(vm: &Vm, data: Buffer, backtick: bool) -> PyResult {
        if data.len() > 45 {
            return Err(error(vm, "At most 45 bytes at once"));
        }
        Ok(vm.new_bytes(&encode_uu(&data, backtick)))
    }
    /// Decode a string of qp-encoded data.
    #[pyfunction(sig = "(data, header=False)")]
    fn a2b_qp(vm: &Vm, data: AsciiData, header: bool) -> Value {
        vm.new_bytes(&decode_qp(&data.0, header))
    }
    /// Encode a string using quoted-printable encoding.
    ///
    /// On encoding, when istext is set, newlines are not encoded, and white space at end of lines is. When istext is not
    /// set, \r and \n (CR/LF) are both encoded. When quotetabs is set, space and tabs are encoded.
    #[pyfunction(sig = "(data, quotetabs=False, istext=True, header=False)")]
    fn b2a_qp(vm: &Vm, data: Buffer, quotetabs: bool, istext: bool, header: bool) -> Value {
        let options = Quoting { tabs: quotetabs, text: istext, header };
        vm.new_bytes(&encode_qp(&data, &options))
    }
}
