//! General repeats: bodies that may consume any number of units, nest, capture and have choices of their own.
//!
//! Each entry into a repeat has a record (`Rep`) with the number of complete iterations and the start of the current
//! one. An iteration that consumed nothing is not followed by another, which is what ends `(a*)*`.

use super::{Cursor, Exec, ITERATION, LAZY_ITERATION, LAZY_TAIL, REPEAT, REQUIRED, Step, TAIL, grow, head};
use crate::matcher::{Abort, NO_REP, Rep, UNSET, Word};
use crate::opcodes::MAX_REPEAT;
use crate::program::Loop;
use crate::runs::run_end;
use crate::units::Unit;

impl<T: Unit> Exec<'_, T> {
    #[inline(always)]
    pub(super) fn repeat(&mut self, cursor: Cursor, entered: &Loop) -> Result<Step, Abort> {
        self.push([head(REPEAT, cursor.pc)])?;
        self.enter_rep()?;
        Ok(Some(Cursor { pc: entered.until, ..cursor }))
    }

    /// Makes a new record the active repeat.
    #[inline(always)]
    pub(super) fn enter_rep(&mut self) -> Result<(), Abort> {
        let reps = &mut self.matcher.reps;
        if reps.len() == reps.capacity() {
            grow(reps, 1)?;
        }
        reps.push(Rep { count: -1, last: UNSET, outer: self.repeat });
        self.repeat =
            u32::try_from(reps.len() - 1).ok().filter(|&r| r != NO_REP).ok_or(Abort::OutOfMemory)?;
        Ok(())
    }

    #[inline(always)]
    pub(super) fn max_until(&mut self, cursor: Cursor, entered: &Loop) -> Result<Step, Abort> {
        self.tick()?;
        let at = cursor.at as Word;
        let body = Some(Cursor { pc: entered.body, ..cursor });
        let Rep { count, last, .. } = *self.rep();
        let count = count + 1;
        let more = count < i64::from(entered.max) || entered.max == MAX_REPEAT;
        if self.holds(entered.single_path) {
            return Ok(self.single_path(cursor, entered, count));
        }
        if count < i64::from(entered.min) {
            self.rep().count = count;
            self.push([head(REQUIRED, cursor.pc)])?;
            return Ok(body);
        }
        if more && at != last && self.may_start(&entered.body_first, cursor.at) {
            self.push_choice(ITERATION, cursor.pc, at, last)?;
            let rep = self.rep();
            rep.count = count;
            rep.last = at;
            return Ok(body);
        }
        self.tail(cursor, entered)
    }

    /// The end of an iteration of a repeat that keeps no choices. Nothing has been pushed since its entry, so leaving
    /// it removes all trace.
    #[inline(always)]
    pub(super) fn single_path(&mut self, mut cursor: Cursor, entered: &Loop, mut count: i64) -> Step {
        let max = if entered.max == MAX_REPEAT { i64::MAX } else { i64::from(entered.max) };
        if let Some(item) = entered.unit {
            let room = self.text.len().saturating_sub(cursor.at);
            let most = usize::try_from(max - count).map_or(room, |most| most.min(room));
            let end = run_end(self.program, item, self.text, cursor.at, cursor.at + most);
            count += (end - cursor.at) as i64;
            cursor.at = end;
        }
        let more = count < max;
        if more && self.may_start(&entered.body_first, cursor.at) {
            self.rep().count = count;
            return Some(Cursor { pc: entered.body, ..cursor });
        }
        if count < i64::from(entered.min) {
            return None;
        }
        self.matcher.stack.pop();
        self.leave_rep();
        Some(Cursor { pc: entered.until + 1, ..cursor })
    }

    /// Leaves a greedy repeat.
    #[inline(always)]
    pub(super) fn tail(&mut self, cursor: Cursor, entered: &Loop) -> Result<Step, Abort> {
        if !self.may_start(&entered.tail_first, cursor.at) {
            return Ok(None);
        }
        self.push([Word::from(self.repeat), head(TAIL, cursor.pc)])?;
        self.repeat = self.rep().outer;
        Ok(Some(Cursor { pc: entered.until + 1, ..cursor }))
    }

    #[inline(always)]
    pub(super) fn min_until(&mut self, cursor: Cursor, entered: &Loop) -> Result<Step, Abort> {
        self.tick()?;
        let Rep { count, outer, .. } = *self.rep();
        let count = count + 1;
        if count < i64::from(entered.min) {
            self.rep().count = count;
            self.push([head(REQUIRED, cursor.pc)])?;
            return Ok(Some(Cursor { pc: entered.body, ..cursor }));
        }
        if !self.may_start(&entered.tail_first, cursor.at) {
            return self.lazy_iteration(cursor, entered);
        }
        let repeat = self.repeat;
        self.repeat = outer;
        self.push_choice(LAZY_TAIL, cursor.pc, cursor.at as Word, Word::from(repeat))?;
        Ok(Some(Cursor { pc: entered.until + 1, ..cursor }))
    }

    /// Starts another iteration of a lazy repeat, if it may have one.
    pub(super) fn lazy_iteration(&mut self, cursor: Cursor, entered: &Loop) -> Result<Step, Abort> {
        let at = cursor.at as Word;
        let Rep { count, last, .. } = *self.rep();
        let count = count + 1;
        let full = count >= i64::from(entered.max) && entered.max != MAX_REPEAT;
        if full || at == last || !self.may_start(&entered.body_first, cursor.at) {
            return Ok(None);
        }
        self.push([last, head(LAZY_ITERATION, cursor.pc)])?;
        let rep = self.rep();
        rep.count = count;
        rep.last = at;
        Ok(Some(Cursor { pc: entered.body, ..cursor }))
    }
}
