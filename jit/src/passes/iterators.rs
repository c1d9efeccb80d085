//! Iterators that only a loop steps become numbers: where a range, a list or a counter stands.
//!
//! ```hir before
//! bb0(v0: Int):
//!     v1: Int = ConstInt #0
//!     v2: Int = ConstInt #1
//!     v3: Any = Make v1 v0 v2 MakeRangeIter
//!     jump bb1(v1)
//! bb1(v4: Int):
//!     Poll [fs0]
//!     v5: Bool = RangeHas v3
//!     branch v5 bb2() else bb3()
//! bb2():
//!     v6: Int = RangeAdvance v3 [fs0]
//!     v7: Int = AddInt v4 v6 [fs1]
//!     jump bb1(v7)
//! bb3():
//!     exit done [fs2]
//!   fs0: pc 4 r1=v4 r2=v3
//!   fs1: pc 5 r1=v4 r2=v3
//!   fs2: pc 6 r1=v4
//! ```
//! ```hir after
//! bb0(v0: Int):
//!     v1: Int = ConstInt #0
//!     v2: Int = ConstInt #1
//!     jump bb1(v1, v1)
//! bb1(v4: Int, v8: Int):
//!     Poll [fs3]
//!     v5: Bool = CmpInt v8 v0
//!     branch v5 bb2() else bb3()
//! bb2():
//!     v6: Int = Bounded v8 v1 v0
//!     v9: Int = AddInt v6 v2 #1 [fs3]
//!     v7: Int = AddInt v4 v6 [fs4]
//!     jump bb1(v7, v9)
//! bb3():
//!     exit done [fs2]
//!   sunk v10: Any = Make v8 v0 v2 MakeRangeIter
//!   sunk v12: Any = Make v9 v0 v2 MakeRangeIter
//!   fs2: pc 6 r1=v4
//!   fs3: pc 4 r1=v4 r2=v10
//!   fs4: pc 5 r1=v4 r2=v12
//! ```
//!
//! Sound because nothing but the steps sees the object: exits make one that stands at the same place ([`super::sinking`]). An exit that comes back
//! (a caught exception, the end of a frame) would make another one each time, and so would a second home of the same object; such
//! iterators stay. Of the iterator that a loop was entered with, exits move the object instead, and so do returns, since others may have it. Where paths meet the numbers become block parameters, as in any construction of SSA form (Braun et al., "Simple
//! and Efficient Construction of Static Single Assignment Form", 2013).

use crate::hir::helpers::Helper;
use crate::hir::{BlockId, Effect, Home, Inst, Op, Sequence, StateId, Term, Ty, Unit, ValueId};
use adder_interp::object::shape::shape_id;
use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

/// Where a list iterator stands that has ended.
const ENDED: i64 = -1;
const LESS: i64 = 0;
const GREATER: i64 = 4;

/// Which iterator an instruction makes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Range,
    List,
    Sequence(Sequence),
    Enumerate,
    Zip,
    /// A range or list iterator in a register that a loop was entered with.
    EnteredRange,
    EnteredList,
}

impl Kind {
    fn of(unit: &Unit, v: ValueId) -> Option<Kind> {
        let inst = unit.inst(v);
        if inst.op != Op::Make {
            return None;
        }
        match Helper::of(inst.imm) {
            Helper::MakeRangeIter => {
                let step = unit.inst(inst.args[2]);
                (step.op == Op::ConstInt && step.imm != 0).then_some(Kind::Range)
            }
            // The builder has seen to it that the step is positive.
            Helper::MakeRangeIterUp => Some(Kind::Range),
            Helper::MakeListIter => Some(Kind::List),
            Helper::MakeTupleIter => Some(Kind::Sequence(Sequence::Tuple)),
            Helper::MakeBytesIter => Some(Kind::Sequence(Sequence::Bytes)),
            Helper::MakeByteArrayIter => Some(Kind::Sequence(Sequence::ByteArray)),
            Helper::MakeEnumerate => Some(Kind::Enumerate),
            Helper::MakeZip => Some(Kind::Zip),
            _ => None,
        }
    }

