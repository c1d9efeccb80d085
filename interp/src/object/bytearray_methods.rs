//! The methods of `bytearray`.

use super::byte_string::{self, ByteString, Needle, byte_string_methods};
use super::bytearray::ByteArray;
use super::bytes::Bytes;
use super::header::Gc;
use super::iter::SeqIter;
use super::shape::shape_id;
use super::slice::Slice;
use super::str::Str;
use super::typeobj::Type;
use crate::buffer::{self, Buffer, BufferProcs, Order, View};
use crate::native::Args;
use crate::native::args::type_name;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use crate::vm::compare::CompareOp;
use crate::vm::special::Special;
use crate::vm::subscript::{SliceIndex, selected};
use adder_macros::pymethods;
use adder_text::bytes as ascii;
use adder_text::units::strip::Side;
use adder_text::units::{UnitsRef, pad, search};

impl ByteString for ByteArray {
    const NAME: &'static str = "bytearray";
    fn contents(&self) -> &[u8] {
        // SAFETY: `len` initialised bytes that do not move while no Python code runs, as the trait demands.
        unsafe { std::slice::from_raw_parts(self.data(), self.len()) }
    }
    fn make(vm: &Vm, bytes: &[u8]) -> Value {
        ByteArray::new(&vm.heap, shape_id::BYTEARRAY, 0, bytes).value()
    }
    fn unchanged(this: Gc<ByteArray>, vm: &Vm) -> Value {
        ByteArray::make(vm, this.as_ref().contents())
    }
}

static BUFFER: BufferProcs = BufferProcs {
    get: |vm, value, _| {
        let array: Gc<ByteArray> = value.downcast().expect("the procedures belong to bytearray");
        let lease = array.export_count(&vm.heap).lease();
        Ok((View::bytes(array.data(), array.len(), false), Some(lease)))
    },
    releases: true,
    lender: None,
};

impl ByteArray {
    /// Replaces `from..to`; BufferError if that would move memory that is lent.
    fn replace_range(&self, vm: &Vm, from: usize, to: usize, bytes: &[u8]) -> PyResult<()> {
        if to - from != bytes.len() {
            self.ensure_resizable(vm)?;
            vm.room_for(self.len().checked_add(bytes.len()))?;
        }
        self.splice(&vm.heap, from, to, bytes);
        Ok(())
    }

    /// Refuses while the memory is lent. Memoryviews that nobody refers to any more count until they are collected.
    fn ensure_resizable(&self, vm: &Vm) -> PyResult<()> {
        for full in [false, true] {
            if !self.is_exported() {
                return Ok(());
            }
            vm.reclaim_views(full);
        }
        match self.is_exported() {
            true => Err(vm.buffer_error("Existing exports of data: object cannot be re-sized")),
            false => Ok(()),
        }
    }

    /// The bytes to put in place of a slice.
    fn replacement(this: Gc<ByteArray>, vm: &Vm, value: Value) -> PyResult<Vec<u8>> {
        if value == this.value() {
            return Ok(this.to_vec());
        }
        if buffer::supports(vm, value) {
            return Ok(Buffer::request(vm, value, buffer::flags::FULL_RO)?.view().to_vec(Order::C));
        }
        if vm.is_index(value) || value.is::<Str>() || vm.special_of(value, Special::Iter).is_none() {
            return Err(
                vm.type_error("can assign only bytes, buffers, or iterables of ints in range(0, 256)")
            );
        }
        byte_string::from_object::<ByteArray>(vm, value)
    }

    /// `this[key] = value`, or deletion for `None`.
    fn assign(this: Gc<ByteArray>, vm: &Vm, key: Value, value: Option<Value>) -> PyResult<()> {
        if let Some(slice) = key.downcast::<Slice>() {
            let parts = vm.unpack_slice(slice)?;
            let bytes = match value {
                Some(value) => ByteArray::replacement(this, vm, value)?,
                None => Vec::new(),
            };
            return this.assign_slice(vm, parts.within(this.len()), &bytes, value.is_none());
        }
        if !vm.is_index(key) {
            return Err(vm.bad_subscript("bytearray", key));
        }
        let index = vm.index_for_subscript(key)?;
        let byte = match value {
            Some(value) => Some(byte_string::byte(vm, value)?),
            None => None,
        };
        // The integers' methods may have changed the array.
        let Some(at) = crate::vm::subscript::resolve(index, this.len()) else {
            return Err(vm.index_error("bytearray index out of range"));
        };
        match byte {
            Some(byte) => {
                this.cells()[at].set(byte);
                Ok(())
            }
            None => this.replace_range(vm, at, at + 1, &[]),
        }
    }

