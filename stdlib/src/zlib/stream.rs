//! A zlib stream and the loops that push data through it.

use adder_interp::value::{PyResult, Raised};
use adder_interp::vm::Vm;
use libz_rs_sys as z;
use std::ffi::{CStr, c_int};

/// What kind of stream it is: how it ends and is copied.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Deflate,
    Inflate,
}

/// A compressing or decompressing stream. Calls on an ended one report `Z_STREAM_ERROR`.
pub struct Stream {
    /// Its address stays the same: the library's state points back to it.
    raw: Box<z::z_stream>,
    kind: Kind,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.end();
    }
}

/// How a compressor works.
#[derive(Clone, Copy)]
pub struct DeflateOptions {
    pub level: i32,
    pub method: i32,
    pub wbits: i32,
    pub mem_level: i32,
    pub strategy: i32,
}

/// The predefined dictionary of a decompressor, and the way out when the stream asks for one.
pub type Dictionary<'a> = Option<&'a [u8]>;

/// Why a decompressing loop ended.
pub enum Inflated {
    /// With the last return code of the library.
    Code(c_int),
    /// The dictionary did not fit.
    BadDictionary(c_int),
}

/// The largest block that is handed to the library at once.
const LARGEST: usize = u32::MAX as usize;
/// The first block of output.
const FIRST: usize = 16 * 1024;

impl Stream {
    fn new(kind: Kind) -> Stream {
        let mut raw = Box::new(z::z_stream::default());
        // A stream without output room counts as inconsistent when it is copied.
        raw.next_out = std::ptr::NonNull::dangling().as_ptr();
        Stream { raw, kind }
    }

    /// A new compressor; the library's code says whether it can be used.
    pub fn deflate(options: DeflateOptions) -> (Stream, c_int) {
        let mut this = Stream::new(Kind::Deflate);
        let DeflateOptions { level, method, wbits, mem_level, strategy } = options;
        let size = size_of::<z::z_stream>() as c_int;
        let version = z::zlibVersion();
        let raw = &raw mut *this.raw;
        // SAFETY: a fresh stream, the version and size of this very library.
        let code = unsafe { z::deflateInit2_(raw, level, method, wbits, mem_level, strategy, version, size) };
        (this, code)
    }

    /// A new decompressor.
    pub fn inflate(wbits: i32) -> (Stream, c_int) {
        let mut this = Stream::new(Kind::Inflate);
        let size = size_of::<z::z_stream>() as c_int;
        let version = z::zlibVersion();
        // SAFETY: as above.
        let code = unsafe { z::inflateInit2_(&raw mut *this.raw, wbits, version, size) };
        (this, code)
    }

    /// Frees the library's state.
    pub fn end(&mut self) -> c_int {
        let raw = &raw mut *self.raw;
        // SAFETY: a stream of this kind; the library notices one that has ended.
        unsafe {
            match self.kind {
                Kind::Deflate => z::deflateEnd(raw),
                Kind::Inflate => z::inflateEnd(raw),
            }
        }
    }

    /// A stream in the same state.
    pub fn copy(&self) -> (Stream, c_int) {
        let mut to = Stream::new(self.kind);
        let (from, raw) = (&raw const *self.raw as *mut z::z_stream, &raw mut *to.raw);
        // SAFETY: two streams of this kind, the new one without state.
        let code = unsafe {
            match self.kind {
                Kind::Deflate => z::deflateCopy(raw, from),
                Kind::Inflate => z::inflateCopy(raw, from),
            }
        };
        if code != z::Z_OK {
            *to.raw = z::z_stream::default();
        }
        (to, code)
    }

    pub fn set_dictionary(&mut self, dictionary: &[u8]) -> c_int {
        let (raw, at, len) = (&raw mut *self.raw, dictionary.as_ptr(), dictionary.len() as u32);
        // SAFETY: a stream of this kind and a slice.
        unsafe {
            match self.kind {
                Kind::Deflate => z::deflateSetDictionary(raw, at, len),
                Kind::Inflate => z::inflateSetDictionary(raw, at, len),
            }
        }
    }

    /// One step: consumes from the front of `input`, appends to `out` at most `room` bytes, for which there is capacity.
    fn step(&mut self, input: &mut &[u8], out: &mut Vec<u8>, room: usize, flush: c_int) -> c_int {
        let given = input.len().min(LARGEST);
        debug_assert!(room <= out.capacity() - out.len());
        self.raw.next_in = input.as_ptr().cast_mut();
        self.raw.avail_in = given as u32;
        // SAFETY: the spare capacity belongs to the vector.
        self.raw.next_out = unsafe { out.as_mut_ptr().add(out.len()) };
        self.raw.avail_out = room as u32;
        let raw = &raw mut *self.raw;
        // SAFETY: input and room are as long as the stream is told.
        let code = unsafe {
            match self.kind {
                Kind::Deflate => z::deflate(raw, flush),
                Kind::Inflate => z::inflate(raw, flush),
            }
        };
        *input = &input[given - self.raw.avail_in as usize..];
        // SAFETY: the library has written that many bytes behind the old length.
        unsafe { out.set_len(out.len() + room - self.raw.avail_out as usize) };
        code
    }

