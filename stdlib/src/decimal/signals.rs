//! Signals: their exceptions, and the mappings from signals to flags and traps.

use super::context::ContextObject;
use adder_decimal::Status;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::Cell;

/// A signal, and the conditions that raise it.
pub struct Signal {
    pub name: &'static str,
    pub bits: Status,
}

/// In the order of precedence, which is that of the mappings.
pub static SIGNALS: [Signal; 9] = [
    Signal { name: "InvalidOperation", bits: Status::INVALID },
    Signal { name: "FloatOperation", bits: Status::FLOAT_OPERATION },
    Signal { name: "DivisionByZero", bits: Status::DIVISION_BY_ZERO },
    Signal { name: "Overflow", bits: Status::OVERFLOW },
    Signal { name: "Underflow", bits: Status::UNDERFLOW },
    Signal { name: "Subnormal", bits: Status::SUBNORMAL },
    Signal { name: "Inexact", bits: Status::INEXACT },
    Signal { name: "Rounded", bits: Status::ROUNDED },
    Signal { name: "Clamped", bits: Status::CLAMPED },
];

/// Conditions that have a class and are told apart when `InvalidOperation` is raised.
static CONDITIONS: [Signal; 5] = [
    Signal { name: "InvalidOperation", bits: Status::INVALID_OPERATION },
    Signal { name: "ConversionSyntax", bits: Status::CONVERSION_SYNTAX },
    Signal { name: "DivisionImpossible", bits: Status::DIVISION_IMPOSSIBLE },
    Signal { name: "DivisionUndefined", bits: Status::DIVISION_UNDEFINED },
    Signal { name: "InvalidContext", bits: Status::INVALID_CONTEXT },
];

/// Classes with their bases, bases first. `@` marks classes of the interpreter.
const CLASSES: [(&str, &[&str]); 14] = [
    ("DecimalException", &["@ArithmeticError"]),
    ("Clamped", &["DecimalException"]),
    ("Rounded", &["DecimalException"]),
    ("Inexact", &["DecimalException"]),
    ("Subnormal", &["DecimalException"]),
    ("InvalidOperation", &["DecimalException"]),
    ("DivisionByZero", &["DecimalException", "@ZeroDivisionError"]),
    ("FloatOperation", &["DecimalException", "@TypeError"]),
    ("Underflow", &["Inexact", "Rounded", "Subnormal"]),
    ("Overflow", &["Inexact", "Rounded"]),
    ("ConversionSyntax", &["InvalidOperation"]),
    ("DivisionImpossible", &["InvalidOperation"]),
    ("DivisionUndefined", &["InvalidOperation", "@ZeroDivisionError"]),
    ("InvalidContext", &["InvalidOperation"]),
];

/// The exceptions by name, made on first use.
fn class_dict(vm: &Vm) -> PyResult<Gc<Dict>> {
    let dict = vm.registered("decimal.exceptions", |vm| {
        let classes = vm.new_dict();
        for (name, base_names) in CLASSES {
            let mut bases = vm.vec();
            for base in base_names {
                let class = match *base {
                    "@ArithmeticError" => vm.exceptions.arithmetic_error.value(),
                    "@ZeroDivisionError" => vm.exceptions.zero_division_error.value(),
                    "@TypeError" => vm.exceptions.type_error.value(),
                    own => classes.get_str(vm.intern(own)).expect("bases come first"),
                };
                bases.push(&vm.heap, class);
            }
            let namespace = vm.new_dict();
            namespace.insert_str(&vm.heap, vm.names.__module__, vm.intern("decimal").value());
            let name = vm.intern(name);
            let bases = vm.new_tuple(&bases);
            let class = vm.call(vm.types.type_.value(), &[name.value(), bases, namespace.value()])?;
            classes.insert_str(&vm.heap, name, class);
        }
        Ok(classes.value())
    })?;
    Ok(dict.downcast().expect("a dict was registered"))
}

/// All exceptions with their names.
pub fn classes(vm: &Vm) -> PyResult<Vec<(&'static str, Value)>> {
    let dict = class_dict(vm)?;
    // The dict keeps the classes; it is registered for good.
    Ok(CLASSES.iter().filter_map(|(name, _)| Some((*name, dict.get_str(vm.intern(name))?))).collect())
}

fn class(vm: &Vm, name: &str) -> PyResult {
    Ok(class_dict(vm)?.get_str(vm.intern(name)).expect("every signal has a class"))
}

