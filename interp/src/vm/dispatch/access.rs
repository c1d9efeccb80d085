//! Attributes and subscripts, with their inline caches.
//!
//! An attribute site has four words: name, guard (`shape | class version << 32`), class, payload. What the payload means is in the
//! low bits of the class word: see [`Cached`]. Versions are compared by their low 32 bits next to the shape, which is exact
//! in practice: a shape belongs to one class, whose version grows by at least one per change.
//!
//! Sites that have met a module or a class use the words in a way of their own: [`super::namespace_sites`]. So do those of
//! `super`: [`super::super_sites`].

use super::basic::exact_dict;
use super::calls::enter_with;
use super::namespace_sites::{
    FIRST_SITE, class_method, remember, remember_class_method, remembered, remembered_class_method,
};
use super::quiet::known_item;
use super::{F, handler};
use crate::heap::Heap;
use crate::object::function::{BoundMethod, Function, NativeFunction};
use crate::object::header::{Gc, Header, Kind, flag};
use crate::object::instance::{Instance, Location};
use crate::object::list::List;
use crate::object::module::Module;
use crate::object::native::Native;
use crate::object::property::Property;
use crate::object::shape::{Shape, ShapeId, shape_id};
use crate::object::str::Str;
use crate::object::tuple::Tuple;
use crate::object::typeobj::{Type, type_flag};
use crate::value::{PyResult, Value};
use crate::vm::attr::Found;
use crate::vm::special::Special;
use crate::vm::{AttrCacheEntry, Vm};
use adder_bytecode::{FRAME_HEADER, Feedback};

/// What a cache site's payload is; stored in the low three bits of the class word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u64)]
pub(super) enum Cached {
    /// Byte offset of an inline slot.
    Slot = 0,
    /// A class attribute that is a function or native method: the value.
    Method = 1,
    /// A class attribute without `__get__`: the value.
    Plain = 2,
    /// `new shape id << 32 | byte offset`: a store that adds an attribute.
    AddSlot = 3,
    /// A property of the class: the property.
    Property = 4,
    /// What the dict of a function has under the name, or gets.
    Own = 5,
}

const KIND_MASK: u64 = 7;

/// The words of a site, counted from its name.
pub(super) const GUARD: usize = 1;
pub(super) const CLASS: usize = 2;
pub(super) const PAYLOAD: usize = 3;

/// The guard word of an object: its shape, and the version its class has now.
#[inline(always)]
pub(super) fn guard(shape: ShapeId, version: u64) -> u64 {
    shape.0 as u64 | version << 32
}

/// Whether the site's guard matches `header`; the cached kind and payload if so.
#[inline(always)]
pub(super) fn hit(f: F<'_>, c: usize, header: &Header) -> Option<(u64, u64)> {
    let guard_word = f.word(c + GUARD);
    if guard_word as u32 != header.shape().0 || guard_word == 0 {
        return None;
    }
    let class_word = f.word(c + CLASS);
    // SAFETY: shape ids are not reused, so the shape's class is alive.
    let class = unsafe { &*((class_word & !KIND_MASK) as *const Type) };
    (class.version.get() as u32 == (guard_word >> 32) as u32)
        .then(|| (class_word & KIND_MASK, f.word(c + PAYLOAD)))
}

/// Fills a site, and the attribute cache behind all sites under `key`.
fn fill(f: F<'_>, key: usize, shape: ShapeId, class: Gc<Type>, kind: Cached, payload: u64) {
    let guard = guard(shape, class.version.get());
    let class = class.as_ptr() as u64 | kind as u64;
    let entry = AttrCacheEntry { guard, key, class, payload };
    f.vm.attr_cache_entry(shape.0, key).set(entry);
    replace(f, entry);
}

