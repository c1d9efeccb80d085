//! `float.hex` and `float.fromhex`.

use crate::ascii;
use crate::error::NumError;
use crate::float_parse::parse_prefix;
use crate::int_float::round_to_double;

/// `x.hex()`
pub fn hex(x: f64) -> String {
    if !x.is_finite() {
        return crate::float_repr::repr(x);
    }
    let sign = if x.is_sign_negative() { "-" } else { "" };
    if x == 0.0 {
        return format!("{sign}0x0.0p+0");
    }
    let bits = x.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let biased = (bits >> 52 & 0x7ff) as i32;
    let (leading, exponent) = if biased == 0 { (0, -1022) } else { (1, biased - 1023) };
    format!("{sign}0x{leading}.{fraction:013x}p{exponent:+}")
}

fn invalid() -> NumError {
    NumError::value("invalid hexadecimal floating-point string")
}

fn too_large() -> NumError {
    NumError::overflow("hexadecimal value too large to represent as a float")
}

/// `float.fromhex(text)`; text beyond ASCII is invalid, so any replacement byte will do for it.
pub fn from_hex(text: &[u8]) -> Result<f64, NumError> {
    let text = ascii::trim(text);
    let (negative, body) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let signed = |x: f64| if negative { -x } else { x };
    if let Some(b'i' | b'I' | b'n' | b'N') = body.first() {
        return match parse_prefix(body) {
            Some((value, length)) if length == body.len() => Ok(signed(value)),
            _ => Err(invalid()),
        };
    }
    let (value, rest) = hex_number(body)?;
    if value.is_infinite() {
        return Err(too_large());
    }
    if !rest.is_empty() {
        return Err(invalid());
    }
    Ok(signed(value))
}

/// Parses `[0x]digits[.digits][p[sign]digits]`; returns what follows.
fn hex_number(text: &[u8]) -> Result<(f64, &[u8]), NumError> {
    let mut text = match text {
        [b'0', b'x' | b'X', rest @ ..] => rest,
        _ => text,
    };
    let (mut mantissa, mut exponent, mut sticky) = (0u64, 0i64, false);
    let (mut any, mut after_point) = (false, false);
    loop {
        match text.first() {
            Some(byte) if byte.is_ascii_hexdigit() => {
                let digit = char::from(*byte).to_digit(16).unwrap_or(0);
                any = true;
                if mantissa >> 60 == 0 {
                    mantissa = mantissa << 4 | u64::from(digit);
                    exponent -= 4 * i64::from(after_point);
                } else {
                    sticky |= digit != 0;
                    exponent += 4 * i64::from(!after_point);
                }
            }
            Some(b'.') if !after_point => after_point = true,
            _ => break,
        }
        text = &text[1..];
    }
    if !any {
        return Err(invalid());
    }
    if let [b'p' | b'P', rest @ ..] = text {
        let (power, rest) = decimal_exponent(rest).ok_or_else(invalid)?;
        exponent = exponent.saturating_add(power);
        text = rest;
    }
    Ok((round_to_double(mantissa, exponent, sticky), text))
}

/// A signed decimal number, saturating far outside any float's range.
fn decimal_exponent(text: &[u8]) -> Option<(i64, &[u8])> {
    const SATURATED: i64 = i64::MAX / 4;
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 {
        return None;
    }
    let value = digits[..count].iter().fold(0i64, |value, byte| {
        value.saturating_mul(10).saturating_add(i64::from(byte - b'0')).min(SATURATED)
    });
    Some((if negative { -value } else { value }, &digits[count..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn to_hex() {
        for (x, expected) in [
            (1.0, "0x1.0000000000000p+0"),
            (-0.1, "-0x1.999999999999ap-4"),
            (5e-324, "0x0.0000000000001p-1022"),
            (-0.0, "-0x0.0p+0"),
            (f64::MAX, "0x1.fffffffffffffp+1023"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(hex(x), expected);
            assert_eq!(from_hex(expected.as_bytes()).map(f64::to_bits), Ok(x.to_bits()));
        }
    }

    #[test]
    fn from_hex_rounds_and_checks() {
        for (text, expected) in [
            ("abc", 2748.0),
            (" 0X.8P1 ", 1.0),
            ("0x1.00000000000008p0", 1.0),
            ("0x1.000000000000080000000000000001", 1.0000000000000002),
            ("0x1.00000000000018p0", 1.0000000000000004),
            ("0x0.0000000000000000000000001p100", 1.0),
            ("0x1000000000000000000000000p-96", 1.0),
            ("0x1p-1075", 0.0),
            ("0x1.8p-1075", 5e-324),
            ("0x0p99999999999999999999", 0.0),
            ("-Infinity", f64::NEG_INFINITY),
        ] {
            assert_eq!(from_hex(text.as_bytes()), Ok(expected), "{text}");
        }
        for text in ["", "0x", ".", "0x.p1", "1p", "1p+", "1 2", "0x1.2.3", "in", "nan1", "+-1", "?"] {
            assert_eq!(from_hex(text.as_bytes()), Err(invalid()), "{text}");
        }
        for text in ["0x1p1024", "0x1.fffffffffffff8p1023", "0x1p999999999999999999999", "0x1p5000 z"] {
            assert_eq!(from_hex(text.as_bytes()), Err(too_large()), "{text}");
        }
    }
}
