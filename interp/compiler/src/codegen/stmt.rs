//! Statements, and leaving them in order: `return`, `break` and `continue` through `finally` and `with`.

use super::Compiler;
use super::code::Reg;
use super::fold::truth;
use super::unit::{Block, Protection};
use crate::error::Result;
use crate::source::nowhere;
use crate::symtable::ScopeKind;
use adder_bytecode::ops::Intrinsic;
use adder_bytecode::{Const, Op};
use ruff_python_ast::{Expr, Stmt, StmtAssert, StmtIf, StmtRaise, StmtReturn};
use ruff_text_size::{Ranged, TextRange};

impl<'a> Compiler<'a, '_> {
    pub fn stmts(&mut self, body: &'a [Stmt]) -> Result<()> {
        body.iter().try_for_each(|s| self.stmt(s))
    }

    pub fn stmt(&mut self, stmt: &'a Stmt) -> Result<()> {
        self.nest()?;
        let m = self.u.mark();
        self.stmt_inner(stmt)?;
        self.u.release(m);
        self.depth -= 1;
        Ok(())
    }

    fn stmt_inner(&mut self, stmt: &'a Stmt) -> Result<()> {
        match stmt {
            Stmt::FunctionDef(f) => self.function_def(f),
            Stmt::ClassDef(c) => self.class_def(c),
            Stmt::Return(r) => self.return_stmt(r),
            Stmt::Delete(d) => d.targets.iter().try_for_each(|t| self.delete(t)),
            Stmt::TypeAlias(t) => self.type_alias(t),
            Stmt::Assign(a) => self.assign(a),
            Stmt::AugAssign(a) => self.aug_assign(a),
            Stmt::AnnAssign(a) => self.ann_assign(a),
            Stmt::For(f) if f.is_async => self.async_for(f),
            Stmt::For(f) => self.for_stmt(f),
            Stmt::While(w) => self.while_stmt(w),
            Stmt::If(i) => self.if_stmt(i),
            Stmt::With(w) => self.with_stmt(w),
            Stmt::Match(m) => self.match_stmt(m),
            Stmt::Raise(r) => self.raise(r),
            Stmt::Try(t) => self.try_stmt(t),
            Stmt::Assert(a) => self.assert(a),
            Stmt::Import(i) => self.import(i),
            Stmt::ImportFrom(i) => self.import_from(i),
            Stmt::Global(_) | Stmt::Nonlocal(_) => Ok(()),
            Stmt::Expr(e) => self.expr_stmt(&e.value),
            Stmt::Pass(p) => {
                self.emit(p.range, Op::Nop, 0, 0, 0);
                Ok(())
            }
            Stmt::Break(b) => self.break_stmt(b.range),
            Stmt::Continue(c) => self.continue_stmt(c.range),
            Stmt::IpyEscapeCommand(i) => self.error("invalid syntax", i.range),
        }
    }

    fn expr_stmt(&mut self, value: &'a Expr) -> Result<()> {
        if self.u.interactive && self.outer.is_empty() {
            let r = self.operand(value)?;
            let t = self.u.alloc();
            self.emit(value.range(), Op::Intrinsic, t, r, Intrinsic::Print as u16);
            return Ok(());
        }
        if self.constant(value).is_some() {
            self.emit(value.range(), Op::Nop, 0, 0, 0);
            return Ok(());
        }
        let before = self.u.code.here();
        self.effect(value)?;
        if self.u.code.here() == before {
            // Reading a local variable takes no instruction.
            self.emit(value.range(), Op::Nop, 0, 0, 0);
        }
        Ok(())
    }

    fn if_stmt(&mut self, i: &'a StmtIf) -> Result<()> {
        let end = self.label();
        let mut next = self.label();
        self.if_branch(&i.test, &i.body, next)?;
        for clause in &i.elif_else_clauses {
            self.goto(nowhere(), end);
            self.bind(next);
            next = self.label();
            match &clause.test {
                Some(test) => self.if_branch(test, &clause.body, next)?,
                None => self.stmts(&clause.body)?,
            }
        }
        self.bind(next);
        self.bind(end);
        Ok(())
    }

    fn if_branch(&mut self, test: &'a Expr, body: &'a [Stmt], other: super::code::Label) -> Result<()> {
        if self.constant(test).is_some() {
            // The line still exists for a tracer.
            self.emit(test.range(), Op::Nop, 0, 0, 0);
        }
        self.jump_if(test, false, other)?;
        self.stmts(body)
    }

    fn raise(&mut self, r: &'a StmtRaise) -> Result<()> {
        let Some(exc) = &r.exc else {
            self.emit(r.range, Op::Raise, 0, 0, 0);
            return Ok(());
        };
        match &r.cause {
            None => {
                let e = self.operand(exc)?;
                self.emit(r.range, Op::Raise, e, 1, 0);
            }
            Some(cause) => {
                let e = self.temp(exc)?;
                self.temp(cause)?;
                self.emit(r.range, Op::Raise, e, 2, 0);
            }
        }
        Ok(())
    }

    fn assert(&mut self, a: &'a StmtAssert) -> Result<()> {
        if let Expr::Tuple(t) = &*a.test
            && !t.elts.is_empty()
        {
            self.warn("assertion is always true, perhaps remove parentheses?", a.range);
        }
        if self.options.optimize > 0 {
            return Ok(());
        }
        let end = self.label();
        self.jump_if(&a.test, true, end)?;
        let at = a.test.range();
        let e = self.u.alloc();
        match &a.msg {
            None => self.emit(at, Op::LoadAssertionError, e, 0, 0),
            Some(msg) => {
                let w = self.open_call(e);
                self.emit(at, Op::LoadAssertionError, Self::callable(w), 0, 0);
                self.temp(msg)?;
                self.close_call(a.range, w, 1, e);
            }
        }
        self.emit(at, Op::Raise, e, 1, 0);
        self.bind(end);
        Ok(())
    }

    /// Refuses to open one more block than CPython would.
    pub fn check_blocks(&self, at: TextRange) -> Result<()> {
        const MAX_BLOCKS: usize = 21;
        if self.u.blocks.len() + self.u.comps.len() >= MAX_BLOCKS {
            return self.error("too many statically nested blocks", at);
        }
        Ok(())
    }

    // ---- protected regions

    /// Starts sending exceptions to `target`, with the exception in `exc`.
    pub fn protect(&mut self, target: super::code::Label, exc: Reg) -> Protection {
        self.u.protect_depth += 1;
        Protection { start: self.u.code.here(), target, exc, depth: self.u.protect_depth }
    }

    /// Ends a region that [`Self::protect`] started.
    pub fn unprotect(&mut self, p: Protection) {
        self.suspend(p);
        self.u.protect_depth -= 1;
    }

    /// Records the region up to here; it may go on later.
    fn suspend(&mut self, p: Protection) {
        let end = self.u.code.here();
        if p.start < end {
            let Protection { start, target, exc, depth } = p;
            self.u.code.regions.push(super::code::Region { start, end, target, exc, depth });
        }
    }

    // ---- leaving

    fn return_stmt(&mut self, r: &'a StmtReturn) -> Result<()> {
        let scope = self.table.scope(self.u.scope);
        if scope.kind != ScopeKind::Function || scope.comprehension.is_some() {
            return self.error("'return' outside function", r.range);
        }
        self.warn_if_in_finally("return", r.range);
        self.forbid_in_except_star(r.value.as_ref().map_or(r.range, |v| v.range()))?;
        let through = self.u.blocks.iter().any(|b| !matches!(b, Block::Loop { .. } | Block::FinallyBody));
        let constant = match &r.value {
            None => Some(Const::None),
            Some(e) => self.constant(e),
        };
        if let Some(value) = constant {
            self.emit_line(r.range, through);
            self.unwind_to(0, r.range)?;
            let at = self.after_unwinding(0, r.range);
            let word = self.u.words.constant(value);
            self.emit(at, Op::ReturnK, 0, 0, word);
            self.resume_from(0);
            return Ok(());
        }
        let value = r.value.as_deref().expect("a missing value is constant");
        let mut reg = self.operand(value)?;
        if through && !self.u.is_temp(reg) {
            let copy = self.u.alloc();
            self.move_to(value.range(), copy, reg);
            reg = copy;
        }
        self.unwind_to(0, r.range)?;
        let at = self.after_unwinding(0, r.range);
        self.emit(at, Op::Return, reg, 0, 0);
        self.resume_from(0);
        Ok(())
    }

    /// A trace of the line, where the statement's own instruction comes only after cleanup code.
    fn emit_line(&mut self, at: TextRange, wanted: bool) {
        if wanted {
            self.emit(at, Op::Nop, 0, 0, 0);
        }
    }

    fn break_stmt(&mut self, at: TextRange) -> Result<()> {
        self.warn_if_in_finally("break", at);
        self.leave_loop(at, true)
    }

    fn continue_stmt(&mut self, at: TextRange) -> Result<()> {
        self.warn_if_in_finally("continue", at);
        self.leave_loop(at, false)
    }

    fn leave_loop(&mut self, at: TextRange, is_break: bool) -> Result<()> {
        let index = self.u.blocks.iter().rposition(|b| matches!(b, Block::Loop { .. } | Block::ExceptStar));
        let (index, to) = match index.map(|i| (i, self.u.blocks[i])) {
            Some((i, Block::Loop { break_to, continue_to })) => {
                (i, if is_break { break_to } else { continue_to })
            }
            Some((_, Block::ExceptStar)) => {
                return self.forbid_in_except_star(at);
            }
            _ if is_break => return self.error("'break' outside loop", at),
            _ => return self.error("'continue' not properly in loop", at),
        };
        self.emit_line(at, true);
        self.unwind_to(index + 1, at)?;
        let at = self.after_unwinding(index + 1, at);
        self.goto(at, to);
        self.resume_from(index + 1);
        Ok(())
    }

    /// The place of what leaves the blocks from index `keep` on: cleanup code in between has the last word.
    fn after_unwinding(&self, keep: usize, at: TextRange) -> TextRange {
        let cleans = |b: &Block<'_>| matches!(b, Block::Finally { .. } | Block::With { .. });
        if self.u.blocks[keep..].iter().any(cleans) { nowhere() } else { at }
    }

    fn forbid_in_except_star(&self, at: TextRange) -> Result<()> {
        let innermost = self.u.blocks.iter().rev().find(|b| matches!(b, Block::ExceptStar));
        match innermost {
            Some(_) => self.error("'break', 'continue' and 'return' cannot appear in an except* block", at),
            None => Ok(()),
        }
    }

    /// PEP 765: leaving a `finally` body by a jump swallows the exception.
    fn warn_if_in_finally(&mut self, what: &str, at: TextRange) {
        let stop = |b: &&Block<'_>| match b {
            Block::FinallyBody => true,
            Block::Loop { .. } => what != "return",
            _ => false,
        };
        if let Some(Block::FinallyBody) = self.u.blocks.iter().rev().find(stop) {
            self.warn(format!("'{what}' in a 'finally' block"), at);
        }
    }

    /// Emits what has to run to leave all blocks from index `keep` on, innermost first. The blocks stay open for the
    /// code that follows; [`Self::resume_from`] restarts their regions.
    fn unwind_to(&mut self, keep: usize, at: TextRange) -> Result<()> {
        let saved = self.u.blocks.clone();
        while self.u.blocks.len() > keep {
            let block = self.u.blocks.pop().expect("there are more than `keep`");
            match block {
                Block::Loop { .. } | Block::ExceptStar | Block::FinallyBody => {}
                Block::Protected(p) => self.suspend(p),
                Block::Finally { protection, body } => {
                    self.suspend(protection);
                    self.finally_copy(body)?;
                }
                Block::Handler { protection, saved } => {
                    self.suspend(protection);
                    self.emit(at, Op::PopExc, saved, 0, 0);
                }
                Block::HandlerName { protection, name } => {
                    self.suspend(protection);
                    self.clear_handler_name(at, name);
                }
                Block::With { protection, exit, is_async, at } => {
                    self.suspend(protection);
                    self.call_exit(at, exit, is_async);
                }
            }
        }
        // Blocks further out may have been left and resumed by a `finally` body; they are up to date as they stand.
        self.u.blocks.extend_from_slice(&saved[keep..]);
        Ok(())
    }

    /// A copy of a `finally` body on a way out; its regions are those of the blocks that remain.
    fn finally_copy(&mut self, body: &'a [Stmt]) -> Result<()> {
        // Regions of outer blocks stay active: their segments simply go on. Inner ones were suspended by the caller.
        self.quiet += 1;
        self.u.blocks.push(Block::FinallyBody);
        let result = self.stmts(body);
        self.u.blocks.pop();
        self.quiet -= 1;
        result
    }

    /// After code that left the blocks from index `keep` on: they go on being protected from here.
    fn resume_from(&mut self, keep: usize) {
        let here = self.u.code.here();
        for block in &mut self.u.blocks[keep..] {
            match block {
                Block::Protected(p)
                | Block::Finally { protection: p, .. }
                | Block::Handler { protection: p, .. }
                | Block::HandlerName { protection: p, .. }
                | Block::With { protection: p, .. } => p.start = here,
                Block::Loop { .. } | Block::ExceptStar | Block::FinallyBody => {}
            }
        }
    }

    /// `name = None; del name` at the end of a handler.
    pub fn clear_handler_name(&mut self, at: TextRange, id: crate::names::NameId) {
        use super::names::Place;
        match self.place_of(id) {
            Place::Register { reg, .. } => self.emit(at, Op::ClearLocal, reg, 0, 0),
            _ => {
                let m = self.u.mark();
                let r = self.u.alloc();
                self.load_const(at, r, Const::None);
                self.store_id(at, id, r);
                self.delete_id(at, id);
                self.u.release(m);
            }
        }
    }

    /// Whether a test is a constant, and which.
    pub fn constant_test(&mut self, test: &Expr) -> Option<bool> {
        self.constant(test).map(|c| truth(&c))
    }
}
