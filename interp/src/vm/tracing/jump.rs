//! Setting `f_lineno`: where a frame may be sent by its trace function.
//!
//! CPython compares value stacks. Here the temporaries take their place: what is live at the target must be live, and of the
//! same kind, where the frame is now. Of the instructions that start the line, the one that keeps most is chosen.

use super::event;
use crate::object::frame::Frame;
use crate::object::header::Gc;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use adder_bytecode::liveness::{self, RegisterSet};
use adder_bytecode::{CodeUnit, Op};

/// What a temporary is there for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The iterator of a loop.
    Iterator,
    /// The exception that was handled before the handler, or one on its way.
    Except,
    Object,
}

/// A live temporary.
type Temporary = (usize, Kind);

fn temporaries(unit: &CodeUnit, live: &RegisterSet, index: usize) -> Vec<Temporary> {
    let registers = unit.locals.len()..usize::from(unit.nregs);
    registers.filter(|&r| live.contains(r)).map(|r| (r, kind(unit, r, index))).collect()
}

/// The kind of register `r` at an instruction: that of the nearest instruction before it that writes the register.
fn kind(unit: &CodeUnit, r: usize, index: usize) -> Kind {
    let writer = unit.insns[..index].iter().rposition(|&i| liveness::writes(i, r));
    let handler = unit.handlers.iter().filter(|h| usize::from(h.exc) == r && h.target as usize <= index);
    let entry = handler.map(|h| h.target as usize).max();
    match (writer, entry) {
        (w, Some(e)) if w.is_none_or(|w| w < e) => Kind::Except,
        (Some(w), _) => match unit.insns[w].op() {
            Op::GetIter | Op::GetAIter => Kind::Iterator,
            Op::PushExc => Kind::Except,
            _ => Kind::Object,
        },
        _ => Kind::Object,
    }
}

/// The first instruction of each stretch of code that belongs to a line; 0 elsewhere.
fn line_starts(unit: &CodeUnit) -> Vec<u32> {
    let mut last = 0;
    let starts = unit.positions.iter().map(|p| {
        let starts = p.line != last;
        last = p.line;
        if starts { p.line } else { 0 }
    });
    starts.collect()
}

impl Vm {
    /// `frame.f_lineno = line`.
    pub fn set_frame_line(&self, frame: Gc<Frame>, line: i64) -> PyResult<()> {
        let Some(at) = self.current_event.get() else {
            return Err(self.value_error("f_lineno can only be set in a trace function"));
        };
        match at.kind {
            event::PY_START | event::PY_RESUME => {
                return Err(self.value_error("can't jump from the 'call' trace event of a new frame"));
            }
            event::CALL | event::C_RETURN => return Err(self.value_error("can't jump during a call")),
            event::LINE | event::JUMP | event::PY_YIELD | event::BRANCH_LEFT | event::BRANCH_RIGHT => {}
            _ => return Err(self.value_error("can only jump from a 'line' trace event")),
        }
        if at.frame != frame {
            return Err(self.value_error("can't jump during a call"));
        }
        let unit = frame.code.as_ref().unit();
        if line < i64::from(unit.firstlineno) {
            return Err(self.value_error(format!("line {line} comes before the current code block")));
        }
        let starts = line_starts(unit);
        let found = starts.iter().filter(|&&l| l != 0 && i64::from(l) >= line).min();
        let Some(&target_line) = found else {
            return Err(self.value_error(format!("line {line} comes after the current code block")));
        };
        let live = liveness::live_before(unit);
        let here = temporaries(unit, &live[at.index], at.index);
        let mut best: Option<(usize, Vec<Temporary>)> = None;
        let mut refused: Option<&'static str> = None;
        let start = frame.code.as_ref().monitoring().start;
        for index in (start..starts.len()).filter(|&i| starts[i] == target_line) {
            let there = temporaries(unit, &live[index], index);
            if there.iter().all(|t| here.contains(t)) {
                if best.as_ref().is_none_or(|(_, kept)| there.len() > kept.len()) {
                    best = Some((index, there));
                }
            } else {
                refused = Some(explain(&there));
            }
        }
        let Some((index, kept)) = best else {
            return Err(self.value_error(refused.unwrap_or("can't jump to unreachable code")));
        };
        self.bind_for_jump(frame, unit)?;
        // Handlers that are left give back the exception that was handled before them.
        for &(r, kind) in here.iter().rev().filter(|t| !kept.contains(t)) {
            let saved_by_handler = kind == Kind::Except
                && unit.insns[..at.index]
                    .iter()
                    .rfind(|&&i| liveness::writes(i, r))
                    .is_some_and(|i| i.op() == Op::PushExc);
            if saved_by_handler {
                self.set_handled(frame.local(r).filter(|v| !v.is_none()));
            }
        }
        frame.jump_to.set(Some(index as u32));
        Ok(())
    }

    /// Local variables without a value become None, because code behind a jump may rely on their being bound.
    fn bind_for_jump(&self, frame: Gc<Frame>, unit: &CodeUnit) -> PyResult<()> {
        let unbound: Vec<usize> = (0..unit.locals.len()).filter(|&i| frame.local(i).is_none()).collect();
        if unbound.is_empty() {
            return Ok(());
        }
        let (n, s) = (unbound.len(), if unbound.len() == 1 { "" } else { "s" });
        let text = format!("assigning None to {n} unbound local{s}");
        self.warn(self.exceptions.runtime_warning, &text, 1)?;
        for i in unbound {
            frame.set_local(&self.heap, i, Some(Value::none()));
        }
        Ok(())
    }
}

/// Why a place cannot be jumped to.
fn explain(there: &[Temporary]) -> &'static str {
    match there.last() {
        Some((_, Kind::Except)) => "can't jump into an 'except' block as there's no exception",
        Some((_, Kind::Iterator)) => "can't jump into the body of a for loop",
        _ => "incompatible stacks",
    }
}
