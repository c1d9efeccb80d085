//! The tier at run time: what is compiled when, where the code lies, and how it is taken back.
//!
//! Everything here belongs to the thread that holds the GIL, except [`worker`]. A code object that has been found hot gets a
//! [`CodeState`] that lives as long as the process; its address is in the code's words. Installed code is never freed while the
//! process runs: a taken-back unit may still be on a stack, and there are few of them.

pub mod gdb;
pub mod iterators;
pub mod landing;
pub mod memory;
pub mod perf;
pub mod report;
pub mod stats;
pub mod worker;

use crate::hir::{Entry, Reason, Unit};
use crate::lower::{Environment, Machine};
use crate::options::{Mode, Options};
use crate::{build, hir};
use adder_bytecode::{Insn, Op};
use adder_interp::object::code::Code;
use adder_interp::object::dict::Dict;
use adder_interp::object::function::Function;
use adder_interp::object::header::{Gc, Header, Kind, flag};
use adder_interp::object::list::List;
use adder_interp::object::shape::{Shape, ShapeId};
use adder_interp::object::typeobj::Type;
use adder_interp::value::Value;
use adder_interp::vm::Vm;
use adder_interp::vm::breaker;
use adder_interp::vm::dispatch::access::{CachedAccess, SiteCache, site_caches};
use adder_interp::vm::dispatch::tier;
use adder_interp::vm::frame::Window;
use adder_interp::vm::planted::{Bug, planted};
use adder_interp::vm::tier_up::{self, Enter, EntryStub, Exit, Hot, PlaceEntry, Tier, word};
use adder_interp::vm::tracing::INSTRUMENTED;
use memory::Arena;
use perf::PerfMap;
use report::Report;
use stats::Stats;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use worker::{Done, Job, Worker};

/// Exits that a unit may take at one place before it is built again.
const EXIT_LIMIT: u32 = 100;
/// The same for loops entered with other types: the first round of a loop often is.
const ENTRY_LIMIT: u32 = 2000;
/// Exceptions that leave at one place before the unit is built again with its handlers.
const RAISE_LIMIT: u32 = 30;
/// The same for code that had not run before.
const UNREACHED_LIMIT: u32 = 20;
/// A loop that has been compiled by itself has ended so often that the function around it is worth a unit of its own.
const DONE_LIMIT: u32 = 24;
/// Functions with fewer arguments have a way into the interpreter for compiled callers.
const MAX_TRAMPOLINE: usize = 9;
/// Changes of a class after which no unit relies on it any more.
const MAX_CHANGES: u32 = 3;
/// Shapes that one attribute access is specialised for.
pub(crate) const MAX_SHAPES: usize = 6;
/// Places that `jit-stats` lists.
const MOST_PLACES: usize = 40;
/// Versions of a unit before it is left to the interpreter.
const MAX_VERSIONS: u32 = 5;

/// How far a function or loop has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    Cold,
    Compiling,
    Installed,
    /// Left to the interpreter for good.
    Given,
}

#[derive(Clone, Copy, Debug)]
struct Progress {
    stage: Stage,
    versions: u32,
    /// How many of those were taken back because a guess was wrong.
    misses: u32,
}

/// What the tier knows about a code object.
pub struct CodeState {
    code: Gc<Code>,
    /// Machine code that compiled callers jump to; read by machine code.
    cell: Box<Cell<usize>>,
    nargs: usize,
    stub: Cell<Option<&'static EntryStub>>,
    function: Cell<Progress>,
    /// Of loops and of positions where it is resumed.
    places: RefCell<HashMap<Entry, Progress>>,
}

/// A unit that was handed to the compiler.
struct UnitRecord {
    state: &'static CodeState,
    /// The function that was hot, until the unit comes back; see [`IN_WORKS`].
    function: Cell<Option<Gc<Function>>>,
    entry: Entry,
    /// A loop over a generator.
    over_generator: bool,
    name: String,
    classes: Vec<(usize, u64)>,
    functions: Vec<(usize, usize)>,
    shapes: Vec<(ShapeId, usize)>,
    namespaces: [hir::Namespace; 2],
    /// Code objects of its frames.
    codes: Vec<Gc<Code>>,
    /// Where its code lies.
    placed: Cell<[usize; 2]>,
}

impl UnitRecord {
    /// Addresses of what the unit relies on.
    fn watched(&self) -> impl Iterator<Item = usize> + '_ {
        let classes = self.classes.iter().map(|c| c.0);
        classes.chain(self.functions.iter().map(|f| f.0)).chain(self.shapes.iter().map(|s| s.1))
    }
}

