//! `BaseExceptionGroup` and `ExceptionGroup`, and the two steps of `except*`.
//!
//! Members: 0 message, 1 tuple of exceptions, 2 the repr of the exceptions as they were given. Splitting works on a *condition*, which
//! is what `split()` accepts, or a set of leaves by identity (what `except*` has to raise again).

use super::base::init_args;
use super::{Exception, base};
use crate::heap::GcVec;
use crate::native::{Args, TypeDef};
use crate::object::header::Gc;
use crate::object::list::List;
use crate::object::str::Str;
use crate::object::traceback::Traceback;
use crate::object::tuple::Tuple;
use crate::object::typeobj::{Type, type_flag};
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use crate::vm::special::Special;
use adder_macros::pymethods;

const MESSAGE: usize = 0;
const EXCEPTIONS: usize = 1;
const GIVEN_REPR: usize = 2;

/// Methods of `BaseExceptionGroup`.
pub struct BaseExceptionGroup;

#[pymethods(name = "BaseExceptionGroup", kind = Exception)]
impl BaseExceptionGroup {
    #[pynew]
    fn __new__(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        let values = args.positional_values();
        let [message, given] = *values else {
            return Err(vm.type_error(format!(
                "BaseExceptionGroup.__new__() takes exactly 2 arguments ({} given)",
                values.len()
            )));
        };
        if !message.is::<Str>() {
            return Err(vm.type_error(format!(
                "BaseExceptionGroup.__new__() argument 1 must be str, not {}",
                vm.type_of(message).name()
            )));
        }
        let exceptions = exceptions_argument(vm, given)?;
        let cls = class_for(vm, cls, &exceptions)?;
        let args = Tuple::new(&vm.heap, values);
        let e = Exception::of_class(vm, cls, args);
        e.set_member(&vm.heap, MESSAGE, Some(message));
        e.set_member(&vm.heap, EXCEPTIONS, Some(exceptions.value()));
        if !given.is::<List>() && !given.is::<Tuple>() {
            // Later changes of the sequence must not show, and it cannot be printed from the tuple.
            let text = vm.repr(given)?;
            e.set_member(&vm.heap, GIVEN_REPR, Some(text.value()));
        }
        Ok(e.value())
    }

    #[pymethod]
    fn __init__(this: Gc<Exception>, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        init_args(vm, this, args)
    }

    #[pymethod]
    fn __str__(this: Gc<Exception>, vm: &Vm) -> PyResult<Gc<Str>> {
        let Some(message) = this.member(MESSAGE) else { return base::text(vm, this) };
        let n = parts(this).map_or(0, |p| p.len());
        let message = vm.str_of(message)?;
        let rest = vm.str_from(&format!(" ({n} sub-exception{})", if n == 1 { "" } else { "s" }));
        Ok(Str::concat(&vm.heap, message, rest))
    }

    #[pymethod]
    fn __repr__(this: Gc<Exception>, vm: &Vm) -> PyResult<String> {
        let name = vm.type_of(this.value()).name();
        let message = vm.repr_text(this.member(MESSAGE).unwrap_or(Value::none()))?;
        let exceptions = match (this.member(GIVEN_REPR), parts(this)) {
            (Some(text), _) => vm.str_text(text)?,
            (None, None) => "()".to_owned(),
            (None, Some(parts)) => match this.args.get().get(1) {
                Some(given) if given.is::<List>() => vm.repr_text(vm.new_list(&parts))?,
                _ => vm.repr_text(parts.value())?,
            },
        };
        Ok(format!("{name}({message}, {exceptions})"))
    }

    #[pymethod]
    fn derive(this: Gc<Exception>, vm: &Vm, exceptions: Value) -> PyResult {
        let message = this.member(MESSAGE).unwrap_or(vm.empty_str.value());
        vm.call(vm.exceptions.base_exception_group.value(), &[message, exceptions])
    }

    #[pymethod]
    fn split(this: Gc<Exception>, vm: &Vm, condition: Value) -> PyResult {
        let (matching, rest) = split(vm, this.value(), &Condition::from_value(vm, condition)?, true)?;
        let or_none = |part: Option<Value>| part.unwrap_or(Value::none());
        Ok(vm.new_tuple(&[or_none(matching), or_none(rest)]))
    }

