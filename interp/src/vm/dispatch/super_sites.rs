//! `super().name`: looked up behind a class in the method resolution order of the object's class, without making the `super` object.
//!
//! The lookup goes through a cache of its own (`Vm::super_cache_entry`). The site has the words of an attribute site
//! ([`super::access`]), but they serve the tier alone: shape and class of the object, and in place of the payload the class that
//! `super` was given.

use super::access::{Cached, CachedAccess, GUARD, PAYLOAD, SiteCache, guard, is_method, replace};
use super::{F, handler};
use crate::object::header::Gc;
use crate::object::shape::ShapeId;
use crate::object::str::Str;
use crate::object::typeobj::{Type, type_flag};
use crate::value::{PyResult, Raised, Value};
use crate::vm::special::Special;
use crate::vm::{AttrCacheEntry, SuperCacheEntry, Vm};
use adder_bytecode::FRAME_HEADER;

/// What a site of `super` holds in place of a class when it has met several, as the code of a class in a function does.
const SEVERAL_CLASSES: u64 = 1;

handler! {
    LoadSuperAttr(f) {
        f.publish();
        f.finish(super_attr(f))
    }
    LoadSuperMethod(f) {
        f.publish();
        match super_method(f) {
            Ok(()) => f.next(),
            Err(Raised) => f.raise(),
        }
    }
}

/// `super(cls, obj).name` found along the MRO of the object's class behind `cls`: the raw attribute, and the class it is bound to.
fn super_lookup(f: F<'_>) -> PyResult<Option<(Value, Value, Gc<Type>)>> {
    let (vm, b) = (f.vm, f.b());
    let name = f.name(f.c());
    if f.reg(b) != vm.types.super_.value() {
        return Ok(None);
    }
    let Some(cls) = f.reg(b + 1).downcast::<Type>() else { return Ok(None) };
    let object = f.reg(b + 2);
    let start = match object.downcast::<Type>() {
        Some(t) if t.is_subtype(cls) => t,
        _ => vm.type_of(object),
    };
    if !start.is_subtype(cls) || name == vm.names.__class__ {
        return Ok(None);
    }
    let entry = vm.super_cache_entry(cls, name);
    let cached = entry.get();
    if cached.version == start.version.get()
        && cached.version != 0
        && cached.class == cls.as_ptr() as usize
        && cached.name == name.as_ptr() as usize
    {
        return Ok(cached.found.map(|attr| (attr, object, start)));
    }
    let found = attribute_behind(start, cls, name);
    let attr = found.map(|(_, attr)| attr);
    // Data may be a variable of its class; what a built-in class has stays.
    let stays = |attr| is_method(attr) || vm.special_of(attr, Special::Get).is_some();
    if found.is_none_or(|(owner, attr)| stays(attr) || !owner.has(type_flag::HEAP)) {
        entry.set(SuperCacheEntry {
            version: start.version.get(),
            class: cls.as_ptr() as usize,
            name: name.as_ptr() as usize,
            found: attr,
        });
    }
    Ok(attr.map(|attr| (attr, object, start)))
}

/// The first class that has the attribute behind `cls` in the method resolution order of `start`, and the attribute.
fn attribute_behind(start: Gc<Type>, cls: Gc<Type>, name: Gc<Str>) -> Option<(Gc<Type>, Value)> {
    start.mro_iter().skip_while(|&c| c != cls).skip(1).find_map(|c| Some((c, c.dict.get().get_str(name)?)))
}

/// The site of `super(cls, object).name` remembers, for the tier only, the shape of the object, its class `start`, and `cls`.
fn note_super(f: F<'_>, object: Value, start: Gc<Type>) {
    let (c, cls) = (f.c(), f.reg(f.b() + 1).bits());
    let guard = guard(f.vm.shape_of(object), start.version.get());
    let before = f.word(c + PAYLOAD);
    // What `super` of a class finds depends on more than its shape.
    if before == SEVERAL_CLASSES || f.word(c + GUARD) == guard && before == cls || object.is::<Type>() {
        return;
    }
    let payload = if before == 0 || before == cls { cls } else { SEVERAL_CLASSES };
    replace(
        f,
        AttrCacheEntry { guard, key: 0, class: start.as_ptr() as u64 | Cached::Method as u64, payload },
    );
}

/// The class and the methods that a site of `super` has met: one for each shape, or for the shape that the object is known to have. `None`
/// when nothing is known of the site, or too much.
///
/// # Safety
/// `words` points to the four words of an instruction that loads a method of `super`.
pub unsafe fn super_sites(
    vm: &Vm,
    words: *const u64,
    known: Option<ShapeId>,
) -> Option<(Gc<Type>, Vec<SiteCache>)> {
    // SAFETY: promised by the caller; the first word is a name.
    let (name, last, cls) =
        unsafe { (Gc::<Str>::from_ptr(*words as *const Str), *words.add(GUARD) as u32, *words.add(PAYLOAD)) };
    if cls == 0 || cls == SEVERAL_CLASSES {
        return None;
    }
    let shapes = match known {
        Some(shape) => vec![shape.0],
        None => vm.noted_shapes(words as usize).filter(|&s| s != last).chain([last]).collect(),
    };
    let mut met = None;
    let sites = shapes.into_iter().filter_map(|id| {
        let class = vm.heap.shapes.get(ShapeId(id))?.class.get();
        // The site keeps its class not alive; this one does.
        let cls = class.mro_iter().find(|c| c.as_ptr() as u64 == cls)?;
        let (_, attr) = attribute_behind(class, cls, name)?;
        met = Some(cls);
        let version = class.version.get();
        (version != 0 && is_method(attr)).then_some(SiteCache {
            shape: ShapeId(id),
            class,
            version,
            what: CachedAccess::Method(attr),
        })
    });
    let sites: Vec<SiteCache> = sites.collect();
    Some((met?, sites))
}

#[inline(never)]
pub(super) fn super_attr(f: F<'_>) -> PyResult {
    let found = super_lookup(f)?;
    bind_super(f, found)
}

/// What `super(cls, obj).name` gives, from what [`super_lookup`] has found.
fn bind_super(f: F<'_>, found: Option<(Value, Value, Gc<Type>)>) -> PyResult {
    let vm = f.vm;
    match found {
        Some((attr, object, start)) => {
            let receiver = if object == start.value() { None } else { Some(object) };
            vm.bind_attr(attr, receiver, start)
        }
        None => {
            let object = vm.call(f.reg(f.b()), f.regs(f.b() + 1, 2))?;
            vm.getattr(object, f.name(f.c()))
        }
    }
}

#[inline(never)]
pub(super) fn super_method(f: F<'_>) -> PyResult<()> {
    let at = f.a() + FRAME_HEADER as usize;
    let found = super_lookup(f)?;
    if let Some((attr, object, start)) = found
        && object != start.value()
        && is_method(attr)
    {
        note_super(f, object, start);
        f.set(at - 1, attr);
        f.set(at, object);
        return Ok(());
    }
    let v = bind_super(f, found)?;
    f.set_opt(at - 1, None);
    f.set(at, v);
    Ok(())
}
