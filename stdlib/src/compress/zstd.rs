//! `_zstd`: Zstandard, over the reference library.

use super::zstd_stream::{Compressor, Decompressor, FrameInfo, Use, bounds, version, version_number};
use super::{CHUNK, Feed, zstd_stream};
use crate::buf::Buffer;
use crate::support::new_exception_class;
use adder_interp::object::bytes::Bytes;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::int::as_int;
use adder_interp::object::native::Native;
use adder_interp::object::tuple::Tuple;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods, pymodule};
use std::cell::{Cell, RefCell};

const COMPRESSION_LEVEL: i32 = 100;
const DEFAULT_LEVEL: i32 = 3;
/// A content size that means "unknown".
const UNKNOWN_SIZE: u64 = u64::MAX;

const CONTINUE: i32 = 0;
const FLUSH_BLOCK: i32 = 1;
const FLUSH_FRAME: i32 = 2;

/// Numbers and names of parameters: of the constants, and as errors name them.
const COMPRESSION_PARAMETERS: &[(i32, &str, &str)] = &[
    (100, "ZSTD_c_compressionLevel", "compression_level"),
    (101, "ZSTD_c_windowLog", "window_log"),
    (102, "ZSTD_c_hashLog", "hash_log"),
    (103, "ZSTD_c_chainLog", "chain_log"),
    (104, "ZSTD_c_searchLog", "search_log"),
    (105, "ZSTD_c_minMatch", "min_match"),
    (106, "ZSTD_c_targetLength", "target_length"),
    (107, "ZSTD_c_strategy", "strategy"),
    (160, "ZSTD_c_enableLongDistanceMatching", "enable_long_distance_matching"),
    (161, "ZSTD_c_ldmHashLog", "ldm_hash_log"),
    (162, "ZSTD_c_ldmMinMatch", "ldm_min_match"),
    (163, "ZSTD_c_ldmBucketSizeLog", "ldm_bucket_size_log"),
    (164, "ZSTD_c_ldmHashRateLog", "ldm_hash_rate_log"),
    (200, "ZSTD_c_contentSizeFlag", "content_size_flag"),
    (201, "ZSTD_c_checksumFlag", "checksum_flag"),
    (202, "ZSTD_c_dictIDFlag", "dict_id_flag"),
    (400, "ZSTD_c_nbWorkers", "nb_workers"),
    (401, "ZSTD_c_jobSize", "job_size"),
    (402, "ZSTD_c_overlapLog", "overlap_log"),
];
const DECOMPRESSION_PARAMETERS: &[(i32, &str, &str)] = &[(100, "ZSTD_d_windowLogMax", "window_log_max")];
const STRATEGIES: &[&str] =
    &["fast", "dfast", "greedy", "lazy", "lazy2", "btlazy2", "btopt", "btultra", "btultra2"];

/// Where `set_parameter_types` keeps the enums of Python's half.
const PARAMETER_TYPES: &str = "_zstd parameter types";

/// Implementation module for Zstandard compression.
#[pymodule(name = "_zstd", classes(super::ZstdCompressor, super::ZstdDecompressor, super::ZstdDict))]
pub mod module {
    use super::*;

    /// Train a Zstandard dictionary on sample data.
    ///
    ///   samples_bytes
    ///     Concatenation of samples.
    ///   samples_sizes
    ///     Tuple of samples' sizes.
    ///   dict_size
    ///     The size of the dictionary.
    #[pyfunction(sig = "(samples_bytes, samples_sizes, dict_size, /)")]
    fn train_dict(vm: &Vm, samples_bytes: Gc<Bytes>, samples_sizes: Gc<Tuple>, dict_size: isize) -> PyResult {
        let capacity = capacity(vm, dict_size)?;
        let sizes = sample_sizes(vm, samples_sizes, samples_bytes.len())?;
        match zstd_stream::train(&samples_bytes, &sizes, capacity) {
            Ok(dictionary) => Ok(vm.new_bytes(&dictionary)),
            Err(what) => Err(error(vm, &format!("Unable to train the Zstandard dictionary: {what}"))),
        }
    }

