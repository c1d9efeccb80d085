//! Generators that a loop consumes where they are made: `for x in items(n): body`.
//!
//! The generator's code is built in place of the loop, as that of any inlined call, in a window where the interpreter would put it, and *the body of the
//! loop in place of each `yield`*. So there is no generator and no switch of frames; where the generator goes on is where the code behind the body
//! is, so no number has to tell that; and loops of the generator with a `yield` in them are loops of the unit, whose variables are those of the
//! generator and of the body alike. A generator with several `yield`s has several copies of the body, which counts as its size.
//!
//! *Frames.* While the generator runs it is an inlined frame above the loop's ([`Role::Generator`]), whose link word names its object. At a `yield` it is
//! *suspended*: its registers become values in slots of their own ([`super::state::KEPT`]), since what the body calls may use the window, and the body is
//! built as a [`Region`]: another copy of the frame of the loop, with the blocks of the loop only. What leads out of the region goes on in that frame;
//! what comes to the `ForIter` goes on behind the `yield`. The frames that run are therefore a chain that leaves out those which
//! a region stands for and those which it has suspended ([`Builder::chain`]). Regions nest as loops and generators do: in a pipeline, the
//! body of the inner loop is a region that yields itself.
//!
//! *Exits* find the object in their frame state ([`Home::Generator`]), and say what becomes of it: it runs, or is suspended in front of an instruction
//! and keeps these registers ([`Home::Kept`]). The object is made in front of the loop, and by the exits themselves if nothing else wants it, which is to say
//! if neither the generator nor what it calls has to have its frame in memory ([`crate::passes::sinking`]).
//!
//! *Limits.* Only generators without handlers, so that nothing is to be done when the loop is left by a `break`, `return` or exception; whose `yield`s are
//! plain ones (no `yield from`); which are not recursive; not too long. The call stands in the loop's head, so nobody else sees the object. The
//! loop's function does not catch, in machine code, what is raised in the loop: a handler finds everything in memory, so it could not go on
//! in the loop with a generator that is none. For the same reason functions that handle exceptions are not inlined there. All others make
//! the generator and resume it.

use super::flow::Loop;
use super::inline::{Role, uses_names};
use super::state::{KEPT, Slot, State, Val};
use super::{Builder, CodeBlock, Frame, HashMap};
use crate::hir::helpers::Helper;
use crate::hir::*;
use adder_bytecode::ops::NO_DELEGATE;
use adder_bytecode::{CodeFlags, FRAME_HEADER, Insn, Op as B, liveness};
use adder_interp::object::function::Function;
use adder_interp::object::header::Gc;
use adder_interp::value::Value;
use std::ops::Range;
use std::rc::Rc;

/// Longest bytecode of a generator, outermost first; the length of the list is the greatest depth.
const SIZES: [usize; 4] = [80, 60, 40, 20];
/// Most bodies of the loop, one for each `yield`.
const MAX_YIELDS: usize = 4;
/// Bytecode of a unit with everything inlined.
const MAX_SIZE: usize = 400;

const DEAD: Slot = Slot { val: Val::Dead, home: true };

/// The loop that consumes an inlined generator.
pub(super) struct Consumer {
    /// The generator.
    object: ValueId,
    /// The `ForIter`.
    for_pc: u32,
    /// Index of the loop's frame among the parents.
    level: usize,
    /// Where the blocks of the loop start.
    members: Vec<u32>,
    /// What the loop does to the slots.
    pub effects: Loop,
    /// The first slot of what the generator keeps.
    kept: usize,
    /// How many generators were suspended where the loop begins. Others that are where its body runs feed this one.
    depth: usize,
}

/// A loop that can consume a generator.
pub(super) struct Candidate {
    for_pc: u32,
    members: Vec<u32>,
    effects: Loop,
    /// Bytecode of the generator and of the copies of the body.
    size: usize,
}

/// The body of a loop in place of a `yield`; see the module's documentation.
pub(super) struct Region {
    /// Index among the parents of the frame that this one stands for.
    level: usize,
    /// The `ForIter`.
    for_pc: u32,
    /// How many generators are suspended outside the loop.
    depth: usize,
    /// Where the generator goes on from.
    resumes: Vec<(BlockId, State)>,
}

/// An inlined generator that is suspended.
pub(super) struct Suspended {
    frame: usize,
    /// Where it goes on.
    pc: u32,
    object: ValueId,
    /// Slots of what it keeps.
    kept: Range<usize>,
}

impl Builder<'_, '_> {
    /// The frames that run, outermost first.
    pub(super) fn chain(&self) -> Vec<&Frame> {
        let mut chain = vec![&self.f];
        let (mut frame, mut at) = (&self.f, self.parents.len());
        loop {
            // A region stands where the frame does that it stands for, which may be a region.
            while let Some(region) = &frame.region {
                at = region.level;
                frame = &self.parents[at];
            }
            let Some(below) = at.checked_sub(1) else { break };
            (frame, at) = (&self.parents[below], below);
            chain.push(frame);
        }
        chain.reverse();
        chain
    }

