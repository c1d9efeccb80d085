//! Instructions that touch memory: the window, namespaces, objects, iterators; calls.

use super::exits::link_tag;
use super::{Lower, Region};
use crate::hir::helpers::Helper;
use crate::hir::*;
use adder_interp::object::shape::shape_id;
use adder_interp::value::Value;
use adder_interp::vm::planted::{Bug, planted};
use adder_interp::vm::tier_up::offset;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, BlockArg, InstBuilder, types};

/// Words at or above this are no pointers.
pub(super) const POINTER_LIMIT: i64 = 1 << 49;

/// Instructions behind an item's that are asked for greater indices.
const MAX_LOOK_AHEAD: usize = 100;

/// Whether these are the bits of an object that is never collected.
fn is_singleton(bits: i64) -> bool {
    [Value::none(), Value::bool(true), Value::bool(false)].iter().any(|v| v.bits() as i64 == bits)
}

impl Lower<'_> {
    pub(super) fn memory_inst(&mut self, inst: &Inst, state: StateId) -> Option<ir::Value> {
        let arg = |i: usize| self.values[&inst.args[i]];
        let imm = inst.imm as i32;
        Some(match inst.op {
            Op::LoadReg => self.load(Region::Window, types::I64, self.base, 8 * imm),
            Op::StoreReg => {
                let v = arg(0);
                self.store(Region::Window, v, self.base, 8 * imm);
                return None;
            }
            Op::LoadName => {
                let (table, at) = self.name_entry(inst.imm as usize);
                self.load(Region::Names, types::I64, table, at)
            }
            Op::LoadEntry => {
                let (table, at) = self.entry_of(inst.imm, inst.imm2 as usize);
                self.load(Region::Names, types::I64, table, at)
            }
            Op::StoreName => {
                let pointer = self.may_be_pointer(inst.args[0]);
                let v = arg(0);
                self.store_name(inst.imm as usize, v, pointer);
                return None;
            }
            Op::StoreEntry => {
                let pointer = self.may_be_pointer(inst.args[0]);
                let v = arg(0);
                let place = self.entry_of(inst.imm, inst.imm2 as usize);
                self.store_entry(place, v, pointer);
                return None;
            }
            Op::GuardLength
            | Op::GuardNames
            | Op::GuardKeys
            | Op::GuardShape
            | Op::GuardIs
            | Op::GuardNonZero
            | Op::GuardLink
            | Op::GuardFull
            | Op::GuardFrame => {
                self.object_guard(inst, state);
                return None;
            }
            Op::LoopEntry => return None,
            Op::GuardRangeUp => {
                let iterator = arg(0);
                let next = self.load(Region::Iterator, types::I64, iterator, offset::RANGE_NEXT as i32);
                let step = self.load(Region::Iterator, types::I64, iterator, offset::RANGE_STEP as i32);
                let step = self.b.ins().iadd_imm_s(step, -1);
                let either = self.b.ins().bor(next, step);
                let bad = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, either, 0);
                self.leave_if(bad, state, Reason::Guard);
                return None;
            }
            Op::GuardLenient => {
                let strict = self.load(Region::Iterator, types::I8, arg(0), offset::ZIP_STRICT as i32);
                self.leave_if(strict, state, Reason::Guard);
                return None;
            }
            Op::Poll => {
                self.poll(state);
                return None;
            }
            Op::CallCheck => {
                self.call_check(inst.imm, state);
                return None;
            }
            Op::EntryCheck => {
                self.entry_check(inst.imm, inst.imm2, state);
                return None;
            }
            Op::PushFrame => {
                let (function, link) = (arg(0), arg(1));
                self.push_frame(inst.imm as usize, function, link);
                return None;
            }
            Op::PopFrame => {
                self.change_depth(1);
                return None;
            }
            Op::InitLink => self.b.ins().bor_imm_s(arg(0), link_tag(inst.imm) as i64),
            Op::HasShape => {
                let object = arg(0);
                self.whether(|lower, other| lower.unless_shape(object, inst.imm as u32, other))
            }
            Op::HasCode => self.has_code(inst),
            Op::LoadSlot => {
                let object = arg(0);
                self.load(Region::Slots, types::I64, object, imm)
            }
            Op::StoreSlot => {
                let (object, v) = (arg(0), arg(1));
                self.store(Region::Slots, v, object, imm);
                if self.may_be_pointer(inst.args[1]) {
                    let slot = self.b.ins().iadd_imm_s(object, inst.imm);
                    self.write_barrier(object, slot, v);
                }
                return None;
            }
            Op::SetShape => {
                let object = arg(0);
                let shape = self.b.ins().iconst(types::I32, inst.imm);
                self.store(Region::Header, shape, object, offset::HEADER_SHAPE as i32);
                return None;
            }
            Op::ListGet | Op::ListSet | Op::TupleGet => return self.item(inst, state),
            Op::ListLen => self.length_field(arg(0), true),
            Op::ListBuffer => self.load(Region::Header, types::I64, arg(0), offset::LIST_BUF as i32),
            Op::ListItem => {
                let (list, at) = (arg(0), arg(1));
                let buf = match inst.args.get(2) {
                    Some(&buf) => self.value(buf),
                    None => self.load(Region::Header, types::I64, list, offset::LIST_BUF as i32),
                };
                let bytes = self.b.ins().ishl_imm_s(at, 3);
                let slot = self.b.ins().iadd(buf, bytes);
                self.load(Region::Items, types::I64, slot, offset::ARRAY_FIRST_SLOT as i32)
            }
            Op::EnumerateNext => {
                let iterator = arg(0);
                let at = offset::ENUMERATE_INDEX as i32;
                let index = self.load(Region::Iterator, types::I64, iterator, at);
                let one = self.int(1);
                let (next, overflow) = self.b.ins().sadd_overflow(index, one);
                self.leave_if(overflow, state, Reason::Guard);
                self.store(Region::Iterator, next, iterator, at);
                index
            }
            Op::Tell if inst.imm == Helper::QuietListPop as i64 => self.pop_from_list(inst, state),
            Op::RangeNext => self.load(Region::Iterator, types::I64, arg(0), offset::RANGE_NEXT as i32),
            Op::RangeStep => self.load(Region::Iterator, types::I64, arg(0), offset::RANGE_STEP as i32),
            Op::RangeStop => self.range_stop(arg(0), state),
            Op::ListOfIter => {
                let list = self.load(Region::Iterator, types::I64, arg(0), offset::SEQ_CONTAINER as i32);
                let ended = self.b.ins().icmp_imm_s(IntCC::Equal, list, 0);
                self.leave_if(ended, state, Reason::Guard);
                list
            }
            Op::ListIterNext => self.load(Region::Iterator, types::I64, arg(0), offset::SEQ_INDEX as i32),
            Op::RangeHas => {
                let left = self.load(Region::Iterator, types::I64, arg(0), offset::RANGE_REMAINING as i32);
                self.b.ins().icmp_imm_s(IntCC::NotEqual, left, 0)
            }
            Op::RangeAdvance => self.range_advance(arg(0)),
            Op::ListIterHas => self.list_iter_has(arg(0), state),
            Op::ListIterAdvance => self.list_iter_advance(arg(0)),
            Op::ListIterDone => {
                let iterator = arg(0);
                let zero = self.int(0);
                self.store(Region::Iterator, zero, iterator, offset::SEQ_CONTAINER as i32);
                return None;
            }
            Op::StrGet | Op::Ord | Op::Chr | Op::CharOf => return Some(self.string_inst(inst, state)),
            Op::SeqIterHas | Op::SeqIterAdvance | Op::SeqLen | Op::SeqItem | Op::ByteGet | Op::ByteSet => {
                return self.sequence_inst(inst, state);
            }
            Op::FunctionOf => self.load(Region::Window, types::I64, self.base, -8),
            Op::Change if inst.imm == Helper::ListPush as i64 => {
                self.push_to_list(inst);
                return None;
            }
            Op::Make | Op::Change => {
                let result = self.call_quiet_helper(inst);
                return (inst.op == Op::Make).then_some(result);
            }
            Op::Ask | Op::AskCompare => return Some(self.ask(inst, state)),
            Op::Tell => {
                let done = self.call_quiet_helper(inst);
                let declined = self.b.ins().icmp_imm_s(IntCC::Equal, done, 0);
                // What has been done must not be done again: this guard never fails on purpose.
                let exit = self.exit_block(state, false, Reason::Declined);
                self.leave(declined, exit);
                return (inst.ty != Ty::None).then_some(done);
            }
            Op::Length
            | Op::Truth
            | Op::CompareTruth
            | Op::IterNext
            | Op::NextParts
            | Op::Send
            | Op::Step
            | Op::Helper
            | Op::CallNative
            | Op::InitResult
            | Op::CallAny
            | Op::CallDirect => {
                return Some(self.call_inst(inst, state));
            }
            op => unreachable!("{op:?} is lowered elsewhere"),
        })
    }

    /// Whether a tagged word may point to an object that needs a write barrier.
    pub(super) fn may_be_pointer(&self, v: ValueId) -> bool {
        let inst = self.unit.inst(v);
        !matches!(inst.op, Op::BoxFloat | Op::BoxBool)
            && (inst.op != Op::ConstValue || (inst.imm as u64 >> 49 == 0 && !is_singleton(inst.imm)))
    }

    /// Whether tests that branch away to the given block are passed.
    fn whether(&mut self, tests: impl FnOnce(&mut Self, ir::Block)) -> ir::Value {
        let (other, done) = (self.b.create_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::I8);
        tests(self, other);
        for (block, truth) in [(None, 1), (Some(other), 0)] {
            block.into_iter().for_each(|b| self.switch(b));
            let truth = self.b.ins().iconst(types::I8, truth);
            self.jump(done, &[BlockArg::Value(truth)]);
        }
        self.switch(done);
        result
    }

    /// Whether a value is a Python function of some code, ready to be called: a frame of it has a size.
    fn has_code(&mut self, inst: &Inst) -> ir::Value {
        let function = self.value(inst.args[0]);
        let mut fields = vec![(offset::FUNCTION_CODE, inst.imm)];
        if inst.imm2 == 1 {
            let [globals, builtins] = self.unit.namespaces.map(|n| n.dict as i64);
            fields.extend([(offset::FUNCTION_GLOBALS, globals), (offset::FUNCTION_BUILTINS, builtins)]);
        }
        self.whether(|lower, other| {
            lower.unless_shape(function, shape_id::FUNCTION.0, other);
            for (at, wanted) in fields {
                let own = lower.load(Region::Header, types::I64, function, at as i32);
                let differs = lower.b.ins().icmp_imm_s(IntCC::NotEqual, own, wanted);
                lower.branch_away(differs, other);
            }
            let entry = lower.load(Region::Header, types::I64, function, offset::FUNCTION_ENTRY as i32);
            let unprepared = lower.b.ins().icmp_imm_s(IntCC::Equal, entry, 0);
            lower.branch_away(unprepared, other);
        })
    }

    // ---- names

    fn name_entry(&mut self, index: usize) -> (ir::Value, i32) {
        let name = &self.unit.names[index];
        self.entry_of(self.unit.namespaces[usize::from(name.builtin)].dict as i64, name.entry)
    }

    /// The table of a dict, and where in it an entry's value lies.
    fn entry_of(&mut self, dict: i64, entry: usize) -> (ir::Value, i32) {
        let dict = self.int(dict);
        let table = self.load(Region::Header, types::I64, dict, offset::DICT_TABLE as i32);
        (table, offset::entry_value(entry) as i32)
    }

    pub(super) fn store_name(&mut self, index: usize, v: ir::Value, pointer: bool) {
        let place = self.name_entry(index);
        self.store_entry(place, v, pointer);
    }

    fn store_entry(&mut self, (table, at): (ir::Value, i32), v: ir::Value, pointer: bool) {
        self.store(Region::Names, v, table, at);
        if pointer {
            let slot = self.b.ins().iadd_imm_s(table, i64::from(at));
            self.write_barrier(table, slot, v);
        }
    }

    /// The barrier for a value that has been stored into a slot of an object.
    pub(super) fn write_barrier(&mut self, owner: ir::Value, slot: ir::Value, v: ir::Value) {
        if planted(Bug::MissingBarrier) {
            return;
        }
        let (old, slow, done) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(slow);
        // Not by `load`: the collector changes it.
        let how = self.flags(Region::Header);
        let flags = self.b.ins().load(types::I8, how, owner, offset::HEADER_FLAGS as i32);
        let both = self.b.ins().band_imm_s(flags, 3);
        let unseen = self.b.ins().icmp_imm_s(IntCC::Equal, both, 1);
        self.brif(unseen, (old, &[]), (done, &[]));
        self.switch(old);
        let pointer = self.b.ins().icmp_imm_s(IntCC::UnsignedLessThan, v, POINTER_LIMIT);
        self.brif(pointer, (slow, &[]), (done, &[]));
        self.switch(slow);
        let address = Helper::Barrier.address();
        self.runtime_rarely(address, &[self.vm, owner, slot]);
        self.jump(done, &[]);
        self.switch(done);
    }

    // ---- guards

    /// Goes to `other` unless the word is an object of the shape.
    pub(super) fn unless_shape(&mut self, v: ir::Value, shape: u32, other: ir::Block) {
        // 0, an empty register, is no pointer either.
        let word = self.b.ins().iadd_imm_s(v, -1);
        let none = self.b.ins().icmp_imm_s(IntCC::UnsignedGreaterThanOrEqual, word, POINTER_LIMIT - 1);
        self.branch_away(none, other);
        let own = self.load(Region::Header, types::I32, v, offset::HEADER_SHAPE as i32);
        let differs = self.b.ins().icmp_imm_s(IntCC::NotEqual, own, i64::from(shape));
        self.branch_away(differs, other);
    }

    fn object_guard(&mut self, inst: &Inst, state: StateId) {
        let differs = match inst.op {
            Op::GuardNames => {
                let space = self.unit.namespaces[inst.imm as usize];
                if self.check_namespace(inst.imm as usize) {
                    self.guard_namespace(inst.imm as usize, space.dict, state);
                }
                let dict = self.int(space.dict as i64);
                let version = self.load(Region::Names, types::I64, dict, offset::DICT_VERSION as i32);
                self.b.ins().icmp_imm_s(IntCC::NotEqual, version, space.version as i64)
            }
            Op::GuardKeys => {
                let dict = self.int(inst.imm);
                let version = self.load(Region::Names, types::I64, dict, offset::DICT_VERSION as i32);
                self.b.ins().icmp_imm_s(IntCC::NotEqual, version, inst.imm2)
            }
            Op::GuardShape => {
                let object = self.value(inst.args[0]);
                // 0, an empty register, is no pointer either.
                let word = self.b.ins().iadd_imm_s(object, -1);
                let other =
                    self.b.ins().icmp_imm_s(IntCC::UnsignedGreaterThanOrEqual, word, POINTER_LIMIT - 1);
                self.leave_if(other, state, Reason::Guard);
                let shape = self.load(Region::Header, types::I32, object, offset::HEADER_SHAPE as i32);
                if planted(Bug::LostGuard) && !self.unit.keeps(inst.imm as u32) {
                    return;
                }
                self.b.ins().icmp_imm_s(IntCC::NotEqual, shape, inst.imm)
            }
            Op::GuardLength => {
                let object = self.value(inst.args[0]);
                let list = inst.imm2 == 1;
                let len = self.length_field(object, list);
                if inst.imm > 0 {
                    self.note_longer(if list { len } else { object }, inst.imm - 1);
                }
                self.b.ins().icmp_imm_s(IntCC::NotEqual, len, inst.imm)
            }
            Op::GuardIs => {
                let v = self.value(inst.args[0]);
                self.b.ins().icmp_imm_s(IntCC::NotEqual, v, inst.imm)
            }
            Op::GuardLink => {
                let at = 8 * self.unit.frames[inst.imm as usize].offset as i32 - 40;
                let link = self.load(Region::Window, types::I64, self.base, at);
                let expected = self.value(inst.args[0]);
                let differs = self.b.ins().icmp(IntCC::NotEqual, link, expected);
                let rest = self.b.create_block();
                let seen = self.end_frame_block(state, rest);
                self.brif(differs, (seen, &[]), (rest, &[]));
                return self.switch(rest);
            }
            Op::GuardFull if planted(Bug::UnboundUnnoticed) => return,
            Op::GuardFull | Op::GuardNonZero => {
                let v = self.value(inst.args[0]);
                self.b.ins().icmp_imm_s(IntCC::Equal, v, 0)
            }
            _ => {
                let link = self.frame_writes();
                let first = self.link.expect("loaded at entry");
                let differs = self.b.ins().icmp(IntCC::NotEqual, link, first);
                return self.leave_if(differs, state, Reason::Frame);
            }
        };
        self.leave_if(differs, state, Reason::Guard);
    }

    /// Leaves unless the function has the namespace that the unit was built for: another function of the same code may have another.
    fn guard_namespace(&mut self, which: usize, dict: usize, state: StateId) {
        let function = self.load(Region::Window, types::I64, self.base, -8);
        let at = [offset::FUNCTION_GLOBALS, offset::FUNCTION_BUILTINS][which];
        let own = self.load(Region::Header, types::I64, function, at as i32);
        let other = self.b.ins().icmp_imm_s(IntCC::NotEqual, own, dict as i64);
        self.leave_if(other, state, Reason::Guard);
    }

    fn poll(&mut self, state: StateId) {
        let word = self.breaker();
        self.leave_if(word, state, Reason::Poll);
    }

    /// The counter of writes to frames. Only calls change it.
    pub(super) fn frame_writes(&mut self) -> ir::Value {
        let at = self.int(self.env.frame_writes as i64);
        self.load(Region::Thread, types::I64, at, 0)
    }

    pub(super) fn breaker(&mut self) -> ir::Value {
        let at = self.int(self.env.breaker as i64);
        let flags = ir::MemFlagsData::trusted();
        self.b.ins().atomic_load(types::I32, flags, at)
    }

    fn call_check(&mut self, registers: i64, state: StateId) {
        self.poll(state);
        let left = self.load(Region::Thread, types::I64, self.vm, offset::VM_RECURSION_LEFT as i32);
        let none = self.b.ins().icmp_imm_s(IntCC::SignedLessThanOrEqual, left, 0);
        self.leave_if(none, state, Reason::Poll);
        let end = self.b.ins().iadd_imm_s(self.base, 8 * registers + 64);
        let limit = self.load(Region::Thread, types::I64, self.vm, offset::VM_STACK_END as i32);
        let full = self.b.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, end, limit);
        self.leave_if(full, state, Reason::Poll);
        let sp = self.b.ins().get_stack_pointer(types::I64);
        let limit = self.load(Region::Thread, types::I64, self.vm, offset::VM_NATIVE_LIMIT as i32);
        let low = self.b.ins().icmp(IntCC::UnsignedLessThan, sp, limit);
        self.leave_if(low, state, Reason::Poll);
    }

    /// Room for this many registers and calls, checked once for everything that is inlined.
    fn entry_check(&mut self, registers: i64, calls: i64, state: StateId) {
        if calls == 0 {
            return;
        }
        let left = self.load(Region::Thread, types::I64, self.vm, offset::VM_RECURSION_LEFT as i32);
        let few = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, left, calls);
        self.leave_if(few, state, Reason::Poll);
        let end = self.b.ins().iadd_imm_s(self.base, 8 * registers + 64);
        let limit = self.load(Region::Thread, types::I64, self.vm, offset::VM_STACK_END as i32);
        let full = self.b.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, end, limit);
        self.leave_if(full, state, Reason::Poll);
    }

    /// Writes the header of an inlined frame and counts the call.
    fn push_frame(&mut self, frame: usize, function: ir::Value, link: ir::Value) {
        let at = 8 * self.unit.frames[frame].offset as i32;
        self.store(Region::Window, function, self.base, at - 8);
        self.store(Region::Window, link, self.base, at - 40);
        self.constant_header(frame);
        self.change_depth(-1);
    }

    /// The header words of an inlined frame that do not depend on the call.
    pub(super) fn constant_header(&mut self, frame: usize) {
        let f = self.unit.frames[frame];
        let (caller, at) = (self.unit.frames[f.parent], 8 * f.offset as i32);
        let back = self.int(f.return_pc as i64);
        let base = self.b.ins().iadd_imm_s(self.base, 8 * caller.offset as i64);
        let words = self.int(caller.words as i64);
        for (word, v) in [(2, back), (3, base), (4, words)] {
            self.store(Region::Window, v, self.base, at - 8 * word);
        }
    }

    /// Adds to the number of calls that are left until the recursion limit.
    pub(super) fn change_depth(&mut self, by: i64) {
        let at = offset::VM_RECURSION_LEFT as i32;
        let left = self.load(Region::Thread, types::I64, self.vm, at);
        let left = self.b.ins().iadd_imm_s(left, by);
        self.store(Region::Thread, left, self.vm, at);
    }

    /// Tells the collector where the innermost window is.
    pub(super) fn publish_window(&mut self, offset_in_registers: i64) {
        let base = self.b.ins().iadd_imm_s(self.base, 8 * offset_in_registers);
        self.store(Region::Thread, base, self.vm, offset::VM_BASE as i32);
    }

    // ---- items and iterators

    fn item(&mut self, inst: &Inst, state: StateId) -> Option<ir::Value> {
        let (object, index) = (self.value(inst.args[0]), self.value(inst.args[1]));
        // What a loop has loaded in front of it.
        let given = inst.args.len() - if inst.op == Op::ListSet { 3 } else { 2 };
        let known: Vec<ir::Value> =
            inst.args[inst.args.len() - given..].iter().map(|&v| self.value(v)).collect();
        let len = match known[..] {
            [len, _] => len,
            _ => self.length_field(object, inst.op != Op::TupleGet),
        };
        let at = if inst.imm2 == 1 { index } else { self.index(inst.args[1], index, len) };
        let constant = self.constant_index(inst);
        // The length of a tuple is computed each time, but it stays.
        let measure = if inst.op == Op::TupleGet { object } else { len };
        if constant.is_none_or(|i| !self.is_longer(measure, i)) {
            let at = constant.map_or(at, |i| self.int(i));
            let bad = self.b.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, at, len);
            self.leave_if(bad, state, Reason::Guard);
            constant.into_iter().for_each(|i| self.note_longer(measure, i));
        }
        let (start, first) = if inst.op == Op::TupleGet {
            (object, offset::TUPLE_FIRST_ITEM)
        } else if let [_, buf] = known[..] {
            (buf, offset::ARRAY_FIRST_SLOT)
        } else {
            (self.load(Region::Header, types::I64, object, offset::LIST_BUF as i32), offset::ARRAY_FIRST_SLOT)
        };
        let bytes = self.b.ins().ishl_imm_s(at, 3);
        let slot = self.b.ins().iadd(start, bytes);
        if inst.op != Op::ListSet {
            return Some(self.load(Region::Items, types::I64, slot, first as i32));
        }
        let v = self.value(inst.args[2]);
        self.store(Region::Items, v, slot, first as i32);
        if self.may_be_pointer(inst.args[2]) {
            let slot = self.b.ins().iadd_imm_s(slot, first as i64);
            self.write_barrier(start, slot, v);
        }
        None
    }

    /// A constant index that has to lie in the list or tuple: the greatest that the rest of the block uses while the length stays.
    /// Leaving too early does no harm.
    fn constant_index(&self, inst: &Inst) -> Option<i64> {
        let constant = |i: &Inst| {
            let index = self.unit.inst(i.args[1]);
            (index.op == Op::ConstInt && index.imm >= 0).then_some(index.imm)
        };
        let own = constant(inst)?;
        let same =
            |i: &&Inst| matches!(i.op, Op::ListGet | Op::ListSet | Op::TupleGet) && i.args[0] == inst.args[0];
        let behind = self.behind.iter().take(MAX_LOOK_AHEAD).map(|&v| self.unit.inst(v));
        let stays =
            |i: &&Inst| !matches!(i.op.effect(), Effect::Call) && !matches!(i.op, Op::Change | Op::Tell);
        Some(behind.take_while(stays).filter(same).filter_map(constant).fold(own, i64::max))
    }

    /// Length of a list or tuple.
    fn length_field(&mut self, object: ir::Value, list: bool) -> ir::Value {
        if list {
            return self.load(Region::Header, types::I64, object, offset::LIST_LEN as i32);
        }
        let meta = self.load(Region::Header, types::I64, object, offset::TUPLE_META as i32);
        self.b.ins().ushr_imm_s(meta, 8)
    }

    /// Jumps to `done` with the length of a list; goes on with anything else.
    pub(super) fn known_length(&mut self, v: ir::Value, done: ir::Block) {
        let other = self.b.create_block();
        self.unless_shape(v, shape_id::LIST.0, other);
        let len = self.length_field(v, true);
        self.jump(done, &[BlockArg::Value(len)]);
        self.switch(other);
    }

    /// `len(v)`: lists inline.
    pub(super) fn length(&mut self, v: ir::Value, state: StateId) -> ir::Value {
        let done = self.b.create_block();
        let result = self.b.append_block_param(done, types::I64);
        self.known_length(v, done);
        let (pc, base) = self.place(state);
        let address = Helper::Length.address();
        let len = self.runtime(address, &[pc, base, self.vm, v]);
        let raised = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, len, 0);
        self.raise_if(raised, state);
        self.jump(done, &[BlockArg::Value(len)]);
        self.switch(done);
        result
    }

    /// A Python index as an offset from the start.
    pub(super) fn index(&mut self, v: ValueId, index: ir::Value, len: ir::Value) -> ir::Value {
        let inst = self.unit.inst(v);
        if inst.op == Op::ConstInt && inst.imm >= 0 {
            return index;
        }
        let from_end = self.b.ins().iadd(index, len);
        let negative = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, index, 0);
        self.b.ins().select(negative, from_end, index)
    }

    fn range_stop(&mut self, iterator: ir::Value, state: StateId) -> ir::Value {
        let [remaining, next, step] = [offset::RANGE_REMAINING, offset::RANGE_NEXT, offset::RANGE_STEP]
            .map(|o| self.load(Region::Iterator, types::I64, iterator, o as i32));
        let (way, overflow) = self.b.ins().smul_overflow(remaining, step);
        self.leave_if(overflow, state, Reason::Guard);
        let (stop, overflow) = self.b.ins().sadd_overflow(next, way);
        self.leave_if(overflow, state, Reason::Guard);
        let small = self.untag_int(stop);
        let large = self.b.ins().icmp(IntCC::NotEqual, small, stop);
        self.leave_if(large, state, Reason::Guard);
        stop
    }

    fn range_advance(&mut self, iterator: ir::Value) -> ir::Value {
        let [remaining, next, step] =
            [offset::RANGE_REMAINING, offset::RANGE_NEXT, offset::RANGE_STEP].map(|o| o as i32);
        let left = self.load(Region::Iterator, types::I64, iterator, remaining);
        let fewer = self.b.ins().iadd_imm_s(left, -1);
        self.store(Region::Iterator, fewer, iterator, remaining);
        let item = self.load(Region::Iterator, types::I64, iterator, next);
        let step = self.load(Region::Iterator, types::I64, iterator, step);
        let following = self.b.ins().iadd(item, step);
        self.store(Region::Iterator, following, iterator, next);
        item
    }

    fn list_iter_has(&mut self, iterator: ir::Value, state: StateId) -> ir::Value {
        let list = self.load(Region::Iterator, types::I64, iterator, offset::SEQ_CONTAINER as i32);
        let ended = self.b.ins().icmp_imm_s(IntCC::Equal, list, 0);
        self.leave_if(ended, state, Reason::Guard);
        let len = self.load(Region::Header, types::I64, list, offset::LIST_LEN as i32);
        let at = self.load(Region::Iterator, types::I64, iterator, offset::SEQ_INDEX as i32);
        self.b.ins().icmp(IntCC::UnsignedLessThan, at, len)
    }

    fn list_iter_advance(&mut self, iterator: ir::Value) -> ir::Value {
        let list = self.load(Region::Iterator, types::I64, iterator, offset::SEQ_CONTAINER as i32);
        let at = self.load(Region::Iterator, types::I64, iterator, offset::SEQ_INDEX as i32);
        let next = self.b.ins().iadd_imm_s(at, 1);
        self.store(Region::Iterator, next, iterator, offset::SEQ_INDEX as i32);
        let buf = self.load(Region::Header, types::I64, list, offset::LIST_BUF as i32);
        let bytes = self.b.ins().ishl_imm_s(at, 3);
        let slot = self.b.ins().iadd(buf, bytes);
        self.load(Region::Items, types::I64, slot, offset::ARRAY_FIRST_SLOT as i32)
    }
}
