//! What has just been loaded from a slot or a list, or stored there, is not loaded again.
//!
//! ```hir before
//! bb0(v0: Any, v1: Any, v2: Float):
//!     GuardShape v0 #300 [fs0]
//!     v3: Any = LoadSlot v0 #16
//!     v4: Float = GuardFloat v3 [fs0]
//!     v5: Float = AddFloat v4 v2
//!     v6: Any = BoxFloat v5
//!     StoreSlot v0 v6 #16
//!     v7: Any = LoadSlot v0 #16
//!     GuardFull v7 [fs0]
//!     v8: Float = GuardFloat v7 [fs0]
//!     v9: Float = MulFloat v8 v8
//!     v10: Any = BoxFloat v9
//!     StoreSlot v1 v10 #24
//!     v11: Any = LoadSlot v0 #16
//!     return v11 [fs0]
//!   fs0: pc 3
//! ```
//! ```hir after
//! bb0(v0: Any, v1: Any, v2: Float):
//!     GuardShape v0 #300 [fs0]
//!     v3: Any = LoadSlot v0 #16
//!     v4: Float = GuardFloat v3 [fs0]
//!     v5: Float = AddFloat v4 v2
//!     v6: Any = BoxFloat v5
//!     StoreSlot v0 v6 #16
//!     v9: Float = MulFloat v5 v5
//!     v10: Any = BoxFloat v9
//!     StoreSlot v1 v10 #24
//!     return v6 [fs0]
//!   fs0: pc 3
//! ```
//!
//! Two values may be one object unless both are made here or their shapes differ. A store forgets what it may have changed; code that
//! may be any code forgets everything. What holds at a place holds on all ways there; nothing is known where a loop begins.

use super::hoisting::shapes_differ;
use super::value_numbering::rename;
use crate::hir::helpers::Helper;
use crate::hir::{BlockId, Effect, Op, Unit, ValueId};
use adder_interp::vm::planted::{Bug, planted};
use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

/// Which item of a list.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Index {
    Constant(i64),
    Value(ValueId),
}

/// What is known about memory.
#[derive(Clone, Default)]
struct Known {
    /// By object and offset.
    slots: HashMap<(ValueId, i64), ValueId>,
    /// By list and index.
    items: HashMap<(ValueId, Index), ValueId>,
    shapes: HashMap<ValueId, i64>,
}

impl Known {
    /// Keeps what `other` knows as well.
    fn meet(&mut self, other: &Known) {
        self.slots.retain(|k, v| other.slots.get(k) == Some(v));
        self.items.retain(|k, v| other.items.get(k) == Some(v));
        self.shapes.retain(|k, v| other.shapes.get(k) == Some(v));
    }
}

pub fn run(unit: &mut Unit) {
    let order = unit.order();
    let loads = |op: Op| matches!(op, Op::LoadSlot | Op::ListGet);
    let number =
        order.iter().flat_map(|&b| &unit.block(b).insts).filter(|v| loads(unit.inst(**v).op)).count();
    if number < 2 {
        return;
    }
    let mut preds: HashMap<BlockId, Vec<BlockId>> = HashMap::default();
    let mut handlers: HashSet<BlockId> = HashSet::default();
    for &b in &order {
        handlers.extend(unit.block(b).catches.iter().copied());
        unit.edges(b).iter().for_each(|e| preds.entry(e.to).or_default().push(b));
    }
    let mut replaced: HashMap<ValueId, ValueId> = HashMap::default();
    let mut ends: HashMap<BlockId, Known> = HashMap::default();
    for &b in &order {
        let before: Option<Vec<&Known>> = preds.get(&b).into_iter().flatten().map(|p| ends.get(p)).collect();
        let mut known = Known::default();
        if let (Some((first, others)), false) =
            (before.as_ref().and_then(|k| k.split_first()), handlers.contains(&b))
        {
            known = (*first).clone();
            others.iter().for_each(|o| known.meet(o));
        }
        for &v in &unit.block(b).insts {
            step(unit, v, &mut known, &mut replaced);
        }
        ends.insert(b, known);
    }
    for &b in &order {
        unit.blocks[b.0 as usize].insts.retain(|v| !replaced.contains_key(v));
    }
    rename(unit, &replaced);
    fold(unit, &order);
}

