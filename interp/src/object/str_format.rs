//! `str.format`, `str.format_map` and `str.__format__`; the parser of replacement fields that `_string` exposes too.

use super::dict::Dict;
use super::header::Gc;
use super::percent::BuilderSink;
use super::str::Str;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use adder_numeric::format_spec::{Sink, ValueKind, layout_text};
use adder_text::units::{StrBuilder, UnitsRef};
use std::ops::Range;

/// Fields within format specifications, within fields: how deep.
const MAX_DEPTH: u32 = 2;

const fn code(c: u8) -> u32 {
    c as u32
}
const OPEN: u32 = code(b'{');
const CLOSE: u32 = code(b'}');
const BRACKET: u32 = code(b'[');
const END_BRACKET: u32 = code(b']');
const DOT: u32 = code(b'.');
const COLON: u32 = code(b':');
const BANG: u32 = code(b'!');

/// A stretch of a format string: literal text, then perhaps a field.
#[derive(Clone, Debug)]
pub struct Markup {
    pub literal: Range<usize>,
    pub field: Option<Field>,
}

/// A replacement field, as ranges of the format string.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: Range<usize>,
    pub conversion: Option<u32>,
    pub spec: Range<usize>,
    /// The specification contains fields itself.
    pub nested: bool,
}

/// Reads the parts of a format string one after the other.
#[derive(Clone, Debug)]
pub struct MarkupParser {
    at: usize,
    end: usize,
}

impl MarkupParser {
    /// Parses a part of a string.
    pub fn new(range: Range<usize>) -> MarkupParser {
        MarkupParser { at: range.start, end: range.end }
    }

    fn next_char(&mut self, text: UnitsRef<'_>) -> Option<u32> {
        let c = (self.at < self.end).then(|| text.at(self.at))?;
        self.at += 1;
        Some(c)
    }