/// The compiled tier of one interpreter.
pub struct Jit {
    options: Options,
    env: Environment,
    units: RefCell<Vec<UnitRecord>>,
    arena: RefCell<Arena>,
    worker: Worker,
    /// What attribute sites have met, by the address of their words.
    sites: RefCell<HashMap<usize, Vec<SiteCache>>>,
    /// Addresses of code whose exceptions are caught in machine code: some have been seen.
    catching: RefCell<HashSet<usize>>,
    /// Addresses of instructions whose questions were declined too often: they call the runtime in later versions.
    declined: RefCell<HashSet<usize>>,
    /// Addresses of code that units left because it had not run: it has since.
    reached: RefCell<HashSet<usize>>,
    /// How often classes, functions and shapes changed that units relied on, by address.
    changes: RefCell<HashMap<usize, u32>>,
    /// Ints that units took for constants, by dict and entry; empty when they changed.
    constants: RefCell<HashMap<(usize, usize), Option<u64>>>,
    pub stats: Stats,
    report: Option<Report>,
    perf: PerfMap,
}

// SAFETY: everything but the worker is used by the thread that holds the GIL only.
unsafe impl Sync for Jit {}
// SAFETY: as above.
unsafe impl Send for Jit {}

/// Bytes of code out of use for which it is worth while to look at the stacks.
const WORTH_FREEING: usize = 1 << 16;

/// The list of what machine code mentions.
const ROOTS: &str = "jit.roots";
/// The list of the functions of units that are in the works.
const IN_WORKS: &str = "jit.functions";

/// One of these lists.
fn kept(vm: &Vm, list: &'static str) -> Option<Gc<List>> {
    vm.registered(list, |vm| Ok(List::new(&vm.heap).value())).ok()?.downcast::<List>()
}

impl Jit {
    /// A tier for `vm`'s interpreter.
    pub fn new(vm: &Vm, options: Options, give_back: worker::GiveBack) -> Jit {
        let fuel: &'static Cell<u64> = Box::leak(Box::new(Cell::new(options.fail_guards.saturating_sub(1))));
        let env = Environment {
            breaker: vm.breaker_address(),
            frame_writes: vm.heap.frame_writes.as_ptr() as usize,
            heap: &raw const vm.heap as usize,
            latin1: vm.latin1_table(),
            fail_guards: options.fail_guards,
            fuel: fuel.as_ptr() as usize,
            count_calls: options.stats || options.report.is_some(),
            dump_clif: options.dump("clif"),
            dump_asm: options.dump("asm"),
            positions: options.report.is_some(),
        };
        let worker = Worker::new(env.clone(), options.verify, give_back);
        let (units, arena) = Default::default();
        let (sites, changes, constants, declined, catching) = Default::default();
        let reached = Default::default();
        let report = options.report.as_ref().map(|path| Report::new(path, env.breaker, vm.native_stack()));
        let (stats, perf) = Default::default();
        Jit {
            options,
            env,
            units,
            arena,
            worker,
            sites,
            changes,
            constants,
            declined,
            reached,
            catching,
            stats,
            report,
            perf,
        }
    }

    fn threshold(&self) -> i64 {
        if self.options.mode == Mode::Eager { 2 } else { self.options.threshold }
    }

    fn set_counter(&self, words: *mut u64, value: i64) {
        // SAFETY: the reserved words exist.
        unsafe { *words.add(word::COUNTER) = value as u64 };
    }

