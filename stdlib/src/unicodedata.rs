//! `unicodedata`: the Unicode database, over `adder_text::ucd`.
//!
//! The functions of the module are methods of a database object with today's data; `ucd_3_2_0` is another one.

use adder_interp::native::FromArg;
use adder_interp::native::args::ArgRef;
use adder_interp::object::header::Gc;
use adder_interp::object::str::Str;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods, pymodule};
use adder_text::ucd::normalize::{self, Form};
use adder_text::ucd::{self, names, v3_2};

/// A one-character string.
pub struct Char(u32);

impl FromArg for Char {
    fn from_arg(vm: &Vm, value: Value, at: ArgRef) -> PyResult<Char> {
        match value.downcast::<Str>() {
            Some(s) if s.len() == 1 => Ok(Char(s.char_at(0))),
            Some(s) => Err(vm.type_error(format!(
                "{}(): {} must be a unicode character, not a string of length {}",
                at.function(),
                at.display(),
                s.len()
            ))),
            None => Err(at.must_be(vm, "a unicode character", value)),
        }
    }
}

/// The result, or the default, or ValueError.
fn or_default(vm: &Vm, found: Option<Value>, default: Option<Value>, message: &str) -> PyResult {
    found.or(default).ok_or_else(|| vm.value_error(message))
}

fn form(vm: &Vm, name: Gc<Str>) -> PyResult<Form> {
    Form::from_name(&name.to_string_lossy()).ok_or_else(|| vm.value_error("invalid normalization form"))
}

#[cold]
fn undefined(vm: &Vm, name: &str) -> Raised {
    let message = vm.new_str(&format!("undefined character name '{name}'"));
    vm.key_error(message)
}

/// A character by name, in today's database also a sequence of them.
fn by_name(vm: &Vm, name: Gc<Str>, old: bool) -> PyResult {
    let text = name.to_string_lossy();
    if name.len() > 256 {
        let message = vm.new_str("name too long");
        return Err(vm.key_error(message));
    }
    let found = if old { v3_2::lookup(&text) } else { names::lookup(&text) };
    if let Some(c) = found {
        return Ok(vm.char_str(c));
    }
    match names::lookup_sequence(&text) {
        Some(sequence) if !old => Ok(vm.new_str(sequence)),
        _ => Err(undefined(vm, &text)),
    }
}

/// The database of an older version.
#[pyclass(name = "UCD", module = "unicodedata", no_constructor)]
#[derive(Trace)]
pub struct Ucd {}

#[pymethods]
impl Ucd {
    #[pygetset]
    fn unidata_version(&self, vm: &Vm) -> Value {
        vm.new_str(v3_2::VERSION)
    }
    /// Returns the bidirectional class assigned to the character chr as string.
    #[pymethod]
    fn bidirectional(&self, chr: Char) -> &'static str {
        v3_2::bidirectional(chr.0)
    }
    /// Returns the general category assigned to the character chr as string.
    #[pymethod]
    fn category(&self, chr: Char) -> &'static str {
        v3_2::category(chr.0)
    }
    /// Returns the canonical combining class assigned to the character chr as integer.
    #[pymethod]
    fn combining(&self, chr: Char) -> u8 {
        v3_2::combining(chr.0)
    }
    /// Converts a Unicode character into its equivalent decimal value.
    #[pymethod(sig = "(chr, default=<unrepresentable>, /)")]
    fn decimal(&self, vm: &Vm, chr: Char, default: Option<Value>) -> PyResult {
        or_default(vm, v3_2::decimal(chr.0).map(|n| vm.new_int(n.into())), default, "not a decimal")
    }
    /// Returns the character decomposition mapping assigned to the character chr as string.
    #[pymethod]
    fn decomposition(&self, chr: Char) -> String {
        v3_2::decomposition(chr.0)
    }
    /// Converts a Unicode character into its equivalent digit value.
    #[pymethod(sig = "(chr, default=<unrepresentable>, /)")]
    fn digit(&self, vm: &Vm, chr: Char, default: Option<Value>) -> PyResult {
        or_default(vm, v3_2::digit(chr.0).map(|n| vm.new_int(n.into())), default, "not a digit")
    }
    /// Returns the east asian width assigned to the character chr as string.
    #[pymethod]
    fn east_asian_width(&self, chr: Char) -> &'static str {
        v3_2::east_asian_width(chr.0)
    }
    /// Return whether the Unicode string unistr is in the normal form 'form'.
    #[pymethod]
    fn is_normalized(&self, vm: &Vm, form: Gc<Str>, unistr: Gc<Str>) -> PyResult<bool> {
        Ok(normalize::is_normalized_3_2(unistr.units(), self::form(vm, form)?))
    }
    /// Look up character by name.
    #[pymethod]
    fn lookup(&self, vm: &Vm, name: Gc<Str>) -> PyResult {
        by_name(vm, name, true)
    }
    /// Returns the mirrored property assigned to the character chr as integer.
    #[pymethod]
    fn mirrored(&self, chr: Char) -> u8 {
        v3_2::is_mirrored(chr.0) as u8
    }
    /// Returns the name assigned to the character chr as a string.
    #[pymethod(sig = "(chr, default=<unrepresentable>, /)")]
    fn name(&self, vm: &Vm, chr: Char, default: Option<Value>) -> PyResult {
        or_default(vm, v3_2::name(chr.0).map(|n| vm.new_str(&n)), default, "no such name")
    }
    /// Return the normal form 'form' for the Unicode string unistr.
    #[pymethod]
    fn normalize(&self, vm: &Vm, form: Gc<Str>, unistr: Gc<Str>) -> PyResult<Gc<Str>> {
        let units = unistr.as_ref().units();
        if units.is_ascii() {
            return Ok(Str::exact(unistr));
        }
        Ok(vm.str_of_buf(normalize::normalize_3_2(units, self::form(vm, form)?)))
    }
    /// Converts a Unicode character into its equivalent numeric value.
    #[pymethod(sig = "(chr, default=<unrepresentable>, /)")]
    fn numeric(&self, vm: &Vm, chr: Char, default: Option<Value>) -> PyResult {
        or_default(vm, v3_2::numeric(chr.0).map(Value::float), default, "not a numeric character")
    }
}

