//! `_csv.Dialect` and the registry of dialects by name.

use super::error;
use adder_interp::native::args::type_name;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::int::as_exact_int;
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};

/// When fields are quoted, with Python's numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Quoting {
    Minimal,
    All,
    NonNumeric,
    None,
    Strings,
    NotNull,
}

/// The constants `QUOTE_*`.
pub const QUOTINGS: [(&str, Quoting); 6] = [
    ("QUOTE_MINIMAL", Quoting::Minimal),
    ("QUOTE_ALL", Quoting::All),
    ("QUOTE_NONNUMERIC", Quoting::NonNumeric),
    ("QUOTE_NONE", Quoting::None),
    ("QUOTE_STRINGS", Quoting::Strings),
    ("QUOTE_NOTNULL", Quoting::NotNull),
];

/// CSV dialect
///
/// The Dialect type records CSV parsing and generation options.
#[pyclass(name = "Dialect", module = "_csv", subclassable)]
#[derive(Trace)]
pub struct Dialect {
    #[trace(skip)]
    pub delimiter: u32,
    #[trace(skip)]
    pub quotechar: Option<u32>,
    #[trace(skip)]
    pub escapechar: Option<u32>,
    #[trace(skip)]
    pub quoting: Quoting,
    pub doublequote: bool,
    pub skipinitialspace: bool,
    pub strict: bool,
    pub lineterminator: Gc<Str>,
}

/// The settings as they were given, by keyword or as attributes of another dialect.
struct Settings<'a> {
    vm: &'a Vm,
    base: Option<Value>,
    given: [Option<Value>; 8],
}

const NAMES: [&str; 8] = [
    "delimiter",
    "doublequote",
    "escapechar",
    "lineterminator",
    "quotechar",
    "quoting",
    "skipinitialspace",
    "strict",
];

impl Settings<'_> {
    fn get(&self, name: &str) -> PyResult<Option<Value>> {
        let at = NAMES.iter().position(|n| *n == name).expect("a name of the table");
        match (self.given[at], self.base) {
            (Some(value), _) => Ok(Some(value)),
            (None, Some(base)) => self.vm.getattr_opt(base, self.vm.intern(name)),
            (None, None) => Ok(None),
        }
    }

    fn flag(&self, name: &str, default: bool) -> PyResult<bool> {
        self.get(name)?.map_or(Ok(default), |value| self.vm.truthy(value))
    }

    /// One character; `or_none` if None switches the feature off.
    fn character(&self, name: &str, default: Option<u32>, or_none: bool) -> PyResult<Option<u32>> {
        let Some(value) = self.get(name)? else { return Ok(default) };
        if or_none && value.is_none() {
            return Ok(None);
        }
        let wanted = if or_none { "a unicode character or None" } else { "a unicode character" };
        let Some(text) = value.downcast::<Str>() else {
            let given = type_name(self.vm, value);
            let given = if value.is_none() { "NoneType" } else { &given };
            return Err(self.vm.type_error(format!("\"{name}\" must be {wanted}, not {given}")));
        };
        if text.len() != 1 {
            let length = text.len();
            return Err(self
                .vm
                .type_error(format!("\"{name}\" must be {wanted}, not a string of length {length}")));
        }
        Ok(Some(text.char_at(0)))
    }

    fn line_terminator(&self) -> PyResult<Gc<Str>> {
        let Some(value) = self.get("lineterminator")? else { return Ok(self.vm.intern("\r\n")) };
        value.downcast::<Str>().ok_or_else(|| {
            let class = self.vm.type_of(value).name();
            self.vm.type_error(format!("\"lineterminator\" must be a string, not {class}"))
        })
    }

    fn quoting(&self) -> PyResult<Quoting> {
        let Some(value) = self.get("quoting")? else { return Ok(Quoting::Minimal) };
        let Some(number) = as_exact_int(value) else {
            let class = self.vm.type_of(value).name();
            return Err(self.vm.type_error(format!("\"quoting\" must be an integer, not {class}")));
        };
        let quoting = number.to_usize().and_then(|n| QUOTINGS.get(n));
        quoting.map(|row| row.1).ok_or_else(|| self.vm.type_error("bad \"quoting\" value"))
    }
}

impl Dialect {
    /// The dialect of a class or instance, a registered name, or none, changed by settings.
    fn build(vm: &Vm, cls: Gc<Type>, base: Option<Value>, given: [Option<Value>; 8]) -> PyResult {
        let mut base = base.filter(|b| !b.is_none());
        if let Some(name) = base.filter(|b| b.is::<Str>()) {
            base = Some(registered(vm, name)?);
        }
        if let Some(base) = base
            && base.is::<Native<Dialect>>()
            && given.iter().all(Option::is_none)
        {
            return Ok(base);
        }
        let settings = Settings { vm, base, given };
        let delimiter = settings.character("delimiter", Some(',' as u32), false)?;
        let doublequote = settings.flag("doublequote", true)?;
        let escapechar = settings.character("escapechar", None, true)?;
        let lineterminator = settings.line_terminator()?;
        let quotechar = settings.character("quotechar", Some('"' as u32), true)?;
        let mut quoting = settings.quoting()?;
        let skipinitialspace = settings.flag("skipinitialspace", false)?;
        let strict = settings.flag("strict", false)?;
        if settings.get("quotechar")?.is_some_and(Value::is_none) && settings.get("quoting")?.is_none() {
            quoting = Quoting::None;
        }
        let Some(delimiter) = delimiter else {
            return Err(vm.type_error("\"delimiter\" must be a 1-character string"));
        };
        if quoting != Quoting::None && quotechar.is_none() {
            return Err(vm.type_error("quotechar must be set if quoting enabled"));
        }
        let dialect = Dialect {
            delimiter,
            quotechar,
            escapechar,
            quoting,
            doublequote,
            skipinitialspace,
            strict,
            lineterminator,
        };
        dialect.check(vm)?;
        Ok(vm.new_native(cls, dialect).value())
    }

