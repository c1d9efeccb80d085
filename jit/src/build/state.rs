//! What is known at a position: values of registers and names, where they are, and facts about objects.

use super::Builder;
use crate::hir::*;
use crate::runtime::{calls, reads_attribute};
use adder_interp::object::shape::ShapeId;
use adder_interp::vm::planted::{Bug, planted};
use rustc_hash::FxHashMap as HashMap;

/// The value of a slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Val {
    /// Will not be read before it is written.
    Dead,
    /// Only in its home.
    Mem,
    V(ValueId),
}

/// A register or name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Slot {
    pub val: Val,
    /// The home holds the value.
    pub home: bool,
}

/// Slot numbers at or above this are names; below are registers of the unit's window.
pub(super) const NAMES: usize = 1 << 16;
/// Slot numbers at or above this are registers that suspended generators keep ([`Builder::kept`]): values that have no home while
/// machine code runs.
pub(super) const KEPT: usize = 1 << 17;

/// Whether a slot is a name.
pub(super) fn is_name(slot: usize) -> bool {
    (NAMES..KEPT).contains(&slot)
}

/// Slots are the registers of the unit's window, which inlined frames share at their offsets, the unit's names, and what suspended generators
/// keep.
#[derive(Clone, Default, Debug)]
pub(super) struct State {
    regs: Vec<Slot>,
    names: Vec<Slot>,
    kept: Vec<Slot>,
    /// Shapes that objects were checked to have.
    pub shapes: Shapes,
    /// The keys of globals and builtins were checked.
    pub names_checked: [bool; 2],
    /// Tagged words made from unboxed values.
    pub boxed: HashMap<ValueId, ValueId>,
}

/// Most shapes that an object is known to have one of.
const MAX_ONE_OF: usize = 6;

