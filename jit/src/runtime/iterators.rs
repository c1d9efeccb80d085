//! Iterators of machine code: those it makes, and what its exits do to the one that a loop was entered with, which it has stepped in
//! registers.

use adder_interp::object::header::Gc;
use adder_interp::object::iter::SeqIter;
use adder_interp::object::range::RangeIter;
use adder_interp::object::shape::shape_id;
use adder_interp::value::Value;
use adder_interp::vm::Vm;

/// The range iterator itself, which from now on stands at `next`; `stop` is where it will stand at its end.
///
/// # Safety
/// The operands are as described.
pub unsafe extern "C" fn stand_range_iter(_vm: &Vm, iterator: Gc<RangeIter>, next: i64, stop: i64) -> u64 {
    let distance = stop.wrapping_sub(next);
    iterator.next.set(next);
    iterator.remaining.set(if iterator.step == 1 { distance } else { distance / iterator.step } as u64);
    iterator.value().bits()
}

/// The list iterator itself, which from now on stands at `index`; at the largest index it has ended.
///
/// # Safety
/// The operands are as described.
pub unsafe extern "C" fn stand_list_iter(_vm: &Vm, iterator: Gc<SeqIter>, index: usize) -> u64 {
    if index == usize::MAX {
        iterator.container.set(None);
    } else {
        iterator.index.set(index);
    }
    iterator.value().bits()
}

fn sequence_iter(vm: &Vm, sequence: Value) -> Gc<SeqIter> {
    let shape = match sequence.header().map(|h| h.shape()) {
        Some(shape_id::BYTES) => shape_id::BYTES_ITERATOR,
        Some(shape_id::BYTEARRAY) => shape_id::BYTEARRAY_ITERATOR,
        _ => shape_id::TUPLE_ITERATOR,
    };
    SeqIter::new(&vm.heap, shape, sequence, 0, 0)
}

/// An iterator over a tuple, bytes or a bytearray.
///
/// # Safety
/// The operand is as described.
pub unsafe extern "C" fn make_sequence_iter(vm: &Vm, sequence: Value) -> u64 {
    sequence_iter(vm, sequence).value().bits()
}

/// The same, the next item being that at `index`; at the largest index it has ended.
///
/// # Safety
/// As above.
pub unsafe extern "C" fn make_sequence_iter_at(vm: &Vm, sequence: Value, index: usize) -> u64 {
    // SAFETY: it is an iterator.
    unsafe { stand_list_iter(vm, sequence_iter(vm, sequence), index) }
}
