//! What can come next: the analysis that lets the matcher skip hopeless work.
//!
//! The one question is which units can begin what an instruction and its continuation match. The answer is a
//! superset: position tests and lookarounds are taken to hold. It is found by walking the instructions that can be
//! reached without consuming anything. From it follow
//!
//! - which alternatives of a branch are worth trying, by the next unit;
//! - whether a run can ever gain by giving back: not if no unit of the run can begin the continuation, because at
//!   every shorter length the next unit is one of the run;
//! - whether another iteration of a repeat, or its tail, is worth trying;
//! - where a search has to look (`Prefilter`).
//!
//! A body that is matched on its own (atomic groups, assertions) takes its first success and forgets its choices,
//! so inside it nothing may be skipped for the sake of what follows outside: seen from inside, its end admits
//! anything.

use crate::charset::CharSet;
use crate::opcodes::{MAX_REPEAT, Position};
use crate::program::{Disjoint, First, Inst, Item, Next, Parts, Pc, RegionKind};
use memchr::memmem;
use std::fmt;

/// Instructions one walk may visit before it gives up and admits anything.
const WALK_LIMIT: usize = 1024;

/// The most units of look-ahead of a [`Scan`].
pub(crate) const DEPTH: usize = 3;

/// How a search finds the places where an attempt is worth making.
pub(crate) enum Prefilter {
    /// Everywhere.
    None,
    /// Only at the beginning of the text.
    TextStart,
    /// Only at the beginning of a line.
    LineStart,
    /// Where this text occurs.
    Literal(Literal),
    /// Where the next units are right.
    Scan(Box<Scan>),
    /// The pattern begins with a run that can only end at one unit value outside of the run's set: where that unit
    /// occurs, going back over the run. The number is the run's.
    RunBefore { run: u32, stop: u32, otherwise: Box<Scan> },
}

/// A literal prefix.
pub(crate) struct Literal {
    pub units: Vec<u32>,
    /// The substring searcher, if all units are bytes.
    pub finder: Option<memmem::Finder<'static>>,
    /// The prefix is the whole pattern, and there are no groups in it.
    pub whole: bool,
}

/// Tables over the next few units. A place is worth trying if the bits for all of them have one in common. A bit
/// stands for one or more alternatives the pattern begins with.
pub(crate) struct Scan {
    /// How many units are looked at, at least one.
    pub depth: usize,
    /// By distance and unit value.
    pub bits: [[u8; 256]; DEPTH],
    /// By distance, for values above the tables.
    pub wide: [u8; DEPTH],
    /// The values of the first unit, if there are few.
    pub few: Option<Vec<u32>>,
    /// The run the pattern begins with, if it is unbounded: see `search::skip_run`.
    pub leading_run: Option<u32>,
}

impl fmt::Debug for Prefilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Prefilter::None => f.write_str("trying everywhere"),
            Prefilter::TextStart => f.write_str("trying at the start"),
            Prefilter::LineStart => f.write_str("trying at each line"),
            Prefilter::Literal(literal) => write!(f, "literal {:?}, whole: {}", literal.units, literal.whole),
            Prefilter::Scan(scan) => write!(f, "next {} units, first one of {:?}", scan.depth, scan.few),
            Prefilter::RunBefore { run, stop, .. } => write!(f, "run {run} before {stop}"),
        }
    }
}

impl First {
    pub(crate) const NOTHING: First = First { bits: [0; 4], wide: false, empty: false };
    pub(crate) const ANYTHING: First = First { bits: [u64::MAX; 4], wide: true, empty: true };

    fn add(&mut self, ch: u32) {
        match self.bits.get_mut(ch as usize >> 6) {
            Some(word) => *word |= 1 << (ch & 63),
            None => self.wide = true,
        }
    }

