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

mod regions;
mod repeats;
mod runs;

use crate::chars::{ascii_lower, locale_lower};
use crate::matcher::{Abort, Matcher, NO_REP, Options, Poll, Rep, UNSET, Word};
use crate::program::{First, Inst, Item, Pc, Place, Program, RefFold};
use crate::runs::{has_text, passes};
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
        let passed = passes(self.program, item, self.text, cursor.at);
        passed.then_some(Cursor { pc: cursor.pc + 1, at: cursor.at + 1 })
    }

    #[inline(always)]
    fn literals(&mut self, cursor: Cursor, from: usize, len: usize) -> Step {
        has_text(self.program, self.text, cursor.at, from, len)
            .then_some(Cursor { pc: cursor.pc + 1, at: cursor.at + len })
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
            // An attempt may be behind the end, where lines end, too.
            Place::LineEnd => at == end || self.whole.get(at).is_some_and(|&unit| unit.into() == newline),
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
        let viable = match &branch.second {
            Some(second) if viable & viable.wrapping_sub(1) != 0 => {
                viable
                    & match self.unit(cursor.at + 1) {
                        Some(ch) => second.masks.get(ch as usize).copied().unwrap_or(second.wide),
                        None => second.at_end,
                    }
            }
            _ => viable,
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
