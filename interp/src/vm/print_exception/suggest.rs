//! "Did you mean ...?" after attribute, name and import errors.

use super::Vm;
use crate::object::dict::Dict;
use crate::object::exception::Exception;
use crate::object::frame::Frame;
use crate::object::header::Gc;
use crate::object::str::Str;
use crate::object::traceback::Traceback;
use crate::value::{PyResult, Raised, Value};
use crate::vm::suggest::suggest;

/// What to append to the message; `None` when there is nothing to suggest (or looking for it failed).
pub fn hint(vm: &Vm, exception: Value, tb: Option<Gc<Traceback>>) -> Option<String> {
    let e: Gc<Exception> = exception.downcast()?;
    let class = vm.type_of(exception);
    let errors = &vm.exceptions;
    let name_member = |i: usize| e.member(i).and_then(|v| v.downcast::<Str>());
    if class.is_subtype(errors.import_error) {
        let wrong = name_member(3)?;
        return quoted(quietly(vm, || from_module(vm, e, wrong)));
    }
    if class.is_subtype(errors.attribute_error) {
        let wrong = name_member(0)?;
        return quoted(quietly(vm, || attribute(vm, e, tb, wrong)));
    }
    if class.is_subtype(errors.name_error) {
        let wrong = name_member(0)?;
        let similar = quoted(quietly(vm, || variable(vm, tb, wrong)));
        let text = wrong.to_string_lossy().into_owned();
        if !is_stdlib_module(vm, wrong) {
            return similar;
        }
        return Some(match similar {
            Some(similar) => format!("{similar} Or did you forget to import '{text}'?"),
            None => format!(". Did you forget to import '{text}'?"),
        });
    }
    None
}

fn quoted(name: Option<String>) -> Option<String> {
    name.map(|n| format!(". Did you mean: '{n}'?"))
}

/// Drops exceptions: a suggestion is not worth one.
fn quietly(vm: &Vm, f: impl FnOnce() -> PyResult<Option<String>>) -> Option<String> {
    f().unwrap_or_else(|Raised| {
        vm.take_pending();
        None
    })
}

/// `v.__dir__()` as texts, sorted.
fn dir(vm: &Vm, v: Value) -> PyResult<Vec<String>> {
    let listed = match vm.call_method(v, "__dir__", &[]) {
        Ok(listed) => listed,
        // A class: its own `__dir__` is one of its instances.
        Err(Raised) => {
            vm.catch(vm.exceptions.type_error)?;
            let class = vm.type_of(v).value();
            vm.call_method(class, "__dir__", &[v])?
        }
    };
    let mut names = Vec::new();
    vm.for_each(listed, |name| {
        names.extend(name.downcast::<Str>().map(|s| s.to_string_lossy().into_owned()));
        Ok(())
    })?;
    names.sort();
    Ok(names)
}

fn closest(wrong: Gc<Str>, mut names: Vec<String>, hide_underscored: bool) -> Option<String> {
    if hide_underscored {
        names.retain(|n| !n.starts_with('_'));
    }
    suggest(&wrong.to_string_lossy(), names.iter().map(String::as_str)).map(str::to_owned)
}

fn from_module(vm: &Vm, e: Gc<Exception>, wrong: Gc<Str>) -> PyResult<Option<String>> {
    let Some(name) = e.member(1).and_then(|v| v.downcast::<Str>()) else { return Ok(None) };
    let module = vm.import(&name.to_string_lossy())?;
    let underscored = wrong.to_string_lossy().starts_with('_');
    Ok(closest(wrong, dir(vm, module)?, !underscored))
}

/// The frame that raised.
fn innermost(tb: Option<Gc<Traceback>>) -> Option<Gc<Frame>> {
    let mut tb = tb?;
    while let Some(next) = tb.next.get() {
        tb = next;
    }
    tb.frame.downcast()
}

fn attribute(
    vm: &Vm,
    e: Gc<Exception>,
    tb: Option<Gc<Traceback>>,
    wrong: Gc<Str>,
) -> PyResult<Option<String>> {
    let Some(object) = e.member(1) else { return Ok(None) };
    let names = dir(vm, object)?;
    let mut hide = !wrong.to_string_lossy().starts_with('_');
    if hide && let Some(frame) = innermost(tb) {
        // Inside its own methods an object's private names may be suggested.
        let locals = vm.frame_locals_dict(frame)?;
        hide = locals.get_str(vm.intern("self")) != Some(object);
    }
    Ok(closest(wrong, names, hide))
}

fn variable(vm: &Vm, tb: Option<Gc<Traceback>>, wrong: Gc<Str>) -> PyResult<Option<String>> {
    let Some(frame) = innermost(tb) else { return Ok(None) };
    let locals = vm.frame_locals_dict(frame)?;
    let mut names = Vec::new();
    let mut add = |dict: Gc<Dict>| {
        names.extend(
            dict.as_ref()
                .iter()
                .filter_map(|(k, _)| k.downcast::<Str>())
                .map(|s| s.to_string_lossy().into_owned()),
        );
    };
    add(locals);
    add(frame.function.globals);
    add(frame.function.builtins);
    if let Some(receiver) = locals.get_str(vm.intern("self"))
        && vm.getattr_opt(receiver, vm.heap.intern(wrong))?.is_some()
    {
        return Ok(Some(format!("self.{}", wrong.to_string_lossy())));
    }
    Ok(closest(wrong, names, false))
}

fn is_stdlib_module(vm: &Vm, name: Gc<Str>) -> bool {
    let Some(names) = vm.sys.get_str(vm.intern("stdlib_module_names")) else { return false };
    vm.contains(names, name.value()).unwrap_or_else(|Raised| {
        vm.take_pending();
        false
    })
}
