//! The parser's tree as `ast` objects: statements, parameters, patterns. Expressions are in [`super::expr_to_python`].
//!
//! The two trees differ in shape in few places: `elif` nests, decorators are no part of a definition's position, a class's
//! arguments lie in the class, and adjacent string literals are one expression.

use super::nodes::{Classes, Node};
use adder_compiler::source::Source;
use adder_interp::heap::GcVec;
use adder_interp::object::list::List;
use adder_interp::object::str::Str;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use ruff_python_ast::{
    Alias, Decorator, ExceptHandler, Expr, Identifier, Keyword, MatchCase, Mod, Parameter,
    ParameterWithDefault, Parameters, Pattern, Stmt, StmtClassDef, StmtFunctionDef, StmtIf, StmtMatch,
    StmtTry, StmtWith, TypeParam, TypeParams,
};
use ruff_text_size::{Ranged, TextRange, TextSize};

/// Conversion of one tree.
pub struct ToPython<'a> {
    pub vm: &'a Vm,
    pub classes: Classes,
    pub source: &'a Source<'a>,
}

/// A list of converted nodes.
pub type Nodes = PyResult<Value>;

impl<'a> ToPython<'a> {
    pub fn new(vm: &'a Vm, source: &'a Source<'a>) -> PyResult<ToPython<'a>> {
        Ok(ToPython { vm, classes: Classes::get(vm)?, source })
    }

    /// The root: `Module`, `Expression`, or `Interactive`.
    pub fn root(&self, tree: &Mod, interactive: bool) -> PyResult {
        match tree {
            Mod::Expression(e) => {
                let body = self.expr(&e.body)?;
                self.bare(Node::Expression, &[body])
            }
            Mod::Module(m) => {
                let body = self.body(&m.body)?;
                match interactive {
                    true => self.bare(Node::Interactive, &[body]),
                    false => self.bare(Node::Module, &[body, self.empty()]),
                }
            }
        }
    }

    // ---- building blocks

    /// A node without a position; `fields` in the order of the class.
    pub fn bare(&self, node: Node, fields: &[Value]) -> PyResult {
        let instance = self.vm.new_instance(self.classes.class(node));
        for (name, &value) in self.classes.field_names(node).iter().zip(fields) {
            let name = name.downcast::<Str>().expect("field names are strings");
            self.vm.generic_setattr(instance, name, Some(value))?;
        }
        Ok(instance)
    }

    /// A node at a place in the source.
    pub fn node(&self, node: Node, at: TextRange, fields: &[Value]) -> PyResult {
        let instance = self.bare(node, fields)?;
        let pos = self.source.pos(at);
        for (name, number) in
            self.classes.positions.iter().zip([pos.line, pos.col, pos.end_line, pos.end_col])
        {
            let name = name.downcast::<Str>().expect("attribute names are strings");
            self.vm.generic_setattr(instance, name, Some(Value::small_int(i64::from(number))))?;
        }
        Ok(instance)
    }

    pub fn singleton(&self, node: Node) -> Value {
        self.classes.singleton(node)
    }

    pub fn empty(&self) -> Value {
        List::new(&self.vm.heap).value()
    }

    /// A list of what `f` makes of each item.
    pub fn list<T>(&self, items: impl IntoIterator<Item = T>, f: impl Fn(T) -> PyResult) -> Nodes {
        let mut list = GcVec::new();
        for item in items {
            list.push(&self.vm.heap, f(item)?);
        }
        Ok(self.vm.list_from(list))
    }

    pub fn optional<T>(&self, item: Option<T>, f: impl Fn(T) -> PyResult) -> PyResult {
        item.map_or(Ok(Value::none()), f)
    }

    pub fn exprs<'e>(&self, items: impl IntoIterator<Item = &'e Expr>) -> Nodes {
        self.list(items, |e| self.expr(e))
    }

    pub fn optional_expr(&self, e: Option<&Expr>) -> PyResult {
        self.optional(e, |e| self.expr(e))
    }

    pub fn name(&self, name: &str) -> Value {
        self.vm.intern(name).value()
    }

    pub fn identifier(&self, name: &Identifier) -> Value {
        self.name(name.as_str())
    }

    fn optional_name(&self, name: Option<&Identifier>) -> Value {
        name.map_or(Value::none(), |name| self.identifier(name))
    }

    fn body(&self, body: &[Stmt]) -> Nodes {
        self.list(body, |s| self.stmt(s))
    }

    // ---- statements

