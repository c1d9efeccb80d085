//! Moves guards whose operands do not change in a loop in front of it, with the loads they allow.
//!
//! ```hir before
//! bb0(v0: Any):
//!     v1: Int = ConstInt #0
//!     LoopEntry [fs0]
//!     jump bb1(v1)
//! bb1(v2: Int):
//!     Poll [fs1]
//!     GuardShape v0 #99 [fs1]
//!     v3: Any = LoadSlot v0 #24
//!     v4: Int = GuardInt v3 [fs1]
//!     v5: Int = AddInt v2 v4 [fs1]
//!     v6: Bool = CmpInt v5 v4
//!     branch v6 bb1(v5) else bb2()
//! bb2():
//!     exit done [fs2]
//!   fs0: pc 3 r1=v1
//!   fs1: pc 4 r1=v2
//! ```
//! ```hir after
//! bb0(v0: Any):
//!     v1: Int = ConstInt #0
//!     GuardShape v0 #99 [fs0]
//!     v3: Any = LoadSlot v0 #24
//!     v4: Int = GuardInt v3 [fs0]
//!     jump bb1(v1)
//! bb1(v2: Int):
//!     Poll [fs1]
//!     v5: Int = AddInt v2 v4 [fs1]
//!     v6: Bool = CmpInt v5 v4
//!     branch v6 bb1(v5) else bb2()
//! bb2():
//!     exit done [fs2]
//!   fs0: pc 3 r1=v1
//!   fs1: pc 4 r1=v2
//! ```
//!
//! Sound because the builder has left the frame state of the loop's beginning in front of it (`LoopEntry`): what fails there leaves
//! before the first iteration. Only what each iteration does anyway is moved, so a guard fails there if it would have
//! failed inside, but for loops that end before. A guard that looks at memory is moved if nothing in the loop writes that memory. What
//! looks into an object stays with the branch that tells which object it is.

use crate::hir::helpers::Helper;
use crate::hir::verify::dominators;
use crate::hir::{BlockId, Effect, Inst, Op, Sequence, StateId, Term, Ty, Unit, ValueId};
use adder_interp::object::shape::shape_id;
use adder_interp::vm::planted::{Bug, planted};
use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

struct Loop {
    header: BlockId,
    latches: Vec<BlockId>,
    body: HashSet<BlockId>,
    /// The block before, and the frame state of the loop's beginning.
    before: BlockId,
    state: StateId,
}

/// What a loop does to memory.
#[derive(Default)]
struct Writes {
    calls: bool,
    shapes: bool,
    /// Objects from outside, or made before the iteration, that slots of are stored, and which.
    slots: Vec<(ValueId, i64)>,
    /// The length of a list or where its items are.
    lists: bool,
    names: HashSet<i64>,
}

pub fn run(unit: &mut Unit) {
    let order = unit.order();
    let idom = dominators(unit, &order);
    let mut preds: HashMap<BlockId, Vec<BlockId>> = HashMap::default();
    for &b in &order {
        unit.block(b).catches.iter().for_each(|&c| preds.entry(c).or_default().push(b));
        unit.edges(b).iter().for_each(|e| preds.entry(e.to).or_default().push(b));
    }
    // Inner loops first: what leaves them may leave the outer one as well.
    for &header in order.iter().rev() {
        if let Some(l) = find_loop(unit, &preds, &idom, header) {
            hoist(unit, &order, &idom, &l);
        }
    }
    let insts = &unit.insts;
    for block in &mut unit.blocks {
        block.insts.retain(|v| insts[v.0 as usize].op != Op::LoopEntry);
    }
}

fn dominates(idom: &HashMap<BlockId, BlockId>, a: BlockId, mut b: BlockId) -> bool {
    while a != b {
        let up = idom[&b];
        if up == b {
            return false;
        }
        b = up;
    }
    true
}

fn find_loop(
    unit: &Unit,
    preds: &HashMap<BlockId, Vec<BlockId>>,
    idom: &HashMap<BlockId, BlockId>,
    header: BlockId,
) -> Option<Loop> {
    let of = preds.get(&header).filter(|p| p.len() > 1)?;
    let (latches, before): (Vec<BlockId>, Vec<BlockId>) =
        of.iter().partition(|&&b| dominates(idom, header, b));
    let &[before] = &before[..] else { return None };
    if latches.is_empty() || !matches!(unit.block(before).term, Term::Jump(_)) {
        return None;
    }
    let marker = unit.block(before).insts.iter().rev().find(|v| unit.inst(**v).op == Op::LoopEntry)?;
    let state = unit.inst(*marker).state?;
    let mut body = HashSet::from_iter([header]);
    let mut work = latches.clone();
    while let Some(b) = work.pop() {
        if body.insert(b) {
            work.extend(preds.get(&b).into_iter().flatten());
        }
    }
    Some(Loop { header, latches, body, before, state })
}

