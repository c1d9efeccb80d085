//! Attribute access: method cache, descriptors, instance attributes, and the generic get, set and delete.
//!
//! Inline caches in the interpreter are filled from the same lookups ([`Vm::find_attr`]).

use super::Vm;
use super::special::Special;
use super::{METHOD_CACHE, MethodCacheEntry};
use crate::native::args::{class_name, type_name};
use crate::native::{Args, FnKind};
use crate::object::classmethod::ClassMethod;
use crate::object::dict::Dict;
use crate::object::function::{BoundMethod, Function, NativeFunction, NativeTarget};
use crate::object::header::{Gc, Header, Kind};
use crate::object::instance::Instance;
use crate::object::module::Module;
use crate::object::native::Native;
use crate::object::property::Property;
use crate::object::shape::{Shape, ShapeId, shape_id};
use crate::object::staticmethod::StaticMethod;
use crate::object::str::Str;
use crate::object::typeobj::{Type, type_flag};
use crate::value::{PyResult, Raised, Value};
use crate::vm::planted::{Bug, planted};

/// Where an attribute was found.
pub enum Found {
    /// In the instance: the value.
    Instance(Value),
    /// A non-data descriptor or plain value on the class: the raw attribute.
    Class(Value),
    /// A data descriptor on the class: the raw attribute.
    DataDescriptor(Value),
    Absent,
}

impl Vm {
    /// Shape id of any value.
    #[inline(always)]
    pub fn shape_of(&self, v: Value) -> ShapeId {
        match v.header() {
            Some(h) => h.shape(),
            None if v.is_small_int() => shape_id::INT,
            None => shape_id::FLOAT,
        }
    }

    /// The shape with this id.
    #[inline]
    pub fn shape(&self, id: ShapeId) -> Gc<Shape> {
        self.heap.shapes.get(id).expect("the shape of a live object is in the table")
    }

    /// The shape with an id that was valid once.
    pub fn find_shape(&self, id: ShapeId) -> Option<Gc<Shape>> {
        self.heap.shapes.get(id)
    }

    /// The class of any value.
    #[inline]
    pub fn type_of(&self, v: Value) -> Gc<Type> {
        self.shape(self.shape_of(v)).class.get()
    }

    /// Class attribute `name` (interned) along the MRO, through the method cache.
    #[inline]
    pub fn lookup(&self, ty: Gc<Type>, name: Gc<Str>) -> Option<Value> {
        let version = ty.version.get();
        if version == 0 || !name.is_interned() {
            return ty.lookup_uncached(name);
        }
        let address = name.as_ptr() as usize;
        let slot = (version as usize).wrapping_mul(0x9E37_79B1) ^ (address >> 4);
        let entry = &self.method_cache[slot % METHOD_CACHE];
        let cached = entry.get();
        if cached.version == version && cached.name == address {
            return cached.found;
        }
        self.lookup_into(entry, ty, name)
    }

    #[cold]
    #[inline(never)]
    fn lookup_into(
        &self,
        entry: &std::cell::Cell<MethodCacheEntry>,
        ty: Gc<Type>,
        name: Gc<Str>,
    ) -> Option<Value> {
        let found = ty.lookup_uncached(name);
        if self.is_class_variable(ty, name) {
            return found;
        }
        entry.set(MethodCacheEntry { version: ty.version.get(), name: name.as_ptr() as usize, found });
        found
    }

    /// Raw special method of a class.
    #[inline]
    pub fn special(&self, ty: Gc<Type>, special: Special) -> Option<Value> {
        match ty.cached_special(special as usize) {
            Some(known) => known,
            None => self.special_uncached(ty, special),
        }
    }

    #[cold]
    #[inline(never)]
    fn special_uncached(&self, ty: Gc<Type>, special: Special) -> Option<Value> {
        let found = ty.lookup_uncached(self.special_name(special));
        ty.cache_special(&self.heap, special as usize, Special::COUNT, found);
        found
    }

