//! `type.__new__`: from name, bases and namespace to a class.
//!
//! Steps, in CPython's order, because user code observes it: metaclass, best base, `__slots__`, special names of the
//! namespace, MRO, `__classcell__`, `__set_name__`, `__init_subclass__`.

use super::Vm;
use super::special::Special;
use crate::heap::GcVec;
use crate::native::{Args, GetSetDef};
use crate::object::cell::CellObject;
use crate::object::dict::Dict;
use crate::object::function::{Function, NativeFunction};
use crate::object::header::{Gc, Kind};
use crate::object::list::List;
use crate::object::str::Str;
use crate::object::tuple::Tuple;
use crate::object::type_attrs::item_size;
use crate::object::typeobj::{Type, type_flag};
use crate::value::{PyResult, Raised, Value};

/// What `__slots__` asks for.
struct Slots {
    /// Mangled names, sorted.
    names: GcVec,
    dict: bool,
    weakref: bool,
}

static DICT_GETSET: GetSetDef =
    GetSetDef { name: "__dict__", doc: None, get: get_instance_dict, set: Some(set_instance_dict) };
static WEAKREF_GETSET: GetSetDef = GetSetDef {
    name: "__weakref__",
    doc: Some("list of weak references to the object"),
    get: get_weakref,
    set: None,
};

fn get_instance_dict(vm: &Vm, v: Value) -> PyResult {
    match vm.instance_dict(v) {
        Some(dict) => Ok(dict.value()),
        None => Err(vm.no_attribute(v, vm.names.__dict__)),
    }
}

fn set_instance_dict(vm: &Vm, v: Value, value: Option<Value>) -> PyResult<()> {
    vm.assign_instance_dict(v, value)
}

impl Vm {
    /// `v.__dict__ = value`.
    pub fn assign_instance_dict(&self, v: Value, value: Option<Value>) -> PyResult<()> {
        let vm = self;
        let dict = match value {
            None => vm.new_dict(),
            Some(value) => match value.downcast::<Dict>() {
                Some(dict) => dict,
                None => {
                    let name = vm.type_of(value).name();
                    return Err(
                        vm.type_error(format!("__dict__ must be set to a dictionary, not a '{name}'"))
                    );
                }
            },
        };
        if vm.replace_instance_dict(v, dict) { Ok(()) } else { Err(vm.no_attribute(v, vm.names.__dict__)) }
    }
}

fn get_weakref(vm: &Vm, v: Value) -> PyResult {
    let first = crate::object::weakref::WeakRef::of(&vm.heap, v).first().copied();
    Ok(first.map_or(Value::none(), Gc::value))
}

impl Vm {
    /// The getset descriptor of `__dict__` for classes that give their instances one.
    pub fn dict_descriptor(&self, owner: Gc<Type>) -> Value {
        NativeFunction::getset(&self.heap, &DICT_GETSET, owner, self.names.__dict__).value()
    }

    /// `type.__new__(metaclass, name, bases, namespace, **keywords)`.
    pub fn type_new(&self, metaclass: Gc<Type>, args: Args<'_>) -> PyResult {
        if !metaclass.is_subtype(self.types.type_) {
            let name = metaclass.name();
            return Err(self.type_error(format!("type.__new__({name}): {name} is not a subtype of type")));
        }
        let positional = args.positional_values();
        let &[name, bases, namespace] = positional else {
            return Err(self.type_error(format!(
                "type.__new__() takes exactly 3 arguments ({} given)",
                positional.len()
            )));
        };
        let wrong = |n: usize, what: &str, v: Value| {
            let given = self.type_of(v).name();
            Err(self.type_error(format!("type.__new__() argument {n} must be {what}, not {given}")))
        };
        let Some(name) = name.downcast::<Str>() else { return wrong(1, "str", name) };
        let Some(bases) = bases.downcast::<Tuple>() else { return wrong(2, "tuple", bases) };
        let Some(namespace) = namespace.downcast::<Dict>() else { return wrong(3, "dict", namespace) };
        let winner = self.calculate_metaclass(metaclass, &bases)?;
        if winner != metaclass {
            let new = self.special(winner, Special::New);
            if new != self.special(self.types.type_, Special::New)
                && let Some(new) = new
            {
                let new = self.bind_attr(new, None, winner)?;
                return self.with_prepended(winner.value(), args, |vm, args| vm.call_args(new, args));
            }
        }
        for &base in bases.iter() {
            if !base.is::<Type>() {
                if self.getattr_opt(base, self.names.__mro_entries__)?.is_some() {
                    return Err(
                        self.type_error("type() doesn't support MRO entry resolution; use types.new_class()")
                    );
                }
                return Err(self.type_error("bases must be types"));
            }
        }
        let object = Tuple::new(&self.heap, &[self.types.object.value()]);
        let bases = if bases.is_empty() { object } else { bases };
        let dict = namespace.copy(&self.heap);
        let ty = self.new_class(winner, name, bases, dict)?;
        self.call_set_name(ty)?;
        self.call_init_subclass(ty, args)?;
        Ok(ty.value())
    }

