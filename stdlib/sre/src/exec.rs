//! The backtracking matcher.
//!
//! Execution is a cursor (instruction, position) and a stack of entries to fall back on. An entry is a few words, its
//! head last: the tag, the instruction it belongs to, and whether a copy of the marks lies below. On failure the
//! topmost entry decides: a *choice* restores the captures and yields a new cursor, an *undo* reverses a change of
//! the repeat state and lets the failure go on, a *region* ends a body matched on its own.
//!
//! Captures follow the reference engine to the letter, because patterns can observe it: a choice always records how
//! many marks are set and which group closed last, but the marks themselves only inside of a repeat, where a group
//! can be captured twice.
//!
//! Invariants: when an entry is popped, `repeat` is what it was when the entry was pushed; the records in
//! `Matcher::reps` are live in stack order, so an index stays valid while its entry is on the stack; `region` is the
//! stack height just above the innermost region's entry, or 0.

use crate::chars::{ascii_lower, locale_lower};
use crate::matcher::{Abort, Matcher, NO_REP, Options, Poll, Rep, UNSET, Word};
use crate::opcodes::MAX_REPEAT;
use crate::program::{
    Disjoint, First, Inst, Item, Loop, Next, Pc, Place, Program, RefFold, Region, RegionKind, Run,
};
use crate::runs::{find_either, find_last, passes, run_end};
use crate::units::Unit;

/// Backtracks and loop iterations between two calls of the poll hook.
const POLL_INTERVAL: u32 = 1 << 14;

/// Where execution goes on.
#[derive(Clone, Copy)]
struct Cursor {
    pc: Pc,
    at: usize,
}

/// Where to go on, `None` on failure.
type Step = Option<Cursor>;

