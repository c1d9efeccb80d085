//! `typing.TypeVar`: type parameters that stand for one type; and what all type parameters share: lazily evaluated
//! bounds and defaults, the `NoDefault` marker.

use super::super::header::Gc;
use super::super::native::Native;
use super::super::str::Str;
use super::super::tuple::Tuple;
use super::super::typeobj::Type;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::Cell;

/// A value that is given, or evaluated when first asked for.
#[derive(Trace, Default)]
pub struct Lazy {
    value: Cell<Option<Value>>,
    evaluate: Cell<Option<Value>>,
}

impl Lazy {
    pub fn given(value: Option<Value>) -> Lazy {
        Lazy { value: Cell::new(value), evaluate: Cell::new(None) }
    }
    pub fn by(evaluate: Option<Value>) -> Lazy {
        Lazy { value: Cell::new(None), evaluate: Cell::new(evaluate) }
    }
    pub fn set_evaluator(&self, evaluate: Value) {
        self.evaluate.set(Some(evaluate));
    }
    /// The value, evaluated with format VALUE if need be.
    pub fn get(&self, vm: &Vm) -> PyResult<Option<Value>> {
        if let (None, Some(evaluate)) = (self.value.get(), self.evaluate.get()) {
            let value = vm.call(evaluate, &[Value::small_int(1)])?;
            self.value.set(Some(value));
        }
        Ok(self.value.get())
    }
    /// A function of the annotation format that returns the value.
    pub fn evaluate(&self, vm: &Vm) -> PyResult<Option<Value>> {
        match (self.evaluate.get(), self.value.get()) {
            (Some(evaluate), _) => Ok(Some(evaluate)),
            (None, Some(value)) => {
                let class = vm.native_type(ConstEvaluator::TYPE_DEF)?;
                Ok(Some(vm.new_native(class, ConstEvaluator { value }).value()))
            }
            (None, None) => Ok(None),
        }
    }
}

/// The default of a type parameter.
#[derive(Trace, Default)]
pub struct TypeDefault(pub Lazy);

impl TypeDefault {
    pub fn given(value: Option<Value>) -> TypeDefault {
        TypeDefault(Lazy::given(value))
    }
    pub fn value(&self, vm: &Vm) -> PyResult {
        match self.0.get(vm)? {
            Some(value) => Ok(value),
            None => vm.no_default(),
        }
    }
    pub fn evaluator(&self, vm: &Vm) -> PyResult {
        match self.0.evaluate(vm)? {
            Some(evaluate) => Ok(evaluate),
            None => {
                let none = Lazy::given(Some(vm.no_default()?));
                Ok(none.evaluate(vm)?.expect("a given value has an evaluator"))
            }
        }
    }
    pub fn has_default(&self, vm: &Vm) -> PyResult<bool> {
        Ok(match self.0.value.get() {
            Some(value) => value != vm.no_default()?,
            None => self.0.evaluate.get().is_some(),
        })
    }
}

/// `evaluate_*` function of a value that was given directly.
#[pyclass(name = "_ConstEvaluator", module = "_typing")]
#[derive(Trace)]
pub struct ConstEvaluator {
    value: Value,
}

#[pymethods]
impl ConstEvaluator {
    #[pymethod(name = "__repr__")]
    fn repr(&self, vm: &Vm) -> PyResult<String> {
        Ok(format!("<constevaluator {}>", vm.repr_text(self.value)?))
    }

    #[pymethod(name = "__call__")]
    fn call(&self, vm: &Vm, args: crate::native::Args<'_>) -> PyResult {
        args.reject_keywords(vm, "constevaluator.__call__")?;
        let &[format] = args.positional_values() else {
            return Err(vm.type_error(format!(
                "constevaluator.__call__() takes exactly 1 argument ({} given)",
                args.all_values().len()
            )));
        };
        if vm.index_i64(format)? != 4 {
            return Ok(self.value);
        }
        let Some(items) = self.value.downcast::<Tuple>() else {
            return Ok(vm.new_str(&vm.type_argument_repr(self.value)?));
        };
        let mut parts = Vec::with_capacity(items.len());
        for &item in items.iter() {
            parts.push(vm.type_argument_repr(item)?);
        }
        Ok(vm.new_str(&format!("({})", parts.join(", "))))
    }
}

/// The type of the NoDefault singleton.
#[pyclass(name = "NoDefaultType")]
#[derive(Trace)]
pub struct NoDefaultType;

