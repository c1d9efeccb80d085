//! Validates the code words of a pattern and turns them into instructions.
//!
//! The words are nested: constructs carry the distance to their end, and bodies lie inside. The decoder makes one
//! pass from left to right with a stack of the constructs it is in, so that no nesting depth can overflow the
//! native stack. Each construct must end where its enclosing one says it may, hold the terminator its kind asks
//! for, and use operands in range; anything else is `InvalidCode`.
//!
//! The tables that depend on what follows an instruction are left empty here and filled by `analyze`.

use crate::analyze;
use crate::chars::CharClass;
use crate::charset::{CharSet, Fold, Member};
use crate::opcodes::{Category, INFO_CHARSET, INFO_PREFIX, MAX_GROUPS, MAX_REPEAT, Op, Position};
use crate::program::{
    BRANCH_WIDTH, Branch, Disjoint, Inst, Item, Loop, Next, Parts, Pc, Place, Program, RefFold, Region,
    RegionKind, Run,
};
use std::fmt;

/// The code words are not what the pattern compiler emits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidCode;

impl fmt::Display for InvalidCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid SRE code")
    }
}

impl std::error::Error for InvalidCode {}

type Decoded<T> = Result<T, InvalidCode>;

/// A jump whose target is not known yet.
const PENDING: Pc = Pc::MAX;

impl Program {
    /// Checks the code words of a pattern with `groups` capturing groups and prepares them for matching.
    ///
    /// # Errors
    /// [`InvalidCode`] if the words are not well-formed. The resulting program cannot crash on any text.
    pub fn validate(
        code: &[u32],
        groups: usize,
        classes: &'static dyn CharClass,
    ) -> Result<Program, InvalidCode> {
        let groups = u32::try_from(groups).ok().filter(|&n| n <= MAX_GROUPS).ok_or(InvalidCode)?;
        // Instruction indices share a word with a tag on the matcher's stack, and are kept in 32 bits here.
        if code.len() >= 1 << 31 {
            return Err(InvalidCode);
        }
        let mut decoder = Decoder::new(code, groups, classes);
        decoder.run()?;
        let mut parts = decoder.parts;
        let prefilter = analyze::complete(&mut parts);
        Ok(Program::new(parts, prefilter))
    }
}

/// A construct the decoder is inside of.
struct Frame {
    kind: FrameKind,
    /// Where in the words its body ends.
    end: usize,
}

enum FrameKind {
    /// An assertion, atomic group or possessive repeat.
    Region(u32),
    /// A greedy or lazy repeat.
    Repeat(u32),
    /// One alternative of a branch: its `Branch`, and the instructions that jump to the branch's end.
    Alternative { branch: u32, jumps: Vec<usize>, join: Option<usize> },
    /// The first arm of a conditional, whose test is the given instruction.
    Yes(usize),
    /// The second arm of a conditional: the jump over it.
    No(usize),
}

struct Decoder<'a> {
    code: &'a [u32],
    pos: usize,
    frames: Vec<Frame>,
    parts: Parts,
    /// Instructions before this one are targets' predecessors: literals must not be merged into them.
    barrier: usize,
}

impl<'a> Decoder<'a> {
    fn new(code: &'a [u32], groups: u32, classes: &'static dyn CharClass) -> Self {
        let parts = Parts {
            insts: Vec::with_capacity(code.len() / 2 + 1),
            literals: Vec::new(),
            sets: Vec::new(),
            guarded: Vec::new(),
            runs: Vec::new(),
            loops: Vec::new(),
            regions: Vec::new(),
            branches: Vec::new(),
            min_width: 0,
            groups,
            classes,
        };
        Decoder { code, pos: 0, frames: Vec::new(), parts, barrier: 0 }
    }

