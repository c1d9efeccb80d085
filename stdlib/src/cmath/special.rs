//! Values of the functions where a part of the argument is infinite or not a number (C standard, Annex G).
//!
//! A table has a row for each kind of real part and a column for each kind of imaginary part, in the order of
//! [`kind`]. Cells are the real and the imaginary part of the value: `Z` is zero, `I` infinity, `N` NaN, `O` one, `Q`,
//! `H`, `T` and `P` are one to four quarters of pi. A cell that is no question of kinds (finite arguments, errors, values
//! that depend on the direction) is a dot.

use adder_numeric::complex::Complex;
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};

/// Names a table.
#[derive(Clone, Copy, Debug)]
pub enum Table {
    Acos,
    Acosh,
    Asinh,
    Atanh,
    Cosh,
    Exp,
    Log,
    Rect,
    Sinh,
    Sqrt,
    Tanh,
}

impl Table {
    fn text(self) -> &'static str {
        match self {
            Table::Acos => ACOS,
            Table::Acosh => ACOSH,
            Table::Asinh => ASINH,
            Table::Atanh => ATANH,
            Table::Cosh => COSH,
            Table::Exp => EXP,
            Table::Log => LOG,
            Table::Rect => RECT,
            Table::Sinh => SINH,
            Table::Sqrt => SQRT,
            Table::Tanh => TANH,
        }
    }
}

/// The value of a function at an argument that is not finite.
#[cold]
pub fn lookup(table: Table, z: Complex) -> Complex {
    let cell = table.text().split_whitespace().nth(kind(z.real) * 7 + kind(z.imag)).unwrap_or(".");
    let (real, imag) = cell.split_once(',').unwrap_or(("N", "N"));
    Complex::new(number(real), number(imag))
}

/// Negative infinity, negative, minus zero, zero, positive, infinity, NaN.
fn kind(x: f64) -> usize {
    if x.is_nan() {
        6
    } else if x == 0.0 {
        if x.is_sign_negative() { 2 } else { 3 }
    } else {
        match (x.is_finite(), x > 0.0) {
            (false, false) => 0,
            (true, false) => 1,
            (true, true) => 4,
            (false, true) => 5,
        }
    }
}

fn number(text: &str) -> f64 {
    let (sign, name) = match text.strip_prefix('-') {
        Some(name) => (-1.0, name),
        None => (1.0, text),
    };
    sign * match name {
        "Z" => 0.0,
        "O" => 1.0,
        "I" => f64::INFINITY,
        "Q" => FRAC_PI_4,
        "H" => FRAC_PI_2,
        "T" => 3.0 * FRAC_PI_4,
        "P" => PI,
        _ => f64::NAN,
    }
}

const ACOS: &str = "
    T,I   P,I   P,I   P,-I  P,-I  T,-I  N,I
    H,I   .     .     .     .     H,-I  N,N
    H,I   .     .     .     .     H,-I  H,N
    H,I   .     .     .     .     H,-I  H,N
    H,I   .     .     .     .     H,-I  N,N
    Q,I   Z,I   Z,I   Z,-I  Z,-I  Q,-I  N,I
    N,I   N,N   N,N   N,N   N,N   N,-I  N,N
";
const ACOSH: &str = "
    I,-T  I,-P  I,-P  I,P   I,P   I,T   I,N
    I,-H  .     .     .     .     I,H   N,N
    I,-H  .     .     .     .     I,H   N,H
    I,-H  .     .     .     .     I,H   N,H
    I,-H  .     .     .     .     I,H   N,N
    I,-Q  I,-Z  I,-Z  I,Z   I,Z   I,Q   I,N
    I,N   N,N   N,N   N,N   N,N   I,N   N,N
";
const ASINH: &str = "
    -I,-Q -I,-Z -I,-Z -I,Z  -I,Z  -I,Q  -I,N
    -I,-H .     .     .     .     -I,H  N,N
    -I,-H .     .     .     .     -I,H  N,N
    I,-H  .     .     .     .     I,H   N,N
    I,-H  .     .     .     .     I,H   N,N
    I,-Q  I,-Z  I,-Z  I,Z   I,Z   I,Q   I,N
    I,N   N,N   N,-Z  N,Z   N,N   I,N   N,N
