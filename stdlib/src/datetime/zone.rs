//! `tzinfo`, `timezone`, and asking a time zone about a time.

use super::bind::must_be;
use super::datetime::{as_datetime, datetime_like};
use super::delta::{self, DAY, DeltaRef, SECOND, as_delta};
use adder_interp::native::Args;
use adder_interp::native::args::type_name;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};

/// Abstract base class for time zone info objects.
#[pyclass(name = "tzinfo", module = "datetime", subclassable)]
#[derive(Trace)]
pub struct TzInfo {}

/// `tzinfo` itself.
pub fn tzinfo_class(vm: &Vm) -> PyResult<Gc<Type>> {
    vm.native_type(TzInfo::TYPE_DEF)
}

/// The `tzinfo` argument of constructors: None or a time zone.
pub fn tzinfo_argument(vm: &Vm, value: Option<Value>) -> PyResult<Option<Value>> {
    let Some(value) = value.filter(|v| !v.is_none()) else { return Ok(None) };
    if vm.type_of(value).is_subtype(tzinfo_class(vm)?) {
        return Ok(Some(value));
    }
    let given = type_name(vm, value);
    Err(vm.type_error(format!("tzinfo argument must be None or of a tzinfo subclass, not type '{given}'")))
}

#[cold]
fn offset_range(vm: &Vm, offset: Value) -> Raised {
    match vm.repr_text(offset) {
        Err(raised) => raised,
        Ok(shown) => vm.value_error(format!(
            "offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24), not {shown}"
        )),
    }
}

fn in_range(total: i128) -> bool {
    total.abs() < DAY
}

/// Calls `utcoffset` or `dst` of a time zone and checks the answer.
pub fn offset_value(vm: &Vm, tzinfo: Option<Value>, method: &str, argument: Value) -> PyResult {
    let Some(tzinfo) = tzinfo else { return Ok(Value::none()) };
    if method == "utcoffset"
        && let Some(zone) = tzinfo.downcast::<Native<TimeZone>>()
    {
        return Ok(zone.offset);
    }
    let offset = vm.call_method(tzinfo, method, &[argument])?;
    if offset.is_none() {
        return Ok(offset);
    }
    let Some(delta) = as_delta(offset) else {
        let given = type_name(vm, offset);
        return Err(vm.type_error(format!("tzinfo.{method}() must return None or timedelta, not '{given}'")));
    };
    if in_range(delta.total()) { Ok(offset) } else { Err(offset_range(vm, offset)) }
}

/// The offset from UTC in microseconds; `None` for a naive time.
pub fn utc_offset(vm: &Vm, tzinfo: Option<Value>, argument: Value) -> PyResult<Option<i128>> {
    Ok(as_delta(offset_value(vm, tzinfo, "utcoffset", argument)?).map(|d| d.total()))
}

/// The name that a time zone gives a time.
pub fn zone_name(vm: &Vm, tzinfo: Option<Value>, argument: Value) -> PyResult {
    let Some(tzinfo) = tzinfo else { return Ok(Value::none()) };
    let name = vm.call_method(tzinfo, "tzname", &[argument])?;
    if name.is_none() || name.is::<Str>() {
        return Ok(name);
    }
    let given = type_name(vm, name);
    Err(vm.type_error(format!("tzinfo.tzname() must return None or a string, not '{given}'")))
}

/// An offset as `+01:00`, with seconds and microseconds if it has them.
pub fn format_offset(total: i128, separator: &str) -> String {
    let (sign, total) = if total < 0 { ('-', -total) } else { ('+', total) };
    let (seconds, micros) = (total / SECOND, total % SECOND);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mut text = format!("{sign}{hours:02}{separator}{minutes:02}");
    if seconds != 0 || micros != 0 {
        text += &format!("{separator}{seconds:02}");
    }
    if micros != 0 {
        text += &format!(".{micros:06}");
    }
    text
}

#[cold]
fn not_implemented(vm: &Vm, method: &str) -> Raised {
    vm.not_implemented_error(format!("a tzinfo subclass must implement {method}()"))
}

