//! Source text of expressions, as CPython renders annotations under `from __future__ import annotations`.

use crate::literals;
use crate::source::Source;
use adder_bytecode::Const;
use ruff_python_ast::{
    BoolOp, Comprehension, Expr, FStringPart, InterpolatedStringElement, Number, Operator, Parameters,
    UnaryOp,
};

/// Binding strength, weakest first.
mod level {
    pub const TUPLE: u8 = 0;
    pub const TEST: u8 = 1;
    pub const OR: u8 = 2;
    pub const AND: u8 = 3;
    pub const NOT: u8 = 4;
    pub const CMP: u8 = 5;
    pub const EXPR: u8 = 6;
    pub const BOR: u8 = 6;
    pub const BXOR: u8 = 7;
    pub const BAND: u8 = 8;
    pub const SHIFT: u8 = 9;
    pub const ARITH: u8 = 10;
    pub const TERM: u8 = 11;
    pub const FACTOR: u8 = 12;
    pub const POWER: u8 = 13;
    pub const AWAIT: u8 = 14;
    pub const ATOM: u8 = 15;
}

struct Writer<'a, 's> {
    out: Vec<u8>,
    source: &'a Source<'s>,
}

/// The text of an annotation.
pub fn annotation(source: &Source<'_>, e: &Expr) -> Vec<u8> {
    let mut w = Writer { out: Vec::new(), source };
    w.expr(e, level::TEST);
    w.out
}

/// The text of any expression.
pub fn expression(source: &Source<'_>, e: &Expr) -> String {
    String::from_utf8_lossy(&annotation(source, e)).into_owned()
}

/// The `repr` of a constant.
pub fn constant(value: &Const) -> String {
    match value {
        Const::None => "None".into(),
        Const::True => "True".into(),
        Const::False => "False".into(),
        Const::Ellipsis => "Ellipsis".into(),
        Const::Int(i) => i.to_string(),
        Const::BigInt { negative, magnitude } => {
            let digits = num_bigint::BigUint::from_bytes_le(magnitude);
            format!("{}{digits}", if *negative { "-" } else { "" })
        }
        Const::Float(bits) => float_repr(f64::from_bits(*bits)),
        Const::Complex { re, im } => {
            let (re, im) = (f64::from_bits(*re), f64::from_bits(*im));
            let tail = format!("{}j", complex_part(im));
            if re == 0.0 && re.is_sign_positive() {
                tail
            } else {
                let sign = if im.is_sign_negative() { "" } else { "+" };
                format!("({}{sign}{tail})", complex_part(re))
            }
        }
        Const::Str(s) => str_repr(s),
        Const::Bytes(b) => bytes_repr(b),
        Const::Tuple(items) => {
            let list: Vec<String> = items.iter().map(constant).collect();
            if list.len() == 1 { format!("({},)", list[0]) } else { format!("({})", list.join(", ")) }
        }
        Const::FrozenSet(items) => {
            let list: Vec<String> = items.iter().map(constant).collect();
            format!("frozenset({{{}}})", list.join(", "))
        }
        Const::Slice(parts) => {
            format!("slice({}, {}, {})", constant(&parts[0]), constant(&parts[1]), constant(&parts[2]))
        }
        Const::Code(unit) => format!("<code object {}>", unit.name),
    }
}

fn complex_part(f: f64) -> String {
    let text = float_repr(f);
    text.strip_suffix(".0").map_or(text.clone(), str::to_string)
}