    fn add_item(&mut self, item: Item, sets: &[CharSet]) {
        let all_but = |first: &mut First, ch: u32| {
            let mut rest = First { empty: first.empty, ..First::ANYTHING };
            if let Some(word) = rest.bits.get_mut(ch as usize >> 6) {
                *word &= !(1 << (ch & 63));
            }
            for (word, more) in first.bits.iter_mut().zip(rest.bits) {
                *word |= more;
            }
            first.wide = true;
        };
        match item {
            Item::Never => {}
            Item::Any => all_but(self, u32::from(b'\n')),
            Item::AnyAll | Item::LocaleSet(_) => *self = First { empty: self.empty, ..First::ANYTHING },
            Item::Literal(ch) => self.add(ch),
            Item::NotLiteral(ch) => all_but(self, ch),
            Item::Set(set) => {
                let set = &sets[set as usize];
                for ch in (0..256).filter(|&ch| set.table[ch as usize]) {
                    self.add(ch);
                }
                self.wide |= !set.narrow();
            }
        }
    }

    fn of_item(item: Item, sets: &[CharSet]) -> First {
        let mut first = First::NOTHING;
        first.add_item(item, sets);
        first
    }

    /// The boxed form of a check that can fail.
    fn check(self) -> Option<Box<First>> {
        (!self.empty).then(|| Box::new(self))
    }

    fn disjoint(&self, other: &First) -> Disjoint {
        if self.empty || other.empty || self.bits.iter().zip(&other.bits).any(|(a, b)| a & b != 0) {
            Disjoint::No
        } else if self.wide && other.wide {
            Disjoint::Narrow
        } else {
            Disjoint::Always
        }
    }
}

/// The walk over instructions reachable without consuming.
struct Walker<'a> {
    parts: &'a Parts,
    /// The walk that saw each instruction last.
    seen: Vec<u32>,
    walk: u32,
    todo: Vec<Pc>,
}

impl<'a> Walker<'a> {
    fn new(parts: &'a Parts) -> Self {
        Walker { parts, seen: vec![0; parts.insts.len()], walk: 0, todo: Vec::new() }
    }

    /// What the text must go on with for the instructions from `start` on to match.
    fn first(&mut self, start: Pc) -> First {
        self.walk += 1;
        self.todo.clear();
        self.todo.push(start);
        let mut first = First::NOTHING;
        let mut visited = 0;
        while let Some(pc) = self.todo.pop() {
            if self.seen[pc as usize] == self.walk {
                continue;
            }
            self.seen[pc as usize] = self.walk;
            visited += 1;
            if visited > WALK_LIMIT || !self.step(start, pc, &mut first) {
                return First::ANYTHING;
            }
        }
        first
    }

    /// Adds what `pc` consumes to `first`, or what follows it to the work list. False if anything can come next.
    fn step(&mut self, start: Pc, pc: Pc, first: &mut First) -> bool {
        let parts = self.parts;
        match parts.insts[pc as usize] {
            Inst::Fail => {}
            Inst::Accept | Inst::GroupRef(..) => return false,
            Inst::RegionEnd(region) => {
                let region = &parts.regions[region as usize];
                if (region.body..region.after).contains(&start) {
                    return false;
                }
                self.todo.push(region.after);
                if region.kind == RegionKind::Possessive {
                    self.todo.push(region.body);
                }
            }
            Inst::One(item) => first.add_item(item, &parts.sets),
            Inst::Literals(at, _) => first.add(parts.literals[at as usize]),
            Inst::Mark(_) | Inst::At(_) => self.todo.push(pc + 1),
            Inst::Jump(target) => self.todo.push(target),
            Inst::Branch(branch) => self.todo.extend(&parts.branches[branch as usize].alternatives),
            Inst::IfGroup(_, target) => self.todo.extend([pc + 1, target]),
            Inst::Greedy(run) | Inst::Lazy(run) | Inst::Possessive(run) => {
                let run = &parts.runs[run as usize];
                if run.max > 0 {
                    first.add_item(run.item, &parts.sets);
                }
                if run.min == 0 {
                    self.todo.push(pc + 1);
                }
            }
            Inst::Repeat(number) => {
                let entered = &parts.loops[number as usize];
                self.todo.push(entered.body);
                if entered.min == 0 {
                    self.todo.push(entered.until + 1);
                }
            }
            Inst::MaxUntil(number) | Inst::MinUntil(number) => {
                self.todo.extend([parts.loops[number as usize].body, pc + 1]);
            }
            Inst::PossessiveRepeat(region) => {
                let region = &parts.regions[region as usize];
                self.todo.push(region.body);
                if region.min == 0 {
                    self.todo.push(region.after);
                }
            }
            Inst::Assert(region) | Inst::AssertNot(region) => {
                self.todo.push(parts.regions[region as usize].after)
            }
            Inst::Atomic(region) => self.todo.push(parts.regions[region as usize].body),
        }
        true
    }
}

