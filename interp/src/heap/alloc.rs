//! Allocation: bump pointer into the current hole, next hole, fresh block, medium and large object; and when to collect.

use super::space::{BLOCK_BYTES, BLOCK_SHIFT, BlockState, LARGE_LIMIT, LINE_BYTES, LINE_SHIFT, LINES};
use super::{Heap, YoungRange};
use std::cell::Cell;

/// Larger objects do not look for holes among those of small ones.
const MEDIUM: usize = LINE_BYTES * 2;
/// A full collection comes when the heap has grown by half and this since the last.
const SLACK: usize = 1 << 20;

impl Heap {
    /// `bytes` (a multiple of 8) of uninitialised memory. May collect; never runs Python.
    #[inline(always)]
    pub fn alloc_raw(&self, bytes: usize) -> *mut u8 {
        let at = self.cursor.get();
        if bytes <= self.limit.get().wrapping_sub(at) {
            self.cursor.set(at + bytes);
            return at as *mut u8;
        }
        self.alloc_slow(bytes)
    }

    /// Makes the object at `start..end` longer, if it is what has been allocated last: it lies in a current range, whose objects no
    /// collection has seen, so nobody has its size on record.
    pub(super) fn extend_last(&self, start: usize, end: usize, bytes: usize) -> bool {
        if end + bytes - start > LARGE_LIMIT {
            return false;
        }
        if end == self.cursor.get() && start >= self.range_start.get() {
            let fits = bytes <= self.limit.get().wrapping_sub(end);
            if fits {
                self.cursor.set(end + bytes);
            }
            return fits;
        }
        let last = end == self.medium_cursor.get() && start >= self.medium_start.get();
        let fits = last && bytes <= self.medium_end.get() - end;
        if fits {
            self.medium_cursor.set(end + bytes);
        }
        fits
    }

    #[cold]
    #[inline(never)]
    fn alloc_slow(&self, bytes: usize) -> *mut u8 {
        if self.options.stress > 0 {
            let n = self.stress_count.get() + 1;
            self.stress_count.set(n);
            if n.is_multiple_of(self.options.stress) {
                self.collect_from_here(n.is_multiple_of(self.options.stress * 8));
            }
        } else if self.allocated.get() >= self.budget.get() && self.enabled.get() {
            let full = self.wants_full();
            self.collect_from_here(full);
        }
        if bytes > LARGE_LIMIT {
            return self.alloc_large(bytes);
        }
        if bytes <= self.range_end.get() - self.cursor.get() {
            return self.bump(bytes); // stress mode keeps the limit at the cursor
        }
        if bytes > MEDIUM {
            return self.alloc_medium(bytes);
        }
        while !self.next_hole(bytes) {
            self.out_of_memory(bytes);
        }
        self.bump(bytes)
    }

    /// Takes `bytes` from the current range, which has them.
    fn bump(&self, bytes: usize) -> *mut u8 {
        let at = self.cursor.get();
        self.cursor.set(at + bytes);
        self.limit.set(if self.options.stress > 0 { at + bytes } else { self.range_end.get() });
        at as *mut u8
    }

    /// Whether the next automatic collection should be a full one.
    pub(crate) fn wants_full(&self) -> bool {
        let live = self.live_estimate.get();
        let last = self.live_after_full.get();
        live > last.saturating_add(last / 2).saturating_add(SLACK).max(self.options.floor)
    }

    /// Moves the cursor to a hole of at least `bytes`; false when there is no memory left.
    fn next_hole(&self, bytes: usize) -> bool {
        self.close_range();
        let next_block = || self.recyclable.borrow_mut().pop().or_else(|| self.roomy.borrow_mut().pop());
        let hole = self.find_hole(bytes, &self.hole_block, &self.hole_line, &next_block);
        let Some((start, end)) = hole.or_else(|| self.fresh_block()) else { return false };
        self.open_range(start, end);
        true
    }

    /// An object of several lines, which is not worth giving up the hole that is being filled, nor searching many: such
    /// objects share ranges of their own.
    fn alloc_medium(&self, bytes: usize) -> *mut u8 {
        while self.medium_end.get() - self.medium_cursor.get() < bytes {
            self.close_medium();
            let next_block = || self.roomy.borrow_mut().pop();
            let hole = self.find_hole(bytes, &self.medium_block, &self.medium_line, &next_block);
            match hole.or_else(|| self.fresh_block()) {
                None => self.out_of_memory(bytes),
                Some((start, end)) => {
                    self.medium_start.set(start);
                    self.medium_cursor.set(start);
                    self.medium_end.set(end);
                    self.allocated.set(self.allocated.get() + (end - start));
                }
            }
        }
        let at = self.medium_cursor.get();
        self.medium_cursor.set(at + bytes);
        at as *mut u8
    }

