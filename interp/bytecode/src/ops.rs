//! The instruction table.
//!
//! [`for_each_op!`] is the one list of instructions: name, the role of each operand, meaning. The enum [`Op`], the
//! operand roles the disassembler and the verifier use, the reference in the documentation and the interpreter's
//! handler table are all generated from it.
//!
//! Conventions. `In` registers are read, `Out` written; an instruction with both may name the same register. A
//! *word* operand indexes the code object's words (constants and inline caches). `Imm` is a plain number. `Window`
//! is the first register of an outgoing call area (see [`crate::unit`]). `Jump32` occupies `b` and `c`.
//!
//! Every instruction may raise unless its meaning excludes it; the handler table says where control goes.

/// What an operand field means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    None,
    Out,
    In,
    InOut,
    /// First register of an outgoing call area; the result of a call arrives there.
    Window,
    /// Index into the code object's words.
    Word,
    Imm,
    Jump16,
    Jump32,
}

/// Calls macro `$m` with every row of the table: `Name(role, role, role) "meaning";`.
#[macro_export]
macro_rules! for_each_op {
    ($m:ident) => {
        $m! {
            // ---- moves and constants
            Nop(None, None, None) "Does nothing.";
            Move(Out, In, None) "`a = b`; an empty register stays empty.";
            LoadConst(Out, None, Word) "`a = constant c`.";
            ClearLocal(Out, None, None) "Makes `a` empty (unbound) without a check.";
            CheckLocal(In, None, None) "Raises `UnboundLocalError` when `a` is empty. Emitted where assignment is not proven.";
            DeleteLocal(InOut, None, None) "`del a`: as `CheckLocal`, then empties `a`.";
            // ---- cells
            MakeCell(InOut, None, None) "Prologue: replaces the value in `a` (may be empty) by a new cell holding it.";
            CopyFree(Out, None, Imm) "Prologue: copies the `c` cells of the closure into registers from `a` on.";
            LoadCell(Out, In, None) "`a = contents of cell b`; `UnboundLocalError` / `NameError` (free variable) when empty.";
            StoreCell(In, In, None) "`contents of cell a = b`.";
            DeleteCell(In, None, None) "Empties cell `a`; raises when it is empty already.";
            LoadNameOrCell(Out, In, Word) "Class body: `a = namespace[name c]`, or else the contents of cell `b`.";
            LoadDictOrCell(InOut, In, Word) "Annotation scope in a class: `a` (a mapping) becomes `a[name c]`, or else the contents of cell `b`.";
            LoadDictOrGlobal(InOut, None, Word) "Annotation scope in a class: `a` (a mapping) becomes `a[name c]`, or else global, or else builtin `c`.";
            // ---- names (code that is not OPTIMIZED keeps its namespace mapping in register 0)
            LoadName(Out, None, Word) "`a = namespace[name c]`, or else global, or else builtin; words: name, 3 cache words.";
            StoreName(In, None, Word) "`namespace[name c] = a`; words: name, 3 cache words.";
            DeleteName(None, None, Word) "`del namespace[name c]`, `NameError` when absent.";
            LoadGlobal(Out, None, Word) "`a = global or builtin`; words: name, 3 cache words.";
            StoreGlobal(In, None, Word) "`globals[name c] = a`.";
            DeleteGlobal(None, None, Word) "`del globals[name c]`, `NameError` when absent.";
            // ---- attributes; words: name, 3 cache words
            LoadAttr(Out, In, Word) "`a = b.name`.";
            StoreAttr(In, In, Word) "`a.name = b`.";
            DeleteAttr(In, None, Word) "`del a.name` (no cache words).";
            LoadMethod(Window, In, Word) "Prepares a method call `b.name(...)`: function and receiver go into the outgoing area that starts at `a`.";
            LoadSuperAttr(Out, In, Word) "`a = super(b+1, b+2).name`, where `b` holds what the name `super` is bound to; fast when it is the builtin.";
            LoadSuperMethod(Window, In, Word) "As `LoadSuperAttr`, for a call: fills the outgoing area at `a`.";
            LoadSpecial(Out, In, Imm) "`a` = special method `c` of `b`, bound: 0 `__enter__`, 1 `__exit__`, 2 `__aenter__`, 3 `__aexit__`; CPython's TypeError when it lacks one.";
            // ---- binary operators (feedback byte: kinds seen, INPLACE); K: the right operand is constant c
            Add(Out, In, In) "`a = b + c`.";
            AddK(Out, In, Word) "`a = b + constant c`.";
            Sub(Out, In, In) "`a = b - c`.";
            SubK(Out, In, Word) "`a = b - constant c`.";
            Mul(Out, In, In) "`a = b * c`.";
            MulK(Out, In, Word) "`a = b * constant c`.";
            TrueDiv(Out, In, In) "`a = b / c`.";
            TrueDivK(Out, In, Word) "`a = b / constant c`.";
            FloorDiv(Out, In, In) "`a = b // c`.";
            FloorDivK(Out, In, Word) "`a = b // constant c`.";
            Mod(Out, In, In) "`a = b % c`.";
            ModK(Out, In, Word) "`a = b % constant c`.";
            Pow(Out, In, In) "`a = b ** c`.";
            PowK(Out, In, Word) "`a = b ** constant c`.";
            And(Out, In, In) "`a = b & c`.";
            AndK(Out, In, Word) "`a = b & constant c`.";
            Or(Out, In, In) "`a = b | c`.";
            OrK(Out, In, Word) "`a = b | constant c`.";
            Xor(Out, In, In) "`a = b ^ c`.";
            XorK(Out, In, Word) "`a = b ^ constant c`.";
            Shl(Out, In, In) "`a = b << c`.";
            ShlK(Out, In, Word) "`a = b << constant c`.";
            Shr(Out, In, In) "`a = b >> c`.";
            ShrK(Out, In, Word) "`a = b >> constant c`.";
            MatMul(Out, In, In) "`a = b @ c`.";
            // ---- unary operators
            Neg(Out, In, None) "`a = -b`.";
            Pos(Out, In, None) "`a = +b`.";
            Invert(Out, In, None) "`a = ~b`.";
            Not(Out, In, None) "`a = not b`.";
            // ---- comparisons
            Lt(Out, In, In) "`a = b < c`.";
            Le(Out, In, In) "`a = b <= c`.";
            Eq(Out, In, In) "`a = b == c`.";
            Ne(Out, In, In) "`a = b != c`.";
            Gt(Out, In, In) "`a = b > c`.";
            Ge(Out, In, In) "`a = b >= c`.";
            Is(Out, In, In) "`a = b is c`.";
            IsNot(Out, In, In) "`a = b is not c`.";
            In(Out, In, In) "`a = b in c`.";
            NotIn(Out, In, In) "`a = b not in c`.";
            // ---- jumps; distances count instructions from the jump itself
            Jump(None, Jump32, None) "Unconditional, forwards.";
            JumpBack(None, Jump32, None) "Closes a loop: polls the eval breaker and counts for tier-up.";
            JumpIfTrue(In, Jump32, None) "Jumps when `a` is true.";
            JumpIfFalse(In, Jump32, None) "Jumps when `a` is false.";
            JumpIfNone(In, Jump32, None) "Jumps when `a is None`.";
            JumpIfNotNone(In, Jump32, None) "Jumps when `a is not None`.";
            JumpUnlessBuiltin(In, Imm, Jump16) "Jumps unless `a` (which may be empty) is what [`Consumer`] number `b` names, or when the program is monitored.";
            JLt(In, In, Jump16) "Jumps when `a < b`.";
            JNotLt(In, In, Jump16) "Jumps when `not (a < b)`.";
            JLe(In, In, Jump16) "Jumps when `a <= b`.";
            JNotLe(In, In, Jump16) "Jumps when `not (a <= b)`.";
            JEq(In, In, Jump16) "Jumps when `a == b`.";
            JNotEq(In, In, Jump16) "Jumps when `not (a == b)`.";
            JNe(In, In, Jump16) "Jumps when `a != b`.";
            JNotNe(In, In, Jump16) "Jumps when `not (a != b)`.";
            JGt(In, In, Jump16) "Jumps when `a > b`.";
            JNotGt(In, In, Jump16) "Jumps when `not (a > b)`.";
            JGe(In, In, Jump16) "Jumps when `a >= b`.";
            JNotGe(In, In, Jump16) "Jumps when `not (a >= b)`.";
            JLtK(In, Word, Jump16) "Jumps when `a < constant b`.";
            JNotLtK(In, Word, Jump16) "Jumps when `not (a < constant b)`.";
            JLeK(In, Word, Jump16) "Jumps when `a <= constant b`.";
            JNotLeK(In, Word, Jump16) "Jumps when `not (a <= constant b)`.";
            JEqK(In, Word, Jump16) "Jumps when `a == constant b`.";
            JNotEqK(In, Word, Jump16) "Jumps when `not (a == constant b)`.";
            JNeK(In, Word, Jump16) "Jumps when `a != constant b`.";
            JNotNeK(In, Word, Jump16) "Jumps when `not (a != constant b)`.";
            JGtK(In, Word, Jump16) "Jumps when `a > constant b`.";
            JNotGtK(In, Word, Jump16) "Jumps when `not (a > constant b)`.";
            JGeK(In, Word, Jump16) "Jumps when `a >= constant b`.";
            JNotGeK(In, Word, Jump16) "Jumps when `not (a >= constant b)`.";
            // ---- iteration
            GetIter(Out, In, None) "`a = iter(b)`.";
            ForIter(Out, In, Jump16) "At the bottom of a loop: when iterator `b` has an item, `a = item` and jumps (back) to the body; else falls through. Polls and counts.";
            UnpackSeq(Out, In, Imm) "Registers `a .. a+c` = the exactly `c` items of `b`.";
            UnpackEx(Out, In, Imm) "`a, *x, b = b`: `c = before | after << 8`; registers from `a`: before items, list, after items.";
            // ---- subscripts
            GetItem(Out, In, In) "`a = b[c]`.";
            GetItemK(Out, In, Word) "`a = b[constant c]`.";
            SetItem(In, In, In) "`a[b] = c`.";
            DelItem(In, In, None) "`del a[b]`.";
            BuildSlice(Out, In, Imm) "`a = slice(b, b+1[, b+2])`, `c` is 2 or 3.";
            // ---- building containers; b is the first of c registers
            BuildTuple(Out, In, Imm) "`a = (b, b+1, ...)`.";
            BuildTupleStar(Out, In, Imm) "`a = (b, b+1, ..., *last)`; `Value after * must be an iterable, not X` when the last is not iterable.";
            BuildList(Out, In, Imm) "`a = [b, b+1, ...]`.";
            BuildSet(Out, In, Imm) "`a = {b, b+1, ...}`.";
            BuildMap(Out, In, Imm) "`a = {b: b+1, ...}` with `c` pairs.";
            BuildString(Out, In, Imm) "`a` = concatenation of `c` strings.";
            ListAppend(In, In, None) "`a.append(b)`, exact list.";
            SetAdd(In, In, None) "`a.add(b)`, exact set.";
            MapAdd(In, In, None) "`a[b] = b+1`, exact dict.";
            ListExtend(In, In, None) "`a.extend(b)`, exact list; `Value after * must be an iterable, not X` when it is not iterable.";
            SetUpdate(In, In, None) "`a.update(b)`, exact set.";
            DictUpdate(In, In, None) "`a.update(b)`, exact dict, for `{**b}`: `'X' object is not a mapping`.";
            DictMerge(In, In, In) "As `DictUpdate` for call keywords of callable `c`: duplicate and non-mapping errors name it.";
            ListToTuple(Out, In, None) "`a = tuple(b)`, `b` an exact list.";
            // ---- functions and calls; see the unit module for the outgoing area
            MakeFunction(Out, None, Word) "`a` = function of code constant `c`, with the frame's globals.";
            SetFunctionAttr(In, In, Imm) "Function `a`: `c` = 0 defaults (tuple), 1 kwdefaults (dict), 2 annotate, 3 closure (tuple of cells), 4 annotations (dict), 5 type params.";
            Call(Window, Imm, Word) "Calls with `b` positional arguments; 1 cache word.";
            CallMethod(Window, Imm, Word) "Calls what `LoadMethod` prepared with `b` arguments (receiver not counted); 1 cache word.";
            CallKw(Window, Imm, Word) "Calls with `b` arguments, the last ones keywords; words: tuple of names, 1 cache word.";
            CallMethodKw(Window, Imm, Word) "As `CallKw` after `LoadMethod`.";
            CallEx(Window, Imm, Word) "`f(*args, **kwargs)`: a tuple in the first argument register, or whatever iterable the only `*argument` is; `b` = 1 when a dict follows in the second; 1 cache word.";
            Return(In, None, None) "Returns `a` from the frame.";
            ReturnK(None, None, Word) "Returns constant `c`.";
            LoadBuildClass(Out, None, None) "`a = builtins.__build_class__`.";
            // ---- generators and coroutines
            MakeGenerator(None, None, None) "End of the prologue of a generator, coroutine or async generator: makes the object from this frame and returns it to the caller.";
            Yield(InOut, Imm, Imm) "Suspends, yielding `a`; on resumption `a` is the value sent. `b` = register of the iterator this yield delegates to (`yield from`, `await`), 0xffff when none. `c` = number of registers that may be in use: later ones are not kept.";
            GetYieldFromIter(Out, In, None) "`a` = iterator for `yield from b` (coroutines pass only where allowed).";
            GetAwaitable(Out, In, Imm) "`a` = iterator of `b.__await__()`; `c`: 0 `await`, 1 `async with` enter, 2 `async with` exit (error text).";
            Send(In, InOut, Jump16) "Sends `b` into iterator `a`; `b` = what it yields, or jumps with `b` = its return value. Always followed by the delegating `Yield` of `b` and a `JumpBack` to the `Send`; the jump goes right behind them, which is also where a `throw` that ends the delegation continues.";
            GetAIter(Out, In, None) "`a = b.__aiter__()`, checked.";
            GetANext(Out, In, None) "`a` = awaitable iterator of `b.__anext__()`.";
            EndAsyncFor(In, None, None) "Exception `a` ends an `async for`: falls through on `StopAsyncIteration`, else re-raises.";
            AsyncGenWrap(Out, In, None) "`a` = `b` wrapped as a value yielded by an async generator.";
            // ---- exceptions
            Raise(In, Imm, None) "`b` = 0: bare `raise`; 1: `raise a`; 2: `raise a from a+1`.";
            Reraise(In, None, None) "Raises exception `a` again with its traceback as it is.";
            PushExc(Out, In, None) "Handler entry: `a` = the exception handled until now (or None); exception `b` becomes the handled one.";
            PopExc(In, None, None) "Handler exit: `a` becomes the handled exception again.";
            CheckExcMatch(Out, In, In) "`a` = exception `b` matches type or tuple `c`; TypeError when `c` is no exception class.";
            CheckEgMatch(Out, In, In) "`except*`: registers `a`, `a+1` = (matching part or None, rest or None) of `b` for type `c`.";
            PrepReraiseStar(Out, In, In) "`a` = what `except*` has to raise for original `b` and list `c` of raised or unhandled parts, or None.";
            ExcTriple(Out, In, None) "Registers `a .. a+3` = type, value, traceback of exception `b`.";
            LoadAssertionError(Out, None, None) "`a = AssertionError`.";
            // ---- imports
            ImportName(Out, In, Word) "`a = __import__(name c, globals, locals, fromlist b+1, level b)`.";
            ImportFrom(Out, In, Word) "`a` = attribute or submodule `c` of module `b`.";
            ImportStar(In, None, None) "Copies the public names of module `a` into the namespace.";
            // ---- pattern matching
            MatchSequence(Out, In, None) "`a` = `b` matches a sequence pattern.";
            MatchMapping(Out, In, None) "`a` = `b` matches a mapping pattern.";
            MatchKeys(Out, In, In) "`a` = tuple of values of mapping `b` for keys tuple `c`, or None.";
            MatchClass(Out, In, Imm) "`a` = tuple of attributes, or None: subject `b`, class `b+1`, keyword names tuple `b+2`, `c` positional patterns.";
            GetLen(Out, In, None) "`a = len(b)`.";
            // ---- formatting
            Convert(Out, In, Imm) "`a` = `b` converted: `c` = 1 str, 2 repr, 3 ascii.";
            FormatSimple(Out, In, None) "`a = format(b)`; a str passes through.";
            FormatSpec(Out, In, In) "`a = format(b, c)`.";
            BuildInterpolation(Out, In, Imm) "`a = Interpolation(b, b+1, conversion c, b+2)`; `b+2` is empty without a format spec.";
            BuildTemplate(Out, In, None) "`a = Template` of strings tuple `b` and interpolations tuple `b+1`.";
            // ---- what consumes generator expressions
            SumAdd(InOut, In, None) "A step of `sum`: adds `b` to the total in `a`; `a+1` says what is added up (see `Intrinsic::SumTotal`). Feedback as of `Add`.";
            // ---- rare operations
            Intrinsic(Out, In, Imm) "`a` = intrinsic `c` of `b` (and `b+1`): see `Intrinsic`.";
            // ---- the VM's own, never in a unit: see `Op::generic`
            JumpBackJit(None, Jump32, None) "`JumpBack` of a loop that has machine code, which is entered at the target.";
            ForIterJit(Out, In, Jump16) "`ForIter` of a loop that has machine code, which is entered at the target.";
            EnterJit(None, None, None) "Stands before the first instruction of a function that has machine code.";
        }
    };
}

