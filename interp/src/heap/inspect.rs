//! Listing the objects of the heap and what they refer to: what the `gc` module shows.

use super::collect::{Tracer, parse_range};
use super::space::BlockState;
use super::{GcVec, Heap};
use crate::object::header::{Header, Kind};
use crate::value::Value;
use std::collections::HashSet;

/// Parts of other objects, which Python does not see.
fn is_internal(header: &Header) -> bool {
    matches!(header.kind(), Kind::ArrayBuf | Kind::ByteBuf | Kind::DictTable | Kind::SetTable | Kind::Shape)
}

/// Whether CPython's collector would know the object: whether it can be part of a cycle.
pub fn is_container(header: &Header) -> bool {
    !is_internal(header)
        && !matches!(
            header.kind(),
            Kind::Singleton
                | Kind::Bool
                | Kind::Int64
                | Kind::Int128
                | Kind::BigInt
                | Kind::FloatObject
                | Kind::Complex
                | Kind::Str
                | Kind::Bytes
                | Kind::ByteArray
                | Kind::Range
                | Kind::RangeIter
                | Kind::Code
        )
}

impl Heap {
    /// Calls `f` with every object, dead ones that no collection has found yet included. `f` must not allocate.
    fn for_each_object(&self, f: &mut dyn FnMut(&'static Header)) {
        self.close_ranges();
        for block in 0..self.space.frontier() {
            let meta = self.space.meta(block);
            if !matches!(meta.state.get(), BlockState::Lines | BlockState::Large) {
                continue;
            }
            let base = self.space.block_address(block);
            for (i, word) in meta.starts.iter().enumerate() {
                let mut bits = word.get();
                while bits != 0 {
                    let granule = i * 64 + bits.trailing_zeros() as usize;
                    bits &= bits - 1;
                    // SAFETY: a start bit names an object that survived the last collection.
                    f(unsafe { &*((base + granule * 8) as *const Header) });
                }
            }
        }
        for range in self.young_ranges.borrow().iter() {
            for offset in parse_range(range.start, range.end) {
                // SAFETY: young ranges hold initialised objects without gaps.
                f(unsafe { &*((range.start + offset as usize) as *const Header) });
            }
        }
        for &block in self.young_large.borrow().iter() {
            // SAFETY: the block starts with a large object.
            f(unsafe { &*(self.space.block_address(block as usize) as *const Header) });
        }
    }

    /// Number of objects that Python could see.
    pub fn object_count(&self) -> usize {
        let mut n = 0;
        self.for_each_object(&mut |h| n += usize::from(!is_internal(h)));
        n
    }

    /// Objects allocated since the last collection.
    pub fn young_count(&self) -> usize {
        self.close_ranges();
        self.young_ranges.borrow().iter().map(|r| parse_range(r.start, r.end).len()).sum()
    }

    /// Live objects that can be part of cycles. Collects first.
    pub fn live_containers(&self) -> GcVec {
        self.collect_from_here(true);
        let mut n = 0;
        self.for_each_object(&mut |h| n += usize::from(is_container(h)));
        let mut out = GcVec::with_capacity(self, n);
        let mut found = Vec::with_capacity(n);
        self.for_each_object(&mut |h| {
            if is_container(h) {
                found.push(h.as_value());
            }
        });
        // There is room for all: storing them allocates nothing, so that none can be collected meanwhile.
        found.into_iter().take(n).for_each(|v| out.push(self, v));
        out
    }

    /// What an object refers to, through its internal parts.
    pub fn referents(&self, value: Value) -> GcVec {
        let mut found = Vec::new();
        if let Some(header) = value.header() {
            self.note_referents(header, &mut found);
        }
        // Everything found is kept alive by the object.
        let mut out = GcVec::with_capacity(self, found.len());
        found.into_iter().for_each(|h| out.push(self, h.as_value()));
        out
    }

    fn note_referents(&self, header: &Header, found: &mut Vec<&'static Header>) {
        for referent in Tracer::referents(self, header) {
            if referent.kind() == Kind::Shape {
                // Shapes refer to each other in cycles, and to nothing but classes.
                continue;
            }
            if is_internal(referent) {
                self.note_referents(referent, found);
            } else {
                found.push(referent);
            }
        }
    }

    /// Live objects that refer to one of `targets` directly.
    pub fn referrers(&self, targets: &[Value]) -> GcVec {
        let wanted: HashSet<usize> = targets.iter().filter_map(|v| v.header()).map(Header::address).collect();
        let objects = self.live_containers();
        let mut out = GcVec::new();
        let mut found = Vec::new();
        for &object in objects.iter() {
            found.clear();
            if let Some(header) = object.header() {
                self.note_referents(header, &mut found);
            }
            if found.iter().any(|h| wanted.contains(&h.address())) {
                out.push(self, object);
            }
        }
        out
    }
}
