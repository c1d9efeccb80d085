//! Case conversion of whole strings: full mappings, and lower-case sigma by its context.

use super::{StrBuilder, UnitsBuf, UnitsRef};
use crate::ucd::{self, case};

const CAPITAL_SIGMA: u32 = 0x3A3;
const FINAL_SIGMA: u32 = 0x3C2;
const SMALL_SIGMA: u32 = 0x3C3;

fn ascii_mapped(units: &[u8], map: impl Fn(&u8) -> u8) -> UnitsBuf {
    UnitsBuf::Latin1 { units: units.iter().map(map).collect(), ascii: true }
}

fn push(out: &mut StrBuilder, mapped: case::Mapped) {
    mapped.as_slice().iter().for_each(|&c| out.push(c));
}

/// Pushes the lower case of the code point at `index`.
fn push_lower(out: &mut StrBuilder, text: UnitsRef<'_>, index: usize) {
    match text.at(index) {
        CAPITAL_SIGMA => out.push(if sigma_is_final(text, index) { FINAL_SIGMA } else { SMALL_SIGMA }),
        c => push(out, case::lower(c)),
    }
}

/// The Final_Sigma condition of the Unicode standard, chapter 3.13: a cased letter before, none after, with
/// case-ignorable characters skipped.
fn sigma_is_final(text: UnitsRef<'_>, index: usize) -> bool {
    let relevant = |c: &u32| !ucd::is_case_ignorable(*c);
    let before = text.slice(0..index).iter().rev().find(relevant);
    let after = text.slice(index + 1..text.len()).iter().find(relevant);
    before.is_some_and(ucd::is_cased) && !after.is_some_and(ucd::is_cased)
}

/// `str.lower`.
pub fn lower(text: UnitsRef<'_>) -> UnitsBuf {
    if let UnitsRef::Latin1 { units, ascii: true } = text {
        return ascii_mapped(units, u8::to_ascii_lowercase);
    }
    let mut out = StrBuilder::with_capacity(text.len());
    (0..text.len()).for_each(|index| push_lower(&mut out, text, index));
    out.finish()
}

/// `str.upper`.
pub fn upper(text: UnitsRef<'_>) -> UnitsBuf {
    if let UnitsRef::Latin1 { units, ascii: true } = text {
        return ascii_mapped(units, u8::to_ascii_uppercase);
    }
    let mut out = StrBuilder::with_capacity(text.len());
    text.iter().for_each(|c| push(&mut out, case::upper(c)));
    out.finish()
}

/// `str.casefold`.
pub fn casefold(text: UnitsRef<'_>) -> UnitsBuf {
    if let UnitsRef::Latin1 { units, ascii: true } = text {
        return ascii_mapped(units, u8::to_ascii_lowercase);
    }
    let mut out = StrBuilder::with_capacity(text.len());
    text.iter().for_each(|c| push(&mut out, case::fold(c)));
    out.finish()
}

/// `str.swapcase`.
pub fn swapcase(text: UnitsRef<'_>) -> UnitsBuf {
    let mut out = StrBuilder::with_capacity(text.len());
    for (index, c) in text.iter().enumerate() {
        if ucd::is_upper(c) {
            push_lower(&mut out, text, index);
        } else if ucd::is_lower(c) {
            push(&mut out, case::upper(c));
        } else {
            out.push(c);
        }
    }
    out.finish()
}

/// `str.capitalize`: title case, then lower case.
pub fn capitalize(text: UnitsRef<'_>) -> UnitsBuf {
    let mut out = StrBuilder::with_capacity(text.len());
    if let Some(first) = text.get(0) {
        push(&mut out, case::title(first));
    }
    (1..text.len()).for_each(|index| push_lower(&mut out, text, index));
    out.finish()
}

/// `str.title`: title case wherever no cased character precedes.
pub fn title(text: UnitsRef<'_>) -> UnitsBuf {
    let mut out = StrBuilder::with_capacity(text.len());
    let mut inside = false;
    for (index, c) in text.iter().enumerate() {
        if inside {
            push_lower(&mut out, text, index);
        } else {
            push(&mut out, case::title(c));
        }
        inside = ucd::is_cased(c);
    }
    out.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(text: &str, f: fn(UnitsRef<'_>) -> UnitsBuf) -> String {
        f(UnitsBuf::from(text).as_units()).as_units().to_string()
    }

    #[test]
    fn follow_cpython() {
        assert_eq!(on("ΑΣ Σ ΑΣ'Α ΑΣ.", lower), "ας σ ασ'α ας.");
        assert_eq!(on("Straße ŉ ﬃ", upper), "STRASSE ʼN FFI");
        assert_eq!(on("ΑΣ ß İ", casefold), "ασ ss i̇");
        assert_eq!(on("aBc ΑΣ ß", swapcase), "AbC ας SS");
        assert_eq!(on("ǆABC", capitalize), "ǅabc");
        assert_eq!(on("they're ßA x1y", title), "They'Re Ssa X1Y");
        assert_eq!(on("HeLLo", lower), "hello");
        assert_eq!(on("ÀÉ", lower), "àé");
        assert_eq!(on("ÿµ", upper), "ŸΜ");
    }
}
