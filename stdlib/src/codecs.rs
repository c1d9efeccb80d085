//! `_codecs`: the registry of codecs, and the codecs that are written in Rust (in `adder_text::codecs`).

use adder_interp::buffer::Buffer;
use adder_interp::codecs::handlers::ErrorHandler;
use adder_interp::codecs::registry;
use adder_interp::native::args::type_name;
use adder_interp::object::bytes::Bytes;
use adder_interp::object::header::Gc;
use adder_interp::object::int::as_int;
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods, pymodule};
use adder_text::codecs::charmap::{self, Decodes, Encodes};
use adder_text::codecs::escape::{self, BadHex};
use adder_text::codecs::unicode_escape::InvalidEscape;
use adder_text::codecs::{ByteOrder, Decoded, byte, unicode_escape, utf7, utf8, utf16, utf32};

type Name = Gc<Str>;

/// What decoders return: the text, and how much of the input it stands for.
fn decoded(vm: &Vm, decoded: Decoded) -> (Gc<Str>, usize) {
    (vm.str_of_buf(decoded.text), decoded.consumed)
}

/// What encoders return: the bytes, and how much of the text they stand for.
fn encoded(vm: &Vm, bytes: &[u8], text: Gc<Str>) -> (Value, usize) {
    (vm.new_bytes(bytes), text.len())
}

/// Input of decoders that also take text, which stands for its UTF-8 bytes.
fn bytes_or_text(vm: &Vm, data: Value) -> PyResult<Vec<u8>> {
    match data.downcast::<Str>() {
        Some(text) => vm.encode_utf8(text),
        None => Ok(Buffer::simple(vm, data)?.to_vec()),
    }
}

/// The order that Python's numbers mean.
fn order_of(number: i32) -> ByteOrder {
    match number {
        0 => ByteOrder::Mark,
        ..0 => ByteOrder::Little,
        _ => ByteOrder::Big,
    }
}

fn number_of(order: ByteOrder) -> i32 {
    match order {
        ByteOrder::Mark => 0,
        ByteOrder::Little => -1,
        ByteOrder::Big => 1,
    }
}

fn warn_invalid(vm: &Vm, invalid: Option<InvalidEscape>) -> PyResult<()> {
    match invalid {
        Some(invalid) => {
            let class = vm.exceptions.deprecation_warning;
            vm.warn(class, &invalid.description(), 1)
        }
        None => Ok(()),
    }
}

/// The encoder's view of a decoding table: `codecs.charmap_build`.
#[pyclass(name = "EncodingMap", module = "builtins", private)]
#[derive(Trace)]
pub struct EncodingMap {
    #[trace(skip)]
    map: charmap::EncodingMap,
}

#[pymethods(private)]
impl EncodingMap {
    /// Return the size of this object, in bytes.
    #[pymethod]
    fn size(&self) -> usize {
        size_of::<EncodingMap>()
    }
}

/// What a mapping has for a key; `None` if it raises LookupError.
fn mapped(vm: &Vm, mapping: Value, key: u32) -> PyResult<Option<Value>> {
    match vm.getitem(mapping, Value::small_int(key.into())) {
        Ok(found) => Ok(Some(found)),
        Err(Raised) => vm.catch(vm.exceptions.lookup_error).map(|_| None),
    }
}

/// What a byte decodes to by a mapping.
fn decode_by(vm: &Vm, mapping: Value, byte: u8) -> PyResult<Decodes> {
    let Some(found) = mapped(vm, mapping, byte.into())?.filter(|v| !v.is_none()) else {
        return Ok(Decodes::Undefined);
    };
    if let Some(text) = found.downcast::<Str>() {
        let undefined = text.len() == 1 && text.char_at(0) == 0xFFFE;
        return Ok(if undefined { Decodes::Undefined } else { Decodes::Text(text.units().to_canonical()) });
    }
    match as_int(found).map(|i| i.to_i64()) {
        Some(Some(0xFFFE)) => Ok(Decodes::Undefined),
        Some(Some(c @ 0..0x11_0000)) => Ok(Decodes::Char(c as u32)),
        Some(_) => Err(vm.type_error("character mapping must be in range(0x110000)")),
        None => Err(vm.type_error("character mapping must return integer, None or str")),
    }
}

