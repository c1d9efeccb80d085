//! Moves, numbers, and the instruction that needs no code of its own. Comparisons: [`super::comparisons`].

use super::Builder;
use super::comparisons::{compare_jump, comparison};
use super::inline::Role as FrameRole;
use super::state::{Slot, Val};
use crate::hir::helpers::Helper;
use crate::hir::*;
use adder_bytecode::ops::Intrinsic;
use adder_bytecode::{Feedback, Insn, Op as B, liveness};
use adder_interp::vm::dispatch::control::{consumer_value, is_consumer};
use adder_interp::vm::dispatch::step::{binary_index, can_step};

/// The binary operators by what HIR calls them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Sub,
    Mul,
    TrueDiv,
    FloorDiv,
    Mod,
    And,
    Or,
    Xor,
    Shl,
    Shr,
    Other,
}

/// The operator and whether the right operand is a constant.
pub(super) fn operator(op: B) -> (Operator, bool) {
    use Operator::*;
    match op {
        B::Add => (Add, false),
        B::AddK => (Add, true),
        B::Sub => (Sub, false),
        B::SubK => (Sub, true),
        B::Mul => (Mul, false),
        B::MulK => (Mul, true),
        B::TrueDiv => (TrueDiv, false),
        B::TrueDivK => (TrueDiv, true),
        B::FloorDiv => (FloorDiv, false),
        B::FloorDivK => (FloorDiv, true),
        B::Mod => (Mod, false),
        B::ModK => (Mod, true),
        B::And => (And, false),
        B::AndK => (And, true),
        B::Or => (Or, false),
        B::OrK => (Or, true),
        B::Xor => (Xor, false),
        B::XorK => (Xor, true),
        B::Shl => (Shl, false),
        B::ShlK => (Shl, true),
        B::Shr => (Shr, false),
        B::ShrK => (Shr, true),
        _ => (Other, op == B::PowK),
    }
}

impl Builder<'_, '_> {
    /// Whether an instruction without a fast path asks the runtime a question that runs no code ([`Op::Ask`]), instead of calling it.
    pub(super) fn asks(&self, pc: u32) -> bool {
        let insn = self.f.insns[pc as usize];
        let op = insn.op();
        let suits = match op {
            B::JumpIfTrue | B::JumpIfFalse | B::Not | B::In | B::NotIn => true,
            B::GetIter | B::CheckExcMatch => true,
            B::GetItem | B::GetItemK => insn.feedback() & (Feedback::OTHER | Feedback::LIST_SLICE) == 0,
            B::SetItem => insn.feedback() == Feedback::DICT,
            B::SetAdd | B::MapAdd => true,
            B::Intrinsic => insn.c() == Intrinsic::AppendByte as u16,
            B::ForIter => insn.feedback() == Feedback::CONTAINER_ITER,
            B::Add | B::AddK => insn.feedback() & !Feedback::INPLACE == Feedback::SEQUENCE,
            _ => comparison(op).is_some() || compare_jump(op).is_some(),
        };
        suits && !self.declines(pc)
    }

    /// Whether an instruction that leaves a trace when it runs has left none.
    pub(super) fn shows_no_run(&self, insn: Insn) -> bool {
        let op = insn.op();
        match op {
            B::JumpIfTrue | B::JumpIfFalse | B::GetItem | B::GetItemK | B::SetItem | B::ForIter => {
                insn.feedback() == 0
            }
            B::LoadAttr | B::StoreAttr | B::LoadMethod => self.is_empty_site(insn),
            // SAFETY: the words behind the name's are its cache.
            B::LoadGlobal => unsafe { *self.f.code.as_ref().words().add(insn.c() as usize + 1) == 0 },
            _ if op.is_binary()
                || op == B::SumAdd
                || comparison(op).is_some()
                || compare_jump(op).is_some() =>
            {
                insn.feedback() & !Feedback::INPLACE == 0
            }
            _ => false,
        }
    }

    /// Whether questions that an instruction asks are declined too often.
    pub(super) fn declines(&self, pc: u32) -> bool {
        (self.source.declined)(self.f.code.as_ref().entry() as usize + 8 * pc as usize)
    }

