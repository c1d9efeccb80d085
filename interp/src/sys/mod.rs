//! The `sys` module.
//!
//! * [`info`]: versions, flags, numeric limits
//! * [`hooks`]: display, exceptions, audit events, tracing, async generators
//! * [`runtime`]: exceptions, frames, recursion, objects, settings
//! * [`rawio`]: the streams of the time before `io`
//! * [`jit`]: the `sys._jit` namespace
//! * [`monitoring`]: the `sys.monitoring` namespace
//!
//! `vm.sys`, the dict of the module, exists from the start of the interpreter; [`install`] fills it from the
//! configuration. What `sys` keeps outside its dict is [`SysState`].

pub mod hooks;
pub mod info;
pub mod jit;
pub mod monitoring;
pub mod names;
pub mod rawio;
pub mod runtime;

use crate::heap::GcVec;
use crate::object::header::Gc;
use crate::object::module::Module;
use crate::object::set::Set;
use crate::object::shape::shape_id;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use adder_macros::pymodule;
use std::cell::Cell;

/// Settings behind `sys` functions.
pub struct SysState {
    /// `sys.set_int_max_str_digits`; 0 is no limit.
    pub int_max_str_digits: Cell<usize>,
    /// Seconds a thread may keep the GIL.
    pub switch_interval: Cell<f64>,
    pub dlopen_flags: Cell<i32>,
    /// The interpreter is shutting down.
    pub finalizing: Cell<bool>,
    /// There are audit hooks.
    pub audited: Cell<bool>,
}

impl SysState {
    pub fn new(int_max_str_digits: usize) -> SysState {
        SysState {
            int_max_str_digits: Cell::new(int_max_str_digits),
            switch_interval: Cell::new(0.005),
            dlopen_flags: Cell::new(libc::RTLD_NOW),
            finalizing: Cell::new(false),
            audited: Cell::new(false),
        }
    }
}