    /// Special method of a value's class, raw.
    #[inline]
    pub fn special_of(&self, v: Value, special: Special) -> Option<Value> {
        self.special(self.type_of(v), special)
    }

    /// Whether a class attribute with `__get__` is found on it.
    fn get_method(&self, attr: Value) -> Option<Value> {
        self.special_of(attr, Special::Get)
    }

    /// Whether a class attribute is a data descriptor.
    pub fn is_data_descriptor(&self, attr: Value) -> bool {
        match attr.header().map(Header::shape) {
            Some(shape_id::GETSET_DESCRIPTOR | shape_id::MEMBER_DESCRIPTOR | shape_id::PROPERTY) => true,
            Some(
                shape_id::FUNCTION
                | shape_id::STATICMETHOD
                | shape_id::CLASSMETHOD
                | shape_id::METHOD_DESCRIPTOR
                | shape_id::WRAPPER_DESCRIPTOR
                | shape_id::CLASSMETHOD_DESCRIPTOR
                | shape_id::BUILTIN_FUNCTION,
            )
            | None => false,
            Some(_) => {
                let ty = self.type_of(attr);
                self.special(ty, Special::Set).is_some() || self.special(ty, Special::Delete).is_some()
            }
        }
    }

    /// Binds a raw class attribute as attribute access through `receiver` (or its class alone) does.
    pub fn bind_attr(&self, attr: Value, receiver: Option<Value>, owner: Gc<Type>) -> PyResult {
        let heap = &self.heap;
        match attr.header().map(Header::shape) {
            None => return Ok(attr),
            Some(shape_id::FUNCTION) => {
                return Ok(receiver.map_or(attr, |r| BoundMethod::new(heap, attr, r).value()));
            }
            Some(shape_id::METHOD_DESCRIPTOR | shape_id::WRAPPER_DESCRIPTOR) => {
                let native: Gc<NativeFunction> = attr.downcast().expect("the shape names the kind");
                let Some(r) = receiver else { return Ok(attr) };
                self.check_receiver(native, r)?;
                return Ok(native.bind(heap, r).value());
            }
            Some(shape_id::CLASSMETHOD_DESCRIPTOR) => {
                let native: Gc<NativeFunction> = attr.downcast().expect("the shape names the kind");
                return Ok(native.bind(heap, owner.value()).value());
            }
            Some(shape_id::GETSET_DESCRIPTOR | shape_id::MEMBER_DESCRIPTOR) => {
                let Some(r) = receiver else { return Ok(attr) };
                return self.get_native_attr(attr, r);
            }
            Some(shape_id::BUILTIN_FUNCTION | shape_id::STR) => return Ok(attr),
            Some(shape_id::PROPERTY) => {
                let Some(r) = receiver else { return Ok(attr) };
                return Property::read(attr.downcast().expect("the shape names the kind"), self, r);
            }
            Some(shape_id::STATICMETHOD) => {
                let method: Gc<Native<StaticMethod>> = attr.downcast().expect("the shape names the kind");
                return Ok(method.function.get());
            }
            Some(shape_id::CLASSMETHOD) => {
                let method: Gc<Native<ClassMethod>> = attr.downcast().expect("the shape names the kind");
                return Ok(BoundMethod::new(heap, method.function.get(), owner.value()).value());
            }
            Some(_) => {}
        }
        match self.get_method(attr) {
            None => Ok(attr),
            Some(get) => self.call_method_raw(get, attr, &[receiver.unwrap_or(Value::none()), owner.value()]),
        }
    }

    /// TypeError unless a native method's descriptor may be applied to `receiver`.
    pub fn check_receiver(&self, native: Gc<NativeFunction>, receiver: Value) -> PyResult<()> {
        match native.owner {
            Some(owner) if !self.type_of(receiver).is_subtype(owner) => Err(self.type_error(format!(
                "descriptor '{}' for '{}' objects doesn't apply to a '{}' object",
                native.name.to_string_lossy(),
                class_name(owner),
                type_name(self, receiver)
            ))),
            _ => Ok(()),
        }
    }

