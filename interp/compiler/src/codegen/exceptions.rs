//! `try`: `except`, `except*`, `else`, `finally`.
//!
//! A handler runs between `PushExc` and `PopExc`. Exceptions that it raises go through a cleanup stub which restores the
//! handled exception before they travel on. A `finally` body is generated once for every way that leads through it.

use super::Compiler;
use super::code::{Label, Reg};
use super::unit::Block;
use crate::error::Result;
use crate::names::NameId;
use crate::source::nowhere;
use adder_bytecode::Op;
use ruff_python_ast::{ExceptHandler, ExceptHandlerExceptHandler, Stmt, StmtTry};
use ruff_text_size::{Ranged, TextRange};

impl<'a> Compiler<'a, '_> {
    pub fn try_stmt(&mut self, t: &'a StmtTry) -> Result<()> {
        if t.finalbody.is_empty() { self.try_except(t) } else { self.try_finally(t) }
    }

    fn try_finally(&mut self, t: &'a StmtTry) -> Result<()> {
        let (handler, end) = (self.label(), self.label());
        let at = t.range;
        self.check_blocks(at)?;
        let exc = self.u.alloc();
        self.emit(at, Op::Nop, 0, 0, 0);
        let protection = self.protect(handler, exc);
        self.u.blocks.push(Block::Finally { protection, body: &t.finalbody });
        if t.handlers.is_empty() {
            self.stmts(&t.body)?;
        } else {
            self.try_except(t)?;
        }
        self.close_block();
        self.finally_body(&t.finalbody)?;
        self.goto(nowhere(), end);

        self.bind(handler);
        self.quiet += 1;
        let (saved, cleanup) = self.enter_handler(nowhere(), exc);
        self.finally_body(&t.finalbody)?;
        self.emit(nowhere(), Op::Reraise, exc, 0, 0);
        self.leave_handler(saved, cleanup);
        self.quiet -= 1;
        self.bind(end);
        Ok(())
    }

    fn finally_body(&mut self, body: &'a [Stmt]) -> Result<()> {
        self.u.blocks.push(Block::FinallyBody);
        self.stmts(body)?;
        self.u.blocks.pop();
        Ok(())
    }

    /// Pops the innermost block and ends its region.
    pub fn close_block(&mut self) {
        match self.u.blocks.pop() {
            Some(
                Block::Protected(p)
                | Block::Finally { protection: p, .. }
                | Block::Handler { protection: p, .. }
                | Block::HandlerName { protection: p, .. }
                | Block::With { protection: p, .. },
            ) => self.unprotect(p),
            _ => unreachable!("only protected blocks are closed"),
        }
    }

    /// Starts a handler's code: saves the handled exception and protects what follows by a cleanup stub.
    pub fn enter_handler(&mut self, at: TextRange, exc: Reg) -> (Reg, (Label, Reg)) {
        let saved = self.u.alloc();
        let raised = self.u.alloc();
        self.emit(at, Op::PushExc, saved, exc, 0);
        self.clear_hidden(at);
        let cleanup = self.label();
        let protection = self.protect(cleanup, raised);
        self.u.blocks.push(Block::Handler { protection, saved });
        (saved, (cleanup, raised))
    }

    /// Ends the handler's region and emits its cleanup stub. Control must not fall in from above.
    pub fn leave_handler(&mut self, saved: Reg, cleanup: (Label, Reg)) {
        self.close_block();
        self.bind(cleanup.0);
        let at = nowhere();
        self.emit(at, Op::PopExc, saved, 0, 0);
        self.emit(at, Op::Reraise, cleanup.1, 0, 0);
    }

    fn try_except(&mut self, t: &'a StmtTry) -> Result<()> {
        if t.is_star {
            return self.try_star(t);
        }
        let (handler, end) = (self.label(), self.label());
        let at = t.range;
        let exc = self.u.alloc();
        self.emit(at, Op::Nop, 0, 0, 0);
        let protection = self.protect(handler, exc);
        self.u.blocks.push(Block::Protected(protection));
        self.stmts(&t.body)?;
        self.close_block();
        self.stmts(&t.orelse)?;
        self.goto(nowhere(), end);

        self.bind(handler);
        let (saved, cleanup) = self.enter_handler(nowhere(), exc);
        for (i, ExceptHandler::ExceptHandler(h)) in t.handlers.iter().enumerate() {
            if h.type_.is_none() && i + 1 < t.handlers.len() {
                return self.error("default 'except:' must be last", h.range);
            }
            self.except_clause(h, exc, saved, end)?;
        }
        // Nothing matched.
        self.emit(nowhere(), Op::Reraise, exc, 0, 0);
        self.leave_handler(saved, cleanup);
        self.bind(end);
        Ok(())
    }

    fn except_clause(
        &mut self,
        h: &'a ExceptHandlerExceptHandler,
        exc: Reg,
        saved: Reg,
        end: Label,
    ) -> Result<()> {
        self.check_blocks(h.range)?;
        let next = self.label();
        if let Some(kind) = &h.type_ {
            let m = self.u.mark();
            let class = self.operand(kind)?;
            let matched = self.u.alloc();
            self.emit(kind.range(), Op::CheckExcMatch, matched, exc, class);
            self.jump(kind.range(), Op::JumpIfFalse, matched, 0, next);
            self.u.release(m);
        }
        if h.type_.is_none() {
            // The line of a bare `except` is seen by a tracer.
            self.emit(h.range, Op::Nop, 0, 0, 0);
        }
        match &h.name {
            None => {
                self.stmts(&h.body)?;
                self.emit(nowhere(), Op::PopExc, saved, 0, 0);
            }
            Some(name) => {
                let id = self.name_id(name);
                self.store_id(h.range, id, exc);
                self.named_handler_body(h, id, saved)?;
            }
        }
        self.goto(nowhere(), end);
        self.bind(next);
        Ok(())
    }

    /// The body of `except ... as name`: the name is deleted on every way out.
    fn named_handler_body(
        &mut self,
        h: &'a ExceptHandlerExceptHandler,
        name: NameId,
        saved: Reg,
    ) -> Result<()> {
        let at = nowhere();
        let cleanup = self.label();
        let raised = self.u.alloc();
        let protection = self.protect(cleanup, raised);
        self.u.blocks.push(Block::HandlerName { protection, name });
        self.stmts(&h.body)?;
        self.close_block();
        self.clear_handler_name(at, name);
        self.emit(at, Op::PopExc, saved, 0, 0);
        let past = self.label();
        self.goto(at, past);
        self.bind(cleanup);
        // The handler's own stub restores the handled exception.
        self.clear_handler_name(at, name);
        self.emit(at, Op::Reraise, raised, 0, 0);
        self.bind(past);
        Ok(())
    }

    // ---- except*

    fn try_star(&mut self, t: &'a StmtTry) -> Result<()> {
        let (handler, end) = (self.label(), self.label());
        let at = t.range;
        let exc = self.u.alloc();
        self.emit(at, Op::Nop, 0, 0, 0);
        let protection = self.protect(handler, exc);
        self.u.blocks.push(Block::Protected(protection));
        self.stmts(&t.body)?;
        self.close_block();
        self.stmts(&t.orelse)?;
        self.goto(nowhere(), end);

        self.bind(handler);
        let (saved, cleanup) = self.enter_handler(nowhere(), exc);
        let parts = self.u.alloc();
        self.emit(nowhere(), Op::BuildList, parts, parts, 0);
        let rest = self.u.alloc();
        self.move_to(nowhere(), rest, exc);
        for ExceptHandler::ExceptHandler(h) in &t.handlers {
            self.star_clause(h, rest, parts)?;
        }
        let done = self.label();
        self.emit(nowhere(), Op::ListAppend, parts, rest, 0);
        let result = self.u.alloc();
        self.emit(nowhere(), Op::PrepReraiseStar, result, exc, parts);
        self.jump(nowhere(), Op::JumpIfNone, result, 0, done);
        self.emit(nowhere(), Op::Reraise, result, 0, 0);
        self.bind(done);
        self.emit(nowhere(), Op::PopExc, saved, 0, 0);
        self.goto(nowhere(), end);
        self.leave_handler(saved, cleanup);
        self.bind(end);
        Ok(())
    }

    /// One `except*` clause: splits `rest`, runs its body for the matching part, and collects what that raises.
    fn star_clause(&mut self, h: &'a ExceptHandlerExceptHandler, rest: Reg, parts: Reg) -> Result<()> {
        let Some(kind) = &h.type_ else {
            return self.error("expected one or more exception types", h.range);
        };
        let m = self.u.mark();
        let (next, failed) = (self.label(), self.label());
        let split = self.u.alloc_n(2);
        let inner = self.u.mark();
        let class = self.operand(kind)?;
        self.jump(kind.range(), Op::JumpIfNone, rest, 0, next);
        self.emit(kind.range(), Op::CheckEgMatch, split, rest, class);
        self.u.release(inner);
        self.jump(kind.range(), Op::JumpIfNone, split, 0, next);
        self.move_to(kind.range(), rest, split + 1);
        let at = nowhere();
        let name = h.name.as_ref().map(|n| self.name_id(n));
        if let Some(id) = name {
            self.store_id(h.range, id, split);
        }
        let raised = self.u.alloc();
        let previous = self.u.alloc();
        self.emit(at, Op::PushExc, previous, split, 0);
        let protection = self.protect(failed, raised);
        self.u.blocks.push(Block::ExceptStar);
        self.u.blocks.push(Block::Protected(protection));
        self.stmts(&h.body)?;
        self.close_block();
        self.u.blocks.pop();
        self.emit(at, Op::PopExc, previous, 0, 0);
        if let Some(id) = name {
            self.clear_handler_name(at, id);
        }
        self.goto(nowhere(), next);
        self.bind(failed);
        self.emit(at, Op::PopExc, previous, 0, 0);
        if let Some(id) = name {
            self.clear_handler_name(at, id);
        }
        self.emit(at, Op::ListAppend, parts, raised, 0);
        self.bind(next);
        self.u.release(m);
        Ok(())
    }
}
