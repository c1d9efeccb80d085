//! The decoded form of a pattern: a flat list of instructions with resolved targets, and the tables they point to.
//!
//! Invariants, established by `decode` and relied on without checks elsewhere: every target and table index is in
//! range; execution falls off no end, because the list ends with `Accept`; mark and group numbers are below the
//! pattern's; `RepeatOne` items are exactly one unit wide.

use crate::chars::CharClass;
use crate::charset::CharSet;
use crate::prefilter::Prefilter;
use std::fmt;

/// An index into the instruction list.
pub(crate) type Pc = u32;

/// One instruction. Unless it says otherwise, execution goes on at the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inst {
    /// Fails.
    Fail,
    /// The whole pattern has matched.
    Accept,
    /// The body of the innermost assertion, atomic group or possessive repeat has matched. Carries the `Region`.
    RegionEnd(u32),
    /// One unit.
    One(Item),
    /// A run of literals: start and length in `Program::literals`.
    Literals(u32, u32),
    /// Records the position in a mark: even marks open groups, odd ones close them.
    Mark(u32),
    /// A zero-width position test.
    At(Place),
    /// Whether exactly one of the units around the position is in the set of this number, or not exactly one.
    Boundary(u32, bool),
    /// Goes on at the target.
    Jump(Pc),
    /// Tries alternatives in order. Carries the `Branch`.
    Branch(u32),
    /// The text of a group again.
    GroupRef(u32, RefFold),
    /// Goes on here if the group has matched, at the target otherwise.
    IfGroup(u32, Pc),
    /// A run of units, as many as possible, giving back one at a time. Carries the `Run`.
    Greedy(u32),
    /// A run of units, as few as possible, taking one more at a time. Carries the `Run`.
    Lazy(u32),
    /// A run of units, as many as possible, never giving back. Carries the `Run`.
    Possessive(u32),
    /// Enters a general repeat: goes on at its `Until`. Carries the `Loop`.
    Repeat(u32),
    /// The end of a greedy repeat's body. Carries the `Loop`.
    MaxUntil(u32),
    /// The end of a lazy repeat's body. Carries the `Loop`.
    MinUntil(u32),
    /// Enters a possessive repeat. Carries the `Region`.
    PossessiveRepeat(u32),
    /// Enters a lookahead or lookbehind. Carries the `Region`.
    Assert(u32),
    /// Enters a negative lookahead or lookbehind. Carries the `Region`.
    AssertNot(u32),
    /// Enters an atomic group. Carries the `Region`.
    Atomic(u32),
}

/// A test of one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// Never holds.
    Never,
    /// Any but a newline.
    Any,
    /// Any.
    AnyAll,
    /// This code point.
    Literal(u32),
    /// Any but this code point.
    NotLiteral(u32),
    /// A member of the set of this number.
    Set(u32),
    /// A member of the locale-dependent set of this number.
    LocaleSet(u32),
    /// A unit that passes the `Guarded` test of this number. Only in runs.
    Guarded(u32),
}

/// A test of one unit with lookarounds before it: the body of `(?:(?!END).)*`.
#[derive(Clone, Debug)]
pub(crate) struct Guarded {
    /// The regions of the lookarounds, which are plain.
    pub guards: Vec<u32>,
    pub item: Item,
}

/// The zero-width positions that do not depend on character categories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    TextStart,
    LineStart,
    /// The end of the text, or before a newline there.
    End,
    LineEnd,
    TextEnd,
}

/// How a group reference compares units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefFold {
    Exact,
    Ascii,
    Locale,
    Unicode,
}

/// What the text has to go on with for an instruction to have a chance: a superset of the truth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct First {
    /// The code points below 256 that can come next.
    pub bits: [u64; 4],
    /// Whether some code point from 256 on can come next.
    pub wide: bool,
    /// Whether the text can end here.
    pub end: bool,
}

impl First {
    /// Whether the unit can come next.
    #[inline(always)]
    pub fn admits(&self, ch: u32) -> bool {
        match self.bits.get(ch as usize >> 6) {
            Some(word) => word >> (ch & 63) & 1 == 1,
            None => self.wide,
        }
    }

    /// Whether this can come next.
    #[inline(always)]
    pub fn allows(&self, next: Option<u32>) -> bool {
        next.map_or(self.end, |ch| self.admits(ch))
    }
}

/// The check on what follows a run, made before the run's continuation is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// No check.
    Anything,
    /// This code point must follow.
    Literal(u32),
    /// This code point, and then this part of `Program::literals`: start and length.
    Text(u32, u32, u32),
    /// One of these must follow.
    First(Box<First>),
}

/// Whether two sets of units have none in common, such as those of a run and those that can follow it: then giving
/// back cannot help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Disjoint {
    No,
    /// Among code points below 256.
    Narrow,
    Always,
}

/// A repeat of a single unit.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub item: Item,
    pub min: u32,
    pub max: u32,
    pub next: Next,
    pub disjoint: Disjoint,
    /// The pattern ends behind the run, so that the first length tried is a match unless the caller restricts it.
    pub last: bool,
}

