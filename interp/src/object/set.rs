//! `set` and `frozenset`: open addressing in CPython's own probing and growth order, because programs print sets.
//!
//! A probe looks at up to ten adjacent slots, then jumps by a perturbed linear recurrence. The table grows fourfold (twofold
//! beyond 50,000 entries) when it is three fifths full. Order of iteration is table order.
//!
//! # Deletion
//!
//! A deleted slot must not end the search for a key that lies behind it. As long as every key lies in the run of adjacent slots
//! that begins at its hash (no key has jumped), the next nine slots tell whether there is such a key: if there is none, the slot
//! is free again at once, and keys that come and go leave nothing behind. Otherwise the slot is marked as deleted, and the next
//! key that passes it moves in; a table with too many marks is rebuilt. Keys never move on deletion, so that it changes nothing
//! about the order of the others.

use super::header::{Gc, Header, HeapObject, Kind};
use super::shape::{ShapeId, shape_id};
use super::str::Str;
use crate::heap::{Heap, Tracer};
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::compare::{exact_tuple, has_words, noted_hash, small_int_hash, tuple_hash};
use std::cell::Cell;

const MIN_SLOTS: usize = 8;
const LINEAR_PROBES: usize = 9;
const PERTURB_SHIFT: u32 = 5;
/// A table is rebuilt when more than one slot in this many is marked as deleted.
const SLOTS_PER_MARK: usize = 6;

/// See the module documentation.
#[repr(C)]
pub struct Set {
    hdr: Header,
    table: Cell<Option<Gc<SetTable>>>,
    /// Live entries.
    used: Cell<usize>,
    /// Live entries and deleted ones.
    fill: Cell<usize>,
    /// Where `pop` goes on searching.
    finger: Cell<usize>,
    /// Hash of a frozenset, once computed.
    pub hash: Cell<Option<u64>>,
    ext_words: usize,
}

/// The slots of a set: a power of two of them.
#[repr(C)]
pub struct SetTable {
    hdr: Header,
    /// Keys that do not lie in the run of slots that begins at their hash.
    jumped: Cell<u32>,
    /// log2 of the number of slots.
    bits: u8,
}

/// A slot. Free: no key, hash 0. Deleted: no key, hash 1.
#[repr(C)]
pub struct Slot {
    hash: Cell<u64>,
    key: Cell<Option<Value>>,
}

const DELETED: u64 = 1;

// SAFETY: the table and the extension words are visited.
unsafe impl HeapObject for Set {
    const KIND: Kind = Kind::Set;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if let Some(table) = self.table.get() {
            tracer.visit(table.value());
        }
        super::trace_extension(&self.hdr, self.ext_words, tracer);
    }
    fn byte_size(&self) -> usize {
        super::fixed_size::<Set>(self.ext_words)
    }
}

// SAFETY: the keys of all slots are visited.
unsafe impl HeapObject for SetTable {
    const KIND: Kind = Kind::SetTable;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.slots().iter().filter_map(|s| s.key.get()).for_each(|v| tracer.visit(v));
    }
    fn byte_size(&self) -> usize {
        size_of::<SetTable>() + self.len() * size_of::<Slot>()
    }
}

