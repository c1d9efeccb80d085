//! `object`: the root of all classes, and `__class__` assignment.
//!
//! Pickling support (`__reduce_ex__`, `__getstate__`) is in [`super::reduce`].

use super::header::Gc;
use super::instance::Instance;
use super::module::Module;
use super::shape::Shape;
use super::str::Str;
use super::typeobj::{Type, type_flag};
use crate::heap::GcVec;
use crate::native::Args;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::compare::identity_hash;
use crate::vm::special::Special;
use adder_macros::pymethods;

/// Stands for the class `object`, whose instances have no layout of their own.
pub struct Object;

/// The base class of the class hierarchy.
///
/// When called, it accepts no arguments and returns a new featureless
/// instance that has no instance attributes and cannot be given any.
#[pymethods(name = "object", kind = Instance, def = TYPE_DEF, subclassable)]
impl Object {
    /// Create and return a new object.  See help(type) for accurate signature.
    #[pynew(sig = "()")]
    fn new(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        if !args.all_values().is_empty() {
            let name = cls.name();
            if vm.special(cls, Special::New) != vm.special(vm.types.object, Special::New) {
                return Err(
                    vm.type_error("object.__new__() takes exactly one argument (the type to instantiate)")
                );
            }
            if vm.special(cls, Special::Init) == vm.special(vm.types.object, Special::Init) {
                return Err(vm.type_error(format!("{name}() takes no arguments")));
            }
        }
        if cls.has(type_flag::ABSTRACT) {
            return Err(vm.abstract_instance(cls));
        }
        Ok(vm.new_instance(cls))
    }

    #[pymethod(name = "__init__")]
    fn init(this: Value, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        if args.all_values().is_empty() {
            return Ok(());
        }
        let (ty, object) = (vm.type_of(this), vm.types.object);
        let name = ty.name();
        if vm.special(ty, Special::Init) != vm.special(object, Special::Init) {
            return Err(
                vm.type_error("object.__init__() takes exactly one argument (the instance to initialize)")
            );
        }
        if vm.special(ty, Special::New) == vm.special(object, Special::New) {
            return Err(vm.type_error(format!(
                "{name}.__init__() takes exactly one argument (the instance to initialize)"
            )));
        }
        Ok(())
    }

    #[pymethod(name = "__getattribute__")]
    fn getattribute(this: Value, vm: &Vm, name: Value) -> PyResult {
        let name = vm.attribute_name(name)?;
        match vm.generic_getattr(this, name)? {
            Some(found) => Ok(found),
            None => Err(vm.no_attribute(this, name)),
        }
    }

    #[pymethod(name = "__setattr__")]
    fn setattr(this: Value, vm: &Vm, name: Value, value: Value) -> PyResult<()> {
        if this.is::<Type>() {
            let name = vm.type_of(this).name();
            return Err(vm.type_error(format!("can't apply this __setattr__ to {name} object")));
        }
        let name = vm.attribute_name(name)?;
        vm.generic_setattr(this, name, Some(value))
    }

    #[pymethod(name = "__delattr__")]
    fn delattr(this: Value, vm: &Vm, name: Value) -> PyResult<()> {
        if this.is::<Type>() {
            let name = vm.type_of(this).name();
            return Err(vm.type_error(format!("can't apply this __delattr__ to {name} object")));
        }
        let name = vm.attribute_name(name)?;
        vm.generic_setattr(this, name, None)
    }

    #[pymethod(name = "__repr__")]
    fn repr(this: Value, vm: &Vm) -> PyResult<String> {
        Ok(format!("<{} object at {:#x}>", vm.full_type_name(vm.type_of(this))?, this.bits()))
    }

    #[pymethod(name = "__str__")]
    fn str(this: Value, vm: &Vm) -> PyResult<Gc<Str>> {
        vm.repr(this)
    }

    #[pymethod(name = "__hash__")]
    fn hash(this: Value, _vm: &Vm) -> i64 {
        identity_hash(this)
    }

    #[pymethod(name = "__eq__")]
    fn eq(this: Value, _vm: &Vm, other: Value) -> Value {
        if this.is_same(other) { Value::bool(true) } else { Value::not_implemented() }
    }

