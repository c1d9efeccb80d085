//! Runs of a single-unit test: the inner loops of most patterns.

use crate::chars::CharClass;
use crate::charset::CharSet;
use crate::program::{Item, Program};
use crate::units::Unit;

const NEWLINE: u32 = b'\n' as u32;

/// Units looked at one by one before a vector search is started: its start costs as much as a short run.
const SCALAR: usize = 16;

/// Whether one unit passes the test.
#[inline(always)]
pub(crate) fn passes(program: &Program, item: Item, ch: u32) -> bool {
    match item {
        Item::Never => false,
        Item::Any => ch != NEWLINE,
        Item::AnyAll => true,
        Item::Literal(c) => ch == c,
        Item::NotLiteral(c) => ch != c,
        Item::Set(set) => program.sets[set as usize].contains(program.classes, ch),
        Item::LocaleSet(set) => program.sets[set as usize].ask(program.classes, ch),
    }
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
    let Some(text) = text.get(from..limit) else { return from };
    from + match item {
        Item::Never => 0,
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