impl SetTable {
    fn new(heap: &Heap, slots: usize) -> Gc<SetTable> {
        let bits = slots.trailing_zeros() as u8;
        let table = SetTable { hdr: Header::blank(), jumped: Cell::new(0), bits };
        heap.alloc_tail(shape_id::DICT_TABLE, table, slots * size_of::<Slot>(), true)
    }
    /// Visits the slots that lie at least partly at addresses `from .. to`.
    pub(crate) fn trace_between(&self, from: usize, to: usize, tracer: &mut Tracer<'_>) {
        let base = self.slots().as_ptr() as usize;
        let first = from.saturating_sub(base) / size_of::<Slot>();
        let last = to.saturating_sub(base).div_ceil(size_of::<Slot>());
        self.slots().iter().take(last).skip(first).filter_map(|s| s.key.get()).for_each(|v| tracer.visit(v));
    }
    /// Number of slots.
    #[inline(always)]
    fn len(&self) -> usize {
        1 << self.bits
    }
    #[inline(always)]
    fn slots(&self) -> &[Slot] {
        // SAFETY: the slots follow the struct, zeroed by the allocator; their fields are cells.
        unsafe { std::slice::from_raw_parts((self as *const SetTable).add(1).cast(), self.len()) }
    }
    /// Whether slot `at` belongs to the run of slots in which the search for this hash begins.
    #[inline(always)]
    fn in_first_run(&self, hash: u64, at: usize) -> bool {
        let mask = self.len() - 1;
        let first = hash as usize & mask;
        at == first || (at > first && at - first <= LINEAR_PROBES && first + LINEAR_PROBES <= mask)
    }
    /// A key with this hash lies in slot `at` now.
    #[inline(always)]
    fn note_place(&self, hash: u64, at: usize) {
        if !self.in_first_run(hash, at) {
            self.jumped.set(self.jumped.get() + 1);
        }
    }
    /// Whether the search for some key passes slot `at`, in a table in which no key has jumped.
    #[inline(always)]
    fn is_passed(&self, at: usize) -> bool {
        let mask = self.len() - 1;
        for slot in self.slots().iter().skip(at + 1).take(LINEAR_PROBES) {
            match slot.key.get() {
                Some(_) if slot.hash.get() as usize & mask <= at => return true,
                None if slot.hash.get() == 0 => return false,
                _ => {}
            }
        }
        false
    }
    /// Stores a key that is not in the table, which has no deleted slots.
    fn insert_clean(&self, heap: &Heap, hash: u64, key: Value) {
        let mask = self.len() - 1;
        let mut perturb = hash;
        let mut i = hash as usize & mask;
        loop {
            let probes = if i + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 };
            for (at, slot) in (i..).zip(&self.slots()[i..=i + probes]) {
                if slot.key.get().is_none() {
                    slot.hash.set(hash);
                    slot.key.set(Some(key));
                    heap.barrier_slot(&self.hdr, &slot.key, key);
                    self.note_place(hash, at);
                    return;
                }
            }
            perturb >>= PERTURB_SHIFT;
            i = (i.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb as usize)) & mask;
        }
    }

    /// Where an int of one word, an exact string or tuple is or would go, if that takes no code of other keys.
    #[inline]
    fn find_simple(&self, key: Value, hash: u64) -> Option<Probe> {
        if key.is_small_int() {
            return self.find_small_int(key, hash);
        }
        match key.header()?.shape() {
            shape_id::STR => self.find_like(key, hash, |candidate| {
                let (a, b) = (candidate.downcast::<Str>()?, key.downcast::<Str>()?);
                (a.header().shape() == shape_id::STR).then(|| a.same_text_and_hash(&b))
            }),
            shape_id::TUPLE => self.find_words(key, hash),
            _ => None,
        }
    }
    #[inline(always)]
    fn find_small_int(&self, key: Value, hash: u64) -> Option<Probe> {
        // -1 and -2 have one hash.
        self.find_like(key, hash, |candidate| candidate.is_small_int().then_some(false))
    }
    /// A tuple that is there as the same words or not at all.
    #[inline(always)]
    fn find_words(&self, key: Value, hash: u64) -> Option<Probe> {
        let words = exact_tuple(key)?;
        self.find_like(key, hash, |candidate| has_words(candidate, &words).then_some(true))
    }
    /// Where a key is or would go; `same` compares a key with that hash to it, `None` if it cannot tell.
    #[inline(always)]
    fn find_like(&self, key: Value, hash: u64, same: impl Fn(Value) -> Option<bool>) -> Option<Probe> {
        let slots = self.slots();
        let mask = slots.len() - 1;
        let mut perturb = hash;
        let mut first = hash as usize & mask;
        let mut deleted = None;
        loop {
            let last = if first + LINEAR_PROBES <= mask { first + LINEAR_PROBES } else { first };
            for at in first..=last {
                // SAFETY: `last` is no larger than the mask.
                let slot = unsafe { slots.get_unchecked(at) };
                match slot.key.get() {
                    Some(candidate) if candidate == key => return Some(Probe::Found(at)),
                    Some(candidate) if slot.hash.get() == hash => {
                        if same(candidate)? {
                            return Some(Probe::Found(at));
                        }
                    }
                    Some(_) => {}
                    None if slot.hash.get() == 0 => return Some(Probe::Free(deleted.unwrap_or(at))),
                    None => deleted = Some(at),
                }
            }
            perturb >>= PERTURB_SHIFT;
            first = (first.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb as usize)) & mask;
        }
    }
}

