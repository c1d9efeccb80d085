//! Raising, unwinding and matching.
//!
//! Unwinding walks windows: it adds a traceback entry for the frame, looks the position up in the code's handler table, and either
//! goes on at the handler or ends the frame. At the boundary of native code it returns 0.

use super::{F, RAISED, handler, next, unseen};
use crate::object::code::Code;
use crate::object::exception::Exception;
use crate::object::frame::Frame;
use crate::object::function::Function;
use crate::object::generator::GeneratorState;
use crate::object::header::Gc;
use crate::object::traceback::Traceback;
use crate::object::tuple::Tuple;
use crate::object::typeobj::{Type, type_flag};
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use crate::vm::frame::{RunningFrame, Window};
use crate::vm::tracing::event;
use crate::vm::tracing::fire::Event;
use adder_bytecode::{InlinedGenexpr, Insn, Op};

/// Finds the handler of the pending exception, ending frames without one.
///
/// # Safety
/// As for any handler.
#[cold]
#[inline(never)]
pub unsafe extern "C" fn unwind(pc: *const Insn, base: *mut Option<Value>, words: *mut u64, vm: &Vm) -> u64 {
    let mut at = Unwinding { pc, window: Window(base), words };
    if at.find(vm) {
        // SAFETY: `find` left the position of a handler in an entered window.
        return unsafe { next(at.pc, at.window.0, at.words, vm) };
    }
    RAISED
}

/// Unwinds to a handler; false when there was none up to the boundary.
pub(super) fn find_handler(pc: *const Insn, base: *mut Option<Value>, words: *mut u64, vm: &Vm) -> bool {
    Unwinding { pc, window: Window(base), words }.find(vm)
}

struct Unwinding {
    pc: *const Insn,
    window: Window,
    words: *mut u64,
}

impl Unwinding {
    /// True when a handler was found, false at the boundary.
    #[inline(never)]
    fn find(&mut self, vm: &Vm) -> bool {
        loop {
            vm.base.set(self.window.0);
            vm.pc.set(self.pc);
            let code = self.window.code();
            let index = code.index_of(self.pc) as u32;
            let shown = self.leave_genexprs(vm, index);
            // SAFETY: both are instructions of the window's code.
            self.pc = unsafe { code.entry().add(shown as usize) };
            let exception = vm.pending().expect("an exception is pending while unwinding");
            if vm.pending_is_fresh() && self.catch_unseen(vm, exception, index) {
                return true;
            }
            // What raises again leaves the traceback as it is; the live instruction may be instrumented.
            let insn = code.as_ref().unit().insns[index as usize];
            let reraised = match insn.op() {
                Op::Reraise => true,
                Op::Raise if insn.b() == 0 => vm.handled() == Some(exception),
                _ => false,
            };
            if !reraised {
                self.add_traceback(vm, exception, shown);
            }
            let monitored = vm.monitored();
            if monitored {
                self.report(vm, if reraised { event::RERAISE } else { event::RAISE });
            }
            let exception = vm.pending().unwrap_or(exception);
            let handlers = &code.as_ref().unit().handlers;
            if let Some(h) = handlers.iter().find(|h| h.start <= index && index < h.end) {
                vm.take_pending();
                // SAFETY: the handler's register and target belong to this code.
                unsafe {
                    *self.window.0.add(h.exc as usize) = Some(exception);
                    self.pc = code.entry().add(h.target as usize);
                }
                if monitored && self.report_handled(vm, exception).is_err() {
                    continue;
                }
                return true;
            }
            if monitored {
                self.report(vm, event::PY_UNWIND);
            }
            if self.leave(vm) {
                return false;
            }
        }
    }

    /// Goes on at the handler in this very frame of an exception that nobody will look at: native code has made it, and the handler
    /// drops it before it does anything that could show it. Such an exception needs neither traceback nor frame object.
    fn catch_unseen(&mut self, vm: &Vm, exception: Value, index: u32) -> bool {
        let untouched = exception.downcast::<Exception>().is_some_and(|e| e.traceback.get().is_none());
        if !untouched || vm.monitored() {
            return false;
        }
        let code = self.window.code();
        let handlers = &code.as_ref().unit().handlers;
        let Some(h) = handlers.iter().find(|h| h.start <= index && index < h.end) else { return false };
        if !unseen::drops(vm, self.window, h, exception) {
            return false;
        }
        vm.take_pending();
        // SAFETY: the handler's register and target belong to this code.
        unsafe {
            *self.window.0.add(h.exc as usize) = Some(exception);
            self.pc = code.entry().add(h.target as usize);
        }
        true
    }

    fn event(&self, vm: &Vm, kind: usize) -> Event {
        let (code, running) = (self.window.code(), RunningFrame { window: self.window, pc: self.pc });
        Event { kind, code, index: code.index_of(self.pc), frame: vm.frame_object(running) }
    }

