//! `sys` functions about the running program: exceptions, frames, recursion, objects, limits.

use super::info::MAX_STR_DIGITS_THRESHOLD;
use crate::object::exception::Exception;
use crate::object::frame::Frame;
use crate::object::header::{Gc, flag};
use crate::object::str::Str;
use crate::object::typeobj::{Type, type_flag};
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::special::Special;
use adder_macros::pyfunction;

/// Return current exception information: (type, value, traceback).
///
/// Return information about the most recent exception caught by an except
/// clause in the current stack frame or in an older stack frame.
#[pyfunction(module = "sys", sig = "()")]
pub(crate) fn exc_info(vm: &Vm) -> Value {
    let none = Value::none();
    match vm.handled() {
        None => vm.new_tuple(&[none, none, none]),
        Some(e) => {
            let tb = e.downcast::<Exception>().and_then(|e| e.traceback.get());
            vm.new_tuple(&[vm.type_of(e).value(), e, tb.map_or(none, Gc::value)])
        }
    }
}

/// Return the current exception.
///
/// Return the most recent exception caught by an except clause
/// in the current stack frame or in an older stack frame, or None
/// if no such exception exists.
#[pyfunction(module = "sys", sig = "()")]
pub(crate) fn exception(vm: &Vm) -> Option<Value> {
    vm.handled()
}

/// Exit the interpreter by raising SystemExit(status).
///
/// If the status is omitted or None, it defaults to zero (i.e., success).
/// If the status is an integer, it will be used as the system exit status.
/// If it is another kind of object, it will be printed and the system
/// exit status will be one (i.e., failure).
#[pyfunction(module = "sys", sig = "(status=None, /)")]
pub(crate) fn exit(vm: &Vm, status: Option<Value>) -> PyResult<()> {
    let class = vm.exceptions.system_exit.value();
    // A tuple becomes the exception's arguments.
    let exception = match status {
        None => vm.call(class, &[])?,
        Some(status) => match status.downcast::<crate::object::tuple::Tuple>() {
            Some(args) => vm.call(class, &args)?,
            None if status.is_none() => vm.call(class, &[])?,
            None => vm.call(class, &[status])?,
        },
    };
    Err(vm.raise_value(exception))
}

// ---- frames

/// Return a frame object from the call stack.
///
/// If optional integer depth is given, return the frame object that many
/// calls below the top of the stack.  If that is deeper than the call
/// stack, ValueError is raised.  The default for depth is zero, returning
/// the frame at the top of the call stack.
///
/// This function should be used for internal and specialized purposes
/// only.
#[pyfunction(module = "sys", sig = "(depth=0, /)")]
pub(crate) fn _getframe(vm: &Vm, depth: i32) -> PyResult<Gc<Frame>> {
    match vm.frames().nth(depth.max(0) as usize) {
        Some(frame) => {
            let frame = vm.frame_object(frame);
            vm.audit("sys._getframe", &[frame.value()])?;
            Ok(frame)
        }
        None => Err(vm.value_error("call stack is not deep enough")),
    }
}

/// Return the name of the module for a calling frame.
///
/// The default depth returns the module containing the call to this API.
/// A more typical use in a library will pass a depth of 1 to get the user's
/// module rather than the library module.
///
/// If no frame, module, or name can be found, returns None.
#[pyfunction(module = "sys", sig = "(depth=0)")]
pub(crate) fn _getframemodulename(vm: &Vm, depth: i32) -> PyResult<Option<Value>> {
    vm.audit("sys._getframemodulename", &[vm.new_int(depth.into())])?;
    let frame = vm.frames().nth(depth.max(0) as usize);
    Ok(frame.and_then(|f| f.window.function().module.get()))
}

/// Return a dict mapping each thread's thread id to its current stack frame.
///
/// This function should be used for specialized purposes only.
#[pyfunction(module = "sys", sig = "()")]
pub(crate) fn _current_frames(vm: &Vm) -> PyResult {
    vm.audit("sys._current_frames", &[])?;
    let dict = vm.new_dict();
    let mut result = Ok(());
    vm.for_each_thread(|thread| {
        if let Some(frame) = thread.current_frame() {
            let (id, frame) = (vm.new_uint(thread.id), thread.frame_object(frame));
            result = result.and_then(|()| dict.insert(vm, id, frame.value()));
        }
    });
    result.map(|()| dict.value())
}

