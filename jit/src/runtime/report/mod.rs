//! `-X jit-report=FILE`: a page that shows the program's source with what the tier made of each line, for people who want to make a
//! program faster.
//!
//! [`Report`] takes notes while the program runs: what became of each unit, with the optimised HIR, and samples ([`sampler`]). What
//! the counters of `-X jit-stats` know (exits, calls of the runtime) joins them when the interpreter ends ([`summary`]). The page is one
//! file without references to others: `page.html` with the notes as [`json`] in it.

mod json;
mod sampler;
mod summary;

use crate::build::{Bailout, Built, Refusal};
use crate::hir::{Entry, Unit, ValueId};
use crate::lower::Machine;
use adder_bytecode::Insn;
use adder_interp::object::code::Code;
use adder_interp::object::header::Gc;
use adder_interp::vm::Vm;
use adder_interp::vm::tier_up::Exit;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::time::{Duration, Instant};

/// Deepest stack that the flame graph shows; the innermost frames of deeper ones are left out.
const MAX_DEPTH: usize = 100;

/// Where a sample was taken.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Kind {
    /// In machine code.
    Machine,
    /// In the runtime, called by machine code.
    Runtime,
    /// In the interpreter or in what it called.
    Interpreter,
}

/// What has become of a unit.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Status {
    Compiling,
    Installed,
    /// What it relied on had changed when it was compiled.
    Stale,
    Failed(String),
    /// Installed, and taken back for this reason.
    Withdrawn(&'static str),
}

/// What is known about a unit.
struct UnitNote {
    name: String,
    entry: Entry,
    codes: Vec<Gc<Code>>,
    refusals: Vec<(usize, Refusal)>,
    version: u32,
    status: Status,
    build: Duration,
    compile: Duration,
    /// Instructions of HIR when it was built.
    built: usize,
    bytes: usize,
    /// The optimised unit, and which of its instructions the machine code belongs to.
    unit: Option<Unit>,
    positions: Vec<(u32, Option<ValueId>)>,
}

/// A function as samples name it: file, qualified name, first line.
type FunctionName = (String, String, u32);

/// A frame of the flame graph.
#[derive(Default)]
struct Node {
    function: usize,
    children: BTreeMap<usize, usize>,
    /// Samples in the frame itself, by [`Kind`].
    own: [u64; 3],
}

#[derive(Default)]
struct Samples {
    functions: Vec<FunctionName>,
    index: HashMap<FunctionName, usize>,
    /// The first is the root.
    nodes: Vec<Node>,
    /// By function and line.
    lines: HashMap<(usize, u32), [u64; 3]>,
}

/// Notes about the running program.
pub struct Report {
    path: String,
    process: u32,
    started: Instant,
    /// By the unit's number.
    units: RefCell<Vec<UnitNote>>,
    not_built: RefCell<Vec<(Gc<Code>, Entry, Bailout)>>,
    /// Where machine code lies: start, end, unit.
    placed: RefCell<BTreeMap<usize, (usize, usize)>>,
    /// The instruction at which a poll has left machine code.
    left_at: Cell<*const Insn>,
    samples: RefCell<Samples>,
}

impl Report {
    /// Begins to take notes; `%p` in the path is the number of the process.
    pub fn new(path: &str, breaker: usize, stack: Range<usize>) -> Report {
        sampler::start(breaker, stack);
        let process = std::process::id();
        let samples = Samples { nodes: vec![Node::default()], ..Samples::default() };
        Report {
            path: path.replace("%p", &process.to_string()),
            process,
            started: Instant::now(),
            units: RefCell::default(),
            not_built: RefCell::default(),
            placed: RefCell::default(),
            left_at: Cell::new(std::ptr::null()),
            samples: RefCell::new(samples),
        }
    }

    /// A unit is handed to the compiler.
    pub fn built(&self, built: &Built, version: u32, build: Duration) {
        self.units.borrow_mut().push(UnitNote {
            name: built.unit.name.clone(),
            entry: built.unit.entry,
            codes: built.codes.clone(),
            refusals: built.refusals.clone(),
            version,
            status: Status::Compiling,
            build,
            compile: Duration::ZERO,
            built: count(&built.unit),
            bytes: 0,
            unit: None,
            positions: Vec::new(),
        });
    }

    /// A unit could not be built.
    pub fn not_built(&self, code: Gc<Code>, entry: Entry, why: Bailout) {
        self.not_built.borrow_mut().push((code, entry, why));
    }

    /// A unit comes back from the compiler.
    pub fn compiled(&self, id: u32, time: Duration, unit: Option<Unit>, result: &Result<Machine, String>) {
        let note = &mut self.units.borrow_mut()[id as usize];
        note.compile = time;
        note.unit = unit;
        match result {
            Ok(machine) => {
                note.bytes = machine.code.len();
                note.positions.clone_from(&machine.positions);
                note.status = Status::Stale;
            }
            Err(e) => note.status = Status::Failed(e.clone()),
        }
    }

    /// A unit's code can be reached.
    pub fn installed(&self, id: u32, address: usize) {
        let note = &mut self.units.borrow_mut()[id as usize];
        note.status = Status::Installed;
        sampler::placed(address, address + note.bytes);
        self.placed.borrow_mut().insert(address, (address + note.bytes, id as usize));
    }

