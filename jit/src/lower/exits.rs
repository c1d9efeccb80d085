//! Leaving machine code.
//!
//! Every frame state that guards use gets one cold block. It passes the values that are not home to a block shared by all states that pass
//! as many; that one stores them, as they are, in an array on the native stack and calls [`landing`], which makes of them what the
//! exit's [`Plan`] says. Measured against stores per guard this compiles three times faster and keeps cold code small.
//! The record's address is a constant of the cold block: as an argument of the guard's branch it would cost a move on the hot path.
//!
//! [`landing`]: crate::runtime::landing

use super::{Lower, Region, machine_type};
use crate::hir::helpers::Helper;
use crate::hir::*;
use crate::runtime::landing::{FrameHeader, GeneratorPlan, Plan, Source};
use adder_interp::value::Value;
use adder_interp::vm::frame::{LINK_GENERATOR, LINK_INIT};
use adder_interp::vm::tier_up::{EXIT, EXIT_RAISE, Exit, offset};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, BlockArg, InstBuilder, types};
use std::cell::Cell;

/// A block that stores what is passed: so many ints and floats.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    ints: usize,
    floats: usize,
    tail: Tail,
}

/// What happens behind the stores.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Tail {
    raise: bool,
    then: Then,
}

/// What follows when everything is home.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Then {
    /// The interpreter goes on.
    Leave,
    /// Everything is home already: the interpreter goes on in the window at this register.
    LeaveAtOnce(usize),
    /// The exception is caught: machine code goes on with the handler.
    Catch(ir::Block),
    /// The frame ends, whose object takes the locals over: machine code goes on.
    EndFrame(ir::Block),
}

/// A cold block that has no code yet.
pub(super) struct Pending {
    block: ir::Block,
    state: StateId,
    raise: bool,
    reason: Reason,
    then: Then,
}

/// The values that a plan mentions.
#[derive(Default)]
struct Passed {
    ints: Vec<ValueId>,
    floats: Vec<ValueId>,
    made: Vec<ValueId>,
    shares: bool,
}

impl Passed {
    /// The place of a value.
    fn place(&mut self, v: ValueId, ty: Ty) -> u16 {
        let list = if ty == Ty::Float { &mut self.floats } else { &mut self.ints };
        let at = list.iter().position(|&p| p == v).unwrap_or_else(|| {
            list.push(v);
            list.len() - 1
        });
        at as u16
    }
}

/// The tag of a link word, by the immediate of `InitLink`.
pub(super) fn link_tag(imm: i64) -> u64 {
    if imm == 0 { LINK_INIT } else { LINK_GENERATOR }
}