    /// Whether an instruction with such an iterator as its first operand is one of its steps.
    fn steps(self, user: &Inst) -> bool {
        use Op::{
            EnumerateNext, GuardShape, ListIterAdvance, ListIterDone, ListIterHas, RangeAdvance, RangeHas,
            SeqIterAdvance, SeqIterHas,
        };
        let (ops, shape): (&[Op], _) = match self {
            Kind::Range | Kind::EnteredRange => (&[RangeHas, RangeAdvance], shape_id::RANGE_ITERATOR),
            Kind::List | Kind::EnteredList => {
                (&[ListIterHas, ListIterAdvance, ListIterDone], shape_id::LIST_ITERATOR)
            }
            Kind::Sequence(s) => (&[SeqIterHas, SeqIterAdvance, ListIterDone], s.iterator_shape()),
            Kind::Enumerate => (&[EnumerateNext], shape_id::ENUMERATE),
            Kind::Zip => (&[], shape_id::ZIP),
        };
        ops.contains(&user.op)
            || self == Kind::EnteredRange && user.op == Op::GuardRangeUp
            || user.op == GuardShape && user.imm == i64::from(shape.0)
    }
}

pub fn run(unit: &mut Unit) {
    let order = unit.order();
    let mut found = candidates(unit, &order);
    found.extend(entered(unit, &order, &found));
    if found.is_empty() {
        return;
    }
    refuse(unit, &order, &mut found);
    if !found.is_empty() {
        Rewrite::new(unit, &order, found).run(&order);
    }
}

/// Everything that makes an iterator, and its block.
fn candidates(unit: &Unit, order: &[BlockId]) -> HashMap<ValueId, (Kind, BlockId)> {
    let insts = order.iter().flat_map(|&b| unit.block(b).insts.iter().map(move |&v| (b, v)));
    insts.filter_map(|(b, v)| Some((v, (Kind::of(unit, v)?, b)))).collect()
}

/// The iterator in a register that a loop without calls was entered with. An exit moves the object to where the loop has got to. There must
/// be no other name for the object, so it has to be the only one that is not made here.
fn entered(
    unit: &Unit,
    order: &[BlockId],
    found: &HashMap<ValueId, (Kind, BlockId)>,
) -> Option<(ValueId, (Kind, BlockId))> {
    let inside = || order[1..].iter().flat_map(|&b| unit.block(b).insts.iter().map(|&v| unit.inst(v)));
    if inside().any(|i| i.op.effect() == Effect::Call || i.op == Op::GuardLink) {
        return None;
    }
    let steps = |i: &&Inst| {
        matches!(i.op, Op::RangeHas | Op::ListIterHas | Op::SeqIterHas) && !found.contains_key(&i.args[0])
    };
    let iterator = inside().find(steps)?.args[0];
    let load = unit.inst(iterator);
    let home = Home::Reg(u16::try_from(load.imm).ok()?);
    let first = unit.block(order[0]);
    let has = |op: Op, imm: i64| {
        first
            .insts
            .iter()
            .map(|&v| unit.inst(v))
            .any(|i| i.op == op && i.imm == imm && i.args[..] == [iterator])
    };
    let kind = match () {
        () if has(Op::GuardRangeUp, 0) => Kind::EnteredRange,
        () if has(Op::GuardShape, i64::from(shape_id::LIST_ITERATOR.0)) => Kind::EnteredList,
        () => return None,
    };
    let others = inside().filter(steps).any(|i| i.args[0] != iterator);
    let stored = inside().any(|i| i.op == Op::StoreReg && i.imm == load.imm);
    let rewritten = unit.states.iter().any(|s| s.writes.iter().any(|w| w.0 == home && w.1 != iterator));
    let loaded = load.op == Op::LoadReg && first.insts.contains(&iterator);
    (loaded && !others && !stored && !rewritten).then_some((iterator, (kind, order[0])))
}

