//! Arithmetic, comparison values, and the fused comparison jumps.
//!
//! Each operator has an inline path for two small ints and one for two floats; everything else is one out-of-line call. The feedback
//! byte of the instruction remembers what was seen.

use super::quiet::known_member;
use super::step::binary_index;
use super::{F, handler};
use crate::builtins::numbers::sum_step;
use crate::object::header::Kind;
use crate::object::int::as_i128;
use crate::object::shape::{ShapeId, shape_id};
use crate::object::str::Str;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::compare::CompareOp;
use crate::vm::ops::BinaryOp;
use crate::vm::special::Special;
use adder_bytecode::ops::Role;
use adder_bytecode::{Feedback, Insn};

/// The path of everything that is not inline: mixed numbers, big ints, objects.
#[cold]
#[inline(never)]
unsafe extern "C" fn binary_slow<const OP: usize, const K: bool>(
    pc: *const Insn,
    base: *mut Option<Value>,
    words: *mut u64,
    vm: &Vm,
) -> u64 {
    // SAFETY: called by a handler with its own arguments.
    let f = F { pc, base, words, vm, insn: unsafe { *pc } };
    f.finish(binary_value(
        f,
        BinaryOp::ALL[OP],
        f.reg(f.b()),
        if K { f.constant(f.c()) } else { f.reg(f.c()) },
    ))
}

/// An exact int that fits 64 bits, signed or unsigned.
#[inline]
fn word_sized(v: Value) -> Option<i128> {
    as_i128(v).filter(|i| (i64::MIN as i128..1 << 64).contains(i))
}

/// What a site has met whose operands `x` and `y` fit a word and whose result is `v`.
fn big_feedback(x: i128, y: i128, v: Value) -> u8 {
    let unsigned = |i: i128| i > i64::MAX as i128;
    let result = word_sized(v);
    let mut seen = Feedback::BIG;
    if result.is_none() {
        seen |= Feedback::HUGE;
    }
    if unsigned(x) || unsigned(y) || result.is_some_and(unsigned) {
        seen |= Feedback::UNSIGNED;
    }
    seen
}

/// Goes on with an operator whose left operand's method has returned NotImplemented.
pub(super) fn binary_rest(f: F<'_>) -> PyResult {
    f.publish();
    let code = f.window().code();
    // The live instruction may be an instrumented one.
    let op = code.as_ref().unit().insns[code.as_ref().index_of(f.pc)].op();
    let right = if op.roles()[2] == Role::Word { f.constant(f.c()) } else { f.reg(f.c()) };
    let inplace = f.insn.feedback() & Feedback::INPLACE != 0;
    f.vm.binary_op_rest(BinaryOp::ALL[binary_index(op)], f.reg(f.b()), right, inplace)
}

/// Puts the shapes of the operands on record if one is an instance: its method may be compiled with the operator.
pub(super) fn note_operands(f: F<'_>, a: Value, b: Value) {
    if [a, b].iter().any(|v| v.kind() == Some(Kind::Instance)) {
        let site = f.pc as usize;
        f.vm.note_shape(site, f.vm.shape_of(a).0);
        f.vm.note_shape(site + 1, f.vm.shape_of(b).0);
    }
}

#[inline(never)]
pub(super) fn binary_value(f: F<'_>, op: BinaryOp, a: Value, b: Value) -> PyResult {
    f.publish();
    let numbers = (a.is_small_int() || a.is_float()) && (b.is_small_int() || b.is_float());
    if let (Some(x), Some(y)) = (word_sized(a), word_sized(b)) {
        let result = f.vm.binary_op(op, a, b, f.insn.feedback() & Feedback::INPLACE != 0);
        f.feedback(match result {
            Ok(v) if !v.is_float() => big_feedback(x, y, v),
            _ => Feedback::OTHER,
        });
        return result;
    }
    let shape = f.vm.shape_of(a);
    let like = |s: ShapeId| shape == s && f.vm.shape_of(b) == s;
    f.feedback(if numbers {
        Feedback::MIXED
    } else if op == BinaryOp::Add && (like(shape_id::STR) || like(shape_id::TUPLE)) {
        Feedback::SEQUENCE
    } else {
        note_operands(f, a, b);
        Feedback::OTHER
    });
    if let (Some(x), Some(y)) = (number(a), number(b))
        && let Some(x) = float_fast(op, x, y)
        && !Value::both_small_int(a, b)
    {
        return Ok(Value::float(x));
    }
    if op == BinaryOp::Add
        && let (Some(x), Some(y)) = (a.header(), b.header())
        && x.shape() == shape_id::STR
        && y.shape() == shape_id::STR
        && let (Some(x), Some(y)) = (a.downcast::<Str>(), b.downcast::<Str>())
    {
        return Ok(Str::concat(&f.vm.heap, x, y).value());
    }
    f.vm.binary_op(op, a, b, f.insn.feedback() & Feedback::INPLACE != 0)
}

