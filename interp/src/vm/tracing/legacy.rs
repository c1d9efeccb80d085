//! Trace and profile functions: what `sys.settrace` and `sys.setprofile` make of events.
//!
//! A trace function is called when a frame starts or goes on; what it returns becomes the frame's own trace function, which gets
//! the other events. A function that raises is removed.

use super::fire::Event;
use super::{PROFILE, TRACE, event};
use crate::object::frame::Frame;
use crate::object::function::NativeFunction;
use crate::object::header::Gc;
use crate::object::shape::shape_id;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;

const fn bits(events: &[usize]) -> u32 {
    let mut set = 0;
    let mut i = 0;
    while i < events.len() {
        set |= 1 << events[i];
        i += 1;
    }
    set
}

use event::*;
const PROFILE_EVENTS: u32 =
    bits(&[PY_START, PY_RESUME, PY_THROW, PY_RETURN, PY_YIELD, CALL, C_RETURN, C_RAISE, PY_UNWIND]);
const TRACE_EVENTS: u32 =
    bits(&[PY_START, PY_RESUME, PY_THROW, PY_RETURN, PY_YIELD, RAISE, STOP_ITERATION, LINE, JUMP, PY_UNWIND]);

impl Vm {
    /// `sys.settrace()` for this thread.
    pub fn set_trace_function(&self, function: Option<Value>) {
        self.trace_function.set(function);
        self.trace_functions_changed();
    }

    /// `sys.setprofile()` for this thread.
    pub fn set_profile_function(&self, function: Option<Value>) {
        self.profile_function.set(function);
        self.trace_functions_changed();
    }

    /// Asks for the events that the threads' functions need.
    pub fn trace_functions_changed(&self) {
        let (mut traced, mut profiled) = (false, false);
        self.for_each_thread(|t| {
            traced |= t.trace_function.get().is_some();
            profiled |= t.profile_function.get().is_some();
        });
        let monitor = &self.monitor;
        let opcodes = if monitor.opcodes.get() { bits(&[INSTRUCTION]) } else { 0 };
        let trace = if traced { TRACE_EVENTS | opcodes } else { 0 };
        let profile = if profiled { PROFILE_EVENTS } else { 0 };
        let old = (monitor.events[TRACE].replace(trace), monitor.events[PROFILE].replace(profile));
        if old != (trace, profile) {
            self.monitoring_changed();
        }
    }

    /// A frame wants `opcode` events.
    pub fn want_opcode_events(&self) {
        if !self.monitor.opcodes.replace(true) {
            self.trace_functions_changed();
        }
    }

    pub(super) fn trace_event(&self, at: Event, args: &[Value]) -> PyResult<()> {
        if self.trace_function.get().is_none() {
            return Ok(());
        }
        let none = Value::none();
        match at.kind {
            PY_START | PY_RESUME | PY_THROW => self.call_trace(at.frame, "call", none),
            PY_RETURN | PY_YIELD => self.call_trace(at.frame, "return", args[0]),
            PY_UNWIND => self.call_trace(at.frame, "return", none),
            LINE if at.frame.trace_lines.get() => self.call_trace(at.frame, "line", none),
            INSTRUCTION if at.frame.trace_opcodes.get() => self.call_trace(at.frame, "opcode", none),
            RAISE | STOP_ITERATION if at.frame.trace.get().is_some() => {
                let triple = self.exception_triple(args[0]);
                self.call_trace(at.frame, "exception", triple)
            }
            _ => Ok(()),
        }
    }

    /// A jump back to the line it comes from: the trace function hears of the line again.
    pub fn trace_repeated_line(&self, at: Event) -> PyResult<()> {
        let frame = at.frame;
        if self.monitor.events[TRACE].get() == 0
            || self.trace_function.get().is_none()
            || !frame.trace_lines.get()
        {
            return Ok(());
        }
        let outer = self.current_event.replace(Some(at));
        let result = self.call_trace(frame, "line", Value::none());
        self.current_event.set(outer);
        result
    }

    fn exception_triple(&self, exception: Value) -> Value {
        let tb = exception
            .downcast::<crate::object::exception::Exception>()
            .and_then(|e| e.traceback.get())
            .map_or(Value::none(), Gc::value);
        self.new_tuple(&[self.type_of(exception).value(), exception, tb])
    }

    fn call_trace(&self, frame: Gc<Frame>, what: &str, arg: Value) -> PyResult<()> {
        let callback = if what == "call" { self.trace_function.get() } else { frame.trace.get() };
        let Some(callback) = callback else { return Ok(()) };
        let what = self.intern(what).value();
        self.tracing.set(true);
        let result = self.call(callback, &[frame.value(), what, arg]);
        self.tracing.set(false);
        match result {
            Ok(local) => {
                if !local.is_none() {
                    frame.trace.set(Some(local));
                    self.heap.barrier(frame.header(), local);
                }
                Ok(())
            }
            Err(Raised) => {
                self.set_trace_function(None);
                frame.trace.set(None);
                Err(Raised)
            }
        }
    }

    pub(super) fn profile_event(&self, at: Event, args: &[Value]) -> PyResult<()> {
        let none = Value::none();
        match at.kind {
            PY_START | PY_RESUME | PY_THROW => self.call_profile(at.frame, "call", none),
            PY_RETURN | PY_YIELD => self.call_profile(at.frame, "return", args[0]),
            PY_UNWIND => self.call_profile(at.frame, "return", none),
            CALL | C_RETURN | C_RAISE => match self.profiled_callable(args[0], args[1])? {
                Some(callable) => {
                    let what = match at.kind {
                        CALL => "c_call",
                        C_RETURN => "c_return",
                        _ => "c_exception",
                    };
                    self.call_profile(at.frame, what, callable)
                }
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Native functions are reported, methods bound to what they are called on.
    fn profiled_callable(&self, callable: Value, first: Value) -> PyResult<Option<Value>> {
        if !callable.is::<NativeFunction>() {
            return Ok(None);
        }
        match self.shape_of(callable) {
            shape_id::METHOD_DESCRIPTOR => {
                if Some(first) == self.monitor.missing.get() {
                    return Ok(None);
                }
                self.bind_attr(callable, Some(first), self.type_of(first)).map(Some)
            }
            shape_id::BUILTIN_FUNCTION => Ok(Some(callable)),
            _ => Ok(None),
        }
    }

    fn call_profile(&self, frame: Gc<Frame>, what: &str, arg: Value) -> PyResult<()> {
        let Some(callback) = self.profile_function.get() else { return Ok(()) };
        let what = self.intern(what).value();
        self.tracing.set(true);
        let result = self.call(callback, &[frame.value(), what, arg]);
        self.tracing.set(false);
        if result.is_err() {
            self.set_profile_function(None);
        }
        result.map(drop)
    }
}