    fn run(&mut self) -> Decoded<()> {
        let last = self.code.len().checked_sub(1).ok_or(InvalidCode)?;
        self.expect(last, Op::Success)?;
        loop {
            let end = self.frames.last().map_or(last, |frame| frame.end);
            if self.pos < end {
                self.operator(end)?;
            } else if self.pos > end {
                return Err(InvalidCode);
            } else if let Some(frame) = self.frames.pop() {
                self.close(frame)?;
            } else {
                self.emit(Inst::Accept);
                return Ok(());
            }
        }
    }

    // Reading.

    /// The word at `at`, which must be there.
    fn word(&self, at: usize) -> Decoded<u32> {
        self.code.get(at).copied().ok_or(InvalidCode)
    }

    /// The next word.
    fn take(&mut self) -> Decoded<u32> {
        let word = self.word(self.pos)?;
        self.pos += 1;
        Ok(word)
    }

    /// The place a distance word at `at` points to: after itself, and not beyond `end`.
    fn target(&self, at: usize, end: usize) -> Decoded<usize> {
        let target = at.checked_add(self.word(at)? as usize).ok_or(InvalidCode)?;
        if target > at && target <= end { Ok(target) } else { Err(InvalidCode) }
    }

    /// Reads a distance word.
    fn skip(&mut self, end: usize) -> Decoded<usize> {
        let target = self.target(self.pos, end)?;
        self.pos += 1;
        Ok(target)
    }

    fn expect(&self, at: usize, op: Op) -> Decoded<()> {
        if self.word(at)? == op as u32 { Ok(()) } else { Err(InvalidCode) }
    }

    fn bounds(&mut self) -> Decoded<(u32, u32)> {
        let (min, max) = (self.take()?, self.take()?);
        if min <= max { Ok((min, max)) } else { Err(InvalidCode) }
    }

    fn group(&mut self) -> Decoded<u32> {
        let group = self.take()?;
        if group < self.parts.groups { Ok(group) } else { Err(InvalidCode) }
    }

    // Writing.

    fn here(&self) -> Pc {
        self.parts.insts.len() as Pc
    }

    fn emit(&mut self, inst: Inst) -> usize {
        self.parts.insts.push(inst);
        self.parts.insts.len() - 1
    }

    /// Makes the next instruction a jump target.
    fn label(&mut self) -> Pc {
        self.barrier = self.parts.insts.len();
        self.here()
    }

    /// Emits a one-unit test, joining literals that follow each other.
    fn emit_item(&mut self, item: Item) {
        let Item::Literal(ch) = item else {
            self.emit(Inst::One(item));
            return;
        };
        let literals = &mut self.parts.literals;
        let mergeable = self.parts.insts.len() > self.barrier;
        match self.parts.insts.last_mut() {
            Some(last @ &mut Inst::One(Item::Literal(before))) if mergeable => {
                *last = Inst::Literals(literals.len() as u32, 2);
                literals.extend([before, ch]);
            }
            // A run of literals under construction is always the last one in the table.
            Some(Inst::Literals(_, len)) if mergeable => {
                *len += 1;
                literals.push(ch);
            }
            _ => {
                self.emit(Inst::One(item));
            }
        }
    }

    // Operators.

