//! Where the compiled tier attaches.
//!
//! The interpreter counts calls and loop iterations down in the first word of each code object's words. At zero it tells the
//! [`Tier`], which may compile on the spot or in the background and installs machine code at a poll
//! ([`super::breaker::TIER`]). Installed code is reached in three ways:
//!
//! * a function's `entry` points to an [`EntryStub`] instead of its first instruction;
//! * the instruction that closes a loop is replaced by its twin (`JumpBackJit`, `ForIterJit`), which does the same and then
//!   looks the loop up in the code object's [`PlaceEntry`] table;
//! * a generator that is resumed looks up the position where it goes on in a table of the same kind.
//!
//! No other instruction is ever changed, so a position always names an instruction that can be run as it stands: leaving
//! machine code is nothing but filling the window and going on at a pc.
//!
//! # Contract of machine code
//!
//! [`Enter`] runs in an entered window and returns the bits of the result, or [`EXIT`] / [`EXIT_RAISE`] after it has
//! written the window's registers and left an [`Exit`] in `Vm::tier_exit`. The window is not popped in either case. A generator that
//! returns says so by [`RETURN`].
//! What is kept in machine registers only is found by the conservative scan of the native stack.

use super::Vm;
use super::frame::Window;
use crate::object::code::Code;
use crate::object::function::Function;
use crate::object::header::{Gc, Header, flag};
use crate::object::shape::Shape;
use crate::value::Value;
use adder_bytecode::Insn;
use std::cell::Cell;

/// Machine code: takes the window and the thread.
pub type Enter = unsafe extern "C" fn(*mut Option<Value>, &Vm) -> u64;

/// Result of machine code: the interpreter goes on at the exit's pc.
pub const EXIT: u64 = 2;
/// Result of machine code: an exception is pending at the exit's pc.
pub const EXIT_RAISE: u64 = 3;
/// Result of machine code: a generator has returned what `Vm::tier_result` says.
pub const RETURN: u64 = 4;
/// Smallest result that is a value.
pub const FIRST_VALUE: u64 = 16;

/// One way out of machine code. Belongs to the compiled unit and lives as long as the process.
#[repr(C)]
pub struct Exit {
    pub pc: Cell<*const Insn>,
    /// Distance in bytes of the window that runs on from the one that machine code was entered with: the frames between are inlined
    /// calls, whose headers have been written.
    pub window: usize,
    /// Words of the code that runs on.
    pub words: *mut u64,
    /// How often it was taken.
    pub count: Cell<u32>,
    /// For the tier.
    pub unit: u32,
    pub reason: u8,
    /// The code always leaves here, so there is nothing to learn: a generator's `Yield`, which the interpreter does.
    pub planned: bool,
    /// For the tier: the instruction that has left, and the words of its code. The interpreter may go on before it.
    pub blamed: *const Insn,
    pub blamed_words: *mut u64,
    /// For the tier: how what machine code has in registers comes home.
    pub plan: *const (),
}

/// Precedes a function's first instruction. `insn` is an `EnterJit`.
#[repr(C)]
pub struct EntryStub {
    pub insn: Insn,
    /// Empty when the code was invalidated.
    pub enter: Cell<Option<Enter>>,
    /// The function's first instruction.
    pub first: *const Insn,
}

/// Machine code of a loop, or of what follows a position where a generator is resumed.
#[repr(C)]
pub struct PlaceEntry {
    /// The closing instruction of the loop; the one a generator goes on with.
    pub pc: *const Insn,
    pub enter: Cell<Option<Enter>>,
}

/// Words of a code object that belong to the tier.
pub mod word {
    /// Counts down; negative is hot.
    pub const COUNTER: usize = 0;
    /// Loops: pointer to a `Vec<PlaceEntry>` that lives for ever, or 0.
    pub const LOOPS: usize = 1;
    /// The tier's own.
    pub const STATE: usize = 2;
    /// Address of the cell with what compiled callers jump to: machine code or a way into the interpreter. 0 when the code cannot be
    /// called that way.
    pub const CELL: usize = 3;
    /// Where generators are resumed: as [`LOOPS`].
    pub const RESUMES: usize = 4;
}

