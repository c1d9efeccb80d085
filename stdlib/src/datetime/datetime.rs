//! `datetime`: a date with a time of day, perhaps with a zone. Its layout is that of `date`.

use super::bind::{Signature, bind, int, must_be, pickled_state};
use super::calendar::{self, MAX_ORDINAL};
use super::clock::Clock;
use super::date::{
    self, DAYS, MONTHS, Moment, MomentRef, as_moment, check_date, iso_text, only_keywords, out_of_range,
    strptime,
};
use super::delta::{self, DAY, SECOND, as_delta};
use super::format::time_tuple;
use super::iso::{self, ParsedTime, TimeSpec};
use super::local::{self, Civil};
use super::time::{self, Time};
use super::zone::{
    fixed_zone, format_offset, new_zone, offset_value, tzinfo_argument, tzinfo_class, utc_offset, zone_name,
};
use adder_interp::native::{Args, TypeDef};
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::compare::CompareOp;
use adder_interp::vm::compare::hash_bytes;
use adder_macros::pymethods;

/// datetime(year, month, day[, hour[, minute[, second[, microsecond[,tzinfo]]]]])
///
/// The year, month and day arguments are required. tzinfo may be None, or an
/// instance of a tzinfo subclass. The remaining arguments may be ints.
pub enum DateTime {}

/// The definition of the class: the methods below on the layout of `date`.
pub static DATETIME: TypeDef = TypeDef { native: Moment::PY_TYPE.native, ..*DateTime::TYPE_DEF };

/// `datetime` itself.
pub fn class(vm: &Vm) -> PyResult<Gc<Type>> {
    vm.native_type(&DATETIME)
}

fn date_base(vm: &Vm) -> Value {
    date::class(vm).map_or(vm.types.object.value(), Gc::value)
}

/// A `datetime`.
pub fn as_datetime(value: Value) -> Option<MomentRef> {
    as_moment(value).filter(|m| m.is_datetime)
}

pub fn datetime_like(value: Value) -> bool {
    as_datetime(value).is_some()
}

/// Numbers of a new object.
#[derive(Clone, Copy)]
pub struct Parts {
    pub date: (i32, u32, u32),
    pub clock: Clock,
    pub tzinfo: Option<Value>,
}

impl Parts {
    fn of(moment: &Moment) -> Parts {
        Parts { date: moment.ymd(), clock: moment.clock, tzinfo: moment.tzinfo }
    }

    /// From local or UTC numbers, which may be out of range.
    fn of_civil(vm: &Vm, civil: &Civil, micro: i64, fold: u8, tzinfo: Option<Value>) -> PyResult<Parts> {
        check_date(vm, civil.year, civil.month, civil.day)?;
        let date = (civil.year, civil.month as u32, civil.day as u32);
        Ok(Parts { date, clock: local::clock_of(civil, micro, fold), tzinfo })
    }

    /// The time at this many microseconds from the start of the calendar.
    fn of_total(vm: &Vm, total: i128, tzinfo: Option<Value>) -> PyResult<Parts> {
        let (day, rest) = (total.div_euclid(DAY), total.rem_euclid(DAY));
        if !(1..=MAX_ORDINAL as i128).contains(&day) {
            return Err(out_of_range(vm));
        }
        Ok(Parts { date: calendar::from_ordinal(day as i64), clock: Clock::from_total(rest), tzinfo })
    }

    fn civil(&self) -> Civil {
        let (year, month, day) = self.date;
        Civil {
            year,
            month: month as i32,
            day: day as i32,
            hour: self.clock.hour.into(),
            minute: self.clock.minute.into(),
            second: self.clock.second.into(),
        }
    }

    fn allocate(self, vm: &Vm, cls: Gc<Type>) -> Value {
        let (year, month, day) = self.date;
        let moment = Moment {
            year: year as u16,
            month: month as u8,
            day: day as u8,
            is_datetime: true,
            clock: self.clock,
            tzinfo: self.tzinfo,
        };
        vm.new_native(cls, moment).value()
    }