    /// The state of a code object, made when it is asked for first.
    fn state_of(&self, vm: &Vm, code: Gc<Code>) -> &'static CodeState {
        let words = code.as_ref().words();
        // SAFETY: the reserved words exist; this one is 0, 1 or the address of a leaked state.
        let at = unsafe { *words.add(word::STATE) };
        if at > 1 {
            // SAFETY: as above.
            return unsafe { &*(at as *const CodeState) };
        }
        let nargs = code.as_ref().unit().argcount as usize;
        let state = Box::leak(Box::new(CodeState {
            code,
            cell: Box::new(Cell::new(trampoline(nargs))),
            nargs,
            stub: Cell::new(None),
            function: Cell::new(Progress { stage: Stage::Cold, versions: 0, misses: 0 }),
            places: RefCell::default(),
        }));
        // SAFETY: as above.
        unsafe {
            *words.add(word::STATE) = state as *const CodeState as u64;
            if nargs < MAX_TRAMPOLINE && is_optimized(code) {
                *words.add(word::CELL) = state.cell.as_ptr() as u64;
            }
        }
        self.keep(vm, ROOTS, &[code.value()]);
        state
    }

    /// Keeps values alive that machine code mentions.
    fn keep(&self, vm: &Vm, list: &'static str, values: &[Value]) {
        if let Some(list) = kept(vm, list) {
            values.iter().for_each(|&v| list.push(&vm.heap, v));
        }
    }

    /// The function of a unit that comes back. From now on the unit keeps no function alive: a closure would keep what it has
    /// closed over.
    fn function_of(&self, vm: &Vm, record: &UnitRecord) -> Option<Gc<Function>> {
        let function = record.function.take()?;
        if let Some(list) = kept(vm, IN_WORKS)
            && let Some(at) = list.values().iter().position(|&v| v == function.value())
        {
            list.pop_at(&vm.heap, at as i64);
        }
        Some(function)
    }

    // ---- compiling

    /// What the attribute site at these words has met, with what it remembers now; nothing when that is too much.
    fn sites_at(&self, vm: &Vm, words: *const u64, store: bool) -> Vec<SiteCache> {
        let mut sites = self.sites.borrow_mut();
        let met = sites.entry(words as usize).or_default();
        if met.len() > MAX_SHAPES {
            return Vec::new();
        }
        met.retain(|s| s.class.version.get() == s.version);
        // SAFETY: the four words of an attribute site.
        for cache in unsafe { site_caches(vm, words, store) } {
            if met.iter().all(|s| s.shape != cache.shape) {
                let value = match cache.what {
                    CachedAccess::Method(v) | CachedAccess::Plain(v) => v,
                    _ => cache.class.value(),
                };
                self.keep(vm, ROOTS, &[cache.class.value(), value]);
                met.push(cache);
            }
        }
        let stable = met.iter().all(|s| self.is_stable(s.class.as_ptr() as usize));
        if met.len() > MAX_SHAPES || !stable { Vec::new() } else { met.clone() }
    }

    /// Whether a class has not changed too often under units that relied on it.
    fn is_stable(&self, class: usize) -> bool {
        self.changes.borrow().get(&class).is_none_or(|&n| n < MAX_CHANGES)
    }

    /// Whether an entry of a dict has the value it had when a unit first took it for a constant.
    fn is_steady(&self, dict: usize, at: usize, bits: u64) -> bool {
        let mut constants = self.constants.borrow_mut();
        let known = constants.entry((dict, at)).or_insert(Some(bits));
        if *known != Some(bits) {
            *known = None;
        }
        known.is_some()
    }

    /// Whether exceptions of this code are caught in machine code.
    fn catches(&self, code: Gc<Code>) -> bool {
        self.options.mode == Mode::Eager || self.catching.borrow().contains(&(code.as_ptr() as usize))
    }

    /// From now on the code of a unit catches its exceptions in machine code, if there have been enough of them and it did not yet.
    fn starts_catching(&self, exit: &Exit) -> bool {
        if exit.count.get() < RAISE_LIMIT || self.env.fail_guards != 0 {
            return false;
        }
        let units = self.units.borrow();
        let handles = |code: &&Gc<Code>| !code.as_ref().unit().handlers.is_empty() && !self.catches(**code);
        let fresh: Vec<usize> =
            units[exit.unit as usize].codes.iter().filter(handles).map(|c| c.as_ptr() as usize).collect();
        let some = !fresh.is_empty();
        self.catching.borrow_mut().extend(fresh);
        some
    }

    fn progress(state: &CodeState, entry: Entry) -> Progress {
        match entry {
            Entry::Function(_) => state.function.get(),
            Entry::Loop(..) | Entry::Resume(_) => {
                let cold = Progress { stage: Stage::Cold, versions: 0, misses: 0 };
                state.places.borrow().get(&entry).copied().unwrap_or(cold)
            }
        }
    }
    fn set_progress(state: &CodeState, entry: Entry, progress: Progress) {
        match entry {
            Entry::Function(_) => state.function.set(progress),
            Entry::Loop(..) | Entry::Resume(_) => {
                state.places.borrow_mut().insert(entry, progress);
            }
        }
    }
    fn set_stage(state: &CodeState, entry: Entry, stage: Stage) {
        Jit::set_progress(state, entry, Progress { stage, ..Jit::progress(state, entry) });
    }

    fn compile(&self, vm: &Vm, window: Window, function: Gc<Function>, entry: Entry) {
        let state = self.state_of(vm, function.code.get());
        let progress = Jit::progress(state, entry);
        let sites = |words: *const u64, store: bool| self.sites_at(vm, words, store);
        let stable = |class: usize| self.is_stable(class);
        let catches = |code: Gc<Code>| self.catches(code);
        let declined = |pc: usize| self.declined.borrow().contains(&pc);
        let reached = |pc: usize| self.reached.borrow().contains(&pc);
        let speculate = progress.misses < 2;
        let steady = |dict: usize, at: usize, bits: u64| self.is_steady(dict, at, bits);
        let (sites, catches, declined, stable, steady) = (&sites, &catches, &declined, &stable, &steady);
        let source = build::Source {
            vm,
            function,
            window,
            entry,
            speculate,
            sites,
            catches,
            declined,
            reached: &reached,
            stable,
            steady,
        };
        let cell_of = |code: Gc<Code>| self.state_of(vm, code).cell.as_ptr() as usize;
        let start = worker::thread_cpu_time();
        let built = build::build(&source, &cell_of);
        let build_time = worker::thread_cpu_time().saturating_sub(start);
        self.stats.build_time.set(self.stats.build_time.get() + build_time);
        let built = match built {
            Ok(built) => built,
            Err(reason) => {
                self.stats.bail(reason);
                if let Some(report) = &self.report {
                    report.not_built(state.code, entry, reason);
                }
                return Jit::set_stage(state, entry, Stage::Given);
            }
        };
        if self.wants_dump(&built.unit) && self.options.dump("hir") {
            eprintln!("; built\n{}", built.unit);
        }
        if self.options.verify
            && let Err(e) = hir::verify::verify(&built.unit)
        {
            eprintln!("adder: HIR of {} is broken after building: {e}\n{}", built.unit.name, built.unit);
            self.stats.bail(build::Bailout::Invalid);
            return Jit::set_stage(state, entry, Stage::Given);
        }
        self.keep(vm, ROOTS, &built.roots);
        self.keep(vm, IN_WORKS, &[function.value()]);
        if let Some(report) = &self.report {
            report.built(&built, progress.versions, build_time);
        }
        let id = self.units.borrow().len() as u32;
        self.units.borrow_mut().push(UnitRecord {
            state,
            function: Cell::new(Some(function)),
            entry,
            over_generator: is_over_generator(window, function, entry),
            name: built.unit.name.clone(),
            classes: built.unit.classes.clone(),
            functions: built.unit.functions.clone(),
            shapes: built.unit.shapes.clone(),
            namespaces: built.unit.namespaces,
            codes: built.codes,
            placed: Cell::new([0; 2]),
        });
        Jit::set_stage(state, entry, Stage::Compiling);
        let dump_hir = self.wants_dump(&built.unit) && self.options.dump("hir");
        let job = Job {
            unit: built.unit,
            id,
            cell: state.cell.as_ptr() as usize,
            dump_hir,
            keep: self.report.is_some(),
        };
        if self.options.mode == Mode::Eager || self.options.sync {
            let done = self.worker.compile_now(job);
            self.finish_job(vm, done);
        } else {
            self.worker.submit(job);
        }
    }

    fn wants_dump(&self, unit: &Unit) -> bool {
        self.options.filter.as_ref().is_none_or(|f| *f == unit.name)
    }

    fn finish_job(&self, vm: &Vm, done: Done) {
        self.stats.compile_time.set(self.stats.compile_time.get() + done.time);
        let units = self.units.borrow();
        let record = &units[done.id as usize];
        let function = self.function_of(vm, record);
        if let Some(report) = &self.report {
            report.compiled(done.id, done.time, done.unit, &done.result);
        }
        let machine = match done.result {
            Ok(machine) => machine,
            Err(e) => {
                // The interpreter goes on; who looks for it learns why.
                if self.options.stats || self.options.verify {
                    eprintln!("adder: cannot compile {}: {e}", record.name);
                }
                if self.options.verify {
                    // A test that runs on would not fail.
                    std::process::abort();
                }
                return Jit::set_stage(record.state, record.entry, Stage::Given);
            }
        };
        if self.options.filter.as_ref().is_none_or(|f| *f == record.name) {
            eprint!("{}{}{}", done.hir, machine.clif, machine.asm);
        }
        if !is_current(record) || is_monitored(vm) {
            self.stats.stale.set(self.stats.stale.get() + 1);
            return self.try_again(record);
        }
        self.stats.runtime_calls.borrow_mut().extend(machine.runtime_calls.iter().map(|c| (done.id, *c)));
        self.place(vm, done.id, record, function, &machine);
    }

    /// Makes code reachable.
    fn place(
        &self,
        vm: &Vm,
        id: u32,
        record: &UnitRecord,
        function: Option<Gc<Function>>,
        machine: &Machine,
    ) {
        self.give_back_code(vm);
        let placed = {
            let mut arena = self.arena.borrow_mut();
            let body = arena.place(&machine.code);
            let wrapper = machine.wrapper.as_ref().map(|w| arena.place(w));
            body.and_then(|b| wrapper.unwrap_or(Ok(b)).map(|w| (b, w)))
        };
        let Ok((body, enter)) = placed else {
            return Jit::set_stage(record.state, record.entry, Stage::Given);
        };
        record.placed.set([body, enter]);
        if let Some(report) = &self.report {
            report.installed(id, body);
        }
        self.name_code(record, body, machine.code.len());
        if let Some(wrapper) = &machine.wrapper {
            self.name_code(record, enter, wrapper.len());
        }
        for address in record.watched().filter(|_| !planted(Bug::StaleWatchpoint)) {
            // SAFETY: rooted when the unit was built.
            unsafe { (*(address as *const Header)).set(flag::WATCHED) };
        }
        // SAFETY: the code was made with this signature.
        let enter: Enter = unsafe { std::mem::transmute::<usize, Enter>(enter) };
        let code = record.state.code;
        match record.entry {
            Entry::Function(_) => {
                let stub: &'static EntryStub = Box::leak(Box::new(EntryStub {
                    insn: Insn::abc(Op::EnterJit, 0, 0, 0),
                    enter: Cell::new(Some(enter)),
                    first: code.as_ref().entry(),
                }));
                record.state.cell.set(body);
                record.state.stub.set(Some(stub));
                code.as_ref().call_entry.set(&raw const stub.insn);
                if let Some(function) = function {
                    function.entry.set(&raw const stub.insn);
                }
            }
            Entry::Loop(_, end) => {
                set_place(code, word::LOOPS, instruction(code, end), Some(enter));
                let insn = &code.as_ref().insns()[end as usize];
                let original = code.as_ref().unit().insns[end as usize].op();
                let twin = if original == Op::ForIter { Op::ForIterJit } else { Op::JumpBackJit };
                insn.set(insn.get().with_op(twin));
            }
            Entry::Resume(at) => set_place(code, word::RESUMES, instruction(code, at), Some(enter)),
        }
        Jit::set_stage(record.state, record.entry, Stage::Installed);
        if record.over_generator && record.state.function.get().stage == Stage::Cold && is_optimized(code) {
            // The interpreter resumes generators itself, so this code is hardly entered, and does not end often. A unit of the function
            // around the loop has the generator inlined.
            self.set_counter(code.as_ref().words(), 1);
        }
        self.stats.installed.set(self.stats.installed.get() + 1);
        self.stats.bytes.set(self.stats.bytes.get() + machine.code.len());
    }

    /// Tells profilers and debuggers the name of code.
    fn name_code(&self, record: &UnitRecord, address: usize, size: usize) {
        if !self.options.perf && !self.options.gdb {
            return;
        }
        let code = record.state.code.as_ref();
        let part = match record.entry {
            Entry::Function(_) => String::new(),
            Entry::Loop(start, _) => {
                format!(" loop at line {}", code.unit().positions.line(start as usize).unwrap_or(0))
            }
            Entry::Resume(at) => {
                format!(" resumed at line {}", code.unit().positions.line(at as usize).unwrap_or(0))
            }
        };
        let name = format!("py::{}{part}:{}", record.name, code.filename.get().to_string_lossy());
        if self.options.perf {
            self.perf.add(address, size, &name);
        }
        if self.options.gdb {
            gdb::register(address, size, &name);
        }
    }

    /// Takes a unit's code out of use; it may still be on stacks.
    fn take_back(&self, id: u32, why: &'static str) {
        let units = self.units.borrow();
        let record = &units[id as usize];
        let progress = Jit::progress(record.state, record.entry);
        if progress.stage != Stage::Installed {
            return;
        }
        if let Some(report) = &self.report {
            report.withdrawn(id, why);
        }
        let code = record.state.code;
        match record.entry {
            Entry::Function(_) => {
                record.state.cell.set(trampoline(record.state.nargs));
                if let Some(stub) = record.state.stub.take() {
                    stub.enter.set(None);
                }
                // Functions that have the stub for their entry go on behind it.
                code.as_ref().call_entry.set(std::ptr::null());
            }
            Entry::Loop(_, end) => {
                let insn = &code.as_ref().insns()[end as usize];
                // Instrumented code has lost the twin already.
                if insn.get().op_byte() != INSTRUMENTED {
                    insn.set(insn.get().with_op(code.as_ref().unit().insns[end as usize].op()));
                }
                set_place(code, word::LOOPS, instruction(code, end), None);
            }
            Entry::Resume(at) => set_place(code, word::RESUMES, instruction(code, at), None),
        }
        // Reports and debuggers find code by its address.
        if self.report.is_none() && !self.options.gdb {
            let mut arena = self.arena.borrow_mut();
            record.placed.replace([0; 2]).into_iter().for_each(|address| arena.withdraw(address));
        }
        self.stats.taken_back.set(self.stats.taken_back.get() + 1);
        self.try_again(record);
    }

    /// Frees code that was taken out of use and is on no stack. All threads but this one wait for the GIL, in code that is not
    /// the tier's.
    fn give_back_code(&self, vm: &Vm) {
        // Not for a few pages, but under stress for any.
        let worth = if self.options.fail_guards > 0 { 1 } else { WORTH_FREEING };
        let mut arena = self.arena.borrow_mut();
        if arena.withdrawn_bytes() >= worth {
            let before = arena.withdrawn_bytes();
            arena.remove_unless(|see| vm.for_each_stack_word(see));
            self.stats.freed.set(self.stats.freed.get() + before - arena.withdrawn_bytes());
        }
    }

    /// A unit has guessed wrong too often. Code that had not run and questions that were declined say nothing about its guesses.
    fn note_miss(&self, id: u32) {
        let record = &self.units.borrow()[id as usize];
        let progress = Jit::progress(record.state, record.entry);
        if progress.stage == Stage::Installed {
            let misses = progress.misses + 1;
            Jit::set_progress(record.state, record.entry, Progress { misses, ..progress });
        }
    }

    /// Another version of a unit may be built, after more calls each time.
    fn try_again(&self, record: &UnitRecord) {
        let Progress { versions, misses, .. } = Jit::progress(record.state, record.entry);
        let versions = versions + 1;
        let stage = if versions >= MAX_VERSIONS { Stage::Given } else { Stage::Cold };
        Jit::set_progress(record.state, record.entry, Progress { stage, versions, misses });
        self.set_counter(record.state.code.as_ref().words(), self.threshold() << (2 * versions).min(10));
    }
}

