//! Sequences besides lists: bytes and bytearrays, slices, loops over them, and loops whose items are taken apart at once.

use super::Builder;
use super::state::{Slot, Val};
use crate::hir::helpers::Helper;
use crate::hir::*;
use adder_bytecode::{Feedback, Insn, Op as B};
use adder_interp::object::header::Gc;
use adder_interp::object::iter_tools::{Enumerate, MAX_PARTS, Zip};
use adder_interp::object::list::List;
use adder_interp::object::native::Native;
use adder_interp::object::range::RangeIter;
use adder_interp::object::shape::shape_id;
use adder_interp::object::slice::Slice;
use adder_interp::object::typeobj::Type;
use adder_interp::value::Value;
use adder_interp::vm::dispatch::quiet;
use adder_interp::vm::tier_up::offset;

/// What an iterator walks that machine code steps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Walk {
    List,
    Sequence(Sequence),
    Range,
}

impl Walk {
    /// Over a container of that shape.
    fn over(shape: u32) -> Option<Walk> {
        if shape == shape_id::LIST.0 {
            return Some(Walk::List);
        }
        Sequence::of_shape(shape).map(Walk::Sequence)
    }
    /// By an iterator of that shape; none of a range.
    fn by(shape: u32) -> Option<Walk> {
        if shape == shape_id::LIST_ITERATOR.0 {
            return Some(Walk::List);
        }
        Sequence::of_iterator(shape).map(Walk::Sequence)
    }
    /// By the iterators that a loop with this feedback has met.
    pub(super) fn seen(feedback: u8) -> Option<Walk> {
        match feedback {
            Feedback::RANGE => Some(Walk::Range),
            Feedback::LIST_ITER => Some(Walk::List),
            Feedback::TUPLE_ITER => Some(Walk::Sequence(Sequence::Tuple)),
            Feedback::BYTES_ITER => Some(Walk::Sequence(Sequence::Bytes)),
            Feedback::BYTEARRAY_ITER => Some(Walk::Sequence(Sequence::ByteArray)),
            _ => None,
        }
    }
    /// The shapes of what is walked and of the iterator.
    fn shapes(self) -> [u32; 2] {
        let both = match self {
            Walk::List => [shape_id::LIST, shape_id::LIST_ITERATOR],
            Walk::Sequence(s) => [s.shape(), s.iterator_shape()],
            Walk::Range => [shape_id::RANGE, shape_id::RANGE_ITERATOR],
        };
        both.map(|s| s.0)
    }
}

/// An `enumerate` or `zip` object of iterators that machine code steps.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    counts: bool,
    parts: Vec<(ValueId, Walk)>,
}

/// Most items of a slice that are loaded one by one.
const MAX_SLICE_ITEMS: i64 = 8;

impl Builder<'_, '_> {
    pub(super) fn get_byte(&mut self, insn: Insn, shape: u32) -> bool {
        let object = self.read(insn.b() as usize);
        let object = self.boxed(object);
        let index = self.right(insn, insn.op() == B::GetItemK);
        self.guard_shape(object, shape);
        let index = self.int_value(index);
        let kind = i64::from(shape == shape_id::BYTEARRAY.0);
        let v = self.guard(Op::ByteGet, Ty::Int, &[object, index], kind);
        self.put(insn.a() as usize, v)
    }

    pub(super) fn set_byte(&mut self, insn: Insn) -> bool {
        let object = self.read(insn.a() as usize);
        let object = self.boxed(object);
        self.guard_shape(object, shape_id::BYTEARRAY.0);
        let index = self.int(insn.b() as usize);
        let value = self.int(insn.c() as usize);
        self.guard(Op::ByteSet, Ty::None, &[object, index, value], 0);
        self.current = None;
        true
    }

    /// Guards that register `r` has a range iterator that goes upward, if it has one now.
    pub(super) fn speculate_range(&mut self, r: usize) {
        let now = self.observed(r).and_then(|v| v.downcast::<RangeIter>());
        if now.is_some_and(|i| i.next.get() >= 0 && i.step > 0) {
            let iterator = self.read(r);
            self.guard_shape(iterator, shape_id::RANGE_ITERATOR.0);
            self.guard(Op::GuardRangeUp, Ty::None, &[iterator], 0);
        }
        if now.is_none() {
            if self.observed(r).and_then(|v| v.header()).is_some_and(|h| h.shape() == shape_id::LIST_ITERATOR)
            {
                let iterator = self.read(r);
                self.guard_shape(iterator, shape_id::LIST_ITERATOR.0);
            }
            self.speculate_pair(r);
        }
    }

