//! The table of node classes, and making them.
//!
//! A row is a class: its name and its fields in the notation of the `ast` module's documentation (`expr? value` is
//! optional, `stmt* body` a list). Rows are grouped by base class. Everything about the classes follows from the table:
//! the classes themselves, `_fields`, `_attributes`, `_field_types`, their documentation, and [`Node`], their numbers.

use adder_interp::heap::GcVec;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::str::Str;
use adder_interp::object::tuple::Tuple;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::ops::BinaryOp;

/// Which classes have `lineno`, `col_offset`, `end_lineno` and `end_col_offset`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Positions {
    None,
    /// The end may be left out.
    OptionalEnd,
    All,
}

/// Classes with a common base.
pub struct Group {
    pub base: &'static str,
    pub positions: Positions,
    /// Names and fields.
    pub nodes: &'static [(&'static str, &'static str)],
}

/// The name of the base of all; groups of it have no base of their own.
pub const ROOT: &str = "AST";

macro_rules! nodes {
    ($($base:ident $positions:ident { $($name:ident = $fields:literal,)* })*) => {
        /// A class of nodes.
        #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "the names are Python's")]
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Node {
            $($($name,)*)*
        }

        impl Node {
            /// All, by number.
            pub const ALL: &'static [Node] = &[$($(Node::$name,)*)*];
        }

        /// The table.
        pub const GROUPS: &[Group] = &[$(Group {
            base: stringify!($base),
            positions: Positions::$positions,
            nodes: &[$((stringify!($name), $fields),)*],
        },)*];
    };
}

