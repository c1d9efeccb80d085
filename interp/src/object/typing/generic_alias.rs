//! `types.GenericAlias`: a class with type arguments, `list[int]` (PEP 585).

use super::super::header::Gc;
use super::super::list::List;
use super::super::native::Native;
use super::super::tuple::Tuple;
use super::super::typeobj::Type;
use super::as_tuple;
use crate::native::{Args, FnDef};
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::Cell;

/// Represent a PEP 585 generic type
///
/// For example, for t = list[int], t.__origin__ is list and t.__args__
/// is (int,).
#[pyclass(name = "GenericAlias", module = "types", subclassable, weakrefable)]
#[derive(Trace)]
pub struct GenericAlias {
    pub origin: Value,
    pub args: Gc<Tuple>,
    parameters: Cell<Option<Gc<Tuple>>>,
    /// `*tuple[int]`: to be unpacked where it is used as an argument.
    starred: bool,
}

/// Attributes that are the alias's own; all others are those of the class.
const OWN: &[&str] = &[
    "__class__",
    "__origin__",
    "__args__",
    "__unpacked__",
    "__parameters__",
    "__typing_unpacked_tuple_args__",
    "__mro_entries__",
    "__reduce_ex__",
    "__reduce__",
];
/// Attributes that are not looked up in the class either.
const BLOCKED: &[&str] = &["__bases__", "__copy__", "__deepcopy__"];

