//! `ast` expressions and patterns as the compiler's tree.

use super::from_python::{FromPython, index};
use super::nodes::Node;
use adder_interp::object::code_methods::const_of;
use adder_interp::object::str::Str;
use adder_interp::value::{PyResult, Value};
use ruff_python_ast::name::Name;
use ruff_python_ast::{
    self as ast, BoolOp, CmpOp, Comprehension, ConversionFlag, DictItem, Expr, ExprContext, FString,
    FStringFlags, FStringValue, InterpolatedElement, InterpolatedStringElement, InterpolatedStringFormatSpec,
    InterpolatedStringLiteralElement, MatchCase, Operator, Pattern, PatternArguments, PatternKeyword,
    Singleton, StringLiteral, StringLiteralFlags, StringLiteralValue, TString, TStringFlags, TStringValue,
    UnaryOp,
};
use ruff_text_size::{Ranged, TextRange};

impl FromPython<'_> {
    /// An expression in a context, which its nodes must agree with.
    pub fn expr(&self, v: Value, ctx: ExprContext) -> PyResult<Expr> {
        self.vm.check_native_stack(" during ast construction")?;
        let (range, node_index) = (self.at(v, "expr")?, index());
        let node = self.kind_in(v, "expr")?;
        self.check_context(v, node, ctx)?;
        Ok(match node {
            Node::BoolOp => {
                let op = self.required(v, node, "op")?;
                let op = if self.kind_in(op, "boolop")? == Node::And { BoolOp::And } else { BoolOp::Or };
                let values = self.exprs(v, node, "values", ExprContext::Load)?;
                if values.len() < 2 {
                    return Err(self.value_error("BoolOp with less than 2 values"));
                }
                ast::ExprBoolOp { node_index, range, op, values }.into()
            }
            Node::NamedExpr => {
                let target = Box::new(self.expr(self.required(v, node, "target")?, ExprContext::Store)?);
                if !target.is_name_expr() {
                    return Err(self.vm.type_error("NamedExpr target must be a Name"));
                }
                ast::ExprNamed { node_index, range, target, value: self.boxed(v, node, "value")? }.into()
            }
            Node::BinOp => {
                let left = self.boxed(v, node, "left")?;
                let op = self.operator(self.required(v, node, "op")?)?;
                ast::ExprBinOp { node_index, range, left, op, right: self.boxed(v, node, "right")? }.into()
            }
            Node::UnaryOp => {
                let op = match self.kind_in(self.required(v, node, "op")?, "unaryop")? {
                    Node::Invert => UnaryOp::Invert,
                    Node::Not => UnaryOp::Not,
                    Node::UAdd => UnaryOp::UAdd,
                    _ => UnaryOp::USub,
                };
                ast::ExprUnaryOp { node_index, range, op, operand: self.boxed(v, node, "operand")? }.into()
            }
            Node::Lambda => {
                let parameters = self.parameters(self.required(v, node, "args")?, range)?;
                let body = self.boxed(v, node, "body")?;
                ast::ExprLambda { node_index, range, parameters: Some(Box::new(parameters)), body }.into()
            }
            Node::IfExp => {
                let (test, body) = (self.boxed(v, node, "test")?, self.boxed(v, node, "body")?);
                ast::ExprIf { node_index, range, test, body, orelse: self.boxed(v, node, "orelse")? }.into()
            }
            Node::Dict => self.dict(v, range)?,
            Node::Set => {
                let elts = self.exprs(v, node, "elts", ExprContext::Load)?;
                ast::ExprSet { node_index, range, elts }.into()
            }
            Node::ListComp | Node::SetComp | Node::GeneratorExp => self.comprehension(v, node, range)?,
            Node::DictComp => {
                let generators = self.generators(v, node, range)?;
                let (key, value) = (Some(self.boxed(v, node, "key")?), self.boxed(v, node, "value")?);
                ast::ExprDictComp { node_index, range, key, value, generators }.into()
            }
            Node::Await => ast::ExprAwait { node_index, range, value: self.boxed(v, node, "value")? }.into(),
            Node::Yield => {
                ast::ExprYield { node_index, range, value: self.optional_expr(v, "value")? }.into()
            }
            Node::YieldFrom => {
                ast::ExprYieldFrom { node_index, range, value: self.boxed(v, node, "value")? }.into()
            }
            Node::Compare => self.compare(v, range)?,
            Node::Call => {
                let func = self.boxed(v, node, "func")?;
                let arguments = self.arguments(v, node, "args", range)?;
                ast::ExprCall { node_index, range_start: range.start(), func, arguments }.into()
            }
            Node::FormattedValue | Node::JoinedStr => {
                let elements = self.elements(v, node, range)?.into();
                let part = FString { range, node_index: index(), elements, flags: FStringFlags::empty() };
                ast::ExprFString { node_index, range, value: FStringValue::single(part) }.into()
            }
            Node::Interpolation | Node::TemplateStr => {
                let elements = self.elements(v, node, range)?.into();
                let part = TString { range, node_index: index(), elements, flags: TStringFlags::empty() };
                ast::ExprTString { node_index, range, value: TStringValue::single(part) }.into()
            }
            Node::Constant => self.constant(v, range)?,
            Node::Attribute => {
                let value = self.boxed(v, node, "value")?;
                let attr = self.identifier(self.required(v, node, "attr")?, range)?;
                ast::ExprAttribute { node_index, range, value, attr, ctx }.into()
            }
            Node::Subscript => {
                let (value, slice) = (self.boxed(v, node, "value")?, self.boxed(v, node, "slice")?);
                ast::ExprSubscript { node_index, range, value, slice, ctx }.into()
            }
            Node::Starred => {
                let value = Box::new(self.expr(self.required(v, node, "value")?, ctx)?);
                ast::ExprStarred { node_index, range, value, ctx }.into()
            }
            Node::Name => {
                let id = Name::from(self.identifier(self.required(v, node, "id")?, range)?.as_str());
                ast::ExprName { node_index, range, id, ctx }.into()
            }
            Node::List => {
                ast::ExprList { node_index, range, elts: self.exprs(v, node, "elts", ctx)?, ctx }.into()
            }
            Node::Tuple => {
                let elts = self.exprs(v, node, "elts", ctx)?;
                ast::ExprTuple { node_index, range, elts, ctx, parenthesized: true }.into()
            }
            _ => ast::ExprSlice {
                node_index,
                range,
                lower: self.optional_expr(v, "lower")?,
                upper: self.optional_expr(v, "upper")?,
                step: self.optional_expr(v, "step")?,
            }
            .into(),
        })
    }

    fn check_context(&self, v: Value, node: Node, wanted: ExprContext) -> PyResult<()> {
        let name = |ctx| match ctx {
            ExprContext::Store => "Store",
            ExprContext::Del => "Del",
            _ => "Load",
        };
        let has_context = matches!(
            node,
            Node::Attribute | Node::Subscript | Node::Starred | Node::Name | Node::List | Node::Tuple
        );
        if !has_context {
            return match wanted {
                ExprContext::Load => Ok(()),
                _ => Err(self.value_error(format!(
                    "expression which can't be assigned to in {} context",
                    name(wanted)
                ))),
            };
        }
        let actual = match self.optional(v, "ctx")? {
            None => ExprContext::Load,
            Some(ctx) => match self.kind_in(ctx, "expr_context")? {
                Node::Store => ExprContext::Store,
                Node::Del => ExprContext::Del,
                _ => ExprContext::Load,
            },
        };
        if actual != wanted {
            return Err(self.value_error(format!(
                "expression must have {} context but has {} instead",
                name(wanted),
                name(actual)
            )));
        }
        Ok(())
    }

    pub fn operator(&self, v: Value) -> PyResult<Operator> {
        Ok(match self.kind_in(v, "operator")? {
            Node::Add => Operator::Add,
            Node::Sub => Operator::Sub,
            Node::Mult => Operator::Mult,
            Node::MatMult => Operator::MatMult,
            Node::Div => Operator::Div,
            Node::Mod => Operator::Mod,
            Node::Pow => Operator::Pow,
            Node::LShift => Operator::LShift,
            Node::RShift => Operator::RShift,
            Node::BitOr => Operator::BitOr,
            Node::BitXor => Operator::BitXor,
            Node::BitAnd => Operator::BitAnd,
            _ => Operator::FloorDiv,
        })
    }

    fn dict(&self, v: Value, range: TextRange) -> PyResult<Expr> {
        let keys = self.list(v, Node::Dict, "keys", |key| {
            if key.is_none() { Ok(None) } else { self.expr(key, ExprContext::Load).map(Some) }
        })?;
        let values = self.exprs(v, Node::Dict, "values", ExprContext::Load)?;
        if keys.len() != values.len() {
            return Err(self.value_error("Dict doesn't have the same number of keys as values"));
        }
        let items = keys.into_iter().zip(values).map(|(key, value)| DictItem { key, value }).collect();
        Ok(ast::ExprDict { node_index: index(), range, items }.into())
    }

    fn comprehension(&self, v: Value, node: Node, range: TextRange) -> PyResult<Expr> {
        let generators = self.generators(v, node, range)?;
        let (elt, node_index) = (self.boxed(v, node, "elt")?, index());
        Ok(match node {
            Node::ListComp => ast::ExprListComp { node_index, range, elt, generators }.into(),
            Node::SetComp => ast::ExprSetComp { node_index, range, elt, generators }.into(),
            _ => ast::ExprGenerator { node_index, range, elt, generators, parenthesized: true }.into(),
        })
    }

    fn generators(&self, v: Value, node: Node, range: TextRange) -> PyResult<Vec<Comprehension>> {
        let own = Node::comprehension;
        let generators = self.list(v, node, "generators", |c| {
            let target = self.expr(self.required(c, own, "target")?, ExprContext::Store)?;
            let iter = self.required_expr(c, own, "iter")?;
            let ifs = self.exprs(c, own, "ifs", ExprContext::Load)?;
            let is_async = self.int(self.required(c, own, "is_async")?)? != 0;
            Ok(Comprehension { range, node_index: index(), target, iter, ifs, is_async })
        })?;
        if generators.is_empty() {
            return Err(self.value_error("comprehension with no generators"));
        }
        Ok(generators)
    }

    fn compare(&self, v: Value, range: TextRange) -> PyResult<Expr> {
        let left = self.boxed(v, Node::Compare, "left")?;
        let ops = self.list(v, Node::Compare, "ops", |op| {
            Ok(match self.kind_in(op, "cmpop")? {
                Node::Eq => CmpOp::Eq,
                Node::NotEq => CmpOp::NotEq,
                Node::Lt => CmpOp::Lt,
                Node::LtE => CmpOp::LtE,
                Node::Gt => CmpOp::Gt,
                Node::GtE => CmpOp::GtE,
                Node::Is => CmpOp::Is,
                Node::IsNot => CmpOp::IsNot,
                Node::In => CmpOp::In,
                _ => CmpOp::NotIn,
            })
        })?;
        let comparators = self.exprs(v, Node::Compare, "comparators", ExprContext::Load)?;
        if comparators.is_empty() {
            return Err(self.value_error("Compare has no comparators"));
        }
        if comparators.len() != ops.len() {
            return Err(self.value_error("Compare has a different number of comparators and operands"));
        }
        let (ops, comparators) = (ops.into(), comparators.into());
        Ok(ast::ExprCompare { node_index: index(), range, left, ops, comparators }.into())
    }

    // ---- constants and strings

    fn constant(&self, v: Value, range: TextRange) -> PyResult<Expr> {
        let value = match self.vm.getattr(v, self.vm.intern("value")) {
            Ok(value) => value,
            // A field that is absent, not None: None is a value.
            Err(_) => return Err(self.required(v, Node::Constant, "value").expect_err("it is absent")),
        };
        let node_index = index();
        if value.is_none() {
            return Ok(ast::ExprNoneLiteral { node_index, range }.into());
        }
        if let Some(text) = value.downcast::<Str>().filter(|_| self.vm.type_of(value) == self.vm.types.str)
            && let Some(text) = text.to_utf8()
        {
            let flags = StringLiteralFlags::empty();
            let part = StringLiteral { range, node_index: index(), value: text.into_owned().into(), flags };
            return Ok(
                ast::ExprStringLiteral { node_index, range, value: StringLiteralValue::single(part) }.into()
            );
        }
        if value == Value::bool(true) || value == Value::bool(false) {
            let value = value == Value::bool(true);
            return Ok(ast::ExprBooleanLiteral { node_index, range, value }.into());
        }
        if value != Value::ellipsis() {
            let Some(copy) = const_of(self.vm, value) else {
                let given = self.vm.type_of(value).name();
                return Err(self.vm.type_error(format!("got an invalid type in Constant: {given}")));
            };
            self.constants.borrow_mut().insert(range.start().to_u32(), copy);
        }
        Ok(ast::ExprEllipsisLiteral { node_index, range }.into())
    }

    /// The pieces of an f-string or t-string, or of a replacement field that stands alone.
    fn elements(&self, v: Value, node: Node, range: TextRange) -> PyResult<Vec<InterpolatedStringElement>> {
        if matches!(node, Node::FormattedValue | Node::Interpolation) {
            return Ok(vec![self.field(v, node, range)?]);
        }
        let parts = self.list(v, node, "values", |part| {
            if part.is_none() {
                return Err(self.value_error("None disallowed in expression list"));
            }
            let at = self.at(part, "expr")?;
            let kind = self.kind_in(part, "expr")?;
            match kind {
                Node::FormattedValue | Node::Interpolation => Ok(vec![self.field(part, kind, at)?]),
                Node::JoinedStr => self.elements(part, kind, at),
                _ => {
                    let text = self.vm.getattr(part, self.vm.intern("value"));
                    let text = text.ok().and_then(|t| t.downcast::<Str>());
                    let Some(text) = text.filter(|_| kind == Node::Constant) else {
                        let what = if node == Node::TemplateStr { "template string" } else { "f-string" };
                        return Err(self.value_error(format!("unexpected {} in {what}", kind.row().1)));
                    };
                    Ok(vec![InterpolatedStringElement::Literal(InterpolatedStringLiteralElement {
                        range: at,
                        node_index: index(),
                        value: text.to_string_lossy().into_owned().into(),
                    })])
                }
            }
        })?;
        Ok(parts.into_iter().flatten().collect())
    }

    /// A replacement field.
    fn field(&self, v: Value, node: Node, range: TextRange) -> PyResult<InterpolatedStringElement> {
        let expression = self.boxed(v, node, "value")?;
        let conversion = match self.int(self.required(v, node, "conversion")?)? {
            -1 => ConversionFlag::None,
            n if n == i32::from(b's') => ConversionFlag::Str,
            n if n == i32::from(b'r') => ConversionFlag::Repr,
            n if n == i32::from(b'a') => ConversionFlag::Ascii,
            n => {
                let message = format!("Unrecognized conversion character {n}");
                return Err(self.vm.raise_message(self.vm.exceptions.system_error, &message));
            }
        };
        let format_spec = match self.optional(v, "format_spec")? {
            None => None,
            Some(spec) => {
                let range = self.at(spec, "expr")?;
                let kind = self.kind_in(spec, "expr")?;
                let elements = match kind {
                    Node::JoinedStr | Node::FormattedValue => self.elements(spec, kind, range)?,
                    _ => return Err(self.value_error("format_spec must be a JoinedStr")),
                };
                let elements = elements.into();
                Some(Box::new(InterpolatedStringFormatSpec { range, node_index: index(), elements }))
            }
        };
        let debug_text = None;
        let node_index = index();
        Ok(InterpolatedStringElement::Interpolation(InterpolatedElement {
            range,
            node_index,
            expression,
            debug_text,
            conversion,
            format_spec,
        }))
    }

    // ---- patterns

    pub fn match_case(&self, v: Value, range: TextRange) -> PyResult<MatchCase> {
        let node = Node::match_case;
        let pattern = self.pattern(self.required(v, node, "pattern")?, false)?;
        let guard = self.optional_expr(v, "guard")?;
        let body = self.body(v, node)?.into();
        Ok(MatchCase { range, node_index: index(), pattern, guard, body })
    }

    fn patterns(&self, v: Value, node: Node, name: &str, star: bool) -> PyResult<Vec<Pattern>> {
        self.list(v, node, name, |p| self.pattern(p, star))
    }

    fn capture(&self, v: Value, name: &str, at: TextRange) -> PyResult<Option<ast::Identifier>> {
        let found = self.optional_identifier(v, name, at)?;
        if found.as_ref().is_some_and(|n| n.as_str() == "_") {
            return Err(self.value_error("can't capture name '_' in patterns"));
        }
        Ok(found)
    }

    fn pattern(&self, v: Value, star: bool) -> PyResult<Pattern> {
        self.vm.check_native_stack(" during ast construction")?;
        let (range, node_index) = (self.at(v, "pattern")?, index());
        let node = self.kind_in(v, "pattern")?;
        Ok(match node {
            Node::MatchValue => {
                let value = self.boxed(v, node, "value")?;
                if !is_pattern_value(&value) {
                    return Err(self.value_error("patterns may only match literals and attribute lookups"));
                }
                Pattern::MatchValue(ast::PatternMatchValue { node_index, range, value })
            }
            Node::MatchSingleton => {
                let value = match self.vm.getattr(v, self.vm.intern("value"))? {
                    v if v.is_none() => Singleton::None,
                    v if v == Value::bool(true) => Singleton::True,
                    v if v == Value::bool(false) => Singleton::False,
                    _ => {
                        let message = "MatchSingleton can only contain True, False and None";
                        return Err(self.value_error(message));
                    }
                };
                Pattern::MatchSingleton(ast::PatternMatchSingleton { node_index, range, value })
            }
            Node::MatchSequence => {
                let patterns = self.patterns(v, node, "patterns", true)?;
                Pattern::MatchSequence(ast::PatternMatchSequence { node_index, range, patterns })
            }
            Node::MatchMapping => {
                let keys = self.exprs(v, node, "keys", ExprContext::Load)?;
                let patterns = self.patterns(v, node, "patterns", false)?;
                if keys.len() != patterns.len() {
                    return Err(
                        self.value_error("MatchMapping doesn't have the same number of keys as patterns")
                    );
                }
                let rest = self.capture(v, "rest", range)?;
                let (keys, patterns) = (keys.into(), patterns.into());
                Pattern::MatchMapping(ast::PatternMatchMapping { node_index, range, keys, patterns, rest })
            }
            Node::MatchClass => self.class_pattern(v, range)?,
            Node::MatchStar if !star => return Err(self.value_error("can't use MatchStar here")),
            Node::MatchStar => {
                let name = self.capture(v, "name", range)?;
                Pattern::MatchStar(ast::PatternMatchStar { node_index, range, name })
            }
            Node::MatchAs => {
                let pattern = self.optional(v, "pattern")?;
                let pattern = pattern.map(|p| self.pattern(p, false).map(Box::new)).transpose()?;
                let name = self.capture(v, "name", range)?;
                if pattern.is_some() && name.is_none() {
                    return Err(self.value_error("MatchAs must specify a target name if a pattern is given"));
                }
                Pattern::MatchAs(ast::PatternMatchAs { node_index, range, pattern, name })
            }
            _ => {
                let patterns = self.patterns(v, node, "patterns", false)?;
                if patterns.len() < 2 {
                    return Err(self.value_error("MatchOr requires at least 2 patterns"));
                }
                Pattern::MatchOr(ast::PatternMatchOr { node_index, range, patterns })
            }
        })
    }

    fn class_pattern(&self, v: Value, range: TextRange) -> PyResult<Pattern> {
        let node = Node::MatchClass;
        let cls = self.boxed(v, node, "cls")?;
        let mut base = &*cls;
        while let Expr::Attribute(a) = base {
            base = &a.value;
        }
        if !base.is_name_expr() {
            return Err(self.value_error("MatchClass cls field can only contain Name or Attribute nodes."));
        }
        let patterns = self.patterns(v, node, "patterns", false)?;
        let names = self.list(v, node, "kwd_attrs", |name| self.identifier(name, range))?;
        let values = self.patterns(v, node, "kwd_patterns", false)?;
        if names.len() != values.len() {
            return Err(
                self.value_error("MatchClass doesn't have the same number of keyword attributes as patterns")
            );
        }
        let keyword = |(attr, pattern): (ast::Identifier, Pattern)| {
            let range = pattern.range();
            PatternKeyword { range, node_index: index(), attr, pattern }
        };
        let keywords = names.into_iter().zip(values).map(keyword).collect();
        let patterns = patterns.into();
        let arguments = PatternArguments { range, node_index: index(), patterns, keywords };
        Ok(Pattern::MatchClass(ast::PatternMatchClass { node_index: index(), range, cls, arguments }))
    }
}

/// What a value pattern may hold: literals other than None, True, False, signed and complex numbers, dotted names.
fn is_pattern_value(e: &Expr) -> bool {
    match e {
        Expr::StringLiteral(_) | Expr::EllipsisLiteral(_) | Expr::Attribute(_) | Expr::FString(_) => true,
        Expr::UnaryOp(u) => u.op == UnaryOp::USub && u.operand.is_ellipsis_literal_expr(),
        Expr::BinOp(b) => {
            matches!(b.op, Operator::Add | Operator::Sub)
                && is_pattern_value(&b.left)
                && b.right.is_ellipsis_literal_expr()
        }
        _ => false,
    }
}