/// Return a dict mapping each thread's identifier to its current raised exception.
///
/// This function should be used for specialized purposes only.
#[pyfunction(module = "sys", sig = "()")]
pub(crate) fn _current_exceptions(vm: &Vm) -> PyResult {
    vm.audit("sys._current_exceptions", &[])?;
    let dict = vm.new_dict();
    let mut result = Ok(());
    vm.for_each_thread(|thread| {
        let (id, exception) = (vm.new_uint(thread.id), thread.handled().unwrap_or(Value::none()));
        result = result.and_then(|()| dict.insert(vm, id, exception));
    });
    result.map(|()| dict.value())
}

// ---- recursion and switching

/// Return the current value of the recursion limit.
///
/// The recursion limit is the maximum depth of the Python interpreter
/// stack.  This limit prevents infinite recursion from causing an overflow
/// of the C stack and crashing Python.
#[pyfunction(module = "sys", sig = "()")]
pub(crate) fn getrecursionlimit(vm: &Vm) -> i64 {
    vm.recursion_limit.get()
}

/// Set the maximum depth of the Python interpreter stack to n.
///
/// This limit prevents infinite recursion from causing an overflow of the C
/// stack and crashing Python.  The highest possible limit is platform-
/// dependent.
#[pyfunction(module = "sys", sig = "(limit, /)")]
pub(crate) fn setrecursionlimit(vm: &Vm, limit: i32) -> PyResult<()> {
    if limit < 1 {
        return Err(vm.value_error("recursion limit must be greater or equal than 1"));
    }
    let limit = i64::from(limit);
    let depth = vm.recursion_limit.get() - vm.recursion_left.get();
    if depth >= limit {
        return Err(vm.recursion_error(format!(
            "cannot set the recursion limit to {limit} at the recursion depth {depth}: the limit is too low"
        )));
    }
    vm.for_each_thread(|thread| {
        let depth = thread.recursion_limit.get() - thread.recursion_left.get();
        thread.recursion_limit.set(limit);
        thread.recursion_left.set(limit - depth);
    });
    Ok(())
}

/// Return the current thread switch interval; see sys.setswitchinterval().
#[pyfunction(module = "sys", sig = "()")]
pub(crate) fn getswitchinterval(vm: &Vm) -> f64 {
    vm.sys_state.switch_interval.get()
}

/// Set the ideal thread switching delay inside the Python interpreter.
///
/// The actual frequency of switching threads can be lower if the
/// interpreter executes long sequences of uninterruptible code
/// (this is implementation-specific and workload-dependent).
///
/// The parameter must represent the desired switching delay in seconds
/// A typical value is 0.005 (5 milliseconds).
#[pyfunction(module = "sys", sig = "(interval, /)")]
pub(crate) fn setswitchinterval(vm: &Vm, interval: f64) -> PyResult<()> {
    if interval <= 0.0 {
        return Err(vm.value_error("switch interval must be strictly positive"));
    }
    vm.sys_state.switch_interval.set(interval);
    Ok(())
}

// ---- objects

/// ``Intern'' the given string.
///
/// This enters the string in the (global) table of interned strings whose
/// purpose is to speed up dictionary lookups. Return the string itself or
/// the previously interned string object with the same value.
#[pyfunction(module = "sys", sig = "(string, /)")]
pub(crate) fn intern(vm: &Vm, string: Gc<Str>) -> PyResult<Gc<Str>> {
    if string.header().shape() != crate::object::shape::shape_id::STR {
        let given = vm.type_of(string.value()).name();
        return Err(vm.type_error(format!("can't intern {given}")));
    }
    Ok(vm.heap.intern(string))
}

/// Return True if the given string is "interned".
#[pyfunction(module = "sys", sig = "(string, /)")]
pub(crate) fn _is_interned(string: Gc<Str>) -> bool {
    string.is_interned()
}

