//! `dict`: insertion-ordered open addressing.
//!
//! Entries lie in insertion order in a [`DictTable`]; tables of more than [`SMALL`] entries also have an index of 1, 2 or
//! 4-byte positions that is probed linearly from a multiplicative hash. Deletion leaves a gap in the entries; a table that
//! runs full is rebuilt without gaps.
//!
//! # Versions
//!
//! `version` names a state of the *keys*: as long as it is the same non-zero number, every key is at the same entry
//! index. Numbers are handed out on request and unique in the interpreter, so one compare proves both which
//! dict it is and where the entry lies. Global and module attribute caches rest on this.
//!
//! Comparing keys may run Python code that changes the dict: lookups notice and start over.

use super::header::{Gc, Header, HeapObject, Kind, round_up};
use super::shape::{ShapeId, shape_id};
use super::str::Str;
use crate::heap::{Heap, Tracer};
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::compare::{
    exact_tuple, has_words, known_equal_tuples, noted_hash, small_int_hash, tuple_hash,
};
use std::cell::Cell;

/// Tables up to this many entries are searched without an index.
pub const SMALL: usize = 8;

/// See the module documentation.
#[repr(C)]
pub struct Dict {
    hdr: Header,
    /// Live entries.
    len: Cell<usize>,
    table: Cell<Option<Gc<DictTable>>>,
    version: Cell<u64>,
    ext_words: usize,
}

/// Entries and index of a dict.
#[repr(C)]
pub struct DictTable {
    hdr: Header,
    /// Entries there is room for.
    capacity: u32,
    /// Entries used, deleted ones included.
    fill: Cell<u32>,
    /// No live entry lies before this one.
    start: Cell<u32>,
    /// log2 of the number of index slots; 0 for none.
    index_bits: u8,
    /// Bytes per index slot.
    index_width: u8,
    /// Every key is an exact str.
    all_str: Cell<bool>,
}

/// One entry; deleted when `key` is empty.
#[repr(C)]
pub struct Entry {
    pub hash: Cell<u64>,
    pub key: Cell<Option<Value>>,
    pub value: Cell<Option<Value>>,
}

// SAFETY: the table and the extension words are visited.
unsafe impl HeapObject for Dict {
    const KIND: Kind = Kind::Dict;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if let Some(table) = self.table.get() {
            tracer.visit(table.value());
        }
        super::trace_extension(&self.hdr, self.ext_words, tracer);
    }
    fn byte_size(&self) -> usize {
        super::fixed_size::<Dict>(self.ext_words)
    }
}

// SAFETY: keys and values of all used entries are visited.
unsafe impl HeapObject for DictTable {
    const KIND: Kind = Kind::DictTable;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        for entry in self.entries() {
            if let (Some(k), Some(v)) = (entry.key.get(), entry.value.get()) {
                tracer.visit(k);
                tracer.visit(v);
            }
        }
    }
    fn byte_size(&self) -> usize {
        DictTable::bytes(self.capacity as usize, self.index_bits, self.index_width)
    }
}

#[inline(always)]
fn spread(hash: u64, bits: u8) -> usize {
    (hash.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - bits as u32)) as usize
}

impl DictTable {
    fn bytes(capacity: usize, bits: u8, width: u8) -> usize {
        let index = if bits == 0 { 0 } else { (1 << bits) * width as usize };
        round_up(size_of::<DictTable>() + capacity * size_of::<Entry>() + index)
    }

    /// A table with room for at least `wanted` entries.
    fn new(heap: &Heap, wanted: usize) -> Gc<DictTable> {
        let (capacity, bits) = if wanted <= SMALL {
            (if wanted <= 4 { 4 } else { SMALL }, 0)
        } else {
            // At most half of the index is used, so that a search seldom meets other keys.
            let slots = (wanted * 2).next_power_of_two();
            (wanted.max(slots * 3 / 8), slots.trailing_zeros() as u8)
        };
        let width = match capacity {
            0..=0xff => 1,
            0x100..=0xffff => 2,
            _ => 4,
        };
        let table = DictTable {
            hdr: Header::blank(),
            capacity: capacity as u32,
            fill: Cell::new(0),
            start: Cell::new(0),
            index_bits: bits,
            index_width: width,
            all_str: Cell::new(true),
        };
        let tail = DictTable::bytes(capacity, bits, width) - size_of::<DictTable>();
        heap.alloc_tail(shape_id::DICT_TABLE, table, tail, true)
    }