    /// Finalize a Zstandard dictionary.
    ///
    ///   custom_dict_bytes
    ///     Custom dictionary content.
    ///   samples_bytes
    ///     Concatenation of samples.
    ///   samples_sizes
    ///     Tuple of samples' sizes.
    ///   dict_size
    ///     The size of the dictionary.
    ///   compression_level
    ///     Optimize for a specific Zstandard compression level, 0 means default.
    #[pyfunction(sig = "(custom_dict_bytes, samples_bytes, samples_sizes, dict_size, compression_level, /)")]
    fn finalize_dict(
        vm: &Vm,
        custom_dict_bytes: Gc<Bytes>,
        samples_bytes: Gc<Bytes>,
        samples_sizes: Gc<Tuple>,
        dict_size: isize,
        compression_level: i32,
    ) -> PyResult {
        let capacity = capacity(vm, dict_size)?;
        let sizes = sample_sizes(vm, samples_sizes, samples_bytes.len())?;
        let (content, samples) = (&custom_dict_bytes[..], &samples_bytes[..]);
        match zstd_stream::finalize(content, samples, &sizes, capacity, compression_level) {
            Ok(dictionary) => Ok(vm.new_bytes(&dictionary)),
            Err(what) => Err(error(vm, &format!("Unable to finalize the Zstandard dictionary: {what}"))),
        }
    }

    /// Get CompressionParameter/DecompressionParameter bounds.
    ///
    ///   parameter
    ///     The parameter to get bounds.
    ///   is_compress
    ///     True for CompressionParameter, False for DecompressionParameter.
    #[pyfunction(sig = "(parameter, is_compress)")]
    fn get_param_bounds(vm: &Vm, parameter: i32, is_compress: bool) -> PyResult<(i32, i32)> {
        bounds(parameter, is_compress).map_err(|what| {
            let kind = if is_compress { "compression" } else { "decompression" };
            error(vm, &format!("Unable to get zstd {kind} parameter bounds: {what}"))
        })
    }

    /// Get the size of a Zstandard frame, including the header and optional checksum.
    ///
    ///   frame_buffer
    ///     A bytes-like object, it should start from the beginning of a frame,
    ///     and contains at least one complete frame.
    #[pyfunction(sig = "(frame_buffer)")]
    fn get_frame_size(vm: &Vm, frame_buffer: Buffer) -> PyResult<usize> {
        zstd_stream::frame_size(&frame_buffer).map_err(|what| {
            let message = "Error when finding the compressed size of a Zstandard frame. Ensure the frame_buffer \
                 argument starts from the beginning of a frame, and its length is not less than this \
                 complete frame. Zstd error message:";
            error(vm, &format!("{message} {what}."))
        })
    }

    /// Get Zstandard frame infomation from a frame header.
    ///
    ///   frame_buffer
    ///     A bytes-like object, containing the header of a Zstandard frame.
    #[pyfunction(sig = "(frame_buffer)")]
    fn get_frame_info(vm: &Vm, frame_buffer: Buffer) -> PyResult<(Option<u64>, u32)> {
        match zstd_stream::frame_info(&frame_buffer) {
            FrameInfo::Sized(size, id) => Ok((Some(size), id)),
            FrameInfo::UnknownSize(id) => Ok((None, id)),
            FrameInfo::Unreadable => Err(error(
                vm,
                "Error when getting information from the header of a Zstandard frame. Ensure the frame_buffer \
                 argument starts from the beginning of a frame, and its length is not less than the frame \
                 header (6~18 bytes).",
            )),
        }
    }

    /// Set CompressionParameter and DecompressionParameter types for validity check.
    ///
    ///   c_parameter_type
    ///     CompressionParameter IntEnum type object
    ///   d_parameter_type
    ///     DecompressionParameter IntEnum type object
    #[pyfunction(sig = "(c_parameter_type, d_parameter_type)")]
    fn set_parameter_types(vm: &Vm, c_parameter_type: Gc<Type>, d_parameter_type: Gc<Type>) {
        let pair = vm.new_tuple(&[c_parameter_type.value(), d_parameter_type.value()]);
        vm.registry.borrow_mut().insert(PARAMETER_TYPES, pair);
    }

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        let set = |name: &str, value: i64| dict.insert_str(&vm.heap, vm.intern(name), vm.new_int(value));
        for &(number, name, _) in COMPRESSION_PARAMETERS.iter().chain(DECOMPRESSION_PARAMETERS) {
            set(name, i64::from(number));
        }
        for (i, name) in STRATEGIES.iter().enumerate() {
            set(&format!("ZSTD_{name}"), i as i64 + 1);
        }
        set("ZSTD_CLEVEL_DEFAULT", i64::from(DEFAULT_LEVEL));
        set("ZSTD_DStreamOutSize", 128 * 1024);
        set("zstd_version_number", i64::from(version_number()));
        dict.insert_str(&vm.heap, vm.intern("zstd_version"), vm.new_str(version()));
        dict.insert_str(&vm.heap, vm.intern("ZstdError"), zstd_error(vm)?.value());
        Ok(())
    }
}