    /// The most derived metaclass of `metaclass` and those of the bases.
    pub fn calculate_metaclass(&self, metaclass: Gc<Type>, bases: &[Value]) -> PyResult<Gc<Type>> {
        let mut winner = metaclass;
        for &base in bases {
            let meta = self.type_of(base);
            if winner.is_subtype(meta) {
                continue;
            }
            if !meta.is_subtype(winner) {
                return Err(self.type_error(
                    "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases",
                ));
            }
            winner = meta;
        }
        Ok(winner)
    }

    fn new_class(
        &self,
        metaclass: Gc<Type>,
        name: Gc<Str>,
        bases: Gc<Tuple>,
        dict: Gc<Dict>,
    ) -> PyResult<Gc<Type>> {
        let base = self.best_base(&bases)?;
        self.check_class_name(name)?;
        let slots = self.class_slots(name, base, &bases, dict)?;
        let qualname = match dict.get_str(self.names.__qualname__) {
            None => name,
            Some(v) => match v.downcast::<Str>() {
                Some(qualname) => qualname,
                None => {
                    let given = self.type_of(v).name();
                    return Err(self.type_error(format!("type __qualname__ must be a str, not {given}")));
                }
            },
        };
        dict.remove_str(self.names.__qualname__);
        let cell = self.class_cell(dict, self.names.__classcell__)?;
        let dict_cell = self.class_cell(dict, self.names.__classdictcell__)?;
        self.complete_namespace(dict);
        let mut names: Vec<Gc<Str>> = Vec::with_capacity(slots.names.len());
        names.extend(slots.names.iter().filter_map(|n| n.downcast::<Str>())); // kept alive by `slots`
        let ty = self.make_class(metaclass, name, base, bases, dict, &names, slots.dict, slots.weakref)?;
        ty.qualname.set(qualname);
        self.heap.barrier(ty.header(), qualname.value());
        self.add_layout_descriptors(ty, base, &slots);
        if dict.get_str(self.names.__doc__).is_none() {
            dict.insert_str(&self.heap, self.names.__doc__, Value::none());
        }
        let hash = self.special_name(Special::Hash);
        if dict.get_str(self.special_name(Special::Eq)).is_some() && dict.get_str(hash).is_none() {
            dict.insert_str(&self.heap, hash, Value::none());
        }
        let mro = self.computed_mro(ty)?;
        self.set_mro(ty, mro);
        if let Some(cell) = cell {
            cell.set(&self.heap, Some(ty.value()));
        }
        if let Some(cell) = dict_cell {
            cell.set(&self.heap, Some(dict.value()));
        }
        Ok(ty)
    }

    /// The cell that the class body left in its namespace under `key`.
    fn class_cell(&self, dict: Gc<Dict>, key: Gc<Str>) -> PyResult<Option<Gc<CellObject>>> {
        let Some(v) = dict.remove_str(key) else { return Ok(None) };
        match v.downcast::<CellObject>() {
            Some(cell) => Ok(Some(cell)),
            None => {
                let ty = self.type_of(v).value();
                Err(self.type_error(format!(
                    "{} must be a nonlocal cell, not {}",
                    key.to_string_lossy(),
                    self.repr_text(ty)?
                )))
            }
        }
    }

