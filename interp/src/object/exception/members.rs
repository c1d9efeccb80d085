//! Member words as Python attributes: reading an unset one gives None, deleting one unsets it.

use super::Exception;
use crate::heap::Heap;
use crate::object::header::Gc;
use crate::value::{PyResult, Value};
use crate::vm::Vm;

/// The exception behind a receiver that the descriptor has checked.
pub(crate) fn exception(v: Value) -> Gc<Exception> {
    v.downcast().expect("the descriptor's class has the layout of exceptions")
}

/// Reads member word `INDEX`.
pub(crate) fn get<const INDEX: usize>(_: &Vm, v: Value) -> PyResult {
    Ok(exception(v).member(INDEX).unwrap_or(Value::none()))
}

/// Writes or unsets member word `INDEX`.
pub(crate) fn set<const INDEX: usize>(vm: &Vm, v: Value, value: Option<Value>) -> PyResult<()> {
    exception(v).set_member(&vm.heap, INDEX, value);
    Ok(())
}

/// Reads a member word that holds an int, 0 at first.
pub(crate) fn get_int<const INDEX: usize>(_: &Vm, v: Value) -> PyResult {
    Ok(exception(v).member(INDEX).unwrap_or(Value::small_int(0)))
}

/// Writes a member word that holds an int.
pub(crate) fn set_int<const INDEX: usize>(vm: &Vm, v: Value, value: Option<Value>) -> PyResult<()> {
    let Some(value) = value else { return Err(vm.type_error("can't delete numeric/char attribute")) };
    if crate::object::int::as_int(value).is_none() {
        return Err(vm.type_error("an integer is required"));
    }
    let value = vm.index_i64(value)?;
    exception(v).set_member(&vm.heap, INDEX, Some(vm.new_int(value)));
    Ok(())
}

/// Rows of [`crate::native::GetSetDef`] for member words: `name: index` or `int name: index`.
macro_rules! members {
    ($($name:literal $index:literal $doc:literal,)* $(; $($int:literal $at:literal $int_doc:literal,)*)?) => {
        &[
            $($crate::native::GetSetDef {
                name: $name,
                doc: Some($doc),
                get: $crate::object::exception::members::get::<$index>,
                set: Some($crate::object::exception::members::set::<$index>),
            },)*
            $($($crate::native::GetSetDef {
                name: $int,
                doc: Some($int_doc),
                get: $crate::object::exception::members::get_int::<$at>,
                set: Some($crate::object::exception::members::set_int::<$at>),
            },)*)?
        ]
    };
}
pub(crate) use members;

/// Stores keyword arguments in members: the value of each allowed keyword goes to the index beside its name.
pub(crate) fn set_keywords(
    vm: &Vm,
    e: Gc<Exception>,
    class: &str,
    args: crate::native::Args<'_>,
    allowed: &[(&str, usize)],
) -> PyResult<()> {
    let heap: &Heap = &vm.heap;
    if let Some(names) = args.kwnames()
        && names.len() > allowed.len()
    {
        return Err(vm.type_error(format!(
            "{class}() takes at most {} keyword argument{} ({} given)",
            allowed.len(),
            if allowed.len() == 1 { "" } else { "s" },
            names.len()
        )));
    }
    for (name, _) in args.keywords() {
        if !allowed.iter().any(|(n, _)| name.eq_str(n)) {
            return Err(vm.type_error(format!(
                "{class}() got an unexpected keyword argument '{}'",
                name.to_string_lossy()
            )));
        }
    }
    for &(name, index) in allowed {
        e.set_member(heap, index, args.keyword(name));
    }
    Ok(())
}
