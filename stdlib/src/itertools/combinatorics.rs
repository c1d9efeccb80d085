//! `product`, `permutations`, `combinations` and `combinations_with_replacement`.
//!
//! Each keeps its pools as tuples and the state as indices into them; a step advances the indices in place.

use adder_interp::native::Args;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::tuple::Tuple;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::{Cell, RefCell};

/// Where an iterator stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// The first result is due: the indices as they are.
    Fresh,
    Running,
    Ended,
}

/// Indices into a pool.
struct Indices {
    state: Cell<State>,
    at: RefCell<Vec<usize>>,
}

impl Indices {
    fn new(at: Vec<usize>, empty: bool) -> Indices {
        let state = if empty { State::Ended } else { State::Fresh };
        Indices { state: Cell::new(state), at: RefCell::new(at) }
    }

    /// Goes on to the next state by `advance`, which returns false at the end; then makes the result.
    fn step(
        &self,
        advance: impl FnOnce(&mut Vec<usize>) -> bool,
        result: impl FnOnce(&[usize]) -> Value,
    ) -> Option<Value> {
        match self.state.get() {
            State::Ended => return None,
            State::Fresh => self.state.set(State::Running),
            State::Running => {
                if !advance(&mut self.at.borrow_mut()) {
                    self.state.set(State::Ended);
                    return None;
                }
            }
        }
        Some(result(&self.at.borrow()))
    }

    fn memory_size(&self) -> usize {
        self.at.borrow().len() * size_of::<usize>()
    }
}

fn pool_of(vm: &Vm, iterable: Value) -> PyResult<Gc<Tuple>> {
    let items = vm.collect(iterable)?;
    Ok(Tuple::new(&vm.heap, &items))
}

fn pick(vm: &Vm, pool: Gc<Tuple>, indices: &[usize]) -> Value {
    if indices.is_empty() {
        return vm.empty_tuple.value();
    }
    Tuple::from_fn(&vm.heap, indices.len(), |i| pool[indices[i]]).value()
}

fn non_negative(vm: &Vm, r: isize) -> PyResult<usize> {
    usize::try_from(r).map_err(|_| vm.value_error("r must be non-negative"))
}

/// Return successive r-length combinations of elements in the iterable.
///
/// combinations(range(4), 3) --> (0,1,2), (0,1,3), (0,2,3), (1,2,3)
#[pyclass(name = "combinations", module = "itertools", subclassable)]
#[derive(Trace)]
pub struct Combinations {
    pool: Gc<Tuple>,
    #[trace(skip)]
    indices: Indices,
}

#[pymethods]
impl Combinations {
    #[pynew(sig = "(iterable, r)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, iterable: Value, r: isize) -> PyResult {
        let pool = pool_of(vm, iterable)?;
        let r = non_negative(vm, r)?;
        let empty = r > pool.len();
        let indices = Indices::new(if empty { Vec::new() } else { (0..r).collect() }, empty);
        Ok(vm.new_native(cls, Combinations { pool, indices }).value())
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<Combinations>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult<Option<Value>> {
        let n = self.pool.len();
        let advance = |at: &mut Vec<usize>| {
            let r = at.len();
            // The rightmost index that can still move.
            let Some(i) = (0..r).rev().find(|&i| at[i] != i + n - r) else { return false };
            at[i] += 1;
            (i + 1..r).for_each(|j| at[j] = at[j - 1] + 1);
            true
        };
        Ok(self.indices.step(advance, |at| pick(vm, self.pool, at)))
    }
    /// Returns size in memory, in bytes.
    #[pymethod]
    fn __sizeof__(&self) -> usize {
        size_of::<Native<Combinations>>() + self.indices.memory_size()
    }
}

/// Return successive r-length combinations of elements in the iterable allowing individual elements to have successive repeats.
///
/// combinations_with_replacement('ABC', 2) --> ('A','A'), ('A','B'), ('A','C'), ('B','B'), ('B','C'), ('C','C')
#[pyclass(name = "combinations_with_replacement", module = "itertools", subclassable)]
#[derive(Trace)]
pub struct CombinationsWithReplacement {
    pool: Gc<Tuple>,
    #[trace(skip)]
    indices: Indices,
}

#[pymethods]
impl CombinationsWithReplacement {
    #[pynew(sig = "(iterable, r)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, iterable: Value, r: isize) -> PyResult {
        let pool = pool_of(vm, iterable)?;
        let r = non_negative(vm, r)?;
        let indices = Indices::new(zeros(vm, r)?, pool.is_empty() && r > 0);
        Ok(vm.new_native(cls, CombinationsWithReplacement { pool, indices }).value())
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<CombinationsWithReplacement>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult<Option<Value>> {
        let n = self.pool.len();
        let advance = |at: &mut Vec<usize>| {
            let Some(i) = at.iter().rposition(|&x| x + 1 != n) else { return false };
            let next = at[i] + 1;
            at[i..].fill(next);
            true
        };
        Ok(self.indices.step(advance, |at| pick(vm, self.pool, at)))
    }
    /// Returns size in memory, in bytes.
    #[pymethod]
    fn __sizeof__(&self) -> usize {
        size_of::<Native<CombinationsWithReplacement>>() + self.indices.memory_size()
    }
}

/// `n` zeros, or MemoryError.
fn zeros(vm: &Vm, n: usize) -> PyResult<Vec<usize>> {
    let mut v = Vec::new();
    if v.try_reserve_exact(n).is_err() {
        return Err(vm.out_of_memory());
    }
    v.resize(n, 0);
    Ok(v)
}

