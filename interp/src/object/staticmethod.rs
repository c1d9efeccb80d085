//! `staticmethod`.

use super::header::Gc;
use super::native::Native;
use super::typeobj::Type;
use crate::native::Args;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::Cell;

/// Convert a function to be a static method.
///
/// A static method does not receive an implicit first argument.
/// To declare a static method, use this idiom:
///
///      class C:
///          @staticmethod
///          def f(arg1, arg2, argN):
///              ...
///
/// It can be called either on the class (e.g. C.f()) or on an instance
/// (e.g. C().f()). Both the class and the instance are ignored, and
/// neither is passed implicitly as the first argument to the method.
///
/// Static methods in Python are similar to those found in Java or C++.
/// For a more advanced concept, see the classmethod builtin.
#[pyclass(name = "staticmethod", subclassable, has_dict)]
#[derive(Trace)]
pub struct StaticMethod {
    pub function: Cell<Value>,
}

#[pymethods(def = TYPE_DEF)]
impl StaticMethod {
    #[pynew(sig = "(function, /)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, _args: Args<'_>) -> Value {
        vm.new_native(cls, StaticMethod { function: Cell::new(Value::none()) }).value()
    }

    #[pymethod(name = "__init__", sig = "(function, /)")]
    fn init(this: Gc<Native<StaticMethod>>, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        args.reject_keywords(vm, "staticmethod")?;
        let function = args.counted(vm, "staticmethod", 1, 1)?[0];
        this.function.set(function);
        vm.copy_wrapped_attributes(this.value(), function)
    }

    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<Native<StaticMethod>>, vm: &Vm) -> PyResult<String> {
        Ok(format!("<staticmethod({})>", vm.repr_text(this.function.get())?))
    }

    #[pymethod(name = "__call__")]
    fn call(this: Gc<Native<StaticMethod>>, vm: &Vm, args: Args<'_>) -> PyResult {
        vm.call_args(this.function.get(), args)
    }

    #[pymethod(name = "__get__")]
    fn get(this: Gc<Native<StaticMethod>>, _vm: &Vm, _instance: Value, _owner: Option<Value>) -> Value {
        this.function.get()
    }

    /// The object that is wrapped.
    #[pygetset(name = "__func__")]
    fn func(this: Gc<Native<StaticMethod>>, _vm: &Vm) -> Value {
        this.function.get()
    }

    #[pygetset(name = "__wrapped__")]
    fn wrapped(this: Gc<Native<StaticMethod>>, _vm: &Vm) -> Value {
        this.function.get()
    }

    #[pygetset(name = "__isabstractmethod__")]
    fn is_abstract(this: Gc<Native<StaticMethod>>, vm: &Vm) -> PyResult<bool> {
        vm.is_abstract_method(this.function.get())
    }

    #[pygetset(name = "__dict__")]
    fn dict(this: Gc<Native<StaticMethod>>, vm: &Vm) -> Option<Gc<super::dict::Dict>> {
        vm.instance_dict(this.value())
    }
    #[pygetset(setter = "__dict__")]
    fn set_dict(this: Gc<Native<StaticMethod>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        vm.assign_instance_dict(this.value(), value)
    }

    #[pygetset(name = "__annotations__")]
    fn annotations(this: Gc<Native<StaticMethod>>, vm: &Vm) -> PyResult {
        vm.wrapped_attribute(this.value(), this.function.get(), vm.names.__annotations__)
    }
    #[pygetset(setter = "__annotations__")]
    fn set_annotations(this: Gc<Native<StaticMethod>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        vm.set_wrapped_attribute(this.value(), vm.names.__annotations__, value)
    }

    #[pygetset(name = "__annotate__")]
    fn annotate(this: Gc<Native<StaticMethod>>, vm: &Vm) -> PyResult {
        vm.wrapped_attribute(this.value(), this.function.get(), vm.names.__annotate__)
    }
    #[pygetset(setter = "__annotate__")]
    fn set_annotate(this: Gc<Native<StaticMethod>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        vm.set_wrapped_attribute(this.value(), vm.names.__annotate__, value)
    }
}

impl Vm {
    /// A static method of a native class: nothing of the function is copied to the wrapper.
    pub(crate) fn wrap_static(&self, function: Value) -> Value {
        let method = StaticMethod { function: Cell::new(function) };
        self.new_native(self.types.staticmethod, method).value()
    }

    /// `staticmethod(function)` for functions that a class body defines under a special name.
    pub fn new_staticmethod(&self, function: Value) -> Value {
        let object = self.new_native(self.types.staticmethod, StaticMethod { function: Cell::new(function) });
        // The attributes of a Python function can all be read; a failure leaves them out.
        if self.copy_wrapped_attributes(object.value(), function).is_err() {
            self.take_pending();
        }
        object.value()
    }
}
