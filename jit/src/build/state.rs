//! What is known at a position: values of registers and names, where they are, and facts about objects.

use super::Builder;
use crate::hir::*;
use std::collections::{HashMap, HashSet};

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

/// Slots are the registers, then the unit's names.
#[derive(Clone, Default, Debug)]
pub(super) struct State {
    pub slots: Vec<Slot>,
    /// Shapes that objects were checked to have.
    pub shapes: HashMap<ValueId, u32>,
    /// Classes whose version was checked.
    pub classes: HashSet<usize>,
    /// The keys of globals and builtins were checked.
    pub names_checked: [bool; 2],
    /// Tagged words made from unboxed values.
    pub boxed: HashMap<ValueId, ValueId>,
}

impl State {
    pub fn new(slots: usize) -> State {
        State { slots: vec![Slot { val: Val::Mem, home: true }; slots], ..State::default() }
    }
    /// At a place with several ways in only the slots are kept.
    pub fn forget_facts(&mut self) {
        self.shapes.clear();
        self.classes.clear();
        self.names_checked = [false; 2];
        self.boxed.clear();
    }
}

impl Builder<'_, '_> {
    fn home_of(&self, slot: usize) -> Home {
        if slot < self.nregs { Home::Reg(slot as u16) } else { Home::Name((slot - self.nregs) as u16) }
    }

    /// The frame state for going on at `pc` with everything as it is now.
    pub(super) fn frame_state(&mut self, pc: u32) -> StateId {
        if let Some((at, state)) = self.current
            && at == pc
        {
            return state;
        }
        let live = &self.live[pc as usize];
        let mut writes = Vec::new();
        for (i, slot) in self.state.slots.iter().enumerate() {
            let needed = i >= self.nregs || i < self.nlocals || live.contains(i);
            if let (Val::V(v), false, true) = (slot.val, slot.home, needed) {
                writes.push((self.home_of(i), v));
            }
        }
        self.unit.states.push(FrameState { pc, writes });
        let state = StateId(self.unit.states.len() as u32 - 1);
        self.current = Some((pc, state));
        state
    }

    pub(super) fn set(&mut self, slot: usize, v: ValueId) {
        self.state.slots[slot] = Slot { val: Val::V(v), home: false };
        self.current = None;
    }

    /// The value of a register.
    pub(super) fn read(&mut self, r: usize) -> ValueId {
        match self.state.slots[r].val {
            Val::V(v) => v,
            _ => {
                let v = self.emit(Op::LoadReg, Ty::Any, &[], r as i64);
                self.state.slots[r] = Slot { val: Val::V(v), home: true };
                v
            }
        }
    }

    /// Every slot that has `old` has `new`, the same value in another representation.
    fn refine(&mut self, old: ValueId, new: ValueId) {
        for slot in &mut self.state.slots {
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

    /// A value as a tagged word.
    pub(super) fn boxed(&mut self, v: ValueId) -> ValueId {
        let op = match self.unit.ty(v) {
            Ty::Int => Op::BoxInt,
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
        let Slot { val: Val::V(v), home: false } = self.state.slots[slot] else { return };
        let tagged = self.boxed(v);
        match self.home_of(slot) {
            Home::Reg(r) => drop(self.emit(Op::StoreReg, Ty::None, &[tagged], r as i64)),
            Home::Name(n) => drop(self.emit(Op::StoreName, Ty::None, &[tagged], n as i64)),
        }
        self.state.slots[slot].home = true;
        self.current = None;
    }

    /// Brings home what other code can see: named locals and names.
    pub(super) fn send_visible_home(&mut self) {
        for i in (0..self.nlocals).chain(self.nregs..self.state.slots.len()) {
            self.send_home(i);
        }
    }

    /// Any code may have run: what is known about memory is forgotten.
    pub(super) fn forget_memory(&mut self) {
        use adder_interp::object::shape::shape_id as id;
        let fixed = [id::LIST, id::TUPLE, id::RANGE_ITERATOR, id::LIST_ITERATOR].map(|s| s.0);
        self.state.shapes.retain(|_, s| fixed.contains(s));
        self.state.classes.clear();
        self.state.names_checked = [false; 2];
        for slot in &mut self.state.slots[self.nregs..] {
            *slot = Slot { val: Val::Mem, home: true };
        }
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
            self.guard(Op::GuardShape, Ty::None, &[v], shape as i64);
            self.state.shapes.insert(v, shape);
        }
    }
}
