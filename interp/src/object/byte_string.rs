//! What `bytes` and `bytearray` have in common: arguments, and the methods whose results are of the receiver's class.
//!
//! [`byte_string_methods!`] writes the `#[pymethods]` block of either class around its own methods. Contents are read as
//! plain slices; a `bytearray`'s are looked at only after all arguments have been converted, when no Python code runs any
//! more that could change them.

use super::bytes::Bytes;
use super::header::Gc;
use super::str::Str;
use super::tuple::Tuple;
use crate::buffer::{self, Buffer};
use crate::heap::GcVec;
use crate::native::args::type_name;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::subscript::{SliceIndex, selected};
use adder_text::bytes as ascii;
use adder_text::units::strip::{Side, strip_chars};
use adder_text::units::{TooLong, UnitsRef, pad, search, split};
use std::ops::Range;

/// `bytes` or `bytearray`.
pub(crate) trait ByteString: Sized {
    /// The class's name in messages.
    const NAME: &'static str;
    /// The contents; not across Python code.
    fn contents(&self) -> &[u8];
    /// An instance of the class itself.
    fn make(vm: &Vm, bytes: &[u8]) -> Value;
    /// The receiver as a result that equals it.
    fn unchanged(this: Gc<Self>, vm: &Vm) -> Value;

    /// A part of the receiver.
    fn part(this: Gc<Self>, vm: &Vm, range: Range<usize>) -> Value {
        if range.len() == this.contents().len() {
            return Self::unchanged(this, vm);
        }
        Self::make(vm, &this.as_ref().contents()[range])
    }
    /// What an algorithm has made, if it has.
    fn result(this: Gc<Self>, vm: &Vm, made: Result<Option<Vec<u8>>, TooLong>) -> PyResult {
        match made {
            Ok(Some(bytes)) => Ok(Self::make(vm, &bytes)),
            Ok(None) => Ok(Self::unchanged(this, vm)),
            Err(TooLong) => Err(vm.out_of_memory()),
        }
    }
}

/// What is searched for: bytes, or a byte given as an integer.
pub(crate) enum Needle {
    Byte([u8; 1]),
    Bytes(Buffer),
}

impl Needle {
    pub(crate) fn new(vm: &Vm, value: Value) -> PyResult<Needle> {
        if value.is::<Bytes>() || buffer::supports(vm, value) {
            return Buffer::simple(vm, value).map(Needle::Bytes);
        }
        if vm.is_index(value) {
            return Ok(Needle::Byte([byte(vm, value)?]));
        }
        let given = type_name(vm, value);
        Err(vm.type_error(format!("argument should be integer or bytes-like object, not '{given}'")))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Needle::Byte(byte) => byte,
            Needle::Bytes(buffer) => buffer,
        }
    }
}

/// An integer that is a byte.
pub(crate) fn byte(vm: &Vm, value: Value) -> PyResult<u8> {
    byte_of(vm, value, "byte")
}

/// An integer that is a byte; `subject` is what the message about others calls it.
pub(crate) fn byte_of(vm: &Vm, value: Value, subject: &str) -> PyResult<u8> {
    match value.as_small_int().map(u8::try_from) {
        Some(Ok(byte)) => return Ok(byte),
        Some(Err(_)) => {}
        None => {
            if let Some(i) = vm.index(value)?.to_i64()
                && let Ok(byte) = u8::try_from(i)
            {
                return Ok(byte);
            }
        }
    }
    Err(vm.value_error(format!("{subject} must be in range(0, 256)")))
}

pub(crate) fn units(bytes: &[u8]) -> UnitsRef<'_> {
    ascii::units(bytes)
}

/// Where a needle lies within `start..end`.
pub(crate) fn located(
    bytes: &[u8],
    needle: &Needle,
    start: Option<SliceIndex>,
    end: Option<SliceIndex>,
    find: fn(UnitsRef<'_>, UnitsRef<'_>) -> Option<usize>,
) -> Option<usize> {
    let range = selected(start, end, bytes.len())?;
    find(units(&bytes[range.clone()]), units(needle.bytes())).map(|at| at + range.start)
}

