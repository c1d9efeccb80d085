//! Tests: conditional jumps with fused comparisons, and the warnings about tests that are always the same.

use super::Compiler;
use super::code::Label;
use super::fold::truth;
use crate::error::Result;
use adder_bytecode::{Const, Op};
use ruff_python_ast::{BoolOp, CmpOp, Expr, ExprCompare, ExprSubscript, UnaryOp};
use ruff_text_size::Ranged;

/// The jump taken when a comparison holds, and its form with a constant right operand. The jump taken when it does not
/// hold is the next opcode.
fn fused(op: CmpOp) -> Option<(Op, Op)> {
    Some(match op {
        CmpOp::Lt => (Op::JLt, Op::JLtK),
        CmpOp::LtE => (Op::JLe, Op::JLeK),
        CmpOp::Eq => (Op::JEq, Op::JEqK),
        CmpOp::NotEq => (Op::JNe, Op::JNeK),
        CmpOp::Gt => (Op::JGt, Op::JGtK),
        CmpOp::GtE => (Op::JGe, Op::JGeK),
        _ => return None,
    })
}

/// The jump on the opposite outcome, for `when` false.
fn polarity(op: Op, when: bool) -> Op {
    if when { op } else { Op::from_u8(op as u8 + 1) }
}

impl<'a> Compiler<'a, '_> {
    /// Jumps to `target` when the truth of `e` is `when`; else falls through.
    pub fn jump_if(&mut self, e: &'a Expr, when: bool, target: Label) -> Result<()> {
        self.nest()?;
        let m = self.u.mark();
        self.jump_if_inner(e, when, target)?;
        self.u.release(m);
        self.depth -= 1;
        Ok(())
    }

    fn jump_if_inner(&mut self, e: &'a Expr, when: bool, target: Label) -> Result<()> {
        if let Some(value) = self.constant(e) {
            if truth(&value) == when {
                self.goto(e.range(), target);
            }
            return Ok(());
        }
        match e {
            Expr::UnaryOp(u) if u.op == UnaryOp::Not => self.jump_if(&u.operand, !when, target),
            Expr::BoolOp(b) => {
                // The operator's short cut goes to the target when it has the wanted truth, else past the test.
                let shortcut = b.op == BoolOp::Or;
                let (last, init) = b.values.split_last().expect("an operator has operands");
                let past = self.label();
                let exit = if shortcut == when { target } else { past };
                for value in init {
                    self.jump_if(value, shortcut, exit)?;
                }
                self.jump_if(last, when, target)?;
                self.bind(past);
                Ok(())
            }
            Expr::If(i) => {
                let (other, end) = (self.label(), self.label());
                self.jump_if(&i.test, false, other)?;
                self.jump_if(&i.body, when, target)?;
                self.goto(i.range, end);
                self.bind(other);
                self.jump_if(&i.orelse, when, target)?;
                self.bind(end);
                Ok(())
            }
            Expr::Compare(c) => self.jump_if_compare(c, when, target),
            _ => {
                let r = self.operand(e)?;
                let op = if when { Op::JumpIfTrue } else { Op::JumpIfFalse };
                self.jump(e.range(), op, r, 0, target);
                Ok(())
            }
        }
    }

    fn jump_if_compare(&mut self, c: &'a ExprCompare, when: bool, target: Label) -> Result<()> {
        self.check_compare(c);
        let past = self.label();
        let later: Vec<&Expr> = c.comparators.iter().collect();
        let last = c.ops.len() - 1;
        let none_test = last == 0 && matches!(c.comparators[0], Expr::NoneLiteral(_));
        if none_test && let [op @ (CmpOp::Is | CmpOp::IsNot)] = &*c.ops {
            let r = self.operand(&c.left)?;
            let op = if (*op == CmpOp::Is) == when { Op::JumpIfNone } else { Op::JumpIfNotNone };
            self.jump(c.range, op, r, 0, target);
            return Ok(());
        }
        let mut left = self.operand_before(&c.left, &later)?;
        for (i, (&op, right)) in c.ops.iter().zip(&c.comparators).enumerate() {
            // All links but the last fail out of the chain.
            let (when, to) = match i == last {
                true => (when, target),
                false if when => (false, past),
                false => (false, target),
            };
            if i == last
                && let Some((_, with_constant)) = fused(op)
                && let Some(value) = self.constant(right)
            {
                let word = self.u.words.constant(value);
                self.jump(c.range, polarity(with_constant, when), left, word, to);
                break;
            }
            let right = match i == last {
                true => self.comparator(op, right)?,
                false => self.operand_before(right, &later[i + 1..])?,
            };
            match fused(op) {
                Some((op, _)) => self.jump(c.range, polarity(op, when), left, right, to),
                None => {
                    let m = self.u.mark();
                    let t = self.u.alloc();
                    self.emit(c.range, super::expr::compare_op(op), t, left, right);
                    let jump = if when { Op::JumpIfTrue } else { Op::JumpIfFalse };
                    self.jump(c.range, jump, t, 0, to);
                    self.u.release(m);
                }
            }
            left = right;
        }
        self.bind(past);
        Ok(())
    }

    /// Warns about `is` with a literal.
    pub fn check_compare(&mut self, c: &'a ExprCompare) {
        let mut left = &*c.left;
        for (op, right) in c.ops.iter().zip(&c.comparators) {
            if matches!(op, CmpOp::Is | CmpOp::IsNot) {
                let literal = [left, right].into_iter().find_map(|e| self.literal_type(e));
                if let Some(kind) = literal {
                    let (is, eq) = if *op == CmpOp::Is { ("is", "==") } else { ("is not", "!=") };
                    self.warn(format!("\"{is}\" with '{kind}' literal. Did you mean \"{eq}\"?"), c.range);
                    return;
                }
            }
            left = right;
        }
    }

    /// Type name of a literal whose identity means nothing.
    fn literal_type(&mut self, e: &Expr) -> Option<&'static str> {
        match e {
            Expr::Tuple(_) | Expr::UnaryOp(_) | Expr::BinOp(_) => match self.constant(e)? {
                Const::Tuple(_) => Some("tuple"),
                value => type_name(&value),
            },
            Expr::StringLiteral(_) => Some("str"),
            Expr::BytesLiteral(_) => Some("bytes"),
            Expr::NumberLiteral(_) => type_name(&self.constant(e)?),
            _ => None,
        }
    }

    /// Warns about subscripts of things that have none.
    pub fn check_subscript(&mut self, s: &'a ExprSubscript) {
        let Some(kind) = self.static_type(&s.value) else { return };
        if matches!(kind, "str" | "bytes" | "list" | "tuple") {
            if let Some(index) = self.static_type(&s.slice)
                && !matches!(index, "int" | "bool" | "slice")
            {
                let text = format!(
                    "{kind} indices must be integers or slices, not {index}; perhaps you missed a comma?"
                );
                self.warn(text, s.range);
            }
        } else if kind != "dict" {
            self.warn(format!("'{kind}' object is not subscriptable; perhaps you missed a comma?"), s.range);
        }
    }

    /// Warns about calls of things that cannot be called.
    pub fn check_callee(&mut self, callee: &'a Expr, at: ruff_text_size::TextRange) {
        if let Some(kind) = self.static_type(callee)
            && kind != "function"
        {
            self.warn(format!("'{kind}' object is not callable; perhaps you missed a comma?"), at);
        }
    }

    /// The type of a display or literal.
    fn static_type(&mut self, e: &Expr) -> Option<&'static str> {
        match e {
            Expr::Tuple(_) => Some("tuple"),
            Expr::List(_) | Expr::ListComp(_) => Some("list"),
            Expr::Dict(_) | Expr::DictComp(_) => Some("dict"),
            Expr::Set(_) | Expr::SetComp(_) => Some("set"),
            Expr::Generator(_) => Some("generator"),
            Expr::Lambda(_) => Some("function"),
            Expr::FString(_) => Some("str"),
            Expr::TString(_) => Some("string.templatelib.Template"),
            Expr::Slice(_) => Some("slice"),
            Expr::StringLiteral(_) => Some("str"),
            Expr::BytesLiteral(_) => Some("bytes"),
            Expr::NumberLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::EllipsisLiteral(_) => type_name(&self.constant(e)?),
            _ => None,
        }
    }
}

fn type_name(value: &Const) -> Option<&'static str> {
    Some(match value {
        Const::None => "NoneType",
        Const::True | Const::False => "bool",
        Const::Ellipsis => "ellipsis",
        Const::Int(_) | Const::BigInt { .. } => "int",
        Const::Float(_) => "float",
        Const::Complex { .. } => "complex",
        Const::Str(_) => "str",
        Const::Bytes(_) => "bytes",
        Const::Tuple(_) => "tuple",
        Const::FrozenSet(_) => "frozenset",
        Const::Slice(_) => "slice",
        Const::Code(_) => return None,
    })
}
