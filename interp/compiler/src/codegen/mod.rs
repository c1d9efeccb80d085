//! Code generation: from the tree and its scopes to register bytecode.
//!
//! [`Compiler`] holds the unit being generated ([`unit::Unit`]) and a stack of the units around it. Expressions are
//! generated *into* a register the consumer names, so `x = a + b` is one instruction; locals are operands where they
//! stand. Three rules keep that sound:
//!
//! * an operand that is a local and that a later operand may rebind (`x + (x := 2)`) is copied first;
//! * an expression that writes its destination before its last instruction ([`expr::is_multi_step`]) never gets a
//!   local as destination, because its own operands, a handler or a debugger could see the half-made value;
//! * temporaries are a stack: whoever allocates above a [`unit::Unit::mark`] releases to it.
//!
//! Unbound locals are guarded by `CheckLocal`, which [`flow`] removes where assignment is proven.
//!
//! Files by subject: [`names`] variables, [`expr`] expressions, [`condition`] tests and jumps, [`call`], [`display`]
//! containers, [`comprehension`], [`fstring`], [`assign`] targets, [`stmt`], [`loops`], [`exceptions`] `try`,
//! [`with`], [`pattern`] `match`, [`function`], [`class`], [`annotations`], [`type_params`], [`import`]; below them
//! [`fold`] constants, [`code`] labels and words, [`flow`] and [`assemble`].

mod annotations;
mod assemble;
mod assign;
mod call;
mod class;
mod code;
mod comprehension;
mod condition;
mod consumers;
mod display;
mod exceptions;
mod expr;
mod flow;
pub(crate) mod fold;
mod fstring;
pub use fstring::interpolation_text;
mod function;
mod import;
mod loops;
mod names;
mod pattern;
mod stmt;
mod type_params;
mod unit;
mod with;

use crate::error::{CompileError, ErrorKind, Location, Result, Warning};
use crate::names::IdSet;
use crate::source::{Source, nowhere};
use crate::symtable::{self, Role, ScopeId, SymbolTable, TableOptions, node_address};
use crate::{Mode, Options};
use adder_bytecode::{CodeFlags, CodeUnit, Const, Insn, Op};
use code::{Label, Reg};
use ruff_python_ast::Mod;
use ruff_text_size::{Ranged, TextRange};
use std::sync::Arc;
use unit::Unit;

/// The code generator.
pub(crate) struct Compiler<'a, 's> {
    pub source: &'a Source<'s>,
    pub table: SymbolTable<'a>,
    pub options: &'a Options,
    pub future_annotations: bool,
    pub warnings: Vec<Warning>,
    /// The unit being generated.
    pub u: Unit<'a>,
    /// The units around it, outermost first.
    pub outer: Vec<Unit<'a>>,
    depth: u32,
    /// Operator nodes known not to fold, so that long chains are not searched again at every level.
    not_constant: IdSet<usize>,
    /// Range of the parentheses around a generator expression that is the only argument of a call.
    bare_generator: Option<TextRange>,
    /// Greater than 0 while code is generated whose warnings were given already (second copy of a `finally`).
    quiet: u32,
    /// Greater than 0 inside the function of a generator expression that is generated as a loop, too.
    generators_only: u32,
}

/// Compiles a tree whose symbol table can be built.
pub(crate) fn compile<'a, 's>(
    tree: &'a Mod,
    source: &'a Source<'s>,
    mode: Mode,
    options: &'a Options,
    future_annotations: bool,
) -> Result<(CodeUnit, Vec<Warning>)> {
    let table_options = TableOptions {
        future_annotations,
        top_level_await: options.flags.top_level_await,
        depth_limit: crate::DEPTH_LIMIT,
    };
    let table = symtable::build(tree, &table_options)?;
    let scope = table.scope_of(node_address(tree), Role::Body).expect("the module has a scope");
    let u = Unit::new(&table, scope, None);
    let mut c = Compiler {
        source,
        table,
        options,
        future_annotations,
        warnings: Vec::new(),
        u,
        outer: Vec::new(),
        depth: 0,
        not_constant: IdSet::default(),
        bare_generator: None,
        quiet: 0,
        generators_only: 0,
    };
    c.u.firstlineno = 1;
    c.module(tree, mode)?;
    let unit = c.finish_unit()?;
    Ok((Arc::try_unwrap(unit).unwrap_or_else(|shared| (*shared).clone()), c.warnings))
}

