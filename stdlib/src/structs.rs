//! `_struct`: packed binary data, over `adder_interp::pack`.

use adder_interp::buffer::{Buffer, WritableBuffer, flags};
use adder_interp::native::Args;
use adder_interp::native::args::type_name;
use adder_interp::object::bytes::Bytes;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::object::typeobj::Type;
use adder_interp::pack::{Field, Format, ItemType, PackError};
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods, pymodule};
use std::cell::Cell;

/// Formats kept ready.
const CACHE_LIMIT: usize = 100;

/// `struct.error`.
fn error_class(vm: &Vm) -> PyResult<Gc<Type>> {
    let class = vm.registered("_struct.error", |vm| {
        let namespace = vm.new_dict();
        namespace.insert_str(&vm.heap, vm.names.__module__, vm.new_str("struct"));
        let bases = vm.new_tuple(&[vm.exceptions.exception.value()]);
        vm.call(vm.types.type_.value(), &[vm.new_str("error"), bases, namespace.value()])
    })?;
    Ok(class.downcast().expect("type() makes a class"))
}

#[cold]
fn error(vm: &Vm, message: impl AsRef<str>) -> Raised {
    match error_class(vm) {
        Ok(class) => vm.raise_message(class, message.as_ref()),
        Err(raised) => raised,
    }
}

/// The text of a format, given as str or bytes.
fn format_text(vm: &Vm, format: Value) -> PyResult<Vec<u8>> {
    if let Some(text) = format.downcast::<Str>() {
        let ascii = vm.intern("ascii");
        let encoded = adder_interp::codecs::encode_str(vm, text, Some(ascii), None)?;
        return Ok(encoded.downcast::<Bytes>().expect("encoding gives bytes").to_vec());
    }
    match format.downcast::<Bytes>() {
        Some(bytes) => Ok(bytes.to_vec()),
        None => {
            let given = type_name(vm, format);
            Err(vm.type_error(format!("Struct() argument 1 must be a str or bytes object, not {given}")))
        }
    }
}

/// The compiled form of a format, from the cache if it was used before.
fn compiled(vm: &Vm, format: Value) -> PyResult<Gc<Native<Struct>>> {
    let cache = vm.registered("_struct.cache", |vm| Ok(vm.new_dict().value()))?;
    let cache: Gc<Dict> = cache.downcast().expect("the registered value is a dict");
    let cacheable = format.is::<Str>() || format.is::<Bytes>();
    if cacheable && let Some(known) = cache.get(vm, format)?.and_then(|v| v.downcast()) {
        return Ok(known);
    }
    let made = Struct::make(vm, vm.native_type(Struct::TYPE_DEF)?, format)?;
    if cache.len() >= CACHE_LIMIT {
        cache.clear();
    }
    cache.insert(vm, format, made.value())?;
    Ok(made)
}

/// A compiled format.
#[pyclass(name = "Struct", module = "_struct", subclassable, weakrefable)]
#[derive(Trace)]
pub struct Struct {
    #[trace(skip)]
    format: Format,
    #[trace(skip)]
    text: Vec<u8>,
}

impl Struct {
    fn make(vm: &Vm, cls: Gc<Type>, format: Value) -> PyResult<Gc<Native<Struct>>> {
        let text = format_text(vm, format)?;
        let format = Format::parse(&text).map_err(|message| error(vm, message))?;
        Ok(vm.new_native(cls, Struct { format, text }))
    }

    fn unpack_bytes(&self, vm: &Vm, bytes: &[u8]) -> Value {
        if let [Field { item, offset, count: 1 }] = self.format.fields[..]
            && !matches!(item.code, b's' | b'p')
        {
            return vm.new_tuple(&[item.read(vm, &bytes[offset..])]);
        }
        let mut values = adder_interp::heap::GcVec::with_capacity(&vm.heap, self.format.values);
        self.format.unpack(vm, bytes, |v| values.push(&vm.heap, v));
        vm.new_tuple(&values)
    }

    fn unpack_all(&self, vm: &Vm, buffer: &Buffer) -> PyResult {
        let size = self.format.size;
        if buffer.len() != size {
            return Err(error(vm, format!("unpack requires a buffer of {size} bytes")));
        }
        Ok(self.unpack_bytes(vm, buffer))
    }

