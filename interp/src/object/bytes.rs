//! `bytes`: immutable bytes, inline behind the struct or in a shared append buffer, like [`super::str::Str`].

use super::header::{Gc, Header, HeapObject, Kind, round_up};
use super::shape::{ShapeId, shape_id};
use crate::heap::{ByteBuf, Heap, Tracer};
use crate::value::Value;
use std::cell::Cell;
use std::ops::Deref;

/// See the module documentation. Derefs to the bytes.
#[repr(C)]
pub struct Bytes {
    hdr: Header,
    /// 0 until computed.
    pub(crate) hash: Cell<u64>,
    /// `len << 8 | ext_words`.
    meta: u64,
    data: *const u8,
}

// SAFETY: the only values are the owner word of bytes that are not inline, and extension words.
unsafe impl HeapObject for Bytes {
    const KIND: Kind = Kind::Bytes;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if let Some(owner) = self.owner() {
            tracer.visit(owner);
        }
        super::trace_extension(&self.hdr, self.ext_words(), tracer);
    }
    fn byte_size(&self) -> usize {
        let tail = if self.is_inline() { self.length() } else { 8 };
        round_up(size_of::<Bytes>() + tail) + 8 * self.ext_words()
    }
}

impl Bytes {
    /// Address of the first byte; it never changes.
    pub fn data(&self) -> *const u8 {
        self.data
    }
    fn length(&self) -> usize {
        (self.meta >> 8) as usize
    }
    fn ext_words(&self) -> usize {
        (self.meta & 0xff) as usize
    }
    fn inline_data(&self) -> *const u8 {
        // SAFETY: one past the struct is inside the allocation or its end.
        unsafe { (self as *const Bytes).add(1).cast() }
    }
    fn is_inline(&self) -> bool {
        self.data == self.inline_data()
    }
    fn owner(&self) -> Option<Value> {
        if self.is_inline() {
            return None;
        }
        // SAFETY: bytes that are not inline have their owner behind the struct.
        unsafe { *self.inline_data().cast::<Option<Value>>() }
    }

    pub fn new(heap: &Heap, bytes: &[u8]) -> Gc<Bytes> {
        let b = Bytes {
            hdr: Header::blank(),
            hash: Cell::new(0),
            meta: (bytes.len() as u64) << 8,
            data: std::ptr::null(),
        };
        let b = heap.alloc_tail(shape_id::BYTES, b, bytes.len(), false);
        // SAFETY: the tail has room; the object is not shared yet.
        unsafe {
            let data = b.inline_data() as *mut u8;
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), data, bytes.len());
            (*b.as_ptr()).data = data;
        }
        b
    }

    /// The exact `bytes` with these contents: itself, unless its class is a Python subclass.
    pub fn exact(this: Gc<Bytes>) -> Gc<Bytes> {
        if this.header().shape() == shape_id::BYTES {
            return this;
        }
        // An instance of a subclass points into an exact object.
        this.owner().and_then(|owner| owner.downcast()).expect("a subclass instance has contents")
    }

    /// `hash(b)` as the bits of CPython's signed hash: that of the `str` with the same Latin-1 characters.
    pub fn hash_value(&self) -> u64 {
        if self.hash.get() == 0 && !self.is_empty() {
            self.hash.set(crate::vm::compare::hash_bytes(self) as u64);
        }
        self.hash.get()
    }

    fn over(
        heap: &Heap,
        shape: ShapeId,
        ext_words: usize,
        data: *const u8,
        len: usize,
        owner: Value,
    ) -> Gc<Bytes> {
        let meta = (len as u64) << 8 | ext_words as u64;
        let b = Bytes { hdr: Header::blank(), hash: Cell::new(0), meta, data };
        let b = heap.alloc_tail(shape, b, 8 + 8 * ext_words, true);
        // SAFETY: the owner word follows the struct.
        unsafe { *(b.inline_data() as *mut Option<Value>) = Some(owner) };
        b
    }

    /// An instance of a Python subclass with the contents of `bytes`.
    pub fn new_subclass(heap: &Heap, shape: ShapeId, ext_words: usize, bytes: Gc<Bytes>) -> Gc<Bytes> {
        Bytes::over(heap, shape, ext_words, bytes.data, bytes.length(), bytes.value())
    }

    /// `a + more`. Appends in place when `a` ends at the watermark of its buffer.
    pub fn concat(heap: &Heap, a: Gc<Bytes>, more: &[u8]) -> Gc<Bytes> {
        let have = a.length();
        if have < 96 {
            return Bytes::new(heap, &[&a[..], more].concat());
        }
        let in_place = a.owner().and_then(|o| o.downcast::<ByteBuf>()).filter(|buf| {
            a.data as usize + have == buf.data() as usize + buf.used.get()
                && buf.used.get() + more.len() <= buf.capacity()
        });
        let (buf, data) = match in_place {
            Some(buf) => (buf, a.data as *mut u8),
            None => {
                let buf = ByteBuf::new(heap, (have + more.len()) * 2);
                // SAFETY: the new buffer is larger than `a`.
                unsafe { std::ptr::copy_nonoverlapping(a.data, buf.data(), have) };
                buf.used.set(have);
                (buf, buf.data())
            }
        };
        // SAFETY: checked or made room above; bytes past the watermark belong to nobody.
        unsafe { std::ptr::copy_nonoverlapping(more.as_ptr(), data.add(have), more.len()) };
        buf.used.set(buf.used.get() + more.len());
        Bytes::over(heap, shape_id::BYTES, 0, data, have + more.len(), buf.value())
    }
}

impl Deref for Bytes {
    type Target = [u8];
    #[inline(always)]
    fn deref(&self) -> &[u8] {
        // SAFETY: `data` points to this many bytes, kept alive by this object and never overwritten.
        unsafe { std::slice::from_raw_parts(self.data, self.length()) }
    }
}

impl crate::vm::Vm {
    /// What the `__bytes__` method of a value gives, if it has one.
    pub fn bytes_by_method(&self, value: Value) -> crate::value::PyResult<Option<Gc<Bytes>>> {
        let Some(result) = self.call_special(value, crate::vm::special::Special::Bytes, &[])? else {
            return Ok(None);
        };
        match result.downcast() {
            Some(bytes) => Ok(Some(bytes)),
            None => {
                let given = crate::native::args::type_name(self, result);
                Err(self.type_error(format!("__bytes__ returned non-bytes (type {given})")))
            }
        }
    }
}

/// Offsets that machine code uses.
pub mod offset {
    use super::Bytes;
    use std::mem::offset_of;

    /// Word `len << 8 | extension words`.
    pub const BYTES_META: usize = offset_of!(Bytes, meta);
    pub const BYTES_DATA: usize = offset_of!(Bytes, data);
}
