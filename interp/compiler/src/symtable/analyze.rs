//! Second pass: resolves every name of every scope.
//!
//! Works from the module inwards with the names bound in enclosing functions, and returns outwards the names that inner
//! scopes need as closure variables.

use super::*;
use crate::error::CompileError;
use crate::names::IdSet;

pub(super) fn analyze(table: &mut SymbolTable<'_>) -> Result<()> {
    let special = Special {
        class: table.names.intern("__class__"),
        classdict: table.names.intern("__classdict__"),
        conditional: table.names.intern("__conditional_annotations__"),
    };
    let mut walk = Analyzer { table, special };
    let captured = walk.block(ScopeId(0), &IdSet::default(), &IdSet::default(), None)?;
    debug_assert!(captured.all.is_empty());
    Ok(())
}

/// Names with which class scopes serve their inner scopes.
struct Special {
    class: NameId,
    classdict: NameId,
    conditional: NameId,
}

struct Analyzer<'t, 'a> {
    table: &'t mut SymbolTable<'a>,
    special: Special,
}

/// Names that a scope takes from enclosing functions.
#[derive(Default)]
struct Captured {
    all: IdSet<NameId>,
    /// The part that real functions inside an inlined comprehension capture: their binding must be a cell even
    /// when the comprehension itself shares the frame.
    by_functions: IdSet<NameId>,
}

impl Analyzer<'_, '_> {
    fn block(
        &mut self,
        id: ScopeId,
        outer_bound: &IdSet<NameId>,
        outer_global: &IdSet<NameId>,
        class: Option<ScopeId>,
    ) -> Result<Captured> {
        let mut bound = outer_bound.clone();
        let mut global = outer_global.clone();
        let mut local = IdSet::default();
        let mut captured = Captured::default();
        let names: Vec<NameId> = self.table.scope(id).symbols.iter().map(|&(n, _)| n).collect();
        let kind = self.table.scope(id).kind;
        let (bound_before, global_before) = (outer_bound, outer_global);
        for name in names {
            let scope =
                self.resolve(id, name, class, &mut bound, &mut global, bound_before, global_before)?;
            match scope {
                VarScope::Local => {
                    local.insert(name);
                }
                VarScope::Free => {
                    captured.all.insert(name);
                }
                _ => {}
            }
            self.table.scope_mut(id).symbol_mut(name).expect("just listed").scope = scope;
        }
        if kind == ScopeKind::Class {
            // Names of a class body are invisible inside its functions.
            bound = outer_bound.clone();
            global = outer_global.clone();
            bound.extend([self.special.class, self.special.classdict]);
            if self.table.scope(id).conditional_annotations {
                bound.insert(self.special.conditional);
            }
        } else if kind != ScopeKind::Module {
            bound.extend(local.iter().copied());
            for name in &local {
                global.remove(name);
            }
        }
        captured.by_functions = captured.all.clone();
        let from_children = self.children(id, &bound, &global, class)?;
        let inner = self.settle(id, kind, local, from_children, outer_bound);
        captured.all.extend(inner.all.iter().copied());
        if self.table.scope(id).inlined {
            captured.by_functions = inner.by_functions;
        } else {
            captured.by_functions = captured.all.clone();
        }
        Ok(captured)
    }

    #[allow(clippy::too_many_arguments)]
    fn resolve(
        &mut self,
        id: ScopeId,
        name: NameId,
        class: Option<ScopeId>,
        bound: &mut IdSet<NameId>,
        global: &mut IdSet<NameId>,
        outer_bound: &IdSet<NameId>,
        outer_global: &IdSet<NameId>,
    ) -> Result<VarScope> {
        let scope = self.table.scope(id);
        let flags = scope.symbol(name).map_or(0, |s| s.flags);
        let is_module = scope.kind == ScopeKind::Module;
        if flags & def::GLOBAL != 0 {
            if flags & def::NONLOCAL != 0 {
                return Err(self.directive_error(id, name, "is nonlocal and global", "name"));
            }
            if !is_module {
                global.insert(name);
                bound.remove(&name);
            }
            return Ok(VarScope::GlobalExplicit);
        }
        if flags & def::NONLOCAL != 0 {
            if !outer_bound.contains(&name) {
                return Err(self.directive_error(id, name, "found", "no binding for nonlocal"));
            }
            if self.binds_type_param(id, name) {
                let text = "nonlocal binding not allowed for type parameter";
                return Err(self.directive_error(id, name, "", text));
            }
            return Ok(VarScope::Free);
        }
        if flags & def::BOUND != 0 {
            return Ok(VarScope::Local);
        }
        if scope.conditional_annotations && name == self.special.conditional {
            return Ok(VarScope::Cell);
        }
        // An annotation scope in a class sees the class's names first, through its namespace.
        if let (Some(class), true) = (class, scope.can_see_class_scope) {
            let in_class = self.table.scope(class).symbol(name).map_or(0, |s| s.flags);
            if in_class & def::GLOBAL != 0 {
                return Ok(VarScope::GlobalExplicit);
            }
            if in_class & def::BOUND != 0 && in_class & def::NONLOCAL == 0 {
                return Ok(VarScope::GlobalImplicit);
            }
        }
        if outer_bound.contains(&name) {
            return Ok(VarScope::Free);
        }
        let _ = outer_global;
        Ok(VarScope::GlobalImplicit)
    }

