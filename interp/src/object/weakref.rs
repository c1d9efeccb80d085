//! Weak references. The heap's side table finds them by the address of their target.

use super::header::{Gc, Header, HeapObject, Kind, flag};
use super::shape::ShapeId;
use super::str::Str;
use super::typeobj::{Type, type_flag};
use crate::heap::{Heap, Tracer};
use crate::native::Args;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::compare::CompareOp;
use adder_macros::pymethods;
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

/// What `weakref.ref` and its subclasses make of their arguments.
#[pymethods(name = "ReferenceType", module = "weakref", kind = WeakRef, subclassable, def = TYPE_DEF)]
impl WeakRef {
    #[pynew]
    fn __new__(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult<Gc<WeakRef>> {
        if cls.kind != Kind::WeakRef {
            let name = cls.name();
            return Err(vm.type_error(format!(
                "weakref.ReferenceType.__new__({name}): {name} is not a subtype of weakref.ReferenceType"
            )));
        }
        let values = args.counted(vm, "__new__", 1, 2)?;
        vm.new_weakref(cls, values[0], values.get(1).copied())
    }

    #[pymethod]
    fn __init__(_this: Gc<WeakRef>, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        args.reject_keywords(vm, "ref")?;
        args.counted(vm, "__init__", 1, 2).map(drop)
    }

    #[pymethod]
    fn __call__(this: Gc<WeakRef>, vm: &Vm, args: Args<'_>) -> PyResult<Option<Value>> {
        args.reject_keywords(vm, "weakref")?;
        args.counted(vm, "weakref", 0, 0)?;
        Ok(this.target())
    }

    #[pymethod]
    fn __hash__(this: Gc<WeakRef>, vm: &Vm) -> PyResult<i64> {
        if let Some(hash) = this.hash.get() {
            return Ok(hash as i64);
        }
        let Some(target) = this.target() else {
            return Err(vm.type_error("weak object has gone away"));
        };
        let hash = vm.hash(target)?;
        this.hash.set(Some(hash));
        Ok(hash as i64)
    }

    #[pymethod]
    fn __eq__(this: Gc<WeakRef>, vm: &Vm, other: Value) -> PyResult {
        let Some(other) = other.downcast::<WeakRef>() else { return Ok(Value::not_implemented()) };
        match (this.target(), other.target()) {
            (Some(a), Some(b)) => vm.compare(CompareOp::Eq, a, b),
            _ => Ok(Value::bool(this == other)),
        }
    }

    #[pymethod]
    fn __ne__(this: Gc<WeakRef>, vm: &Vm, other: Value) -> PyResult {
        let Some(other) = other.downcast::<WeakRef>() else { return Ok(Value::not_implemented()) };
        match (this.target(), other.target()) {
            (Some(a), Some(b)) => vm.compare(CompareOp::Ne, a, b),
            _ => Ok(Value::bool(this != other)),
        }
    }

    #[pymethod]
    fn __repr__(this: Gc<WeakRef>, vm: &Vm) -> PyResult<String> {
        let at = this.as_ptr() as usize;
        let Some(target) = this.target() else { return Ok(format!("<weakref at {at:#x}; dead>")) };
        let class = vm.type_of(target);
        // Built-in classes are named in full.
        let class = if class.has(type_flag::HEAP) { class.name() } else { class.qualified_name() };
        let address = target.bits();
        let name = match vm.getattr_opt(target, vm.names.__name__)? {
            Some(name) if name.is::<Str>() => format!(" ({})", vm.str_text(name)?),
            _ => String::new(),
        };
        Ok(format!("<weakref at {at:#x}; to '{class}' at {address:#x}{name}>"))
    }

    #[pyclassmethod]
    fn __class_getitem__(cls: Gc<Type>, vm: &Vm, item: Value) -> PyResult {
        vm.generic_alias(cls, item)
    }

    #[pygetset]
    fn __callback__(this: Gc<WeakRef>) -> Option<Value> {
        this.callback()
    }
}

impl Vm {
    /// A weak reference of class `cls` to `target`; plain ones without a callback are shared.
    pub fn new_weakref(
        &self,
        cls: Gc<Type>,
        target: Value,
        callback: Option<Value>,
    ) -> PyResult<Gc<WeakRef>> {
        let class = self.type_of(target);
        if target.header().is_none() || !class.has(type_flag::WEAKREFABLE) {
            return Err(self
                .type_error(format!("cannot create weak reference to '{}' object", class.qualified_name())));
        }
        let shape = cls.root_shape().id;
        let callback = callback.filter(|c| !c.is_none());
        if callback.is_none() && !cls.has(type_flag::HEAP) {
            let refs = self.heap.weakrefs.borrow();
            let of_target = target.header().and_then(|h| refs.get(&h.address()));
            let shared = |r: &&Gc<WeakRef>| r.header().shape() == shape && r.callback().is_none();
            if let Some(&found) = of_target.and_then(|refs| refs.iter().find(shared)) {
                return Ok(found);
            }
        }
        Ok(WeakRef::new(&self.heap, shape, cls.ext_words.get() as usize, target, callback))
    }
}
