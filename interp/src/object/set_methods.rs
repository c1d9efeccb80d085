//! `set` and `frozenset` as Python sees them.
//!
//! The steps of every operation are CPython's, because they decide the order in which the result is iterated: which
//! operand is walked, when a table is copied and when it is resized.

use super::dict::Dict;
use super::header::Gc;
use super::iter::SeqIter;
use super::set::Set;
use super::shape::shape_id;
use super::typeobj::Type;
use crate::native::Args;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use crate::vm::compare::CompareOp;
use crate::vm::planted::{Bug, planted};
use crate::vm::special::Special::Init;
use adder_macros::pymethods;

/// A set of class `cls` with the elements of `iterable`; `__init__` does not run.
fn make(vm: &Vm, cls: Gc<Type>, iterable: Option<Value>) -> PyResult<Gc<Set>> {
    let set = Set::of_class(&vm.heap, cls.root_shape().id, cls.ext_words.get() as usize);
    vm.finish_instance(cls, set.value());
    if let Some(iterable) = iterable {
        Set::update_from(set, vm, iterable)?;
    }
    Ok(set)
}

/// An exact dict.
fn exact_dict(vm: &Vm, v: Value) -> Option<Gc<Dict>> {
    if vm.shape_of(v) == shape_id::DICT { v.downcast() } else { None }
}

impl Set {
    /// An empty set or frozenset, whichever the class of `this` derives from.
    fn new_like(this: Gc<Set>, vm: &Vm) -> Gc<Set> {
        let frozen = vm.type_of(this.value()).is_subtype(vm.types.frozenset);
        Set::of_class(&vm.heap, if frozen { shape_id::FROZENSET } else { shape_id::SET }, 0)
    }

    /// A copy, of the built-in class even if this is an instance of a subclass.
    fn copied(this: Gc<Set>, vm: &Vm) -> PyResult<Gc<Set>> {
        let copy = Set::new_like(this, vm);
        copy.merge_from(vm, this)?;
        Ok(copy)
    }

    /// Adds the elements of an iterable.
    pub fn update_from(this: Gc<Set>, vm: &Vm, other: Value) -> PyResult<()> {
        if let Some(other) = other.downcast::<Set>() {
            return this.merge_from(vm, other);
        }
        if let Some(dict) = exact_dict(vm, other) {
            this.reserve_for_merge(&vm.heap, dict.len());
            return for_each_key(dict, |key, hash| this.add_hashed(vm, key, hash).map(drop));
        }
        vm.for_each(other, |key| this.add(vm, key))
    }

    /// Removes the elements of an iterable.
    pub fn subtract(this: Gc<Set>, vm: &Vm, other: Value) -> PyResult<()> {
        if other == this.value() {
            this.clear();
            return Ok(());
        }
        match other.downcast::<Set>() {
            Some(other) => {
                let walked = if other.len() >> 3 > this.len() {
                    Set::intersection(this, vm, other.value())?
                } else {
                    other
                };
                for_each_element(walked, |key, hash| this.remove_hashed(vm, key, hash).map(drop))?;
            }
            None => vm.for_each(other, |key| this.remove(vm, key).map(drop))?,
        }
        this.compact(&vm.heap);
        Ok(())
    }

    /// Adds the elements that are missing and removes those that are there.
    pub fn toggle_all(this: Gc<Set>, vm: &Vm, other: Value) -> PyResult<()> {
        if other == this.value() {
            this.clear();
            return Ok(());
        }
        let toggle = |key, hash| {
            if !this.remove_hashed(vm, key, hash)? {
                this.add_hashed(vm, key, hash)?;
            }
            Ok(())
        };
        if let Some(dict) = exact_dict(vm, other) {
            return for_each_key(dict, toggle);
        }
        let other = match other.downcast::<Set>() {
            Some(other) => other,
            None => {
                let set = Set::new_like(this, vm);
                Set::update_from(set, vm, other)?;
                set
            }
        };
        for_each_element(other, toggle)
    }