    #[inline(always)]
    fn entry_ptr(&self) -> *const Entry {
        // SAFETY: entries follow the struct.
        unsafe { (self as *const DictTable).add(1).cast() }
    }
    /// Visits the entries that lie at least partly at addresses `from .. to`.
    pub(crate) fn trace_between(&self, from: usize, to: usize, tracer: &mut Tracer<'_>) {
        let base = self.entry_ptr() as usize;
        let first = from.saturating_sub(base) / size_of::<Entry>();
        let last = to.saturating_sub(base).div_ceil(size_of::<Entry>());
        for entry in self.entries().iter().take(last).skip(first) {
            if let (Some(k), Some(v)) = (entry.key.get(), entry.value.get()) {
                tracer.visit(k);
                tracer.visit(v);
            }
        }
    }

    /// Used entries, deleted ones included.
    #[inline(always)]
    pub fn entries(&self) -> &[Entry] {
        // SAFETY: `fill` entries are initialised; their fields are cells.
        unsafe { std::slice::from_raw_parts(self.entry_ptr(), self.fill.get() as usize) }
    }
    #[inline(always)]
    fn index_base(&self) -> *mut u8 {
        // SAFETY: the index follows the entries.
        unsafe { self.entry_ptr().add(self.capacity as usize) as *mut u8 }
    }
    /// Entry index + 1 in index slot `i`, 0 when free.
    #[inline(always)]
    fn index_get(&self, i: usize) -> usize {
        // SAFETY: `i` is below the number of slots.
        unsafe { DictTable::slot(self.index_base(), self.index_width, i) }
    }
    /// Slot `i` of an index of this width.
    ///
    /// # Safety
    /// The index has that slot.
    #[inline(always)]
    unsafe fn slot(index: *const u8, width: u8, i: usize) -> usize {
        // SAFETY: promised by the caller.
        unsafe {
            match width {
                1 => *index.add(i) as usize,
                2 => *index.cast::<u16>().add(i) as usize,
                _ => *index.cast::<u32>().add(i) as usize,
            }
        }
    }
    fn index_set(&self, i: usize, to: usize) {
        // SAFETY: as in `index_get`.
        unsafe {
            match self.index_width {
                1 => *self.index_base().add(i) = to as u8,
                2 => *self.index_base().cast::<u16>().add(i) = to as u16,
                _ => *self.index_base().cast::<u32>().add(i) = to as u32,
            }
        }
    }

    /// Appends an entry; the caller has made sure that there is room and that the key is new.
    fn push(&self, heap: &Heap, hash: u64, key: Value, value: Value) {
        let at = self.fill.get();
        debug_assert!(at < self.capacity);
        // SAFETY: the table has room for entry `at`, zeroed by the allocator.
        let entry = unsafe { &*self.entry_ptr().add(at as usize) };
        entry.hash.set(hash);
        entry.key.set(Some(key));
        entry.value.set(Some(value));
        self.fill.set(at + 1);
        if self.all_str.get() && !is_exact_str(key) {
            self.all_str.set(false);
        }
        heap.barrier_slot(&self.hdr, &entry.key, key);
        heap.barrier_slot(&self.hdr, &entry.value, value);
        if self.index_bits > 0 {
            let mask = (1usize << self.index_bits) - 1;
            let mut i = spread(hash, self.index_bits);
            while self.index_get(i) != 0 {
                i = (i + 1) & mask;
            }
            self.index_set(i, at as usize + 1);
        }
    }

    /// Entry `at` was deleted: the first live one may lie further back now.
    fn skip_deleted(&self, at: usize) {
        if at == self.start.get() as usize {
            let gone = self.entries()[at..].iter().take_while(|e| e.key.get().is_none()).count();
            self.start.set((at + gone) as u32);
        }
    }

