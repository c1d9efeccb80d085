//! The object behind `Decimal`, and operands.

use super::context::ContextRef;
use super::current;
use adder_decimal::{Coeff, CoeffRef, Context, Decimal, Kind, Num, Status};
use adder_interp::heap::ByteBuf;
use adder_interp::object::header::Gc;
use adder_interp::object::int::{IntRef, as_int};
use adder_interp::object::native::Native;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass};
use adder_numeric::Int;

/// Construct a new Decimal object. 'value' can be an integer, string, tuple,
/// or another Decimal object. If no value is given, return Decimal('0'). The
/// context does not affect the conversion and is only passed to determine if
/// the InvalidOperation trap is active.
#[pyclass(name = "Decimal", module = "decimal", subclassable)]
#[derive(Trace)]
pub struct DecimalObject {
    exp: i64,
    /// A small coefficient, or the number of limbs of a long one.
    words: [u64; 2],
    /// The limbs of a long coefficient.
    limbs: Option<Gc<ByteBuf>>,
    negative: bool,
    kind: u8,
}

pub type DecimalRef = Gc<Native<DecimalObject>>;

impl DecimalObject {
    /// The number. Long coefficients are read in the heap, where nothing moves; they live as long as the object.
    #[inline(always)]
    pub fn num(&self) -> Num<'_> {
        let coeff = match self.limbs {
            None => CoeffRef::Small((self.words[1] as u128) << 64 | self.words[0] as u128),
            // SAFETY: the buffer was filled with this many words when the object was made, never changes, and is
            // traced through the object.
            Some(limbs) => CoeffRef::Big(unsafe {
                std::slice::from_raw_parts(limbs.data().cast::<u64>(), self.words[0] as usize)
            }),
        };
        let kind = match self.kind {
            0 => Kind::Finite,
            1 => Kind::Infinite,
            2 => Kind::Quiet,
            _ => Kind::Signaling,
        };
        Num { negative: self.negative, kind, exp: self.exp, coeff }
    }

    /// Words of the coefficient, as `__sizeof__` counts them.
    pub fn long_words(&self) -> usize {
        if self.limbs.is_some() { self.words[0] as usize } else { 0 }
    }
}

/// A `Decimal`.
#[inline]
pub fn new(vm: &Vm, x: Decimal) -> PyResult {
    Ok(new_of(vm, current::decimal_class(vm)?, x).value())
}

/// An instance of a class, `Decimal` or derived from it.
#[inline]
pub fn new_of(vm: &Vm, class: Gc<Type>, x: Decimal) -> DecimalRef {
    let (words, limbs) = match &x.coeff {
        Coeff::Small(c) => ([*c as u64, (*c >> 64) as u64], None),
        Coeff::Big(limbs) => {
            let bytes = limbs.len() * 8;
            let buffer = ByteBuf::new(&vm.heap, bytes);
            // SAFETY: the buffer has room for all limbs and nobody else knows it; it is aligned as objects are.
            unsafe { std::ptr::copy_nonoverlapping(limbs.as_ptr().cast::<u8>(), buffer.data(), bytes) };
            ([limbs.len() as u64, 0], Some(buffer))
        }
    };
    let object = DecimalObject { exp: x.exp, words, limbs, negative: x.negative, kind: x.kind as u8 };
    vm.new_native(class, object)
}

pub fn as_decimal(value: Value) -> Option<DecimalRef> {
    value.downcast()
}

/// Whether this is a `Decimal` and no instance of a derived class.
pub fn is_exact(vm: &Vm, value: Value) -> PyResult<bool> {
    Ok(vm.type_of(value) == current::decimal_class(vm)?)
}

/// A number given as operand: ints are exact decimals.
pub enum Operand {
    Object(DecimalRef),
    Small(i64),
    Owned(Decimal),
}

impl Operand {
    /// A decimal or an int.
    #[inline]
    pub fn of(value: Value) -> Option<Operand> {
        if let Some(i) = value.as_small_int() {
            return Some(Operand::Small(i));
        }
        match value.downcast() {
            Some(object) => Some(Operand::Object(object)),
            None => Some(Operand::Owned(from_int(&*as_int(value)?))),
        }
    }

    #[inline(always)]
    pub fn num(&self) -> Num<'_> {
        match self {
            Operand::Object(object) => object.num(),
            Operand::Small(i) => Num {
                negative: *i < 0,
                kind: Kind::Finite,
                exp: 0,
                coeff: CoeffRef::Small(i.unsigned_abs() as u128),
            },
            Operand::Owned(x) => x.num(),
        }
    }
}

/// An int, exactly.
pub fn from_int(n: &Int) -> Decimal {
    match n {
        Int::Small(i) => Decimal::from_i64(*i),
        Int::Big(big) => Decimal::finite(
            big.sign() == num_bigint::Sign::Minus,
            0,
            adder_decimal::binary::from_biguint(big.magnitude()),
        ),
    }
}

pub fn int_of(value: Value) -> Option<IntRef> {
    as_int(value)
}

#[cold]
pub fn not_convertible(vm: &Vm, value: Value) -> Raised {
    vm.type_error(format!("conversion from {} to Decimal is not supported", vm.type_of(value).name()))
}

/// An operand of a method, or the TypeError.
#[inline]
pub fn operand(vm: &Vm, value: Value) -> PyResult<Operand> {
    match Operand::of(value) {
        Some(operand) => Ok(operand),
        None => Err(not_convertible(vm, value)),
    }
}

/// An operation of one operand.
#[inline(always)]
pub fn unary(
    vm: &Vm,
    context: ContextRef,
    a: &Operand,
    f: impl FnOnce(&Context, Num<'_>, &mut Status) -> Decimal,
) -> PyResult {
    let result = context.run(vm, |c, status| f(c, a.num(), status))?;
    new(vm, result)
}

/// An operation of two operands.
#[inline(always)]
pub fn binary(
    vm: &Vm,
    context: ContextRef,
    a: &Operand,
    b: &Operand,
    f: impl FnOnce(&Context, Num<'_>, Num<'_>, &mut Status) -> Decimal,
) -> PyResult {
    let result = context.run(vm, |c, status| f(c, a.num(), b.num(), status))?;
    new(vm, result)
}
