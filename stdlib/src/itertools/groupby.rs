//! `groupby` and the iterators over its groups, which share one source.

use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::Cell;

/// make an iterator that returns consecutive keys and groups from the iterable
///
///   iterable
///     Elements to divide into groups according to the key function.
///   key
///     A function for computing the group category for each element.
///     If the key function is not specified or is None, the element itself
///     is used for grouping.
#[pyclass(name = "groupby", module = "itertools", subclassable)]
#[derive(Trace)]
pub struct GroupBy {
    source: Value,
    key_function: Value,
    /// Key of the group handed out last.
    target_key: Cell<Option<Value>>,
    /// The item that was read ahead and its key.
    current_key: Cell<Option<Value>>,
    current_value: Cell<Option<Value>>,
    /// The group that may still read; others are exhausted.
    current_group: Cell<Option<Value>>,
}

impl GroupBy {
    /// Reads the next item; false at the end.
    fn step(&self, vm: &Vm) -> PyResult<bool> {
        let Some(item) = vm.next(self.source)? else { return Ok(false) };
        let key = if self.key_function.is_none() { item } else { vm.call(self.key_function, &[item])? };
        self.current_value.set(Some(item));
        self.current_key.set(Some(key));
        Ok(true)
    }
}

#[pymethods]
impl GroupBy {
    #[pynew(sig = "(iterable, key=None)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, iterable: Value, key: Value) -> PyResult {
        let source = vm.iter(iterable)?;
        let payload = GroupBy {
            source,
            key_function: key,
            target_key: Cell::new(None),
            current_key: Cell::new(None),
            current_value: Cell::new(None),
            current_group: Cell::new(None),
        };
        Ok(vm.new_native(cls, payload).value())
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<GroupBy>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(this: Gc<Native<GroupBy>>, vm: &Vm) -> PyResult<Option<Value>> {
        this.current_group.set(None);
        // Skip what is left of the last group.
        let key = loop {
            match (this.current_key.get(), this.target_key.get()) {
                (Some(key), None) => break key,
                (Some(key), Some(target)) if !vm.eq(target, key)? => break key,
                _ => {}
            }
            if !this.step(vm)? {
                return Ok(None);
            }
        };
        this.target_key.set(Some(key));
        let class = vm.native_type(Grouper::TYPE_DEF)?;
        let group = vm.new_native(class, Grouper { parent: this, key });
        this.current_group.set(Some(group.value()));
        Ok(Some(vm.new_tuple(&[key, group.value()])))
    }
}

/// Iterator over one group.
#[pyclass(name = "_grouper", module = "itertools")]
#[derive(Trace)]
pub struct Grouper {
    parent: Gc<Native<GroupBy>>,
    key: Value,
}

#[pymethods]
impl Grouper {
    #[pynew(sig = "(parent, tgtkey, /)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, parent: Gc<Native<GroupBy>>, tgtkey: Value) -> Value {
        let group = vm.new_native(cls, Grouper { parent, key: tgtkey }).value();
        parent.current_group.set(Some(group));
        group
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<Grouper>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(this: Gc<Native<Grouper>>, vm: &Vm) -> PyResult<Option<Value>> {
        let parent = this.parent;
        if parent.current_group.get() != Some(this.value()) {
            return Ok(None);
        }
        if parent.current_value.get().is_none() && !parent.step(vm)? {
            return Ok(None);
        }
        let (Some(key), Some(_)) = (parent.current_key.get(), parent.current_value.get()) else {
            return Ok(None);
        };
        if !vm.eq(this.key, key)? {
            return Ok(None);
        }
        parent.current_key.set(None);
        Ok(parent.current_value.take())
    }
}
