//! Attributes of classes that need more than a field: names, bases, annotations (PEP 649), documentation, flags.

use super::header::{Gc, Kind};
use super::objecttype::{native_base, same_layout};
use super::str::Str;
use super::tuple::Tuple;
use super::typeobj::{Type, type_flag};
use crate::heap::GcVec;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::special::Special;

/// `tp_flags` bits as CPython publishes them, because `inspect` and `copyreg` read them.
mod public {
    pub const STATIC_BUILTIN: i64 = 1 << 1;
    pub const INLINE_VALUES: i64 = 1 << 2;
    pub const MANAGED_WEAKREF: i64 = 1 << 3;
    pub const MANAGED_DICT: i64 = 1 << 4;
    pub const SEQUENCE: i64 = 1 << 5;
    pub const MAPPING: i64 = 1 << 6;
    pub const DISALLOW_INSTANTIATION: i64 = 1 << 7;
    pub const IMMUTABLE: i64 = 1 << 8;
    pub const HEAP: i64 = 1 << 9;
    pub const BASETYPE: i64 = 1 << 10;
    pub const READY: i64 = 1 << 12;
    pub const HAVE_GC: i64 = 1 << 14;
    pub const METHOD_DESCRIPTOR: i64 = 1 << 17;
    pub const ABSTRACT: i64 = 1 << 20;
    pub const MATCH_SELF: i64 = 1 << 22;
    pub const LONG: i64 = 1 << 24;
    pub const LIST: i64 = 1 << 25;
    pub const TUPLE: i64 = 1 << 26;
    pub const BYTES: i64 = 1 << 27;
    pub const UNICODE: i64 = 1 << 28;
    pub const DICT: i64 = 1 << 29;
    pub const BASE_EXCEPTION: i64 = 1 << 30;
    pub const TYPE: i64 = 1 << 31;
}

impl Vm {
    /// `cls.__module__`.
    pub fn type_module(&self, cls: Gc<Type>) -> Option<Value> {
        // The dict of `type` has the descriptor under this name: only Python classes keep the module there.
        match cls.def {
            Some(def) => Some(self.intern(def.module).value()),
            None if !cls.has(type_flag::HEAP) => {
                let own = cls.dict.get().get_str(self.names.__module__).filter(|v| v.is::<Str>());
                Some(own.unwrap_or(self.names.builtins.value()))
            }
            None => cls.dict.get().get_str(self.names.__module__),
        }
    }

    pub(crate) fn type_doc(&self, cls: Gc<Type>) -> PyResult {
        if let Some(def) = cls.def {
            return Ok(def.doc.map_or(Value::none(), |doc| self.new_str(doc)));
        }
        match cls.dict.get().get_str(self.names.__doc__) {
            None => Ok(Value::none()),
            Some(doc) => self.bind_attr(doc, None, cls),
        }
    }

    pub(crate) fn set_type_name(&self, cls: Gc<Type>, value: Option<Value>) -> PyResult<()> {
        let value = self.check_type_assignment(cls, "__name__", value)?;
        let Some(name) = value.downcast::<Str>() else {
            return Err(self.type_error(format!(
                "can only assign string to {}.__name__, not '{}'",
                cls.name(),
                self.type_of(value).name()
            )));
        };
        self.check_class_name(name)?;
        cls.name.set(name);
        self.heap.barrier(cls.header(), value);
        Ok(())
    }

    /// A class name has no NUL and no lone surrogates.
    pub(crate) fn check_class_name(&self, name: Gc<Str>) -> PyResult<()> {
        if name.chars().any(|c| c == 0) {
            return Err(self.value_error("type name must not contain null characters"));
        }
        <String as crate::native::FromArg>::from_arg(self, name.value(), CLASS_NAME.at(0)).map(drop)
    }

    pub(crate) fn set_type_qualname(&self, cls: Gc<Type>, value: Option<Value>) -> PyResult<()> {
        let value = self.check_type_assignment(cls, "__qualname__", value)?;
        let Some(name) = value.downcast::<Str>() else {
            return Err(self.type_error(format!(
                "can only assign string to {}.__qualname__, not '{}'",
                cls.name(),
                self.type_of(value).name()
            )));
        };
        cls.qualname.set(name);
        self.heap.barrier(cls.header(), value);
        Ok(())
    }

