//! `str`: immutable code points in units of one, two or four bytes.
//!
//! The widest character decides the unit (canonical: equal strings have equal units); an ASCII flag marks the strings whose
//! bytes are UTF-8 as they stand. Characters are reached through a data pointer: they lie inline behind the struct,
//! or in a shared [`ByteBuf`]. A string that ends at its buffer's watermark grows in place when something is appended to it,
//! so repeated `s += x` is linear without ropes. Lone surrogates are allowed. The hash is cached.
//!
//! Instances of Python subclasses own no characters: they point into an exact string, which they keep alive.

use super::header::{Gc, Header, HeapObject, Kind, flag, round_up};
use super::shape::{ShapeId, shape_id};
use crate::heap::{ByteBuf, Heap, Tracer};
use crate::value::Value;
use adder_text::units::{UnitsBuf, UnitsRef, short};
use std::borrow::Cow;
use std::cell::Cell;

/// See the module documentation.
#[repr(C)]
pub struct Str {
    hdr: Header,
    /// 0 until computed.
    pub(crate) hash: Cell<u64>,
    /// `len << 16 | ext_words << 4 | ascii << 3 | unit size`.
    meta: u64,
    data: *const u8,
    // Inline characters, or the owner of the characters, follow.
}

const UNIT_MASK: u64 = 7;
const ASCII: u64 = 8;
const EXT_SHIFT: u64 = 4;
const LEN_SHIFT: u64 = 16;
const EXT_MASK: u64 = 0xfff;

/// Where machine code finds things.
pub mod offset {
    use super::{LEN_SHIFT, Str, UNIT_MASK};
    use std::mem::offset_of;

    pub const STR_META: usize = offset_of!(Str, meta);
    pub const STR_DATA: usize = offset_of!(Str, data);
    /// The bits of the meta word that equal strings share.
    pub const STR_LENGTH_AND_UNIT: u64 = !0 << LEN_SHIFT | UNIT_MASK;
    pub const STR_UNIT: u64 = UNIT_MASK;
    pub const STR_LENGTH_SHIFT: u32 = LEN_SHIFT as u32;
    /// These bits of a string of one character that fits a byte.
    pub const STR_ONE_BYTE: u64 = 1 << LEN_SHIFT | 1;
}

// SAFETY: the only values are the owner word of a string that is not inline, and extension words.
unsafe impl HeapObject for Str {
    const KIND: Kind = Kind::Str;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if let Some(owner) = self.owner() {
            tracer.visit(owner);
        }
        super::trace_extension(&self.hdr, self.ext_words(), tracer);
    }
    fn byte_size(&self) -> usize {
        let tail = if self.is_inline() { self.len() * self.unit_size() } else { 8 };
        round_up(size_of::<Str>() + tail) + 8 * self.ext_words()
    }
}