/// Python's floor division of small ints, divisor not zero.
#[inline(always)]
fn floor_div(a: i64, b: i64) -> i64 {
    let q = a / b;
    if (a % b != 0) && ((a < 0) != (b < 0)) { q - 1 } else { q }
}

/// Python's modulo of small ints, divisor not zero.
#[inline(always)]
fn floor_mod(a: i64, b: i64) -> i64 {
    let r = a % b;
    if r != 0 && ((r < 0) != (b < 0)) { r + b } else { r }
}

#[inline(always)]
fn int_fast(op: BinaryOp, a: i64, b: i64) -> Option<Value> {
    // 49-bit operands: sums and differences never overflow an i64.
    match op {
        BinaryOp::Add => Value::try_small_int(a + b),
        BinaryOp::Sub => Value::try_small_int(a - b),
        BinaryOp::Mul => a.checked_mul(b).and_then(Value::try_small_int),
        BinaryOp::TrueDiv => {
            // Both fit a double exactly: the quotient is correctly rounded.
            (b != 0).then(|| Value::float(a as f64 / b as f64))
        }
        BinaryOp::FloorDiv if b != 0 => Value::try_small_int(floor_div(a, b)),
        BinaryOp::Mod if b != 0 => Some(Value::small_int(floor_mod(a, b))),
        BinaryOp::And => Some(Value::small_int(a & b)),
        BinaryOp::Or => Some(Value::small_int(a | b)),
        BinaryOp::Xor => Some(Value::small_int(a ^ b)),
        BinaryOp::Shl if (0..15).contains(&b) => Value::try_small_int(a << b),
        BinaryOp::Shl if (15..48).contains(&b) && a.unsigned_abs() < 1 << (48 - b) => {
            Some(Value::small_int(a << b))
        }
        BinaryOp::Pow if b == 2 && a.unsigned_abs() < 1 << 23 => Some(Value::small_int(a * a)),
        BinaryOp::Shr if b >= 0 => Some(Value::small_int(a >> b.min(63))),
        _ => None,
    }
}

#[inline(always)]
fn float_fast(op: BinaryOp, a: f64, b: f64) -> Option<f64> {
    match op {
        BinaryOp::Add => Some(a + b),
        BinaryOp::Sub => Some(a - b),
        BinaryOp::Mul => Some(a * b),
        BinaryOp::TrueDiv if b != 0.0 => Some(a / b),
        _ => None,
    }
}

#[inline(always)]
fn number(v: Value) -> Option<f64> {
    if let Some(f) = v.as_float() { Some(f) } else { v.as_small_int().map(|i| i as f64) }
}

/// Operators with an inline path for floats.
#[inline(always)]
fn has_float_path(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::TrueDiv)
}

#[inline(always)]
fn binary<const K: bool, const OP: usize>(f: F<'_>, a: Value, b: Value) -> u64 {
    let op = BinaryOp::ALL[OP];
    if Value::both_small_int(a, b) {
        if let Some(v) = int_fast(op, a.small_int_unchecked(), b.small_int_unchecked()) {
            f.feedback(Feedback::INT);
            f.set(f.a(), v);
            return f.next();
        }
    } else if has_float_path(op)
        && a.is_float()
        && b.is_float()
        && let Some(x) = float_fast(op, a.float_unchecked(), b.float_unchecked())
    {
        f.feedback(Feedback::FLOAT);
        f.set(f.a(), Value::float(x));
        return f.next();
    }
    f.slow(binary_slow::<OP, K>)
}

macro_rules! binary_handlers {
    ($($name:ident $op:ident;)*) => {
        handler! { $($name(f) { binary::<false, { BinaryOp::$op as usize }>(f, f.reg(f.b()), f.reg(f.c())) })* }
    };
}
macro_rules! binary_k_handlers {
    ($($name:ident $op:ident;)*) => {
        handler! { $($name(f) { binary::<true, { BinaryOp::$op as usize }>(f, f.reg(f.b()), f.constant(f.c())) })* }
    };
}
binary_handlers! {
    Add Add; Sub Sub; Mul Mul; TrueDiv TrueDiv; FloorDiv FloorDiv; Mod Mod; Pow Pow;
    And And; Or Or; Xor Xor; Shl Shl; Shr Shr; MatMul MatMul;
}
binary_k_handlers! {
    AddK Add; SubK Sub; MulK Mul; TrueDivK TrueDiv; FloorDivK FloorDiv; ModK Mod; PowK Pow;
    AndK And; OrK Or; XorK Xor; ShlK Shl; ShrK Shr;
}