    #[pymethod]
    fn subgroup(this: Gc<Exception>, vm: &Vm, condition: Value) -> PyResult<Option<Value>> {
        Ok(split(vm, this.value(), &Condition::from_value(vm, condition)?, false)?.0)
    }

    /// exception message
    #[pygetset]
    fn message(this: Gc<Exception>) -> Option<Value> {
        this.member(MESSAGE)
    }

    /// nested exceptions
    #[pygetset]
    fn exceptions(this: Gc<Exception>) -> Option<Value> {
        this.member(EXCEPTIONS)
    }
}

pub static BASE_EXCEPTION_GROUP: TypeDef = TypeDef {
    doc: Some("A combination of multiple unrelated exceptions."),
    methods: BaseExceptionGroup::TYPE_DEF.methods,
    getsets: BaseExceptionGroup::TYPE_DEF.getsets,
    ..TypeDef::PLAIN
};

/// The second argument of the constructor as a tuple of exceptions.
fn exceptions_argument(vm: &Vm, given: Value) -> PyResult<Gc<Tuple>> {
    let is_sequence = given.is::<List>()
        || given.is::<Tuple>()
        || (vm.special_of(given, Special::GetItem).is_some() && !given.is::<crate::object::dict::Dict>());
    if !is_sequence {
        return Err(vm.type_error("second argument (exceptions) must be a sequence"));
    }
    let items = vm.collect(given)?;
    if items.is_empty() {
        return Err(vm.value_error("second argument (exceptions) must be a non-empty sequence"));
    }
    if let Some(i) = items.iter().position(|v| !v.is::<Exception>()) {
        return Err(vm.value_error(format!("Item {i} of second argument (exceptions) is not an exception")));
    }
    Ok(Tuple::new(&vm.heap, &items))
}

/// `BaseExceptionGroup` of nothing but `Exception`s is an `ExceptionGroup`, whose subclasses take nothing else.
fn class_for(vm: &Vm, cls: Gc<Type>, exceptions: &[Value]) -> PyResult<Gc<Type>> {
    let e = &vm.exceptions;
    let plain = exceptions.iter().all(|&v| vm.type_of(v).is_subtype(e.exception));
    if cls == e.base_exception_group {
        return Ok(if plain { e.exception_group } else { cls });
    }
    if plain || !cls.is_subtype(e.exception) {
        return Ok(cls);
    }
    Err(vm.type_error(if cls == e.exception_group {
        "Cannot nest BaseExceptions in an ExceptionGroup".to_owned()
    } else {
        format!("Cannot nest BaseExceptions in '{}'", cls.name())
    }))
}

/// Whether `v` is an exception group.
pub fn is_group(vm: &Vm, v: Value) -> bool {
    v.is::<Exception>() && vm.type_of(v).is_subtype(vm.exceptions.base_exception_group)
}

/// The exceptions in a group.
pub fn parts(group: Gc<Exception>) -> Option<Gc<Tuple>> {
    group.member(EXCEPTIONS)?.downcast()
}

/// What decides which exceptions of a group are taken.
enum Condition {
    /// An exception class, or a tuple of them.
    Classes(Value),
    Predicate(Value),
    /// Leaves, by identity.
    Leaves(GcVec),
}

impl Condition {
    fn from_value(vm: &Vm, v: Value) -> PyResult<Condition> {
        let is_class = |v: Value| v.downcast::<Type>().is_some_and(|t| t.has(type_flag::IS_EXCEPTION));
        if is_class(v) {
            return Ok(Condition::Classes(v));
        }
        if let Some(classes) = v.downcast::<Tuple>() {
            if classes.iter().all(|&c| is_class(c)) {
                return Ok(Condition::Classes(v));
            }
        } else if !v.is::<Type>() && vm.special_of(v, Special::Call).is_some() {
            return Ok(Condition::Predicate(v));
        }
        Err(vm.type_error(
            "expected an exception type, a tuple of exception types, or a callable (other than a class)",
        ))
    }

