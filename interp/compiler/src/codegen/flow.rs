//! Definite assignment: which `CheckLocal` can be dropped because its register is bound on every path.
//!
//! A forward must-analysis over basic blocks with one bit per local. Exceptions leave a block with the bits it had on
//! entry, less those it clears anywhere: an instruction that raises has written nothing.

use super::code::{Code, NO_LABEL};
use adder_bytecode::{Insn, Op};

/// Clears `live` for every check that cannot fail.
pub fn drop_proven_checks(code: &Code, live: &mut [bool], nlocals: usize, nparams: usize) {
    let any = code.insns.iter().zip(live.iter()).any(|(p, &l)| l && p.insn.op() == Op::CheckLocal);
    if !any {
        return;
    }
    let blocks = Blocks::new(code, live);
    let width = nlocals.div_ceil(64);
    let mut entry: Vec<Option<Vec<u64>>> = vec![None; blocks.starts.len()];
    let mut bound = vec![0u64; width];
    (0..nparams).for_each(|r| set(&mut bound, r));
    entry[0] = Some(bound);
    let mut work = vec![0usize];
    while let Some(b) = work.pop() {
        let state = entry[b].clone().expect("queued blocks have a state");
        let (exit, cleared) = transfer(code, live, blocks.range(b), state.clone());
        for (nth, &next) in blocks.successors[b].iter().enumerate() {
            match blocks.loop_item[b] {
                // The taken edge of a loop's end binds the item; it is pushed first.
                Some(item) if nth == 0 => {
                    let mut taken = exit.clone();
                    set(&mut taken, item);
                    join(&mut entry, next, &taken, &mut work);
                }
                _ => join(&mut entry, next, &exit, &mut work),
            }
        }
        if !blocks.handlers[b].is_empty() {
            let mut raised = state;
            raised.iter_mut().zip(&cleared).for_each(|(s, c)| *s &= !c);
            for &handler in &blocks.handlers[b] {
                join(&mut entry, handler, &raised, &mut work);
            }
        }
    }
    for (b, state) in entry.into_iter().enumerate() {
        let Some(mut state) = state else { continue };
        for i in blocks.range(b) {
            let insn = code.insns[i].insn;
            if live[i] && insn.op() == Op::CheckLocal && get(&state, insn.a().into()) {
                live[i] = false;
            }
            step(insn, &mut state, None);
        }
    }
}

fn set(bits: &mut [u64], r: usize) {
    if let Some(word) = bits.get_mut(r / 64) {
        *word |= 1 << (r % 64);
    }
}

fn clear(bits: &mut [u64], r: usize) {
    if let Some(word) = bits.get_mut(r / 64) {
        *word &= !(1 << (r % 64));
    }
}

fn get(bits: &[u64], r: usize) -> bool {
    bits.get(r / 64).is_some_and(|w| w >> (r % 64) & 1 != 0)
}

fn join(entry: &mut [Option<Vec<u64>>], block: usize, state: &[u64], work: &mut Vec<usize>) {
    match &mut entry[block] {
        Some(old) => {
            let mut changed = false;
            for (o, s) in old.iter_mut().zip(state) {
                changed |= *o & s != *o;
                *o &= s;
            }
            if changed {
                work.push(block);
            }
        }
        none => {
            *none = Some(state.to_vec());
            work.push(block);
        }
    }
}

fn transfer(
    code: &Code,
    live: &[bool],
    range: std::ops::Range<usize>,
    mut state: Vec<u64>,
) -> (Vec<u64>, Vec<u64>) {
    let mut cleared = vec![0; state.len()];
    for i in range.filter(|&i| live[i]) {
        step(code.insns[i].insn, &mut state, Some(&mut cleared));
    }
    (state, cleared)
}

fn step(insn: Insn, state: &mut [u64], cleared: Option<&mut Vec<u64>>) {
    let a = usize::from(insn.a());
    match insn.op() {
        Op::ClearLocal | Op::DeleteLocal => {
            clear(state, a);
            if let Some(cleared) = cleared {
                set(cleared, a);
            }
        }
        Op::CheckLocal => set(state, a),
        op => written(op, insn).for_each(|r| set(state, r)),
    }
}

/// Registers that an instruction certainly writes.
fn written(op: Op, insn: Insn) -> std::ops::Range<usize> {
    use adder_bytecode::ops::Role;
    let a = usize::from(insn.a());
    let count = match op {
        Op::UnpackSeq => usize::from(insn.c()),
        Op::UnpackEx => usize::from(insn.c() & 0xff) + usize::from(insn.c() >> 8) + 1,
        Op::CheckEgMatch => 2,
        Op::ExcTriple => 3,
        // The item is only written when the loop goes on.
        Op::ForIter => 0,
        _ => usize::from(matches!(op.roles()[0], Role::Out | Role::InOut)),
    };
    a..a + count
}

/// Basic blocks of the live instructions. Block boundaries include region boundaries.
struct Blocks {
    starts: Vec<usize>,
    end: usize,
    successors: Vec<Vec<usize>>,
    handlers: Vec<Vec<usize>>,
    /// Register that the first successor's edge binds, for blocks that end in `ForIter`.
    loop_item: Vec<Option<usize>>,
}

impl Blocks {
    fn new(code: &Code, live: &[bool]) -> Blocks {
        let n = code.insns.len();
        let mut leader = vec![false; n + 1];
        leader[0] = true;
        for (i, p) in code.insns.iter().enumerate().filter(|(i, _)| live[*i]) {
            if p.target != NO_LABEL {
                leader[p.target as usize] = true;
                leader[i + 1] = true;
            }
            if p.insn.op().ends_block() {
                leader[i + 1] = true;
            }
        }
        for r in &code.regions {
            leader[r.start as usize] = true;
            leader[r.end as usize] = true;
            leader[r.target.0 as usize] = true;
        }
        let starts: Vec<usize> = (0..n).filter(|&i| leader[i]).collect();
        let mut block_of = vec![0u32; n + 1];
        for (b, &s) in starts.iter().enumerate() {
            let e = starts.get(b + 1).copied().unwrap_or(n);
            block_of[s..e].fill(b as u32);
        }
        let mut blocks = Blocks {
            successors: vec![Vec::new(); starts.len()],
            handlers: vec![Vec::new(); starts.len()],
            loop_item: vec![None; starts.len()],
            starts,
            end: n,
        };
        for b in 0..blocks.starts.len() {
            let last = blocks.range(b).rev().find(|&i| live[i]);
            let falls = match last {
                Some(i) => {
                    let p = &code.insns[i];
                    if p.target != NO_LABEL {
                        blocks.successors[b].push(block_of[p.target as usize] as usize);
                        if p.insn.op() == Op::ForIter {
                            blocks.loop_item[b] = Some(p.insn.a().into());
                        }
                    }
                    !p.insn.op().ends_block()
                }
                None => true,
            };
            if falls && b + 1 < blocks.starts.len() {
                blocks.successors[b].push(b + 1);
            }
        }
        for r in &code.regions {
            let target = block_of[r.target.0 as usize] as usize;
            for b in block_of[r.start as usize] as usize..blocks.starts.len() {
                if blocks.starts[b] >= r.end as usize {
                    break;
                }
                blocks.handlers[b].push(target);
            }
        }
        blocks
    }

    fn range(&self, b: usize) -> std::ops::Range<usize> {
        self.starts[b]..self.starts.get(b + 1).copied().unwrap_or(self.end)
    }
}