    /// Guards that register `r` has an `enumerate` or `zip` object of known iterators, if it has one now.
    fn speculate_pair(&mut self, r: usize) {
        let Some(now) = self.observed(r) else { return };
        let walk = |v: Value| v.header().and_then(|h| Walk::by(h.shape().0));
        match now.header().map(|h| h.shape()) {
            Some(shape_id::ENUMERATE) => {
                let Some(object) = now.downcast::<Native<Enumerate>>() else { return };
                let Some(walk) = walk(object.iterator).filter(|_| object.big_index.get().is_none()) else {
                    return;
                };
                let pair = self.read(r);
                self.guard_shape(pair, shape_id::ENUMERATE.0);
                let inner = self.emit(Op::LoadSlot, Ty::Any, &[pair], offset::ENUMERATE_ITERATOR as i64);
                self.guard_shape(inner, walk.shapes()[1]);
                let big = self.emit(Op::LoadSlot, Ty::Any, &[pair], offset::ENUMERATE_BIG_INDEX as i64);
                self.guard(Op::GuardIs, Ty::None, &[big], 0);
                self.pairs.insert(pair, Pair { counts: true, parts: vec![(inner, walk)] });
            }
            Some(shape_id::ZIP) => {
                let Some(object) = now.downcast::<Native<Zip>>() else { return };
                let (iterators, strict) = object.sources();
                let walks: Vec<Walk> = iterators.as_ref().iter().filter_map(|&v| walk(v)).collect();
                if strict || iterators.as_ref().len() != 2 || walks.len() != 2 {
                    return;
                }
                let pair = self.read(r);
                self.guard_shape(pair, shape_id::ZIP.0);
                self.guard(Op::GuardLenient, Ty::None, &[pair], 0);
                let tuple = self.emit(Op::LoadSlot, Ty::Any, &[pair], offset::ZIP_ITERATORS as i64);
                self.guard(Op::GuardLength, Ty::None, &[tuple], 2);
                let mut parts = Vec::new();
                for (i, walk) in walks.into_iter().enumerate() {
                    let at = offset::TUPLE_FIRST_ITEM + 8 * i;
                    let part = self.emit(Op::LoadSlot, Ty::Any, &[tuple], at as i64);
                    self.guard_shape(part, walk.shapes()[1]);
                    parts.push((part, walk));
                }
                self.pairs.insert(pair, Pair { counts: false, parts });
            }
            _ => {}
        }
    }

    /// What `enumerate(x)` and `zip(x, y)` return, the arguments lying from register `at` on. What kind of sequences they are is a guess.
    pub(super) fn make_pair(&mut self, class: Gc<Type>, at: usize, nargs: usize) -> Option<ValueId> {
        let types = &self.source.vm.types;
        let fits = class == types.enumerate && nargs == 1 || class == types.zip && nargs == 2;
        if !fits || !self.source.speculate || self.declines(self.pc) {
            return None;
        }
        let sources = self.boxed_range(at, nargs);
        let walks: Vec<Walk> = sources.iter().filter_map(|&v| self.guess_walk(v)).collect();
        if walks.len() != nargs {
            return None;
        }
        let kinds = sources.iter().zip(&walks).filter(|(_, w)| **w != Walk::Range);
        kinds.for_each(|(&v, walk)| self.guard_shape(v, walk.shapes()[0]));
        let parts: Vec<(ValueId, Walk)> =
            sources.iter().zip(&walks).map(|(&v, &walk)| (self.make_iterator(v, walk), walk)).collect();
        let counts = class == types.enumerate;
        let (mut args, helper): (Vec<ValueId>, Helper) = (
            parts.iter().map(|p| p.0).collect(),
            if counts { Helper::MakeEnumerate } else { Helper::MakeZip },
        );
        if counts {
            args.push(self.emit(Op::ConstInt, Ty::Int, &[], 0));
        }
        let pair = self.emit(Op::Make, Ty::Any, &args, helper as i64);
        self.pairs.insert(pair, Pair { counts, parts });
        Some(pair)
    }

