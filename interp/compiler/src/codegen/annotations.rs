//! Annotations: lazily evaluated `__annotate__` functions (PEP 649, 749), or strings under the future import.

use super::Compiler;
use super::code::Reg;
use super::function::attr;
use crate::error::Result;
use crate::symtable::{Role, ScopeId, ScopeKind, node_address};
use crate::unparse;
use adder_bytecode::ops::Intrinsic;
use adder_bytecode::{CodeUnit, Const, Op};
use ruff_python_ast::{Expr, Parameter, Stmt, StmtAnnAssign, StmtFunctionDef};
use ruff_text_size::{Ranged, TextRange};
use std::sync::Arc;

/// Highest format that generated annotation functions evaluate themselves (`VALUE_WITH_FAKE_GLOBALS`).
const HIGHEST_FORMAT: i64 = 2;

impl<'a> Compiler<'a, '_> {
    /// Name and annotation of every annotated parameter, and of the return value.
    fn annotated(&mut self, f: &'a StmtFunctionDef) -> Vec<(Const, &'a Expr)> {
        let p = &f.parameters;
        let before = p.posonlyargs.iter().chain(&p.args).map(|p| &p.parameter);
        let after = p.kwonlyargs.iter().map(|p| &p.parameter);
        let all: Vec<&'a Parameter> =
            before.chain(p.vararg.as_deref()).chain(after).chain(p.kwarg.as_deref()).collect();
        let mut out = Vec::new();
        for p in all {
            if let Some(annotation) = &p.annotation {
                let id = self.table.names.mangled(self.u.private, &p.name);
                out.push((Const::Str(self.table.names.get(id).as_bytes().into()), &**annotation));
            }
        }
        if let Some(returns) = &f.returns {
            out.push((Const::Str((*b"return").into()), &**returns));
        }
        out
    }

    /// The annotations of a signature: a register and the function attribute it becomes.
    pub fn signature_annotations(
        &mut self,
        f: &'a StmtFunctionDef,
        at: TextRange,
    ) -> Result<Option<(Reg, u16)>> {
        let list = self.annotated(f);
        if list.is_empty() {
            return Ok(None);
        }
        let dst = self.u.alloc();
        let m = self.u.mark();
        let id = self.table.scope_of(node_address(f), Role::Annotations).expect("there are annotations");
        let line = self.source.line(at.start());
        self.enter_unit(id, line);
        self.start_annotate(at);
        let first = self.u.alloc_n(0);
        for (name, annotation) in &list {
            self.constant_temp(annotation.range(), name.clone());
            let value = self.u.alloc();
            if self.future_annotations {
                let text = unparse::annotation(self.source, annotation);
                self.load_const(annotation.range(), value, Const::Str(text.into()));
            } else {
                self.annotation_value(annotation, value)?;
            }
        }
        let map = self.u.alloc();
        self.emit(at, Op::BuildMap, map, first, list.len() as u16);
        self.emit(at, Op::Return, map, 0, 0);
        let unit = self.leave_unit()?;
        self.make_function(at, id, unit, dst);
        self.u.release(m);
        Ok(Some((dst, attr::ANNOTATE)))
    }

    /// Start of an annotation function: one positional-only parameter, the format, which must be known.
    pub fn start_annotate(&mut self, at: TextRange) {
        self.u.argcount = 1;
        self.u.posonlyargcount = 1;
        self.prologue();
        let known = self.label();
        let word = self.u.words.constant(Const::Int(HIGHEST_FORMAT));
        self.jump(at, Op::JNotGtK, 0, word, known);
        let m = self.u.mark();
        let r = self.u.alloc();
        self.emit(at, Op::Intrinsic, r, r, Intrinsic::NotImplementedError as u16);
        self.emit(at, Op::Raise, r, 1, 0);
        self.u.release(m);
        self.bind(known);
    }

    /// The value of an annotation; `*Ts` of a `*args` parameter is what `Ts` unpacks to.
    pub fn annotation_value(&mut self, annotation: &'a Expr, dst: Reg) -> Result<()> {
        match annotation {
            Expr::Starred(s) => {
                let r = self.operand(&s.value)?;
                self.emit(s.range, Op::UnpackSeq, dst, r, 1);
                Ok(())
            }
            e => self.into(e, dst),
        }
    }

    /// The `__annotate__` function of a class or module, in `dst`.
    pub fn deferred_annotations(&mut self, at: TextRange, line: u32, owner: ScopeId, dst: Reg) -> Result<()> {
        let id = self.table.scope(owner).annotation_scope.expect("there are annotations");
        let list = self.table.scope(owner).annotations.clone();
        let unit = self.deferred_unit(at, line, id, &list)?;
        self.make_function(at, id, unit, dst);
        Ok(())
    }

    fn deferred_unit(
        &mut self,
        at: TextRange,
        line: u32,
        id: ScopeId,
        list: &[(&'a StmtAnnAssign, Option<u32>)],
    ) -> Result<Arc<CodeUnit>> {
        self.enter_unit(id, line);
        self.start_annotate(at);
        let map = self.u.alloc();
        self.emit(at, Op::BuildMap, map, map, 0);
        for (a, number) in list {
            let Expr::Name(target) = &*a.target else { continue };
            let m = self.u.mark();
            let skip = self.label();
            if let Some(number) = number {
                let n = self.constant_temp(a.range, Const::Int(i64::from(*number)));
                let set = self.u.alloc();
                self.load_name(a.range, "__conditional_annotations__", set);
                self.emit(a.range, Op::In, n, n, set);
                self.jump(a.range, Op::JumpIfFalse, n, 0, skip);
            }
            let value = self.u.alloc();
            self.annotation_value(&a.annotation, value)?;
            let name = self.table.names.mangled(self.u.private, &target.id);
            let key = Const::Str(self.table.names.get(name).as_bytes().into());
            let key = self.constant_temp(a.range, key);
            self.emit(a.range, Op::SetItem, map, key, value);
            self.bind(skip);
            self.u.release(m);
        }
        self.emit(at, Op::Return, map, 0, 0);
        self.leave_unit()
    }

    /// Compiles an annotation that nobody can ask for, only to find what is wrong with it.
    pub fn check_annotation(&mut self, a: &'a StmtAnnAssign) -> Result<()> {
        let Some(id) = self.table.scope_of(node_address(a), Role::Annotations) else { return Ok(()) };
        self.enter_unit(id, 1);
        let r = self.u.alloc();
        self.annotation_value(&a.annotation, r)?;
        self.return_none(a.range);
        self.leave_unit().map(drop)
    }

    /// What runs where a simple name is annotated in a class or module body.
    pub fn variable_annotated(&mut self, a: &'a StmtAnnAssign) -> Result<()> {
        let scope = self.table.scope(self.u.scope);
        if !matches!(scope.kind, ScopeKind::Module | ScopeKind::Class) {
            return Ok(());
        }
        let at = a.range;
        let Expr::Name(target) = &*a.target else { return Ok(()) };
        if self.future_annotations {
            let map = self.u.alloc();
            self.load_name(at, "__annotations__", map);
            let text = unparse::annotation(self.source, &a.annotation);
            let value = self.constant_temp(at, Const::Str(text.into()));
            let name = self.table.names.mangled(self.u.private, &target.id);
            let key = Const::Str(self.table.names.get(name).as_bytes().into());
            let key = self.constant_temp(at, key);
            self.emit(at, Op::SetItem, map, key, value);
            return Ok(());
        }
        let number =
            scope.annotations.iter().find(|(other, _)| std::ptr::eq(*other, a)).and_then(|(_, n)| *n);
        if let Some(number) = number {
            let set = self.u.alloc();
            let name = self.table.names.intern("__conditional_annotations__");
            self.load_id(at, name, set);
            let n = self.constant_temp(at, Const::Int(i64::from(number)));
            self.emit(at, Op::SetAdd, set, n, 0);
        }
        Ok(())
    }

    /// Start of a module: its annotation function, and the set of conditional annotations that ran.
    pub fn module_annotations(&mut self, body: &'a [Stmt]) -> Result<()> {
        let id = self.u.scope;
        let Some(first) = body.first().filter(|_| !self.table.scope(id).annotations.is_empty()) else {
            return Ok(());
        };
        let at = TextRange::empty(first.range().start());
        if !self.future_annotations {
            let m = self.u.mark();
            let r = self.u.alloc();
            self.deferred_annotations(at, self.source.line(at.start()), id, r)?;
            self.store_name(at, "__annotate__", r);
            self.u.release(m);
        }
        self.start_annotations(at, id);
        Ok(())
    }
}
