//! Where an unpickler's bytes come from: memory, or a file that is read as far as the pickle needs.
//!
//! Files are read by exact amounts, so that what follows the pickle stays unread. A file with `peek()` is looked ahead in,
//! and told later how much was consumed; an `io.BytesIO` is looked into directly.

use super::cannot_unpickle;
use crate::buf::Buffer;
use crate::io::BytesIo;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use std::borrow::Cow;

/// How much is asked of `peek()`.
const PREFETCH: usize = 128 * 1024;
/// How much is copied out of a `BytesIO` at first; more if the pickle turns out to be large.
const FIRST_CHUNK: usize = 4096;
const LAST_CHUNK: usize = 1 << 20;

/// The methods of a file.
#[derive(Clone, Copy)]
pub struct File {
    pub read: Value,
    pub readline: Value,
    pub peek: Option<Value>,
}

enum Source {
    /// Everything is in the window.
    Memory,
    File(File),
    /// The window starts where the file's position is.
    InMemory {
        file: Gc<Native<BytesIo>>,
        chunk: usize,
    },
}

/// A window on the bytes and the position in it.
pub struct Input<'v> {
    window: Cow<'v, [u8]>,
    pos: usize,
    /// What can be read without looking further: the end of the frame, or of the window.
    limit: usize,
    /// A frame ends at `limit`.
    in_frame: bool,
    source: Source,
    /// The part of the window up to here has been taken from the file.
    taken: usize,
}

#[cold]
fn truncated(vm: &Vm) -> Raised {
    cannot_unpickle(vm, "pickle data was truncated")
}

impl<'v> Input<'v> {
    pub fn memory(bytes: &'v [u8]) -> Input<'v> {
        Input { limit: bytes.len(), window: Cow::Borrowed(bytes), ..Input::at_start_of(Source::Memory) }
    }

    fn at_start_of(source: Source) -> Input<'v> {
        Input { window: Cow::Borrowed(&[]), pos: 0, limit: 0, in_frame: false, source, taken: 0 }
    }