/// The shapes that objects are known to have: each has one of a few.
#[derive(Clone, Default, Debug)]
pub(super) struct Shapes {
    of: HashMap<ValueId, OneOf>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct OneOf {
    n: usize,
    ids: [u32; MAX_ONE_OF],
}

impl OneOf {
    fn ids(&self) -> &[u32] {
        &self.ids[..self.n]
    }
    /// Both together, if they are not too many.
    fn or(self, other: OneOf) -> Option<OneOf> {
        let mut both = self;
        for &id in other.ids() {
            if both.ids().contains(&id) {
                continue;
            }
            *both.ids.get_mut(both.n)? = id;
            both.n += 1;
        }
        Some(both)
    }
}

impl Shapes {
    /// The shape of an object of which one only is possible.
    pub fn get(&self, v: &ValueId) -> Option<&u32> {
        let one = self.of.get(v).filter(|o| o.n == 1)?;
        one.ids.first()
    }
    pub fn contains_key(&self, v: &ValueId) -> bool {
        self.get(v).is_some()
    }
    /// The shapes of which an object has one; none when nothing is known.
    pub fn one_of(&self, v: ValueId) -> &[u32] {
        self.of.get(&v).map_or(&[], OneOf::ids)
    }
    pub fn insert(&mut self, v: ValueId, shape: u32) {
        let mut ids = [0; MAX_ONE_OF];
        ids[0] = shape;
        self.of.insert(v, OneOf { n: 1, ids });
    }
    /// An object had one of these shapes some time ago: that is news if it keeps them.
    pub fn narrow(&mut self, v: ValueId, to: &[u32], unit: &Unit) {
        if !to.iter().all(|&s| unit.keeps(s)) {
            return;
        }
        let Some(of) = self.of.get_mut(&v) else { return };
        let kept: Vec<u32> = of.ids().iter().copied().filter(|id| to.contains(id)).collect();
        if !kept.is_empty() {
            of.n = kept.len();
            of.ids[..kept.len()].copy_from_slice(&kept);
        }
    }
    /// Forgets what may change.
    pub fn forget(&mut self, unit: &Unit) {
        self.of.retain(|_, o| o.ids().iter().all(|&s| unit.keeps(s)));
    }
    /// What holds where two ways meet.
    fn meet(&mut self, other: &Shapes) {
        self.of.retain(|v, mine| match other.of.get(v).and_then(|o| mine.or(*o)) {
            Some(both) => {
                *mine = both;
                true
            }
            None => false,
        });
    }
}

const IN_MEMORY: Slot = Slot { val: Val::Mem, home: true };
const DEAD: Slot = Slot { val: Val::Dead, home: true };

impl State {
    /// Everything is at home.
    pub fn new(registers: usize, names: usize) -> State {
        State { regs: vec![IN_MEMORY; registers], names: vec![IN_MEMORY; names], ..State::default() }
    }
    /// A slot; registers never written are dead, names never read are at home.
    pub fn slot(&self, n: usize) -> Slot {
        if n < NAMES {
            self.regs.get(n).copied().unwrap_or(DEAD)
        } else if n < KEPT {
            self.names.get(n - NAMES).copied().unwrap_or(IN_MEMORY)
        } else {
            self.kept.get(n - KEPT).copied().unwrap_or(DEAD)
        }
    }
    pub fn set_slot(&mut self, n: usize, slot: Slot) {
        let (slots, n, blank) = match n {
            n if n < NAMES => (&mut self.regs, n, DEAD),
            n if n < KEPT => (&mut self.names, n - NAMES, IN_MEMORY),
            n => (&mut self.kept, n - KEPT, DEAD),
        };
        if slots.len() <= n {
            slots.resize(n + 1, blank);
        }
        slots[n] = slot;
    }
    /// Numbers of all slots that any of the states has.
    pub fn all_slots<'s>(states: impl Iterator<Item = &'s State> + Clone) -> Vec<usize> {
        let registers = states.clone().map(|s| s.regs.len()).max().unwrap_or(0);
        let names = states.clone().map(|s| s.names.len()).max().unwrap_or(0);
        let kept = states.map(|s| s.kept.len()).max().unwrap_or(0);
        (0..registers).chain(NAMES..NAMES + names).chain(KEPT..KEPT + kept).collect()
    }
    pub fn slots(&self) -> Vec<usize> {
        State::all_slots(std::iter::once(self))
    }
    /// Forgets registers from `n` on.
    pub fn truncate(&mut self, n: usize) {
        self.regs.truncate(n);
    }
    /// Forgets what generators keep.
    pub fn drop_kept(&mut self, slots: std::ops::Range<usize>) {
        slots.for_each(|n| self.set_slot(n, DEAD));
    }
    fn all_mut(&mut self) -> impl Iterator<Item = &mut Slot> {
        self.regs.iter_mut().chain(&mut self.names).chain(&mut self.kept)
    }
    /// No slots, and the facts that hold on all ways to a place.
    pub fn common_facts(ways: &[(BlockId, State)]) -> State {
        let Some(((_, first), others)) = ways.split_first() else { return State::default() };
        let mut common = State { regs: Vec::new(), names: Vec::new(), kept: Vec::new(), ..first.clone() };
        for (_, state) in others {
            common.shapes.meet(&state.shapes);
            common.boxed.retain(|v, tagged| state.boxed.get(v) == Some(tagged));
            for i in 0..2 {
                common.names_checked[i] &= state.names_checked[i];
            }
        }
        common
    }
    /// At the beginning of a loop the slots are kept, and what is true for ever.
    pub fn forget_facts(&mut self, unit: &Unit) {
        self.shapes.forget(unit);
        self.names_checked = [false; 2];
        self.boxed.clear();
    }
}

impl Builder<'_, '_> {
    fn home_of(&self, slot: usize) -> Home {
        match slot {
            n if n < NAMES => Home::Reg(n as u16),
            n if n < KEPT => Home::Name((n - NAMES) as u16),
            n => {
                let (frame, register) = self.kept[n - KEPT];
                Home::Kept { frame, register }
            }
        }
    }

    /// The slot of register `r` of the present frame.
    pub(super) fn at(&self, r: usize) -> usize {
        self.f.offset + r
    }