nodes! {
    mod None {
        Module = "stmt* body, type_ignore* type_ignores",
        Interactive = "stmt* body",
        Expression = "expr body",
        FunctionType = "expr* argtypes, expr returns",
    }
    stmt OptionalEnd {
        FunctionDef = "identifier name, arguments args, stmt* body, expr* decorator_list, expr? returns, string? type_comment, type_param* type_params",
        AsyncFunctionDef = "identifier name, arguments args, stmt* body, expr* decorator_list, expr? returns, string? type_comment, type_param* type_params",
        ClassDef = "identifier name, expr* bases, keyword* keywords, stmt* body, expr* decorator_list, type_param* type_params",
        Return = "expr? value",
        Delete = "expr* targets",
        Assign = "expr* targets, expr value, string? type_comment",
        TypeAlias = "expr name, type_param* type_params, expr value",
        AugAssign = "expr target, operator op, expr value",
        AnnAssign = "expr target, expr annotation, expr? value, int simple",
        For = "expr target, expr iter, stmt* body, stmt* orelse, string? type_comment",
        AsyncFor = "expr target, expr iter, stmt* body, stmt* orelse, string? type_comment",
        While = "expr test, stmt* body, stmt* orelse",
        If = "expr test, stmt* body, stmt* orelse",
        With = "withitem* items, stmt* body, string? type_comment",
        AsyncWith = "withitem* items, stmt* body, string? type_comment",
        Match = "expr subject, match_case* cases",
        Raise = "expr? exc, expr? cause",
        Try = "stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody",
        TryStar = "stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody",
        Assert = "expr test, expr? msg",
        Import = "alias* names",
        ImportFrom = "identifier? module, alias* names, int? level",
        Global = "identifier* names",
        Nonlocal = "identifier* names",
        Expr = "expr value",
        Pass = "",
        Break = "",
        Continue = "",
    }
    expr OptionalEnd {
        BoolOp = "boolop op, expr* values",
        NamedExpr = "expr target, expr value",
        BinOp = "expr left, operator op, expr right",
        UnaryOp = "unaryop op, expr operand",
        Lambda = "arguments args, expr body",
        IfExp = "expr test, expr body, expr orelse",
        Dict = "expr?* keys, expr* values",
        Set = "expr* elts",
        ListComp = "expr elt, comprehension* generators",
        SetComp = "expr elt, comprehension* generators",
        DictComp = "expr key, expr value, comprehension* generators",
        GeneratorExp = "expr elt, comprehension* generators",
        Await = "expr value",
        Yield = "expr? value",
        YieldFrom = "expr value",
        Compare = "expr left, cmpop* ops, expr* comparators",
        Call = "expr func, expr* args, keyword* keywords",
        FormattedValue = "expr value, int conversion, expr? format_spec",
        Interpolation = "expr value, constant str, int conversion, expr? format_spec",
        JoinedStr = "expr* values",
        TemplateStr = "expr* values",
        Constant = "constant value, string? kind",
        Attribute = "expr value, identifier attr, expr_context ctx",
        Subscript = "expr value, expr slice, expr_context ctx",
        Starred = "expr value, expr_context ctx",
        Name = "identifier id, expr_context ctx",
        List = "expr* elts, expr_context ctx",
        Tuple = "expr* elts, expr_context ctx",
        Slice = "expr? lower, expr? upper, expr? step",
    }
    expr_context None {
        Load = "",
        Store = "",
        Del = "",
    }
    boolop None {
        And = "",
        Or = "",
    }
    operator None {
        Add = "",
        Sub = "",
        Mult = "",
        MatMult = "",
        Div = "",
        Mod = "",
        Pow = "",
        LShift = "",
        RShift = "",
        BitOr = "",
        BitXor = "",
        BitAnd = "",
        FloorDiv = "",
    }
    unaryop None {
        Invert = "",
        Not = "",
        UAdd = "",
        USub = "",
    }
    cmpop None {
        Eq = "",
        NotEq = "",
        Lt = "",
        LtE = "",
        Gt = "",
        GtE = "",
        Is = "",
        IsNot = "",
        In = "",
        NotIn = "",
    }
    excepthandler OptionalEnd {
        ExceptHandler = "expr? type, identifier? name, stmt* body",
    }
    pattern All {
        MatchValue = "expr value",
        MatchSingleton = "constant value",
        MatchSequence = "pattern* patterns",
        MatchMapping = "expr* keys, pattern* patterns, identifier? rest",
        MatchClass = "expr cls, pattern* patterns, identifier* kwd_attrs, pattern* kwd_patterns",
        MatchStar = "identifier? name",
        MatchAs = "pattern? pattern, identifier? name",
        MatchOr = "pattern* patterns",
    }
    type_ignore None {
        TypeIgnore = "int lineno, string tag",
    }
    type_param All {
        TypeVar = "identifier name, expr? bound, expr? default_value",
        ParamSpec = "identifier name, expr? default_value",
        TypeVarTuple = "identifier name, expr? default_value",
    }
    AST None {
        comprehension = "expr target, expr iter, expr* ifs, int is_async",
        arguments = "arg* posonlyargs, arg* args, arg? vararg, arg* kwonlyargs, expr?* kw_defaults, arg? kwarg, expr* defaults",
        withitem = "expr context_expr, expr? optional_vars",
        match_case = "pattern pattern, expr? guard, stmt* body",
    }
    AST OptionalEnd {
        arg = "identifier arg, expr? annotation, string? type_comment",
        keyword = "identifier? arg, expr value",
        alias = "identifier name, identifier? asname",
    }
}

/// A field as the table describes it.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// `expr`, `identifier`, `int` ...
    pub kind: &'static str,
    pub optional: bool,
    pub list: bool,
    pub name: &'static str,
}

/// The fields of a row.
pub fn fields(row: &'static str) -> impl Iterator<Item = Field> {
    row.split(", ").filter(|field| !field.is_empty()).filter_map(|field| {
        let (kind, name) = field.split_once(' ')?;
        let list = kind.ends_with('*');
        let kind = kind.trim_end_matches('*');
        let optional = kind.ends_with('?') && !list;
        Some(Field { kind: kind.trim_end_matches('?'), optional, list, name })
    })
}

