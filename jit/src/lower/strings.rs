//! Characters of strings. Those of Latin-1 have shared strings, which all exist once the interpreter has started.

use super::{Lower, Region};
use crate::hir::helpers::Helper;
use crate::hir::*;
use adder_interp::object::shape::shape_id;
use adder_interp::value::INT_TAG;
use adder_interp::vm::tier_up::offset;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, BlockArg, InstBuilder, types};

impl Lower<'_> {
    pub(super) fn string_inst(&mut self, inst: &Inst, state: StateId) -> ir::Value {
        let v = self.value(inst.args[0]);
        match inst.op {
            Op::Chr => {
                let wide = self.b.ins().icmp_imm_s(IntCC::UnsignedGreaterThan, v, 255);
                self.leave_if(wide, state, Reason::Declined);
                self.shared_string(v)
            }
            Op::Ord => {
                let meta = self.load(Region::Header, types::I64, v, offset::STR_META as i32);
                let meta = self.b.ins().band_imm_s(meta, offset::STR_LENGTH_AND_UNIT as i64);
                let other = self.b.ins().icmp_imm_s(IntCC::NotEqual, meta, offset::STR_ONE_BYTE as i64);
                self.leave_if(other, state, Reason::Declined);
                let zero = self.int(0);
                self.character(v, zero)
            }
            Op::CharOf => self.char_of(v),
            _ => self.string_item(inst, v, state),
        }
    }

    fn char_of(&mut self, v: ir::Value) -> ir::Value {
        let (text, one, other) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        let done = self.b.create_block();
        let result = self.b.append_block_param(done, types::I64);
        self.unless_shape(v, shape_id::STR.0, other);
        self.jump(text, &[]);
        self.switch(text);
        let meta = self.load(Region::Header, types::I64, v, offset::STR_META as i32);
        let meta = self.b.ins().band_imm_s(meta, offset::STR_LENGTH_AND_UNIT as i64);
        let single = self.b.ins().icmp_imm_s(IntCC::Equal, meta, offset::STR_ONE_BYTE as i64);
        let none = self.int(-1);
        self.brif(single, (one, &[]), (done, &[BlockArg::Value(none)]));
        self.switch(one);
        let zero = self.int(0);
        let c = self.character(v, zero);
        self.jump(done, &[BlockArg::Value(c)]);
        self.switch(other);
        let none = self.int(-2);
        self.jump(done, &[BlockArg::Value(none)]);
        self.switch(done);
        result
    }

    fn character(&mut self, s: ir::Value, at: ir::Value) -> ir::Value {
        let data = self.load(Region::Header, types::I64, s, offset::STR_DATA as i32);
        self.byte_at(data, at)
    }

    /// The string of a code point below 256.
    fn shared_string(&mut self, c: ir::Value) -> ir::Value {
        let table = self.int(self.env.latin1 as i64);
        let bytes = self.b.ins().ishl_imm_s(c, 3);
        let slot = self.b.ins().iadd(table, bytes);
        self.load(Region::Names, types::I64, slot, 0)
    }

    fn string_item(&mut self, inst: &Inst, s: ir::Value, state: StateId) -> ir::Value {
        let index = self.value(inst.args[1]);
        let meta = self.load(Region::Header, types::I64, s, offset::STR_META as i32);
        let len = self.b.ins().ushr_imm_s(meta, i64::from(offset::STR_LENGTH_SHIFT));
        let at = self.index(inst.args[1], index, len);
        let bad = self.b.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, at, len);
        self.leave_if(bad, state, Reason::Guard);
        let (wide, done) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(wide);
        let result = self.b.append_block_param(done, types::I64);
        let unit = self.b.ins().band_imm_s(meta, offset::STR_UNIT as i64);
        let other = self.b.ins().icmp_imm_s(IntCC::NotEqual, unit, 1);
        self.branch_away(other, wide);
        let c = self.character(s, at);
        let narrow = self.shared_string(c);
        self.jump(done, &[BlockArg::Value(narrow)]);
        self.switch(wide);
        let tagged = self.b.ins().bor_imm_s(at, INT_TAG as i64);
        self.publish_window(inst.imm2);
        let item = self.runtime_rarely(Helper::QuietItem.address(), &[self.vm, s, tagged]);
        let declined = self.b.ins().icmp_imm_s(IntCC::Equal, item, 0);
        self.leave_if(declined, state, Reason::Declined);
        self.jump(done, &[BlockArg::Value(item)]);
        self.switch(done);
        result
    }
}
