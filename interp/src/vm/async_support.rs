//! Objects around async generators, and finalization of suspended frames.

use super::Vm;
use crate::object::generator::{Generator, GeneratorState};
use crate::object::header::Gc;
use crate::object::tuple::Tuple;
use crate::value::{Raised, Value};

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
        if !unit.as_ref().unit().handlers.is_empty()
            || generator.header().shape() != crate::object::shape::shape_id::GENERATOR
        {
            self.heap.register_finalizer(generator.header());
        }
    }

    /// A suspended generator died: its `finally` blocks run, as `close()` would run them.
    pub(crate) fn finalize_generator(&self, generator: Gc<Generator>) {
        if generator.state.get() != GeneratorState::Suspended {
            return;
        }
        if let Err(Raised) = self.call_method(generator.value(), "close", &[]) {
            self.write_unraisable("Exception ignored while closing generator", generator.value());
        }
    }
}
