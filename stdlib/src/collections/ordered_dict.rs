//! `OrderedDict`: a dict that remembers insertion order, which can be changed.
//!
//! Dicts keep that order anyway; what is added are the moves, an equality that minds the order, and stricter iterators.
//! Items are set through `__setitem__` where a subclass may have its own.

use super::ordered_dict_views::{OrderedDictItems, OrderedDictIterator, OrderedDictKeys, OrderedDictValues};
use adder_interp::native::Args;
use adder_interp::object::dict::Dict;
use adder_interp::object::dict_views::ViewKind;
use adder_interp::object::header::Gc;
use adder_interp::object::shape::shape_id;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::special::Special;
use adder_macros::pymethods;
use adder_text::units::StrBuilder;

/// The class.
pub struct OrderedDict;

/// `self[key] = value`, past an overridden `__setitem__` only if there is none.
fn set(vm: &Vm, this: Gc<Dict>, key: Value, value: Value) -> PyResult<()> {
    if vm.special_of(this.value(), Special::SetItem) == vm.special(vm.types.dict, Special::SetItem) {
        this.insert(vm, key, value)
    } else {
        vm.setitem(this.value(), key, Some(value))
    }
}

/// Sets the pairs of an iterable.
fn add_pairs(vm: &Vm, this: Gc<Dict>, pairs: Value) -> PyResult<()> {
    let iterator = vm.iter(pairs)?;
    while let Some(pair) = vm.next(iterator)? {
        let items = vm.collect(pair)?;
        match *items {
            [key, value] => set(vm, this, key, value)?,
            [] => return Err(vm.value_error("need more than 0 values to unpack")),
            [_] => return Err(vm.value_error("need more than 1 value to unpack")),
            _ => return Err(vm.value_error("too many values to unpack (expected 2)")),
        }
    }
    Ok(())
}

/// `MutableMapping.update(self, other)`.
fn update_from(vm: &Vm, this: Gc<Dict>, other: Value) -> PyResult<()> {
    if vm.shape_of(other) == shape_id::DICT {
        let pairs = vm.call_method(other, "items", &[])?;
        return add_pairs(vm, this, pairs);
    }
    if vm.getattr_opt(other, vm.names.keys)?.is_some() {
        let keys = vm.call_method(other, "keys", &[])?;
        let iterator = vm.iter(keys)?;
        while let Some(key) = vm.next(iterator)? {
            let value = vm.getitem(other, key)?;
            set(vm, this, key, value)?;
        }
        return Ok(());
    }
    if vm.getattr_opt(other, vm.names.items)?.is_some() {
        let pairs = vm.call_method(other, "items", &[])?;
        return add_pairs(vm, this, pairs);
    }
    add_pairs(vm, this, other)
}

fn update_from_args(vm: &Vm, this: Gc<Dict>, args: Args<'_>) -> PyResult<()> {
    if let Some(&other) = args.positional_values().first() {
        update_from(vm, this, other)?;
    }
    args.keywords().try_for_each(|(key, value)| set(vm, this, key.value(), value))
}

/// An empty instance of the class of `this`.
fn new_like(vm: &Vm, this: Gc<Dict>) -> PyResult<Gc<Dict>> {
    let made = vm.call(vm.type_of(this.value()).value(), &[])?;
    made.downcast().ok_or_else(|| vm.type_error("the class did not make a dict"))
}

fn is_ordered(vm: &Vm, v: Value) -> PyResult<bool> {
    Ok(vm.type_of(v).is_subtype(vm.native_type(OrderedDict::TYPE_DEF)?))
}

fn equals(vm: &Vm, this: Gc<Dict>, other: Gc<Dict>) -> PyResult<bool> {
    if !Dict::equals(this, vm, other)? {
        return Ok(false);
    }
    if !is_ordered(vm, other.value())? {
        return Ok(true);
    }
    let versions = (this.assign_version(vm), other.assign_version(vm));
    let (mut i, mut j) = (0, 0);
    while let (Some((at, a, _)), Some((to, b, _))) = (this.next_entry(i), other.next_entry(j)) {
        if !vm.eq(a, b)? {
            return Ok(false);
        }
        if versions != (this.version(), other.version()) {
            return Err(vm.runtime_error("OrderedDict mutated during iteration"));
        }
        (i, j) = (at + 1, to + 1);
    }
    Ok(true)
}

