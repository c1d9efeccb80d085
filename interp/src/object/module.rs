//! Modules.

use super::dict::Dict;
use super::header::{Gc, Header, HeapObject, Kind};
use super::shape::ShapeId;
use crate::heap::{Heap, Tracer};
use crate::native::ModuleDef;
use std::cell::Cell;

/// A module: its dict is its namespace.
#[repr(C)]
pub struct Module {
    hdr: Header,
    pub dict: Cell<Gc<Dict>>,
    pub def: Option<&'static ModuleDef>,
    ext_words: usize,
}

// SAFETY: the dict and the extension words are visited.
unsafe impl HeapObject for Module {
    const KIND: Kind = Kind::Module;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.visit(self.dict.get().value());
        super::trace_extension(&self.hdr, self.ext_words, tracer);
    }
    fn byte_size(&self) -> usize {
        super::fixed_size::<Module>(self.ext_words)
    }
}

impl Module {
    pub fn new(
        heap: &Heap,
        shape: ShapeId,
        ext_words: usize,
        dict: Gc<Dict>,
        def: Option<&'static ModuleDef>,
    ) -> Gc<Module> {
        heap.alloc_tail(
            shape,
            Module { hdr: Header::blank(), dict: Cell::new(dict), def, ext_words },
            8 * ext_words,
            true,
        )
    }
}