/// What a character encodes to by a mapping.
fn encode_by(vm: &Vm, mapping: Value, c: u32) -> PyResult<Encodes> {
    let Some(found) = mapped(vm, mapping, c)?.filter(|v| !v.is_none()) else {
        return Ok(Encodes::Undefined);
    };
    if let Some(bytes) = found.downcast::<Bytes>() {
        return Ok(Encodes::Bytes(bytes.to_vec()));
    }
    match as_int(found).map(|i| i.to_i64()) {
        Some(Some(byte @ 0..256)) => Ok(Encodes::Byte(byte as u8)),
        Some(_) => Err(vm.type_error("character mapping must be in range(256)")),
        None => {
            let given = type_name(vm, found);
            Err(vm.type_error(format!("character mapping must return integer, bytes or None, not {given}")))
        }
    }
}

#[pymodule(name = "_codecs")]
pub mod codecs {
    use super::*;

    /// Register a codec search function.
    ///
    /// Search functions take an encoding's name in lower case and return a tuple of functions (encoder, decoder,
    /// stream_reader, stream_writer), or a CodecInfo object.
    #[pyfunction]
    fn register(vm: &Vm, search_function: Value) -> PyResult<()> {
        registry::register(vm, search_function)
    }
    /// Unregister a codec search function and clear the registry's cache. Do nothing if it is not registered.
    #[pyfunction]
    fn unregister(vm: &Vm, search_function: Value) -> PyResult<()> {
        registry::unregister(vm, search_function)
    }
    /// Looks up a codec tuple in the Python codec registry and returns a CodecInfo object.
    #[pyfunction]
    fn lookup(vm: &Vm, encoding: Gc<Str>) -> PyResult {
        Ok(registry::lookup(vm, encoding)?.value())
    }
    /// Encodes obj using the codec registered for encoding; the default encoding is 'utf-8'.
    #[pyfunction(sig = "(obj, encoding='utf-8', errors='strict')")]
    fn encode(vm: &Vm, obj: Value, encoding: Option<Name>, errors: Option<Name>) -> PyResult {
        registry::encode(vm, obj, encoding.unwrap_or_else(|| vm.intern("utf-8")), errors)
    }
    /// Decodes obj using the codec registered for encoding; the default encoding is 'utf-8'.
    #[pyfunction(sig = "(obj, encoding='utf-8', errors='strict')")]
    fn decode(vm: &Vm, obj: Value, encoding: Option<Name>, errors: Option<Name>) -> PyResult {
        registry::decode(vm, obj, encoding.unwrap_or_else(|| vm.intern("utf-8")), errors)
    }
    /// Register the specified error handler under the name errors.
    #[pyfunction]
    fn register_error(vm: &Vm, errors: Gc<Str>, handler: Value) -> PyResult<()> {
        registry::register_error(vm, errors, handler)
    }
    /// Un-register the specified error handler; return whether there was one. Built-in handlers cannot be un-registered.
    #[pyfunction]
    fn _unregister_error(vm: &Vm, errors: Gc<Str>) -> PyResult<bool> {
        registry::unregister_error(vm, errors)
    }
    /// Return the error handler for the specified error handling name, or raise a LookupError.
    #[pyfunction]
    fn lookup_error(vm: &Vm, name: Gc<Str>) -> PyResult {
        registry::lookup_error(vm, &name.to_string_lossy())
    }

    #[pyfunction(sig = "(data, errors=None, /)")]
    fn ascii_decode(vm: &Vm, data: Buffer, errors: Option<Name>) -> PyResult<(Gc<Str>, usize)> {
        let result = byte::decode_ascii(&data, &mut ErrorHandler::for_decoding(vm, &data, errors))?;
        Ok(decoded(vm, result))
    }
    #[pyfunction(sig = "(str, errors=None, /)")]
    fn ascii_encode(vm: &Vm, str: Gc<Str>, errors: Option<Name>) -> PyResult<(Value, usize)> {
        let bytes = byte::encode_ascii(str.units(), &mut ErrorHandler::for_encoding(vm, str, errors))?;
        Ok(encoded(vm, &bytes, str))
    }
    #[pyfunction(sig = "(data, errors=None, /)")]
    fn latin_1_decode(vm: &Vm, data: Buffer, errors: Option<Name>) -> (Gc<Str>, usize) {
        let _ = errors; // every byte decodes
        decoded(vm, byte::decode_latin1(&data))
    }
    #[pyfunction(sig = "(str, errors=None, /)")]
    fn latin_1_encode(vm: &Vm, str: Gc<Str>, errors: Option<Name>) -> PyResult<(Value, usize)> {
        let bytes = byte::encode_latin1(str.units(), &mut ErrorHandler::for_encoding(vm, str, errors))?;
        Ok(encoded(vm, &bytes, str))
    }

