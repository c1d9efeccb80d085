//! From HIR to machine code, through Cranelift. Nothing above this folder knows about Cranelift or the machine.
//!
//! A unit becomes one function of the SystemV convention, `(base, vm, tagged arguments...) -> bits`; see
//! `adder_interp::vm::tier_up` for what it returns. Values are SSA values of their type's representation.
//!
//! * The exit comes first in branches and lies in a cold block, or Cranelift no longer sees the loop.
//! * Memory is divided into alias regions ([`Region`]), so that a store to the window kills no load of a slot.
//! * The eval breaker is read by an atomic load: a plain one would be forwarded from one poll to the next.
//! * Branches, loads, stores and calls go through [`memory`], which knows what has been loaded.
//!
//! [`exits`]: how code is left; [`insts`]: instruction by instruction; [`objects`]: those that touch memory; [`calls`].

mod calls;
mod exits;
mod insts;
#[cfg(test)]
mod machines;
mod memory;
mod objects;
mod sequences;
mod strings;
mod words;

use crate::hir::*;
use crate::runtime::landing::Plan;
use crate::runtime::memory::Arena;
use adder_interp::value::Value;
use adder_interp::vm::frame::{LINK_GENERATOR, LINK_INIT, LINK_TAGS};
use adder_interp::vm::tier_up::{RETURN, offset};
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    self, AbiParam, AliasRegion, AliasRegionData, BlockArg, InstBuilder, MemFlagsData, Signature, SourceLoc,
    types,
};
use cranelift_codegen::isa::{CallConv, OwnedTargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};
use std::sync::atomic::AtomicU64;

/// Addresses and settings that code depends on.
#[derive(Clone, Debug)]
pub struct Environment {
    pub breaker: usize,
    /// Address of the table of the shared strings of one character.
    pub latin1: usize,
    /// Address of the counter of writes to frames from outside.
    pub frame_writes: usize,
    /// Address of the heap.
    pub heap: usize,
    /// Every nth guard fails; 0 is off. The countdown lies at this address.
    pub fail_guards: u64,
    pub fuel: usize,
    /// Count how often each place calls the runtime.
    pub count_calls: bool,
    pub dump_clif: bool,
    pub dump_asm: bool,
    /// Tell which code belongs to which instruction.
    pub positions: bool,
}

/// Machine code of a unit, not yet placed. It contains no addresses of itself, so it can be placed anywhere.
pub struct Machine {
    pub code: Vec<u8>,
    /// Functions: an entry `(base, vm)` that loads the arguments and goes through the cell.
    pub wrapper: Option<Vec<u8>>,
    /// Addresses of the `Exit` records.
    pub exits: Vec<usize>,
    /// Places that call the runtime, if they are counted.
    pub runtime_calls: Vec<RuntimeCall>,
    /// Where code of an instruction begins, if it was asked for; up to the next entry. Exits have none.
    pub positions: Vec<(u32, Option<ValueId>)>,
    pub clif: String,
    pub asm: String,
}

/// A place of a unit that calls the runtime.
#[derive(Clone, Copy, Debug)]
pub struct RuntimeCall {
    /// Address of the instruction.
    pub pc: usize,
    pub op: Op,
    /// The instruction's immediate.
    pub imm: i64,
    /// Counted by machine code.
    pub count: &'static AtomicU64,
}

/// Kinds of memory that do not overlap.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Region {
    Window,
    Header,
    Slots,
    Items,
    Names,
    Thread,
    Iterator,
}

/// A machine to compile for.
pub struct Target {
    isa: OwnedTargetIsa,
    /// Address of the code that calls a function of the runtime and leaves all registers as they are; see [`Lower::runtime_rarely`].
    preserving: usize,
}

impl Target {
    /// The host.
    ///
    /// # Errors
    /// Cranelift does not support it, or the system has no memory for code.
    pub fn host() -> Result<Target, String> {
        let isa = finish(cranelift_native::builder()?)?;
        let mut arena = Arena::default();
        let preserving = arena.place(&preserving_call(&isa)?).map_err(|e| e.to_string())?;
        // All code refers to it.
        std::mem::forget(arena);
        Ok(Target { isa, preserving })
    }