    /// Asks the runtime a question.
    pub(super) fn ask(&mut self, helper: Helper, ty: Ty, args: &[ValueId]) -> ValueId {
        let v = self.guard(Op::Ask, ty, args, helper as i64);
        self.unit.insts[v.0 as usize].imm2 = self.published_offset();
        v
    }

    pub(super) fn boxed_register(&mut self, r: usize) -> ValueId {
        let v = self.read(r);
        self.boxed(v)
    }

    /// Has the runtime change something in a way that runs no code, or leaves.
    pub(super) fn tell(&mut self, helper: Helper, ty: Ty, args: &[ValueId]) -> ValueId {
        let v = self.guard(Op::Tell, ty, args, helper as i64);
        self.unit.insts[v.0 as usize].imm2 = self.published_offset();
        self.current = None;
        v
    }

    /// Whether an instruction may run code that is not compiled with it.
    pub(super) fn may_call(&self, pc: u32) -> bool {
        if self.asks(pc) {
            return false;
        }
        let insn = self.f.insns[pc as usize];
        let op = insn.op();
        let seen = insn.feedback() & !(Feedback::INPLACE | Feedback::TAKEN | Feedback::FELL_THROUGH);
        if op.is_binary() {
            let numbers = Feedback::INT | Feedback::FLOAT | Feedback::MIXED;
            if insn.feedback() & Feedback::BIG != 0 {
                return !self.has_word_operation(insn);
            }
            let mixed = seen & Feedback::INT != 0 && seen & (Feedback::FLOAT | Feedback::MIXED) != 0;
            return seen & !numbers != 0 || mixed || operator(op).0 == Operator::Other;
        }
        if comparison(op).is_some() || compare_jump(op).is_some() {
            return seen & Feedback::OTHER != 0;
        }
        match op {
            B::GetItem | B::GetItemK | B::SetItem => {
                let inline = Feedback::LIST | Feedback::TUPLE | Feedback::BYTES | Feedback::BYTEARRAY;
                // Slices may turn out to have other parts than ints.
                insn.feedback() & !inline != 0 || insn.feedback().count_ones() > 1
            }
            B::ForIter => {
                let calls = Feedback::OTHER | Feedback::CONTAINER_ITER;
                insn.feedback() & calls != 0 || insn.feedback().count_ones() > 1
            }
            B::LoadAttr | B::StoreAttr => !self.has_fast_attribute(insn),
            B::LoadMethod => !self.has_fast_method(insn),
            B::LoadGlobal | B::LoadName | B::StoreName | B::StoreGlobal => self.name_slot(insn).is_none(),
            B::Nop | B::Move | B::LoadConst | B::ClearLocal | B::CheckLocal | B::Jump | B::JumpBack => false,
            B::SumAdd => insn.feedback() != Feedback::INT,
            B::JumpIfNone | B::JumpIfNotNone | B::JumpUnlessBuiltin | B::Return | B::ReturnK => false,
            B::Neg => !matches!(insn.feedback(), Feedback::INT | Feedback::FLOAT),
            B::JumpIfTrue | B::JumpIfFalse | B::Not | B::Invert => true,
            B::PushExc | B::PopExc => false,
            B::In | B::NotIn | B::GetIter => true,
            B::Is | B::IsNot | B::LoadCell | B::StoreCell | B::MakeCell | B::CopyFree => false,
            B::BuildTuple | B::BuildList | B::BuildSlice | B::ListAppend | B::AsyncGenWrap => false,
            B::UnpackSeq => !matches!(insn.feedback(), Feedback::LIST | Feedback::TUPLE),
            op => can_step(op),
        }
    }

