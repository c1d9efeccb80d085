//! The eval breaker: what happens at polls.
//!
//! Finalizers, weak reference callbacks, signal handlers and GIL hand-over run here and nowhere else, so that allocation never
//! runs Python code.

use super::{Vm, breaker};
use crate::object::header::Gc;
use crate::object::memoryview::MemoryView;
use crate::object::native::Native;
use crate::object::shape::shape_id;
use crate::object::weakref::WeakRef;
use crate::value::{PyResult, Raised, Value};
use crate::vm::special::Special;
use adder_bytecode::{Op, liveness};
use std::sync::atomic::Ordering;

impl Vm {
    /// Does what the eval breaker word asks for.
    #[cold]
    #[inline(never)]
    pub fn handle_breaker(&self) -> PyResult<()> {
        let bits = self.breaker.load(Ordering::SeqCst);
        if bits & breaker::GIL != 0 {
            self.clear_breaker(breaker::GIL);
            self.yield_gil();
        }
        if bits & breaker::MEMORY != 0 {
            self.clear_breaker(breaker::MEMORY);
            return Err(self.out_of_memory());
        }
        if bits & breaker::FINALIZERS != 0 {
            self.clear_breaker(breaker::FINALIZERS);
            self.run_finalizers();
        }
        if bits & breaker::TIER != 0 {
            self.clear_breaker(breaker::TIER);
            if let Some(tier) = self.tier.get() {
                tier.install(self);
            }
        }
        if bits & breaker::ASYNC_EXCEPTION != 0 {
            self.raise_async_exception()?;
        }
        if bits & breaker::SIGNAL != 0 {
            self.clear_breaker(breaker::SIGNAL);
            if let Some(hook) = self.signal_hook.get() {
                hook(self)?;
            }
        }
        Ok(())
    }

    /// Runs queued weak reference callbacks and finalizers. Exceptions in them are reported and dropped.
    pub fn run_finalizers(&self) {
        if self.running_finalizers.replace(true) {
            return;
        }
        let pending = self.take_pending();
        loop {
            let callback: Option<Gc<WeakRef>> = self.heap.callback_queue.borrow_mut().pop_front();
            if let Some(reference) = callback {
                if let Some(callback) = reference.take_callback()
                    && let Err(Raised) = self.call(callback, &[reference.value()])
                {
                    self.write_unraisable("Exception ignored while calling weakref callback", callback);
                }
                continue;
            }
            let dead: Option<Value> = self.heap.finalize_queue.borrow_mut().pop_front();
            let Some(object) = dead else { break };
            self.finalize(object);
        }
        if let Some(e) = pending {
            self.set_pending(e);
        }
        self.running_finalizers.set(false);
    }

    fn finalize(&self, object: Value) {
        if let Some(generator) = object.downcast::<crate::object::generator::Generator>() {
            self.finalize_generator(generator);
            return;
        }
        if let Some(raw) = self.special_of(object, Special::Del)
            && let Err(Raised) = self.call_method_raw(raw, object, &[])
        {
            self.write_unraisable("Exception ignored while calling deallocator", raw);
        }
    }

    /// `gc.collect()`: the native stack below the caller is cleared first, so that what lies there from earlier calls keeps
    /// nothing alive.
    #[inline(never)]
    pub fn collect_garbage(&self, full: bool) {
        clear_dead_stack();
        self.clear_dead_registers();
        self.last_stop_value.set(None);
        self.heap.collect_from_here(full);
    }

    /// Gives back the memory that forgotten memoryviews have borrowed, so that it can be resized: CPython would have freed
    /// them at once. A view to which only words of the native stack refer is released, which is what `release()` does: should
    /// the words be more than leftovers, the view refuses to be used.
    #[inline(never)]
    pub fn reclaim_views(&self, full: bool) {
        clear_dead_stack();
        self.clear_dead_registers();
        self.last_stop_value.set(None);
        for view in self.heap.collect_doubting(shape_id::MEMORYVIEW, self.native_base.get(), full) {
            if let Some(view) = view.downcast::<Native<MemoryView>>() {
                view.release_idle();
            }
        }
    }

    /// Empties the temporaries of running frames that will not be read any more. Local variables stay: they can be seen.
    fn clear_dead_registers(&self) {
        for (depth, frame) in self.frames().enumerate() {
            let function = frame.window.function();
            let code = function.code.get();
            let unit = code.as_ref().unit();
            let insn = unit.insns[code.index_of(frame.pc)];
            let live = liveness::live_after(unit, code.index_of(frame.pc));
            let reads = liveness::reads(insn);
            // The window of a Python callee lies above its caller's call area.
            let end = match insn.op() {
                Op::Call | Op::CallMethod | Op::CallKw | Op::CallMethodKw | Op::CallEx if depth > 0 => {
                    insn.a() as usize
                }
                _ => unit.nregs as usize,
            };
            for i in unit.locals.len()..end {
                if !live.contains(i) && !reads.contains(&i) {
                    // SAFETY: registers of the window; nothing reads them before writing them.
                    unsafe { *frame.window.0.add(i) = None };
                }
            }
        }
    }

    /// Reports the pending exception through `sys.unraisablehook` and drops it.
    pub fn write_unraisable(&self, message: &str, object: Value) {
        let Some(exception) = self.take_pending() else { return };
        let text = self.new_str(message);
        let result = self.unraisable_args(exception, text, object).and_then(|args| {
            match self.sys.get_str(self.names.unraisablehook) {
                Some(hook) => self.call(hook, &[args]),
                None => Ok(Value::none()),
            }
        });
        if result.is_err() {
            self.take_pending();
        }
    }

    fn unraisable_args(&self, exception: Value, message: Value, object: Value) -> PyResult {
        let tb = exception
            .downcast::<crate::object::exception::Exception>()
            .and_then(|e| e.traceback.get())
            .map_or(Value::none(), Gc::value);
        let args = [self.type_of(exception).value(), exception, tb, message, object];
        match self.unraisable_class.get() {
            Some(make) => make(self, &args),
            None => Ok(self.new_tuple(&args)),
        }
    }

    fn raise_async_exception(&self) -> PyResult<()> {
        let Some(exception) = self.async_exception.take() else { return Ok(()) };
        self.clear_breaker(breaker::ASYNC_EXCEPTION);
        Err(self.raise_object(exception, None))
    }

    /// Lets another thread that waits for the GIL have it.
    pub fn yield_gil(&self) {
        if let Some(hook) = self.gil_hook.get() {
            hook(self);
        }
    }
}

/// Overwrites the part of the native stack that calls have used and left.
#[inline(never)]
fn clear_dead_stack() {
    let zeros = [0_usize; 8 << 10];
    std::hint::black_box(&zeros);
}