    fn operator(&mut self, end: usize) -> Decoded<()> {
        let op = Op::from_word(self.take()?).ok_or(InvalidCode)?;
        match op {
            Op::Failure => {
                self.emit(Inst::Fail);
            }
            Op::Success => self.success(),
            Op::Mark => {
                let mark = self.take()?;
                if mark / 2 >= self.parts.groups {
                    return Err(InvalidCode);
                }
                self.emit(Inst::Mark(mark));
            }
            Op::At => {
                let position = Position::from_word(self.take()?).ok_or(InvalidCode)?;
                self.position(position);
            }
            Op::GroupRef => self.group_ref(RefFold::Exact)?,
            Op::GroupRefIgnore => self.group_ref(RefFold::Ascii)?,
            Op::GroupRefLocIgnore => self.group_ref(RefFold::Locale)?,
            Op::GroupRefUniIgnore => self.group_ref(RefFold::Unicode)?,
            Op::GroupRefExists => self.conditional(end)?,
            Op::Branch => self.branch(end)?,
            Op::Repeat => self.repeat(end)?,
            Op::RepeatOne | Op::MinRepeatOne | Op::PossessiveRepeatOne => self.run_of_units(op, end)?,
            Op::PossessiveRepeat => {
                let after = self.skip(end)?;
                let (min, max) = self.bounds()?;
                self.region(RegionKind::Possessive, after, 0, (min, max))?;
            }
            Op::Assert | Op::AssertNot => {
                let after = self.skip(end)?;
                let back = self.take()?;
                let kind = if op == Op::Assert { RegionKind::Assert } else { RegionKind::AssertNot };
                self.region(kind, after, back, (0, 0))?;
            }
            Op::AtomicGroup => {
                let after = self.skip(end)?;
                self.region(RegionKind::Atomic, after, 0, (0, 0))?;
            }
            Op::Info => self.info(end)?,
            Op::Jump => self.jump_to_no()?,
            _ => {
                let item = self.item(op, end)?;
                self.emit_item(item);
            }
        }
        Ok(())
    }

    fn position(&mut self, position: Position) {
        let (category, outside) = match position {
            Position::Beginning | Position::BeginningString => return self.place(Place::TextStart),
            Position::BeginningLine => return self.place(Place::LineStart),
            Position::End => return self.place(Place::End),
            Position::EndLine => return self.place(Place::LineEnd),
            Position::EndString => return self.place(Place::TextEnd),
            Position::Boundary => (Category::Word, false),
            Position::NonBoundary => (Category::Word, true),
            Position::LocBoundary => (Category::LocWord, false),
            Position::LocNonBoundary => (Category::LocWord, true),
            Position::UniBoundary => (Category::UniWord, false),
            Position::UniNonBoundary => (Category::UniWord, true),
        };
        let set = self.set_number(vec![Member::Category(category)], Fold::None);
        self.emit(Inst::Boundary(set, outside));
    }

    fn place(&mut self, place: Place) {
        self.emit(Inst::At(place));
    }

    /// `SUCCESS` in the middle of a body ends the innermost region, or the match.
    fn success(&mut self) {
        let region = self.frames.iter().rev().find_map(|frame| match frame.kind {
            FrameKind::Region(region) => Some(region),
            _ => None,
        });
        self.emit(region.map_or(Inst::Accept, Inst::RegionEnd));
    }

    fn group_ref(&mut self, fold: RefFold) -> Decoded<()> {
        let group = self.group()?;
        self.emit(Inst::GroupRef(group, fold));
        Ok(())
    }

    /// `GROUPREF_EXISTS group skip yes [JUMP skip no]`; the first skip counts from the group word.
    fn conditional(&mut self, end: usize) -> Decoded<()> {
        let group = self.group()?;
        let skip = self.take()? as usize;
        let body = self.pos;
        let target = (body - 2).checked_add(skip).filter(|&t| t >= body && t <= end).ok_or(InvalidCode)?;
        let test = self.emit(Inst::IfGroup(group, PENDING));
        self.label();
        self.frames.push(Frame { kind: FrameKind::Yes(test), end: target });
        Ok(())
    }

    /// The jumps that end alternatives are stepped over by `close`. Any other must end the first arm of a conditional:
    /// the jump's operand is the last word of the arm.
    fn jump_to_no(&mut self) -> Decoded<()> {
        let Some(Frame { kind: FrameKind::Yes(test), end }) = self.frames.pop() else {
            return Err(InvalidCode);
        };
        let outer = self.frames.last().map_or(self.code.len() - 1, |frame| frame.end);
        if self.pos + 1 != end {
            return Err(InvalidCode);
        }
        let no_end = self.skip(outer)?;
        let jump = self.emit(Inst::Jump(PENDING));
        let no = self.label();
        let Inst::IfGroup(group, _) = self.parts.insts[test] else { return Err(InvalidCode) };
        self.parts.insts[test] = Inst::IfGroup(group, no);
        self.frames.push(Frame { kind: FrameKind::No(jump), end: no_end });
        Ok(())
    }

