//! Text encodings: `str.encode`, `bytes.decode`, the registry behind `codecs.lookup`, and error handlers.
//!
//! The encodings that every program uses (UTF-8, ASCII, Latin-1, UTF-16, UTF-32) are recognised by name and never reach
//! the registry, so that a program that uses no others does not import `encodings`.
//!
//! * [`registry`]: search functions and the cache of codecs
//! * [`handlers`]: error handlers, Python's and the built-in ones
//! * [`errors`]: making and reading Unicode exceptions

pub mod errors;
pub mod handlers;
pub mod registry;

use crate::buffer::Buffer;
use crate::native::args::type_name;
use crate::object::bytes::Bytes;
use crate::object::header::Gc;
use crate::object::str::Str;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use adder_text::codecs::{ByteOrder, byte, utf8, utf16, utf32};
use handlers::ErrorHandler;

/// An encoding with a short way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    Utf8,
    Utf16(ByteOrder),
    Utf32(ByteOrder),
    Ascii,
    Latin1,
}

impl Encoding {
    /// By name, as [`registry::normalize`]d.
    fn from_normalized(name: &str) -> Option<Encoding> {
        Some(match name {
            "utf_8" | "utf8" => Encoding::Utf8,
            "ascii" | "us_ascii" => Encoding::Ascii,
            "latin1" | "latin_1" | "iso_8859_1" | "iso8859_1" => Encoding::Latin1,
            "utf_16" | "utf16" => Encoding::Utf16(ByteOrder::Mark),
            "utf_16_le" | "utf_16le" => Encoding::Utf16(ByteOrder::Little),
            "utf_16_be" | "utf_16be" => Encoding::Utf16(ByteOrder::Big),
            "utf_32" | "utf32" => Encoding::Utf32(ByteOrder::Mark),
            "utf_32_le" | "utf_32le" => Encoding::Utf32(ByteOrder::Little),
            "utf_32_be" | "utf_32be" => Encoding::Utf32(ByteOrder::Big),
            _ => return None,
        })
    }

    /// By any spelling of its name.
    pub fn from_name(name: &Str) -> Option<Encoding> {
        match name.as_ascii()? {
            "utf-8" | "utf8" | "UTF-8" => Some(Encoding::Utf8),
            text if text.len() > 16 => None,
            text => Encoding::from_normalized(&registry::normalize(text)),
        }
    }
}

/// Names in C are C strings: they cannot contain a null character.
fn no_null(vm: &Vm, name: Option<Gc<Str>>) -> PyResult<()> {
    match name {
        Some(name) if name.units().iter().any(|c| c == 0) => Err(vm.value_error("embedded null character")),
        _ => Ok(()),
    }
}

/// `text.encode(encoding, errors)`.
pub fn encode_str(vm: &Vm, text: Gc<Str>, encoding: Option<Gc<Str>>, errors: Option<Gc<Str>>) -> PyResult {
    no_null(vm, encoding)?;
    no_null(vm, errors)?;
    let known = match encoding {
        None => Some(Encoding::Utf8),
        Some(name) => Encoding::from_name(&name),
    };
    if let Some(known) = known {
        return encode_known(vm, text, known, errors);
    }
    let name = encoding.expect("the default encoding is known");
    let result = registry::encode_text(vm, text, name, errors)?;
    if result.is::<Bytes>() {
        return Ok(result);
    }
    if let Some(array) = result.downcast::<crate::object::bytearray::ByteArray>() {
        return Ok(vm.new_bytes(&array.to_vec()));
    }
    let (name, given) = (name.to_string_lossy(), type_name(vm, result));
    Err(vm.type_error(format!(
        "'{name}' encoder returned '{given}' instead of 'bytes'; use codecs.encode() to encode to arbitrary types"
    )))
}

/// Encodes with one of the built-in encodings.
pub fn encode_known(vm: &Vm, text: Gc<Str>, encoding: Encoding, errors: Option<Gc<Str>>) -> PyResult {
    let units = text.as_ref().units();
    if text.is_ascii() && matches!(encoding, Encoding::Utf8 | Encoding::Ascii | Encoding::Latin1) {
        return Ok(vm.new_bytes(text.as_ref().unit_bytes()));
    }
    let mut handler = ErrorHandler::for_encoding(vm, text, errors);
    let bytes = match encoding {
        Encoding::Utf8 => utf8::encode(units, &mut handler)?,
        Encoding::Ascii => byte::encode_ascii(units, &mut handler)?,
        Encoding::Latin1 => byte::encode_latin1(units, &mut handler)?,
        Encoding::Utf16(order) => utf16::encode(units, order, &mut handler)?,
        Encoding::Utf32(order) => utf32::encode(units, order, &mut handler)?,
    };
    Ok(vm.new_bytes(&bytes))
}