/// Takes away the iterators that something else sees.
fn refuse(unit: &Unit, order: &[BlockId], found: &mut HashMap<ValueId, (Kind, BlockId)>) {
    let mut refused: HashSet<ValueId> = HashSet::default();
    let caught: HashSet<BlockId> =
        order.iter().flat_map(|&b| unit.block(b).catches.iter().copied()).collect();
    let mut uses: HashMap<ValueId, HashSet<BlockId>> = HashMap::default();
    let mut parts: Vec<(ValueId, ValueId)> = Vec::new();
    for &b in order {
        let block = unit.block(b);
        for &v in &block.insts {
            let inst = unit.inst(v);
            for (i, &a) in inst.args.iter().enumerate() {
                let Some(&(kind, _)) = found.get(&a) else { continue };
                uses.entry(a).or_default().insert(b);
                if found.get(&v).is_some_and(|f| matches!(f.0, Kind::Enumerate | Kind::Zip)) {
                    parts.push((v, a));
                } else if i > 0 || !kind.steps(inst) {
                    refused.insert(a);
                }
            }
            if let Some(s) = inst.state {
                let returns = unit.states[s.0 as usize].catch.is_some() || inst.op == Op::GuardLink;
                note_state(unit, s, found, &mut refused, returns, &mut uses, b);
            }
        }
        unit.edges(b).iter().for_each(|e| refused.extend(&e.args));
        match block.term {
            Term::Return(v, s) => {
                refused.insert(v);
                note_state(unit, s, found, &mut refused, true, &mut uses, b);
            }
            Term::Exit(s, _) => note_state(unit, s, found, &mut refused, false, &mut uses, b),
            _ => {}
        }
    }
    // An iterator inside another is where that one is, and only there.
    for &(whole, part) in &parts {
        if parts.iter().filter(|p| p.1 == part).count() > 1 {
            refused.insert(part);
        }
        let more = uses.get(&whole).cloned().unwrap_or_default();
        uses.entry(part).or_default().extend(more);
    }
    for (&v, &(_, home)) in &*found {
        if uses.get(&v).is_some_and(|at| crosses(unit, order, home, at, &caught)) {
            refused.insert(v);
        }
    }
    for (&whole, &(kind, _)) in &*found {
        let known = parts.iter().filter(|p| p.0 == whole).count();
        if kind == Kind::Enumerate && known != 1 || kind == Kind::Zip && known != 2 {
            refused.insert(whole);
        }
    }
    loop {
        let before = refused.len();
        for &(whole, part) in &parts {
            if refused.contains(&whole) || refused.contains(&part) {
                refused.extend([whole, part]);
            }
        }
        if refused.len() == before {
            break;
        }
    }
    found.retain(|v, _| !refused.contains(v));
}

/// Notes the iterators that a state wants; refuses those it wants twice, and all if the exit comes back.
fn note_state(
    unit: &Unit,
    s: StateId,
    found: &HashMap<ValueId, (Kind, BlockId)>,
    refused: &mut HashSet<ValueId>,
    returns: bool,
    uses: &mut HashMap<ValueId, HashSet<BlockId>>,
    b: BlockId,
) {
    let mut seen: HashSet<ValueId> = HashSet::default();
    let entered = |v: ValueId| matches!(found[&v].0, Kind::EnteredRange | Kind::EnteredList);
    let writes = &unit.states[s.0 as usize].writes;
    let mut work: Vec<ValueId> =
        writes.iter().map(|w| w.1).filter(|&v| found.contains_key(&v) && !entered(v)).collect();
    while let Some(v) = work.pop() {
        uses.entry(v).or_default().insert(b);
        if !seen.insert(v) || returns {
            refused.insert(v);
        }
        work.extend(unit.inst(v).args.iter().filter(|a| found.contains_key(a)));
    }
}

/// Whether a way from where an iterator is made to where it is used leads through a block that catches exceptions.
fn crosses(
    unit: &Unit,
    order: &[BlockId],
    home: BlockId,
    uses: &HashSet<BlockId>,
    caught: &HashSet<BlockId>,
) -> bool {
    if caught.is_empty() {
        return false;
    }
    let mut seen = HashSet::from_iter([home]);
    let mut work: Vec<BlockId> = uses.iter().copied().collect();
    while let Some(b) = work.pop() {
        if !seen.insert(b) {
            continue;
        }
        if caught.contains(&b) {
            return true;
        }
        work.extend(order.iter().filter(|&&p| unit.edges(p).iter().any(|e| e.to == b)));
    }
    false
}