#[pymethods]
impl TzInfo {
    #[pynew(sig = "(*args, **kwargs)")]
    fn new(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> Gc<Native<TzInfo>> {
        let _ = args;
        vm.new_native(cls, TzInfo {})
    }

    /// datetime -> string name of time zone.
    #[pymethod(sig = "($self, object, /)")]
    fn tzname(this: Value, vm: &Vm, object: Value) -> PyResult<()> {
        let _ = (this, object);
        Err(not_implemented(vm, "tzname"))
    }
    /// datetime -> timedelta showing offset from UTC, negative values indicating West of UTC
    #[pymethod(sig = "($self, object, /)")]
    fn utcoffset(this: Value, vm: &Vm, object: Value) -> PyResult<()> {
        let _ = (this, object);
        Err(not_implemented(vm, "utcoffset"))
    }
    /// datetime -> DST offset as timedelta positive east of UTC.
    #[pymethod(sig = "($self, object, /)")]
    fn dst(this: Value, vm: &Vm, object: Value) -> PyResult<()> {
        let _ = (this, object);
        Err(not_implemented(vm, "dst"))
    }

    /// datetime in UTC -> datetime in local time.
    #[pymethod(sig = "($self, object, /)")]
    fn fromutc(this: Value, vm: &Vm, object: Value) -> PyResult {
        let Some(dt) = as_datetime(object) else {
            return Err(vm.type_error("fromutc: argument must be a datetime"));
        };
        if dt.tzinfo != Some(this) {
            return Err(vm.value_error("fromutc: dt.tzinfo is not self"));
        }
        let ask = |method: &str, of: Value| -> PyResult<Option<i128>> {
            Ok(as_delta(offset_value(vm, Some(this), method, of)?).map(|d| d.total()))
        };
        let Some(offset) = ask("utcoffset", object)? else {
            return Err(vm.value_error("fromutc: non-None utcoffset() result required"));
        };
        let Some(dst) = ask("dst", object)? else {
            return Err(vm.value_error("fromutc: non-None dst() result required"));
        };
        let standard = offset - dst;
        let result = dt.shifted(vm, object, standard)?;
        let Some(dst) = ask("dst", result)? else {
            return Err(vm.value_error("fromutc: tz.dst() gave inconsistent results; cannot convert"));
        };
        match as_datetime(result) {
            Some(shifted) if dst != 0 => shifted.shifted(vm, result, dst),
            _ => Ok(result),
        }
    }

    /// -> (cls, state)
    #[pymethod(name = "__reduce__")]
    fn reduce(this: Value, vm: &Vm) -> PyResult {
        let arguments = match vm.getattr_opt(this, vm.intern("__getinitargs__"))? {
            Some(method) => vm.call(method, &[])?,
            None => vm.new_tuple(&[]),
        };
        let state = vm.call_method(this, "__getstate__", &[])?;
        Ok(vm.new_tuple(&[vm.type_of(this).value(), arguments, state]))
    }
}

/// Fixed offset from UTC implementation of tzinfo.
#[pyclass(name = "timezone", module = "datetime", base = tzinfo_base)]
#[derive(Trace)]
pub struct TimeZone {
    /// A `timedelta`.
    pub offset: Value,
    name: Option<Value>,
}

fn tzinfo_base(vm: &Vm) -> Value {
    tzinfo_class(vm).map_or(vm.types.object.value(), Gc::value)
}

/// A `timezone` of an offset in microseconds, which is in range, and perhaps a name.
pub fn new_zone(vm: &Vm, total: i128, name: Option<Value>) -> PyResult {
    let offset = delta::from_micros(vm, total)?;
    let class = vm.native_type(TimeZone::TYPE_DEF)?;
    Ok(vm.new_native(class, TimeZone { offset, name }).value())
}

/// `timezone.utc`.
pub fn utc(vm: &Vm) -> PyResult {
    vm.registered("datetime.timezone.utc", |vm| new_zone(vm, 0, None))
}

/// A `timezone` that may be `timezone.utc`.
pub fn fixed_zone(vm: &Vm, total: i128) -> PyResult {
    if total == 0 {
        return utc(vm);
    }
    if !in_range(total) {
        return Err(offset_range(vm, delta::from_micros(vm, total)?));
    }
    new_zone(vm, total, None)
}

impl TimeZone {
    fn delta(&self) -> DeltaRef {
        as_delta(self.offset).expect("the offset is a timedelta")
    }
    fn label(&self, vm: &Vm) -> PyResult {
        if let Some(name) = self.name {
            return Ok(name);
        }
        Ok(match self.delta().total() {
            0 => vm.new_str("UTC"),
            total => vm.new_str(&format!("UTC{}", format_offset(total, ":"))),
        })
    }
}

/// The argument of the methods of `timezone`.
fn check_datetime(vm: &Vm, function: &str, value: Value) -> PyResult<()> {
    if value.is_none() || datetime_like(value) {
        return Ok(());
    }
    let given = type_name(vm, value);
    Err(vm.type_error(format!("{function}(dt) argument must be a datetime instance or None, not {given}")))
}

#[pymethods]
impl TimeZone {
    #[pynew(sig = "(offset, name=<unrepresentable>)")]
    fn new(cls: Gc<Type>, vm: &Vm, offset: Value, name: Option<Value>) -> PyResult {
        let Some(delta) = as_delta(offset) else {
            return Err(must_be(vm, "timezone", 1, "datetime.timedelta", offset));
        };
        if let Some(name) = name
            && !name.is::<Str>()
        {
            return Err(must_be(vm, "timezone", 2, "str", name));
        }
        if name.is_none() && delta.total() == 0 {
            return utc(vm);
        }
        if !in_range(delta.total()) {
            return Err(offset_range(vm, offset));
        }
        Ok(vm.new_native(cls, TimeZone { offset, name }).value())
    }

