//! Comprehensions, inlined into the frame around them, and generator expressions, which are functions; some are inlined besides
//! ([`super::consumers`]).

use super::Compiler;
use super::code::{Label, Reg, Stretch};
use crate::error::Result;
use crate::symtable::{CompKind, Role, ScopeId, VarScope, def, node_address};
use adder_bytecode::ops::{Intrinsic, NO_DELEGATE};
use adder_bytecode::{CodeFlags, Const, LocalKind, Op};
use ruff_python_ast::{self as ast, Expr, ExprGenerator};
use ruff_text_size::{Ranged, TextRange};

/// What becomes of each element.
#[derive(Clone, Copy, PartialEq)]
pub enum Sink {
    List,
    Set,
    Map,
    Yield,
    /// A step of `sum`, in two registers.
    Sum,
    /// A byte for a bytearray.
    Bytes,
    /// Whether there was an element, and the greatest or least so far.
    Extreme {
        greatest: bool,
    },
    /// The element decides if its truth is `when`.
    Decide {
        when: bool,
        to: Label,
    },
}

/// What consumes an inlined generator expression.
#[derive(Clone, Copy)]
pub struct Inlined {
    /// The instruction that stands for it in tracebacks, and its range.
    pub at: Label,
    pub shown: TextRange,
}

/// The parts all comprehensions have.
#[derive(Clone, Copy)]
struct Parts<'a> {
    at: TextRange,
    kind: CompKind,
    sink: Sink,
    inlined: Option<Inlined>,
    generators: &'a [ast::Comprehension],
    key: Option<&'a Expr>,
    element: &'a Expr,
    address: usize,
}

