//! Monitoring of execution: `sys.monitoring`, and `sys.settrace` and `sys.setprofile` on top of it.
//!
//! A tool asks for events, globally or for one code object. Code that has to report some is *instrumented*: the opcode bytes of its
//! live instructions are replaced by [`INSTRUMENTED`], whose handler ([`crate::vm::dispatch::instrumented`]) reports what the
//! instruction is about to do and then runs the handler of the opcode that the immutable unit has in its place. A program
//! that is not monitored runs the instructions it always had and pays nothing.
//!
//! While anything is monitored [`breaker::TRACE`] stays set. Calls then take their slow path, which instruments what they
//! enter ([`Vm::monitor_entry`]); so does resuming a generator. A change of what is asked for makes a new
//! [`Monitor::version`], and instrumented code notices at its next instruction that its own version is old.
//! Code goes back to plain instructions in the same way: [`CodeMonitoring::sync`] is the one place that writes
//! opcode bytes, and always starts from those of the unit.
//!
//! Trace and profile functions belong to threads; they are the tools [`TRACE`] and [`PROFILE`], whose callbacks are
//! native ([`legacy`]). Setting `f_lineno` is in [`jump`].

pub mod fire;
pub mod jump;
pub mod legacy;

use super::frame::RunningFrame;
use super::{Vm, breaker};
use crate::heap::Tracer;
use crate::object::code::Code;
use crate::object::frame::Frame;
use crate::object::function::Function;
use crate::object::generator::{Generator, GeneratorState};
use crate::object::header::Gc;
use crate::value::Value;
use adder_bytecode::{CodeFlags, CodeUnit, Op};
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;

/// Opcode byte of an instrumented instruction.
pub const INSTRUMENTED: u8 = 255;
const _: () = assert!(adder_bytecode::ops::OP_COUNT <= INSTRUMENTED as usize);

/// Events, by bit.
pub mod event {
    pub const PY_START: usize = 0;
    pub const PY_RESUME: usize = 1;
    pub const PY_RETURN: usize = 2;
    pub const PY_YIELD: usize = 3;
    pub const CALL: usize = 4;
    pub const LINE: usize = 5;
    pub const INSTRUCTION: usize = 6;
    pub const JUMP: usize = 7;
    pub const BRANCH_LEFT: usize = 8;
    pub const BRANCH_RIGHT: usize = 9;
    pub const STOP_ITERATION: usize = 10;
    /// Events from here on are not tied to an instruction and cannot be disabled or asked for locally.
    pub const RAISE: usize = 11;
    pub const EXCEPTION_HANDLED: usize = 12;
    pub const PY_UNWIND: usize = 13;
    pub const PY_THROW: usize = 14;
    pub const RERAISE: usize = 15;
    pub const C_RETURN: usize = 16;
    pub const C_RAISE: usize = 17;
    /// Both branches: only a name for registration.
    pub const BRANCH: usize = 18;
    pub const COUNT: usize = 19;

    pub const NAMES: [&str; COUNT] = [
        "PY_START",
        "PY_RESUME",
        "PY_RETURN",
        "PY_YIELD",
        "CALL",
        "LINE",
        "INSTRUCTION",
        "JUMP",
        "BRANCH_LEFT",
        "BRANCH_RIGHT",
        "STOP_ITERATION",
        "RAISE",
        "EXCEPTION_HANDLED",
        "PY_UNWIND",
        "PY_THROW",
        "RERAISE",
        "C_RETURN",
        "C_RAISE",
        "BRANCH",
    ];
}

/// Tools that Python code can use; the two behind them belong to the interpreter.
pub const USER_TOOLS: usize = 6;
pub const TOOLS: usize = 8;
/// The tool behind `sys.setprofile`.
pub const PROFILE: usize = 6;
/// The tool behind `sys.settrace`.
pub const TRACE: usize = 7;