    /// How a value can be walked: what is known of it, or what it is like; a list if there is no telling. None if it is something else.
    fn guess_walk(&self, v: ValueId) -> Option<Walk> {
        if self.ranges.contains_key(&v) {
            return Some(Walk::Range);
        }
        if let Some(&shape) = self.state.shapes.get(&v) {
            return Walk::over(shape);
        }
        let inst = self.unit.inst(v);
        let other = matches!(inst.op, Op::BoxInt | Op::BoxFloat | Op::BoxBool | Op::BoxWord | Op::ConstValue);
        if other || self.pairs.contains_key(&v) {
            return None;
        }
        match self.like(v, 4) {
            Some(shape) => Walk::over(shape),
            None => Some(Walk::List),
        }
    }

    /// The shape of what a value is probably like: a slice is like the whole, for others there is an example.
    fn like(&self, v: ValueId, depth: u32) -> Option<u32> {
        let inst = self.unit.inst(v);
        let slice = match inst.op {
            Op::Helper => inst.imm == Helper::GetSlice as i64,
            Op::Ask => inst.imm == Helper::QuietSlice as i64,
            _ => false,
        };
        if slice && depth > 0 {
            return self.like(inst.args[0], depth - 1);
        }
        self.example(v, depth)?.header().map(|h| h.shape().0)
    }

    /// What a value was when the unit was built.
    fn example(&self, v: ValueId, depth: u32) -> Option<Value> {
        let inst = self.unit.inst(v);
        let entry = matches!(self.source.entry, Entry::Function(_)) && self.parents.is_empty();
        match inst.op {
            Op::ConstValue => self.known(v),
            Op::Param if entry && self.unit.blocks[0].params.contains(&v) => self.observed(inst.imm as usize),
            Op::LoadReg if self.unit.blocks[0].insts.contains(&v) => self.observed(inst.imm as usize),
            Op::LoadName => self.name_value_at(inst.imm as usize),
            Op::ListGet if depth > 0 => {
                let at = self.unit.inst(inst.args[1]);
                let index = usize::try_from(at.imm).ok().filter(|_| at.op == Op::ConstInt)?;
                self.example(inst.args[0], depth - 1)?
                    .downcast::<List>()?
                    .as_ref()
                    .values()
                    .get(index)
                    .copied()
            }
            // What is a local variable now was one an iteration ago.
            _ if self.parents.is_empty() && matches!(self.source.entry, Entry::Loop(..)) => {
                let r = (0..self.f.nlocals).find(|&r| self.state.slot(r).val == Val::V(v))?;
                self.observed(r)
            }
            _ => None,
        }
    }

    /// An iterator over what is known to be walked so.
    pub(super) fn make_iterator(&mut self, v: ValueId, walk: Walk) -> ValueId {
        let (helper, args) = match walk {
            Walk::List => (Helper::MakeListIter, vec![v]),
            Walk::Sequence(s) => (s.maker(), vec![v]),
            Walk::Range => {
                let up = self.rising.contains(&v);
                let helper = if up { Helper::MakeRangeIterUp } else { Helper::MakeRangeIter };
                (helper, self.ranges[&v].to_vec())
            }
        };
        let iterator = self.emit(Op::Make, Ty::Any, &args, helper as i64);
        self.state.shapes.insert(iterator, walk.shapes()[1]);
        iterator
    }

    /// How `GetIter` walks what it is given: as is known, or as the loop has seen, which is a guess.
    pub(super) fn walk_of(&mut self, insn: Insn, v: ValueId) -> Option<Walk> {
        if self.ranges.contains_key(&v) {
            return Some(Walk::Range);
        }
        if let Some(&shape) = self.state.shapes.get(&v) {
            return Walk::over(shape);
        }
        if !self.source.speculate || self.declines(self.pc) || self.is_constant(v) {
            return None;
        }
        let rest = &self.f.insns[self.pc as usize + 1..];
        let steps = rest.iter().find(|i| i.op() == B::ForIter && i.b() == insn.a())?;
        // What walks a range is not known to.
        let walk = Walk::seen(steps.feedback()).filter(|w| *w != Walk::Range)?;
        self.guard_shape(v, walk.shapes()[0]);
        Some(walk)
    }

