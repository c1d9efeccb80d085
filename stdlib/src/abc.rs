//! `_abc`: what `abc.ABCMeta` does for abstract base classes: abstract methods, virtual subclasses, cached checks.
//!
//! Classes are held weakly: registry and caches are keyed by address, and an entry counts only while its weak reference
//! still leads to that class.

use adder_interp::heap::GcVec;
use adder_interp::object::header::{Gc, Trace};
use adder_interp::object::list::List;
use adder_interp::object::native::Native;
use adder_interp::object::set::Set;
use adder_interp::object::shape::shape_id;
use adder_interp::object::typeobj::{Type, type_flag};
use adder_interp::object::weakref::WeakRef;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods, pymodule};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

/// Classes, held weakly.
#[derive(Default)]
pub struct WeakClasses(RefCell<HashMap<usize, Gc<WeakRef>>>);

impl Trace for WeakClasses {
    fn trace(&self, tracer: &mut adder_interp::heap::Tracer<'_>) {
        // SAFETY: the collector runs at allocations, and none happens while the map is borrowed.
        unsafe { &*self.0.as_ptr() }.values().for_each(|w| tracer.visit(w.value()));
    }
}

impl WeakClasses {
    fn contains(&self, class: Value) -> bool {
        let known = self.0.borrow().get(&(class.bits() as usize)).copied();
        known.is_some_and(|w| w.target() == Some(class))
    }
    fn add(&self, vm: &Vm, class: Value) {
        if self.contains(class) {
            return;
        }
        let reference = WeakRef::new(&vm.heap, shape_id::WEAKREF, 0, class, None);
        self.0.borrow_mut().insert(class.bits() as usize, reference);
    }
    fn clear(&self) {
        self.0.borrow_mut().clear();
    }
    /// The live classes.
    fn live(&self, vm: &Vm) -> GcVec {
        let mut out = vm.vec();
        let references: Vec<Gc<WeakRef>> = self.0.borrow().values().copied().collect(); // kept alive by the map
        for class in references.iter().filter_map(|w| w.target()) {
            out.push(&vm.heap, class);
        }
        out
    }
}

/// Internal state held by ABC machinery.
#[derive(Trace, Default)]
pub struct State {
    registry: WeakClasses,
    cache: WeakClasses,
    negative_cache: WeakClasses,
    /// Value of the invalidation counter the negative cache is good for.
    negative_version: Cell<i64>,
}

/// Internal state held by ABC machinery.
#[pyclass(name = "_abc_data", module = "_abc")]
#[derive(Trace)]
pub struct AbcData {
    state: State,
}

#[pymethods]
impl AbcData {}

const COUNTER: &str = "_abc.invalidation_counter";

/// Number of registrations so far: negative answers from before the last one are void.
fn counter(vm: &Vm) -> i64 {
    vm.registry.borrow().get(COUNTER).and_then(|v| v.as_small_int()).unwrap_or(0)
}

/// The set of names of abstract methods, own and inherited ones that were not overridden.
fn compute_abstract_methods(vm: &Vm, class: Value) -> PyResult<()> {
    let names = Set::of_class(&vm.heap, shape_id::FROZENSET, 0);
    let add = |name: Value| names.add(vm, name).map(drop);
    let namespace = vm.getattr(class, vm.names.__dict__)?;
    let items = vm.call_method(namespace, "items", &[])?;
    for &item in vm.collect(items)?.iter() {
        let pair = vm.collect(item)?;
        if let [name, value] = *pair
            && vm.is_abstract_method(value)?
        {
            add(name)?;
        }
    }
    let bases = vm.getattr(class, vm.names.__bases__)?;
    for &base in vm.collect(bases)?.iter() {
        let Some(inherited) = vm.getattr_opt(base, vm.names.__abstractmethods__)? else { continue };
        for &name in vm.collect(inherited)?.iter() {
            let key = vm.attribute_name(name)?;
            if let Some(value) = vm.getattr_opt(class, key)?
                && vm.is_abstract_method(value)?
            {
                add(name)?;
            }
        }
    }
    vm.setattr(class, vm.names.__abstractmethods__, Some(names.value()))
}

const COLLECTION_FLAGS: u32 = type_flag::SEQUENCE | type_flag::MAPPING;

