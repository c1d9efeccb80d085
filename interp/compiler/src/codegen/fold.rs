//! Constant expressions, folded with CPython's limits.
//!
//! Only literals and operators on constants fold; nothing folds whose evaluation raises. The limits keep folding from
//! blowing up a program that merely mentions a big value.

use super::Compiler;
use crate::literals;
use crate::symtable::node_address;
use adder_bytecode::Const;
use num_bigint::{BigInt, Sign};
use ruff_python_ast::{Expr, ExprContext, Number, Operator, UnaryOp};

/// Bits of a folded integer.
const MAX_INT_BITS: u64 = 128;
/// Length of a folded tuple.
const MAX_COLLECTION: usize = 256;
/// Length of a folded string.
const MAX_STR: usize = 4096;
/// Items, nested ones included, of a repeated tuple.
const MAX_TOTAL_ITEMS: i64 = 1024;

/// The truth value of a constant.
pub fn truth(value: &Const) -> bool {
    match value {
        Const::None | Const::False => false,
        Const::True | Const::Ellipsis | Const::BigInt { .. } | Const::Slice(_) | Const::Code(_) => true,
        Const::Int(i) => *i != 0,
        Const::Float(bits) => f64::from_bits(*bits) != 0.0,
        Const::Complex { re, im } => f64::from_bits(*re) != 0.0 || f64::from_bits(*im) != 0.0,
        Const::Str(s) | Const::Bytes(s) => !s.is_empty(),
        Const::Tuple(items) | Const::FrozenSet(items) => !items.is_empty(),
    }
}

impl<'a> Compiler<'a, '_> {
    /// The value of `e` when it is a constant expression.
    pub fn constant(&mut self, e: &Expr) -> Option<Const> {
        match e {
            Expr::NoneLiteral(_) => Some(Const::None),
            Expr::BooleanLiteral(b) => Some(if b.value { Const::True } else { Const::False }),
            Expr::EllipsisLiteral(l) => Some(self.source.constant_at(l.range).unwrap_or(Const::Ellipsis)),
            Expr::NumberLiteral(n) => Some(number(&n.value)),
            Expr::StringLiteral(s) => Some(Const::Str(literals::string_value(self.source, s).into())),
            Expr::BytesLiteral(b) => Some(Const::Bytes(b.value.bytes().collect())),
            Expr::Name(n) if n.ctx == ExprContext::Load && n.id == "__debug__" => {
                Some(if self.options.optimize == 0 { Const::True } else { Const::False })
            }
            Expr::FString(f) => self.constant_fstring(f),
            Expr::UnaryOp(_) | Expr::BinOp(_) | Expr::Tuple(_) | Expr::Subscript(_) | Expr::Slice(_) => {
                if self.not_constant.contains(&node_address(e)) {
                    return None;
                }
                let value = self.fold_operator(e);
                if value.is_none() {
                    self.not_constant.insert(node_address(e));
                }
                value
            }
            _ => None,
        }
    }

    fn fold_operator(&mut self, e: &Expr) -> Option<Const> {
        match e {
            Expr::UnaryOp(u) => unary(u.op, self.constant(&u.operand)?),
            Expr::BinOp(b) => {
                // The right operand is the short one in a chain.
                let right = self.constant(&b.right)?;
                let left = self.constant(&b.left)?;
                binary(&left, b.op, &right)
            }
            Expr::Tuple(t) if t.ctx == ExprContext::Load => {
                let items: Option<Vec<Const>> = t.elts.iter().map(|e| self.constant(e)).collect();
                Some(Const::Tuple(items?.into()))
            }
            Expr::Subscript(s) if s.ctx == ExprContext::Load => {
                let index = self.constant(&s.slice)?;
                let value = self.constant(&s.value)?;
                subscript(&value, &index)
            }
            Expr::Slice(s) => {
                let mut part = |e: &Option<Box<Expr>>| match e {
                    Some(e) => self.constant(e),
                    None => Some(Const::None),
                };
                Some(Const::Slice(Box::new([part(&s.lower)?, part(&s.upper)?, part(&s.step)?])))
            }
            _ => None,
        }
    }

    /// A display of constants that is only iterated or searched: a tuple, or a frozenset for sets.
    pub fn constant_container(&mut self, e: &Expr) -> Option<Const> {
        let elts = match e {
            Expr::List(l) => &l.elts,
            Expr::Set(s) => &s.elts,
            _ => return None,
        };
        if elts.iter().any(|e| matches!(e, Expr::Starred(_))) {
            return None;
        }
        let items: Option<Vec<Const>> = elts.iter().map(|e| self.constant(e)).collect();
        let items = items?.into();
        Some(if matches!(e, Expr::Set(_)) { Const::FrozenSet(items) } else { Const::Tuple(items) })
    }

    /// A string literal's value as text, when it has no lone surrogates.
    pub fn string_constant(&mut self, e: &Expr) -> Option<String> {
        match self.constant(e)? {
            Const::Str(bytes) => String::from_utf8(bytes.to_vec()).ok(),
            _ => None,
        }
    }
}