    /// The next part; an error is the message of a ValueError.
    pub fn next(&mut self, text: UnitsRef<'_>) -> Result<Option<Markup>, &'static str> {
        let start = self.at;
        let brace = loop {
            match self.next_char(text) {
                Some(c @ (OPEN | CLOSE)) => break c,
                Some(_) => {}
                None if start == self.end => return Ok(None),
                None => return Ok(Some(Markup { literal: start..self.end, field: None })),
            }
        };
        let before = self.at - 1;
        if self.at < self.end && text.at(self.at) == brace {
            // A doubled brace stands for itself and ends the stretch.
            self.at += 1;
            return Ok(Some(Markup { literal: start..before + 1, field: None }));
        }
        match brace {
            CLOSE => Err("Single '}' encountered in format string"),
            _ if self.at == self.end => Err("Single '{' encountered in format string"),
            _ => Ok(Some(Markup { literal: start..before, field: Some(self.field(text)?) })),
        }
    }

    /// Reads a field behind its brace, the closing one included.
    fn field(&mut self, text: UnitsRef<'_>) -> Result<Field, &'static str> {
        let start = self.at;
        let mut stop = loop {
            match self.next_char(text) {
                Some(OPEN) => return Err("unexpected '{' in field name"),
                Some(BRACKET) => self.skip_brackets(text),
                Some(c @ (CLOSE | COLON | BANG)) => break c,
                Some(_) => {}
                None => return Err("expected '}' before end of string"),
            }
        };
        let mut field =
            Field { name: start..self.at - 1, conversion: None, spec: self.at..self.at, nested: false };
        if stop == BANG {
            let end = "end of string while looking for conversion specifier";
            field.conversion = Some(self.next_char(text).ok_or(end)?);
            stop = match self.next_char(text) {
                Some(c @ (CLOSE | COLON)) => c,
                Some(_) => return Err("expected ':' after conversion specifier"),
                None => return Err("unmatched '{' in format spec"),
            };
        }
        if stop == COLON {
            self.spec(text, &mut field)?;
        }
        Ok(field)
    }

    /// Moves to the bracket that closes one in a field name, or to the end.
    fn skip_brackets(&mut self, text: UnitsRef<'_>) {
        while self.at < self.end && text.at(self.at) != END_BRACKET {
            self.at += 1;
        }
    }

    fn spec(&mut self, text: UnitsRef<'_>, field: &mut Field) -> Result<(), &'static str> {
        let start = self.at;
        let mut depth = 1;
        loop {
            match self.next_char(text) {
                Some(OPEN) => {
                    depth += 1;
                    field.nested = true;
                }
                Some(CLOSE) => {
                    depth -= 1;
                    if depth == 0 {
                        field.spec = start..self.at - 1;
                        return Ok(());
                    }
                }
                Some(_) => {}
                None => return Err("unmatched '{' in format spec"),
            }
        }
    }
}

/// What a field name starts with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldStart {
    Automatic,
    Index(usize),
    Key(Range<usize>),
}

/// A step behind the start of a field name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldStep {
    Attribute(Range<usize>),
    Index(usize),
    Key(Range<usize>),
}

/// Walks along a field name.
#[derive(Clone, Debug)]
pub struct FieldName {
    at: usize,
    end: usize,
}

/// The number that the text is, if it is one in ASCII or other decimal digits.
fn number(text: UnitsRef<'_>) -> Result<Option<usize>, &'static str> {
    if text.is_empty() {
        return Ok(None);
    }
    let mut value = 0usize;
    for c in text {
        let Some(digit) = adder_text::ucd::decimal(c) else { return Ok(None) };
        value = value
            .checked_mul(10)
            .and_then(|v| v.checked_add(digit.into()))
            .filter(|&v| v <= isize::MAX as usize)
            .ok_or("Too many decimal digits in format string")?;
    }
    Ok(Some(value))
}

impl FieldName {
    /// Splits a field name into its start and the rest.
    pub fn new(text: UnitsRef<'_>, name: Range<usize>) -> Result<(FieldStart, FieldName), &'static str> {
        let first = text.slice(name.clone()).iter().position(|c| c == DOT || c == BRACKET);
        let split = first.map_or(name.end, |at| name.start + at);
        let head = name.start..split;
        let start = match number(text.slice(head.clone()))? {
            Some(index) => FieldStart::Index(index),
            None if head.is_empty() => FieldStart::Automatic,
            None => FieldStart::Key(head),
        };
        Ok((start, FieldName { at: split, end: name.end }))
    }

    /// The next step.
    pub fn next(&mut self, text: UnitsRef<'_>) -> Result<Option<FieldStep>, &'static str> {
        if self.at >= self.end {
            return Ok(None);
        }
        let mark = text.at(self.at);
        let start = self.at + 1;
        let rest = text.slice(start..self.end).iter();
        let step = match mark {
            DOT => {
                let len = { rest }.position(|c| c == DOT || c == BRACKET);
                self.at = len.map_or(self.end, |len| start + len);
                FieldStep::Attribute(start..self.at)
            }
            BRACKET => {
                let len = { rest }.position(|c| c == END_BRACKET).ok_or("Missing ']' in format string")?;
                self.at = start + len + 1;
                let key = start..start + len;
                match number(text.slice(key.clone()))? {
                    Some(index) => FieldStep::Index(index),
                    None => FieldStep::Key(key),
                }
            }
            _ => return Err("Only '.' or '[' may follow ']' in format field specifier"),
        };
        match &step {
            FieldStep::Attribute(range) | FieldStep::Key(range) if range.is_empty() => {
                Err("Empty attribute in format string")
            }
            _ => Ok(Some(step)),
        }
    }
}

/// How fields without numbers are counted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Numbering {
    Unknown,
    Automatic,
    Manual,
}

/// One run of `format`.
struct Formatter<'a> {
    vm: &'a Vm,
    format: Gc<Str>,
    /// Positional arguments; `format_map` has none.
    args: Option<&'a [Value]>,
    /// Keyword arguments or the mapping.
    names: Option<Value>,
    numbering: Numbering,
    next: usize,
}

/// `format.format(*args, **kwargs)`.
pub fn format(vm: &Vm, format: Gc<Str>, args: &[Value], kwargs: Option<Gc<Dict>>) -> PyResult<Gc<Str>> {
    Formatter::new(vm, format, Some(args), kwargs.map(Gc::value)).run()
}

/// `format.format_map(mapping)`.
pub fn format_map(vm: &Vm, format: Gc<Str>, mapping: Value) -> PyResult<Gc<Str>> {
    Formatter::new(vm, format, None, Some(mapping)).run()
}

impl<'a> Formatter<'a> {
    fn new(vm: &'a Vm, format: Gc<Str>, args: Option<&'a [Value]>, names: Option<Value>) -> Formatter<'a> {
        Formatter { vm, format, args, names, numbering: Numbering::Unknown, next: 0 }
    }

    fn run(mut self) -> PyResult<Gc<Str>> {
        let mut out = StrBuilder::with_capacity(self.format.len() + 16);
        self.expand(0..self.format.len(), MAX_DEPTH, &mut out)?;
        Ok(self.vm.str_of_buf(out.finish()))
    }

    fn text(&self) -> UnitsRef<'static> {
        self.format.as_ref().units()
    }

    fn value_error<T>(&self, message: &str) -> PyResult<T> {
        Err(self.vm.value_error(message))
    }

    /// Writes a part of the format string with its fields replaced.
    fn expand(&mut self, range: Range<usize>, depth: u32, out: &mut StrBuilder) -> PyResult<()> {
        if depth == 0 {
            return self.value_error("Max string recursion exceeded");
        }
        let mut parser = MarkupParser::new(range);
        loop {
            let part = match parser.next(self.text()) {
                Ok(None) => return Ok(()),
                Ok(Some(part)) => part,
                Err(message) => return self.value_error(message),
            };
            out.push_units(self.text().slice(part.literal));
            if let Some(field) = part.field {
                self.replace(&field, depth, out)?;
            }
        }
    }

