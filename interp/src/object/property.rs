//! `property`.

use super::header::Gc;
use super::native::Native;
use super::typeobj::Type;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::Cell;

/// Property attribute.
///
///   fget
///     function to be used for getting an attribute value
///   fset
///     function to be used for setting an attribute value
///   fdel
///     function to be used for del'ing an attribute
///   doc
///     docstring
///
/// Typical use is to define a managed attribute x:
///
/// class C(object):
///     def getx(self): return self._x
///     def setx(self, value): self._x = value
///     def delx(self): del self._x
///     x = property(getx, setx, delx, "I'm the 'x' property.")
///
/// Decorators make defining new properties or modifying existing ones easy:
///
/// class C(object):
///     @property
///     def x(self):
///         "I am the 'x' property."
///         return self._x
///     @x.setter
///     def x(self, value):
///         self._x = value
///     @x.deleter
///     def x(self):
///         del self._x
#[pyclass(name = "property", subclassable)]
#[derive(Trace, Default)]
pub struct Property {
    pub fget: Cell<Option<Value>>,
    pub fset: Cell<Option<Value>>,
    pub fdel: Cell<Option<Value>>,
    doc: Cell<Option<Value>>,
    name: Cell<Option<Value>>,
    /// The documentation came from the getter: a new getter brings its own.
    getter_doc: Cell<bool>,
}