    /// Builds one instruction; false when it ends the block.
    pub(super) fn instruction(&mut self, insn: Insn) -> bool {
        let (op, a) = (insn.op(), insn.a() as usize);
        if op.is_binary() {
            return self.binary(insn);
        }
        if op == B::SumAdd {
            return self.sum_add(insn);
        }
        if let Some(cc) = comparison(op) {
            return self.compare(insn, cc);
        }
        if let Some((cc, holds, constant)) = compare_jump(op) {
            return self.compare_and_jump(insn, cc, holds, constant);
        }
        match op {
            B::Nop => true,
            B::Move => {
                self.read(insn.b() as usize);
                let from = self.state.slot(self.at(insn.b() as usize));
                self.state.set_slot(self.at(a), Slot { home: false, ..from });
                self.current = None;
                true
            }
            B::LoadConst => {
                let v = self.constant(self.word(insn.c()));
                self.put(a, v)
            }
            B::ClearLocal => {
                let empty = self.emit(Op::ConstValue, Ty::Any, &[], 0);
                self.put(a, empty)
            }
            B::CheckLocal => {
                let v = self.read(a);
                if self.unit.ty(v) == Ty::Any && !self.is_full(v) {
                    self.guard(Op::GuardFull, Ty::None, &[v], 0);
                }
                true
            }
            B::Jump => {
                self.leave_to((self.pc as i64 + i64::from(insn.imm())) as u32);
                false
            }
            B::JumpBack => {
                self.guard(Op::Poll, Ty::None, &[], 0);
                self.leave_to((self.pc as i64 + i64::from(insn.imm())) as u32);
                false
            }
            B::JumpIfTrue | B::JumpIfFalse => self.jump_if(insn, op == B::JumpIfTrue),
            B::JumpIfNone | B::JumpIfNotNone => self.jump_if_none(insn, op == B::JumpIfNone),
            B::JumpUnlessBuiltin => {
                let callable = self.read(a);
                let other = (self.pc as i64 + i64::from(insn.c_jump())) as u32;
                let (vm, which) = (self.source.vm, insn.b() as usize);
                // The interpreter looks whether the generator that is not made could be entered.
                self.reserve(0, self.chain().len());
                if let Some(callable) = self.known(callable) {
                    self.leave_to(if is_consumer(vm, callable, which) { self.pc + 1 } else { other });
                    return false;
                }
                let builtin = self.tagged_constant(consumer_value(vm, which));
                let same = self.emit(Op::SameBits, Ty::Bool, &[callable, builtin], 0);
                self.branch(same, self.pc + 1, other);
                false
            }
            B::Not => {
                let v = self.read(insn.b() as usize);
                let truth = self.truth(v);
                let v = self.emit(Op::NotBool, Ty::Bool, &[truth], 0);
                self.put(a, v);
                if std::mem::take(&mut self.check_frame) {
                    self.guard_frame(self.pc + 1);
                }
                true
            }
            B::Neg | B::Invert => self.unary(insn),
            B::DeleteLocal => {
                let v = self.read(a);
                if self.unit.ty(v) == Ty::Any && !self.is_full(v) {
                    self.guard(Op::GuardFull, Ty::None, &[v], 0);
                }
                let empty = self.emit(Op::ConstValue, Ty::Any, &[], 0);
                self.put(a, empty)
            }
            B::PushExc => {
                let v = self.read(insn.b() as usize);
                let v = self.boxed(v);
                let before = self.guard(Op::Tell, Ty::Any, &[v], Helper::PushHandled as i64);
                self.put(a, before)
            }
            B::PopExc => {
                let v = self.read(a);
                self.guard(Op::Tell, Ty::None, &[v], Helper::PopHandled as i64);
                true
            }
            B::CheckExcMatch if self.asks(self.pc) => {
                let [v, class] = [insn.b(), insn.c()].map(|r| self.read(r as usize));
                let (v, class) = (self.boxed(v), self.boxed(class));
                let matches = self.ask(Helper::QuietMatch, Ty::Bool, &[v, class]);
                self.put(a, matches)
            }
            B::Raise | B::Reraise => {
                // It does not come back, and may be the last instruction of all.
                self.step_alone(insn);
                self.exit(Reason::Uncovered);
                false
            }
            B::Yield if self.f.role == FrameRole::Generator => self.yield_inlined(insn),
            B::Yield => {
                self.exit(Reason::Yield);
                false
            }
            B::MakeGenerator => {
                self.send_visible_home();
                let generator = self.guard(Op::Step, Ty::Any, &[], self.pc as i64);
                self.forget_memory();
                self.give_back(generator)
            }
            B::Send => self.send(insn),
            B::GetAwaitable => self.get_awaitable(insn),
            B::AsyncGenWrap => {
                let v = self.boxed_register(insn.b() as usize);
                let wrapped = self.tell(Helper::AsyncValue, Ty::Any, &[v]);
                self.put(a, wrapped)
            }
            B::In | B::NotIn => self.membership(insn),
            B::GetIter => self.get_iter(insn),
            B::MakeCell => self.make_cell(insn),
            B::CopyFree => self.copy_free(insn),
            B::LoadCell => self.load_cell(insn),
            B::StoreCell => self.store_cell(insn),
            B::BuildTuple | B::BuildList => self.build_sequence(insn),
            B::BuildSlice => self.build_slice(insn),
            B::ListAppend => self.list_append(insn),
            B::Intrinsic if self.asks(self.pc) => self.append_byte(insn),
            B::SetAdd if self.asks(self.pc) => {
                let args = [insn.a(), insn.b()].map(|r| self.boxed_register(r as usize));
                self.tell(Helper::QuietSetAdd, Ty::None, &args);
                true
            }
            B::MapAdd if self.asks(self.pc) => {
                let args = [insn.a(), insn.b(), insn.b() + 1].map(|r| self.boxed_register(r as usize));
                self.tell(Helper::QuietStore, Ty::None, &args);
                true
            }
            B::Is | B::IsNot => self.identity(insn),
            B::Return => {
                let v = self.read(a);
                self.give_back(v)
            }
            B::ReturnK => {
                let v = self.constant(self.word(insn.c()));
                self.give_back(v)
            }
            B::LoadName | B::LoadGlobal => self.name_read(insn),
            B::StoreName | B::StoreGlobal => self.name_write(insn),
            B::LoadAttr => self.load_attr(insn),
            B::StoreAttr => self.store_attr(insn),
            B::LoadMethod => self.load_method(insn),
            B::LoadSuperMethod => self.load_super_method(insn),
            B::GetItem | B::GetItemK => self.get_item(insn),
            B::SetItem => self.set_item(insn),
            B::ForIter => self.for_iter(insn),
            B::UnpackSeq => self.unpack(insn),
            B::Call => self.call(insn, insn.b() as usize),
            B::CallMethod => self.call(insn, insn.b() as usize + 1),
            B::CallEx => self.call_spread(insn),
            B::BuildMap => self.build_map(insn),
            B::DictMerge => self.merge_keywords(insn),
            B::MakeFunction => self.make_function(insn),
            B::SetFunctionAttr => self.set_function_attr(insn),
            B::CallKw => self.call(insn, insn.b() as usize),
            B::CallMethodKw => self.call(insn, insn.b() as usize + 1),
            _ => self.step(insn),
        }
    }