/// A general repeat.
#[derive(Clone, Debug)]
pub(crate) struct Loop {
    pub min: u32,
    pub max: u32,
    /// The first instruction of the body.
    pub body: Pc,
    /// The instruction that ends the body; the tail follows it.
    pub until: Pc,
    /// What an iteration must begin with; `None` if nothing is known.
    pub body_first: Option<Box<First>>,
    /// What the tail must begin with; `None` if nothing is known.
    pub tail_first: Option<Box<First>>,
    /// Whether an iteration, once begun, can only succeed in one way or fail the whole repeat, so that no choices
    /// have to be kept.
    pub single_path: Disjoint,
    /// An alternative of the body that is just a unit, where `single_path` holds: a run of such iterations can be
    /// taken in one go.
    pub unit: Option<Item>,
}

/// What kind of body a region is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RegionKind {
    Assert,
    AssertNot,
    Atomic,
    Possessive,
}

/// A body that is matched on its own: once it has matched, its choices are forgotten.
#[derive(Clone, Debug)]
pub(crate) struct Region {
    pub kind: RegionKind,
    /// Assertions: how far back the body starts.
    pub back: u32,
    /// Possessive repeats: the bounds on the count.
    pub min: u32,
    pub max: u32,
    /// The first instruction of the body.
    pub body: Pc,
    /// The instruction after the body's `RegionEnd`.
    pub after: Pc,
    /// What the body must begin with; `None` if nothing is known.
    pub first: Option<Box<First>>,
    /// The body is a sequence of one-unit tests and literals.
    pub plain: bool,
}

/// The most alternatives one `Branch` holds; longer lists continue in a nested one.
pub(crate) const BRANCH_WIDTH: usize = 64;

/// A list of alternatives, with the ones that can match told by the next unit: bit `i` stands for alternative `i`.
#[derive(Clone, Debug)]
pub(crate) struct Branch {
    pub alternatives: Vec<Pc>,
    /// By the next unit, if it is below 256.
    pub masks: Box<[u64; 256]>,
    /// If the next unit is not below 256.
    pub wide: u64,
    /// If there is no next unit.
    pub at_end: u64,
    /// By the unit after it, where that can tell more.
    pub second: Option<Box<Second>>,
}

/// The alternatives of a [`Branch`] that can match, by the unit after the next.
#[derive(Clone, Debug)]
pub(crate) struct Second {
    pub masks: [u64; 256],
    pub wide: u64,
    pub at_end: u64,
}

/// A validated pattern, ready to run.
pub struct Program {
    pub(crate) insts: Box<[Inst]>,
    pub(crate) literals: Box<[u32]>,
    pub(crate) sets: Box<[CharSet]>,
    pub(crate) guarded: Box<[Guarded]>,
    pub(crate) runs: Box<[Run]>,
    pub(crate) loops: Box<[Loop]>,
    pub(crate) regions: Box<[Region]>,
    pub(crate) branches: Box<[Branch]>,
    pub(crate) prefilter: Prefilter,
    /// No match is shorter.
    pub(crate) min_width: usize,
    /// Whether what matches can depend on what a group captured.
    pub(crate) has_refs: bool,
    pub(crate) classes: &'static dyn CharClass,
    groups: u32,
}

/// The parts of a [`Program`] while it is being built.
pub(crate) struct Parts {
    pub insts: Vec<Inst>,
    pub literals: Vec<u32>,
    pub sets: Vec<CharSet>,
    pub guarded: Vec<Guarded>,
    pub runs: Vec<Run>,
    pub loops: Vec<Loop>,
    pub regions: Vec<Region>,
    pub branches: Vec<Branch>,
    pub min_width: u32,
    pub groups: u32,
    pub classes: &'static dyn CharClass,
}

impl Program {
    pub(crate) fn new(parts: Parts, prefilter: Prefilter) -> Program {
        let has_refs = parts.insts.iter().any(|i| matches!(i, Inst::GroupRef(..) | Inst::IfGroup(..)));
        Program {
            insts: parts.insts.into(),
            literals: parts.literals.into(),
            sets: parts.sets.into(),
            guarded: parts.guarded.into(),
            runs: parts.runs.into(),
            loops: parts.loops.into(),
            regions: parts.regions.into(),
            branches: parts.branches.into(),
            prefilter,
            min_width: parts.min_width as usize,
            has_refs,
            classes: parts.classes,
            groups: parts.groups,
        }
    }

    /// The number of capturing groups.
    pub fn groups(&self) -> usize {
        self.groups as usize
    }
}

impl fmt::Debug for Program {
    /// The instruction listing and the search strategy.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "search by {:?}", self.prefilter)?;
        for (pc, inst) in self.insts.iter().enumerate() {
            write!(f, "{pc:4} {inst:?}")?;
            match *inst {
                Inst::Greedy(i) | Inst::Lazy(i) | Inst::Possessive(i) => {
                    write!(f, " {:?}", self.runs[i as usize])?
                }
                Inst::Repeat(i) => write!(f, " {:?}", self.loops[i as usize])?,
                Inst::Branch(i) => write!(f, " to {:?}", self.branches[i as usize].alternatives)?,
                _ => {}
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
