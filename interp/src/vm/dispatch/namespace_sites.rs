//! Attribute sites whose receiver is a module or a class.
//!
//! They have the words of any attribute site ([`super::access`]), with a number that is no shape's in the guard: see [`MODULE_SITE`]
//! and those below. The handlers' inline paths do not know them; the slow ones ask [`remembered`] first.

use super::F;
use super::access::{CLASS, GUARD, PAYLOAD, is_method};
use crate::object::classmethod::ClassMethod;
use crate::object::dict::Dict;
use crate::object::function::{Function, NativeFunction};
use crate::object::header::{Gc, Kind};
use crate::object::module::Module;
use crate::object::native::Native;
use crate::object::shape::shape_id;
use crate::object::str::Str;
use crate::object::typeobj::Type;
use crate::value::Value;
use crate::vm::Vm;
use crate::vm::special::Special;

/// In the guard word of a site in place of a shape: the receiver was a module, the upper half is the version of its dict's
/// keys, the payload an entry index.
const MODULE_SITE: u32 = u32::MAX;

/// Likewise: the receiver was the class in the class word, the upper half is its version, the payload what was found.
const CLASS_SITE: u32 = u32::MAX - 1;

/// Likewise for a method site: the payload is a class method. These change in place, so it is not the function that is remembered.
const CLASS_METHOD_SITE: u32 = u32::MAX - 2;

/// Guards from here on are no shapes.
pub(super) const FIRST_SITE: u32 = CLASS_METHOD_SITE;

/// The attribute of a module or class that the site remembers.
#[inline]
pub(super) fn remembered(f: F<'_>, object: Value) -> Option<Value> {
    let c = f.c();
    let guard = f.word(c + GUARD);
    match guard as u32 {
        MODULE_SITE if object.header()?.shape() == shape_id::MODULE => {
            let dict = object.downcast::<Module>()?.dict.get();
            let version = dict.version();
            if version == 0 || version as u32 as u64 != guard >> 32 {
                return None;
            }
            dict.value_at(f.word(c + PAYLOAD) as usize)
        }
        CLASS_SITE => remembered_of_class(f, object),
        _ => None,
    }
}

/// The class that an attribute site has met last, if that was one and has not changed: for the compiled tier.
///
/// # Safety
/// `words` points to the four words of an attribute site.
pub unsafe fn class_of_site(vm: &Vm, words: *const u64) -> Option<Gc<Type>> {
    // SAFETY: promised by the caller.
    let (guard, address) = unsafe { (*words.add(GUARD), *words.add(CLASS) as usize) };
    if !matches!(guard as u32, CLASS_SITE | CLASS_METHOD_SITE) {
        return None;
    }
    // The site does not keep its class alive: something else may lie there now.
    let header = vm.heap.find_object(address).filter(|h| h.address() == address)?;
    let class = header.as_value().downcast::<Type>()?;
    (class.version.get() as u32 as u64 == guard >> 32).then_some(class)
}

/// The payload of a site for one class, if `object` is that class and has not changed.
#[inline]
fn remembered_of_class(f: F<'_>, object: Value) -> Option<Value> {
    let c = f.c();
    // The site does not keep its class alive: something else may lie there now.
    if object.bits() != f.word(c + CLASS) || object.kind() != Some(Kind::Type) {
        return None;
    }
    let version = object.downcast::<Type>()?.version.get();
    if version as u32 as u64 == f.word(c + GUARD) >> 32 {
        Value::from_bits(f.word(c + PAYLOAD))
    } else {
        None
    }
}

/// Remembers attribute `v` of a plain module or class in the site, if looking it up again would give the same.
pub(super) fn remember(f: F<'_>, object: Value, name: Gc<Str>, v: Value) {
    let (vm, c) = (f.vm, f.c());
    let Some(header) = object.header() else { return };
    if header.shape() == shape_id::MODULE
        && let Some(module) = object.downcast::<Module>()
        && let Some(at) = module.dict.get().find_str(name)
    {
        f.set_word(c + GUARD, MODULE_SITE as u64 | module.dict.get().assign_version(vm) << 32);
        f.set_word(c + PAYLOAD, at as u64);
    } else if let Some(class) = object.downcast::<Type>()
        && class.version.get() != 0
        && vm.lookup(class, name) == Some(v)
        && (header.shape() == shape_id::TYPE
            && vm.lookup(vm.types.type_, name).is_none_or(|attr| !vm.is_data_descriptor(attr))
            || vm.class_reads_plainly(class, name))
        && !vm.is_class_variable(class, name)
    {
        set_site_of_class(f, CLASS_SITE, class, v);
    }
}

/// The Python function of the class method that the site remembers.
pub(super) fn remembered_class_method(f: F<'_>, object: Value) -> Option<Value> {
    if f.word(f.c() + GUARD) as u32 != CLASS_METHOD_SITE {
        return None;
    }
    function_of_class_method(remembered_of_class(f, object)?)
}

