//! Comparisons, identity and truth, and the jumps that depend on them.
//!
//! A comparison of numbers of known types is a machine comparison; of one that the site has met numbers only, behind guards. What else is
//! compared asks the runtime, or calls it where that may run code. `operators.rs` has comparisons' special methods.

use super::Builder;
use super::intrinsics::narrow_character;
use crate::hir::helpers::Helper;
use crate::hir::*;
use adder_bytecode::{Feedback, Insn, Op as B};
use adder_interp::object::shape::shape_id;
use adder_interp::value::Value;

/// A comparing jump: comparison (order of `CompareOp`), whether it jumps when that holds, whether the right operand is a constant.
pub(super) fn compare_jump(op: B) -> Option<(i64, bool, bool)> {
    let n = op as u8;
    // Order of the jumps in the table: Lt Le Eq Ne Gt Ge, each with its negation.
    let decode = |first: B| {
        let d = n.checked_sub(first as u8)?;
        (d < 12).then_some(((d / 2) as i64, d % 2 == 0))
    };
    if let Some((cc, holds)) = decode(B::JLt) {
        return Some((cc, holds, false));
    }
    decode(B::JLtK).map(|(cc, holds)| (cc, holds, true))
}

pub(super) fn comparison(op: B) -> Option<i64> {
    [B::Lt, B::Le, B::Eq, B::Ne, B::Gt, B::Ge].iter().position(|&c| c == op).map(|i| i as i64)
}

impl Builder<'_, '_> {
    pub(super) fn identity(&mut self, insn: Insn) -> bool {
        let (x, y) = (self.read(insn.b() as usize), self.read(insn.c() as usize));
        let singleton =
            |b: &Self, v: ValueId| b.known(v).is_some_and(|v| v.is_none() || v.as_bool().is_some());
        let op = if singleton(self, x) || singleton(self, y) { Op::SameBits } else { Op::Is };
        let (x, y) = (self.boxed(x), self.boxed(y));
        let mut v = self.emit(op, Ty::Bool, &[x, y], 0);
        if insn.op() == B::IsNot {
            v = self.emit(Op::NotBool, Ty::Bool, &[v], 0);
        }
        self.put(insn.a() as usize, v)
    }

    /// A comparison of numbers, if feedback and types say so.
    fn number_comparison(&mut self, seen: u8, cc: i64, x: ValueId, y: ValueId) -> Option<ValueId> {
        let (tx, ty) = (self.unit.ty(x), self.unit.ty(y));
        let exact = |b: &Self, v: ValueId| {
            let inst = b.unit.inst(v);
            inst.op == Op::ConstInt && inst.imm.unsigned_abs() < 1 << 53
        };
        if tx == Ty::Float && exact(self, y) {
            let y = self.emit(Op::IntToFloat, Ty::Float, &[y], 0);
            return Some(self.emit(Op::CmpFloat, Ty::Bool, &[x, y], cc));
        }
        if let Some(v) = self.compare_words(cc, x, y) {
            return Some(v);
        }
        if tx == Ty::Bool && ty == Ty::Bool && matches!(cc, 2 | 3) {
            let (x, y) = (self.boxed(x), self.boxed(y));
            let same = self.emit(Op::SameBits, Ty::Bool, &[x, y], 0);
            return Some(if cc == 2 { same } else { self.emit(Op::NotBool, Ty::Bool, &[same], 0) });
        }
        if tx == Ty::Int && ty == Ty::Int {
            return Some(self.emit(Op::CmpInt, Ty::Bool, &[x, y], cc));
        }
        if tx == Ty::Float && ty == Ty::Float {
            return Some(self.emit(Op::CmpFloat, Ty::Bool, &[x, y], cc));
        }
        let fits = |t: Ty, wanted: Ty| t == wanted || t == Ty::Any;
        if seen == Feedback::INT && fits(tx, Ty::Int) && fits(ty, Ty::Int) {
            let x = self.int_value(x);
            let y = self.int_value(y);
            return Some(self.emit(Op::CmpInt, Ty::Bool, &[x, y], cc));
        }
        if seen == Feedback::FLOAT && fits(tx, Ty::Float) && fits(ty, Ty::Float) {
            let x = self.float_value(x);
            let y = self.float_value(y);
            return Some(self.emit(Op::CmpFloat, Ty::Bool, &[x, y], cc));
        }
        None
    }

