//! `math.gamma` and `math.lgamma`, by Lanczos' approximation.
//!
//! The coefficients (n = 13, g = 6.0246...) are those of the Boost library and CPython; the C library's functions
//! give other last digits.

#![allow(clippy::excessive_precision, reason = "coefficients as published")]

use std::f64::consts::PI;

use crate::error::NumError;
use crate::math::elementary::outside_domain;
use crate::math::range_error;

const LANCZOS_G: f64 = 6.024680040776729583740234375;
const G_MINUS_HALF: f64 = 5.524680040776729583740234375;

#[rustfmt::skip]
const NUMERATOR: [f64; 13] = [
    23531376880.410759688572007674451636754734846804940,
    42919803642.649098768957899047001988850926355848959,
    35711959237.355668049440185451547166705960488635843,
    17921034426.037209699919755754458931112671403265390,
    6039542586.3520280050642916443072979210699388420708,
    1439720407.3117216736632230727949123939715485786372,
    248874557.86205415651146038641322942321632125127801,
    31426415.585400194380614231628318205362874684987640,
    2876370.6289353724412254090516208496135991145378768,
    186056.26539522349504029498971604569928220784236328,
    8071.6720023658162106380029022722506138218516325024,
    210.82427775157934587250973392071336271166969580291,
    2.5066282746310002701649081771338373386264310793408,
];

/// The coefficients of x(x+1)...(x+11).
const DENOMINATOR: [f64; 13] = [
    0.0,
    39916800.0,
    120543840.0,
    150917976.0,
    105258076.0,
    45995730.0,
    13339535.0,
    2637558.0,
    357423.0,
    32670.0,
    1925.0,
    66.0,
    1.0,
];

/// 0! to 22!, all of which doubles hold exactly.
const FACTORIALS: usize = 23;

/// Lanczos' rational function for `x > 0`, evaluated in powers of `1 / x` where those of `x` grow large.
fn lanczos_sum(x: f64) -> f64 {
    let (mut numerator, mut denominator) = (0.0, 0.0);
    if x < 5.0 {
        for (n, d) in NUMERATOR.iter().zip(&DENOMINATOR).rev() {
            numerator = numerator * x + n;
            denominator = denominator * x + d;
        }
    } else {
        for (n, d) in NUMERATOR.iter().zip(&DENOMINATOR) {
            numerator = numerator / x + n;
            denominator = denominator / x + d;
        }
    }
    numerator / denominator
}

/// `sin(pi * x)` for finite `x`, exact at multiples of one half.
fn sin_pi(x: f64) -> f64 {
    let y = x.abs() % 2.0;
    let sine = match (2.0 * y).round() as i32 {
        0 => (PI * y).sin(),
        1 => (PI * (y - 0.5)).cos(),
        // Written as a difference from one, which keeps the sign of zero.
        2 => (PI * (1.0 - y)).sin(),
        3 => -(PI * (y - 1.5)).cos(),
        _ => (PI * (y - 2.0)).sin(),
    };
    1f64.copysign(x) * sine
}

#[cold]
fn pole(x: f64) -> NumError {
    outside_domain("expected a noninteger or positive integer", x)
}

/// `math.gamma(x)`
pub fn gamma(x: f64) -> Result<f64, NumError> {
    if x.is_nan() || x == f64::INFINITY {
        return Ok(x);
    }
    if x == x.floor() {
        if x <= 0.0 {
            return Err(pole(x));
        }
        if x <= FACTORIALS as f64 {
            return Ok((1..x as u32).fold(1.0, |product, factor| product * f64::from(factor)));
        }
    }
    let magnitude = x.abs();
    if magnitude < 1e-20 {
        let result = 1.0 / x;
        return if result.is_infinite() { Err(range_error()) } else { Ok(result) };
    }
    if magnitude > 200.0 {
        return if x < 0.0 { Ok(0.0 / sin_pi(x)) } else { Err(range_error()) };
    }
    let result = gamma_by_lanczos(x, magnitude);
    if result.is_infinite() { Err(range_error()) } else { Ok(result) }
}

fn gamma_by_lanczos(x: f64, magnitude: f64) -> f64 {
    let base = magnitude + G_MINUS_HALF;
    // What rounding `base` lost enters as a first-order correction.
    let lost = if magnitude > G_MINUS_HALF {
        (base - magnitude) - G_MINUS_HALF
    } else {
        (base - G_MINUS_HALF) - magnitude
    };
    let correction = lost * LANCZOS_G / base;
    if x < 0.0 {
        let mut result = -PI / sin_pi(magnitude) / magnitude * base.exp() / lanczos_sum(magnitude);
        result -= correction * result;
        if magnitude < 140.0 {
            result / base.powf(magnitude - 0.5)
        } else {
            // In two steps, which do not overflow.
            let root = base.powf(magnitude / 2.0 - 0.25);
            result / root / root
        }
    } else {
        let mut result = lanczos_sum(magnitude) / base.exp();
        result += correction * result;
        if magnitude < 140.0 {
            result * base.powf(magnitude - 0.5)
        } else {
            let root = base.powf(magnitude / 2.0 - 0.25);
            result * root * root
        }
    }
}

/// `math.lgamma(x)`: the logarithm of the absolute value of gamma.
pub fn lgamma(x: f64) -> Result<f64, NumError> {
    if !x.is_finite() {
        return Ok(x.abs());
    }
    if x == x.floor() && x <= 2.0 {
        return if x <= 0.0 { Err(pole(x)) } else { Ok(0.0) };
    }
    let magnitude = x.abs();
    if magnitude < 1e-20 {
        return Ok(-magnitude.ln());
    }
    let mut result = lanczos_sum(magnitude).ln() - LANCZOS_G;
    result += (magnitude - 0.5) * ((magnitude + LANCZOS_G - 0.5).ln() - 1.0);
    if x < 0.0 {
        result = PI.ln() - sin_pi(magnitude).abs().ln() - magnitude.ln() - result;
    }
    if result.is_infinite() { Err(range_error()) } else { Ok(result) }
}