    /// A machine by name; its code is not to be run.
    ///
    /// # Errors
    /// Cranelift was built without it.
    #[cfg(test)]
    pub(crate) fn named(name: &str) -> Result<Target, String> {
        let isa = finish(cranelift_codegen::isa::lookup_by_name(name).map_err(|e| e.to_string())?)?;
        preserving_call(&isa)?;
        Ok(Target { isa, preserving: 0x5000 })
    }
}

/// Most operands, with the thread, of a function that is called by [`preserving_call`].
const PRESERVED_OPERANDS: usize = 4;

/// `(thread, function, operands...)`: calls the function with the thread and the operands, and leaves its result in `Vm::tier_result`.
fn preserving_call(isa: &OwnedTargetIsa) -> Result<Vec<u8>, String> {
    let mut context = cranelift_codegen::Context::new();
    context.func.signature = preserving_signature(PRESERVED_OPERANDS);
    let mut frontend = FunctionBuilderContext::new();
    let mut b = FunctionBuilder::new(&mut context.func, &mut frontend);
    let block = b.create_block();
    b.append_block_params_for_function_params(block);
    b.switch_to_block(block);
    let params = b.block_params(block).to_vec();
    let args = [&params[..1], &params[2..]].concat();
    let mut signature = Signature::new(CallConv::SystemV);
    signature.params.extend(args.iter().map(|_| AbiParam::new(types::I64)));
    signature.returns.push(AbiParam::new(types::I64));
    let signature = b.import_signature(signature);
    let call = b.ins().call_indirect(signature, params[1], &args);
    let result = b.inst_results(call)[0];
    b.ins().store(MemFlagsData::trusted(), result, params[0], offset::VM_RESULT as i32);
    b.ins().return_(&[]);
    b.seal_all_blocks();
    b.finalize(isa.frontend_config());
    generate(&mut context, isa, false).map(|(code, _)| code)
}

/// The signature of such a call with so many operands, the thread included.
fn preserving_signature(operands: usize) -> Signature {
    let mut signature = Signature::new(CallConv::PreserveAll);
    signature.params.extend((0..operands + 1).map(|_| AbiParam::new(types::I64)));
    signature
}

fn finish(builder: cranelift_codegen::isa::Builder) -> Result<OwnedTargetIsa, String> {
    let mut flags = settings::builder();
    for (name, value) in
        [("opt_level", "speed"), ("enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" })]
    {
        flags.set(name, value).map_err(|e| e.to_string())?;
    }
    builder.finish(settings::Flags::new(flags)).map_err(|e| e.to_string())
}

/// Compiles a unit.
///
/// # Errors
/// What Cranelift refused.
pub fn compile(
    unit: &Unit,
    env: &Environment,
    target: &Target,
    id: u32,
    cell: usize,
) -> Result<Machine, String> {
    let isa = &target.isa;
    let nargs = if let Entry::Function(n) = unit.entry { n } else { 0 };
    let mut context = cranelift_codegen::Context::new();
    context.func.signature = signature(nargs);
    let mut frontend = FunctionBuilderContext::new();
    let (exits, runtime_calls) = {
        let builder = FunctionBuilder::new(&mut context.func, &mut frontend);
        let mut lower = Lower::new(unit, env, builder, id, target.preserving);
        lower.run();
        let Lower { b, exits, runtime_calls, .. } = lower;
        b.finalize(isa.frontend_config());
        (exits, runtime_calls)
    };
    let clif = if env.dump_clif { context.func.display().to_string() } else { String::new() };
    let (code, asm) = generate(&mut context, isa, env.dump_asm)?;
    let positions = if env.positions { positions(&context) } else { vec![] };
    let wrapper = match unit.entry {
        Entry::Function(n) => Some(wrapper(n, cell, isa)?),
        Entry::Loop(..) | Entry::Resume(_) => None,
    };
    Ok(Machine { code, wrapper, exits, runtime_calls, positions, clif, asm })
}