    pub(super) fn put(&mut self, register: usize, v: ValueId) -> bool {
        self.set(register, v);
        true
    }

    /// Whether a tagged word is known not to be 0.
    fn is_full(&self, v: ValueId) -> bool {
        let inst = self.unit.inst(v);
        match inst.op {
            Op::Param | Op::LoadReg => false,
            Op::ConstValue => inst.imm != 0,
            _ => true,
        }
    }

    fn give_back(&mut self, v: ValueId) -> bool {
        if self.chain().len() > 1 {
            return self.return_inlined(v);
        }
        let v = self.boxed(v);
        self.send_names_home();
        let state = self.frame_state(self.pc);
        self.finish(Term::Return(v, state));
        false
    }

    /// Code that has not run: leaves.
    pub(super) fn unreached(&mut self) -> bool {
        self.exit(Reason::Unreached);
        false
    }

    /// The instruction is done by the runtime in the window, or not at all.
    pub(super) fn step(&mut self, insn: Insn) -> bool {
        if !can_step(insn.op()) {
            self.exit(Reason::Uncovered);
            return false;
        }
        self.step_alone(insn);
        self.guard_frame(self.pc + 1);
        true
    }

    /// [`Self::step`] without a look at what it has done to the frame.
    fn step_alone(&mut self, insn: Insn) {
        let op = insn.op();
        for r in liveness::reads(insn) {
            // The overestimated last argument of a call may not exist.
            if r < self.f.nregs && self.state.slot(self.at(r)).val != Val::Dead {
                self.send_home(self.at(r));
            }
        }
        if op == B::MakeCell {
            self.send_home(self.at(insn.a() as usize));
        }
        self.send_visible_home();
        let result = self.guard(Op::Step, Ty::Any, &[], self.pc as i64);
        self.forget_memory();
        self.step_results(insn, result);
    }

