//! Ranges of ints: overflow checks, negative indices and checks of word size that cannot matter are dropped.
//!
//! ```hir before
//! bb0(v0: Any, v1: Any):
//!     v2: Int = GuardInt v1 [fs0]
//!     v3: Int = AddInt v2 v2 [fs0]
//!     v4: Int = ConstInt #255
//!     v5: Int = AndInt v3 v4
//!     v6: Any = ListGet v0 v5 [fs0]
//!     return v6 [fs0]
//! ```
//! ```hir after
//! bb0(v0: Any, v1: Any):
//!     v2: Int = GuardInt v1 [fs0]
//!     v3: Int = AddInt v2 v2 #1 [fs0]
//!     v4: Int = ConstInt #255
//!     v5: Int = AndInt v3 v4
//!     v6: Any = ListGet v0 v5 @1 [fs0]
//!     return v6 [fs0]
//! ```
//!
//! Where only the low bits of a number count, no check for overflow is needed either:
//!
//! ```hir before
//! bb0(v0: Any, v1: Any):
//!     v2: Int = GuardLongInt v0 [fs0]
//!     v3: Int = GuardLongInt v1 [fs0]
//!     v4: Int = MulInt v2 v3 [fs0]
//!     v5: Int = AddInt v4 v2 [fs0]
//!     v6: Int = ConstInt #4294967295
//!     v7: Int = AndInt v5 v6
//!     v8: Any = BoxInt v7
//!     return v8 [fs0]
//!   fs0: pc 7
//! ```
//! ```hir after
//! bb0(v0: Any, v1: Any):
//!     v2: Int = GuardLongInt v0 [fs0]
//!     v3: Int = GuardLongInt v1 [fs0]
//!     v4: Int = MulInt v2 v3 #1 [fs0]
//!     v5: Int = AddInt v4 v2 #1 [fs0]
//!     v6: Int = ConstInt #4294967295
//!     v7: Int = AndInt v5 v6
//!     v8: Any = BoxInt v7 #1
//!     return v8 [fs0]
//!   fs0: pc 7
//! ```
//!
//! Each int has an interval, found by iterating over the blocks; a bound of a loop variable that still moves after a few rounds
//! is given up. Intervals only say what holds where the instruction has been passed, which is all that its users rely on. The finding is
//! immediate 1 of arithmetic and of `BoxInt` (nothing can go wrong) and `imm2` 1 of items (the index is not negative).

use crate::hir::helpers::Helper;
use crate::hir::{BlockId, Op, Sequence, Term, Ty, Unit, ValueId};
use adder_interp::value::{SMALL_INT_MAX, SMALL_INT_MIN};
use adder_interp::vm::planted::{Bug, planted};
use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

/// Bounds, both included.
type Range = (i128, i128);

const FULL: Range = (i64::MIN as i128, i64::MAX as i128);
const SMALL: Range = (SMALL_INT_MIN as i128, SMALL_INT_MAX as i128);
/// Rounds after which bounds that move are given up.
const ROUNDS: usize = 4;

fn fits(r: Range) -> bool {
    FULL.0 <= r.0 && r.1 <= FULL.1
}

struct Ranges<'u> {
    unit: &'u Unit,
    /// Numbers of which only the low bits count.
    low: &'u HashSet<ValueId>,
    of: HashMap<ValueId, Range>,
}

