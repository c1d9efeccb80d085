//! Making classes: the built-in ones from their definitions, and Python's from `type(name, bases, namespace)`.

use super::Vm;
use super::dispatch::access::is_method;
use super::special::Special;
use crate::native::{FnKind, ModuleDef, TypeDef};
use crate::object::dict::Dict;
use crate::object::function::NativeFunction;
use crate::object::header::{Gc, Kind};
use crate::object::module::Module;
use crate::object::shape::{Shape, ShapeId, shape_id};
use crate::object::str::Str;
use crate::object::tuple::Tuple;
use crate::object::typeobj::{MOST_INLINE, Type, type_flag};
use crate::object::typing::generic_alias::{class_getitem_def, is_generic_builtin};
use crate::object::weakref::WeakRef;
use crate::value::{PyResult, Value};
use std::collections::hash_map::Entry;

/// Attribute slots of the first instances of a class, before slack tracking knows better.
const FIRST_CAPACITY: u16 = 6;

fn flags_of(def: &TypeDef) -> u32 {
    let bits = [
        (def.has_dict, type_flag::HAS_DICT),
        (def.weakrefable, type_flag::WEAKREFABLE),
        (def.subclassable, type_flag::SUBCLASSABLE),
        (def.sequence, type_flag::SEQUENCE),
        (def.mapping, type_flag::MAPPING),
        (def.match_self, type_flag::MATCH_SELF),
        (def.no_constructor, type_flag::NO_CONSTRUCTOR),
    ];
    bits.iter().filter(|(on, _)| *on).fold(0, |f, (_, bit)| f | bit)
}

/// About how many attributes a class gets from its definition.
fn attribute_count(def: &TypeDef) -> usize {
    // Documentation, module, and what the other attributes imply.
    4 + def.methods.len() + def.getsets.len() + def.attrs.len() + 2 * usize::from(def.buffer.is_some())
}

impl Vm {
    /// Fills the dict of a class from its definition.
    pub(crate) fn populate_type(&self, ty: Gc<Type>, def: &'static TypeDef) -> PyResult<()> {
        let dict = ty.dict.get();
        let heap = &self.heap;
        for f in def.methods {
            let name = self.intern(f.name);
            let mut value = NativeFunction::descriptor(heap, f, ty, name).value();
            if f.kind == FnKind::StaticMethod {
                value = self.wrap_static(value);
            }
            dict.insert_str(heap, name, value);
        }
        for g in def.getsets {
            let name = self.intern(g.name);
            dict.insert_str(heap, name, NativeFunction::getset(heap, g, ty, name).value());
        }
        if let Some(procs) = def.buffer {
            let methods = crate::object::memoryview::EXPORTER_DEF.methods;
            for f in methods.iter().filter(|f| procs.releases || f.name != "__release_buffer__") {
                let name = self.intern(f.name);
                dict.insert_str(heap, name, NativeFunction::descriptor(heap, f, ty, name).value());
            }
        }
        for a in def.attrs {
            let value = (a.make)(self)?;
            dict.insert_str(heap, self.intern(a.name), value);
        }
        if def.has_dict && dict.get_str(self.names.__dict__).is_none() {
            dict.insert_str(heap, self.names.__dict__, self.dict_descriptor(ty));
        }
        let class_getitem = self.special_name(Special::ClassGetItem);
        if is_generic_builtin(def.name) && dict.get_str(class_getitem).is_none() {
            let value = NativeFunction::descriptor(heap, class_getitem_def(), ty, class_getitem).value();
            dict.insert_str(heap, class_getitem, value);
        }
        let doc = def.doc.map_or(Value::none(), |d| Str::from_static(heap, d).value());
        if dict.get_str(self.names.__doc__).is_none() {
            dict.insert_str(heap, self.names.__doc__, doc);
        }
        // A class that defines equality without a hash is unhashable.
        let has_eq = dict.get_str(self.special_name(Special::Eq)).is_some();
        if has_eq && dict.get_str(self.special_name(Special::Hash)).is_none() {
            dict.insert_str(heap, self.special_name(Special::Hash), Value::none());
        }
        self.type_modified(ty);
        Ok(())
    }