    /// Whether the value of a slot matters at `pc` of the present frame.
    pub(super) fn matters(&self, slot: usize, pc: u32) -> bool {
        if slot >= KEPT {
            return self.is_kept(slot);
        }
        if slot >= NAMES {
            return true;
        }
        if slot >= self.f.offset {
            let r = slot - self.f.offset;
            return r < self.f.nlocals || self.f.live[pc as usize].contains(r);
        }
        let Some(parent) = self.parents.iter().rev().find(|p| slot >= p.offset) else { return false };
        let r = slot - parent.offset;
        r < parent.nlocals || parent.live_during_call.as_ref().is_some_and(|l| l.contains(r))
    }

    /// The frame state for going on at `pc` with everything as it is now.
    pub(super) fn frame_state(&mut self, pc: u32) -> StateId {
        if let Some((at, state)) = self.current
            && at == pc
        {
            return state;
        }
        let mut writes = Vec::new();
        for n in self.state.slots() {
            let slot = self.state.slot(n);
            if let (Val::V(v), false) = (slot.val, slot.home)
                && self.matters(n, pc)
                && !(planted(Bug::StaleSlot)
                    && self.unit.ty(v) == Ty::Int
                    && n == self.f.offset + self.f.nlocals - 1)
            {
                writes.push((self.home_of(n), v));
            }
        }
        let frame = self.f.frame;
        self.generators_here(&mut writes);
        // Headers that are not in memory yet.
        for p in self.chain().into_iter().skip(1) {
            if let Some((function, link)) = p.header.filter(|_| !p.pushed) {
                writes.push((Home::Reg(p.offset as u16 - 1), function));
                writes.push((Home::Reg(p.offset as u16 - 5), link));
            }
        }
        let pushed = self.chain().into_iter().filter(|p| p.pushed).count() as u32;
        let insns = &self.f.code.as_ref().unit().insns;
        let site = insns.get(pc as usize).is_some_and(|i| reads_attribute(*i) || calls(*i));
        let entry = self.entering;
        self.unit.states.push(FrameState {
            pc,
            frame,
            pushed,
            writes,
            catch: None,
            entry,
            site,
            blamed: None,
        });
        let state = StateId(self.unit.states.len() as u32 - 1);
        self.current = Some((pc, state));
        state
    }

    /// Gives a register a value.
    pub(super) fn set(&mut self, r: usize, v: ValueId) {
        self.set_at(self.at(r), v);
    }
    /// Gives a slot a value.
    pub(super) fn set_at(&mut self, slot: usize, v: ValueId) {
        self.state.set_slot(slot, Slot { val: Val::V(v), home: false });
        self.current = None;
    }

    /// The value of a register.
    pub(super) fn read(&mut self, r: usize) -> ValueId {
        self.read_at(self.at(r))
    }
    /// The value of a register's slot.
    pub(super) fn read_at(&mut self, slot: usize) -> ValueId {
        match self.state.slot(slot).val {
            Val::V(v) => v,
            _ => {
                let v = self.emit(Op::LoadReg, Ty::Any, &[], slot as i64);
                self.state.set_slot(slot, Slot { val: Val::V(v), home: true });
                v
            }
        }
    }

    /// The type of a register's value.
    pub(super) fn read_type(&mut self, r: usize) -> Ty {
        let v = self.read(r);
        self.unit.ty(v)
    }

    /// Whether a value is the mark of an empty register.
    pub(super) fn is_empty(&self, v: ValueId) -> bool {
        let inst = self.unit.inst(v);
        inst.op == Op::ConstValue && inst.imm == 0
    }

    /// Every slot that has `old` has `new`, the same value in another representation.
    pub(super) fn refine(&mut self, old: ValueId, new: ValueId) {
        for slot in self.state.all_mut() {
            if slot.val == Val::V(old) {
                slot.val = Val::V(new);
            }
        }
        self.origin.insert(new, old);
        self.current = None;
    }

    /// Register `r` as an int: guarded.
    pub(super) fn int(&mut self, r: usize) -> ValueId {
        let v = self.read(r);
        self.int_value(v)
    }
    pub(super) fn int_value(&mut self, v: ValueId) -> ValueId {
        match self.unit.ty(v) {
            Ty::Int => v,
            Ty::Any => {
                let i = self.guard(Op::GuardInt, Ty::Int, &[v], 0);
                self.refine(v, i);
                i
            }
            Ty::Word => self.guard(Op::IntOfWord, Ty::Int, &[v], 0),
            // Not an int: the guard of the tagged word fails.
            _ => {
                let tagged = self.boxed(v);
                self.guard(Op::GuardInt, Ty::Int, &[tagged], 0)
            }
        }
    }