    // ---- __bases__

    pub(crate) fn assign_bases(&self, cls: Gc<Type>, value: Option<Value>) -> PyResult<()> {
        let value = self.check_type_assignment(cls, "__bases__", value)?;
        let Some(bases) = value.downcast::<Tuple>() else {
            return Err(self.type_error(format!(
                "can only assign tuple to {}.__bases__, not {}",
                cls.name(),
                self.type_of(value).name()
            )));
        };
        if bases.is_empty() {
            return Err(self
                .type_error(format!("can only assign non-empty tuple to {}.__bases__, not ()", cls.name())));
        }
        for &base in bases.iter() {
            let Some(base) = base.downcast::<Type>() else {
                return Err(self.type_error(format!(
                    "{}.__bases__ must be tuple of classes, not '{}'",
                    cls.name(),
                    self.type_of(base).name()
                )));
            };
            // A `mro()` of Python that assigns bases itself can leave MROs that lag behind.
            let chain = std::iter::successors(Some(base), |b| b.base.get());
            if base.is_subtype(cls) || chain.into_iter().any(|b| b == cls) {
                return Err(self.type_error("a __bases__ item causes an inheritance cycle"));
            }
        }
        let best = self.best_base(&bases)?;
        let old_base = cls.base.get().unwrap_or(self.types.object);
        if !compatible_bases(cls, old_base, best) {
            return Err(self.type_error(format!(
                "__bases__ assignment: '{}' object layout differs from '{}'",
                best.name(),
                old_base.name()
            )));
        }
        self.replace_bases(cls, best, bases)
    }

    fn replace_bases(&self, cls: Gc<Type>, best: Gc<Type>, bases: Gc<Tuple>) -> PyResult<()> {
        let (old_base, old_bases) = (cls.base.get(), cls.bases.get());
        // Classes that have got their new MRO, with the old ones, in case a later one fails.
        let mut done = GcVec::new();
        let each = |list: Option<Gc<Tuple>>, f: &dyn Fn(Gc<Type>)| {
            list.iter().flat_map(|b| b.iter()).filter_map(|b| b.downcast::<Type>()).for_each(f);
        };
        each(old_bases, &|b| b.remove_subclass(cls));
        self.set_bases(cls, best, bases);
        let result = self.update_mros(cls, &mut done);
        if result.is_err() {
            let pending = self.take_pending();
            for pair in done.chunks(2) {
                if let Some(ty) = pair[0].downcast::<Type>() {
                    ty.mro.set(pair[1].downcast::<Tuple>());
                    self.heap.barrier(ty.header(), pair[1]);
                }
            }
            if let (Some(base), Some(old)) = (old_base, old_bases)
                && cls.bases.get() == Some(bases)
            {
                self.set_bases(cls, base, old);
            }
            pending.into_iter().for_each(|e| self.set_pending(e));
        }
        self.register_subclass(cls);
        self.type_modified(cls);
        result
    }

    /// New MROs for a class and, below it, for those whose MRO mentions it.
    fn update_mros(&self, cls: Gc<Type>, done: &mut GcVec) -> PyResult<()> {
        self.check_native_stack("")?;
        let mro = self.computed_mro(cls)?;
        done.push(&self.heap, cls.value());
        done.push(&self.heap, cls.mro.get().map_or(Value::none(), Gc::value));
        cls.mro.set(Some(mro));
        self.heap.barrier(cls.header(), mro.value());
        let mut subclasses = GcVec::new();
        cls.for_each_subclass(|sub| subclasses.push(&self.heap, sub.value()));
        for sub in subclasses.iter().filter_map(|s| s.downcast::<Type>()) {
            self.update_mros(sub, done)?;
        }
        Ok(())
    }

    // ---- annotations

    fn no_type_attribute(&self, cls: Gc<Type>, name: &str) -> crate::value::Raised {
        self.no_attribute(cls.value(), self.intern(name))
    }

