//! Native functions that are an instruction.

use super::Builder;
use crate::hir::*;
use adder_interp::object::module::Module;
use adder_interp::value::Value;

impl Builder<'_, '_> {
    /// The result of calling a native function with these arguments, if there is an instruction for it.
    pub(super) fn intrinsic(&mut self, callable: Value, args: &[ValueId]) -> Option<ValueId> {
        let &[x] = args else { return None };
        if Some(callable) != self.square_root() || self.unit.ty(x) != Ty::Float {
            return None;
        }
        Some(self.guard(Op::SqrtFloat, Ty::Float, &[x], 0))
    }

    /// `math.sqrt`, if the module has been imported.
    fn square_root(&self) -> Option<Value> {
        let vm = self.source.vm;
        let math = vm.modules.get_str(vm.intern("math"))?.downcast::<Module>()?;
        math.dict.get().get_str(vm.intern("sqrt"))
    }
}