    /// `BRANCH skip body JUMP skip skip body JUMP skip ... 0`.
    fn branch(&mut self, end: usize) -> Decoded<()> {
        let branch = self.new_branch();
        self.emit(Inst::Branch(branch));
        self.alternative(branch, Vec::new(), None, end)
    }

    fn new_branch(&mut self) -> u32 {
        let masks = Box::new([0; 256]);
        self.parts.branches.push(Branch {
            alternatives: Vec::new(),
            masks,
            wide: 0,
            at_end: 0,
            second: None,
        });
        self.parts.branches.len() as u32 - 1
    }

    /// Starts the next alternative, whose distance word is next; a zero there ends the branch.
    fn alternative(
        &mut self,
        mut branch: u32,
        jumps: Vec<usize>,
        join: Option<usize>,
        end: usize,
    ) -> Decoded<()> {
        if self.word(self.pos)? == 0 {
            self.pos += 1;
            if join.is_some_and(|join| join != self.pos) || self.pos > end {
                return Err(InvalidCode);
            }
            let target = self.label();
            for jump in jumps {
                self.parts.insts[jump] = Inst::Jump(target);
            }
            return Ok(());
        }
        let next = self.skip(end)?;
        let body_end = next.checked_sub(2).filter(|&at| at >= self.pos).ok_or(InvalidCode)?;
        self.expect(body_end, Op::Jump)?;
        if self.parts.branches[branch as usize].alternatives.len() == BRANCH_WIDTH - 1 {
            let rest = self.label();
            self.parts.branches[branch as usize].alternatives.push(rest);
            branch = self.new_branch();
            self.emit(Inst::Branch(branch));
        }
        let start = self.label();
        self.parts.branches[branch as usize].alternatives.push(start);
        self.frames.push(Frame { kind: FrameKind::Alternative { branch, jumps, join }, end: body_end });
        Ok(())
    }

    fn repeat(&mut self, end: usize) -> Decoded<()> {
        let until = self.skip(end)?;
        let (min, max) = self.bounds()?;
        if until < self.pos || until >= end {
            return Err(InvalidCode);
        }
        let number = self.parts.loops.len() as u32;
        self.emit(Inst::Repeat(number));
        let body = self.label();
        self.parts.loops.push(Loop {
            min,
            max,
            body,
            until: PENDING,
            body_first: None,
            tail_first: None,
            single_path: Disjoint::No,
            unit: None,
        });
        self.frames.push(Frame { kind: FrameKind::Repeat(number), end: until });
        Ok(())
    }

    /// Enters a body that ends with `SUCCESS` just before `after`.
    fn region(&mut self, kind: RegionKind, after: usize, back: u32, (min, max): (u32, u32)) -> Decoded<()> {
        // The skip of a possessive repeat leads to its `SUCCESS`, the others' behind it.
        let body_end = if kind == RegionKind::Possessive { after } else { after - 1 };
        if body_end < self.pos {
            return Err(InvalidCode);
        }
        self.expect(body_end, Op::Success)?;
        let number = self.parts.regions.len() as u32;
        self.emit(match kind {
            RegionKind::Assert => Inst::Assert(number),
            RegionKind::AssertNot => Inst::AssertNot(number),
            RegionKind::Atomic => Inst::Atomic(number),
            RegionKind::Possessive => Inst::PossessiveRepeat(number),
        });
        let body = self.label();
        self.parts.regions.push(Region {
            kind,
            back,
            min,
            max,
            body,
            after: PENDING,
            first: None,
            plain: false,
        });
        self.frames.push(Frame { kind: FrameKind::Region(number), end: body_end });
        Ok(())
    }