fn zstd_error(vm: &Vm) -> PyResult<Gc<Type>> {
    let class = vm.registered("_zstd.ZstdError", |vm| {
        let class = new_exception_class(vm, "compression.zstd", "ZstdError", vm.exceptions.exception)?;
        vm.setattr(class, vm.names.__doc__, Some(vm.new_str("An error occurred in the zstd library.")))?;
        Ok(class)
    })?;
    Ok(class.downcast().expect("a class was registered"))
}

/// Raises ZstdError.
#[cold]
fn error(vm: &Vm, message: &str) -> Raised {
    match zstd_error(vm) {
        Ok(class) => vm.raise_message(class, message),
        Err(raised) => raised,
    }
}

fn capacity(vm: &Vm, size: isize) -> PyResult<usize> {
    match usize::try_from(size) {
        Ok(size) if size > 0 => Ok(size),
        _ => Err(vm.value_error("dict_size argument should be positive number.")),
    }
}

/// The sizes of samples, which together are `total`.
fn sample_sizes(vm: &Vm, sizes: Gc<Tuple>, total: usize) -> PyResult<Vec<usize>> {
    let mut numbers = Vec::with_capacity(sizes.len());
    for &size in sizes.as_ref().iter() {
        let Some(number) = as_int(size) else { return Err(vm.type_error("an integer is required")) };
        numbers.push(number.to_i64().and_then(|n| usize::try_from(n).ok()));
    }
    let sum = numbers.iter().try_fold(0usize, |sum, n| sum.checked_add((*n)?));
    match (sum, numbers.into_iter().collect()) {
        (Some(sum), Some(numbers)) if sum == total => Ok(numbers),
        _ => Err(vm.value_error("The samples size tuple doesn't match the concatenation's size.")),
    }
}

// ---- options

/// Keys and values of an `options` dict; `kind` is 0 for compression, 1 for decompression.
fn options_of(vm: &Vm, options: Value, kind: usize) -> PyResult<Vec<(i32, i32)>> {
    let (class, what, other) = match kind {
        0 => ("ZstdCompressor", "compression", "DecompressionParameter"),
        _ => ("ZstdDecompressor", "decompression", "CompressionParameter"),
    };
    let Some(dict) = options.downcast::<Dict>() else {
        let given = vm.type_of(options).name();
        return Err(vm.type_error(format!("{class}() argument 'options' must be dict, not {given}")));
    };
    let types = vm.registry.borrow().get(PARAMETER_TYPES).and_then(|pair| pair.downcast::<Tuple>());
    let number = |value: Value| {
        let number = vm.index(value)?.to_i64().and_then(|n| i32::try_from(n).ok());
        number.ok_or_else(|| vm.overflow_error("Python int too large to convert to C int"))
    };
    let mut all = Vec::new();
    let mut at = 0;
    while let Some((i, key, value)) = dict.next_entry(at) {
        at = i + 1;
        if types.is_some_and(|types| types[1 - kind] == vm.type_of(key).value()) {
            let message = format!("{what} options dictionary key must not be a {other} attribute");
            return Err(vm.type_error(message));
        }
        all.push((number(key)?, number(value)?));
    }
    Ok(all)
}

/// Refuses a parameter that does not exist, or a value that it cannot have.
fn check_parameter(vm: &Vm, key: i32, value: i32, compression: bool) -> PyResult<()> {
    let (what, table) = match compression {
        true => ("compression", COMPRESSION_PARAMETERS),
        false => ("decompression", DECOMPRESSION_PARAMETERS),
    };
    let Ok((low, high)) = bounds(key, compression) else {
        return Err(vm.value_error(format!("invalid {what} parameter 'unknown parameter (key {key})'")));
    };
    if (low..=high).contains(&value) {
        return Ok(());
    }
    if compression && key == COMPRESSION_LEVEL {
        let message = format!("illegal compression level {value}; the valid range is [{low}, {high}]");
        return Err(vm.value_error(message));
    }
    let name = table.iter().find(|row| row.0 == key).map_or("unknown parameter", |row| row.2);
    Err(vm.value_error(format!(
        "{what} parameter '{name}' received an illegal value {value}; the valid range is [{low}, {high}]"
    )))
}

