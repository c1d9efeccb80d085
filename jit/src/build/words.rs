//! Ints beyond the small ones: machine words, signed and unsigned, and sums and products of which only the low bits matter.
//!
//! A site that has met ints beyond 49 bits works on [`Ty::Int`] while everything fits an `i64`, and on [`Ty::Word`] where the upper half
//! of `u64` shows up. Where results have been larger than that, the operator becomes [`Op::Wide`]: the low 64 bits, which is
//! all that a mask wants. If somebody wants the number after all, the operation is done again, exactly ([`Builder::exact`]);
//! exits do the same, so no frame state ever holds a wrong number.
//!
//! ```text
//!     x = (x << 25) & MASK64         v3: Wide = Wide v1 v2 #10      (shl)
//!                                    v4: Word = AndWord v3 v0
//! ```

use super::Builder;
use super::ops::{Operator, operator};
use crate::hir::helpers::Helper;
use crate::hir::*;
use adder_bytecode::{Feedback, Insn, Op as B};
use adder_interp::object::int::as_i128;
use adder_interp::value::Value;
use adder_interp::vm::ops::BinaryOp;

/// Longest left shift that is done out of order, in bits.
const MAX_SHIFT: i64 = 4096;
/// How far operands are followed to tell a sign.
const SIGN_DEPTH: u32 = 6;

/// Whether a value is an exact int that is not small but fits a word.
pub(super) fn is_long_int(v: Value) -> bool {
    !v.is_small_int() && as_i128(v).is_some_and(|i| i64::try_from(i).is_ok() || u64::try_from(i).is_ok())
}

impl Builder<'_, '_> {
    /// Whether an operator that has met long ints is done in words, without a call.
    pub(super) fn has_word_operation(&self, insn: Insn) -> bool {
        use Operator::*;
        let other = Feedback::OTHER | Feedback::FLOAT | Feedback::MIXED;
        if insn.feedback() & other != 0 || !self.source.speculate {
            return false;
        }
        let constant = || self.word(insn.c());
        match operator(insn.op()) {
            (Add | Sub | Mul | And | Or | Xor, _) => true,
            (Shl | Shr, true) => constant().as_small_int().is_some_and(|i| (0..MAX_SHIFT).contains(&i)),
            (Mod | FloorDiv, true) => as_i128(constant()).is_some_and(|i| i > 0),
            // Without HUGE the operands are words.
            (Shl | Shr | Mod | FloorDiv, false) => insn.feedback() & Feedback::HUGE == 0,
            _ => false,
        }
    }

    /// Guards that register `r` has a word, as it has now.
    pub(super) fn speculate_word(&mut self, r: usize, now: Value) {
        if !is_long_int(now) {
            return;
        }
        let v = self.read(r);
        if self.unit.ty(v) == Ty::Any {
            let unsigned = as_i128(now).is_some_and(|i| i > i64::MAX as i128);
            self.guard_word(v, unsigned);
        }
    }

    fn guard_word(&mut self, v: ValueId, unsigned: bool) -> ValueId {
        let (op, ty) = if unsigned { (Op::GuardWord, Ty::Word) } else { (Op::GuardLongInt, Ty::Int) };
        let word = self.guard(op, ty, &[v], 0);
        self.refine(v, word);
        word
    }

    /// An operand as `Int`, `Word` or `Wide`.
    fn word_operand(&mut self, v: ValueId, seen: u8) -> ValueId {
        match self.unit.ty(v) {
            Ty::Int | Ty::Word | Ty::Wide => v,
            Ty::Any => match self.known(v).and_then(as_i128) {
                Some(i) if i64::try_from(i).is_ok() => self.int_constant(i as i64),
                Some(i) if u64::try_from(i).is_ok() => {
                    self.emit(Op::ConstWord, Ty::Word, &[], i as u64 as i64)
                }
                _ => self.guard_word(v, seen & Feedback::UNSIGNED != 0),
            },
            // No int, whatever the site has met: the guard fails.
            _ => {
                let v = self.boxed(v);
                self.guard(Op::GuardLongInt, Ty::Int, &[v], 0)
            }
        }
    }

    fn int_constant(&mut self, i: i64) -> ValueId {
        self.emit(Op::ConstInt, Ty::Int, &[], i)
    }

    fn int_constant_of(&self, v: ValueId) -> Option<i64> {
        let inst = self.unit.inst(v);
        (inst.op == Op::ConstInt).then_some(inst.imm)
    }

    /// Whether an `Int` is known not to be negative.
    fn not_negative(&self, v: ValueId, depth: u32) -> bool {
        let inst = self.unit.inst(v);
        let arg = |i: usize| depth > 0 && self.not_negative(inst.args[i], depth - 1);
        match inst.op {
            _ if inst.ty == Ty::Word => true,
            Op::ConstInt => inst.imm >= 0,
            Op::ShrWord | Op::ModWord | Op::FloorDivWord | Op::Length | Op::ByteGet => true,
            Op::AndInt => inst
                .args
                .iter()
                .any(|&a| self.unit.ty(a) == Ty::Int && depth > 0 && self.not_negative(a, depth - 1)),
            Op::OrInt | Op::XorInt | Op::AddInt | Op::MulInt => arg(0) && arg(1),
            Op::ShrInt | Op::ShlInt => arg(0),
            Op::ModInt => self.int_constant_of(inst.args[1]).is_some_and(|d| d > 0),
            _ => false,
        }
    }

