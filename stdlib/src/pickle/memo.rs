//! What a pickler and an unpickler remember: objects by identity, objects by number.

use adder_interp::heap::Tracer;
use adder_interp::object::header::Trace;
use adder_interp::value::Value;
use std::collections::HashMap;

/// Numbers of objects that were pickled, by identity. Objects do not move, so their address is their identity; the memo
/// is traced, so that no address is used for a second object while it is remembered.
#[derive(Default)]
pub struct PickleMemo {
    /// Open addressing; a power of two long, or empty.
    slots: Vec<Option<(Value, u32)>>,
    /// Entries in use.
    len: usize,
    /// The number the next object gets.
    next: usize,
}

impl Trace for PickleMemo {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.slots.iter().flatten().for_each(|(object, _)| tracer.visit(*object));
    }
}

impl PickleMemo {
    fn slot_of(&self, object: Value) -> usize {
        // Addresses are multiples of eight; the high bits of the product depend on all others.
        let spread = (object.bits() >> 3).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (spread >> (64 - self.slots.len().trailing_zeros())) as usize
    }

    /// The number of `object`.
    #[inline]
    pub fn get(&self, object: Value) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        let mask = self.slots.len() - 1;
        let mut at = self.slot_of(object);
        loop {
            match self.slots[at] {
                Some((key, number)) if key == object => return Some(number),
                Some(_) => at = (at + 1) & mask,
                None => return None,
            }
        }
    }

    /// Gives `object` the next number.
    #[inline]
    pub fn add(&mut self, object: Value) -> usize {
        let number = self.skip();
        self.insert(object, number as u32);
        number
    }

    /// Uses up a number for an object that cannot be met again.
    pub fn skip(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }

    /// Sets the number of `object`.
    pub fn insert(&mut self, object: Value, number: u32) {
        if 3 * (self.len + 1) > 2 * self.slots.len() {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let mut at = self.slot_of(object);
        while let Some((key, _)) = self.slots[at] {
            if key == object {
                self.slots[at] = Some((object, number));
                return;
            }
            at = (at + 1) & mask;
        }
        self.slots[at] = Some((object, number));
        self.len += 1;
    }

    #[cold]
    fn grow(&mut self) {
        let size = (self.slots.len() * 4).max(16);
        let old = std::mem::replace(&mut self.slots, vec![None; size]);
        self.len = 0;
        old.into_iter().flatten().for_each(|(object, number)| self.insert(object, number));
    }

    pub fn clear(&mut self) {
        *self = PickleMemo::default();
    }

    /// Objects and their numbers, in the order of the numbers.
    pub fn entries(&self) -> Vec<(Value, u32)> {
        let mut entries: Vec<_> = self.slots.iter().flatten().copied().collect();
        entries.sort_by_key(|&(_, number)| number);
        entries
    }

    /// A memo with these entries.
    pub fn from_entries(entries: &[(Value, u32)]) -> PickleMemo {
        let mut memo = PickleMemo::default();
        entries.iter().for_each(|&(object, number)| memo.insert(object, number));
        memo.next = memo.len;
        memo
    }
}

/// Objects that were unpickled, by number.
#[derive(Default)]
pub struct UnpickleMemo {
    dense: Vec<Option<Value>>,
    /// Numbers far beyond those in use: nobody but a forger writes them.
    sparse: HashMap<usize, Value>,
    len: usize,
}

impl Trace for UnpickleMemo {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.dense.trace(tracer);
        self.sparse.values().for_each(|object| tracer.visit(*object));
    }
}

impl UnpickleMemo {
    #[inline]
    pub fn get(&self, number: usize) -> Option<Value> {
        match self.dense.get(number) {
            Some(found) => *found,
            None => self.sparse.get(&number).copied(),
        }
    }

    #[inline]
    pub fn set(&mut self, number: usize, object: Value) {
        let gap = number.checked_sub(self.dense.len());
        let old = match gap {
            None => self.dense[number].replace(object),
            Some(0) => {
                self.dense.push(Some(object));
                self.sparse.remove(&number)
            }
            Some(gap) if gap < 4096 && self.sparse.is_empty() => {
                self.dense.resize(number, None);
                self.dense.push(Some(object));
                None
            }
            Some(_) => self.sparse.insert(number, object),
        };
        self.len += usize::from(old.is_none());
    }

    /// Entries in use, which is the number MEMOIZE gives next.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn clear(&mut self) {
        *self = UnpickleMemo::default();
    }

    /// Numbers and objects.
    pub fn entries(&self) -> Vec<(usize, Value)> {
        let dense = self.dense.iter().enumerate().filter_map(|(i, v)| Some((i, (*v)?)));
        let mut entries: Vec<_> = dense.chain(self.sparse.iter().map(|(&i, &v)| (i, v))).collect();
        entries.sort_by_key(|&(number, _)| number);
        entries
    }
}