    pub(super) fn compare(&mut self, insn: Insn, cc: i64) -> bool {
        if insn.feedback() == 0 {
            return self.unreached();
        }
        let (x, y) = (self.read(insn.b() as usize), self.read(insn.c() as usize));
        match self.number_comparison(insn.feedback(), cc, x, y) {
            Some(v) => self.put(insn.a() as usize, v),
            None if self.asks(self.pc) => {
                let (x, y) = (self.boxed(x), self.boxed(y));
                let v = self.truth_of_comparison(Op::AskCompare, x, y, cc);
                self.put(insn.a() as usize, v)
            }
            None => {
                let (x, y) = (self.boxed(x), self.boxed(y));
                let op = self.emit(Op::ConstInt, Ty::Int, &[], cc);
                self.helper_result(insn, Helper::Compare, Ty::Any, &[op, x, y])
            }
        }
    }

    /// `CompareTruth` or `AskCompare`; `imm2` tells that the right operand is a string, or which character.
    fn truth_of_comparison(&mut self, op: Op, x: ValueId, y: ValueId, cc: i64) -> ValueId {
        if let (Op::AskCompare, 2 | 3, Some(c)) = (op, cc, self.known(y).and_then(narrow_character)) {
            let code = self.emit(Op::CharOf, Ty::Int, &[x], 0);
            let v = self.guard(op, Ty::Bool, &[x, y, code], cc);
            self.unit.insts[v.0 as usize].imm2 = 2 + i64::from(c);
            return v;
        }
        let v = self.guard(op, Ty::Bool, &[x, y], cc);
        let text = self.known(y).is_some_and(|v| v.header().is_some_and(|h| h.shape() == shape_id::STR));
        self.unit.insts[v.0 as usize].imm2 = i64::from(text);
        v
    }

    pub(super) fn compare_and_jump(&mut self, insn: Insn, cc: i64, holds: bool, constant: bool) -> bool {
        if insn.feedback() == 0 {
            return self.unreached();
        }
        let x = self.read(insn.a() as usize);
        let y = if constant { self.constant(self.word(insn.b())) } else { self.read(insn.b() as usize) };
        let condition = match self.number_comparison(insn.feedback(), cc, x, y) {
            Some(v) => v,
            None if self.asks(self.pc) => {
                let (x, y) = (self.boxed(x), self.boxed(y));
                self.truth_of_comparison(Op::AskCompare, x, y, cc)
            }
            None => {
                self.send_visible_home();
                let (x, y) = (self.boxed(x), self.boxed(y));
                let v = self.truth_of_comparison(Op::CompareTruth, x, y, cc);
                self.forget_memory();
                self.check_frame = true;
                v
            }
        };
        let (target, next) = ((self.pc as i64 + i64::from(insn.c_jump())) as u32, self.pc + 1);
        self.branch(condition, if holds { target } else { next }, if holds { next } else { target });
        false
    }

    /// The truth of a value.
    pub(super) fn truth(&mut self, v: ValueId) -> ValueId {
        match self.unit.ty(v) {
            Ty::Bool => v,
            Ty::Int => {
                let zero = self.emit(Op::ConstInt, Ty::Int, &[], 0);
                self.emit(Op::CmpInt, Ty::Bool, &[v, zero], 3)
            }
            Ty::Word => {
                let zero = self.emit(Op::ConstWord, Ty::Word, &[], 0);
                self.emit(Op::CmpWord, Ty::Bool, &[v, zero], 3)
            }
            Ty::Float => {
                let zero = self.emit(Op::ConstFloat, Ty::Float, &[], 0);
                self.emit(Op::CmpFloat, Ty::Bool, &[v, zero], 3)
            }
            _ if self.asks(self.pc) => {
                let v = self.boxed(v);
                self.ask(Helper::QuietTruth, Ty::Bool, &[v])
            }
            _ => {
                let v = self.boxed(v);
                self.send_visible_home();
                let t = self.guard(Op::Truth, Ty::Bool, &[v], 0);
                self.forget_memory();
                self.check_frame = true;
                t
            }
        }
    }

    pub(super) fn jump_if(&mut self, insn: Insn, wanted: bool) -> bool {
        let v = self.read(insn.a() as usize);
        let t = self.truth(v);
        let (target, next) = ((self.pc as i64 + i64::from(insn.imm())) as u32, self.pc + 1);
        self.branch(t, if wanted { target } else { next }, if wanted { next } else { target });
        false
    }

    pub(super) fn jump_if_none(&mut self, insn: Insn, wanted: bool) -> bool {
        let v = self.read(insn.a() as usize);
        let (target, next) = ((self.pc as i64 + i64::from(insn.imm())) as u32, self.pc + 1);
        let (yes, no) = if wanted { (target, next) } else { (next, target) };
        if self.unit.ty(v) != Ty::Any {
            self.leave_to(no);
            return false;
        }
        let none = self.tagged_constant(Value::none());
        let t = self.emit(Op::SameBits, Ty::Bool, &[v, none], 0);
        self.branch(t, yes, no);
        false
    }
}
