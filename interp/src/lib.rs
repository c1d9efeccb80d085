//! Adder's language and runtime: objects, heap, bytecode interpreter.
//!
//! The way from source text to result: `adder-compiler` makes a `CodeUnit`, [`object::code`] materialises it,
//! [`vm::call`] opens a window for it, [`vm::dispatch`] runs it on [`object`]s that live on the [`heap`]. Native modules
//! attach through [`native`].
//!
//! Read first: [`value`], then [`heap`], [`object`], [`vm`].

// Paths that the native-module macros generate name this crate, inside it too.
extern crate self as adder_interp;

pub mod buffer;
pub mod builtins;
pub mod codecs;
pub mod heap;
pub mod native;
pub mod object;
pub mod pack;
pub mod sys;
pub mod value;
pub mod vm;