impl Str {
    /// Number of code points.
    #[inline(always)]
    pub fn len(&self) -> usize {
        (self.meta >> LEN_SHIFT) as usize
    }
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Bytes per code point: 1, 2 or 4.
    #[inline(always)]
    pub fn unit_size(&self) -> usize {
        (self.meta & UNIT_MASK) as usize
    }
    #[inline(always)]
    pub fn is_ascii(&self) -> bool {
        self.meta & ASCII != 0
    }
    fn ext_words(&self) -> usize {
        (self.meta >> EXT_SHIFT & EXT_MASK) as usize
    }
    #[inline(always)]
    fn inline_data(&self) -> *const u8 {
        // SAFETY: one past the struct is inside the allocation or its end.
        unsafe { (self as *const Str).add(1).cast() }
    }
    #[inline(always)]
    fn is_inline(&self) -> bool {
        self.data == self.inline_data()
    }
    fn owner(&self) -> Option<Value> {
        if self.is_inline() {
            return None;
        }
        // SAFETY: a string that is not inline has its owner behind the struct.
        unsafe { *self.inline_data().cast::<Option<Value>>() }
    }
    #[inline(always)]
    pub fn is_interned(&self) -> bool {
        self.hdr.has(flag::INTERNED)
    }
    /// The raw code units.
    #[inline(always)]
    pub fn unit_bytes(&self) -> &[u8] {
        // SAFETY: `data` points to `len` units that are kept alive by this object and never overwritten.
        unsafe { std::slice::from_raw_parts(self.data, self.len() * self.unit_size()) }
    }
    /// The code points in their units.
    #[inline(always)]
    pub fn units(&self) -> UnitsRef<'_> {
        let n = self.len();
        // SAFETY: as in `unit_bytes`; wider units are aligned because buffers are and offsets are whole units.
        unsafe {
            match self.unit_size() {
                1 => UnitsRef::Latin1 {
                    units: std::slice::from_raw_parts(self.data, n),
                    ascii: self.is_ascii(),
                },
                2 => UnitsRef::Ucs2(std::slice::from_raw_parts(self.data.cast(), n)),
                _ => UnitsRef::Ucs4(std::slice::from_raw_parts(self.data.cast(), n)),
            }
        }
    }
    /// The text if it is ASCII.
    #[inline(always)]
    pub fn as_ascii(&self) -> Option<&str> {
        // SAFETY: ASCII bytes are UTF-8.
        self.is_ascii().then(|| unsafe { std::str::from_utf8_unchecked(self.unit_bytes()) })
    }
    /// Code point `index`; the caller has checked the bounds.
    #[inline(always)]
    pub fn char_at(&self, index: usize) -> u32 {
        match self.units() {
            UnitsRef::Latin1 { units, .. } => units[index] as u32,
            UnitsRef::Ucs2(u) => u[index] as u32,
            UnitsRef::Ucs4(u) => u[index],
        }
    }
    /// Code points in order.
    pub fn chars(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.len()).map(|i| self.char_at(i))
    }
    /// UTF-8 text; `None` when there are lone surrogates.
    pub fn to_utf8(&self) -> Option<Cow<'_, str>> {
        if let Some(s) = self.as_ascii() {
            return Some(Cow::Borrowed(s));
        }
        self.chars().map(char::from_u32).collect::<Option<String>>().map(Cow::Owned)
    }
    /// UTF-8 text with lone surrogates as U+FFFD: for messages.
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        match self.as_ascii() {
            Some(s) => Cow::Borrowed(s),
            None => Cow::Owned(self.chars().map(|c| char::from_u32(c).unwrap_or('\u{fffd}')).collect()),
        }
    }
    /// Generalized UTF-8: lone surrogates encoded like any code point.
    pub fn to_wtf8(&self) -> Cow<'_, [u8]> {
        if self.is_ascii() {
            return Cow::Borrowed(self.unit_bytes());
        }
        let mut out = Vec::with_capacity(self.len() * 2);
        for c in self.chars() {
            push_wtf8(&mut out, c);
        }
        Cow::Owned(out)
    }
    /// Equality as far as lengths and first bytes decide it.
    #[inline(always)]
    pub fn quick_eq(&self, other: &Str) -> Option<bool> {
        use offset::{STR_LENGTH_AND_UNIT as LENGTH_AND_UNIT, STR_ONE_BYTE};
        if (self.meta ^ other.meta) & LENGTH_AND_UNIT != 0 {
            return Some(false);
        }
        if self.is_empty() {
            return Some(true);
        }
        // SAFETY: a string that is not empty has a first byte.
        if unsafe { *self.data != *other.data } {
            return Some(false);
        }
        (self.meta & LENGTH_AND_UNIT == STR_ONE_BYTE).then_some(true)
    }
    /// Byte `index` of a string of Latin-1; `None` for wider ones and behind the end.
    #[inline(always)]
    pub fn latin1_at(&self, index: usize) -> Option<u8> {
        if self.unit_size() != 1 || index >= self.len() {
            return None;
        }
        // SAFETY: checked just now.
        Some(unsafe { *self.data.add(index) })
    }
    /// Whether the object refers to no other.
    #[inline(always)]
    pub(crate) fn is_leaf(&self) -> bool {
        self.is_inline() && self.ext_words() == 0
    }
    /// Both hashes are known and differ.
    #[inline(always)]
    fn known_unequal(&self, other: &Str) -> bool {
        let (a, b) = (self.hash.get(), other.hash.get());
        a != b && a != 0 && b != 0
    }
    /// Same characters.
    #[inline]
    pub fn same_text(&self, other: &Str) -> bool {
        if std::ptr::eq(self, other) {
            return true;
        }
        // Unequal strings mostly differ in length, in their hashes if they were used as keys, or at the start.
        if self.meta >> LEN_SHIFT != other.meta >> LEN_SHIFT || self.unit_size() != other.unit_size() {
            return false;
        }
        let (a, b) = (self.unit_bytes(), other.unit_bytes());
        if a.first() != b.first() || self.known_unequal(other) {
            return false;
        }
        a.len() <= 1 || a == b
    }
    /// [`Self::same_text`] of strings with one hash, which are hardly ever different.
    #[inline(always)]
    pub fn same_text_and_hash(&self, other: &Str) -> bool {
        self.unit_size() == other.unit_size() && short::equal(self.unit_bytes(), other.unit_bytes())
    }
    /// Whether the text equals `s`.
    pub fn eq_str(&self, s: &str) -> bool {
        match self.as_ascii() {
            Some(text) => text == s,
            None => self.chars().eq(s.chars().map(|c| c as u32)),
        }
    }

    /// A string from `units`, which must be in the narrowest width.
    pub fn from_units(heap: &Heap, units: UnitsRef<'_>) -> Gc<Str> {
        match units {
            UnitsRef::Latin1 { units, ascii } => Str::from_unit_bytes(heap, units, 1, ascii),
            UnitsRef::Ucs2(u) => Str::from_unit_bytes(heap, bytes_of(u), 2, false),
            UnitsRef::Ucs4(u) => Str::from_unit_bytes(heap, bytes_of(u), 4, false),
        }
    }

    /// A string from UTF-8 text.
    pub fn from_utf8(heap: &Heap, text: &str) -> Gc<Str> {
        if text.is_ascii() {
            return Str::from_unit_bytes(heap, text.as_bytes(), 1, true);
        }
        Str::from_units(heap, UnitsBuf::from_utf8(text).as_units())
    }

    /// A string from text that lives as long as the process. Long ASCII texts, like documentation, are not copied.
    pub fn from_static(heap: &Heap, text: &'static str) -> Gc<Str> {
        if text.len() < 64 || !text.is_ascii() {
            return Str::from_utf8(heap, text);
        }
        let meta = (text.len() as u64) << LEN_SHIFT | ASCII | 1;
        let s = Str { hdr: Header::blank(), hash: Cell::new(0), meta, data: text.as_ptr() };
        // The owner word stays empty.
        heap.alloc_tail(shape_id::STR, s, 8, true)
    }

    /// A string from generalized UTF-8, as images store it.
    pub fn from_wtf8(heap: &Heap, bytes: &[u8]) -> Gc<Str> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Str::from_utf8(heap, text),
            Err(_) => Str::from_code_points(heap, &decode_wtf8(bytes)),
        }
    }

    /// A string from code points, narrowed.
    pub fn from_code_points(heap: &Heap, points: &[u32]) -> Gc<Str> {
        let max = points.iter().fold(0, |m, &c| m | c);
        if max < 0x100 {
            let narrow: Vec<u8> = points.iter().map(|&c| c as u8).collect();
            Str::from_unit_bytes(heap, &narrow, 1, max < 0x80)
        } else if points.iter().all(|&c| c < 0x10000) {
            let narrow: Vec<u16> = points.iter().map(|&c| c as u16).collect();
            Str::from_unit_bytes(heap, bytes_of(&narrow), 2, false)
        } else {
            Str::from_unit_bytes(heap, bytes_of(points), 4, false)
        }
    }

    /// A one-character string; use [`crate::vm::Vm::char_str`] for the shared Latin-1 ones.
    pub fn from_char(heap: &Heap, c: u32) -> Gc<Str> {
        Str::from_code_points(heap, &[c])
    }

    /// A string from raw units of `unit` bytes in the narrowest width.
    pub fn from_unit_bytes(heap: &Heap, bytes: &[u8], unit: usize, ascii: bool) -> Gc<Str> {
        Str::build(heap, bytes.len() / unit, unit, ascii, |to| short::copy(to, bytes))
    }

    /// A string of `len` units of `unit` bytes, whose raw units `fill` writes: all of them, the narrowest width being
    /// `unit`, and ASCII if it says so. The bytes are arbitrary before.
    #[inline]
    pub fn build(heap: &Heap, len: usize, unit: usize, ascii: bool, fill: impl FnOnce(&mut [u8])) -> Gc<Str> {
        let meta = (len as u64) << LEN_SHIFT | (ascii as u64) << 3 | unit as u64;
        let s = Str { hdr: Header::blank(), hash: Cell::new(0), meta, data: std::ptr::null() };
        let s = heap.alloc_tail(shape_id::STR, s, len * unit, false);
        // SAFETY: the tail has this many bytes, which the heap has mapped and nobody else refers to.
        unsafe {
            let data = s.inline_data() as *mut u8;
            (*s.as_ptr()).data = data;
            fill(std::slice::from_raw_parts_mut(data, len * unit));
        }
        s
    }

    /// The exact `str` with this text: itself, unless its class is a Python subclass.
    #[inline]
    pub fn exact(this: Gc<Str>) -> Gc<Str> {
        if this.header().shape() == shape_id::STR {
            return this;
        }
        // An instance of a subclass points into an exact string.
        this.owner().and_then(|owner| owner.downcast()).expect("a subclass instance has a text")
    }

    /// Writes the units, widened to `unit` bytes each, to the start of `to`; gives the number of bytes.
    pub fn copy_units_to(&self, to: &mut [u8], unit: usize) -> usize {
        let bytes = self.len() * unit;
        assert!(bytes <= to.len() && self.unit_size() <= unit && (to.as_ptr() as usize).is_multiple_of(unit));
        // SAFETY: checked just now.
        unsafe { copy_widened(self, to.as_mut_ptr(), unit) };
        bytes
    }

    /// An instance of a Python subclass with the text of `text`.
    pub fn new_subclass(heap: &Heap, shape: ShapeId, ext_words: usize, text: Gc<Str>) -> Gc<Str> {
        let meta = text.meta & !(EXT_MASK << EXT_SHIFT) | (ext_words as u64) << EXT_SHIFT;
        let s = Str { hdr: Header::blank(), hash: Cell::new(text.hash.get()), meta, data: text.data };
        let s = heap.alloc_tail(shape, s, 8 + 8 * ext_words, true);
        // SAFETY: the owner word follows the struct.
        unsafe { *(s.inline_data() as *mut Option<Value>) = Some(text.value()) };
        s
    }

    /// `a + b`. Appends in place when `a` ends at the watermark of its buffer.
    pub fn concat(heap: &Heap, a: Gc<Str>, b: Gc<Str>) -> Gc<Str> {
        if a.is_empty() && b.header().shape() == shape_id::STR {
            return b;
        }
        if b.is_empty() && a.header().shape() == shape_id::STR {
            return a;
        }
        let unit = a.unit_size().max(b.unit_size());
        let total = (a.len() + b.len()) * unit;
        if a.unit_size() == unit && a.len() * unit >= 96 {
            return Str::append(heap, a, b);
        }
        let meta = ((a.len() + b.len()) as u64) << LEN_SHIFT | (a.meta & b.meta & ASCII) | unit as u64;
        let s = Str { hdr: Header::blank(), hash: Cell::new(0), meta, data: std::ptr::null() };
        let s = heap.alloc_tail(shape_id::STR, s, total, false);
        if unit == 1 && b.len() == 1 && a.is_inline() && a.ext_words() == 0 {
            // A loop that appends characters: word by word, since both objects are padded to whole words.
            // SAFETY: `a` and the new object have as many whole words of characters, and room for one more byte.
            unsafe {
                let data = s.inline_data() as *mut u8;
                for i in 0..a.len().div_ceil(8) {
                    data.cast::<u64>().add(i).write(a.data.cast::<u64>().add(i).read());
                }
                data.add(a.len()).write(*b.data);
                (*s.as_ptr()).data = data;
            }
            return s;
        }
        // SAFETY: the tail has room for both; the object is not shared yet.
        unsafe {
            let data = s.inline_data() as *mut u8;
            copy_widened(&a, data, unit);
            copy_widened(&b, data.add(a.len() * unit), unit);
            (*s.as_ptr()).data = data;
        }
        s
    }

    /// `a + b` through an append buffer; `b` is no wider than `a`.
    fn append(heap: &Heap, a: Gc<Str>, b: Gc<Str>) -> Gc<Str> {
        let unit = a.unit_size();
        let (have, more) = (a.len() * unit, b.len() * unit);
        let in_place = a.owner().and_then(|o| o.downcast::<ByteBuf>()).filter(|buf| {
            let end = a.data as usize + have;
            end == buf.data() as usize + buf.used.get() && buf.used.get() + more <= buf.capacity()
        });
        let (buf, data) = match in_place {
            Some(buf) => (buf, a.data as *mut u8),
            None => {
                let buf = ByteBuf::new(heap, (have + more) * 2);
                // SAFETY: the new buffer is larger than `a`.
                unsafe { std::ptr::copy_nonoverlapping(a.data, buf.data(), have) };
                buf.used.set(have);
                (buf, buf.data())
            }
        };
        // SAFETY: checked or made room above; bytes past the watermark belong to nobody.
        unsafe { copy_widened(&b, data.add(have), unit) };
        buf.used.set(buf.used.get() + more);
        let meta = ((a.len() + b.len()) as u64) << LEN_SHIFT | (a.meta & b.meta & ASCII) | unit as u64;
        let s = Str { hdr: Header::blank(), hash: Cell::new(0), meta, data };
        let s = heap.alloc_tail(shape_id::STR, s, 8, true);
        // SAFETY: the owner word follows the struct.
        unsafe { *(s.inline_data() as *mut Option<Value>) = Some(buf.value()) };
        s
    }
}

