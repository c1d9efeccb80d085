//! The `time` module: clocks, sleeping, calendar time through the C library.

use crate::c;
use crate::os::time::{Rounding, clock, nanoseconds, timespec_of};
use crate::os::{Checked, direct, errno, os_error};
use adder_interp::native::{FromArg, args::ArgRef};
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::str::Str;
use adder_interp::object::structseq::StructSeqDef;
use adder_interp::object::tuple::Tuple;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::special::Special;
use adder_macros::pymodule;
use std::ffi::{CStr, CString};

const BILLION: i64 = 1_000_000_000;

/// `time.struct_time`.
pub static STRUCT_TIME: StructSeqDef = StructSeqDef {
    name: "struct_time",
    module: "time",
    doc: "The time value as returned by gmtime(), localtime(), and strptime(), and\n accepted by asctime(), mktime() and \
          strftime().  May be considered as a\n sequence of 9 integers.\n\n Note that several fields' values are not the \
          same as those defined by\n the C language standard for struct tm.  For example, the value of the\n field \
          tm_year is the actual year, not year - 1900.  See individual\n fields' descriptions for details.",
    fields: &[
        ("tm_year", "year, for example, 1993"),
        ("tm_mon", "month of year, range [1, 12]"),
        ("tm_mday", "day of month, range [1, 31]"),
        ("tm_hour", "hours, range [0, 23]"),
        ("tm_min", "minutes, range [0, 59]"),
        ("tm_sec", "seconds, range [0, 61])"),
        ("tm_wday", "day of week, range [0, 6], Monday is 0"),
        ("tm_yday", "day of year, range [1, 366]"),
        ("tm_isdst", "1 if summer time is in effect, 0 if not, and -1 if unknown"),
        ("tm_zone", "abbreviation of timezone name"),
        ("tm_gmtoff", "offset from UTC in seconds"),
    ],
    visible: 9,
    constructible: true,
};

/// A clock id parameter.
pub struct ClockId(libc::clockid_t);

impl FromArg for ClockId {
    fn from_arg(vm: &Vm, value: Value, at: ArgRef) -> PyResult<Self> {
        if vm.special_of(value, Special::Index).is_none() {
            let given = vm.type_of(value).name();
            return Err(vm.type_error(format!("clk_id should be integer, not {given}")));
        }
        i32::from_arg(vm, value, at).map(ClockId)
    }
}

fn now(vm: &Vm, id: libc::clockid_t) -> PyResult<i64> {
    clock(id).map_err(|e| os_error(vm, e))
}

/// Nanoseconds as float seconds, rounded once.
fn seconds(ns: i64) -> f64 {
    if ns % BILLION == 0 { (ns / BILLION) as f64 } else { ns as f64 / 1e9 }
}

/// Empty broken-down time.
fn empty_tm() -> libc::tm {
    // SAFETY: a plain struct; the pointer in it may be null.
    unsafe { std::mem::zeroed() }
}

/// Broken-down time as Python has it.
fn struct_time(vm: &Vm, tm: &libc::tm, zone: Option<&CStr>) -> PyResult {
    let numbers = [
        tm.tm_year as i64 + 1900,
        tm.tm_mon as i64 + 1,
        tm.tm_mday as i64,
        tm.tm_hour as i64,
        tm.tm_min as i64,
        tm.tm_sec as i64,
        (tm.tm_wday as i64 + 6) % 7,
        tm.tm_yday as i64 + 1,
        tm.tm_isdst as i64,
    ];
    let mut items = vm.vec();
    numbers.iter().for_each(|&n| items.push(&vm.heap, vm.new_int(n)));
    let zone = zone.map_or(Value::none(), |z| vm.fs_decode(z.to_bytes()).value());
    items.push(&vm.heap, zone);
    items.push(&vm.heap, vm.new_int(tm.tm_gmtoff));
    vm.new_structseq(&STRUCT_TIME, &items)
}