struct Rewrite<'u> {
    unit: &'u mut Unit,
    found: HashMap<ValueId, (Kind, BlockId)>,
    preds: HashMap<BlockId, Vec<BlockId>>,
    /// Where an iterator stands at the end of a block that moves it, and at the start of blocks.
    at_end: HashMap<(ValueId, BlockId), ValueId>,
    at_start: HashMap<(ValueId, BlockId), ValueId>,
    /// Parameters of blocks that were added.
    added: Vec<(BlockId, ValueId)>,
    /// Where an instruction that moves an iterator leaves it.
    moved: HashMap<ValueId, ValueId>,
    states: HashMap<(StateId, Vec<ValueId>), StateId>,
    /// Iterators that exits make, by what they stand for and where they stand.
    made: HashMap<(ValueId, Vec<ValueId>), ValueId>,
    /// What an iterator was made of.
    sources: HashMap<ValueId, Vec<ValueId>>,
    /// The iterator that the loop was entered with, and its register.
    entered: Option<(ValueId, Home)>,
}

impl<'u> Rewrite<'u> {
    fn new(unit: &'u mut Unit, order: &[BlockId], found: HashMap<ValueId, (Kind, BlockId)>) -> Self {
        let mut preds: HashMap<BlockId, Vec<BlockId>> = HashMap::default();
        for &b in order {
            for e in unit.edges(b) {
                let of = preds.entry(e.to).or_default();
                if !of.contains(&b) {
                    of.push(b);
                }
            }
        }
        let (at_end, at_start, moved, states, made) = Default::default();
        let sources = found.keys().map(|&v| (v, unit.inst(v).args.clone())).collect();
        let added = Vec::new();
        let entered = None;
        Rewrite { unit, found, preds, at_end, at_start, added, moved, states, made, sources, entered }
    }

    fn run(&mut self, order: &[BlockId]) {
        let is_entered =
            |f: &(&ValueId, &(Kind, BlockId))| matches!(f.1.0, Kind::EnteredRange | Kind::EnteredList);
        if let Some((&v, &(kind, b))) = self.found.iter().find(is_entered) {
            self.enter(v, kind, b);
        }
        for &b in order {
            for v in self.unit.block(b).insts.clone() {
                self.announce(b, v);
            }
        }
        for &b in order {
            self.block(b);
        }
        self.drop_trivial();
    }

    fn add(&mut self, inst: Inst) -> ValueId {
        let v = ValueId(self.unit.insts.len() as u32);
        self.unit.insts.push(inst);
        v
    }

    /// Loads where the iterator stands that the loop was entered with.
    fn enter(&mut self, v: ValueId, kind: Kind, b: BlockId) {
        self.entered = Some((v, Home::Reg(self.unit.inst(v).imm as u16)));
        let insts = self.unit.block(b).insts.iter().rev();
        let state = insts.map(|&g| self.unit.inst(g)).find(|g| g.args[..] == [v] && g.state.is_some());
        let state = state.and_then(|g| g.state);
        let load = |this: &mut Self, op: Op, ty: Ty| {
            let state = state.filter(|_| op.effect() == Effect::Guard);
            let loaded = this.add(Inst { op, ty, args: vec![v], imm: 0, imm2: 0, state });
            this.unit.blocks[b.0 as usize].insts.push(loaded);
            loaded
        };
        let (start, source) = if kind == Kind::EnteredRange {
            let start = load(self, Op::RangeNext, Ty::Int);
            let stop = load(self, Op::RangeStop, Ty::Int);
            (start, vec![start, stop, load(self, Op::RangeStep, Ty::Int)])
        } else {
            let list = load(self, Op::ListOfIter, Ty::Any);
            (load(self, Op::ListIterNext, Ty::Int), vec![list])
        };
        self.sources.insert(v, source);
        self.moved.insert(v, start);
        self.at_end.insert((v, b), start);
    }

    fn constant(&mut self, i: i64) -> ValueId {
        self.add(Inst { op: Op::ConstInt, ty: Ty::Int, args: vec![], imm: i, imm2: 0, state: None })
    }

