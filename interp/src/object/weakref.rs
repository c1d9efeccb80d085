//! Weak references. The heap's side table finds them by the address of their target.

use super::header::{Gc, Header, HeapObject, Kind, flag};
use super::shape::ShapeId;
use crate::heap::{Heap, Tracer};
use crate::native::TypeDef;
use crate::value::Value;
use std::cell::Cell;

/// A weak reference (also the core of proxies). The target is not traced; the collector clears it.
#[repr(C)]
pub struct WeakRef {
    hdr: Header,
    target: Cell<Option<Value>>,
    callback: Cell<Option<Value>>,
    /// Hash of the target, once computed.
    pub hash: Cell<Option<u64>>,
    ext_words: usize,
}

// SAFETY: the callback and the extension words are visited; the target is weak on purpose.
unsafe impl HeapObject for WeakRef {
    const KIND: Kind = Kind::WeakRef;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if let Some(v) = self.callback.get() {
            tracer.visit(v);
        }
        super::trace_extension(&self.hdr, self.ext_words, tracer);
    }
    fn byte_size(&self) -> usize {
        super::fixed_size::<WeakRef>(self.ext_words)
    }
}

impl WeakRef {
    /// A reference to `target`, a heap object, entered into the side table.
    pub fn new(
        heap: &Heap,
        shape: ShapeId,
        ext_words: usize,
        target: Value,
        callback: Option<Value>,
    ) -> Gc<WeakRef> {
        let object = WeakRef {
            hdr: Header::blank(),
            target: Cell::new(Some(target)),
            callback: Cell::new(callback),
            hash: Cell::new(None),
            ext_words,
        };
        let reference = heap.alloc_tail(shape, object, 8 * ext_words, true);
        if let Some(header) = target.header() {
            header.set(flag::WEAKLY_REFERENCED);
            heap.weakrefs.borrow_mut().entry(header.address()).or_default().push(reference);
        }
        reference
    }
    #[inline]
    pub fn target(&self) -> Option<Value> {
        self.target.get()
    }
    pub fn callback(&self) -> Option<Value> {
        self.callback.get()
    }
    /// Forgets the callback (it is about to run, or never will).
    pub fn take_callback(&self) -> Option<Value> {
        self.callback.take()
    }
    pub(crate) fn clear(&self) {
        self.target.set(None);
    }
    /// The references to `target`, oldest first.
    pub fn of(heap: &Heap, target: Value) -> Vec<Gc<WeakRef>> {
        let address = target.header().map_or(0, Header::address);
        heap.weakrefs.borrow().get(&address).cloned().unwrap_or_default()
    }
}

pub static TYPE_DEF: TypeDef = TypeDef {
    name: "ReferenceType",
    module: "weakref",
    kind: Kind::WeakRef,
    subclassable: true,
    ..TypeDef::PLAIN
};
