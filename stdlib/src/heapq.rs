//! `_heapq`: a list as a binary heap, smallest (or, with `_max`, largest) item first.
//!
//! Comparisons may run Python code that changes the list: positions are checked again after each. Items whose comparison
//! runs no code (numbers, strings, tuples of those) take a shorter way, on which the item that looks for its place is held
//! outside of the list.

use adder_interp::object::header::Gc;
use adder_interp::object::list::List;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;

pub use functions::MODULE;

/// Which item comes out first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Min,
    Max,
}

struct Heap<'a> {
    vm: &'a Vm,
    list: Gc<List>,
    order: Order,
    /// The length the list must keep.
    len: usize,
}

#[cold]
fn changed(vm: &Vm) -> Raised {
    vm.runtime_error("list changed size during iteration")
}

impl<'a> Heap<'a> {
    fn new(vm: &'a Vm, list: Gc<List>, order: Order) -> Heap<'a> {
        Heap { vm, list, order, len: list.len() }
    }

    /// Whether `a` belongs above `b`.
    #[inline]
    fn before(&self, a: Value, b: Value) -> PyResult<bool> {
        let above = match self.order {
            Order::Min => self.vm.less(a, b)?,
            Order::Max => self.vm.less(b, a)?,
        };
        if self.list.len() != self.len {
            return Err(changed(self.vm));
        }
        Ok(above)
    }

    fn get(&self, at: usize) -> PyResult {
        self.list.get(at).ok_or_else(|| changed(self.vm))
    }

    /// As [`Self::before`], where that runs no code.
    #[inline(always)]
    fn known_before(&self, a: Value, b: Value) -> Option<bool> {
        match self.order {
            Order::Min => self.vm.known_less(a, b),
            Order::Max => self.vm.known_less(b, a),
        }
    }

    /// The item at `at` goes up, not above `start`, for as long as comparisons run no code. Where it is then, and whether
    /// that is its place.
    #[inline]
    fn rise_quietly(&self, start: usize, mut at: usize) -> (usize, bool) {
        let Some(item) = self.list.get(at) else { return (at, false) };
        let mut known = Some(true);
        while at > start {
            let parent_at = (at - 1) / 2;
            let Some(parent) = self.list.get(parent_at) else { break };
            known = self.known_before(item, parent);
            if known != Some(true) {
                break;
            }
            self.list.set(&self.vm.heap, at, parent);
            at = parent_at;
        }
        self.list.set(&self.vm.heap, at, item);
        (at, known.is_some())
    }

    /// The item at `start` goes down along the better children for as long as comparisons run no code. Where it is then.
    #[inline]
    fn sink_quietly(&self, start: usize) -> usize {
        let Some(item) = self.list.get(start) else { return start };
        let mut at = start;
        while 2 * at + 1 < self.len {
            let mut child = 2 * at + 1;
            let Some(mut better) = self.list.get(child) else { break };
            if child + 1 < self.len {
                let Some(other) = self.list.get(child + 1) else { break };
                match self.known_before(better, other) {
                    Some(true) => {}
                    Some(false) => (child, better) = (child + 1, other),
                    None => break,
                }
            }
            self.list.set(&self.vm.heap, at, better);
            at = child;
        }
        self.list.set(&self.vm.heap, at, item);
        at
    }

    /// Moves the item at `at` up, not above `start`.
    fn rise(&self, start: usize, at: usize) -> PyResult<()> {
        let (mut at, done) = self.rise_quietly(start, at);
        if done {
            return Ok(());
        }
        let item = self.get(at)?;
        while at > start {
            let parent_at = (at - 1) / 2;
            let parent = self.get(parent_at)?;
            if !self.before(item, parent)? {
                break;
            }
            // The comparison may have replaced items: exchange what is there now.
            let (below, above) = (self.get(at)?, self.get(parent_at)?);
            self.list.set(&self.vm.heap, at, above);
            self.list.set(&self.vm.heap, parent_at, below);
            at = parent_at;
        }
        Ok(())
    }

    /// Moves the item at `start` to a leaf along the better children, then up to its place.
    fn sink(&self, start: usize) -> PyResult<()> {
        let mut at = self.sink_quietly(start);
        while 2 * at + 1 < self.len {
            let mut child = 2 * at + 1;
            if child + 1 < self.len && !self.before(self.get(child)?, self.get(child + 1)?)? {
                child += 1;
            }
            let (above, below) = (self.get(at)?, self.get(child)?);
            self.list.set(&self.vm.heap, at, below);
            self.list.set(&self.vm.heap, child, above);
            at = child;
        }
        self.rise(start, at)
    }
}

fn push(vm: &Vm, list: Gc<List>, item: Value, order: Order) -> PyResult<()> {
    list.push(&vm.heap, item);
    Heap::new(vm, list, order).rise(0, list.len() - 1)
}

fn pop(vm: &Vm, list: Gc<List>, order: Order) -> PyResult {
    let Some(last) = list.pop() else { return Err(vm.index_error("index out of range")) };
    let Some(top) = list.get(0) else { return Ok(last) };
    list.set(&vm.heap, 0, last);
    Heap::new(vm, list, order).sink(0)?;
    Ok(top)
}

fn replace(vm: &Vm, list: Gc<List>, item: Value, order: Order) -> PyResult {
    let Some(top) = list.get(0) else { return Err(vm.index_error("index out of range")) };
    list.set(&vm.heap, 0, item);
    Heap::new(vm, list, order).sink(0)?;
    Ok(top)
}

fn push_pop(vm: &Vm, list: Gc<List>, item: Value, order: Order) -> PyResult {
    let Some(top) = list.get(0) else { return Ok(item) };
    let above = match order {
        Order::Min => vm.less(top, item)?,
        Order::Max => vm.less(item, top)?,
    };
    if !above {
        return Ok(item);
    }
    match list.get(0) {
        Some(_) => replace(vm, list, item, order),
        None => Err(vm.index_error("index out of range")),
    }
}

fn heapify(vm: &Vm, list: Gc<List>, order: Order) -> PyResult<()> {
    let heap = Heap::new(vm, list, order);
    (0..list.len() / 2).rev().try_for_each(|at| heap.sink(at))
}

/// Heap queue algorithm (a.k.a. priority queue).
///
/// Heaps are arrays for which a[k] <= a[2*k+1] and a[k] <= a[2*k+2] for
/// all k, counting elements from 0.  For the sake of comparison,
/// non-existing elements are considered to be infinite.  The interesting
/// property of a heap is that a[0] is always its smallest element.
#[adder_macros::pymodule(name = "_heapq")]
mod functions {
    use super::*;