    /// The elements that are in both.
    pub fn intersection(this: Gc<Set>, vm: &Vm, other: Value) -> PyResult<Gc<Set>> {
        if other == this.value() {
            return Set::copied(this, vm);
        }
        let result = Set::new_like(this, vm);
        match other.downcast::<Set>() {
            Some(other) => {
                let (walked, asked) = if other.len() > this.len() { (this, other) } else { (other, this) };
                for_each_element(walked, |key, hash| {
                    if asked.contains_hashed(vm, key, hash)? {
                        result.add_hashed(vm, key, hash)?;
                    }
                    Ok(())
                })?;
            }
            None => vm.for_each(other, |key| {
                let hash = vm.hash_set_element(key)?;
                if this.contains_hashed(vm, key, hash)? {
                    result.add_hashed(vm, key, hash)?;
                }
                Ok(())
            })?,
        }
        Ok(result)
    }

    /// Keeps the elements that are in `other` too.
    pub fn intersect_with(this: Gc<Set>, vm: &Vm, other: Value) -> PyResult<()> {
        let both = Set::intersection(this, vm, other)?;
        this.swap(&vm.heap, &both);
        Ok(())
    }

    /// The elements that are not in `other`.
    pub fn difference(this: Gc<Set>, vm: &Vm, other: Value) -> PyResult<Gc<Set>> {
        let set = other.downcast::<Set>();
        let dict = exact_dict(vm, other);
        let other_len = set.map(|s| s.len()).or(dict.map(|d| d.len()));
        if other_len.is_none_or(|n| this.len() >> 2 > n) {
            let copy = Set::copied(this, vm)?;
            Set::subtract(copy, vm, other)?;
            return Ok(copy);
        }
        let result = Set::new_like(this, vm);
        for_each_element(this, |key, hash| {
            let found = match (set, dict) {
                (Some(set), _) => set.contains_hashed(vm, key, hash)?,
                (None, Some(dict)) => dict.get_hashed(vm, key, hash)?.is_some(),
                (None, None) => false,
            };
            if !found {
                result.add_hashed(vm, key, hash)?;
            }
            Ok(())
        })?;
        Ok(result)
    }

    /// The elements that are in one of the two.
    fn symmetric(this: Gc<Set>, vm: &Vm, other: Value) -> PyResult<Gc<Set>> {
        let result = Set::new_like(this, vm);
        Set::update_from(result, vm, other)?;
        Set::toggle_all(result, vm, this.value())?;
        Ok(result)
    }

    fn union_with(this: Gc<Set>, vm: &Vm, others: &[Value]) -> PyResult<Gc<Set>> {
        let result = Set::copied(this, vm)?;
        for &other in others.iter().filter(|&&o| o != this.value()) {
            Set::update_from(result, vm, other)?;
        }
        Ok(result)
    }

    fn intersection_with(this: Gc<Set>, vm: &Vm, others: &[Value]) -> PyResult<Gc<Set>> {
        let [first, rest @ ..] = others else { return Set::copied(this, vm) };
        let mut result = Set::intersection(this, vm, *first)?;
        for &other in rest {
            result = Set::intersection(result, vm, other)?;
        }
        Ok(result)
    }

    fn difference_with(this: Gc<Set>, vm: &Vm, others: &[Value]) -> PyResult<Gc<Set>> {
        let [first, rest @ ..] = others else { return Set::copied(this, vm) };
        let result = Set::difference(this, vm, *first)?;
        for &other in rest {
            Set::subtract(result, vm, other)?;
        }
        Ok(result)
    }

    /// Whether every element is in `other`.
    fn is_subset(this: Gc<Set>, vm: &Vm, other: Value) -> PyResult<bool> {
        let Some(other) = other.downcast::<Set>() else {
            return Ok(Set::intersection(this, vm, other)?.len() == this.len());
        };
        if this.len() > other.len() {
            return Ok(false);
        }
        all_elements(this, |key, hash| other.contains_hashed(vm, key, hash))
    }

