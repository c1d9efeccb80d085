//! Calls: of the runtime, of native functions, of Python functions through their cells.

use super::objects::POINTER_LIMIT;
use super::{Lower, Region, RuntimeCall, machine_type};
use crate::hir::helpers::Helper;
use crate::hir::*;
use adder_interp::object::header::{Header, Kind};
use adder_interp::object::instance::FIRST_SLOT_OFFSET;
use adder_interp::object::shape::{ShapeId, shape_id};
use adder_interp::value::{INT_TAG, Value};
use adder_interp::vm::frame::BOUNDARY;
use adder_interp::vm::tier_up::{FIRST_VALUE, offset, word};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, BlockArg, InstBuilder, types};

/// Words behind the header of objects that machine code makes itself, at most.
const MAX_INLINE_WORDS: usize = 24;

impl Lower<'_> {
    /// Under `jit-stats`: counts this place.
    fn count_runtime_call(&mut self, state: StateId, inst: &Inst) {
        let (op, imm) = (inst.op, inst.imm);
        if !self.env.count_calls || op == Op::CallDirect {
            return;
        }
        let count: &'static std::sync::atomic::AtomicU64 = Box::leak(Box::default());
        let (state, frame) = (&self.unit.states[state.0 as usize], self.frame_of(state));
        let pc = frame.code_entry + 8 * state.pc as usize;
        self.runtime_calls.push(RuntimeCall { pc, op, imm, count });
        let at = self.int(count.as_ptr() as i64);
        let n = self.load(Region::Thread, types::I64, at, 0);
        let n = self.b.ins().iadd_imm_s(n, 1);
        self.store(Region::Thread, n, at, 0);
    }

    pub(super) fn call_inst(&mut self, inst: &Inst, state: StateId) -> ir::Value {
        self.count_runtime_call(state, inst);
        match inst.op {
            Op::Step => {
                let (pc, base) = self.place(state);
                let words = self.frame_of(state).words;
                let words = self.int(words as i64);
                let address = Helper::Step.address();
                let result = self.runtime(address, &[pc, base, words, self.vm]);
                self.value_or_raise(result, state)
            }
            Op::IterNext => {
                let ((pc, base), iterator) = (self.place(state), self.value(inst.args[0]));
                let address = Helper::NextItem.address();
                let item = self.runtime(address, &[pc, base, self.vm, iterator]);
                let raised = self.b.ins().icmp_imm_s(IntCC::Equal, item, 1);
                self.raise_if(raised, state);
                item
            }
            Op::Send => {
                let (pc, base) = self.place(state);
                let (iterator, value) = (self.value(inst.args[0]), self.value(inst.args[1]));
                let out = self.b.ins().iadd_imm_s(self.base, 8 * inst.imm);
                let sent = self.runtime(Helper::Send.address(), &[pc, base, self.vm, iterator, value, out]);
                let raised = self.b.ins().icmp_imm_s(IntCC::Equal, sent, 1);
                self.raise_if(raised, state);
                sent
            }
            Op::NextParts => {
                let ((pc, base), iterator) = (self.place(state), self.value(inst.args[0]));
                let out = self.b.ins().iadd_imm_s(self.base, 8 * inst.imm);
                let n = self.int(inst.imm2);
                let item = self.runtime(Helper::NextParts.address(), &[pc, base, self.vm, iterator, out, n]);
                let raised = self.b.ins().icmp_imm_s(IntCC::Equal, item, 1);
                self.raise_if(raised, state);
                item
            }
            Op::CompareTruth => {
                let ((pc, base), op) = (self.place(state), self.int(inst.imm));
                let (x, y) = (self.value(inst.args[0]), self.value(inst.args[1]));
                let done = self.b.create_block();
                let result = self.b.append_block_param(done, types::I8);
                if matches!(inst.imm, 2 | 3) {
                    self.compare_strings(inst, x, y, done);
                }
                let address = Helper::CompareTruth.address();
                let truth = self.runtime(address, &[pc, base, self.vm, op, x, y]);
                let truth = self.checked_truth(truth, state);
                self.jump(done, &[BlockArg::Value(truth)]);
                self.switch(done);
                result
            }
            Op::Helper => {
                let (pc, base) = self.place(state);
                let mut args = vec![pc, base, self.vm];
                args.extend(inst.args.iter().map(|&a| self.value(a)));
                let result = self.runtime(Helper::of(inst.imm).address(), &args);
                if inst.ty == Ty::Bool {
                    return self.checked_truth(result, state);
                }
                self.value_or_raise(result, state)
            }
            Op::CallNative => self.call_native(inst, state),
            Op::CallAny => self.call_any(inst, state),
            Op::InitResult => {
                let (result, instance) = (self.value(inst.args[0]), self.value(inst.args[1]));
                let (bad, fine) = (self.b.create_block(), self.b.create_block());
                self.b.set_cold_block(bad);
                let other = self.b.ins().icmp_imm_s(IntCC::NotEqual, result, Value::none().bits() as i64);
                self.brif(other, (bad, &[]), (fine, &[]));
                self.switch(bad);
                let (pc, base) = self.place(state);
                self.runtime(Helper::BadInit.address(), &[pc, base, self.vm, result]);
                let exit = self.exit_block(state, true, Reason::Raise);
                self.jump(exit, &[]);
                self.switch(fine);
                instance
            }
            Op::Length => self.length(self.value(inst.args[0]), state),
            Op::Truth => self.truth(self.value(inst.args[0]), state),
            _ => self.call_direct(inst, state),
        }
    }

    /// Jumps to `done` with the result of `==` or `!=` where both are strings and a look tells; goes on where it does not.
    fn compare_strings(&mut self, inst: &Inst, x: ir::Value, y: ir::Value, done: ir::Block) {
        let slow = self.b.create_block();
        let equal = self.b.ins().iconst(types::I8, i64::from(inst.imm == 2));
        let differs = self.b.ins().iconst(types::I8, i64::from(inst.imm == 3));
        for v in if inst.imm2 == 1 { vec![x] } else { vec![x, y] } {
            self.unless_shape(v, shape_id::STR.0, slow);
        }
        let finish = |l: &mut Self, condition: ir::Value, truth: ir::Value| {
            let rest = l.b.create_block();
            l.brif(condition, (done, &[BlockArg::Value(truth)]), (rest, &[]));
            l.switch(rest);
        };
        let same = self.b.ins().icmp(IntCC::Equal, x, y);
        finish(self, same, equal);
        let [mx, my] = [x, y].map(|v| self.load(Region::Header, types::I64, v, offset::STR_META as i32));
        let diff = self.b.ins().bxor(mx, my);
        let diff = self.b.ins().band_imm_s(diff, offset::STR_LENGTH_AND_UNIT as i64);
        let other = self.b.ins().icmp_imm_s(IntCC::NotEqual, diff, 0);
        finish(self, other, differs);
        let own = self.b.ins().band_imm_s(mx, offset::STR_LENGTH_AND_UNIT as i64);
        // Not a single narrow character: the runtime compares.
        let long = self.b.ins().icmp_imm_s(IntCC::NotEqual, own, offset::STR_ONE_BYTE as i64);
        self.branch_away(long, slow);
        let [bx, by] = [x, y].map(|v| {
            let data = self.load(Region::Header, types::I64, v, offset::STR_DATA as i32);
            self.load(Region::Items, types::I8, data, 0)
        });
        let same = self.b.ins().icmp(IntCC::Equal, bx, by);
        let truth = self.b.ins().select(same, equal, differs);
        self.jump(done, &[BlockArg::Value(truth)]);
        self.switch(slow);
    }

    /// `is` on any two words.
    pub(super) fn identity(&mut self, x: ir::Value, y: ir::Value) -> ir::Value {
        let (done, other, big) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(big);
        let result = self.b.append_block_param(done, types::I8);
        let (yes, no) = (self.b.ins().iconst(types::I8, 1), self.b.ins().iconst(types::I8, 0));
        let same = self.b.ins().icmp(IntCC::Equal, x, y);
        self.brif(same, (done, &[BlockArg::Value(yes)]), (other, &[]));
        self.switch(other);
        let both = self.b.ins().bor(x, y);
        let pointers = self.b.create_block();
        let pointer = self.b.ins().icmp_imm_s(IntCC::UnsignedLessThan, both, POINTER_LIMIT);
        self.brif(pointer, (pointers, &[]), (done, &[BlockArg::Value(no)]));
        self.switch(pointers);
        let shape = self.load(Region::Header, types::I32, x, offset::HEADER_SHAPE as i32);
        let int = self.b.ins().icmp_imm_s(IntCC::Equal, shape, i64::from(shape_id::INT.0));
        self.brif(int, (big, &[]), (done, &[BlockArg::Value(no)]));
        self.switch(big);
        let same = self.runtime_rarely(Helper::SameInt.address(), &[self.vm, x, y]);
        let same = self.b.ins().ireduce(types::I8, same);
        self.jump(done, &[BlockArg::Value(same)]);
        self.switch(done);
        result
    }

    /// Calls any value: a Python function that the tier knows goes through its cell, everything else through the runtime.
    fn call_any(&mut self, inst: &Inst, state: StateId) -> ir::Value {
        let (slow, done) = (self.b.create_block(), self.b.create_block());
        let value = self.b.append_block_param(done, types::I64);
        let callable = self.value(inst.args[0]);
        let nargs = inst.args.len() as i64 - 1;
        let (pc, base) = self.place(state);
        self.unless_shape(callable, shape_id::FUNCTION.0, slow);
        let expected = self.load(Region::Header, types::I32, callable, offset::FUNCTION_SIMPLE_ARGS as i32);
        let other = self.b.ins().icmp_imm_s(IntCC::NotEqual, expected, nargs);
        self.branch_away(other, slow);
        let words = self.load(Region::Header, types::I64, callable, offset::FUNCTION_WORDS as i32);
        let cell = self.load(Region::Header, types::I64, words, 8 * word::CELL as i32);
        let unknown = self.b.ins().icmp_imm_s(IntCC::Equal, cell, 0);
        self.branch_away(unknown, slow);
        // The limits, as in `call_check`, but for what the callee needs.
        let polled = self.breaker();
        self.branch_away(polled, slow);
        let left = self.load(Region::Thread, types::I64, self.vm, offset::VM_RECURSION_LEFT as i32);
        let none = self.b.ins().icmp_imm_s(IntCC::SignedLessThanOrEqual, left, 0);
        self.branch_away(none, slow);
        let registers = self.load(Region::Header, types::I32, callable, offset::FUNCTION_NREGS as i32);
        let registers = self.b.ins().uextend(types::I64, registers);
        let bytes = self.b.ins().ishl_imm_s(registers, 3);
        let window = self.b.ins().iadd_imm_s(self.base, 8 * inst.imm2);
        let end = self.b.ins().iadd(window, bytes);
        let end = self.b.ins().iadd_imm_s(end, 64);
        let limit = self.load(Region::Thread, types::I64, self.vm, offset::VM_STACK_END as i32);
        let full = self.b.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, end, limit);
        self.branch_away(full, slow);
        let sp = self.b.ins().get_stack_pointer(types::I64);
        let limit = self.load(Region::Thread, types::I64, self.vm, offset::VM_NATIVE_LIMIT as i32);
        let low = self.b.ins().icmp(IntCC::UnsignedLessThan, sp, limit);
        self.branch_away(low, slow);
        let result = self.enter_window(callable, cell, window, (pc, base), &inst.args[1..], state);
        self.jump(done, &[BlockArg::Value(result)]);
        self.switch(slow);
        let args = self.array(&inst.args[1..]);
        let count = self.int(nargs);
        let result = self.runtime(Helper::Call.address(), &[pc, base, self.vm, callable, args, count]);
        let result = self.value_or_raise(result, state);
        self.jump(done, &[BlockArg::Value(result)]);
        self.switch(done);
        value
    }

    /// Appends to an exact list: inline where there is room.
    pub(super) fn push_to_list(&mut self, inst: &Inst) {
        let (list, v) = (self.value(inst.args[0]), self.value(inst.args[1]));
        let (slow, done) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(slow);
        let buf = self.load(Region::Header, types::I64, list, offset::LIST_BUF as i32);
        let none = self.b.ins().icmp_imm_s(IntCC::Equal, buf, 0);
        self.branch_away(none, slow);
        let len = self.load(Region::Header, types::I64, list, offset::LIST_LEN as i32);
        let room = self.load(Region::Header, types::I64, buf, offset::ARRAY_CAPACITY as i32);
        let full = self.b.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, len, room);
        self.branch_away(full, slow);
        let bytes = self.b.ins().ishl_imm_s(len, 3);
        let slot = self.b.ins().iadd(buf, bytes);
        self.store(Region::Items, v, slot, offset::ARRAY_FIRST_SLOT as i32);
        let longer = self.b.ins().iadd_imm_s(len, 1);
        self.store(Region::Header, longer, list, offset::LIST_LEN as i32);
        if self.may_be_pointer(inst.args[1]) {
            let slot = self.b.ins().iadd_imm_s(slot, offset::ARRAY_FIRST_SLOT as i64);
            self.write_barrier(buf, slot, v);
        }
        self.jump(done, &[]);
        self.switch(slow);
        self.call_quiet_helper(inst);
        self.jump(done, &[]);
        self.switch(done);
    }

    /// Takes the last item from a list; leaves when there is none.
    pub(super) fn pop_from_list(&mut self, inst: &Inst, state: StateId) -> ir::Value {
        let list = self.value(inst.args[0]);
        let len = self.load(Region::Header, types::I64, list, offset::LIST_LEN as i32);
        let empty = self.b.ins().icmp_imm_s(IntCC::Equal, len, 0);
        self.leave_if(empty, state, Reason::Declined);
        let buf = self.load(Region::Header, types::I64, list, offset::LIST_BUF as i32);
        let last = self.b.ins().iadd_imm_s(len, -1);
        let bytes = self.b.ins().ishl_imm_s(last, 3);
        let slot = self.b.ins().iadd(buf, bytes);
        let item = self.load(Region::Items, types::I64, slot, offset::ARRAY_FIRST_SLOT as i32);
        let nothing = self.int(0);
        self.store(Region::Items, nothing, slot, offset::ARRAY_FIRST_SLOT as i32);
        self.store(Region::Header, last, list, offset::LIST_LEN as i32);
        item
    }

    /// Calls a helper that neither runs code nor raises, but may collect.
    pub(super) fn call_quiet_helper(&mut self, inst: &Inst) -> ir::Value {
        match self.small_object(inst) {
            Some((header, words)) => self.small_object_or_helper(inst, header, &words),
            None => self.call_helper(inst, false),
        }
    }

    /// The header word and the other words of an object that an instruction makes, if machine code can make it.
    fn small_object(&mut self, inst: &Inst) -> Option<(u64, Vec<ir::Value>)> {
        if inst.op != Op::Make {
            return None;
        }
        let constant = |i: usize| match self.unit.inst(inst.args[i]) {
            c if c.op == Op::ConstInt => Some(c.imm),
            _ => None,
        };
        let (kind, shape, mut words, given, n) = match Helper::of(inst.imm) {
            Helper::MakeInstance => {
                let (shape, bytes) = (constant(0)?, constant(1)? as usize);
                // The word for further attributes comes first.
                let words = vec![0; FIRST_SLOT_OFFSET / 8 - 1];
                (Kind::Instance, ShapeId(shape as u32), words, &inst.args[2..], bytes / 8 - 1)
            }
            Helper::MakeTuple if !inst.args.is_empty() => {
                let n = inst.args.len();
                // The length and the hash, not known yet.
                (Kind::Tuple, shape_id::TUPLE, vec![(n as i64) << 8, 0], &inst.args[..], n + 2)
            }
            Helper::MakeMethod => (Kind::BoundMethod, shape_id::METHOD, vec![], &inst.args[..], 2),
            Helper::MakeCell => (Kind::Cell, shape_id::CELL, vec![], &inst.args[..], 1),
            _ => return None,
        };
        if n > MAX_INLINE_WORDS {
            return None;
        }
        let mut words: Vec<ir::Value> = words.drain(..).map(|w| self.int(w)).collect();
        words.extend(given.iter().map(|&a| self.value(a)));
        while words.len() < n {
            words.push(self.int(0));
        }
        Some((Header::word(kind, shape, 8 * n + 8), words))
    }

    /// An object that an instruction makes; where the heap's current range is full its helper does it.
    fn small_object_or_helper(&mut self, inst: &Inst, header: u64, words: &[ir::Value]) -> ir::Value {
        let fill = |lower: &mut Self, at| {
            let header = lower.int(header as i64);
            lower.store(Region::Header, header, at, 0);
            for (i, &word) in words.iter().enumerate() {
                let region = match (Helper::of(inst.imm), i) {
                    (Helper::MakeTuple, 0 | 1) => Region::Header,
                    (Helper::MakeTuple, _) => Region::Items,
                    _ => Region::Slots,
                };
                lower.store(region, word, at, 8 * i as i32 + 8);
            }
        };
        self.allocate(8 * words.len() + 8, fill, |lower| lower.call_helper(inst, true))
    }

    /// Takes bytes from the heap's current range for `fill` to make an object of; where that is full, `otherwise` makes it.
    pub(super) fn allocate(
        &mut self,
        bytes: usize,
        fill: impl FnOnce(&mut Self, ir::Value),
        otherwise: impl FnOnce(&mut Self) -> ir::Value,
    ) -> ir::Value {
        let heap = self.int(self.env.heap as i64);
        let (room, full, done) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(full);
        let result = self.b.append_block_param(done, types::I64);
        let at = self.load(Region::Thread, types::I64, heap, offset::HEAP_CURSOR as i32);
        let limit = self.load(Region::Thread, types::I64, heap, offset::HEAP_LIMIT as i32);
        let left = self.b.ins().isub(limit, at);
        let fits = self.b.ins().icmp_imm_s(IntCC::UnsignedGreaterThanOrEqual, left, bytes as i64);
        self.brif(fits, (room, &[]), (full, &[]));
        self.switch(room);
        let end = self.b.ins().iadd_imm_s(at, bytes as i64);
        self.store(Region::Thread, end, heap, offset::HEAP_CURSOR as i32);
        fill(self, at);
        self.jump(done, &[BlockArg::Value(at)]);
        self.switch(full);
        let made = otherwise(self);
        self.jump(done, &[BlockArg::Value(made)]);
        self.switch(done);
        result
    }

    /// Calls a helper; `rarely`: in code that is rarely reached.
    fn call_helper(&mut self, inst: &Inst, rarely: bool) -> ir::Value {
        let helper = Helper::of(inst.imm);
        let mut args = vec![self.vm];
        if helper.takes_array() {
            args.push(self.array(&inst.args));
            args.push(self.int(inst.args.len() as i64));
        } else {
            args.extend(inst.args.iter().map(|&a| self.value(a)));
        }
        if helper.allocates() {
            self.publish_window(inst.imm2);
        }
        if rarely {
            return self.runtime_rarely(helper.address(), &args);
        }
        if matches!(inst.op.effect(), Effect::Make | Effect::Read) {
            return self.runtime_quietly(helper.address(), &args);
        }
        self.runtime(helper.address(), &args)
    }

    /// Asks a question: what can be told at once is told here.
    pub(super) fn ask(&mut self, inst: &Inst, state: StateId) -> ir::Value {
        if inst.op == Op::AskCompare {
            let (x, y) = (self.value(inst.args[0]), self.value(inst.args[1]));
            let done = self.b.create_block();
            let result = self.b.append_block_param(done, types::I8);
            if let Some(&code) = inst.args.get(2) {
                let (code, slow) = (self.value(code), self.b.create_block());
                self.b.set_cold_block(slow);
                let other = self.b.ins().icmp_imm_s(IntCC::Equal, code, -2);
                self.branch_away(other, slow);
                let cc = if inst.imm == 2 { IntCC::Equal } else { IntCC::NotEqual };
                let truth = self.b.ins().icmp_imm_s(cc, code, inst.imm2 - 2);
                self.jump(done, &[BlockArg::Value(truth)]);
                self.switch(slow);
            } else if matches!(inst.imm, 2 | 3) {
                self.compare_strings(inst, x, y, done);
            }
            let op = self.int(inst.imm);
            let truth = self.runtime_quietly(Helper::QuietCompare.address(), &[self.vm, op, x, y]);
            self.finish_question(truth, 2, Ty::Bool, done, state);
            return result;
        }
        let done = self.b.create_block();
        let result = self.b.append_block_param(done, machine_type(inst.ty));
        match Helper::of(inst.imm) {
            Helper::QuietTruth => self.known_truth(self.value(inst.args[0]), done),
            Helper::QuietLen => self.known_length(self.value(inst.args[0]), done),
            _ => {}
        }
        let answer = self.call_quiet_helper(inst);
        let declined = match inst.ty {
            Ty::Bool => 2,
            Ty::Int => -1,
            _ => 0,
        };
        self.finish_question(answer, declined, inst.ty, done, state);
        result
    }

    /// Leaves if the answer says that the question was declined; `done` gets it otherwise.
    fn finish_question(&mut self, answer: ir::Value, declined: i64, ty: Ty, done: ir::Block, state: StateId) {
        let declined = self.b.ins().icmp_imm_s(IntCC::Equal, answer, declined);
        self.leave_if(declined, state, Reason::Declined);
        let answer = if ty == Ty::Bool { self.b.ins().ireduce(types::I8, answer) } else { answer };
        self.jump(done, &[BlockArg::Value(answer)]);
        self.switch(done);
    }

    /// Operands as an array on the native stack, where the collector sees them.
    fn array(&mut self, values: &[ValueId]) -> ir::Value {
        let values: Vec<ir::Value> = values.iter().map(|&v| self.value(v)).collect();
        self.array_of(&values)
    }

    pub(super) fn array_of(&mut self, values: &[ir::Value]) -> ir::Value {
        if values.is_empty() {
            return self.int(8);
        }
        let data = ir::StackSlotData::new(ir::StackSlotKind::ExplicitSlot, 8 * values.len() as u32, 3);
        let slot = self.b.create_sized_stack_slot(data);
        for (i, &v) in values.iter().enumerate() {
            self.b.ins().stack_store(types::I64, v, slot, 8 * i as i32);
        }
        self.b.ins().stack_addr(types::I64, slot, 0)
    }

    /// Calls a native function by `adder_interp::native::NativeFn`'s convention.
    fn call_native(&mut self, inst: &Inst, state: StateId) -> ir::Value {
        let args = self.array(&inst.args);
        let (count, no_names) = (self.int(inst.args.len() as i64), self.int(0));
        let (pc, base) = self.place(state);
        self.store(Region::Thread, base, self.vm, offset::VM_BASE as i32);
        self.store(Region::Thread, pc, self.vm, offset::VM_PC as i32);
        let result = self.runtime(inst.imm as usize, &[self.vm, args, count, no_names]);
        self.value_or_raise(result, state)
    }

    /// The bits of a value from the runtime, 0 when it raised.
    fn value_or_raise(&mut self, bits: ir::Value, state: StateId) -> ir::Value {
        let raised = self.b.ins().icmp_imm_s(IntCC::Equal, bits, 0);
        self.raise_if(raised, state);
        bits
    }

    /// A truth value from the runtime, 2 when it raised.
    fn checked_truth(&mut self, truth: ir::Value, state: StateId) -> ir::Value {
        let raised = self.b.ins().icmp_imm_s(IntCC::Equal, truth, 2);
        self.raise_if(raised, state);
        self.b.ins().ireduce(types::I8, truth)
    }

    /// Jumps to `done` with the truth of a value where the word tells; goes on where it does not.
    fn known_truth(&mut self, v: ir::Value, done: ir::Block) {
        for (singleton, truth) in [(Value::bool(true), 1), (Value::bool(false), 0), (Value::none(), 0)] {
            let rest = self.b.create_block();
            let same = self.b.ins().icmp_imm_s(IntCC::Equal, v, singleton.bits() as i64);
            let truth = self.b.ins().iconst(types::I8, truth);
            self.brif(same, (done, &[BlockArg::Value(truth)]), (rest, &[]));
            self.switch(rest);
        }
        let (int, other) = (self.b.create_block(), self.b.create_block());
        let is_int = self.b.ins().icmp_imm_s(IntCC::UnsignedGreaterThanOrEqual, v, INT_TAG as i64);
        self.brif(is_int, (int, &[]), (other, &[]));
        self.switch(int);
        let truth = self.b.ins().icmp_imm_s(IntCC::NotEqual, v, INT_TAG as i64);
        self.jump(done, &[BlockArg::Value(truth)]);
        self.switch(other);
    }

    fn truth(&mut self, v: ir::Value, state: StateId) -> ir::Value {
        let done = self.b.create_block();
        let result = self.b.append_block_param(done, types::I8);
        self.known_truth(v, done);
        let (pc, base) = self.place(state);
        let address = Helper::Truth.address();
        let truth = self.runtime(address, &[pc, base, self.vm, v]);
        let truth = self.checked_truth(truth, state);
        self.jump(done, &[BlockArg::Value(truth)]);
        self.switch(done);
        result
    }

    /// A call of a known Python function through its cell, in the window at register `imm2`. `CallCheck` came before.
    fn call_direct(&mut self, inst: &Inst, state: StateId) -> ir::Value {
        let callee = self.unit.callees[inst.imm as usize];
        let window = self.b.ins().iadd_imm_s(self.base, 8 * inst.imm2);
        let function = self.int(callee.function as i64);
        let place = self.place(state);
        let cell = self.int(callee.cell as i64);
        self.enter_window(function, cell, window, place, &inst.args, state)
    }

    /// Runs a Python function through its cell in `window`; the limits have been checked.
    fn enter_window(
        &mut self,
        function: ir::Value,
        cell: ir::Value,
        window: ir::Value,
        (pc, base): (ir::Value, ir::Value),
        args: &[ValueId],
        state: StateId,
    ) -> ir::Value {
        let back = self.b.ins().bor_imm_s(pc, BOUNDARY as i64);
        let zero = self.int(0);
        for (word, v) in [(1, function), (2, back), (3, base), (4, zero), (5, zero)] {
            self.store(Region::Window, v, window, -8 * word);
        }
        self.change_depth(-1);
        let target = self.load(Region::Names, types::I64, cell, 0);
        let mut operands = vec![window, self.vm];
        operands.extend(args.iter().map(|&a| self.value(a)));
        let result = self.call(target, &operands);
        let (odd, done) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(odd);
        let value = self.b.append_block_param(done, types::I64);
        let left_early = self.b.ins().icmp_imm_s(IntCC::UnsignedLessThan, result, FIRST_VALUE as i64);
        self.branch_away(left_early, odd);
        self.change_depth(1);
        self.jump(done, &[BlockArg::Value(result)]);
        self.switch(odd);
        let address = Helper::FinishCallee.address();
        let finished = self.runtime(address, &[window, self.vm, result]);
        let finished = self.value_or_raise(finished, state);
        self.jump(done, &[BlockArg::Value(finished)]);
        self.switch(done);
        value
    }
}
