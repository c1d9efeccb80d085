//! Builtins about any object: attributes, classes, identity, representation.

use crate::object::header::Gc;
use crate::object::list::List;
use crate::object::str::Str;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use crate::vm::special::Special;
use adder_macros::pyfunction;

/// An attribute name as the attribute functions take it: an interned exact str.
pub fn attribute_name(vm: &Vm, name: Value) -> PyResult<Gc<Str>> {
    match name.downcast::<Str>() {
        Some(text) => Ok(exact_interned(vm, text)),
        None => {
            Err(vm.type_error(format!("attribute name must be string, not '{}'", vm.type_of(name).name())))
        }
    }
}

/// The interned string with the text of `text`, which may be of a subclass.
pub fn exact_interned(vm: &Vm, text: Gc<Str>) -> Gc<Str> {
    if text.is_interned() {
        return text;
    }
    if text.header().shape() == crate::object::shape::shape_id::STR {
        return vm.heap.intern(text);
    }
    vm.heap.intern(Str::from_units(&vm.heap, text.units()))
}

/// Return an ASCII-only representation of an object.
///
/// As repr(), return a string containing a printable representation of an
/// object, but escape the non-ASCII characters in the string returned by
/// repr() using \\x, \\u or \\U escapes. This generates a string similar
/// to that returned by repr() in Python 2.
#[pyfunction(module = "builtins", sig = "(obj, /)")]
pub(crate) fn ascii(vm: &Vm, obj: Value) -> PyResult {
    vm.ascii(obj)
}

/// Return the canonical string representation of the object.
///
/// For many object types, including most builtins, eval() will return
/// this string to the original object.
#[pyfunction(module = "builtins", sig = "(obj, /)")]
pub(crate) fn repr(vm: &Vm, obj: Value) -> PyResult<Gc<Str>> {
    vm.repr(obj)
}

/// Return whether the object is callable (i.e., some kind of function).
///
/// Note that classes are callable, as are instances of classes with a
/// __call__() method.
#[pyfunction(quiet, module = "builtins", sig = "(obj, /)")]
pub fn callable(vm: &Vm, obj: Value) -> bool {
    vm.is_callable(obj)
}

/// Deletes the named attribute from the given object.
///
/// delattr(x, 'y') is equivalent to ``del x.y``
#[pyfunction(module = "builtins", sig = "(obj, name, /)")]
pub(crate) fn delattr(vm: &Vm, obj: Value, name: Value) -> PyResult<()> {
    vm.setattr(obj, attribute_name(vm, name)?, None)
}

/// Sets the named attribute on the given object to the specified value.
///
/// setattr(x, 'y', v) is equivalent to ``x.y = v``
#[pyfunction(module = "builtins", sig = "(obj, name, value, /)")]
pub(crate) fn setattr(vm: &Vm, obj: Value, name: Value, value: Value) -> PyResult<()> {
    vm.setattr(obj, attribute_name(vm, name)?, Some(value))
}

/// getattr(object, name[, default]) -> value
///
/// Get a named attribute from an object; getattr(x, 'y') is equivalent to x.y.
/// When a default argument is given, it is returned when the attribute doesn't
/// exist; without it, an exception is raised in that case.
#[pyfunction(module = "builtins")]
pub(crate) fn getattr(vm: &Vm, object: Value, name: Value, default: Option<Value>) -> PyResult {
    let name = attribute_name(vm, name)?;
    match default {
        None => vm.getattr(object, name),
        Some(default) => Ok(vm.getattr_opt(object, name)?.unwrap_or(default)),
    }
}

/// Return whether the object has an attribute with the given name.
///
/// This is done by calling getattr(obj, name) and catching AttributeError.
#[pyfunction(module = "builtins", sig = "(obj, name, /)")]
pub(crate) fn hasattr(vm: &Vm, obj: Value, name: Value) -> PyResult<bool> {
    Ok(vm.getattr_opt(obj, attribute_name(vm, name)?)?.is_some())
}

