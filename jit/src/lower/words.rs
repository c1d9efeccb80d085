//! Ints beyond the small ones: unsigned words, and those that are objects.

use super::objects::POINTER_LIMIT;
use super::{Lower, Region};
use crate::hir::helpers::Helper;
use crate::hir::*;
use adder_interp::object::header::{Header, Kind};
use adder_interp::object::shape::shape_id;
use adder_interp::value::INT_TAG;
use adder_interp::vm::ops::BinaryOp;
use adder_interp::vm::planted::{Bug, planted};
use adder_interp::vm::tier_up::offset;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, BlockArg, InstBuilder, types};

/// Size of an int in an object, be it of one word or of two.
const LONG_INT_BYTES: usize = 24;
// Both have the low word first; the other is 0 in ints that are no subclass's and fit a word.
const _: () = assert!(offset::INT64_VALUE == 8 && offset::INT128_LOW == 8 && offset::INT128_HIGH == 16);

const UNSIGNED_CC: [IntCC; 6] = [
    IntCC::UnsignedLessThan,
    IntCC::UnsignedLessThanOrEqual,
    IntCC::Equal,
    IntCC::NotEqual,
    IntCC::UnsignedGreaterThan,
    IntCC::UnsignedGreaterThanOrEqual,
];

impl Lower<'_> {
    /// Lowers an instruction on words, if it is one.
    pub(super) fn word_inst(&mut self, inst: &Inst, state: StateId) -> Option<ir::Value> {
        let arg = |i: usize| self.values[&inst.args[i]];
        Some(match inst.op {
            Op::ConstWord => self.int(inst.imm),
            Op::GuardLongInt | Op::GuardWord => self.guard_word(arg(0), inst.op == Op::GuardWord, state),
            Op::WordOfInt | Op::IntOfWord | Op::GuardNotNegative => {
                let v = arg(0);
                let bad = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, v, 0);
                self.leave_if(bad, state, Reason::Guard);
                return (inst.op != Op::GuardNotNegative).then_some(v);
            }
            Op::AsWord => arg(0),
            Op::BoxWord => self.make_word(arg(0), inst.imm2),
            Op::AndWord => self.b.ins().band(arg(0), arg(1)),
            Op::OrWord => self.b.ins().bor(arg(0), arg(1)),
            Op::XorWord => self.b.ins().bxor(arg(0), arg(1)),
            Op::CmpWord => self.b.ins().icmp(UNSIGNED_CC[inst.imm as usize], arg(0), arg(1)),
            Op::WordToFloat => self.b.ins().fcvt_from_uint(types::F64, arg(0)),
            Op::AddWord | Op::SubWord | Op::MulWord => {
                let (x, y) = (arg(0), arg(1));
                let (result, overflow) = match inst.op {
                    Op::AddWord => self.b.ins().uadd_overflow(x, y),
                    Op::SubWord => self.b.ins().usub_overflow(x, y),
                    _ => self.b.ins().umul_overflow(x, y),
                };
                self.leave_if(overflow, state, Reason::Guard);
                result
            }
            Op::FloorDivWord | Op::ModWord => {
                let (x, y) = (arg(0), arg(1));
                let zero = self.b.ins().icmp_imm_s(IntCC::Equal, y, 0);
                self.leave_if(zero, state, Reason::Guard);
                if inst.op == Op::ModWord { self.b.ins().urem(x, y) } else { self.b.ins().udiv(x, y) }
            }
            Op::ShlWord | Op::ShrWord => {
                let (x, y) = (arg(0), arg(1));
                let bad = self.b.ins().icmp_imm_s(IntCC::UnsignedGreaterThan, y, 63);
                self.leave_if(bad, state, Reason::Guard);
                if inst.op == Op::ShrWord {
                    return Some(self.b.ins().ushr(x, y));
                }
                let result = self.b.ins().ishl(x, y);
                let back = self.b.ins().ushr(result, y);
                let lost = self.b.ins().icmp(IntCC::NotEqual, back, x);
                self.leave_if(lost, state, Reason::Guard);
                result
            }
            Op::Wide => self.low_bits(inst),
            _ => return None,
        })
    }

    /// The low 64 bits of a result.
    fn low_bits(&mut self, inst: &Inst) -> ir::Value {
        let (x, y) = (self.value(inst.args[0]), self.value(inst.args[1]));
        match BinaryOp::ALL[inst.imm as usize] {
            BinaryOp::Add => self.b.ins().iadd(x, y),
            BinaryOp::Sub => self.b.ins().isub(x, y),
            BinaryOp::Mul => self.b.ins().imul(x, y),
            BinaryOp::Shl => self.b.ins().ishl(x, y),
            BinaryOp::And => self.b.ins().band(x, y),
            BinaryOp::Or => self.b.ins().bor(x, y),
            BinaryOp::Xor => self.b.ins().bxor(x, y),
            // Only made to be done exactly.
            _ => self.int(0),
        }
    }

    /// The int in a tagged word or an object: as an `i64`, or as an unsigned word.
    fn guard_word(&mut self, v: ir::Value, unsigned: bool, state: StateId) -> ir::Value {
        let (small, object, done) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::I64);
        let is_small = self.b.ins().icmp_imm_s(IntCC::UnsignedGreaterThanOrEqual, v, INT_TAG as i64);
        self.brif(is_small, (small, &[]), (object, &[]));
        self.switch(small);
        let i = self.untag_int(v);
        self.not_negative(i, unsigned, state);
        self.jump(done, &[BlockArg::Value(i)]);
        self.switch(object);
        let word = self.b.ins().iadd_imm_s(v, -1);
        let none = self.b.ins().icmp_imm_s(IntCC::UnsignedGreaterThanOrEqual, word, POINTER_LIMIT - 1);
        self.leave_if(none, state, Reason::Guard);
        let shape = self.load(Region::Header, types::I32, v, offset::HEADER_SHAPE as i32);
        let other = self.b.ins().icmp_imm_s(IntCC::NotEqual, shape, i64::from(shape_id::INT.0));
        self.leave_if(other, state, Reason::Guard);
        let kind = self.load(Region::Header, types::I16, v, offset::HEADER_KIND as i32);
        let long = self.b.ins().icmp_imm_s(IntCC::Equal, kind, i64::from(offset::KIND_INT64));
        if unsigned {
            let (one, two) = (self.b.create_block(), self.b.create_block());
            self.brif(long, (one, &[]), (two, &[]));
            self.switch(two);
            let other = self.b.ins().icmp_imm_s(IntCC::NotEqual, kind, i64::from(offset::KIND_INT128));
            self.leave_if(other, state, Reason::Guard);
            let high = self.load(Region::Header, types::I64, v, offset::INT128_HIGH as i32);
            self.leave_if(high, state, Reason::Guard);
            let low = self.load(Region::Header, types::I64, v, offset::INT128_LOW as i32);
            self.jump(done, &[BlockArg::Value(low)]);
            self.switch(one);
        } else {
            let other = self.b.ins().icmp_imm_s(IntCC::NotEqual, kind, i64::from(offset::KIND_INT64));
            self.leave_if(other, state, Reason::Guard);
        }
        let i = self.load(Region::Header, types::I64, v, offset::INT64_VALUE as i32);
        self.not_negative(i, unsigned, state);
        self.jump(done, &[BlockArg::Value(i)]);
        self.switch(done);
        result
    }

    fn not_negative(&mut self, i: ir::Value, wanted: bool, state: StateId) {
        if wanted && !planted(Bug::NegativeWord) {
            let negative = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, i, 0);
            self.leave_if(negative, state, Reason::Guard);
        }
    }

    /// As [`Self::box_word`], where that happens often: objects are made here while the heap's current range has room.
    fn make_word(&mut self, v: ir::Value, window: i64) -> ir::Value {
        let (large, done) = (self.b.create_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::I64);
        let tagged = self.b.ins().bor_imm_s(v, INT_TAG as i64);
        let high = self.b.ins().ushr_imm_s(v, 48);
        self.brif(high, (large, &[]), (done, &[BlockArg::Value(tagged)]));
        self.switch(large);
        let fill = |lower: &mut Self, at| {
            let [one, two] = [Kind::Int64, Kind::Int128]
                .map(|kind| lower.int(Header::word(kind, shape_id::INT, LONG_INT_BYTES) as i64));
            let negative = lower.b.ins().icmp_imm_s(IntCC::SignedLessThan, v, 0);
            let header = lower.b.ins().select(negative, two, one);
            lower.store(Region::Header, header, at, 0);
            lower.store(Region::Header, v, at, offset::INT64_VALUE as i32);
            let nothing = lower.int(0);
            lower.store(Region::Header, nothing, at, offset::INT128_HIGH as i32);
        };
        let made = self.allocate(LONG_INT_BYTES, fill, |lower| lower.box_long(v, window));
        self.jump(done, &[BlockArg::Value(made)]);
        self.switch(done);
        result
    }

    fn box_long(&mut self, v: ir::Value, window: i64) -> ir::Value {
        self.publish_window(window);
        self.runtime_rarely(Helper::BoxWord.address(), &[self.vm, v])
    }

    /// An unsigned word as a tagged word; `window` is the offset of the innermost window, for the collector.
    pub(super) fn box_word(&mut self, v: ir::Value, window: i64) -> ir::Value {
        let (large, done) = (self.b.create_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::I64);
        let high = self.b.ins().ushr_imm_s(v, 48);
        self.branch_away(high, large);
        let tagged = self.b.ins().bor_imm_s(v, INT_TAG as i64);
        self.jump(done, &[BlockArg::Value(tagged)]);
        self.switch(large);
        let tagged = self.box_long(v, window);
        self.jump(done, &[BlockArg::Value(tagged)]);
        self.switch(done);
        result
    }
}
