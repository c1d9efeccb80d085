//! `list`: a contiguous, growing array of values.

use super::header::{Gc, Header, HeapObject, Kind};
use super::iter::SeqIter;
use super::shape::{ShapeId, shape_id};
use super::slice::Slice;
use super::tuple::Tuple;
use super::typeobj::Type;
use crate::heap::{ArrayBuf, GcVec, Heap, Tracer};
use crate::native::Args;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::compare::CompareOp;
use crate::vm::sequence::clamp;
use crate::vm::subscript::{SliceParts, SliceRange, resolve};
use adder_macros::pymethods;
use std::cell::Cell;
use std::ops::Range;

/// See the module documentation. `len` slots of the buffer are filled, the others empty.
#[repr(C)]
pub struct List {
    hdr: Header,
    len: Cell<usize>,
    buf: Cell<Option<Gc<ArrayBuf>>>,
    ext_words: usize,
}

// SAFETY: the buffer and the extension words are visited.
unsafe impl HeapObject for List {
    const KIND: Kind = Kind::List;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if let Some(buf) = self.buf.get() {
            tracer.visit(buf.value());
        }
        super::trace_extension(&self.hdr, self.ext_words, tracer);
    }
    fn byte_size(&self) -> usize {
        super::fixed_size::<List>(self.ext_words)
    }
}

