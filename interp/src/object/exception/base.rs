//! `BaseException`: arguments, chaining, traceback, notes, pickling.

use super::Exception;
use crate::native::Args;
use crate::object::dict::Dict;
use crate::object::header::{Gc, Kind};
use crate::object::list::List;
use crate::object::str::Str;
use crate::object::traceback::Traceback;
use crate::object::tuple::Tuple;
use crate::object::typeobj::Type;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use adder_macros::pymethods;

/// Common base class for all exceptions
#[pymethods(name = "BaseException", kind = Exception, subclassable, has_dict, def = TYPE_DEF)]
impl Exception {
    #[pynew]
    fn __new__(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        if cls.kind != Kind::Exception {
            let name = cls.name();
            return Err(vm.type_error(format!(
                "BaseException.__new__({name}): {name} is not a subtype of BaseException"
            )));
        }
        let args = vm.new_tuple(args.positional_values()).downcast::<Tuple>().expect("a new tuple");
        Ok(Exception::of_class(vm, cls, args).value())
    }

    #[pymethod]
    fn __init__(this: Gc<Exception>, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        init_args(vm, this, args)
    }

    #[pymethod]
    fn __str__(this: Gc<Exception>, vm: &Vm) -> PyResult<Gc<Str>> {
        text(vm, this)
    }

    #[pymethod]
    fn __repr__(this: Gc<Exception>, vm: &Vm) -> PyResult<String> {
        let name = vm.type_of(this.value()).name();
        let args = this.args.get();
        match **args.as_ref() {
            [one] => Ok(format!("{name}({})", vm.repr_text(one)?)),
            _ => Ok(format!("{name}{}", vm.repr_text(args.value())?)),
        }
    }

    #[pymethod]
    fn __reduce__(this: Gc<Exception>, vm: &Vm) -> PyResult {
        let class = vm.type_of(this.value()).value();
        let args = this.args.get().value();
        match vm.existing_dict(this.value()) {
            Some(dict) => Ok(vm.new_tuple(&[class, args, dict.value()])),
            None => Ok(vm.new_tuple(&[class, args])),
        }
    }

    #[pymethod]
    fn __setstate__(this: Gc<Exception>, vm: &Vm, state: Value) -> PyResult<()> {
        if state.is_none() {
            return Ok(());
        }
        let Some(state) = state.downcast::<Dict>() else {
            return Err(vm.type_error("state is not a dictionary"));
        };
        let mut at = 0;
        while let Some((next, key, value)) = state.next_entry(at) {
            let Some(name) = key.downcast::<Str>() else {
                return Err(vm.type_error("attribute name must be string"));
            };
            vm.setattr(this.value(), vm.heap.intern(name), Some(value))?;
            at = next + 1;
        }
        Ok(())
    }

    /// Set self.__traceback__ to tb and return self.
    #[pymethod]
    fn with_traceback(this: Gc<Exception>, vm: &Vm, tb: Value) -> PyResult {
        Exception::set_traceback_attr(this, vm, Some(tb))?;
        Ok(this.value())
    }

    /// Add a note to the exception
    #[pymethod]
    fn add_note(this: Gc<Exception>, vm: &Vm, note: Value) -> PyResult<()> {
        if !note.is::<Str>() {
            return Err(
                vm.type_error(format!("add_note() argument must be str, not {}", vm.type_of(note).name()))
            );
        }
        let name = vm.names.__notes__;
        match vm.getattr_opt(this.value(), name)? {
            None => {
                let notes = List::from_slice(&vm.heap, &[note]);
                vm.setattr(this.value(), name, Some(notes.value()))
            }
            Some(notes) => match notes.downcast::<List>() {
                Some(notes) => {
                    notes.push(&vm.heap, note);
                    Ok(())
                }
                None => Err(vm.type_error("Cannot add note: __notes__ is not a list")),
            },
        }
    }

    #[pygetset]
    fn args(this: Gc<Exception>) -> Gc<Tuple> {
        this.args.get()
    }
    #[pygetset(setter = "args")]
    fn set_args_attr(this: Gc<Exception>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        let Some(value) = value else { return Err(vm.type_error("args may not be deleted")) };
        let items = vm.collect(value)?;
        let args = Tuple::new(&vm.heap, &items);
        this.set_args(&vm.heap, args);
        Ok(())
    }

