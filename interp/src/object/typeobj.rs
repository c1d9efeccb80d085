//! `type`: classes.
//!
//! A class keeps its attributes in a dict, its linearisation in a tuple, and a *version*: a number, unique in the
//! interpreter, that changes whenever the class or one of its bases changes. Attribute caches and compiled code
//! depend on the version; the special-method table ([`Type::special`]) is valid for one version.
//!
//! `root_shape` is the shape of a fresh instance, `dict_shape` that of instances in dictionary mode. The
//! number of inline attribute slots follows what instances turned out to need (slack tracking in
//! [`Type::note_attribute_count`]): a new root shape, used by later instances, never changes existing ones.

use super::dict::Dict;
use super::header::{Gc, Header, HeapObject, Kind};
use super::native::NativeInfo;
use super::shape::{Shape, ShapeId};
use super::str::Str;
use super::tuple::Tuple;
use super::weakref::WeakRef;
use crate::heap::{ArrayBuf, Heap, Tracer};
use crate::native::TypeDef;
use crate::value::Value;
use std::cell::{Cell, RefCell};

/// Attributes that lie in an instance itself, at most.
pub const MOST_INLINE: u16 = 32;

/// Class flags.
pub mod type_flag {
    /// Instances have a `__dict__`.
    pub const HAS_DICT: u32 = 1 << 0;
    /// Instances can be weakly referenced.
    pub const WEAKREFABLE: u32 = 1 << 1;
    pub const SUBCLASSABLE: u32 = 1 << 2;
    /// Created by a class statement or `type()`: attributes can be set.
    pub const HEAP: u32 = 1 << 3;
    pub const SEQUENCE: u32 = 1 << 4;
    pub const MAPPING: u32 = 1 << 5;
    pub const MATCH_SELF: u32 = 1 << 6;
    pub const NO_CONSTRUCTOR: u32 = 1 << 7;
    pub const ABSTRACT: u32 = 1 << 8;
    /// The class is a metaclass (inherits from `type`).
    pub const IS_METACLASS: u32 = 1 << 9;
    pub const IS_EXCEPTION: u32 = 1 << 10;
    /// Has `__del__`.
    pub const HAS_FINALIZER: u32 = 1 << 11;
    /// Some attribute of the class is a variable: see `Vm::is_class_variable`.
    pub const HAS_VARIABLES: u32 = 1 << 12;
    /// Attributes of classes of this metaclass are remembered: see `Vm::class_reads_plainly`.
    pub const METACLASS_KNOWN: u32 = 1 << 13;
}

/// See the module documentation.
#[repr(C)]
pub struct Type {
    hdr: Header,
    /// Unique number of the class's present state; read by inline caches.
    pub version: Cell<u64>,
    pub name: Cell<Gc<Str>>,
    pub qualname: Cell<Gc<Str>>,
    pub base: Cell<Option<Gc<Type>>>,
    pub bases: Cell<Option<Gc<Tuple>>>,
    pub mro: Cell<Option<Gc<Tuple>>>,
    pub dict: Cell<Gc<Dict>>,
    pub flags: Cell<u32>,
    /// Layout of instances.
    pub kind: Kind,
    pub native: Option<&'static NativeInfo>,
    /// Words behind the layout of the built-in base: `__slots__` and the dictionary.
    pub ext_words: Cell<u16>,
    /// Words of `__slots__` in instances of kind `Instance`.
    pub slot_words: Cell<u16>,
    pub root_shape: Cell<Option<Gc<Shape>>>,
    pub dict_shape: Cell<Option<Gc<Shape>>>,
    /// Attributes that instances made so far ended up with, at most.
    pub most_attributes: Cell<u16>,
    pub def: Option<&'static TypeDef>,
    specials: Cell<Option<Gc<ArrayBuf>>>,
    specials_version: Cell<u64>,
    subclasses: RefCell<Vec<Gc<WeakRef>>>,
}

// SAFETY: every pointer is visited.
unsafe impl HeapObject for Type {
    const KIND: Kind = Kind::Type;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.visit(self.name.get().value());
        tracer.visit(self.qualname.get().value());
        tracer.visit(self.dict.get().value());
        let optional = [
            self.base.get().map(Gc::value),
            self.bases.get().map(Gc::value),
            self.mro.get().map(Gc::value),
            self.root_shape.get().map(Gc::value),
            self.dict_shape.get().map(Gc::value),
            self.specials.get().map(Gc::value),
        ];
        optional.into_iter().flatten().for_each(|v| tracer.visit(v));
        self.subclasses.borrow().iter().for_each(|w| tracer.visit(w.value()));
    }
}

/// Where a special method's lookup is cached: absent, or the raw attribute of the class.
const UNKNOWN: Option<Value> = None;

impl Type {
    /// A bare class with this metaclass shape; the caller fills in bases, MRO, dict and shapes.
    #[allow(clippy::too_many_arguments, reason = "the raw constructor; `vm::class` has the ones to use")]
    pub fn alloc(
        heap: &Heap,
        metaclass_shape: ShapeId,
        name: Gc<Str>,
        dict: Gc<Dict>,
        kind: Kind,
        native: Option<&'static NativeInfo>,
        flags: u32,
        def: Option<&'static TypeDef>,
    ) -> Gc<Type> {
        let ty = heap.alloc(
            metaclass_shape,
            Type {
                hdr: Header::blank(),
                version: Cell::new(0),
                name: Cell::new(name),
                qualname: Cell::new(name),
                base: Cell::new(None),
                bases: Cell::new(None),
                mro: Cell::new(None),
                dict: Cell::new(dict),
                flags: Cell::new(flags),
                kind,
                native,
                ext_words: Cell::new(0),
                slot_words: Cell::new(0),
                root_shape: Cell::new(None),
                dict_shape: Cell::new(None),
                most_attributes: Cell::new(0),
                def,
                specials: Cell::new(None),
                specials_version: Cell::new(0),
                subclasses: RefCell::default(),
            },
        );
        heap.register_drop(ty.header());
        ty
    }