    /// Tells the tools about the pending exception.
    #[cold]
    fn report(&self, vm: &Vm, kind: usize) {
        if vm.monitor.tools(kind) != 0 {
            let at = self.event(vm, kind);
            at.frame.as_ref().stand_in(at.index);
            vm.fire_exception(at);
            at.frame.place.set(None);
        }
    }

    /// Tells the tools that the frame goes on with a handler.
    #[cold]
    fn report_handled(&self, vm: &Vm, exception: Value) -> PyResult<()> {
        let at = self.event(vm, event::EXCEPTION_HANDLED);
        at.frame.last_index.set(None);
        vm.pc.set(self.pc);
        vm.fire_global(at, &[exception])
    }

    fn add_traceback(&self, vm: &Vm, exception: Value, index: u32) {
        let Some(e) = exception.downcast::<Exception>() else { return };
        let frame = vm.frame_object(RunningFrame { window: self.window, pc: self.pc });
        let tb = Traceback::new(&vm.heap, e.traceback.get(), frame.value(), self.window.code(), index);
        e.set_traceback(&vm.heap, Some(tb));
    }

    /// Passes through the generator expressions of this frame that instruction `index` belongs to, as through frames. The instruction
    /// that the frame itself shows: the call of what consumes the outermost, or `index`.
    fn leave_genexprs(&self, vm: &Vm, index: u32) -> u32 {
        let code = self.window.code();
        let mut shown = index;
        for genexpr in code.as_ref().unit().genexprs_at(index) {
            let exception = vm.pending().expect("an exception is pending while unwinding");
            self.show_genexpr(vm, exception, genexpr, shown);
            if vm.type_of(exception).is_subtype(vm.exceptions.stop_iteration) {
                let Raised = vm.replace_stop_iteration(exception, "generator raised StopIteration");
            }
            shown = genexpr.call;
        }
        shown
    }

    /// Adds the traceback entry of an inlined generator expression, whose frame is made for it.
    fn show_genexpr(&self, vm: &Vm, exception: Value, genexpr: &InlinedGenexpr, index: u32) {
        let Some(e) = exception.downcast::<Exception>() else { return };
        let code = self.window.code();
        // SAFETY: the words belong to the window's code, and the compiler has put a code object there.
        let word = unsafe { Value::from_bits(*self.words.add(genexpr.code as usize)) };
        let own: Gc<Code> = word.and_then(|v| v.downcast()).expect("the word holds code");
        let around = self.window.function();
        let function = Function::new(&vm.heap, own, around.globals, around.builtins, around.module.get());
        let back = vm.frame_object(RunningFrame { window: self.window, pc: self.pc });
        let frame = Frame::new(&vm.heap, function, std::ptr::null_mut(), 0);
        frame.back.set(Some(back));
        // The same expression stands in the code of its own, where it has the same position.
        let (here, there) = (&code.as_ref().unit().positions, &own.as_ref().unit().positions);
        let position = here.get(index as usize);
        let own_index = (0..there.len()).find(|&i| there.get(i) == position).unwrap_or(0);
        // SAFETY: the index is one of the code's.
        frame.pc.set(unsafe { own.entry().add(own_index) });
        let tb = Traceback::new(&vm.heap, e.traceback.get(), frame.value(), own, own_index as u32);
        e.set_traceback(&vm.heap, Some(tb));
    }

    /// Ends the frame; true when native code called it.
    fn leave(&mut self, vm: &Vm) -> bool {
        let window = self.window;
        let generator = window.generator();
        vm.end_window(window, self.pc);
        if let Some(generator) = generator {
            generator.state.set(GeneratorState::Finished);
            if !window.is_boundary() {
                vm.leave_inline_generator(generator, false);
                let Raised = vm.convert_stop_iteration(generator);
            }
        }
        vm.recursion_left.set(vm.recursion_left.get() + 1);
        if window.is_boundary() {
            return true;
        }
        self.pc = (window.return_pc() as *const Insn).wrapping_sub(1);
        self.words = window.caller_words();
        self.window = window.caller();
        false
    }
}