impl<'a> Compiler<'a, '_> {
    // ---- units

    /// Starts the unit of `scope` inside the current one.
    fn enter_unit(&mut self, scope: ScopeId, firstlineno: u32) {
        let mut unit = Unit::new(&self.table, scope, self.u.private);
        unit.firstlineno = firstlineno;
        unit.qualname = self.qualified_name(scope).into();
        let outer = std::mem::replace(&mut self.u, unit);
        self.outer.push(outer);
    }

    /// Finishes the current unit and returns to the one around it.
    fn leave_unit(&mut self) -> Result<Arc<CodeUnit>> {
        let unit = self.finish_unit()?;
        self.u = self.outer.pop().expect("the module unit is finished last");
        Ok(unit)
    }

    fn finish_unit(&mut self) -> Result<Arc<CodeUnit>> {
        let scope = self.table.scope(self.u.scope);
        if self.u.words.overflow || self.u.max_temp > u32::from(u16::MAX) {
            return Err(CompileError::new(
                ErrorKind::Overflow,
                format!("code of '{}' is too large", self.u.qualname),
                Location::Range(scope.range),
            ));
        }
        let nparams = usize::from(self.u.nparams);
        let nlocals = self.u.locals.len();
        let assembled = assemble::assemble(&mut self.u.code, nlocals, nparams);
        let u = &mut self.u;
        u.words.drop_unused_code(&assembled.insns);
        Ok(Arc::new(CodeUnit {
            name: u.name.clone().into(),
            qualname: u.qualname.clone().into(),
            filename: self.source.filename.into(),
            flags: u.flags,
            argcount: u.argcount,
            posonlyargcount: u.posonlyargcount,
            kwonlyargcount: u.kwonlyargcount,
            nregs: u.max_temp as u16,
            locals: std::mem::take(&mut u.locals),
            local_kinds: std::mem::take(&mut u.local_kinds),
            insns: assembled.insns,
            words: std::mem::take(&mut u.words.words).into(),
            handlers: assembled.handlers,
            genexprs: assembled.genexprs,
            positions: adder_bytecode::Positions::pack(&assembled.positions),
            firstlineno: u.firstlineno,
        }))
    }

    /// `outer.<locals>.name`, as `__qualname__` has it.
    fn qualified_name(&self, scope: ScopeId) -> String {
        use symtable::{ScopeKind, VarScope};
        let this = self.table.scope(scope);
        let name = self.table.names.get(this.name);
        // Annotation scopes are invisible in qualified names, one at a time.
        let mut parent = &self.u;
        let kind = self.table.scope(parent.scope).kind;
        if !matches!(kind, ScopeKind::Module | ScopeKind::Class | ScopeKind::Function) {
            match self.outer.last() {
                Some(above) => parent = above,
                None => return name.to_string(),
            }
        }
        let above = self.table.scope(parent.scope);
        if above.kind == ScopeKind::Module {
            return name.to_string();
        }
        if matches!(this.kind, ScopeKind::Function | ScopeKind::Class) {
            let own = self.unit_symbol_id(parent, name);
            if above.symbol(own).is_some_and(|s| s.scope == VarScope::GlobalExplicit)
                && !name.starts_with('<')
            {
                return name.to_string();
            }
        }
        match above.kind {
            ScopeKind::Function if above.comprehension.is_none() => {
                format!("{}.<locals>.{name}", parent.qualname)
            }
            _ => format!("{}.{name}", parent.qualname),
        }
    }

    fn unit_symbol_id(&self, unit: &Unit<'_>, name: &str) -> crate::names::NameId {
        self.table.names.find_mangled(unit.private, name)
    }

    // ---- emission

    fn emit(&mut self, at: TextRange, op: Op, a: Reg, b: Reg, c: Reg) {
        let pos = self.source.pos(at);
        // An empty display has no first register.
        let empty = c == 0 && matches!(op, Op::BuildTuple | Op::BuildList | Op::BuildSet | Op::BuildMap);
        self.u.code.push(Insn::abc(op, a, if empty { a } else { b }, c), None, pos);
    }

    fn jump(&mut self, at: TextRange, op: Op, a: Reg, b: Reg, target: Label) {
        let pos = self.source.pos(at);
        self.u.code.push(Insn::abc(op, a, b, 0), Some(target), pos);
    }

    /// Jumps unconditionally; whether backwards, and thus with a poll, is decided by the layout.
    fn goto(&mut self, at: TextRange, target: Label) {
        self.jump(at, Op::Jump, 0, 0, target);
    }

    fn label(&mut self) -> Label {
        self.u.code.label()
    }

    fn bind(&mut self, label: Label) {
        self.u.code.bind(label);
    }

    fn new_label_here(&mut self) -> Label {
        let label = self.label();
        self.bind(label);
        label
    }

    fn load_const(&mut self, at: TextRange, dst: Reg, value: Const) {
        let word = self.u.words.constant(value);
        self.emit(at, Op::LoadConst, dst, 0, word);
    }

    fn move_to(&mut self, at: TextRange, dst: Reg, src: Reg) {
        if dst != src {
            self.emit(at, Op::Move, dst, src, 0);
        }
    }

    // ---- errors

    fn error<T>(&self, message: impl Into<String>, at: TextRange) -> Result<T> {
        Err(CompileError::syntax(message, at))
    }

    /// Issues a `SyntaxWarning` unless it was issued for the same code before.
    fn warn(&mut self, message: impl Into<String>, at: TextRange) {
        if self.quiet > 0 {
            return;
        }
        let error = CompileError::syntax(message, at).resolve(self.source);
        self.warnings.push(Warning {
            category: crate::error::WarningCategory::SyntaxWarning,
            message: error.message.clone(),
            line: error.line,
            error: Box::new(error),
        });
    }

    fn nest(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > crate::DEPTH_LIMIT {
            return Err(CompileError::new(
                ErrorKind::TooNested,
                "maximum recursion depth exceeded during compilation",
                Location::None,
            ));
        }
        Ok(())
    }

    // ---- modules

    fn module(&mut self, tree: &'a Mod, mode: Mode) -> Result<()> {
        self.prologue();
        // Whether the module awaits shows while its code is made.
        let may_await = self.options.flags.top_level_await.then(|| {
            self.emit(nowhere(), Op::Nop, 0, 0, 0);
            self.u.code.insns.len() - 1
        });
        self.module_body(tree, mode)?;
        if let Some(at) = may_await.filter(|_| self.u.flags.has(CodeFlags::COROUTINE)) {
            self.u.code.insns[at].insn = Insn::abc(Op::MakeGenerator, 0, 0, 0);
        }
        Ok(())
    }

    fn module_body(&mut self, tree: &'a Mod, mode: Mode) -> Result<()> {
        match tree {
            Mod::Expression(e) => {
                let m = self.u.mark();
                let value = self.operand(&e.body)?;
                self.emit(e.body.range(), Op::Return, value, 0, 0);
                self.u.release(m);
            }
            Mod::Module(module) => {
                let body = if mode == Mode::Single {
                    self.u.interactive = true;
                    &module.body[..]
                } else {
                    self.module_docstring(&module.body)
                };
                self.module_annotations(&module.body)?;
                self.stmts(body)?;
                self.return_none(nowhere());
            }
        }
        Ok(())
    }

    /// `return None`, unless control cannot get here.
    fn return_none(&mut self, at: TextRange) {
        let word = self.u.words.constant(Const::None);
        self.emit(at, Op::ReturnK, 0, 0, word);
    }
}
