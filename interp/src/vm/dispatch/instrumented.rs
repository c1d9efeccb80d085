//! The handler of instrumented instructions: reports events, then runs what the unit has in the instruction's place.
//!
//! Where an instruction comes from is part of what is reported, so the frame object remembers the last instruction
//! and line: a line event is due when the line changes, a branch has been decided when the next instruction is reached.
//! Instructions without a line belong to the line before them.

use super::calls::call_reported;
use super::generators::Resumed;
use super::{F, HANDLERS, next};
use crate::object::code::Code;
use crate::object::frame::Frame;
use crate::object::function::{BoundMethod, Function};
use crate::object::generator::Generator;
use crate::object::header::Kind;
use crate::object::tuple::Tuple;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use crate::vm::frame::RunningFrame;
use crate::vm::tracing::fire::Event;
use crate::vm::tracing::{CodeMonitoring, Progress, event};
use adder_bytecode::{CodeUnit, FRAME_HEADER, Insn, Op};

/// What to do after the events; smaller numbers are the opcode to run.
const RAISE: u64 = 256;
/// The instruction has been executed.
const DONE: u64 = 257;
/// The instruction has been executed and jumps.
const TAKEN: u64 = 258;
/// The trace function has sent the frame elsewhere: the number above [`GO_TO`] is an instruction index.
const GO_TO: u64 = 1 << 32;

/// Runs an instrumented instruction.
///
/// # Safety
/// As for any handler.
pub unsafe extern "C" fn instrumented(
    pc: *const Insn,
    base: *mut Option<Value>,
    words: *mut u64,
    vm: &Vm,
) -> u64 {
    // SAFETY: handlers run with the pc of a live instruction.
    let f = F { pc, base, words, vm, insn: unsafe { *pc } };
    match report(f) {
        RAISE => f.raise(),
        DONE => f.next(),
        TAKEN => f.jump(f.insn.c_jump() as isize),
        // SAFETY: the target is an instruction of this code, whose registers have been made fit for it.
        go if go >= GO_TO => unsafe { next(entry(f).add((go - GO_TO) as usize), base, words, vm) },
        // SAFETY: the handler of the unit's own instruction, whose operands are in place.
        op => unsafe { HANDLERS[op as usize](pc, base, words, vm) },
    }
}

#[inline(never)]
fn entry(f: F<'_>) -> *const Insn {
    f.window().code().as_ref().entry()
}

/// One instruction with everything the events need.
#[derive(Clone, Copy)]
struct Step<'v> {
    f: F<'v>,
    unit: &'v CodeUnit,
    monitoring: &'v CodeMonitoring,
    op: Op,
    at: Event,
}

#[inline(never)]
fn report(f: F<'_>) -> u64 {
    f.publish();
    let vm = f.vm;
    let code = f.window().code();
    let unit = code.as_ref().unit();
    let index = code.as_ref().index_of(f.pc);
    let op = unit.insns[index].op();
    let monitoring = code.as_ref().monitoring();
    monitoring.sync(vm, code);
    if !vm.monitored() || vm.tracing.get() || index < monitoring.start {
        return op as u64;
    }
    let frame = vm.frame_object(RunningFrame { window: f.window(), pc: f.pc });
    let at = Event { kind: 0, code, index, frame };
    let step = Step { f, unit, monitoring, op, at };
    match step.run() {
        Ok(action) => action,
        Err(Raised) => RAISE,
    }
}