/// The value of a number literal.
pub fn number(n: &Number) -> Const {
    match n {
        Number::Int(i) => match i.as_i64() {
            Some(v) => Const::Int(v),
            None => {
                let text = i.to_string().replace('_', "");
                let lower = text.to_ascii_lowercase();
                let (digits, radix) = match lower.get(..2) {
                    Some("0x") => (&lower[2..], 16),
                    Some("0o") => (&lower[2..], 8),
                    Some("0b") => (&lower[2..], 2),
                    _ => (&lower[..], 10),
                };
                let value = BigInt::parse_bytes(digits.as_bytes(), radix).unwrap_or_default();
                from_big(value)
            }
        },
        Number::Float(f) => Const::Float(f.to_bits()),
        Number::Complex { real, imag } => Const::Complex { re: real.to_bits(), im: imag.to_bits() },
    }
}

fn to_big(value: &Const) -> Option<BigInt> {
    match value {
        Const::Int(i) => Some(BigInt::from(*i)),
        Const::True => Some(BigInt::from(1)),
        Const::False => Some(BigInt::from(0)),
        Const::BigInt { negative, magnitude } => {
            Some(BigInt::from_bytes_le(if *negative { Sign::Minus } else { Sign::Plus }, magnitude))
        }
        _ => None,
    }
}

fn from_big(value: BigInt) -> Const {
    match i64::try_from(&value) {
        Ok(i) => Const::Int(i),
        Err(_) => {
            let (sign, magnitude) = value.to_bytes_le();
            Const::BigInt { negative: sign == Sign::Minus, magnitude: magnitude.into() }
        }
    }
}

fn unary(op: UnaryOp, value: Const) -> Option<Const> {
    match (op, &value) {
        (UnaryOp::Not, _) => Some(if truth(&value) { Const::False } else { Const::True }),
        (UnaryOp::USub, Const::Float(bits)) => Some(Const::Float((-f64::from_bits(*bits)).to_bits())),
        (UnaryOp::UAdd, Const::Float(_) | Const::Complex { .. }) => Some(value),
        (UnaryOp::USub, Const::Complex { re, im }) => {
            let negate = |bits: u64| (-f64::from_bits(bits)).to_bits();
            Some(Const::Complex { re: negate(*re), im: negate(*im) })
        }
        (UnaryOp::Invert, Const::True | Const::False) => None,
        (UnaryOp::USub, _) => Some(from_big(-to_big(&value)?)),
        (UnaryOp::UAdd, _) => Some(from_big(to_big(&value)?)),
        (UnaryOp::Invert, _) => Some(from_big(!to_big(&value)?)),
    }
}

fn binary(left: &Const, op: Operator, right: &Const) -> Option<Const> {
    if let (Some(a), Some(b)) = (to_big(left), to_big(right)) {
        return int_op(left, a, op, right, b);
    }
    match (left, right) {
        (Const::Str(a), Const::Str(b)) if op == Operator::Add => concat(a, b).map(Const::Str),
        (Const::Bytes(a), Const::Bytes(b)) if op == Operator::Add => concat(a, b).map(Const::Bytes),
        (Const::Tuple(a), Const::Tuple(b)) if op == Operator::Add => {
            (a.len() + b.len() <= MAX_COLLECTION).then(|| Const::Tuple([&a[..], &b[..]].concat().into()))
        }
        (Const::Str(_) | Const::Bytes(_) | Const::Tuple(_), _) if op == Operator::Mult => repeat(left, right),
        (_, Const::Str(_) | Const::Bytes(_) | Const::Tuple(_)) if op == Operator::Mult => repeat(right, left),
        _ => float_op(left, op, right),
    }
}

