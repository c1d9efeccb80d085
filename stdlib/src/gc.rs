//! `gc`: the interface to the collector.
//!
//! There is one tracing collector, which finds all garbage. CPython's thresholds and debug flags are kept for programs that set them; generations are
//! 0 and 1 (a minor collection) and 2 (a full one).

use adder_interp::heap::inspect;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::{Gc, flag};
use adder_interp::object::list::List;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::pymodule;

/// This module provides access to the garbage collector for reference cycles.
///
/// enable() -- Enable automatic garbage collection.
/// disable() -- Disable automatic garbage collection.
/// isenabled() -- Returns true if automatic collection is enabled.
/// collect() -- Do a full collection right now.
/// get_count() -- Return the current collection counts.
/// get_stats() -- Return list of dictionaries containing per-generation stats.
/// set_debug() -- Set debugging flags.
/// get_debug() -- Get debugging flags.
/// set_threshold() -- Set the collection thresholds.
/// get_threshold() -- Return the current collection thresholds.
/// get_objects() -- Return a list of all objects tracked by the collector.
/// is_tracked() -- Returns true if a given object is tracked.
/// is_finalized() -- Returns true if a given object has been already finalized.
/// get_referrers() -- Return the list of objects that refer to an object.
/// get_referents() -- Return the list of objects that an object refers to.
/// freeze() -- Freeze all tracked objects and ignore them for future collections.
/// unfreeze() -- Unfreeze all objects in the permanent generation.
/// get_freeze_count() -- Return the number of objects in the permanent generation.
#[pymodule(name = "gc")]
pub mod gc {
    use super::*;

    #[pyattr]
    const DEBUG_STATS: i64 = 1;
    #[pyattr]
    const DEBUG_COLLECTABLE: i64 = 2;
    #[pyattr]
    const DEBUG_UNCOLLECTABLE: i64 = 4;
    #[pyattr]
    const DEBUG_SAVEALL: i64 = 32;
    #[pyattr]
    const DEBUG_LEAK: i64 = 38;

    #[pyattr]
    fn callbacks(vm: &Vm) -> PyResult {
        vm.registered("gc.callbacks", |vm| Ok(List::new(&vm.heap).value()))
    }
    #[pyattr]
    fn garbage(vm: &Vm) -> Value {
        List::new(&vm.heap).value()
    }

    /// Enable automatic garbage collection.
    #[pyfunction]
    fn enable(vm: &Vm) {
        vm.heap.enabled.set(true);
    }
    /// Disable automatic garbage collection.
    #[pyfunction]
    fn disable(vm: &Vm) {
        vm.heap.enabled.set(false);
    }
    /// Returns true if automatic garbage collection is enabled.
    #[pyfunction]
    fn isenabled(vm: &Vm) -> bool {
        vm.heap.enabled.get()
    }

    /// Run the garbage collector.
    ///
    /// With no arguments, run a full collection.  The optional argument
    /// may be an integer specifying which generation to collect.  A ValueError
    /// is raised if the generation number is invalid.
    ///
    /// The number of unreachable objects is returned.
    #[pyfunction(sig = "(generation=2)")]
    fn collect(vm: &Vm, generation: i32) -> PyResult<i64> {
        if !(0..=2).contains(&generation) {
            return Err(vm.value_error("invalid generation"));
        }
        call_back(vm, "start", generation, 0);
        let before = vm.heap.object_count();
        vm.collect_garbage(generation == 2);
        let found = before.saturating_sub(vm.heap.object_count()) as i64;
        vm.run_finalizers();
        call_back(vm, "stop", generation, found);
        add_collected(vm, generation, found);
        Ok(found)
    }

    /// Set the garbage collection debugging flags.
    ///
    ///   flags
    ///     An integer that can have the following bits turned on:
    ///       DEBUG_STATS - Print statistics during collection.
    ///       DEBUG_COLLECTABLE - Print collectable objects found.
    ///       DEBUG_UNCOLLECTABLE - Print unreachable but uncollectable objects
    ///         found.
    ///       DEBUG_SAVEALL - Save objects to gc.garbage rather than freeing them.
    ///       DEBUG_LEAK - Debug leaking programs (everything but STATS).
    ///
    /// Debugging information is written to sys.stderr.
    #[pyfunction(sig = "(flags, /)")]
    fn set_debug(vm: &Vm, flags: i32) {
        store(vm, "gc.debug", Value::small_int(i64::from(flags)));
    }
    /// Get the garbage collection debugging flags.
    #[pyfunction]
    fn get_debug(vm: &Vm) -> PyResult {
        vm.registered("gc.debug", |_| Ok(Value::small_int(0)))
    }

    /// set_threshold(threshold0, [threshold1, [threshold2]])
    /// Set the collection thresholds (the collection frequency).
    ///
    /// Setting 'threshold0' to zero disables collection.
    #[pyfunction(sig = "(threshold0, threshold1=10, threshold2=10, /)")]
    fn set_threshold(vm: &Vm, threshold0: i32, threshold1: i32, threshold2: i32) {
        let values = [threshold0, threshold1, threshold2].map(|t| Value::small_int(i64::from(t)));
        store(vm, "gc.threshold", vm.new_tuple(&values));
        vm.heap.enabled.set(threshold0 != 0);
    }
    /// Return the current collection thresholds.
    #[pyfunction]
    fn get_threshold(vm: &Vm) -> PyResult {
        vm.registered("gc.threshold", |vm| Ok(vm.new_tuple(&[2000, 10, 10].map(Value::small_int))))
    }

