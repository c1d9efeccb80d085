//! Instructions on numbers and truth values; dispatch to those that touch memory.

use super::Lower;
use crate::hir::helpers::Helper;
use crate::hir::*;
use adder_interp::value::{INT_TAG, Value};
use adder_interp::vm::planted::{Bug, planted};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{self, BlockArg, InstBuilder, MemFlagsData, types};

/// Doubles are stored as their bits plus this.
const DOUBLE_OFFSET: i64 = adder_interp::value::DOUBLE_OFFSET as i64;
/// Negated doubles at or above these bits are NaNs that might collide with ints.
const NAN_LIMIT: i64 = 0xFFF4_0000_0000_0000_u64 as i64;
const NAN: i64 = 0xFFF8_0000_0000_0000_u64 as i64;

const INT_CC: [IntCC; 6] = [
    IntCC::SignedLessThan,
    IntCC::SignedLessThanOrEqual,
    IntCC::Equal,
    IntCC::NotEqual,
    IntCC::SignedGreaterThan,
    IntCC::SignedGreaterThanOrEqual,
];
const FLOAT_CC: [FloatCC; 6] = [
    FloatCC::LessThan,
    FloatCC::LessThanOrEqual,
    FloatCC::Equal,
    FloatCC::NotEqual,
    FloatCC::GreaterThan,
    FloatCC::GreaterThanOrEqual,
];

