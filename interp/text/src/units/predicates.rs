//! The `str.is...()` methods. All are false for the empty string but `is_ascii` and `is_printable`.

use super::UnitsRef;
use crate::ucd;
use crate::with_units;

fn all(text: UnitsRef<'_>, holds: impl Fn(u32) -> bool) -> bool {
    with_units!(text, units => units.iter().all(|&c| holds(c.into())))
}

macro_rules! all_of {
    ($($(#[$doc:meta])* $name:ident => $holds:path;)*) => {
        $(
            $(#[$doc])*
            pub fn $name(text: UnitsRef<'_>) -> bool {
                !text.is_empty() && all(text, $holds)
            }
        )*
    };
}

all_of! {
    /// `str.isalpha`.
    is_alpha => ucd::is_alpha;
    /// `str.isalnum`.
    is_alnum => ucd::is_alnum;
    /// `str.isdecimal`.
    is_decimal => ucd::is_decimal;
    /// `str.isdigit`.
    is_digit => ucd::is_digit;
    /// `str.isnumeric`.
    is_numeric => ucd::is_numeric;
    /// `str.isspace`.
    is_space => ucd::is_space;
}

/// `str.isascii`.
pub fn is_ascii(text: UnitsRef<'_>) -> bool {
    text.is_ascii() || text.max_code_point() < 0x80
}

/// `str.isprintable`.
pub fn is_printable(text: UnitsRef<'_>) -> bool {
    all(text, ucd::is_printable)
}

/// `str.isidentifier`: by XID_Start and XID_Continue; keywords count as identifiers.
pub fn is_identifier(text: UnitsRef<'_>) -> bool {
    text.get(0).is_some_and(ucd::is_xid_start) && all(text.slice(1..text.len()), ucd::is_xid_continue)
}

/// `str.islower`: some cased character, none of them upper or title case.
pub fn is_lower(text: UnitsRef<'_>) -> bool {
    all(text, |c| !ucd::is_upper(c) && !ucd::is_title(c)) && text.iter().any(ucd::is_lower)
}

/// `str.isupper`.
pub fn is_upper(text: UnitsRef<'_>) -> bool {
    all(text, |c| !ucd::is_lower(c) && !ucd::is_title(c)) && text.iter().any(ucd::is_upper)
}

/// `str.istitle`: upper and title case start words, lower case follows within them.
pub fn is_title(text: UnitsRef<'_>) -> bool {
    let (mut any, mut inside) = (false, false);
    for c in text {
        if ucd::is_upper(c) || ucd::is_title(c) {
            if inside {
                return false;
            }
            (any, inside) = (true, true);
        } else if ucd::is_lower(c) {
            if !inside {
                return false;
            }
            any = true;
        } else {
            inside = false;
        }
    }
    any
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::UnitsBuf;

    fn on(text: &str, f: fn(UnitsRef<'_>) -> bool) -> bool {
        f(UnitsBuf::from(text).as_units())
    }

    #[test]
    fn follow_cpython() {
        assert!(on("a1", is_lower) && !on("1", is_lower) && !on("aB", is_lower));
        assert!(on("A ʰ", |t| !is_upper(t)) && on("A1", is_upper));
        assert!(on("Ab Cd", is_title) && !on("AB", is_title) && !on("1a", is_title) && on("ǅa", is_title));
        assert!(on("²", is_digit) && !on("²", is_decimal) && on("½", is_numeric) && !on("½", is_digit));
        assert!(on("_é9", is_identifier) && !on("9a", is_identifier) && !on("", is_identifier));
        assert!(on("", is_printable) && !on("\u{a0}", is_printable) && !on("", is_space));
    }
}
