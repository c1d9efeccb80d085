//! `MultibyteIncrementalEncoder` and `MultibyteIncrementalDecoder`: codecs that are fed piece by piece.
//!
//! Characters and bytes that the next piece decides about are held back; an error leaves them as they were.

use super::codec::{Codec, State};
use super::{codec_of, text_of};
use adder_interp::buffer::Buffer;
use adder_interp::codecs::handlers::ErrorHandler;
use adder_interp::native::args::type_name;
use adder_interp::object::bytes::Bytes;
use adder_interp::object::header::Gc;
use adder_interp::object::int::as_int;
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::object::tuple::Tuple;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use adder_numeric::int_bytes::ByteOrder;
use adder_text::codecs::utf8;
use adder_text::units::StrBuilder;
use std::cell::{Cell, RefCell};

/// Most characters and bytes that are held back.
const MAX_HELD_CHARACTERS: usize = 2;
const MAX_HELD_BYTES: usize = 8;

/// A codec with what it keeps between two calls, and how it handles errors.
#[derive(Trace)]
pub struct Kept {
    #[trace(skip)]
    codec: Codec,
    #[trace(skip)]
    state: Cell<State>,
    /// Code points of encoders, bytes of decoders.
    #[trace(skip)]
    held: RefCell<Vec<u32>>,
    errors: Cell<Gc<Str>>,
}

impl Kept {
    /// For an instance of a class, which names the codec.
    pub fn new(vm: &Vm, class: Gc<Type>, errors: Option<Gc<Str>>, decoding: bool) -> PyResult<Kept> {
        let codec = codec_of(vm, class)?;
        let state = Cell::new(codec.initial_state(decoding));
        let errors = Cell::new(errors.unwrap_or_else(|| vm.intern("strict")));
        Ok(Kept { codec, state, held: RefCell::default(), errors })
    }

    pub fn errors(&self) -> Gc<Str> {
        self.errors.get()
    }

    /// The attribute `errors` is set, or deleted.
    pub fn set_errors(&self, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        match value.map(|v| v.downcast::<Str>()) {
            None => Err(vm.attribute_error("cannot delete attribute")),
            Some(None) => Err(vm.type_error("errors must be a string")),
            Some(Some(errors)) => {
                self.errors.set(errors);
                Ok(())
            }
        }
    }

    fn held_bytes(&self) -> Vec<u8> {
        self.held.borrow().iter().map(|&b| b as u8).collect()
    }

    fn hold_bytes(&self, bytes: &[u8]) {
        *self.held.borrow_mut() = bytes.iter().map(|&b| u32::from(b)).collect();
    }

    pub fn has_held(&self) -> bool {
        !self.held.borrow().is_empty()
    }

    /// Encodes what is held and `text`.
    pub fn encode(&self, vm: &Vm, text: Gc<Str>, last: bool) -> PyResult<Vec<u8>> {
        let text = match &self.held.borrow()[..] {
            [] => text,
            held => {
                let mut all = StrBuilder::new();
                held.iter().for_each(|&c| all.push(c));
                all.push_units(text.units());
                vm.str_of_buf(all.finish())
            }
        };
        let mut handler = ErrorHandler::for_encoding(vm, text, Some(self.errors.get())).with_index_errors();
        let mut state = self.state.get();
        let result = self.codec.encode(&mut state, text.units(), last, &mut handler);
        self.state.set(state);
        let (bytes, used) = result?;
        if text.len() - used > MAX_HELD_CHARACTERS {
            return Err(vm.unicode_error("pending buffer overflow"));
        }
        *self.held.borrow_mut() = text.units().slice(used..text.len()).iter().collect();
        Ok(bytes)
    }

    /// Decodes what is held and `input`.
    pub fn decode(&self, vm: &Vm, input: &[u8], last: bool) -> PyResult<Gc<Str>> {
        let mut all = self.held_bytes();
        all.extend_from_slice(input);
        let mut handler = ErrorHandler::for_decoding(vm, &all, Some(self.errors.get())).with_index_errors();
        let mut state = self.state.get();
        let result = self.codec.decode(&mut state, &all, last, &mut handler);
        self.state.set(state);
        let (text, used) = result?;
        let rest = &all[used.min(all.len())..];
        if rest.len() > MAX_HELD_BYTES {
            return Err(vm.unicode_error("pending buffer overflow"));
        }
        self.hold_bytes(rest);
        Ok(vm.str_of_buf(text))
    }

    /// Forgets what is held; an encoder's state goes back to the initial one.
    pub fn reset_encoder(&self) {
        let mut state = self.state.get();
        self.codec.reset(&mut state, &mut Vec::new());
        self.state.set(state);
        self.held.borrow_mut().clear();
    }

    pub fn reset_decoder(&self) {
        if let Codec::Iso2022(_) | Codec::Hz = self.codec {
            self.state.set(self.codec.initial_state(true));
        }
        self.held.borrow_mut().clear();
    }
}

fn little_endian(vm: &Vm, bytes: &[u8]) -> Value {
    vm.new_int_from(adder_numeric::int_bytes::from_bytes(bytes, ByteOrder::Little, false))
}

/// The bytes of an unsigned int, lowest first.
fn bytes_of<const N: usize>(vm: &Vm, number: Value) -> PyResult<[u8; N]> {
    let index = vm.index(number)?;
    let bytes = adder_numeric::int_bytes::to_bytes(&index.to_int(), N, ByteOrder::Little, false);
    let bytes = crate::support::numeric(vm, bytes)?;
    Ok(bytes.try_into().expect("as many bytes as were asked for"))
}

#[pyclass(name = "MultibyteIncrementalEncoder", module = "_multibytecodec", subclassable)]
#[derive(Trace)]
pub struct MultibyteIncrementalEncoder {
    kept: Kept,
}

