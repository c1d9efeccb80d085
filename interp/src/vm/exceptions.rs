//! The table of built-in exception classes, and raising them.

use super::Vm;
use crate::native::TypeDef;
use crate::object::exception::{Exception, group, initialise, os_error, simple, syntax_error, unicode_error};
use crate::object::header::Gc;
use crate::object::tuple::Tuple;
use crate::object::typeobj::Type;
use crate::value::{PyResult, Raised, Value};
use crate::vm::planted::{Bug, planted};

/// The optional definition of a row.
macro_rules! definition {
    () => {
        None
    };
    ($def:path) => {
        Some(&$def)
    };
}

macro_rules! exceptions {
    ($($field:ident $name:literal : $base:ident, $raise:ident $(, $def:path)?;)*) => {
        /// The built-in exception classes below `BaseException`.
        pub struct Exceptions {
            $(pub $field: Gc<Type>,)*
        }

        impl Exceptions {
            pub(crate) fn create(
                mut make: impl FnMut(&'static str, &'static str, Option<&'static TypeDef>) -> Gc<Type>,
            ) -> Exceptions {
                Exceptions { $($field: make($name, stringify!($base), definition!($($def)?)),)* }
            }
            /// All classes with their Python names.
            pub fn all(&self) -> Vec<(&'static str, Gc<Type>)> {
                vec![$(($name, self.$field)),*]
            }
        }

        impl Vm {
            $(#[doc = concat!("Raises `", $name, "` with this message.")]
            #[cold]
            pub fn $raise(&self, message: impl AsRef<str>) -> Raised {
                self.raise_message(self.exceptions.$field, message.as_ref())
            })*
        }
    };
}

// `field "Name": Base, raising function[, definition of methods and attributes];`
exceptions! {
    exception "Exception": BaseException, exception_error;
    system_exit "SystemExit": BaseException, system_exit, simple::SYSTEM_EXIT;
    keyboard_interrupt "KeyboardInterrupt": BaseException, keyboard_interrupt;
    generator_exit "GeneratorExit": BaseException, generator_exit;
    base_exception_group "BaseExceptionGroup": BaseException, base_exception_group_error, group::BASE_EXCEPTION_GROUP;
    exception_group "ExceptionGroup": BaseExceptionGroup, exception_group_error;
    stop_iteration "StopIteration": Exception, stop_iteration_message, simple::STOP_ITERATION;
    stop_async_iteration "StopAsyncIteration": Exception, stop_async_iteration;
    arithmetic_error "ArithmeticError": Exception, arithmetic_error;
    floating_point_error "FloatingPointError": ArithmeticError, floating_point_error;
    overflow_error "OverflowError": ArithmeticError, overflow_error;
    zero_division_error "ZeroDivisionError": ArithmeticError, zero_division_error;
    assertion_error "AssertionError": Exception, assertion_error;
    attribute_error "AttributeError": Exception, attribute_error, simple::ATTRIBUTE_ERROR;
    buffer_error "BufferError": Exception, buffer_error;
    eof_error "EOFError": Exception, eof_error;
    import_error "ImportError": Exception, import_error, simple::IMPORT_ERROR;
    module_not_found_error "ModuleNotFoundError": ImportError, module_not_found_error;
    lookup_error "LookupError": Exception, lookup_error;
    index_error "IndexError": LookupError, index_error;
    key_error "KeyError": LookupError, key_error_message, simple::KEY_ERROR;
    memory_error "MemoryError": Exception, memory_error;
    name_error "NameError": Exception, name_error, simple::NAME_ERROR;
    unbound_local_error "UnboundLocalError": NameError, unbound_local_error;
    os_error "OSError": Exception, os_error_message, os_error::OS_ERROR;
    blocking_io_error "BlockingIOError": OSError, blocking_io_error;
    child_process_error "ChildProcessError": OSError, child_process_error;
    connection_error "ConnectionError": OSError, connection_error;
    broken_pipe_error "BrokenPipeError": ConnectionError, broken_pipe_error;
    connection_aborted_error "ConnectionAbortedError": ConnectionError, connection_aborted_error;
    connection_refused_error "ConnectionRefusedError": ConnectionError, connection_refused_error;
    connection_reset_error "ConnectionResetError": ConnectionError, connection_reset_error;
    file_exists_error "FileExistsError": OSError, file_exists_error;
    file_not_found_error "FileNotFoundError": OSError, file_not_found_error;
    interrupted_error "InterruptedError": OSError, interrupted_error;
    is_a_directory_error "IsADirectoryError": OSError, is_a_directory_error;
    not_a_directory_error "NotADirectoryError": OSError, not_a_directory_error;
    permission_error "PermissionError": OSError, permission_error;
    process_lookup_error "ProcessLookupError": OSError, process_lookup_error;
    timeout_error "TimeoutError": OSError, timeout_error;
    reference_error "ReferenceError": Exception, reference_error;
    runtime_error "RuntimeError": Exception, runtime_error;
    not_implemented_error "NotImplementedError": RuntimeError, not_implemented_error;
    python_finalization_error "PythonFinalizationError": RuntimeError, python_finalization_error;
    recursion_error "RecursionError": RuntimeError, recursion_error;
    syntax_error "SyntaxError": Exception, syntax_error_message, syntax_error::SYNTAX_ERROR;
    indentation_error "IndentationError": SyntaxError, indentation_error;
    tab_error "TabError": IndentationError, tab_error;
    incomplete_input_error "_IncompleteInputError": SyntaxError, incomplete_input_error;
    system_error "SystemError": Exception, system_error;
    type_error "TypeError": Exception, type_error;
    value_error "ValueError": Exception, value_error;
    unicode_error "UnicodeError": ValueError, unicode_error;
    unicode_decode_error "UnicodeDecodeError": UnicodeError, unicode_decode_error_message, unicode_error::DECODE_ERROR;
    unicode_encode_error "UnicodeEncodeError": UnicodeError, unicode_encode_error_message, unicode_error::ENCODE_ERROR;
    unicode_translate_error "UnicodeTranslateError": UnicodeError, unicode_translate_error_message, unicode_error::TRANSLATE_ERROR;
    warning "Warning": Exception, warning_error;
    bytes_warning "BytesWarning": Warning, bytes_warning_error;
    deprecation_warning "DeprecationWarning": Warning, deprecation_warning_error;
    encoding_warning "EncodingWarning": Warning, encoding_warning_error;
    future_warning "FutureWarning": Warning, future_warning_error;
    import_warning "ImportWarning": Warning, import_warning_error;
    pending_deprecation_warning "PendingDeprecationWarning": Warning, pending_deprecation_warning_error;
    resource_warning "ResourceWarning": Warning, resource_warning_error;
    runtime_warning "RuntimeWarning": Warning, runtime_warning_error;
    syntax_warning "SyntaxWarning": Warning, syntax_warning_error;
    unicode_warning "UnicodeWarning": Warning, unicode_warning_error;
    user_warning "UserWarning": Warning, user_warning_error;
}

impl Vm {
    /// Raises `class(message)` for a class whose instances need nothing but arguments.
    #[cold]
    pub fn raise_message(&self, class: Gc<Type>, message: &str) -> Raised {
        let text = self.new_str(message);
        self.raise_class(class, &[text])
    }

    /// Raises `class(*args)` without running `__init__` of Python subclasses.
    #[cold]
    pub fn raise_class(&self, class: Gc<Type>, args: &[Value]) -> Raised {
        let exception = self.new_exception(class, args);
        let raised = self.raise_value(exception.value());
        self.mark_pending_fresh();
        raised
    }

    /// An instance of a built-in exception class, its members set from the arguments.
    pub fn new_exception(&self, class: Gc<Type>, args: &[Value]) -> Gc<Exception> {
        let args = Tuple::new(&self.heap, args);
        let e = Exception::of_class(self, class, args);
        initialise(self, e);
        e
    }

    /// Makes `exception`, an instance of `BaseException`, the pending one; its context is what is being handled.
    #[cold]
    pub fn raise_value(&self, exception: Value) -> Raised {
        if let (Some(e), Some(handled)) = (exception.downcast::<Exception>(), self.handled())
            && handled != exception
            && !planted(Bug::LostContext)
        {
            self.cut_context_cycle(handled, exception);
            e.set_context(&self.heap, Some(handled));
        }
        self.set_pending(exception);
        Raised
    }

    /// Raises without touching the context: the exception goes on as it is.
    #[cold]
    pub fn reraise_value(&self, exception: Value) -> Raised {
        self.set_pending(exception);
        Raised
    }

    /// Removes `exception` from the context chain of `from`, so that chaining makes no cycle.
    fn cut_context_cycle(&self, from: Value, exception: Value) {
        let mut at = from;
        let mut steps = 0;
        while let Some(e) = at.downcast::<Exception>() {
            match e.context.get() {
                Some(c) if c == exception => return e.set_context(&self.heap, None),
                Some(c) => at = c,
                None => return,
            }
            steps += 1;
            if steps > 100_000 {
                return;
            }
        }
    }

    /// Raises `KeyError(key)`.
    #[cold]
    pub fn key_error(&self, key: Value) -> Raised {
        self.raise_class(self.exceptions.key_error, &[key])
    }

    /// Raises `StopIteration(value)`.
    #[cold]
    pub fn stop_iteration(&self, value: Option<Value>) -> Raised {
        match value {
            Some(v) => {
                let e = self.new_exception(self.exceptions.stop_iteration, &[v]);
                self.raise_value(e.value())
            }
            None => self.raise_class(self.exceptions.stop_iteration, &[]),
        }
    }

    /// Takes the pending exception if it is an instance of `class`; otherwise leaves it and fails on.
    pub fn catch(&self, class: Gc<Type>) -> PyResult<Value> {
        let pending = self.pending().expect("an error result leaves an exception pending");
        if self.type_of(pending).is_subtype(class) {
            self.take_pending();
            Ok(pending)
        } else {
            Err(Raised)
        }
    }

    /// Raises what a Rust computation over numbers reports.
    #[cold]
    pub fn numeric_error(&self, error: adder_numeric::NumError) -> Raised {
        use adder_numeric::ErrorKind;
        let class = match error.kind {
            ErrorKind::Value => self.exceptions.value_error,
            ErrorKind::Overflow => self.exceptions.overflow_error,
            ErrorKind::OverflowErrno => {
                let text = self.new_str(&error.message);
                return self.raise_class(self.exceptions.overflow_error, &[Value::small_int(34), text]);
            }
            ErrorKind::ZeroDivision => self.exceptions.zero_division_error,
            ErrorKind::Type => self.exceptions.type_error,
            ErrorKind::Memory => return self.out_of_memory(),
        };
        self.raise_message(class, &error.message)
    }
}