fn concat(a: &[u8], b: &[u8]) -> Option<adder_bytecode::lent::Bytes> {
    // WTF-8: a high and a low surrogate that meet would have to fuse.
    let fuse = a.len() >= 3 && a[a.len() - 3] == 0xed && b.first() == Some(&0xed);
    (!fuse).then(|| [a, b].concat().into())
}

fn repeat(sequence: &Const, count: &Const) -> Option<Const> {
    let n = i64::try_from(&to_big(count)?).ok()?;
    let n = n.max(0);
    match sequence {
        Const::Str(s) | Const::Bytes(s) => {
            let length = (s.len() as i64).checked_mul(n)?;
            if length > MAX_STR as i64 || s.first() == Some(&0xed) {
                return None;
            }
            let bytes = s.repeat(n as usize).into();
            Some(if matches!(sequence, Const::Str(_)) { Const::Str(bytes) } else { Const::Bytes(bytes) })
        }
        Const::Tuple(items) => {
            let total = items.iter().map(total_items).sum::<i64>();
            if n > MAX_COLLECTION as i64
                || (items.len() as i64) * n > MAX_COLLECTION as i64
                || total.checked_mul(n)? > MAX_TOTAL_ITEMS
            {
                return None;
            }
            Some(Const::Tuple(items.iter().cloned().cycle().take(items.len() * n as usize).collect()))
        }
        _ => None,
    }
}

fn total_items(value: &Const) -> i64 {
    match value {
        Const::Tuple(items) => 1 + items.iter().map(total_items).sum::<i64>(),
        _ => 1,
    }
}

fn int_op(left: &Const, a: BigInt, op: Operator, right: &Const, b: BigInt) -> Option<Const> {
    let zero = BigInt::from(0);
    let bools = matches!(left, Const::True | Const::False) && matches!(right, Const::True | Const::False);
    let result = match op {
        Operator::Add => a + b,
        Operator::Sub => a - b,
        Operator::Mult => {
            if a.bits() + b.bits() > MAX_INT_BITS {
                return None;
            }
            a * b
        }
        Operator::Div => {
            if b == zero || a.bits() > 53 || b.bits() > 53 {
                return None;
            }
            let (a, b) = (i64::try_from(&a).ok()?, i64::try_from(&b).ok()?);
            return Some(Const::Float((a as f64 / b as f64).to_bits()));
        }
        Operator::FloorDiv if b != zero => floor_div(&a, &b),
        Operator::Mod if b != zero => &a - floor_div(&a, &b) * &b,
        Operator::Pow => return int_pow(&a, &b),
        Operator::LShift => {
            let n = u64::try_from(&b).ok()?;
            if n > MAX_INT_BITS || (a.bits() + n > MAX_INT_BITS && a != zero) {
                return None;
            }
            a << n
        }
        Operator::RShift => {
            let n = u64::try_from(&b).ok()?;
            a >> n.min(1 << 20)
        }
        Operator::BitAnd => a & b,
        Operator::BitOr => a | b,
        Operator::BitXor => a ^ b,
        Operator::MatMult | Operator::FloorDiv | Operator::Mod => return None,
    };
    let bitwise = matches!(op, Operator::BitAnd | Operator::BitOr | Operator::BitXor);
    if bools && bitwise {
        return Some(if result == zero { Const::False } else { Const::True });
    }
    Some(from_big(result))
}

fn floor_div(a: &BigInt, b: &BigInt) -> BigInt {
    let (q, r) = (a / b, a % b);
    if r != BigInt::from(0) && (r.sign() == Sign::Minus) != (b.sign() == Sign::Minus) { q - 1 } else { q }
}