/// What [`Lower::run`] has marked, in order of the code.
fn positions(context: &cranelift_codegen::Context) -> Vec<(u32, Option<ValueId>)> {
    let Some(compiled) = context.compiled_code() else { return vec![] };
    let mut positions = vec![(0, None)];
    let mut end = 0;
    for mark in compiled.buffer.get_srclocs_sorted() {
        // Code between two marks, moves for instance, belongs to the first.
        positions.push((mark.start, (!mark.loc.is_default()).then(|| ValueId(mark.loc.bits()))));
        end = mark.end;
    }
    positions.push((end, None));
    positions
}

fn generate(
    context: &mut cranelift_codegen::Context,
    isa: &OwnedTargetIsa,
    asm: bool,
) -> Result<(Vec<u8>, String), String> {
    context.set_disasm(asm);
    let compiled =
        context.compile(&**isa, &mut ControlPlane::default()).map_err(|e| format!("{:?}", e.inner))?;
    if !compiled.buffer.relocs().is_empty() {
        return Err("code with relocations".into());
    }
    let text = compiled.vcode.clone().unwrap_or_default();
    Ok((compiled.code_buffer().to_vec(), text))
}

/// `(base, vm, arguments...) -> bits`.
fn signature(nargs: usize) -> Signature {
    let mut signature = Signature::new(CallConv::SystemV);
    signature.params.extend((0..2 + nargs).map(|_| AbiParam::new(types::I64)));
    signature.returns.push(AbiParam::new(types::I64));
    signature
}

/// The entry from the interpreter: arguments come out of the window.
fn wrapper(nargs: usize, cell: usize, isa: &OwnedTargetIsa) -> Result<Vec<u8>, String> {
    let mut context = cranelift_codegen::Context::new();
    context.func.signature = signature(0);
    let mut frontend = FunctionBuilderContext::new();
    let mut b = FunctionBuilder::new(&mut context.func, &mut frontend);
    let block = b.create_block();
    b.append_block_params_for_function_params(block);
    b.switch_to_block(block);
    let mut args = b.block_params(block).to_vec();
    let flags = MemFlagsData::trusted();
    for i in 0..nargs {
        args.push(b.ins().load(types::I64, flags, args[0], 8 * i as i32));
    }
    let cell = b.ins().iconst(types::I64, cell as i64);
    let target = b.ins().load(types::I64, flags, cell, 0);
    let sig = b.import_signature(signature(nargs));
    let call = b.ins().call_indirect(sig, target, &args);
    let result = b.inst_results(call)[0];
    b.ins().return_(&[result]);
    b.seal_all_blocks();
    b.finalize(isa.frontend_config());
    generate(&mut context, isa, false).map(|(code, _)| code)
}

pub(crate) struct Lower<'u> {
    unit: &'u Unit,
    env: &'u Environment,
    b: FunctionBuilder<'u>,
    id: u32,
    preserving: usize,
    values: HashMap<ValueId, ir::Value>,
    blocks: Vec<ir::Block>,
    regions: Vec<AliasRegion>,
    base: ir::Value,
    vm: ir::Value,
    /// The counter of writes to frames at entry.
    link: Option<ir::Value>,
    pending: Vec<exits::Pending>,
    cold: HashMap<(StateId, bool, Reason), ir::Block>,
    /// Those that exits share; they live as long as the exits.
    plans: HashMap<Plan, &'static Plan>,
    exits: Vec<usize>,
    runtime_calls: Vec<RuntimeCall>,
    signatures: HashMap<usize, ir::SigRef>,
    knowledge: memory::Knowledge,
    /// The instructions behind the present one in its block.
    behind: &'u [ValueId],
}

/// The machine's type for a representation.
pub(crate) fn machine_type(ty: Ty) -> ir::Type {
    match ty {
        Ty::Float => types::F64,
        Ty::Bool => types::I8,
        _ => types::I64,
    }
}