/// Python's `repr` of a float.
pub fn float_repr(f: f64) -> String {
    if f.is_nan() {
        return "nan".into();
    }
    if f.is_infinite() {
        return if f > 0.0 { "inf".into() } else { "-inf".into() };
    }
    let scientific = format!("{f:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if f == 0.0 || (-4..16).contains(&exponent) {
        let plain = format!("{f}");
        return if plain.contains('.') { plain } else { format!("{plain}.0") };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

fn quote_for(has_single: bool, has_double: bool) -> char {
    if has_single && !has_double { '"' } else { '\'' }
}

fn str_repr(wtf8: &[u8]) -> String {
    let quote = quote_for(wtf8.contains(&b'\''), wtf8.contains(&b'"'));
    let mut out = String::from(quote);
    let mut rest = wtf8;
    while !rest.is_empty() {
        let valid = match std::str::from_utf8(rest) {
            Ok(s) => s,
            Err(e) => std::str::from_utf8(&rest[..e.valid_up_to()]).unwrap_or(""),
        };
        for c in valid.chars() {
            push_escaped(&mut out, c, quote);
        }
        rest = &rest[valid.len()..];
        if let [a, b, c, ..] = rest {
            let code = u32::from(a & 0xf) << 12 | u32::from(b & 0x3f) << 6 | u32::from(c & 0x3f);
            out.push_str(&format!("\\u{code:04x}"));
            rest = &rest[3..];
        } else {
            break;
        }
    }
    out.push(quote);
    out
}

fn push_escaped(out: &mut String, c: char, quote: char) {
    match c {
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if c == quote => {
            out.push('\\');
            out.push(c);
        }
        c if (c as u32) < 0x20 || c as u32 == 0x7f => out.push_str(&format!("\\x{:02x}", c as u32)),
        c if (0x80..0xa1).contains(&(c as u32)) || c == '\u{ad}' => {
            out.push_str(&format!("\\x{:02x}", c as u32));
        }
        c => out.push(c),
    }
}

fn bytes_repr(bytes: &[u8]) -> String {
    let quote = quote_for(bytes.contains(&b'\''), bytes.contains(&b'"'));
    let mut out = format!("b{quote}");
    for &b in bytes {
        match b {
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b if b as char == quote => {
                out.push('\\');
                out.push(quote);
            }
            0x20..=0x7e => out.push(b as char),
            b => out.push_str(&format!("\\x{b:02x}")),
        }
    }
    out.push(quote);
    out
}

impl Writer<'_, '_> {
    fn text(&mut self, s: &str) {
        self.out.extend_from_slice(s.as_bytes());
    }

    fn wrapped(&mut self, own: u8, outer: u8, write: impl FnOnce(&mut Self)) {
        let parens = own < outer;
        if parens {
            self.text("(");
        }
        write(self);
        if parens {
            self.text(")");
        }
    }

    fn list(&mut self, items: &[Expr]) {
        for (i, e) in items.iter().enumerate() {
            if i > 0 {
                self.text(", ");
            }
            self.expr(e, level::TEST);
        }
    }

    fn expr(&mut self, e: &Expr, outer: u8) {
        match e {
            Expr::Name(n) => self.text(&n.id),
            Expr::BoolOp(b) => {
                let (own, word) =
                    if b.op == BoolOp::And { (level::AND, " and ") } else { (level::OR, " or ") };
                self.wrapped(own, outer, |w| {
                    for (i, v) in b.values.iter().enumerate() {
                        if i > 0 {
                            w.text(word);
                        }
                        w.expr(v, own + 1);
                    }
                });
            }
            Expr::Named(n) => self.wrapped(level::TUPLE, outer.max(level::TEST), |w| {
                w.expr(&n.target, level::ATOM);
                w.text(" := ");
                w.expr(&n.value, level::ATOM);
            }),
            Expr::BinOp(b) => {
                let own = operator_level(b.op);
                let right_assoc = b.op == Operator::Pow;
                self.wrapped(own, outer, |w| {
                    w.expr(&b.left, own + u8::from(right_assoc));
                    w.text(&format!(" {} ", b.op.as_str()));
                    w.expr(&b.right, own + u8::from(!right_assoc));
                });
            }
            Expr::UnaryOp(u) => {
                let own = if u.op == UnaryOp::Not { level::NOT } else { level::FACTOR };
                self.wrapped(own, outer, |w| {
                    w.text(if u.op == UnaryOp::Not { "not " } else { u.op.as_str() });
                    w.expr(&u.operand, own);
                });
            }
            Expr::Lambda(l) => self.wrapped(level::TEST, outer, |w| {
                w.text("lambda");
                if let Some(p) = &l.parameters {
                    w.text(" ");
                    w.parameters(p);
                }
                w.text(": ");
                w.expr(&l.body, level::TEST);
            }),
            Expr::If(i) => self.wrapped(level::TEST, outer, |w| {
                w.expr(&i.body, level::TEST + 1);
                w.text(" if ");
                w.expr(&i.test, level::TEST + 1);
                w.text(" else ");
                w.expr(&i.orelse, level::TEST);
            }),
            Expr::Dict(d) => {
                self.text("{");
                for (i, item) in d.items.iter().enumerate() {
                    if i > 0 {
                        self.text(", ");
                    }
                    match &item.key {
                        Some(k) => {
                            self.expr(k, level::TEST);
                            self.text(": ");
                            self.expr(&item.value, level::TEST);
                        }
                        None => {
                            self.text("**");
                            self.expr(&item.value, level::EXPR);
                        }
                    }
                }
                self.text("}");
            }
            Expr::Set(s) => {
                self.text("{");
                self.list(&s.elts);
                self.text("}");
            }
            Expr::ListComp(c) => self.comprehension("[", None, &c.elt, &c.generators, "]"),
            Expr::SetComp(c) => self.comprehension("{", None, &c.elt, &c.generators, "}"),
            Expr::Generator(c) => self.comprehension("(", None, &c.elt, &c.generators, ")"),
            Expr::DictComp(c) => self.comprehension("{", c.key.as_deref(), &c.value, &c.generators, "}"),
            Expr::Await(a) => self.wrapped(level::AWAIT, outer, |w| {
                w.text("await ");
                w.expr(&a.value, level::ATOM);
            }),
            Expr::Yield(y) => {
                self.text("(yield");
                if let Some(v) = &y.value {
                    self.text(" ");
                    self.expr(v, level::TUPLE);
                }
                self.text(")");
            }
            Expr::YieldFrom(y) => {
                self.text("(yield from ");
                self.expr(&y.value, level::TEST);
                self.text(")");
            }
            Expr::Compare(c) => self.wrapped(level::CMP, outer, |w| {
                w.expr(&c.left, level::CMP + 1);
                for (op, e) in c.ops.iter().zip(&c.comparators) {
                    w.text(&format!(" {} ", op.as_str()));
                    w.expr(e, level::CMP + 1);
                }
            }),
            Expr::Call(c) => {
                self.expr(&c.func, level::ATOM);
                if let ([Expr::Generator(_)], []) = (&*c.arguments.args, &c.arguments.keywords[..]) {
                    return self.expr(&c.arguments.args[0], level::TEST);
                }
                self.text("(");
                self.list(&c.arguments.args);
                for (i, k) in c.arguments.keywords.iter().enumerate() {
                    if i > 0 || !c.arguments.args.is_empty() {
                        self.text(", ");
                    }
                    match &k.arg {
                        Some(name) => self.text(&format!("{name}=")),
                        None => self.text("**"),
                    }
                    self.expr(&k.value, level::TEST);
                }
                self.text(")");
            }
            Expr::FString(f) => self.fstring(f),
            Expr::TString(t) => {
                let mut body = Vec::new();
                for part in &t.value {
                    self.interpolated(&part.elements, &mut body);
                }
                self.quoted("t", &body);
            }
            Expr::StringLiteral(s) => {
                if s.value.is_unicode() {
                    self.text("u");
                }
                let value = literals::string_value(self.source, s);
                self.text(&str_repr(&value));
            }
            Expr::BytesLiteral(b) => {
                let value: Vec<u8> = b.value.bytes().collect();
                self.text(&bytes_repr(&value));
            }
            Expr::NumberLiteral(n) => self.number(&n.value),
            Expr::BooleanLiteral(b) => self.text(if b.value { "True" } else { "False" }),
            Expr::NoneLiteral(_) => self.text("None"),
            Expr::EllipsisLiteral(_) => self.text("..."),
            Expr::Attribute(a) => {
                self.expr(&a.value, level::ATOM);
                // `1 .real`, not `1.real`.
                if matches!(&*a.value, Expr::NumberLiteral(n) if matches!(n.value, Number::Int(_))) {
                    self.text(" ");
                }
                self.text(&format!(".{}", a.attr));
            }
            Expr::Subscript(s) => {
                self.expr(&s.value, level::ATOM);
                self.text("[");
                match &*s.slice {
                    Expr::Tuple(t) if !t.elts.is_empty() => self.tuple_items(&t.elts),
                    e => self.expr(e, level::TUPLE),
                }
                self.text("]");
            }
            Expr::Starred(s) => {
                self.text("*");
                self.expr(&s.value, level::EXPR);
            }
            Expr::List(l) => {
                self.text("[");
                self.list(&l.elts);
                self.text("]");
            }
            Expr::Tuple(t) if t.elts.is_empty() => self.text("()"),
            Expr::Tuple(t) => self.wrapped(level::TUPLE, outer, |w| w.tuple_items(&t.elts)),
            Expr::Slice(s) => {
                if let Some(e) = &s.lower {
                    self.expr(e, level::TEST);
                }
                self.text(":");
                if let Some(e) = &s.upper {
                    self.expr(e, level::TEST);
                }
                if let Some(e) = &s.step {
                    self.text(":");
                    self.expr(e, level::TEST);
                }
            }
            Expr::IpyEscapeCommand(_) => {}
        }
    }

    fn tuple_items(&mut self, items: &[Expr]) {
        self.list(items);
        if items.len() == 1 {
            self.text(",");
        }
    }

    fn number(&mut self, n: &Number) {
        let text = constant(&crate::number_constant(n));
        // Infinity has no literal of its own.
        self.text(&text.replace("inf", "1e309"));
    }

    fn comprehension(
        &mut self,
        open: &str,
        key: Option<&Expr>,
        e: &Expr,
        gens: &[Comprehension],
        close: &str,
    ) {
        self.text(open);
        if let Some(key) = key {
            self.expr(key, level::TEST);
            self.text(": ");
        }
        self.expr(e, level::TEST);
        for g in gens {
            self.text(if g.is_async { " async for " } else { " for " });
            self.expr(&g.target, level::TUPLE);
            self.text(" in ");
            self.expr(&g.iter, level::TEST + 1);
            for test in &g.ifs {
                self.text(" if ");
                self.expr(test, level::TEST + 1);
            }
        }
        self.text(close);
    }

    fn parameters(&mut self, p: &Parameters) {
        let mut first = true;
        let mut sep = |w: &mut Self| {
            if !std::mem::take(&mut first) {
                w.text(", ");
            }
        };
        let positional = p.posonlyargs.iter().map(|a| (a, true)).chain(p.args.iter().map(|a| (a, false)));
        let only = p.posonlyargs.len();
        for (i, (a, _)) in positional.enumerate() {
            sep(self);
            self.text(&a.parameter.name);
            if let Some(d) = &a.default {
                self.text("=");
                self.expr(d, level::TEST);
            }
            if only > 0 && i + 1 == only {
                self.text(", /");
            }
        }
        if p.vararg.is_some() || !p.kwonlyargs.is_empty() {
            sep(self);
            self.text("*");
            if let Some(v) = &p.vararg {
                self.text(&v.name);
            }
        }
        for a in &p.kwonlyargs {
            sep(self);
            self.text(&a.parameter.name);
            if let Some(d) = &a.default {
                self.text("=");
                self.expr(d, level::TEST);
            }
        }
        if let Some(k) = &p.kwarg {
            sep(self);
            self.text(&format!("**{}", k.name));
        }
    }

    fn fstring(&mut self, f: &ruff_python_ast::ExprFString) {
        let mut body = Vec::new();
        for part in &f.value {
            match part {
                FStringPart::Literal(s) => escape_braces(&mut body, &literals::middle_part(self.source, s)),
                FStringPart::FString(f) => self.interpolated(&f.elements, &mut body),
            }
        }
        self.quoted("f", &body);
    }

    fn quoted(&mut self, prefix: &str, body: &[u8]) {
        self.text(prefix);
        let repr = str_repr(body);
        self.text(&repr);
    }

    fn interpolated(&mut self, elements: &[InterpolatedStringElement], body: &mut Vec<u8>) {
        for element in elements {
            match element {
                InterpolatedStringElement::Literal(l) => {
                    escape_braces(body, &literals::middle_value(self.source, l.range, &l.value));
                }
                InterpolatedStringElement::Interpolation(i) => {
                    if let Some(debug) = &i.debug_text {
                        escape_braces(body, debug.as_str().as_bytes());
                    }
                    let text = expression(self.source, &i.expression);
                    body.push(b'{');
                    if text.starts_with('{') {
                        body.push(b' ');
                    }
                    body.extend_from_slice(text.as_bytes());
                    let implied = i.debug_text.is_some() && i.format_spec.is_none();
                    match i.conversion.to_char() {
                        Some(c) => body.extend([b'!', c as u8]),
                        None if implied => body.extend(b"!r"),
                        None => {}
                    }
                    if let Some(spec) = &i.format_spec {
                        body.push(b':');
                        self.interpolated(&spec.elements, body);
                    }
                    body.push(b'}');
                }
            }
        }
    }
}

fn escape_braces(out: &mut Vec<u8>, text: &[u8]) {
    for &b in text {
        if b == b'{' || b == b'}' {
            out.push(b);
        }
        out.push(b);
    }
}

fn operator_level(op: Operator) -> u8 {
    match op {
        Operator::BitOr => level::BOR,
        Operator::BitXor => level::BXOR,
        Operator::BitAnd => level::BAND,
        Operator::LShift | Operator::RShift => level::SHIFT,
        Operator::Add | Operator::Sub => level::ARITH,
        Operator::Mult | Operator::MatMult | Operator::Div | Operator::Mod | Operator::FloorDiv => {
            level::TERM
        }
        Operator::Pow => level::POWER,
    }
}