fn bytes_of<T: Copy>(units: &[T]) -> &[u8] {
    // SAFETY: plain integers are bytes.
    unsafe { std::slice::from_raw_parts(units.as_ptr().cast(), size_of_val(units)) }
}

/// Copies the units of `s` to `to`, widened to `unit` bytes each.
///
/// # Safety
/// `to` has room for `s.len() * unit` bytes and is aligned for the unit.
unsafe fn copy_widened(s: &Str, to: *mut u8, unit: usize) {
    if s.unit_size() == unit {
        let bytes = s.unit_bytes();
        // SAFETY: promised by the caller.
        return unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len()) };
    }
    // SAFETY: promised by the caller.
    unsafe {
        match (s.units(), unit) {
            (UnitsRef::Latin1 { units, .. }, 2) => widen(units, to.cast::<u16>()),
            (UnitsRef::Latin1 { units, .. }, _) => widen(units, to.cast::<u32>()),
            (UnitsRef::Ucs2(units), _) => widen(units, to.cast::<u32>()),
            (UnitsRef::Ucs4(_), _) => unreachable!("nothing is wider"),
        }
    }
}

/// # Safety
/// `to` has room for the units.
unsafe fn widen<From: Copy, To: std::convert::From<From>>(units: &[From], to: *mut To) {
    for (i, &u) in units.iter().enumerate() {
        // SAFETY: promised by the caller.
        unsafe { to.add(i).write(u.into()) };
    }
}

