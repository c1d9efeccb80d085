//! `make_encoder`: prints objects as JSON.

use super::json::MODULE;
use super::text::{quote, quote_ascii};
use crate::support::{add_note, str_from_buf};
use adder_interp::heap::GcVec;
use adder_interp::native::Args;
use adder_interp::object::dict::Dict;
use adder_interp::object::float::as_float;
use adder_interp::object::function::NativeFunction;
use adder_interp::object::header::Gc;
use adder_interp::object::int::as_int;
use adder_interp::object::list::List;
use adder_interp::object::native::Native;
use adder_interp::object::shape::shape_id;
use adder_interp::object::str::Str;
use adder_interp::object::tuple::Tuple;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use adder_numeric::{float_repr, int_str};
use adder_text::units::StrBuilder;

/// How strings are printed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quoting {
    Ascii,
    Minimal,
    /// By calling the encoder.
    Custom,
}

/// See the module documentation.
#[pyclass(
    name = "Encoder",
    module = "_json",
    doc = "Encoder(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)",
    subclassable
)]
#[derive(Trace)]
pub struct Encoder {
    /// Containers that are being printed, by identity; None if cycles are not looked for.
    markers: Option<Gc<Dict>>,
    default: Value,
    encoder: Value,
    indent: Value,
    key_separator: Gc<Str>,
    item_separator: Gc<Str>,
    sort_keys: bool,
    skipkeys: bool,
    allow_nan: bool,
    #[trace(skip)]
    quoting: Quoting,
}

#[pymethods]
impl Encoder {
    #[pynew(
        sig = "(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)"
    )]
    #[allow(clippy::too_many_arguments, reason = "the signature is Python's")]
    fn new(
        cls: Gc<Type>,
        vm: &Vm,
        markers: Value,
        default: Value,
        encoder: Value,
        indent: Value,
        key_separator: Gc<Str>,
        item_separator: Gc<Str>,
        sort_keys: bool,
        skipkeys: bool,
        allow_nan: bool,
    ) -> PyResult<Gc<Native<Encoder>>> {
        let markers = match markers.downcast::<Dict>() {
            None if !markers.is_none() => {
                let given = vm.type_of(markers).name();
                return Err(
                    vm.type_error(format!("make_encoder() argument 1 must be dict or None, not {given}"))
                );
            }
            markers => markers,
        };
        let quoting = quoting_of(encoder);
        let encoder = Encoder {
            markers,
            default,
            encoder,
            indent,
            key_separator,
            item_separator,
            sort_keys,
            skipkeys,
            allow_nan,
            quoting,
        };
        Ok(vm.new_native(cls, encoder))
    }

    /// Return the JSON text of obj as a tuple of strings.
    #[pymethod(sig = "(obj, _current_indent_level)")]
    fn __call__(&self, vm: &Vm, args: Args<'_>) -> PyResult {
        let values = args.positional_values();
        let object = values.first().copied().or_else(|| args.keyword("obj"));
        let level = values.get(1).copied().or_else(|| args.keyword("_current_indent_level"));
        let (Some(object), Some(level)) = (object, level) else {
            return Err(vm.type_error(match object {
                None => "_iterencode() missing required argument 'obj' (pos 1)",
                Some(_) => "_iterencode() missing required argument '_current_indent_level' (pos 2)",
            }));
        };
        let level = usize::try_from(vm.index_i64(level)?).unwrap_or(0);
        let indent = match self.indent.downcast::<Str>() {
            Some(indent) => Some(indent),
            None if self.indent.is_none() => None,
            None => {
                let given = vm.type_of(self.indent).name();
                return Err(
                    vm.type_error(format!("make_encoder() argument 4 must be str or None, not {given}"))
                );
            }
        };
        let mut printer = Printer { vm, options: self, indent, out: StrBuilder::new(), level };
        printer.value(object)?;
        let text = str_from_buf(vm, printer.out.finish());
        Ok(vm.new_tuple(&[text]))
    }

    #[pygetset]
    fn markers(&self) -> Option<Gc<Dict>> {
        self.markers
    }
    #[pygetset]
    fn default(&self) -> Value {
        self.default
    }
    #[pygetset]
    fn encoder(&self) -> Value {
        self.encoder
    }
    #[pygetset]
    fn indent(&self) -> Value {
        self.indent
    }
    #[pygetset]
    fn key_separator(&self) -> Gc<Str> {
        self.key_separator
    }
    #[pygetset]
    fn item_separator(&self) -> Gc<Str> {
        self.item_separator
    }
    #[pygetset]
    fn sort_keys(&self) -> bool {
        self.sort_keys
    }
    #[pygetset]
    fn skipkeys(&self) -> bool {
        self.skipkeys
    }
}

