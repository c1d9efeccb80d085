//! `_lzma`: the formats xz, lzma and raw streams, over liblzma.

use super::lzma_filters::{Chain, specifier, u32_argument, unsigned, vli};
use super::lzma_stream::{Failure, Stream, check_is_supported, encode_properties, preset_options};
use super::{CHUNK, Feed};
use crate::buf::Buffer;
use crate::support::new_exception_class;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods, pymodule};
use liblzma_sys as x;
use std::cell::{Cell, RefCell};

const FORMAT_AUTO: i32 = 0;
const FORMAT_XZ: i32 = 1;
const FORMAT_ALONE: i32 = 2;
const FORMAT_RAW: i32 = 3;
/// The check of a stream that has not been looked at.
const CHECK_UNKNOWN: u32 = x::LZMA_CHECK_ID_MAX + 1;

/// The module.
#[pymodule(name = "_lzma", classes(super::LzmaCompressor, super::LzmaDecompressor))]
pub mod module {
    use super::*;

    /// Test whether the given integrity check is supported.
    ///
    /// Always returns True for CHECK_NONE and CHECK_CRC32.
    #[pyfunction(sig = "(check_id, /)")]
    fn is_check_supported(check_id: i32) -> bool {
        u32::try_from(check_id).is_ok_and(check_is_supported)
    }

    /// Return a bytes object encoding the options (properties) of the filter specified by *filter* (a dict).
    ///
    /// The result does not include the filter ID itself, only the options.
    #[pyfunction(name = "_encode_filter_properties", sig = "(filter, /)")]
    fn encode_filter_properties(vm: &Vm, filter: Value) -> PyResult {
        let chain = Chain::single(vm, filter)?;
        let bytes = encode_properties(&chain).map_err(|code| failure(vm, code))?;
        Ok(vm.new_bytes(&bytes))
    }

    /// Return a bytes object encoding the options (properties) of the filter specified by *filter* (a dict).
    ///
    /// The result does not include the filter ID itself, only the options.
    #[pyfunction(name = "_decode_filter_properties", sig = "(filter_id, encoded_props, /)")]
    fn decode_filter_properties(vm: &Vm, filter_id: Value, encoded_props: Buffer) -> PyResult<Gc<Dict>> {
        specifier(vm, vli(vm, filter_id)?, &encoded_props)
    }

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        let constants = [
            ("FORMAT_AUTO", i64::from(FORMAT_AUTO)),
            ("FORMAT_XZ", i64::from(FORMAT_XZ)),
            ("FORMAT_ALONE", i64::from(FORMAT_ALONE)),
            ("FORMAT_RAW", i64::from(FORMAT_RAW)),
            ("CHECK_NONE", 0),
            ("CHECK_CRC32", 1),
            ("CHECK_CRC64", 4),
            ("CHECK_SHA256", 10),
            ("CHECK_ID_MAX", i64::from(x::LZMA_CHECK_ID_MAX)),
            ("CHECK_UNKNOWN", i64::from(CHECK_UNKNOWN)),
            ("FILTER_LZMA1", x::LZMA_FILTER_LZMA1 as i64),
            ("FILTER_LZMA2", x::LZMA_FILTER_LZMA2 as i64),
            ("FILTER_DELTA", x::LZMA_FILTER_DELTA as i64),
            ("FILTER_X86", x::LZMA_FILTER_X86 as i64),
            ("FILTER_POWERPC", x::LZMA_FILTER_POWERPC as i64),
            ("FILTER_IA64", x::LZMA_FILTER_IA64 as i64),
            ("FILTER_ARM", x::LZMA_FILTER_ARM as i64),
            ("FILTER_ARMTHUMB", x::LZMA_FILTER_ARMTHUMB as i64),
            ("FILTER_SPARC", x::LZMA_FILTER_SPARC as i64),
            ("MF_HC3", 3),
            ("MF_HC4", 4),
            ("MF_BT2", 18),
            ("MF_BT3", 19),
            ("MF_BT4", 20),
            ("MODE_FAST", 1),
            ("MODE_NORMAL", 2),
            ("PRESET_DEFAULT", i64::from(x::LZMA_PRESET_DEFAULT)),
            ("PRESET_EXTREME", i64::from(x::LZMA_PRESET_EXTREME)),
        ];
        for (name, value) in constants {
            dict.insert_str(&vm.heap, vm.intern(name), vm.new_int(value));
        }
        dict.insert_str(&vm.heap, vm.intern("LZMAError"), lzma_error(vm)?.value());
        Ok(())
    }
}