/// The argument of `localtime` and its relatives: seconds, now without one.
fn when(vm: &Vm, seconds: Option<Value>) -> PyResult<i64> {
    let Some(value) = seconds.filter(|v| !v.is_none()) else {
        return Ok(now(vm, libc::CLOCK_REALTIME)?.div_euclid(BILLION));
    };
    let out_of_range = || vm.overflow_error("timestamp out of range for platform time_t");
    if let Some(x) = adder_interp::object::float::as_float(value) {
        if x.is_nan() {
            return Err(vm.value_error("Invalid value NaN (not a number)"));
        }
        let whole = x.floor();
        if !(-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&whole) {
            return Err(out_of_range());
        }
        return Ok(whole as i64);
    }
    vm.index(value)?.to_i64().ok_or_else(out_of_range)
}

fn local(vm: &Vm, when: i64) -> PyResult<libc::tm> {
    let mut tm = empty_tm();
    if c!(localtime_r(&when, &mut tm)).is_null() {
        let e = errno();
        return Err(os_error(vm, if e == 0 { libc::EINVAL } else { e }));
    }
    Ok(tm)
}

fn zone_of(tm: &libc::tm) -> Option<&CStr> {
    // SAFETY: the C library's string for the zone, or null.
    (!tm.tm_zone.is_null()).then(|| unsafe { CStr::from_ptr(tm.tm_zone) })
}

/// A time tuple as the C library has it, its fields within the ranges of C's `int`.
fn tm_from(vm: &Vm, value: Value, function: &str, zone: &mut Option<CString>) -> PyResult<libc::tm> {
    let Some(tuple) = value.downcast::<Tuple>() else {
        return Err(vm.type_error("Tuple or struct_time argument required"));
    };
    if tuple.len() != 9 {
        return Err(vm.type_error(format!("{function}(): illegal time tuple argument")));
    }
    let mut n = [0i32; 9];
    for (to, &item) in n.iter_mut().zip(tuple.iter()) {
        let i = vm.index(item)?;
        *to = i.to_i64().and_then(|i| i32::try_from(i).ok()).ok_or_else(|| {
            let side = if i.is_negative() { "less than minimum" } else { "greater than maximum" };
            vm.overflow_error(format!("signed integer is {side}"))
        })?;
    }
    let mut tm = empty_tm();
    tm.tm_year = n[0].checked_sub(1900).ok_or_else(|| vm.overflow_error("year out of range"))?;
    tm.tm_mon = n[1].wrapping_sub(1);
    (tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec) = (n[2], n[3], n[4], n[5]);
    tm.tm_wday = n[6].wrapping_add(1) % 7;
    tm.tm_yday = n[7].wrapping_sub(1);
    tm.tm_isdst = n[8];
    if vm.type_of(value) == vm.structseq_type(&STRUCT_TIME)? {
        let offset = vm.getattr_str(value, "tm_gmtoff")?;
        if !offset.is_none() {
            tm.tm_gmtoff = vm.index_i64(offset)?;
        }
        let name = vm.getattr_str(value, "tm_zone")?;
        if let Some(text) = name.downcast::<Str>() {
            *zone = CString::new(vm.fs_encode(text)?).ok();
            tm.tm_zone = zone.as_ref().map_or(std::ptr::null(), |z| z.as_ptr());
        }
    }
    Ok(tm)
}

/// Checks the ranges that formatting relies on; months, days and days of the year may be 0.
fn check_tm(vm: &Vm, tm: &mut libc::tm) -> PyResult<()> {
    let zero_is_one = |n: &mut i32| {
        if *n == -1 {
            *n = 0;
        }
    };
    zero_is_one(&mut tm.tm_mon);
    zero_is_one(&mut tm.tm_yday);
    if tm.tm_mday == 0 {
        tm.tm_mday = 1;
    }
    let wrong = [
        (!(0..=11).contains(&tm.tm_mon), "month"),
        (!(1..=31).contains(&tm.tm_mday), "day of month"),
        (!(0..=23).contains(&tm.tm_hour), "hour"),
        (!(0..=59).contains(&tm.tm_min), "minute"),
        (!(0..=61).contains(&tm.tm_sec), "seconds"),
        (tm.tm_wday < 0, "day of week"),
        (!(0..=365).contains(&tm.tm_yday), "day of year"),
    ];
    if let Some((_, what)) = wrong.iter().find(|(bad, _)| *bad) {
        return Err(vm.value_error(format!("{what} out of range")));
    }
    tm.tm_isdst = tm.tm_isdst.clamp(-1, 1);
    Ok(())
}

