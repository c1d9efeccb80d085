//! `contextvars`: contexts, variables and tokens.
//!
//! A context is an immutable map behind a cell: copying one shares the map, setting a variable replaces it. Contexts hold few
//! variables, so the map is a dict that is copied on the first change after it was shared.

use super::dict::Dict;
use super::header::Gc;
use super::native::{BarrierCell, Native};
use super::str::Str;
use crate::native::Args;
use crate::object::typeobj::Type;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::Cell;

/// A mapping of context variables to values.
#[pyclass(name = "Context", module = "_contextvars", weakrefable)]
#[derive(Trace)]
pub struct Context {
    values: BarrierCell<Gc<Dict>>,
    /// Another context refers to the same dict: copy it before a change.
    shared: Cell<bool>,
    previous: BarrierCell<Option<Value>>,
    entered: Cell<bool>,
}

impl Context {
    fn create(vm: &Vm, values: Gc<Dict>, shared: bool) -> PyResult<Gc<Native<Context>>> {
        let class = vm.native_type(Context::TYPE_DEF)?;
        let context = Context {
            values: BarrierCell::new(values),
            shared: Cell::new(shared),
            previous: BarrierCell::new(None),
            entered: Cell::new(false),
        };
        Ok(vm.new_native(class, context))
    }

    fn duplicate(&self, vm: &Vm) -> PyResult<Gc<Native<Context>>> {
        self.shared.set(true);
        Context::create(vm, self.values.get(), true)
    }

    /// The dict, private to this context.
    fn writable(this: Gc<Native<Context>>, vm: &Vm) -> Gc<Dict> {
        if this.shared.replace(false) {
            let copy = this.values.get().copy(&vm.heap);
            this.values.set(&vm.heap, this, copy);
        }
        this.values.get()
    }

    fn enter(this: Gc<Native<Context>>, vm: &Vm) -> PyResult<()> {
        if this.entered.get() {
            let text = vm.repr_text(this.value())?;
            return Err(vm.runtime_error(format!("cannot enter context: {text} is already entered")));
        }
        this.entered.set(true);
        this.previous.set(&vm.heap, this, vm.context.replace(Some(this.value())));
        Ok(())
    }

    fn exit(this: Gc<Native<Context>>, vm: &Vm) {
        vm.context.set(this.previous.take());
        this.entered.set(false);
    }

    fn variable(vm: &Vm, key: Value) -> PyResult<Gc<Native<ContextVar>>> {
        match key.downcast() {
            Some(key) => Ok(key),
            None => Err(vm.type_error(format!("a ContextVar key was expected, got {}", vm.repr_text(key)?))),
        }
    }
}

#[pymethods]
impl Context {
    #[pynew]
    fn __new__(_cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult<Gc<Native<Context>>> {
        if !args.all_values().is_empty() {
            return Err(vm.type_error("Context() does not accept any arguments"));
        }
        Context::create(vm, vm.new_dict(), false)
    }

    /// Run a callable inside the context.
    #[pymethod]
    fn run(this: Gc<Native<Context>>, vm: &Vm, args: Args<'_>) -> PyResult {
        let Some((&callable, _)) = args.positional_values().split_first() else {
            return Err(vm.type_error("run() missing 1 required positional argument"));
        };
        Context::enter(this, vm)?;
        let result = vm.call_args(callable, Args::new(&args.all_values()[1..], args.kwnames()));
        Context::exit(this, vm);
        result
    }

    /// Return a shallow copy of the context object.
    #[pymethod]
    fn copy(&self, vm: &Vm) -> PyResult<Gc<Native<Context>>> {
        self.duplicate(vm)
    }

    /// Return the value for `key` if `key` has the value in the context object.
    ///
    /// If `key` does not exist, return `default`. If `default` is not given, return None.
    #[pymethod(sig = "(key, default=None, /)")]
    fn get(&self, vm: &Vm, key: Value, default: Option<Value>) -> PyResult {
        let key = Context::variable(vm, key)?;
        Ok(self.values.get().get(vm, key.value())?.or(default).unwrap_or(Value::none()))
    }

    /// Return all keys in the context object.
    #[pymethod]
    fn keys(&self, vm: &Vm) -> PyResult {
        self.shared.set(true);
        vm.call_method(self.values.get().value(), "keys", &[])
    }
    /// Return a list of all values in the context object.
    #[pymethod]
    fn values(&self, vm: &Vm) -> PyResult {
        self.shared.set(true);
        vm.call_method(self.values.get().value(), "values", &[])
    }
    /// Return all variables and their values in the context object.
    #[pymethod]
    fn items(&self, vm: &Vm) -> PyResult {
        self.shared.set(true);
        vm.call_method(self.values.get().value(), "items", &[])
    }

    #[pymethod]
    fn __len__(&self) -> usize {
        self.values.get().len()
    }
    #[pymethod]
    fn __iter__(&self, vm: &Vm) -> PyResult {
        self.shared.set(true);
        vm.iter(self.values.get().value())
    }
    #[pymethod]
    fn __contains__(&self, vm: &Vm, key: Value) -> PyResult<bool> {
        let key = Context::variable(vm, key)?;
        self.values.get().contains(vm, key.value())
    }
    #[pymethod]
    fn __getitem__(&self, vm: &Vm, key: Value) -> PyResult {
        let key = Context::variable(vm, key)?;
        self.values.get().get(vm, key.value())?.ok_or_else(|| vm.key_error(key.value()))
    }
    #[pymethod]
    fn __eq__(&self, vm: &Vm, other: Value) -> PyResult {
        match other.downcast::<Native<Context>>() {
            Some(other) => vm.eq(self.values.get().value(), other.values.get().value()).map(Value::bool),
            None => Ok(Value::not_implemented()),
        }
    }
    #[pyattr]
    fn __hash__(vm: &Vm) -> Value {
        vm.none()
    }
}

/// A variable whose value depends on the running context.
#[pyclass(name = "ContextVar", module = "_contextvars")]
#[derive(Trace)]
pub struct ContextVar {
    name: Gc<Str>,
    default: Option<Value>,
}

#[pymethods]
impl ContextVar {
    #[pynew(sig = "(name, /, *, default=None)")]
    fn __new__(_cls: Gc<Type>, vm: &Vm, name: Value, default: Option<Value>) -> PyResult {
        let Some(name) = name.downcast::<Str>() else {
            return Err(vm.type_error("context variable name must be a str"));
        };
        let class = vm.native_type(ContextVar::TYPE_DEF)?;
        Ok(vm.new_native(class, ContextVar { name, default }).value())
    }