    fn takes(&self, vm: &Vm, exception: Value) -> PyResult<bool> {
        match self {
            Condition::Classes(classes) => vm.exception_matches(exception, *classes),
            Condition::Predicate(f) => {
                let answer = vm.call(*f, &[exception])?;
                vm.truthy(answer)
            }
            Condition::Leaves(leaves) => Ok(!is_group(vm, exception) && leaves.contains(&exception)),
        }
    }
}

/// The part of `exception` that fulfils the condition, and, if asked for, the rest.
fn split(
    vm: &Vm,
    exception: Value,
    condition: &Condition,
    want_rest: bool,
) -> PyResult<(Option<Value>, Option<Value>)> {
    if condition.takes(vm, exception)? {
        return Ok((Some(exception), None));
    }
    if !is_group(vm, exception) {
        return Ok((None, want_rest.then_some(exception)));
    }
    vm.check_native_stack(" in exceptiongroup_split_recursive")?;
    let group: Gc<Exception> = exception.downcast().expect("a group is an exception");
    let (mut taken, mut left) = (vm.vec(), vm.vec());
    let exceptions = parts(group);
    for &e in exceptions.iter().flat_map(|p| p.iter()) {
        let (a, b) = split(vm, e, condition, want_rest)?;
        a.into_iter().for_each(|e| taken.push(&vm.heap, e));
        b.into_iter().for_each(|e| left.push(&vm.heap, e));
    }
    let matching = subset(vm, group, &taken)?;
    let rest = if want_rest { subset(vm, group, &left)? } else { None };
    Ok((matching, rest))
}

/// A group derived from `original` with some of its exceptions; it keeps traceback, chaining and notes.
fn subset(vm: &Vm, original: Gc<Exception>, exceptions: &[Value]) -> PyResult<Option<Value>> {
    if exceptions.is_empty() {
        return Ok(None);
    }
    let list = vm.new_list(exceptions);
    let derived = vm.call_method(original.value(), "derive", &[list])?;
    let Some(e) = derived.downcast::<Exception>().filter(|_| is_group(vm, derived)) else {
        return Err(vm.type_error("derive must return an instance of BaseExceptionGroup"));
    };
    e.set_traceback(&vm.heap, original.traceback.get());
    e.set_context(&vm.heap, original.context.get());
    // Setting the cause suppresses the context, even where there is none.
    e.set_cause(&vm.heap, original.cause.get());
    if let Some(notes) = vm.getattr_opt(original.value(), vm.names.__notes__)?
        && (notes.is::<List>() || notes.is::<Tuple>())
    {
        // A copy: adding a note to one of the groups must not add it to the other.
        let copy = vm.collect(notes)?;
        let copy = vm.list_from(copy);
        vm.setattr(derived, vm.names.__notes__, Some(copy))?;
    }
    Ok(Some(derived))
}

/// First step of an `except*` clause: what `exception` has for `classes`, and the rest.
pub fn match_star(vm: &Vm, exception: Value, classes: Value) -> PyResult<(Option<Value>, Option<Value>)> {
    check_star_classes(vm, classes)?;
    if vm.exception_matches(exception, classes)? {
        if is_group(vm, exception) {
            return Ok((Some(exception), None));
        }
        return Ok((Some(wrap(vm, exception)?), None));
    }
    if !is_group(vm, exception) {
        return Ok((None, Some(exception)));
    }
    let pair = vm.call_method(exception, "split", &[classes])?;
    let name = || vm.type_of(exception).name();
    let Some(pair) = pair.downcast::<Tuple>() else {
        let given = vm.type_of(pair).name();
        return Err(vm.type_error(format!("{}.split must return a tuple, not {given}", name())));
    };
    if pair.len() < 2 {
        let n = pair.len();
        return Err(vm.type_error(format!("{}.split must return a 2-tuple, got tuple of size {n}", name())));
    }
    let present = |v: Value| (!v.is_none()).then_some(v);
    Ok((present(pair[0]), present(pair[1])))
}

