//! The Python view of everything native in classes and modules: built-in functions and methods, slot wrappers, getset and
//! member descriptors. One layout, [`NativeFunction`]; the class tells them apart.

use super::function::{NativeFunction, NativeTarget};
use super::header::Gc;
use super::module::Module;
use super::shape::shape_id;
use super::str::Str;
use super::typeobj::Type;
use crate::native::{Args, FnKind};
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::compare::identity_hash;
use adder_macros::pymethods;

type Native = NativeFunction;

/// Function of a module, or method bound to its receiver.
pub struct BuiltinFunction;

#[pymethods(name = "builtin_function_or_method", kind = NativeFunction, def = BUILTIN_FUNCTION_DEF)]
impl BuiltinFunction {
    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<Native>, vm: &Vm) -> String {
        let name = this.name.to_string_lossy();
        match this.python_self(vm).filter(|s| !s.is::<Module>()) {
            None => format!("<built-in function {name}>"),
            Some(object) => format!(
                "<built-in method {name} of {} object at {:#x}>",
                vm.type_of(object).name(),
                object.bits()
            ),
        }
    }

    #[pymethod(name = "__hash__")]
    fn hash(this: Gc<Native>, _vm: &Vm) -> i64 {
        let receiver = this.receiver.map_or(0, identity_hash);
        receiver ^ this.def().map_or(0, |d| d as *const _ as i64 >> 3)
    }

    #[pymethod(name = "__eq__")]
    fn eq(this: Gc<Native>, vm: &Vm, other: Value) -> Value {
        same_bound(vm, this, other).map_or(Value::not_implemented(), Value::bool)
    }

    #[pymethod(name = "__ne__")]
    fn ne(this: Gc<Native>, vm: &Vm, other: Value) -> Value {
        same_bound(vm, this, other).map_or(Value::not_implemented(), |same| Value::bool(!same))
    }

    #[pymethod(name = "__call__")]
    fn call(this: Gc<Native>, vm: &Vm, args: Args<'_>) -> PyResult {
        vm.call_native(this, args)
    }

    #[pymethod(name = "__reduce__")]
    fn reduce(this: Gc<Native>, vm: &Vm) -> PyResult {
        match this.python_self(vm).filter(|s| !s.is::<Module>()) {
            None => Ok(this.name.value()),
            Some(object) => vm.reduce_to_getattr(object, this.name.value()),
        }
    }

    #[pygetset(name = "__module__")]
    fn module(this: Gc<Native>, _vm: &Vm) -> Option<Value> {
        this.module
    }

    #[pygetset(name = "__name__")]
    fn name(this: Gc<Native>, _vm: &Vm) -> Gc<Str> {
        this.name
    }

    #[pygetset(name = "__qualname__")]
    fn qualname(this: Gc<Native>, vm: &Vm) -> String {
        let name = this.name.to_string_lossy();
        match this.python_self(vm).filter(|s| !s.is::<Module>()) {
            None => name.into_owned(),
            Some(object) => {
                let class = object.downcast::<Type>().unwrap_or_else(|| vm.type_of(object));
                format!("{}.{name}", class.qualname.get().to_string_lossy())
            }
        }
    }

    #[pygetset(name = "__self__")]
    fn get_self(this: Gc<Native>, vm: &Vm) -> Option<Value> {
        this.python_self(vm)
    }

    #[pygetset(name = "__doc__")]
    fn doc(this: Gc<Native>, _vm: &Vm) -> Option<&'static str> {
        this.documentation()
    }

    #[pygetset(name = "__text_signature__")]
    fn text_signature(this: Gc<Native>, _vm: &Vm) -> Option<&'static str> {
        this.public_signature()
    }
}

/// Method of a built-in class, unbound.
pub struct MethodDescriptor;

#[pymethods(name = "method_descriptor", kind = NativeFunction, def = METHOD_DESCRIPTOR_DEF)]
impl MethodDescriptor {
    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<Native>, _vm: &Vm) -> String {
        this.shown("method")
    }

    #[pymethod(name = "__call__")]
    fn call(this: Gc<Native>, vm: &Vm, args: Args<'_>) -> PyResult {
        vm.call_native(this, args)
    }

    #[pymethod(name = "__get__")]
    fn get(this: Value, vm: &Vm, instance: Value, owner: Option<Value>) -> PyResult {
        vm.descriptor_get(this, instance, owner)
    }

    #[pymethod(name = "__reduce__")]
    fn reduce(this: Gc<Native>, vm: &Vm) -> PyResult {
        this.reduce_descriptor(vm)
    }

    #[pygetset(name = "__objclass__")]
    fn objclass(this: Gc<Native>, _vm: &Vm) -> Option<Gc<Type>> {
        this.owner
    }

    #[pygetset(name = "__name__")]
    fn name(this: Gc<Native>, _vm: &Vm) -> Gc<Str> {
        this.name
    }

    #[pygetset(name = "__qualname__")]
    fn qualname(this: Gc<Native>, _vm: &Vm) -> String {
        this.owner_qualname()
    }

    #[pygetset(name = "__doc__")]
    fn doc(this: Gc<Native>, _vm: &Vm) -> Option<&'static str> {
        this.documentation()
    }

    #[pygetset(name = "__text_signature__")]
    fn text_signature(this: Gc<Native>, _vm: &Vm) -> Option<&'static str> {
        this.public_signature()
    }
}