impl Step<'_> {
    fn fire(self, kind: usize, args: &[Value]) -> PyResult<()> {
        self.f.vm.fire(self.at.of(kind), args)
    }

    fn frame(&self) -> &Frame {
        self.at.frame.as_ref()
    }

    fn run(self) -> PyResult<u64> {
        self.entered()?;
        for step in [Self::came_from, Self::line] {
            let go = step(self)?;
            if go != 0 {
                return Ok(go);
            }
        }
        let frame = self.frame();
        frame.last_index.set(Some(self.at.index as u32));
        if self.monitoring.line(self.unit, self.at.index) != 0 {
            frame.last_offset.set(Code::offset(self.at.index));
            return self.execute();
        }
        frame.place.set(Some((frame.last_line.get(), frame.last_offset.get())).filter(|p| p.0 != 0));
        let result = self.execute();
        frame.place.set(None);
        result
    }

    fn execute(self) -> PyResult<u64> {
        self.fire(event::INSTRUCTION, &[])?;
        let go = self.sent_elsewhere();
        if go != 0 {
            return Ok(go);
        }
        self.instruction()
    }

    /// The frame starts or goes on.
    fn entered(self) -> PyResult<()> {
        let frame = self.frame();
        let progress = frame.progress.replace(Progress::Running);
        let kind = match progress {
            Progress::Running => return Ok(()),
            Progress::Resuming => event::PY_RESUME,
            Progress::Starting => event::PY_START,
            Progress::Fresh if self.at.index == self.monitoring.start && !self.monitoring.is_generator => {
                event::PY_START
            }
            Progress::Fresh => return Ok(()),
        };
        if kind == event::PY_START {
            frame.place.set(Some((self.at.code.as_ref().start_line(), 0)));
            frame.last_line.set(0);
        } else {
            let before = self.at.index.saturating_sub(1);
            let line = self.monitoring.line(self.unit, before);
            frame.last_line.set(line);
            frame.last_offset.set(Code::offset(before));
            frame.last_index.set(Some(before as u32));
            frame.place.set(Some((line, Code::offset(before))));
        }
        let result = self.fire(kind, &[]);
        frame.place.set(None);
        result
    }

    /// Jumps and branches are reported where they lead to. Where the frame goes on if not here.
    fn came_from(self) -> PyResult<u64> {
        let Some(last) = self.frame().last_index.get().map(|i| i as usize) else { return Ok(0) };
        let Some(kind) = self.arrival(last) else { return Ok(0) };
        let (vm, frame) = (self.f.vm, self.frame());
        // A loop's item is stored by the instruction that fetches it: the body begins there.
        let to = if kind == event::BRANCH_LEFT && self.unit.insns[last].op() == Op::ForIter {
            last
        } else {
            self.at.index
        };
        let to = vm.new_int(Code::offset(to));
        let line = self.monitoring.line(self.unit, last);
        frame.place.set(Some((line, Code::offset(last))).filter(|_| line != 0));
        let result = vm.fire(Event { kind, index: last, ..self.at }, &[to]);
        frame.place.set(None);
        result?;
        Ok(self.sent_elsewhere())
    }

    /// The event that getting here from instruction `last` is.
    fn arrival(self, last: usize) -> Option<usize> {
        let (op, index) = (self.unit.insns[last].op(), self.at.index);
        if self.op == Op::ForIter && op != Op::ForIter && !branches(op) {
            // The bottom of a loop stands for a jump to its top, but not when the loop is entered.
            return self.goes_round().then_some(event::JUMP);
        }
        if op == Op::ForIter || branches(op) {
            return Some(branch_side(op, last, index));
        }
        if !matches!(op, Op::Jump | Op::JumpBack) || self.op == Op::Send {
            return None;
        }
        // Handlers are out of the way in CPython: no jump leads around them.
        let around_handler = self.unit.handlers.iter().any(|h| h.target as usize == last + 1);
        (!around_handler).then_some(event::JUMP)
    }

    /// The line event, if one is due. Where the frame goes on if not here.
    fn line(self) -> PyResult<u64> {
        let line = self.monitoring.line(self.unit, self.at.index);
        let (frame, vm) = (self.frame(), self.f.vm);
        let last = frame.last_line.get();
        if line == 0 {
            return Ok(0);
        }
        if line != last {
            frame.last_line.set(line);
            if !self.leaves_loop_silently(line) {
                self.fire(event::LINE, &[vm.new_int(line.into())])?;
            }
        } else if self.goes_round() {
            vm.trace_repeated_line(self.at.of(event::LINE))?;
        }
        Ok(self.sent_elsewhere())
    }

    /// Whether the instruction starts another round of a loop on the line of the one before.
    fn goes_round(self) -> bool {
        let Some(last) = self.frame().last_index.get().map(|i| i as usize) else { return false };
        let index = self.at.index;
        match (self.op, self.unit.insns[last].op()) {
            // The bottom of a loop starts the round, unless control comes from before the loop.
            (Op::ForIter, _) => {
                let body = index.wrapping_add_signed(self.f.insn.c_jump() as isize);
                (body..=index).contains(&last)
            }
            (_, Op::ForIter) | (Op::Send, _) => false,
            _ => last >= index,
        }
    }

    /// Code behind a loop on the line where the loop's body ends shows no line of its own: it goes on with a comprehension.
    fn leaves_loop_silently(self, line: u32) -> bool {
        let index = self.at.index;
        let Some(last) = index.checked_sub(1) else { return false };
        let lines = || (0..last).rev().map(|i| self.monitoring.line(self.unit, i));
        self.frame().last_index.get() == Some(last as u32)
            && self.unit.insns[last].op() == Op::ForIter
            && lines().find(|&l| l != 0) == Some(line)
    }

    fn sent_elsewhere(self) -> u64 {
        match self.frame().jump_to.take() {
            Some(index) => {
                let line = self.monitoring.line(self.unit, index as usize);
                crate::vm::tracing::reset_frame(self.frame(), line);
                GO_TO + u64::from(index)
            }
            None => 0,
        }
    }

    /// What is particular to the instruction.
    fn instruction(self) -> PyResult<u64> {
        let f = self.f;
        match self.op {
            Op::Return => self.fire(event::PY_RETURN, &[f.reg(f.a())])?,
            Op::ReturnK => self.fire(event::PY_RETURN, &[f.constant(f.c())])?,
            Op::Yield => {
                self.fire(event::PY_YIELD, &[f.reg(f.a())])?;
                let go = self.sent_elsewhere();
                if go != 0 {
                    return Ok(go);
                }
            }
            Op::Call | Op::CallMethod | Op::CallKw | Op::CallMethodKw | Op::CallEx => return self.call(),
            Op::LoadSuperAttr | Op::LoadSuperMethod => self.super_call()?,
            Op::ForIter => return self.for_iter(),
            Op::Send => return self.send(),
            _ => {}
        }
        Ok(self.op as u64)
    }

    fn wants(self, kind: usize) -> bool {
        self.monitoring.tools(kind, self.at.index) != 0 || self.f.vm.monitor.tools(kind) != 0
    }

    /// Callable, first argument, and whether a Python function is called.
    fn callee(self) -> (Value, Value, bool) {
        let f = self.f;
        let at = f.a() + FRAME_HEADER as usize;
        let missing = f.vm.monitor.missing.get().unwrap_or(Value::none());
        let argument = |n: usize, from: usize| if n > 0 { f.reg(from) } else { missing };
        let (callable, first) = match self.op {
            Op::CallMethod | Op::CallMethodKw => match f.reg_opt(at - 1) {
                Some(callable) => (callable, f.reg(at)),
                None => (f.reg(at), argument(f.b(), at + 1)),
            },
            Op::CallEx => {
                let args = f.reg(at).downcast::<Tuple>();
                (f.reg(at - 1), args.and_then(|a| a.first().copied()).unwrap_or(missing))
            }
            _ => (f.reg(at - 1), argument(f.b(), at)),
        };
        let (target, first) = match callable.downcast::<BoundMethod>() {
            // CPython does not look into the callable of `f(*args)`.
            Some(method) if self.op != Op::CallEx => (method.function, method.receiver),
            _ => (callable, first),
        };
        (target, first, target.is::<Function>())
    }

    fn call(self) -> PyResult<u64> {
        if !self.wants(event::CALL) {
            return Ok(self.op as u64);
        }
        let (callable, first, python) = self.callee();
        self.fire(event::CALL, &[callable, first])?;
        if python {
            return Ok(self.op as u64);
        }
        let f = self.f;
        // The end of the call is reported to whoever has heard of its beginning.
        let result = call_reported(f, self.op);
        self.called(callable, first, result)
    }

    /// `super().name` is one instruction here: the call of `super` is reported before it runs.
    fn super_call(self) -> PyResult<()> {
        let vm = self.f.vm;
        let callable = self.f.reg(self.f.b());
        let tools = self.monitoring.tools(event::CALL, self.at.index);
        let missing = vm.monitor.missing.get().unwrap_or(Value::none());
        self.fire(event::CALL, &[callable, missing])?;
        if tools == 0 || callable.is::<Function>() {
            return Ok(());
        }
        vm.fire_to(tools, self.at.of(event::C_RETURN), &[callable, missing])
    }

    /// Reports the end of a call and stores its result.
    fn called(self, callable: Value, first: Value, result: PyResult) -> PyResult<u64> {
        let f = self.f;
        let vm = f.vm;
        // The callee may have changed what is asked for.
        self.monitoring.sync(vm, self.at.code);
        let tools = if vm.monitored() { self.monitoring.tools(event::CALL, self.at.index) } else { 0 };
        match result {
            Ok(v) => {
                f.set(f.a(), v);
                vm.fire_to(tools, self.at.of(event::C_RETURN), &[callable, first])?;
                Ok(DONE)
            }
            Err(Raised) => {
                let Some(exception) = vm.take_pending() else { return Err(Raised) };
                vm.fire_to(tools, self.at.of(event::C_RAISE), &[callable, first])?;
                vm.set_pending(exception);
                Err(Raised)
            }
        }
    }

    /// A step of a delegation: its end is a `StopIteration` to be reported, unless a built-in iterator ran out.
    fn send(self) -> PyResult<u64> {
        let (f, vm) = (self.f, self.f.vm);
        let (iterator, value) = (f.reg(f.a()), f.reg(f.b()));
        match vm.send(iterator, value)? {
            Resumed::Yielded(v) => {
                f.set(f.b(), v);
                Ok(DONE)
            }
            Resumed::Returned(v) => {
                f.set(f.b(), v);
                let wanted = self.wants(event::STOP_ITERATION) || self.wants(event::RAISE);
                if wanted && !matches!(iterator.kind(), Some(Kind::SeqIter | Kind::RangeIter)) {
                    let args: &[Value] = if v.is_none() { &[] } else { &[v] };
                    let stop = vm.new_exception(vm.exceptions.stop_iteration, args).value();
                    if iterator.is::<Generator>() {
                        self.fire(event::STOP_ITERATION, &[stop])?;
                    } else {
                        vm.fire_global(self.at.of(event::RAISE), &[stop])?;
                    }
                }
                Ok(TAKEN)
            }
        }
    }

    /// A loop's step over an iterator that ends in a way worth reporting.
    fn for_iter(self) -> PyResult<u64> {
        let (f, vm) = (self.f, self.f.vm);
        if f.vm.breaker_set() {
            vm.handle_breaker()?;
        }
        let iterator = f.reg(f.b());
        let item = match iterator.kind() {
            Some(Kind::Generator) => vm.next(iterator)?,
            _ => match vm.next_raising(iterator) {
                Ok(item) => item,
                Err(Raised) => {
                    let stop = vm.catch(vm.exceptions.stop_iteration)?;
                    vm.fire_global(self.at.of(event::RAISE), &[stop])?;
                    None
                }
            },
        };
        match item {
            Some(v) => {
                f.set(f.a(), v);
                Ok(TAKEN)
            }
            None => Ok(DONE),
        }
    }
}

/// Whether the instruction is a conditional jump other than a loop's.
pub fn branches(op: Op) -> bool {
    op.is_jump() && !matches!(op, Op::Jump | Op::JumpBack | Op::Send | Op::ForIter)
}

/// The branch that leads from a conditional jump at `from` to `to`: the way into a loop's body, and the one not taken by the jump over
/// what a test guards, are on the left.
pub fn branch_side(op: Op, from: usize, to: usize) -> usize {
    let taken = to != from + 1;
    let left = if op == Op::ForIter { taken } else { taken != (to > from) };
    if left { event::BRANCH_LEFT } else { event::BRANCH_RIGHT }
}
