//! Building and unpacking containers.

use super::{F, handler};
use crate::heap::GcVec;
use crate::object::dict::Dict;
use crate::object::header::Gc;
use crate::object::list::List;
use crate::object::set::Set;
use crate::object::shape::shape_id;
use crate::object::slice::Slice;
use crate::object::str::Str;
use crate::object::tuple::Tuple;
use crate::value::{PyResult, Raised, Value};
use crate::vm::planted::{Bug, planted};
use crate::vm::special::Special;

/// Most items of a tuple that are put together on the native stack.
const FEW: usize = 8;

handler! {
    BuildTuple(f) {
        f.publish();
        f.set(f.a(), f.vm.new_tuple(f.regs(f.b(), f.c())));
        f.next()
    }
    BuildTupleStar(f) {
        f.publish();
        f.finish(build_tuple_star(f))
    }
    BuildList(f) {
        f.publish();
        f.set(f.a(), List::from_slice(&f.vm.heap, f.regs(f.b(), f.c())).value());
        f.next()
    }
    BuildSet(f) {
        f.publish();
        f.finish(build_set(f))
    }
    BuildMap(f) {
        f.publish();
        f.finish(build_map(f))
    }
    BuildString(f) {
        f.publish();
        f.finish(build_string(f))
    }
    BuildSlice(f) {
        f.publish();
        let step = if f.c() == 3 { f.reg(f.b() + 2) } else { Value::none() };
        f.set(f.a(), Slice::new(&f.vm.heap, f.reg(f.b()), f.reg(f.b() + 1), step).value());
        f.next()
    }
    ListAppend(f) {
        // SAFETY: the compiler built a list.
        let list = unsafe { &*(f.reg(f.a()).bits() as *const List) };
        if list.push_if_simple(f.reg(f.b())) {
            return f.next();
        }
        f.slow(ListAppendSlow)
    }
    ListAppendSlow(f) {
        f.publish();
        list(f).push(&f.vm.heap, f.reg(f.b()));
        f.next()
    }
    SetAdd(f) {
        f.publish();
        let added = match f.reg(f.a()).downcast::<Set>() {
            Some(set) => set.add(f.vm, f.reg(f.b())),
            // `__conditional_annotations__` of a module or class is a name that programs can bind.
            None => Err(not_a_set(f)),
        };
        f.done(added)
    }
    MapAdd(f) {
        f.publish();
        f.done(dict(f).insert(f.vm, f.reg(f.b()), f.reg(f.b() + 1)))
    }
    ListExtend(f) {
        f.publish();
        f.done(list_extend(f))
    }
    SetUpdate(f) {
        f.publish();
        f.done(set_update(f))
    }
    DictUpdate(f) {
        f.publish();
        f.done(dict_update(f))
    }
    DictMerge(f) {
        f.publish();
        f.done(dict_merge(f))
    }
    ListToTuple(f) {
        f.publish();
        f.set(f.a(), list_to_tuple(f));
        f.next()
    }
    UnpackSeq(f) {
        let v = f.reg(f.b());
        if let Some(h) = v.header()
            && h.shape() == shape_id::TUPLE
        {
            // SAFETY: the shape names the layout.
            let tuple = unsafe { &*(v.bits() as *const Tuple) };
            if tuple.len() == f.c() {
                f.feedback(adder_bytecode::Feedback::TUPLE);
                for (i, &item) in tuple.iter().enumerate() {
                    f.set(f.a() + i, item);
                }
                return f.next();
            }
        }
        f.slow(UnpackSeqSlow)
    }
    UnpackSeqSlow(f) { f.done(unpack(f, f.reg(f.b()))) }
    UnpackEx(f) { f.done(unpack_ex(f)) }
}

pub(super) fn list_to_tuple(f: F<'_>) -> Value {
    let items = f.reg(f.b()).downcast::<List>().expect("the compiler built a list").to_vec(&f.vm.heap);
    f.vm.new_tuple(&items)
}

#[cold]
pub(super) fn not_a_set(f: F<'_>) -> Raised {
    f.vm.type_error(format!("'{}' object is not a set", f.vm.type_of(f.reg(f.a())).name()))
}
pub(super) fn list(f: F<'_>) -> Gc<List> {
    f.reg(f.a()).downcast().expect("the compiler built a list")
}
fn set(f: F<'_>) -> Gc<Set> {
    f.reg(f.a()).downcast().expect("the compiler built a set")
}
pub(super) fn dict(f: F<'_>) -> Gc<Dict> {
    f.reg(f.a()).downcast().expect("the compiler built a dict")
}

