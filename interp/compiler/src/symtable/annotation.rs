//! Scopes of annotations (PEP 649), type parameters and type aliases (PEP 695, 696).

use super::visit::Visitor;
use super::*;
use crate::error::CompileError;
use ruff_python_ast::{Expr, StmtAnnAssign, StmtFunctionDef, StmtTypeAlias, TypeParam, TypeParams};

impl<'a> Visitor<'a, '_> {
    /// Marks the current scope as one that looks names up in the namespace of the class around it.
    fn sees_class(&mut self) {
        self.cur().can_see_class_scope = true;
        self.use_name("__classdict__");
    }

    fn class_is_visible(&mut self) -> bool {
        let scope = self.cur();
        scope.kind == ScopeKind::Class || scope.can_see_class_scope
    }

    /// Opens the scope that holds type parameters; `defaults` say which dot-parameters it takes.
    pub(super) fn open_type_params(
        &mut self,
        name: &str,
        address: usize,
        range: TextRange,
        positional_defaults: bool,
        keyword_defaults: bool,
    ) -> Result<()> {
        let in_class = self.cur().kind == ScopeKind::Class;
        let id = self.table.names.intern(name);
        self.open(ScopeKind::TypeParams, id, address, Role::TypeParams, range);
        if in_class {
            self.sees_class();
        }
        for (name, wanted) in [(".defaults", positional_defaults), (".kwdefaults", keyword_defaults)] {
            if wanted {
                self.define(name, def::PARAM, range)?;
            }
        }
        Ok(())
    }

    pub(super) fn type_params(&mut self, params: &'a TypeParams) -> Result<()> {
        let mut seen_default = false;
        for param in &params.type_params {
            let (bound, default, range) = match param {
                TypeParam::TypeVar(t) => (t.bound.as_deref(), t.default.as_deref(), t.range),
                TypeParam::TypeVarTuple(t) => (None, t.default.as_deref(), t.range),
                TypeParam::ParamSpec(t) => (None, t.default.as_deref(), t.range),
            };
            let name = param.name();
            if matches!(name.as_str(), "__classdict__" | "__conditional_annotations__") {
                let text = format!("reserved name '{name}' cannot be used for type parameter");
                return Err(CompileError::syntax(text, range));
            }
            let (bound_place, default_place) = match (param, bound) {
                (TypeParam::TypeVar(_), Some(Expr::Tuple(_))) => {
                    ("a TypeVar constraint", "a TypeVar default")
                }
                (TypeParam::TypeVar(_), _) => ("a TypeVar bound", "a TypeVar default"),
                (TypeParam::TypeVarTuple(_), _) => ("", "a TypeVarTuple default"),
                (TypeParam::ParamSpec(_), _) => ("", "a ParamSpec default"),
            };
            self.define(name, def::TYPE_PARAM | def::LOCAL, range)?;
            if let Some(bound) = bound {
                self.type_variable_scope(name, node_address(param), Role::Bound, bound, bound_place)?;
            }
            match default {
                Some(default) => {
                    seen_default = true;
                    self.type_variable_scope(
                        name,
                        node_address(param),
                        Role::Default,
                        default,
                        default_place,
                    )?;
                }
                None if seen_default => {
                    let text = format!("non-default type parameter '{name}' follows default type parameter");
                    return Err(CompileError::syntax(text, range));
                }
                None => {}
            }
        }
        Ok(())
    }

    fn type_variable_scope(
        &mut self,
        name: &str,
        address: usize,
        role: Role,
        value: &'a Expr,
        place: &'static str,
    ) -> Result<()> {
        let in_class = self.cur().can_see_class_scope;
        let id = self.table.names.intern(name);
        self.open(ScopeKind::TypeVariable, id, address, role, ruff_text_size::Ranged::range(value));
        self.cur().type_place = place;
        if in_class {
            self.sees_class();
        }
        self.define(".format", def::PARAM, TextRange::default())?;
        self.expr(value)?;
        self.close();
        Ok(())
    }

    pub(super) fn type_alias(&mut self, alias: &'a StmtTypeAlias) -> Result<()> {
        self.expr(&alias.name)?;
        let Expr::Name(name) = &*alias.name else { return Ok(()) };
        let visible = self.class_is_visible();
        if let Some(params) = &alias.type_params {
            self.open_type_params(&name.id, node_address(alias), alias.range, false, false)?;
            self.type_params(params)?;
        }
        let id = self.table.names.intern(&name.id);
        self.open(ScopeKind::TypeAlias, id, node_address(alias), Role::Body, alias.range);
        if visible {
            self.sees_class();
        }
        self.define(".format", def::PARAM, TextRange::default())?;
        self.expr(&alias.value)?;
        self.close();
        if alias.type_params.is_some() {
            self.close();
        }
        Ok(())
    }

    /// Annotations of a signature: one scope, named `__annotate__`, beside the function's own.
    pub(super) fn signature_annotations(&mut self, f: &'a StmtFunctionDef) -> Result<()> {
        let p = &f.parameters;
        let before = p.posonlyargs.iter().chain(&p.args).map(|p| &p.parameter);
        let after = p.kwonlyargs.iter().map(|p| &p.parameter);
        let all = before.chain(p.vararg.as_deref()).chain(after).chain(p.kwarg.as_deref());
        let mut list: Vec<&'a Expr> = all.filter_map(|p| p.annotation.as_deref()).collect();
        list.extend(f.returns.as_deref());
        // In a class even an empty scope refers to the namespace: `__classdictcell__` is there whenever there are methods.
        if list.is_empty() && !self.class_is_visible() {
            return Ok(());
        }
        self.open_annotation_scope(node_address(f), f.range)?;
        self.cur().unevaluated_annotation = self.options.future_annotations;
        list.into_iter().try_for_each(|e| self.expr(e))?;
        self.close();
        Ok(())
    }

    fn open_annotation_scope(&mut self, address: usize, range: TextRange) -> Result<()> {
        // Annotations that stay strings look nothing up.
        let visible = self.class_is_visible() && !self.options.future_annotations;
        let name = self.table.names.intern("__annotate__");
        self.open(ScopeKind::Annotation, name, address, Role::Annotations, range);
        if visible {
            self.sees_class();
        }
        self.define(".format", def::PARAM, TextRange::default()).map(drop)
    }

    pub(super) fn ann_assign(&mut self, a: &'a StmtAnnAssign) -> Result<()> {
        if let Expr::Name(target) = &*a.target {
            self.check_annotated_name(target, a)?;
            let is_module = self.cur().kind == ScopeKind::Module;
            let flag = match (a.simple, a.value.is_some()) {
                (true, _) => def::ANNOT | def::LOCAL,
                (false, true) => def::LOCAL,
                (false, false) => 0,
            };
            let declared = self.mangle(&target.id);
            let global = self.cur().symbol(declared).is_some_and(|s| s.flags & def::GLOBAL != 0);
            if flag != 0 && !(is_module && global && a.value.is_none() && !a.simple) {
                self.define(&target.id, flag, target.range)?;
            }
        } else {
            self.expr(&a.target)?;
        }
        self.variable_annotation(a)?;
        self.opt_expr(a.value.as_deref())
    }

    fn check_annotated_name(
        &mut self,
        target: &'a ruff_python_ast::ExprName,
        a: &'a StmtAnnAssign,
    ) -> Result<()> {
        let id = self.mangle(&target.id);
        let is_module = self.cur().kind == ScopeKind::Module;
        let flags = self.cur().symbol(id).map_or(0, |s| s.flags);
        if a.simple && !is_module && flags & (def::GLOBAL | def::NONLOCAL) != 0 {
            let word = if flags & def::GLOBAL != 0 { "global" } else { "nonlocal" };
            let text = format!("annotated name '{}' can't be {word}", target.id);
            return Err(CompileError::syntax(text, a.range));
        }
        Ok(())
    }

    /// Visits a variable's annotation in the one annotation scope of the module or class; annotations of locals are
    /// checked but never evaluated.
    fn variable_annotation(&mut self, a: &'a StmtAnnAssign) -> Result<()> {
        let evaluated = !self.cur().is_function_like() && !self.options.future_annotations;
        let simple_name = a.simple && matches!(&*a.target, Expr::Name(_));
        if !evaluated || !simple_name {
            let address = node_address(a);
            if !self.cur().is_function_like() && simple_name {
                self.cur().annotations.push((a, None));
            }
            self.open_annotation_scope(address, a.range)?;
            // An annotation of an attribute or subscript at module level is evaluated in place by nobody since
            // annotations are lazy; its names are not uses.
            self.cur().unevaluated_annotation = true;
            self.expr(&a.annotation)?;
            self.close();
            return Ok(());
        }
        let scope = self.cur();
        let conditional = scope.kind == ScopeKind::Module || scope.conditional_depth > 0;
        let number =
            conditional.then(|| scope.annotations.iter().filter(|(_, n)| n.is_some()).count() as u32);
        scope.annotations.push((a, number));
        let owner = self.current;
        if conditional && !self.cur().conditional_annotations {
            self.cur().conditional_annotations = true;
            let is_module = self.cur().kind == ScopeKind::Module;
            let id = self.table.names.intern("__conditional_annotations__");
            self.cur().entry(id).flags |= if is_module { def::USE | def::LOCAL } else { def::USE };
        }
        match self.cur().annotation_scope {
            Some(existing) => self.current = existing,
            None => {
                let first = self.table.scope(owner).range;
                self.open_annotation_scope(owner.0 as usize, first)?;
                let opened = self.current;
                self.table.scope_mut(owner).annotation_scope = Some(opened);
            }
        }
        if conditional {
            self.use_name("__conditional_annotations__");
        }
        self.expr(&a.annotation)?;
        self.current = owner;
        Ok(())
    }

    /// `yield`, `await` and `:=` have no place in scopes whose evaluation is deferred.
    pub(super) fn forbid_in_type_scope(&mut self, what: &str, at: TextRange) -> Result<()> {
        let place = match self.cur().kind {
            ScopeKind::Annotation => "an annotation",
            ScopeKind::TypeVariable => self.cur().type_place,
            ScopeKind::TypeAlias => "a type alias",
            ScopeKind::TypeParams => "the definition of a generic",
            _ => return Ok(()),
        };
        Err(CompileError::syntax(format!("{what} expression cannot be used within {place}"), at))
    }
}
