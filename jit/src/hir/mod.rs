//! HIR: the compiler's own intermediate representation.
//!
//! A [`Unit`] is a control-flow graph in SSA form with block parameters. Instructions come from one table
//! ([`for_each_inst!`]) that gives each its effect; the type of a value is also its representation ([`Ty`]). What a guard needs to
//! leave machine code is a [`FrameState`].
//!
//! A unit refers to the heap only by addresses and bits of values that whoever built it keeps alive, so it can be
//! optimised and lowered by a thread that does not hold the GIL.
//!
//! Text form: [`print`] writes it, [`parse`] reads it; invariants: [`verify`].

pub mod helpers;
pub mod parse;
pub mod print;
pub mod verify;

use adder_interp::object::shape::{ShapeId, shape_id};
use std::fmt;

macro_rules! index {
    ($(#[$doc:meta])* $name:ident $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    };
}
index! {
    /// An instruction or block parameter, and the value it defines.
    ValueId "v"
}
index! { BlockId "bb" }
index! { StateId "fs" }

/// Type and representation of a value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Ty {
    /// Defines no value.
    None,
    /// An `int` as an `i64`.
    Int,
    /// An `int` that is not negative and below 2**64, as a `u64`.
    Word,
    /// An `int` of any size, of which there are the low 64 bits only: the result of [`Op::Wide`]. Good for masking; exits and whoever
    /// else wants the number do the operation again. Never passed between blocks.
    Wide,
    /// A `float` as an `f64`.
    Float,
    /// A truth value, 0 or 1.
    Bool,
    /// Anything, as the bits of a `Value`; 0 is an empty register.
    Any,
}

impl Ty {
    /// The type of that name.
    pub fn named(name: &str) -> Option<Ty> {
        use Ty::*;
        [None, Int, Word, Wide, Float, Bool, Any].into_iter().find(|t| format!("{t:?}") == name)
    }
    /// The type that covers both.
    pub fn join(self, other: Ty) -> Ty {
        match (self, other) {
            (Ty::Wide, _) | (_, Ty::Wide) => Ty::Any,
            (Ty::Int, Ty::Word) | (Ty::Word, Ty::Int) => Ty::Word,
            _ if self == other => self,
            _ => Ty::Any,
        }
    }
}

/// What an instruction does besides computing its result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Nothing: may be shared, moved, dropped.
    Pure,
    /// Leaves when its condition does not hold; a second one with the same operands is redundant.
    Guard,
    /// A computation that leaves when it has no result (overflow, division by zero).
    GuardedPure,
    /// Reads memory.
    Read,
    /// Writes memory that compiled code knows about, runs nothing.
    Write,
    /// Makes an object: runs nothing, dropped when the result is not used.
    Make,
    /// May run any code.
    Call,
}

