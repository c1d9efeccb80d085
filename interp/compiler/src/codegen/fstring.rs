//! f-strings (PEP 701), t-strings (PEP 750) and `%` formatting of constant formats.

use super::Compiler;
use super::code::Reg;
use crate::error::Result;
use crate::literals;
use crate::source::Source;
use adder_bytecode::{Const, Op};
use ruff_python_ast::{
    ConversionFlag, Expr, ExprBinOp, ExprFString, ExprTString, FStringPart, InterpolatedElement,
    InterpolatedStringElement, InterpolatedStringFormatSpec, Operator,
};
use ruff_text_size::{Ranged, TextRange};

/// A piece of a format: literal text or an interpolated value.
enum Piece<'a> {
    Text(Vec<u8>, TextRange),
    Value(&'a InterpolatedElement),
}

/// Operand of `Convert` and `BuildInterpolation`.
fn conversion_code(flag: ConversionFlag) -> u16 {
    match flag {
        ConversionFlag::None => 0,
        ConversionFlag::Str => 1,
        ConversionFlag::Repr => 2,
        ConversionFlag::Ascii => 3,
    }
}

impl<'a> Compiler<'a, '_> {
    /// The value of an f-string without replacement fields.
    pub fn constant_fstring(&mut self, f: &ExprFString) -> Option<Const> {
        let mut out = Vec::new();
        for part in &f.value {
            match part {
                FStringPart::Literal(s) => out.extend(literals::middle_part(self.source, s)),
                FStringPart::FString(f) => {
                    for element in &f.elements {
                        let InterpolatedStringElement::Literal(l) = element else { return None };
                        out.extend(literals::middle_value(self.source, l.range, &l.value));
                    }
                }
            }
        }
        Some(Const::Str(out.into()))
    }

    pub fn fstring(&mut self, f: &'a ExprFString, dst: Reg) -> Result<()> {
        let mut pieces = Vec::new();
        for part in &f.value {
            match part {
                FStringPart::Literal(s) => {
                    push_text(&mut pieces, literals::middle_part(self.source, s), s.range);
                }
                FStringPart::FString(f) => self.pieces(&f.elements, &mut pieces),
            }
        }
        self.join(pieces, f.range, dst)
    }

    fn pieces(&mut self, elements: &'a [InterpolatedStringElement], pieces: &mut Vec<Piece<'a>>) {
        for element in elements {
            match element {
                InterpolatedStringElement::Literal(l) => {
                    push_text(pieces, literals::middle_value(self.source, l.range, &l.value), l.range);
                }
                InterpolatedStringElement::Interpolation(i) => {
                    if let Some(debug) = &i.debug_text {
                        push_text(pieces, debug.as_str().as_bytes().to_vec(), i.range);
                    }
                    pieces.push(Piece::Value(i));
                }
            }
        }
    }

    /// Concatenates pieces into `dst`.
    fn join(&mut self, pieces: Vec<Piece<'a>>, at: TextRange, dst: Reg) -> Result<()> {
        let n = pieces.len();
        if n == 1
            && let Piece::Value(i) = &pieces[0]
        {
            return self.formatted(i, dst);
        }
        if n == 0 {
            self.load_const(at, dst, Const::Str(Default::default()));
            return Ok(());
        }
        let m = self.u.mark();
        let first = self.u.alloc_n(0);
        for piece in pieces {
            let r = self.u.alloc();
            match piece {
                Piece::Text(text, range) => self.load_const(range, r, Const::Str(text.into())),
                Piece::Value(i) => self.formatted(i, r)?,
            }
        }
        if n == 1 {
            self.move_to(at, dst, first);
        } else {
            self.emit(at, Op::BuildString, dst, first, n as u16);
        }
        self.u.release(m);
        Ok(())
    }

    /// The conversion that applies: `=` alone means repr.
    fn conversion(i: &InterpolatedElement) -> u16 {
        let implied = i.debug_text.is_some() && i.format_spec.is_none();
        match conversion_code(i.conversion) {
            0 if implied => conversion_code(ConversionFlag::Repr),
            code => code,
        }
    }

    fn formatted(&mut self, i: &'a InterpolatedElement, dst: Reg) -> Result<()> {
        let m = self.u.mark();
        let mut value = self.operand(&i.expression)?;
        let code = Self::conversion(i);
        if code != 0 {
            let converted = self.u.alloc();
            self.emit(i.range, Op::Convert, converted, value, code);
            value = converted;
        }
        match &i.format_spec {
            None => self.emit(i.range, Op::FormatSimple, dst, value, 0),
            Some(spec) => {
                if !self.u.is_temp(value) && self.table.scope(self.u.scope).has_walrus {
                    let copy = self.u.alloc();
                    self.move_to(i.range, copy, value);
                    value = copy;
                }
                let r = self.u.alloc();
                self.format_spec(spec, r)?;
                self.emit(i.range, Op::FormatSpec, dst, value, r);
            }
        }
        self.u.release(m);
        Ok(())
    }

    fn format_spec(&mut self, spec: &'a InterpolatedStringFormatSpec, dst: Reg) -> Result<()> {
        self.nest()?;
        let mut pieces = Vec::new();
        self.pieces(&spec.elements, &mut pieces);
        self.join(pieces, spec.range, dst)?;
        self.depth -= 1;
        Ok(())
    }

    // ---- t-strings

    pub fn tstring(&mut self, t: &'a ExprTString, dst: Reg) -> Result<()> {
        let m = self.u.mark();
        let mut strings = vec![Vec::new()];
        let mut values = Vec::new();
        for part in &t.value {
            for element in &part.elements {
                match element {
                    InterpolatedStringElement::Literal(l) => {
                        let text = literals::middle_value(self.source, l.range, &l.value);
                        strings.last_mut().expect("never empty").extend(text);
                    }
                    InterpolatedStringElement::Interpolation(i) => {
                        if let Some(debug) = &i.debug_text {
                            strings.last_mut().expect("never empty").extend(debug.as_str().as_bytes());
                        }
                        values.push(i);
                        strings.push(Vec::new());
                    }
                }
            }
        }
        let strings: Vec<Const> = strings.into_iter().map(|s| Const::Str(s.into())).collect();
        let pair = self.u.alloc_n(2);
        self.load_const(t.range, pair, Const::Tuple(strings.into()));
        let inner = self.u.mark();
        if values.len() <= 32 {
            let first = self.u.alloc_n(0);
            for i in &values {
                let r = self.u.alloc();
                self.interpolation(i, r)?;
            }
            self.emit(t.range, Op::BuildTuple, pair + 1, first, values.len() as u16);
        } else {
            self.emit(t.range, Op::BuildList, pair + 1, pair + 1, 0);
            for i in &values {
                let r = self.u.alloc();
                self.interpolation(i, r)?;
                self.emit(t.range, Op::ListAppend, pair + 1, r, 0);
                self.u.release(inner);
            }
            self.emit(t.range, Op::ListToTuple, pair + 1, pair + 1, 0);
        }
        self.emit(t.range, Op::BuildTemplate, dst, pair, 0);
        self.u.release(m);
        Ok(())
    }

    fn interpolation(&mut self, i: &'a InterpolatedElement, dst: Reg) -> Result<()> {
        let m = self.u.mark();
        let operands = self.u.alloc_n(3);
        self.into(&i.expression, operands)?;
        let text = interpolation_text(self.source, i);
        self.load_const(i.range, operands + 1, Const::Str(text.into_bytes().into()));
        match &i.format_spec {
            None => self.emit(i.range, Op::ClearLocal, operands + 2, 0, 0),
            Some(spec) => self.format_spec(spec, operands + 2)?,
        }
        self.emit(i.range, Op::BuildInterpolation, dst, operands, Self::conversion(i));
        self.u.release(m);
        Ok(())
    }

    // ---- '...' % (...)

    /// `'%s and %r' % (a, b)` with plain conversions becomes an f-string.
    pub fn percent_format(&mut self, b: &'a ExprBinOp, dst: Reg) -> Result<bool> {
        let (Operator::Mod, Expr::Tuple(t), Expr::StringLiteral(_)) = (b.op, &*b.right, &*b.left) else {
            return Ok(false);
        };
        if t.elts.iter().any(|e| matches!(e, Expr::Starred(_))) {
            return Ok(false);
        }
        let Some(format) = self.string_constant(&b.left) else { return Ok(false) };
        let Some(parsed) = parse_percent(&format, t.elts.len()) else { return Ok(false) };
        let m = self.u.mark();
        let first = self.u.alloc_n(0);
        let mut n = 0;
        let mut values = t.elts.iter();
        for piece in parsed {
            let r = self.u.alloc();
            n += 1;
            match piece {
                Percent::Text(text) => self.load_const(b.range, r, Const::Str(text.into_bytes().into())),
                Percent::Value(code) => {
                    let e = values.next().expect("the counts agree");
                    let inner = self.u.mark();
                    let value = self.operand(e)?;
                    self.emit(e.range(), Op::Convert, r, value, code);
                    self.u.release(inner);
                }
            }
        }
        self.emit(b.range, Op::BuildString, dst, first, n);
        self.u.release(m);
        Ok(true)
    }
}

