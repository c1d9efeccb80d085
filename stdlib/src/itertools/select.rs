//! `compress`, `dropwhile`, `filterfalse`, `islice`, `starmap` and `takewhile`.

use adder_interp::native::Args;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::tuple::Tuple;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::Cell;

/// Return data elements corresponding to true selector elements.
///
/// Forms a shorter iterator from selected data elements using the selectors to
/// choose the data elements.
#[pyclass(name = "compress", module = "itertools", subclassable)]
#[derive(Trace)]
pub struct Compress {
    data: Value,
    selectors: Value,
}

#[pymethods]
impl Compress {
    #[pynew(sig = "(data, selectors)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, data: Value, selectors: Value) -> PyResult {
        let data = vm.iter(data)?;
        let selectors = vm.iter(selectors)?;
        Ok(vm.new_native(cls, Compress { data, selectors }).value())
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<Compress>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult<Option<Value>> {
        loop {
            let Some(item) = vm.next(self.data)? else { return Ok(None) };
            let Some(selector) = vm.next(self.selectors)? else { return Ok(None) };
            if vm.truthy(selector)? {
                return Ok(Some(item));
            }
        }
    }
}

/// Drop items from the iterable while predicate(item) is true.
///
/// Afterwards, return every element until the iterable is exhausted.
#[pyclass(name = "dropwhile", module = "itertools", subclassable)]
#[derive(Trace)]
pub struct DropWhile {
    predicate: Value,
    source: Value,
    started: Cell<bool>,
}

#[pymethods]
impl DropWhile {
    #[pynew(sig = "(predicate, iterable, /)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, predicate: Value, iterable: Value) -> PyResult {
        let source = vm.iter(iterable)?;
        Ok(vm.new_native(cls, DropWhile { predicate, source, started: Cell::new(false) }).value())
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<DropWhile>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult<Option<Value>> {
        while let Some(item) = vm.next(self.source)? {
            if self.started.get() {
                return Ok(Some(item));
            }
            let verdict = vm.call(self.predicate, &[item])?;
            if !vm.truthy(verdict)? {
                self.started.set(true);
                return Ok(Some(item));
            }
        }
        Ok(None)
    }
}

/// Return successive entries from an iterable as long as the predicate evaluates to true for each entry.
#[pyclass(name = "takewhile", module = "itertools", subclassable)]
#[derive(Trace)]
pub struct TakeWhile {
    predicate: Value,
    source: Value,
    stopped: Cell<bool>,
}

#[pymethods]
impl TakeWhile {
    #[pynew(sig = "(predicate, iterable, /)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, predicate: Value, iterable: Value) -> PyResult {
        let source = vm.iter(iterable)?;
        Ok(vm.new_native(cls, TakeWhile { predicate, source, stopped: Cell::new(false) }).value())
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<TakeWhile>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult<Option<Value>> {
        if self.stopped.get() {
            return Ok(None);
        }
        let Some(item) = vm.next(self.source)? else { return Ok(None) };
        let verdict = vm.call(self.predicate, &[item])?;
        if vm.truthy(verdict)? {
            return Ok(Some(item));
        }
        self.stopped.set(true);
        Ok(None)
    }
}

/// Return those items of iterable for which function(item) is false.
///
/// If function is None, return the items that are false.
#[pyclass(name = "filterfalse", module = "itertools", subclassable)]
#[derive(Trace)]
pub struct FilterFalse {
    function: Value,
    source: Value,
}

