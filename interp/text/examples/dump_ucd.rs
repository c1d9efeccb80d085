//! Prints what the Unicode database says about every code point, to compare with `tools/dump_ucd.py`.

use adder_text::repr;
use adder_text::ucd::{self, names, normalize, v3_2};
use adder_text::units::{UnitsBuf, UnitsRef, case, predicates, split};
use std::fmt::Write;

const FORMS: [normalize::Form; 4] =
    [normalize::Form::Nfc, normalize::Form::Nfd, normalize::Form::Nfkc, normalize::Form::Nfkd];

fn hexes(text: UnitsRef<'_>) -> String {
    text.iter().map(|c| format!("{c:x}")).collect::<Vec<_>>().join(".")
}

fn predicate_bits(c: u32, text: UnitsRef<'_>) -> String {
    let between = UnitsBuf::from("a").as_units().iter().chain([c]).chain([98]).collect::<Vec<_>>();
    let bits = [
        predicates::is_alpha(text),
        predicates::is_decimal(text),
        predicates::is_digit(text),
        predicates::is_numeric(text),
        predicates::is_space(text),
        predicates::is_lower(text),
        predicates::is_upper(text),
        predicates::is_title(text),
        predicates::is_printable(text),
        predicates::is_identifier(text),
        predicates::is_identifier(UnitsRef::Ucs4(&[97, c])),
        predicates::is_alnum(text),
        ucd::is_mirrored(c),
        split::split_lines(UnitsRef::Ucs4(&between), false).len() == 2,
    ];
    bits.map(|bit| if bit { '1' } else { '0' }).iter().collect()
}

fn show(value: Option<u8>) -> String {
    value.map_or(String::new(), |value| value.to_string())
}

/// The fields of Unicode 3.2.
fn old_fields(c: u32, text: UnitsRef<'_>) -> Vec<String> {
    let mut fields = vec![
        v3_2::category(c).to_owned(),
        v3_2::bidirectional(c).to_owned(),
        v3_2::combining(c).to_string(),
        v3_2::east_asian_width(c).to_owned(),
        show(v3_2::decimal(c)),
        show(v3_2::digit(c)),
        format!("{:.6}", v3_2::numeric(c).unwrap_or(-99.0)),
        u8::from(v3_2::is_mirrored(c)).to_string(),
        v3_2::decomposition(c),
        v3_2::name(c).unwrap_or_default(),
    ];
    fields.extend(FORMS.map(|form| hexes(normalize::normalize_3_2(text, form).as_units())));
    fields
}

fn main() {
    let mut out = String::new();
    for c in 0..0x11_0000 {
        let buffer = UnitsBuf::from_code_point(c);
        let text = buffer.as_units();
        let mut fields = vec![
            format!("{c:x}"),
            ucd::category(c).to_owned(),
            ucd::bidirectional(c).to_owned(),
            ucd::combining(c).to_string(),
            ucd::east_asian_width(c).to_owned(),
            show(ucd::decimal(c)),
            show(ucd::digit(c)),
            format!("{:.6}", ucd::numeric(c).unwrap_or(-99.0)),
            predicate_bits(c, text),
        ];
        for map in [case::lower, case::upper, case::title, case::casefold, case::swapcase, case::capitalize] {
            fields.push(hexes(map(text).as_units()));
        }
        fields.push(hexes(case::lower(UnitsRef::Ucs4(&[65, c, 0x3A3])).as_units()));
        fields.push(hexes(case::title(UnitsRef::Ucs4(&[0x3A3, c, 97])).as_units()));
        fields.push(normalize::decomposition(c));
        for form in FORMS {
            fields.push(hexes(normalize::normalize(text, form).unwrap_or(buffer.clone()).as_units()));
        }
        fields.push(
            FORMS.iter().map(|&form| if normalize::is_normalized(text, form) { '1' } else { '0' }).collect(),
        );
        let name = names::name(c).unwrap_or_default();
        let wanted = if name.is_empty() { format!("TANGUT IDEOGRAPH-{c:X}") } else { name.clone() };
        fields.push(name);
        fields.push(names::lookup(&wanted).map(|c| format!("{c:x}")).unwrap_or_default());
        let shown = repr::repr(text);
        fields.push(if c < 0x80 { shown } else { repr::ascii(shown.as_units()) }.as_units().to_string());
        fields.extend(old_fields(c, text));
        let _ = writeln!(out, "{}", fields.join(";"));
    }
    print!("{out}");
}
