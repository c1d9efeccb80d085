//! Repeats of one unit.

use super::{Cursor, Exec, GREEDY, LAZY, Step};
use crate::matcher::{Abort, Word};
use crate::opcodes::MAX_REPEAT;
use crate::program::{Disjoint, Item, Next, Run};
use crate::runs::{find_either, find_last, has_text, passes, run_end};
use crate::units::Unit;

impl<T: Unit> Exec<'_, T> {
    /// The end of the longest run at `at` that the bounds allow, if it is long enough.
    #[inline(always)]
    pub(super) fn whole_run(&self, run: &Run, at: usize) -> Option<usize> {
        let Some(room) = self.text.len().checked_sub(at) else {
            // Behind the end, a run fails, but a repeat of a guarded unit (a general one by origin) can be empty.
            return (run.min == 0 && matches!(run.item, Item::Guarded(_))).then_some(at);
        };
        if run.min as usize > room {
            return None;
        }
        let limit = if run.max == MAX_REPEAT { room } else { room.min(run.max as usize) };
        let end = run_end(self.program, run.item, self.text, at, at + limit);
        (end - at >= run.min as usize).then_some(end)
    }

    #[inline(always)]
    pub(super) fn possessive(&mut self, cursor: Cursor, run: &Run) -> Step {
        let at = self.whole_run(run, cursor.at)?;
        Some(Cursor { pc: cursor.pc + 1, at })
    }

    /// Whether the only length of a run worth trying is the first.
    #[inline(always)]
    pub(super) fn decided(&self, run: &Run) -> bool {
        run.last && !self.options.to_end && !self.options.must_advance
    }

    /// Whether a property that may hold for narrow units only holds for this text.
    #[inline(always)]
    pub(super) fn holds(&self, property: Disjoint) -> bool {
        property == Disjoint::Always || (property == Disjoint::Narrow && size_of::<T>() == 1)
    }

    #[inline(always)]
    pub(super) fn greedy(&mut self, cursor: Cursor, run: &Run) -> Result<Step, Abort> {
        if self.holds(run.disjoint) || self.decided(run) {
            return Ok(self.possessive(cursor, run));
        }
        let Some(end) = self.whole_run(run, cursor.at) else { return Ok(None) };
        let low = cursor.at + run.min as usize;
        let Some(at) = self.give_back(run, end, low) else { return Ok(None) };
        if at > low {
            self.push_choice(GREEDY, cursor.pc, at as Word, low as Word)?;
        }
        Ok(Some(Cursor { pc: cursor.pc + 1, at }))
    }

    /// The highest position from `low` to `high` where the continuation has a chance.
    #[inline(always)]
    pub(super) fn give_back(&self, run: &Run, high: usize, low: usize) -> Option<usize> {
        let ch = match run.next {
            Next::Anything => return Some(high),
            Next::First(ref first) => return (low..=high).rev().find(|&at| first.allows(self.unit(at))),
            Next::Literal(ch) | Next::Text(ch, ..) => T::from_code(ch)?,
        };
        if self.continues(run, high) {
            return Some(high);
        }
        let mut high = high;
        loop {
            high = low + find_last(self.text.get(low..high)?, ch)?;
            if self.continues(run, high) {
                return Some(high);
            }
        }
    }

    #[inline(always)]
    pub(super) fn lazy(&mut self, cursor: Cursor, run: &Run) -> Result<Step, Abort> {
        if self.holds(run.disjoint) {
            return Ok(self.possessive(cursor, run));
        }
        let Some(room) = self.text.len().checked_sub(cursor.at) else { return Ok(None) };
        let (min, max) = (run.min as usize, run.max as usize);
        if min > room {
            return Ok(None);
        }
        let high = if run.max == MAX_REPEAT { self.text.len() } else { cursor.at + max.min(room) };
        let low = cursor.at + min;
        if run_end(self.program, run.item, self.text, cursor.at, low) < low {
            return Ok(None);
        }
        let at = if self.continues(run, low) { Some(low) } else { self.take_more(run, low, high) };
        let Some(at) = at else { return Ok(None) };
        if at < high {
            self.push_choice(LAZY, cursor.pc, at as Word, high as Word)?;
        }
        Ok(Some(Cursor { pc: cursor.pc + 1, at }))
    }

    /// Whether the continuation of a run has a chance at `at`.
    #[inline(always)]
    pub(super) fn continues(&self, run: &Run, at: usize) -> bool {
        match run.next {
            Next::Anything => true,
            Next::Literal(ch) => self.unit(at) == Some(ch),
            Next::Text(ch, from, len) => {
                self.unit(at) == Some(ch)
                    && has_text(self.program, self.text, at + 1, from as usize, len as usize)
            }
            Next::First(ref first) => first.allows(self.unit(at)),
        }
    }

    /// The lowest position above `at`, up to `high`, that the run reaches and where the continuation has a chance.
    #[inline(always)]
    pub(super) fn take_more(&self, run: &Run, at: usize, high: usize) -> Option<usize> {
        if let (Item::Any | Item::AnyAll, &Next::Literal(ch) | &Next::Text(ch, ..)) = (run.item, &run.next) {
            return self.take_until(run, T::from_code(ch)?, at, high);
        }
        let mut at = at;
        while at < high && passes(self.program, run.item, self.text, at) {
            at += 1;
            if self.continues(run, at) {
                return Some(at);
            }
        }
        None
    }

    /// [`take_more`](Self::take_more) for runs of almost anything before a literal, which is searched for.
    #[inline(always)]
    pub(super) fn take_until(&self, run: &Run, ch: T, at: usize, high: usize) -> Option<usize> {
        let newline = T::from_code(u32::from(b'\n')).filter(|_| run.item == Item::Any).unwrap_or(ch);
        let mut from = at;
        loop {
            // The unit at `from` belongs to the run, the continuation starts behind it.
            if from >= high || (run.item == Item::Any && self.text[from] == newline) {
                return None;
            }
            from += 1;
            let found = from + find_either(&self.text[from..], ch, newline)?;
            if found > high {
                return None;
            }
            if self.text[found] == ch && self.continues(run, found) {
                return Some(found);
            }
            from = found;
        }
    }
}