/// Whether what the unit assumed still holds.
fn is_current(record: &UnitRecord) -> bool {
    // SAFETY: the classes, shapes and dicts were rooted when the unit was built.
    unsafe {
        record.classes.iter().all(|&(c, v)| (*(c as *const Type)).version.get() == v)
            && record
                .functions
                .iter()
                .all(|&(f, c)| (*(f as *const Function)).code.get().as_ptr() as usize == c)
            && record.shapes.iter().all(|&(_, s)| (*(s as *const Shape)).is_kept())
            && record.namespaces.iter().all(|n| (*(n.dict as *const Dict)).version() == n.version)
    }
}

/// Address of an instruction.
fn instruction(code: Gc<Code>, at: u32) -> *const Insn {
    code.as_ref().insns()[at as usize].as_ptr()
}

/// Puts machine code into a code object's table for a place, or takes it out.
fn set_place(code: Gc<Code>, table: usize, pc: *const Insn, enter: Option<Enter>) {
    let entry = PlaceEntry { pc, enter: Cell::new(enter) };
    match tier_up::places(code, table) {
        Some(places) => match places.iter().find(|l| l.pc == pc) {
            Some(l) => l.enter.set(enter),
            None => places.push(entry),
        },
        None => {
            let places = Box::leak(Box::new(vec![entry]));
            // SAFETY: the reserved words exist.
            unsafe { *code.as_ref().words().add(table) = places as *mut Vec<PlaceEntry> as u64 };
        }
    }
}