    /// Return a value for the context variable for the current context.
    ///
    /// If there is no value for the variable in the current context, the method will:
    ///  * return the value of the default argument of the method, if provided; or
    ///  * return the default value for the context variable, if it was created
    ///    with one; or
    ///  * raise a LookupError.
    #[pymethod(sig = "(default=None, /)")]
    fn get(this: Gc<Native<ContextVar>>, vm: &Vm, default: Option<Value>) -> PyResult {
        let current = vm.context_var_value(this.value())?;
        match current.or(default).or(this.default) {
            Some(v) => Ok(v),
            None => Err(vm.raise_class(vm.exceptions.lookup_error, &[this.value()])),
        }
    }

    /// Call to set a new value for the context variable in the current context.
    ///
    /// The required *value* argument is the new value for the context variable.
    ///
    /// Returns a Token object that can be used to restore the variable to its previous
    /// value via the `ContextVar.reset()` method.
    #[pymethod]
    fn set(this: Gc<Native<ContextVar>>, vm: &Vm, value: Value) -> PyResult<Gc<Native<Token>>> {
        let context = vm.current_context()?;
        let old = context.values.get().get(vm, this.value())?;
        Context::writable(context, vm).insert(vm, this.value(), value)?;
        let class = vm.native_type(Token::TYPE_DEF)?;
        let token = Token { context, variable: this, old, used: Cell::new(false) };
        Ok(vm.new_native(class, token))
    }

    /// Reset the context variable.
    ///
    /// The variable is reset to the value it had before the `ContextVar.set()` that
    /// created the token was used.
    #[pymethod]
    fn reset(this: Gc<Native<ContextVar>>, vm: &Vm, token: Value) -> PyResult<()> {
        let Some(token) = token.downcast::<Native<Token>>() else {
            return Err(vm.type_error(format!("expected an instance of Token, got {}", vm.repr_text(token)?)));
        };
        Token::restore(token, vm, this)
    }

    #[pymethod]
    fn __repr__(this: Gc<Native<ContextVar>>, vm: &Vm) -> PyResult<String> {
        let mut text = format!("<ContextVar name={}", vm.repr_text(this.name.value())?);
        if let Some(default) = this.default {
            text.push_str(&format!(" default={}", vm.repr_text(default)?));
        }
        text.push_str(&format!(" at {:#x}>", this.as_ptr() as usize));
        Ok(text)
    }

    #[pyclassmethod]
    fn __class_getitem__(cls: Gc<Type>, vm: &Vm, item: Value) -> PyResult {
        vm.generic_alias(cls, item)
    }