pub(crate) fn found(vm: &Vm, at: Option<usize>) -> PyResult<usize> {
    at.ok_or_else(|| vm.value_error("subsection not found"))
}

/// `key in bytes`.
pub(crate) fn contains<T: ByteString>(this: Gc<T>, vm: &Vm, key: Value) -> PyResult<bool> {
    if vm.is_index(key) {
        let byte = byte(vm, key)?;
        return Ok(memchr::memchr(byte, this.contents()).is_some());
    }
    let needle = Buffer::simple(vm, key)?;
    Ok(search::contains(units(this.contents()), units(&needle)))
}

/// The separator of `split`: `None` is white space.
fn separator(vm: &Vm, sep: Option<Value>) -> PyResult<Option<Buffer>> {
    match sep.filter(|v| !v.is_none()) {
        None => Ok(None),
        Some(value) => {
            let sep = Buffer::simple(vm, value)?;
            if sep.is_empty() { Err(vm.value_error("empty separator")) } else { Ok(Some(sep)) }
        }
    }
}

fn list_of_parts<T: ByteString>(this: Gc<T>, vm: &Vm, ranges: Vec<Range<usize>>) -> Value {
    let mut parts = GcVec::with_capacity(&vm.heap, ranges.len());
    for range in ranges {
        parts.push(&vm.heap, T::part(this, vm, range));
    }
    vm.list_from(parts)
}

pub(crate) fn split_<T: ByteString>(
    this: Gc<T>,
    vm: &Vm,
    sep: Option<Value>,
    limit: usize,
    from_right: bool,
) -> PyResult {
    let sep = separator(vm, sep)?;
    let bytes = this.as_ref().contents();
    let parts = match (&sep, from_right) {
        (Some(sep), false) => split::split(units(bytes), units(sep), limit),
        (Some(sep), true) => split::rsplit(units(bytes), units(sep), limit),
        (None, false) => ascii::split_whitespace(bytes, limit),
        (None, true) => ascii::rsplit_whitespace(bytes, limit),
    };
    Ok(list_of_parts(this, vm, parts))
}

pub(crate) fn splitlines<T: ByteString>(this: Gc<T>, vm: &Vm, keep_ends: bool) -> Value {
    list_of_parts(this, vm, ascii::split_lines(this.as_ref().contents(), keep_ends))
}

pub(crate) fn partition<T: ByteString>(this: Gc<T>, vm: &Vm, sep: Value, from_right: bool) -> PyResult {
    let separator = Buffer::simple(vm, sep)?;
    if separator.is_empty() {
        return Err(vm.value_error("empty separator"));
    }
    let bytes = this.as_ref().contents();
    let cut = if from_right { split::rpartition } else { split::partition };
    let at = cut(units(bytes), units(&separator));
    let empty = || T::make(vm, &[]);
    Ok(match at {
        Some(at) => {
            let head = T::part(this, vm, 0..at.start);
            let middle = if T::NAME == "bytes" && sep.is::<Bytes>() { sep } else { T::make(vm, &separator) };
            let tail = T::part(this, vm, at.end..bytes.len());
            vm.new_tuple(&[head, middle, tail])
        }
        None if from_right => vm.new_tuple(&[empty(), empty(), T::unchanged(this, vm)]),
        None => vm.new_tuple(&[T::unchanged(this, vm), empty(), empty()]),
    })
}

pub(crate) fn strip<T: ByteString>(this: Gc<T>, vm: &Vm, side: Side, bytes: Option<Value>) -> PyResult {
    let range = match bytes.filter(|v| !v.is_none()) {
        None => ascii::strip_whitespace(this.contents(), side),
        Some(set) => {
            let set = Buffer::simple(vm, set)?;
            strip_chars(units(this.contents()), side, units(&set))
        }
    };
    Ok(T::part(this, vm, range))
}

