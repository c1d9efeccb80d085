//! Reporting an event to the tools that want it.

use super::{PROFILE, TRACE, event};
use crate::object::code::Code;
use crate::object::frame::Frame;
use crate::object::header::Gc;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;

/// An event at an instruction of a running frame.
#[derive(Clone, Copy)]
pub struct Event {
    pub kind: usize,
    pub code: Gc<Code>,
    pub index: usize,
    pub frame: Gc<Frame>,
}

impl Event {
    pub fn of(self, kind: usize) -> Event {
        Event { kind, ..self }
    }
    /// The instruction's offset as Python counts.
    pub fn offset(self, vm: &Vm) -> Value {
        vm.new_int(Code::offset(self.index))
    }
}

impl Vm {
    /// Reports an event that belongs to an instruction to `tools`. `args` are what follows code and offset.
    pub fn fire(&self, at: Event, args: &[Value]) -> PyResult<()> {
        let tools = at.code.as_ref().monitoring().tools(at.kind, at.index);
        if tools == 0 { Ok(()) } else { self.fire_to(tools, at, args) }
    }

    /// Reports an event that belongs to no instruction.
    pub fn fire_global(&self, at: Event, args: &[Value]) -> PyResult<()> {
        let tools = self.monitor.tools(at.kind);
        if tools == 0 { Ok(()) } else { self.fire_to(tools, at, args) }
    }

    #[inline(never)]
    pub fn fire_to(&self, tools: u8, at: Event, args: &[Value]) -> PyResult<()> {
        for tool in 0..8 {
            if tools >> tool & 1 == 0 || self.tracing.get() {
                continue;
            }
            let outer = self.current_event.replace(Some(at));
            let result = match tool {
                PROFILE => self.profile_event(at, args),
                TRACE => self.trace_event(at, args),
                _ => self.call_tool(tool, at, args),
            };
            self.current_event.set(outer);
            result?;
        }
        Ok(())
    }

    fn call_tool(&self, tool: usize, at: Event, args: &[Value]) -> PyResult<()> {
        let slot = &self.monitor.callbacks[tool][at.kind];
        let Some(callback) = slot.get() else { return Ok(()) };
        let mut all = self.vec();
        all.push(&self.heap, at.code.value());
        if at.kind != event::LINE {
            let offset = at.offset(self);
            all.push(&self.heap, offset);
        }
        all.extend_from_slice(&self.heap, args);
        self.tracing.set(true);
        let result = self.call(callback, &all);
        self.tracing.set(false);
        if Some(result?) != self.monitor.disable.get() {
            return Ok(());
        }
        if at.kind >= event::RAISE {
            slot.set(None);
            let name = event::NAMES[at.kind];
            return Err(self.value_error(format!("Cannot disable {name} events. Callback removed.")));
        }
        at.code.as_ref().monitoring().disable(at.kind, at.index, tool);
        Ok(())
    }

    /// Reports an event about the pending exception, which an exception of a callback replaces.
    pub fn fire_exception(&self, at: Event) {
        let Some(exception) = self.pending() else { return };
        if self.monitor.tools(at.kind) == 0 || self.tracing.get() {
            return;
        }
        self.take_pending();
        if let Ok(()) = self.fire_global(at, &[exception]) {
            self.set_pending(exception);
        }
    }

    /// As [`Vm::fire_exception`] for an exception that is not pending.
    pub fn fire_with_exception(&self, at: Event, exception: Value) -> PyResult<()> {
        self.fire_global(at, &[exception])
    }
}

const _: Result<(), Raised> = Ok(());