    /// Whether an inlined generator runs or is suspended.
    pub(super) fn in_generator(&self) -> bool {
        !self.suspended.is_empty() || self.chain().into_iter().any(|f| f.role == Role::Generator)
    }

    /// Whether a suspended generator keeps the slot.
    pub(super) fn is_kept(&self, slot: usize) -> bool {
        self.suspended.iter().any(|s| s.kept.contains(&slot))
    }

    /// Adds to a frame state what the inlined generators do.
    pub(super) fn generators_here(&self, writes: &mut Vec<(Home, ValueId)>) {
        for s in &self.suspended {
            writes.push((Home::Generator { frame: s.frame as u16, pc: s.pc }, s.object));
        }
        for f in self.chain() {
            if let Some(consumer) = f.consumer.as_ref() {
                writes.push((Home::Generator { frame: f.frame as u16, pc: 0 }, consumer.object));
            }
        }
    }

    /// The loop that a call of a generator function stands in the head of, if the generator can be inlined into it.
    pub(super) fn consumer(&self, insn: Insn, function: Gc<Function>) -> Option<Candidate> {
        let code = function.code.get();
        let cu = code.as_ref().unit();
        // The function.
        let mut yields = 0;
        for insn in &cu.insns {
            match insn.op() {
                B::Yield if insn.b() != NO_DELEGATE => return None,
                B::Yield => yields += 1,
                B::Send => return None,
                _ => {}
            }
        }
        let plain = cu.flags.has(CodeFlags::GENERATOR)
            && cu.flags.has(CodeFlags::OPTIMIZED)
            && !cu.flags.has(CodeFlags::COROUTINE)
            && !cu.flags.has(CodeFlags::ASYNC_GENERATOR)
            && !cu.flags.has(CodeFlags::ITERABLE_COROUTINE)
            && cu.handlers.is_empty();
        let same_module = function.globals == self.f.globals && function.builtins == self.f.builtins;
        let ran = cu.insns.iter().zip(code.as_ref().insns()).any(|(o, l)| l.get().feedback() != o.feedback());
        let chain = self.chain();
        let longest = *SIZES.get(chain.len() - 1)?;
        let recursive = chain.iter().any(|f| f.code == code);
        if !plain
            || yields == 0
            || yields > MAX_YIELDS
            || !code.as_ref().is_materialised()
            || !ran
            || recursive
            || cu.insns.len() > longest
            || !same_module && uses_names(cu)
        {
            return None;
        }
        // The loop.
        let at = self.pc as usize + 1;
        let get = *self.f.insns.get(at)?;
        if get.op() != B::GetIter || get.b() != insn.a() {
            return None;
        }
        let next = *self.f.insns.get(at + 1)?;
        let jump = if next.op() == B::Jump { next.imm() as i64 } else { 0 };
        let for_pc = (at as i64 + 1 + jump) as u32;
        let for_insn = *self.f.insns.get(for_pc as usize)?;
        let iterator = get.a();
        if for_insn.op() != B::ForIter || for_insn.b() != iterator || for_insn.feedback() == 0 {
            return None;
        }
        let header = &self.f.blocks[*self.f.block_at.get(&for_pc)?];
        let members = header.header.as_ref()?.members.clone();
        let mut effects = Loop::default();
        let (mut size, mut outside) = (0, 0);
        let dead = |pc: u32| !self.f.live[pc as usize].contains(iterator as usize);
        for block in &self.f.blocks {
            let (start, end) = (block.start, block.end);
            let to = self.successors((start, end));
            if !members.contains(&start) {
                outside += usize::from(to.contains(&for_pc));
                continue;
            }
            for pc in start..end {
                if self.suspends(pc) || self.built_handler(pc).is_some() {
                    return None;
                }
                self.note_effects(&mut effects, pc);
            }
            size += (end - start) as usize;
            let leads_on = |pc: &u32| members.contains(pc) || self.leads_on(*pc) && dead(*pc);
            if !self.targets_of(end - 1).iter().all(leads_on) {
                return None;
            }
        }
        let catches = self.built_handler(self.pc).is_some()
            || chain
                .iter()
                .rev()
                .skip(1)
                .any(|f| f.handler(f.call_pc).is_some() && (self.source.catches)(f.code));
        let size = cu.insns.len() + (yields - 1) * size;
        if outside != 1 || catches || self.size + size > MAX_SIZE {
            return None;
        }
        Some(Candidate { for_pc, members, effects, size })
    }