impl Ranges<'_> {
    fn get(&self, v: ValueId) -> Option<Range> {
        let inst = self.unit.inst(v);
        match inst.ty {
            Ty::Int => self.of.get(&v).copied(),
            Ty::Word => Some((0, u64::MAX as i128)),
            _ => Some((i128::MIN / 4, i128::MAX / 4)),
        }
    }

    /// The exact result of an operation without regard to size; `None` while an operand is unknown.
    fn result(&self, v: ValueId) -> Option<Range> {
        let inst = self.unit.inst(v);
        let arg = |i: usize| self.get(inst.args[i]);
        let corners = |x: Range, y: Range, f: &dyn Fn(i128, i128) -> i128| {
            let all = [f(x.0, y.0), f(x.0, y.1), f(x.1, y.0), f(x.1, y.1)];
            (all.into_iter().min().unwrap_or(FULL.0), all.into_iter().max().unwrap_or(FULL.1))
        };
        Some(match inst.op {
            Op::ConstInt => (inst.imm.into(), inst.imm.into()),
            Op::GuardInt => SMALL,
            Op::AddInt => corners(arg(0)?, arg(1)?, &|a, b| a + b),
            Op::SubInt => corners(arg(0)?, arg(1)?, &|a, b| a - b),
            Op::MulInt => corners(arg(0)?, arg(1)?, &|a, b| a.saturating_mul(b)),
            Op::NegInt => arg(0).map(|(lo, hi)| (-hi, -lo))?,
            Op::NotInt => arg(0).map(|(lo, hi)| (-hi - 1, -lo - 1))?,
            Op::AndInt => self.and(arg(0)?, arg(1)?),
            Op::OrInt | Op::XorInt => {
                let (x, y) = (arg(0)?, arg(1)?);
                if x.0 < 0 || y.0 < 0 { self.bits_around(x, y) } else { (0, mask_of(x.1 | y.1)) }
            }
            Op::ShrInt | Op::ShrWord => {
                let (x, y) = (arg(0)?, arg(1)?);
                let y = (y.0.clamp(0, 63), y.1.clamp(0, 63));
                corners(x, y, &|a, b| a >> b)
            }
            Op::ShlInt => {
                let (x, y) = (arg(0)?, arg(1)?);
                if y.0 < 0 || y.1 > 63 { FULL } else { corners(x, y, &|a, b| a << b) }
            }
            Op::ModInt | Op::ModWord => match arg(1)? {
                (lo, hi) if lo > 0 => (0, hi - 1),
                (lo, hi) => (lo.min(0), hi.max(0)),
            },
            Op::FloorDivInt | Op::FloorDivWord => match (arg(0)?, arg(1)?) {
                (x, y) if y.0 > 0 => corners(x, y, &|a, b| a.div_euclid(b)),
                _ => FULL,
            },
            Op::ByteGet => (0, 255),
            Op::CharOf => (-2, 255),
            Op::SeqIterAdvance | Op::SeqItem if Sequence::of(inst.imm) != Sequence::Tuple => (0, 255),
            Op::Length | Op::IntOfWord => (0, FULL.1),
            Op::Bounded => match (inst.imm, arg(1)?) {
                (0, start) => (start.0, (arg(2)?.1 - 1).max(start.0)),
                (1, start) => ((arg(2)?.0 + 1).min(start.1), start.1),
                // More items than that do not fit into memory.
                (_, start) => (start.0, if start.1 < 1 << 40 { SMALL.1 } else { FULL.1 }),
            },
            Op::ListLen | Op::SeqLen | Op::ListIterNext => (0, 1 << 48),
            Op::RangeNext => self.items(inst.args[0])?,
            Op::RangeStop => SMALL,
            Op::RangeAdvance => self.items(inst.args[0])?,
            _ => FULL,
        })
    }

    fn and(&self, x: Range, y: Range) -> Range {
        match (x.0 >= 0, y.0 >= 0) {
            (true, true) => (0, x.1.min(y.1)),
            (true, false) => (0, x.1),
            (false, true) => (0, y.1),
            (false, false) => self.bits_around(x, y),
        }
    }

    /// All numbers of as many bits as the operands have.
    fn bits_around(&self, x: Range, y: Range) -> Range {
        let magnitude = [x.0, y.0].map(|i| if i < 0 { -i - 1 } else { i });
        let most = mask_of(magnitude[0] | magnitude[1] | x.1.max(0) | y.1.max(0));
        (-most - 1, most)
    }

    /// What a range iterator yields.
    fn items(&self, iterator: ValueId) -> Option<Range> {
        let inst = self.unit.inst(iterator);
        let up = inst.imm == Helper::MakeRangeIterUp as i64;
        if inst.op == Op::Make && (up || inst.imm == Helper::MakeRangeIter as i64) {
            let [start, stop, step] = [0, 1, 2].map(|i| self.get(inst.args[i]));
            let (start, stop, step) = (start?, stop?, step?);
            if up || step.0 > 0 {
                return Some((start.0, (stop.1 - 1).max(start.0)));
            }
            if step.1 < 0 {
                return Some(((stop.0 + 1).min(start.1), start.1));
            }
        }
        let upward = |i: &crate::hir::Inst| i.op == Op::GuardRangeUp && i.args[0] == iterator;
        Some(if self.unit.insts.iter().any(upward) { (0, FULL.1) } else { FULL })
    }
}

/// The smallest number of ones that covers `i`.
fn mask_of(i: i128) -> i128 {
    if i <= 0 { 0 } else { (1 << (128 - i.leading_zeros()).min(126)) - 1 }
}

/// Whether the low bits of the result depend on those of the operand alone.
fn keeps_low_bits(op: Op, operand: usize) -> bool {
    use Op::*;
    matches!(op, AddInt | SubInt | MulInt | AndInt | OrInt | XorInt | NotInt) || op == ShlInt && operand == 0
}