/// This module provides access to some objects used or maintained by the
/// interpreter and to functions that interact strongly with the interpreter.
///
/// Dynamic objects:
///
/// argv -- command line arguments; argv[0] is the script pathname if known
/// path -- module search path; path[0] is the script directory, else ''
/// modules -- dictionary of loaded modules
///
/// displayhook -- called to show results in an interactive session
/// excepthook -- called to handle any uncaught exception other than SystemExit
///   To customize printing in an interactive session or to install a custom
///   top-level exception handler, assign other functions to replace these.
///
/// stdin -- standard input file object; used by input()
/// stdout -- standard output file object; used by print()
/// stderr -- standard error object; used for error messages
///   By assigning other file objects (or objects that behave like files)
///   to these, it is possible to redirect all of the interpreter's I/O.
///
/// last_exc - the last uncaught exception
///   Only available in an interactive session after a
///   traceback has been printed.
/// last_type -- type of last uncaught exception
/// last_value -- value of last uncaught exception
/// last_traceback -- traceback of last uncaught exception
///   These three are the (deprecated) legacy representation of last_exc.
///
/// Static objects:
///
/// builtin_module_names -- tuple of module names built into this interpreter
/// copyright -- copyright notice pertaining to this interpreter
/// exec_prefix -- prefix used to find the machine-specific Python library
/// executable -- absolute path of the executable binary of the Python interpreter
/// float_info -- a named tuple with information about the float implementation.
/// float_repr_style -- string indicating the style of repr() output for floats
/// hash_info -- a named tuple with information about the hash algorithm.
/// hexversion -- version information encoded as a single integer
/// implementation -- Python implementation information.
/// int_info -- a named tuple with information about the int implementation.
/// maxsize -- the largest supported length of containers.
/// maxunicode -- the value of the largest Unicode code point
/// platform -- platform identifier
/// prefix -- prefix used to find the Python library
/// thread_info -- a named tuple with information about the thread implementation.
/// version -- the version of this interpreter as a string
/// version_info -- version information as a named tuple
/// __stdin__ -- the original stdin; don't touch!
/// __stdout__ -- the original stdout; don't touch!
/// __stderr__ -- the original stderr; don't touch!
/// __displayhook__ -- the original displayhook; don't touch!
/// __excepthook__ -- the original excepthook; don't touch!
///
/// Functions:
///
/// displayhook() -- print an object to the screen, and save it in builtins._
/// excepthook() -- print an exception and its traceback to sys.stderr
/// exception() -- return the current thread's active exception
/// exc_info() -- return information about the current thread's active exception
/// exit() -- exit the interpreter by raising SystemExit
/// getdlopenflags() -- returns flags to be used for dlopen() calls
/// getprofile() -- get the global profiling function
/// getrefcount() -- return the reference count for an object (plus one :-)
/// getrecursionlimit() -- return the max recursion depth for the interpreter
/// getsizeof() -- return the size of an object in bytes
/// gettrace() -- get the global debug tracing function
/// setdlopenflags() -- set the flags to be used for dlopen() calls
/// setprofile() -- set the global profiling function
/// setrecursionlimit() -- set the max recursion depth for the interpreter
/// settrace() -- set the global debug tracing function
#[pymodule(
    name = "sys",
    functions(
        super::hooks::addaudithook,
        super::hooks::audit,
        super::hooks::breakpointhook,
        super::hooks::call_tracing,
        super::hooks::displayhook,
        super::hooks::excepthook,
        super::hooks::get_asyncgen_hooks,
        super::hooks::get_coroutine_origin_tracking_depth,
        super::hooks::getprofile,
        super::hooks::gettrace,
        super::hooks::set_asyncgen_hooks,
        super::hooks::set_coroutine_origin_tracking_depth,
        super::hooks::setprofile,
        super::hooks::settrace,
        super::hooks::_setprofileallthreads,
        super::hooks::_settraceallthreads,
        super::hooks::unraisablehook,
        super::runtime::_clear_internal_caches,
        super::runtime::_clear_type_cache,
        super::runtime::_clear_type_descriptors,
        super::runtime::_current_exceptions,
        super::runtime::_current_frames,
        super::runtime::_debugmallocstats,
        super::runtime::_get_cpu_count_config,
        super::runtime::_getframe,
        super::runtime::_getframemodulename,
        super::runtime::_is_gil_enabled,
        super::runtime::_is_immortal,
        super::runtime::_is_interned,
        super::runtime::activate_stack_trampoline,
        super::runtime::deactivate_stack_trampoline,
        super::runtime::exc_info,
        super::runtime::exception,
        super::runtime::exit,
        super::runtime::get_int_max_str_digits,
        super::runtime::getallocatedblocks,
        super::runtime::getdefaultencoding,
        super::runtime::getdlopenflags,
        super::runtime::getfilesystemencodeerrors,
        super::runtime::getfilesystemencoding,
        super::runtime::getrecursionlimit,
        super::runtime::getrefcount,
        super::runtime::getsizeof,
        super::runtime::getswitchinterval,
        super::runtime::getunicodeinternedsize,
        super::runtime::intern,
        super::runtime::is_finalizing,
        super::runtime::is_remote_debug_enabled,
        super::runtime::is_stack_trampoline_active,
        super::runtime::set_int_max_str_digits,
        super::runtime::setdlopenflags,
        super::runtime::setrecursionlimit,
        super::runtime::setswitchinterval
    )
)]
pub mod sys {}

/// Where things are, as `sys` and the import system need to know.
#[derive(Clone, Debug, Default)]
pub struct Paths {
    pub executable: std::ffi::OsString,
    /// The executable that a virtual environment was made from.
    pub base_executable: std::ffi::OsString,
    pub prefix: std::ffi::OsString,
    pub base_prefix: std::ffi::OsString,
    /// Directory that stands for the library.
    pub stdlib_dir: std::ffi::OsString,
    /// Initial `sys.path`.
    pub search: Vec<std::ffi::OsString>,
}

/// Fills `vm.sys` and makes the module object.
pub fn install(vm: &Vm, paths: &Paths) -> PyResult<Gc<Module>> {
    let (heap, dict) = (&vm.heap, vm.sys);
    let set = |name: &str, value: Value| dict.insert_str(heap, vm.intern(name), value);
    set("__name__", vm.intern("sys").value());
    set("__doc__", Value::none());
    set("__package__", vm.empty_str.value());
    set("__loader__", Value::none());
    set("__spec__", Value::none());
    vm.populate_module(dict, &sys::MODULE)?;
    for hook in ["displayhook", "excepthook", "unraisablehook", "breakpointhook"] {
        if let Some(function) = dict.get_str(vm.intern(hook)) {
            set(&format!("__{hook}__"), function);
        }
    }
    vm.unraisable_class.set(Some(hooks::unraisable_args));
    set("UnraisableHookArgs", vm.structseq_type(&info::UNRAISABLE_ARGS)?.value());
    set_static(vm, &set)?;
    set_configured(vm, paths, &set)?;
    set("monitoring", monitoring::make(vm)?);
    set("_jit", jit::make(vm)?);
    rawio::install(vm)?;
    let module = Module::new(heap, shape_id::MODULE, 0, dict, Some(&sys::MODULE));
    vm.modules.insert_str(heap, vm.names.sys, module.value());
    Ok(module)
}