    pub(crate) fn type_annotations(&self, cls: Gc<Type>) -> PyResult {
        if !cls.has(type_flag::HEAP) {
            return Err(self.no_type_attribute(cls, "__annotations__"));
        }
        let dict = cls.dict.get();
        let found = dict
            .get_str(self.names.__annotations__)
            .or_else(|| dict.get_str(self.names.__annotations_cache__));
        if let Some(found) = found {
            return self.bind_attr(found, None, cls);
        }
        let annotate = self.getattr(cls.value(), self.names.__annotate__)?;
        let annotations = self.evaluate_annotate(annotate)?;
        cls.dict.get().insert_str(&self.heap, self.names.__annotations_cache__, annotations);
        self.type_modified(cls);
        Ok(annotations)
    }

    /// The dict that `__annotate__` returns for format VALUE; an empty one when it is None.
    pub fn evaluate_annotate(&self, annotate: Value) -> PyResult {
        if !self.is_callable(annotate) {
            return Ok(self.new_dict().value());
        }
        let annotations = self.call(annotate, &[Value::small_int(1)])?;
        if !annotations.is::<super::dict::Dict>() {
            return Err(self.type_error(format!(
                "__annotate__() must return a dict, not {}",
                self.full_type_name(self.type_of(annotations))?
            )));
        }
        Ok(annotations)
    }

    /// `callable(v)`.
    pub fn is_callable(&self, v: Value) -> bool {
        matches!(v.kind(), Some(Kind::Function | Kind::BoundMethod | Kind::Type))
            || self.special_of(v, Special::Call).is_some()
    }

    pub(crate) fn set_type_annotations(&self, cls: Gc<Type>, value: Option<Value>) -> PyResult<()> {
        if !cls.has(type_flag::HEAP) {
            return Err(self.immutable_type(cls, "__annotations__", false));
        }
        let (dict, n) = (cls.dict.get(), &self.names);
        match value {
            Some(value) => {
                let own = dict.get_str(n.__annotations__).is_some();
                let name = if own { n.__annotations__ } else { n.__annotations_cache__ };
                dict.insert_str(&self.heap, name, value);
            }
            None => {
                let deleted =
                    dict.remove_str(n.__annotations__).or_else(|| dict.remove_str(n.__annotations_cache__));
                if deleted.is_none() {
                    return Err(self.attribute_error("__annotations__"));
                }
            }
        }
        dict.remove_str(n.__annotate_func__);
        dict.remove_str(n.__annotate__);
        self.type_modified(cls);
        Ok(())
    }

    pub(crate) fn type_annotate(&self, cls: Gc<Type>) -> PyResult {
        if !cls.has(type_flag::HEAP) {
            return Err(self.no_type_attribute(cls, "__annotate__"));
        }
        let dict = cls.dict.get();
        let found =
            dict.get_str(self.names.__annotate_func__).or_else(|| dict.get_str(self.names.__annotate__));
        match found {
            Some(annotate) => self.bind_attr(annotate, None, cls),
            None => {
                dict.insert_str(&self.heap, self.names.__annotate_func__, Value::none());
                self.type_modified(cls);
                Ok(Value::none())
            }
        }
    }

    pub(crate) fn set_type_annotate(&self, cls: Gc<Type>, value: Option<Value>) -> PyResult<()> {
        let Some(value) = value else {
            return Err(self.type_error("cannot delete __annotate__ attribute"));
        };
        if !cls.has(type_flag::HEAP) {
            return Err(self.immutable_type(cls, "__annotate__", false));
        }
        if !value.is_none() && !self.is_callable(value) {
            return Err(self.type_error("__annotate__ must be callable or None"));
        }
        let (dict, n) = (cls.dict.get(), &self.names);
        dict.insert_str(&self.heap, n.__annotate_func__, value);
        if !value.is_none() {
            dict.remove_str(n.__annotations__);
            dict.remove_str(n.__annotations_cache__);
        }
        self.type_modified(cls);
        Ok(())
    }

    // ---- layout

