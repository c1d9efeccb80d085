//! Inlining: the code of a callee becomes part of the unit.
//!
//! The callee's window lies where the interpreter would put it, in the caller's outgoing area, so its registers are registers of the
//! unit's window at an offset and homes need no translation. What is special is the header below the window. Exits write it for
//! every frame of the chain that has none yet ([`FrameState::pushed`]). Code that other code can see, because it calls something,
//! *pushes* the frame when it begins: then a traceback, `sys._getframe` and the collector find it as they would in the interpreter.
//! Whether that is needed shows while the callee is built; if so the unit is built again.
//!
//! The register stack and the recursion limit are checked once, where the unit is entered, for the deepest chain.

use super::state::{State, Val};
use super::{Builder, Frame, is_generator};
use crate::hir::*;
use adder_bytecode::{CodeFlags, CodeUnit, FRAME_HEADER, Insn, Op as B, liveness};
use adder_interp::object::code::Code;
use adder_interp::object::header::Gc;
use adder_interp::vm::frame::LINK_OPERATOR;

/// Longest bytecode that is inlined, outermost first; the length of the list is the greatest depth.
const SIZES: [usize; 4] = [80, 80, 40, 20];
/// The same for code that calls other code and so needs its frame in memory: there is less to win.
const CALLING_SIZES: [usize; 3] = [30, 20, 12];
/// Bytecode of a unit with everything inlined.
const MAX_SIZE: usize = 350;
/// Bytecode that is inlined even if it shows no sign of having run.
const SHORT: usize = 12;
/// How often the same code may be inlined into itself.
const MAX_RECURSION: usize = 1;

/// Why a call of a known function is not inlined.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Refusal {
    /// Too many calls are inlined into each other here.
    Depth,
    /// More bytecode than is inlined at this depth.
    Long,
    /// The unit is large enough already.
    Budget,
    /// The function calls itself.
    Recursion,
    /// Generators, coroutines, class bodies.
    Kind,
    /// Its names are looked up in another module.
    Module,
    /// The function shows no sign of having run.
    Unused,
    /// It handles exceptions, inside a generator that is inlined or what its loop does.
    Handlers,
}

impl Refusal {
    /// In words.
    pub fn text(self) -> &'static str {
        match self {
            Refusal::Depth => "too many calls are inlined into each other here",
            Refusal::Long => "its code is too long",
            Refusal::Budget => "the caller with what is inlined into it is large enough",
            Refusal::Recursion => "it is recursive",
            Refusal::Kind => "a generator or the like",
            Refusal::Module => "a function of another module",
            Refusal::Unused => "it had not run yet",
            Refusal::Handlers => "it handles exceptions in the loop of an inlined generator",
        }
    }
}

/// Whether code has names that are looked up in namespaces.
pub(super) fn uses_names(cu: &CodeUnit) -> bool {
    let name = |op| matches!(op, B::LoadGlobal | B::StoreGlobal | B::LoadName | B::StoreName);
    cu.insns.iter().any(|i| name(i.op()))
}

/// What an inlined call is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    Call,
    /// The `__init__` of this instance, which is the result.
    Init(ValueId),
    /// A method of a binary operator: `NotImplemented` is no result.
    Operator,
    /// A generator that a loop of the caller consumes; see [`super::generators`].
    Generator,
}

impl Builder<'_, '_> {
    /// Whether a call of a function of this code is worth inlining. `same_module`: its names are looked up where this unit's are.
    pub(super) fn may_inline(&mut self, code: Gc<Code>, same_module: bool) -> bool {
        let refusal = self.refusal(code, same_module);
        let here = self.f.code.as_ref().entry() as usize + 8 * self.pc as usize;
        self.refusals.extend(refusal.map(|r| (here, r)));
        refusal.is_none()
    }

    fn refusal(&self, code: Gc<Code>, same_module: bool) -> Option<Refusal> {
        let cu = code.as_ref().unit();
        let sizes = if self.known.pushed.contains(&self.call_site()) { &CALLING_SIZES[..] } else { &SIZES };
        let Some(&longest) = sizes.get(self.chain().len() - 1) else { return Some(Refusal::Depth) };
        let n = cu.insns.len();
        let same = self.chain().into_iter().filter(|p| p.code == code).count();
        let handles = self.in_generator() && !cu.handlers.is_empty() && (self.source.catches)(code);
        let plain = cu.flags.has(CodeFlags::OPTIMIZED) && !is_generator(cu);
        let ran = cu.insns.iter().zip(code.as_ref().insns()).any(|(o, l)| l.get().feedback() != o.feedback());
        let reasons = [
            (!code.as_ref().is_materialised(), Refusal::Unused),
            (!plain, Refusal::Kind),
            (!same_module && uses_names(cu), Refusal::Module),
            (same > MAX_RECURSION, Refusal::Recursion),
            (n > longest, Refusal::Long),
            (self.size + n > MAX_SIZE, Refusal::Budget),
            (!ran && n > SHORT, Refusal::Unused),
            (handles, Refusal::Handlers),
        ];
        reasons.into_iter().find(|r| r.0).map(|r| r.1)
    }

    /// Names the call that is being built.
    pub(super) fn call_site(&self) -> u64 {
        self.f.site.wrapping_mul(0x9E37_79B9).wrapping_add(u64::from(self.pc) + 1)
    }

    /// Builds the callee in place of the call, with a value for each parameter.
    pub(super) fn inline_call(
        &mut self,
        insn: Insn,
        code: Gc<Code>,
        function_value: ValueId,
        args: &[ValueId],
        instance: Option<ValueId>,
    ) -> bool {
        let a = insn.a() as usize;
        let at = a + FRAME_HEADER as usize;
        self.clobber(a);
        let role = instance.map_or(Role::Call, Role::Init);
        self.inline_at(insn, at, (code, function_value), args, role)
    }

