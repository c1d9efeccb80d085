//! The protocol of generators and coroutines above plain resumption: send, throw, close, finalization.
//!
//! A throw or close of a generator that is suspended in `yield from` or `await` goes to the innermost delegate first; what comes out of
//! it goes on in the outer one ([`Vm::delegate_of`], [`Vm::finish_delegation`]). Resumption itself is in
//! [`crate::vm::dispatch::generators`].

use super::Vm;
use super::dispatch::generators::Resumed;
use crate::object::exception::Exception;
use crate::object::generator::{Generator, GeneratorState};
use crate::object::header::Gc;
use crate::object::shape::shape_id;
use crate::object::traceback::Traceback;
use crate::object::tuple::Tuple;
use crate::object::typeobj::{Type, type_flag};
use crate::value::{PyResult, Raised, Value};
use crate::vm::planted::{Bug, planted};

impl Generator {
    /// "generator", "coroutine" or "async generator".
    pub fn kind_name(&self) -> &'static str {
        match self.shape() {
            shape_id::GENERATOR => "generator",
            shape_id::COROUTINE => "coroutine",
            _ => "async generator",
        }
    }
    pub fn is_coroutine(&self) -> bool {
        self.shape() == shape_id::COROUTINE
    }
    pub fn is_async(&self) -> bool {
        self.shape() == shape_id::ASYNC_GENERATOR
    }
}

impl Vm {
    /// Sends a value into a generator, coroutine or async generator.
    pub fn generator_send(&self, generator: Gc<Generator>, value: Value) -> PyResult<Resumed> {
        match generator.state.get() {
            GeneratorState::Running => Err(self.already_executing(generator)),
            GeneratorState::Finished if generator.is_coroutine() => Err(self.coroutine_reused()),
            GeneratorState::Finished => Ok(Resumed::Returned(Value::none())),
            GeneratorState::Created if !value.is_none() => Err(self.type_error(format!(
                "can't send non-None value to a just-started {}",
                generator.kind_name()
            ))),
            _ => self.resume(generator, Some(value)),
        }
    }

    #[cold]
    fn coroutine_reused(&self) -> Raised {
        self.runtime_error("cannot reuse already awaited coroutine")
    }

    /// As [`Vm::generator_throw_arguments`] with an exception.
    pub fn generator_throw(
        &self,
        generator: Gc<Generator>,
        exception: Value,
        close_delegate: bool,
    ) -> PyResult<Resumed> {
        self.generator_throw_arguments(generator, &[exception], close_delegate)
    }

    /// Raises what the arguments of `throw` describe where the generator is suspended; they are looked at only there, where
    /// nothing is delegated to any more. `close_delegate`: a `GeneratorExit` closes what the generator delegates
    /// to instead of being thrown into it.
    pub fn generator_throw_arguments(
        &self,
        generator: Gc<Generator>,
        args: &[Value],
        close_delegate: bool,
    ) -> PyResult<Resumed> {
        self.check_native_stack("")?;
        if let Some(delegate) = self.delegate_of(generator).filter(|_| !planted(Bug::ThrowAtOuter)) {
            let class = args[0].downcast::<Type>().unwrap_or_else(|| self.type_of(args[0]));
            let exits = class.is_subtype(self.exceptions.generator_exit);
            generator.state.set(GeneratorState::Running);
            if close_delegate && exits {
                let closed = self.close_iterator(delegate);
                generator.state.set(GeneratorState::Suspended);
                if closed.is_err() {
                    return self.resume_raising(generator);
                }
            } else {
                let result = self.throw_into_iterator(delegate, args, close_delegate);
                generator.state.set(GeneratorState::Suspended);
                match result {
                    Ok(Some(Resumed::Yielded(v))) => return Ok(Resumed::Yielded(v)),
                    Ok(Some(Resumed::Returned(v))) => {
                        self.finish_delegation(generator, v);
                        return self.resume(generator, None);
                    }
                    // What is raised at a `yield from` ends it when it is a StopIteration.
                    Ok(None) if class.is_subtype(self.exceptions.stop_iteration) => {
                        let exception = self.throw_argument(args)?;
                        let value = self.stop_iteration_value(exception);
                        self.finish_delegation(generator, value);
                        return self.resume(generator, None);
                    }
                    Ok(None) => {}
                    Err(Raised) => return self.resume_raising(generator),
                }
            }
        }
        let exception = self.throw_argument(args)?;
        self.set_pending(exception);
        self.resume_raising(generator)
    }

    /// `None` when the iterator has no `throw`.
    fn throw_into_iterator(
        &self,
        iterator: Value,
        args: &[Value],
        close_delegate: bool,
    ) -> PyResult<Option<Resumed>> {
        if let Some(inner) = iterator.downcast::<Generator>().filter(|g| !g.is_async()) {
            return self.generator_throw_arguments(inner, args, close_delegate).map(Some);
        }
        let Some(throw) = self.getattr_opt(iterator, self.names.throw)? else { return Ok(None) };
        match self.call(throw, args) {
            Ok(v) => Ok(Some(Resumed::Yielded(v))),
            Err(Raised) => {
                let stop = self.catch(self.exceptions.stop_iteration)?;
                Ok(Some(Resumed::Returned(self.stop_iteration_value(stop))))
            }
        }
    }

