//! Numbers and number formatting, without a VM.
//!
//! Everything here is a pure function from Rust values to Rust values: Python's integers, the text forms of
//! `int`, `float` and `complex`, the format mini-language, `%`-formatting and the hash algorithms. Whatever can
//! fail returns a [`NumError`], which names the exception and carries CPython's message, so that the VM only has
//! to raise it. Results are CPython 3.14's bit for bit; the tables beside the unit tests were printed by it.
//!
//! Start reading at [`int`] (the representation), then [`format_spec`] (the largest consumer).

pub mod ascii;
pub mod complex;
pub mod error;
pub mod float_arith;
pub mod float_digits;
pub mod float_hex;
pub mod float_parse;
pub mod float_repr;
pub mod format_spec;
pub mod hash;
pub mod int;
pub mod int_arith;
pub mod int_bits;
pub mod int_bytes;
pub mod int_combinatorics;
pub mod int_float;
pub mod int_gcd;
pub mod int_parse;
pub mod int_pow;
pub mod int_str;
pub mod math;
pub mod percent;

pub use error::{ErrorKind, NumError};
pub use int::Int;
