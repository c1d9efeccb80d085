//! `_sysconfig`: build facts for `sysconfig`.

use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::value::Value;
use adder_interp::vm::Vm;
use adder_macros::pymodule;

/// A helper for the sysconfig module.
#[pymodule(name = "_sysconfig")]
pub mod sysconfig {
    use super::*;

    /// Returns a dictionary containing build variables intended to be exposed by sysconfig.
    #[pyfunction]
    fn config_vars(vm: &Vm) -> Gc<Dict> {
        let dict = vm.new_dict();
        for name in ["Py_GIL_DISABLED", "Py_DEBUG"] {
            dict.insert_str(&vm.heap, vm.intern(name), Value::small_int(0));
        }
        dict
    }
}