    #[pyfunction(sig = "(data, errors=None, final=False, /)")]
    fn utf_8_decode(vm: &Vm, data: Buffer, errors: Option<Name>, last: bool) -> PyResult<(Gc<Str>, usize)> {
        let result = utf8::decode(&data, last, &mut ErrorHandler::for_decoding(vm, &data, errors))?;
        Ok(decoded(vm, result))
    }
    #[pyfunction(sig = "(str, errors=None, /)")]
    fn utf_8_encode(vm: &Vm, str: Gc<Str>, errors: Option<Name>) -> PyResult<(Value, usize)> {
        let bytes = utf8::encode(str.units(), &mut ErrorHandler::for_encoding(vm, str, errors))?;
        Ok(encoded(vm, &bytes, str))
    }
    #[pyfunction(sig = "(data, errors=None, final=False, /)")]
    fn utf_7_decode(vm: &Vm, data: Buffer, errors: Option<Name>, last: bool) -> PyResult<(Gc<Str>, usize)> {
        let result = utf7::decode(&data, last, &mut ErrorHandler::for_decoding(vm, &data, errors))?;
        Ok(decoded(vm, result))
    }
    #[pyfunction(sig = "(str, errors=None, /)")]
    fn utf_7_encode(vm: &Vm, str: Gc<Str>, errors: Option<Name>) -> (Value, usize) {
        let _ = errors; // every character encodes
        encoded(vm, &utf7::encode(str.units()), str)
    }

    fn decode_16(
        vm: &Vm,
        data: &[u8],
        errors: Option<Name>,
        order: ByteOrder,
        last: bool,
    ) -> PyResult<(Decoded, ByteOrder)> {
        utf16::decode(data, order, last, &mut ErrorHandler::for_decoding(vm, data, errors))
    }
    fn encode_16(vm: &Vm, text: Gc<Str>, errors: Option<Name>, order: ByteOrder) -> PyResult<(Value, usize)> {
        let bytes = utf16::encode(text.units(), order, &mut ErrorHandler::for_encoding(vm, text, errors))?;
        Ok(encoded(vm, &bytes, text))
    }
    #[pyfunction(sig = "(data, errors=None, final=False, /)")]
    fn utf_16_decode(vm: &Vm, data: Buffer, errors: Option<Name>, last: bool) -> PyResult<(Gc<Str>, usize)> {
        decode_16(vm, &data, errors, ByteOrder::Mark, last).map(|(d, _)| decoded(vm, d))
    }
    #[pyfunction(sig = "(data, errors=None, final=False, /)")]
    fn utf_16_le_decode(
        vm: &Vm,
        data: Buffer,
        errors: Option<Name>,
        last: bool,
    ) -> PyResult<(Gc<Str>, usize)> {
        decode_16(vm, &data, errors, ByteOrder::Little, last).map(|(d, _)| decoded(vm, d))
    }
    #[pyfunction(sig = "(data, errors=None, final=False, /)")]
    fn utf_16_be_decode(
        vm: &Vm,
        data: Buffer,
        errors: Option<Name>,
        last: bool,
    ) -> PyResult<(Gc<Str>, usize)> {
        decode_16(vm, &data, errors, ByteOrder::Big, last).map(|(d, _)| decoded(vm, d))
    }
    #[pyfunction(sig = "(data, errors=None, byteorder=0, final=False, /)")]
    fn utf_16_ex_decode(
        vm: &Vm,
        data: Buffer,
        errors: Option<Name>,
        byteorder: i32,
        last: bool,
    ) -> PyResult<(Gc<Str>, usize, i32)> {
        let (result, order) = decode_16(vm, &data, errors, order_of(byteorder), last)?;
        let (text, consumed) = decoded(vm, result);
        Ok((text, consumed, number_of(order)))
    }
    #[pyfunction(sig = "(str, errors=None, byteorder=0, /)")]
    fn utf_16_encode(
        vm: &Vm,
        str: Gc<Str>,
        errors: Option<Name>,
        byteorder: i32,
    ) -> PyResult<(Value, usize)> {
        encode_16(vm, str, errors, order_of(byteorder))
    }
    #[pyfunction(sig = "(str, errors=None, /)")]
    fn utf_16_le_encode(vm: &Vm, str: Gc<Str>, errors: Option<Name>) -> PyResult<(Value, usize)> {
        encode_16(vm, str, errors, ByteOrder::Little)
    }
    #[pyfunction(sig = "(str, errors=None, /)")]
    fn utf_16_be_encode(vm: &Vm, str: Gc<Str>, errors: Option<Name>) -> PyResult<(Value, usize)> {
        encode_16(vm, str, errors, ByteOrder::Big)
    }

