//! Operators: fast paths on exact built-in types, then the special-method protocol.
//!
//! One table row per binary operator names its methods, symbol and integer and float functions; everything else is
//! generated from it. Inline int and float paths live in the dispatch handlers; what arrives here is the rest.

use super::Vm;
use super::special::Special;
use crate::object::float::as_float;
use crate::object::function::NativeFunction;
use crate::object::header::{Gc, Kind};
use crate::object::int::{
    as_exact_int, as_i128, as_int, div_mod_i128, from_i128, from_int, mul_i128, shl_i128,
};
use crate::object::list::List;
use crate::object::shape::{ShapeId, shape_id};
use crate::object::str::Str;
use crate::object::typeobj::Type;
use crate::value::{PyResult, Raised, Value};
use crate::vm::planted::{Bug, planted};
use adder_numeric::{Int, NumError, float_arith, int_arith, int_bits, int_float, int_pow};

/// A binary operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    TrueDiv,
    FloorDiv,
    Mod,
    Pow,
    And,
    Or,
    Xor,
    Shl,
    Shr,
    MatMul,
    DivMod,
}

use BinaryOp::*;

impl BinaryOp {
    /// All operators by discriminant: handlers are generic over the index.
    pub const ALL: [BinaryOp; 14] =
        [Add, Sub, Mul, TrueDiv, FloorDiv, Mod, Pow, And, Or, Xor, Shl, Shr, MatMul, DivMod];
}

/// Methods and symbols of an operator.
struct Row {
    method: Special,
    reflected: Special,
    inplace: Option<Special>,
    symbol: &'static str,
}

const fn row(method: Special, reflected: Special, inplace: Special, symbol: &'static str) -> Row {
    Row { method, reflected, inplace: Some(inplace), symbol }
}

/// Indexed by [`BinaryOp`].
static ROWS: [Row; 14] = [
    row(Special::Add, Special::RAdd, Special::IAdd, "+"),
    row(Special::Sub, Special::RSub, Special::ISub, "-"),
    row(Special::Mul, Special::RMul, Special::IMul, "*"),
    row(Special::TrueDiv, Special::RTrueDiv, Special::ITrueDiv, "/"),
    row(Special::FloorDiv, Special::RFloorDiv, Special::IFloorDiv, "//"),
    row(Special::Mod, Special::RMod, Special::IMod, "%"),
    row(Special::Pow, Special::RPow, Special::IPow, "** or pow()"),
    row(Special::And, Special::RAnd, Special::IAnd, "&"),
    row(Special::Or, Special::ROr, Special::IOr, "|"),
    row(Special::Xor, Special::RXor, Special::IXor, "^"),
    row(Special::LShift, Special::RLShift, Special::ILShift, "<<"),
    row(Special::RShift, Special::RRShift, Special::IRShift, ">>"),
    row(Special::MatMul, Special::RMatMul, Special::IMatMul, "@"),
    Row { method: Special::DivMod, reflected: Special::RDivMod, inplace: None, symbol: "divmod()" },
];

impl Vm {
    /// `a op b`, or `a op= b` when `inplace`.
    pub fn binary_op(&self, op: BinaryOp, a: Value, b: Value, inplace: bool) -> PyResult {
        if let (Some(x), Some(y)) = (a.header(), b.header())
            && x.shape() == y.shape()
            && matches!(x.kind(), Kind::Instance | Kind::Native)
        {
            return self.binary_op_of_one_class(&ROWS[op as usize], a, b, inplace);
        }
        if let Some(result) = self.wide_int_op(op, a, b) {
            return Ok(result);
        }
        if let Some(result) = self.binary_builtin(op, a, b, inplace) {
            return result;
        }
        let row = &ROWS[op as usize];
        if inplace
            && let Some(special) = row.inplace
            && let Some(raw) = self.special_of(a, special)
        {
            if let Some(result) = self.reflected_before_sequence(row, a, b)? {
                return Ok(result);
            }
            let result = self.call_method_raw(raw, a, &[b])?;
            if !result.is_not_implemented() {
                return Ok(result);
            }
        }
        if let Some(result) = self.binary_protocol(row, a, b)? {
            return Ok(result);
        }
        Err(self.unsupported_operands(row, a, b, inplace))
    }