    /// How many items a comprehension is going to append to the list that the instruction makes, if it appends one each time and what
    /// it walks tells.
    pub(super) fn items_of_comprehension(&mut self, insn: Insn) -> Option<ValueId> {
        if insn.op() != B::BuildList || insn.c() != 0 {
            return None;
        }
        // A jump to the end of the loop, the body without another one, the end.
        let [enters, rest @ ..] = self.f.insns.get(self.pc as usize + 1..)? else { return None };
        let length = rest.iter().position(|i| i.op().is_jump())?;
        let (body, steps) = (&rest[..length], rest[length]);
        let loops = enters.op() == B::Jump
            && steps.op() == B::ForIter
            && usize::try_from(-i64::from(steps.c_jump())) == Ok(length);
        let appended = body.iter().filter(|i| i.op() == B::ListAppend && i.a() == insn.a()).count();
        if !loops {
            return None;
        }
        let Val::V(iterator) = self.state.slot(self.at(steps.b() as usize)).val else { return None };
        if appended == 1 { self.items_to_come(iterator) } else { None }
    }

    /// How many items an iterator has that the unit has just made.
    fn items_to_come(&mut self, iterator: ValueId) -> Option<ValueId> {
        if let Some(pair) = self.pairs.get(&iterator) {
            let first = pair.parts.first()?.0;
            return self.items_to_come(first);
        }
        let inst = self.unit.inst(iterator).clone();
        if inst.op != Op::Make {
            return None;
        }
        let constant = |v: ValueId| Some(self.unit.inst(v)).filter(|i| i.op == Op::ConstInt).map(|i| i.imm);
        match Helper::of(inst.imm) {
            Helper::MakeListIter => Some(self.emit(Op::ListLen, Ty::Int, &inst.args, 0)),
            Helper::MakeTupleIter => Some(self.emit(Op::SeqLen, Ty::Int, &inst.args, Sequence::Tuple as i64)),
            Helper::MakeBytesIter => Some(self.emit(Op::SeqLen, Ty::Int, &inst.args, Sequence::Bytes as i64)),
            Helper::MakeRangeIter | Helper::MakeRangeIterUp => match inst.args[..] {
                [start, stop, step] if constant(start) == Some(0) && constant(step) == Some(1) => Some(stop),
                _ => None,
            },
            _ => None,
        }
    }

    fn has_item(&mut self, (iterator, walk): (ValueId, Walk)) -> ValueId {
        match walk {
            Walk::List => self.guard(Op::ListIterHas, Ty::Bool, &[iterator], 0),
            Walk::Sequence(s) => self.guard(Op::SeqIterHas, Ty::Bool, &[iterator], s as i64),
            Walk::Range => self.emit(Op::RangeHas, Ty::Bool, &[iterator], 0),
        }
    }

    fn next_item(&mut self, (iterator, walk): (ValueId, Walk)) -> ValueId {
        match walk {
            Walk::List => self.guard(Op::ListIterAdvance, Ty::Any, &[iterator], 0),
            Walk::Sequence(s) => self.guard(Op::SeqIterAdvance, s.item(), &[iterator], s as i64),
            Walk::Range => self.guard(Op::RangeAdvance, Ty::Int, &[iterator], 0),
        }
    }

    fn end_walk(&mut self, (iterator, walk): (ValueId, Walk)) {
        if walk != Walk::Range {
            self.emit(Op::ListIterDone, Ty::None, &[iterator], 0);
        }
    }

    /// A loop whose iterator machine code steps. The way out of the loop is the present one afterwards.
    pub(super) fn for_walk(&mut self, insn: Insn, iterator: ValueId, walk: Walk, body: u32) {
        self.guard_shape(iterator, walk.shapes()[1]);
        let has = self.has_item((iterator, walk));
        let (yes, no) = self.split(has);
        let state = self.state.clone();
        self.block = yes;
        let item = self.next_item((iterator, walk));
        self.set(insn.a() as usize, item);
        self.leave_to(body);
        self.block = no;
        self.state = state;
        self.end_walk((iterator, walk));
    }

