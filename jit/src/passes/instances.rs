//! Instances that nobody outside the unit sees are not made: what they hold becomes values.
//!
//! ```hir before
//! bb0(v0: Float, v1: Any):
//!     v2: Int = ConstInt #300
//!     v3: Int = ConstInt #32
//!     v4: Any = Make v2 v3 MakeInstance
//!     v5: Any = BoxFloat v0
//!     StoreSlot v4 v5 #16
//!     v6: Float = GuardFloat v1 [fs0]
//!     v7: Any = LoadSlot v4 #16
//!     GuardFull v7 [fs0]
//!     v8: Float = GuardFloat v7 [fs0]
//!     v9: Float = AddFloat v8 v6
//!     v10: Any = BoxFloat v9
//!     return v10 [fs1]
//!   fs0: pc 3 r1=v4
//!   fs1: pc 9
//! ```
//! ```hir after
//! bb0(v0: Float, v1: Any):
//!     v2: Int = ConstInt #300
//!     v3: Int = ConstInt #32
//!     v5: Any = BoxFloat v0
//!     v6: Float = GuardFloat v1 [fs2]
//!     v9: Float = AddFloat v0 v6
//!     v10: Any = BoxFloat v9
//!     return v10 [fs1]
//!   sunk v11: Any = Make v2 v3 v5 MakeInstance
//!   fs1: pc 9
//!   fs2: pc 3 r1=v11
//! ```
//!
//! An instance qualifies if nothing but loads and stores of its slots, tests of its shape and exits want it, and if on all ways to each of
//! these places the slots hold the same values. Exits make it, with what it holds there.

use super::memory::fold;
use super::value_numbering::rename;
use crate::hir::helpers::Helper;
use crate::hir::{BlockId, Inst, Op, StateId, Term, Ty, Unit, ValueId};
use adder_interp::object::instance::FIRST_SLOT_OFFSET;
use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What an instance holds at some place.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Contents {
    shape: i64,
    /// By offset.
    slots: BTreeMap<i64, ValueId>,
}

type Objects = HashMap<ValueId, Rc<Contents>>;

/// An instruction or the end of a block.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum User {
    Inst(ValueId),
    End(BlockId),
}

/// What has to be done about the objects.
#[derive(Default)]
struct Plan {
    replaced: HashMap<ValueId, ValueId>,
    deleted: HashSet<ValueId>,
    /// Instructions that become constants.
    constants: Vec<(ValueId, Op)>,
    /// Exits that want objects, and what these hold there.
    exits: Vec<(User, StateId, Objects)>,
}

pub fn run(unit: &mut Unit) {
    let is_instance = |inst: &Inst| inst.op == Op::Make && inst.imm == Helper::MakeInstance as i64;
    if !unit.insts.iter().any(is_instance) {
        return;
    }
    let order = unit.order();
    let made = order.iter().flat_map(|&b| &unit.block(b).insts).copied();
    let mut objects: HashSet<ValueId> = made.filter(|&v| is_instance(unit.inst(v))).collect();
    loop {
        drop_escaping(unit, &order, &mut objects);
        if objects.is_empty() {
            return;
        }
        let mut walk = Walk { unit, objects: &objects, plan: Plan::default(), bad: HashSet::default() };
        walk.run(&order);
        let Walk { plan, bad, .. } = walk;
        if bad.is_empty() {
            return apply(unit, &order, plan);
        }
        objects.retain(|v| !bad.contains(v));
    }
}

/// The frame state of an instruction, if leaving there ends the unit's work for good.
fn is_final(unit: &Unit, inst: &Inst) -> bool {
    inst.op != Op::GuardLink && inst.state.is_none_or(|s| unit.states[s.0 as usize].catch.is_none())
}

/// Drops what somebody else may see.
fn drop_escaping(unit: &Unit, order: &[BlockId], objects: &mut HashSet<ValueId>) {
    let mut stored: Vec<(ValueId, ValueId)> = Vec::new();
    let mut links: HashMap<ValueId, ValueId> = HashMap::default();
    for &b in order {
        for &v in &unit.block(b).insts {
            let inst = unit.inst(v);
            for (i, a) in inst.args.iter().enumerate() {
                if let Some(object) = links.get(a) {
                    objects.remove(object);
                }
                if !objects.contains(a) {
                    continue;
                }
                match inst.op {
                    Op::LoadSlot | Op::SetShape | Op::GuardShape | Op::HasShape | Op::GuardFull => {}
                    Op::StoreSlot if inst.args[0] == inst.args[1] => drop(objects.remove(a)),
                    Op::StoreSlot if i == 0 => {}
                    Op::StoreSlot => stored.push((*a, inst.args[0])),
                    Op::InitLink => drop(links.insert(v, *a)),
                    _ => drop(objects.remove(a)),
                }
            }
            if let Some(state) = inst.state.filter(|_| !is_final(unit, inst)) {
                for (_, w) in &unit.states[state.0 as usize].writes {
                    objects.remove(links.get(w).unwrap_or(w));
                }
            }
        }
        for edge in unit.edges(b) {
            objects.retain(|v| !edge.args.contains(v));
        }
        if let Term::Return(v, _) = unit.block(b).term {
            objects.remove(&v);
        }
    }
    // What an object that is seen holds is seen.
    loop {
        let before = objects.len();
        for (v, owner) in &stored {
            if !objects.contains(owner) {
                objects.remove(v);
            }
        }
        if objects.len() == before {
            return;
        }
    }
}