    /// Reads a getset or member descriptor.
    pub fn get_native_attr(&self, attr: Value, receiver: Value) -> PyResult {
        let native: Gc<NativeFunction> = attr.downcast().expect("the caller checked the shape");
        self.check_receiver(native, receiver)?;
        match native.target {
            NativeTarget::GetSet(def) => (def.get)(self, receiver),
            NativeTarget::Member { index, from_end } => {
                match self.member_word(receiver, index, from_end).get() {
                    Some(v) => Ok(v),
                    None => Err(self.empty_slot(receiver, native.name)),
                }
            }
            NativeTarget::Function(_) => Ok(attr),
        }
    }

    fn member_word(&self, receiver: Value, index: usize, from_end: bool) -> &std::cell::Cell<Option<Value>> {
        let header = receiver.header().expect("instances with slots live on the heap");
        if from_end {
            // SAFETY: the class that defined the slot, of which this is an instance, has the word.
            unsafe { header.trailing_word(index) }
        } else {
            let instance: Gc<Instance> =
                receiver.downcast().expect("the slot's class has the instance layout");
            &instance.as_ref().words()[index]
        }
    }

    /// Writes or deletes (`None`) a getset or member descriptor.
    pub fn set_native_attr(&self, attr: Value, receiver: Value, value: Option<Value>) -> PyResult<()> {
        let native: Gc<NativeFunction> = attr.downcast().expect("the caller checked the shape");
        self.check_receiver(native, receiver)?;
        match native.target {
            NativeTarget::GetSet(def) => match def.set {
                Some(set) => set(self, receiver, value),
                None if native.header().shape() == shape_id::MEMBER_DESCRIPTOR => {
                    Err(self.attribute_error("readonly attribute"))
                }
                None => Err(self.attribute_error_on(
                    format!(
                        "attribute '{}' of '{}' objects is not writable",
                        native.name.to_string_lossy(),
                        native.owner.map_or_else(String::new, class_name)
                    ),
                    receiver,
                    native.name,
                )),
            },
            NativeTarget::Member { index, from_end } => {
                // Structure sequences are the only static classes with members of a tuple's layout.
                if native.owner.is_some_and(|o| o.kind == Kind::Tuple && !o.has(type_flag::HEAP)) {
                    return Err(self.attribute_error("readonly attribute"));
                }
                let word = self.member_word(receiver, index, from_end);
                if value.is_none() && word.get().is_none() {
                    return Err(self.attribute_error(native.name.to_string_lossy()));
                }
                word.set(value);
                if let (Some(v), Some(h)) = (value, receiver.header()) {
                    self.heap.barrier(h, v);
                }
                Ok(())
            }
            NativeTarget::Function(_) => Ok(()),
        }
    }

    /// The instance's own attribute `name` (interned).
    #[inline]
    pub fn own_attr(&self, v: Value, name: Gc<Str>) -> Option<Value> {
        let header = v.header()?;
        if header.kind() == Kind::Instance {
            let shape = self.shape(header.shape());
            let instance: Gc<Instance> = v.downcast()?;
            if shape.dict_mode {
                return instance.dict()?.get_str(name);
            }
            return instance.get(&shape, name);
        }
        self.existing_dict(v)?.get_str(name)
    }

    /// The attribute dictionary of `v` if it exists as a dict object already.
    pub fn existing_dict(&self, v: Value) -> Option<Gc<Dict>> {
        let header = v.header()?;
        match header.kind() {
            Kind::Instance => {
                v.downcast::<Instance>().filter(|_| self.shape(header.shape()).dict_mode)?.dict()
            }
            Kind::Module => Some(v.downcast::<Module>()?.dict.get()),
            Kind::Type => Some(v.downcast::<Type>()?.dict.get()),
            Kind::Function => v.downcast::<Function>()?.dict.get(),
            _ => {
                let ty = self.shape(header.shape()).class.get();
                if !ty.has(type_flag::HAS_DICT) || ty.ext_words.get() == 0 {
                    return None;
                }
                // SAFETY: instances of a class with extension words have the dictionary word.
                unsafe { crate::object::ext_dict(header) }.get()?.downcast()
            }
        }
    }