    /// Compresses all of the input.
    pub fn compress(&mut self, mut input: &[u8], flush: c_int, out: &mut Vec<u8>) -> c_int {
        loop {
            // A block that is not the last one is not flushed.
            let flush_now = if input.len() > LARGEST { z::Z_NO_FLUSH } else { flush };
            let room = make_room(out, FIRST, None);
            let before = out.len();
            let code = self.step(&mut input, out, room, flush_now);
            if code == z::Z_STREAM_ERROR || code == z::Z_STREAM_END {
                return code;
            }
            if out.len() - before < room && input.is_empty() {
                return code;
            }
        }
    }

    /// Decompresses until the input is used up, the stream ends, or `limit` bytes have come out.
    pub fn decompress(
        &mut self,
        input: &mut &[u8],
        flush: c_int,
        dictionary: Dictionary<'_>,
        first: usize,
        limit: Option<usize>,
        out: &mut Vec<u8>,
    ) -> Inflated {
        loop {
            let room = make_room(out, first, limit);
            if room == 0 {
                return Inflated::Code(z::Z_OK);
            }
            let before = out.len();
            let code = self.step(input, out, room, flush);
            match code {
                z::Z_OK | z::Z_BUF_ERROR if out.len() - before < room => {
                    // Room is left, so the input was the limit.
                    if input.is_empty() || code == z::Z_BUF_ERROR {
                        return Inflated::Code(code);
                    }
                }
                z::Z_OK | z::Z_BUF_ERROR => {}
                z::Z_NEED_DICT if dictionary.is_some() => {
                    let set = self.set_dictionary(dictionary.unwrap_or_default());
                    if set != z::Z_OK {
                        return Inflated::BadDictionary(set);
                    }
                }
                code => return Inflated::Code(code),
            }
        }
    }

    /// Raises `zlib.error` for a return code: what went wrong, and the library's message.
    #[cold]
    pub fn error(&self, vm: &Vm, code: c_int, doing: &str) -> Raised {
        let message = if self.raw.msg.is_null() {
            None
        } else {
            // SAFETY: messages of the library are static C strings.
            Some(unsafe { CStr::from_ptr(self.raw.msg) }.to_string_lossy())
        };
        raise(vm, code, doing, message.as_deref())
    }
}

/// Raises `zlib.error`.
#[cold]
pub fn raise(vm: &Vm, code: c_int, doing: &str, message: Option<&str>) -> Raised {
    let known = match code {
        z::Z_BUF_ERROR => Some("incomplete or truncated stream"),
        z::Z_STREAM_ERROR => Some("inconsistent stream state"),
        z::Z_DATA_ERROR => Some("invalid input data"),
        z::Z_VERSION_ERROR => Some("library version mismatch"),
        _ => None,
    };
    match message.or(known) {
        Some(message) => raise_text(vm, &format!("Error {code} {doing}: {message}")),
        None => raise_text(vm, &format!("Error {code} {doing}")),
    }
}

/// Raises `zlib.error` with this text.
#[cold]
pub fn raise_text(vm: &Vm, text: &str) -> Raised {
    match super::error_class(vm) {
        Ok(class) => vm.raise_message(class, text),
        Err(raised) => raised,
    }
}

/// Makes sure that there is spare capacity, growing by doubling. Gives how much of it may be used: 0 when the limit is
/// reached.
fn make_room(out: &mut Vec<u8>, first: usize, limit: Option<usize>) -> usize {
    let allowed = limit.map_or(usize::MAX, |limit| limit.saturating_sub(out.len()));
    if allowed > 0 && out.len() == out.capacity() {
        let wanted = if out.is_empty() { first.max(1) } else { out.len() };
        out.reserve_exact(wanted.min(allowed));
    }
    (out.capacity() - out.len()).min(allowed).min(LARGEST)
}

/// A `PyResult` of a code that is fatal for all but `Z_OK`.
pub fn check(vm: &Vm, stream: &Stream, code: c_int, doing: &str) -> PyResult<()> {
    match code {
        z::Z_OK => Ok(()),
        z::Z_MEM_ERROR => Err(vm.memory_error("")),
        code => Err(stream.error(vm, code, doing)),
    }
}