/// Raises what the trapped conditions ask for.
#[cold]
pub fn raise(vm: &Vm, trapped: Status) -> Raised {
    if trapped.contains(Status::MALLOC_ERROR) {
        return vm.raise_class(vm.exceptions.memory_error, &[]);
    }
    match raise_trapped(vm, trapped) {
        Ok(raised) | Err(raised) => raised,
    }
}

fn raise_trapped(vm: &Vm, trapped: Status) -> PyResult<Raised> {
    let first = SIGNALS.iter().find(|s| trapped.intersects(s.bits)).expect("a trap has a signal");
    let mut list = vm.vec();
    for condition in CONDITIONS.iter().chain(&SIGNALS[1..]) {
        if trapped.intersects(condition.bits) {
            list.push(&vm.heap, class(vm, condition.name)?);
        }
    }
    let list = vm.list_from(list);
    let class: Gc<Type> = class(vm, first.name)?.downcast().expect("an exception class");
    Ok(vm.raise_class(class, &[list]))
}

#[cold]
fn no_signal(vm: &Vm) -> Raised {
    vm.key_error(vm.new_str(
        "valid values for signals are:\n  [InvalidOperation, FloatOperation, DivisionByZero,\n   \
         Overflow, Underflow, Subnormal, Inexact, Rounded,\n   Clamped]",
    ))
}

/// The conditions of a signal.
pub fn bits_of(vm: &Vm, key: Value) -> PyResult<Status> {
    let classes = class_dict(vm)?;
    for signal in &SIGNALS {
        if classes.get_str(vm.intern(signal.name)) == Some(key) {
            return Ok(signal.bits);
        }
    }
    Err(no_signal(vm))
}

/// A list of signals as conditions.
pub fn bits_of_list(vm: &Vm, list: Value) -> PyResult<Status> {
    let mut bits = Status::empty();
    vm.for_each(list, |signal| {
        bits |= bits_of(vm, signal)?;
        Ok(())
    })?;
    Ok(bits)
}

/// The conditions as a list of signals.
pub fn list_of_bits(vm: &Vm, bits: Status) -> PyResult {
    let mut list = vm.vec();
    for signal in SIGNALS.iter().filter(|s| bits.intersects(s.bits)) {
        list.push(&vm.heap, class(vm, signal.name)?);
    }
    Ok(vm.list_from(list))
}

/// The names of the signals, as a context shows them.
pub fn names_of_bits(bits: Status) -> String {
    const ORDER: [usize; 9] = [8, 0, 2, 6, 1, 3, 7, 5, 4];
    let names: Vec<&str> =
        ORDER.iter().map(|&i| &SIGNALS[i]).filter(|s| bits.intersects(s.bits)).map(|s| s.name).collect();
    format!("[{}]", names.join(", "))
}

/// The view of a context's flags or traps.
#[pyclass(name = "SignalDictMixin", module = "decimal", subclassable)]
#[derive(Trace)]
pub struct SignalDict {
    /// `None` if Python made the object.
    context: Cell<Option<Gc<Native<ContextObject>>>>,
    traps: Cell<bool>,
}

type SignalDictRef = Gc<Native<SignalDict>>;

/// The class of the views: the mixin and `MutableMapping`.
fn dict_class(vm: &Vm) -> PyResult<Gc<Type>> {
    let class = vm.registered("decimal.SignalDict", |vm| {
        let mixin = vm.native_type(SignalDict::TYPE_DEF)?;
        let abc = vm.import_absolute(vm.intern("collections.abc"))?;
        let mapping = vm.getattr_str(abc, "MutableMapping")?;
        let bases = vm.new_tuple(&[mixin.value(), mapping]);
        let metaclass = vm.type_of(mapping);
        vm.call(metaclass.value(), &[vm.intern("SignalDict").value(), bases, vm.new_dict().value()])
    })?;
    Ok(class.downcast().expect("a class was made"))
}

/// The view of a context's flags, or traps.
pub fn view(vm: &Vm, context: Gc<Native<ContextObject>>, traps: bool) -> PyResult {
    let class = dict_class(vm)?;
    Ok(vm
        .new_native(class, SignalDict { context: Cell::new(Some(context)), traps: Cell::new(traps) })
        .value())
}

/// The conditions that a mapping of signals to truth values stands for.
pub fn bits_of_mapping(vm: &Vm, mapping: Value) -> PyResult<Status> {
    if let Some(view) = mapping.downcast::<Native<SignalDict>>() {
        return view.bits(vm);
    }
    let Some(dict) = mapping.downcast::<Dict>() else {
        return Err(vm.type_error("argument must be a signal dict"));
    };
    match bits_of_dict(vm, dict)? {
        Some(bits) => Ok(bits),
        None => Err(vm.key_error(vm.new_str("invalid signal dict"))),
    }
}

