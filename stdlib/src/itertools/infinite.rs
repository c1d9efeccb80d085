//! `count`, `cycle` and `repeat`.

use adder_interp::object::header::Gc;
use adder_interp::object::int::as_exact_int;
use adder_interp::object::list::List;
use adder_interp::object::native::Native;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::ops::BinaryOp;
use adder_interp::vm::special::Special;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::Cell;

/// Return a count object whose .__next__() method returns consecutive values.
///
/// Equivalent to:
///     def count(firstval=0, step=1):
///         x = firstval
///         while 1:
///             yield x
///             x += step
#[pyclass(name = "count", module = "itertools", subclassable)]
#[derive(Trace)]
pub struct Count {
    next: Cell<Value>,
    step: Value,
}

/// Whether the object can be counted with.
fn is_number(vm: &Vm, v: Value) -> bool {
    v.is_small_int()
        || v.is_float()
        || [Special::Index, Special::Int, Special::Float, Special::Complex]
            .iter()
            .any(|&s| vm.special_of(v, s).is_some())
        || v.is::<adder_interp::object::complex::Complex>()
}

#[pymethods]
impl Count {
    #[pynew(sig = "(start=0, step=1)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, start: Option<Value>, step: Option<Value>) -> PyResult {
        let (start, step) = (start.unwrap_or(Value::small_int(0)), step.unwrap_or(Value::small_int(1)));
        if !is_number(vm, start) || !is_number(vm, step) {
            return Err(vm.type_error("a number is required"));
        }
        Ok(vm.new_native(cls, Count { next: Cell::new(start), step }).value())
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<Count>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult<Option<Value>> {
        let now = self.next.get();
        let next = match (now.as_small_int(), self.step.as_small_int()) {
            (Some(i), Some(step)) => vm.new_int(i + step), // 49 bits each
            _ => vm.binary_op(BinaryOp::Add, now, self.step, false)?,
        };
        self.next.set(next);
        Ok(Some(now))
    }
    #[pymethod]
    fn __repr__(this: Gc<Native<Count>>, vm: &Vm) -> PyResult<String> {
        let name = vm.type_of(this.value()).short_name();
        let next = vm.repr_text(this.next.get())?;
        // Don't display the step when it is an integer equal to 1.
        if as_exact_int(this.step).and_then(|i| i.to_i64()) == Some(1) {
            return Ok(format!("{name}({next})"));
        }
        Ok(format!("{name}({next}, {})", vm.repr_text(this.step)?))
    }
}

/// Return elements from the iterable until it is exhausted. Then repeat the sequence indefinitely.
#[pyclass(name = "cycle", module = "itertools", subclassable)]
#[derive(Trace)]
pub struct Cycle {
    /// Empty after the first round.
    source: Cell<Option<Value>>,
    saved: Gc<List>,
    index: Cell<usize>,
}

#[pymethods]
impl Cycle {
    #[pynew(sig = "(iterable, /)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, iterable: Value) -> PyResult {
        let source = Cell::new(Some(vm.iter(iterable)?));
        let payload = Cycle { source, saved: List::new(&vm.heap), index: Cell::new(0) };
        Ok(vm.new_native(cls, payload).value())
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<Cycle>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult<Option<Value>> {
        if let Some(source) = self.source.get() {
            if let Some(item) = vm.next(source)? {
                self.saved.push(&vm.heap, item);
                return Ok(Some(item));
            }
            self.source.set(None);
        }
        let at = self.index.get();
        let Some(item) = self.saved.get(at) else { return Ok(None) };
        self.index.set(if at + 1 < self.saved.len() { at + 1 } else { 0 });
        Ok(Some(item))
    }
}

/// repeat(object [,times]) -> create an iterator which returns the object
/// for the specified number of times.  If not specified, returns the object
/// endlessly.
#[pyclass(name = "repeat", module = "itertools", subclassable)]
#[derive(Trace)]
pub struct Repeat {
    object: Value,
    /// `None` is for ever.
    remaining: Cell<Option<i64>>,
}

#[pymethods]
impl Repeat {
    #[pynew(sig = "(object, times=<unrepresentable>)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, object: Value, times: Option<isize>) -> Value {
        let remaining = Cell::new(times.map(|n| n.max(0) as i64));
        vm.new_native(cls, Repeat { object, remaining }).value()
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<Repeat>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(&self, _vm: &Vm) -> PyResult<Option<Value>> {
        match self.remaining.get() {
            Some(0) => return Ok(None),
            Some(n) => self.remaining.set(Some(n - 1)),
            None => {}
        }
        Ok(Some(self.object))
    }
    /// Private method returning an estimate of len(list(it)).
    #[pymethod]
    fn __length_hint__(&self, vm: &Vm) -> PyResult<i64> {
        match self.remaining.get() {
            Some(n) => Ok(n),
            None => Err(vm.type_error("len() of unsized object")),
        }
    }
    #[pymethod]
    fn __repr__(this: Gc<Native<Repeat>>, vm: &Vm) -> PyResult<String> {
        let (name, object) = (vm.type_of(this.value()).short_name(), vm.repr_text(this.object)?);
        Ok(match this.remaining.get() {
            Some(n) => format!("{name}({object}, {n})"),
            None => format!("{name}({object})"),
        })
    }
}
