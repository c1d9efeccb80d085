//! `_warnings`: issuing warnings. The filters work in [`adder_interp::vm::warnings`].

use adder_interp::object::dict::Dict;
use adder_interp::object::exception::Exception;
use adder_interp::object::header::Gc;
use adder_interp::object::str::Str;
use adder_interp::object::tuple::Tuple;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::warnings::Warning;
use adder_macros::pymodule;

/// _warnings provides basic warning filtering support.
/// It is a helper module to speed up interpreter start-up.
#[pymodule(name = "_warnings")]
pub mod module {
    use super::*;

    /// Issue a warning, or maybe ignore it or raise an exception.
    ///
    ///   message
    ///     Text of the warning message.
    ///   category
    ///     The Warning category subclass. Defaults to UserWarning.
    ///   stacklevel
    ///     How far up the call stack to make this warning appear. A value of 2 for
    ///     example attributes the warning to the caller of the code calling warn().
    ///   source
    ///     If supplied, the destroyed object which emitted a ResourceWarning
    ///   skip_file_prefixes
    ///     An optional tuple of module filename prefixes indicating frames to skip
    ///     during stacklevel computations for stack frame attribution.
    #[pyfunction(sig = "(message, category=None, stacklevel=1, source=None, *, skip_file_prefixes=())")]
    fn warn(
        vm: &Vm,
        message: Value,
        category: Option<Value>,
        stacklevel: i64,
        source: Option<Value>,
        skip_file_prefixes: Option<Value>,
    ) -> PyResult<()> {
        let category = category_of(vm, message, category)?;
        let prefixes = prefixes(vm, skip_file_prefixes)?;
        let stacklevel = if prefixes.is_empty() { stacklevel } else { stacklevel.max(2) };
        vm.warn_value(category, message, stacklevel, present(source), &prefixes)
    }

    /// Issue a warning, or maybe ignore it or raise an exception.
    #[pyfunction(
        sig = "(message, category, filename, lineno, module=<unrepresentable>, registry=None, module_globals=None, source=None)"
    )]
    #[allow(clippy::too_many_arguments, reason = "the parameters are Python's")]
    fn warn_explicit(
        vm: &Vm,
        message: Value,
        category: Value,
        filename: Gc<Str>,
        lineno: i32,
        module: Option<Value>,
        registry: Option<Value>,
        module_globals: Option<Value>,
        source: Option<Value>,
    ) -> PyResult<()> {
        let Some(category) = category.downcast::<Type>() else {
            let given = vm.type_of(category).name();
            return Err(vm.type_error(format!("category must be a Warning subclass, not '{given}'")));
        };
        let registry = match present(registry) {
            None => None,
            Some(r) => match r.downcast::<Dict>() {
                Some(r) => Some(r),
                None => return Err(vm.type_error("'registry' must be a dict or None")),
            },
        };
        let source_line = match present(module_globals) {
            None => None,
            Some(g) => match g.downcast::<Dict>() {
                Some(globals) => loader_line(vm, globals, lineno)?,
                None => {
                    return Err(vm.type_error(format!(
                        "module_globals must be a dict, not '{}'",
                        vm.type_of(g).name()
                    )));
                }
            },
        };
        vm.warn_explicit(Warning {
            category,
            message,
            filename: filename.value(),
            line: i64::from(lineno),
            module,
            registry,
            source_line,
            source: present(source),
        })
    }

    #[pyfunction]
    fn _filters_mutated_lock_held(vm: &Vm) {
        vm.warning_filters_mutated();
    }
    /// The GIL is the lock: no other thread changes the filters between two polls of the functions here.
    #[pyfunction]
    fn _acquire_lock(vm: &Vm) -> PyResult<()> {
        add_to_lock(vm, 1)
    }
    #[pyfunction]
    fn _release_lock(vm: &Vm) -> PyResult<()> {
        add_to_lock(vm, -1)
    }

    #[pyattr]
    fn filters(vm: &Vm) -> PyResult {
        vm.warning_filters().map(Gc::value)
    }
    #[pyattr]
    fn _defaultaction(vm: &Vm) -> Value {
        vm.names.default.value()
    }
    #[pyattr]
    fn _onceregistry(vm: &Vm) -> PyResult {
        vm.warning_once_registry().map(Gc::value)
    }
    #[pyattr]
    fn _warnings_context(vm: &Vm) -> PyResult {
        vm.warnings_context_var()
    }
}

fn present(v: Option<Value>) -> Option<Value> {
    v.filter(|v| !v.is_none())
}

/// Depth of the lock that `warnings` holds while it changes the filters.
fn add_to_lock(vm: &Vm, by: i64) -> PyResult<()> {
    let key = "warnings.lock";
    let depth = vm.registry.borrow().get(key).and_then(|v| v.as_small_int()).unwrap_or(0) + by;
    if depth < 0 {
        return Err(vm.runtime_error("cannot release un-acquired lock"));
    }
    vm.registry.borrow_mut().insert(key, Value::small_int(depth));
    Ok(())
}

/// The class of a warning: that of the message if it is one, `UserWarning` by default.
fn category_of(vm: &Vm, message: Value, category: Option<Value>) -> PyResult<Gc<Type>> {
    let warning = vm.exceptions.warning;
    if message.is::<Exception>() && vm.type_of(message).is_subtype(warning) {
        return Ok(vm.type_of(message));
    }
    let Some(category) = present(category) else { return Ok(vm.exceptions.user_warning) };
    match category.downcast::<Type>() {
        Some(class) if class.is_subtype(warning) => Ok(class),
        _ => Err(vm.type_error(format!(
            "category must be a Warning subclass, not '{}'",
            vm.type_of(category).name()
        ))),
    }
}

fn prefixes(vm: &Vm, given: Option<Value>) -> PyResult<Vec<String>> {
    let Some(given) = given else { return Ok(Vec::new()) };
    let Some(tuple) = given.downcast::<Tuple>() else {
        return Err(vm.type_error(format!(
            "warn() argument 'skip_file_prefixes' must be tuple, not {}",
            vm.type_of(given).name()
        )));
    };
    let mut texts = Vec::with_capacity(tuple.len());
    for prefix in tuple.iter() {
        match prefix.downcast::<Str>() {
            Some(text) => texts.push(text.to_string_lossy().into_owned()),
            None => {
                return Err(vm.type_error(format!(
                    "Found non-str '{}' in skip_file_prefixes.",
                    vm.type_of(*prefix).name()
                )));
            }
        }
    }
    Ok(texts)
}

/// The source line according to the module's loader, which knows files that are not on disk.
fn loader_line(vm: &Vm, globals: Gc<Dict>, line: i32) -> PyResult<Option<Value>> {
    let loader = globals.get_str(vm.names.__loader__).filter(|v| !v.is_none());
    let (Some(loader), Some(name)) = (loader, globals.get_str(vm.names.__name__)) else { return Ok(None) };
    let Some(get_source) = vm.getattr_opt(loader, vm.intern("get_source"))? else { return Ok(None) };
    let source = vm.call(get_source, &[name])?;
    if source.is_none() {
        return Ok(None);
    }
    let text = vm.str_text(source)?;
    let index = usize::try_from(line).unwrap_or(0).saturating_sub(1);
    Ok(text.lines().nth(index).map(|l| vm.new_str(l)))
}