/// dir([object]) -> list of strings
///
/// If called without an argument, return the names in the current scope.
/// Else, return an alphabetized list of names comprising (some of) the attributes
/// of the given object, and of attributes reachable from it.
/// If the object supplies a method named __dir__, it will be used; otherwise
/// the default dir() logic is used and returns:
///   for a module object: the module's attributes.
///   for a class object:  its attributes, and recursively the attributes
///     of its bases.
///   for any other object: its attributes, its class's attributes, and
///     recursively the attributes of its class's base classes.
#[pyfunction(module = "builtins")]
pub(crate) fn dir(vm: &Vm, object: Option<Value>) -> PyResult {
    let names = match object {
        None => {
            let locals = vm.current_locals()?;
            vm.call_method(locals, "keys", &[])?
        }
        Some(object) => match vm.call_special(object, Special::Dir, &[])? {
            Some(names) => names,
            None => return Err(vm.type_error("object does not provide __dir__")),
        },
    };
    let list = vm.list_from(vm.collect(names)?);
    vm.sort_list(list)?;
    Ok(list)
}

/// Return type(value).__format__(value, format_spec)
///
/// Many built-in types implement format_spec according to the
/// Format Specification Mini-language. See help('FORMATTING') for
/// details.
///
/// If type(value) does not supply a method named __format__
/// and format_spec is empty, then str(value) is returned.
#[pyfunction(module = "builtins", sig = "(value, format_spec='', /)")]
pub(crate) fn format(vm: &Vm, value: Value, format_spec: Option<Gc<Str>>) -> PyResult {
    vm.format(value, format_spec.unwrap_or(vm.empty_str).value())
}

/// Return the hash value for the given object.
///
/// Two objects that compare equal must also have the same hash value, but
/// the reverse is not necessarily true.
#[pyfunction(quiet, module = "builtins", sig = "(obj, /)")]
pub(crate) fn hash(vm: &Vm, obj: Value) -> PyResult<i64> {
    Ok(vm.hash(obj)? as i64)
}

/// Return the identity of an object.
///
/// This is guaranteed to be unique among simultaneously existing objects.
/// (CPython uses the object's memory address.)
#[pyfunction(quiet, module = "builtins", sig = "(obj, /)")]
pub(crate) fn id(vm: &Vm, obj: Value) -> PyResult {
    Ok(vm.id(obj))
}

/// Return whether an object is an instance of a class or of a subclass thereof.
///
/// A tuple, as in ``isinstance(x, (A, B, ...))``, may be given as the target to
/// check against. This is equivalent to ``isinstance(x, A) or isinstance(x, B)
/// or ...`` etc.
#[pyfunction(module = "builtins", sig = "(obj, class_or_tuple, /)")]
pub(crate) fn isinstance(vm: &Vm, obj: Value, class_or_tuple: Value) -> PyResult<bool> {
    vm.isinstance(obj, class_or_tuple)
}

/// Return whether 'cls' is derived from another class or is the same class.
///
/// A tuple, as in ``issubclass(x, (A, B, ...))``, may be given as the target to
/// check against. This is equivalent to ``issubclass(x, A) or issubclass(x, B)
/// or ...``.
#[pyfunction(quiet, module = "builtins", sig = "(cls, class_or_tuple, /)")]
pub(crate) fn issubclass(vm: &Vm, cls: Value, class_or_tuple: Value) -> PyResult<bool> {
    vm.issubclass(cls, class_or_tuple)
}

/// vars([object]) -> dictionary
///
/// Without arguments, equivalent to locals().
/// With an argument, equivalent to object.__dict__.
#[pyfunction(module = "builtins")]
pub(crate) fn vars(vm: &Vm, object: Option<Value>) -> PyResult {
    match object {
        None => vm.current_locals(),
        Some(object) => match vm.getattr_opt(object, vm.names.__dict__)? {
            Some(dict) => Ok(dict),
            None => Err(vm.type_error("vars() argument must have __dict__ attribute")),
        },
    }
}

impl Vm {
    /// `id(v)`: the address of an object, the bits of an unboxed number.
    pub fn id(&self, v: Value) -> Value {
        self.new_uint(v.bits())
    }

    /// Sorts an exact list in place.
    pub fn sort_list(&self, list: Value) -> PyResult<()> {
        debug_assert!(list.is::<List>());
        let sort = self.types.list.dict.get().get_str(self.intern("sort")).ok_or(Raised);
        match sort {
            Ok(sort) => self.call_method_raw(sort, list, &[]).map(drop),
            Err(Raised) => Err(self.system_error("list has no sort method")),
        }
    }
}