impl<'a> Parts<'a> {
    fn new(
        e: &impl Ranged,
        kind: CompKind,
        generators: &'a [ast::Comprehension],
        key: Option<&'a Expr>,
        element: &'a Expr,
    ) -> Parts<'a> {
        let sink = match kind {
            CompKind::List => Sink::List,
            CompKind::Set => Sink::Set,
            CompKind::Dict => Sink::Map,
            CompKind::Generator => Sink::Yield,
        };
        let (at, address) = (e.range(), node_address(e));
        Parts { at, kind, sink, inlined: None, generators, key, element, address }
    }

    fn of(e: &'a Expr) -> Option<Parts<'a>> {
        Some(match e {
            Expr::ListComp(c) => Parts::new(c, CompKind::List, &c.generators, None, &c.elt),
            Expr::SetComp(c) => Parts::new(c, CompKind::Set, &c.generators, None, &c.elt),
            Expr::DictComp(c) => Parts::new(c, CompKind::Dict, &c.generators, c.key.as_deref(), &c.value),
            Expr::Generator(c) => Parts::of_generator(c),
            _ => return None,
        })
    }

    fn of_generator(c: &'a ExprGenerator) -> Parts<'a> {
        Parts::new(c, CompKind::Generator, &c.generators, None, &c.elt)
    }
}

impl<'a> Compiler<'a, '_> {
    pub fn comprehension(&mut self, e: &'a Expr, dst: Reg) -> Result<()> {
        let mut parts = Parts::of(e).expect("the caller checked the kind");
        if let (Expr::Generator(_), Some(parens)) = (e, self.bare_generator.take()) {
            parts.at = parens;
        }
        let id = self.table.scope_of(parts.address, Role::Body).expect("the symbol table saw every node");
        let scope = self.table.scope(id);
        let (inlined, is_async) = (scope.inlined, scope.coroutine);
        let must_await = is_async && parts.kind != CompKind::Generator;
        if must_await && !self.u.is_async && !self.in_async_comp() && !self.top_level_await() {
            let text = "asynchronous comprehension outside of an asynchronous function";
            return self.error(text, parts.at);
        }
        let first = &parts.generators[0];
        let iterator =
            if first.is_async { self.async_iterator(&first.iter)? } else { self.iterator(&first.iter)? };
        if inlined {
            self.inline_comprehension(parts, id, iterator, dst)
        } else {
            self.comprehension_function(parts, id, iterator, dst).map(drop)
        }
    }

    /// Whether the code unit itself is an asynchronous comprehension or generator expression.
    fn in_async_comp(&self) -> bool {
        let scope = self.table.scope(self.u.scope);
        scope.comprehension.is_some() && scope.coroutine
    }

    fn inline_comprehension(&mut self, parts: Parts<'a>, id: ScopeId, iterator: Reg, dst: Reg) -> Result<()> {
        self.inline_scope(parts, id, |c| {
            let op = match parts.kind {
                CompKind::List => Op::BuildList,
                CompKind::Set => Op::BuildSet,
                _ => Op::BuildMap,
            };
            c.emit(parts.at, op, dst, dst, 0);
            c.generator_level(parts, 0, Some(iterator), dst)
        })
    }

    /// The loops of generator expression `g` in this frame. Its stretches are put on record, with a code word that is still to be
    /// filled in.
    pub fn inline_generator(
        &mut self,
        g: &'a ExprGenerator,
        id: ScopeId,
        iterator: Reg,
        acc: Reg,
        sink: Sink,
        inlined: Inlined,
    ) -> Result<()> {
        let parts = Parts { sink, inlined: Some(inlined), ..Parts::of_generator(g) };
        self.inline_scope(parts, id, |c| {
            let outer = c.u.stretch.replace(c.u.code.here());
            c.generator_level(parts, 0, Some(iterator), acc)?;
            c.end_stretch(inlined.at);
            c.u.stretch = outer;
            Ok(())
        })
    }

    /// Ends a stretch of an inlined generator expression.
    fn end_stretch(&mut self, call: Label) {
        let (start, end) = (self.u.stretch.take(), self.u.code.here());
        if let Some(start) = start.filter(|&start| start < end) {
            self.u.code.genexprs.push(Stretch { start, end, call, code: None });
        }
    }

    /// Generates what `body` does with the variables of an inlined comprehension.
    fn inline_scope(
        &mut self,
        parts: Parts<'a>,
        id: ScopeId,
        body: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        self.check_blocks(parts.at)?;
        self.u.comps.push(id);
        let symbols = self.table.scope(id).symbols.clone();
        for &(name, symbol) in &symbols {
            let Some(&reg) = self.u.hidden.get(&(id, name)) else { continue };
            let is_cell = symbol.scope == VarScope::Cell;
            debug_assert!(symbol.flags & def::PARAM == 0);
            // What the last run left must not be seen; the first variable is bound before anything can look.
            if is_cell || parts.generators.len() > 1 {
                self.emit(parts.at, Op::ClearLocal, reg, 0, 0);
            }
            if is_cell {
                self.emit(parts.at, Op::MakeCell, reg, 0, 0);
            }
        }
        body(self)?;
        self.clear_scope(parts.at, id);
        self.u.comps.pop();
        Ok(())
    }

    /// Outside of an inlined comprehension its variables do not exist, neither for `locals()` nor for the collector.
    pub fn clear_scope(&mut self, at: TextRange, id: ScopeId) {
        for (name, _) in self.table.scope(id).symbols.clone() {
            if let Some(&reg) = self.u.hidden.get(&(id, name)) {
                self.emit(at, Op::ClearLocal, reg, 0, 0);
                if !self.u.bound_hidden.contains(&reg) {
                    self.u.bound_hidden.push(reg);
                }
            }
        }
    }

    /// An exception has ended whatever comprehension was running.
    pub fn clear_hidden(&mut self, at: TextRange) {
        for reg in self.u.bound_hidden.clone() {
            self.emit(at, Op::ClearLocal, reg, 0, 0);
        }
    }

    /// The loops from level `index` on, and the element inside the innermost.
    fn generator_level(
        &mut self,
        parts: Parts<'a>,
        index: usize,
        iterator: Option<Reg>,
        acc: Reg,
    ) -> Result<()> {
        let Some(g) = parts.generators.get(index) else { return self.element(parts, acc) };
        self.nest()?;
        let m = self.u.mark();
        if g.is_async {
            self.async_level(parts, index, iterator, acc)?;
        } else if let (None, Some(value)) = (iterator, single_element(&g.iter)) {
            // `for y in [x]` is an assignment.
            let skip = self.label();
            self.assign_one(&g.target, value)?;
            self.conditions(&g.ifs, skip)?;
            self.generator_level(parts, index + 1, None, acc)?;
            self.bind(skip);
        } else {
            let iterator = match iterator {
                Some(r) => r,
                None => self.iterator(&g.iter)?,
            };
            self.comprehension_loop(g.iter.range(), &g.target, iterator, |c, next| {
                c.conditions(&g.ifs, next)?;
                c.generator_level(parts, index + 1, None, acc)
            })?;
        }
        self.u.release(m);
        self.depth -= 1;
        Ok(())
    }

    fn conditions(&mut self, ifs: &'a [Expr], skip: Label) -> Result<()> {
        ifs.iter().try_for_each(|test| self.jump_if(test, false, skip))
    }

    fn async_level(&mut self, parts: Parts<'a>, index: usize, iterator: Option<Reg>, acc: Reg) -> Result<()> {
        let g = &parts.generators[index];
        let at = g.iter.range();
        let iterator = match iterator {
            Some(r) => r,
            None => self.async_iterator(&g.iter)?,
        };
        let finished = self.label();
        let exc = self.u.alloc();
        let top = self.new_label_here();
        let item = self.next_async_item(at, iterator, finished, exc);
        self.store(&g.target, item)?;
        self.conditions(&g.ifs, top)?;
        self.generator_level(parts, index + 1, None, acc)?;
        self.goto(at, top);
        self.bind(finished);
        self.emit(at, Op::EndAsyncFor, exc, 0, 0);
        Ok(())
    }

    fn element(&mut self, parts: Parts<'a>, acc: Reg) -> Result<()> {
        let m = self.u.mark();
        let at = parts.element.range();
        if let Expr::Starred(s) = parts.element {
            return self.error("iterable unpacking cannot be used in comprehension", s.range);
        }
        match parts.sink {
            Sink::Map => {
                let Some(key) = parts.key else {
                    return self.error("dict unpacking cannot be used in dict comprehension", at);
                };
                let pair = self.temp(key)?;
                self.temp(parts.element)?;
                self.emit(key.range(), Op::MapAdd, acc, pair, 0);
            }
            Sink::Yield => {
                let r = self.temp(parts.element)?;
                if self.u.is_async {
                    self.emit(at, Op::AsyncGenWrap, r, r, 0);
                }
                self.emit_yield(at, r, NO_DELEGATE);
            }
            sink => {
                let r = self.operand(parts.element)?;
                match parts.inlined {
                    // What the consumer does with the element is not the generator expression's.
                    Some(inlined) => {
                        self.end_stretch(inlined.at);
                        self.sink(inlined.shown, sink, acc, r);
                        self.u.stretch = Some(self.u.code.here());
                    }
                    None => self.sink(at, sink, acc, r),
                }
            }
        }
        self.u.release(m);
        Ok(())
    }

    fn sink(&mut self, at: TextRange, sink: Sink, acc: Reg, element: Reg) {
        match sink {
            Sink::List => self.emit(at, Op::ListAppend, acc, element, 0),
            Sink::Set => self.emit(at, Op::SetAdd, acc, element, 0),
            Sink::Sum => self.emit(at, Op::SumAdd, acc, element, 0),
            Sink::Bytes => {
                let pair = self.u.alloc_n(2);
                self.move_to(at, pair, acc);
                self.move_to(at, pair + 1, element);
                self.emit(at, Op::Intrinsic, pair, pair, Intrinsic::AppendByte as u16);
            }
            Sink::Extreme { greatest } => {
                let [take, skip] = [(); 2].map(|()| self.label());
                self.jump(at, Op::JumpIfFalse, acc, 0, take);
                let better = self.u.alloc();
                self.emit(at, if greatest { Op::Gt } else { Op::Lt }, better, element, acc + 1);
                self.jump(at, Op::JumpIfFalse, better, 0, skip);
                self.bind(take);
                self.move_to(at, acc + 1, element);
                self.load_const(at, acc, Const::True);
                self.bind(skip);
            }
            Sink::Decide { when, to } => {
                let op = if when { Op::JumpIfTrue } else { Op::JumpIfFalse };
                self.jump(at, op, element, 0, to);
            }
            Sink::Map | Sink::Yield => unreachable!("they take more than a register"),
        }
    }

    /// A comprehension with a frame of its own: generator expressions, and comprehensions in annotation scopes of
    /// classes.
    fn comprehension_function(
        &mut self,
        parts: Parts<'a>,
        id: ScopeId,
        iterator: Reg,
        dst: Reg,
    ) -> Result<u16> {
        let line = self.source.line(parts.at.start());
        self.enter_unit(id, line);
        self.u.argcount = 1;
        let is_async = self.table.scope(id).coroutine;
        let generator = parts.kind == CompKind::Generator;
        self.u.is_async = is_async;
        self.u.flags.0 |= match (generator, is_async) {
            (true, true) => CodeFlags::ASYNC_GENERATOR,
            (true, false) => CodeFlags::GENERATOR,
            (false, true) => CodeFlags::COROUTINE,
            (false, false) => 0,
        };
        debug_assert!(matches!(self.u.local_kinds[0], LocalKind::Fast | LocalKind::Cell));
        self.prologue();
        let acc = self.u.alloc();
        match parts.kind {
            CompKind::List => self.emit(parts.at, Op::BuildList, acc, acc, 0),
            CompKind::Set => self.emit(parts.at, Op::BuildSet, acc, acc, 0),
            CompKind::Dict => self.emit(parts.at, Op::BuildMap, acc, acc, 0),
            CompKind::Generator => {}
        }
        self.generator_level(parts, 0, Some(0), acc)?;
        if generator {
            let word = self.u.words.constant(Const::None);
            self.emit(parts.at, Op::ReturnK, 0, 0, word);
        } else {
            self.emit(parts.at, Op::Return, acc, 0, 0);
        }
        let unit = self.leave_unit()?;

        let m = self.u.mark();
        let w = self.open_call(dst);
        let word = self.make_function(parts.at, id, unit, Self::callable(w));
        let arg = self.u.alloc();
        self.move_to(parts.at, arg, iterator);
        if is_async && !generator {
            let result = self.u.alloc();
            self.close_call(parts.at, w, 1, result);
            self.await_value(parts.at, result, 0, dst);
        } else {
            self.close_call(parts.at, w, 1, dst);
        }
        self.u.release(m);
        Ok(word)
    }

    /// Makes the generator of generator expression `g`, whose parentheses are `parens` unless it has its own, over `iterator`. The word
    /// of its code.
    pub fn generator_of(
        &mut self,
        g: &'a ExprGenerator,
        parens: TextRange,
        iterator: Reg,
        dst: Reg,
    ) -> Result<u16> {
        let mut parts = Parts::of_generator(g);
        if !g.parenthesized {
            parts.at = parens;
        }
        let id = self.table.scope_of(parts.address, Role::Body).expect("the symbol table saw every node");
        self.comprehension_function(parts, id, iterator, dst)
    }
}

/// The element of a list or tuple display that has one, and no star.
fn single_element(iter: &Expr) -> Option<&Expr> {
    let elts = match iter {
        Expr::List(l) => &l.elts,
        Expr::Tuple(t) => &t.elts,
        _ => return None,
    };
    match &elts[..] {
        [e] if !matches!(e, Expr::Starred(_)) => Some(e),
        _ => None,
    }
}