/// `str(object, encoding, errors)`.
pub fn decode_object(
    vm: &Vm,
    object: Value,
    encoding: Option<Gc<Str>>,
    errors: Option<Gc<Str>>,
) -> PyResult<Gc<Str>> {
    no_null(vm, encoding)?;
    no_null(vm, errors)?;
    if object.is::<Str>() {
        return Err(vm.type_error("decoding str is not supported"));
    }
    if !crate::buffer::supports(vm, object) {
        let given = type_name(vm, object);
        return Err(vm.type_error(format!("decoding to str: need a bytes-like object, {given} found")));
    }
    decode(vm, object, encoding, errors)
}

/// `data.decode(encoding, errors)` for any bytes-like object.
pub fn decode(vm: &Vm, data: Value, encoding: Option<Gc<Str>>, errors: Option<Gc<Str>>) -> PyResult<Gc<Str>> {
    no_null(vm, encoding)?;
    no_null(vm, errors)?;
    let known = match encoding {
        None => Some(Encoding::Utf8),
        Some(name) => Encoding::from_name(&name),
    };
    if let Some(known) = known {
        let buffer = Buffer::simple(vm, data)?;
        return decode_known(vm, &buffer, known, errors);
    }
    let name = encoding.expect("the default encoding is known");
    // Codecs of the registry get something to hold on to.
    let input = if data.is::<Bytes>() { data } else { vm.new_bytes(&Buffer::simple(vm, data)?) };
    let result = registry::decode_text(vm, input, name, errors)?;
    match result.downcast::<Str>() {
        Some(text) => Ok(text),
        None => {
            let (name, given) = (name.to_string_lossy(), type_name(vm, result));
            Err(vm.type_error(format!(
                "'{name}' decoder returned '{given}' instead of 'str'; use codecs.decode() to decode to arbitrary types"
            )))
        }
    }
}

/// Decodes with one of the built-in encodings.
pub fn decode_known(vm: &Vm, input: &[u8], encoding: Encoding, errors: Option<Gc<Str>>) -> PyResult<Gc<Str>> {
    if input.is_empty() {
        return Ok(vm.empty_str);
    }
    if matches!(encoding, Encoding::Utf8 | Encoding::Ascii | Encoding::Latin1) && input.is_ascii() {
        return Ok(vm.str_of_units(adder_text::units::UnitsRef::ascii(input)));
    }
    if encoding == Encoding::Latin1 {
        return Ok(vm.str_of_slice(adder_text::units::UnitsRef::Latin1 { units: input, ascii: false }));
    }
    let mut handler = ErrorHandler::for_decoding(vm, input, errors);
    let decoded = match encoding {
        Encoding::Utf8 => utf8::decode(input, true, &mut handler)?,
        Encoding::Ascii | Encoding::Latin1 => byte::decode_ascii(input, &mut handler)?,
        Encoding::Utf16(order) => utf16::decode(input, order, true, &mut handler)?.0,
        Encoding::Utf32(order) => utf32::decode(input, order, true, &mut handler)?.0,
    };
    Ok(vm.str_of_buf(decoded.text))
}

impl Vm {
    /// Text of UTF-8 bytes, UnicodeDecodeError if they are not.
    pub fn decode_utf8(&self, bytes: &[u8]) -> PyResult<Gc<Str>> {
        decode_known(self, bytes, Encoding::Utf8, None)
    }
    /// UTF-8 of a text, UnicodeEncodeError if it has lone surrogates.
    pub fn encode_utf8(&self, text: Gc<Str>) -> PyResult<Vec<u8>> {
        if text.is_ascii() {
            return Ok(text.unit_bytes().to_vec());
        }
        utf8::encode(text.as_ref().units(), &mut ErrorHandler::for_encoding(self, text, None))
    }
    /// Text of a path, argument or environment variable: undecodable bytes become lone surrogates.
    pub fn decode_fs(&self, bytes: &[u8]) -> Gc<Str> {
        use adder_text::codecs::{Policy, WithPolicy};
        let decoded = utf8::decode(bytes, true, &mut WithPolicy(Policy::SurrogateEscape));
        self.str_of_buf(decoded.expect("any byte that is not UTF-8 escapes").text)
    }
    /// The bytes of a path, argument or environment variable.
    pub fn encode_fs(&self, text: Gc<Str>) -> PyResult<Vec<u8>> {
        let errors = self.intern("surrogateescape");
        utf8::encode(text.as_ref().units(), &mut ErrorHandler::for_encoding(self, text, Some(errors)))
    }
}
