//! Stream objects: `Compress`, `Decompress`, and `_ZlibDecompressor`, on which `gzip` reads.

use super::BUFFER_SIZE;
use super::stream::{DeflateOptions, Inflated, Stream, check};
use adder_interp::buffer::{self, Buffer};
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use libz_rs_sys as z;
use std::cell::{Cell, RefCell};

/// Raises what a new stream's code says.
fn check_new(vm: &Vm, stream: &Stream, code: i32, what: &str) -> PyResult<()> {
    match code {
        z::Z_OK => Ok(()),
        z::Z_MEM_ERROR => Err(vm.memory_error(format!("Can't allocate memory for {what} object"))),
        z::Z_STREAM_ERROR => Err(vm.value_error("Invalid initialization option")),
        code => Err(stream.error(vm, code, &format!("while creating {what} object"))),
    }
}

/// `zlib.compressobj`.
pub fn compressor(vm: &Vm, options: DeflateOptions, zdict: Option<Buffer>) -> PyResult {
    let (mut stream, code) = Stream::deflate(options);
    check_new(vm, &stream, code, "compression")?;
    if let Some(zdict) = zdict {
        match stream.set_dictionary(&zdict) {
            z::Z_OK => {}
            z::Z_STREAM_ERROR => return Err(vm.value_error("Invalid dictionary")),
            _ => return Err(vm.value_error("deflateSetDictionary()")),
        }
    }
    let class = vm.native_type(Compress::TYPE_DEF)?;
    Ok(vm.new_native(class, Compress { stream: RefCell::new(Opaque(stream)) }).value())
}

/// `zlib.decompressobj`.
pub fn decompressor(vm: &Vm, wbits: i32, zdict: Option<Value>) -> PyResult {
    let zdict = dictionary(vm, zdict)?;
    let stream = new_inflater(vm, wbits, zdict.as_deref())?;
    let class = vm.native_type(Decompress::TYPE_DEF)?;
    Ok(vm.new_native(class, Decompress::with(stream, zdict)).value())
}

/// The `zdict` argument of decompressors.
fn dictionary(vm: &Vm, zdict: Option<Value>) -> PyResult<Option<Vec<u8>>> {
    match zdict {
        None => Ok(None),
        Some(value) if buffer::supports(vm, value) => Ok(Some(Buffer::simple(vm, value)?.to_vec())),
        Some(_) => Err(vm.type_error("zdict argument must support the buffer protocol")),
    }
}

fn new_inflater(vm: &Vm, wbits: i32, zdict: Option<&[u8]>) -> PyResult<Stream> {
    let (mut stream, code) = Stream::inflate(wbits);
    check_new(vm, &stream, code, "decompression")?;
    // A raw stream does not ask for its dictionary.
    if let Some(zdict) = zdict
        && wbits < 0
    {
        let code = stream.set_dictionary(zdict);
        check(vm, &stream, code, "while setting zdict")?;
    }
    Ok(stream)
}

/// A stream in a payload: it holds no values.
struct Opaque(Stream);

impl adder_interp::object::header::Trace for Opaque {
    fn trace(&self, _: &mut adder_interp::heap::Tracer<'_>) {}
}

/// A compressor object.
#[pyclass(name = "Compress", module = "zlib", no_constructor, private)]
#[derive(Trace)]
pub struct Compress {
    stream: RefCell<Opaque>,
}

#[pymethods]
impl Compress {
    /// Returns a bytes object containing compressed data.
    ///
    ///   data
    ///     Binary data to be compressed.
    ///
    /// After calling this function, some of the input data may still
    /// be stored in internal buffers for later processing.
    /// Call the flush() method to clear these buffers.
    #[pymethod(sig = "($self, data, /)")]
    fn compress(&self, vm: &Vm, data: Buffer) -> PyResult {
        let mut out = Vec::new();
        let stream = &mut self.stream.borrow_mut().0;
        match stream.compress(&data, z::Z_NO_FLUSH, &mut out) {
            z::Z_STREAM_ERROR => Err(stream.error(vm, z::Z_STREAM_ERROR, "while compressing data")),
            _ => Ok(vm.new_bytes(&out)),
        }
    }

