//! How arrays are pickled: as bytes with a code of their machine format, read back on any machine.

use super::items::Code;
use super::{Array, This};
use adder_interp::native::args::type_name;
use adder_interp::object::bytes::Bytes;
use adder_interp::object::header::Gc;
use adder_interp::object::int::as_int;
use adder_interp::object::str::Str;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::pyfunction;

/// What the items of a machine format are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Integer { size: usize, signed: bool, big: bool },
    Float { size: usize, big: bool },
    Text { size: usize, big: bool },
}

impl Format {
    /// The format of this number.
    fn new(number: i64) -> Option<Format> {
        let big = number & 1 == 1;
        Some(match number {
            0 | 1 => Format::Integer { size: 1, signed: number == 1, big: cfg!(target_endian = "big") },
            2..=13 => {
                let step = (number - 2) / 2;
                Format::Integer { size: 2 << (step / 2), signed: step % 2 == 1, big }
            }
            14..=17 => Format::Float { size: if number < 16 { 4 } else { 8 }, big },
            18..=21 => Format::Text { size: if number < 20 { 2 } else { 4 }, big },
            _ => return None,
        })
    }

    /// The number of this machine's format of a type code.
    fn number(code: Code) -> i64 {
        let big = i64::from(cfg!(target_endian = "big"));
        let signed = i64::from(code.is_signed());
        match code.0 {
            b'u' | b'w' => 20 + big,
            b'f' => 14 + big,
            b'd' => 16 + big,
            _ => match code.size() {
                1 => signed,
                2 => 2 + 2 * signed + big,
                4 => 6 + 2 * signed + big,
                _ => 10 + 2 * signed + big,
            },
        }
    }

    fn size(self) -> usize {
        match self {
            Format::Integer { size, .. } | Format::Float { size, .. } | Format::Text { size, .. } => size,
        }
    }

    /// The type code whose items these are: the given one, except for integers, where the format decides.
    fn code(self, given: Code) -> Code {
        match self {
            Format::Integer { size, signed, .. } => {
                let fits = |c: &&u8| {
                    let code = Code(**c);
                    !code.is_text() && !code.is_float() && code.size() == size && code.is_signed() == signed
                };
                super::items::CODES.iter().rfind(fits).map_or(given, |&c| Code(c))
            }
            _ => given,
        }
    }
}

/// Internal. Used for pickling support.
#[pyfunction(
    module = "array",
    name = "_array_reconstructor",
    sig = "(arraytype, typecode, mformat_code, items, /)"
)]
pub fn array_reconstructor(
    vm: &Vm,
    arraytype: Value,
    typecode: Value,
    mformat_code: i32,
    items: Value,
) -> PyResult {
    let code = match typecode.downcast::<Str>() {
        Some(s) if s.len() == 1 => s.char_at(0),
        Some(s) => {
            let length = s.len();
            return Err(vm.type_error(format!(
                "_array_reconstructor(): argument 2 must be a unicode character, not a string of length {length}"
            )));
        }
        None => {
            let given = type_name(vm, typecode);
            return Err(vm.type_error(format!(
                "_array_reconstructor() argument 2 must be a unicode character, not {given}"
            )));
        }
    };
    let Some(class) = arraytype.downcast::<Type>() else {
        let given = type_name(vm, arraytype);
        return Err(vm.type_error(format!("first argument must be a type object, not {given}")));
    };
    if !class.is_subtype(vm.native_type(Array::TYPE_DEF)?) {
        return Err(vm.type_error(format!("{} is not a subtype of array.array", class.name())));
    }
    let Some(code) = Code::new(code) else {
        return Err(vm.value_error("second argument must be a valid type code"));
    };
    let Some(format) = Format::new(mformat_code.into()) else {
        return Err(vm.value_error("third argument must be a valid machine format code."));
    };
    let Some(bytes) = items.downcast::<Bytes>() else {
        let given = type_name(vm, items);
        return Err(vm.type_error(format!("fourth argument should be bytes, not {given}")));
    };
    if Format::number(code) == i64::from(mformat_code) {
        return make(vm, class, code, items);
    }
    if bytes.len() % format.size() != 0 {
        return Err(vm.value_error("string length not a multiple of item size"));
    }
    convert(vm, class, code, format, bytes)
}

/// The array whose items another machine wrote.
fn convert(vm: &Vm, class: Gc<Type>, code: Code, format: Format, bytes: Gc<Bytes>) -> PyResult {
    match format {
        Format::Text { .. } if !code.is_text() => {
            Err(vm.value_error("string length not a multiple of item size"))
        }
        Format::Text { size, big } => {
            let encoding = match (size, big) {
                (2, false) => "utf-16-le",
                (2, true) => "utf-16-be",
                (_, false) => "utf-32-le",
                (_, true) => "utf-32-be",
            };
            let text = adder_interp::codecs::decode(vm, bytes.value(), Some(vm.intern(encoding)), None)?;
            make(vm, class, code, text.value())
        }
        Format::Integer { size, big, .. } | Format::Float { size, big } => {
            let mut native = bytes.to_vec();
            if big != cfg!(target_endian = "big") {
                super::items::swap_bytes(&mut native, size);
            }
            let source = match format {
                Format::Float { size: 4, .. } => Code(b'f'),
                Format::Float { .. } => Code(b'd'),
                _ => format.code(code),
            };
            let target = format.code(code);
            if source == target {
                return make(vm, class, target, vm.new_bytes(&native));
            }
            let mut list = vm.vec();
            for item in native.chunks_exact(size) {
                list.push(&vm.heap, source.read(vm, item)?);
            }
            make(vm, class, target, vm.list_from(list))
        }
    }
}

fn make(vm: &Vm, class: Gc<Type>, code: Code, items: Value) -> PyResult {
    let array = Array::create(vm, class, code)?;
    Array::fill(array, vm, items)?;
    Ok(array.value())
}

/// What `__reduce_ex__` gives.
pub fn reduced(this: This, vm: &Vm, protocol: Value) -> PyResult {
    let Some(protocol) = as_int(protocol) else {
        return Err(vm.type_error("__reduce_ex__ argument should be an integer"));
    };
    let Some(protocol) = protocol.to_i64() else {
        return Err(vm.overflow_error("Python int too large to convert to C long"));
    };
    let state = match vm.getattr_opt(this.value(), vm.intern("__dict__"))? {
        Some(dict) => dict,
        None => Value::none(),
    };
    let class = vm.type_of(this.value()).value();
    let code = vm.new_str(this.code.as_str());
    if protocol < 3 {
        let list = Array::to_list(this, vm)?;
        let arguments = vm.new_tuple(&[code, list]);
        return Ok(vm.new_tuple(&[class, arguments, state]));
    }
    let module = vm.import("array")?;
    let constructor = vm.getattr_str(module, "_array_reconstructor")?;
    let bytes = vm.new_bytes(&this.items.borrow());
    let arguments = vm.new_tuple(&[class, code, vm.new_int(Format::number(this.code)), bytes]);
    Ok(vm.new_tuple(&[constructor, arguments, state]))
}