    fn directive_error(&self, id: ScopeId, name: NameId, after: &str, before: &str) -> Box<CompileError> {
        let text = format!("{before} '{}' {after}", self.table.names.get(name));
        let text = text.trim_end();
        let at = self.table.scope(id).directives.iter().find(|(n, _)| *n == name).map(|d| d.1);
        CompileError::syntax(text, at.unwrap_or_default())
    }

    /// Whether the binding that `name` of scope `id` refers to is a type parameter.
    fn binds_type_param(&self, id: ScopeId, name: NameId) -> bool {
        let mut at = self.table.scope(id).parent;
        while let Some(id) = at {
            let scope = self.table.scope(id);
            let flags = scope.symbol(name).map_or(0, |s| s.flags);
            if scope.kind != ScopeKind::Class && flags & def::BOUND != 0 {
                return flags & def::TYPE_PARAM != 0;
            }
            at = scope.parent;
        }
        false
    }

    fn children(
        &mut self,
        id: ScopeId,
        bound: &IdSet<NameId>,
        global: &IdSet<NameId>,
        class: Option<ScopeId>,
    ) -> Result<Captured> {
        let mut result = Captured::default();
        let inner_class = match self.table.scope(id).kind {
            ScopeKind::Class => Some(id),
            _ if self.table.scope(id).can_see_class_scope => class,
            _ => None,
        };
        for child in self.table.scope(id).children.clone() {
            let inner = self.block(child, bound, global, inner_class)?;
            result.by_functions.extend(inner.by_functions);
            result.all.extend(inner.all);
        }
        Ok(result)
    }

    /// Decides which locals become cells, and which names the scope passes on from outside.
    fn settle(
        &mut self,
        id: ScopeId,
        kind: ScopeKind,
        local: IdSet<NameId>,
        mut inner: Captured,
        outer_bound: &IdSet<NameId>,
    ) -> Captured {
        let scope = &mut self.table.scopes[id.0 as usize];
        match kind {
            ScopeKind::Class => {
                scope.needs_class_closure |= inner.all.contains(&self.special.class);
                scope.needs_classdict |= inner.all.contains(&self.special.classdict);
                for name in [self.special.class, self.special.classdict, self.special.conditional] {
                    inner.all.remove(&name);
                    inner.by_functions.remove(&name);
                }
            }
            ScopeKind::Module => {
                inner.all.clear();
                inner.by_functions.clear();
            }
            _ => {
                for &name in &local {
                    if inner.by_functions.remove(&name) {
                        scope.symbol_mut(name).expect("a local has a symbol").scope = VarScope::Cell;
                        scope.cells.push(name);
                    }
                    inner.all.remove(&name);
                }
            }
        }
        // Comprehensions inlined into a class reach enclosing functions through cells of the class's frame.
        for &name in &inner.all {
            let is_class = kind == ScopeKind::Class;
            let sees_class = scope.can_see_class_scope;
            match scope.symbol_mut(name) {
                // The scope itself finds the name in the class's namespace; what is inside it does not.
                Some(symbol)
                    if sees_class
                        && matches!(symbol.scope, VarScope::GlobalImplicit | VarScope::GlobalExplicit)
                        && outer_bound.contains(&name) =>
                {
                    symbol.flags |= def::FREE_CLASS;
                }
                Some(symbol) if is_class && symbol.flags & (def::BOUND | def::GLOBAL) != 0 => {
                    symbol.flags |= def::FREE_CLASS;
                }
                Some(_) => {}
                None if outer_bound.contains(&name) => scope.entry(name).scope = VarScope::Free,
                None => {}
            }
        }
        let names = &self.table.names;
        let scope = &mut self.table.scopes[id.0 as usize];
        let mut free: Vec<NameId> = scope
            .symbols
            .iter()
            .filter(|(_, s)| s.scope == VarScope::Free || s.flags & def::FREE_CLASS != 0)
            .map(|&(n, _)| n)
            .collect();
        free.sort_by(|a, b| names.get(*a).cmp(names.get(*b)));
        scope.free = free;
        scope.cells.sort_by(|a, b| names.get(*a).cmp(names.get(*b)));
        scope.static_attributes.sort_by(|a, b| names.get(*a).cmp(names.get(*b)));
        inner
    }
}