impl Lower<'_> {
    /// Lowers one instruction; its value, if it has one.
    pub(super) fn inst(&mut self, v: ValueId) -> Option<ir::Value> {
        let unit = self.unit;
        let inst = unit.inst(v);
        let arg = |i: usize| self.values[&inst.args[i]];
        let state = inst.state.unwrap_or(StateId(0));
        Some(match inst.op {
            Op::Param => return None,
            Op::ConstInt | Op::ConstValue => self.int(inst.imm),
            Op::ConstFloat => self.b.ins().f64const(f64::from_bits(inst.imm as u64)),
            Op::ConstBool => self.b.ins().iconst(types::I8, inst.imm),
            Op::GuardInt => {
                let v = arg(0);
                let bad = self.b.ins().icmp_imm_s(IntCC::UnsignedLessThan, v, INT_TAG as i64);
                self.leave_if(bad, state, Reason::Guard);
                self.untag_int(v)
            }
            Op::GuardFloat => {
                let bits = self.b.ins().iadd_imm_s(arg(0), -DOUBLE_OFFSET);
                let bad = self.not_a_double(bits);
                self.leave_if(bad, state, Reason::Guard);
                self.b.ins().bitcast(types::F64, MemFlagsData::new(), bits)
            }
            Op::ToFloat => self.to_float(arg(0), state),
            Op::GuardNotBothInt => {
                let both = self.b.ins().band(arg(0), arg(1));
                let bad = self.b.ins().icmp_imm_s(IntCC::UnsignedGreaterThanOrEqual, both, INT_TAG as i64);
                self.leave_if(bad, state, Reason::Guard);
                return None;
            }
            Op::BoxInt if inst.imm == 1 => {
                let v = arg(0);
                self.b.ins().bor_imm_s(v, INT_TAG as i64)
            }
            Op::BoxInt => self.box_int(arg(0), inst.imm2),
            Op::BoxFloat => self.boxed(Ty::Float, arg(0)),
            Op::FloatOfBox => {
                let bits = self.b.ins().iadd_imm_s(arg(0), -DOUBLE_OFFSET);
                self.b.ins().bitcast(types::F64, MemFlagsData::new(), bits)
            }
            Op::BoxBool => self.boxed(Ty::Bool, arg(0)),
            Op::IntToFloat => self.b.ins().fcvt_from_sint(types::F64, arg(0)),
            Op::Bounded => arg(0),
            Op::Below => self.b.ins().icmp(IntCC::UnsignedLessThan, arg(0), arg(1)),
            Op::AndInt => self.b.ins().band(arg(0), arg(1)),
            Op::OrInt => self.b.ins().bor(arg(0), arg(1)),
            Op::XorInt => self.b.ins().bxor(arg(0), arg(1)),
            Op::NotInt => self.b.ins().bnot(arg(0)),
            Op::AddFloat => self.b.ins().fadd(arg(0), arg(1)),
            Op::SubFloat => self.b.ins().fsub(arg(0), arg(1)),
            Op::MulFloat => self.b.ins().fmul(arg(0), arg(1)),
            Op::SqrtFloat => {
                let x = arg(0);
                let zero = self.b.ins().f64const(0.0);
                let bad = self.b.ins().fcmp(FloatCC::LessThan, x, zero);
                self.leave_if(bad, state, Reason::Guard);
                self.b.ins().sqrt(x)
            }
            Op::NegFloat => self.negated(arg(0)),
            Op::Select => self.b.ins().select(arg(0), arg(1), arg(2)),
            Op::AbsFloat => self.b.ins().fabs(arg(0)),
            Op::CmpInt => self.b.ins().icmp(INT_CC[inst.imm as usize], arg(0), arg(1)),
            Op::CmpFloat => self.b.ins().fcmp(FLOAT_CC[inst.imm as usize], arg(0), arg(1)),
            Op::SameBits => self.b.ins().icmp(IntCC::Equal, arg(0), arg(1)),
            Op::Is => self.identity(arg(0), arg(1)),
            Op::BothInt => {
                let both = self.b.ins().band(arg(0), arg(1));
                self.b.ins().icmp_imm_s(IntCC::UnsignedGreaterThanOrEqual, both, INT_TAG as i64)
            }
            Op::NotBool => self.b.ins().bxor_imm_s(arg(0), 1),
            Op::IsEmpty => self.b.ins().icmp_imm_s(IntCC::Equal, arg(0), 0),
            Op::DivFloat => {
                let (x, y) = (arg(0), arg(1));
                let zero = self.b.ins().f64const(0.0);
                let bad = self.b.ins().fcmp(FloatCC::Equal, y, zero);
                self.leave_if(bad, state, Reason::Guard);
                self.b.ins().fdiv(x, y)
            }
            Op::AddInt | Op::SubInt | Op::MulInt | Op::NegInt => self.overflowing(inst, state),
            Op::FloorDivInt | Op::ModInt => self.division(inst, state),
            Op::TrueDivInt => self.true_division(arg(0), arg(1), inst.imm == 1, state),
            Op::ShlInt | Op::ShrInt => self.shift(inst, state),
            op => match self.word_inst(inst, state) {
                Some(result) => result,
                None if op == Op::GuardNotNegative => return None,
                None => return self.memory_inst(inst, state),
            },
        })
    }

    /// A negated double. Of all instructions on doubles it alone can make a NaN that is no value.
    fn negated(&mut self, x: ir::Value) -> ir::Value {
        let x = self.b.ins().fneg(x);
        let bits = self.b.ins().bitcast(types::I64, MemFlagsData::new(), x);
        let collides = self.b.ins().icmp_imm_s(IntCC::UnsignedGreaterThanOrEqual, bits, NAN_LIMIT);
        let nan = self.int(NAN);
        let bits = self.b.ins().select(collides, nan, bits);
        self.b.ins().bitcast(types::F64, MemFlagsData::new(), bits)
    }

    pub(super) fn untag_int(&mut self, v: ir::Value) -> ir::Value {
        let up = self.b.ins().ishl_imm_s(v, 15);
        self.b.ins().sshr_imm_s(up, 15)
    }

    /// Whether a tagged word less the offset is no double.
    fn not_a_double(&mut self, bits: ir::Value) -> ir::Value {
        let limit = (INT_TAG as i64).wrapping_sub(DOUBLE_OFFSET);
        self.b.ins().icmp_imm_s(IntCC::UnsignedGreaterThanOrEqual, bits, limit)
    }

    fn to_float(&mut self, v: ir::Value, state: StateId) -> ir::Value {
        let (is_int, done) = (self.b.create_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::F64);
        let int = self.b.ins().icmp_imm_s(IntCC::UnsignedGreaterThanOrEqual, v, INT_TAG as i64);
        self.branch_away(int, is_int);
        let bits = self.b.ins().iadd_imm_s(v, -DOUBLE_OFFSET);
        let bad = self.not_a_double(bits);
        self.leave_if(bad, state, Reason::Guard);
        let x = self.b.ins().bitcast(types::F64, MemFlagsData::new(), bits);
        self.jump(done, &[BlockArg::Value(x)]);
        self.switch(is_int);
        let i = self.untag_int(v);
        let x = self.b.ins().fcvt_from_sint(types::F64, i);
        self.jump(done, &[BlockArg::Value(x)]);
        self.switch(done);
        result
    }

    /// A value as a tagged word.
    pub(super) fn boxed(&mut self, ty: Ty, v: ir::Value) -> ir::Value {
        match ty {
            Ty::Int => self.box_int(v, 0),
            Ty::Word => self.box_word(v, 0),
            Ty::Float => {
                let bits = self.b.ins().bitcast(types::I64, MemFlagsData::new(), v);
                self.b.ins().iadd_imm_s(bits, DOUBLE_OFFSET)
            }
            Ty::Bool => {
                let [t, f] = [true, false].map(|b| Value::bool(b).bits() as i64);
                let (t, f) = (self.int(t), self.int(f));
                self.b.ins().select(v, t, f)
            }
            _ => v,
        }
    }

    /// An int as a tagged word; `window` is the offset of the innermost window, for the collector.
    pub(super) fn box_int(&mut self, v: ir::Value, window: i64) -> ir::Value {
        let (large, done) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(large);
        let result = self.b.append_block_param(done, types::I64);
        let small = self.untag_int(v);
        let differs = self.b.ins().icmp(IntCC::NotEqual, small, v);
        self.branch_away(differs, large);
        let tagged = self.b.ins().bor_imm_s(v, INT_TAG as i64);
        self.jump(done, &[BlockArg::Value(tagged)]);
        self.switch(large);
        // The allocation may collect: this frame must be seen.
        self.publish_window(window);
        let address = Helper::BoxInt.address();
        let tagged = self.runtime_rarely(address, &[self.vm, v]);
        self.jump(done, &[BlockArg::Value(tagged)]);
        self.switch(done);
        result
    }

    /// Arithmetic that leaves on overflow; with immediate 1 there is none.
    fn overflowing(&mut self, inst: &Inst, state: StateId) -> ir::Value {
        let x = self.value(inst.args[0]);
        if inst.imm == 1 {
            let y = inst.args.get(1).map(|&y| self.value(y));
            return match (inst.op, y) {
                (Op::AddInt, Some(y)) => self.b.ins().iadd(x, y),
                (Op::SubInt, Some(y)) => self.b.ins().isub(x, y),
                (Op::MulInt, Some(y)) => self.b.ins().imul(x, y),
                _ => self.b.ins().ineg(x),
            };
        }
        let (result, overflow) = match inst.op {
            Op::NegInt => {
                let zero = self.int(0);
                self.b.ins().ssub_overflow(zero, x)
            }
            op => {
                let y = self.value(inst.args[1]);
                match op {
                    Op::AddInt => self.b.ins().sadd_overflow(x, y),
                    Op::SubInt => self.b.ins().ssub_overflow(x, y),
                    _ => self.b.ins().smul_overflow(x, y),
                }
            }
        };
        if !(planted(Bug::OverflowUnchecked) && inst.op == Op::SubInt) {
            self.leave_if(overflow, state, Reason::Guard);
        }
        result
    }

    fn division(&mut self, inst: &Inst, state: StateId) -> ir::Value {
        let (x, y) = (self.value(inst.args[0]), self.value(inst.args[1]));
        let divisor = self.unit.inst(inst.args[1]);
        let constant = (divisor.op == Op::ConstInt).then_some(divisor.imm);
        if let Some(d) = constant.filter(|d| *d > 0 && (*d as u64).is_power_of_two()) {
            // Floor division and modulo by a power of two are a shift and a mask.
            return if inst.op == Op::ModInt {
                self.b.ins().band_imm_s(x, d - 1)
            } else {
                self.b.ins().sshr_imm_s(x, i64::from(d.trailing_zeros()))
            };
        }
        if inst.imm == 1 {
            // Neither is negative, and the divisor is not 0.
            return if inst.op == Op::ModInt { self.b.ins().urem(x, y) } else { self.b.ins().udiv(x, y) };
        }
        if constant.is_none_or(|d| d == 0 || d == -1) {
            // 0 divides by nothing, -1 overflows once.
            let y1 = self.b.ins().iadd_imm_s(y, 1);
            let bad = self.b.ins().icmp_imm_s(IntCC::UnsignedLessThanOrEqual, y1, 1);
            self.leave_if(bad, state, Reason::Guard);
        }
        let q = self.b.ins().sdiv(x, y);
        let product = self.b.ins().imul(q, y);
        let r = self.b.ins().isub(x, product);
        let inexact = self.b.ins().icmp_imm_s(IntCC::NotEqual, r, 0);
        let signs = self.b.ins().bxor(r, y);
        let differ = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, signs, 0);
        let adjust = self.b.ins().band(inexact, differ);
        let adjust = if planted(Bug::TruncatedDivision) { inexact } else { adjust };
        if inst.op == Op::ModInt {
            let zero = self.int(0);
            let more = self.b.ins().select(adjust, y, zero);
            self.b.ins().iadd(r, more)
        } else {
            let one = self.b.ins().uextend(types::I64, adjust);
            self.b.ins().isub(q, one)
        }
    }

    /// With `exact`, both are known to be exact as floats, and the divisor is not 0.
    fn true_division(&mut self, x: ir::Value, y: ir::Value, exact: bool, state: StateId) -> ir::Value {
        if !exact {
            let zero = self.b.ins().icmp_imm_s(IntCC::Equal, y, 0);
            self.leave_if(zero, state, Reason::Guard);
        }
        for v in if exact { vec![] } else { vec![x, y] } {
            // Within 53 bits the conversion is exact, so the quotient is rounded once.
            let up = self.b.ins().ishl_imm_s(v, 10);
            let back = self.b.ins().sshr_imm_s(up, 10);
            let wide = self.b.ins().icmp(IntCC::NotEqual, back, v);
            self.leave_if(wide, state, Reason::Guard);
        }
        let x = self.b.ins().fcvt_from_sint(types::F64, x);
        let y = self.b.ins().fcvt_from_sint(types::F64, y);
        self.b.ins().fdiv(x, y)
    }

    fn shift(&mut self, inst: &Inst, state: StateId) -> ir::Value {
        let (x, y) = (self.value(inst.args[0]), self.value(inst.args[1]));
        if inst.imm == 1 {
            return if inst.op == Op::ShrInt { self.b.ins().sshr(x, y) } else { self.b.ins().ishl(x, y) };
        }
        let bad = self.b.ins().icmp_imm_s(IntCC::UnsignedGreaterThan, y, 63);
        self.leave_if(bad, state, Reason::Guard);
        if inst.op == Op::ShrInt {
            return self.b.ins().sshr(x, y);
        }
        let result = self.b.ins().ishl(x, y);
        let back = self.b.ins().sshr(result, y);
        let lost = self.b.ins().icmp(IntCC::NotEqual, back, x);
        self.leave_if(lost, state, Reason::Guard);
        result
    }
}