    /// A loop over such an object whose items are taken apart: false if it is none.
    pub(super) fn for_known_parts(&mut self, iterator: ValueId, body: u32, after: u32) -> bool {
        let Some(Pair { counts, parts }) = self.pairs.get(&iterator).cloned() else { return false };
        let Some((_, unpack)) = self.parts_of_loop(self.pc).filter(|(_, u)| u.c() == 2) else { return false };
        let a = unpack.a() as usize;
        // All have been looked at before one is moved: what leaves then finds them as they were.
        let mut ended = Vec::new();
        for (i, &part) in parts.iter().enumerate() {
            let has = self.has_item(part);
            let (yes, no) = self.split(has);
            ended.push((no, i));
            self.block = yes;
        }
        let state = self.state.clone();
        let mut items = Vec::new();
        if counts {
            items.push(self.guard(Op::EnumerateNext, Ty::Int, &[iterator], 0));
        }
        for &part in &parts {
            items.push(self.next_item(part));
        }
        items.into_iter().enumerate().for_each(|(i, v)| self.set(a + i, v));
        self.leave_to(body + 1);
        for (block, i) in ended {
            self.block = block;
            self.state = state.clone();
            self.current = None;
            for &earlier in &parts[..i] {
                self.next_item(earlier);
            }
            self.end_walk(parts[i]);
            if i + 1 < parts.len() {
                self.leave_to(after);
            }
        }
        true
    }

    /// The parts of a slice that the unit makes.
    pub(super) fn slice_parts(&mut self, v: ValueId) -> Option<[ValueId; 3]> {
        if let Some(slice) = self.known(v).and_then(|v| v.downcast::<Slice>()) {
            let slice = slice.as_ref();
            return Some([slice.start, slice.stop, slice.step].map(|part| {
                let v = self.constant(part);
                self.boxed(v)
            }));
        }
        let inst = self.unit.inst(v);
        let slice = inst.op == Op::Make && inst.imm == Helper::MakeSlice as i64;
        slice.then(|| [inst.args[0], inst.args[1], inst.args[2]])
    }

    pub(super) fn get_slice(&mut self, insn: Insn, object: ValueId, parts: [ValueId; 3]) -> bool {
        let list = self.state.shapes.get(&object) == Some(&shape_id::LIST.0);
        let [start, stop, step] = parts;
        if !list && insn.feedback() != Feedback::LIST_SLICE && !self.declines(self.pc) {
            let v = self.ask(Helper::QuietSlice, Ty::Any, &[object, start, stop, step]);
            return self.put(insn.a() as usize, v);
        }
        let v = self.helper(Helper::GetSlice, Ty::Any, &[object, start, stop, step]);
        if list {
            self.state.shapes.insert(v, shape_id::LIST.0);
        }
        self.set(insn.a() as usize, v);
        self.guard_frame(self.pc + 1);
        true
    }

    /// Whether the parts of a slice are None or ints, and the step is not 0. What is not known to be is guarded.
    pub(super) fn are_int_parts(&mut self, parts: [ValueId; 3]) -> bool {
        if self.source.speculate {
            for &v in &parts[..2] {
                let inst = self.unit.inst(v);
                let unknown = !matches!(
                    inst.op,
                    Op::BoxInt | Op::BoxFloat | Op::BoxBool | Op::BoxWord | Op::ConstValue
                );
                if unknown && !self.origins_int(v) {
                    self.int_value(v);
                }
            }
        }
        let none = |b: &Self, v: ValueId| b.known(v).is_some_and(|v| v.is_none());
        let inst = |v: ValueId| self.unit.inst(v);
        let int = |v: ValueId| inst(v).op == Op::BoxInt || self.origins_int(v);
        let step = inst(parts[2]);
        let constant = step.op == Op::BoxInt && {
            let inner = inst(step.args[0]);
            inner.op == Op::ConstInt && inner.imm != 0
        };
        (none(self, parts[2]) || constant) && parts[..2].iter().all(|&v| none(self, v) || int(v))
    }

    /// Whether a tagged word has been found to be an int.
    fn origins_int(&self, v: ValueId) -> bool {
        self.origin.iter().any(|(&unboxed, &tagged)| tagged == v && self.unit.ty(unboxed) == Ty::Int)
    }

