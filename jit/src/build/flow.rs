//! Blocks of bytecode, their order, and what happens where paths meet.

use super::inline::Role as FrameRole;
use super::state::{KEPT, NAMES, Slot, State, Val, is_name};
use super::{Builder, CodeBlock};
use crate::hir::*;
use adder_bytecode::{Insn, Op as B, liveness, ops::Role};
use rustc_hash::FxHashSet as HashSet;

/// What a loop does to the slots.
#[derive(Clone, Debug, Default)]
pub(super) struct Loop {
    /// Slots assigned in the loop.
    assigned: HashSet<usize>,
    /// Names read or written in it.
    names: HashSet<usize>,
    /// Something in it may run any code.
    calls: bool,
    /// Where its blocks start.
    pub members: Vec<u32>,
    /// The HIR block, its parameters by slot and type, and the slots that are only at home there.
    block: Option<BlockId>,
    params: Vec<(usize, Ty)>,
    at_home: Vec<usize>,
}

impl Loop {
    /// What other code does is done in the loop.
    pub(super) fn add(&mut self, other: &Loop) {
        self.assigned.extend(&other.assigned);
        self.names.extend(&other.names);
        self.calls |= other.calls;
    }
}

/// Where control goes from an instruction.
pub(super) fn targets(pc: u32, insn: Insn) -> Vec<u32> {
    let mut found = Vec::new();
    let op = insn.op();
    for role in op.roles() {
        match role {
            Role::Jump16 => found.push((pc as i64 + i64::from(insn.c_jump())) as u32),
            Role::Jump32 => found.push((pc as i64 + i64::from(insn.imm())) as u32),
            _ => {}
        }
    }
    if !op.ends_block() {
        found.push(pc + 1);
    }
    found
}

impl Builder<'_, '_> {
    /// Whether a position belongs to the unit.
    fn inside(&self, pc: u32) -> bool {
        match self.f.entry {
            Entry::Function(_) | Entry::Resume(_) => true,
            Entry::Loop(start, end) => (start..=end).contains(&pc),
        }
    }

    fn entry_pc(&self) -> u32 {
        match self.f.entry {
            Entry::Function(_) => 0,
            Entry::Loop(start, _) | Entry::Resume(start) => start,
        }
    }

    /// Whether the unit ends with the instruction although the code goes on: that is for another activation. An inlined generator goes
    /// on behind what its loop does with the item.
    pub(super) fn suspends(&self, pc: u32) -> bool {
        let op = self.f.insns[pc as usize].op();
        op == B::MakeGenerator || op == B::Yield && self.f.role != FrameRole::Generator
    }

    /// Cuts the reachable code into blocks in reverse postorder and finds the loops.
    pub(super) fn find_blocks(&mut self) {
        let entry = self.entry_pc();
        let mut leaders = HashSet::from_iter([entry]);
        let mut seen = HashSet::default();
        let mut work = vec![entry];
        while let Some(pc) = work.pop() {
            if !self.inside(pc) || !seen.insert(pc) {
                continue;
            }
            let insn = self.f.insns[pc as usize];
            let to = self.targets_of(pc);
            if insn.op().is_jump() {
                leaders.extend(to.iter().copied());
            }
            work.extend(to);
            if let Some(handler) = self.built_handler(pc) {
                leaders.insert(handler);
                work.push(handler);
            }
        }
        let mut starts: Vec<u32> = leaders.into_iter().filter(|pc| seen.contains(pc)).collect();
        starts.sort_unstable();
        let end_of = |start: u32| {
            let mut pc = start;
            loop {
                let op = self.f.insns[pc as usize].op();
                pc += 1;
                let ends = op.is_jump() || op.ends_block() || self.suspends(pc - 1);
                if ends || !self.inside(pc) || starts.binary_search(&pc).is_ok() {
                    return pc;
                }
            }
        };
        let ranges: Vec<(u32, u32)> = starts.iter().map(|&s| (s, end_of(s))).collect();
        let order = self.postorder(entry, &ranges);
        self.f.blocks = order
            .iter()
            .map(|&start| {
                let end = ranges[ranges.binary_search_by_key(&start, |r| r.0).expect("a leader")].1;
                CodeBlock { start, end, header: None }
            })
            .collect();
        self.f.block_at = self.f.blocks.iter().enumerate().map(|(i, b)| (b.start, i)).collect();
        self.find_loops();
    }

    pub(super) fn successors(&self, range: (u32, u32)) -> Vec<u32> {
        let mut to: Vec<u32> = (range.0..range.1).filter_map(|pc| self.built_handler(pc)).collect();
        to.dedup();
        to.extend(self.targets_of(range.1 - 1));
        to.retain(|&pc| self.inside(pc));
        to
    }