/// Events that any instruction may have to report.
const EVERYWHERE: [usize; 6] = [
    event::LINE,
    event::INSTRUCTION,
    event::JUMP,
    event::BRANCH_LEFT,
    event::BRANCH_RIGHT,
    event::STOP_ITERATION,
];

/// What the interpreter knows of its tools.
#[derive(Default)]
pub struct Monitor {
    /// Changes with everything that decides which instructions are instrumented.
    version: Cell<u64>,
    /// Changes when `restart_events` revives disabled events.
    epoch: Cell<u64>,
    active: Cell<bool>,
    /// Some code has every instruction instrumented.
    every: Cell<bool>,
    /// Global events of each tool.
    pub events: [Cell<u32>; TOOLS],
    pub callbacks: [[Cell<Option<Value>>; event::COUNT]; TOOLS],
    pub names: [Cell<Option<Value>>; TOOLS],
    /// `sys.monitoring.DISABLE` and `MISSING`.
    pub disable: Cell<Option<Value>>,
    pub missing: Cell<Option<Value>>,
    /// Some frame has `f_trace_opcodes`.
    pub opcodes: Cell<bool>,
    /// Pairs of tools and code objects with local events.
    locals: Cell<usize>,
    /// How often each tool has been cleared: local events of earlier lives do not count.
    lives: [Cell<u32>; TOOLS],
}

impl Monitor {
    pub fn trace(&self, tracer: &mut Tracer<'_>) {
        let callbacks = self.callbacks.iter().flatten().chain(&self.names);
        callbacks.chain([&self.disable, &self.missing]).filter_map(Cell::get).for_each(|v| tracer.visit(v));
    }

    /// The tools that want `event` globally, as a bit set.
    pub fn tools(&self, event: usize) -> u8 {
        (0..TOOLS).map(|t| ((self.events[t].get() >> event & 1) as u8) << t).fold(0, |a, b| a | b)
    }

    /// A code object's local events of some tool have changed.
    pub fn count_local_events(&self, old: u32, new: u32) {
        let n = self.locals.get() + usize::from(new != 0);
        self.locals.set(n.saturating_sub(usize::from(old != 0)));
    }

    /// The local events of `tool` are void.
    pub fn forget_local_events(&self, tool: usize) {
        self.lives[tool].set(self.lives[tool].get() + 1);
    }

    /// Events disabled at instructions are reported again.
    pub fn restart(&self) {
        self.epoch.set(self.epoch.get() + 1);
        self.version.set(self.version.get() + 1);
    }
}

/// How far a frame has got, as far as events are concerned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// Nothing has been reported.
    Fresh,
    /// A generator is about to run its first instruction.
    Starting,
    /// A generator has been resumed.
    Resuming,
    Running,
}

/// What a code object keeps while and after it is monitored.
pub struct CodeMonitoring {
    version: Cell<u64>,
    epoch: Cell<u64>,
    instrumented: Cell<bool>,
    /// Local events of each tool, and the life of the tool that they were asked for in.
    local: [Cell<u32>; TOOLS],
    local_life: [Cell<u32>; TOOLS],
    /// Tools by event.
    active: [Cell<u8>; event::COUNT],
    /// Tools that have disabled an event at an instruction.
    disabled: RefCell<HashMap<(u32, u8), u8>>,
    /// Line of each instruction.
    lines: OnceCell<Box<[u32]>>,
    /// First instruction behind the prologue.
    pub start: usize,
    pub is_generator: bool,
}

impl CodeMonitoring {
    fn new(unit: &CodeUnit) -> CodeMonitoring {
        let prologue = |op| matches!(op, Op::MakeCell | Op::CopyFree | Op::MakeGenerator);
        let start = unit.insns.iter().position(|i| !prologue(i.op())).unwrap_or(0);
        CodeMonitoring {
            version: Cell::new(0),
            epoch: Cell::new(0),
            instrumented: Cell::new(false),
            local: Default::default(),
            local_life: Default::default(),
            active: Default::default(),
            disabled: RefCell::default(),
            lines: OnceCell::new(),
            start,
            is_generator: unit.insns[..start].iter().any(|i| i.op() == Op::MakeGenerator),
        }
    }