    /// An object of class `cls`; a subclass is called.
    fn make(self, vm: &Vm, cls: Gc<Type>) -> PyResult {
        if cls == class(vm)? {
            return Ok(self.allocate(vm, cls));
        }
        let (year, month, day) = self.date;
        let date = [year, month as i32, day as i32].map(|n| vm.new_int(n as i64));
        let [hour, minute, second, micro, fold] = self.clock.numbers().map(|n| vm.new_int(n as i64));
        let tzinfo = self.tzinfo.unwrap_or(Value::none());
        let args = [date[0], date[1], date[2], hour, minute, second, micro, tzinfo];
        if self.clock.fold == 0 {
            return vm.call(cls.value(), &args);
        }
        let keywords = vm.new_dict();
        keywords.insert_str(&vm.heap, vm.intern("fold"), fold);
        vm.call_kw(cls.value(), &args, Some(keywords))
    }
}

impl Moment {
    /// Microseconds from the start of the calendar.
    fn total(&self) -> i128 {
        self.ordinal() as i128 * DAY + self.clock.total()
    }
    /// The object some microseconds later, of the same class and zone.
    pub fn shifted(&self, vm: &Vm, this: Value, by: i128) -> PyResult {
        Parts::of_total(vm, self.total() + by, self.tzinfo)?.make(vm, vm.type_of(this))
    }
    fn offset(&self, vm: &Vm, this: Value) -> PyResult<Option<i128>> {
        utc_offset(vm, self.tzinfo, this)
    }
}

/// The same time with another fold.
fn with_fold(vm: &Vm, this: Gc<Native<Moment>>, fold: u8) -> PyResult {
    let mut parts = Parts::of(&this);
    parts.clock.fold = fold;
    parts.make(vm, class(vm)?)
}

/// `hash(datetime)`: equal times hash alike, whatever their zones and folds.
pub fn hash(vm: &Vm, this: Gc<Native<Moment>>) -> PyResult<i64> {
    let asked = if this.clock.fold == 0 { this.value() } else { with_fold(vm, this, 0)? };
    match utc_offset(vm, this.tzinfo, asked)? {
        None => Ok(hash_bytes(&state_of(&this))),
        Some(offset) => Ok(hash_bytes(&(this.total() - offset).to_le_bytes())),
    }
}

fn state_of(moment: &Moment) -> [u8; 10] {
    let mut state = [0; 10];
    state[..4].copy_from_slice(&moment.date_state());
    state[4..].copy_from_slice(&moment.clock.state());
    state
}

// ---- comparison

/// How two times relate.
enum Related {
    /// Microseconds to compare.
    Keys(i128, i128),
    /// One has an offset and the other has none.
    Mixed,
    /// A time that its zone shows twice or never: equal to nothing in another zone.
    Ambiguous,
}

/// Whether the offset of a time depends on its fold.
fn depends_on_fold(vm: &Vm, this: Gc<Native<Moment>>) -> PyResult<bool> {
    let other = with_fold(vm, this, 1 - this.clock.fold)?;
    Ok(this.offset(vm, this.value())? != utc_offset(vm, this.tzinfo, other)?)
}

fn related(vm: &Vm, a: MomentRef, b: MomentRef, for_equality: bool) -> PyResult<Related> {
    if a.tzinfo == b.tzinfo {
        return Ok(Related::Keys(a.total(), b.total()));
    }
    Ok(match (a.offset(vm, a.value())?, b.offset(vm, b.value())?) {
        (oa, ob) if oa == ob => {
            if for_equality && (depends_on_fold(vm, a)? || depends_on_fold(vm, b)?) {
                return Ok(Related::Ambiguous);
            }
            Related::Keys(a.total(), b.total())
        }
        (Some(oa), Some(ob)) => {
            if for_equality && (depends_on_fold(vm, a)? || depends_on_fold(vm, b)?) {
                return Ok(Related::Ambiguous);
            }
            Related::Keys(a.total() - oa, b.total() - ob)
        }
        _ => Related::Mixed,
    })
}

