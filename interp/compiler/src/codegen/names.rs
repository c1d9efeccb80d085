//! Variables: where a name lives and the instructions that load, store and delete it.

use super::Compiler;
use super::code::Reg;
use super::unit::NAMESPACE;
use crate::error::Result;
use crate::names::NameId;
use crate::symtable::{ScopeKind, VarScope, def};
use adder_bytecode::Op;
use ruff_python_ast::{Expr, ExprName};
use ruff_text_size::TextRange;

/// Where a name lives, seen from the current point of the current unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// A plain local; `checked` when it may be unbound as far as names go.
    Register {
        reg: Reg,
        checked: bool,
    },
    Cell(Reg),
    Global,
    /// The namespace of a module or class body.
    Name,
    /// A class body's name that an enclosing function binds too.
    NameOrCell(Reg),
    /// In an annotation scope of a class: the class's namespace, then a cell.
    DictOrCell(Reg),
    /// In an annotation scope of a class: the class's namespace, then globals.
    DictOrGlobal,
}

impl<'a> Compiler<'a, '_> {
    /// The id of `name` where it stands.
    pub fn name_id(&mut self, name: &str) -> NameId {
        let scope = self.table.scope(self.u.scope);
        if scope.type_param_of_class {
            let id = self.table.names.mangled(self.u.private, name);
            let own = self.table.scope(self.u.scope).symbol(id).is_some();
            return if own { id } else { self.table.names.intern(name) };
        }
        self.table.names.mangled(self.u.private, name)
    }

    pub fn place(&mut self, name: &str) -> Place {
        let id = self.name_id(name);
        self.place_of(id)
    }

    pub fn place_of(&self, id: NameId) -> Place {
        let mut in_comp = false;
        for &comp in self.u.comps.iter().rev() {
            in_comp = true;
            match self.table.scope(comp).symbol(id).map(|s| s.scope) {
                Some(VarScope::Local) => {
                    return Place::Register { reg: self.u.hidden[&(comp, id)], checked: true };
                }
                Some(VarScope::Cell) => return Place::Cell(self.u.hidden[&(comp, id)]),
                Some(VarScope::GlobalExplicit) => return Place::Global,
                Some(VarScope::GlobalImplicit) => return self.implicit_global(true),
                _ => {}
            }
        }
        let scope = self.table.scope(self.u.scope);
        let is_class = scope.kind == ScopeKind::Class;
        let Some(symbol) = scope.symbol(id) else {
            return match (self.u.slots.get(&id), self.u.free.get(&id)) {
                (Some(&reg), _) | (_, Some(&reg)) => Place::Cell(reg),
                _ => self.implicit_global(in_comp),
            };
        };
        match symbol.scope {
            VarScope::Local if scope.is_function_like() => {
                let checked = symbol.flags & def::PARAM == 0 || symbol.flags & def::DELETED != 0;
                Place::Register { reg: self.u.slots[&id], checked }
            }
            VarScope::Local | VarScope::Unresolved => match self.u.free.get(&id) {
                Some(&reg) if in_comp => Place::Cell(reg),
                _ => Place::Name,
            },
            VarScope::Cell => Place::Cell(self.u.slots[&id]),
            VarScope::Free => {
                // A name of the class's own making (`__class__`) has a cell here.
                let reg = self.u.free.get(&id).or_else(|| self.u.slots.get(&id)).copied().unwrap_or(0);
                if is_class && !in_comp {
                    Place::NameOrCell(reg)
                } else if scope.can_see_class_scope && !in_comp {
                    Place::DictOrCell(reg)
                } else {
                    Place::Cell(reg)
                }
            }
            VarScope::GlobalExplicit => Place::Global,
            VarScope::GlobalImplicit => self.implicit_global(in_comp),
        }
    }

    fn implicit_global(&self, in_comp: bool) -> Place {
        let scope = self.table.scope(self.u.scope);
        match scope.kind {
            ScopeKind::Module => Place::Name,
            ScopeKind::Class if !in_comp => Place::Name,
            _ if scope.can_see_class_scope && !in_comp => Place::DictOrGlobal,
            _ => Place::Global,
        }
    }

    /// The register that holds the cell of `id`, to be captured by an inner function.
    pub fn cell_register(&self, id: NameId) -> Option<Reg> {
        for &comp in self.u.comps.iter().rev() {
            if self.table.scope(comp).symbol(id).is_some_and(|s| s.scope == VarScope::Cell) {
                return self.u.hidden.get(&(comp, id)).copied();
            }
        }
        let is_class = self.table.scope(self.u.scope).kind == ScopeKind::Class;
        if is_class && let Some(&free) = self.u.free.get(&id) {
            return Some(free);
        }
        self.u.slots.get(&id).or_else(|| self.u.free.get(&id)).copied()
    }

    /// The word of a name without caches.
    pub fn name_word(&mut self, id: NameId) -> u16 {
        self.u.words.name(id, self.table.names.get(id))
    }

    /// The word of a name followed by the three cache words of `op`.
    pub fn cached_name_word(&mut self, op: Op, id: NameId) -> u16 {
        self.u.words.cached_name(op, id, self.table.names.get(id), 3)
    }

    /// The register of a plain local, checked, or None when `name` is something else.
    pub fn local_operand(&mut self, name: &ExprName) -> Option<Reg> {
        match self.place(&name.id) {
            Place::Register { reg, checked } => {
                if checked {
                    self.emit(name.range, Op::CheckLocal, reg, 0, 0);
                }
                Some(reg)
            }
            _ => None,
        }
    }

    /// The register of a plain local target.
    pub fn local_target(&mut self, target: &Expr) -> Option<Reg> {
        match target {
            Expr::Name(n) if n.id != "__debug__" => match self.place(&n.id) {
                Place::Register { reg, .. } => Some(reg),
                _ => None,
            },
            _ => None,
        }
    }

    pub fn load_name(&mut self, at: TextRange, name: &str, dst: Reg) {
        let id = self.name_id(name);
        self.load_id(at, id, dst);
    }

    pub fn load_id(&mut self, at: TextRange, id: NameId, dst: Reg) {
        match self.place_of(id) {
            Place::Register { reg, checked } => {
                if checked {
                    self.emit(at, Op::CheckLocal, reg, 0, 0);
                }
                self.move_to(at, dst, reg);
            }
            Place::Cell(cell) => self.emit(at, Op::LoadCell, dst, cell, 0),
            Place::Global => {
                let word = self.cached_name_word(Op::LoadGlobal, id);
                self.emit(at, Op::LoadGlobal, dst, 0, word);
            }
            Place::Name => {
                let word = self.cached_name_word(Op::LoadName, id);
                self.emit(at, Op::LoadName, dst, 0, word);
            }
            Place::NameOrCell(cell) => {
                let word = self.name_word(id);
                self.emit(at, Op::LoadNameOrCell, dst, cell, word);
            }
            Place::DictOrCell(cell) => {
                self.load_classdict(at, dst);
                let word = self.name_word(id);
                self.emit(at, Op::LoadDictOrCell, dst, cell, word);
            }
            Place::DictOrGlobal => {
                self.load_classdict(at, dst);
                let word = self.name_word(id);
                self.emit(at, Op::LoadDictOrGlobal, dst, 0, word);
            }
        }
    }

    fn load_classdict(&mut self, at: TextRange, dst: Reg) {
        let id = self.table.names.intern("__classdict__");
        match self.u.free.get(&id).or_else(|| self.u.slots.get(&id)) {
            Some(&cell) => self.emit(at, Op::LoadCell, dst, cell, 0),
            None => self.emit(at, Op::Move, dst, NAMESPACE, 0),
        }
    }

    /// Stores register `src` in the variable `id`.
    pub fn store_id(&mut self, at: TextRange, id: NameId, src: Reg) {
        match self.place_of(id) {
            Place::Register { reg, .. } => self.move_to(at, reg, src),
            Place::Cell(cell) | Place::DictOrCell(cell) => self.emit(at, Op::StoreCell, cell, src, 0),
            Place::NameOrCell(cell) if self.declared_nonlocal(id) => {
                self.emit(at, Op::StoreCell, cell, src, 0);
            }
            Place::Global | Place::DictOrGlobal => {
                let word = self.name_word(id);
                self.emit(at, Op::StoreGlobal, src, 0, word);
            }
            Place::Name | Place::NameOrCell(_) => {
                let word = self.cached_name_word(Op::StoreName, id);
                self.emit(at, Op::StoreName, src, 0, word);
            }
        }
    }

    fn declared_nonlocal(&self, id: NameId) -> bool {
        self.table.scope(self.u.scope).symbol(id).is_some_and(|s| s.scope == VarScope::Free)
    }

    pub fn store_name(&mut self, at: TextRange, name: &str, src: Reg) {
        let id = self.name_id(name);
        self.store_id(at, id, src);
    }

    pub fn delete_id(&mut self, at: TextRange, id: NameId) {
        match self.place_of(id) {
            Place::Register { reg, .. } => self.emit(at, Op::DeleteLocal, reg, 0, 0),
            Place::Cell(cell) | Place::DictOrCell(cell) => self.emit(at, Op::DeleteCell, cell, 0, 0),
            Place::NameOrCell(cell) if self.declared_nonlocal(id) => {
                self.emit(at, Op::DeleteCell, cell, 0, 0)
            }
            Place::Global | Place::DictOrGlobal => {
                let word = self.name_word(id);
                self.emit(at, Op::DeleteGlobal, 0, 0, word);
            }
            Place::Name | Place::NameOrCell(_) => {
                let word = self.name_word(id);
                self.emit(at, Op::DeleteName, 0, 0, word);
            }
        }
    }

    /// Evaluates `value` into the variable `name`: in place when that is a local.
    pub fn assign_name(&mut self, at: TextRange, id: NameId, value: &'a Expr) -> Result<()> {
        if let Place::Register { reg, .. } = self.place_of(id) {
            return self.into(value, reg);
        }
        let m = self.u.mark();
        let r = self.operand(value)?;
        self.store_id(at, id, r);
        self.u.release(m);
        Ok(())
    }
}