/// A place that was found hot.
#[derive(Clone, Copy)]
pub enum Hot {
    /// A call of the function whose window has just been entered.
    Call(Gc<Function>),
    /// The loop that the instruction at this pc closes.
    Loop(*const Insn),
    /// A generator whose window has just been filled, going on at this pc.
    Resume(*const Insn),
}

/// The compiled tier. Everything is called by the thread that holds the GIL.
pub trait Tier: Sync {
    /// A counter ran out; sets the counter anew.
    fn hot(&self, vm: &Vm, window: Window, hot: Hot);
    /// Finished code waits to be installed.
    fn install(&self, vm: &Vm);
    /// Machine code was left for good by an exit.
    fn exited(&self, vm: &Vm, exit: &Exit);
    /// A class, function or shape that was watched ([`flag::WATCHED`]) has changed: what relied on it is taken out of use. Code that is on a stack
    /// notices at `Heap::frame_writes`.
    fn changed(&self, vm: &Vm, object: &Header);
    /// The process is about to fork.
    fn before_fork(&self);
    /// A fork is over, in the parent or in the child.
    fn after_fork(&self, vm: &Vm, child: bool);
    /// The interpreter ends.
    fn finish(&self, vm: &Vm);
}

/// Offsets that machine code uses.
pub mod offset {
    use crate::vm::Vm;
    use std::mem::offset_of;

    pub const VM_BASE: usize = offset_of!(Vm, base);
    pub const VM_PC: usize = offset_of!(Vm, pc);
    pub const VM_EXIT: usize = offset_of!(Vm, tier_exit);
    pub const VM_RESULT: usize = offset_of!(Vm, tier_result);
    pub const VM_STACK_END: usize = offset_of!(Vm, stack_end);
    pub const VM_RECURSION_LEFT: usize = offset_of!(Vm, recursion_left);
    pub const VM_NATIVE_LIMIT: usize = offset_of!(Vm, native_limit);
    pub use crate::heap::offset::*;
    pub use crate::object::offset::*;
}

impl Vm {
    /// To be called when something changes that machine code may rely on.
    #[inline]
    pub(crate) fn announce_change(&self, object: &Header) {
        if object.has(flag::WATCHED) {
            self.announce_watched(object);
        }
    }
    /// To be called before an instance of this shape gets another one, except along a transition that another instance has taken.
    pub(crate) fn leave_shape(&self, shape: Gc<Shape>) {
        shape.note_left();
        self.announce_change(shape.header());
    }
    #[cold]
    fn announce_watched(&self, object: &Header) {
        object.clear(flag::WATCHED);
        self.heap.frame_writes.set(self.heap.frame_writes.get() + 1);
        if let Some(tier) = self.tier.get() {
            tier.changed(self, object);
        }
    }

    /// Whether the native stack has room for machine code.
    #[inline(always)]
    pub(crate) fn room_for_machine_code(&self) -> bool {
        crate::heap::stack::approximate_stack_pointer() > self.native_limit.get()
    }

    /// Machine code leaves at `exit`, with everything at home or on its way there: `base` is the window that runs on.
    pub fn land(&self, base: *mut Option<Value>, exit: &Exit) {
        self.base.set(base);
        self.pc.set(exit.pc.get());
        self.tier_exit.set(exit);
    }

    /// Address of the eval breaker word.
    pub fn breaker_address(&self) -> usize {
        &raw const self.breaker as usize
    }
}

/// A code object's table of entries: `table` is [`word::LOOPS`] or [`word::RESUMES`].
pub fn places(code: Gc<Code>, table: usize) -> Option<&'static mut Vec<PlaceEntry>> {
    let words = code.as_ref().words();
    if words.is_null() {
        return None;
    }
    // SAFETY: the reserved words exist, and this one is a vector that was leaked or 0.
    unsafe { (*words.add(table) as *mut Vec<PlaceEntry>).as_mut() }
}