    /// `REPEAT_ONE skip min max item SUCCESS` and its lazy and possessive forms.
    fn run_of_units(&mut self, op: Op, end: usize) -> Decoded<()> {
        let after = self.skip(end)?;
        let (min, max) = self.bounds()?;
        let item_op = Op::from_word(self.take()?).ok_or(InvalidCode)?;
        let item = if item_op == Op::Failure { Item::Never } else { self.item(item_op, after)? };
        self.expect(self.pos, Op::Success)?;
        self.pos += 1;
        if self.pos != after {
            return Err(InvalidCode);
        }
        let number = self.parts.runs.len() as u32;
        self.parts.runs.push(Run {
            item,
            min,
            max,
            next: Next::Anything,
            disjoint: Disjoint::No,
            last: false,
        });
        self.emit(match op {
            Op::RepeatOne => Inst::Greedy(number),
            Op::MinRepeatOne => Inst::Lazy(number),
            _ => Inst::Possessive(number),
        });
        Ok(())
    }

    /// The body of `frame` is complete.
    fn close(&mut self, frame: Frame) -> Decoded<()> {
        let outer = self.frames.last().map_or(self.code.len() - 1, |frame| frame.end);
        match frame.kind {
            FrameKind::Region(number) => {
                self.pos += 1;
                if self.pos > outer {
                    return Err(InvalidCode);
                }
                self.emit(Inst::RegionEnd(number));
                self.parts.regions[number as usize].after = self.label();
            }
            FrameKind::Repeat(number) => {
                let until = match Op::from_word(self.take()?) {
                    Some(Op::MaxUntil) => Inst::MaxUntil(number),
                    Some(Op::MinUntil) => Inst::MinUntil(number),
                    _ => return Err(InvalidCode),
                };
                // The until itself is a target, so what comes before must stay as it is.
                self.parts.loops[number as usize].until = self.here();
                self.emit(until);
                self.label();
            }
            FrameKind::Alternative { branch, mut jumps, join } => {
                self.pos += 1;
                let target = self.target(self.pos, outer)?;
                self.pos += 1;
                if join.is_some_and(|join| join != target) {
                    return Err(InvalidCode);
                }
                jumps.push(self.emit(Inst::Jump(PENDING)));
                self.alternative(branch, jumps, Some(target), outer)?;
            }
            FrameKind::Yes(test) => {
                let Inst::IfGroup(group, _) = self.parts.insts[test] else { return Err(InvalidCode) };
                self.parts.insts[test] = Inst::IfGroup(group, self.label());
            }
            FrameKind::No(jump) => self.parts.insts[jump] = Inst::Jump(self.label()),
        }
        Ok(())
    }

    /// `INFO skip flags min max ...`: hints for the search. The prefix and the first characters are worked out from
    /// the instructions instead, so only the minimal width is used.
    fn info(&mut self, end: usize) -> Decoded<()> {
        let first = self.pos == 1;
        let after = self.skip(end)?;
        let flags = self.take()?;
        let min = self.take()?;
        self.take()?;
        if first {
            self.parts.min_width = min;
        }
        if flags & INFO_PREFIX != 0 {
            let (len, skip) = (self.take()?, self.take()?);
            let words = (len as usize).checked_mul(2).ok_or(InvalidCode)?;
            self.pos = self.pos.checked_add(words).filter(|_| skip <= len).ok_or(InvalidCode)?;
        } else if flags & INFO_CHARSET != 0 {
            self.members(after)?;
        }
        if self.pos == after { Ok(()) } else { Err(InvalidCode) }
    }

    // One-unit tests.

