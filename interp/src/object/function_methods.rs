//! The Python view of functions: `types.FunctionType`.

use super::cell::CellObject;
use super::code::Code;
use super::dict::Dict;
use super::function::Function;
use super::header::Gc;
use super::module::Module;
use super::str::Str;
use super::tuple::Tuple;
use super::typeobj::Type;
use crate::native::Args;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use adder_bytecode::unit::RESERVED_WORDS;
use adder_bytecode::{CodeFlags, Const, LocalKind, Word};
use adder_macros::pymethods;

/// Create a function object.
///
///   code
///     a code object
///   globals
///     the globals dictionary
///   name
///     a string that overrides the name from the code object
///   argdefs
///     a tuple that specifies the default argument values
///   closure
///     a tuple that supplies the bindings for free variables
///   kwdefaults
///     a dictionary that specifies the default keyword argument values
#[pymethods(name = "function", kind = Function, def = TYPE_DEF, has_dict, weakrefable)]
impl Function {
    #[pynew(sig = "(code, globals, name=None, argdefs=None, closure=None, kwdefaults=None)")]
    fn __new__(
        _cls: Gc<Type>,
        vm: &Vm,
        code: Gc<Code>,
        globals: Gc<Dict>,
        name: Option<Value>,
        argdefs: Option<Value>,
        closure: Option<Value>,
        kwdefaults: Option<Value>,
    ) -> PyResult<Gc<Function>> {
        let wrong =
            |n: usize, name: &str, what: &str| Err(vm.type_error(format!("arg {n} ({name}) must be {what}")));
        let given = |v: Option<Value>| v.filter(|v| !v.is_none());
        let (name, argdefs) = (given(name), given(argdefs));
        if name.is_some_and(|v| !v.is::<Str>()) {
            return wrong(3, "name", "None or string");
        }
        if argdefs.is_some_and(|v| !v.is::<Tuple>()) {
            return wrong(4, "defaults", "None or tuple");
        }
        let nfree = free_count(code);
        let closure = match given(closure).map(|v| v.downcast::<Tuple>()) {
            Some(Some(closure)) => Some(closure),
            None if nfree == 0 => None,
            Some(None) if nfree == 0 => return wrong(5, "closure", "None or tuple"),
            _ => return wrong(5, "closure", "tuple"),
        };
        check_closure(vm, code, closure, nfree)?;
        let kwdefaults = match given(kwdefaults).map(|v| v.downcast::<Dict>()) {
            None => None,
            Some(Some(dict)) => Some(dict),
            Some(None) => return wrong(6, "kwdefaults", "None or dict"),
        };
        let module = globals.get_str(vm.names.__name__);
        let function = Function::new(&vm.heap, code, globals, vm.builtins_of(globals), module);
        if let Some(name) = name.and_then(|v| v.downcast::<Str>()) {
            function.name.set(name);
        }
        function.defaults.set(argdefs.and_then(|v| v.downcast::<Tuple>()));
        function.kwdefaults.set(kwdefaults);
        function.closure.set(closure);
        vm.heap.barrier_object(function.header());
        Ok(function)
    }

    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<Function>, _vm: &Vm) -> String {
        format!("<function {} at {:#x}>", this.qualname.get().to_string_lossy(), this.value().bits())
    }

    #[pymethod(name = "__call__")]
    fn call(this: Gc<Function>, vm: &Vm, args: Args<'_>) -> PyResult {
        vm.call_args(this.value(), args)
    }

    #[pymethod(name = "__get__")]
    fn get(this: Value, vm: &Vm, instance: Value, owner: Option<Value>) -> PyResult {
        vm.descriptor_get(this, instance, owner)
    }

    #[pygetset(name = "__closure__")]
    fn get_closure(this: Gc<Function>, _vm: &Vm) -> Option<Gc<Tuple>> {
        this.closure.get()
    }

    #[pygetset(name = "__globals__")]
    fn get_globals(this: Gc<Function>, _vm: &Vm) -> Gc<Dict> {
        this.globals
    }

    #[pygetset(name = "__builtins__")]
    fn get_builtins(this: Gc<Function>, _vm: &Vm) -> Gc<Dict> {
        this.builtins
    }

    #[pygetset(name = "__code__")]
    fn get_code(this: Gc<Function>, _vm: &Vm) -> Gc<Code> {
        this.code.get()
    }
    #[pygetset(setter = "__code__")]
    fn set_code(this: Gc<Function>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        let Some(code) = value.and_then(|v| v.downcast::<Code>()) else {
            return Err(vm.type_error("__code__ must be set to a code object"));
        };
        let (has, needs) = (this.closure.get().map_or(0, |c| c.len()), free_count(code));
        if has != needs {
            return Err(vm.value_error(format!(
                "{}() requires a code object with {has} free vars, not {needs}",
                this.name.get().to_string_lossy()
            )));
        }
        this.code.set(code);
        vm.heap.barrier(this.header(), code.value());
        // No call takes the fast path before the new code has been prepared.
        this.entry.set(std::ptr::null());
        this.simple_args.set(u32::MAX);
        Function::changed(&this);
        vm.announce_change(this.header());
        Ok(())
    }

    #[pygetset(name = "__defaults__")]
    fn get_defaults(this: Gc<Function>, _vm: &Vm) -> Option<Gc<Tuple>> {
        this.defaults.get()
    }
    #[pygetset(setter = "__defaults__")]
    fn set_defaults(this: Gc<Function>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        let defaults = match value.filter(|v| !v.is_none()) {
            None => None,
            Some(v) => match v.downcast::<Tuple>() {
                Some(tuple) => Some(tuple),
                None => return Err(vm.type_error("__defaults__ must be set to a tuple object")),
            },
        };
        this.defaults.set(defaults);
        vm.heap.barrier_object(this.header());
        Function::changed(&this);
        vm.announce_change(this.header());
        Ok(())
    }

    #[pygetset(name = "__kwdefaults__")]
    fn get_kwdefaults(this: Gc<Function>, _vm: &Vm) -> Option<Gc<Dict>> {
        this.kwdefaults.get()
    }
    #[pygetset(setter = "__kwdefaults__")]
    fn set_kwdefaults(this: Gc<Function>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        let defaults = match value.filter(|v| !v.is_none()) {
            None => None,
            Some(v) => match v.downcast::<Dict>() {
                Some(dict) => Some(dict),
                None => return Err(vm.type_error("__kwdefaults__ must be set to a dict object")),
            },
        };
        this.kwdefaults.set(defaults);
        vm.heap.barrier_object(this.header());
        Function::changed(&this);
        Ok(())
    }

    /// Dict of annotations in a function object.
    #[pygetset(name = "__annotations__")]
    fn get_annotations(this: Gc<Function>, vm: &Vm) -> PyResult {
        if let Some(known) = this.annotations.get() {
            return Ok(known);
        }
        let annotations = match this.annotate.get() {
            None => vm.new_dict().value(),
            Some(annotate) => vm.evaluate_annotate(annotate)?,
        };
        this.annotations.set(Some(annotations));
        vm.heap.barrier(this.header(), annotations);
        Ok(annotations)
    }
    #[pygetset(setter = "__annotations__")]
    fn set_annotations(this: Gc<Function>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        let value = value.filter(|v| !v.is_none());
        if value.is_some_and(|v| !v.is::<Dict>()) {
            return Err(vm.type_error("__annotations__ must be set to a dict object"));
        }
        this.annotations.set(value);
        this.annotate.set(None);
        vm.heap.barrier_object(this.header());
        Ok(())
    }

    /// Get the code object for a function.
    #[pygetset(name = "__annotate__")]
    fn get_annotate(this: Gc<Function>, _vm: &Vm) -> Option<Value> {
        this.annotate.get()
    }
    #[pygetset(setter = "__annotate__")]
    fn set_annotate(this: Gc<Function>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        let Some(value) = value else { return Err(vm.type_error("__annotate__ cannot be deleted")) };
        if value.is_none() {
            this.annotate.set(Some(value));
            return Ok(());
        }
        if !vm.is_callable(value) {
            return Err(vm.type_error("__annotate__ must be callable or None"));
        }
        this.annotate.set(Some(value));
        this.annotations.set(None);
        vm.heap.barrier(this.header(), value);
        Ok(())
    }

    #[pygetset(name = "__dict__")]
    fn get_dict(this: Gc<Function>, vm: &Vm) -> Option<Gc<Dict>> {
        vm.instance_dict(this.value())
    }
    #[pygetset(setter = "__dict__")]
    fn set_dict(this: Gc<Function>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        if value.is_none() {
            return Err(vm.type_error("cannot delete __dict__"));
        }
        vm.assign_instance_dict(this.value(), value)
    }

    #[pygetset(name = "__doc__")]
    fn get_doc(this: Gc<Function>, vm: &Vm) -> Value {
        if let Some(doc) = this.doc.get() {
            return doc;
        }
        let doc = docstring(vm, this.code.get()).unwrap_or(Value::none());
        this.doc.set(Some(doc));
        vm.heap.barrier(this.header(), doc);
        doc
    }
    #[pygetset(setter = "__doc__")]
    fn set_doc(this: Gc<Function>, vm: &Vm, value: Option<Value>) {
        let value = value.unwrap_or(Value::none());
        this.doc.set(Some(value));
        vm.heap.barrier(this.header(), value);
    }

    #[pygetset(name = "__module__")]
    fn get_module(this: Gc<Function>, _vm: &Vm) -> Option<Value> {
        this.module.get()
    }
    #[pygetset(setter = "__module__")]
    fn set_module(this: Gc<Function>, vm: &Vm, value: Option<Value>) {
        this.module.set(value);
        vm.heap.barrier_object(this.header());
    }

    #[pygetset(name = "__name__")]
    fn get_name(this: Gc<Function>, _vm: &Vm) -> Gc<Str> {
        this.name.get()
    }
    #[pygetset(setter = "__name__")]
    fn set_name(this: Gc<Function>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        let Some(name) = value.and_then(|v| v.downcast::<Str>()) else {
            return Err(vm.type_error("__name__ must be set to a string object"));
        };
        this.name.set(name);
        vm.heap.barrier(this.header(), name.value());
        Ok(())
    }

    #[pygetset(name = "__qualname__")]
    fn get_qualname(this: Gc<Function>, _vm: &Vm) -> Gc<Str> {
        this.qualname.get()
    }
    #[pygetset(setter = "__qualname__")]
    fn set_qualname(this: Gc<Function>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        let Some(name) = value.and_then(|v| v.downcast::<Str>()) else {
            return Err(vm.type_error("__qualname__ must be set to a string object"));
        };
        this.qualname.set(name);
        vm.heap.barrier(this.header(), name.value());
        Ok(())
    }

    /// Get the declared type parameters for a function.
    #[pygetset(name = "__type_params__")]
    fn get_type_params(this: Gc<Function>, vm: &Vm) -> Value {
        this.type_params.get().unwrap_or(vm.empty_tuple.value())
    }
    #[pygetset(setter = "__type_params__")]
    fn set_type_params(this: Gc<Function>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        let Some(params) = value.filter(|v| v.is::<Tuple>()) else {
            return Err(vm.type_error("__type_params__ must be set to a tuple"));
        };
        this.type_params.set(Some(params));
        vm.heap.barrier(this.header(), params);
        Ok(())
    }
}

