//! `deque`: a ring buffer that grows, with a bound if asked for.
//!
//! The buffer is never borrowed while Python code can run. `state` counts changes: loops that compare items, and
//! iterators, notice them.

use adder_interp::native::Args;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::compare::CompareOp;
use adder_interp::vm::sequence::clamp;
use adder_interp::vm::subscript::resolve;
use adder_macros::{Trace, pyclass, pymethods};
use adder_text::units::StrBuilder;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

/// A list-like sequence optimized for data accesses near its endpoints.
#[pyclass(name = "deque", module = "collections", subclassable, weakrefable, sequence, len = length)]
#[derive(Trace)]
pub struct Deque {
    items: RefCell<VecDeque<Value>>,
    limit: Cell<Option<usize>>,
    state: Cell<usize>,
}

type This = Gc<Native<Deque>>;

impl Deque {
    fn make(vm: &Vm, cls: Gc<Type>, limit: Option<usize>) -> This {
        let payload = Deque { items: RefCell::default(), limit: Cell::new(limit), state: Cell::new(0) };
        vm.new_native(cls, payload)
    }
    fn len(&self) -> usize {
        self.items.borrow().len()
    }
    fn get(&self, at: usize) -> Option<Value> {
        self.items.borrow().get(at).copied()
    }
    fn changed(&self) {
        self.state.set(self.state.get().wrapping_add(1));
    }
    fn is_full(&self) -> bool {
        self.limit.get().is_some_and(|limit| self.len() >= limit)
    }

    fn push_back(&self, vm: &Vm, item: Value) {
        self.push(vm, |items| items.push_back(item), VecDeque::pop_front);
    }
    fn push_front(&self, vm: &Vm, item: Value) {
        self.push(vm, |items| items.push_front(item), VecDeque::pop_back);
    }
    #[inline]
    fn push(
        &self,
        vm: &Vm,
        push: impl FnOnce(&mut VecDeque<Value>),
        drop_other_end: impl FnOnce(&mut VecDeque<Value>) -> Option<Value>,
    ) {
        let mut items = self.items.borrow_mut();
        if items.len() == items.capacity() {
            vm.heap.note_external(8 * items.len());
        }
        push(&mut items);
        if self.limit.get().is_some_and(|limit| items.len() > limit) {
            drop_other_end(&mut items);
        }
        self.changed();
    }

    fn extend_by(
        this: Gc<Native<Deque>>,
        vm: &Vm,
        iterable: Value,
        push: impl Fn(&Deque, &Vm, Value),
    ) -> PyResult<()> {
        if iterable == this.value() {
            let copy = this.snapshot(vm);
            copy.iter().for_each(|&item| push(&this, vm, item));
            return Ok(());
        }
        let iterator = vm.iter(iterable)?;
        while let Some(item) = vm.next(iterator)? {
            push(&this, vm, item);
        }
        Ok(())
    }

    /// The items as they are now.
    fn snapshot(&self, vm: &Vm) -> adder_interp::heap::GcVec {
        let mut copy = adder_interp::heap::GcVec::with_capacity(&vm.heap, self.len());
        // Allocation runs no Python code: the items cannot change meanwhile.
        (0..self.len()).filter_map(|i| self.get(i)).for_each(|v| copy.push(&vm.heap, v));
        copy
    }

    fn mutated(vm: &Vm) -> Raised {
        vm.runtime_error("deque mutated during iteration")
    }