    fn decode_32(
        vm: &Vm,
        data: &[u8],
        errors: Option<Name>,
        order: ByteOrder,
        last: bool,
    ) -> PyResult<(Decoded, ByteOrder)> {
        utf32::decode(data, order, last, &mut ErrorHandler::for_decoding(vm, data, errors))
    }
    fn encode_32(vm: &Vm, text: Gc<Str>, errors: Option<Name>, order: ByteOrder) -> PyResult<(Value, usize)> {
        let bytes = utf32::encode(text.units(), order, &mut ErrorHandler::for_encoding(vm, text, errors))?;
        Ok(encoded(vm, &bytes, text))
    }
    #[pyfunction(sig = "(data, errors=None, final=False, /)")]
    fn utf_32_decode(vm: &Vm, data: Buffer, errors: Option<Name>, last: bool) -> PyResult<(Gc<Str>, usize)> {
        decode_32(vm, &data, errors, ByteOrder::Mark, last).map(|(d, _)| decoded(vm, d))
    }
    #[pyfunction(sig = "(data, errors=None, final=False, /)")]
    fn utf_32_le_decode(
        vm: &Vm,
        data: Buffer,
        errors: Option<Name>,
        last: bool,
    ) -> PyResult<(Gc<Str>, usize)> {
        decode_32(vm, &data, errors, ByteOrder::Little, last).map(|(d, _)| decoded(vm, d))
    }
    #[pyfunction(sig = "(data, errors=None, final=False, /)")]
    fn utf_32_be_decode(
        vm: &Vm,
        data: Buffer,
        errors: Option<Name>,
        last: bool,
    ) -> PyResult<(Gc<Str>, usize)> {
        decode_32(vm, &data, errors, ByteOrder::Big, last).map(|(d, _)| decoded(vm, d))
    }
    #[pyfunction(sig = "(data, errors=None, byteorder=0, final=False, /)")]
    fn utf_32_ex_decode(
        vm: &Vm,
        data: Buffer,
        errors: Option<Name>,
        byteorder: i32,
        last: bool,
    ) -> PyResult<(Gc<Str>, usize, i32)> {
        let (result, order) = decode_32(vm, &data, errors, order_of(byteorder), last)?;
        let (text, consumed) = decoded(vm, result);
        Ok((text, consumed, number_of(order)))
    }
    #[pyfunction(sig = "(str, errors=None, byteorder=0, /)")]
    fn utf_32_encode(
        vm: &Vm,
        str: Gc<Str>,
        errors: Option<Name>,
        byteorder: i32,
    ) -> PyResult<(Value, usize)> {
        encode_32(vm, str, errors, order_of(byteorder))
    }
    #[pyfunction(sig = "(str, errors=None, /)")]
    fn utf_32_le_encode(vm: &Vm, str: Gc<Str>, errors: Option<Name>) -> PyResult<(Value, usize)> {
        encode_32(vm, str, errors, ByteOrder::Little)
    }
    #[pyfunction(sig = "(str, errors=None, /)")]
    fn utf_32_be_encode(vm: &Vm, str: Gc<Str>, errors: Option<Name>) -> PyResult<(Value, usize)> {
        encode_32(vm, str, errors, ByteOrder::Big)
    }

