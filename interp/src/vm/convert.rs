//! Between Python and Rust: constructors of values, numbers and text out of values.

use super::Vm;
use super::special::Special;
use crate::heap::GcVec;
use crate::object::bytes::Bytes;
use crate::object::dict::Dict;
use crate::object::float::as_float;
use crate::object::header::Gc;
use crate::object::int::{IntRef, as_int, from_i64, from_int};
use crate::object::list::List;
use crate::object::str::Str;
use crate::object::tuple::Tuple;
use crate::value::{PyResult, Value};
use adder_numeric::{Int, int_float};

impl Vm {
    #[inline]
    pub fn none(&self) -> Value {
        Value::none()
    }
    #[inline]
    pub fn new_int(&self, i: i64) -> Value {
        from_i64(&self.heap, i)
    }
    pub fn new_uint(&self, u: u64) -> Value {
        match i64::try_from(u) {
            Ok(i) => self.new_int(i),
            Err(_) => from_int(&self.heap, Int::from_i128(u as i128)),
        }
    }
    pub fn new_int_from(&self, n: Int) -> Value {
        from_int(&self.heap, n)
    }
    pub fn new_str(&self, s: &str) -> Value {
        self.str_from(s).value()
    }
    /// A str object from UTF-8 text.
    pub fn str_from(&self, s: &str) -> Gc<Str> {
        if s.is_empty() { self.empty_str } else { Str::from_utf8(&self.heap, s) }
    }
    /// The shared string of a character of Latin-1, all of which exist once the interpreter has started.
    #[inline(always)]
    pub fn latin1_str(&self, c: u8) -> Option<Value> {
        self.latin1.get(c as usize).map(|s| s.value())
    }
    /// Where the shared strings lie, for machine code.
    pub fn latin1_table(&self) -> usize {
        self.latin1.as_ptr() as usize
    }
    /// The one-character string of a code point; shared for Latin-1.
    #[inline]
    pub fn char_str(&self, c: u32) -> Value {
        match self.latin1.get(c as usize) {
            Some(s) => s.value(),
            None => Str::from_char(&self.heap, c).value(),
        }
    }
    pub fn new_bytes(&self, b: &[u8]) -> Value {
        Bytes::new(&self.heap, b).value()
    }
    pub fn new_tuple(&self, items: &[Value]) -> Value {
        if items.is_empty() { self.empty_tuple.value() } else { Tuple::new(&self.heap, items).value() }
    }
    pub fn new_list(&self, items: &[Value]) -> Value {
        List::from_slice(&self.heap, items).value()
    }
    pub fn list_from(&self, items: GcVec) -> Value {
        List::from_vec(&self.heap, items).value()
    }
    pub fn new_dict(&self) -> Gc<Dict> {
        Dict::new(&self.heap)
    }
    pub fn vec(&self) -> GcVec {
        GcVec::new()
    }

    /// `operator.index(v)`.
    pub fn index(&self, v: Value) -> PyResult<IntRef> {
        if let Some(i) = as_int(v) {
            return Ok(i);
        }
        match self.call_special(v, Special::Index, &[])? {
            None => Err(self.type_error(format!(
                "'{}' object cannot be interpreted as an integer",
                self.type_of(v).name()
            ))),
            Some(result) => as_int(result).ok_or_else(|| {
                self.type_error(format!("__index__ returned non-int (type {})", self.type_of(result).name()))
            }),
        }
    }
    /// `operator.index(v)` as an `i64`, OverflowError outside.
    pub fn index_i64(&self, v: Value) -> PyResult<i64> {
        let i = self.index(v)?;
        i.to_i64().ok_or_else(|| self.overflow_error("Python int too large to convert to C long"))
    }
    /// An index for subscripts: IndexError when it does not fit.
    pub fn index_for_subscript(&self, v: Value) -> PyResult<i64> {
        let i = self.index(v)?;
        i.to_i64().ok_or_else(|| {
            self.index_error(format!("cannot fit '{}' into an index-sized integer", self.type_of(v).name()))
        })
    }

