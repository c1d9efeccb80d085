//! What can come next: the analysis that lets the matcher skip hopeless work.
//!
//! The one question is which units can begin what an instruction and its continuation match. The answer is a
//! superset: most position tests and all lookarounds are taken to hold. It is found by walking the instructions that
//! can be reached without consuming anything. From it follow
//!
//! - which alternatives of a branch are worth trying, by the next unit;
//! - whether a run can ever gain by giving back: not if no unit of the run can begin the continuation, because at
//!   every shorter length the next unit is one of the run;
//! - whether a repeat has to keep choices: not if its iterations have none of their own and the units that begin an
//!   iteration cannot begin the tail;
//! - whether another iteration of a repeat, its tail, or the body of a lookaround is worth trying;
//! - where a search has to look (`prefilter`).
//!
//! A body that is matched on its own (atomic groups, assertions) takes its first success and forgets its choices,
//! so inside it nothing may be skipped for the sake of what follows outside: seen from inside, its end admits
//! anything.

use crate::prefilter::{Prefilter, path, prefilter};
use crate::program::{Disjoint, First, Guarded, Inst, Item, Next, Parts, Pc, Place, RegionKind, Run, Second};

/// Instructions one walk may visit before it gives up and admits anything.
const WALK_LIMIT: usize = 1024;

impl First {
    pub(crate) const NOTHING: First = First { bits: [0; 4], wide: false, end: false };
    pub(crate) const ANYTHING: First = First { bits: [u64::MAX; 4], wide: true, end: true };

    fn add(&mut self, ch: u32) {
        match self.bits.get_mut(ch as usize >> 6) {
            Some(word) => *word |= 1 << (ch & 63),
            None => self.wide = true,
        }
    }

    fn add_all_but(&mut self, ch: u32) {
        let had = self.admits(ch);
        (self.bits, self.wide) = ([u64::MAX; 4], true);
        if let (false, Some(word)) = (had, self.bits.get_mut(ch as usize >> 6)) {
            *word &= !(1 << (ch & 63));
        }
    }

    fn add_item(&mut self, item: Item, parts: &Parts) {
        match item {
            Item::Never => {}
            Item::Any => self.add_all_but(u32::from(b'\n')),
            Item::AnyAll | Item::LocaleSet(_) => *self = First { end: self.end, ..First::ANYTHING },
            Item::Literal(ch) => self.add(ch),
            Item::NotLiteral(ch) => self.add_all_but(ch),
            Item::Set(set) => {
                let set = &parts.sets[set as usize];
                self.bits.iter_mut().zip(set.bits()).for_each(|(word, more)| *word |= more);
                self.wide |= !set.narrow();
            }
            Item::Guarded(guarded) => self.add_item(parts.guarded[guarded as usize].item, parts),
        }
    }

    pub(crate) fn of_item(item: Item, parts: &Parts) -> First {
        let mut first = First::NOTHING;
        first.add_item(item, parts);
        first
    }

    /// The code points below 256 that can come next.
    pub(crate) fn narrow(&self) -> impl Iterator<Item = usize> {
        self.bits.into_iter().enumerate().flat_map(|(i, mut word)| {
            std::iter::from_fn(move || {
                let bit = (word != 0).then(|| word.trailing_zeros() as usize)?;
                word &= word - 1;
                Some(i * 64 + bit)
            })
        })
    }

    /// The boxed form of a check that can fail.
    fn check(self) -> Option<Box<First>> {
        (self != First::ANYTHING).then(|| Box::new(self))
    }

    /// Whether no unit is in both.
    fn disjoint(&self, other: &First) -> Disjoint {
        if self.bits.iter().zip(&other.bits).any(|(a, b)| a & b != 0) {
            Disjoint::No
        } else if self.wide && other.wide {
            Disjoint::Narrow
        } else {
            Disjoint::Always
        }
    }
}

/// The walk over instructions reachable without consuming.
pub(crate) struct Walker<'a> {
    parts: &'a Parts,
    /// The walk that saw each instruction last.
    seen: Vec<u32>,
    walk: u32,
    todo: Vec<Pc>,
}

impl<'a> Walker<'a> {
    pub fn new(parts: &'a Parts) -> Self {
        Walker { parts, seen: vec![0; parts.insts.len()], walk: 0, todo: Vec::new() }
    }