    /// The class of a native module's definition, made on first use.
    pub fn native_type(&self, def: &'static TypeDef) -> PyResult<Gc<Type>> {
        let key = def as *const TypeDef as usize;
        if let Some(ty) = self.native_types.borrow().get(&key).and_then(|v| v.downcast::<Type>()) {
            return Ok(ty);
        }
        let base = match def.base {
            None => self.types.object,
            Some(base) => base(self).downcast::<Type>().expect("the base of a native class is a class"),
        };
        let heap = &self.heap;
        let (name, dict) = (self.intern(def.name), Dict::with_capacity(heap, attribute_count(def)));
        let flags = flags_of(def)
            | (base.flags.get() & (type_flag::HAS_DICT | type_flag::WEAKREFABLE | type_flag::IS_EXCEPTION));
        let ty = Type::alloc(heap, shape_id::TYPE, name, dict, def.kind, def.native, flags, Some(def));
        self.native_types.borrow_mut().insert(key, ty.value());
        self.set_bases(ty, base, Tuple::new(heap, &[base.value()]));
        ty.ext_words.set(base.ext_words.get().max(def.has_dict as u16).max(def.ext_words));
        self.make_shapes(ty);
        self.linearise_simple(ty);
        dict.insert_str(heap, self.names.__module__, self.intern(def.module).value());
        self.populate_type(ty, def)?;
        if def.has_dict && !base.has(type_flag::HAS_DICT) && dict.get_str(self.names.__dict__).is_none() {
            dict.insert_str(heap, self.names.__dict__, self.dict_descriptor(ty));
        }
        Ok(ty)
    }

    /// The class registered under the address of its definition.
    pub(crate) fn native_class_at(&self, key: usize) -> Option<Gc<Type>> {
        self.native_types.borrow().get(&key)?.downcast()
    }
    pub(crate) fn set_native_class_at(&self, key: usize, ty: Gc<Type>) {
        self.native_types.borrow_mut().insert(key, ty.value());
    }

    /// A class with the layout of `base` and `ext_words` more words, and the methods of `def`; `name` comes with the
    /// module's name.
    pub(crate) fn make_static_class(
        &self,
        (name, module): (&str, &str),
        base: Gc<Type>,
        flags: u32,
        ext_words: u16,
        def: &'static TypeDef,
    ) -> PyResult<Gc<Type>> {
        let heap = &self.heap;
        let (name, dict) = (self.intern(name), Dict::new(heap));
        let ty = Type::alloc(heap, shape_id::TYPE, name, dict, base.kind, base.native, flags, None);
        self.set_bases(ty, base, Tuple::new(heap, &[base.value()]));
        ty.ext_words.set(ext_words);
        self.make_shapes(ty);
        self.linearise_simple(ty);
        dict.insert_str(heap, self.names.__module__, self.intern(module).value());
        self.populate_type(ty, def)?;
        Ok(ty)
    }

    pub(crate) fn set_bases(&self, ty: Gc<Type>, base: Gc<Type>, bases: Gc<Tuple>) {
        ty.base.set(Some(base));
        ty.bases.set(Some(bases));
        self.heap.barrier_object(ty.header());
    }

    /// MRO of a class with one base.
    fn linearise_simple(&self, ty: Gc<Type>) {
        let mut mro = crate::heap::GcVec::new();
        mro.push(&self.heap, ty.value());
        if let Some(base) = ty.base.get() {
            base.mro().iter().for_each(|&c| mro.push(&self.heap, c));
        }
        ty.mro.set(Some(Tuple::new(&self.heap, &mro)));
        self.heap.barrier_object(ty.header());
        self.register_subclass(ty);
    }

    pub(crate) fn register_subclass(&self, ty: Gc<Type>) {
        let bases = ty.bases.get();
        for base in bases.iter().flat_map(|b| b.iter()).filter_map(|b| b.downcast::<Type>()) {
            let reference = WeakRef::new(&self.heap, shape_id::WEAKREF, 0, ty.value(), None);
            base.add_subclass(&self.heap, reference);
        }
    }

    /// Root and dictionary shapes of a finished layout.
    fn make_shapes(&self, ty: Gc<Type>) {
        let heap = &self.heap;
        let has_dict = ty.has(type_flag::HAS_DICT);
        let capacity = if ty.kind == Kind::Instance && has_dict { self.expected_attributes(ty) } else { 0 };
        let root = Shape::new_root(heap, ty, capacity, ty.slot_words.get(), false);
        ty.root_shape.set(Some(root));
        heap.barrier(ty.header(), root.value());
        if has_dict && ty.kind == Kind::Instance {
            let dict_shape = Shape::new_root(heap, ty, 0, ty.slot_words.get(), true);
            ty.dict_shape.set(Some(dict_shape));
            heap.barrier(ty.header(), dict_shape.value());
        }
    }