    /// Other code has run, which may have looked at this frame and changed it: then the interpreter goes on at `pc`.
    pub(super) fn guard_frame(&mut self, pc: u32) {
        self.current = None;
        let state = Some(self.frame_state(pc));
        self.push(Inst { op: Op::GuardFrame, ty: Ty::None, args: vec![], imm: 0, imm2: 0, state });
    }

    /// Where the runtime has left the results of a step.
    fn step_results(&mut self, insn: Insn, result: ValueId) {
        let (op, a) = (insn.op(), insn.a() as usize);
        let in_window = Slot { val: Val::Mem, home: true };
        match op {
            B::UnpackSeq | B::CopyFree => {
                let slots = self.at(a)..self.at(a + insn.c() as usize);
                slots.for_each(|s| self.state.set_slot(s, in_window));
            }
            B::LoadMethod | B::LoadSuperMethod => {
                let at = a + adder_bytecode::FRAME_HEADER as usize;
                self.clobber(a);
                let at = self.at(at);
                [at - 1, at].into_iter().for_each(|s| self.state.set_slot(s, in_window));
            }
            B::SumAdd | B::CheckEgMatch | B::ExcTriple => {
                let n = if op == B::ExcTriple { 3 } else { 2 };
                let slots = self.at(a)..self.at(a + n);
                slots.for_each(|s| self.state.set_slot(s, in_window));
            }
            _ => {
                if matches!(op, B::Call | B::CallMethod | B::CallKw | B::CallMethodKw | B::CallEx) {
                    self.clobber(a);
                }
                let writes = matches!(op, B::MakeCell | B::LoadDictOrCell | B::LoadDictOrGlobal)
                    || matches!(
                        op.roles()[0],
                        adder_bytecode::ops::Role::Out | adder_bytecode::ops::Role::Window
                    );
                if writes {
                    self.state.set_slot(self.at(a), Slot { val: Val::V(result), home: true });
                }
            }
        }
        self.current = None;
    }

    /// The registers from `a` on were an outgoing area.
    pub(super) fn clobber(&mut self, a: usize) {
        self.state.truncate(self.at(a));
        self.current = None;
    }

    // ---- numbers

    pub(super) fn right(&mut self, insn: Insn, constant: bool) -> ValueId {
        if constant { self.constant(self.word(insn.c())) } else { self.read(insn.c() as usize) }
    }

    /// A step of `sum`. Ints are added up as by `Add`.
    fn sum_add(&mut self, insn: Insn) -> bool {
        match insn.feedback() {
            0 => self.unreached(),
            Feedback::INT => {
                let (x, y) = (self.int(insn.a() as usize), self.int(insn.b() as usize));
                self.int_operation(insn, Operator::Add, x, y)
            }
            _ => self.step(insn),
        }
    }

    fn binary(&mut self, insn: Insn) -> bool {
        let (operator, constant) = operator(insn.op());
        let seen = insn.feedback() & !Feedback::INPLACE;
        if seen == Feedback::SEQUENCE && operator == Operator::Add && self.asks(self.pc) {
            let (x, y) = (self.read(insn.b() as usize), self.right(insn, constant));
            let (x, y) = (self.boxed(x), self.boxed(y));
            let v = self.ask(Helper::QuietAdd, Ty::Any, &[x, y]);
            return self.put(insn.a() as usize, v);
        }
        if insn.op() == B::PowK && seen == Feedback::INT && self.word(insn.c()).as_small_int() == Some(2) {
            let x = self.int(insn.b() as usize);
            return self.int_operation(insn, Operator::Mul, x, x);
        }
        if self.takes_low_bits(insn, operator, constant) {
            return self.word_binary(insn, operator, seen, constant);
        }
        if operator == Operator::Other || seen & Feedback::OTHER != 0 || seen == Feedback::SEQUENCE {
            return self.general_binary(insn, constant);
        }
        if seen == 0 {
            return self.unreached();
        }
        if seen & Feedback::BIG != 0 {
            return if self.has_word_operation(insn) {
                self.word_binary(insn, operator, seen, constant)
            } else {
                self.general_binary(insn, constant)
            };
        }
        let (x, y) = (self.read(insn.b() as usize), self.right(insn, constant));
        let (tx, ty) = (self.unit.ty(x), self.unit.ty(y));
        let wordy = |t: Ty| matches!(t, Ty::Word | Ty::Wide);
        if seen == Feedback::INT && (wordy(tx) || wordy(ty)) {
            return self.word_binary(insn, operator, seen, constant);
        }
        let numeric = |t: Ty| matches!(t, Ty::Int | Ty::Float);
        let ints = if numeric(tx) && numeric(ty) {
            tx == Ty::Int && ty == Ty::Int
        } else if seen == Feedback::INT {
            true
        } else if seen & Feedback::INT == 0 {
            false
        } else {
            return self.any_numbers(insn, operator, constant);
        };
        if ints {
            let x = self.int_value(x);
            // The guard of the left operand may have been the right one's too.
            let y = if constant { y } else { self.read(insn.c() as usize) };
            let y = self.int_value(y);
            return self.int_operation(insn, operator, x, y);
        }
        self.float_operation(insn, operator, seen, constant)
    }