    #[pygetset]
    fn __traceback__(this: Gc<Exception>) -> Option<Gc<Traceback>> {
        this.traceback.get()
    }
    #[pygetset(setter = "__traceback__")]
    fn set_traceback_attr(this: Gc<Exception>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        let Some(value) = value else {
            return Err(vm.type_error("__traceback__ may not be deleted"));
        };
        let tb = value.downcast::<Traceback>();
        if tb.is_none() && !value.is_none() {
            return Err(vm.type_error("__traceback__ must be a traceback or None"));
        }
        this.set_traceback(&vm.heap, tb);
        Ok(())
    }

    /// exception context
    #[pygetset]
    fn __context__(this: Gc<Exception>) -> Option<Value> {
        this.context.get()
    }
    #[pygetset(setter = "__context__")]
    fn set_context_attr(this: Gc<Exception>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        this.set_context(&vm.heap, chained(vm, "context", value)?);
        Ok(())
    }

    /// exception cause
    #[pygetset]
    fn __cause__(this: Gc<Exception>) -> Option<Value> {
        this.cause.get()
    }
    #[pygetset(setter = "__cause__")]
    fn set_cause_attr(this: Gc<Exception>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        this.set_cause(&vm.heap, chained(vm, "cause", value)?);
        Ok(())
    }

    #[pygetset]
    fn __suppress_context__(this: Gc<Exception>) -> bool {
        this.suppress_context.get()
    }
    #[pygetset(setter = "__suppress_context__")]
    fn set_suppress_context_attr(this: Gc<Exception>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        let Some(value) = value else {
            return Err(vm.type_error("can't delete numeric/char attribute"));
        };
        if value != Value::bool(true) && value != Value::bool(false) {
            return Err(vm.type_error("attribute value type must be bool"));
        }
        this.suppress_context.set(value == Value::bool(true));
        Ok(())
    }

    #[pygetset]
    fn __dict__(this: Gc<Exception>, vm: &Vm) -> Option<Gc<Dict>> {
        vm.instance_dict(this.value())
    }
    #[pygetset(setter = "__dict__")]
    fn set_dict_attr(this: Gc<Exception>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        let Some(value) = value else { return Err(vm.type_error("cannot delete __dict__")) };
        let Some(dict) = value.downcast::<Dict>() else {
            return Err(vm.type_error(format!(
                "__dict__ must be set to a dictionary, not a '{}'",
                vm.type_of(value).name()
            )));
        };
        vm.replace_instance_dict(this.value(), dict);
        Ok(())
    }
}

/// A value for `__cause__` or `__context__`.
fn chained(vm: &Vm, what: &str, value: Option<Value>) -> PyResult<Option<Value>> {
    match value {
        None => Err(vm.type_error(format!("__{what}__ may not be deleted"))),
        Some(v) if v.is_none() => Ok(None),
        Some(v) if v.is::<Exception>() => Ok(Some(v)),
        Some(_) => Err(vm.type_error(format!("exception {what} must be None or derive from BaseException"))),
    }
}

/// What `BaseException.__init__` does: positional arguments become `args`, keywords are refused.
pub(crate) fn init_args(vm: &Vm, this: Gc<Exception>, args: Args<'_>) -> PyResult<()> {
    if args.has_keywords() {
        return Err(no_keywords(vm, this));
    }
    set_args(vm, this, args.positional_values());
    Ok(())
}

/// Replaces `args` unless it holds these very values already, as it does right after `__new__`.
pub(crate) fn set_args(vm: &Vm, this: Gc<Exception>, values: &[Value]) {
    if **this.args.get() != *values {
        let args = Tuple::new(&vm.heap, values);
        this.set_args(&vm.heap, args);
    }
}

pub(crate) fn no_keywords(vm: &Vm, this: Gc<Exception>) -> Raised {
    vm.type_error(format!("{}() takes no keyword arguments", vm.type_of(this.value()).name()))
}

/// `str()` of an exception without a text of its own: of its only argument, or of all.
pub(crate) fn text(vm: &Vm, this: Gc<Exception>) -> PyResult<Gc<Str>> {
    let args = this.args.get();
    match **args.as_ref() {
        [] => Ok(vm.empty_str),
        [one] => vm.str_of(one),
        _ => vm.str_of(args.value()),
    }
}