/// Calls macro `$m` with every row of the table: `Name effect "meaning";`. `imm` and `imm2` are the instruction's immediates.
#[macro_export]
macro_rules! for_each_inst {
    ($m:ident) => {
        $m! {
            Param Pure "Parameter of a block (entry block: argument `imm` of the unit).";
            ConstInt Pure "The int `imm`.";
            ConstFloat Pure "The float with bits `imm`.";
            ConstBool Pure "The truth value `imm`.";
            ConstValue Pure "The value with bits `imm`.";
            // ---- the window and the namespace
            LoadReg Read "Register `imm` of the window.";
            StoreReg Write "Register `imm` of the window becomes the operand.";
            LoadName Read "Value of name `imm` of the unit's table; after `GuardNames`.";
            StoreName Write "Name `imm` of the unit's table gets the operand as its value; after `GuardNames`.";
            GuardNames Guard "The keys of the globals (`imm` 0) or builtins (1) are those the unit was built for.";
            GuardKeys Guard "The dict at address `imm` has the keys of version `imm2`.";
            LoadEntry Read "Value of entry `imm2` of the dict at address `imm`; after `GuardKeys`, or of a class that the unit relies on.";
            StoreEntry Write "Entry `imm2` of the dict at address `imm` gets the operand as its value; under the same condition.";
            // ---- representation
            GuardInt Guard "The int in a tagged word.";
            GuardFloat Guard "The float in a tagged word.";
            ToFloat Guard "The float in a tagged word, or its int as a float.";
            GuardNotBothInt Guard "The operands are not both ints.";
            BoxInt Pure "An int as a value; allocates beyond 49 bits.";
            BoxFloat Pure "A float as a value.";
            FloatOfBox Pure "Any value as the float, mostly none, whose box it is; never computed with.";
            BoxBool Pure "True or False.";
            IntToFloat Pure "An int rounded to a float.";
            // ---- ints
            AddInt GuardedPure "Sum; leaves on overflow.";
            SubInt GuardedPure "Difference; leaves on overflow.";
            MulInt GuardedPure "Product; leaves on overflow.";
            FloorDivInt GuardedPure "Floor division; leaves when the divisor is 0 or -1.";
            ModInt GuardedPure "Modulo; leaves when the divisor is 0 or -1.";
            TrueDivInt GuardedPure "Quotient as a float; leaves when the divisor is 0 or a number is not exact as a float.";
            ShlInt GuardedPure "Left shift; leaves on overflow and strange distances.";
            ShrInt GuardedPure "Right shift; leaves on negative distances.";
            Bounded Pure "The first operand, known to be at least the second and less than the third (`imm` 1: at most and greater; 2: at least, and it counts items).";
            Below Pure "Comparison of ints without sign.";
            AndInt Pure "Bitwise and.";
            OrInt Pure "Bitwise or.";
            XorInt Pure "Bitwise exclusive or.";
            NotInt Pure "Bitwise complement.";
            NegInt GuardedPure "Negation; leaves on overflow.";
            // ---- ints beyond the signed word
            ConstWord Pure "The int with the unsigned bits `imm`.";
            GuardLongInt Guard "The int in a tagged word or an object, if it fits an `i64`.";
            GuardWord Guard "The int in a tagged word or an object, if it fits a `u64`.";
            WordOfInt Guard "An int as a word; leaves when it is negative.";
            IntOfWord Guard "A word as an int; leaves when it does not fit.";
            AsWord Pure "An int known not to be negative as a word.";
            GuardNotNegative Guard "The int is not negative.";
            BoxWord Pure "A word as a value; allocates beyond 48 bits.";
            AddWord GuardedPure "Sum; leaves on overflow.";
            SubWord GuardedPure "Difference; leaves when it is negative.";
            MulWord GuardedPure "Product; leaves on overflow.";
            FloorDivWord GuardedPure "Quotient; leaves when the divisor is 0.";
            ModWord GuardedPure "Modulo; leaves when the divisor is 0.";
            ShlWord GuardedPure "Left shift by an int; leaves on overflow and strange distances.";
            ShrWord GuardedPure "Right shift by an int; leaves on strange distances.";
            AndWord Pure "Bitwise and.";
            OrWord Pure "Bitwise or.";
            XorWord Pure "Bitwise exclusive or.";
            CmpWord Pure "Comparison `imm` of words.";
            WordToFloat Pure "A word rounded to a float.";
            Wide Pure "Operator `imm` (index in `BinaryOp::ALL`), one of + - * << & | ^, of ints of any kind, modulo 2**64.";
            // ---- floats
            AddFloat Pure "Sum.";
            SubFloat Pure "Difference.";
            MulFloat Pure "Product.";
            AbsFloat Pure "Absolute value.";
            DivFloat GuardedPure "Quotient; leaves when the divisor is 0.";
            SqrtFloat GuardedPure "Square root; leaves when the operand is negative.";
            NegFloat Pure "Negation.";
            // ---- truth
            CmpInt Pure "Comparison `imm` (order of `CompareOp`) of ints.";
            CmpFloat Pure "Comparison `imm` of floats.";
            SameBits Pure "Identity of two words of which one is no int or float.";
            Is Pure "Identity of any two words.";
            BothInt Pure "Whether two tagged words are ints.";
            NotBool Pure "Negation.";
            Select Pure "The second operand if the first is true, else the third.";
            IsEmpty Pure "Whether the word is 0.";
            Truth Call "Truth of any value.";
            CompareTruth Call "Truth of comparison `imm` of any two values, which cannot be told from its result.";
            // ---- objects
            HasShape Read "Whether the operand is an object of shape `imm`.";
            HasCode Read "Whether the operand is a function of the code at address `imm` (`imm2` 1: that has the namespaces of the unit).";
            GuardShape Guard "The operand is an object of shape `imm`.";
            GuardLength Guard "The tuple or list has exactly `imm` items (`imm2` 1: a list).";
            Length Call "`len()` of any value, as an int.";
            GuardIs Guard "The operand is the value with bits `imm`.";
            GuardNonZero Guard "The int is not 0.";
            GuardFull Guard "The operand is not empty.";
            LoadSlot Read "The word at byte `imm` of an object.";
            StoreSlot Write "The word at byte `imm` of the first operand becomes the second.";
            SetShape Write "The operand, an instance, gets shape `imm`.";
            ListGet Read "Item of a list; leaves when the index is out of range. Two more operands are its length and buffer.";
            ListSet Write "Sets an item of a list; leaves when the index is out of range. Two more operands are its length and buffer.";
            FunctionOf Read "The function that runs in the unit's window.";
            StrGet Read "Item of a string; leaves when the index is out of range.";
            Ord Read "Code point of a string of one narrow character; leaves otherwise.";
            CharOf Pure "Code point of a string of one narrow character; -1 of other strings, -2 of anything else.";
            Chr Guard "The string of a code point; leaves when it is no narrow character.";
            ListLen Read "Number of items of a list.";
            ListBuffer Read "Where the items of a list are, as an address.";
            ListItem Read "Item of a list at an index that it has. A third operand is its buffer.";
            TupleGet Read "Item of a tuple; leaves when the index is out of range.";
            // ---- iteration
            LoopEntry Guard "No code: the frame state of a loop's beginning, in front of the loop.";
            GuardRangeUp Guard "A range iterator goes upward from an int that is not negative.";
            GuardLenient Guard "A `zip` object does not demand one length.";
            RangeNext Read "Where a range iterator stands.";
            RangeStop Guard "Where a range iterator will stand at its end; leaves when that is beyond 49 bits.";
            RangeStep Read "The step of a range iterator.";
            ListOfIter Guard "The list that a list iterator walks; leaves when it has ended.";
            ListIterNext Read "Where a list iterator stands.";
            RangeHas Read "Whether a range iterator has an item.";
            RangeAdvance Write "The next item of a range iterator that has one.";
            ListIterHas Read "Whether a list iterator has an item; leaves when it has ended before.";
            ListIterAdvance Write "The next item of a list iterator that has one.";
            ListIterDone Write "Ends a list iterator.";
            EnumerateNext Write "The number of the next item of an `enumerate` object; leaves when it does not fit.";
            SeqIterHas Read "Whether the iterator of sequence `imm` has an item; leaves when it has ended before.";
            SeqIterAdvance Write "The next item of such an iterator that has one.";
            SeqLen Read "Number of items of sequence `imm`.";
            SeqItem Read "Item of sequence `imm` at an index that it has.";
            NextParts Call "The next item of an iterator, taken apart into `imm2` registers from `imm` on: 2. Else as `IterNext`.";
            ByteGet Read "Item of bytes (`imm` 0) or of a bytearray (1); leaves when the index is out of range.";
            ByteSet Write "Sets an item of a bytearray; leaves when the index or the value is out of range.";
            IterNext Call "The next item of any iterator, 0 at the end.";
            Send Call "Sends the second operand into the first: what it yields; 0 when it has ended, with the result in register `imm`.";
            // ---- calls and control
            Poll Guard "Leaves when the eval breaker is set.";
            CallCheck Guard "Leaves when a call would be refused or interrupted: eval breaker, recursion, stacks.";
            CallAny Call "Calls the first operand with the others; the outgoing window is at register `imm2`. If it is empty, the second is called.";
            CallDirect Call "Calls callee `imm` of the unit's table in the window at register `imm2`.";
            EntryCheck Guard "Leaves when the stacks have no room for `imm` registers and `imm2` calls.";
            PushFrame Write "Writes the header of inlined frame `imm`: the function, the link word.";
            PopFrame Write "Inlined frame `imm` ends.";
            GuardLink Guard "The link word of inlined frame `imm` is the operand: nobody has looked at the frame.";
            InitLink Pure "The link word of an instance's `__init__`; `imm` 1: of a generator's frame.";
            GuardFrame Guard "Since the unit was entered nobody has written to a frame from outside and nothing has changed that a unit relies on.";
            Helper Call "Calls helper `imm` of the runtime; its result as bits or a truth value.";
            Make Make "Calls helper `imm`, which makes an object.";
            Ask Read "Asks helper `imm`, which runs no code; leaves when it declines.";
            Tell Write "Has helper `imm` change something without running code; leaves when it declines. Its result, if it has a type.";
            AskCompare Read "Comparison `imm` of any two values (`imm2` 1: the second is a string; more: it is the character `imm2` - 2, the third operand the first's `CharOf`); leaves when that takes code of theirs.";
            Change Write "Calls helper `imm`, which changes an object without running code.";
            CallNative Call "Calls the native function at address `imm`; each operand is an argument.";
            InitResult Call "The second operand, an instance; raises when the first, what its `__init__` returned, is not None.";
            Step Call "Does instruction `imm` in the window; its result, or 1.";
        }
    };
}