    /// `float(v)` for a number.
    pub fn to_f64(&self, v: Value) -> PyResult<f64> {
        if let Some(f) = as_float(v) {
            return Ok(f);
        }
        if let Some(i) = as_int(v) {
            return int_float::to_f64(&i).map_err(|e| self.numeric_error(e));
        }
        if let Some(result) = self.call_special(v, Special::Float, &[])? {
            return as_float(result).ok_or_else(|| {
                self.type_error(format!(
                    "{}.__float__ returned non-float (type {})",
                    self.type_of(v).name(),
                    self.type_of(result).name()
                ))
            });
        }
        if self.special_of(v, Special::Index).is_some() {
            let i = self.index(v)?;
            return int_float::to_f64(&i).map_err(|e| self.numeric_error(e));
        }
        Err(self.type_error(format!("must be real number, not {}", self.type_of(v).name())))
    }

    /// `repr(v)`.
    pub fn repr(&self, v: Value) -> PyResult<Gc<Str>> {
        if let Some(i) = v.as_small_int() {
            return Ok(self.decimal_str(i));
        }
        self.check_native_stack(" while getting the repr of an object")?;
        let result = self.call_special(v, Special::Repr, &[])?.expect("object has __repr__");
        result.downcast::<Str>().ok_or_else(|| {
            self.type_error(format!("__repr__ returned non-string (type {})", self.type_of(result).name()))
        })
    }
    /// `str(v)`.
    pub fn str_of(&self, v: Value) -> PyResult<Gc<Str>> {
        if v.header().is_some_and(|h| h.shape() == crate::object::shape::shape_id::STR) {
            return Ok(v.downcast::<Str>().expect("shape"));
        }
        if let Some(i) = v.as_small_int() {
            return Ok(self.decimal_str(i));
        }
        if v.is_float() {
            return self.repr(v);
        }
        self.check_native_stack(" while getting the str of an object")?;
        let result = self.call_special(v, Special::Str, &[])?.expect("object has __str__");
        result.downcast::<Str>().ok_or_else(|| {
            self.type_error(format!("__str__ returned non-string (type {})", self.type_of(result).name()))
        })
    }
    /// The decimal digits of an int, with its sign.
    pub fn decimal_str(&self, i: i64) -> Gc<Str> {
        let mut digits = [0u8; 20];
        let mut at = digits.len();
        let mut rest = i.unsigned_abs();
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if i < 0 {
            at -= 1;
            digits[at] = b'-';
        }
        match digits[at..] {
            [digit] => self.char_str_object(digit as u32),
            ref text => Str::from_unit_bytes(&self.heap, text, 1, true),
        }
    }
    /// `repr(v)` as Rust text, lone surrogates replaced.
    pub fn repr_text(&self, v: Value) -> PyResult<String> {
        Ok(self.repr(v)?.to_string_lossy().into_owned())
    }
    /// `str(v)` as Rust text, lone surrogates replaced.
    pub fn str_text(&self, v: Value) -> PyResult<String> {
        Ok(self.str_of(v)?.to_string_lossy().into_owned())
    }
    /// `format(v, spec)`.
    pub fn format(&self, v: Value, spec: Value) -> PyResult {
        if v.header().is_some_and(|h| h.shape() == crate::object::shape::shape_id::STR)
            && spec.downcast::<Str>().is_some_and(|s| s.is_empty())
        {
            return Ok(v);
        }
        if let Some(spec) = spec.downcast::<Str>()
            && !v.is_pointer()
        {
            if spec.is_empty() {
                return self.str_of(v).map(Gc::value);
            }
            if let Some(i) = v.as_small_int() {
                return self.format_int_spec(v, &Int::Small(i), spec);
            }
            if let Some(x) = v.as_float() {
                return self.format_float_spec(v, x, spec);
            }
        }
        let result = self.call_special(v, Special::Format, &[spec])?.expect("object has __format__");
        if !result.is::<Str>() {
            return Err(
                self.type_error(format!("__format__ must return a str, not {}", self.type_of(result).name()))
            );
        }
        Ok(result)
    }

    /// Runs `f` while `v` is marked as being printed; `None` when it already is (a recursive structure).
    pub fn enter_repr<T>(&self, v: Value, f: impl FnOnce() -> PyResult<T>) -> PyResult<Option<T>> {
        if self.repr_stack.borrow().contains(&v) {
            return Ok(None);
        }
        self.repr_stack.borrow_mut().push(v);
        let result = f();
        self.repr_stack.borrow_mut().pop();
        result.map(Some)
    }
}