    fn unpack_at(&self, vm: &Vm, buffer: &Buffer, offset: isize) -> PyResult {
        let at = self.place(vm, buffer.len(), offset, Access::Unpack)?;
        Ok(self.unpack_bytes(vm, &buffer[at..at + self.format.size]))
    }

    /// Where an access at `offset` begins in a buffer of `len` bytes.
    fn place(&self, vm: &Vm, len: usize, offset: isize, access: Access) -> PyResult<usize> {
        let size = self.format.size;
        let (function, verb, lack) = match access {
            Access::Pack => ("pack_into", "packing", "no space to pack"),
            Access::Unpack => ("unpack_from", "unpacking", "not enough data to unpack"),
        };
        let mut at = offset;
        if offset < 0 {
            if offset + size as isize > 0 {
                return Err(error(vm, format!("{lack} {size} bytes at offset {offset}")));
            }
            at += len as isize;
            if at < 0 {
                return Err(error(vm, format!("offset {offset} out of range for {len}-byte buffer")));
            }
        }
        let at = at as usize;
        if len.checked_sub(at).is_none_or(|rest| rest < size) {
            let needed = at as u128 + size as u128;
            return Err(error(
                vm,
                format!(
                    "{function} requires a buffer of at least {needed} bytes for {verb} {size} bytes at offset \
                     {offset} (actual buffer size is {len})"
                ),
            ));
        }
        Ok(at)
    }

    /// The packed values.
    fn packed(&self, vm: &Vm, values: &[Value], function: &str) -> PyResult<Vec<u8>> {
        let (wanted, given) = (self.format.values, values.len());
        if wanted != given {
            return Err(error(vm, format!("{function} expected {wanted} items for packing (got {given})")));
        }
        vm.room_for(Some(self.format.size))?;
        let mut out = vec![0; self.format.size];
        let mut values = values.iter().copied();
        for field in &self.format.fields {
            let slot = &mut out[field.offset..];
            match field.item.code {
                b's' | b'p' => pack_bytes(vm, field, values.next(), slot)?,
                _ => {
                    for (i, value) in values.by_ref().take(field.count).enumerate() {
                        pack_item(vm, field.item, value, &mut slot[i * field.item.size..])?;
                    }
                }
            }
        }
        Ok(out)
    }
}

/// Which way bytes go.
#[derive(Clone, Copy)]
enum Access {
    Pack,
    Unpack,
}

fn pack_bytes(vm: &Vm, field: &Field, value: Option<Value>, slot: &mut [u8]) -> PyResult<()> {
    let code = char::from(field.item.code);
    let value = value.expect("the values were counted");
    let bytes = match value.downcast::<Bytes>() {
        Some(bytes) => bytes.to_vec(),
        None if value.is::<adder_interp::object::bytearray::ByteArray>() => {
            Buffer::simple(vm, value)?.to_vec()
        }
        None => return Err(error(vm, format!("argument for '{code}' must be a bytes object"))),
    };
    let (skip, room) = match (field.item.code, field.count) {
        (b'p', 0) => return Ok(()),
        (b'p', count) => (1, count - 1),
        (_, count) => (0, count),
    };
    let n = bytes.len().min(room);
    if skip == 1 {
        slot[0] = n.min(255) as u8;
    }
    slot[skip..skip + n].copy_from_slice(&bytes[..n]);
    Ok(())
}

fn pack_item(vm: &Vm, item: ItemType, value: Value, slot: &mut [u8]) -> PyResult<()> {
    let code = char::from(item.code);
    let result = item.write(vm, value, slot);
    match (result, item.code) {
        (Ok(()), _) => Ok(()),
        (Err(PackError::Raised(raised)), _) => Err(raised),
        (Err(_), b'c') => Err(error(vm, "char format requires a bytes object of length 1")),
        (Err(PackError::Type), b'e' | b'f' | b'd') => Err(error(vm, "required argument is not a float")),
        (Err(PackError::Type), b'F' | b'D') => Err(error(vm, "required argument is not a complex")),
        (Err(PackError::Type), _) => Err(error(vm, "required argument is not an integer")),
        // Addresses may be given as signed numbers.
        (Err(PackError::Range), b'P') => {
            let signed = ItemType { code: b'q', ..item };
            signed.write(vm, value, slot).map_err(|_| error(vm, "int too large to convert"))
        }
        (Err(PackError::Range), _) => {
            let (low, high) = item.range();
            Err(error(vm, format!("'{code}' format requires {low} <= number <= {high}")))
        }
    }
}