    /// Whether what leads out of the present frame's blocks to a position has a block there.
    fn leads_on(&self, pc: u32) -> bool {
        let mut frame = &self.f;
        loop {
            if frame.block_at.contains_key(&pc) {
                return true;
            }
            match &frame.region {
                Some(region) if region.for_pc == pc => return true,
                Some(region) => frame = &self.parents[region.level],
                None => return false,
            }
        }
    }

    /// Builds the generator and the loop in place of the call that makes it.
    pub(super) fn inline_generator(
        &mut self,
        function: Gc<Function>,
        candidate: Candidate,
        args: &[ValueId],
    ) -> bool {
        let Candidate { for_pc, members, effects, size } = candidate;
        let code = function.code.get();
        let iterator = self.f.insns[for_pc as usize].b() as usize;
        self.clobber(self.f.insns[self.pc as usize].a() as usize);
        let function_value = self.tagged_constant(function.value());
        let object = self.emit(Op::Make, Ty::Any, &[function_value], Helper::MakeGenerator as i64);
        let link = self.emit(Op::InitLink, Ty::Any, &[object], 1);
        self.set(iterator, object);
        self.size += size;
        self.codes.push(code);
        // That it is not inlined as a call.
        let here = self.f.code.as_ref().entry() as usize + 8 * self.pc as usize;
        self.refusals.retain(|r| r.0 != here);
        let mut generator = Frame::new(code, [self.f.globals, self.f.builtins], Entry::Resume(1), false);
        generator.offset = self.at(self.f.nregs) + FRAME_HEADER as usize;
        generator.site = self.call_site();
        generator.header = Some((function_value, link));
        generator.role = Role::Generator;
        generator.frame = self.unit.frames.len();
        let caller = self.unit.frames[self.f.frame];
        self.unit.frames.push(InlinedFrame {
            parent: self.f.frame,
            offset: generator.offset,
            code_entry: code.as_ref().entry() as usize,
            words: code.as_ref().words() as usize,
            return_pc: caller.code_entry + 8 * (for_pc as usize + 1),
        });
        let kept = KEPT + self.kept.len();
        self.kept.extend((0..generator.nregs).map(|r| (generator.frame as u16, r as u16)));
        let (level, depth) = (self.parents.len(), self.suspended.len());
        let consumer = Consumer { object, for_pc, level, members, effects, kept, depth };
        generator.consumer = Some(Rc::new(consumer));
        let live = liveness::live_after(self.f.code.as_ref().unit(), for_pc as usize);
        self.f.live_during_call = Some(live);
        self.f.call_pc = for_pc;
        self.reserve(generator.offset + generator.nregs, self.chain().len());
        let push = self.known.pushed.contains(&generator.site);
        let caller = std::mem::replace(&mut self.f, generator);
        self.parents.push(caller);
        if push {
            self.emit(Op::PushFrame, Ty::None, &[function_value, link], self.f.frame as i64);
            self.f.pushed = true;
        }
        self.current = None;
        let empty = self.emit(Op::ConstValue, Ty::Any, &[], 0);
        for r in 0..self.f.nlocals {
            self.set(r, args.get(r).copied().unwrap_or(empty));
        }
        self.pc = 1;
        self.find_names();
        self.find_blocks();
        self.leave_to(1);
        self.build_blocks();
        self.end_generator(iterator, for_pc)
    }

    /// Where the generator has ended the loop has, too.
    fn end_generator(&mut self, iterator: usize, for_pc: u32) -> bool {
        let caller = self.parents.pop().expect("an inlined frame has a caller");
        let generator = std::mem::replace(&mut self.f, caller);
        self.f.live_during_call = None;
        for (block, mut state, _) in generator.returns {
            state.truncate(self.at(self.f.nregs));
            state.set_slot(self.at(iterator), DEAD);
            (self.block, self.state) = (block, state);
            (self.pc, self.current) = (for_pc, None);
            self.leave_to(for_pc + 1);
        }
        false
    }

