//! First pass: records what every scope defines and uses.
//!
//! Nodes are visited in the order in which CPython's symbol table visits them, because the first error wins.

use super::*;
use crate::error::{CompileError, ErrorKind, Location};
use crate::names::IdMap;
use ruff_python_ast::{
    Alias, Arguments, ExceptHandler, Expr, ExprContext, ExprName, InterpolatedStringElement, Mod, Parameters,
    Stmt, StmtClassDef, StmtFunctionDef, StmtTry,
};
use ruff_text_size::Ranged;

/// State of the walk.
pub(super) struct Visitor<'a, 't> {
    pub(super) table: SymbolTable<'a>,
    pub(super) options: &'t TableOptions,
    pub(super) current: ScopeId,
    /// Innermost class name, for mangling.
    pub(super) private: Option<&'a str>,
    pub(super) depth: u32,
}

pub(super) fn build<'a>(tree: &'a Mod, options: &TableOptions) -> Result<SymbolTable<'a>> {
    let mut names = Names::default();
    let top = names.intern("<module>");
    let table = SymbolTable { scopes: Vec::new(), by_node: IdMap::default(), names };
    let mut v = Visitor { table, options, current: ScopeId(0), private: None, depth: 0 };
    v.open(ScopeKind::Module, top, node_address(tree), Role::Body, tree.range());
    match tree {
        Mod::Module(module) => v.body(&module.body)?,
        Mod::Expression(expression) => v.expr(&expression.body)?,
    }
    Ok(v.table)
}

