//! From bytecode and feedback to HIR.
//!
//! The builder interprets the bytecode abstractly, block by block in reverse postorder. The state ([`state::State`]) says for
//! every register and every name of the namespace which HIR value it has and whether its *home* (window register, dict entry)
//! holds that value already. Instructions are specialised while they are built: what the inline caches and the feedback bytes
//! have seen becomes a guard and typed code; what has never run becomes an exit; what has no fast path calls the runtime.
//!
//! Loop headers guess the types of their parameters from the way in. When the way back disagrees the guess is
//! widened and the whole unit is built again; widening only goes up, so this ends.
//!
//! Exits know what to write from the homes: only what is live there and not home yet. Named locals always count as live, because
//! `locals()` and debuggers can see them.
//!
//! Files: [`flow`] blocks and merges; [`state`]; [`ops`] numbers and jumps; [`objects`] attributes, items, iteration; [`calls`].

mod calls;
mod catch;
mod comparisons;
mod flow;
mod generators;
mod inline;
mod intrinsics;
mod objects;
mod operators;
mod ops;
mod sequences;
mod sites;
mod state;
mod words;

use crate::hir::*;
use adder_bytecode::{CodeUnit, Insn, liveness};
use adder_interp::object::code::Code;
use adder_interp::object::dict::Dict;
use adder_interp::object::function::Function;
use adder_interp::object::header::Gc;
use adder_interp::value::Value;
use adder_interp::vm::Vm;
use adder_interp::vm::dispatch::access::SiteCache;
use adder_interp::vm::frame::Window;
pub use inline::Refusal;
use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};
use state::{Slot, State, Val};
use std::rc::Rc;

/// What to compile.
pub struct Source<'v> {
    pub vm: &'v Vm,
    pub function: Gc<Function>,
    pub window: Window,
    pub entry: Entry,
    /// Guess the types of arguments from the window.
    pub speculate: bool,
    /// What the attribute site at these words (a store?) has met; empty when that is too much.
    pub sites: &'v dyn Fn(*const u64, bool) -> Vec<SiteCache>,
    /// Whether exceptions in this code are caught in machine code.
    pub catches: &'v dyn Fn(Gc<Code>) -> bool,
    /// Whether an instruction at this address has asked questions of the runtime that were declined too often.
    pub declined: &'v dyn Fn(usize) -> bool,
    /// Whether code at this address has run although it did not look so.
    pub reached: &'v dyn Fn(usize) -> bool,
    /// Whether the class at this address changes seldom enough to rely on it.
    pub stable: &'v dyn Fn(usize) -> bool,
    /// Whether entry `.1` of the dict at `.0` has had the value with bits `.2` whenever a unit was built that reads it.
    pub steady: &'v dyn Fn(usize, usize, u64) -> bool,
}

/// Why a unit cannot be built.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Bailout {
    /// More code than one unit may have.
    TooLarge,
    /// Types did not settle.
    Unstable,
    /// The verifier found the unit broken: a bug of the builder.
    Invalid,
}

/// Longest bytecode of a unit: a loop of 300 lines has 3000 instructions and takes 40 ms to compile.
const MAX_INSNS: usize = 5000;
/// Most instructions of a unit.
const MAX_INSTS: usize = 14_000;
const MAX_ARGS: usize = 8;
/// Attempts to build a unit, each with what the one before has learned.
const MAX_ATTEMPTS: usize = 32;

/// Whether a call makes a generator or something like it.
fn is_generator(cu: &CodeUnit) -> bool {
    use adder_bytecode::CodeFlags as F;
    cu.flags.has(F::GENERATOR) || cu.flags.has(F::COROUTINE) || cu.flags.has(F::ASYNC_GENERATOR)
}

