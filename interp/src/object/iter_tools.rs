//! The iterators that `enumerate`, `zip`, `map`, `filter` and `iter(callable, sentinel)` return.
//!
//! They are native objects with shapes of their own, so that the interpreter can tell them by one compare.

use super::header::{Gc, Kind};
use super::iter::SeqIter;
use super::list::List;
use super::native::Native;
use super::shape::shape_id;
use super::tuple::Tuple;
use super::typeobj::Type;
use crate::heap::GcVec;
use crate::native::Args;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use adder_numeric::{Int, int_arith};
use std::cell::Cell;

/// Return an enumerate object.
///
///   iterable
///     an object supporting iteration
///
/// The enumerate object yields pairs containing a count (from start, which
/// defaults to zero) and a value yielded by the iterable argument.
///
/// enumerate is useful for obtaining an indexed list:
///     (0, seq[0]), (1, seq[1]), (2, seq[2]), ...
#[pyclass(name = "enumerate", subclassable)]
#[derive(Trace)]
pub struct Enumerate {
    pub iterator: Value,
    pub index: Cell<i64>,
    /// The index once it has left the range of `i64`.
    pub big_index: Cell<Option<Value>>,
}

/// The arguments of `enumerate(iterable, start=0)`, with that function's own error wording.
fn enumerate_args(vm: &Vm, args: Args<'_>) -> PyResult<(Value, Option<Value>)> {
    let positional = args.positional_values();
    let total = args.all_values().len();
    if total == 0 {
        return Err(vm.type_error("enumerate() missing required argument 'iterable'"));
    }
    if total > 2 {
        return Err(vm.type_error(format!("enumerate() takes at most 2 arguments ({total} given)")));
    }
    let (mut iterable, mut start) = (positional.first().copied(), positional.get(1).copied());
    for (name, value) in args.keywords() {
        let slot = match &*name.to_string_lossy() {
            // A lone keyword has to be the one that is missing.
            "iterable" if iterable.is_none() => &mut iterable,
            "start" if start.is_none() && (!positional.is_empty() || total == 2) => &mut start,
            other => {
                return Err(
                    vm.type_error(format!("'{other}' is an invalid keyword argument for enumerate()"))
                );
            }
        };
        *slot = Some(value);
    }
    match iterable {
        Some(iterable) => Ok((iterable, start)),
        None => Err(vm.type_error("enumerate() missing required argument 'iterable'")),
    }
}

impl Enumerate {
    /// `enumerate` of an iterator whose next item has this number.
    pub(crate) fn of_iterator(vm: &Vm, iterator: Value, index: i64) -> Value {
        let payload = Enumerate { iterator, index: Cell::new(index), big_index: Cell::new(None) };
        vm.new_native(vm.types.enumerate, payload).value()
    }

    fn next_index(&self, vm: &Vm) -> Value {
        if let Some(big) = self.big_index.get() {
            let next = crate::object::int::as_int(big).map(|n| int_arith::add(&n, &Int::ONE));
            self.big_index.set(next.map(|n| vm.new_int_from(n)));
            return big;
        }
        let i = self.index.get();
        match i.checked_add(1) {
            Some(next) => self.index.set(next),
            None => self.big_index.set(Some(vm.new_int_from(int_arith::add(&Int::Small(i), &Int::ONE)))),
        }
        vm.new_int(i)
    }
}