#[pymethods]
impl NoDefaultType {
    #[pynew(sig = "()")]
    fn __new__(_cls: Gc<Type>, vm: &Vm, args: crate::native::Args<'_>) -> PyResult {
        if !args.all_values().is_empty() {
            return Err(vm.type_error("NoDefaultType takes no arguments"));
        }
        vm.no_default()
    }

    #[pymethod(name = "__repr__")]
    fn repr(_this: Value, _vm: &Vm) -> &'static str {
        "typing.NoDefault"
    }

    #[pymethod(name = "__reduce__")]
    fn reduce(_this: Value, _vm: &Vm) -> &'static str {
        "NoDefault"
    }
}

impl Vm {
    /// `typing.NoDefault`.
    pub fn no_default(&self) -> PyResult {
        self.registered("typing.NoDefault", |vm| {
            let class = vm.native_type(NoDefaultType::TYPE_DEF)?;
            Ok(vm.new_native(class, NoDefaultType).value())
        })
    }

    /// A bound given by the user: None for none, strings become forward references.
    pub(crate) fn checked_bound(&self, bound: Option<Value>) -> PyResult<Option<Value>> {
        match bound.filter(|b| !b.is_none()) {
            None => Ok(None),
            Some(bound) => {
                let message = self.new_str("Bound must be a type.");
                self.call_typing("_type_check", &[bound, message]).map(Some)
            }
        }
    }

    /// The error of using a type parameter as a base class.
    pub(crate) fn cannot_subclass_instance(&self, class: &str) -> Raised {
        self.type_error(format!("Cannot subclass an instance of {class}"))
    }

    /// Sets `__module__` of a new type parameter to the module of the caller.
    pub(crate) fn note_caller_module(&self, parameter: Value) -> PyResult {
        let module = self.caller_module();
        if !module.is_none() {
            self.setattr(parameter, self.names.__module__, Some(module))?;
        }
        Ok(parameter)
    }
}

/// `+T`, `-T`, `~T`, or `T` when variance is inferred.
pub fn variance_sign(covariant: bool, contravariant: bool, infer: bool) -> &'static str {
    match (infer, covariant, contravariant) {
        (true, _, _) => "",
        (_, true, _) => "+",
        (_, _, true) => "-",
        _ => "~",
    }
}

/// Checks the variance arguments of a constructor.
pub fn check_variance(vm: &Vm, covariant: bool, contravariant: bool, infer: bool) -> PyResult<()> {
    if covariant && contravariant {
        return Err(vm.value_error("Bivariant types are not supported."));
    }
    if infer && (covariant || contravariant) {
        return Err(vm.value_error("Variance cannot be specified with infer_variance."));
    }
    Ok(())
}

/// Type variable.
///
/// The preferred way to construct a type variable is via the dedicated
/// syntax for generic functions, classes, and type aliases::
///
///     class Sequence[T]:  # T is a TypeVar
///         ...
///
/// This syntax can also be used to create bound and constrained type
/// variables::
///
///     # S is a TypeVar bound to str
///     class StrSequence[S: str]:
///         ...
///
///     # A is a TypeVar constrained to str or bytes
///     class StrOrBytesSequence[A: (str, bytes)]:
///         ...
///
/// Type variables can also have defaults:
///
///     class IntDefault[T = int]:
///         ...
///
/// However, if desired, reusable type variables can also be constructed
/// manually, like so::
///
///    T = TypeVar('T')  # Can be anything
///    S = TypeVar('S', bound=str)  # Can be any subtype of str
///    A = TypeVar('A', str, bytes)  # Must be exactly str or bytes
///    D = TypeVar('D', default=int)  # Defaults to int
///
/// Type variables exist primarily for the benefit of static type
/// checkers.  They serve as the parameters for generic types as well
/// as for generic function and type alias definitions.
///
/// The variance of type variables is inferred by type checkers when they
/// are created through the type parameter syntax and when
/// ``infer_variance=True`` is passed. Manually created type variables may
/// be explicitly marked covariant or contravariant by passing
/// ``covariant=True`` or ``contravariant=True``. By default, manually
/// created type variables are invariant. See PEP 484 and PEP 695 for more
/// details.
#[pyclass(name = "TypeVar", module = "typing", has_dict, weakrefable)]
#[derive(Trace)]
pub struct TypeVar {
    name: Gc<Str>,
    bound: Lazy,
    constraints: Lazy,
    pub default: TypeDefault,
    covariant: bool,
    contravariant: bool,
    infer_variance: bool,
}

