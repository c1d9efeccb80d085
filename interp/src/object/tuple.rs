//! `tuple`: immutable, items inline.
//!
//! A tuple keeps its hash once it has been asked for: keys of dicts are looked up many times.

use super::header::{Gc, Header, HeapObject, Kind};
use super::iter::SeqIter;
use super::shape::{ShapeId, shape_id};
use super::slice::Slice;
use super::typeobj::Type;
use crate::heap::GcVec;
use crate::heap::{Heap, Tracer};
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::compare::CompareOp;
use crate::vm::sequence::clamp;
use crate::vm::subscript::resolve;
use adder_macros::pymethods;
use std::cell::Cell;
use std::ops::Deref;

/// See the module documentation. Derefs to the items.
#[repr(C)]
pub struct Tuple {
    hdr: Header,
    /// `len << 8 | ext_words`.
    meta: u64,
    /// The hash; 0 when it is not known, or is 0.
    hash: Cell<u64>,
}

// SAFETY: items and extension words are visited.
unsafe impl HeapObject for Tuple {
    const KIND: Kind = Kind::Tuple;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.iter().for_each(|&v| tracer.visit(v));
        super::trace_extension(&self.hdr, (self.meta & 0xff) as usize, tracer);
    }
    fn byte_size(&self) -> usize {
        size_of::<Tuple>() + 8 * self.len() + 8 * (self.meta & 0xff) as usize
    }
}

impl Tuple {
    /// A tuple of copies of `items`.
    #[inline]
    pub fn new(heap: &Heap, items: &[Value]) -> Gc<Tuple> {
        Tuple::of_class(heap, shape_id::TUPLE, 0, items)
    }
    /// A tuple of `len` items made by `item`, which must not allocate.
    #[inline]
    pub fn from_fn(heap: &Heap, len: usize, mut item: impl FnMut(usize) -> Value) -> Gc<Tuple> {
        let meta = (len as u64) << 8;
        let t = heap.alloc_tail(
            shape_id::TUPLE,
            Tuple { hdr: Header::blank(), meta, hash: Cell::new(0) },
            8 * len,
            true,
        );
        for i in 0..len {
            // SAFETY: the tail has room for the items; nobody else sees the tuple yet, and until an item is
            // stored its slot is 0, which the collector takes for empty.
            unsafe { t.as_ptr().add(1).cast::<Value>().add(i).write(item(i)) };
        }
        t
    }
    /// A tuple of a class with this shape.
    pub fn of_class(heap: &Heap, shape: ShapeId, ext_words: usize, items: &[Value]) -> Gc<Tuple> {
        let meta = (items.len() as u64) << 8 | ext_words as u64;
        let tail = 8 * (items.len() + ext_words);
        let tuple = Tuple { hdr: Header::blank(), meta, hash: Cell::new(0) };
        let t = heap.alloc_tail(shape, tuple, tail, ext_words > 0);
        // SAFETY: the tail has room for the items; nobody else sees the tuple yet.
        unsafe {
            let to = t.as_ptr().add(1).cast::<Value>();
            match *items {
                // Most tuples are short: not worth a call.
                [a, b] => to.cast::<[Value; 2]>().write([a, b]),
                [a, b, c] => to.cast::<[Value; 3]>().write([a, b, c]),
                _ => std::ptr::copy_nonoverlapping(items.as_ptr(), to, items.len()),
            }
        }
        t
    }
}

impl Deref for Tuple {
    type Target = [Value];
    #[inline(always)]
    fn deref(&self) -> &[Value] {
        // SAFETY: the items follow the struct and never change.
        unsafe { std::slice::from_raw_parts((self as *const Tuple).add(1).cast(), (self.meta >> 8) as usize) }
    }
}

impl Tuple {
    /// The hash if it has been computed.
    #[inline(always)]
    pub fn known_hash(&self) -> Option<u64> {
        Some(self.hash.get()).filter(|&hash| hash != 0)
    }
    /// Keeps the hash.
    #[inline(always)]
    pub fn note_hash(&self, hash: u64) {
        self.hash.set(hash);
    }
    /// The tuple itself if it is exact, otherwise an exact copy.
    fn exact(this: Gc<Tuple>, vm: &Vm) -> Value {
        if this.header().shape() == shape_id::TUPLE { this.value() } else { vm.new_tuple(&this) }
    }
}