    /// Notes where an instruction leaves an iterator; the numbers get their operands later.
    fn announce(&mut self, b: BlockId, v: ValueId) {
        let inst = self.unit.inst(v);
        if let Some(&(kind, _)) = self.found.get(&v) {
            let start = match kind {
                Kind::Range => inst.args[0],
                Kind::Enumerate => inst.args[1],
                Kind::List | Kind::Sequence(_) => self.constant(0),
                Kind::Zip | Kind::EnteredRange | Kind::EnteredList => return,
            };
            self.moved.insert(v, start);
            self.at_end.insert((v, b), start);
            return;
        }
        let Some(&iterator) = inst.args.first().filter(|a| self.found.contains_key(a)) else { return };
        let next = match inst.op {
            Op::RangeAdvance | Op::ListIterAdvance | Op::SeqIterAdvance | Op::EnumerateNext => {
                let state = inst.state;
                self.add(Inst { op: Op::AddInt, ty: Ty::Int, args: vec![], imm: 1, imm2: 0, state })
            }
            Op::ListIterDone => self.constant(ENDED),
            _ => return,
        };
        self.moved.insert(v, next);
        self.at_end.insert((iterator, b), next);
    }

    /// Where an iterator stands when a block ends.
    fn end_of(&mut self, iterator: ValueId, b: BlockId) -> ValueId {
        match self.at_end.get(&(iterator, b)) {
            Some(&v) => v,
            None => self.start_of(iterator, b),
        }
    }

    /// Where an iterator stands when a block begins.
    fn start_of(&mut self, iterator: ValueId, b: BlockId) -> ValueId {
        if let Some(&v) = self.at_start.get(&(iterator, b)) {
            return v;
        }
        let preds = self.preds.get(&b).cloned().unwrap_or_default();
        if let [only] = preds[..] {
            let v = self.end_of(iterator, only);
            self.at_start.insert((iterator, b), v);
            return v;
        }
        let param = self.add(Inst { op: Op::Param, ty: Ty::Int, args: vec![], imm: 0, imm2: 0, state: None });
        self.at_start.insert((iterator, b), param);
        let values: Vec<ValueId> = preds.iter().map(|&p| self.end_of(iterator, p)).collect();
        self.unit.blocks[b.0 as usize].params.push(param);
        for (p, v) in preds.into_iter().zip(values) {
            for_edges(&mut self.unit.blocks[p.0 as usize].term, b, |e| e.args.push(v));
        }
        self.added.push((b, param));
        param
    }

    fn block(&mut self, b: BlockId) {
        let insts = std::mem::take(&mut self.unit.blocks[b.0 as usize].insts);
        let mut kept = Vec::with_capacity(insts.len());
        // Where the iterators stand that have been moved in this block.
        let mut here: HashMap<ValueId, ValueId> = HashMap::default();
        for v in insts {
            if let Some(s) = self.unit.inst(v).state {
                let s = self.state(s, b, &here);
                self.unit.insts[v.0 as usize].state = Some(s);
            }
            let entering = self.entered.filter(|_| b.0 == 0).map(|e| e.0);
            if entering == Some(v)
                || entering.is_some() && self.unit.inst(v).args.first().copied() == entering
            {
                kept.push(v);
                continue;
            }
            if self.found.contains_key(&v) {
                if let Some(&start) = self.moved.get(&v) {
                    if matches!(self.found[&v].0, Kind::List | Kind::Sequence(_)) {
                        kept.push(start);
                    }
                    here.insert(v, start);
                }
                continue;
            }
            let first = self.unit.inst(v).args.first().copied();
            match first.filter(|a| self.found.contains_key(a)) {
                Some(iterator) => self.step(v, iterator, b, &mut here, &mut kept),
                None => kept.push(v),
            }
        }
        self.unit.blocks[b.0 as usize].insts = kept;
        let mut term = self.unit.block(b).term.clone();
        if let Term::Exit(s, _) | Term::Return(_, s) = &mut term {
            *s = self.state(*s, b, &here);
        }
        if let (Term::Return(..), Some((v, _)), 1..) = (&term, self.entered, b.0) {
            // The frame goes, but others may have the iterator.
            let (helper, args) = self.stand(v, b, &here);
            let (imm, imm2) = (helper as i64, 0);
            let moved = self.add(Inst { op: Op::Change, ty: Ty::None, args, imm, imm2, state: None });
            self.unit.blocks[b.0 as usize].insts.push(moved);
        }
        self.unit.blocks[b.0 as usize].term = term;
    }

