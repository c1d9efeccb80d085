//! `match`: patterns test a subject register and collect captures, which are stored when the whole pattern matched.

use super::Compiler;
use super::code::{Label, Reg};
use crate::error::Result;
use crate::names::NameId;
use crate::source::{Source, nowhere};
use adder_bytecode::{Const, Op};
use ruff_python_ast::{
    Expr, Operator, Pattern, PatternMatchClass, PatternMatchMapping, PatternMatchOr, PatternMatchSequence,
    Singleton, StmtMatch, UnaryOp,
};
use ruff_text_size::{Ranged, TextRange};

/// A name to be bound, and the register that holds its value.
type Capture = (NameId, Reg, TextRange);

/// What a pattern under compilation knows.
struct Context {
    captures: Vec<Capture>,
    fail: Label,
}

impl<'a> Compiler<'a, '_> {
    pub fn match_stmt(&mut self, m: &'a StmtMatch) -> Result<()> {
        // Captures may rebind the local that is matched.
        let subject = self.temp(&m.subject)?;
        let end = self.label();
        let last = m.cases.len() - 1;
        for (i, case) in m.cases.iter().enumerate() {
            if case.guard.is_none() && i != last {
                self.check_refutable(&case.pattern)?;
            }
            let mark = self.u.mark();
            let next = self.label();
            if let Pattern::MatchAs(a) = &case.pattern
                && a.name.is_none()
            {
                // A tracer sees the line of `case _`.
                self.emit(a.range, Op::Nop, 0, 0, 0);
            }
            let mut ctx = Context { captures: Vec::new(), fail: next };
            self.pattern(&case.pattern, subject, &mut ctx)?;
            for (name, reg, at) in ctx.captures {
                self.store_id(at, name, reg);
            }
            self.u.release(mark);
            if let Some(guard) = &case.guard {
                self.jump_if(guard, false, next)?;
            }
            self.stmts(&case.body)?;
            self.goto(nowhere(), end);
            self.bind(next);
        }
        self.bind(end);
        Ok(())
    }

    /// A pattern that always matches may only come last.
    fn check_refutable(&self, p: &Pattern) -> Result<()> {
        match p {
            Pattern::MatchAs(a) => match (&a.pattern, &a.name) {
                (None, None) => self.error("wildcard makes remaining patterns unreachable", a.range),
                (None, Some(name)) => {
                    let text = format!("name capture '{name}' makes remaining patterns unreachable");
                    self.error(text, a.range)
                }
                (Some(inner), _) => self.check_refutable(inner),
            },
            Pattern::MatchOr(o) => o.patterns.last().map_or(Ok(()), |p| self.check_refutable(p)),
            _ => Ok(()),
        }
    }

    fn capture(&mut self, ctx: &mut Context, name: &str, reg: Reg, at: TextRange) -> Result<()> {
        let id = self.name_id(name);
        if ctx.captures.iter().any(|c| c.0 == id) {
            return self.error(format!("multiple assignments to name '{name}' in pattern"), at);
        }
        ctx.captures.push((id, reg, at));
        Ok(())
    }

    fn pattern(&mut self, p: &'a Pattern, subject: Reg, ctx: &mut Context) -> Result<()> {
        self.nest()?;
        match p {
            Pattern::MatchValue(v) => {
                let at = v.range;
                if !is_value_pattern(self.source, &v.value) {
                    return self.error("patterns may only match literals and attribute lookups", at);
                }
                match self.constant(&v.value) {
                    Some(value) => {
                        let word = self.u.words.constant(value);
                        self.jump(at, Op::JNotEqK, subject, word, ctx.fail);
                    }
                    None => {
                        let m = self.u.mark();
                        let r = self.operand(&v.value)?;
                        self.jump(at, Op::JNotEq, subject, r, ctx.fail);
                        self.u.release(m);
                    }
                }
            }
            Pattern::MatchSingleton(s) => {
                let value = match s.value {
                    Singleton::None => {
                        self.jump(s.range, Op::JumpIfNotNone, subject, 0, ctx.fail);
                        self.depth -= 1;
                        return Ok(());
                    }
                    Singleton::True => Const::True,
                    Singleton::False => Const::False,
                };
                let m = self.u.mark();
                let r = self.constant_temp(s.range, value);
                self.emit(s.range, Op::Is, r, subject, r);
                self.jump(s.range, Op::JumpIfFalse, r, 0, ctx.fail);
                self.u.release(m);
            }
            Pattern::MatchSequence(s) => self.sequence_pattern(s, subject, ctx)?,
            Pattern::MatchMapping(m) => self.mapping_pattern(m, subject, ctx)?,
            Pattern::MatchClass(c) => self.class_pattern(c, subject, ctx)?,
            Pattern::MatchStar(s) => {
                return self.error("can't use starred pattern here", s.range);
            }
            Pattern::MatchAs(a) => {
                if let Some(inner) = &a.pattern {
                    self.pattern(inner, subject, ctx)?;
                }
                if let Some(name) = &a.name {
                    self.capture(ctx, name, subject, a.range)?;
                }
            }
            Pattern::MatchOr(o) => self.or_pattern(o, subject, ctx)?,
        }
        self.depth -= 1;
        Ok(())
    }

    /// Fails unless `test` of the subject is true.
    fn require(&mut self, at: TextRange, op: Op, subject: Reg, ctx: &Context) {
        let m = self.u.mark();
        let r = self.u.alloc();
        self.emit(at, op, r, subject, 0);
        self.jump(at, Op::JumpIfFalse, r, 0, ctx.fail);
        self.u.release(m);
    }

    /// Fails unless the length compares as `jump` demands.
    fn require_length(&mut self, at: TextRange, jump: Op, subject: Reg, n: usize, ctx: &Context) {
        let m = self.u.mark();
        let r = self.u.alloc();
        self.emit(at, Op::GetLen, r, subject, 0);
        let word = self.u.words.constant(Const::Int(n as i64));
        self.jump(at, jump, r, word, ctx.fail);
        self.u.release(m);
    }

    fn sequence_pattern(
        &mut self,
        s: &'a PatternMatchSequence,
        subject: Reg,
        ctx: &mut Context,
    ) -> Result<()> {
        let at = s.range;
        let n = s.patterns.len();
        let mut stars = s.patterns.iter().enumerate().filter(|(_, p)| matches!(p, Pattern::MatchStar(_)));
        let star = stars.next().map(|(i, _)| i);
        if stars.next().is_some() {
            return self.error("multiple starred names in sequence pattern", at);
        }
        self.require(at, Op::MatchSequence, subject, ctx);
        match star {
            None => self.require_length(at, Op::JNotEqK, subject, n, ctx),
            Some(_) if n > 1 => self.require_length(at, Op::JNotGeK, subject, n - 1, ctx),
            Some(_) => {}
        }
        let is_wild = |p: &Pattern| match p {
            Pattern::MatchStar(s) => s.name.is_none(),
            Pattern::MatchAs(a) => a.pattern.is_none() && a.name.is_none(),
            _ => false,
        };
        if s.patterns.iter().all(is_wild) {
            return Ok(());
        }
        match star {
            Some(i) if is_wild(&s.patterns[i]) => self.sequence_by_index(s, subject, i, ctx),
            Some(i) => {
                let after = n - i - 1;
                if i > 0xff || after > 0xff {
                    return self.error("too many expressions in star-unpacking sequence pattern", at);
                }
                let first = self.u.alloc_n(n);
                self.emit(at, Op::UnpackEx, first, subject, (i | after << 8) as u16);
                self.subpatterns(&s.patterns, first, ctx)
            }
            None => {
                let first = self.u.alloc_n(n);
                self.emit(at, Op::UnpackSeq, first, subject, n as u16);
                self.subpatterns(&s.patterns, first, ctx)
            }
        }
    }

    fn subpatterns(&mut self, patterns: &'a [Pattern], first: Reg, ctx: &mut Context) -> Result<()> {
        for (i, p) in patterns.iter().enumerate() {
            let reg = first + i as u16;
            match p {
                Pattern::MatchStar(s) => {
                    if let Some(name) = &s.name {
                        self.capture(ctx, name, reg, s.range)?;
                    }
                }
                p => self.pattern(p, reg, ctx)?,
            }
        }
        Ok(())
    }

    /// `[a, *_, b]`: items by index, without copying the middle.
    fn sequence_by_index(
        &mut self,
        s: &'a PatternMatchSequence,
        subject: Reg,
        star: usize,
        ctx: &mut Context,
    ) -> Result<()> {
        let n = s.patterns.len();
        for (i, p) in s.patterns.iter().enumerate() {
            let wild = matches!(p, Pattern::MatchAs(a) if a.pattern.is_none() && a.name.is_none());
            if i == star || wild {
                continue;
            }
            let at = p.range();
            let item = self.u.alloc();
            if i < star {
                let word = self.u.words.constant(Const::Int(i as i64));
                self.emit(at, Op::GetItemK, item, subject, word);
            } else {
                self.emit(at, Op::GetLen, item, subject, 0);
                let word = self.u.words.constant(Const::Int((n - i) as i64));
                self.emit(at, Op::SubK, item, item, word);
                self.emit(at, Op::GetItem, item, subject, item);
            }
            self.pattern(p, item, ctx)?;
        }
        Ok(())
    }

    fn mapping_pattern(&mut self, m: &'a PatternMatchMapping, subject: Reg, ctx: &mut Context) -> Result<()> {
        let at = m.range;
        let n = m.keys.len();
        self.require(at, Op::MatchMapping, subject, ctx);
        if n > 0 {
            self.require_length(at, Op::JNotGeK, subject, n, ctx);
        }
        let keys = self.u.alloc();
        if n > 0 {
            let mark = self.u.mark();
            let first = self.u.alloc_n(0);
            let mut seen: Vec<Const> = Vec::new();
            for key in &m.keys {
                if let Some(value) = self.constant(key) {
                    if seen.iter().any(|s| super::fold::same_key(s, &value)) {
                        let shown = crate::unparse::constant(&value);
                        return self.error(format!("mapping pattern checks duplicate key ({shown})"), at);
                    }
                    seen.push(value);
                }
                self.temp(key)?;
            }
            self.emit(at, Op::BuildTuple, keys, first, n as u16);
            self.u.release(mark);
            let values = self.u.alloc();
            self.emit(at, Op::MatchKeys, values, subject, keys);
            self.jump(at, Op::JumpIfNone, values, 0, ctx.fail);
            let first = self.u.alloc_n(n);
            self.emit(at, Op::UnpackSeq, first, values, n as u16);
            self.subpatterns(&m.patterns, first, ctx)?;
        }
        if let Some(name) = &m.rest {
            let rest = self.u.alloc();
            self.emit(at, Op::BuildMap, rest, rest, 0);
            self.emit(at, Op::DictUpdate, rest, subject, 0);
            if n > 0 {
                let mark = self.u.mark();
                let first = self.u.alloc_n(n);
                self.emit(at, Op::UnpackSeq, first, keys, n as u16);
                for i in 0..n as u16 {
                    self.emit(at, Op::DelItem, rest, first + i, 0);
                }
                self.u.release(mark);
            }
            self.capture(ctx, name, rest, name.range)?;
        }
        Ok(())
    }

    fn class_pattern(&mut self, c: &'a PatternMatchClass, subject: Reg, ctx: &mut Context) -> Result<()> {
        let at = c.range;
        let (positional, keywords) = (&c.arguments.patterns, &c.arguments.keywords);
        for (i, k) in keywords.iter().enumerate() {
            if k.attr.as_str() == "__debug__" {
                return self.error("cannot assign to __debug__", k.pattern.range());
            }
            if keywords[..i].iter().any(|other| other.attr.id == k.attr.id) {
                return self.error(
                    format!("attribute name repeated in class pattern: {}", k.attr),
                    k.pattern.range(),
                );
            }
        }
        let operands = self.u.alloc_n(3);
        self.move_to(at, operands, subject);
        self.into(&c.cls, operands + 1)?;
        let names: Vec<Const> = keywords.iter().map(|k| Const::Str(k.attr.as_bytes().into())).collect();
        self.load_const(at, operands + 2, Const::Tuple(names.into()));
        let n = positional.len() + keywords.len();
        let values = self.u.alloc();
        self.emit(at, Op::MatchClass, values, operands, positional.len() as u16);
        self.jump(at, Op::JumpIfNone, values, 0, ctx.fail);
        if n == 0 {
            return Ok(());
        }
        let first = self.u.alloc_n(n);
        self.emit(at, Op::UnpackSeq, first, values, n as u16);
        let all = positional.iter().chain(keywords.iter().map(|k| &k.pattern));
        for (i, p) in all.enumerate() {
            self.pattern(p, first + i as u16, ctx)?;
        }
        Ok(())
    }

    /// Alternatives bind the same names; whichever matches moves its captures to common registers.
    fn or_pattern(&mut self, o: &'a PatternMatchOr, subject: Reg, ctx: &mut Context) -> Result<()> {
        let matched = self.label();
        let last = o.patterns.len() - 1;
        let mut common: Option<Vec<Capture>> = None;
        let mut names = Vec::new();
        pattern_names(&o.patterns[0], &mut names);
        let slots = self.u.alloc_n(names.len());
        for (i, p) in o.patterns.iter().enumerate() {
            if i != last {
                self.check_refutable(p)?;
            }
            let m = self.u.mark();
            let next = self.label();
            let mut inner = Context { captures: Vec::new(), fail: if i == last { ctx.fail } else { next } };
            self.pattern(p, subject, &mut inner)?;
            match &common {
                None => {
                    for (slot, capture) in inner.captures.iter_mut().enumerate() {
                        self.move_to(capture.2, slots + slot as u16, capture.1);
                        capture.1 = slots + slot as u16;
                    }
                    common = Some(inner.captures);
                }
                Some(common) => {
                    if common.len() != inner.captures.len() {
                        return self.error("alternative patterns bind different names", o.range);
                    }
                    for capture in &inner.captures {
                        let Some(slot) = common.iter().find(|c| c.0 == capture.0) else {
                            return self.error("alternative patterns bind different names", o.range);
                        };
                        self.move_to(capture.2, slot.1, capture.1);
                    }
                }
            }
            if i != last {
                self.goto(p.range(), matched);
            }
            self.bind(next);
            self.u.release(m);
        }
        self.bind(matched);
        for (id, reg, at) in common.unwrap_or_default() {
            let name = self.table.names.get(id).to_string();
            if ctx.captures.iter().any(|c| c.0 == id) {
                return self.error(format!("multiple assignments to name '{name}' in pattern"), at);
            }
            ctx.captures.push((id, reg, at));
        }
        Ok(())
    }
}