    pub(super) fn int_operation(&mut self, insn: Insn, operator: Operator, x: ValueId, y: ValueId) -> bool {
        let op = match operator {
            Operator::Add => Op::AddInt,
            Operator::Sub => Op::SubInt,
            Operator::Mul => Op::MulInt,
            Operator::FloorDiv => Op::FloorDivInt,
            Operator::Mod => Op::ModInt,
            Operator::TrueDiv => Op::TrueDivInt,
            Operator::Shl => Op::ShlInt,
            Operator::Shr => Op::ShrInt,
            Operator::And => Op::AndInt,
            Operator::Or => Op::OrInt,
            Operator::Xor => Op::XorInt,
            Operator::Other => return self.general_binary(insn, false),
        };
        let ty = if op == Op::TrueDivInt { Ty::Float } else { Ty::Int };
        let v = if op.effect() == Effect::Pure {
            self.emit(op, ty, &[x, y], 0)
        } else {
            self.guard(op, ty, &[x, y], 0)
        };
        self.put(insn.a() as usize, v)
    }

    fn float_operation(&mut self, insn: Insn, operator: Operator, seen: u8, constant: bool) -> bool {
        let op = match operator {
            Operator::Add => Op::AddFloat,
            Operator::Sub => Op::SubFloat,
            Operator::Mul => Op::MulFloat,
            Operator::TrueDiv => Op::DivFloat,
            _ => return self.general_binary(insn, constant),
        };
        let (x, y) = (self.read(insn.b() as usize), self.right(insn, constant));
        let mixed = seen & Feedback::MIXED != 0;
        if mixed && self.unit.ty(x) != Ty::Float && self.unit.ty(y) != Ty::Float {
            let (bx, by) = (self.boxed(x), self.boxed(y));
            self.guard(Op::GuardNotBothInt, Ty::None, &[bx, by], 0);
        }
        let x = self.number(x, mixed);
        let y = if constant { y } else { self.read(insn.c() as usize) };
        let y = self.number(y, mixed);
        let v = if op == Op::DivFloat {
            self.guard(op, Ty::Float, &[x, y], 0)
        } else {
            self.emit(op, Ty::Float, &[x, y], 0)
        };
        self.put(insn.a() as usize, v)
    }

    /// An operand of a float operation.
    fn number(&mut self, v: ValueId, mixed: bool) -> ValueId {
        match self.unit.ty(v) {
            Ty::Int => self.emit(Op::IntToFloat, Ty::Float, &[v], 0),
            Ty::Any if mixed => self.guard(Op::ToFloat, Ty::Float, &[v], 0),
            _ => self.float_value(v),
        }
    }

    fn unary(&mut self, insn: Insn) -> bool {
        let mut v = self.read(insn.b() as usize);
        if insn.op() == B::Neg && matches!(self.unit.ty(v), Ty::Any | Ty::Bool) {
            match insn.feedback() {
                Feedback::FLOAT => v = self.float_value(v),
                Feedback::INT => v = self.int_value(v),
                _ => {}
            }
        }
        let result = match (insn.op(), self.unit.ty(v)) {
            (B::Neg, Ty::Int) => self.guard(Op::NegInt, Ty::Int, &[v], 0),
            (B::Neg, Ty::Float) => self.emit(Op::NegFloat, Ty::Float, &[v], 0),
            (op, Ty::Word | Ty::Wide) => self.wide_unary(op, v),
            (B::Invert, Ty::Int) => self.emit(Op::NotInt, Ty::Int, &[v], 0),
            (op, _) => {
                let v = self.boxed(v);
                if let Some(goes_on) = self.instance_method(insn, Self::unary_special(op), v, None) {
                    return goes_on;
                }
                let helper = if op == B::Neg { Helper::Negative } else { Helper::Invert };
                return self.helper_result(insn, helper, Ty::Any, &[v]);
            }
        };
        self.put(insn.a() as usize, result)
    }

