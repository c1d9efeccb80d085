//! The symbol table: which scope every name of a program belongs to.
//!
//! [`visit`] walks the tree once and records definitions and uses per scope; [`analyze`] then resolves each name to
//! local, cell, free or global, from the module inwards. Code generation finds a scope again by the address of the
//! node that opened it (a `finally` body is generated more than once, so an order would not do).
//!
//! List, set and dict comprehensions are *inlined* (PEP 709) unless they sit in an annotation scope that sees a class:
//! they keep a scope here, but no function; their names become hidden registers of the enclosing code unit. A generator
//! expression that a builtin consumes on the spot has both: a function, and registers in the unit around it.

mod analyze;
mod annotation;
mod comprehension;
mod visit;

use crate::error::Result;
use crate::names::{IdMap, NameId, Names};
use ruff_python_ast::{Mod, StmtAnnAssign};
use ruff_text_size::TextRange;

/// Index of a scope in [`SymbolTable::scopes`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ScopeId(pub u32);

/// What opened a scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScopeKind {
    Module,
    Class,
    Function,
    /// Annotations of a function, class or module (PEP 649).
    Annotation,
    /// Value of a `type` statement.
    TypeAlias,
    /// Type parameter list of a generic class, function or alias.
    TypeParams,
    /// Bound, constraints or default of a type parameter.
    TypeVariable,
}

/// Which of the scopes that one node opens.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Role {
    Body,
    Annotations,
    TypeParams,
    Bound,
    Default,
}

/// What kind of comprehension a scope is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CompKind {
    List,
    Set,
    Dict,
    Generator,
}

/// How a name of a scope is reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VarScope {
    Unresolved,
    Local,
    GlobalExplicit,
    GlobalImplicit,
    Free,
    Cell,
}

/// What a scope does with a name.
#[derive(Clone, Copy, Debug)]
pub struct Symbol {
    pub flags: u16,
    pub scope: VarScope,
}

/// Bits of [`Symbol::flags`].
#[rustfmt::skip]
pub mod def {
    pub const GLOBAL: u16 = 1 << 0;
    pub const LOCAL: u16 = 1 << 1;
    pub const PARAM: u16 = 1 << 2;
    pub const NONLOCAL: u16 = 1 << 3;
    pub const USE: u16 = 1 << 4;
    pub const IMPORT: u16 = 1 << 5;
    pub const ANNOT: u16 = 1 << 6;
    pub const TYPE_PARAM: u16 = 1 << 7;
    pub const COMP_ITER: u16 = 1 << 8;
    /// A class passes the name on from an enclosing function to an inner one, besides its own use of it.
    pub const FREE_CLASS: u16 = 1 << 9;
    /// Some statement unbinds the name.
    pub const DELETED: u16 = 1 << 10;
    pub const BOUND: u16 = LOCAL | PARAM | IMPORT | TYPE_PARAM;
}

/// One scope.
pub struct Scope<'a> {
    pub kind: ScopeKind,
    pub name: NameId,
    pub range: TextRange,
    pub parent: Option<ScopeId>,
    pub children: Vec<ScopeId>,
    pub symbols: Vec<(NameId, Symbol)>,
    index: IdMap<NameId, u32>,
    /// Parameters in register order.
    pub params: Vec<NameId>,
    /// Closure variables in the order of the closure tuple.
    pub free: Vec<NameId>,
    /// Variables that live in cells, sorted.
    pub cells: Vec<NameId>,
    pub comprehension: Option<CompKind>,
    /// The comprehension is compiled into the enclosing code unit.
    pub inlined: bool,
    /// The generator expression is compiled into the enclosing code unit as well as into its own: see `codegen::consumers`.
    pub consumed: bool,
    pub nested: bool,
    pub generator: bool,
    pub coroutine: bool,
    /// The function returns a value somewhere (an error in async generators); where.
    pub returns_value: Option<TextRange>,
    /// A class whose `__class__` cell is captured.
    pub needs_class_closure: bool,
    /// A class whose namespace annotation scopes look into.
    pub needs_classdict: bool,
    /// An annotation or type scope directly inside a class.
    pub can_see_class_scope: bool,
    /// Annotations in conditional blocks: `__conditional_annotations__` is needed.
    pub conditional_annotations: bool,
    /// Some name is the target of a `:=` that runs in this scope's frame.
    pub has_walrus: bool,
    pub method: bool,
    /// Names assigned through `self` in methods of a class (`__static_attributes__`), sorted.
    pub static_attributes: Vec<NameId>,
    /// Variable annotations of a module or class, in order, with the number a conditional one has.
    pub annotations: Vec<(&'a StmtAnnAssign, Option<u32>)>,
    pub(crate) annotation_scope: Option<ScopeId>,
    pub(crate) unevaluated_annotation: bool,
    /// Private-name class that applies in a type parameter scope of a class.
    pub(crate) type_param_of_class: bool,
    /// What messages call a scope of a bound or default.
    pub(crate) type_place: &'static str,
    directives: Vec<(NameId, TextRange)>,
    /// Nesting inside the iterable of a comprehension, where `:=` is forbidden.
    comp_iter_expr: u32,
    comp_iter_target: bool,
    conditional_depth: u32,
}

impl<'a> Scope<'a> {
    /// The symbol of a (mangled) name.
    pub fn symbol(&self, name: NameId) -> Option<&Symbol> {
        self.index.get(&name).map(|&i| &self.symbols[i as usize].1)
    }

    fn symbol_mut(&mut self, name: NameId) -> Option<&mut Symbol> {
        self.index.get(&name).map(|&i| &mut self.symbols[i as usize].1)
    }

    fn entry(&mut self, name: NameId) -> &mut Symbol {
        let next = self.symbols.len() as u32;
        let i = *self.index.entry(name).or_insert(next);
        if i == next {
            self.symbols.push((name, Symbol { flags: 0, scope: VarScope::Unresolved }));
        }
        &mut self.symbols[i as usize].1
    }

    /// Scopes whose names are local by default.
    pub fn is_function_like(&self) -> bool {
        !matches!(self.kind, ScopeKind::Module | ScopeKind::Class)
    }
}

/// All scopes of a compilation. Scope 0 is the module (or expression).
pub struct SymbolTable<'a> {
    pub scopes: Vec<Scope<'a>>,
    by_node: IdMap<(usize, u8), ScopeId>,
    pub names: Names,
}

impl<'a> SymbolTable<'a> {
    /// The scope that the node at `address` opened in `role`.
    pub fn scope_of(&self, address: usize, role: Role) -> Option<ScopeId> {
        self.by_node.get(&(address, role as u8)).copied()
    }

    pub fn scope(&self, id: ScopeId) -> &Scope<'a> {
        &self.scopes[id.0 as usize]
    }

    pub(crate) fn scope_mut(&mut self, id: ScopeId) -> &mut Scope<'a> {
        &mut self.scopes[id.0 as usize]
    }
}

/// Address that identifies a node for the time of a compilation.
pub fn node_address<T>(node: &T) -> usize {
    std::ptr::from_ref(node) as usize
}

/// What the table needs to know about the compilation.
pub struct TableOptions {
    pub future_annotations: bool,
    pub top_level_await: bool,
    /// Deepest nesting of nodes to follow.
    pub depth_limit: u32,
}

pub(crate) use comprehension::consumer;
pub(crate) use visit::default_kinds;

/// Builds the table of a tree.
pub(crate) fn build<'a>(tree: &'a Mod, options: &TableOptions) -> Result<SymbolTable<'a>> {
    let mut table = visit::build(tree, options)?;
    analyze::analyze(&mut table)?;
    Ok(table)
}