/// Results of such instructions that end in masks: what is beyond the word does not matter to anybody. No frame state names them.
fn only_low_bits(unit: &Unit, order: &[BlockId]) -> HashSet<ValueId> {
    let mut whole: HashSet<ValueId> = HashSet::default();
    for &b in order {
        let block = unit.block(b);
        let end = match &block.term {
            Term::Return(v, s) => (Some(*v), Some(*s)),
            Term::Exit(s, _) => (None, Some(*s)),
            Term::Branch(v, ..) => (Some(*v), None),
            _ => (None, None),
        };
        whole.extend(end.0);
        unit.edges(b).iter().for_each(|e| whole.extend(&e.args));
        for state in block.insts.iter().filter_map(|&v| unit.inst(v).state).chain(end.1) {
            whole.extend(unit.states[state.0 as usize].writes.iter().map(|w| w.1));
        }
    }
    let mut low: HashSet<ValueId> = HashSet::default();
    // Users before what they use: the order is that of dominance.
    for &v in order.iter().rev().flat_map(|&b| unit.block(b).insts.iter().rev()) {
        let inst = unit.inst(v);
        if inst.ty == Ty::Int && keeps_low_bits(inst.op, 0) && !whole.contains(&v) {
            low.insert(v);
        }
        let masks = |other: ValueId| matches!(unit.inst(other), i if i.op == Op::ConstInt && i.imm >= 0);
        for (i, &arg) in inst.args.iter().enumerate() {
            let masked = inst.op == Op::AndInt && inst.ty == Ty::Int && masks(inst.args[1 - i]);
            if !(masked || low.contains(&v) && keeps_low_bits(inst.op, i)) {
                whole.insert(arg);
            }
        }
    }
    low
}

/// Intervals of the unit's ints.
fn find(unit: &Unit, order: &[BlockId], low: &HashSet<ValueId>) -> HashMap<ValueId, Range> {
    let mut ranges = Ranges { unit, low, of: HashMap::default() };
    let mut changed = true;
    let mut round = 0;
    while changed {
        changed = false;
        round += 1;
        for &b in order {
            for &v in &unit.block(b).insts {
                if unit.ty(v) == Ty::Int
                    && let Some(r) = ranges.result(v)
                {
                    let r = if ranges.low.contains(&v) && !fits(r) { FULL } else { r };
                    // Behind the instruction the result fits, or it has left.
                    let r = (r.0.clamp(FULL.0, FULL.1), r.1.clamp(FULL.0, FULL.1));
                    ranges.of.insert(v, r);
                }
            }
            for e in unit.edges(b) {
                for (&p, &a) in unit.block(e.to).params.iter().zip(&e.args) {
                    if unit.ty(p) != Ty::Int {
                        continue;
                    }
                    let Some(r) = ranges.get(a) else { continue };
                    let old = ranges.of.get(&p).copied();
                    let mut new = old.map_or(r, |o| (o.0.min(r.0), o.1.max(r.1)));
                    if let Some(old) = old.filter(|_| round > ROUNDS) {
                        new = (
                            if new.0 < old.0 { FULL.0 } else { new.0 },
                            if new.1 > old.1 { FULL.1 } else { new.1 },
                        );
                    }
                    if old != Some(new) {
                        ranges.of.insert(p, new);
                        changed = true;
                    }
                }
            }
        }
    }
    ranges.of
}

pub fn run(unit: &mut Unit) {
    let order = unit.order();
    let low = &only_low_bits(unit, &order);
    let of = find(unit, &order, low);
    let ranges = Ranges { unit, low, of };
    let mut safe = Vec::new();
    let mut from_start = Vec::new();
    let mut words = Vec::new();
    for block in &unit.blocks {
        for &v in &block.insts {
            let inst = unit.inst(v);
            let arg = |i: usize| ranges.get(inst.args[i]).unwrap_or(FULL);
            let good = match inst.op {
                Op::AddInt | Op::SubInt | Op::MulInt | Op::NegInt => {
                    low.contains(&v) || ranges.result(v).is_some_and(fits)
                }
                Op::ShlInt => {
                    let fits = low.contains(&v) || ranges.result(v).is_some_and(fits);
                    arg(1).0 >= 0 && arg(1).1 <= 63 && fits
                }
                Op::ShrInt => arg(1).0 >= 0 && arg(1).1 <= 63,
                Op::BoxInt => {
                    SMALL.0 <= arg(0).0 && arg(0).1 <= SMALL.1 + i128::from(planted(Bug::RangeOffByOne))
                }
                Op::FloorDivInt | Op::ModInt => arg(0).0 >= 0 && arg(1).0 > 0,
                Op::TrueDivInt => {
                    let exact = |r: Range| -(1 << 53) <= r.0 && r.1 <= 1 << 53;
                    exact(arg(0)) && exact(arg(1)) && (arg(1).0 > 0 || arg(1).1 < 0)
                }
                _ => false,
            };
            if good {
                safe.push(v);
            }
            if matches!(inst.op, Op::ListGet | Op::ListSet | Op::TupleGet | Op::ByteGet | Op::ByteSet)
                && arg(1).0 >= 0
            {
                from_start.push(v);
            }
            if inst.op == Op::WordOfInt && arg(0).0 >= 0 {
                words.push(v);
            }
        }
    }
    for v in safe {
        unit.insts[v.0 as usize].imm = 1;
    }
    for v in from_start {
        unit.insts[v.0 as usize].imm2 = 1;
    }
    for v in words {
        let inst = &mut unit.insts[v.0 as usize];
        (inst.op, inst.state) = (Op::AsWord, None);
    }
}