/// Literals, attributes, and the sums that spell complex numbers.
fn is_value_pattern(source: &Source<'_>, e: &Expr) -> bool {
    // A tree that did not come from text has the values of its numbers beside it.
    let is_number = |e: &Expr| match e {
        Expr::NumberLiteral(_) => true,
        Expr::EllipsisLiteral(l) => source.constant_at(l.range).is_some(),
        _ => false,
    };
    match e {
        Expr::StringLiteral(_) | Expr::BytesLiteral(_) | Expr::Attribute(_) => true,
        Expr::UnaryOp(u) => u.op == UnaryOp::USub && is_number(&u.operand),
        Expr::BinOp(b) => {
            matches!(b.op, Operator::Add | Operator::Sub)
                && is_value_pattern(source, &b.left)
                && is_value_pattern(source, &b.right)
        }
        e => is_number(e),
    }
}

/// The names a pattern binds, in the order in which its captures are collected.
fn pattern_names<'p>(p: &'p Pattern, out: &mut Vec<&'p str>) {
    match p {
        Pattern::MatchSequence(s) => s.patterns.iter().for_each(|p| pattern_names(p, out)),
        Pattern::MatchMapping(m) => {
            m.patterns.iter().for_each(|p| pattern_names(p, out));
            out.extend(m.rest.iter().map(|n| n.as_str()));
        }
        Pattern::MatchClass(c) => {
            c.arguments.patterns.iter().for_each(|p| pattern_names(p, out));
            c.arguments.keywords.iter().for_each(|k| pattern_names(&k.pattern, out));
        }
        Pattern::MatchStar(s) => out.extend(s.name.iter().map(|n| n.as_str())),
        Pattern::MatchAs(a) => {
            a.pattern.iter().for_each(|p| pattern_names(p, out));
            out.extend(a.name.iter().map(|n| n.as_str()));
        }
        Pattern::MatchOr(o) => pattern_names(&o.patterns[0], out),
        Pattern::MatchValue(_) | Pattern::MatchSingleton(_) => {}
    }
}
