//! Decimal arithmetic as the General Decimal Arithmetic Specification has it (Cowlishaw, <https://speleotrove.com/decimal/>),
//! without an interpreter: numbers, contexts, conditions.
//!
//! From below:
//!
//! * [`wide`]: up to 76 digits in two words of 128 bits; [`limbs`]: longer numbers in base 10^19, with [`product`] and
//!   [`quotient`] (and square roots) on them; [`binary`]: from and to binary big integers
//! * [`coefficient`]: a small number or limbs behind one interface; [`number`]: with sign, exponent, infinities and NaNs
//! * [`context`]: precision, limits, rounding, conditions, and [`Context::finish`], through which results go
//! * the operations, as methods of [`Context`]: [`arithmetic`], [`division`], [`comparison`], [`rounding`], [`digitwise`],
//!   [`transcendental`], [`power`]; and [`text`]
//!
//! An operation takes borrowed numbers ([`Num`]), returns an owned one ([`Decimal`]) and adds the conditions it met to a
//! [`Status`]; whether a condition is an error is the caller's business. A decimal base makes rounding and printing linear;
//! coefficients of up to 38 digits, almost all there are, are plain `u128`s and cost no allocation.

pub mod arithmetic;
pub mod binary;
pub mod coefficient;
pub mod comparison;
pub mod context;
pub mod digitwise;
pub mod division;
pub mod limbs;
pub mod number;
pub mod power;
pub mod product;
pub mod quotient;
pub mod rounding;
mod series;
pub mod text;
pub mod transcendental;
mod transform;
pub mod wide;

pub use coefficient::{Coeff, CoeffRef};
pub use context::{Context, Rounding, Status};
pub use number::{Decimal, Kind, Num};
