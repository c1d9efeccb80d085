//! `typing.TypeAliasType`: what `type A = ...` makes (PEP 695).

use super::super::header::Gc;
use super::super::native::Native;
use super::super::str::Str;
use super::super::tuple::Tuple;
use super::super::typeobj::Type;
use super::param_spec::ParamSpec;
use super::type_var::{Lazy, TypeVar};
use super::type_var_tuple::TypeVarTuple;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};

/// Type alias.
///
/// Type aliases are created through the type statement::
///
///     type Alias = int
///
/// In this example, Alias and int will be treated equivalently by static
/// type checkers.
///
/// At runtime, Alias is an instance of TypeAliasType. The __name__
/// attribute holds the name of the type alias. The value of the type alias
/// is stored in the __value__ attribute. It is evaluated lazily, so the
/// value is computed only if the attribute is accessed.
///
/// Type aliases can also be generic::
///
///     type ListOrSet[T] = list[T] | set[T]
///
/// In this case, the type parameters of the alias are stored in the
/// __type_params__ attribute.
///
/// See PEP 695 for more information.
#[pyclass(name = "TypeAliasType", module = "typing")]
#[derive(Trace)]
pub struct TypeAliasType {
    name: Gc<Str>,
    params: Option<Gc<Tuple>>,
    value: Lazy,
    module: Value,
}

#[pymethods]
impl TypeAliasType {
    #[pynew(sig = "(name, value, *, type_params=())")]
    fn __new__(cls: Gc<Type>, vm: &Vm, name: Gc<Str>, value: Value, type_params: Option<Value>) -> PyResult {
        let params = match type_params {
            None => None,
            Some(params) => match params.downcast::<Tuple>() {
                Some(params) => Some(params),
                None => return Err(vm.type_error("type_params must be a tuple")),
            },
        };
        check_params(vm, params)?;
        let module = vm.caller_module();
        let params = params.filter(|p| !p.is_empty());
        let alias = TypeAliasType { name, params, value: Lazy::given(Some(value)), module };
        Ok(vm.new_native(cls, alias).value())
    }

    #[pymethod(name = "__repr__")]
    fn repr(&self, _vm: &Vm) -> Gc<Str> {
        self.name
    }

    #[pymethod(name = "__iter__")]
    fn iter(this: Value, vm: &Vm) -> PyResult {
        let unpacked = vm.unpack_type(this)?;
        vm.iter(vm.new_tuple(&[unpacked]))
    }

    #[pymethod(name = "__or__")]
    fn or(this: Value, vm: &Vm, other: Value) -> PyResult {
        vm.union_or(this, other)
    }

    #[pymethod(name = "__ror__")]
    fn ror(this: Value, vm: &Vm, other: Value) -> PyResult {
        vm.union_or(other, this)
    }

    #[pymethod(name = "__getitem__")]
    fn getitem(this: Gc<Native<TypeAliasType>>, vm: &Vm, key: Value) -> PyResult {
        if this.params.is_none() {
            return Err(vm.type_error("Only generic type aliases are subscriptable"));
        }
        Ok(vm.new_generic_alias(this.value(), key))
    }

    #[pymethod(name = "__reduce__")]
    fn reduce(&self, _vm: &Vm) -> Gc<Str> {
        self.name
    }

    #[pygetset(name = "__name__")]
    fn get_name(&self, _vm: &Vm) -> Gc<Str> {
        self.name
    }

    #[pygetset(name = "__parameters__")]
    fn get_parameters(&self, vm: &Vm) -> PyResult {
        vm.unpack_type_var_tuples(self.params.unwrap_or(vm.empty_tuple))
    }

    #[pygetset(name = "__type_params__")]
    fn get_type_params(&self, vm: &Vm) -> Gc<Tuple> {
        self.params.unwrap_or(vm.empty_tuple)
    }

    #[pygetset(name = "__value__")]
    fn get_value(&self, vm: &Vm) -> PyResult<Option<Value>> {
        self.value.get(vm)
    }

    #[pygetset(name = "evaluate_value")]
    fn get_evaluate_value(&self, vm: &Vm) -> PyResult<Option<Value>> {
        self.value.evaluate(vm)
    }

    #[pygetset(name = "__module__")]
    fn get_module(&self, _vm: &Vm) -> Value {
        self.module
    }
}

/// Every item is a type parameter, and none without a default follows one with a default.
fn check_params(vm: &Vm, params: Option<Gc<Tuple>>) -> PyResult<()> {
    let mut seen_default = false;
    for &param in params.iter().flat_map(|p| p.iter()) {
        let default = if let Some(p) = param.downcast::<Native<TypeVar>>() {
            p.default.has_default(vm)?
        } else if let Some(p) = param.downcast::<Native<ParamSpec>>() {
            p.default.has_default(vm)?
        } else if let Some(p) = param.downcast::<Native<TypeVarTuple>>() {
            p.default.has_default(vm)?
        } else {
            return Err(vm.type_error(format!("Expected a type param, got {}", vm.repr_text(param)?)));
        };
        if seen_default && !default {
            return Err(vm.type_error(format!(
                "non-default type parameter '{}' follows default type parameter",
                vm.repr_text(param)?
            )));
        }
        seen_default = default;
    }
    Ok(())
}

impl Vm {
    /// The alias of a `type` statement from its parts: name, type parameters or None, function of the value.
    pub fn new_type_alias(&self, parts: &[Value]) -> PyResult {
        let class = self.native_type(TypeAliasType::TYPE_DEF)?;
        let alias = TypeAliasType {
            name: parts[0].downcast().expect("the compiler puts the name first"),
            params: parts[1].downcast(),
            value: Lazy::by(Some(parts[2])),
            module: self.caller_module(),
        };
        Ok(self.new_native(class, alias).value())
    }
}