    /// Builds the callee with these arguments; its window begins at register `at`.
    pub(super) fn inline_at(
        &mut self,
        insn: Insn,
        at: usize,
        (code, function_value): (Gc<Code>, ValueId),
        args: &[ValueId],
        role: Role,
    ) -> bool {
        let link = match role {
            Role::Init(instance) => self.emit(Op::InitLink, Ty::Any, &[instance], 0),
            Role::Operator => self.emit(Op::ConstValue, Ty::Any, &[], LINK_OPERATOR as i64),
            Role::Call | Role::Generator => self.emit(Op::ConstValue, Ty::Any, &[], 0),
        };
        self.size += code.as_ref().unit().insns.len();
        self.codes.push(code);
        let call_pc = self.pc;
        let mut callee =
            Frame::new(code, [self.f.globals, self.f.builtins], Entry::Function(args.len()), false);
        callee.offset = self.at(at);
        callee.site = self.call_site();
        callee.header = Some((function_value, link));
        callee.role = role;
        callee.frame = self.unit.frames.len();
        let caller = self.unit.frames[self.f.frame];
        self.unit.frames.push(InlinedFrame {
            parent: self.f.frame,
            offset: callee.offset,
            code_entry: callee.code.as_ref().entry() as usize,
            words: callee.code.as_ref().words() as usize,
            return_pc: caller.code_entry + 8 * (call_pc as usize + 1),
        });
        let mut live = liveness::live_after(self.f.code.as_ref().unit(), call_pc as usize);
        if role == Role::Operator {
            // A method that does not know the operands hands them back.
            liveness::reads(insn).into_iter().for_each(|r| live.insert(r));
        }
        self.f.live_during_call = Some(live);
        self.reserve(callee.offset + callee.nregs, self.chain().len());
        let push = self.known.pushed.contains(&callee.site);
        self.f.call_pc = call_pc;
        let caller = std::mem::replace(&mut self.f, callee);
        self.parents.push(caller);
        self.enter_inlined(args, push);
        self.build_blocks();
        self.leave_inlined(insn.a() as usize, at, call_pc)
    }

    fn enter_inlined(&mut self, args: &[ValueId], push: bool) {
        if let (true, Some((function, link))) = (push, self.f.header) {
            self.emit(Op::PushFrame, Ty::None, &[function, link], self.f.frame as i64);
            self.f.pushed = true;
        }
        self.current = None;
        if (self.source.catches)(self.f.code) && !self.f.code.as_ref().unit().handlers.is_empty() {
            // The function, the link word and the instance have to be known where the frame catches exceptions.
            self.end_entry();
        }
        let empty = self.emit(Op::ConstValue, Ty::Any, &[], 0);
        for r in 0..self.f.nlocals {
            self.set(r, args.get(r).copied().unwrap_or(empty));
        }
        self.pc = 0;
        self.find_names();
        self.find_blocks();
        self.leave_to(0);
    }

    /// Ends the inlined frame: its returns meet behind the call.
    fn leave_inlined(&mut self, a: usize, at: usize, call_pc: u32) -> bool {
        let caller = self.parents.pop().expect("an inlined frame has a caller");
        let callee = std::mem::replace(&mut self.f, caller);
        self.f.live_during_call = None;
        self.pc = call_pc;
        self.current = None;
        let (result, end) = (self.at(a), self.at(at - FRAME_HEADER as usize));
        let mut ways: Vec<(BlockId, State)> = Vec::new();
        for (block, mut state, v) in callee.returns {
            state.truncate(end);
            state.set_slot(result, super::Slot { val: Val::V(v), home: false });
            ways.push((block, state));
        }
        match ways.len() {
            0 => return false,
            1 => (self.block, self.state) = ways.remove(0),
            _ => {
                // Behind the call the result matters even where nobody reads it.
                self.merge(call_pc + 1, ways);
            }
        }
        self.pc = call_pc;
        self.current = None;
        true
    }

    /// A return from an inlined frame.
    pub(super) fn return_inlined(&mut self, v: ValueId) -> bool {
        let v = match self.f.role {
            Role::Init(instance) => {
                // Anything but None is left to the interpreter, which raises.
                let v = self.boxed(v);
                if self.known(v).is_none_or(|v| !v.is_none()) {
                    let none = adder_interp::value::Value::none().bits() as i64;
                    self.guard(Op::GuardIs, Ty::None, &[v], none);
                }
                instance
            }
            Role::Operator => {
                self.leave_if_not_implemented(v);
                v
            }
            Role::Call | Role::Generator => v,
        };
        if let (true, Some((_, link))) = (self.f.pushed, self.f.header) {
            self.guard(Op::GuardLink, Ty::None, &[link], self.f.frame as i64);
            self.emit(Op::PopFrame, Ty::None, &[], self.f.frame as i64);
        }
        let state = self.state.clone();
        self.f.returns.push((self.block, state, v));
        false
    }

    /// The present frame is about to call something: its header and those of its callers have to be in memory.
    pub(super) fn needs_header(&mut self) {
        let missing: Vec<u64> = self.chain().into_iter().filter(|f| !f.pushed).map(|f| f.site).collect();
        self.learned.pushed.extend(missing);
    }

    /// The unit needs this many registers and calls.
    pub(super) fn reserve(&mut self, registers: usize, depth: usize) {
        if let Some(check) = self.entry_check {
            let inst = &mut self.unit.insts[check.0 as usize];
            inst.imm = inst.imm.max(registers as i64);
            inst.imm2 = inst.imm2.max(depth as i64);
        }
    }
}
