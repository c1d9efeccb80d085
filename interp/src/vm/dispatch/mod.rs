//! The interpreter: one handler per instruction.
//!
//! A handler is an `extern "C"` function of four register arguments that ends in a call, in tail position, to the
//! handler of the next instruction. Optimised builds turn that into a jump (proved by a test that would exhaust the
//! stack otherwise). Builds without optimisation use the same handlers under a loop: [`next`] then stores the machine state and
//! returns to it. Rules that keep the calls jumps: nothing to drop in scope, and no address of a local handed out;
//! whatever needs either is an out-of-line function that returns one word.
//!
//! Before anything that can allocate, raise or call, a handler publishes its position ([`F::publish`]): the collector,
//! tracebacks and frame walks read it.
//!
//! Files by family: [`basic`], [`arith`], [`access`], [`calls`], [`containers`], [`control`], [`exceptions`],
//! [`generators`], [`rare`]. Monitored code runs through [`instrumented`].

pub mod access;
pub mod arith;
pub mod basic;
pub mod callees;
pub mod calls;
pub mod containers;
pub mod control;
pub mod direct;
pub mod exceptions;
pub mod generators;
pub mod instrumented;
pub mod matching;
pub mod namespace_sites;
pub mod quiet;
pub mod rare;
pub mod step;
pub mod super_sites;
pub mod tier;
mod unseen;

pub(crate) use unseen::{ANSWERS as UNSEEN_ANSWERS, Answer as UnseenAnswer};

use super::Vm;
use super::frame::Window;
use super::tracing::INSTRUMENTED;
use crate::object::header::Gc;
use crate::object::str::Str;
use crate::value::{PyResult, Raised, Value};
use adder_bytecode::{Insn, Op, for_each_op};

/// The registers of the abstract machine.
pub type Handler = unsafe extern "C" fn(*const Insn, *mut Option<Value>, *mut u64, &Vm) -> u64;

/// What a handler chain returns: the bits of the result, 0 for a raised exception.
const RAISED: u64 = 0;
/// Loop builds: go on with the stored state. Never the bits of a value.
const CONTINUE: u64 = 1;

/// Whether handlers tail-call each other.
pub const TAIL_CALLS: bool = cfg!(tail_calls);

/// An executing instruction: machine registers and the decoded word.
#[derive(Clone, Copy)]
pub struct F<'v> {
    pub pc: *const Insn,
    pub base: *mut Option<Value>,
    pub words: *mut u64,
    pub vm: &'v Vm,
    pub insn: Insn,
}

impl<'v> F<'v> {
    #[inline(always)]
    pub fn a(self) -> usize {
        self.insn.a() as usize
    }
    #[inline(always)]
    pub fn b(self) -> usize {
        self.insn.b() as usize
    }
    #[inline(always)]
    pub fn c(self) -> usize {
        self.insn.c() as usize
    }
    /// Register `n`, which holds a value.
    #[inline(always)]
    pub fn reg(self, n: usize) -> Value {
        // SAFETY: the compiler checks definite assignment; registers lie in the window.
        unsafe {
            let slot = *self.base.add(n);
            debug_assert!(slot.is_some(), "register r{n} is empty at {:?}", self.insn);
            slot.unwrap_unchecked()
        }
    }
    /// Register `n`, which may be empty.
    #[inline(always)]
    pub fn reg_opt(self, n: usize) -> Option<Value> {
        // SAFETY: registers lie in the window.
        unsafe { *self.base.add(n) }
    }
    #[inline(always)]
    pub fn set(self, n: usize, v: Value) {
        // SAFETY: as above.
        unsafe { *self.base.add(n) = Some(v) }
    }
    #[inline(always)]
    pub fn set_opt(self, n: usize, v: Option<Value>) {
        // SAFETY: as above.
        unsafe { *self.base.add(n) = v }
    }
    /// Registers `from .. from + n`, all holding values.
    #[inline(always)]
    pub fn regs(self, from: usize, n: usize) -> &'v [Value] {
        // SAFETY: as above; the slice is only read before anything writes those registers.
        unsafe { std::slice::from_raw_parts(self.base.add(from).cast(), n) }
    }
    #[inline(always)]
    pub fn word(self, n: usize) -> u64 {
        // SAFETY: word operands index the code's words.
        unsafe { *self.words.add(n) }
    }
    #[inline(always)]
    pub fn set_word(self, n: usize, bits: u64) {
        // SAFETY: as above.
        unsafe { *self.words.add(n) = bits }
    }
    /// Constant word `n`.
    #[inline(always)]
    pub fn constant(self, n: usize) -> Value {
        // SAFETY: constant words hold values.
        unsafe { Value::from_bits_unchecked(self.word(n)) }
    }
    /// Name word `n`: an interned str.
    #[inline(always)]
    pub fn name(self, n: usize) -> Gc<Str> {
        // SAFETY: name words hold strings.
        unsafe { Gc::from_ptr(self.word(n) as *const Str) }
    }
    #[inline(always)]
    pub fn window(self) -> Window {
        Window(self.base)
    }
    /// Makes the position visible to the collector, tracebacks and frame walks.
    #[inline(always)]
    pub fn publish(self) {
        self.vm.base.set(self.base);
        self.vm.pc.set(self.pc);
    }
    /// Sets feedback bits of this instruction.
    #[inline(always)]
    pub fn feedback(self, bits: u8) {
        if self.insn.feedback() & bits != bits {
            // SAFETY: materialised instructions are writable and belong to one interpreter.
            unsafe { *(self.pc as *mut Insn) = self.insn.with_feedback(bits) }
        }
    }
    /// Goes on with the next instruction.
    #[inline(always)]
    pub fn next(self) -> u64 {
        // SAFETY: code does not run past its end.
        unsafe { next(self.pc.add(1), self.base, self.words, self.vm) }
    }
    /// Goes on at a distance from this instruction.
    #[inline(always)]
    pub fn jump(self, distance: isize) -> u64 {
        // SAFETY: jump distances stay within the code.
        unsafe { next(self.pc.offset(distance), self.base, self.words, self.vm) }
    }
    /// Stores a result in `a` and goes on, or unwinds.
    #[inline(always)]
    pub fn finish(self, result: PyResult) -> u64 {
        match result {
            Ok(v) => {
                self.set(self.a(), v);
                self.next()
            }
            Err(Raised) => self.raise(),
        }
    }
    /// Goes on, or unwinds.
    #[inline(always)]
    pub fn done(self, result: PyResult<()>) -> u64 {
        match result {
            Ok(()) => self.next(),
            Err(Raised) => self.raise(),
        }
    }
    /// Leaves the rest to an out-of-line handler of the same instruction: a tail call, so that the fast path of this one needs no
    /// stack frame.
    #[inline(always)]
    pub fn slow(self, handler: Handler) -> u64 {
        // SAFETY: the arguments are this handler's own.
        unsafe { handler(self.pc, self.base, self.words, self.vm) }
    }
    /// An exception is pending: finds its handler.
    #[inline(always)]
    pub fn raise(self) -> u64 {
        // SAFETY: the arguments are this handler's own.
        unsafe { exceptions::unwind(self.pc, self.base, self.words, self.vm) }
    }
}