    /// How many attributes instances will have, as far as the source of the class and its bases shows. A good guess
    /// matters: instances made before slack tracking corrects it have shapes of their own at every site.
    fn expected_attributes(&self, ty: Gc<Type>) -> u16 {
        let mut names = std::collections::HashSet::new();
        let mut note = |class: Gc<Type>| {
            let found = class.dict.get().get_str(self.names.__static_attributes__);
            if let Some(tuple) = found.and_then(|v| v.downcast::<Tuple>()) {
                names.extend(tuple.iter().map(|name| name.bits()));
            }
        };
        note(ty);
        let mut least = 0;
        for base in ty.bases.get().iter().flat_map(|b| b.iter()).filter_map(|b| b.downcast::<Type>()) {
            // A base that is being made itself has none yet; that is an error, which comes later.
            if let Some(mro) = base.mro.get() {
                mro.iter().filter_map(|c| c.downcast::<Type>()).for_each(&mut note);
            }
            least = least.max(base.most_attributes.get());
        }
        match least.max(names.len() as u16) {
            0 => FIRST_CAPACITY,
            n => n.min(MOST_INLINE),
        }
    }

    /// A built-in class with its fixed shape, without attributes yet.
    pub(crate) fn make_builtin_type(
        heap: &crate::heap::Heap,
        def: &'static TypeDef,
        id: ShapeId,
    ) -> Gc<Type> {
        let name = heap.intern_str(def.name);
        let dict = Dict::with_capacity(heap, attribute_count(def));
        let ty =
            Type::alloc(heap, shape_id::TYPE, name, dict, def.kind, def.native, flags_of(def), Some(def));
        heap.make_immortal(ty);
        if def.native.is_some() && def.has_dict {
            ty.ext_words.set(1);
        }
        let shape = Shape::new_fixed(heap, id, ty);
        ty.root_shape.set(Some(shape));
        ty
    }

    /// Bases, MRO and attributes of a built-in class; its base is finished.
    pub(crate) fn finish_builtin_type(&self, ty: Gc<Type>, base: Option<Gc<Type>>) -> PyResult<()> {
        let heap = &self.heap;
        match base {
            Some(base) => self.set_bases(ty, base, Tuple::new(heap, &[base.value()])),
            None => ty.bases.set(Some(self.empty_tuple)),
        }
        self.linearise_simple(ty);
        let def = ty.def.expect("a built-in class has a definition");
        self.populate_type(ty, def)
    }

    /// A built-in exception class; `def` has its own methods and attributes, if it has any.
    pub(crate) fn make_exception_type(
        &self,
        name: &str,
        bases: &[Gc<Type>],
        def: Option<&'static TypeDef>,
    ) -> PyResult<Gc<Type>> {
        let heap = &self.heap;
        let name = self.intern(name);
        let flags =
            type_flag::HAS_DICT | type_flag::WEAKREFABLE | type_flag::SUBCLASSABLE | type_flag::IS_EXCEPTION;
        let dict = Dict::new(heap);
        let ty = Type::alloc(heap, shape_id::TYPE, name, dict, Kind::Exception, None, flags, def);
        heap.make_immortal(ty);
        let all = crate::heap::GcVec::from_values(heap, bases.iter().map(|b| b.value()));
        self.set_bases(ty, bases[0], Tuple::new(heap, &all));
        ty.ext_words.set(1);
        self.make_shapes(ty);
        let mro = self.linearise(ty)?;
        self.set_mro(ty, mro);
        dict.insert_str(heap, self.names.__module__, self.intern("builtins").value());
        match def {
            Some(def) => self.populate_type(ty, def)?,
            None => {
                dict.insert_str(heap, self.names.__doc__, Value::none());
                self.type_modified(ty);
            }
        }
        Ok(ty)
    }

    /// The class changed: it and everything below it get new versions.
    pub fn type_modified(&self, ty: Gc<Type>) {
        ty.version.set(self.next_version());
        self.announce_change(ty.header());
        let del = ty.lookup_uncached(self.special_name(Special::Del)).is_some();
        let flags = ty.flags.get() & !type_flag::HAS_FINALIZER;
        ty.flags.set(flags | if del { type_flag::HAS_FINALIZER } else { 0 });
        self.metaclass_modified(ty);
        ty.for_each_subclass(|sub| self.type_modified(sub));
    }