// ---- the constructor and `replace`

const NAMES: &[&str] = &["year", "month", "day", "hour", "minute", "second", "microsecond", "tzinfo", "fold"];
static NEW: Signature = Signature { function: "function", names: NAMES, required: 3, positional: 8 };
static REPLACE: Signature = Signature { function: "replace()", names: NAMES, required: 0, positional: 8 };

/// The numbers of a clock among the arguments.
fn clock_numbers(given: &[Option<Value>; 9]) -> [Option<Value>; 5] {
    [given[3], given[4], given[5], given[6], given[8]]
}

fn replaced(vm: &Vm, this: Gc<Native<Moment>>, args: Args<'_>) -> PyResult {
    let given: [Option<Value>; 9] = bind(vm, args, &REPLACE)?;
    let (year, month, day) = this.ymd();
    let mut date = [year, month as i32, day as i32];
    for (number, value) in date.iter_mut().zip(&given) {
        if let Some(value) = value {
            *number = int(vm, *value)?;
        }
    }
    let numbers = this.clock.replaced(vm, &clock_numbers(&given))?;
    let tzinfo = match given[7] {
        None => this.tzinfo,
        some => tzinfo_argument(vm, some)?,
    };
    let [year, month, day] = date;
    check_date(vm, year, month, day)?;
    let clock = Clock::checked(vm, numbers)?;
    let parts = Parts { date: (year, month as u32, day as u32), clock, tzinfo };
    parts.make(vm, vm.type_of(this.value()))
}

/// A pickled state among the constructor's arguments.
fn from_pickle(vm: &Vm, args: Args<'_>) -> PyResult<Option<Parts>> {
    let (state, tzinfo) = match *args.positional_values() {
        [state] => (state, None),
        [state, tzinfo] => (state, Some(tzinfo)),
        _ => return Ok(None),
    };
    let Some(state) = pickled_state(vm, state, 10, "datetime")? else { return Ok(None) };
    let month = state[2] & 127;
    if args.has_keywords() || !(1..=12).contains(&month) {
        return Ok(None);
    }
    let tzinfo = tzinfo.filter(|v| !v.is_none());
    if let Some(tzinfo) = tzinfo
        && !vm.type_of(tzinfo).is_subtype(tzinfo_class(vm)?)
    {
        return Err(vm.type_error("bad tzinfo state arg"));
    }
    let year = u16::from_be_bytes([state[0], state[1]]);
    let clock = Clock::from_state(&state[4..], state[2] >> 7);
    Ok(Some(Parts { date: (year.into(), month.into(), state[3].into()), clock, tzinfo }))
}

// ---- time stamps and zones

/// A time stamp in a zone, or in local time without one.
fn at_timestamp(vm: &Vm, cls: Gc<Type>, seconds: i64, micro: i64, tzinfo: Option<Value>) -> PyResult {
    let Some(zone) = tzinfo else {
        let (civil, fold) = local::local_civil(vm, seconds)?;
        return Parts::of_civil(vm, &civil, micro, fold, None)?.make(vm, cls);
    };
    let civil = local::utc_civil(vm, seconds)?;
    let utc = Parts::of_civil(vm, &civil, micro, 0, Some(zone))?.make(vm, cls)?;
    vm.call_method(zone, "fromutc", &[utc])
}

/// Seconds and microseconds now.
fn now(vm: &Vm) -> PyResult<(i64, i64)> {
    let ns = crate::os::time::clock(libc::CLOCK_REALTIME).map_err(|e| crate::os::os_error(vm, e))?;
    Ok((ns.div_euclid(1_000_000_000), ns.rem_euclid(1_000_000_000) / 1000))
}

/// The system's zone at a moment.
fn local_zone(vm: &Vm, seconds: i64) -> PyResult {
    let tm = local::local_tm(vm, seconds)?;
    let name = match tm.tm_zone.is_null() {
        true => None,
        // SAFETY: the C library's string for the zone.
        false => Some(vm.fs_decode(unsafe { std::ffi::CStr::from_ptr(tm.tm_zone) }.to_bytes()).value()),
    };
    new_zone(vm, tm.tm_gmtoff as i128 * SECOND, name)
}

