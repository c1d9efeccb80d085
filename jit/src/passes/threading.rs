//! Who knows the outcome of a test jumps past it.
//!
//! ```hir before
//! bb0(v0: Any, v1: Any):
//!     v2: Bool = Is v0 v1
//!     branch v2 bb1() else bb2()
//! bb1():
//!     v3: Any = ConstValue 0x10
//!     jump bb3(v3)
//! bb2():
//!     v4: Any = ConstValue 0x20
//!     jump bb3(v4)
//! bb3(v5: Any):
//!     v6: Any = ConstValue 0x10
//!     v7: Bool = SameBits v5 v6
//!     branch v7 bb4() else bb5()
//! bb4():
//!     return v0 [fs0]
//! bb5():
//!     return v1 [fs0]
//!   fs0: pc 7 r0=v0
//! ```
//! ```hir after
//! bb0(v0: Any, v1: Any):
//!     v2: Bool = Is v0 v1
//!     branch v2 bb1() else bb2()
//! bb1():
//!     v3: Any = ConstValue 0x10
//!     jump bb4()
//! bb4():
//!     return v0 [fs0]
//! bb2():
//!     v4: Any = ConstValue 0x20
//!     jump bb5()
//! bb5():
//!     return v1 [fs0]
//!   fs0: pc 7 r0=v0
//! ```
//!
//! A method is looked up by the shape of the object and called by which function that gave: without calls in between, the second
//! question has been answered by the first.
//!
//! Sound because the tests that are passed over do nothing else, and nothing that they define is used by anybody else.

use crate::hir::{BlockId, Op, Term, Unit, ValueId};
use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

/// A block that does nothing but compare a value with a constant.
struct Test {
    subject: ValueId,
    constant: i64,
    yes: BlockId,
    no: BlockId,
}

fn test_of(unit: &Unit, b: BlockId) -> Option<Test> {
    let block = unit.block(b);
    let Term::Branch(condition, yes, no) = &block.term else { return None };
    let mut compared = None;
    for &v in &block.insts {
        match unit.inst(v).op {
            Op::ConstValue => {}
            Op::SameBits if v == *condition && compared.is_none() => compared = Some(unit.inst(v)),
            _ => return None,
        }
    }
    let &[subject, constant] = &compared?.args[..] else { return None };
    let constant = Some(unit.inst(constant)).filter(|c| c.op == Op::ConstValue)?.imm;
    let plain = yes.args.is_empty() && no.args.is_empty();
    let own = block.params.is_empty() || block.params == [subject];
    (plain && own).then_some(Test { subject, constant, yes: yes.to, no: no.to })
}

pub fn run(unit: &mut Unit) {
    let order = unit.order();
    let tests: HashMap<BlockId, Test> =
        order.iter().filter_map(|&b| test_of(unit, b).map(|t| (b, t))).collect();
    if !tests.keys().any(|&b| !unit.block(b).params.is_empty()) {
        return;
    }
    let shared = shared(unit, &order, &tests);
    let mut threaded = Vec::new();
    for &b in &order {
        let Term::Jump(edge) = &unit.block(b).term else { continue };
        let (Some(first), &[given]) = (tests.get(&edge.to), &edge.args[..]) else { continue };
        let given = unit.inst(given);
        if given.op != Op::ConstValue {
            continue;
        }
        let mut to = edge.to;
        while let Some(test) = tests.get(&to).filter(|t| t.subject == first.subject && !shared.contains(&to))
        {
            to = if test.constant == given.imm { test.yes } else { test.no };
        }
        // What is left must do without the subject.
        let asks_too = tests.get(&to).is_some_and(|t| t.subject == first.subject);
        if !asks_too && unit.block(to).params.is_empty() {
            threaded.push((b, to));
        }
    }
    for (b, to) in threaded {
        unit.blocks[b.0 as usize].term = Term::Jump(crate::hir::Edge { to, args: vec![] });
    }
}

/// The tests that define what others use: their subject somebody who does not test it, anything else whoever it is.
fn shared(unit: &Unit, order: &[BlockId], tests: &HashMap<BlockId, Test>) -> HashSet<BlockId> {
    let mut home: HashMap<ValueId, BlockId> = HashMap::default();
    for &b in tests.keys() {
        let block = unit.block(b);
        home.extend(block.params.iter().chain(&block.insts).map(|&v| (v, b)));
    }
    let mut shared = HashSet::default();
    for &b in order {
        let mut used = |v: ValueId| {
            if let Some(&at) = home.get(&v).filter(|&&at| at != b)
                && tests.get(&b).is_none_or(|t| t.subject != v)
            {
                shared.insert(at);
            }
        };
        let block = unit.block(b);
        let mut states = Vec::new();
        for &v in &block.insts {
            let inst = unit.inst(v);
            inst.args.iter().for_each(|&a| used(a));
            states.extend(inst.state);
        }
        match &block.term {
            Term::Return(v, s) => {
                used(*v);
                states.push(*s);
            }
            Term::Exit(s, _) => states.push(*s),
            Term::Branch(v, ..) => used(*v),
            Term::Jump(_) | Term::Open => {}
        }
        unit.edges(b).iter().flat_map(|e| &e.args).for_each(|&v| used(v));
        for s in states {
            unit.states[s.0 as usize].writes.iter().for_each(|w| used(w.1));
        }
    }
    shared
}
