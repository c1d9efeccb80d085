//! `__import__`: the fast path for modules that are imported already; `importlib._bootstrap` does the rest.
//!
//! Until importlib itself is installed, a module comes straight from the native modules or the library
//! ([`Vm::import_early`]).

use crate::object::dict::Dict;
use crate::object::header::Gc;
use crate::object::module::Module;
use crate::object::str::Str;
use crate::object::tuple::Tuple;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use adder_macros::pyfunction;

/// Registry key of the `importlib._bootstrap` module.
pub const BOOTSTRAP: &str = "importlib._bootstrap";

/// Import a module.
///
/// Because this function is meant for use by the Python
/// interpreter and not for general use, it is better to use
/// importlib.import_module() to programmatically import a module.
///
/// The globals argument is only used to determine the context;
/// they are not modified.  The locals argument is unused.  The fromlist
/// should be a list of names to emulate ``from name import ...``, or an
/// empty list to emulate ``import name``.
/// When importing a module from a package, note that __import__('A.B', ...)
/// returns package A when fromlist is empty, but its submodule B when
/// fromlist is not empty.  The level argument is used to determine whether to
/// perform absolute or relative imports: 0 is absolute, while a positive number
/// is the number of parent directories to search relative to the current module.
#[pyfunction(module = "builtins", sig = "(name, globals=None, locals=None, fromlist=(), level=0)")]
pub fn __import__(
    vm: &Vm,
    name: Value,
    globals: Option<Value>,
    _locals: Option<Value>,
    fromlist: Option<Value>,
    level: i32,
) -> PyResult {
    let Some(text) = name.downcast::<Str>() else {
        return Err(vm.type_error("module name must be a string"));
    };
    if level < 0 {
        return Err(vm.value_error("level must be >= 0"));
    }
    let text = super::objects::exact_interned(vm, text);
    let absolute = if level > 0 { resolve_relative(vm, text, globals, level)? } else { text };
    if level == 0 && text.is_empty() {
        return Err(vm.value_error("Empty module name"));
    }
    let module = vm.import_absolute(absolute)?;
    let wants_names = match fromlist {
        Some(list) if !list.is_none() => vm.truthy(list)?,
        _ => false,
    };
    match fromlist {
        Some(list) if wants_names => submodules(vm, module, list),
        _ => top_package(vm, text, absolute, module, level),
    }
}

/// The package that `import a.b.c` binds: `a`.
fn top_package(vm: &Vm, name: Gc<Str>, absolute: Gc<Str>, module: Value, level: i32) -> PyResult {
    let Some(dot) = name.chars().position(|c| c == '.' as u32) else { return Ok(module) };
    let full = absolute.to_string_lossy();
    if level == 0 {
        return vm.import_absolute(vm.intern(&full.chars().take(dot).collect::<String>()));
    }
    let cut = absolute.len() - (name.len() - dot);
    let package: String = full.chars().take(cut).collect();
    match vm.imported(vm.intern(&package))? {
        Some(module) => Ok(module),
        None => Err(vm.key_error_message(format!("'{package}' not in sys.modules as expected"))),
    }
}

/// `from package import names`: imports the submodules among the names.
fn submodules(vm: &Vm, module: Value, fromlist: Value) -> PyResult {
    if vm.getattr_opt(module, vm.names.__path__)?.is_none() {
        return Ok(module);
    }
    // Nothing to do when all names are there already, which is the usual case.
    if let Some(names) = fromlist.downcast::<Tuple>() {
        let mut missing = false;
        for &name in names.iter() {
            match name.downcast::<Str>() {
                Some(name) if !name.eq_str("*") => {
                    missing |= vm.getattr_opt(module, super::objects::exact_interned(vm, name))?.is_none();
                }
                _ => missing = true,
            }
        }
        if !missing {
            return Ok(module);
        }
    }
    match vm.bootstrap_module() {
        Some(bootstrap) => {
            let import = vm.getattr_str(bootstrap, "_gcd_import")?;
            let handle = vm.getattr(bootstrap, vm.names._handle_fromlist)?;
            vm.call(handle, &[module, fromlist, import])
        }
        None => {
            let package = vm.getattr(module, vm.names.__name__)?;
            let package = vm.str_text(package)?;
            for &name in vm.collect(fromlist)?.iter() {
                let full = format!("{package}.{}", vm.str_text(name)?);
                let name = vm.intern(&vm.str_text(name)?);
                if vm.getattr_opt(module, name)?.is_none() && vm.early_source(&full) {
                    vm.import_early(vm.intern(&full))?;
                }
            }
            Ok(module)
        }
    }
}

