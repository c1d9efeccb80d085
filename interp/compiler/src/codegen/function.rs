//! Functions: definitions, lambdas, prologues, closures, docstrings.

use super::Compiler;
use super::code::Reg;
use crate::error::Result;
use crate::source::nowhere;
use crate::symtable::{Role, ScopeId, node_address};
use adder_bytecode::{CodeFlags, CodeUnit, Const, LocalKind, Op};
use ruff_python_ast::{Decorator, Expr, ExprLambda, Parameters, Stmt, StmtFunctionDef};
use ruff_text_size::{Ranged, TextRange, TextSize};
use std::sync::Arc;

/// Operand `c` of `SetFunctionAttr`.
pub mod attr {
    pub const DEFAULTS: u16 = 0;
    pub const KWDEFAULTS: u16 = 1;
    pub const ANNOTATE: u16 = 2;
    pub const CLOSURE: u16 = 3;
    pub const TYPE_PARAMS: u16 = 5;
}

/// Registers with what a function object gets besides its code.
#[derive(Clone, Copy, Default)]
pub struct Defaults {
    pub positional: Option<Reg>,
    pub keyword: Option<Reg>,
}

impl<'a> Compiler<'a, '_> {
    /// Code at the start of every unit: cells, closure, generator object.
    pub fn prologue(&mut self) {
        let at = TextRange::at(self.table.scope(self.u.scope).range.start(), TextSize::new(0));
        let kinds = self.u.local_kinds.clone();
        let flags = self.u.flags;
        for (r, kind) in kinds.iter().enumerate() {
            if *kind == LocalKind::Cell {
                self.emit(at, Op::MakeCell, r as Reg, 0, 0);
            }
        }
        let free = self.table.scope(self.u.scope).free.len();
        if free > 0 {
            let first = kinds.iter().position(|k| *k == LocalKind::Free).unwrap_or(0);
            self.emit(at, Op::CopyFree, first as Reg, 0, free as u16);
        }
        let suspends = CodeFlags::GENERATOR | CodeFlags::COROUTINE | CodeFlags::ASYNC_GENERATOR;
        if flags.has(suspends) {
            self.emit(at, Op::MakeGenerator, 0, 0, 0);
        }
        if self.future_annotations {
            self.u.flags.0 |= CodeFlags::FUTURE_ANNOTATIONS;
        }
    }

    /// The range of a definition without its decorators.
    pub fn definition_range(&self, range: TextRange, decorators: &[Decorator]) -> TextRange {
        let Some(last) = decorators.last() else { return range };
        if !self.source.has_text() {
            return range;
        }
        let mut at = last.range().end().to_usize();
        let text = self.source.text;
        let end = range.end().to_usize();
        while at < end {
            let rest = &text[at..end];
            let c = rest.as_bytes()[0];
            if c == b'#' {
                at += rest.find(['\n', '\r']).unwrap_or(rest.len());
            } else if c.is_ascii_whitespace() || c == b'\\' {
                at += 1;
            } else {
                break;
            }
        }
        TextRange::new(TextSize::new(at as u32), range.end())
    }

    /// First line of a definition, decorators included.
    pub fn first_line(&self, range: TextRange, decorators: &[Decorator]) -> u32 {
        let start = decorators.first().map_or(range.start(), |d| d.expression.range().start());
        self.source.line(start)
    }

    /// Evaluates decorators into nested call areas; the register where the decorated object has to go.
    pub fn open_decorators(&mut self, decorators: &'a [Decorator]) -> Result<(Reg, Vec<Reg>)> {
        let mut areas = Vec::with_capacity(decorators.len());
        let mut object = self.u.alloc();
        for d in decorators {
            let w = self.open_call(object);
            self.into(&d.expression, Self::callable(w))?;
            areas.push(w);
            object = self.u.alloc();
        }
        Ok((object, areas))
    }

    /// Calls the decorators, innermost first; the result is in the first area's register.
    pub fn close_decorators(&mut self, decorators: &'a [Decorator], areas: &[Reg]) {
        for (d, &w) in decorators.iter().zip(areas).rev() {
            self.close_call(d.expression.range(), w, 1, w);
        }
    }

    pub fn function_def(&mut self, f: &'a StmtFunctionDef) -> Result<()> {
        let at = self.definition_range(f.range, &f.decorator_list);
        let line = self.first_line(f.range, &f.decorator_list);
        let (object, areas) = self.open_decorators(&f.decorator_list)?;
        let scope = self.table.scope_of(node_address(f), Role::TypeParams);
        match scope {
            Some(scope) => self.generic_function(f, scope, at, line, object)?,
            None => {
                let defaults = self.defaults(&f.parameters)?;
                self.plain_function(f, at, line, defaults, object)?;
            }
        }
        self.close_decorators(&f.decorator_list, &areas);
        let result = areas.first().copied().unwrap_or(object);
        self.store_name(at, &f.name, result);
        Ok(())
    }

    /// Makes the function object of `f` in `dst`.
    pub fn plain_function(
        &mut self,
        f: &'a StmtFunctionDef,
        at: TextRange,
        line: u32,
        defaults: Defaults,
        dst: Reg,
    ) -> Result<()> {
        let m = self.u.mark();
        let annotations = self.signature_annotations(f, at)?;
        let id = self.body_scope(f);
        self.enter_unit(id, line);
        self.parameters(&f.parameters);
        let (is_generator, is_async) = (self.table.scope(id).generator, f.is_async);
        self.u.is_async = is_async;
        self.u.flags.0 |= match (is_generator, is_async) {
            (true, true) => CodeFlags::ASYNC_GENERATOR,
            (true, false) => CodeFlags::GENERATOR,
            (false, true) => CodeFlags::COROUTINE,
            (false, false) => 0,
        };
        let body = self.function_docstring(&f.body);
        self.prologue();
        self.stmts(body)?;
        let end = if body.is_empty() { at } else { nowhere() };
        self.return_none(end);
        let unit = self.leave_unit()?;
        self.make_function(at, id, unit, dst);
        self.set_defaults(at, dst, defaults);
        if let Some((reg, kind)) = annotations {
            self.emit(at, Op::SetFunctionAttr, dst, reg, kind);
        }
        self.u.release(m);
        Ok(())
    }

    pub fn lambda(&mut self, l: &'a ExprLambda, dst: Reg) -> Result<()> {
        let defaults = match &l.parameters {
            Some(p) => self.defaults(p)?,
            None => Defaults::default(),
        };
        let id = self.body_scope(l);
        let line = self.source.line(l.range.start());
        self.enter_unit(id, line);
        if let Some(p) = &l.parameters {
            self.parameters(p);
        }
        if self.table.scope(id).generator {
            self.u.flags.0 |= CodeFlags::GENERATOR;
        }
        self.prologue();
        let m = self.u.mark();
        match self.constant(&l.body) {
            Some(value) => {
                let word = self.u.words.constant(value);
                self.emit(l.body.range(), Op::ReturnK, 0, 0, word);
            }
            None => {
                let r = self.operand(&l.body)?;
                self.emit(l.body.range(), Op::Return, r, 0, 0);
            }
        }
        self.u.release(m);
        let unit = self.leave_unit()?;
        self.make_function(l.range, id, unit, dst);
        self.set_defaults(l.range, dst, defaults);
        Ok(())
    }

    fn parameters(&mut self, p: &Parameters) {
        let u = &mut self.u;
        u.posonlyargcount = p.posonlyargs.len() as u16;
        u.argcount = (p.posonlyargs.len() + p.args.len()) as u16;
        u.kwonlyargcount = p.kwonlyargs.len() as u16;
        if p.vararg.is_some() {
            u.flags.0 |= CodeFlags::VARARGS;
        }
        if p.kwarg.is_some() {
            u.flags.0 |= CodeFlags::VARKEYWORDS;
        }
    }

    /// Evaluates default values into a tuple and a dict.
    pub fn defaults(&mut self, p: &'a Parameters) -> Result<Defaults> {
        let positional: Vec<&'a Expr> =
            p.posonlyargs.iter().chain(&p.args).filter_map(|p| p.default.as_deref()).collect();
        let mut result = Defaults::default();
        if !positional.is_empty() {
            let at = TextRange::new(positional[0].start(), positional[positional.len() - 1].end());
            let dst = self.u.alloc();
            let m = self.u.mark();
            let constants: Option<Vec<Const>> = positional.iter().map(|e| self.constant(e)).collect();
            match constants {
                Some(items) => self.load_const(at, dst, Const::Tuple(items.into())),
                None => {
                    let first = self.u.alloc_n(0);
                    for e in &positional {
                        self.temp(e)?;
                    }
                    self.emit(at, Op::BuildTuple, dst, first, positional.len() as u16);
                }
            }
            self.u.release(m);
            result.positional = Some(dst);
        }
        let keyword: Vec<_> = p.kwonlyargs.iter().filter(|p| p.default.is_some()).collect();
        if !keyword.is_empty() {
            let dst = self.u.alloc();
            let m = self.u.mark();
            let first = self.u.alloc_n(0);
            for p in &keyword {
                let name = self.table.names.mangled(self.u.private, &p.parameter.name);
                let key = Const::Str(self.table.names.get(name).as_bytes().into());
                self.constant_temp(p.range, key);
                self.temp(p.default.as_deref().expect("filtered"))?;
            }
            self.emit(keyword[0].range, Op::BuildMap, dst, first, keyword.len() as u16);
            self.u.release(m);
            result.keyword = Some(dst);
        }
        Ok(result)
    }

    pub fn set_defaults(&mut self, at: TextRange, function: Reg, defaults: Defaults) {
        if let Some(r) = defaults.positional {
            self.emit(at, Op::SetFunctionAttr, function, r, attr::DEFAULTS);
        }
        if let Some(r) = defaults.keyword {
            self.emit(at, Op::SetFunctionAttr, function, r, attr::KWDEFAULTS);
        }
    }

    /// `dst` = function of `unit`, with the closure its scope needs. The word of its code.
    pub fn make_function(&mut self, at: TextRange, scope: ScopeId, unit: Arc<CodeUnit>, dst: Reg) -> u16 {
        let word = self.u.words.constant(Const::Code(unit.into()));
        self.emit(at, Op::MakeFunction, dst, 0, word);
        let free = self.table.scope(scope).free.clone();
        if free.is_empty() {
            return word;
        }
        let m = self.u.mark();
        let first = self.u.alloc_n(free.len());
        for (i, name) in free.iter().enumerate() {
            match self.cell_register(*name) {
                Some(cell) => self.move_to(at, first + i as u16, cell),
                None => debug_assert!(false, "no cell for {}", self.table.names.get(*name)),
            }
        }
        self.emit(at, Op::BuildTuple, first, first, free.len() as u16);
        self.emit(at, Op::SetFunctionAttr, dst, first, attr::CLOSURE);
        self.u.release(m);
        word
    }

    // ---- docstrings

    /// The docstring of a body, and the statements after it.
    fn split_docstring(&mut self, body: &'a [Stmt]) -> (Option<(Const, TextRange)>, &'a [Stmt]) {
        let Some((Stmt::Expr(first), rest)) = body.split_first() else { return (None, body) };
        let Expr::StringLiteral(_) = &*first.value else { return (None, body) };
        if self.options.optimize >= 2 {
            return (None, rest);
        }
        match self.constant(&first.value) {
            Some(Const::Str(text)) => (Some((Const::Str(clean_doc(&text).into()), first.range)), rest),
            _ => (None, body),
        }
    }

    /// Makes the docstring the first constant of the function.
    fn function_docstring(&mut self, body: &'a [Stmt]) -> &'a [Stmt] {
        let (doc, rest) = self.split_docstring(body);
        if let Some((text, _)) = doc {
            self.u.words.constant(text);
            self.u.flags.0 |= CodeFlags::HAS_DOCSTRING;
        }
        rest
    }

    /// Stores the docstring of a class body.
    pub fn class_docstring(&mut self, body: &'a [Stmt]) -> &'a [Stmt] {
        let (doc, rest) = self.split_docstring(body);
        if let Some((text, at)) = doc {
            let m = self.u.mark();
            let r = self.constant_temp(at, text);
            self.store_name(at, "__doc__", r);
            self.u.release(m);
        }
        rest
    }

    /// Stores the docstring of a module.
    pub fn module_docstring(&mut self, body: &'a [Stmt]) -> &'a [Stmt] {
        self.class_docstring(body)
    }
}

/// Removes the indentation of a docstring, as `inspect.cleandoc` does but keeping blank lines at the ends.
fn clean_doc(doc: &[u8]) -> Vec<u8> {
    let expand = |line: &[u8]| -> Vec<u8> {
        let mut out = Vec::with_capacity(line.len());
        let mut column = 0;
        for &b in line {
            match b {
                b'\t' => {
                    let n = 8 - column % 8;
                    out.resize(out.len() + n, b' ');
                    column += n;
                }
                _ => {
                    out.push(b);
                    column += usize::from(b & 0xc0 != 0x80);
                }
            }
        }
        out
    };
    let whole = expand_all(doc, expand);
    let mut lines = whole.split(|&b| b == b'\n');
    let first = lines.next().unwrap_or(&[]);
    let rest: Vec<&[u8]> = lines.collect();
    let indent = |l: &[u8]| l.iter().take_while(|&&b| b == b' ').count();
    let margin = rest.iter().filter(|l| indent(l) < l.len()).map(|l| indent(l)).min().unwrap_or(0);
    let mut out = first[indent(first)..].to_vec();
    for line in rest {
        out.push(b'\n');
        out.extend_from_slice(&line[margin.min(indent(line))..]);
    }
    out
}

fn expand_all(doc: &[u8], expand: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let lines: Vec<Vec<u8>> = doc.split(|&b| b == b'\n').map(expand).collect();
    lines.join(&b'\n')
}