/// The time tuple argument, or the local time.
fn tm_or_now(
    vm: &Vm,
    value: Option<Value>,
    function: &str,
    zone: &mut Option<CString>,
) -> PyResult<libc::tm> {
    match value {
        Some(value) => {
            let mut tm = tm_from(vm, value, function, zone)?;
            check_tm(vm, &mut tm)?;
            Ok(tm)
        }
        None => local(vm, when(vm, None)?),
    }
}

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn asctime_text(tm: &libc::tm) -> String {
    format!(
        "{} {}{:>3} {:02}:{:02}:{:02} {}",
        DAYS[tm.tm_wday as usize % 7],
        MONTHS[tm.tm_mon as usize % 12],
        tm.tm_mday,
        tm.tm_hour,
        tm.tm_min,
        tm.tm_sec,
        tm.tm_year as i64 + 1900
    )
}

/// Formats a stretch of ASCII.
fn format_ascii(format: &[u8], tm: &libc::tm) -> Vec<u8> {
    let Ok(text) = CString::new(format) else { return Vec::new() };
    if format.is_empty() {
        return Vec::new();
    }
    let mut size = 1024;
    loop {
        let mut buffer = vec![0u8; size];
        let n = c!(strftime(buffer.as_mut_ptr().cast(), size, text.as_ptr(), tm));
        if n > 0 || size >= 256 * format.len().max(16) {
            buffer.truncate(n);
            return buffer;
        }
        size *= 2;
    }
}

/// `strftime`: ASCII goes to the C library, other characters and nulls are kept as they are.
fn format_time(vm: &Vm, format: Gc<Str>, tm: &libc::tm) -> Value {
    let points: Vec<u32> = format.chars().collect();
    let mut out: Vec<u32> = Vec::with_capacity(points.len());
    let plain = |c: u32| c != 0 && c < 128;
    let mut i = 0;
    while i < points.len() {
        if !plain(points[i]) {
            out.push(points[i]);
            i += 1;
            continue;
        }
        let end = points[i..].iter().position(|&c| !plain(c)).map_or(points.len(), |n| i + n);
        let ascii: Vec<u8> = points[i..end].iter().map(|&c| c as u8).collect();
        let text = vm.fs_decode(&format_ascii(&ascii, tm));
        out.extend(text.chars());
        i = end;
    }
    Str::from_code_points(&vm.heap, &out).value()
}

/// `timezone`, `altzone`, `daylight` and `tzname`, from the offsets in January and July.
fn set_zone(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
    const YEAR: i64 = (365 * 24 + 6) * 3600;
    let start = now(vm, libc::CLOCK_REALTIME)?.div_euclid(BILLION) / YEAR * YEAR;
    let (january, july) = (local(vm, start)?, local(vm, start + YEAR / 2)?);
    let name =
        |tm: &libc::tm| zone_of(tm).map_or(vm.empty_str.value(), |z| vm.fs_decode(z.to_bytes()).value());
    let (winter, summer) =
        if january.tm_gmtoff < july.tm_gmtoff { (&january, &july) } else { (&july, &january) };
    let set = |key: &str, value: Value| dict.insert_str(&vm.heap, vm.intern(key), value);
    set("timezone", vm.new_int(-winter.tm_gmtoff));
    set("altzone", vm.new_int(-summer.tm_gmtoff));
    set("daylight", vm.new_int((winter.tm_gmtoff != summer.tm_gmtoff) as i64));
    let names = [name(winter), name(summer)];
    set("tzname", vm.new_tuple(&names));
    Ok(())
}