/// Dictionary that remembers insertion order
#[pymethods(
    name = "OrderedDict",
    module = "collections",
    kind = Dict,
    base = super::dict_class,
    subclassable,
    has_dict,
    weakrefable,
    mapping,
    match_self
)]
impl OrderedDict {
    #[pymethod]
    fn __init__(this: Gc<Dict>, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        let given = args.positional_values().len();
        if given > 1 {
            return Err(vm.type_error(format!("expected at most 1 argument, got {given}")));
        }
        update_from_args(vm, this, args)
    }
    #[pymethod]
    fn __repr__(this: Gc<Dict>, vm: &Vm) -> PyResult {
        let class = vm.type_of(this.value());
        let name = class.short_name();
        if this.is_empty() {
            return Ok(vm.new_str(&format!("{name}()")));
        }
        let text = vm.enter_repr(this.value(), || {
            let exact = class == vm.native_type(OrderedDict::TYPE_DEF)?;
            let contents = if exact {
                this.copy(&vm.heap).value()
            } else {
                let items = vm.call_method(this.value(), "items", &[])?;
                vm.call(vm.types.dict.value(), &[items])?
            };
            let mut out = StrBuilder::new();
            out.push_str(&name);
            out.push_ascii(b"(");
            out.push_units(vm.repr(contents)?.units());
            out.push_ascii(b")");
            Ok(vm.built_str(out))
        })?;
        Ok(text.unwrap_or_else(|| vm.new_str("...")))
    }
    #[pymethod]
    fn __iter__(this: Gc<Dict>, vm: &Vm) -> PyResult {
        OrderedDictIterator::create(vm, this, ViewKind::Keys, false)
    }
    /// od.__reversed__() <==> reversed(od)
    #[pymethod]
    fn __reversed__(this: Gc<Dict>, vm: &Vm) -> PyResult {
        OrderedDictIterator::create(vm, this, ViewKind::Keys, true)
    }
    #[pymethod]
    fn __eq__(this: Gc<Dict>, vm: &Vm, other: Value) -> PyResult {
        match other.downcast::<Dict>() {
            Some(other) => Ok(Value::bool(equals(vm, this, other)?)),
            None => Ok(Value::not_implemented()),
        }
    }
    #[pymethod]
    fn __ne__(this: Gc<Dict>, vm: &Vm, other: Value) -> PyResult {
        match other.downcast::<Dict>() {
            Some(other) => Ok(Value::bool(!equals(vm, this, other)?)),
            None => Ok(Value::not_implemented()),
        }
    }
    #[pymethod]
    fn __or__(this: Gc<Dict>, vm: &Vm, other: Value) -> PyResult {
        if !other.is::<Dict>() {
            return Ok(Value::not_implemented());
        }
        let union = vm.call(vm.type_of(this.value()).value(), &[this.value()])?;
        let Some(union) = union.downcast::<Dict>() else { return Ok(Value::not_implemented()) };
        update_from(vm, union, other)?;
        Ok(union.value())
    }
    #[pymethod]
    fn __ror__(this: Gc<Dict>, vm: &Vm, other: Value) -> PyResult {
        if !other.is::<Dict>() {
            return Ok(Value::not_implemented());
        }
        let union = vm.call(vm.type_of(this.value()).value(), &[other])?;
        let Some(union) = union.downcast::<Dict>() else { return Ok(Value::not_implemented()) };
        update_from(vm, union, this.value())?;
        Ok(union.value())
    }
    #[pymethod]
    fn __ior__(this: Gc<Dict>, vm: &Vm, other: Value) -> PyResult {
        update_from(vm, this, other)?;
        Ok(this.value())
    }
    /// Create a new ordered dictionary with keys from iterable and values set to value.
    #[pyclassmethod(sig = "(iterable, value=None)")]
    fn fromkeys(cls: Gc<Type>, vm: &Vm, iterable: Value, value: Value) -> PyResult {
        let made = vm.call(cls.value(), &[])?;
        let iterator = vm.iter(iterable)?;
        while let Some(key) = vm.next(iterator)? {
            vm.setitem(made, key, Some(value))?;
        }
        Ok(made)
    }
    /// od.update(**kwargs) works as dict.update.
    #[pymethod]
    fn update(this: Gc<Dict>, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        let given = args.positional_values().len();
        if given > 1 {
            return Err(
                vm.type_error(format!("update() takes at most 1 positional argument ({given} given)"))
            );
        }
        update_from_args(vm, this, args)
    }
    /// Insert key with a value of default if key is not in the dictionary.
    ///
    /// Return the value for key if key is in the dictionary, else default.
    #[pymethod(sig = "(key, default=None)")]
    fn setdefault(this: Gc<Dict>, vm: &Vm, key: Value, default: Value) -> PyResult {
        if vm.type_of(this.value()) == vm.native_type(OrderedDict::TYPE_DEF)? {
            return this.get_or_insert(vm, key, default);
        }
        if vm.contains(this.value(), key)? {
            return vm.getitem(this.value(), key);
        }
        vm.setitem(this.value(), key, Some(default))?;
        Ok(default)
    }
    /// od.pop(key[,default]) -> v, remove specified key and return the corresponding value.
    ///
    /// If the key is not found, return the default if given; otherwise,
    /// raise a KeyError.
    #[pymethod(sig = "(key, default=<unrepresentable>)")]
    fn pop(this: Gc<Dict>, vm: &Vm, key: Value, default: Option<Value>) -> PyResult {
        match this.remove(vm, key)?.or(default) {
            Some(value) => Ok(value),
            None => Err(vm.key_error(key)),
        }
    }
    /// Remove and return a (key, value) pair from the dictionary.
    ///
    /// Pairs are returned in LIFO order if last is true or FIFO order if false.
    #[pymethod(sig = "(last=True)")]
    fn popitem(this: Gc<Dict>, vm: &Vm, last: bool) -> PyResult {
        let pair = if last {
            this.pop_last()
        } else {
            this.next_entry(0).map(|(at, key, _)| (key, this.remove_at(at)))
        };
        match pair {
            Some((key, value)) => Ok(vm.new_tuple(&[key, value])),
            None => Err(vm.key_error_message("dictionary is empty")),
        }
    }
    /// Move an existing element to the end (or beginning if last is false).
    ///
    /// Raise KeyError if the element does not exist.
    #[pymethod(sig = "(key, last=True)")]
    fn move_to_end(this: Gc<Dict>, vm: &Vm, key: Value, last: bool) -> PyResult<()> {
        let hash = vm.hash(key)?;
        let Some(at) = this.find_hashed(vm, key, hash)? else { return Err(vm.key_error(key)) };
        let end = if last { this.previous_entry(usize::MAX) } else { this.next_entry(0) };
        if end.is_some_and(|(i, ..)| i == at) {
            return Ok(());
        }
        if last {
            this.move_to_end(&vm.heap, at);
        } else {
            this.move_to_front(&vm.heap, at);
        }
        Ok(())
    }
    /// Return a set-like object providing a view on the dict's keys.
    #[pymethod]
    fn keys(this: Gc<Dict>, vm: &Vm) -> PyResult {
        OrderedDictKeys::create(vm, this)
    }
    /// Return an object providing a view on the dict's values.
    #[pymethod]
    fn values(this: Gc<Dict>, vm: &Vm) -> PyResult {
        OrderedDictValues::create(vm, this)
    }
    /// Return a set-like object providing a view on the dict's items.
    #[pymethod]
    fn items(this: Gc<Dict>, vm: &Vm) -> PyResult {
        OrderedDictItems::create(vm, this)
    }
    /// od.clear() -> None.  Remove all items from od.
    #[pymethod]
    fn clear(this: Gc<Dict>) {
        this.clear();
    }
    /// od.copy() -> a shallow copy of od
    #[pymethod]
    fn copy(this: Gc<Dict>, vm: &Vm) -> PyResult<Gc<Dict>> {
        let copy = new_like(vm, this)?;
        if let Some(attributes) = vm.existing_dict(this.value()).filter(|d| !d.is_empty())
            && let Some(own) = vm.instance_dict(copy.value())
        {
            Dict::update_from(own, vm, attributes.value())?;
        }
        let exact = vm.type_of(this.value()) == vm.native_type(OrderedDict::TYPE_DEF)?;
        let version = this.assign_version(vm);
        let mut at = 0;
        while let Some((i, key, value)) = this.next_entry(at) {
            let value = if exact { value } else { vm.getitem(this.value(), key)? };
            set(vm, copy, key, value)?;
            if this.version() != version {
                return Err(vm.runtime_error("OrderedDict mutated during iteration"));
            }
            at = i + 1;
        }
        Ok(copy)
    }
    /// Return state information for pickling
    #[pymethod]
    fn __reduce__(this: Gc<Dict>, vm: &Vm) -> PyResult {
        let state = vm.call_method(this.value(), "__getstate__", &[])?;
        let items = vm.call_method(this.value(), "items", &[])?;
        let items = vm.iter(items)?;
        let class = vm.type_of(this.value()).value();
        Ok(vm.new_tuple(&[class, vm.new_tuple(&[]), state, Value::none(), items]))
    }
    #[pymethod]
    fn __sizeof__(this: Gc<Dict>) -> usize {
        this.memory_size()
    }
}
