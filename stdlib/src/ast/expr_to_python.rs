//! The parser's expressions as `ast` objects.

use super::nodes::Node;
use super::to_python::ToPython;
use adder_compiler::literals;
use adder_interp::heap::GcVec;
use adder_interp::object::code::constant;
use adder_interp::object::str::Str;
use adder_interp::value::{PyResult, Value};
use ruff_python_ast::{
    BoolOp, CmpOp, Comprehension, ConversionFlag, Expr, ExprCall, ExprContext, ExprDict, ExprFString,
    ExprGenerator, ExprStringLiteral, ExprTString, FStringPart, InterpolatedElement,
    InterpolatedStringElement, Operator, Parameters, UnaryOp,
};
use ruff_text_size::{Ranged, TextRange, TextSize};

/// A piece of an f-string or t-string.
enum Piece<'e> {
    /// Text in WTF-8, where it stands, and whether its literal has the prefix `u`.
    Text(Vec<u8>, TextRange, bool),
    Value(&'e InterpolatedElement),
}

impl ToPython<'_> {
    pub fn expr(&self, e: &Expr) -> PyResult {
        self.vm.check_native_stack(" during ast construction")?;
        match e {
            Expr::BoolOp(b) => {
                let op = self.singleton(if b.op == BoolOp::And { Node::And } else { Node::Or });
                let values = self.exprs(&b.values)?;
                self.node(Node::BoolOp, b.range, &[op, values])
            }
            Expr::Named(n) => {
                let (target, value) = (self.expr(&n.target)?, self.expr(&n.value)?);
                self.node(Node::NamedExpr, n.range, &[target, value])
            }
            Expr::BinOp(b) => {
                let (left, right) = (self.expr(&b.left)?, self.expr(&b.right)?);
                self.node(Node::BinOp, b.range, &[left, self.operator(b.op), right])
            }
            Expr::UnaryOp(u) => {
                let op = match u.op {
                    UnaryOp::Invert => Node::Invert,
                    UnaryOp::Not => Node::Not,
                    UnaryOp::UAdd => Node::UAdd,
                    UnaryOp::USub => Node::USub,
                };
                let operand = self.expr(&u.operand)?;
                self.node(Node::UnaryOp, u.range, &[self.singleton(op), operand])
            }
            Expr::Lambda(l) => {
                let args = match &l.parameters {
                    Some(p) => self.parameters(p)?,
                    None => self.parameters(&Parameters::default())?,
                };
                let body = self.expr(&l.body)?;
                self.node(Node::Lambda, l.range, &[args, body])
            }
            Expr::If(i) => {
                let (test, body) = (self.expr(&i.test)?, self.expr(&i.body)?);
                let orelse = self.expr(&i.orelse)?;
                self.node(Node::IfExp, i.range, &[test, body, orelse])
            }
            Expr::Dict(d) => self.dict(d),
            Expr::Set(s) => {
                let elts = self.exprs(&s.elts)?;
                self.node(Node::Set, s.range, &[elts])
            }
            Expr::ListComp(c) => self.comprehension(Node::ListComp, c.range, &[&c.elt], &c.generators),
            Expr::SetComp(c) => self.comprehension(Node::SetComp, c.range, &[&c.elt], &c.generators),
            Expr::DictComp(c) => match &c.key {
                Some(key) => self.comprehension(Node::DictComp, c.range, &[key, &c.value], &c.generators),
                None => Err(self.vm.raise_message(
                    self.vm.exceptions.syntax_error,
                    "dict unpacking cannot be used in dict comprehension",
                )),
            },
            Expr::Generator(g) => self.generator(g, g.range),
            Expr::Await(a) => {
                let value = self.expr(&a.value)?;
                self.node(Node::Await, a.range, &[value])
            }
            Expr::Yield(y) => {
                let value = self.optional_expr(y.value.as_deref())?;
                self.node(Node::Yield, y.range, &[value])
            }
            Expr::YieldFrom(y) => {
                let value = self.expr(&y.value)?;
                self.node(Node::YieldFrom, y.range, &[value])
            }
            Expr::Compare(c) => {
                let left = self.expr(&c.left)?;
                let ops = self.list(&c.ops, |&op| Ok(self.singleton(comparison(op))))?;
                let comparators = self.exprs(&c.comparators)?;
                self.node(Node::Compare, c.range, &[left, ops, comparators])
            }
            Expr::Call(c) => self.call(c),
            Expr::FString(f) => self.fstring(f),
            Expr::TString(t) => self.tstring(t),
            Expr::StringLiteral(s) => self.string(s),
            Expr::BytesLiteral(b) => {
                let bytes: Vec<u8> = b.value.bytes().collect();
                self.constant(b.range, self.vm.new_bytes(&bytes))
            }
            Expr::NumberLiteral(n) => {
                let value = adder_compiler::number_constant(&n.value);
                self.constant(n.range, constant(&self.vm.heap, &value, self.vm.empty_str))
            }
            Expr::BooleanLiteral(b) => self.constant(b.range, Value::bool(b.value)),
            Expr::NoneLiteral(n) => self.constant(n.range, Value::none()),
            Expr::EllipsisLiteral(d) => self.constant(d.range, Value::ellipsis()),
            Expr::Attribute(a) => {
                let value = self.expr(&a.value)?;
                let fields = [value, self.identifier(&a.attr), self.context(a.ctx)];
                self.node(Node::Attribute, a.range, &fields)
            }
            Expr::Subscript(s) => {
                let (value, slice) = (self.expr(&s.value)?, self.expr(&s.slice)?);
                self.node(Node::Subscript, s.range, &[value, slice, self.context(s.ctx)])
            }
            Expr::Starred(s) => {
                let value = self.expr(&s.value)?;
                self.node(Node::Starred, s.range, &[value, self.context(s.ctx)])
            }
            Expr::Name(n) => self.node(Node::Name, n.range, &[self.name(&n.id), self.context(n.ctx)]),
            Expr::List(l) => {
                let elts = self.exprs(&l.elts)?;
                self.node(Node::List, l.range, &[elts, self.context(l.ctx)])
            }
            Expr::Tuple(t) => {
                let elts = self.exprs(&t.elts)?;
                self.node(Node::Tuple, t.range, &[elts, self.context(t.ctx)])
            }
            Expr::Slice(s) => {
                let lower = self.optional_expr(s.lower.as_deref())?;
                let upper = self.optional_expr(s.upper.as_deref())?;
                let step = self.optional_expr(s.step.as_deref())?;
                self.node(Node::Slice, s.range, &[lower, upper, step])
            }
            Expr::IpyEscapeCommand(_) => {
                Err(self.vm.raise_message(self.vm.exceptions.syntax_error, "invalid syntax"))
            }
        }
    }

    fn constant(&self, at: TextRange, value: Value) -> PyResult {
        self.node(Node::Constant, at, &[value, Value::none()])
    }

    fn context(&self, ctx: ExprContext) -> Value {
        self.singleton(match ctx {
            ExprContext::Store => Node::Store,
            ExprContext::Del => Node::Del,
            ExprContext::Load | ExprContext::Invalid => Node::Load,
        })
    }

    pub fn operator(&self, op: Operator) -> Value {
        self.singleton(match op {
            Operator::Add => Node::Add,
            Operator::Sub => Node::Sub,
            Operator::Mult => Node::Mult,
            Operator::MatMult => Node::MatMult,
            Operator::Div => Node::Div,
            Operator::Mod => Node::Mod,
            Operator::Pow => Node::Pow,
            Operator::LShift => Node::LShift,
            Operator::RShift => Node::RShift,
            Operator::BitOr => Node::BitOr,
            Operator::BitXor => Node::BitXor,
            Operator::BitAnd => Node::BitAnd,
            Operator::FloorDiv => Node::FloorDiv,
        })
    }

    fn dict(&self, d: &ExprDict) -> PyResult {
        let keys = self.list(&d.items, |item| self.optional_expr(item.key.as_ref()))?;
        let values = self.exprs(d.items.iter().map(|item| &item.value))?;
        self.node(Node::Dict, d.range, &[keys, values])
    }

    fn comprehension(
        &self,
        node: Node,
        at: TextRange,
        elements: &[&Expr],
        generators: &[Comprehension],
    ) -> PyResult {
        let mut fields = GcVec::new();
        for element in elements {
            fields.push(&self.vm.heap, self.expr(element)?);
        }
        let generators = self.list(generators, |c| {
            let (target, iter) = (self.expr(&c.target)?, self.expr(&c.iter)?);
            let ifs = self.exprs(&c.ifs)?;
            let is_async = Value::small_int(i64::from(c.is_async));
            self.bare(Node::comprehension, &[target, iter, ifs, is_async])
        })?;
        fields.push(&self.vm.heap, generators);
        self.node(node, at, &fields)
    }

    fn generator(&self, g: &ExprGenerator, at: TextRange) -> PyResult {
        self.comprehension(Node::GeneratorExp, at, &[&g.elt], &g.generators)
    }

    fn call(&self, c: &ExprCall) -> PyResult {
        let function = self.expr(&c.func)?;
        let args = self.list(&c.arguments.args, |arg| match arg {
            // The parentheses of the call are those of its only argument.
            Expr::Generator(g) if !g.parenthesized => self.generator(g, c.arguments.range()),
            arg => self.expr(arg),
        })?;
        let keywords = self.list(&c.arguments.keywords, |k| self.keyword(k))?;
        self.node(Node::Call, c.range(), &[function, args, keywords])
    }

    // ---- strings

    fn text(&self, wtf8: &[u8]) -> Value {
        Str::from_wtf8(&self.vm.heap, wtf8).value()
    }

    fn string(&self, s: &ExprStringLiteral) -> PyResult {
        let value = self.text(&literals::string_value(self.source, s));
        let kind = if s.value.is_unicode() { self.name("u") } else { Value::none() };
        self.node(Node::Constant, s.range, &[value, kind])
    }

    fn fstring(&self, f: &ExprFString) -> PyResult {
        let mut pieces = Vec::new();
        for part in &f.value {
            match part {
                FStringPart::Literal(s) => {
                    let is_unicode = s.flags.prefix().is_unicode();
                    push_text(&mut pieces, literals::middle_part(self.source, s), s.range, is_unicode);
                }
                FStringPart::FString(f) => self.pieces(&f.elements, &mut pieces),
            }
        }
        let values = self.joined(&pieces, false)?;
        self.node(Node::JoinedStr, f.range, &[values])
    }

    fn tstring(&self, t: &ExprTString) -> PyResult {
        let mut pieces = Vec::new();
        t.value.iter().for_each(|part| self.pieces(&part.elements, &mut pieces));
        let values = self.joined(&pieces, true)?;
        self.node(Node::TemplateStr, t.range, &[values])
    }

    fn pieces<'e>(&self, elements: &'e [InterpolatedStringElement], pieces: &mut Vec<Piece<'e>>) {
        for element in elements {
            match element {
                InterpolatedStringElement::Literal(l) => {
                    let text = literals::middle_value(self.source, l.range, &l.value);
                    push_text(pieces, text, l.range, false);
                }
                InterpolatedStringElement::Interpolation(i) => {
                    if let Some(debug) = &i.debug_text {
                        let start = i.range.start() + TextSize::new(1);
                        let at = TextRange::at(start, TextSize::of(debug.as_str()));
                        push_text(pieces, debug.as_str().as_bytes().to_vec(), at, false);
                    }
                    pieces.push(Piece::Value(i));
                }
            }
        }
    }

    fn joined(&self, pieces: &[Piece<'_>], template: bool) -> PyResult {
        self.list(pieces, |piece| match piece {
            Piece::Text(text, at, is_unicode) => {
                let kind = if *is_unicode { self.name("u") } else { Value::none() };
                let text = self.text(text);
                self.node(Node::Constant, *at, &[text, kind])
            }
            Piece::Value(i) => self.interpolated(i, template),
        })
    }

    /// A replacement field, with its specification.
    fn interpolated(&self, i: &InterpolatedElement, template: bool) -> PyResult {
        let value = self.expr(&i.expression)?;
        let conversion = match i.conversion {
            ConversionFlag::None if i.debug_text.is_some() && i.format_spec.is_none() => i64::from(b'r'),
            ConversionFlag::None => -1,
            flag => i64::from(flag.to_byte().unwrap_or(b's')),
        };
        let spec = match &i.format_spec {
            None => Value::none(),
            Some(spec) => {
                let mut pieces = Vec::new();
                self.pieces(&spec.elements, &mut pieces);
                let values = self.joined(&pieces, false)?;
                // From the colon on.
                let start = self.source.text[..spec.range.start().to_usize()].rfind(':');
                let start = start.map_or(spec.range.start(), |at| TextSize::new(at as u32));
                self.node(Node::JoinedStr, TextRange::new(start, spec.range.end()), &[values])?
            }
        };
        let conversion = Value::small_int(conversion);
        if !template {
            return self.node(Node::FormattedValue, i.range, &[value, conversion, spec]);
        }
        let text = self.vm.new_str(&adder_compiler::interpolation_text(self.source, i));
        self.node(Node::Interpolation, i.range, &[value, text, conversion, spec])
    }
}

/// Appends text, to the piece before if that is text as well.
fn push_text(pieces: &mut Vec<Piece<'_>>, text: Vec<u8>, at: TextRange, is_unicode: bool) {
    if text.is_empty() {
        return;
    }
    match pieces.last_mut() {
        Some(Piece::Text(last, range, _)) => {
            last.extend(text);
            *range = range.cover(at);
        }
        _ => pieces.push(Piece::Text(text, at, is_unicode)),
    }
}

fn comparison(op: CmpOp) -> Node {
    match op {
        CmpOp::Eq => Node::Eq,
        CmpOp::NotEq => Node::NotEq,
        CmpOp::Lt => Node::Lt,
        CmpOp::LtE => Node::LtE,
        CmpOp::Gt => Node::Gt,
        CmpOp::GtE => Node::GtE,
        CmpOp::Is => Node::Is,
        CmpOp::IsNot => Node::IsNot,
        CmpOp::In => Node::In,
        CmpOp::NotIn => Node::NotIn,
    }
}