    fn stmt(&self, s: &Stmt) -> PyResult {
        self.vm.check_native_stack(" during ast construction")?;
        let none = Value::none();
        match s {
            Stmt::FunctionDef(f) => self.function(f),
            Stmt::ClassDef(c) => self.class(c),
            Stmt::Return(r) => {
                let value = self.optional_expr(r.value.as_deref())?;
                self.node(Node::Return, r.range, &[value])
            }
            Stmt::Delete(d) => {
                let targets = self.exprs(&d.targets)?;
                self.node(Node::Delete, d.range, &[targets])
            }
            Stmt::TypeAlias(t) => {
                let name = self.expr(&t.name)?;
                let params = self.type_params(t.type_params.as_deref())?;
                let value = self.expr(&t.value)?;
                self.node(Node::TypeAlias, t.range, &[name, params, value])
            }
            Stmt::Assign(a) => {
                let targets = self.exprs(&a.targets)?;
                let value = self.expr(&a.value)?;
                self.node(Node::Assign, a.range, &[targets, value, none])
            }
            Stmt::AugAssign(a) => {
                let target = self.expr(&a.target)?;
                let op = self.operator(a.op);
                let value = self.expr(&a.value)?;
                self.node(Node::AugAssign, a.range, &[target, op, value])
            }
            Stmt::AnnAssign(a) => {
                let target = self.expr(&a.target)?;
                let annotation = self.expr(&a.annotation)?;
                let value = self.optional_expr(a.value.as_deref())?;
                let simple = Value::small_int(i64::from(a.simple));
                self.node(Node::AnnAssign, a.range, &[target, annotation, value, simple])
            }
            Stmt::For(f) => {
                let target = self.expr(&f.target)?;
                let iter = self.expr(&f.iter)?;
                let (body, orelse) = (self.body(&f.body)?, self.body(&f.orelse)?);
                let node = if f.is_async { Node::AsyncFor } else { Node::For };
                self.node(node, f.range, &[target, iter, body, orelse, none])
            }
            Stmt::While(w) => {
                let test = self.expr(&w.test)?;
                let (body, orelse) = (self.body(&w.body)?, self.body(&w.orelse)?);
                self.node(Node::While, w.range, &[test, body, orelse])
            }
            Stmt::If(i) => self.if_from(i, 0),
            Stmt::With(w) => self.with(w),
            Stmt::Match(m) => self.match_stmt(m),
            Stmt::Raise(r) => {
                let exc = self.optional_expr(r.exc.as_deref())?;
                let cause = self.optional_expr(r.cause.as_deref())?;
                self.node(Node::Raise, r.range, &[exc, cause])
            }
            Stmt::Try(t) => self.try_stmt(t),
            Stmt::Assert(a) => {
                let test = self.expr(&a.test)?;
                let msg = self.optional_expr(a.msg.as_deref())?;
                self.node(Node::Assert, a.range, &[test, msg])
            }
            Stmt::Import(i) => {
                let names = self.list(&i.names, |a| self.alias(a))?;
                self.node(Node::Import, i.range, &[names])
            }
            Stmt::ImportFrom(i) => {
                let module = self.optional_name(i.module.as_ref());
                let names = self.list(&i.names, |a| self.alias(a))?;
                let level = Value::small_int(i64::from(i.level));
                self.node(Node::ImportFrom, i.range, &[module, names, level])
            }
            Stmt::Global(g) => {
                let names = self.list(&g.names, |n| Ok(self.identifier(n)))?;
                self.node(Node::Global, g.range, &[names])
            }
            Stmt::Nonlocal(g) => {
                let names = self.list(&g.names, |n| Ok(self.identifier(n)))?;
                self.node(Node::Nonlocal, g.range, &[names])
            }
            Stmt::Expr(e) => {
                let value = self.expr(&e.value)?;
                self.node(Node::Expr, e.range, &[value])
            }
            Stmt::Pass(p) => self.node(Node::Pass, p.range, &[]),
            Stmt::Break(b) => self.node(Node::Break, b.range, &[]),
            Stmt::Continue(c) => self.node(Node::Continue, c.range, &[]),
            Stmt::IpyEscapeCommand(_) => {
                Err(self.vm.raise_message(self.vm.exceptions.syntax_error, "invalid syntax"))
            }
        }
    }