/// Fills in the tables that depend on what follows, and chooses the search strategy.
pub(crate) fn complete(parts: &mut Parts) -> Prefilter {
    complete_branches(parts);
    complete_loops(parts);
    complete_runs(parts);
    prefilter(parts)
}

fn complete_branches(parts: &mut Parts) {
    let mut walker = Walker::new(parts);
    let firsts: Vec<Vec<First>> =
        parts.branches.iter().map(|b| b.alternatives.iter().map(|&pc| walker.first(pc)).collect()).collect();
    for (branch, firsts) in parts.branches.iter_mut().zip(firsts) {
        for (i, first) in firsts.iter().enumerate() {
            for (ch, mask) in branch.masks.iter_mut().enumerate() {
                *mask |= u64::from(first.admits(ch as u32)) << i;
            }
            branch.wide |= u64::from(first.wide) << i;
            branch.at_end |= u64::from(first.empty) << i;
        }
    }
}

fn complete_loops(parts: &mut Parts) {
    let mut walker = Walker::new(parts);
    let firsts: Vec<_> = parts
        .loops
        .iter()
        .map(|l| (walker.first(l.body).check(), walker.first(l.until + 1).check()))
        .collect();
    for (entered, (body, tail)) in parts.loops.iter_mut().zip(firsts) {
        (entered.body_first, entered.tail_first) = (body, tail);
    }
}

fn complete_runs(parts: &mut Parts) {
    let mut found = Vec::new();
    let mut walker = Walker::new(parts);
    for (pc, inst) in parts.insts.iter().enumerate() {
        if let Inst::Greedy(run) | Inst::Lazy(run) = *inst {
            found.push((pc, run, walker.first(pc as Pc + 1)));
        }
    }
    for (pc, number, first) in found {
        let literal = following_literal(parts, pc as Pc + 1);
        let run = &mut parts.runs[number as usize];
        run.disjoint = First::of_item(run.item, &parts.sets).disjoint(&first);
        if run.disjoint == Disjoint::Always || run.min == run.max {
            parts.insts[pc] = Inst::Possessive(number);
        }
        run.next = match literal {
            Some(ch) => Next::Literal(ch),
            None => first.check().map_or(Next::Anything, Next::First),
        };
    }
}

/// The code point that must come next at `pc`, if it is plain to see.
fn following_literal(parts: &Parts, mut pc: Pc) -> Option<u32> {
    loop {
        match parts.insts[pc as usize] {
            Inst::Mark(_) => pc += 1,
            Inst::Jump(target) => pc = target,
            Inst::One(Item::Literal(ch)) => return Some(ch),
            Inst::Literals(at, _) => return Some(parts.literals[at as usize]),
            _ => return None,
        }
    }
}

/// The first instruction that is not a mark.
fn skip_marks(parts: &Parts) -> Pc {
    parts.insts.iter().take_while(|inst| matches!(inst, Inst::Mark(_))).count() as Pc
}

fn prefilter(parts: &Parts) -> Prefilter {
    let start = skip_marks(parts);
    match parts.insts[start as usize] {
        Inst::At(Position::Beginning | Position::BeginningString) => return Prefilter::TextStart,
        Inst::At(Position::BeginningLine) => return Prefilter::LineStart,
        _ => {}
    }
    if let Some(literal) = literal_prefix(parts) {
        return Prefilter::Literal(literal);
    }
    let Some(scan) = scan(parts, start) else { return Prefilter::None };
    if let Inst::Possessive(number) = parts.insts[start as usize] {
        let run = &parts.runs[number as usize];
        if let (Next::Literal(stop), Disjoint::Always, MAX_REPEAT) = (&run.next, run.disjoint, run.max) {
            return Prefilter::RunBefore { run: number, stop: *stop, otherwise: Box::new(scan) };
        }
    }
    Prefilter::Scan(Box::new(scan))
}

