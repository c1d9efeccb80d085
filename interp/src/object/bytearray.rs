//! `bytearray`: growable bytes in a heap buffer. While a memoryview exports the buffer it cannot be resized.

use super::header::{Gc, Header, HeapObject, Kind};
use super::shape::ShapeId;
use crate::buffer::ExportCount;
use crate::heap::{ByteBuf, Heap, Tracer};
use std::cell::{Cell, RefCell};

/// See the module documentation.
#[repr(C)]
pub struct ByteArray {
    hdr: Header,
    buf: Cell<Gc<ByteBuf>>,
    /// Offset of the first byte in the buffer: deleting from the front moves it.
    start: Cell<usize>,
    len: Cell<usize>,
    /// Scoped borrows of the memory by native functions.
    pub(crate) pins: Cell<usize>,
    /// Longer borrows; made when there is the first.
    exports: RefCell<Option<ExportCount>>,
    ext_words: usize,
}

// SAFETY: the buffer and the extension words are visited.
unsafe impl HeapObject for ByteArray {
    const KIND: Kind = Kind::ByteArray;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.visit(self.buf.get().value());
        super::trace_extension(&self.hdr, self.ext_words, tracer);
    }
    fn byte_size(&self) -> usize {
        super::fixed_size::<ByteArray>(self.ext_words)
    }
}

impl ByteArray {
    /// A bytearray of class `shape` with a copy of `bytes`.
    pub fn new(heap: &Heap, shape: ShapeId, ext_words: usize, bytes: &[u8]) -> Gc<ByteArray> {
        let buf = ByteBuf::new(heap, bytes.len().max(16));
        // SAFETY: the buffer has room.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), buf.data(), bytes.len()) };
        let object = ByteArray {
            hdr: Header::blank(),
            buf: Cell::new(buf),
            start: Cell::new(0),
            len: Cell::new(bytes.len()),
            pins: Cell::new(0),
            exports: RefCell::new(None),
            ext_words,
        };
        heap.alloc_tail(shape, object, 8 * ext_words, true)
    }
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len.get()
    }
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Bytes that fit without moving.
    pub fn capacity(&self) -> usize {
        self.buf.get().capacity() - self.start.get()
    }
    /// Address of the first byte; valid until the next resize.
    #[inline(always)]
    pub fn data(&self) -> *mut u8 {
        // SAFETY: `start` lies within the buffer.
        unsafe { self.buf.get().data().add(self.start.get()) }
    }
    /// The contents as cells: they may change under the reader.
    #[inline(always)]
    pub fn cells(&self) -> &[Cell<u8>] {
        // SAFETY: `len` initialised bytes; cells may alias.
        unsafe { std::slice::from_raw_parts(self.data() as *const Cell<u8>, self.len()) }
    }
    /// A copy of the contents.
    pub fn to_vec(&self) -> Vec<u8> {
        self.cells().iter().map(Cell::get).collect()
    }
    /// The count of long-lived borrows.
    pub(crate) fn export_count(&self, heap: &Heap) -> ExportCount {
        let mut exports = self.exports.borrow_mut();
        if exports.is_none() {
            // SAFETY: the object is live and has this layout; it owns memory outside the heap from now on.
            heap.register_drop(unsafe { Gc::<ByteArray>::from_header(&self.hdr) }.header());
        }
        exports.get_or_insert_default().clone()
    }
    /// Whether the memory is lent to anybody.
    pub(crate) fn is_exported(&self) -> bool {
        self.pins.get() > 0 || self.exports.borrow().as_ref().is_some_and(|e| e.count() > 0)
    }
    /// Appends a byte. The caller has checked `is_exported`.
    pub fn push(&self, heap: &Heap, byte: u8) {
        let len = self.len();
        if self.start.get() + len >= self.buf.get().capacity() {
            return self.splice(heap, len, len, &[byte]);
        }
        // SAFETY: the buffer has room behind the bytes.
        unsafe { self.data().add(len).write(byte) };
        self.len.set(len + 1);
    }
    /// Replaces `from..to` by `bytes`, moving what follows. The caller has checked `is_exported` if the length changes.
    pub fn splice(&self, heap: &Heap, from: usize, to: usize, bytes: &[u8]) {
        let (len, tail) = (self.len(), self.len() - to);
        let new_len = len - (to - from) + bytes.len();
        let room = self.buf.get().capacity() - self.start.get();
        if from == 0 && bytes.is_empty() {
            self.start.set(self.start.get() + to);
            return self.len.set(new_len);
        }
        if new_len > room {
            let buf = ByteBuf::new(heap, new_len + new_len / 8 + 16);
            // SAFETY: the new buffer holds prefix, bytes and tail.
            unsafe {
                std::ptr::copy_nonoverlapping(self.data(), buf.data(), from);
                std::ptr::copy_nonoverlapping(self.data().add(to), buf.data().add(from + bytes.len()), tail);
            }
            self.buf.set(buf);
            self.start.set(0);
            heap.barrier(&self.hdr, buf.value());
        } else {
            // SAFETY: both ranges lie within the buffer.
            unsafe { std::ptr::copy(self.data().add(to), self.data().add(from + bytes.len()), tail) };
        }
        // SAFETY: room was made above.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.data().add(from), bytes.len()) };
        self.len.set(new_len);
    }
}

/// Offsets that machine code uses.
pub mod offset {
    use super::{ByteArray, ByteBuf};
    use std::mem::offset_of;

    pub const BYTEARRAY_BUF: usize = offset_of!(ByteArray, buf);
    pub const BYTEARRAY_START: usize = offset_of!(ByteArray, start);
    pub const BYTEARRAY_LEN: usize = offset_of!(ByteArray, len);
    /// Of the first byte in the buffer.
    pub const BYTE_BUF_DATA: usize = size_of::<ByteBuf>();
}
