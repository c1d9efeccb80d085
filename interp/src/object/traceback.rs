//! Traceback objects: one per frame an exception passed through, innermost last in the chain.

use super::code::Code;
use super::header::{Gc, Header, HeapObject, Kind};
use super::shape::shape_id;
use crate::heap::{Heap, Tracer};
use crate::native::TypeDef;
use crate::value::Value;
use std::cell::Cell;

/// See the module documentation.
#[repr(C)]
pub struct Traceback {
    hdr: Header,
    pub next: Cell<Option<Gc<Traceback>>>,
    /// The frame object.
    pub frame: Value,
    pub code: Gc<Code>,
    /// Instruction index in the code.
    pub index: u32,
    /// Line, or -1 to derive it from `index`.
    pub line: Cell<i32>,
}

// SAFETY: every value is visited.
unsafe impl HeapObject for Traceback {
    const KIND: Kind = Kind::Traceback;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if let Some(next) = self.next.get() {
            tracer.visit(next.value());
        }
        tracer.visit(self.frame);
        tracer.visit(self.code.value());
    }
}

impl Traceback {
    pub fn new(
        heap: &Heap,
        next: Option<Gc<Traceback>>,
        frame: Value,
        code: Gc<Code>,
        index: u32,
    ) -> Gc<Traceback> {
        let tb = Traceback {
            hdr: Header::blank(),
            next: Cell::new(next),
            frame,
            code,
            index,
            line: Cell::new(-1),
        };
        heap.alloc(shape_id::TRACEBACK, tb)
    }
}

pub static TYPE_DEF: TypeDef = TypeDef { name: "traceback", kind: Kind::Traceback, ..TypeDef::PLAIN };
