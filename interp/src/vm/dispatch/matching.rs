//! Structural pattern matching.

use super::{F, handler};
use crate::heap::GcVec;
use crate::object::header::Gc;
use crate::object::set::Set;
use crate::object::str::Str;
use crate::object::tuple::Tuple;
use crate::object::typeobj::{Type, type_flag};
use crate::value::{PyResult, Value};
use crate::vm::Vm;

handler! {
    MatchSequence(f) {
        f.set(f.a(), Value::bool(has_flag(f, type_flag::SEQUENCE)));
        f.next()
    }
    MatchMapping(f) {
        f.set(f.a(), Value::bool(has_flag(f, type_flag::MAPPING)));
        f.next()
    }
    MatchKeys(f) {
        f.publish();
        f.finish(match_keys(f))
    }
    MatchClass(f) {
        f.publish();
        f.finish(match_class(f))
    }
    GetLen(f) {
        f.publish();
        f.finish(length(f))
    }
}

pub(super) fn has_flag(f: F<'_>, flag: u32) -> bool {
    f.vm.type_of(f.reg(f.b())).has(flag)
}

#[inline(never)]
pub(super) fn length(f: F<'_>) -> PyResult {
    f.vm.length(f.reg(f.b())).map(|n| f.vm.new_int(n as i64))
}

#[inline(never)]
pub(super) fn match_keys(f: F<'_>) -> PyResult {
    let (vm, mapping) = (f.vm, f.reg(f.b()));
    let keys: Gc<Tuple> = f.reg(f.c()).downcast().expect("the compiler builds a tuple of keys");
    let mut values = GcVec::with_capacity(&vm.heap, keys.len());
    if keys.is_empty() {
        return Ok(vm.empty_tuple.value());
    }
    let get = vm.getattr_str(mapping, "get")?;
    let missing = crate::object::cell::CellObject::new(&vm.heap, None).value();
    let seen = Set::new(&vm.heap);
    for &key in keys.iter() {
        if seen.contains(vm, key)? {
            return Err(
                vm.value_error(format!("mapping pattern checks duplicate key ({})", vm.repr_text(key)?))
            );
        }
        seen.add(vm, key)?;
        let value = vm.call(get, &[key, missing])?;
        if value == missing {
            return Ok(Value::none());
        }
        values.push(&vm.heap, value);
    }
    Ok(vm.new_tuple(&values))
}

#[inline(never)]
pub(super) fn match_class(f: F<'_>) -> PyResult {
    let (vm, b, npos) = (f.vm, f.b(), f.c());
    let (subject, class) = (f.reg(b), f.reg(b + 1));
    let names: Gc<Tuple> = f.reg(b + 2).downcast().expect("the compiler builds a tuple of names");
    let Some(cls) = class.downcast::<Type>() else {
        return Err(vm.type_error("called match pattern must be a class"));
    };
    if !vm.isinstance(subject, class)? {
        return Ok(Value::none());
    }
    let mut attrs = GcVec::new();
    let seen = Set::new(&vm.heap);
    if npos > 0 {
        let match_args = vm.getattr_opt(class, vm.names.__match_args__)?;
        let positional = match match_args {
            Some(args) => match args.downcast::<Tuple>() {
                Some(args) => args,
                None => {
                    return Err(vm.type_error(format!(
                        "{}.__match_args__ must be a tuple (got {})",
                        cls.name(),
                        vm.type_of(args).name()
                    )));
                }
            },
            None => vm.empty_tuple,
        };
        let match_self = match_args.is_none() && cls.has(type_flag::MATCH_SELF);
        let allowed = if match_self { 1 } else { positional.len() };
        if npos > allowed {
            let plural = if allowed == 1 { "" } else { "s" };
            return Err(vm.type_error(format!(
                "{}() accepts {allowed} positional sub-pattern{plural} ({npos} given)",
                cls.name()
            )));
        }
        if match_self {
            attrs.push(&vm.heap, subject);
        } else {
            for &name in &positional[..npos] {
                let Some(text) = name.downcast::<Str>() else {
                    return Err(vm.type_error(format!(
                        "__match_args__ elements must be strings (got {})",
                        vm.type_of(name).name()
                    )));
                };
                match match_attr(vm, cls, subject, text, seen)? {
                    Some(v) => attrs.push(&vm.heap, v),
                    None => return Ok(Value::none()),
                }
            }
        }
    }
    for &name in names.iter() {
        let text: Gc<Str> = name.downcast().expect("keyword patterns are named by strings");
        match match_attr(vm, cls, subject, text, seen)? {
            Some(v) => attrs.push(&vm.heap, v),
            None => return Ok(Value::none()),
        }
    }
    Ok(vm.new_tuple(&attrs))
}

fn match_attr(
    vm: &Vm,
    cls: Gc<Type>,
    subject: Value,
    name: Gc<Str>,
    seen: Gc<Set>,
) -> PyResult<Option<Value>> {
    if seen.contains(vm, name.value())? {
        return Err(vm.type_error(format!(
            "{}() got multiple sub-patterns for attribute {}",
            cls.name(),
            vm.repr_text(name.value())?
        )));
    }
    seen.add(vm, name.value())?;
    vm.getattr_opt(subject, vm.heap.intern(name))
}