/// Class method of a built-in class, unbound.
pub struct ClassMethodDescriptor;

#[pymethods(name = "classmethod_descriptor", kind = NativeFunction, def = CLASSMETHOD_DESCRIPTOR_DEF)]
impl ClassMethodDescriptor {
    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<Native>, _vm: &Vm) -> String {
        this.shown("method")
    }

    #[pymethod(name = "__call__")]
    fn call(this: Gc<Native>, vm: &Vm, args: Args<'_>) -> PyResult {
        vm.call_native(this, args)
    }

    #[pymethod(name = "__get__")]
    fn get(this: Gc<Native>, vm: &Vm, instance: Value, owner: Option<Value>) -> PyResult {
        let class = match owner.filter(|o| !o.is_none()) {
            Some(owner) => owner,
            None if instance.is_none() => return Err(vm.type_error("__get__(None, None) is invalid")),
            None => vm.type_of(instance).value(),
        };
        let (name, expected) = (this.name.to_string_lossy(), this.owner_name());
        let Some(class) = class.downcast::<Type>() else {
            return Err(vm.type_error(format!(
                "descriptor '{name}' for type '{expected}' needs a type, not a '{}' as arg 2",
                vm.type_of(class).name()
            )));
        };
        if this.owner.is_some_and(|o| !class.is_subtype(o)) {
            return Err(vm.type_error(format!(
                "descriptor '{name}' requires a subtype of '{expected}' but received '{}'",
                class.name()
            )));
        }
        Ok(this.bind(&vm.heap, class.value()).value())
    }

    #[pygetset(name = "__objclass__")]
    fn objclass(this: Gc<Native>, _vm: &Vm) -> Option<Gc<Type>> {
        this.owner
    }

    #[pygetset(name = "__name__")]
    fn name(this: Gc<Native>, _vm: &Vm) -> Gc<Str> {
        this.name
    }

    #[pygetset(name = "__qualname__")]
    fn qualname(this: Gc<Native>, _vm: &Vm) -> String {
        this.owner_qualname()
    }

    #[pygetset(name = "__doc__")]
    fn doc(this: Gc<Native>, _vm: &Vm) -> Option<&'static str> {
        this.documentation()
    }

    #[pygetset(name = "__text_signature__")]
    fn text_signature(this: Gc<Native>, _vm: &Vm) -> Option<&'static str> {
        this.public_signature()
    }
}

/// Special method of a built-in class, unbound.
pub struct WrapperDescriptor;

#[pymethods(name = "wrapper_descriptor", kind = NativeFunction, def = WRAPPER_DESCRIPTOR_DEF)]
impl WrapperDescriptor {
    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<Native>, _vm: &Vm) -> String {
        this.shown("slot wrapper")
    }

    #[pymethod(name = "__call__")]
    fn call(this: Gc<Native>, vm: &Vm, args: Args<'_>) -> PyResult {
        vm.call_native(this, args)
    }

    #[pymethod(name = "__get__")]
    fn get(this: Value, vm: &Vm, instance: Value, owner: Option<Value>) -> PyResult {
        vm.descriptor_get(this, instance, owner)
    }

    #[pymethod(name = "__reduce__")]
    fn reduce(this: Gc<Native>, vm: &Vm) -> PyResult {
        this.reduce_descriptor(vm)
    }

    #[pygetset(name = "__objclass__")]
    fn objclass(this: Gc<Native>, _vm: &Vm) -> Option<Gc<Type>> {
        this.owner
    }

    #[pygetset(name = "__name__")]
    fn name(this: Gc<Native>, _vm: &Vm) -> Gc<Str> {
        this.name
    }

    #[pygetset(name = "__qualname__")]
    fn qualname(this: Gc<Native>, _vm: &Vm) -> String {
        this.owner_qualname()
    }

    #[pygetset(name = "__doc__")]
    fn doc(this: Gc<Native>, _vm: &Vm) -> Option<&'static str> {
        this.documentation()
    }

    #[pygetset(name = "__text_signature__")]
    fn text_signature(this: Gc<Native>, _vm: &Vm) -> Option<&'static str> {
        this.public_signature()
    }
}

