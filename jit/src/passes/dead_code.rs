//! Removes instructions whose result nobody uses.
//!
//! ```hir before
//! bb0(v0: Any, v1: Int):
//!     v2: Int = GuardInt v0 [fs0]
//!     v3: Int = AddInt v2 v1 [fs0]
//!     v4: Any = BoxInt v3
//!     v5: Any = BoxInt v1
//!     v6: Bool = AskCompare v0 v5 #0 [fs0]
//!     return v5 [fs0]
//! ```
//! ```hir after
//! bb0(v0: Any, v1: Int):
//!     v2: Int = GuardInt v0 [fs0]
//!     v5: Any = BoxInt v1
//!     v6: Bool = AskCompare v0 v5 #0 [fs0]
//!     return v5 [fs0]
//! ```
//!
//! Sound because only instructions without an effect of their own go: pure ones, reads that cannot leave, and those guarded
//! computations whose exit only exists for the result's sake, as overflow does. A division by zero, an index out of range or a declined
//! question may raise, whether the result is used or not. Guards, writes and calls stay.

use crate::hir::{Effect, Inst, Op, Term, Unit, ValueId};

/// Whether an instruction has to stay when nobody uses its result.
fn stays(inst: &Inst) -> bool {
    use Op::*;
    match inst.op.effect() {
        Effect::Guard | Effect::Write | Effect::Call => true,
        Effect::GuardedPure => {
            !matches!(inst.op, AddInt | SubInt | MulInt | NegInt | AddWord | SubWord | MulWord)
        }
        Effect::Read => inst.state.is_some(),
        Effect::Pure | Effect::Make => false,
    }
}

pub fn run(unit: &mut Unit) {
    let order = unit.order();
    let mut used = vec![false; unit.insts.len()];
    let mut work: Vec<ValueId> = Vec::new();
    for &b in &order {
        let block = unit.block(b);
        for &v in &block.insts {
            if stays(unit.inst(v)) {
                work.push(v);
            }
        }
        match &block.term {
            Term::Return(v, s) => {
                work.push(*v);
                work.extend(unit.states[s.0 as usize].writes.iter().map(|w| w.1));
            }
            Term::Exit(s, _) => work.extend(unit.states[s.0 as usize].writes.iter().map(|w| w.1)),
            Term::Branch(c, ..) => work.push(*c),
            _ => {}
        }
        unit.edges(b).iter().for_each(|e| work.extend(&e.args));
    }
    while let Some(v) = work.pop() {
        if std::mem::replace(&mut used[v.0 as usize], true) {
            continue;
        }
        let inst = unit.inst(v);
        work.extend(&inst.args);
        if let Some(s) = inst.state {
            work.extend(unit.states[s.0 as usize].writes.iter().map(|w| w.1));
        }
    }
    for b in order {
        unit.blocks[b.0 as usize].insts.retain(|v| used[v.0 as usize]);
    }
}
