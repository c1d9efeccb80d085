//! Binary forms of numbers: the item types of the `struct` module, memoryviews and arrays.
//!
//! An [`ItemType`] is a format character with its size and byte order; [`ItemType::read`] and [`ItemType::write`] convert one
//! item. [`Format`] is a whole format string of `struct`.

use crate::object::bytes::Bytes;
use crate::object::complex::Complex;
use crate::object::int::as_int;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;

/// A format character, its size in bytes, and whether the first byte is the most significant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ItemType {
    pub code: u8,
    pub size: usize,
    pub big: bool,
}

/// Why a value cannot be packed.
#[derive(Clone, Copy, Debug)]
pub enum PackError {
    /// It is not of a type the code converts.
    Type,
    /// It is out of range.
    Range,
    /// A method of the value raised.
    Raised(Raised),
}

impl From<Raised> for PackError {
    fn from(raised: Raised) -> PackError {
        PackError::Raised(raised)
    }
}

const BIG: bool = cfg!(target_endian = "big");

/// Size of a code in native mode; alignment is the same but for complex numbers.
pub fn native_size(code: u8) -> Option<usize> {
    Some(match code {
        b'x' | b'b' | b'B' | b'c' | b's' | b'p' | b'?' => 1,
        b'h' | b'H' | b'e' => 2,
        b'i' | b'I' | b'f' => 4,
        b'l' | b'L' | b'q' | b'Q' | b'n' | b'N' | b'P' | b'd' | b'F' => 8,
        b'D' => 16,
        _ => return None,
    })
}

/// Alignment of a code in native mode.
pub fn native_alignment(code: u8) -> usize {
    match code {
        b'F' => 4,
        b'D' => 8,
        _ => native_size(code).unwrap_or(1),
    }
}

/// Size of a code in standard mode.
pub fn standard_size(code: u8) -> Option<usize> {
    match code {
        b'l' | b'L' => Some(4),
        b'n' | b'N' | b'P' => None,
        _ => native_size(code),
    }
}

impl ItemType {
    /// A code in native mode.
    pub fn native(code: u8) -> Option<ItemType> {
        Some(ItemType { code, size: native_size(code)?, big: BIG })
    }

    /// Whether the code is an integer's, and if so whether it is signed.
    fn signed(self) -> Option<bool> {
        match self.code {
            b'b' | b'h' | b'i' | b'l' | b'q' | b'n' => Some(true),
            b'B' | b'H' | b'I' | b'L' | b'Q' | b'N' | b'P' => Some(false),
            _ => None,
        }
    }

    /// Smallest and largest integer.
    pub fn range(self) -> (i128, i128) {
        let bits = 8 * self.size as u32;
        match self.signed() {
            Some(true) => (-(1 << (bits - 1)), (1 << (bits - 1)) - 1),
            _ => (0, (1 << bits) - 1),
        }
    }

    fn word(self, bytes: &[u8]) -> u64 {
        let mut word = [0u8; 8];
        word[..self.size].copy_from_slice(&bytes[..self.size]);
        if self.big {
            word[..self.size].reverse();
        }
        u64::from_le_bytes(word)
    }

    fn put_word(self, word: u64, out: &mut [u8]) {
        let out = &mut out[..self.size];
        out.copy_from_slice(&word.to_le_bytes()[..self.size]);
        if self.big {
            out.reverse();
        }
    }

    /// The object that `bytes`, of this type's size, stand for.
    pub fn read(self, vm: &Vm, bytes: &[u8]) -> Value {
        match self.code {
            b'c' | b's' => vm.new_bytes(&bytes[..self.size]),
            b'?' => Value::bool(bytes[..self.size].iter().any(|&b| b != 0)),
            b'e' => Value::float(half_to_f64(self.word(bytes) as u16)),
            b'f' => Value::float(f32::from_bits(self.word(bytes) as u32).into()),
            b'd' => Value::float(f64::from_bits(self.word(bytes))),
            b'F' | b'D' => {
                let half = ItemType {
                    code: if self.code == b'F' { b'f' } else { b'd' },
                    size: self.size / 2,
                    ..self
                };
                let part = |at: usize| half.read(vm, &bytes[at..]).as_float().unwrap_or(0.0);
                Complex::new(&vm.heap, part(0), part(half.size)).value()
            }
            _ => {
                let word = self.word(bytes);
                match self.signed() {
                    Some(true) => {
                        let unused = 64 - 8 * self.size as u32;
                        vm.new_int((word << unused) as i64 >> unused)
                    }
                    _ => vm.new_uint(word),
                }
            }
        }
    }