fn lzma_error(vm: &Vm) -> PyResult<Gc<Type>> {
    let class = vm.registered("_lzma.LZMAError", |vm| {
        let class = new_exception_class(vm, "_lzma", "LZMAError", vm.exceptions.exception)?;
        vm.setattr(class, vm.names.__doc__, Some(vm.new_str("Call to liblzma failed.")))?;
        Ok(class)
    })?;
    Ok(class.downcast().expect("a class was registered"))
}

/// Raises LZMAError.
#[cold]
pub fn error(vm: &Vm, message: &str) -> Raised {
    match lzma_error(vm) {
        Ok(class) => vm.raise_message(class, message),
        Err(raised) => raised,
    }
}

/// Raises what the library reports.
#[cold]
pub fn failure(vm: &Vm, code: Failure) -> Raised {
    let message = match code {
        x::LZMA_UNSUPPORTED_CHECK => "Unsupported integrity check",
        x::LZMA_MEM_ERROR => return vm.out_of_memory(),
        x::LZMA_MEMLIMIT_ERROR => "Memory usage limit exceeded",
        x::LZMA_FORMAT_ERROR => "Input format not supported by decoder",
        x::LZMA_OPTIONS_ERROR => "Invalid or unsupported options",
        x::LZMA_DATA_ERROR => "Corrupt input data",
        x::LZMA_BUF_ERROR => "Insufficient buffer space",
        x::LZMA_PROG_ERROR => "Internal error",
        code => return error(vm, &format!("Unrecognized error from liblzma: {code}")),
    };
    error(vm, message)
}

/// LZMACompressor(format=FORMAT_XZ, check=-1, preset=None, filters=None)
///
/// Create a compressor object for compressing data incrementally.
///
/// format specifies the container format to use for the output. This can
/// be FORMAT_XZ (default), FORMAT_ALONE, or FORMAT_RAW.
///
/// check specifies the integrity check to use. For FORMAT_XZ, the default
/// is CHECK_CRC64. FORMAT_ALONE and FORMAT_RAW do not support integrity
/// checks; for these formats, check must be omitted, or be CHECK_NONE.
///
/// The settings used by the compressor can be specified either as a
/// preset compression level (with the 'preset' argument), or in detail
/// as a custom filter chain (with the 'filters' argument). For FORMAT_XZ
/// and FORMAT_ALONE, the default is to use the PRESET_DEFAULT preset
/// level. For FORMAT_RAW, the caller must always specify a filter chain;
/// the raw compressor does not support preset compression levels.
///
/// preset (if provided) should be an integer in the range 0-9, optionally
/// OR-ed with the constant PRESET_EXTREME.
///
/// filters (if provided) should be a sequence of dicts. Each dict should
/// have an entry for "id" indicating the ID of the filter, plus
/// additional entries for options to the filter.
///
/// For one-shot compression, use the compress() function instead.
#[pyclass(name = "LZMACompressor", module = "_lzma")]
#[derive(Trace)]
pub struct LzmaCompressor {
    #[trace(skip)]
    stream: RefCell<Stream>,
    flushed: Cell<bool>,
}