    /// Where control goes from a position: loops that unpack their items do so before they enter the body.
    pub(super) fn targets_of(&self, pc: u32) -> Vec<u32> {
        if self.suspends(pc) {
            return Vec::new();
        }
        let mut found = targets(pc, self.f.insns[pc as usize]);
        if let Some((body, _)) = self.parts_of_loop(pc) {
            found.iter_mut().filter(|to| **to == body).for_each(|to| *to = body + 1);
        }
        found
    }

    fn postorder(&self, entry: u32, ranges: &[(u32, u32)]) -> Vec<u32> {
        let range = |start: u32| ranges[ranges.binary_search_by_key(&start, |r| r.0).expect("a leader")];
        let mut seen = HashSet::from_iter([entry]);
        let mut stack = vec![(entry, self.successors(range(entry)))];
        let mut order = Vec::new();
        while let Some((start, rest)) = stack.last_mut() {
            match rest.pop() {
                Some(to) => {
                    if seen.insert(to) {
                        let next = self.successors(range(to));
                        stack.push((to, next));
                    }
                }
                None => {
                    order.push(*start);
                    stack.pop();
                }
            }
        }
        order.reverse();
        order
    }

    fn find_loops(&mut self) {
        let mut preds: Vec<Vec<usize>> = vec![Vec::new(); self.f.blocks.len()];
        for i in 0..self.f.blocks.len() {
            for to in self.successors((self.f.blocks[i].start, self.f.blocks[i].end)) {
                preds[self.f.block_at[&to]].push(i);
            }
        }
        for h in 0..self.f.blocks.len() {
            let latches: Vec<usize> = preds[h].iter().copied().filter(|&p| p >= h).collect();
            if latches.is_empty() {
                continue;
            }
            let mut body = HashSet::from_iter([h]);
            let mut work = latches;
            while let Some(b) = work.pop() {
                if body.insert(b) {
                    work.extend(&preds[b]);
                }
            }
            let mut info = Loop::default();
            for b in body {
                info.members.push(self.f.blocks[b].start);
                for pc in self.f.blocks[b].start..self.f.blocks[b].end {
                    self.note_effects(&mut info, pc);
                }
            }
            self.f.blocks[h].header = Some(info);
        }
    }

    /// What an instruction does to the slots, for the headers of the loops it is in.
    pub(super) fn note_effects(&self, info: &mut Loop, pc: u32) {
        let insn = self.f.insns[pc as usize];
        let op = insn.op();
        let at = |r: usize| self.at(r);
        info.assigned.extend(liveness::written(insn).into_iter().map(at));
        match op {
            B::MakeCell | B::CopyFree | B::UnpackSeq | B::UnpackEx => {
                info.assigned.extend((insn.a() as usize..(insn.a() + insn.c().max(1)) as usize).map(at));
            }
            B::Yield => {
                if let Some(consumer) = &self.f.consumer {
                    info.add(&consumer.effects);
                }
            }
            B::DeleteLocal => drop(info.assigned.insert(at(insn.a() as usize))),
            B::Call
            | B::CallMethod
            | B::CallKw
            | B::CallMethodKw
            | B::CallEx
            | B::LoadMethod
            | B::LoadSuperMethod => {
                info.assigned.extend((insn.a() as usize..self.f.nregs).map(at));
            }
            _ => {}
        }
        if let Some((_, unpack)) = self.parts_of_loop(pc) {
            info.assigned.extend((unpack.a() as usize..(unpack.a() + unpack.c()) as usize).map(at));
        }
        if let Some(slot) = self.name_slot(insn) {
            info.names.insert(slot);
            if matches!(op, B::StoreName | B::StoreGlobal) {
                info.assigned.insert(slot);
            }
        }
        info.calls |= self.may_call(pc);
    }

    // ---- building

    pub(super) fn build_blocks(&mut self) {
        for i in 0..self.f.blocks.len() {
            if self.too_large {
                return;
            }
            let start = self.f.blocks[i].start;
            self.f.building = i;
            if !self.enter_block(i) {
                continue;
            }
            let end = self.f.blocks[i].end;
            if self.has_never_run(i) {
                self.pc = start;
                self.exit(Reason::Unreached);
                continue;
            }
            let mut open = true;
            for pc in start..end {
                self.pc = pc;
                self.current = None;
                open = self.instruction(self.f.insns[pc as usize]);
                if !open {
                    break;
                }
            }
            if open {
                self.leave_to(end);
            }
        }
        self.close_loops();
    }

