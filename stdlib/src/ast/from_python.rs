//! `ast` objects as the compiler's tree: nodes, positions, statements, parameters. Expressions and patterns are in
//! [`super::expr_from_python`].
//!
//! Fields are read and checked in one walk, with CPython's messages: what is missing or of a wrong type is a `TypeError`, what has
//! the right type but makes no sense is a `ValueError`. A node's range in the tree is the number of its row in the
//! table of positions, which the compiler reads instead of text.
//!
//! Invariant: the tree owns no object of the heap; what constants a node cannot hold goes, copied, into a table.

use super::nodes::{Classes, Node};
use adder_bytecode::{Const, Pos};
use adder_interp::object::list::List;
use adder_interp::object::str::Str;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use ruff_python_ast::name::Name;
use ruff_python_ast::{
    Alias, Arguments, AtomicNodeIndex, Decorator, ElifElseClause, ExceptHandler, ExceptHandlerExceptHandler,
    Expr, ExprContext, Identifier, Keyword, Mod, ModExpression, ModModule, Parameter, ParameterWithDefault,
    Parameters, Stmt, TypeParam, TypeParamParamSpec, TypeParamTypeVar, TypeParamTypeVarTuple, TypeParams,
    WithItem,
};
use ruff_text_size::{TextRange, TextSize};
use std::cell::RefCell;
use std::collections::HashMap;

/// Conversion of one tree.
pub struct FromPython<'a> {
    pub vm: &'a Vm,
    kinds: HashMap<u64, Node>,
    pub positions: RefCell<Vec<Pos>>,
    pub constants: RefCell<HashMap<u32, Const>>,
}

/// A node of the parser's crate has an index that only its own tools use.
pub fn index() -> AtomicNodeIndex {
    AtomicNodeIndex::NONE
}

