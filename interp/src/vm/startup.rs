//! Bringing the interpreter up: `builtins`, `sys`, the import system, `__main__`.
//!
//! [`Interpreter::start`](super::Interpreter::start) has made the classes; everything here runs Python code or prepares
//! for it. What fails here is fatal for the command line.

use super::Vm;
use crate::object::header::Gc;
use crate::object::module::Module;
use crate::sys::Paths;
use crate::value::{PyResult, Value};

impl Vm {
    /// Fills `builtins` and `sys` and makes the `__main__` module.
    pub fn bring_up(&self, paths: &Paths) -> PyResult<()> {
        crate::builtins::install(self)?;
        crate::sys::install(self, paths)?;
        self.make_main_module();
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
    pub fn run_main(&self, code: Gc<crate::object::code::Code>) -> PyResult<Value> {
        let dict = self.main_module().dict.get();
        self.run_code(code, dict, dict.value(), None)
    }
}
