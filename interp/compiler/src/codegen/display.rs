//! List, tuple, set and dict displays.
//!
//! Short displays are built from consecutive registers. Long ones grow in chunks, and runs of constants are appended
//! from one constant tuple, so that data modules need few registers and words.

use super::Compiler;
use super::code::Reg;
use crate::error::Result;
use adder_bytecode::{Const, Op};
use ruff_python_ast::{DictItem, Expr, ExprDict, ExprSet};
use ruff_text_size::{Ranged, TextRange};

/// Elements built from registers at once.
pub const CHUNK: usize = 32;
/// Constant elements from which a run is loaded as one tuple.
const CONSTANT_RUN: usize = 3;

impl<'a> Compiler<'a, '_> {
    pub fn tuple_display(&mut self, elts: &'a [Expr], at: TextRange, dst: Reg) -> Result<()> {
        if elts.len() <= CHUNK && !has_star(elts) {
            let first = self.u.alloc_n(0);
            for e in elts {
                self.temp(e)?;
            }
            self.emit(at, Op::BuildTuple, dst, first, elts.len() as u16);
            return Ok(());
        }
        self.build_list(elts, at, dst)?;
        self.emit(at, Op::ListToTuple, dst, dst, 0);
        Ok(())
    }

    pub fn list_display(&mut self, elts: &'a [Expr], at: TextRange, dst: Reg) -> Result<()> {
        self.build_list(elts, at, dst)
    }

    /// Builds a list of `elts`, stars included, in the temporary `dst`.
    pub fn build_list(&mut self, elts: &'a [Expr], at: TextRange, dst: Reg) -> Result<()> {
        let m = self.u.mark();
        if let Some(items) = self.constant_run(elts).filter(|items| items.len() == elts.len())
            && items.len() >= CONSTANT_RUN
        {
            self.emit(at, Op::BuildList, dst, dst, 0);
            let r = self.u.alloc();
            self.load_const(at, r, Const::Tuple(items.into()));
            self.emit(at, Op::ListExtend, dst, r, 0);
            self.u.release(m);
            return Ok(());
        }
        let first = self.u.alloc_n(0);
        let run = elts.iter().take(CHUNK).take_while(|e| !matches!(e, Expr::Starred(_))).count();
        for e in &elts[..run] {
            self.temp(e)?;
        }
        self.emit(at, Op::BuildList, dst, first, run as u16);
        self.u.release(m);
        self.append_all(&elts[run..], at, dst, Op::ListAppend, Op::ListExtend)
    }

    /// Appends `elts`, stars included, to the list in `dst`.
    pub fn extend_list(&mut self, elts: &'a [Expr], at: TextRange, dst: Reg) -> Result<()> {
        self.append_all(elts, at, dst, Op::ListAppend, Op::ListExtend)
    }

    fn append_all(&mut self, mut elts: &'a [Expr], at: TextRange, dst: Reg, one: Op, many: Op) -> Result<()> {
        while let Some(e) = elts.first() {
            let m = self.u.mark();
            let run = self.constant_run(elts).filter(|items| items.len() >= CONSTANT_RUN);
            if let Some(items) = run {
                elts = &elts[items.len()..];
                let r = self.u.alloc();
                self.load_const(at, r, Const::Tuple(items.into()));
                self.emit(at, many, dst, r, 0);
            } else {
                match e {
                    Expr::Starred(s) => {
                        let r = self.operand(&s.value)?;
                        self.emit(s.value.range(), many, dst, r, 0);
                    }
                    _ => {
                        let r = self.operand(e)?;
                        self.emit(at, one, dst, r, 0);
                    }
                }
                elts = &elts[1..];
            }
            self.u.release(m);
        }
        Ok(())
    }

    /// The constants that `elts` starts with.
    fn constant_run(&mut self, elts: &[Expr]) -> Option<Vec<Const>> {
        let items: Vec<Const> = elts.iter().map_while(|e| self.constant(e)).collect();
        (!items.is_empty()).then_some(items)
    }

    pub fn set_display(&mut self, s: &'a ExprSet, dst: Reg) -> Result<()> {
        let at = s.range;
        if let Some(items) = self.constant_run(&s.elts).filter(|items| items.len() == s.elts.len())
            && items.len() >= CONSTANT_RUN
        {
            self.emit(at, Op::BuildSet, dst, dst, 0);
            let r = self.u.alloc();
            self.load_const(at, r, Const::FrozenSet(items.into()));
            self.emit(at, Op::SetUpdate, dst, r, 0);
            return Ok(());
        }
        let m = self.u.mark();
        let first = self.u.alloc_n(0);
        let run = s.elts.iter().take(CHUNK).take_while(|e| !matches!(e, Expr::Starred(_))).count();
        for e in &s.elts[..run] {
            self.temp(e)?;
        }
        self.emit(at, Op::BuildSet, dst, first, run as u16);
        self.u.release(m);
        self.append_all(&s.elts[run..], at, dst, Op::SetAdd, Op::SetUpdate)
    }

    pub fn dict_display(&mut self, d: &'a ExprDict, dst: Reg) -> Result<()> {
        let at = d.range;
        let mut rest = &d.items[..];
        let mut started = false;
        while !rest.is_empty() || !started {
            let m = self.u.mark();
            let run = rest.iter().take_while(|item| item.key.is_some()).take(CHUNK / 2).count();
            if !started {
                let first = self.u.alloc_n(0);
                self.pairs(&rest[..run])?;
                self.emit(at, Op::BuildMap, dst, first, run as u16);
                rest = &rest[run..];
                started = true;
            } else if let Some(key) = &rest[0].key {
                let pair = self.temp(key)?;
                self.temp(&rest[0].value)?;
                self.emit(at, Op::MapAdd, dst, pair, 0);
                rest = &rest[1..];
            } else {
                let part = self.operand(&rest[0].value)?;
                self.emit(rest[0].value.range(), Op::DictUpdate, dst, part, 0);
                rest = &rest[1..];
            }
            self.u.release(m);
        }
        Ok(())
    }

    fn pairs(&mut self, items: &'a [DictItem]) -> Result<()> {
        for item in items {
            if let Some(key) = &item.key {
                self.temp(key)?;
            }
            self.temp(&item.value)?;
        }
        Ok(())
    }
}

/// Whether a display is built in more than one step that may read or raise.
pub fn grows(elts: &[Expr]) -> bool {
    elts.len() > CHUNK || has_star(elts)
}

fn has_star(elts: &[Expr]) -> bool {
    elts.iter().any(|e| matches!(e, Expr::Starred(_)))
}