    fn close_iterator(&self, iterator: Value) -> PyResult<()> {
        if let Some(inner) = iterator.downcast::<Generator>().filter(|g| !g.is_async()) {
            return self.generator_close(inner).map(drop);
        }
        match self.getattr_opt(iterator, self.names.close)? {
            Some(close) => self.call(close, &[]).map(drop),
            None => Ok(()),
        }
    }

    /// Resumes with the pending exception, whatever state the generator is in.
    fn resume_raising(&self, generator: Gc<Generator>) -> PyResult<Resumed> {
        match generator.state.get() {
            GeneratorState::Running => {
                self.take_pending();
                Err(self.already_executing(generator))
            }
            GeneratorState::Finished if generator.is_coroutine() => {
                self.take_pending();
                Err(self.coroutine_reused())
            }
            GeneratorState::Finished => Err(Raised),
            _ => self.resume(generator, None),
        }
    }

    /// `close()`: the value the generator returns, or None.
    pub fn generator_close(&self, generator: Gc<Generator>) -> PyResult {
        match generator.state.get() {
            GeneratorState::Running => return Err(self.already_executing(generator)),
            GeneratorState::Finished => return Ok(Value::none()),
            GeneratorState::Created => {
                generator.finish();
                return Ok(Value::none());
            }
            GeneratorState::Suspended => {}
        }
        let closed = match self.delegate_of(generator) {
            None if !generator.is_protected() || planted(Bug::CloseSkipsFinally) => {
                // Nothing would notice the exception.
                generator.finish();
                return Ok(Value::none());
            }
            None => Ok(()),
            Some(delegate) => {
                generator.state.set(GeneratorState::Running);
                let closed = self.close_iterator(delegate);
                generator.state.set(GeneratorState::Suspended);
                closed
            }
        };
        if closed.is_ok() {
            let exit = self.new_exception(self.exceptions.generator_exit, &[]);
            self.raise_value(exit.value());
        }
        match self.resume_raising(generator) {
            Ok(Resumed::Yielded(_)) => {
                Err(self.runtime_error(format!("{} ignored GeneratorExit", generator.kind_name())))
            }
            Ok(Resumed::Returned(v)) => Ok(v),
            Err(Raised) => self.catch(self.exceptions.generator_exit).map(|_| Value::none()),
        }
    }

    /// What the method that resumed a generator gives to Python.
    pub fn yielded_or_stop(&self, resumed: Resumed) -> PyResult {
        match resumed {
            Resumed::Yielded(v) => Ok(v),
            Resumed::Returned(v) if v.is_none() => Err(self.stop_iteration(None)),
            Resumed::Returned(v) => Err(self.stop_iteration(Some(v))),
        }
    }

    /// Warns of the deprecated form of `throw` and `athrow`.
    pub fn check_throw_signature(&self, args: &[Value], method: &str) -> PyResult<()> {
        if args.len() <= 1 {
            return Ok(());
        }
        self.warn(
            self.exceptions.deprecation_warning,
            &format!(
                "the (type, exc, tb) signature of {method}() is deprecated, use the single-arg signature instead."
            ),
            1,
        )
    }

    /// The exception that the arguments of `throw(type, value, traceback)` describe.
    pub fn throw_argument(&self, args: &[Value]) -> PyResult {
        let (class, value) = (args[0], args.get(1).copied().filter(|v| !v.is_none()));
        let tb = match args.get(2).filter(|v| !v.is_none()) {
            None => None,
            Some(tb) => match tb.downcast::<Traceback>() {
                Some(tb) => Some(tb),
                None => return Err(self.type_error("throw() third argument must be a traceback object")),
            },
        };
        let exception = if class.downcast::<Type>().is_some_and(|t| t.has(type_flag::IS_EXCEPTION)) {
            self.instantiate_exception(class, value)?
        } else if class.is::<Exception>() {
            if value.is_some() {
                return Err(self.type_error("instance exception may not have a separate value"));
            }
            class
        } else {
            return Err(self.type_error(format!(
                "exceptions must be classes or instances deriving from BaseException, not {}",
                self.type_of(class).name()
            )));
        };
        if let (Some(tb), Some(e)) = (tb, exception.downcast::<Exception>()) {
            e.set_traceback(&self.heap, Some(tb));
        }
        Ok(exception)
    }

    /// An exception from class and value: the value itself if it is an instance, else what the class makes of it.
    fn instantiate_exception(&self, class: Value, value: Option<Value>) -> PyResult {
        let made = match value {
            Some(v) if v.is::<Exception>() && self.isinstance(v, class)? => return Ok(v),
            None => self.call(class, &[])?,
            Some(v) => match v.downcast::<Tuple>() {
                Some(args) => self.call(class, &args)?,
                None => self.call(class, &[v])?,
            },
        };
        if made.is::<Exception>() {
            return Ok(made);
        }
        Err(self.type_error(format!(
            "calling {} should have returned an instance of BaseException, not {}",
            self.repr_text(class)?,
            self.type_of(made).name()
        )))
    }
}