    /// Return a three-tuple of the current collection counts.
    #[pyfunction]
    fn get_count(vm: &Vm) -> (i64, i64, i64) {
        let stats = vm.heap.stats.get();
        (vm.heap.young_count() as i64, stats.minor_collections as i64, stats.full_collections as i64)
    }

    /// Return a list of dictionaries containing per-generation statistics.
    #[pyfunction]
    fn get_stats(vm: &Vm) -> Value {
        let stats = vm.heap.stats.get();
        let collections = [stats.minor_collections, 0, stats.full_collections];
        let mut rows = vm.vec();
        for (i, n) in collections.into_iter().enumerate() {
            let row = vm.new_dict();
            let set = |name: &str, n: i64| row.insert_str(&vm.heap, vm.intern(name), vm.new_int(n));
            set("collections", n as i64);
            set("collected", collected(vm, i));
            set("uncollectable", 0);
            rows.push(&vm.heap, row.value());
        }
        vm.list_from(rows)
    }

    /// Return a list of objects tracked by the collector (excluding the list returned).
    ///
    ///   generation
    ///     Generation to extract the objects from.
    ///
    /// If generation is not None, return only the objects tracked by the collector
    /// that are in that generation.
    #[pyfunction(sig = "(generation=None)")]
    fn get_objects(vm: &Vm, generation: Option<Value>) -> PyResult {
        if let Some(generation) = generation.filter(|v| !v.is_none()) {
            let generation = vm.index_i64(generation)?;
            if generation > 2 {
                return Err(vm.value_error(
                    "generation parameter must be less than the number of available generations (3)",
                ));
            }
            if generation < 0 {
                return Err(vm.value_error("generation parameter cannot be negative"));
            }
            if generation < 2 {
                // Listing collects, after which nothing is young.
                return Ok(vm.new_list(&[]));
            }
        }
        Ok(vm.list_from(vm.heap.live_containers()))
    }

    /// Returns true if the object is tracked by the garbage collector.
    ///
    /// Simple atomic objects will return false.
    #[pyfunction(sig = "(obj, /)")]
    fn is_tracked(_vm: &Vm, obj: Value) -> bool {
        obj.header().is_some_and(inspect::is_container)
    }
    /// Returns true if the object has been already finalized by the GC.
    #[pyfunction(sig = "(obj, /)")]
    fn is_finalized(_vm: &Vm, obj: Value) -> bool {
        obj.header().is_some_and(|h| h.has(flag::FINALIZED))
    }

    /// Return the list of objects that directly refer to any of 'objs'.
    #[pyfunction(sig = "(*objs)")]
    fn get_referrers(vm: &Vm, objs: &[Value]) -> Value {
        vm.list_from(vm.heap.referrers(objs))
    }
    /// Return the list of objects that are directly referred to by 'objs'.
    #[pyfunction(sig = "(*objs)")]
    fn get_referents(vm: &Vm, objs: &[Value]) -> Value {
        let mut all = vm.vec();
        for &object in objs {
            let referents = vm.heap.referents(object);
            all.extend_from_slice(&vm.heap, &referents);
        }
        vm.list_from(all)
    }

    /// Freeze all current tracked objects and ignore them for future collections.
    ///
    /// This can be used before a POSIX fork() call to make the gc copy-on-write friendly.
    /// Note: collection before a POSIX fork() call may free pages for future allocation
    /// which can cause copy-on-write.
    #[pyfunction]
    fn freeze(vm: &Vm) {
        // A collection leaves everything live in the old generation, whose pages minor collections do not write to.
        let live = vm.heap.live_containers().len();
        store(vm, "gc.frozen", Value::small_int(live as i64));
    }
    /// Unfreeze all objects in the permanent generation.
    ///
    /// Put all objects in the permanent generation back into oldest generation.
    #[pyfunction]
    fn unfreeze(vm: &Vm) {
        store(vm, "gc.frozen", Value::small_int(0));
    }
    /// Return the number of objects in the permanent generation.
    #[pyfunction]
    fn get_freeze_count(vm: &Vm) -> PyResult {
        vm.registered("gc.frozen", |_| Ok(Value::small_int(0)))
    }
}

fn store(vm: &Vm, key: &'static str, value: Value) {
    vm.registry.borrow_mut().insert(key, value);
}

const COLLECTED: [&str; 3] = ["gc.collected.0", "gc.collected.1", "gc.collected.2"];

fn collected(vm: &Vm, generation: usize) -> i64 {
    vm.registry.borrow().get(COLLECTED[generation]).and_then(|v| v.as_small_int()).unwrap_or(0)
}

fn add_collected(vm: &Vm, generation: i32, found: i64) {
    let at = generation as usize;
    store(vm, COLLECTED[at], Value::small_int(collected(vm, at) + found));
}

/// Calls `gc.callbacks` around an explicit collection.
fn call_back(vm: &Vm, phase: &str, generation: i32, collected: i64) {
    let callbacks = vm.registry.borrow().get("gc.callbacks").and_then(|v| v.downcast::<List>());
    let Some(callbacks) = callbacks.filter(|c| !c.is_empty()) else { return };
    let info: Gc<Dict> = vm.new_dict();
    let set = |name: &str, n: i64| info.insert_str(&vm.heap, vm.intern(name), vm.new_int(n));
    set("generation", i64::from(generation));
    set("collected", collected);
    set("uncollectable", 0);
    let phase = vm.new_str(phase);
    let callbacks = callbacks.to_vec(&vm.heap);
    for &callback in callbacks.iter() {
        if vm.call(callback, &[phase, info.value()]).is_err() {
            vm.write_unraisable("Exception ignored while calling GC callback", callback);
        }
    }
}