/// The site remembers `entry`. What it has met before stays on record for the tier.
#[inline(always)]
pub(super) fn replace(f: F<'_>, entry: AttrCacheEntry) {
    let c = f.c();
    let old = f.word(c + GUARD) as u32;
    if old != 0 && old != entry.guard as u32 {
        let site = f.words as usize + 8 * c;
        f.vm.note_shape(site, old);
        f.vm.note_shape(site, entry.guard as u32);
    }
    f.set_word(c + GUARD, entry.guard);
    f.set_word(c + CLASS, entry.class);
    f.set_word(c + PAYLOAD, entry.payload);
}

/// The key of a name in the attribute cache.
fn load_key(name: Gc<Str>) -> usize {
    name.as_ptr() as usize
}
fn store_key(name: Gc<Str>) -> usize {
    name.as_ptr() as usize | 1
}

/// A hit in the attribute cache refills the site; the cached kind and payload.
#[inline(always)]
fn second_level(f: F<'_>, object: Value, key: usize) -> Option<(u64, u64)> {
    let shape = object.header()?.shape();
    let entry = f.vm.attr_cache_entry(shape.0, key).get();
    if entry.key != key || entry.guard as u32 != shape.0 {
        return None;
    }
    // SAFETY: shape ids are not reused, so the shape's class is alive.
    let class = unsafe { &*((entry.class & !KIND_MASK) as *const Type) };
    if class.version.get() as u32 != (entry.guard >> 32) as u32 {
        return None;
    }
    replace(f, entry);
    Some((entry.class & KIND_MASK, entry.payload))
}

#[inline(always)]
pub(super) fn slot_at(header: &Header, offset: u64) -> &std::cell::Cell<Option<Value>> {
    // SAFETY: the offset was computed for this shape, whose instances all have the slot.
    unsafe { &*((header.address() as u64 + offset) as *const std::cell::Cell<Option<Value>>) }
}

fn slot_offset(index: usize) -> u64 {
    (crate::object::instance::FIRST_SLOT_OFFSET + 8 * index) as u64
}

handler! {
    LoadAttr(f) {
        let object = f.reg(f.b());
        if let Some(header) = object.header()
            && let Some((kind, payload)) = hit(f, f.c(), header)
        {
            if kind == Cached::Slot as u64 {
                if let Some(v) = slot_at(header, payload).get() {
                    f.set(f.a(), v);
                    return f.next();
                }
            } else if kind == Cached::Plain as u64 {
                f.set_opt(f.a(), Value::from_bits(payload));
                return f.next();
            }
        }
        f.slow(LoadAttrSlow)
    }
    LoadAttrSlow(f) {
        match remembered_getter(f) {
            Some(getter) => enter_with(f, getter, f.reg(f.b())),
            None => f.finish(load_attr_slow(f, f.reg(f.b()))),
        }
    }
    StoreAttrSlow(f) { f.done(store_attr_slow(f, f.reg(f.a()))) }
    LoadMethodSlow(f) { f.done(load_method_slow(f, f.reg(f.b()))) }
    GetItemSlow(f) { f.finish(get_item_slow(f, f.reg(f.b()), f.reg(f.c()))) }
    GetItemKSlow(f) { f.finish(get_item_slow(f, f.reg(f.b()), f.constant(f.c()))) }
    SetItemSlow(f) { f.done(set_item_slow(f)) }
    StoreAttr(f) {
        let object = f.reg(f.a());
        if let Some(header) = object.header()
            && let Some((kind, payload)) = hit(f, f.c(), header)
        {
            let value = f.reg(f.b());
            // An old object takes the slow way until it is remembered. (So does one that gains an attribute: its new shape
            // is a pointer, too.)
            if kind == Cached::Slot as u64 && !Heap::needs_barrier(header, value) {
                slot_at(header, payload).set(Some(value));
                return f.next();
            }
            if kind == Cached::AddSlot as u64 && !header.has(flag::OLD) {
                slot_at(header, payload & 0xffff_ffff).set(Some(value));
                header.set_shape(ShapeId((payload >> 32) as u32));
                return f.next();
            }
        }
        f.slow(StoreAttrSlow)
    }
    DeleteAttr(f) {
        f.publish();
        f.done(f.vm.setattr(f.reg(f.a()), f.name(f.c()), None))
    }
    LoadMethod(f) {
        let object = f.reg(f.b());
        let at = f.a() + FRAME_HEADER as usize;
        if let Some(header) = object.header()
            && let Some((kind, payload)) = hit(f, f.c(), header)
        {
            if kind == Cached::Method as u64 {
                f.set_opt(at - 1, Value::from_bits(payload));
                f.set(at, object);
                return f.next();
            }
            if kind == Cached::Slot as u64
                && let Some(v) = slot_at(header, payload).get()
            {
                f.set_opt(at - 1, None);
                f.set(at, v);
                return f.next();
            }
        }
        f.slow(LoadMethodSlow)
    }
    LoadSpecial(f) {
        f.publish();
        f.finish(load_special(f))
    }
    GetItem(f) { get_item(f, f.reg(f.c()), GetItemSlow) }
    GetItemK(f) { get_item(f, f.constant(f.c()), GetItemKSlow) }
    SetItem(f) {
        let (object, key) = (f.reg(f.a()), f.reg(f.b()));
        if let (Some(header), Some(i)) = (object.header(), key.as_small_int())
            && header.shape() == shape_id::LIST
        {
            // SAFETY: the shape names the layout.
            let list = unsafe { &*(header as *const Header as *const List) };
            let at = if i < 0 { i + list.len() as i64 } else { i } as usize;
            if list.set_if_simple(at, f.reg(f.c())) {
                f.feedback(Feedback::LIST);
                return f.next();
            }
        }
        f.slow(SetItemSlow)
    }
    DelItem(f) {
        f.publish();
        f.done(f.vm.setitem(f.reg(f.a()), f.reg(f.b()), None))
    }
}

