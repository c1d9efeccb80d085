//! Which registers may still be read behind an instruction.
//!
//! A backward data flow over the whole unit, for those who ask rarely: `gc.collect()`, which must not keep alive what only a dead
//! temporary mentions. Reads are overestimated where an instruction's operands say too little.

use crate::insn::Insn;
use crate::ops::{NO_DELEGATE, Op, Role};
use crate::unit::{CodeUnit, FRAME_HEADER};

/// A set of registers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterSet(Vec<u64>);

impl RegisterSet {
    fn new(registers: usize) -> RegisterSet {
        RegisterSet(vec![0; registers.div_ceil(64)])
    }
    pub fn contains(&self, register: usize) -> bool {
        self.0.get(register / 64).is_some_and(|w| w >> (register % 64) & 1 != 0)
    }
    pub fn insert(&mut self, register: usize) {
        if let Some(word) = self.0.get_mut(register / 64) {
            *word |= 1 << (register % 64);
        }
    }
    fn remove(&mut self, register: usize) {
        if let Some(word) = self.0.get_mut(register / 64) {
            *word &= !(1 << (register % 64));
        }
    }
    /// Adds `other`; true if that changed anything.
    fn add(&mut self, other: &RegisterSet) -> bool {
        let mut changed = false;
        for (a, b) in self.0.iter_mut().zip(&other.0) {
            changed |= *b & !*a != 0;
            *a |= *b;
        }
        changed
    }
}

/// Calls `read` and `write` with each register the instruction reads and certainly writes.
fn effects(insn: Insn, mut read: impl FnMut(usize), mut write: impl FnMut(usize)) {
    let op = insn.op();
    let operands = [insn.a(), insn.b(), insn.c()].map(usize::from);
    let header = usize::from(FRAME_HEADER);
    for (role, r) in op.roles().into_iter().zip(operands) {
        match role {
            Role::Out => write(r),
            Role::In => read(r),
            // A loop's item is written on one of two ways only, so it counts as read.
            Role::InOut => read(r),
            Role::Window if matches!(op, Op::LoadMethod | Op::LoadSuperMethod) => {
                write(r + header - 1);
                write(r + header);
            }
            Role::Window => {
                // One more than the arguments: the receiver of a method call.
                (r + header - 1..=r + header + operands[1] + 1).for_each(&mut read);
                write(r);
            }
            _ => {}
        }
    }
    let [a, b, c] = operands;
    match op {
        Op::BuildTuple
        | Op::BuildTupleStar
        | Op::BuildList
        | Op::BuildSet
        | Op::BuildString
        | Op::BuildSlice => {
            (b..b + c).for_each(read);
        }
        Op::BuildMap => (b..b + 2 * c).for_each(read),
        Op::MapAdd | Op::ImportName | Op::BuildTemplate | Op::Intrinsic => read(b + 1),
        Op::MatchClass | Op::BuildInterpolation | Op::LoadSuperAttr | Op::LoadSuperMethod => {
            (b..b + 3).for_each(read);
        }
        Op::Raise if b == 2 => read(a + 1),
        Op::SumAdd => {
            read(a + 1);
            write(a);
            write(a + 1);
        }
        Op::Yield if b != usize::from(NO_DELEGATE) => read(b),
        Op::UnpackSeq => (a..a + c).for_each(write),
        Op::CheckEgMatch => write(a + 1),
        Op::ExcTriple => (a..a + 3).for_each(write),
        _ => {}
    }
}

/// As [`effects`], but a call reads its callable and arguments exactly.
fn exact_effects(insn: Insn, mut read: impl FnMut(usize), write: impl FnMut(usize)) {
    let (a, b) = (usize::from(insn.a()) + usize::from(FRAME_HEADER), usize::from(insn.b()));
    let last = match insn.op() {
        Op::Call | Op::CallKw => a + b,
        Op::CallMethod | Op::CallMethodKw => a + b + 1,
        Op::CallEx => a + b + 1,
        _ => return effects(insn, read, write),
    };
    (a - 1..last).for_each(&mut read);
    effects(insn, |_| {}, write);
}

