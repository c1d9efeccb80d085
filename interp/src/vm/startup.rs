//! Bringing the interpreter up: `builtins`, `sys`, the import system, the standard streams, `site`, `__main__`.
//!
//! [`Interpreter::start`](super::Interpreter::start) has made the classes; everything here runs Python code or prepares
//! for it. What fails here is fatal for the command line.
//!
//! The import system is the library's own `importlib`: its two bootstrap modules run from the image under their names
//! as frozen modules, then `_adder_startup` adds the finder for the library itself.

use super::Vm;
use crate::builtins::import::BOOTSTRAP;
use crate::object::code::Code;
use crate::object::header::Gc;
use crate::object::module::Module;
use crate::sys::Paths;
use crate::value::{PyResult, Value};

/// Native modules that importlib cannot do without.
const IMPORTLIB_NEEDS: [&str; 7] = ["_imp", "_io", "_thread", "_warnings", "_weakref", "marshal", "posix"];

impl Vm {
    /// Fills `builtins` and `sys`, makes the `__main__` module, installs the import system and the standard streams.
    pub fn bring_up(&self, paths: &Paths) -> PyResult<()> {
        crate::builtins::install(self)?;
        crate::sys::install(self, paths)?;
        self.make_main_module();
        if self.install_importlib()? && self.source.is_some_and(|s| s.native("_io").is_some()) {
            self.publish_open()?;
        }
        Ok(())
    }

    /// Imports `site`, unless the configuration forbids it; `warnings` before it when there are options for it, since only
    /// that module reads them.
    pub fn import_site(&self) -> PyResult<()> {
        let io = self.source.is_some_and(|s| s.native("_io").is_some());
        if !self.config.warn_options.is_empty() && self.bootstrap_module().is_some() {
            self.import("warnings")?;
        }
        if self.config.no_site || self.bootstrap_module().is_none() || !io {
            return Ok(());
        }
        self.import("site").map(drop)
    }

    /// Marks the end of start-up: what exists now is the interpreter's own.
    pub fn startup_done(&self) {
        self.heap.note_startup_done();
    }

    /// Brings `importlib` up; false when native modules are missing that it needs.
    fn install_importlib(&self) -> PyResult<bool> {
        let Some(source) = self.source else { return Ok(false) };
        if IMPORTLIB_NEEDS.iter().any(|name| source.native(name).is_none()) {
            return Ok(false);
        }
        let imp = self.import("_imp")?;
        let bootstrap = self.run_frozen("_frozen_importlib", "importlib._bootstrap")?;
        let sys = self.modules.get_str(self.names.sys).unwrap_or(Value::none());
        self.call_method(bootstrap, "_install", &[sys, imp])?;
        self.registry.borrow_mut().insert(BOOTSTRAP, bootstrap);
        self.call_method(bootstrap, "_install_external_importers", &[])?;
        self.import_early(self.intern("_adder_startup"))?;
        Ok(true)
    }

    /// Runs a library module under the name of a frozen one.
    fn run_frozen(&self, name: &str, original: &str) -> PyResult {
        let Some(library) = self.source.and_then(|s| s.library(original)) else {
            return Err(self.import_error(format!("the library has no {original}")));
        };
        let module = self.new_module(name, None);
        let dict = module.dict.get();
        let builtins = self.builtins_value(self.builtins);
        dict.insert_str(&self.heap, self.names.__builtins__, builtins);
        // Importlib makes a spec out of this and removes it.
        dict.insert_str(&self.heap, self.intern("__origname__"), self.new_str(original));
        self.modules.insert_str(&self.heap, self.intern(name), module.value());
        let filename = self.library_filename(&library);
        let code = Code::with_filename(&self.heap, library.unit.clone(), filename);
        self.run_code(code, dict, dict.value(), None)?;
        Ok(module.value())
    }

    /// Publishes `open`. The module that has it makes the standard streams when the native modules start.
    fn publish_open(&self) -> PyResult<()> {
        self.import("encodings")?;
        let io = self.import("_io")?;
        let open = self.getattr_str(io, "open")?;
        self.builtins.insert_str(&self.heap, self.intern("open"), open);
        Ok(())
    }

    /// A fresh `__main__`.
    fn make_main_module(&self) -> Gc<Module> {
        let module = self.new_module("__main__", None);
        let dict = module.dict.get();
        let builtins = self.builtins_value(self.builtins);
        dict.insert_str(&self.heap, self.names.__builtins__, builtins);
        self.modules.insert_str(&self.heap, self.names.__main__, module.value());
        module
    }

    /// The `__main__` module.
    pub fn main_module(&self) -> Gc<Module> {
        let module = self.modules.get_str(self.names.__main__).and_then(|m| m.downcast::<Module>());
        module.unwrap_or_else(|| self.make_main_module())
    }

    /// Runs code in `__main__`.
    pub fn run_main(&self, code: Gc<Code>) -> PyResult<Value> {
        let dict = self.main_module().dict.get();
        self.run_code(code, dict, dict.value(), None)
    }

    /// Waits for the threads that `threading` knows and does not call daemons.
    pub fn wait_for_threads(&self) {
        let Some(threading) = self.modules.get_str(self.intern("threading")) else { return };
        if self.call_method(threading, "_shutdown", &[]).is_err() {
            self.write_unraisable("Exception ignored on threading shutdown", threading);
        }
    }

    /// The end of the interpreter: forgets the modules, so that what only they kept alive is finalized with its globals
    /// still intact.
    pub fn forget_modules(&self) {
        self.sys_state.finalizing.set(true);
        self.gil.finalize();
        if !self.heap.program_has_finalizers() {
            return;
        }
        // What is garbage already is finalized while its modules still work.
        self.heap.collect_from_here(true);
        self.run_finalizers();
        let kept = [self.names.sys, self.names.builtins].map(|n| (n, self.modules.get_str(n)));
        self.modules.clear();
        for (name, module) in kept {
            if let Some(module) = module {
                self.modules.insert_str(&self.heap, name, module);
            }
        }
        for name in ["last_exc", "last_type", "last_value", "last_traceback", "path_importer_cache"] {
            self.sys.remove_str(self.intern(name));
        }
        self.builtins.remove_str(self.intern("_"));
        self.heap.collect_from_here(true);
        self.run_finalizers();
    }
}
