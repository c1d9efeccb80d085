//! Expectations printed by CPython 3.14.

use super::*;
use crate::complex::Complex;
use crate::int::Int;
use crate::int_parse::parse_literal;

fn code_points(text: &str) -> Vec<u32> {
    text.chars().map(u32::from).collect()
}

fn int(value: &Int, spec: &str) -> String {
    let mut out = String::new();
    let locale = LocaleConventions::default();
    let result = FormatSpec::parse(&code_points(spec), ValueKind::Int, "int")
        .and_then(|spec| format_int(value, &spec, "int", &locale, 4300, &mut out));
    result.map_or_else(|error| error.message.into_owned(), |()| out)
}

fn float(value: f64, spec: &str) -> String {
    float_in(value, spec, &LocaleConventions::default())
}

fn float_in(value: f64, spec: &str, locale: &LocaleConventions) -> String {
    let mut out = String::new();
    let result = FormatSpec::parse(&code_points(spec), ValueKind::Real, "float")
        .and_then(|spec| format_float(value, &spec, "float", locale, &mut out));
    result.map_or_else(|error| error.message.into_owned(), |()| out)
}

fn complex(real: f64, imag: f64, spec: &str) -> String {
    let mut out = String::new();
    let locale = LocaleConventions::default();
    let result = FormatSpec::parse(&code_points(spec), ValueKind::Real, "complex")
        .and_then(|spec| format_complex(Complex::new(real, imag), &spec, "complex", &locale, &mut out));
    result.map_or_else(|error| error.message.into_owned(), |()| out)
}

fn text(value: &str, spec: &str) -> String {
    let mut out = String::new();
    let result = FormatSpec::parse(&code_points(spec), ValueKind::Str, "str")
        .and_then(|spec| format_text(&code_points(value), &spec, "str", &mut out));
    result.map_or_else(|error| error.message.into_owned(), |()| out)
}

#[test]
fn integers() {
    for (spec, expected) in [
        ("", "1234567"),
        ("^11", "  1234567  "),
        ("*<10", "1234567***"),
        ("+,", "+1,234,567"),
        ("010,", "01,234,567"),
        ("012,", "0,001,234,567"),
        ("_x", "12_d687"),
        ("#012x", "0x000012d687"),
        ("#X", "0X12D687"),
        ("010_b", "1_0010_1101_0110_1000_0111"),
        (".3f", "1234567.000"),
        (".,", "1234567"),
        ("n", "1234567"),
        (" d", " 1234567"),
        ("xx", "Invalid format specifier 'xx' for object of type 'int'"),
        (".3", "Precision not allowed in integer format specifier"),
        ("zd", "Negative zero coercion (z) not allowed in integer format specifier"),
        ("s", "Unknown format code 's' for object of type 'int'"),
        ("\u{1}", "Unknown format code '\\x1' for object of type 'int'"),
        (",x", "Cannot specify ',' with 'x'."),
        (",_", "Cannot specify both ',' and '_'."),
        (",,", "Cannot specify ',' with ','."),
        (",n", "Cannot specify ',' with 'n'."),
        (".", "Format specifier missing precision"),
        ("99999999999999999999", "Too many decimal digits in format string"),
        ("c", "%c arg not in range(0x110000)"),
        ("+c", "Sign not allowed with integer format specifier 'c'"),
        ("#c", "Alternate form (#) not allowed with integer format specifier 'c'"),
    ] {
        assert_eq!(int(&1234567.into(), spec), expected, "{spec:?}");
    }
    assert_eq!(int(&(-5).into(), "05"), "-0005");
    assert_eq!(int(&65.into(), "3c"), "  A");
    assert_eq!(int(&parse_literal("-123456789012345678901"), "_"), "-123_456_789_012_345_678_901");
    assert_eq!(
        int(&parse_literal("1180591620717411303424"), "c"),
        "Python int too large to convert to C long"
    );
    assert_eq!(int(&5.into(), "１２d"), "           5");
}