/// Appends the generalized UTF-8 encoding of `c`.
pub fn push_wtf8(out: &mut Vec<u8>, c: u32) {
    match char::from_u32(c) {
        Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None => out.extend_from_slice(&[
            0xE0 | (c >> 12) as u8,
            0x80 | (c >> 6 & 0x3F) as u8,
            0x80 | (c & 0x3F) as u8,
        ]),
    }
}

/// Code points of generalized UTF-8 that is known to be well-formed.
fn decode_wtf8(bytes: &[u8]) -> Vec<u32> {
    let mut points = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let b = bytes[i] as u32;
        let cont = |n: usize| bytes.get(i + n).map_or(0, |&b| b as u32 & 0x3F);
        let (c, n) = match b {
            0..0x80 => (b, 1),
            0x80..0xE0 => ((b & 0x1F) << 6 | cont(1), 2),
            0xE0..0xF0 => ((b & 0xF) << 12 | cont(1) << 6 | cont(2), 3),
            _ => ((b & 7) << 18 | cont(1) << 12 | cont(2) << 6 | cont(3), 4),
        };
        points.push(c);
        i += n;
    }
    points
}

/// The interned strings, held weakly.
pub struct InternTable {
    table: hashbrown::HashTable<Gc<Str>>,
    /// Interned since the last collection: roots of a minor one.
    young: Vec<Gc<Str>>,
}