    /// Whether a block of the unit's own frame holds an instruction that would show that it has run. (Inlined functions keep theirs: with less in them
    /// more of them would be inlined, which costs more than it brings.)
    fn has_never_run(&self, i: usize) -> bool {
        let CodeBlock { start, end, ref header } = self.f.blocks[i];
        let own = self.chain().len() == 1;
        if !own || !self.source.speculate || header.is_some() || start == self.entry_pc() {
            return false;
        }
        if (self.source.reached)(self.f.code.as_ref().entry() as usize + 8 * start as usize) {
            return false;
        }
        let insns = &self.f.insns[start as usize..end as usize];
        // A handler has its exception on the stack of those that are handled.
        insns[0].op() != B::PushExc && insns.iter().any(|&insn| self.shows_no_run(insn))
    }

    /// Ends the present block with a jump to the bytecode block at `pc`, or out of the unit.
    pub(super) fn leave_to(&mut self, pc: u32) {
        if self.f.block_at.contains_key(&pc) {
            let state = self.state.clone();
            self.f.incoming.entry(pc).or_default().push((self.block, state));
        } else if self.f.region.is_some() {
            self.leave_region(pc);
        } else {
            self.pc = pc;
            self.current = None;
            self.exit(Reason::Done);
        }
    }

    /// Ends the present block with a branch; both ways get a block of their own.
    pub(super) fn branch(&mut self, condition: ValueId, yes: u32, no: u32) {
        let (a, b) = self.split(condition);
        let check = std::mem::take(&mut self.check_frame);
        let state = self.state.clone();
        for (block, to) in [(a, yes), (b, no)] {
            self.block = block;
            self.state = state.clone();
            if check {
                self.guard_frame(to);
            }
            self.leave_to(to);
        }
    }

    /// Ends the present block with a branch to two new blocks.
    pub(super) fn split(&mut self, condition: ValueId) -> (BlockId, BlockId) {
        let (a, b) = (self.new_block(), self.new_block());
        let edge = |to| Edge { to, args: vec![] };
        self.finish(Term::Branch(condition, edge(a), edge(b)));
        self.current = None;
        (a, b)
    }

    /// Goes on where the condition holds, and leaves where it does not.
    pub(super) fn leave_unless(&mut self, condition: ValueId, reason: Reason) {
        let (yes, no) = self.split(condition);
        self.block = no;
        self.exit(reason);
        self.block = yes;
        self.current = None;
    }

    /// Starts block `i`; false when nothing leads there.
    fn enter_block(&mut self, i: usize) -> bool {
        let start = self.f.blocks[i].start;
        let mut ways = self.f.incoming.remove(&start).unwrap_or_default();
        if ways.is_empty() {
            return false;
        }
        self.finish_catch(start, &mut ways);
        self.current = None;
        if let Some(info) = self.f.blocks[i].header.take() {
            let info = self.enter_header(start, ways, info);
            self.f.blocks[i].header = Some(info);
        } else if ways.len() == 1 {
            let (block, state) = ways.into_iter().next().expect("one way");
            self.block = block;
            self.state = state;
        } else {
            self.merge(start, ways);
        }
        true
    }

    pub(super) fn merge(&mut self, pc: u32, ways: Vec<(BlockId, State)>) {
        let mut merged = State::common_facts(&ways);
        let mut params: Vec<(usize, Ty)> = Vec::new();
        let mut at_home = Vec::new();
        for s in State::all_slots(ways.iter().map(|w| &w.1)) {
            let of: Vec<Slot> = ways.iter().map(|(_, w)| w.slot(s)).collect();
            let home = of.iter().all(|x| x.home);
            // A suspended generator keeps the same registers wherever it is.
            let unused = s >= KEPT && of.iter().any(|x| x.val == Val::Dead);
            let slot = if unused || !self.matters(s, pc) {
                Slot { val: Val::Dead, home: true }
            } else if of.iter().all(|x| x.val == of[0].val) && of[0].val != Val::Dead {
                Slot { val: of[0].val, home }
            } else if of.iter().any(|x| matches!(x.val, Val::Mem)) {
                at_home.push(s);
                Slot { val: Val::Mem, home: true }
            } else {
                let ty = of.iter().map(|x| self.type_of(x.val)).reduce(Ty::join).expect("a way");
                params.push((s, ty));
                Slot { val: Val::Dead, home }
            };
            merged.set_slot(s, slot);
        }
        let target = self.new_block();
        for (block, state) in ways {
            self.block = block;
            self.state = state;
            self.pc = pc;
            self.close_edge(target, &params, &at_home);
        }
        self.block = target;
        self.state = merged;
        for (s, ty) in params {
            let v = self.param(ty, 0);
            let home = self.state.slot(s).home;
            self.state.set_slot(s, Slot { val: Val::V(v), home });
        }
        self.current = None;
    }

