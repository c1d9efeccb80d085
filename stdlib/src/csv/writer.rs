//! Writing: fields are quoted and escaped as the dialect asks for, and a record is written with one call.

use super::dialect::{Dialect, Quoting};
use super::error;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::special::Special;
use adder_macros::{Trace, pyclass, pymethods};
use adder_text::units::UnitsRef;

/// CSV writer
///
/// Writer objects are responsible for generating tabular data
/// in CSV format from sequence input.
#[pyclass(name = "writer", module = "_csv", no_constructor, private)]
#[derive(Trace)]
pub struct Writer {
    pub write: Value,
    pub dialect: Gc<Native<Dialect>>,
}

/// A record being written.
struct Record<'a> {
    vm: &'a Vm,
    dialect: &'a Dialect,
    text: Vec<u32>,
    fields: usize,
    /// The last field was None.
    null: bool,
}

impl Record<'_> {
    /// Adds a field; `None` is an empty one.
    fn add(&mut self, field: Option<Gc<Str>>, mut quoted: bool) -> PyResult<()> {
        let dialect = self.dialect;
        if self.fields > 0 {
            self.text.push(dialect.delimiter);
        }
        let start = self.text.len();
        if let Some(field) = field {
            for at in 0..field.len() {
                let c = field.char_at(at);
                quoted |= self.character(c)?;
            }
        }
        if self.text.len() == start && dialect.delimiter == 0x20 && dialect.skipinitialspace {
            if self.cannot_quote_empty() {
                return Err(error(
                    self.vm,
                    "empty field must be quoted if delimiter is a space and skipinitialspace is true",
                ));
            }
            quoted = true;
        }
        if quoted && let Some(quote) = dialect.quotechar {
            self.text.insert(start, quote);
            self.text.push(quote);
        }
        self.fields += 1;
        Ok(())
    }

    /// Adds a character of a field; true if the field must be quoted for it.
    fn character(&mut self, c: u32) -> PyResult<bool> {
        let dialect = self.dialect;
        let is_quote = Some(c) == dialect.quotechar;
        let is_escape = Some(c) == dialect.escapechar;
        let special = c == dialect.delimiter
            || is_quote
            || is_escape
            || matches!(c, 0x0a | 0x0d)
            || dialect.ends_lines(c);
        let mut needs_quotes = false;
        if special {
            let mut escape = dialect.quoting == Quoting::None;
            if !escape {
                if is_quote {
                    if dialect.doublequote {
                        self.text.push(c);
                    } else {
                        escape = true;
                    }
                } else if is_escape {
                    escape = true;
                }
                needs_quotes = !escape;
            }
            if escape {
                let Some(escapechar) = dialect.escapechar else {
                    return Err(error(self.vm, "need to escape, but no escapechar set"));
                };
                self.text.push(escapechar);
            }
        }
        self.text.push(c);
        Ok(needs_quotes)
    }

    /// Whether the dialect has no way to mark the last field as empty.
    fn cannot_quote_empty(&self) -> bool {
        match self.dialect.quoting {
            Quoting::None => true,
            Quoting::Strings | Quoting::NotNull => self.null,
            _ => false,
        }
    }
}

/// Whether numbers' protocol takes the object, as `QUOTE_NONNUMERIC` asks.
fn is_number(vm: &Vm, value: Value) -> bool {
    [Special::Index, Special::Int, Special::Float].iter().any(|&s| vm.special_of(value, s).is_some())
        || value.is::<adder_interp::object::complex::Complex>()
}

fn write_row(vm: &Vm, this: Gc<Native<Writer>>, row: Value) -> PyResult {
    let iterator = match vm.iter(row) {
        Ok(iterator) => iterator,
        Err(Raised) => {
            vm.catch(vm.exceptions.type_error)?;
            let class = vm.type_of(row).name();
            return Err(error(vm, format!("iterable expected, not {class}")));
        }
    };
    let dialect = this.dialect.as_ref();
    let mut record = Record { vm, dialect, text: Vec::new(), fields: 0, null: false };
    while let Some(field) = vm.next(iterator)? {
        let quoted = match dialect.quoting {
            Quoting::NonNumeric => !is_number(vm, field),
            Quoting::All => true,
            Quoting::Strings => field.is::<Str>(),
            Quoting::NotNull => !field.is_none(),
            Quoting::Minimal | Quoting::None => false,
        };
        record.null = field.is_none();
        let text = if field.is_none() { None } else { Some(vm.str_of(field)?) };
        record.add(text, quoted)?;
    }
    if record.fields > 0 && record.text.is_empty() {
        if record.cannot_quote_empty() {
            return Err(error(vm, "single empty field record must be quoted"));
        }
        record.fields -= 1;
        record.add(None, true)?;
    }
    let end = dialect.lineterminator;
    record.text.extend((0..end.len()).map(|i| end.char_at(i)));
    let text = vm.str_of_slice(UnitsRef::Ucs4(&record.text));
    vm.call(this.write, &[text.value()])
}

#[pymethods]
impl Writer {
    #[pygetset(name = "dialect")]
    fn get_dialect(&self) -> Value {
        self.dialect.value()
    }
    /// Construct and write a CSV record from an iterable of fields.
    ///
    /// Non-string elements will be converted to string.
    #[pymethod]
    fn writerow(this: Gc<Native<Writer>>, vm: &Vm, row: Value) -> PyResult {
        write_row(vm, this, row)
    }
    /// Construct and write a series of iterables to a csv file.
    ///
    /// Non-string elements will be converted to string.
    #[pymethod]
    fn writerows(this: Gc<Native<Writer>>, vm: &Vm, rows: Value) -> PyResult<()> {
        let iterator = vm.iter(rows)?;
        while let Some(row) = vm.next(iterator)? {
            write_row(vm, this, row)?;
        }
        Ok(())
    }
}
