//! `array`: sequences of numbers or characters of one machine type.
//!
//! * [`items`]: the type codes, one item to and from Python
//! * [`pickle`]: `__reduce_ex__` and `_array_reconstructor`
//!
//! The items are bytes in a vector that the buffer protocol lends; while it is lent, the array keeps its size. Items
//! become bytes before the vector is looked at: their methods may change the array.

mod items;
mod pickle;

use adder_interp::buffer::{Buffer, BufferProcs, ExportCount, Layout, View};
use adder_interp::native::Args;
use adder_interp::native::args::type_name;
use adder_interp::object::bytearray::ByteArray;
use adder_interp::object::bytes::Bytes;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::list::List;
use adder_interp::object::native::Native;
use adder_interp::object::slice::Slice;
use adder_interp::object::str::Str;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::compare::CompareOp;
use adder_interp::vm::subscript::{SliceRange, resolve};
use adder_macros::{Trace, pyclass, pymethods, pymodule};
use items::Code;
use std::cell::{Cell, RefCell};

type This = Gc<Native<Array>>;

#[pymodule(
    name = "array",
    doc = "This module defines an object type which can efficiently represent\nan array of basic values: characters, integers, floating-point\nnumbers.  Arrays are sequence types and behave very much like lists,\nexcept that the type of objects stored in them is constrained.\n",
    classes(super::Array),
    functions(super::pickle::array_reconstructor)
)]
pub mod array {
    use super::*;

    #[pyattr]
    #[allow(non_upper_case_globals, reason = "the constant is named as Python names it")]
    const typecodes: &str = "bBuwhHiIlLqQfd";

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        let class = vm.native_type(Array::TYPE_DEF)?.value();
        dict.insert_str(&vm.heap, vm.intern("ArrayType"), class);
        let abc = vm.import("collections.abc")?;
        let sequences = vm.getattr_str(abc, "MutableSequence")?;
        vm.call_method(sequences, "register", &[class]).map(drop)
    }
}

/// An array. The first argument of its class is the type code:
///
///     b B h H i I l L q Q    integers, capital letters unsigned
///     u w                    characters
///     f d                    floating-point numbers
///
/// The second, if given, is a list, bytes-like object, string or iterable of items.
#[pyclass(name = "array", module = "array", buffer = BUFFER, subclassable, weakrefable, sequence)]
#[derive(Trace)]
pub struct Array {
    #[trace(skip)]
    code: Code,
    #[trace(skip)]
    items: RefCell<Vec<u8>>,
    exports: ExportCount,
}

static BUFFER: BufferProcs = BufferProcs {
    get: |_, value, _| {
        let this: This = value.downcast().expect("the procedures belong to array");
        let mut items = this.items.borrow_mut();
        let size = this.code.size();
        let layout = Layout::row(this.code.format(), size, items.len() / size);
        let view = View {
            data: items.as_mut_ptr(),
            len: items.len(),
            readonly: false,
            layout: Some(Box::new(layout)),
        };
        Ok((view, Some(this.exports.lease())))
    },
    releases: true,
    lender: None,
};

fn mixed(vm: &Vm) -> Raised {
    vm.type_error("bad argument type for built-in operation")
}

impl Array {
    fn create(vm: &Vm, class: Gc<Type>, code: Code) -> PyResult<This> {
        if code.0 == b'u' {
            let message = "The 'u' type code is deprecated and will be removed in Python 3.16";
            vm.warn(vm.exceptions.deprecation_warning, message, 1)?;
        }
        let payload = Array { code, items: RefCell::new(Vec::new()), exports: ExportCount::default() };
        Ok(vm.new_native(class, payload))
    }

    /// An array of the exact class with these bytes.
    fn with_items(&self, vm: &Vm, items: Vec<u8>) -> PyResult<This> {
        let class = vm.native_type(Array::TYPE_DEF)?;
        let payload = Array { code: self.code, items: RefCell::new(items), exports: ExportCount::default() };
        Ok(vm.new_native(class, payload))
    }

