//! The instruction word.
//!
//! Every instruction is one 64-bit word, `[op: u8][feedback: u8][a: u16][b: u16][c: u16]` from the least
//! significant byte up, so that a handler gets opcode and operands in a single load. The second byte is type
//! feedback that handlers set in place the first time they meet an operand kind: the check is on a word that is
//! already in a register, which is why arithmetic needs no quickened twins. The JIT reads the same bits.

use crate::ops::Op;
use std::fmt;

/// Bits of the feedback byte.
pub struct Feedback;

#[rustfmt::skip]
impl Feedback {
    /// Arithmetic, comparison: both operands were small ints and so was the result.
    pub const INT: u8 = 1 << 0;
    /// Arithmetic, comparison: both operands were floats.
    pub const FLOAT: u8 = 1 << 1;
    /// Arithmetic, comparison: one float and one small int.
    pub const MIXED: u8 = 1 << 2;
    /// Arithmetic: an int that is not small took part or came out; all operands fit 64 bits, signed or unsigned.
    pub const BIG: u8 = 1 << 3;
    /// Any family: something no inline path covers.
    pub const OTHER: u8 = 1 << 4;
    /// Arithmetic, with `BIG`: the result did not fit 64 bits.
    pub const HUGE: u8 = 1 << 5;
    /// Addition, without `BIG`: two strings or two tuples.
    pub const SEQUENCE: u8 = 1 << 5;
    /// Arithmetic, with `BIG`: an operand or the result fits an unsigned word of 64 bits only.
    pub const UNSIGNED: u8 = 1 << 6;
    /// Conditional jumps: the jump was taken / not taken at least once.
    pub const TAKEN: u8 = 1 << 5;
    pub const FELL_THROUGH: u8 = 1 << 6;
    /// Static, set by the compiler on a binary operator that came from an augmented assignment.
    pub const INPLACE: u8 = 1 << 7;
    /// Loops: an iterator over a range, list, tuple, bytes, bytearray; one of a string, a set, or a dict's keys or values
    /// (`CONTAINER_ITER`); any other is `OTHER`.
    pub const RANGE: u8 = 1 << 0;
    pub const LIST_ITER: u8 = 1 << 1;
    pub const TUPLE_ITER: u8 = 1 << 2;
    pub const BYTES_ITER: u8 = 1 << 3;
    pub const BYTEARRAY_ITER: u8 = 1 << 5;
    pub const CONTAINER_ITER: u8 = 1 << 6;
    /// Subscripts: exact list, tuple, dict, str subscripted.
    pub const LIST: u8 = 1 << 0;
    pub const TUPLE: u8 = 1 << 1;
    pub const DICT: u8 = 1 << 2;
    pub const STR: u8 = 1 << 3;
    /// Subscripts: an exact list, subscripted by a slice.
    pub const LIST_SLICE: u8 = 1 << 7;
    /// Subscripts: exact bytes or bytearray, subscripted by an int.
    pub const BYTES: u8 = 1 << 5;
    pub const BYTEARRAY: u8 = 1 << 6;
}

/// One instruction. `Copy`, eight bytes, no padding.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Insn(pub u64);

impl Insn {
    /// Three-operand form.
    pub const fn abc(op: Op, a: u16, b: u16, c: u16) -> Self {
        Insn(op as u64 | (a as u64) << 16 | (b as u64) << 32 | (c as u64) << 48)
    }

    /// One register and a 32-bit signed immediate (jump distance) in `b` and `c`.
    pub const fn a_imm(op: Op, a: u16, imm: i32) -> Self {
        Insn(op as u64 | (a as u64) << 16 | (imm as u32 as u64) << 32)
    }

    pub fn op(self) -> Op {
        Op::from_u8(self.0 as u8)
    }
    pub const fn op_byte(self) -> u8 {
        self.0 as u8
    }
    pub const fn feedback(self) -> u8 {
        (self.0 >> 8) as u8
    }
    pub const fn a(self) -> u16 {
        (self.0 >> 16) as u16
    }
    pub const fn b(self) -> u16 {
        (self.0 >> 32) as u16
    }
    pub const fn c(self) -> u16 {
        (self.0 >> 48) as u16
    }
    /// Signed 16-bit jump distance in `c`, in instructions from this one.
    pub const fn c_jump(self) -> i16 {
        (self.0 >> 48) as i16
    }
    /// Signed 32-bit jump distance in `b`/`c`, in instructions from this one.
    pub const fn imm(self) -> i32 {
        (self.0 >> 32) as i32
    }

    /// The same instruction with another opcode; operands and feedback stay.
    pub const fn with_op(self, op: Op) -> Self {
        Insn(self.0 & !0xff | op as u64)
    }
    /// The same instruction with another first byte, which need not be an opcode.
    pub const fn with_op_byte(self, byte: u8) -> Self {
        Insn(self.0 & !0xff | byte as u64)
    }
    pub const fn with_feedback(self, bits: u8) -> Self {
        Insn(self.0 | (bits as u64) << 8)
    }
    pub const fn with_c(self, c: u16) -> Self {
        Insn(self.0 & !(0xffff << 48) | (c as u64) << 48)
    }
    pub const fn with_imm(self, imm: i32) -> Self {
        Insn(self.0 & 0xffff_ffff | (imm as u32 as u64) << 32)
    }
}

impl fmt::Debug for Insn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {} {} {}", self.op(), self.a(), self.b(), self.c())
    }
}
