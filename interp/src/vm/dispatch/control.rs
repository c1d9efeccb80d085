//! Jumps, loops, polls.

use super::direct::builtin_name;
use super::generators::resume_in_place;
use super::tier::{count, loop_is_hot};
use super::{F, handler};
use crate::object::function::NativeFunction;
use crate::object::generator::Generator;
use crate::object::header::{Gc, Kind};
use crate::object::iter::SeqIter;
use crate::object::list::List;
use crate::object::range::RangeIter;
use crate::object::shape::shape_id;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use adder_bytecode::ops::Consumer;
use adder_bytecode::{Feedback, Insn};

/// `bool(v)` out of line: 0, 1, or 2 when it raised.
#[inline(never)]
fn truth_slow(f: F<'_>, v: Value) -> u32 {
    f.publish();
    match f.vm.truthy(v) {
        Ok(t) => t as u32,
        Err(_) => 2,
    }
}

#[inline(always)]
fn decide(f: F<'_>, truth: bool, wanted: bool) -> u64 {
    if truth == wanted {
        f.feedback(Feedback::TAKEN);
        f.jump(f.insn.imm() as isize)
    } else {
        f.feedback(Feedback::FELL_THROUGH);
        f.next()
    }
}

#[inline(always)]
fn jump_if<const WANTED: bool>(f: F<'_>) -> u64 {
    let v = f.reg(f.a());
    if v.is_true() {
        return decide(f, true, WANTED);
    }
    if v.is_false() || v.is_none() {
        return decide(f, false, WANTED);
    }
    if let Some(i) = v.as_small_int() {
        return decide(f, i != 0, WANTED);
    }
    f.slow(jump_if_slow::<WANTED>)
}

#[cold]
#[inline(never)]
unsafe extern "C" fn jump_if_slow<const WANTED: bool>(
    pc: *const Insn,
    base: *mut Option<Value>,
    words: *mut u64,
    vm: &Vm,
) -> u64 {
    // SAFETY: called by a handler with its own arguments.
    let f = F { pc, base, words, vm, insn: unsafe { *pc } };
    match truth_slow(f, f.reg(f.a())) {
        2 => f.raise(),
        t => decide(f, t == 1, WANTED),
    }
}

/// Whether a value is what [`Consumer`] number `which` names.
pub fn is_consumer(vm: &Vm, v: Value, which: usize) -> bool {
    let types = &vm.types;
    match Consumer::ALL[which] {
        Consumer::List => v == types.list.value(),
        Consumer::Set => v == types.set.value(),
        Consumer::Tuple => v == types.tuple.value(),
        Consumer::Frozenset => v == types.frozenset.value(),
        Consumer::Bytes => v == types.bytes.value(),
        Consumer::Join => v.downcast::<NativeFunction>().is_some_and(|f| {
            (f.owner == Some(types.str) || f.owner == Some(types.bytes))
                && f.def().is_some_and(|def| def.name == Consumer::Join.name())
        }),
        consumer => {
            let def = v.downcast::<NativeFunction>().and_then(|f| f.def());
            def.and_then(builtin_name).is_some_and(|name| name == consumer.name())
        }
    }
}

/// What [`Consumer`] number `which` names as long as nobody has replaced it.
pub fn consumer_value(vm: &Vm, which: usize) -> Value {
    let consumer = Consumer::ALL[which];
    let name = vm.intern(consumer.name());
    let found = match consumer {
        Consumer::Join => vm.types.str.lookup_uncached(name),
        _ => vm.builtins.get_str(name),
    };
    found.unwrap_or(Value::none())
}

/// Runs what the eval breaker asks for.
#[cold]
#[inline(never)]
pub fn poll(f: F<'_>) -> PyResult<()> {
    f.publish();
    f.vm.handle_breaker()
}

/// The iterator's next item out of line: the bits of the item, 0 at the end, 1 when it raised.
#[inline(never)]
pub(super) fn next_item(f: F<'_>, iterator: Value) -> u64 {
    f.publish();
    match f.vm.next(iterator) {
        Ok(Some(v)) => v.bits(),
        Ok(None) => 0,
        Err(_) => 1,
    }
}