#[pymethods]
impl MultibyteIncrementalEncoder {
    #[pynew(sig = "(errors='strict')")]
    fn __new__(cls: Gc<Type>, vm: &Vm, errors: Option<Gc<Str>>) -> PyResult<Gc<Native<Self>>> {
        let kept = Kept::new(vm, cls, errors, false)?;
        Ok(vm.new_native(cls, MultibyteIncrementalEncoder { kept }))
    }

    #[pymethod(sig = "(*args, **kwargs)")]
    fn __init__(_this: Gc<Native<MultibyteIncrementalEncoder>>, args: adder_interp::native::Args<'_>) {
        let _ = args;
    }

    #[pymethod(sig = "(input, final=False)")]
    fn encode(&self, vm: &Vm, input: Value, last: bool) -> PyResult {
        let text = text_of(vm, input)?;
        Ok(vm.new_bytes(&self.kept.encode(vm, text, last)?))
    }

    #[pymethod]
    fn reset(&self) {
        self.kept.reset_encoder();
    }

    /// The length of what is held, what is held in UTF-8, and the state, as the bytes of an int.
    #[pymethod]
    fn getstate(&self, vm: &Vm) -> PyResult {
        let mut held = StrBuilder::new();
        self.kept.held.borrow().iter().for_each(|&c| held.push(c));
        let held = vm.encode_utf8(vm.str_of_buf(held.finish()))?;
        let bytes = [&[held.len() as u8], &held[..], &self.kept.state.get()[..]].concat();
        Ok(little_endian(vm, &bytes))
    }

    #[pymethod]
    fn setstate(&self, vm: &Vm, state: Value) -> PyResult<()> {
        const SIZE: usize = 1 + 4 * MAX_HELD_CHARACTERS + 8;
        if as_int(state).is_none() {
            let given = type_name(vm, state);
            return Err(vm.type_error(format!("setstate() argument must be int, not {given}")));
        }
        let bytes: [u8; SIZE] = bytes_of(vm, state)?;
        let len = bytes[0] as usize;
        if len > 4 * MAX_HELD_CHARACTERS {
            return Err(vm.unicode_error("pending buffer too large"));
        }
        let held = &bytes[1..1 + len];
        let mut handler = ErrorHandler::for_decoding(vm, held, None);
        let text = utf8::decode(held, true, &mut handler)?.text;
        let state = bytes[1 + len..1 + len + 8].try_into().expect("eight bytes");
        self.kept.state.set(state);
        *self.kept.held.borrow_mut() = text.as_units().iter().collect();
        Ok(())
    }

    #[pygetset]
    fn errors(&self) -> Gc<Str> {
        self.kept.errors()
    }
    #[pygetset(setter = "errors")]
    fn set_errors(&self, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        self.kept.set_errors(vm, value)
    }
}

#[pyclass(name = "MultibyteIncrementalDecoder", module = "_multibytecodec", subclassable)]
#[derive(Trace)]
pub struct MultibyteIncrementalDecoder {
    kept: Kept,
}

#[pymethods]
impl MultibyteIncrementalDecoder {
    #[pynew(sig = "(errors='strict')")]
    fn __new__(cls: Gc<Type>, vm: &Vm, errors: Option<Gc<Str>>) -> PyResult<Gc<Native<Self>>> {
        let kept = Kept::new(vm, cls, errors, true)?;
        Ok(vm.new_native(cls, MultibyteIncrementalDecoder { kept }))
    }

    #[pymethod(sig = "(*args, **kwargs)")]
    fn __init__(_this: Gc<Native<MultibyteIncrementalDecoder>>, args: adder_interp::native::Args<'_>) {
        let _ = args;
    }

    #[pymethod(sig = "(input, final=False)")]
    fn decode(&self, vm: &Vm, input: Value, last: bool) -> PyResult<Gc<Str>> {
        let input = Buffer::simple(vm, input)?.to_vec();
        self.kept.decode(vm, &input, last)
    }

    #[pymethod]
    fn reset(&self) {
        self.kept.reset_decoder();
    }

    #[pymethod]
    fn getstate(&self, vm: &Vm) -> (Value, Value) {
        (vm.new_bytes(&self.kept.held_bytes()), little_endian(vm, &self.kept.state.get()))
    }

    #[pymethod]
    fn setstate(&self, vm: &Vm, state: Value) -> PyResult<()> {
        let Some(parts) = state.downcast::<Tuple>() else {
            let given = type_name(vm, state);
            return Err(vm.type_error(format!("setstate() argument must be tuple, not {given}")));
        };
        let (held, number) = match parts[..] {
            [held, number] => (held.downcast::<Bytes>(), number),
            _ => (None, Value::none()),
        };
        let (Some(held), true) = (held, as_int(number).is_some()) else {
            return Err(vm.type_error("setstate(): illegal state argument"));
        };
        let number: [u8; 8] = bytes_of(vm, number)?;
        if held.len() > MAX_HELD_BYTES {
            use adder_text::codecs::{DecodeError, DecodeHandler};
            let error = DecodeError {
                encoding: self.kept.codec.name(),
                start: 0,
                end: held.len(),
                reason: "pending buffer too large",
            };
            let bytes = held.to_vec();
            return ErrorHandler::for_decoding(vm, &bytes, None).handle(error, &bytes).map(drop);
        }
        self.kept.hold_bytes(&held);
        self.kept.state.set(number);
        Ok(())
    }

    #[pygetset]
    fn errors(&self) -> Gc<Str> {
        self.kept.errors()
    }
    #[pygetset(setter = "errors")]
    fn set_errors(&self, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        self.kept.set_errors(vm, value)
    }
}