    #[pyattr(name = "utc")]
    fn utc_attr(vm: &Vm) -> PyResult {
        utc(vm)
    }
    #[pyattr]
    fn min(vm: &Vm) -> PyResult {
        new_zone(vm, 60 * SECOND - DAY, None)
    }
    #[pyattr]
    fn max(vm: &Vm) -> PyResult {
        new_zone(vm, DAY - 60 * SECOND, None)
    }

    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<Native<TimeZone>>, vm: &Vm) -> PyResult<String> {
        if this.value() == utc(vm)? {
            return Ok("datetime.timezone.utc".to_owned());
        }
        let offset = vm.repr_text(this.offset)?;
        match this.name {
            None => Ok(format!("datetime.timezone({offset})")),
            Some(name) => Ok(format!("datetime.timezone({offset}, {})", vm.repr_text(name)?)),
        }
    }
    #[pymethod(name = "__str__")]
    fn str_(&self, vm: &Vm) -> PyResult {
        self.label(vm)
    }
    #[pymethod(name = "__hash__")]
    fn hash(&self, vm: &Vm) -> PyResult<i64> {
        Ok(vm.hash(self.offset)? as i64)
    }
    #[pymethod(name = "__eq__")]
    fn eq(&self, other: Value) -> Value {
        match other.downcast::<Native<TimeZone>>() {
            Some(other) => Value::bool(self.delta().total() == other.delta().total()),
            None => Value::not_implemented(),
        }
    }

    /// If name is specified when timezone is created, returns the name.  Otherwise returns offset as 'UTC(+|-)HH:MM'.
    #[pymethod(sig = "($self, object, /)")]
    fn tzname(&self, vm: &Vm, object: Value) -> PyResult {
        check_datetime(vm, "tzname", object)?;
        self.label(vm)
    }
    /// Return fixed offset.
    #[pymethod(sig = "($self, object, /)")]
    fn utcoffset(&self, vm: &Vm, object: Value) -> PyResult {
        check_datetime(vm, "utcoffset", object)?;
        Ok(self.offset)
    }
    /// Return None.
    #[pymethod(sig = "($self, object, /)")]
    fn dst(&self, vm: &Vm, object: Value) -> PyResult<()> {
        check_datetime(vm, "dst", object)
    }
    /// datetime in UTC -> datetime in local time.
    #[pymethod(sig = "($self, object, /)")]
    fn fromutc(this: Gc<Native<TimeZone>>, vm: &Vm, object: Value) -> PyResult {
        let Some(dt) = as_datetime(object) else {
            return Err(vm.type_error("fromutc: argument must be a datetime"));
        };
        if dt.tzinfo != Some(this.value()) {
            return Err(vm.value_error("fromutc: dt.tzinfo is not self"));
        }
        dt.shifted(vm, object, this.delta().total())
    }
    /// pickle support
    #[pymethod(name = "__getinitargs__")]
    fn init_arguments(&self, vm: &Vm) -> Value {
        match self.name {
            None => vm.new_tuple(&[self.offset]),
            Some(name) => vm.new_tuple(&[self.offset, name]),
        }
    }
}