    /// Line of an instruction, 0 if it has none.
    pub fn line(&self, unit: &CodeUnit, index: usize) -> u32 {
        let lines = self.lines.get_or_init(|| unit.positions.iter().map(|p| p.line).collect());
        lines.get(index).copied().unwrap_or(0)
    }

    /// The tools that want `event` at an instruction.
    pub fn tools(&self, event: usize, index: usize) -> u8 {
        let tools = self.active[event].get();
        if tools == 0 || self.disabled.borrow().is_empty() {
            return tools;
        }
        let disabled = self.disabled.borrow().get(&(index as u32, event as u8)).copied();
        tools & !disabled.unwrap_or(0)
    }

    /// The local events of `tool`.
    pub fn local_events(&self, vm: &Vm, tool: usize) -> u32 {
        let same_life = self.local_life[tool].get() == vm.monitor.lives[tool].get();
        if same_life { self.local[tool].get() } else { 0 }
    }

    /// Sets the local events of `tool`; returns the old ones.
    pub fn set_local_events(&self, vm: &Vm, tool: usize, events: u32) -> u32 {
        let old = self.local_events(vm, tool);
        self.local_life[tool].set(vm.monitor.lives[tool].get());
        self.local[tool].set(events);
        old
    }

    pub fn disable(&self, event: usize, index: usize, tool: usize) {
        *self.disabled.borrow_mut().entry((index as u32, event as u8)).or_insert(0) |= 1 << tool;
    }

    /// Brings the opcode bytes in line with what is asked for.
    pub fn sync(&self, vm: &Vm, code: Gc<Code>) {
        let monitor = &vm.monitor;
        if self.version.get() == monitor.version.get() {
            return;
        }
        self.version.set(monitor.version.get());
        if self.epoch.replace(monitor.epoch.get()) != monitor.epoch.get() {
            self.disabled.borrow_mut().clear();
        }
        let unit = code.as_ref().unit();
        let silent = unit.flags.has(CodeFlags::NO_MONITORING_EVENTS);
        for event in 0..event::COUNT {
            let wants = |t: usize| ((monitor.events[t].get() | self.local_events(vm, t)) >> event & 1) as u8;
            let tools = (0..TOOLS).map(|t| wants(t) << t).fold(0, |a, b| a | b);
            self.active[event].set(if silent { 0 } else { tools });
        }
        let any = self.active.iter().any(|a| a.get() != 0);
        if !any && !self.instrumented.get() {
            return;
        }
        self.instrumented.set(any);
        use event::*;
        let wanted = |events: &[usize]| events.iter().any(|&e| self.active[e].get() != 0);
        let every = wanted(&EVERYWHERE);
        for (i, (live, insn)) in code.as_ref().insns().iter().zip(&unit.insns).enumerate() {
            let patch = any
                && (every
                    || i <= self.start
                    || unit.insns[i - 1].op() == Op::Yield
                    || match insn.op() {
                        Op::Return | Op::ReturnK => wanted(&[PY_RETURN]),
                        Op::Yield => wanted(&[PY_YIELD]),
                        Op::Call
                        | Op::CallMethod
                        | Op::CallKw
                        | Op::CallMethodKw
                        | Op::CallEx
                        | Op::LoadSuperAttr
                        | Op::LoadSuperMethod => wanted(&[CALL]),
                        _ => false,
                    });
            let byte = if patch { INSTRUMENTED } else { insn.op_byte() };
            live.set(live.get().with_op_byte(byte));
        }
    }
}

