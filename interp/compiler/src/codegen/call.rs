//! Calls: plain, method, `super()`, keyword and starred.
//!
//! A call's outgoing area is the top of the temporary stack: frame header, callable, arguments. Arguments are evaluated
//! straight into it, and so is the result of an inner call that is an argument.

use super::Compiler;
use super::code::Reg;
use super::names::Place;
use crate::error::Result;
use crate::symtable::{ScopeKind, VarScope};
use adder_bytecode::{Const, FRAME_HEADER, Op};
use ruff_python_ast::{Arguments, Expr, ExprAttribute, ExprCall, Keyword};
use ruff_text_size::{Ranged, TextRange};

/// Header registers before the callable's.
const CALLABLE: u16 = FRAME_HEADER - 1;

/// More positional arguments than this are passed through a tuple.
const MAX_DIRECT_ARGUMENTS: usize = 4000;

impl<'a> Compiler<'a, '_> {
    /// Opens an outgoing area whose result goes to `dst` without a move when `dst` is the newest temporary. Allocates
    /// the header, callable included; arguments follow from the next register on.
    pub fn open_call(&mut self, dst: Reg) -> Reg {
        if self.u.is_top(dst) {
            self.u.alloc_n(usize::from(FRAME_HEADER) - 1);
            dst
        } else {
            self.u.alloc_n(usize::from(FRAME_HEADER))
        }
    }

    /// Emits `Call` on area `w` with `n` arguments and moves the result to `dst`.
    pub fn close_call(&mut self, at: TextRange, w: Reg, n: usize, dst: Reg) {
        let word = self.u.words.cache(Op::Call);
        self.emit(at, Op::Call, w, n as u16, word);
        self.move_to(at, dst, w);
    }

    /// The register of the callable in area `w`.
    pub fn callable(w: Reg) -> Reg {
        w + CALLABLE
    }

    pub fn call(&mut self, c: &'a ExprCall, dst: Reg) -> Result<()> {
        self.check_callee(&c.func, c.range());
        let at = c.range();
        if needs_call_ex(&c.arguments) {
            let w = self.open_call(dst);
            self.into(&c.func, Self::callable(w))?;
            return self.call_ex(at, w, &c.arguments, None, dst);
        }
        let at = match &*c.func {
            Expr::Attribute(a) => match self.attribute_range(a) {
                name if name == a.range => at,
                name => TextRange::new(name.start(), at.end()),
            },
            _ => at,
        };
        if let Some(consumption) = self.consumption(c) {
            return self.consume_by_call(consumption, &c.func, at, dst);
        }
        if let Expr::Attribute(a) = &*c.func {
            return self.method_call(at, a, &c.arguments, dst);
        }
        let w = self.open_call(dst);
        self.into(&c.func, Self::callable(w))?;
        let names = self.plain_arguments(&c.arguments)?;
        let n = c.arguments.args.len() + c.arguments.keywords.len();
        match names {
            None => self.close_call(at, w, n, dst),
            Some(names) => {
                let word = self.u.words.cached_constant(names);
                self.emit(at, Op::CallKw, w, n as u16, word);
                self.move_to(at, dst, w);
            }
        }
        Ok(())
    }

    fn method_call(
        &mut self,
        at: TextRange,
        a: &'a ExprAttribute,
        args: &'a Arguments,
        dst: Reg,
    ) -> Result<()> {
        let w = self.open_call(dst);
        self.load_method(a, w)?;
        let names = self.plain_arguments(args)?;
        let n = (args.args.len() + args.keywords.len()) as u16;
        match names {
            None => {
                let word = self.u.words.cache(Op::CallMethod);
                self.emit(at, Op::CallMethod, w, n, word);
            }
            Some(names) => {
                let word = self.u.words.cached_constant(names);
                self.emit(at, Op::CallMethodKw, w, n, word);
            }
        }
        self.move_to(at, dst, w);
        Ok(())
    }

    /// Prepares area `area`, just opened, for a call of method `a`; allocates the receiver's register.
    pub fn load_method(&mut self, a: &'a ExprAttribute, area: Reg) -> Result<()> {
        let attr_at = self.attribute_range(a);
        let receiver = self.u.alloc();
        if !self.super_method(a, area)? {
            let object = match &*a.value {
                Expr::Name(n) => match self.local_operand(n) {
                    Some(reg) => reg,
                    None => {
                        self.into(&a.value, receiver)?;
                        receiver
                    }
                },
                value => {
                    self.into(value, receiver)?;
                    receiver
                }
            };
            let id = self.table.names.mangled(self.u.private, &a.attr);
            let word = self.cached_name_word(Op::LoadMethod, id);
            self.emit(attr_at, Op::LoadMethod, area, object, word);
        }
        Ok(())
    }

    /// Evaluates arguments without stars into the next registers; the keyword names, if any.
    fn plain_arguments(&mut self, arguments: &'a Arguments) -> Result<Option<Const>> {
        self.check_keywords(&arguments.keywords)?;
        for arg in &arguments.args {
            if matches!(arg, Expr::Generator(g) if !g.parenthesized) {
                self.bare_generator = Some(arguments.range);
            }
            self.temp(arg)?;
        }
        for k in &arguments.keywords {
            self.temp(&k.value)?;
        }
        if arguments.keywords.is_empty() {
            return Ok(None);
        }
        let names = arguments.keywords.iter().filter_map(|k| k.arg.as_ref());
        let names: Vec<Const> = names.map(|n| Const::Str(n.as_bytes().into())).collect();
        Ok(Some(Const::Tuple(names.into())))
    }

    fn check_keywords(&mut self, keywords: &[Keyword]) -> Result<()> {
        for (i, k) in keywords.iter().enumerate() {
            let Some(name) = &k.arg else { continue };
            if keywords[..i].iter().any(|other| other.arg.as_ref().is_some_and(|o| o.id == name.id)) {
                return self.error(format!("keyword argument repeated: {name}"), k.range);
            }
        }
        Ok(())
    }

    /// A call with starred arguments. `extra` is a register with one more positional argument at the end (the generic
    /// base of a class).
    pub fn call_ex(
        &mut self,
        at: TextRange,
        w: Reg,
        arguments: &'a Arguments,
        extra: Option<Reg>,
        dst: Reg,
    ) -> Result<()> {
        self.check_keywords(&arguments.keywords)?;
        let tuple = self.u.alloc();
        self.starred_tuple(at, &arguments.args, extra, tuple)?;
        self.call_ex_with(at, w, tuple, arguments, dst)
    }

    /// As [`Self::call_ex`] when the positional arguments are in `tuple` already, the first argument register.
    pub fn call_ex_with(
        &mut self,
        at: TextRange,
        w: Reg,
        tuple: Reg,
        arguments: &'a Arguments,
        dst: Reg,
    ) -> Result<()> {
        debug_assert_eq!(tuple, w + FRAME_HEADER);
        let has_keywords = !arguments.keywords.is_empty();
        if has_keywords {
            let map = self.u.alloc();
            self.keyword_map(at, Self::callable(w), &arguments.keywords, map)?;
        }
        let word = self.u.words.cache(Op::CallEx);
        self.emit(at, Op::CallEx, w, u16::from(has_keywords), word);
        self.move_to(at, dst, w);
        Ok(())
    }

    /// Builds the dict of keyword arguments, merging `**` arguments under the callable's name.
    fn keyword_map(&mut self, at: TextRange, callable: Reg, keywords: &'a [Keyword], map: Reg) -> Result<()> {
        let mut started = false;
        let mut rest = keywords;
        while !rest.is_empty() {
            let m = self.u.mark();
            let run = rest.iter().take_while(|k| k.arg.is_some()).take(16).count();
            if run > 0 {
                let first = self.u.alloc_n(0);
                for k in &rest[..run] {
                    let key = self.u.alloc();
                    let name = k.arg.as_ref().map_or("", |n| n.as_str());
                    let text = Const::Str(name.as_bytes().into());
                    self.load_const(k.range, key, text);
                    self.temp(&k.value)?;
                }
                if started {
                    let part = self.u.alloc();
                    self.emit(at, Op::BuildMap, part, first, run as u16);
                    self.emit(at, Op::DictMerge, map, part, callable);
                } else {
                    self.emit(at, Op::BuildMap, map, first, run as u16);
                }
                rest = &rest[run..];
            } else {
                if !started {
                    self.emit(at, Op::BuildMap, map, map, 0);
                }
                let part = self.operand(&rest[0].value)?;
                self.emit(rest[0].value.range(), Op::DictMerge, map, part, callable);
                rest = &rest[1..];
            }
            started = true;
            self.u.release(m);
        }
        Ok(())
    }

    /// Builds a tuple of arguments with stars in `dst`.
    pub fn starred_tuple(
        &mut self,
        at: TextRange,
        args: &'a [Expr],
        extra: Option<Reg>,
        dst: Reg,
    ) -> Result<()> {
        // `f(*args)`: a tuple passes as it is, anything else is converted by the call.
        if let ([Expr::Starred(only)], None) = (args, extra) {
            return self.into(&only.value, dst);
        }
        let simple = args.len() <= 16 && !args.iter().any(|a| matches!(a, Expr::Starred(_)));
        if simple {
            let m = self.u.mark();
            let first = self.u.alloc_n(0);
            for a in args {
                self.temp(a)?;
            }
            let mut n = args.len();
            if let Some(extra) = extra {
                let r = self.u.alloc();
                self.move_to(at, r, extra);
                n += 1;
            }
            self.emit(at, Op::BuildTuple, dst, first, n as u16);
            self.u.release(m);
            return Ok(());
        }
        // `f(a, *args)`, which needs no list.
        if let (Some((Expr::Starred(last), others)), None) = (args.split_last(), extra)
            && others.len() < 16
            && !others.iter().any(|a| matches!(a, Expr::Starred(_)))
        {
            let m = self.u.mark();
            let first = self.u.alloc_n(0);
            for a in others {
                self.temp(a)?;
            }
            self.temp(&last.value)?;
            self.emit(at, Op::BuildTupleStar, dst, first, args.len() as u16);
            self.u.release(m);
            return Ok(());
        }
        self.build_list(args, at, dst)?;
        if let Some(extra) = extra {
            self.emit(at, Op::ListAppend, dst, extra, 0);
        }
        self.emit(at, Op::ListToTuple, dst, dst, 0);
        Ok(())
    }

    // ---- super

    /// `super().name` and `super(cls, self).name`: the three registers of the fast path.
    fn super_operands(&mut self, value: &'a Expr) -> Result<Option<Reg>> {
        let Expr::Call(call) = value else { return Ok(None) };
        let Expr::Name(callee) = &*call.func else { return Ok(None) };
        let scope = self.table.scope(self.u.scope);
        if callee.id != "super"
            || scope.kind != ScopeKind::Function
            || !call.arguments.keywords.is_empty()
            || self.place("super") != Place::Global
        {
            return Ok(None);
        }
        // A module that binds `super` itself means its own.
        let id = self.name_id("super");
        if self.table.scopes[0].symbol(id).is_some_and(|s| s.scope == VarScope::Local) {
            return Ok(None);
        }
        let args = &call.arguments.args;
        let at = call.range();
        match args.len() {
            0 => {
                let class = self.name_id("__class__");
                let (Place::Cell(cell), true) = (self.place_of(class), self.u.argcount > 0) else {
                    return Ok(None);
                };
                let first_param = self.table.scope(self.u.scope).params[0];
                let base = self.u.alloc_n(3);
                self.load_name(callee.range, "super", base);
                self.emit(at, Op::LoadCell, base + 1, cell, 0);
                // The frame's first argument, whatever a comprehension calls its variables.
                let comps = std::mem::take(&mut self.u.comps);
                self.load_id(at, first_param, base + 2);
                self.u.comps = comps;
                Ok(Some(base))
            }
            2 if !args.iter().any(|a| matches!(a, Expr::Starred(_))) => {
                let base = self.u.alloc();
                self.load_name(callee.range, "super", base);
                self.temp(&args[0])?;
                self.temp(&args[1])?;
                Ok(Some(base))
            }
            _ => Ok(None),
        }
    }

    /// `dst = super(...).name`, if `a` is that.
    pub fn super_attribute(&mut self, a: &'a ExprAttribute, dst: Reg) -> Result<bool> {
        if a.attr.as_str() == "__class__" {
            return Ok(false);
        }
        let Some(base) = self.super_operands(&a.value)? else { return Ok(false) };
        let id = self.table.names.mangled(self.u.private, &a.attr);
        let word = self.cached_name_word(Op::LoadSuperAttr, id);
        let at = self.attribute_range(a);
        self.emit(at, Op::LoadSuperAttr, dst, base, word);
        Ok(true)
    }

    fn super_method(&mut self, a: &'a ExprAttribute, w: Reg) -> Result<bool> {
        if a.attr.as_str() == "__class__" {
            return Ok(false);
        }
        let m = self.u.mark();
        let Some(base) = self.super_operands(&a.value)? else { return Ok(false) };
        let id = self.table.names.mangled(self.u.private, &a.attr);
        let word = self.cached_name_word(Op::LoadSuperMethod, id);
        let at = self.attribute_range(a);
        self.emit(at, Op::LoadSuperMethod, w, base, word);
        self.u.release(m);
        Ok(true)
    }
}

/// Whether the call has to build its arguments in containers.
pub fn needs_call_ex(arguments: &Arguments) -> bool {
    arguments.args.iter().any(|a| matches!(a, Expr::Starred(_)))
        || arguments.keywords.iter().any(|k| k.arg.is_none())
        || arguments.args.len() + arguments.keywords.len() > MAX_DIRECT_ARGUMENTS
}
