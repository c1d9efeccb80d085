//! Objects around async generators, and finalization of suspended frames.

use super::Vm;
use crate::object::generator::{Generator, GeneratorState};
use crate::object::header::Gc;
use crate::object::shape::shape_id;
use crate::object::tuple::Tuple;
use crate::value::{PyResult, Raised, Value};

/// A value yielded by an async generator (as opposed to one passed through from an `await`): recognised by the class of its wrapper.
impl Vm {
    /// Wraps a value that `yield` in an async generator produces.
    pub fn wrap_async_value(&self, v: Value) -> Value {
        let shape = crate::object::shape::shape_id::ASYNC_WRAPPED;
        Tuple::of_class(&self.heap, shape, 0, &[v]).value()
    }

    /// The value inside such a wrapper.
    pub fn unwrap_async_value(&self, v: Value) -> Option<Value> {
        let header = v.header()?;
        if header.shape() != crate::object::shape::shape_id::ASYNC_WRAPPED {
            return None;
        }
        v.downcast::<Tuple>()?.first().copied()
    }

    /// A generator object was made: those with something to clean up are finalized when they die.
    pub(crate) fn generator_created(&self, generator: Gc<Generator>) {
        let unit = generator.function.code.get();
        if !unit.as_ref().unit().handlers.is_empty() || !matches!(generator.shape(), shape_id::GENERATOR) {
            self.heap.register_finalizer(generator.header());
        }
        let depth = self.coroutine_origin_depth.get();
        if depth > 0 && generator.is_coroutine() {
            let origin = self.coroutine_origin(depth as usize);
            generator.extra.set(Some(origin));
            self.heap.barrier(generator.header(), origin);
        }
    }

    /// Where a coroutine is being created: up to `depth` triples of file name, line and function name, innermost first. The running
    /// frame is the coroutine's own.
    fn coroutine_origin(&self, depth: usize) -> Value {
        let mut frames = self.vec();
        for frame in self.frames().skip(1).take(depth) {
            let code = frame.window.code();
            let line = self.new_int(frame.line() as i64);
            let item = self.new_tuple(&[code.filename.get().value(), line, code.qualname().value()]);
            frames.push(&self.heap, item);
        }
        self.new_tuple(&frames)
    }

    /// A generator died before it finished: its `finally` blocks run, as `close()` would run them; async generators are left to
    /// their event loop; coroutines that never ran are reported.
    pub(crate) fn finalize_generator(&self, generator: Gc<Generator>) {
        if generator.state.get() == GeneratorState::Finished {
            return;
        }
        let result = match generator.finalizer.get() {
            Some(hook) if !generator.closed.get() => {
                if let Err(Raised) = self.call(hook, &[generator.value()]) {
                    self.write_unraisable_about("Exception ignored while calling generator finalizer", hook);
                }
                return;
            }
            _ => match generator.state.get() {
                GeneratorState::Suspended => self.generator_close(generator).map(drop),
                GeneratorState::Created if generator.is_coroutine() => self.warn_unawaited(generator),
                _ => Ok(()),
            },
        };
        if let Err(Raised) = result {
            self.write_unraisable_about("Exception ignored while closing generator", generator.value());
        }
    }

    /// "coroutine '...' was never awaited"; the `warnings` module adds where it was created.
    fn warn_unawaited(&self, coroutine: Gc<Generator>) -> PyResult<()> {
        if let Some(warn) = self.warnings_attribute("_warn_unawaited_coroutine", true)? {
            return self.call(warn, &[coroutine.value()]).map(drop);
        }
        let name = coroutine.qualname.get().to_string_lossy().into_owned();
        let message = format!("coroutine '{name}' was never awaited");
        self.warn(self.exceptions.runtime_warning, &message, 1)
    }

    /// Reports the pending exception with a message that ends in the repr of `object`.
    pub(crate) fn write_unraisable_about(&self, message: &str, object: Value) {
        let Some(pending) = self.take_pending() else { return };
        let text = self.repr_text(object).unwrap_or_else(|Raised| {
            self.take_pending();
            format!("<{} object>", self.type_of(object).name())
        });
        self.set_pending(pending);
        self.write_unraisable(&format!("{message} {text}"), Value::none());
    }
}
