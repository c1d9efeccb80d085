//! Character names.

/// `unicodedata.name`: in capitals; `None` if the code point has no name.
pub fn name(c: u32) -> Option<String> {
    unicode_names2::name(char::from_u32(c)?).map(|name| name.to_string())
}
