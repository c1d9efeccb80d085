//! `string.templatelib`: template strings and their interpolations (PEP 750), made by t-strings.

use super::header::Gc;
use super::native::Native;
use super::str::Str;
use super::tuple::Tuple;
use super::typeobj::Type;
use crate::heap::GcVec;
use crate::native::Args;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::Cell;

/// Template object
#[pyclass(name = "Template", module = "string.templatelib")]
#[derive(Trace)]
pub struct Template {
    /// One more than interpolations.
    strings: Gc<Tuple>,
    interpolations: Gc<Tuple>,
}

#[pymethods]
impl Template {
    #[pynew]
    fn __new__(_cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        if args.has_keywords() {
            return Err(vm.type_error("Template.__new__ only accepts *args arguments"));
        }
        let heap = &vm.heap;
        let (mut strings, mut interpolations) = (vm.vec(), vm.vec());
        // The string before the next interpolation; neighbouring strings are joined.
        let mut text = vm.empty_str;
        for &part in args.positional_values() {
            if let Some(s) = part.downcast::<Str>() {
                text = if text.is_empty() { s } else { Str::concat(heap, text, s) };
            } else if part.is::<Native<Interpolation>>() {
                strings.push(heap, text.value());
                interpolations.push(heap, part);
                text = vm.empty_str;
            } else {
                return Err(vm.type_error(format!(
                    "Template.__new__ *args need to be of type 'str' or 'Interpolation', got {}",
                    vm.type_of(part).name()
                )));
            }
        }
        strings.push(heap, text.value());
        vm.new_template(Tuple::new(heap, &strings), Tuple::new(heap, &interpolations))
    }

    #[pymethod(name = "__repr__")]
    fn repr(&self, vm: &Vm) -> PyResult<String> {
        let strings = vm.repr_text(self.strings.value())?;
        let interpolations = vm.repr_text(self.interpolations.value())?;
        Ok(format!("Template(strings={strings}, interpolations={interpolations})"))
    }

    #[pymethod(name = "__iter__")]
    fn iter(this: Gc<Native<Template>>, vm: &Vm) -> PyResult {
        let class = vm.native_type(TemplateIter::TYPE_DEF)?;
        Ok(vm.new_native(class, TemplateIter { template: this, next: Cell::new(0) }).value())
    }

    #[pymethod(name = "__add__")]
    fn add(this: Value, vm: &Vm, other: Value) -> PyResult {
        let (Some(a), Some(b)) = (this.downcast::<Native<Template>>(), other.downcast::<Native<Template>>())
        else {
            return Err(vm.type_error(format!(
                "can only concatenate string.templatelib.Template (not \"{}\") to string.templatelib.Template",
                vm.type_of(other).name()
            )));
        };
        let heap = &vm.heap;
        let text = |v: Value| v.downcast::<Str>().expect("strings of a template are strings");
        let last = a.strings.len() - 1;
        let joint = Str::concat(heap, text(a.strings[last]), text(b.strings[0]));
        let mut strings = GcVec::from_slice(heap, &a.strings[..last]);
        strings.push(heap, joint.value());
        strings.extend_from_slice(heap, &b.strings[1..]);
        let mut interpolations = GcVec::from_slice(heap, &a.interpolations);
        interpolations.extend_from_slice(heap, &b.interpolations);
        vm.new_template(Tuple::new(heap, &strings), Tuple::new(heap, &interpolations))
    }

    #[pymethod(name = "__reduce__")]
    fn reduce(&self, vm: &Vm) -> PyResult {
        let library = vm.import("string.templatelib")?;
        let unpickle = vm.getattr_str(library, "_template_unpickle")?;
        let parts = vm.new_tuple(&[self.strings.value(), self.interpolations.value()]);
        Ok(vm.new_tuple(&[unpickle, parts]))
    }

    /// Template supports [] for generic usage
    #[pyclassmethod(name = "__class_getitem__", sig = "(object, /)")]
    fn class_getitem(cls: Gc<Type>, vm: &Vm, object: Value) -> PyResult {
        vm.generic_alias(cls, object)
    }

    /// Strings
    #[pygetset]
    fn strings(&self, _vm: &Vm) -> Gc<Tuple> {
        self.strings
    }

    /// Interpolations
    #[pygetset]
    fn interpolations(&self, _vm: &Vm) -> Gc<Tuple> {
        self.interpolations
    }

    /// Values of interpolations
    #[pygetset]
    fn values(&self, vm: &Vm) -> Value {
        let mut values = vm.vec();
        for interpolation in self.interpolations.iter().filter_map(|i| i.downcast::<Native<Interpolation>>())
        {
            values.push(&vm.heap, interpolation.value);
        }
        vm.new_tuple(&values)
    }
}