#[pymethods]
impl TypeVar {
    #[pynew(
        sig = "(name, *constraints, bound=None, default=typing.NoDefault, covariant=False, contravariant=False, infer_variance=False)"
    )]
    fn __new__(
        cls: Gc<Type>,
        vm: &Vm,
        name: Gc<Str>,
        constraints: &[Value],
        bound: Option<Value>,
        default: Option<Value>,
        covariant: bool,
        contravariant: bool,
        infer_variance: bool,
    ) -> PyResult {
        check_variance(vm, covariant, contravariant, infer_variance)?;
        let constraints = Tuple::new(&vm.heap, constraints);
        let bound = vm.checked_bound(bound)?;
        if constraints.len() == 1 {
            return Err(vm.type_error("A single constraint is not allowed"));
        }
        if !constraints.is_empty() && bound.is_some() {
            return Err(vm.type_error("Constraints cannot be combined with bound=..."));
        }
        let type_var = TypeVar {
            name,
            bound: Lazy::given(bound),
            constraints: Lazy::given((!constraints.is_empty()).then(|| constraints.value())),
            default: TypeDefault::given(default),
            covariant,
            contravariant,
            infer_variance,
        };
        let type_var = vm.new_native(cls, type_var).value();
        vm.note_caller_module(type_var)
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
        vm.call_typing("_typevar_subst", &[this, arg])
    }

    #[pymethod(name = "__typing_prepare_subst__", sig = "(alias, args, /)")]
    fn typing_prepare_subst(this: Gc<Native<TypeVar>>, vm: &Vm, alias: Value, args: Value) -> PyResult {
        let parameters = vm.getattr_str(alias, "__parameters__")?;
        let parameters = vm.collect(parameters)?;
        let items = vm.collect(args)?;
        let Some(index) = parameters.iter().position(|&p| p == this.value()) else {
            return Err(vm.value_error("tuple.index(x): x not in tuple"));
        };
        if index < items.len() {
            return Ok(args);
        }
        if index == items.len() && this.default.has_default(vm)? {
            let mut items = items;
            items.push(&vm.heap, this.default.value(vm)?);
            return Ok(vm.new_tuple(&items));
        }
        Err(vm.type_error(format!(
            "Too few arguments for {}; actual {}, expected at least {}",
            vm.str_text(alias)?,
            items.len(),
            index + 1
        )))
    }

    #[pymethod(name = "__reduce__")]
    fn reduce(&self, _vm: &Vm) -> Gc<Str> {
        self.name
    }

    #[pymethod(name = "__mro_entries__", sig = "(object, /)")]
    fn mro_entries(_this: Value, vm: &Vm, _bases: Value) -> PyResult {
        Err(vm.cannot_subclass_instance("TypeVar"))
    }

    #[pygetset(name = "__name__")]
    fn get_name(&self, _vm: &Vm) -> Gc<Str> {
        self.name
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

    #[pygetset(name = "__bound__")]
    fn get_bound(&self, vm: &Vm) -> PyResult<Option<Value>> {
        self.bound.get(vm)
    }

    #[pygetset(name = "__constraints__")]
    fn get_constraints(&self, vm: &Vm) -> PyResult {
        Ok(self.constraints.get(vm)?.unwrap_or(vm.empty_tuple.value()))
    }

    #[pygetset(name = "evaluate_bound")]
    fn get_evaluate_bound(&self, vm: &Vm) -> PyResult<Option<Value>> {
        self.bound.evaluate(vm)
    }

    #[pygetset(name = "evaluate_constraints")]
    fn get_evaluate_constraints(&self, vm: &Vm) -> PyResult<Option<Value>> {
        self.constraints.evaluate(vm)
    }

    #[pymethod(sig = "()")]
    fn has_default(&self, vm: &Vm) -> PyResult<bool> {
        self.default.has_default(vm)
    }

    #[pygetset(name = "__default__")]
    fn get_default(this: Gc<Native<TypeVar>>, vm: &Vm) -> PyResult {
        this.default.value(vm)
    }

    #[pygetset(name = "evaluate_default")]
    fn get_evaluate_default(&self, vm: &Vm) -> PyResult {
        self.default.evaluator(vm)
    }
}

impl Vm {
    /// A type variable of a type parameter list; bound or constraints are evaluated when asked for.
    pub fn new_type_var(&self, name: Gc<Str>, bound: Option<Value>, constraints: Option<Value>) -> PyResult {
        let class = self.native_type(TypeVar::TYPE_DEF)?;
        let type_var = TypeVar {
            name,
            bound: Lazy::by(bound),
            constraints: Lazy::by(constraints),
            default: TypeDefault::default(),
            covariant: false,
            contravariant: false,
            infer_variance: true,
        };
        let type_var = self.new_native(class, type_var).value();
        self.note_caller_module(type_var)
    }
}