    /// Refuses characters that cannot be told apart.
    fn check(&self, vm: &Vm) -> PyResult<()> {
        let named = [
            ("delimiter", Some(self.delimiter), true),
            ("escapechar", self.escapechar, !self.skipinitialspace),
            ("quotechar", self.quotechar, !self.skipinitialspace),
        ];
        for (name, c, space) in named {
            let Some(c) = c else { continue };
            if matches!(c, 0x0a | 0x0d) || (c == 0x20 && !space) {
                return Err(vm.value_error(format!("bad {name} value")));
            }
            if self.ends_lines(c) {
                return Err(vm.value_error(format!("bad {name} or lineterminator value")));
            }
        }
        for (first, second) in [(0, 1), (0, 2), (1, 2)] {
            let ((a, x, _), (b, y, _)) = (named[first], named[second]);
            if x.is_some() && x == y {
                return Err(vm.value_error(format!("bad {a} or {b} value")));
            }
        }
        Ok(())
    }

    /// Whether the line terminator has this character.
    pub fn ends_lines(&self, c: u32) -> bool {
        (0..self.lineterminator.len()).any(|i| self.lineterminator.char_at(i) == c)
    }
}

#[pymethods]
impl Dialect {
    #[pynew(
        sig = "(dialect=None, delimiter=',', doublequote=True, escapechar=None, lineterminator='\\r\\n', quotechar='\"', quoting=0, skipinitialspace=False, strict=False)"
    )]
    #[allow(clippy::too_many_arguments, reason = "Python's signature")]
    fn __new__(
        cls: Gc<Type>,
        vm: &Vm,
        dialect: Option<Value>,
        delimiter: Option<Value>,
        doublequote: Option<Value>,
        escapechar: Option<Value>,
        lineterminator: Option<Value>,
        quotechar: Option<Value>,
        quoting: Option<Value>,
        skipinitialspace: Option<Value>,
        strict: Option<Value>,
    ) -> PyResult {
        let given = [
            delimiter,
            doublequote,
            escapechar,
            lineterminator,
            quotechar,
            quoting,
            skipinitialspace,
            strict,
        ];
        Dialect::build(vm, cls, dialect, given)
    }
    #[pygetset(name = "delimiter")]
    fn get_delimiter(&self, vm: &Vm) -> Value {
        vm.char_str(self.delimiter)
    }
    #[pygetset(name = "doublequote")]
    fn get_doublequote(&self) -> bool {
        self.doublequote
    }
    #[pygetset(name = "escapechar")]
    fn get_escapechar(&self, vm: &Vm) -> Option<Value> {
        self.escapechar.map(|c| vm.char_str(c))
    }
    #[pygetset(name = "lineterminator")]
    fn get_lineterminator(&self) -> Gc<Str> {
        self.lineterminator
    }
    #[pygetset(name = "quotechar")]
    fn get_quotechar(&self, vm: &Vm) -> Option<Value> {
        self.quotechar.map(|c| vm.char_str(c))
    }
    #[pygetset(name = "quoting")]
    fn get_quoting(&self) -> i64 {
        self.quoting as i64
    }
    #[pygetset(name = "skipinitialspace")]
    fn get_skipinitialspace(&self) -> bool {
        self.skipinitialspace
    }
    #[pygetset(name = "strict")]
    fn get_strict(&self) -> bool {
        self.strict
    }
    /// raises an exception to avoid pickling
    #[pymethod]
    fn __reduce__(this: Gc<Native<Dialect>>, vm: &Vm) -> PyResult {
        let name = vm.type_of(this.value()).name();
        let name = name.rsplit('.').next().unwrap_or_default();
        Err(vm.type_error(format!("cannot pickle '{name}' instances")))
    }
    /// raises an exception to avoid pickling
    #[pymethod]
    fn __reduce_ex__(this: Gc<Native<Dialect>>, vm: &Vm, protocol: Value) -> PyResult {
        let _ = protocol;
        Dialect::__reduce__(this, vm)
    }
}

/// Dialects by name.
pub fn registry(vm: &Vm) -> PyResult<Gc<Dict>> {
    let dict = vm.registered("_csv.dialects", |vm| Ok(vm.new_dict().value()))?;
    Ok(dict.downcast().expect("the registered value is a dict"))
}

/// The dialect of this name.
pub fn registered(vm: &Vm, name: Value) -> PyResult {
    match registry(vm)?.get(vm, name)? {
        Some(dialect) => Ok(dialect),
        None => Err(error(vm, "unknown dialect")),
    }
}

/// `Dialect(dialect, **settings)`.
pub fn dialect_of(vm: &Vm, base: Option<Value>, settings: Option<Gc<Dict>>) -> PyResult<Gc<Native<Dialect>>> {
    let mut given = [None; 8];
    if let Some(settings) = settings {
        for (name, value) in settings.iter() {
            let name = name.downcast::<Str>().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            let Some(at) = NAMES.iter().position(|n| *n == name) else {
                let message = format!("this function got an unexpected keyword argument '{name}'");
                return Err(vm.type_error(message));
            };
            given[at] = Some(value);
        }
    }
    let class = vm.native_type(Dialect::TYPE_DEF)?;
    let dialect = Dialect::build(vm, class, base, given)?;
    dialect.downcast().ok_or(Raised)
}