/// Absolute name of a relative import from the module with these globals.
fn resolve_relative(vm: &Vm, name: Gc<Str>, globals: Option<Value>, level: i32) -> PyResult<Gc<Str>> {
    let globals = match globals.filter(|g| !g.is_none()) {
        None => return Err(vm.type_error("globals must be a dict")),
        Some(globals) => match globals.downcast::<Dict>() {
            Some(globals) => globals,
            None => return Err(vm.type_error("globals must be a dict")),
        },
    };
    let package = calling_package(vm, globals)?;
    let mut base: &str = &package;
    if base.is_empty() {
        return Err(vm.import_error("attempted relative import with no known parent package"));
    }
    for _ in 1..level {
        match base.rfind('.') {
            Some(dot) => base = &base[..dot],
            None => return Err(vm.import_error("attempted relative import beyond top-level package")),
        }
    }
    if name.is_empty() {
        return Ok(vm.intern(base));
    }
    Ok(vm.intern(&format!("{base}.{}", name.to_string_lossy())))
}

/// `__package__` of a module's globals, or what stands for it.
fn calling_package(vm: &Vm, globals: Gc<Dict>) -> PyResult<String> {
    let given = |name| globals.get_str(name).filter(|v: &Value| !v.is_none());
    let text = |v: Value, message: &str| match v.downcast::<Str>() {
        Some(s) => Ok(s.to_string_lossy().into_owned()),
        None => Err(vm.type_error(message)),
    };
    let (package, spec) = (given(vm.names.__package__), given(vm.names.__spec__));
    if let Some(package) = package {
        let name = text(package, "package must be a string")?;
        if let Some(spec) = spec {
            let parent = vm.getattr(spec, vm.names.parent)?;
            if !vm.eq(package, parent)? {
                vm.warn(vm.exceptions.deprecation_warning, "__package__ != __spec__.parent", 1)?;
            }
        }
        return Ok(name);
    }
    if let Some(spec) = spec {
        let parent = vm.getattr(spec, vm.names.parent)?;
        return text(parent, "__spec__.parent must be a string");
    }
    let message = "can't resolve package from __spec__ or __package__, falling back on __name__ and __path__";
    vm.warn(vm.exceptions.import_warning, message, 1)?;
    let Some(name) = globals.get_str(vm.names.__name__) else {
        return Err(vm.key_error_message("'__name__' not in globals"));
    };
    let name = text(name, "__name__ must be a string")?;
    if globals.get_str(vm.names.__path__).is_some() {
        return Ok(name);
    }
    Ok(name.rfind('.').map_or_else(String::new, |dot| name[..dot].to_string()))
}

impl Vm {
    /// The `importlib._bootstrap` module once it is installed.
    pub fn bootstrap_module(&self) -> Option<Value> {
        self.registry.borrow().get(BOOTSTRAP).copied()
    }

    /// `sys.modules[name]`; `sys.modules` may have been replaced.
    pub fn imported(&self, name: Gc<Str>) -> PyResult<Option<Value>> {
        match self.sys.get_str(self.names.modules) {
            Some(modules) if modules != self.modules.value() && !modules.is_none() => {
                self.getitem_opt(modules, name.value())
            }
            _ => Ok(self.modules.get_str(name)),
        }
    }

    /// Imports a module by its absolute name (interned) and returns the module itself.
    pub fn import_absolute(&self, name: Gc<Str>) -> PyResult {
        if let Some(module) = self.imported(name)?
            && !module.is_none()
        {
            self.wait_for_initialisation(module, name)?;
            return Ok(module);
        }
        match self.bootstrap_module() {
            Some(bootstrap) => {
                let find = self.getattr(bootstrap, self.names._find_and_load)?;
                let import = self.getattr_str(bootstrap, "_gcd_import")?;
                let result = self.call(find, &[name.value(), import]);
                if result.is_err() {
                    self.trim_import_frames();
                }
                result
            }
            None => self.import_early(name),
        }
    }