    /// The attribute dictionary of `v`, made if need be; `None` when its class has none.
    pub fn instance_dict(&self, v: Value) -> Option<Gc<Dict>> {
        if let Some(dict) = self.existing_dict(v) {
            return Some(dict);
        }
        let header = v.header()?;
        let heap = &self.heap;
        let ty = self.shape(header.shape()).class.get();
        match header.kind() {
            Kind::Instance => {
                let dict_shape = ty.dict_shape.get()?;
                let instance: Gc<Instance> = v.downcast()?;
                let shape = self.shape(header.shape());
                self.leave_shape(shape);
                Some(instance.enter_dict_mode(heap, &shape, &dict_shape))
            }
            Kind::Function => {
                let dict = Dict::new(heap);
                v.downcast::<Function>()?.dict.set(Some(dict));
                heap.barrier(header, dict.value());
                Some(dict)
            }
            Kind::Module | Kind::Type => None,
            _ if ty.has(type_flag::HAS_DICT) && ty.ext_words.get() > 0 => {
                let dict = Dict::new(heap);
                // SAFETY: as in `existing_dict`.
                unsafe { crate::object::ext_dict(header) }.set(Some(dict.value()));
                heap.barrier(header, dict.value());
                Some(dict)
            }
            _ => None,
        }
    }

    /// Replaces the attribute dictionary (`obj.__dict__ = d`).
    pub fn replace_instance_dict(&self, v: Value, dict: Gc<Dict>) -> bool {
        if self.instance_dict(v).is_none() {
            return false;
        }
        let heap = &self.heap;
        let header = v.header().expect("an object with a dict lives on the heap");
        match header.kind() {
            Kind::Instance => v.downcast::<Instance>().expect("kind").set_dict(heap, dict),
            Kind::Module | Kind::Type => return false,
            Kind::Function => {
                v.downcast::<Function>().expect("kind").dict.set(Some(dict));
                heap.barrier(header, dict.value());
            }
            _ => {
                // SAFETY: `instance_dict` found the word.
                unsafe { crate::object::ext_dict(header) }.set(Some(dict.value()));
                heap.barrier(header, dict.value());
            }
        }
        true
    }

    /// Generic lookup order: data descriptor, instance, class.
    pub fn find_attr(&self, v: Value, ty: Gc<Type>, name: Gc<Str>) -> Found {
        let on_class = self.lookup(ty, name);
        if let Some(attr) = on_class
            && self.is_data_descriptor(attr)
            && !(planted(Bug::InstanceFirst) && self.own_attr(v, name).is_some())
        {
            return Found::DataDescriptor(attr);
        }
        if let Some(own) = self.own_attr(v, name) {
            return Found::Instance(own);
        }
        on_class.map_or(Found::Absent, Found::Class)
    }

    /// `object.__getattribute__`; `None` instead of AttributeError when nothing is found.
    pub fn generic_getattr(&self, v: Value, name: Gc<Str>) -> PyResult<Option<Value>> {
        let ty = self.type_of(v);
        match self.find_attr(v, ty, name) {
            Found::Instance(own) => Ok(Some(own)),
            Found::Class(attr) | Found::DataDescriptor(attr) => self.bind_attr(attr, Some(v), ty).map(Some),
            Found::Absent => Ok(None),
        }
    }

    /// `type.__getattribute__`: attributes of a class object.
    pub fn type_getattr(&self, cls: Gc<Type>, name: Gc<Str>) -> PyResult<Option<Value>> {
        let meta = self.type_of(cls.value());
        let on_meta = self.lookup(meta, name);
        if let Some(attr) = on_meta
            && self.is_data_descriptor(attr)
        {
            return self.bind_attr(attr, Some(cls.value()), meta).map(Some);
        }
        if let Some(attr) = self.lookup(cls, name) {
            return self.bind_attr(attr, None, cls).map(Some);
        }
        match on_meta {
            Some(attr) => self.bind_attr(attr, Some(cls.value()), meta).map(Some),
            None => Ok(None),
        }
    }