#[inline(never)]
pub(super) fn build_set(f: F<'_>) -> PyResult {
    let set = Set::new(&f.vm.heap);
    for &v in f.regs(f.b(), f.c()) {
        set.add(f.vm, v)?;
    }
    Ok(set.value())
}

#[inline(never)]
pub(super) fn build_map(f: F<'_>) -> PyResult {
    let dict = Dict::with_capacity(&f.vm.heap, f.c());
    for pair in f.regs(f.b(), 2 * f.c()).chunks_exact(2) {
        dict.insert(f.vm, pair[0], pair[1])?;
    }
    Ok(dict.value())
}

#[inline(never)]
pub(super) fn build_string(f: F<'_>) -> PyResult {
    f.vm.join_strs(f.vm.empty_str, f.regs(f.b(), f.c())).map(Gc::value)
}

/// Whether `v` can be iterated at all.
fn is_iterable(f: F<'_>, v: Value) -> bool {
    if matches!(f.vm.shape_of(v), shape_id::TUPLE | shape_id::LIST | shape_id::DICT | shape_id::STR) {
        return true;
    }
    f.vm.special_of(v, Special::Iter).is_some_and(|m| !m.is_none())
        || f.vm.special_of(v, Special::GetItem).is_some()
}

#[cold]
fn not_after_star(f: F<'_>, v: Value) -> Raised {
    f.vm.type_error(format!("Value after * must be an iterable, not {}", f.vm.type_of(v).name()))
}

#[inline(never)]
pub(super) fn build_tuple_star(f: F<'_>) -> PyResult {
    let (vm, n) = (f.vm, f.c() - 1);
    let rest = f.reg(f.b() + n);
    if !is_iterable(f, rest) {
        return Err(not_after_star(f, rest));
    }
    if vm.shape_of(rest) == shape_id::TUPLE
        && let Some(rest) = rest.downcast::<Tuple>()
        && n + rest.len() <= FEW
    {
        let mut few = [Value::none(); FEW];
        few[..n].copy_from_slice(f.regs(f.b(), n));
        few[n..n + rest.len()].copy_from_slice(&rest);
        return Ok(vm.new_tuple(&few[..n + rest.len()]));
    }
    let mut items = GcVec::from_slice(&vm.heap, f.regs(f.b(), n));
    vm.for_each(rest, |item| {
        items.push(&vm.heap, item);
        Ok(())
    })?;
    Ok(vm.new_tuple(&items))
}

#[inline(never)]
pub(super) fn list_extend(f: F<'_>) -> PyResult<()> {
    let (list, v) = (list(f), f.reg(f.b()));
    if !is_iterable(f, v) {
        return Err(not_after_star(f, v));
    }
    f.vm.for_each(v, |item| {
        list.push(&f.vm.heap, item);
        Ok(())
    })
}

#[inline(never)]
pub(super) fn set_update(f: F<'_>) -> PyResult<()> {
    let set = set(f);
    f.vm.for_each(f.reg(f.b()), |item| set.add(f.vm, item))
}

#[inline(never)]
pub(super) fn dict_update(f: F<'_>) -> PyResult<()> {
    let (vm, dict, other) = (f.vm, dict(f), f.reg(f.b()));
    if !is_mapping(f, other) {
        return Err(vm.type_error(format!("'{}' object is not a mapping", vm.type_of(other).name())));
    }
    vm.for_each_item(other, |k, v| dict.insert(vm, k, v))
}

fn is_mapping(f: F<'_>, v: Value) -> bool {
    v.is::<Dict>() || f.vm.lookup(f.vm.type_of(v), f.vm.names.keys).is_some()
}

#[inline(never)]
pub(super) fn dict_merge(f: F<'_>) -> PyResult<()> {
    let (vm, dict, other) = (f.vm, dict(f), f.reg(f.b()));
    let callable = f.reg(f.c());
    if !is_mapping(f, other) {
        return Err(vm.type_error(format!(
            "{} argument after ** must be a mapping, not {}",
            vm.callable_text(callable),
            vm.type_of(other).name()
        )));
    }
    vm.for_each_item(other, |k, v| {
        if !k.is::<Str>() {
            return Err(vm.type_error("keywords must be strings"));
        }
        if dict.contains(vm, k)? {
            return Err(vm.type_error(format!(
                "{} got multiple values for keyword argument '{}'",
                vm.callable_text(callable),
                vm.str_text(k)?
            )));
        }
        dict.insert(vm, k, v)
    })
}

