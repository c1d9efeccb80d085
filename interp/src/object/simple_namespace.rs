//! `types.SimpleNamespace`: an object that is nothing but its attributes.

use super::dict::Dict;
use super::header::Gc;
use super::str::Str;
use super::typeobj::Type;
use crate::native::Args;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::compare::CompareOp;
use adder_macros::pymethods;

/// Stands for the class, whose instances have the layout of Python classes.
pub struct SimpleNamespace;

/// A simple attribute-based namespace.
#[pymethods(name = "SimpleNamespace", module = "types", kind = Instance, subclassable, has_dict)]
impl SimpleNamespace {
    #[pynew(sig = "(mapping_or_iterable=(), /, **kwargs)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, _args: Args<'_>) -> Value {
        vm.new_instance(cls)
    }

    #[pymethod(name = "__init__")]
    fn init(this: Value, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        let positional = args.positional_values();
        if positional.len() > 1 {
            return Err(vm.type_error(format!(
                "{} expected at most 1 argument, got {}",
                vm.type_of(this).short_name(),
                positional.len()
            )));
        }
        if let Some(&source) = positional.first() {
            let given = match source.downcast::<Dict>() {
                Some(dict) if vm.type_of(source) == vm.types.dict => dict,
                _ => match vm.call(vm.types.dict.value(), &[source])?.downcast::<Dict>() {
                    Some(dict) => dict,
                    None => return Err(vm.system_error("dict() returned something else")),
                },
            };
            set_all(vm, this, given)?;
        }
        match args.keyword_dict(vm) {
            Some(keywords) => set_all(vm, this, keywords),
            None => Ok(()),
        }
    }

    #[pymethod(name = "__repr__")]
    fn repr(this: Value, vm: &Vm) -> PyResult<String> {
        let class = vm.type_of(this);
        let own = vm.native_type(SimpleNamespace::TYPE_DEF)?;
        let name = if class == own { "namespace".to_string() } else { class.short_name() };
        let dict = attributes(vm, this);
        let shown = vm.enter_repr(this, || {
            let mut parts = Vec::with_capacity(dict.len());
            let mut at = 0;
            while let Some((i, key, value)) = dict.next_entry(at) {
                at = i + 1;
                if let Some(key) = key.downcast::<Str>().filter(|k| !k.is_empty()) {
                    parts.push(format!("{}={}", key.to_string_lossy(), vm.repr_text(value)?));
                }
            }
            Ok(parts.join(", "))
        })?;
        Ok(format!("{name}({})", shown.unwrap_or_else(|| "...".into())))
    }

    #[pymethod(name = "__eq__")]
    fn eq(this: Value, vm: &Vm, other: Value) -> PyResult {
        compare(vm, this, other, CompareOp::Eq)
    }

    #[pymethod(name = "__ne__")]
    fn ne(this: Value, vm: &Vm, other: Value) -> PyResult {
        compare(vm, this, other, CompareOp::Ne)
    }

    /// Return state information for pickling
    #[pymethod(name = "__reduce__")]
    fn reduce(this: Value, vm: &Vm) -> Value {
        let class = vm.type_of(this).value();
        vm.new_tuple(&[class, vm.empty_tuple.value(), attributes(vm, this).value()])
    }

    /// Return a copy of the namespace object with new values for the specified attributes.
    #[pymethod(name = "__replace__", sig = "(**changes)")]
    fn replace(this: Value, vm: &Vm, args: Args<'_>) -> PyResult {
        if !args.positional_values().is_empty() {
            return Err(vm.type_error("__replace__() takes no positional arguments"));
        }
        let copy = vm.call(vm.type_of(this).value(), &[])?;
        set_all(vm, copy, attributes(vm, this))?;
        if let Some(changes) = args.keyword_dict(vm) {
            set_all(vm, copy, changes)?;
        }
        Ok(copy)
    }

    #[pygetset(name = "__dict__")]
    fn get_dict(this: Value, vm: &Vm) -> Gc<Dict> {
        attributes(vm, this)
    }
}

fn attributes(vm: &Vm, this: Value) -> Gc<Dict> {
    vm.instance_dict(this).expect("namespaces have a dict")
}

fn set_all(vm: &Vm, this: Value, from: Gc<Dict>) -> PyResult<()> {
    let dict = attributes(vm, this);
    let mut at = 0;
    while let Some((i, key, value)) = from.next_entry(at) {
        at = i + 1;
        let Some(name) = key.downcast::<Str>() else {
            return Err(vm.type_error("keywords must be strings"));
        };
        dict.insert_str(&vm.heap, vm.attribute_name(name.value())?, value);
    }
    Ok(())
}

fn compare(vm: &Vm, this: Value, other: Value, op: CompareOp) -> PyResult {
    let own = vm.native_type(SimpleNamespace::TYPE_DEF)?;
    if !vm.type_of(other).is_subtype(own) || !vm.type_of(this).is_subtype(own) {
        return Ok(Value::not_implemented());
    }
    vm.compare(op, attributes(vm, this).value(), attributes(vm, other).value())
}

impl Vm {
    /// A namespace with these attributes.
    pub fn new_namespace(&self, attributes: &[(&str, Value)]) -> PyResult {
        let class = self.native_type(SimpleNamespace::TYPE_DEF)?;
        let namespace = self.new_instance(class);
        for &(name, value) in attributes {
            self.setattr(namespace, self.intern(name), Some(value))?;
        }
        Ok(namespace)
    }
}