    fn assign_slice(
        &self,
        vm: &Vm,
        range: crate::vm::subscript::SliceRange,
        bytes: &[u8],
        delete: bool,
    ) -> PyResult<()> {
        if let Some(range) = range.contiguous() {
            return self.replace_range(vm, range.start, range.end, bytes);
        }
        if delete {
            self.ensure_resizable(vm)?;
            let mut doomed: Vec<usize> = range.positions().collect();
            doomed.sort_unstable();
            let kept = (0..self.len()).filter(|at| doomed.binary_search(at).is_err());
            let kept: Vec<u8> = kept.map(|at| self.cells()[at].get()).collect();
            self.splice(&vm.heap, 0, self.len(), &kept);
            return Ok(());
        }
        if bytes.len() != range.len {
            return Err(vm.value_error(format!(
                "attempt to assign bytes of size {} to extended slice of size {}",
                bytes.len(),
                range.len
            )));
        }
        for (at, &byte) in range.positions().zip(bytes) {
            self.cells()[at].set(byte);
        }
        Ok(())
    }

    fn compared(&self, vm: &Vm, other: Value, op: CompareOp) -> PyResult {
        if other.is::<Str>() || !buffer::supports(vm, other) {
            return Ok(Value::not_implemented());
        }
        let other = match Buffer::simple(vm, other) {
            Ok(other) => other,
            Err(Raised) => {
                vm.take_pending();
                return Ok(Value::not_implemented());
            }
        };
        Ok(Value::bool(op.holds(self.contents().cmp(&other[..]))))
    }

    fn concat_with(vm: &Vm, own: Value, value: Value) -> PyResult<Buffer> {
        if !buffer::supports(vm, value) {
            let (given, own) = (type_name(vm, value), type_name(vm, own));
            return Err(vm.type_error(format!("can't concat {given} to {own}")));
        }
        Buffer::simple(vm, value)
    }

    /// What `__reduce__` gives: class, arguments, instance dictionary.
    fn reduced(this: Gc<ByteArray>, vm: &Vm, protocol: i32) -> PyResult {
        let state = match vm.getattr_opt(this.value(), vm.names.__dict__)? {
            Some(dict) if vm.length(dict)? > 0 => dict,
            _ => Value::none(),
        };
        let bytes = this.to_vec();
        let args = if bytes.is_empty() {
            vm.new_tuple(&[])
        } else if protocol < 3 {
            let text = vm.str_of_slice(UnitsRef::latin1(&bytes));
            vm.new_tuple(&[text.value(), vm.new_str("latin-1")])
        } else {
            vm.new_tuple(&[vm.new_bytes(&bytes)])
        };
        Ok(vm.new_tuple(&[vm.type_of(this.value()).value(), args, state]))
    }
}

