//! Instances of Python classes: attributes in slots that the shape names.
//!
//! Layout: header, overflow word, `slot_words` words of `__slots__`, `inline_capacity` attribute slots. The overflow word
//! is empty, an array of further attribute values, or, in dictionary mode, the dict that holds all attributes.

use super::dict::Dict;
use super::header::{Gc, Header, HeapObject, Kind};
use super::shape::Shape;
use super::str::Str;
use crate::heap::{ArrayBuf, Heap, Tracer};
use crate::value::Value;
use std::cell::Cell;

/// See the module documentation.
#[repr(C)]
pub struct Instance {
    hdr: Header,
    overflow: Cell<Option<Value>>,
}

/// Byte offset of the first slot word.
pub const FIRST_SLOT_OFFSET: usize = size_of::<Instance>();

// SAFETY: all words after the header are values or empty.
unsafe impl HeapObject for Instance {
    const KIND: Kind = Kind::Instance;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if let Some(v) = self.overflow.get() {
            tracer.visit(v);
        }
        tracer.visit_slots(self.words());
    }
}

/// Where the shape puts an attribute.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Location {
    /// Word index behind the overflow word.
    Inline(usize),
    /// Index into the overflow array.
    Overflow(usize),
}

impl Instance {
    /// Allocates an instance with all slots empty.
    #[inline]
    pub fn new(heap: &Heap, shape: &Shape) -> Gc<Instance> {
        let words = (shape.inline_capacity + shape.slot_words) as usize;
        heap.alloc_tail(
            shape.id,
            Instance { hdr: Header::blank(), overflow: Cell::new(None) },
            words * 8,
            true,
        )
    }

    /// The slot words.
    #[inline(always)]
    pub fn words(&self) -> &[Cell<Option<Value>>] {
        let n = (self.hdr.byte_size() - FIRST_SLOT_OFFSET) / 8;
        // SAFETY: the header's size covers them.
        unsafe { std::slice::from_raw_parts((self as *const Instance).add(1).cast(), n) }
    }

    /// Location of attribute `index` in instances of `shape`.
    #[inline(always)]
    pub fn location(shape: &Shape, index: usize) -> Location {
        if index < shape.inline_capacity as usize {
            Location::Inline(shape.slot_words as usize + index)
        } else {
            Location::Overflow(index - shape.inline_capacity as usize)
        }
    }

    #[inline]
    pub fn read(&self, at: Location) -> Option<Value> {
        match at {
            Location::Inline(i) => self.words()[i].get(),
            Location::Overflow(i) => self.overflow_array()?.slots().get(i)?.get(),
        }
    }

    /// Stores into an existing attribute, or a new one after the overflow array was made large enough.
    pub fn write(&self, heap: &Heap, at: Location, value: Value) {
        match at {
            Location::Inline(i) => {
                self.words()[i].set(Some(value));
                heap.barrier(&self.hdr, value);
            }
            Location::Overflow(i) => {
                let array = match self.overflow_array() {
                    Some(array) if i < array.capacity() => array,
                    old => self.grow_overflow(heap, old, i),
                };
                array.set(heap, i, value);
            }
        }
    }

    fn grow_overflow(&self, heap: &Heap, old: Option<Gc<ArrayBuf>>, index: usize) -> Gc<ArrayBuf> {
        let array = ArrayBuf::new(heap, (index + 1).next_power_of_two().max(4));
        if let Some(old) = old {
            for (to, from) in array.slots().iter().zip(old.slots()) {
                to.set(from.get());
            }
        }
        self.overflow.set(Some(array.value()));
        heap.barrier(&self.hdr, array.value());
        array
    }

    fn overflow_array(&self) -> Option<Gc<ArrayBuf>> {
        self.overflow.get()?.downcast()
    }

    /// The attribute dictionary of an instance in dictionary mode.
    #[inline]
    pub fn dict(&self) -> Option<Gc<Dict>> {
        self.overflow.get()?.downcast()
    }

    /// Replaces the dictionary of an instance in dictionary mode (`obj.__dict__ = d`).
    pub fn set_dict(&self, heap: &Heap, dict: Gc<Dict>) {
        self.overflow.set(Some(dict.value()));
        heap.barrier(&self.hdr, dict.value());
    }

    /// Moves all attributes of an instance with `shape` into a new dict and switches to `dict_shape`.
    pub fn enter_dict_mode(&self, heap: &Heap, shape: &Shape, dict_shape: &Shape) -> Gc<Dict> {
        let dict = Dict::new(heap);
        shape.with_names(|names| {
            for (i, &name) in names.iter().enumerate() {
                if let Some(v) = self.read(Instance::location(shape, i)) {
                    dict.insert_str(heap, name, v);
                }
            }
        });
        let first = shape.slot_words as usize;
        self.words()[first..].iter().for_each(|w| w.set(None));
        self.hdr.set_shape(dict_shape.id);
        self.set_dict(heap, dict);
        dict
    }

    /// The value of attribute `name` (interned) by the slots of `shape`.
    pub fn get(&self, shape: &Shape, name: Gc<Str>) -> Option<Value> {
        self.read(Instance::location(shape, shape.find(name)?))
    }
}