impl Function {
    /// Code or defaults were replaced: whoever inlined the function has to notice.
    fn changed(&self) {
        self.version.set(self.version.get().wrapping_add(1));
    }
}

fn free_count(code: Gc<Code>) -> usize {
    code.as_ref().unit().local_kinds.iter().filter(|k| **k == LocalKind::Free).count()
}

fn check_closure(vm: &Vm, code: Gc<Code>, closure: Option<Gc<Tuple>>, nfree: usize) -> PyResult<()> {
    let n = closure.map_or(0, |c| c.len());
    if n != nfree {
        return Err(vm.value_error(format!(
            "{} requires closure of length {nfree}, not {n}",
            code.name().to_string_lossy()
        )));
    }
    match closure.iter().flat_map(|c| c.iter()).find(|v| !v.is::<CellObject>()) {
        None => Ok(()),
        Some(&other) => {
            Err(vm.type_error(format!("arg 5 (closure) expected cell, found {}", vm.type_of(other).name())))
        }
    }
}

/// The documentation string of the code's body.
pub fn docstring(vm: &Vm, code: Gc<Code>) -> Option<Value> {
    let unit = code.as_ref().unit();
    if !unit.flags.has(CodeFlags::HAS_DOCSTRING) {
        return None;
    }
    match unit.words.get(RESERVED_WORDS)? {
        Word::Const(c @ Const::Str(_)) => Some(super::code::constant(&vm.heap, c, code.filename.get())),
        _ => None,
    }
}

impl Vm {
    /// The builtins that code with these globals sees.
    pub fn builtins_of(&self, globals: Gc<Dict>) -> Gc<Dict> {
        let Some(own) = globals.get_str(self.names.__builtins__) else { return self.builtins };
        match own.downcast::<Module>() {
            Some(module) => module.dict.get(),
            None => own.downcast::<Dict>().unwrap_or(self.builtins),
        }
    }

    /// `descriptor.__get__(instance, owner)` of the built-in non-data descriptors.
    pub fn descriptor_get(&self, descriptor: Value, instance: Value, owner: Option<Value>) -> PyResult {
        let owner = owner.filter(|o| !o.is_none());
        if instance.is_none() && owner.is_none() {
            return Err(self.type_error("__get__(None, None) is invalid"));
        }
        let class = match owner.and_then(|o| o.downcast::<Type>()) {
            Some(class) => class,
            None => self.type_of(instance),
        };
        self.bind_attr(descriptor, Some(instance).filter(|i| !i.is_none()), class)
    }
}
