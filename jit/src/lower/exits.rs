//! Leaving machine code.
//!
//! Every frame state that guards use gets one cold block. It passes the values that are not home to a block shared by all states
//! with the same homes and types; that one boxes them, brings them home, leaves the exit record behind and returns. Measured
//! against stores per guard this compiles three times faster and keeps cold code small. The record's address is a
//! constant of the cold block: as an argument of the guard's branch it would cost a move on the hot path.

use super::{Lower, Region, machine_type};
use crate::hir::helpers::Helper;
use crate::hir::*;
use adder_interp::value::Value;
use adder_interp::vm::frame::LINK_INIT;
use adder_interp::vm::tier_up::{EXIT, EXIT_RAISE, Exit, offset};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, BlockArg, InstBuilder, types};
use std::cell::Cell;

/// What a shared block does: whether an exception is pending, and where values of which types go.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    raise: bool,
    frame: usize,
    pushed: u32,
    homes: Vec<(Home, Source)>,
    then: Then,
}

/// What follows when everything is home.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Then {
    /// The interpreter goes on.
    Leave,
    /// The exception is caught: machine code goes on with the handler.
    Catch(ir::Block),
    /// The frame ends, whose object takes the locals over: machine code goes on.
    EndFrame(ir::Block),
}

/// What a home gets: a value of a type that the cold block passes, or a constant word.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Source {
    Value(Ty),
    Constant(i64),
    /// An int that is not tagged: passed, or a constant.
    Int(Option<i64>),
    /// What this operator of [`Op::Wide`] makes of two ints.
    Exact(i64, Box<[Source; 2]>),
    /// What this helper makes of the values.
    Made(i64, Vec<Source>),
    /// What has been made for the frame state already: the how manieth.
    Same(usize),
    /// The link word of the `__init__` of this instance.
    Link(Box<Source>),
}