/// The encoder that the arguments of `LZMACompressor` describe.
fn encoder(
    vm: &Vm,
    format: i32,
    check: i32,
    preset: Option<u32>,
    filters: Option<Value>,
) -> PyResult<Stream> {
    let chain = match filters {
        Some(filters) => Some(Chain::from_specifiers(vm, filters)?),
        None => None,
    };
    let level = preset.unwrap_or(x::LZMA_PRESET_DEFAULT);
    let opened = match (format, chain) {
        (FORMAT_XZ, chain) => {
            let check = if check == -1 { x::LZMA_CHECK_CRC64 } else { check as u32 };
            match chain {
                None => Stream::easy_encoder(level, check),
                Some(chain) => Stream::encoder(&chain, check),
            }
        }
        (FORMAT_ALONE, None) => match preset_options(level) {
            Some(options) => Stream::alone_encoder(&options),
            None => return Err(error(vm, &format!("Invalid compression preset: {level}"))),
        },
        (FORMAT_ALONE, Some(chain)) => match chain.only_lzma1() {
            Some(options) => Stream::alone_encoder(options),
            None => {
                let message = "Invalid filter chain for FORMAT_ALONE - must be a single LZMA1 filter";
                return Err(vm.value_error(message));
            }
        },
        (_, Some(chain)) => Stream::raw_encoder(&chain),
        (_, None) => return Err(vm.value_error("Must specify filters for FORMAT_RAW")),
    };
    opened.map_err(|code| failure(vm, code))
}

#[pymethods]
impl LzmaCompressor {
    #[pynew(sig = "(format=1, check=-1, preset=None, filters=None)")]
    fn new(
        cls: Gc<Type>,
        vm: &Vm,
        format: i32,
        check: i32,
        preset: Option<Value>,
        filters: Option<Value>,
    ) -> PyResult {
        let preset = preset.filter(|preset| !preset.is_none());
        let filters = filters.filter(|filters| !filters.is_none());
        if preset.is_some() && filters.is_some() {
            return Err(vm.value_error("Cannot specify both preset and filter chain"));
        }
        if format != FORMAT_XZ && check != -1 && check != 0 {
            return Err(vm.value_error("Integrity checks are only supported by FORMAT_XZ"));
        }
        let preset = match preset {
            Some(preset) => Some(u32_argument(vm, preset)?),
            None => None,
        };
        if !matches!(format, FORMAT_XZ | FORMAT_ALONE | FORMAT_RAW) {
            return Err(vm.value_error(format!("Invalid container format: {format}")));
        }
        let stream = encoder(vm, format, check, preset, filters)?;
        let payload = LzmaCompressor { stream: RefCell::new(stream), flushed: Cell::new(false) };
        Ok(vm.new_native(cls, payload).value())
    }

    /// Provide data to the compressor object.
    ///
    /// Returns a chunk of compressed data if possible, or b'' otherwise.
    ///
    /// When you have finished providing data to the compressor, call the
    /// flush() method to finish the compression process.
    #[pymethod(sig = "($self, data, /)")]
    fn compress(&self, vm: &Vm, data: Buffer) -> PyResult {
        if self.flushed.get() {
            return Err(vm.value_error("Compressor has been flushed"));
        }
        self.run(vm, &data, false)
    }

    /// Finish the compression process.
    ///
    /// Returns the compressed data left in internal buffers.
    ///
    /// The compressor object may not be used after this method is called.
    #[pymethod(sig = "($self, /)")]
    fn flush(&self, vm: &Vm) -> PyResult {
        if self.flushed.replace(true) {
            return Err(vm.value_error("Repeated call to flush()"));
        }
        self.run(vm, b"", true)
    }
}

impl LzmaCompressor {
    fn run(&self, vm: &Vm, data: &[u8], finish: bool) -> PyResult {
        let mut stream = self.stream.borrow_mut();
        let (mut input, mut out) = (data, Vec::new());
        loop {
            out.reserve(CHUNK);
            let progress = stream.step(&mut input, &mut out, finish).map_err(|code| failure(vm, code))?;
            let full = out.len() == out.capacity();
            if progress.ended || (!finish && input.is_empty() && !full) {
                return Ok(vm.new_bytes(&out));
            }
        }
    }
}

/// Create a decompressor object for decompressing data incrementally.
///
///   format
///     Specifies the container format of the input stream.  If this is
///     FORMAT_AUTO (the default), the decompressor will automatically detect
///     whether the input is FORMAT_XZ or FORMAT_ALONE.  Streams created with
///     FORMAT_RAW cannot be autodetected.
///   memlimit
///     Limit the amount of memory used by the decompressor.  This will cause
///     decompression to fail if the input cannot be decompressed within the
///     given limit.
///   filters
///     A custom filter chain.  This argument is required for FORMAT_RAW, and
///     not accepted with any other format.  When provided, this should be a
///     sequence of dicts, each indicating the ID and options for a single
///     filter.
///
/// For one-shot decompression, use the decompress() function instead.
#[pyclass(name = "LZMADecompressor", module = "_lzma")]
#[derive(Trace)]
pub struct LzmaDecompressor {
    #[trace(skip)]
    stream: RefCell<Stream>,
    feed: Feed,
    check: Cell<u32>,
}