    fn is_superset(this: Gc<Set>, vm: &Vm, other: Value) -> PyResult<bool> {
        if let Some(other) = other.downcast::<Set>() {
            return Set::is_subset(other, vm, this.value());
        }
        let iterator = vm.iter(other)?;
        while let Some(key) = vm.next(iterator)? {
            if !this.contains(vm, key)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_disjoint(this: Gc<Set>, vm: &Vm, other: Value) -> PyResult<bool> {
        if other == this.value() {
            return Ok(this.is_empty());
        }
        if let Some(other) = other.downcast::<Set>() {
            let (walked, asked) = if other.len() > this.len() { (this, other) } else { (other, this) };
            return all_elements(walked, |key, hash| Ok(!asked.contains_hashed(vm, key, hash)?));
        }
        let iterator = vm.iter(other)?;
        while let Some(key) = vm.next(iterator)? {
            if this.contains(vm, key)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn compare(this: Gc<Set>, vm: &Vm, op: CompareOp, other: Value) -> PyResult {
        let Some(other) = other.downcast::<Set>() else { return Ok(Value::not_implemented()) };
        let equal = || -> PyResult<bool> {
            let hashes_differ = matches!((this.hash.get(), other.hash.get()), (Some(a), Some(b)) if a != b);
            Ok(this.len() == other.len() && !hashes_differ && Set::is_subset(this, vm, other.value())?)
        };
        let holds = match op {
            CompareOp::Eq => equal()?,
            CompareOp::Ne => !equal()?,
            CompareOp::Lt => {
                (this.len() < other.len() || planted(Bug::SubsetOfItself))
                    && Set::is_subset(this, vm, other.value())?
            }
            CompareOp::Le => Set::is_subset(this, vm, other.value())?,
            CompareOp::Gt => this.len() > other.len() && Set::is_subset(other, vm, this.value())?,
            CompareOp::Ge => Set::is_subset(other, vm, this.value())?,
        };
        Ok(Value::bool(holds))
    }

    /// Runs `f` with an element and its hash. A set, which cannot be hashed, stands for the frozenset equal to it.
    fn with_element<R>(vm: &Vm, key: Value, f: impl FnOnce(u64) -> PyResult<R>) -> PyResult<R> {
        let hash = match (vm.hash_set_element(key), key.downcast::<Set>()) {
            (Ok(hash), _) => hash,
            (Err(Raised), Some(set)) => {
                vm.catch(vm.exceptions.type_error)?;
                set.elements_hash()
            }
            (Err(raised), None) => return Err(raised),
        };
        f(hash)
    }

    /// Hash of a frozenset with these elements.
    fn elements_hash(&self) -> u64 {
        let mut hasher = adder_numeric::hash::SetHasher::default();
        self.iter().for_each(|(_, hash)| hasher.push(hash as i64));
        hasher.finish() as u64
    }

    fn repr(this: Gc<Set>, vm: &Vm) -> PyResult {
        let name = vm.type_of(this.value()).short_name();
        if this.is_empty() {
            return Ok(vm.new_str(&format!("{name}()")));
        }
        let text = vm.enter_repr(this.value(), || {
            let plain = vm.shape_of(this.value()) == shape_id::SET;
            let mut out = adder_text::units::StrBuilder::new();
            out.push_str(&if plain { "{".to_owned() } else { format!("{name}({{") });
            let elements = vm.collect(this.value())?;
            for (i, &element) in elements.iter().enumerate() {
                if i > 0 {
                    out.push_ascii(b", ");
                }
                out.push_units(vm.repr(element)?.units());
            }
            out.push_str(if plain { "}" } else { "})" });
            Ok(vm.built_str(out))
        })?;
        Ok(text.unwrap_or_else(|| vm.new_str(&format!("{name}(...)"))))
    }

    fn iterate(this: Gc<Set>, vm: &Vm) -> Value {
        SeqIter::new(&vm.heap, shape_id::SET_ITERATOR, this.value(), 0, this.len()).value()
    }

    fn reduce(this: Gc<Set>, vm: &Vm) -> PyResult {
        let class = vm.type_of(this.value());
        let elements = vm.list_from(vm.collect(this.value())?);
        let args = vm.new_tuple(&[elements]);
        let exact = class == vm.types.set || class == vm.types.frozenset;
        let state = if exact { Value::none() } else { vm.call_method(this.value(), "__getstate__", &[])? };
        Ok(vm.new_tuple(&[class.value(), args, state]))
    }
}

/// Calls `f` with the elements of a set and their hashes; `f` may change the set.
fn for_each_element(set: Gc<Set>, mut f: impl FnMut(Value, u64) -> PyResult<()>) -> PyResult<()> {
    let mut at = 0;
    while let Some((i, key, hash)) = set.next_slot(at) {
        f(key, hash)?;
        at = i + 1;
    }
    Ok(())
}

fn all_elements(set: Gc<Set>, mut f: impl FnMut(Value, u64) -> PyResult<bool>) -> PyResult<bool> {
    let mut at = 0;
    while let Some((i, key, hash)) = set.next_slot(at) {
        if !f(key, hash)? {
            return Ok(false);
        }
        at = i + 1;
    }
    Ok(true)
}

/// Calls `f` with the keys of a dict and their hashes; `f` may change the dict.
fn for_each_key(dict: Gc<Dict>, mut f: impl FnMut(Value, u64) -> PyResult<()>) -> PyResult<()> {
    let mut at = 0;
    while let Some((i, key, _)) = dict.next_entry(at) {
        let hash = dict.entries()[i].hash.get();
        f(key, hash)?;
        at = i + 1;
    }
    Ok(())
}

/// An operator between sets: NotImplemented unless both operands are sets.
fn operator(
    vm: &Vm,
    left: Value,
    right: Value,
    f: impl FnOnce(Gc<Set>, &Vm, Value) -> PyResult<Gc<Set>>,
) -> PyResult {
    match left.downcast::<Set>() {
        Some(left) if right.is::<Set>() => Ok(f(left, vm, right)?.value()),
        _ => Ok(Value::not_implemented()),
    }
}

/// An operator that changes its left operand.
fn inplace(
    vm: &Vm,
    left: Gc<Set>,
    right: Value,
    f: impl FnOnce(Gc<Set>, &Vm, Value) -> PyResult<()>,
) -> PyResult {
    if !right.is::<Set>() {
        return Ok(Value::not_implemented());
    }
    f(left, vm, right)?;
    Ok(left.value())
}

/// The methods that sets and frozensets share, around those of their own.
macro_rules! set_class {
    (#[doc = $doc:expr] $owner:ident, $name:tt, $def:ident, { $($own:tt)* }) => {
        /// Python's view of the class.
        pub struct $owner;

        #[doc = $doc]
        #[pymethods(name = $name, kind = Set, def = $def, subclassable, match_self, weakrefable)]
        impl $owner {
            $($own)*
            #[pymethod]
            fn __repr__(this: Gc<Set>, vm: &Vm) -> PyResult {
                Set::repr(this, vm)
            }
            #[pymethod]
            fn __len__(this: Gc<Set>) -> usize {
                this.len()
            }
            #[pymethod]
            fn __iter__(this: Gc<Set>, vm: &Vm) -> Value {
                Set::iterate(this, vm)
            }
            /// x.__contains__(y) <==> y in x.
            #[pymethod(sig = "(object, /)")]
            fn __contains__(this: Gc<Set>, vm: &Vm, object: Value) -> PyResult<bool> {
                Set::with_element(vm, object, |hash| this.contains_hashed(vm, object, hash))
            }
            #[pycompare]
            fn compare(this: Gc<Set>, vm: &Vm, op: CompareOp, other: Value) -> PyResult {
                Set::compare(this, vm, op, other)
            }
            #[pymethod]
            fn __or__(this: Value, vm: &Vm, other: Value) -> PyResult {
                operator(vm, this, other, |a, vm, b| Set::union_with(a, vm, &[b]))
            }
            #[pymethod]
            fn __ror__(this: Value, vm: &Vm, other: Value) -> PyResult {
                operator(vm, other, this, |a, vm, b| Set::union_with(a, vm, &[b]))
            }
            #[pymethod]
            fn __and__(this: Value, vm: &Vm, other: Value) -> PyResult {
                operator(vm, this, other, Set::intersection)
            }
            #[pymethod]
            fn __rand__(this: Value, vm: &Vm, other: Value) -> PyResult {
                operator(vm, other, this, Set::intersection)
            }
            #[pymethod]
            fn __sub__(this: Value, vm: &Vm, other: Value) -> PyResult {
                operator(vm, this, other, Set::difference)
            }
            #[pymethod]
            fn __rsub__(this: Value, vm: &Vm, other: Value) -> PyResult {
                operator(vm, other, this, Set::difference)
            }
            #[pymethod]
            fn __xor__(this: Value, vm: &Vm, other: Value) -> PyResult {
                operator(vm, this, other, Set::symmetric)
            }
            #[pymethod]
            fn __rxor__(this: Value, vm: &Vm, other: Value) -> PyResult {
                operator(vm, other, this, Set::symmetric)
            }
            /// Return state information for pickling.
            #[pymethod]
            fn __reduce__(this: Gc<Set>, vm: &Vm) -> PyResult {
                Set::reduce(this, vm)
            }
            /// S.__sizeof__() -> size of S in memory, in bytes.
            #[pymethod]
            fn __sizeof__(this: Gc<Set>) -> usize {
                this.memory_size()
            }
            /// See PEP 585
            #[pyclassmethod(sig = "(object, /)")]
            fn __class_getitem__(cls: Gc<Type>, vm: &Vm, object: Value) -> PyResult {
                vm.generic_alias(cls, object)
            }
            /// Return a new set with elements in the set that are not in the others.
            #[pymethod(sig = "(*others)")]
            fn difference(this: Gc<Set>, vm: &Vm, others: &[Value]) -> PyResult<Gc<Set>> {
                Set::difference_with(this, vm, others)
            }
            /// Return a new set with elements common to the set and all others.
            #[pymethod(sig = "(*others)")]
            fn intersection(this: Gc<Set>, vm: &Vm, others: &[Value]) -> PyResult<Gc<Set>> {
                Set::intersection_with(this, vm, others)
            }
            /// Return a new set with elements from the set and all others.
            #[pymethod(sig = "(*others)")]
            fn union(this: Gc<Set>, vm: &Vm, others: &[Value]) -> PyResult<Gc<Set>> {
                Set::union_with(this, vm, others)
            }
            /// Return a new set with elements in either the set or other but not both.
            #[pymethod]
            fn symmetric_difference(this: Gc<Set>, vm: &Vm, other: Value) -> PyResult<Gc<Set>> {
                Set::symmetric(this, vm, other)
            }
            /// Return True if two sets have a null intersection.
            #[pymethod]
            fn isdisjoint(this: Gc<Set>, vm: &Vm, other: Value) -> PyResult<bool> {
                Set::is_disjoint(this, vm, other)
            }
            /// Report whether another set contains this set.
            #[pymethod]
            fn issubset(this: Gc<Set>, vm: &Vm, other: Value) -> PyResult<bool> {
                Set::is_subset(this, vm, other)
            }
            /// Report whether this set contains another set.
            #[pymethod]
            fn issuperset(this: Gc<Set>, vm: &Vm, other: Value) -> PyResult<bool> {
                Set::is_superset(this, vm, other)
            }
        }
    };
}

set_class! {
    #[doc = "Build an unordered collection of unique elements."]
    PySet, "set", TYPE_DEF, {
        #[pynew(quiet, sig = "(iterable=(), /)")]
        fn __new__(cls: Gc<Type>, vm: &Vm, _args: Args<'_>) -> PyResult<Gc<Set>> {
            make(vm, cls, None)
        }
        #[pymethod(quiet)]
        fn __init__(this: Gc<Set>, vm: &Vm, args: Args<'_>) -> PyResult<()> {
            let iterable = vm.constructor_argument(this.value(), vm.types.set, args)?;
            this.clear();
            match iterable {
                Some(iterable) => Set::update_from(this, vm, iterable),
                None => Ok(()),
            }
        }
        #[pymethod]
        fn __ior__(this: Gc<Set>, vm: &Vm, other: Value) -> PyResult {
            inplace(vm, this, other, Set::update_from)
        }
        #[pymethod]
        fn __iand__(this: Gc<Set>, vm: &Vm, other: Value) -> PyResult {
            inplace(vm, this, other, Set::intersect_with)
        }
        #[pymethod]
        fn __isub__(this: Gc<Set>, vm: &Vm, other: Value) -> PyResult {
            inplace(vm, this, other, Set::subtract)
        }
        #[pymethod]
        fn __ixor__(this: Gc<Set>, vm: &Vm, other: Value) -> PyResult {
            inplace(vm, this, other, Set::toggle_all)
        }
        /// Add an element to a set.
        ///
        /// This has no effect if the element is already present.
        #[pymethod(quiet)]
        fn add(this: Gc<Set>, vm: &Vm, object: Value) -> PyResult<()> {
            this.add(vm, object)
        }
        /// Remove all elements from this set.
        #[pymethod(quiet)]
        fn clear(this: Gc<Set>) {
            this.clear();
        }
        /// Return a shallow copy of a set.
        #[pymethod(quiet)]
        fn copy(this: Gc<Set>, vm: &Vm) -> PyResult<Gc<Set>> {
            Set::copied(this, vm)
        }
        /// Remove an element from a set if it is a member.
        ///
        /// Unlike set.remove(), the discard() method does not raise
        /// an exception when an element is missing from the set.
        #[pymethod(quiet)]
        fn discard(this: Gc<Set>, vm: &Vm, object: Value) -> PyResult<()> {
            Set::with_element(vm, object, |hash| this.remove_hashed(vm, object, hash)).map(drop)
        }
        /// Remove an element from a set; it must be a member.
        ///
        /// If the element is not a member, raise a KeyError.
        #[pymethod(quiet)]
        fn remove(this: Gc<Set>, vm: &Vm, object: Value) -> PyResult<()> {
            if !Set::with_element(vm, object, |hash| this.remove_hashed(vm, object, hash))? {
                return Err(vm.key_error(object));
            }
            Ok(())
        }
        /// Remove and return an arbitrary set element.
        ///
        /// Raises KeyError if the set is empty.
        #[pymethod(quiet)]
        fn pop(this: Gc<Set>, vm: &Vm) -> PyResult {
            this.take_any().ok_or_else(|| vm.key_error_message("pop from an empty set"))
        }
        /// Update the set, adding elements from all others.
        #[pymethod(sig = "(*others)")]
        fn update(this: Gc<Set>, vm: &Vm, others: &[Value]) -> PyResult<()> {
            others.iter().try_for_each(|&other| Set::update_from(this, vm, other))
        }
        /// Update the set, removing elements found in others.
        #[pymethod(sig = "(*others)")]
        fn difference_update(this: Gc<Set>, vm: &Vm, others: &[Value]) -> PyResult<()> {
            others.iter().try_for_each(|&other| Set::subtract(this, vm, other))
        }
        /// Update the set, keeping only elements found in it and all others.
        #[pymethod(sig = "(*others)")]
        fn intersection_update(this: Gc<Set>, vm: &Vm, others: &[Value]) -> PyResult<()> {
            let result = Set::intersection_with(this, vm, others)?;
            this.swap(&vm.heap, &result);
            Ok(())
        }
        /// Update the set, keeping only elements found in either set, but not in both.
        #[pymethod]
        fn symmetric_difference_update(this: Gc<Set>, vm: &Vm, other: Value) -> PyResult<()> {
            Set::toggle_all(this, vm, other)
        }
    }
}

set_class! {
    #[doc = "Build an immutable unordered collection of unique elements."]
    PyFrozenSet, "frozenset", FROZENSET_DEF, {
        #[pynew(quiet, sig = "(iterable=(), /)")]
        fn __new__(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
            let exact = cls == vm.types.frozenset;
            if exact || vm.special(cls, Init) == vm.special(vm.types.object, Init) {
                args.reject_keywords(vm, "frozenset")?;
            }
            let iterable = args.counted(vm, "frozenset", 0, 1)?.first().copied();
            if exact && let Some(v) = iterable && vm.shape_of(v) == shape_id::FROZENSET {
                return Ok(v);
            }
            Ok(make(vm, cls, iterable)?.value())
        }
        #[pymethod]
        fn __hash__(this: Gc<Set>) -> i64 {
            if this.hash.get().is_none() {
                this.hash.set(Some(this.elements_hash()));
            }
            this.hash.get().unwrap_or_default() as i64
        }
        /// Return a shallow copy of a set.
        #[pymethod(quiet)]
        fn copy(this: Gc<Set>, vm: &Vm) -> PyResult<Gc<Set>> {
            if vm.shape_of(this.value()) == shape_id::FROZENSET {
                return Ok(this);
            }
            Set::copied(this, vm)
        }
    }
}