fn in_zone(vm: &Vm, this: Gc<Native<Moment>>, tz: Option<Value>) -> PyResult {
    let target = tzinfo_argument(vm, tz)?;
    let naive_zone =
        |vm: &Vm| local_zone(vm, local::local_timestamp(vm, Parts::of(&this).civil(), this.clock.fold)?);
    let own = match this.tzinfo {
        Some(own) => own,
        None => naive_zone(vm)?,
    };
    if target == Some(own) {
        return Ok(this.value());
    }
    let offset = match as_delta(offset_value(vm, Some(own), "utcoffset", this.value())?) {
        Some(offset) => offset.total(),
        None => {
            let own = naive_zone(vm)?;
            if target == Some(own) {
                return Ok(this.value());
            }
            as_delta(offset_value(vm, Some(own), "utcoffset", this.value())?).map_or(0, |d| d.total())
        }
    };
    let mut parts = Parts::of_total(vm, this.total() - offset, None)?;
    let target = match target {
        Some(target) => target,
        None => local_zone(vm, local::utc_timestamp(parts.civil()))?,
    };
    parts.tzinfo = Some(target);
    let moved = parts.make(vm, vm.type_of(this.value()))?;
    vm.call_method(target, "fromutc", &[moved])
}

fn shifted(vm: &Vm, this: Gc<Native<Moment>>, other: Value, sign: i128) -> PyResult {
    match as_delta(other) {
        Some(delta) => this.shifted(vm, this.value(), sign * delta.total()),
        None => Ok(Value::not_implemented()),
    }
}

fn difference(vm: &Vm, a: MomentRef, b: MomentRef) -> PyResult {
    let total = match related(vm, a, b, false)? {
        Related::Keys(a, b) => a - b,
        _ => return Err(vm.type_error("can't subtract offset-naive and offset-aware datetimes")),
    };
    delta::from_micros(vm, total)
}

fn reduced(vm: &Vm, this: Gc<Native<Moment>>, protocol: i64) -> Value {
    let mut state = state_of(&this);
    if protocol > 3 && this.clock.fold != 0 {
        state[2] |= 128;
    }
    let state = vm.new_bytes(&state);
    let state = match this.tzinfo {
        None => vm.new_tuple(&[state]),
        Some(tzinfo) => vm.new_tuple(&[state, tzinfo]),
    };
    vm.new_tuple(&[vm.type_of(this.value()).value(), state])
}

/// The separator of `isoformat`, which may be a lone surrogate.
fn separator(vm: &Vm, value: Option<Value>) -> PyResult<u32> {
    const WANTED: &str = "a unicode character";
    let Some(value) = value else { return Ok('T' as u32) };
    let Some(text) = value.downcast::<Str>() else {
        return Err(must_be(vm, "isoformat", 1, WANTED, value));
    };
    match text.len() {
        1 => Ok(text.char_at(0)),
        n => {
            Err(vm.type_error(format!("isoformat() argument 1 must be {WANTED}, not a string of length {n}")))
        }
    }
}

