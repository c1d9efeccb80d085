//! `time`: a time of day, perhaps with a zone.

use super::bind::{Signature, bind, must_be, pickled_state};
use super::clock::Clock;
use super::date::{format_object, iso_text, only_keywords, strptime};
use super::delta;
use super::format::{Formatted, time_tuple};
use super::iso::{self, TimeSpec};
use super::zone::{
    fixed_zone, format_offset, offset_value, tzinfo_argument, tzinfo_class, utc_offset, zone_name,
};
use adder_interp::native::Args;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::compare::CompareOp;
use adder_interp::vm::compare::hash_bytes;
use adder_macros::{Trace, pyclass, pymethods};

/// time([hour[, minute[, second[, microsecond[, tzinfo]]]]]) --> a time object
///
/// All arguments are optional. tzinfo may be None, or an instance of
/// a tzinfo subclass. The remaining arguments may be ints.
#[pyclass(name = "time", module = "datetime", subclassable)]
#[derive(Trace)]
pub struct Time {
    #[trace(skip)]
    pub clock: Clock,
    pub tzinfo: Option<Value>,
}

pub type TimeRef = Gc<Native<Time>>;

pub fn class(vm: &Vm) -> PyResult<Gc<Type>> {
    vm.native_type(Time::TYPE_DEF)
}

/// A `time` of class `cls`; a subclass is called.
pub fn new_time(vm: &Vm, cls: Gc<Type>, clock: Clock, tzinfo: Option<Value>) -> PyResult {
    if cls == class(vm)? {
        return Ok(vm.new_native(cls, Time { clock, tzinfo }).value());
    }
    let [hour, minute, second, micro, fold] = clock.numbers().map(|n| vm.new_int(n as i64));
    let args = [hour, minute, second, micro, tzinfo.unwrap_or(Value::none())];
    let keywords = vm.new_dict();
    if clock.fold != 0 {
        keywords.insert_str(&vm.heap, vm.intern("fold"), fold);
    }
    vm.call_kw(cls.value(), &args, Some(keywords).filter(|k| !k.is_empty()))
}

const NAMES: &[&str] = &["hour", "minute", "second", "microsecond", "tzinfo", "fold"];
static NEW: Signature = Signature { function: "function", names: NAMES, required: 0, positional: 5 };
static REPLACE: Signature = Signature { function: "replace()", names: NAMES, required: 0, positional: 5 };

/// The numbers among the arguments, in the order of [`Clock::checked`].
fn numbers(given: &[Option<Value>; 6]) -> [Option<Value>; 5] {
    [given[0], given[1], given[2], given[3], given[5]]
}

fn replaced(vm: &Vm, this: Gc<Native<Time>>, args: Args<'_>) -> PyResult {
    let given: [Option<Value>; 6] = bind(vm, args, &REPLACE)?;
    let numbers = this.clock.replaced(vm, &numbers(&given))?;
    let tzinfo = match given[4] {
        None => this.tzinfo,
        some => tzinfo_argument(vm, some)?,
    };
    let clock = Clock::checked(vm, numbers)?;
    new_time(vm, vm.type_of(this.value()), clock, tzinfo)
}

/// What two times are compared by: microseconds, in UTC when their offsets differ. `None` if only one has an offset.
fn keys(vm: &Vm, a: TimeRef, b: TimeRef) -> PyResult<Option<(i128, i128)>> {
    let (ta, tb) = (a.clock.total(), b.clock.total());
    if a.tzinfo == b.tzinfo {
        return Ok(Some((ta, tb)));
    }
    let none = Value::none();
    match (utc_offset(vm, a.tzinfo, none)?, utc_offset(vm, b.tzinfo, none)?) {
        (None, None) => Ok(Some((ta, tb))),
        (Some(oa), Some(ob)) => Ok(Some((ta - oa, tb - ob))),
        _ => Ok(None),
    }
}

fn reduced(vm: &Vm, this: Gc<Native<Time>>, protocol: i64) -> Value {
    let mut state = this.clock.state();
    if protocol > 3 && this.clock.fold != 0 {
        state[0] |= 128;
    }
    let state = vm.new_bytes(&state);
    let state = match this.tzinfo {
        None => vm.new_tuple(&[state]),
        Some(tzinfo) => vm.new_tuple(&[state, tzinfo]),
    };
    vm.new_tuple(&[vm.type_of(this.value()).value(), state])
}

