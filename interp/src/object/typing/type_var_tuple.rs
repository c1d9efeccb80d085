//! `typing.TypeVarTuple`: type parameters that stand for any number of types (PEP 646).

use super::super::header::Gc;
use super::super::native::Native;
use super::super::str::Str;
use super::super::typeobj::Type;
use super::type_var::TypeDefault;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};

/// Type variable tuple. A specialized form of type variable that enables
/// variadic generics.
///
/// The preferred way to construct a type variable tuple is via the
/// dedicated syntax for generic functions, classes, and type aliases,
/// where a single '*' indicates a type variable tuple::
///
///     def move_first_element_to_last[T, *Ts](tup: tuple[T, *Ts]) -> tuple[*Ts, T]:
///         return (*tup[1:], tup[0])
///
/// Type variables tuples can have default values:
///
///     type AliasWithDefault[*Ts = (str, int)] = tuple[*Ts]
///
/// For compatibility with Python 3.11 and earlier, TypeVarTuple objects
/// can also be created as follows::
///
///     Ts = TypeVarTuple('Ts')  # Can be given any name
///     DefaultTs = TypeVarTuple('Ts', default=(str, int))
///
/// Just as a TypeVar (type variable) is a placeholder for a single type,
/// a TypeVarTuple is a placeholder for an *arbitrary* number of types. For
/// example, if we define a generic class using a TypeVarTuple::
///
///     class C[*Ts]: ...
///
/// Then we can parameterize that class with an arbitrary number of type
/// arguments::
///
///     C[int]       # Fine
///     C[int, str]  # Also fine
///     C[()]        # Even this is fine
///
/// For more details, see PEP 646.
///
/// Note that only TypeVarTuples defined in the global scope can be
/// pickled.
#[pyclass(name = "TypeVarTuple", module = "typing", has_dict, weakrefable)]
#[derive(Trace)]
pub struct TypeVarTuple {
    name: Gc<Str>,
    pub default: TypeDefault,
}

#[pymethods]
impl TypeVarTuple {
    #[pynew(sig = "(name, *, default=typing.NoDefault)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, name: Gc<Str>, default: Option<Value>) -> PyResult {
        let tuple = TypeVarTuple { name, default: TypeDefault::given(default) };
        let tuple = vm.new_native(cls, tuple).value();
        vm.note_caller_module(tuple)
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

    #[pymethod(name = "__typing_subst__", sig = "(arg, /)")]
    fn typing_subst(_this: Value, vm: &Vm, _arg: Value) -> PyResult {
        Err(vm.type_error("Substitution of bare TypeVarTuple is not supported"))
    }

    #[pymethod(name = "__typing_prepare_subst__", sig = "(alias, args, /)")]
    fn typing_prepare_subst(this: Value, vm: &Vm, alias: Value, args: Value) -> PyResult {
        vm.call_typing("_typevartuple_prepare_subst", &[this, alias, args])
    }

    #[pymethod(name = "__reduce__")]
    fn reduce(&self, _vm: &Vm) -> Gc<Str> {
        self.name
    }

    #[pymethod(name = "__mro_entries__", sig = "(object, /)")]
    fn mro_entries(_this: Value, vm: &Vm, _bases: Value) -> PyResult {
        Err(vm.cannot_subclass_instance("TypeVarTuple"))
    }

    #[pygetset(name = "__name__")]
    fn get_name(&self, _vm: &Vm) -> Gc<Str> {
        self.name
    }

    #[pymethod(sig = "()")]
    fn has_default(&self, vm: &Vm) -> PyResult<bool> {
        self.default.has_default(vm)
    }

    /// The default value for this TypeVarTuple.
    #[pygetset(name = "__default__")]
    fn get_default(this: Gc<Native<TypeVarTuple>>, vm: &Vm) -> PyResult {
        this.default.value(vm)
    }

    #[pygetset(name = "evaluate_default")]
    fn get_evaluate_default(&self, vm: &Vm) -> PyResult {
        self.default.evaluator(vm)
    }
}

impl Vm {
    /// A type variable tuple of a type parameter list.
    pub fn new_type_var_tuple(&self, name: Gc<Str>) -> PyResult {
        let class = self.native_type(TypeVarTuple::TYPE_DEF)?;
        let tuple = TypeVarTuple { name, default: TypeDefault::default() };
        let tuple = self.new_native(class, tuple).value();
        self.note_caller_module(tuple)
    }

    /// `typing.Unpack[v]`.
    pub(crate) fn unpack_type(&self, v: Value) -> PyResult {
        let typing = self.import("typing")?;
        let unpack = self.getattr_str(typing, "Unpack")?;
        self.getitem(unpack, v)
    }

    /// Type parameters with every type variable tuple unpacked, as a generic class or alias lists them.
    pub(crate) fn unpack_type_var_tuples(&self, params: Gc<super::super::tuple::Tuple>) -> PyResult {
        if !params.iter().any(|p| p.is::<Native<TypeVarTuple>>()) {
            return Ok(params.value());
        }
        let mut out = crate::heap::GcVec::with_capacity(&self.heap, params.len());
        for &param in params.iter() {
            let param = if param.is::<Native<TypeVarTuple>>() { self.unpack_type(param)? } else { param };
            out.push(&self.heap, param);
        }
        Ok(self.new_tuple(&out))
    }

    /// Gives a type parameter its default, evaluated when asked for.
    pub fn set_type_param_default(&self, param: Value, evaluate: Value) -> PyResult {
        use super::{param_spec::ParamSpec, type_var::TypeVar};
        if let Some(p) = param.downcast::<Native<TypeVar>>() {
            p.default.0.set_evaluator(evaluate);
        } else if let Some(p) = param.downcast::<Native<ParamSpec>>() {
            p.default.0.set_evaluator(evaluate);
        } else if let Some(p) = param.downcast::<Native<TypeVarTuple>>() {
            p.default.0.set_evaluator(evaluate);
        } else {
            let given = self.type_of(param).name();
            return Err(self.type_error(format!("Expected a type param, got {given}")));
        }
        Ok(param)
    }
}