/// `__abc_tpflags__` in a class body says that instances match sequence or mapping patterns.
fn take_collection_flags(vm: &Vm, class: Gc<Type>) -> PyResult<()> {
    const SEQUENCE: i64 = 1 << 5;
    const MAPPING: i64 = 1 << 6;
    let name = vm.intern("__abc_tpflags__");
    let Some(flags) = class.dict.get().get_str(name).and_then(|v| v.as_small_int()) else { return Ok(()) };
    match flags & (SEQUENCE | MAPPING) {
        SEQUENCE => class.set_flag(type_flag::SEQUENCE),
        MAPPING => class.set_flag(type_flag::MAPPING),
        0 => {}
        _ => {
            return Err(
                vm.type_error("__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING")
            );
        }
    }
    class.dict.get().remove_str(name);
    vm.type_modified(class);
    Ok(())
}

/// A virtual subclass of a sequence is a sequence for pattern matching, and so are its subclasses.
fn inherit_collection_flags(class: Gc<Type>, flags: u32) {
    if class.has(COLLECTION_FLAGS) || !class.has(type_flag::HEAP) {
        return;
    }
    class.set_flag(flags);
    class.for_each_subclass(|sub| inherit_collection_flags(sub, flags));
}

/// Module contains faster C implementation of abc.ABCMeta
#[pymodule(name = "_abc")]
pub mod abc {
    use super::*;

    fn state_of(vm: &Vm, class: Value) -> PyResult<Gc<Native<AbcData>>> {
        let data = vm.getattr_str(class, "_abc_impl")?;
        match data.downcast() {
            Some(data) => Ok(data),
            None => Err(vm.type_error("_abc_impl is set to a wrong type")),
        }
    }

    /// Returns the current ABC cache token.
    ///
    /// The token is an opaque object (supporting equality testing) identifying
    /// the current version of the ABC cache for virtual subclasses.  The token
    /// changes with every call to register() on any ABC.
    #[pyfunction]
    fn get_cache_token(vm: &Vm) -> i64 {
        counter(vm)
    }

    /// Internal ABC helper for class set-up. Should be never used outside abc module.
    #[pyfunction(name = "_abc_init", sig = "(self, /)")]
    fn abc_init(vm: &Vm, class: Value) -> PyResult<()> {
        compute_abstract_methods(vm, class)?;
        let state = State { negative_version: Cell::new(counter(vm)), ..State::default() };
        let data_class = vm.native_type(AbcData::TYPE_DEF)?;
        let data = vm.new_native(data_class, AbcData { state }).value();
        vm.setattr(class, vm.intern("_abc_impl"), Some(data))?;
        match class.downcast::<Type>() {
            Some(class) => take_collection_flags(vm, class),
            None => Ok(()),
        }
    }

    /// Internal ABC helper for subclasss registration. Should be never used outside abc module.
    #[pyfunction(name = "_abc_register", sig = "(self, subclass, /)")]
    fn abc_register(vm: &Vm, class: Value, subclass: Value) -> PyResult {
        let Some(sub) = subclass.downcast::<Type>() else {
            return Err(vm.type_error("Can only register classes"));
        };
        if vm.issubclass(subclass, class)? {
            return Ok(subclass);
        }
        // Checked after "already a subclass", so that registering a class with itself does nothing.
        if vm.issubclass(class, subclass)? {
            return Err(vm.runtime_error("Refusing to create an inheritance cycle"));
        }
        state_of(vm, class)?.state.registry.add(vm, subclass);
        let registrations = Value::small_int(counter(vm) + 1);
        vm.registry.borrow_mut().insert(COUNTER, registrations);
        if let Some(class) = class.downcast::<Type>() {
            let flags = class.flags.get() & COLLECTION_FLAGS;
            if flags != 0 {
                inherit_collection_flags(sub, flags);
            }
        }
        Ok(subclass)
    }