#[pymethods(def = TYPE_DEF)]
impl Property {
    #[pynew(sig = "(fget=None, fset=None, fdel=None, doc=None)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, _args: crate::native::Args<'_>) -> Value {
        vm.new_native(cls, Property::default()).value()
    }

    #[pymethod(name = "__init__", sig = "(fget=None, fset=None, fdel=None, doc=None)")]
    fn init(
        this: Gc<Native<Property>>,
        vm: &Vm,
        fget: Option<Value>,
        fset: Option<Value>,
        fdel: Option<Value>,
        doc: Option<Value>,
    ) -> PyResult<()> {
        let some = |v: Option<Value>| v.filter(|v| !v.is_none());
        this.fget.set(some(fget));
        this.fset.set(some(fset));
        this.fdel.set(some(fdel));
        this.doc.set(None);
        this.name.set(None);
        this.getter_doc.set(false);
        let mut doc = some(doc);
        if let (None, Some(getter)) = (doc, some(fget)) {
            doc = some(vm.getattr_opt(getter, vm.names.__doc__)?);
            this.getter_doc.set(doc.is_some());
        }
        if vm.type_of(this.value()) == vm.types.property {
            this.doc.set(doc);
            return Ok(());
        }
        // A subclass has a `__doc__` of its own, which hides ours: the text goes where it will be found.
        let value = doc.unwrap_or(Value::none());
        match vm.setattr(this.value(), vm.names.__doc__, Some(value)) {
            Ok(()) => Ok(()),
            // Instances without a dict keep their documentation to themselves.
            Err(Raised) if this.getter_doc.get() || doc.is_none() => {
                vm.catch(vm.exceptions.attribute_error).map(drop)
            }
            Err(Raised) => Err(Raised),
        }
    }

    #[pymethod(name = "__get__")]
    fn get(this: Gc<Native<Property>>, vm: &Vm, instance: Value, _owner: Option<Value>) -> PyResult {
        if instance.is_none() {
            return Ok(this.value());
        }
        Property::read(this, vm, instance)
    }

    #[pymethod(name = "__set__")]
    fn set(this: Gc<Native<Property>>, vm: &Vm, instance: Value, value: Value) -> PyResult<()> {
        match this.fset.get() {
            Some(fset) => vm.call(fset, &[instance, value]).map(drop),
            None => Err(Property::lacks(this, vm, instance, "setter")),
        }
    }

    #[pymethod(name = "__delete__")]
    fn delete(this: Gc<Native<Property>>, vm: &Vm, instance: Value) -> PyResult<()> {
        match this.fdel.get() {
            Some(fdel) => vm.call(fdel, &[instance]).map(drop),
            None => Err(Property::lacks(this, vm, instance, "deleter")),
        }
    }

    /// Descriptor to obtain a copy of the property with a different getter.
    #[pymethod(sig = "(object, /)")]
    fn getter(this: Gc<Native<Property>>, vm: &Vm, object: Value) -> PyResult {
        Property::copy(this, vm, Some(object), None, None)
    }

    /// Descriptor to obtain a copy of the property with a different setter.
    #[pymethod(sig = "(object, /)")]
    fn setter(this: Gc<Native<Property>>, vm: &Vm, object: Value) -> PyResult {
        Property::copy(this, vm, None, Some(object), None)
    }

    /// Descriptor to obtain a copy of the property with a different deleter.
    #[pymethod(sig = "(object, /)")]
    fn deleter(this: Gc<Native<Property>>, vm: &Vm, object: Value) -> PyResult {
        Property::copy(this, vm, None, None, Some(object))
    }

    /// Method to set name of a property.
    #[pymethod(name = "__set_name__", sig = "(owner, name, /)")]
    fn set_name(this: Gc<Native<Property>>, vm: &Vm, args: crate::native::Args<'_>) -> PyResult<()> {
        let values = args.positional_values();
        let &[_, name] = values else {
            return Err(vm.type_error(format!(
                "__set_name__() takes 2 positional arguments but {} were given",
                values.len()
            )));
        };
        this.name.set(Some(name));
        Ok(())
    }

    #[pygetset]
    fn fget(this: Gc<Native<Property>>, _vm: &Vm) -> Option<Value> {
        this.fget.get()
    }

    #[pygetset]
    fn fset(this: Gc<Native<Property>>, _vm: &Vm) -> Option<Value> {
        this.fset.get()
    }

    #[pygetset]
    fn fdel(this: Gc<Native<Property>>, _vm: &Vm) -> Option<Value> {
        this.fdel.get()
    }

    #[pygetset(name = "__doc__")]
    fn doc(this: Gc<Native<Property>>, _vm: &Vm) -> Option<Value> {
        this.doc.get()
    }
    #[pygetset(setter = "__doc__")]
    fn set_doc(this: Gc<Native<Property>>, _vm: &Vm, value: Option<Value>) {
        this.doc.set(value);
    }

    #[pygetset(name = "__name__")]
    fn name(this: Gc<Native<Property>>, vm: &Vm) -> PyResult {
        match Property::known_name(this, vm)? {
            Some(name) => Ok(name),
            None => Err(vm.no_attribute(this.value(), vm.names.__name__)),
        }
    }
    #[pygetset(setter = "__name__")]
    fn set_name_attr(this: Gc<Native<Property>>, _vm: &Vm, value: Option<Value>) {
        this.name.set(value);
    }

    #[pygetset(name = "__isabstractmethod__")]
    fn is_abstract(this: Gc<Native<Property>>, vm: &Vm) -> PyResult<bool> {
        for function in [this.fget.get(), this.fset.get(), this.fdel.get()].into_iter().flatten() {
            if vm.is_abstract_method(function)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Property {
    /// The value of the attribute for `instance`.
    pub fn read(this: Gc<Native<Property>>, vm: &Vm, instance: Value) -> PyResult {
        match this.fget.get() {
            Some(fget) => vm.call(fget, &[instance]),
            None => Err(Property::lacks(this, vm, instance, "getter")),
        }
    }

    fn known_name(this: Gc<Native<Property>>, vm: &Vm) -> PyResult<Option<Value>> {
        match (this.name.get(), this.fget.get()) {
            (Some(name), _) => Ok(Some(name)),
            (None, Some(fget)) => vm.getattr_opt(fget, vm.names.__name__),
            (None, None) => Ok(None),
        }
    }

    #[cold]
    fn lacks(this: Gc<Native<Property>>, vm: &Vm, instance: Value, what: &str) -> Raised {
        let message = || -> PyResult<String> {
            let owner = vm.repr_text(vm.type_of(instance).qualname.get().value())?;
            Ok(match Property::known_name(this, vm)? {
                Some(name) => format!("property {} of {owner} object has no {what}", vm.repr_text(name)?),
                None => format!("property of {owner} object has no {what}"),
            })
        };
        match message() {
            Ok(text) => vm.attribute_error(text),
            Err(raised) => raised,
        }
    }

    fn copy(
        this: Gc<Native<Property>>,
        vm: &Vm,
        fget: Option<Value>,
        fset: Option<Value>,
        fdel: Option<Value>,
    ) -> PyResult {
        let none = Value::none();
        let pick =
            |new: Option<Value>, old: Option<Value>| new.filter(|v| !v.is_none()).or(old).unwrap_or(none);
        let (fget, fset) = (pick(fget, this.fget.get()), pick(fset, this.fset.get()));
        let fdel = pick(fdel, this.fdel.get());
        let inherited = if this.getter_doc.get() && !fget.is_none() { None } else { this.doc.get() };
        let class = vm.type_of(this.value()).value();
        let copy = vm.call(class, &[fget, fset, fdel, inherited.unwrap_or(none)])?;
        if let Some(copy) = copy.downcast::<Native<Property>>() {
            copy.name.set(this.name.get());
        }
        Ok(copy)
    }
}

impl Vm {
    /// Whether `function.__isabstractmethod__` is true.
    pub fn is_abstract_method(&self, function: Value) -> PyResult<bool> {
        match self.getattr_opt(function, self.names.__isabstractmethod__)? {
            Some(flag) => self.truthy(flag),
            None => Ok(false),
        }
    }
}