impl Lower<'_> {
    /// The cold block of a frame state.
    pub(super) fn exit_block(&mut self, state: StateId, raise: bool, reason: Reason) -> ir::Block {
        if let Some(&block) = self.cold.get(&(state, raise, reason)) {
            return block;
        }
        let block = self.b.create_block();
        if reason != Reason::Yield {
            self.b.set_cold_block(block);
        }
        self.cold.insert((state, raise, reason), block);
        let catch = self.unit.states[state.0 as usize].catch.filter(|_| raise);
        let then = catch.map_or(Then::Leave, |c| Then::Catch(self.blocks[c.0 as usize]));
        self.pending.push(Pending { block, state, raise, reason, then });
        block
    }

    /// A cold block for the end of a frame that somebody has looked at; machine code goes on at `resume`.
    pub(super) fn end_frame_block(&mut self, state: StateId, resume: ir::Block) -> ir::Block {
        let block = self.b.create_block();
        self.b.set_cold_block(block);
        self.enter_blindly(resume);
        let then = Then::EndFrame(resume);
        self.pending.push(Pending { block, state, raise: false, reason: Reason::Frame, then });
        block
    }

    /// Leaves if the word (or truth value) is not 0.
    pub(super) fn leave_if(&mut self, condition: ir::Value, state: StateId, reason: Reason) {
        let entry = reason == Reason::Guard && self.unit.states[state.0 as usize].entry;
        let reason = if entry { Reason::Entry } else { reason };
        let exit = self.exit_block(state, false, reason);
        let condition = self.fail_sometimes(condition);
        self.leave(condition, exit);
    }

    /// Leaves with the exception pending if the condition holds.
    pub(super) fn raise_if(&mut self, condition: ir::Value, state: StateId) {
        let exit = self.exit_block(state, true, Reason::Raise);
        self.leave(condition, exit);
    }

    /// The present block ends with `brif condition, exit, rest`; what exits know of memory does not matter.
    pub(super) fn leave(&mut self, condition: ir::Value, exit: ir::Block) {
        let rest = self.b.create_block();
        self.b.ins().brif(condition, exit, &[], rest, &[]);
        // Entered from here only, so all that is known stays known.
        self.b.switch_to_block(rest);
    }

    /// Under `jit-fail-guards=N`: the condition, or that this is the Nth guard.
    fn fail_sometimes(&mut self, condition: ir::Value) -> ir::Value {
        let every = self.env.fail_guards;
        if every == 0 {
            return condition;
        }
        let at = self.int(self.env.fuel as i64);
        let left = self.load(Region::Thread, types::I64, at, 0);
        let fewer = self.b.ins().iadd_imm_s(left, -1);
        let full = self.int(every as i64 - 1);
        let empty = self.b.ins().icmp_imm_s(IntCC::Equal, left, 0);
        let next = self.b.ins().select(empty, full, fewer);
        self.store(Region::Thread, next, at, 0);
        let given = self.b.ins().icmp_imm_s(IntCC::NotEqual, condition, 0);
        self.b.ins().bor(given, empty)
    }

    /// Writes the cold blocks and the shared ones.
    pub(super) fn emit_exits(&mut self) {
        let mut shapes: Vec<(ir::Block, Shape)> = Vec::new();
        for p in std::mem::take(&mut self.pending) {
            let planned = p.reason == Reason::Yield;
            let (plan, passed) = self.plan(p.state, planned);
            let then = match p.then {
                Then::Leave if plan.is_empty() => Then::LeaveAtOnce(self.frame_of(p.state).offset),
                then => then,
            };
            let tail = Tail { raise: p.raise, then };
            let shape = Shape { ints: passed.ints.len(), floats: passed.floats.len(), tail };
            let target = match shapes.iter().find(|s| s.1 == shape) {
                Some(s) => s.0,
                None => {
                    let block = self.b.create_block();
                    self.b.set_cold_block(block);
                    shapes.push((block, shape));
                    block
                }
            };
            self.switch(p.block);
            if planned {
                self.bring_home(p.state);
            }
            let mut args = Vec::new();
            for &v in passed.ints.iter().chain(&passed.floats) {
                let value = self.value(v);
                let value =
                    if self.unit.ty(v) == Ty::Bool { self.b.ins().uextend(types::I64, value) } else { value };
                args.push(BlockArg::Value(value));
            }
            let record = self.record(p.state, p.reason, plan);
            let record = self.int(record as i64);
            args.push(BlockArg::Value(record));
            self.jump(target, &args);
        }
        self.emit_stores(&shapes);
    }

    /// The plan of a frame state, and what has to be passed for it. `planned`: what is simple has been brought home.
    fn plan(&self, state: StateId, planned: bool) -> (Plan, Passed) {
        let state = &self.unit.states[state.0 as usize];
        let frames = &self.unit.frames;
        let is_header = |r: u16| {
            let r = usize::from(r);
            frames.iter().any(|f| f.offset > 0 && (r + 1 == f.offset || r + 5 == f.offset))
        };
        let mut passed = Passed::default();
        let (mut header_words, mut registers, mut names) = (Vec::new(), Vec::new(), Vec::new());
        let mut generators: Vec<(u16, GeneratorPlan)> = Vec::new();
        // In the order in which they come home: what is made is counted.
        let mut writes: Vec<(Home, ValueId)> =
            state.writes.iter().filter(|&&(_, v)| !(planned && self.is_simple(v))).copied().collect();
        writes.sort_by_key(|w| match w.0 {
            Home::Reg(_) => (0, 0, 0),
            Home::Name(_) => (1, 0, 0),
            Home::Generator { frame, .. } => (2, frame, 0),
            Home::Kept { frame, register } => (2, frame, 1 + register),
        });
        for (home, v) in writes {
            let source = self.source(v, &mut passed);
            match home {
                Home::Reg(r) => {
                    let readable = matches!(source, Source::Constant(_) | Source::Value(Ty::Any, _));
                    let list = if readable && is_header(r) { &mut header_words } else { &mut registers };
                    list.push((r, source));
                }
                Home::Name(n) => {
                    let name = &self.unit.names[usize::from(n)];
                    let dict = self.unit.namespaces[usize::from(name.builtin)].dict;
                    names.push((dict, name.entry, source));
                }
                Home::Generator { frame, pc } => {
                    let entry = frames[usize::from(frame)].code_entry;
                    let pc = if pc == 0 { 0 } else { entry + 8 * pc as usize };
                    let registers = Box::default();
                    generators.push((frame, GeneratorPlan { generator: source, pc, registers }));
                }
                Home::Kept { frame, register } => {
                    let (_, plan) = generators.last_mut().filter(|g| g.0 == frame).expect("its generator");
                    let registers = std::mem::take(&mut plan.registers).into_iter();
                    plan.registers = registers.chain([(register, source)]).collect();
                }
            }
        }
        let plan = Plan {
            frames: self.missing_frames(state),
            header_words: header_words.into(),
            registers: registers.into(),
            names: names.into(),
            generators: generators.into_iter().map(|g| g.1).collect(),
            shares: passed.shares,
        };
        (plan, passed)
    }

    /// The headers that inlined frames do not have yet.
    fn missing_frames(&self, state: &FrameState) -> Box<[FrameHeader]> {
        let frames = &self.unit.frames;
        let mut chain = vec![state.frame];
        while let Some(&f) = chain.last().filter(|&&f| f != 0) {
            chain.push(frames[f].parent);
        }
        chain.reverse();
        let header = |&f: &usize| {
            let (frame, caller) = (frames[f], frames[frames[f].parent]);
            FrameHeader {
                offset: frame.offset as u32,
                caller: caller.offset as u32,
                return_pc: frame.return_pc,
                caller_words: caller.words,
            }
        };
        chain[state.pushed as usize..].iter().map(header).collect()
    }

    /// The word of a constant.
    fn constant_word(&self, v: ValueId) -> Option<i64> {
        let inst = self.unit.inst(v);
        let value = match inst.op {
            Op::ConstValue => return Some(inst.imm),
            Op::ConstInt => Value::try_small_int(inst.imm)?,
            Op::ConstFloat => Value::float(f64::from_bits(inst.imm as u64)),
            Op::ConstBool => Value::bool(inst.imm != 0),
            _ => return None,
        };
        Some(value.bits() as i64)
    }

    /// Whether a value comes home by a store, but for its box. Not if the machine has some bits of it only.
    fn is_simple(&self, v: ValueId) -> bool {
        self.constant_word(v).is_some() || self.values.contains_key(&v) && self.unit.ty(v) != Ty::Wide
    }

    /// Brings home what is simple, where code always leaves: that is worth code of its own.
    fn bring_home(&mut self, state: StateId) {
        let unit = self.unit;
        let window = self.frame_of(state).offset as i64;
        let writes = &unit.states[state.0 as usize].writes;
        for &(home, v) in writes.iter().filter(|&&(_, v)| self.is_simple(v)).collect::<Vec<_>>() {
            let ty = unit.ty(v);
            let tagged = match (self.constant_word(v), ty) {
                (Some(bits), _) => self.int(bits),
                (None, Ty::Int) => self.box_int(self.value(v), window),
                (None, Ty::Word) => self.box_word(self.value(v), window),
                (None, ty) => self.boxed(ty, self.value(v)),
            };
            match home {
                Home::Reg(r) => self.store(Region::Window, tagged, self.base, 8 * i32::from(r)),
                Home::Name(n) => {
                    self.store_name(n as usize, tagged, !matches!(ty, Ty::Float | Ty::Bool));
                }
                Home::Generator { .. } | Home::Kept { .. } => {
                    unreachable!("a unit yields in its own frame only")
                }
            }
        }
    }

    fn record(&mut self, state: StateId, reason: Reason, plan: Plan) -> usize {
        let (frame, state) = (self.frame_of(state), &self.unit.states[state.0 as usize]);
        let (guard, pc) = state.blamed.unwrap_or((state.frame, state.pc));
        let guard = self.unit.frames[guard];
        let plan = *self.plans.entry(plan).or_insert_with_key(|plan| Box::leak(Box::new(plan.clone())));
        let record = Box::new(Exit {
            pc: Cell::new((frame.code_entry + 8 * state.pc as usize) as *const _),
            window: 8 * frame.offset,
            words: frame.words as *mut u64,
            count: Cell::new(0),
            unit: self.id,
            reason: reason as u8,
            planned: reason == Reason::Yield,
            blamed: (guard.code_entry + 8 * pc as usize) as *const _,
            blamed_words: guard.words as *mut u64,
            plan: std::ptr::from_ref(plan).cast(),
        });
        let address = Box::into_raw(record) as usize;
        self.exits.push(address);
        address
    }

    /// Where a value comes from. Constants need not be passed.
    fn source(&self, v: ValueId, passed: &mut Passed) -> Source {
        if let Some(bits) = self.constant_word(v) {
            return Source::Constant(bits);
        }
        let inst = self.unit.inst(v);
        match inst.op {
            Op::Wide => {
                Source::Exact(Box::new((inst.imm, [0, 1].map(|i| self.source(inst.args[i], passed)))))
            }
            _ if self.values.contains_key(&v) => Source::Value(inst.ty, passed.place(v, inst.ty)),
            Op::InitLink => Source::Link(Box::new((self.source(inst.args[0], passed), link_tag(inst.imm)))),
            // What no block has is made here.
            Op::Make => {
                if let Some(at) = passed.made.iter().position(|&m| m == v) {
                    passed.shares = true;
                    return Source::Same(at as u16);
                }
                let helper = Helper::of(inst.imm);
                let part = |(i, &a): (usize, &ValueId)| match self.unit.inst(a) {
                    _ if !helper.takes_int(i) => self.source(a, passed),
                    part if part.op == Op::ConstInt => Source::ConstantInt(part.imm),
                    _ => Source::Int(passed.place(a, Ty::Int)),
                };
                let parts = inst.args.iter().enumerate().map(part).collect();
                passed.made.push(v);
                Source::Made(Box::new((inst.imm, parts)))
            }
            _ => self.source(inst.args[0], passed),
        }
    }

    /// Writes the shared blocks: those that store what is passed, and behind them what they have in common.
    fn emit_stores(&mut self, shapes: &[(ir::Block, Shape)]) {
        let most = |count: fn(&Shape) -> usize| shapes.iter().map(|(_, s)| count(s)).max().unwrap_or(0);
        let (ints, floats) = (most(|s| s.ints), most(|s| s.floats));
        let data =
            ir::StackSlotData::new(ir::StackSlotKind::ExplicitSlot, 8 * (ints + floats).max(1) as u32, 3);
        let slot = self.b.create_sized_stack_slot(data);
        let first_int = 8 * floats as i32;
        let mut tails: Vec<(ir::Block, Tail)> = Vec::new();
        for (block, shape) in shapes {
            let tail = match tails.iter().find(|t| t.1 == shape.tail) {
                Some(t) => t.0,
                None => {
                    let tail = self.b.create_block();
                    self.b.set_cold_block(tail);
                    self.b.append_block_param(tail, types::I64);
                    tails.push((tail, shape.tail));
                    tail
                }
            };
            let ints: Vec<_> =
                (0..shape.ints).map(|_| self.b.append_block_param(*block, types::I64)).collect();
            let floats: Vec<_> = (0..shape.floats)
                .map(|_| self.b.append_block_param(*block, machine_type(Ty::Float)))
                .collect();
            let record = self.b.append_block_param(*block, types::I64);
            self.switch(*block);
            for (i, &v) in ints.iter().enumerate() {
                self.b.ins().stack_store(types::I64, v, slot, first_int + 8 * i as i32);
            }
            for (i, &v) in floats.iter().enumerate() {
                self.b.ins().stack_store(types::I64, v, slot, first_int - 8 * (i as i32 + 1));
            }
            self.jump(tail, &[BlockArg::Value(record)]);
        }
        for (block, tail) in tails {
            let record = self.b.block_params(block)[0];
            self.switch(block);
            self.emit_tail(tail, record, slot, first_int);
        }
    }

    fn emit_tail(&mut self, tail: Tail, record: ir::Value, slot: ir::StackSlot, first_int: i32) {
        let land = |l: &mut Self, helper: Helper| {
            let values = l.b.ins().stack_addr(types::I64, slot, first_int);
            l.runtime(helper.address(), &[l.base, l.vm, record, values])
        };
        match tail.then {
            Then::Leave => drop(land(self, Helper::Land)),
            Then::LeaveAtOnce(window) => {
                self.publish_window(window as i64);
                let pc = self.load(Region::Thread, types::I64, record, std::mem::offset_of!(Exit, pc) as i32);
                self.store(Region::Thread, pc, self.vm, offset::VM_PC as i32);
                self.store(Region::Thread, record, self.vm, offset::VM_EXIT as i32);
            }
            Then::Catch(target) => {
                let done = land(self, Helper::LandInHandler);
                self.branch_away(done, target);
            }
            Then::EndFrame(target) => {
                let done = land(self, Helper::LandAtEnd);
                self.branch_away(done, target);
            }
        }
        let result = self.int(if tail.raise { EXIT_RAISE } else { EXIT } as i64);
        self.b.ins().return_(&[result]);
    }
}
