//! The type codes of `array` and what they do with one item.

use adder_interp::native::args::type_name;
use adder_interp::object::int::as_int;
use adder_interp::object::str::Str;
use adder_interp::pack::ItemType;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_numeric::Int;

/// A type code and how its items lie in memory.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Code(pub u8);

/// All codes, in the order in which they are documented.
pub const CODES: &[u8] = b"bBuwhHiIlLqQfd";

impl Code {
    pub fn new(code: u32) -> Option<Code> {
        let code = u8::try_from(code).ok()?;
        CODES.contains(&code).then_some(Code(code))
    }
    pub fn size(self) -> usize {
        match self.0 {
            b'b' | b'B' => 1,
            b'h' | b'H' => 2,
            b'u' | b'w' | b'i' | b'I' | b'f' => 4,
            _ => 8,
        }
    }
    pub fn is_text(self) -> bool {
        matches!(self.0, b'u' | b'w')
    }
    pub fn is_float(self) -> bool {
        matches!(self.0, b'f' | b'd')
    }
    pub fn is_signed(self) -> bool {
        self.0.is_ascii_lowercase()
    }
    pub fn as_str(self) -> &'static str {
        let at = CODES.iter().position(|&c| c == self.0).unwrap_or(0);
        &"bBuwhHiIlLqQfd"[at..=at]
    }
    /// The format of memoryviews.
    pub fn format(self) -> &'static str {
        if self.is_text() { "w" } else { self.as_str() }
    }

    /// The item that starts `bytes`.
    pub fn read(self, vm: &Vm, bytes: &[u8]) -> PyResult {
        if self.is_text() {
            let c = u32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
            if c > 0x10ffff {
                return Err(vm.value_error("chr() arg not in range(0x110000)"));
            }
            return Ok(vm.char_str(c));
        }
        let item = ItemType { code: self.0, size: self.size(), big: cfg!(target_endian = "big") };
        Ok(item.read(vm, bytes))
    }

    /// Puts an item into the first bytes of `out`, as many as its size.
    pub fn write(self, vm: &Vm, value: Value, out: &mut [u8; 8]) -> PyResult<()> {
        let word = match self.0 {
            b'u' | b'w' => u64::from(character(vm, value)?),
            b'f' => u64::from((vm.to_f64(value)? as f32).to_bits()),
            b'd' => vm.to_f64(value)?.to_bits(),
            _ => self.integer(vm, value)?,
        };
        match self.size() {
            1 => out[0] = word as u8,
            2 => out[..2].copy_from_slice(&(word as u16).to_ne_bytes()),
            4 => out[..4].copy_from_slice(&(word as u32).to_ne_bytes()),
            _ => out.copy_from_slice(&word.to_ne_bytes()),
        }
        Ok(())
    }

    fn integer(self, vm: &Vm, value: Value) -> PyResult<u64> {
        let n = match as_int(value) {
            Some(n) => n,
            None => vm.index(value)?,
        };
        match self.0 {
            b'I' | b'L' => {
                let Some(word) = n.to_u64() else { return Err(no_unsigned_long(vm, &n)) };
                if self.0 == b'I' && word > u32::MAX.into() {
                    return Err(vm.overflow_error("unsigned int is greater than maximum"));
                }
                Ok(word)
            }
            b'Q' => n.to_u64().ok_or_else(|| {
                let negative = n.is_negative();
                vm.overflow_error(if negative {
                    "can't convert negative int to unsigned"
                } else {
                    "int too big to convert"
                })
            }),
            b'q' => n.to_i64().map(|i| i as u64).ok_or_else(|| vm.overflow_error("int too big to convert")),
            _ => {
                let Some(i) = n.to_i64() else {
                    return Err(vm.overflow_error("Python int too large to convert to C long"));
                };
                for &(name, low, high) in self.bounds() {
                    if i < low {
                        return Err(vm.overflow_error(format!("{name} is less than minimum")));
                    }
                    if i > high {
                        return Err(vm.overflow_error(format!("{name} is greater than maximum")));
                    }
                }
                Ok(i as u64)
            }
        }
    }

    /// The C types that a small integer passes through, with their limits: the first one that it does not fit names
    /// the error.
    fn bounds(self) -> &'static [(&'static str, i64, i64)] {
        const SHORT: (&str, i64, i64) = ("signed short integer", i16::MIN as i64, i16::MAX as i64);
        const INT: (&str, i64, i64) = ("signed integer", i32::MIN as i64, i32::MAX as i64);
        match self.0 {
            b'b' => &[SHORT, ("signed char", i8::MIN as i64, i8::MAX as i64)],
            b'B' => &[SHORT, ("unsigned byte integer", 0, u8::MAX as i64)],
            b'h' => &[SHORT],
            b'H' => &[INT, ("unsigned short", 0, u16::MAX as i64)],
            b'i' => &[INT],
            _ => &[],
        }
    }
}

fn no_unsigned_long(vm: &Vm, n: &Int) -> adder_interp::value::Raised {
    if n.is_negative() {
        return vm.overflow_error("can't convert negative value to unsigned int");
    }
    vm.overflow_error("Python int too large to convert to C unsigned long")
}

fn character(vm: &Vm, value: Value) -> PyResult<u32> {
    let Some(text) = value.downcast::<Str>() else {
        let given = type_name(vm, value);
        return Err(vm.type_error(format!("array item must be a unicode character, not {given}")));
    };
    if text.len() != 1 {
        let length = text.len();
        return Err(
            vm.type_error(format!("array item must be a unicode character, not a string of length {length}"))
        );
    }
    Ok(text.char_at(0))
}

/// Reverses the bytes of every item.
pub fn swap_bytes(bytes: &mut [u8], size: usize) {
    bytes.chunks_exact_mut(size).for_each(<[u8]>::reverse);
}
