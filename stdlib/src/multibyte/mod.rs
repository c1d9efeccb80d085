//! `_multibytecodec` and the modules of the CJK codecs: `_codecs_cn`, `_codecs_hk`, `_codecs_iso2022`, `_codecs_jp`, `_codecs_kr`
//! and `_codecs_tw`.
//!
//! * [`tables`]: the characters, packed
//! * [`codec`]: what a codec is, and the loops over text and bytes
//! * [`chinese`], [`iso2022`], [`japanese`], [`korean`]: the steps of the codecs
//! * [`incremental`], [`stream`]: the classes that keep state
//!
//! The Python half (`encodings.cp932` ...) derives its classes from those here and gives them the codec as attribute `codec`.

mod chinese;
mod codec;
mod incremental;
mod iso2022;
mod japanese;
mod korean;
mod stream;
mod tables;

use adder_interp::buffer::Buffer;
use adder_interp::codecs::handlers::ErrorHandler;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pyfunction, pymethods, pymodule};
use codec::{Codec, Family};

/// A codec as Python sees it.
#[pyclass(name = "MultibyteCodec", module = "_multibytecodec", no_constructor)]
#[derive(Trace)]
pub struct MultibyteCodec {
    #[trace(skip)]
    codec: Codec,
}

#[pymethods]
impl MultibyteCodec {
    /// Return an encoded string version of 'input'.
    ///
    /// 'errors' may be given to set a different error handling scheme. Default is
    /// 'strict' meaning that encoding errors raise a UnicodeEncodeError. Other possible
    /// values are 'ignore', 'replace' and 'xmlcharrefreplace' as well as any other name
    /// registered with codecs.register_error that can handle UnicodeEncodeErrors.
    #[pymethod(sig = "(input, errors=None)")]
    fn encode(&self, vm: &Vm, input: Value, errors: Option<Gc<Str>>) -> PyResult<(Value, usize)> {
        let text = text_of(vm, input)?;
        let mut handler = ErrorHandler::for_encoding(vm, text, errors).with_index_errors();
        let mut state = self.codec.initial_state(false);
        let (bytes, used) = self.codec.encode(&mut state, text.units(), true, &mut handler)?;
        Ok((vm.new_bytes(&bytes), used))
    }

    /// Decodes 'input'.
    ///
    /// 'errors' may be given to set a different error handling scheme. Default is
    /// 'strict' meaning that encoding errors raise a UnicodeDecodeError. Other possible
    /// values are 'ignore' and 'replace' as well as any other name registered with
    /// codecs.register_error that is able to handle UnicodeDecodeErrors."
    #[pymethod(sig = "(input, errors=None)")]
    fn decode(&self, vm: &Vm, input: Value, errors: Option<Gc<Str>>) -> PyResult<(Gc<Str>, usize)> {
        let input = Buffer::simple(vm, input)?.to_vec();
        let mut handler = ErrorHandler::for_decoding(vm, &input, errors).with_index_errors();
        let mut state = self.codec.initial_state(true);
        let (text, used) = self.codec.decode(&mut state, &input, true, &mut handler)?;
        Ok((vm.str_of_buf(text), used))
    }
}

/// What encoders encode: text, or that of any object.
fn text_of(vm: &Vm, input: Value) -> PyResult<Gc<Str>> {
    match input.downcast::<Str>() {
        Some(text) => Ok(text),
        None => vm.str_of(input),
    }
}

/// The codec that a class has as its attribute.
fn codec_of(vm: &Vm, class: Gc<Type>) -> PyResult<Codec> {
    let codec = vm.getattr_str(class.value(), "codec")?;
    match codec.downcast::<Native<MultibyteCodec>>() {
        Some(codec) => Ok(codec.codec),
        None => Err(vm.type_error("codec is unexpected type")),
    }
}

fn find_codec(vm: &Vm, family: Family, encoding: Value) -> PyResult<Gc<Native<MultibyteCodec>>> {
    let Some(encoding) = encoding.downcast::<Str>() else {
        return Err(vm.type_error("encoding name must be a string."));
    };
    match Codec::find(&encoding.to_string_lossy(), family) {
        Some(codec) => {
            let class = vm.native_type(MultibyteCodec::TYPE_DEF)?;
            Ok(vm.new_native(class, MultibyteCodec { codec }))
        }
        None => Err(vm.lookup_error("no such codec is supported.")),
    }
}

#[pyfunction(module = "_multibytecodec", name = "__create_codec")]
fn create_codec(vm: &Vm, codec: Value) -> PyResult {
    let _ = codec;
    Err(vm.value_error("argument type invalid"))
}

#[pymodule(
    name = "_multibytecodec",
    functions(super::create_codec),
    classes(
        super::incremental::MultibyteIncrementalEncoder,
        super::incremental::MultibyteIncrementalDecoder,
        super::stream::MultibyteStreamReader,
        super::stream::MultibyteStreamWriter
    )
)]
pub mod base {}

#[pymodule(name = "_codecs_cn")]
pub mod china {
    use super::*;
    #[pyfunction]
    fn getcodec(vm: &Vm, encoding: Value) -> PyResult<Gc<Native<MultibyteCodec>>> {
        find_codec(vm, Family::China, encoding)
    }
}

#[pymodule(name = "_codecs_hk")]
pub mod hong_kong {
    use super::*;
    #[pyfunction]
    fn getcodec(vm: &Vm, encoding: Value) -> PyResult<Gc<Native<MultibyteCodec>>> {
        find_codec(vm, Family::HongKong, encoding)
    }
}

#[pymodule(name = "_codecs_iso2022")]
pub mod escapes {
    use super::*;
    #[pyfunction]
    fn getcodec(vm: &Vm, encoding: Value) -> PyResult<Gc<Native<MultibyteCodec>>> {
        find_codec(vm, Family::Iso2022, encoding)
    }
}

#[pymodule(name = "_codecs_jp")]
pub mod japan {
    use super::*;
    #[pyfunction]
    fn getcodec(vm: &Vm, encoding: Value) -> PyResult<Gc<Native<MultibyteCodec>>> {
        find_codec(vm, Family::Japan, encoding)
    }
}

#[pymodule(name = "_codecs_kr")]
pub mod korea {
    use super::*;
    #[pyfunction]
    fn getcodec(vm: &Vm, encoding: Value) -> PyResult<Gc<Native<MultibyteCodec>>> {
        find_codec(vm, Family::Korea, encoding)
    }
}

#[pymodule(name = "_codecs_tw")]
pub mod taiwan {
    use super::*;
    #[pyfunction]
    fn getcodec(vm: &Vm, encoding: Value) -> PyResult<Gc<Native<MultibyteCodec>>> {
        find_codec(vm, Family::Taiwan, encoding)
    }
}