/// For each instruction the registers that may be read from there on, itself included.
pub fn live_before(unit: &CodeUnit) -> Vec<RegisterSet> {
    let registers = usize::from(unit.nregs);
    let mut live: Vec<RegisterSet> = vec![RegisterSet::new(registers); unit.insns.len()];
    let mut changed = true;
    while changed {
        changed = false;
        for i in (0..unit.insns.len()).rev() {
            let mut before = after(unit, &live, i);
            exact_effects(unit.insns[i], |_| {}, |r| before.remove(r));
            raised(unit, &live, i, &mut before);
            exact_effects(unit.insns[i], |r| before.insert(r), |_| {});
            changed |= live[i].add(&before);
        }
    }
    live
}

/// Whether the instruction writes the register.
pub fn writes(insn: Insn, register: usize) -> bool {
    let mut found = false;
    effects(insn, |_| {}, |r| found |= r == register);
    found || insn.op().roles()[0] == Role::InOut && usize::from(insn.a()) == register
}

/// Registers that the instruction itself reads.
pub fn reads(insn: Insn) -> Vec<usize> {
    let mut registers = Vec::new();
    effects(insn, |r| registers.push(r), |_| {});
    registers
}

/// Registers that the instruction certainly writes when it ends normally.
pub fn written(insn: Insn) -> Vec<usize> {
    let mut registers = Vec::new();
    effects(insn, |_| {}, |r| registers.push(r));
    registers
}

/// The registers that may be read after the instruction at `pc` has ended, normally or by an exception. Its own result counts as
/// not yet there.
pub fn live_after(unit: &CodeUnit, pc: usize) -> RegisterSet {
    let live = overestimated(unit);
    let mut result = after(unit, &live, pc);
    effects(unit.insns[pc], |_| {}, |r| result.remove(r));
    raised(unit, &live, pc, &mut result);
    result
}

/// As [`live_before`], with reads overestimated.
fn overestimated(unit: &CodeUnit) -> Vec<RegisterSet> {
    let registers = usize::from(unit.nregs);
    let mut live: Vec<RegisterSet> = vec![RegisterSet::new(registers); unit.insns.len()];
    loop {
        let mut changed = false;
        for i in (0..unit.insns.len()).rev() {
            let mut before = after(unit, &live, i);
            effects(unit.insns[i], |_| {}, |r| before.remove(r));
            raised(unit, &live, i, &mut before);
            effects(unit.insns[i], |r| before.insert(r), |_| {});
            changed |= live[i].add(&before);
        }
        if !changed {
            break;
        }
    }
    live
}

/// What is live where control goes from instruction `i` without an exception.
fn after(unit: &CodeUnit, live: &[RegisterSet], i: usize) -> RegisterSet {
    let insn = unit.insns[i];
    let op = insn.op();
    let mut set = RegisterSet::new(usize::from(unit.nregs));
    let mut flow = |to: i64| {
        if let Some(s) = usize::try_from(to).ok().and_then(|to| live.get(to)) {
            set.add(s);
        }
    };
    if !op.ends_block() {
        flow(i as i64 + 1);
    }
    for role in op.roles() {
        match role {
            Role::Jump16 => flow(i as i64 + i64::from(insn.c_jump())),
            Role::Jump32 => flow(i as i64 + i64::from(insn.imm())),
            _ => {}
        }
    }
    set
}

/// Adds what the handler of instruction `i` may read.
fn raised(unit: &CodeUnit, live: &[RegisterSet], i: usize, set: &mut RegisterSet) {
    let pc = i as u32;
    let Some(handler) = unit.handlers.iter().find(|h| h.start <= pc && pc < h.end) else { return };
    let mut target = live[handler.target as usize].clone();
    target.remove(usize::from(handler.exc));
    set.add(&target);
}