";
const ATANH: &str = "
    -Z,-H -Z,-H -Z,-H -Z,H  -Z,H  -Z,H  -Z,N
    -Z,-H .     .     .     .     -Z,H  N,N
    -Z,-H .     .     .     .     -Z,H  -Z,N
    Z,-H  .     .     .     .     Z,H   Z,N
    Z,-H  .     .     .     .     Z,H   N,N
    Z,-H  Z,-H  Z,-H  Z,H   Z,H   Z,H   Z,N
    Z,-H  N,N   N,N   N,N   N,N   Z,H   N,N
";
const COSH: &str = "
    .     .     I,Z   I,-Z  .     .     I,N
    .     .     .     .     .     .     N,N
    .     .     .     .     .     .     N,Z
    .     .     .     .     .     .     N,Z
    .     .     .     .     .     .     N,N
    .     .     I,-Z  I,Z   .     .     I,N
    N,N   N,N   N,Z   N,Z   N,N   N,N   N,N
";
const EXP: &str = "
    Z,Z   .     Z,-Z  Z,Z   .     Z,Z   Z,Z
    .     .     .     .     .     .     N,N
    .     .     .     .     .     .     N,N
    .     .     .     .     .     .     N,N
    .     .     .     .     .     .     N,N
    .     .     I,-Z  I,Z   .     .     I,N
    N,N   N,N   N,-Z  N,Z   N,N   N,N   N,N
";
const LOG: &str = "
    I,-T  I,-P  I,-P  I,P   I,P   I,T   I,N
    I,-H  .     .     .     .     I,H   N,N
    I,-H  .     .     .     .     I,H   N,N
    I,-H  .     .     .     .     I,H   N,N
    I,-H  .     .     .     .     I,H   N,N
    I,-Q  I,-Z  I,-Z  I,Z   I,Z   I,Q   I,N
    I,N   N,N   N,N   N,N   N,N   I,N   N,N
";
const RECT: &str = "
    .     .     -I,Z  -I,-Z .     .     I,N
    .     .     .     .     .     .     N,N
    Z,Z   .     .     .     .     Z,Z   Z,Z
    Z,Z   .     .     .     .     Z,Z   Z,Z
    .     .     .     .     .     .     N,N
    .     .     I,-Z  I,Z   .     .     I,N
    N,N   N,N   N,Z   N,Z   N,N   N,N   N,N
";
const SINH: &str = "
    .     .     -I,-Z -I,Z  .     .     I,N
    .     .     .     .     .     .     N,N
    .     .     .     .     .     .     Z,N
    .     .     .     .     .     .     Z,N
    .     .     .     .     .     .     N,N
    .     .     I,-Z  I,Z   .     .     I,N
    N,N   N,N   N,-Z  N,Z   N,N   N,N   N,N
";
const SQRT: &str = "
    I,-I  Z,-I  Z,-I  Z,I   Z,I   I,I   N,I
    I,-I  .     .     .     .     I,I   N,N
    I,-I  .     .     .     .     I,I   N,N
    I,-I  .     .     .     .     I,I   N,N
    I,-I  .     .     .     .     I,I   N,N
    I,-I  I,-Z  I,-Z  I,Z   I,Z   I,I   I,N
    I,-I  N,N   N,N   N,N   N,N   I,I   N,N
";
const TANH: &str = "
    -O,Z  .     -O,-Z -O,Z  .     -O,Z  -O,Z
    .     .     .     .     .     .     N,N
    .     .     .     .     .     .     -Z,N
    .     .     .     .     .     .     Z,N
    .     .     .     .     .     .     N,N
    O,Z   .     O,-Z  O,Z   .     O,Z   O,Z
    N,N   N,N   N,-Z  N,Z   N,N   N,N   N,N
";
