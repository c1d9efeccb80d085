//! The bytecode: what the compiler emits, the interpreter runs, and the JIT reads.
//!
//! One table, [`ops`], defines the instruction set; enum, operand roles, disassembler and documentation are
//! generated from it, and the interpreter's handler table is too (a missing handler does not compile).
//! This crate knows neither the parser nor the VM, so that `build.rs` of the standard library can compile
//! to it and the VM can run it.
//!
//! * [`insn`]: the 64-bit instruction word and its in-place feedback bits
//! * [`ops`]: the instruction table
//! * [`unit`]: a compiled code unit: instructions, words (constants and caches), tables
//! * [`verify`]: whether a unit is well formed
//! * [`disasm`]: the listing that `-X dump=bytecode` prints
//!
//! Read next: `unit` for the shape of a frame, then `ops`.

pub mod disasm;
pub mod insn;
pub mod ops;
pub mod unit;
pub mod verify;

pub use insn::{Feedback, Insn};
pub use ops::Op;
pub use unit::{CodeFlags, CodeUnit, Const, FRAME_HEADER, Handler, LocalKind, Pos, Word};