handler! {
    SumAdd(f) {
        let (total, item) = (f.reg(f.a()), f.reg(f.b()));
        if Value::both_small_int(total, item)
            && let Some(v) = int_fast(BinaryOp::Add, total.small_int_unchecked(), item.small_int_unchecked())
        {
            f.feedback(Feedback::INT);
            f.set(f.a(), v);
            return f.next();
        }
        f.done(sum_add(f))
    }
}

/// [`Op::SumAdd`](adder_bytecode::Op::SumAdd) of anything.
#[inline(never)]
pub(super) fn sum_add(f: F<'_>) -> PyResult<()> {
    f.publish();
    let (total, stage) = sum_step(f.vm, f.reg(f.a()), f.reg(f.a() + 1), f.reg(f.b()))?;
    f.feedback(Feedback::OTHER);
    f.set(f.a(), total);
    f.set(f.a() + 1, stage);
    Ok(())
}

#[inline(never)]
pub(super) fn unary_slow(f: F<'_>, special: Special) -> PyResult {
    f.publish();
    f.feedback(Feedback::OTHER);
    note_operands(f, f.reg(f.b()), Value::none());
    f.vm.unary_op(special, f.reg(f.b()))
}

handler! {
    Neg(f) {
        let v = f.reg(f.b());
        if let Some(x) = v.as_float() {
            f.feedback(Feedback::FLOAT);
            f.set(f.a(), Value::float(-x));
            return f.next();
        }
        if let Some(v) = v.as_small_int().and_then(|i| Value::try_small_int(-i)) {
            f.feedback(Feedback::INT);
            f.set(f.a(), v);
            return f.next();
        }
        f.finish(unary_slow(f, Special::Neg))
    }
    Pos(f) { f.finish(unary_slow(f, Special::Pos)) }
    Invert(f) {
        if let Some(i) = f.reg(f.b()).as_small_int() {
            f.set(f.a(), Value::small_int(!i));
            return f.next();
        }
        f.finish(unary_slow(f, Special::Invert))
    }
    Not(f) {
        let v = f.reg(f.b());
        match v.as_bool() {
            Some(b) => {
                f.set(f.a(), Value::bool(!b));
                f.next()
            }
            None => f.finish(not_slow(f, v)),
        }
    }
    Is(f) {
        f.set(f.a(), Value::bool(f.reg(f.b()).is_same(f.reg(f.c()))));
        f.next()
    }
    IsNot(f) {
        f.set(f.a(), Value::bool(!f.reg(f.b()).is_same(f.reg(f.c()))));
        f.next()
    }
    In(f) {
        match known_member(f.reg(f.c()), f.reg(f.b())) {
            Some(found) => f.finish(Ok(Value::bool(found))),
            None => f.slow(InSlow),
        }
    }
    NotIn(f) {
        match known_member(f.reg(f.c()), f.reg(f.b())) {
            Some(found) => f.finish(Ok(Value::bool(!found))),
            None => f.slow(NotInSlow),
        }
    }
    InSlow(f) { f.finish(contains(f, false)) }
    NotInSlow(f) { f.finish(contains(f, true)) }
}

#[inline(never)]
pub(super) fn not_slow(f: F<'_>, v: Value) -> PyResult {
    f.publish();
    f.vm.truthy(v).map(|t| Value::bool(!t))
}

#[inline(never)]
pub(super) fn contains(f: F<'_>, negate: bool) -> PyResult {
    f.publish();
    f.vm.contains(f.reg(f.c()), f.reg(f.b())).map(|found| Value::bool(found != negate))
}

