//! Exceptions that are caught where they are raised, or by a caller that they were inlined into.
//!
//! What raises leaves by the cold code that any exit has: it brings everything home. Then the runtime unwinds as the interpreter does,
//! through the same handler tables, and the machine code goes on with the handler. A handler's block therefore begins with
//! everything in memory; numbers that had been unboxed wherever it came from are guarded and unboxed again, so that a
//! handler in a loop does not make the loop's variables tagged.
//!
//! Handlers are only built where exceptions have been seen: most are there for the case that never happens.

use super::state::{NAMES, State, Val};
use super::{Builder, Frame};
use crate::hir::*;
use adder_interp::vm::planted::{Bug, planted};
use rustc_hash::FxHashMap as HashMap;

/// The way into a handler.
pub(super) struct Catch {
    pub block: BlockId,
    /// Types of the slots that had the same one wherever an exception came from.
    types: HashMap<usize, Ty>,
}

impl Frame {
    /// The handler of an instruction.
    pub(super) fn handler(&self, pc: u32) -> Option<u32> {
        let handlers = &self.code.as_ref().unit().handlers;
        handlers.iter().find(|h| h.start <= pc && pc < h.end).map(|h| h.target)
    }
}

impl Builder<'_, '_> {
    /// The handler of an instruction of the present frame, if handlers are built.
    pub(super) fn built_handler(&self, pc: u32) -> Option<u32> {
        self.f.handler(pc).filter(|_| (self.source.catches)(self.f.code))
    }

    /// An instruction that may raise leaves at `state`: finds who catches that.
    pub(super) fn note_catch(&mut self, state: StateId) {
        if self.unit.states[state.0 as usize].catch.is_none()
            && let Some(block) = self.catch_block()
        {
            self.unit.states[state.0 as usize].catch = Some(block);
        }
        let Some(block) = self.unit.states[state.0 as usize].catch else { return };
        let catches = &mut self.unit.blocks[self.block.0 as usize].catches;
        if !catches.contains(&block) {
            catches.push(block);
        }
    }

    fn catch_block(&mut self) -> Option<BlockId> {
        if self.in_generator() {
            // Where handlers might catch, no generator is inlined.
            return None;
        }
        let depth = self.parents.len();
        for level in (0..=depth).rev().skip(usize::from(planted(Bug::LostHandler) && depth > 0)) {
            let (f, pc) = if level == depth {
                (&self.f, self.pc)
            } else {
                (&self.parents[level], self.parents[level].call_pc)
            };
            let Some(target) = f.handler(pc) else { continue };
            // Only forward: blocks that have been built already have their ways in.
            let built = f.block_at.get(&target).is_some_and(|&i| i > f.building);
            if !built || !(self.source.catches)(f.code) {
                return None;
            }
            return Some(self.enter_catch(level, target));
        }
        None
    }

    /// Adds the present state as a way into the handler at `target` of the frame at this depth.
    fn enter_catch(&mut self, level: usize, target: u32) -> BlockId {
        let typed = |v: ValueId| Some(self.unit.ty(v)).filter(|t| matches!(t, Ty::Int | Ty::Float));
        let mut types = HashMap::default();
        for n in self.state.slots().into_iter().filter(|&n| n < NAMES) {
            if let Val::V(v) = self.state.slot(n).val
                && let Some(ty) = typed(v)
            {
                types.insert(n, ty);
            }
        }
        let fresh = self.unit.blocks.len() as u32;
        let (names, own) = (self.unit.names.len(), level == self.parents.len());
        let f = if own { &mut self.f } else { &mut self.parents[level] };
        if let Some(catch) = f.catches.get_mut(&target) {
            catch.types.retain(|n, ty| types.get(n) == Some(ty));
            return catch.block;
        }
        let block = BlockId(fresh);
        let end = f.offset + f.nregs;
        types.retain(|&n, _| n < end);
        f.catches.insert(target, Catch { block, types });
        f.incoming.entry(target).or_default().push((block, State::new(end, names)));
        let created = self.new_block();
        debug_assert_eq!(created, block);
        self.unit.blocks[block.0 as usize].cold = true;
        block
    }

    /// The block at `target` is about to be built: unboxes what its handler has found at home.
    pub(super) fn finish_catch(&mut self, target: u32, ways: &mut [(BlockId, State)]) {
        let Some(catch) = self.f.catches.remove(&target) else { return };
        let Some(way) = ways.iter_mut().find(|w| w.0 == catch.block) else { return };
        let before = (self.block, std::mem::replace(&mut self.state, way.1.clone()), self.pc);
        (self.block, self.pc, self.current) = (catch.block, target, None);
        let mut types: Vec<(usize, Ty)> = catch.types.into_iter().collect();
        types.sort_unstable_by_key(|t| t.0);
        for (n, ty) in types {
            if !self.matters(n, target) {
                continue;
            }
            let v = self.read_at(n);
            match ty {
                Ty::Int => drop(self.int_value(v)),
                _ => drop(self.float_value(v)),
            }
        }
        *way = (self.block, std::mem::replace(&mut self.state, before.1));
        (self.block, self.pc, self.current) = (before.0, before.2, None);
    }
}
