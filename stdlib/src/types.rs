//! `_types`: names for the classes of built-in objects; `_typing`: what the `typing` module takes from the interpreter.

use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods, pymodule};

/// Define names for built-in types.
#[pymodule(name = "_types", classes(adder_interp::object::namespace::SimpleNamespace))]
pub mod types {
    use super::*;
    use adder_interp::object::dict::Dict;

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        let t = &vm.types;
        let names = [
            ("AsyncGeneratorType", t.async_generator),
            ("BuiltinFunctionType", t.builtin_function_or_method),
            ("BuiltinMethodType", t.builtin_function_or_method),
            ("CellType", t.cell),
            ("ClassMethodDescriptorType", t.classmethod_descriptor),
            ("CodeType", t.code),
            ("CoroutineType", t.coroutine),
            ("EllipsisType", t.ellipsis),
            ("FrameType", t.frame),
            ("FunctionType", t.function),
            ("GeneratorType", t.generator),
            ("GenericAlias", t.generic_alias),
            ("GetSetDescriptorType", t.getset_descriptor),
            ("LambdaType", t.function),
            ("MappingProxyType", t.mappingproxy),
            ("MemberDescriptorType", t.member_descriptor),
            ("MethodDescriptorType", t.method_descriptor),
            ("MethodType", t.method),
            ("MethodWrapperType", t.method_wrapper),
            ("ModuleType", t.module),
            ("NoneType", t.none_type),
            ("NotImplementedType", t.not_implemented),
            ("TracebackType", t.traceback),
            ("UnionType", t.union),
            ("WrapperDescriptorType", t.wrapper_descriptor),
        ];
        for (name, class) in names {
            dict.insert_str(&vm.heap, vm.intern(name), class.value());
        }
        let capsule = vm.native_type(PyCapsule::TYPE_DEF)?;
        dict.insert_str(&vm.heap, vm.intern("CapsuleType"), capsule.value());
        Ok(())
    }
}

/// Capsule objects let you wrap a C "void *" pointer in a Python object.
///
/// They're a way of passing data through the Python interpreter without creating
/// your own custom type. Those here hold no pointer, only their name.
#[pyclass(name = "PyCapsule", module = "builtins", no_constructor)]
#[derive(Trace)]
pub struct PyCapsule {
    name: &'static str,
}

impl PyCapsule {
    /// A capsule that exists for its name.
    pub fn named(vm: &Vm, name: &'static str) -> PyResult {
        let class = vm.native_type(PyCapsule::TYPE_DEF)?;
        Ok(vm.new_native(class, PyCapsule { name }).value())
    }
}

#[pymethods]
impl PyCapsule {
    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<Native<PyCapsule>>, vm: &Vm) -> Value {
        let address = this.value().bits();
        vm.new_str(&format!("<capsule object \"{}\" at {address:#x}>", this.name))
    }
}

/// Primitives and accelerators for the typing module.
#[pymodule(
    name = "_typing",
    classes(
        adder_interp::object::typing::generic::Generic,
        adder_interp::object::typing::param_spec::ParamSpec,
        adder_interp::object::typing::param_spec::ParamSpecArgs,
        adder_interp::object::typing::param_spec::ParamSpecKwargs,
        adder_interp::object::typing::type_alias::TypeAliasType,
        adder_interp::object::typing::type_var::TypeVar,
        adder_interp::object::typing::type_var_tuple::TypeVarTuple
    )
)]
pub mod typing {
    use super::*;

    /// Return the argument.
    #[pyfunction(name = "_idfunc", sig = "(x, /)")]
    fn idfunc(_vm: &Vm, x: Value) -> Value {
        x
    }

    #[pyattr]
    #[allow(non_snake_case, reason = "Python's name")]
    fn NoDefault(vm: &Vm) -> PyResult {
        vm.no_default()
    }

    #[pyattr]
    #[allow(non_snake_case, reason = "Python's name")]
    fn Union(vm: &Vm) -> Value {
        vm.types.union.value()
    }
}