    /// `yield` in an inlined generator: the body of the loop.
    pub(super) fn yield_inlined(&mut self, insn: Insn) -> bool {
        let pc = self.pc;
        let Some(consumer) = self.f.consumer.clone() else { unreachable!("an inlined generator has a loop") };
        let item = self.read(insn.a() as usize);
        if let (true, Some((_, link))) = (self.f.pushed, self.f.header) {
            self.guard(Op::GuardLink, Ty::None, &[link], self.f.frame as i64);
            self.emit(Op::PopFrame, Ty::None, &[], self.f.frame as i64);
        }
        let (offset, nregs) = (self.f.offset, self.f.nregs);
        let kept = consumer.kept..consumer.kept + nregs;
        for r in 0..nregs.min(insn.c() as usize) {
            let slot = self.at(r);
            let matters = r < self.f.nlocals || self.f.live[pc as usize + 1].contains(r);
            if matters && self.state.slot(slot).val != Val::Dead {
                let v = self.read_at(slot);
                self.state.set_slot(kept.start + r, Slot { val: Val::V(v), home: false });
            }
        }
        let end = offset - FRAME_HEADER as usize;
        self.state.truncate(end);
        let (frame, object) = (self.f.frame, consumer.object);
        self.suspended.push(Suspended { frame, pc: pc + 1, object, kept: kept.clone() });
        self.enter_region(&consumer, item);
        self.build_blocks();
        let generator = self.parents.pop().expect("a region has a generator");
        let region = std::mem::replace(&mut self.f, generator);
        let dropped: Vec<Range<usize>> =
            self.suspended[consumer.depth..].iter().map(|s| s.kept.clone()).collect();
        self.suspended.pop();
        let returns = region.returns.into_iter().map(|(block, mut state, v)| {
            dropped.iter().for_each(|slots| state.drop_kept(slots.clone()));
            (block, state, v)
        });
        self.parents[consumer.level].returns.extend(returns);
        let mut ways = region.region.map_or_else(Vec::new, |r| r.resumes);
        for (_, state) in &mut ways {
            state.truncate(end);
            for r in 0..nregs {
                let slot = match state.slot(kept.start + r).val {
                    Val::V(v) => Slot { val: Val::V(v), home: false },
                    _ => DEAD,
                };
                state.set_slot(offset + r, slot);
            }
            state.drop_kept(kept.clone());
        }
        match ways.len() {
            0 => return false,
            1 => (self.block, self.state) = ways.remove(0),
            _ => self.merge(pc + 1, ways),
        }
        (self.pc, self.current) = (pc, None);
        if let (true, Some((function, link))) = (self.f.pushed, self.f.header) {
            self.emit(Op::PushFrame, Ty::None, &[function, link], self.f.frame as i64);
        }
        let none = self.tagged_constant(Value::none());
        self.put(insn.a() as usize, none)
    }

    /// Goes on in a copy of the frame of the loop, with the item.
    fn enter_region(&mut self, consumer: &Consumer, item: ValueId) {
        let (level, for_pc) = (consumer.level, consumer.for_pc);
        let of = &self.parents[level];
        let blocks: Vec<CodeBlock> = of
            .blocks
            .iter()
            .filter(|b| b.start != for_pc && consumer.members.contains(&b.start))
            .map(|b| CodeBlock { start: b.start, end: b.end, header: b.header.clone() })
            .collect();
        let depth = consumer.depth;
        let region = Frame {
            code: of.code,
            insns: of.insns.clone(),
            live: of.live.clone(),
            nregs: of.nregs,
            nlocals: of.nlocals,
            globals: of.globals,
            builtins: of.builtins,
            names_are_globals: of.names_are_globals,
            entry: of.entry,
            block_at: blocks.iter().enumerate().map(|(i, b)| (b.start, i)).collect(),
            blocks,
            incoming: HashMap::default(),
            offset: of.offset,
            frame: of.frame,
            site: of.site,
            pushed: of.pushed,
            header: of.header,
            role: of.role,
            live_during_call: None,
            building: 0,
            call_pc: for_pc,
            catches: HashMap::default(),
            returns: Vec::new(),
            consumer: of.consumer.clone(),
            region: Some(Region { level, for_pc, depth, resumes: Vec::new() }),
        };
        let generator = std::mem::replace(&mut self.f, region);
        self.parents.push(generator);
        (self.pc, self.current) = (for_pc, None);
        let insn = self.f.insns[for_pc as usize];
        let body = (i64::from(for_pc) + i64::from(insn.c_jump())) as u32;
        let parts = self.parts_of_loop(for_pc);
        self.set(insn.a() as usize, item);
        match parts {
            Some((_, unpack)) => {
                self.pc = body;
                if self.instruction(unpack) {
                    self.leave_to(body + 1);
                }
            }
            None => self.leave_to(body),
        }
    }

    /// Leaves the blocks of a region: to the generator, or out of the loop.
    pub(super) fn leave_region(&mut self, pc: u32) {
        let (block, mut state) = (self.block, self.state.clone());
        let mut frame = &mut self.f;
        loop {
            if frame.block_at.contains_key(&pc) {
                state.truncate(frame.offset + frame.nregs);
                frame.incoming.entry(pc).or_default().push((block, state));
                return;
            }
            let Some(region) = &mut frame.region else { unreachable!("what leaves a region goes somewhere") };
            if region.for_pc == pc {
                region.resumes.push((block, state));
                return;
            }
            for s in &self.suspended[region.depth..] {
                state.drop_kept(s.kept.clone());
            }
            let level = region.level;
            frame = &mut self.parents[level];
        }
    }
}