macro_rules! trampolines {
    ($($n:literal $name:ident($($a:ident),*);)*) => {
        $(
            /// Runs a callee in the interpreter: puts the arguments where it expects them.
            unsafe extern "C" fn $name(base: *mut Option<Value>, vm: &Vm $(, $a: u64)*) -> u64 {
                let _args: [u64; $n] = [$($a),*];
                // SAFETY: machine code has checked that the window has room, and prepared its header.
                unsafe {
                    _args.iter().enumerate().for_each(|(i, &a)| *base.add(i) = Value::from_bits(a));
                    tier::run_callee(base, vm)
                }
            }
        )*
        /// What the cell of a function without machine code contains.
        fn trampoline(nargs: usize) -> usize {
            match nargs {
                $($n => $name as *const () as usize,)*
                // Never called: such functions are not called directly.
                _ => 0,
            }
        }
    };
}
trampolines! {
    0 run0();
    1 run1(a);
    2 run2(a, b);
    3 run3(a, b, c);
    4 run4(a, b, c, d);
    5 run5(a, b, c, d, e);
    6 run6(a, b, c, d, e, f);
    7 run7(a, b, c, d, e, f, g);
    8 run8(a, b, c, d, e, f, g, h);
}

impl Tier for Jit {
    fn hot(&self, vm: &Vm, window: Window, hot: Hot) {
        let function = window.function();
        let code = function.code.get();
        let words = code.as_ref().words();
        self.set_counter(words, self.threshold());
        // SAFETY: the reserved words exist.
        let first = unsafe {
            let state = words.add(word::STATE);
            let first = *state == 0;
            *state = (*state).max(1);
            first
        };
        if first || is_monitored(vm) {
            return;
        }
        let state = self.state_of(vm, code);
        let entry = match hot {
            Hot::Call(f) => {
                if let Some(stub) = state.stub.get() {
                    f.entry.set(&raw const stub.insn);
                    return;
                }
                if f.simple_args.get() as usize != state.nargs || state.nargs > 8 || !is_optimized(code) {
                    return;
                }
                Entry::Function(state.nargs)
            }
            Hot::Loop(pc) => {
                let end = code.as_ref().index_of(pc) as i64;
                let insn = code.as_ref().unit().insns[end as usize];
                let distance =
                    if insn.op() == Op::ForIter { i64::from(insn.c_jump()) } else { i64::from(insn.imm()) };
                Entry::Loop((end + distance) as u32, end as u32)
            }
            Hot::Resume(pc) => Entry::Resume(code.as_ref().index_of(pc) as u32),
        };
        match Jit::progress(state, entry).stage {
            Stage::Cold => self.compile(vm, window, function, entry),
            Stage::Given => self.set_counter(words, 16 * self.threshold()),
            _ => {}
        }
    }