    pub fn file(file: File) -> Input<'v> {
        Input::at_start_of(Source::File(file))
    }

    pub fn in_memory(file: Gc<Native<BytesIo>>) -> Input<'v> {
        Input::at_start_of(Source::InMemory { file, chunk: FIRST_CHUNK })
    }

    /// The next byte; `None` at the end of the data.
    #[inline]
    pub fn next(&mut self, vm: &Vm) -> PyResult<Option<u8>> {
        if self.pos == self.limit && !self.more(vm, 1)? {
            return Ok(None);
        }
        self.pos += 1;
        Ok(Some(self.window[self.pos - 1]))
    }

    /// The next `n` bytes.
    #[inline]
    pub fn take(&mut self, vm: &Vm, n: usize) -> PyResult<&[u8]> {
        if n > self.limit - self.pos && !self.more(vm, n)? {
            return Err(truncated(vm));
        }
        let start = self.pos;
        self.pos += n;
        Ok(&self.window[start..start + n])
    }

    #[inline]
    pub fn array<const N: usize>(&mut self, vm: &Vm) -> PyResult<[u8; N]> {
        Ok(self.take(vm, N)?.try_into().expect("as many as were asked for"))
    }

    pub fn byte(&mut self, vm: &Vm) -> PyResult<u8> {
        self.array::<1>(vm).map(|[byte]| byte)
    }

    /// The next `n` bytes are a frame, which has to be there as a whole.
    pub fn begin_frame(&mut self, vm: &Vm, n: usize) -> PyResult<()> {
        if self.in_frame && self.pos < self.limit {
            return Err(cannot_unpickle(vm, "beginning of a new frame before end of current frame"));
        }
        self.end_frame();
        if n > self.limit - self.pos && !self.fill(vm, n)? {
            return Err(truncated(vm));
        }
        self.limit = self.pos + n;
        self.in_frame = true;
        Ok(())
    }

    fn end_frame(&mut self) {
        self.in_frame = false;
        self.limit = self.window.len();
    }

    /// Makes `n` bytes readable, behind the end of a frame only if it has been read to its end.
    #[cold]
    fn more(&mut self, vm: &Vm, n: usize) -> PyResult<bool> {
        if self.in_frame {
            if self.pos < self.limit {
                return Err(cannot_unpickle(vm, "pickle exhausted before end of frame"));
            }
            self.end_frame();
            if n <= self.limit - self.pos {
                return Ok(true);
            }
        }
        self.fill(vm, n)
    }

    /// The rest of the line, its end included.
    pub fn line(&mut self, vm: &Vm) -> PyResult<&[u8]> {
        if self.in_frame && self.pos == self.limit {
            self.end_frame();
        }
        let mut end = memchr::memchr(b'\n', &self.window[self.pos..self.limit]);
        if end.is_none() {
            if self.in_frame {
                return Err(cannot_unpickle(vm, "pickle exhausted before end of frame"));
            }
            match self.source {
                Source::Memory => {}
                Source::File(file) => {
                    self.settle(vm)?;
                    let line = vm.call(file.readline, &[])?;
                    self.set_window(vm, line)?;
                    end = self.window.len().checked_sub(1).filter(|&last| self.window[last] == b'\n');
                }
                Source::InMemory { .. } => {
                    while end.is_none() && self.fill(vm, self.window.len() - self.pos + 1)? {
                        end = memchr::memchr(b'\n', &self.window[self.pos..]);
                    }
                }
            }
        }
        let Some(end) = end else { return Err(truncated(vm)) };
        let start = self.pos;
        self.pos += end + 1;
        Ok(&self.window[start..self.pos])
    }

    /// As [`Self::line`], without its end; a line of nothing else is an error.
    pub fn word(&mut self, vm: &Vm) -> PyResult<&[u8]> {
        let line = self.line(vm)?;
        match line.len() {
            ..2 => Err(truncated(vm)),
            n => Ok(&line[..n - 1]),
        }
    }

    /// Gets at least `n` bytes from the source; `false` if there are not as many.
    #[cold]
    fn fill(&mut self, vm: &Vm, n: usize) -> PyResult<bool> {
        self.settle(vm)?;
        match &mut self.source {
            Source::Memory => Ok(false),
            Source::InMemory { file, chunk } => {
                let data = file.rest(n.max(*chunk));
                *chunk = (*chunk * 4).min(LAST_CHUNK);
                self.window = Cow::Owned(data);
                (self.pos, self.taken) = (0, 0);
                self.end_frame();
                Ok(self.window.len() >= n)
            }
            Source::File(file) => {
                let file = *file;
                if n < PREFETCH && self.peek(vm, n)? {
                    return Ok(true);
                }
                let data = vm.call(file.read, &[vm.new_int(n as i64)])?;
                self.set_window(vm, data)?;
                Ok(self.window.len() >= n)
            }
        }
    }

    /// Looks ahead in a file that can; `false` if that does not give enough.
    fn peek(&mut self, vm: &Vm, n: usize) -> PyResult<bool> {
        let Source::File(File { peek: Some(peek), .. }) = self.source else { return Ok(false) };
        match vm.call(peek, &[vm.new_int(PREFETCH as i64)]) {
            Ok(data) => {
                self.set_window(vm, data)?;
                self.taken = 0;
                Ok(self.window.len() >= n)
            }
            Err(Raised) => {
                vm.catch(vm.exceptions.not_implemented_error)?;
                if let Source::File(file) = &mut self.source {
                    file.peek = None;
                }
                Ok(false)
            }
        }
    }

    fn set_window(&mut self, vm: &Vm, data: Value) -> PyResult<()> {
        self.window = Cow::Owned(Buffer::simple(vm, data)?.to_vec());
        self.pos = 0;
        self.end_frame();
        self.taken = self.window.len();
        Ok(())
    }

    /// Moves the file's position behind what was consumed.
    pub fn settle(&mut self, vm: &Vm) -> PyResult<()> {
        let Some(consumed) = self.pos.checked_sub(self.taken).filter(|&n| n > 0) else { return Ok(()) };
        self.taken = self.pos;
        match self.source {
            Source::Memory => Ok(()),
            Source::InMemory { file, .. } => {
                file.skip(consumed);
                Ok(())
            }
            Source::File(file) => vm.call(file.read, &[vm.new_int(consumed as i64)]).map(drop),
        }
    }
}
