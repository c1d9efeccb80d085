//! `classmethod`.

use super::function::BoundMethod;
use super::header::Gc;
use super::native::Native;
use super::typeobj::Type;
use crate::native::Args;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::Cell;

/// Convert a function to be a class method.
///
/// A class method receives the class as implicit first argument,
/// just like an instance method receives the instance.
/// To declare a class method, use this idiom:
///
///   class C:
///       @classmethod
///       def f(cls, arg1, arg2, argN):
///           ...
///
/// It can be called either on the class (e.g. C.f()) or on an instance
/// (e.g. C().f()).  The instance is ignored except for its class.
/// If a class method is called for a derived class, the derived class
/// object is passed as the implied first argument.
///
/// Class methods are different than C++ or Java static methods.
/// If you want those, see the staticmethod builtin.
#[pyclass(name = "classmethod", subclassable, has_dict)]
#[derive(Trace)]
pub struct ClassMethod {
    pub function: Cell<Value>,
}

#[pymethods(def = TYPE_DEF)]
impl ClassMethod {
    #[pynew(sig = "(function, /)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, _args: Args<'_>) -> Value {
        vm.new_native(cls, ClassMethod { function: Cell::new(Value::none()) }).value()
    }

    #[pymethod(name = "__init__", sig = "(function, /)")]
    fn init(this: Gc<Native<ClassMethod>>, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        args.reject_keywords(vm, "classmethod")?;
        let function = args.counted(vm, "classmethod", 1, 1)?[0];
        this.function.set(function);
        vm.copy_wrapped_attributes(this.value(), function)
    }

    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<Native<ClassMethod>>, vm: &Vm) -> PyResult<String> {
        Ok(format!("<classmethod({})>", vm.repr_text(this.function.get())?))
    }

    #[pymethod(name = "__get__")]
    fn get(this: Gc<Native<ClassMethod>>, vm: &Vm, instance: Value, owner: Option<Value>) -> Value {
        let owner = owner.filter(|o| !o.is_none()).unwrap_or_else(|| vm.type_of(instance).value());
        BoundMethod::new(&vm.heap, this.function.get(), owner).value()
    }

    /// The object that is wrapped.
    #[pygetset(name = "__func__")]
    fn func(this: Gc<Native<ClassMethod>>, _vm: &Vm) -> Value {
        this.function.get()
    }

    #[pygetset(name = "__wrapped__")]
    fn wrapped(this: Gc<Native<ClassMethod>>, _vm: &Vm) -> Value {
        this.function.get()
    }

    #[pygetset(name = "__isabstractmethod__")]
    fn is_abstract(this: Gc<Native<ClassMethod>>, vm: &Vm) -> PyResult<bool> {
        vm.is_abstract_method(this.function.get())
    }

    #[pygetset(name = "__dict__")]
    fn dict(this: Gc<Native<ClassMethod>>, vm: &Vm) -> Option<Gc<super::dict::Dict>> {
        vm.instance_dict(this.value())
    }
    #[pygetset(setter = "__dict__")]
    fn set_dict(this: Gc<Native<ClassMethod>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        vm.assign_instance_dict(this.value(), value)
    }

    #[pygetset(name = "__annotations__")]
    fn annotations(this: Gc<Native<ClassMethod>>, vm: &Vm) -> PyResult {
        vm.wrapped_attribute(this.value(), this.function.get(), vm.names.__annotations__)
    }
    #[pygetset(setter = "__annotations__")]
    fn set_annotations(this: Gc<Native<ClassMethod>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        vm.set_wrapped_attribute(this.value(), vm.names.__annotations__, value)
    }

    #[pygetset(name = "__annotate__")]
    fn annotate(this: Gc<Native<ClassMethod>>, vm: &Vm) -> PyResult {
        vm.wrapped_attribute(this.value(), this.function.get(), vm.names.__annotate__)
    }
    #[pygetset(setter = "__annotate__")]
    fn set_annotate(this: Gc<Native<ClassMethod>>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        vm.set_wrapped_attribute(this.value(), vm.names.__annotate__, value)
    }
}

impl Vm {
    /// `classmethod(function)` for functions that a class body defines under a special name.
    pub fn new_classmethod(&self, function: Value) -> Value {
        let object = self.new_native(self.types.classmethod, ClassMethod { function: Cell::new(function) });
        // The attributes of a Python function can all be read; a failure leaves them out.
        if self.copy_wrapped_attributes(object.value(), function).is_err() {
            self.take_pending();
        }
        object.value()
    }

    /// Copies the attributes that describe `function` to the dict of a method object that wraps it.
    pub(crate) fn copy_wrapped_attributes(&self, wrapper: Value, function: Value) -> PyResult<()> {
        let n = &self.names;
        for name in [n.__module__, n.__name__, n.__qualname__, n.__doc__] {
            if let Some(value) = self.getattr_opt(function, name)?
                && let Some(dict) = self.instance_dict(wrapper)
            {
                dict.insert_str(&self.heap, name, value);
            }
        }
        Ok(())
    }

    /// An attribute of the wrapped function that the wrapper remembers once asked.
    pub(crate) fn wrapped_attribute(
        &self,
        wrapper: Value,
        function: Value,
        name: Gc<super::str::Str>,
    ) -> PyResult {
        let dict = self.instance_dict(wrapper).expect("wrappers have a dict");
        if let Some(own) = dict.get_str(name) {
            return Ok(own);
        }
        let value = self.getattr(function, name)?;
        dict.insert_str(&self.heap, name, value);
        Ok(value)
    }

    pub(crate) fn set_wrapped_attribute(
        &self,
        wrapper: Value,
        name: Gc<super::str::Str>,
        value: Option<Value>,
    ) -> PyResult<()> {
        let dict = self.instance_dict(wrapper).expect("wrappers have a dict");
        match value {
            Some(value) => dict.insert_str(&self.heap, name, value),
            None if dict.remove_str(name).is_some() => {}
            None => return Err(self.attribute_error(name.to_string_lossy())),
        }
        Ok(())
    }
}