    /// What moves the iterator that the loop was entered with to where it stands here.
    fn stand(&mut self, v: ValueId, b: BlockId, here: &HashMap<ValueId, ValueId>) -> (Helper, Vec<ValueId>) {
        let place = self.place(v, b, here);
        match self.found[&v].0 {
            Kind::EnteredRange => (Helper::StandRangeIter, vec![v, place, self.sources[&v][1]]),
            _ => (Helper::StandListIter, vec![v, place]),
        }
    }

    fn place(&mut self, iterator: ValueId, b: BlockId, here: &HashMap<ValueId, ValueId>) -> ValueId {
        here.get(&iterator).copied().unwrap_or_else(|| self.start_of(iterator, b))
    }

    /// Replaces a step.
    fn step(
        &mut self,
        v: ValueId,
        iterator: ValueId,
        b: BlockId,
        here: &mut HashMap<ValueId, ValueId>,
        kept: &mut Vec<ValueId>,
    ) {
        let op = self.unit.inst(v).op;
        if op == Op::GuardShape {
            return;
        }
        let at = self.place(iterator, b, here);
        let state = self.unit.inst(v).state;
        let source = self.sources[&iterator].clone();
        let entered = self.entered.is_some_and(|e| e.0 == iterator);
        let backward = match op {
            Op::RangeHas | Op::RangeAdvance => {
                let step = self.unit.inst(source[2]);
                step.op == Op::ConstInt && step.imm < 0
            }
            _ => false,
        };
        let own = self.unit.inst(v).imm;
        let (op, args, imm) = match op {
            Op::RangeHas => (Op::CmpInt, vec![at, source[1]], if backward { GREATER } else { LESS }),
            Op::RangeAdvance => (Op::Bounded, vec![at, source[0], source[1]], i64::from(backward)),
            Op::ListIterHas => {
                let args = vec![source[0]];
                let len = self.add(Inst { op: Op::ListLen, ty: Ty::Int, args, imm: 0, imm2: 0, state: None });
                kept.push(len);
                // Unsigned, so that one that has ended has none.
                (Op::Below, vec![at, len], 0)
            }
            Op::ListIterAdvance => (Op::ListItem, vec![source[0], at], 0),
            Op::SeqIterHas => {
                let args = vec![source[0]];
                let len =
                    self.add(Inst { op: Op::SeqLen, ty: Ty::Int, args, imm: own, imm2: 0, state: None });
                kept.push(len);
                (Op::Below, vec![at, len], 0)
            }
            Op::SeqIterAdvance => (Op::SeqItem, vec![source[0], at], own),
            Op::EnumerateNext => (Op::Bounded, vec![at, source[1]], 2),
            _ => {
                let next = self.moved[&v];
                kept.push(next);
                here.insert(iterator, next);
                return;
            }
        };
        let inst = &mut self.unit.insts[v.0 as usize];
        (inst.op, inst.args, inst.imm, inst.state) = (op, args, imm, None);
        kept.push(v);
        if let Some(&next) = self.moved.get(&v) {
            let (step, safe) = match op {
                Op::Bounded if imm < 2 => {
                    let step = self.unit.inst(source[2]);
                    let one = step.op == Op::ConstInt && step.imm.unsigned_abs() == 1;
                    (source[2], entered || one)
                }
                _ => {
                    let one = self.constant(1);
                    kept.push(one);
                    (one, true)
                }
            };
            let inst = &mut self.unit.insts[next.0 as usize];
            inst.args = vec![if matches!(op, Op::ListItem | Op::SeqItem) { at } else { v }, step];
            (inst.imm, inst.state) = (i64::from(safe), state);
            kept.push(next);
            here.insert(iterator, next);
        }
    }

