//! Assignment targets: stores, unpacking, augmented and annotated assignment, deletion.

use super::Compiler;
use super::code::Reg;
use super::names::Place;
use crate::error::Result;
use adder_bytecode::Op;
use ruff_python_ast::{Expr, StmtAnnAssign, StmtAssign, StmtAugAssign};
use ruff_text_size::{Ranged, TextRange};

impl<'a> Compiler<'a, '_> {
    pub fn assign(&mut self, a: &'a StmtAssign) -> Result<()> {
        let m = self.u.mark();
        if let [target] = &a.targets[..] {
            self.assign_one(target, &a.value)?;
        } else {
            let all_names = a.targets.iter().all(|t| matches!(t, Expr::Name(_)));
            let local = if all_names { self.local_target(&a.targets[0]) } else { None };
            match local {
                Some(reg) => {
                    self.into(&a.value, reg)?;
                    for target in &a.targets[1..] {
                        self.store(target, reg)?;
                    }
                }
                None => {
                    let r = self.operand(&a.value)?;
                    // A target may rebind the local that is the value.
                    let r = if self.u.is_temp(r) { r } else { self.copy(a.value.range(), r) };
                    for target in &a.targets {
                        self.store(target, r)?;
                    }
                }
            }
        }
        self.u.release(m);
        Ok(())
    }

    fn copy(&mut self, at: TextRange, r: Reg) -> Reg {
        let copy = self.u.alloc();
        self.move_to(at, copy, r);
        copy
    }

    /// `target = value`.
    pub fn assign_one(&mut self, target: &'a Expr, value: &'a Expr) -> Result<()> {
        match target {
            Expr::Name(n) => {
                let id = self.name_id(&n.id);
                self.assign_name(n.range, id, value)
            }
            Expr::Tuple(_) | Expr::List(_) if self.swap(target, value)? => Ok(()),
            _ => {
                let m = self.u.mark();
                let r = self.operand(value)?;
                self.store(target, r)?;
                self.u.release(m);
                Ok(())
            }
        }
    }

    /// `a, b = x, y` without building the tuple, when both sides are displays of the same length without stars.
    fn swap(&mut self, target: &'a Expr, value: &'a Expr) -> Result<bool> {
        let (Some(targets), Expr::Tuple(values)) = (elements(target), value) else { return Ok(false) };
        let star = |e: &Expr| matches!(e, Expr::Starred(_));
        if targets.len() != values.elts.len() || targets.is_empty() || targets.len() > 16 {
            return Ok(false);
        }
        if targets.iter().any(star) || values.elts.iter().any(star) {
            return Ok(false);
        }
        let mut sources = Vec::with_capacity(targets.len());
        for (i, value) in values.elts.iter().enumerate() {
            let later: Vec<&Expr> = values.elts[i + 1..].iter().collect();
            let mut r = self.operand_before(value, &later)?;
            // A store that comes before this one's may write the local that is this value.
            if !self.u.is_temp(r) && targets[..i].iter().any(|t| self.may_write(t, r)) {
                r = self.copy(value.range(), r);
            }
            sources.push(r);
        }
        for (target, r) in targets.iter().zip(sources) {
            self.store(target, r)?;
        }
        Ok(true)
    }

    /// Whether storing to `target` may write local `r`.
    fn may_write(&mut self, target: &Expr, r: Reg) -> bool {
        match target {
            Expr::Name(_) => self.local_target(target) == Some(r),
            Expr::Attribute(_) | Expr::Subscript(_) => self.table.scope(self.u.scope).has_walrus,
            _ => true,
        }
    }

    /// Stores register `src` in `target`.
    pub fn store(&mut self, target: &'a Expr, src: Reg) -> Result<()> {
        self.nest()?;
        let m = self.u.mark();
        match target {
            Expr::Name(n) => self.store_name(n.range, &n.id, src),
            Expr::Attribute(a) => {
                self.check_forbidden_attribute(&a.attr, a.range)?;
                let object = self.operand(&a.value)?;
                let id = self.table.names.mangled(self.u.private, &a.attr);
                let word = self.cached_name_word(Op::StoreAttr, id);
                let at = self.attribute_range(a);
                self.emit(at, Op::StoreAttr, object, src, word);
            }
            Expr::Subscript(s) => {
                let object = self.operand_before(&s.value, &[&s.slice])?;
                let index = self.index(&s.slice)?;
                self.emit(s.range, Op::SetItem, object, index, src);
            }
            Expr::Tuple(t) => self.unpack(&t.elts, t.range, src)?,
            Expr::List(l) => self.unpack(&l.elts, l.range, src)?,
            Expr::Starred(s) => {
                return self.error("starred assignment target must be in a list or tuple", s.range);
            }
            _ => return self.error("cannot assign to expression", target.range()),
        }
        self.u.release(m);
        self.depth -= 1;
        Ok(())
    }

    pub fn check_forbidden_attribute(&self, name: &str, at: TextRange) -> Result<()> {
        if name == "__debug__" {
            return self.error("cannot assign to __debug__", at);
        }
        Ok(())
    }

    fn unpack(&mut self, targets: &'a [Expr], at: TextRange, src: Reg) -> Result<()> {
        let n = targets.len();
        let mut stars = targets.iter().enumerate().filter(|(_, t)| matches!(t, Expr::Starred(_)));
        let first;
        match stars.next() {
            None => {
                if let Some(locals) = self.consecutive_locals(targets, src) {
                    self.emit(at, Op::UnpackSeq, locals, src, n as u16);
                    return Ok(());
                }
                first = self.u.alloc_n(n);
                self.emit(at, Op::UnpackSeq, first, src, n as u16);
            }
            Some((before, _)) => {
                if stars.next().is_some() {
                    return self.error("multiple starred expressions in assignment", at);
                }
                let after = n - before - 1;
                if before > 0xff || after > 0xff {
                    return self.error("too many expressions in star-unpacking assignment", at);
                }
                first = self.u.alloc_n(n);
                self.emit(at, Op::UnpackEx, first, src, (before | after << 8) as u16);
            }
        }
        for (i, target) in targets.iter().enumerate() {
            let target = match target {
                Expr::Starred(s) => &s.value,
                other => other,
            };
            self.store(target, first + i as u16)?;
        }
        Ok(())
    }

    /// The first of consecutive local registers that are the targets in order: unpacking can fill them directly.
    fn consecutive_locals(&mut self, targets: &'a [Expr], src: Reg) -> Option<Reg> {
        let first = self.local_target(targets.first()?)?;
        for (i, target) in targets.iter().enumerate() {
            let reg = self.local_target(target)?;
            if reg != first + i as u16 || reg == src {
                return None;
            }
        }
        Some(first)
    }

    pub fn aug_assign(&mut self, a: &'a StmtAugAssign) -> Result<()> {
        let m = self.u.mark();
        let at = a.range;
        match &*a.target {
            Expr::Name(n) => {
                let id = self.name_id(&n.id);
                match self.place_of(id) {
                    Place::Register { reg, checked } => {
                        if checked {
                            self.emit(n.range, Op::CheckLocal, reg, 0, 0);
                        }
                        let left =
                            if self.rebinds_local(reg, &a.value) { self.copy(n.range, reg) } else { reg };
                        self.in_place(at, a.op, reg, left, &a.value)?;
                    }
                    _ => {
                        let r = self.u.alloc();
                        self.load_id(n.range, id, r);
                        self.in_place(at, a.op, r, r, &a.value)?;
                        self.store_id(n.range, id, r);
                    }
                }
            }
            Expr::Attribute(attr) => {
                self.check_forbidden_attribute(&attr.attr, attr.range)?;
                let object = self.operand_before(&attr.value, &[&a.value])?;
                let id = self.table.names.mangled(self.u.private, &attr.attr);
                let r = self.u.alloc();
                let word = self.cached_name_word(Op::LoadAttr, id);
                let attr_at = self.attribute_range(attr);
                self.emit(attr_at, Op::LoadAttr, r, object, word);
                self.in_place(at, a.op, r, r, &a.value)?;
                let word = self.cached_name_word(Op::StoreAttr, id);
                self.emit(attr_at, Op::StoreAttr, object, r, word);
            }
            Expr::Subscript(s) => {
                let object = self.operand_before(&s.value, &[&s.slice, &a.value])?;
                let index = self.operand_before(&s.slice, &[&a.value])?;
                let r = self.u.alloc();
                self.emit(s.range, Op::GetItem, r, object, index);
                self.in_place(at, a.op, r, r, &a.value)?;
                self.emit(s.range, Op::SetItem, object, index, r);
            }
            target => return self.error("illegal expression for augmented assignment", target.range()),
        }
        self.u.release(m);
        Ok(())
    }

    fn rebinds_local(&mut self, reg: Reg, value: &'a Expr) -> bool {
        self.rebinds(reg, &[value])
    }

    pub fn ann_assign(&mut self, a: &'a StmtAnnAssign) -> Result<()> {
        if let Some(value) = &a.value {
            self.assign_one(&a.target, value)?;
        }
        match &*a.target {
            Expr::Name(_) if a.simple => self.variable_annotated(a),
            Expr::Name(_) => self.check_annotation(a),
            Expr::Attribute(attr) => {
                self.check_forbidden_attribute(&attr.attr, attr.range)?;
                self.check_annotation(a)?;
                if a.value.is_none() { self.effect(&attr.value) } else { Ok(()) }
            }
            Expr::Subscript(s) if a.value.is_none() => {
                self.effect(&s.value)?;
                self.annotated_index(&s.slice)
            }
            _ => Ok(()),
        }
    }

    /// Evaluates the parts of a subscript whose item is annotated but not assigned.
    fn annotated_index(&mut self, slice: &'a Expr) -> Result<()> {
        match slice {
            Expr::Slice(s) => {
                [&s.lower, &s.upper, &s.step].into_iter().flatten().try_for_each(|e| self.effect(e))
            }
            Expr::Tuple(t) => t.elts.iter().try_for_each(|e| self.annotated_index(e)),
            e => self.effect(e),
        }
    }

    pub fn delete(&mut self, target: &'a Expr) -> Result<()> {
        let m = self.u.mark();
        match target {
            Expr::Name(n) => {
                let id = self.name_id(&n.id);
                self.delete_id(n.range, id);
            }
            Expr::Attribute(a) => {
                if a.attr.as_str() == "__debug__" {
                    return self.error("cannot delete __debug__", a.range);
                }
                let object = self.operand(&a.value)?;
                let id = self.table.names.mangled(self.u.private, &a.attr);
                let word = self.name_word(id);
                let at = self.attribute_range(a);
                self.emit(at, Op::DeleteAttr, object, 0, word);
            }
            Expr::Subscript(s) => {
                let object = self.operand_before(&s.value, &[&s.slice])?;
                let index = self.index(&s.slice)?;
                self.emit(s.range, Op::DelItem, object, index, 0);
            }
            Expr::Tuple(t) => t.elts.iter().try_for_each(|e| self.delete(e))?,
            Expr::List(l) => l.elts.iter().try_for_each(|e| self.delete(e))?,
            _ => return self.error("cannot delete expression", target.range()),
        }
        self.u.release(m);
        Ok(())
    }
}

/// The elements of a tuple or list target.
fn elements(target: &Expr) -> Option<&[Expr]> {
    match target {
        Expr::Tuple(t) => Some(&t.elts),
        Expr::List(l) => Some(&l.elts),
        _ => None,
    }
}
