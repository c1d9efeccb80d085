//! Types that describe types: parameterised generics, unions, type parameters, aliases.
//!
//! The classes here are what the syntax needs (`list[int]`, `int | str`, `class C[T]`, `type A = ...`); the rest of
//! the typing machinery is Python, in the library's `typing` module, which this code calls where CPython's C code does.
//!
//! * [`generic_alias`]: `list[int]`; [`union`]: `int | str`
//! * [`type_var`], [`param_spec`], [`type_var_tuple`]: type parameters
//! * [`type_alias`]: `type A = ...`; [`generic`]: the base class of generic classes
//!
//! This file: collecting the type parameters of arguments and substituting them (PEP 585, 612, 646).

pub mod generic;
pub mod generic_alias;
pub mod param_spec;
pub mod type_alias;
pub mod type_var;
pub mod type_var_tuple;
pub mod union;

use super::header::Gc;
use super::list::List;
use super::str::Str;
use super::tuple::Tuple;
use super::typeobj::Type;
use crate::heap::GcVec;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::special::Special;

/// A tuple of the object, or the object itself if it is a tuple.
pub fn as_tuple(vm: &Vm, item: Value) -> Gc<Tuple> {
    item.downcast::<Tuple>().unwrap_or_else(|| Tuple::new(&vm.heap, &[item]))
}

/// The items of a tuple or list.
fn items_of(vm: &Vm, v: Value) -> Option<GcVec> {
    match (v.downcast::<Tuple>(), v.downcast::<List>()) {
        (Some(tuple), _) => Some(GcVec::from_slice(&vm.heap, &tuple)),
        (_, Some(list)) => Some(list.to_vec(&vm.heap)),
        _ => None,
    }
}

impl Vm {
    /// Calls a function of the library's `typing` module.
    pub fn call_typing(&self, name: &str, args: &[Value]) -> PyResult {
        let typing = self.import("typing")?;
        let function = self.getattr_str(typing, name)?;
        self.call(function, args)
    }

    fn getattr_str_opt(&self, v: Value, name: &str) -> PyResult<Option<Value>> {
        self.getattr_opt(v, self.intern(name))
    }

    /// The type parameters mentioned in `args`, each once, in order of appearance.
    pub fn type_parameters(&self, args: &[Value]) -> PyResult<Gc<Tuple>> {
        let mut found = GcVec::new();
        self.collect_parameters(args, &mut found)?;
        Ok(Tuple::new(&self.heap, &found))
    }

    fn collect_parameters(&self, args: &[Value], found: &mut GcVec) -> PyResult<()> {
        self.check_native_stack("")?;
        for &arg in args {
            // A class has `__parameters__` as a descriptor for its instances only.
            if arg.is::<Type>() {
                continue;
            }
            if self.getattr_str_opt(arg, "__typing_subst__")?.is_some() {
                if !found.contains(&arg) {
                    found.push(&self.heap, arg);
                }
                continue;
            }
            if let Some(items) = items_of(self, arg) {
                self.collect_parameters(&items, found)?;
                continue;
            }
            let inner = self.getattr_str_opt(arg, "__parameters__")?.and_then(|p| p.downcast::<Tuple>());
            for &parameter in inner.iter().flat_map(|p| p.iter()) {
                if !found.contains(&parameter) {
                    found.push(&self.heap, parameter);
                }
            }
        }
        Ok(())
    }

    /// `args` with their type `parameters` replaced by `item`, the subscript of a generic alias.
    pub fn substitute_parameters(
        &self,
        alias: Value,
        args: Gc<Tuple>,
        parameters: Gc<Tuple>,
        item: Value,
    ) -> PyResult<Gc<Tuple>> {
        if parameters.is_empty() {
            return Err(self.type_error(format!("{} is not a generic class", self.repr_text(alias)?)));
        }
        let mut item: Value = self.unpack_subscript(item)?.value();
        for &parameter in parameters.iter() {
            let prepare = self.getattr_str_opt(parameter, "__typing_prepare_subst__")?;
            if let Some(prepare) = prepare.filter(|p| !p.is_none()) {
                let items = as_tuple(self, item);
                item = self.call(prepare, &[alias, items.value()])?;
            }
        }
        let items = as_tuple(self, item);
        if items.len() != parameters.len() {
            return Err(self.type_error(format!(
                "Too {} arguments for {}; actual {}, expected {}",
                if items.len() > parameters.len() { "many" } else { "few" },
                self.repr_text(alias)?,
                items.len(),
                parameters.len()
            )));
        }
        self.substitute_in(&args, parameters, items)
    }