#[inline(always)]
fn get_item(f: F<'_>, key: Value, slow: super::Handler) -> u64 {
    let object = f.reg(f.b());
    if let (Some(header), Some(i)) = (object.header(), key.as_small_int()) {
        if header.shape() == shape_id::LIST {
            // SAFETY: the shape names the layout.
            let list = unsafe { &*(header as *const Header as *const List) };
            let at = if i < 0 { i + list.len() as i64 } else { i } as usize;
            if let Some(v) = list.get(at) {
                f.feedback(Feedback::LIST);
                f.set(f.a(), v);
                return f.next();
            }
        } else if header.shape() == shape_id::TUPLE {
            // SAFETY: the shape names the layout.
            let tuple = unsafe { &*(header as *const Header as *const Tuple) };
            let at = if i < 0 { i + tuple.len() as i64 } else { i } as usize;
            if let Some(&v) = tuple.get(at) {
                f.feedback(Feedback::TUPLE);
                f.set(f.a(), v);
                return f.next();
            }
        } else if header.shape() == shape_id::STR {
            // SAFETY: the shape names the layout.
            let s = unsafe { &*(header as *const Header as *const Str) };
            let at = if i < 0 { i + s.len() as i64 } else { i } as usize;
            if let Some(v) = s.latin1_at(at).and_then(|c| f.vm.latin1_str(c)) {
                f.feedback(Feedback::STR);
                f.set(f.a(), v);
                return f.next();
            }
        }
    }
    f.slow(slow)
}

#[inline(never)]
pub(super) fn get_item_slow(f: F<'_>, object: Value, key: Value) -> PyResult {
    if let Some(dict) = exact_dict(object)
        && let Some(v) = known_item(dict, key)
    {
        f.feedback(Feedback::DICT);
        return Ok(v);
    }
    f.publish();
    f.feedback(match f.vm.shape_of(object) {
        shape_id::DICT => Feedback::DICT,
        shape_id::STR if key.is_small_int() => Feedback::STR,
        shape_id::LIST if f.vm.shape_of(key) == shape_id::SLICE => Feedback::LIST_SLICE,
        shape_id::BYTES if key.is_small_int() => Feedback::BYTES,
        shape_id::BYTEARRAY if key.is_small_int() => Feedback::BYTEARRAY,
        _ => Feedback::OTHER,
    });
    super::arith::note_operands(f, object, Value::none());
    f.vm.getitem(object, key)
}