    /// As [`Self::binary_op`], for objects of one class: there is no reflected method to try.
    fn binary_op_of_one_class(&self, row: &Row, a: Value, b: Value, inplace: bool) -> PyResult {
        let ty = self.type_of(a);
        let augmented = row.inplace.filter(|_| inplace);
        for special in augmented.into_iter().chain([row.method]) {
            if let Some(raw) = self.special(ty, special) {
                let result = self.call_method_raw(raw, a, &[b])?;
                if !result.is_not_implemented() {
                    return Ok(result);
                }
            }
        }
        Err(self.unsupported_operands(row, a, b, inplace))
    }

    /// Whether a class has this method, `+` or `*`, as built-in sequences have it.
    fn repeats(&self, ty: Gc<Type>, method: Special) -> bool {
        self.special(ty, method).is_some_and(|m| m.is::<NativeFunction>())
            && self.special(ty, Special::Sub).is_none()
    }

    /// `+` and `*` of built-in sequences come after the right operand's own method, as if they had none.
    fn reflected_before_sequence(&self, row: &Row, a: Value, b: Value) -> PyResult<Option<Value>> {
        if !matches!(row.method, Special::Add | Special::Mul) {
            return Ok(None);
        }
        let (ta, tb) = (self.type_of(a), self.type_of(b));
        if ta == tb || !self.repeats(ta, row.method) || self.repeats(tb, Special::Mul) {
            return Ok(None);
        }
        let Some(raw) = self.special(tb, row.reflected) else { return Ok(None) };
        let result = self.call_method_raw(raw, b, &[a])?;
        Ok(Some(result).filter(|r| !r.is_not_implemented()))
    }

    /// The two-sided protocol; `None` when neither side implements the operation.
    fn binary_protocol(&self, row: &Row, a: Value, b: Value) -> PyResult<Option<Value>> {
        let (ta, tb) = (self.type_of(a), self.type_of(b));
        let left = self.special(ta, row.method);
        let right = if ta == tb { None } else { self.special(tb, row.reflected) };
        // A subclass on the right that overrides the reflected method goes first.
        let right_first = !planted(Bug::LeftFirst)
            && right.is_some()
            && tb.is_subtype(ta)
            && right != self.special(ta, row.reflected);
        if let Some(result) = self.reflected_before_sequence(row, a, b)? {
            return Ok(Some(result));
        }
        if right_first && let Some(raw) = right {
            let result = self.call_method_raw(raw, b, &[a])?;
            if !result.is_not_implemented() {
                return Ok(Some(result));
            }
        }
        if let Some(raw) = left {
            let result = self.call_method_raw(raw, a, &[b])?;
            if !result.is_not_implemented() {
                return Ok(Some(result));
            }
        }
        if !right_first && let Some(raw) = right {
            let result = self.call_method_raw(raw, b, &[a])?;
            if !result.is_not_implemented() {
                return Ok(Some(result));
            }
        }
        Ok(None)
    }

    /// `a op b` after the method of `a`, an instance of a Python class, or the reflected one of `b` if `a` is none, has been called
    /// and has returned NotImplemented. A subclass on the right has had its turn.
    pub fn binary_op_rest(&self, op: BinaryOp, a: Value, b: Value, inplace: bool) -> PyResult {
        let row = &ROWS[op as usize];
        let (ta, tb) = (self.type_of(a), self.type_of(b));
        if ta != tb
            && a.kind() == Some(Kind::Instance)
            && let Some(raw) = self.special(tb, row.reflected)
        {
            let result = self.call_method_raw(raw, b, &[a])?;
            if !result.is_not_implemented() {
                return Ok(result);
            }
        }
        Err(self.unsupported_operands(row, a, b, inplace))
    }