    /// Position of the first item of `start..stop` that equals `value`; `on_change` makes the error if the
    /// comparison changes the deque.
    fn find(
        &self,
        vm: &Vm,
        value: Value,
        start: usize,
        stop: usize,
        on_change: impl FnOnce() -> Raised,
    ) -> PyResult<Option<usize>> {
        let state = self.state.get();
        for at in start..stop.min(self.len()) {
            let Some(item) = self.get(at) else { break };
            let equal = vm.eq(item, value)?;
            if self.state.get() != state {
                return Err(on_change());
            }
            if equal {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    fn position(&self, vm: &Vm, index: Value) -> PyResult<usize> {
        if !vm.is_index(index) {
            let given = vm.type_of(index).name();
            return Err(vm.type_error(format!("sequence index must be integer, not '{given}'")));
        }
        let i = vm.index_for_subscript(index)?;
        resolve(i, self.len()).ok_or_else(|| vm.index_error("deque index out of range"))
    }

    /// Rotates to the right by `n` places.
    fn rotate_by(&self, n: isize) {
        let mut items = self.items.borrow_mut();
        let len = items.len();
        if len > 1 {
            items.rotate_right(n.rem_euclid(len as isize) as usize);
            self.changed();
        }
    }

    /// A copy of the same class.
    fn copied(this: Gc<Native<Deque>>, vm: &Vm) -> PyResult {
        let class = vm.type_of(this.value());
        if class == vm.native_type(Deque::TYPE_DEF)? {
            let copy = Deque::make(vm, class, this.limit.get());
            copy.items.borrow_mut().extend(this.items.borrow().iter());
            return Ok(copy.value());
        }
        match this.limit.get() {
            None => vm.call(class.value(), &[this.value()]),
            Some(limit) => vm.call(class.value(), &[this.value(), vm.new_int(limit as i64)]),
        }
    }

    fn repeat(this: Gc<Native<Deque>>, vm: &Vm, times: Value) -> PyResult<Option<()>> {
        let Some(times) = vm.repetitions(times, this.len())? else { return Ok(None) };
        let once = this.snapshot(vm);
        if times == 0 {
            this.items.borrow_mut().clear();
            this.changed();
        }
        // Of a bounded deque only the last rounds remain.
        let rounds = match this.limit.get() {
            Some(limit) if !once.is_empty() => times.min(limit / once.len() + 2),
            _ => times,
        };
        for _ in 1..rounds {
            once.iter().for_each(|&item| this.push_back(vm, item));
        }
        Ok(Some(()))
    }
}

/// `len()` of an exact deque.
fn length(deque: Value) -> usize {
    deque.downcast::<Native<Deque>>().expect("registered for this class").len()
}

#[pymethods]
impl Deque {
    #[pynew(quiet, sig = "(iterable=(), maxlen=None)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, _args: Args<'_>) -> Value {
        Deque::make(vm, cls, None).value()
    }
    #[pymethod(quiet)]
    fn __init__(this: Gc<Native<Deque>>, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        let values = args.positional_values();
        let given = args.all_values().len();
        if given > 2 {
            return Err(vm.type_error(format!("deque() takes at most 2 arguments ({given} given)")));
        }
        let (mut iterable, mut limit) = (values.first().copied(), values.get(1).copied());
        for (name, value) in args.keywords() {
            match &*name.to_string_lossy() {
                "iterable" if iterable.is_none() => iterable = Some(value),
                "maxlen" if limit.is_none() => limit = Some(value),
                name @ ("iterable" | "maxlen") => {
                    let at = 1 + (name == "maxlen") as usize;
                    return Err(vm.type_error(format!(
                        "argument for deque() given by name ('{name}') and position ({at})"
                    )));
                }
                name => {
                    return Err(vm.type_error(format!("deque() got an unexpected keyword argument '{name}'")));
                }
            }
        }
        let limit = match limit.filter(|l| !l.is_none()) {
            None => None,
            Some(limit) => {
                let Some(n) = adder_interp::object::int::as_int(limit) else {
                    return Err(vm.type_error("an integer is required"));
                };
                match n.to_i64() {
                    None => return Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
                    Some(n) if n < 0 => return Err(vm.value_error("maxlen must be non-negative")),
                    Some(n) => Some(n as usize),
                }
            }
        };
        this.limit.set(limit);
        this.items.borrow_mut().clear();
        this.changed();
        match iterable {
            Some(iterable) => Deque::extend_by(this, vm, iterable, Deque::push_back),
            None => Ok(()),
        }
    }
    #[pymethod]
    fn __repr__(this: Gc<Native<Deque>>, vm: &Vm) -> PyResult {
        let text = vm.enter_repr(this.value(), || {
            let mut out = StrBuilder::new();
            out.push_str(&vm.type_of(this.value()).short_name());
            out.push_ascii(b"([");
            let items = this.snapshot(vm);
            for (i, &item) in items.iter().enumerate() {
                if i > 0 {
                    out.push_ascii(b", ");
                }
                out.push_units(vm.repr(item)?.units());
            }
            out.push_ascii(b"]");
            if let Some(limit) = this.limit.get() {
                out.push_str(&format!(", maxlen={limit}"));
            }
            out.push_ascii(b")");
            Ok(vm.built_str(out))
        })?;
        Ok(text.unwrap_or_else(|| vm.new_str("[...]")))
    }
    #[pymethod]
    fn __len__(&self) -> usize {
        self.len()
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<Deque>>, vm: &Vm) -> PyResult {
        DequeIterator::create(vm, this, 0)
    }
    /// Return a reverse iterator over the deque.
    #[pymethod]
    fn __reversed__(this: Gc<Native<Deque>>, vm: &Vm) -> PyResult {
        DequeReverseIterator::create(vm, this, 0)
    }
    #[pymethod]
    fn __getitem__(&self, vm: &Vm, index: Value) -> PyResult {
        let at = self.position(vm, index)?;
        Ok(self.get(at).expect("the position lies in the deque"))
    }
    #[pymethod]
    fn __setitem__(&self, vm: &Vm, index: Value, value: Value) -> PyResult<()> {
        let at = self.position(vm, index)?;
        self.items.borrow_mut()[at] = value;
        Ok(())
    }
    #[pymethod]
    fn __delitem__(&self, vm: &Vm, index: Value) -> PyResult<()> {
        let at = self.position(vm, index)?;
        self.items.borrow_mut().remove(at);
        self.changed();
        Ok(())
    }
    #[pymethod]
    fn __contains__(&self, vm: &Vm, key: Value) -> PyResult<bool> {
        Ok(self.find(vm, key, 0, usize::MAX, || Deque::mutated(vm))?.is_some())
    }
    #[pymethod]
    fn __add__(this: Gc<Native<Deque>>, vm: &Vm, value: Value) -> PyResult {
        if !value.is::<Native<Deque>>() {
            let given = vm.type_of(value).name();
            return Err(vm.type_error(format!("can only concatenate deque (not \"{given}\") to deque")));
        }
        let sum = Deque::copied(this, vm)?;
        match sum.downcast::<Native<Deque>>() {
            Some(deque) => Deque::extend_by(deque, vm, value, Deque::push_back)?,
            None => drop(vm.call_method(sum, "extend", &[value])?),
        }
        Ok(sum)
    }
    #[pymethod]
    fn __iadd__(this: Gc<Native<Deque>>, vm: &Vm, value: Value) -> PyResult<This> {
        Deque::extend_by(this, vm, value, Deque::push_back)?;
        Ok(this)
    }
    #[pymethod]
    fn __mul__(this: Gc<Native<Deque>>, vm: &Vm, value: Value) -> PyResult {
        if !vm.is_index(value) {
            return Ok(Value::not_implemented());
        }
        let product = Deque::copied(this, vm)?;
        if let Some(deque) = product.downcast::<Native<Deque>>() {
            Deque::repeat(deque, vm, value)?;
        }
        Ok(product)
    }
    #[pymethod]
    fn __rmul__(this: Gc<Native<Deque>>, vm: &Vm, value: Value) -> PyResult {
        Deque::__mul__(this, vm, value)
    }
    #[pymethod]
    fn __imul__(this: Gc<Native<Deque>>, vm: &Vm, value: Value) -> PyResult {
        Ok(match Deque::repeat(this, vm, value)? {
            Some(()) => this.value(),
            None => Value::not_implemented(),
        })
    }
    #[pycompare]
    fn compare(this: Gc<Native<Deque>>, vm: &Vm, op: CompareOp, other: Value) -> PyResult {
        let Some(other) = other.downcast::<Native<Deque>>() else { return Ok(Value::not_implemented()) };
        if matches!(op, CompareOp::Eq | CompareOp::Ne) && this.len() != other.len() {
            return Ok(Value::bool(op == CompareOp::Ne));
        }
        let states = (this.state.get(), other.state.get());
        let mut at = 0;
        while let (Some(x), Some(y)) = (this.get(at), other.get(at)) {
            let equal = vm.eq(x, y)?;
            if !equal {
                return match op {
                    CompareOp::Eq => Ok(Value::bool(false)),
                    CompareOp::Ne => Ok(Value::bool(true)),
                    _ => vm.compare(op, x, y),
                };
            }
            if states != (this.state.get(), other.state.get()) {
                return Err(Deque::mutated(vm));
            }
            at += 1;
        }
        Ok(Value::bool(op.holds(this.len().cmp(&other.len()))))
    }
    /// Add an element to the right side of the deque.
    #[pymethod(quiet)]
    fn append(&self, vm: &Vm, item: Value) {
        self.push_back(vm, item);
    }
    /// Add an element to the left side of the deque.
    #[pymethod(quiet)]
    fn appendleft(&self, vm: &Vm, item: Value) {
        self.push_front(vm, item);
    }
    /// Remove all elements from the deque.
    #[pymethod(quiet)]
    fn clear(&self) {
        self.items.borrow_mut().clear();
        self.changed();
    }
    /// Return a shallow copy of a deque.
    #[pymethod]
    fn copy(this: Gc<Native<Deque>>, vm: &Vm) -> PyResult {
        Deque::copied(this, vm)
    }
    /// Return a shallow copy of a deque.
    #[pymethod]
    fn __copy__(this: Gc<Native<Deque>>, vm: &Vm) -> PyResult {
        Deque::copied(this, vm)
    }
    /// Return number of occurrences of value.
    #[pymethod]
    fn count(&self, vm: &Vm, value: Value) -> PyResult<usize> {
        let (state, mut at, mut found) = (self.state.get(), 0, 0);
        while let Some(item) = self.get(at) {
            found += vm.eq(item, value)? as usize;
            if self.state.get() != state {
                return Err(Deque::mutated(vm));
            }
            at += 1;
        }
        Ok(found)
    }
    /// Extend the right side of the deque with elements from the iterable.
    #[pymethod]
    fn extend(this: Gc<Native<Deque>>, vm: &Vm, iterable: Value) -> PyResult<()> {
        Deque::extend_by(this, vm, iterable, Deque::push_back)
    }
    /// Extend the left side of the deque with elements from the iterable.
    #[pymethod]
    fn extendleft(this: Gc<Native<Deque>>, vm: &Vm, iterable: Value) -> PyResult<()> {
        Deque::extend_by(this, vm, iterable, Deque::push_front)
    }
    /// Return first index of value.
    ///
    /// Raises ValueError if the value is not present.
    #[pymethod(sig = "(value, start=0, stop=<unrepresentable>, /)")]
    fn index(&self, vm: &Vm, value: Value, start: Option<Value>, stop: Option<Value>) -> PyResult<usize> {
        let start = start.map_or(Ok(0), |v| vm.search_bound(v))?;
        let stop = stop.map_or(Ok(isize::MAX), |v| vm.search_bound(v))?;
        let (start, stop) = (clamp(start, self.len()), clamp(stop, self.len()));
        match self.find(vm, value, start, stop, || Deque::mutated(vm))? {
            Some(at) => Ok(at),
            None => Err(vm.value_error("deque.index(x): x not in deque")),
        }
    }
    /// Insert value before index.
    #[pymethod(sig = "(index, value, /)")]
    fn insert(&self, vm: &Vm, index: isize, value: Value) -> PyResult<()> {
        if self.is_full() {
            return Err(vm.index_error("deque already at its maximum size"));
        }
        let at = clamp(index, self.len());
        self.push(vm, |items| items.insert(at, value), |_| None);
        Ok(())
    }
    /// Remove and return the rightmost element.
    #[pymethod(quiet)]
    fn pop(&self, vm: &Vm) -> PyResult {
        let item = self.items.borrow_mut().pop_back();
        self.changed();
        item.ok_or_else(|| vm.index_error("pop from an empty deque"))
    }
    /// Remove and return the leftmost element.
    #[pymethod(quiet)]
    fn popleft(&self, vm: &Vm) -> PyResult {
        let item = self.items.borrow_mut().pop_front();
        self.changed();
        item.ok_or_else(|| vm.index_error("pop from an empty deque"))
    }
    /// Remove first occurrence of value.
    #[pymethod]
    fn remove(&self, vm: &Vm, value: Value) -> PyResult<()> {
        let on_change = || vm.index_error("deque mutated during remove().");
        match self.find(vm, value, 0, usize::MAX, on_change)? {
            Some(at) => {
                self.items.borrow_mut().remove(at);
                self.changed();
                Ok(())
            }
            None => Err(vm.value_error("deque.remove(x): x not in deque")),
        }
    }
    /// Reverse *IN PLACE*.
    #[pymethod]
    fn reverse(&self) {
        self.items.borrow_mut().make_contiguous().reverse();
        self.changed();
    }
    /// Rotate the deque n steps to the right.  If n is negative, rotates left.
    #[pymethod(sig = "(n=1, /)")]
    fn rotate(&self, n: isize) {
        self.rotate_by(n);
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(this: Gc<Native<Deque>>, vm: &Vm) -> PyResult {
        let class = vm.type_of(this.value());
        let empty = vm.new_tuple(&[]);
        let args = match this.limit.get() {
            None => empty,
            Some(limit) => vm.new_tuple(&[empty, vm.new_int(limit as i64)]),
        };
        let state = vm.call_method(this.value(), "__getstate__", &[])?;
        let items = vm.iter(this.value())?;
        Ok(vm.new_tuple(&[class.value(), args, state, items]))
    }
    /// Return the size of the deque in memory, in bytes.
    #[pymethod]
    fn __sizeof__(&self) -> usize {
        size_of::<Native<Deque>>() + 8 * self.items.borrow().capacity()
    }
    /// See PEP 585
    #[pyclassmethod(sig = "(object, /)")]
    fn __class_getitem__(cls: Gc<Type>, vm: &Vm, object: Value) -> PyResult {
        vm.generic_alias(cls, object)
    }
    /// maximum size of a deque or None if unbounded
    #[pygetset]
    fn maxlen(&self) -> Option<usize> {
        self.limit.get()
    }
}

/// A position in a deque.
#[derive(Trace)]
struct Cursor {
    deque: This,
    index: Cell<usize>,
    state: Cell<usize>,
}

impl Cursor {
    fn new(deque: This, index: usize) -> Cursor {
        Cursor { deque, index: Cell::new(index.min(deque.len())), state: Cell::new(deque.state.get()) }
    }

    /// The next item, counted from one end.
    fn step(&self, vm: &Vm, at: impl Fn(usize, usize) -> usize) -> PyResult<Option<Value>> {
        let (i, len) = (self.index.get(), self.deque.len());
        if self.deque.state.get() != self.state.get() {
            self.index.set(usize::MAX); // at its end from now on
            if i == usize::MAX {
                return Ok(None);
            }
            return Err(Deque::mutated(vm));
        }
        if i >= len {
            return Ok(None);
        }
        self.index.set(i + 1);
        Ok(self.deque.get(at(i, len)))
    }

    fn remaining(&self) -> usize {
        self.deque.len().saturating_sub(self.index.get())
    }
}

macro_rules! iterators {
    ($($(#[$doc:meta])* $owner:ident $name:tt $at:expr;)*) => {$(
        $(#[$doc])*
        #[pyclass(name = $name, module = "collections")]
        #[derive(Trace)]
        pub struct $owner {
            cursor: Cursor,
        }

        impl $owner {
            fn create(vm: &Vm, deque: This, index: usize) -> PyResult {
                let class = vm.native_type($owner::TYPE_DEF)?;
                Ok(vm.new_native(class, $owner { cursor: Cursor::new(deque, index) }).value())
            }
        }

        #[pymethods]
        impl $owner {
            #[pynew(sig = "(deque, index=0, /)")]
            fn __new__(cls: Gc<Type>, vm: &Vm, deque: Value, index: isize) -> PyResult {
                let Some(deque) = deque.downcast::<Native<Deque>>() else {
                    let given = vm.type_of(deque).name();
                    return Err(vm.type_error(format!("argument 1 must be collections.deque, not {given}")));
                };
                let cursor = Cursor::new(deque, index.max(0) as usize);
                Ok(vm.new_native(cls, $owner { cursor }).value())
            }
            #[pymethod]
            fn __iter__(this: Gc<Native<$owner>>) -> Value {
                this.value()
            }
            #[pymethod]
            fn __next__(&self, vm: &Vm) -> PyResult<Option<Value>> {
                self.cursor.step(vm, $at)
            }
            /// Private method returning an estimate of len(list(it)).
            #[pymethod]
            fn __length_hint__(&self) -> usize {
                self.cursor.remaining()
            }
            /// Return state information for pickling.
            #[pymethod]
            fn __reduce__(this: Gc<Native<$owner>>, vm: &Vm) -> Value {
                let index = this.cursor.index.get().min(this.cursor.deque.len());
                let args = vm.new_tuple(&[this.cursor.deque.value(), vm.new_int(index as i64)]);
                vm.new_tuple(&[vm.type_of(this.value()).value(), args])
            }
        }
    )*};
}

iterators! {
    /// Iterator from left to right.
    DequeIterator "_deque_iterator" |i, _| i;
    /// Iterator from right to left.
    DequeReverseIterator "_deque_reverse_iterator" |i, len| len - 1 - i;
}
