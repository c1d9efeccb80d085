//! Calls.

use super::{Builder, MAX_ARGS};
use crate::hir::*;
use adder_bytecode::{CodeFlags, FRAME_HEADER, Insn};
use adder_interp::object::function::Function;
use adder_interp::object::header::{Gc, HeapObject};

impl Builder<'_, '_> {
    /// A call with `nargs` arguments lying ready: direct when the callee is known.
    pub(super) fn call(&mut self, insn: Insn, nargs: usize) -> bool {
        let a = insn.a() as usize;
        let at = a + FRAME_HEADER as usize;
        let super::state::Val::V(callable) = self.state.slots[at - 1].val else { return self.step(insn) };
        if nargs == 1 && self.is_len(callable) {
            return self.length(a, at);
        }
        let Some(function) = self.known(callable).and_then(|v| v.downcast::<Function>()) else {
            return self.step(insn);
        };
        let Some(callee) = self.callee(function, nargs) else { return self.step(insn) };
        let code = self.guard(Op::GuardCode, Ty::None, &[], callee.function as i64);
        self.unit.insts[code.0 as usize].imm2 = function.code.get().as_ptr() as usize as i64;
        self.roots.push(function.code.get().value());
        self.guard(Op::CallCheck, Ty::None, &[], (at + callee.nregs) as i64);
        let args: Vec<ValueId> = (at..at + nargs)
            .map(|r| {
                let v = self.read(r);
                self.boxed(v)
            })
            .collect();
        self.send_visible_home();
        let index = self.unit.callees.len();
        self.unit.callees.push(callee);
        let result = self.guard(Op::CallDirect, Ty::Any, &args, index as i64);
        self.unit.insts[result.0 as usize].imm2 = at as i64;
        self.forget_memory();
        self.clobber(a);
        self.set(a, result);
        self.guard_frame(self.pc + 1);
        true
    }

    /// Whether a value is the builtin `len`.
    fn is_len(&self, callable: ValueId) -> bool {
        let vm = self.source.vm;
        self.known(callable).is_some_and(|v| vm.builtins.get_str(vm.intern("len")) == Some(v))
    }

    fn length(&mut self, a: usize, at: usize) -> bool {
        let v = self.read(at);
        let v = self.boxed(v);
        self.send_visible_home();
        let n = self.guard(Op::Length, Ty::Int, &[v], 0);
        self.forget_memory();
        self.clobber(a);
        self.set(a, n);
        self.guard_frame(self.pc + 1);
        true
    }

    /// How to call a function directly with this many arguments, if that is possible.
    fn callee(&mut self, function: Gc<Function>, nargs: usize) -> Option<Callee> {
        let code = function.code.get();
        let unit = code.as_ref().unit();
        let plain = unit.flags.has(CodeFlags::OPTIMIZED)
            && function.simple_args.get() as usize == nargs
            && nargs <= MAX_ARGS
            && !function.entry.get().is_null();
        plain.then(|| Callee {
            function: function.value().bits(),
            cell: (self.cell_of)(code),
            nargs,
            nregs: unit.nregs as usize,
        })
    }
}

const _: fn(&Function) -> usize = <Function as HeapObject>::byte_size;
