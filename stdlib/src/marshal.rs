//! `marshal`: Python's values as bytes, and our code objects in the form of `adder_bytecode::image`.
//!
//! The format is CPython's (version 5) except for code. Objects that may occur twice are numbered when written, so that
//! identity and sharing survive.

use adder_bytecode::image::{decode_unit, encode_unit};
use adder_interp::heap::GcVec;
use adder_interp::object::bytes::Bytes;
use adder_interp::object::code::Code;
use adder_interp::object::complex::Complex;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::{Gc, Header};
use adder_interp::object::int::{as_exact_int, from_bigint};
use adder_interp::object::list::List;
use adder_interp::object::set::Set;
use adder_interp::object::shape::shape_id;
use adder_interp::object::slice::Slice;
use adder_interp::object::str::Str;
use adder_interp::object::tuple::Tuple;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::pymodule;
use num_bigint::{BigInt, Sign};
use std::collections::HashMap;

const VERSION: i32 = 5;
/// Set on the type byte of an object that gets a number.
const NUMBERED: u8 = 0x80;
const MAX_DEPTH: u32 = 2000;

/// This module contains functions that can read and write Python values in
/// a binary format. The format is specific to Python, but independent of
/// machine architecture issues.
#[pymodule(name = "marshal")]
pub mod marshal {
    use super::*;

    #[pyattr(name = "version")]
    const FORMAT: i64 = VERSION as i64;

    /// Write the value on the open file.
    #[pyfunction(sig = "(value, file, version=5, /, *, allow_code=True)")]
    fn dump(vm: &Vm, value: Value, file: Value, version: i32, allow_code: bool) -> PyResult {
        let data = vm.new_bytes(&write(vm, value, version, allow_code)?);
        vm.call_method(file, "write", &[data])
    }

    /// Return the bytes object that would be written to a file by dump(value, file).
    #[pyfunction(sig = "(value, version=5, /, *, allow_code=True)")]
    fn dumps(vm: &Vm, value: Value, version: i32, allow_code: bool) -> PyResult {
        Ok(vm.new_bytes(&write(vm, value, version, allow_code)?))
    }

    /// Read one value from the open file and return it.
    #[pyfunction(sig = "(file, /, *, allow_code=True)")]
    fn load(vm: &Vm, file: Value, allow_code: bool) -> PyResult {
        let probe = vm.call_method(file, "read", &[Value::small_int(0)])?;
        if !probe.is::<Bytes>() {
            let given = vm.type_of(probe).name();
            return Err(vm.type_error(format!("file.read() returned not bytes but {given}")));
        }
        let mut reader = Reader::new(vm, Input::File(file), allow_code);
        reader.top_level()
    }

    /// Convert the bytes-like object to a value.
    #[pyfunction(sig = "(bytes, /, *, allow_code=True)")]
    fn loads(vm: &Vm, bytes: Value, allow_code: bool) -> PyResult {
        let data = match bytes.downcast::<Bytes>() {
            Some(bytes) => bytes,
            None => {
                let copy = vm.call(vm.types.bytes.value(), &[bytes])?;
                copy.downcast().expect("bytes() makes bytes")
            }
        };
        Reader::new(vm, Input::Bytes(data, 0), allow_code).top_level()
    }
}

fn write(vm: &Vm, value: Value, version: i32, allow_code: bool) -> PyResult<Vec<u8>> {
    let mut writer = Writer { vm, out: Vec::new(), numbers: HashMap::new(), version, allow_code, depth: 0 };
    writer.value(value)?;
    Ok(writer.out)
}

struct Writer<'v> {
    vm: &'v Vm,
    out: Vec<u8>,
    /// Numbers of objects written, by identity. They stay alive: the root holds them.
    numbers: HashMap<u64, u32>,
    version: i32,
    allow_code: bool,
    depth: u32,
}