    /// A slice of an exact list.
    pub(super) fn list_slice(&mut self, insn: Insn, object: ValueId, parts: [ValueId; 3]) -> bool {
        self.guard_shape(object, shape_id::LIST.0);
        let helper = if self.is_copied_at_once(insn) { Helper::ListSliceOnce } else { Helper::ListSlice };
        let [start, stop, step] = parts;
        let items = self.items_of_slice(insn, object, parts);
        let v = self.emit(Op::Make, Ty::Any, &[object, start, stop, step], helper as i64);
        self.state.shapes.insert(v, shape_id::LIST.0);
        self.slice_items.extend(items.map(|items| (v, items)));
        self.put(insn.a() as usize, v)
    }

    /// The items of a slice that the next instruction takes apart, if it has as many as that wants: from an index on that is not negative.
    fn items_of_slice(&mut self, insn: Insn, object: ValueId, parts: [ValueId; 3]) -> Option<Vec<ValueId>> {
        let unpack = self.f.insns[self.pc as usize + 1];
        let fits =
            unpack.op() == B::UnpackSeq && unpack.b() == insn.a() && unpack.feedback() == Feedback::LIST;
        let count = i64::from(unpack.c());
        let hidden = insn.a() as usize >= self.f.nlocals;
        let step = self.known(parts[2]);
        if !fits || !hidden || count > MAX_SLICE_ITEMS || !step.is_some_and(|v| v.is_none()) {
            return None;
        }
        if self.length_of_slice(parts[0], parts[1]) != Some(count) || !self.source.speculate {
            return None;
        }
        let inst = self.unit.inst(parts[0]);
        let start = if inst.op == Op::BoxInt { inst.args[0] } else { self.int_value(parts[0]) };
        self.guard(Op::GuardNotNegative, Ty::None, &[start], 0);
        let mut items = Vec::new();
        for i in 0..count {
            let i = self.emit(Op::ConstInt, Ty::Int, &[], i);
            let at = self.guard(Op::AddInt, Ty::Int, &[start, i], 0);
            items.push(self.guard(Op::ListGet, Ty::Any, &[object, at], 0));
        }
        Some(items)
    }

    /// How far apart the bounds of a slice are, if that shows: two constants, or one is the other and a constant.
    fn length_of_slice(&self, start: ValueId, stop: ValueId) -> Option<i64> {
        let constant = |v: ValueId| Some(self.unit.inst(v)).filter(|i| i.op == Op::ConstInt).map(|i| i.imm);
        let plain = |v: ValueId| Some(self.unit.inst(v)).filter(|i| i.op == Op::BoxInt).map(|i| i.args[0]);
        let stop = plain(stop)?;
        if let Some(known) = plain(start).and_then(constant).zip(constant(stop)) {
            return Some(known.1 - known.0);
        }
        let sum = self.unit.inst(stop);
        if sum.op != Op::AddInt {
            return None;
        }
        let is_start = |v: ValueId| plain(start) == Some(v) || self.origin.get(&v) == Some(&start);
        match sum.args[..] {
            [x, y] if is_start(x) => constant(y),
            [x, y] if is_start(y) => constant(x),
            _ => None,
        }
    }

    /// Whether all that follows with the slice is that it is stored into a list, with nothing in between that could change one.
    fn is_copied_at_once(&self, insn: Insn) -> bool {
        let slice = insn.a();
        if (slice as usize) < self.f.nlocals {
            return false;
        }
        let rest = &self.f.insns[self.pc as usize + 1..];
        for (i, next) in rest.iter().enumerate().take(8) {
            let int = next.feedback() & !Feedback::INPLACE == Feedback::INT;
            match next.op() {
                B::SetItem => {
                    let after = self.pc as usize + 2 + i;
                    let dead = !self.f.live.get(after).is_none_or(|l| l.contains(slice as usize));
                    return next.c() == slice && next.a() != slice && next.b() != slice && dead;
                }
                B::LoadConst | B::Move | B::BuildSlice => {}
                B::Add | B::AddK | B::Sub | B::SubK if int => {}
                _ => return false,
            }
            if next.a() == slice {
                return false;
            }
        }
        false
    }