    #[inline(always)]
    pub fn has(&self, flag: u32) -> bool {
        self.flags.get() & flag != 0
    }
    pub fn set_flag(&self, flag: u32) {
        self.flags.set(self.flags.get() | flag);
    }
    /// The class's name as text, for messages: with its module if it is native and not in `builtins`.
    pub fn name(&self) -> String {
        match self.def {
            Some(def) if def.module != "builtins" => format!("{}.{}", def.module, def.name),
            _ => self.short_name(),
        }
    }
    /// The class's `__name__` as text.
    pub fn short_name(&self) -> String {
        self.name.get().to_string_lossy().into_owned()
    }
    /// The MRO; complete once the class exists.
    #[inline(always)]
    pub fn mro(&self) -> Gc<Tuple> {
        self.mro.get().expect("a finished class has an MRO")
    }
    /// The shape of a fresh instance.
    #[inline(always)]
    pub fn root_shape(&self) -> Gc<Shape> {
        self.root_shape.get().expect("a finished class has a root shape")
    }
    /// Classes of the MRO in order.
    #[inline]
    pub fn mro_iter(&self) -> impl Iterator<Item = Gc<Type>> + '_ {
        let mro = self.mro.get().map(Gc::as_ref);
        mro.map(|m| &m[..]).unwrap_or(&[]).iter().filter_map(|v| v.downcast::<Type>())
    }
    /// Whether this class is `other` or inherits from it (real inheritance, no hooks).
    #[inline]
    pub fn is_subtype(&self, other: Gc<Type>) -> bool {
        if self.hdr.address() == other.header().address() {
            return true;
        }
        match self.mro.get() {
            Some(mro) => mro.iter().any(|&c| c == other.value()),
            None => self.base.get().is_some_and(|b| b.is_subtype(other)),
        }
    }
    /// Attribute `name` along the MRO, without the method cache.
    pub fn lookup_uncached(&self, name: Gc<Str>) -> Option<Value> {
        self.mro_iter().find_map(|c| c.dict.get().get_str(name))
    }

    /// Cached special method slot `index`, if it is valid: `Some(None)` means known to be absent.
    #[inline(always)]
    pub fn cached_special(&self, index: usize) -> Option<Option<Value>> {
        if self.specials_version.get() != self.version.get() || self.version.get() == 0 {
            return None;
        }
        let v = self.specials.get()?.as_ref().slots()[index].get();
        if v == UNKNOWN {
            return None;
        }
        // The class itself stands for "absent": no special method can be its own class.
        Some(v.filter(|v| v.bits() != self.hdr.address() as u64))
    }

    /// A new version, with the same special methods.
    pub fn move_to_version(&self, version: u64) {
        if self.specials_version.get() == self.version.get() {
            self.specials_version.set(version);
        }
        self.version.set(version);
    }

    /// Remembers what lookup of a special method found under the present version.
    pub fn cache_special(&self, heap: &Heap, index: usize, count: usize, found: Option<Value>) {
        if self.specials_version.get() != self.version.get() || self.specials.get().is_none() {
            let table = ArrayBuf::new(heap, count);
            self.specials.set(Some(table));
            heap.barrier(&self.hdr, table.value());
            self.specials_version.set(self.version.get());
        }
        if let Some(table) = self.specials.get() {
            table.set(heap, index, found.unwrap_or(self.hdr.as_value()));
        }
    }

    pub fn add_subclass(&self, heap: &Heap, reference: Gc<WeakRef>) {
        let mut list = self.subclasses.borrow_mut();
        list.retain(|w| w.target().is_some());
        list.push(reference);
        heap.barrier(&self.hdr, reference.value());
    }
    pub fn remove_subclass(&self, subclass: Gc<Type>) {
        self.subclasses.borrow_mut().retain(|w| w.target().is_some_and(|t| t != subclass.value()));
    }
    /// Live direct subclasses, in order of creation.
    pub fn for_each_subclass(&self, mut f: impl FnMut(Gc<Type>)) {
        let mut i = 0;
        loop {
            let next = self.subclasses.borrow().get(i).copied();
            let Some(w) = next else { return };
            if let Some(t) = w.target().and_then(|t| t.downcast::<Type>()) {
                f(t);
            }
            i += 1;
        }
    }

    /// Slack tracking: an instance got its `count`th attribute. Makes room inline in later instances.
    pub fn note_attribute_count(this: Gc<Type>, heap: &Heap, count: u32) {
        let root = this.root_shape();
        let count = count.min(u32::from(MOST_INLINE)) as u16;
        if count <= root.inline_capacity || count <= this.most_attributes.get() {
            return;
        }
        this.most_attributes.set(count);
        let capacity = (count + count / 2).min(MOST_INLINE);
        let shape = Shape::new_root(heap, this, capacity, root.slot_words, false);
        this.root_shape.set(Some(shape));
        heap.barrier(this.header(), shape.value());
    }
}
