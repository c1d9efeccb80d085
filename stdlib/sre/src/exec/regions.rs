//! Bodies that are matched on their own: lookarounds, atomic groups, possessive repeats.
//!
//! Entering one pushes an entry and makes the stack height above it the region. When the body has matched, everything
//! above is dropped and with it all choices of the body; when the body has run out of choices, the entry itself is
//! fallen back on.

use super::{Cursor, Exec, REGION, REGION_REQUIRED, REGION_WORDS, Step, TAG_BITS, head, pc_of};
use crate::matcher::{Abort, Word};
use crate::opcodes::MAX_REPEAT;
use crate::program::{Inst, Pc, Region, RegionKind};
use crate::runs::plain_body;
use crate::units::Unit;

impl<'a, T: Unit> Exec<'a, T> {
    /// Enters a body at `at`, returning to `back_to` or leaving the region when it has matched or failed.
    pub(super) fn enter_region(
        &mut self,
        tag: Word,
        pc: Pc,
        flag: Word,
        back_to: usize,
    ) -> Result<(), Abort> {
        let state = Word::from(self.repeat) << 32 | self.matcher.reps.len() as Word;
        let saved = self.captures();
        self.push([back_to as Word, self.region as Word, state, saved, head(tag, pc) | flag])?;
        self.region = self.matcher.stack.len();
        Ok(())
    }

    pub(super) fn assert(&mut self, cursor: Cursor, region: &Region) -> Result<Step, Abort> {
        let Some(at) = cursor.at.checked_sub(region.back as usize) else { return Ok(None) };
        if region.plain {
            return Ok(plain_body(self.program, region, self.text, at)
                .then_some(Cursor { pc: region.after, ..cursor }));
        }
        if !self.may_start(&region.first, at) {
            return Ok(None);
        }
        self.enter_region(REGION, cursor.pc, 0, cursor.at)?;
        Ok(Some(Cursor { pc: region.body, at }))
    }

    pub(super) fn assert_not(&mut self, cursor: Cursor, region: &Region) -> Result<Step, Abort> {
        let Some(at) = cursor.at.checked_sub(region.back as usize) else {
            return Ok(Some(Cursor { pc: region.after, ..cursor }));
        };
        if region.plain {
            return Ok((!plain_body(self.program, region, self.text, at))
                .then_some(Cursor { pc: region.after, ..cursor }));
        }
        if !self.may_start(&region.first, at) {
            return Ok(Some(Cursor { pc: region.after, ..cursor }));
        }
        let flag = self.push_marks()?;
        self.enter_region(REGION, cursor.pc, flag, cursor.at)?;
        Ok(Some(Cursor { pc: region.body, at }))
    }

    pub(super) fn atomic(&mut self, cursor: Cursor, region: &Region) -> Result<Step, Abort> {
        if !self.may_start(&region.first, cursor.at) {
            return Ok(None);
        }
        self.enter_region(REGION, cursor.pc, 0, cursor.at)?;
        Ok(Some(Cursor { pc: region.body, ..cursor }))
    }

    pub(super) fn possessive_repeat(&mut self, cursor: Cursor, region: &Region) -> Result<Step, Abort> {
        self.enter_rep()?;
        self.rep().count = 0;
        self.possessive_iteration(cursor, region)
    }

    /// Starts the next iteration of a possessive repeat, or goes on behind it.
    pub(super) fn possessive_iteration(&mut self, cursor: Cursor, region: &Region) -> Result<Step, Abort> {
        self.tick()?;
        let at = cursor.at as Word;
        let body = Some(Cursor { pc: region.body, ..cursor });
        let rep = *self.rep();
        if rep.count < i64::from(region.min) {
            self.enter_region(REGION_REQUIRED, cursor.pc, 0, cursor.at)?;
            return Ok(body);
        }
        if (rep.count < i64::from(region.max) || region.max == MAX_REPEAT) && at != rep.last {
            let flag = self.push_marks()?;
            self.enter_region(REGION, cursor.pc, flag, cursor.at)?;
            self.rep().last = at;
            return Ok(body);
        }
        self.leave_rep();
        Ok(Some(Cursor { pc: region.after, ..cursor }))
    }

    /// Ends a possessive repeat, whose record is the newest.
    pub(super) fn leave_rep(&mut self) {
        self.repeat = self.rep().outer;
        self.matcher.reps.pop();
    }

    /// Takes the region's entry off the stack and makes the enclosing region and the repeat the active ones.
    pub(super) fn leave_region(&mut self) -> (usize, Word, Word) {
        let [at, region, state, saved, head] =
            *self.matcher.stack.last_chunk::<REGION_WORDS>().unwrap_or(&[0; REGION_WORDS]);
        self.region = region as usize;
        self.repeat = (state >> 32) as u32;
        self.matcher.reps.truncate(state as u32 as usize);
        (at as usize, saved, head)
    }

    /// The body of the innermost region has matched: forgets its choices.
    pub(super) fn region_end(&mut self, cursor: Cursor) -> Result<Step, Abort> {
        self.matcher.stack.truncate(self.region);
        let (at, saved, head) = self.leave_region();
        self.drop_entry(REGION_WORDS, saved, head);
        let pc = pc_of(head);
        let region = self.region_of(pc);
        match region.kind {
            RegionKind::Assert => Ok(Some(Cursor { pc: region.after, at })),
            RegionKind::AssertNot => Ok(None),
            RegionKind::Atomic => Ok(Some(Cursor { pc: region.after, ..cursor })),
            RegionKind::Possessive => {
                self.rep().count += 1;
                self.possessive_iteration(Cursor { pc, ..cursor }, region)
            }
        }
    }

    /// The body of the innermost region has failed; its entry is on top of the stack.
    pub(super) fn region_failed(&mut self) -> Step {
        let (at, saved, head) = self.leave_region();
        let pc = pc_of(head);
        let region = self.region_of(pc);
        let optional = match region.kind {
            RegionKind::Assert | RegionKind::Atomic => false,
            RegionKind::AssertNot => true,
            RegionKind::Possessive => {
                self.leave_rep();
                head & ((1 << TAG_BITS) - 1) != REGION_REQUIRED
            }
        };
        if optional {
            self.restore(REGION_WORDS, saved, head);
        }
        self.drop_entry(REGION_WORDS, saved, head);
        optional.then_some(Cursor { pc: region.after, at })
    }

    /// The region entered by the instruction at `pc`.
    pub(super) fn region_of(&self, pc: Pc) -> &'a Region {
        match self.program.insts[pc as usize] {
            Inst::Assert(r) | Inst::AssertNot(r) | Inst::Atomic(r) | Inst::PossessiveRepeat(r) => {
                &self.program.regions[r as usize]
            }
            _ => unreachable!("a region entry belongs to the instruction that pushed it"),
        }
    }
}