impl Writer<'_> {
    fn long(&mut self, n: usize) {
        self.out.extend_from_slice(&(n as u32).to_le_bytes());
    }

    fn sized(&mut self, bytes: &[u8]) {
        self.long(bytes.len());
        self.out.extend_from_slice(bytes);
    }

    fn value(&mut self, v: Value) -> PyResult<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.vm.value_error("object too deeply nested to marshal"));
        }
        let result = self.any(v);
        self.depth -= 1;
        result
    }

    fn any(&mut self, v: Value) -> PyResult<()> {
        if v.is_none() {
            self.out.push(b'N');
        } else if let Some(b) = v.as_bool() {
            self.out.push(if b { b'T' } else { b'F' });
        } else if v == Value::ellipsis() {
            self.out.push(b'.');
        } else if v == self.vm.exceptions.stop_iteration.value() {
            self.out.push(b'S');
        } else if let Some(x) = v.as_float() {
            self.out.push(b'g');
            self.out.extend_from_slice(&x.to_le_bytes());
        } else if let Some(i) = as_exact_int(v) {
            self.int(&i.to_int());
        } else {
            return self.object(v);
        }
        Ok(())
    }

    fn int(&mut self, n: &adder_numeric::Int) {
        if let Some(small) = n.to_i64().and_then(|i| i32::try_from(i).ok()) {
            self.out.push(b'i');
            self.out.extend_from_slice(&small.to_le_bytes());
            return;
        }
        // Digits of 15 bits.
        let big = n.to_big().into_owned();
        let mut magnitude = big.magnitude().clone();
        let mut digits = Vec::new();
        let mask = num_bigint::BigUint::from(0x7FFFu32);
        while magnitude != num_bigint::BigUint::ZERO {
            digits.push((&magnitude & &mask).iter_u32_digits().next().unwrap_or(0) as u16);
            magnitude >>= 15;
        }
        let count = digits.len() as i32;
        self.out.push(b'l');
        self.out.extend_from_slice(&if big.sign() == Sign::Minus { -count } else { count }.to_le_bytes());
        digits.iter().for_each(|d| self.out.extend_from_slice(&d.to_le_bytes()));
    }

    fn object(&mut self, v: Value) -> PyResult<()> {
        let mut flag = 0;
        if self.version >= 3 {
            if let Some(&n) = self.numbers.get(&v.bits()) {
                self.out.push(b'r');
                self.long(n as usize);
                return Ok(());
            }
            self.numbers.insert(v.bits(), self.numbers.len() as u32);
            flag = NUMBERED;
        }
        let at = self.out.len();
        match v.header().map(Header::shape) {
            Some(shape_id::STR) => self.text(v.downcast().expect("shape")),
            Some(shape_id::BYTES) => {
                self.out.push(b's');
                self.sized(&v.downcast::<Bytes>().expect("shape"));
            }
            Some(shape_id::COMPLEX) => {
                let c: Gc<Complex> = v.downcast().expect("shape");
                self.out.push(b'y');
                self.out.extend_from_slice(&c.re.to_le_bytes());
                self.out.extend_from_slice(&c.im.to_le_bytes());
            }
            Some(shape_id::TUPLE) => self.tuple(v.downcast().expect("shape"))?,
            Some(shape_id::LIST) => {
                let items = self.vm.collect(v)?;
                self.out.push(b'[');
                self.items(&items)?;
            }
            Some(shape_id::DICT) => {
                self.out.push(b'{');
                let dict: Gc<Dict> = v.downcast().expect("shape");
                for (key, value) in dict.copy(&self.vm.heap).iter() {
                    self.value(key)?;
                    self.value(value)?;
                }
                self.out.push(b'0');
            }
            Some(shape_id::SET | shape_id::FROZENSET) => self.set(v)?,
            Some(shape_id::SLICE) if self.version >= 5 => {
                let slice: Gc<Slice> = v.downcast().expect("shape");
                self.out.push(b':');
                for part in [slice.start, slice.stop, slice.step] {
                    self.value(part)?;
                }
            }
            Some(shape_id::CODE) => self.code(v.downcast().expect("shape"))?,
            _ => return self.buffer_or_error(v, at, flag),
        }
        self.out[at] |= flag;
        Ok(())
    }

    /// Anything with a buffer is written as bytes.
    fn buffer_or_error(&mut self, v: Value, at: usize, flag: u8) -> PyResult<()> {
        use adder_interp::vm::special::Special;
        if self.vm.special_of(v, Special::Buffer).is_none() {
            return Err(self.vm.value_error("unmarshallable object"));
        }
        let bytes = self.vm.call(self.vm.types.bytes.value(), &[v])?;
        let bytes: Gc<Bytes> = bytes.downcast().expect("bytes() makes bytes");
        self.out.push(b's');
        self.sized(&bytes);
        self.out[at] |= flag;
        Ok(())
    }

    fn text(&mut self, s: Gc<Str>) {
        match s.as_ascii().filter(|_| self.version >= 4) {
            Some(ascii) => {
                let interned = s.is_interned();
                if ascii.len() < 256 {
                    self.out.push(if interned { b'Z' } else { b'z' });
                    self.out.push(ascii.len() as u8);
                    self.out.extend_from_slice(ascii.as_bytes());
                } else {
                    self.out.push(if interned { b'A' } else { b'a' });
                    self.sized(ascii.as_bytes());
                }
            }
            None => {
                self.out.push(if self.version >= 3 && s.is_interned() { b't' } else { b'u' });
                self.sized(&s.to_wtf8());
            }
        }
    }

    fn items(&mut self, items: &[Value]) -> PyResult<()> {
        self.long(items.len());
        items.iter().try_for_each(|&item| self.value(item))
    }

    fn tuple(&mut self, t: Gc<Tuple>) -> PyResult<()> {
        if self.version >= 4 && t.len() < 256 {
            self.out.push(b')');
            self.out.push(t.len() as u8);
            return t.as_ref().iter().try_for_each(|&item| self.value(item));
        }
        self.out.push(b'(');
        self.items(t.as_ref())
    }

    /// In the order of the items' own encodings, so that equal sets have equal bytes.
    fn set(&mut self, v: Value) -> PyResult<()> {
        let set: Gc<Set> = v.downcast().expect("the caller checked the shape");
        let frozen = v.header().is_some_and(|h| h.shape() == shape_id::FROZENSET);
        self.out.push(if frozen { b'>' } else { b'<' });
        let items = GcVec::from_iter_in(&self.vm.heap, set.iter().map(|(item, _)| item));
        let mut order = Vec::with_capacity(items.len());
        for (i, &item) in items.iter().enumerate() {
            order.push((write(self.vm, item, self.version, self.allow_code)?, i));
        }
        order.sort();
        self.long(items.len());
        order.iter().try_for_each(|&(_, i)| self.value(items[i]))
    }

    fn code(&mut self, code: Gc<Code>) -> PyResult<()> {
        if !self.allow_code {
            return Err(self.vm.value_error("marshalling code objects is disallowed"));
        }
        self.out.push(b'c');
        self.value(code.filename.get().value())?;
        let bytes = encode_unit(code.unit());
        self.sized(&bytes);
        Ok(())
    }
}