    /// Return a bytes object containing any remaining compressed data.
    ///
    ///   mode
    ///     One of the constants Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_FINISH.
    ///     If mode == Z_FINISH, the compressor object can no longer be
    ///     used after calling the flush() method.  Otherwise, more data
    ///     can still be compressed.
    #[pymethod(sig = "($self, mode=4, /)")]
    fn flush(&self, vm: &Vm, mode: i32) -> PyResult {
        if mode == z::Z_NO_FLUSH {
            return Ok(vm.new_bytes(b""));
        }
        let mut out = Vec::new();
        let stream = &mut self.stream.borrow_mut().0;
        match stream.compress(b"", mode, &mut out) {
            z::Z_STREAM_END if mode == z::Z_FINISH => {
                let code = stream.end();
                check(vm, stream, code, "while finishing compression")?;
            }
            // Nothing to flush is no error.
            z::Z_OK | z::Z_BUF_ERROR | z::Z_STREAM_END => {}
            code => return Err(stream.error(vm, code, "while flushing")),
        }
        Ok(vm.new_bytes(&out))
    }

    /// Return a copy of the compression object.
    #[pymethod(sig = "($self, /)")]
    fn copy(this: Gc<Native<Compress>>, vm: &Vm) -> PyResult {
        let stream = copied(vm, &this.stream.borrow().0)?;
        let class = vm.native_type(Compress::TYPE_DEF)?;
        Ok(vm.new_native(class, Compress { stream: RefCell::new(Opaque(stream)) }).value())
    }
    #[pymethod(name = "__copy__", sig = "($self, /)")]
    fn copy_shallow(this: Gc<Native<Compress>>, vm: &Vm) -> PyResult {
        Compress::copy(this, vm)
    }
    #[pymethod(name = "__deepcopy__", sig = "($self, memo, /)")]
    fn copy_deep(this: Gc<Native<Compress>>, vm: &Vm, memo: Value) -> PyResult {
        let _ = memo;
        Compress::copy(this, vm)
    }
}

fn copied(vm: &Vm, stream: &Stream) -> PyResult<Stream> {
    let (copy, code) = stream.copy();
    match code {
        z::Z_OK => Ok(copy),
        z::Z_STREAM_ERROR => Err(vm.value_error("Inconsistent stream state")),
        z::Z_MEM_ERROR => Err(vm.memory_error("Can't allocate memory for stream object")),
        code => Err(stream.error(vm, code, "while copying stream object")),
    }
}

/// A decompressor object.
#[pyclass(name = "Decompress", module = "zlib", no_constructor, private)]
#[derive(Trace)]
pub struct Decompress {
    stream: RefCell<Opaque>,
    /// Data behind the end of the stream.
    unused: RefCell<Vec<u8>>,
    /// Data that did not fit the last call's `max_length`.
    tail: RefCell<Vec<u8>>,
    eof: Cell<bool>,
    zdict: RefCell<Option<Vec<u8>>>,
}

const DECOMPRESSING: &str = "while decompressing data";

/// The error of a decompressing loop, if it is one.
fn failure(vm: &Vm, stream: &Stream, done: Inflated) -> Result<bool, Raised> {
    match done {
        Inflated::Code(z::Z_STREAM_END) => Ok(true),
        Inflated::Code(z::Z_OK | z::Z_BUF_ERROR) => Ok(false),
        Inflated::Code(code) => Err(stream.error(vm, code, DECOMPRESSING)),
        Inflated::BadDictionary(code) => Err(stream.error(vm, code, "while setting zdict")),
    }
}

impl Decompress {
    fn with(stream: Stream, zdict: Option<Vec<u8>>) -> Decompress {
        Decompress {
            stream: RefCell::new(Opaque(stream)),
            unused: RefCell::default(),
            tail: RefCell::default(),
            eof: Cell::new(false),
            zdict: RefCell::new(zdict),
        }
    }