    /// Whether reading attribute `name` of a class, which it or a base has, gives that or what it binds to. Whoever remembers it goes by the
    /// class's version, which moves also when a metaclass changes that has been asked about here.
    pub fn class_reads_plainly(&self, class: Gc<Type>, name: Gc<Str>) -> bool {
        let (meta, plain) = (self.type_of(class.value()), self.types.type_);
        // A plain method of the metaclass comes last.
        if class.version.get() == 0 || self.lookup(meta, name).is_some_and(|attr| !is_method(attr)) {
            return false;
        }
        if meta == plain {
            return true;
        }
        let own = self.special(meta, Special::GetAttribute) != self.special(plain, Special::GetAttribute);
        if !own {
            meta.flags.set(meta.flags.get() | type_flag::METACLASS_KNOWN);
        }
        !own
    }

    /// If the changed class is a metaclass of which something is remembered, all of its classes get new versions.
    #[inline]
    fn metaclass_modified(&self, ty: Gc<Type>) {
        if ty.has(type_flag::METACLASS_KNOWN) {
            ty.flags.set(ty.flags.get() & !type_flag::METACLASS_KNOWN);
            self.renew_classes_of(ty, self.types.object);
        }
    }

    #[cold]
    fn renew_classes_of(&self, meta: Gc<Type>, below: Gc<Type>) {
        below.for_each_subclass(|class| {
            if self.type_of(class.value()).is_subtype(meta) {
                self.type_modified(class);
            } else {
                self.renew_classes_of(meta, class);
            }
        });
    }

    /// As [`Self::type_modified`], when the attribute that changed is no special method: what is known of those stays known.
    pub fn type_data_modified(&self, ty: Gc<Type>) {
        ty.move_to_version(self.next_version());
        self.announce_change(ty.header());
        self.metaclass_modified(ty);
        ty.for_each_subclass(|sub| self.type_data_modified(sub));
    }

    /// Whether attribute `name` of a class is one that the program keeps storing to, a counter for instance. Its value is remembered nowhere, so
    /// that stores leave the version of the class alone: what is known of its other attributes stays known.
    #[inline]
    pub fn is_class_variable(&self, ty: Gc<Type>, name: Gc<Str>) -> bool {
        !self.class_stores.borrow().is_empty() && self.owner_of_variable(ty, name).is_some()
    }

    /// The class that has the variable which attribute `name` of a class is.
    pub fn owner_of_variable(&self, ty: Gc<Type>, name: Gc<Str>) -> Option<Gc<Type>> {
        if !ty.mro_iter().any(|class| class.has(type_flag::HAS_VARIABLES)) {
            return None;
        }
        let owner = ty.mro_iter().find(|class| class.dict.get().find_str(name).is_some())?;
        let key = (owner.as_ptr() as usize, name.as_ptr() as usize);
        (self.class_stores.borrow().get(&key) == Some(&true)).then_some(owner)
    }

    /// Attribute `name` of a class has been replaced, and neither value has a say in what reading it gives. Once may be the setting of an option,
    /// twice makes it a variable. Whether it was one before.
    fn note_class_store(&self, ty: Gc<Type>, name: Gc<Str>) -> bool {
        let key = (ty.as_ptr() as usize, name.as_ptr() as usize);
        match self.class_stores.borrow_mut().entry(key) {
            Entry::Occupied(mut entry) => {
                // Without the flag the entry is that of a class that was here before: caches may know this one's value.
                let known = ty.has(type_flag::HAS_VARIABLES);
                ty.set_flag(type_flag::HAS_VARIABLES);
                entry.insert(true) && known
            }
            Entry::Vacant(entry) => *entry.insert(false),
        }
    }

    /// Whether a value in the namespace of a class has no say in what reading or storing the attribute does.
    pub fn is_data(&self, v: Value) -> bool {
        let code = [Special::Get, Special::Set, Special::Delete];
        v.header().is_none() || code.iter().all(|&s| self.special_of(v, s).is_none())
    }

    /// Attribute `name` of a class, whose name is none of a special method, has changed from `old`.
    pub(crate) fn class_attribute_stored(&self, ty: Gc<Type>, name: Gc<Str>, old: Option<Value>) {
        let new = ty.dict.get().get_str(name);
        let data = [old, new].iter().all(|v| v.is_some_and(|v| self.is_data(v)));
        if !(data && name.is_interned() && self.note_class_store(ty, name)) {
            self.type_data_modified(ty);
        }
    }