handler! {
    Raise(f) {
        f.publish();
        raise(f);
        f.raise()
    }
    Reraise(f) {
        f.publish();
        f.vm.reraise_value(f.reg(f.a()));
        f.raise()
    }
    PushExc(f) {
        let previous = f.vm.handled();
        f.vm.set_handled(Some(f.reg(f.b())));
        f.set(f.a(), previous.unwrap_or(Value::none()));
        f.next()
    }
    PopExc(f) {
        let previous = f.reg(f.a());
        f.vm.set_handled(if previous.is_none() { None } else { Some(previous) });
        f.next()
    }
    CheckExcMatch(f) {
        f.publish();
        f.finish(check_match(f))
    }
    CheckEgMatch(f) {
        f.publish();
        f.done(check_group_match(f))
    }
    PrepReraiseStar(f) {
        f.publish();
        f.finish(crate::object::exception::prepare_reraise_star(f.vm, f.reg(f.b()), f.reg(f.c())))
    }
    ExcTriple(f) {
        f.publish();
        exception_triple(f);
        f.next()
    }
    LoadAssertionError(f) {
        f.set(f.a(), f.vm.exceptions.assertion_error.value());
        f.next()
    }
}

pub(super) fn exception_triple(f: F<'_>) {
    let v = f.reg(f.b());
    let tb = v.downcast::<Exception>().and_then(|e| e.traceback.get());
    f.set(f.a(), f.vm.type_of(v).value());
    f.set(f.a() + 1, v);
    f.set(f.a() + 2, tb.map_or(Value::none(), Gc::value));
}

#[inline(never)]
pub(super) fn raise(f: F<'_>) -> Raised {
    let vm = f.vm;
    match f.b() {
        0 => match vm.handled() {
            Some(e) => vm.reraise_value(e),
            None => vm.runtime_error("No active exception to reraise"),
        },
        1 => vm.raise_object(f.reg(f.a()), None),
        _ => vm.raise_object(f.reg(f.a()), Some(f.reg(f.a() + 1))),
    }
}

impl Vm {
    /// `raise v` and `raise v from cause`: classes are instantiated.
    pub fn raise_object(&self, v: Value, cause: Option<Value>) -> Raised {
        let exception = match self.exception_instance(v, "exceptions must derive from BaseException") {
            Ok(e) => e,
            Err(raised) => return raised,
        };
        if let Some(cause) = cause {
            let cause = if cause.is_none() {
                None
            } else {
                match self.exception_instance(cause, "exception causes must derive from BaseException") {
                    Ok(c) => Some(c),
                    Err(raised) => return raised,
                }
            };
            if let Some(e) = exception.downcast::<Exception>() {
                e.set_cause(&self.heap, cause);
            }
        }
        self.raise_value(exception)
    }

    /// `v` itself if it is an exception, `v()` if it is an exception class.
    pub fn exception_instance(&self, v: Value, message: &str) -> PyResult {
        if v.is::<Exception>() {
            return Ok(v);
        }
        match v.downcast::<Type>() {
            Some(cls) if cls.has(type_flag::IS_EXCEPTION) => {
                let e = self.call(v, &[])?;
                if e.is::<Exception>() {
                    return Ok(e);
                }
                Err(self.type_error(format!(
                    "calling {} should have returned an instance of BaseException, not {}",
                    self.repr_text(v)?,
                    self.type_of(e).name()
                )))
            }
            _ => Err(self.type_error(message)),
        }
    }

    /// Whether `exception` matches an `except` clause's class or tuple of classes.
    pub fn exception_matches(&self, exception: Value, class: Value) -> PyResult<bool> {
        if let Some(cls) = class.downcast::<Type>()
            && cls.has(type_flag::IS_EXCEPTION)
        {
            return Ok(self.type_of(exception).is_subtype(cls));
        }
        if let Some(classes) = class.downcast::<Tuple>() {
            for &c in classes.iter() {
                if !c.downcast::<Type>().is_some_and(|t| t.has(type_flag::IS_EXCEPTION)) {
                    return Err(self.bad_except_class());
                }
            }
            return Ok(classes
                .iter()
                .filter_map(|c| c.downcast::<Type>())
                .any(|c| self.type_of(exception).is_subtype(c)));
        }
        Err(self.bad_except_class())
    }

    #[cold]
    fn bad_except_class(&self) -> Raised {
        self.type_error("catching classes that do not inherit from BaseException is not allowed")
    }

    /// Calls a helper of our own Python support module.
    pub fn call_helper(&self, name: &str, args: &[Value]) -> PyResult {
        let module = self.import("_adder_support")?;
        let function = self.getattr_str(module, name)?;
        self.call(function, args)
    }
}

#[inline(never)]
pub(super) fn check_match(f: F<'_>) -> PyResult {
    f.vm.exception_matches(f.reg(f.b()), f.reg(f.c())).map(Value::bool)
}

#[inline(never)]
pub(super) fn check_group_match(f: F<'_>) -> PyResult<()> {
    let vm = f.vm;
    let (matching, rest) = crate::object::exception::match_star(vm, f.reg(f.b()), f.reg(f.c()))?;
    f.set(f.a(), matching.unwrap_or(Value::none()));
    f.set(f.a() + 1, rest.unwrap_or(Value::none()));
    Ok(())
}