/// Return successive r-length permutations of elements in the iterable.
///
/// permutations(range(3), 2) --> (0,1), (0,2), (1,0), (1,2), (2,0), (2,1)
#[pyclass(name = "permutations", module = "itertools", subclassable)]
#[derive(Trace)]
pub struct Permutations {
    pool: Gc<Tuple>,
    r: usize,
    #[trace(skip)]
    indices: Indices,
    #[trace(skip)]
    cycles: RefCell<Vec<usize>>,
}

#[pymethods]
impl Permutations {
    #[pynew(sig = "(iterable, r=None)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, iterable: Value, r: Value) -> PyResult {
        let pool = pool_of(vm, iterable)?;
        let n = pool.len();
        let r = if r.is_none() {
            n
        } else {
            match adder_interp::object::int::as_int(r) {
                None => return Err(vm.type_error("Expected int as r")),
                Some(i) => match i.to_i64() {
                    Some(i) => non_negative(vm, i as isize)?,
                    None => {
                        return Err(vm.overflow_error("Python int too large to convert to C ssize_t"));
                    }
                },
            }
        };
        let empty = r > n;
        let cycles = RefCell::new(if empty { Vec::new() } else { (0..r).map(|i| n - i).collect() });
        let indices = Indices::new((0..n).collect(), empty);
        Ok(vm.new_native(cls, Permutations { pool, r, indices, cycles }).value())
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<Permutations>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult<Option<Value>> {
        let (n, r) = (self.pool.len(), self.r);
        let advance = |at: &mut Vec<usize>| {
            let mut cycles = self.cycles.borrow_mut();
            for i in (0..r).rev() {
                cycles[i] -= 1;
                if cycles[i] > 0 {
                    at.swap(i, n - cycles[i]);
                    return true;
                }
                // All items have been at this place: back to the order they had.
                at[i..].rotate_left(1);
                cycles[i] = n - i;
            }
            false
        };
        Ok(self.indices.step(advance, |at| pick(vm, self.pool, &at[..r])))
    }
    /// Returns size in memory, in bytes.
    #[pymethod]
    fn __sizeof__(&self) -> usize {
        size_of::<Native<Permutations>>() + self.indices.memory_size() + self.r * size_of::<usize>()
    }
}

/// Cartesian product of input iterables.  Equivalent to nested for-loops.
///
/// For example, product(A, B) returns the same as:  ((x,y) for x in A for y in B).
/// The leftmost iterators are in the outermost for-loop, so the output tuples
/// cycle in a manner similar to an odometer (with the rightmost element changing
/// on every iteration).
///
/// To compute the product of an iterable with itself, specify the number
/// of repetitions with the optional repeat keyword argument. For example,
/// product(A, repeat=4) means the same as product(A, A, A, A).
///
/// product('ab', range(3)) --> ('a',0) ('a',1) ('a',2) ('b',0) ('b',1) ('b',2)
/// product((0,1), (0,1), (0,1)) --> (0,0,0) (0,0,1) (0,1,0) (0,1,1) (1,0,0) ...
#[pyclass(name = "product", module = "itertools", subclassable)]
#[derive(Trace)]
pub struct Product {
    /// The pools of one round; place `i` of a result draws from pool `i` modulo their number.
    pools: Gc<Tuple>,
    #[trace(skip)]
    indices: Indices,
}

impl Product {
    fn pool(&self, place: usize) -> Gc<Tuple> {
        let pools = self.pools.as_ref();
        pools[place % pools.len()].downcast().expect("pools are tuples")
    }
}

#[pymethods]
impl Product {
    #[pynew(sig = "(*iterables, repeat=1)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        let mut repeat = 1;
        for (name, value) in args.keywords() {
            if !name.eq_str("repeat") {
                let name = name.to_string_lossy();
                return Err(vm.type_error(format!("product() got an unexpected keyword argument '{name}'")));
            }
            let n = vm.index(value)?;
            let Some(n) = n.to_i64() else {
                return Err(vm.overflow_error("Python int too large to convert to C ssize_t"));
            };
            let Ok(n) = usize::try_from(n) else {
                return Err(vm.value_error("repeat argument cannot be negative"));
            };
            repeat = n;
        }
        let iterables = if repeat == 0 { &[] } else { args.positional_values() };
        let places = match iterables.len().checked_mul(repeat) {
            Some(places) if places <= isize::MAX as usize / 8 => places,
            _ => return Err(vm.overflow_error("repeat argument too large")),
        };
        let mut pools = vm.vec();
        let mut empty = false;
        for &iterable in iterables {
            let pool = pool_of(vm, iterable)?;
            empty |= pool.is_empty();
            pools.push(&vm.heap, pool.value());
        }
        let pools = Tuple::new(&vm.heap, &pools);
        let indices = Indices::new(zeros(vm, places)?, empty);
        Ok(vm.new_native(cls, Product { pools, indices }).value())
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<Product>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult<Option<Value>> {
        let advance = |at: &mut Vec<usize>| {
            for place in (0..at.len()).rev() {
                at[place] += 1;
                if at[place] < self.pool(place).len() {
                    return true;
                }
                at[place] = 0;
            }
            false
        };
        let result = |at: &[usize]| {
            if at.is_empty() {
                return vm.empty_tuple.value();
            }
            Tuple::from_fn(&vm.heap, at.len(), |i| self.pool(i)[at[i]]).value()
        };
        Ok(self.indices.step(advance, result))
    }
    /// Returns size in memory, in bytes.
    #[pymethod]
    fn __sizeof__(&self) -> usize {
        size_of::<Native<Product>>() + self.indices.memory_size()
    }
}