    #[pygetset]
    fn name(&self) -> Gc<Str> {
        self.name
    }
}

/// What `ContextVar.set` returns: the way back.
#[pyclass(name = "Token", module = "_contextvars")]
#[derive(Trace)]
pub struct Token {
    context: Gc<Native<Context>>,
    variable: Gc<Native<ContextVar>>,
    old: Option<Value>,
    used: Cell<bool>,
}

impl Token {
    fn restore(this: Gc<Native<Token>>, vm: &Vm, variable: Gc<Native<ContextVar>>) -> PyResult<()> {
        let text = || vm.repr_text(this.value());
        if this.used.get() {
            return Err(vm.runtime_error(format!("{} has already been used once", text()?)));
        }
        if this.variable != variable {
            return Err(vm.value_error(format!("{} was created by a different ContextVar", text()?)));
        }
        let context = vm.current_context()?;
        if this.context != context {
            return Err(vm.value_error(format!("{} was created in a different Context", text()?)));
        }
        this.used.set(true);
        let values = Context::writable(context, vm);
        match this.old {
            Some(old) => values.insert(vm, variable.value(), old),
            None => values.remove(vm, variable.value()).map(drop),
        }
    }
}

#[pymethods]
impl Token {
    #[pymethod]
    fn __enter__(this: Gc<Native<Token>>) -> Gc<Native<Token>> {
        this
    }
    /// Restore the linked context variable.
    #[pymethod]
    fn __exit__(
        this: Gc<Native<Token>>,
        vm: &Vm,
        _class: Value,
        _value: Value,
        _traceback: Value,
    ) -> PyResult<()> {
        Token::restore(this, vm, this.variable)
    }
    #[pymethod]
    fn __repr__(this: Gc<Native<Token>>, vm: &Vm) -> PyResult<String> {
        let used = if this.used.get() { " used" } else { "" };
        let variable = vm.repr_text(this.variable.value())?;
        Ok(format!("<Token{used} var={variable} at {:#x}>", this.as_ptr() as usize))
    }
    #[pyclassmethod]
    fn __class_getitem__(cls: Gc<Type>, vm: &Vm, item: Value) -> PyResult {
        vm.generic_alias(cls, item)
    }
    #[pygetset]
    fn var(&self) -> Gc<Native<ContextVar>> {
        self.variable
    }
    #[pygetset]
    fn old_value(&self, vm: &Vm) -> PyResult {
        self.old.map_or_else(|| vm.token_missing(), Ok)
    }
    #[pyattr(name = "MISSING")]
    fn missing(vm: &Vm) -> PyResult {
        vm.token_missing()
    }
}

/// The old value of a variable that had none.
#[pyclass(name = "Token.MISSING", module = "_contextvars", no_constructor)]
#[derive(Trace)]
pub struct Missing {}

#[pymethods]
impl Missing {
    #[pymethod]
    fn __repr__(&self) -> &'static str {
        "<Token.MISSING>"
    }
}

impl Vm {
    fn token_missing(&self) -> PyResult {
        self.registered("contextvars.missing", |vm| {
            let class = vm.native_type(Missing::TYPE_DEF)?;
            Ok(vm.new_native(class, Missing {}).value())
        })
    }

    /// The context this thread runs in; made when first needed.
    pub fn current_context(&self) -> PyResult<Gc<Native<Context>>> {
        if let Some(context) = self.context.get().and_then(|c| c.downcast()) {
            return Ok(context);
        }
        let context = Context::create(self, self.new_dict(), false)?;
        self.context.set(Some(context.value()));
        Ok(context)
    }

    /// `contextvars.copy_context()`.
    pub fn copy_context(&self) -> PyResult {
        Ok(self.current_context()?.duplicate(self)?.value())
    }

    /// A context variable made by native code.
    pub fn new_context_var(&self, name: &str, default: Option<Value>) -> PyResult {
        let class = self.native_type(ContextVar::TYPE_DEF)?;
        let name = self.intern(name);
        Ok(self.new_native(class, ContextVar { name, default }).value())
    }

    /// What the running context maps variables to, if there is one; its version tells whether that changed.
    #[inline]
    pub fn context_values(&self) -> Option<Gc<Dict>> {
        Some(self.context.get()?.downcast::<Native<Context>>()?.values.get())
    }

    /// Value of a context variable in the running context, its default not considered.
    pub fn context_var_value(&self, variable: Value) -> PyResult<Option<Value>> {
        match self.context.get().and_then(|c| c.downcast::<Native<Context>>()) {
            Some(context) => context.values.get().get(self, variable),
            None => Ok(None),
        }
    }

    /// Calls `f` with this context as the current one.
    ///
    /// # Errors
    /// What `f` returns, a TypeError if `context` is none, a RuntimeError if it is entered already.
    pub fn within_context(&self, context: Value, f: impl FnOnce() -> PyResult) -> PyResult {
        let Some(context) = context.downcast::<Native<Context>>() else {
            return Err(self.type_error("an instance of Context was expected"));
        };
        Context::enter(context, self)?;
        let result = f();
        Context::exit(context, self);
        result
    }

    /// `context.run(callable, *args)` from native code (`None`: in the running context).
    pub fn run_in_context(&self, context: Option<Value>, callable: Value, args: &[Value]) -> PyResult {
        match context.and_then(|c| c.downcast::<Native<Context>>()) {
            None => self.call(callable, args),
            Some(context) => {
                Context::enter(context, self)?;
                let result = self.call(callable, args);
                Context::exit(context, self);
                result
            }
        }
    }
}