macro_rules! define_ops {
    ($($name:ident($a:ident, $b:ident, $c:ident) $doc:literal;)*) => {
        /// An opcode. The discriminant is the instruction's first byte.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum Op {
            $(#[doc = $doc] $name,)*
        }

        const OPS: &[Op] = &[$(Op::$name),*];
        const ROLES: &[[Role; 3]] = &[$([Role::$a, Role::$b, Role::$c]),*];
        const DOCS: &[&str] = &[$($doc),*];
        const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}
for_each_op!(define_ops);

/// Number of opcodes.
pub const OP_COUNT: usize = OPS.len();
const _: () = assert!(OP_COUNT <= 256, "the opcode is one byte");
// Handlers of the comparison jumps derive the polarity from the order of these rows.
const _: () = assert!(Op::JNotLt as u8 == Op::JLt as u8 + 1 && Op::JNotLtK as u8 == Op::JLtK as u8 + 1);

impl Op {
    /// The opcode of a byte.
    ///
    /// # Panics
    /// When the byte is not an opcode; instruction words are checked when they are read from an image.
    pub fn from_u8(byte: u8) -> Op {
        OPS[byte as usize]
    }
    pub fn all() -> impl Iterator<Item = Op> {
        OPS.iter().copied()
    }
    pub fn roles(self) -> [Role; 3] {
        ROLES[self as usize]
    }
    pub fn doc(self) -> &'static str {
        DOCS[self as usize]
    }
    pub fn name(self) -> &'static str {
        NAMES[self as usize]
    }
    /// The binary operators, which may carry the in-place bit.
    pub fn is_binary(self) -> bool {
        (Op::Add as u8..=Op::MatMul as u8).contains(&(self as u8))
    }
    /// Whether the instruction transfers control by a distance in its operands.
    pub fn is_jump(self) -> bool {
        self.roles().iter().any(|r| matches!(r, Role::Jump16 | Role::Jump32))
    }
    /// The instruction of the unit that one of the VM's own replaces.
    pub fn generic(self) -> Op {
        match self {
            Op::JumpBackJit => Op::JumpBack,
            Op::ForIterJit => Op::ForIter,
            op => op,
        }
    }
    /// Whether control never reaches the next instruction.
    pub fn ends_block(self) -> bool {
        matches!(
            self,
            Op::Jump | Op::JumpBack | Op::JumpBackJit | Op::Return | Op::ReturnK | Op::Raise | Op::Reraise
        )
    }
}

