//! Exceptions. The classes are the table in [`crate::vm::exceptions`]; all instances share one layout.
//!
//! Classes with attributes of their own (`OSError.errno`, `SyntaxError.lineno` ...) keep them in numbered member words,
//! allocated on first use. Their definitions live in one file per family: [`simple`], [`os_error`], [`syntax_error`],
//! [`unicode_error`], [`group`]; [`base`] has the methods of `BaseException`.
//!
//! Rust code makes exceptions from a class and arguments ([`crate::vm::Vm::new_exception`]); [`initialise`] then does what the
//! constructor of the class would have done with the arguments.

pub mod base;
pub mod group;
pub mod members;
pub mod os_error;
pub mod simple;
pub mod syntax_error;
pub mod unicode_error;

pub use base::TYPE_DEF;
pub use group::{match_star, prepare_reraise_star};

use crate::heap::{Heap, Tracer};
use crate::native::TypeDef;
use crate::object::header::{Gc, Header, HeapObject, Kind};
use crate::object::shape::ShapeId;
use crate::object::traceback::Traceback;
use crate::object::tuple::Tuple;
use crate::object::typeobj::{Type, type_flag};
use crate::value::Value;
use crate::vm::Vm;
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
        crate::object::trace_extension(&self.hdr, self.ext_words, tracer);
    }
    fn byte_size(&self) -> usize {
        crate::object::fixed_size::<Exception>(self.ext_words)
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

impl Exception {
    /// An instance of `cls`, a class below `BaseException`, with these arguments and no members.
    pub fn of_class(vm: &Vm, cls: Gc<Type>, args: Gc<Tuple>) -> Gc<Exception> {
        let e = Exception::new(&vm.heap, cls.root_shape().id, cls.ext_words.get() as usize, args);
        if cls.has(type_flag::HAS_FINALIZER) {
            vm.heap.register_finalizer(e.header());
        }
        e
    }
}

/// Sets the members that the constructor of the exception's class derives from positional arguments.
///
/// Arguments the constructor would refuse leave the members unset.
pub fn initialise(vm: &Vm, e: Gc<Exception>) {
    let args = e.args.get();
    if args.is_empty() {
        return;
    }
    let ty = vm.type_of(e.value());
    let mut at = Some(ty);
    let definition: &'static TypeDef = loop {
        match at {
            None => return,
            Some(t) => match t.def {
                Some(def) => break def,
                None => at = t.base.get(),
            },
        }
    };
    let is = |def: &'static TypeDef| std::ptr::eq(definition, def);
    if is(&simple::STOP_ITERATION) || is(&simple::IMPORT_ERROR) {
        if args.len() == 1 || is(&simple::STOP_ITERATION) {
            e.set_member(&vm.heap, 0, Some(args[0]));
        }
    } else if is(&simple::SYSTEM_EXIT) {
        simple::set_exit_code(vm, e, &args);
    } else if is(&os_error::OS_ERROR) {
        os_error::set_members(vm, e, &args);
    } else if is(&syntax_error::SYNTAX_ERROR) {
        e.set_member(&vm.heap, syntax_error::MSG, Some(args[0]));
    } else if is(&unicode_error::ENCODE_ERROR) || is(&unicode_error::DECODE_ERROR) {
        unicode_error::set_members(vm, e, &args);
    } else if is(&unicode_error::TRANSLATE_ERROR) {
        args.iter().enumerate().take(4).for_each(|(i, &v)| e.set_member(&vm.heap, i + 1, Some(v)));
    }
}
