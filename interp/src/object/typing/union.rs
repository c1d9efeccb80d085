//! `typing.Union`: `int | str`.
//!
//! Members are flat and distinct. Equality does not look at their order; those without a hash are compared one by one.

use super::super::header::Gc;
use super::super::native::Native;
use super::super::tuple::Tuple;
use super::super::typeobj::Type;
use super::type_alias::TypeAliasType;
use super::{as_tuple, generic_alias::GenericAlias};
use crate::heap::GcVec;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::Cell;

/// Represent a union type
///
/// E.g. for int | str
#[pyclass(name = "Union", module = "typing", weakrefable)]
#[derive(Trace)]
pub struct Union {
    pub args: Gc<Tuple>,
    parameters: Cell<Option<Gc<Tuple>>>,
}

#[pymethods(def = TYPE_DEF)]
impl Union {
    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<Native<Union>>, vm: &Vm) -> PyResult<String> {
        let mut parts = Vec::with_capacity(this.args.len());
        for &arg in this.args.iter() {
            parts.push(vm.type_argument_repr(arg)?);
        }
        Ok(parts.join(" | "))
    }

    #[pymethod(name = "__hash__")]
    fn hash(this: Gc<Native<Union>>, vm: &Vm) -> PyResult<i64> {
        // Commutative, as the order of members does not count.
        let mut hash = 0x5bd1_e995u64;
        for &arg in this.args.iter() {
            let h = vm.hash(arg)?;
            hash ^= (h ^ h << 16 ^ 0x0055_5b4d).wrapping_mul(0xd9ee_d1b5);
        }
        Ok(hash as i64)
    }

    #[pymethod(name = "__eq__")]
    fn eq(this: Gc<Native<Union>>, vm: &Vm, other: Value) -> PyResult {
        Ok(this.same(vm, other)?.map_or(Value::not_implemented(), Value::bool))
    }

    #[pymethod(name = "__ne__")]
    fn ne(this: Gc<Native<Union>>, vm: &Vm, other: Value) -> PyResult {
        Ok(this.same(vm, other)?.map_or(Value::not_implemented(), |same| Value::bool(!same)))
    }

    #[pymethod(name = "__getattribute__")]
    fn getattribute(this: Gc<Native<Union>>, vm: &Vm, name: Value) -> PyResult {
        let name = vm.attribute_name(name)?;
        if name == vm.names.__module__ {
            return Ok(vm.intern("typing").value());
        }
        match vm.generic_getattr(this.value(), name)? {
            Some(found) => Ok(found),
            None => Err(vm.no_attribute(this.value(), name)),
        }
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
    fn getitem(this: Gc<Native<Union>>, vm: &Vm, key: Value) -> PyResult {
        let parameters = this.known_parameters(vm)?;
        let args = vm.substitute_parameters(this.value(), this.args, parameters, key)?;
        vm.union_of(&args)
    }

    #[pymethod(name = "__mro_entries__", sig = "(object, /)")]
    fn mro_entries(this: Gc<Native<Union>>, vm: &Vm, _bases: Value) -> PyResult {
        Err(vm.type_error(format!("Cannot subclass {}", vm.repr_text(this.value())?)))
    }

    /// Create a union containing the given types
    #[pyclassmethod(name = "__class_getitem__", sig = "(object, /)")]
    fn class_getitem(_cls: Gc<Type>, vm: &Vm, item: Value) -> PyResult {
        vm.union_of(&as_tuple(vm, item))
    }

    #[pygetset(name = "__args__")]
    fn get_args(this: Gc<Native<Union>>, _vm: &Vm) -> Gc<Tuple> {
        this.args
    }

    /// Name of the type
    #[pygetset(name = "__name__")]
    fn get_name(_this: Value, _vm: &Vm) -> &'static str {
        "Union"
    }

    /// Qualified name of the type
    #[pygetset(name = "__qualname__")]
    fn get_qualname(_this: Value, _vm: &Vm) -> &'static str {
        "Union"
    }

    /// Always returns the type
    #[pygetset(name = "__origin__")]
    fn get_origin(_this: Value, vm: &Vm) -> Gc<Type> {
        vm.types.union
    }

    /// Type variables in the types.UnionType.
    #[pygetset(name = "__parameters__")]
    fn get_parameters(this: Gc<Native<Union>>, vm: &Vm) -> PyResult<Gc<Tuple>> {
        this.known_parameters(vm)
    }
}