    /// `getattr(v, name)`; `None` when the attribute does not exist (AttributeError swallowed).
    pub fn getattr_opt(&self, v: Value, name: Gc<Str>) -> PyResult<Option<Value>> {
        // An absent attribute costs no exception unless a hook has to be asked.
        let result = match self.has_getattr_hook(v) {
            true => self.getattr(v, name).map(Some),
            false => self.native_getattr(v, name).unwrap_or_else(|| self.getattr(v, name).map(Some)),
        };
        match result {
            Ok(found) => Ok(found),
            // A descriptor may raise it too.
            Err(Raised) => self.catch(self.exceptions.attribute_error).map(|_| None),
        }
    }

    fn has_getattr_hook(&self, v: Value) -> bool {
        self.special_of(v, Special::GetAttr).is_some()
    }

    /// Attribute access when the class does not override `__getattribute__` in Python; `None` when it does.
    fn native_getattr(&self, v: Value, name: Gc<Str>) -> Option<PyResult<Option<Value>>> {
        let ty = self.type_of(v);
        let hook = self.special(ty, Special::GetAttribute)?;
        if hook == self.special(self.types.object, Special::GetAttribute)? {
            return Some(self.generic_getattr(v, name));
        }
        if let Some(module) = v.downcast::<Module>()
            && hook == self.special(self.types.module, Special::GetAttribute)?
        {
            return Some(self.module_getattr(module, name));
        }
        if let Some(cls) = v.downcast::<Type>()
            && hook == self.special(self.types.type_, Special::GetAttribute)?
        {
            return Some(self.type_getattr(cls, name));
        }
        None
    }

    /// `getattr(v, name)`, `name` interned.
    pub fn getattr(&self, v: Value, name: Gc<Str>) -> PyResult {
        let ty = self.type_of(v);
        let result = match self.native_getattr(v, name) {
            Some(Ok(Some(found))) => return Ok(found),
            Some(Ok(None)) => Err(self.no_attribute(v, name)),
            Some(Err(raised)) => Err(raised),
            None => {
                let hook = self.special(ty, Special::GetAttribute);
                self.call_special_raw(hook.expect("object has __getattribute__"), v, &[name.value()])
            }
        };
        match result {
            Err(Raised) => match self.special(ty, Special::GetAttr) {
                None => Err(Raised),
                Some(hook) => {
                    self.catch(self.exceptions.attribute_error)?;
                    self.call_special_raw(hook, v, &[name.value()])
                }
            },
            found => found,
        }
    }

    /// `getattr(v, "name")` for a name known to Rust code.
    pub fn getattr_str(&self, v: Value, name: &str) -> PyResult {
        self.getattr(v, self.intern(name))
    }

    /// `setattr(v, name, value)`, or `delattr` for `None`.
    pub fn setattr(&self, v: Value, name: Gc<Str>, value: Option<Value>) -> PyResult<()> {
        let ty = self.type_of(v);
        let special = if value.is_some() { Special::SetAttr } else { Special::DelAttr };
        let hook = self.special(ty, special);
        if hook == self.special(self.types.object, special) {
            return self.generic_setattr(v, name, value);
        }
        let hook = hook.expect("object has __setattr__ and __delattr__");
        match value {
            Some(value) => self.call_special_raw(hook, v, &[name.value(), value]).map(drop),
            None => self.call_special_raw(hook, v, &[name.value()]).map(drop),
        }
    }