/// Compares a key of a set with another that has its hash, where a look at them does not tell.
pub trait KeyEq<E>: Fn(Value, Value) -> Result<bool, E> {}
impl<E, F: Fn(Value, Value) -> Result<bool, E>> KeyEq<E> for F {}

/// Where a search ended.
enum Probe {
    Found(usize),
    /// The slot where the key would go: the last deleted one that was passed, or the free one that ended the search.
    Free(usize),
}

impl Set {
    /// An empty set of a class with this shape.
    pub fn of_class(heap: &Heap, shape: ShapeId, ext_words: usize) -> Gc<Set> {
        let set = Set {
            hdr: Header::blank(),
            table: Cell::new(None),
            used: Cell::new(0),
            fill: Cell::new(0),
            finger: Cell::new(0),
            hash: Cell::new(None),
            ext_words,
        };
        heap.alloc_tail(shape, set, 8 * ext_words, true)
    }
    pub fn new(heap: &Heap) -> Gc<Set> {
        Set::of_class(heap, shape_id::SET, 0)
    }
    /// A frozenset of constants, which are distinct.
    pub fn frozen_from_constants(heap: &Heap, values: &[Value]) -> Gc<Set> {
        let set = Set::of_class(heap, shape_id::FROZENSET, 0);
        set.table(heap);
        for &v in values {
            if set.fill.get() * 5 >= (set.table(heap).len() - 1) * 3 {
                set.resize(heap, set.used.get() * 4);
            }
            set.table(heap).insert_clean(heap, crate::vm::compare::constant_hash(v), v);
            set.fill.set(set.fill.get() + 1);
            set.used.set(set.used.get() + 1);
        }
        set
    }
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.used.get()
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Identity of the slot table: changes when the set is resized or cleared.
    pub fn table_identity(&self) -> usize {
        self.table.get().map_or(0, |t| t.as_ptr() as usize)
    }
    fn table(&self, heap: &Heap) -> Gc<SetTable> {
        self.table.get().unwrap_or_else(|| {
            let table = SetTable::new(heap, MIN_SLOTS);
            self.install(heap, table);
            table
        })
    }
    fn install(&self, heap: &Heap, table: Gc<SetTable>) {
        self.table.set(Some(table));
        heap.barrier(&self.hdr, table.value());
    }

