//! `_contextvars`: the classes are [`adder_interp::object::context`]'s.

use adder_interp::object::context::{Context, ContextVar, Token};
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::value::PyResult;
use adder_interp::vm::Vm;
use adder_macros::pymodule;

/// Context Variables
#[pymodule(name = "_contextvars")]
pub mod module {
    use super::*;

    /// Return a shallow copy of the current context.
    #[pyfunction]
    fn copy_context(vm: &Vm) -> PyResult {
        vm.copy_context()
    }

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        for def in [Context::TYPE_DEF, ContextVar::TYPE_DEF, Token::TYPE_DEF] {
            let class = vm.native_type(def)?;
            dict.insert_str(&vm.heap, vm.intern(def.name), class.value());
        }
        Ok(())
    }
}
