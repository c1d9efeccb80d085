//! `defaultdict`: a dict that calls a factory for missing keys. The factory lies in an extension word.

use adder_interp::native::{Args, TypeDef};
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::special::Special;
use adder_macros::pymethods;
use adder_text::units::StrBuilder;
use std::cell::Cell;

/// The class.
pub struct DefaultDict;

/// The members of the class, before its layout is completed.
struct Members;

impl DefaultDict {
    /// The definition of the class.
    pub const TYPE_DEF: &'static TypeDef = {
        static DEFINITION: TypeDef = TypeDef { ext_words: 2, ..*Members::TYPE_DEF };
        &DEFINITION
    };
}

/// Number of the factory's extension word.
const FACTORY: usize = 1;

fn factory_word(dict: &Gc<Dict>) -> &Cell<Option<Value>> {
    // SAFETY: instances of the class and its subclasses have two extension words at least.
    unsafe { dict.header().trailing_word(FACTORY) }
}

/// `None` when no factory is set.
fn factory(dict: Gc<Dict>) -> Option<Value> {
    factory_word(&dict).get().filter(|f| !f.is_none())
}

fn set_factory(vm: &Vm, dict: Gc<Dict>, value: Option<Value>) {
    factory_word(&dict).set(value);
    if let Some(value) = value {
        vm.heap.barrier(dict.header(), value);
    }
}

/// `type(dict)(factory, contents)`.
fn rebuild(vm: &Vm, dict: Gc<Dict>, contents: Value) -> PyResult<Gc<Dict>> {
    let factory = factory(dict).unwrap_or(Value::none());
    let made = vm.call(vm.type_of(dict.value()).value(), &[factory, contents])?;
    made.downcast().ok_or_else(|| vm.type_error("the class did not make a dict"))
}

/// defaultdict(default_factory=None, /, [...]) --> dict with default factory
///
/// The default factory is called without arguments to produce
/// a new value when a key is not present, in __getitem__ only.
/// A defaultdict compares equal to a dict with the same items.
/// All remaining arguments are treated the same as if they were
/// passed to the dict constructor, including keyword arguments.
#[pymethods(
    name = "defaultdict",
    module = "collections",
    kind = Dict,
    base = super::dict_class,
    subclassable,
    mapping,
    match_self
)]
impl Members {
    #[pymethod]
    fn __init__(this: Gc<Dict>, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        let mut rest = args;
        let mut made = None;
        if let [first, ..] = args.positional_values() {
            if !first.is_none() && !vm.is_callable(*first) {
                return Err(vm.type_error("first argument must be callable or None"));
            }
            made = Some(*first).filter(|f| !f.is_none());
            rest = Args::new(&args.all_values()[1..], args.kwnames());
        }
        set_factory(vm, this, made);
        Dict::update_from_args(this, vm, "dict", rest)
    }
    /// __missing__(key) # Called by __getitem__ for missing key; pseudo-code:
    ///   if self.default_factory is None: raise KeyError((key,))
    ///   self[key] = value = self.default_factory()
    ///   return value
    #[pymethod]
    fn __missing__(this: Gc<Dict>, vm: &Vm, key: Value) -> PyResult {
        let Some(factory) = factory(this) else { return Err(vm.key_error(key)) };
        let value = vm.call(factory, &[])?;
        if vm.special_of(this.value(), Special::SetItem) == vm.special(vm.types.dict, Special::SetItem) {
            this.insert(vm, key, value)?;
        } else {
            vm.setitem(this.value(), key, Some(value))?;
        }
        Ok(value)
    }
    #[pymethod]
    fn __repr__(this: Gc<Dict>, vm: &Vm) -> PyResult {
        let base = vm.special(vm.types.dict, Special::Repr).expect("dict has __repr__");
        let contents = vm.str_of(vm.call_method_raw(base, this.value(), &[])?)?;
        let factory = match factory(this) {
            None => vm.new_str("None"),
            Some(factory) => {
                // Its repr may show this very dict.
                vm.enter_repr(factory, || Ok(vm.repr(factory)?.value()))?.unwrap_or_else(|| vm.new_str("..."))
            }
        };
        let mut out = StrBuilder::new();
        out.push_str(&vm.type_of(this.value()).short_name());
        out.push_ascii(b"(");
        out.push_units(vm.str_of(factory)?.units());
        out.push_ascii(b", ");
        out.push_units(contents.units());
        out.push_ascii(b")");
        Ok(vm.built_str(out))
    }
    /// D.copy() -> a shallow copy of D.
    #[pymethod]
    fn copy(this: Gc<Dict>, vm: &Vm) -> PyResult<Gc<Dict>> {
        rebuild(vm, this, this.value())
    }
    /// D.copy() -> a shallow copy of D.
    #[pymethod]
    fn __copy__(this: Gc<Dict>, vm: &Vm) -> PyResult<Gc<Dict>> {
        rebuild(vm, this, this.value())
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(this: Gc<Dict>, vm: &Vm) -> PyResult {
        let args = match factory(this) {
            Some(factory) => vm.new_tuple(&[factory]),
            None => vm.new_tuple(&[]),
        };
        let items = vm.call_method(this.value(), "items", &[])?;
        let items = vm.iter(items)?;
        let none = Value::none();
        Ok(vm.new_tuple(&[vm.type_of(this.value()).value(), args, none, none, items]))
    }
    #[pymethod]
    fn __or__(this: Gc<Dict>, vm: &Vm, other: Value) -> PyResult {
        if !other.is::<Dict>() {
            return Ok(Value::not_implemented());
        }
        let union = rebuild(vm, this, this.value())?;
        Dict::update_from(union, vm, other)?;
        Ok(union.value())
    }
    #[pymethod]
    fn __ror__(this: Gc<Dict>, vm: &Vm, other: Value) -> PyResult {
        if !other.is::<Dict>() {
            return Ok(Value::not_implemented());
        }
        let union = rebuild(vm, this, other)?;
        Dict::update_from(union, vm, this.value())?;
        Ok(union.value())
    }
    /// Factory for default value called by __missing__().
    #[pygetset]
    fn default_factory(this: Gc<Dict>, _vm: &Vm) -> Option<Value> {
        factory(this)
    }
    #[pygetset(setter = "default_factory")]
    fn set_default_factory(this: Gc<Dict>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        set_factory(vm, this, value);
        Ok(())
    }
    /// See PEP 585
    #[pyclassmethod(sig = "(object, /)")]
    fn __class_getitem__(cls: Gc<Type>, vm: &Vm, object: Value) -> PyResult {
        vm.generic_alias(cls, object)
    }
}
