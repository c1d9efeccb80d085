//! `dict` as Python sees it.

use super::dict::Dict;
use super::dict_views::DictView;
use super::header::Gc;
use super::iter::SeqIter;
use super::shape::{ShapeId, shape_id};
use super::tuple::Tuple;
use super::typeobj::Type;
use crate::heap::GcVec;
use crate::native::Args;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::compare::CompareOp;
use crate::vm::special::Special;
use adder_macros::pymethods;

impl Dict {
    /// An iterator over the dict of this kind (`shape_id::DICT_KEYITERATOR` and relatives).
    pub fn iterate(this: Gc<Dict>, vm: &Vm, shape: ShapeId) -> Value {
        let backward = matches!(
            shape,
            shape_id::DICT_REVERSEKEYITERATOR
                | shape_id::DICT_REVERSEVALUEITERATOR
                | shape_id::DICT_REVERSEITEMITERATOR
        );
        let iter = SeqIter::new(&vm.heap, shape, this.value(), 0, this.len());
        if backward {
            iter.index.set(this.entries().len());
        }
        iter.value()
    }

    /// `dict.update(other)` and `dict(other)`: a mapping, or an iterable of pairs.
    pub fn update_from(this: Gc<Dict>, vm: &Vm, other: Value) -> PyResult<()> {
        if vm.shape_of(other) == shape_id::DICT
            || (other.is::<Dict>()
                && vm.special_of(other, Special::Iter) == vm.special(vm.types.dict, Special::Iter))
        {
            return Dict::update_from_dict(this, vm, other.downcast().expect("checked"));
        }
        if vm.getattr_opt(other, vm.names.keys)?.is_some() {
            let keys = vm.call_method(other, "keys", &[])?;
            return vm.for_each(keys, |key| {
                let value = vm.getitem(other, key)?;
                this.insert(vm, key, value)
            });
        }
        Dict::update_from_pairs(this, vm, other)
    }

    fn update_from_dict(this: Gc<Dict>, vm: &Vm, other: Gc<Dict>) -> PyResult<()> {
        if this == other || other.is_empty() {
            return Ok(());
        }
        if this.is_empty() {
            this.copy_from(&vm.heap, &other);
            return Ok(());
        }
        let (table, len) = (other.table_identity(), other.len());
        let mut at = 0;
        while let Some((i, key, value)) = other.next_entry(at) {
            let hash = other.entries()[i].hash.get();
            this.insert_hashed(vm, key, hash, value)?;
            if other.len() != len || other.table_identity() != table {
                return Err(vm.runtime_error("dict mutated during update"));
            }
            at = i + 1;
        }
        Ok(())
    }

    fn update_from_pairs(this: Gc<Dict>, vm: &Vm, pairs: Value) -> PyResult<()> {
        let iterator = vm.iter(pairs)?;
        let mut n = 0;
        while let Some(pair) = vm.next(iterator)? {
            let (key, value) = match pair.downcast::<Tuple>().map(|t| t.as_ref()) {
                Some(t) if t.len() == 2 => (t[0], t[1]),
                _ => split_pair(vm, pair, n)?,
            };
            this.insert(vm, key, value)?;
            n += 1;
        }
        Ok(())
    }

    /// The arguments of `dict(...)` and `dict.update(...)`.
    pub fn update_from_args(this: Gc<Dict>, vm: &Vm, name: &str, args: Args<'_>) -> PyResult<()> {
        if let [other] = args.counted(vm, name, 0, 1)? {
            Dict::update_from(this, vm, *other)?;
        }
        for (key, value) in args.keywords() {
            this.insert(vm, key.value(), value)?;
        }
        Ok(())
    }

    /// `this == other`: the same keys with equal values.
    pub fn equals(this: Gc<Dict>, vm: &Vm, other: Gc<Dict>) -> PyResult<bool> {
        if this.len() != other.len() {
            return Ok(false);
        }
        let mut at = 0;
        while let Some((i, key, value)) = this.next_entry(at) {
            let hash = this.entries()[i].hash.get();
            match other.get_hashed(vm, key, hash)? {
                Some(found) if vm.eq(value, found)? => {}
                _ => return Ok(false),
            }
            at = i + 1;
        }
        Ok(true)
    }

    /// A copy of a dict as an exact dict.
    fn copied(this: Gc<Dict>, vm: &Vm) -> Gc<Dict> {
        this.copy(&vm.heap)
    }

    /// The union of two dicts; the right one wins.
    fn union(vm: &Vm, left: Gc<Dict>, right: Gc<Dict>) -> PyResult {
        let union = Dict::copied(left, vm);
        Dict::update_from(union, vm, right.value())?;
        Ok(union.value())
    }

    fn missing(this: Gc<Dict>, vm: &Vm, key: Value) -> PyResult {
        if this.header().shape() != shape_id::DICT
            && let Some(missing) = vm.special_of(this.value(), Special::Missing)
        {
            return vm.call_method_raw(missing, this.value(), &[key]);
        }
        Err(vm.key_error(key))
    }
}