    /// Creates a module from its definition; its functions carry the module's name.
    pub fn new_native_module(&self, def: &'static ModuleDef) -> PyResult<Gc<Module>> {
        let heap = &self.heap;
        let module = self.new_module(def.name, Some(def));
        let dict = module.dict.get();
        self.populate_module(dict, def)?;
        let _ = heap;
        Ok(module)
    }

    /// Functions, constants and classes of a module definition into a dict.
    pub fn populate_module(&self, dict: Gc<Dict>, def: &'static ModuleDef) -> PyResult<()> {
        let heap = &self.heap;
        let module_name = self.intern(def.name).value();
        dict.reserve(heap, def.functions.len() + def.classes.len() + def.attrs.len());
        if let Some(doc) = def.doc {
            dict.insert_str(heap, self.names.__doc__, Str::from_static(heap, doc).value());
        }
        for f in def.functions {
            let name = self.intern(f.name);
            dict.insert_str(heap, name, NativeFunction::function(heap, f, name, Some(module_name)).value());
        }
        for class in def.classes {
            let ty = self.native_type(class)?;
            dict.insert_str(heap, self.intern(class.name), ty.value());
        }
        for a in def.attrs {
            let value = (a.make)(self)?;
            dict.insert_str(heap, self.intern(a.name), value);
        }
        match def.init {
            Some(init) => init(self, dict),
            None => Ok(()),
        }
    }

    /// A module with `__name__`, `__doc__`, `__package__`, `__loader__` and `__spec__`.
    pub fn new_module(&self, name: &str, def: Option<&'static ModuleDef>) -> Gc<Module> {
        let heap = &self.heap;
        let dict = Dict::new(heap);
        let n = &self.names;
        dict.insert_str(heap, n.__name__, self.new_str(name));
        for field in [n.__doc__, n.__package__, n.__loader__, n.__spec__] {
            dict.insert_str(heap, field, Value::none());
        }
        Module::new(heap, shape_id::MODULE, 0, dict, def)
    }

    // ---- classes of Python code

    /// The class that decides the layout of a subclass of `bases`, or a layout conflict.
    pub fn best_base(&self, bases: &[Value]) -> PyResult<Gc<Type>> {
        let mut winner: Option<(Gc<Type>, Gc<Type>)> = None;
        for &b in bases {
            let Some(candidate) = b.downcast::<Type>() else {
                return Err(self.type_error("bases must be types"));
            };
            if !candidate.has(type_flag::SUBCLASSABLE) {
                return Err(
                    self.type_error(format!("type '{}' is not an acceptable base type", candidate.name()))
                );
            }
            let solid = self.solid_base(candidate);
            winner = match winner {
                None => Some((candidate, solid)),
                Some((_, s)) if s.is_subtype(solid) => winner,
                Some((_, s)) if solid.is_subtype(s) => Some((candidate, solid)),
                Some(_) => return Err(self.type_error("multiple bases have instance lay-out conflict")),
            };
        }
        Ok(winner.map_or(self.types.object, |(c, _)| c))
    }

    /// The nearest class along the bases that adds to the layout.
    fn solid_base(&self, ty: Gc<Type>) -> Gc<Type> {
        let mut at = ty;
        while let Some(base) = at.base.get() {
            let extra = at.slot_words.get() != base.slot_words.get()
                || at.kind != base.kind
                || at.native.map(|n| n as *const _) != base.native.map(|n| n as *const _)
                || (at.ext_words.get() > base.ext_words.get() + at.has(type_flag::HAS_DICT) as u16);
            if extra {
                return at;
            }
            at = base;
        }
        at
    }

