//! Parsing: a state machine that goes over the characters of each line and over its end.

use super::dialect::{Dialect, Quoting};
use super::{error, field_limit};
use adder_interp::heap::GcVec;
use adder_interp::native::args::type_name;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use adder_text::units::UnitsRef;
use std::cell::Cell;

/// CSV reader
///
/// Reader objects are responsible for reading and parsing tabular data
/// in CSV format.
#[pyclass(name = "reader", module = "_csv", no_constructor, private)]
#[derive(Trace)]
pub struct Reader {
    pub source: Value,
    pub dialect: Gc<Native<Dialect>>,
    pub line_num: Cell<usize>,
    /// Records begun: an iterator that reads from its own reader is found out by it.
    pub records: Cell<usize>,
}

/// Where in a record the parser is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    StartRecord,
    StartField,
    /// After an escape character outside of quotes.
    Escaped,
    /// After an escaped line break.
    EscapedBreak,
    InField,
    InQuotes,
    /// After an escape character in quotes.
    EscapedInQuotes,
    /// After a quote in quotes: their end, or the first half of a doubled one.
    QuoteInQuotes,
    /// After the line break that ended the record.
    EatBreak,
}

const NEWLINE: u32 = 0x0a;
const RETURN: u32 = 0x0d;
const SPACE: u32 = 0x20;

/// A record being parsed.
struct Parser<'a> {
    vm: &'a Vm,
    dialect: &'a Dialect,
    state: State,
    field: Vec<u32>,
    /// No quote began the field.
    unquoted: bool,
    limit: i64,
    fields: GcVec,
}

impl Parser<'_> {
    fn add(&mut self, c: u32) -> PyResult<()> {
        if self.field.len() as i64 >= self.limit {
            return Err(error(self.vm, format!("field larger than field limit ({})", self.limit)));
        }
        self.field.push(c);
        Ok(())
    }

    fn save(&mut self) -> PyResult<()> {
        let vm = self.vm;
        let text = vm.str_of_slice(UnitsRef::Ucs4(&self.field)).value();
        let empty = self.field.is_empty();
        self.field.clear();
        let field = match self.dialect.quoting {
            Quoting::Strings | Quoting::NotNull if self.unquoted && empty => Value::none(),
            Quoting::NonNumeric | Quoting::Strings if self.unquoted && !empty => {
                vm.call(vm.types.float.value(), &[text])?
            }
            _ => text,
        };
        self.fields.push(&vm.heap, field);
        Ok(())
    }

    /// Ends the last field of the record, at a line break or at the end of the line.
    fn end_record(&mut self, c: Option<u32>) -> PyResult<()> {
        self.save()?;
        self.state = if c.is_none() { State::StartRecord } else { State::EatBreak };
        Ok(())
    }

    fn is_quote(&self, c: u32) -> bool {
        Some(c) == self.dialect.quotechar && self.dialect.quoting != Quoting::None
    }

    /// Passes a character, or `None` at the end of a line.
    fn feed(&mut self, c: Option<u32>) -> PyResult<()> {
        match self.state {
            State::StartRecord => match c {
                None => Ok(()),
                Some(NEWLINE | RETURN) => {
                    self.state = State::EatBreak;
                    Ok(())
                }
                Some(_) => self.start_field(c),
            },
            State::StartField => self.start_field(c),
            State::Escaped => match c {
                Some(c @ (NEWLINE | RETURN)) => {
                    self.state = State::EscapedBreak;
                    self.add(c)
                }
                _ => {
                    self.state = State::InField;
                    self.add(c.unwrap_or(NEWLINE))
                }
            },
            State::EscapedBreak if c.is_none() => Ok(()),
            State::EscapedBreak | State::InField => self.in_field(c),
            State::InQuotes => self.in_quotes(c),
            State::EscapedInQuotes => {
                self.state = State::InQuotes;
                self.add(c.unwrap_or(NEWLINE))
            }
            State::QuoteInQuotes => self.after_quote(c),
            State::EatBreak => match c {
                Some(NEWLINE | RETURN) => Ok(()),
                None => {
                    self.state = State::StartRecord;
                    Ok(())
                }
                Some(_) => Err(error(
                    self.vm,
                    "new-line character seen in unquoted field - do you need to open the file with newline=''?",
                )),
            },
        }
    }

    fn start_field(&mut self, c: Option<u32>) -> PyResult<()> {
        self.unquoted = true;
        match c {
            None | Some(NEWLINE | RETURN) => self.end_record(c),
            Some(c) if self.is_quote(c) => {
                self.unquoted = false;
                self.state = State::InQuotes;
                Ok(())
            }
            Some(c) if Some(c) == self.dialect.escapechar => {
                self.state = State::Escaped;
                Ok(())
            }
            Some(SPACE) if self.dialect.skipinitialspace => {
                self.state = State::StartField;
                Ok(())
            }
            Some(c) if c == self.dialect.delimiter => {
                self.state = State::StartField;
                self.save()
            }
            Some(c) => {
                self.state = State::InField;
                self.add(c)
            }
        }
    }

    fn in_field(&mut self, c: Option<u32>) -> PyResult<()> {
        match c {
            None | Some(NEWLINE | RETURN) => self.end_record(c),
            Some(c) if Some(c) == self.dialect.escapechar => {
                self.state = State::Escaped;
                Ok(())
            }
            Some(c) if c == self.dialect.delimiter => {
                self.state = State::StartField;
                self.save()
            }
            Some(c) => {
                self.state = State::InField;
                self.add(c)
            }
        }
    }

    fn in_quotes(&mut self, c: Option<u32>) -> PyResult<()> {
        match c {
            None => Ok(()),
            Some(c) if Some(c) == self.dialect.escapechar => {
                self.state = State::EscapedInQuotes;
                Ok(())
            }
            Some(c) if self.is_quote(c) => {
                self.state = if self.dialect.doublequote { State::QuoteInQuotes } else { State::InField };
                Ok(())
            }
            Some(c) => self.add(c),
        }
    }

    fn after_quote(&mut self, c: Option<u32>) -> PyResult<()> {
        match c {
            None | Some(NEWLINE | RETURN) => self.end_record(c),
            Some(c) if self.is_quote(c) => {
                self.state = State::InQuotes;
                self.add(c)
            }
            Some(c) if c == self.dialect.delimiter => {
                self.state = State::StartField;
                self.save()
            }
            Some(c) if !self.dialect.strict => {
                self.state = State::InField;
                self.add(c)
            }
            Some(_) => {
                let show = |c: u32| char::from_u32(c).unwrap_or('\u{fffd}');
                let (delimiter, quote) =
                    (show(self.dialect.delimiter), self.dialect.quotechar.map_or(' ', show));
                Err(error(self.vm, format!("'{delimiter}' expected after '{quote}'")))
            }
        }
    }
}

