//! Where a search has to look: chosen once for each program, by what the pattern begins with.
//!
//! A prefilter may name positions where no match starts, but must name all where one does.

use crate::analyze::Walker;
use crate::opcodes::MAX_REPEAT;
use crate::program::{Disjoint, First, Inst, Item, Next, Parts, Pc, Place};
use memchr::memmem;
use std::fmt;

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
    Literal(Box<Literal>),
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
    /// The values below 256 of the first unit, if there are few.
    pub few: Option<Vec<u32>>,
    /// The unbounded run that the pattern, or each of its alternatives, begins with: see `search::skip_run`.
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

/// The search strategy for the pattern.
pub(crate) fn prefilter(parts: &Parts) -> Prefilter {
    let start = parts.insts.iter().take_while(|inst| matches!(inst, Inst::Mark(_))).count() as Pc;
    match parts.insts[start as usize] {
        Inst::At(Place::TextStart) => return Prefilter::TextStart,
        Inst::At(Place::LineStart) => return Prefilter::LineStart,
        _ => {}
    }
    if let Some(literal) = literal_prefix(parts) {
        return Prefilter::Literal(Box::new(literal));
    }
    let Some(scan) = scan(parts, start) else { return Prefilter::None };
    if let Inst::Possessive(number) = parts.insts[start as usize] {
        let run = &parts.runs[number as usize];
        if let (&Next::Literal(stop) | &Next::Text(stop, ..), Disjoint::Always, MAX_REPEAT) =
            (&run.next, run.disjoint, run.max)
        {
            return Prefilter::RunBefore { run: number, stop, otherwise: Box::new(scan) };
        }
    }
    Prefilter::Scan(Box::new(scan))
}

/// The text that every match begins with.
fn literal_prefix(parts: &Parts) -> Option<Literal> {
    let mut units = Vec::new();
    let mut whole = true;
    let mut pc = 0;
    loop {
        let inst = parts.insts[pc as usize];
        pc += 1;
        match inst {
            Inst::One(Item::Literal(ch)) => units.push(ch),
            Inst::Literals(at, len) => units.extend(&parts.literals[at as usize..(at + len) as usize]),
            Inst::Accept => break,
            Inst::Mark(_) | Inst::At(_) | Inst::Boundary(..) => whole = false,
            Inst::Assert(region) | Inst::AssertNot(region) => {
                whole = false;
                pc = parts.regions[region as usize].after;
            }
            _ => {
                whole = false;
                break;
            }
        }
    }
    let bytes: Option<Vec<u8>> = units.iter().map(|&ch| u8::try_from(ch).ok()).collect();
    let finder = bytes.map(|bytes| memmem::Finder::new(&bytes).into_owned());
    (!units.is_empty()).then_some(Literal { units, finder, whole })
}

/// Tables for the pattern's first few units; `None` if a match can be empty.
fn scan(parts: &Parts, start: Pc) -> Option<Scan> {
    let mut walker = Walker::new(parts);
    let starts = match parts.insts[start as usize] {
        Inst::Branch(branch) => parts.branches[branch as usize].alternatives.clone(),
        _ => vec![start],
    };
    let paths: Vec<Vec<First>> = starts.iter().map(|&pc| path(parts, &mut walker, pc, DEPTH)).collect();
    let depth = paths.iter().map(Vec::len).min().unwrap_or(0).min(DEPTH);
    if depth == 0 {
        return None;
    }
    let mut scan = Scan { depth, bits: [[0; 256]; DEPTH], wide: [0; DEPTH], few: None, leading_run: None };
    for (i, path) in paths.iter().enumerate() {
        let bit = 1 << (i % 8);
        for (distance, first) in path.iter().take(depth).enumerate() {
            first.narrow().for_each(|ch| scan.bits[distance][ch] |= bit);
            scan.wide[distance] |= if first.wide { bit } else { 0 };
        }
    }
    let values: Vec<u32> = (0..256).filter(|&ch| scan.bits[0][ch as usize] != 0).collect();
    scan.few = Some(values).filter(|values| values.len() <= 3);
    let runs: Option<Vec<u32>> = starts.iter().map(|&pc| leading_run(parts, pc)).collect();
    let item = |run: u32| parts.runs[run as usize].item;
    scan.leading_run =
        runs.filter(|runs| runs.iter().all(|&run| item(run) == item(runs[0]))).map(|runs| runs[0]);
    Some(scan)
}

/// The unbounded run at `pc`.
fn leading_run(parts: &Parts, mut pc: Pc) -> Option<u32> {
    while let Inst::Mark(_) = parts.insts[pc as usize] {
        pc += 1;
    }
    match parts.insts[pc as usize] {
        Inst::Greedy(run) | Inst::Lazy(run) | Inst::Possessive(run) => {
            Some(run).filter(|&run| parts.runs[run as usize].max == MAX_REPEAT)
        }
        _ => None,
    }
}

/// What each of the next units must be, as far as it is known: `depth` of them or a few more.
pub(crate) fn path(parts: &Parts, walker: &mut Walker<'_>, mut pc: Pc, depth: usize) -> Vec<First> {
    let mut path = Vec::new();
    while path.len() < depth {
        match parts.insts[pc as usize] {
            Inst::Mark(_) | Inst::At(_) | Inst::Boundary(..) => pc += 1,
            Inst::Assert(region) | Inst::AssertNot(region) => pc = parts.regions[region as usize].after,
            Inst::Jump(target) => pc = target,
            Inst::One(item) => {
                path.push(First::of_item(item, parts));
                pc += 1;
            }
            Inst::Literals(at, len) => {
                let units = &parts.literals[at as usize..(at + len) as usize];
                path.extend(units.iter().take(depth).map(|&ch| First::of_item(Item::Literal(ch), parts)));
                pc += 1;
            }
            Inst::Greedy(number) | Inst::Lazy(number) | Inst::Possessive(number)
                if parts.runs[number as usize].min > 0 =>
            {
                let run = &parts.runs[number as usize];
                let sure = (run.min as usize).min(depth);
                path.extend(std::iter::repeat_n(First::of_item(run.item, parts), sure));
                if run.min != run.max {
                    break;
                }
                pc += 1;
            }
            _ => {
                let first = walker.first(pc);
                if !first.end {
                    path.push(first);
                }
                break;
            }
        }
    }
    path
}
