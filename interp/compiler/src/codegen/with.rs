//! `with` and `async with`.

use super::Compiler;
use super::code::Reg;
use super::unit::Block;
use crate::error::Result;
use crate::source::nowhere;
use adder_bytecode::{Const, Op};
use ruff_python_ast::{Stmt, StmtWith, WithItem};
use ruff_text_size::{Ranged, TextRange};

/// Operands of `LoadSpecial`.
const ENTER: u16 = 0;
const EXIT: u16 = 1;
const ASYNC_OFFSET: u16 = 2;
/// Contexts of `GetAwaitable`.
const AWAIT_ENTER: u16 = 1;
const AWAIT_EXIT: u16 = 2;

impl<'a> Compiler<'a, '_> {
    pub fn with_stmt(&mut self, w: &'a StmtWith) -> Result<()> {
        if w.is_async && !self.u.is_async && !self.top_level_await() {
            return self.error("'async with' outside async function", w.range);
        }
        self.with_items(w, &w.items, &w.body)
    }

    fn with_items(&mut self, w: &'a StmtWith, items: &'a [WithItem], body: &'a [Stmt]) -> Result<()> {
        let Some((item, rest)) = items.split_first() else { return self.stmts(body) };
        let at = item.context_expr.range();
        self.check_blocks(at)?;
        let is_async = w.is_async;
        let offset = if is_async { ASYNC_OFFSET } else { 0 };
        let exit = self.u.alloc();
        let exc = self.u.alloc();
        let value = self.u.alloc();
        let m = self.u.mark();
        let manager = self.operand(&item.context_expr)?;
        self.emit(at, Op::LoadSpecial, exit, manager, EXIT + offset);
        let w_area = self.open_call(value);
        self.emit(at, Op::LoadSpecial, Self::callable(w_area), manager, ENTER + offset);
        self.close_call(at, w_area, 0, value);
        self.u.release(m);
        if is_async {
            let awaited = self.u.alloc();
            self.await_value(at, value, AWAIT_ENTER, awaited);
            self.move_to(at, value, awaited);
            self.u.release(m);
        }
        let (handler, end) = (self.label(), self.label());
        let protection = self.protect(handler, exc);
        self.u.blocks.push(Block::With { protection, exit, is_async, at });
        if let Some(target) = &item.optional_vars {
            self.store(target, value)?;
        }
        self.with_items(w, rest, body)?;
        self.close_block();
        self.call_exit(at, exit, is_async);
        self.goto(nowhere(), end);

        self.bind(handler);
        self.with_handler(at, exit, exc, is_async, end);
        self.bind(end);
        Ok(())
    }

    /// `exit(None, None, None)` on a way out without exception.
    pub fn call_exit(&mut self, at: TextRange, exit: Reg, is_async: bool) {
        let m = self.u.mark();
        let result = self.u.alloc();
        let w = self.open_call(result);
        self.move_to(at, Self::callable(w), exit);
        for _ in 0..3 {
            self.none(at);
        }
        self.close_call(at, w, 3, result);
        if is_async {
            let awaited = self.u.alloc();
            self.await_value(at, result, AWAIT_EXIT, awaited);
        }
        self.u.release(m);
    }

    /// Passes exception `exc` to `exit`, and swallows it when that returns a true value.
    fn with_handler(&mut self, at: TextRange, exit: Reg, exc: Reg, is_async: bool, end: super::code::Label) {
        let swallow = self.label();
        let (saved, cleanup) = self.enter_handler(at, exc);
        let m = self.u.mark();
        let mut result = self.u.alloc();
        let w = self.open_call(result);
        self.move_to(at, Self::callable(w), exit);
        let triple = self.u.alloc_n(3);
        self.emit(at, Op::ExcTriple, triple, exc, 0);
        self.close_call(at, w, 3, result);
        if is_async {
            self.u.release(m + 1);
            let awaited = self.u.alloc();
            self.await_value(at, result, AWAIT_EXIT, awaited);
            result = awaited;
        }
        self.jump(at, Op::JumpIfTrue, result, 0, swallow);
        self.u.release(m);
        self.emit(nowhere(), Op::Reraise, exc, 0, 0);
        self.bind(swallow);
        self.emit(nowhere(), Op::PopExc, saved, 0, 0);
        self.goto(nowhere(), end);
        self.leave_handler(saved, cleanup);
    }

    /// A constant in a new temporary.
    pub fn constant_temp(&mut self, at: TextRange, value: Const) -> Reg {
        let r = self.u.alloc();
        self.load_const(at, r, value);
        r
    }
}