#[pymethods(def = TYPE_DEF)]
impl GenericAlias {
    #[pynew(sig = "(origin, args, /)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        args.reject_keywords(vm, "GenericAlias")?;
        let &[origin, args] = args.counted(vm, "GenericAlias", 2, 2)? else {
            unreachable!("two were counted")
        };
        Ok(vm.new_native(cls, GenericAlias::of(vm, origin, args)).value())
    }

    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<Native<GenericAlias>>, vm: &Vm) -> PyResult<String> {
        let mut out = String::from(if this.starred { "*" } else { "" });
        out.push_str(&vm.type_argument_repr(this.origin)?);
        out.push('[');
        for (i, &arg) in this.args.iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            out.push_str(&argument_repr(vm, arg)?);
        }
        if this.args.is_empty() {
            out.push_str("()");
        }
        out.push(']');
        Ok(out)
    }

    #[pymethod(name = "__hash__")]
    fn hash(this: Gc<Native<GenericAlias>>, vm: &Vm) -> PyResult<i64> {
        Ok((vm.hash(this.origin)? ^ vm.hash(this.args.value())?) as i64)
    }

    #[pymethod(name = "__eq__")]
    fn eq(this: Gc<Native<GenericAlias>>, vm: &Vm, other: Value) -> PyResult {
        Ok(this.same(vm, other)?.map_or(Value::not_implemented(), Value::bool))
    }

    #[pymethod(name = "__ne__")]
    fn ne(this: Gc<Native<GenericAlias>>, vm: &Vm, other: Value) -> PyResult {
        Ok(this.same(vm, other)?.map_or(Value::not_implemented(), |same| Value::bool(!same)))
    }

    #[pymethod(name = "__call__")]
    fn call(this: Gc<Native<GenericAlias>>, vm: &Vm, args: Args<'_>) -> PyResult {
        let object = vm.call_args(this.origin, args)?;
        if let Err(Raised) = vm.setattr(object, vm.names.__orig_class__, Some(this.value())) {
            let pending = vm.pending().expect("an error result leaves an exception pending");
            let class = vm.type_of(pending);
            let e = &vm.exceptions;
            if !class.is_subtype(e.attribute_error) && !class.is_subtype(e.type_error) {
                return Err(Raised);
            }
            vm.take_pending();
        }
        Ok(object)
    }

    #[pymethod(name = "__getattribute__")]
    fn getattribute(this: Gc<Native<GenericAlias>>, vm: &Vm, name: Value) -> PyResult {
        let name = vm.attribute_name(name)?;
        let is_in = |list: &[&str]| list.iter().any(|n| name.eq_str(n));
        if !is_in(OWN) && !is_in(BLOCKED) {
            return vm.getattr(this.origin, name);
        }
        match vm.generic_getattr(this.value(), name)? {
            Some(found) => Ok(found),
            None => Err(vm.no_attribute(this.value(), name)),
        }
    }

    #[pymethod(name = "__iter__")]
    fn iter(this: Gc<Native<GenericAlias>>, vm: &Vm) -> PyResult {
        let class = vm.native_type(GenericAliasIterator::TYPE_DEF)?;
        Ok(vm.new_native(class, GenericAliasIterator { alias: Cell::new(Some(this.value())) }).value())
    }

    #[pymethod(name = "__or__")]
    fn or(this: Value, vm: &Vm, other: Value) -> PyResult {
        vm.union_or(this, other)
    }

    #[pymethod(name = "__ror__")]
    fn ror(this: Value, vm: &Vm, other: Value) -> PyResult {
        vm.union_or(other, this)
    }

    #[pymethod(name = "__getitem__")]
    fn getitem(this: Gc<Native<GenericAlias>>, vm: &Vm, key: Value) -> PyResult {
        let parameters = this.known_parameters(vm)?;
        let args = vm.substitute_parameters(this.value(), this.args, parameters, key)?;
        let alias =
            GenericAlias { origin: this.origin, args, parameters: Cell::new(None), starred: this.starred };
        Ok(vm.new_native(vm.types.generic_alias, alias).value())
    }

    #[pymethod(name = "__mro_entries__", sig = "(object, /)")]
    fn mro_entries(this: Gc<Native<GenericAlias>>, vm: &Vm, _bases: Value) -> Value {
        vm.new_tuple(&[this.origin])
    }

    #[pymethod(name = "__instancecheck__", sig = "(object, /)")]
    fn instancecheck(_this: Value, vm: &Vm, _object: Value) -> PyResult<bool> {
        Err(vm.type_error("isinstance() argument 2 cannot be a parameterized generic"))
    }

    #[pymethod(name = "__subclasscheck__", sig = "(object, /)")]
    fn subclasscheck(_this: Value, vm: &Vm, _object: Value) -> PyResult<bool> {
        Err(vm.type_error("issubclass() argument 2 cannot be a parameterized generic"))
    }

    #[pymethod(name = "__reduce__")]
    fn reduce(this: Gc<Native<GenericAlias>>, vm: &Vm) -> PyResult {
        if this.starred {
            let plain = vm.new_generic_alias(this.origin, this.args.value());
            let Some(next) = vm.builtins.get_str(vm.intern("next")) else {
                return Err(vm.runtime_error("lost builtins.next"));
            };
            let iterator = vm.new_tuple(&[vm.iter(plain)?]);
            return Ok(vm.new_tuple(&[next, iterator]));
        }
        let args = vm.new_tuple(&[this.origin, this.args.value()]);
        Ok(vm.new_tuple(&[vm.types.generic_alias.value(), args]))
    }

    #[pymethod(name = "__dir__")]
    fn dir(this: Gc<Native<GenericAlias>>, vm: &Vm) -> PyResult {
        let names = vm.new_dict();
        let listed = vm.call_method(this.origin, "__dir__", &[])?;
        vm.for_each(listed, |name| names.insert(vm, name, Value::none()))?;
        OWN.iter().for_each(|name| names.insert_str(&vm.heap, vm.intern(name), Value::none()));
        Ok(vm.keys_as_list(names))
    }

    #[pygetset(name = "__origin__")]
    fn get_origin(this: Gc<Native<GenericAlias>>, _vm: &Vm) -> Value {
        this.origin
    }

    #[pygetset(name = "__args__")]
    fn get_args(this: Gc<Native<GenericAlias>>, _vm: &Vm) -> Gc<Tuple> {
        this.args
    }

    #[pygetset(name = "__unpacked__")]
    fn get_unpacked(this: Gc<Native<GenericAlias>>, _vm: &Vm) -> bool {
        this.starred
    }

    /// Type variables in the GenericAlias.
    #[pygetset(name = "__parameters__")]
    fn get_parameters(this: Gc<Native<GenericAlias>>, vm: &Vm) -> PyResult<Gc<Tuple>> {
        this.known_parameters(vm)
    }

    #[pygetset(name = "__typing_unpacked_tuple_args__")]
    fn get_unpacked_args(this: Gc<Native<GenericAlias>>, vm: &Vm) -> Option<Gc<Tuple>> {
        (this.starred && this.origin == vm.types.tuple.value()).then_some(this.args)
    }
}

