//! `date`, and the layout that it shares with `datetime`.

use super::bind::{Signature, bind, int, int_or, must_be, pickled_state};
use super::calendar::{self, IsoError, MAX_ORDINAL, MAX_YEAR, MIN_YEAR};
use super::clock::Clock;
use super::delta::{self, DAY, as_delta};
use super::format::{Formatted, time_tuple};
use super::{iso, local};
use adder_interp::native::Args;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::object::tuple::Tuple;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::compare::CompareOp;
use adder_interp::vm::compare::hash_bytes;
use adder_macros::{Trace, pyclass, pymethods};

/// date(year, month, day) --> date object
#[pyclass(name = "date", module = "datetime", subclassable)]
#[derive(Trace)]
pub struct Moment {
    pub year: u16,
    pub month: u8,
    pub day: u8,
    /// Whether it is a `datetime`; the rest is empty in a `date`.
    pub is_datetime: bool,
    #[trace(skip)]
    pub clock: Clock,
    pub tzinfo: Option<Value>,
}

pub type MomentRef = Gc<Native<Moment>>;

/// A `date` that may be a `datetime`.
pub fn as_moment(value: Value) -> Option<MomentRef> {
    value.downcast()
}

/// A `date` that is no `datetime`.
fn as_date(value: Value) -> Option<MomentRef> {
    as_moment(value).filter(|m| !m.is_datetime)
}

/// `date` itself.
pub fn class(vm: &Vm) -> PyResult<Gc<Type>> {
    vm.native_type(Moment::TYPE_DEF)
}

/// Checks a date's numbers.
pub fn check_date(vm: &Vm, year: i32, month: i32, day: i32) -> PyResult<()> {
    if !(MIN_YEAR..=MAX_YEAR).contains(&year) {
        return Err(vm.value_error(format!("year must be in {MIN_YEAR}..{MAX_YEAR}, not {year}")));
    }
    if !(1..=12).contains(&month) {
        return Err(vm.value_error(format!("month must be in 1..12, not {month}")));
    }
    let last = calendar::days_in_month(year, month as u32) as i32;
    if !(1..=last).contains(&day) {
        return Err(
            vm.value_error(format!("day {day} must be in range 1..{last} for month {month} in year {year}"))
        );
    }
    Ok(())
}

