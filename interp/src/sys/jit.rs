//! The `sys._jit` namespace: what a program may ask about CPython's own experimental JIT, which this is not. The answers are those
//! of a build without it; the compiled tier here is asked about with `-X jit-stats`.

use crate::object::header::Gc;
use crate::object::module::Module;
use crate::value::PyResult;
use crate::vm::Vm;
use adder_macros::pymodule;

/// The namespace object.
pub fn make(vm: &Vm) -> PyResult {
    let module: Gc<Module> = vm.new_native_module(&jit::MODULE)?;
    Ok(module.value())
}

/// Utilities for observing just-in-time compilation.
#[pymodule(name = "sys._jit")]
mod jit {
    use super::*;

    /// Return True if the current Python executable supports JIT compilation, and False otherwise.
    #[pyfunction(sig = "()")]
    fn is_available(_vm: &Vm) -> bool {
        false
    }

    /// Return True if JIT compilation is enabled for the current Python process (implies sys._jit.is_available()), and False
    /// otherwise.
    #[pyfunction(sig = "()")]
    fn is_enabled(_vm: &Vm) -> bool {
        false
    }

    /// Return True if the topmost Python frame is currently executing JIT code (implies sys._jit.is_enabled()), and False
    /// otherwise.
    #[pyfunction(sig = "()")]
    fn is_active(_vm: &Vm) -> bool {
        false
    }
}