/// Special method bound to its receiver.
pub struct MethodWrapper;

#[pymethods(name = "method-wrapper", kind = NativeFunction, def = METHOD_WRAPPER_DEF)]
impl MethodWrapper {
    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<Native>, vm: &Vm) -> String {
        let object = this.receiver.unwrap_or(Value::none());
        format!(
            "<method-wrapper '{}' of {} object at {:#x}>",
            this.name.to_string_lossy(),
            vm.type_of(object).name(),
            object.bits()
        )
    }

    #[pymethod(name = "__hash__")]
    fn hash(this: Gc<Native>, _vm: &Vm) -> i64 {
        let receiver = this.receiver.map_or(0, identity_hash);
        receiver ^ this.def().map_or(0, |d| d as *const _ as i64 >> 3)
    }

    #[pymethod(name = "__eq__")]
    fn eq(this: Gc<Native>, vm: &Vm, other: Value) -> Value {
        same_bound(vm, this, other).map_or(Value::not_implemented(), Value::bool)
    }

    #[pymethod(name = "__ne__")]
    fn ne(this: Gc<Native>, vm: &Vm, other: Value) -> Value {
        same_bound(vm, this, other).map_or(Value::not_implemented(), |same| Value::bool(!same))
    }

    #[pymethod(name = "__call__")]
    fn call(this: Gc<Native>, vm: &Vm, args: Args<'_>) -> PyResult {
        vm.call_native(this, args)
    }

    #[pymethod(name = "__reduce__")]
    fn reduce(this: Gc<Native>, vm: &Vm) -> PyResult {
        vm.reduce_to_getattr(this.receiver.unwrap_or(Value::none()), this.name.value())
    }

    #[pygetset(name = "__self__")]
    fn get_self(this: Gc<Native>, _vm: &Vm) -> Option<Value> {
        this.receiver
    }

    #[pygetset(name = "__objclass__")]
    fn objclass(this: Gc<Native>, _vm: &Vm) -> Option<Gc<Type>> {
        this.owner
    }

    #[pygetset(name = "__name__")]
    fn name(this: Gc<Native>, _vm: &Vm) -> Gc<Str> {
        this.name
    }

    #[pygetset(name = "__qualname__")]
    fn qualname(this: Gc<Native>, _vm: &Vm) -> String {
        this.owner_qualname()
    }

    #[pygetset(name = "__doc__")]
    fn doc(this: Gc<Native>, _vm: &Vm) -> Option<&'static str> {
        this.documentation()
    }

    #[pygetset(name = "__text_signature__")]
    fn text_signature(this: Gc<Native>, _vm: &Vm) -> Option<&'static str> {
        this.public_signature()
    }
}

/// Computed attribute.
pub struct GetSetDescriptor;

#[pymethods(name = "getset_descriptor", kind = NativeFunction, def = GETSET_DEF)]
impl GetSetDescriptor {
    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<Native>, _vm: &Vm) -> String {
        this.shown("attribute")
    }

    #[pymethod(name = "__get__")]
    fn get(this: Value, vm: &Vm, instance: Value, owner: Option<Value>) -> PyResult {
        vm.descriptor_get(this, instance, owner)
    }

    #[pymethod(name = "__set__")]
    fn set(this: Value, vm: &Vm, instance: Value, value: Value) -> PyResult<()> {
        vm.set_native_attr(this, instance, Some(value))
    }

    #[pymethod(name = "__delete__")]
    fn delete(this: Value, vm: &Vm, instance: Value) -> PyResult<()> {
        vm.set_native_attr(this, instance, None)
    }

    #[pygetset(name = "__objclass__")]
    fn objclass(this: Gc<Native>, _vm: &Vm) -> Option<Gc<Type>> {
        this.owner
    }

    #[pygetset(name = "__name__")]
    fn name(this: Gc<Native>, _vm: &Vm) -> Gc<Str> {
        this.name
    }

    #[pygetset(name = "__qualname__")]
    fn qualname(this: Gc<Native>, _vm: &Vm) -> String {
        this.owner_qualname()
    }

    #[pygetset(name = "__doc__")]
    fn doc(this: Gc<Native>, _vm: &Vm) -> Option<&'static str> {
        this.documentation()
    }
}

/// Slot of a class with `__slots__`, or a field of a built-in object.
pub struct MemberDescriptor;