fn literal_prefix(parts: &Parts) -> Option<Literal> {
    let mut units = Vec::new();
    let mut marks = false;
    let mut whole = false;
    for inst in &parts.insts {
        match *inst {
            Inst::Mark(_) => marks = true,
            Inst::One(Item::Literal(ch)) => units.push(ch),
            Inst::Literals(at, len) => units.extend(&parts.literals[at as usize..(at + len) as usize]),
            Inst::Accept => {
                whole = !marks;
                break;
            }
            _ => break,
        }
    }
    let bytes: Option<Vec<u8>> = units.iter().map(|&ch| u8::try_from(ch).ok()).collect();
    let finder = bytes.map(|bytes| memmem::Finder::new(&bytes).into_owned());
    (!units.is_empty()).then_some(Literal { units, finder, whole })
}

/// Tables for the pattern's first few units; `None` if anything can come first.
fn scan(parts: &Parts, start: Pc) -> Option<Scan> {
    let mut walker = Walker::new(parts);
    let starts = match parts.insts[start as usize] {
        Inst::Branch(branch) => parts.branches[branch as usize].alternatives.clone(),
        _ => vec![start],
    };
    let paths: Vec<Vec<First>> = starts.iter().map(|&pc| path(parts, &mut walker, pc)).collect();
    let depth = paths.iter().map(Vec::len).min().unwrap_or(0).min(DEPTH);
    if depth == 0 {
        return None;
    }
    let mut scan = Scan { depth, bits: [[0; 256]; DEPTH], wide: [0; DEPTH], few: None, leading_run: None };
    for (i, path) in paths.iter().enumerate() {
        let bit = 1 << (i % 8);
        for (distance, first) in path.iter().take(depth).enumerate() {
            for (ch, bits) in scan.bits[distance].iter_mut().enumerate() {
                *bits |= if first.admits(ch as u32) { bit } else { 0 };
            }
            scan.wide[distance] |= if first.wide { bit } else { 0 };
        }
    }
    let values: Vec<u32> = (0..256).filter(|&ch| scan.bits[0][ch as usize] != 0).collect();
    if values.len() <= 3 && scan.wide[0] == 0 {
        scan.few = Some(values);
    }
    if let Inst::Greedy(number) | Inst::Lazy(number) | Inst::Possessive(number) = parts.insts[start as usize]
        && parts.runs[number as usize].max == MAX_REPEAT
    {
        scan.leading_run = Some(number);
    }
    Some(scan)
}

/// What each of the next units must be, as far as it is known: at most `DEPTH` of them.
fn path(parts: &Parts, walker: &mut Walker<'_>, mut pc: Pc) -> Vec<First> {
    let mut path = Vec::new();
    while path.len() < DEPTH {
        match parts.insts[pc as usize] {
            Inst::Mark(_) | Inst::At(_) => pc += 1,
            Inst::Jump(target) => pc = target,
            Inst::One(item) => {
                path.push(First::of_item(item, &parts.sets));
                pc += 1;
            }
            Inst::Literals(at, len) => {
                let units = &parts.literals[at as usize..(at + len) as usize];
                path.extend(
                    units.iter().take(DEPTH).map(|&ch| First::of_item(Item::Literal(ch), &parts.sets)),
                );
                pc += 1;
            }
            Inst::Greedy(number) | Inst::Lazy(number) | Inst::Possessive(number)
                if parts.runs[number as usize].min > 0 =>
            {
                let run = &parts.runs[number as usize];
                let sure = (run.min as usize).min(DEPTH);
                path.extend(std::iter::repeat_n(First::of_item(run.item, &parts.sets), sure));
                if run.min != run.max {
                    break;
                }
                pc += 1;
            }
            _ => {
                let first = walker.first(pc);
                if !first.empty {
                    path.push(first);
                }
                break;
            }
        }
    }
    path
}
