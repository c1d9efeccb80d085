//! `for`, `async for` and `while`.

use super::Compiler;
use super::code::{Label, Reg};
use super::unit::Block;
use crate::error::Result;
use crate::source::nowhere;
use adder_bytecode::{Const, Op};
use ruff_python_ast::{Expr, StmtFor, StmtWhile};
use ruff_text_size::{Ranged, TextRange};

impl<'a> Compiler<'a, '_> {
    pub fn while_stmt(&mut self, w: &'a StmtWhile) -> Result<()> {
        self.check_blocks(w.range)?;
        let (end, other) = (self.label(), self.label());
        let test = self.constant_test(&w.test);
        if test.is_some() {
            self.emit(w.test.range(), Op::Nop, 0, 0, 0);
        }
        let top = self.new_label_here();
        let again = self.label();
        match test {
            // Code under `while 0` is generated for its errors and dropped as unreachable.
            Some(false) => self.goto(w.test.range(), other),
            Some(true) => {}
            None => self.jump_if(&w.test, false, other)?,
        }
        // A loop without a test shows its line where it jumps back.
        let endless = test == Some(true);
        self.u.blocks.push(Block::Loop { break_to: end, continue_to: if endless { again } else { top } });
        self.stmts(&w.body)?;
        self.u.blocks.pop();
        self.bind(again);
        self.goto(if endless { w.test.range() } else { nowhere() }, top);
        self.bind(other);
        self.stmts(&w.orelse)?;
        self.bind(end);
        Ok(())
    }

    pub fn for_stmt(&mut self, f: &'a StmtFor) -> Result<()> {
        self.check_blocks(f.range)?;
        let iterator = self.iterator(&f.iter)?;
        let end = self.label();
        self.counted_loop(f.iter.range(), &f.target, iterator, end, |c| c.stmts(&f.body))?;
        self.stmts(&f.orelse)?;
        self.bind(end);
        Ok(())
    }

    /// A temporary with the iterator of `e`.
    pub fn iterator(&mut self, e: &'a Expr) -> Result<Reg> {
        let iterator = self.u.alloc();
        let m = self.u.mark();
        let source = match self.constant_container(e) {
            Some(value) => {
                let r = self.u.alloc();
                self.load_const(e.range(), r, value);
                r
            }
            None => self.operand(e)?,
        };
        self.emit(e.range(), Op::GetIter, iterator, source, 0);
        self.u.release(m);
        Ok(iterator)
    }

    /// A loop over `iterator` with its test at the bottom. `continue` goes to the test, `break` to `end`.
    fn counted_loop(
        &mut self,
        at: TextRange,
        target: &'a Expr,
        iterator: Reg,
        end: Label,
        body: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        let test = self.label();
        self.goto(at, test);
        let start = self.new_label_here();
        let item = match self.local_target(target) {
            Some(reg) => reg,
            None => {
                let item = self.u.alloc();
                self.store(target, item)?;
                item
            }
        };
        self.u.blocks.push(Block::Loop { break_to: end, continue_to: test });
        body(self)?;
        self.u.blocks.pop();
        self.bind(test);
        self.jump(at, Op::ForIter, item, iterator, start);
        Ok(())
    }

    /// As [`Self::counted_loop`] for one `for` of a comprehension.
    pub fn comprehension_loop(
        &mut self,
        at: TextRange,
        target: &'a Expr,
        iterator: Reg,
        body: impl FnOnce(&mut Self, Label) -> Result<()>,
    ) -> Result<()> {
        let test = self.label();
        self.goto(at, test);
        let start = self.new_label_here();
        let item = match self.local_target(target) {
            Some(reg) => reg,
            None => {
                let item = self.u.alloc();
                self.store(target, item)?;
                item
            }
        };
        body(self, test)?;
        self.bind(test);
        self.jump(at, Op::ForIter, item, iterator, start);
        Ok(())
    }

    pub fn async_for(&mut self, f: &'a StmtFor) -> Result<()> {
        self.check_blocks(f.range)?;
        if !self.u.is_async && !self.top_level_await() {
            return self.error("'async for' outside async function", f.range);
        }
        let at = f.iter.range();
        let iterator = self.async_iterator(&f.iter)?;
        let (end, finished) = (self.label(), self.label());
        let exc = self.u.alloc();
        let top = self.new_label_here();
        let item = self.next_async_item(at, iterator, finished, exc);
        self.store(&f.target, item)?;
        self.u.blocks.push(Block::Loop { break_to: end, continue_to: top });
        self.stmts(&f.body)?;
        self.u.blocks.pop();
        self.goto(nowhere(), top);
        self.bind(finished);
        self.emit(at, Op::EndAsyncFor, exc, 0, 0);
        self.stmts(&f.orelse)?;
        self.bind(end);
        Ok(())
    }

    pub fn async_iterator(&mut self, e: &'a Expr) -> Result<Reg> {
        let iterator = self.u.alloc();
        let m = self.u.mark();
        let source = self.operand(e)?;
        self.emit(e.range(), Op::GetAIter, iterator, source, 0);
        self.u.release(m);
        Ok(iterator)
    }

    /// Awaits the next item into a new temporary; the end of the iteration arrives at `finished` as an exception.
    pub fn next_async_item(&mut self, at: TextRange, iterator: Reg, finished: Label, exc: Reg) -> Reg {
        let item = self.u.alloc();
        let protection = self.protect(finished, exc);
        let m = self.u.mark();
        let awaitable = self.u.alloc();
        self.emit(at, Op::GetANext, awaitable, iterator, 0);
        self.delegate(at, awaitable, item);
        self.u.release(m);
        self.unprotect(protection);
        item
    }

    /// Whether `await` is allowed here because the module is compiled so; marks it as a coroutine.
    pub fn top_level_await(&mut self) -> bool {
        use crate::symtable::ScopeKind;
        let top =
            self.options.flags.top_level_await && self.table.scope(self.u.scope).kind == ScopeKind::Module;
        if top {
            self.u.flags.0 |= adder_bytecode::CodeFlags::COROUTINE;
        }
        top
    }

    /// `None` in a new temporary.
    pub fn none(&mut self, at: TextRange) -> Reg {
        let r = self.u.alloc();
        self.load_const(at, r, Const::None);
        r
    }
}