/// The dictionary that an argument `zstd_dict` names, and how it is to be used.
fn dictionary_argument(vm: &Vm, value: Value, default: Use) -> PyResult<(Gc<Native<ZstdDict>>, Use)> {
    if let Some(dictionary) = value.downcast::<Native<ZstdDict>>() {
        return Ok((dictionary, default));
    }
    if let Some(pair) = value.downcast::<Tuple>().filter(|pair| pair.len() == 2)
        && let Some(dictionary) = pair[0].downcast::<Native<ZstdDict>>()
        && let Some(how) = as_int(pair[1]).and_then(|n| n.to_i64())
    {
        match how {
            0 => return Ok((dictionary, Use::Digested)),
            1 => return Ok((dictionary, Use::Undigested)),
            2 => return Ok((dictionary, Use::Prefix)),
            _ => {}
        }
    }
    Err(vm.type_error("zstd_dict argument should be a ZstdDict object."))
}

fn given(value: Option<Value>) -> Option<Value> {
    value.filter(|value| !value.is_none())
}

// ---- compressor

/// Create a compressor object for compressing data incrementally.
///
///   level
///     The compression level to use. Defaults to COMPRESSION_LEVEL_DEFAULT.
///   options
///     A dict object that contains advanced compression parameters.
///   zstd_dict
///     A ZstdDict object, a pre-trained Zstandard dictionary.
///
/// Thread-safe at method level. For one-shot compression, use the compress()
/// function instead.
#[pyclass(name = "ZstdCompressor", module = "compression.zstd")]
#[derive(Trace)]
pub struct ZstdCompressor {
    #[trace(skip)]
    state: RefCell<Compressor>,
    last_mode: Cell<i32>,
    /// Keeps the memory of a prefix alive.
    _dictionary: Option<Gc<Native<ZstdDict>>>,
}

fn compression_failed(vm: &Vm, what: &str) -> Raised {
    error(vm, &format!("Unable to compress Zstandard data: {what}"))
}

impl ZstdCompressor {
    fn run(&self, vm: &Vm, data: &[u8], mode: i32) -> PyResult {
        let mut state = self.state.borrow_mut();
        let (mut input, mut out) = (data, Vec::new());
        loop {
            out.reserve(CHUNK);
            match state.step(&mut input, &mut out, mode) {
                Ok(left) => {
                    if input.is_empty() && (mode == CONTINUE || left == 0) {
                        self.last_mode.set(mode);
                        return Ok(vm.new_bytes(&out));
                    }
                }
                Err(what) => {
                    self.last_mode.set(FLUSH_FRAME);
                    state.reset();
                    return Err(compression_failed(vm, what));
                }
            }
        }
    }
}