#[inline(never)]
pub(super) fn set_item_slow(f: F<'_>) -> PyResult<()> {
    f.publish();
    let object = f.reg(f.a());
    f.feedback(match f.vm.shape_of(object) {
        shape_id::DICT => Feedback::DICT,
        shape_id::LIST if f.vm.shape_of(f.reg(f.b())) == shape_id::SLICE => Feedback::LIST_SLICE,
        shape_id::BYTEARRAY if f.reg(f.b()).is_small_int() => Feedback::BYTEARRAY,
        _ => Feedback::OTHER,
    });
    f.vm.setitem(object, f.reg(f.b()), Some(f.reg(f.c())))
}

/// Whether attribute access on instances of the class is the generic one, without hooks.
fn is_generic(f: F<'_>, ty: Gc<Type>) -> bool {
    let vm = f.vm;
    vm.special(ty, Special::GetAttribute) == vm.special(vm.types.object, Special::GetAttribute)
}

#[inline(never)]
pub(super) fn load_attr_slow(f: F<'_>, object: Value) -> PyResult {
    f.publish();
    let vm = f.vm;
    if let Some(header) = object.header()
        && let Some((kind, payload)) = hit(f, f.c(), header)
        && kind == Cached::Method as u64
        && let Some(method) = Value::from_bits(payload)
    {
        return bound_method(vm, method, object);
    }
    let name = f.name(f.c());
    if let Some(v) = remembered(f, object) {
        return Ok(v);
    }
    if let Some(function) = object.downcast::<Function>()
        && let Some(dict) = function.dict.get()
        && has_own_attributes(f, function, load_key(name))
        && let Some(v) = dict.get_str(name)
    {
        return Ok(v);
    }
    if let Some((kind, payload)) = second_level(f, object, load_key(name))
        && let Some(header) = object.header()
    {
        if kind == Cached::Slot as u64 {
            if let Some(v) = slot_at(header, payload).get() {
                return Ok(v);
            }
        } else if kind == Cached::Plain as u64
            && let Some(v) = Value::from_bits(payload)
        {
            return Ok(v);
        } else if kind == Cached::Method as u64
            && let Some(method) = Value::from_bits(payload)
        {
            return bound_method(vm, method, object);
        }
    }
    if let Some(module) = object.downcast::<Module>()
        && object.header().map(Header::shape) == Some(shape_id::MODULE)
        && let Some(v) = module.dict.get().get_str(name)
        && vm.lookup(vm.types.module, name).is_none_or(|attr| !vm.is_data_descriptor(attr))
    {
        remember(f, object, name, v);
        return Ok(v);
    }
    let ty = vm.type_of(object);
    if let Some(header) = object.header()
        && header.kind() == Kind::Instance
        && is_generic(f, ty)
    {
        let shape = vm.shape(header.shape());
        match vm.find_attr(object, ty, name) {
            Found::Instance(v) => {
                if !shape.dict_mode
                    && let Some(index) = shape.find(name)
                    && let Location::Inline(i) = Instance::location(&shape, index)
                {
                    fill(f, load_key(name), shape.id, ty, Cached::Slot, slot_offset(i));
                }
                return Ok(v);
            }
            Found::DataDescriptor(attr) => {
                if let Some(i) = member_slot(attr) {
                    fill(f, load_key(name), shape.id, ty, Cached::Slot, slot_offset(i));
                } else if attr.header().is_some_and(|h| h.shape() == shape_id::PROPERTY)
                    && vm.special(ty, Special::GetAttr).is_none()
                {
                    fill(f, load_key(name), shape.id, ty, Cached::Property, attr.bits());
                } else if is_class_of_object(vm, name, attr) {
                    // A shape belongs to one class.
                    fill(f, load_key(name), shape.id, ty, Cached::Plain, ty.value().bits());
                }
                return bound_or_asked(vm, object, ty, name, attr);
            }
            Found::Class(attr) => {
                let plain = match attr.header() {
                    None => true,
                    Some(_) => vm.special_of(attr, Special::Get).is_none(),
                };
                if plain && !shape.dict_mode && !vm.is_class_variable(ty, name) {
                    fill(f, load_key(name), shape.id, ty, Cached::Plain, attr.bits());
                } else if is_method(attr) && has_no_own(vm, object, ty) {
                    fill(f, load_key(name), shape.id, ty, Cached::Method, attr.bits());
                }
                return bound_or_asked(vm, object, ty, name, attr);
            }
            Found::Absent => {}
        }
    }
    // A method of an instance of a native class.
    if object.header().is_some_and(|h| h.kind() == Kind::Native)
        && is_generic(f, ty)
        && has_no_own(vm, object, ty)
        && let Found::Class(attr) = vm.find_attr(object, ty, name)
        && is_method(attr)
    {
        fill(f, load_key(name), vm.shape_of(object), ty, Cached::Method, attr.bits());
        return bound_method(vm, attr, object);
    }
    let v = vm.getattr(object, name)?;
    if object.is::<Type>() {
        remember(f, object, name, v);
    }
    Ok(v)
}

