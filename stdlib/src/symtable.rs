//! `_symtable`: the compiler's symbol table as the `symtable` module reads it.
//!
//! The table is copied out of the compilation first; Python objects are made of the copy. Where the compiler's scopes
//! differ from CPython's, the copy is CPython's: inlined comprehensions are no scopes, and every function has an
//! annotation scope beside it, empty or not.

use adder_bytecode::CodeFlags;
use adder_compiler::source::Source;
use adder_compiler::symtable::{Scope, ScopeId, ScopeKind, Symbol, SymbolTable, VarScope, def};
use adder_compiler::{Mode, Options};
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::list::List;
use adder_interp::object::str::Str;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods, pymodule};
use std::sync::atomic::{AtomicI64, Ordering};

/// Numbers of CPython's table.
const CONSTANTS: &[(&str, i64)] = &[
    ("USE", flag::USE),
    ("DEF_GLOBAL", flag::GLOBAL),
    ("DEF_NONLOCAL", flag::NONLOCAL),
    ("DEF_LOCAL", flag::LOCAL),
    ("DEF_PARAM", flag::PARAM),
    ("DEF_TYPE_PARAM", flag::TYPE_PARAM),
    ("DEF_FREE_CLASS", flag::FREE_CLASS),
    ("DEF_IMPORT", flag::IMPORT),
    ("DEF_BOUND", flag::LOCAL | flag::PARAM | flag::IMPORT),
    ("DEF_ANNOT", flag::ANNOT),
    ("DEF_COMP_ITER", flag::COMP_ITER),
    ("DEF_COMP_CELL", flag::COMP_CELL),
    ("TYPE_FUNCTION", 0),
    ("TYPE_CLASS", 1),
    ("TYPE_MODULE", 2),
    ("TYPE_ANNOTATION", 3),
    ("TYPE_TYPE_ALIAS", 4),
    ("TYPE_TYPE_PARAMETERS", 5),
    ("TYPE_TYPE_VARIABLE", 6),
    ("LOCAL", 1),
    ("GLOBAL_EXPLICIT", 2),
    ("GLOBAL_IMPLICIT", 3),
    ("FREE", 4),
    ("CELL", 5),
    ("SCOPE_OFF", SCOPE_OFFSET),
    ("SCOPE_MASK", 15),
];

/// Bits of a symbol.
mod flag {
    pub const GLOBAL: i64 = 1;
    pub const LOCAL: i64 = 1 << 1;
    pub const PARAM: i64 = 1 << 2;
    pub const NONLOCAL: i64 = 1 << 3;
    pub const USE: i64 = 1 << 4;
    pub const FREE_CLASS: i64 = 1 << 6;
    pub const IMPORT: i64 = 1 << 7;
    pub const ANNOT: i64 = 1 << 8;
    pub const COMP_ITER: i64 = 1 << 9;
    pub const TYPE_PARAM: i64 = 1 << 10;
    /// A comprehension's variable that lives in a cell of the scope it is inlined into.
    pub const COMP_CELL: i64 = 1 << 11;
}

const SCOPE_OFFSET: i64 = 12;

/// The parameter of annotation scopes.
const FORMAT: &str = ".format";
/// Which conditional annotations were reached.
const CONDITIONAL: &str = "__conditional_annotations__";

/// Flags and scope of a symbol as one number.
fn number(symbol: &Symbol) -> i64 {
    const FLAGS: [(u16, i64); 10] = [
        (def::GLOBAL, flag::GLOBAL),
        (def::LOCAL, flag::LOCAL),
        (def::PARAM, flag::PARAM),
        (def::NONLOCAL, flag::NONLOCAL),
        (def::USE, flag::USE),
        (def::IMPORT, flag::IMPORT),
        (def::ANNOT, flag::ANNOT),
        (def::TYPE_PARAM, flag::TYPE_PARAM),
        (def::COMP_ITER, flag::COMP_ITER),
        (def::FREE_CLASS, flag::FREE_CLASS),
    ];
    let mut flags: i64 = FLAGS.iter().filter(|row| symbol.flags & row.0 != 0).map(|row| row.1).sum();
    if flags & flag::IMPORT != 0 {
        // The compiler's imports are assignments as well.
        flags &= !flag::LOCAL;
    }
    let scope = match symbol.scope {
        VarScope::Unresolved => 0,
        VarScope::Local => 1,
        VarScope::GlobalExplicit => 2,
        VarScope::GlobalImplicit => 3,
        VarScope::Free => 4,
        VarScope::Cell => 5,
    };
    flags | scope << SCOPE_OFFSET
}

/// One scope, copied.
struct Listed {
    kind: i64,
    name: String,
    line: u32,
    nested: bool,
    symbols: Vec<(String, i64)>,
    parameters: Vec<String>,
    children: Vec<Listed>,
}