    /// The class and the method that `a op b` calls first, for operands of these shapes, if that is a method of a Python class, and
    /// whether it is the reflected one.
    pub fn operator_method(
        &self,
        op: BinaryOp,
        shapes: (ShapeId, ShapeId),
        inplace: bool,
    ) -> Option<(Gc<Type>, Value, bool)> {
        let row = &ROWS[op as usize];
        let [a, b] = [shapes.0, shapes.1].map(|s| self.heap.shapes.get(s).map(|s| s.class.get()));
        let (a, b) = (a?, b?);
        if a.kind == Kind::Instance {
            let augmented = inplace && row.inplace.is_some_and(|s| self.special(a, s).is_some());
            let right_first = a != b && b.is_subtype(a);
            let method = self.special(a, row.method).filter(|_| !augmented && !right_first)?;
            return Some((a, method, false));
        }
        let number = [shape_id::INT, shape_id::FLOAT].contains(&shapes.0);
        let method = self.special(b, row.reflected).filter(|_| number && b.kind == Kind::Instance)?;
        Some((b, method, true))
    }

    /// The class of objects of a shape, and its method, if it is a Python class and has one.
    pub fn method_of_shape(&self, shape: ShapeId, special: Special) -> Option<(Gc<Type>, Value)> {
        let class = self.heap.shapes.get(shape)?.class.get();
        let method = self.special(class, special).filter(|_| class.kind == Kind::Instance)?;
        Some((class, method))
    }

    #[cold]
    fn unsupported_operands(&self, row: &Row, a: Value, b: Value, inplace: bool) -> Raised {
        let (ta, tb) = (self.type_of(a), self.type_of(b));
        // Sequences report what they can be combined with.
        if row.method == Special::Add
            && let Some(name) =
                [("str", self.types.str), ("list", self.types.list), ("tuple", self.types.tuple)]
                    .iter()
                    .find(|(_, t)| ta.is_subtype(*t))
                    .map(|(n, _)| n)
        {
            return self.type_error(format!("can only concatenate {name} (not \"{}\") to {name}", tb.name()));
        }
        if row.method == Special::Add
            && (ta.is_subtype(self.types.bytes) || ta.is_subtype(self.types.bytearray))
        {
            return self.type_error(format!("can't concat {} to {}", tb.name(), ta.name()));
        }
        if row.method == Special::Mul {
            if self.repeats(ta, Special::Mul) {
                return self
                    .type_error(format!("can't multiply sequence by non-int of type '{}'", tb.name()));
            }
            if self.repeats(tb, Special::Mul) {
                return self
                    .type_error(format!("can't multiply sequence by non-int of type '{}'", ta.name()));
            }
        }
        let symbol = match (inplace, row.symbol) {
            (true, "** or pow()") => "**=".to_string(),
            (true, s) => format!("{s}="),
            (false, s) => s.to_string(),
        };
        let mut message =
            format!("unsupported operand type(s) for {symbol}: '{}' and '{}'", ta.name(), tb.name());
        if row.method == Special::RShift
            && ta == self.types.builtin_function_or_method
            && a.downcast::<crate::object::function::NativeFunction>().is_some_and(|f| f.name.eq_str("print"))
        {
            message.push_str(". Did you mean \"print(<message>, file=<output_stream>)\"?");
        }
        self.type_error(message)
    }

    /// Exact built-in operands; `None` when there is no built-in path.
    #[inline]
    fn binary_builtin(&self, op: BinaryOp, a: Value, b: Value, inplace: bool) -> Option<PyResult> {
        let heap = &self.heap;
        let (sa, sb) = (self.shape_of(a), self.shape_of(b));
        let number = |s| s == shape_id::INT || s == shape_id::FLOAT;
        if number(sa) && number(sb) {
            if op == MatMul {
                return None;
            }
            if sa == shape_id::INT && sb == shape_id::INT {
                return Some(self.int_op(op, a, b));
            }
            return self.float_op(op, a, b);
        }
        match op {
            Add if sa == shape_id::STR && sb == shape_id::STR => {
                let (x, y) = (a.downcast::<Str>()?, b.downcast::<Str>()?);
                Some(Ok(Str::concat(heap, x, y).value()))
            }
            // A subclass of str on the right may have `__rmod__`.
            Mod if sa == shape_id::STR && (sb == shape_id::STR || !b.is::<Str>()) => {
                let format = a.downcast::<Str>()?;
                Some(crate::object::percent::format_str(self, format, b).map(Gc::value))
            }
            Mul if sa == shape_id::STR && b.is_small_int() => {
                let count = b.small_int_unchecked().max(0) as usize;
                Some(self.str_repeat(a.downcast::<Str>()?, count).map(Gc::value))
            }
            Add if inplace && sa == shape_id::LIST && sb == shape_id::LIST => {
                let (x, y) = (a.downcast::<List>()?, b.downcast::<List>()?);
                let items = y.to_vec(heap);
                x.splice(heap, x.len(), x.len(), &items);
                Some(Ok(a))
            }
            _ => None,
        }
    }

