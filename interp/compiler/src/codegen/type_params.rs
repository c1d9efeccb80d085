//! Type parameters and type aliases (PEP 695, 696): the scopes that hold them run as functions at once; bounds,
//! defaults and alias values are functions that run when somebody asks.

use super::Compiler;
use super::code::Reg;
use super::function::{Defaults, attr};
use crate::error::Result;
use crate::symtable::{Role, ScopeId, default_kinds, node_address};
use adder_bytecode::ops::Intrinsic;
use adder_bytecode::{Const, Op};
use ruff_python_ast::{Expr, StmtClassDef, StmtFunctionDef, StmtTypeAlias, TypeParam, TypeParams};
use ruff_text_size::{Ranged, TextRange};

impl<'a> Compiler<'a, '_> {
    /// A function with type parameters: `dst` = the function, made inside the scope of its parameters.
    pub fn generic_function(
        &mut self,
        f: &'a StmtFunctionDef,
        scope: ScopeId,
        at: TextRange,
        line: u32,
        dst: Reg,
    ) -> Result<()> {
        let m = self.u.mark();
        let w = self.open_call(dst);
        // The defaults are the arguments of the call, evaluated outside the parameters' scope.
        let evaluated = self.defaults(&f.parameters)?;
        let (positional, keyword) = default_kinds(&f.parameters);
        debug_assert_eq!(
            (positional, keyword),
            (evaluated.positional.is_some(), evaluated.keyword.is_some())
        );
        let nargs = u16::from(positional) + u16::from(keyword);

        self.enter_type_params(scope, line, nargs);
        let mut next_param = 0..nargs;
        let inner = Defaults {
            positional: positional.then(|| next_param.next()).flatten(),
            keyword: keyword.then(|| next_param.next()).flatten(),
        };
        let params = f.type_params.as_deref().expect("the scope exists because of them");
        let tuple = self.type_param_tuple(params)?;
        let function = self.u.alloc();
        self.plain_function(f, at, line, inner, function)?;
        self.emit(at, Op::SetFunctionAttr, function, tuple, attr::TYPE_PARAMS);
        self.emit(at, Op::Return, function, 0, 0);
        let unit = self.leave_unit()?;

        self.make_function(at, scope, unit, Self::callable(w));
        self.close_call(at, w, nargs.into(), dst);
        self.u.release(m);
        Ok(())
    }

    fn enter_type_params(&mut self, scope: ScopeId, line: u32, nargs: u16) {
        self.enter_unit(scope, line);
        let name = format!("<generic parameters of {}>", self.u.name);
        let owner = self.u.name.len();
        let keep = self.u.qualname.len() - owner;
        self.u.qualname = format!("{}{name}", &self.u.qualname[..keep]).into();
        self.u.name = name.into();
        self.u.argcount = nargs;
        self.prologue();
    }

    /// A class with type parameters.
    pub fn generic_class(
        &mut self,
        c: &'a StmtClassDef,
        scope: ScopeId,
        at: TextRange,
        line: u32,
        dst: Reg,
    ) -> Result<()> {
        let m = self.u.mark();
        let w = self.open_call(dst);
        self.enter_type_params(scope, line, 0);
        self.u.private = Some(&c.name);
        let params = c.type_params.as_deref().expect("the scope exists because of them");
        let tuple = self.type_param_tuple(params)?;
        self.store_name(at, ".type_params", tuple);
        let id = self.body_scope(c);
        let unit = self.class_body(c, id, at, line)?;
        let base = self.u.alloc();
        self.emit(at, Op::Intrinsic, base, tuple, Intrinsic::SubscriptGeneric as u16);
        self.store_name(at, ".generic_base", base);
        let class = self.u.alloc();
        self.build_class(c, at, id, unit, Some(base), class)?;
        self.emit(at, Op::Return, class, 0, 0);
        let unit = self.leave_unit()?;
        self.make_function(at, scope, unit, Self::callable(w));
        self.close_call(at, w, 0, dst);
        self.u.release(m);
        Ok(())
    }

    pub fn type_alias(&mut self, alias: &'a StmtTypeAlias) -> Result<()> {
        let at = alias.range;
        let Expr::Name(name) = &*alias.name else {
            return self.error("invalid syntax", alias.name.range());
        };
        let line = self.source.line(at.start());
        let dst = self.u.alloc();
        match self.table.scope_of(node_address(alias), Role::TypeParams) {
            None => {
                let parts = self.u.alloc_n(2);
                self.load_const(at, parts, Const::Str(name.id.as_bytes().into()));
                self.load_const(at, parts + 1, Const::None);
                self.alias_object(alias, parts, dst)?;
            }
            Some(scope) => {
                let w = self.open_call(dst);
                self.enter_type_params(scope, line, 0);
                let parts = self.u.alloc_n(1);
                self.load_const(at, parts, Const::Str(name.id.as_bytes().into()));
                let params = alias.type_params.as_deref().expect("the scope exists because of them");
                let tuple = self.type_param_tuple(params)?;
                debug_assert_eq!(tuple, parts + 1);
                let result = self.u.mark();
                self.alias_object(alias, parts, parts)?;
                self.u.release(result);
                self.emit(at, Op::Return, parts, 0, 0);
                let unit = self.leave_unit()?;
                self.make_function(at, scope, unit, Self::callable(w));
                self.close_call(at, w, 0, dst);
            }
        }
        self.store_name(name.range, &name.id, dst);
        Ok(())
    }

    /// `dst` = the alias of the name and parameters in `parts`, `parts + 1`, the newest temporaries.
    fn alias_object(&mut self, alias: &'a StmtTypeAlias, parts: Reg, dst: Reg) -> Result<()> {
        let function = self.u.alloc();
        debug_assert_eq!(function, parts + 2);
        let id = self.body_scope(alias);
        self.lazy_function(id, &alias.value, alias.range, function)?;
        self.emit(alias.range, Op::BuildTuple, parts, parts, 3);
        self.emit(alias.range, Op::Intrinsic, dst, parts, Intrinsic::TypeAlias as u16);
        Ok(())
    }

    /// Makes the type parameters, binds their names, and leaves them as a tuple in a new temporary.
    fn type_param_tuple(&mut self, params: &'a TypeParams) -> Result<Reg> {
        let tuple = self.u.alloc();
        let m = self.u.mark();
        let n = params.type_params.len();
        let first = self.u.alloc_n(n);
        for (i, param) in params.type_params.iter().enumerate() {
            self.type_param(param, first + i as u16)?;
        }
        self.emit(params.range, Op::BuildTuple, tuple, first, n as u16);
        self.u.release(m);
        Ok(tuple)
    }

    fn type_param(&mut self, param: &'a TypeParam, dst: Reg) -> Result<()> {
        let at = param.range();
        let name = param.name();
        let m = self.u.mark();
        let pair = self.u.alloc_n(2);
        self.load_const(at, pair, Const::Str(name.as_bytes().into()));
        let (intrinsic, default) = match param {
            TypeParam::TypeVar(t) => match t.bound.as_deref() {
                None => (Intrinsic::TypeVar, &t.default),
                Some(bound) => {
                    let id = self.type_scope(param, Role::Bound);
                    self.lazy_function(id, bound, bound.range(), pair + 1)?;
                    match bound {
                        Expr::Tuple(_) => (Intrinsic::TypeVarWithConstraints, &t.default),
                        _ => (Intrinsic::TypeVarWithBound, &t.default),
                    }
                }
            },
            TypeParam::TypeVarTuple(t) => (Intrinsic::TypeVarTuple, &t.default),
            TypeParam::ParamSpec(t) => (Intrinsic::ParamSpec, &t.default),
        };
        self.emit(at, Op::Intrinsic, dst, pair, intrinsic as u16);
        if let Some(default) = default.as_deref() {
            let id = self.type_scope(param, Role::Default);
            self.move_to(at, pair, dst);
            self.lazy_function(id, default, default.range(), pair + 1)?;
            self.emit(at, Op::Intrinsic, dst, pair, Intrinsic::SetTypeParamDefault as u16);
        }
        self.u.release(m);
        self.store_name(at, name, dst);
        Ok(())
    }

    fn type_scope(&self, param: &TypeParam, role: Role) -> ScopeId {
        self.table.scope_of(node_address(param), role).expect("the symbol table saw every node")
    }

    /// A function of the format that evaluates `value`; its default format is `VALUE`.
    fn lazy_function(&mut self, id: ScopeId, value: &'a Expr, at: TextRange, dst: Reg) -> Result<()> {
        let line = self.source.line(at.start());
        self.enter_unit(id, line);
        self.start_annotate(at);
        let r = self.u.alloc();
        self.annotation_value(value, r)?;
        self.emit(at, Op::Return, r, 0, 0);
        let unit = self.leave_unit()?;
        let m = self.u.mark();
        self.make_function(at, id, unit, dst);
        let format = self.constant_temp(at, Const::Tuple(Box::new([Const::Int(1)])));
        self.emit(at, Op::SetFunctionAttr, dst, format, attr::DEFAULTS);
        self.u.release(m);
        Ok(())
    }
}