    /// The range of a definition without its decorators.
    fn definition(&self, range: TextRange, decorators: &[Decorator]) -> TextRange {
        let Some(last) = decorators.last() else { return range };
        let text = self.source.text.as_bytes();
        let mut at = last.range().end().to_usize();
        while let Some(&c) = text.get(at) {
            match c {
                b'#' => {
                    at += text[at..].iter().take_while(|&&c| c != b'\n' && c != b'\r').count();
                }
                b' ' | b'\t' | b'\x0c' | b'\n' | b'\r' | b'\\' => at += 1,
                _ => break,
            }
        }
        TextRange::new(TextSize::new(at as u32), range.end())
    }

    fn function(&self, f: &StmtFunctionDef) -> PyResult {
        let node = if f.is_async { Node::AsyncFunctionDef } else { Node::FunctionDef };
        let decorators = self.exprs(f.decorator_list.iter().map(|d| &d.expression))?;
        let args = self.parameters(&f.parameters)?;
        let returns = self.optional_expr(f.returns.as_deref())?;
        let params = self.type_params(f.type_params.as_deref())?;
        let body = self.body(&f.body)?;
        let at = self.definition(f.range, &f.decorator_list);
        let none = Value::none();
        self.node(node, at, &[self.identifier(&f.name), args, body, decorators, returns, none, params])
    }

    fn class(&self, c: &StmtClassDef) -> PyResult {
        let decorators = self.exprs(c.decorator_list.iter().map(|d| &d.expression))?;
        let params = self.type_params(c.type_params.as_deref())?;
        let bases = self.exprs(c.bases())?;
        let keywords = self.list(c.keywords(), |k| self.keyword(k))?;
        let body = self.body(&c.body)?;
        let at = self.definition(c.range, &c.decorator_list);
        self.node(Node::ClassDef, at, &[self.identifier(&c.name), bases, keywords, body, decorators, params])
    }

    /// An `if` from its `clause`th branch on (0 is the `if` itself): an `elif` is an `if` in the `else` before it.
    fn if_from(&self, i: &StmtIf, clause: usize) -> PyResult {
        self.vm.check_native_stack(" during ast construction")?;
        let (start, test, body) = match clause.checked_sub(1) {
            None => (i.range.start(), &*i.test, &i.body),
            Some(n) => {
                let clause = &i.elif_else_clauses[n];
                let test = clause.test.as_ref().expect("only the last clause is an else");
                (clause.range.start(), test, &clause.body)
            }
        };
        let test = self.expr(test)?;
        let body = self.body(body)?;
        let orelse = match i.elif_else_clauses.get(clause) {
            None => self.empty(),
            Some(next) if next.test.is_none() => self.body(&next.body)?,
            Some(_) => {
                let nested = self.if_from(i, clause + 1)?;
                self.vm.new_list(&[nested])
            }
        };
        self.node(Node::If, TextRange::new(start, i.range.end()), &[test, body, orelse])
    }

    fn with(&self, w: &StmtWith) -> PyResult {
        let items = self.list(&w.items, |item| {
            let context = self.expr(&item.context_expr)?;
            let vars = self.optional_expr(item.optional_vars.as_deref())?;
            self.bare(Node::withitem, &[context, vars])
        })?;
        let body = self.body(&w.body)?;
        let node = if w.is_async { Node::AsyncWith } else { Node::With };
        self.node(node, w.range, &[items, body, Value::none()])
    }

    fn try_stmt(&self, t: &StmtTry) -> PyResult {
        let body = self.body(&t.body)?;
        let handlers = self.list(&t.handlers, |ExceptHandler::ExceptHandler(h)| {
            let ty = self.optional_expr(h.type_.as_deref())?;
            let body = self.body(&h.body)?;
            self.node(Node::ExceptHandler, h.range, &[ty, self.optional_name(h.name.as_ref()), body])
        })?;
        let (orelse, finalbody) = (self.body(&t.orelse)?, self.body(&t.finalbody)?);
        let node = if t.is_star { Node::TryStar } else { Node::Try };
        self.node(node, t.range, &[body, handlers, orelse, finalbody])
    }

    fn alias(&self, a: &Alias) -> PyResult {
        let asname = self.optional_name(a.asname.as_ref());
        self.node(Node::alias, a.range, &[self.identifier(&a.name), asname])
    }

    pub fn keyword(&self, k: &Keyword) -> PyResult {
        let value = self.expr(&k.value)?;
        self.node(Node::keyword, k.range, &[self.optional_name(k.arg.as_ref()), value])
    }

    // ---- parameters