    /// The entry with this hash at `from` is at `to` now.
    fn repoint(&self, hash: u64, from: usize, to: usize) {
        if self.index_bits > 0 {
            let mask = (1usize << self.index_bits) - 1;
            let mut i = spread(hash, self.index_bits);
            while self.index_get(i) != from + 1 {
                i = (i + 1) & mask;
            }
            self.index_set(i, to + 1);
        }
    }

    /// The first entry with this hash for which `is_match` holds, or an error of `is_match`.
    #[inline(always)]
    fn probe<E>(
        &self,
        hash: u64,
        mut is_match: impl FnMut(&Entry) -> Result<bool, E>,
    ) -> Result<Option<usize>, E> {
        if self.index_bits == 0 {
            for (i, entry) in self.entries().iter().enumerate() {
                if entry.hash.get() == hash && entry.key.get().is_some() && is_match(entry)? {
                    return Ok(Some(i));
                }
            }
            return Ok(None);
        }
        let mask = (1usize << self.index_bits) - 1;
        let mut i = spread(hash, self.index_bits);
        let (index, width) = (self.index_base(), self.index_width);
        loop {
            // SAFETY: the mask keeps `i` below the number of slots.
            let at = unsafe { DictTable::slot(index, width, i) };
            if at == 0 {
                return Ok(None);
            }
            // SAFETY: the index names used entries.
            let entry = unsafe { &*self.entry_ptr().add(at - 1) };
            if entry.hash.get() == hash && entry.key.get().is_some() && is_match(entry)? {
                return Ok(Some(at - 1));
            }
            i = (i + 1) & mask;
        }
    }

    /// See [`Dict::find_simple`]: an int of one word.
    #[inline]
    fn find_small_int(&self, key: Value, hash: u64) -> Option<Option<usize>> {
        let found = self.probe(hash, |entry| match entry.key.get() {
            Some(candidate) if candidate == key => Ok(true),
            // -1 and -2 have one hash.
            Some(candidate) if candidate.is_small_int() => Ok(false),
            _ => Err(()),
        });
        found.ok()
    }

    /// An exact tuple of these items, whose hash is known, if it is there as the same words or not at all. No call, so that
    /// whoever inlines this needs no stack frame.
    #[inline(always)]
    fn find_words(&self, words: &[Value], hash: u64) -> Option<Option<usize>> {
        let found = self.probe(hash, |entry| match entry.key.get() {
            Some(candidate) if has_words(candidate, words) => Ok(true),
            _ => Err(()),
        });
        found.ok()
    }

    /// See [`Dict::find_simple`]: an exact tuple.
    #[inline(never)]
    fn find_tuple(&self, key: Value, hash: u64) -> Option<Option<usize>> {
        let found = self.probe(hash, |entry| match entry.key.get() {
            Some(candidate) if candidate == key => Ok(true),
            Some(candidate) => known_equal_tuples(candidate, key).ok_or(()),
            None => Ok(false),
        });
        found.ok()
    }
}

#[inline(always)]
fn is_exact_str(v: Value) -> bool {
    v.header().is_some_and(|h| h.shape() == shape_id::STR)
}

enum Interrupted<E> {
    Raised(E),
    /// The dict changed while keys were compared.
    Changed,
}