    /// A class of Python code with its layout and MRO, before `__set_name__` and `__init_subclass__`. `namespace` becomes its dict.
    /// `slots` are the mangled `__slots__` names without `__dict__` and `__weakref__`.
    #[allow(clippy::too_many_arguments, reason = "one call site, in `type.__new__`")]
    pub fn make_class(
        &self,
        metaclass: Gc<Type>,
        name: Gc<Str>,
        base: Gc<Type>,
        bases: Gc<Tuple>,
        namespace: Gc<Dict>,
        slots: &[Gc<Str>],
        may_add_dict: bool,
        may_add_weakref: bool,
    ) -> PyResult<Gc<Type>> {
        let heap = &self.heap;
        let mut flags = type_flag::HEAP
            | type_flag::SUBCLASSABLE
            | (base.flags.get()
                & (type_flag::HAS_DICT
                    | type_flag::WEAKREFABLE
                    | type_flag::MATCH_SELF
                    | type_flag::IS_METACLASS
                    | type_flag::IS_EXCEPTION));
        for b in bases.iter().filter_map(|b| b.downcast::<Type>()) {
            flags |= b.flags.get()
                & (type_flag::SEQUENCE | type_flag::MAPPING | type_flag::HAS_DICT | type_flag::WEAKREFABLE);
        }
        if may_add_dict {
            flags |= type_flag::HAS_DICT;
        }
        if may_add_weakref {
            flags |= type_flag::WEAKREFABLE;
        }
        if base.is_subtype(self.types.type_) {
            flags |= type_flag::IS_METACLASS;
        }
        let ty = Type::alloc(
            heap,
            metaclass.root_shape().id,
            name,
            namespace,
            base.kind,
            base.native,
            flags,
            None,
        );
        self.set_bases(ty, base, bases);
        let n = slots.len() as u16;
        if base.kind == Kind::Instance {
            ty.slot_words.set(base.slot_words.get() + n);
        } else if base.kind != Kind::Type {
            let dict_word = (flags & type_flag::HAS_DICT != 0 && base.ext_words.get() == 0) as u16;
            let first = if base.ext_words.get() == 0 && n > 0 { 1 } else { dict_word };
            ty.ext_words.set(base.ext_words.get() + n + first);
        }
        for (i, &slot) in slots.iter().enumerate() {
            let (index, from_end) = if base.kind == Kind::Instance {
                (base.slot_words.get() as usize + i, false)
            } else {
                // Word 0 from the end is the dictionary; slots of bases lie before those of subclasses.
                (ty.ext_words.get() as usize - n as usize + i, true)
            };
            namespace.insert_str(heap, slot, NativeFunction::member(heap, index, from_end, ty, slot).value());
        }
        self.make_shapes(ty);
        Ok(ty)
    }

    /// Sets the MRO of a class whose bases are set, from `mro()` of its metaclass or the C3 linearisation.
    pub fn set_mro(&self, ty: Gc<Type>, mro: Gc<Tuple>) {
        ty.mro.set(Some(mro));
        self.heap.barrier(ty.header(), mro.value());
        self.register_subclass(ty);
        self.type_modified(ty);
    }

    /// The C3 linearisation.
    pub fn linearise(&self, ty: Gc<Type>) -> PyResult<Gc<Tuple>> {
        let heap = &self.heap;
        let bases = ty.bases.get().expect("bases are set first");
        let mut sequences: Vec<(Gc<Tuple>, usize)> = Vec::new();
        for b in bases.iter().filter_map(|b| b.downcast::<Type>()) {
            let Some(mro) = b.mro.get() else {
                return Err(self.type_error(format!("Cannot extend an incomplete type '{}'", b.name())));
            };
            sequences.push((mro, 0));
        }
        sequences.push((bases, 0));
        for (i, b) in bases.iter().enumerate() {
            if bases[..i].contains(b) {
                let name = b.downcast::<Type>().map_or_else(String::new, |t| t.name());
                return Err(self.type_error(format!("duplicate base class {name}")));
            }
        }
        let mut result = crate::heap::GcVec::new();
        result.push(heap, ty.value());
        loop {
            sequences.retain(|(seq, at)| *at < seq.len());
            if sequences.is_empty() {
                return Ok(Tuple::new(heap, &result));
            }
            let good = sequences
                .iter()
                .map(|&(seq, at)| seq[at])
                .find(|&candidate| !sequences.iter().any(|(seq, at)| seq[at + 1..].contains(&candidate)));
            let Some(next) = good else {
                let names: Vec<String> =
                    bases.iter().filter_map(|b| b.downcast::<Type>()).map(|t| t.name()).collect();
                return Err(self.type_error(format!(
                    "Cannot create a consistent method resolution order (MRO) for bases {}",
                    names.join(", ")
                )));
            };
            result.push(heap, next);
            for (seq, at) in &mut sequences {
                if seq[*at] == next {
                    *at += 1;
                }
            }
        }
    }
}