impl Default for InternTable {
    fn default() -> InternTable {
        // Start-up interns about this many.
        InternTable { table: hashbrown::HashTable::with_capacity(7000), young: Vec::with_capacity(7000) }
    }
}

impl InternTable {
    /// The canonical string equal to `s`, an exact string with its hash computed; `s` itself if there was none.
    pub fn intern(&mut self, s: Gc<Str>) -> Gc<Str> {
        let hash = s.hash.get();
        let found = self.table.entry(hash, |t| t.same_text(&s), |t| t.hash.get());
        match found {
            hashbrown::hash_table::Entry::Occupied(e) => *e.get(),
            hashbrown::hash_table::Entry::Vacant(e) => {
                s.hdr.set(flag::INTERNED);
                e.insert(s);
                self.young.push(s);
                s
            }
        }
    }
    /// The interned string with this ASCII text and hash.
    pub fn find_ascii(&self, text: &str, hash: u64) -> Option<Gc<Str>> {
        self.table.find(hash, |t| t.hash.get() == hash && t.as_ascii() == Some(text)).copied()
    }
    /// Number of interned strings.
    pub fn len(&self) -> usize {
        self.table.len()
    }
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }
    /// Visits the strings interned since the last collection.
    pub fn visit_young(&self, mut f: impl FnMut(&'static Header)) {
        self.young.iter().for_each(|s| f(s.header()));
    }
    /// Drops dead strings after marking.
    pub fn sweep(&mut self, full: bool, is_live: impl Fn(&Header) -> bool) {
        self.young.clear();
        if full {
            self.table.retain(|s| is_live(s.header()));
        }
    }
}