    fn len(&self) -> usize {
        self.items.borrow().len() / self.code.size()
    }

    fn item(&self, vm: &Vm, at: usize) -> PyResult<Option<Value>> {
        let size = self.code.size();
        let mut bytes = [0; 8];
        match self.items.borrow().get(at * size..(at + 1) * size) {
            Some(item) => bytes[..size].copy_from_slice(item),
            None => return Ok(None),
        }
        self.code.read(vm, &bytes).map(Some)
    }

    /// The bytes of an item, and how many.
    fn encoded(&self, vm: &Vm, value: Value) -> PyResult<([u8; 8], usize)> {
        let mut bytes = [0; 8];
        self.code.write(vm, value, &mut bytes)?;
        Ok((bytes, self.code.size()))
    }

    /// Refuses while the memory is lent. Views that nobody refers to any more count until they are collected.
    fn ensure_resizable(&self, vm: &Vm) -> PyResult<()> {
        for full in [false, true] {
            if self.exports.count() == 0 {
                return Ok(());
            }
            vm.heap.collect_from_here(full);
        }
        match self.exports.count() {
            0 => Ok(()),
            _ => Err(vm.buffer_error("cannot resize an array that is exporting buffers")),
        }
    }

    fn push(&self, vm: &Vm, value: Value) -> PyResult<()> {
        let (bytes, size) = self.encoded(vm, value)?;
        self.append_bytes(vm, &bytes[..size])
    }