impl List {
    /// An empty list.
    pub fn new(heap: &Heap) -> Gc<List> {
        List::of_class(heap, shape_id::LIST, 0)
    }
    /// An empty list of a class with this shape.
    pub fn of_class(heap: &Heap, shape: ShapeId, ext_words: usize) -> Gc<List> {
        let list = List { hdr: Header::blank(), len: Cell::new(0), buf: Cell::new(None), ext_words };
        heap.alloc_tail(shape, list, 8 * ext_words, true)
    }
    /// An empty list with room for exactly `n` items.
    pub fn with_room(heap: &Heap, n: usize) -> Gc<List> {
        let list = List::new(heap);
        if n > 0 {
            let buf = ArrayBuf::new(heap, n);
            list.buf.set(Some(buf));
            heap.barrier(&list.hdr, buf.value());
        }
        list
    }
    pub fn from_slice(heap: &Heap, values: &[Value]) -> Gc<List> {
        List::from_vec(heap, GcVec::from_slice(heap, values))
    }
    /// Takes over the vector's buffer.
    pub fn from_vec(heap: &Heap, values: GcVec) -> Gc<List> {
        let list = List::new(heap);
        list.replace(heap, values);
        list
    }
    /// Replaces the contents by the vector's buffer.
    pub fn replace(&self, heap: &Heap, values: GcVec) {
        let (buf, len) = values.into_parts();
        self.buf.set(buf);
        self.len.set(len);
        heap.barrier_object(&self.hdr);
    }
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len.get()
    }
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The items as cells: Python code may change or shrink the list while they are looked at, so do not hold the
    /// slice across a call that takes the VM.
    #[inline(always)]
    pub fn slots(&self) -> &[Cell<Option<Value>>] {
        match self.buf.get() {
            None => &[],
            Some(buf) => &buf.as_ref().slots()[..self.len()],
        }
    }
    #[inline(always)]
    pub fn get(&self, index: usize) -> Option<Value> {
        if index < self.len() { self.slots()[index].get() } else { None }
    }
    /// Item `index` (in bounds) becomes `value`.
    #[inline(always)]
    pub fn set(&self, heap: &Heap, index: usize, value: Value) {
        let buf = self.buf.get().expect("a non-empty list has a buffer");
        debug_assert!(index < self.len());
        buf.set(heap, index, value);
    }
    /// As [`Self::set`], if the index is in bounds and the collector need not be told. False when nothing was done.
    #[inline(always)]
    pub fn set_if_simple(&self, index: usize, value: Value) -> bool {
        let Some(buf) = self.buf.get() else { return false };
        let Some(slot) = buf.as_ref().slots().get(index) else { return false };
        if index >= self.len() || Heap::needs_barrier(buf.header(), value) {
            return false;
        }
        slot.set(Some(value));
        true
    }
    /// As [`Self::push`], if there is room and the collector need not be told. False when nothing was done.
    #[inline(always)]
    pub fn push_if_simple(&self, value: Value) -> bool {
        let Some(buf) = self.buf.get() else { return false };
        let len = self.len();
        let Some(slot) = buf.as_ref().slots().get(len) else { return false };
        if Heap::needs_barrier(buf.header(), value) {
            return false;
        }
        slot.set(Some(value));
        self.len.set(len + 1);
        true
    }
    #[inline]
    pub fn push(&self, heap: &Heap, value: Value) {
        let len = self.len();
        let buf = match self.buf.get() {
            Some(buf) if len < buf.capacity() => buf,
            _ => self.grow(heap, len + 1),
        };
        buf.set(heap, len, value);
        self.len.set(len + 1);
    }
    /// Makes room for `more` further items.
    pub fn reserve(&self, heap: &Heap, more: usize) {
        let needed = self.len() + more;
        if self.buf.get().is_none_or(|buf| buf.capacity() < needed) {
            self.grow(heap, needed);
        }
    }
    /// Makes room for at least `needed` items.
    #[cold]
    fn grow(&self, heap: &Heap, needed: usize) -> Gc<ArrayBuf> {
        let capacity = (needed + (needed >> 2) + 4).max(self.len() * 3 / 2);
        if let Some(buf) = self.buf.get().filter(|buf| buf.as_ref().extend(heap, capacity)) {
            return buf;
        }
        let buf = ArrayBuf::copied(heap, self.values(), capacity);
        self.buf.set(Some(buf));
        heap.barrier(&self.hdr, buf.value());
        buf
    }
    pub fn pop(&self) -> Option<Value> {
        let last = self.len().checked_sub(1)?;
        let value = self.slots()[last].take();
        self.len.set(last);
        value
    }
    /// Replaces items `from..to` by `values`, moving what follows.
    pub fn splice(&self, heap: &Heap, from: usize, to: usize, values: &[Value]) {
        let old_len = self.len();
        let new_len = old_len - (to - from) + values.len();
        let buf = match self.buf.get() {
            Some(buf) if new_len <= buf.capacity() => buf,
            None if new_len == 0 => return,
            _ => self.grow(heap, new_len),
        };
        let slots = buf.as_slot_ptr() as *mut Option<Value>;
        // SAFETY: `from <= to <= old_len` and `new_len` lie inside the buffer; cells may be overwritten, and
        // nothing runs in between that could look at them.
        unsafe {
            std::ptr::copy(slots.add(to), slots.add(from + values.len()), old_len - to);
            std::ptr::copy(values.as_ptr().cast(), slots.add(from), values.len());
        }
        for slot in buf.slots().iter().take(old_len).skip(new_len) {
            slot.set(None);
        }
        self.len.set(new_len);
        heap.barrier_object(buf.header());
    }
    /// Room for items without another allocation.
    pub fn capacity(&self) -> usize {
        self.buf.get().map_or(0, |buf| buf.capacity())
    }
    /// The items as they are now: valid until something changes the list.
    #[inline]
    pub fn values(&self) -> &[Value] {
        let slots = self.slots();
        // SAFETY: the first `len` slots are filled, and `Option<Value>` has `Value`'s layout.
        unsafe { std::slice::from_raw_parts(slots.as_ptr().cast(), slots.len()) }
    }
    /// Takes the contents out for sorting. The list is empty meanwhile, with a mark that any change
    /// removes or, when the buffer grows where it is, gives capacity.
    pub fn take_for_sort(&self, heap: &Heap) -> (GcVec, Gc<ArrayBuf>) {
        let items = GcVec::from_parts(self.buf.get(), self.len());
        let mark = ArrayBuf::new(heap, 0);
        self.len.set(0);
        self.buf.set(Some(mark));
        heap.barrier(&self.hdr, mark.value());
        (items, mark)
    }
    /// Puts the sorted contents back; false when the list was changed meanwhile.
    pub fn finish_sort(&self, heap: &Heap, items: GcVec, mark: Gc<ArrayBuf>) -> bool {
        let untouched = self.buf.get() == Some(mark) && mark.capacity() == 0;
        self.replace(heap, items);
        untouched
    }
    /// Takes out the item at an index that may count from the end; nothing happens when there is none.
    pub fn pop_at(&self, heap: &Heap, index: i64) -> Option<Value> {
        let at = resolve(index, self.len())?;
        let item = self.get(at)?;
        if at + 1 == self.len() {
            self.pop();
        } else {
            self.splice(heap, at, at + 1, &[]);
        }
        Some(item)
    }
    pub fn clear(&self) {
        self.buf.set(None);
        self.len.set(0);
    }
    /// A snapshot of the items.
    pub fn to_vec(&self, heap: &Heap) -> GcVec {
        GcVec::from_slice(heap, self.values())
    }
}

