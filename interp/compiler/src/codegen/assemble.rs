//! From pending instructions to a code unit: jump threading, dead code, definite assignment, jump sizes.

use super::code::{Code, NO_LABEL, Pending};
use super::flow;
use adder_bytecode::ops::Role;
use adder_bytecode::{Handler, InlinedGenexpr, Insn, Op, Pos};

/// Instructions, their positions and the handler table.
pub struct Assembled {
    pub insns: Vec<Insn>,
    pub positions: Vec<Pos>,
    pub handlers: Vec<Handler>,
    pub genexprs: Vec<InlinedGenexpr>,
}

/// Assembles `code`. The first `nparams` of the `nlocals` checked registers are bound on entry.
pub fn assemble(code: &mut Code, nlocals: usize, nparams: usize) -> Assembled {
    resolve_labels(code);
    thread_jumps(&mut code.insns);
    let mut live = reachable(code);
    flow::drop_proven_checks(code, &mut live, nlocals, nparams);
    // A jump that goes nowhere must not stand for its line: the `Nop` before it stays.
    drop_jumps_to_next(&code.insns, &mut live);
    drop_silent_nops(code, &mut live);
    invert_over_jumps(&mut code.insns, &mut live);
    drop_jumps_to_next(&code.insns, &mut live);
    layout(code, &live)
}

/// Replaces label numbers by instruction indexes, in jumps and regions alike.
fn resolve_labels(code: &mut Code) {
    for insn in code.insns.iter_mut().filter(|i| i.target != NO_LABEL) {
        insn.target = code.labels[insn.target as usize];
        debug_assert!(insn.target != u32::MAX, "a jump to a label that was never bound");
    }
    for stretch in &mut code.genexprs {
        stretch.call.0 = code.labels[stretch.call.0 as usize];
    }
    for region in &mut code.regions {
        region.target.0 = code.labels[region.target.0 as usize];
    }
    code.regions.retain(|r| r.start < r.end);
    // Inner regions first; the sort is stable, so segments of one region keep their order.
    code.regions.sort_by_key(|r| std::cmp::Reverse(r.depth));
}

fn thread_jumps(insns: &mut [Pending]) {
    for i in 0..insns.len() {
        let mut target = insns[i].target;
        if target == NO_LABEL || insns[i].insn.op() == Op::Send {
            continue;
        }
        let op = insns[i].insn.op();
        for _ in 0..32 {
            let Some(next) = insns.get(target as usize) else { break };
            let same_test = next.insn.a() == insns[i].insn.a();
            target = match (op, next.insn.op()) {
                (_, Op::Jump) if next.target > target => next.target,
                // The outcome of a test is known where the same register is tested again.
                (Op::JumpIfTrue, Op::JumpIfTrue) | (Op::JumpIfFalse, Op::JumpIfFalse) if same_test => {
                    next.target
                }
                (Op::JumpIfTrue, Op::JumpIfFalse) | (Op::JumpIfFalse, Op::JumpIfTrue) if same_test => {
                    target + 1
                }
                _ => break,
            };
        }
        insns[i].target = target;
    }
}

fn reachable(code: &Code) -> Vec<bool> {
    let n = code.insns.len();
    let mut live = vec![false; n];
    let mut work = vec![0usize];
    let mut handled = vec![false; code.regions.len()];
    loop {
        while let Some(mut i) = work.pop() {
            while i < n && !live[i] {
                live[i] = true;
                let p = &code.insns[i];
                if p.target != NO_LABEL {
                    work.push(p.target as usize);
                }
                if p.insn.op().ends_block() {
                    break;
                }
                i += 1;
            }
        }
        // A handler is reachable when an instruction that it covers is.
        for (region, done) in code.regions.iter().zip(&mut handled) {
            if !*done && live[region.start as usize..region.end as usize].contains(&true) {
                *done = true;
                work.push(region.target.0 as usize);
            }
        }
        if work.is_empty() {
            return live;
        }
    }
}

/// Drops the `Nop`s whose line the next instruction shows as well: they only exist for tracers.
fn drop_silent_nops(code: &Code, live: &mut [bool]) {
    for i in 0..code.insns.len() {
        if !live[i] || code.insns[i].insn.op() != Op::Nop {
            continue;
        }
        let line = code.insns[i].pos.line;
        let next = (i + 1..code.insns.len()).find(|&j| live[j]);
        if line == 0 || next.is_some_and(|j| code.insns[j].pos.line == line) {
            live[i] = false;
        }
    }
}

/// A conditional jump over an unconditional one of the same line, or of none, becomes the opposite jump.
fn invert_over_jumps(insns: &mut [Pending], live: &mut [bool]) {
    let targets: std::collections::HashSet<u32> =
        insns.iter().zip(live.iter()).filter(|(_, l)| **l).map(|(p, _)| p.target).collect();
    for i in 0..insns.len() {
        let (Some(opposite), true) = (opposite(insns[i].insn.op()), live[i]) else { continue };
        let Some(j) = (i + 1..insns.len()).find(|&j| live[j]) else { continue };
        let between = i as u32 + 1..=j as u32;
        let over = insns[i].target as usize > j && !live[j + 1..insns[i].target as usize].contains(&true);
        let jump = insns[j];
        if jump.insn.op() != Op::Jump
            || jump.target as usize <= j
            || !over
            || (jump.pos.line != insns[i].pos.line && jump.pos.line != 0)
            || between.clone().any(|k| targets.contains(&k))
        {
            continue;
        }
        insns[i].insn = insns[i].insn.with_op(opposite);
        insns[i].target = jump.target;
        live[j] = false;
    }
}