    /// What the text must go on with for the instructions from `start` on to match.
    pub fn first(&mut self, start: Pc) -> First {
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

    /// Whether the last walk got to `pc`. Only meaningful if its answer was not `ANYTHING`.
    fn reached(&self, pc: Pc) -> bool {
        self.seen[pc as usize] == self.walk
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
            Inst::One(item) => first.add_item(item, parts),
            Inst::Literals(at, _) => first.add(parts.literals[at as usize]),
            Inst::At(Place::TextEnd) => first.end = true,
            Inst::At(Place::End | Place::LineEnd) => {
                first.add(u32::from(b'\n'));
                first.end = true;
            }
            Inst::Mark(_) | Inst::At(_) | Inst::Boundary(..) => self.todo.push(pc + 1),
            Inst::Jump(target) => self.todo.push(target),
            Inst::Branch(branch) => self.todo.extend(&parts.branches[branch as usize].alternatives),
            Inst::IfGroup(_, target) => self.todo.extend([pc + 1, target]),
            Inst::Greedy(run) | Inst::Lazy(run) | Inst::Possessive(run) => {
                let run = &parts.runs[run as usize];
                if run.max > 0 {
                    first.add_item(run.item, parts);
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
    complete_regions(parts);
    guard_runs(parts);
    complete_branches(parts);
    complete_runs(parts);
    complete_loops(parts);
    let prefilter = prefilter(parts);
    thread_jumps(parts);
    prefilter
}

fn complete_branches(parts: &mut Parts) {
    let mut walker = Walker::new(parts);
    let mut firsts = Vec::new();
    for branch in &parts.branches {
        let both = |&pc: &Pc| (walker.first(pc), path(parts, &mut walker, pc, 2).into_iter().nth(1));
        firsts.push(branch.alternatives.iter().map(both).collect::<Vec<_>>());
    }
    for (branch, firsts) in parts.branches.iter_mut().zip(firsts) {
        let mut second = Box::new(Second { masks: [0; 256], wide: 0, at_end: 0 });
        let useful = firsts.iter().filter(|(_, second)| second.is_some()).count() > 1;
        for (i, (first, after)) in firsts.into_iter().enumerate() {
            add_alternative(&first, i, &mut branch.masks, &mut branch.wide, &mut branch.at_end);
            let after = after.unwrap_or(First::ANYTHING);
            add_alternative(&after, i, &mut second.masks, &mut second.wide, &mut second.at_end);
        }
        let crowded = branch.masks.iter().any(|mask| mask.count_ones() > 1);
        branch.second = Some(second).filter(|_| useful && crowded);
    }
}

fn add_alternative(first: &First, number: usize, masks: &mut [u64; 256], wide: &mut u64, at_end: &mut u64) {
    first.narrow().for_each(|ch| masks[ch] |= 1 << number);
    *wide |= u64::from(first.wide) << number;
    *at_end |= u64::from(first.end) << number;
}

/// Turns greedy repeats of one unit behind plain lookarounds into runs, which need one choice instead of one for each
/// iteration.
///
/// ```text
/// before                       after
///   Repeat                       Greedy (of a guarded item)
///   AssertNot -> plain body      Jump to the tail
///   One                          ...
///   MaxUntil
/// ```
fn guard_runs(parts: &mut Parts) {
    for pc in 0..parts.insts.len() {
        let Inst::Repeat(number) = parts.insts[pc] else { continue };
        let (body, until) = (parts.loops[number as usize].body, parts.loops[number as usize].until);
        let mut guards = Vec::new();
        let mut at = body;
        while let Inst::Assert(region) | Inst::AssertNot(region) = parts.insts[at as usize]
            && parts.regions[region as usize].plain
        {
            guards.push(region);
            at = parts.regions[region as usize].after;
        }
        let Inst::One(item) = parts.insts[at as usize] else { continue };
        if at + 1 != until || !matches!(parts.insts[until as usize], Inst::MaxUntil(_)) {
            continue;
        }
        let item = if guards.is_empty() {
            item
        } else {
            parts.guarded.push(Guarded { guards, item });
            Item::Guarded(parts.guarded.len() as u32 - 1)
        };
        let (min, max) = (parts.loops[number as usize].min, parts.loops[number as usize].max);
        parts.runs.push(Run { item, min, max, next: Next::Anything, disjoint: Disjoint::No, last: false });
        parts.insts[pc] = Inst::Greedy(parts.runs.len() as u32 - 1);
        parts.insts[body as usize] = Inst::Jump(until + 1);
    }
}

fn complete_regions(parts: &mut Parts) {
    let mut walker = Walker::new(parts);
    let firsts: Vec<_> = parts.regions.iter().map(|region| walker.first(region.body).check()).collect();
    for (region, first) in parts.regions.iter_mut().zip(firsts) {
        let body = &parts.insts[region.body as usize..region.after as usize - 1];
        region.plain = body.iter().all(|inst| matches!(inst, Inst::One(_) | Inst::Literals(..)));
        region.first = first;
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
        let (literal, tail) = following(parts, pc as Pc + 1);
        let run = &parts.runs[number as usize];
        let mut disjoint = First::of_item(run.item, parts).disjoint(&first);
        if let (Inst::Boundary(set, false), true) = (tail, run.min > 0 && disjoint == Disjoint::No) {
            disjoint = within(run.item, set, parts);
        }
        let fixed = run.min == run.max;
        let run = &mut parts.runs[number as usize];
        run.disjoint = disjoint;
        run.last = tail == Inst::Accept;
        run.next = literal.unwrap_or_else(|| first.check().map_or(Next::Anything, Next::First));
        if disjoint == Disjoint::Always || fixed {
            parts.insts[pc] = Inst::Possessive(number);
        }
    }
}

/// Whether every unit of a run is in a set. If so, no boundary of the set lies inside of the run, so that a run
/// followed by a boundary test cannot gain by giving back.
fn within(item: Item, set: u32, parts: &Parts) -> Disjoint {
    if item == Item::Set(set) {
        return Disjoint::Always;
    }
    let (first, set) = (First::of_item(item, parts), &parts.sets[set as usize]);
    if set.locale || (0..256).any(|ch| first.admits(ch) && !set.table[ch as usize]) {
        Disjoint::No
    } else if first.wide {
        Disjoint::Narrow
    } else {
        Disjoint::Always
    }
}

/// The first instruction at or after `pc` that is not a mark or jump, with the literal text it stands for.
fn following(parts: &Parts, mut pc: Pc) -> (Option<Next>, Inst) {
    loop {
        let inst = parts.insts[pc as usize];
        match inst {
            Inst::Mark(_) => pc += 1,
            Inst::Jump(target) => pc = target,
            Inst::One(Item::Literal(ch)) => return (Some(Next::Literal(ch)), inst),
            Inst::Literals(at, len) => {
                return (Some(Next::Text(parts.literals[at as usize], at + 1, len - 1)), inst);
            }
            _ => return (None, inst),
        }
    }
}

fn complete_loops(parts: &mut Parts) {
    let mut walker = Walker::new(parts);
    let mut firsts = Vec::new();
    for entered in &parts.loops {
        let body = walker.first(entered.body);
        let consumes = !body.end && !walker.reached(entered.until);
        firsts.push((body, walker.first(entered.until + 1), consumes));
    }
    // Inner repeats have higher numbers, and their answer is needed for the outer ones.
    for (number, (body, tail, consumes)) in firsts.into_iter().enumerate().rev() {
        let entered = &parts.loops[number];
        let exit = if entered.min == entered.max { Disjoint::Always } else { body.disjoint(&tail) };
        let single_path =
            if consumes { exit.min(one_way(parts, entered.body, entered.until)) } else { Disjoint::No };
        let unit = unit_alternative(parts, entered.body, entered.until);
        let entered = &mut parts.loops[number];
        (entered.single_path, entered.unit) = (single_path, unit);
        (entered.body_first, entered.tail_first) = (body.check(), tail.check());
    }
}

/// The test of an alternative at `body` that is nothing but one unit.
fn unit_alternative(parts: &Parts, body: Pc, until: Pc) -> Option<Item> {
    let Inst::Branch(branch) = parts.insts[body as usize] else { return None };
    parts.branches[branch as usize].alternatives.iter().find_map(|&pc| {
        match (parts.insts[pc as usize], parts.insts[pc as usize + 1]) {
            (Inst::One(item), Inst::Jump(target)) if target == until => Some(item),
            _ => None,
        }
    })
}

/// Whether the instructions from `pc` up to `end` leave no choice behind.
fn one_way(parts: &Parts, mut pc: Pc, end: Pc) -> Disjoint {
    let mut answer = Disjoint::Always;
    while pc < end && answer != Disjoint::No {
        let (here, next) = match parts.insts[pc as usize] {
            Inst::Branch(branch) => {
                let branch = &parts.branches[branch as usize];
                let many = |mask: u64| mask.count_ones() > 1;
                let narrow = if many(branch.wide) { Disjoint::Narrow } else { Disjoint::Always };
                let overlap = many(branch.at_end) || branch.masks.iter().any(|&mask| many(mask));
                (if overlap { Disjoint::No } else { narrow }, pc + 1)
            }
            // Neither gives back where the run is disjoint from what follows; a lazy one takes all, too.
            Inst::Greedy(run) | Inst::Lazy(run) => (parts.runs[run as usize].disjoint, pc + 1),
            Inst::Repeat(inner) => (parts.loops[inner as usize].single_path, pc + 1),
            Inst::MaxUntil(_) => (Disjoint::Always, pc + 1),
            Inst::MinUntil(_) | Inst::Accept => (Disjoint::No, pc + 1),
            Inst::Assert(region)
            | Inst::AssertNot(region)
            | Inst::Atomic(region)
            | Inst::PossessiveRepeat(region) => (Disjoint::Always, parts.regions[region as usize].after),
            _ => (Disjoint::Always, pc + 1),
        };
        answer = answer.min(here);
        pc = next;
    }
    answer
}

/// Replaces jumps to instructions that end a stretch by those instructions.
fn thread_jumps(parts: &mut Parts) {
    for pc in (0..parts.insts.len()).rev() {
        if let Inst::Jump(target) = parts.insts[pc] {
            let there = parts.insts[target as usize];
            let ends = matches!(
                there,
                Inst::Jump(_)
                    | Inst::MaxUntil(_)
                    | Inst::MinUntil(_)
                    | Inst::RegionEnd(_)
                    | Inst::Accept
                    | Inst::Fail
            );
            if ends {
                parts.insts[pc] = there;
            }
        }
    }
}
