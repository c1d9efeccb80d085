//! `typing.ParamSpec`: type parameters that stand for the parameters of a callable; and their `args` and `kwargs`.

use super::super::header::Gc;
use super::super::native::Native;
use super::super::str::Str;
use super::super::typeobj::Type;
use super::type_var::{TypeDefault, check_variance, variance_sign};
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};

/// Parameter specification variable.
///
/// The preferred way to construct a parameter specification is via the
/// dedicated syntax for generic functions, classes, and type aliases,
/// where the use of '**' creates a parameter specification::
///
///     type IntFunc[**P] = Callable[P, int]
///
/// The following syntax creates a parameter specification that defaults
/// to a callable accepting two positional-only arguments of types int
/// and str:
///
///     type IntFuncDefault[**P = [int, str]] = Callable[P, int]
///
/// For compatibility with Python 3.11 and earlier, ParamSpec objects
/// can also be created as follows::
///
///     P = ParamSpec('P')
///     DefaultP = ParamSpec('DefaultP', default=[int, str])
///
/// Parameter specification variables exist primarily for the benefit of
/// static type checkers.  They are used to forward the parameter types of
/// one callable to another callable, a pattern commonly found in
/// higher-order functions and decorators.  They are only valid when used
/// in ``Concatenate``, or as the first argument to ``Callable``, or as
/// parameters for user-defined Generics. See class Generic for more
/// information on generic types.
///
/// An example for annotating a decorator::
///
///     def add_logging[**P, T](f: Callable[P, T]) -> Callable[P, T]:
///         '''A type-safe decorator to add logging to a function.'''
///         def inner(*args: P.args, **kwargs: P.kwargs) -> T:
///             logging.info(f'{f.__name__} was called')
///             return f(*args, **kwargs)
///         return inner
///
///     @add_logging
///     def add_two(x: float, y: float) -> float:
///         '''Add two numbers together.'''
///         return x + y
///
/// Parameter specification variables can be introspected. e.g.::
///
///     >>> P = ParamSpec("P")
///     >>> P.__name__
///     'P'
///
/// Note that only parameter specification variables defined in the global
/// scope can be pickled.
#[pyclass(name = "ParamSpec", module = "typing", has_dict, weakrefable)]
#[derive(Trace)]
pub struct ParamSpec {
    name: Gc<Str>,
    bound: Option<Value>,
    pub default: TypeDefault,
    covariant: bool,
    contravariant: bool,
    infer_variance: bool,
}

#[pymethods]
impl ParamSpec {
    #[pynew(
        sig = "(name, *, bound=None, default=typing.NoDefault, covariant=False, contravariant=False, infer_variance=False)"
    )]
    fn __new__(
        cls: Gc<Type>,
        vm: &Vm,
        name: Gc<Str>,
        bound: Option<Value>,
        default: Option<Value>,
        covariant: bool,
        contravariant: bool,
        infer_variance: bool,
    ) -> PyResult {
        check_variance(vm, covariant, contravariant, infer_variance)?;
        let bound = vm.checked_bound(bound)?;
        let default = TypeDefault::given(default);
        let spec = ParamSpec { name, bound, default, covariant, contravariant, infer_variance };
        let spec = vm.new_native(cls, spec).value();
        vm.note_caller_module(spec)
    }

    #[pymethod(name = "__repr__")]
    fn repr(&self, _vm: &Vm) -> String {
        let sign = variance_sign(self.covariant, self.contravariant, self.infer_variance);
        format!("{sign}{}", self.name.to_string_lossy())
    }

    #[pymethod(name = "__or__")]
    fn or(this: Value, vm: &Vm, other: Value) -> PyResult {
        vm.union_of(&[this, other])
    }

    #[pymethod(name = "__ror__")]
    fn ror(this: Value, vm: &Vm, other: Value) -> PyResult {
        vm.union_of(&[other, this])
    }

    #[pymethod(name = "__typing_subst__", sig = "(arg, /)")]
    fn typing_subst(this: Value, vm: &Vm, arg: Value) -> PyResult {
        vm.call_typing("_paramspec_subst", &[this, arg])
    }

    #[pymethod(name = "__typing_prepare_subst__", sig = "(alias, args, /)")]
    fn typing_prepare_subst(this: Value, vm: &Vm, alias: Value, args: Value) -> PyResult {
        vm.call_typing("_paramspec_prepare_subst", &[this, alias, args])
    }

    #[pymethod(name = "__reduce__")]
    fn reduce(&self, _vm: &Vm) -> Gc<Str> {
        self.name
    }

    #[pymethod(name = "__mro_entries__", sig = "(object, /)")]
    fn mro_entries(_this: Value, vm: &Vm, _bases: Value) -> PyResult {
        Err(vm.cannot_subclass_instance("ParamSpec"))
    }

    #[pygetset(name = "__name__")]
    fn get_name(&self, _vm: &Vm) -> Gc<Str> {
        self.name
    }

    #[pygetset(name = "__bound__")]
    fn get_bound(&self, _vm: &Vm) -> Option<Value> {
        self.bound
    }

    #[pygetset(name = "__covariant__")]
    fn get_covariant(&self, _vm: &Vm) -> bool {
        self.covariant
    }

    #[pygetset(name = "__contravariant__")]
    fn get_contravariant(&self, _vm: &Vm) -> bool {
        self.contravariant
    }

    #[pygetset(name = "__infer_variance__")]
    fn get_infer_variance(&self, _vm: &Vm) -> bool {
        self.infer_variance
    }

    /// Represents positional arguments.
    #[pygetset]
    fn args(this: Value, vm: &Vm) -> PyResult {
        let class = vm.native_type(ParamSpecArgs::TYPE_DEF)?;
        Ok(vm.new_native(class, ParamSpecArgs { origin: this }).value())
    }

    /// Represents keyword arguments.
    #[pygetset]
    fn kwargs(this: Value, vm: &Vm) -> PyResult {
        let class = vm.native_type(ParamSpecKwargs::TYPE_DEF)?;
        Ok(vm.new_native(class, ParamSpecKwargs { origin: this }).value())
    }

    #[pymethod(sig = "()")]
    fn has_default(&self, vm: &Vm) -> PyResult<bool> {
        self.default.has_default(vm)
    }

    /// The default value for this ParamSpec.
    #[pygetset(name = "__default__")]
    fn get_default(this: Gc<Native<ParamSpec>>, vm: &Vm) -> PyResult {
        this.default.value(vm)
    }

    #[pygetset(name = "evaluate_default")]
    fn get_evaluate_default(&self, vm: &Vm) -> PyResult {
        self.default.evaluator(vm)
    }
}