/// This module provides access to the Unicode Character Database which
/// defines character properties for all Unicode characters.
#[pymodule(name = "unicodedata", classes(super::Ucd))]
pub mod database {
    use super::*;

    #[pyattr]
    fn unidata_version(_vm: &Vm) -> &'static str {
        ucd::VERSION
    }
    #[pyattr]
    fn ucd_3_2_0(vm: &Vm) -> PyResult {
        let class = vm.native_type(Ucd::TYPE_DEF)?;
        Ok(vm.new_native(class, Ucd {}).value())
    }

    /// Returns the bidirectional class assigned to the character chr as string.
    #[pyfunction]
    fn bidirectional(chr: Char) -> &'static str {
        ucd::bidirectional(chr.0)
    }
    /// Returns the general category assigned to the character chr as string.
    #[pyfunction]
    fn category(chr: Char) -> &'static str {
        ucd::category(chr.0)
    }
    /// Returns the canonical combining class assigned to the character chr as integer.
    #[pyfunction]
    fn combining(chr: Char) -> u8 {
        ucd::combining(chr.0)
    }
    /// Converts a Unicode character into its equivalent decimal value.
    #[pyfunction(sig = "(chr, default=<unrepresentable>, /)")]
    fn decimal(vm: &Vm, chr: Char, default: Option<Value>) -> PyResult {
        or_default(vm, ucd::decimal(chr.0).map(|n| vm.new_int(n.into())), default, "not a decimal")
    }
    /// Returns the character decomposition mapping assigned to the character chr as string.
    #[pyfunction]
    fn decomposition(chr: Char) -> String {
        normalize::decomposition(chr.0)
    }
    /// Converts a Unicode character into its equivalent digit value.
    #[pyfunction(sig = "(chr, default=<unrepresentable>, /)")]
    fn digit(vm: &Vm, chr: Char, default: Option<Value>) -> PyResult {
        or_default(vm, ucd::digit(chr.0).map(|n| vm.new_int(n.into())), default, "not a digit")
    }
    /// Returns the east asian width assigned to the character chr as string.
    #[pyfunction]
    fn east_asian_width(chr: Char) -> &'static str {
        ucd::east_asian_width(chr.0)
    }
    /// Return whether the Unicode string unistr is in the normal form 'form'.
    #[pyfunction]
    fn is_normalized(vm: &Vm, form: Gc<Str>, unistr: Gc<Str>) -> PyResult<bool> {
        Ok(normalize::is_normalized(unistr.units(), super::form(vm, form)?))
    }
    /// Look up character by name.
    #[pyfunction]
    fn lookup(vm: &Vm, name: Gc<Str>) -> PyResult {
        by_name(vm, name, false)
    }
    /// Returns the mirrored property assigned to the character chr as integer.
    #[pyfunction]
    fn mirrored(chr: Char) -> u8 {
        ucd::is_mirrored(chr.0) as u8
    }
    /// Returns the name assigned to the character chr as a string.
    #[pyfunction(sig = "(chr, default=<unrepresentable>, /)")]
    fn name(vm: &Vm, chr: Char, default: Option<Value>) -> PyResult {
        or_default(vm, names::name(chr.0).map(|n| vm.new_str(&n)), default, "no such name")
    }
    /// Return the normal form 'form' for the Unicode string unistr.
    #[pyfunction]
    fn normalize(vm: &Vm, form: Gc<Str>, unistr: Gc<Str>) -> PyResult<Gc<Str>> {
        let form = super::form(vm, form)?;
        let made = adder_text::ucd::normalize::normalize(unistr.as_ref().units(), form);
        Ok(made.map_or_else(|| Str::exact(unistr), |units| vm.str_of_buf(units)))
    }
    /// Converts a Unicode character into its equivalent numeric value.
    #[pyfunction(sig = "(chr, default=<unrepresentable>, /)")]
    fn numeric(vm: &Vm, chr: Char, default: Option<Value>) -> PyResult {
        or_default(vm, ucd::numeric(chr.0).map(Value::float), default, "not a numeric character")
    }
}