#[pymethods(def = ENUMERATE_DEF)]
impl Enumerate {
    #[pynew(sig = "(iterable, start=0)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        let (iterable, start) = enumerate_args(vm, args)?;
        let (mut index, mut big) = (0, None);
        if let Some(start) = start {
            let n = vm.index(start)?.to_int();
            match n.to_i64() {
                Some(i) => index = i,
                None => big = Some(vm.new_int_from(n)),
            }
        }
        let iterator = vm.iter(iterable)?;
        let payload = Enumerate { iterator, index: Cell::new(index), big_index: Cell::new(big) };
        Ok(vm.new_native(cls, payload).value())
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<Enumerate>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult<Option<Value>> {
        let Some(item) = vm.next(self.iterator)? else { return Ok(None) };
        let index = self.next_index(vm);
        Ok(Some(vm.new_tuple(&[index, item])))
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(this: Gc<Native<Enumerate>>, vm: &Vm) -> Value {
        let index = this.big_index.get().unwrap_or_else(|| vm.new_int(this.index.get()));
        let args = vm.new_tuple(&[this.iterator, index]);
        vm.new_tuple(&[vm.type_of(this.value()).value(), args])
    }
    /// See PEP 585
    #[pyclassmethod(sig = "(object, /)")]
    fn __class_getitem__(cls: Gc<Type>, vm: &Vm, object: Value) -> PyResult {
        vm.generic_alias(cls, object)
    }
}

/// Iterators of all arguments.
fn iterators(vm: &Vm, iterables: &[Value]) -> PyResult<Gc<Tuple>> {
    let mut made = GcVec::with_capacity(&vm.heap, iterables.len());
    for &iterable in iterables {
        made.push(&vm.heap, vm.iter(iterable)?);
    }
    Ok(Tuple::new(&vm.heap, &made))
}

/// One step of the iterators that loops use most; `None` for any other.
#[inline]
pub fn step(vm: &Vm, iterator: Value) -> Option<PyResult<Option<Value>>> {
    match vm.shape_of(iterator) {
        shape_id::ZIP => Some(iterator.downcast::<Native<Zip>>()?.__next__(vm)),
        shape_id::ENUMERATE => Some(iterator.downcast::<Native<Enumerate>>()?.__next__(vm)),
        shape_id::MAP => Some(iterator.downcast::<Native<Map>>()?.__next__(vm)),
        shape_id::FILTER => Some(iterator.downcast::<Native<Filter>>()?.__next__(vm)),
        _ => None,
    }
}

/// An item of the iterators that loops use most.
#[inline(always)]
fn next_of(vm: &Vm, iterator: Value) -> PyResult<Option<Value>> {
    if vm.shape_of(iterator) == shape_id::LIST_ITERATOR
        && let Some(iter) = iterator.downcast::<SeqIter>()
        && let Some(list) = iter.container.get().and_then(|c| c.downcast::<List>())
    {
        let item = list.get(iter.index.get());
        match item {
            Some(_) => iter.index.set(iter.index.get() + 1),
            None => iter.container.set(None),
        }
        return Ok(item);
    }
    vm.next(iterator)
}

/// Most parts of an item that [`step_into`] takes apart.
pub const MAX_PARTS: usize = 4;

/// Steps an iterator whose items are tuples of `n` parts without making the tuple: `None` when it is none of those that can,
/// else whether there was an item. `out` is only written then.
///
/// # Safety
/// `out` has room for `n` values.
pub unsafe fn step_into(
    vm: &Vm,
    iterator: Value,
    out: *mut Option<Value>,
    n: usize,
) -> Option<PyResult<bool>> {
    let mut parts = [Value::none(); MAX_PARTS];
    let put = |i: usize, v: Value| {
        // SAFETY: promised by the caller, for numbers below `n`.
        unsafe { *out.add(i) = Some(v) }
    };
    match vm.shape_of(iterator) {
        shape_id::ENUMERATE if n == 2 => {
            let this = iterator.downcast::<Native<Enumerate>>()?;
            let item = match next_of(vm, this.iterator) {
                Ok(Some(item)) => item,
                Ok(None) => return Some(Ok(false)),
                Err(e) => return Some(Err(e)),
            };
            let small = Value::try_small_int(this.index.get()).filter(|_| this.big_index.get().is_none());
            let index = match small {
                Some(index) => {
                    this.index.set(this.index.get() + 1);
                    index
                }
                None => this.next_index(vm),
            };
            put(0, index);
            put(1, item);
            return Some(Ok(true));
        }
        shape_id::ZIP if n <= MAX_PARTS => {
            let this = iterator.downcast::<Native<Zip>>()?;
            let iterators = this.sources.iterators.as_ref();
            if iterators.len() != n {
                return None;
            }
            for (i, &source) in iterators.iter().enumerate() {
                match next_of(vm, source) {
                    Ok(Some(item)) => parts[i] = item,
                    Ok(None) => {
                        let ended = this.sources.ended::<()>(vm, "zip", i);
                        return Some(ended.map(|_| false));
                    }
                    Err(e) => return Some(Err(e)),
                }
            }
        }
        _ => return None,
    }
    put(0, parts[0]);
    for (i, &part) in parts.iter().enumerate().skip(1) {
        if i < n {
            put(i, part);
        }
    }
    Some(Ok(true))
}

/// Iterators walked in step.
#[derive(Trace)]
struct Lockstep {
    iterators: Gc<Tuple>,
    /// Iterators of different lengths are an error.
    strict: Cell<bool>,
}

impl Lockstep {
    /// One item of each iterator, passed to `f`; `None` when one is exhausted.
    #[inline]
    fn step<R>(&self, vm: &Vm, name: &str, f: impl FnOnce(&[Value]) -> PyResult<R>) -> PyResult<Option<R>> {
        let iterators = self.iterators.as_ref();
        match **iterators {
            [] => Ok(None),
            [only] => match vm.next(only)? {
                Some(item) => f(&[item]).map(Some),
                None => Ok(None),
            },
            [first, second] => {
                let Some(x) = vm.next(first)? else { return self.ended(vm, name, 0) };
                let Some(y) = vm.next(second)? else { return self.ended(vm, name, 1) };
                f(&[x, y]).map(Some)
            }
            _ => {
                let mut items = GcVec::with_capacity(&vm.heap, iterators.len());
                for (i, &iterator) in iterators.iter().enumerate() {
                    match vm.next(iterator)? {
                        Some(item) => items.push(&vm.heap, item),
                        None => return self.ended(vm, name, i),
                    }
                }
                f(&items).map(Some)
            }
        }
    }