impl Listed {
    fn add(&mut self, name: &str, number: i64) {
        if !self.symbols.iter().any(|(known, _)| known == name) {
            self.symbols.push((name.to_string(), number));
        }
    }
}

/// Copies a table.
struct Lister<'a> {
    table: &'a SymbolTable<'a>,
    source: &'a Source<'a>,
    /// Annotations stay strings: their scopes do not exist.
    future_annotations: bool,
}

impl Lister<'_> {
    fn name(&self, scope: &Scope<'_>) -> String {
        let name = self.table.names.get(scope.name);
        match name {
            "<module>" => "top".to_string(),
            _ => name.trim_matches(['<', '>']).to_string(),
        }
    }

    fn line(&self, scope: &Scope<'_>) -> u32 {
        // The range of a definition begins with its decorators.
        let text = self.source.slice(scope.range);
        let decorators = matches!(
            scope.kind,
            ScopeKind::Function | ScopeKind::Class | ScopeKind::TypeParams | ScopeKind::Annotation
        ) && text.starts_with('@');
        let skipped = if decorators { lines_before_definition(text) } else { 0 };
        self.source.line(scope.range.start()) + skipped
    }

    fn scope(&self, id: ScopeId) -> Listed {
        let scope = self.table.scope(id);
        let kind = match scope.kind {
            ScopeKind::Function => 0,
            ScopeKind::Class => 1,
            ScopeKind::Module => 2,
            ScopeKind::Annotation => 3,
            ScopeKind::TypeAlias => 4,
            ScopeKind::TypeParams => 5,
            ScopeKind::TypeVariable => 6,
        };
        let text = |id| self.table.names.get(id).to_string();
        let mut listed = Listed {
            kind,
            name: self.name(scope),
            line: if kind == 2 { 0 } else { self.line(scope) },
            nested: scope.nested,
            symbols: scope.symbols.iter().map(|(name, symbol)| (text(*name), number(symbol))).collect(),
            parameters: scope.params.iter().map(|name| text(*name)).collect(),
            children: Vec::new(),
        };
        // An annotation scope's parameter is first, and used to check what is asked for.
        let is_format = |row: &(String, i64)| row.0 == FORMAT;
        if let Some(at) = listed.symbols.iter().position(is_format) {
            let (name, number) = listed.symbols.remove(at);
            listed.symbols.insert(0, (name, number | flag::USE));
        }
        // Modules and annotation scopes reach it as a global that only the former mention.
        listed.symbols.retain(|row| row.0 != CONDITIONAL || kind == 1);
        if kind == 2 && !scope.annotations.is_empty() {
            listed.add(CONDITIONAL, flag::USE | 3 << SCOPE_OFFSET);
        }
        self.children(scope, &mut listed);
        listed
    }

    fn children(&self, scope: &Scope<'_>, listed: &mut Listed) {
        let mut annotated = false;
        for &child in &scope.children {
            let inner = self.table.scope(child);
            if inner.inlined {
                let inlined = self.scope(child);
                let cell = |n: i64| if n >> SCOPE_OFFSET == 5 { n | flag::COMP_CELL } else { n };
                inlined
                    .symbols
                    .iter()
                    .filter(|(name, _)| name != ".0")
                    .for_each(|(name, n)| listed.add(name, cell(*n)));
                listed.children.extend(inlined.children);
                continue;
            }
            let is_annotation = inner.kind == ScopeKind::Annotation;
            if is_annotation && self.future_annotations {
                continue;
            }
            let mut copy = self.scope(child);
            if is_annotation
                && let Some((first, _)) = scope.annotations.first().filter(|_| inner.range == scope.range)
            {
                copy.line = self.source.line(first.range.start());
            }
            if is_annotation
                && annotated
                && let Some(one) = listed.children.last_mut()
            {
                // The annotations of a function's variables share a scope.
                copy.symbols.iter().for_each(|(name, n)| one.add(name, *n));
                continue;
            }
            let anonymous = self.table.names.get(inner.name).starts_with('<');
            if inner.kind == ScopeKind::Function && !anonymous && !annotated && !self.future_annotations {
                listed.children.push(no_annotations(&copy));
            }
            annotated = is_annotation;
            listed.children.push(copy);
        }
    }
}

/// Lines of a decorated definition in front of its first keyword: what decorators and comments take.
fn lines_before_definition(text: &str) -> u32 {
    let starts = |line: &str| {
        let line = line.trim_start();
        ["def ", "class ", "async "].iter().any(|keyword| line.starts_with(keyword))
    };
    text.lines().position(starts).unwrap_or(0) as u32
}