impl<'u> Lower<'u> {
    fn new(
        unit: &'u Unit,
        env: &'u Environment,
        mut b: FunctionBuilder<'u>,
        id: u32,
        preserving: usize,
    ) -> Self {
        let regions = (0..7)
            .map(|i| {
                b.func.dfg.alias_regions.insert(AliasRegionData { user_id: i, description: "memory".into() })
            })
            .collect();
        let blocks = unit.blocks.iter().map(|_| b.create_block()).collect();
        let nothing = ir::Value::from_u32(0);
        Lower {
            unit,
            env,
            b,
            id,
            preserving,
            values: HashMap::default(),
            blocks,
            regions,
            base: nothing,
            vm: nothing,
            link: None,
            pending: Vec::new(),
            cold: HashMap::default(),
            plans: HashMap::default(),
            exits: Vec::new(),
            runtime_calls: Vec::new(),
            signatures: HashMap::default(),
            knowledge: Default::default(),
            behind: &[],
        }
    }

    fn run(&mut self) {
        let unit = self.unit;
        let entry = self.blocks[0];
        self.b.append_block_params_for_function_params(entry);
        self.switch(entry);
        let params = self.b.block_params(entry).to_vec();
        (self.base, self.vm) = (params[0], params[1]);
        for &p in &unit.blocks[0].params {
            self.values.insert(p, params[2 + unit.inst(p).imm as usize]);
        }
        if unit.insts.iter().any(|i| i.op == Op::GuardFrame) {
            self.link = Some(self.frame_writes());
        }
        let order = unit.order();
        for &b in &order[1..] {
            for &p in &unit.block(b).params {
                let v = self.b.append_block_param(self.blocks[b.0 as usize], machine_type(unit.ty(p)));
                self.values.insert(p, v);
            }
        }
        self.note_late_entries(&order);
        for (i, &b) in order.iter().enumerate() {
            if i > 0 {
                self.switch(self.blocks[b.0 as usize]);
            }
            let insts = &unit.block(b).insts;
            let may_raise = !unit.block(b).catches.is_empty();
            for (i, &v) in insts.iter().enumerate() {
                // An error that a handler waits for may be the reason why what follows is not reached.
                self.behind = if may_raise { &[] } else { &insts[i + 1..] };
                self.b.set_srcloc(SourceLoc::new(v.0));
                if let Some(result) = self.inst(v) {
                    self.values.insert(v, result);
                }
            }
            self.terminator(&unit.block(b).term);
        }
        self.b.set_srcloc(SourceLoc::default());
        self.emit_exits();
        self.b.seal_all_blocks();
    }

    /// Tells which blocks are entered from code that is written after them: loops, handlers.
    fn note_late_entries(&mut self, order: &[BlockId]) {
        let unit = self.unit;
        let mut written: HashSet<BlockId> = HashSet::default();
        for &b in order {
            written.insert(b);
            for e in unit.edges(b).iter().filter(|e| written.contains(&e.to)) {
                self.enter_blindly(self.blocks[e.to.0 as usize]);
            }
        }
        for handler in unit.states.iter().filter_map(|s| s.catch) {
            self.enter_blindly(self.blocks[handler.0 as usize]);
        }
    }

    fn terminator(&mut self, term: &Term) {
        match term {
            Term::Open => unreachable!("the verifier rejects open blocks"),
            Term::Jump(e) => {
                let (to, args) = self.edge(e);
                self.jump(to, &args);
            }
            Term::Branch(c, yes, no) => {
                let c = self.value(*c);
                let ((a, a_args), (b, b_args)) = (self.edge(yes), self.edge(no));
                self.brif(c, (a, &a_args), (b, &b_args));
            }
            Term::Return(v, state) => {
                let v = self.value(*v);
                let link = self.load(Region::Window, types::I64, self.base, -40);
                let (linked, plain, made) =
                    (self.b.create_block(), self.b.create_block(), self.b.create_block());
                self.b.set_cold_block(linked);
                self.brif(link, (linked, &[]), (plain, &[]));
                self.switch(linked);
                let tag = self.b.ins().band_imm_s(link, LINK_TAGS as i64);
                if !matches!(self.unit.entry, Entry::Function(_)) {
                    self.return_from_generator(v, tag);
                }
                let init = self.b.ins().icmp_imm_s(IntCC::Equal, tag, LINK_INIT as i64);
                // Somebody has looked at the frame.
                let seen = self.end_frame_block(*state, plain);
                self.brif(init, (made, &[]), (seen, &[]));
                self.switch(plain);
                self.b.ins().return_(&[v]);
                // `__init__` that the interpreter has called: the result is the instance.
                self.switch(made);
                let wrong = self.b.ins().icmp_imm_s(IntCC::NotEqual, v, Value::none().bits() as i64);
                self.leave_if(wrong, *state, Reason::Frame);
                let instance = self.b.ins().band_imm_s(link, !LINK_TAGS as i64);
                self.b.ins().return_(&[instance]);
            }
            Term::Exit(state, reason) => {
                let block = self.exit_block(*state, false, *reason);
                self.jump(block, &[]);
            }
        }
    }