/// A built unit and the values it mentions, which must be kept alive as long as its code.
pub struct Built {
    pub unit: Unit,
    pub roots: Vec<Value>,
    /// Code objects of the unit's frames.
    pub codes: Vec<Gc<Code>>,
    /// Calls of known functions that were not inlined: address of the instruction, and why.
    pub refusals: Vec<(usize, Refusal)>,
}

/// Builds the HIR of a function or loop.
///
/// # Errors
/// The reason why there is none.
pub fn build(source: &Source<'_>, cell_of: &dyn Fn(Gc<Code>) -> usize) -> Result<Built, Bailout> {
    let mut known = Lessons::default();
    for _ in 0..MAX_ATTEMPTS {
        let mut builder = Builder::new(source, cell_of, &known)?;
        builder.run();
        if builder.too_large {
            return Err(Bailout::TooLarge);
        }
        if builder.learned.widened.is_empty() && builder.learned.pushed.is_empty() {
            let Builder { unit, roots, codes, refusals, .. } = builder;
            return Ok(Built { unit, roots, codes, refusals });
        }
        let Lessons { widened, pushed } = std::mem::take(&mut builder.learned);
        known.widened.extend(widened);
        known.pushed.extend(pushed);
    }
    Err(Bailout::Unstable)
}

/// A block of bytecode.
struct CodeBlock {
    start: u32,
    end: u32,
    header: Option<flow::Loop>,
}

/// A function that is being built: the unit's own, or one that is inlined.
struct Frame {
    code: Gc<Code>,
    insns: Vec<Insn>,
    live: Vec<liveness::RegisterSet>,
    nregs: usize,
    nlocals: usize,
    globals: Gc<Dict>,
    builtins: Gc<Dict>,
    /// The namespace register is the globals dict: names are globals.
    names_are_globals: bool,
    entry: Entry,
    blocks: Vec<CodeBlock>,
    block_at: HashMap<u32, usize>,
    incoming: HashMap<u32, Vec<(BlockId, State)>>,
    /// Register of the unit's window where this one's begins.
    offset: usize,
    /// Index in [`Unit::frames`].
    frame: usize,
    /// Tells inlined calls apart, the same in each attempt to build the unit.
    site: u64,
    /// The header is in memory, so other code may run.
    pushed: bool,
    /// Inlined: the function and the link word.
    header: Option<(ValueId, ValueId)>,
    /// Inlined: what for.
    role: inline::Role,
    /// While a call is inlined: what lives on behind it.
    live_during_call: Option<liveness::RegisterSet>,
    /// Index of the block that is being built.
    building: usize,
    /// While a call is inlined: where it is.
    call_pc: u32,
    /// Blocks for caught exceptions, by the position of the handler.
    catches: HashMap<u32, catch::Catch>,
    /// Inlined: where it returns, with the result and everything as it is then.
    returns: Vec<(BlockId, State, ValueId)>,
    /// An inlined generator: the loop that consumes it.
    consumer: Option<Rc<generators::Consumer>>,
    /// Not a frame of its own: the body of such a loop.
    region: Option<generators::Region>,
}

impl Frame {
    fn new(
        code: Gc<Code>,
        [globals, builtins]: [Gc<Dict>; 2],
        entry: Entry,
        names_are_globals: bool,
    ) -> Frame {
        let cu = code.as_ref().unit();
        let originals = code.as_ref().insns().iter().zip(&cu.insns);
        Frame {
            code,
            live: liveness::live_before(cu),
            insns: originals.map(|(live, original)| live.get().with_op(original.op())).collect(),
            nregs: cu.nregs as usize,
            nlocals: cu.locals.len(),
            globals,
            builtins,
            names_are_globals,
            entry,
            blocks: Vec::new(),
            block_at: HashMap::default(),
            incoming: HashMap::default(),
            offset: 0,
            frame: 0,
            site: 0,
            pushed: false,
            header: None,
            role: inline::Role::Call,
            live_during_call: None,
            building: 0,
            call_pc: 0,
            catches: HashMap::default(),
            returns: Vec::new(),
            consumer: None,
            region: None,
        }
    }
}

