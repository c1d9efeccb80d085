//! `partial`: a function with some of its arguments filled in, and `Placeholder`, which keeps a place open.

use adder_interp::heap::GcVec;
use adder_interp::native::Args;
use adder_interp::object::dict::Dict;
use adder_interp::object::function::BoundMethod;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::object::tuple::Tuple;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use adder_text::units::StrBuilder;
use std::cell::Cell;

/// The type of the Placeholder singleton.
///
/// Used as a placeholder for partial arguments.
#[pyclass(name = "_PlaceholderType", module = "functools")]
#[derive(Trace)]
pub struct PlaceholderType;

/// The one instance of an interpreter.
pub fn placeholder(vm: &Vm) -> PyResult {
    vm.registered("functools.Placeholder", |vm| {
        let class = vm.native_type(PlaceholderType::TYPE_DEF)?;
        Ok(vm.new_native(class, PlaceholderType).value())
    })
}

#[pymethods]
impl PlaceholderType {
    #[pynew]
    fn __new__(_cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        if !args.all_values().is_empty() {
            return Err(vm.type_error("PlaceholderType takes no arguments"));
        }
        placeholder(vm)
    }
    #[pymethod]
    fn __repr__(&self) -> &'static str {
        "Placeholder"
    }
    #[pymethod]
    fn __reduce__(&self) -> &'static str {
        "Placeholder"
    }
}

fn is_placeholder(v: Value) -> bool {
    v.is::<Native<PlaceholderType>>()
}

/// Create a new function with partial application of the given arguments
/// and keywords.
#[pyclass(name = "partial", module = "functools", subclassable, has_dict, weakrefable)]
#[derive(Trace)]
pub struct Partial {
    function: Cell<Value>,
    args: Cell<Gc<Tuple>>,
    keywords: Cell<Gc<Dict>>,
    /// Places kept open in `args`.
    places: Cell<usize>,
}

fn count_places(args: &[Value]) -> usize {
    args.iter().filter(|v| is_placeholder(**v)).count()
}

/// `fixed` with its open places filled by the first of `given`; the others behind it. Places for which there is
/// nothing stay open.
fn fill(vm: &Vm, fixed: &[Value], given: &[Value]) -> GcVec {
    let mut given = given.iter();
    let mut all = GcVec::with_capacity(&vm.heap, fixed.len() + given.len());
    for &v in fixed {
        let v = if is_placeholder(v) { given.next().copied().unwrap_or(v) } else { v };
        all.push(&vm.heap, v);
    }
    all.extend_from_slice(&vm.heap, given.as_slice());
    all
}

impl Partial {
    /// The partial that a new one around it can be merged with: without attributes of its own.
    fn mergeable(vm: &Vm, function: Value) -> Option<Gc<Native<Partial>>> {
        let inner = function.downcast::<Native<Partial>>()?;
        let class = vm.native_type(Partial::TYPE_DEF).ok()?;
        let same_call = vm.special_of(function, adder_interp::vm::special::Special::Call)
            == vm.special(class, adder_interp::vm::special::Special::Call);
        let no_attributes = vm.existing_dict(function).is_none_or(|d| d.is_empty());
        (same_call && no_attributes).then_some(inner)
    }

    /// Values and names of the keyword arguments of a call: ours, replaced or followed by those given.
    fn merge_keywords(&self, vm: &Vm, values: &mut GcVec, args: Args<'_>) -> Option<Gc<Tuple>> {
        let keywords = self.keywords.get();
        if keywords.is_empty() {
            values.extend_from_slice(&vm.heap, args.keyword_values());
            return args.kwnames();
        }
        let mut names = GcVec::new();
        for (name, value) in keywords.as_ref().iter() {
            let given = name
                .downcast::<Str>()
                .and_then(|n| args.keywords().find(|(k, _)| k.same_text(&n)).map(|(_, v)| v));
            names.push(&vm.heap, name);
            values.push(&vm.heap, given.unwrap_or(value));
        }
        for (name, value) in args.keywords() {
            if keywords.get_str(name).is_none() {
                names.push(&vm.heap, name.value());
                values.push(&vm.heap, value);
            }
        }
        Some(Tuple::new(&vm.heap, &names))
    }

    fn check_trailing(vm: &Vm, args: &[Value]) -> PyResult<()> {
        match args.last() {
            Some(&last) if is_placeholder(last) => {
                Err(vm.type_error("trailing Placeholders are not allowed"))
            }
            _ => Ok(()),
        }
    }
}