    fn type_of(&self, val: Val) -> Ty {
        match val {
            Val::V(v) if self.unit.ty(v) != Ty::Wide => self.unit.ty(v),
            _ => Ty::Any,
        }
    }

    /// Ends the present block with a jump to `target`; false when a type does not fit (the caller starts over).
    fn close_edge(&mut self, target: BlockId, params: &[(usize, Ty)], at_home: &[usize]) {
        self.current = None;
        for &s in at_home {
            self.send_home(s);
        }
        let mut args = Vec::new();
        for &(s, ty) in params {
            let v = match self.state.slot(s).val {
                Val::V(v) => v,
                _ => self.load(s),
            };
            args.push(match ty {
                Ty::Any => self.boxed(v),
                Ty::Word => self.to_word(v),
                _ => v,
            });
        }
        self.finish(Term::Jump(Edge { to: target, args }));
    }

    /// Loads a slot from its home.
    fn load(&mut self, slot: usize) -> ValueId {
        if slot < NAMES {
            return self.read_at(slot);
        }
        self.load_name(slot)
    }

    fn enter_header(&mut self, pc: u32, ways: Vec<(BlockId, State)>, mut info: Loop) -> Loop {
        // The way in first meets in one block.
        if ways.len() == 1 {
            (self.block, self.state) = ways.into_iter().next().expect("one way");
        } else {
            self.merge(pc, ways);
        }
        self.pc = pc;
        self.current = None;
        if !info.calls {
            // Names stay in registers while the loop runs.
            let mut names: Vec<usize> = info.names.iter().copied().collect();
            names.sort_unstable();
            for s in names {
                if self.state.slot(s).val == Val::Mem && self.is_number_or_plain_name(s) {
                    self.load_name(s);
                    self.speculate_name(s);
                }
            }
        }
        let mut header = self.state.clone();
        header.forget_facts(&self.unit);
        for s in self.state.slots() {
            let name = is_name(s);
            if !self.matters(s, pc) {
                header.set_slot(s, Slot { val: Val::Dead, home: true });
            } else if name && info.calls {
                header.set_slot(s, Slot { val: Val::Mem, home: true });
                info.at_home.push(s);
            } else if info.assigned.contains(&s) {
                let own = self.type_of(self.state.slot(s).val);
                let key = (self.f.site, pc, s);
                let ty = self.known.widened.get(&key).map_or(own, |&w| w.join(own));
                info.params.push((s, ty));
                header.set_slot(s, Slot { val: Val::Dead, home: false });
            }
        }
        let target = self.new_block();
        // Guards and loads that move in front of the loop find everything at home there.
        for &s in &info.at_home {
            self.send_home(s);
        }
        if self.source.speculate {
            self.guard(Op::LoopEntry, Ty::None, &[], 0);
        }
        self.close_edge(target, &info.params, &info.at_home);
        self.block = target;
        self.state = header;
        for &(s, ty) in &info.params {
            let v = self.param(ty, 0);
            self.state.set_slot(s, Slot { val: Val::V(v), home: false });
        }
        self.current = None;
        info.block = Some(target);
        info
    }

    /// Connects the ways back to the headers; notes which guesses were wrong.
    fn close_loops(&mut self) {
        for i in 0..self.f.blocks.len() {
            let start = self.f.blocks[i].start;
            let Some(info) = self.f.blocks[i].header.clone() else { continue };
            let Some(target) = info.block else { continue };
            for (block, state) in self.f.incoming.remove(&start).unwrap_or_default() {
                self.block = block;
                self.state = state;
                self.pc = start;
                self.current = None;
                for &(s, ty) in &info.params {
                    let own = self.type_of(self.state.slot(s).val);
                    // A value of unknown type is guessed to be of the type that the loop has begun with.
                    if let Val::V(v) = self.state.slot(s).val
                        && self.source.speculate
                        && self.unit.ty(v) == Ty::Any
                        && !self.is_constant(v)
                        && matches!(ty, Ty::Int | Ty::Float)
                    {
                        if ty == Ty::Int {
                            self.int_value(v)
                        } else {
                            self.float_value(v)
                        };
                        continue;
                    }
                    if own.join(ty) != ty {
                        self.learned.widened.insert((self.f.site, start, s), own.join(ty));
                    }
                }
                if self.learned.widened.is_empty() {
                    if info.calls {
                        // Names of inlined code are not among those the header knows.
                        let names = self.state.slots().into_iter().filter(|&n| is_name(n));
                        names.for_each(|n| self.send_home(n));
                    }
                    self.close_edge(target, &info.params, &info.at_home);
                }
            }
        }
    }
}