    fn append_bytes(&self, vm: &Vm, bytes: &[u8]) -> PyResult<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.ensure_resizable(vm)?;
        vm.room_for(self.items.borrow().len().checked_add(bytes.len()))?;
        self.items.borrow_mut().extend_from_slice(bytes);
        Ok(())
    }

    /// Appends machine values.
    fn add_machine_values(&self, vm: &Vm, bytes: &[u8]) -> PyResult<()> {
        if !bytes.len().is_multiple_of(self.code.size()) {
            return Err(vm.value_error("bytes length not a multiple of item size"));
        }
        self.append_bytes(vm, bytes)
    }

    fn add_text(&self, vm: &Vm, text: Gc<Str>) -> PyResult<()> {
        let mut bytes = Vec::with_capacity(4 * text.len());
        (0..text.len()).for_each(|i| bytes.extend_from_slice(&text.char_at(i).to_ne_bytes()));
        self.append_bytes(vm, &bytes)
    }

    /// Appends the items of an iterable.
    fn add_all(this: Gc<Native<Array>>, vm: &Vm, iterable: Value) -> PyResult<()> {
        if let Some(other) = iterable.downcast::<Native<Array>>() {
            if other.code != this.code {
                return Err(vm.type_error("can only extend with array of same kind"));
            }
            let bytes = other.items.borrow().clone();
            return this.append_bytes(vm, &bytes);
        }
        vm.for_each(iterable, |value| this.push(vm, value))
    }

    /// The initial items of a new array.
    fn fill(this: Gc<Native<Array>>, vm: &Vm, initial: Value) -> PyResult<()> {
        if let Some(text) = initial.downcast::<Str>() {
            return this.add_text(vm, text);
        }
        if initial.is::<Bytes>() || initial.is::<ByteArray>() {
            let bytes = Buffer::simple(vm, initial)?.to_vec();
            return this.add_machine_values(vm, &bytes);
        }
        match initial.downcast::<Native<Array>>() {
            Some(other) if other.code == this.code || (other.code.is_text() && this.code.is_text()) => {
                let bytes = other.items.borrow().clone();
                this.append_bytes(vm, &bytes)
            }
            _ => vm.for_each(initial, |value| this.push(vm, value)),
        }
    }

    fn to_list(this: Gc<Native<Array>>, vm: &Vm) -> PyResult {
        let mut list = vm.vec();
        let mut at = 0;
        while let Some(item) = this.item(vm, at)? {
            list.push(&vm.heap, item);
            at += 1;
        }
        Ok(vm.list_from(list))
    }

    fn text(&self, vm: &Vm) -> PyResult<Gc<Str>> {
        let items = self.items.borrow();
        let units: Vec<u32> = items.as_chunks::<4>().0.iter().map(|&c| u32::from_ne_bytes(c)).collect();
        if let Some(bad) = units.iter().find(|&&c| c > 0x10ffff) {
            return Err(vm.value_error(format!("character U+{bad:x} is not in range [U+0000; U+10ffff]")));
        }
        Ok(vm.str_of_slice(adder_text::units::UnitsRef::Ucs4(&units)))
    }

    /// Position of the first item equal to `value`.
    fn find(&self, vm: &Vm, value: Value, from: usize, to: usize) -> PyResult<Option<usize>> {
        let mut at = from;
        while at < to
            && let Some(item) = self.item(vm, at)?
        {
            if vm.eq(item, value)? {
                return Ok(Some(at));
            }
            at += 1;
        }
        Ok(None)
    }

    /// Replaces bytes; those that follow move.
    fn splice(&self, vm: &Vm, from: usize, to: usize, bytes: &[u8]) -> PyResult<()> {
        if to - from != bytes.len() {
            self.ensure_resizable(vm)?;
        }
        self.items.borrow_mut().splice(from..to, bytes.iter().copied());
        Ok(())
    }

    fn assign_slice(&self, vm: &Vm, range: SliceRange, bytes: &[u8]) -> PyResult<()> {
        let size = self.code.size();
        if let Some(range) = range.contiguous() {
            return self.splice(vm, range.start * size, range.end * size, bytes);
        }
        if bytes.is_empty() {
            if range.len > 0 {
                self.ensure_resizable(vm)?;
            }
            let mut doomed = range.ascending().positions().peekable();
            let mut kept = Vec::new();
            for (at, item) in self.items.borrow().chunks_exact(size).enumerate() {
                if doomed.next_if_eq(&at).is_none() {
                    kept.extend_from_slice(item);
                }
            }
            *self.items.borrow_mut() = kept;
            return Ok(());
        }
        let count = bytes.len() / size;
        if count != range.len {
            return Err(vm.value_error(format!(
                "attempt to assign array of size {count} to extended slice of size {}",
                range.len
            )));
        }
        let mut items = self.items.borrow_mut();
        for (at, item) in range.positions().zip(bytes.chunks_exact(size)) {
            items[at * size..(at + 1) * size].copy_from_slice(item);
        }
        Ok(())
    }

    /// `this[key] = value`, or deletion for `None`.
    fn assign(this: Gc<Native<Array>>, vm: &Vm, key: Value, value: Option<Value>) -> PyResult<()> {
        if vm.is_index(key) {
            let index = vm.index_for_subscript(key)?;
            let item = value.map(|value| this.encoded(vm, value)).transpose();
            let Some(at) = resolve(index, this.len()) else {
                return Err(vm.index_error("array assignment index out of range"));
            };
            let at = at * this.code.size();
            return match item? {
                Some((bytes, size)) => this.splice(vm, at, at + size, &bytes[..size]),
                None => this.splice(vm, at, at + this.code.size(), &[]),
            };
        }
        let Some(slice) = key.downcast::<Slice>() else {
            return Err(vm.type_error("array indices must be integers"));
        };
        let parts = vm.unpack_slice(slice)?;
        let bytes = match value {
            None => Vec::new(),
            Some(value) => {
                let Some(other) = value.downcast::<Native<Array>>() else {
                    let given = type_name(vm, value);
                    return Err(
                        vm.type_error(format!("can only assign array (not \"{given}\") to array slice"))
                    );
                };
                if other.code != this.code {
                    return Err(mixed(vm));
                }
                other.items.borrow().clone()
            }
        };
        this.assign_slice(vm, parts.within(this.len()), &bytes)
    }

    /// The items `count` times.
    fn repeated(&self, vm: &Vm, count: Value) -> PyResult<Vec<u8>> {
        if !vm.is_index(count) {
            let given = type_name(vm, count);
            return Err(vm.type_error(format!("can't multiply sequence by non-int of type '{given}'")));
        }
        let count = vm.index_for_subscript(count)?.max(0) as usize;
        let items = self.items.borrow();
        let total = items.len().checked_mul(count).filter(|&n| n <= isize::MAX as usize);
        vm.room_for(total)?;
        Ok(items.repeat(count))
    }
}