/// Element `n` of the iterable that a dict is made from, if it is not a pair in a tuple.
fn split_pair(vm: &Vm, pair: Value, n: usize) -> PyResult<(Value, Value)> {
    let items = vm.collect(vm.iterable_or(pair, || "object is not iterable".into())?)?;
    match *items {
        [key, value] => Ok((key, value)),
        _ => Err(vm.value_error(format!(
            "dictionary update sequence element #{n} has length {}; 2 is required",
            items.len()
        ))),
    }
}

#[pymethods(
    name = "dict",
    kind = Dict,
    def = TYPE_DEF,
    subclassable,
    mapping,
    match_self,
    doc = "dict() -> new empty dictionary\ndict(mapping) -> new dictionary initialized from a mapping object's\n    (key, value) pairs\ndict(iterable) -> new dictionary initialized as if via:\n    d = {}\n    for k, v in iterable:\n        d[k] = v\ndict(**kwargs) -> new dictionary initialized with the name=value pairs\n    in the keyword argument list.  For example:  dict(one=1, two=2)"
)]
impl Dict {
    #[pynew(quiet)]
    fn __new__(cls: Gc<Type>, vm: &Vm, _args: Args<'_>) -> Value {
        let dict = Dict::of_class(&vm.heap, cls.root_shape().id, cls.ext_words.get() as usize);
        vm.finish_instance(cls, dict.value())
    }
    #[pymethod(quiet)]
    fn __init__(this: Gc<Dict>, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        Dict::update_from_args(this, vm, "dict", args)
    }
    #[pymethod]
    fn __repr__(this: Gc<Dict>, vm: &Vm) -> PyResult {
        if this.is_empty() {
            return Ok(vm.new_str("{}"));
        }
        let text = vm.enter_repr(this.value(), || {
            let mut out = adder_text::units::StrBuilder::new();
            let mut at = 0;
            while let Some((i, key, value)) = this.next_entry(at) {
                out.push_ascii(if at == 0 { b"{" } else { b", " });
                out.push_units(vm.repr(key)?.units());
                out.push_ascii(b": ");
                out.push_units(vm.repr(value)?.units());
                at = i + 1;
            }
            out.push_ascii(b"}");
            Ok(vm.built_str(out))
        })?;
        Ok(text.unwrap_or_else(|| vm.new_str("{...}")))
    }
    #[pymethod]
    fn __len__(&self) -> usize {
        self.len()
    }
    #[pymethod]
    fn __iter__(this: Gc<Dict>, vm: &Vm) -> Value {
        Dict::iterate(this, vm, shape_id::DICT_KEYITERATOR)
    }
    /// Return a reverse iterator over the dict keys.
    #[pymethod]
    fn __reversed__(this: Gc<Dict>, vm: &Vm) -> Value {
        Dict::iterate(this, vm, shape_id::DICT_REVERSEKEYITERATOR)
    }
    /// Return self[key].
    #[pymethod]
    fn __getitem__(this: Gc<Dict>, vm: &Vm, key: Value) -> PyResult {
        match this.get(vm, key)? {
            Some(value) => Ok(value),
            None => Dict::missing(this, vm, key),
        }
    }
    #[pymethod]
    fn __setitem__(&self, vm: &Vm, key: Value, value: Value) -> PyResult<()> {
        self.insert(vm, key, value)
    }
    #[pymethod]
    fn __delitem__(&self, vm: &Vm, key: Value) -> PyResult<()> {
        match self.remove(vm, key)? {
            Some(_) => Ok(()),
            None => Err(vm.key_error(key)),
        }
    }
    /// True if the dictionary has the specified key, else False.
    #[pymethod]
    fn __contains__(&self, vm: &Vm, key: Value) -> PyResult<bool> {
        self.contains(vm, key)
    }
    /// Dicts have no order.
    #[pycompare]
    fn compare(this: Gc<Dict>, vm: &Vm, op: CompareOp, other: Value) -> PyResult {
        match (op, other.downcast::<Dict>()) {
            (CompareOp::Eq, Some(other)) => Ok(Value::bool(Dict::equals(this, vm, other)?)),
            (CompareOp::Ne, Some(other)) => Ok(Value::bool(!Dict::equals(this, vm, other)?)),
            _ => Ok(Value::not_implemented()),
        }
    }
    #[pymethod]
    fn __or__(this: Gc<Dict>, vm: &Vm, other: Value) -> PyResult {
        match other.downcast::<Dict>() {
            Some(other) => Dict::union(vm, this, other),
            None => Ok(Value::not_implemented()),
        }
    }
    #[pymethod]
    fn __ror__(this: Gc<Dict>, vm: &Vm, other: Value) -> PyResult {
        match other.downcast::<Dict>() {
            Some(other) => Dict::union(vm, other, this),
            None => Ok(Value::not_implemented()),
        }
    }
    #[pymethod]
    fn __ior__(this: Gc<Dict>, vm: &Vm, other: Value) -> PyResult {
        Dict::update_from(this, vm, other)?;
        Ok(this.value())
    }
    /// Return the size of the dict in memory.
    #[pymethod]
    fn __sizeof__(&self) -> usize {
        self.memory_size()
    }
    /// See PEP 585
    #[pyclassmethod(sig = "(object, /)")]
    fn __class_getitem__(cls: Gc<Type>, vm: &Vm, object: Value) -> PyResult {
        vm.generic_alias(cls, object)
    }
    /// Return the value for key if key is in the dictionary, else default.
    #[pymethod(quiet, name = "get", sig = "(key, default=None, /)")]
    fn py_get(&self, vm: &Vm, key: Value, default: Option<Value>) -> PyResult {
        Ok(self.get(vm, key)?.or(default).unwrap_or(Value::none()))
    }
    /// Insert key with a value of default if key is not in the dictionary.
    ///
    /// Return the value for key if key is in the dictionary, else default.
    #[pymethod(quiet, sig = "(key, default=None, /)")]
    fn setdefault(&self, vm: &Vm, key: Value, default: Option<Value>) -> PyResult {
        self.get_or_insert(vm, key, default.unwrap_or(Value::none()))
    }
    /// D.pop(k[,d]) -> v, remove specified key and return the corresponding value.
    ///
    /// If the key is not found, return the default if given; otherwise,
    /// raise a KeyError.
    #[pymethod(quiet, name = "pop")]
    fn pop(&self, vm: &Vm, key: Value, default: Option<Value>) -> PyResult {
        // Of an empty dict not even the key's hash is asked for.
        let removed = if self.is_empty() { None } else { self.remove(vm, key)? };
        match removed.or(default) {
            Some(value) => Ok(value),
            None => Err(vm.key_error(key)),
        }
    }
    /// Remove and return a (key, value) pair as a 2-tuple.
    ///
    /// Pairs are returned in LIFO (last-in, first-out) order.
    /// Raises KeyError if the dict is empty.
    #[pymethod(quiet)]
    fn popitem(&self, vm: &Vm) -> PyResult {
        match self.pop_last() {
            Some((key, value)) => Ok(vm.new_tuple(&[key, value])),
            None => Err(vm.key_error_message("popitem(): dictionary is empty")),
        }
    }
    /// Return a set-like object providing a view on the dict's keys.
    #[pymethod(quiet)]
    fn keys(this: Gc<Dict>, vm: &Vm) -> Value {
        DictView::keys(vm, this)
    }
    /// Return a set-like object providing a view on the dict's items.
    #[pymethod(quiet)]
    fn items(this: Gc<Dict>, vm: &Vm) -> Value {
        DictView::items(vm, this)
    }
    /// Return an object providing a view on the dict's values.
    #[pymethod(quiet)]
    fn values(this: Gc<Dict>, vm: &Vm) -> Value {
        DictView::values(vm, this)
    }
    /// D.update([E, ]**F) -> None.  Update D from mapping/iterable E and F.
    ///
    /// If E is present and has a .keys() method, then does:  for k in E.keys(): D[k] = E[k]
    /// If E is present and lacks a .keys() method, then does:  for k, v in E: D[k] = v
    /// In either case, this is followed by: for k in F:  D[k] = F[k]
    #[pymethod]
    fn update(this: Gc<Dict>, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        Dict::update_from_args(this, vm, "update", args)
    }
    /// Create a new dictionary with keys from iterable and values set to value.
    #[pyclassmethod(sig = "(iterable, value=None, /)")]
    fn fromkeys(cls: Gc<Type>, vm: &Vm, iterable: Value, value: Option<Value>) -> PyResult {
        let value = value.unwrap_or(Value::none());
        let made = vm.call(cls.value(), &[])?;
        if vm.shape_of(made) == shape_id::DICT {
            let dict: Gc<Dict> = made.downcast().expect("shape");
            vm.for_each(iterable, |key| dict.insert(vm, key, value))?;
            return Ok(made);
        }
        vm.for_each(iterable, |key| vm.setitem(made, key, Some(value)))?;
        Ok(made)
    }
    /// Remove all items from the dict.
    #[pymethod(quiet, name = "clear")]
    fn py_clear(&self) {
        self.clear();
    }
    /// Return a shallow copy of the dict.
    #[pymethod(quiet, name = "copy")]
    fn py_copy(this: Gc<Dict>, vm: &Vm) -> Gc<Dict> {
        Dict::copied(this, vm)
    }
}

/// A snapshot of the keys, for algorithms that run Python code on each.
pub fn keys_of(vm: &Vm, dict: Gc<Dict>) -> GcVec {
    let mut keys = GcVec::with_capacity(&vm.heap, dict.len());
    dict.iter().for_each(|(key, _)| keys.push(&vm.heap, key));
    keys
}