    fn substitute_in(&self, args: &[Value], parameters: Gc<Tuple>, items: Gc<Tuple>) -> PyResult<Gc<Tuple>> {
        self.check_native_stack("")?;
        let heap = &self.heap;
        let mut out = GcVec::with_capacity(heap, args.len());
        for &arg in args {
            if arg.is::<Type>() {
                out.push(heap, arg);
                continue;
            }
            if let Some(inner) = items_of(self, arg) {
                let inner = self.substitute_in(&inner, parameters, items)?;
                let inner = if arg.is::<List>() { self.new_list(&inner) } else { inner.value() };
                out.push(heap, inner);
                continue;
            }
            let unpacked = match self.getattr_str_opt(arg, "__typing_is_unpacked_typevartuple__")? {
                Some(flag) => self.truthy(flag)?,
                None => false,
            };
            let subst = self.getattr_str_opt(arg, "__typing_subst__")?;
            let replaced = match (subst, parameters.iter().position(|&p| p == arg)) {
                (Some(subst), Some(at)) => self.call(subst, &[items[at]])?,
                _ => self.substitute_nested(arg, parameters, items)?,
            };
            if !unpacked {
                out.push(heap, replaced);
                continue;
            }
            match replaced.downcast::<Tuple>() {
                Some(values) => out.extend_from_slice(heap, &values),
                None => {
                    return Err(self.type_error(format!(
                        "expected __typing_subst__ of {} objects to return a tuple, not {}",
                        self.type_of(arg).name(),
                        self.type_of(replaced).name()
                    )));
                }
            }
        }
        Ok(Tuple::new(heap, &out))
    }

    /// An argument that is itself generic, subscripted with what its parameters become.
    fn substitute_nested(&self, arg: Value, parameters: Gc<Tuple>, items: Gc<Tuple>) -> PyResult {
        let heap = &self.heap;
        let inner = self.getattr_str_opt(arg, "__parameters__")?.and_then(|p| p.downcast::<Tuple>());
        let Some(inner) = inner.filter(|p| !p.is_empty()) else { return Ok(arg) };
        let mut values = GcVec::new();
        for &parameter in inner.iter() {
            let Some(at) = parameters.iter().position(|&p| p == parameter) else {
                values.push(heap, parameter);
                continue;
            };
            let is_tuple_parameter = self.special_of(parameter, Special::Iter).is_some();
            match items[at].downcast::<Tuple>().filter(|_| is_tuple_parameter) {
                Some(several) => values.extend_from_slice(heap, &several),
                None => values.push(heap, items[at]),
            }
        }
        self.getitem(arg, self.new_tuple(&values))
    }

    /// A subscript with the contents of unpacked tuples (`*tuple[int, str]`) in their places.
    fn unpack_subscript(&self, item: Value) -> PyResult<Gc<Tuple>> {
        let heap = &self.heap;
        let mut out = GcVec::new();
        for &item in as_tuple(self, item).iter() {
            if !item.is::<Type>() {
                let args = self.getattr_str_opt(item, "__typing_unpacked_tuple_args__")?;
                let args = args.and_then(|a| a.downcast::<Tuple>());
                if let Some(args) = args.filter(|a| a.last() != Some(&Value::ellipsis())) {
                    out.extend_from_slice(heap, &args);
                    continue;
                }
            }
            out.push(heap, item);
        }
        Ok(Tuple::new(heap, &out))
    }

    /// How a type is shown inside the `repr` of another one.
    pub fn type_argument_repr(&self, v: Value) -> PyResult<String> {
        if v == Value::ellipsis() {
            return Ok("...".into());
        }
        if v == self.types.none_type.value() {
            return Ok("None".into());
        }
        let generic = self.getattr_str_opt(v, "__origin__")?.is_some()
            && self.getattr_opt(v, self.names.__args__)?.is_some();
        if !generic
            && let Some(qualname) = self.getattr_opt(v, self.names.__qualname__)?
            && let Some(module) = self.getattr_opt(v, self.names.__module__)?
            && !module.is_none()
        {
            let qualname = self.str_text(qualname)?;
            return Ok(match module.downcast::<Str>() {
                Some(m) if m.eq_str("builtins") => qualname,
                _ => format!("{}.{qualname}", self.str_text(module)?),
            });
        }
        self.repr_text(v)
    }

    /// The name of the module whose code is running, for `__module__` of type parameters and aliases.
    pub(crate) fn caller_module(&self) -> Value {
        let name = self.current_frame().and_then(|f| f.window.function().module.get());
        name.unwrap_or(Value::none())
    }
}