impl Moment {
    /// A plain date.
    fn date(year: i32, month: u32, day: u32) -> Moment {
        Moment {
            year: year as u16,
            month: month as u8,
            day: day as u8,
            is_datetime: false,
            clock: Clock::default(),
            tzinfo: None,
        }
    }
    pub fn ymd(&self) -> (i32, u32, u32) {
        (self.year.into(), self.month.into(), self.day.into())
    }
    pub fn ordinal(&self) -> i64 {
        let (year, month, day) = self.ymd();
        calendar::ordinal(year, month, day)
    }
    /// The bytes of the pickled date.
    pub fn date_state(&self) -> [u8; 4] {
        let [high, low] = self.year.to_be_bytes();
        [high, low, self.month, self.day]
    }
    pub fn iso_date(&self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cold]
pub fn out_of_range(vm: &Vm) -> Raised {
    vm.overflow_error("date value out of range")
}

/// A date of class `cls` with valid numbers; a subclass is called.
fn new_date(vm: &Vm, cls: Gc<Type>, year: i32, month: u32, day: u32) -> PyResult {
    if cls == class(vm)? {
        return Ok(vm.new_native(cls, Moment::date(year, month, day)).value());
    }
    let numbers = [year, month as i32, day as i32].map(|n| vm.new_int(n as i64));
    vm.call(cls.value(), &numbers)
}

/// As [`new_date`], of an ordinal.
pub fn from_ordinal(vm: &Vm, cls: Gc<Type>, ordinal: i64) -> PyResult {
    if ordinal < 1 {
        return Err(vm.value_error("ordinal must be >= 1"));
    }
    if ordinal > MAX_ORDINAL {
        // Years beyond are not told apart: the first of them stands for all.
        let year = calendar::from_ordinal(ordinal.min(MAX_ORDINAL * 100)).0;
        check_date(vm, year, 1, 1)?;
    }
    let (year, month, day) = calendar::from_ordinal(ordinal);
    new_date(vm, cls, year, month, day)
}

static NEW: Signature =
    Signature { function: "function", names: &["year", "month", "day"], required: 3, positional: 3 };
static REPLACE: Signature =
    Signature { function: "replace()", names: &["year", "month", "day"], required: 0, positional: 3 };

/// The `replace` methods' way of taking `__replace__(**changes)`.
pub fn only_keywords(vm: &Vm, args: Args<'_>) -> PyResult<()> {
    match args.positional_values().len() {
        0 => Ok(()),
        n => Err(vm.type_error(format!("__replace__() takes 0 positional arguments but {n} were given"))),
    }
}

fn replaced(vm: &Vm, this: Gc<Native<Moment>>, args: Args<'_>) -> PyResult {
    let given: [Option<Value>; 3] = bind(vm, args, &REPLACE)?;
    let year = int_or(vm, given[0], this.year.into())?;
    let month = int_or(vm, given[1], this.month.into())?;
    let day = int_or(vm, given[2], this.day.into())?;
    let cls = vm.type_of(this.value());
    if cls == class(vm)? {
        check_date(vm, year, month, day)?;
        return new_date(vm, cls, year, month as u32, day as u32);
    }
    let numbers = [year, month, day].map(|n| vm.new_int(n as i64));
    vm.call(cls.value(), &numbers)
}

/// The date some days later; the time of day of the difference does not count.
fn shifted(vm: &Vm, this: Gc<Native<Moment>>, other: Value, sign: i64) -> PyResult {
    let Some(delta) = as_delta(other).filter(|_| !this.is_datetime) else {
        return Ok(Value::not_implemented());
    };
    let ordinal = this.ordinal() + sign * delta.days as i64;
    if !(1..=MAX_ORDINAL).contains(&ordinal) {
        return Err(out_of_range(vm));
    }
    from_ordinal(vm, vm.type_of(this.value()), ordinal)
}

/// The text as code points, or TypeError.
pub fn iso_text(vm: &Vm, value: Value) -> PyResult<Vec<u32>> {
    match value.downcast::<Str>() {
        Some(text) => Ok(text.chars().collect()),
        None => Err(vm.type_error("fromisoformat: argument must be str")),
    }
}

pub const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
pub const MONTHS: [&str; 13] =
    ["", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `_strptime.name(cls, text, format)`.
pub fn strptime(vm: &Vm, cls: Gc<Type>, name: &str, text: Value, format: Value) -> PyResult {
    for (i, value) in [(1, text), (2, format)] {
        if !value.is::<Str>() {
            return Err(must_be(vm, "strptime", i, "str", value));
        }
    }
    let module = vm.import("_strptime")?;
    vm.call_method(module, name, &[cls.value(), text, format])
}

/// `strftime` through the method, so that subclasses count; an empty format is `str`.
pub fn format_object(vm: &Vm, this: Value, format: Value) -> PyResult {
    let Some(text) = format.downcast::<Str>() else {
        return Err(must_be(vm, "__format__", 1, "str", format));
    };
    if text.is_empty() {
        return Ok(vm.str_of(this)?.value());
    }
    vm.call_method(this, "strftime", &[format])
}

#[pymethods]
impl Moment {
    #[pynew(sig = "(*args, **kwargs)")]
    fn new(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        if let &[state] = args.positional_values()
            && !args.has_keywords()
            && let Some(state) = pickled_state(vm, state, 4, "date")?
            && (1..=12).contains(&state[2])
        {
            let year = u16::from_be_bytes([state[0], state[1]]);
            let moment = Moment::date(year.into(), state[2].into(), state[3].into());
            return Ok(vm.new_native(cls, moment).value());
        }
        let given: [Option<Value>; 3] = bind(vm, args, &NEW)?;
        let [year, month, day] = given.map(|v| v.expect("required"));
        let (year, month, day) = (int(vm, year)?, int(vm, month)?, int(vm, day)?);
        check_date(vm, year, month, day)?;
        Ok(vm.new_native(cls, Moment::date(year, month as u32, day as u32)).value())
    }

    #[pyattr]
    fn min(vm: &Vm) -> PyResult {
        new_date(vm, class(vm)?, MIN_YEAR, 1, 1)
    }
    #[pyattr]
    fn max(vm: &Vm) -> PyResult {
        new_date(vm, class(vm)?, MAX_YEAR, 12, 31)
    }
    #[pyattr]
    fn resolution(vm: &Vm) -> PyResult {
        delta::from_micros(vm, DAY)
    }

    #[pygetset]
    fn year(&self) -> u16 {
        self.year
    }
    #[pygetset]
    fn month(&self) -> u8 {
        self.month
    }
    #[pygetset]
    fn day(&self) -> u8 {
        self.day
    }

    /// Create a date from a POSIX timestamp.
    ///
    /// The timestamp is a number, e.g. created via time.time(), that is
    /// interpreted as local time.
    #[pyclassmethod(sig = "($type, timestamp, /)")]
    fn fromtimestamp(cls: Gc<Type>, vm: &Vm, timestamp: Value) -> PyResult {
        let seconds = match adder_interp::object::float::as_float(timestamp) {
            Some(_) => crate::os::time::timespec(vm, timestamp, crate::os::time::Rounding::Floor)?.tv_sec,
            None => match vm.index(timestamp)?.to_i64() {
                Some(seconds) => seconds,
                None => return Err(vm.overflow_error("timestamp out of range for platform time_t")),
            },
        };
        let tm = local::local_tm(vm, seconds)?;
        let (year, month, day) = (tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
        if cls == class(vm)? {
            check_date(vm, year, month, day)?;
        }
        new_date(vm, cls, year, month as u32, day as u32)
    }

    /// int -> date corresponding to a proleptic Gregorian ordinal.
    #[pyclassmethod(sig = "($type, ordinal, /)")]
    fn fromordinal(cls: Gc<Type>, vm: &Vm, ordinal: Value) -> PyResult {
        from_ordinal(vm, cls, int(vm, ordinal)?.into())
    }

    /// str -> Construct a date from a string in ISO 8601 format.
    #[pyclassmethod(sig = "($type, object, /)")]
    fn fromisoformat(cls: Gc<Type>, vm: &Vm, object: Value) -> PyResult {
        let text = iso_text(vm, object)?;
        let Some((year, month, day)) =
            Some(&text[..]).filter(|t| (7..=10).contains(&t.len())).and_then(iso::parse_date)
        else {
            return Err(iso::invalid(vm, object));
        };
        if cls == class(vm)? {
            check_date(vm, year, month, day)?;
        }
        new_date(vm, cls, year, month as u32, day as u32)
    }

    /// int, int, int -> Construct a date from the ISO year, week number and weekday.
    ///
    /// This is the inverse of the date.isocalendar() function
    #[pyclassmethod(sig = "($type, year, week, day)")]
    fn fromisocalendar(cls: Gc<Type>, vm: &Vm, year: Value, week: Value, day: Value) -> PyResult {
        let mut numbers = [0; 3];
        for (to, value) in numbers.iter_mut().zip([year, week, day]) {
            *to = match int(vm, value) {
                Ok(n) => n as i64,
                Err(_) => {
                    vm.catch(vm.exceptions.overflow_error)?;
                    return Err(vm.value_error("ISO calendar component out of range"));
                }
            };
        }
        let [year, week, day] = numbers;
        match calendar::from_iso(year, week, day) {
            Ok(ordinal) => {
                let (year, month, day) = calendar::from_ordinal(ordinal.max(1));
                if !(1..=MAX_ORDINAL).contains(&ordinal) {
                    check_date(vm, if ordinal < 1 { 0 } else { year }, 1, 1)?;
                }
                new_date(vm, cls, year, month, day)
            }
            Err(IsoError::Year) => {
                Err(vm.value_error(format!("year must be in {MIN_YEAR}..{MAX_YEAR}, not {year}")))
            }
            Err(IsoError::Week) => Err(vm.value_error(format!("Invalid week: {week}"))),
            Err(IsoError::Weekday) => {
                Err(vm.value_error(format!("Invalid weekday: {day} (range is [1, 7])")))
            }
        }
    }

    /// string, format -> new date parsed from a string (like time.strptime()).
    #[pyclassmethod(sig = "($type, string, format, /)")]
    fn strptime(cls: Gc<Type>, vm: &Vm, string: Value, format: Value) -> PyResult {
        strptime(vm, cls, "_strptime_datetime_date", string, format)
    }

    /// Current date or datetime:  same as self.__class__.fromtimestamp(time.time()).
    #[pyclassmethod(sig = "($type, /)")]
    fn today(cls: Gc<Type>, vm: &Vm) -> PyResult {
        let time = vm.import("time")?;
        let now = vm.call_method(time, "time", &[])?;
        vm.call_method(cls.value(), "fromtimestamp", &[now])
    }

    /// Return ctime() style string.
    #[pymethod]
    fn ctime(&self) -> String {
        let (year, month, day) = self.ymd();
        let (weekday, name) = (calendar::weekday(year, month, day), MONTHS[month as usize]);
        format!("{} {name} {day:2} 00:00:00 {year:04}", DAYS[weekday as usize])
    }
    /// format -> strftime() style string.
    #[pymethod(sig = "($self, format)")]
    fn strftime(this: Gc<Native<Moment>>, vm: &Vm, format: Value) -> PyResult {
        let Some(format) = format.downcast::<Str>() else {
            return Err(must_be(vm, "strftime", 1, "str", format));
        };
        let tuple = vm.call_method(this.value(), "timetuple", &[])?;
        let formatted = Formatted {
            date: this.ymd(),
            clock: this.clock,
            tzinfo: this.tzinfo,
            argument: this.value(),
            tuple,
        };
        formatted.strftime(vm, format)
    }
    /// Formats self with strftime.
    #[pymethod(name = "__format__", method)]
    fn format(this: Value, vm: &Vm, format: Value) -> PyResult {
        format_object(vm, this, format)
    }
    /// Return time tuple, compatible with time.localtime().
    #[pymethod]
    fn timetuple(&self, vm: &Vm) -> PyResult {
        time_tuple(vm, self.ymd(), &Clock::default(), -1)
    }
    /// Return a named tuple containing ISO year, week number, and weekday.
    #[pymethod]
    fn isocalendar(&self, vm: &Vm) -> PyResult {
        let (year, month, day) = self.ymd();
        let (year, week, weekday) = calendar::to_iso(year, month, day);
        let items = [year, week as i32, weekday as i32].map(|n| vm.new_int(n as i64));
        new_iso_calendar(vm, vm.native_type(IsoCalendarDate::TYPE_DEF)?, &items)
    }
    /// Return string in ISO 8601 format, YYYY-MM-DD.
    #[pymethod]
    fn isoformat(&self) -> String {
        self.iso_date()
    }
    /// Return the day of the week represented by the date.
    /// Monday == 1 ... Sunday == 7
    #[pymethod]
    fn isoweekday(&self) -> u32 {
        self.weekday() + 1
    }
    /// Return proleptic Gregorian ordinal.  January 1 of year 1 is day 1.
    #[pymethod]
    fn toordinal(&self) -> i64 {
        self.ordinal()
    }
    /// Return the day of the week represented by the date.
    /// Monday == 0 ... Sunday == 6
    #[pymethod]
    fn weekday(&self) -> u32 {
        let (year, month, day) = self.ymd();
        calendar::weekday(year, month, day)
    }
    /// Return date with new specified fields.
    #[pymethod(sig = "($self, /, year=<unchanged>, month=<unchanged>, day=<unchanged>)")]
    fn replace(this: Gc<Native<Moment>>, vm: &Vm, args: Args<'_>) -> PyResult {
        replaced(vm, this, args)
    }
    /// The same as replace().
    #[pymethod(name = "__replace__", sig = "($self, /, **changes)")]
    fn replace_by_keywords(this: Gc<Native<Moment>>, vm: &Vm, args: Args<'_>) -> PyResult {
        only_keywords(vm, args)?;
        replaced(vm, this, args)
    }

    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<Native<Moment>>, vm: &Vm) -> String {
        let (year, month, day) = this.ymd();
        format!("{}({year}, {month}, {day})", super::class_name(vm, this.value()))
    }
    #[pymethod(name = "__str__")]
    fn str_(this: Gc<Native<Moment>>, vm: &Vm) -> PyResult {
        vm.call_method(this.value(), "isoformat", &[])
    }
    #[pymethod(name = "__hash__")]
    fn hash(this: Gc<Native<Moment>>, vm: &Vm) -> PyResult<i64> {
        if this.is_datetime {
            return super::datetime::hash(vm, this);
        }
        Ok(hash_bytes(&this.date_state()))
    }
    /// A `datetime` does not compare with a date.
    #[pycompare]
    fn compare(this: Gc<Native<Moment>>, op: CompareOp, other: Value) -> Value {
        match as_date(other) {
            Some(other) if !this.is_datetime => {
                Value::bool(op.holds(this.date_state().cmp(&other.date_state())))
            }
            _ => Value::not_implemented(),
        }
    }
    #[pymethod(name = "__add__")]
    fn add(this: Gc<Native<Moment>>, vm: &Vm, other: Value) -> PyResult {
        shifted(vm, this, other, 1)
    }
    #[pymethod(name = "__radd__")]
    fn radd(this: Gc<Native<Moment>>, vm: &Vm, other: Value) -> PyResult {
        shifted(vm, this, other, 1)
    }
    #[pymethod(name = "__sub__")]
    fn sub(this: Gc<Native<Moment>>, vm: &Vm, other: Value) -> PyResult {
        match as_date(other).filter(|_| !this.is_datetime) {
            Some(other) => delta::from_micros(vm, (this.ordinal() - other.ordinal()) as i128 * DAY),
            None => shifted(vm, this, other, -1),
        }
    }
    #[pymethod(name = "__rsub__")]
    fn rsub(this: Gc<Native<Moment>>, vm: &Vm, other: Value) -> PyResult {
        match as_date(other).filter(|_| !this.is_datetime) {
            Some(other) => delta::from_micros(vm, (other.ordinal() - this.ordinal()) as i128 * DAY),
            None => Ok(Value::not_implemented()),
        }
    }

    /// __reduce__() -> (cls, state)
    #[pymethod(name = "__reduce__")]
    fn reduce(this: Gc<Native<Moment>>, vm: &Vm) -> Value {
        let state = vm.new_bytes(&this.date_state());
        let state = vm.new_tuple(&[state]);
        vm.new_tuple(&[vm.type_of(this.value()).value(), state])
    }
}

// ---- isocalendar

/// The result of date.isocalendar() or datetime.isocalendar()
///
/// This object may be accessed either as a tuple of
///   ((year, week, weekday)
/// or via the object attributes as named in the above tuple.
pub enum IsoCalendarDate {}

fn tuple_base(vm: &Vm) -> Value {
    vm.types.tuple.value()
}

fn new_iso_calendar(vm: &Vm, cls: Gc<Type>, items: &[Value]) -> PyResult {
    Ok(Tuple::of_class(&vm.heap, cls.root_shape().id, cls.ext_words.get() as usize, items).value())
}

#[pymethods(name = "IsoCalendarDate", module = "datetime", kind = Tuple, base = tuple_base)]
impl IsoCalendarDate {
    #[pynew(sig = "(year, week, weekday)")]
    fn new(cls: Gc<Type>, vm: &Vm, year: Value, week: Value, weekday: Value) -> PyResult {
        let numbers = [year, week, weekday];
        for &n in &numbers {
            int(vm, n)?;
        }
        new_iso_calendar(vm, cls, &numbers)
    }
    #[pygetset]
    fn year(this: Gc<Tuple>) -> Value {
        this[0]
    }
    #[pygetset]
    fn week(this: Gc<Tuple>) -> Value {
        this[1]
    }
    #[pygetset]
    fn weekday(this: Gc<Tuple>) -> Value {
        this[2]
    }
    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<Tuple>, vm: &Vm) -> PyResult<String> {
        let (year, week, weekday) = (vm.repr_text(this[0])?, vm.repr_text(this[1])?, vm.repr_text(this[2])?);
        Ok(format!("datetime.IsoCalendarDate(year={year}, week={week}, weekday={weekday})"))
    }
    /// __reduce__() -> (cls, state)
    #[pymethod(name = "__reduce__")]
    fn reduce(this: Gc<Tuple>, vm: &Vm) -> Value {
        let items = vm.new_tuple(&this);
        let state = vm.new_tuple(&[items]);
        vm.new_tuple(&[vm.types.tuple.value(), state])
    }
}