impl<'a> FromPython<'a> {
    pub fn new(vm: &'a Vm) -> PyResult<FromPython<'a>> {
        let classes = Classes::get(vm)?;
        let kinds = Node::ALL.iter().map(|&node| (classes.class(node).value().bits(), node)).collect();
        Ok(FromPython { vm, kinds, positions: RefCell::default(), constants: RefCell::default() })
    }

    /// The whole tree, whose root must be what the mode asks for.
    pub fn root(&self, tree: Value, wanted: Node) -> PyResult<Mod> {
        if self.kind(tree) != Some(wanted) {
            let given = self.vm.type_of(tree).name();
            return Err(self.vm.type_error(format!("expected {} node, got {given}", wanted.row().1)));
        }
        let range = TextRange::default();
        if wanted == Node::Expression {
            let body = Box::new(self.required_expr(tree, wanted, "body")?);
            return Ok(Mod::Expression(ModExpression { node_index: index(), range, body }));
        }
        let body = self.stmts(tree, wanted, "body")?.into();
        Ok(Mod::Module(ModModule { node_index: index(), range, body }))
    }

    // ---- building blocks

    pub fn value_error(&self, message: impl Into<String>) -> Raised {
        self.vm.value_error(message.into())
    }

    /// Which class of the table an object is an instance of.
    pub fn kind(&self, v: Value) -> Option<Node> {
        self.vm.type_of(v).mro_iter().find_map(|class| self.kinds.get(&class.value().bits()).copied())
    }

    /// The kind of an object that must be in `group`.
    pub fn kind_in(&self, v: Value, group: &str) -> PyResult<Node> {
        match self.kind(v) {
            Some(node) if node.row().0.base == group => Ok(node),
            _ => {
                let text = self.vm.repr_text(v)?;
                Err(self.vm.type_error(format!("expected some sort of {group}, but got {text}")))
            }
        }
    }

    /// A field, `None` when it is absent or None.
    pub fn optional(&self, v: Value, name: &str) -> PyResult<Option<Value>> {
        match self.vm.getattr(v, self.vm.intern(name)) {
            Ok(found) => Ok(Some(found).filter(|f| !f.is_none())),
            Err(Raised) => self.vm.catch(self.vm.exceptions.attribute_error).map(|_| None),
        }
    }

    /// A field that must be there.
    pub fn required(&self, v: Value, node: Node, name: &str) -> PyResult {
        match self.vm.getattr(v, self.vm.intern(name)) {
            Ok(found) if found.is_none() => {
                Err(self.value_error(format!("field '{name}' is required for {}", node.row().1)))
            }
            Ok(found) => Ok(found),
            Err(Raised) => {
                self.vm.catch(self.vm.exceptions.attribute_error)?;
                Err(self.missing(name, node.row().1))
            }
        }
    }

    fn missing(&self, field: &str, owner: &str) -> Raised {
        self.vm.type_error(format!("required field \"{field}\" missing from {owner}"))
    }

    /// What `f` makes of the items of a field that is a list; an absent one is empty.
    pub fn list<T>(
        &self,
        v: Value,
        node: Node,
        name: &str,
        f: impl Fn(Value) -> PyResult<T>,
    ) -> PyResult<Vec<T>> {
        let owner = node.row().1;
        let found = match self.vm.getattr(v, self.vm.intern(name)) {
            Ok(found) => found,
            Err(Raised) => {
                self.vm.catch(self.vm.exceptions.attribute_error)?;
                return Ok(Vec::new());
            }
        };
        let Some(list) = found.downcast::<List>() else {
            let given = self.vm.type_of(found).name();
            return Err(self
                .vm
                .type_error(format!("{owner} field \"{name}\" must be a list, not a {given}")));
        };
        let mut items = Vec::with_capacity(list.len());
        let mut at = 0;
        while let Some(item) = list.get(at) {
            items.push(f(item)?);
            at += 1;
            if list.len() < at {
                return Err(self
                    .vm
                    .runtime_error(format!("{owner} field \"{name}\" changed size during iteration")));
            }
        }
        Ok(items)
    }

    /// An `int` field.
    pub fn int(&self, v: Value) -> PyResult<i32> {
        if adder_interp::object::int::as_int(v).is_none() {
            let text = self.vm.repr_text(v)?;
            return Err(self.value_error(format!("invalid integer value: {text}")));
        }
        let n = self.vm.index_i64(v)?;
        i32::try_from(n).map_err(|_| self.vm.overflow_error("Python int too large to convert to C int"))
    }

    /// The place of a node, as a range that stands for a row of the table.
    /// `owner` is what messages call it, the group or the class.
    pub fn at(&self, v: Value, owner: &str) -> PyResult<TextRange> {
        let number = |name: &str| -> PyResult<Option<i32>> {
            self.optional(v, name)?.map(|found| self.int(found)).transpose()
        };
        let line = number("lineno")?.ok_or_else(|| self.missing("lineno", owner))?;
        let col = number("col_offset")?.ok_or_else(|| self.missing("col_offset", owner))?;
        let end_line = number("end_lineno")?.unwrap_or(line);
        let end_col = number("end_col_offset")?.unwrap_or(col);
        if line > end_line {
            return Err(self.value_error(format!("AST node line range ({line}, {end_line}) is not valid")));
        }
        if (line < 0 && end_line != line) || (col < 0 && col != end_col) {
            return Err(self.value_error(format!(
                "AST node column range ({col}, {end_col}) for line range ({line}, {end_line}) is not valid"
            )));
        }
        if line == end_line && col > end_col {
            return Err(self.value_error(format!("line {line}, column {col}-{end_col} is not a valid range")));
        }
        let [line, col, end_line, end_col] = [line, col, end_line, end_col].map(|n| n.max(0) as u32);
        Ok(self.place(Pos { line, col, end_line, end_col }))
    }

    /// A new row of the table.
    pub fn place(&self, pos: Pos) -> TextRange {
        let mut table = self.positions.borrow_mut();
        table.push(pos);
        let row = TextSize::new(table.len() as u32 - 1);
        TextRange::new(row, row + TextSize::new(1))
    }

    /// The text of an identifier.
    pub fn name(&self, v: Value) -> PyResult<String> {
        match v.downcast::<Str>() {
            Some(text) if self.vm.type_of(v) == self.vm.types.str => Ok(text.to_string_lossy().into_owned()),
            _ => Err(self.vm.type_error("AST identifier must be of type str")),
        }
    }

    pub fn identifier(&self, v: Value, at: TextRange) -> PyResult<Identifier> {
        let name = self.name(v)?;
        if matches!(name.as_str(), "None" | "True" | "False") {
            return Err(self.value_error(format!("identifier field can't represent '{name}' constant")));
        }
        Ok(Identifier { id: Name::from(name), range: at, node_index: index() })
    }

    pub fn optional_identifier(&self, v: Value, name: &str, at: TextRange) -> PyResult<Option<Identifier>> {
        self.optional(v, name)?.map(|found| self.identifier(found, at)).transpose()
    }

    /// An expression that is read.
    pub fn required_expr(&self, v: Value, node: Node, name: &str) -> PyResult<Expr> {
        self.expr(self.required(v, node, name)?, ExprContext::Load)
    }

    pub fn boxed(&self, v: Value, node: Node, name: &str) -> PyResult<Box<Expr>> {
        self.required_expr(v, node, name).map(Box::new)
    }

    fn target(&self, v: Value, node: Node, name: &str) -> PyResult<Box<Expr>> {
        self.expr(self.required(v, node, name)?, ExprContext::Store).map(Box::new)
    }

    pub fn optional_expr(&self, v: Value, name: &str) -> PyResult<Option<Box<Expr>>> {
        self.optional(v, name)?.map(|found| self.expr(found, ExprContext::Load).map(Box::new)).transpose()
    }

    pub fn exprs(&self, v: Value, node: Node, name: &str, ctx: ExprContext) -> PyResult<Vec<Expr>> {
        self.list(v, node, name, |item| {
            if item.is_none() {
                return Err(self.value_error("None disallowed in expression list"));
            }
            self.expr(item, ctx)
        })
    }

    /// A list that must not be empty.
    pub fn filled<T>(&self, items: Vec<T>, node: Node, name: &str) -> PyResult<Vec<T>> {
        if items.is_empty() {
            return Err(self.value_error(format!("empty {name} on {}", node.row().1)));
        }
        Ok(items)
    }

    // ---- statements

    pub fn stmts(&self, v: Value, node: Node, name: &str) -> PyResult<Vec<Stmt>> {
        self.list(v, node, name, |item| {
            if item.is_none() {
                return Err(self.value_error("None disallowed in statement list"));
            }
            self.stmt(item)
        })
    }

    pub fn body(&self, v: Value, node: Node) -> PyResult<Vec<Stmt>> {
        self.filled(self.stmts(v, node, "body")?, node, "body")
    }

    fn stmt(&self, v: Value) -> PyResult<Stmt> {
        use ruff_python_ast as ast;
        self.vm.check_native_stack(" during ast construction")?;
        let (range, node_index) = (self.at(v, "stmt")?, index());
        let node = self.kind_in(v, "stmt")?;
        Ok(match node {
            Node::FunctionDef | Node::AsyncFunctionDef => self.function(v, node, range)?,
            Node::ClassDef => self.class(v, node, range)?,
            Node::Return => {
                ast::StmtReturn { node_index, range, value: self.optional_expr(v, "value")? }.into()
            }
            Node::Delete => {
                let targets =
                    self.filled(self.exprs(v, node, "targets", ExprContext::Del)?, node, "targets")?;
                ast::StmtDelete { node_index, range, targets }.into()
            }
            Node::Assign => {
                let targets = self.exprs(v, node, "targets", ExprContext::Store)?;
                let targets = self.filled(targets, node, "targets")?;
                ast::StmtAssign { node_index, range, targets, value: self.boxed(v, node, "value")? }.into()
            }
            Node::TypeAlias => {
                let name = self.target(v, node, "name")?;
                if !name.is_name_expr() {
                    return Err(self.vm.type_error("TypeAlias with non-Name name"));
                }
                let type_params = self.type_params(v, node)?;
                let value = self.boxed(v, node, "value")?;
                ast::StmtTypeAlias { node_index, range, name, type_params, value }.into()
            }
            Node::AugAssign => {
                let target = self.target(v, node, "target")?;
                let op = self.operator(self.required(v, node, "op")?)?;
                ast::StmtAugAssign { node_index, range, target, op, value: self.boxed(v, node, "value")? }
                    .into()
            }
            Node::AnnAssign => self.annotated(v, node, range)?,
            Node::For | Node::AsyncFor => ast::StmtFor {
                node_index,
                range,
                is_async: node == Node::AsyncFor,
                target: self.target(v, node, "target")?,
                iter: self.boxed(v, node, "iter")?,
                body: self.body(v, node)?.into(),
                orelse: self.stmts(v, node, "orelse")?.into(),
            }
            .into(),
            Node::While => ast::StmtWhile {
                node_index,
                range,
                test: self.boxed(v, node, "test")?,
                body: self.body(v, node)?.into(),
                orelse: self.stmts(v, node, "orelse")?.into(),
            }
            .into(),
            Node::If => {
                let test = self.boxed(v, node, "test")?;
                let body = self.body(v, node)?.into();
                let orelse = self.stmts(v, node, "orelse")?;
                let otherwise = (!orelse.is_empty()).then(|| ElifElseClause {
                    range,
                    node_index: index(),
                    test: None,
                    body: orelse.into(),
                });
                let elif_else_clauses = otherwise.into_iter().collect();
                ast::StmtIf { node_index, range, test, body, elif_else_clauses }.into()
            }
            Node::With | Node::AsyncWith => {
                let items = self.list(v, node, "items", |item| self.with_item(item, range))?;
                let (items, body) = (self.filled(items, node, "items")?, self.body(v, node)?.into());
                ast::StmtWith { node_index, range, is_async: node == Node::AsyncWith, items, body }.into()
            }
            Node::Match => {
                let subject = self.boxed(v, node, "subject")?;
                let cases = self.list(v, node, "cases", |case| self.match_case(case, range))?;
                let cases = self.filled(cases, node, "cases")?;
                ast::StmtMatch { node_index, range, subject, cases }.into()
            }
            Node::Raise => {
                let (exc, cause) = (self.optional_expr(v, "exc")?, self.optional_expr(v, "cause")?);
                if exc.is_none() && cause.is_some() {
                    return Err(self.value_error("Raise with cause but no exception"));
                }
                ast::StmtRaise { node_index, range, exc, cause }.into()
            }
            Node::Try | Node::TryStar => self.try_stmt(v, node, range)?,
            Node::Assert => {
                let (test, msg) = (self.boxed(v, node, "test")?, self.optional_expr(v, "msg")?);
                ast::StmtAssert { node_index, range, test, msg }.into()
            }
            Node::Import => {
                let names = self.filled(self.aliases(v, node)?, node, "names")?;
                ast::StmtImport { node_index, range, names, is_lazy: false }.into()
            }
            Node::ImportFrom => {
                let level = self.optional(v, "level")?.map_or(Ok(0), |level| self.int(level))?;
                if level < 0 {
                    return Err(self.value_error("Negative ImportFrom level"));
                }
                let names = self.filled(self.aliases(v, node)?, node, "names")?;
                let module = self.optional_identifier(v, "module", range)?;
                let level = level as u32;
                ast::StmtImportFrom { node_index, range, module, names, level, is_lazy: false }.into()
            }
            Node::Global => {
                let names = self.list(v, node, "names", |name| self.identifier(name, range))?;
                ast::StmtGlobal { node_index, range, names: self.filled(names, node, "names")? }.into()
            }
            Node::Nonlocal => {
                let names = self.list(v, node, "names", |name| self.identifier(name, range))?;
                ast::StmtNonlocal { node_index, range, names: self.filled(names, node, "names")? }.into()
            }
            Node::Expr => ast::StmtExpr { node_index, range, value: self.boxed(v, node, "value")? }.into(),
            Node::Pass => ast::StmtPass { node_index, range }.into(),
            Node::Break => ast::StmtBreak { node_index, range }.into(),
            _ => ast::StmtContinue { node_index, range }.into(),
        })
    }

    fn decorators(&self, v: Value, node: Node) -> PyResult<Vec<Decorator>> {
        let decorators = self.exprs(v, node, "decorator_list", ExprContext::Load)?;
        let decorate = |expression: Expr| {
            let range = ruff_text_size::Ranged::range(&expression);
            Decorator { range, node_index: index(), expression }
        };
        Ok(decorators.into_iter().map(decorate).collect())
    }

    fn function(&self, v: Value, node: Node, range: TextRange) -> PyResult<Stmt> {
        let name = self.identifier(self.required(v, node, "name")?, range)?;
        let body = self.body(v, node)?;
        let type_params = self.type_params(v, node)?;
        let parameters = Box::new(self.parameters(self.required(v, node, "args")?, range)?);
        Ok(ruff_python_ast::StmtFunctionDef {
            node_index: index(),
            range,
            is_async: node == Node::AsyncFunctionDef,
            decorator_list: self.decorators(v, node)?.into(),
            name,
            type_params,
            parameters,
            returns: self.optional_expr(v, "returns")?,
            body: body.into(),
        }
        .into())
    }

    fn class(&self, v: Value, node: Node, range: TextRange) -> PyResult<Stmt> {
        let name = self.identifier(self.required(v, node, "name")?, range)?;
        let body = self.body(v, node)?;
        let arguments = self.arguments(v, node, "bases", range)?;
        let arguments =
            (!arguments.args.is_empty() || !arguments.keywords.is_empty()).then(|| Box::new(arguments));
        Ok(ruff_python_ast::StmtClassDef {
            node_index: index(),
            range,
            decorator_list: self.decorators(v, node)?.into(),
            name,
            type_params: self.type_params(v, node)?,
            arguments,
            body: body.into(),
        }
        .into())
    }

    /// The arguments of a call or a class.
    pub fn arguments(&self, v: Value, node: Node, name: &str, range: TextRange) -> PyResult<Arguments> {
        let args = self.exprs(v, node, name, ExprContext::Load)?;
        let keywords = self.list(v, node, "keywords", |k| {
            let at = self.at(k, "keyword")?;
            let arg = self.optional_identifier(k, "arg", at)?;
            let value = self.required_expr(k, Node::keyword, "value")?;
            Ok(Keyword { range: at, node_index: index(), arg, value })
        })?;
        Ok(Arguments { range, node_index: index(), args: args.into(), keywords: keywords.into() })
    }

    fn annotated(&self, v: Value, node: Node, range: TextRange) -> PyResult<Stmt> {
        let target = self.target(v, node, "target")?;
        let simple = self.int(self.required(v, node, "simple")?)? != 0;
        if simple && !target.is_name_expr() {
            return Err(self.vm.type_error("AnnAssign with simple non-Name target"));
        }
        let annotation = self.boxed(v, node, "annotation")?;
        let value = self.optional_expr(v, "value")?;
        let node_index = index();
        Ok(ruff_python_ast::StmtAnnAssign { node_index, range, target, annotation, value, simple }.into())
    }

    fn with_item(&self, v: Value, range: TextRange) -> PyResult<WithItem> {
        let context_expr = self.required_expr(v, Node::withitem, "context_expr")?;
        let vars = self.optional(v, "optional_vars")?;
        let optional_vars =
            vars.map(|target| self.expr(target, ExprContext::Store).map(Box::new)).transpose()?;
        Ok(WithItem { range, node_index: index(), context_expr, optional_vars })
    }

    fn try_stmt(&self, v: Value, node: Node, range: TextRange) -> PyResult<Stmt> {
        let body = self.body(v, node)?;
        let handlers = self.list(v, node, "handlers", |h| self.handler(h))?;
        let orelse = self.stmts(v, node, "orelse")?;
        let finalbody = self.stmts(v, node, "finalbody")?;
        let name = node.row().1;
        if handlers.is_empty() && finalbody.is_empty() {
            return Err(self.value_error(format!("{name} has neither handlers nor finalbody")));
        }
        if handlers.is_empty() && !orelse.is_empty() {
            return Err(self.value_error(format!("{name} has orelse but no except handlers")));
        }
        Ok(ruff_python_ast::StmtTry {
            node_index: index(),
            range,
            body: body.into(),
            handlers,
            orelse: orelse.into(),
            finalbody: finalbody.into(),
            is_star: node == Node::TryStar,
        }
        .into())
    }

    fn handler(&self, v: Value) -> PyResult<ExceptHandler> {
        let range = self.at(v, "excepthandler")?;
        let node = self.kind_in(v, "excepthandler")?;
        let type_ = self.optional_expr(v, "type")?;
        let name = self.optional_identifier(v, "name", range)?;
        let body = self.body(v, node)?.into();
        Ok(ExceptHandler::ExceptHandler(ExceptHandlerExceptHandler {
            range,
            node_index: index(),
            type_,
            name,
            body,
        }))
    }

    fn aliases(&self, v: Value, node: Node) -> PyResult<Vec<Alias>> {
        self.list(v, node, "names", |a| {
            let range = self.at(a, "alias")?;
            let name = self.identifier(self.required(a, Node::alias, "name")?, range)?;
            let asname = self.optional_identifier(a, "asname", range)?;
            Ok(Alias { range, node_index: index(), name, asname })
        })
    }

    // ---- parameters

    pub fn parameters(&self, v: Value, range: TextRange) -> PyResult<Parameters> {
        let node = Node::arguments;
        let plain = |name: &str| self.list(v, node, name, |p| self.parameter(p));
        let (posonlyargs, args, kwonlyargs) = (plain("posonlyargs")?, plain("args")?, plain("kwonlyargs")?);
        let starred = |name: &str| -> PyResult<Option<Box<Parameter>>> {
            self.optional(v, name)?.map(|p| self.parameter(p).map(Box::new)).transpose()
        };
        let (vararg, kwarg) = (starred("vararg")?, starred("kwarg")?);
        let defaults = self.exprs(v, node, "defaults", ExprContext::Load)?;
        let kw_defaults = self.list(v, node, "kw_defaults", |d| {
            if d.is_none() { Ok(None) } else { self.expr(d, ExprContext::Load).map(|e| Some(Box::new(e))) }
        })?;
        let positional = posonlyargs.len() + args.len();
        if defaults.len() > positional {
            return Err(self.value_error("more positional defaults than args on arguments"));
        }
        if kw_defaults.len() != kwonlyargs.len() {
            return Err(self.value_error("length of kwonlyargs is not the same as kw_defaults on arguments"));
        }
        let bare = std::iter::repeat_with(|| None).take(positional - defaults.len());
        let mut defaults = bare.chain(defaults.into_iter().map(|d| Some(Box::new(d))));
        let mut with_default = |parameters: Vec<Parameter>| -> Vec<ParameterWithDefault> {
            parameters.into_iter().map(|p| defaulted(p, defaults.next().flatten())).collect()
        };
        let (posonlyargs, args) = (with_default(posonlyargs), with_default(args));
        let kwonlyargs: Vec<_> =
            kwonlyargs.into_iter().zip(kw_defaults).map(|(p, d)| defaulted(p, d)).collect();
        Ok(Parameters {
            range,
            node_index: index(),
            posonlyargs: posonlyargs.into(),
            args: args.into(),
            vararg,
            kwonlyargs: kwonlyargs.into(),
            kwarg,
        })
    }

    fn parameter(&self, v: Value) -> PyResult<Parameter> {
        let range = self.at(v, "arg")?;
        let name = self.identifier(self.required(v, Node::arg, "arg")?, range)?;
        let annotation = self.optional_expr(v, "annotation")?;
        Ok(Parameter { range, node_index: index(), name, annotation })
    }

    fn type_params(&self, v: Value, owner: Node) -> PyResult<Option<Box<TypeParams>>> {
        let type_params = self.list(v, owner, "type_params", |p| {
            let (range, node_index) = (self.at(p, "type_param")?, index());
            let node = self.kind_in(p, "type_param")?;
            let name = self.identifier(self.required(p, node, "name")?, range)?;
            let default = self.optional_expr(p, "default_value")?;
            Ok(match node {
                Node::TypeVar => {
                    let bound = self.optional_expr(p, "bound")?;
                    TypeParam::TypeVar(TypeParamTypeVar { node_index, range, name, bound, default })
                }
                Node::ParamSpec => {
                    TypeParam::ParamSpec(TypeParamParamSpec { node_index, range, name, default })
                }
                _ => TypeParam::TypeVarTuple(TypeParamTypeVarTuple { node_index, range, name, default }),
            })
        })?;
        let range = self.positions.borrow().last().copied();
        Ok((!type_params.is_empty()).then(|| {
            let range = self.place(range.expect("a parameter has a place"));
            Box::new(TypeParams { range, node_index: index(), type_params })
        }))
    }
}

fn defaulted(parameter: Parameter, default: Option<Box<Expr>>) -> ParameterWithDefault {
    ParameterWithDefault { range: parameter.range, node_index: index(), parameter, default }
}
