//! Moves, constants, cells, names.

use super::{F, handler};
use crate::object::cell::CellObject;
use crate::object::dict::Dict;
use crate::object::function::Function;
use crate::object::header::Gc;
use crate::object::str::Str;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use adder_bytecode::LocalKind;

handler! {
    Nop(f) { f.next() }
    Move(f) {
        f.set_opt(f.a(), f.reg_opt(f.b()));
        f.next()
    }
    LoadConst(f) {
        f.set(f.a(), f.constant(f.c()));
        f.next()
    }
    ClearLocal(f) {
        f.set_opt(f.a(), None);
        f.next()
    }
    CheckLocal(f) {
        if f.reg_opt(f.a()).is_some() {
            return f.next();
        }
        unbound(f);
        f.raise()
    }
    DeleteLocal(f) {
        if f.reg_opt(f.a()).is_none() {
            unbound(f);
            return f.raise();
        }
        f.set_opt(f.a(), None);
        f.next()
    }
    MakeCell(f) {
        f.publish();
        f.set(f.a(), CellObject::new(&f.vm.heap, f.reg_opt(f.a())).value());
        f.next()
    }
    CopyFree(f) {
        let closure = f.window().function().closure.get().expect("a function with free variables has a closure");
        for i in 0..f.c() {
            f.set(f.a() + i, closure[i]);
        }
        f.next()
    }
    LoadCell(f) {
        match cell(f, f.b()).get() {
            Some(v) => {
                f.set(f.a(), v);
                f.next()
            }
            None => {
                unbound_cell(f, f.b());
                f.raise()
            }
        }
    }
    StoreCell(f) {
        cell(f, f.a()).set(&f.vm.heap, Some(f.reg(f.b())));
        f.next()
    }
    DeleteCell(f) {
        f.publish();
        f.done(delete_cell(f))
    }
    LoadNameOrCell(f) {
        f.publish();
        f.finish(mapping_or_cell(f, f.reg(0)))
    }
    LoadDictOrCell(f) {
        f.publish();
        f.finish(mapping_or_cell(f, f.reg(f.a())))
    }
    LoadDictOrGlobal(f) {
        f.publish();
        f.finish(mapping_or_global(f))
    }
    LoadName(f) {
        let function = f.window().function();
        if f.reg(0) == function.globals.value()
            && let Some(v) = cached_global(f, function.as_ref())
        {
            f.set(f.a(), v);
            return f.next();
        }
        f.slow(LoadNameSlow)
    }
    LoadNameSlow(f) {
        f.publish();
        if f.reg(0) == f.window().function().globals.value() {
            return f.finish(load_global_slow(f));
        }
        let result = match mapping_get(f.vm, f.reg(0), f.name(f.c())) {
            Ok(Some(v)) => Ok(v),
            Ok(None) => global_or_builtin(f, f.name(f.c())),
            Err(Raised) => Err(Raised),
        };
        f.finish(result)
    }
    StoreName(f) {
        let version = f.word(f.c() + 1);
        if version != 0
            && let Some(dict) = exact_dict(f.reg(0))
            && dict.version() == version
        {
            dict.set_value_at(&f.vm.heap, f.word(f.c() + 3) as usize, f.reg(f.a()));
            return f.next();
        }
        f.slow(StoreNameSlow)
    }
    StoreNameSlow(f) {
        f.publish();
        let result = store_name_slow(f);
        f.done(result)
    }
    DeleteName(f) {
        f.publish();
        let result = delete_name(f.vm, f.reg(0), f.name(f.c()));
        f.done(result)
    }
    LoadGlobal(f) {
        if let Some(v) = cached_global(f, f.window().function().as_ref()) {
            f.set(f.a(), v);
            return f.next();
        }
        f.slow(LoadGlobalSlow)
    }
    LoadGlobalSlow(f) {
        f.publish();
        f.finish(load_global_slow(f))
    }
    StoreGlobal(f) {
        f.publish();
        f.window().function().globals.insert_str(&f.vm.heap, f.name(f.c()), f.reg(f.a()));
        f.next()
    }
    DeleteGlobal(f) {
        f.publish();
        f.done(delete_global(f))
    }
}