/// `startswith` and `endswith`: one affix or a tuple of them.
pub(crate) fn has_affix<T: ByteString>(
    this: Gc<T>,
    vm: &Vm,
    name: &str,
    affix: Value,
    bounds: (Option<SliceIndex>, Option<SliceIndex>),
    test: fn(&[u8], &[u8]) -> bool,
) -> PyResult<bool> {
    let within = |affix: Value| -> PyResult<bool> {
        let affix = Buffer::simple(vm, affix)?;
        let bytes = this.contents();
        let range = selected(bounds.0, bounds.1, bytes.len());
        Ok(range.is_some_and(|range| test(&bytes[range], &affix)))
    };
    if let Some(several) = affix.downcast::<Tuple>() {
        for &affix in several.iter() {
            if within(affix)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    if !buffer::supports(vm, affix) {
        let given = type_name(vm, affix);
        return Err(vm.type_error(format!("{name} first arg must be bytes or a tuple of bytes, not {given}")));
    }
    within(affix)
}

fn fill_byte(vm: &Vm, name: &str, fill: Option<Value>) -> PyResult<u8> {
    let Some(value) = fill else { return Ok(b' ') };
    let (class, bytes) = match value.downcast::<Bytes>() {
        Some(bytes) => ("bytes", bytes.to_vec()),
        None => match value.downcast::<super::bytearray::ByteArray>() {
            Some(array) => ("bytearray", array.to_vec()),
            None => {
                let given = type_name(vm, value);
                return Err(vm.type_error(format!(
                    "{name}() argument 2 must be a byte string of length 1, not {given}"
                )));
            }
        },
    };
    match bytes[..] {
        [byte] => Ok(byte),
        _ => Err(vm.type_error(format!(
            "{name}(): argument 2 must be a byte string of length 1, not a {class} object of length {}",
            bytes.len()
        ))),
    }
}

pub(crate) fn justify<T: ByteString>(
    this: Gc<T>,
    vm: &Vm,
    name: &str,
    width: isize,
    fill: Option<Value>,
    place: fn(usize, usize) -> pad::Padding,
) -> PyResult {
    let fill = fill_byte(vm, name, fill)?;
    let bytes = this.as_ref().contents();
    let padding = place(bytes.len(), usize::try_from(width).unwrap_or(0));
    if padding.left == 0 && padding.right == 0 {
        return Ok(T::unchanged(this, vm));
    }
    let total =
        vm.room_for(padding.left.checked_add(padding.right).and_then(|n| n.checked_add(bytes.len())))?;
    let mut out = Vec::with_capacity(total);
    out.resize(padding.left, fill);
    out.extend_from_slice(bytes);
    out.resize(total, fill);
    Ok(T::make(vm, &out))
}

pub(crate) fn repeat<T: ByteString>(this: Gc<T>, vm: &Vm, times: Value) -> PyResult {
    let len = this.contents().len();
    let times = match this.value().is::<Bytes>() {
        true => vm.repetitions_of(times, len, len, "repeated bytes are too long")?,
        false => vm.repetitions(times, len)?,
    };
    let Some(times) = times else { return Ok(Value::not_implemented()) };
    if times == 1 {
        return Ok(T::unchanged(this, vm));
    }
    let bytes = this.as_ref().contents();
    let total = vm.room_for(bytes.len().checked_mul(times))?;
    let mut out = vec![0; total];
    super::str_build::fill_repeated(&mut out, bytes);
    Ok(T::make(vm, &out))
}

pub(crate) fn join<T: ByteString>(this: Gc<T>, vm: &Vm, iterable: Value) -> PyResult {
    let items = vm.collect(vm.iterable_or(iterable, || "can only join an iterable".into())?)?;
    if let [only] = items[..]
        && T::NAME == "bytes"
        && vm.type_of(only) == vm.types.bytes
    {
        return Ok(only);
    }
    let glue = this.as_ref().contents().to_vec();
    let known: usize = items.iter().filter_map(|v| v.downcast::<Bytes>()).map(|b| b.len()).sum();
    let mut out = Vec::with_capacity(vm.room_for(Some(known + glue.len() * items.len()))?);
    for (i, &item) in items.iter().enumerate() {
        if i > 0 {
            out.extend_from_slice(&glue);
        }
        if let Some(bytes) = item.downcast::<Bytes>() {
            out.extend_from_slice(&bytes);
        } else if buffer::supports(vm, item) {
            out.extend_from_slice(&Buffer::simple(vm, item)?);
        } else {
            let given = type_name(vm, item);
            return Err(
                vm.type_error(format!("sequence item {i}: expected a bytes-like object, {given} found"))
            );
        }
    }
    Ok(T::make(vm, &out))
}

pub(crate) fn translate<T: ByteString>(
    this: Gc<T>,
    vm: &Vm,
    table: Value,
    delete: Option<Buffer>,
) -> PyResult {
    let delete = delete.as_deref().unwrap_or(&[]);
    let table = match table.is_none() {
        true => None,
        false => Some(Buffer::simple(vm, table)?),
    };
    let table: Option<&[u8; 256]> = match &table {
        None => None,
        Some(table) => match (**table).try_into() {
            Ok(table) => Some(table),
            Err(_) => return Err(vm.value_error("translation table must be 256 characters long")),
        },
    };
    Ok(T::make(vm, &ascii::translate(this.contents(), table, delete)))
}

/// `bytes.maketrans(frm, to)`.
pub(crate) fn maketrans(vm: &Vm, from: &[u8], to: &[u8]) -> PyResult {
    if from.len() != to.len() {
        return Err(vm.value_error("maketrans arguments must have same length"));
    }
    let mut table: [u8; 256] = std::array::from_fn(|i| i as u8);
    from.iter().zip(to).for_each(|(&f, &t)| table[usize::from(f)] = t);
    Ok(vm.new_bytes(&table))
}

/// `bytes.hex(sep, bytes_per_sep)`, for memoryview and `binascii` too.
pub fn hex(vm: &Vm, bytes: &[u8], sep: Option<Value>, group: i32) -> PyResult<Gc<Str>> {
    let sep = match sep {
        None => None,
        Some(sep) => {
            if vm.length(sep)? != 1 {
                return Err(vm.value_error("sep must be length 1."));
            }
            let byte = match (sep.downcast::<Str>(), sep.downcast::<Bytes>()) {
                (Some(text), _) => text.char_at(0),
                (_, Some(bytes)) => bytes[0].into(),
                _ => return Err(vm.type_error("sep must be str or bytes.")),
            };
            if byte >= 0x80 {
                return Err(vm.value_error("sep must be ASCII."));
            }
            Some(byte as u8)
        }
    };
    vm.room_for(bytes.len().checked_mul(3))?;
    let text = ascii::to_hex(bytes, sep, group as isize);
    Ok(vm.str_of_units(UnitsRef::ascii(&text)))
}

/// `bytes.fromhex(text)`.
pub fn from_hex(vm: &Vm, text: Value) -> PyResult<Vec<u8>> {
    let decoded = if let Some(text) = text.downcast::<Str>() {
        ascii::from_hex(text.units())
    } else if buffer::supports(vm, text) {
        ascii::from_hex(units(&Buffer::simple(vm, text)?))
    } else {
        let given = type_name(vm, text);
        return Err(vm.type_error(format!("fromhex() argument must be str or bytes-like, not {given}")));
    };
    decoded.map_err(|error| match error {
        ascii::HexError::BadDigit(at) => {
            vm.value_error(format!("non-hexadecimal number found in fromhex() arg at position {at}"))
        }
        ascii::HexError::OddLength => {
            vm.value_error("fromhex() arg must contain an even number of hexadecimal digits")
        }
    })
}

/// The bytes that the arguments of a constructor describe. `this` names the class in messages.
pub(crate) fn from_source<T: ByteString>(
    vm: &Vm,
    source: Option<Value>,
    encoding: Option<Gc<Str>>,
    errors: Option<Gc<Str>>,
) -> PyResult<Vec<u8>> {
    if encoding.is_some() || errors.is_some() {
        let Some(text) = source.and_then(|v| v.downcast::<Str>()) else {
            let which = if encoding.is_some() { "encoding" } else { "errors" };
            return Err(vm.type_error(format!("{which} without a string argument")));
        };
        let encoded = crate::codecs::encode_str(vm, text, encoding, errors)?;
        return Ok(encoded.downcast::<Bytes>().expect("encoding gives bytes").to_vec());
    }
    let Some(source) = source else { return Ok(Vec::new()) };
    if source.is::<Str>() {
        return Err(vm.type_error("string argument without an encoding"));
    }
    if vm.is_index(source)
        && let Some(count) = count_argument(vm, source)?
    {
        let size = vm.room_for(Some(count))?;
        return Ok(vec![0; size]);
    }
    from_object::<T>(vm, source)
}

/// The size that an integer argument asks for; `None` if its `__index__` raises TypeError.
fn count_argument(vm: &Vm, source: Value) -> PyResult<Option<usize>> {
    match vm.index_isize(source) {
        Ok(count) => match usize::try_from(count) {
            Ok(count) => Ok(Some(count)),
            Err(_) => Err(vm.value_error("negative count")),
        },
        Err(_) => vm.catch(vm.exceptions.type_error).map(|_| None),
    }
}

/// The bytes of a bytes-like object or of an iterable of integers.
pub(crate) fn from_object<T: ByteString>(vm: &Vm, source: Value) -> PyResult<Vec<u8>> {
    if buffer::supports(vm, source) {
        return Ok(Buffer::request(vm, source, buffer::flags::FULL_RO)?.view().to_vec(buffer::Order::C));
    }
    let message = || format!("cannot convert '{}' object to {}", type_name(vm, source), T::NAME);
    if source.is::<Str>() {
        return Err(vm.type_error(message()));
    }
    integers::<T>(vm, vm.iterable_or(source, message)?)
}

/// The integers of an iterable.
pub(crate) fn integers<T: ByteString>(vm: &Vm, source: Value) -> PyResult<Vec<u8>> {
    let subject = if T::NAME == "bytes" { "bytes" } else { "byte" };
    let mut out = Vec::new();
    vm.for_each(source, |item| {
        out.push(byte_of(vm, item, subject)?);
        Ok(())
    })?;
    Ok(out)
}

/// The `#[pymethods]` block of a class: its options and own methods, then those that both classes have.
macro_rules! byte_string_methods {
    ($(#[$attribute:meta])* impl $class:ident { $($own:tt)* }) => {
        $(#[$attribute])*
        impl $class {
            $($own)*

            #[pymethod]
            fn __len__(&self) -> usize {
                self.contents().len()
            }
            #[pymethod]
            fn __contains__(this: Gc<$class>, vm: &Vm, key: Value) -> PyResult<bool> {
                byte_string::contains(this, vm, key)
            }
            #[pymethod]
            fn __mul__(this: Gc<$class>, vm: &Vm, value: Value) -> PyResult {
                byte_string::repeat(this, vm, value)
            }
            #[pymethod]
            fn __rmul__(this: Gc<$class>, vm: &Vm, value: Value) -> PyResult {
                byte_string::repeat(this, vm, value)
            }
            #[pymethod]
            fn __mod__(this: Gc<$class>, vm: &Vm, value: Value) -> PyResult {
                let format = this.contents().to_vec();
                Ok($class::make(vm, &super::percent::format_bytes(vm, &format, value)?))
            }
            #[pymethod]
            fn __rmod__(this: Gc<$class>, vm: &Vm, value: Value) -> PyResult {
                match value.downcast::<$class>() {
                    Some(format) => $class::__mod__(format, vm, this.value()),
                    None => Ok(Value::not_implemented()),
                }
            }

            /// Return a copy whose first byte is upper case and the rest lower case, as far as they are ASCII.
            #[pymethod(quiet)]
            fn capitalize(&self, vm: &Vm) -> Value {
                $class::make(vm, &ascii::capitalize(self.contents()))
            }
            /// Return a copy with ASCII letters in lower case.
            #[pymethod(quiet)]
            fn lower(&self, vm: &Vm) -> Value {
                $class::make(vm, &self.contents().to_ascii_lowercase())
            }
            /// Return a copy with ASCII letters in upper case.
            #[pymethod(quiet)]
            fn upper(&self, vm: &Vm) -> Value {
                $class::make(vm, &self.contents().to_ascii_uppercase())
            }
            /// Return a copy with upper and lower case exchanged for ASCII letters.
            #[pymethod]
            fn swapcase(&self, vm: &Vm) -> Value {
                $class::make(vm, &ascii::swapcase(self.contents()))
            }
            /// Return a copy in which every ASCII word starts in upper case and goes on in lower case.
            #[pymethod(quiet)]
            fn title(&self, vm: &Vm) -> Value {
                $class::make(vm, &ascii::title(self.contents()))
            }

            /// Return the bytes centered in a field of the given width.
            #[pymethod(sig = "(width, fillchar=b' ', /)")]
            fn center(this: Gc<$class>, vm: &Vm, width: isize, fillchar: Option<Value>) -> PyResult {
                byte_string::justify(this, vm, "center", width, fillchar, pad::center)
            }
            /// Return the bytes left-justified in a field of the given width.
            #[pymethod(sig = "(width, fillchar=b' ', /)")]
            fn ljust(this: Gc<$class>, vm: &Vm, width: isize, fillchar: Option<Value>) -> PyResult {
                byte_string::justify(this, vm, "ljust", width, fillchar, pad::ljust)
            }
            /// Return the bytes right-justified in a field of the given width.
            #[pymethod(sig = "(width, fillchar=b' ', /)")]
            fn rjust(this: Gc<$class>, vm: &Vm, width: isize, fillchar: Option<Value>) -> PyResult {
                byte_string::justify(this, vm, "rjust", width, fillchar, pad::rjust)
            }
            /// Pad a number with zeros on the left, behind its sign, to fill a field of the given width.
            #[pymethod(quiet)]
            fn zfill(this: Gc<$class>, vm: &Vm, width: isize) -> PyResult {
                let width = vm.room_for(Some(usize::try_from(width).unwrap_or(0)))?;
                $class::result(this, vm, ascii::zfill(this.contents(), width))
            }
            /// Return a copy with tabs expanded to spaces, with tab stops every tabsize columns.
            #[pymethod(sig = "(tabsize=8)")]
            fn expandtabs(this: Gc<$class>, vm: &Vm, tabsize: i32) -> PyResult {
                $class::result(this, vm, ascii::expand_tabs(this.contents(), tabsize.max(0) as usize))
            }

            /// Return the number of non-overlapping occurrences of sub in the slice start:end.
            #[pymethod(quiet)]
            fn count(
                &self,
                vm: &Vm,
                sub: Value,
                start: Option<SliceIndex>,
                end: Option<SliceIndex>,
            ) -> PyResult<usize> {
                let needle = Needle::new(vm, sub)?;
                let bytes = self.contents();
                let range = selected(start, end, bytes.len());
                let count =
                    |range| search::count(byte_string::units(&bytes[range]), byte_string::units(needle.bytes()));
                Ok(range.map_or(0, count))
            }
            /// Return the lowest index at which sub is found within the slice start:end, or -1.
            #[pymethod(quiet)]
            fn find(
                &self,
                vm: &Vm,
                sub: Value,
                start: Option<SliceIndex>,
                end: Option<SliceIndex>,
            ) -> PyResult<i64> {
                let needle = Needle::new(vm, sub)?;
                let at = byte_string::located(self.contents(), &needle, start, end, search::find);
                Ok(at.map_or(-1, |at| at as i64))
            }
            /// Return the highest index at which sub is found within the slice start:end, or -1.
            #[pymethod(quiet)]
            fn rfind(
                &self,
                vm: &Vm,
                sub: Value,
                start: Option<SliceIndex>,
                end: Option<SliceIndex>,
            ) -> PyResult<i64> {
                let needle = Needle::new(vm, sub)?;
                let at = byte_string::located(self.contents(), &needle, start, end, search::rfind);
                Ok(at.map_or(-1, |at| at as i64))
            }
            /// Like find(), but raise ValueError if there is no occurrence.
            #[pymethod(quiet)]
            fn index(
                &self,
                vm: &Vm,
                sub: Value,
                start: Option<SliceIndex>,
                end: Option<SliceIndex>,
            ) -> PyResult<usize> {
                let needle = Needle::new(vm, sub)?;
                byte_string::found(
                    vm,
                    byte_string::located(self.contents(), &needle, start, end, search::find),
                )
            }
            /// Like rfind(), but raise ValueError if there is no occurrence.
            #[pymethod(quiet)]
            fn rindex(
                &self,
                vm: &Vm,
                sub: Value,
                start: Option<SliceIndex>,
                end: Option<SliceIndex>,
            ) -> PyResult<usize> {
                let needle = Needle::new(vm, sub)?;
                byte_string::found(
                    vm,
                    byte_string::located(self.contents(), &needle, start, end, search::rfind),
                )
            }
            /// Return whether the slice start:end starts with the prefix, or with one of a tuple of them.
            #[pymethod(quiet)]
            fn startswith(
                this: Gc<$class>,
                vm: &Vm,
                prefix: Value,
                start: Option<SliceIndex>,
                end: Option<SliceIndex>,
            ) -> PyResult<bool> {
                byte_string::has_affix(this, vm, "startswith", prefix, (start, end), <[u8]>::starts_with)
            }
            /// Return whether the slice start:end ends with the suffix, or with one of a tuple of them.
            #[pymethod(quiet)]
            fn endswith(
                this: Gc<$class>,
                vm: &Vm,
                suffix: Value,
                start: Option<SliceIndex>,
                end: Option<SliceIndex>,
            ) -> PyResult<bool> {
                byte_string::has_affix(this, vm, "endswith", suffix, (start, end), <[u8]>::ends_with)
            }
            /// Return a copy without the prefix, if there is one.
            #[pymethod]
            fn removeprefix(this: Gc<$class>, vm: &Vm, prefix: Buffer) -> Value {
                let bytes = this.contents();
                let skip = if bytes.starts_with(&prefix) { prefix.len() } else { 0 };
                $class::part(this, vm, skip..bytes.len())
            }
            /// Return a copy without the suffix, if there is one.
            #[pymethod]
            fn removesuffix(this: Gc<$class>, vm: &Vm, suffix: Buffer) -> Value {
                let bytes = this.contents();
                let drop = if bytes.ends_with(&suffix) { suffix.len() } else { 0 };
                $class::part(this, vm, 0..bytes.len() - drop)
            }
            /// Return a copy with the first count occurrences of old replaced by new; all of them if count is negative.
            #[pymethod(quiet, sig = "(old, new, count=-1, /)")]
            fn replace(this: Gc<$class>, vm: &Vm, old: Buffer, new: Buffer, count: isize) -> PyResult {
                let limit = usize::try_from(count).unwrap_or(usize::MAX);
                $class::result(this, vm, ascii::replace(this.contents(), &old, &new, limit))
            }

            /// Return a copy without the given bytes (ASCII white space by default) at either end.
            #[pymethod(quiet, sig = "(bytes=None, /)")]
            fn strip(this: Gc<$class>, vm: &Vm, bytes: Option<Value>) -> PyResult {
                byte_string::strip(this, vm, Side::Both, bytes)
            }
            /// Return a copy without the given bytes (ASCII white space by default) at its start.
            #[pymethod(quiet, sig = "(bytes=None, /)")]
            fn lstrip(this: Gc<$class>, vm: &Vm, bytes: Option<Value>) -> PyResult {
                byte_string::strip(this, vm, Side::Left, bytes)
            }
            /// Return a copy without the given bytes (ASCII white space by default) at its end.
            #[pymethod(quiet, sig = "(bytes=None, /)")]
            fn rstrip(this: Gc<$class>, vm: &Vm, bytes: Option<Value>) -> PyResult {
                byte_string::strip(this, vm, Side::Right, bytes)
            }

            /// Return a list of the parts between separators (ASCII white space by default), split at most maxsplit
            /// times.
            #[pymethod(quiet, sig = "(sep=None, maxsplit=-1)")]
            fn split(this: Gc<$class>, vm: &Vm, sep: Option<Value>, maxsplit: isize) -> PyResult {
                byte_string::split_(this, vm, sep, usize::try_from(maxsplit).unwrap_or(usize::MAX), false)
            }
            /// Like split(), but the splits are made from the right.
            #[pymethod(quiet, sig = "(sep=None, maxsplit=-1)")]
            fn rsplit(this: Gc<$class>, vm: &Vm, sep: Option<Value>, maxsplit: isize) -> PyResult {
                byte_string::split_(this, vm, sep, usize::try_from(maxsplit).unwrap_or(usize::MAX), true)
            }
            /// Return a list of the lines; line ends are left out unless keepends is true.
            #[pymethod(sig = "(keepends=False)")]
            fn splitlines(this: Gc<$class>, vm: &Vm, keepends: bool) -> Value {
                byte_string::splitlines(this, vm, keepends)
            }
            /// Return what is before the first separator, the separator, and what is after it.
            #[pymethod(quiet)]
            fn partition(this: Gc<$class>, vm: &Vm, sep: Value) -> PyResult {
                byte_string::partition(this, vm, sep, false)
            }
            /// Return what is before the last separator, the separator, and what is after it.
            #[pymethod(quiet)]
            fn rpartition(this: Gc<$class>, vm: &Vm, sep: Value) -> PyResult {
                byte_string::partition(this, vm, sep, true)
            }
            /// Concatenate bytes-like objects with this one between them.
            #[pymethod(quiet)]
            fn join(this: Gc<$class>, vm: &Vm, iterable_of_bytes: Value) -> PyResult {
                byte_string::join(this, vm, iterable_of_bytes)
            }
            /// Return a copy without the bytes in delete and with the others mapped through a table of 256 bytes; None
            /// maps each byte to itself.
            #[pymethod(sig = "(table, /, delete=b'')")]
            fn translate(this: Gc<$class>, vm: &Vm, table: Value, delete: Option<Buffer>) -> PyResult {
                byte_string::translate(this, vm, table, delete)
            }
            /// Return a table for translate() that maps each byte of frm to the byte of to at the same position.
            #[pystaticmethod]
            fn maketrans(vm: &Vm, frm: Buffer, to: Buffer) -> PyResult {
                byte_string::maketrans(vm, &frm, &to)
            }

            /// Decode the bytes with the codec registered for encoding; errors names the error handler.
            #[pymethod(sig = "(encoding='utf-8', errors='strict')")]
            fn decode(
                this: Gc<$class>,
                vm: &Vm,
                encoding: Option<Gc<Str>>,
                errors: Option<Gc<Str>>,
            ) -> PyResult<Gc<Str>> {
                crate::codecs::decode(vm, this.value(), encoding, errors)
            }
            /// Return a string of hexadecimal digits, two for each byte, with sep between groups of bytes_per_sep bytes
            /// counted from the right, or from the left if negative.
            #[pymethod(quiet, sig = "(sep=<unrepresentable>, bytes_per_sep=1)")]
            fn hex(&self, vm: &Vm, sep: Option<Value>, bytes_per_sep: i32) -> PyResult<Gc<Str>> {
                byte_string::hex(vm, self.contents(), sep, bytes_per_sep)
            }

            /// Return whether all bytes are ASCII letters or digits, and there is at least one.
            #[pymethod(quiet)]
            fn isalnum(&self) -> bool {
                ascii::is_alnum(self.contents())
            }
            /// Return whether all bytes are ASCII letters, and there is at least one.
            #[pymethod(quiet)]
            fn isalpha(&self) -> bool {
                ascii::is_alpha(self.contents())
            }
            /// Return whether all bytes are ASCII.
            #[pymethod]
            fn isascii(&self) -> bool {
                self.contents().is_ascii()
            }
            /// Return whether all bytes are ASCII digits, and there is at least one.
            #[pymethod(quiet)]
            fn isdigit(&self) -> bool {
                ascii::is_digit(self.contents())
            }
            /// Return whether all ASCII letters are lower case, and there is at least one.
            #[pymethod]
            fn islower(&self) -> bool {
                ascii::is_lower(self.contents())
            }
            /// Return whether all bytes are ASCII white space, and there is at least one.
            #[pymethod(quiet)]
            fn isspace(&self) -> bool {
                ascii::is_space(self.contents())
            }
            /// Return whether upper case letters start words only and lower case ones do not.
            #[pymethod]
            fn istitle(&self) -> bool {
                ascii::is_title(self.contents())
            }
            /// Return whether all ASCII letters are upper case, and there is at least one.
            #[pymethod]
            fn isupper(&self) -> bool {
                ascii::is_upper(self.contents())
            }
        }
    };
}
pub(crate) use byte_string_methods;
