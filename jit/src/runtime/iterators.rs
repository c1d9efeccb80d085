//! What exits of machine code do to the iterator that a loop was entered with: machine code has stepped it in registers.

use adder_interp::object::header::Gc;
use adder_interp::object::iter::SeqIter;
use adder_interp::object::range::RangeIter;
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
