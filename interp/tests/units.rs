//! Small pieces of the runtime that need no VM. They are tested from outside, as everything here: the library's own test harness
//! is off, so that this crate is not compiled twice.

use adder_interp::pack::{Format, f64_to_half, half_to_f64};
use adder_interp::value::{PyResult, SMALL_INT_MAX, SMALL_INT_MIN, Value};
use adder_interp::vm::subscript::SliceParts;
use adder_interp::vm::suggest::suggest;

#[test]
fn ints_round_trip_at_the_edges() {
    for i in [0, 1, -1, SMALL_INT_MAX, SMALL_INT_MIN] {
        let v = Value::try_small_int(i).unwrap();
        assert_eq!(v.as_small_int(), Some(i));
        assert!(!v.is_float() && !v.is_pointer());
    }
    assert_eq!(Value::try_small_int(SMALL_INT_MAX + 1), None);
    assert_eq!(Value::try_small_int(SMALL_INT_MIN - 1), None);
}

#[test]
fn doubles_round_trip_and_stay_apart() {
    for x in [0.0, -0.0, 1.5, f64::MAX, f64::MIN_POSITIVE, f64::INFINITY, f64::NEG_INFINITY] {
        let v = Value::float(x);
        assert_eq!(v.as_float().unwrap().to_bits(), x.to_bits());
        assert!(!v.is_small_int() && !v.is_pointer());
    }
    for bits in [0x7FF8_0000_0000_0000, 0xFFF8_0000_0000_0001, u64::MAX] {
        let v = Value::float(f64::from_bits(bits));
        assert!(v.is_float() && v.as_float().unwrap().is_nan());
    }
}

#[test]
fn results_are_one_word() {
    assert_eq!(size_of::<PyResult>(), 8);
    assert_eq!(size_of::<Option<Value>>(), 8);
}

#[test]
fn halves_round_trip() {
    for bits in (0..0x7C00u16).chain(0x8000..0xFC00) {
        assert_eq!(f64_to_half(half_to_f64(bits)), Some(bits));
    }
    assert_eq!(f64_to_half(65504.0), Some(0x7BFF));
    assert_eq!(f64_to_half(65519.9), Some(0x7BFF));
    assert_eq!(f64_to_half(65520.0), None);
    assert_eq!(f64_to_half(2f64.powi(-25)), Some(0));
    assert_eq!(f64_to_half(2f64.powi(-25) * 1.01), Some(1));
    assert_eq!(f64_to_half(f64::INFINITY), Some(0x7C00));
}

#[test]
fn formats_are_laid_out() {
    let size = |text: &str| Format::parse(text.as_bytes()).map(|f| (f.size, f.values));
    assert_eq!(size("bi"), Ok((8, 2)));
    assert_eq!(size("<bi"), Ok((5, 2)));
    assert_eq!(size("3sx0l"), Ok((8, 1)));
    assert_eq!(size("<l q"), Ok((12, 2)));
    assert_eq!(size("<P"), Err("bad char in struct format"));
    assert_eq!(size("3"), Err("repeat count given without format specifier"));
}

#[test]
fn slices_select_what_python_selects() {
    let select =
        |start, stop, step, len| SliceParts { start, stop, step }.within(len).positions().collect::<Vec<_>>();
    assert_eq!(select(0, isize::MAX, 2, 5), [0, 2, 4]);
    assert_eq!(select(isize::MAX, isize::MIN, -1, 3), [2, 1, 0]);
    assert_eq!(select(-2, -9, -2, 4), [2, 0]);
    assert_eq!(select(3, 1, 1, 4), [0; 0]);
    assert_eq!(select(1, 9, isize::MAX, 4), [1]);
    assert_eq!(select(isize::MIN, isize::MAX, 1, 0), [0; 0]);
}

#[test]
fn close_names_are_found() {
    assert_eq!(suggest("kay", ["key", "reverse"]), Some("key"));
    assert_eq!(suggest("lenght", ["length", "byteorder", "signed"]), Some("length"));
    assert_eq!(suggest("strat", ["start"]), Some("start"));
    assert_eq!(suggest("Start", ["start", "stark"]), Some("start"));
    assert_eq!(suggest("ends", ["sep", "end", "file", "flush"]), Some("end"));
}

#[test]
fn distant_names_are_not() {
    assert_eq!(suggest("foo", ["key", "reverse"]), None);
    assert_eq!(suggest("separator", ["sep", "maxsplit"]), None);
    assert_eq!(suggest("q", ["a", "b"]), None);
    assert_eq!(suggest("key", ["key"]), None);
    assert_eq!(suggest("bar", ["flags", "optimize"]), None);
}