macro_rules! define_insts {
    ($($name:ident $effect:ident $doc:literal;)*) => {
        /// An opcode of HIR.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Op {
            $(#[doc = $doc] $name,)*
        }
        impl Op {
            /// What it does besides computing.
            pub fn effect(self) -> Effect {
                match self { $(Op::$name => Effect::$effect,)* }
            }
            /// The opcode of that name.
            pub fn named(name: &str) -> Option<Op> {
                match name {
                    $(stringify!($name) => Some(Op::$name),)*
                    _ => None,
                }
            }
        }
    };
}
for_each_inst!(define_insts);

/// One instruction.
#[derive(Clone, Debug)]
pub struct Inst {
    pub op: Op,
    pub ty: Ty,
    pub args: Vec<ValueId>,
    pub imm: i64,
    pub imm2: i64,
    /// How to leave here; instructions that may raise leave with the exception pending.
    pub state: Option<StateId>,
}

/// Where a value of a frame lives when the interpreter runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Home {
    /// Register of the window.
    Reg(u16),
    /// Name of the unit's table: a dict entry.
    Name(u16),
    /// Not a place: the value is the generator whose frame this inlined one is. It runs (`pc` 0), or is suspended in front of
    /// that instruction.
    Generator { frame: u16, pc: u32 },
    /// A register that the suspended generator of this inlined frame keeps.
    Kept { frame: u16, register: u16 },
}

