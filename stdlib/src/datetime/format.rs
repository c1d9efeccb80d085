//! `strftime` of dates and times: the directives that `time.strftime` does not know are replaced first.

use super::calendar;
use super::clock::Clock;
use super::zone::{format_offset, utc_offset, zone_name};
use adder_interp::object::header::Gc;
use adder_interp::object::str::Str;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_text::units::StrBuilder;

/// What is formatted.
pub struct Formatted {
    /// The date of a time is January 1, 1900.
    pub date: (i32, u32, u32),
    pub clock: Clock,
    pub tzinfo: Option<Value>,
    /// What the time zone is asked about: the object, None for a `time`.
    pub argument: Value,
    /// The time tuple for `time.strftime`.
    pub tuple: Value,
}

impl Formatted {
    fn offset(&self, vm: &Vm, separator: &str) -> PyResult<String> {
        Ok(match utc_offset(vm, self.tzinfo, self.argument)? {
            Some(total) => format_offset(total, separator),
            None => String::new(),
        })
    }

    /// The text for a directive that is not left to `time.strftime`.
    fn directive(&self, vm: &Vm, c: char, out: &mut StrBuilder) -> PyResult<bool> {
        let (year, month, day) = self.date;
        match c {
            'z' => out.push_str(&self.offset(vm, "")?),
            'Z' => {
                let name = zone_name(vm, self.tzinfo, self.argument)?;
                if !name.is_none() {
                    // What it says is no directive.
                    let doubled = [vm.new_str("%"), vm.new_str("%%")];
                    let Some(name) = vm.call_method(name, "replace", &doubled)?.downcast::<Str>() else {
                        return Err(vm.type_error("tzname.replace() did not return a string"));
                    };
                    name.chars().for_each(|c| push(out, c));
                }
            }
            'f' => out.push_str(&format!("{:06}", self.clock.micro)),
            // The C library would not fill up years before 1000.
            'Y' if year < 1000 => out.push_str(&format!("{year:04}")),
            'C' if year < 1000 => out.push_str(&format!("{:02}", year / 100)),
            'F' if year < 1000 => out.push_str(&format!("{year:04}-%m-%d")),
            'G' if year <= 1000 => {
                out.push_str(&format!("{:04}", calendar::to_iso(year, month, day).0));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    pub fn strftime(&self, vm: &Vm, format: Gc<Str>) -> PyResult {
        let mut out = StrBuilder::new();
        let text: Vec<u32> = format.chars().collect();
        let mut i = 0;
        while i < text.len() {
            let c = text[i];
            i += 1;
            if c != '%' as u32 || i == text.len() {
                push(&mut out, c);
                continue;
            }
            let next = text[i];
            if next == ':' as u32 && text.get(i + 1) == Some(&('z' as u32)) {
                out.push_str(&self.offset(vm, ":")?);
                i += 2;
                continue;
            }
            i += 1;
            let known = match char::from_u32(next) {
                Some(directive) => self.directive(vm, directive, &mut out)?,
                None => false,
            };
            if !known {
                push(&mut out, c);
                push(&mut out, next);
            }
        }
        let format = crate::support::str_from_buf(vm, out.finish());
        let time = vm.import("time")?;
        vm.call_method(time, "strftime", &[format, self.tuple])
    }
}

fn push(out: &mut StrBuilder, c: u32) {
    out.push(c);
}

/// `time.struct_time` of numbers, for `timetuple`.
pub fn time_tuple(vm: &Vm, (year, month, day): (i32, u32, u32), clock: &Clock, dst: i32) -> PyResult {
    let numbers = [
        year,
        month as i32,
        day as i32,
        clock.hour.into(),
        clock.minute.into(),
        clock.second.into(),
        calendar::weekday(year, month, day) as i32,
        calendar::day_of_year(year, month, day) as i32,
        dst,
    ]
    .map(|n| vm.new_int(n as i64));
    let time = vm.import("time")?;
    vm.call_method(time, "struct_time", &[vm.new_tuple(&numbers)])
}