#[pymethods]
impl LzmaDecompressor {
    #[pynew(sig = "(format=0, memlimit=None, filters=None)")]
    fn new(cls: Gc<Type>, vm: &Vm, format: i32, memlimit: Option<Value>, filters: Option<Value>) -> PyResult {
        let filters = filters.filter(|filters| !filters.is_none());
        let limit = match memlimit.filter(|limit| !limit.is_none()) {
            None => u64::MAX,
            Some(_) if format == FORMAT_RAW => {
                return Err(vm.value_error("Cannot specify memory limit with FORMAT_RAW"));
            }
            Some(limit) => unsigned(vm, limit, "uint64_t")?,
        };
        if format == FORMAT_RAW && filters.is_none() {
            return Err(vm.value_error("Must specify filters for FORMAT_RAW"));
        }
        if format != FORMAT_RAW && filters.is_some() {
            return Err(vm.value_error("Cannot specify filters except with FORMAT_RAW"));
        }
        let opened = match (format, filters) {
            (FORMAT_AUTO, _) => Stream::auto_decoder(limit),
            (FORMAT_XZ, _) => Stream::decoder(limit),
            (FORMAT_ALONE, _) => Stream::alone_decoder(limit),
            (FORMAT_RAW, Some(filters)) => Stream::raw_decoder(&Chain::from_specifiers(vm, filters)?),
            _ => return Err(vm.value_error(format!("Invalid container format: {format}"))),
        };
        let stream = opened.map_err(|code| failure(vm, code))?;
        // Raw streams and the old format have no check.
        let checked = matches!(format, FORMAT_AUTO | FORMAT_XZ);
        let payload = LzmaDecompressor {
            stream: RefCell::new(stream),
            feed: Feed::new(),
            check: Cell::new(if checked { CHECK_UNKNOWN } else { 0 }),
        };
        Ok(vm.new_native(cls, payload).value())
    }

    /// Decompress *data*, returning uncompressed data as bytes.
    ///
    /// If *max_length* is nonnegative, returns at most *max_length* bytes of
    /// decompressed data.  If this limit is reached and further output can be
    /// produced, *self.needs_input* will be set to ``False``.  In this case, the next
    /// call to *decompress()* may provide *data* as b'' to obtain more of the output.
    ///
    /// If all of the input data was decompressed and returned (either because this
    /// was less than *max_length* bytes, or because *max_length* was negative),
    /// *self.needs_input* will be set to True.
    ///
    /// Attempting to decompress data after the end of stream is reached raises an
    /// EOFError.  Any data found after the end of the stream is ignored and saved in
    /// the unused_data attribute.
    #[pymethod(sig = "($self, /, data, max_length=-1)")]
    fn decompress(&self, vm: &Vm, data: Buffer, max_length: isize) -> PyResult {
        if self.feed.eof.get() {
            return Err(vm.eof_error("Already at end of stream"));
        }
        let mut stream = self.stream.borrow_mut();
        let result = self.feed.run(vm, &data, max_length, |input, out| {
            stream.step(input, out, false).map_err(|code| failure(vm, code))
        });
        if let Some(check) = stream.check() {
            self.check.set(check);
        }
        result
    }

    /// ID of the integrity check used by the input stream.
    #[pygetset]
    fn check(&self) -> u32 {
        self.check.get()
    }
    /// True if the end-of-stream marker has been reached.
    #[pygetset]
    fn eof(&self) -> bool {
        self.feed.eof.get()
    }
    /// True if more input is needed before more decompressed data can be produced.
    #[pygetset]
    fn needs_input(&self) -> bool {
        self.feed.needs_input()
    }
    /// Data found after the end of the compressed stream.
    #[pygetset]
    fn unused_data(&self, vm: &Vm) -> Value {
        self.feed.unused_data(vm)
    }
}