    /// Keeps what the stream did not take.
    fn keep_rest(&self, rest: &[u8], at_end: bool) {
        if at_end {
            self.unused.borrow_mut().extend_from_slice(rest);
            self.tail.borrow_mut().clear();
        } else {
            let mut tail = self.tail.borrow_mut();
            tail.clear();
            tail.extend_from_slice(rest);
        }
    }
}

#[pymethods]
impl Decompress {
    /// Return a bytes object containing the decompressed version of the data.
    ///
    ///   data
    ///     The binary data to decompress.
    ///   max_length
    ///     The maximum allowable length of the decompressed data.
    ///     Unconsumed input data will be stored in
    ///     the unconsumed_tail attribute.
    ///
    /// After calling this function, some of the input data may still be stored in
    /// internal buffers for later processing.
    /// Call the flush() method to clear these buffers.
    #[pymethod(sig = "($self, data, /, max_length=0)")]
    fn decompress(&self, vm: &Vm, data: Buffer, max_length: isize) -> PyResult {
        let limit = match usize::try_from(max_length) {
            Err(_) => return Err(vm.value_error("max_length must be non-negative")),
            Ok(0) => None,
            Ok(n) => Some(n),
        };
        let (mut out, mut input) = (Vec::new(), &data[..]);
        let stream = &mut self.stream.borrow_mut().0;
        let zdict = self.zdict.borrow();
        let first = BUFFER_SIZE as usize;
        let done = stream.decompress(&mut input, z::Z_SYNC_FLUSH, zdict.as_deref(), first, limit, &mut out);
        self.keep_rest(input, matches!(done, Inflated::Code(z::Z_STREAM_END)));
        if failure(vm, stream, done)? {
            self.eof.set(true);
        }
        Ok(vm.new_bytes(&out))
    }

    /// Return a bytes object containing any remaining decompressed data.
    ///
    ///   length
    ///     the initial size of the output buffer.
    #[pymethod(sig = "($self, length=16384, /)")]
    fn flush(&self, vm: &Vm, length: isize) -> PyResult {
        let Some(first) = usize::try_from(length).ok().filter(|&n| n > 0) else {
            return Err(vm.value_error("length must be greater than zero"));
        };
        let tail = std::mem::take(&mut *self.tail.borrow_mut());
        let (mut out, mut input) = (Vec::new(), &tail[..]);
        let stream = &mut self.stream.borrow_mut().0;
        let zdict = self.zdict.borrow();
        let first = first.min(1 << 30);
        let done = stream.decompress(&mut input, z::Z_FINISH, zdict.as_deref(), first, None, &mut out);
        let at_end = matches!(done, Inflated::Code(z::Z_STREAM_END));
        self.keep_rest(input, at_end);
        if at_end {
            self.eof.set(true);
            let code = stream.end();
            check(vm, stream, code, "while finishing decompression")?;
        } else if !matches!(done, Inflated::Code(z::Z_STREAM_ERROR)) {
            // A stream that has ended before has nothing left; other errors are those of corrupt data.
            failure(vm, stream, done)?;
        }
        Ok(vm.new_bytes(&out))
    }

    /// Return a copy of the decompression object.
    #[pymethod(sig = "($self, /)")]
    fn copy(this: Gc<Native<Decompress>>, vm: &Vm) -> PyResult {
        let stream = copied(vm, &this.stream.borrow().0)?;
        let copy = Decompress {
            stream: RefCell::new(Opaque(stream)),
            unused: RefCell::new(this.unused.borrow().clone()),
            tail: RefCell::new(this.tail.borrow().clone()),
            eof: Cell::new(this.eof.get()),
            zdict: RefCell::new(this.zdict.borrow().clone()),
        };
        let class = vm.native_type(Decompress::TYPE_DEF)?;
        Ok(vm.new_native(class, copy).value())
    }
    #[pymethod(name = "__copy__", sig = "($self, /)")]
    fn copy_shallow(this: Gc<Native<Decompress>>, vm: &Vm) -> PyResult {
        Decompress::copy(this, vm)
    }
    #[pymethod(name = "__deepcopy__", sig = "($self, memo, /)")]
    fn copy_deep(this: Gc<Native<Decompress>>, vm: &Vm, memo: Value) -> PyResult {
        let _ = memo;
        Decompress::copy(this, vm)
    }

