//! `range` and its iterators: [`RangeIter`] over numbers that fit an `i64`, [`LongRangeIter`] over any.

use super::header::{Gc, Header, HeapObject, Kind};
use super::int::{as_exact_int, as_int};
use super::native::Native;
use super::shape::shape_id;
use super::slice::Slice;
use super::typeobj::Type;
use crate::heap::{Heap, Tracer};
use crate::native::Args;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::compare::CompareOp;
use adder_macros::{Trace, pyclass, pymethods};
use adder_numeric::{Int, int_arith};
use std::cell::Cell;

/// `range(start, stop, step)`, its parts exact ints of any size.
#[repr(C)]
pub struct Range {
    hdr: Header,
    pub start: Value,
    pub stop: Value,
    pub step: Value,
    pub length: Value,
}

/// Iterator over a range whose parts all fit an `i64`.
#[repr(C)]
pub struct RangeIter {
    hdr: Header,
    pub next: Cell<i64>,
    pub step: i64,
    pub remaining: Cell<u64>,
}

// SAFETY: all values are visited.
unsafe impl HeapObject for Range {
    const KIND: Kind = Kind::Range;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        [self.start, self.stop, self.step, self.length].into_iter().for_each(|v| tracer.visit(v));
    }
}
// SAFETY: no values inside.
unsafe impl HeapObject for RangeIter {
    const KIND: Kind = Kind::RangeIter;
    fn trace(&self, _: &mut Tracer<'_>) {}
}

impl Range {
    pub fn new(heap: &Heap, start: Value, stop: Value, step: Value, length: Value) -> Gc<Range> {
        heap.alloc(shape_id::RANGE, Range { hdr: Header::blank(), start, stop, step, length })
    }
}

impl RangeIter {
    pub fn new(heap: &Heap, start: i64, step: i64, remaining: u64) -> Gc<RangeIter> {
        let iter =
            RangeIter { hdr: Header::blank(), next: Cell::new(start), step, remaining: Cell::new(remaining) };
        heap.alloc(shape_id::RANGE_ITERATOR, iter)
    }
    /// The next number.
    #[inline(always)]
    pub fn advance(&self) -> Option<i64> {
        let remaining = self.remaining.get().checked_sub(1)?;
        self.remaining.set(remaining);
        let i = self.next.get();
        self.next.set(i.wrapping_add(self.step));
        Some(i)
    }
}

/// Number of steps from `start` to before `stop`.
fn length(start: &Int, stop: &Int, step: &Int) -> Int {
    if let (Int::Small(start), Int::Small(stop), Int::Small(step)) = (start, stop, step) {
        return Int::from_i128(length_i128(*start, *stop, *step));
    }
    let (low, high, stride) =
        if step.is_negative() { (stop, start, int_arith::neg(step)) } else { (start, stop, step.clone()) };
    if low >= high {
        return Int::ZERO;
    }
    let span = int_arith::sub(&int_arith::sub(high, low), &Int::ONE);
    match int_arith::floor_div(&span, &stride) {
        Ok(n) => int_arith::add(&n, &Int::ONE),
        Err(_) => Int::ZERO, // the step is not 0
    }
}

/// Number of steps from `start` to before `stop`; `step` is not 0.
pub(crate) fn length_i128(start: i64, stop: i64, step: i64) -> i128 {
    if step == 1 {
        return (stop as i128 - start as i128).max(0);
    }
    let (start, stop, step) = (start as i128, stop as i128, step as i128);
    let (low, high) = if step < 0 { (stop, start) } else { (start, stop) };
    if low >= high { 0 } else { (high - low - 1) / step.abs() + 1 }
}

impl Range {
    pub(crate) fn of_ints(vm: &Vm, start: Int, stop: Int, step: Int) -> Gc<Range> {
        let length = length(&start, &stop, &step);
        let [start, stop, step, length] = [start, stop, step, length].map(|n| vm.new_int_from(n));
        Range::new(&vm.heap, start, stop, step, length)
    }

    fn part(v: Value) -> Int {
        as_int(v).map_or(Int::ZERO, |n| n.to_int())
    }
    /// Start, step and length.
    fn parts(&self) -> (Int, Int, Int) {
        (Range::part(self.start), Range::part(self.step), Range::part(self.length))
    }

    /// Number `i` of the range, which may lie outside.
    fn number(&self, i: &Int) -> Int {
        let (start, step, _) = self.parts();
        int_arith::add(&start, &int_arith::mul(i, &step))
    }

