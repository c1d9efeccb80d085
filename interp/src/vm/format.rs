//! `__format__` of the numbers: the mini-language of `adder-numeric`, written into str objects.

use super::Vm;
use crate::object::header::Gc;
use crate::object::shape::shape_id;
use crate::object::str::Str;
use crate::value::{PyResult, Value};
use adder_numeric::complex::Complex;
use adder_numeric::format_spec::{self, FormatSpec, LocaleConventions, Sink, ValueKind};
use adder_numeric::{Int, NumError};
use adder_text::units::StrBuilder;
use std::borrow::Cow;
use std::cell::Cell;
use std::sync::OnceLock;

/// Collects formatted text: on the native stack while it is short and ASCII, as numbers are.
struct Text {
    short: [u8; 64],
    len: usize,
    long: Option<StrBuilder>,
}

impl Text {
    fn new() -> Text {
        Text { short: [0; 64], len: 0, long: None }
    }
    fn room(&self, ascii: bool, more: usize) -> bool {
        ascii && self.long.is_none() && more <= self.short.len() - self.len
    }
    /// The builder, which takes over what there is.
    fn builder(&mut self) -> &mut StrBuilder {
        self.long.get_or_insert_with(|| {
            let mut builder = StrBuilder::with_capacity(128);
            builder.push_ascii(&self.short[..self.len]);
            builder
        })
    }
    fn finish(self, vm: &Vm) -> Gc<Str> {
        match self.long {
            Some(builder) => Str::from_units(&vm.heap, builder.finish().as_units()),
            None => Str::from_unit_bytes(&vm.heap, &self.short[..self.len], 1, true),
        }
    }
}

impl Sink for Text {
    fn push(&mut self, code_point: u32) {
        if self.room(code_point < 0x80, 1) {
            self.short[self.len] = code_point as u8;
            self.len += 1;
        } else {
            self.builder().push(code_point);
        }
    }
    fn push_str(&mut self, text: &str) {
        if self.room(text.is_ascii(), text.len()) {
            self.short[self.len..][..text.len()].copy_from_slice(text.as_bytes());
            self.len += text.len();
        } else {
            self.builder().push_str(text);
        }
    }
    fn repeat(&mut self, code_point: u32, count: usize) {
        if self.room(code_point < 0x80, count) {
            self.short[self.len..][..count].fill(code_point as u8);
            self.len += count;
        } else {
            self.builder().push_repeated(code_point, count);
        }
    }
}

/// Format specifications that were parsed lately, by their text: programs have few, and use them again and again.
pub struct SpecCache {
    entries: [Cell<Option<(u64, FormatSpec)>>; SpecCache::SIZE],
}

impl Default for SpecCache {
    fn default() -> SpecCache {
        SpecCache { entries: [const { Cell::new(None) }; SpecCache::SIZE] }
    }
}

impl SpecCache {
    const SIZE: usize = 32;

    /// Up to seven bytes of text, and the kind of value.
    fn key(spec: &Str, kind: ValueKind) -> Option<u64> {
        if spec.len() > 7 || !spec.is_ascii() {
            return None;
        }
        let text = spec.unit_bytes().iter().fold(0, |key, &b| key << 8 | b as u64);
        // The length tells texts apart that begin with NULs.
        Some(text << 8 | (spec.len() as u64) << 2 | kind as u64)
    }
    fn slot(&self, key: u64) -> &Cell<Option<(u64, FormatSpec)>> {
        &self.entries[(key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 59) as usize]
    }
    fn find(&self, key: u64) -> Option<FormatSpec> {
        self.slot(key).get().filter(|entry| entry.0 == key).map(|entry| entry.1)
    }
    fn remember(&self, key: u64, spec: FormatSpec) {
        self.slot(key).set(Some((key, spec)));
    }
}

impl Vm {
    fn formatted(
        &self,
        v: Value,
        spec: Gc<Str>,
        kind: ValueKind,
        write: impl FnOnce(&FormatSpec, &str, &LocaleConventions, &mut Text) -> Result<(), NumError>,
    ) -> PyResult {
        if spec.is_empty() {
            return Ok(self.str_of(v)?.value());
        }
        let mut text = Text::new();
        let name = self.format_type_name(v);
        let parsed = self.parse_format_spec(spec, kind, &name)?;
        write(&parsed, &name, self.locale_conventions(&parsed), &mut text)
            .map_err(|e| self.numeric_error(e))?;
        Ok(text.finish(self).value())
    }

    /// The parsed form of a format specification; `type_name` is the type of the value, for messages.
    pub fn parse_format_spec(&self, spec: Gc<Str>, kind: ValueKind, type_name: &str) -> PyResult<FormatSpec> {
        let key = SpecCache::key(&spec, kind);
        if let Some(parsed) = key.and_then(|key| self.format_specs.find(key)) {
            return Ok(parsed);
        }
        let mut short = [0; 16];
        let long: Vec<u32>;
        let points = if spec.len() <= short.len() {
            spec.as_ref().chars().zip(&mut short).for_each(|(c, to)| *to = c);
            &short[..spec.len()]
        } else {
            long = spec.as_ref().chars().collect();
            &long
        };
        let parsed = FormatSpec::parse(points, kind, type_name).map_err(|e| self.numeric_error(e))?;
        if let Some(key) = key {
            self.format_specs.remember(key, parsed);
        }
        Ok(parsed)
    }

    /// The class's name for messages.
    pub fn format_type_name(&self, v: Value) -> Cow<'static, str> {
        match self.shape_of(v) {
            shape_id::INT => Cow::Borrowed("int"),
            shape_id::FLOAT => Cow::Borrowed("float"),
            shape_id::STR => Cow::Borrowed("str"),
            _ => Cow::Owned(self.type_of(v).name()),
        }
    }

    /// `format(v, spec)` for an int.
    pub fn format_int_spec(&self, v: Value, n: &Int, spec: Gc<Str>) -> PyResult {
        let limit = self.sys_state.int_max_str_digits.get();
        self.formatted(v, spec, ValueKind::Int, |parsed, name, locale, out| {
            format_spec::format_int(n, parsed, name, locale, limit, out)
        })
    }

    /// `format(v, spec)` for a float.
    pub fn format_float_spec(&self, v: Value, x: f64, spec: Gc<Str>) -> PyResult {
        self.formatted(v, spec, ValueKind::Real, |parsed, name, locale, out| {
            format_spec::format_float(x, parsed, name, locale, out)
        })
    }

    /// `format(v, spec)` for a complex number.
    pub fn format_complex_spec(&self, v: Value, c: Complex, spec: Gc<Str>) -> PyResult {
        self.formatted(v, spec, ValueKind::Real, |parsed, name, locale, out| {
            format_spec::format_complex(c, parsed, name, locale, out)
        })
    }

    /// The conventions for type code `n`: those of the C locale's `LC_NUMERIC`.
    fn locale_conventions(&self, _spec: &FormatSpec) -> &'static LocaleConventions {
        static C_LOCALE: OnceLock<LocaleConventions> = OnceLock::new();
        C_LOCALE.get_or_init(LocaleConventions::default)
    }
}
