//! `typing.Generic`: the base class of generic classes. What it does is Python, in the library's `typing`.

use super::super::header::Gc;
use super::super::tuple::Tuple;
use super::super::typeobj::Type;
use crate::native::Args;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use adder_macros::pymethods;

/// Stands for the class `Generic`, whose instances are plain objects.
pub struct Generic;

fn object(vm: &Vm) -> Value {
    vm.types.object.value()
}

/// Abstract base class for generic types.
///
/// On Python 3.12 and newer, generic classes implicitly inherit from
/// Generic when they declare a parameter list after the class's name::
///
///     class Mapping[KT, VT]:
///         def __getitem__(self, key: KT) -> VT:
///             ...
///         # Etc.
///
/// On older versions of Python, however, generic classes have to
/// explicitly inherit from Generic.
///
/// After a class has been declared to be generic, it can then be used as
/// follows::
///
///     def lookup_name[KT, VT](mapping: Mapping[KT, VT], key: KT, default: VT) -> VT:
///         try:
///             return mapping[key]
///         except KeyError:
///             return default
#[pymethods(name = "Generic", kind = Instance, module = "typing", base = object, subclassable)]
impl Generic {
    /// Parameterizes a generic class.
    ///
    /// At least, parameterizing a generic class is the *main* thing this
    /// method does.  For example, for some generic class `Foo`, this is
    /// called when we do `Foo[int]` - there, with `cls=Foo` and
    /// `params=int`.
    ///
    /// However, note that this method is also called when defining generic
    /// classes in the first place with `class Foo[T]: ...`.
    #[pyclassmethod(name = "__class_getitem__")]
    fn class_getitem(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        call_with_class(vm, "_generic_class_getitem", cls, args)
    }

    /// Function to initialize subclasses.
    #[pyclassmethod(name = "__init_subclass__")]
    fn init_subclass(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        call_with_class(vm, "_generic_init_subclass", cls, args)
    }
}

fn call_with_class(vm: &Vm, name: &str, cls: Gc<Type>, args: Args<'_>) -> PyResult {
    let typing = vm.import("typing")?;
    let function = vm.getattr_str(typing, name)?;
    vm.with_prepended(cls.value(), args, |vm, args| vm.call_args(function, args))
}

impl Vm {
    /// The base class `Generic[*params]` of a class with type parameters.
    pub fn subscript_generic(&self, params: Gc<Tuple>) -> PyResult {
        let params = self.unpack_type_var_tuples(params)?;
        let generic = self.native_type(Generic::TYPE_DEF)?;
        self.call_typing("_GenericAlias", &[generic.value(), params])
    }
}