/// What earlier attempts to build a unit have found out.
#[derive(Default)]
struct Lessons {
    /// Types of loop variables that were guessed too narrow: by call site, position, slot.
    widened: HashMap<(u64, u32, usize), Ty>,
    /// Inlined calls whose code may run other code.
    pushed: HashSet<u64>,
}

/// A function that a method of an object may be, and the shapes for which it is.
#[derive(Clone)]
struct Candidate {
    function: Value,
    object: ValueId,
    shapes: Vec<u32>,
}

struct Builder<'a, 'v> {
    source: &'a Source<'v>,
    cell_of: &'a dyn Fn(Gc<Code>) -> usize,
    /// The function that is being built, and those it is inlined into, outermost first.
    f: Frame,
    parents: Vec<Frame>,
    /// Inlined generators that are suspended, and the registers that inlined generators keep: frame and register.
    suspended: Vec<generators::Suspended>,
    kept: Vec<(u16, u16)>,
    unit: Unit,
    roots: Vec<Value>,
    codes: Vec<Gc<Code>>,
    refusals: Vec<(usize, Refusal)>,
    known: &'a Lessons,
    learned: Lessons,
    /// Where code is appended, and what is known there.
    block: BlockId,
    state: State,
    /// Frame state of the present position, while nothing has changed.
    current: Option<(u32, StateId)>,
    /// Tagged words that unboxed values came from.
    origin: HashMap<ValueId, ValueId>,
    pc: u32,
    too_large: bool,
    /// Other code has run since the frame was last known to be ours alone.
    check_frame: bool,
    name_index: HashMap<(String, bool), usize>,
    /// Range objects by their start, stop and step, all ints.
    ranges: HashMap<ValueId, [ValueId; 3]>,
    /// Ranges whose step is known to be positive.
    rising: HashSet<ValueId>,
    /// Items of slices that the instruction behind takes apart.
    slice_items: HashMap<ValueId, Vec<ValueId>>,
    /// `enumerate` and `zip` objects of iterators that machine code steps.
    pairs: HashMap<ValueId, sequences::Pair>,
    /// What a callable must be one of.
    candidates: HashMap<ValueId, Vec<Candidate>>,
    /// Bytecode instructions in the unit.
    size: usize,
    /// The guards that are built look at what a loop was entered with.
    entering: bool,
    /// The check at entry that the stacks have room for the inlined frames.
    entry_check: Option<ValueId>,
}

impl<'a, 'v> Builder<'a, 'v> {
    fn new(
        source: &'a Source<'v>,
        cell_of: &'a dyn Fn(Gc<Code>) -> usize,
        known: &'a Lessons,
    ) -> Result<Self, Bailout> {
        let function = source.function;
        let code = function.code.get();
        let cu = code.as_ref().unit();
        let size = match source.entry {
            Entry::Function(_) | Entry::Resume(_) => cu.insns.len(),
            Entry::Loop(start, end) => (end - start) as usize,
        };
        if size > MAX_INSNS {
            return Err(Bailout::TooLarge);
        }
        // SAFETY: the window is entered and its registers can be read.
        let first = unsafe { *source.window.0 };
        let optimized = cu.flags.has(adder_bytecode::CodeFlags::OPTIMIZED);
        let names_are_globals = !optimized && first == Some(function.globals.value());
        let namespaces = [function.globals, function.builtins]
            .map(|d| Namespace { dict: d.as_ptr() as usize, version: d.as_ref().assign_version(source.vm) });
        let mut f = Frame::new(code, [function.globals, function.builtins], source.entry, names_are_globals);
        f.pushed = true;
        let unit = Unit {
            name: cu.qualname.to_string(),
            entry: source.entry,
            insts: Vec::new(),
            blocks: Vec::new(),
            states: Vec::new(),
            names: Vec::new(),
            callees: Vec::new(),
            namespaces,
            frames: vec![InlinedFrame {
                parent: 0,
                offset: 0,
                code_entry: code.as_ref().entry() as usize,
                words: code.as_ref().words() as usize,
                return_pc: 0,
            }],
            classes: Vec::new(),
            functions: Vec::new(),
            shapes: Vec::new(),
            places: Vec::new(),
        };
        let mut builder = Builder {
            source,
            cell_of,
            f,
            parents: Vec::new(),
            suspended: Vec::new(),
            kept: Vec::new(),
            unit,
            roots: vec![code.value(), function.globals.value(), function.builtins.value()],
            codes: vec![code],
            refusals: Vec::new(),
            known,
            learned: Lessons::default(),
            block: BlockId(0),
            state: State::default(),
            current: None,
            origin: HashMap::default(),
            pc: 0,
            too_large: false,
            check_frame: false,
            name_index: HashMap::default(),
            ranges: HashMap::default(),
            rising: HashSet::default(),
            slice_items: HashMap::default(),
            pairs: HashMap::default(),
            candidates: HashMap::default(),
            size,
            entering: false,
            entry_check: None,
        };
        builder.find_names();
        Ok(builder)
    }

