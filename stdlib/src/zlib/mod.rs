//! The `zlib` module, on zlib-rs through its C-shaped interface: that has all of zlib's functions, copying streams
//! included.
//!
//! * [`stream`]: streams and their loops
//! * [`objects`]: `Compress`, `Decompress` and `_ZlibDecompressor`
//!
//! One-shot functions run without the GIL; stream objects keep it, so that no two threads use one stream.

use crate::support::new_exception_class;
use adder_interp::buffer::Buffer;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::pymodule;
use libz_rs_sys as z;
use stream::{DeflateOptions, Inflated, Stream};

mod objects;
mod stream;

/// `zlib.DEF_BUF_SIZE`.
pub const BUFFER_SIZE: isize = 16 * 1024;
/// `zlib.MAX_WBITS`.
const MAX_WBITS: i32 = 15;
/// `zlib.DEF_MEM_LEVEL`.
const MEM_LEVEL: i32 = 8;

/// `zlib.error`.
pub fn error_class(vm: &Vm) -> PyResult<Gc<Type>> {
    let make = |vm: &Vm| new_exception_class(vm, "zlib", "error", vm.exceptions.exception);
    let class = vm.registered("zlib.error", make)?;
    Ok(class.downcast().expect("the registry holds a class under this key"))
}

/// The low 32 bits of an int.
fn start_value(vm: &Vm, value: Option<Value>, default: u32) -> PyResult<u32> {
    match value {
        None => Ok(default),
        Some(value) => Ok(adder_numeric::int_bits::low_bits(&vm.index(value)?.to_big()) as u32),
    }
}

/// Inputs of which the checksum is worth giving up the GIL.
const LARGE: usize = 5 * 1024;

fn checksum(vm: &Vm, data: &[u8], start: u32, update: impl Fn(u32, &[u8]) -> u32) -> u32 {
    if data.len() > LARGE { vm.allow_threads(|| update(start, data)) } else { update(start, data) }
}

/// Feeds data to a function of the library in blocks it can count.
fn in_blocks(
    start: u32,
    data: &[u8],
    update: unsafe extern "C" fn(z::uLong, *const u8, u32) -> z::uLong,
) -> u32 {
    data.chunks(1 << 30).fold(start, |value, block| {
        // SAFETY: a slice and its length.
        unsafe { update(value as z::uLong, block.as_ptr(), block.len() as u32) as u32 }
    })
}

