//! Items and iterators of tuples, bytes and bytearrays.

use super::{Lower, Region};
use crate::hir::*;
use adder_interp::vm::tier_up::offset;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder, types};

impl Lower<'_> {
    pub(super) fn sequence_inst(&mut self, inst: &Inst, state: StateId) -> Option<ir::Value> {
        let object = self.value(inst.args[0]);
        Some(match inst.op {
            Op::SeqIterHas => {
                let container = self.load(Region::Iterator, types::I64, object, offset::SEQ_CONTAINER as i32);
                let ended = self.b.ins().icmp_imm_s(IntCC::Equal, container, 0);
                self.leave_if(ended, state, Reason::Guard);
                let len = self.length_of(container, Sequence::of(inst.imm));
                let at = self.load(Region::Iterator, types::I64, object, offset::SEQ_INDEX as i32);
                self.b.ins().icmp(IntCC::UnsignedLessThan, at, len)
            }
            Op::SeqIterAdvance => {
                let container = self.load(Region::Iterator, types::I64, object, offset::SEQ_CONTAINER as i32);
                let at = self.load(Region::Iterator, types::I64, object, offset::SEQ_INDEX as i32);
                let next = self.b.ins().iadd_imm_s(at, 1);
                self.store(Region::Iterator, next, object, offset::SEQ_INDEX as i32);
                self.sequence_item(container, at, Sequence::of(inst.imm))
            }
            Op::SeqLen => self.length_of(object, Sequence::of(inst.imm)),
            Op::SeqItem => {
                let at = self.value(inst.args[1]);
                self.sequence_item(object, at, Sequence::of(inst.imm))
            }
            _ => return self.byte_item(inst, object, state),
        })
    }

    fn sequence_item(&mut self, container: ir::Value, at: ir::Value, sequence: Sequence) -> ir::Value {
        if sequence != Sequence::Tuple {
            let data = self.data_of(container, sequence);
            return self.byte_at(data, at);
        }
        let bytes = self.b.ins().ishl_imm_s(at, 3);
        let slot = self.b.ins().iadd(container, bytes);
        self.load(Region::Items, types::I64, slot, offset::TUPLE_FIRST_ITEM as i32)
    }

    fn length_of(&mut self, object: ir::Value, sequence: Sequence) -> ir::Value {
        let meta = match sequence {
            Sequence::Tuple => offset::TUPLE_META,
            Sequence::Bytes => offset::BYTES_META,
            Sequence::ByteArray => {
                return self.load(Region::Header, types::I64, object, offset::BYTEARRAY_LEN as i32);
            }
        };
        let meta = self.load(Region::Header, types::I64, object, meta as i32);
        self.b.ins().ushr_imm_s(meta, 8)
    }

    /// Address of the first byte.
    fn data_of(&mut self, object: ir::Value, sequence: Sequence) -> ir::Value {
        if sequence == Sequence::Bytes {
            return self.load(Region::Header, types::I64, object, offset::BYTES_DATA as i32);
        }
        let buf = self.load(Region::Header, types::I64, object, offset::BYTEARRAY_BUF as i32);
        let start = self.load(Region::Header, types::I64, object, offset::BYTEARRAY_START as i32);
        let data = self.b.ins().iadd(buf, start);
        self.b.ins().iadd_imm_s(data, offset::BYTE_BUF_DATA as i64)
    }

    pub(super) fn byte_at(&mut self, data: ir::Value, at: ir::Value) -> ir::Value {
        let address = self.b.ins().iadd(data, at);
        let flags = self.flags(Region::Items);
        self.b.ins().uload8(types::I64, flags, address, 0)
    }

    fn byte_item(&mut self, inst: &Inst, object: ir::Value, state: StateId) -> Option<ir::Value> {
        let bytes = inst.op == Op::ByteGet && inst.imm == 0;
        let sequence = if bytes { Sequence::Bytes } else { Sequence::ByteArray };
        let index = self.value(inst.args[1]);
        let len = self.length_of(object, sequence);
        let at = if inst.imm2 == 1 { index } else { self.index(inst.args[1], index, len) };
        let bad = self.b.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, at, len);
        self.leave_if(bad, state, Reason::Guard);
        if inst.op == Op::ByteGet {
            let data = self.data_of(object, sequence);
            return Some(self.byte_at(data, at));
        }
        let v = self.value(inst.args[2]);
        let large = self.b.ins().icmp_imm_s(IntCC::UnsignedGreaterThan, v, 255);
        self.leave_if(large, state, Reason::Guard);
        let data = self.data_of(object, sequence);
        let address = self.b.ins().iadd(data, at);
        let flags = self.flags(Region::Items);
        self.forget(Region::Items, address, 0, 1);
        self.b.ins().istore8(flags, v, address, 0);
        None
    }
}
