//! `compile`, `eval`, `exec` and the namespaces of the caller.

use crate::native::Args;
use crate::object::bytes::Bytes;
use crate::object::cell::CellObject;
use crate::object::code::Code;
use crate::object::dict::Dict;
use crate::object::header::Gc;
use crate::object::str::Str;
use crate::object::tuple::Tuple;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::compiling::SourceText;
use crate::vm::special::Special;
use adder_bytecode::{CodeFlags, LocalKind};
use adder_compiler::{Flags, Mode, Options};
use adder_macros::pyfunction;

/// `PyCF_*` flags and the `CO_FUTURE_*` bits that `compile` takes.
pub mod flag {
    pub const NESTED: i32 = 0x10;
    pub const SOURCE_IS_UTF8: i32 = 0x100;
    pub const DONT_IMPLY_DEDENT: i32 = 0x200;
    pub const ONLY_AST: i32 = 0x400;
    pub const IGNORE_COOKIE: i32 = 0x800;
    pub const TYPE_COMMENTS: i32 = 0x1000;
    pub const ALLOW_TOP_LEVEL_AWAIT: i32 = 0x2000;
    pub const ALLOW_INCOMPLETE_INPUT: i32 = 0x4000;
    pub const OPTIMIZED_AST: i32 = 0x8000 | ONLY_AST;
    pub const FUTURE_BARRY_AS_BDFL: i32 = 0x40_0000;
    pub const FUTURE_ANNOTATIONS: i32 = 0x100_0000;
    /// All `from __future__` features.
    pub const FUTURES: i32 = 0x1FE_0000;
    pub const ALL: i32 = FUTURES
        | NESTED
        | SOURCE_IS_UTF8
        | DONT_IMPLY_DEDENT
        | ONLY_AST
        | IGNORE_COOKIE
        | TYPE_COMMENTS
        | ALLOW_TOP_LEVEL_AWAIT
        | ALLOW_INCOMPLETE_INPUT
        | OPTIMIZED_AST;
}

/// Owned source text.
pub enum Source {
    Text(String),
    Bytes(Vec<u8>),
}

impl Source {
    pub fn as_text(&self) -> SourceText<'_> {
        match self {
            Source::Text(text) => SourceText::Text(text),
            Source::Bytes(bytes) => SourceText::Bytes(bytes),
        }
    }
}

impl Vm {
    /// Source text out of a str or bytes-like object; `what` says in the TypeError what was acceptable.
    pub fn source_argument(&self, v: Value, function: &str, what: &str) -> PyResult<Source> {
        if let Some(text) = v.downcast::<Str>() {
            return self.utf8_text(text).map(Source::Text);
        }
        if let Some(bytes) = v.downcast::<Bytes>() {
            return Ok(Source::Bytes(bytes.to_vec()));
        }
        if v.is::<crate::object::bytearray::ByteArray>() || self.special_of(v, Special::Buffer).is_some() {
            let bytes = self.call(self.types.bytes.value(), &[v])?;
            return Ok(Source::Bytes(bytes.downcast::<Bytes>().map_or_else(Vec::new, |b| b.to_vec())));
        }
        Err(self.type_error(format!("{function}() arg 1 must be a {what}")))
    }

    /// Compiler options of `compile` flags; unless told otherwise the caller's `__future__` features count too.
    pub fn compile_options(&self, flags: i32, inherit: bool, optimize: i32) -> Options {
        let mut future_annotations = flags & flag::FUTURE_ANNOTATIONS != 0;
        if inherit && let Some(code) = self.current_code() {
            future_annotations |= code.unit().flags.has(CodeFlags::FUTURE_ANNOTATIONS);
        }
        Options {
            optimize: u8::try_from(optimize).unwrap_or(self.config.optimize),
            flags: Flags {
                future_annotations,
                barry_as_flufl: flags & flag::FUTURE_BARRY_AS_BDFL != 0,
                dont_imply_dedent: flags & flag::DONT_IMPLY_DEDENT != 0,
                allow_incomplete_input: flags & flag::ALLOW_INCOMPLETE_INPUT != 0,
                top_level_await: flags & flag::ALLOW_TOP_LEVEL_AWAIT != 0,
            },
        }
    }
}