    /// A unit's code was taken out of use.
    pub fn withdrawn(&self, id: u32, why: &'static str) {
        self.units.borrow_mut()[id as usize].status = Status::Withdrawn(why);
    }

    /// Machine code was left by a poll.
    pub fn polled(&self, exit: &Exit) {
        self.left_at.set(exit.pc.get());
    }

    /// Whether this process is the one that the report is about, not a child of it.
    fn is_ours(&self) -> bool {
        std::process::id() == self.process
    }

    // ---- samples

    /// The tier has its turn: what the sampler has noted is counted.
    pub fn sample(&self, vm: &Vm) {
        let counters = sampler::take();
        let left_at = self.left_at.replace(std::ptr::null());
        if counters.is_empty() || !self.is_ours() {
            return;
        }
        let mut stack: Vec<(Gc<Code>, u32)> = vm.frames().map(|f| (f.window.code(), f.line())).collect();
        stack.reverse();
        let in_code = vm.current_frame().is_some_and(|f| f.pc == left_at);
        for (counter, caller) in counters {
            if let Some(frames) = self.frames_of(counter) {
                self.count(&joined(&stack, &frames), Kind::Machine);
            } else if in_code {
                // A return address is behind the call.
                let frames = self.frames_of(caller.wrapping_sub(1));
                let stack = frames.map_or(stack.clone(), |f| joined(&stack, &f));
                self.count(&stack, Kind::Runtime);
            } else {
                self.count(&stack, Kind::Interpreter);
            }
        }
    }

    /// The frames that machine code at an address runs, outermost first: that of the unit, and inlined ones.
    fn frames_of(&self, counter: usize) -> Option<Vec<(Gc<Code>, u32)>> {
        let placed = self.placed.borrow();
        let (&start, &(end, id)) = placed.range(..=counter).next_back()?;
        if counter >= end {
            return None;
        }
        let units = self.units.borrow();
        let (note, unit) = (&units[id], units[id].unit.as_ref()?);
        let after = note.positions.partition_point(|p| p.0 as usize <= counter - start);
        let marked = note.positions[..after].last().and_then(|p| p.1);
        let place = marked.and_then(|v| unit.places.get(v.0 as usize).copied());
        let (mut frame, mut at) = match place {
            Some(place) => {
                let frame = place.frame as usize;
                (frame, unit.frames[frame].code_entry + 8 * place.pc as usize)
            }
            None => (0, first_instruction(unit)),
        };
        let mut frames = Vec::new();
        loop {
            frames.extend(position(&note.codes, at));
            if frame == 0 {
                break;
            }
            at = unit.frames[frame].return_pc - 8;
            frame = unit.frames[frame].parent;
        }
        frames.reverse();
        Some(frames).filter(|f| !f.is_empty())
    }

    fn count(&self, stack: &[(Gc<Code>, u32)], kind: Kind) {
        let mut samples = self.samples.borrow_mut();
        let mut at = 0;
        for (i, &(code, line)) in stack.iter().enumerate() {
            let function = samples.function(code);
            if i + 1 == stack.len() {
                samples.lines.entry((function, line)).or_default()[kind as usize] += 1;
            }
            if i < MAX_DEPTH {
                at = samples.child(at, function);
            }
        }
        samples.nodes[at].own[kind as usize] += 1;
    }
}

impl Samples {
    fn function(&mut self, code: Gc<Code>) -> usize {
        let cu = code.as_ref().unit();
        let name = (
            code.as_ref().filename.get().to_string_lossy().into_owned(),
            cu.qualname.to_string(),
            cu.firstlineno,
        );
        if let Some(&known) = self.index.get(&name) {
            return known;
        }
        self.functions.push(name.clone());
        self.index.insert(name, self.functions.len() - 1);
        self.functions.len() - 1
    }

    fn child(&mut self, node: usize, function: usize) -> usize {
        let next = self.nodes.len();
        let child = *self.nodes[node].children.entry(function).or_insert(next);
        if child == next {
            self.nodes.push(Node { function, ..Node::default() });
        }
        child
    }
}

/// The stack with the frames that machine code runs in place of its innermost ones.
fn joined(stack: &[(Gc<Code>, u32)], frames: &[(Gc<Code>, u32)]) -> Vec<(Gc<Code>, u32)> {
    let outer = stack.iter().rposition(|f| f.0 == frames[0].0).unwrap_or(stack.len());
    stack[..outer].iter().chain(frames).copied().collect()
}

/// Reachable instructions of a unit.
fn count(unit: &Unit) -> usize {
    unit.order().into_iter().map(|b| unit.block(b).insts.len()).sum()
}

/// Address of the instruction at which a unit begins.
fn first_instruction(unit: &Unit) -> usize {
    let start = match unit.entry {
        Entry::Function(_) => 0,
        Entry::Loop(start, _) | Entry::Resume(start) => start,
    };
    unit.frames[0].code_entry + 8 * start as usize
}

/// The code that an instruction's address belongs to, and its line.
fn position(codes: &[Gc<Code>], address: usize) -> Option<(Gc<Code>, u32)> {
    let code = codes.iter().find(|c| {
        let size = 8 * c.as_ref().unit().insns.len();
        (0..size).contains(&address.wrapping_sub(c.as_ref().entry() as usize))
    })?;
    let index = (address - code.as_ref().entry() as usize) / 8;
    Some((*code, code.as_ref().unit().positions.line(index).unwrap_or(0)))
}