    fn item(&mut self, op: Op, end: usize) -> Decoded<Item> {
        let (fold, negate) = match op {
            Op::Any => return Ok(Item::Any),
            Op::AnyAll => return Ok(Item::AnyAll),
            Op::Literal => return Ok(Item::Literal(self.take()?)),
            Op::NotLiteral => return Ok(Item::NotLiteral(self.take()?)),
            Op::Category => {
                let category = Category::from_word(self.take()?).ok_or(InvalidCode)?;
                return Ok(self.set(vec![Member::Category(category)], Fold::None));
            }
            Op::In => return self.set_operand(Fold::None, end),
            Op::InIgnore => return self.set_operand(Fold::Ascii, end),
            Op::InUniIgnore => return self.set_operand(Fold::Unicode, end),
            Op::InLocIgnore => return self.set_operand(Fold::Locale, end),
            Op::LiteralIgnore => (Fold::Ascii, false),
            Op::NotLiteralIgnore => (Fold::Ascii, true),
            Op::LiteralUniIgnore => (Fold::Unicode, false),
            Op::NotLiteralUniIgnore => (Fold::Unicode, true),
            Op::LiteralLocIgnore => (Fold::LocaleLiteral, false),
            Op::NotLiteralLocIgnore => (Fold::LocaleLiteral, true),
            _ => return Err(InvalidCode),
        };
        let literal = Member::Literal(self.take()?);
        Ok(self.set(if negate { vec![Member::Negate, literal] } else { vec![literal] }, fold))
    }

    fn set_operand(&mut self, fold: Fold, end: usize) -> Decoded<Item> {
        let after = self.skip(end)?;
        let members = self.members(after)?;
        if self.pos != after {
            return Err(InvalidCode);
        }
        Ok(self.set(members, fold))
    }

    fn set(&mut self, members: Vec<Member>, fold: Fold) -> Item {
        let number = self.set_number(members, fold);
        if self.parts.sets[number as usize].locale { Item::LocaleSet(number) } else { Item::Set(number) }
    }

    /// The number of the set with these members, which is made if there is none yet.
    fn set_number(&mut self, members: Vec<Member>, fold: Fold) -> u32 {
        let sets = &mut self.parts.sets;
        let known = sets.iter().position(|set| set.is(&members, fold));
        known.unwrap_or_else(|| {
            sets.push(CharSet::new(members, fold, self.parts.classes));
            sets.len() - 1
        }) as u32
    }

    /// The members of a set, up to and including the terminating `FAILURE`, none beyond `end`.
    fn members(&mut self, end: usize) -> Decoded<Vec<Member>> {
        let mut members = Vec::new();
        while self.pos < end {
            members.push(match Op::from_word(self.take()?) {
                Some(Op::Failure) => return Ok(members),
                Some(Op::Negate) => Member::Negate,
                Some(Op::Literal) => Member::Literal(self.take()?),
                Some(Op::Range) => Member::Range(self.take()?, self.take()?),
                Some(Op::RangeUniIgnore) => Member::RangeIgnore(self.take()?, self.take()?),
                Some(Op::Category) => Member::Category(Category::from_word(self.take()?).ok_or(InvalidCode)?),
                Some(Op::Charset) => {
                    let words = self.words(8, end)?;
                    Member::Bitmap(Box::new(words.try_into().map_err(|_| InvalidCode)?))
                }
                Some(Op::BigCharset) => self.big_bitmap(end)?,
                _ => return Err(InvalidCode),
            });
        }
        Err(InvalidCode)
    }

    /// `BIGCHARSET count`, 256 block numbers packed four to a word in memory order, and the blocks.
    fn big_bitmap(&mut self, end: usize) -> Decoded<Member> {
        let count = self.take()? as usize;
        let mut blocks = Box::new([0; 256]);
        for (four, word) in blocks.chunks_exact_mut(4).zip(self.words(64, end)?) {
            four.copy_from_slice(&word.to_ne_bytes());
        }
        if blocks.iter().any(|&block| usize::from(block) >= count) {
            return Err(InvalidCode);
        }
        let bits = self.words(count.checked_mul(8).ok_or(InvalidCode)?, end)?.into();
        Ok(Member::BigBitmap { blocks, bits })
    }

    fn words(&mut self, count: usize, end: usize) -> Decoded<&'a [u32]> {
        let stop = self.pos.checked_add(count).filter(|&stop| stop <= end).ok_or(InvalidCode)?;
        let words = self.code.get(self.pos..stop).ok_or(InvalidCode)?;
        self.pos = stop;
        Ok(words)
    }
}

const _: () = assert!(MAX_REPEAT == u32::MAX);