/// Declares the tags of stack entries, which are the low bits of their head words.
macro_rules! tags {
    ($($(#[$doc:meta])* $name:ident = $number:literal,)*) => {
        $($(#[$doc])* const $name: Word = $number;)*
    };
}

tags! {
    /// Choice (position, remaining alternatives): the next alternative of a branch.
    BRANCH = 0,
    /// Choice (position, lowest position): a run gives back a unit.
    GREEDY = 1,
    /// Choice (position, highest position): a run takes another unit.
    LAZY = 2,
    /// Choice (position, the iteration's `last`): an optional iteration failed, the tail is next.
    ITERATION = 3,
    /// Choice (position, repeat): the tail of a lazy repeat failed, another iteration is next.
    LAZY_TAIL = 4,
    /// Undo: a required iteration failed.
    REQUIRED = 5,
    /// Undo (the iteration's `last`): an iteration of a lazy repeat failed.
    LAZY_ITERATION = 6,
    /// Undo (repeat): the tail of a greedy repeat failed.
    TAIL = 7,
    /// Undo: a repeat failed.
    REPEAT = 8,
    /// Region (position, enclosing region, repeat state): a body failed.
    REGION = 9,
    /// The same for a required iteration of a possessive repeat, whose failure is the repeat's.
    REGION_REQUIRED = 10,
}

/// The bits of a head that hold the tag.
const TAG_BITS: u32 = 4;
/// The bit of a head that says that a copy of the marks lies below the entry.
const WITH_MARKS: Word = 1 << TAG_BITS;
/// Where the instruction index starts in a head.
const PC_SHIFT: u32 = TAG_BITS + 1;

/// Words of a choice entry above the marks: two operands, the saved capture state, the head.
const CHOICE_WORDS: usize = 4;
/// Words of a region entry above the marks: a choice entry with one more operand.
const REGION_WORDS: usize = 5;

fn pc_of(head: Word) -> Pc {
    (head >> PC_SHIFT) as Pc
}

/// One use of the matcher on one text.
pub(crate) struct Exec<'a, T: Unit> {
    pub program: &'a Program,
    /// The text up to the end position.
    pub text: &'a [T],
    /// All of the text: an attempt may start after the end position, and look at the unit before it.
    whole: &'a [T],
    pub matcher: &'a mut Matcher,
    pub options: Options,
    poll: &'a mut Poll<'a>,
    budget: u32,
    /// Where the attempt started.
    start: usize,
    /// The active repeat: an index into `Matcher::reps`.
    repeat: u32,
    region: usize,
}

impl<'a, T: Unit> Exec<'a, T> {
    pub fn new(
        program: &'a Program,
        whole: &'a [T],
        end: usize,
        matcher: &'a mut Matcher,
        options: Options,
        poll: &'a mut Poll<'_>,
    ) -> Self {
        let text = &whole[..end.min(whole.len())];
        let budget = POLL_INTERVAL;
        Exec { program, text, whole, matcher, options, poll, budget, start: 0, repeat: NO_REP, region: 0 }
    }

    /// Counts a unit of work, and polls when it is time.
    #[inline(always)]
    pub fn tick(&mut self) -> Result<(), Abort> {
        self.budget -= 1;
        if self.budget == 0 { self.poll_now() } else { Ok(()) }
    }

    #[cold]
    fn poll_now(&mut self) -> Result<(), Abort> {
        self.budget = POLL_INTERVAL;
        if (self.poll)() { Ok(()) } else { Err(Abort::Interrupted) }
    }

    /// Tries to match at `at`; the end of the match, if there is one.
    pub fn attempt(&mut self, at: usize) -> Result<Option<usize>, Abort> {
        self.matcher.marks.count = 0;
        self.matcher.marks.last_index = 0;
        self.matcher.stack.clear();
        self.matcher.reps.clear();
        self.start = at;
        self.repeat = NO_REP;
        self.region = 0;
        self.run(Cursor { pc: 0, at })
    }

    fn run(&mut self, mut cursor: Cursor) -> Result<Option<usize>, Abort> {
        let program = self.program;
        loop {
            let step = match program.insts[cursor.pc as usize] {
                Inst::Fail => None,
                Inst::Accept => {
                    if self.accepts(cursor.at) {
                        return Ok(Some(cursor.at));
                    }
                    None
                }
                Inst::RegionEnd(_) => self.region_end(cursor)?,
                Inst::One(item) => self.one(cursor, item),
                Inst::Literals(from, len) => self.literals(cursor, from as usize, len as usize),
                Inst::Mark(mark) => self.mark(cursor, mark),
                Inst::At(place) => self.is_at(cursor.at, place).then(|| next(cursor)),
                Inst::Boundary(set, outside) => {
                    (self.boundary(cursor.at, set) != outside).then(|| next(cursor))
                }
                Inst::Jump(pc) => Some(Cursor { pc, ..cursor }),
                Inst::Branch(branch) => self.branch(cursor, branch)?,
                Inst::GroupRef(group, fold) => self.group_ref(cursor, group, fold),
                Inst::IfGroup(group, no) => self.if_group(cursor, group, no),
                Inst::Greedy(run) => self.greedy(cursor, &program.runs[run as usize])?,
                Inst::Lazy(run) => self.lazy(cursor, &program.runs[run as usize])?,
                Inst::Possessive(run) => self.possessive(cursor, &program.runs[run as usize]),
                Inst::Repeat(entered) => self.repeat(cursor, &program.loops[entered as usize])?,
                Inst::MaxUntil(entered) => self.max_until(cursor, &program.loops[entered as usize])?,
                Inst::MinUntil(entered) => self.min_until(cursor, &program.loops[entered as usize])?,
                Inst::PossessiveRepeat(region) => {
                    self.possessive_repeat(cursor, &program.regions[region as usize])?
                }
                Inst::Assert(region) => self.assert(cursor, &program.regions[region as usize])?,
                Inst::AssertNot(region) => self.assert_not(cursor, &program.regions[region as usize])?,
                Inst::Atomic(region) => self.atomic(cursor, &program.regions[region as usize])?,
            };
            cursor = match step {
                Some(cursor) => cursor,
                None => match self.backtrack()? {
                    Some(cursor) => cursor,
                    None => return Ok(None),
                },
            };
        }
    }

    /// Whether the end of the pattern at `at` is a match.
    fn accepts(&self, at: usize) -> bool {
        !(self.options.to_end && at != self.text.len() || self.options.must_advance && at == self.start)
    }

    #[inline(always)]
    fn unit(&self, at: usize) -> Option<u32> {
        self.text.get(at).map(|&unit| unit.into())
    }

    /// The unit before `at`.
    #[inline(always)]
    fn before(&self, at: usize) -> Option<u32> {
        self.whole.get(at.wrapping_sub(1)).map(|&unit| unit.into())
    }

    /// Whether what follows `at` can begin something that must begin with `first`.
    #[inline(always)]
    fn may_start(&self, first: &Option<Box<First>>, at: usize) -> bool {
        match first {
            Some(first) => first.allows(self.unit(at)),
            None => true,
        }
    }

    // The stack.

    /// Makes room for `words` more words.
    #[inline(always)]
    fn reserve(&mut self, words: usize) -> Result<(), Abort> {
        let stack = &mut self.matcher.stack;
        if stack.capacity() - stack.len() >= words { Ok(()) } else { grow(stack, words) }
    }

    #[inline(always)]
    fn push<const N: usize>(&mut self, words: [Word; N]) -> Result<(), Abort> {
        self.reserve(N)?;
        self.matcher.stack.extend_from_slice(&words);
        Ok(())
    }

    /// Copies the marks to the stack if a repeat is active; the flag for the entry's head.
    #[inline(always)]
    fn push_marks(&mut self) -> Result<Word, Abort> {
        if self.repeat == NO_REP || self.matcher.marks.count == 0 {
            return Ok(0);
        }
        let count = self.matcher.marks.count as usize;
        self.reserve(count + REGION_WORDS)?;
        let Matcher { stack, marks, .. } = &mut *self.matcher;
        stack.extend_from_slice(&marks.at[..count]);
        Ok(WITH_MARKS)
    }

    /// The count of marks and the last group, in one word.
    #[inline(always)]
    fn captures(&self) -> Word {
        Word::from(self.matcher.marks.count) << 32 | Word::from(self.matcher.marks.last_index)
    }

    #[inline(always)]
    fn push_choice(&mut self, tag: Word, pc: Pc, a: Word, b: Word) -> Result<(), Abort> {
        let flag = self.push_marks()?;
        let saved = self.captures();
        self.push([a, b, saved, head(tag, pc) | flag])
    }

    /// Restores the captures from an entry of `words` words on top of the stack.
    #[inline(always)]
    fn restore(&mut self, words: usize, saved: Word, head: Word) {
        let Matcher { stack, marks, .. } = &mut *self.matcher;
        marks.count = (saved >> 32) as u32;
        marks.last_index = saved as u32;
        if head & WITH_MARKS != 0 {
            let count = marks.count as usize;
            let end = stack.len() - words;
            marks.at[..count].copy_from_slice(&stack[end - count..end]);
        }
    }

    /// Removes an entry of `words` words from the stack.
    #[inline(always)]
    fn drop_entry(&mut self, words: usize, saved: Word, head: Word) {
        let marks = if head & WITH_MARKS != 0 { (saved >> 32) as usize } else { 0 };
        let stack = &mut self.matcher.stack;
        stack.truncate(stack.len() - words - marks);
    }

    /// Falls back on the topmost entry that has something left to try.
    #[inline]
    fn backtrack(&mut self) -> Result<Step, Abort> {
        self.tick()?;
        loop {
            let Some(&head) = self.matcher.stack.last() else { return Ok(None) };
            let step = match head & ((1 << TAG_BITS) - 1) {
                tag @ (BRANCH | GREEDY | LAZY | ITERATION | LAZY_TAIL) => self.resume(tag, head)?,
                REQUIRED => {
                    self.matcher.stack.pop();
                    self.rep().count -= 1;
                    None
                }
                LAZY_ITERATION => {
                    let [last, _] = self.pop();
                    let rep = self.rep();
                    rep.last = last;
                    rep.count -= 1;
                    None
                }
                TAIL => {
                    let [repeat, _] = self.pop();
                    self.repeat = repeat as u32;
                    None
                }
                REPEAT => {
                    self.matcher.stack.pop();
                    self.repeat = self.rep().outer;
                    self.matcher.reps.pop();
                    None
                }
                _ => self.region_failed(),
            };
            if step.is_some() {
                return Ok(step);
            }
        }
    }

    #[inline(always)]
    fn pop<const N: usize>(&mut self) -> [Word; N] {
        let stack = &mut self.matcher.stack;
        let words = stack.last_chunk().copied().unwrap_or([0; N]);
        stack.truncate(stack.len() - N);
        words
    }

    /// The active repeat's record.
    #[inline(always)]
    fn rep(&mut self) -> &mut Rep {
        &mut self.matcher.reps[self.repeat as usize]
    }

    /// Takes up the choice on top of the stack.
    #[inline(always)]
    fn resume(&mut self, tag: Word, head: Word) -> Result<Step, Abort> {
        let program = self.program;
        let [a, b, saved, _] = *self.matcher.stack.last_chunk::<CHOICE_WORDS>().unwrap_or(&[0; CHOICE_WORDS]);
        let pc = pc_of(head);
        self.restore(CHOICE_WORDS, saved, head);
        match (tag, program.insts[pc as usize]) {
            (BRANCH, Inst::Branch(branch)) => {
                let rest = b & (b - 1);
                self.keep_or_drop(rest != 0, a, rest, saved, head);
                let pc = program.branches[branch as usize].alternatives[b.trailing_zeros() as usize];
                Ok(Some(Cursor { pc, at: a as usize }))
            }
            (GREEDY, Inst::Greedy(run)) => {
                let at = self.give_back(&program.runs[run as usize], a as usize - 1, b as usize);
                self.keep_or_drop(
                    at.is_some_and(|at| at > b as usize),
                    at.unwrap_or(0) as Word,
                    b,
                    saved,
                    head,
                );
                Ok(at.map(|at| Cursor { pc: pc + 1, at }))
            }
            (LAZY, Inst::Lazy(run)) => {
                let run = &program.runs[run as usize];
                let at = self.take_more(run, a as usize, b as usize);
                self.keep_or_drop(
                    at.is_some_and(|at| at < b as usize),
                    at.unwrap_or(0) as Word,
                    b,
                    saved,
                    head,
                );
                Ok(at.map(|at| Cursor { pc: pc + 1, at }))
            }
            (ITERATION, Inst::MaxUntil(entered)) => {
                self.drop_entry(CHOICE_WORDS, saved, head);
                let rep = self.rep();
                rep.last = b;
                rep.count -= 1;
                self.tail(Cursor { pc, at: a as usize }, &program.loops[entered as usize])
            }
            (LAZY_TAIL, Inst::MinUntil(entered)) => {
                self.drop_entry(CHOICE_WORDS, saved, head);
                self.repeat = b as u32;
                self.lazy_iteration(Cursor { pc, at: a as usize }, &program.loops[entered as usize])
            }
            _ => unreachable!("a choice entry belongs to the instruction that pushed it"),
        }
    }

    /// Updates the choice on top of the stack, or removes it when nothing is left of it.
    #[inline(always)]
    fn keep_or_drop(&mut self, keep: bool, a: Word, b: Word, saved: Word, head: Word) {
        if keep {
            if let Some(words) = self.matcher.stack.last_chunk_mut::<CHOICE_WORDS>() {
                (words[0], words[1]) = (a, b);
            }
        } else {
            self.drop_entry(CHOICE_WORDS, saved, head);
        }
    }

    // Consuming instructions.

    #[inline(always)]
    fn one(&mut self, cursor: Cursor, item: Item) -> Step {
        let ch = self.unit(cursor.at)?;
        passes(self.program, item, ch).then_some(Cursor { pc: cursor.pc + 1, at: cursor.at + 1 })
    }

    #[inline(always)]
    fn literals(&mut self, cursor: Cursor, from: usize, len: usize) -> Step {
        self.has_text(cursor.at, from, len).then_some(Cursor { pc: cursor.pc + 1, at: cursor.at + len })
    }

    /// Whether a part of the literal table follows at `at`.
    #[inline(always)]
    fn has_text(&self, at: usize, from: usize, len: usize) -> bool {
        let Some(text) = self.text.get(at..at + len) else { return false };
        let literals = &self.program.literals[from..from + len];
        text.iter().zip(literals).all(|(&unit, &ch)| unit.into() == ch)
    }

    /// The text of a group, if it has matched. A group whose end lies before its start has not.
    fn captured(&self, group: u32) -> Option<(usize, usize)> {
        let marks = &self.matcher.marks;
        if group * 2 + 1 >= marks.count {
            return None;
        }
        let (start, end) = (marks.at[group as usize * 2], marks.at[group as usize * 2 + 1]);
        (start != UNSET && end != UNSET && start <= end).then_some((start as usize, end as usize))
    }

    fn group_ref(&mut self, cursor: Cursor, group: u32, fold: RefFold) -> Step {
        let (start, end) = self.captured(group)?;
        let here = cursor.at + (end - start);
        if here > self.text.len() && start != end {
            return None;
        }
        let (old, new) = (&self.whole[start..end], &self.whole[cursor.at..here]);
        let classes = self.program.classes;
        let same = |lower: &dyn Fn(u32) -> u32| {
            old.iter().zip(new).all(|(&a, &b)| a == b || lower(a.into()) == lower(b.into()))
        };
        let equal = match fold {
            RefFold::Exact => old == new,
            RefFold::Ascii => same(&ascii_lower),
            RefFold::Locale => same(&|ch| locale_lower(classes, ch)),
            RefFold::Unicode => same(&|ch| classes.lower(ch)),
        };
        equal.then_some(Cursor { pc: cursor.pc + 1, at: here })
    }

    // Zero-width instructions.

    #[inline(always)]
    fn mark(&mut self, cursor: Cursor, mark: u32) -> Step {
        let marks = &mut self.matcher.marks;
        if mark & 1 == 1 {
            marks.last_index = mark / 2 + 1;
        }
        if mark >= marks.count {
            for skipped in marks.count..mark {
                marks.at[skipped as usize] = UNSET;
            }
            marks.count = mark + 1;
        }
        marks.at[mark as usize] = cursor.at as Word;
        Some(next(cursor))
    }

    fn if_group(&mut self, cursor: Cursor, group: u32, no: Pc) -> Step {
        Some(if self.captured(group).is_some() { next(cursor) } else { Cursor { pc: no, ..cursor } })
    }

    fn is_at(&self, at: usize, place: Place) -> bool {
        let newline = u32::from(b'\n');
        let end = self.text.len();
        match place {
            Place::TextStart => at == 0,
            Place::LineStart => self.before(at).is_none_or(|ch| ch == newline),
            Place::End => at == end || (at + 1 == end && self.unit(at) == Some(newline)),
            Place::LineEnd => at == end || self.unit(at) == Some(newline),
            Place::TextEnd => at == end,
        }
    }

    /// Whether exactly one of the units around `at` is in the set.
    fn boundary(&self, at: usize, set: u32) -> bool {
        let (set, classes) = (&self.program.sets[set as usize], self.program.classes);
        let inside = |ch: u32| if set.locale { set.ask(classes, ch) } else { set.contains(classes, ch) };
        self.before(at).is_some_and(inside) != self.unit(at).is_some_and(inside)
    }

    #[inline(always)]
    fn branch(&mut self, cursor: Cursor, number: u32) -> Result<Step, Abort> {
        let branch = &self.program.branches[number as usize];
        let viable = match self.unit(cursor.at) {
            Some(ch) => branch.masks.get(ch as usize).copied().unwrap_or(branch.wide),
            None => branch.at_end,
        };
        if viable == 0 {
            return Ok(None);
        }
        let rest = viable & (viable - 1);
        if rest != 0 {
            self.push_choice(BRANCH, cursor.pc, cursor.at as Word, rest)?;
        }
        Ok(Some(Cursor { pc: branch.alternatives[viable.trailing_zeros() as usize], ..cursor }))
    }

    // Runs of one unit.

    /// The end of the longest run at `at` that the bounds allow, if it is long enough.
    #[inline(always)]
    fn whole_run(&self, run: &Run, at: usize) -> Option<usize> {
        let room = self.text.len().checked_sub(at)?;
        if run.min as usize > room {
            return None;
        }
        let limit = if run.max == MAX_REPEAT { room } else { room.min(run.max as usize) };
        let end = run_end(self.program, run.item, self.text, at, at + limit);
        (end - at >= run.min as usize).then_some(end)
    }

    #[inline(always)]
    fn possessive(&mut self, cursor: Cursor, run: &Run) -> Step {
        let at = self.whole_run(run, cursor.at)?;
        Some(Cursor { pc: cursor.pc + 1, at })
    }

    /// Whether the only length of a run worth trying is the first.
    #[inline(always)]
    fn decided(&self, run: &Run) -> bool {
        run.last && !self.options.to_end && !self.options.must_advance
    }

    /// Whether a property that may hold for narrow units only holds for this text.
    #[inline(always)]
    fn holds(&self, property: Disjoint) -> bool {
        property == Disjoint::Always || (property == Disjoint::Narrow && size_of::<T>() == 1)
    }

    #[inline(always)]
    fn greedy(&mut self, cursor: Cursor, run: &Run) -> Result<Step, Abort> {
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
    fn give_back(&self, run: &Run, high: usize, low: usize) -> Option<usize> {
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
            high = low + find_last(&self.text[low..high], ch)?;
            if self.continues(run, high) {
                return Some(high);
            }
        }
    }

    #[inline(always)]
    fn lazy(&mut self, cursor: Cursor, run: &Run) -> Result<Step, Abort> {
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
    fn continues(&self, run: &Run, at: usize) -> bool {
        match run.next {
            Next::Anything => true,
            Next::Literal(ch) => self.unit(at) == Some(ch),
            Next::Text(ch, from, len) => {
                self.unit(at) == Some(ch) && self.has_text(at + 1, from as usize, len as usize)
            }
            Next::First(ref first) => first.allows(self.unit(at)),
        }
    }

    /// The lowest position above `at`, up to `high`, that the run reaches and where the continuation has a chance.
    #[inline(always)]
    fn take_more(&self, run: &Run, at: usize, high: usize) -> Option<usize> {
        if let (Item::Any | Item::AnyAll, &Next::Literal(ch) | &Next::Text(ch, ..)) = (run.item, &run.next) {
            return self.take_until(run, T::from_code(ch)?, at, high);
        }
        let mut at = at;
        while at < high && passes(self.program, run.item, self.text[at].into()) {
            at += 1;
            if self.continues(run, at) {
                return Some(at);
            }
        }
        None
    }

    /// [`take_more`](Self::take_more) for runs of almost anything before a literal, which is searched for.
    #[inline(always)]
    fn take_until(&self, run: &Run, ch: T, at: usize, high: usize) -> Option<usize> {
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

    // General repeats.

    #[inline(always)]
    fn repeat(&mut self, cursor: Cursor, entered: &Loop) -> Result<Step, Abort> {
        self.push([head(REPEAT, cursor.pc)])?;
        self.enter_rep()?;
        Ok(Some(Cursor { pc: entered.until, ..cursor }))
    }

    /// Makes a new record the active repeat.
    #[inline(always)]
    fn enter_rep(&mut self) -> Result<(), Abort> {
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
    fn max_until(&mut self, cursor: Cursor, entered: &Loop) -> Result<Step, Abort> {
        self.tick()?;
        let at = cursor.at as Word;
        let body = Some(Cursor { pc: entered.body, ..cursor });
        let Rep { count, last, .. } = *self.rep();
        let count = count + 1;
        let more = count < i64::from(entered.max) || entered.max == MAX_REPEAT;
        if self.holds(entered.single_path) {
            return Ok(self.single_path(cursor, entered, count, more));
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
    fn single_path(&mut self, cursor: Cursor, entered: &Loop, count: i64, more: bool) -> Step {
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
    fn tail(&mut self, cursor: Cursor, entered: &Loop) -> Result<Step, Abort> {
        if !self.may_start(&entered.tail_first, cursor.at) {
            return Ok(None);
        }
        self.push([Word::from(self.repeat), head(TAIL, cursor.pc)])?;
        self.repeat = self.rep().outer;
        Ok(Some(Cursor { pc: entered.until + 1, ..cursor }))
    }

    #[inline(always)]
    fn min_until(&mut self, cursor: Cursor, entered: &Loop) -> Result<Step, Abort> {
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
    fn lazy_iteration(&mut self, cursor: Cursor, entered: &Loop) -> Result<Step, Abort> {
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

    // Bodies that are matched on their own.

    /// Enters a body at `at`, returning to `back_to` or leaving the region when it has matched or failed.
    fn enter_region(&mut self, tag: Word, pc: Pc, flag: Word, back_to: usize) -> Result<(), Abort> {
        let state = Word::from(self.repeat) << 32 | self.matcher.reps.len() as Word;
        let saved = self.captures();
        self.push([back_to as Word, self.region as Word, state, saved, head(tag, pc) | flag])?;
        self.region = self.matcher.stack.len();
        Ok(())
    }

    fn assert(&mut self, cursor: Cursor, region: &Region) -> Result<Step, Abort> {
        let Some(at) = cursor.at.checked_sub(region.back as usize) else { return Ok(None) };
        if region.plain {
            return Ok(self.plain_body(region, at).then_some(Cursor { pc: region.after, ..cursor }));
        }
        if !self.may_start(&region.first, at) {
            return Ok(None);
        }
        self.enter_region(REGION, cursor.pc, 0, cursor.at)?;
        Ok(Some(Cursor { pc: region.body, at }))
    }

    fn assert_not(&mut self, cursor: Cursor, region: &Region) -> Result<Step, Abort> {
        let Some(at) = cursor.at.checked_sub(region.back as usize) else {
            return Ok(Some(Cursor { pc: region.after, ..cursor }));
        };
        if region.plain {
            return Ok((!self.plain_body(region, at)).then_some(Cursor { pc: region.after, ..cursor }));
        }
        if !self.may_start(&region.first, at) {
            return Ok(Some(Cursor { pc: region.after, ..cursor }));
        }
        let flag = self.push_marks()?;
        self.enter_region(REGION, cursor.pc, flag, cursor.at)?;
        Ok(Some(Cursor { pc: region.body, at }))
    }

    /// Whether a body that is only a sequence of tests matches at `at`.
    fn plain_body(&mut self, region: &Region, at: usize) -> bool {
        let mut cursor = Cursor { pc: region.body, at };
        while cursor.pc + 1 < region.after {
            let step = match self.program.insts[cursor.pc as usize] {
                Inst::One(item) => self.one(cursor, item),
                Inst::Literals(from, len) => self.literals(cursor, from as usize, len as usize),
                _ => unreachable!("a plain body is made of tests"),
            };
            let Some(after) = step else { return false };
            cursor = after;
        }
        true
    }

    fn atomic(&mut self, cursor: Cursor, region: &Region) -> Result<Step, Abort> {
        if !self.may_start(&region.first, cursor.at) {
            return Ok(None);
        }
        self.enter_region(REGION, cursor.pc, 0, cursor.at)?;
        Ok(Some(Cursor { pc: region.body, ..cursor }))
    }

    fn possessive_repeat(&mut self, cursor: Cursor, region: &Region) -> Result<Step, Abort> {
        self.enter_rep()?;
        self.rep().count = 0;
        self.possessive_iteration(cursor, region)
    }

    /// Starts the next iteration of a possessive repeat, or goes on behind it.
    fn possessive_iteration(&mut self, cursor: Cursor, region: &Region) -> Result<Step, Abort> {
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
    fn leave_rep(&mut self) {
        self.repeat = self.rep().outer;
        self.matcher.reps.pop();
    }

    /// Takes the region's entry off the stack and makes the enclosing region and the repeat the active ones.
    fn leave_region(&mut self) -> (usize, Word, Word) {
        let [at, region, state, saved, head] =
            *self.matcher.stack.last_chunk::<REGION_WORDS>().unwrap_or(&[0; REGION_WORDS]);
        self.region = region as usize;
        self.repeat = (state >> 32) as u32;
        self.matcher.reps.truncate(state as u32 as usize);
        (at as usize, saved, head)
    }

    /// The body of the innermost region has matched: forgets its choices.
    fn region_end(&mut self, cursor: Cursor) -> Result<Step, Abort> {
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
    fn region_failed(&mut self) -> Step {
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
    fn region_of(&self, pc: Pc) -> &'a Region {
        match self.program.insts[pc as usize] {
            Inst::Assert(r) | Inst::AssertNot(r) | Inst::Atomic(r) | Inst::PossessiveRepeat(r) => {
                &self.program.regions[r as usize]
            }
            _ => unreachable!("a region entry belongs to the instruction that pushed it"),
        }
    }
}

#[inline(always)]
fn next(cursor: Cursor) -> Cursor {
    Cursor { pc: cursor.pc + 1, ..cursor }
}

#[inline(always)]
fn head(tag: Word, pc: Pc) -> Word {
    Word::from(pc) << PC_SHIFT | tag
}

#[cold]
fn grow<V>(stack: &mut Vec<V>, more: usize) -> Result<(), Abort> {
    stack.try_reserve(more.max(64)).map_err(|_| Abort::OutOfMemory)
}