/// What the interpreter needs to go on at `pc`: the homes that do not hold their value yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FrameState {
    pub pc: u32,
    /// Whose instruction that is: index in [`Unit::frames`].
    pub frame: usize,
    /// How many frames of the chain, from the outermost, have their header in memory.
    pub pushed: u32,
    pub writes: Vec<(Home, ValueId)>,
    /// Where an exception that is raised here goes on: a block that finds everything at home. Elsewhere it leaves.
    pub catch: Option<BlockId>,
    /// Guards that leave here look at what a loop was entered with.
    pub entry: bool,
    /// The instruction reads an attribute or calls ([`Unit::teaches`]).
    pub site: bool,
    /// Frame and pc of the instruction that leaves here, if it is not that of the state.
    pub blamed: Option<(usize, u32)>,
}

/// A jump with arguments for the target's parameters.
#[derive(Clone, Debug)]
pub struct Edge {
    pub to: BlockId,
    pub args: Vec<ValueId>,
}

#[derive(Clone, Debug)]
pub enum Term {
    /// Not yet known.
    Open,
    Jump(Edge),
    Branch(ValueId, Edge, Edge),
    /// Returns the value, after checking that the frame has no link (else leaves).
    Return(ValueId, StateId),
    /// Leaves.
    Exit(StateId, Reason),
}

#[derive(Clone, Debug)]
pub struct Block {
    pub params: Vec<ValueId>,
    pub insts: Vec<ValueId>,
    pub term: Term,
    /// Rarely reached.
    pub cold: bool,
    /// Blocks where exceptions that are raised in this one go on; see [`FrameState::catch`]. They have no parameters.
    pub catches: Vec<BlockId>,
}

/// Why machine code was left.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Reason {
    /// A speculation did not hold.
    Guard,
    /// The eval breaker was set.
    Poll,
    /// Code that had not run when the unit was built.
    Unreached,
    /// An instruction machine code does not have.
    Uncovered,
    /// An exception.
    Raise,
    /// Somebody looked at the frame.
    Frame,
    /// The loop ended.
    Done,
    /// The runtime declined to answer a question.
    Declined,
    /// A loop was entered with variables of other types than when it was built: the interpreter takes this round.
    Entry,
    /// A generator yields.
    Yield,
}

