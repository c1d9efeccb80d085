//! `make_scanner`: parses JSON by recursive descent, over the units of the text.

use super::decode_error;
use super::text::scan_units;
use adder_interp::native::Args;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::list::List;
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use adder_numeric::float_parse;
use adder_text::units::Unit;
use adder_text::with_units;

/// See the module documentation. `None` in a hook means that the default applies.
#[pyclass(name = "Scanner", module = "_json", doc = "JSON scanner object", subclassable)]
#[derive(Trace)]
pub struct Scanner {
    strict: bool,
    object_hook: Value,
    object_pairs_hook: Value,
    parse_float: Value,
    parse_int: Value,
    parse_constant: Value,
}

#[pymethods]
impl Scanner {
    #[pynew(sig = "(context)")]
    fn new(cls: Gc<Type>, vm: &Vm, context: Value) -> PyResult<Gc<Native<Scanner>>> {
        let strict = vm.getattr_str(context, "strict")?;
        let scanner = Scanner {
            strict: vm.truthy(strict)?,
            object_hook: vm.getattr_str(context, "object_hook")?,
            object_pairs_hook: vm.getattr_str(context, "object_pairs_hook")?,
            parse_float: vm.getattr_str(context, "parse_float")?,
            parse_int: vm.getattr_str(context, "parse_int")?,
            parse_constant: vm.getattr_str(context, "parse_constant")?,
        };
        Ok(vm.new_native(cls, scanner))
    }

    /// Parse the value at position idx of string; return it and the position after it.
    #[pymethod(sig = "(string, idx)")]
    fn __call__(&self, vm: &Vm, args: Args<'_>) -> PyResult<(Value, usize)> {
        let string = args.positional_values().first().copied().or_else(|| args.keyword("string"));
        let idx = args.positional_values().get(1).copied().or_else(|| args.keyword("idx"));
        let (Some(string), Some(idx)) = (string, idx) else {
            return Err(vm.type_error(match string {
                None => "scan_once() missing required argument 'string' (pos 1)",
                Some(_) => "scan_once() missing required argument 'idx' (pos 2)",
            }));
        };
        let text = super::string_argument(vm, string)?;
        let idx = vm.index_i64(idx)?;
        let Ok(idx) = usize::try_from(idx) else { return Err(vm.value_error("idx cannot be negative")) };
        with_units!(text.as_ref().units(), units => {
            Parser { vm, hooks: self, text, units, keys: vm.new_dict() }.value(idx)
        })
    }

    #[pygetset]
    fn strict(&self) -> bool {
        self.strict
    }
    #[pygetset]
    fn object_hook(&self) -> Value {
        self.object_hook
    }
    #[pygetset]
    fn object_pairs_hook(&self) -> Value {
        self.object_pairs_hook
    }
    #[pygetset]
    fn parse_float(&self) -> Value {
        self.parse_float
    }
    #[pygetset]
    fn parse_int(&self) -> Value {
        self.parse_int
    }
    #[pygetset]
    fn parse_constant(&self) -> Value {
        self.parse_constant
    }
}

struct Parser<'a, T> {
    vm: &'a Vm,
    hooks: &'a Scanner,
    text: Gc<Str>,
    units: &'a [T],
    /// Keys seen, so that equal ones are one object.
    keys: Gc<Dict>,
}