/// Takes an item of a range or list; of anything else out of line.
#[inline(always)]
fn take_item(f: F<'_>) -> u64 {
    let iterator = f.reg(f.b());
    match iterator.kind() {
        Some(Kind::RangeIter) => {
            // SAFETY: the kind names the layout.
            let iter = unsafe { &*(iterator.bits() as *const RangeIter) };
            if iter.remaining.get() == 0 {
                return f.next();
            }
            if let Some(v) = Value::try_small_int(iter.next.get()) {
                f.feedback(Feedback::RANGE);
                iter.advance();
                f.set(f.a(), v);
                return f.jump(f.insn.c_jump() as isize);
            }
        }
        Some(Kind::SeqIter) => {
            // SAFETY: as above.
            let iter = unsafe { Gc::<SeqIter>::from_ptr(iterator.bits() as *const SeqIter) };
            if iter.header().shape() == shape_id::LIST_ITERATOR
                && let Some(list) = iter.container.get()
            {
                // SAFETY: list iterators walk lists.
                let list = unsafe { &*(list.bits() as *const List) };
                let i = iter.index.get();
                f.feedback(Feedback::LIST_ITER);
                return match list.get(i) {
                    Some(v) => {
                        iter.index.set(i + 1);
                        f.set(f.a(), v);
                        f.jump(f.insn.c_jump() as isize)
                    }
                    None => {
                        iter.container.set(None);
                        f.next()
                    }
                };
            }
        }
        _ => {}
    }
    f.slow(for_iter_slow)
}

handler! {
    Jump(f) { f.jump(f.insn.imm() as isize) }
    JumpBack(f) {
        if f.vm.breaker_set() {
            return f.slow(jump_back_polled);
        }
        if count(f.words) {
            return f.slow(loop_is_hot);
        }
        f.jump(f.insn.imm() as isize)
    }
    JumpIfTrue(f) { jump_if::<true>(f) }
    JumpIfFalse(f) { jump_if::<false>(f) }
    JumpIfNone(f) {
        if f.reg(f.a()).is_none() { f.jump(f.insn.imm() as isize) } else { f.next() }
    }
    JumpIfNotNone(f) {
        if f.reg(f.a()).is_none() { f.next() } else { f.jump(f.insn.imm() as isize) }
    }
    JumpUnlessBuiltin(f) {
        // A generator that cannot be entered any more raises.
        let consumed = f.reg_opt(f.a()).is_some_and(|v| is_consumer(f.vm, v, f.b()))
            && !f.vm.monitored()
            && f.vm.recursion_left.get() > 0;
        if consumed { f.next() } else { f.jump(f.insn.c_jump() as isize) }
    }
    GetIter(f) {
        f.publish();
        f.finish(f.vm.iter(f.reg(f.b())))
    }
    ForIter(f) {
        if f.vm.breaker_set() {
            return f.slow(for_iter_polled);
        }
        if count(f.words) {
            return f.slow(loop_is_hot);
        }
        take_item(f)
    }
    for_iter_slow(f) {
        let iterator = f.reg(f.b());
        if iterator.kind() == Some(Kind::Generator)
            && let Some(generator) = iterator.downcast::<Generator>()
            && generator.header().shape() == shape_id::GENERATOR
        {
            f.feedback(Feedback::OTHER);
            if let Some(result) = resume_in_place(f, generator, Value::none()) {
                return result;
            }
        }
        f.feedback(match f.vm.shape_of(iterator) {
            shape_id::TUPLE_ITERATOR => Feedback::TUPLE_ITER,
            shape_id::BYTES_ITERATOR => Feedback::BYTES_ITER,
            shape_id::BYTEARRAY_ITERATOR => Feedback::BYTEARRAY_ITER,
            shape_id::STR_ITERATOR
            | shape_id::SET_ITERATOR
            | shape_id::DICT_KEYITERATOR
            | shape_id::DICT_VALUEITERATOR => Feedback::CONTAINER_ITER,
            _ => Feedback::OTHER,
        });
        match next_item(f, iterator) {
            0 => f.next(),
            1 => f.raise(),
            bits => {
                f.set_opt(f.a(), Value::from_bits(bits));
                f.jump(f.insn.c_jump() as isize)
            }
        }
    }
    #[cold]
    for_iter_polled(f) {
        if poll(f).is_err() { f.raise() } else { f.slow(for_iter_unpolled) }
    }
    /// `ForIter` after its poll: still the fast ways first, or the feedback would tell of iterators that are not there.
    #[cold]
    for_iter_unpolled(f) { take_item(f) }
    #[cold]
    jump_back_polled(f) {
        if poll(f).is_err() { f.raise() } else { f.jump(f.insn.imm() as isize) }
    }
}
