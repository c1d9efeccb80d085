//! Sequences besides lists: bytes and bytearrays, slices, loops over them, and loops whose items are taken apart at once.

use super::Builder;
use super::state::{Slot, Val};
use crate::hir::helpers::Helper;
use crate::hir::*;
use adder_bytecode::{Feedback, Insn, Op as B};
use adder_interp::object::header::Gc;
use adder_interp::object::iter_tools::{Enumerate, MAX_PARTS, Zip};
use adder_interp::object::native::Native;
use adder_interp::object::range::RangeIter;
use adder_interp::object::shape::shape_id;
use adder_interp::object::typeobj::Type;
use adder_interp::value::Value;
use adder_interp::vm::dispatch::quiet;
use adder_interp::vm::tier_up::offset;

/// What walks lists and yields pairs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Pair {
    /// `enumerate` of this list iterator.
    Enumerate(ValueId),
    /// `zip` of these list iterators.
    Zip([ValueId; 2]),
}

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

    /// Guards that register `r` has an `enumerate` or `zip` object that walks lists, if it has one now.
    fn speculate_pair(&mut self, r: usize) {
        let Some(now) = self.observed(r) else { return };
        let walks_list = |v: Value| v.header().is_some_and(|h| h.shape() == shape_id::LIST_ITERATOR);
        match now.header().map(|h| h.shape()) {
            Some(shape_id::ENUMERATE) => {
                let Some(object) = now.downcast::<Native<Enumerate>>() else { return };
                if !walks_list(object.iterator) || object.big_index.get().is_some() {
                    return;
                }
                let pair = self.read(r);
                self.guard_shape(pair, shape_id::ENUMERATE.0);
                let inner = self.emit(Op::LoadSlot, Ty::Any, &[pair], offset::ENUMERATE_ITERATOR as i64);
                self.guard_shape(inner, shape_id::LIST_ITERATOR.0);
                let big = self.emit(Op::LoadSlot, Ty::Any, &[pair], offset::ENUMERATE_BIG_INDEX as i64);
                self.guard(Op::GuardIs, Ty::None, &[big], 0);
                self.pairs.insert(pair, Pair::Enumerate(inner));
            }
            Some(shape_id::ZIP) => {
                let Some(object) = now.downcast::<Native<Zip>>() else { return };
                let (iterators, strict) = object.sources();
                let iterators = iterators.as_ref();
                if strict || iterators.len() != 2 || !iterators.iter().all(|&v| walks_list(v)) {
                    return;
                }
                let pair = self.read(r);
                self.guard_shape(pair, shape_id::ZIP.0);
                self.guard(Op::GuardLenient, Ty::None, &[pair], 0);
                let tuple = self.emit(Op::LoadSlot, Ty::Any, &[pair], offset::ZIP_ITERATORS as i64);
                self.guard(Op::GuardLength, Ty::None, &[tuple], 2);
                let parts = [0, 1].map(|i| {
                    let at = offset::TUPLE_FIRST_ITEM + 8 * i;
                    let part = self.emit(Op::LoadSlot, Ty::Any, &[tuple], at as i64);
                    self.guard_shape(part, shape_id::LIST_ITERATOR.0);
                    part
                });
                self.pairs.insert(pair, Pair::Zip(parts));
            }
            _ => {}
        }
    }

    /// What `enumerate(list)` and `zip(list, list)` return, the arguments lying from register `at` on. That they are lists is a guess.
    pub(super) fn make_pair(&mut self, class: Gc<Type>, at: usize, nargs: usize) -> Option<ValueId> {
        let types = &self.source.vm.types;
        let fits = class == types.enumerate && nargs == 1 || class == types.zip && nargs == 2;
        if !fits || !self.source.speculate || self.declines(self.pc) {
            return None;
        }
        let lists = self.boxed_range(at, nargs);
        if lists.iter().any(|v| self.is_no_list(*v)) {
            return None;
        }
        lists.iter().for_each(|&v| self.guard_shape(v, shape_id::LIST.0));
        let inner: Vec<ValueId> =
            lists.iter().map(|&v| self.emit(Op::Make, Ty::Any, &[v], Helper::MakeListIter as i64)).collect();
        let (pair, what) = match inner[..] {
            [one] => {
                let start = self.emit(Op::ConstInt, Ty::Int, &[], 0);
                (
                    self.emit(Op::Make, Ty::Any, &[one, start], Helper::MakeEnumerate as i64),
                    Pair::Enumerate(one),
                )
            }
            [first, second] => {
                let args = [first, second];
                (self.emit(Op::Make, Ty::Any, &args, Helper::MakeZip as i64), Pair::Zip(args))
            }
            _ => return None,
        };
        self.pairs.insert(pair, what);
        Some(pair)
    }

    /// Whether a value is known to be something else than a list.
    fn is_no_list(&self, v: ValueId) -> bool {
        let inst = self.unit.inst(v);
        matches!(inst.op, Op::BoxInt | Op::BoxFloat | Op::BoxBool | Op::BoxWord | Op::ConstValue)
            || self.state.shapes.get(&v).is_some_and(|s| *s != shape_id::LIST.0)
            || inst.op == Op::Make
                && matches!(Helper::of(inst.imm), Helper::MakeRange | Helper::MakeEnumerate | Helper::MakeZip)
    }

    /// A loop over such an object whose items are taken apart: false if it is none.
    pub(super) fn for_known_parts(&mut self, iterator: ValueId, body: u32, after: u32) -> bool {
        let Some(&pair) = self.pairs.get(&iterator) else { return false };
        let Some((_, unpack)) = self.parts_of_loop(self.pc).filter(|(_, u)| u.c() == 2) else { return false };
        let a = unpack.a() as usize;
        let lists = match pair {
            Pair::Enumerate(inner) => vec![inner],
            Pair::Zip(parts) => parts.to_vec(),
        };
        // All have been looked at before one is moved: what leaves then finds them as they were.
        let mut ended = Vec::new();
        for (i, &list) in lists.iter().enumerate() {
            let has = self.guard(Op::ListIterHas, Ty::Bool, &[list], 0);
            let (yes, no) = self.split(has);
            ended.push((no, i));
            self.block = yes;
        }
        let state = self.state.clone();
        let mut parts = Vec::new();
        if matches!(pair, Pair::Enumerate(_)) {
            parts.push(self.guard(Op::EnumerateNext, Ty::Int, &[iterator], 0));
        }
        for &list in &lists {
            parts.push(self.guard(Op::ListIterAdvance, Ty::Any, &[list], 0));
        }
        parts.into_iter().enumerate().for_each(|(i, v)| self.set(a + i, v));
        self.leave_to(body + 1);
        for (block, i) in ended {
            self.block = block;
            self.state = state.clone();
            self.current = None;
            for &earlier in &lists[..i] {
                self.guard(Op::ListIterAdvance, Ty::Any, &[earlier], 0);
            }
            self.emit(Op::ListIterDone, Ty::None, &[lists[i]], 0);
            if i + 1 < lists.len() {
                self.leave_to(after);
            }
        }
        true
    }

    /// The parts of a slice that the unit makes.
    pub(super) fn slice_parts(&self, v: ValueId) -> Option<[ValueId; 3]> {
        let inst = self.unit.inst(v);
        let slice = inst.op == Op::Make && inst.imm == Helper::MakeSlice as i64;
        slice.then(|| [inst.args[0], inst.args[1], inst.args[2]])
    }

    pub(super) fn get_slice(&mut self, insn: Insn, object: ValueId, parts: [ValueId; 3]) -> bool {
        let list = self.state.shapes.get(&object) == Some(&shape_id::LIST.0);
        let [start, stop, step] = parts;
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
        let v = self.emit(Op::Make, Ty::Any, &[object, start, stop, step], helper as i64);
        self.state.shapes.insert(v, shape_id::LIST.0);
        self.put(insn.a() as usize, v)
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

    /// A loop over a tuple, bytes or a bytearray. The way out of the loop is the present one afterwards.
    pub(super) fn for_sequence(&mut self, insn: Insn, iterator: ValueId, seen: u8, body: u32) {
        let (sequence, shape, ty) = match seen {
            Feedback::TUPLE_ITER => (Sequence::Tuple, shape_id::TUPLE_ITERATOR, Ty::Any),
            Feedback::BYTES_ITER => (Sequence::Bytes, shape_id::BYTES_ITERATOR, Ty::Int),
            _ => (Sequence::ByteArray, shape_id::BYTEARRAY_ITERATOR, Ty::Int),
        };
        self.guard_shape(iterator, shape.0);
        let has = self.guard(Op::SeqIterHas, Ty::Bool, &[iterator], sequence as i64);
        let (yes, no) = self.split(has);
        let state = self.state.clone();
        self.block = yes;
        let item = self.emit(Op::SeqIterAdvance, ty, &[iterator], sequence as i64);
        self.set(insn.a() as usize, item);
        self.leave_to(body);
        self.block = no;
        self.state = state;
        self.emit(Op::ListIterDone, Ty::None, &[iterator], 0);
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
