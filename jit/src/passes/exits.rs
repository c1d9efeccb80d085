//! Guards of a stretch without effects leave where the first of them does.
//!
//! ```hir before
//! bb0(v0: Any, v1: Any):
//!     v2: Int = GuardInt v0 [fs0]
//!     v3: Int = GuardInt v1 [fs1]
//!     v4: Int = AddInt v2 v3 [fs1]
//!     StoreReg v1 #3
//!     v5: Int = AddInt v4 v3 [fs2]
//!     v6: Any = BoxInt v5
//!     return v6 [fs2]
//!   fs0: pc 7
//!   fs1: pc 8 r2=v2
//!   fs2: pc 9 r2=v4
//! ```
//! ```hir after
//! bb0(v0: Any, v1: Any):
//!     v2: Int = GuardInt v0 [fs0]
//!     v3: Int = GuardInt v1 [fs0]
//!     v4: Int = AddInt v2 v3 [fs0]
//!     StoreReg v1 #3
//!     v5: Int = AddInt v4 v3 [fs2]
//!     v6: Any = BoxInt v5
//!     return v6 [fs2]
//!   fs0: pc 7
//!   fs2: pc 9 r2=v4
//! ```
//!
//! The interpreter does what has been computed since once more. Sound because nothing of that can be seen: a stretch ends where anything is
//! stored, called, or pushed, and where ways meet. It makes units smaller: one exit instead of many, and values that only a later frame
//! state wants need not be kept. Where the tier learns from who has left ([`Unit::teaches`]), the exit is one of its own that
//! tells the guard's place.

use crate::hir::{BlockId, Effect, FrameState, Inst, Op, StateId, Unit};
use rustc_hash::FxHashMap as HashMap;

/// Whether the instruction leaves for a guess alone, with nothing done.
fn only_guesses(inst: &Inst) -> bool {
    match inst.op {
        // These leave for other reasons, and the frame state says where exactly.
        Op::LoopEntry | Op::Poll | Op::CallCheck | Op::EntryCheck | Op::GuardLink | Op::GuardFrame => false,
        Op::ListSet | Op::ByteSet | Op::Tell => true,
        op => matches!(op.effect(), Effect::Guard | Effect::GuardedPure | Effect::Read),
    }
}

pub fn run(unit: &mut Unit) {
    let order = unit.order();
    let mut preds: HashMap<BlockId, u32> = HashMap::default();
    for &b in &order {
        unit.edges(b).iter().for_each(|e| *preds.entry(e.to).or_default() += 1);
        // A handler begins with what it finds.
        unit.block(b).catches.iter().for_each(|&c| *preds.entry(c).or_default() += 2);
    }
    let mut begins: HashMap<BlockId, StateId> = HashMap::default();
    let mut own: HashMap<(StateId, StateId), StateId> = HashMap::default();
    for &b in &order {
        let mut first = begins.get(&b).copied();
        for i in 0..unit.block(b).insts.len() {
            let v = unit.block(b).insts[i];
            let inst = unit.inst(v);
            if let Some(state) = inst.state.filter(|s| only_guesses(inst) && !unit.states[s.0 as usize].entry)
            {
                let teaches = unit.teaches(inst.op, state);
                let to = *first.get_or_insert(state);
                if to != state {
                    let to = match teaches {
                        false => to,
                        true => *own.entry((to, state)).or_insert_with(|| own_exit(unit, to, state)),
                    };
                    unit.insts[v.0 as usize].state = Some(to);
                }
            }
            if matches!(unit.inst(v).op.effect(), Effect::Write | Effect::Call) {
                first = None;
            }
        }
        if let Some(first) = first {
            for to in unit.edges(b).iter().map(|e| e.to).collect::<Vec<_>>() {
                if preds[&to] == 1 {
                    begins.insert(to, first);
                }
            }
        }
    }
}

/// A state like `to` for guards of `state`.
fn own_exit(unit: &mut Unit, to: StateId, state: StateId) -> StateId {
    let place = &unit.states[state.0 as usize];
    let blamed = Some((place.frame, place.pc));
    unit.states.push(FrameState { blamed, ..unit.states[to.0 as usize].clone() });
    StateId(unit.states.len() as u32 - 1)
}
