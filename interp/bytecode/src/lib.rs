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
//! * [`words`]: the unit's constants and names among its caches
//! * [`lent`]: names and strings, owned or in a mapped image
//! * [`code_ref`]: shared units, perhaps still packed; [`image`]: the packed form; [`positions`]: source positions
//! * [`verify`]: whether a unit is well formed
//! * [`liveness`]: registers that may still be read
//! * [`disasm`]: the listing that `-X dump=bytecode` prints
//!
//! Read next: `unit` for the shape of a frame, then `ops`.

pub mod code_ref;
pub mod disasm;
pub mod image;
pub mod insn;
pub mod lent;
pub mod liveness;
pub mod ops;
pub mod positions;
pub mod unit;
pub mod varint;
pub mod verify;
pub mod words;

pub use code_ref::CodeRef;
pub use insn::{Feedback, Insn};
pub use lent::{Lent, Text};
pub use ops::Op;
pub use positions::Positions;
pub use unit::{CodeFlags, CodeUnit, Const, FRAME_HEADER, Handler, InlinedGenexpr, LocalKind, Pos, Word};
pub use words::Words;
