//! `dict_keys`, `dict_values` and `dict_items`: live views; keys and items behave like sets.

use super::dict::Dict;
use super::header::Gc;
use super::native::Native;
use super::set::Set;
use super::shape::{ShapeId, shape_id};
use super::tuple::Tuple;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::compare::CompareOp;
use adder_macros::{Trace, pyclass, pymethods};

/// What a view shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ViewKind {
    Keys,
    Values,
    Items,
}

/// A view on a dict.
#[pyclass(name = "dict_view", no_constructor)]
#[derive(Trace)]
pub struct DictView {
    pub dict: Gc<Dict>,
    #[trace(skip)]
    pub kind: ViewKind,
}

type View = Gc<Native<DictView>>;

impl DictView {
    /// A view of a class with this shape: `shape_id::DICT_KEYS` and relatives, or a subclass.
    pub fn create(vm: &Vm, shape: ShapeId, kind: ViewKind, dict: Gc<Dict>) -> Value {
        Native::alloc(&vm.heap, shape, 0, DictView { dict, kind }).value()
    }
    pub fn keys(vm: &Vm, dict: Gc<Dict>) -> Value {
        DictView::create(vm, shape_id::DICT_KEYS, ViewKind::Keys, dict)
    }
    pub fn values(vm: &Vm, dict: Gc<Dict>) -> Value {
        DictView::create(vm, shape_id::DICT_VALUES, ViewKind::Values, dict)
    }
    pub fn items(vm: &Vm, dict: Gc<Dict>) -> Value {
        DictView::create(vm, shape_id::DICT_ITEMS, ViewKind::Items, dict)
    }

    fn iterator_shape(view: View, backward: bool) -> ShapeId {
        match (view.kind, backward) {
            (ViewKind::Keys, false) => shape_id::DICT_KEYITERATOR,
            (ViewKind::Values, false) => shape_id::DICT_VALUEITERATOR,
            (ViewKind::Items, false) => shape_id::DICT_ITEMITERATOR,
            (ViewKind::Keys, true) => shape_id::DICT_REVERSEKEYITERATOR,
            (ViewKind::Values, true) => shape_id::DICT_REVERSEVALUEITERATOR,
            (ViewKind::Items, true) => shape_id::DICT_REVERSEITEMITERATOR,
        }
    }

    /// A new iterator over the view.
    pub fn iterate(view: View, vm: &Vm, backward: bool) -> Value {
        Dict::iterate(view.dict, vm, DictView::iterator_shape(view, backward))
    }

    fn repr(view: View, vm: &Vm) -> PyResult {
        let name = vm.type_of(view.value()).short_name();
        let text = vm.enter_repr(view.value(), || {
            let mut out = adder_text::units::StrBuilder::new();
            out.push_str(&format!("{name}(["));
            let items = vm.collect(view.value())?;
            for (i, &item) in items.iter().enumerate() {
                if i > 0 {
                    out.push_ascii(b", ");
                }
                out.push_units(vm.repr(item)?.units());
            }
            out.push_ascii(b"])");
            Ok(vm.built_str(out))
        })?;
        Ok(text.unwrap_or_else(|| vm.new_str("...")))
    }

    fn contains(view: View, vm: &Vm, item: Value) -> PyResult<bool> {
        if view.kind == ViewKind::Keys {
            return view.dict.contains(vm, item);
        }
        let Some(pair) = item.downcast::<Tuple>().filter(|t| t.len() == 2) else { return Ok(false) };
        match view.dict.get(vm, pair[0])? {
            Some(found) => vm.eq(found, pair[1]),
            None => Ok(false),
        }
    }

    /// A set of the view's members.
    fn to_set(vm: &Vm, members: Value) -> PyResult<Gc<Set>> {
        let set = Set::new(&vm.heap);
        // The keys of a dict come from the dict itself, whose size is known.
        let members = match members.downcast::<Native<DictView>>() {
            Some(view) if view.kind == ViewKind::Keys => view.dict.value(),
            _ => members,
        };
        Set::update_from(set, vm, members)?;
        Ok(set)
    }