/// Runs the instruction at `pc`.
///
/// # Safety
/// `pc`, `base` and `words` belong to an entered window of `vm`.
#[inline(always)]
pub unsafe fn next(pc: *const Insn, base: *mut Option<Value>, words: *mut u64, vm: &Vm) -> u64 {
    #[cfg(tail_calls)]
    // SAFETY: promised by the caller; every opcode byte has a handler.
    unsafe {
        let op = (*pc).op_byte();
        // The VM's copy: the address of the table itself would have to be loaded first.
        vm.handlers[op as usize](pc, base, words, vm)
    }
    #[cfg(not(tail_calls))]
    {
        vm.loop_state.set((pc, base, words));
        CONTINUE
    }
}

/// Runs `window` until it returns to its boundary.
#[inline(never)]
pub(crate) fn run(vm: &Vm, window: Window, entry: *const Insn, words: *mut u64) -> PyResult {
    // SAFETY: the caller entered the window.
    let result = unsafe { next(entry, window.0, words, vm) };
    Value::from_bits(to_the_end(vm, result)).ok_or(Raised)
}

/// What a chain of handlers comes to in the end: loop builds run it here, one handler at a time.
#[inline(always)]
fn to_the_end(vm: &Vm, mut result: u64) -> u64 {
    while !TAIL_CALLS && result == CONTINUE {
        let (pc, base, words) = vm.loop_state.get();
        // SAFETY: the state was stored by a handler.
        result = unsafe { HANDLERS[(*pc).op_byte() as usize](pc, base, words, vm) };
    }
    result
}

/// Defines handlers: `handler! { Name(f) { body } }`, where the body is an expression of type `u64`.
macro_rules! handler {
    ($($(#[$attr:meta])* $name:ident($f:ident) $body:block)*) => {
        $(
            $(#[$attr])*
            #[allow(non_snake_case, reason = "handlers are named like their instructions")]
            #[allow(clippy::missing_safety_doc, reason = "one contract for all: `next`'s")]
            // A slow handler that is inlined into its fast one makes that one save registers.
            #[inline(never)]
            pub unsafe extern "C" fn $name(
                pc: *const adder_bytecode::Insn,
                base: *mut Option<crate::value::Value>,
                words: *mut u64,
                vm: &crate::vm::Vm,
            ) -> u64 {
                // SAFETY: handlers run with the pc of a live instruction.
                let $f = $crate::vm::dispatch::F { pc, base, words, vm, insn: unsafe { *pc } };
                $body
            }
        )*
    };
}
pub(crate) use handler;

/// Brings every handler into scope for the table.
mod all {
    pub use super::access::*;
    pub use super::arith::*;
    pub use super::basic::*;
    pub use super::calls::*;
    pub use super::containers::*;
    pub use super::control::*;
    pub use super::exceptions::*;
    pub use super::generators::*;
    pub use super::matching::*;
    pub use super::rare::*;
    pub use super::super_sites::*;
    pub use super::tier::*;
}

macro_rules! handler_table {
    ($($name:ident($a:ident, $b:ident, $c:ident) $doc:literal;)*) => {
        /// Handlers by opcode byte; bytes that are no opcode trap.
        pub static HANDLERS: [Handler; 256] = {
            let mut table: [Handler; 256] = [invalid; 256];
            $(table[Op::$name as usize] = all::$name;)*
            table[INSTRUMENTED as usize] = instrumented::instrumented;
            table
        };
    };
}
for_each_op!(handler_table);

unsafe extern "C" fn invalid(pc: *const Insn, _: *mut Option<Value>, _: *mut u64, _: &Vm) -> u64 {
    // SAFETY: the pc is readable, or dispatch would not have come here.
    panic!("invalid opcode {} in bytecode", unsafe { *pc }.op_byte());
}
