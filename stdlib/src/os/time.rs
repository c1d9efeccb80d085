//! Times and durations as Python passes them: ints and floats of seconds, nanoseconds inside.

use adder_interp::object::int::as_int;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::special::Special;

/// How a fraction of the smallest unit is rounded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rounding {
    Floor,
    Ceiling,
    /// Away from zero: timeouts.
    Up,
    HalfEven,
}

const BILLION: i64 = 1_000_000_000;

/// Rounds a float to an integral one.
pub fn round(x: f64, how: Rounding) -> f64 {
    match how {
        Rounding::Floor => x.floor(),
        Rounding::Ceiling => x.ceil(),
        Rounding::Up => {
            if x >= 0.0 {
                x.ceil()
            } else {
                x.floor()
            }
        }
        Rounding::HalfEven => x.round_ties_even(),
    }
}

/// Seconds as an int or float, in nanoseconds.
///
/// # Errors
/// ValueError for NaN, OverflowError when the time does not fit 64 bits of nanoseconds, TypeError for other types.
pub fn nanoseconds(vm: &Vm, value: Value, how: Rounding) -> PyResult<i64> {
    in_nanoseconds(vm, value, how, BILLION)
}

/// As [`nanoseconds`], of milliseconds.
pub fn nanoseconds_of_milliseconds(vm: &Vm, value: Value, how: Rounding) -> PyResult<i64> {
    in_nanoseconds(vm, value, how, 1_000_000)
}

/// A number of units of so many nanoseconds.
fn in_nanoseconds(vm: &Vm, value: Value, how: Rounding, unit: i64) -> PyResult<i64> {
    let too_large = || vm.overflow_error("timestamp out of range for C PyTime_t");
    if let Some(x) = adder_interp::object::float::as_float(value) {
        if x.is_nan() {
            return Err(vm.value_error("Invalid value NaN (not a number)"));
        }
        let ns = round(x * unit as f64, how);
        if !(-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&ns) {
            return Err(too_large());
        }
        return Ok(ns as i64);
    }
    if as_int(value).is_none() && vm.special_of(value, Special::Index).is_none() {
        let given = vm.type_of(value).name();
        return Err(vm.type_error(format!("'{given}' object cannot be interpreted as an integer or float")));
    }
    let n = vm.index(value)?;
    n.to_i64().and_then(|s| s.checked_mul(unit)).ok_or_else(too_large)
}

/// Whole seconds and nanoseconds of a time stamp.
///
/// # Errors
/// As [`nanoseconds`], with seconds limited by `time_t` instead.
pub fn timespec(vm: &Vm, value: Value, how: Rounding) -> PyResult<libc::timespec> {
    if let Some(x) = adder_interp::object::float::as_float(value) {
        if x.is_nan() {
            return Err(vm.value_error("Invalid value NaN (not a number)"));
        }
        let mut whole = x.trunc();
        let mut ns = round((x - whole) * 1e9, how);
        if ns >= 1e9 {
            ns -= 1e9;
            whole += 1.0;
        } else if ns < 0.0 {
            ns += 1e9;
            whole -= 1.0;
        }
        if !(-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&whole) {
            return Err(vm.overflow_error("timestamp out of range for platform time_t"));
        }
        return Ok(libc::timespec { tv_sec: whole as i64, tv_nsec: ns as i64 });
    }
    match as_int(value) {
        Some(n) => match n.to_i64() {
            Some(seconds) => Ok(libc::timespec { tv_sec: seconds, tv_nsec: 0 }),
            None => Err(vm.overflow_error("timestamp out of range for platform time_t")),
        },
        None => {
            let given = vm.type_of(value).name();
            Err(vm.type_error(format!("argument must be int or float, not {given}")))
        }
    }
}

/// Nanoseconds as a `timespec`.
pub fn timespec_of(ns: i64) -> libc::timespec {
    libc::timespec { tv_sec: ns.div_euclid(BILLION), tv_nsec: ns.rem_euclid(BILLION) }
}

/// Now, on a clock, in nanoseconds.
pub fn clock(id: libc::clockid_t) -> Result<i64, i32> {
    let mut ts = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    crate::os::direct(|| crate::c!(clock_gettime(id, &mut ts)) as i64)?;
    Ok(ts.tv_sec * BILLION + ts.tv_nsec)
}

/// Now, on the clock that deadlines use.
pub fn monotonic() -> i64 {
    clock(libc::CLOCK_MONOTONIC).unwrap_or(0)
}
