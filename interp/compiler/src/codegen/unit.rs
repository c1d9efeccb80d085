//! The state of one code unit under construction: registers, temporaries, enclosing statements.

use super::code::{Code, Label, Reg, Words};
use crate::names::{IdMap, NameId};
use crate::symtable::{Scope, ScopeId, ScopeKind, SymbolTable, VarScope, def};
use adder_bytecode::{CodeFlags, LocalKind};
use ruff_python_ast::Stmt;
use ruff_text_size::TextRange;

/// A statement that `return`, `break` and `continue` have to leave in order.
#[derive(Clone, Copy)]
pub enum Block<'a> {
    Loop {
        break_to: Label,
        continue_to: Label,
    },
    /// A region that needs no action on the way out, only the end of its protection.
    Protected(Protection),
    /// `finally`: its body runs on the way out.
    Finally {
        protection: Protection,
        body: &'a [Stmt],
    },
    /// Body of an `except` or `finally` handler: the handled exception is restored from `saved`.
    Handler {
        protection: Protection,
        saved: Reg,
    },
    /// Body of an `except ... as name`, inside its `Handler`: the name is deleted.
    HandlerName {
        protection: Protection,
        name: NameId,
    },
    /// Body of a `with`: `exit` is called with three Nones.
    With {
        protection: Protection,
        exit: Reg,
        is_async: bool,
        at: TextRange,
    },
    /// `except*` handlers, out of which control flow is forbidden.
    ExceptStar,
    /// Marks a `finally` body, for the warnings of PEP 765.
    FinallyBody,
}

/// An open protected region: where exceptions go while it is open.
#[derive(Clone, Copy)]
pub struct Protection {
    pub start: u32,
    pub target: Label,
    pub exc: Reg,
    pub depth: u32,
}

/// One code unit under construction.
pub struct Unit<'a> {
    pub scope: ScopeId,
    pub name: Box<str>,
    pub qualname: Box<str>,
    pub flags: CodeFlags,
    pub argcount: u16,
    pub posonlyargcount: u16,
    pub kwonlyargcount: u16,
    pub nparams: u16,
    pub firstlineno: u32,
    /// Class whose private names are mangled.
    pub private: Option<&'a str>,
    pub code: Code,
    pub words: Words,
    pub locals: Vec<adder_bytecode::Text>,
    pub local_kinds: Vec<LocalKind>,
    /// Registers of locals and cells.
    pub slots: IdMap<NameId, Reg>,
    pub free: IdMap<NameId, Reg>,
    /// Registers of the variables of inlined comprehensions.
    pub hidden: IdMap<(ScopeId, NameId), Reg>,
    /// Inlined comprehensions being generated, outermost first.
    pub comps: Vec<ScopeId>,
    /// Registers of [`Self::hidden`] that the code so far may bind.
    pub bound_hidden: Vec<Reg>,
    /// Where the open stretch of an inlined generator expression began.
    pub stretch: Option<u32>,
    pub blocks: Vec<Block<'a>>,
    /// Depth of open protected regions.
    pub protect_depth: u32,
    pub first_temp: u32,
    next_temp: u32,
    /// One above the highest register used.
    pub max_temp: u32,
    pub interactive: bool,
    /// Set while the function is asynchronous (or an `await` at top level is allowed).
    pub is_async: bool,
}

/// The register of the namespace in units that are not OPTIMIZED.
pub const NAMESPACE: Reg = 0;

impl<'a> Unit<'a> {
    pub fn new(table: &SymbolTable<'_>, id: ScopeId, private: Option<&'a str>) -> Self {
        let scope = table.scope(id);
        let mut flags = 0;
        if scope.is_function_like() {
            flags |= CodeFlags::OPTIMIZED | CodeFlags::NEWLOCALS;
            if scope.nested {
                flags |= CodeFlags::NESTED;
            }
            if scope.method {
                flags |= CodeFlags::METHOD;
            }
        }
        let mut unit = Unit {
            scope: id,
            name: table.names.get(scope.name).into(),
            qualname: table.names.get(scope.name).into(),
            flags: CodeFlags(flags),
            argcount: 0,
            posonlyargcount: 0,
            kwonlyargcount: 0,
            nparams: 0,
            firstlineno: 1,
            private,
            code: Code::default(),
            words: Words::new(),
            locals: Vec::new(),
            local_kinds: Vec::new(),
            slots: IdMap::default(),
            free: IdMap::default(),
            hidden: IdMap::default(),
            comps: Vec::new(),
            bound_hidden: Vec::new(),
            stretch: None,
            blocks: Vec::new(),
            protect_depth: 0,
            first_temp: 0,
            next_temp: 0,
            max_temp: 0,
            interactive: false,
            is_async: false,
        };
        unit.lay_out_registers(table, scope, id);
        unit
    }

