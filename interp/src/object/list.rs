//! `list`: a contiguous, growing array of values.

use super::header::{Gc, Header, HeapObject, Kind};
use super::shape::{ShapeId, shape_id};
use crate::heap::{ArrayBuf, GcVec, Heap, Tracer};
use crate::native::TypeDef;
use crate::value::Value;
use std::cell::Cell;

/// See the module documentation. `len` slots of the buffer are filled, the others empty.
#[repr(C)]
pub struct List {
    hdr: Header,
    len: Cell<usize>,
    buf: Cell<Option<Gc<ArrayBuf>>>,
    ext_words: usize,
}

// SAFETY: the buffer and the extension words are visited.
unsafe impl HeapObject for List {
    const KIND: Kind = Kind::List;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if let Some(buf) = self.buf.get() {
            tracer.visit(buf.value());
        }
        super::trace_extension(&self.hdr, self.ext_words, tracer);
    }
    fn byte_size(&self) -> usize {
        super::fixed_size::<List>(self.ext_words)
    }
}

impl List {
    /// An empty list.
    pub fn new(heap: &Heap) -> Gc<List> {
        List::of_class(heap, shape_id::LIST, 0)
    }
    /// An empty list of a class with this shape.
    pub fn of_class(heap: &Heap, shape: ShapeId, ext_words: usize) -> Gc<List> {
        let list = List { hdr: Header::blank(), len: Cell::new(0), buf: Cell::new(None), ext_words };
        heap.alloc_tail(shape, list, 8 * ext_words, true)
    }
    pub fn from_slice(heap: &Heap, values: &[Value]) -> Gc<List> {
        List::from_vec(heap, GcVec::from_slice(heap, values))
    }
    /// Takes over the vector's buffer.
    pub fn from_vec(heap: &Heap, values: GcVec) -> Gc<List> {
        let list = List::new(heap);
        list.replace(heap, values);
        list
    }
    /// Replaces the contents by the vector's buffer.
    pub fn replace(&self, heap: &Heap, values: GcVec) {
        let (buf, len) = values.into_parts();
        self.buf.set(buf);
        self.len.set(len);
        heap.barrier_object(&self.hdr);
    }
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len.get()
    }
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The items as cells: Python code may change or shrink the list while they are looked at, so do not hold the
    /// slice across a call that takes the VM.
    #[inline(always)]
    pub fn slots(&self) -> &[Cell<Option<Value>>] {
        match self.buf.get() {
            None => &[],
            Some(buf) => &buf.as_ref().slots()[..self.len()],
        }
    }
    #[inline(always)]
    pub fn get(&self, index: usize) -> Option<Value> {
        if index < self.len() { self.slots()[index].get() } else { None }
    }
    /// Item `index` (in bounds) becomes `value`.
    #[inline(always)]
    pub fn set(&self, heap: &Heap, index: usize, value: Value) {
        let buf = self.buf.get().expect("a non-empty list has a buffer");
        debug_assert!(index < self.len());
        buf.set(heap, index, value);
    }
    #[inline]
    pub fn push(&self, heap: &Heap, value: Value) {
        let len = self.len();
        let buf = match self.buf.get() {
            Some(buf) if len < buf.capacity() => buf,
            _ => self.grow(heap, len + 1),
        };
        buf.set(heap, len, value);
        self.len.set(len + 1);
    }
    /// Makes room for at least `needed` items.
    #[cold]
    fn grow(&self, heap: &Heap, needed: usize) -> Gc<ArrayBuf> {
        let capacity = (needed + (needed >> 2) + 4).max(self.len() * 3 / 2);
        let buf = ArrayBuf::new(heap, capacity);
        for (to, from) in buf.slots().iter().zip(self.slots()) {
            to.set(from.get());
        }
        self.buf.set(Some(buf));
        heap.barrier(&self.hdr, buf.value());
        buf
    }
    pub fn pop(&self) -> Option<Value> {
        let last = self.len().checked_sub(1)?;
        let value = self.slots()[last].take();
        self.len.set(last);
        value
    }
    /// Replaces items `from..to` by `values`, moving what follows.
    pub fn splice(&self, heap: &Heap, from: usize, to: usize, values: &[Value]) {
        let old_len = self.len();
        let new_len = old_len - (to - from) + values.len();
        let buf = match self.buf.get() {
            Some(buf) if new_len <= buf.capacity() => buf,
            None if new_len == 0 => return,
            _ => self.grow(heap, new_len),
        };
        let slots = buf.slots();
        let tail = old_len - to;
        if from + values.len() > to {
            for i in (0..tail).rev() {
                slots[from + values.len() + i].set(slots[to + i].get());
            }
        } else {
            for i in 0..tail {
                slots[from + values.len() + i].set(slots[to + i].get());
            }
        }
        for (slot, &v) in slots[from..].iter().zip(values) {
            slot.set(Some(v));
        }
        for slot in slots.iter().take(old_len).skip(new_len) {
            slot.set(None);
        }
        self.len.set(new_len);
        heap.barrier_object(buf.header());
    }
    pub fn clear(&self) {
        self.buf.set(None);
        self.len.set(0);
    }
    /// A snapshot of the items.
    pub fn to_vec(&self, heap: &Heap) -> GcVec {
        let mut v = GcVec::with_capacity(heap, self.len());
        let mut i = 0;
        while let Some(x) = self.get(i) {
            v.push(heap, x);
            i += 1;
        }
        v
    }
}

pub static TYPE_DEF: TypeDef = TypeDef {
    name: "list",
    kind: Kind::List,
    subclassable: true,
    match_self: true,
    sequence: true,
    ..TypeDef::PLAIN
};
