//! `_ast`: the classes of the abstract syntax tree, and the way from source text to instances of them and back to code.
//!
//! * [`nodes`]: the table of classes; [`base`]: what they have in common
//! * [`to_python`], [`expr_to_python`]: the parser's tree as objects
//! * [`from_python`], [`expr_from_python`]: objects as the compiler's tree
//!
//! The builtin `compile` calls `_parse` (for `PyCF_ONLY_AST`) and `_compile` (for trees).

mod base;
mod expr_from_python;
mod expr_to_python;
mod from_python;
mod nodes;
mod to_python;

use adder_compiler::source::Source;
use adder_compiler::{Flags, Mode, Options};
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::pymodule;
use from_python::FromPython;
use nodes::{Classes, Node};
use to_python::ToPython;

#[pymodule(name = "_ast")]
#[allow(non_upper_case_globals, reason = "the names are Python's")]
pub mod ast {
    use super::*;

    #[pyattr]
    const PyCF_ONLY_AST: i64 = 0x400;
    #[pyattr]
    const PyCF_TYPE_COMMENTS: i64 = 0x1000;
    #[pyattr]
    const PyCF_ALLOW_TOP_LEVEL_AWAIT: i64 = 0x2000;
    #[pyattr]
    const PyCF_OPTIMIZED_AST: i64 = 0x8000 | PyCF_ONLY_AST;

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        let classes = nodes::all_by_name(vm)?;
        for (name, class) in classes.iter() {
            dict.insert(vm, name, class)?;
        }
        dict.insert_str(&vm.heap, vm.intern("AST"), Classes::get(vm)?.root().value());
        Ok(())
    }

    /// What `compile(source, filename, mode, flags | PyCF_ONLY_AST)` returns.
    #[pyfunction]
    fn _parse(vm: &Vm, source: Value, filename: String, mode: String, flags: i32, optimize: i32) -> PyResult {
        super::parse(vm, source, &filename, &mode, flags, optimize)
    }

    /// The code object of a tree.
    #[pyfunction]
    fn _compile(vm: &Vm, tree: Value, filename: String, mode: String, flags: i32, optimize: i32) -> PyResult {
        super::compile(vm, tree, &filename, &mode, flags, optimize)
    }
}

/// `CO_FUTURE_BARRY_AS_BDFL` and the `PyCF_*` that matter to the parser.
const BARRY_AS_BDFL: i32 = 0x40_0000;
const DONT_IMPLY_DEDENT: i32 = 0x200;
const ALLOW_INCOMPLETE_INPUT: i32 = 0x4000;
const TOP_LEVEL_AWAIT: i32 = 0x2000;
const FUTURE_ANNOTATIONS: i32 = 0x100_0000;

fn compiler_options(flags: i32, optimize: i32) -> Options {
    Options {
        optimize: u8::try_from(optimize).unwrap_or(0),
        flags: Flags {
            future_annotations: flags & FUTURE_ANNOTATIONS != 0,
            barry_as_flufl: flags & BARRY_AS_BDFL != 0,
            dont_imply_dedent: flags & DONT_IMPLY_DEDENT != 0,
            allow_incomplete_input: flags & ALLOW_INCOMPLETE_INPUT != 0,
            top_level_await: flags & TOP_LEVEL_AWAIT != 0,
        },
    }
}

fn compile(vm: &Vm, tree: Value, filename: &str, mode: &str, flags: i32, optimize: i32) -> PyResult {
    let (mode, root) = match mode {
        "eval" => (Mode::Eval, Node::Expression),
        "single" => (Mode::Single, Node::Interactive),
        _ => (Mode::Exec, Node::Module),
    };
    let options = compiler_options(flags, optimize);
    let reader = FromPython::new(vm)?;
    let tree = reader.root(tree, root)?;
    let (positions, constants) = (reader.positions.into_inner(), reader.constants.into_inner());
    let (unit, warnings) =
        adder_compiler::compile_ast(&tree, &positions, &constants, filename, mode, &options)
            .map_err(|error| vm.raise_syntax_error(&error, filename))?;
    vm.finish_compilation(unit, &warnings, filename).map(Gc::value)
}

fn parse(vm: &Vm, source: Value, filename: &str, mode: &str, flags: i32, optimize: i32) -> PyResult {
    // A tree is its own result.
    if vm.type_of(source).is_subtype(Classes::get(vm)?.root()) {
        return Ok(source);
    }
    let text = vm.source_argument(source, "compile", "string, bytes or AST object")?;
    let text = vm.decoded_source(text.as_text(), filename)?;
    let options = compiler_options(flags, optimize);
    let compiler_mode = match mode {
        "eval" => Mode::Eval,
        "single" => Mode::Single,
        _ => Mode::Exec,
    };
    let parsed = adder_compiler::parse(&text, filename, compiler_mode, &options)
        .map_err(|error| vm.raise_syntax_error(&error, filename))?;
    for warning in &parsed.warnings {
        vm.compiler_warning(warning, filename)?;
    }
    let source = Source::new(&text, filename);
    ToPython::new(vm, &source)?.root(&parsed.tree, compiler_mode == Mode::Single)
}