/// Date and time of an ISO text; an hour of 24 is midnight of the next day.
fn parse(vm: &Vm, object: Value) -> PyResult<Parts> {
    let text = iso_text(vm, object)?;
    let length = if text.len() < 7 { 0 } else { iso::date_length(&text).min(text.len()) };
    let Some((mut year, mut month, mut day)) = iso::parse_date(&text[..length]) else {
        return Err(iso::invalid(vm, object));
    };
    let mut clock = ParsedTime::default();
    if text.len() > length {
        match iso::parse_time(&text[length + 1..]) {
            Some(parsed) => clock = parsed,
            None => return Err(iso::invalid(vm, object)),
        }
    }
    let tzinfo = clock.offset.map(|total| fixed_zone(vm, total)).transpose()?;
    let in_calendar = (1..=12).contains(&month) && year >= 1;
    if clock.hour == 24 && in_calendar && day <= calendar::days_in_month(year, month as u32) as i32 {
        if clock.minute != 0 || clock.second != 0 || clock.micro != 0 {
            return Err(vm.value_error("minute, second, and microsecond must be 0 when hour is 24"));
        }
        clock.hour = 0;
        day += 1;
        if day > calendar::days_in_month(year, month as u32) as i32 {
            (day, month) = (1, month + 1);
        }
        if month > 12 {
            (month, year) = (1, year + 1);
        }
    }
    check_date(vm, year, month, day)?;
    let clock = Clock::checked(vm, [clock.hour, clock.minute, clock.second, clock.micro, 0])?;
    Ok(Parts { date: (year, month as u32, day as u32), clock, tzinfo })
}

#[pymethods(name = "datetime", module = "datetime", kind = Native, base = date_base, subclassable)]
impl DateTime {
    #[pynew(sig = "(*args, **kwargs)")]
    fn new(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        if let Some(parts) = from_pickle(vm, args)? {
            return Ok(parts.allocate(vm, cls));
        }
        let given: [Option<Value>; 9] = bind(vm, args, &NEW)?;
        let mut date = [0; 3];
        for (number, value) in date.iter_mut().zip(&given) {
            *number = int(vm, value.expect("required"))?;
        }
        let numbers = Clock::default().replaced(vm, &clock_numbers(&given))?;
        let [year, month, day] = date;
        check_date(vm, year, month, day)?;
        let clock = Clock::checked(vm, numbers)?;
        let tzinfo = tzinfo_argument(vm, given[7])?;
        Ok(Parts { date: (year, month as u32, day as u32), clock, tzinfo }.allocate(vm, cls))
    }

    #[pyattr]
    fn min(vm: &Vm) -> PyResult {
        Parts::of_total(vm, DAY, None)?.make(vm, class(vm)?)
    }
    #[pyattr]
    fn max(vm: &Vm) -> PyResult {
        Parts::of_total(vm, (MAX_ORDINAL as i128 + 1) * DAY - 1, None)?.make(vm, class(vm)?)
    }
    #[pyattr]
    fn resolution(vm: &Vm) -> PyResult {
        delta::from_micros(vm, 1)
    }

    #[pygetset]
    fn hour(this: Gc<Native<Moment>>) -> u8 {
        this.clock.hour
    }
    #[pygetset]
    fn minute(this: Gc<Native<Moment>>) -> u8 {
        this.clock.minute
    }
    #[pygetset]
    fn second(this: Gc<Native<Moment>>) -> u8 {
        this.clock.second
    }
    #[pygetset]
    fn microsecond(this: Gc<Native<Moment>>) -> u32 {
        this.clock.micro
    }
    #[pygetset]
    fn tzinfo(this: Gc<Native<Moment>>) -> Option<Value> {
        this.tzinfo
    }
    #[pygetset]
    fn fold(this: Gc<Native<Moment>>) -> u8 {
        this.clock.fold
    }

    /// Returns new datetime object representing current time local to tz.
    ///
    ///   tz
    ///     Timezone object.
    ///
    /// If no tz is specified, uses local timezone.
    #[pyclassmethod(sig = "($type, /, tz=None)")]
    fn now(cls: Gc<Type>, vm: &Vm, tz: Option<Value>) -> PyResult {
        let tzinfo = tzinfo_argument(vm, tz)?;
        let (seconds, micro) = now(vm)?;
        at_timestamp(vm, cls, seconds, micro, tzinfo)
    }

    /// Return a new datetime representing UTC day and time.
    #[pyclassmethod(sig = "($type, /)")]
    fn utcnow(cls: Gc<Type>, vm: &Vm) -> PyResult {
        deprecated(vm, "utcnow", "now(datetime.UTC)")?;
        let (seconds, micro) = now(vm)?;
        Parts::of_civil(vm, &local::utc_civil(vm, seconds)?, micro, 0, None)?.make(vm, cls)
    }