/// Whether no attribute of the object's own can come to lie before a method of its class without a change of shape.
fn has_no_own(vm: &Vm, object: Value, ty: Gc<Type>) -> bool {
    object.header().is_some_and(|h| {
        !vm.shape(h.shape()).dict_mode && (h.kind() == Kind::Instance || !ty.has(type_flag::HAS_DICT))
    })
}

/// What [`is_method`] holds for, bound to an instance of a class that has it.
fn bound_method(vm: &Vm, method: Value, object: Value) -> PyResult {
    match method.downcast::<NativeFunction>() {
        Some(native) => {
            vm.check_receiver(native, object)?;
            Ok(native.bind(&vm.heap, object).value())
        }
        None => Ok(BoundMethod::new(&vm.heap, method, object).value()),
    }
}

/// Whether the dict of a function decides what the site's name means: the class of functions has no descriptor for it. The site remembers.
fn has_own_attributes(f: F<'_>, function: Gc<Function>, key: usize) -> bool {
    if hit(f, f.c(), function.header()).is_some_and(|(kind, _)| kind == Cached::Own as u64) {
        return true;
    }
    let (vm, name) = (f.vm, f.name(f.c()));
    if vm.lookup(vm.types.function, name).is_some_and(|attr| vm.is_data_descriptor(attr)) {
        return false;
    }
    fill(f, key, function.header().shape(), vm.types.function, Cached::Own, 0);
    true
}

/// What a descriptor of the class gives; where `__getattr__` is to be asked if that is an AttributeError, the whole lookup.
fn bound_or_asked(vm: &Vm, object: Value, ty: Gc<Type>, name: Gc<Str>, attr: Value) -> PyResult {
    match vm.special(ty, Special::GetAttr) {
        None => vm.bind_attr(attr, Some(object), ty),
        Some(_) => vm.getattr(object, name),
    }
}

/// The getter of the property that the site remembers, if it is a Python function. Properties change in place, so it is not
/// the getter that is remembered.
#[inline(always)]
fn remembered_getter(f: F<'_>) -> Option<Gc<Function>> {
    let (kind, payload) = hit(f, f.c(), f.reg(f.b()).header()?)?;
    if kind != Cached::Property as u64 {
        return None;
    }
    Value::from_bits(payload)?.downcast::<Native<Property>>()?.fget.get()?.downcast::<Function>()
}

/// Whether `attr`, found under `name`, is the `__class__` that all objects have.
fn is_class_of_object(vm: &Vm, name: Gc<Str>, attr: Value) -> bool {
    name == vm.names.__class__ && vm.lookup(vm.types.object, name) == Some(attr)
}