    /// Writes an object as this type to the start of `out`.
    pub fn write(self, vm: &Vm, value: Value, out: &mut [u8]) -> Result<(), PackError> {
        match self.code {
            b'c' => match value.downcast::<Bytes>() {
                Some(bytes) if bytes.len() == 1 => out[0] = bytes[0],
                Some(_) => return Err(PackError::Range),
                None => return Err(PackError::Type),
            },
            b'?' => out[0] = vm.truthy(value)? as u8,
            b'e' | b'f' | b'd' => self.write_float(vm, real(vm, value)?, out)?,
            b'F' | b'D' => {
                let (re, im) = complex(vm, value)?;
                let half = ItemType {
                    code: if self.code == b'F' { b'f' } else { b'd' },
                    size: self.size / 2,
                    ..self
                };
                half.write_float(vm, re, out)?;
                half.write_float(vm, im, &mut out[half.size..])?;
            }
            _ => self.write_int(vm, value, out)?,
        }
        Ok(())
    }

    fn write_int(self, vm: &Vm, value: Value, out: &mut [u8]) -> Result<(), PackError> {
        let n = match as_int(value) {
            Some(n) => n,
            None if vm.is_index(value) => vm.index(value)?,
            None => return Err(PackError::Type),
        };
        let (low, high) = self.range();
        let fits = match (n.to_i64(), n.to_u64()) {
            (Some(i), _) => (low..=high).contains(&i.into()).then_some(i as u64),
            (None, Some(u)) => (low..=high).contains(&u.into()).then_some(u),
            _ => None,
        };
        self.put_word(fits.ok_or(PackError::Range)?, out);
        Ok(())
    }

    fn write_float(self, vm: &Vm, x: f64, out: &mut [u8]) -> PyResult<()> {
        let too_large = || {
            let code = char::from(self.code);
            Err(vm.overflow_error(format!("float too large to pack with {code} format")))
        };
        match self.code {
            b'e' => match f64_to_half(x) {
                Some(half) => self.put_word(half.into(), out),
                None => return too_large(),
            },
            b'f' => {
                let narrow = x as f32;
                if narrow.is_infinite() && x.is_finite() {
                    return too_large();
                }
                self.put_word(narrow.to_bits().into(), out);
            }
            _ => self.put_word(x.to_bits(), out),
        }
        Ok(())
    }
}

/// A float argument: what is not a number is a type error of the caller's wording.
fn real(vm: &Vm, value: Value) -> Result<f64, PackError> {
    if let Some(x) = value.as_float() {
        return Ok(x);
    }
    vm.to_f64(value).map_err(|raised| match vm.catch(vm.exceptions.type_error) {
        Ok(_) => PackError::Type,
        Err(_) => PackError::Raised(raised),
    })
}

fn complex(vm: &Vm, value: Value) -> Result<(f64, f64), PackError> {
    if let Some(c) = value.downcast::<Complex>() {
        return Ok((c.re, c.im));
    }
    if let Some(result) = vm.call_special(value, crate::vm::special::Special::Complex, &[])?
        && let Some(c) = result.downcast::<Complex>()
    {
        return Ok((c.re, c.im));
    }
    real(vm, value).map(|re| (re, 0.0))
}

/// The value of a half-precision float.
pub fn half_to_f64(bits: u16) -> f64 {
    let (exponent, fraction) = (bits >> 10 & 31, f64::from(bits & 0x3FF));
    let magnitude = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(i32::from(exponent) - 25),
    };
    if bits & 0x8000 != 0 { -magnitude } else { magnitude }
}