    /// timestamp[, tz] -> tz's local time from POSIX timestamp.
    #[pyclassmethod(sig = "($type, timestamp, tz=None)")]
    fn fromtimestamp(cls: Gc<Type>, vm: &Vm, timestamp: Value, tz: Option<Value>) -> PyResult {
        let tzinfo = tzinfo_argument(vm, tz)?;
        let (seconds, micro) = local::timestamp(vm, timestamp)?;
        at_timestamp(vm, cls, seconds, micro, tzinfo)
    }

    /// Construct a naive UTC datetime from a POSIX timestamp.
    #[pyclassmethod(sig = "($type, timestamp, /)")]
    fn utcfromtimestamp(cls: Gc<Type>, vm: &Vm, timestamp: Value) -> PyResult {
        deprecated(vm, "utcfromtimestamp", "fromtimestamp(timestamp, datetime.UTC)")?;
        let (seconds, micro) = local::timestamp(vm, timestamp)?;
        Parts::of_civil(vm, &local::utc_civil(vm, seconds)?, micro, 0, None)?.make(vm, cls)
    }

    /// string, format -> new datetime parsed from a string (like time.strptime()).
    #[pyclassmethod(sig = "($type, string, format, /)")]
    fn strptime(cls: Gc<Type>, vm: &Vm, string: Value, format: Value) -> PyResult {
        strptime(vm, cls, "_strptime_datetime_datetime", string, format)
    }

    /// date, time -> datetime with same date and time fields
    #[pyclassmethod(sig = "($type, date, time, tzinfo=<unrepresentable>)")]
    fn combine(cls: Gc<Type>, vm: &Vm, date: Value, time: Value, tzinfo: Option<Value>) -> PyResult {
        let Some(date) = as_moment(date) else {
            return Err(must_be(vm, "combine", 1, "datetime.date", date));
        };
        let Some(time) = time.downcast::<Native<Time>>() else {
            return Err(must_be(vm, "combine", 2, "datetime.time", time));
        };
        let tzinfo = match tzinfo {
            None => time.tzinfo,
            some => tzinfo_argument(vm, some)?,
        };
        Parts { date: date.ymd(), clock: time.clock, tzinfo }.make(vm, cls)
    }

    /// string -> datetime from a string in most ISO 8601 formats
    #[pyclassmethod(sig = "($type, object, /)")]
    fn fromisoformat(cls: Gc<Type>, vm: &Vm, object: Value) -> PyResult {
        parse(vm, object)?.make(vm, cls)
    }

    /// Return date object with same year, month and day.
    #[pymethod]
    fn date(this: Gc<Native<Moment>>, vm: &Vm) -> PyResult {
        date::from_ordinal(vm, date::class(vm)?, this.ordinal())
    }
    /// Return time object with same time but with tzinfo=None.
    #[pymethod]
    fn time(this: Gc<Native<Moment>>, vm: &Vm) -> PyResult {
        time::new_time(vm, time::class(vm)?, this.clock, None)
    }
    /// Return time object with same time and tzinfo.
    #[pymethod]
    fn timetz(this: Gc<Native<Moment>>, vm: &Vm) -> PyResult {
        time::new_time(vm, time::class(vm)?, this.clock, this.tzinfo)
    }

    /// Return ctime() style string.
    #[pymethod]
    fn ctime(this: Gc<Native<Moment>>) -> String {
        let ((year, month, day), Clock { hour, minute, second, .. }) = (this.ymd(), this.clock);
        let weekday = DAYS[calendar::weekday(year, month, day) as usize];
        let month = MONTHS[month as usize];
        format!("{weekday} {month} {day:2} {hour:02}:{minute:02}:{second:02} {year:04}")
    }

