//! `types.SimpleNamespace`: an object that is nothing but its attributes.

use super::dict::Dict;
use super::header::Gc;
use super::native::Native;
use super::str::Str;
use super::typeobj::Type;
use crate::native::Args;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::compare::CompareOp;
use adder_macros::{Trace, pyclass, pymethods};

/// A simple attribute-based namespace.
#[pyclass(name = "SimpleNamespace", module = "types", subclassable, has_dict)]
#[derive(Trace)]
pub struct SimpleNamespace {}

fn attributes(vm: &Vm, this: Value) -> Gc<Dict> {
    vm.instance_dict(this).expect("namespaces have a dict")
}

#[pymethods]
impl SimpleNamespace {
    #[pynew(sig = "(mapping_or_iterable=(), /, **kwargs)")]
    fn new(cls: Gc<Type>, vm: &Vm, _args: Args<'_>) -> Value {
        vm.new_native(cls, SimpleNamespace {}).value()
    }

    #[pymethod(name = "__init__", sig = "(mapping_or_iterable=(), /, **kwargs)")]
    fn init(this: Value, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        let given = args.positional_values();
        if given.len() > 1 {
            let class = vm.type_of(this).short_name();
            return Err(vm.type_error(format!("{class} expected at most 1 argument, got {}", given.len())));
        }
        let dict = attributes(vm, this);
        if let [source] = *given {
            let source = match source.downcast::<Dict>() {
                Some(source) => source.value(),
                None => vm.call(vm.types.dict.value(), &[source])?,
            };
            for (key, value) in source.downcast::<Dict>().expect("dict() makes dicts").iter() {
                if !key.is::<Str>() {
                    return Err(vm.type_error("keywords must be strings"));
                }
                dict.insert(vm, key, value)?;
            }
        }
        args.keywords().for_each(|(name, value)| dict.insert_str(&vm.heap, name, value));
        Ok(())
    }

    #[pymethod(name = "__repr__")]
    fn repr(this: Value, vm: &Vm) -> PyResult {
        let class = vm.type_of(this);
        let plain = vm.native_type(SimpleNamespace::TYPE_DEF)? == class;
        let name = if plain { "namespace".to_string() } else { class.short_name() };
        let text = vm.enter_repr(this, || {
            let mut text = adder_text::units::StrBuilder::new();
            text.push_str(&name);
            text.push_str("(");
            let mut first = true;
            for (key, value) in attributes(vm, this).copy(&vm.heap).iter() {
                let Some(key) = key.downcast::<Str>().filter(|k| !k.is_empty()) else { continue };
                if !std::mem::take(&mut first) {
                    text.push_str(", ");
                }
                text.push_units(key.units());
                text.push_str("=");
                text.push_units(vm.repr(value)?.units());
            }
            text.push_str(")");
            Ok(Str::from_units(&vm.heap, text.finish().as_units()).value())
        })?;
        Ok(text.unwrap_or_else(|| vm.new_str(&format!("{name}(...)"))))
    }

    #[pycompare]
    fn compare(this: Gc<Native<SimpleNamespace>>, vm: &Vm, op: CompareOp, other: Value) -> PyResult {
        if !other.is::<Native<SimpleNamespace>>() {
            return Ok(Value::not_implemented());
        }
        let (a, b) = (attributes(vm, this.header().as_value()), attributes(vm, other));
        vm.compare(op, a.value(), b.value())
    }

    /// Return state information for pickling
    #[pymethod(name = "__reduce__")]
    fn reduce(this: Value, vm: &Vm) -> Value {
        let dict = attributes(vm, this).value();
        vm.new_tuple(&[vm.type_of(this).value(), vm.empty_tuple.value(), dict])
    }

    /// Return a copy of the namespace object with new values for the specified attributes.
    #[pymethod(name = "__replace__", sig = "(**changes)")]
    fn replace(this: Value, vm: &Vm, changes: Option<Gc<Dict>>) -> PyResult {
        let class = vm.type_of(this);
        let copy = vm.call(class.value(), &[])?;
        if !copy.is::<Native<SimpleNamespace>>() {
            return Err(vm.type_error(format!(
                "expect types.SimpleNamespace type, but {}() returned '{}' object",
                class.name(),
                vm.type_of(copy).name()
            )));
        }
        let dict = attributes(vm, copy);
        for (key, value) in attributes(vm, this).copy(&vm.heap).iter() {
            dict.insert(vm, key, value)?;
        }
        for (key, value) in changes.iter().flat_map(|c| c.iter()) {
            dict.insert(vm, key, value)?;
        }
        Ok(copy)
    }
}

impl Vm {
    /// A `types.SimpleNamespace` with these attributes.
    pub fn new_namespace(&self, content: Gc<Dict>) -> PyResult {
        let class = self.native_type(SimpleNamespace::TYPE_DEF)?;
        let namespace = self.new_native(class, SimpleNamespace {}).value();
        attributes(self, namespace).copy_from(&self.heap, &content);
        Ok(namespace)
    }
}
