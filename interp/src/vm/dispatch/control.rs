//! Jumps, loops, polls.

use super::{F, handler};
use crate::object::header::{Gc, Kind};
use crate::object::iter::SeqIter;
use crate::object::list::List;
use crate::object::range::RangeIter;
use crate::object::shape::shape_id;
use crate::value::{PyResult, Value};
use adder_bytecode::Feedback;

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
fn jump_if(f: F<'_>, wanted: bool) -> u64 {
    let v = f.reg(f.a());
    let truth = match v.as_bool() {
        Some(t) => t,
        None if v.is_none() => false,
        None => match truth_slow(f, v) {
            2 => return f.raise(),
            t => t == 1,
        },
    };
    if truth == wanted {
        f.feedback(Feedback::TAKEN);
        f.jump(f.insn.imm() as isize)
    } else {
        f.feedback(Feedback::FELL_THROUGH);
        f.next()
    }
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
fn next_item(f: F<'_>, iterator: Value) -> u64 {
    f.publish();
    match f.vm.next(iterator) {
        Ok(Some(v)) => v.bits(),
        Ok(None) => 0,
        Err(_) => 1,
    }
}

handler! {
    Jump(f) { f.jump(f.insn.imm() as isize) }
    JumpBack(f) {
        if f.vm.breaker_set() && poll(f).is_err() {
            return f.raise();
        }
        f.jump(f.insn.imm() as isize)
    }
    JumpIfTrue(f) { jump_if(f, true) }
    JumpIfFalse(f) { jump_if(f, false) }
    JumpIfNone(f) {
        if f.reg(f.a()).is_none() { f.jump(f.insn.imm() as isize) } else { f.next() }
    }
    JumpIfNotNone(f) {
        if f.reg(f.a()).is_none() { f.next() } else { f.jump(f.insn.imm() as isize) }
    }
    GetIter(f) {
        f.publish();
        f.finish(f.vm.iter(f.reg(f.b())))
    }
    ForIter(f) {
        if f.vm.breaker_set() && poll(f).is_err() {
            return f.raise();
        }
        let iterator = f.reg(f.b());
        match iterator.kind() {
            Some(Kind::RangeIter) => {
                // SAFETY: the kind names the layout.
                let iter = unsafe { &*(iterator.bits() as *const RangeIter) };
                return match iter.advance() {
                    Some(i) => {
                        f.set(f.a(), Value::try_small_int(i).unwrap_or_else(|| big_number(f, i)));
                        f.jump(f.insn.c_jump() as isize)
                    }
                    None => f.next(),
                };
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
        match next_item(f, iterator) {
            0 => f.next(),
            1 => f.raise(),
            bits => {
                f.set_opt(f.a(), Value::from_bits(bits));
                f.jump(f.insn.c_jump() as isize)
            }
        }
    }
}

/// A number of a range that needs the heap.
#[cold]
#[inline(never)]
fn big_number(f: F<'_>, i: i64) -> Value {
    f.publish();
    f.vm.new_int(i)
}