    /// Iterator `at` is the first that is exhausted.
    fn ended<R>(&self, vm: &Vm, name: &str, at: usize) -> PyResult<Option<R>> {
        if !self.strict.get() {
            return Ok(None);
        }
        let mismatch = |at: usize, what: &str| -> Raised {
            let others = if at == 1 { "1".to_owned() } else { format!("s 1-{at}") };
            let space = if at == 1 { " " } else { "" };
            vm.value_error(format!("{name}() argument {} is {what} than argument{space}{others}", at + 1))
        };
        if at > 0 {
            return Err(mismatch(at, "shorter"));
        }
        for (i, &iterator) in self.iterators.as_ref().iter().enumerate().skip(1) {
            if vm.next(iterator)?.is_some() {
                return Err(mismatch(i, "longer"));
            }
        }
        Ok(None)
    }
}

/// The zip object yields n-length tuples, where n is the number of iterables
/// passed as positional arguments to zip().  The i-th element in every tuple
/// comes from the i-th iterable argument to zip().  This continues until the
/// shortest argument is exhausted.
///
/// If strict is true and one of the arguments is exhausted before the others,
/// raise a ValueError.
///
///    >>> list(zip('abcdefg', range(3), range(4)))
///    [('a', 0, 0), ('b', 1, 1), ('c', 2, 2)]
#[pyclass(name = "zip", subclassable)]
#[derive(Trace)]
pub struct Zip {
    sources: Lockstep,
}

impl Zip {
    /// `zip` of two iterators.
    pub(crate) fn of_iterators(vm: &Vm, first: Value, second: Value) -> Value {
        let iterators = Tuple::new(&vm.heap, &[first, second]);
        let payload = Zip { sources: Lockstep { iterators, strict: Cell::new(false) } };
        vm.new_native(vm.types.zip, payload).value()
    }

