//! The proleptic Gregorian calendar: dates, ordinals, ISO weeks. Pure arithmetic.

pub const MIN_YEAR: i32 = 1;
pub const MAX_YEAR: i32 = 9999;
/// Ordinal of the last day of [`MAX_YEAR`].
pub const MAX_ORDINAL: i64 = 3_652_059;
/// Days of 400 years: the calendar repeats after them.
const CYCLE: i64 = 146_097;

pub fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days of the year before this month.
fn days_before_month(year: i32, month: u32) -> u32 {
    const BEFORE: [u32; 13] = [0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    BEFORE[month as usize] + (month > 2 && is_leap(year)) as u32
}

/// Days before January 1 of this year.
fn days_before_year(year: i32) -> i64 {
    let y = year as i64 - 1;
    y * 365 + y / 4 - y / 100 + y / 400
}

/// Day number of a date; January 1 of year 1 is day 1.
pub fn ordinal(year: i32, month: u32, day: u32) -> i64 {
    days_before_year(year) + (days_before_month(year, month) + day) as i64
}

/// Day of the year, from 1.
pub fn day_of_year(year: i32, month: u32, day: u32) -> u32 {
    days_before_month(year, month) + day
}

/// Year, month and day of an ordinal, which is at least 1.
pub fn from_ordinal(ordinal: i64) -> (i32, u32, u32) {
    let n = ordinal - 1;
    let (cycles, n) = (n / CYCLE, n % CYCLE);
    // The last day of a cycle would open a fifth century, that of four years a fifth year.
    let centuries = (n / 36_524).min(3);
    let n = n - centuries * 36_524;
    let (fours, n) = (n / 1461, n % 1461);
    let years = (n / 365).min(3);
    let n = (n - years * 365) as u32;
    let year = (cycles * 400 + centuries * 100 + fours * 4 + years) as i32 + 1;
    // An estimate that is right or one month too late.
    let mut month = (n + 50) >> 5;
    if days_before_month(year, month) > n {
        month -= 1;
    }
    (year, month, n - days_before_month(year, month) + 1)
}

/// 0 is Monday.
pub fn weekday(year: i32, month: u32, day: u32) -> u32 {
    ((ordinal(year, month, day) + 6) % 7) as u32
}

/// Ordinal of the Monday that starts week 1 of an ISO year.
fn first_iso_monday(year: i32) -> i64 {
    let first = ordinal(year, 1, 1);
    let weekday = (first + 6) % 7;
    // Week 1 is that of the first Thursday.
    let monday = first - weekday;
    if weekday > 3 { monday + 7 } else { monday }
}

/// ISO year, week and weekday (Monday is 1).
pub fn to_iso(year: i32, month: u32, day: u32) -> (i32, u32, u32) {
    let today = ordinal(year, month, day);
    let mut iso_year = year;
    let mut monday = first_iso_monday(year);
    if today < monday {
        iso_year -= 1;
        monday = first_iso_monday(iso_year);
    } else if today >= first_iso_monday(year + 1) {
        iso_year += 1;
        monday = first_iso_monday(iso_year);
    }
    let days = today - monday;
    (iso_year, (days / 7) as u32 + 1, (days % 7) as u32 + 1)
}

/// What is wrong with an ISO date.
pub enum IsoError {
    Year,
    Week,
    Weekday,
}

/// Ordinal of an ISO year, week and weekday; it may lie outside the years there are.
pub fn from_iso(year: i64, week: i64, weekday: i64) -> Result<i64, IsoError> {
    if !(MIN_YEAR as i64..=MAX_YEAR as i64).contains(&year) {
        return Err(IsoError::Year);
    }
    let year = year as i32;
    let weeks = (first_iso_monday(year + 1) - first_iso_monday(year)) / 7;
    if !(1..=weeks).contains(&week) {
        return Err(IsoError::Week);
    }
    if !(1..=7).contains(&weekday) {
        return Err(IsoError::Weekday);
    }
    Ok(first_iso_monday(year) + (week - 1) * 7 + weekday - 1)
}