/// What is called with nothing but a generator expression, which is then a loop in the frame of the caller: operand `b` of
/// [`Op::JumpUnlessBuiltin`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u16)]
pub enum Consumer {
    All,
    Any,
    Sum,
    List,
    Set,
    /// The method of `str` or `bytes`.
    Join,
    Tuple,
    Frozenset,
    Sorted,
    Bytes,
    Max,
    Min,
}

impl Consumer {
    pub const ALL: [Consumer; 12] = {
        use Consumer::*;
        [All, Any, Sum, List, Set, Join, Tuple, Frozenset, Sorted, Bytes, Max, Min]
    };

    /// The name it is called by, a builtin's but for [`Consumer::Join`].
    pub fn name(self) -> &'static str {
        const NAMES: [&str; 12] = [
            "all",
            "any",
            "sum",
            "list",
            "set",
            "join",
            "tuple",
            "frozenset",
            "sorted",
            "bytes",
            "max",
            "min",
        ];
        NAMES[self as usize]
    }
}

/// Operand `c` of [`Op::Intrinsic`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u16)]
pub enum Intrinsic {
    /// `sys.displayhook(b)`: an expression statement in `single` mode.
    Print,
    /// `typing.TypeVar(name b)`, not bound.
    TypeVar,
    /// Name `b`, lazily evaluated bound function `b+1`.
    TypeVarWithBound,
    /// Name `b`, lazily evaluated constraints function `b+1`.
    TypeVarWithConstraints,
    ParamSpec,
    TypeVarTuple,
    /// Type parameter `b` gets lazily evaluated default function `b+1`; result is `b`.
    SetTypeParamDefault,
    /// `typing.Generic[*b]` for the type parameters tuple `b`.
    SubscriptGeneric,
    /// Type alias of tuple `b` = (name, type parameters or None, value function).
    TypeAlias,
    /// `b.__annotations__`-style mapping: makes sure namespace `b` has `__annotations__` (future annotations).
    SetupAnnotations,
    /// The frame's `locals()` mapping (class bodies: the namespace); `b` unused.
    Locals,
    /// The current module's `__name__`-independent `__debug__` value; `b` unused.
    Debug,
    /// The exception class `NotImplementedError` itself; `b` unused.
    NotImplementedError,
    /// What `sum` returns for the total `b` with `b+1`: 0 while ints are added up, the compensation of floats or complex
    /// numbers, None when `+` of the objects decides.
    SumTotal,
    /// A new bytearray; `b` unused.
    NewByteArray,
    /// Appends byte `b+1` to bytearray `b` as `bytes` does with the items of an iterable.
    AppendByte,
}

impl Intrinsic {
    /// The intrinsic of an operand.
    pub fn from_u16(n: u16) -> Option<Intrinsic> {
        use Intrinsic::*;
        const ALL: &[Intrinsic] = &[
            Print,
            TypeVar,
            TypeVarWithBound,
            TypeVarWithConstraints,
            ParamSpec,
            TypeVarTuple,
            SetTypeParamDefault,
            SubscriptGeneric,
            TypeAlias,
            SetupAnnotations,
            Locals,
            Debug,
            NotImplementedError,
            SumTotal,
            NewByteArray,
            AppendByte,
        ];
        ALL.get(n as usize).copied()
    }
}

/// Register operand of `Yield` that delegates to nothing.
pub const NO_DELEGATE: u16 = 0xffff;
