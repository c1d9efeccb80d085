//! Hooks of `sys`: display, uncaught and unraisable exceptions, breakpoints, audit events, tracing, async generators.

use super::info::{ASYNCGEN_HOOKS, UNRAISABLE_ARGS};
use crate::native::Args;
use crate::object::header::Gc;
use crate::object::list::List;
use crate::object::str::Str;
use crate::object::tuple::Tuple;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use adder_macros::pyfunction;

/// Print an object to sys.stdout and also save it in builtins._
#[pyfunction(module = "sys", sig = "(object, /)")]
pub(crate) fn displayhook(vm: &Vm, object: Value) -> PyResult<()> {
    vm.displayhook(object)
}

/// Handle an exception by displaying it with a traceback on sys.stderr.
#[pyfunction(module = "sys", sig = "(exctype, value, traceback, /)")]
pub(crate) fn excepthook(vm: &Vm, _exctype: Value, value: Value, traceback: Value) -> PyResult<()> {
    vm.excepthook(value, traceback)
}

/// Handle an unraisable exception.
///
/// The unraisable argument has the following attributes:
///
/// * exc_type: Exception type.
/// * exc_value: Exception value, can be None.
/// * exc_traceback: Exception traceback, can be None.
/// * err_msg: Error message, can be None.
/// * object: Object causing the exception, can be None.
#[pyfunction(module = "sys", sig = "(unraisable, /)")]
pub(crate) fn unraisablehook(vm: &Vm, unraisable: Value) -> PyResult<()> {
    let field = |name: &str| vm.getattr_str(unraisable, name);
    let (value, tb) = (field("exc_value")?, field("exc_traceback")?);
    vm.unraisablehook(value, tb, field("err_msg")?, field("object")?)
}

/// `sys.UnraisableHookArgs(...)`.
pub fn unraisable_args(vm: &Vm, items: &[Value]) -> PyResult {
    vm.new_structseq(&UNRAISABLE_ARGS, items)
}

/// This hook function is called by built-in breakpoint().
#[pyfunction(module = "sys", sig = "(*args, **kwargs)")]
pub(crate) fn breakpointhook(vm: &Vm, args: Args<'_>) -> PyResult {
    let configured = match std::env::var("PYTHONBREAKPOINT") {
        Ok(name) if !vm.config.ignore_environment && !name.is_empty() => name,
        _ => "pdb.set_trace".to_string(),
    };
    if configured == "0" {
        return Ok(Value::none());
    }
    let (module, function) = configured.rsplit_once('.').unwrap_or(("builtins", &configured));
    let found = vm.import(module).and_then(|m| vm.getattr_str(m, function));
    match found {
        Ok(hook) => vm.call_args(hook, args),
        Err(Raised) => {
            if vm.catch(vm.exceptions.import_error).is_err() {
                vm.catch(vm.exceptions.attribute_error)?;
            }
            let message = format!("Ignoring unimportable $PYTHONBREAKPOINT: \"{configured}\"");
            vm.warn(vm.exceptions.runtime_warning, &message, 1)?;
            Ok(Value::none())
        }
    }
}

// ---- audit events

const AUDIT_HOOKS: &str = "sys audit hooks";

impl Vm {
    /// Raises an audit event; costs a load when no hook is installed.
    #[inline]
    pub fn audit(&self, event: &str, args: &[Value]) -> PyResult<()> {
        if !self.sys_state.audited.get() {
            return Ok(());
        }
        self.call_audit_hooks(event, args)
    }

    #[cold]
    fn call_audit_hooks(&self, event: &str, args: &[Value]) -> PyResult<()> {
        let hooks = self.registry.borrow().get(AUDIT_HOOKS).and_then(|v| v.downcast::<List>());
        let Some(hooks) = hooks else { return Ok(()) };
        let args = self.new_tuple(args);
        let event = self.new_str(event);
        let mut i = 0;
        while let Some(hook) = hooks.get(i) {
            self.call(hook, &[event, args])?;
            i += 1;
        }
        Ok(())
    }
}

/// Adds a new audit hook callback.
#[pyfunction(module = "sys", sig = "(hook)")]
pub(crate) fn addaudithook(vm: &Vm, hook: Value) -> PyResult<()> {
    if vm.audit("sys.addaudithook", &[]).is_err() {
        // A hook may veto new ones with an ordinary exception.
        return vm.catch(vm.exceptions.exception).map(drop);
    }
    let hooks = vm.registered(AUDIT_HOOKS, |vm| Ok(List::new(&vm.heap).value()))?;
    hooks.downcast::<List>().expect("the registry holds a list").push(&vm.heap, hook);
    vm.sys_state.audited.set(true);
    Ok(())
}

/// Passes the event to any audit hooks that are attached.
#[pyfunction(module = "sys", sig = "(event, /, *args)")]
pub(crate) fn audit(vm: &Vm, event: Value, args: &[Value]) -> PyResult<()> {
    let Some(name) = event.downcast::<Str>() else {
        let given = vm.type_of(event).name();
        return Err(vm.type_error(format!("expected str for argument 'event', not {given}")));
    };
    vm.audit(&name.to_string_lossy(), args)
}

// ---- tracing