/// Names of [`Reason`]s in order.
pub const REASONS: [&str; 10] =
    ["guard", "poll", "unreached", "uncovered", "raise", "frame", "done", "declined", "entry", "yield"];

impl Reason {
    const ALL: [Reason; REASONS.len()] = [
        Reason::Guard,
        Reason::Poll,
        Reason::Unreached,
        Reason::Uncovered,
        Reason::Raise,
        Reason::Frame,
        Reason::Done,
        Reason::Declined,
        Reason::Entry,
        Reason::Yield,
    ];
    /// Its name.
    pub fn name(self) -> &'static str {
        REASONS[self as usize]
    }
    /// The reason of that name.
    pub fn named(name: &str) -> Option<Reason> {
        Reason::ALL.into_iter().find(|r| r.name() == name)
    }
}

/// A name of the globals or builtins.
#[derive(Clone, Debug)]
pub struct NameSlot {
    pub text: String,
    pub builtin: bool,
    /// Index of the dict entry.
    pub entry: usize,
}

/// A Python function that is called directly.
#[derive(Clone, Copy, Debug)]
pub struct Callee {
    /// Bits of the function.
    pub function: u64,
    /// Address of the cell that holds its machine code.
    pub cell: usize,
    pub nargs: usize,
    pub nregs: usize,
}

/// A dict whose keys the unit relies on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Namespace {
    pub dict: usize,
    pub version: u64,
}

/// A frame that runs in a unit. The first is the unit's own.
#[derive(Clone, Copy, Debug)]
pub struct InlinedFrame {
    /// Index of the caller's frame.
    pub parent: usize,
    /// Register of the unit's window where this one's begins.
    pub offset: usize,
    /// Address of the code's first instruction and of its words.
    pub code_entry: usize,
    pub words: usize,
    /// Where the caller goes on.
    pub return_pc: usize,
}

/// Where a unit begins. A generator's unit ends where it yields.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Entry {
    /// With this many arguments.
    Function(usize),
    /// Entered at this instruction; closed by the second.
    Loop(u32, u32),
    /// What follows when a generator is resumed at this instruction.
    Resume(u32),
}

/// Sequences with iterators of their own, as `SeqIterHas` counts them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sequence {
    Tuple,
    Bytes,
    ByteArray,
}

impl Sequence {
    /// The sequence that an instruction's immediate stands for.
    pub fn of(imm: i64) -> Sequence {
        [Sequence::Tuple, Sequence::Bytes, Sequence::ByteArray][imm as usize]
    }
    /// The sequence of that shape.
    pub fn of_shape(shape: u32) -> Option<Sequence> {
        let all = [Sequence::Tuple, Sequence::Bytes, Sequence::ByteArray];
        all.into_iter().find(|s| s.shape().0 == shape)
    }
    /// The sequence that iterators of this shape walk.
    pub fn of_iterator(shape: u32) -> Option<Sequence> {
        let all = [Sequence::Tuple, Sequence::Bytes, Sequence::ByteArray];
        all.into_iter().find(|s| s.iterator_shape().0 == shape)
    }
    /// Its shape.
    pub fn shape(self) -> ShapeId {
        match self {
            Sequence::Tuple => shape_id::TUPLE,
            Sequence::Bytes => shape_id::BYTES,
            Sequence::ByteArray => shape_id::BYTEARRAY,
        }
    }
    /// The shape of its iterators.
    pub fn iterator_shape(self) -> ShapeId {
        match self {
            Sequence::Tuple => shape_id::TUPLE_ITERATOR,
            Sequence::Bytes => shape_id::BYTES_ITERATOR,
            Sequence::ByteArray => shape_id::BYTEARRAY_ITERATOR,
        }
    }
    /// What makes an iterator over it.
    pub fn maker(self) -> helpers::Helper {
        match self {
            Sequence::Tuple => helpers::Helper::MakeTupleIter,
            Sequence::Bytes => helpers::Helper::MakeBytesIter,
            Sequence::ByteArray => helpers::Helper::MakeByteArrayIter,
        }
    }
    /// The type of its items.
    pub fn item(self) -> Ty {
        if self == Sequence::Tuple { Ty::Any } else { Ty::Int }
    }
}

