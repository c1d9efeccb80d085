//! The methods of `bytes`.

use super::byte_string::{self, ByteString, Needle, byte_string_methods};
use super::bytes::Bytes;
use super::header::Gc;
use super::iter::SeqIter;
use super::shape::shape_id;
use super::slice::Slice;
use super::str::Str;
use super::typeobj::Type;
use crate::buffer::{Buffer, BufferProcs, View};
use crate::native::args::type_name;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::compare::CompareOp;
use crate::vm::subscript::{SliceIndex, selected};
use adder_macros::pymethods;
use adder_text::bytes as ascii;
use adder_text::units::strip::Side;
use adder_text::units::{UnitsRef, pad, search};

impl ByteString for Bytes {
    const NAME: &'static str = "bytes";
    fn contents(&self) -> &[u8] {
        self
    }
    fn make(vm: &Vm, bytes: &[u8]) -> Value {
        vm.new_bytes(bytes)
    }
    fn unchanged(this: Gc<Bytes>, _: &Vm) -> Value {
        Bytes::exact(this).value()
    }
}

/// `bytes` never move and never change.
static BUFFER: BufferProcs = BufferProcs {
    get: |_, value, _| {
        let bytes: Gc<Bytes> = value.downcast().expect("the procedures belong to bytes");
        Ok((View::bytes(bytes.data() as *mut u8, bytes.len(), true), None))
    },
    releases: false,
    lender: None,
};

/// An instance of `cls`, which is `bytes` or a Python subclass.
fn of_class(vm: &Vm, cls: Gc<Type>, bytes: Gc<Bytes>) -> Value {
    if cls == vm.types.bytes {
        return Bytes::exact(bytes).value();
    }
    let (shape, words) = (cls.root_shape().id, cls.ext_words.get() as usize);
    let object = Bytes::new_subclass(&vm.heap, shape, words, Bytes::exact(bytes));
    vm.finish_instance(cls, object.value())
}

impl Bytes {
    /// `this[key]`.
    pub fn subscript(this: Gc<Bytes>, vm: &Vm, key: Value) -> PyResult {
        if let Some(slice) = key.downcast::<Slice>() {
            let range = vm.unpack_slice(slice)?.within(this.len());
            return Ok(match range.contiguous() {
                Some(range) => Bytes::part(this, vm, range),
                None => vm.new_bytes(&range.positions().map(|at| this[at]).collect::<Vec<_>>()),
            });
        }
        if !vm.is_index(key) {
            let given = type_name(vm, key);
            return Err(vm.type_error(format!("byte indices must be integers or slices, not {given}")));
        }
        let i = vm.index_for_subscript(key)?;
        match crate::vm::subscript::resolve(i, this.len()) {
            Some(at) => Ok(Value::small_int(this[at].into())),
            None => Err(vm.index_error("index out of range")),
        }
    }

    /// `bytes(source, encoding, errors)`.
    fn from_arguments(
        vm: &Vm,
        source: Option<Value>,
        encoding: Option<Gc<Str>>,
        errors: Option<Gc<Str>>,
    ) -> PyResult<Gc<Bytes>> {
        if encoding.is_none()
            && errors.is_none()
            && let Some(source) = source
            && let Some(bytes) = vm.bytes_by_method(source)?
        {
            return Ok(bytes);
        }
        let bytes = byte_string::from_source::<Bytes>(vm, source, encoding, errors)?;
        Ok(Bytes::new(&vm.heap, &bytes))
    }
}

byte_string_methods! {
    /// bytes(iterable_of_ints) -> bytes
    /// bytes(string, encoding[, errors]) -> bytes
    /// bytes(bytes_or_buffer) -> immutable copy of bytes_or_buffer
    /// bytes(int) -> bytes object of size given by the parameter initialized with null bytes
    /// bytes() -> empty bytes object
    ///
    /// An immutable array of bytes: of the integers in an iterable, of an encoded text, of a bytes-like object or one with
    /// __bytes__, or a number of zeros.
    #[pymethods(name = "bytes", kind = Bytes, def = TYPE_DEF, buffer = BUFFER, subclassable, match_self)]
    impl Bytes {
        #[pynew(sig = "(source=b'', encoding='utf-8', errors='strict')")]
        fn new_(
            cls: Gc<Type>,
            vm: &Vm,
            source: Option<Value>,
            encoding: Option<Gc<Str>>,
            errors: Option<Gc<Str>>,
        ) -> PyResult {
            Ok(of_class(vm, cls, Bytes::from_arguments(vm, source, encoding, errors)?))
        }
        #[pymethod]
        fn __repr__(&self, vm: &Vm) -> Gc<Str> {
            vm.str_of_units(UnitsRef::ascii(&adder_text::repr::bytes_repr(self)))
        }
        #[pymethod]
        fn __str__(&self, vm: &Vm) -> Gc<Str> {
            self.__repr__(vm)
        }
        #[pymethod]
        fn __hash__(&self) -> i64 {
            self.hash_value() as i64
        }
        #[pymethod]
        fn __iter__(this: Gc<Bytes>, vm: &Vm) -> Value {
            SeqIter::new(&vm.heap, shape_id::BYTES_ITERATOR, this.value(), 0, 0).value()
        }
        #[pymethod]
        fn __getitem__(this: Gc<Bytes>, vm: &Vm, key: Value) -> PyResult {
            Bytes::subscript(this, vm, key)
        }
        #[pymethod]
        fn __add__(this: Gc<Bytes>, vm: &Vm, value: Value) -> PyResult {
            if !crate::buffer::supports(vm, value) {
                let (given, own) = (type_name(vm, value), type_name(vm, this.value()));
                return Err(vm.type_error(format!("can't concat {given} to {own}")));
            }
            let other = Buffer::simple(vm, value)?;
            if this.is_empty() && vm.type_of(value) == vm.types.bytes {
                return Ok(value);
            }
            if other.is_empty() {
                return Ok(Bytes::unchanged(this, vm));
            }
            vm.room_for(this.len().checked_add(other.len()))?;
            Ok(Bytes::concat(&vm.heap, this, &other).value())
        }
        #[pycompare]
        fn compare(&self, op: CompareOp, value: Value) -> Value {
            match value.downcast::<Bytes>() {
                Some(other) => Value::bool(op.holds(self[..].cmp(&other[..]))),
                None => Value::not_implemented(),
            }
        }
        /// Convert this value to exact type bytes.
        #[pymethod]
        fn __bytes__(this: Gc<Bytes>) -> Gc<Bytes> {
            Bytes::exact(this)
        }
        #[pymethod]
        fn __getnewargs__(this: Gc<Bytes>, vm: &Vm) -> Value {
            vm.new_tuple(&[Bytes::exact(this).value()])
        }
        /// Return the size of the object in memory, in bytes.
        #[pymethod]
        fn __sizeof__(&self) -> usize {
            33 + self.len()
        }
        /// Create a bytes object from a string of hexadecimal digits; white space between pairs is allowed.
        #[pyclassmethod]
        fn fromhex(cls: Gc<Type>, vm: &Vm, string: Value) -> PyResult {
            let bytes = vm.new_bytes(&byte_string::from_hex(vm, string)?);
            if cls == vm.types.bytes { Ok(bytes) } else { vm.call(cls.value(), &[bytes]) }
        }
    }
}