#[inline(always)]
pub(super) fn cell(f: F<'_>, register: usize) -> &'static CellObject {
    // SAFETY: cell registers hold cells after the prologue.
    unsafe { &*(f.reg(register).bits() as *const CellObject) }
}

/// What the cache of this instruction says the global or built-in is, if its versions still hold.
#[inline(always)]
pub(super) fn cached_global(f: F<'_>, function: &Function) -> Option<Value> {
    let c = f.c();
    let globals = function.globals.as_ref();
    let version = f.word(c + 1);
    if version != globals.version() || version == 0 {
        return None;
    }
    let index = f.word(c + 3) as u32 as usize;
    let builtin_version = f.word(c + 2);
    if builtin_version == 0 {
        globals.value_at(index)
    } else if builtin_version == function.builtins.version() {
        function.builtins.value_at(index)
    } else {
        None
    }
}

/// Stores a name. A store that found its key notes where: the next one with the same keys goes straight there.
#[inline(never)]
fn store_name_slow(f: F<'_>) -> PyResult<()> {
    let (vm, c) = (f.vm, f.c());
    let (namespace, name, value) = (f.reg(0), f.name(c), f.reg(f.a()));
    let Some(dict) = exact_dict(namespace) else { return vm.setitem(namespace, name.value(), Some(value)) };
    match dict.find_str(name) {
        Some(at) => {
            dict.set_value_at(&vm.heap, at, value);
            // Namespaces of classes live once: only a module's is worth a number.
            if namespace == f.window().function().globals.value() {
                f.set_word(c + 1, dict.assign_version(vm));
                f.set_word(c + 3, at as u64);
            }
        }
        None => dict.insert_str(&vm.heap, name, value),
    }
    Ok(())
}

/// `v` if it is exactly a dict.
#[inline(always)]
pub fn exact_dict(v: Value) -> Option<Gc<Dict>> {
    match v.header() {
        Some(h) if h.shape() == crate::object::shape::shape_id::DICT => v.downcast(),
        _ => None,
    }
}

/// `mapping[name]`, `None` when absent (KeyError swallowed).
#[inline(never)]
pub fn mapping_get(vm: &Vm, mapping: Value, name: Gc<Str>) -> PyResult<Option<Value>> {
    if let Some(dict) = exact_dict(mapping) {
        return Ok(dict.get_str(name));
    }
    match vm.getitem(mapping, name.value()) {
        Ok(v) => Ok(Some(v)),
        Err(Raised) => vm.catch(vm.exceptions.key_error).map(|_| None),
    }
}

/// What name `c` means in a class body: it is in the mapping, or else in the cell in register `b`.
#[inline(never)]
pub(super) fn mapping_or_cell(f: F<'_>, mapping: Value) -> PyResult {
    let found = mapping_get(f.vm, mapping, f.name(f.c()))?;
    found.or_else(|| cell(f, f.b()).get()).ok_or_else(|| {
        unbound_cell(f, f.b());
        Raised
    })
}

/// What name `c` means in an annotation scope of a class whose namespace is register `a`.
#[inline(never)]
pub(super) fn mapping_or_global(f: F<'_>) -> PyResult {
    match mapping_get(f.vm, f.reg(f.a()), f.name(f.c()))? {
        Some(v) => Ok(v),
        None => global_from_mappings(f, f.name(f.c())),
    }
}

#[inline(never)]
pub(super) fn delete_cell(f: F<'_>) -> PyResult<()> {
    let cell = cell(f, f.a());
    if cell.get().is_none() {
        unbound_cell(f, f.a());
        return Err(Raised);
    }
    cell.set(&f.vm.heap, None);
    Ok(())
}

#[inline(never)]
pub(super) fn delete_global(f: F<'_>) -> PyResult<()> {
    match f.window().function().globals.remove_str(f.name(f.c())) {
        Some(_) => Ok(()),
        None => Err(name_not_defined(f.vm, f.name(f.c()))),
    }
}

#[inline(never)]
pub(super) fn global_or_builtin(f: F<'_>, name: Gc<Str>) -> PyResult {
    entry_of_global(f.window().function().as_ref(), name).ok_or_else(|| name_not_defined(f.vm, name))
}

/// What the dicts of a function's globals and built-ins hold under a name.
pub(super) fn entry_of_global(function: &Function, name: Gc<Str>) -> Option<Value> {
    function.globals.get_str(name).or_else(|| function.builtins.get_str(name))
}

/// A global of a function whose namespaces may be dict subclasses: those answer through their `__getitem__`, and what they
/// answer is never cached.
#[inline(never)]
fn global_from_mappings(f: F<'_>, name: Gc<Str>) -> PyResult {
    let function = f.window().function();
    if let Some(v) = mapping_get(f.vm, function.globals.value(), name)? {
        return Ok(v);
    }
    match mapping_get(f.vm, function.builtins.value(), name)? {
        Some(v) => Ok(v),
        None => Err(name_not_defined(f.vm, name)),
    }
}

/// Looks a global up and fills the cache: version of the globals' keys, version of the builtins' keys (0: found in the
/// globals), entry index.
#[inline(never)]
pub(super) fn load_global_slow(f: F<'_>) -> PyResult {
    let (vm, c) = (f.vm, f.c());
    let name = f.name(c);
    let function = f.window().function();
    if exact_dict(function.globals.value()).is_none() || exact_dict(function.builtins.value()).is_none() {
        return global_from_mappings(f, name);
    }
    if let Some(at) = function.globals.find_str(name) {
        f.set_word(c + 1, function.globals.assign_version(vm));
        f.set_word(c + 2, 0);
        f.set_word(c + 3, at as u64);
        return Ok(function.globals.value_at(at).expect("found entries are live"));
    }
    if let Some(at) = function.builtins.find_str(name) {
        f.set_word(c + 1, function.globals.assign_version(vm));
        f.set_word(c + 2, function.builtins.assign_version(vm));
        f.set_word(c + 3, at as u64);
        return Ok(function.builtins.value_at(at).expect("found entries are live"));
    }
    Err(name_not_defined(vm, name))
}

#[inline(never)]
pub(super) fn delete_name(vm: &Vm, namespace: Value, name: Gc<Str>) -> PyResult<()> {
    let deleted = match exact_dict(namespace) {
        Some(dict) => dict.remove_str(name).is_some(),
        None => match vm.setitem(namespace, name.value(), None) {
            Ok(()) => true,
            Err(Raised) => {
                vm.catch(vm.exceptions.key_error)?;
                false
            }
        },
    };
    if deleted { Ok(()) } else { Err(name_not_defined(vm, name)) }
}

/// Raises the NameError of an undefined name; it carries the name.
#[cold]
#[inline(never)]
pub fn name_not_defined(vm: &Vm, name: Gc<Str>) -> Raised {
    let message = vm.new_str(&format!("name '{}' is not defined", name.to_string_lossy()));
    let e = vm.new_exception(vm.exceptions.name_error, &[message]);
    e.set_member(&vm.heap, 0, Some(name.value()));
    vm.raise_value(e.value())
}

/// Raises the UnboundLocalError of register `a`.
#[cold]
#[inline(never)]
fn unbound(f: F<'_>) {
    f.publish();
    unbound_local(f.vm, f.window(), f.a());
}

#[cold]
fn unbound_local(vm: &Vm, window: crate::vm::frame::Window, register: usize) {
    let code = window.code();
    let unit = code.as_ref().unit();
    let name = unit.locals.get(register).map_or("?", |n| n);
    vm.unbound_local_error(format!(
        "cannot access local variable '{name}' where it is not associated with a value"
    ));
}

/// Raises the error for an empty cell: UnboundLocalError in the scope that owns it, NameError in an inner one, which an inlined
/// generator expression is.
#[cold]
#[inline(never)]
pub(super) fn unbound_cell(f: F<'_>, register: usize) {
    f.publish();
    let code = f.window().code();
    let unit = code.as_ref().unit();
    let is_free = match unit.local_kinds.get(register) {
        Some(LocalKind::Free) => true,
        Some(LocalKind::Cell) => unit.genexprs_at(code.index_of(f.pc) as u32).next().is_some(),
        _ => false,
    };
    if is_free {
        let name = &unit.locals[register];
        let vm = f.vm;
        let message = vm.new_str(&format!(
            "cannot access free variable '{name}' where it is not associated with a value in enclosing scope"
        ));
        let e = vm.new_exception(vm.exceptions.name_error, &[message]);
        e.set_member(&vm.heap, 0, Some(vm.intern(name).value()));
        vm.raise_value(e.value());
    } else {
        unbound_local(f.vm, f.window(), register);
    }
}