impl Union {
    fn known_parameters(&self, vm: &Vm) -> PyResult<Gc<Tuple>> {
        if let Some(known) = self.parameters.get() {
            return Ok(known);
        }
        let parameters = vm.type_parameters(&self.args)?;
        self.parameters.set(Some(parameters));
        Ok(parameters)
    }

    fn same(&self, vm: &Vm, other: Value) -> PyResult<Option<bool>> {
        let Some(other) = other.downcast::<Native<Union>>() else { return Ok(None) };
        if self.args.len() != other.args.len() {
            return Ok(Some(false));
        }
        for &arg in self.args.iter() {
            if !contains(vm, &other.args, arg)? {
                return Ok(Some(false));
            }
        }
        Ok(Some(true))
    }
}

fn contains(vm: &Vm, members: &[Value], v: Value) -> PyResult<bool> {
    for &member in members {
        if vm.eq(member, v)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Hash if there is one: members that are equal but have different hashes are not the same.
fn hash_of(vm: &Vm, v: Value) -> PyResult<Option<u64>> {
    match vm.hash(v) {
        Ok(hash) => Ok(Some(hash)),
        Err(Raised) => vm.catch(vm.exceptions.type_error).map(|_| None),
    }
}

impl Vm {
    /// `a | b` for types; NotImplemented unless both can be members of a union.
    pub fn union_or(&self, a: Value, b: Value) -> PyResult {
        let unionable = |v: Value| {
            v.is_none()
                || v.is::<Type>()
                || v.is::<Native<GenericAlias>>()
                || v.is::<Native<Union>>()
                || v.is::<Native<TypeAliasType>>()
        };
        if !unionable(a) || !unionable(b) {
            return Ok(Value::not_implemented());
        }
        let mut members = GcVec::new();
        self.add_member(&mut members, a)?;
        self.add_member(&mut members, b)?;
        Ok(self.make_union(members))
    }

    /// `Union[args]`: strings become forward references, what cannot be a type is an error.
    pub fn union_of(&self, args: &[Value]) -> PyResult {
        let mut members = GcVec::new();
        for &arg in args {
            let plain = arg.is_none() || arg.is::<Type>() || arg.is::<Native<GenericAlias>>();
            let arg = match plain || arg.is::<Native<Union>>() || arg.is::<Native<TypeAliasType>>() {
                true => arg,
                false => {
                    let message = self.new_str("Union[arg, ...]: each arg must be a type.");
                    self.call_typing("_type_check", &[arg, message])?
                }
            };
            self.add_member(&mut members, arg)?;
        }
        if members.is_empty() {
            return Err(self.type_error("Cannot take a Union of no types."));
        }
        Ok(self.make_union(members))
    }

    fn add_member(&self, members: &mut GcVec, v: Value) -> PyResult<()> {
        if let Some(union) = v.downcast::<Native<Union>>() {
            for &arg in union.args.iter() {
                self.add_member(members, arg)?;
            }
            return Ok(());
        }
        let v = if v.is_none() { self.types.none_type.value() } else { v };
        let hash = if v.is::<Type>() { None } else { hash_of(self, v)? };
        for &known in members.iter() {
            let comparable = hash.is_none() || hash_of(self, known)? == hash;
            if comparable && self.eq(known, v)? {
                return Ok(());
            }
        }
        members.push(&self.heap, v);
        Ok(())
    }

    fn make_union(&self, members: GcVec) -> Value {
        if let [only] = *members {
            return only;
        }
        let args = Tuple::new(&self.heap, &members);
        self.new_native(self.types.union, Union { args, parameters: Cell::new(None) }).value()
    }
}
