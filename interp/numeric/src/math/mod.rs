//! The `math` module's functions on floats, with Python's errors.
//!
//! Elementary functions come from the C library through `std` (which is what CPython calls); what it lacks or
//! Python defines more exactly is here: [`gamma`], [`norm`] (`hypot`, `dist`), [`sum`] (`fsum`, `sumprod` and the
//! compensated `sum`), [`float_bits`] (`nextafter`, `ulp`, `ldexp` ...), [`log`] (of integers of any size).
//!
//! A function that has no result raises `ValueError`, one whose result is too large `OverflowError`; infinite and
//! NaN arguments pass through where the limit exists.

pub mod elementary;
pub mod float_bits;
pub mod gamma;
pub mod log;
pub mod norm;
pub mod sum;

pub use elementary::*;

use crate::error::NumError;

/// `ValueError: math domain error`
#[cold]
pub fn domain_error() -> NumError {
    NumError::value("math domain error")
}

/// `OverflowError: math range error`
#[cold]
pub fn range_error() -> NumError {
    NumError::overflow("math range error")
}

#[cfg(test)]
mod tests;
