//! Buffers of values and bytes on the heap, and `GcVec`, the growable array native code uses for values.
//!
//! A `Vec<Value>` in a native local would hide its contents from the collector; the buffer of a `GcVec` is a heap
//! object, so the pointer on the stack keeps it and everything in it alive.

use super::{Heap, Tracer};
use crate::object::header::{Gc, Header, HeapObject, Kind};
use crate::object::shape::shape_id;
use crate::value::Value;
use std::cell::Cell;
use std::ops::Deref;

/// `capacity` value slots; unused ones are empty (0).
#[repr(C)]
pub struct ArrayBuf {
    hdr: Header,
    /// Grows while nothing has been allocated behind the buffer.
    capacity: Cell<usize>,
}

// SAFETY: the slots follow the struct; `trace` visits all of them.
unsafe impl HeapObject for ArrayBuf {
    const KIND: Kind = Kind::ArrayBuf;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.visit_slots(self.slots());
    }
    fn byte_size(&self) -> usize {
        size_of::<ArrayBuf>() + self.capacity() * 8
    }
}

/// Byte offset of slot 0 of an [`ArrayBuf`].
pub const FIRST_SLOT: usize = size_of::<ArrayBuf>();

impl ArrayBuf {
    /// Where machine code finds the capacity.
    pub const CAPACITY_OFFSET: usize = std::mem::offset_of!(ArrayBuf, capacity);
    /// A buffer of `capacity` empty slots.
    pub fn new(heap: &Heap, capacity: usize) -> Gc<ArrayBuf> {
        heap.alloc_tail(shape_id::ARRAY_BUF, ArrayBuf::blank(capacity), capacity * 8, true)
    }
    /// A buffer of `capacity` slots that begin with `values`.
    pub fn copied(heap: &Heap, values: &[Value], capacity: usize) -> Gc<ArrayBuf> {
        assert!(values.len() <= capacity);
        let buf = heap.alloc_tail(shape_id::ARRAY_BUF, ArrayBuf::blank(capacity), capacity * 8, false);
        let slots = buf.as_slot_ptr() as *mut Value;
        // SAFETY: the tail has room for the values and is cleared behind them; nobody else sees the buffer yet, which is
        // younger than any collection.
        unsafe {
            std::ptr::copy_nonoverlapping(values.as_ptr(), slots, values.len());
            std::ptr::write_bytes(slots.add(values.len()), 0, capacity - values.len());
        }
        buf
    }
    fn blank(capacity: usize) -> ArrayBuf {
        ArrayBuf { hdr: Header::blank(), capacity: Cell::new(capacity) }
    }
    /// Gives the buffer room for `capacity` values where it is, if nothing has been allocated since.
    pub fn extend(&self, heap: &Heap, capacity: usize) -> bool {
        let old = self.capacity();
        let start = self as *const ArrayBuf as usize;
        if capacity <= old || !heap.extend_last(start, start + self.byte_size(), (capacity - old) * 8) {
            return false;
        }
        let slots = self.as_slot_ptr() as *mut Option<Value>;
        // SAFETY: the memory behind the buffer belongs to it now; nobody has seen it.
        unsafe { (old..capacity).for_each(|i| slots.add(i).write(None)) };
        self.capacity.set(capacity);
        self.hdr.lengthen(self.byte_size());
        true
    }
    #[inline(always)]
    pub fn capacity(&self) -> usize {
        self.capacity.get()
    }
    #[inline(always)]
    pub fn slots(&self) -> &[Cell<Option<Value>>] {
        // SAFETY: `capacity` initialised slots follow the struct; cells may alias.
        unsafe { std::slice::from_raw_parts(self.as_slot_ptr(), self.capacity()) }
    }
    #[inline(always)]
    pub fn as_slot_ptr(&self) -> *const Cell<Option<Value>> {
        // SAFETY: one past the struct is inside the allocation (or its end).
        unsafe { (self as *const ArrayBuf).add(1).cast() }
    }
    /// Visits the slots at addresses `from .. to`.
    pub(crate) fn trace_between(&self, from: usize, to: usize, tracer: &mut Tracer<'_>) {
        let base = self.as_slot_ptr() as usize;
        let (first, last) = (from.saturating_sub(base) / 8, to.saturating_sub(base) / 8);
        tracer.visit_slots(&self.slots()[first..last.min(self.capacity())]);
    }
    /// Stores with the write barrier.
    #[inline(always)]
    pub fn set(&self, heap: &Heap, index: usize, value: Value) {
        let slot = &self.slots()[index];
        slot.set(Some(value));
        heap.barrier_slot(&self.hdr, slot, value);
    }
}

/// `capacity` bytes, of which `used` are taken: the shared append buffer of strings and bytes.
#[repr(C)]
pub struct ByteBuf {
    hdr: Header,
    capacity: usize,
    /// Watermark: a string that ends here may grow in place.
    pub used: Cell<usize>,
}

