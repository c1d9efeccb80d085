//! The verifier. It checks that
//!
//! * every block that can be reached ends in a terminator;
//! * edges carry as many arguments as the target has parameters, of the same types;
//! * operands are defined in the same block before, or in a block that dominates; so are the values of frame states;
//! * `Branch` decides on a `Bool`, `Return` returns an `Any`;
//! * what has the low bits of an int only is used by operators that need no more, and by frame states;
//! * guards, guarded computations and calls have a frame state.

use super::*;
use std::collections::HashMap;

/// Immediate dominators of the reachable blocks, by position in `order`.
pub fn dominators(unit: &Unit, order: &[BlockId]) -> HashMap<BlockId, BlockId> {
    let position: HashMap<BlockId, usize> = order.iter().enumerate().map(|(i, &b)| (b, i)).collect();
    let mut preds: Vec<Vec<usize>> = vec![Vec::new(); order.len()];
    for (i, &b) in order.iter().enumerate() {
        for e in unit.edges(b) {
            preds[position[&e.to]].push(i);
        }
    }
    let mut idom: Vec<Option<usize>> = vec![None; order.len()];
    idom[0] = Some(0);
    let mut changed = true;
    while changed {
        changed = false;
        for i in 1..order.len() {
            let mut new: Option<usize> = None;
            for &p in &preds[i] {
                if idom[p].is_none() {
                    continue;
                }
                new = Some(match new {
                    None => p,
                    Some(mut a) => {
                        let mut b = p;
                        while a != b {
                            if a > b {
                                a = idom[a].expect("processed");
                            } else {
                                b = idom[b].expect("processed");
                            }
                        }
                        a
                    }
                });
            }
            if new != idom[i] {
                idom[i] = new;
                changed = true;
            }
        }
    }
    order.iter().enumerate().filter_map(|(i, &b)| Some((b, order[idom[i]?]))).collect()
}

/// Checks a unit.
///
/// # Errors
/// The first violation.
pub fn verify(unit: &Unit) -> Result<(), String> {
    let order = unit.order();
    let idom = dominators(unit, &order);
    let mut home: HashMap<ValueId, (BlockId, usize)> = HashMap::new();
    for &b in &order {
        let block = unit.block(b);
        home.extend(block.params.iter().map(|&p| (p, (b, 0))));
        for (i, &v) in block.insts.iter().enumerate() {
            if home.insert(v, (b, i + 1)).is_some() {
                return Err(format!("{v:?} is defined twice"));
            }
        }
    }
    let dominates = |a: BlockId, mut b: BlockId| loop {
        if a == b {
            return true;
        }
        let up = idom[&b];
        if up == b {
            return false;
        }
        b = up;
    };
    let available = |v: ValueId, b: BlockId, at: usize| match home.get(&v) {
        Some(&(d, i)) if d == b => i < at,
        Some(&(d, _)) => dominates(d, b),
        None => false,
    };
    let check_state = |s: StateId, b: BlockId, at: usize| {
        let missing = unit.states[s.0 as usize].writes.iter().find(|(_, v)| !available(*v, b, at));
        missing.map_or(Ok(()), |(h, v)| Err(format!("{s:?} in {b:?}: {v:?} for {h:?} is not available")))
    };
    for &b in &order {
        let block = unit.block(b);
        for (i, &v) in block.insts.iter().enumerate() {
            let inst = unit.inst(v);
            if let Some(a) = inst.args.iter().find(|&&a| !available(a, b, i + 1)) {
                return Err(format!("{v:?} ({:?}) in {b:?} uses {a:?}, which is not available", inst.op));
            }
            let low_bits = matches!(inst.op, Op::Wide | Op::AndInt | Op::AndWord);
            if let Some(a) = inst.args.iter().find(|&&a| unit.ty(a) == Ty::Wide && !low_bits) {
                return Err(format!("{v:?} ({:?}) in {b:?} needs all of {a:?}", inst.op));
            }
            let needs = matches!(inst.op.effect(), Effect::Guard | Effect::GuardedPure | Effect::Call);
            match inst.state {
                Some(s) => check_state(s, b, i + 1)?,
                None if needs => return Err(format!("{v:?} ({:?}) has no frame state", inst.op)),
                None => {}
            }
        }
        let end = block.insts.len() + 1;
        match &block.term {
            Term::Open => return Err(format!("{b:?} is open")),
            Term::Branch(c, ..) if unit.ty(*c) != Ty::Bool || !available(*c, b, end) => {
                return Err(format!("{b:?} decides on {c:?}"));
            }
            Term::Return(v, s) => {
                if unit.ty(*v) != Ty::Any || !available(*v, b, end) {
                    return Err(format!("{b:?} returns {v:?}"));
                }
                check_state(*s, b, end)?;
            }
            Term::Exit(s, _) => check_state(*s, b, end)?,
            _ => {}
        }
        for e in unit.edges(b) {
            let params = &unit.block(e.to).params;
            if params.len() != e.args.len() {
                return Err(format!("{b:?} passes {} arguments to {:?}", e.args.len(), e.to));
            }
            for (&p, &a) in params.iter().zip(&e.args) {
                if unit.ty(p) != unit.ty(a) || unit.ty(p) == Ty::Wide || !available(a, b, end) {
                    return Err(format!("{b:?} passes {a:?}: {:?} for {p:?}: {:?}", unit.ty(a), unit.ty(p)));
                }
            }
        }
    }
    Ok(())
}