/// Items of a list or a snapshot, to be stored into another list.
fn collect_for_assignment(vm: &Vm, value: Value) -> PyResult<GcVec> {
    vm.collect(vm.iterable_or(value, || "must assign iterable to extended slice".into())?)
}

impl List {
    /// Appends the items of an iterable, one by one unless it is a list or tuple.
    pub fn extend_from(this: Gc<List>, vm: &Vm, iterable: Value) -> PyResult<()> {
        let (heap, len) = (&vm.heap, this.len());
        match vm.shape_of(iterable) {
            shape_id::LIST => {
                let other: Gc<List> = iterable.downcast().expect("shape");
                if other == this {
                    let items = this.to_vec(heap);
                    this.splice(heap, len, len, &items);
                } else {
                    this.splice(heap, len, len, other.values());
                }
                Ok(())
            }
            shape_id::TUPLE => {
                let other: Gc<Tuple> = iterable.downcast().expect("shape");
                this.splice(heap, len, len, &other);
                Ok(())
            }
            _ => {
                let iterator = vm.iter(iterable)?;
                let hint = vm.length_hint(iterable, 8)?.min(1 << 16);
                this.reserve(heap, hint);
                while let Some(item) = vm.next(iterator)? {
                    this.push(heap, item);
                }
                Ok(())
            }
        }
    }

    fn repeated(&self, vm: &Vm, times: usize) -> PyResult<GcVec> {
        let heap = &vm.heap;
        vm.room_for(Some(8 * self.len() * times))?;
        if let &[item] = self.values() {
            return Ok(GcVec::repeated(heap, item, times));
        }
        let mut items = GcVec::with_capacity(heap, self.len() * times);
        for _ in 0..times {
            items.extend_from_slice(heap, self.values());
        }
        Ok(items)
    }

    fn delete_slice(&self, heap: &Heap, range: SliceRange) {
        if let Some(range) = range.contiguous() {
            return self.splice(heap, range.start, range.end, &[]);
        }
        let mut gone = range.ascending().positions().peekable();
        let Some(&first) = gone.peek() else { return };
        let (slots, mut to) = (self.slots(), first);
        for from in first..slots.len() {
            if gone.next_if_eq(&from).is_none() {
                slots[to].set(slots[from].get());
                to += 1;
            }
        }
        slots[to..].iter().for_each(|slot| slot.set(None));
        self.len.set(to);
        if let Some(buf) = self.buf.get() {
            heap.barrier_object(buf.header());
        }
    }

    pub(crate) fn assign_slice(&self, vm: &Vm, slice: Gc<Slice>, value: Value) -> PyResult<()> {
        let parts = vm.unpack_slice(slice)?;
        self.assign_parts(vm, parts, value)
    }

    /// `list[start:stop:step] = value` with the parts evaluated.
    pub(crate) fn assign_parts(&self, vm: &Vm, parts: SliceParts, value: Value) -> PyResult<()> {
        if let Some(other) = value.downcast::<List>()
            && other.header().shape() == shape_id::LIST
            && !std::ptr::eq(other.as_ref(), self)
            && let Some(range) = parts.within(self.len()).contiguous()
        {
            self.splice(&vm.heap, range.start, range.end, other.values());
            return Ok(());
        }
        let items = collect_for_assignment(vm, value)?;
        let range = parts.within(self.len());
        if let Some(range) = range.contiguous() {
            self.splice(&vm.heap, range.start, range.end, &items);
            return Ok(());
        }
        if items.len() != range.len {
            return Err(vm.value_error(format!(
                "attempt to assign sequence of size {} to extended slice of size {}",
                items.len(),
                range.len
            )));
        }
        for (at, &item) in range.positions().zip(items.iter()) {
            self.set(&vm.heap, at, item);
        }
        Ok(())
    }

    /// `list[slice]` as a new list.
    pub(crate) fn slice(&self, vm: &Vm, slice: Gc<Slice>) -> PyResult {
        let parts = vm.unpack_slice(slice)?;
        Ok(self.slice_parts(vm, parts))
    }