/// Built-in immutable sequence.
///
/// If no argument is given, the constructor returns an empty tuple.
/// If iterable is specified the tuple is initialized from iterable's items.
///
/// If the argument is a tuple, the return value is the same object.
#[pymethods(name = "tuple", kind = Tuple, def = TYPE_DEF, subclassable, sequence, match_self)]
impl Tuple {
    #[pynew(quiet, sig = "(iterable=(), /)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, iterable: Option<Value>) -> PyResult {
        let exact = cls == vm.types.tuple;
        if exact
            && let Some(v) = iterable
            && vm.shape_of(v) == shape_id::TUPLE
        {
            return Ok(v);
        }
        let items = match iterable {
            None => GcVec::new(),
            Some(iterable) => vm.collect(iterable)?,
        };
        if exact {
            return Ok(vm.new_tuple(&items));
        }
        let tuple = Tuple::of_class(&vm.heap, cls.root_shape().id, cls.ext_words.get() as usize, &items);
        Ok(vm.finish_instance(cls, tuple.value()))
    }
    #[pymethod]
    fn __repr__(this: Gc<Tuple>, vm: &Vm) -> PyResult {
        if this.is_empty() {
            return Ok(vm.new_str("()"));
        }
        let text = vm.enter_repr(this.value(), || {
            let mut out = adder_text::units::StrBuilder::new();
            out.push_ascii(b"(");
            vm.repr_items(&mut out, this)?;
            out.push_ascii(if this.len() == 1 { b",)" } else { b")" });
            Ok(vm.built_str(out))
        })?;
        Ok(text.unwrap_or_else(|| vm.new_str("(...)")))
    }
    #[pymethod]
    fn __hash__(this: Gc<Tuple>, vm: &Vm) -> PyResult<i64> {
        Ok(vm.hash_tuple(this)? as i64)
    }
    #[pymethod]
    fn __len__(&self) -> usize {
        self.len()
    }
    #[pymethod]
    fn __iter__(this: Gc<Tuple>, vm: &Vm) -> Value {
        SeqIter::new(&vm.heap, shape_id::TUPLE_ITERATOR, this.value(), 0, 0).value()
    }
    #[pymethod]
    fn __getitem__(this: Gc<Tuple>, vm: &Vm, key: Value) -> PyResult {
        if vm.is_index(key) {
            let i = vm.index_for_subscript(key)?;
            let item = resolve(i, this.len()).map(|at| this[at]);
            return item.ok_or_else(|| vm.index_error("tuple index out of range"));
        }
        let Some(slice) = key.downcast::<Slice>() else { return Err(vm.bad_subscript("tuple", key)) };
        let range = vm.unpack_slice(slice)?.within(this.len());
        if let Some(range) = range.contiguous() {
            if range.len() == this.len() {
                return Ok(Tuple::exact(this, vm));
            }
            return Ok(vm.new_tuple(&this[range]));
        }
        let mut items = GcVec::with_capacity(&vm.heap, range.len);
        range.positions().for_each(|at| items.push(&vm.heap, this[at]));
        Ok(vm.new_tuple(&items))
    }
    #[pymethod]
    fn __contains__(this: Gc<Tuple>, vm: &Vm, key: Value) -> PyResult<bool> {
        Ok(vm.find_item(this, key, 0, usize::MAX)?.is_some())
    }
    #[pymethod]
    fn __add__(this: Gc<Tuple>, vm: &Vm, value: Value) -> PyResult {
        if this.is_empty() && vm.shape_of(value) == shape_id::TUPLE {
            return Ok(value);
        }
        let Some(other) = value.downcast::<Tuple>() else {
            let given = vm.type_of(value).name();
            return Err(vm.type_error(format!("can only concatenate tuple (not \"{given}\") to tuple")));
        };
        if other.is_empty() {
            return Ok(Tuple::exact(this, vm));
        }
        let mut items = GcVec::with_capacity(&vm.heap, this.len() + other.len());
        items.extend_from_slice(&vm.heap, &this);
        items.extend_from_slice(&vm.heap, &other);
        Ok(vm.new_tuple(&items))
    }
    #[pymethod]
    fn __mul__(this: Gc<Tuple>, vm: &Vm, value: Value) -> PyResult {
        let Some(times) = vm.repetitions(value, this.len())? else { return Ok(Value::not_implemented()) };
        if times == 1 || this.is_empty() {
            return Ok(Tuple::exact(this, vm));
        }
        vm.room_for(Some(8 * this.len() * times))?;
        let mut items = GcVec::with_capacity(&vm.heap, this.len() * times);
        (0..times).for_each(|_| items.extend_from_slice(&vm.heap, &this));
        Ok(vm.new_tuple(&items))
    }
    #[pymethod]
    fn __rmul__(this: Gc<Tuple>, vm: &Vm, value: Value) -> PyResult {
        Tuple::__mul__(this, vm, value)
    }
    #[pycompare]
    fn compare(this: Gc<Tuple>, vm: &Vm, op: CompareOp, other: Value) -> PyResult {
        match other.downcast::<Tuple>() {
            Some(other) => vm.compare_items(op, this, other),
            None => Ok(Value::not_implemented()),
        }
    }
    #[pymethod]
    fn __getnewargs__(this: Gc<Tuple>, vm: &Vm) -> Value {
        let copy = vm.new_tuple(&this);
        vm.new_tuple(&[copy])
    }
    /// See PEP 585
    #[pyclassmethod(sig = "(object, /)")]
    fn __class_getitem__(cls: Gc<Type>, vm: &Vm, object: Value) -> PyResult {
        vm.generic_alias(cls, object)
    }
    /// Return number of occurrences of value.
    #[pymethod]
    fn count(this: Gc<Tuple>, vm: &Vm, value: Value) -> PyResult<usize> {
        vm.count_item(this, value)
    }
    /// Return first index of value.
    ///
    /// Raises ValueError if the value is not present.
    #[pymethod(sig = "(value, start=0, stop=sys.maxsize, /)")]
    fn index(
        this: Gc<Tuple>,
        vm: &Vm,
        value: Value,
        start: Option<Value>,
        stop: Option<Value>,
    ) -> PyResult<usize> {
        let start = start.map_or(Ok(0), |v| vm.search_bound(v))?;
        let stop = stop.map_or(Ok(isize::MAX), |v| vm.search_bound(v))?;
        match vm.find_item(this, value, clamp(start, this.len()), clamp(stop, this.len()))? {
            Some(at) => Ok(at),
            None => Err(vm.value_error("tuple.index(x): x not in tuple")),
        }
    }
}

/// Offsets that machine code uses.
pub mod offset {
    use super::Tuple;
    use std::mem::offset_of;

    /// Word `len << 8 | extension words`.
    pub const TUPLE_META: usize = offset_of!(Tuple, meta);
    /// The hash, 0 when it is not known.
    pub const TUPLE_HASH: usize = offset_of!(Tuple, hash);
    pub const TUPLE_FIRST_ITEM: usize = size_of::<Tuple>();
}