    /// The iterators and whether they have to be of one length.
    pub fn sources(&self) -> (Gc<Tuple>, bool) {
        (self.sources.iterators, self.sources.strict.get())
    }
}

#[pymethods(def = ZIP_DEF)]
impl Zip {
    #[pynew(sig = "(*iterables, strict=False)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, iterables: &[Value], strict: bool) -> PyResult {
        let iterators = iterators(vm, iterables)?;
        let sources = Lockstep { iterators, strict: Cell::new(strict) };
        Ok(vm.new_native(cls, Zip { sources }).value())
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<Zip>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult<Option<Value>> {
        self.sources.step(vm, "zip", |items| Ok(vm.new_tuple(items)))
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(this: Gc<Native<Zip>>, vm: &Vm) -> Value {
        let class = vm.type_of(this.value()).value();
        let iterators = this.sources.iterators.value();
        if this.sources.strict.get() {
            return vm.new_tuple(&[class, iterators, Value::bool(true)]);
        }
        vm.new_tuple(&[class, iterators])
    }
    /// Set state information for unpickling.
    #[pymethod]
    fn __setstate__(&self, vm: &Vm, state: Value) -> PyResult<()> {
        self.sources.strict.set(vm.truthy(state)?);
        Ok(())
    }
}

/// Make an iterator that computes the function using arguments from
/// each of the iterables.  Stops when the shortest iterable is exhausted.
///
/// If strict is true and one of the arguments is exhausted before the others,
/// raise a ValueError.
#[pyclass(name = "map", subclassable)]
#[derive(Trace)]
pub struct Map {
    pub function: Value,
    sources: Lockstep,
}

#[pymethods(def = MAP_DEF)]
impl Map {
    #[pynew(sig = "(function, iterable, /, *iterables, strict=False)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        let mut strict = false;
        for (name, value) in args.keywords() {
            if !name.eq_str("strict") {
                let name = name.to_string_lossy();
                return Err(vm.type_error(format!("map() got an unexpected keyword argument '{name}'")));
            }
            strict = vm.truthy(value)?;
        }
        let [function, iterables @ ..] = args.positional_values() else {
            return Err(vm.type_error("map() must have at least two arguments."));
        };
        if iterables.is_empty() {
            return Err(vm.type_error("map() must have at least two arguments."));
        }
        let iterators = iterators(vm, iterables)?;
        let sources = Lockstep { iterators, strict: Cell::new(strict) };
        Ok(vm.new_native(cls, Map { function: *function, sources }).value())
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<Map>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult<Option<Value>> {
        self.sources.step(vm, "map", |items| match self.function.kind() {
            Some(Kind::Function) => {
                let function = self.function.downcast().expect("kind");
                vm.run_function(function, Args::positional(items), 0)
            }
            _ => vm.call(self.function, items),
        })
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(this: Gc<Native<Map>>, vm: &Vm) -> Value {
        let mut args = GcVec::new();
        args.push(&vm.heap, this.function);
        args.extend_from_slice(&vm.heap, &this.sources.iterators);
        let args = vm.new_tuple(&args);
        let class = vm.type_of(this.value()).value();
        if this.sources.strict.get() {
            return vm.new_tuple(&[class, args, Value::bool(true)]);
        }
        vm.new_tuple(&[class, args])
    }
    /// Set state information for unpickling.
    #[pymethod]
    fn __setstate__(&self, vm: &Vm, state: Value) -> PyResult<()> {
        self.sources.strict.set(vm.truthy(state)?);
        Ok(())
    }
}

/// Return an iterator yielding those items of iterable for which function(item)
/// is true. If function is None, return the items that are true.
#[pyclass(name = "filter", subclassable)]
#[derive(Trace)]
pub struct Filter {
    pub function: Value,
    pub iterator: Value,
}

#[pymethods(def = FILTER_DEF)]
impl Filter {
    #[pynew(sig = "(function, iterable, /)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, function: Value, iterable: Value) -> PyResult {
        let iterator = vm.iter(iterable)?;
        Ok(vm.new_native(cls, Filter { function, iterator }).value())
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<Filter>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult<Option<Value>> {
        let by_truth = self.function.is_none() || self.function == vm.types.bool_.value();
        while let Some(item) = vm.next(self.iterator)? {
            let verdict = if by_truth { item } else { vm.call(self.function, &[item])? };
            if vm.truthy(verdict)? {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(this: Gc<Native<Filter>>, vm: &Vm) -> Value {
        let args = vm.new_tuple(&[this.function, this.iterator]);
        vm.new_tuple(&[vm.type_of(this.value()).value(), args])
    }
}

/// Calls a function until it returns the sentinel: what `iter(callable, sentinel)` makes.
#[pyclass(name = "callable_iterator")]
#[derive(Trace)]
pub struct CallableIterator {
    /// Callable and sentinel; empty once exhausted.
    parts: Cell<Option<(Value, Value)>>,
}

impl CallableIterator {
    /// `iter(callable, sentinel)` for something callable.
    pub fn create(vm: &Vm, callable: Value, sentinel: Value) -> Value {
        let payload = CallableIterator { parts: Cell::new(Some((callable, sentinel))) };
        Native::alloc(&vm.heap, shape_id::CALLABLE_ITERATOR, 0, payload).value()
    }
}

#[pymethods(def = CALLABLE_ITERATOR_DEF)]
impl CallableIterator {
    #[pymethod]
    fn __iter__(this: Gc<Native<CallableIterator>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult<Option<Value>> {
        let Some((callable, sentinel)) = self.parts.get() else { return Ok(None) };
        let item = match vm.call(callable, &[]) {
            Ok(item) => item,
            Err(Raised) => {
                vm.catch(vm.exceptions.stop_iteration)?;
                self.parts.set(None);
                return Ok(None);
            }
        };
        // The call may have exhausted the iterator itself.
        if self.parts.get().is_some() && !vm.eq(item, sentinel)? {
            return Ok(Some(item));
        }
        self.parts.set(None);
        Ok(None)
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(&self, vm: &Vm) -> PyResult {
        let iter = vm.builtin_function("iter")?;
        let args = match self.parts.get() {
            Some((callable, sentinel)) => vm.new_tuple(&[callable, sentinel]),
            None => {
                let empty = vm.new_tuple(&[]);
                vm.new_tuple(&[empty])
            }
        };
        Ok(vm.new_tuple(&[iter, args]))
    }
}

/// Where machine code finds the fields.
pub mod offset {
    use super::{Enumerate, Lockstep, Native, Zip};
    use std::mem::offset_of;

    pub const ENUMERATE_ITERATOR: usize = offset_of!(Native<Enumerate>, payload.iterator);
    pub const ENUMERATE_INDEX: usize = offset_of!(Native<Enumerate>, payload.index);
    /// Empty as long as the index fits an `i64`.
    pub const ENUMERATE_BIG_INDEX: usize = offset_of!(Native<Enumerate>, payload.big_index);
    pub const ZIP_ITERATORS: usize =
        offset_of!(Native<Zip>, payload.sources) + offset_of!(Lockstep, iterators);
    pub const ZIP_STRICT: usize = offset_of!(Native<Zip>, payload.sources) + offset_of!(Lockstep, strict);
}