    /// A module found in `sys.modules` may be in the middle of its import by another thread.
    fn wait_for_initialisation(&self, module: Value, name: Gc<Str>) -> PyResult<()> {
        let Some(m) = module.downcast::<Module>() else {
            return self.wait_for_initialisation_of(module, name);
        };
        match m.dict.get().get_str(self.names.__spec__) {
            Some(spec) if !spec.is_none() => {
                let initializing = self.getattr_opt(spec, self.names._initializing)?;
                if initializing.is_some_and(|v| v.is_true()) {
                    return self.lock_unlock_module(name);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn wait_for_initialisation_of(&self, module: Value, name: Gc<Str>) -> PyResult<()> {
        let Some(spec) = self.getattr_opt(module, self.names.__spec__)? else { return Ok(()) };
        let initializing = self.getattr_opt(spec, self.names._initializing)?;
        if initializing.is_some_and(|v| v.is_true()) { self.lock_unlock_module(name) } else { Ok(()) }
    }

    fn lock_unlock_module(&self, name: Gc<Str>) -> PyResult<()> {
        let Some(bootstrap) = self.bootstrap_module() else { return Ok(()) };
        let lock = self.getattr(bootstrap, self.names._lock_unlock_module)?;
        self.call(lock, &[name.value()]).map(drop)
    }

    /// Takes importlib's own frames out of the pending exception's traceback: all of them for an ImportError, else
    /// those that only pass calls on. `-v` keeps them.
    fn trim_import_frames(&self) {
        use crate::object::exception::Exception;
        let Some(pending) = self.pending() else { return };
        let Some(exception) = pending.downcast::<Exception>() else { return };
        if self.config.verbose > 0 {
            return;
        }
        let always = self.type_of(pending).is_subtype(self.exceptions.import_error);
        let ours = |tb: Gc<crate::object::traceback::Traceback>| {
            let file = tb.code.filename.get();
            file.eq_str("<frozen importlib._bootstrap>")
                || file.eq_str("<frozen importlib._bootstrap_external>")
        };
        let relay =
            |tb: Gc<crate::object::traceback::Traceback>| tb.code.name().eq_str("_call_with_frames_removed");
        // A stretch of our frames goes when it ends in the call into the module's code (or always).
        let mut kept = None::<Gc<crate::object::traceback::Traceback>>;
        let mut at = exception.traceback.get();
        while let Some(tb) = at {
            if !ours(tb) {
                kept = Some(tb);
                at = tb.next.get();
                continue;
            }
            let (mut end, mut remove) = (Some(tb), always);
            while let Some(t) = end.filter(|&t| ours(t)) {
                remove |= relay(t);
                end = t.next.get();
            }
            if remove {
                match kept {
                    Some(k) => {
                        k.next.set(end);
                        self.heap.barrier_object(k.header());
                    }
                    None => exception.set_traceback(&self.heap, end),
                }
            } else {
                let mut last = tb;
                while let Some(next) = last.next.get().filter(|&t| ours(t)) {
                    last = next;
                }
                kept = Some(last);
            }
            at = end;
        }
    }

    // ---- before importlib

    /// Whether a module can come from the native modules or the library.
    pub fn early_source(&self, name: &str) -> bool {
        self.source.is_some_and(|s| s.native(name).is_some() || s.library(name).is_some())
    }

    /// Imports a native or library module, and the packages around it, without importlib.
    pub fn import_early(&self, name: Gc<Str>) -> PyResult {
        let full = name.to_string_lossy().into_owned();
        let mut parent = None;
        if let Some(dot) = full.rfind('.') {
            parent = Some(self.import_absolute(self.intern(&full[..dot]))?);
            if let Some(module) = self.imported(name)? {
                return Ok(module);
            }
        }
        let source = self.source;
        let module = if let Some(def) = source.and_then(|s| s.native(&full)) {
            self.new_native_module(def)?.value()
        } else if let Some(library) = source.and_then(|s| s.library(&full)) {
            self.run_library_module(name, &library)?
        } else {
            let message = self.new_str(&format!("No module named '{full}'"));
            let class = self.exceptions.module_not_found_error;
            let e = self.new_exception(class, &[message]);
            e.set_member(&self.heap, 0, Some(message));
            e.set_member(&self.heap, 1, Some(name.value()));
            return Err(self.raise_value(e.value()));
        };
        let module = self.modules.get_str(name).unwrap_or(module);
        self.modules.insert_str(&self.heap, name, module);
        if let Some(parent) = parent {
            let last = self.intern(full.rsplit('.').next().unwrap_or(&full));
            self.setattr(parent, last, Some(module))?;
        }
        Ok(module)
    }

    /// `co_filename` of a library module's code: below the root, except for the import system's own modules.
    pub fn library_filename(&self, library: &crate::vm::LibraryModule) -> Gc<Str> {
        let root = self.source.map_or_else(String::new, |s| s.library_root());
        match library.path.as_str() {
            "importlib/_bootstrap.py" => self.intern("<frozen importlib._bootstrap>"),
            "importlib/_bootstrap_external.py" => self.intern("<frozen importlib._bootstrap_external>"),
            path => self.intern(&format!("{root}/{path}")),
        }
    }

    fn run_library_module(&self, name: Gc<Str>, library: &crate::vm::LibraryModule) -> PyResult {
        let heap = &self.heap;
        let module = self.new_module(&name.to_string_lossy(), None);
        let dict = module.dict.get();
        let root = self.source.map_or_else(String::new, |s| s.library_root());
        let file = format!("{root}/{}", library.path);
        let full = name.to_string_lossy();
        let package = if library.is_package { &full } else { &full[..full.rfind('.').unwrap_or(0)] };
        dict.insert_str(heap, self.names.__package__, self.new_str(package));
        dict.insert_str(heap, self.names.__file__, self.new_str(&file));
        if library.is_package {
            let folder = self.new_str(file.rsplit_once('/').map_or("", |(folder, _)| folder));
            dict.insert_str(heap, self.names.__path__, self.new_list(&[folder]));
        }
        let builtins = self.builtins_value(self.builtins);
        dict.insert_str(heap, self.names.__builtins__, builtins);
        self.modules.insert_str(heap, name, module.value());
        let filename = self.library_filename(library);
        let code = crate::object::code::Code::with_filename(heap, library.unit.clone(), filename);
        match self.run_code(code, dict, dict.value(), None) {
            Ok(_) => Ok(module.value()),
            Err(Raised) => {
                self.modules.remove_str(name);
                Err(Raised)
            }
        }
    }
}
