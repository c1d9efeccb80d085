//! Iterators over the built-in containers: one layout, [`SeqIter`]; the shape tells what it walks.
//!
//! The step is [`Vm::next_in_sequence`], which the interpreter calls directly; the methods here are what Python sees.

use super::bytearray::ByteArray;
use super::bytes::Bytes;
use super::dict::Dict;
use super::header::{Gc, Header, HeapObject, Kind};
use super::list::List;
use super::shape::{ShapeId, shape_id};
use super::str::Str;
use super::tuple::Tuple;
use crate::heap::{Heap, Tracer};
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use adder_macros::pymethods;
use std::cell::Cell;

/// A position in a container. Exhausted once `container` is empty.
#[repr(C)]
pub struct SeqIter {
    hdr: Header,
    pub container: Cell<Option<Value>>,
    /// Index of the next item (dict iterators: of the next entry; backward iterators: one more than that).
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
        // Only instances of Python subclasses of `reversed` have extension words.
        let words = (self.hdr.byte_size() - size_of::<SeqIter>()) / 8;
        super::trace_extension(&self.hdr, words, tracer);
    }
}

impl SeqIter {
    pub fn new(heap: &Heap, shape: ShapeId, container: Value, index: usize, len: usize) -> Gc<SeqIter> {
        heap.alloc(shape, SeqIter::starting(container, index, len))
    }
    fn of_class(
        heap: &Heap,
        shape: ShapeId,
        words: usize,
        container: Value,
        index: usize,
        len: usize,
    ) -> Gc<SeqIter> {
        heap.alloc_tail(shape, SeqIter::starting(container, index, len), 8 * words, true)
    }
    fn starting(container: Value, index: usize, len: usize) -> SeqIter {
        SeqIter {
            hdr: Header::blank(),
            container: Cell::new(Some(container)),
            index: Cell::new(index),
            expected_len: Cell::new(len),
            remaining: Cell::new(len),
        }
    }

    /// Length of the sequence being walked, as it is now.
    fn sequence_length(&self, vm: &Vm, container: Value) -> PyResult<usize> {
        Ok(match self.hdr.shape() {
            shape_id::LIST_ITERATOR | shape_id::LIST_REVERSEITERATOR => {
                container.downcast::<List>().map_or(0, |l| l.len())
            }
            shape_id::TUPLE_ITERATOR => container.downcast::<Tuple>().map_or(0, |t| t.len()),
            shape_id::STR_ITERATOR => container.downcast::<Str>().map_or(0, |s| s.len()),
            shape_id::BYTES_ITERATOR => container.downcast::<Bytes>().map_or(0, |b| b.len()),
            shape_id::BYTEARRAY_ITERATOR => container.downcast::<ByteArray>().map_or(0, |b| b.len()),
            _ => vm.length(container)?,
        })
    }

    /// `__length_hint__` of iterators that count up.
    fn forward_hint(&self, vm: &Vm) -> PyResult {
        let Some(container) = self.container.get() else { return Ok(Value::small_int(0)) };
        if self.hdr.shape() == shape_id::SEQUENCE_ITERATOR
            && vm.special_of(container, crate::vm::special::Special::Len).is_none()
        {
            return Ok(Value::not_implemented());
        }
        let len = self.sequence_length(vm, container)?;
        Ok(vm.new_int(len.saturating_sub(self.index.get()) as i64))
    }

    /// `__length_hint__` of iterators that count down.
    fn backward_hint(&self, vm: &Vm) -> PyResult<usize> {
        let Some(container) = self.container.get() else { return Ok(0) };
        let len = self.sequence_length(vm, container)?;
        Ok(if len < self.index.get() { 0 } else { self.index.get() })
    }

    /// `(iter, (container,), index)`, or `(iter, (empty,))` of an exhausted iterator.
    fn reduce_forward(&self, vm: &Vm) -> PyResult {
        let iter = vm.builtin_function("iter")?;
        let Some(container) = self.container.get() else {
            let empty = match self.hdr.shape() {
                shape_id::STR_ITERATOR => vm.new_str(""),
                shape_id::LIST_ITERATOR => vm.new_list(&[]),
                _ => vm.new_tuple(&[]),
            };
            let args = vm.new_tuple(&[empty]);
            return Ok(vm.new_tuple(&[iter, args]));
        };
        let args = vm.new_tuple(&[container]);
        let index = vm.new_int(self.index.get() as i64);
        Ok(vm.new_tuple(&[iter, args, index]))
    }