fn writes(unit: &Unit, l: &Loop) -> Writes {
    let mut w = Writes::default();
    let insts = l.body.iter().flat_map(|&b| &unit.block(b).insts).copied();
    let made_inside: HashSet<ValueId> = insts.filter(|&v| unit.inst(v).op == Op::Make).collect();
    for &b in &l.body {
        for &v in &unit.block(b).insts {
            let inst = unit.inst(v);
            w.calls |= inst.op.effect() == Effect::Call;
            w.shapes |= inst.op == Op::SetShape;
            // What an iteration makes itself is nothing that it was given.
            if inst.op == Op::StoreSlot && !made_inside.contains(&inst.args[0]) {
                w.slots.push((inst.args[0], inst.imm));
            }
            w.lists |= matches!(inst.op, Op::Change | Op::Tell);
            if matches!(inst.op, Op::StoreName | Op::StoreEntry) {
                w.names.insert(inst.imm);
            }
        }
    }
    w
}

/// Whether an instruction with operands from outside gives the same in each iteration.
fn is_invariant(unit: &Unit, op: Op, imm: i64, w: &Writes) -> bool {
    match op {
        Op::ConstInt | Op::ConstFloat | Op::ConstBool | Op::ConstValue | Op::ConstWord => true,
        Op::GuardInt
        | Op::GuardFloat
        | Op::ToFloat
        | Op::GuardLongInt
        | Op::GuardWord
        | Op::WordOfInt
        | Op::IntOfWord
        | Op::GuardNotNegative
        | Op::GuardNonZero
        | Op::GuardNotBothInt
        | Op::GuardIs
        | Op::GuardFull
        | Op::TupleGet
        | Op::IntToFloat => true,
        Op::GuardShape => unit.keeps(imm as u32) || !(w.calls || w.shapes),
        Op::GuardNames | Op::GuardKeys => !w.calls,
        Op::ListLen | Op::ListBuffer => !(w.calls || w.lists),
        Op::SeqLen => imm != Sequence::ByteArray as i64 || !(w.calls || w.lists),
        Op::LoadEntry => !w.calls && w.names.is_empty(),
        Op::LoadName => !w.calls && !w.names.contains(&imm),
        Op::LoadSlot => !(w.calls || w.shapes),
        _ => false,
    }
}

/// The values of which a branch in the loop tells what they are: before it, nothing is known of them, even if its other way leaves.
fn tested(unit: &Unit, l: &Loop) -> HashSet<ValueId> {
    let insts = l.body.iter().flat_map(|&b| &unit.block(b).insts).map(|&v| unit.inst(v));
    insts.filter(|i| matches!(i.op, Op::HasShape | Op::HasCode)).map(|i| i.args[0]).collect()
}

/// Whether an instruction takes it for granted that its first operand is a certain object.
fn looks_inside(op: Op) -> bool {
    matches!(op, Op::LoadSlot | Op::TupleGet | Op::ListLen | Op::ListBuffer | Op::SeqLen)
}

/// The shape of each value of which one and the same is tested wherever any is.
fn only_shapes(unit: &Unit, order: &[BlockId]) -> HashMap<ValueId, i64> {
    let mut shapes: HashMap<ValueId, Option<i64>> = HashMap::default();
    for inst in order.iter().flat_map(|&b| &unit.block(b).insts).map(|&v| unit.inst(v)) {
        if matches!(inst.op, Op::GuardShape | Op::HasShape | Op::SetShape) {
            let shape = shapes.entry(inst.args[0]).or_insert(Some(inst.imm));
            if *shape != Some(inst.imm) {
                *shape = None;
            }
        }
    }
    shapes.into_iter().filter_map(|(v, s)| s.map(|s| (v, s))).collect()
}

/// Whether a loop that changes no shapes stores to the slot.
fn is_stored(w: &Writes, shapes: &HashMap<ValueId, i64>, object: ValueId, offset: i64) -> bool {
    if planted(Bug::HoistedPastStore) {
        return false;
    }
    w.slots.iter().any(|&(other, at)| at == offset && !shapes_differ(shapes, object, other))
}

/// Objects of different shapes are different ones.
pub(super) fn shapes_differ(shapes: &HashMap<ValueId, i64>, a: ValueId, b: ValueId) -> bool {
    matches!((shapes.get(&a), shapes.get(&b)), (Some(x), Some(y)) if x != y)
}

