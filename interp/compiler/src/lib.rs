//! The compiler: Python 3.14 source text to [`adder_bytecode::CodeUnit`].
//!
//! It knows no VM, so that a build script can run it. The way of a program through it:
//!
//! 1. [`source`]: bytes are decoded (BOM, coding cookie);
//! 2. [`parse`]: `ruff_python_parser` makes the tree; its errors get CPython's wording;
//! 3. [`symtable`]: every name is resolved to local, cell, free or global;
//! 4. [`codegen`]: the tree becomes register bytecode.
//!
//! Nesting is limited, so that no program overflows the native stack: see [`DEPTH_LIMIT`].

pub mod carets;
mod codegen;
pub mod error;
mod future;
pub mod literals;
mod names;
mod parse;
pub mod source;
pub mod symtable;
mod unparse;
mod walk;

pub use codegen::interpolation_text;
pub use error::{ErrorKind, SyntaxError, Warning, WarningCategory};
pub use parse::{Parsed, parse, stream};

use adder_bytecode::{CodeUnit, Const, Pos};
use ruff_python_ast::{Mod, Number};
use source::Source;
use std::borrow::Cow;
use std::collections::HashMap;

/// Deepest nesting of expressions and statements that is compiled.
pub const DEPTH_LIMIT: u32 = 12_000;

/// What the source is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    Exec,
    Eval,
    /// One interactive statement; expression statements print their value.
    Single,
}

/// Compilation flags (`PyCF_*`).
#[derive(Clone, Copy, Default, Debug)]
pub struct Flags {
    /// `from __future__ import annotations` is inherited.
    pub future_annotations: bool,
    /// `from __future__ import barry_as_FLUFL` is inherited.
    pub barry_as_flufl: bool,
    /// An indented last block of interactive input needs no closing empty line.
    pub dont_imply_dedent: bool,
    /// Unfinished input is [`ErrorKind::Incomplete`].
    pub allow_incomplete_input: bool,
    pub top_level_await: bool,
}

/// How to compile.
#[derive(Clone, Copy, Default, Debug)]
pub struct Options {
    /// 0, 1 (`-O`: no asserts, `__debug__` false), 2 (`-OO`: no docstrings either).
    pub optimize: u8,
    pub flags: Flags,
}

/// Compiles source text or bytes.
pub fn compile(
    source: &[u8],
    filename: &str,
    mode: Mode,
    options: &Options,
) -> Result<(CodeUnit, Vec<Warning>), Box<SyntaxError>> {
    compile_str(&decode(source, filename)?, filename, mode, options)
}

/// The text of source bytes, decoded as their BOM or coding cookie says.
pub fn decode<'s>(source: &'s [u8], filename: &str) -> Result<Cow<'s, str>, Box<SyntaxError>> {
    source::decode(source).map_err(|e| Box::new(e.resolve(&Source::new("", filename))))
}

/// Compiles source text.
pub fn compile_str(
    text: &str,
    filename: &str,
    mode: Mode,
    options: &Options,
) -> Result<(CodeUnit, Vec<Warning>), Box<SyntaxError>> {
    parse::parse_then(text, filename, mode, options, |source, parsed| {
        let (unit, mut warnings) = compile_tree(&parsed.tree, source, mode, options)?;
        warnings.splice(0..0, parsed.warnings);
        Ok((unit, warnings))
    })
}

/// Compiles a tree that did not come from text. `positions` has the position of the node whose range starts at its
/// index. `constants` has, by the same index, the values of constants that the tree has no node for (tuples, lone
/// surrogates, negative numbers ...); the node there is an `EllipsisLiteral`.
pub fn compile_ast(
    tree: &Mod,
    positions: &[Pos],
    constants: &HashMap<u32, Const>,
    filename: &str,
    mode: Mode,
    options: &Options,
) -> Result<(CodeUnit, Vec<Warning>), Box<SyntaxError>> {
    let source = Source::synthetic(filename, positions, constants);
    compile_tree(tree, &source, mode, options)
}

/// Hands the symbol table of source text, with the source for line numbers, to `then`: what `symtable` shows.
pub fn with_symbol_table<T: Send>(
    text: &str,
    filename: &str,
    mode: Mode,
    options: &Options,
    then: impl FnOnce(&Source<'_>, &symtable::SymbolTable<'_>) -> T + Send,
) -> Result<T, Box<SyntaxError>> {
    parse::parse_then(text, filename, mode, options, |source, parsed| {
        let resolve = |e: Box<error::CompileError>| Box::new(e.resolve_in_bytes(source));
        let features = future::features(&parsed.tree).map_err(resolve)?;
        let table_options = symtable::TableOptions {
            future_annotations: options.flags.future_annotations || features.annotations,
            top_level_await: options.flags.top_level_await,
            depth_limit: DEPTH_LIMIT,
        };
        let table = symtable::build(&parsed.tree, &table_options).map_err(resolve)?;
        Ok(then(source, &table))
    })
}

/// Compiles a tree of `source`.
pub fn compile_tree(
    tree: &Mod,
    source: &Source<'_>,
    mode: Mode,
    options: &Options,
) -> Result<(CodeUnit, Vec<Warning>), Box<SyntaxError>> {
    let resolve = |e: Box<error::CompileError>| Box::new(e.resolve_in_bytes(source));
    let features = future::features(tree).map_err(resolve)?;
    let annotations = options.flags.future_annotations || features.annotations;
    codegen::compile(tree, source, mode, options, annotations).map_err(resolve)
}

/// The value of a number literal.
pub fn number_constant(n: &Number) -> adder_bytecode::Const {
    codegen::fold::number(n)
}
