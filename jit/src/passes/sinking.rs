//! Objects that only exits want are made there.
//!
//! ```hir before
//! bb0(v0: Any, v1: Any):
//!     v2: Any = Make v0 v1 MakeTuple
//!     v3: Int = GuardInt v0 [fs0]
//!     v4: Any = BoxInt v3
//!     return v4 [fs0]
//!   fs0: pc 7 r4=v2
//! ```
//! ```hir after
//! bb0(v0: Any, v1: Any):
//!     v3: Int = GuardInt v0 [fs0]
//!     v4: Any = BoxInt v3
//!     return v4 [fs0]
//!   sunk v2: Any = Make v0 v1 MakeTuple
//!   fs0: pc 7 r4=v2
//! ```
//!
//! Sound because the object cannot be seen before: no instruction has it as an operand, so nothing has changed it or asked for its
//! identity, and an exit does not come back but in two cases, which count as uses. The same goes for boxes. What a frame state names
//! twice, in two registers or inside another object, the exit makes once.

use crate::hir::helpers::Helper;
use crate::hir::{Inst, Op, Term, Unit, ValueId};

/// Whether an instruction can be done in an exit.
pub fn can_sink(inst: &Inst) -> bool {
    match inst.op {
        Op::BoxInt | Op::BoxWord | Op::BoxFloat | Op::BoxBool | Op::InitLink => true,
        Op::Make if Helper::of(inst.imm).is_iterator() => true,
        // A slice that is copied at once is not on record any more when the list changes.
        Op::Make => {
            use Helper::*;
            matches!(
                Helper::of(inst.imm),
                MakeSlice | MakeTuple | MakeMethod | ListSliceOnce | MakeInstance | MakeGenerator
            )
        }
        _ => false,
    }
}

pub fn run(unit: &mut Unit) {
    let mut uses = vec![0u32; unit.insts.len()];
    let mut count = |vs: &[ValueId]| vs.iter().for_each(|v| uses[v.0 as usize] += 1);
    let order = unit.order();
    for &b in &order {
        for &v in &unit.block(b).insts {
            let inst = unit.inst(v);
            count(&inst.args);
            // Machine code goes on where an exception is caught, and behind the end of a frame that somebody has looked at.
            let state = inst.state.map(|s| &unit.states[s.0 as usize]);
            if let Some(state) = state.filter(|s| s.catch.is_some() || inst.op == Op::GuardLink) {
                state.writes.iter().for_each(|w| count(&[w.1]));
            }
        }
        unit.edges(b).iter().for_each(|e| count(&e.args));
        match unit.block(b).term {
            Term::Return(v, _) | Term::Branch(v, ..) => count(&[v]),
            _ => {}
        }
    }
    for &b in order.iter().rev() {
        let mut kept = Vec::new();
        for &v in unit.block(b).insts.iter().rev() {
            let inst = unit.inst(v);
            if uses[v.0 as usize] == 0 && can_sink(inst) {
                inst.args.iter().for_each(|a| uses[a.0 as usize] -= 1);
            } else {
                kept.push(v);
            }
        }
        kept.reverse();
        unit.blocks[b.0 as usize].insts = kept;
    }
}