/// A walk along all ways that keeps account of what objects hold.
struct Walk<'u> {
    unit: &'u Unit,
    objects: &'u HashSet<ValueId>,
    plan: Plan,
    /// Objects that turn out to be needed.
    bad: HashSet<ValueId>,
}

impl Walk<'_> {
    fn run(&mut self, order: &[BlockId]) {
        let unit = self.unit;
        let mut preds: HashMap<BlockId, Vec<BlockId>> = HashMap::default();
        let mut handlers = HashSet::default();
        for &b in order {
            handlers.extend(unit.block(b).catches.iter().copied());
            unit.edges(b).iter().for_each(|e| preds.entry(e.to).or_default().push(b));
        }
        let (mut entries, mut ends): (HashMap<BlockId, Objects>, HashMap<BlockId, Objects>) =
            Default::default();
        for &b in order {
            let before: Vec<&Objects> =
                preds.get(&b).into_iter().flatten().filter_map(|p| ends.get(p)).collect();
            let mut now = Objects::default();
            if let (Some((first, others)), false) = (before.split_first(), handlers.contains(&b)) {
                let same = |v: &ValueId, c: &Rc<Contents>| others.iter().all(|o| o.get(v) == Some(c));
                now.extend(first.iter().filter(|(v, c)| same(v, c)).map(|(v, c)| (*v, c.clone())));
            }
            entries.insert(b, now.clone());
            for &v in &unit.block(b).insts {
                self.inst(v, &mut now);
            }
            if let Term::Return(_, s) | Term::Exit(s, _) = unit.block(b).term {
                self.exit(User::End(b), s, &now);
            }
            ends.insert(b, now);
        }
        // The ways back into loops were not known.
        for (b, entry) in &entries {
            for end in preds.get(b).into_iter().flatten().filter_map(|p| ends.get(p)) {
                self.bad.extend(entry.iter().filter(|(v, c)| end.get(v) != Some(c)).map(|(v, _)| *v));
            }
        }
    }

    fn resolve(&self, v: ValueId) -> ValueId {
        self.plan.replaced.get(&v).copied().unwrap_or(v)
    }

    /// What an object holds, to be changed.
    fn contents<'n>(&mut self, v: ValueId, now: &'n mut Objects) -> Option<&'n mut Contents> {
        if !now.contains_key(&v) {
            self.bad.insert(v);
        }
        now.get_mut(&v).map(Rc::make_mut)
    }

    fn inst(&mut self, v: ValueId, now: &mut Objects) {
        let inst = self.unit.inst(v);
        if self.objects.contains(&v) {
            let shape = self.unit.inst(inst.args[0]).imm;
            let slots = inst.args[2..].iter().enumerate();
            let slots = slots.map(|(i, &a)| ((FIRST_SLOT_OFFSET + 8 * i) as i64, self.resolve(a))).collect();
            now.insert(v, Rc::new(Contents { shape, slots }));
            self.plan.deleted.insert(v);
            return;
        }
        if let Some(state) = inst.state {
            self.exit(User::Inst(v), state, now);
        }
        let Some(object) = inst.args.first().map(|&a| self.resolve(a)).filter(|a| self.objects.contains(a))
        else {
            return;
        };
        let stored = inst.args.get(1).map(|&a| self.resolve(a));
        let Some(contents) = self.contents(object, now) else { return };
        match inst.op {
            Op::LoadSlot => match contents.slots.get(&inst.imm) {
                // One that is held and taken out again is made: whoever takes it may show it to others.
                Some(held) if self.objects.contains(held) => drop(self.bad.insert(*held)),
                Some(&held) => drop(self.plan.replaced.insert(v, held)),
                None => self.plan.constants.push((v, Op::ConstValue)),
            },
            Op::StoreSlot => {
                let Some(stored) = stored else { return };
                contents.slots.insert(inst.imm, stored);
                self.plan.deleted.insert(v);
            }
            Op::SetShape => {
                contents.shape = inst.imm;
                self.plan.deleted.insert(v);
            }
            Op::GuardShape if contents.shape == inst.imm => drop(self.plan.deleted.insert(v)),
            Op::GuardFull => drop(self.plan.deleted.insert(v)),
            Op::InitLink => drop(self.plan.deleted.insert(v)),
            // A test of the shape: rare, the builder knows it.
            _ => drop(self.bad.insert(object)),
        }
    }

    /// Objects that a value stands for.
    fn object_of(&self, v: ValueId) -> Option<ValueId> {
        let v = self.resolve(v);
        let inst = self.unit.inst(v);
        let v = if inst.op == Op::InitLink { self.resolve(inst.args[0]) } else { v };
        self.objects.contains(&v).then_some(v)
    }

    fn exit(&mut self, user: User, state: StateId, now: &Objects) {
        let mut work: Vec<(ValueId, u32)> = Vec::new();
        for (_, v) in &self.unit.states[state.0 as usize].writes {
            work.extend(self.object_of(*v).map(|v| (v, 0)));
        }
        let mut wanted = Objects::default();
        while let Some((v, depth)) = work.pop() {
            match now.get(&v) {
                // One that holds itself, somewhere.
                Some(_) if depth > 8 => drop(self.bad.insert(v)),
                Some(contents) => {
                    work.extend(
                        contents.slots.values().filter_map(|&s| self.object_of(s)).map(|s| (s, depth + 1)),
                    );
                    wanted.insert(v, contents.clone());
                }
                None => drop(self.bad.insert(v)),
            }
        }
        if !wanted.is_empty() {
            self.plan.exits.push((user, state, wanted));
        }
    }
}

