//! `accumulate`, `batched`, `chain`, `pairwise` and `zip_longest`.

use adder_interp::heap::GcVec;
use adder_interp::native::Args;
use adder_interp::object::header::Gc;
use adder_interp::object::list::List;
use adder_interp::object::native::Native;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::ops::BinaryOp;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::Cell;

/// Return series of accumulated sums.
#[pyclass(name = "accumulate", module = "itertools", subclassable)]
#[derive(Trace)]
pub struct Accumulate {
    source: Value,
    /// `None` adds.
    function: Option<Value>,
    total: Cell<Option<Value>>,
    initial: Cell<Option<Value>>,
}

#[pymethods]
impl Accumulate {
    #[pynew(sig = "(iterable, func=None, *, initial=None)")]
    fn __new__(
        cls: Gc<Type>,
        vm: &Vm,
        iterable: Value,
        func: Option<Value>,
        initial: Option<Value>,
    ) -> PyResult {
        let given = |v: Option<Value>| v.filter(|v| !v.is_none());
        let source = vm.iter(iterable)?;
        let payload = Accumulate {
            source,
            function: given(func),
            total: Cell::new(None),
            initial: Cell::new(given(initial)),
        };
        Ok(vm.new_native(cls, payload).value())
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<Accumulate>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult<Option<Value>> {
        if let Some(initial) = self.initial.take() {
            self.total.set(Some(initial));
            return Ok(Some(initial));
        }
        let Some(item) = vm.next(self.source)? else { return Ok(None) };
        let total = match (self.total.get(), self.function) {
            (None, _) => item,
            (Some(total), None) => vm.binary_op(BinaryOp::Add, total, item, false)?,
            (Some(total), Some(function)) => vm.call(function, &[total, item])?,
        };
        self.total.set(Some(total));
        Ok(Some(total))
    }
}

/// Batch data into tuples of length n. The last batch may be shorter than n.
///
/// Loops over the input iterable and accumulates data into tuples
/// up to size n.  The input is consumed lazily, just enough to
/// fill a batch.  The result is yielded as soon as a batch is full
/// or when the input iterable is exhausted.
///
///     >>> for batch in batched('ABCDEFG', 3):
///     ...     print(batch)
///     ...
///     ('A', 'B', 'C')
///     ('D', 'E', 'F')
///     ('G',)
///
/// If "strict" is True, raises a ValueError if the final batch is shorter
/// than n.
#[pyclass(name = "batched", module = "itertools", subclassable)]
#[derive(Trace)]
pub struct Batched {
    source: Cell<Option<Value>>,
    size: usize,
    strict: bool,
}

#[pymethods]
impl Batched {
    #[pynew(sig = "(iterable, n, *, strict=False)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, iterable: Value, n: isize, strict: bool) -> PyResult {
        if n < 1 {
            return Err(vm.value_error("n must be at least one"));
        }
        let source = Cell::new(Some(vm.iter(iterable)?));
        Ok(vm.new_native(cls, Batched { source, size: n as usize, strict }).value())
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<Batched>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult<Option<Value>> {
        let Some(source) = self.source.get() else { return Ok(None) };
        let mut items = GcVec::with_capacity(&vm.heap, self.size.min(64));
        while items.len() < self.size {
            match vm.next(source).inspect_err(|_| self.source.set(None))? {
                Some(item) => items.push(&vm.heap, item),
                None => {
                    self.source.set(None);
                    if items.is_empty() {
                        return Ok(None);
                    }
                    if self.strict {
                        return Err(vm.value_error("batched(): incomplete batch"));
                    }
                    break;
                }
            }
        }
        Ok(Some(vm.new_tuple(&items)))
    }
}

/// Return a chain object whose .__next__() method returns elements from the
/// first iterable until it is exhausted, then elements from the next
/// iterable, until all of the iterables are exhausted.
#[pyclass(name = "chain", module = "itertools", subclassable)]
#[derive(Trace)]
pub struct Chain {
    /// Iterator over the iterables.
    source: Cell<Option<Value>>,
    active: Cell<Option<Value>>,
}

impl Chain {
    fn make(cls: Gc<Type>, vm: &Vm, iterables: Value) -> PyResult {
        let source = Cell::new(Some(vm.iter(iterables)?));
        Ok(vm.new_native(cls, Chain { source, active: Cell::new(None) }).value())
    }
}

#[pymethods]
impl Chain {
    #[pynew(sig = "(*iterables)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, iterables: &[Value]) -> PyResult {
        Chain::make(cls, vm, vm.new_tuple(iterables))
    }
    /// Alternative chain() constructor taking a single iterable argument that evaluates lazily.
    #[pyclassmethod]
    fn from_iterable(cls: Gc<Type>, vm: &Vm, iterable: Value) -> PyResult {
        Chain::make(cls, vm, iterable)
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<Chain>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult<Option<Value>> {
        loop {
            let Some(source) = self.source.get() else { return Ok(None) };
            let active = match self.active.get() {
                Some(active) => active,
                None => {
                    let iterable = vm.next(source).inspect_err(|_| self.source.set(None))?;
                    let Some(iterable) = iterable else {
                        self.source.set(None);
                        return Ok(None);
                    };
                    let active = vm.iter(iterable).inspect_err(|_| self.source.set(None))?;
                    self.active.set(Some(active));
                    active
                }
            };
            match vm.next(active)? {
                Some(item) => return Ok(Some(item)),
                None => self.active.set(None),
            }
        }
    }
    /// See PEP 585
    #[pyclassmethod(sig = "(object, /)")]
    fn __class_getitem__(cls: Gc<Type>, vm: &Vm, object: Value) -> PyResult {
        vm.generic_alias(cls, object)
    }
}

/// Return an iterator of overlapping pairs taken from the input iterator.
///
///     s -> (s0,s1), (s1,s2), (s2, s3), ...
#[pyclass(name = "pairwise", module = "itertools", subclassable)]
#[derive(Trace)]
pub struct Pairwise {
    source: Cell<Option<Value>>,
    old: Cell<Option<Value>>,
}

#[pymethods]
impl Pairwise {
    #[pynew(sig = "(iterable, /)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, iterable: Value) -> PyResult {
        let source = Cell::new(Some(vm.iter(iterable)?));
        Ok(vm.new_native(cls, Pairwise { source, old: Cell::new(None) }).value())
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<Pairwise>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult<Option<Value>> {
        let step = |this: &Pairwise| -> PyResult<Option<Value>> {
            // A source that calls this iterator again may have ended it.
            let Some(source) = this.source.get() else { return Ok(None) };
            let item = vm.next(source);
            if !matches!(item, Ok(Some(_))) {
                this.source.set(None);
                this.old.set(None);
            }
            item
        };
        let old = match self.old.get() {
            Some(old) => old,
            None => match step(self)? {
                Some(first) => {
                    self.old.set(Some(first));
                    first
                }
                None => return Ok(None),
            },
        };
        let Some(new) = step(self)? else { return Ok(None) };
        self.old.set(Some(new));
        Ok(Some(vm.new_tuple(&[old, new])))
    }
}

/// Return a zip_longest object whose .__next__() method returns a tuple where
/// the i-th element comes from the i-th iterable argument.  The .__next__()
/// method continues until the longest iterable in the argument sequence
/// is exhausted and then it raises StopIteration.  When the shorter iterables
/// are exhausted, the fillvalue is substituted in their place.  The fillvalue
/// defaults to None or can be specified by a keyword argument.
#[pyclass(name = "zip_longest", module = "itertools", subclassable)]
#[derive(Trace)]
pub struct ZipLongest {
    /// Iterators; None in the place of exhausted ones.
    sources: Gc<List>,
    active: Cell<usize>,
    fill: Value,
}

#[pymethods]
impl ZipLongest {
    #[pynew(sig = "(*iterables, fillvalue=None)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        let mut fill = Value::none();
        for (name, value) in args.keywords() {
            if !name.eq_str("fillvalue") {
                return Err(vm.type_error("zip_longest() got an unexpected keyword argument"));
            }
            fill = value;
        }
        let mut sources = GcVec::new();
        for &iterable in args.positional_values() {
            sources.push(&vm.heap, vm.iter(iterable)?);
        }
        let active = Cell::new(sources.len());
        let sources = List::from_vec(&vm.heap, sources);
        Ok(vm.new_native(cls, ZipLongest { sources, active, fill }).value())
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<ZipLongest>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult<Option<Value>> {
        let n = self.sources.len();
        if n == 0 || self.active.get() == 0 {
            return Ok(None);
        }
        let mut items = GcVec::with_capacity(&vm.heap, n);
        for i in 0..n {
            let source = self.sources.get(i).filter(|s| !s.is_none());
            let item = match source.map(|source| vm.next(source)) {
                None => self.fill,
                Some(Ok(Some(item))) => item,
                Some(Ok(None)) => {
                    self.active.set(self.active.get().saturating_sub(1));
                    if self.active.get() == 0 {
                        return Ok(None);
                    }
                    self.sources.set(&vm.heap, i, Value::none());
                    self.fill
                }
                Some(Err(Raised)) => {
                    self.active.set(0);
                    return Err(Raised);
                }
            };
            items.push(&vm.heap, item);
        }
        Ok(Some(vm.new_tuple(&items)))
    }
}