/// Compile source into a code object that can be executed by exec() or eval().
///
/// The source code may represent a Python module, statement or expression.
/// The filename will be used for run-time error messages.
/// The mode must be 'exec' to compile a module, 'single' to compile a
/// single (interactive) statement, or 'eval' to compile an expression.
/// The flags argument, if present, controls which future statements influence
/// the compilation of the code.
/// The dont_inherit argument, if true, stops the compilation inheriting
/// the effects of any future statements in effect in the code calling
/// compile; if absent or false these statements do influence the compilation,
/// in addition to any features explicitly specified.
#[pyfunction(
    module = "builtins",
    sig = "(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)"
)]
#[allow(clippy::too_many_arguments, reason = "Python's signature")]
pub(crate) fn compile(
    vm: &Vm,
    source: Value,
    filename: Value,
    mode: Gc<Str>,
    flags: i32,
    dont_inherit: bool,
    optimize: i32,
    _feature_version: i32,
) -> PyResult {
    let filename = vm.fs_path_str(filename)?;
    if flags & !flag::ALL != 0 {
        return Err(vm.value_error("compile(): unrecognised flags"));
    }
    if !(-1..=2).contains(&optimize) {
        return Err(vm.value_error("compile(): invalid optimize value"));
    }
    let only_ast = flags & flag::ONLY_AST != 0;
    let mode = match &*mode.to_string_lossy() {
        "exec" => Mode::Exec,
        "eval" => Mode::Eval,
        "single" => Mode::Single,
        "func_type" if only_ast => return parse_to_ast(vm, source, filename, "func_type", flags, optimize),
        "func_type" => {
            return Err(vm.value_error("compile() mode 'func_type' requires flag PyCF_ONLY_AST"));
        }
        _ if only_ast => {
            return Err(vm.value_error("compile() mode must be 'exec', 'eval', 'single' or 'func_type'"));
        }
        _ => return Err(vm.value_error("compile() mode must be 'exec', 'eval' or 'single'")),
    };
    let mode_name = match mode {
        Mode::Exec => "exec",
        Mode::Eval => "eval",
        Mode::Single => "single",
    };
    vm.audit("compile", &[source, filename.value()])?;
    if only_ast {
        return parse_to_ast(vm, source, filename, mode_name, flags, optimize);
    }
    if let Some(result) = compile_from_ast(vm, source, filename, mode_name, flags, dont_inherit, optimize)? {
        return Ok(result);
    }
    let options = vm.compile_options(flags, !dont_inherit, optimize);
    let text = vm.source_argument(source, "compile", "string, bytes or AST object")?;
    let code = vm.compile_source(text.as_text(), &filename.to_string_lossy(), mode, &options)?;
    Ok(code.value())
}

/// `compile(..., PyCF_ONLY_AST)`, done by the `_ast` module.
fn parse_to_ast(
    vm: &Vm,
    source: Value,
    filename: Gc<Str>,
    mode: &str,
    flags: i32,
    optimize: i32,
) -> PyResult {
    let ast = vm.import("_ast")?;
    let (mode, flags) = (vm.new_str(mode), vm.new_int(flags.into()));
    vm.call_method(ast, "_parse", &[source, filename.value(), mode, flags, vm.new_int(optimize.into())])
}

/// Compiles an instance of `ast.AST`; `None` when `source` is not one.
fn compile_from_ast(
    vm: &Vm,
    source: Value,
    filename: Gc<Str>,
    mode: &str,
    flags: i32,
    dont_inherit: bool,
    optimize: i32,
) -> PyResult<Option<Value>> {
    // Without the module there are no instances.
    let Some(ast) = vm.modules.get_str(vm.intern("_ast")) else { return Ok(None) };
    let class = vm.getattr_str(ast, "AST")?;
    if !vm.isinstance(source, class)? {
        return Ok(None);
    }
    let options = vm.compile_options(flags, !dont_inherit, optimize);
    let flags = flags | if options.flags.future_annotations { flag::FUTURE_ANNOTATIONS } else { 0 };
    let (mode, flags) = (vm.new_str(mode), vm.new_int(flags.into()));
    let args = [source, filename.value(), mode, flags, vm.new_int(optimize.into())];
    vm.call_method(ast, "_compile", &args).map(Some)
}