impl Code {
    /// What monitoring keeps for this code, made on first use.
    pub fn monitoring(&self) -> &CodeMonitoring {
        self.monitoring.get_or_init(|| Box::new(CodeMonitoring::new(self.unit())))
    }
}

impl Vm {
    /// Whether anything is monitored in the interpreter.
    #[inline(always)]
    pub fn monitored(&self) -> bool {
        self.monitor.active.get()
    }

    /// Something about tools, events or trace functions has changed. Every running frame starts to report, or stops, from here.
    ///
    /// Machine code has no events: a compiled tier must not be entered while [`Vm::monitored`] holds. Polls see
    /// [`breaker::TRACE`], [`Vm::monitor_entry`] resets the entry of every function that is called, and frames that wait for a call leave
    /// when it returns.
    pub fn monitoring_changed(&self) {
        let monitor = &self.monitor;
        monitor.version.set(monitor.version.get() + 1);
        let active = monitor.locals.get() > 0 || monitor.events.iter().any(|e| e.get() != 0);
        if !active {
            monitor.active.set(false);
            monitor.every.set(false);
            self.clear_breaker(breaker::TRACE);
            return;
        }
        let newly_active = !monitor.active.replace(true);
        let every = monitor.locals.get() > 0 || EVERYWHERE.iter().any(|&e| monitor.tools(e) != 0);
        let first = !monitor.every.replace(every) && every || newly_active;
        self.set_breaker(breaker::TRACE);
        self.heap.frame_writes.set(self.heap.frame_writes.get() + 1);
        self.for_each_thread(|thread| {
            for running in thread.frames() {
                let code = running.window.code();
                code.as_ref().monitoring().sync(self, code);
                if first {
                    thread.monitor_from_here(running);
                }
            }
        });
    }

    /// A frame that has been running already reports what comes after its present instruction.
    fn monitor_from_here(&self, running: RunningFrame) {
        let code = running.window.code();
        let index = code.as_ref().index_of(running.pc);
        let frame = self.frame_object(running);
        frame.progress.set(Progress::Running);
        frame.last_index.set(None);
        frame.last_line.set(code.as_ref().monitoring().line(code.as_ref().unit(), index));
        frame.last_offset.set(Code::offset(index));
    }

    /// A function is about to be entered: its code may have to be instrumented.
    #[cold]
    #[inline(never)]
    pub fn monitor_entry(&self, function: Gc<Function>) {
        if !self.monitored() {
            return;
        }
        let code = function.code.get();
        if code.as_ref().is_materialised() {
            code.as_ref().monitoring().sync(self, code);
            function.entry.set(code.as_ref().entry());
        }
    }

    /// A generator has been given its window and is about to go on.
    #[cold]
    #[inline(never)]
    pub fn monitor_resume(&self, generator: Gc<Generator>, running: RunningFrame, created: bool) {
        if !self.monitored() {
            return;
        }
        self.monitor_entry(generator.function);
        let frame = self.frame_object(running);
        frame.progress.set(if created { Progress::Starting } else { Progress::Resuming });
        frame.last_index.set(None);
        debug_assert!(generator.state.get() == GeneratorState::Running);
    }
}

impl Vm {
    /// An exception has been thrown into a generator, which is about to unwind.
    #[cold]
    #[inline(never)]
    pub fn report_throw(&self, running: RunningFrame) {
        let frame = self.frame_object(running);
        frame.progress.set(Progress::Running);
        let code = running.window.code();
        let index = code.as_ref().index_of(running.pc);
        frame.last_line.set(code.as_ref().monitoring().line(code.as_ref().unit(), index));
        frame.last_offset.set(Code::offset(index));
        self.pc.set(running.pc);
        self.fire_exception(fire::Event { kind: event::PY_THROW, code, index, frame });
    }
}

/// The frame object's part of what is remembered between two instructions.
pub fn reset_frame(frame: &Frame, line: u32) {
    frame.last_index.set(None);
    frame.last_line.set(line);
}