    /// An `Int` or `Word` as a `Word`.
    pub(super) fn to_word(&mut self, v: ValueId) -> ValueId {
        if self.unit.ty(v) != Ty::Int {
            return v;
        }
        match self.int_constant_of(v) {
            Some(i) if i >= 0 => self.emit(Op::ConstWord, Ty::Word, &[], i),
            _ if self.not_negative(v, SIGN_DEPTH) => self.emit(Op::AsWord, Ty::Word, &[v], 0),
            _ => self.guard(Op::WordOfInt, Ty::Word, &[v], 0),
        }
    }

    /// A binary operation on ints that are not all small.
    pub(super) fn word_binary(&mut self, insn: Insn, op: Operator, seen: u8, constant: bool) -> bool {
        let x = self.read(insn.b() as usize);
        let x = self.word_operand(x, seen);
        let y = self.right(insn, constant);
        if let Some(k) = self.power_of_two(y).filter(|_| op == Operator::Mod) {
            let mask = match k {
                63 | 64 => self.emit(Op::ConstWord, Ty::Word, &[], (u64::MAX >> (64 - k)) as i64),
                _ => self.int_constant((1 << k) - 1),
            };
            let v = self.mask(x, mask);
            return self.put(insn.a() as usize, v);
        }
        let y = self.word_operand(y, seen);
        let [tx, ty] = [x, y].map(|v| self.unit.ty(v));
        let wide = tx == Ty::Wide || ty == Ty::Wide;
        let words = tx == Ty::Word || ty == Ty::Word;
        let huge = wide || seen & Feedback::HUGE != 0 || (seen & Feedback::BIG != 0 && self.is_masked(insn));
        let unsigned = words || seen & Feedback::UNSIGNED != 0;
        let distance = self.int_constant_of(y);
        let short = distance.is_some_and(|d| (0..64).contains(&d));
        let v = match op {
            Operator::And => self.mask(x, y),
            Operator::Or | Operator::Xor if wide => self.wide(binary_op(op), x, y),
            Operator::Or if words => self.two_words(Op::OrWord, x, y),
            Operator::Xor if words => self.two_words(Op::XorWord, x, y),
            Operator::Add | Operator::Sub | Operator::Mul if huge => self.wide(binary_op(op), x, y),
            Operator::Shl if huge && short => self.wide(binary_op(op), x, y),
            Operator::Add if unsigned => self.two_words(Op::AddWord, x, y),
            Operator::Sub if unsigned => self.two_words(Op::SubWord, x, y),
            Operator::Mul if unsigned => self.two_words(Op::MulWord, x, y),
            _ if wide && distance.is_some_and(|d| (1..MAX_SHIFT).contains(&d)) => {
                self.exact_operation(binary_op(op) as i64, x, y)
            }
            _ if wide => {
                self.exit(Reason::Unreached);
                return false;
            }
            Operator::Shl if unsigned && ty == Ty::Int => {
                let x = self.to_word(x);
                self.guard(Op::ShlWord, Ty::Word, &[x, y], 0)
            }
            Operator::Shr if tx == Ty::Word && ty == Ty::Int => {
                let fits = distance.is_some_and(|d| d > 0);
                self.guard(Op::ShrWord, if fits { Ty::Int } else { Ty::Word }, &[x, y], 0)
            }
            Operator::FloorDiv if words => self.two_words(Op::FloorDivWord, x, y),
            Operator::Mod if words => self.two_words(Op::ModWord, x, y),
            _ => {
                let x = self.int_value(x);
                let y = self.int_value(y);
                return self.int_operation(insn, op, x, y);
            }
        };
        self.put(insn.a() as usize, v)
    }

    /// Whether one of the operands has low bits only and the operator wants no more of it: it has met larger ints than words, which have
    /// not become numbers here.
    pub(super) fn takes_low_bits(&mut self, insn: Insn, op: Operator, constant: bool) -> bool {
        let x = self.read(insn.b() as usize);
        let y = self.right(insn, constant);
        let is_word = |b: &Self, v: ValueId| match b.unit.ty(v) {
            Ty::Int | Ty::Word | Ty::Wide => true,
            _ => b.known(v).is_some_and(|v| as_i128(v).is_some()),
        };
        let wide = [x, y].iter().any(|&v| self.unit.ty(v) == Ty::Wide);
        let short = self.int_constant_of(y).is_some_and(|d| (0..64).contains(&d));
        let power = op == Operator::Mod && self.power_of_two(y).is_some();
        use Operator::*;
        wide && is_word(self, x)
            && is_word(self, y)
            && (matches!(op, Add | Sub | Mul | And | Or | Xor) || (op == Shl && short) || power)
    }