impl Dict {
    pub fn new(heap: &Heap) -> Gc<Dict> {
        Dict::of_class(heap, shape_id::DICT, 0)
    }
    /// An empty dict of a class with this shape.
    pub fn of_class(heap: &Heap, shape: ShapeId, ext_words: usize) -> Gc<Dict> {
        let dict = Dict {
            hdr: Header::blank(),
            len: Cell::new(0),
            table: Cell::new(None),
            version: Cell::new(0),
            ext_words,
        };
        heap.alloc_tail(shape, dict, 8 * ext_words, true)
    }
    /// An empty dict with room for `n` entries.
    pub fn with_capacity(heap: &Heap, n: usize) -> Gc<Dict> {
        let dict = Dict::new(heap);
        if n > 0 {
            dict.install(heap, DictTable::new(heap, n));
        }
        dict
    }
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len.get()
    }
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The keys' version, 0 when none was asked for since they changed.
    #[inline(always)]
    pub fn version(&self) -> u64 {
        self.version.get()
    }
    /// The keys' version, assigned if need be.
    pub fn assign_version(&self, vm: &Vm) -> u64 {
        if self.version.get() == 0 {
            self.version.set(vm.next_version());
        }
        self.version.get()
    }
    #[inline(always)]
    fn keys_changed(&self) {
        self.version.set(0);
    }
    fn install(&self, heap: &Heap, table: Gc<DictTable>) {
        self.table.set(Some(table));
        heap.barrier(&self.hdr, table.value());
    }

    /// Used entries, deleted ones included: iterate by index and check [`Self::len`] and the table for changes.
    #[inline(always)]
    pub fn entries(&self) -> &[Entry] {
        match self.table.get() {
            None => &[],
            Some(table) => table.as_ref().entries(),
        }
    }
    /// First live entry at or after `index`: its index, key and value.
    #[inline]
    pub fn next_entry(&self, index: usize) -> Option<(usize, Value, Value)> {
        let entries = self.entries();
        let start = self.table.get().map_or(0, |t| t.start.get() as usize);
        (index.max(start)..entries.len())
            .find_map(|i| Some((i, entries[i].key.get()?, entries[i].value.get()?)))
    }
    /// Last live entry before `index`.
    pub fn previous_entry(&self, index: usize) -> Option<(usize, Value, Value)> {
        let entries = self.entries();
        (0..index.min(entries.len()))
            .rev()
            .find_map(|i| Some((i, entries[i].key.get()?, entries[i].value.get()?)))
    }
    /// Live entries in order. Do not run Python code meanwhile.
    pub fn iter(&self) -> impl Iterator<Item = (Value, Value)> + '_ {
        self.entries().iter().filter_map(|e| Some((e.key.get()?, e.value.get()?)))
    }
    /// Value of entry `index`, as a cache remembers it under an unchanged version.
    #[inline(always)]
    pub fn value_at(&self, index: usize) -> Option<Value> {
        self.entries().get(index)?.value.get()
    }
    /// Stores into entry `index`, live under an unchanged version.
    #[inline(always)]
    pub fn set_value_at(&self, heap: &Heap, index: usize, value: Value) {
        let table = self.table.get().expect("an entry index comes from a table");
        let entry = &table.as_ref().entries()[index];
        entry.value.set(Some(value));
        heap.barrier_slot(table.header(), &entry.value, value);
    }

    /// Entry index of an exact str key. Keys that are not exact strings never match.
    #[inline]
    pub fn find_str(&self, key: Gc<Str>) -> Option<usize> {
        let table = self.table.get()?;
        let hash = key.hash_value();
        let found: Result<_, std::convert::Infallible> = table.probe(hash, |entry| {
            let candidate = entry.key.get();
            Ok(candidate == Some(key.value())
                || candidate.is_some_and(|k| {
                    is_exact_str(k) && k.downcast::<Str>().is_some_and(|s| s.same_text_and_hash(&key))
                }))
        });
        match found {
            Ok(at) => at,
        }
    }
    /// Entry index of any key, with its hash at hand.
    pub fn find_hashed(&self, vm: &Vm, key: Value, hash: u64) -> PyResult<Option<usize>> {
        self.find(vm, key, hash)
    }
    /// Value of an exact str key.
    #[inline]
    pub fn get_str(&self, key: Gc<Str>) -> Option<Value> {
        self.entries()[self.find_str(key)?].value.get()
    }
    /// Sets an exact str key.
    pub fn insert_str(&self, heap: &Heap, key: Gc<Str>, value: Value) {
        match self.find_str(key) {
            Some(at) => self.set_value_at(heap, at, value),
            None => self.append(heap, key.hash_value(), key.value(), value),
        }
    }
    /// Removes an exact str key.
    pub fn remove_str(&self, key: Gc<Str>) -> Option<Value> {
        self.find_str(key).map(|at| self.remove_at(at))
    }

    /// Entry index of an exact tuple that knows its hash or has ints of one word only, in a dict that is not empty, if that
    /// is a matter of looking at words: `Some(None)` means that there is none.
    #[inline(always)]
    pub fn find_plain_tuple(&self, key: Value) -> Option<Option<usize>> {
        let words = exact_tuple(key)?;
        self.table.get()?.as_ref().find_words(&words, tuple_hash(words)?)
    }

    /// Entry index of a key that lies, as the same object, where the search for it begins. Most searches end so. No call, so that
    /// whoever inlines this needs no stack frame.
    #[inline(always)]
    pub fn find_at_once(&self, key: Value) -> Option<usize> {
        let hash = noted_hash(key)?;
        let table = self.table.get()?.as_ref();
        if table.index_bits == 0 {
            return None;
        }
        let at = table.index_get(spread(hash, table.index_bits)).checked_sub(1)?;
        // SAFETY: the index names used entries.
        let entry = unsafe { &*table.entry_ptr().add(at) };
        (entry.key.get() == Some(key)).then_some(at)
    }

    /// Entry index of an int of one word or an exact string in a dict that is not empty, if that takes no code
    /// of other keys: `Some(None)` means that there is none.
    #[inline]
    pub fn find_known(&self, key: Value) -> Option<Option<usize>> {
        let table = self.table.get()?;
        if key.is_small_int() {
            return table.find_small_int(key, small_int_hash(key));
        }
        match key.header()?.shape() {
            shape_id::STR if table.all_str.get() => Some(self.find_str(key.downcast::<Str>()?)),
            _ => None,
        }
    }

    /// Entry index of a key of the common kinds, if that takes no code of other keys: `Some(None)` means that there is none.
    #[inline(always)]
    fn find_simple(&self, key: Value, hash: u64) -> Option<Option<usize>> {
        let Some(table) = self.table.get() else { return Some(None) };
        if key.is_small_int() {
            return table.find_small_int(key, hash);
        }
        match key.header()?.shape() {
            shape_id::STR if table.all_str.get() => Some(self.find_str(key.downcast::<Str>()?)),
            shape_id::TUPLE => {
                let words = exact_tuple(key)?;
                let seen = table.as_ref().find_words(&words, hash);
                if seen.is_some() { seen } else { table.find_tuple(key, hash) }
            }
            _ => None,
        }
    }

    /// Entry index of any key.
    #[inline]
    fn find(&self, vm: &Vm, key: Value, hash: u64) -> PyResult<Option<usize>> {
        self.search(key, hash, |candidate, key| vm.eq(candidate, key))
    }
    /// Entry index of any key; `eq` compares keys with the same hash where a look at them does not tell.
    #[inline]
    pub fn search<E>(
        &self,
        key: Value,
        hash: u64,
        eq: impl Fn(Value, Value) -> Result<bool, E>,
    ) -> Result<Option<usize>, E> {
        match self.find_simple(key, hash) {
            Some(found) => Ok(found),
            None => self.search_comparing(key, hash, eq),
        }
    }
    fn search_comparing<E>(
        &self,
        key: Value,
        hash: u64,
        eq: impl Fn(Value, Value) -> Result<bool, E>,
    ) -> Result<Option<usize>, E> {
        loop {
            let Some(table) = self.table.get() else { return Ok(None) };
            let fill = table.fill.get();
            let found = table.probe(hash, |entry| {
                let Some(candidate) = entry.key.get() else { return Ok(false) };
                if candidate == key || candidate.is_same(key) {
                    return Ok(true);
                }
                if let Some(equal) = crate::vm::compare::known_equal(candidate, key) {
                    return Ok(equal);
                }
                let equal = eq(candidate, key).map_err(Interrupted::Raised)?;
                let unchanged = self.table.get() == Some(table) && table.fill.get() >= fill;
                if !unchanged || entry.key.get() != Some(candidate) {
                    return Err(Interrupted::Changed);
                }
                Ok(equal)
            });
            match found {
                Ok(at) => return Ok(at),
                Err(Interrupted::Raised(raised)) => return Err(raised),
                Err(Interrupted::Changed) => {}
            }
        }
    }
    pub fn get(&self, vm: &Vm, key: Value) -> PyResult<Option<Value>> {
        let hash = vm.hash_dict_key(key)?;
        self.get_hashed(vm, key, hash)
    }
    /// As [`Self::get`] with the key's hash at hand.
    #[inline]
    pub fn get_hashed(&self, vm: &Vm, key: Value, hash: u64) -> PyResult<Option<Value>> {
        Ok(self.find(vm, key, hash)?.and_then(|at| self.value_at(at)))
    }
    pub fn contains(&self, vm: &Vm, key: Value) -> PyResult<bool> {
        let hash = vm.hash_dict_key(key)?;
        Ok(self.find(vm, key, hash)?.is_some())
    }
    pub fn insert(&self, vm: &Vm, key: Value, value: Value) -> PyResult<()> {
        let hash = vm.hash_dict_key(key)?;
        self.insert_hashed(vm, key, hash, value)
    }
    #[inline]
    pub fn insert_hashed(&self, vm: &Vm, key: Value, hash: u64, value: Value) -> PyResult<()> {
        let found = self.find(vm, key, hash)?;
        self.store_at(&vm.heap, found, hash, key, value);
        Ok(())
    }
    /// Stores where a search for the key has ended.
    #[inline]
    pub fn store_at(&self, heap: &Heap, found: Option<usize>, hash: u64, key: Value, value: Value) {
        match found {
            Some(at) => self.set_value_at(heap, at, value),
            None => self.append(heap, hash, key, value),
        }
    }
    /// `setdefault`: the value there was, or `default` after inserting it.
    pub fn get_or_insert(&self, vm: &Vm, key: Value, default: Value) -> PyResult {
        let hash = vm.hash_dict_key(key)?;
        match self.find(vm, key, hash)?.and_then(|at| self.value_at(at)) {
            Some(v) => Ok(v),
            None => {
                self.append(&vm.heap, hash, key, default);
                Ok(default)
            }
        }
    }
    pub fn remove(&self, vm: &Vm, key: Value) -> PyResult<Option<Value>> {
        let hash = vm.hash_dict_key(key)?;
        Ok(self.find(vm, key, hash)?.map(|at| self.remove_at(at)))
    }
    /// As [`Self::remove`] with the key's hash at hand.
    pub fn remove_hashed(&self, vm: &Vm, key: Value, hash: u64) -> PyResult<Option<Value>> {
        Ok(self.find(vm, key, hash)?.map(|at| self.remove_at(at)))
    }
    /// Removes the live entry `at`.
    pub fn remove_at(&self, at: usize) -> Value {
        let entry = &self.entries()[at];
        entry.key.set(None);
        let value = entry.value.take().expect("the entry is live");
        self.len.set(self.len() - 1);
        self.keys_changed();
        if self.is_empty() {
            self.table.set(None);
        } else if let Some(table) = self.table.get() {
            table.skip_deleted(at);
        }
        value
    }
    /// Makes the live entry `at` the last one.
    pub fn move_to_end(&self, heap: &Heap, at: usize) {
        let entry = &self.entries()[at];
        let (hash, Some(key)) = (entry.hash.get(), entry.key.get()) else { return };
        if self.len() > 1 {
            let value = self.remove_at(at);
            self.append(heap, hash, key, value);
        }
    }
    /// Makes the live entry `at` the first one.
    pub fn move_to_front(&self, heap: &Heap, at: usize) {
        let first = self.next_entry(0).map(|(i, ..)| i);
        let (Some(mut table), Some(first)) = (self.table.get(), first) else { return };
        let mut at = at;
        if at == first {
            return;
        }
        if first == 0 {
            // A new table with a gap before the first entry, so that the next moves find room.
            let gap = self.len();
            let live_before = self.entries()[..at].iter().filter(|e| e.key.get().is_some()).count();
            let new = DictTable::new(heap, 2 * gap);
            new.fill.set(gap as u32);
            for entry in self.entries() {
                if let (Some(k), Some(v)) = (entry.key.get(), entry.value.get()) {
                    new.push(heap, entry.hash.get(), k, v);
                }
            }
            self.install(heap, new);
            (table, at) = (new, gap + live_before);
            new.start.set(gap as u32);
        }
        let to = table.start.get().max(1) as usize - 1;
        let (old, new) = (&table.as_ref().entries()[at], &table.as_ref().entries()[to]);
        new.hash.set(old.hash.get());
        new.key.set(old.key.take());
        new.value.set(old.value.take());
        heap.barrier_object(table.header());
        table.start.set(to as u32);
        table.repoint(new.hash.get(), at, to);
        self.keys_changed();
    }
    /// Removes and returns the last entry.
    pub fn pop_last(&self) -> Option<(Value, Value)> {
        let (at, key, value) = self.previous_entry(usize::MAX)?;
        self.remove_at(at);
        if let Some(table) = self.table.get()
            && table.index_bits == 0
        {
            table.fill.set(at as u32);
        }
        Some((key, value))
    }
    pub fn clear(&self) {
        self.table.set(None);
        self.len.set(0);
        self.keys_changed();
    }
    /// Appends a key that is known to be new.
    fn append(&self, heap: &Heap, hash: u64, key: Value, value: Value) {
        let table = match self.table.get() {
            Some(table) if table.fill.get() < table.capacity => table,
            _ => self.rebuild(heap, self.len() + 1 + self.len().min(1 << 20)),
        };
        table.push(heap, hash, key, value);
        self.len.set(self.len() + 1);
        self.keys_changed();
    }
    /// Makes room for `more` entries.
    pub fn reserve(&self, heap: &Heap, more: usize) {
        if self.table.get().is_some_and(|t| (t.capacity - t.fill.get()) as usize >= more) {
            return;
        }
        self.rebuild(heap, self.len() + more);
        self.keys_changed();
    }
    /// A new table without gaps, with room for `wanted` entries.
    fn rebuild(&self, heap: &Heap, wanted: usize) -> Gc<DictTable> {
        let table = DictTable::new(heap, wanted);
        for entry in self.entries() {
            if let (Some(k), Some(v)) = (entry.key.get(), entry.value.get()) {
                table.push(heap, entry.hash.get(), k, v);
            }
        }
        self.install(heap, table);
        table
    }
    /// A copy with the same order.
    pub fn copy(&self, heap: &Heap) -> Gc<Dict> {
        let dict = Dict::new(heap);
        dict.copy_from(heap, self);
        dict
    }
    /// Fills this empty dict with the entries of `other`.
    pub fn copy_from(&self, heap: &Heap, other: &Dict) {
        if other.is_empty() {
            return;
        }
        let table = DictTable::new(heap, other.len());
        for entry in other.entries() {
            if let (Some(k), Some(v)) = (entry.key.get(), entry.value.get()) {
                table.push(heap, entry.hash.get(), k, v);
            }
        }
        self.install(heap, table);
        self.len.set(other.len());
        self.keys_changed();
    }
    /// Exchanges the contents of two dicts.
    pub fn swap(&self, heap: &Heap, other: &Dict) {
        self.table.swap(&other.table);
        self.len.swap(&other.len);
        self.keys_changed();
        other.keys_changed();
        heap.barrier_object(&self.hdr);
        heap.barrier_object(&other.hdr);
    }
    /// Identity of the entry table: changes when the dict is rebuilt or cleared.
    pub fn table_identity(&self) -> usize {
        self.table.get().map_or(0, |t| t.as_ptr() as usize)
    }
    /// Bytes of the dict and its table.
    pub fn memory_size(&self) -> usize {
        size_of::<Dict>() + self.table.get().map_or(0, |t| HeapObject::byte_size(t.as_ref()))
    }
}

/// Offsets that machine code uses.
pub mod offset {
    use super::{Dict, DictTable, Entry};
    use std::mem::offset_of;

    pub const DICT_VERSION: usize = offset_of!(Dict, version);
    pub const DICT_TABLE: usize = offset_of!(Dict, table);
    /// Offset in the table of the value of entry `index`.
    pub const fn entry_value(index: usize) -> usize {
        size_of::<DictTable>() + index * size_of::<Entry>() + offset_of!(Entry, value)
    }
}