    /// `a op b` for exact ints where they and the result fit 128 bits; `None` is for the general way.
    #[inline]
    fn wide_int_op(&self, op: BinaryOp, a: Value, b: Value) -> Option<Value> {
        let (x, y) = (as_i128(a)?, as_i128(b)?);
        let result = match op {
            Add => x.checked_add(y)?,
            Sub => x.checked_sub(y)?,
            Mul => mul_i128(x, y)?,
            FloorDiv => div_mod_i128(x, y)?.0,
            Mod => match div_mod_i128(x, y)?.1 {
                rest if planted(Bug::ModSign) && rest < 0 => rest - y,
                rest => rest,
            },
            And => x & y,
            Or => x | y,
            Xor => x ^ y,
            Shl => shl_i128(x, y)?,
            Shr if y >= 0 => x >> y.min(127),
            _ => return None,
        };
        Some(from_i128(&self.heap, result))
    }

    /// `a op b` for two exact ints.
    #[inline(never)]
    pub fn int_op(&self, op: BinaryOp, a: Value, b: Value) -> PyResult {
        let (Some(x), Some(y)) = (as_exact_int(a), as_exact_int(b)) else { return Err(Raised) };
        self.int_op_on(op, &x, &y)
    }

    /// `a op b` for integers, the result of Python's type.
    pub fn int_op_on(&self, op: BinaryOp, x: &Int, y: &Int) -> PyResult {
        let heap = &self.heap;
        let int = |n: Int| Ok(from_int(heap, n));
        let fallible =
            |r: Result<Int, NumError>| r.map(|n| from_int(heap, n)).map_err(|e| self.numeric_error(e));
        match op {
            Add => int(int_arith::add(x, y)),
            Sub => int(int_arith::sub(x, y)),
            Mul => int(int_arith::mul(x, y)),
            FloorDiv => fallible(int_arith::floor_div(x, y)),
            Mod => fallible(int_arith::floor_mod(x, y)),
            And => int(int_bits::and(x, y)),
            Or => int(int_bits::or(x, y)),
            Xor => int(int_bits::xor(x, y)),
            Shl => fallible(int_arith::shl(x, y)),
            Shr => fallible(int_arith::shr(x, y)),
            TrueDiv => int_float::true_div(x, y).map(Value::float).map_err(|e| self.numeric_error(e)),
            Pow if y.is_negative() => {
                let (Ok(fx), Ok(fy)) = (int_float::to_f64(x), int_float::to_f64(y)) else {
                    return Err(self.overflow_error("int too large to convert to float"));
                };
                self.float_pow(fx, fy)
            }
            Pow => fallible(int_pow::pow(x, y)),
            DivMod => {
                let (q, r) = int_arith::div_mod(x, y).map_err(|e| self.numeric_error(e))?;
                let (q, r) = (from_int(heap, q), from_int(heap, r));
                Ok(self.new_tuple(&[q, r]))
            }
            MatMul => Ok(Value::not_implemented()),
        }
    }

    /// `a op b` where at least one operand is a float and the other a float or int.
    fn float_op(&self, op: BinaryOp, a: Value, b: Value) -> Option<PyResult> {
        let operand = |v: Value| match as_float(v) {
            Some(f) => Ok(f),
            None => match as_int(v).map(|i| int_float::to_f64(&i)) {
                Some(r) => r.map_err(|e| self.numeric_error(e)),
                None => Err(Raised),
            },
        };
        if matches!(op, And | Or | Xor | Shl | Shr | MatMul) {
            return None;
        }
        let (x, y) = match (operand(a), operand(b)) {
            (Ok(x), Ok(y)) => (x, y),
            _ => return Some(Err(Raised)),
        };
        Some(self.float_op_on(op, x, y))
    }