    /// Stores a list into a part of a list; false when the value is not known to be a list or the parts to be ints.
    pub(super) fn set_list_slice(&mut self, object: ValueId, parts: [ValueId; 3], value: ValueId) -> bool {
        let [start, stop, step] = parts;
        let plain = self.known(step).is_some_and(|v| v.is_none());
        if !plain || !self.are_int_parts(parts) || self.state.shapes.get(&value) != Some(&shape_id::LIST.0) {
            return false;
        }
        self.guard_shape(object, shape_id::LIST.0);
        let inst = self.unit.inst(value).clone();
        let (helper, args) = if inst.op == Op::Make && inst.imm == Helper::ListSliceOnce as i64 {
            (Helper::CopyListSlice, [&[object, start, stop], &inst.args[..]].concat())
        } else {
            (Helper::SetListSlice, vec![object, start, stop, value])
        };
        self.emit(Op::Change, Ty::None, &args, helper as i64);
        self.current = None;
        true
    }

    /// A loop over a string, a set, or the keys or values of a dict. The way out of the loop is the present one afterwards.
    pub(super) fn for_container(&mut self, insn: Insn, iterator: ValueId, body: u32) {
        let item = self.tell(Helper::QuietNext, Ty::Any, &[iterator]);
        let end = self.emit(Op::ConstValue, Ty::Any, &[], quiet::AT_END as i64);
        let ended = self.emit(Op::SameBits, Ty::Bool, &[item, end], 0);
        let (no, yes) = self.split(ended);
        let state = self.state.clone();
        self.block = yes;
        self.set(insn.a() as usize, item);
        self.leave_to(body);
        self.block = no;
        self.state = state;
    }

    /// A loop over any iterator whose items are unpacked by the body's first instruction: that one, and where it is.
    pub(super) fn parts_of_loop(&self, pc: u32) -> Option<(u32, Insn)> {
        let insn = self.f.insns[pc as usize];
        if insn.op() != B::ForIter || insn.feedback() & Feedback::OTHER == 0 {
            return None;
        }
        let body = (i64::from(pc) + i64::from(insn.c_jump())) as u32;
        let unpack = self.f.insns[body as usize];
        let fits = unpack.op() == B::UnpackSeq && unpack.b() == insn.a() && unpack.c() as usize <= MAX_PARTS;
        let item_is_temporary = insn.a() as usize >= self.f.nlocals
            && !self.f.live[body as usize + 1].contains(insn.a() as usize);
        let own = (unpack.a()..unpack.a() + unpack.c()).contains(&insn.a());
        (fits && (item_is_temporary || own)).then_some((body, unpack))
    }

    /// Such a loop: the runtime takes the items of `enumerate` and `zip` apart, so no tuple is made. Other items are unpacked here, so that
    /// the body has one way in.
    pub(super) fn for_parts(&mut self, iterator: ValueId, body: u32, after: u32) {
        let Some((_, unpack)) = self.parts_of_loop(self.pc) else { return };
        let (a, n) = (unpack.a() as usize, unpack.c() as usize);
        self.send_visible_home();
        let item = self.guard(Op::NextParts, Ty::Any, &[iterator], self.at(a) as i64);
        self.unit.insts[item.0 as usize].imm2 = n as i64;
        self.forget_memory();
        let ended = self.emit(Op::IsEmpty, Ty::Bool, &[item], 0);
        let (no, yes) = self.split(ended);
        let state = self.state.clone();
        self.block = yes;
        let two = self.emit(Op::ConstValue, Ty::Any, &[], 2);
        let taken_apart = self.emit(Op::SameBits, Ty::Bool, &[item, two], 0);
        let (parts, whole) = self.split(taken_apart);
        self.block = parts;
        for r in a..a + n {
            let v = self.emit(Op::LoadReg, Ty::Any, &[], self.at(r) as i64);
            let at = self.at(r);
            self.state.set_slot(at, Slot { val: Val::V(v), home: true });
        }
        self.current = None;
        self.guard_frame(body + 1);
        self.leave_to(body + 1);
        self.block = whole;
        self.state = state.clone();
        let pc = self.pc;
        self.set(unpack.b() as usize, item);
        self.guard_frame(body);
        self.pc = body;
        self.current = None;
        if self.unpack(unpack) {
            self.leave_to(body + 1);
        }
        self.pc = pc;
        self.block = no;
        self.state = state;
        self.guard_frame(after);
    }
}