/// Slot word of a member descriptor of a class with the instance layout.
fn member_slot(attr: Value) -> Option<usize> {
    use crate::object::function::{NativeFunction, NativeTarget};
    match attr.downcast::<NativeFunction>()?.target {
        NativeTarget::Member { index, from_end: false } => Some(index),
        _ => None,
    }
}

#[inline(never)]
pub(super) fn store_attr_slow(f: F<'_>, object: Value) -> PyResult<()> {
    f.publish();
    let vm = f.vm;
    let (name, value) = (f.name(f.c()), f.reg(f.b()));
    if let Some(function) = object.downcast::<Function>()
        && let Some(dict) = function.dict.get()
        && has_own_attributes(f, function, store_key(name))
    {
        dict.insert_str(&vm.heap, name, value);
        return Ok(());
    }
    if let Some((kind, payload)) = second_level(f, object, store_key(name))
        && let Some(header) = object.header()
    {
        if kind == Cached::Slot as u64 {
            slot_at(header, payload).set(Some(value));
            vm.heap.barrier(header, value);
            return Ok(());
        }
        if kind == Cached::AddSlot as u64 {
            slot_at(header, payload & 0xffff_ffff).set(Some(value));
            header.set_shape(ShapeId((payload >> 32) as u32));
            vm.heap.barrier_object(header);
            return Ok(());
        }
    }
    if vm.shape_of(object) == shape_id::TYPE
        && let Some(class) = object.downcast::<Type>()
    {
        return vm.type_setattr(class, name, Some(value));
    }
    let Some(header) = object.header().filter(|h| h.kind() == Kind::Instance) else {
        return vm.setattr(object, name, Some(value));
    };
    let ty = vm.type_of(object);
    if vm.special(ty, Special::SetAttr) != vm.special(vm.types.object, Special::SetAttr) {
        return vm.setattr(object, name, Some(value));
    }
    let before = vm.shape(header.shape());
    if let Some(attr) = vm.lookup(ty, name)
        && vm.is_data_descriptor(attr)
    {
        if let Some(i) = member_slot(attr) {
            fill(f, store_key(name), before.id, ty, Cached::Slot, slot_offset(i));
        }
        return vm.generic_setattr(object, name, Some(value));
    }
    vm.generic_setattr(object, name, Some(value))?;
    let after = vm.shape(header.shape());
    if after.dict_mode || !ty.has(type_flag::HAS_DICT) {
        return Ok(());
    }
    if let Some(index) = after.find(name)
        && let Location::Inline(i) = Instance::location(&after, index)
    {
        let offset = slot_offset(i);
        if before.id == after.id {
            fill(f, store_key(name), before.id, ty, Cached::Slot, offset);
        } else if is_child(before, after) {
            fill(f, store_key(name), before.id, ty, Cached::AddSlot, offset | (after.id.0 as u64) << 32);
        }
    }
    Ok(())
}

fn is_child(parent: Gc<Shape>, child: Gc<Shape>) -> bool {
    child.parent() == Some(parent)
}