    fn replace(&mut self, field: &Field, depth: u32, out: &mut StrBuilder) -> PyResult<()> {
        let vm = self.vm;
        let mut value = self.lookup(field.name.clone())?;
        if let Some(conversion) = field.conversion {
            value = self.convert(value, conversion)?;
        }
        let spec = if field.spec.is_empty() {
            if let Some(text) = value.downcast::<Str>().filter(|_| vm.type_of(value) == vm.types.str) {
                out.push_units(text.units());
                return Ok(());
            }
            vm.empty_str
        } else if field.nested {
            let mut expanded = StrBuilder::new();
            self.expand(field.spec.clone(), depth - 1, &mut expanded)?;
            vm.str_of_buf(expanded.finish())
        } else {
            vm.substring(self.format, field.spec.clone())
        };
        let formatted = vm.format(value, spec.value())?;
        out.push_units(formatted.downcast::<Str>().expect("format() gives a str").units());
        Ok(())
    }

    fn convert(&self, value: Value, conversion: u32) -> PyResult {
        let vm = self.vm;
        match char::from_u32(conversion) {
            Some('r') => vm.repr(value).map(Gc::value),
            Some('s') => vm.str_of(value).map(Gc::value),
            Some('a') => vm.ascii(value),
            Some(c @ '!'..='~') => self.value_error(&format!("Unknown conversion specifier {c}")),
            _ => self.value_error(&format!("Unknown conversion specifier \\x{conversion:x}")),
        }
    }

    /// The object that a field name stands for.
    fn lookup(&mut self, name: Range<usize>) -> PyResult {
        let (vm, text) = (self.vm, self.text());
        let (start, mut steps) = match FieldName::new(text, name) {
            Ok(parts) => parts,
            Err(message) => return self.value_error(message),
        };
        let mut object = match start {
            FieldStart::Automatic => {
                self.number(Numbering::Automatic)?;
                self.next += 1;
                self.positional(self.next - 1)?
            }
            FieldStart::Index(index) => {
                self.number(Numbering::Manual)?;
                self.positional(index)?
            }
            FieldStart::Key(range) => {
                let key = vm.substring(self.format, range).value();
                match self.names {
                    Some(names) => vm.getitem(names, key)?,
                    None => return Err(vm.key_error(key)),
                }
            }
        };
        loop {
            object = match steps.next(text) {
                Err(message) => return self.value_error(message),
                Ok(None) => return Ok(object),
                Ok(Some(FieldStep::Attribute(range))) => {
                    let name = vm.heap.intern(vm.substring(self.format, range));
                    vm.getattr(object, name)?
                }
                Ok(Some(FieldStep::Index(index))) => vm.getitem(object, vm.new_int(index as i64))?,
                Ok(Some(FieldStep::Key(range))) => {
                    vm.getitem(object, vm.substring(self.format, range).value())?
                }
            };
        }
    }

    /// Fields are either all numbered or none is.
    fn number(&mut self, wanted: Numbering) -> PyResult<()> {
        match (self.numbering, wanted) {
            (Numbering::Manual, Numbering::Automatic) => {
                self.value_error("cannot switch from manual field specification to automatic field numbering")
            }
            (Numbering::Automatic, Numbering::Manual) => {
                self.value_error("cannot switch from automatic field numbering to manual field specification")
            }
            _ => {
                self.numbering = wanted;
                Ok(())
            }
        }
    }

    fn positional(&self, index: usize) -> PyResult {
        match self.args {
            None => self.value_error("Format string contains positional fields"),
            Some(args) => args.get(index).copied().ok_or_else(|| {
                let message = format!("Replacement index {index} out of range for positional args tuple");
                self.vm.index_error(message)
            }),
        }
    }
}

/// `text.__format__(spec)`.
pub fn format_text(vm: &Vm, text: Gc<Str>, spec: Gc<Str>) -> PyResult<Gc<Str>> {
    if spec.is_empty() {
        return vm.str_of(text.value());
    }
    let name = vm.format_type_name(text.value());
    let parsed = vm.parse_format_spec(spec, ValueKind::Str, &name)?;
    let layout = layout_text(&parsed, &name, text.len()).map_err(|e| vm.numeric_error(e))?;
    if layout.left == 0 && layout.right == 0 {
        return Ok(vm.substring(text, 0..layout.take));
    }
    let mut out = StrBuilder::with_capacity(layout.left + layout.take + layout.right);
    BuilderSink(&mut out).repeat(parsed.fill, layout.left);
    out.push_units(text.units().slice(0..layout.take));
    BuilderSink(&mut out).repeat(parsed.fill, layout.right);
    Ok(vm.str_of_buf(out.finish()))
}