    /// Return time tuple, compatible with time.localtime().
    #[pymethod]
    fn timetuple(this: Gc<Native<Moment>>, vm: &Vm) -> PyResult {
        let dst = match as_delta(offset_value(vm, this.tzinfo, "dst", this.value())?) {
            None => -1,
            Some(dst) => (dst.total() != 0) as i32,
        };
        time_tuple(vm, this.ymd(), &this.clock, dst)
    }

    /// Return POSIX timestamp as float.
    #[pymethod]
    fn timestamp(this: Gc<Native<Moment>>, vm: &Vm) -> PyResult {
        if this.tzinfo.is_some() {
            let epoch = calendar::ordinal(1970, 1, 1) as i128 * DAY;
            let offset = this.offset(vm, this.value())?.unwrap_or(0);
            let since = delta::from_micros(vm, this.total() - offset - epoch)?;
            return vm.call_method(since, "total_seconds", &[]);
        }
        let seconds = local::local_timestamp(vm, Parts::of(&this).civil(), this.clock.fold)?;
        Ok(Value::float(seconds as f64 + this.clock.micro as f64 / 1e6))
    }

    /// Return UTC time tuple, compatible with time.localtime().
    #[pymethod]
    fn utctimetuple(this: Gc<Native<Moment>>, vm: &Vm) -> PyResult {
        let offset = this.offset(vm, this.value())?.unwrap_or(0);
        let parts = Parts::of_total(vm, this.total() - offset, None)?;
        time_tuple(vm, parts.date, &parts.clock, 0)
    }

    /// [sep] -> string in ISO 8601 format, YYYY-MM-DDT[HH[:MM[:SS[.mmm[uuu]]]]][+HH:MM].
    /// sep is used to separate the year from the time, and defaults to 'T'.
    /// The optional argument timespec specifies the number of additional terms
    /// of the time to include. Valid options are 'auto', 'hours', 'minutes',
    /// 'seconds', 'milliseconds' and 'microseconds'.
    #[pymethod(sig = "($self, sep=<unrepresentable>, timespec=<unrepresentable>)")]
    fn isoformat(this: Gc<Native<Moment>>, vm: &Vm, sep: Option<Value>, timespec: Option<Value>) -> PyResult {
        let sep = separator(vm, sep)?;
        let timespec = match timespec {
            None => None,
            Some(v) => match v.downcast::<Str>() {
                Some(text) => Some(vm.utf8_text(text)?),
                None => return Err(must_be(vm, "isoformat", 2, "str", v)),
            },
        };
        let mut rest = TimeSpec::of(vm, timespec.as_deref())?.write(&this.clock);
        if let Some(total) = this.offset(vm, this.value())? {
            rest += &format_offset(total, ":");
        }
        let date = this.iso_date();
        if let Some(sep) = char::from_u32(sep) {
            return Ok(vm.new_str(&format!("{date}{sep}{rest}")));
        }
        let mut text = adder_text::units::StrBuilder::new();
        text.push_str(&date);
        text.push(sep);
        text.push_str(&rest);
        Ok(crate::support::str_from_buf(vm, text.finish()))
    }

    /// Return self.tzinfo.utcoffset(self).
    #[pymethod]
    fn utcoffset(this: Gc<Native<Moment>>, vm: &Vm) -> PyResult {
        offset_value(vm, this.tzinfo, "utcoffset", this.value())
    }
    /// Return self.tzinfo.dst(self).
    #[pymethod]
    fn dst(this: Gc<Native<Moment>>, vm: &Vm) -> PyResult {
        offset_value(vm, this.tzinfo, "dst", this.value())
    }
    /// Return self.tzinfo.tzname(self).
    #[pymethod]
    fn tzname(this: Gc<Native<Moment>>, vm: &Vm) -> PyResult {
        zone_name(vm, this.tzinfo, this.value())
    }