// SAFETY: holds no values.
unsafe impl HeapObject for ByteBuf {
    const KIND: Kind = Kind::ByteBuf;
    fn trace(&self, _: &mut Tracer<'_>) {}
    fn byte_size(&self) -> usize {
        size_of::<ByteBuf>() + ((self.capacity + 7) & !7)
    }
}

impl ByteBuf {
    /// A buffer of `capacity` bytes, contents unspecified.
    pub fn new(heap: &Heap, capacity: usize) -> Gc<ByteBuf> {
        heap.alloc_tail(
            shape_id::BYTE_BUF,
            ByteBuf { hdr: Header::blank(), capacity, used: Cell::new(0) },
            capacity,
            false,
        )
    }
    #[inline(always)]
    pub fn capacity(&self) -> usize {
        self.capacity
    }
    #[inline(always)]
    pub fn data(&self) -> *mut u8 {
        // SAFETY: the bytes follow the struct.
        unsafe { (self as *const ByteBuf).add(1) as *mut u8 }
    }
}

/// A growable array of values for native locals.
pub struct GcVec {
    buf: Option<Gc<ArrayBuf>>,
    len: usize,
}

impl GcVec {
    pub fn new() -> GcVec {
        GcVec { buf: None, len: 0 }
    }
    pub fn with_capacity(heap: &Heap, capacity: usize) -> GcVec {
        GcVec { buf: (capacity > 0).then(|| ArrayBuf::new(heap, capacity)), len: 0 }
    }
    pub fn from_slice(heap: &Heap, values: &[Value]) -> GcVec {
        let buf = (!values.is_empty()).then(|| ArrayBuf::copied(heap, values, values.len()));
        GcVec { buf, len: values.len() }
    }
    /// `count` times the same value.
    pub fn repeated(heap: &Heap, value: Value, count: usize) -> GcVec {
        let vec = GcVec::with_capacity(heap, count);
        if let Some(buf) = vec.buf {
            buf.slots().iter().for_each(|slot| slot.set(Some(value)));
        }
        GcVec { buf: vec.buf, len: count }
    }
    /// A vector of what `values` yields; the iterator keeps the values alive.
    pub fn from_values(heap: &Heap, values: impl Iterator<Item = Value>) -> GcVec {
        let mut v = GcVec::new();
        values.for_each(|x| v.push(heap, x));
        v
    }
    /// All values of an iterator.
    pub fn from_iter_in(heap: &Heap, values: impl IntoIterator<Item = Value>) -> GcVec {
        let mut v = GcVec::new();
        values.into_iter().for_each(|x| v.push(heap, x));
        v
    }
    #[inline]
    pub fn push(&mut self, heap: &Heap, value: Value) {
        let buf = match self.buf {
            Some(buf) if self.len < buf.capacity() => buf,
            _ => self.grow(heap, value),
        };
        buf.set(heap, self.len, value);
        self.len += 1;
    }
    #[cold]
    fn grow(&mut self, heap: &Heap, keep: Value) -> Gc<ArrayBuf> {
        let new = self.grow_to(heap, (self.len * 2).max(4));
        std::hint::black_box(keep);
        new
    }
    pub fn pop(&mut self) -> Option<Value> {
        let buf = self.buf?;
        self.len = self.len.checked_sub(1)?;
        buf.slots()[self.len].take()
    }
    pub fn truncate(&mut self, len: usize) {
        while self.len > len {
            self.pop();
        }
    }
    pub fn set(&mut self, heap: &Heap, index: usize, value: Value) {
        assert!(index < self.len);
        self.buf.expect("a non-empty vector has a buffer").set(heap, index, value);
    }
    pub fn extend_from_slice(&mut self, heap: &Heap, values: &[Value]) {
        let needed = self.len + values.len();
        let buf = match self.buf {
            Some(buf) if needed <= buf.capacity() => buf,
            _ if values.is_empty() => return,
            _ => self.grow_to(heap, needed.max(self.len * 2)),
        };
        // SAFETY: the buffer has room for `needed` values and belongs to this vector alone.
        unsafe {
            let end = (buf.as_slot_ptr() as *mut Value).add(self.len);
            std::ptr::copy_nonoverlapping(values.as_ptr(), end, values.len());
        }
        self.len = needed;
        heap.barrier_object(buf.header());
    }
    /// Moves to a buffer of `capacity` slots.
    fn grow_to(&mut self, heap: &Heap, capacity: usize) -> Gc<ArrayBuf> {
        let new = ArrayBuf::copied(heap, self, capacity);
        self.buf = Some(new);
        new
    }
    /// The values as a mutable slice, for sorting and reversing in place.
    pub fn as_mut_slice(&mut self, heap: &Heap) -> &mut [Value] {
        match self.buf {
            None => &mut [],
            Some(buf) => {
                heap.barrier_object(buf.header());
                // SAFETY: the first `len` slots are filled; nothing else refers to the private buffer.
                unsafe { std::slice::from_raw_parts_mut(buf.as_slot_ptr() as *mut Value, self.len) }
            }
        }
    }
    /// The values as cells, for algorithms that permute them while the collector may look.
    pub fn as_cells(&self, heap: &Heap) -> &[Cell<Value>] {
        match self.buf {
            None => &[],
            Some(buf) => {
                heap.barrier_object(buf.header());
                // SAFETY: the first `len` slots are filled, and cells of `Option<Value>` and `Value` have one layout.
                unsafe { std::slice::from_raw_parts(buf.as_slot_ptr().cast::<Cell<Value>>(), self.len) }
            }
        }
    }
    /// Takes over a buffer whose first `len` slots are filled; nobody else may use it any more.
    pub fn from_parts(buf: Option<Gc<ArrayBuf>>, len: usize) -> GcVec {
        assert!(buf.map_or(0, |b| b.capacity()) >= len);
        GcVec { buf, len }
    }
    /// The backing buffer, given away (list construction without a copy).
    pub fn into_parts(self) -> (Option<Gc<ArrayBuf>>, usize) {
        (self.buf, self.len)
    }
}

impl Default for GcVec {
    fn default() -> Self {
        GcVec::new()
    }
}

impl Deref for GcVec {
    type Target = [Value];
    #[inline(always)]
    fn deref(&self) -> &[Value] {
        match self.buf {
            None => &[],
            // SAFETY: the first `len` slots are filled, and `Option<Value>` has `Value`'s layout.
            Some(buf) => unsafe { std::slice::from_raw_parts(buf.as_slot_ptr().cast::<Value>(), self.len) },
        }
    }
}