/// Evaluate the given source in the context of globals and locals.
///
/// The source may be a string representing a Python expression
/// or a code object as returned by compile().
/// The globals must be a dictionary and locals can be any mapping,
/// defaulting to the current globals and locals.
/// If only globals is given, locals defaults to it.
#[pyfunction(module = "builtins", sig = "(source, /, globals=None, locals=None)")]
pub(crate) fn eval(vm: &Vm, source: Value, globals: Option<Value>, locals: Option<Value>) -> PyResult {
    let (globals, locals) = (given(globals), given(locals));
    if locals.is_some_and(|l| !is_mapping(vm, l)) {
        return Err(vm.type_error("locals must be a mapping"));
    }
    if let Some(g) = globals.filter(|g| !g.is::<Dict>()) {
        return Err(vm.type_error(if is_mapping(vm, g) {
            "globals must be a real dict; try eval(expr, {}, mapping)"
        } else {
            "globals must be a dict"
        }));
    }
    let (globals, locals) = namespaces(vm, globals, locals, "eval")?;
    if let Some(code) = source.downcast::<Code>() {
        vm.audit("exec", &[source])?;
        if has_free_variables(code) {
            return Err(vm.type_error("code object passed to eval() may not contain free variables"));
        }
        return vm.run_code(code, globals, locals, None);
    }
    let text = vm.source_argument(source, "eval", "string, bytes or code object")?;
    let options = vm.compile_options(0, true, -1);
    let blanks = |c: &u8| *c == b' ' || *c == b'\t';
    let code = match &text {
        Source::Text(text) => {
            let text = SourceText::Text(text.trim_start_matches([' ', '\t']));
            vm.compile_source(text, "<string>", Mode::Eval, &options)?
        }
        Source::Bytes(bytes) => {
            let skip = bytes.iter().take_while(|c| blanks(c)).count();
            vm.compile_source(SourceText::Bytes(&bytes[skip..]), "<string>", Mode::Eval, &options)?
        }
    };
    vm.run_code(code, globals, locals, None)
}

/// Execute the given source in the context of globals and locals.
///
/// The source may be a string representing one or more Python statements
/// or a code object as returned by compile().
/// The globals must be a dictionary and locals can be any mapping,
/// defaulting to the current globals and locals.
/// If only globals is given, locals defaults to it.
/// The closure must be a tuple of cellvars, and can only be used
/// when source is a code object requiring exactly that many cellvars.
#[pyfunction(module = "builtins", sig = "(source, /, globals=None, locals=None, *, closure=None)")]
pub(crate) fn exec(
    vm: &Vm,
    source: Value,
    globals: Option<Value>,
    locals: Option<Value>,
    closure: Option<Value>,
) -> PyResult<()> {
    let (globals, locals, closure) = (given(globals), given(locals), given(closure));
    if let Some(g) = globals.filter(|g| !g.is::<Dict>()) {
        let name = vm.type_of(g).name();
        return Err(vm.type_error(format!("exec() globals must be a dict, not {name}")));
    }
    if let Some(l) = locals.filter(|&l| !is_mapping(vm, l)) {
        let name = vm.type_of(l).name();
        return Err(vm.type_error(format!("locals must be a mapping or None, not {name}")));
    }
    let (globals, locals) = namespaces(vm, globals, locals, "exec")?;
    if let Some(code) = source.downcast::<Code>() {
        let closure = check_closure(vm, code, closure)?;
        vm.audit("exec", &[source])?;
        return vm.run_code(code, globals, locals, closure).map(drop);
    }
    if closure.is_some() {
        return Err(vm.type_error("closure can only be used when source is a code object"));
    }
    let text = vm.source_argument(source, "exec", "string, bytes or code object")?;
    let options = vm.compile_options(0, true, -1);
    let code = vm.compile_source(text.as_text(), "<string>", Mode::Exec, &options)?;
    vm.run_code(code, globals, locals, None).map(drop)
}

fn given(v: Option<Value>) -> Option<Value> {
    v.filter(|v| !v.is_none())
}