/// Both small ints or both floats.
#[inline(always)]
fn compare_fast(f: F<'_>, op: CompareOp, a: Value, b: Value) -> Option<bool> {
    if Value::both_small_int(a, b) {
        f.feedback(Feedback::INT);
        return Some(op.holds(a.small_int_unchecked().cmp(&b.small_int_unchecked())));
    }
    if a.is_float() && b.is_float() {
        f.feedback(Feedback::FLOAT);
        return Some(op.holds_f64(a.float_unchecked(), b.float_unchecked()));
    }
    // Strings that are the same object, as names and single characters mostly are, or differ at once.
    if matches!(op, CompareOp::Eq | CompareOp::Ne)
        && let (Some(x), Some(y)) = (a.header(), b.header())
        && x.shape() == shape_id::STR
        && y.shape() == shape_id::STR
    {
        // SAFETY: the shape names the layout.
        let (x, y) = unsafe { (&*(a.bits() as *const Str), &*(b.bits() as *const Str)) };
        let equal = if a == b { Some(true) } else { x.quick_eq(y) };
        if let Some(equal) = equal {
            f.feedback(Feedback::OTHER);
            return Some(equal == (op == CompareOp::Eq));
        }
    }
    None
}

#[inline(never)]
pub(super) fn compare_value(f: F<'_>, op: CompareOp, a: Value, b: Value) -> PyResult {
    f.publish();
    f.feedback(Feedback::OTHER);
    f.vm.compare(op, a, b)
}

/// A comparison's truth: 0, 1, or 2 when it raised. One word, so that no address of a local escapes a handler.
#[inline(never)]
fn compare_truth(f: F<'_>, op: CompareOp, a: Value, b: Value) -> u32 {
    f.publish();
    f.feedback(Feedback::OTHER);
    match f.vm.compare_bool(op, a, b) {
        Ok(t) => t as u32,
        Err(_) => 2,
    }
}

#[cold]
#[inline(never)]
unsafe extern "C" fn compare_slow<const OP: usize>(
    pc: *const Insn,
    base: *mut Option<Value>,
    words: *mut u64,
    vm: &Vm,
) -> u64 {
    // SAFETY: called by a handler with its own arguments.
    let f = F { pc, base, words, vm, insn: unsafe { *pc } };
    f.finish(compare_value(f, CompareOp::ALL[OP], f.reg(f.b()), f.reg(f.c())))
}

#[cold]
#[inline(never)]
unsafe extern "C" fn compare_jump_slow<const OP: usize, const JUMP_IF: bool, const K: bool>(
    pc: *const Insn,
    base: *mut Option<Value>,
    words: *mut u64,
    vm: &Vm,
) -> u64 {
    // SAFETY: called by a handler with its own arguments.
    let f = F { pc, base, words, vm, insn: unsafe { *pc } };
    let b = if K { f.constant(f.b()) } else { f.reg(f.b()) };
    match compare_truth(f, CompareOp::ALL[OP], f.reg(f.a()), b) {
        2 => f.raise(),
        t if (t == 1) == JUMP_IF => f.jump(f.insn.c_jump() as isize),
        _ => f.next(),
    }
}

#[inline(always)]
fn compare<const OP: usize>(f: F<'_>) -> u64 {
    match compare_fast(f, CompareOp::ALL[OP], f.reg(f.b()), f.reg(f.c())) {
        Some(t) => {
            f.set(f.a(), Value::bool(t));
            f.next()
        }
        None => f.slow(compare_slow::<OP>),
    }
}

#[inline(always)]
fn compare_jump<const OP: usize, const JUMP_IF: bool, const K: bool>(f: F<'_>) -> u64 {
    let b = if K { f.constant(f.b()) } else { f.reg(f.b()) };
    match compare_fast(f, CompareOp::ALL[OP], f.reg(f.a()), b) {
        Some(t) if t == JUMP_IF => f.jump(f.insn.c_jump() as isize),
        Some(_) => f.next(),
        None => f.slow(compare_jump_slow::<OP, JUMP_IF, K>),
    }
}

macro_rules! compare_handlers {
    ($($op:ident $jump:ident $jump_not:ident $jump_k:ident $jump_not_k:ident;)*) => {
        handler! { $(
            $op(f) { compare::<{ CompareOp::$op as usize }>(f) }
            $jump(f) { compare_jump::<{ CompareOp::$op as usize }, true, false>(f) }
            $jump_not(f) { compare_jump::<{ CompareOp::$op as usize }, false, false>(f) }
            $jump_k(f) { compare_jump::<{ CompareOp::$op as usize }, true, true>(f) }
            $jump_not_k(f) { compare_jump::<{ CompareOp::$op as usize }, false, true>(f) }
        )* }
    };
}
compare_handlers! {
    Lt JLt JNotLt JLtK JNotLtK;
    Le JLe JNotLe JLeK JNotLeK;
    Eq JEq JNotEq JEqK JNotEqK;
    Ne JNe JNotNe JNeK JNotNeK;
    Gt JGt JNotGt JGtK JNotGtK;
    Ge JGe JNotGe JGeK JNotGeK;
}