    fn install(&self, vm: &Vm) {
        for done in self.worker.take_done() {
            self.finish_job(vm, done);
        }
        if let Some(report) = &self.report {
            report.sample(vm);
        }
    }

    fn exited(&self, vm: &Vm, exit: &Exit) {
        let (pc, words) = (exit.blamed, exit.blamed_words);
        // SAFETY: an instruction of live code, and the words are that code's.
        let insn = unsafe { *pc };
        if exit.reason == Reason::Guard as u8 && reads_attribute(insn) {
            // Before the interpreter replaces what the site remembers.
            let store = insn.op_byte() == Op::StoreAttr as u8;
            // SAFETY: as above.
            self.sites_at(vm, unsafe { words.add(insn.c() as usize) }, store);
        }
        self.stats.count_exit(exit.reason);
        if self.options.stats || self.report.is_some() {
            self.stats.note_exit(exit);
        }
        if let Some(report) = &self.report
            && exit.reason == Reason::Poll as u8
        {
            report.polled(exit);
        }
        let limit = match exit.reason {
            r if r == Reason::Unreached as u8 => UNREACHED_LIMIT,
            r if r == Reason::Guard as u8 || r == Reason::Declined as u8 => EXIT_LIMIT,
            r if r == Reason::Entry as u8 => ENTRY_LIMIT,
            r if r == Reason::Raise as u8 && self.starts_catching(exit) => {
                return self.take_back(exit.unit, "exceptions");
            }
            r if r == Reason::Done as u8 && exit.count.get().is_multiple_of(DONE_LIMIT) => {
                return self.prefer_function(exit);
            }
            _ => return,
        };
        if exit.count.get() >= limit && self.env.fail_guards == 0 {
            exit.count.set(0);
            if exit.reason == Reason::Declined as u8 || calls(insn) && exit.reason == Reason::Guard as u8 {
                self.declined.borrow_mut().insert(pc as usize);
            }
            if exit.reason == Reason::Unreached as u8 {
                self.reached.borrow_mut().insert(pc as usize);
            }
            if exit.reason == Reason::Guard as u8 || exit.reason == Reason::Entry as u8 {
                self.note_miss(exit.unit);
            }
            self.stats.note_taken(exit);
            self.take_back(exit.unit, "an exit was taken too often");
        }
    }