impl Node {
    /// The row of the table.
    pub fn row(self) -> (&'static Group, &'static str, &'static str) {
        let mut index = self as usize;
        for group in GROUPS {
            match group.nodes.get(index) {
                Some(&(name, fields)) => return (group, name, fields),
                None => index -= group.nodes.len(),
            }
        }
        unreachable!("every node is in a group")
    }

    /// Has neither fields nor positions: one instance serves all of a tree.
    pub fn is_singleton(self) -> bool {
        let (group, _, fields) = self.row();
        fields.is_empty() && group.positions == Positions::None && group.base != ROOT
    }
}

const POSITION_NAMES: [&str; 4] = ["lineno", "col_offset", "end_lineno", "end_col_offset"];

/// What the module keeps for the life of an interpreter, as a tuple.
#[derive(Clone, Copy)]
pub struct Classes {
    /// Classes by node number, then `AST`.
    pub classes: Gc<Tuple>,
    /// Tuples of field names by node number.
    pub fields: Gc<Tuple>,
    /// Instances of the singletons by node number, None elsewhere.
    pub singletons: Gc<Tuple>,
    /// `lineno` ...
    pub positions: Gc<Tuple>,
}

impl Classes {
    pub fn get(vm: &Vm) -> PyResult<Classes> {
        let state = vm.registered("_ast.classes", |vm| create(vm).map(Gc::value))?;
        let parts = state.downcast::<Tuple>().expect("the state is a tuple");
        let part = |i: usize| parts[i].downcast::<Tuple>().expect("of tuples");
        Ok(Classes { classes: part(0), fields: part(1), singletons: part(2), positions: part(3) })
    }

    pub fn class(&self, node: Node) -> Gc<Type> {
        self.classes[node as usize].downcast().expect("a class")
    }

    /// The class `AST`.
    pub fn root(&self) -> Gc<Type> {
        self.classes[Node::ALL.len()].downcast().expect("a class")
    }

    pub fn field_names(&self, node: Node) -> Gc<Tuple> {
        self.fields[node as usize].downcast().expect("a tuple")
    }

    /// The instance of a singleton node.
    pub fn singleton(&self, node: Node) -> Value {
        self.singletons[node as usize]
    }
}

/// Interned names as a tuple.
fn name_tuple(vm: &Vm, names: impl Iterator<Item = &'static str>) -> Gc<Tuple> {
    let names = GcVec::from_values(&vm.heap, names.map(|name| vm.intern(name).value()));
    Tuple::new(&vm.heap, &names)
}

/// Makes all classes; the abstract ones are found through their subclasses.
fn create(vm: &Vm) -> PyResult<Gc<Tuple>> {
    let root = vm.native_type(super::base::AstBase::TYPE_DEF)?;
    let positions = name_tuple(vm, POSITION_NAMES.into_iter());
    let (mut classes, mut names, mut singletons) = (vm.vec(), vm.vec(), vm.vec());
    let by_name = vm.new_dict();
    for group in GROUPS {
        let base = if group.base == ROOT { root } else { make_base(vm, root, group, positions)? };
        by_name.insert_str(&vm.heap, vm.intern(group.base), base.value());
        for &(name, row) in group.nodes {
            let fields = name_tuple(vm, fields(row).map(|field| field.name));
            let dict = vm.new_dict();
            let own = |name, value| dict.insert_str(&vm.heap, vm.intern(name), value);
            own("_fields", fields.value());
            own("__match_args__", fields.value());
            if group.base == ROOT && group.positions != Positions::None {
                add_positions(vm, dict, group, positions);
            }
            for field in self::fields(row).filter(|field| field.optional) {
                own(field.name, Value::none());
            }
            own("__doc__", vm.new_str(&describe(name, row)));
            let class = make_class(vm, name, base, dict)?;
            by_name.insert_str(&vm.heap, vm.intern(name), class.value());
            classes.push(&vm.heap, class.value());
            names.push(&vm.heap, fields.value());
        }
    }
    for &node in Node::ALL {
        let class: Gc<Type> = classes[node as usize].downcast().expect("made above");
        let instance = if node.is_singleton() { vm.new_instance(class) } else { Value::none() };
        singletons.push(&vm.heap, instance);
        add_field_types(vm, class, node.row().2, by_name)?;
    }
    classes.push(&vm.heap, root.value());
    let [classes, names, singletons] =
        [&classes, &names, &singletons].map(|parts| Tuple::new(&vm.heap, parts).value());
    Ok(Tuple::new(&vm.heap, &[classes, names, singletons, positions.value(), by_name.value()]))
}