/// `pack_into(buffer, offset, *values)`.
fn pack_into(vm: &Vm, this: Gc<Native<Struct>>, args: &[Value]) -> PyResult<()> {
    let Some((&target, rest)) = args.split_first() else {
        return Err(error(vm, "pack_into expected buffer argument"));
    };
    let Some((&offset, values)) = rest.split_first() else {
        return Err(error(vm, "pack_into expected offset argument"));
    };
    let (wanted, given) = (this.format.values, values.len());
    if wanted != given {
        return Err(error(vm, format!("pack_into expected {wanted} items for packing (got {given})")));
    }
    let buffer = match Buffer::request(vm, target, flags::WRITABLE) {
        Ok(buffer) => WritableBuffer(buffer),
        Err(Raised) => {
            vm.take_pending();
            let given = type_name(vm, target);
            return Err(vm.type_error(format!("argument must be read-write bytes-like object, not {given}")));
        }
    };
    let offset = vm.index_isize(offset)?;
    let at = this.place(vm, buffer.len(), offset, Access::Pack)?;
    let bytes = this.packed(vm, values, "pack_into")?;
    for (to, &byte) in buffer.cells()[at..].iter().zip(&bytes) {
        to.set(byte);
    }
    Ok(())
}

fn iterate(vm: &Vm, this: Gc<Native<Struct>>, buffer: Value) -> PyResult {
    let size = this.format.size;
    if size == 0 {
        return Err(error(vm, "cannot iteratively unpack with a struct of length 0"));
    }
    if Buffer::simple(vm, buffer)?.len() % size != 0 {
        return Err(error(
            vm,
            format!("iterative unpacking requires a buffer of a multiple of {size} bytes"),
        ));
    }
    // The view keeps the memory in place as long as the iterator lives.
    let view = vm.memoryview_of(buffer)?;
    let class = vm.native_type(UnpackIterator::TYPE_DEF)?;
    let state = UnpackIterator { layout: this, memory: Cell::new(Some(view)), at: Cell::new(0) };
    Ok(vm.new_native(class, state).value())
}

#[pymethods]
impl Struct {
    #[pynew(sig = "(format)")]
    fn new(cls: Gc<Type>, vm: &Vm, format: Value) -> PyResult {
        Struct::make(vm, cls, format).map(Gc::value)
    }
    /// struct format string
    #[pygetset(name = "format")]
    fn get_format(&self, vm: &Vm) -> Value {
        vm.new_str(&String::from_utf8_lossy(&self.text))
    }
    /// struct size in bytes
    #[pygetset]
    fn size(&self) -> usize {
        self.format.size
    }
    #[pymethod]
    fn __repr__(this: Gc<Native<Struct>>, vm: &Vm) -> PyResult<String> {
        let name = vm.type_of(this.value()).name();
        let name = name.rsplit('.').next().unwrap_or_default();
        let format = vm.repr_text(this.get_format(vm))?;
        Ok(format!("{name}({format})"))
    }
    /// S.__sizeof__() -> size of S in memory, in bytes
    #[pymethod]
    fn __sizeof__(&self) -> usize {
        size_of::<Struct>() + self.format.fields.len() * size_of::<Field>()
    }
    /// Return a bytes object containing the values packed according to the format.
    #[pymethod(sig = "(*values)")]
    fn pack(&self, vm: &Vm, values: &[Value]) -> PyResult {
        Ok(vm.new_bytes(&self.packed(vm, values, "pack")?))
    }
    /// Pack values and write the bytes into a writable buffer, starting at an offset.
    #[pymethod(sig = "(*args)")]
    fn pack_into(this: Gc<Native<Struct>>, vm: &Vm, args: &[Value]) -> PyResult<()> {
        pack_into(vm, this, args)
    }
    /// Return a tuple containing unpacked values; the buffer's size must be that of the format.
    #[pymethod]
    fn unpack(&self, vm: &Vm, buffer: Buffer) -> PyResult {
        self.unpack_all(vm, &buffer)
    }
    /// Return a tuple containing values unpacked from a buffer at an offset.
    #[pymethod(sig = "(buffer, offset=0)")]
    fn unpack_from(&self, vm: &Vm, buffer: Buffer, offset: isize) -> PyResult {
        self.unpack_at(vm, &buffer, offset)
    }
    /// Return an iterator yielding tuples unpacked from successive parts of a buffer.
    #[pymethod]
    fn iter_unpack(this: Gc<Native<Struct>>, vm: &Vm, buffer: Value) -> PyResult {
        iterate(vm, this, buffer)
    }
}