    /// First live slot at or after `index`: its index, key and hash.
    pub fn next_slot(&self, index: usize) -> Option<(usize, Value, u64)> {
        let table = self.table.get()?;
        let slots = table.as_ref().slots();
        (index..slots.len()).find_map(|i| Some((i, slots[i].key.get()?, slots[i].hash.get())))
    }
    /// Keys and hashes in table order. Do not run Python code meanwhile.
    pub fn iter(&self) -> impl Iterator<Item = (Value, u64)> + '_ {
        let slots = self.table.get().map_or(&[][..], |t| t.as_ref().slots());
        slots.iter().filter_map(|s| Some((s.key.get()?, s.hash.get())))
    }

    #[inline]
    fn find<E>(&self, heap: &Heap, key: Value, hash: u64, eq: impl KeyEq<E>) -> Result<Probe, E> {
        match self.table.get().and_then(|table| table.find_simple(key, hash)) {
            Some(end) => Ok(end),
            None => self.search(heap, key, hash, eq),
        }
    }
    /// Whether the set has a key, if the slot where the search begins tells: by this very object, or because nothing was ever there.
    /// No call, so that whoever inlines this needs no stack frame.
    #[inline(always)]
    pub fn has_at_once(&self, key: Value) -> Option<bool> {
        let hash = noted_hash(key)?;
        let table = self.table.get()?.as_ref();
        let slots = table.slots();
        // SAFETY: the mask is below the number of slots.
        let slot = unsafe { slots.get_unchecked(hash as usize & (slots.len() - 1)) };
        match slot.key.get() {
            Some(candidate) if candidate == key => Some(true),
            None if slot.hash.get() == 0 => Some(false),
            _ => None,
        }
    }
    /// Whether the set has an int of one word, if that takes no code of other keys.
    #[inline(always)]
    pub fn has_small_int(&self, key: Value) -> Option<bool> {
        let Some(table) = self.table.get() else { return Some(false) };
        let end = table.find_small_int(key, small_int_hash(key))?;
        Some(matches!(end, Probe::Found(_)))
    }
    /// Whether the set has an exact tuple that knows its hash or has ints of one word only, if that is a matter of looking at
    /// words.
    #[inline(always)]
    pub fn has_plain_tuple(&self, key: Value) -> Option<bool> {
        let hash = tuple_hash(exact_tuple(key)?)?;
        let Some(table) = self.table.get() else { return Some(false) };
        Some(matches!(table.find_words(key, hash)?, Probe::Found(_)))
    }
    /// Whether the set has a key.
    pub fn has<E>(&self, heap: &Heap, key: Value, hash: u64, eq: impl KeyEq<E>) -> Result<bool, E> {
        if self.is_empty() {
            return Ok(false);
        }
        Ok(matches!(self.find(heap, key, hash, eq)?, Probe::Found(_)))
    }
    #[inline]
    fn search<E>(&self, heap: &Heap, key: Value, hash: u64, eq: impl KeyEq<E>) -> Result<Probe, E> {
        // The first slot decides most searches.
        if let Some(table) = self.table.get() {
            let at = hash as usize & (table.len() - 1);
            let slot = &table.as_ref().slots()[at];
            match slot.key.get() {
                Some(candidate) if slot.hash.get() == hash && candidate == key => {
                    return Ok(Probe::Found(at));
                }
                None if slot.hash.get() == 0 => return Ok(Probe::Free(at)),
                _ => {}
            }
        }
        'restart: loop {
            let table = self.table(heap);
            let mask = table.len() - 1;
            let mut perturb = hash;
            let mut i = hash as usize & mask;
            let mut deleted: Option<usize> = None;
            loop {
                let probes = if i + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 };
                let slots = table.as_ref().slots();
                for (at, slot) in (i..).zip(&slots[i..=i + probes]) {
                    match slot.key.get() {
                        None if slot.hash.get() == 0 => match deleted {
                            // A comparison has put another key there.
                            Some(before) if slots[before].key.get().is_some() => continue 'restart,
                            _ => return Ok(Probe::Free(deleted.unwrap_or(at))),
                        },
                        None => deleted = Some(at),
                        Some(candidate) if candidate == key => return Ok(Probe::Found(at)),
                        Some(candidate) if slot.hash.get() == hash => {
                            if candidate.is_same(key) {
                                return Ok(Probe::Found(at));
                            }
                            let equal = match crate::vm::compare::known_equal(candidate, key) {
                                Some(equal) => equal,
                                None => eq(candidate, key)?,
                            };
                            if self.table.get() != Some(table) || slot.key.get() != Some(candidate) {
                                continue 'restart; // the comparison changed the set
                            }
                            if equal {
                                return Ok(Probe::Found(at));
                            }
                        }
                        _ => {}
                    }
                }
                perturb >>= PERTURB_SHIFT;
                i = (i.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb as usize)) & mask;
            }
        }
    }

    pub fn contains(&self, vm: &Vm, key: Value) -> PyResult<bool> {
        let hash = vm.hash_set_element(key)?;
        self.contains_hashed(vm, key, hash)
    }
    pub fn contains_hashed(&self, vm: &Vm, key: Value, hash: u64) -> PyResult<bool> {
        self.has(&vm.heap, key, hash, |candidate, key| vm.eq(candidate, key))
    }
    pub fn add(&self, vm: &Vm, key: Value) -> PyResult<()> {
        let hash = vm.hash_set_element(key)?;
        self.add_hashed(vm, key, hash).map(drop)
    }
    /// Adds with the hash at hand; true when the key is new.
    pub fn add_hashed(&self, vm: &Vm, key: Value, hash: u64) -> PyResult<bool> {
        self.add_comparing(&vm.heap, key, hash, |candidate, key| vm.eq(candidate, key))
    }
    /// As [`Self::add_hashed`].
    #[inline]
    pub fn add_comparing<E>(&self, heap: &Heap, key: Value, hash: u64, eq: impl KeyEq<E>) -> Result<bool, E> {
        match self.find(heap, key, hash, eq)? {
            Probe::Found(_) => Ok(false),
            Probe::Free(at) => {
                self.fill_slot(heap, at, key, hash);
                Ok(true)
            }
        }
    }
    /// A new key moves into the slot in which the search for it has ended.
    fn fill_slot(&self, heap: &Heap, at: usize, key: Value, hash: u64) {
        let table = self.table(heap);
        let slot = &table.as_ref().slots()[at];
        let reused = slot.hash.replace(hash) == DELETED;
        slot.key.set(Some(key));
        heap.barrier_slot(table.header(), &slot.key, key);
        table.note_place(hash, at);
        let (used, fill) = (self.used.get() + 1, self.fill.get() + usize::from(!reused));
        self.used.set(used);
        self.fill.set(fill);
        if !reused && fill * 5 >= (table.len() - 1) * 3 {
            self.resize(heap, if used > 50_000 { used * 2 } else { used * 4 });
        } else if (fill - used) * SLOTS_PER_MARK > table.len() {
            self.resize(heap, (used * 2).max(table.len() / 2 - 1));
        }
    }
    /// A table with more than `minimum` slots, without deleted ones.
    fn resize(&self, heap: &Heap, minimum: usize) {
        let mut slots = MIN_SLOTS;
        while slots <= minimum {
            slots *= 2;
        }
        let table = SetTable::new(heap, slots);
        for (key, hash) in self.iter() {
            table.insert_clean(heap, hash, key);
        }
        self.install(heap, table);
        self.fill.set(self.used.get());
    }
    /// Makes room for `more` keys as a merge of another set does.
    pub fn reserve_for_merge(&self, heap: &Heap, more: usize) {
        let slots = self.table(heap).len();
        if (self.fill.get() + more) * 5 >= (slots - 1) * 3 {
            self.resize(heap, (self.used.get() + more) * 2);
        }
    }
    pub fn remove(&self, vm: &Vm, key: Value) -> PyResult<bool> {
        let hash = vm.hash_set_element(key)?;
        self.remove_hashed(vm, key, hash)
    }
    pub fn remove_hashed(&self, vm: &Vm, key: Value, hash: u64) -> PyResult<bool> {
        self.remove_comparing(&vm.heap, key, hash, |candidate, key| vm.eq(candidate, key))
    }
    /// As [`Self::remove_hashed`].
    #[inline]
    pub fn remove_comparing<E>(
        &self,
        heap: &Heap,
        key: Value,
        hash: u64,
        eq: impl KeyEq<E>,
    ) -> Result<bool, E> {
        if self.is_empty() {
            return Ok(false);
        }
        let Probe::Found(at) = self.find(heap, key, hash, eq)? else { return Ok(false) };
        self.remove_at(at);
        Ok(true)
    }
    /// Removes the live slot `at`.
    pub fn remove_at(&self, at: usize) -> Option<Value> {
        let table = self.table.get()?;
        let slots = table.as_ref().slots();
        let key = slots[at].key.take();
        let hash = slots[at].hash.replace(DELETED);
        self.used.set(self.used.get() - 1);
        if !table.in_first_run(hash, at) {
            table.jumped.set(table.jumped.get() - 1);
        }
        if table.jumped.get() == 0 && !table.is_passed(at) {
            // With this slot the marked ones before it are free, too.
            for slot in slots[..=at].iter().rev() {
                if slot.key.get().is_some() || slot.hash.get() != DELETED {
                    break;
                }
                slot.hash.set(0);
                self.fill.set(self.fill.get() - 1);
            }
        }
        if self.is_empty() && self.fill.get() * SLOTS_PER_MARK > slots.len() {
            slots.iter().for_each(|s| s.hash.set(0));
            self.fill.set(0);
        }
        key
    }
    pub fn clear(&self) {
        self.table.set(None);
        self.used.set(0);
        self.fill.set(0);
    }
    /// Becomes a copy of `other`, in the order a merge into an empty set gives.
    pub fn copy_from(&self, vm: &Vm, other: Gc<Set>) -> PyResult<()> {
        self.clear();
        self.merge_from(vm, other)
    }
    /// Adds the keys of another set.
    pub fn merge_from(&self, vm: &Vm, other: Gc<Set>) -> PyResult<()> {
        let heap = &vm.heap;
        if std::ptr::eq(self, other.as_ref()) || other.is_empty() {
            return Ok(());
        }
        self.reserve_for_merge(heap, other.len());
        if self.fill.get() > 0 {
            let mut at = 0;
            while let Some((i, key, hash)) = other.next_slot(at) {
                self.add_hashed(vm, key, hash)?;
                at = i + 1;
            }
            return Ok(());
        }
        let (to, from) = (self.table(heap), other.table(heap));
        if to.len() == from.len() && other.fill.get() == other.used.get() {
            for (a, b) in to.slots().iter().zip(from.as_ref().slots()) {
                a.hash.set(b.hash.get());
                a.key.set(b.key.get());
            }
            to.jumped.set(from.jumped.get());
            heap.barrier_object(to.header());
        } else {
            other.iter().for_each(|(key, hash)| to.insert_clean(heap, hash, key));
        }
        self.used.set(other.used.get());
        self.fill.set(other.used.get());
        Ok(())
    }
    /// Gets rid of deleted slots if there are many.
    pub fn compact(&self, heap: &Heap) {
        let Some(table) = self.table.get() else { return };
        let used = self.used.get();
        if self.fill.get() - used > (table.len() - 1) / 4 {
            self.resize(heap, if used > 50_000 { used * 2 } else { used * 4 });
        }
    }
    /// Removes and returns some key.
    pub fn take_any(&self) -> Option<Value> {
        let table = self.table.get().filter(|_| !self.is_empty())?;
        let start = self.finger.get() & (table.len() - 1);
        let (at, _, _) = self.next_slot(start).or_else(|| self.next_slot(0))?;
        self.finger.set(at + 1);
        self.remove_at(at)
    }
    /// Bytes of the set and its table.
    pub fn memory_size(&self) -> usize {
        size_of::<Set>() + self.table.get().map_or(0, |t| HeapObject::byte_size(t.as_ref()))
    }
    /// Exchanges the contents of two sets.
    pub fn swap(&self, heap: &Heap, other: &Set) {
        self.table.swap(&other.table);
        self.used.swap(&other.used);
        self.fill.swap(&other.fill);
        self.hash.swap(&other.hash);
        heap.barrier_object(&self.hdr);
        heap.barrier_object(&other.hdr);
    }
}