/// Remembers a class method of a class.
pub(super) fn remember_class_method(f: F<'_>, object: Value, name: Gc<Str>, method: Value) {
    if let Some(class) = object.downcast::<Type>()
        && f.vm.class_reads_plainly(class, name)
    {
        set_site_of_class(f, CLASS_METHOD_SITE, class, method);
    }
}

fn set_site_of_class(f: F<'_>, site: u32, class: Gc<Type>, payload: Value) {
    let c = f.c();
    f.set_word(c + GUARD, site as u64 | class.version.get() << 32);
    f.set_word(c + CLASS, class.value().bits());
    f.set_word(c + PAYLOAD, payload.bits());
}

/// A class method of a class and the Python function behind it, which needs no bound method to be called.
pub(super) fn class_method(
    vm: &crate::vm::Vm,
    object: Value,
    meta: Gc<Type>,
    name: Gc<Str>,
) -> Option<(Value, Value)> {
    let cls = object.downcast::<Type>()?;
    let attr = vm.lookup(cls, name)?;
    if attr.header()?.shape() != shape_id::CLASSMETHOD
        || vm.special(meta, Special::GetAttribute) != vm.special(vm.types.type_, Special::GetAttribute)
        || vm.lookup(meta, name).is_some()
    {
        return None;
    }
    Some((attr, function_of_class_method(attr)?))
}

/// The function that a class method wraps, if that is a Python function.
fn function_of_class_method(method: Value) -> Option<Value> {
    let method: Gc<Native<ClassMethod>> = method.downcast()?;
    Some(method.function.get()).filter(|function| function.is::<Function>())
}

/// What the namespaces of a class and its bases have for `name`, where reading the attribute looks nowhere else first: for the compiled
/// tier.
fn in_plain_class(vm: &Vm, class: Gc<Type>, name: Gc<Str>) -> Option<Value> {
    if vm.class_reads_plainly(class, name) { vm.lookup(class, name) } else { None }
}

/// A class method of a class that wraps a Python function, if reading the attribute gives that function bound to the class as long as the
/// class does not change and the method, which can, wraps the function: for the compiled tier.
pub fn python_class_method(vm: &Vm, class: Gc<Type>, name: Gc<Str>) -> Option<(Value, Value)> {
    let method = in_plain_class(vm, class, name)?;
    let is = method.header()?.shape() == shape_id::CLASSMETHOD;
    if is { Some((method, function_of_class_method(method)?)) } else { None }
}

/// Attribute `name` of a class, if reading it runs no code and gives the same as long as the class does not change: for the
/// compiled tier.
pub fn class_constant(vm: &Vm, class: Gc<Type>, name: Gc<Str>) -> Option<Value> {
    let v = in_plain_class(vm, class, name).filter(|_| !vm.is_class_variable(class, name))?;
    // Methods of `object` take any receiver.
    let any =
        v.downcast::<NativeFunction>().is_some_and(|n| n.owner == Some(vm.types.object) && is_method(v));
    let own = v.is::<Function>() || any || v.header().is_none() || vm.special_of(v, Special::Get).is_none();
    own.then_some(v)
}

/// The dict and entry that hold attribute `name` of a class, if that is a variable of the class, or with `inherited` of one of its bases, and
/// reading it is just that as long as the class does not change: for the compiled tier.
pub fn variable_entry(vm: &Vm, class: Gc<Type>, name: Gc<Str>, inherited: bool) -> Option<(Gc<Dict>, usize)> {
    // It may have been one and be a descriptor now.
    in_plain_class(vm, class, name).filter(|&v| vm.is_data(v))?;
    let owner = vm.owner_of_variable(class, name).filter(|&owner| inherited || owner == class)?;
    let dict = owner.dict.get();
    dict.find_str(name).map(|entry| (dict, entry))
}

/// A native class method of a class, bound to it, if reading the attribute gives that: for the compiled tier, which calls it.
pub fn bound_class_method(vm: &Vm, class: Gc<Type>, name: Gc<Str>) -> Option<Value> {
    let method = in_plain_class(vm, class, name)?;
    let native = method.header()?.shape() == shape_id::CLASSMETHOD_DESCRIPTOR;
    if native { vm.bind_attr(method, None, class).ok() } else { None }
}

/// The dict and entry that hold attribute `name` of a module, if reading it is just that: for the compiled tier.
pub fn module_entry(vm: &Vm, module: Gc<Module>, name: Gc<Str>) -> Option<(Gc<Dict>, usize)> {
    if module.header().shape() != shape_id::MODULE || vm.lookup(vm.types.module, name).is_some() {
        return None;
    }
    let dict = module.dict.get();
    dict.find_str(name).map(|entry| (dict, entry))
}