impl<T: Unit> Parser<'_, T> {
    fn at(&self, position: usize) -> Option<u8> {
        let c: u32 = (*self.units.get(position)?).into();
        // Everything beyond ASCII is equally wrong.
        Some(if c < 0x80 { c as u8 } else { 0xFF })
    }

    fn has(&self, position: usize, word: &[u8]) -> bool {
        self.units.len() - position >= word.len()
            && self.units[position..].iter().zip(word).all(|(&unit, &c)| unit.into() == u32::from(c))
    }

    fn skip_space(&self, mut position: usize) -> usize {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.at(position) {
            position += 1;
        }
        position
    }

    fn error(&self, message: &str, position: usize) -> Raised {
        decode_error(self.vm, message, self.text, position)
    }

    /// There is no value at `position`.
    #[cold]
    fn no_value(&self, position: usize) -> Raised {
        self.vm.stop_iteration(Some(self.vm.new_int(position as i64)))
    }

    /// The value at `position` and where it ends.
    fn value(&self, position: usize) -> PyResult<(Value, usize)> {
        let Some(c) = self.at(position) else { return Err(self.no_value(position)) };
        match c {
            b'"' => scan_units(self.vm, self.text, self.units, position + 1, self.hooks.strict),
            b'{' => {
                self.vm.check_native_stack(" while decoding a JSON object from a unicode string")?;
                self.object(position + 1)
            }
            b'[' => {
                self.vm.check_native_stack(" while decoding a JSON array from a unicode string")?;
                self.array(position + 1)
            }
            b'n' if self.has(position, b"null") => Ok((Value::none(), position + 4)),
            b't' if self.has(position, b"true") => Ok((Value::bool(true), position + 4)),
            b'f' if self.has(position, b"false") => Ok((Value::bool(false), position + 5)),
            b'N' if self.has(position, b"NaN") => self.constant(position, "NaN"),
            b'I' if self.has(position, b"Infinity") => self.constant(position, "Infinity"),
            b'-' if self.has(position, b"-Infinity") => self.constant(position, "-Infinity"),
            _ => self.number(position),
        }
    }

    fn constant(&self, position: usize, name: &str) -> PyResult<(Value, usize)> {
        let value = self.vm.call(self.hooks.parse_constant, &[self.vm.new_str(name)])?;
        Ok((value, position + name.len()))
    }

    fn object(&self, start: usize) -> PyResult<(Value, usize)> {
        let (vm, hooks) = (self.vm, self.hooks);
        let pairs = (!hooks.object_pairs_hook.is_none()).then(|| List::new(&vm.heap));
        let dict = vm.new_dict();
        let mut at = self.skip_space(start);
        if self.at(at) != Some(b'}') {
            loop {
                if self.at(at) != Some(b'"') {
                    return Err(self.error("Expecting property name enclosed in double quotes", at));
                }
                let (key, next) = scan_units(vm, self.text, self.units, at + 1, hooks.strict)?;
                let key = self.keys.get_or_insert(vm, key, key)?;
                at = self.skip_space(next);
                if self.at(at) != Some(b':') {
                    return Err(self.error("Expecting ':' delimiter", at));
                }
                let (value, next) = self.value(self.skip_space(at + 1))?;
                match pairs {
                    Some(pairs) => pairs.push(&vm.heap, vm.new_tuple(&[key, value])),
                    None => dict.insert(vm, key, value)?,
                }
                at = self.skip_space(next);
                match self.at(at) {
                    Some(b'}') => break,
                    Some(b',') => {}
                    _ => return Err(self.error("Expecting ',' delimiter", at)),
                }
                let comma = at;
                at = self.skip_space(at + 1);
                if self.at(at) == Some(b'}') {
                    return Err(self.error("Illegal trailing comma before end of object", comma));
                }
            }
        }
        let result = match pairs {
            Some(pairs) => vm.call(hooks.object_pairs_hook, &[pairs.value()])?,
            None if !hooks.object_hook.is_none() => vm.call(hooks.object_hook, &[dict.value()])?,
            None => dict.value(),
        };
        Ok((result, at + 1))
    }

    fn array(&self, start: usize) -> PyResult<(Value, usize)> {
        let list = List::new(&self.vm.heap);
        let mut at = self.skip_space(start);
        if self.at(at) != Some(b']') {
            loop {
                let (value, next) = self.value(at)?;
                list.push(&self.vm.heap, value);
                at = self.skip_space(next);
                match self.at(at) {
                    Some(b']') => break,
                    Some(b',') => {}
                    _ => return Err(self.error("Expecting ',' delimiter", at)),
                }
                let comma = at;
                at = self.skip_space(at + 1);
                if self.at(at) == Some(b']') {
                    return Err(self.error("Illegal trailing comma before end of array", comma));
                }
            }
        }
        Ok((list.value(), at + 1))
    }

    /// Where the digits that start at `position` end.
    fn digits_end(&self, mut position: usize) -> usize {
        while let Some(b'0'..=b'9') = self.at(position) {
            position += 1;
        }
        position
    }

    fn number(&self, start: usize) -> PyResult<(Value, usize)> {
        let digits = start + usize::from(self.at(start) == Some(b'-'));
        let mut end = match self.at(digits) {
            Some(b'0') => digits + 1,
            Some(b'1'..=b'9') => self.digits_end(digits + 1),
            _ => return Err(self.no_value(start)),
        };
        let mut is_float = false;
        if self.at(end) == Some(b'.')
            && let fraction = self.digits_end(end + 1)
            && fraction > end + 1
        {
            is_float = true;
            end = fraction;
        }
        if let Some(b'e' | b'E') = self.at(end) {
            let sign = usize::from(matches!(self.at(end + 1), Some(b'+' | b'-')));
            let exponent = self.digits_end(end + 1 + sign);
            if exponent > end + 1 + sign {
                is_float = true;
                end = exponent;
            }
        }
        Ok((self.convert_number(start..end, is_float)?, end))
    }

    fn convert_number(&self, range: std::ops::Range<usize>, is_float: bool) -> PyResult {
        let vm = self.vm;
        let units = &self.units[range];
        let hook = if is_float { self.hooks.parse_float } else { self.hooks.parse_int };
        let plain = if is_float { vm.types.float } else { vm.types.int };
        if hook == plain.value() && !is_float && units.len() <= 18 {
            let negative = units[0].into() == u32::from(b'-');
            let magnitude = units[usize::from(negative)..]
                .iter()
                .fold(0i64, |n, &unit| n * 10 + i64::from(unit.into() & 0xF));
            return Ok(vm.new_int(if negative { -magnitude } else { magnitude }));
        }
        let ascii: Vec<u8> = units.iter().map(|&unit| unit.into() as u8).collect();
        if hook == plain.value()
            && is_float
            && let Some(x) = float_parse::parse_ascii(&ascii)
        {
            return Ok(Value::float(x));
        }
        let text = Str::from_unit_bytes(&vm.heap, &ascii, 1, true);
        if hook == plain.value() && !is_float {
            return Ok(vm.new_int_from(vm.parse_int(text, 10, text.value())?));
        }
        vm.call(hook, &[text.value()])
    }
}