    /// Return datetime with new specified fields.
    #[pymethod(
        sig = "($self, /, year=<unchanged>, month=<unchanged>, day=<unchanged>, hour=<unchanged>, minute=<unchanged>, second=<unchanged>, microsecond=<unchanged>, tzinfo=<unchanged>, *, fold=<unchanged>)"
    )]
    fn replace(this: Gc<Native<Moment>>, vm: &Vm, args: Args<'_>) -> PyResult {
        replaced(vm, this, args)
    }
    /// The same as replace().
    #[pymethod(name = "__replace__", sig = "($self, /, **changes)")]
    fn replace_by_keywords(this: Gc<Native<Moment>>, vm: &Vm, args: Args<'_>) -> PyResult {
        only_keywords(vm, args)?;
        replaced(vm, this, args)
    }

    /// tz -> convert to local time in new timezone tz
    #[pymethod(sig = "($self, /, tz=None)")]
    fn astimezone(this: Gc<Native<Moment>>, vm: &Vm, tz: Option<Value>) -> PyResult {
        in_zone(vm, this, tz)
    }

    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<Native<Moment>>, vm: &Vm) -> PyResult<String> {
        let ((year, month, day), clock) = (this.ymd(), this.clock);
        let Clock { hour, minute, second, micro, fold } = clock;
        let name = super::class_name(vm, this.value());
        let mut text = format!("{name}({year}, {month}, {day}, {hour}, {minute}");
        if second != 0 || micro != 0 {
            text += &format!(", {second}");
        }
        if micro != 0 {
            text += &format!(", {micro}");
        }
        if fold != 0 {
            text += &format!(", fold={fold}");
        }
        if let Some(tzinfo) = this.tzinfo {
            text += &format!(", tzinfo={}", vm.repr_text(tzinfo)?);
        }
        Ok(text + ")")
    }
    #[pymethod(name = "__str__")]
    fn str_(this: Value, vm: &Vm) -> PyResult {
        vm.call_method(this, "isoformat", &[vm.char_str(' ' as u32)])
    }
    #[pymethod(name = "__hash__")]
    fn hash(this: Gc<Native<Moment>>, vm: &Vm) -> PyResult<i64> {
        hash(vm, this)
    }
    /// A naive and an aware moment are different, and have no order.
    #[pycompare]
    fn compare(this: Gc<Native<Moment>>, vm: &Vm, op: CompareOp, other: Value) -> PyResult {
        let Some(other) = as_datetime(other) else { return Ok(Value::not_implemented()) };
        let equality = matches!(op, CompareOp::Eq | CompareOp::Ne);
        match related(vm, this, other, equality)? {
            Related::Keys(a, b) => Ok(Value::bool(op.holds(a.cmp(&b)))),
            _ if equality => Ok(Value::bool(op == CompareOp::Ne)),
            _ => Err(vm.type_error("can't compare offset-naive and offset-aware datetimes")),
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
        match as_datetime(other) {
            Some(other) => difference(vm, this, other),
            None => shifted(vm, this, other, -1),
        }
    }
    #[pymethod(name = "__rsub__")]
    fn rsub(this: Gc<Native<Moment>>, vm: &Vm, other: Value) -> PyResult {
        match as_datetime(other) {
            Some(other) => difference(vm, other, this),
            None => Ok(Value::not_implemented()),
        }
    }

    /// __reduce_ex__(proto) -> (cls, state)
    #[pymethod(name = "__reduce_ex__", sig = "($self, proto, /)")]
    fn reduce_ex(this: Gc<Native<Moment>>, vm: &Vm, proto: i64) -> Value {
        reduced(vm, this, proto)
    }
    /// __reduce__() -> (cls, state)
    #[pymethod(name = "__reduce__")]
    fn reduce(this: Gc<Native<Moment>>, vm: &Vm) -> Value {
        reduced(vm, this, 2)
    }
}

/// Warns about the naive UTC constructors.
fn deprecated(vm: &Vm, name: &str, instead: &str) -> PyResult<()> {
    let text = format!(
        "datetime.datetime.{name}() is deprecated and scheduled for removal in a future version. \
         Use timezone-aware objects to represent datetimes in UTC: datetime.datetime.{instead}."
    );
    crate::warn::warn(vm, vm.exceptions.deprecation_warning, &text, 1, None)
}