#[pymethods]
impl FilterFalse {
    #[pynew(sig = "(function, iterable, /)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, function: Value, iterable: Value) -> PyResult {
        let source = vm.iter(iterable)?;
        Ok(vm.new_native(cls, FilterFalse { function, source }).value())
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<FilterFalse>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult<Option<Value>> {
        let by_truth = self.function.is_none() || self.function == vm.types.bool_.value();
        while let Some(item) = vm.next(self.source)? {
            let verdict = if by_truth { item } else { vm.call(self.function, &[item])? };
            if !vm.truthy(verdict)? {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }
}

/// islice(iterable, stop) --> islice object
/// islice(iterable, start, stop[, step]) --> islice object
///
/// Return an iterator whose next() method returns selected values from an
/// iterable.  If start is specified, will skip all preceding elements;
/// otherwise, start defaults to zero.  Step defaults to one.  If
/// specified as another value, step determines how many values are
/// skipped between successive calls.  Works like a slice() on a list
/// but returns an iterator.
#[pyclass(name = "islice", module = "itertools", subclassable)]
#[derive(Trace)]
pub struct Slice {
    source: Cell<Option<Value>>,
    /// Index of the next item to return.
    next: Cell<usize>,
    stop: Option<usize>,
    step: usize,
    /// Items taken so far.
    taken: Cell<usize>,
}

/// A bound of `islice`: `None` when it is no number between 0 and the largest index.
fn bound(vm: &Vm, v: Value) -> Option<usize> {
    match vm.index(v) {
        Ok(n) => n.to_i64().filter(|&n| n >= 0).map(|n| n as usize),
        Err(Raised) => {
            vm.take_pending();
            None
        }
    }
}

#[pymethods]
impl Slice {
    #[pynew]
    fn __new__(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        args.reject_keywords(vm, "islice")?;
        let given = |v: &Value| Some(*v).filter(|v| !v.is_none());
        let (iterable, start, stop, step) = match args.counted(vm, "islice", 2, 4)? {
            [iterable, stop] => (*iterable, None, given(stop), None),
            [iterable, start, stop, rest @ ..] => {
                (*iterable, given(start), given(stop), rest.first().and_then(given))
            }
            _ => return Ok(Value::none()), // excluded by the count
        };
        let indices = "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
        let stop = match stop.map(|v| bound(vm, v)) {
            None => None,
            Some(Some(n)) => Some(n),
            Some(None) => {
                // Numbers below -1 are told apart from what is no number at all.
                let negative =
                    vm.index_i64(args.all_values()[if args.all_values().len() == 2 { 1 } else { 2 }]);
                vm.take_pending();
                return Err(vm.value_error(if negative.is_ok_and(|n| n < -1) {
                    indices
                } else {
                    "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize."
                }));
            }
        };
        let Some(start) = start.map_or(Some(0), |v| bound(vm, v)) else {
            return Err(vm.value_error(indices));
        };
        let Some(step) = step.map_or(Some(1), |v| bound(vm, v)).filter(|&n| n > 0) else {
            return Err(vm.value_error("Step for islice() must be a positive integer or None."));
        };
        let source = Cell::new(Some(vm.iter(iterable)?));
        let payload = Slice { source, next: Cell::new(start), stop, step, taken: Cell::new(0) };
        Ok(vm.new_native(cls, payload).value())
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<Slice>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult<Option<Value>> {
        let Some(source) = self.source.get() else { return Ok(None) };
        loop {
            let skipping = self.taken.get() < self.next.get();
            if !skipping && self.stop.is_some_and(|stop| self.taken.get() >= stop) {
                self.source.set(None);
                return Ok(None);
            }
            let Some(item) = vm.next(source)? else {
                self.source.set(None);
                return Ok(None);
            };
            self.taken.set(self.taken.get() + 1);
            if !skipping {
                let next = self.next.get().saturating_add(self.step);
                self.next.set(self.stop.map_or(next, |stop| next.min(stop)));
                return Ok(Some(item));
            }
        }
    }
}

/// Return an iterator whose values are returned from the function evaluated with an argument tuple taken from the given sequence.
#[pyclass(name = "starmap", module = "itertools", subclassable)]
#[derive(Trace)]
pub struct StarMap {
    function: Value,
    source: Value,
}

#[pymethods]
impl StarMap {
    #[pynew(sig = "(function, iterable, /)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, function: Value, iterable: Value) -> PyResult {
        let source = vm.iter(iterable)?;
        Ok(vm.new_native(cls, StarMap { function, source }).value())
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<StarMap>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult<Option<Value>> {
        let Some(item) = vm.next(self.source)? else { return Ok(None) };
        match item.downcast::<Tuple>().filter(|_| vm.type_of(item) == vm.types.tuple) {
            Some(args) => vm.call(self.function, &args).map(Some),
            None => {
                let args = vm.collect(item)?;
                vm.call(self.function, &args).map(Some)
            }
        }
    }
}