#[pymethods]
impl Array {
    #[pynew]
    fn __new__(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        if args.has_keywords() && cls == vm.native_type(Array::TYPE_DEF)? {
            return Err(vm.type_error("array.array() takes no keyword arguments"));
        }
        let given = args.positional_values();
        let count = given.len();
        let (code, initial) = match given {
            [] => return Err(vm.type_error("array() takes at least 1 argument (0 given)")),
            [code] => (*code, None),
            [code, initial] => (*code, Some(*initial)),
            _ => return Err(vm.type_error(format!("array() takes at most 2 arguments ({count} given)"))),
        };
        let Some(text) = code.downcast::<Str>() else {
            let given = type_name(vm, code);
            return Err(vm.type_error(format!("array() argument 1 must be a unicode character, not {given}")));
        };
        if text.len() != 1 {
            let length = text.len();
            return Err(vm.type_error(format!(
                "array() argument 1 must be a unicode character, not a string of length {length}"
            )));
        }
        let letter = text.char_at(0);
        let is_text = matches!(letter, 0x75 | 0x77);
        if let Some(initial) = initial
            && !is_text
        {
            let shown = char::from_u32(letter).unwrap_or('?');
            if initial.is::<Str>() {
                let message = format!("cannot use a str to initialize an array with typecode '{shown}'");
                return Err(vm.type_error(message));
            }
            if initial.downcast::<Native<Array>>().is_some_and(|other| other.code.is_text()) {
                let message =
                    format!("cannot use a unicode array to initialize an array with typecode '{shown}'");
                return Err(vm.type_error(message));
            }
        }
        let Some(code) = Code::new(letter) else {
            let message = "bad typecode (must be b, B, u, w, h, H, i, I, l, L, q, Q, f or d)";
            return Err(vm.value_error(message));
        };
        let array = Array::create(vm, cls, code)?;
        if let Some(initial) = initial {
            Array::fill(array, vm, initial)?;
        }
        Ok(array.value())
    }