    fn compare(view: View, vm: &Vm, op: CompareOp, other: Value) -> PyResult {
        if !is_set_like(other) {
            return Ok(Value::not_implemented());
        }
        let (mine, theirs) = (view.dict.len(), vm.length(other)?);
        let all_in = |items: Value, container: Value| -> PyResult<bool> {
            let iterator = vm.iter(items)?;
            while let Some(item) = vm.next(iterator)? {
                if !vm.contains(container, item)? {
                    return Ok(false);
                }
            }
            Ok(true)
        };
        let holds = match op {
            CompareOp::Eq => mine == theirs && all_in(view.value(), other)?,
            CompareOp::Ne => !(mine == theirs && all_in(view.value(), other)?),
            CompareOp::Lt => mine < theirs && all_in(view.value(), other)?,
            CompareOp::Le => mine <= theirs && all_in(view.value(), other)?,
            CompareOp::Gt => mine > theirs && all_in(other, view.value())?,
            CompareOp::Ge => mine >= theirs && all_in(other, view.value())?,
        };
        Ok(Value::bool(holds))
    }

    /// `left - right`, `left ^ right`, `left | right` through sets.
    fn combine(vm: &Vm, left: Value, right: Value, f: fn(Gc<Set>, &Vm, Value) -> PyResult<()>) -> PyResult {
        let set = DictView::to_set(vm, left)?;
        f(set, vm, right)?;
        Ok(set.value())
    }

    /// `left ^ right`.
    fn symmetric(vm: &Vm, left: Value, right: Value) -> PyResult {
        let items =
            |v: Value| v.downcast::<Native<DictView>>().filter(|v| v.kind == ViewKind::Items).map(|v| v.dict);
        match (items(left), items(right)) {
            (Some(a), Some(b)) => DictView::symmetric_items(vm, a, b),
            _ => DictView::combine(vm, left, right, Set::toggle_all),
        }
    }

    /// The items that only one of two dicts has: those of `walked` first.
    fn symmetric_items(vm: &Vm, rest: Gc<Dict>, walked: Gc<Dict>) -> PyResult {
        let (rest, result) = (rest.copy(&vm.heap), Set::new(&vm.heap));
        let mut at = 0;
        while let Some((i, key, value)) = walked.next_entry(at) {
            let hash = walked.entries()[i].hash.get();
            match rest.get_hashed(vm, key, hash)? {
                Some(other) if vm.eq(other, value)? => drop(rest.remove(vm, key)?),
                _ => result.add(vm, vm.new_tuple(&[key, value]))?,
            }
            at = i + 1;
        }
        Set::update_from(result, vm, DictView::items(vm, rest))?;
        Ok(result.value())
    }

    fn intersection(vm: &Vm, left: Value, right: Value) -> PyResult {
        let (mut view, mut other) =
            match (left.downcast::<Native<DictView>>(), right.downcast::<Native<DictView>>()) {
                (Some(view), _) => (view, right),
                (None, Some(view)) => (view, left),
                (None, None) => return Ok(Value::not_implemented()),
            };
        // What is walked decides the order of the result.
        if let Some(set) = other.downcast::<Set>()
            && matches!(vm.shape_of(other), shape_id::SET | shape_id::FROZENSET)
            && view.dict.len() <= set.len()
        {
            return Ok(Set::intersection(set, vm, view.value())?.value());
        }
        if let Some(longer) = other.downcast::<Native<DictView>>().filter(|v| v.dict.len() > view.dict.len())
            && is_set_like(other)
        {
            (view, other) = (longer, view.value());
        }
        let set = Set::new(&vm.heap);
        let iterator = vm.iter(other)?;
        while let Some(item) = vm.next(iterator)? {
            if DictView::contains(view, vm, item)? {
                set.add(vm, item)?;
            }
        }
        Ok(set.value())
    }