    #[pymethod(name = "__ne__")]
    fn ne(this: Value, vm: &Vm, other: Value) -> PyResult {
        let Some(eq) = vm.special_of(this, Special::Eq) else { return Ok(Value::not_implemented()) };
        let result = vm.call_method_raw(eq, this, &[other])?;
        if result.is_not_implemented() {
            return Ok(result);
        }
        Ok(Value::bool(!vm.truthy(result)?))
    }

    #[pymethod(name = "__lt__")]
    fn lt(_this: Value, _vm: &Vm, _other: Value) -> Value {
        Value::not_implemented()
    }

    #[pymethod(name = "__le__")]
    fn le(_this: Value, _vm: &Vm, _other: Value) -> Value {
        Value::not_implemented()
    }

    #[pymethod(name = "__gt__")]
    fn gt(_this: Value, _vm: &Vm, _other: Value) -> Value {
        Value::not_implemented()
    }

    #[pymethod(name = "__ge__")]
    fn ge(_this: Value, _vm: &Vm, _other: Value) -> Value {
        Value::not_implemented()
    }

    /// Default object formatter.
    ///
    /// Return str(self) if format_spec is empty. Raise TypeError otherwise.
    #[pymethod(name = "__format__", sig = "(format_spec, /)")]
    fn format(this: Value, vm: &Vm, spec: Gc<Str>) -> PyResult<Gc<Str>> {
        if !spec.is_empty() {
            let name = vm.type_of(this).name();
            return Err(vm.type_error(format!("unsupported format string passed to {name}.__format__")));
        }
        vm.str_of(this)
    }

    /// Default dir() implementation.
    #[pymethod(name = "__dir__")]
    fn dir(this: Value, vm: &Vm) -> PyResult {
        let names = vm.new_dict();
        if let Some(dict) = vm.getattr_opt(this, vm.names.__dict__)? {
            match dict.downcast::<super::dict::Dict>() {
                Some(dict) => vm.merge_names(names, dict),
                None if dict.is_none() => {}
                None => vm.for_each(dict, |key| names.insert(vm, key, Value::none()))?,
            }
        }
        if let Some(class) = vm.getattr_opt(this, vm.names.__class__)? {
            vm.merge_class_names(names, class)?;
        }
        Ok(vm.keys_as_list(names))
    }

    /// Size of object in memory, in bytes.
    #[pymethod(name = "__sizeof__")]
    fn sizeof(this: Value, _vm: &Vm) -> i64 {
        this.header().map_or(24, |h| h.byte_size() as i64)
    }

    /// Helper for pickle.
    #[pymethod(name = "__reduce__")]
    fn reduce(this: Value, vm: &Vm) -> PyResult {
        vm.common_reduce(this, 0)
    }

    /// Helper for pickle.
    #[pymethod(name = "__reduce_ex__", sig = "(protocol, /)")]
    fn reduce_ex(this: Value, vm: &Vm, protocol: i32) -> PyResult {
        if let Some(reduce) = vm.getattr_opt(this, vm.names.__reduce__)? {
            let ty = vm.type_of(this);
            let own = vm.lookup(ty, vm.names.__reduce__);
            if own != vm.lookup(vm.types.object, vm.names.__reduce__) {
                return vm.call(reduce, &[]);
            }
        }
        vm.common_reduce(this, protocol)
    }

    /// Helper for pickle.
    #[pymethod(name = "__getstate__")]
    fn getstate(this: Value, vm: &Vm) -> PyResult {
        vm.default_getstate(this, false)
    }

    /// This method is called when a class is subclassed.
    ///
    /// The default implementation does nothing. It may be
    /// overridden to extend subclasses.
    #[pyclassmethod(name = "__init_subclass__", sig = "()")]
    fn init_subclass(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        let name = cls.name();
        if args.has_keywords() {
            return Err(vm.type_error(format!("{name}.__init_subclass__() takes no keyword arguments")));
        }
        match args.all_values().len() {
            0 => Ok(()),
            n => Err(vm.type_error(format!("{name}.__init_subclass__() takes no arguments ({n} given)"))),
        }
    }

    /// Abstract classes can override this to customize issubclass().
    ///
    /// This is invoked early on by abc.ABCMeta.__subclasscheck__().
    /// It should return True, False or NotImplemented.  If it returns
    /// NotImplemented, the normal algorithm is used.  Otherwise, it
    /// overrides the normal algorithm (and the outcome is cached).
    #[pyclassmethod(name = "__subclasshook__", sig = "(object, /)")]
    fn subclasshook(_cls: Gc<Type>, _vm: &Vm, _object: Value) -> Value {
        Value::not_implemented()
    }