fn hoist(unit: &mut Unit, order: &[BlockId], idom: &HashMap<BlockId, BlockId>, l: &Loop) {
    let w = writes(unit, l);
    let shapes = if w.slots.is_empty() { HashMap::default() } else { only_shapes(unit, order) };
    let mut inside: HashSet<ValueId> = HashSet::default();
    for &b in &l.body {
        let block = unit.block(b);
        inside.extend(block.params.iter().chain(&block.insts));
    }
    let tested = tested(unit, l);
    let mut moved = Vec::new();
    for &b in order.iter().filter(|b| l.body.contains(b)) {
        let each_time = l.latches.iter().all(|&latch| dominates(idom, b, latch));
        for &v in &unit.block(b).insts {
            let inst = unit.inst(v);
            // A name can be looked at any time once the keys of its dict are known; that it is still bound to what it was when the unit
            // was built is as likely in front of the loop as inside.
            let named = inst.op == Op::LoadName && names_known(unit, idom, l.before, &moved, inst.imm)
                || inst.op == Op::GuardIs && unit.inst(inst.args[0]).op == Op::LoadName;
            let free = inst.op.effect() == Effect::Pure || named;
            if (free || each_time)
                && is_invariant(unit, inst.op, inst.imm, &w)
                && (inst.op != Op::LoadSlot || !is_stored(&w, &shapes, inst.args[0], inst.imm))
                && inst.args.iter().all(|a| !inside.contains(a))
                && !(looks_inside(inst.op) && tested.contains(&inst.args[0]))
            {
                inside.remove(&v);
                moved.push(v);
            }
        }
    }
    debug_assert!(l.body.contains(&l.header));
    let gone: HashSet<ValueId> = moved.iter().copied().collect();
    for &b in &l.body {
        unit.blocks[b.0 as usize].insts.retain(|v| !gone.contains(v));
    }
    for v in &moved {
        let inst = &mut unit.insts[v.0 as usize];
        inst.state = inst.state.map(|_| l.state);
    }
    let insts = &unit.insts;
    let target = &mut unit.blocks[l.before.0 as usize].insts;
    let at = target.iter().rposition(|v| insts[v.0 as usize].op == Op::LoopEntry).unwrap_or(target.len());
    target.splice(at..at, moved);
    if !(w.calls || w.lists) {
        load_lists(unit, idom, l, &inside);
    }
}

/// Whether the keys of a name's dict have been checked where a block ends, or by what has been moved there.
fn names_known(
    unit: &Unit,
    idom: &HashMap<BlockId, BlockId>,
    mut b: BlockId,
    moved: &[ValueId],
    name: i64,
) -> bool {
    let builtin = unit.names[name as usize].builtin;
    let mut known = [false, !builtin];
    let mut note = |vs: &[ValueId]| {
        for inst in vs.iter().map(|&v| unit.inst(v)).filter(|i| i.op == Op::GuardNames) {
            known[inst.imm as usize] = true;
        }
    };
    note(moved);
    loop {
        note(&unit.block(b).insts);
        let up = idom[&b];
        if up == b {
            return known == [true; 2];
        }
        b = up;
    }
}

/// Loads the lengths and buffers of lists in front of a loop that does not change them.
fn load_lists(unit: &mut Unit, idom: &HashMap<BlockId, BlockId>, l: &Loop, inside: &HashSet<ValueId>) {
    let plain = |inst: &Inst| match inst.op {
        Op::ListGet => inst.args.len() == 2,
        Op::ListSet => inst.args.len() == 3,
        Op::ListItem => inst.args.len() == 2,
        _ => false,
    };
    let users: Vec<ValueId> = unit
        .order()
        .into_iter()
        .filter(|b| l.body.contains(b))
        .flat_map(|b| unit.block(b).insts.clone())
        .filter(|&v| plain(unit.inst(v)) && !inside.contains(&unit.inst(v).args[0]))
        .collect();
    if users.is_empty() {
        return;
    }
    let lists = known_lists(unit, idom, l.before);
    let mut loaded: HashMap<ValueId, [ValueId; 2]> = HashMap::default();
    for v in users {
        let list = unit.inst(v).args[0];
        if !lists.contains(&list) {
            continue;
        }
        let known = *loaded.entry(list).or_insert_with(|| {
            [Op::ListLen, Op::ListBuffer].map(|op| {
                let inst = Inst { op, ty: Ty::Int, args: vec![list], imm: 0, imm2: 0, state: None };
                unit.insts.push(inst);
                let v = ValueId(unit.insts.len() as u32 - 1);
                let insts = &unit.insts;
                let target = &mut unit.blocks[l.before.0 as usize].insts;
                let at = target.iter().rposition(|v| insts[v.0 as usize].op == Op::LoopEntry);
                target.insert(at.unwrap_or(target.len()), v);
                v
            })
        });
        let inst = &mut unit.insts[v.0 as usize];
        let more = if inst.op == Op::ListItem { &known[1..] } else { &known };
        inst.args.extend(more);
    }
}

/// The values that are known to be lists at the end of a block.
fn known_lists(unit: &Unit, idom: &HashMap<BlockId, BlockId>, mut b: BlockId) -> HashSet<ValueId> {
    let mut lists = HashSet::default();
    loop {
        for &v in &unit.block(b).insts {
            let inst = unit.inst(v);
            match inst.op {
                Op::GuardShape if inst.imm == i64::from(shape_id::LIST.0) => drop(lists.insert(inst.args[0])),
                Op::Make if makes_list(inst.imm) => drop(lists.insert(v)),
                _ => {}
            }
        }
        let up = idom[&b];
        if up == b {
            return lists;
        }
        b = up;
    }
}

fn makes_list(helper: i64) -> bool {
    [Helper::MakeList, Helper::MakeListFor, Helper::ListSlice, Helper::ListSliceOnce]
        .contains(&Helper::of(helper))
}