/// Iterator over the strings that are not empty and the interpolations, in order.
#[pyclass(name = "TemplateIter", module = "string.templatelib")]
#[derive(Trace)]
pub struct TemplateIter {
    template: Gc<Native<Template>>,
    /// Twice the index, plus one for the interpolation.
    next: Cell<usize>,
}

#[pymethods]
impl TemplateIter {
    #[pymethod(name = "__iter__")]
    fn iter(this: Value, _vm: &Vm) -> Value {
        this
    }

    #[pymethod(name = "__next__")]
    fn next(&self, _vm: &Vm) -> PyResult<Option<Value>> {
        loop {
            let at = self.next.get();
            let list =
                if at.is_multiple_of(2) { self.template.strings } else { self.template.interpolations };
            let Some(&part) = list.get(at / 2) else { return Ok(None) };
            self.next.set(at + 1);
            if at % 2 == 1 || part.downcast::<Str>().is_some_and(|s| !s.is_empty()) {
                return Ok(Some(part));
            }
        }
    }
}

/// Interpolation object
#[pyclass(name = "Interpolation", module = "string.templatelib")]
#[derive(Trace)]
pub struct Interpolation {
    value: Value,
    expression: Value,
    conversion: Value,
    format_spec: Value,
}

#[pymethods]
impl Interpolation {
    #[pynew(sig = "(value, expression='', conversion=None, format_spec='')")]
    fn __new__(
        cls: Gc<Type>,
        vm: &Vm,
        value: Value,
        expression: Option<Gc<Str>>,
        conversion: Option<Gc<Str>>,
        format_spec: Option<Gc<Str>>,
    ) -> PyResult {
        if let Some(c) = conversion
            && !["s", "r", "a"].iter().any(|known| c.eq_str(known))
        {
            return Err(
                vm.value_error("Interpolation() argument 'conversion' must be one of 's', 'a' or 'r'")
            );
        }
        let interpolation = Interpolation {
            value,
            expression: expression.unwrap_or(vm.empty_str).value(),
            conversion: conversion.map_or(Value::none(), Gc::value),
            format_spec: format_spec.unwrap_or(vm.empty_str).value(),
        };
        Ok(vm.new_native(cls, interpolation).value())
    }

    #[pyattr]
    fn __match_args__(vm: &Vm) -> Value {
        let names = ["value", "expression", "conversion", "format_spec"].map(|n| vm.intern(n).value());
        vm.new_tuple(&names)
    }

    #[pymethod(name = "__repr__")]
    fn repr(&self, vm: &Vm) -> PyResult<String> {
        let [value, expression] = [vm.repr_text(self.value)?, vm.repr_text(self.expression)?];
        let [conversion, spec] = [vm.repr_text(self.conversion)?, vm.repr_text(self.format_spec)?];
        Ok(format!("Interpolation({value}, {expression}, {conversion}, {spec})"))
    }

    /// __reduce__() -> (cls, state)
    #[pymethod(name = "__reduce__")]
    fn reduce(this: Gc<Native<Interpolation>>, vm: &Vm) -> Value {
        let state = vm.new_tuple(&[this.value, this.expression, this.conversion, this.format_spec]);
        vm.new_tuple(&[vm.type_of(this.value()).value(), state])
    }

    /// Interpolations are generic over the types of their values
    #[pyclassmethod(name = "__class_getitem__", sig = "(object, /)")]
    fn class_getitem(cls: Gc<Type>, vm: &Vm, object: Value) -> PyResult {
        vm.generic_alias(cls, object)
    }

    /// Value
    #[pygetset]
    fn value(&self, _vm: &Vm) -> Value {
        self.value
    }

    /// Expression
    #[pygetset]
    fn expression(&self, _vm: &Vm) -> Value {
        self.expression
    }

    /// Conversion
    #[pygetset]
    fn conversion(&self, _vm: &Vm) -> Value {
        self.conversion
    }

    /// Format specifier
    #[pygetset]
    fn format_spec(&self, _vm: &Vm) -> Value {
        self.format_spec
    }
}

impl Vm {
    /// A template of its strings and the interpolations between them.
    pub fn new_template(&self, strings: Gc<Tuple>, interpolations: Gc<Tuple>) -> PyResult {
        let class = self.native_type(Template::TYPE_DEF)?;
        Ok(self.new_native(class, Template { strings, interpolations }).value())
    }

    /// An interpolation of a t-string.
    pub fn new_interpolation(
        &self,
        value: Value,
        expression: Value,
        conversion: Value,
        format_spec: Value,
    ) -> PyResult {
        let class = self.native_type(Interpolation::TYPE_DEF)?;
        Ok(self.new_native(class, Interpolation { value, expression, conversion, format_spec }).value())
    }
}