fn int_pow(a: &BigInt, b: &BigInt) -> Option<Const> {
    match i64::try_from(b) {
        Ok(n) if n >= 0 => {
            let n = u32::try_from(n).ok()?;
            if n > 0 && a.bits().checked_mul(u64::from(n))? > MAX_INT_BITS {
                return None;
            }
            Some(from_big(a.pow(n)))
        }
        // A negative exponent makes a float; 0 has no reciprocal.
        Ok(n) if *a != BigInt::from(0) && a.bits() <= 53 && n > -1024 => {
            let base = i64::try_from(a).ok()? as f64;
            Some(Const::Float(base.powf(n as f64).to_bits()))
        }
        _ => None,
    }
}

fn as_float(value: &Const) -> Option<f64> {
    match value {
        Const::Float(bits) => Some(f64::from_bits(*bits)),
        Const::Int(i) if i.unsigned_abs() <= 1 << 53 => Some(*i as f64),
        Const::True => Some(1.0),
        Const::False => Some(0.0),
        _ => None,
    }
}

fn float_op(left: &Const, op: Operator, right: &Const) -> Option<Const> {
    if matches!(left, Const::Complex { .. }) || matches!(right, Const::Complex { .. }) {
        return complex_op(left, op, right);
    }
    let (a, b) = (as_float(left)?, as_float(right)?);
    let result = match op {
        Operator::Add => a + b,
        Operator::Sub => a - b,
        Operator::Mult => a * b,
        Operator::Div if b != 0.0 => a / b,
        // Rounding of `//`, `%` and the special cases of `**` are the float type's business at run time.
        Operator::Pow if a > 0.0 && a.is_finite() && b.is_finite() => a.powf(b),
        _ => return None,
    };
    // An overflow may have to raise.
    (result.is_finite() || !a.is_finite() || !b.is_finite() || op != Operator::Pow)
        .then(|| Const::Float(result.to_bits()))
}

fn complex_op(left: &Const, op: Operator, right: &Const) -> Option<Const> {
    let parts = |value: &Const| match value {
        Const::Complex { re, im } => Some((f64::from_bits(*re), Some(f64::from_bits(*im)))),
        _ => as_float(value).map(|re| (re, None)),
    };
    let (a, ai) = parts(left)?;
    let (b, bi) = parts(right)?;
    // Mixed real and complex operands keep the sign of a zero that a coercion would lose.
    let (re, im) = match op {
        Operator::Add => (a + b, add_parts(ai, bi)),
        Operator::Sub => match (ai, bi) {
            (Some(x), Some(y)) => (a - b, x - y),
            (Some(x), None) => (a - b, x),
            (None, Some(y)) => (a - b, -y),
            (None, None) => return None,
        },
        Operator::Mult => match (ai, bi) {
            (Some(x), None) => (a * b, x * b),
            (None, Some(y)) => (a * b, a * y),
            _ => return None,
        },
        _ => return None,
    };
    Some(Const::Complex { re: re.to_bits(), im: im.to_bits() })
}

fn add_parts(a: Option<f64>, b: Option<f64>) -> f64 {
    match (a, b) {
        (Some(x), Some(y)) => x + y,
        (Some(x), None) | (None, Some(x)) => x,
        (None, None) => 0.0,
    }
}

fn subscript(value: &Const, index: &Const) -> Option<Const> {
    let at = |length: usize| {
        let i = i64::try_from(&to_big(index)?).ok()?;
        let i = if i < 0 { i + length as i64 } else { i };
        usize::try_from(i).ok().filter(|&i| i < length)
    };
    match value {
        Const::Tuple(items) => items.get(at(items.len())?).cloned(),
        Const::Bytes(bytes) => bytes.get(at(bytes.len())?).map(|&b| Const::Int(i64::from(b))),
        Const::Str(bytes) => {
            let text = std::str::from_utf8(bytes).ok()?;
            let c = text.chars().nth(at(text.chars().count())?)?;
            Some(Const::Str(c.to_string().into_bytes().into()))
        }
        _ => None,
    }
}

/// Whether two constants are the same dictionary key.
pub fn same_key(a: &Const, b: &Const) -> bool {
    match (as_number(a), as_number(b)) {
        (Some(x), Some(y)) => x == y,
        _ => a == b,
    }
}

fn as_number(value: &Const) -> Option<f64> {
    match value {
        Const::Complex { re, im } if f64::from_bits(*im) == 0.0 => Some(f64::from_bits(*re)),
        _ => as_float(value),
    }
}