#[pymethods]
impl ZstdCompressor {
    #[pynew(sig = "(level=None, options=None, zstd_dict=None)")]
    fn new(
        cls: Gc<Type>,
        vm: &Vm,
        level: Option<Value>,
        options: Option<Value>,
        zstd_dict: Option<Value>,
    ) -> PyResult {
        let Some(mut state) = Compressor::new() else {
            return Err(error(vm, "Unable to create ZSTD_CCtx instance."));
        };
        let (level, options) = (given(level), given(options));
        if level.is_some() && options.is_some() {
            return Err(vm.type_error("Only one of level or options should be used."));
        }
        let mut parameters = Vec::new();
        if let Some(level) = level {
            let Some(number) = as_int(level) else {
                return Err(vm.type_error("invalid type for level, expected int"));
            };
            let Some(number) = number.to_i64().and_then(|n| i32::try_from(n).ok()) else {
                let (low, high) = bounds(COMPRESSION_LEVEL, true).unwrap_or_default();
                let message = format!("illegal compression level; the valid range is [{low}, {high}]");
                return Err(vm.value_error(message));
            };
            parameters.push((COMPRESSION_LEVEL, number));
        }
        if let Some(options) = options {
            parameters = options_of(vm, options, 0)?;
        }
        let mut level = DEFAULT_LEVEL;
        for (key, value) in parameters {
            check_parameter(vm, key, value, true)?;
            if key == COMPRESSION_LEVEL {
                level = value;
            }
            state
                .set(key, value)
                .map_err(|what| error(vm, &format!("Unable to set zstd compression parameter: {what}")))?;
        }
        let mut dictionary = None;
        if let Some(value) = given(zstd_dict) {
            let (found, how) = dictionary_argument(vm, value, Use::Undigested)?;
            dictionary = Some(found);
            // SAFETY: bytes objects do not move, and the new object keeps this one alive.
            let loaded = unsafe { state.load(found.content.as_ref(), how, level) };
            loaded.map_err(|what| {
                let message =
                    format!("Unable to load Zstandard dictionary or prefix for compression: {what}");
                error(vm, &message)
            })?;
        }
        let payload = ZstdCompressor {
            state: RefCell::new(state),
            last_mode: Cell::new(FLUSH_FRAME),
            _dictionary: dictionary,
        };
        Ok(vm.new_native(cls, payload).value())
    }

    #[pyattr]
    const CONTINUE: i64 = CONTINUE as i64;
    #[pyattr]
    const FLUSH_BLOCK: i64 = FLUSH_BLOCK as i64;
    #[pyattr]
    const FLUSH_FRAME: i64 = FLUSH_FRAME as i64;

    /// Provide data to the compressor object.
    ///
    ///   mode
    ///     Can be these 3 values ZstdCompressor.CONTINUE,
    ///     ZstdCompressor.FLUSH_BLOCK, ZstdCompressor.FLUSH_FRAME
    ///
    /// Return a chunk of compressed data if possible, or b'' otherwise. When you have
    /// finished providing data to the compressor, call the flush() method to finish
    /// the compression process.
    #[pymethod(sig = "($self, /, data, mode=0)")]
    fn compress(&self, vm: &Vm, data: Buffer, mode: i32) -> PyResult {
        if !matches!(mode, CONTINUE | FLUSH_BLOCK | FLUSH_FRAME) {
            return Err(vm.value_error(
                "mode argument wrong value, it should be one of ZstdCompressor.CONTINUE, \
                 ZstdCompressor.FLUSH_BLOCK, ZstdCompressor.FLUSH_FRAME.",
            ));
        }
        self.run(vm, &data, mode)
    }

    /// Finish the compression process.
    ///
    ///   mode
    ///     Can be these 2 values ZstdCompressor.FLUSH_FRAME,
    ///     ZstdCompressor.FLUSH_BLOCK
    ///
    /// Flush any remaining data left in internal buffers. Since Zstandard data
    /// consists of one or more independent frames, the compressor object can still
    /// be used after this method is called.
    #[pymethod(sig = "($self, /, mode=2)")]
    fn flush(&self, vm: &Vm, mode: i32) -> PyResult {
        if !matches!(mode, FLUSH_BLOCK | FLUSH_FRAME) {
            return Err(vm.value_error(
                "mode argument wrong value, it should be ZstdCompressor.FLUSH_FRAME or \
                 ZstdCompressor.FLUSH_BLOCK.",
            ));
        }
        self.run(vm, b"", mode)
    }

    /// Set the uncompressed content size to be written into the frame header.
    ///
    ///   size
    ///     The size of the uncompressed data to be provided to the compressor.
    ///
    /// This method can be used to ensure the header of the frame about to be written
    /// includes the size of the data, unless the CompressionParameter.content_size_flag
    /// is set to False. If last_mode != FLUSH_FRAME, then a ValueError is raised.
    #[pymethod(sig = "($self, size, /)")]
    fn set_pledged_input_size(&self, vm: &Vm, size: Value) -> PyResult<()> {
        const LIMIT: u64 = u64::MAX - 1;
        let size = if size.is_none() {
            UNKNOWN_SIZE
        } else {
            let Some(number) = as_int(size) else { return Err(vm.type_error("an integer is required")) };
            match num_traits::ToPrimitive::to_u64(&*number.to_big()) {
                Some(size) if size < LIMIT => size,
                _ => {
                    let message = format!("size argument should be a positive int less than {LIMIT}");
                    return Err(vm.value_error(message));
                }
            }
        };
        if self.last_mode.get() != FLUSH_FRAME {
            let message = "set_pledged_input_size() method must be called when last_mode == FLUSH_FRAME";
            return Err(vm.value_error(message));
        }
        self.state
            .borrow_mut()
            .set_size(size)
            .map_err(|what| error(vm, &format!("Unable to set pledged uncompressed content size: {what}")))
    }

