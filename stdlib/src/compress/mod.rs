//! Compression modules beside `zlib`: `_bz2`, `_lzma`, `_zstd`.
//!
//! The algorithms come from libraries; here are the incremental objects around them. What all decompressors do alike, keeping
//! input that waits for room, is [`Feed`].

pub mod bz2;
pub mod lzma;
mod lzma_filters;
mod lzma_stream;
pub mod zstd;
mod zstd_stream;

use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use std::cell::{Cell, RefCell};

/// Room that output buffers grow by at first.
pub const CHUNK: usize = 32 * 1024;

/// What one step of a decompressor did.
pub struct Progress {
    /// The end of the stream was reached.
    pub ended: bool,
    /// Nothing was read and nothing written.
    pub stuck: bool,
}

/// The state that decompressor objects share: input that waits, and what is known of the end.
#[derive(Default)]
pub struct Feed {
    waiting: RefCell<Vec<u8>>,
    unused: RefCell<Vec<u8>>,
    pub eof: Cell<bool>,
    hungry: Cell<bool>,
}

impl adder_interp::object::header::Trace for Feed {
    fn trace(&self, _: &mut adder_interp::heap::Tracer<'_>) {}
}

impl Feed {
    pub fn new() -> Feed {
        Feed { hungry: Cell::new(true), ..Feed::default() }
    }

    /// Decompresses what waits and `data`, at most `max_length` bytes of output unless that is negative. `step` reads from the
    /// front of its input and appends to the output, within its capacity.
    pub fn run(
        &self,
        vm: &Vm,
        data: &[u8],
        max_length: isize,
        mut step: impl FnMut(&mut &[u8], &mut Vec<u8>) -> PyResult<Progress>,
    ) -> PyResult {
        let mut waiting = std::mem::take(&mut *self.waiting.borrow_mut());
        let mut input = if waiting.is_empty() {
            data
        } else {
            waiting.extend_from_slice(data);
            &waiting[..]
        };
        let limit = usize::try_from(max_length).unwrap_or(usize::MAX);
        let mut out = Vec::new();
        let mut growth = CHUNK;
        let ended = loop {
            if out.len() == out.capacity() {
                let room = growth.min(limit - out.len());
                out.reserve_exact(room);
                growth *= 2;
            }
            // `reserve_exact` may give more: the limit is kept by a second buffer then.
            let progress = if out.capacity() > limit {
                let mut last = Vec::with_capacity(0);
                last.reserve_exact(limit - out.len());
                let progress = step(&mut input, &mut last)?;
                out.extend_from_slice(&last[..last.len().min(limit - out.len())]);
                progress
            } else {
                step(&mut input, &mut out)?
            };
            if progress.ended {
                break true;
            }
            if progress.stuck || out.len() == limit || (input.is_empty() && out.len() < out.capacity()) {
                break false;
            }
        };
        self.eof.set(ended);
        let full = out.len() == limit;
        self.hungry.set(!ended && input.is_empty() && !full);
        if ended {
            *self.unused.borrow_mut() = input.to_vec();
        } else {
            *self.waiting.borrow_mut() = input.to_vec();
        }
        Ok(vm.new_bytes(&out))
    }

    /// The attribute `unused_data`.
    pub fn unused_data(&self, vm: &Vm) -> Value {
        vm.new_bytes(&self.unused.borrow())
    }

    /// The attribute `needs_input`.
    pub fn needs_input(&self) -> bool {
        self.hungry.get()
    }
}