/// The jump with the opposite condition.
fn opposite(op: Op) -> Option<Op> {
    match op {
        Op::JumpIfTrue => Some(Op::JumpIfFalse),
        Op::JumpIfFalse => Some(Op::JumpIfTrue),
        Op::JumpIfNone => Some(Op::JumpIfNotNone),
        Op::JumpIfNotNone => Some(Op::JumpIfNone),
        _ => inverse(op),
    }
}

fn drop_jumps_to_next(insns: &[Pending], live: &mut [bool]) {
    for i in (0..insns.len()).rev() {
        if live[i] && insns[i].insn.op() == Op::Jump && insns[i].target > i as u32 {
            let between = &live[i + 1..insns[i].target as usize];
            if !between.contains(&true) {
                live[i] = false;
            }
        }
    }
}

/// How a jump is encoded.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    /// As it stands.
    Plain,
    /// Opposite condition over a 32-bit jump.
    Inverted,
    /// Over a jump over a 32-bit jump, for instructions without an opposite.
    Trampoline,
}

impl Form {
    fn size(self) -> u32 {
        match self {
            Form::Plain => 1,
            Form::Inverted => 2,
            Form::Trampoline => 3,
        }
    }
}

fn layout(code: &Code, live: &[bool]) -> Assembled {
    let n = code.insns.len();
    let mut forms = vec![Form::Plain; n];
    let mut start = vec![0u32; n + 1];
    loop {
        let mut at = 0;
        for i in 0..n {
            start[i] = at;
            at += if live[i] { forms[i].size() } else { 0 };
        }
        start[n] = at;
        if !widen(&code.insns, live, &start, &mut forms) {
            break;
        }
    }
    let mut out =
        Assembled { insns: Vec::new(), positions: Vec::new(), handlers: Vec::new(), genexprs: Vec::new() };
    out.insns.reserve(start[n] as usize);
    out.positions.reserve(start[n] as usize);
    for (i, p) in code.insns.iter().enumerate().filter(|(i, _)| live[*i]) {
        encode(&mut out, p, forms[i], i, &start);
    }
    for r in &code.regions {
        let (from, to) = (start[r.start as usize], start[r.end as usize]);
        if from < to {
            let target = start[r.target.0 as usize];
            out.handlers.push(Handler { start: from, end: to, target, exc: r.exc });
        }
    }
    for g in &code.genexprs {
        let (from, to) = (start[g.start as usize], start[g.end as usize]);
        if from < to {
            let (call, code) = (start[g.call.0 as usize], g.code.expect("its consumer has set it"));
            out.genexprs.push(InlinedGenexpr { start: from, end: to, call, code });
        }
    }
    out
}

/// Marks 16-bit jumps that do not reach; true when one was found.
fn widen(insns: &[Pending], live: &[bool], start: &[u32], forms: &mut [Form]) -> bool {
    let mut changed = false;
    for (i, p) in insns.iter().enumerate() {
        if !live[i] || p.target == NO_LABEL || forms[i] != Form::Plain {
            continue;
        }
        let distance = i64::from(start[p.target as usize]) - i64::from(start[i]);
        if is_short(p.insn.op()) && i16::try_from(distance).is_err() {
            forms[i] = if inverse(p.insn.op()).is_some() { Form::Inverted } else { Form::Trampoline };
            changed = true;
        }
    }
    changed
}

fn is_short(op: Op) -> bool {
    op.roles()[2] == Role::Jump16
}

/// The fused comparison with the opposite outcome. The table keeps the pairs adjacent.
fn inverse(op: Op) -> Option<Op> {
    let (first, last) = (Op::JLt as u8, Op::JNotGeK as u8);
    let n = op as u8;
    (first..=last).contains(&n).then(|| Op::from_u8(first + ((n - first) ^ 1)))
}

fn encode(out: &mut Assembled, p: &Pending, form: Form, index: usize, start: &[u32]) {
    let at = start[index];
    let mut push = |insn: Insn| {
        out.insns.push(insn);
        out.positions.push(p.pos);
    };
    if p.target == NO_LABEL {
        return push(p.insn);
    }
    let target = start[p.target as usize];
    let distance = target as i32 - at as i32;
    // Loops poll when they jump back; `distance` is relative to the jump itself.
    let unconditional =
        |distance: i32| Insn::a_imm(if distance <= 0 { Op::JumpBack } else { Op::Jump }, 0, distance);
    match form {
        Form::Plain if is_short(p.insn.op()) => push(p.insn.with_c(distance as i16 as u16)),
        Form::Plain if matches!(p.insn.op(), Op::Jump | Op::JumpBack) => push(unconditional(distance)),
        Form::Plain => push(p.insn.with_imm(distance)),
        Form::Inverted => {
            let op = inverse(p.insn.op()).expect("the form was chosen for it");
            push(p.insn.with_op(op).with_c(2));
            push(unconditional(distance - 1));
        }
        Form::Trampoline => {
            push(p.insn.with_c(2));
            push(Insn::a_imm(Op::Jump, 0, 2));
            push(unconditional(distance - 2));
        }
    }
}
