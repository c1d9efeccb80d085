//! `builtins.__build_class__`: what a class statement calls.

use super::Vm;
use crate::heap::GcVec;
use crate::native::Args;
use crate::object::cell::CellObject;
use crate::object::dict::Dict;
use crate::object::function::Function;
use crate::object::header::Gc;
use crate::object::str::Str;
use crate::object::tuple::Tuple;
use crate::object::typeobj::Type;
use crate::value::{PyResult, Value};
use adder_bytecode::CodeFlags;
use adder_macros::pyfunction;

/// __build_class__(func, name, /, *bases, [metaclass], **kwds) -> class
///
/// Internal helper function used by the class statement.
#[pyfunction(name = "__build_class__", module = "builtins")]
pub fn build_class(vm: &Vm, args: Args<'_>) -> PyResult {
    let positional = args.positional_values();
    let [body, name, given_bases @ ..] = positional else {
        return Err(vm.type_error("__build_class__: not enough arguments"));
    };
    let Some(body) = body.downcast::<Function>() else {
        return Err(vm.type_error("__build_class__: func must be a function"));
    };
    if !name.is::<Str>() {
        return Err(vm.type_error("__build_class__: name is not a string"));
    }
    let given = Tuple::new(&vm.heap, given_bases);
    let bases = vm.resolve_bases(given)?;
    let keywords = args.keyword_dict(vm).unwrap_or_else(|| vm.new_dict());
    let explicit = keywords.remove_str(vm.names.metaclass);
    let metaclass = vm.class_statement_metaclass(explicit, bases)?;
    let namespace = vm.prepare_namespace(metaclass, *name, bases, keywords)?;
    let cell = vm.run_class_body(body, namespace)?;
    if bases != given {
        vm.setitem(namespace, vm.intern("__orig_bases__").value(), Some(given.value()))?;
    }
    let class = vm.call_kw(metaclass, &[*name, bases.value(), namespace], Some(keywords))?;
    if let (true, Some(cell)) = (class.is::<Type>(), cell.downcast::<CellObject>()) {
        vm.check_class_cell(cell, *name, class)?;
    }
    Ok(class)
}

impl Vm {
    /// The bases with everything that has `__mro_entries__` replaced; the same tuple when nothing has.
    pub fn resolve_bases(&self, given: Gc<Tuple>) -> PyResult<Gc<Tuple>> {
        let heap = &self.heap;
        let mut resolved: Option<GcVec> = None;
        for (i, &base) in given.iter().enumerate() {
            let hook = match base.is::<Type>() {
                true => None,
                false => self.getattr_opt(base, self.names.__mro_entries__)?,
            };
            let Some(hook) = hook else {
                resolved.iter_mut().for_each(|r| r.push(heap, base));
                continue;
            };
            let entries = self.call(hook, &[given.value()])?;
            let Some(entries) = entries.downcast::<Tuple>() else {
                return Err(self.type_error("__mro_entries__ must return a tuple"));
            };
            resolved
                .get_or_insert_with(|| GcVec::from_slice(heap, &given[..i]))
                .extend_from_slice(heap, &entries);
        }
        Ok(resolved.map_or(given, |r| Tuple::new(heap, &r)))
    }

    /// The metaclass of a class statement: the one asked for, or that of the first base, or a more derived one.
    fn class_statement_metaclass(&self, explicit: Option<Value>, bases: Gc<Tuple>) -> PyResult {
        let metaclass = match (explicit, bases.first()) {
            (Some(explicit), _) => explicit,
            (None, Some(&base)) => self.type_of(base).value(),
            (None, None) => self.types.type_.value(),
        };
        match metaclass.downcast::<Type>().filter(|m| self.type_of(m.value()).is_subtype(self.types.type_)) {
            Some(meta) => Ok(self.calculate_metaclass(meta, &bases)?.value()),
            None => Ok(metaclass),
        }
    }

    fn prepare_namespace(
        &self,
        metaclass: Value,
        name: Value,
        bases: Gc<Tuple>,
        keywords: Gc<Dict>,
    ) -> PyResult {
        if metaclass == self.types.type_.value() {
            return Ok(self.new_dict().value());
        }
        let Some(prepare) = self.getattr_opt(metaclass, self.names.__prepare__)? else {
            return Ok(self.new_dict().value());
        };
        let namespace = self.call_kw(prepare, &[name, bases.value()], Some(keywords))?;
        if !namespace.is::<Dict>() && self.special_of(namespace, super::special::Special::GetItem).is_none() {
            let shown = match metaclass.downcast::<Type>() {
                Some(meta) => meta.name(),
                None => "<metaclass>".into(),
            };
            return Err(self.type_error(format!(
                "{shown}.__prepare__() must return a mapping, not {}",
                self.type_of(namespace).name()
            )));
        }
        Ok(namespace)
    }

    /// Runs a class body in its namespace: the cell of `__class__`, or None.
    fn run_class_body(&self, body: Gc<Function>, namespace: Value) -> PyResult {
        if body.code.get().as_ref().unit().flags.has(CodeFlags::OPTIMIZED) {
            return self.call(body.value(), &[]);
        }
        self.call(body.value(), &[namespace])
    }

    fn check_class_cell(&self, cell: Gc<CellObject>, name: Value, class: Value) -> PyResult<()> {
        match cell.get() {
            Some(contents) if contents == class => Ok(()),
            None => {
                let (name, class) = (self.repr_text(name)?, self.repr_text(class)?);
                Err(self.runtime_error(format!(
                    "__class__ not set defining {name} as {class}. Was __classcell__ propagated to type.__new__?"
                )))
            }
            Some(other) => {
                let (name, class) = (self.repr_text(name)?, self.repr_text(class)?);
                let other = self.repr_text(other)?;
                Err(self.type_error(format!("__class__ set to {other} defining {name} as {class}")))
            }
        }
    }
}
