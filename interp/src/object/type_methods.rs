//! The Python methods of `type`, and what a class shows of its layout. Attributes are in [`super::type_attrs`], making classes in
//! [`crate::vm::type_new`].

use super::header::Gc;
use super::list::List;
use super::str::Str;
use super::tuple::Tuple;
use super::typeobj::{Type, type_flag};
use crate::native::Args;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use adder_macros::pymethods;

/// type(object) -> the object's type
/// type(name, bases, dict, **kwds) -> a new type
#[pymethods(name = "type", kind = Type, def = TYPE_DEF, subclassable, has_dict, weakrefable)]
impl Type {
    #[pynew]
    fn new(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        vm.type_new(cls, args)
    }

    #[pymethod(name = "__init__")]
    fn init(_this: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        let count = args.positional_values().len();
        if args.has_keywords() && count == 1 {
            return Err(vm.type_error("type.__init__() takes no keyword arguments"));
        }
        if count != 1 && count != 3 {
            return Err(vm.type_error("type.__init__() takes 1 or 3 arguments"));
        }
        Ok(())
    }

    #[pymethod(name = "__call__")]
    fn call(this: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        vm.instantiate(this, args)
    }

    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<Type>, vm: &Vm) -> PyResult<String> {
        Ok(format!("<class '{}'>", vm.full_type_name(this)?))
    }

    #[pymethod(name = "__getattribute__")]
    fn getattribute(this: Gc<Type>, vm: &Vm, name: Value) -> PyResult {
        let name = vm.attribute_name(name)?;
        match vm.type_getattr(this, name)? {
            Some(found) => Ok(found),
            None => Err(vm.no_attribute(this.value(), name)),
        }
    }

    #[pymethod(name = "__setattr__")]
    fn setattr(this: Gc<Type>, vm: &Vm, name: Value, value: Value) -> PyResult<()> {
        let name = vm.attribute_name(name)?;
        vm.type_setattr(this, name, Some(value))
    }

    #[pymethod(name = "__delattr__")]
    fn delattr(this: Gc<Type>, vm: &Vm, name: Value) -> PyResult<()> {
        let name = vm.attribute_name(name)?;
        vm.type_setattr(this, name, None)
    }

    #[pymethod(name = "__or__")]
    fn or(this: Value, vm: &Vm, other: Value) -> PyResult {
        vm.union_or(this, other)
    }

    #[pymethod(name = "__ror__")]
    fn ror(this: Value, vm: &Vm, other: Value) -> PyResult {
        vm.union_or(other, this)
    }

    /// Return a type's method resolution order.
    #[pymethod(name = "mro")]
    fn compute_mro(this: Gc<Type>, vm: &Vm) -> PyResult<Gc<List>> {
        let mro = vm.linearise(this)?;
        Ok(List::from_slice(&vm.heap, &mro))
    }

    /// Return a list of immediate subclasses.
    #[pymethod(name = "__subclasses__")]
    fn subclasses(this: Gc<Type>, vm: &Vm) -> Gc<List> {
        let list = List::new(&vm.heap);
        this.for_each_subclass(|sub| list.push(&vm.heap, sub.value()));
        list
    }

    /// Create the namespace for the class statement
    #[pyclassmethod(name = "__prepare__", sig = "(name, bases, /, **kwds)")]
    fn prepare(_cls: Value, vm: &Vm, _args: Args<'_>) -> Value {
        vm.new_dict().value()
    }

    /// Check if an object is an instance.
    #[pymethod(name = "__instancecheck__", sig = "(instance, /)")]
    fn instancecheck(this: Gc<Type>, vm: &Vm, instance: Value) -> PyResult<bool> {
        vm.plain_isinstance(instance, this.value())
    }

    /// Check if a class is a subclass.
    #[pymethod(name = "__subclasscheck__", sig = "(subclass, /)")]
    fn subclasscheck(this: Gc<Type>, vm: &Vm, subclass: Value) -> PyResult<bool> {
        vm.plain_issubclass(subclass, this.value())
    }

    /// Specialized __dir__ implementation for types.
    #[pymethod(name = "__dir__")]
    fn dir(this: Gc<Type>, vm: &Vm) -> PyResult {
        let names = vm.new_dict();
        vm.merge_class_names(names, this.value())?;
        Ok(vm.keys_as_list(names))
    }

    /// Return memory consumption of the type object.
    #[pymethod(name = "__sizeof__")]
    fn sizeof(this: Gc<Type>, _vm: &Vm) -> i64 {
        this.header().byte_size() as i64
    }

    #[pygetset(name = "__name__")]
    fn get_name(this: Gc<Type>, _vm: &Vm) -> Gc<Str> {
        this.name.get()
    }
    #[pygetset(setter = "__name__")]
    fn set_name(this: Gc<Type>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        vm.set_type_name(this, value)
    }

    #[pygetset(name = "__qualname__")]
    fn get_qualname(this: Gc<Type>, _vm: &Vm) -> Gc<Str> {
        this.qualname.get()
    }
    #[pygetset(setter = "__qualname__")]
    fn set_qualname(this: Gc<Type>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        vm.set_type_qualname(this, value)
    }

    #[pygetset(name = "__module__")]
    fn get_module(this: Gc<Type>, vm: &Vm) -> PyResult {
        match vm.type_module(this) {
            Some(module) => Ok(module),
            None => Err(vm.attribute_error("__module__")),
        }
    }
    #[pygetset(setter = "__module__")]
    fn set_module(this: Gc<Type>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        let value = vm.check_type_assignment(this, "__module__", value)?;
        this.dict.get().insert_str(&vm.heap, vm.names.__module__, value);
        this.dict.get().remove_str(vm.names.__firstlineno__);
        vm.type_modified(this);
        Ok(())
    }

    #[pygetset(name = "__bases__")]
    fn get_bases(this: Gc<Type>, vm: &Vm) -> Gc<Tuple> {
        this.bases.get().unwrap_or(vm.empty_tuple)
    }
    #[pygetset(setter = "__bases__")]
    fn set_bases_attr(this: Gc<Type>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        vm.assign_bases(this, value)
    }

    #[pygetset(name = "__mro__")]
    fn get_mro(this: Gc<Type>, _vm: &Vm) -> Option<Gc<Tuple>> {
        this.mro.get()
    }

    #[pygetset(name = "__base__")]
    fn get_base(this: Gc<Type>, _vm: &Vm) -> Option<Gc<Type>> {
        this.base.get()
    }

    #[pygetset(name = "__dict__")]
    fn get_dict(this: Gc<Type>, vm: &Vm) -> Value {
        vm.mapping_proxy(this.dict.get().value())
    }

    #[pygetset(name = "__doc__")]
    fn get_doc(this: Gc<Type>, vm: &Vm) -> PyResult {
        vm.type_doc(this)
    }
    #[pygetset(setter = "__doc__")]
    fn set_doc(this: Gc<Type>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        let value = vm.check_type_assignment(this, "__doc__", value)?;
        this.dict.get().insert_str(&vm.heap, vm.names.__doc__, value);
        vm.type_modified(this);
        Ok(())
    }

    #[pygetset(name = "__text_signature__")]
    fn get_text_signature(this: Gc<Type>, _vm: &Vm) -> Option<&'static str> {
        let new = this.def?.methods.iter().find(|m| m.name == "__new__")?;
        new.text_signature
    }

    #[pygetset(name = "__annotations__")]
    fn get_annotations(this: Gc<Type>, vm: &Vm) -> PyResult {
        vm.type_annotations(this)
    }
    #[pygetset(setter = "__annotations__")]
    fn set_annotations(this: Gc<Type>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        vm.set_type_annotations(this, value)
    }

    #[pygetset(name = "__annotate__")]
    fn get_annotate(this: Gc<Type>, vm: &Vm) -> PyResult {
        vm.type_annotate(this)
    }
    #[pygetset(setter = "__annotate__")]
    fn set_annotate(this: Gc<Type>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        vm.set_type_annotate(this, value)
    }

    #[pygetset(name = "__type_params__")]
    fn get_type_params(this: Gc<Type>, vm: &Vm) -> Value {
        let own = this.dict.get().get_str(vm.names.__type_params__);
        own.filter(|_| this.has(type_flag::HEAP)).unwrap_or(vm.empty_tuple.value())
    }
    #[pygetset(setter = "__type_params__")]
    fn set_type_params(this: Gc<Type>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        let value = vm.check_type_assignment(this, "__type_params__", value)?;
        this.dict.get().insert_str(&vm.heap, vm.names.__type_params__, value);
        vm.type_modified(this);
        Ok(())
    }

    #[pygetset(name = "__abstractmethods__")]
    fn get_abstractmethods(this: Gc<Type>, vm: &Vm) -> PyResult {
        let own = this.dict.get().get_str(vm.names.__abstractmethods__);
        match own.filter(|_| this != vm.types.type_) {
            Some(methods) => Ok(methods),
            None => Err(vm.attribute_error("__abstractmethods__")),
        }
    }
    #[pygetset(setter = "__abstractmethods__")]
    fn set_abstractmethods(this: Gc<Type>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        let name = vm.names.__abstractmethods__;
        let is_abstract = match value {
            Some(methods) => {
                let truth = vm.truthy(methods)?;
                this.dict.get().insert_str(&vm.heap, name, methods);
                truth
            }
            None if this.dict.get().remove_str(name).is_some() => false,
            None => return Err(vm.attribute_error("__abstractmethods__")),
        };
        let rest = this.flags.get() & !type_flag::ABSTRACT;
        this.flags.set(rest | if is_abstract { type_flag::ABSTRACT } else { 0 });
        vm.type_modified(this);
        Ok(())
    }

    #[pygetset(name = "__flags__")]
    fn get_flags(this: Gc<Type>, vm: &Vm) -> i64 {
        vm.public_type_flags(this)
    }

    #[pygetset(name = "__basicsize__")]
    fn get_basicsize(this: Gc<Type>, _vm: &Vm) -> i64 {
        super::type_attrs::basic_size(this)
    }

    #[pygetset(name = "__itemsize__")]
    fn get_itemsize(this: Gc<Type>, _vm: &Vm) -> i64 {
        super::type_attrs::item_size(this)
    }

    #[pygetset(name = "__dictoffset__")]
    fn get_dictoffset(this: Gc<Type>, _vm: &Vm) -> i64 {
        if this.has(type_flag::HAS_DICT) { -1 } else { 0 }
    }

    #[pygetset(name = "__weakrefoffset__")]
    fn get_weakrefoffset(this: Gc<Type>, _vm: &Vm) -> i64 {
        if this.has(type_flag::WEAKREFABLE) { -32 } else { 0 }
    }
}