    fn changed(&self, _vm: &Vm, object: &Header) {
        let address = object.address();
        *self.changes.borrow_mut().entry(address).or_default() += 1;
        let relies = |r: &UnitRecord| r.watched().any(|a| a == address);
        let ids: Vec<u32> =
            self.units.borrow().iter().zip(0..).filter(|(r, _)| relies(r)).map(|(_, id)| id).collect();
        ids.into_iter().for_each(|id| self.take_back(id, "a class, function or shape has changed"));
    }

    fn before_fork(&self) {
        self.worker.pause();
    }
    fn after_fork(&self, _vm: &Vm, child: bool) {
        self.worker.resume(child);
    }
    fn finish(&self, vm: &Vm) {
        if self.options.stats {
            self.stats.print();
            self.print_places();
        }
        if let Some(report) = &self.report {
            report.write(vm, &self.stats, &self.options);
        }
    }
}

/// Whether an instruction's site remembers what it has met, for the interpreter, which replaces it.
pub(crate) fn reads_attribute(insn: Insn) -> bool {
    [Op::LoadAttr, Op::StoreAttr, Op::LoadMethod].iter().any(|&op| op as u8 == insn.op_byte())
}

/// Whether an instruction calls what it finds.
pub(crate) fn calls(insn: Insn) -> bool {
    [Op::Call, Op::CallMethod, Op::CallKw, Op::CallMethodKw, Op::CallEx, Op::GetIter]
        .iter()
        .any(|&op| op as u8 == insn.op_byte())
}