    /// Returns if the link word has this tag of a generator whose frame nobody has looked at.
    fn return_from_generator(&mut self, v: ir::Value, tag: ir::Value) {
        let (ended, other) = (self.b.create_block(), self.b.create_block());
        let is_generator = self.b.ins().icmp_imm_s(IntCC::Equal, tag, LINK_GENERATOR as i64);
        self.brif(is_generator, (ended, &[]), (other, &[]));
        self.switch(ended);
        self.store(Region::Thread, v, self.vm, offset::VM_RESULT as i32);
        let how = self.int(RETURN as i64);
        self.b.ins().return_(&[how]);
        self.switch(other);
    }

    fn edge(&self, e: &Edge) -> (ir::Block, Vec<BlockArg>) {
        let args = e.args.iter().map(|&a| BlockArg::Value(self.value(a))).collect();
        (self.blocks[e.to.0 as usize], args)
    }

    pub(crate) fn value(&self, v: ValueId) -> ir::Value {
        self.values[&v]
    }

    // ---- memory and calls

    fn flags(&self, region: Region) -> MemFlagsData {
        MemFlagsData::trusted().with_alias_region(Some(self.regions[region as usize]))
    }
    pub(crate) fn int(&mut self, i: i64) -> ir::Value {
        self.b.ins().iconst(types::I64, i)
    }

    /// Calls a function of the runtime that takes and returns words.
    pub(crate) fn runtime(&mut self, address: usize, args: &[ir::Value]) -> ir::Value {
        let target = self.int(address as i64);
        self.call(target, args)
    }

    /// Calls a function that takes and returns words.
    pub(crate) fn call(&mut self, target: ir::Value, args: &[ir::Value]) -> ir::Value {
        self.forget_memory();
        let sig = self.word_signature(args.len());
        let call = self.b.ins().call_indirect(sig, target, args);
        self.b.inst_results(call)[0]
    }

    pub(crate) fn word_signature(&mut self, nargs: usize) -> ir::SigRef {
        if let Some(&s) = self.signatures.get(&nargs) {
            return s;
        }
        let mut signature = Signature::new(CallConv::SystemV);
        signature.params.extend((0..nargs).map(|_| AbiParam::new(types::I64)));
        signature.returns.push(AbiParam::new(types::I64));
        let s = self.b.import_signature(signature);
        self.signatures.insert(nargs, s);
        s
    }

    /// The frame a state belongs to.
    pub(crate) fn frame_of(&self, state: StateId) -> &'u InlinedFrame {
        &self.unit.frames[self.unit.states[state.0 as usize].frame]
    }

    /// The address of a state's instruction, and the base of its window.
    pub(crate) fn place(&mut self, state: StateId) -> (ir::Value, ir::Value) {
        let frame = self.frame_of(state);
        let pc = frame.code_entry + 8 * self.unit.states[state.0 as usize].pc as usize;
        let pc = self.int(pc as i64);
        let base = if frame.offset == 0 {
            self.base
        } else {
            self.b.ins().iadd_imm_s(self.base, 8 * frame.offset as i64)
        };
        (pc, base)
    }

    /// A new block for the rest of the present one; the present one ends with `brif condition, other, rest`.
    pub(crate) fn branch_away(&mut self, condition: ir::Value, other: ir::Block) {
        let rest = self.b.create_block();
        self.brif(condition, (other, &[]), (rest, &[]));
        self.switch(rest);
    }
}