#[inline(never)]
pub(super) fn unpack(f: F<'_>, v: Value) -> PyResult<()> {
    f.publish();
    let (vm, n) = (f.vm, f.c());
    if let Some(list) = v.downcast::<List>()
        && vm.shape_of(v) == shape_id::LIST
        && list.len() == n
    {
        f.feedback(adder_bytecode::Feedback::LIST);
        for i in 0..n {
            f.set_opt(f.a() + i, list.get(i));
        }
        return Ok(());
    }
    f.feedback(adder_bytecode::Feedback::OTHER);
    let iterator = iterate_for_unpacking(f, v)?;
    let mut items = GcVec::with_capacity(&vm.heap, n);
    while items.len() < n {
        match vm.next(iterator)? {
            Some(item) => items.push(&vm.heap, item),
            None => {
                return Err(vm.value_error(format!(
                    "not enough values to unpack (expected {n}, got {})",
                    items.len()
                )));
            }
        }
    }
    if vm.next(iterator)?.is_some() {
        let got = match vm.shape_of(v) {
            shape_id::LIST | shape_id::TUPLE | shape_id::DICT => format!(", got {}", vm.length(v)?),
            _ => String::new(),
        };
        return Err(vm.value_error(format!("too many values to unpack (expected {n}{got})")));
    }
    for (i, &item) in items.iter().enumerate() {
        f.set(f.a() + i, item);
    }
    Ok(())
}

fn iterate_for_unpacking(f: F<'_>, v: Value) -> PyResult {
    if !is_iterable(f, v) {
        return Err(f.vm.type_error(format!("cannot unpack non-iterable {} object", f.vm.type_of(v).name())));
    }
    f.vm.iter(v)
}

#[inline(never)]
fn unpack_ex(f: F<'_>) -> PyResult<()> {
    f.publish();
    let vm = f.vm;
    let v = f.reg(f.b());
    let (before, after) = (f.c() & 0xff, f.c() >> 8);
    let iterator = iterate_for_unpacking(f, v)?;
    let mut items = GcVec::new();
    while let Some(item) = vm.next(iterator)? {
        items.push(&vm.heap, item);
    }
    if items.len() < before + after + planted(Bug::StarNeedsItem) as usize {
        return Err(vm.value_error(format!(
            "not enough values to unpack (expected at least {}, got {})",
            before + after,
            items.len()
        )));
    }
    let middle = List::from_slice(&vm.heap, &items[before..items.len() - after]);
    for i in 0..before {
        f.set(f.a() + i, items[i]);
    }
    f.set(f.a() + before, middle.value());
    for i in 0..after {
        f.set(f.a() + before + 1 + i, items[items.len() - after + i]);
    }
    Ok(())
}

impl crate::vm::Vm {
    /// Calls `f` with keys and values of a mapping: a dict directly, anything else through `keys()`.
    pub fn for_each_item(
        &self,
        mapping: Value,
        mut f: impl FnMut(Value, Value) -> PyResult<()>,
    ) -> PyResult<()> {
        if self.shape_of(mapping) == shape_id::DICT {
            let dict: Gc<Dict> = mapping.downcast().expect("shape");
            let (len, mut at) = (dict.len(), 0);
            while let Some((i, k, v)) = dict.next_entry(at) {
                f(k, v)?;
                if dict.len() != len {
                    return Err(self.runtime_error("dictionary changed size during iteration"));
                }
                at = i + 1;
            }
            return Ok(());
        }
        let keys = self.call_method(mapping, "keys", &[])?;
        self.for_each(keys, |k| {
            let v = self.getitem(mapping, k)?;
            f(k, v)
        })
    }

    /// How messages name a callable: `mod.func()` or its repr.
    pub fn callable_text(&self, callable: Value) -> String {
        let attr = |name| self.getattr_opt(callable, name).ok().flatten();
        let Some(qualname) = attr(self.names.__qualname__).and_then(|q| q.downcast::<Str>()) else {
            return self.str_text(callable).unwrap_or_else(|Raised| {
                self.take_pending();
                "object".into()
            });
        };
        let qualname = qualname.to_string_lossy().into_owned();
        match attr(self.names.__module__).and_then(|m| m.downcast::<Str>()) {
            Some(m) if !m.eq_str("builtins") => format!("{}.{qualname}()", m.to_string_lossy()),
            _ => format!("{qualname}()"),
        }
    }
}