    /// `self[to] = from[parts]` for a part without a step. There is no list in between where the lengths agree and the part is short, or
    /// the target itself, backward.
    pub(crate) fn copy_slice(
        &self,
        vm: &Vm,
        to: SliceParts,
        from: Gc<List>,
        parts: SliceParts,
    ) -> PyResult<()> {
        const MOST: usize = 32;
        let (target, source) = (to.within(self.len()), parts.within(from.len()));
        let same_length = target.len == source.len && target.step == 1;
        let slots = &self.slots()[target.start as usize..];
        let itself = std::ptr::eq(self, from.as_ref()) && source.ascending().start == target.start;
        if same_length && itself && source.step == -1 {
            self.turn_around(vm, target.start as usize..target.start as usize + target.len);
            return Ok(());
        } else if same_length && target.len <= MOST {
            let mut items = [None; MOST];
            let given = from.slots();
            for (item, at) in items.iter_mut().zip(source.positions()) {
                *item = given[at].get();
            }
            slots[..target.len].iter().zip(&items).for_each(|(slot, &item)| slot.set(item));
        } else {
            let items = from.slice_parts(vm, parts);
            return self.assign_parts(vm, to, items);
        }
        if let Some(buf) = self.buf.get() {
            vm.heap.barrier_object(buf.header());
        }
        Ok(())
    }

    /// Reverses a part in place.
    #[inline]
    pub(crate) fn turn_around(&self, vm: &Vm, part: Range<usize>) {
        let middle = part.len() / 2;
        let (mut low, mut high) = self.slots()[part].split_at(middle);
        while let (Some((a, rest)), Some((b, others))) = (low.split_first(), high.split_last()) {
            a.swap(b);
            (low, high) = (rest, others);
        }
        // The buffer holds what it has held, but of a large one parts are remembered, and items have come to others.
        if let Some(buf) = self.buf.get() {
            vm.heap.barrier_object(buf.header());
        }
    }

    /// `list[start:stop:step]` with the parts evaluated.
    pub(crate) fn slice_parts(&self, vm: &Vm, parts: SliceParts) -> Value {
        let range = parts.within(self.len());
        let heap = &vm.heap;
        if let Some(range) = range.contiguous() {
            // The new buffer is allocated before the items are looked at, and allocation runs no Python code.
            return List::from_slice(heap, &self.values()[range]).value();
        }
        let backward = range.ascending();
        if let Some(range) = backward.contiguous() {
            let mut items = GcVec::from_slice(heap, &self.values()[range]);
            items.as_mut_slice(heap).reverse();
            return vm.list_from(items);
        }
        let (buf, _) = GcVec::with_capacity(heap, range.len).into_parts();
        if let Some(buf) = buf {
            // A fresh buffer, which is in no need of the barrier.
            let slots = self.slots();
            buf.slots().iter().zip(range.positions()).for_each(|(to, at)| to.set(slots[at].get()));
        }
        vm.list_from(GcVec::from_parts(buf, range.len))
    }
}

