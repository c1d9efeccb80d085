//! Class definitions.

use super::Compiler;
use super::code::Reg;
use super::unit::NAMESPACE;
use crate::error::Result;
use crate::source::nowhere;
use crate::symtable::{Role, ScopeId, node_address};
use adder_bytecode::ops::Intrinsic;
use adder_bytecode::{CodeUnit, Const, Op};
use ruff_python_ast::StmtClassDef;
use ruff_text_size::TextRange;
use std::sync::Arc;

impl<'a> Compiler<'a, '_> {
    pub fn class_def(&mut self, c: &'a StmtClassDef) -> Result<()> {
        let at = self.definition_range(c.range, &c.decorator_list);
        let line = self.first_line(c.range, &c.decorator_list);
        let (object, areas) = self.open_decorators(&c.decorator_list)?;
        match self.table.scope_of(node_address(c), Role::TypeParams) {
            Some(scope) => self.generic_class(c, scope, at, line, object)?,
            None => {
                let id = self.body_scope(c);
                let unit = self.class_body(c, id, at, line)?;
                self.build_class(c, at, id, unit, None, object)?;
            }
        }
        self.close_decorators(&c.decorator_list, &areas);
        let result = areas.first().copied().unwrap_or(object);
        self.store_name(at, &c.name, result);
        Ok(())
    }

    /// `dst = __build_class__(function, name, *bases, [generic base], **keywords)`.
    pub fn build_class(
        &mut self,
        c: &'a StmtClassDef,
        at: TextRange,
        scope: ScopeId,
        unit: Arc<CodeUnit>,
        generic_base: Option<Reg>,
        dst: Reg,
    ) -> Result<()> {
        let m = self.u.mark();
        let w = self.open_call(dst);
        self.emit(at, Op::LoadBuildClass, Self::callable(w), 0, 0);
        let name = Const::Str(c.name.as_bytes().into());
        let arguments = c.arguments.as_deref();
        if let Some(arguments) = arguments.filter(|a| super::call::needs_call_ex(a)) {
            let tuple = self.u.alloc();
            let inner = self.u.mark();
            let first = self.u.alloc_n(2);
            self.make_function(at, scope, unit, first);
            self.load_const(at, first + 1, name);
            self.emit(at, Op::BuildList, tuple, first, 2);
            self.u.release(inner);
            self.extend_list(&arguments.args, at, tuple)?;
            if let Some(base) = generic_base {
                self.emit(at, Op::ListAppend, tuple, base, 0);
            }
            self.emit(at, Op::ListToTuple, tuple, tuple, 0);
            self.call_ex_with(at, w, tuple, arguments, dst)?;
            self.u.release(m);
            return Ok(());
        }
        let function = self.u.alloc();
        self.make_function(at, scope, unit, function);
        self.constant_temp(at, name);
        let mut n = 2;
        for base in arguments.iter().flat_map(|a| a.args.iter()) {
            self.temp(base)?;
            n += 1;
        }
        if let Some(base) = generic_base {
            let r = self.u.alloc();
            self.move_to(at, r, base);
            n += 1;
        }
        let keywords = arguments.map_or(&[][..], |a| &a.keywords[..]);
        if keywords.is_empty() {
            self.close_call(at, w, n, dst);
        } else {
            let mut names = Vec::with_capacity(keywords.len());
            for k in keywords {
                let name = k.arg.as_ref().map_or("", |n| n.as_str());
                if names.iter().any(|n| matches!(n, Const::Str(s) if **s == *name.as_bytes())) {
                    return self.error(format!("keyword argument repeated: {name}"), k.range);
                }
                names.push(Const::Str(name.as_bytes().into()));
                self.temp(&k.value)?;
                n += 1;
            }
            let word = self.u.words.cached_constant(Const::Tuple(names.into()));
            self.emit(at, Op::CallKw, w, n as u16, word);
            self.move_to(at, dst, w);
        }
        self.u.release(m);
        Ok(())
    }

    /// The unit of a class body.
    pub fn class_body(
        &mut self,
        c: &'a StmtClassDef,
        id: ScopeId,
        at: TextRange,
        line: u32,
    ) -> Result<Arc<CodeUnit>> {
        self.enter_unit(id, line);
        self.u.private = Some(&c.name);
        self.prologue();
        // The body's bookkeeping belongs to the first line of the definition.
        let at = match self.source.has_text() {
            true => TextRange::empty(self.source.line_start(line)),
            false => at,
        };
        let m = self.u.mark();
        let r = self.u.alloc();
        self.load_name(at, "__name__", r);
        self.store_name(at, "__module__", r);
        let qualname = Const::Str(self.u.qualname.as_bytes().into());
        self.load_const(at, r, qualname);
        self.store_name(at, "__qualname__", r);
        self.load_const(at, r, Const::Int(i64::from(line)));
        self.store_name(at, "__firstlineno__", r);
        if c.type_params.is_some() {
            self.load_name(at, ".type_params", r);
            self.store_name(at, "__type_params__", r);
        }
        if self.table.scope(id).needs_classdict {
            let cell = self.own_cell("__classdict__");
            self.emit(at, Op::StoreCell, cell, NAMESPACE, 0);
        }
        self.start_annotations(at, id);
        self.u.release(m);
        let body = self.class_docstring(&c.body);
        self.stmts(body)?;
        self.finish_class_body(at, id)?;
        self.leave_unit()
    }

    /// The register of a cell that class bodies have for their inner scopes.
    pub fn own_cell(&mut self, name: &str) -> Reg {
        let id = self.table.names.intern(name);
        self.u.slots[&id]
    }

    fn finish_class_body(&mut self, at: TextRange, id: ScopeId) -> Result<()> {
        let m = self.u.mark();
        let r = self.u.alloc();
        if !self.future_annotations && !self.table.scope(id).annotations.is_empty() {
            let line = self.u.firstlineno;
            self.deferred_annotations(at, line, id, r)?;
            self.store_name(at, "__annotate_func__", r);
        }
        // What follows belongs to the last line of the body.
        let at = nowhere();
        let scope = self.table.scope(id);
        let attributes = scope.static_attributes.iter();
        let attributes: Vec<Const> =
            attributes.map(|n| Const::Str(self.table.names.get(*n).as_bytes().into())).collect();
        let (classdict, closure) = (scope.needs_classdict, scope.needs_class_closure);
        self.load_const(at, r, Const::Tuple(attributes.into()));
        self.store_name(at, "__static_attributes__", r);
        if classdict {
            let cell = self.own_cell("__classdict__");
            self.store_name(at, "__classdictcell__", cell);
        }
        if closure {
            let cell = self.own_cell("__class__");
            self.store_name(at, "__classcell__", cell);
            self.emit(at, Op::Return, cell, 0, 0);
        } else {
            self.return_none(at);
        }
        self.u.release(m);
        Ok(())
    }

    /// Prepares what the annotations of a class or module collect while its body runs.
    pub fn start_annotations(&mut self, at: TextRange, id: ScopeId) {
        let scope = self.table.scope(id);
        let (any, conditional) = (!scope.annotations.is_empty(), scope.conditional_annotations);
        let m = self.u.mark();
        let r = self.u.alloc();
        if any && self.future_annotations {
            self.emit(at, Op::Intrinsic, r, NAMESPACE, Intrinsic::SetupAnnotations as u16);
        }
        if conditional {
            self.emit(at, Op::BuildSet, r, r, 0);
            let name = self.table.names.intern("__conditional_annotations__");
            self.store_id(at, name, r);
        }
        self.u.release(m);
    }
}
