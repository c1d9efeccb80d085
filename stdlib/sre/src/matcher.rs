//! The matcher: the state that outlives one attempt, and the entry points.

use crate::exec::Exec;
use crate::program::Program;
use crate::search;
use crate::units::Unit;

/// A value of the matcher's stack and marks: positions, counts, tags. Always 64 bits, so that a tag and an
/// instruction index fit together on every machine.
pub(crate) type Word = u64;

/// A mark or position that is not set.
pub(crate) const UNSET: Word = Word::MAX;

/// Called now and then during long matches; `false` aborts the match.
pub type Poll<'a> = dyn FnMut() -> bool + 'a;

/// Why a match was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Abort {
    /// The poll hook asked for it.
    Interrupted,
    /// There is no memory for more choice points.
    OutOfMemory,
}

/// Extra conditions on a match.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// The match must reach the end of the text (`fullmatch`).
    pub to_end: bool,
    /// A match that begins where the attempt starts must not be empty: how scanners get past an empty match.
    pub must_advance: bool,
}

/// One entry into a general repeat.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rep {
    /// Complete iterations; -1 before the first `Until`.
    pub count: i64,
    /// Where the current iteration began, if it was optional.
    pub last: Word,
    /// The enclosing repeat, as an index, or `NO_REP`.
    pub outer: u32,
}

/// No repeat is active.
pub(crate) const NO_REP: u32 = u32::MAX;

/// What the groups have captured so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks {
    /// The positions. Only the first `count` are meaningful.
    pub at: Vec<Word>,
    /// One more than the highest mark set (`lastmark + 1`).
    pub count: u32,
    /// The group closed last, counting from one; 0 if none (`lastindex`).
    pub last_index: u32,
}

/// The state of matching, reusable from match to match so that none of them has to allocate.
#[derive(Clone, Debug, Default)]
pub struct Matcher {
    pub(crate) marks: Marks,
    pub(crate) stack: Vec<Word>,
    pub(crate) reps: Vec<Rep>,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Stack space beyond this is given back after a match.
const KEEP_WORDS: usize = 1 << 18;

impl Matcher {
    /// A matcher for any program.
    pub fn new() -> Matcher {
        Matcher::default()
    }

    /// Matches at `pos`, with the text ending at `endpos`. Both are clamped to the text; `^` and lookbehinds see the
    /// text before `pos`. With `pos` after `endpos`, patterns that need not look at the text still match.
    ///
    /// # Errors
    /// [`Abort`], after which the captures are unspecified.
    pub fn match_at<T: Unit>(
        &mut self,
        program: &Program,
        text: &[T],
        pos: usize,
        endpos: usize,
        options: Options,
        poll: &mut Poll<'_>,
    ) -> Result<bool, Abort> {
        let pos = pos.min(text.len());
        self.prepare(program);
        let end = Exec::new(program, text, endpos, self, options, poll).attempt(pos);
        self.finish(end.map(|end| end.map(|end| (pos, end))))
    }

    /// [`match_at`](Self::match_at) for a match that must reach `endpos`.
    ///
    /// # Errors
    /// As for `match_at`.
    pub fn fullmatch<T: Unit>(
        &mut self,
        program: &Program,
        text: &[T],
        pos: usize,
        endpos: usize,
        poll: &mut Poll<'_>,
    ) -> Result<bool, Abort> {
        let options = Options { to_end: true, must_advance: false };
        self.match_at(program, text, pos, endpos, options, poll)
    }

    /// Finds the first match that starts at `pos` or later.
    ///
    /// # Errors
    /// As for `match_at`.
    pub fn search<T: Unit>(
        &mut self,
        program: &Program,
        text: &[T],
        pos: usize,
        endpos: usize,
        options: Options,
        poll: &mut Poll<'_>,
    ) -> Result<bool, Abort> {
        let pos = pos.min(text.len());
        if pos > endpos {
            return Ok(false);
        }
        self.prepare(program);
        let found = search::search(Exec::new(program, text, endpos, self, options, poll), pos);
        self.finish(found)
    }

    /// Where the match begins and ends.
    pub fn span(&self) -> (usize, usize) {
        (self.start, self.end)
    }

    /// Where the text captured by a group (counting from 1) begins and ends; 0 is the whole match.
    ///
    /// A begin after the end can come from a group inside a lookbehind inside a repeat; Python reports it as an
    /// internal error.
    pub fn group(&self, group: usize) -> Option<(usize, usize)> {
        let Some(first) = group.checked_sub(1).map(|index| index * 2) else { return Some(self.span()) };
        if first + 1 >= self.marks.count as usize {
            return None;
        }
        let (start, end) = (self.marks.at[first], self.marks.at[first + 1]);
        (start != UNSET && end != UNSET).then_some((start as usize, end as usize))
    }

    /// The group that was closed last (`Match.lastindex`).
    pub fn last_index(&self) -> Option<usize> {
        (self.marks.last_index != 0).then_some(self.marks.last_index as usize)
    }

    fn prepare(&mut self, program: &Program) {
        self.marks.at.resize(program.groups() * 2, UNSET);
    }

    fn finish(&mut self, found: Result<Option<(usize, usize)>, Abort>) -> Result<bool, Abort> {
        self.stack.clear();
        self.stack.shrink_to(KEEP_WORDS);
        self.reps.clear();
        self.reps.shrink_to(KEEP_WORDS);
        let Some((start, end)) = found? else { return Ok(false) };
        (self.start, self.end) = (start, end);
        Ok(true)
    }
}