/// Return True if the given object is "immortal" per PEP 683.
///
/// This function should be used for specialized purposes only.
#[pyfunction(module = "sys", sig = "(op, /)")]
pub(crate) fn _is_immortal(op: Value) -> bool {
    op.header().is_none_or(|h| h.has(flag::IMMORTAL))
}

/// Return the reference count of object.
///
/// The count returned is generally one higher than you might expect,
/// because it includes the (temporary) reference as an argument to
/// getrefcount().
#[pyfunction(module = "sys", sig = "(object, /)")]
pub(crate) fn getrefcount(object: Value) -> i64 {
    // There are no counts: what an object referred to by one variable would have, or an immortal one.
    if _is_immortal(object) { 0xC000_0000 } else { 2 }
}

/// getsizeof(object [, default]) -> int
///
/// Return the size of object in bytes.
#[pyfunction(module = "sys", sig = "(object, default=<unrepresentable>)")]
pub(crate) fn getsizeof(vm: &Vm, object: Value, default: Option<Value>) -> PyResult {
    let size = match vm.call_special(object, Special::SizeOf, &[]) {
        Ok(Some(size)) => vm.index(size).map(|_| size),
        Ok(None) => {
            let given = vm.type_of(object).name();
            Err(vm.type_error(format!("Type {given} doesn't define __sizeof__")))
        }
        Err(raised) => Err(raised),
    };
    match (size, default) {
        (Ok(size), _) if vm.compare_bool(crate::vm::compare::CompareOp::Lt, size, Value::small_int(0))? => {
            Err(vm.value_error("__sizeof__() should return >= 0"))
        }
        (Ok(size), _) => Ok(size),
        (Err(_), Some(default)) => vm.catch(vm.exceptions.type_error).map(|_| default),
        (Err(raised), None) => Err(raised),
    }
}

/// Return the number of memory blocks currently allocated.
#[pyfunction(module = "sys", sig = "()")]
pub(crate) fn getallocatedblocks(vm: &Vm) -> usize {
    vm.heap.used_bytes() / 64
}

/// Return the number of elements of the unicode interned dictionary
#[pyfunction(module = "sys", sig = "(*, _only_immortal=False)")]
pub(crate) fn getunicodeinternedsize(vm: &Vm, _only_immortal: bool) -> usize {
    vm.heap.interned.borrow().len()
}

// ---- limits and settings

/// Return the maximum string digits limit for non-binary int<->str conversions.
#[pyfunction(module = "sys", sig = "()")]
pub(crate) fn get_int_max_str_digits(vm: &Vm) -> usize {
    vm.sys_state.int_max_str_digits.get()
}

/// Set the maximum string digits limit for non-binary int<->str conversions.
#[pyfunction(module = "sys", sig = "(maxdigits)")]
pub(crate) fn set_int_max_str_digits(vm: &Vm, maxdigits: i32) -> PyResult<()> {
    match usize::try_from(maxdigits) {
        Ok(n) if n == 0 || n >= MAX_STR_DIGITS_THRESHOLD => {
            vm.sys_state.int_max_str_digits.set(n);
            Ok(())
        }
        _ => {
            Err(vm.value_error(format!("maxdigits must be >= {MAX_STR_DIGITS_THRESHOLD} or 0 for unlimited")))
        }
    }
}

/// Return the current default encoding used by the Unicode implementation.
#[pyfunction(module = "sys", sig = "()")]
pub(crate) fn getdefaultencoding() -> &'static str {
    "utf-8"
}

/// Return the encoding used to convert Unicode filenames to OS filenames.
#[pyfunction(module = "sys", sig = "()")]
pub(crate) fn getfilesystemencoding() -> &'static str {
    "utf-8"
}

/// Return the error mode used Unicode to OS filename conversion.
#[pyfunction(module = "sys", sig = "()")]
pub(crate) fn getfilesystemencodeerrors() -> &'static str {
    "surrogateescape"
}

/// Return the current value of the flags that are used for dlopen calls.
///
/// The flag constants are defined in the os module.
#[pyfunction(module = "sys", sig = "()")]
pub(crate) fn getdlopenflags(vm: &Vm) -> i32 {
    vm.sys_state.dlopen_flags.get()
}