enum Input {
    Bytes(Gc<Bytes>, usize),
    File(Value),
}

struct Reader<'v> {
    vm: &'v Vm,
    input: Input,
    /// Numbered objects; reserved entries are None until the object is complete.
    numbered: GcVec,
    allow_code: bool,
    depth: u32,
}

impl<'v> Reader<'v> {
    fn new(vm: &'v Vm, input: Input, allow_code: bool) -> Reader<'v> {
        Reader { vm, input, numbered: GcVec::new(), allow_code, depth: 0 }
    }

    fn top_level(&mut self) -> PyResult {
        match self.value()? {
            Some(v) => Ok(v),
            None => Err(self.vm.type_error("NULL object in marshal data for object")),
        }
    }

    #[cold]
    fn bad(&self, what: &str) -> Raised {
        self.vm.value_error(format!("bad marshal data ({what})"))
    }

    fn take(&mut self, n: usize) -> PyResult<Vec<u8>> {
        let short = |vm: &Vm| vm.eof_error("marshal data too short");
        match &mut self.input {
            Input::Bytes(bytes, at) => match bytes.get(*at..).and_then(|rest| rest.get(..n)) {
                Some(part) => {
                    *at += n;
                    Ok(part.to_vec())
                }
                None => Err(short(self.vm)),
            },
            Input::File(file) => {
                let mut data = Vec::new();
                while data.len() < n {
                    let wanted = self.vm.new_int((n - data.len()) as i64);
                    let part = self.vm.call_method(*file, "read", &[wanted])?;
                    match part.downcast::<Bytes>() {
                        Some(part) if part.len() > n - data.len() => {
                            return Err(self.vm.value_error(format!(
                                "read() returned too much data: {} bytes requested, {} returned",
                                n - data.len(),
                                part.len()
                            )));
                        }
                        Some(part) if !part.is_empty() => data.extend_from_slice(&part),
                        _ => return Err(short(self.vm)),
                    }
                }
                Ok(data)
            }
        }
    }

    fn byte(&mut self) -> PyResult<u8> {
        Ok(self.take(1)?[0])
    }
    fn long(&mut self) -> PyResult<i32> {
        Ok(i32::from_le_bytes(self.take(4)?.try_into().expect("four bytes")))
    }
    fn double(&mut self) -> PyResult<f64> {
        Ok(f64::from_le_bytes(self.take(8)?.try_into().expect("eight bytes")))
    }
    fn size(&mut self, what: &str) -> PyResult<usize> {
        let n = self.long()?;
        usize::try_from(n).map_err(|_| self.bad(&format!("{what} size out of range")))
    }
    fn textual_float(&mut self) -> PyResult<f64> {
        let n = self.byte()?;
        let text = self.take(n.into())?;
        let number = std::str::from_utf8(&text).ok().and_then(|t| t.parse().ok());
        number.ok_or_else(|| self.vm.value_error("could not convert string to float"))
    }

    /// Gives an object its number.
    fn number(&mut self, flag: bool, v: Value) -> Value {
        if flag {
            self.numbered.push(&self.vm.heap, v);
        }
        v
    }

    /// Reserves the number of an object whose parts come first.
    fn reserve(&mut self, flag: bool) -> Option<usize> {
        flag.then(|| {
            self.numbered.push(&self.vm.heap, Value::not_implemented());
            self.numbered.len() - 1
        })
    }

    fn fill(&mut self, reserved: Option<usize>, v: Value) -> Value {
        if let Some(index) = reserved {
            self.numbered.set(&self.vm.heap, index, v);
        }
        v
    }

    fn required(&mut self, what: &str) -> PyResult {
        match self.value()? {
            Some(v) => Ok(v),
            None => Err(self.vm.type_error(format!("NULL object in marshal data for {what}"))),
        }
    }

    /// The next value; `None` is the end mark of a dict.
    fn value(&mut self) -> PyResult<Option<Value>> {
        let code = match self.take(1) {
            Ok(code) => code[0],
            Err(Raised) => {
                self.vm.catch(self.vm.exceptions.eof_error)?;
                return Err(self.vm.eof_error("EOF read where object expected"));
            }
        };
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.vm.value_error("recursion limit exceeded"));
        }
        let result = self.of_type(code & !NUMBERED, code & NUMBERED != 0);
        self.depth -= 1;
        result
    }

    fn of_type(&mut self, code: u8, flag: bool) -> PyResult<Option<Value>> {
        let vm = self.vm;
        let v = match code {
            b'0' => return Ok(None),
            b'N' => Value::none(),
            b'T' => Value::bool(true),
            b'F' => Value::bool(false),
            b'.' => Value::ellipsis(),
            b'S' => vm.exceptions.stop_iteration.value(),
            b'i' => {
                let n = self.long()?;
                self.number(flag, vm.new_int(n.into()))
            }
            b'I' => {
                let n = i64::from_le_bytes(self.take(8)?.try_into().expect("eight bytes"));
                self.number(flag, vm.new_int(n))
            }
            b'l' => {
                let n = self.big_int()?;
                self.number(flag, n)
            }
            b'g' => {
                let x = self.double()?;
                self.number(flag, Value::float(x))
            }
            b'f' => {
                let x = self.textual_float()?;
                self.number(flag, Value::float(x))
            }
            b'y' => {
                let (re, im) = (self.double()?, self.double()?);
                self.number(flag, Complex::new(&vm.heap, re, im).value())
            }
            b'x' => {
                let (re, im) = (self.textual_float()?, self.textual_float()?);
                self.number(flag, Complex::new(&vm.heap, re, im).value())
            }
            b's' => {
                let n = self.size("bytes object")?;
                let bytes = self.take(n)?;
                self.number(flag, vm.new_bytes(&bytes))
            }
            b'z' | b'Z' | b'a' | b'A' | b'u' | b't' => {
                let s = self.text(code)?;
                self.number(flag, s)
            }
            b'r' => {
                let n = self.long()?;
                match usize::try_from(n).ok().and_then(|n| self.numbered.get(n)) {
                    Some(&v) if v != Value::not_implemented() => v,
                    _ => return Err(self.bad("invalid reference")),
                }
            }
            _ => self.container(code, flag)?,
        };
        Ok(Some(v))
    }

    fn big_int(&mut self) -> PyResult {
        let n = self.long()?;
        let mut magnitude = num_bigint::BigUint::ZERO;
        let bytes = self.take(n.unsigned_abs() as usize * 2)?;
        for (i, pair) in bytes.chunks(2).enumerate().rev() {
            let digit = u16::from_le_bytes([pair[0], pair[1]]);
            if digit > 0x7FFF {
                return Err(self.bad("digit out of range in long"));
            }
            if digit == 0 && i + 1 == n.unsigned_abs() as usize {
                return Err(self.bad("unnormalized long data"));
            }
            magnitude = (magnitude << 15) | num_bigint::BigUint::from(digit);
        }
        let sign = if n < 0 { Sign::Minus } else { Sign::Plus };
        Ok(from_bigint(&self.vm.heap, BigInt::from_biguint(sign, magnitude)))
    }

    fn text(&mut self, code: u8) -> PyResult {
        let n = match code {
            b'z' | b'Z' => self.byte()?.into(),
            _ => self.size("string")?,
        };
        let bytes = self.take(n)?;
        let heap = &self.vm.heap;
        let s = match code {
            b'u' | b't' if std::str::from_utf8(&bytes).is_ok() => Str::from_wtf8(heap, &bytes),
            b'u' | b't' => {
                let (data, encoding) = (self.vm.new_bytes(&bytes), self.vm.new_str("utf-8"));
                let errors = self.vm.new_str("surrogatepass");
                let decoded = self.vm.call_method(data, "decode", &[encoding, errors])?;
                decoded.downcast().expect("decode() makes str")
            }
            _ => Str::from_units(heap, adder_text::units::UnitsRef::latin1(&bytes)),
        };
        let interned = matches!(code, b'Z' | b'A' | b't');
        Ok(if interned { heap.intern(s).value() } else { s.value() })
    }

    fn sequence(&mut self, n: usize, what: &str) -> PyResult<GcVec> {
        let mut items = GcVec::new();
        for _ in 0..n {
            let item = self.required(what)?;
            items.push(&self.vm.heap, item);
        }
        Ok(items)
    }

    fn container(&mut self, code: u8, flag: bool) -> PyResult {
        let vm = self.vm;
        match code {
            b')' | b'(' => {
                let n = if code == b')' { self.byte()?.into() } else { self.size("tuple")? };
                let reserved = self.reserve(flag);
                let items = self.sequence(n, "tuple")?;
                Ok(self.fill(reserved, vm.new_tuple(&items)))
            }
            b'[' => {
                let n = self.size("list")?;
                let list = List::new(&vm.heap);
                self.number(flag, list.value());
                for _ in 0..n {
                    let item = self.required("list")?;
                    list.push(&vm.heap, item);
                }
                Ok(list.value())
            }
            b'{' => {
                let dict = vm.new_dict();
                self.number(flag, dict.value());
                while let Some(key) = self.value()? {
                    let Some(value) = self.value()? else { break };
                    dict.insert(vm, key, value)?;
                }
                Ok(dict.value())
            }
            b'<' | b'>' => {
                let n = self.size("set")?;
                let reserved = self.reserve(flag);
                let items = self.sequence(n, "set")?;
                let class = if code == b'<' { vm.types.set } else { vm.types.frozenset };
                let list = vm.list_from(items);
                let set = vm.call(class.value(), &[list])?;
                Ok(self.fill(reserved, set))
            }
            b':' => {
                let reserved = self.reserve(flag);
                let (start, stop, step) =
                    (self.required("slice")?, self.required("slice")?, self.required("slice")?);
                Ok(self.fill(reserved, Slice::new(&vm.heap, start, stop, step).value()))
            }
            b'c' => self.code(flag),
            _ => Err(self.bad("unknown type code")),
        }
    }

    fn code(&mut self, flag: bool) -> PyResult {
        if !self.allow_code {
            return Err(self.vm.value_error("unmarshalling code objects is disallowed"));
        }
        let reserved = self.reserve(flag);
        let filename = self.required("code object")?;
        let Some(filename) = filename.downcast::<Str>() else {
            return Err(self.bad("filename of a code object"));
        };
        let n = self.size("code")?;
        let bytes = self.take(n)?;
        match decode_unit(&bytes) {
            Ok(unit) => {
                let code = Code::with_filename(&self.vm.heap, unit.into(), filename);
                Ok(self.fill(reserved, code.value()))
            }
            Err(problem) => Err(self.bad(&problem)),
        }
    }
}