impl Vm {
    /// `type.__setattr__` and `__delattr__`.
    pub fn type_setattr(&self, cls: Gc<Type>, name: Gc<Str>, value: Option<Value>) -> PyResult<()> {
        if !cls.has(type_flag::HEAP) {
            return Err(self.immutable_type(cls, &name.to_string_lossy(), value.is_none()));
        }
        let old = cls.dict.get().get_str(name);
        self.generic_setattr(cls.value(), name, value)?;
        if name.unit_bytes().starts_with(b"__") {
            self.type_modified(cls);
        } else {
            self.class_attribute_stored(cls, name, old);
        }
        Ok(())
    }

    #[cold]
    pub(crate) fn immutable_type(&self, cls: Gc<Type>, name: &str, delete: bool) -> crate::value::Raised {
        let verb = if delete && cls.has(type_flag::HEAP) { "delete" } else { "set" };
        self.type_error(format!("cannot {verb} '{name}' attribute of immutable type '{}'", cls.name()))
    }

    /// The new value of a special class attribute that can be set but not deleted, on Python classes only.
    pub(crate) fn check_type_assignment(&self, cls: Gc<Type>, name: &str, value: Option<Value>) -> PyResult {
        match value {
            Some(value) if cls.has(type_flag::HEAP) => Ok(value),
            _ => Err(self.immutable_type(cls, name, value.is_none())),
        }
    }
}