#[pymethods]
impl Reader {
    #[pygetset(name = "dialect")]
    fn get_dialect(&self) -> Value {
        self.dialect.value()
    }
    #[pygetset(name = "line_num")]
    fn get_line_num(&self) -> usize {
        self.line_num.get()
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<Reader>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(this: Gc<Native<Reader>>, vm: &Vm) -> PyResult<Option<Value>> {
        let mut parser = Parser {
            vm,
            dialect: this.dialect.as_ref(),
            state: State::StartRecord,
            field: Vec::new(),
            unquoted: false,
            limit: field_limit(),
            fields: GcVec::new(),
        };
        let record = this.records.get().wrapping_add(1);
        this.records.set(record);
        loop {
            let line = vm.next(this.source)?;
            if this.records.get() != record {
                return Err(error(vm, "iterator has already advanced the reader"));
            }
            let Some(line) = line else {
                if parser.field.is_empty() && parser.state != State::InQuotes {
                    return Ok(None);
                }
                if this.dialect.strict {
                    return Err(error(vm, "unexpected end of data"));
                }
                parser.save()?;
                break;
            };
            let Some(line) = line.downcast::<Str>() else {
                let given = type_name(vm, line);
                return Err(error(
                    vm,
                    format!(
                        "iterator should return strings, not {given} (the file should be opened in text mode)"
                    ),
                ));
            };
            this.line_num.set(this.line_num.get() + 1);
            for at in 0..line.len() {
                parser.feed(Some(line.char_at(at)))?;
            }
            parser.feed(None)?;
            if parser.state == State::StartRecord {
                break;
            }
        }
        Ok(Some(vm.list_from(parser.fields)))
    }
}