    #[pyfunction(sig = "(data, errors=None, final=True, /)")]
    fn unicode_escape_decode(
        vm: &Vm,
        data: Value,
        errors: Option<Name>,
        last: bool,
    ) -> PyResult<(Gc<Str>, usize)> {
        let data = bytes_or_text(vm, data)?;
        let mut handler = ErrorHandler::for_decoding(vm, &data, errors);
        let (result, invalid) = unicode_escape::decode(&data, last, &mut handler)?;
        warn_invalid(vm, invalid)?;
        Ok(decoded(vm, result))
    }
    #[pyfunction(sig = "(str, errors=None, /)")]
    fn unicode_escape_encode(vm: &Vm, str: Gc<Str>, errors: Option<Name>) -> (Value, usize) {
        let _ = errors; // every character encodes
        encoded(vm, &unicode_escape::encode(str.units()), str)
    }
    #[pyfunction(sig = "(data, errors=None, final=True, /)")]
    fn raw_unicode_escape_decode(
        vm: &Vm,
        data: Value,
        errors: Option<Name>,
        last: bool,
    ) -> PyResult<(Gc<Str>, usize)> {
        let data = bytes_or_text(vm, data)?;
        let mut handler = ErrorHandler::for_decoding(vm, &data, errors);
        let result = unicode_escape::decode_raw(&data, last, &mut handler)?;
        Ok(decoded(vm, result))
    }
    #[pyfunction(sig = "(str, errors=None, /)")]
    fn raw_unicode_escape_encode(vm: &Vm, str: Gc<Str>, errors: Option<Name>) -> (Value, usize) {
        let _ = errors; // every character encodes
        encoded(vm, &unicode_escape::encode_raw(str.units()), str)
    }
    #[pyfunction(sig = "(data, errors=None, /)")]
    fn escape_decode(vm: &Vm, data: Value, errors: Option<Name>) -> PyResult<(Value, usize)> {
        let data = bytes_or_text(vm, data)?;
        let bad_hex = match errors {
            None => BadHex::Fail,
            Some(name) if name.eq_str("strict") => BadHex::Fail,
            Some(name) if name.eq_str("ignore") => BadHex::Ignore,
            Some(name) if name.eq_str("replace") => BadHex::Replace,
            Some(name) => {
                let name = name.to_string_lossy();
                let known = "decoding error; unknown error handling code:";
                return Err(vm.value_error(format!("{known} {name}")));
            }
        };
        let (bytes, invalid) =
            escape::decode(&data, bad_hex).map_err(|error| vm.value_error(error.message()))?;
        warn_invalid(vm, invalid)?;
        Ok((vm.new_bytes(&bytes), data.len()))
    }
    #[pyfunction(sig = "(data, errors=None, /)")]
    fn escape_encode(vm: &Vm, data: Gc<Bytes>, errors: Option<Name>) -> (Value, usize) {
        let _ = errors; // every byte encodes
        (vm.new_bytes(&escape::encode(&data)), data.len())
    }
    #[pyfunction(sig = "(data, errors=None, /)")]
    fn readbuffer_encode(vm: &Vm, data: Value, errors: Option<Name>) -> PyResult<(Value, usize)> {
        let _ = errors; // nothing can fail
        let bytes = bytes_or_text(vm, data)?;
        Ok((vm.new_bytes(&bytes), bytes.len()))
    }

    /// The map that charmap_encode() needs, from the string that charmap_decode() needs.
    #[pyfunction]
    fn charmap_build(vm: &Vm, map: Gc<Str>) -> PyResult {
        let class = vm.native_type(EncodingMap::TYPE_DEF)?;
        Ok(vm.new_native(class, EncodingMap { map: charmap::EncodingMap::new(map.units()) }).value())
    }
    #[pyfunction(sig = "(data, errors=None, mapping=None, /)")]
    fn charmap_decode(
        vm: &Vm,
        data: Buffer,
        errors: Option<Name>,
        mapping: Option<Value>,
    ) -> PyResult<(Gc<Str>, usize)> {
        let mut handler = ErrorHandler::for_decoding(vm, &data, errors);
        let result = match mapping.filter(|v| !v.is_none()) {
            None => byte::decode_latin1(&data),
            Some(mapping) => match mapping.downcast::<Str>() {
                Some(table) => charmap::decode_table(&data, table.units(), &mut handler)?,
                None => charmap::decode(&data, &mut handler, |byte| decode_by(vm, mapping, byte))?,
            },
        };
        Ok(decoded(vm, result))
    }
    #[pyfunction(sig = "(str, errors=None, mapping=None, /)")]
    fn charmap_encode(
        vm: &Vm,
        str: Gc<Str>,
        errors: Option<Name>,
        mapping: Option<Value>,
    ) -> PyResult<(Value, usize)> {
        let mut handler = ErrorHandler::for_encoding(vm, str, errors);
        let bytes = match mapping.filter(|v| !v.is_none()) {
            None => byte::encode_latin1(str.units(), &mut handler)?,
            Some(mapping) => match mapping.downcast::<Native<EncodingMap>>() {
                Some(table) => table.map.encode(str.units(), &mut handler)?,
                None => charmap::encode(str.units(), &mut handler, |c| encode_by(vm, mapping, c))?,
            },
        };
        Ok(encoded(vm, &bytes, str))
    }
}
