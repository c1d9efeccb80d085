//! A compiled code unit: what one `def`, lambda, class body, comprehension scope or module becomes.
//!
//! # Registers
//!
//! A frame is a window of `nregs` registers. In order: arguments (positional-only, positional, keyword-only,
//! `*args`, `**kwargs`), other locals, cell variables that are not arguments, free variables, temporaries.
//! Temporaries are allocated as a stack. A local that is captured by an inner scope is a *cell local*: after the
//! prologue its register holds a cell object and it is only touched by `LoadCell`/`StoreCell`/`DeleteCell`.
//! Variables of inlined comprehensions are `Hidden` and come after the plain locals; they are bound while the
//! comprehension runs, and one that is captured gets its cell where the comprehension starts. Code that is not OPTIMIZED has its namespace in register 0, a hidden
//! local named `.namespace`.
//!
//! # Calls
//!
//! Below every window lie [`FRAME_HEADER`] words of frame header that the callee's window brings along. A call
//! instruction names the first register `w` of an outgoing area at the top of the caller's temporaries:
//! `w .. w+FRAME_HEADER` is scratch for the header, its last word `w+FRAME_HEADER-1` holds the callable, and the
//! arguments follow from `w+FRAME_HEADER` on. They become registers 0, 1, ... of the callee: nothing is copied.
//! The result arrives in `w`.
//!
//! A method call (`LoadMethod` + `CallMethod`) puts the function into `w+FRAME_HEADER-1`, the receiver into
//! `w+FRAME_HEADER`, the arguments after it. When the attribute is not a plain method, the function slot is left
//! empty and the callable takes the receiver's place; the callee's window then starts one register higher.
//!
//! # Words
//!
//! `words` is one array per code object holding constants and inline caches; operands called *word* index it.
//! The first [`RESERVED_WORDS`] belong to the VM (counters, JIT entry). With `HAS_DOCSTRING` the next one is the
//! docstring. In very long units, instructions with the same opcode and name may share their cache words.

use crate::code_ref::CodeRef;
use crate::insn::Insn;
use crate::lent::{self, Text};
use crate::positions::Positions;
use crate::words::Words;

/// Words of frame header below a window; see the module documentation.
pub const FRAME_HEADER: u16 = 5;
/// Words at the start of `words` that belong to the VM.
pub const RESERVED_WORDS: usize = 5;

/// `co_flags` as CPython defines them (`inspect.CO_*`), because the library reads them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CodeFlags(pub u32);

#[rustfmt::skip]
impl CodeFlags {
    pub const OPTIMIZED: u32 = 0x1;
    pub const NEWLOCALS: u32 = 0x2;
    pub const VARARGS: u32 = 0x4;
    pub const VARKEYWORDS: u32 = 0x8;
    pub const NESTED: u32 = 0x10;
    pub const GENERATOR: u32 = 0x20;
    pub const COROUTINE: u32 = 0x80;
    pub const ITERABLE_COROUTINE: u32 = 0x100;
    pub const ASYNC_GENERATOR: u32 = 0x200;
    /// `from __future__ import annotations`
    pub const FUTURE_ANNOTATIONS: u32 = 0x100_0000;
    pub const NO_MONITORING_EVENTS: u32 = 0x200_0000;
    pub const HAS_DOCSTRING: u32 = 0x400_0000;
    pub const METHOD: u32 = 0x800_0000;

    pub fn has(self, bit: u32) -> bool {
        self.0 & bit != 0
    }
}

/// A constant. Strings are WTF-8 (generalized UTF-8: lone surrogates allowed).
#[derive(Clone, Debug, PartialEq)]
pub enum Const {
    None,
    True,
    False,
    Ellipsis,
    /// Fits an `i64`; the VM chooses the representation.
    Int(i64),
    /// Anything larger: sign and little-endian magnitude bytes.
    BigInt {
        negative: bool,
        magnitude: Box<[u8]>,
    },
    /// Compared by bits, so that `0.0` and `-0.0` stay apart.
    Float(u64),
    Complex {
        re: u64,
        im: u64,
    },
    Str(lent::Bytes),
    Bytes(lent::Bytes),
    Tuple(Box<[Const]>),
    FrozenSet(Box<[Const]>),
    /// A slice with constant bounds.
    Slice(Box<[Const; 3]>),
    Code(CodeRef),
}

/// One initial value of the words array.
#[derive(Clone, Debug, PartialEq)]
pub enum Word {
    /// A constant; a `Str` used as a name is interned when the words are materialised.
    Const(Const),
    /// As `Const(Str)`, always interned: attribute, global and keyword names.
    Name(Text),
    /// A cache word, zero at first.
    Cache,
}

/// What a register below `nlocalsplus` holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum LocalKind {
    /// A plain local.
    Fast,
    /// A local that inner scopes capture (arguments included): holds a cell.
    Cell,
    /// A free variable: holds a cell of an enclosing scope.
    Free,
    /// A comprehension variable of an inlined comprehension, invisible to `locals()` of the function outside it.
    Hidden,
}

/// Source span of one instruction. Lines from 1, columns in UTF-8 bytes from 0; line 0 means "no location".
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Pos {
    pub line: u32,
    pub end_line: u32,
    pub col: u32,
    pub end_col: u32,
}

/// One row of the exception table. An exception raised at an instruction in `start..end` is stored in register
/// `exc` and control goes to `target`. Rows are ordered inner first: the first that covers the pc wins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Handler {
    pub start: u32,
    pub end: u32,
    pub target: u32,
    pub exc: u16,
}

/// Instructions that a generator expression has in the frame of its consumer: CPython runs them in a frame of their own, which
/// tracebacks show. Rows are ordered inner first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InlinedGenexpr {
    pub start: u32,
    pub end: u32,
    /// The instruction that calls the consumer.
    pub call: u32,
    /// Word of the generator expression's own code, which runs when the consumer is not the builtin.
    pub code: u16,
}

/// The result of compilation. Immutable, free of addresses and hashes: it is stored in images and shared.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct CodeUnit {
    pub name: Text,
    pub qualname: Text,
    pub filename: Text,
    pub flags: CodeFlags,
    /// Positional parameters (positional-only included), without `*args`.
    pub argcount: u16,
    pub posonlyargcount: u16,
    pub kwonlyargcount: u16,
    /// Total size of the window.
    pub nregs: u16,
    /// Names of registers `0 .. nlocalsplus`.
    pub locals: Vec<Text>,
    /// Parallel to `locals`.
    pub local_kinds: Vec<LocalKind>,
    pub insns: Vec<Insn>,
    /// Starts with [`RESERVED_WORDS`] `Cache` words.
    pub words: Words,
    pub handlers: Vec<Handler>,
    pub genexprs: Vec<InlinedGenexpr>,
    /// Parallel to `insns`.
    pub positions: Positions,
    pub firstlineno: u32,
}

impl CodeUnit {
    /// The inlined generator expressions that instruction `index` belongs to, innermost first.
    pub fn genexprs_at(&self, index: u32) -> impl Iterator<Item = &InlinedGenexpr> {
        self.genexprs.iter().filter(move |g| g.start <= index && index < g.end)
    }

    /// Number of parameter registers: positional, keyword-only, `*args`, `**kwargs`.
    pub fn nparams(&self) -> u16 {
        self.argcount
            + self.kwonlyargcount
            + self.flags.has(CodeFlags::VARARGS) as u16
            + self.flags.has(CodeFlags::VARKEYWORDS) as u16
    }
}