/// Built-in mutable sequence.
///
/// If no argument is given, the constructor creates a new empty list.
/// The argument must be an iterable if specified.
#[pymethods(name = "list", kind = List, def = TYPE_DEF, subclassable, sequence, match_self)]
impl List {
    #[pynew(quiet, sig = "(iterable=(), /)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, _args: Args<'_>) -> Value {
        let list = List::of_class(&vm.heap, cls.root_shape().id, cls.ext_words.get() as usize);
        vm.finish_instance(cls, list.value())
    }
    #[pymethod(quiet)]
    fn __init__(this: Gc<List>, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        let iterable = vm.constructor_argument(this.value(), vm.types.list, args)?;
        this.clear();
        match iterable {
            Some(iterable) => List::extend_from(this, vm, iterable),
            None => Ok(()),
        }
    }
    #[pymethod]
    fn __repr__(this: Gc<List>, vm: &Vm) -> PyResult {
        if this.is_empty() {
            return Ok(vm.new_str("[]"));
        }
        let text = vm.enter_repr(this.value(), || {
            let mut out = adder_text::units::StrBuilder::new();
            out.push_ascii(b"[");
            vm.repr_items(&mut out, this)?;
            out.push_ascii(b"]");
            Ok(vm.built_str(out))
        })?;
        Ok(text.unwrap_or_else(|| vm.new_str("[...]")))
    }
    #[pymethod]
    fn __len__(&self) -> usize {
        self.len()
    }
    #[pymethod]
    fn __iter__(this: Gc<List>, vm: &Vm) -> Value {
        SeqIter::new(&vm.heap, shape_id::LIST_ITERATOR, this.value(), 0, 0).value()
    }
    /// Return a reverse iterator over the list.
    #[pymethod]
    fn __reversed__(this: Gc<List>, vm: &Vm) -> Value {
        SeqIter::new(&vm.heap, shape_id::LIST_REVERSEITERATOR, this.value(), this.len(), 0).value()
    }
    /// Return self[index].
    #[pymethod]
    fn __getitem__(&self, vm: &Vm, index: Value) -> PyResult {
        if vm.is_index(index) {
            let i = vm.index_for_subscript(index)?;
            let item = resolve(i, self.len()).and_then(|at| self.get(at));
            return item.ok_or_else(|| vm.index_error("list index out of range"));
        }
        match index.downcast::<Slice>() {
            Some(slice) => self.slice(vm, slice),
            None => Err(vm.bad_subscript("list", index)),
        }
    }
    #[pymethod]
    fn __setitem__(&self, vm: &Vm, index: Value, value: Value) -> PyResult<()> {
        if vm.is_index(index) {
            let i = vm.index_for_subscript(index)?;
            let Some(at) = resolve(i, self.len()) else {
                return Err(vm.index_error("list assignment index out of range"));
            };
            self.set(&vm.heap, at, value);
            return Ok(());
        }
        match index.downcast::<Slice>() {
            Some(slice) => self.assign_slice(vm, slice, value),
            None => Err(vm.bad_subscript("list", index)),
        }
    }
    #[pymethod]
    fn __delitem__(&self, vm: &Vm, index: Value) -> PyResult<()> {
        if vm.is_index(index) {
            let i = vm.index_for_subscript(index)?;
            let Some(at) = resolve(i, self.len()) else {
                return Err(vm.index_error("list assignment index out of range"));
            };
            self.splice(&vm.heap, at, at + 1, &[]);
            return Ok(());
        }
        let Some(slice) = index.downcast::<Slice>() else { return Err(vm.bad_subscript("list", index)) };
        let parts = vm.unpack_slice(slice)?;
        self.delete_slice(&vm.heap, parts.within(self.len()));
        Ok(())
    }
    #[pymethod]
    fn __contains__(this: Gc<List>, vm: &Vm, key: Value) -> PyResult<bool> {
        Ok(vm.find_item(this, key, 0, usize::MAX)?.is_some())
    }
    #[pymethod]
    fn __add__(&self, vm: &Vm, value: Value) -> PyResult {
        let Some(other) = value.downcast::<List>() else {
            let given = vm.type_of(value).name();
            return Err(vm.type_error(format!("can only concatenate list (not \"{given}\") to list")));
        };
        let heap = &vm.heap;
        let mut items = GcVec::with_capacity(heap, self.len() + other.len());
        items.extend_from_slice(heap, self.values());
        items.extend_from_slice(heap, other.values());
        Ok(vm.list_from(items))
    }
    #[pymethod]
    fn __iadd__(this: Gc<List>, vm: &Vm, value: Value) -> PyResult {
        List::extend_from(this, vm, value)?;
        Ok(this.value())
    }
    #[pymethod]
    fn __mul__(&self, vm: &Vm, value: Value) -> PyResult {
        match vm.repetitions(value, self.len())? {
            Some(times) => Ok(vm.list_from(self.repeated(vm, times)?)),
            None => Ok(Value::not_implemented()),
        }
    }
    #[pymethod]
    fn __rmul__(&self, vm: &Vm, value: Value) -> PyResult {
        self.__mul__(vm, value)
    }
    #[pymethod]
    fn __imul__(this: Gc<List>, vm: &Vm, value: Value) -> PyResult {
        match vm.repetitions(value, this.len())? {
            Some(times) => {
                this.replace(&vm.heap, this.repeated(vm, times)?);
                Ok(this.value())
            }
            None => Ok(Value::not_implemented()),
        }
    }
    #[pycompare]
    fn compare(this: Gc<List>, vm: &Vm, op: CompareOp, other: Value) -> PyResult {
        match other.downcast::<List>() {
            Some(other) => vm.compare_items(op, this, other),
            None => Ok(Value::not_implemented()),
        }
    }
    /// Return the size of the list in memory, in bytes.
    #[pymethod]
    fn __sizeof__(&self) -> usize {
        size_of::<List>() + 8 * self.capacity()
    }
    /// See PEP 585
    #[pyclassmethod(sig = "(object, /)")]
    fn __class_getitem__(cls: Gc<Type>, vm: &Vm, object: Value) -> PyResult {
        vm.generic_alias(cls, object)
    }
    /// Append object to the end of the list.
    #[pymethod(quiet, name = "append")]
    fn py_append(&self, vm: &Vm, object: Value) {
        self.push(&vm.heap, object);
    }
    /// Remove all items from list.
    #[pymethod(quiet, name = "clear")]
    fn py_clear(&self) {
        self.clear();
    }
    /// Return a shallow copy of the list.
    #[pymethod(quiet)]
    fn copy(&self, vm: &Vm) -> Value {
        vm.list_from(self.to_vec(&vm.heap))
    }
    /// Return number of occurrences of value.
    #[pymethod(quiet)]
    fn count(this: Gc<List>, vm: &Vm, value: Value) -> PyResult<usize> {
        vm.count_item(this, value)
    }
    /// Extend list by appending elements from the iterable.
    #[pymethod(quiet)]
    fn extend(this: Gc<List>, vm: &Vm, iterable: Value) -> PyResult<()> {
        List::extend_from(this, vm, iterable)
    }
    /// Return first index of value.
    ///
    /// Raises ValueError if the value is not present.
    #[pymethod(quiet, sig = "(value, start=0, stop=sys.maxsize, /)")]
    fn index(
        this: Gc<List>,
        vm: &Vm,
        value: Value,
        start: Option<Value>,
        stop: Option<Value>,
    ) -> PyResult<usize> {
        let start = start.map_or(Ok(0), |v| vm.search_bound(v))?;
        let stop = stop.map_or(Ok(isize::MAX), |v| vm.search_bound(v))?;
        let stop = if stop < 0 { clamp(stop, this.len()) } else { stop as usize };
        match vm.find_item(this, value, clamp(start, this.len()), stop)? {
            Some(at) => Ok(at),
            None => Err(vm.value_error("list.index(x): x not in list")),
        }
    }
    /// Insert object before index.
    #[pymethod(quiet)]
    pub fn insert(&self, vm: &Vm, index: isize, object: Value) {
        let at = clamp(index, self.len());
        self.splice(&vm.heap, at, at, &[object]);
    }
    /// Remove and return item at index (default last).
    ///
    /// Raises IndexError if list is empty or index is out of range.
    #[pymethod(quiet, name = "pop", sig = "(index=-1, /)")]
    fn py_pop(&self, vm: &Vm, index: isize) -> PyResult {
        if self.is_empty() {
            return Err(vm.index_error("pop from empty list"));
        }
        self.pop_at(&vm.heap, index as i64).ok_or_else(|| vm.index_error("pop index out of range"))
    }
    /// Remove first occurrence of value.
    ///
    /// Raises ValueError if the value is not present.
    #[pymethod(quiet)]
    fn remove(this: Gc<List>, vm: &Vm, value: Value) -> PyResult<()> {
        match vm.find_item(this, value, 0, usize::MAX)? {
            Some(at) => {
                // The comparison that found it may have shortened the list.
                let at = at.min(this.len());
                this.splice(&vm.heap, at, (at + 1).min(this.len()), &[]);
                Ok(())
            }
            None => Err(vm.value_error("list.remove(x): x not in list")),
        }
    }
    /// Reverse *IN PLACE*.
    #[pymethod(quiet)]
    fn reverse(&self, vm: &Vm) {
        let slots = self.slots();
        let n = slots.len();
        for i in 0..n / 2 {
            slots[i].swap(&slots[n - 1 - i]);
        }
        if let Some(buf) = self.buf.get() {
            vm.heap.barrier_object(buf.header());
        }
    }
    /// Sort the list in ascending order and return None.
    ///
    /// The sort is in-place (i.e. the list itself is modified) and stable (i.e. the
    /// order of two equal elements is maintained).
    ///
    /// If a key function is given, apply it once to each list item and sort them,
    /// ascending or descending, according to their function values.
    ///
    /// The reverse flag can be set to sort in descending order.
    #[pymethod(sig = "(*, key=None, reverse=False)")]
    fn sort(this: Gc<List>, vm: &Vm, key: Option<Value>, reverse: bool) -> PyResult<()> {
        crate::vm::sort::sort_list(vm, this, key.filter(|k| !k.is_none()), reverse)
    }
}

/// Offsets that machine code uses.
pub mod offset {
    use super::List;
    use std::mem::offset_of;

    pub const LIST_LEN: usize = offset_of!(List, len);
    pub const LIST_BUF: usize = offset_of!(List, buf);
    pub const ARRAY_CAPACITY: usize = crate::heap::ArrayBuf::CAPACITY_OFFSET;
}