/// Recognises this module's own functions as encoders.
fn quoting_of(encoder: Value) -> Quoting {
    let Some(def) = encoder.downcast::<NativeFunction>().and_then(|f| f.def()) else {
        return Quoting::Custom;
    };
    match def.name {
        _ if !MODULE.functions.iter().any(|own| std::ptr::eq(own, def)) => Quoting::Custom,
        "encode_basestring_ascii" => Quoting::Ascii,
        "encode_basestring" => Quoting::Minimal,
        _ => Quoting::Custom,
    }
}

struct Printer<'a> {
    vm: &'a Vm,
    options: &'a Encoder,
    indent: Option<Gc<Str>>,
    out: StrBuilder,
    level: usize,
}

impl Printer<'_> {
    fn value(&mut self, v: Value) -> PyResult<()> {
        if let Some(text) = v.downcast::<Str>() {
            return self.string(text);
        }
        if let Some(b) = v.as_bool() {
            self.out.push_ascii(if b { b"true" } else { b"false" });
            return Ok(());
        }
        if v.is_none() {
            self.out.push_ascii(b"null");
            return Ok(());
        }
        if let Some(i) = v.as_small_int() {
            let mut digits = String::new();
            int_str::i64_into(i, &mut digits);
            self.out.push_ascii(digits.as_bytes());
            return Ok(());
        }
        if let Some(text) = self.number(v)? {
            self.out.push_ascii(text.as_bytes());
            return Ok(());
        }
        self.vm.check_native_stack(" while encoding a JSON object")?;
        if v.is::<List>() || v.is::<Tuple>() {
            return self.list(v);
        }
        if let Some(dict) = v.downcast::<Dict>() {
            return self.dict(dict);
        }
        self.other(v)
    }

    /// The text of a float or a large int.
    fn number(&self, v: Value) -> PyResult<Option<String>> {
        if let Some(x) = as_float(v) {
            return self.float(v, x).map(Some);
        }
        match as_int(v) {
            Some(n) => self.vm.int_text(&n).map(Some),
            None => Ok(None),
        }
    }

    fn float(&self, v: Value, x: f64) -> PyResult<String> {
        if x.is_finite() {
            return Ok(float_repr::repr(x));
        }
        if !self.options.allow_nan {
            let shown = self.vm.repr_text(v)?;
            let message = format!("Out of range float values are not JSON compliant: {shown}");
            return Err(self.vm.value_error(message));
        }
        Ok(match x {
            _ if x.is_nan() => "NaN",
            _ if x > 0.0 => "Infinity",
            _ => "-Infinity",
        }
        .to_owned())
    }

    fn string(&mut self, text: Gc<Str>) -> PyResult<()> {
        match self.options.quoting {
            Quoting::Ascii => quote_ascii(text.units(), &mut self.out),
            Quoting::Minimal => quote(text.units(), &mut self.out),
            Quoting::Custom => {
                let literal = self.vm.call(self.options.encoder, &[text.value()])?;
                let Some(literal) = literal.downcast::<Str>() else {
                    let given = self.vm.type_of(literal).name();
                    return Err(self.vm.type_error(format!("encoder() must return a string, not {given}")));
                };
                self.out.push_units(literal.units());
            }
        }
        Ok(())
    }

    /// Notes that `v` is being printed; returns its mark.
    fn enter(&self, v: Value) -> PyResult<Option<Value>> {
        let Some(markers) = self.options.markers else { return Ok(None) };
        let mark = self.vm.new_int(v.bits() as i64);
        if markers.contains(self.vm, mark)? {
            return Err(self.vm.value_error("Circular reference detected"));
        }
        markers.insert(self.vm, mark, v)?;
        Ok(Some(mark))
    }

    fn leave(&self, mark: Option<Value>) -> PyResult<()> {
        if let (Some(markers), Some(mark)) = (self.options.markers, mark) {
            markers.remove(self.vm, mark)?;
        }
        Ok(())
    }

    /// A line break and the indentation of the level, if there is any.
    fn new_line(&mut self) {
        if let Some(indent) = self.indent {
            self.out.push_ascii(b"\n");
            for _ in 0..self.level {
                self.out.push_units(indent.units());
            }
        }
    }

    fn separator(&mut self, first: bool) {
        if !first {
            self.out.push_units(self.options.item_separator.units());
        }
        self.new_line();
    }

    fn list(&mut self, v: Value) -> PyResult<()> {
        if item_of(v, 0).is_none() {
            self.out.push_ascii(b"[]");
            return Ok(());
        }
        let mark = self.enter(v)?;
        self.out.push_ascii(b"[");
        self.level += 1;
        let mut i = 0;
        while let Some(item) = item_of(v, i) {
            self.separator(i == 0);
            if let Err(Raised) = self.value(item) {
                let class = self.vm.type_of(v).qualified_name();
                return Err(add_note(self.vm, &format!("when serializing {class} item {i}")));
            }
            i += 1;
        }
        self.level -= 1;
        self.new_line();
        self.out.push_ascii(b"]");
        self.leave(mark)
    }

    fn dict(&mut self, dict: Gc<Dict>) -> PyResult<()> {
        if dict.is_empty() {
            self.out.push_ascii(b"{}");
            return Ok(());
        }
        let mark = self.enter(dict.value())?;
        self.out.push_ascii(b"{");
        self.level += 1;
        let mut first = true;
        let exact = dict.header().shape() == shape_id::DICT;
        if self.options.sort_keys || !exact {
            let items = self.items(dict)?;
            for &item in items.iter() {
                let Some(&[key, value]) = item.downcast::<Tuple>().map(|t| t.as_ref()).map(|t| &t[..]) else {
                    return Err(self.vm.value_error("items must return 2-tuples"));
                };
                self.item(dict, key, value, &mut first)?;
            }
        } else {
            let mut at = 0;
            while let Some((i, key, value)) = dict.next_entry(at) {
                self.item(dict, key, value, &mut first)?;
                at = i + 1;
            }
        }
        self.level -= 1;
        self.new_line();
        self.out.push_ascii(b"}");
        self.leave(mark)
    }

    /// What `items()` of a mapping yields, sorted if wanted.
    fn items(&self, dict: Gc<Dict>) -> PyResult<GcVec> {
        let items = self.vm.call_method(dict.value(), "items", &[])?;
        let items = self.vm.collect(items)?;
        if !self.options.sort_keys {
            return Ok(items);
        }
        let list = self.vm.list_from(items);
        self.vm.call_method(list, "sort", &[])?;
        self.vm.collect(list)
    }

    fn item(&mut self, dict: Gc<Dict>, key: Value, value: Value, first: &mut bool) -> PyResult<()> {
        let text = if let Some(text) = key.downcast::<Str>() {
            text
        } else if let Some(b) = key.as_bool() {
            self.vm.str_from(if b { "true" } else { "false" })
        } else if key.is_none() {
            self.vm.str_from("null")
        } else if let Some(text) = self.number(key)? {
            self.vm.str_from(&text)
        } else if self.options.skipkeys {
            return Ok(());
        } else {
            let given = self.vm.type_of(key).name();
            return Err(self
                .vm
                .type_error(format!("keys must be str, int, float, bool or None, not {given}")));
        };
        self.separator(*first);
        *first = false;
        self.string(text)?;
        self.out.push_units(self.options.key_separator.units());
        if let Err(Raised) = self.value(value) {
            let note = |vm: &Vm| -> PyResult<String> {
                let class = vm.type_of(dict.value()).qualified_name();
                Ok(format!("when serializing {class} item {}", vm.repr_text(key)?))
            };
            let error = self.vm.take_pending();
            let text = note(self.vm)?;
            if let Some(error) = error {
                self.vm.set_pending(error);
            }
            return Err(add_note(self.vm, &text));
        }
        Ok(())
    }

    /// Anything else, by way of `default`.
    fn other(&mut self, v: Value) -> PyResult<()> {
        let mark = self.enter(v)?;
        let replaced = self.vm.call(self.options.default, &[v])?;
        if let Err(Raised) = self.value(replaced) {
            let class = self.vm.type_of(v).qualified_name();
            return Err(add_note(self.vm, &format!("when serializing {class} object")));
        }
        self.leave(mark)
    }
}

/// Item `i` of a list or tuple, as long as there is one.
fn item_of(v: Value, i: usize) -> Option<Value> {
    match v.downcast::<List>() {
        Some(list) => list.get(i),
        None => v.downcast::<Tuple>()?.get(i).copied(),
    }
}
