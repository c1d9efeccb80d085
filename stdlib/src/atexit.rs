//! `atexit`: functions to call when the interpreter ends.

use adder_interp::native::Args;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::list::List;
use adder_interp::object::tuple::Tuple;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::pymodule;

/// Registry key of the list of callbacks: tuples of function, arguments, keyword arguments (a dict or None).
const CALLBACKS: &str = "atexit callbacks";

fn callbacks(vm: &Vm) -> PyResult<Gc<List>> {
    let list = vm.registered(CALLBACKS, |vm| Ok(List::new(&vm.heap).value()))?;
    Ok(list.downcast().expect("the registry holds a list under this key"))
}

fn replace(vm: &Vm, list: Gc<List>, kept: &[Value]) {
    list.replace(&vm.heap, adder_interp::heap::GcVec::from_slice(&vm.heap, kept));
}

/// allow programmer to define multiple exit functions to be executed
/// upon normal program termination.
///
/// Two public functions, register and unregister, are defined.
#[pymodule(name = "atexit")]
pub mod atexit {
    use super::*;

    /// Register a function to be executed upon normal program termination
    ///
    ///     func - function to be called at exit
    ///     args - optional arguments to pass to func
    ///     kwargs - optional keyword arguments to pass to func
    ///
    ///     func is returned to facilitate usage as a decorator.
    #[pyfunction]
    fn register(vm: &Vm, args: Args<'_>) -> PyResult {
        let Some((&function, rest)) = args.positional_values().split_first() else {
            return Err(vm.type_error("register() takes at least 1 argument (0 given)"));
        };
        if !vm.is_callable(function) {
            return Err(vm.type_error("the first argument must be callable"));
        }
        let keywords = args.keyword_dict(vm).map_or(Value::none(), Gc::value);
        let rest = vm.new_tuple(rest);
        let callback = vm.new_tuple(&[function, rest, keywords]);
        callbacks(vm)?.push(&vm.heap, callback);
        Ok(function)
    }

    /// Unregister an exit function which was previously registered using
    /// atexit.register
    ///
    ///     func - function to be unregistered
    #[pyfunction(sig = "(func, /)")]
    fn unregister(vm: &Vm, func: Value) -> PyResult<()> {
        let list = callbacks(vm)?;
        let mut kept = vm.vec();
        for &callback in list.to_vec(&vm.heap).iter() {
            let parts: Gc<Tuple> = callback.downcast().expect("callbacks are tuples");
            if !(parts[0].is_same(func) || vm.eq(func, parts[0])?) {
                kept.push(&vm.heap, callback);
            }
        }
        replace(vm, list, &kept);
        Ok(())
    }

    /// Clear the list of previously registered exit functions.
    #[pyfunction]
    fn _clear(vm: &Vm) -> PyResult<()> {
        callbacks(vm)?.clear();
        Ok(())
    }

    /// Return the number of registered exit functions.
    #[pyfunction]
    fn _ncallbacks(vm: &Vm) -> PyResult<usize> {
        Ok(callbacks(vm)?.len())
    }

    /// Run all registered exit functions.
    ///
    /// If a callback raises an exception, it is logged with sys.unraisablehook.
    #[pyfunction]
    fn _run_exitfuncs(vm: &Vm) {
        run(vm);
    }
}

/// Calls the registered functions, last one first; what they raise is reported and dropped.
pub fn run(vm: &Vm) {
    let Ok(list) = callbacks(vm) else { return };
    while let Some(last) = list.len().checked_sub(1) {
        let Some(callback) = list.get(last) else { return };
        let mut rest = list.to_vec(&vm.heap);
        rest.truncate(last);
        replace(vm, list, &rest);
        let parts: Gc<Tuple> = callback.downcast().expect("callbacks are tuples");
        let args: Gc<Tuple> = parts[1].downcast().expect("arguments are a tuple");
        if let Err(Raised) = vm.call_kw(parts[0], &args, parts[2].downcast::<Dict>()) {
            vm.write_unraisable("Exception ignored in atexit callback", parts[0]);
        }
    }
}
