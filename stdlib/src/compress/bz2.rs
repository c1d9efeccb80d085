//! `_bz2`: the Burrows-Wheeler compressor.

use super::{CHUNK, Feed, Progress};
use crate::buf::Buffer;
use adder_interp::object::header::Gc;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods, pymodule};
use bzip2::{Action, Compress, Compression, Decompress, Error, Status};
use std::cell::{Cell, RefCell};

/// The module.
#[pymodule(name = "_bz2", classes(super::Bz2Compressor, super::Bz2Decompressor))]
pub mod module {}

#[cold]
fn failure(vm: &Vm, error: Error) -> Raised {
    match error {
        Error::Param => vm.value_error("Internal error - invalid parameters passed to libbzip2"),
        Error::Sequence => vm.runtime_error("Internal error - Invalid sequence of commands sent to libbzip2"),
        Error::Data | Error::DataMagic => vm.os_error_message("Invalid data stream"),
    }
}

/// Create a compressor object for compressing data incrementally.
///
///   compresslevel
///     Compression level, as a number between 1 and 9.
///
/// For one-shot compression, use the compress() function instead.
#[pyclass(name = "BZ2Compressor", module = "_bz2")]
#[derive(Trace)]
pub struct Bz2Compressor {
    #[trace(skip)]
    state: RefCell<Compress>,
    flushed: Cell<bool>,
}

#[pymethods]
impl Bz2Compressor {
    #[pynew(sig = "(compresslevel=9, /)")]
    fn new(cls: Gc<Type>, vm: &Vm, compresslevel: i32) -> PyResult {
        let Some(level) = u32::try_from(compresslevel).ok().filter(|level| (1..=9).contains(level)) else {
            return Err(vm.value_error("compresslevel must be between 1 and 9"));
        };
        let state = RefCell::new(Compress::new(Compression::new(level), 0));
        Ok(vm.new_native(cls, Bz2Compressor { state, flushed: Cell::new(false) }).value())
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
        let mut state = self.state.borrow_mut();
        let (mut input, mut out) = (&data[..], Vec::new());
        while !input.is_empty() {
            out.reserve(CHUNK);
            let before = state.total_in();
            state.compress_vec(input, &mut out, Action::Run).map_err(|error| failure(vm, error))?;
            input = &input[(state.total_in() - before) as usize..];
        }
        Ok(vm.new_bytes(&out))
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
        let mut state = self.state.borrow_mut();
        let mut out = Vec::new();
        loop {
            out.reserve(CHUNK);
            let status = state.compress_vec(&[], &mut out, Action::Finish);
            if status.map_err(|error| failure(vm, error))? == Status::StreamEnd {
                return Ok(vm.new_bytes(&out));
            }
        }
    }
}

/// Create a decompressor object for decompressing data incrementally.
///
/// For one-shot decompression, use the decompress() function instead.
#[pyclass(name = "BZ2Decompressor", module = "_bz2")]
#[derive(Trace)]
pub struct Bz2Decompressor {
    #[trace(skip)]
    state: RefCell<Decompress>,
    feed: Feed,
}

#[pymethods]
impl Bz2Decompressor {
    #[pynew(sig = "()")]
    fn new(cls: Gc<Type>, vm: &Vm) -> PyResult {
        let payload = Bz2Decompressor { state: RefCell::new(Decompress::new(false)), feed: Feed::new() };
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
            return Err(vm.eof_error("End of stream already reached"));
        }
        let mut state = self.state.borrow_mut();
        self.feed.run(vm, &data, max_length, |input, out| {
            let (read, written) = (state.total_in(), out.len());
            let status = state.decompress_vec(input, out).map_err(|error| failure(vm, error))?;
            let taken = (state.total_in() - read) as usize;
            *input = &input[taken..];
            Ok(Progress { ended: status == Status::StreamEnd, stuck: taken == 0 && out.len() == written })
        })
    }

    /// True if the end-of-stream marker has been reached.
    #[pygetset]
    fn eof(&self) -> bool {
        self.feed.eof.get()
    }
    /// Data found after the end of the compressed stream.
    #[pygetset]
    fn unused_data(&self, vm: &Vm) -> adder_interp::value::Value {
        self.feed.unused_data(vm)
    }
    /// True if more input is needed before more decompressed data can be produced.
    #[pygetset]
    fn needs_input(&self) -> bool {
        self.feed.needs_input()
    }
}
