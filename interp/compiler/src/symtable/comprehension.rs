//! Comprehensions, `:=` and patterns in the first pass: what binds names in unusual places.

use super::visit::Visitor;
use super::*;
use crate::error::CompileError;
use adder_bytecode::ops::Consumer;
use ruff_python_ast::{Comprehension, Expr, ExprCall, ExprGenerator, ExprName, ExprNamed, Pattern};

/// The consumer that a call names, and the generator expression that is its only argument.
pub(crate) fn consumer(call: &ExprCall) -> Option<(Consumer, &ExprGenerator)> {
    let ([Expr::Generator(generator)], []) = (&*call.arguments.args, &*call.arguments.keywords) else {
        return None;
    };
    let (name, method) = match &*call.func {
        Expr::Name(name) => (name.id.as_str(), false),
        Expr::Attribute(attribute) => (attribute.attr.as_str(), true),
        _ => return None,
    };
    let named = |c: &Consumer| c.name() == name && (*c == Consumer::Join) == method;
    Consumer::ALL.into_iter().find(named).map(|c| (c, generator))
}

impl<'a> Visitor<'a, '_> {
    pub(super) fn comprehension(
        &mut self,
        kind: CompKind,
        address: usize,
        range: TextRange,
        generators: &'a [Comprehension],
        key: Option<&'a Expr>,
        element: &'a Expr,
    ) -> Result<()> {
        let first = &generators[0];
        self.cur().comp_iter_expr += 1;
        self.expr(&first.iter)?;
        self.cur().comp_iter_expr -= 1;
        let name = self.table.names.intern(match kind {
            CompKind::List => "<listcomp>",
            CompKind::Set => "<setcomp>",
            CompKind::Dict => "<dictcomp>",
            CompKind::Generator => "<genexpr>",
        });
        let outer_sees_class = self.cur().can_see_class_scope;
        self.open(ScopeKind::Function, name, address, Role::Body, range);
        let scope = self.cur();
        scope.comprehension = Some(kind);
        scope.inlined = kind != CompKind::Generator && !outer_sees_class;
        scope.coroutine = first.is_async;
        self.define(".0", def::PARAM, range)?;
        self.comp_target(&first.target)?;
        self.exprs(&first.ifs)?;
        for g in &generators[1..] {
            self.comp_target(&g.target)?;
            self.cur().comp_iter_expr += 1;
            self.expr(&g.iter)?;
            self.cur().comp_iter_expr -= 1;
            self.exprs(&g.ifs)?;
            self.cur().coroutine |= g.is_async;
        }
        self.expr(element)?;
        self.opt_expr(key)?;
        let is_async = self.cur().coroutine;
        let is_generator = kind == CompKind::Generator;
        self.cur().generator = is_generator;
        self.close();
        if is_async && !is_generator && self.cur().comprehension.is_some() {
            self.cur().coroutine = true;
        }
        Ok(())
    }

    /// Marks the generator expression that a call consumes on the spot, if it can run in the frame of the call.
    pub(super) fn note_consumer(&mut self, call: &'a ExprCall) {
        let Some((_, generator)) = consumer(call) else { return };
        let Some(id) = self.table.scope_of(node_address(generator), Role::Body) else { return };
        // The unit that runs the call has to be a function: elsewhere names are looked up in a namespace.
        let mut unit = self.current;
        while self.table.scope(unit).inlined {
            unit = self.table.scope(unit).parent.expect("a comprehension has a parent");
        }
        let scope = self.table.scope(id);
        if self.table.scope(unit).kind == ScopeKind::Function && !scope.coroutine && self.needs_no_frame(id) {
            self.table.scope_mut(id).consumed = true;
        }
    }

    /// Whether nothing in a generator expression can tell which frame it runs in: no call of what looks at the caller's frame, and no
    /// function of its own, whose qualified name would say.
    fn needs_no_frame(&self, id: ScopeId) -> bool {
        const LOOK: [&str; 7] = ["locals", "vars", "dir", "eval", "exec", "super", "_getframe"];
        let scope = self.table.scope(id);
        let names = &self.table.names;
        scope.comprehension.is_some()
            && !scope.symbols.iter().any(|(name, _)| LOOK.contains(&names.get(*name)))
            && scope.children.iter().all(|&child| self.needs_no_frame(child))
    }

    pub(super) fn comp_target(&mut self, target: &'a Expr) -> Result<()> {
        self.cur().comp_iter_target = true;
        self.expr(target)?;
        self.cur().comp_iter_target = false;
        Ok(())
    }

    pub(super) fn named(&mut self, n: &'a ExprNamed) -> Result<()> {
        self.forbid_in_type_scope("named", n.range)?;
        if self.cur().comp_iter_expr > 0 {
            let text = "assignment expression cannot be used in a comprehension iterable expression";
            return Err(CompileError::syntax(text, n.range));
        }
        self.cur().has_walrus = true;
        if let (Some(_), Expr::Name(target)) = (self.cur().comprehension, &*n.target) {
            self.walrus_in_comprehension(target)?;
        }
        self.expr(&n.value)?;
        self.expr(&n.target)
    }

    /// Binds the target of a `:=` inside a comprehension in the scope around the comprehensions.
    pub(super) fn walrus_in_comprehension(&mut self, target: &'a ExprName) -> Result<()> {
        let id = self.mangle(&target.id);
        let comp = self.current;
        let mut at = self.current;
        loop {
            let scope = self.table.scope(at);
            if scope.comprehension.is_some() {
                if scope.symbol(id).is_some_and(|s| s.flags & def::COMP_ITER != 0) {
                    let text = format!(
                        "assignment expression cannot rebind comprehension iteration variable '{}'",
                        target.id
                    );
                    return Err(CompileError::syntax(text, target.range));
                }
                at = scope.parent.expect("a comprehension has a parent");
                continue;
            }
            break;
        }
        self.table.scope_mut(at).has_walrus = true;
        let what = match self.table.scope(at).kind {
            ScopeKind::Function => {
                let global = self.table.scope(at).symbol(id).is_some_and(|s| s.flags & def::GLOBAL != 0);
                self.define_in(comp, id, if global { def::GLOBAL } else { def::NONLOCAL }, target.range)?;
                self.cur().directives.push((id, target.range));
                return self.define_in(at, id, def::LOCAL, target.range);
            }
            ScopeKind::Module => {
                self.define_in(comp, id, def::GLOBAL, target.range)?;
                self.cur().directives.push((id, target.range));
                return self.define_in(at, id, def::GLOBAL, target.range);
            }
            ScopeKind::Class => "a class body",
            ScopeKind::TypeVariable => self.table.scope(at).type_place,
            ScopeKind::TypeAlias => "a type alias",
            ScopeKind::TypeParams => {
                let text = "assignment expression within a comprehension cannot be used within the definition of a \
                            generic";
                return Err(CompileError::syntax(text, target.range));
            }
            ScopeKind::Annotation => "an annotation",
        };
        let text = format!("assignment expression within a comprehension cannot be used in {what}");
        Err(CompileError::syntax(text, target.range))
    }

    pub(super) fn pattern(&mut self, pattern: &'a Pattern) -> Result<()> {
        self.nest()?;
        match pattern {
            Pattern::MatchValue(v) => self.expr(&v.value)?,
            Pattern::MatchSingleton(_) => {}
            Pattern::MatchSequence(s) => s.patterns.iter().try_for_each(|p| self.pattern(p))?,
            Pattern::MatchMapping(m) => {
                m.keys.iter().try_for_each(|k| self.expr(k))?;
                m.patterns.iter().try_for_each(|p| self.pattern(p))?;
                if let Some(rest) = &m.rest {
                    self.define(rest, def::LOCAL, rest.range)?;
                }
            }
            Pattern::MatchClass(c) => {
                self.expr(&c.cls)?;
                c.arguments.patterns.iter().try_for_each(|p| self.pattern(p))?;
                for k in &c.arguments.keywords {
                    self.pattern(&k.pattern)?;
                }
            }
            Pattern::MatchStar(s) => {
                if let Some(name) = &s.name {
                    self.define(name, def::LOCAL, s.range)?;
                }
            }
            Pattern::MatchAs(a) => {
                if let Some(p) = &a.pattern {
                    self.pattern(p)?;
                }
                if let Some(name) = &a.name {
                    self.define(name, def::LOCAL, a.range)?;
                }
            }
            Pattern::MatchOr(o) => o.patterns.iter().try_for_each(|p| self.pattern(p))?,
        }
        self.depth -= 1;
        Ok(())
    }
}