    /// `object.__setattr__` / `__delattr__`.
    pub fn generic_setattr(&self, v: Value, name: Gc<Str>, value: Option<Value>) -> PyResult<()> {
        let ty = self.type_of(v);
        let on_class = self.lookup(ty, name);
        if let Some(attr) = on_class {
            match attr.header().map(Header::shape) {
                Some(shape_id::GETSET_DESCRIPTOR | shape_id::MEMBER_DESCRIPTOR) => {
                    return self.set_native_attr(attr, v, value);
                }
                Some(shape_id::FUNCTION) | None => {}
                Some(_) => {
                    let special = if value.is_some() { Special::Set } else { Special::Delete };
                    if let Some(set) = self.special_of(attr, special) {
                        return match value {
                            Some(value) => self.call_special_raw(set, attr, &[v, value]).map(drop),
                            None => self.call_special_raw(set, attr, &[v]).map(drop),
                        };
                    }
                    if self.is_data_descriptor(attr) {
                        let what = if value.is_some() { "__set__" } else { "__delete__" };
                        return Err(self.attribute_error(what));
                    }
                }
            }
        }
        match value {
            Some(value) => self.set_own_attr(v, ty, name, value, on_class.is_some()),
            None => self.delete_own_attr(v, ty, name, on_class.is_some()),
        }
    }

    /// Enters an attribute (its name interned) into an instance's dict, or where it keeps attributes instead of one,
    /// without looking at its class.
    pub fn set_instance_attribute(
        &self,
        v: Value,
        ty: Gc<Type>,
        name: Gc<Str>,
        value: Value,
    ) -> PyResult<()> {
        self.set_own_attr(v, ty, name, value, false)
    }

    fn set_own_attr(
        &self,
        v: Value,
        ty: Gc<Type>,
        name: Gc<Str>,
        value: Value,
        on_class: bool,
    ) -> PyResult<()> {
        let heap = &self.heap;
        if let Some(instance) = v.downcast::<Instance>() {
            let shape = self.shape(instance.header().shape());
            if ty.has(type_flag::HAS_DICT) && !shape.dict_mode {
                if let Some(index) = shape.find(name) {
                    instance.write(heap, Instance::location(&shape, index), value);
                    return Ok(());
                }
                if let Some(next) = Shape::with_attribute(shape, heap, self.heap.intern(name)) {
                    instance.write(heap, Instance::location(&next, next.count as usize - 1), value);
                    self.leave_shape(shape);
                    instance.header().set_shape(next.id);
                    Type::note_attribute_count(ty, heap, next.count);
                    return Ok(());
                }
            }
        }
        match self.instance_dict(v) {
            Some(dict) => {
                dict.insert_str(heap, name, value);
                Ok(())
            }
            None if on_class => Err(self.attribute_error_on(
                format!("'{}' object attribute '{}' is read-only", ty.name(), name.to_string_lossy()),
                v,
                name,
            )),
            None => Err(self.attribute_error_on(
                format!(
                    "'{}' object has no attribute '{}' and no __dict__ for setting new attributes",
                    ty.name(),
                    name.to_string_lossy()
                ),
                v,
                name,
            )),
        }
    }

    fn delete_own_attr(&self, v: Value, ty: Gc<Type>, name: Gc<Str>, on_class: bool) -> PyResult<()> {
        if !ty.has(type_flag::HAS_DICT) && !v.is::<Module>() {
            let (ty, name_text) = (ty.name(), name.to_string_lossy());
            let message = if on_class {
                format!("'{ty}' object attribute '{name_text}' is read-only")
            } else {
                format!(
                    "'{ty}' object has no attribute '{name_text}' and no __dict__ for setting new attributes"
                )
            };
            return Err(self.attribute_error_on(message, v, name));
        }
        if self.own_attr(v, name).is_none() {
            if v.is::<Module>() {
                let message = format!("'{}' object has no attribute '{}'", ty.name(), name.to_string_lossy());
                return Err(self.attribute_error_on(message, v, name));
            }
            return Err(self.no_attribute(v, name));
        }
        if let Some(instance) = v.downcast::<Instance>() {
            let shape = self.shape(instance.header().shape());
            // Deleting the last attribute goes back to the parent shape.
            if !shape.dict_mode
                && shape.find(name) == Some(shape.count as usize - 1)
                && let Some(parent) = shape.parent()
            {
                if let crate::object::instance::Location::Inline(i) =
                    Instance::location(&shape, shape.count as usize - 1)
                {
                    instance.as_ref().words()[i].set(None);
                }
                self.leave_shape(shape);
                instance.header().set_shape(parent.id);
                return Ok(());
            }
        }
        match self.instance_dict(v) {
            Some(dict) => {
                dict.remove_str(name);
                Ok(())
            }
            None => Err(self.attribute_error_on(
                format!("'{}' object attribute '{}' is read-only", ty.name(), name.to_string_lossy()),
                v,
                name,
            )),
        }
    }