/// The source of an interpolated expression: what stands between the brace and the conversion, stripped at the end.
pub fn interpolation_text(source: &Source<'_>, i: &InterpolatedElement) -> String {
    if let Some(debug) = &i.debug_text {
        let text = debug.as_str();
        let text = text.trim_end().strip_suffix('=').unwrap_or(text);
        return text.trim().to_string();
    }
    if !source.has_text() {
        return crate::unparse::expression(source, &i.expression);
    }
    let whole = source.slice(i.range);
    let inside = whole.strip_prefix('{').unwrap_or(whole);
    let end = i.expression.range().end().to_usize() - i.range.start().to_usize() - 1;
    // Closing parentheses around the expression belong to its text.
    let (head, tail) = inside.split_at(end.min(inside.len()));
    let closing = tail.find([':', '!', '}']).unwrap_or(0);
    format!("{head}{}", &tail[..closing]).trim().to_string()
}

fn push_text(pieces: &mut Vec<Piece<'_>>, text: Vec<u8>, at: TextRange) {
    if text.is_empty() {
        return;
    }
    match pieces.last_mut() {
        Some(Piece::Text(last, _)) => last.extend(text),
        _ => pieces.push(Piece::Text(text, at)),
    }
}

/// A piece of a `%` format.
enum Percent {
    Text(String),
    Value(u16),
}

/// Splits a format of plain `%s`, `%r`, `%a` and `%%`; None when it has anything else or the wrong number of values.
fn parse_percent(format: &str, count: usize) -> Option<Vec<Percent>> {
    let mut out = Vec::new();
    let mut text = String::new();
    let mut chars = format.chars();
    let mut values = 0;
    while let Some(c) = chars.next() {
        if c != '%' {
            text.push(c);
            continue;
        }
        let code = match chars.next()? {
            '%' => {
                text.push('%');
                continue;
            }
            's' => 1,
            'r' => 2,
            'a' => 3,
            _ => return None,
        };
        if !text.is_empty() {
            out.push(Percent::Text(std::mem::take(&mut text)));
        }
        out.push(Percent::Value(code));
        values += 1;
    }
    if !text.is_empty() {
        out.push(Percent::Text(text));
    }
    (values == count && count > 0 && count <= 16).then_some(out)
}