    pub(crate) fn public_type_flags(&self, cls: Gc<Type>) -> i64 {
        let heap = cls.has(type_flag::HEAP);
        let in_python = [
            (type_flag::HAS_DICT, if heap { public::MANAGED_DICT | public::INLINE_VALUES } else { 0 }),
            (type_flag::WEAKREFABLE, if heap { public::MANAGED_WEAKREF } else { 0 }),
            (type_flag::SEQUENCE, public::SEQUENCE),
            (type_flag::MAPPING, public::MAPPING),
            (type_flag::SUBCLASSABLE, public::BASETYPE),
            (type_flag::ABSTRACT, public::ABSTRACT),
            (type_flag::MATCH_SELF, public::MATCH_SELF),
            (type_flag::NO_CONSTRUCTOR, public::DISALLOW_INSTANTIATION),
            (type_flag::IS_EXCEPTION, public::BASE_EXCEPTION),
        ];
        let mut flags =
            public::READY | if heap { public::HEAP } else { public::IMMUTABLE | public::STATIC_BUILTIN };
        for (ours, theirs) in in_python {
            if cls.has(ours) {
                flags |= theirs;
            }
        }
        let t = &self.types;
        for (base, bit) in [
            (t.int, public::LONG),
            (t.list, public::LIST),
            (t.tuple, public::TUPLE),
            (t.bytes, public::BYTES),
            (t.str, public::UNICODE),
            (t.dict, public::DICT),
            (t.type_, public::TYPE),
        ] {
            if cls.is_subtype(base) {
                flags |= bit;
            }
        }
        if [t.function, t.method_descriptor, t.wrapper_descriptor].contains(&cls) {
            flags |= public::METHOD_DESCRIPTOR;
        }
        let atomic = [t.int, t.bool_, t.float, t.complex, t.str, t.bytes, t.object, t.range];
        if heap || !atomic.contains(&cls) {
            flags |= public::HAVE_GC;
        }
        flags
    }
}

static CLASS_NAME: crate::native::Signature = crate::native::Signature::new(
    "builtins",
    "type",
    "__new__",
    crate::native::FnKind::New,
    false,
    false,
    &[crate::native::Param { name: "name", kind: crate::native::ParamKind::PositionalOnly, required: true }],
);

/// Whether the instances of `cls` fit a new best base.
fn compatible_bases(cls: Gc<Type>, old: Gc<Type>, new: Gc<Type>) -> bool {
    if cls.kind != new.kind || cls.native.map(std::ptr::from_ref) != new.native.map(std::ptr::from_ref) {
        return false;
    }
    if old == new || same_layout(old, new) {
        return true;
    }
    // `object` as old or new base: the dict and weak references may come from the base or from the class itself.
    let words = |t: Gc<Type>| (t.slot_words.get(), t.ext_words.get());
    let gained = |bit: u32| new.has(bit) && !cls.has(bit);
    words(old) == words(new) && !gained(type_flag::HAS_DICT) && !gained(type_flag::WEAKREFABLE)
}

/// Size of an instance without its items, as CPython lays it out: what `__basicsize__` shows.
pub fn basic_size(cls: Gc<Type>) -> i64 {
    let base = match cls.kind {
        Kind::Instance | Kind::Singleton => 16,
        Kind::Int64 | Kind::Int128 | Kind::BigInt | Kind::Bool | Kind::FloatObject => 24,
        Kind::Complex | Kind::Tuple => 32,
        Kind::Str => 64,
        Kind::Bytes => 33,
        Kind::ByteArray => 56,
        Kind::List => 40,
        Kind::Dict => 48,
        Kind::Set => 200,
        Kind::Type => 936,
        Kind::Range => 48,
        Kind::Slice => 40,
        Kind::Exception => 72,
        Kind::Module => 56,
        _ => 64,
    };
    let base = base + cls.native.map_or(0, |n| n.size as i64 - 48);
    let native = native_base(cls);
    let extra = cls.slot_words.get() as i64
        + (cls.ext_words.get() as i64 - native.ext_words.get() as i64 - cls.has(type_flag::HAS_DICT) as i64)
            .max(0);
    base + 8 * extra
}

/// Size of one item of a variable-size instance.
pub fn item_size(cls: Gc<Type>) -> i64 {
    match cls.kind {
        Kind::Int64 | Kind::Int128 | Kind::BigInt | Kind::Bool => 4,
        Kind::Tuple => 8,
        Kind::Bytes => 1,
        Kind::Type => 40,
        _ => 0,
    }
}
