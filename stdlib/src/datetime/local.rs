//! Local time of the system's zone, and time stamps.

use super::calendar;
use super::clock::Clock;
use crate::os::errno;
use adder_interp::object::float::as_float;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;

/// Seconds from the first day of the calendar to the epoch.
const EPOCH: i64 = 719_163 * 86_400;
/// No zone changes its offset by more than this.
const MAX_FOLD: i64 = 24 * 3600;

/// A date and time in numbers.
#[derive(Clone, Copy)]
pub struct Civil {
    pub year: i32,
    pub month: i32,
    pub day: i32,
    pub hour: i32,
    pub minute: i32,
    pub second: i32,
}

impl Civil {
    /// Seconds as if it were UTC, from the start of the calendar.
    fn seconds(&self) -> i64 {
        let days = calendar::ordinal(self.year, self.month as u32, self.day as u32);
        let hours = days * 24 + self.hour as i64;
        (hours * 60 + self.minute as i64) * 60 + self.second as i64
    }

    fn of_tm(tm: &libc::tm) -> Civil {
        Civil {
            year: tm.tm_year + 1900,
            month: tm.tm_mon + 1,
            day: tm.tm_mday,
            hour: tm.tm_hour,
            minute: tm.tm_min,
            // A leap second counts as the one before.
            second: tm.tm_sec.min(59),
        }
    }
}

/// Seconds and microseconds of a time stamp, rounded half to even.
pub fn timestamp(vm: &Vm, value: Value) -> PyResult<(i64, i64)> {
    let ts = match as_float(value) {
        None => crate::os::time::timespec(vm, value, crate::os::time::Rounding::HalfEven)?,
        Some(x) => {
            if x.is_nan() {
                return Err(vm.value_error("Invalid value NaN (not a number)"));
            }
            let mut whole = x.trunc();
            let mut micros = ((x - whole) * 1e6).round_ties_even();
            if micros >= 1e6 {
                micros -= 1e6;
                whole += 1.0;
            } else if micros < 0.0 {
                micros += 1e6;
                whole -= 1.0;
            }
            if !(-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&whole) {
                return Err(vm.overflow_error("timestamp out of range for platform time_t"));
            }
            return Ok((whole as i64, micros as i64));
        }
    };
    Ok((ts.tv_sec, ts.tv_nsec / 1000))
}

/// Broken-down local time, with the zone's offset and name.
pub fn local_tm(vm: &Vm, seconds: i64) -> PyResult<libc::tm> {
    // SAFETY: a plain struct, filled by the call; the pointer in it may be null.
    let mut tm: libc::tm = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers are to locals.
    if unsafe { libc::localtime_r(&seconds, &mut tm) }.is_null() {
        return Err(crate::os::os_error(vm, errno()));
    }
    Ok(tm)
}

/// Numbers of a moment in UTC.
pub fn utc_civil(vm: &Vm, seconds: i64) -> PyResult<Civil> {
    // SAFETY: as above.
    let mut tm: libc::tm = unsafe { std::mem::zeroed() };
    // SAFETY: as above.
    if unsafe { libc::gmtime_r(&seconds, &mut tm) }.is_null() {
        return Err(crate::os::os_error(vm, errno()));
    }
    Ok(Civil::of_tm(&tm))
}

/// Numbers of a moment in local time, and the fold.
pub fn local_civil(vm: &Vm, seconds: i64) -> PyResult<(Civil, u8)> {
    let civil = Civil::of_tm(&local_tm(vm, seconds)?);
    if !in_range(civil.year) || seconds < 2 * MAX_FOLD - EPOCH {
        return Ok((civil, 0));
    }
    // The second of two equal times if the clock was put back within the last day, and shows the same time twice.
    let now = civil.seconds();
    let earlier = Civil::of_tm(&local_tm(vm, seconds - MAX_FOLD)?).seconds();
    let change = now - earlier - MAX_FOLD;
    let repeated = change < 0 && Civil::of_tm(&local_tm(vm, seconds + change)?).seconds() == now;
    Ok((civil, repeated as u8))
}

pub fn in_range(year: i32) -> bool {
    (calendar::MIN_YEAR..=calendar::MAX_YEAR).contains(&year)
}

/// Local time at a moment, both in seconds from the start of the calendar.
fn local_at(vm: &Vm, moment: i64) -> PyResult<i64> {
    let civil = Civil::of_tm(&local_tm(vm, moment - EPOCH)?);
    if !in_range(civil.year) {
        return Err(vm.value_error(format!("year {} is out of range", civil.year)));
    }
    Ok(civil.seconds())
}

/// The time stamp of a local time: PEP 495's search for the moment that shows it.
pub fn local_timestamp(vm: &Vm, civil: Civil, fold: u8) -> PyResult<i64> {
    let target = civil.seconds();
    // A first guess by the offset now, and whether the offset there is the same.
    let first_offset = local_at(vm, target)? - target;
    let first = target - first_offset;
    let shown = local_at(vm, first)?;
    let second_offset = if shown == target {
        // One solution: is there another on the other side, within the longest fold?
        let probe = if fold == 1 { first + MAX_FOLD } else { first - MAX_FOLD };
        let offset = local_at(vm, probe)? - probe;
        if offset == first_offset {
            return Ok(first - EPOCH);
        }
        offset
    } else {
        shown - first
    };
    let second = target - second_offset;
    if local_at(vm, second)? == target {
        return Ok(second - EPOCH);
    }
    if shown == target {
        return Ok(first - EPOCH);
    }
    // A time that no clock showed: before or after the gap.
    Ok(if fold == 1 { first.min(second) } else { first.max(second) } - EPOCH)
}

/// Seconds of a UTC time since the epoch.
pub fn utc_timestamp(civil: Civil) -> i64 {
    civil.seconds() - EPOCH
}

/// The clock of civil numbers.
pub fn clock_of(civil: &Civil, micro: i64, fold: u8) -> Clock {
    Clock {
        hour: civil.hour as u8,
        minute: civil.minute as u8,
        second: civil.second as u8,
        fold,
        micro: micro as u32,
    }
}