    /// the typecode character used to create the array
    #[pygetset]
    fn typecode(&self) -> &'static str {
        self.code.as_str()
    }
    /// the size, in bytes, of one array item
    #[pygetset]
    fn itemsize(&self) -> usize {
        self.code.size()
    }
    /// Append new value v to the end of the array.
    #[pymethod]
    fn append(&self, vm: &Vm, v: Value) -> PyResult<()> {
        self.push(vm, v)
    }
    /// Return a tuple (address, length) giving the current memory address and the length in items of the buffer used
    /// to hold array's contents.
    ///
    /// The length should be multiplied by the itemsize attribute to
    /// calculate the buffer length in bytes.
    #[pymethod]
    fn buffer_info(&self) -> (usize, usize) {
        (self.items.borrow().as_ptr() as usize, self.len())
    }
    /// Byteswap all items of the array.
    ///
    /// If the items in the array are not 1, 2, 4, or 8 bytes in size,
    /// RuntimeError is raised.
    #[pymethod]
    fn byteswap(&self) {
        items::swap_bytes(&mut self.items.borrow_mut(), self.code.size());
    }
    /// Remove all items from the array.
    #[pymethod]
    fn clear(&self, vm: &Vm) -> PyResult<()> {
        let len = self.items.borrow().len();
        self.splice(vm, 0, len, &[])
    }
    /// Return number of occurrences of v in the array.
    #[pymethod]
    fn count(&self, vm: &Vm, v: Value) -> PyResult<usize> {
        let (mut at, mut count) = (0, 0);
        while let Some(item) = self.item(vm, at)? {
            count += usize::from(vm.eq(item, v)?);
            at += 1;
        }
        Ok(count)
    }
    /// Append items to the end of the array.
    #[pymethod]
    fn extend(this: Gc<Native<Array>>, vm: &Vm, bb: Value) -> PyResult<()> {
        Array::add_all(this, vm, bb)
    }
    /// Appends items from the string, interpreting it as an array of machine values, as if it had been read from a
    /// file using the fromfile() method.
    #[pymethod]
    fn frombytes(&self, vm: &Vm, buffer: Value) -> PyResult<()> {
        let memory = Buffer::simple(vm, buffer)?;
        if memory.view().itemsize() != 1 {
            return Err(vm.type_error("a bytes-like object is required"));
        }
        let bytes = memory.to_vec();
        drop(memory);
        self.add_machine_values(vm, &bytes)
    }
    /// Read n objects from the file object f and append them to the end of the array.
    #[pymethod(sig = "(f, n, /)")]
    fn fromfile(&self, vm: &Vm, f: Value, n: isize) -> PyResult<()> {
        let Ok(count) = usize::try_from(n) else { return Err(vm.value_error("negative count")) };
        let Some(wanted) = count.checked_mul(self.code.size()).and_then(|n| i64::try_from(n).ok()) else {
            return Err(vm.out_of_memory());
        };
        let read = vm.call_method(f, "read", &[vm.new_int(wanted)])?;
        let Some(bytes) = read.downcast::<Bytes>() else {
            return Err(vm.type_error("read() didn't return bytes"));
        };
        self.add_machine_values(vm, &bytes.to_vec())?;
        if bytes.len() as i64 != wanted {
            return Err(vm.eof_error("read() didn't return enough bytes"));
        }
        Ok(())
    }
    /// Append items to array from list.
    #[pymethod]
    fn fromlist(&self, vm: &Vm, list: Value) -> PyResult<()> {
        let Some(list) = list.downcast::<List>() else { return Err(vm.type_error("arg must be list")) };
        let expected = list.len();
        if expected > 0 {
            self.ensure_resizable(vm)?;
        }
        let mut bytes = Vec::new();
        for i in 0..expected {
            let Some(value) = list.get(i) else { break };
            let (item, size) = self.encoded(vm, value)?;
            bytes.extend_from_slice(&item[..size]);
            if list.len() != expected {
                return Err(vm.runtime_error("list changed size during iteration"));
            }
        }
        self.append_bytes(vm, &bytes)
    }
    /// Extends this array with data from the unicode string ustr.
    ///
    /// The array must be a unicode type array; otherwise a ValueError is
    /// raised.  Use array.frombytes(ustr.encode(...)) to append Unicode
    /// data to an array of some other type.
    #[pymethod]
    fn fromunicode(&self, vm: &Vm, ustr: Gc<Str>) -> PyResult<()> {
        if !self.code.is_text() {
            let message = "fromunicode() may only be called on unicode type arrays ('u' or 'w')";
            return Err(vm.value_error(message));
        }
        self.add_text(vm, ustr)
    }
    /// Return index of first occurrence of v in the array.
    ///
    /// Raise ValueError if the value is not present.
    #[pymethod(sig = "(v, start=0, stop=sys.maxsize, /)")]
    fn index(&self, vm: &Vm, v: Value, start: Option<Value>, stop: Option<Value>) -> PyResult<usize> {
        let bound = |value: Option<Value>, absent: isize| -> PyResult<usize> {
            let Some(value) = value else { return Ok(absent as usize) };
            if !vm.is_index(value) {
                return Err(vm.type_error("slice indices must be integers or have an __index__ method"));
            }
            let at = vm.slice_index(value)?.unwrap_or(absent);
            Ok(if at < 0 { at.saturating_add(self.len() as isize).max(0) as usize } else { at as usize })
        };
        let (from, to) = (bound(start, 0)?, bound(stop, isize::MAX)?);
        let found = self.find(vm, v, from, to)?;
        found.ok_or_else(|| vm.value_error("array.index(x): x not in array"))
    }
    /// Insert a new item v into the array before position i.
    #[pymethod]
    fn insert(&self, vm: &Vm, i: isize, v: Value) -> PyResult<()> {
        let (bytes, size) = self.encoded(vm, v)?;
        let len = self.len() as isize;
        let at = if i < 0 { (i.saturating_add(len)).max(0) } else { i.min(len) } as usize * size;
        self.splice(vm, at, at, &bytes[..size])
    }
    /// Return the i-th element and delete it from the array.
    ///
    /// i defaults to -1.
    #[pymethod(sig = "(i=-1, /)")]
    fn pop(&self, vm: &Vm, i: isize) -> PyResult {
        let len = self.len();
        if len == 0 {
            return Err(vm.index_error("pop from empty array"));
        }
        let Some(at) = resolve(i as i64, len) else { return Err(vm.index_error("pop index out of range")) };
        let item = self.item(vm, at)?;
        let size = self.code.size();
        self.splice(vm, at * size, (at + 1) * size, &[])?;
        item.ok_or_else(|| vm.index_error("pop index out of range"))
    }
    /// Remove the first occurrence of v in the array.
    #[pymethod]
    fn remove(&self, vm: &Vm, v: Value) -> PyResult<()> {
        let Some(at) = self.find(vm, v, 0, usize::MAX)? else {
            return Err(vm.value_error("array.remove(x): x not in array"));
        };
        if at < self.len() {
            let size = self.code.size();
            self.splice(vm, at * size, (at + 1) * size, &[])?;
        }
        Ok(())
    }
    /// Reverse the order of the items in the array.
    #[pymethod]
    fn reverse(&self) {
        let size = self.code.size();
        let mut items = self.items.borrow_mut();
        items.reverse();
        items::swap_bytes(&mut items, size);
    }
    /// Convert the array to an array of machine values and return the bytes representation.
    #[pymethod]
    fn tobytes(&self, vm: &Vm) -> Value {
        vm.new_bytes(&self.items.borrow())
    }
    /// Write all items (as machine values) to the file object f.
    #[pymethod]
    fn tofile(&self, vm: &Vm, f: Value) -> PyResult<()> {
        /// Bytes that are written at a time.
        const BLOCK: usize = 64 * 1024;
        let mut at = 0;
        loop {
            let block = match self.items.borrow().get(at..) {
                None | Some([]) => return Ok(()),
                Some(rest) => rest[..rest.len().min(BLOCK)].to_vec(),
            };
            at += block.len();
            vm.call_method(f, "write", &[vm.new_bytes(&block)])?;
        }
    }
    /// Convert array to an ordinary list with the same items.
    #[pymethod]
    fn tolist(this: Gc<Native<Array>>, vm: &Vm) -> PyResult {
        Array::to_list(this, vm)
    }
    /// Extends this array with data from the unicode string ustr.
    ///
    /// Convert the array to a unicode string.  The array must be a unicode
    /// type array; otherwise a ValueError is raised.  Use
    /// array.tobytes().decode() to obtain a unicode string from an array of
    /// some other type.
    #[pymethod]
    fn tounicode(&self, vm: &Vm) -> PyResult<Gc<Str>> {
        if !self.code.is_text() {
            let message = "tounicode() may only be called on unicode type arrays ('u' or 'w')";
            return Err(vm.value_error(message));
        }
        self.text(vm)
    }
    /// Arrays are generic over the type of their elements
    #[pyclassmethod(sig = "(object, /)")]
    fn __class_getitem__(cls: Gc<Type>, vm: &Vm, object: Value) -> PyResult {
        vm.generic_alias(cls, object)
    }
    /// Return a copy of the array.
    #[pymethod]
    fn __copy__(&self, vm: &Vm) -> PyResult<This> {
        let items = self.items.borrow().clone();
        self.with_items(vm, items)
    }
    /// Return a copy of the array.
    #[pymethod]
    fn __deepcopy__(&self, vm: &Vm, unused: Value) -> PyResult<This> {
        let _ = unused;
        self.__copy__(vm)
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce_ex__(this: Gc<Native<Array>>, vm: &Vm, value: Value) -> PyResult {
        pickle::reduced(this, vm, value)
    }
    /// Size of the array in memory, in bytes.
    #[pymethod]
    fn __sizeof__(&self) -> usize {
        16 + size_of::<Array>() + self.items.borrow().capacity()
    }
    #[pymethod]
    fn __repr__(this: Gc<Native<Array>>, vm: &Vm) -> PyResult {
        let name = vm.type_of(this.value()).name();
        let name = name.rsplit('.').next().unwrap_or_default();
        let code = this.code.as_str();
        if this.len() == 0 {
            return Ok(vm.new_str(&format!("{name}('{code}')")));
        }
        let items = if this.code.is_text() { this.text(vm)?.value() } else { Array::to_list(this, vm)? };
        let head = vm.new_str(&format!("{name}('{code}', "));
        let shown = vm.repr(items)?;
        vm.call_method(vm.new_str(""), "join", &[vm.new_tuple(&[head, shown.value(), vm.new_str(")")])])
    }
    #[pymethod]
    fn __len__(&self) -> usize {
        self.len()
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<Array>>, vm: &Vm) -> PyResult {
        let class = vm.native_type(ArrayIterator::TYPE_DEF)?;
        Ok(vm
            .new_native(class, ArrayIterator { array: Cell::new(Some(this.value())), at: Cell::new(0) })
            .value())
    }
    #[pymethod]
    fn __contains__(&self, vm: &Vm, key: Value) -> PyResult<bool> {
        Ok(self.find(vm, key, 0, usize::MAX)?.is_some())
    }
    #[pymethod]
    fn __getitem__(this: Gc<Native<Array>>, vm: &Vm, key: Value) -> PyResult {
        if let Some(slice) = key.downcast::<Slice>() {
            let range = vm.unpack_slice(slice)?.within(this.len());
            let size = this.code.size();
            let items: Vec<u8> = {
                let all = this.items.borrow();
                match range.contiguous() {
                    Some(range) => all[range.start * size..range.end * size].to_vec(),
                    None => {
                        range.positions().flat_map(|at| all[at * size..(at + 1) * size].to_vec()).collect()
                    }
                }
            };
            return this.with_items(vm, items).map(Gc::value);
        }
        if !vm.is_index(key) {
            return Err(vm.type_error("array indices must be integers"));
        }
        let at = vm.position_in(key, this.len(), "array")?;
        let item = this.item(vm, at)?;
        item.ok_or_else(|| vm.index_error("array index out of range"))
    }
    #[pymethod]
    fn __setitem__(this: Gc<Native<Array>>, vm: &Vm, key: Value, value: Value) -> PyResult<()> {
        Array::assign(this, vm, key, Some(value))
    }
    #[pymethod]
    fn __delitem__(this: Gc<Native<Array>>, vm: &Vm, key: Value) -> PyResult<()> {
        Array::assign(this, vm, key, None)
    }
    #[pymethod]
    fn __add__(this: Gc<Native<Array>>, vm: &Vm, value: Value) -> PyResult {
        let Some(other) = value.downcast::<Native<Array>>() else {
            let given = type_name(vm, value);
            return Err(vm.type_error(format!("can only append array (not \"{given}\") to array")));
        };
        if other.code != this.code {
            return Err(mixed(vm));
        }
        let sum = [&this.items.borrow()[..], &other.items.borrow()[..]].concat();
        this.with_items(vm, sum).map(Gc::value)
    }
    #[pymethod]
    fn __iadd__(this: Gc<Native<Array>>, vm: &Vm, value: Value) -> PyResult<This> {
        if !value.is::<Native<Array>>() {
            let given = type_name(vm, value);
            return Err(vm.type_error(format!("can only extend array with array (not \"{given}\")")));
        }
        Array::add_all(this, vm, value)?;
        Ok(this)
    }
    #[pymethod]
    fn __mul__(this: Gc<Native<Array>>, vm: &Vm, value: Value) -> PyResult {
        let items = this.repeated(vm, value)?;
        this.with_items(vm, items).map(Gc::value)
    }
    #[pymethod]
    fn __rmul__(this: Gc<Native<Array>>, vm: &Vm, value: Value) -> PyResult {
        Array::__mul__(this, vm, value)
    }
    #[pymethod]
    fn __imul__(this: Gc<Native<Array>>, vm: &Vm, value: Value) -> PyResult {
        let items = this.repeated(vm, value)?;
        let len = this.items.borrow().len();
        this.splice(vm, 0, len, &items)?;
        Ok(this.value())
    }
    #[pyattr]
    fn __hash__(_vm: &Vm) -> Value {
        Value::none()
    }
    #[pycompare]
    fn compare(this: Gc<Native<Array>>, vm: &Vm, op: CompareOp, other: Value) -> PyResult {
        let Some(other) = other.downcast::<Native<Array>>() else { return Ok(Value::not_implemented()) };
        if this.len() != other.len() && matches!(op, CompareOp::Eq | CompareOp::Ne) {
            return Ok(Value::bool(op == CompareOp::Ne));
        }
        let mut at = 0;
        while let (Some(a), Some(b)) = (this.item(vm, at)?, other.item(vm, at)?) {
            if !vm.compare_bool(CompareOp::Eq, a, b)? {
                return match op {
                    CompareOp::Eq => Ok(Value::bool(false)),
                    CompareOp::Ne => Ok(Value::bool(true)),
                    _ => vm.compare(op, a, b),
                };
            }
            at += 1;
        }
        let (a, b) = (this.len(), other.len());
        Ok(Value::bool(match op {
            CompareOp::Lt => a < b,
            CompareOp::Le => a <= b,
            CompareOp::Eq => a == b,
            CompareOp::Ne => a != b,
            CompareOp::Gt => a > b,
            CompareOp::Ge => a >= b,
        }))
    }
}