    /// the object's class
    #[pygetset(name = "__class__")]
    fn class(this: Value, vm: &Vm) -> Gc<Type> {
        vm.type_of(this)
    }

    #[pygetset(setter = "__class__")]
    fn set_class(this: Value, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        let Some(value) = value else { return Err(vm.type_error("can't delete __class__ attribute")) };
        match value.downcast::<Type>() {
            Some(class) => vm.assign_class(this, class),
            None => Err(vm.type_error(format!(
                "__class__ must be set to a class, not '{}' object",
                vm.type_of(value).name()
            ))),
        }
    }
}

/// The nearest class along the bases that is not written in Python.
pub fn native_base(cls: Gc<Type>) -> Gc<Type> {
    let mut at = cls;
    while at.has(type_flag::HEAP)
        && let Some(base) = at.base.get()
    {
        at = base;
    }
    at
}

impl Vm {
    /// An attribute name given as an object: an interned string, TypeError for anything but strings.
    pub fn attribute_name(&self, name: Value) -> PyResult<Gc<Str>> {
        match name.downcast::<Str>() {
            Some(s) if self.shape_of(name) == super::shape::shape_id::STR => Ok(self.heap.intern(s)),
            Some(s) => Ok(self.heap.intern(Str::from_units(&self.heap, s.units()))),
            None => Err(self
                .type_error(format!("attribute name must be string, not '{}'", self.type_of(name).name()))),
        }
    }

    /// `module.qualname` of a class as `repr` of its instances shows it, without a module that is `builtins`.
    pub fn full_type_name(&self, ty: Gc<Type>) -> PyResult<String> {
        let module = self.type_module(ty);
        let qualname = ty.qualname.get().to_string_lossy().into_owned();
        Ok(match module.and_then(|m| m.downcast::<Str>()) {
            Some(m) if !m.eq_str("builtins") => format!("{}.{qualname}", m.to_string_lossy()),
            _ => qualname,
        })
    }

    /// The error of instantiating an abstract class.
    #[cold]
    pub fn abstract_instance(&self, cls: Gc<Type>) -> crate::value::Raised {
        let message = || -> PyResult<String> {
            let methods = cls.dict.get().get_str(self.names.__abstractmethods__).unwrap_or(Value::none());
            let mut names = Vec::new();
            for &name in self.collect(methods)?.iter() {
                names.push(format!("'{}'", self.str_text(name)?));
            }
            names.sort();
            let plural = if names.len() > 1 { "s" } else { "" };
            Ok(format!(
                "Can't instantiate abstract class {} without an implementation for abstract method{plural} {}",
                cls.name(),
                names.join(", ")
            ))
        };
        match message() {
            Ok(text) => self.type_error(text),
            Err(raised) => raised,
        }
    }

    /// Adds the keys of `from` to a dict that is used as an ordered set.
    fn merge_names(&self, into: Gc<super::dict::Dict>, from: Gc<super::dict::Dict>) {
        let mut at = 0;
        while let Some((i, key, _)) = from.next_entry(at) {
            at = i + 1;
            if let Some(name) = key.downcast::<Str>() {
                into.insert_str(&self.heap, name, Value::none());
            }
        }
    }

    /// Adds the names of a class and of its bases.
    pub fn merge_class_names(&self, into: Gc<super::dict::Dict>, class: Value) -> PyResult<()> {
        self.check_native_stack("")?;
        if let Some(cls) = class.downcast::<Type>() {
            self.merge_names(into, cls.dict.get());
        } else if let Some(dict) = self.getattr_opt(class, self.names.__dict__)? {
            self.for_each(dict, |key| into.insert(self, key, Value::none()))?;
        }
        let Some(bases) = self.getattr_opt(class, self.names.__bases__)? else { return Ok(()) };
        for &base in self.collect(bases)?.iter() {
            self.merge_class_names(into, base)?;
        }
        Ok(())
    }