#[inline(never)]
pub(super) fn load_method_slow(f: F<'_>, object: Value) -> PyResult<()> {
    f.publish();
    let vm = f.vm;
    let name = f.name(f.c());
    let at = f.a() + FRAME_HEADER as usize;
    if let Some(function) = remembered_class_method(f, object) {
        f.set(at - 1, function);
        f.set(at, object);
        return Ok(());
    }
    if let Some(v) = remembered(f, object) {
        f.set_opt(at - 1, None);
        f.set(at, v);
        return Ok(());
    }
    if let Some((kind, payload)) = second_level(f, object, load_key(name)) {
        if kind == Cached::Method as u64 {
            f.set_opt(at - 1, Value::from_bits(payload));
            f.set(at, object);
            return Ok(());
        }
        if kind == Cached::Plain as u64 {
            f.set_opt(at - 1, None);
            f.set_opt(at, Value::from_bits(payload));
            return Ok(());
        }
        if kind == Cached::Slot as u64
            && let Some(v) = object.header().and_then(|h| slot_at(h, payload).get())
        {
            f.set_opt(at - 1, None);
            f.set(at, v);
            return Ok(());
        }
    }
    let ty = vm.type_of(object);
    if let Some((method, function)) = class_method(vm, object, ty, name) {
        remember_class_method(f, object, name, method);
        f.set(at - 1, function);
        f.set(at, object);
        return Ok(());
    }
    let module_attr = match object.downcast::<Module>() {
        Some(module) if vm.shape_of(object) == shape_id::MODULE => module.dict.get().get_str(name),
        _ => None,
    };
    if let Some(v) = module_attr {
        if vm.lookup(vm.types.module, name).is_none() {
            remember(f, object, name, v);
        }
        f.set_opt(at - 1, None);
        f.set(at, v);
        return Ok(());
    }
    if !object.is::<Type>() && is_generic(f, ty) {
        match vm.find_attr(object, ty, name) {
            Found::Class(attr) => {
                if is_method(attr) {
                    if has_no_own(vm, object, ty) {
                        fill(f, load_key(name), vm.shape_of(object), ty, Cached::Method, attr.bits());
                    }
                    f.set(at - 1, attr);
                    f.set(at, object);
                    return Ok(());
                }
                let bound = bound_or_asked(vm, object, ty, name, attr)?;
                f.set_opt(at - 1, None);
                f.set(at, bound);
                return Ok(());
            }
            Found::Instance(v) => {
                if let Some(header) = object.header().filter(|h| h.kind() == Kind::Instance)
                    && let shape = vm.shape(header.shape())
                    && !shape.dict_mode
                    && let Some(index) = shape.find(name)
                    && let Location::Inline(i) = Instance::location(&shape, index)
                {
                    fill(f, load_key(name), shape.id, ty, Cached::Slot, slot_offset(i));
                }
                f.set_opt(at - 1, None);
                f.set(at, v);
                return Ok(());
            }
            Found::DataDescriptor(attr) => {
                if is_class_of_object(vm, name, attr)
                    && let Some(header) = object.header().filter(|h| h.kind() == Kind::Instance)
                {
                    fill(f, load_key(name), header.shape(), ty, Cached::Plain, ty.value().bits());
                }
                let v = bound_or_asked(vm, object, ty, name, attr)?;
                f.set_opt(at - 1, None);
                f.set(at, v);
                return Ok(());
            }
            Found::Absent => {}
        }
    }
    let v = vm.getattr(object, name)?;
    if object.is::<Type>() {
        remember(f, object, name, v);
    }
    // A bound Python method is taken apart again: the call then needs no shift.
    if let Some(method) = v.downcast::<BoundMethod>()
        && method.function.is::<Function>()
    {
        f.set(at - 1, method.function);
        f.set(at, method.receiver);
        return Ok(());
    }
    f.set_opt(at - 1, None);
    f.set(at, v);
    Ok(())
}

/// Whether an attribute of a class is bound to an instance by putting that in front of the arguments.
pub fn is_method(attr: Value) -> bool {
    matches!(
        attr.header().map(Header::shape),
        Some(shape_id::FUNCTION | shape_id::METHOD_DESCRIPTOR | shape_id::WRAPPER_DESCRIPTOR)
    )
}

#[inline(never)]
pub(super) fn load_special(f: F<'_>) -> PyResult {
    let vm = f.vm;
    let object = f.reg(f.b());
    let ty = vm.type_of(object);
    let special = [Special::Enter, Special::Exit, Special::AEnter, Special::AExit][f.c()];
    if let Some(raw) = vm.special(ty, special) {
        return vm.bind_attr(raw, Some(object), ty);
    }
    let is_async = f.c() >= 2;
    let other = if is_async { [Special::Enter, Special::Exit] } else { [Special::AEnter, Special::AExit] };
    let (protocol, other_name, with) = if is_async {
        ("asynchronous context manager", "context manager", "with")
    } else {
        ("context manager", "asynchronous context manager", "async with")
    };
    let mut message = format!(
        "'{}' object does not support the {protocol} protocol (missed {} method)",
        ty.qualified_name(),
        special.name()
    );
    if other.iter().all(|&s| vm.special(ty, s).is_some()) {
        message
            .push_str(&format!(" but it supports the {other_name} protocol. Did you mean to use '{with}'?"));
    }
    Err(vm.type_error(message))
}