fn is_mapping(vm: &Vm, v: Value) -> bool {
    vm.special_of(v, Special::GetItem).is_some()
}

/// The namespaces code runs in; `__builtins__` is added to the globals.
fn namespaces(
    vm: &Vm,
    globals: Option<Value>,
    locals: Option<Value>,
    function: &str,
) -> PyResult<(Gc<Dict>, Value)> {
    let (globals, locals) = match globals.and_then(|g| g.downcast::<Dict>()) {
        Some(globals) => (globals, locals.unwrap_or(globals.value())),
        None => {
            let Some(globals) = vm.current_globals() else {
                return Err(vm.type_error(format!(
                    "{function}() must be given globals and locals when called without a frame"
                )));
            };
            let locals = match locals {
                Some(locals) => locals,
                None => vm.current_locals()?,
            };
            (globals, locals)
        }
    };
    if globals.get_str(vm.names.__builtins__).is_none() {
        let builtins = match vm.current_frame() {
            Some(frame) => frame.window.function().builtins,
            None => vm.builtins,
        };
        globals.insert_str(&vm.heap, vm.names.__builtins__, vm.builtins_value(builtins));
    }
    Ok((globals, locals))
}

impl Vm {
    /// What `__builtins__` is bound to for this builtins dict: the module if it is the interpreter's own.
    pub fn builtins_value(&self, builtins: Gc<Dict>) -> Value {
        let module = self.modules.get_str(self.names.builtins);
        match module.and_then(|m| m.downcast::<crate::object::module::Module>()) {
            Some(module) if module.dict.get() == builtins => module.value(),
            _ => builtins.value(),
        }
    }
}

fn free_variables(code: Gc<Code>) -> usize {
    code.unit().local_kinds.iter().filter(|k| **k == LocalKind::Free).count()
}

fn has_free_variables(code: Gc<Code>) -> bool {
    free_variables(code) > 0
}

/// The closure tuple for `exec` of a code object.
fn check_closure(vm: &Vm, code: Gc<Code>, closure: Option<Value>) -> PyResult<Option<Gc<Tuple>>> {
    let wanted = free_variables(code);
    if wanted == 0 {
        return match closure {
            None => Ok(None),
            Some(_) => Err(vm.type_error("cannot use a closure with this code object")),
        };
    }
    let Some(closure) = closure else {
        return Err(vm.type_error(format!("code object requires a closure of exactly length {wanted}")));
    };
    match closure.downcast::<Tuple>() {
        Some(cells) if cells.len() == wanted && cells.iter().all(|c| c.is::<CellObject>()) => Ok(Some(cells)),
        _ => Err(vm.type_error(format!("code object requires a closure of exactly length {wanted}"))),
    }
}

/// Return the dictionary containing the current scope's global variables.
///
/// NOTE: Updates to this dictionary *will* affect name lookups in the current
/// global scope and vice-versa.
#[pyfunction(module = "builtins", sig = "()")]
pub(crate) fn globals(vm: &Vm) -> PyResult<Gc<Dict>> {
    match vm.current_globals() {
        Some(globals) => Ok(globals),
        None => Err(vm.system_error("globals() called without a frame")),
    }
}

/// Return a dictionary containing the current scope's local variables.
///
/// NOTE: Whether or not updates to this dictionary will affect name lookups in
/// the local scope and vice-versa is *implementation dependent* and not
/// covered by any backwards compatibility guarantees.
#[pyfunction(module = "builtins", sig = "()")]
pub(crate) fn locals(vm: &Vm) -> PyResult {
    vm.current_locals()
}

/// Call sys.breakpointhook(*args, **kws).
///
/// sys.breakpointhook() must accept whatever arguments are passed.
///
/// By default, this drops you into the pdb debugger.
#[pyfunction(module = "builtins", sig = "(*args, **kws)")]
pub(crate) fn breakpoint(vm: &Vm, args: Args<'_>) -> PyResult {
    let Some(hook) = vm.sys.get_str(vm.intern("breakpointhook")) else {
        return Err(vm.runtime_error("lost sys.breakpointhook"));
    };
    vm.audit("builtins.breakpoint", &[hook])?;
    vm.call_args(hook, args)
}
