//! `tee`: independent iterators over one source, which remember what only some of them have seen.
//!
//! Items lie in a linked list of blocks; each iterator holds the block it is in, so blocks that all have left die.

use adder_interp::object::header::Gc;
use adder_interp::object::list::List;
use adder_interp::object::native::Native;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::special::Special;
use adder_macros::{Trace, pyclass, pyfunction, pymethods};
use std::cell::Cell;

/// Items in a block.
const BLOCK: usize = 57;

/// Data container common to multiple tee objects.
#[pyclass(name = "_tee_dataobject", module = "itertools")]
#[derive(Trace)]
pub struct TeeData {
    source: Value,
    items: Gc<List>,
    next: Cell<Option<Gc<Native<TeeData>>>>,
    /// The source is being asked: it must not ask back.
    running: Cell<bool>,
}

impl TeeData {
    fn create(vm: &Vm, source: Value) -> PyResult<Gc<Native<TeeData>>> {
        let class = vm.native_type(TeeData::TYPE_DEF)?;
        let items = List::new(&vm.heap);
        Ok(vm.new_native(class, TeeData { source, items, next: Cell::new(None), running: Cell::new(false) }))
    }

    /// Item `at` of the block, read from the source if it is the next.
    fn item(&self, vm: &Vm, at: usize) -> PyResult<Option<Value>> {
        if let Some(known) = self.items.get(at) {
            return Ok(Some(known));
        }
        if self.running.replace(true) {
            return Err(vm.runtime_error("cannot re-enter the tee iterator"));
        }
        let item = vm.next(self.source);
        self.running.set(false);
        let item = item?;
        if let Some(item) = item {
            self.items.push(&vm.heap, item);
        }
        Ok(item)
    }

    fn next_block(&self, vm: &Vm) -> PyResult<Gc<Native<TeeData>>> {
        if let Some(next) = self.next.get() {
            return Ok(next);
        }
        let next = TeeData::create(vm, self.source)?;
        self.next.set(Some(next));
        Ok(next)
    }
}

#[pymethods]
impl TeeData {
    #[pynew(sig = "(it, values, next, /)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, it: Value, values: Gc<List>, next: Value) -> PyResult {
        let items = List::from_vec(&vm.heap, values.to_vec(&vm.heap));
        let next = match next.downcast::<Native<TeeData>>() {
            Some(next) if items.len() == BLOCK => Some(next),
            None if next.is_none() && items.len() <= BLOCK => None,
            _ => return Err(vm.value_error("Invalid arguments")),
        };
        let payload = TeeData { source: it, items, next: Cell::new(next), running: Cell::new(false) };
        Ok(vm.new_native(cls, payload).value())
    }
}

/// Iterator wrapped to make it copyable.
#[pyclass(name = "_tee", module = "itertools", weakrefable)]
#[derive(Trace)]
pub struct Tee {
    block: Cell<Gc<Native<TeeData>>>,
    index: Cell<usize>,
}

impl Tee {
    fn copied(&self, vm: &Vm) -> PyResult {
        let class = vm.native_type(Tee::TYPE_DEF)?;
        let payload = Tee { block: Cell::new(self.block.get()), index: Cell::new(self.index.get()) };
        Ok(vm.new_native(class, payload).value())
    }

    /// A tee iterator over an iterable; a copy of one that is a tee iterator already.
    fn over(vm: &Vm, iterable: Value) -> PyResult {
        let source = vm.iter(iterable)?;
        if let Some(tee) = source.downcast::<Native<Tee>>() {
            return tee.copied(vm);
        }
        let block = TeeData::create(vm, source)?;
        let class = vm.native_type(Tee::TYPE_DEF)?;
        Ok(vm.new_native(class, Tee { block: Cell::new(block), index: Cell::new(0) }).value())
    }
}

#[pymethods]
impl Tee {
    #[pynew(sig = "(iterable, /)")]
    fn __new__(_cls: Gc<Type>, vm: &Vm, iterable: Value) -> PyResult {
        Tee::over(vm, iterable)
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<Tee>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult<Option<Value>> {
        if self.index.get() >= BLOCK {
            self.block.set(self.block.get().next_block(vm)?);
            self.index.set(0);
        }
        let at = self.index.get();
        let item = self.block.get().item(vm, at)?;
        if item.is_some() {
            self.index.set(at + 1);
        }
        Ok(item)
    }
    /// Returns an independent iterator.
    #[pymethod]
    fn __copy__(&self, vm: &Vm) -> PyResult {
        self.copied(vm)
    }
}

/// Returns a tuple of n independent iterators.
#[pyfunction(module = "itertools", sig = "(iterable, n=2, /)")]
pub fn tee(vm: &Vm, iterable: Value, n: isize) -> PyResult {
    if n < 0 {
        return Err(vm.value_error("n must be >= 0"));
    }
    if n == 0 {
        return Ok(vm.new_tuple(&[]));
    }
    let source = vm.iter(iterable)?;
    // Iterators that can be copied need no blocks.
    let first = match vm.special_of(source, Special::Copy) {
        Some(_) => source,
        None => Tee::over(vm, source)?,
    };
    let mut all = vm.vec();
    all.push(&vm.heap, if first == source { vm.call_method(first, "__copy__", &[])? } else { first });
    for _ in 1..n {
        let copy = vm.call_method(first, "__copy__", &[])?;
        all.push(&vm.heap, copy);
    }
    Ok(vm.new_tuple(&all))
}
