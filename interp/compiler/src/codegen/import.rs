//! Imports.

use super::Compiler;
use crate::error::Result;
use adder_bytecode::{Const, Op};
use ruff_python_ast::{StmtImport, StmtImportFrom};

impl<'a> Compiler<'a, '_> {
    pub fn import(&mut self, i: &'a StmtImport) -> Result<()> {
        let at = i.range;
        for alias in &i.names {
            let m = self.u.mark();
            let module = self.u.alloc();
            let operands = self.constant_temp(at, Const::Int(0));
            self.constant_temp(at, Const::None);
            let id = self.table.names.intern(&alias.name);
            let word = self.name_word(id);
            self.emit(at, Op::ImportName, module, operands, word);
            let (top, rest) = alias.name.split_once('.').map_or((alias.name.as_str(), ""), |p| p);
            match &alias.asname {
                None => self.store_name(alias.range, top, module),
                Some(name) => {
                    // `import a.b.c as d` walks down from `a`.
                    for part in rest.split('.').filter(|p| !p.is_empty()) {
                        let id = self.table.names.intern(part);
                        let word = self.name_word(id);
                        self.emit(at, Op::ImportFrom, module, module, word);
                    }
                    self.store_name(alias.range, name, module);
                }
            }
            self.u.release(m);
        }
        Ok(())
    }

    pub fn import_from(&mut self, i: &'a StmtImportFrom) -> Result<()> {
        let at = i.range;
        let module = self.u.alloc();
        let operands = self.constant_temp(at, Const::Int(i64::from(i.level)));
        let names: Vec<Const> = i.names.iter().map(|a| Const::Str(a.name.as_bytes().into())).collect();
        self.constant_temp(at, Const::Tuple(names.into()));
        let name = i.module.as_ref().map_or("", |m| m.as_str());
        let id = self.table.names.intern(name);
        let word = self.name_word(id);
        self.emit(at, Op::ImportName, module, operands, word);
        for alias in &i.names {
            if alias.name.as_str() == "*" {
                self.emit(at, Op::ImportStar, module, 0, 0);
                return Ok(());
            }
            let m = self.u.mark();
            let stored = alias.asname.as_ref().unwrap_or(&alias.name);
            let id = self.name_id(stored);
            let value = match self.place_of(id) {
                super::names::Place::Register { reg, .. } => reg,
                _ => self.u.alloc(),
            };
            let attribute = self.table.names.intern(&alias.name);
            let word = self.name_word(attribute);
            self.emit(alias.range, Op::ImportFrom, value, module, word);
            self.store_id(alias.range, id, value);
            self.u.release(m);
        }
        Ok(())
    }
}