    fn run(&mut self) {
        self.find_blocks();
        self.block = self.new_block();
        self.state = State::new(self.f.nregs, self.unit.names.len());
        match self.source.entry {
            Entry::Function(nargs) => self.enter_function(nargs),
            Entry::Loop(start, _) | Entry::Resume(start) => self.enter_loop(start),
        }
        self.build_blocks();
    }

    /// The value that register `r` of the window has now.
    fn observed(&self, r: usize) -> Option<Value> {
        // SAFETY: the window's registers can be read; temporaries are looked at only where they are live.
        unsafe { *self.source.window.0.add(r) }
    }

    fn enter_function(&mut self, nargs: usize) {
        let empty = self.emit(Op::ConstValue, Ty::Any, &[], 0);
        for r in 0..self.f.nlocals {
            let v = if r < nargs { self.param(Ty::Any, r as i64) } else { empty };
            self.state.set_slot(r, Slot { val: Val::V(v), home: false });
        }
        self.pc = 0;
        self.check_room();
        if self.source.speculate {
            for r in 0..nargs {
                self.speculate(r);
            }
        }
        self.end_entry();
        self.leave_to(0);
    }

    fn enter_loop(&mut self, start: u32) {
        self.pc = start;
        self.check_room();
        if self.f.names_are_globals {
            let namespace = self.read(0);
            let bits = self.f.globals.value().bits() as i64;
            self.guard(Op::GuardIs, Ty::None, &[namespace], bits);
        }
        self.entering = true;
        self.current = None;
        for r in 0..self.f.nregs {
            if (r < self.f.nlocals || self.f.live[start as usize].contains(r)) && self.observed(r).is_some() {
                self.read(r);
                // What the loop does not read may be of another type, or empty, the next time it begins.
                if self.f.live[start as usize].contains(r) {
                    self.speculate(r);
                    if self.source.speculate {
                        self.speculate_range(r);
                    }
                }
            }
        }
        self.entering = false;
        self.current = None;
        self.end_entry();
        self.leave_to(start);
    }

    /// What a frame begins with gets a block of its own: it is known wherever the frame catches exceptions.
    fn end_entry(&mut self) {
        let first = self.new_block();
        self.finish(Term::Jump(Edge { to: first, args: vec![] }));
        self.block = first;
    }

    /// The check that the stacks have room for what is inlined; see [`inline`].
    fn check_room(&mut self) {
        self.entry_check = Some(self.guard(Op::EntryCheck, Ty::None, &[], 0));
    }

