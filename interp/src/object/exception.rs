//! Exceptions. The classes are the table in [`crate::vm::exceptions`]; all instances share one layout.

use super::header::{Gc, Header, HeapObject, Kind};
use super::shape::ShapeId;
use super::traceback::Traceback;
use super::tuple::Tuple;
use crate::heap::{Heap, Tracer};
use crate::native::TypeDef;
use crate::value::Value;
use std::cell::Cell;

/// Words for the members of particular classes (`OSError.errno`, `SyntaxError.lineno`, `StopIteration.value` ...).
pub const MEMBERS: usize = 10;

/// An instance of `BaseException` or a subclass.
#[repr(C)]
pub struct Exception {
    hdr: Header,
    pub args: Cell<Gc<Tuple>>,
    pub traceback: Cell<Option<Gc<Traceback>>>,
    pub context: Cell<Option<Value>>,
    pub cause: Cell<Option<Value>>,
    pub suppress_context: Cell<bool>,
    members: Cell<Option<Gc<crate::heap::ArrayBuf>>>,
    ext_words: usize,
}

// SAFETY: every value is visited.
unsafe impl HeapObject for Exception {
    const KIND: Kind = Kind::Exception;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.visit(self.args.get().value());
        let optional = [
            self.traceback.get().map(Gc::value),
            self.context.get(),
            self.cause.get(),
            self.members.get().map(Gc::value),
        ];
        optional.into_iter().flatten().for_each(|v| tracer.visit(v));
        super::trace_extension(&self.hdr, self.ext_words, tracer);
    }
    fn byte_size(&self) -> usize {
        super::fixed_size::<Exception>(self.ext_words)
    }
}

impl Exception {
    pub fn new(heap: &Heap, shape: ShapeId, ext_words: usize, args: Gc<Tuple>) -> Gc<Exception> {
        let exception = Exception {
            hdr: Header::blank(),
            args: Cell::new(args),
            traceback: Cell::new(None),
            context: Cell::new(None),
            cause: Cell::new(None),
            suppress_context: Cell::new(false),
            members: Cell::new(None),
            ext_words,
        };
        heap.alloc_tail(shape, exception, 8 * ext_words, true)
    }
    /// Member word `index` of a class that has members.
    pub fn member(&self, index: usize) -> Option<Value> {
        self.members.get()?.as_ref().slots()[index].get()
    }
    pub fn set_member(&self, heap: &Heap, index: usize, value: Option<Value>) {
        let members = self.members.get().unwrap_or_else(|| {
            let fresh = crate::heap::ArrayBuf::new(heap, MEMBERS);
            self.members.set(Some(fresh));
            heap.barrier(&self.hdr, fresh.value());
            fresh
        });
        match value {
            Some(v) => members.set(heap, index, v),
            None => members.as_ref().slots()[index].set(None),
        }
    }
    pub fn set_args(&self, heap: &Heap, args: Gc<Tuple>) {
        self.args.set(args);
        heap.barrier(&self.hdr, args.value());
    }
    pub fn set_traceback(&self, heap: &Heap, tb: Option<Gc<Traceback>>) {
        self.traceback.set(tb);
        heap.barrier_object(&self.hdr);
    }
    pub fn set_context(&self, heap: &Heap, context: Option<Value>) {
        self.context.set(context);
        heap.barrier_object(&self.hdr);
    }
    pub fn set_cause(&self, heap: &Heap, cause: Option<Value>) {
        self.cause.set(cause);
        self.suppress_context.set(true);
        heap.barrier_object(&self.hdr);
    }
}

pub static TYPE_DEF: TypeDef = TypeDef {
    name: "BaseException",
    kind: Kind::Exception,
    subclassable: true,
    has_dict: true,
    ..TypeDef::PLAIN
};