/// A cold block that has no code yet.
pub(super) struct Pending {
    block: ir::Block,
    state: StateId,
    raise: bool,
    reason: Reason,
    then: Then,
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
        let pending = std::mem::take(&mut self.pending);
        let mut shared = Vec::new();
        for p in pending {
            let state = &self.unit.states[p.state.0 as usize];
            let (mut passed, mut made) = (Vec::new(), Vec::new());
            let source = |&(h, v): &(Home, ValueId)| (h, self.source(v, &mut passed, &mut made));
            let homes = state.writes.iter().map(source).collect();
            let shape =
                Shape { raise: p.raise, frame: state.frame, pushed: state.pushed, homes, then: p.then };
            let target = match self.shared.get(&shape) {
                Some(&block) => block,
                None => {
                    let block = self.b.create_block();
                    self.b.set_cold_block(block);
                    self.shared.insert(shape.clone(), block);
                    shared.push((block, shape));
                    block
                }
            };
            self.switch(p.block);
            let record = self.record(p.state, p.reason);
            let record = self.int(record as i64);
            let mut args: Vec<BlockArg> = passed.iter().map(|&v| BlockArg::Value(self.value(v))).collect();
            args.push(BlockArg::Value(record));
            self.jump(target, &args);
        }
        for (block, shape) in shared {
            self.emit_shared(block, &shape);
        }
    }

    fn record(&mut self, state: StateId, reason: Reason) -> usize {
        let (frame, state) = (self.frame_of(state), &self.unit.states[state.0 as usize]);
        let (guard, pc) = state.blamed.unwrap_or((state.frame, state.pc));
        let guard = self.unit.frames[guard];
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
        });
        let address = Box::into_raw(record) as usize;
        self.exits.push(address);
        address
    }

    /// Where a value comes from, and what has to be passed for it. Constants need not be.
    fn source(&self, v: ValueId, passed: &mut Vec<ValueId>, made: &mut Vec<ValueId>) -> Source {
        let inst = self.unit.inst(v);
        match inst.op {
            Op::ConstValue => Source::Constant(inst.imm),
            Op::ConstInt if Value::try_small_int(inst.imm).is_some() => {
                Source::Constant(Value::small_int(inst.imm).bits() as i64)
            }
            Op::ConstFloat => Source::Constant(Value::float(f64::from_bits(inst.imm as u64)).bits() as i64),
            Op::ConstBool => Source::Constant(Value::bool(inst.imm != 0).bits() as i64),
            Op::Wide => {
                Source::Exact(inst.imm, Box::new([0, 1].map(|i| self.source(inst.args[i], passed, made))))
            }
            _ if self.values.contains_key(&v) => {
                passed.push(v);
                Source::Value(inst.ty)
            }
            Op::InitLink => Source::Link(Box::new(self.source(inst.args[0], passed, made))),
            // What no block has is made here.
            Op::Make if made.contains(&v) => {
                Source::Same(made.iter().position(|&m| m == v).expect("just found"))
            }
            Op::Make => {
                let helper = Helper::of(inst.imm);
                let part = |(i, &a): (usize, &ValueId)| match self.unit.inst(a) {
                    _ if !helper.takes_int(i) => self.source(a, passed, made),
                    part if part.op == Op::ConstInt => Source::Int(Some(part.imm)),
                    _ => {
                        passed.push(a);
                        Source::Int(None)
                    }
                };
                let parts = inst.args.iter().enumerate().map(part).collect();
                made.push(v);
                Source::Made(inst.imm, parts)
            }
            _ => self.source(inst.args[0], passed, made),
        }
    }

    /// Parameters of a shared block for what is passed for a source.
    fn parameters(&mut self, block: ir::Block, source: &Source) -> Vec<ir::Value> {
        match source {
            Source::Value(ty) => vec![self.b.append_block_param(block, machine_type(*ty))],
            Source::Int(None) => vec![self.b.append_block_param(block, types::I64)],
            Source::Constant(_) | Source::Int(Some(_)) | Source::Same(_) => vec![],
            Source::Link(instance) => self.parameters(block, instance),
            Source::Exact(_, operands) => operands.iter().flat_map(|s| self.parameters(block, s)).collect(),
            Source::Made(_, parts) => parts.iter().flat_map(|s| self.parameters(block, s)).collect(),
        }
    }

    /// The tagged word for a source, from the parameters that are left.
    fn tagged(
        &mut self,
        source: &Source,
        passed: &mut std::slice::Iter<'_, ir::Value>,
        made: &mut Vec<ir::Value>,
        window: i64,
    ) -> ir::Value {
        match source {
            Source::Same(i) => made[*i],
            Source::Link(instance) => {
                let instance = self.tagged(instance, passed, made, window);
                self.b.ins().bor_imm_s(instance, LINK_INIT as i64)
            }
            Source::Constant(bits) | Source::Int(Some(bits)) => self.int(*bits),
            Source::Int(None) => *passed.next().expect("a parameter for each value"),
            Source::Value(ty) => {
                let v = *passed.next().expect("a parameter for each value");
                match ty {
                    Ty::Int => self.box_int(v, window),
                    Ty::Word => self.box_word(v, window),
                    _ => self.boxed(*ty, v),
                }
            }
            Source::Made(helper, parts) => {
                let parts: Vec<ir::Value> =
                    parts.iter().map(|s| self.tagged(s, passed, made, window)).collect();
                let mut args = vec![self.vm];
                if Helper::of(*helper).takes_array() {
                    args.push(self.array_of(&parts));
                    args.push(self.int(parts.len() as i64));
                } else {
                    args.extend(parts);
                }
                let object = self.runtime(Helper::of(*helper).address(), &args);
                made.push(object);
                object
            }
            Source::Exact(op, operands) => {
                let [x, y] = [0, 1].map(|i| self.tagged(&operands[i], passed, made, window));
                let op = self.int(*op);
                self.runtime(Helper::ExactInt.address(), &[self.vm, op, x, y])
            }
        }
    }

    fn emit_shared(&mut self, block: ir::Block, shape: &Shape) {
        let mut homes = Vec::new();
        for (home, source) in &shape.homes {
            homes.push((*home, source, self.parameters(block, source)));
        }
        let record = self.b.append_block_param(block, types::I64);
        self.switch(block);
        self.push_rest(shape);
        // Boxing may allocate: what has been brought home already must be seen. The headers of pushed frames come first for that.
        let frames = &self.unit.frames;
        let is_header = |home: &Home| {
            let Home::Reg(r) = *home else { return false };
            let r = usize::from(r);
            frames.iter().any(|f| f.offset > 0 && (r + 1 == f.offset || r + 5 == f.offset))
        };
        let (headers, rest): (Vec<_>, Vec<_>) = homes.into_iter().partition(|(home, source, _)| {
            matches!(source, Source::Constant(_) | Source::Value(Ty::Any)) && is_header(home)
        });
        let window = self.unit.frames[shape.frame].offset as i64;
        let mut made = Vec::new();
        for (i, (home, source, passed)) in headers.iter().chain(&rest).enumerate() {
            if i == headers.len() {
                self.publish_window(window);
            }
            let tagged = self.tagged(source, &mut passed.iter(), &mut made, window);
            match *home {
                Home::Reg(r) => self.store(Region::Window, tagged, self.base, 8 * i32::from(r)),
                Home::Name(n) => {
                    let pointer = !matches!(source, Source::Value(Ty::Float | Ty::Bool));
                    self.store_name(n as usize, tagged, pointer);
                }
            }
        }
        self.publish_window(window);
        self.go_on(shape.then, record, window);
        let pc = self.load(Region::Thread, types::I64, record, std::mem::offset_of!(Exit, pc) as i32);
        self.store(Region::Thread, pc, self.vm, offset::VM_PC as i32);
        self.store(Region::Thread, record, self.vm, offset::VM_EXIT as i32);
        let result = self.int(if shape.raise { EXIT_RAISE } else { EXIT } as i64);
        self.b.ins().return_(&[result]);
    }

    /// What follows when everything is home, but for leaving, which comes behind.
    fn go_on(&mut self, then: Then, record: ir::Value, window: i64) {
        let (done, target) = match then {
            Then::Leave => return,
            Then::Catch(target) => {
                (self.runtime(Helper::Catch.address(), &[self.base, self.vm, record]), target)
            }
            Then::EndFrame(target) => {
                let base = self.b.ins().iadd_imm_s(self.base, 8 * window);
                (self.runtime(Helper::EndFrame.address(), &[base, self.vm, record]), target)
            }
        };
        self.branch_away(done, target);
    }

    /// Writes the headers that inlined frames do not have yet, but for what depends on the call.
    fn push_rest(&mut self, shape: &Shape) {
        let mut chain = vec![shape.frame];
        while let Some(&f) = chain.last().filter(|&&f| f != 0) {
            chain.push(self.unit.frames[f].parent);
        }
        chain.reverse();
        let missing = &chain[shape.pushed as usize..];
        missing.iter().for_each(|&f| self.constant_header(f));
        if !missing.is_empty() {
            self.change_depth(-(missing.len() as i64));
        }
    }
}
