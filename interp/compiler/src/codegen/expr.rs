//! Expressions.

use super::Compiler;
use super::code::Reg;
use super::display;
use crate::error::Result;
use crate::symtable::{Role, ScopeKind, node_address};
use adder_bytecode::ops::NO_DELEGATE;
use adder_bytecode::{CodeFlags, Const, Feedback, Insn, Op};
use ruff_python_ast::{
    BoolOp, CmpOp, Expr, ExprAttribute, ExprBinOp, ExprBoolOp, ExprCompare, ExprIf, ExprNamed, ExprSubscript,
    ExprUnaryOp, Operator, UnaryOp,
};
use ruff_text_size::{Ranged, TextRange};

/// Whether code for `e` writes its destination before the last instruction that can read or raise.
pub fn is_multi_step(e: &Expr) -> bool {
    match e {
        Expr::BoolOp(_)
        | Expr::ListComp(_)
        | Expr::SetComp(_)
        | Expr::DictComp(_)
        | Expr::Generator(_)
        | Expr::Await(_)
        | Expr::Yield(_)
        | Expr::YieldFrom(_)
        | Expr::Lambda(_) => true,
        Expr::Dict(d) => d.items.len() > display::CHUNK / 2 || d.items.iter().any(|i| i.key.is_none()),
        Expr::Set(s) => display::grows(&s.elts),
        Expr::List(l) => display::grows(&l.elts),
        Expr::Tuple(t) => display::grows(&t.elts),
        Expr::Compare(c) => c.ops.len() > 1,
        _ => false,
    }
}

/// The instruction of a binary operator and, where there is one, its form with a constant right operand.
pub fn binary_op(op: Operator) -> (Op, Option<Op>) {
    match op {
        Operator::Add => (Op::Add, Some(Op::AddK)),
        Operator::Sub => (Op::Sub, Some(Op::SubK)),
        Operator::Mult => (Op::Mul, Some(Op::MulK)),
        Operator::MatMult => (Op::MatMul, None),
        Operator::Div => (Op::TrueDiv, Some(Op::TrueDivK)),
        Operator::Mod => (Op::Mod, Some(Op::ModK)),
        Operator::Pow => (Op::Pow, Some(Op::PowK)),
        Operator::LShift => (Op::Shl, Some(Op::ShlK)),
        Operator::RShift => (Op::Shr, Some(Op::ShrK)),
        Operator::BitOr => (Op::Or, Some(Op::OrK)),
        Operator::BitXor => (Op::Xor, Some(Op::XorK)),
        Operator::BitAnd => (Op::And, Some(Op::AndK)),
        Operator::FloorDiv => (Op::FloorDiv, Some(Op::FloorDivK)),
    }
}

/// The instruction that computes a comparison's value.
pub fn compare_op(op: CmpOp) -> Op {
    match op {
        CmpOp::Eq => Op::Eq,
        CmpOp::NotEq => Op::Ne,
        CmpOp::Lt => Op::Lt,
        CmpOp::LtE => Op::Le,
        CmpOp::Gt => Op::Gt,
        CmpOp::GtE => Op::Ge,
        CmpOp::Is => Op::Is,
        CmpOp::IsNot => Op::IsNot,
        CmpOp::In => Op::In,
        CmpOp::NotIn => Op::NotIn,
    }
}