    pub fn keys_as_list(&self, dict: Gc<super::dict::Dict>) -> Value {
        let mut names = GcVec::with_capacity(&self.heap, dict.len());
        let mut at = 0;
        while let Some((i, key, _)) = dict.next_entry(at) {
            at = i + 1;
            names.push(&self.heap, key);
        }
        self.list_from(names)
    }

    /// `this.__class__ = to`.
    fn assign_class(&self, this: Value, to: Gc<Type>) -> PyResult<()> {
        let from = self.type_of(this);
        let module = self.types.module;
        let modules = this.is::<Module>() && from.is_subtype(module) && to.is_subtype(module);
        if !(modules || from.has(type_flag::HEAP) && to.has(type_flag::HEAP)) {
            return Err(self.type_error(
                "__class__ assignment only supported for mutable types or ModuleType subclasses",
            ));
        }
        // The dictionary of a module is its own: the word that a subclass has for one is not used.
        let words = |class: Gc<Type>| Some(class.ext_words.get()).filter(|&n| n > 1);
        if !modules && !same_layout(from, to) || modules && words(from) != words(to) {
            return Err(self.type_error(format!(
                "__class__ assignment: '{}' object layout differs from '{}'",
                to.name(),
                from.name()
            )));
        }
        let header = this.header().expect("instances of Python classes live on the heap");
        self.leave_shape(self.shape(header.shape()));
        match this.downcast::<Instance>() {
            Some(instance) => self.move_instance(instance, to),
            None => header.set_shape(to.root_shape().id),
        }
        if let Some(class) = this.downcast::<Type>() {
            // Another metaclass may have another idea of the class's attributes.
            self.type_modified(class);
        }
        Ok(())
    }

    /// Gives an instance the shape of another class of the same layout.
    fn move_instance(&self, instance: Gc<Instance>, to: Gc<Type>) {
        let heap = &self.heap;
        let shape = self.shape(instance.header().shape());
        let Some(dict_shape) = to.dict_shape.get() else {
            return instance.header().set_shape(to.root_shape().id);
        };
        if !shape.dict_mode && shape.inline_capacity == to.root_shape().inline_capacity {
            let names: Vec<Gc<Str>> = shape.with_names(|names| names.to_vec()); // kept alive by the shape
            let mut at = Some(to.root_shape());
            for name in names {
                at = at.and_then(|s| Shape::with_attribute(s, heap, name));
            }
            if let Some(shape) = at {
                return instance.header().set_shape(shape.id);
            }
        }
        if !shape.dict_mode {
            instance.enter_dict_mode(heap, &shape, &dict_shape);
        }
        instance.header().set_shape(dict_shape.id);
    }
}

/// Whether instances of two classes are laid out alike, so that one can become the other.
pub fn same_layout(a: Gc<Type>, b: Gc<Type>) -> bool {
    let both = type_flag::HAS_DICT | type_flag::WEAKREFABLE;
    if a.kind != b.kind
        || a.native.map(std::ptr::from_ref) != b.native.map(std::ptr::from_ref)
        || (a.ext_words.get(), a.slot_words.get()) != (b.ext_words.get(), b.slot_words.get())
        || a.flags.get() & both != b.flags.get() & both
    {
        return false;
    }
    let (a, b) = (layout_owner(a), layout_owner(b));
    a == b || a.base.get() == b.base.get() && slot_names(a) == slot_names(b)
}

/// The nearest class along the bases that adds words to its instances.
fn layout_owner(ty: Gc<Type>) -> Gc<Type> {
    let mut at = ty;
    while let Some(base) = at.base.get()
        && at.has(type_flag::HEAP)
        && (at.ext_words.get(), at.slot_words.get()) == (base.ext_words.get(), base.slot_words.get())
    {
        at = base;
    }
    at
}

/// Names of the slots that a class adds, in the order of their words.
fn slot_names(ty: Gc<Type>) -> Vec<Gc<Str>> {
    use super::function::{NativeFunction, NativeTarget};
    let mut names: Vec<(usize, Gc<Str>)> = ty
        .dict
        .get()
        .iter()
        .filter_map(|(_, v)| v.downcast::<NativeFunction>())
        .filter_map(|m| match m.target {
            NativeTarget::Member { index, .. } if m.owner == Some(ty) => Some((index, m.name)),
            _ => None,
        })
        .collect();
    names.sort_by_key(|(index, _)| *index);
    names.into_iter().map(|(_, name)| name).collect()
}