/// Iterator over an array.
#[pyclass(name = "arrayiterator", module = "array", private)]
#[derive(Trace)]
pub struct ArrayIterator {
    /// `None` at the end.
    array: Cell<Option<Value>>,
    at: Cell<usize>,
}

#[pymethods]
impl ArrayIterator {
    #[pymethod]
    fn __iter__(this: Gc<Native<ArrayIterator>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult<Option<Value>> {
        let Some(array) = self.array.get().and_then(|a| a.downcast::<Native<Array>>()) else {
            return Ok(None);
        };
        match array.item(vm, self.at.get())? {
            Some(item) => {
                self.at.set(self.at.get() + 1);
                Ok(Some(item))
            }
            None => {
                self.array.set(None);
                Ok(None)
            }
        }
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(&self, vm: &Vm) -> PyResult {
        let iter = vm.builtin_function("iter")?;
        Ok(match self.array.get() {
            Some(array) => vm.new_tuple(&[iter, vm.new_tuple(&[array]), vm.new_int(self.at.get() as i64)]),
            None => vm.new_tuple(&[iter, vm.new_tuple(&[vm.empty_tuple.value()])]),
        })
    }
    /// Set state information for unpickling.
    #[pymethod]
    fn __setstate__(&self, vm: &Vm, state: Value) -> PyResult<()> {
        let Some(at) = adder_interp::object::int::as_int(state) else {
            return Err(vm.type_error("an integer is required"));
        };
        let at =
            at.to_i64().ok_or_else(|| vm.overflow_error("Python int too large to convert to C ssize_t"))?;
        if let Some(array) = self.array.get().and_then(|a| a.downcast::<Native<Array>>()) {
            self.at.set((at.max(0) as usize).min(array.len()));
        }
        Ok(())
    }
}
