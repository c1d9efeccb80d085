//! Character names: `unicodedata.name` and `lookup`, `\N{...}` escapes, the `namereplace` handler.
//!
//! The bulk is `unicode_names2`'s compressed table. It has no named sequences and not all of CPython's aliases; both
//! are added here.

use super::tables::names::{ALIASES, SEQUENCES};

/// Tangut ideographs are found by name, but like CPython 3.14 [`name`] does not give it.
const TANGUT: &str = "TANGUT IDEOGRAPH-";

/// `unicodedata.name`: in capitals; `None` if the code point has no name. Aliases are not reported.
pub fn name(c: u32) -> Option<String> {
    unicode_names2::name(char::from_u32(c)?).map(|name| name.to_string())
}

fn tangut(wanted: &str) -> Option<u32> {
    let digits = wanted.strip_prefix(TANGUT)?;
    let c = u32::from_str_radix(digits, 16).ok()?;
    let exists = matches!(c, 0x17000..=0x187F7 | 0x18D00..=0x18D08);
    (exists && digits.len() == 5).then_some(c)
}

/// The character of that very name, in any case; aliases do not count.
pub fn lookup_name(wanted: &str) -> Option<u32> {
    let wanted = wanted.to_ascii_uppercase();
    // The table may answer with a character whose name only begins like the wanted one.
    let by_name = unicode_names2::character(&wanted).map(u32::from);
    by_name.filter(|&c| name(c).is_some_and(|name| name == wanted)).or_else(|| tangut(&wanted))
}

/// The character of that name or alias, in any case: what `\N{...}` accepts.
pub fn lookup(wanted: &str) -> Option<u32> {
    lookup_name(wanted).or_else(|| {
        let wanted = wanted.to_ascii_uppercase();
        let at = ALIASES.binary_search_by_key(&wanted.as_str(), |&(alias, _)| alias).ok()?;
        Some(ALIASES[at].1)
    })
}

/// The named sequence of several characters, in any case: `unicodedata.lookup` accepts these too.
pub fn lookup_sequence(wanted: &str) -> Option<&'static str> {
    let wanted = wanted.to_ascii_uppercase();
    let at = SEQUENCES.binary_search_by_key(&wanted.as_str(), |&(name, _)| name).ok()?;
    Some(SEQUENCES[at].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_back() {
        for (c, expect) in [
            (0x41, "LATIN CAPITAL LETTER A"),
            (0xAC01, "HANGUL SYLLABLE GAG"),
            (0x4E00, "CJK UNIFIED IDEOGRAPH-4E00"),
            (0x1B170, "NUSHU CHARACTER-1B170"),
        ] {
            assert_eq!(name(c).as_deref(), Some(expect));
            assert_eq!(lookup(&expect.to_lowercase()), Some(c));
        }
        assert_eq!((name(0x17000), lookup("Tangut Ideograph-17000")), (None, Some(0x17000)));
        assert_eq!(name(0x0A), None);
        assert_eq!(lookup("line feed"), Some(0x0A));
        assert_eq!(lookup("CJK UNIFIED IDEOGRAPH-04E00"), None);
        assert_eq!(lookup("KEYCAP DIGIT ONE"), None);
        assert_eq!(lookup_sequence("Keycap Digit One"), Some("1\u{fe0f}\u{20e3}"));
    }
}