    /// Push item onto heap, maintaining the heap invariant.
    #[pyfunction]
    fn heappush(vm: &Vm, heap: Gc<List>, item: Value) -> PyResult<()> {
        push(vm, heap, item, Order::Min)
    }
    /// Push item on the heap, then pop and return the smallest item from the heap.
    ///
    /// The combined action runs more efficiently than heappush() followed by
    /// a separate call to heappop().
    #[pyfunction]
    fn heappushpop(vm: &Vm, heap: Gc<List>, item: Value) -> PyResult {
        push_pop(vm, heap, item, Order::Min)
    }
    /// Pop the smallest item off the heap, maintaining the heap invariant.
    #[pyfunction]
    fn heappop(vm: &Vm, heap: Gc<List>) -> PyResult {
        pop(vm, heap, Order::Min)
    }
    /// Pop and return the current smallest value, and add the new item.
    ///
    /// This is more efficient than heappop() followed by heappush(), and can be
    /// more appropriate when using a fixed-size heap.  Note that the value
    /// returned may be larger than item!  That constrains reasonable uses of
    /// this routine unless written as part of a conditional replacement:
    ///
    ///     if item > heap[0]:
    ///         item = heapreplace(heap, item)
    #[pyfunction]
    fn heapreplace(vm: &Vm, heap: Gc<List>, item: Value) -> PyResult {
        replace(vm, heap, item, Order::Min)
    }
    /// Transform list into a heap, in-place, in O(len(heap)) time.
    #[pyfunction(name = "heapify")]
    fn heapify_min(vm: &Vm, heap: Gc<List>) -> PyResult<()> {
        heapify(vm, heap, Order::Min)
    }
    /// Push item onto max heap, maintaining the heap invariant.
    #[pyfunction]
    fn heappush_max(vm: &Vm, heap: Gc<List>, item: Value) -> PyResult<()> {
        push(vm, heap, item, Order::Max)
    }
    /// Maxheap variant of heappushpop.
    ///
    /// The combined action runs more efficiently than heappush_max() followed by
    /// a separate call to heappop_max().
    #[pyfunction]
    fn heappushpop_max(vm: &Vm, heap: Gc<List>, item: Value) -> PyResult {
        push_pop(vm, heap, item, Order::Max)
    }
    /// Maxheap variant of heappop.
    #[pyfunction]
    fn heappop_max(vm: &Vm, heap: Gc<List>) -> PyResult {
        pop(vm, heap, Order::Max)
    }
    /// Maxheap variant of heapreplace.
    #[pyfunction]
    fn heapreplace_max(vm: &Vm, heap: Gc<List>, item: Value) -> PyResult {
        replace(vm, heap, item, Order::Max)
    }
    /// Maxheap variant of heapify.
    #[pyfunction]
    fn heapify_max(vm: &Vm, heap: Gc<List>) -> PyResult<()> {
        heapify(vm, heap, Order::Max)
    }
}