#[pymethods(name = "member_descriptor", kind = NativeFunction, def = MEMBER_DEF)]
impl MemberDescriptor {
    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<Native>, _vm: &Vm) -> String {
        this.shown("member")
    }

    #[pymethod(name = "__get__")]
    fn get(this: Value, vm: &Vm, instance: Value, owner: Option<Value>) -> PyResult {
        vm.descriptor_get(this, instance, owner)
    }

    #[pymethod(name = "__set__")]
    fn set(this: Value, vm: &Vm, instance: Value, value: Value) -> PyResult<()> {
        vm.set_native_attr(this, instance, Some(value))
    }

    #[pymethod(name = "__delete__")]
    fn delete(this: Value, vm: &Vm, instance: Value) -> PyResult<()> {
        vm.set_native_attr(this, instance, None)
    }

    #[pymethod(name = "__reduce__")]
    fn reduce(this: Gc<Native>, vm: &Vm) -> PyResult {
        this.reduce_descriptor(vm)
    }

    #[pygetset(name = "__objclass__")]
    fn objclass(this: Gc<Native>, _vm: &Vm) -> Option<Gc<Type>> {
        this.owner
    }

    #[pygetset(name = "__name__")]
    fn name(this: Gc<Native>, _vm: &Vm) -> Gc<Str> {
        this.name
    }

    #[pygetset(name = "__qualname__")]
    fn qualname(this: Gc<Native>, _vm: &Vm) -> String {
        this.owner_qualname()
    }

    #[pygetset(name = "__doc__")]
    fn doc(this: Gc<Native>, vm: &Vm) -> PyResult {
        let Some(owner) = this.owner else { return Ok(Value::none()) };
        // The documentation of a slot is its value when `__slots__` is a mapping.
        let declared = owner.dict.get().get_str(vm.names.__slots__);
        match declared.and_then(|v| v.downcast::<super::dict::Dict>()) {
            Some(texts) if this.def().is_none() => {
                Ok(texts.get(vm, this.name.value())?.unwrap_or(Value::none()))
            }
            _ => Ok(this.documentation().map_or(Value::none(), |d| vm.new_str(d))),
        }
    }
}

impl NativeFunction {
    /// What `__self__` shows: the receiver, the class of a static method, the module of a function.
    fn python_self(&self, vm: &Vm) -> Option<Value> {
        if let Some(receiver) = self.receiver {
            return Some(receiver);
        }
        if let Some(owner) = self.owner {
            return Some(owner.value());
        }
        vm.modules.get_str(self.module?.downcast::<Str>()?)
    }

    fn owner_name(&self) -> String {
        self.owner.map_or_else(|| "?".into(), |o| o.name())
    }

    fn owner_qualname(&self) -> String {
        let name = self.name.to_string_lossy();
        match self.owner {
            Some(owner) => format!("{}.{name}", owner.qualname.get().to_string_lossy()),
            None => name.into_owned(),
        }
    }

    fn shown(&self, what: &str) -> String {
        format!("<{what} '{}' of '{}' objects>", self.name.to_string_lossy(), self.owner_name())
    }

    fn documentation(&self) -> Option<&'static str> {
        match self.target {
            NativeTarget::Function(def) if def.kind == FnKind::New => Some(
                def.doc.unwrap_or("Create and return a new object.  See help(type) for accurate signature."),
            ),
            NativeTarget::Function(def) => def.doc,
            NativeTarget::GetSet(def) => def.doc,
            NativeTarget::Member { .. } => None,
        }
    }

    /// `__text_signature__`; the signature of a constructor is its class's, not its own.
    fn public_signature(&self) -> Option<&'static str> {
        let def = self.def()?;
        if def.kind == FnKind::New { Some("($type, *args, **kwargs)") } else { def.text_signature }
    }

    fn reduce_descriptor(&self, vm: &Vm) -> PyResult {
        let owner = self.owner.map_or(Value::none(), Gc::value);
        vm.reduce_to_getattr(owner, self.name.value())
    }
}

/// Whether two bound natives call one function on one object; `None` if `other` is of another class.
fn same_bound(vm: &Vm, this: Gc<NativeFunction>, other: Value) -> Option<bool> {
    if vm.shape_of(other) != this.header().shape() {
        return None;
    }
    let other: Gc<NativeFunction> = other.downcast()?;
    let (a, b) = (this.def()?, other.def()?);
    let receivers = match (this.receiver, other.receiver) {
        (Some(a), Some(b)) => a.is_same(b),
        (a, b) => a.is_none() && b.is_none(),
    };
    let owners = this.header().shape() != shape_id::METHOD_WRAPPER || this.owner == other.owner;
    Some(receivers && owners && std::ptr::eq(a, b))
}
