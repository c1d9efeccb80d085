//! Runs of a single-unit test: the inner loops of most patterns.

use crate::chars::CharClass;
use crate::charset::CharSet;
use crate::program::{Guarded, Inst, Item, Program, Region, RegionKind};
use crate::units::Unit;

const NEWLINE: u32 = b'\n' as u32;

/// Units looked at one by one before a vector search is started: its start costs as much as a short run.
const SCALAR: usize = 16;

/// Whether the unit at `at` is there and passes the test.
#[inline(always)]
pub(crate) fn passes<T: Unit>(program: &Program, item: Item, text: &[T], at: usize) -> bool {
    match item {
        Item::Guarded(guarded) => passes_guarded(program, &program.guarded[guarded as usize], text, at),
        _ => passes_item(program, item, text.get(at).copied()),
    }
}

/// Whether there is a unit and it passes a test that looks at nothing else.
#[inline(always)]
fn passes_item<T: Unit>(program: &Program, item: Item, unit: Option<T>) -> bool {
    let Some(unit) = unit else { return false };
    let ch: u32 = unit.into();
    match item {
        Item::Never | Item::Guarded(_) => false,
        Item::Any => ch != NEWLINE,
        Item::AnyAll => true,
        Item::Literal(c) => ch == c,
        Item::NotLiteral(c) => ch != c,
        Item::Set(set) => program.sets[set as usize].contains(program.classes, ch),
        Item::LocaleSet(set) => program.sets[set as usize].ask(program.classes, ch),
    }
}

/// Whether the lookarounds hold at `at` and the unit there passes the test behind them.
fn passes_guarded<T: Unit>(program: &Program, guarded: &Guarded, text: &[T], at: usize) -> bool {
    let holds = |&region: &u32| {
        let region = &program.regions[region as usize];
        let start = at.checked_sub(region.back as usize);
        start.is_some_and(|start| plain_body(program, region, text, start))
            == (region.kind == RegionKind::Assert)
    };
    passes_item(program, guarded.item, text.get(at).copied()) && guarded.guards.iter().all(holds)
}

/// Whether a body that is only a sequence of tests matches at `at`.
pub(crate) fn plain_body<T: Unit>(program: &Program, region: &Region, text: &[T], mut at: usize) -> bool {
    program.insts[region.body as usize..region.after as usize - 1].iter().all(|inst| match *inst {
        Inst::One(item) => {
            at += 1;
            passes(program, item, text, at - 1)
        }
        Inst::Literals(from, len) => {
            at += len as usize;
            has_text(program, text, at - len as usize, from as usize, len as usize)
        }
        _ => unreachable!("a plain body is made of tests"),
    })
}

/// Whether a part of the literal table follows at `at`.
#[inline(always)]
pub(crate) fn has_text<T: Unit>(program: &Program, text: &[T], at: usize, from: usize, len: usize) -> bool {
    let Some(text) = text.get(at..at + len) else { return false };
    let literals = &program.literals[from..from + len];
    text.iter().zip(literals).all(|(&unit, &ch)| unit.into() == ch)
}

/// The end of the run of units that pass, from `from` up to at most `limit`.
#[inline]
pub(crate) fn run_end<T: Unit>(
    program: &Program,
    item: Item,
    text: &[T],
    from: usize,
    limit: usize,
) -> usize {
    if let Item::Guarded(guarded) = item {
        let guarded = &program.guarded[guarded as usize];
        return (from..limit).find(|&at| !passes_guarded(program, guarded, text, at)).unwrap_or(limit);
    }
    let Some(text) = text.get(from..limit) else { return from };
    from + match item {
        Item::Never | Item::Guarded(_) => 0,
        Item::AnyAll => text.len(),
        Item::Any => until(text, NEWLINE),
        Item::NotLiteral(c) => until(text, c),
        Item::Literal(c) => count(text, |ch| ch == c),
        Item::Set(set) => in_set(text, &program.sets[set as usize], program.classes),
        Item::LocaleSet(set) => count(text, |ch| program.sets[set as usize].ask(program.classes, ch)),
    }
}

/// The number of leading units that pass.
#[inline(always)]
fn count<T: Unit>(text: &[T], test: impl Fn(u32) -> bool) -> usize {
    text.iter().position(|&unit| !test(unit.into())).unwrap_or(text.len())
}

/// The number of units before the first `stop`.
#[inline(always)]
fn until<T: Unit>(text: &[T], stop: u32) -> usize {
    let Some(stop) = T::from_code(stop) else { return text.len() };
    let head = &text[..text.len().min(SCALAR)];
    if let Some(found) = head.iter().position(|&unit| unit == stop) {
        return found;
    }
    T::find(&text[head.len()..], stop).map_or(text.len(), |found| head.len() + found)
}

/// The index of the last `needle`. The ranges that runs give back are mostly short.
#[inline(always)]
pub(crate) fn find_last<T: Unit>(text: &[T], needle: T) -> Option<usize> {
    if text.len() <= SCALAR {
        text.iter().rposition(|&unit| unit == needle)
    } else {
        T::find_last(text, needle)
    }
}

/// The index of the first `a` or `b`.
#[inline(always)]
pub(crate) fn find_either<T: Unit>(text: &[T], a: T, b: T) -> Option<usize> {
    let head = &text[..text.len().min(SCALAR)];
    if let Some(found) = head.iter().position(|&unit| unit == a || unit == b) {
        return Some(found);
    }
    T::find_any(&text[head.len()..], &[a, b]).map(|found| head.len() + found)
}

#[inline(always)]
fn in_set<T: Unit>(text: &[T], set: &CharSet, classes: &dyn CharClass) -> usize {
    let table = &*set.table;
    // Four units a round, so that the loop's own bookkeeping does not outweigh the look-ups.
    let (fours, _) = text.as_chunks::<4>();
    let mut done = 0;
    for four in fours {
        for &unit in four {
            let ch: u32 = unit.into();
            let inside = match table.get(ch as usize) {
                Some(&inside) => inside,
                None => set.contains(classes, ch),
            };
            if !inside {
                return done;
            }
            done += 1;
        }
    }
    done + count(&text[done..], |ch| set.contains(classes, ch))
}