/// What `iter_unpack` returns.
#[pyclass(name = "unpack_iterator", module = "_struct")]
#[derive(Trace)]
pub struct UnpackIterator {
    layout: Gc<Native<Struct>>,
    /// A memoryview; `None` at the end.
    memory: Cell<Option<Value>>,
    at: Cell<usize>,
}

#[pymethods]
impl UnpackIterator {
    #[pymethod]
    fn __iter__(this: Gc<Native<UnpackIterator>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult {
        let Some(memory) = self.memory.get() else { return Err(vm.stop_iteration(None)) };
        let buffer = Buffer::simple(vm, memory)?;
        let (at, size) = (self.at.get(), self.layout.format.size);
        if at + size > buffer.len() {
            drop(buffer);
            self.memory.set(None);
            vm.call_method(memory, "release", &[])?;
            return Err(vm.stop_iteration(None));
        }
        self.at.set(at + size);
        Ok(self.layout.unpack_bytes(vm, &buffer[at..at + size]))
    }
    #[pymethod]
    fn __length_hint__(&self, vm: &Vm) -> PyResult<usize> {
        match self.memory.get() {
            None => Ok(0),
            Some(memory) => {
                let len = Buffer::simple(vm, memory)?.len();
                Ok((len - self.at.get()) / self.layout.format.size)
            }
        }
    }
}

/// Functions to convert between Python values and C structs.
///
/// Python bytes objects are used to hold the data representing the C struct and also as format strings to describe
/// the layout of data in the C struct.
#[pymodule(name = "_struct", classes(super::Struct))]
pub mod structs {
    use super::*;

    #[pyattr(name = "error")]
    fn error_(vm: &Vm) -> PyResult<Gc<Type>> {
        error_class(vm)
    }

    /// Clear the internal cache.
    #[pyfunction]
    fn _clearcache(vm: &Vm) -> PyResult<()> {
        let cache = vm.registered("_struct.cache", |vm| Ok(vm.new_dict().value()))?;
        if let Some(cache) = cache.downcast::<Dict>() {
            cache.clear();
        }
        Ok(())
    }
    /// Return size in bytes of the struct described by the format string.
    #[pyfunction]
    fn calcsize(vm: &Vm, format: Value) -> PyResult<usize> {
        Ok(compiled(vm, format)?.format.size)
    }
    /// Return a bytes object containing the values packed according to the format string.
    #[pyfunction]
    fn pack(vm: &Vm, args: Args<'_>) -> PyResult {
        args.reject_keywords(vm, "_struct.pack")?;
        match args.positional_values().split_first() {
            None => Err(vm.type_error("missing format argument")),
            Some((&format, values)) => Ok(vm.new_bytes(&compiled(vm, format)?.packed(vm, values, "pack")?)),
        }
    }
    /// Pack values according to the format string and write the bytes into a writable buffer, starting at an offset.
    #[pyfunction(name = "pack_into")]
    fn pack_into_(vm: &Vm, args: Args<'_>) -> PyResult<()> {
        args.reject_keywords(vm, "_struct.pack_into")?;
        match args.positional_values().split_first() {
            None => Err(vm.type_error("missing format argument")),
            Some((&format, rest)) => super::pack_into(vm, compiled(vm, format)?, rest),
        }
    }
    /// Return a tuple containing values unpacked according to the format string.
    #[pyfunction]
    fn unpack(vm: &Vm, format: Value, buffer: Value) -> PyResult {
        let layout = compiled(vm, format)?;
        layout.unpack_all(vm, &Buffer::simple(vm, buffer)?)
    }
    /// Return a tuple containing values unpacked according to the format string from a buffer at an offset.
    #[pyfunction(sig = "(format, /, buffer, offset=0)")]
    fn unpack_from(vm: &Vm, format: Value, buffer: Value, offset: isize) -> PyResult {
        let layout = compiled(vm, format)?;
        layout.unpack_at(vm, &Buffer::simple(vm, buffer)?, offset)
    }
    /// Return an iterator yielding tuples unpacked from successive parts of a buffer.
    #[pyfunction]
    fn iter_unpack(vm: &Vm, format: Value, buffer: Value) -> PyResult {
        iterate(vm, compiled(vm, format)?, buffer)
    }
}