    /// An iterator over `length` numbers from `start`.
    fn iterate(vm: &Vm, start: Int, step: Int, length: Int) -> Value {
        if let (Some(first), Some(stride), Some(n)) = (start.to_i64(), step.to_i64(), length.to_u64()) {
            let beyond = first as i128 + stride as i128 * n as i128;
            if i64::try_from(beyond).is_ok() {
                return RangeIter::new(&vm.heap, first, stride, n).value();
            }
        }
        let [start, step, length] = [start, step, length].map(|n| vm.new_int_from(n));
        let payload = LongRangeIter { start, step, length, index: Cell::new(Value::small_int(0)) };
        Native::alloc(&vm.heap, shape_id::LONGRANGE_ITERATOR, 0, payload).value()
    }

    /// An iterator over the whole range.
    pub fn iter(this: Gc<Range>, vm: &Vm) -> Value {
        if let (Some(start), Some(step), Some(n)) =
            (this.start.as_small_int(), this.step.as_small_int(), this.length.as_small_int())
        {
            // 49-bit numbers: the sum cannot overflow.
            return RangeIter::new(&vm.heap, start, step, n as u64).value();
        }
        let (start, step, length) = this.parts();
        Range::iterate(vm, start, step, length)
    }

    /// Position of an int in the range.
    fn find(&self, n: &Int) -> Option<Int> {
        let (start, step, length) = self.parts();
        let distance = int_arith::sub(n, &start);
        let (i, rest) = int_arith::div_mod(&distance, &step).ok()?;
        (rest.is_zero() && !i.is_negative() && i < length).then_some(i)
    }

    fn item(&self, vm: &Vm, index: Value) -> PyResult {
        let length = Range::part(self.length);
        let mut i = vm.index(index)?.to_int();
        if i.is_negative() {
            i = int_arith::add(&i, &length);
        }
        if i.is_negative() || i >= length {
            return Err(vm.index_error("range object index out of range"));
        }
        Ok(vm.new_int_from(self.number(&i)))
    }

    fn slice(&self, vm: &Vm, slice: Gc<Slice>) -> PyResult {
        let (_, step, length) = self.parts();
        let (from, to, stride) = slice.resolve_int(vm, &length)?;
        let (start, stop) = (self.number(&from), self.number(&to));
        Ok(Range::of_ints(vm, start, stop, int_arith::mul(&step, &stride)).value())
    }

    fn equals(&self, other: &Range) -> bool {
        let (start, step, length) = self.parts();
        let (other_start, other_step, other_length) = other.parts();
        length == other_length
            && (length.is_zero() || (start == other_start && (length == Int::ONE || step == other_step)))
    }