/// Set the global debug tracing function.
///
/// It will be called on each function call.  See the debugger chapter
/// in the library manual.
#[pyfunction(module = "sys", sig = "(function, /)")]
pub(crate) fn settrace(vm: &Vm, function: Value) -> PyResult<()> {
    vm.audit("sys.settrace", &[])?;
    vm.set_trace_function(Some(function).filter(|f| !f.is_none()));
    Ok(())
}

/// Set the profiling function.
///
/// It will be called on each function call and return.  See the profiler
/// chapter in the library manual.
#[pyfunction(module = "sys", sig = "(function, /)")]
pub(crate) fn setprofile(vm: &Vm, function: Value) -> PyResult<()> {
    vm.audit("sys.setprofile", &[])?;
    vm.set_profile_function(Some(function).filter(|f| !f.is_none()));
    Ok(())
}

/// Return the global debug tracing function set with sys.settrace.
///
/// See the debugger chapter in the library manual.
#[pyfunction(module = "sys", sig = "()")]
pub(crate) fn gettrace(vm: &Vm) -> Option<Value> {
    vm.trace_function.get()
}

/// Return the profiling function set with sys.setprofile.
///
/// See the profiler chapter in the library manual.
#[pyfunction(module = "sys", sig = "()")]
pub(crate) fn getprofile(vm: &Vm) -> Option<Value> {
    vm.profile_function.get()
}

/// Set the global debug tracing function in all running threads belonging to the current interpreter.
///
/// It will be called on each function call. See the debugger chapter
/// in the library manual.
#[pyfunction(module = "sys", sig = "(function, /)")]
pub(crate) fn _settraceallthreads(vm: &Vm, function: Value) {
    vm.for_each_thread(|t| t.trace_function.set(Some(function).filter(|f| !f.is_none())));
    vm.trace_functions_changed();
}

/// Set the profiling function in all running threads belonging to the current interpreter.
///
/// It will be called on each function call and return.  See the profiler
/// chapter in the library manual.
#[pyfunction(module = "sys", sig = "(function, /)")]
pub(crate) fn _setprofileallthreads(vm: &Vm, function: Value) {
    vm.for_each_thread(|t| t.profile_function.set(Some(function).filter(|f| !f.is_none())));
    vm.trace_functions_changed();
}

/// Call func(*args), while tracing is enabled.
///
/// The tracing state is saved, and restored afterwards.  This is intended
/// to be called from a debugger from a checkpoint, to recursively debug
/// some other code.
#[pyfunction(module = "sys", sig = "(func, args, /)")]
pub(crate) fn call_tracing(vm: &Vm, func: Value, args: Gc<Tuple>) -> PyResult {
    let saved = vm.tracing.replace(false);
    let result = vm.call(func, &args);
    vm.tracing.set(saved);
    result
}

// ---- async generators and coroutines

/// set_asyncgen_hooks([firstiter] [, finalizer])
///
/// Set a finalizer for async generators objects.
#[pyfunction(module = "sys", sig = "(firstiter=<unrepresentable>, finalizer=<unrepresentable>)")]
pub(crate) fn set_asyncgen_hooks(
    vm: &Vm,
    firstiter: Option<Value>,
    finalizer: Option<Value>,
) -> PyResult<()> {
    for (hook, name) in [(finalizer, "finalizer"), (firstiter, "firstiter")] {
        if let Some(hook) = hook.filter(|&h| !h.is_none() && !vm.is_callable(h)) {
            let given = vm.type_of(hook).name();
            return Err(vm.type_error(format!("callable {name} expected, got {given}")));
        }
    }
    for (i, hook) in [firstiter, finalizer].into_iter().enumerate() {
        if let Some(hook) = hook {
            let event = ["sys.set_asyncgen_hooks_firstiter", "sys.set_asyncgen_hooks_finalizer"][i];
            vm.audit(event, &[])?;
            vm.asyncgen_hooks[i].set(Some(hook).filter(|h| !h.is_none()));
        }
    }
    Ok(())
}

/// Return the installed asynchronous generators hooks.
///
/// This returns a namedtuple of the form (firstiter, finalizer).
#[pyfunction(module = "sys", sig = "()")]
pub(crate) fn get_asyncgen_hooks(vm: &Vm) -> PyResult {
    let hook = |i: usize| vm.asyncgen_hooks[i].get().unwrap_or(Value::none());
    vm.new_structseq(&ASYNCGEN_HOOKS, &[hook(0), hook(1)])
}

/// Check status of origin tracking for coroutine objects in this thread.
#[pyfunction(module = "sys", sig = "()")]
pub(crate) fn get_coroutine_origin_tracking_depth(vm: &Vm) -> i32 {
    vm.coroutine_origin_depth.get()
}

/// Enable or disable origin tracking for coroutine objects in this thread.
///
/// Coroutine objects will track 'depth' frames of traceback information
/// about where they came from, available in their cr_origin attribute.
///
/// Set a depth of 0 to disable.
#[pyfunction(module = "sys", sig = "(depth)")]
pub(crate) fn set_coroutine_origin_tracking_depth(vm: &Vm, depth: i32) -> PyResult<()> {
    if depth < 0 {
        return Err(vm.value_error("depth must be >= 0"));
    }
    vm.coroutine_origin_depth.set(depth);
    Ok(())
}