    fn is_disjoint(view: View, vm: &Vm, other: Value) -> PyResult<bool> {
        if other == view.value() {
            return Ok(view.dict.is_empty());
        }
        let (walked, container) = if is_set_like(other) && vm.length(other)? > view.dict.len() {
            (view.value(), other)
        } else {
            (other, view.value())
        };
        let iterator = vm.iter(walked)?;
        while let Some(item) = vm.next(iterator)? {
            if vm.contains(container, item)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Sets and set-like views.
fn is_set_like(v: Value) -> bool {
    v.is::<Set>() || v.downcast::<Native<DictView>>().is_some_and(|v| v.kind != ViewKind::Values)
}

macro_rules! set_like_views {
    ($($owner:ident $def:ident $name:tt;)*) => {$(
        /// Python's view of the class.
        pub struct $owner;

        #[pymethods(name = $name, kind = Native, def = $def, no_constructor)]
        impl $owner {
            #[pymethod]
            fn __repr__(this: Gc<Native<DictView>>, vm: &Vm) -> PyResult {
                DictView::repr(this, vm)
            }
            #[pymethod]
            fn __len__(this: Gc<Native<DictView>>) -> usize {
                this.dict.len()
            }
            #[pymethod]
            fn __iter__(this: Gc<Native<DictView>>, vm: &Vm) -> Value {
                DictView::iterate(this, vm, false)
            }
            /// Return a reverse iterator over the view.
            #[pymethod]
            fn __reversed__(this: Gc<Native<DictView>>, vm: &Vm) -> Value {
                DictView::iterate(this, vm, true)
            }
            #[pymethod]
            fn __contains__(this: Gc<Native<DictView>>, vm: &Vm, key: Value) -> PyResult<bool> {
                DictView::contains(this, vm, key)
            }
            #[pycompare]
            fn compare(this: Gc<Native<DictView>>, vm: &Vm, op: CompareOp, other: Value) -> PyResult {
                DictView::compare(this, vm, op, other)
            }
            #[pymethod]
            fn __and__(this: Value, vm: &Vm, other: Value) -> PyResult {
                DictView::intersection(vm, this, other)
            }
            #[pymethod]
            fn __rand__(this: Value, vm: &Vm, other: Value) -> PyResult {
                DictView::intersection(vm, other, this)
            }
            #[pymethod]
            fn __or__(this: Value, vm: &Vm, other: Value) -> PyResult {
                DictView::combine(vm, this, other, Set::update_from)
            }
            #[pymethod]
            fn __ror__(this: Value, vm: &Vm, other: Value) -> PyResult {
                DictView::combine(vm, other, this, Set::update_from)
            }
            #[pymethod]
            fn __sub__(this: Value, vm: &Vm, other: Value) -> PyResult {
                DictView::combine(vm, this, other, Set::subtract)
            }
            #[pymethod]
            fn __rsub__(this: Value, vm: &Vm, other: Value) -> PyResult {
                DictView::combine(vm, other, this, Set::subtract)
            }
            #[pymethod]
            fn __xor__(this: Value, vm: &Vm, other: Value) -> PyResult {
                DictView::symmetric(vm, this, other)
            }
            #[pymethod]
            fn __rxor__(this: Value, vm: &Vm, other: Value) -> PyResult {
                DictView::symmetric(vm, other, this)
            }
            /// dictionary that this view refers to
            #[pygetset]
            fn mapping(this: Gc<Native<DictView>>, vm: &Vm) -> Value {
                vm.mapping_proxy(this.dict.value())
            }
            /// Return True if the view and the given iterable have a null intersection.
            #[pymethod]
            fn isdisjoint(this: Gc<Native<DictView>>, vm: &Vm, other: Value) -> PyResult<bool> {
                DictView::is_disjoint(this, vm, other)
            }
        }
    )*};
}

set_like_views! {
    DictKeys DICT_KEYS_DEF "dict_keys";
    DictItems DICT_ITEMS_DEF "dict_items";
}

/// Python's view of the class.
pub struct DictValues;

#[pymethods(name = "dict_values", kind = Native, def = DICT_VALUES_DEF, no_constructor)]
impl DictValues {
    #[pymethod]
    fn __repr__(this: Gc<Native<DictView>>, vm: &Vm) -> PyResult {
        DictView::repr(this, vm)
    }
    #[pymethod]
    fn __len__(this: Gc<Native<DictView>>) -> usize {
        this.dict.len()
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<DictView>>, vm: &Vm) -> Value {
        DictView::iterate(this, vm, false)
    }
    /// Return a reverse iterator over the dict values.
    #[pymethod]
    fn __reversed__(this: Gc<Native<DictView>>, vm: &Vm) -> Value {
        DictView::iterate(this, vm, true)
    }
    /// dictionary that this view refers to
    #[pygetset]
    fn mapping(this: Gc<Native<DictView>>, vm: &Vm) -> Value {
        vm.mapping_proxy(this.dict.value())
    }
}