    fn reduce_backward(&self, vm: &Vm) -> PyResult {
        let Some(container) = self.container.get() else {
            let iter = vm.builtin_function("iter")?;
            let empty = match self.hdr.shape() {
                shape_id::LIST_REVERSEITERATOR => vm.new_list(&[]),
                _ => vm.new_tuple(&[]),
            };
            let args = vm.new_tuple(&[empty]);
            return Ok(vm.new_tuple(&[iter, args]));
        };
        let args = vm.new_tuple(&[container]);
        let index = vm.new_int(self.index.get() as i64 - 1);
        Ok(vm.new_tuple(&[vm.types.reversed.value(), args, index]))
    }

    /// What is left of a dict or set iterator, as a list: `(iter, ([...],))`.
    fn reduce_rest(&self, vm: &Vm) -> PyResult {
        let iter = vm.builtin_function("iter")?;
        let rest = match self.container.get() {
            None => vm.new_list(&[]),
            Some(container) => {
                let copy = SeqIter::new(&vm.heap, self.hdr.shape(), container, self.index.get(), 0);
                copy.expected_len.set(self.expected_len.get());
                copy.remaining.set(self.remaining.get());
                vm.list_from(vm.collect(copy.value())?)
            }
        };
        let args = vm.new_tuple(&[rest]);
        Ok(vm.new_tuple(&[iter, args]))
    }

    fn set_forward_state(&self, vm: &Vm, state: Value) -> PyResult<()> {
        let index = vm.index_i64(state)?;
        if let Some(container) = self.container.get() {
            let len = match self.hdr.shape() {
                shape_id::SEQUENCE_ITERATOR => usize::MAX,
                _ => self.sequence_length(vm, container)?,
            };
            self.index.set((index.max(0) as usize).min(len));
        }
        Ok(())
    }

    fn set_backward_state(&self, vm: &Vm, state: Value) -> PyResult<()> {
        let index = vm.index_i64(state)?;
        if let Some(container) = self.container.get() {
            let len = self.sequence_length(vm, container)?;
            self.index.set((index.saturating_add(1).max(0) as usize).min(len));
        }
        Ok(())
    }
}

/// Iterators that count up through a sequence.
macro_rules! forward_iterators {
    ($($owner:ident $def:ident $name:tt;)*) => {$(
        /// Python's view of the iterator.
        pub struct $owner;

        #[pymethods(name = $name, kind = SeqIter, def = $def, no_constructor)]
        impl $owner {
            #[pymethod]
            fn __iter__(this: Gc<SeqIter>) -> Value {
                this.value()
            }
            #[pymethod]
            fn __next__(this: Gc<SeqIter>, vm: &Vm) -> PyResult<Option<Value>> {
                vm.next_in_sequence(this)
            }
            /// Private method returning an estimate of len(list(it)).
            #[pymethod]
            fn __length_hint__(this: Gc<SeqIter>, vm: &Vm) -> PyResult {
                this.forward_hint(vm)
            }
            /// Return state information for pickling.
            #[pymethod]
            fn __reduce__(this: Gc<SeqIter>, vm: &Vm) -> PyResult {
                this.reduce_forward(vm)
            }
            /// Set state information for unpickling.
            #[pymethod]
            fn __setstate__(this: Gc<SeqIter>, vm: &Vm, object: Value) -> PyResult<()> {
                this.set_forward_state(vm, object)
            }
        }
    )*};
}

forward_iterators! {
    ListIterator LIST_ITER_DEF "list_iterator";
    TupleIterator TUPLE_ITER_DEF "tuple_iterator";
    StrIterator STR_ITER_DEF "str_ascii_iterator";
    BytesIterator BYTES_ITER_DEF "bytes_iterator";
    ByteArrayIterator BYTEARRAY_ITER_DEF "bytearray_iterator";
    SequenceIterator SEQ_ITER_DEF "iterator";
}

/// Iterators over what has no order of its own: dicts, dict views, sets. They notice changes of size.
macro_rules! table_iterators {
    ($($owner:ident $def:ident $name:tt;)*) => {$(
        /// Python's view of the iterator.
        pub struct $owner;

        #[pymethods(name = $name, kind = SeqIter, def = $def, no_constructor)]
        impl $owner {
            #[pymethod]
            fn __iter__(this: Gc<SeqIter>) -> Value {
                this.value()
            }
            #[pymethod]
            fn __next__(this: Gc<SeqIter>, vm: &Vm) -> PyResult<Option<Value>> {
                vm.next_in_sequence(this)
            }
            /// Private method returning an estimate of len(list(it)).
            #[pymethod]
            fn __length_hint__(this: Gc<SeqIter>) -> usize {
                table_hint(this)
            }
            /// Return state information for pickling.
            #[pymethod]
            fn __reduce__(this: Gc<SeqIter>, vm: &Vm) -> PyResult {
                this.reduce_rest(vm)
            }
        }
    )*};
}

