//! `mappingproxy`: a read-only view of a mapping; what `cls.__dict__` is.

use super::dict::Dict;
use super::header::Gc;
use super::list::List;
use super::native::Native;
use super::str::Str;
use super::tuple::Tuple;
use super::typeobj::Type;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::compare::CompareOp;
use crate::vm::ops::BinaryOp;
use crate::vm::special::Special;
use adder_macros::{Trace, pyclass, pymethods};

/// Read-only proxy of a mapping.
#[pyclass(name = "mappingproxy", mapping)]
#[derive(Trace)]
pub struct MappingProxy {
    mapping: Value,
}

#[pymethods(def = TYPE_DEF)]
impl MappingProxy {
    #[pynew(sig = "(mapping)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, mapping: Value) -> PyResult {
        let is_mapping = mapping.is::<Dict>() || vm.special_of(mapping, Special::GetItem).is_some();
        if !is_mapping || mapping.is::<List>() || mapping.is::<Tuple>() {
            let given = vm.type_of(mapping).name();
            return Err(vm.type_error(format!("mappingproxy() argument must be a mapping, not {given}")));
        }
        Ok(vm.new_native(cls, MappingProxy { mapping }).value())
    }

    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<Native<MappingProxy>>, vm: &Vm) -> PyResult<String> {
        Ok(format!("mappingproxy({})", vm.repr_text(this.mapping)?))
    }

    #[pymethod(name = "__str__")]
    fn str(this: Gc<Native<MappingProxy>>, vm: &Vm) -> PyResult<Gc<Str>> {
        vm.str_of(this.mapping)
    }

    #[pymethod(name = "__hash__")]
    fn hash(this: Gc<Native<MappingProxy>>, vm: &Vm) -> PyResult<i64> {
        Ok(vm.hash(this.mapping)? as i64)
    }

    #[pycompare]
    fn compare(this: Gc<Native<MappingProxy>>, vm: &Vm, op: CompareOp, other: Value) -> PyResult {
        vm.compare(op, this.mapping, other)
    }

    #[pymethod(name = "__iter__")]
    fn iter(this: Gc<Native<MappingProxy>>, vm: &Vm) -> PyResult {
        vm.iter(this.mapping)
    }

    #[pymethod(name = "__or__")]
    fn or(this: Value, vm: &Vm, other: Value) -> PyResult {
        vm.binary_op(BinaryOp::Or, unwrapped(this), unwrapped(other), false)
    }

    #[pymethod(name = "__ror__")]
    fn ror(this: Value, vm: &Vm, other: Value) -> PyResult {
        vm.binary_op(BinaryOp::Or, unwrapped(other), unwrapped(this), false)
    }

    #[pymethod(name = "__ior__")]
    fn ior(_this: Gc<Native<MappingProxy>>, vm: &Vm, _other: Value) -> PyResult {
        Err(vm.type_error("'|=' is not supported by mappingproxy; use '|' instead"))
    }

    #[pymethod(name = "__len__")]
    fn len(this: Gc<Native<MappingProxy>>, vm: &Vm) -> PyResult<usize> {
        vm.length(this.mapping)
    }

    #[pymethod(name = "__getitem__")]
    fn getitem(this: Gc<Native<MappingProxy>>, vm: &Vm, key: Value) -> PyResult {
        vm.getitem(this.mapping, key)
    }

    #[pymethod(name = "__contains__")]
    fn contains(this: Gc<Native<MappingProxy>>, vm: &Vm, key: Value) -> PyResult<bool> {
        vm.contains(this.mapping, key)
    }

    /// Return the value for key if key is in the mapping, else default.
    #[pymethod(sig = "(key, default=None, /)")]
    fn get(this: Gc<Native<MappingProxy>>, vm: &Vm, key: Value, default: Option<Value>) -> PyResult {
        let default = default.unwrap_or(Value::none());
        if let Some(dict) = this.mapping.downcast::<Dict>().filter(|d| vm.type_of(d.value()) == vm.types.dict)
        {
            return Ok(dict.get(vm, key)?.unwrap_or(default));
        }
        vm.call_method(this.mapping, "get", &[key, default])
    }

    /// D.keys() -> a set-like object providing a view on D's keys
    #[pymethod]
    fn keys(this: Gc<Native<MappingProxy>>, vm: &Vm) -> PyResult {
        vm.call_method(this.mapping, "keys", &[])
    }

    /// D.values() -> an object providing a view on D's values
    #[pymethod]
    fn values(this: Gc<Native<MappingProxy>>, vm: &Vm) -> PyResult {
        vm.call_method(this.mapping, "values", &[])
    }

    /// D.items() -> a set-like object providing a view on D's items
    #[pymethod]
    fn items(this: Gc<Native<MappingProxy>>, vm: &Vm) -> PyResult {
        vm.call_method(this.mapping, "items", &[])
    }

    /// D.copy() -> a shallow copy of D
    #[pymethod]
    fn copy(this: Gc<Native<MappingProxy>>, vm: &Vm) -> PyResult {
        vm.call_method(this.mapping, "copy", &[])
    }

    /// D.__reversed__() -> reverse iterator
    #[pymethod(name = "__reversed__")]
    fn reversed(this: Gc<Native<MappingProxy>>, vm: &Vm) -> PyResult {
        vm.call_method(this.mapping, "__reversed__", &[])
    }
}

fn unwrapped(v: Value) -> Value {
    v.downcast::<Native<MappingProxy>>().map_or(v, |p| p.mapping)
}

impl Vm {
    /// A read-only view of a mapping.
    pub fn mapping_proxy(&self, mapping: Value) -> Value {
        self.new_native(self.types.mappingproxy, MappingProxy { mapping }).value()
    }
}