    /// Parameters, other locals, hidden variables, cells that are not parameters, free variables; then temporaries.
    fn lay_out_registers(&mut self, table: &SymbolTable<'_>, scope: &Scope<'_>, id: ScopeId) {
        let add = |unit: &mut Self, name: NameId, kind: LocalKind| {
            let shown = match table.names.get(name) {
                ".format" if scope.kind == ScopeKind::Annotation => "format",
                other => other,
            };
            unit.add_local(shown, kind)
        };
        if scope.is_function_like() {
            for &name in &scope.params {
                let is_cell = scope.symbol(name).is_some_and(|s| s.scope == VarScope::Cell);
                let r = add(self, name, if is_cell { LocalKind::Cell } else { LocalKind::Fast });
                self.slots.insert(name, r);
            }
            self.nparams = scope.params.len() as u16;
            for &(name, symbol) in &scope.symbols {
                if symbol.scope == VarScope::Local && symbol.flags & def::PARAM == 0 {
                    let r = add(self, name, LocalKind::Fast);
                    self.slots.insert(name, r);
                }
            }
        } else {
            self.add_local(".namespace", LocalKind::Hidden);
        }
        self.hidden_registers(table, id, &mut Vec::new(), &mut Vec::new());
        let mut cells: Vec<NameId> =
            scope.cells.iter().copied().filter(|n| !self.slots.contains_key(n)).collect();
        if scope.kind == ScopeKind::Class {
            let wanted = [
                (scope.needs_class_closure, "__class__"),
                (scope.needs_classdict, "__classdict__"),
                (scope.conditional_annotations, "__conditional_annotations__"),
            ];
            cells.extend(wanted.iter().filter(|w| w.0).filter_map(|w| table.names.find(w.1)));
        }
        for name in cells {
            let r = add(self, name, LocalKind::Cell);
            self.slots.insert(name, r);
        }
        for &name in &scope.free {
            let r = add(self, name, LocalKind::Free);
            self.free.insert(name, r);
        }
        self.first_temp = self.locals.len() as u32;
        self.next_temp = self.first_temp;
        self.max_temp = self.first_temp;
    }

    fn add_local(&mut self, name: &str, kind: LocalKind) -> Reg {
        self.locals.push(name.into());
        self.local_kinds.push(kind);
        (self.locals.len() - 1) as Reg
    }

    /// Gives the variables of inlined comprehensions registers. Comprehensions that are not nested in each other
    /// share registers by name.
    fn hidden_registers(
        &mut self,
        table: &SymbolTable<'_>,
        parent: ScopeId,
        pool: &mut Vec<(NameId, bool, Reg)>,
        in_use: &mut Vec<Reg>,
    ) {
        for &child in &table.scope(parent).children {
            let scope = table.scope(child);
            if !scope.inlined && !scope.consumed {
                continue;
            }
            let depth = in_use.len();
            for &(name, symbol) in &scope.symbols {
                let is_cell = symbol.scope == VarScope::Cell;
                let iterator = symbol.flags & def::PARAM != 0;
                if iterator || !matches!(symbol.scope, VarScope::Local | VarScope::Cell) {
                    continue;
                }
                let free = pool.iter().find(|(n, c, r)| *n == name && *c == is_cell && !in_use.contains(r));
                let r = match free {
                    Some(&(_, _, r)) => r,
                    None => {
                        let r = self.add_local(table.names.get(name), LocalKind::Hidden);
                        pool.push((name, is_cell, r));
                        r
                    }
                };
                in_use.push(r);
                self.hidden.insert((child, name), r);
            }
            self.hidden_registers(table, child, pool, in_use);
            in_use.truncate(depth);
        }
    }

    // ---- temporaries

    /// The height of the temporary stack.
    pub fn mark(&self) -> u32 {
        self.next_temp
    }

    pub fn release(&mut self, mark: u32) {
        debug_assert!(mark <= self.next_temp);
        self.next_temp = mark;
    }

    pub fn alloc(&mut self) -> Reg {
        self.alloc_n(1)
    }

    /// `n` consecutive registers; the first is returned.
    pub fn alloc_n(&mut self, n: usize) -> Reg {
        let first = self.next_temp;
        self.next_temp += n as u32;
        self.max_temp = self.max_temp.max(self.next_temp);
        first.min(u32::from(u16::MAX)) as Reg
    }

    /// Whether `r` is the newest temporary.
    pub fn is_top(&self, r: Reg) -> bool {
        self.is_temp(r) && u32::from(r) + 1 == self.next_temp
    }

    pub fn is_temp(&self, r: Reg) -> bool {
        u32::from(r) >= self.first_temp
    }
}