/// Instructions that make the objects of an exit and their link words: one of each, whoever names it.
type Copies = HashMap<ValueId, (ValueId, ValueId)>;

fn copy_of(unit: &mut Unit, copies: &mut Copies, v: ValueId, objects: &Objects) -> (ValueId, ValueId) {
    if let Some(&copy) = copies.get(&v) {
        return copy;
    }
    let contents = objects[&v].clone();
    let (shape, bytes) = (unit.inst(v).args[0], unit.inst(v).args[1]);
    let shape = match unit.inst(shape).imm == contents.shape {
        true => shape,
        false => new_inst(unit, Op::ConstInt, Ty::Int, vec![], contents.shape),
    };
    let last = contents.slots.keys().next_back().copied().unwrap_or(0);
    let mut args = vec![shape, bytes];
    for offset in (FIRST_SLOT_OFFSET as i64..=last).step_by(8) {
        args.push(match contents.slots.get(&offset) {
            Some(s) if objects.contains_key(s) => copy_of(unit, copies, *s, objects).0,
            Some(&s) => s,
            None => new_inst(unit, Op::ConstValue, Ty::Any, vec![], 0),
        });
    }
    let made = new_inst(unit, Op::Make, Ty::Any, args, Helper::MakeInstance as i64);
    let link = new_inst(unit, Op::InitLink, Ty::Any, vec![made], 0);
    copies.insert(v, (made, link));
    (made, link)
}

fn new_inst(unit: &mut Unit, op: Op, ty: Ty, args: Vec<ValueId>, imm: i64) -> ValueId {
    unit.insts.push(Inst { op, ty, args, imm, imm2: 0, state: None });
    ValueId(unit.insts.len() as u32 - 1)
}

fn apply(unit: &mut Unit, order: &[BlockId], plan: Plan) {
    for &(v, op) in &plan.constants {
        unit.insts[v.0 as usize] = Inst { op, ty: Ty::Any, args: vec![], imm: 0, imm2: 0, state: None };
    }
    let mut states: HashMap<(StateId, Vec<(ValueId, Rc<Contents>)>), StateId> = HashMap::default();
    for (user, old, objects) in plan.exits {
        let mut key: Vec<_> = objects.iter().map(|(v, c)| (*v, c.clone())).collect();
        key.sort_unstable_by_key(|k| k.0);
        let new = match states.get(&(old, key.clone())) {
            Some(&new) => new,
            None => {
                let mut state = unit.states[old.0 as usize].clone();
                let mut copies = Copies::default();
                for (_, w) in &mut state.writes {
                    *w = plan.replaced.get(w).copied().unwrap_or(*w);
                    let inst = unit.inst(*w);
                    let (v, link) = if inst.op == Op::InitLink { (inst.args[0], true) } else { (*w, false) };
                    if objects.contains_key(&v) {
                        let (made, linked) = copy_of(unit, &mut copies, v, &objects);
                        *w = if link { linked } else { made };
                    }
                }
                unit.states.push(state);
                let new = StateId(unit.states.len() as u32 - 1);
                states.insert((old, key), new);
                new
            }
        };
        match user {
            User::Inst(v) => unit.insts[v.0 as usize].state = Some(new),
            User::End(b) => match &mut unit.blocks[b.0 as usize].term {
                Term::Return(_, s) | Term::Exit(s, _) => *s = new,
                _ => unreachable!("only these leave"),
            },
        }
    }
    for &b in order {
        unit.blocks[b.0 as usize]
            .insts
            .retain(|v| !plan.deleted.contains(v) && !plan.replaced.contains_key(v));
    }
    rename(unit, &plan.replaced);
    fold(unit, order);
}