    /// The next free lines, `bytes` at least, from line `at` of `block` on and then of the blocks that are handed out.
    fn find_hole(
        &self,
        bytes: usize,
        block: &Cell<u32>,
        at: &Cell<u32>,
        next_block: &dyn Fn() -> Option<u32>,
    ) -> Option<(usize, usize)> {
        loop {
            if block.get() == u32::MAX {
                block.set(next_block()?);
                at.set(0);
            }
            let meta = self.space.meta(block.get() as usize);
            let mut line = at.get() as usize;
            while line < LINES && meta.lines[line].get() != 0 {
                line += 1;
            }
            if line == LINES {
                block.set(u32::MAX);
                continue;
            }
            let first = line;
            while line < LINES && meta.lines[line].get() == 0 {
                line += 1;
            }
            at.set(line as u32);
            if (line - first) << LINE_SHIFT >= bytes {
                let base = self.space.block_address(block.get() as usize);
                return Some((base + (first << LINE_SHIFT), base + (line << LINE_SHIFT)));
            }
        }
    }

    fn fresh_block(&self) -> Option<(usize, usize)> {
        let block = self.space.take(1)?;
        self.space.meta(block).state.set(BlockState::Lines);
        let base = self.space.block_address(block);
        Some((base, base + BLOCK_BYTES))
    }

    fn open_range(&self, start: usize, end: usize) {
        self.cursor.set(start);
        self.range_start.set(start);
        self.limit.set(end);
        self.range_end.set(end);
        self.allocated.set(self.allocated.get() + (end - start));
    }

    /// Records what has been filled of a range.
    fn record_range(&self, start: usize, end: usize) {
        if end > start {
            let meta = self.space.meta(self.space.block_of(start));
            let mut ranges = self.young_ranges.borrow_mut();
            ranges.push(YoungRange { start, end, next: meta.young.get(), parsed: None });
            meta.young.set(ranges.len() as u32);
        }
    }

    /// Leaves the allocator without ranges: all that has been allocated is on record.
    pub(super) fn close_ranges(&self) {
        self.close_range();
        self.close_medium();
    }

    /// Leaves the allocator without a range for medium objects.
    fn close_medium(&self) {
        self.record_range(self.medium_start.get(), self.medium_cursor.get());
        self.medium_start.set(0);
        self.medium_cursor.set(0);
        self.medium_end.set(0);
    }

    /// Leaves the allocator without a range for small objects.
    fn close_range(&self) {
        self.record_range(self.range_start.get(), self.cursor.get());
        self.cursor.set(0);
        self.limit.set(0);
        self.range_end.set(0);
        self.range_start.set(0);
    }

    fn alloc_large(&self, bytes: usize) -> *mut u8 {
        let n = bytes.div_ceil(BLOCK_BYTES);
        loop {
            if let Some(first) = self.space.take(n) {
                self.space.meta(first).state.set(BlockState::Large);
                for i in 1..n {
                    let meta = self.space.meta(first + i);
                    meta.state.set(BlockState::LargeTail);
                    meta.large_offset.set(i as u32);
                }
                self.young_large.borrow_mut().push(first as u32);
                self.allocated.set(self.allocated.get() + (n << BLOCK_SHIFT));
                return self.space.block_address(first) as *mut u8;
            }
            self.out_of_memory(bytes);
        }
    }

    /// Frees what can be freed; when that is not enough the limit is raised once so that a `MemoryError` can be made.
    #[cold]
    fn out_of_memory(&self, bytes: usize) {
        if !self.collecting.get() {
            self.collect_from_here(true);
        }
        let need = bytes.div_ceil(BLOCK_BYTES) + 1;
        if self.space.used_blocks.get() + need > self.space.max_blocks.get() {
            if self.space.max_blocks.get() + need > self.space.blocks {
                eprintln!("adder: out of memory");
                std::process::exit(1);
            }
            self.space.max_blocks.set(self.space.max_blocks.get() + need);
            self.over_limit.set(true);
            if let Some(roots) = self.roots.get() {
                roots.attend();
            }
        }
    }
}