fn check_star_classes(vm: &Vm, classes: Value) -> PyResult<()> {
    let list = match classes.downcast::<Tuple>() {
        Some(tuple) => tuple,
        None => Tuple::new(&vm.heap, &[classes]),
    };
    for &c in list.iter() {
        match c.downcast::<Type>() {
            Some(c) if !c.has(type_flag::IS_EXCEPTION) => return Err(not_an_exception_class(vm)),
            Some(c) if c.is_subtype(vm.exceptions.base_exception_group) => {
                return Err(
                    vm.type_error("catching ExceptionGroup with except* is not allowed. Use except instead.")
                );
            }
            Some(_) => {}
            None => return Err(not_an_exception_class(vm)),
        }
    }
    Ok(())
}

fn not_an_exception_class(vm: &Vm) -> Raised {
    vm.type_error("catching classes that do not inherit from BaseException is not allowed")
}

/// A group around an exception that `except*` caught bare; its traceback starts here.
fn wrap(vm: &Vm, exception: Value) -> PyResult {
    let list = vm.new_list(&[exception]);
    let group = vm.call(vm.exceptions.base_exception_group.value(), &[vm.empty_str.value(), list])?;
    if let (Some(e), Some(frame)) = (group.downcast::<Exception>(), vm.current_frame()) {
        let code = frame.window.code();
        let index = code.index_of(frame.pc) as u32;
        let frame = vm.frame_object(frame);
        let tb = Traceback::new(&vm.heap, None, frame.value(), code, index);
        e.set_traceback(&vm.heap, Some(tb));
    }
    Ok(group)
}

/// End of an `except*` statement: what is to be raised, given the original exception and the list of exceptions that the clauses raised,
/// the unhandled rest last.
///
/// Parts of the original that were raised again (they share its traceback and chaining) are merged into the shape of the
/// original; new exceptions stand beside it.
pub fn prepare_reraise_star(vm: &Vm, original: Value, results: Value) -> PyResult {
    let results = vm.collect(results)?;
    let mut remaining = vm.vec();
    results.iter().filter(|v| !v.is_none()).for_each(|&v| remaining.push(&vm.heap, v));
    if remaining.is_empty() {
        return Ok(Value::none());
    }
    let Some(group) = original.downcast::<Exception>().filter(|_| is_group(vm, original)) else {
        // A bare exception was wrapped for the one clause that could match: there is at most one result.
        return Ok(remaining[0]);
    };
    let (mut raised, mut again) = (vm.vec(), vm.vec());
    for &e in remaining.iter() {
        let same = same_metadata(vm, e, group);
        (if same { &mut again } else { &mut raised }).push(&vm.heap, e);
    }
    let mut leaves = vm.vec();
    again.iter().for_each(|&e| collect_leaves(vm, e, &mut leaves));
    let unhandled =
        if leaves.is_empty() { None } else { split(vm, original, &Condition::Leaves(leaves), false)?.0 };
    if raised.is_empty() {
        return Ok(unhandled.unwrap_or(Value::none()));
    }
    if let Some(unhandled) = unhandled {
        raised.push(&vm.heap, unhandled);
    }
    if let [one] = *raised {
        return Ok(one);
    }
    let list = vm.list_from(raised);
    vm.call(vm.exceptions.base_exception_group.value(), &[vm.empty_str.value(), list])
}

fn collect_leaves(vm: &Vm, e: Value, leaves: &mut GcVec) {
    if !is_group(vm, e) {
        leaves.push(&vm.heap, e);
        return;
    }
    let exceptions = e.downcast::<Exception>().and_then(parts);
    for &part in exceptions.iter().flat_map(|p| p.iter()) {
        collect_leaves(vm, part, leaves);
    }
}

/// Whether `e` was split off `original` and not changed since.
fn same_metadata(vm: &Vm, e: Value, original: Gc<Exception>) -> bool {
    let Some(group) = e.downcast::<Exception>().filter(|_| is_group(vm, e)) else { return false };
    group.traceback.get() == original.traceback.get()
        && group.context.get() == original.context.get()
        && group.cause.get() == original.cause.get()
}