/// `None` if the keys are not the signals.
fn bits_of_dict(vm: &Vm, dict: Gc<Dict>) -> PyResult<Option<Status>> {
    if dict.len() != SIGNALS.len() {
        return Ok(None);
    }
    let mut bits = Status::empty();
    for signal in &SIGNALS {
        let Some(value) = dict.get(vm, class(vm, signal.name)?)? else { return Ok(None) };
        if vm.truthy(value)? {
            bits |= signal.bits;
        }
    }
    Ok(Some(bits))
}

impl SignalDict {
    fn context(&self, vm: &Vm) -> PyResult<Gc<Native<ContextObject>>> {
        self.context.get().ok_or_else(|| vm.value_error("invalid signal dict"))
    }
    fn bits(&self, vm: &Vm) -> PyResult<Status> {
        let context = self.context(vm)?;
        Ok(if self.traps.get() { context.traps() } else { context.flags() })
    }
    fn as_dict(&self, vm: &Vm) -> PyResult<Gc<Dict>> {
        let bits = self.bits(vm)?;
        let dict = vm.new_dict();
        for signal in &SIGNALS {
            dict.insert(vm, class(vm, signal.name)?, Value::bool(bits.intersects(signal.bits)))?;
        }
        Ok(dict)
    }
}

#[pymethods]
impl SignalDict {
    #[pynew(sig = "(*args, **kwargs)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, _args: &[Value], _kwargs: Option<Gc<Dict>>) -> SignalDictRef {
        vm.new_native(cls, SignalDict { context: Cell::new(None), traps: Cell::new(false) })
    }
    #[pymethod]
    fn __len__(&self, vm: &Vm) -> PyResult<usize> {
        self.context(vm)?;
        Ok(SIGNALS.len())
    }
    #[pymethod]
    fn __iter__(&self, vm: &Vm) -> PyResult {
        self.context(vm)?;
        vm.iter(self.as_dict(vm)?.value())
    }
    #[pymethod]
    fn __getitem__(&self, vm: &Vm, key: Value) -> PyResult<bool> {
        let bits = self.bits(vm)?;
        Ok(bits.intersects(bits_of(vm, key)?))
    }
    #[pymethod]
    fn __setitem__(&self, vm: &Vm, key: Value, value: Value) -> PyResult<()> {
        let context = self.context(vm)?;
        let signal = bits_of(vm, key)?;
        let on = vm.truthy(value)?;
        let mut bits = self.bits(vm)?;
        bits.set(signal, on);
        if self.traps.get() {
            context.set_traps(bits);
        } else {
            context.set_flags(bits);
        }
        Ok(())
    }
    #[pymethod]
    fn __delitem__(&self, vm: &Vm, _key: Value) -> PyResult<()> {
        self.context(vm)?;
        Err(vm.value_error("signal keys cannot be deleted"))
    }
    #[pymethod]
    fn __repr__(&self, vm: &Vm) -> PyResult<String> {
        let bits = self.bits(vm)?;
        let mut items = Vec::new();
        for signal in &SIGNALS {
            let on = if bits.intersects(signal.bits) { "True" } else { "False" };
            items.push(format!("{}:{on}", vm.repr_text(class(vm, signal.name)?)?));
        }
        Ok(format!("{{{}}}", items.join(", ")))
    }
    #[pymethod]
    fn __eq__(&self, vm: &Vm, other: Value) -> PyResult {
        let bits = self.bits(vm)?;
        let normal = |bits: Status| SIGNALS.iter().map(|s| bits.intersects(s.bits)).collect::<Vec<_>>();
        if let Some(other) = other.downcast::<Native<SignalDict>>() {
            return Ok(Value::bool(normal(bits) == normal(other.bits(vm)?)));
        }
        if let Some(dict) = other.downcast::<Dict>() {
            return Ok(Value::bool(
                bits_of_dict(vm, dict)?.is_some_and(|other| normal(bits) == normal(other)),
            ));
        }
        Ok(Value::not_implemented())
    }
    #[pymethod]
    fn __ne__(this: Gc<Native<SignalDict>>, vm: &Vm, other: Value) -> PyResult {
        let equal = this.__eq__(vm, other)?;
        if equal.is_not_implemented() { Ok(equal) } else { Ok(Value::bool(!vm.truthy(equal)?)) }
    }
    #[pyattr]
    fn __hash__(vm: &Vm) -> Value {
        vm.none()
    }
    /// Return the signals with their truth values as a dict.
    #[pymethod]
    fn copy(&self, vm: &Vm) -> PyResult<Gc<Dict>> {
        self.as_dict(vm)
    }
}
