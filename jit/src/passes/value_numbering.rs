//! Global value numbering: an instruction that computes what a dominating one has computed is replaced by it.
//!
//! ```hir before
//! bb0(v0: Any, v1: Int):
//!     v2: Int = ConstInt #2
//!     v3: Int = AddInt v1 v2 [fs0]
//!     v4: Int = GuardInt v0 [fs0]
//!     v5: Bool = CmpInt v3 v4
//!     branch v5 bb1() else bb2()
//! bb1():
//!     v6: Int = ConstInt #2
//!     v7: Int = AddInt v1 v6 [fs1]
//!     v8: Any = BoxInt v7
//!     return v8 [fs1]
//! bb2():
//!     v9: Int = GuardInt v0 [fs2]
//!     exit done [fs3]
//!   fs3: pc 9 r1=v9
//! ```
//! ```hir after
//! bb0(v0: Any, v1: Int):
//!     v2: Int = ConstInt #2
//!     v3: Int = AddInt v1 v2 [fs0]
//!     v4: Int = GuardInt v0 [fs0]
//!     v5: Bool = CmpInt v3 v4
//!     branch v5 bb1() else bb2()
//! bb1():
//!     v8: Any = BoxInt v3
//!     return v8 [fs1]
//! bb2():
//!     exit done [fs3]
//!   fs3: pc 9 r1=v4
//! ```
//!
//! Sound for pure instructions, and for guards and guarded computations that depend on their operands alone: where the first has not
//! left, the second would not either. Guards that look at memory (shapes
//! that may change, classes, names, the breaker) are the builder's business.

use crate::hir::verify::dominators;
use crate::hir::{BlockId, Effect, Inst, Op, Term, Ty, Unit, ValueId};
use rustc_hash::FxHashMap as HashMap;

type Key = (Op, Ty, Vec<ValueId>, i64, i64);

/// Whether the result depends on the operands alone.
fn is_candidate(unit: &Unit, v: ValueId) -> bool {
    let &Inst { op, imm, imm2, .. } = unit.inst(v);
    match op.effect() {
        Effect::Guard if op == Op::GuardShape => unit.keeps(imm as u32),
        Effect::Pure => !matches!(op, Op::Param | Op::BoxInt | Op::BoxWord),
        Effect::GuardedPure => true,
        // Tuples do not change.
        Effect::Read => op == Op::TupleGet,
        Effect::Guard if op == Op::GuardLength => imm2 == 0,
        Effect::Guard => {
            matches!(
                op,
                Op::GuardInt
                    | Op::GuardLongInt
                    | Op::GuardWord
                    | Op::WordOfInt
                    | Op::IntOfWord
                    | Op::GuardNotNegative
                    | Op::GuardFloat
                    | Op::ToFloat
                    | Op::GuardNotBothInt
                    | Op::GuardIs
                    | Op::GuardFull
            )
        }
        _ => false,
    }
}

pub fn run(unit: &mut Unit) {
    let order = unit.order();
    let idom = dominators(unit, &order);
    let mut replaced: HashMap<ValueId, ValueId> = HashMap::default();
    let mut tables: HashMap<BlockId, HashMap<Key, ValueId>> = HashMap::default();
    for &b in &order {
        let insts = std::mem::take(&mut unit.blocks[b.0 as usize].insts);
        let mut kept = Vec::with_capacity(insts.len());
        tables.insert(b, HashMap::default());
        for v in insts {
            let inst = &mut unit.insts[v.0 as usize];
            inst.args.iter_mut().for_each(|a| *a = replaced.get(a).copied().unwrap_or(*a));
            if !is_candidate(unit, v) {
                kept.push(v);
                continue;
            }
            let inst = unit.inst(v);
            let key = (inst.op, inst.ty, inst.args.clone(), inst.imm, inst.imm2);
            let mut at = b;
            let found = loop {
                if let Some(&earlier) = tables[&at].get(&key) {
                    break Some(earlier);
                }
                let up = idom[&at];
                if up == at {
                    break None;
                }
                at = up;
            };
            match found {
                Some(earlier) => drop(replaced.insert(v, earlier)),
                None => {
                    tables.get_mut(&b).expect("inserted above").insert(key, v);
                    kept.push(v);
                }
            }
        }
        unit.blocks[b.0 as usize].insts = kept;
    }
    rename(unit, &replaced);
}

/// Replaces values in terminators, frame states and whatever came before its operand's definition.
pub(super) fn rename(unit: &mut Unit, replaced: &HashMap<ValueId, ValueId>) {
    let new = |v: &mut ValueId| *v = replaced.get(v).copied().unwrap_or(*v);
    for inst in &mut unit.insts {
        inst.args.iter_mut().for_each(new);
    }
    for state in &mut unit.states {
        state.writes.iter_mut().for_each(|(_, v)| new(v));
    }
    for block in &mut unit.blocks {
        match &mut block.term {
            Term::Branch(c, yes, no) => {
                new(c);
                yes.args.iter_mut().chain(&mut no.args).for_each(new);
            }
            Term::Jump(e) => e.args.iter_mut().for_each(new),
            Term::Return(v, _) => new(v),
            _ => {}
        }
    }
}