fn step(unit: &Unit, v: ValueId, known: &mut Known, replaced: &mut HashMap<ValueId, ValueId>) {
    let inst = unit.inst(v);
    let arg = |i: usize| replaced.get(&inst.args[i]).copied().unwrap_or(inst.args[i]);
    let index = |i: usize| match unit.inst(arg(i)) {
        c if c.op == Op::ConstInt && c.imm >= 0 => Index::Constant(c.imm),
        _ => Index::Value(arg(i)),
    };
    match inst.op {
        Op::LoadSlot => {
            let held = *known.slots.entry((arg(0), inst.imm)).or_insert(v);
            if held != v {
                replaced.insert(v, held);
            }
        }
        Op::StoreSlot => {
            let (object, stored) = (arg(0), arg(1));
            let shapes = &known.shapes;
            known.slots.retain(|&(other, offset), _| {
                offset != inst.imm || other != object && are_different(unit, object, other, shapes)
            });
            known.slots.insert((object, inst.imm), stored);
        }
        Op::ListGet => {
            let held = *known.items.entry((arg(0), index(1))).or_insert(v);
            if held != v {
                replaced.insert(v, held);
            }
        }
        Op::ListSet => {
            let (list, at, stored) = (arg(0), index(1), arg(2));
            known.items.retain(|&(_, other), _| match (at, other) {
                (Index::Constant(i), Index::Constant(j)) => i != j,
                _ => false,
            });
            known.items.insert((list, at), stored);
        }
        Op::GuardShape => drop(known.shapes.insert(arg(0), inst.imm)),
        Op::SetShape => {
            known.shapes.clear();
            known.shapes.insert(arg(0), inst.imm);
        }
        Op::Make if inst.imm == Helper::MakeInstance as i64 => {
            known.shapes.insert(v, unit.inst(arg(0)).imm);
        }
        Op::Change | Op::Tell => known.items.clear(),
        op if op.effect() == Effect::Call => *known = Known::default(),
        _ => {}
    }
}

/// Whether two values are surely not one object.
fn are_different(unit: &Unit, a: ValueId, b: ValueId, shapes: &HashMap<ValueId, i64>) -> bool {
    let made = |v: ValueId| unit.inst(v).op == Op::Make;
    made(a) && made(b) || shapes_differ(shapes, a, b) || planted(Bug::StaleLoad)
}

/// Does what has become obvious: slots are known to be full, and what was boxed for them is unboxed.
pub(super) fn fold(unit: &mut Unit, order: &[BlockId]) {
    let mut replaced: HashMap<ValueId, ValueId> = HashMap::default();
    let mut full: HashSet<ValueId> = HashSet::default();
    for &v in order.iter().flat_map(|&b| &unit.block(b).insts) {
        let inst = unit.inst(v);
        let Some(&a) = inst.args.first() else { continue };
        let given = unit.inst(a);
        match (inst.op, given.op) {
            (Op::GuardFloat | Op::ToFloat, Op::BoxFloat)
            | (Op::GuardInt | Op::GuardLongInt, Op::BoxInt)
            | (Op::GuardWord, Op::BoxWord) => {
                let inner = given.args[0];
                replaced.insert(v, replaced.get(&inner).copied().unwrap_or(inner));
            }
            (Op::GuardFull, Op::BoxFloat | Op::BoxInt | Op::BoxWord | Op::BoxBool | Op::Make) => {
                full.insert(v);
            }
            (Op::GuardFull, Op::ConstValue) if given.imm != 0 => drop(full.insert(v)),
            _ => {}
        }
    }
    for &b in order {
        unit.blocks[b.0 as usize].insts.retain(|v| !full.contains(v) && !replaced.contains_key(v));
    }
    rename(unit, &replaced);
    replaced.clear();
    order.iter().for_each(|&b| guard_once(unit, b, &mut replaced));
    rename(unit, &replaced);
}

/// What is a number is not empty: where a block tests one and then the other, the first test does.
fn guard_once(unit: &mut Unit, b: BlockId, replaced: &mut HashMap<ValueId, ValueId>) {
    let mut tested: HashMap<ValueId, ValueId> = HashMap::default();
    let mut gone: HashSet<ValueId> = HashSet::default();
    for &v in &unit.blocks[b.0 as usize].insts {
        let inst = &unit.insts[v.0 as usize];
        match inst.op {
            Op::GuardFull => drop(tested.insert(inst.args[0], v)),
            Op::GuardFloat | Op::GuardInt => {
                let Some(first) = tested.remove(&inst.args[0]) else { continue };
                let (op, ty) = (inst.op, inst.ty);
                let first_inst = &mut unit.insts[first.0 as usize];
                (first_inst.op, first_inst.ty) = (op, ty);
                replaced.insert(v, first);
                gone.insert(v);
            }
            _ => {}
        }
    }
    unit.blocks[b.0 as usize].insts.retain(|v| !gone.contains(v));
}