    /// Internal ABC helper for instance checks. Should be never used outside abc module.
    #[pyfunction(name = "_abc_instancecheck", sig = "(self, instance, /)")]
    fn abc_instancecheck(vm: &Vm, class: Value, instance: Value) -> PyResult {
        let data = state_of(vm, class)?;
        let actual = vm.type_of(instance).value();
        let claimed = vm.getattr_opt(instance, vm.names.__class__)?.unwrap_or(actual);
        if data.state.cache.contains(claimed) {
            return Ok(Value::bool(true));
        }
        if claimed == actual {
            let negative = &data.state;
            if negative.negative_version.get() == counter(vm) && negative.negative_cache.contains(claimed) {
                return Ok(Value::bool(false));
            }
            return vm.call_method(class, "__subclasscheck__", &[claimed]);
        }
        let result = vm.call_method(class, "__subclasscheck__", &[claimed])?;
        if vm.truthy(result)? {
            return Ok(result);
        }
        vm.call_method(class, "__subclasscheck__", &[actual])
    }

    /// Internal ABC helper for subclasss checks. Should be never used outside abc module.
    #[pyfunction(name = "_abc_subclasscheck", sig = "(self, subclass, /)")]
    fn abc_subclasscheck(vm: &Vm, class: Value, subclass: Value) -> PyResult<bool> {
        let Some(sub) = subclass.downcast::<Type>() else {
            return Err(vm.type_error("issubclass() arg 1 must be a class"));
        };
        vm.check_native_stack(" in __subclasscheck__")?;
        let data = state_of(vm, class)?;
        let state = &data.state;
        if state.cache.contains(subclass) {
            return Ok(true);
        }
        if state.negative_version.get() < counter(vm) {
            state.negative_cache.clear();
            state.negative_version.set(counter(vm));
        } else if state.negative_cache.contains(subclass) {
            return Ok(false);
        }
        let answer = decide(vm, class, sub, state)?;
        if answer {
            state.cache.add(vm, subclass);
        } else {
            state.negative_cache.add(vm, subclass);
        }
        Ok(answer)
    }

    fn decide(vm: &Vm, class: Value, sub: Gc<Type>, state: &State) -> PyResult<bool> {
        let hook = vm.call_method(class, "__subclasshook__", &[sub.value()])?;
        if let Some(answer) = hook.as_bool() {
            return Ok(answer);
        }
        if !hook.is_not_implemented() {
            return Err(
                vm.assertion_error("__subclasshook__ must return either False, True, or NotImplemented")
            );
        }
        if sub.mro().contains(&class) {
            return Ok(true);
        }
        for &registered in state.registry.live(vm).iter() {
            if vm.issubclass(sub.value(), registered)? {
                return Ok(true);
            }
        }
        let subclasses = vm.call_method(class, "__subclasses__", &[])?;
        if !subclasses.is::<List>() {
            return Err(vm.type_error("__subclasses__() must return a list"));
        }
        for &below in vm.collect(subclasses)?.iter() {
            if vm.issubclass(sub.value(), below)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Internal ABC helper to reset registry of a given class.
    ///
    /// Should be only used by refleak.py
    #[pyfunction(name = "_reset_registry", sig = "(self, /)")]
    fn reset_registry(vm: &Vm, class: Value) -> PyResult<()> {
        state_of(vm, class)?.state.registry.clear();
        Ok(())
    }

    /// Internal ABC helper to reset both caches of a given class.
    ///
    /// Should be only used by refleak.py
    #[pyfunction(name = "_reset_caches", sig = "(self, /)")]
    fn reset_caches(vm: &Vm, class: Value) -> PyResult<()> {
        let data = state_of(vm, class)?;
        data.state.cache.clear();
        data.state.negative_cache.clear();
        Ok(())
    }

    /// Internal ABC helper for cache and registry debugging.
    ///
    /// Return shallow copies of registry, of both caches, and
    /// negative cache version. Don't call this function directly,
    /// instead use ABC._dump_registry() for a nice repr.
    #[pyfunction(name = "_get_dump", sig = "(self, /)")]
    fn get_dump(vm: &Vm, class: Value) -> PyResult {
        let data = state_of(vm, class)?;
        let state = &data.state;
        let mut parts = vm.vec();
        for classes in [&state.registry, &state.cache, &state.negative_cache] {
            let copy = Set::new(&vm.heap);
            for &class in classes.live(vm).iter() {
                let reference = WeakRef::new(&vm.heap, shape_id::WEAKREF, 0, class, None);
                copy.add(vm, reference.value())?;
            }
            parts.push(&vm.heap, copy.value());
        }
        parts.push(&vm.heap, vm.new_int(state.negative_version.get()));
        Ok(vm.new_tuple(&parts))
    }
}
