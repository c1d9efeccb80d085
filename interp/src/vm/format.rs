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
use std::sync::OnceLock;

/// Collects formatted text.
struct Text(StrBuilder);

impl Sink for Text {
    fn push(&mut self, code_point: u32) {
        self.0.push(code_point);
    }
    fn push_str(&mut self, text: &str) {
        self.0.push_str(text);
    }
    fn repeat(&mut self, code_point: u32, count: usize) {
        self.0.push_repeated(code_point, count);
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
        let mut short = [0; 16];
        let long: Vec<u32>;
        let points = if spec.len() <= short.len() {
            spec.as_ref().chars().zip(&mut short).for_each(|(c, to)| *to = c);
            &short[..spec.len()]
        } else {
            long = spec.as_ref().chars().collect();
            &long
        };
        let name = match self.shape_of(v) {
            shape_id::INT => Cow::Borrowed("int"),
            shape_id::FLOAT => Cow::Borrowed("float"),
            _ => Cow::Owned(self.type_of(v).name()),
        };
        let mut text = Text(StrBuilder::with_capacity(32));
        FormatSpec::parse(points, kind, &name)
            .and_then(|parsed| write(&parsed, &name, self.locale_conventions(&parsed), &mut text))
            .map_err(|e| self.numeric_error(e))?;
        Ok(Str::from_units(&self.heap, text.0.finish().as_units()).value())
    }

    /// `format(v, spec)` for an int.
    pub fn format_int_spec(&self, v: Value, n: &Int, spec: Gc<Str>) -> PyResult {
        let limit = self.int_max_str_digits.get();
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