    /// Raises the AttributeError of a slot that holds nothing: it names the class in full.
    #[cold]
    fn empty_slot(&self, v: Value, name: Gc<Str>) -> Raised {
        let ty = self.type_of(v).message_name();
        self.attribute_error_on(
            format!("'{ty}' object has no attribute '{}'", name.to_string_lossy()),
            v,
            name,
        )
    }

    /// Raises the AttributeError for a missing attribute.
    #[cold]
    pub fn no_attribute(&self, v: Value, name: Gc<Str>) -> Raised {
        if let Some(module) = v.downcast::<Module>() {
            return self.no_module_attribute(module, name);
        }
        let name_text = name.to_string_lossy();
        let message = if let Some(cls) = v.downcast::<Type>() {
            format!("type object '{}' has no attribute '{name_text}'", cls.name())
        } else {
            format!("'{}' object has no attribute '{name_text}'", self.type_of(v).name())
        };
        self.attribute_error_on(message, v, name)
    }

    /// Raises an AttributeError that carries `name` and `obj`.
    #[cold]
    pub fn attribute_error_on(&self, message: String, v: Value, name: Gc<Str>) -> Raised {
        let text = self.new_str(&message);
        let e = self.new_exception(self.exceptions.attribute_error, &[text]);
        e.set_member(&self.heap, 0, Some(name.value()));
        e.set_member(&self.heap, 1, Some(v));
        self.raise_value(e.value())
    }

    /// Calls a raw class attribute (a special method) on `receiver`, binding it as needed.
    pub fn call_special_raw(&self, raw: Value, receiver: Value, args: &[Value]) -> PyResult {
        self.call_method_raw(raw, receiver, args)
    }

    /// Calls raw class attribute `raw` with `receiver` in front of `args`.
    pub fn call_method_raw(&self, raw: Value, receiver: Value, args: &[Value]) -> PyResult {
        match raw.header().map(Header::shape) {
            Some(shape_id::FUNCTION) => self.call_prepended(raw, receiver, args),
            Some(shape_id::METHOD_DESCRIPTOR | shape_id::WRAPPER_DESCRIPTOR) => {
                // A method of the receiver's very class: the receiver needs no check.
                if let Some(native) = raw.downcast::<NativeFunction>()
                    && native.owner == Some(self.type_of(receiver))
                    && let Some(def) = native.def()
                {
                    match *args {
                        [] => return def.call(self, Args::positional(&[receiver])),
                        [a] => return def.call(self, Args::positional(&[receiver, a])),
                        [a, b] => return def.call(self, Args::positional(&[receiver, a, b])),
                        _ => {}
                    }
                }
                self.call_prepended(raw, receiver, args)
            }
            _ => {
                let bound = self.bind_attr(raw, Some(receiver), self.type_of(receiver))?;
                self.call(bound, args)
            }
        }
    }

    /// Calls special method `special` of `v`; `None` when its class has none.
    pub fn call_special(&self, v: Value, special: Special, args: &[Value]) -> PyResult<Option<Value>> {
        match self.special_of(v, special) {
            None => Ok(None),
            Some(raw) => self.call_method_raw(raw, v, args).map(Some),
        }
    }

    /// `v.name(*args)`.
    pub fn call_method(&self, v: Value, name: &str, args: &[Value]) -> PyResult {
        let method = self.getattr_str(v, name)?;
        self.call(method, args)
    }
}

const _: () = assert!(FnKind::Function as u8 == 0);