byte_string_methods! {
    /// bytearray(iterable_of_ints) -> bytearray
    /// bytearray(string, encoding[, errors]) -> bytearray
    /// bytearray(bytes_or_buffer) -> mutable copy of bytes_or_buffer
    /// bytearray(int) -> bytes array of size given by the parameter initialized with null bytes
    /// bytearray() -> empty bytes array
    ///
    /// A mutable array of bytes: of the integers in an iterable, of an encoded text, of a bytes-like object, or a number of
    /// zeros.
    #[pymethods(name = "bytearray", kind = ByteArray, def = TYPE_DEF, buffer = BUFFER, subclassable, match_self)]
    impl ByteArray {
        #[pynew]
        fn new_(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> Value {
            let _ = args; // `__init__` looks at them
            let (shape, words) = (cls.root_shape().id, cls.ext_words.get() as usize);
            vm.finish_instance(cls, ByteArray::new(&vm.heap, shape, words, &[]).value())
        }
        #[pymethod(quiet, sig = "(source=b'', encoding='utf-8', errors='strict')", method)]
        fn __init__(
            this: Gc<ByteArray>,
            vm: &Vm,
            source: Option<Value>,
            encoding: Option<Gc<Str>>,
            errors: Option<Gc<Str>>,
        ) -> PyResult<()> {
            if !this.is_empty() {
                this.replace_range(vm, 0, this.len(), &[])?;
            }
            let bytes = byte_string::from_source::<ByteArray>(vm, source, encoding, errors)?;
            this.replace_range(vm, 0, this.len(), &bytes)
        }
        #[pymethod]
        fn __repr__(this: Gc<ByteArray>, vm: &Vm) -> PyResult<Gc<Str>> {
            let mut literal = adder_text::repr::bytes_repr(this.contents());
            if literal[1] == b'"' {
                // Unlike those of bytes, single quotes are always escaped.
                literal = literal.iter().flat_map(|&b| [b'\\', b].into_iter().skip((b != b'\'') as usize)).collect();
            }
            let name = vm.type_of(this.value()).name();
            let mut out = adder_text::units::StrBuilder::with_capacity(literal.len() + name.len() + 2);
            out.push_str(&name);
            out.push_ascii(b"(");
            out.push_ascii(&literal);
            out.push_ascii(b")");
            Ok(vm.str_of_buf(out.finish()))
        }
        #[pymethod]
        fn __str__(this: Gc<ByteArray>, vm: &Vm) -> PyResult<Gc<Str>> {
            vm.repr(this.value())
        }
        #[pyattr]
        fn __hash__(vm: &Vm) -> Value {
            vm.none()
        }
        #[pymethod]
        fn __iter__(this: Gc<ByteArray>, vm: &Vm) -> Value {
            SeqIter::new(&vm.heap, shape_id::BYTEARRAY_ITERATOR, this.value(), 0, 0).value()
        }
        #[pymethod]
        fn __getitem__(this: Gc<ByteArray>, vm: &Vm, key: Value) -> PyResult {
            if let Some(slice) = key.downcast::<Slice>() {
                let range = vm.unpack_slice(slice)?.within(this.len());
                return Ok(match range.contiguous() {
                    Some(range) => ByteArray::make(vm, &this.as_ref().contents()[range]),
                    None => {
                        let bytes: Vec<u8> = range.positions().map(|at| this.cells()[at].get()).collect();
                        ByteArray::make(vm, &bytes)
                    }
                });
            }
            if !vm.is_index(key) {
                return Err(vm.bad_subscript("bytearray", key));
            }
            let index = vm.index_for_subscript(key)?;
            match crate::vm::subscript::resolve(index, this.len()) {
                Some(at) => Ok(Value::small_int(this.cells()[at].get().into())),
                None => Err(vm.index_error("bytearray index out of range")),
            }
        }
        #[pymethod]
        fn __setitem__(this: Gc<ByteArray>, vm: &Vm, key: Value, value: Value) -> PyResult<()> {
            ByteArray::assign(this, vm, key, Some(value))
        }
        #[pymethod]
        fn __delitem__(this: Gc<ByteArray>, vm: &Vm, key: Value) -> PyResult<()> {
            ByteArray::assign(this, vm, key, None)
        }
        #[pymethod]
        fn __add__(this: Gc<ByteArray>, vm: &Vm, value: Value) -> PyResult {
            let other = ByteArray::concat_with(vm, this.value(), value)?;
            Ok(ByteArray::make(vm, &[this.contents(), &other].concat()))
        }
        #[pymethod]
        fn __iadd__(this: Gc<ByteArray>, vm: &Vm, value: Value) -> PyResult {
            let other = ByteArray::concat_with(vm, this.value(), value)?.to_vec();
            this.replace_range(vm, this.len(), this.len(), &other)?;
            Ok(this.value())
        }
        #[pymethod]
        fn __imul__(this: Gc<ByteArray>, vm: &Vm, value: Value) -> PyResult {
            let Some(times) = vm.repetitions(value, this.len())? else {
                return Ok(Value::not_implemented());
            };
            let total = vm.room_for(this.len().checked_mul(times))?;
            let mut out = vec![0; total];
            super::str_build::fill_repeated(&mut out, this.contents());
            this.replace_range(vm, 0, this.len(), &out)?;
            Ok(this.value())
        }
        #[pycompare]
        fn compare(&self, vm: &Vm, op: CompareOp, value: Value) -> PyResult {
            self.compared(vm, value, op)
        }
        /// Return state information for pickling.
        #[pymethod]
        fn __reduce__(this: Gc<ByteArray>, vm: &Vm) -> PyResult {
            ByteArray::reduced(this, vm, 2)
        }
        /// Return state information for pickling.
        #[pymethod(sig = "(proto=0, /)")]
        fn __reduce_ex__(this: Gc<ByteArray>, vm: &Vm, proto: i32) -> PyResult {
            ByteArray::reduced(this, vm, proto)
        }
        /// Return the size of the object in memory, in bytes.
        #[pymethod]
        fn __sizeof__(&self) -> usize {
            56 + self.__alloc__()
        }
        /// Return the number of bytes actually allocated.
        #[pymethod]
        fn __alloc__(&self) -> usize {
            if self.is_empty() { 0 } else { self.capacity() + 1 }
        }

        /// Append a single item to the end of the bytearray.
        #[pymethod(quiet)]
        fn append(&self, vm: &Vm, item: Value) -> PyResult<()> {
            let byte = byte_string::byte(vm, item)?;
            self.replace_range(vm, self.len(), self.len(), &[byte])
        }
        /// Append all the items from a bytes-like object or an iterable of integers.
        #[pymethod]
        fn extend(this: Gc<ByteArray>, vm: &Vm, iterable_of_ints: Value) -> PyResult<()> {
            let source = iterable_of_ints;
            let bytes = if buffer::supports(vm, source) {
                Buffer::request(vm, source, buffer::flags::FULL_RO)?.view().to_vec(Order::C)
            } else {
                let given = type_name(vm, source);
                if source.is::<Str>() {
                    return Err(vm.type_error(format!("expected iterable of integers; got: '{given}'")));
                }
                let message = || format!("can't extend bytearray with {given}");
                byte_string::integers::<ByteArray>(vm, vm.iterable_or(source, message)?)?
            };
            this.replace_range(vm, this.len(), this.len(), &bytes)
        }
        /// Insert a single item before the given index.
        #[pymethod(quiet)]
        fn insert(&self, vm: &Vm, index: isize, item: Value) -> PyResult<()> {
            let byte = byte_string::byte(vm, item)?;
            let len = self.len() as isize;
            let at = if index < 0 { (index.saturating_add(len)).max(0) } else { index.min(len) } as usize;
            self.replace_range(vm, at, at, &[byte])
        }
        /// Remove and return the item at index, by default the last one.
        #[pymethod(quiet, sig = "(index=-1, /)")]
        fn pop(&self, vm: &Vm, index: isize) -> PyResult<u8> {
            if self.is_empty() {
                return Err(vm.index_error("pop from empty bytearray"));
            }
            let Some(at) = crate::vm::subscript::resolve(index as i64, self.len()) else {
                return Err(vm.index_error("pop index out of range"));
            };
            let byte = self.cells()[at].get();
            self.replace_range(vm, at, at + 1, &[])?;
            Ok(byte)
        }
        /// Remove the first occurrence of a value.
        #[pymethod(quiet)]
        fn remove(&self, vm: &Vm, value: Value) -> PyResult<()> {
            let byte = byte_string::byte(vm, value)?;
            match memchr::memchr(byte, self.contents()) {
                Some(at) => self.replace_range(vm, at, at + 1, &[]),
                None => Err(vm.value_error("value not found in bytearray")),
            }
        }
        /// Remove all items.
        #[pymethod(quiet)]
        fn clear(&self, vm: &Vm) -> PyResult<()> {
            self.replace_range(vm, 0, self.len(), &[])
        }
        /// Return a copy.
        #[pymethod(quiet)]
        fn copy(this: Gc<ByteArray>, vm: &Vm) -> Value {
            ByteArray::unchanged(this, vm)
        }
        /// Reverse the order of the values in place.
        #[pymethod(quiet)]
        fn reverse(&self) {
            let cells = self.cells();
            for i in 0..cells.len() / 2 {
                cells[i].swap(&cells[cells.len() - 1 - i]);
            }
        }
        /// Resize to the given number of bytes; new ones are zeros.
        #[pymethod]
        fn resize(&self, vm: &Vm, size: isize) -> PyResult<()> {
            let Ok(size) = usize::try_from(size) else {
                return Err(vm.value_error(format!("Can only resize to positive sizes, got {size}")));
            };
            let len = self.len();
            if size <= len {
                return self.replace_range(vm, size, len, &[]);
            }
            vm.room_for(Some(size))?;
            self.replace_range(vm, len, len, &vec![0; size - len])
        }
        /// Create a bytearray from a string of hexadecimal digits; white space between pairs is allowed.
        #[pyclassmethod]
        fn fromhex(cls: Gc<Type>, vm: &Vm, string: Value) -> PyResult {
            let bytes = byte_string::from_hex(vm, string)?;
            if cls == vm.types.bytearray {
                return Ok(ByteArray::make(vm, &bytes));
            }
            vm.call(cls.value(), &[Bytes::new(&vm.heap, &bytes).value()])
        }
    }
}