    #[pygetset]
    fn unused_data(&self, vm: &Vm) -> Value {
        vm.new_bytes(&self.unused.borrow())
    }
    #[pygetset]
    fn unconsumed_tail(&self, vm: &Vm) -> Value {
        vm.new_bytes(&self.tail.borrow())
    }
    #[pygetset]
    fn eof(&self) -> bool {
        self.eof.get()
    }
}

/// Create a decompressor object for decompressing data incrementally.
///
///   wbits = 15
///   zdict
///      The predefined compression dictionary. This is a sequence of bytes
///      (such as a bytes object) containing subsequences that are expected
///      to occur frequently in the data that is to be compressed. Those
///      subsequences that are expected to be most common should come at the
///      end of the dictionary. This must be the same dictionary as used by the
///      compressor that produced the input data.
#[pyclass(name = "_ZlibDecompressor", module = "zlib")]
#[derive(Trace)]
pub struct Decompressor {
    stream: RefCell<Opaque>,
    /// Input that waits for a call with room for its output.
    waiting: RefCell<Vec<u8>>,
    unused: RefCell<Vec<u8>>,
    eof: Cell<bool>,
    needs_input: Cell<bool>,
    zdict: RefCell<Option<Vec<u8>>>,
}

#[pymethods]
impl Decompressor {
    #[pynew(sig = "(wbits=15, zdict=b'')")]
    fn new(cls: Gc<Type>, vm: &Vm, wbits: i32, zdict: Option<Value>) -> PyResult {
        let zdict = dictionary(vm, zdict)?;
        let stream = new_inflater(vm, wbits, zdict.as_deref())?;
        let this = Decompressor {
            stream: RefCell::new(Opaque(stream)),
            waiting: RefCell::default(),
            unused: RefCell::default(),
            eof: Cell::new(false),
            needs_input: Cell::new(true),
            zdict: RefCell::new(zdict),
        };
        Ok(vm.new_native(cls, this).value())
    }

    /// Decompress *data*, returning uncompressed data as bytes.
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
    /// Attempting to decompress data after the end of stream is reached raises an
    /// EOFError.  Any data found after the end of the stream is ignored and saved in
    /// the unused_data attribute.
    #[pymethod(sig = "($self, /, data, max_length=-1)")]
    fn decompress(&self, vm: &Vm, data: Buffer, max_length: isize) -> PyResult {
        if self.eof.get() {
            return Err(vm.eof_error("End of stream already reached"));
        }
        let mut waiting = std::mem::take(&mut *self.waiting.borrow_mut());
        let mut input = if waiting.is_empty() {
            &data[..]
        } else {
            waiting.extend_from_slice(&data);
            &waiting[..]
        };
        let mut out = Vec::new();
        let stream = &mut self.stream.borrow_mut().0;
        let zdict = self.zdict.borrow();
        let (first, limit) = (BUFFER_SIZE as usize, usize::try_from(max_length).ok());
        let done = stream.decompress(&mut input, z::Z_SYNC_FLUSH, zdict.as_deref(), first, limit, &mut out);
        if failure(vm, stream, done)? {
            self.eof.set(true);
            self.needs_input.set(false);
            *self.unused.borrow_mut() = input.to_vec();
        } else {
            self.needs_input.set(input.is_empty());
            *self.waiting.borrow_mut() = input.to_vec();
        }
        Ok(vm.new_bytes(&out))
    }

    /// True if the end-of-stream marker has been reached.
    #[pygetset]
    fn eof(&self) -> bool {
        self.eof.get()
    }
    /// Data found after the end of the compressed stream.
    #[pygetset]
    fn unused_data(&self, vm: &Vm) -> Value {
        vm.new_bytes(&self.unused.borrow())
    }
    /// True if more input is needed before more decompressed data can be produced.
    #[pygetset]
    fn needs_input(&self) -> bool {
        self.needs_input.get()
    }
}