/// All classes by name, for the module's dictionary.
pub fn all_by_name(vm: &Vm) -> PyResult<Gc<Dict>> {
    Classes::get(vm)?;
    let state = vm.registered("_ast.classes", |vm| create(vm).map(Gc::value))?;
    let parts = state.downcast::<Tuple>().expect("the state is a tuple");
    Ok(parts[4].downcast().expect("the classes by name"))
}

fn make_class(vm: &Vm, name: &str, base: Gc<Type>, dict: Gc<Dict>) -> PyResult<Gc<Type>> {
    dict.insert_str(&vm.heap, vm.names.__module__, vm.intern("ast").value());
    let bases = vm.new_tuple(&[base.value()]);
    let class = vm.call(vm.types.type_.value(), &[vm.intern(name).value(), bases, dict.value()])?;
    Ok(class.downcast().expect("type() makes classes"))
}

/// The class above a group.
fn make_base(vm: &Vm, root: Gc<Type>, group: &'static Group, positions: Gc<Tuple>) -> PyResult<Gc<Type>> {
    let dict = vm.new_dict();
    add_positions(vm, dict, group, positions);
    let separator = format!("\n{}| ", " ".repeat(group.base.len() + 1));
    let simple = group.nodes.iter().all(|(_, row)| row.is_empty());
    let rows: Vec<String> = group.nodes.iter().map(|(name, row)| describe(name, row)).collect();
    let doc = format!("{} = {}", group.base, rows.join(if simple { " | " } else { &separator }));
    dict.insert_str(&vm.heap, vm.names.__doc__, vm.new_str(&doc));
    make_class(vm, group.base, root, dict)
}

fn add_positions(vm: &Vm, dict: Gc<Dict>, group: &Group, positions: Gc<Tuple>) {
    let attributes = if group.positions == Positions::None { vm.empty_tuple } else { positions };
    dict.insert_str(&vm.heap, vm.intern("_attributes"), attributes.value());
    if group.positions == Positions::OptionalEnd {
        for name in &POSITION_NAMES[2..] {
            dict.insert_str(&vm.heap, vm.intern(name), Value::none());
        }
    }
}

fn describe(name: &str, row: &str) -> String {
    if row.is_empty() { name.to_owned() } else { format!("{name}({row})") }
}

/// `_field_types` and `__annotations__`: `X`, `list[X]` or `X | None`.
fn add_field_types(vm: &Vm, class: Gc<Type>, row: &'static str, by_name: Gc<Dict>) -> PyResult<()> {
    let types = vm.new_dict();
    for field in fields(row) {
        let plain = match field.kind {
            "identifier" | "string" => vm.types.str.value(),
            "int" => vm.types.int.value(),
            "constant" => vm.types.object.value(),
            name => by_name.get_str(vm.intern(name)).expect("the table names its own classes"),
        };
        let ty = if field.list {
            vm.generic_alias(vm.types.list, plain)?
        } else if field.optional {
            vm.binary_op(BinaryOp::Or, plain, Value::none(), false)?
        } else {
            plain
        };
        types.insert_str(&vm.heap, vm.intern(field.name), ty);
    }
    let set = |name: Gc<Str>| vm.setattr(class.value(), name, Some(types.value()));
    set(vm.intern("_field_types"))?;
    set(vm.names.__annotations__)
}