/// A pickled state among the constructor's arguments.
fn from_pickle(vm: &Vm, args: Args<'_>) -> PyResult<Option<Time>> {
    let (state, tzinfo) = match *args.positional_values() {
        [state] => (state, None),
        [state, tzinfo] => (state, Some(tzinfo)),
        _ => return Ok(None),
    };
    let Some(state) = pickled_state(vm, state, 6, "time")? else { return Ok(None) };
    if args.has_keywords() || state[0] & 127 >= 24 {
        return Ok(None);
    }
    let tzinfo = tzinfo.filter(|v| !v.is_none());
    if let Some(tzinfo) = tzinfo
        && !vm.type_of(tzinfo).is_subtype(tzinfo_class(vm)?)
    {
        return Err(vm.type_error("bad tzinfo state arg"));
    }
    let mut clock = Clock::from_state(&state, state[0] >> 7);
    clock.hour &= 127;
    Ok(Some(Time { clock, tzinfo }))
}

#[pymethods]
impl Time {
    #[pynew(sig = "(*args, **kwargs)")]
    fn new(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        if let Some(time) = from_pickle(vm, args)? {
            return Ok(vm.new_native(cls, time).value());
        }
        let given: [Option<Value>; 6] = bind(vm, args, &NEW)?;
        let numbers = Clock::default().replaced(vm, &numbers(&given))?;
        let tzinfo = tzinfo_argument(vm, given[4]);
        // A wrong number counts before a wrong zone.
        let pending = if tzinfo.is_err() { vm.take_pending() } else { None };
        let clock = Clock::checked(vm, numbers)?;
        if let Some(exception) = pending {
            vm.set_pending(exception);
        }
        Ok(vm.new_native(cls, Time { clock, tzinfo: tzinfo? }).value())
    }

    #[pyattr]
    fn min(vm: &Vm) -> PyResult {
        new_time(vm, class(vm)?, Clock::default(), None)
    }
    #[pyattr]
    fn max(vm: &Vm) -> PyResult {
        new_time(vm, class(vm)?, Clock::from_total(delta::DAY - 1), None)
    }
    #[pyattr]
    fn resolution(vm: &Vm) -> PyResult {
        delta::from_micros(vm, 1)
    }

    #[pygetset]
    fn hour(&self) -> u8 {
        self.clock.hour
    }
    #[pygetset]
    fn minute(&self) -> u8 {
        self.clock.minute
    }
    #[pygetset]
    fn second(&self) -> u8 {
        self.clock.second
    }
    #[pygetset]
    fn microsecond(&self) -> u32 {
        self.clock.micro
    }
    #[pygetset]
    fn tzinfo(&self) -> Option<Value> {
        self.tzinfo
    }
    #[pygetset]
    fn fold(&self) -> u8 {
        self.clock.fold
    }

    /// string, format -> new time parsed from a string (like time.strptime()).
    #[pyclassmethod(sig = "($type, string, format, /)")]
    fn strptime(cls: Gc<Type>, vm: &Vm, string: Value, format: Value) -> PyResult {
        strptime(vm, cls, "_strptime_datetime_time", string, format)
    }

    /// Return string in ISO 8601 format, [HH[:MM[:SS[.mmm[uuu]]]]][+HH:MM].
    ///
    /// The optional argument timespec specifies the number of additional terms
    /// of the time to include. Valid options are 'auto', 'hours', 'minutes',
    /// 'seconds', 'milliseconds' and 'microseconds'.
    #[pymethod(sig = "($self, timespec=<unrepresentable>)")]
    fn isoformat(&self, vm: &Vm, timespec: Option<Value>) -> PyResult<String> {
        let timespec = match timespec {
            None => None,
            Some(v) => match v.downcast::<Str>() {
                Some(text) => Some(vm.utf8_text(text)?),
                None => return Err(must_be(vm, "isoformat", 1, "str", v)),
            },
        };
        let mut text = TimeSpec::of(vm, timespec.as_deref())?.write(&self.clock);
        if let Some(total) = utc_offset(vm, self.tzinfo, Value::none())? {
            text += &format_offset(total, ":");
        }
        Ok(text)
    }

    /// string -> time from a string in ISO 8601 format
    #[pyclassmethod(sig = "($type, object, /)")]
    fn fromisoformat(cls: Gc<Type>, vm: &Vm, object: Value) -> PyResult {
        let text = iso_text(vm, object)?;
        let body = match text.split_first() {
            Some((&first, rest)) if first == 'T' as u32 => rest,
            _ => &text[..],
        };
        let Some(mut parsed) = iso::parse_time(body) else { return Err(iso::invalid(vm, object)) };
        if parsed.hour == 24 {
            if parsed.minute != 0 || parsed.second != 0 || parsed.micro != 0 {
                return Err(vm.value_error("minute, second, and microsecond must be 0 when hour is 24"));
            }
            parsed.hour = 0;
        }
        let tzinfo = parsed.offset.map(|total| fixed_zone(vm, total)).transpose()?;
        let clock = Clock::checked(vm, [parsed.hour, parsed.minute, parsed.second, parsed.micro, 0])?;
        new_time(vm, cls, clock, tzinfo)
    }