    fn membership(&mut self, insn: Insn) -> bool {
        let (item, container) = (self.read(insn.b() as usize), self.read(insn.c() as usize));
        let (item, container) = (self.boxed(item), self.boxed(container));
        let quiet = self.asks(self.pc);
        let mut found = if quiet {
            self.ask(Helper::QuietContains, Ty::Bool, &[container, item])
        } else {
            self.helper(Helper::Contains, Ty::Bool, &[container, item])
        };
        if insn.op() == B::NotIn {
            found = self.emit(Op::NotBool, Ty::Bool, &[found], 0);
        }
        self.put(insn.a() as usize, found);
        if !quiet {
            self.guard_frame(self.pc + 1);
        }
        true
    }

    /// Calls a helper that may run any code. `guard_frame` must follow when the result is in its place.
    pub(super) fn helper(&mut self, helper: Helper, ty: Ty, args: &[ValueId]) -> ValueId {
        self.send_visible_home();
        let v = self.guard(Op::Helper, ty, args, helper as i64);
        self.forget_memory();
        v
    }

    /// The same for an instruction whose result is the helper's.
    pub(super) fn helper_result(&mut self, insn: Insn, helper: Helper, ty: Ty, args: &[ValueId]) -> bool {
        let v = self.helper(helper, ty, args);
        self.set(insn.a() as usize, v);
        self.guard_frame(self.pc + 1);
        true
    }

    /// Ints at times and floats at others: decides when it runs. The result is a tagged word.
    fn any_numbers(&mut self, insn: Insn, operator: Operator, constant: bool) -> bool {
        let (int_op, float_op) = match operator {
            Operator::Add => (Op::AddInt, Op::AddFloat),
            Operator::Sub => (Op::SubInt, Op::SubFloat),
            Operator::Mul => (Op::MulInt, Op::MulFloat),
            _ => return self.general_binary(insn, constant),
        };
        let (x, y) = (self.read(insn.b() as usize), self.right(insn, constant));
        let (x, y) = (self.boxed(x), self.boxed(y));
        let both = self.emit(Op::BothInt, Ty::Bool, &[x, y], 0);
        let (ints, floats) = self.split(both);
        let done = self.new_block();
        for (block, guard, op, ty) in
            [(ints, Op::GuardInt, int_op, Ty::Int), (floats, Op::ToFloat, float_op, Ty::Float)]
        {
            self.block = block;
            self.current = None;
            let [a, b] = [x, y].map(|v| self.guard(guard, ty, &[v], 0));
            let v =
                if ty == Ty::Int { self.guard(op, ty, &[a, b], 0) } else { self.emit(op, ty, &[a, b], 0) };
            let tagged = if ty == Ty::Int { Op::BoxInt } else { Op::BoxFloat };
            let v = self.emit(tagged, Ty::Any, &[v], 0);
            self.finish(Term::Jump(Edge { to: done, args: vec![v] }));
        }
        self.block = done;
        let v = self.param(Ty::Any, 0);
        self.put(insn.a() as usize, v)
    }

    /// A binary operation that is a call, or done by the runtime.
    pub(super) fn general_binary(&mut self, insn: Insn, constant: bool) -> bool {
        if let Some(goes_on) = self.instance_binary(insn, constant) {
            return goes_on;
        }
        let index = binary_index(insn.op());
        let (x, y) = (self.read(insn.b() as usize), self.right(insn, constant));
        let (x, y) = (self.boxed(x), self.boxed(y));
        let index = self.emit(Op::ConstInt, Ty::Int, &[], index as i64);
        let inplace = insn.feedback() & Feedback::INPLACE != 0;
        let helper = if inplace { Helper::Inplace } else { Helper::Binary };
        self.helper_result(insn, helper, Ty::Any, &[index, x, y])
    }
}