    /// A frame state with iterators that stand where they do here.
    fn state(&mut self, s: StateId, b: BlockId, here: &HashMap<ValueId, ValueId>) -> StateId {
        let writes = self.unit.states[s.0 as usize].writes.iter();
        let mut wanted: Vec<ValueId> = writes.map(|w| w.1).filter(|v| self.found.contains_key(v)).collect();
        let entered = self.entered.filter(|_| b.0 != 0);
        if b.0 == 0 {
            wanted.retain(|&v| Some(v) != self.entered.map(|e| e.0));
        } else if let Some((v, _)) = entered.filter(|e| !wanted.contains(&e.0)) {
            wanted.push(v);
        }
        if wanted.is_empty() {
            return s;
        }
        let made: Vec<ValueId> = wanted.iter().map(|&v| self.make(v, b, here)).collect();
        if let Some(&known) = self.states.get(&(s, made.clone())) {
            return known;
        }
        let mut state = self.unit.states[s.0 as usize].clone();
        for (_, v) in &mut state.writes {
            if let Some(i) = wanted.iter().position(|w| w == v) {
                *v = made[i];
            }
        }
        if let Some((v, home)) = entered
            && !state.writes.iter().any(|w| w.0 == home)
        {
            let i = wanted.iter().position(|&w| w == v).expect("wanted everywhere");
            state.writes.push((home, made[i]));
        }
        self.unit.states.push(state);
        let new = StateId(self.unit.states.len() as u32 - 1);
        self.states.insert((s, made), new);
        new
    }

    /// The iterator that an exit here makes.
    fn make(&mut self, v: ValueId, b: BlockId, here: &HashMap<ValueId, ValueId>) -> ValueId {
        let inst = self.unit.inst(v).clone();
        let (helper, args) = match self.found[&v].0 {
            Kind::Range => (Helper::MakeRangeIter, vec![self.place(v, b, here), inst.args[1], inst.args[2]]),
            Kind::EnteredRange | Kind::EnteredList => self.stand(v, b, here),
            Kind::List => (Helper::MakeListIterAt, vec![inst.args[0], self.place(v, b, here)]),
            Kind::Sequence(_) => (Helper::MakeSequenceIterAt, vec![inst.args[0], self.place(v, b, here)]),
            Kind::Enumerate => {
                let inner = self.make(inst.args[0], b, here);
                (Helper::MakeEnumerate, vec![inner, self.place(v, b, here)])
            }
            Kind::Zip => {
                let parts = inst.args.iter().map(|&a| self.make(a, b, here)).collect();
                (Helper::MakeZip, parts)
            }
        };
        if let Some(&known) = self.made.get(&(v, args.clone())) {
            return known;
        }
        let made =
            self.add(Inst { op: Op::Make, args: args.clone(), imm: helper as i64, state: None, ..inst });
        self.made.insert((v, args), made);
        made
    }

    /// Removes parameters that get one value only.
    fn drop_trivial(&mut self) {
        let mut same: HashMap<ValueId, ValueId> = HashMap::default();
        let resolve = |same: &HashMap<ValueId, ValueId>, mut v: ValueId| {
            while let Some(&to) = same.get(&v) {
                v = to;
            }
            v
        };
        loop {
            let before = self.added.len();
            for (b, param) in std::mem::take(&mut self.added) {
                let block = self.unit.block(b);
                let Some(at) = block.params.iter().position(|&p| p == param) else { continue };
                let mut given: Vec<ValueId> = Vec::new();
                for &p in &self.preds[&b] {
                    for e in self.unit.edges(p).into_iter().filter(|e| e.to == b) {
                        given.push(resolve(&same, e.args[at]));
                    }
                }
                given.retain(|&v| v != param);
                given.dedup();
                let [only] = given[..] else {
                    self.added.push((b, param));
                    continue;
                };
                self.unit.blocks[b.0 as usize].params.remove(at);
                for p in self.preds[&b].clone() {
                    for_edges(&mut self.unit.blocks[p.0 as usize].term, b, |e| {
                        e.args.remove(at);
                    });
                }
                same.insert(param, only);
            }
            if self.added.len() == before {
                break;
            }
        }
        let same: HashMap<ValueId, ValueId> = same.keys().map(|&v| (v, resolve(&same, v))).collect();
        super::value_numbering::rename(self.unit, &same);
    }
}

/// Calls `f` with each edge of a terminator that leads to `to`.
fn for_edges(term: &mut Term, to: BlockId, mut f: impl FnMut(&mut crate::hir::Edge)) {
    match term {
        Term::Jump(e) if e.to == to => f(e),
        Term::Branch(_, yes, no) => [yes, no].into_iter().filter(|e| e.to == to).for_each(f),
        _ => {}
    }
}