    /// Register `r` as a float: guarded.
    pub(super) fn float(&mut self, r: usize) -> ValueId {
        let v = self.read(r);
        self.float_value(v)
    }
    pub(super) fn float_value(&mut self, v: ValueId) -> ValueId {
        match self.unit.ty(v) {
            Ty::Float => v,
            Ty::Any => {
                let x = self.guard(Op::GuardFloat, Ty::Float, &[v], 0);
                self.refine(v, x);
                x
            }
            _ => {
                let tagged = self.boxed(v);
                self.guard(Op::GuardFloat, Ty::Float, &[tagged], 0)
            }
        }
    }

    /// Offset of the innermost window whose header is in memory: what the collector has to see.
    pub(super) fn published_offset(&self) -> i64 {
        let mut frames = self.chain().into_iter().rev();
        frames.find(|p| p.pushed).map_or(0, |p| p.offset as i64)
    }

    /// A value as a tagged word.
    pub(super) fn boxed(&mut self, v: ValueId) -> ValueId {
        let op = match self.unit.ty(v) {
            Ty::Int => Op::BoxInt,
            Ty::Word => Op::BoxWord,
            Ty::Wide => return self.exact(v),
            Ty::Float => Op::BoxFloat,
            Ty::Bool => Op::BoxBool,
            _ => return v,
        };
        if let Some(&tagged) = self.origin.get(&v).or_else(|| self.state.boxed.get(&v)) {
            return tagged;
        }
        let tagged = self.emit(op, Ty::Any, &[v], 0);
        self.state.boxed.insert(v, tagged);
        tagged
    }

    /// Brings a slot home.
    pub(super) fn send_home(&mut self, slot: usize) {
        let Slot { val: Val::V(v), home: false } = self.state.slot(slot) else { return };
        let home = self.home_of(slot);
        let (op, n) = match home {
            Home::Reg(r) => (Op::StoreReg, r),
            Home::Name(n) => (Op::StoreName, n),
            Home::Generator { .. } | Home::Kept { .. } => return,
        };
        let tagged = self.boxed(v);
        self.emit(op, Ty::None, &[tagged], i64::from(n));
        self.state.set_slot(slot, Slot { val: Val::V(v), home: true });
        self.current = None;
    }

    /// Brings home what other code can see: named locals and names.
    pub(super) fn send_visible_home(&mut self) {
        for n in self.state.slots() {
            let owner = self.chain().into_iter().rev().find(|p| n >= p.offset);
            if n >= NAMES || owner.is_some_and(|p| n - p.offset < p.nlocals) {
                self.send_home(n);
            }
        }
    }

    /// Brings home the names of namespaces, as for the end of the unit: nothing but exits writes them otherwise.
    pub(super) fn send_names_home(&mut self) {
        if planted(Bug::LostGlobal) {
            return;
        }
        for n in self.state.slots().into_iter().filter(|&n| is_name(n)) {
            self.send_home(n);
        }
    }

    /// Any code may have run: what is known about memory is forgotten.
    pub(super) fn forget_memory(&mut self) {
        self.state.shapes.forget(&self.unit);
        self.state.names_checked = [false; 2];
        self.state.names.fill(IN_MEMORY);
        self.current = None;
    }

    /// Checks that the keys of the globals (0) or builtins (1) are those of build time.
    pub(super) fn check_names(&mut self, which: usize) {
        if !self.state.names_checked[which] {
            self.guard(Op::GuardNames, Ty::None, &[], which as i64);
            self.state.names_checked[which] = true;
        }
    }

    pub(super) fn guard_shape(&mut self, v: ValueId, shape: u32) {
        if self.state.shapes.get(&v) != Some(&shape) {
            self.rely_on_kept(ShapeId(shape));
            self.guard(Op::GuardShape, Ty::None, &[v], shape as i64);
            self.state.shapes.insert(v, shape);
        }
    }
}
