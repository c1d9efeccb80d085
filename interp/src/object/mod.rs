//! Python's objects: header and shapes, classes, and one file per built-in type.
//!
//! A type's file holds its `#[repr(C)]` struct (header first), the Rust API other code uses, and, in a `#[pymethods]`
//! block, its Python methods. Fields are `Cell`s; every store of a value into a heap field goes through the write barrier.
//!
//! Instances of Python subclasses of built-in types have the built-in's layout followed by `ext_words` words:
//! `__slots__` values and, last, the instance dictionary ([`ext_dict`]).
//!
//! Read next: [`header`], [`shape`], [`typeobj`], [`instance`].

pub mod byte_string;
pub mod bytearray;
pub mod bytearray_methods;
pub mod bytes;
pub mod bytes_methods;
pub mod cell;
pub mod cell_methods;
pub mod classmethod;
pub mod code;
pub mod code_methods;
pub mod complex;
pub mod complex_methods;
pub mod context;
pub mod descriptor;
pub mod dict;
pub mod dict_methods;
pub mod dict_views;
pub mod exception;
pub mod float;
pub mod float_methods;
pub mod frame;
pub mod frame_locals;
pub mod function;
pub mod function_methods;
pub mod generator;
pub mod header;
pub mod instance;
pub mod int;
pub mod int_methods;
pub mod iter;
pub mod iter_tools;
pub mod list;
pub mod mappingproxy;
pub mod memoryview;
pub mod memoryview_items;
pub mod method;
pub mod module;
pub mod module_methods;
pub mod namespace;
pub mod native;
pub mod objecttype;
pub mod percent;
pub mod property;
pub mod range;
pub mod reduce;
pub mod set;
pub mod set_methods;
pub mod shape;
pub mod singleton;
pub mod singleton_methods;
pub mod slice;
pub mod staticmethod;
pub mod str;
pub mod str_build;
pub mod str_format;
pub mod str_methods;
pub mod str_translate;
pub mod structseq;
pub mod superobject;
pub mod template;
pub mod traceback;
pub mod tuple;
pub mod type_attrs;
pub mod type_methods;
pub mod typeobj;
pub mod typing;
pub mod weakref;

use crate::heap::Tracer;
use crate::value::Value;
use header::{Gc, Header, Kind, round_up};
use std::cell::Cell;

/// Visits the `words` extension words at the end of an object.
pub fn trace_extension(header: &Header, words: usize, tracer: &mut Tracer<'_>) {
    for n in 0..words {
        // SAFETY: the object was allocated with this many trailing words.
        if let Some(v) = unsafe { header.trailing_word(n) }.get() {
            tracer.visit(v);
        }
    }
}

/// The word of an instance of a Python subclass of a builtin that holds its dictionary.
///
/// # Safety
/// The object's class has `ext_words > 0`.
pub unsafe fn ext_dict(header: &Header) -> &Cell<Option<Value>> {
    // SAFETY: promised by the caller.
    unsafe { header.trailing_word(0) }
}

/// Drops what a dead object owns outside the heap.
pub(crate) fn drop_payload(header: &'static Header) {
    // SAFETY: the kind names the layout; the collector calls this once per dead object.
    unsafe {
        match header.kind() {
            Kind::Native => {
                let native = Gc::<native::NativeHeader>::from_header(header);
                if let Some(drop) = native.info().drop {
                    drop(native.as_ptr().add(1).cast());
                }
            }
            Kind::ByteArray => Gc::<bytearray::ByteArray>::from_header(header).as_ptr().drop_in_place(),
            Kind::BigInt => Gc::<int::BigIntObject>::from_header(header).as_ptr().drop_in_place(),
            Kind::Code => Gc::<code::Code>::from_header(header).as_ptr().drop_in_place(),
            Kind::Type => Gc::<typeobj::Type>::from_header(header).as_ptr().drop_in_place(),
            Kind::Shape => Gc::<shape::Shape>::from_header(header).as_ptr().drop_in_place(),
            kind => unreachable!("objects of kind {kind:?} own nothing outside the heap"),
        }
    }
}

/// Size of a fixed-layout object of type `T` with extension words.
pub(crate) const fn fixed_size<T>(ext_words: usize) -> usize {
    round_up(size_of::<T>()) + 8 * ext_words
}

/// Offsets that machine code uses.
pub mod offset {
    use crate::object::classmethod::ClassMethod;
    use crate::object::function::{BoundMethod, Function, NativeFunction};
    use crate::object::iter::SeqIter;
    use crate::object::native::Native;
    use crate::object::range::RangeIter;
    use crate::object::typeobj::Type;
    use std::mem::offset_of;

    pub const HEADER_FLAGS: usize = 0;
    pub const HEADER_KIND: usize = 2;
    pub const HEADER_SHAPE: usize = 4;
    pub const FUNCTION_ENTRY: usize = offset_of!(Function, entry);
    pub const FUNCTION_CODE: usize = offset_of!(Function, code);
    pub const FUNCTION_GLOBALS: usize = offset_of!(Function, globals);
    pub const FUNCTION_BUILTINS: usize = offset_of!(Function, builtins);
    pub const FUNCTION_SIMPLE_ARGS: usize = offset_of!(Function, simple_args);
    pub const FUNCTION_NREGS: usize = offset_of!(Function, nregs);
    pub const FUNCTION_WORDS: usize = offset_of!(Function, words);
    pub const FUNCTION_DEFAULTS: usize = offset_of!(Function, defaults);
    pub const CLASSMETHOD_FUNCTION: usize =
        offset_of!(Native<ClassMethod>, payload) + offset_of!(ClassMethod, function);
    pub const METHOD_FUNCTION: usize = offset_of!(BoundMethod, function);
    pub const METHOD_RECEIVER: usize = offset_of!(BoundMethod, receiver);
    pub const NATIVE_RECEIVER: usize = offset_of!(NativeFunction, receiver);
    pub const FUNCTION_CLOSURE: usize = offset_of!(Function, closure);
    pub const CELL_CONTENTS: usize = super::cell::CONTENTS_OFFSET;
    pub const TYPE_VERSION: usize = offset_of!(Type, version);
    pub const RANGE_NEXT: usize = offset_of!(RangeIter, next);
    pub const RANGE_STEP: usize = offset_of!(RangeIter, step);
    pub const RANGE_REMAINING: usize = offset_of!(RangeIter, remaining);
    pub const SEQ_CONTAINER: usize = offset_of!(SeqIter, container);
    pub const SEQ_INDEX: usize = offset_of!(SeqIter, index);
    pub use crate::object::bytearray::offset::*;
    pub use crate::object::bytes::offset::*;
    pub use crate::object::dict::offset::*;
    pub use crate::object::int::offset::*;
    pub use crate::object::iter_tools::offset::*;
    pub use crate::object::list::offset::*;
    pub use crate::object::str::offset::*;
    pub use crate::object::tuple::offset::*;
}
