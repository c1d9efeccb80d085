//! Everything about text that needs no VM.
//!
//! Python's `str` is a sequence of code points, lone surrogates included, stored in units of 1, 2 or 4 bytes
//! chosen by the widest character. This crate holds the algorithms over such sequences: the VM owns the memory
//! and the exceptions, and calls in here with borrowed units and closures.
//!
//! - [`ucd`]: the Unicode database, at the version CPython 3.14 has.
//! - [`units`]: borrowed and owned code-unit sequences, building, searching, splitting, comparing.
//! - [`bytes`]: the same kind of algorithms with the ASCII rules of `bytes` and `bytearray`.
//! - [`repr`]: `repr()` and `ascii()` of str and bytes.
//! - [`codecs`]: encoders and decoders with error handlers as closures.
//! - [`wtf8`]: UTF-8 that also carries lone surrogates.
//! - [`literal`]: the bodies of string and bytes literals in source text.
//! - [`source`]: the encoding of a source file (PEP 263).
//!
//! Code points are plain `u32` throughout, because `char` excludes surrogates. Nothing here is `unsafe`.

#![forbid(unsafe_code)]
// Code over units of every width converts to `u32`, which is the identity for one of them.
#![allow(clippy::useless_conversion)]

pub mod bytes;
pub mod codecs;
pub mod literal;
pub mod repr;
pub mod source;
pub mod ucd;
pub mod units;
pub mod wtf8;