/// What an attribute site has cached, for the compiled tier.
#[derive(Clone, Copy, Debug)]
pub struct SiteCache {
    pub shape: ShapeId,
    pub class: Gc<Type>,
    pub version: u64,
    pub what: CachedAccess,
}

/// See [`SiteCache`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CachedAccess {
    /// The slot at this byte.
    Slot(u64),
    /// A function or native method of the class.
    Method(Value),
    /// Another value of the class.
    Plain(Value),
    /// The slot at this byte, and the shape the object has with it.
    AddSlot(u64, ShapeId),
    /// The function's dict.
    Own,
}

/// What the site whose words start at `words` remembers, and what else it has met as far as that is on record; `store` for
/// a store.
///
/// # Safety
/// `words` points to the four words of an attribute site.
pub unsafe fn site_caches(vm: &Vm, words: *const u64, store: bool) -> Vec<SiteCache> {
    // SAFETY: promised by the caller.
    let (name, now) =
        unsafe { (*words as usize, [*words.add(GUARD), *words.add(CLASS), *words.add(PAYLOAD)]) };
    let key = name | usize::from(store);
    let mut found: Vec<SiteCache> = Vec::new();
    for shape in vm.noted_shapes(words as usize).filter(|&s| s < FIRST_SITE && s != now[0] as u32) {
        found.extend(shared_cache(vm, key, shape));
    }
    found.extend(decode(vm, now[0], now[1], now[2]));
    found
}

/// What the site would find for a shape that it has not met, if another has of late.
///
/// # Safety
/// `words` points to the four words of an attribute site.
pub unsafe fn cache_of_other_sites(
    vm: &Vm,
    words: *const u64,
    store: bool,
    shape: ShapeId,
) -> Option<SiteCache> {
    // SAFETY: promised by the caller.
    shared_cache(vm, unsafe { *words } as usize | usize::from(store), shape.0)
}

/// What all sites share for a name and a shape.
fn shared_cache(vm: &Vm, key: usize, shape: u32) -> Option<SiteCache> {
    let entry = vm.attr_cache_entry(shape, key).get();
    let hit = entry.key == key && entry.guard as u32 == shape;
    hit.then(|| decode(vm, entry.guard, entry.class, entry.payload))?
}

/// Reads the three words of a cache; `None` when it is empty or stale.
fn decode(vm: &Vm, guard: u64, class: u64, payload: u64) -> Option<SiteCache> {
    if guard == 0 || guard as u32 >= FIRST_SITE {
        return None;
    }
    // Nobody holds an object of this shape here: unlike a site that matches, this one may remember a class that is gone.
    vm.heap.shapes.get(ShapeId(guard as u32))?;
    let kind = class & KIND_MASK;
    // SAFETY: the shape is alive, and its class with it.
    let class: Gc<Type> = unsafe { Gc::from_ptr((class & !KIND_MASK) as *const Type) };
    if class.version.get() as u32 != (guard >> 32) as u32 {
        return None;
    }
    let what = if kind == Cached::Slot as u64 {
        CachedAccess::Slot(payload)
    } else if kind == Cached::Method as u64 {
        CachedAccess::Method(Value::from_bits(payload)?)
    } else if kind == Cached::Plain as u64 {
        CachedAccess::Plain(Value::from_bits(payload)?)
    } else if kind == Cached::AddSlot as u64 {
        CachedAccess::AddSlot(payload & 0xffff_ffff, ShapeId((payload >> 32) as u32))
    } else if kind == Cached::Own as u64 {
        CachedAccess::Own
    } else {
        return None;
    };
    Some(SiteCache { shape: ShapeId(guard as u32), class, version: class.version.get(), what })
}
