//! Iterators over the built-in containers: one layout, [`SeqIter`]; the shape tells what it walks.

use super::header::{Gc, Header, HeapObject, Kind};
use super::shape::ShapeId;
use crate::heap::{Heap, Tracer};
use crate::native::TypeDef;
use crate::value::Value;
use std::cell::Cell;

/// A position in a container. Exhausted once `container` is empty.
#[repr(C)]
pub struct SeqIter {
    hdr: Header,
    pub container: Cell<Option<Value>>,
    /// Index of the next item (dict iterators: of the next entry).
    pub index: Cell<usize>,
    /// Length at the start, for dict and set iterators: a change is an error.
    pub expected_len: Cell<usize>,
    pub remaining: Cell<usize>,
}

// SAFETY: the container is visited.
unsafe impl HeapObject for SeqIter {
    const KIND: Kind = Kind::SeqIter;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if let Some(v) = self.container.get() {
            tracer.visit(v);
        }
    }
}

impl SeqIter {
    pub fn new(heap: &Heap, shape: ShapeId, container: Value, index: usize, len: usize) -> Gc<SeqIter> {
        heap.alloc(
            shape,
            SeqIter {
                hdr: Header::blank(),
                container: Cell::new(Some(container)),
                index: Cell::new(index),
                expected_len: Cell::new(len),
                remaining: Cell::new(len),
            },
        )
    }
}

macro_rules! iterator_defs {
    ($($konst:ident $name:literal;)*) => {
        $(pub static $konst: TypeDef = TypeDef { name: $name, kind: Kind::SeqIter, ..TypeDef::PLAIN };)*
    };
}
iterator_defs! {
    LIST_ITER_DEF "list_iterator";
    TUPLE_ITER_DEF "tuple_iterator";
    STR_ITER_DEF "str_ascii_iterator";
    BYTES_ITER_DEF "bytes_iterator";
    BYTEARRAY_ITER_DEF "bytearray_iterator";
    SEQ_ITER_DEF "iterator";
    LIST_REVITER_DEF "list_reverseiterator";
    REVERSED_DEF "reversed";
    DICT_KEYITER_DEF "dict_keyiterator";
    DICT_VALUEITER_DEF "dict_valueiterator";
    DICT_ITEMITER_DEF "dict_itemiterator";
    SET_ITER_DEF "set_iterator";
}