    pub fn parameters(&self, p: &Parameters) -> PyResult {
        let plain = |params: &[ParameterWithDefault]| self.list(params, |p| self.parameter(&p.parameter));
        let (posonly, args, kwonly) = (plain(&p.posonlyargs)?, plain(&p.args)?, plain(&p.kwonlyargs)?);
        let vararg = self.optional(p.vararg.as_deref(), |p| self.parameter(p))?;
        let kwarg = self.optional(p.kwarg.as_deref(), |p| self.parameter(p))?;
        let kw_defaults = self.list(&p.kwonlyargs, |p| self.optional_expr(p.default.as_deref()))?;
        let defaults = p.posonlyargs.iter().chain(&p.args).filter_map(|p| p.default.as_deref());
        let defaults = self.exprs(defaults)?;
        self.bare(Node::arguments, &[posonly, args, vararg, kwonly, kw_defaults, kwarg, defaults])
    }

    fn parameter(&self, p: &Parameter) -> PyResult {
        let annotation = self.optional_expr(p.annotation.as_deref())?;
        // The stars belong to the list, not to the parameter.
        let at = TextRange::new(p.name.range.start(), p.range.end());
        self.node(Node::arg, at, &[self.identifier(&p.name), annotation, Value::none()])
    }

    fn type_params(&self, params: Option<&TypeParams>) -> PyResult {
        let Some(params) = params else { return Ok(self.empty()) };
        self.list(&params.type_params, |param| {
            let name = self.identifier(param.name());
            let default = self.optional_expr(param.default())?;
            match param {
                TypeParam::TypeVar(t) => {
                    let bound = self.optional_expr(t.bound.as_deref())?;
                    self.node(Node::TypeVar, t.range, &[name, bound, default])
                }
                TypeParam::TypeVarTuple(t) => self.node(Node::TypeVarTuple, t.range, &[name, default]),
                TypeParam::ParamSpec(t) => self.node(Node::ParamSpec, t.range, &[name, default]),
            }
        })
    }

    // ---- patterns

    fn match_stmt(&self, m: &StmtMatch) -> PyResult {
        let subject = self.expr(&m.subject)?;
        let cases = self.list(&m.cases, |c: &MatchCase| {
            let pattern = self.pattern(&c.pattern)?;
            let guard = self.optional_expr(c.guard.as_deref())?;
            let body = self.body(&c.body)?;
            self.bare(Node::match_case, &[pattern, guard, body])
        })?;
        self.node(Node::Match, m.range, &[subject, cases])
    }

    fn patterns<'p>(&self, patterns: impl IntoIterator<Item = &'p Pattern>) -> Nodes {
        self.list(patterns, |p| self.pattern(p))
    }

    fn pattern(&self, p: &Pattern) -> PyResult {
        self.vm.check_native_stack(" during ast construction")?;
        match p {
            Pattern::MatchValue(v) => {
                let value = self.expr(&v.value)?;
                self.node(Node::MatchValue, v.range, &[value])
            }
            Pattern::MatchSingleton(s) => {
                let value = match s.value {
                    ruff_python_ast::Singleton::None => Value::none(),
                    ruff_python_ast::Singleton::True => Value::bool(true),
                    ruff_python_ast::Singleton::False => Value::bool(false),
                };
                self.node(Node::MatchSingleton, s.range, &[value])
            }
            Pattern::MatchSequence(s) => {
                let patterns = self.patterns(&s.patterns)?;
                self.node(Node::MatchSequence, s.range, &[patterns])
            }
            Pattern::MatchMapping(m) => {
                let keys = self.exprs(&m.keys)?;
                let patterns = self.patterns(&m.patterns)?;
                let rest = self.optional_name(m.rest.as_ref());
                self.node(Node::MatchMapping, m.range, &[keys, patterns, rest])
            }
            Pattern::MatchClass(c) => {
                let class = self.expr(&c.cls)?;
                let patterns = self.patterns(&c.arguments.patterns)?;
                let keywords = &c.arguments.keywords;
                let names = self.list(keywords, |k| Ok(self.identifier(&k.attr)))?;
                let values = self.patterns(keywords.iter().map(|k| &k.pattern))?;
                self.node(Node::MatchClass, c.range, &[class, patterns, names, values])
            }
            Pattern::MatchStar(s) => {
                self.node(Node::MatchStar, s.range, &[self.optional_name(s.name.as_ref())])
            }
            Pattern::MatchAs(a) => {
                let pattern = self.optional(a.pattern.as_deref(), |p| self.pattern(p))?;
                self.node(Node::MatchAs, a.range, &[pattern, self.optional_name(a.name.as_ref())])
            }
            Pattern::MatchOr(o) => {
                let patterns = self.patterns(&o.patterns)?;
                self.node(Node::MatchOr, o.range, &[patterns])
            }
        }
    }
}