#[pymethods]
impl Partial {
    #[pynew(sig = "(func, /, *args, **keywords)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        let [function, given @ ..] = args.positional_values() else {
            return Err(vm.type_error("type 'partial' takes at least one argument"));
        };
        let mut function = *function;
        if !vm.is_callable(function) {
            return Err(vm.type_error("the first argument must be callable"));
        }
        Partial::check_trailing(vm, given)?;
        if args.keyword_values().iter().any(|&v| is_placeholder(v)) {
            return Err(vm.type_error("Placeholder cannot be passed as a keyword argument"));
        }
        let keywords = Dict::new(&vm.heap);
        let merged = match Partial::mergeable(vm, function) {
            None => Tuple::new(&vm.heap, given),
            Some(inner) => {
                keywords.copy_from(&vm.heap, &inner.keywords.get());
                function = inner.function.get();
                let all = fill(vm, &inner.args.get(), given);
                Tuple::new(&vm.heap, &all)
            }
        };
        for (name, value) in args.keywords() {
            keywords.insert_str(&vm.heap, name, value);
        }
        let payload = Partial {
            function: Cell::new(function),
            args: Cell::new(merged),
            keywords: Cell::new(keywords),
            places: Cell::new(count_places(&merged)),
        };
        Ok(vm.new_native(cls, payload).value())
    }
    #[pymethod]
    fn __call__(&self, vm: &Vm, args: Args<'_>) -> PyResult {
        let (fixed, places) = (self.args.get(), self.places.get());
        let given = args.positional_values();
        if given.len() < places {
            return Err(vm.type_error(format!(
                "missing positional arguments in 'partial' call; expected at least {places}, got {}",
                given.len()
            )));
        }
        if fixed.is_empty() && self.keywords.get().is_empty() {
            return vm.call_args(self.function.get(), args);
        }
        let function = self.function.get();
        let mut values = fill(vm, &fixed, given);
        let names = self.merge_keywords(vm, &mut values, args);
        vm.call_args(function, Args::new(&values, names))
    }
    #[pymethod]
    fn __get__(this: Gc<Native<Partial>>, vm: &Vm, instance: Value, _owner: Option<Value>) -> Value {
        if instance.is_none() {
            this.value()
        } else {
            BoundMethod::new(&vm.heap, this.value(), instance).value()
        }
    }
    #[pymethod]
    fn __repr__(this: Gc<Native<Partial>>, vm: &Vm) -> PyResult {
        let text = vm.enter_repr(this.value(), || {
            let mut out = StrBuilder::new();
            out.push_str(&vm.type_of(this.value()).qualified_name());
            out.push_ascii(b"(");
            out.push_units(vm.repr(this.function.get())?.units());
            let args = this.args.get();
            for &arg in args.as_ref().iter() {
                out.push_ascii(b", ");
                out.push_units(vm.repr(arg)?.units());
            }
            let (keywords, mut at) = (this.keywords.get(), 0);
            while let Some((i, key, value)) = keywords.next_entry(at) {
                out.push_ascii(b", ");
                out.push_units(vm.str_of(key)?.units());
                out.push_ascii(b"=");
                out.push_units(vm.repr(value)?.units());
                at = i + 1;
            }
            out.push_ascii(b")");
            Ok(vm.built_str(out))
        })?;
        Ok(text.unwrap_or_else(|| vm.new_str("...")))
    }
    /// function object to use in future partial calls
    #[pygetset]
    fn func(&self) -> Value {
        self.function.get()
    }
    /// tuple of arguments to future partial calls
    #[pygetset]
    fn args(&self) -> Value {
        self.args.get().value()
    }
    /// dictionary of keyword arguments to future partial calls
    #[pygetset]
    fn keywords(&self) -> Value {
        self.keywords.get().value()
    }
    #[pymethod]
    fn __reduce__(this: Gc<Native<Partial>>, vm: &Vm) -> Value {
        let function = this.function.get();
        let dict = vm.existing_dict(this.value()).map_or(Value::none(), Gc::value);
        let args = vm.new_tuple(&[function]);
        let state = vm.new_tuple(&[function, this.args.get().value(), this.keywords.get().value(), dict]);
        vm.new_tuple(&[vm.type_of(this.value()).value(), args, state])
    }
    #[pymethod]
    fn __setstate__(this: Gc<Native<Partial>>, vm: &Vm, state: Value) -> PyResult<()> {
        let invalid = || vm.type_error("invalid partial state");
        let Some(state) = state.downcast::<Tuple>() else { return Err(invalid()) };
        let [function, args, keywords, dict] = **state else { return Err(invalid()) };
        let Some(args) = args.downcast::<Tuple>() else { return Err(invalid()) };
        if !vm.is_callable(function) || !(keywords.is_none() || keywords.is::<Dict>()) {
            return Err(invalid());
        }
        Partial::check_trailing(vm, &args)?;
        let copy = Dict::new(&vm.heap);
        if let Some(keywords) = keywords.downcast::<Dict>() {
            copy.copy_from(&vm.heap, &keywords);
        }
        let exact = Tuple::new(&vm.heap, &args);
        match dict.downcast::<Dict>() {
            Some(dict) => drop(vm.replace_instance_dict(this.value(), dict)),
            None => {
                if let Some(dict) = vm.existing_dict(this.value()) {
                    dict.clear();
                }
            }
        }
        this.function.set(function);
        this.args.set(exact);
        this.keywords.set(copy);
        this.places.set(count_places(&exact));
        Ok(())
    }
    /// See PEP 585
    #[pyclassmethod(sig = "(object, /)")]
    fn __class_getitem__(cls: Gc<Type>, vm: &Vm, object: Value) -> PyResult {
        vm.generic_alias(cls, object)
    }
}