impl Jit {
    /// Has the next call of the function whose loop has ended at `exit` compile all of it. Its loops no longer count, once they are
    /// compiled, and of calls alone it would take many to notice.
    fn prefer_function(&self, exit: &Exit) {
        let units = self.units.borrow();
        let UnitRecord { state, entry, codes, .. } = &units[exit.unit as usize];
        let cold = state.function.get().stage == Stage::Cold;
        if let (Entry::Loop(..), Some(code), true) = (entry, codes.first(), cold) {
            self.set_counter(code.as_ref().words(), 1);
        }
    }

    /// For `-X jit-stats`: where machine code was left and where it called the runtime, most often first.
    fn print_places(&self) {
        let mut lines: Vec<(u64, String)> = Vec::new();
        let mut add = |count: u64, unit: u32, pc: usize, what: &str| {
            let units = self.units.borrow();
            let record = &units[unit as usize];
            let holds = |&&code: &&Gc<Code>| {
                (0..8 * code.as_ref().unit().insns.len())
                    .contains(&pc.wrapping_sub(code.as_ref().entry() as usize))
            };
            let Some(code) = record.codes.iter().find(holds) else { return };
            let (cu, at) = (code.as_ref().unit(), (pc - code.as_ref().entry() as usize) / 8);
            let line = cu.positions.line(at).unwrap_or(0);
            let place = format!("{}: {} line {line}: {:?}", record.name, cu.qualname, cu.insns[at].op());
            if count > 0 {
                lines.push((count, format!("{place}: {what}")));
            }
        };
        for (unit, call) in self.stats.runtime_calls.borrow().iter() {
            let count = call.count.load(std::sync::atomic::Ordering::Relaxed);
            add(count, *unit, call.pc, &format!("runtime {:?}", call.op));
        }
        for &(unit, pc, reason) in self.stats.taken_places.borrow().iter() {
            // First: they are few.
            add(u64::MAX, unit, pc, &format!("taken back: {}", hir::REASONS[reason as usize]));
        }
        for (&(unit, pc, reason), &count) in self.stats.exit_places.borrow().iter() {
            add(count, unit, pc, &format!("exit {}", hir::REASONS[reason as usize]));
        }
        lines.sort_by(|a, b| b.cmp(a));
        let places = MOST_PLACES + self.stats.taken_places.borrow().len();
        for (count, line) in lines.iter().take(places) {
            match *count {
                u64::MAX => eprintln!("jit: {line}"),
                count => eprintln!("jit: {count:>10} {line}"),
            }
        }
    }
}

/// Monitored code is instrumented and stays with the interpreter.
fn is_monitored(vm: &Vm) -> bool {
    vm.breaker.load(std::sync::atomic::Ordering::SeqCst) & breaker::TRACE != 0
}

/// Whether the loop that is to be compiled steps a generator.
fn is_over_generator(window: Window, function: Gc<Function>, entry: Entry) -> bool {
    let Entry::Loop(_, end) = entry else { return false };
    let code = function.code.get();
    let insn = code.as_ref().unit().insns[end as usize];
    // SAFETY: the loop runs in the window.
    let iterator = || unsafe { *window.0.add(insn.b() as usize) };
    insn.op() == Op::ForIter && iterator().is_some_and(|v| v.kind() == Some(Kind::Generator))
}

fn is_optimized(code: Gc<Code>) -> bool {
    code.as_ref().unit().flags.has(adder_bytecode::CodeFlags::OPTIMIZED)
}
