//! Builtins over iterables and iterators.

use crate::native::Args;
use crate::object::header::{Gc, Kind};
use crate::object::native::Native;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use crate::vm::compare::CompareOp;
use crate::vm::special::Special;
use adder_macros::{Trace, pyclass, pyfunction, pymethods};

/// Return True if bool(x) is True for all values x in the iterable.
///
/// If the iterable is empty, return True.
#[pyfunction(quiet, module = "builtins", sig = "(iterable, /)")]
pub(crate) fn all(vm: &Vm, iterable: Value) -> PyResult<bool> {
    let iterator = vm.iter(iterable)?;
    while let Some(item) = vm.next(iterator)? {
        if !vm.truthy(item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Return True if bool(x) is True for any x in the iterable.
///
/// If the iterable is empty, return False.
#[pyfunction(quiet, module = "builtins", sig = "(iterable, /)")]
pub(crate) fn any(vm: &Vm, iterable: Value) -> PyResult<bool> {
    let iterator = vm.iter(iterable)?;
    while let Some(item) = vm.next(iterator)? {
        if vm.truthy(item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Return the number of items in a container.
#[pyfunction(module = "builtins", sig = "(obj, /)")]
pub(crate) fn len(vm: &Vm, obj: Value) -> PyResult<usize> {
    vm.length(obj)
}

/// iter(iterable) -> iterator
/// iter(callable, sentinel) -> iterator
///
/// Get an iterator from an object.
/// In the first form, the argument must supply its own iterator, or be a sequence.
/// In the second form, the callable is called until it returns the sentinel.
#[pyfunction(module = "builtins")]
pub(crate) fn iter(vm: &Vm, object: Value, sentinel: Option<Value>) -> PyResult {
    let Some(sentinel) = sentinel else { return vm.iter(object) };
    if !vm.is_callable(object) {
        return Err(vm.type_error("iter(v, w): v must be callable"));
    }
    Ok(crate::object::iter_tools::CallableIterator::create(vm, object, sentinel))
}

/// next(iterator[, default])
///
/// Return the next item from the iterator. If default is given and the iterator
/// is exhausted, it is returned instead of raising StopIteration.
#[pyfunction(module = "builtins")]
pub(crate) fn next(vm: &Vm, iterator: Value, default: Option<Value>) -> PyResult {
    if matches!(iterator.kind(), Some(Kind::RangeIter | Kind::SeqIter)) || default.is_some() {
        return match vm.next(iterator)? {
            Some(item) => Ok(item),
            None => default.ok_or_else(|| vm.stop_iteration(None)),
        };
    }
    // The StopIteration goes on as it was raised, with its value.
    match vm.call_special(iterator, Special::Next, &[])? {
        Some(item) => Ok(item),
        None => Err(vm.type_error(format!("'{}' object is not an iterator", vm.type_of(iterator).name()))),
    }
}

/// Return a new list containing all items from the iterable in ascending order.
///
/// A custom key function can be supplied to customize the sort order, and the
/// reverse flag can be set to request the result in descending order.
#[pyfunction(quiet, module = "builtins", sig = "(iterable, /, *, key=None, reverse=False)")]
pub(crate) fn sorted(vm: &Vm, args: Args<'_>) -> PyResult {
    let given = args.positional_values();
    let [iterable] = given else {
        return Err(vm.type_error(format!("sorted expected 1 argument, got {}", given.len())));
    };
    let list = vm.list_from(vm.collect(*iterable)?);
    let sort = vm.getattr_str(list, "sort")?;
    vm.call_args(sort, Args::new(args.keyword_values(), args.kwnames()))?;
    Ok(list)
}

/// Return an AsyncIterator for an AsyncIterable object.
#[pyfunction(module = "builtins", sig = "(async_iterable, /)")]
pub(crate) fn aiter(vm: &Vm, async_iterable: Value) -> PyResult {
    let Some(iterator) = vm.call_special(async_iterable, Special::AIter, &[])? else {
        let given = vm.type_of(async_iterable).name();
        return Err(vm.type_error(format!("'{given}' object is not an async iterable")));
    };
    if vm.special_of(iterator, Special::ANext).is_none() {
        let given = vm.type_of(iterator).name();
        return Err(vm.type_error(format!("aiter() returned not an async iterator of type '{given}'")));
    }
    Ok(iterator)
}

/// Return the next item from the async iterator.
///
/// If default is given and the async iterator is exhausted,
/// it is returned instead of raising StopAsyncIteration.
#[pyfunction(module = "builtins", sig = "(aiterator, default=<unrepresentable>, /)")]
pub(crate) fn anext(vm: &Vm, aiterator: Value, default: Option<Value>) -> PyResult {
    let Some(awaitable) = vm.call_special(aiterator, Special::ANext, &[])? else {
        let given = vm.type_of(aiterator).name();
        return Err(vm.type_error(format!("'{given}' object is not an async iterator")));
    };
    match default {
        None => Ok(awaitable),
        Some(default) => {
            let class = vm.native_type(AnextAwaitable::TYPE_DEF)?;
            Ok(vm.new_native(class, AnextAwaitable { awaitable, default }).value())
        }
    }
}

/// The awaitable of `anext(aiterator, default)`.
#[pyclass(name = "anext_awaitable", module = "builtins", no_constructor)]
#[derive(Trace)]
pub struct AnextAwaitable {
    awaitable: Value,
    default: Value,
}

impl AnextAwaitable {
    /// The iterator to drive: of a coroutine itself, of anything else its `__await__()`.
    fn iterator(&self, vm: &Vm) -> PyResult {
        vm.get_awaitable(self.awaitable, 0)
    }

    /// Turns the end of the asynchronous iterator into a result.
    fn finish(&self, vm: &Vm, result: PyResult) -> PyResult {
        match result {
            Ok(v) => Ok(v),
            Err(Raised) => {
                vm.catch(vm.exceptions.stop_async_iteration)?;
                Err(vm.stop_iteration(Some(self.default)))
            }
        }
    }

    fn proxy(&self, vm: &Vm, method: &str, args: &[Value]) -> PyResult {
        let iterator = self.iterator(vm)?;
        let result = vm.call_method(iterator, method, args);
        self.finish(vm, result)
    }
}

#[pymethods]
impl AnextAwaitable {
    #[pymethod(name = "__await__")]
    fn await_(this: Gc<Native<AnextAwaitable>>) -> Gc<Native<AnextAwaitable>> {
        this
    }

    #[pymethod(name = "__iter__")]
    fn iter(this: Gc<Native<AnextAwaitable>>) -> Gc<Native<AnextAwaitable>> {
        this
    }

    #[pymethod(name = "__next__")]
    fn next(&self, vm: &Vm) -> PyResult {
        let iterator = self.iterator(vm)?;
        let result = match vm.call_special(iterator, Special::Next, &[]) {
            Ok(Some(item)) => Ok(item),
            Ok(None) => Err(vm.type_error("anext_awaitable: not an iterator")),
            Err(Raised) => Err(Raised),
        };
        self.finish(vm, result)
    }

    /// send(arg) -> send 'arg' into the wrapped iterator, return next yielded value or raise StopIteration.
    #[pymethod]
    fn send(&self, vm: &Vm, arg: Value) -> PyResult {
        self.proxy(vm, "send", &[arg])
    }

    /// throw(value) -> raise exception in the wrapped iterator.
    #[pymethod]
    fn throw(&self, vm: &Vm, args: &[Value]) -> PyResult {
        self.proxy(vm, "throw", args)
    }

    /// close() -> raise GeneratorExit inside generator.
    #[pymethod]
    fn close(&self, vm: &Vm) -> PyResult {
        self.proxy(vm, "close", &[])
    }
}

/// `max` and `min`: the first item for which no other one compares as `op` asks for.
pub fn max_or_min(vm: &Vm, args: Args<'_>, name: &str, op: CompareOp) -> PyResult {
    let given = args.positional_values();
    if given.is_empty() {
        return Err(vm.type_error(format!("{name} expected at least 1 argument, got 0")));
    }
    let (mut key, mut default) = (None, None);
    for (keyword, value) in args.keywords() {
        if keyword.eq_str("key") {
            key = Some(value).filter(|v| !v.is_none());
        } else if keyword.eq_str("default") {
            default = Some(value);
        } else {
            return Err(vm.type_error(format!(
                "{name}() got an unexpected keyword argument '{}'",
                keyword.to_string_lossy()
            )));
        }
    }
    let mut best: Option<(Value, Value)> = None;
    let mut consider = |item: Value| {
        let rank = match key {
            Some(key) => vm.call(key, &[item])?,
            None => item,
        };
        match best {
            Some((_, so_far)) if !vm.compare_bool(op, rank, so_far)? => {}
            _ => best = Some((item, rank)),
        }
        Ok(())
    };
    match given {
        [iterable] => vm.for_each(*iterable, consider)?,
        _ if default.is_some() => {
            return Err(vm.type_error(format!(
                "Cannot specify a default for {name}() with multiple positional arguments"
            )));
        }
        items => items.iter().try_for_each(|&item| consider(item))?,
    }
    match best.map(|(item, _)| item).or(default) {
        Some(found) => Ok(found),
        None => Err(vm.value_error(format!("{name}() iterable argument is empty"))),
    }
}