    /// `x op y` for doubles.
    pub fn float_op_on(&self, op: BinaryOp, x: f64, y: f64) -> PyResult {
        let fallible = |r: Result<f64, NumError>| r.map(Value::float).map_err(|e| self.numeric_error(e));
        match op {
            Add => Ok(Value::float(x + y)),
            Sub => Ok(Value::float(x - y)),
            Mul => Ok(Value::float(x * y)),
            TrueDiv => fallible(float_arith::true_div(x, y)),
            FloorDiv => fallible(float_arith::floor_div(x, y)),
            Mod => fallible(float_arith::floor_mod(x, y)),
            Pow => self.float_pow(x, y),
            DivMod => {
                let (q, r) = float_arith::div_mod(x, y).map_err(|e| self.numeric_error(e))?;
                Ok(self.new_tuple(&[Value::float(q), Value::float(r)]))
            }
            _ => Ok(Value::not_implemented()),
        }
    }

    /// `x ** y` for doubles: complex for negative bases with fractional exponents.
    pub fn float_pow(&self, x: f64, y: f64) -> PyResult {
        match float_arith::pow(x, y).map_err(|e| self.numeric_error(e))? {
            float_arith::FloatPower::Real(r) => Ok(Value::float(r)),
            float_arith::FloatPower::Complex => {
                let base = crate::object::complex::Complex::new(&self.heap, x, 0.0).value();
                let exponent = crate::object::complex::Complex::new(&self.heap, y, 0.0).value();
                self.binary_op(Pow, base, exponent, false)
            }
        }
    }

    /// `pow(a, b, c)`.
    pub fn ternary_pow(&self, a: Value, b: Value, c: Value) -> PyResult {
        if c.is_none() {
            return self.binary_op(Pow, a, b, false);
        }
        for (v, special, args) in [(a, Special::Pow, [b, c]), (b, Special::RPow, [a, c])] {
            if let Some(raw) = self.special_of(v, special) {
                let result = self.call_method_raw(raw, v, &args)?;
                if !result.is_not_implemented() {
                    return Ok(result);
                }
            }
        }
        // The modulus may have an opinion of its own.
        match self.shape_of(c) {
            shape_id::FLOAT => {
                let message = "pow() 3rd argument not allowed unless all arguments are integers";
                return Err(self.type_error(message));
            }
            shape_id::COMPLEX => return Err(self.value_error("complex modulo")),
            _ => {}
        }
        Err(self.type_error(format!(
            "unsupported operand type(s) for ** or pow(): '{}', '{}', '{}'",
            self.type_of(a).name(),
            self.type_of(b).name(),
            self.type_of(c).name()
        )))
    }

    /// `-v`, `+v`, `~v`: the special method and the operator's symbol.
    pub fn unary_op(&self, special: Special, v: Value) -> PyResult {
        if let Some(i) = as_exact_int(v) {
            let n = match special {
                Special::Neg => int_arith::neg(&i),
                Special::Invert => int_bits::invert(&i),
                Special::Abs => int_arith::abs(&i),
                _ => return Ok(v),
            };
            return Ok(from_int(&self.heap, n));
        }
        if let Some(f) = v.as_float() {
            match special {
                Special::Neg => return Ok(Value::float(-f)),
                Special::Pos => return Ok(v),
                Special::Abs => return Ok(Value::float(f.abs())),
                _ => {}
            }
        }
        match self.call_special(v, special, &[])? {
            Some(result) => Ok(result),
            None => {
                let what = match special {
                    Special::Neg => "unary -",
                    Special::Pos => "unary +",
                    Special::Invert => "unary ~",
                    _ => "abs()",
                };
                Err(self.type_error(format!("bad operand type for {what}: '{}'", self.type_of(v).name())))
            }
        }
    }
}