    /// The last mode used to this compressor object, its value can be .CONTINUE,
    /// .FLUSH_BLOCK, .FLUSH_FRAME. Initialized to .FLUSH_FRAME.
    #[pygetset]
    fn last_mode(&self) -> i32 {
        self.last_mode.get()
    }
}

// ---- decompressor

/// Create a decompressor object for decompressing data incrementally.
///
///   zstd_dict
///     A ZstdDict object, a pre-trained Zstandard dictionary.
///   options
///     A dict object that contains advanced decompression parameters.
///
/// Thread-safe at method level. For one-shot decompression, use the decompress()
/// function instead.
#[pyclass(name = "ZstdDecompressor", module = "compression.zstd")]
#[derive(Trace)]
pub struct ZstdDecompressor {
    #[trace(skip)]
    state: RefCell<Decompressor>,
    feed: Feed,
    /// Keeps the memory of a prefix alive.
    _dictionary: Option<Gc<Native<ZstdDict>>>,
}

#[pymethods]
impl ZstdDecompressor {
    #[pynew(sig = "(zstd_dict=None, options=None)")]
    fn new(cls: Gc<Type>, vm: &Vm, zstd_dict: Option<Value>, options: Option<Value>) -> PyResult {
        let Some(mut state) = Decompressor::new() else {
            return Err(error(vm, "Unable to create ZSTD_DCtx instance."));
        };
        let mut dictionary = None;
        if let Some(value) = given(zstd_dict) {
            let (found, how) = dictionary_argument(vm, value, Use::Digested)?;
            dictionary = Some(found);
            // SAFETY: bytes objects do not move, and the new object keeps this one alive.
            let loaded = unsafe { state.load(found.content.as_ref(), how) };
            loaded.map_err(|what| {
                let message =
                    format!("Unable to load Zstandard dictionary or prefix for decompression: {what}");
                error(vm, &message)
            })?;
        }
        if let Some(options) = given(options) {
            for (key, value) in options_of(vm, options, 1)? {
                check_parameter(vm, key, value, false)?;
                state.set_window_log_max(value).map_err(|what| {
                    error(vm, &format!("Unable to set zstd decompression parameter: {what}"))
                })?;
            }
        }
        let payload =
            ZstdDecompressor { state: RefCell::new(state), feed: Feed::new(), _dictionary: dictionary };
        Ok(vm.new_native(cls, payload).value())
    }

    /// Decompress *data*, returning uncompressed bytes if possible, or b'' otherwise.
    ///
    ///   data
    ///     A bytes-like object, Zstandard data to be decompressed.
    ///   max_length
    ///     Maximum size of returned data. When it is negative, the size of
    ///     output buffer is unlimited. When it is nonnegative, returns at
    ///     most max_length bytes of decompressed data.
    ///
    /// If *max_length* is nonnegative, returns at most *max_length* bytes of
    /// decompressed data. If this limit is reached and further output can be
    /// produced, *self.needs_input* will be set to ``False``. In this case, the next
    /// call to *decompress()* may provide *data* as b'' to obtain more of the output.
    ///
    /// If all of the input data was decompressed and returned (either because this
    /// was less than *max_length* bytes, or because *max_length* was negative),
    /// *self.needs_input* will be set to True.
    ///
    /// Attempting to decompress data after the end of a frame is reached raises an
    /// EOFError. Any data found after the end of the frame is ignored and saved in
    /// the self.unused_data attribute.
    #[pymethod(sig = "($self, /, data, max_length=-1)")]
    fn decompress(&self, vm: &Vm, data: Buffer, max_length: isize) -> PyResult {
        if self.feed.eof.get() {
            return Err(vm.eof_error("Already at the end of a Zstandard frame."));
        }
        let mut state = self.state.borrow_mut();
        self.feed.run(vm, &data, max_length, |input, out| {
            state
                .step(input, out)
                .map_err(|what| error(vm, &format!("Unable to decompress Zstandard data: {what}")))
        })
    }