fn table_hint(iter: Gc<SeqIter>) -> usize {
    let now = iter.container.get().map(|c| match c.downcast::<Dict>() {
        Some(dict) => dict.len(),
        None => c.downcast::<super::set::Set>().map_or(0, |s| s.len()),
    });
    if now == Some(iter.expected_len.get()) { iter.remaining.get() } else { 0 }
}

table_iterators! {
    DictKeyIterator DICT_KEYITER_DEF "dict_keyiterator";
    DictValueIterator DICT_VALUEITER_DEF "dict_valueiterator";
    DictItemIterator DICT_ITEMITER_DEF "dict_itemiterator";
    DictReverseKeyIterator DICT_REVERSEKEYITER_DEF "dict_reversekeyiterator";
    DictReverseValueIterator DICT_REVERSEVALUEITER_DEF "dict_reversevalueiterator";
    DictReverseItemIterator DICT_REVERSEITEMITER_DEF "dict_reverseitemiterator";
    SetIterator SET_ITER_DEF "set_iterator";
}

/// Python's view of the iterator.
pub struct ListReverseIterator;

#[pymethods(name = "list_reverseiterator", kind = SeqIter, def = LIST_REVITER_DEF, no_constructor)]
impl ListReverseIterator {
    #[pymethod]
    fn __iter__(this: Gc<SeqIter>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(this: Gc<SeqIter>, vm: &Vm) -> PyResult<Option<Value>> {
        vm.next_in_sequence(this)
    }
    /// Private method returning an estimate of len(list(it)).
    #[pymethod]
    fn __length_hint__(this: Gc<SeqIter>, vm: &Vm) -> PyResult<usize> {
        this.backward_hint(vm)
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(this: Gc<SeqIter>, vm: &Vm) -> PyResult {
        this.reduce_backward(vm)
    }
    /// Set state information for unpickling.
    #[pymethod]
    fn __setstate__(this: Gc<SeqIter>, vm: &Vm, object: Value) -> PyResult<()> {
        this.set_backward_state(vm, object)
    }
}

/// Python's view of the iterator.
pub struct Reversed;

/// Return a reverse iterator over the values of the given sequence.
#[pymethods(name = "reversed", kind = SeqIter, def = REVERSED_DEF, subclassable)]
impl Reversed {
    #[pynew(sig = "(sequence, /)")]
    fn __new__(cls: Gc<super::typeobj::Type>, vm: &Vm, sequence: Value) -> PyResult {
        use crate::vm::special::Special;
        let ty = vm.type_of(sequence);
        match vm.special(ty, Special::Reversed) {
            Some(raw) if raw.is_none() => {}
            Some(raw) => return vm.call_method_raw(raw, sequence, &[]),
            None if vm.is_sequence(sequence) => {
                let len = vm.length(sequence)?;
                let words = cls.ext_words.get() as usize;
                let iter = SeqIter::of_class(&vm.heap, cls.root_shape().id, words, sequence, len, len);
                return Ok(iter.value());
            }
            None => {}
        }
        Err(vm.type_error(format!("'{}' object is not reversible", ty.name())))
    }
    #[pymethod]
    fn __iter__(this: Gc<SeqIter>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(this: Gc<SeqIter>, vm: &Vm) -> PyResult<Option<Value>> {
        match this.container.get() {
            Some(container) => vm.next_reversed(this, container),
            None => Ok(None),
        }
    }
    /// Private method returning an estimate of len(list(it)).
    #[pymethod]
    fn __length_hint__(this: Gc<SeqIter>, vm: &Vm) -> PyResult<usize> {
        this.backward_hint(vm)
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(this: Gc<SeqIter>, vm: &Vm) -> PyResult {
        this.reduce_backward(vm)
    }
    /// Set state information for unpickling.
    #[pymethod]
    fn __setstate__(this: Gc<SeqIter>, vm: &Vm, object: Value) -> PyResult<()> {
        this.set_backward_state(vm, object)
    }
}