    /// `__module__`, and the methods that are static or class methods by their name.
    fn complete_namespace(&self, dict: Gc<Dict>) {
        let heap = &self.heap;
        if dict.get_str(self.names.__module__).is_none()
            && let Some(globals) = self.current_globals()
            && let Some(module) = globals.get_str(self.names.__name__)
        {
            dict.insert_str(heap, self.names.__module__, module);
        }
        let is_function = |v: &Value| v.is::<Function>();
        if let Some(new) = dict.get_str(self.names.__new__).filter(is_function) {
            dict.insert_str(heap, self.names.__new__, self.new_staticmethod(new));
        }
        for name in [self.names.__init_subclass__, self.names.__class_getitem__] {
            if let Some(function) = dict.get_str(name).filter(is_function) {
                dict.insert_str(heap, name, self.new_classmethod(function));
            }
        }
    }

    /// `__dict__` and `__weakref__` in the dict of the first class that has them.
    fn add_layout_descriptors(&self, ty: Gc<Type>, base: Gc<Type>, slots: &Slots) {
        let (heap, dict) = (&self.heap, ty.dict.get());
        if slots.dict && !base.has(type_flag::HAS_DICT) && dict.get_str(self.names.__dict__).is_none() {
            dict.insert_str(heap, self.names.__dict__, self.dict_descriptor(ty));
        }
        let name = self.names.__weakref__;
        if slots.weakref && !base.has(type_flag::WEAKREFABLE) && dict.get_str(name).is_none() {
            dict.insert_str(heap, name, NativeFunction::getset(heap, &WEAKREF_GETSET, ty, name).value());
        }
    }

    // ---- __slots__

    fn class_slots(
        &self,
        class_name: Gc<Str>,
        base: Gc<Type>,
        bases: &[Value],
        dict: Gc<Dict>,
    ) -> PyResult<Slots> {
        let heap = &self.heap;
        let may_dict = !base.has(type_flag::HAS_DICT);
        let may_weakref = !base.has(type_flag::WEAKREFABLE) && item_size(base) == 0;
        let mut slots = Slots { names: GcVec::new(), dict: may_dict, weakref: may_weakref };
        let Some(declared) = dict.get_str(self.names.__slots__) else { return Ok(slots) };
        (slots.dict, slots.weakref) = (false, false);
        let items = match declared.downcast::<Str>() {
            Some(_) => GcVec::from_slice(heap, &[declared]),
            None => self.collect(declared)?,
        };
        if !items.is_empty() && item_size(base) != 0 {
            return Err(
                self.type_error(format!("nonempty __slots__ not supported for subtype of '{}'", base.name()))
            );
        }
        let twice = |name: &str| Err(self.type_error(format!("{name} slot disallowed: we already got one")));
        for &item in items.iter() {
            let name = self.slot_name(item)?;
            if name.eq_str("__dict__") {
                if !may_dict || slots.dict {
                    return twice("__dict__");
                }
                slots.dict = true;
                continue;
            }
            if name.eq_str("__weakref__") {
                if !may_weakref || slots.weakref {
                    return twice("__weakref__");
                }
                slots.weakref = true;
                continue;
            }
            let mangled = self.mangle(class_name, name);
            let n = &self.names;
            if ![n.__qualname__, n.__classcell__, n.__classdictcell__].contains(&mangled)
                && dict.get_str(mangled).is_some()
            {
                let shown = self.repr_text(name.value())?;
                return Err(self.value_error(format!("{shown} in __slots__ conflicts with class variable")));
            }
            slots.names.push(heap, mangled.value());
        }
        let sorted = slots.names.as_mut_slice(heap);
        let text = |v: &Value| v.downcast::<Str>().map(|s| s.to_wtf8().into_owned());
        sorted.sort_by_key(text);
        for b in bases.iter().filter_map(|b| b.downcast::<Type>()).filter(|b| *b != base) {
            slots.dict |= may_dict && b.has(type_flag::HAS_DICT);
            slots.weakref |= may_weakref && b.has(type_flag::WEAKREFABLE);
        }
        Ok(slots)
    }