    /// True means the end of the first frame has been reached. If decompress data
    /// after that, an EOFError exception will be raised.
    #[pygetset]
    fn eof(&self) -> bool {
        self.feed.eof.get()
    }
    /// If the max_length output limit in .decompress() method has been reached,
    /// and the decompressor has (or may has) unconsumed input data, it will be set
    /// to False. In this case, passing b'' to the .decompress() method may output
    /// further data.
    #[pygetset]
    fn needs_input(&self) -> bool {
        self.feed.needs_input()
    }
    /// A bytes object of un-consumed input data.
    ///
    /// When ZstdDecompressor object stops after a frame is
    /// decompressed, unused input data after the frame. Otherwise this will be b''.
    #[pygetset]
    fn unused_data(&self, vm: &Vm) -> Value {
        self.feed.unused_data(vm)
    }
}

// ---- dictionary

/// Represents a Zstandard dictionary.
///
///   dict_content
///     The content of a Zstandard dictionary as a bytes-like object.
///   is_raw
///     If true, perform no checks on *dict_content*, useful for some
///     advanced cases. Otherwise, check that the content represents
///     a Zstandard dictionary created by the zstd library or CLI.
///
/// The dictionary can be used for compression or decompression, and can be shared
/// by multiple ZstdCompressor or ZstdDecompressor objects.
#[pyclass(name = "ZstdDict", module = "compression.zstd")]
#[derive(Trace)]
pub struct ZstdDict {
    content: Gc<Bytes>,
    id: u32,
}

#[pymethods]
impl ZstdDict {
    #[pynew(sig = "(dict_content, /, *, is_raw=False)")]
    fn new(cls: Gc<Type>, vm: &Vm, dict_content: Buffer, is_raw: bool) -> PyResult {
        if dict_content.len() < 8 {
            let message = "Zstandard dictionary content too short (must have at least eight bytes)";
            return Err(vm.value_error(message));
        }
        let id = zstd_stream::dictionary_id(&dict_content);
        if id == 0 && !is_raw {
            return Err(vm.value_error("invalid Zstandard dictionary"));
        }
        let content = Bytes::new(&vm.heap, &dict_content);
        Ok(vm.new_native(cls, ZstdDict { content, id }).value())
    }

    #[pymethod]
    fn __repr__(&self) -> String {
        format!("<ZstdDict dict_id={} dict_size={}>", self.id, self.content.len())
    }
    #[pymethod]
    fn __len__(&self) -> usize {
        self.content.len()
    }

    /// the Zstandard dictionary, an int between 0 and 2**32.
    ///
    /// A non-zero value represents an ordinary Zstandard dictionary,
    /// conforming to the standardised format.
    ///
    /// The special value '0' means a 'raw content' dictionary,
    /// without any restrictions on format or content.
    #[pygetset]
    fn dict_id(&self) -> u32 {
        self.id
    }
    /// The content of a Zstandard dictionary, as a bytes object.
    #[pygetset]
    fn dict_content(&self) -> Gc<Bytes> {
        self.content
    }
    /// Load as a digested dictionary to compressor.
    ///
    /// Pass this attribute as zstd_dict argument:
    /// compress(dat, zstd_dict=zd.as_digested_dict)
    #[pygetset]
    fn as_digested_dict(this: Gc<Native<ZstdDict>>) -> (Gc<Native<ZstdDict>>, i64) {
        (this, 0)
    }
    /// Load as an undigested dictionary to compressor.
    ///
    /// Pass this attribute as zstd_dict argument:
    /// compress(dat, zstd_dict=zd.as_undigested_dict)
    #[pygetset]
    fn as_undigested_dict(this: Gc<Native<ZstdDict>>) -> (Gc<Native<ZstdDict>>, i64) {
        (this, 1)
    }
    /// Load as a prefix to compressor/decompressor.
    ///
    /// Pass this attribute as zstd_dict argument:
    /// compress(dat, zstd_dict=zd.as_prefix)
    #[pygetset]
    fn as_prefix(this: Gc<Native<ZstdDict>>) -> (Gc<Native<ZstdDict>>, i64) {
        (this, 2)
    }
}
