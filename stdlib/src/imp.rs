//! `_imp`: what `importlib` asks of the interpreter. There are no extension modules; the only frozen ones are
//! importlib's own two.

use adder_macros::pymodule;

/// Names of the frozen modules and the library modules they are.
const FROZEN: [(&str, &str); 2] = [
    ("_frozen_importlib", "importlib._bootstrap"),
    ("_frozen_importlib_external", "importlib._bootstrap_external"),
];

fn frozen(name: &str) -> Option<&'static str> {
    FROZEN.iter().find(|(frozen, _)| *frozen == name).map(|(_, library)| *library)
}

/// (Extremely) low-level import machinery bits as used by importlib.
#[pymodule(name = "_imp")]
pub mod imp {
    use super::*;
    use adder_interp::object::code::Code;
    use adder_interp::object::dict::Dict;
    use adder_interp::object::header::Gc;
    use adder_interp::object::module::Module;
    use adder_interp::object::str::Str;
    use adder_interp::value::{PyResult, Value};
    use adder_interp::vm::Vm;
    use adder_numeric::hash::HashKeys;

    /// Differs from every other implementation's; also starts our `.pyc` files.
    #[pyattr]
    #[allow(non_upper_case_globals, reason = "the constant is named as Python names it")]
    // Differs between builds whose instructions or compilers differ: their code follows the header of a cached file.
    const pyc_magic_number_token: i64 = 0x0A0D_0000 | adder_bytecode::image::FORMAT as i64;

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        let option = vm.config.x_options.iter().find(|(name, _)| name == "--check-hash-based-pycs");
        let mode = option.and_then(|(_, mode)| mode.as_deref()).unwrap_or("default");
        dict.insert_str(&vm.heap, vm.intern("check_hash_based_pycs"), vm.new_str(mode));
        Ok(())
    }

    /// Return True if the import lock is currently held, else False.
    ///
    /// On platforms without threads, return False.
    #[pyfunction]
    fn lock_held() -> bool {
        false
    }

    /// Acquires the interpreter's import lock for the current thread.
    ///
    /// This lock should be used by import hooks to ensure thread-safety when importing
    /// modules. On platforms without threads, this function does nothing.
    #[pyfunction]
    fn acquire_lock() {}

    /// Release the interpreter's import lock.
    ///
    /// On platforms without threads, this function does nothing.
    #[pyfunction]
    fn release_lock() {}

    /// Returns the list of file suffixes used to identify extension modules.
    #[pyfunction]
    fn extension_suffixes(vm: &Vm) -> Value {
        vm.new_list(&[])
    }

    /// Returns True if the module name corresponds to a built-in module.
    #[pyfunction(sig = "(name, /)")]
    fn is_builtin(vm: &Vm, name: Gc<Str>) -> i32 {
        if name.eq_str("sys") || name.eq_str("builtins") {
            return -1;
        }
        vm.source.is_some_and(|s| s.native(&name.to_string_lossy()).is_some()) as i32
    }

    /// Create an extension module.
    #[pyfunction(sig = "(spec, /)")]
    fn create_builtin(vm: &Vm, spec: Value) -> PyResult {
        let name = vm.getattr_str(spec, "name")?;
        let Some(name) = name.downcast::<Str>() else {
            return Err(vm.type_error("name must be a string"));
        };
        if (name.eq_str("sys") || name.eq_str("builtins"))
            && let Some(module) = vm.modules.get_str(vm.heap.intern(name))
        {
            return Ok(module);
        }
        match vm.source.and_then(|s| s.native(&name.to_string_lossy())) {
            Some(def) => Ok(vm.new_native_module(def)?.value()),
            None => Ok(Value::none()),
        }
    }

    /// Initialize a built-in module.
    #[pyfunction(sig = "(mod, /)")]
    fn exec_builtin(r#mod: Value) -> i32 {
        // Native modules are complete when they are made.
        let _ = r#mod;
        0
    }

    /// Create an extension module.
    #[pyfunction(sig = "(spec, file=<unrepresentable>, /)")]
    fn create_dynamic(vm: &Vm, spec: Value, _file: Option<Value>) -> PyResult<()> {
        let name = vm.getattr_str(spec, "name")?;
        let name = vm.str_text(name)?;
        Err(vm.import_error(format!("cannot load extension module {name}: not supported")))
    }

    /// Initialize an extension module.
    #[pyfunction(sig = "(mod, /)")]
    fn exec_dynamic(r#mod: Value) -> i32 {
        let _ = r#mod;
        0
    }

    // ---- frozen modules

    /// Returns True if the module name corresponds to a frozen module.
    #[pyfunction(sig = "(name, /)")]
    fn is_frozen(name: Gc<Str>) -> bool {
        frozen(&name.to_string_lossy()).is_some()
    }

    /// Returns True if the module name is of a frozen package.
    #[pyfunction(sig = "(name, /)")]
    fn is_frozen_package(vm: &Vm, name: Gc<Str>) -> PyResult<bool> {
        get_code(vm, name).map(|_| false)
    }

    /// Return info about the corresponding frozen module (if there is one) or None.
    #[pyfunction(sig = "(name, /, *, withdata=False)")]
    fn find_frozen(vm: &Vm, name: Gc<Str>, withdata: bool) -> Value {
        let _ = withdata;
        match frozen(&name.to_string_lossy()) {
            Some(original) => vm.new_tuple(&[Value::none(), Value::bool(false), vm.new_str(original)]),
            None => Value::none(),
        }
    }

    /// Create a code object for a frozen module.
    #[pyfunction(sig = "(name, data=None, /)")]
    fn get_frozen_object(vm: &Vm, name: Gc<Str>, _data: Option<Value>) -> PyResult<Gc<Code>> {
        get_code(vm, name)
    }

    /// Initializes a frozen module.
    #[pyfunction(sig = "(name, /)")]
    fn init_frozen(vm: &Vm, name: Gc<Str>) -> PyResult {
        let code = get_code(vm, name)?;
        let module: Gc<Module> = vm.new_module(&name.to_string_lossy(), None);
        vm.modules.insert_str(&vm.heap, vm.heap.intern(name), module.value());
        let dict = module.dict.get();
        vm.run_code(code, dict, dict.value(), None)?;
        Ok(module.value())
    }

    /// Returns the list of available frozen modules.
    #[pyfunction]
    fn _frozen_module_names(vm: &Vm) -> Value {
        vm.new_list(&FROZEN.map(|(name, _)| vm.new_str(name)))
    }

    fn get_code(vm: &Vm, name: Gc<Str>) -> PyResult<Gc<Code>> {
        let text = name.to_string_lossy();
        let library = frozen(&text).and_then(|original| vm.source?.library(original));
        match library {
            Some(module) => {
                Ok(Code::with_filename(&vm.heap, module.unit.clone(), vm.library_filename(&module)))
            }
            None => {
                Err(vm.import_error(format!("No such frozen object named {}", vm.repr_text(name.value())?)))
            }
        }
    }

    /// (internal-only) Override PyConfig.use_frozen_modules.
    ///
    /// (-1: "off", 1: "on", 0: no override)
    /// See frozen_modules() in Lib/test/support/import_helper.py.
    #[pyfunction(sig = "(override, /)")]
    fn _override_frozen_modules_for_tests(r#override: i32) {
        let _ = r#override;
    }

    /// (internal-only) Override PyInterpreterConfig.check_multi_interp_extensions.
    ///
    /// (-1: "never", 1: "always", 0: no override)
    #[pyfunction(sig = "(override, /)")]
    fn _override_multi_interp_extensions_check(r#override: i32) -> i32 {
        let _ = r#override;
        0
    }

    // ---- source and bytecode files

    /// Changes code.co_filename to specify the passed-in file path.
    #[pyfunction(sig = "(code, path, /)")]
    fn _fix_co_filename(vm: &Vm, code: Gc<Code>, path: Gc<Str>) {
        code.filename.set(path);
        vm.heap.barrier(code.header(), path.value());
    }

    #[pyfunction(sig = "(key, source)")]
    fn source_hash(vm: &Vm, key: i64, source: Value) -> PyResult {
        let bytes = vm.source_argument(source, "source_hash", "bytes-like object")?;
        let bytes = match bytes {
            adder_interp::builtins::code::Source::Text(text) => text.into_bytes(),
            adder_interp::builtins::code::Source::Bytes(bytes) => bytes,
        };
        let mut keys = [0; 16];
        keys[..8].copy_from_slice(&key.to_le_bytes());
        let hash = HashKeys::from_random(keys).hash_bytes(&bytes);
        Ok(vm.new_bytes(&hash.to_le_bytes()))
    }

    // ---- the embedded library

    /// _library_find(name) -> (path, is_package) or None
    ///
    /// Path below the library's root of a library module's source.
    #[pyfunction]
    fn _library_find(vm: &Vm, name: Gc<Str>) -> Value {
        match vm.source.and_then(|s| s.library(&name.to_string_lossy())) {
            Some(module) => vm.new_tuple(&[vm.new_str(&module.path), Value::bool(module.is_package)]),
            None => Value::none(),
        }
    }

    /// _library_code(name) -> code object
    #[pyfunction]
    fn _library_code(vm: &Vm, name: Gc<Str>) -> PyResult<Gc<Code>> {
        match vm.source.and_then(|s| s.library(&name.to_string_lossy())) {
            Some(module) => {
                Ok(Code::with_filename(&vm.heap, module.unit.clone(), vm.library_filename(&module)))
            }
            None => Err(vm.import_error(format!("no library module named {}", vm.repr_text(name.value())?))),
        }
    }

    /// _library_data(path) -> bytes or None
    ///
    /// Contents of a file of the library.
    #[pyfunction]
    fn _library_data(vm: &Vm, path: Gc<Str>) -> Value {
        match vm.source.and_then(|s| s.library_source(&path.to_string_lossy())) {
            Some(data) => vm.new_bytes(&data),
            None => Value::none(),
        }
    }

    /// _library_names() -> tuple of the names of all library modules
    #[pyfunction]
    fn _library_names(vm: &Vm) -> Value {
        let names = vm.source.map_or_else(Vec::new, |s| s.library_names());
        vm.new_tuple(&adder_interp::heap::GcVec::from_iter_in(&vm.heap, names.iter().map(|n| vm.new_str(n))))
    }

    /// _library_root() -> the directory that stands for the library
    #[pyfunction]
    fn _library_root(vm: &Vm) -> Value {
        vm.source.map_or(Value::none(), |s| vm.new_str(&s.library_root()))
    }

    /// _library_touch(path)
    ///
    /// Make the library's files exist if path lies below its root.
    #[pyfunction]
    fn _library_touch(vm: &Vm, path: Value) -> PyResult<()> {
        let path = vm.fs_path_str(path)?;
        let bytes = vm.fs_encode(path)?;
        if let Some(source) = vm.source {
            source.touch(&bytes);
        }
        Ok(())
    }
}
