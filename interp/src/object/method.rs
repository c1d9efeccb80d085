//! Bound methods: `types.MethodType`.

use super::function::BoundMethod;
use super::header::Gc;
use super::str::Str;
use super::typeobj::Type;
use crate::native::Args;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::compare::identity_hash;
use adder_macros::pymethods;

/// Create a bound instance method object.
#[pymethods(name = "method", kind = BoundMethod, def = TYPE_DEF, weakrefable)]
impl BoundMethod {
    #[pynew(sig = "(function, instance, /)")]
    fn __new__(_cls: Gc<Type>, vm: &Vm, function: Value, instance: Value) -> PyResult<Gc<BoundMethod>> {
        if !vm.is_callable(function) {
            return Err(vm.type_error("first argument must be callable"));
        }
        if instance.is_none() {
            return Err(vm.type_error("instance must not be None"));
        }
        Ok(BoundMethod::new(&vm.heap, function, instance))
    }

    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<BoundMethod>, vm: &Vm) -> PyResult<String> {
        let mut name =
            vm.getattr_opt(this.function, vm.names.__qualname__)?.and_then(|n| n.downcast::<Str>());
        if name.is_none() {
            name = vm.getattr_opt(this.function, vm.names.__name__)?.and_then(|n| n.downcast::<Str>());
        }
        let name = name.map_or_else(|| "?".into(), |n| n.to_string_lossy().into_owned());
        Ok(format!("<bound method {name} of {}>", vm.repr_text(this.receiver)?))
    }

    #[pymethod(name = "__hash__")]
    fn hash(this: Gc<BoundMethod>, vm: &Vm) -> PyResult<i64> {
        Ok(identity_hash(this.receiver) ^ vm.hash(this.function)? as i64)
    }

    #[pymethod(name = "__eq__")]
    fn eq(this: Gc<BoundMethod>, vm: &Vm, other: Value) -> PyResult {
        match BoundMethod::same(this, vm, other)? {
            Some(same) => Ok(Value::bool(same)),
            None => Ok(Value::not_implemented()),
        }
    }

    #[pymethod(name = "__ne__")]
    fn ne(this: Gc<BoundMethod>, vm: &Vm, other: Value) -> PyResult {
        match BoundMethod::same(this, vm, other)? {
            Some(same) => Ok(Value::bool(!same)),
            None => Ok(Value::not_implemented()),
        }
    }

    #[pymethod(name = "__call__")]
    fn call(this: Gc<BoundMethod>, vm: &Vm, args: Args<'_>) -> PyResult {
        vm.call_args(this.value(), args)
    }

    /// Attributes that methods lack are those of the function.
    #[pymethod(name = "__getattribute__")]
    fn getattribute(this: Gc<BoundMethod>, vm: &Vm, name: Value) -> PyResult {
        let name = vm.attribute_name(name)?;
        match vm.lookup(vm.types.method, name) {
            Some(attr) => vm.bind_attr(attr, Some(this.value()), vm.types.method),
            None => vm.getattr(this.function, name),
        }
    }

    #[pymethod(name = "__get__")]
    fn get(this: Gc<BoundMethod>, _vm: &Vm, _instance: Value, _owner: Option<Value>) -> Value {
        this.value()
    }

    #[pymethod(name = "__reduce__")]
    fn reduce(this: Gc<BoundMethod>, vm: &Vm) -> PyResult {
        let name = vm.getattr(this.function, vm.names.__name__)?;
        vm.reduce_to_getattr(this.receiver, name)
    }

    /// the function (or other callable) implementing a method
    #[pygetset(name = "__func__")]
    fn get_function(this: Gc<BoundMethod>, _vm: &Vm) -> Value {
        this.function
    }

    /// the instance to which a method is bound
    #[pygetset(name = "__self__")]
    fn get_receiver(this: Gc<BoundMethod>, _vm: &Vm) -> Value {
        this.receiver
    }

    #[pygetset(name = "__doc__")]
    fn get_doc(this: Gc<BoundMethod>, vm: &Vm) -> PyResult {
        vm.getattr(this.function, vm.names.__doc__)
    }
}

impl BoundMethod {
    /// Equal functions bound to one and the same object; `None` if `other` is no method.
    fn same(this: Gc<BoundMethod>, vm: &Vm, other: Value) -> PyResult<Option<bool>> {
        let Some(other) = other.downcast::<BoundMethod>() else { return Ok(None) };
        Ok(Some(this.receiver.is_same(other.receiver) && vm.eq(this.function, other.function)?))
    }
}

impl Vm {
    /// `(getattr, (object, name))`: how things reached through an attribute are pickled.
    pub fn reduce_to_getattr(&self, object: Value, name: Value) -> PyResult {
        let Some(getattr) = self.builtins.get_str(self.names.getattr) else {
            return Err(self.runtime_error("lost builtins.getattr"));
        };
        let pair = self.new_tuple(&[object, name]);
        Ok(self.new_tuple(&[getattr, pair]))
    }
}