    /// format -> strftime() style string.
    #[pymethod(sig = "($self, format)")]
    fn strftime(this: Gc<Native<Time>>, vm: &Vm, format: Value) -> PyResult {
        let Some(format) = format.downcast::<Str>() else {
            return Err(must_be(vm, "strftime", 1, "str", format));
        };
        let date = (1900, 1, 1);
        let tuple = time_tuple(vm, date, &this.clock, -1)?;
        let (clock, tzinfo) = (this.clock, this.tzinfo);
        Formatted { date, clock, tzinfo, argument: Value::none(), tuple }.strftime(vm, format)
    }
    /// Formats self with strftime.
    #[pymethod(name = "__format__", method)]
    fn format(this: Value, vm: &Vm, format: Value) -> PyResult {
        format_object(vm, this, format)
    }

    /// Return self.tzinfo.utcoffset(self).
    #[pymethod]
    fn utcoffset(&self, vm: &Vm) -> PyResult {
        offset_value(vm, self.tzinfo, "utcoffset", Value::none())
    }
    /// Return self.tzinfo.dst(self).
    #[pymethod]
    fn dst(&self, vm: &Vm) -> PyResult {
        offset_value(vm, self.tzinfo, "dst", Value::none())
    }
    /// Return self.tzinfo.tzname(self).
    #[pymethod]
    fn tzname(&self, vm: &Vm) -> PyResult {
        zone_name(vm, self.tzinfo, Value::none())
    }

    /// Return time with new specified fields.
    #[pymethod(
        sig = "($self, /, hour=<unchanged>, minute=<unchanged>, second=<unchanged>, microsecond=<unchanged>, tzinfo=<unchanged>, *, fold=<unchanged>)"
    )]
    fn replace(this: Gc<Native<Time>>, vm: &Vm, args: Args<'_>) -> PyResult {
        replaced(vm, this, args)
    }
    /// The same as replace().
    #[pymethod(name = "__replace__", sig = "($self, /, **changes)")]
    fn replace_by_keywords(this: Gc<Native<Time>>, vm: &Vm, args: Args<'_>) -> PyResult {
        only_keywords(vm, args)?;
        replaced(vm, this, args)
    }

    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<Native<Time>>, vm: &Vm) -> PyResult<String> {
        let Clock { hour, minute, second, micro, fold } = this.clock;
        let mut text = format!("{}({hour}, {minute}", super::class_name(vm, this.value()));
        if second != 0 || micro != 0 {
            text += &format!(", {second}");
        }
        if micro != 0 {
            text += &format!(", {micro}");
        }
        if let Some(tzinfo) = this.tzinfo {
            text += &format!(", tzinfo={}", vm.repr_text(tzinfo)?);
        }
        if fold != 0 {
            text += &format!(", fold={fold}");
        }
        Ok(text + ")")
    }
    #[pymethod(name = "__str__")]
    fn str_(this: Value, vm: &Vm) -> PyResult {
        vm.call_method(this, "isoformat", &[])
    }
    #[pymethod(name = "__hash__")]
    fn hash(&self, vm: &Vm) -> PyResult<i64> {
        match utc_offset(vm, self.tzinfo, Value::none())? {
            None => Ok(hash_bytes(&self.clock.state())),
            Some(offset) => Ok(hash_bytes(&(self.clock.total() - offset).to_le_bytes())),
        }
    }
    /// A naive and an aware time are different, and have no order.
    #[pycompare]
    fn compare(this: Gc<Native<Time>>, vm: &Vm, op: CompareOp, other: Value) -> PyResult {
        let Some(other) = other.downcast::<Native<Time>>() else { return Ok(Value::not_implemented()) };
        match (keys(vm, this, other)?, op) {
            (Some((a, b)), _) => Ok(Value::bool(op.holds(a.cmp(&b)))),
            (None, CompareOp::Eq | CompareOp::Ne) => Ok(Value::bool(op == CompareOp::Ne)),
            (None, _) => Err(vm.type_error("can't compare offset-naive and offset-aware times")),
        }
    }

    /// __reduce_ex__(proto) -> (cls, state)
    #[pymethod(name = "__reduce_ex__", sig = "($self, proto, /)")]
    fn reduce_ex(this: Gc<Native<Time>>, vm: &Vm, proto: i64) -> Value {
        reduced(vm, this, proto)
    }
    /// __reduce__() -> (cls, state)
    #[pymethod(name = "__reduce__")]
    fn reduce(this: Gc<Native<Time>>, vm: &Vm) -> Value {
        reduced(vm, this, 2)
    }
}
