//! The one error type of the crate: which exception, and its message.

use std::borrow::Cow;
use std::fmt;

/// The Python exception that an error becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// `ValueError`
    Value,
    /// `TypeError`
    Type,
    /// `OverflowError`
    Overflow,
    /// `OverflowError` whose arguments are `(ERANGE, message)`, as `float.__pow__` raises it
    OverflowErrno,
    /// `ZeroDivisionError`
    ZeroDivision,
    /// `MemoryError` without arguments
    Memory,
}

/// An exception to raise: its type and CPython's message for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumError {
    /// Which exception.
    pub kind: ErrorKind,
    /// The message; empty for `MemoryError`.
    pub message: Cow<'static, str>,
}

impl NumError {
    /// A `ValueError`.
    #[cold]
    pub fn value(message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: ErrorKind::Value, message: message.into() }
    }

    /// A `TypeError`.
    #[cold]
    pub fn type_error(message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: ErrorKind::Type, message: message.into() }
    }

    /// An `OverflowError`.
    #[cold]
    pub fn overflow(message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: ErrorKind::Overflow, message: message.into() }
    }

    /// `OverflowError(34, 'Numerical result out of range')`.
    #[cold]
    pub fn out_of_range() -> Self {
        Self { kind: ErrorKind::OverflowErrno, message: Cow::Borrowed("Numerical result out of range") }
    }

    /// A `ZeroDivisionError`.
    #[cold]
    pub fn zero_division(message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: ErrorKind::ZeroDivision, message: message.into() }
    }

    /// `ZeroDivisionError: division by zero`.
    #[cold]
    pub fn division_by_zero() -> Self {
        Self::zero_division("division by zero")
    }

    /// A `MemoryError`.
    #[cold]
    pub fn memory() -> Self {
        Self { kind: ErrorKind::Memory, message: Cow::Borrowed("") }
    }
}

impl fmt::Display for NumError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for NumError {}