#[test]
fn floats() {
    for (spec, expected) in [
        ("", "1234567.891234567"),
        (".3", "1.23e+06"),
        (",.2f", "1,234,567.89"),
        ("020,.2f", "0,000,001,234,567.89"),
        (".,", "1234567.891,234,567"),
        ("_.9_f", "1_234_567.891_234_567"),
        ("._%", "123456789.123_457%"),
        (".0%", "123456789%"),
        ("E", "1.234568E+06"),
        ("#.0f", "1234568."),
        ("d", "Unknown format code 'd' for object of type 'float'"),
        (".99999999999f", "precision too big"),
        (".3,_f", "Cannot specify both ',' and '_'."),
    ] {
        assert_eq!(float(1234567.891234567, spec), expected, "{spec:?}");
    }
    assert_eq!(float(f64::NEG_INFINITY, "010"), "-000000inf");
    assert_eq!(float(f64::NAN, "+010,"), "+000000nan");
    assert_eq!(float(f64::INFINITY, "F"), "INF");
    assert_eq!(float(-0.01, "z.1f"), "0.0");
    assert_eq!(float(1e10, ",.3"), "1e+10");
    assert_eq!(float(3.0, "#"), "3.0");
}

#[test]
fn locales() {
    let german =
        LocaleConventions { decimal_point: ",".into(), thousands_separator: ".".into(), grouping: vec![3] };
    assert_eq!(float_in(1234567.5, ".8n", &german), "1.234.567,5");
    assert_eq!(float_in(1234567.5, "015.8n", &german), "0.001.234.567,5");
    let indian = LocaleConventions {
        decimal_point: ".".into(),
        thousands_separator: "\u{202f}".into(),
        grouping: vec![3, 2],
    };
    assert_eq!(float_in(1234567.5, ".8n", &indian), "12\u{202f}34\u{202f}567.5");
    let once = LocaleConventions { grouping: vec![3, 127], ..indian };
    assert_eq!(float_in(1234567.5, ".8n", &once), "1234\u{202f}567.5");
}

#[test]
fn complex_numbers() {
    assert_eq!(complex(1.0, 2.0, ""), "(1+2j)");
    assert_eq!(complex(0.0, 1.0, "5"), "   1j");
    assert_eq!(complex(1.0, 2.0, ">20,.2f"), "          1.00+2.00j");
    assert_eq!(complex(1.0, 2.0, "#"), "(1.+2.j)");
    assert_eq!(complex(1.0, 2.0, " "), "( 1+2j)");
    assert_eq!(complex(-0.0, -0.0, "z.1f"), "0.0+0.0j");
    assert_eq!(complex(1.0, 2.0, "020"), "Zero padding is not allowed in complex format specifier");
    assert_eq!(complex(1.0, 2.0, "=20"), "'=' alignment flag is not allowed in complex format specifier");
    assert_eq!(complex(1.0, 2.0, "%"), "Unknown format code '%' for object of type 'complex'");
}

#[test]
fn texts() {
    assert_eq!(text("abcdef", ".3"), "abc");
    assert_eq!(text("abc", "é^8"), "ééabcééé");
    assert_eq!(text("abc", "05"), "abc00");
    assert_eq!(text("abc", "+"), "Sign not allowed in string format specifier");
    assert_eq!(text("abc", " "), "Space not allowed in string format specifier");
    assert_eq!(text("abc", "="), "'=' alignment not allowed in string format specifier");
    assert_eq!(text("abc", "#"), "Alternate form (#) not allowed in string format specifier");
    assert_eq!(text("abc", ","), "Cannot specify ',' with 's'.");
    let surrogate =
        FormatSpec::parse(&[0xd800, u32::from('>'), u32::from('3')], ValueKind::Str, "str").unwrap();
    let mut out: Vec<u32> = Vec::new();
    format_text(&code_points("x"), &surrogate, "str", &mut out).unwrap();
    assert_eq!(out, [0xd800, 0xd800, u32::from('x')]);
}
