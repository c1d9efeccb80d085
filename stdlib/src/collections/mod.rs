//! `_collections`: high performance data structures.
//!
//! * [`deque`]: the double-ended queue and its iterators
//! * [`defaultdict`]: a dict that makes missing values
//! * [`ordered_dict`]: a dict whose order can be changed, with its views and iterators
//! * the counting loop of `Counter` and the field descriptor of `namedtuple`

mod defaultdict;
mod deque;
mod ordered_dict;
mod ordered_dict_views;

use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::tuple::Tuple;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::ops::BinaryOp;
use adder_interp::vm::special::Special;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::Cell;

pub use functions::MODULE;

/// High performance data structures.
/// - deque:        ordered collection accessible from endpoints only
/// - defaultdict:  dict subclass with a default value factory
#[adder_macros::pymodule(
    name = "_collections",
    classes(
        super::deque::Deque,
        super::defaultdict::DefaultDict,
        super::ordered_dict::OrderedDict,
        super::deque::DequeIterator,
        super::deque::DequeReverseIterator,
        super::TupleGetter,
    )
)]
mod functions {
    use super::*;

    /// Count elements in the iterable, updating the mapping
    #[pyfunction]
    fn _count_elements(vm: &Vm, mapping: Value, iterable: Value) -> PyResult<()> {
        let iterator = vm.iter(iterable)?;
        if let Some(dict) = plain_dict(vm, mapping) {
            return count_in_dict(vm, dict, iterator);
        }
        let get = vm.getattr_str(mapping, "get")?;
        while let Some(key) = vm.next(iterator)? {
            let old = vm.call(get, &[key, Value::small_int(0)])?;
            let new = vm.binary_op(BinaryOp::Add, old, Value::small_int(1), false)?;
            vm.setitem(mapping, key, Some(new))?;
        }
        Ok(())
    }
}

/// The base of the dicts in this module.
fn dict_class(vm: &Vm) -> Value {
    vm.types.dict.value()
}

/// A dict, or an instance of a subclass that leaves `get` and `__setitem__` alone.
fn plain_dict(vm: &Vm, mapping: Value) -> Option<Gc<Dict>> {
    let dict = mapping.downcast::<Dict>()?;
    let (class, base) = (vm.type_of(mapping), vm.types.dict);
    let inherits = |name: &str| vm.lookup(class, vm.intern(name)) == vm.lookup(base, vm.intern(name));
    (inherits("get") && vm.special(class, Special::SetItem) == vm.special(base, Special::SetItem))
        .then_some(dict)
}

fn count_in_dict(vm: &Vm, dict: Gc<Dict>, iterator: Value) -> PyResult<()> {
    let one = Value::small_int(1);
    while let Some(key) = vm.next(iterator)? {
        let hash = vm.hash(key)?;
        let Some(at) = dict.find_hashed(vm, key, hash)? else {
            dict.insert_hashed(vm, key, hash, one)?;
            continue;
        };
        match dict.value_at(at) {
            Some(old) if old.is_small_int() => {
                dict.set_value_at(&vm.heap, at, vm.new_int(old.small_int_unchecked() + 1));
            }
            Some(old) => {
                let new = vm.binary_op(BinaryOp::Add, old, one, false)?;
                dict.insert_hashed(vm, key, hash, new)?;
            }
            None => dict.insert_hashed(vm, key, hash, one)?,
        }
    }
    Ok(())
}

/// The descriptor of one field of a named tuple.
#[pyclass(name = "_tuplegetter", module = "collections")]
#[derive(Trace)]
pub struct TupleGetter {
    index: isize,
    doc: Cell<Value>,
}

#[pymethods]
impl TupleGetter {
    #[pynew(sig = "(index, doc, /)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, index: isize, doc: Value) -> Value {
        vm.new_native(cls, TupleGetter { index, doc: Cell::new(doc) }).value()
    }
    #[pymethod]
    fn __get__(this: Gc<Native<TupleGetter>>, vm: &Vm, instance: Value, owner: Option<Value>) -> PyResult {
        if instance.is_none() {
            return match owner {
                Some(owner) if !owner.is_none() => Ok(this.value()),
                _ => Err(vm.type_error("__get__(None, None) is invalid")),
            };
        }
        let Some(tuple) = instance.downcast::<Tuple>() else {
            let (index, given) = (this.index, vm.type_of(instance).name());
            return Err(vm.type_error(format!(
                "descriptor for index '{index}' for tuple subclasses doesn't apply to '{given}' object"
            )));
        };
        let item = usize::try_from(this.index).ok().and_then(|i| tuple.as_ref().get(i).copied());
        item.ok_or_else(|| vm.index_error("tuple index out of range"))
    }
    #[pymethod]
    fn __set__(&self, vm: &Vm, _instance: Value, _value: Value) -> PyResult<()> {
        Err(vm.attribute_error("can't set attribute"))
    }
    #[pymethod]
    fn __delete__(&self, vm: &Vm, _instance: Value) -> PyResult<()> {
        Err(vm.attribute_error("can't delete attribute"))
    }
    #[pymethod]
    fn __repr__(&self, vm: &Vm) -> PyResult<String> {
        Ok(format!("_tuplegetter({}, {})", self.index, vm.repr_text(self.doc.get())?))
    }
    #[pymethod]
    fn __reduce__(this: Gc<Native<TupleGetter>>, vm: &Vm) -> Value {
        let args = vm.new_tuple(&[vm.new_int(this.index as i64), this.doc.get()]);
        vm.new_tuple(&[vm.type_of(this.value()).value(), args])
    }
    #[pygetset(name = "__doc__")]
    fn doc(&self) -> Value {
        self.doc.get()
    }
    #[pygetset(setter = "__doc__")]
    fn set_doc(&self, _vm: &Vm, value: Option<Value>) -> PyResult<()> {
        self.doc.set(value.unwrap_or(Value::none()));
        Ok(())
    }
}