/// What is the same in every process.
fn set_static(vm: &Vm, set: &dyn Fn(&str, Value)) -> PyResult<()> {
    let version = info::version_info(vm)?;
    set("version_info", version);
    set("version", vm.new_str(&info::version_text()));
    set("hexversion", vm.new_int(info::HEX_VERSION));
    set("api_version", vm.new_int(1013));
    set("copyright", vm.new_str(info::COPYRIGHT));
    set("_git", vm.new_tuple(&[vm.new_str("Adder"), vm.empty_str.value(), vm.empty_str.value()]));
    set("platform", vm.new_str(if cfg!(target_os = "macos") { "darwin" } else { "linux" }));
    set("byteorder", vm.new_str(if cfg!(target_endian = "little") { "little" } else { "big" }));
    set("maxsize", vm.new_int(i64::MAX));
    set("maxunicode", vm.new_int(0x10_FFFF));
    set("float_repr_style", vm.new_str("short"));
    set("abiflags", vm.empty_str.value());
    set("platlibdir", vm.new_str("lib"));
    set("_framework", vm.empty_str.value());
    set("_home", Value::none());
    set("pycache_prefix", Value::none());
    set("float_info", info::float_info(vm)?);
    set("int_info", info::int_info(vm)?);
    set("hash_info", info::hash_info(vm)?);
    set("thread_info", info::thread_info(vm)?);
    set("implementation", implementation(vm, version)?);
    let names = GcVec::from_iter_in(&vm.heap, names::STDLIB_MODULE_NAMES.iter().map(|n| vm.new_str(n)));
    set("stdlib_module_names", Set::frozen_from_constants(&vm.heap, &names).value());
    let mut native = vm.source.map_or_else(Vec::new, |s| s.native_names());
    native.extend(["builtins", "sys"]);
    native.sort_unstable();
    let names = GcVec::from_iter_in(&vm.heap, native.iter().map(|n| vm.new_str(n)));
    set("builtin_module_names", vm.new_tuple(&names));
    for name in ["meta_path", "path_hooks"] {
        set(name, vm.new_list(&[]));
    }
    set("path_importer_cache", vm.new_dict().value());
    set("modules", vm.modules.value());
    Ok(())
}

/// `sys.implementation`.
fn implementation(vm: &Vm, version: Value) -> PyResult {
    let dict = vm.new_dict();
    let set = |name: &str, value: Value| dict.insert_str(&vm.heap, vm.intern(name), value);
    set("name", vm.new_str("adder"));
    set("cache_tag", vm.new_str(info::CACHE_TAG));
    set("version", version);
    set("hexversion", vm.new_int(info::HEX_VERSION));
    set("_multiarch", vm.new_str(concat_arch()));
    set("supports_isolated_interpreters", Value::bool(true));
    vm.new_namespace(dict)
}

const fn concat_arch() -> &'static str {
    if cfg!(target_arch = "aarch64") { "aarch64-linux-gnu" } else { "x86_64-linux-gnu" }
}

/// What the command line and the environment decide.
fn set_configured(vm: &Vm, paths: &Paths, set: &dyn Fn(&str, Value)) -> PyResult<()> {
    let config = &vm.config;
    let list = |items: &[std::ffi::OsString]| {
        let items = GcVec::from_iter_in(&vm.heap, items.iter().map(|a| vm.os_str(a)));
        vm.list_from(items)
    };
    set("argv", list(&config.argv));
    set("orig_argv", list(&config.orig_argv));
    set("path", list(&paths.search));
    set("executable", vm.os_str(&paths.executable));
    set("_base_executable", vm.os_str(&paths.base_executable));
    for (name, value) in [
        ("prefix", &paths.prefix),
        ("exec_prefix", &paths.prefix),
        ("base_prefix", &paths.base_prefix),
        ("base_exec_prefix", &paths.base_prefix),
        ("_stdlib_dir", &paths.stdlib_dir),
    ] {
        set(name, vm.os_str(value));
    }
    set("flags", info::flags(vm)?);
    set("dont_write_bytecode", Value::bool(config.dont_write_bytecode));
    let warnings = GcVec::from_iter_in(&vm.heap, config.warn_options.iter().map(|w| vm.new_str(w)));
    set("warnoptions", vm.list_from(warnings));
    let options = vm.new_dict();
    for (name, value) in &config.x_options {
        let value = value.as_deref().map_or(Value::bool(true), |v| vm.new_str(v));
        options.insert_str(&vm.heap, vm.intern(name), value);
    }
    set("_xoptions", options.value());
    Ok(())
}