impl<'a> Compiler<'a, '_> {
    /// Evaluates `e` into a new temporary.
    pub fn temp(&mut self, e: &'a Expr) -> Result<Reg> {
        let r = self.u.alloc();
        self.into(e, r)?;
        Ok(r)
    }

    /// A register that holds the value of `e`: the local itself when `e` is one, else a new temporary.
    pub fn operand(&mut self, e: &'a Expr) -> Result<Reg> {
        match e {
            Expr::Name(n) => match self.local_operand(n) {
                Some(reg) => Ok(reg),
                None => self.temp(e),
            },
            Expr::Named(n) => self.named_operand(n),
            _ => self.temp(e),
        }
    }

    /// As [`Self::operand`], but safe against rebinding by expressions that are evaluated later.
    pub fn operand_before(&mut self, e: &'a Expr, later: &[&Expr]) -> Result<Reg> {
        let r = self.operand(e)?;
        if self.u.is_temp(r) || !self.rebinds(r, later) {
            return Ok(r);
        }
        let copy = self.u.alloc();
        self.move_to(e.range(), copy, r);
        Ok(copy)
    }

    /// Whether a `:=` in `later` may write local `r`.
    pub fn rebinds(&mut self, r: Reg, later: &[&Expr]) -> bool {
        if !self.table.scope(self.u.scope).has_walrus {
            return false;
        }
        let name = self.u.locals[usize::from(r)].to_string();
        later.iter().any(|e| {
            crate::walk::any(e, &mut |e| {
                matches!(e, Expr::Named(n) if matches!(&*n.target, Expr::Name(t)
                    if self.table.names.get(self.table.names.find_mangled(self.u.private, &t.id)) == name))
            })
        })
    }

    /// Evaluates `e` for its effects.
    pub fn effect(&mut self, e: &'a Expr) -> Result<()> {
        if self.constant(e).is_some() {
            return Ok(());
        }
        let m = self.u.mark();
        match e {
            Expr::Name(_) => drop(self.operand(e)?),
            _ => drop(self.temp(e)?),
        }
        self.u.release(m);
        Ok(())
    }

    /// Evaluates `e` into `dst`. `dst` is a temporary or a local that the value is assigned to.
    pub fn into(&mut self, e: &'a Expr, dst: Reg) -> Result<()> {
        self.nest()?;
        let m = self.u.mark();
        if !self.u.is_temp(dst)
            && is_multi_step(e)
            && self.constant(e).is_none()
            && !self.may_build_in_place(dst, e)
        {
            let t = self.temp(e)?;
            self.move_to(e.range(), dst, t);
        } else {
            self.into_unguarded(e, dst)?;
        }
        self.u.release(m);
        self.depth -= 1;
        Ok(())
    }

    /// Whether nobody can see local `dst` between the steps of an expression: it does not mention the local, no handler
    /// is around, and it neither suspends nor asks for the namespace.
    fn may_build_in_place(&mut self, dst: Reg, e: &Expr) -> bool {
        use super::unit::Block;
        if self.u.blocks.iter().any(|b| !matches!(b, Block::Loop { .. })) {
            return false;
        }
        let name = &self.u.locals[usize::from(dst)];
        let visible = |e: &Expr| match e {
            Expr::Name(n) => {
                n.id.as_str() == &**name
                    || matches!(n.id.as_str(), "locals" | "vars" | "dir" | "eval" | "exec" | "super")
            }
            Expr::Yield(_) | Expr::YieldFrom(_) | Expr::Await(_) => true,
            // A mangled name may be the local after all.
            _ => name.starts_with('_'),
        };
        !crate::walk::any(e, &mut |e| visible(e))
    }

    fn into_unguarded(&mut self, e: &'a Expr, dst: Reg) -> Result<()> {
        let at = e.range();
        if let Some(value) = self.constant(e) {
            self.load_const(at, dst, value);
            return Ok(());
        }
        match e {
            Expr::Name(n) => {
                self.load_name(at, &n.id, dst);
                Ok(())
            }
            Expr::BoolOp(b) => self.bool_op(b, dst),
            Expr::Named(n) => {
                let r = self.named_operand(n)?;
                self.move_to(at, dst, r);
                Ok(())
            }
            Expr::BinOp(b) => self.bin_op(b, dst),
            Expr::UnaryOp(u) => self.unary_op(u, dst),
            Expr::Lambda(l) => self.lambda(l, dst),
            Expr::If(i) => self.if_expr(i, dst),
            Expr::Dict(d) => self.dict_display(d, dst),
            Expr::Set(s) => self.set_display(s, dst),
            Expr::List(l) => self.list_display(&l.elts, at, dst),
            Expr::Tuple(t) => self.tuple_display(&t.elts, at, dst),
            Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => {
                self.comprehension(e, dst)
            }
            Expr::Await(a) => {
                self.check_await(a.range)?;
                let value = self.operand(&a.value)?;
                self.await_value(a.range, value, 0, dst);
                Ok(())
            }
            Expr::Yield(y) => self.yield_expr(y.range, y.value.as_deref(), dst),
            Expr::YieldFrom(y) => self.yield_from(y.range, &y.value, dst),
            Expr::Compare(c) => self.compare(c, dst),
            Expr::Call(c) => self.call(c, dst),
            Expr::FString(f) => self.fstring(f, dst),
            Expr::TString(t) => self.tstring(t, dst),
            Expr::Attribute(a) => self.attribute(a, dst),
            Expr::Subscript(s) => self.subscript(s, dst),
            Expr::Slice(s) => self.slice(s, dst),
            Expr::Starred(_) => self.error("can't use starred expression here", at),
            Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::NumberLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_) => unreachable!("literals are constants"),
            Expr::IpyEscapeCommand(_) => self.error("invalid syntax", at),
        }
    }

    /// `target := value`: the register of the bound local, or a temporary with the value.
    fn named_operand(&mut self, n: &'a ExprNamed) -> Result<Reg> {
        let Expr::Name(target) = &*n.target else {
            return self.error("cannot use assignment expressions with this target", n.target.range());
        };
        let id = self.name_id(&target.id);
        if let Some(reg) = self.local_target(&n.target) {
            self.into(&n.value, reg)?;
            return Ok(reg);
        }
        let r = self.operand(&n.value)?;
        self.store_id(target.range, id, r);
        Ok(r)
    }

    // ---- operators

    fn bin_op(&mut self, b: &'a ExprBinOp, dst: Reg) -> Result<()> {
        if self.percent_format(b, dst)? {
            return Ok(());
        }
        let (op, with_constant) = binary_op(b.op);
        if let Some(op) = with_constant
            && let Some(value) = self.constant(&b.right)
        {
            let left = self.operand(&b.left)?;
            let word = self.u.words.constant(value);
            self.emit(b.range, op, dst, left, word);
            return Ok(());
        }
        let left = self.operand_before(&b.left, &[&b.right])?;
        let right = self.operand(&b.right)?;
        self.emit(b.range, op, dst, left, right);
        Ok(())
    }

    /// `dst = left op= value`.
    pub fn in_place(
        &mut self,
        at: TextRange,
        op: Operator,
        dst: Reg,
        left: Reg,
        value: &'a Expr,
    ) -> Result<()> {
        let m = self.u.mark();
        let (plain, with_constant) = binary_op(op);
        let (op, right) = match (with_constant, self.constant(value)) {
            (Some(op), Some(value)) => (op, self.u.words.constant(value)),
            _ => (plain, self.operand(value)?),
        };
        let insn = Insn::abc(op, dst, left, right).with_feedback(Feedback::INPLACE);
        let pos = self.source.pos(at);
        self.u.code.push(insn, None, pos);
        self.u.release(m);
        Ok(())
    }

    fn unary_op(&mut self, u: &'a ExprUnaryOp, dst: Reg) -> Result<()> {
        if u.op == UnaryOp::Not {
            // `not a is b` has an instruction of its own.
            if let Expr::Compare(c) = &*u.operand
                && let [op @ (CmpOp::Is | CmpOp::IsNot | CmpOp::In | CmpOp::NotIn)] = &*c.ops
            {
                return self.compare_pair(c.range, &c.left, op.negate(), &c.comparators[0], dst);
            }
        }
        let op = match u.op {
            UnaryOp::Invert => Op::Invert,
            UnaryOp::Not => Op::Not,
            UnaryOp::UAdd => Op::Pos,
            UnaryOp::USub => Op::Neg,
        };
        let operand = self.operand(&u.operand)?;
        self.emit(u.range, op, dst, operand, 0);
        Ok(())
    }

    fn bool_op(&mut self, b: &'a ExprBoolOp, dst: Reg) -> Result<()> {
        let end = self.label();
        let jump = if b.op == BoolOp::And { Op::JumpIfFalse } else { Op::JumpIfTrue };
        let (last, init) = b.values.split_last().expect("an operator has operands");
        for value in init {
            match self.constant(value) {
                // A constant decides or drops out.
                Some(c) if super::fold::truth(&c) == (b.op == BoolOp::Or) => {
                    self.load_const(value.range(), dst, c);
                    self.bind(end);
                    return Ok(());
                }
                Some(_) => continue,
                None => {}
            }
            self.into(value, dst)?;
            self.jump(value.range(), jump, dst, 0, end);
        }
        self.into(last, dst)?;
        self.bind(end);
        Ok(())
    }

    fn if_expr(&mut self, i: &'a ExprIf, dst: Reg) -> Result<()> {
        if let Some(test) = self.constant(&i.test) {
            let taken = if super::fold::truth(&test) { &i.body } else { &i.orelse };
            return self.into(taken, dst);
        }
        let (other, end) = (self.label(), self.label());
        self.jump_if(&i.test, false, other)?;
        self.into(&i.body, dst)?;
        self.goto(i.range, end);
        self.bind(other);
        self.into(&i.orelse, dst)?;
        self.bind(end);
        Ok(())
    }

    fn compare(&mut self, c: &'a ExprCompare, dst: Reg) -> Result<()> {
        self.check_compare(c);
        if let [op] = &*c.ops {
            return self.compare_pair(c.range, &c.left, *op, &c.comparators[0], dst);
        }
        let end = self.label();
        let later: Vec<&Expr> = c.comparators.iter().collect();
        let mut left = self.operand_before(&c.left, &later)?;
        for (i, (op, right)) in c.ops.iter().zip(&c.comparators).enumerate() {
            let right = self.operand_before(right, &later[i + 1..])?;
            self.emit(c.range, compare_op(*op), dst, left, right);
            if i + 1 < c.ops.len() {
                self.jump(c.range, Op::JumpIfFalse, dst, 0, end);
            }
            left = right;
        }
        self.bind(end);
        Ok(())
    }

    fn compare_pair(&mut self, at: TextRange, l: &'a Expr, op: CmpOp, r: &'a Expr, dst: Reg) -> Result<()> {
        let left = self.operand_before(l, &[r])?;
        let right = self.comparator(op, r)?;
        self.emit(at, compare_op(op), dst, left, right);
        Ok(())
    }

    /// The right operand of a comparison; displays of constants after `in` become constants.
    pub fn comparator(&mut self, op: CmpOp, e: &'a Expr) -> Result<Reg> {
        if matches!(op, CmpOp::In | CmpOp::NotIn)
            && let Some(value) = self.constant_container(e)
        {
            let r = self.u.alloc();
            self.load_const(e.range(), r, value);
            return Ok(r);
        }
        self.operand(e)
    }

    // ---- attributes and subscripts

    fn attribute(&mut self, a: &'a ExprAttribute, dst: Reg) -> Result<()> {
        if self.super_attribute(a, dst)? {
            return Ok(());
        }
        let object = self.operand(&a.value)?;
        let id = self.table.names.mangled(self.u.private, &a.attr);
        let word = self.cached_name_word(Op::LoadAttr, id);
        let at = self.attribute_range(a);
        self.emit(at, Op::LoadAttr, dst, object, word);
        Ok(())
    }

    /// Where an attribute access is reported: at the name, when the object ends on an earlier line.
    pub fn attribute_range(&self, a: &ExprAttribute) -> TextRange {
        let (start, end) = (a.range.start(), a.range.end());
        if !self.source.has_text() || self.source.line(start) == self.source.line(end) {
            return a.range;
        }
        TextRange::new(a.attr.range.start(), end)
    }

    fn subscript(&mut self, s: &'a ExprSubscript, dst: Reg) -> Result<()> {
        self.check_subscript(s);
        if let Some(index) = self.constant(&s.slice) {
            let object = self.operand(&s.value)?;
            let word = self.u.words.constant(index);
            self.emit(s.range, Op::GetItemK, dst, object, word);
            return Ok(());
        }
        let object = self.operand_before(&s.value, &[&s.slice])?;
        let index = self.index(&s.slice)?;
        self.emit(s.range, Op::GetItem, dst, object, index);
        Ok(())
    }

    /// The operand of a subscript.
    pub fn index(&mut self, slice: &'a Expr) -> Result<Reg> {
        self.operand(slice)
    }

    fn slice(&mut self, s: &'a ruff_python_ast::ExprSlice, dst: Reg) -> Result<()> {
        let n = if s.step.is_some() { 3 } else { 2 };
        let parts = [&s.lower, &s.upper, &s.step];
        let first = self.u.alloc_n(0);
        for part in &parts[..n] {
            match part {
                Some(e) => drop(self.temp(e)?),
                None => {
                    let r = self.u.alloc();
                    self.load_const(s.range, r, Const::None);
                }
            }
        }
        self.emit(s.range, Op::BuildSlice, dst, first, n as u16);
        Ok(())
    }

    // ---- generators and coroutines

    /// Whether `await` may stand here.
    pub fn check_await(&mut self, at: TextRange) -> Result<()> {
        if self.u.is_async {
            return Ok(());
        }
        let scope = self.table.scope(self.u.scope);
        if scope.kind == ScopeKind::Module && self.options.flags.top_level_await {
            self.u.flags.0 |= CodeFlags::COROUTINE;
            return Ok(());
        }
        if scope.comprehension.is_some() && scope.coroutine {
            return Ok(());
        }
        if !scope.is_function_like() {
            return self.error("'await' outside function", at);
        }
        self.error("'await' outside async function", at)
    }

    /// `dst = await value`; `dst` is a temporary.
    pub fn await_value(&mut self, at: TextRange, value: Reg, context: u16, dst: Reg) {
        let m = self.u.mark();
        let iterator = self.u.alloc();
        self.emit(at, Op::GetAwaitable, iterator, value, context);
        self.delegate(at, iterator, dst);
        self.u.release(m);
    }

    /// Runs `iterator` to its end, passing its values on. `Send`, `Yield` and the jump back stand next to each other,
    /// and the result arrives behind them: a `throw` that ends the delegation continues there.
    pub fn delegate(&mut self, at: TextRange, iterator: Reg, dst: Reg) {
        let done = self.label();
        self.load_const(at, dst, Const::None);
        let again = self.new_label_here();
        self.jump(at, Op::Send, iterator, dst, done);
        self.emit_yield(at, dst, iterator);
        self.goto(at, again);
        self.bind(done);
    }

    fn yield_expr(&mut self, at: TextRange, value: Option<&'a Expr>, dst: Reg) -> Result<()> {
        self.check_yield(at, "yield")?;
        match value {
            Some(v) => self.into(v, dst)?,
            None => self.load_const(at, dst, Const::None),
        }
        if self.u.is_async {
            self.emit(at, Op::AsyncGenWrap, dst, dst, 0);
        }
        self.emit_yield(at, dst, NO_DELEGATE);
        Ok(())
    }

    /// Yields `value`, from the iterator in register `delegate` if there is one.
    pub fn emit_yield(&mut self, at: TextRange, value: Reg, delegate: Reg) {
        let in_use = self.u.mark().max(u32::from(value) + 1) as u16;
        self.emit(at, Op::Yield, value, delegate, in_use);
    }

    fn yield_from(&mut self, at: TextRange, value: &'a Expr, dst: Reg) -> Result<()> {
        self.check_yield(at, "yield from")?;
        if self.u.is_async {
            return self.error("'yield from' inside async function", at);
        }
        let source = self.operand(value)?;
        let iterator = self.u.alloc();
        self.emit(at, Op::GetYieldFromIter, iterator, source, 0);
        self.delegate(at, iterator, dst);
        Ok(())
    }

    fn check_yield(&self, at: TextRange, what: &str) -> Result<()> {
        match self.table.scope(self.u.scope).kind {
            ScopeKind::Function => Ok(()),
            _ => self.error(format!("'{what}' outside function"), at),
        }
    }

    /// The scope a node opened in its body role.
    pub fn body_scope<T>(&self, node: &T) -> crate::symtable::ScopeId {
        self.table.scope_of(node_address(node), Role::Body).expect("the symbol table saw every node")
    }
}