/// The half-precision float nearest to a number, ties to even; `None` if a finite number is too large.
pub fn f64_to_half(x: f64) -> Option<u16> {
    let sign = if x.is_sign_negative() { 0x8000 } else { 0 };
    let magnitude = x.abs();
    if x.is_nan() {
        return Some(sign | 0x7E00);
    }
    if magnitude.is_infinite() {
        return Some(sign | 0x7C00);
    }
    // The spacing of half-precision numbers around this one is a power of two, so dividing by it is exact.
    let exponent = if magnitude < 2f64.powi(-14) { -14 } else { (magnitude.to_bits() >> 52) as i32 - 1023 };
    let steps = (magnitude * 2f64.powi(10 - exponent)).round_ties_even() as u32;
    // `steps` includes the implicit bit, whose carry into the exponent is just what rounding up should do.
    let bits = ((exponent + 14).max(0) as u32) << 10;
    u16::try_from(bits + steps).ok().filter(|&bits| bits < 0x7C00).map(|bits| sign | bits)
}

/// One element of a [`Format`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Field {
    pub item: ItemType,
    /// Where it lies.
    pub offset: usize,
    /// How many items; for `s` and `p` their bytes, of one object.
    pub count: usize,
}

impl Field {
    /// Objects it stands for.
    pub fn values(&self) -> usize {
        match self.item.code {
            b's' | b'p' => 1,
            b'x' => 0,
            _ => self.count,
        }
    }
}

/// A format string of the `struct` module, laid out.
#[derive(Clone, Debug, Default)]
pub struct Format {
    pub fields: Vec<Field>,
    /// Bytes in all.
    pub size: usize,
    /// Objects in all.
    pub values: usize,
}

impl Format {
    /// Parses a format; an error is the message of a `struct.error`.
    pub fn parse(text: &[u8]) -> Result<Format, &'static str> {
        const TOO_LARGE: &str = "total struct size too long";
        let (native, big, mut rest) = match text {
            [b'<', rest @ ..] => (false, false, rest),
            [b'>' | b'!', rest @ ..] => (false, true, rest),
            [b'=', rest @ ..] => (false, BIG, rest),
            [b'@', rest @ ..] => (true, BIG, rest),
            rest => (true, BIG, rest),
        };
        let mut format = Format::default();
        loop {
            rest = rest.trim_ascii_start();
            let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
            let mut count = 1usize;
            if digits > 0 {
                let text = std::str::from_utf8(&rest[..digits]).unwrap_or("");
                count = text.parse().ok().filter(|&n: &usize| n <= isize::MAX as usize).ok_or(TOO_LARGE)?;
            }
            let Some(&code) = rest.get(digits) else {
                return if digits > 0 {
                    Err("repeat count given without format specifier")
                } else {
                    Ok(format)
                };
            };
            rest = &rest[digits + 1..];
            let size = if native { native_size(code) } else { standard_size(code) };
            let size = size.ok_or("bad char in struct format")?;
            if native {
                let alignment = native_alignment(code);
                format.size = format.size.checked_next_multiple_of(alignment).ok_or(TOO_LARGE)?;
            }
            let field = Field { item: ItemType { code, size, big }, offset: format.size, count };
            let bytes = size.checked_mul(count).and_then(|n| n.checked_add(format.size));
            format.size = bytes.filter(|&n| n <= isize::MAX as usize).ok_or(TOO_LARGE)?;
            format.values += field.values();
            if code != b'x' && (count > 0 || matches!(code, b's' | b'p')) {
                format.fields.push(field);
            }
        }
    }

    /// Calls `f` with each object that `bytes` stand for.
    pub fn unpack(&self, vm: &Vm, bytes: &[u8], mut f: impl FnMut(Value)) {
        for field in &self.fields {
            let data = &bytes[field.offset..];
            match field.item.code {
                b's' => f(vm.new_bytes(&data[..field.count])),
                b'p' => {
                    let len = data.first().map_or(0, |&n| usize::from(n)).min(field.count.saturating_sub(1));
                    f(vm.new_bytes(if field.count == 0 { &[] } else { &data[1..1 + len] }));
                }
                _ => (0..field.count).for_each(|i| f(field.item.read(vm, &data[i * field.item.size..]))),
            }
        }
    }
}