impl<'a> Visitor<'a, '_> {
    // ---- scopes

    /// Opens a scope below the current one and makes it current.
    pub(super) fn open(
        &mut self,
        kind: ScopeKind,
        name: NameId,
        address: usize,
        role: Role,
        range: TextRange,
    ) -> ScopeId {
        let id = ScopeId(self.table.scopes.len() as u32);
        let parent = (id.0 != 0).then_some(self.current);
        // Lambdas and generator expressions in a class body count as methods, too.
        let method = kind == ScopeKind::Function
            && parent.is_some_and(|p| self.table.scope(p).kind == ScopeKind::Class);
        let nested = parent.is_some_and(|p| {
            let p = self.table.scope(p);
            p.nested || p.is_function_like()
        });
        self.table.scopes.push(Scope {
            kind,
            name,
            range,
            parent,
            children: Vec::new(),
            symbols: Vec::new(),
            index: IdMap::default(),
            params: Vec::new(),
            free: Vec::new(),
            cells: Vec::new(),
            comprehension: None,
            inlined: false,
            consumed: false,
            nested,
            generator: false,
            coroutine: false,
            returns_value: None,
            needs_class_closure: false,
            needs_classdict: false,
            can_see_class_scope: false,
            conditional_annotations: false,
            has_walrus: false,
            method,
            static_attributes: Vec::new(),
            annotations: Vec::new(),
            annotation_scope: None,
            unevaluated_annotation: false,
            type_param_of_class: false,
            type_place: "",
            directives: Vec::new(),
            comp_iter_expr: parent.map_or(0, |p| self.table.scope(p).comp_iter_expr),
            comp_iter_target: false,
            conditional_depth: 0,
        });
        if let Some(parent) = parent {
            self.table.scope_mut(parent).children.push(id);
        }
        self.table.by_node.insert((address, role as u8), id);
        self.current = id;
        id
    }

    pub(super) fn close(&mut self) {
        self.current = self.cur().parent.expect("the module scope is never closed");
    }

    pub(super) fn cur(&mut self) -> &mut Scope<'a> {
        self.table.scope_mut(self.current)
    }

    // ---- names

    pub(super) fn mangle(&mut self, name: &str) -> NameId {
        if self.table.scope(self.current).type_param_of_class {
            let plain = self.table.names.mangled(self.private, name);
            let known = self.table.scope(self.current).symbol(plain).is_some();
            return if known { plain } else { self.table.names.intern(name) };
        }
        self.table.names.mangled(self.private, name)
    }

    /// Records that the current scope does `flag` with `name`.
    pub(super) fn define(&mut self, name: &str, flag: u16, at: TextRange) -> Result<NameId> {
        let id = if flag & def::TYPE_PARAM != 0 {
            self.table.names.mangled(self.private, name)
        } else {
            self.mangle(name)
        };
        if name == "__debug__" && flag & (def::BOUND | def::ANNOT) != 0 {
            return Err(CompileError::syntax("cannot assign to __debug__", at));
        }
        self.define_in(self.current, id, flag, at)?;
        Ok(id)
    }

    pub(super) fn define_in(&mut self, scope: ScopeId, id: NameId, flag: u16, at: TextRange) -> Result<()> {
        let name = id;
        let s = self.table.scope_mut(scope);
        let old = s.entry(id).flags;
        if flag & def::PARAM != 0 && old & def::PARAM != 0 {
            return Err(self.name_error("duplicate argument", name, "in function definition", at));
        }
        if flag & def::TYPE_PARAM != 0 && old & def::TYPE_PARAM != 0 {
            let text = format!("duplicate type parameter '{}'", self.table.names.get(id));
            return Err(CompileError::syntax(text, at));
        }
        let s = self.table.scope_mut(scope);
        let target = s.comp_iter_target;
        let entry = s.entry(id);
        entry.flags |= flag;
        if target {
            if entry.flags & (def::GLOBAL | def::NONLOCAL) != 0 {
                let text = format!(
                    "comprehension inner loop cannot rebind assignment expression target '{}'",
                    self.table.names.get(id)
                );
                return Err(CompileError::syntax(text, at));
            }
            entry.flags |= def::COMP_ITER;
        }
        if flag & def::PARAM != 0 {
            s.params.push(id);
        }
        if flag & def::GLOBAL != 0 {
            // A name that is global anywhere is so in the module's own code, too.
            self.table.scopes[0].entry(id).flags |= def::GLOBAL;
        }
        Ok(())
    }

    pub(super) fn name_error(
        &self,
        before: &str,
        name: NameId,
        after: &str,
        at: TextRange,
    ) -> Box<CompileError> {
        let text = format!("{before} '{}' {after}", self.table.names.get(name));
        CompileError::syntax(text, at)
    }

    pub(super) fn use_name(&mut self, name: &str) {
        if self.table.scope(self.current).unevaluated_annotation {
            return;
        }
        let id = self.mangle(name);
        self.cur().entry(id).flags |= def::USE;
    }

    pub(super) fn nest(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > self.options.depth_limit {
            return Err(CompileError::new(
                ErrorKind::TooNested,
                "maximum recursion depth exceeded during compilation",
                Location::None,
            ));
        }
        Ok(())
    }

    // ---- statements

    pub(super) fn body(&mut self, body: &'a [Stmt]) -> Result<()> {
        body.iter().try_for_each(|s| self.stmt(s))
    }

    pub(super) fn conditional(&mut self, body: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.cur().conditional_depth += 1;
        body(self)?;
        self.cur().conditional_depth -= 1;
        Ok(())
    }

    pub(super) fn stmt(&mut self, stmt: &'a Stmt) -> Result<()> {
        self.nest()?;
        self.stmt_inner(stmt)?;
        self.depth -= 1;
        Ok(())
    }

    pub(super) fn stmt_inner(&mut self, stmt: &'a Stmt) -> Result<()> {
        match stmt {
            Stmt::FunctionDef(f) => self.function_def(f),
            Stmt::ClassDef(c) => self.class_def(c),
            Stmt::Return(r) => {
                if let Some(value) = &r.value {
                    self.expr(value)?;
                    self.cur().returns_value.get_or_insert(r.range);
                    self.check_async_generator()?;
                }
                Ok(())
            }
            Stmt::Delete(d) => self.exprs(&d.targets),
            Stmt::TypeAlias(t) => self.type_alias(t),
            Stmt::Assign(a) => {
                self.exprs(&a.targets)?;
                self.expr(&a.value)
            }
            Stmt::AugAssign(a) => {
                self.expr(&a.target)?;
                self.expr(&a.value)
            }
            Stmt::AnnAssign(a) => self.ann_assign(a),
            Stmt::For(f) => {
                self.expr(&f.target)?;
                self.expr(&f.iter)?;
                self.conditional(|v| {
                    v.body(&f.body)?;
                    v.body(&f.orelse)
                })
            }
            Stmt::While(w) => {
                self.expr(&w.test)?;
                self.conditional(|v| {
                    v.body(&w.body)?;
                    v.body(&w.orelse)
                })
            }
            Stmt::If(i) => {
                self.expr(&i.test)?;
                self.conditional(|v| {
                    v.body(&i.body)?;
                    for clause in &i.elif_else_clauses {
                        if let Some(test) = &clause.test {
                            v.expr(test)?;
                        }
                        v.body(&clause.body)?;
                    }
                    Ok(())
                })
            }
            Stmt::With(w) => self.conditional(|v| {
                for item in &w.items {
                    v.expr(&item.context_expr)?;
                    if let Some(target) = &item.optional_vars {
                        v.expr(target)?;
                    }
                }
                v.body(&w.body)
            }),
            Stmt::Match(m) => {
                self.expr(&m.subject)?;
                self.conditional(|v| {
                    for case in &m.cases {
                        v.pattern(&case.pattern)?;
                        if let Some(guard) = &case.guard {
                            v.expr(guard)?;
                        }
                        v.body(&case.body)?;
                    }
                    Ok(())
                })
            }
            Stmt::Raise(r) => {
                for e in [&r.exc, &r.cause].into_iter().flatten() {
                    self.expr(e)?;
                }
                Ok(())
            }
            Stmt::Try(t) => self.conditional(|v| v.try_stmt(t)),
            Stmt::Assert(a) => {
                self.expr(&a.test)?;
                a.msg.as_ref().map_or(Ok(()), |m| self.expr(m))
            }
            Stmt::Import(i) => i.names.iter().try_for_each(|alias| self.import_alias(alias)),
            Stmt::ImportFrom(i) => i.names.iter().try_for_each(|alias| self.import_alias(alias)),
            Stmt::Global(g) => self.directives(g.names.iter().map(|n| n.as_str()), g.range, def::GLOBAL),
            Stmt::Nonlocal(n) => self.directives(n.names.iter().map(|n| n.as_str()), n.range, def::NONLOCAL),
            Stmt::Expr(e) => self.expr(&e.value),
            Stmt::Pass(_) | Stmt::Break(_) | Stmt::Continue(_) | Stmt::IpyEscapeCommand(_) => Ok(()),
        }
    }

    pub(super) fn try_stmt(&mut self, t: &'a StmtTry) -> Result<()> {
        self.body(&t.body)?;
        for ExceptHandler::ExceptHandler(handler) in &t.handlers {
            if let Some(kind) = &handler.type_ {
                self.expr(kind)?;
            }
            if let Some(name) = &handler.name {
                self.define(name, def::LOCAL | def::DELETED, handler.range)?;
            }
            self.body(&handler.body)?;
        }
        self.body(&t.orelse)?;
        self.body(&t.finalbody)
    }

    pub(super) fn function_def(&mut self, f: &'a StmtFunctionDef) -> Result<()> {
        self.define(&f.name, def::LOCAL, f.range)?;
        for d in &f.decorator_list {
            self.expr(&d.expression)?;
        }
        self.defaults(&f.parameters)?;
        if let Some(params) = &f.type_params {
            let (positional, keyword) = default_kinds(&f.parameters);
            self.open_type_params(&f.name, node_address(f), f.range, positional, keyword)?;
            self.type_params(params)?;
        }
        self.signature_annotations(f)?;
        let name = self.table.names.intern(&f.name);
        self.open(ScopeKind::Function, name, node_address(f), Role::Body, f.range);
        self.parameters(&f.parameters)?;
        self.cur().coroutine = f.is_async;
        self.body(&f.body)?;
        self.close();
        if f.type_params.is_some() {
            self.close();
        }
        Ok(())
    }

    pub(super) fn class_def(&mut self, c: &'a StmtClassDef) -> Result<()> {
        self.define(&c.name, def::LOCAL, c.range)?;
        for d in &c.decorator_list {
            self.expr(&d.expression)?;
        }
        let outer_private = self.private;
        if let Some(params) = &c.type_params {
            self.private = Some(&c.name);
            self.open_type_params(&c.name, node_address(c), c.range, false, false)?;
            self.type_params(params)?;
            self.cur().type_param_of_class = true;
            let at = TextRange::default();
            self.define(".type_params", def::LOCAL, at)?;
            self.use_name(".type_params");
            self.define(".generic_base", def::LOCAL, at)?;
            self.use_name(".generic_base");
        }
        if let Some(arguments) = &c.arguments {
            self.arguments(arguments)?;
        }
        let name = self.table.names.intern(&c.name);
        self.open(ScopeKind::Class, name, node_address(c), Role::Body, c.range);
        self.private = Some(&c.name);
        if c.type_params.is_some() {
            self.define("__type_params__", def::LOCAL, TextRange::default())?;
            self.use_name(".type_params");
        }
        self.body(&c.body)?;
        self.close();
        if c.type_params.is_some() {
            self.close();
        }
        self.private = outer_private;
        Ok(())
    }

    pub(super) fn import_alias(&mut self, alias: &'a Alias) -> Result<()> {
        let name = alias.asname.as_ref().unwrap_or(&alias.name);
        if name.as_str() == "*" {
            if self.cur().kind != ScopeKind::Module {
                return Err(CompileError::syntax("import * only allowed at module level", alias.range));
            }
            return Ok(());
        }
        let bound = match alias.asname {
            Some(_) => name.as_str(),
            None => name.split('.').next().unwrap_or(name),
        };
        self.define(bound, def::IMPORT | def::LOCAL, alias.range).map(drop)
    }

    pub(super) fn directives(
        &mut self,
        names: impl Iterator<Item = &'a str>,
        at: TextRange,
        flag: u16,
    ) -> Result<()> {
        if flag == def::NONLOCAL && self.cur().kind == ScopeKind::Module {
            return Err(CompileError::syntax("nonlocal declaration not allowed at module level", at));
        }
        let word = if flag == def::GLOBAL { "global" } else { "nonlocal" };
        for name in names {
            let id = self.mangle(name);
            let old = self.cur().symbol(id).map_or(0, |s| s.flags);
            let shown = self.table.names.get(id);
            let message = if old & def::PARAM != 0 {
                format!("name '{shown}' is parameter and {word}")
            } else if old & def::USE != 0 {
                format!("name '{shown}' is used prior to {word} declaration")
            } else if old & def::ANNOT != 0 {
                format!("annotated name '{shown}' can't be {word}")
            } else if old & def::LOCAL != 0 {
                format!("name '{shown}' is assigned to before {word} declaration")
            } else {
                self.define(name, flag, at)?;
                self.cur().directives.push((id, at));
                continue;
            };
            return Err(CompileError::syntax(message, at));
        }
        Ok(())
    }

    // ---- functions

    pub(super) fn defaults(&mut self, parameters: &'a Parameters) -> Result<()> {
        for p in parameters.posonlyargs.iter().chain(&parameters.args).chain(&parameters.kwonlyargs) {
            if let Some(default) = &p.default {
                self.expr(default)?;
            }
        }
        Ok(())
    }

    pub(super) fn parameters(&mut self, parameters: &'a Parameters) -> Result<()> {
        for p in parameters.posonlyargs.iter().chain(&parameters.args).chain(&parameters.kwonlyargs) {
            self.define(&p.parameter.name, def::PARAM, p.parameter.range)?;
        }
        for p in [&parameters.vararg, &parameters.kwarg].into_iter().flatten() {
            let at = TextRange::new(p.name.range.start(), p.range.end());
            self.define(&p.name, def::PARAM, at)?;
        }
        Ok(())
    }

    pub(super) fn check_async_generator(&mut self) -> Result<()> {
        let scope = self.cur();
        match scope.returns_value {
            Some(at) if scope.coroutine && scope.generator => {
                Err(CompileError::syntax("'return' with value in async generator", at))
            }
            _ => Ok(()),
        }
    }

    // ---- expressions

    pub(super) fn exprs(&mut self, exprs: &'a [Expr]) -> Result<()> {
        exprs.iter().try_for_each(|e| self.expr(e))
    }

    pub(super) fn opt_expr(&mut self, expr: Option<&'a Expr>) -> Result<()> {
        expr.map_or(Ok(()), |e| self.expr(e))
    }

    pub(super) fn expr(&mut self, expr: &'a Expr) -> Result<()> {
        self.nest()?;
        self.expr_inner(expr)?;
        self.depth -= 1;
        Ok(())
    }

    pub(super) fn expr_inner(&mut self, expr: &'a Expr) -> Result<()> {
        match expr {
            Expr::Name(n) => self.name(n),
            Expr::BoolOp(b) => self.exprs(&b.values),
            Expr::Named(n) => self.named(n),
            Expr::BinOp(b) => {
                self.expr(&b.left)?;
                self.expr(&b.right)
            }
            Expr::UnaryOp(u) => self.expr(&u.operand),
            Expr::Lambda(l) => {
                if let Some(p) = &l.parameters {
                    self.defaults(p)?;
                }
                let name = self.table.names.intern("<lambda>");
                self.open(ScopeKind::Function, name, node_address(l), Role::Body, l.range);
                if let Some(p) = &l.parameters {
                    self.parameters(p)?;
                }
                self.expr(&l.body)?;
                self.close();
                Ok(())
            }
            Expr::If(i) => {
                self.expr(&i.test)?;
                self.expr(&i.body)?;
                self.expr(&i.orelse)
            }
            Expr::Dict(d) => {
                for item in &d.items {
                    self.opt_expr(item.key.as_ref())?;
                }
                d.items.iter().try_for_each(|item| self.expr(&item.value))
            }
            Expr::Set(s) => self.exprs(&s.elts),
            Expr::ListComp(c) => {
                self.comprehension(CompKind::List, node_address(c), c.range, &c.generators, None, &c.elt)
            }
            Expr::SetComp(c) => {
                self.comprehension(CompKind::Set, node_address(c), c.range, &c.generators, None, &c.elt)
            }
            Expr::DictComp(c) => {
                let key = c.key.as_deref();
                self.comprehension(CompKind::Dict, node_address(c), c.range, &c.generators, key, &c.value)
            }
            Expr::Generator(c) => {
                self.comprehension(CompKind::Generator, node_address(c), c.range, &c.generators, None, &c.elt)
            }
            Expr::Await(a) => {
                self.forbid_in_type_scope("await", a.range)?;
                self.check_await(a.range)?;
                self.expr(&a.value)?;
                self.propagate_await();
                Ok(())
            }
            Expr::Yield(y) => {
                self.forbid_in_type_scope("yield", y.range)?;
                self.opt_expr(y.value.as_deref())?;
                self.yields(y.range)
            }
            Expr::YieldFrom(y) => {
                self.forbid_in_type_scope("yield", y.range)?;
                self.expr(&y.value)?;
                self.yields(y.range)
            }
            Expr::Compare(c) => {
                self.expr(&c.left)?;
                self.exprs(&c.comparators)
            }
            Expr::Call(c) => {
                self.expr(&c.func)?;
                self.arguments(&c.arguments)?;
                self.note_consumer(c);
                Ok(())
            }
            Expr::FString(f) => f.value.f_strings().try_for_each(|part| self.interpolated(&part.elements)),
            Expr::TString(t) => t.value.iter().try_for_each(|part| self.interpolated(&part.elements)),
            Expr::Attribute(a) => {
                if a.ctx == ExprContext::Store {
                    self.note_static_attribute(a);
                }
                self.expr(&a.value)
            }
            Expr::Subscript(s) => {
                self.expr(&s.value)?;
                self.expr(&s.slice)
            }
            Expr::Starred(s) => self.expr(&s.value),
            Expr::List(l) => self.exprs(&l.elts),
            Expr::Tuple(t) => self.exprs(&t.elts),
            Expr::Slice(s) => {
                self.opt_expr(s.lower.as_deref())?;
                self.opt_expr(s.upper.as_deref())?;
                self.opt_expr(s.step.as_deref())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn name(&mut self, n: &'a ExprName) -> Result<()> {
        if n.ctx == ExprContext::Load {
            self.use_name(&n.id);
            if n.id == "super" && self.cur().is_function_like() {
                self.use_name("__class__");
            }
            return Ok(());
        }
        if n.ctx == ExprContext::Del && n.id == "__debug__" {
            return Err(CompileError::syntax("cannot delete __debug__", n.range));
        }
        let flag = if n.ctx == ExprContext::Del { def::LOCAL | def::DELETED } else { def::LOCAL };
        self.define(&n.id, flag, n.range).map(drop)
    }

    /// Remembers `self.name = ...` for `__static_attributes__` of the class around the method.
    pub(super) fn note_static_attribute(&mut self, a: &'a ruff_python_ast::ExprAttribute) {
        if !matches!(&*a.value, Expr::Name(n) if n.id == "self") {
            return;
        }
        let mut at = Some(self.current);
        while let Some(id) = at {
            let scope = self.table.scope(id);
            if scope.kind == ScopeKind::Class {
                let name = self.table.names.intern(&a.attr);
                let list = &mut self.table.scope_mut(id).static_attributes;
                if !list.contains(&name) {
                    list.push(name);
                }
                return;
            }
            at = scope.parent;
        }
    }

    pub(super) fn yields(&mut self, at: TextRange) -> Result<()> {
        let what = match self.cur().comprehension {
            Some(CompKind::List) => "'yield' inside list comprehension",
            Some(CompKind::Set) => "'yield' inside set comprehension",
            Some(CompKind::Dict) => "'yield' inside dict comprehension",
            Some(CompKind::Generator) => "'yield' inside generator expression",
            None => {
                self.cur().generator = true;
                return self.check_async_generator();
            }
        };
        Err(CompileError::syntax(what, at))
    }

    pub(super) fn check_await(&mut self, at: TextRange) -> Result<()> {
        let top_level = self.options.top_level_await;
        let scope = self.cur();
        if (top_level && scope.kind == ScopeKind::Module) || scope.comprehension.is_some() {
            return Ok(());
        }
        if !scope.is_function_like() {
            return Err(CompileError::syntax("'await' outside function", at));
        }
        if !scope.coroutine {
            return Err(CompileError::syntax("'await' outside async function", at));
        }
        Ok(())
    }

    /// An `await` in a comprehension makes it, and the comprehensions around it, asynchronous.
    pub(super) fn propagate_await(&mut self) {
        if self.cur().comprehension.is_some() {
            self.cur().coroutine = true;
        }
    }

    pub(super) fn interpolated(&mut self, elements: &'a [InterpolatedStringElement]) -> Result<()> {
        for element in elements {
            if let InterpolatedStringElement::Interpolation(i) = element {
                self.expr(&i.expression)?;
                if let Some(spec) = &i.format_spec {
                    self.nest()?;
                    self.interpolated(&spec.elements)?;
                    self.depth -= 1;
                }
            }
        }
        Ok(())
    }

    pub(super) fn arguments(&mut self, arguments: &'a Arguments) -> Result<()> {
        self.exprs(&arguments.args)?;
        for k in &arguments.keywords {
            if k.arg.as_ref().is_some_and(|a| a.as_str() == "__debug__") {
                return Err(CompileError::syntax("cannot assign to __debug__", k.range));
            }
            self.expr(&k.value)?;
        }
        Ok(())
    }
}

/// Whether a parameter list has positional and keyword-only defaults.
pub(crate) fn default_kinds(parameters: &Parameters) -> (bool, bool) {
    let positional = parameters.posonlyargs.iter().chain(&parameters.args).any(|p| p.default.is_some());
    (positional, parameters.kwonlyargs.iter().any(|p| p.default.is_some()))
}