    /// The exponent of a constant power of two, up to 64.
    fn power_of_two(&self, v: ValueId) -> Option<u32> {
        let number = self.int_constant_of(v).map(i128::from).or_else(|| self.known(v).and_then(as_i128))?;
        (0..=64).find(|&k| number == 1 << k)
    }

    fn two_words(&mut self, op: Op, x: ValueId, y: ValueId) -> ValueId {
        let x = self.to_word(x);
        let y = self.to_word(y);
        if op.effect() == Effect::Pure {
            self.emit(op, Ty::Word, &[x, y], 0)
        } else {
            self.guard(op, Ty::Word, &[x, y], 0)
        }
    }

    fn wide(&mut self, op: BinaryOp, x: ValueId, y: ValueId) -> ValueId {
        self.emit(Op::Wide, Ty::Wide, &[x, y], op as i64)
    }

    /// `x & y`: what is known not to be negative decides how much of the other is needed.
    fn mask(&mut self, x: ValueId, y: ValueId) -> ValueId {
        for (mask, other) in [(y, x), (x, y)] {
            if self.unit.ty(mask) == Ty::Int && self.not_negative(mask, SIGN_DEPTH) {
                return self.emit(Op::AndInt, Ty::Int, &[other, mask], 0);
            }
        }
        let (tx, ty) = (self.unit.ty(x), self.unit.ty(y));
        if tx == Ty::Word || ty == Ty::Word {
            // The upper bits of the other one meet zeros.
            return self.emit(Op::AndWord, Ty::Word, &[x, y], 0);
        }
        match (tx, ty) {
            (Ty::Wide, Ty::Wide) => self.wide(BinaryOp::And, x, y),
            (Ty::Wide, _) | (_, Ty::Wide) => {
                let mask = if tx == Ty::Wide { y } else { x };
                self.guard(Op::GuardNotNegative, Ty::None, &[mask], 0);
                self.emit(Op::AndInt, Ty::Int, &[x, y], 0)
            }
            _ => self.emit(Op::AndInt, Ty::Int, &[x, y], 0),
        }
    }

    /// The number of which `v` has the low bits.
    pub(super) fn exact(&mut self, v: ValueId) -> ValueId {
        if let Some(&tagged) = self.state.boxed.get(&v) {
            return tagged;
        }
        let inst = self.unit.inst(v).clone();
        let tagged = self.exact_operation(inst.imm, inst.args[0], inst.args[1]);
        self.state.boxed.insert(v, tagged);
        tagged
    }

    fn exact_operation(&mut self, op: i64, x: ValueId, y: ValueId) -> ValueId {
        let op = self.int_constant(op);
        let [x, y] = [x, y].map(|a| self.boxed(a));
        self.emit(Op::Make, Ty::Any, &[op, x, y], Helper::ExactInt as i64)
    }

    /// Whether the result of an instruction is masked by the next one that is no load.
    fn is_masked(&self, insn: Insn) -> bool {
        let rest = &self.f.insns[self.pc as usize + 1..];
        let Some(next) = rest.iter().find(|i| !matches!(i.op(), B::LoadGlobal | B::LoadConst | B::LoadName))
        else {
            return false;
        };
        match next.op() {
            B::AndK => next.b() == insn.a(),
            B::And => next.b() == insn.a() || next.c() == insn.a(),
            _ => false,
        }
    }

    /// `~v` is `-1 ^ v`, `-v` is `0 - v`.
    pub(super) fn wide_unary(&mut self, op: B, v: ValueId) -> ValueId {
        let (left, op) = if op == B::Invert { (-1, BinaryOp::Xor) } else { (0, BinaryOp::Sub) };
        let left = self.int_constant(left);
        self.wide(op, left, v)
    }

    /// A comparison of words with words and ints.
    pub(super) fn compare_words(&mut self, cc: i64, x: ValueId, y: ValueId) -> Option<ValueId> {
        let types = [self.unit.ty(x), self.unit.ty(y)];
        let fits = |t: Ty| matches!(t, Ty::Int | Ty::Word);
        let negative = [x, y].iter().any(|&v| self.int_constant_of(v).is_some_and(|i| i < 0));
        if !types.contains(&Ty::Word) || !types.into_iter().all(fits) || negative {
            return None;
        }
        let x = self.to_word(x);
        let y = self.to_word(y);
        Some(self.emit(Op::CmpWord, Ty::Bool, &[x, y], cc))
    }
}

fn binary_op(op: Operator) -> BinaryOp {
    match op {
        Operator::Add => BinaryOp::Add,
        Operator::Sub => BinaryOp::Sub,
        Operator::Mul => BinaryOp::Mul,
        Operator::TrueDiv => BinaryOp::TrueDiv,
        Operator::FloorDiv => BinaryOp::FloorDiv,
        Operator::Mod => BinaryOp::Mod,
        Operator::And => BinaryOp::And,
        Operator::Or => BinaryOp::Or,
        Operator::Xor => BinaryOp::Xor,
        Operator::Shl => BinaryOp::Shl,
        Operator::Shr | Operator::Other => BinaryOp::Shr,
    }
}