/// The functions in this module allow compression and decompression using the
/// zlib library, which is based on GNU zip.
///
/// adler32(string[, start]) -- Compute an Adler-32 checksum.
/// compress(data[, level]) -- Compress data, with compression level 0-9 or -1.
/// compressobj([level[, ...]]) -- Return a compressor object.
/// crc32(string[, start]) -- Compute a CRC-32 checksum.
/// decompress(string,[wbits],[bufsize]) -- Decompresses a compressed string.
/// decompressobj([wbits[, zdict]]) -- Return a decompressor object.
///
/// 'wbits' is window buffer size and container format.
/// Compressor objects support compress() and flush() methods; decompressor
/// objects support decompress() and flush().
#[pymodule(name = "zlib", classes(super::objects::Decompressor))]
pub mod zlib {
    use super::*;

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        let set = |name: &str, value: Value| dict.insert_str(&vm.heap, vm.intern(name), value);
        for (name, value) in [
            ("MAX_WBITS", MAX_WBITS),
            ("DEFLATED", z::Z_DEFLATED),
            ("DEF_MEM_LEVEL", MEM_LEVEL),
            ("DEF_BUF_SIZE", BUFFER_SIZE as i32),
            ("Z_NO_COMPRESSION", z::Z_NO_COMPRESSION),
            ("Z_BEST_SPEED", z::Z_BEST_SPEED),
            ("Z_BEST_COMPRESSION", z::Z_BEST_COMPRESSION),
            ("Z_DEFAULT_COMPRESSION", z::Z_DEFAULT_COMPRESSION),
            ("Z_FILTERED", z::Z_FILTERED),
            ("Z_HUFFMAN_ONLY", z::Z_HUFFMAN_ONLY),
            ("Z_RLE", z::Z_RLE),
            ("Z_FIXED", z::Z_FIXED),
            ("Z_DEFAULT_STRATEGY", z::Z_DEFAULT_STRATEGY),
            ("Z_NO_FLUSH", z::Z_NO_FLUSH),
            ("Z_PARTIAL_FLUSH", z::Z_PARTIAL_FLUSH),
            ("Z_SYNC_FLUSH", z::Z_SYNC_FLUSH),
            ("Z_FULL_FLUSH", z::Z_FULL_FLUSH),
            ("Z_FINISH", z::Z_FINISH),
            ("Z_BLOCK", z::Z_BLOCK),
            ("Z_TREES", z::Z_TREES),
        ] {
            set(name, vm.new_int(value as i64));
        }
        // SAFETY: a static C string.
        let version = unsafe { std::ffi::CStr::from_ptr(z::zlibVersion()) }.to_string_lossy();
        set("ZLIB_VERSION", vm.new_str(&version));
        set("ZLIB_RUNTIME_VERSION", vm.new_str(&version));
        set("__version__", vm.new_str("1.0"));
        set("error", error_class(vm)?.value());
        Ok(())
    }

    /// Compute an Adler-32 checksum of data.
    ///
    ///   value
    ///     Starting value of the checksum.
    ///
    /// The returned checksum is an integer.
    #[pyfunction(sig = "(data, value=1, /)")]
    fn adler32(vm: &Vm, data: Buffer, value: Option<Value>) -> PyResult<u32> {
        let start = start_value(vm, value, 1)?;
        Ok(checksum(vm, &data, start, |start, data| in_blocks(start, data, z::adler32)))
    }

    /// Compute a CRC-32 checksum of data.
    ///
    ///   value
    ///     Starting value of the checksum.
    ///
    /// The returned checksum is an integer.
    #[pyfunction(sig = "(data, value=0, /)")]
    fn crc32(vm: &Vm, data: Buffer, value: Option<Value>) -> PyResult<u32> {
        let start = start_value(vm, value, 0)?;
        Ok(checksum(vm, &data, start, |start, data| in_blocks(start, data, z::crc32)))
    }

    /// Returns a bytes object containing compressed data.
    ///
    ///   data
    ///     Binary data to be compressed.
    ///   level
    ///     Compression level, in 0-9 or -1.
    ///   wbits
    ///     The window buffer size and container format.
    #[pyfunction(sig = "(data, /, level=-1, wbits=15)")]
    fn compress(vm: &Vm, data: Buffer, level: i32, wbits: i32) -> PyResult {
        let (mut stream, code) = Stream::deflate(DeflateOptions {
            level,
            method: z::Z_DEFLATED,
            wbits,
            mem_level: MEM_LEVEL,
            strategy: z::Z_DEFAULT_STRATEGY,
        });
        match code {
            z::Z_OK => {}
            z::Z_MEM_ERROR => return Err(vm.memory_error("Out of memory while compressing data")),
            z::Z_STREAM_ERROR => return Err(stream::raise_text(vm, "Bad compression level")),
            code => return Err(stream.error(vm, code, "while compressing data")),
        }
        let mut out = Vec::new();
        let code = vm.allow_threads(|| stream.compress(&data, z::Z_FINISH, &mut out));
        if code != z::Z_STREAM_END {
            return Err(stream.error(vm, code, "while compressing data"));
        }
        Ok(vm.new_bytes(&out))
    }

    /// Returns a bytes object containing the uncompressed data.
    ///
    ///   data
    ///     Compressed data.
    ///   wbits
    ///     The window buffer size and container format.
    ///   bufsize
    ///     The initial output buffer size.
    #[pyfunction(sig = "(data, /, wbits=15, bufsize=16384)")]
    fn decompress(vm: &Vm, data: Buffer, wbits: i32, bufsize: isize) -> PyResult {
        let Ok(first) = usize::try_from(bufsize) else {
            return Err(vm.value_error("bufsize must be non-negative"));
        };
        let (mut stream, code) = Stream::inflate(wbits);
        match code {
            z::Z_OK => {}
            z::Z_MEM_ERROR => return Err(vm.memory_error("Out of memory while decompressing data")),
            code => return Err(stream.error(vm, code, "while preparing to decompress data")),
        }
        let (mut out, mut input) = (Vec::new(), &data[..]);
        let done = vm.allow_threads(|| {
            stream.decompress(&mut input, z::Z_SYNC_FLUSH, None, first.min(1 << 30), None, &mut out)
        });
        const DOING: &str = "while decompressing data";
        match done {
            Inflated::Code(z::Z_STREAM_END) => Ok(vm.new_bytes(&out)),
            Inflated::Code(z::Z_OK | z::Z_BUF_ERROR) => Err(stream::raise(vm, z::Z_BUF_ERROR, DOING, None)),
            Inflated::Code(z::Z_MEM_ERROR) => Err(vm.memory_error("Out of memory while decompressing data")),
            Inflated::Code(code) | Inflated::BadDictionary(code) => Err(stream.error(vm, code, DOING)),
        }
    }

    /// Return a compressor object.
    ///
    ///   level
    ///     The compression level (an integer in the range 0-9 or -1; default is
    ///     currently equivalent to 6).  Higher compression levels are slower,
    ///     but produce smaller results.
    ///   method
    ///     The compression algorithm.  If given, this must be DEFLATED.
    ///   wbits
    ///     +9 to +15: The base-two logarithm of the window size.  Include a zlib
    ///         container.
    ///     -9 to -15: Generate a raw stream.
    ///     +25 to +31: Include a gzip container.
    ///   memLevel
    ///     Controls the amount of memory used for internal compression state.
    ///     Valid values range from 1 to 9.  Higher values result in higher memory
    ///     usage, faster compression, and smaller output.
    ///   strategy
    ///     Used to tune the compression algorithm.  Possible values are
    ///     Z_DEFAULT_STRATEGY, Z_FILTERED, and Z_HUFFMAN_ONLY.
    ///   zdict
    ///     The predefined compression dictionary - a sequence of bytes
    ///     containing subsequences that are likely to occur in the input data.
    #[pyfunction(sig = "(level=-1, method=8, wbits=15, memLevel=8, strategy=0, zdict=None)")]
    fn compressobj(
        vm: &Vm,
        level: i32,
        method: i32,
        wbits: i32,
        mem_level: i32,
        strategy: i32,
        zdict: Option<Buffer>,
    ) -> PyResult {
        objects::compressor(vm, DeflateOptions { level, method, wbits, mem_level, strategy }, zdict)
    }

    /// Return a decompressor object.
    ///
    ///   wbits
    ///     The window buffer size and container format.
    ///   zdict
    ///     The predefined compression dictionary.  This must be the same
    ///     dictionary as used by the compressor that produced the input data.
    #[pyfunction(sig = "(wbits=15, zdict=b'')")]
    fn decompressobj(vm: &Vm, wbits: i32, zdict: Option<Value>) -> PyResult {
        objects::decompressor(vm, wbits, zdict)
    }
}
