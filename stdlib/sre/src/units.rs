//! The string units the engine runs over, and the searches that have fast forms for bytes.

use memchr::{memchr, memchr2, memchr3, memrchr};

/// A unit of a string: `u8` for bytes and Latin-1 text, `u16` and `u32` for wider text.
pub trait Unit: Copy + Eq + Into<u32> + 'static {
    /// The unit for a code point, if it fits.
    fn from_code(code: u32) -> Option<Self>;
    /// The index of the first `needle`.
    fn find(text: &[Self], needle: Self) -> Option<usize>;
    /// The index of the last `needle`.
    fn find_last(text: &[Self], needle: Self) -> Option<usize>;
    /// The index of the first unit that is one of `needles` (at most three are looked at).
    fn find_any(text: &[Self], needles: &[Self]) -> Option<usize>;
    /// The text as bytes, if its units are bytes.
    fn bytes(text: &[Self]) -> Option<&[u8]>;
}

impl Unit for u8 {
    fn from_code(code: u32) -> Option<Self> {
        u8::try_from(code).ok()
    }
    fn find(text: &[Self], needle: Self) -> Option<usize> {
        memchr(needle, text)
    }
    fn find_last(text: &[Self], needle: Self) -> Option<usize> {
        memrchr(needle, text)
    }
    fn find_any(text: &[Self], needles: &[Self]) -> Option<usize> {
        match *needles {
            [] => None,
            [a] => memchr(a, text),
            [a, b] => memchr2(a, b, text),
            [a, b, c, ..] => memchr3(a, b, c, text),
        }
    }
    fn bytes(text: &[Self]) -> Option<&[u8]> {
        Some(text)
    }
}

/// How many units the wide searches test at a time; a multiple of every vector width in use.
const LANES: usize = 16;

/// The first unit for which `test` holds. `test` must be cheap and free of branches: whole groups of lanes are
/// tested before any is looked at alone, so that the compiler can use vector compares.
#[inline(always)]
fn find_by<T: Copy>(text: &[T], test: impl Fn(T) -> bool) -> Option<usize> {
    let mut chunks = text.chunks_exact(LANES);
    let mut base = 0;
    for chunk in &mut chunks {
        if chunk.iter().fold(false, |hit, &unit| hit | test(unit)) {
            return chunk.iter().position(|&unit| test(unit)).map(|i| base + i);
        }
        base += LANES;
    }
    chunks.remainder().iter().position(|&unit| test(unit)).map(|i| base + i)
}

macro_rules! wide_unit {
    ($unit:ty) => {
        impl Unit for $unit {
            fn from_code(code: u32) -> Option<Self> {
                <$unit>::try_from(code).ok()
            }
            fn find(text: &[Self], needle: Self) -> Option<usize> {
                find_by(text, |unit| unit == needle)
            }
            fn find_last(text: &[Self], needle: Self) -> Option<usize> {
                text.iter().rposition(|&unit| unit == needle)
            }
            fn find_any(text: &[Self], needles: &[Self]) -> Option<usize> {
                match *needles {
                    [] => None,
                    [a] => find_by(text, |unit| unit == a),
                    [a, b] => find_by(text, |unit| (unit == a) | (unit == b)),
                    [a, b, c, ..] => find_by(text, |unit| (unit == a) | (unit == b) | (unit == c)),
                }
            }
            fn bytes(_: &[Self]) -> Option<&[u8]> {
                None
            }
        }
    };
}

wide_unit!(u16);
wide_unit!(u32);
