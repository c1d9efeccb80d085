//! Floats that a loop carries round for its exits alone are not boxed in each round.
//!
//! ```hir before
//! bb0(v0: Any):
//!     v1: Any = LoadReg #5
//!     v2: Float = GuardFloat v0 [fs0]
//!     jump bb1(v1, v2)
//! bb1(v3: Any, v4: Float):
//!     Poll [fs1]
//!     v5: Float = AddFloat v4 v2
//!     v6: Float = MulFloat v5 v5
//!     v7: Any = BoxFloat v6
//!     jump bb1(v7, v5)
//!   fs0: pc 3
//!   fs1: pc 4 r5=v3 r6=v4
//! ```
//! ```hir after
//! bb0(v0: Any):
//!     v1: Any = LoadReg #5
//!     v2: Float = GuardFloat v0 [fs0]
//!     v8: Float = FloatOfBox v1
//!     jump bb1(v8, v2)
//! bb1(v3: Float, v4: Float):
//!     Poll [fs1]
//!     v5: Float = AddFloat v4 v2
//!     v6: Float = MulFloat v5 v5
//!     v7: Any = BoxFloat v6
//!     jump bb1(v6, v5)
//!   fs0: pc 3
//!   fs1: pc 4 r5=v3 r6=v4
//! ```
//!
//! A local that each round assigns anew is such a value: frame states name what the round before has left in it, and in the first round that is
//! whatever the register held. A box is the float's bits plus a number. So any word is the box of some bits, and what the loop was entered
//! with travels as those; the exit that boxes them gets the word back.
//!
//! In that guise the collector does not see an object. So it has to be in its register all the while: the register is the one that the
//! frame states mean, and one that no call's window overlaps.

use crate::hir::{BlockId, Home, Inst, Op, Term, Ty, Unit, ValueId};
use adder_bytecode::FRAME_HEADER;
use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

/// What is known of parameters that flow into each other.
#[derive(Default)]
struct Group {
    /// Somebody computes with one of them.
    used: bool,
    /// A box is among the values they are given.
    boxes: bool,
    /// The homes that frame states mean by them, and the registers that they come from.
    homes: HashSet<Home>,
    registers: HashSet<i64>,
}

/// Parameters, each with another one of its group.
struct Groups(HashMap<ValueId, ValueId>);

impl Groups {
    fn root(&self, mut v: ValueId) -> Option<ValueId> {
        loop {
            match *self.0.get(&v)? {
                next if next == v => return Some(v),
                next => v = next,
            }
        }
    }

    fn unite(&mut self, a: ValueId, b: ValueId) {
        if let (Some(a), Some(b)) = (self.root(a), self.root(b)) {
            self.0.insert(a, b);
        }
    }
}

/// The edges' arguments with the parameters they go to.
fn passed(unit: &Unit, b: BlockId) -> Vec<(ValueId, ValueId)> {
    let pairs = |e: &&crate::hir::Edge| -> Vec<(ValueId, ValueId)> {
        unit.block(e.to).params.iter().copied().zip(e.args.iter().copied()).collect()
    };
    unit.edges(b).iter().flat_map(pairs).collect()
}

/// The first register that a window of a call or of an inlined frame may overlap.
fn first_lent(unit: &Unit, order: &[BlockId]) -> i64 {
    let header = i64::from(FRAME_HEADER);
    let inlined = unit.frames.iter().skip(1).map(|f| f.offset as i64 - header);
    let insts = order.iter().flat_map(|&b| &unit.block(b).insts).map(|&v| unit.inst(v));
    let called = insts.filter_map(|i| match i.op {
        Op::Step | Op::NextParts | Op::Send => Some(0),
        Op::CallAny | Op::CallDirect => Some(i.imm2 - header),
        _ => None,
    });
    inlined.chain(called).min().unwrap_or(i64::MAX)
}

fn find(unit: &Unit, order: &[BlockId]) -> (Groups, HashMap<ValueId, Group>) {
    let params = order.iter().skip(1).flat_map(|&b| &unit.block(b).params);
    let mut groups = Groups(params.filter(|p| unit.ty(**p) == Ty::Any).map(|&p| (p, p)).collect());
    for &b in order {
        passed(unit, b).into_iter().for_each(|(p, a)| groups.unite(a, p));
    }
    let mut found: HashMap<ValueId, Group> = HashMap::default();
    let of = |found: &mut HashMap<ValueId, Group>, v: ValueId, note: &dyn Fn(&mut Group)| {
        if let Some(root) = groups.root(v) {
            note(found.entry(root).or_default());
        }
    };
    for &b in order {
        let block = unit.block(b);
        let ends = match block.term {
            Term::Return(v, s) => (Some(v), Some(s)),
            Term::Exit(s, _) => (None, Some(s)),
            Term::Branch(v, ..) => (Some(v), None),
            _ => (None, None),
        };
        let insts = block.insts.iter().map(|&v| unit.inst(v));
        let operands = insts.clone().flat_map(|i| &i.args).chain(ends.0.as_ref());
        operands.for_each(|&v| of(&mut found, v, &|g| g.used = true));
        for state in insts.filter_map(|i| i.state).chain(ends.1) {
            for &(home, v) in &unit.states[state.0 as usize].writes {
                of(&mut found, v, &|g| _ = g.homes.insert(home));
            }
        }
        for (p, a) in passed(unit, b) {
            if groups.root(a).is_some() {
                continue;
            }
            let given = unit.inst(a);
            of(&mut found, p, &|g| match given.op {
                Op::BoxFloat => g.boxes = true,
                Op::ConstValue => {}
                Op::LoadReg => _ = g.registers.insert(given.imm),
                _ => g.used = true,
            });
        }
    }
    (groups, found)
}

pub fn run(unit: &mut Unit) {
    let order = unit.order();
    let (groups, found) = find(unit, &order);
    let lent = first_lent(unit, &order);
    let suits = |group: &Group| {
        let at_home = group.registers.iter().all(|&r| {
            r < lent && group.homes.iter().all(|&h| matches!(h, Home::Reg(home) if i64::from(home) == r))
        });
        group.boxes && !group.used && at_home
    };
    let chosen = |p: ValueId| groups.root(p).and_then(|root| found.get(&root)).is_some_and(suits);
    let params: HashSet<ValueId> = groups.0.keys().copied().filter(|&p| chosen(p)).collect();
    if params.is_empty() {
        return;
    }
    for &p in &params {
        unit.insts[p.0 as usize].ty = Ty::Float;
    }
    for b in order {
        let mut term = unit.block(b).term.clone();
        let edges: Vec<_> = match &mut term {
            Term::Jump(e) => vec![e],
            Term::Branch(_, yes, no) => vec![yes, no],
            _ => continue,
        };
        for edge in edges {
            for i in 0..edge.args.len() {
                if params.contains(&unit.block(edge.to).params[i]) {
                    edge.args[i] = unboxed(unit, b, edge.args[i]);
                }
            }
        }
        unit.blocks[b.0 as usize].term = term;
    }
}

/// A value as the float whose box it is, at the end of a block.
fn unboxed(unit: &mut Unit, b: BlockId, v: ValueId) -> ValueId {
    let given = unit.inst(v);
    match given.op {
        _ if given.ty == Ty::Float => v,
        Op::BoxFloat => given.args[0],
        _ => {
            let inst =
                Inst { op: Op::FloatOfBox, ty: Ty::Float, args: vec![v], imm: 0, imm2: 0, state: None };
            unit.insts.push(inst);
            let float = ValueId(unit.insts.len() as u32 - 1);
            unit.blocks[b.0 as usize].insts.push(float);
            float
        }
    }
}