    fn slot_name(&self, item: Value) -> PyResult<Gc<Str>> {
        let Some(name) = item.downcast::<Str>() else {
            let given = self.type_of(item).name();
            return Err(self.type_error(format!("__slots__ items must be strings, not '{given}'")));
        };
        if !adder_text::units::predicates::is_identifier(name.units()) {
            return Err(self.type_error("__slots__ must be identifiers"));
        }
        self.attribute_name(item)
    }

    /// A private name as it is inside class `class`.
    fn mangle(&self, class: Gc<Str>, name: Gc<Str>) -> Gc<Str> {
        let (owner, text) = (class.to_string_lossy(), name.to_string_lossy());
        let owner = owner.trim_start_matches('_');
        if !text.starts_with("__") || text.ends_with("__") || text.contains('.') || owner.is_empty() {
            return name;
        }
        self.intern(&format!("_{owner}{text}"))
    }

    // ---- MRO

    /// The MRO by the metaclass's `mro()`, checked.
    pub(crate) fn computed_mro(&self, ty: Gc<Type>) -> PyResult<Gc<Tuple>> {
        let meta = self.type_of(ty.value());
        let name = self.names.mro;
        let own = self.lookup(meta, name);
        if own == self.lookup(self.types.type_, name) {
            return self.linearise(ty);
        }
        let own = own.expect("type has mro()");
        let result = self.call_method_raw(own, ty.value(), &[])?;
        let items = self.collect(result)?;
        for &item in items.iter() {
            let Some(class) = item.downcast::<Type>() else {
                let given = self.type_of(item).name();
                return Err(self.type_error(format!("mro() returned a non-class ('{given}')")));
            };
            let fits = class.kind == ty.kind || class.kind == Kind::Instance;
            if !fits || class.slot_words.get() > ty.slot_words.get() {
                return Err(self
                    .type_error(format!("mro() returned base with unsuitable layout ('{}')", class.name())));
            }
        }
        Ok(Tuple::new(&self.heap, &items))
    }

    // ---- hooks

    fn call_set_name(&self, ty: Gc<Type>) -> PyResult<()> {
        let dict = ty.dict.get().copy(&self.heap);
        let mut at = 0;
        while let Some((i, key, value)) = dict.next_entry(at) {
            at = i + 1;
            let Some(raw) = self.special_of(value, Special::SetName) else { continue };
            if let Err(Raised) = self.call_method_raw(raw, value, &[ty.value(), key]) {
                let e = self.take_pending().expect("an error result leaves an exception pending");
                let note = format!(
                    "Error calling __set_name__ on '{}' instance {} in '{}'",
                    self.type_of(value).name(),
                    self.repr_text(key)?,
                    ty.name()
                );
                self.add_note(e, &note)?;
                return Err(self.reraise_value(e));
            }
        }
        Ok(())
    }

    /// Appends to `exception.__notes__`.
    fn add_note(&self, exception: Value, note: &str) -> PyResult<()> {
        let name = self.names.__notes__;
        let note = self.new_str(note);
        match self.getattr_opt(exception, name)?.and_then(|notes| notes.downcast::<List>()) {
            Some(notes) => notes.push(&self.heap, note),
            None => self.setattr(exception, name, Some(self.new_list(&[note])))?,
        }
        Ok(())
    }

    fn call_init_subclass(&self, ty: Gc<Type>, args: Args<'_>) -> PyResult<()> {
        let name = self.names.__init_subclass__;
        let raw = ty.mro_iter().skip(1).find_map(|c| c.dict.get().get_str(name));
        let raw = raw.ok_or_else(|| self.attribute_error("super: no __init_subclass__"))?;
        let own = self.types.object.dict.get().get_str(name);
        if Some(raw) == own && !args.has_keywords() {
            return Ok(());
        }
        let hook = self.bind_attr(raw, None, ty)?;
        self.call_args(hook, Args::new(args.keyword_values(), args.kwnames())).map(drop)
    }
}
