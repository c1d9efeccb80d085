//! Allocation: bump pointer into the current hole, next hole, fresh block, large object; and when to collect.

use super::space::{BLOCK_BYTES, BLOCK_SHIFT, BlockState, LARGE_LIMIT, LINE_BYTES, LINE_SHIFT, LINES};
use super::{Heap, YoungRange};

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

    /// Makes the object at `start..end` longer, if it is what has been allocated last: it lies in the current range, whose objects no
    /// collection has seen, so nobody has its size on record.
    pub(super) fn extend_last(&self, start: usize, end: usize, bytes: usize) -> bool {
        let last = end == self.cursor.get() && start >= self.range_start.get();
        let fits = last && bytes <= self.limit.get().wrapping_sub(end) && end + bytes - start <= LARGE_LIMIT;
        if fits {
            self.cursor.set(end + bytes);
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
        live > self.live_after_full.get().saturating_mul(2).max(self.options.floor)
    }

    /// Moves the cursor to a hole of at least `bytes`; false when there is no memory left.
    fn next_hole(&self, bytes: usize) -> bool {
        self.close_range();
        // Medium objects do not search holes: they take a fresh block, so that small holes are not thrown away.
        let search = bytes <= LINE_BYTES * 4;
        loop {
            if !search {
                break;
            }
            if self.hole_block.get() == u32::MAX {
                match self.recyclable.borrow_mut().pop() {
                    None => break,
                    Some(block) => {
                        self.hole_block.set(block);
                        self.hole_line.set(0);
                    }
                }
            }
            let block = self.hole_block.get() as usize;
            let meta = self.space.meta(block);
            let mut line = self.hole_line.get() as usize;
            while line < LINES && meta.lines[line].get() != 0 {
                line += 1;
            }
            if line == LINES {
                self.hole_block.set(u32::MAX);
                continue;
            }
            let first = line;
            while line < LINES && meta.lines[line].get() == 0 {
                line += 1;
            }
            self.hole_line.set(line as u32);
            if (line - first) << LINE_SHIFT >= bytes {
                let base = self.space.block_address(block);
                self.open_range(base + (first << LINE_SHIFT), base + (line << LINE_SHIFT));
                return true;
            }
        }
        match self.space.take(1) {
            None => false,
            Some(block) => {
                self.space.meta(block).state.set(BlockState::Lines);
                let base = self.space.block_address(block);
                self.open_range(base, base + BLOCK_BYTES);
                true
            }
        }
    }

    fn open_range(&self, start: usize, end: usize) {
        self.cursor.set(start);
        self.range_start.set(start);
        self.limit.set(end);
        self.range_end.set(end);
        self.allocated.set(self.allocated.get() + (end - start));
    }

    /// Records what has been filled of the current range and leaves the allocator without one.
    pub(crate) fn close_range(&self) {
        let (start, end) = (self.range_start.get(), self.cursor.get());
        if end > start {
            let meta = self.space.meta(self.space.block_of(start));
            let mut ranges = self.young_ranges.borrow_mut();
            ranges.push(YoungRange { start, end, next: meta.young.get(), parsed: None });
            meta.young.set(ranges.len() as u32);
        }
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