impl Vm {
    /// A parameter specification of a type parameter list.
    pub fn new_param_spec(&self, name: Gc<Str>) -> PyResult {
        let class = self.native_type(ParamSpec::TYPE_DEF)?;
        let spec = ParamSpec {
            name,
            bound: None,
            default: TypeDefault::default(),
            covariant: false,
            contravariant: false,
            infer_variance: true,
        };
        let spec = self.new_native(class, spec).value();
        self.note_caller_module(spec)
    }
}

/// Name of the specification for `P.args`.
fn origin_text(vm: &Vm, origin: Value) -> PyResult<String> {
    match origin.downcast::<Native<ParamSpec>>() {
        Some(spec) => Ok(spec.name.to_string_lossy().into_owned()),
        None => vm.repr_text(origin),
    }
}

/// The args for a ParamSpec object.
///
/// Given a ParamSpec object P, P.args is an instance of ParamSpecArgs.
///
/// ParamSpecArgs objects have a reference back to their ParamSpec::
///
///     >>> P = ParamSpec("P")
///     >>> P.args.__origin__ is P
///     True
///
/// This type is meant for runtime introspection and has no special meaning
/// to static type checkers.
#[pyclass(name = "ParamSpecArgs", module = "typing", weakrefable)]
#[derive(Trace)]
pub struct ParamSpecArgs {
    origin: Value,
}

#[pymethods]
impl ParamSpecArgs {
    #[pynew(sig = "(origin)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, origin: Value) -> Value {
        vm.new_native(cls, ParamSpecArgs { origin }).value()
    }

    #[pymethod(name = "__repr__")]
    fn repr(&self, vm: &Vm) -> PyResult<String> {
        Ok(format!("{}.args", origin_text(vm, self.origin)?))
    }

    #[pymethod(name = "__eq__")]
    fn eq(&self, vm: &Vm, other: Value) -> PyResult {
        match other.downcast::<Native<ParamSpecArgs>>() {
            Some(other) => Ok(Value::bool(vm.eq(self.origin, other.origin)?)),
            None => Ok(Value::not_implemented()),
        }
    }

    #[pymethod(name = "__mro_entries__", sig = "(object, /)")]
    fn mro_entries(_this: Value, vm: &Vm, _bases: Value) -> PyResult {
        Err(vm.cannot_subclass_instance("ParamSpecArgs"))
    }

    #[pygetset(name = "__origin__")]
    fn get_origin(&self, _vm: &Vm) -> Value {
        self.origin
    }
}

/// The kwargs for a ParamSpec object.
///
/// Given a ParamSpec object P, P.kwargs is an instance of ParamSpecKwargs.
///
/// ParamSpecKwargs objects have a reference back to their ParamSpec::
///
///     >>> P = ParamSpec("P")
///     >>> P.kwargs.__origin__ is P
///     True
///
/// This type is meant for runtime introspection and has no special meaning
/// to static type checkers.
#[pyclass(name = "ParamSpecKwargs", module = "typing", weakrefable)]
#[derive(Trace)]
pub struct ParamSpecKwargs {
    origin: Value,
}

#[pymethods]
impl ParamSpecKwargs {
    #[pynew(sig = "(origin)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, origin: Value) -> Value {
        vm.new_native(cls, ParamSpecKwargs { origin }).value()
    }

    #[pymethod(name = "__repr__")]
    fn repr(&self, vm: &Vm) -> PyResult<String> {
        Ok(format!("{}.kwargs", origin_text(vm, self.origin)?))
    }

    #[pymethod(name = "__eq__")]
    fn eq(&self, vm: &Vm, other: Value) -> PyResult {
        match other.downcast::<Native<ParamSpecKwargs>>() {
            Some(other) => Ok(Value::bool(vm.eq(self.origin, other.origin)?)),
            None => Ok(Value::not_implemented()),
        }
    }

    #[pymethod(name = "__mro_entries__", sig = "(object, /)")]
    fn mro_entries(_this: Value, vm: &Vm, _bases: Value) -> PyResult {
        Err(vm.cannot_subclass_instance("ParamSpecKwargs"))
    }

    #[pygetset(name = "__origin__")]
    fn get_origin(&self, _vm: &Vm) -> Value {
        self.origin
    }
}