/// The annotation scope of a function without annotations.
fn no_annotations(function: &Listed) -> Listed {
    let format = FORMAT.to_string();
    Listed {
        kind: 3,
        name: "__annotate__".to_string(),
        line: function.line,
        nested: function.nested,
        symbols: vec![(format.clone(), flag::PARAM | flag::USE | 1 << SCOPE_OFFSET)],
        parameters: vec![format],
        children: Vec::new(),
    }
}

/// A scope of the table.
#[pyclass(name = "symtable entry", module = "builtins", no_constructor)]
#[derive(Trace)]
pub struct Entry {
    id: i64,
    kind: i64,
    line: i64,
    nested: bool,
    name: Value,
    symbols: Gc<Dict>,
    varnames: Gc<List>,
    children: Gc<List>,
}

/// Makes the objects of a scope, innermost first.
fn entry(vm: &Vm, scope: &Listed) -> PyResult {
    static NEXT_ID: AtomicI64 = AtomicI64::new(1);
    let name = vm.new_str(&scope.name);
    let symbols = vm.new_dict();
    for (name, number) in &scope.symbols {
        symbols.insert_str(&vm.heap, vm.intern(name), vm.new_int(*number));
    }
    let list = |items| vm.list_from(items).downcast::<List>().expect("a list");
    let mut names = vm.vec();
    for parameter in &scope.parameters {
        names.push(&vm.heap, vm.new_str(parameter));
    }
    let varnames = list(names);
    let mut inner = vm.vec();
    for child in &scope.children {
        inner.push(&vm.heap, entry(vm, child)?);
    }
    let children = list(inner);
    let payload = Entry {
        id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
        kind: scope.kind,
        line: scope.line.into(),
        nested: scope.nested,
        name,
        symbols,
        varnames,
        children,
    };
    Ok(vm.new_native(vm.native_type(Entry::TYPE_DEF)?, payload).value())
}

#[pymethods]
impl Entry {
    #[pygetset]
    fn id(&self) -> i64 {
        self.id
    }
    #[pygetset]
    fn name(&self) -> Value {
        self.name
    }
    #[pygetset(name = "type")]
    fn kind(&self) -> i64 {
        self.kind
    }
    #[pygetset]
    fn lineno(&self) -> i64 {
        self.line
    }
    #[pygetset]
    fn nested(&self) -> i64 {
        self.nested.into()
    }
    #[pygetset]
    fn symbols(&self) -> Gc<Dict> {
        self.symbols
    }
    #[pygetset]
    fn varnames(&self) -> Gc<List> {
        self.varnames
    }
    #[pygetset]
    fn children(&self) -> Gc<List> {
        self.children
    }
    #[pymethod]
    fn __repr__(&self, vm: &Vm) -> PyResult<String> {
        let name = vm.str_of(self.name)?.to_string_lossy().into_owned();
        Ok(format!("<symtable entry {name}({}), line {}>", self.id, self.line))
    }
}

/// Whether the program asks for annotations that stay strings; what does not compile does not.
fn has_future_annotations(text: &str, filename: &str, mode: Mode, options: &Options) -> bool {
    text.contains("__future__")
        && adder_compiler::compile_str(text, filename, mode, options)
            .is_ok_and(|(unit, _)| unit.flags.has(CodeFlags::FUTURE_ANNOTATIONS))
}

#[pymodule(name = "_symtable")]
pub mod symtable {
    use super::*;

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        for &(name, value) in CONSTANTS {
            dict.insert_str(&vm.heap, vm.intern(name), vm.new_int(value));
        }
        Ok(())
    }

    /// Return symbol and scope dictionaries used internally by compiler.
    #[pyfunction(name = "symtable")]
    fn table(vm: &Vm, source: Value, filename: Value, startstr: Gc<Str>) -> PyResult {
        let filename = vm.fs_path_str(filename)?;
        let mode = match &*startstr.to_string_lossy() {
            "exec" => Mode::Exec,
            "eval" => Mode::Eval,
            "single" => Mode::Single,
            _ => return Err(vm.value_error("symtable() arg 3 must be 'exec' or 'eval' or 'single'")),
        };
        let source = vm.source_argument(source, "symtable", "string or bytes object")?;
        let filename = filename.to_string_lossy();
        let text = vm.decoded_source(source.as_text(), &filename)?;
        let options = vm.compile_options(0, false, -1);
        let future_annotations = has_future_annotations(&text, &filename, mode, &options);
        let listed = adder_compiler::with_symbol_table(&text, &filename, mode, &options, |source, table| {
            Lister { table, source, future_annotations }.scope(ScopeId(0))
        });
        match listed {
            Ok(listed) => entry(vm, &listed),
            Err(error) => Err(vm.raise_syntax_error(&error, &filename)),
        }
    }
}