    /// An exact int or bool, whose position can be computed.
    fn exact(v: Value) -> Option<Int> {
        match v.as_bool() {
            Some(b) => Some(Int::Small(b as i64)),
            None => as_exact_int(v).map(|n| n.to_int()),
        }
    }
}

#[pymethods(
    name = "range",
    kind = Range,
    def = TYPE_DEF,
    sequence,
    doc = "range(stop) -> range object\nrange(start, stop[, step]) -> range object\n\nReturn an object that produces a sequence of integers from start (inclusive)\nto stop (exclusive) by step.  range(i, j) produces i, i+1, i+2, ..., j-1.\nstart defaults to 0, and stop is omitted!  range(4) produces 0, 1, 2, 3.\nThese are exactly the valid indices for a list of 4 elements.\nWhen step is given, it specifies the increment (or decrement)."
)]
impl Range {
    #[pynew]
    fn __new__(_cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        args.reject_keywords(vm, "range")?;
        let values = args.counted(vm, "range", 1, 3)?;
        let plain = |v: Value| v.as_small_int();
        let small = match *values {
            [stop] => plain(stop).map(|stop| (0, stop, 1)),
            [start, stop] => plain(start).zip(plain(stop)).map(|(start, stop)| (start, stop, 1)),
            [start, stop, step, ..] => plain(start)
                .zip(plain(stop))
                .zip(plain(step).filter(|&s| s != 0))
                .map(|((start, stop), step)| (start, stop, step)),
            [] => None,
        };
        if let Some((start, stop, step)) = small {
            let length = vm.new_int(length_i128(start, stop, step) as i64);
            let [start, stop, step] = [start, stop, step].map(Value::small_int);
            return Ok(Range::new(&vm.heap, start, stop, step, length).value());
        }
        let int = |v: Value| -> PyResult<Int> { Ok(vm.index(v)?.to_int()) };
        let (start, stop, step) = match *values {
            [stop] => (Int::ZERO, int(stop)?, Int::ONE),
            [start, stop] => (int(start)?, int(stop)?, Int::ONE),
            [start, stop, step, ..] => (int(start)?, int(stop)?, int(step)?),
            [] => return Ok(Value::none()), // excluded by the count
        };
        if step.is_zero() {
            return Err(vm.value_error("range() arg 3 must not be zero"));
        }
        Ok(Range::of_ints(vm, start, stop, step).value())
    }
    #[pygetset]
    fn start(&self) -> Value {
        self.start
    }
    #[pygetset]
    fn stop(&self) -> Value {
        self.stop
    }
    #[pygetset]
    fn step(&self) -> Value {
        self.step
    }
    #[pymethod]
    fn __repr__(&self, vm: &Vm) -> PyResult<String> {
        let [start, stop] = [self.start, self.stop].map(|v| vm.repr_text(v));
        if self.step == Value::small_int(1) {
            return Ok(format!("range({}, {})", start?, stop?));
        }
        Ok(format!("range({}, {}, {})", start?, stop?, vm.repr_text(self.step)?))
    }
    #[pymethod]
    fn __hash__(&self, vm: &Vm) -> PyResult<i64> {
        // Equal ranges hash alike: what does not matter counts as None.
        let (none, length) = (Value::none(), Range::part(self.length));
        let start = if length.is_zero() { none } else { self.start };
        let step = if length.is_zero() || length == Int::ONE { none } else { self.step };
        let key = vm.new_tuple(&[self.length, start, step]);
        Ok(vm.hash(key)? as i64)
    }
    #[pymethod]
    fn __bool__(&self) -> bool {
        self.length != Value::small_int(0)
    }
    #[pymethod]
    fn __len__(&self, vm: &Vm) -> PyResult {
        match as_int(self.length).and_then(|n| n.to_i64()) {
            Some(_) => Ok(self.length),
            None => Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
        }
    }
    #[pymethod]
    fn __iter__(this: Gc<Range>, vm: &Vm) -> Value {
        Range::iter(this, vm)
    }
    /// Return a reverse iterator.
    #[pymethod]
    fn __reversed__(&self, vm: &Vm) -> Value {
        let (start, step, length) = self.parts();
        let last = int_arith::sub(&length, &Int::ONE);
        let first = int_arith::add(&start, &int_arith::mul(&last, &step));
        Range::iterate(vm, first, int_arith::neg(&step), length)
    }
    #[pymethod]
    fn __getitem__(&self, vm: &Vm, key: Value) -> PyResult {
        if vm.is_index(key) {
            return self.item(vm, key);
        }
        match key.downcast::<Slice>() {
            Some(slice) => self.slice(vm, slice),
            None => Err(vm.bad_subscript("range", key)),
        }
    }
    #[pymethod]
    fn __contains__(this: Gc<Range>, vm: &Vm, key: Value) -> PyResult<bool> {
        if let Some(n) = Range::exact(key) {
            return Ok(this.find(&n).is_some());
        }
        let iterator = Range::iter(this, vm);
        while let Some(item) = vm.next(iterator)? {
            if vm.eq(item, key)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
    #[pycompare]
    fn compare(&self, op: CompareOp, other: Value) -> Value {
        match (op, other.downcast::<Range>()) {
            (CompareOp::Eq, Some(other)) => Value::bool(self.equals(&other)),
            (CompareOp::Ne, Some(other)) => Value::bool(!self.equals(&other)),
            _ => Value::not_implemented(),
        }
    }
    #[pymethod]
    fn __reduce__(&self, vm: &Vm) -> Value {
        let args = vm.new_tuple(&[self.start, self.stop, self.step]);
        vm.new_tuple(&[vm.types.range.value(), args])
    }
    /// rangeobject.count(value) -> integer -- return number of occurrences of value
    #[pymethod(sig = "(object, /)")]
    fn count(this: Gc<Range>, vm: &Vm, object: Value) -> PyResult<usize> {
        if let Some(n) = Range::exact(object) {
            return Ok(this.find(&n).is_some() as usize);
        }
        let (iterator, mut found) = (Range::iter(this, vm), 0);
        while let Some(item) = vm.next(iterator)? {
            found += vm.eq(item, object)? as usize;
        }
        Ok(found)
    }
    /// rangeobject.index(value) -> integer -- return index of value.
    /// Raise ValueError if the value is not present.
    #[pymethod(sig = "(object, /)")]
    fn index(this: Gc<Range>, vm: &Vm, object: Value) -> PyResult {
        if let Some(n) = Range::exact(object) {
            return match this.find(&n) {
                Some(i) => Ok(vm.new_int_from(i)),
                None => Err(vm.value_error("range.index(x): x not in range")),
            };
        }
        let (iterator, mut at) = (Range::iter(this, vm), 0);
        while let Some(item) = vm.next(iterator)? {
            if vm.eq(item, object)? {
                return Ok(vm.new_int(at));
            }
            at += 1;
        }
        Err(vm.value_error("sequence.index(x): x not in sequence"))
    }
}

/// `(iter, (range,), None)` for the numbers that remain.
fn reduce_iterator(vm: &Vm, start: Int, step: Int, remaining: &Int) -> PyResult {
    let iter = vm.builtin_function("iter")?;
    let stop = int_arith::add(&start, &int_arith::mul(&step, remaining));
    let args = vm.new_tuple(&[Range::of_ints(vm, start, stop, step).value()]);
    Ok(vm.new_tuple(&[iter, args, Value::none()]))
}

#[pymethods(name = "range_iterator", kind = RangeIter, def = ITER_DEF, no_constructor)]
impl RangeIter {
    #[pymethod]
    fn __iter__(this: Gc<RangeIter>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult<Option<Value>> {
        Ok(self.advance().map(|i| vm.new_int(i)))
    }
    /// Private method returning an estimate of len(list(it)).
    #[pymethod]
    fn __length_hint__(&self) -> u64 {
        self.remaining.get()
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(&self, vm: &Vm) -> PyResult {
        let remaining = Int::from(self.remaining.get());
        reduce_iterator(vm, Int::Small(self.next.get()), Int::Small(self.step), &remaining)
    }
    /// Set state information for unpickling.
    #[pymethod]
    fn __setstate__(&self, vm: &Vm, object: Value) -> PyResult<()> {
        let skip = vm.index_i64(object)?.max(0).unsigned_abs().min(self.remaining.get());
        self.next.set(self.next.get().wrapping_add(self.step.wrapping_mul(skip as i64)));
        self.remaining.set(self.remaining.get() - skip);
        Ok(())
    }
}

/// Iterator over a range with parts of any size.
#[pyclass(name = "longrange_iterator", no_constructor)]
#[derive(Trace)]
pub struct LongRangeIter {
    start: Value,
    step: Value,
    length: Value,
    index: Cell<Value>,
}

impl LongRangeIter {
    fn remaining(&self) -> Int {
        int_arith::sub(&Range::part(self.length), &Range::part(self.index.get()))
    }
    fn current(&self) -> Int {
        let offset = int_arith::mul(&Range::part(self.index.get()), &Range::part(self.step));
        int_arith::add(&Range::part(self.start), &offset)
    }
}

#[pymethods(def = LONG_ITER_DEF)]
impl LongRangeIter {
    #[pymethod]
    fn __iter__(this: Gc<Native<LongRangeIter>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult<Option<Value>> {
        if self.remaining().is_zero() {
            return Ok(None);
        }
        let current = self.current();
        let next = int_arith::add(&Range::part(self.index.get()), &Int::ONE);
        self.index.set(vm.new_int_from(next));
        Ok(Some(vm.new_int_from(current)))
    }
    /// Private method returning an estimate of len(list(it)).
    #[pymethod]
    fn __length_hint__(&self, vm: &Vm) -> Value {
        vm.new_int_from(self.remaining())
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(&self, vm: &Vm) -> PyResult {
        reduce_iterator(vm, self.current(), Range::part(self.step), &self.remaining())
    }
    /// Set state information for unpickling.
    #[pymethod]
    fn __setstate__(&self, vm: &Vm, object: Value) -> PyResult<()> {
        let Some(state) = as_int(object) else {
            let given = vm.type_of(object).name();
            return Err(vm.type_error(format!("state must be an int, not {given}")));
        };
        let skip = state.to_int().max(Int::ZERO).min(self.remaining());
        self.index.set(vm.new_int_from(int_arith::add(&Range::part(self.index.get()), &skip)));
        Ok(())
    }
}