impl GenericAlias {
    fn of(vm: &Vm, origin: Value, args: Value) -> GenericAlias {
        GenericAlias { origin, args: as_tuple(vm, args), parameters: Cell::new(None), starred: false }
    }

    fn known_parameters(&self, vm: &Vm) -> PyResult<Gc<Tuple>> {
        if let Some(known) = self.parameters.get() {
            return Ok(known);
        }
        let parameters = vm.type_parameters(&self.args)?;
        self.parameters.set(Some(parameters));
        Ok(parameters)
    }

    fn same(&self, vm: &Vm, other: Value) -> PyResult<Option<bool>> {
        let Some(other) = other.downcast::<Native<GenericAlias>>() else { return Ok(None) };
        Ok(Some(
            self.starred == other.starred
                && vm.eq(self.origin, other.origin)?
                && vm.eq(self.args.value(), other.args.value())?,
        ))
    }
}

/// An argument, which may be a list of them (`Callable[[int], str]`).
fn argument_repr(vm: &Vm, arg: Value) -> PyResult<String> {
    let Some(list) = arg.downcast::<List>() else { return vm.type_argument_repr(arg) };
    let mut parts = Vec::with_capacity(list.len());
    for &item in list.to_vec(&vm.heap).iter() {
        parts.push(vm.type_argument_repr(item)?);
    }
    Ok(format!("[{}]", parts.join(", ")))
}

/// What iterating over an alias gives: the alias itself once, to be unpacked.
#[pyclass(name = "generic_alias_iterator", module = "builtins")]
#[derive(Trace)]
pub struct GenericAliasIterator {
    alias: Cell<Option<Value>>,
}

#[pymethods]
impl GenericAliasIterator {
    #[pymethod(name = "__iter__")]
    fn iter(this: Value, _vm: &Vm) -> Value {
        this
    }

    #[pymethod(name = "__next__")]
    fn next(&self, vm: &Vm) -> PyResult<Option<Value>> {
        let alias = self.alias.take().and_then(|a| a.downcast::<Native<GenericAlias>>());
        Ok(alias.map(|alias| {
            let starred = GenericAlias {
                origin: alias.origin,
                args: alias.args,
                parameters: Cell::new(None),
                starred: true,
            };
            vm.new_native(vm.types.generic_alias, starred).value()
        }))
    }

    #[pymethod(name = "__reduce__")]
    fn reduce(&self, vm: &Vm) -> PyResult {
        let Some(iter) = vm.builtins.get_str(vm.intern("iter")) else {
            return Err(vm.runtime_error("lost builtins.iter"));
        };
        let rest = self.alias.get().unwrap_or(vm.empty_tuple.value());
        Ok(vm.new_tuple(&[iter, vm.new_tuple(&[rest])]))
    }
}

/// Holds the `__class_getitem__` that all generic built-in classes share.
pub struct ClassGetItem;

#[pymethods(name = "object", kind = Instance, no_constructor)]
impl ClassGetItem {
    /// See PEP 585
    #[pyclassmethod(name = "__class_getitem__", sig = "(object, /)")]
    fn class_getitem(cls: Gc<Type>, vm: &Vm, item: Value) -> Value {
        vm.new_generic_alias(cls.value(), item)
    }
}

/// The definition of `__class_getitem__` for generic built-in classes.
pub fn class_getitem_def() -> &'static FnDef {
    &ClassGetItem::TYPE_DEF.methods[0]
}

/// Built-in classes that can be subscripted with types and have no `__class_getitem__` of their own.
pub fn is_generic_builtin(name: &str) -> bool {
    matches!(
        name,
        "list"
            | "tuple"
            | "dict"
            | "set"
            | "frozenset"
            | "slice"
            | "enumerate"
            | "mappingproxy"
            | "classmethod"
            | "staticmethod"
            | "memoryview"
            | "coroutine"
            | "generator"
            | "async_generator"
            | "BaseExceptionGroup"
            | "ReferenceType"
    )
}

impl Vm {
    /// `cls[args]`: what `__class_getitem__` of generic classes returns.
    pub fn generic_alias(&self, cls: Gc<Type>, args: Value) -> PyResult {
        Ok(self.new_generic_alias(cls.value(), args))
    }

    /// `origin[args]`.
    pub fn new_generic_alias(&self, origin: Value, args: Value) -> Value {
        self.new_native(self.types.generic_alias, GenericAlias::of(self, origin, args)).value()
    }
}