    /// Guards that register `r` has the type it has in the window now.
    fn speculate(&mut self, r: usize) {
        match self.observed(r) {
            Some(v) if v.is_small_int() => drop(self.int(r)),
            Some(v) if v.is_float() => drop(self.float(r)),
            Some(v) => self.speculate_word(r, v),
            None => {}
        }
    }

    // ---- appending

    fn new_block(&mut self) -> BlockId {
        self.unit.blocks.push(Block {
            params: vec![],
            insts: vec![],
            term: Term::Open,
            cold: false,
            catches: vec![],
        });
        BlockId(self.unit.blocks.len() as u32 - 1)
    }

    fn push(&mut self, inst: Inst) -> ValueId {
        let v = ValueId(self.unit.insts.len() as u32);
        self.unit.places.push(Place { frame: self.f.frame as u32, pc: self.pc });
        self.unit.insts.push(inst);
        self.unit.blocks[self.block.0 as usize].insts.push(v);
        if self.unit.insts.len() > MAX_INSTS {
            self.too_large = true;
        }
        v
    }

    fn emit(&mut self, op: Op, ty: Ty, args: &[ValueId], imm: i64) -> ValueId {
        // What may collect tells where the innermost window is.
        let imm2 = if matches!(op, Op::BoxInt | Op::BoxWord | Op::Make | Op::Change) {
            self.published_offset()
        } else {
            0
        };
        self.push(Inst { op, ty, args: args.to_vec(), imm, imm2, state: None })
    }

    /// An instruction that may leave at the present one.
    fn guard(&mut self, op: Op, ty: Ty, args: &[ValueId], imm: i64) -> ValueId {
        if op.effect() == Effect::Call {
            self.needs_header();
        }
        let state = self.frame_state(self.pc);
        if op.effect() == Effect::Call {
            self.note_catch(state);
        }
        self.push(Inst { op, ty, args: args.to_vec(), imm, imm2: 0, state: Some(state) })
    }

    /// A parameter of the present block.
    fn param(&mut self, ty: Ty, imm: i64) -> ValueId {
        let v = ValueId(self.unit.insts.len() as u32);
        self.unit.places.push(Place { frame: self.f.frame as u32, pc: self.pc });
        self.unit.insts.push(Inst { op: Op::Param, ty, args: vec![], imm, imm2: 0, state: None });
        self.unit.blocks[self.block.0 as usize].params.push(v);
        v
    }

    fn finish(&mut self, term: Term) {
        self.unit.blocks[self.block.0 as usize].term = term;
    }

    fn exit(&mut self, reason: Reason) {
        let state = self.frame_state(self.pc);
        self.finish(Term::Exit(state, reason));
    }

    fn constant(&mut self, v: Value) -> ValueId {
        if let Some(i) = v.as_small_int() {
            return self.emit(Op::ConstInt, Ty::Int, &[], i);
        }
        if let Some(x) = v.as_float() {
            return self.emit(Op::ConstFloat, Ty::Float, &[], x.to_bits() as i64);
        }
        self.tagged_constant(v)
    }

    fn tagged_constant(&mut self, v: Value) -> ValueId {
        if v.is_pointer() && !self.roots.contains(&v) {
            self.roots.push(v);
        }
        self.emit(Op::ConstValue, Ty::Any, &[], v.bits() as i64)
    }

    /// Constant word `n` of the code.
    fn word(&self, n: u16) -> Value {
        // SAFETY: word operands of constants index words that hold values.
        unsafe { Value::from_bits_unchecked(*self.f.code.as_ref().words().add(n as usize)) }
    }

    /// Whether a value is a constant.
    fn is_constant(&self, v: ValueId) -> bool {
        self.unit.inst(v).op == Op::ConstValue
    }

    /// The value a HIR value is known to be.
    fn known(&self, v: ValueId) -> Option<Value> {
        let inst = self.unit.inst(v);
        match inst.op {
            Op::ConstValue => Value::from_bits(inst.imm as u64),
            _ => None,
        }
    }
}