/// Set the flags used by the interpreter for dlopen calls.
///
/// This is used, for example, when the interpreter loads extension
/// modules. Among other things, this will enable a lazy resolving of
/// symbols when importing a module, if called as sys.setdlopenflags(0).
/// To share symbols across extension modules, call as
/// sys.setdlopenflags(os.RTLD_GLOBAL).  Symbolic names for the flag
/// modules can be found in the os module (RTLD_xxx constants, e.g.
/// os.RTLD_LAZY).
#[pyfunction(module = "sys", sig = "(flags, /)")]
pub(crate) fn setdlopenflags(vm: &Vm, flags: i32) {
    vm.sys_state.dlopen_flags.set(flags);
}

/// Return True if Python is exiting.
#[pyfunction(module = "sys", sig = "()")]
pub(crate) fn is_finalizing(vm: &Vm) -> bool {
    vm.sys_state.finalizing.get()
}

/// Clear the internal type lookup cache.
#[pyfunction(module = "sys", sig = "()")]
pub(crate) fn _clear_type_cache(vm: &Vm) {
    vm.clear_method_cache();
}

/// Remove the `__dict__` and `__weakref__` descriptors from a class, so that a copy of its namespace can make its own.
#[pyfunction(module = "sys", sig = "(type, /)")]
pub(crate) fn _clear_type_descriptors(vm: &Vm, r#type: Gc<Type>) -> PyResult<()> {
    if !r#type.has(type_flag::HEAP) {
        return Err(vm.type_error("argument is immutable"));
    }
    for name in [vm.names.__weakref__, vm.names.__dict__] {
        r#type.dict.get().remove_str(name);
    }
    vm.type_modified(r#type);
    Ok(())
}

/// Clear all internal performance-related caches.
#[pyfunction(module = "sys", sig = "()")]
pub(crate) fn _clear_internal_caches(vm: &Vm) {
    vm.clear_method_cache();
}

/// Private function for getting PyConfig.cpu_count
#[pyfunction(module = "sys", sig = "()")]
pub(crate) fn _get_cpu_count_config(vm: &Vm) -> i32 {
    let option = |name: &str| {
        let found = vm.config.x_options.iter().find(|(k, _)| k == name);
        found.and_then(|(_, v)| v.as_deref()?.parse().ok())
    };
    let environment = || match vm.config.ignore_environment {
        true => None,
        false => std::env::var("PYTHON_CPU_COUNT").ok()?.parse().ok(),
    };
    option("cpu_count").or_else(environment).unwrap_or(-1)
}

/// Return True if the GIL is currently enabled and False otherwise.
#[pyfunction(module = "sys", sig = "()")]
pub(crate) fn _is_gil_enabled() -> bool {
    true
}

/// Print summary info to stderr about the state of pymalloc's structures.
///
/// In Py_DEBUG mode, also perform some expensive internal consistency
/// checks.
#[pyfunction(module = "sys", sig = "()")]
pub(crate) fn _debugmallocstats(vm: &Vm) {
    eprintln!("{:?}, {} bytes in blocks", vm.heap.stats.get(), vm.heap.used_bytes());
}

/// Return *True* if a stack profiler trampoline is active.
#[pyfunction(module = "sys", sig = "()")]
pub(crate) fn is_stack_trampoline_active() -> bool {
    false
}

/// Activate stack profiler trampoline *backend*.
#[pyfunction(module = "sys", sig = "(backend, /)")]
pub(crate) fn activate_stack_trampoline(vm: &Vm, _backend: Gc<Str>) -> PyResult<()> {
    Err(vm.value_error("perf trampoline not available"))
}

/// Deactivate the current stack profiler trampoline backend.
///
/// If no stack profiler is activated, this function has no effect.
#[pyfunction(module = "sys", sig = "()")]
pub(crate) fn deactivate_stack_trampoline() {}

/// Return True if remote debugging is enabled, False otherwise.
#[pyfunction(module = "sys", sig = "()")]
pub(crate) fn is_remote_debug_enabled() -> bool {
    false
}
