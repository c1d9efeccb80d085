//! Reducing text to ASCII before a number is read from it.
//!
//! `int('１２')` and `float('\u2003٣.5')` are valid: any decimal digit and any white space of Unicode will do.
//! The parsers work on bytes; [`normalize`] maps code points to what those would be in ASCII.

/// The code point of the digit zero in each block of decimal digits beyond ASCII (Unicode 16.0, general category
/// Nd; every block has its ten digits in order).
const DIGIT_ZEROS: [u32; 75] = [
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6,
    0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0,
    0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30,
    0x10D40, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x116D0,
    0x116DA, 0x11730, 0x118E0, 0x11950, 0x11BF0, 0x11C50, 0x11D50, 0x11DA0, 0x11F50, 0x16130, 0x16A60,
    0x16AC0, 0x16B50, 0x16D70, 0x1CCF0, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0,
    0x1E4F0, 0x1E5F1, 0x1E950, 0x1FBF0,
];

/// The value of a decimal digit of any script.
pub fn decimal_digit(code_point: u32) -> Option<u32> {
    if code_point < 0x80 {
        return code_point.checked_sub(0x30).filter(|digit| *digit < 10);
    }
    let block = DIGIT_ZEROS.partition_point(|zero| *zero <= code_point).checked_sub(1)?;
    Some(code_point - DIGIT_ZEROS[block]).filter(|digit| *digit < 10)
}

/// Whether a code point beyond ASCII is white space to `str.isspace`.
fn is_wide_space(code_point: u32) -> bool {
    matches!(code_point, 0x85 | 0xa0 | 0x1680 | 0x2000..=0x200a | 0x2028 | 0x2029 | 0x202f | 0x205f | 0x3000)
}

/// One code point as the number parsers see it: ASCII stays, digits and spaces become ASCII, the rest is `?`.
#[inline]
pub fn normalize_one(code_point: u32) -> u8 {
    if code_point < 0x80 {
        return code_point as u8;
    }
    match decimal_digit(code_point) {
        Some(digit) => b'0' + digit as u8,
        None if is_wide_space(code_point) => b' ',
        None => b'?',
    }
}

/// A whole string through [`normalize_one`].
pub fn normalize(code_points: impl IntoIterator<Item = u32>) -> Vec<u8> {
    code_points.into_iter().map(normalize_one).collect()
}

/// White space to C's `isspace`, the notion of the number parsers.
#[inline]
pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Without leading and trailing [`is_space`].
#[inline]
pub fn trim(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text
        && is_space(*first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && is_space(*last)
    {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_and_spaces() {
        assert_eq!(normalize("\u{2003}٣.१_५é\u{1c}\u{1fbf9}".chars().map(u32::from)), b" 3.1_5?\x1c9");
        assert_eq!(decimal_digit(0x116e4), None);
        assert_eq!(trim(b"\t\x0b 1 2\r\n"), b"1 2");
        assert_eq!(trim(b"  "), b"");
    }
}
