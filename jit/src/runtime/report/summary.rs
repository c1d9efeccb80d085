//! The notes as the page wants them: per file, line, unit and stack.

use super::json::Json;
use super::{Kind, Report, Samples, Status, UnitNote, position, sampler};
use crate::hir::helpers::Helper;
use crate::hir::{Effect, Entry, Inst, Op, REASONS, Reason, Term};
use crate::lower::RuntimeCall;
use crate::options::{Mode, Options};
use crate::runtime::stats::Stats;
use adder_interp::object::code::Code;
use adder_interp::object::function::Function;
use adder_interp::object::header::{Gc, ShapeId};
use adder_interp::object::typeobj::Type;
use adder_interp::value::Value;
use adder_interp::vm::Vm;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// The page; its data goes where [`MARK`] is.
const PAGE: &str = include_str!("page.html");
const MARK: &str = "/*DATA*/null";

/// What is known about a line.
#[derive(Default)]
struct Line {
    samples: [u64; 3],
    /// By function, as numbered by the samples.
    by: Vec<(usize, [u64; 3])>,
    /// Installed machine code has instructions of this line; leaves here because the line had not run.
    compiled: bool,
    leaves: bool,
    /// Bytecode of a function that the tier has seen.
    known: bool,
    /// Instructions of HIR and guards among them, by opcode.
    insts: u64,
    guards: BTreeMap<String, u64>,
    /// What the guards let through.
    types: BTreeSet<String>,
    /// Reason, instruction, unit.
    exits: BTreeMap<(&'static str, String, u32), u64>,
    /// What is called, unit.
    calls: BTreeMap<(String, u32), u64>,
    /// Callee, why it was not inlined, unit.
    inlined: BTreeSet<(String, &'static str, u32)>,
}

type Lines = BTreeMap<String, BTreeMap<u32, Line>>;

impl Report {
    /// Writes the page.
    pub fn write(&self, vm: &Vm, stats: &Stats, options: &Options) {
        if !self.is_ours() {
            return;
        }
        sampler::stop();
        let lines = self.lines(vm, stats);
        let samples = self.samples.borrow();
        let data = Json::Object(vec![
            ("program", self.program().as_str().into()),
            ("seconds", Json::Number(self.started.elapsed().as_secs_f64())),
            ("mode", if options.mode == Mode::Eager { "eager" } else { "on" }.into()),
            ("threshold", Json::Number(options.threshold as f64)),
            ("totals", totals(stats)),
            ("kinds", counts(&sum(samples.nodes.iter().map(|n| n.own)))),
            ("files", files(&lines)),
            ("units", self.unit_rows(stats)),
            ("notBuilt", self.not_built_rows()),
            ("functions", Json::list(samples.functions.iter().map(function_row))),
            ("flame", flame(&samples, 0)),
        ]);
        let mut text = String::new();
        data.write(&mut text);
        if let Err(e) = std::fs::write(&self.path, PAGE.replacen(MARK, &text, 1)) {
            eprintln!("adder: cannot write {}: {e}", self.path);
        }
    }

    /// The file that the program began with.
    fn program(&self) -> String {
        std::env::args().collect::<Vec<_>>().join(" ")
    }

    fn lines(&self, vm: &Vm, stats: &Stats) -> Lines {
        let mut lines = Lines::new();
        let units = self.units.borrow();
        let known = units.iter().flat_map(|u| u.codes.iter().copied());
        for code in known.chain(self.not_built.borrow().iter().map(|n| n.0)) {
            let file = lines.entry(file(code)).or_default();
            for position in code.as_ref().unit().positions.iter().filter(|p| p.line != 0) {
                file.entry(position.line).or_default().known = true;
            }
        }
        for (note, id) in units.iter().zip(0..) {
            note.add_to(vm, &mut lines, id);
        }
        let mut at = |unit: u32, pc: usize, add: &mut dyn FnMut(&mut Line, String)| {
            let codes = &units[unit as usize].codes;
            if let Some((code, line)) = position(codes, pc) {
                let index = (pc - code.as_ref().entry() as usize) / 8;
                let insn = format!("{:?}", code.as_ref().unit().insns[index].op());
                add(lines.entry(file(code)).or_default().entry(line).or_default(), insn);
            }
        };
        for (&(unit, pc, reason), &count) in stats.exit_places.borrow().iter() {
            at(unit, pc, &mut |line, insn| {
                *line.exits.entry((REASONS[reason as usize], insn, unit)).or_default() += count;
            });
        }
        for (unit, call) in stats.runtime_calls.borrow().iter() {
            let count = call.count.load(Ordering::Relaxed);
            if count > 0 {
                at(*unit, call.pc, &mut |line, insn| {
                    *line.calls.entry((called(call, &insn), *unit)).or_default() += count;
                });
            }
        }
        for (&(function, line), kinds) in &self.samples.borrow().lines {
            let file = self.samples.borrow().functions[function].0.clone();
            let line = lines.entry(file).or_default().entry(line).or_default();
            line.samples = sum([line.samples, *kinds].into_iter());
            line.by.push((function, *kinds));
        }
        lines
    }

    fn unit_rows(&self, stats: &Stats) -> Json {
        let exits = stats.exit_places.borrow();
        let units = self.units.borrow();
        Json::list(units.iter().zip(0..).map(|(note, id)| {
            let mut by_reason = [0; REASONS.len()];
            for (&(unit, _, reason), &count) in exits.iter() {
                by_reason[reason as usize] += if unit == id { count } else { 0 };
            }
            note.row(&by_reason)
        }))
    }

    fn not_built_rows(&self) -> Json {
        Json::list(self.not_built.borrow().iter().map(|&(code, entry, why)| {
            Json::Object(vec![
                ("name", code.as_ref().unit().qualname.to_string().as_str().into()),
                ("file", file(code).as_str().into()),
                ("line", Json::number(code.as_ref().start_line())),
                ("kind", kind(entry).into()),
                ("why", format!("{why:?}").as_str().into()),
            ])
        }))
    }
}

impl UnitNote {
    /// What the unit's instructions tell about lines.
    fn add_to(&self, vm: &Vm, lines: &mut Lines, id: u32) {
        let Some(unit) = &self.unit else { return };
        let mut at = |address: usize, add: &mut dyn FnMut(&mut Line)| {
            if let Some((code, line)) = position(&self.codes, address) {
                add(lines.entry(file(code)).or_default().entry(line).or_default());
            }
        };
        for frame in &unit.frames[1..] {
            let callee = self.codes.iter().find(|c| c.as_ref().entry() as usize == frame.code_entry);
            let Some(callee) = callee.map(|c| name(*c)) else { continue };
            at(frame.return_pc - 8, &mut |line| {
                line.inlined.insert((callee.clone(), "", id));
            });
        }
        let installed = self.status == Status::Installed;
        for b in unit.order() {
            let block = unit.block(b);
            for &v in &block.insts {
                let (inst, Some(address)) = (unit.inst(v), unit.address(v)) else { continue };
                if inst.op == Op::CallDirect {
                    let callee = callee_name(unit.callees[inst.imm as usize].function);
                    let why = self.refusals.iter().find(|r| r.0 == address).map_or("", |r| r.1.text());
                    at(address, &mut |line| {
                        line.inlined.insert((callee.clone(), why, id));
                    });
                }
                if !installed {
                    continue;
                }
                at(address, &mut |line| {
                    line.compiled = true;
                    line.insts += 1;
                    if inst.op.effect() == Effect::Guard {
                        *line.guards.entry(format!("{:?}", inst.op)).or_default() += 1;
                        line.types.extend(type_of(vm, inst));
                    }
                });
            }
            if let (true, Term::Exit(s, Reason::Unreached | Reason::Uncovered)) = (installed, &block.term) {
                let state = &unit.states[s.0 as usize];
                let address = unit.frames[state.frame].code_entry + 8 * state.pc as usize;
                at(address, &mut |line| line.leaves = true);
            }
        }
    }

    fn row(&self, exits: &[u64; REASONS.len()]) -> Json {
        let code = self.codes[0];
        let line = match self.entry {
            Entry::Function(_) => Some(code.as_ref().start_line()),
            Entry::Loop(start, _) | Entry::Resume(start) => {
                code.as_ref().unit().positions.line(start as usize)
            }
        };
        let (status, why) = match &self.status {
            Status::Compiling => ("unfinished", "the program ended before it was compiled"),
            Status::Installed => ("installed", ""),
            Status::Stale => ("stale", "what it relied on had changed when it was compiled"),
            Status::Failed(e) => ("failed", e.as_str()),
            Status::Withdrawn(why) => ("withdrawn", *why),
        };
        let inlined = self.codes[1..].iter().map(|&c| name(c)).collect::<BTreeSet<_>>();
        let exits = REASONS.iter().zip(exits).filter(|e| *e.1 > 0);
        let hir = self.unit.as_ref().map_or(0, super::count);
        Json::Object(vec![
            ("name", self.name.as_str().into()),
            ("file", file(code).as_str().into()),
            ("line", Json::number(line.unwrap_or(0))),
            ("kind", kind(self.entry).into()),
            ("version", Json::number(self.version + 1)),
            ("status", status.into()),
            ("why", why.into()),
            ("built", Json::number(self.built)),
            ("optimised", Json::number(hir)),
            ("bytes", Json::number(self.bytes)),
            ("buildTime", milliseconds(self.build)),
            ("compileTime", milliseconds(self.compile)),
            ("inlined", Json::list(inlined.iter().map(|n| n.as_str().into()))),
            ("exits", Json::list(exits.map(|(name, &n)| Json::List(vec![(*name).into(), Json::number(n)])))),
        ])
    }
}

/// The type or value that a guard lets through, as a reader of Python would name it.
fn type_of(vm: &Vm, inst: &Inst) -> Option<String> {
    let name = match inst.op {
        Op::GuardInt | Op::GuardLongInt | Op::GuardWord | Op::WordOfInt => "int".into(),
        Op::GuardFloat | Op::ToFloat => "float".into(),
        Op::GuardShape => {
            let shape = vm.find_shape(ShapeId(inst.imm as u32))?;
            shape.as_ref().class.get().as_ref().name()
        }
        Op::GuardIs => {
            let value = Value::from_bits(inst.imm as u64)?;
            let function = value.downcast::<Function>().map(|f| name(f.code.get()));
            function.or_else(|| value.downcast::<Type>().map(|t| t.as_ref().name()))?
        }
        _ => return None,
    };
    Some(name)
}

/// What a place calls, in a word: the helper, or the instruction that is done by the runtime.
fn called(call: &RuntimeCall, insn: &str) -> String {
    match call.op {
        Op::Helper | Op::Make | Op::Change | Op::Ask | Op::Tell => format!("{:?}", Helper::of(call.imm)),
        Op::Step => format!("{insn} as in the interpreter"),
        op => format!("{op:?}"),
    }
}

fn callee_name(function: u64) -> String {
    let function = Value::from_bits(function).and_then(|v| v.downcast::<Function>());
    function.map_or_else(String::new, |f| name(f.code.get()))
}

fn name(code: Gc<Code>) -> String {
    code.as_ref().unit().qualname.to_string()
}

fn file(code: Gc<Code>) -> String {
    code.as_ref().filename.get().to_string_lossy().into_owned()
}

fn kind(entry: Entry) -> &'static str {
    match entry {
        Entry::Function(_) => "function",
        Entry::Loop(..) => "loop",
        Entry::Resume(_) => "generator",
    }
}

fn sum(all: impl Iterator<Item = [u64; 3]>) -> [u64; 3] {
    all.fold([0; 3], |a, b| [a[0] + b[0], a[1] + b[1], a[2] + b[2]])
}

fn counts(kinds: &[u64; 3]) -> Json {
    Json::list([Kind::Machine, Kind::Runtime, Kind::Interpreter].map(|k| Json::number(kinds[k as usize])))
}

fn milliseconds(time: Duration) -> Json {
    Json::Number((time.as_secs_f64() * 1e6).round() / 1e3)
}

fn totals(stats: &Stats) -> Json {
    Json::Object(vec![
        ("installed", Json::number(stats.installed.get())),
        ("takenBack", Json::number(stats.taken_back.get())),
        ("stale", Json::number(stats.stale.get())),
        ("bytes", Json::number(stats.bytes.get())),
        ("buildTime", milliseconds(stats.build_time.get())),
        ("compileTime", milliseconds(stats.compile_time.get())),
    ])
}

/// The files, those with most samples first, with their source if it can be read.
fn files(lines: &Lines) -> Json {
    let mut files: Vec<_> = lines.iter().collect();
    let samples = |file: &BTreeMap<u32, Line>| sum(file.values().map(|l| l.samples)).iter().sum::<u64>();
    files.sort_by_key(|f| std::cmp::Reverse(samples(f.1)));
    Json::list(files.into_iter().map(|(path, lines)| {
        let text = std::fs::read(path).map(|t| String::from_utf8_lossy(&t).into_owned()).unwrap_or_default();
        let rows = lines.iter().map(|(&number, line)| line.row(number));
        Json::Object(vec![
            ("path", path.as_str().into()),
            ("text", Json::list(text.lines().map(Json::from))),
            ("lines", Json::list(rows)),
        ])
    }))
}

impl Line {
    fn row(&self, number: u32) -> Json {
        let tier = match self {
            Line { compiled: true, .. } => "machine",
            Line { leaves: true, .. } => "leaves",
            Line { known: true, .. } => "interpreter",
            _ => "",
        };
        let by = self.by.iter().map(|(f, kinds)| Json::List(vec![Json::number(*f), counts(kinds)]));
        let guards = self.guards.iter().map(|(op, &n)| Json::List(vec![op.as_str().into(), Json::number(n)]));
        let exits = self.exits.iter().map(|((reason, insn, unit), &n)| {
            Json::List(vec![(*reason).into(), insn.as_str().into(), Json::number(*unit), Json::number(n)])
        });
        let calls = self.calls.iter().map(|((what, unit), &n)| {
            Json::List(vec![what.as_str().into(), Json::number(*unit), Json::number(n)])
        });
        let inlined = self.inlined.iter().map(|(callee, why, unit)| {
            Json::List(vec![callee.as_str().into(), (*why).into(), Json::number(*unit)])
        });
        Json::Object(vec![
            ("n", Json::number(number)),
            ("tier", tier.into()),
            ("samples", counts(&self.samples)),
            ("by", Json::list(by)),
            ("insts", Json::number(self.insts)),
            ("guards", Json::list(guards)),
            ("types", Json::list(self.types.iter().map(|t| t.as_str().into()))),
            ("exits", Json::list(exits)),
            ("calls", Json::list(calls)),
            ("inlined", Json::list(inlined)),
        ])
    }
}

fn function_row(function: &super::FunctionName) -> Json {
    let (file, name, line) = function;
    Json::List(vec![file.as_str().into(), name.as_str().into(), Json::number(*line)])
}

/// The flame graph below a node: function, own samples, children.
fn flame(samples: &Samples, node: usize) -> Json {
    let at = &samples.nodes[node];
    let children = at.children.values().map(|&c| flame(samples, c));
    Json::List(vec![Json::number(at.function), counts(&at.own), Json::list(children)])
}