fn module_dict(vm: &Vm) -> Option<Gc<Dict>> {
    let module = vm.registry.borrow().get(MODULE_DICT).copied();
    module.and_then(|v| v.downcast::<Dict>())
}

const MODULE_DICT: &str = "time.dict";

/// This module provides various functions to manipulate time values.
///
/// There are two standard representations of time.  One is the number
/// of seconds since the Epoch, in UTC (a.k.a. GMT).  It may be an integer
/// or a floating-point number (to represent fractions of seconds).
/// The epoch is the point where the time starts, the return value of time.gmtime(0).
/// It is January 1, 1970, 00:00:00 (UTC) on all platforms.
///
/// The other representation is a tuple of 9 integers giving local time.
#[pymodule(name = "time")]
pub mod time {
    use super::*;

    #[pyattr]
    const CLOCK_REALTIME: i64 = libc::CLOCK_REALTIME as i64;
    #[pyattr]
    const CLOCK_MONOTONIC: i64 = libc::CLOCK_MONOTONIC as i64;
    #[pyattr]
    const CLOCK_PROCESS_CPUTIME_ID: i64 = libc::CLOCK_PROCESS_CPUTIME_ID as i64;
    #[pyattr]
    const CLOCK_THREAD_CPUTIME_ID: i64 = libc::CLOCK_THREAD_CPUTIME_ID as i64;
    #[pyattr]
    const CLOCK_MONOTONIC_RAW: i64 = libc::CLOCK_MONOTONIC_RAW as i64;
    #[pyattr]
    const CLOCK_BOOTTIME: i64 = libc::CLOCK_BOOTTIME as i64;
    #[pyattr]
    const CLOCK_TAI: i64 = libc::CLOCK_TAI as i64;
    #[pyattr]
    const _STRUCT_TM_ITEMS: i64 = 11;

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        vm.registry.borrow_mut().insert(MODULE_DICT, dict.value());
        dict.insert_str(&vm.heap, vm.intern("struct_time"), vm.structseq_type(&STRUCT_TIME)?.value());
        tzset_now();
        set_zone(vm, dict)
    }

    fn tzset_now() {
        unsafe extern "C" {
            fn tzset();
        }
        // SAFETY: reads the TZ variable of the environment.
        unsafe { tzset() }
    }

    /// Return the current time in seconds since the Epoch.
    #[pyfunction]
    fn time(vm: &Vm) -> PyResult<f64> {
        now(vm, libc::CLOCK_REALTIME).map(seconds)
    }
    /// Return the current time in nanoseconds since the Epoch.
    #[pyfunction]
    fn time_ns(vm: &Vm) -> PyResult<i64> {
        now(vm, libc::CLOCK_REALTIME)
    }
    /// Monotonic clock, cannot go backward.
    #[pyfunction]
    fn monotonic(vm: &Vm) -> PyResult<f64> {
        now(vm, libc::CLOCK_MONOTONIC).map(seconds)
    }
    /// Monotonic clock, cannot go backward, as nanoseconds.
    #[pyfunction]
    fn monotonic_ns(vm: &Vm) -> PyResult<i64> {
        now(vm, libc::CLOCK_MONOTONIC)
    }
    /// Performance counter for benchmarking.
    #[pyfunction]
    fn perf_counter(vm: &Vm) -> PyResult<f64> {
        now(vm, libc::CLOCK_MONOTONIC).map(seconds)
    }
    /// Performance counter for benchmarking as nanoseconds.
    #[pyfunction]
    fn perf_counter_ns(vm: &Vm) -> PyResult<i64> {
        now(vm, libc::CLOCK_MONOTONIC)
    }
    /// Process time for profiling: sum of the kernel and user-space CPU time.
    #[pyfunction]
    fn process_time(vm: &Vm) -> PyResult<f64> {
        now(vm, libc::CLOCK_PROCESS_CPUTIME_ID).map(seconds)
    }
    /// Process time for profiling as nanoseconds.
    #[pyfunction]
    fn process_time_ns(vm: &Vm) -> PyResult<i64> {
        now(vm, libc::CLOCK_PROCESS_CPUTIME_ID)
    }
    /// Thread time for profiling: sum of the kernel and user-space CPU time.
    #[pyfunction]
    fn thread_time(vm: &Vm) -> PyResult<f64> {
        now(vm, libc::CLOCK_THREAD_CPUTIME_ID).map(seconds)
    }
    /// Thread time for profiling as nanoseconds.
    #[pyfunction]
    fn thread_time_ns(vm: &Vm) -> PyResult<i64> {
        now(vm, libc::CLOCK_THREAD_CPUTIME_ID)
    }

    /// Return the time of the specified clock clk_id as a float.
    #[pyfunction(sig = "(clk_id, /)")]
    fn clock_gettime(vm: &Vm, clk_id: ClockId) -> PyResult<f64> {
        now(vm, clk_id.0).map(seconds)
    }
    /// Return the time of the specified clock clk_id as nanoseconds (int).
    #[pyfunction(sig = "(clk_id, /)")]
    fn clock_gettime_ns(vm: &Vm, clk_id: ClockId) -> PyResult<i64> {
        now(vm, clk_id.0)
    }
    /// Set the time of the specified clock clk_id.
    #[pyfunction]
    fn clock_settime(vm: &Vm, clk_id: i32, time: Value) -> PyResult<()> {
        let spec = timespec_of(nanoseconds(vm, time, Rounding::Floor)?);
        direct(|| c!(clock_settime(clk_id, &spec)) as i64).check(vm)?;
        Ok(())
    }
    /// Set the time of the specified clock clk_id with nanoseconds.
    #[pyfunction]
    fn clock_settime_ns(vm: &Vm, clk_id: i32, time: i64) -> PyResult<()> {
        let spec = timespec_of(time);
        direct(|| c!(clock_settime(clk_id, &spec)) as i64).check(vm)?;
        Ok(())
    }
    /// Return the resolution (precision) of the specified clock clk_id.
    #[pyfunction]
    fn clock_getres(vm: &Vm, clk_id: i32) -> PyResult<f64> {
        let mut ts = timespec_of(0);
        direct(|| c!(clock_getres(clk_id, &mut ts)) as i64).check(vm)?;
        Ok(ts.tv_sec as f64 + ts.tv_nsec as f64 * 1e-9)
    }
    /// Return the clk_id of a thread's CPU time clock.
    #[pyfunction]
    fn pthread_getcpuclockid(vm: &Vm, thread_id: u64) -> PyResult<i32> {
        let mut id = 0;
        match c!(pthread_getcpuclockid(thread_id as libc::pthread_t, &mut id)) {
            0 => Ok(id),
            e => Err(os_error(vm, e)),
        }
    }

    /// Get information of the specified clock.
    #[pyfunction]
    fn get_clock_info(vm: &Vm, name: String) -> PyResult {
        let (id, clock, monotonic, adjustable) = match name.as_str() {
            "time" => (libc::CLOCK_REALTIME, "CLOCK_REALTIME", false, true),
            "monotonic" | "perf_counter" => (libc::CLOCK_MONOTONIC, "CLOCK_MONOTONIC", true, false),
            "process_time" => (libc::CLOCK_PROCESS_CPUTIME_ID, "CLOCK_PROCESS_CPUTIME_ID", true, false),
            "thread_time" => (libc::CLOCK_THREAD_CPUTIME_ID, "CLOCK_THREAD_CPUTIME_ID", true, false),
            _ => return Err(vm.value_error("unknown clock")),
        };
        let mut ts = timespec_of(0);
        direct(|| c!(clock_getres(id, &mut ts)) as i64).check(vm)?;
        let info = vm.new_dict();
        let set = |key: &str, value: Value| info.insert_str(&vm.heap, vm.intern(key), value);
        set("implementation", vm.new_str(&format!("clock_gettime({clock})")));
        set("monotonic", Value::bool(monotonic));
        set("adjustable", Value::bool(adjustable));
        set("resolution", Value::float(ts.tv_sec as f64 + ts.tv_nsec as f64 * 1e-9));
        let implementation = vm.sys.get_str(vm.intern("implementation"));
        let class = vm.type_of(implementation.unwrap_or(Value::none()));
        vm.call_kw(class.value(), &[], Some(info))
    }

    /// Delay execution for a given number of seconds.
    #[pyfunction]
    fn sleep(vm: &Vm, seconds: Value) -> PyResult<()> {
        let ns = nanoseconds(vm, seconds, Rounding::Up)?;
        if ns < 0 {
            return Err(vm.value_error("sleep length must be non-negative"));
        }
        let deadline = timespec_of(crate::os::time::monotonic().saturating_add(ns));
        let none = std::ptr::null_mut();
        loop {
            let call = || c!(clock_nanosleep(libc::CLOCK_MONOTONIC, libc::TIMER_ABSTIME, &deadline, none));
            match vm.allow_threads(call) {
                0 => return Ok(()),
                libc::EINTR => vm.check_signals()?,
                e => return Err(os_error(vm, e)),
            }
        }
    }

    /// Convert seconds since the Epoch to a time tuple expressing UTC (a.k.a. GMT).
    #[pyfunction]
    fn gmtime(vm: &Vm, seconds: Option<Value>) -> PyResult {
        let when = when(vm, seconds)?;
        let mut tm = empty_tm();
        if c!(gmtime_r(&when, &mut tm)).is_null() {
            return Err(os_error(vm, errno()));
        }
        struct_time(vm, &tm, Some(c"UTC"))
    }

    /// Convert seconds since the Epoch to a time tuple expressing local time.
    #[pyfunction]
    fn localtime(vm: &Vm, seconds: Option<Value>) -> PyResult {
        let tm = local(vm, when(vm, seconds)?)?;
        struct_time(vm, &tm, zone_of(&tm))
    }

    /// Convert a time tuple to a string, e.g. 'Sat Jun 06 16:26:11 1998'.
    #[pyfunction]
    fn asctime(vm: &Vm, tuple: Option<Value>) -> PyResult<String> {
        let mut zone = None;
        tm_or_now(vm, tuple, "asctime", &mut zone).map(|tm| asctime_text(&tm))
    }

    /// Convert a time in seconds since the Epoch to a string in local time.
    #[pyfunction]
    fn ctime(vm: &Vm, seconds: Option<Value>) -> PyResult<String> {
        local(vm, when(vm, seconds)?).map(|tm| asctime_text(&tm))
    }

    /// Convert a time tuple in local time to seconds since the Epoch.
    #[pyfunction]
    fn mktime(vm: &Vm, tuple: Value) -> PyResult<f64> {
        let mut zone = None;
        let mut tm = tm_from(vm, tuple, "mktime", &mut zone)?;
        // The day of the week is set on success: a mark tells -1 from an error.
        tm.tm_wday = -1;
        let result = c!(mktime(&mut tm));
        if result == -1 && tm.tm_wday == -1 {
            return Err(vm.overflow_error("mktime argument out of range"));
        }
        Ok(result as f64)
    }

    /// Convert a time tuple to a string according to a format specification.
    #[pyfunction]
    fn strftime(vm: &Vm, format: Gc<Str>, tuple: Option<Value>) -> PyResult {
        let mut zone = None;
        let tm = tm_or_now(vm, tuple, "strftime", &mut zone)?;
        Ok(format_time(vm, format, &tm))
    }

    /// Parse a string to a time tuple according to a format specification.
    #[pyfunction(sig = "(*args)")]
    fn strptime(vm: &Vm, args: &[Value]) -> PyResult {
        let module = vm.import("_strptime")?;
        let function = vm.getattr_str(module, "_strptime_time")?;
        vm.call(function, args)
    }

    /// Initialize, or reinitialize, the local timezone to the value of environment variable TZ.
    #[pyfunction]
    fn tzset(vm: &Vm) -> PyResult<()> {
        tzset_now();
        match module_dict(vm) {
            Some(dict) => set_zone(vm, dict),
            None => Ok(()),
        }
    }
}