/// What is compiled at once.
#[derive(Clone, Debug)]
pub struct Unit {
    pub name: String,
    pub entry: Entry,
    pub insts: Vec<Inst>,
    pub blocks: Vec<Block>,
    pub states: Vec<FrameState>,
    pub names: Vec<NameSlot>,
    pub callees: Vec<Callee>,
    /// Globals and builtins.
    pub namespaces: [Namespace; 2],
    /// The unit's own frame and those of inlined calls.
    pub frames: Vec<InlinedFrame>,
    /// Classes and their versions, functions and their code objects: the unit is withdrawn when one changes. Code on a stack
    /// learns that from `GuardFrame`.
    pub classes: Vec<(usize, u64)>,
    pub functions: Vec<(usize, usize)>,
    /// Shapes, and their addresses, that no instance has ever left: the unit is withdrawn when one does.
    pub shapes: Vec<(ShapeId, usize)>,
    /// What the builder made each instruction for, by [`ValueId`]; instructions of passes have no entry. Not part of the text form.
    pub places: Vec<Place>,
}

/// An instruction of bytecode: index in [`Unit::frames`] and position.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Place {
    pub frame: u32,
    pub pc: u32,
}

/// Shapes of built-in classes whose instances keep them.
fn is_fixed(shape: u32) -> bool {
    [
        shape_id::LIST,
        shape_id::TUPLE,
        shape_id::BYTES,
        shape_id::BYTEARRAY,
        shape_id::STR,
        shape_id::DICT,
        shape_id::RANGE_ITERATOR,
        shape_id::LIST_ITERATOR,
        shape_id::TUPLE_ITERATOR,
        shape_id::BYTES_ITERATOR,
        shape_id::BYTEARRAY_ITERATOR,
    ]
    .contains(&ShapeId(shape))
}

impl Unit {
    /// Whether a value that has this shape has it for ever.
    pub fn keeps(&self, shape: u32) -> bool {
        is_fixed(shape) || self.shapes.iter().any(|s| s.0.0 == shape)
    }

    pub fn inst(&self, v: ValueId) -> &Inst {
        &self.insts[v.0 as usize]
    }
    /// Address of the bytecode instruction that an instruction was built for.
    pub fn address(&self, v: ValueId) -> Option<usize> {
        let place = self.places.get(v.0 as usize)?;
        Some(self.frames[place.frame as usize].code_entry + 8 * place.pc as usize)
    }
    pub fn ty(&self, v: ValueId) -> Ty {
        self.inst(v).ty
    }
    /// Number of frames that a frame is inlined into.
    pub fn depth(&self, frame: usize) -> u32 {
        if frame == 0 { 0 } else { 1 + self.depth(self.frames[frame].parent) }
    }
    pub fn block(&self, b: BlockId) -> &Block {
        &self.blocks[b.0 as usize]
    }
    /// Whether the tier learns from which instruction has left with this state: shapes and callees of sites, and which question was
    /// declined.
    pub fn teaches(&self, op: Op, state: StateId) -> bool {
        let asks = matches!(op, Op::Ask | Op::AskCompare | Op::Tell | Op::StrGet | Op::Ord | Op::Chr);
        asks || self.states[state.0 as usize].site
    }
    /// Edges out of a block.
    pub fn edges(&self, b: BlockId) -> Vec<&Edge> {
        match &self.block(b).term {
            Term::Jump(e) => vec![e],
            Term::Branch(_, yes, no) => vec![yes, no],
            _ => vec![],
        }
    }
    /// Blocks in reverse postorder from the entry.
    pub fn order(&self) -> Vec<BlockId> {
        let mut seen = vec![false; self.blocks.len()];
        let mut order = Vec::new();
        let mut stack = vec![(BlockId(0), 0)];
        seen[0] = true;
        while let Some((b, next)) = stack.pop() {
            // The last edge first, so that the first one's target comes first in the result.
            let edges = self.edges(b).into_iter().map(|e| e.to);
            let targets: Vec<BlockId> = edges.chain(self.block(b).catches.iter().copied()).collect();
            match targets.len().checked_sub(next + 1).map(|i| targets[i]) {
                None => order.push(b),
                Some(to) => {
                    stack.push((b, next + 1));
                    if !std::mem::replace(&mut seen[to.0 as usize], true) {
                        stack.push((to, 0));
                    }
                }
            }
        }
        order.reverse();
        order
    }
}
