//! Address space: one reserved range cut into blocks, and the side metadata of each block.
//!
//! The range is reserved without memory behind it and committed by touching. When the system refuses (`RLIMIT_AS`,
//! strict overcommit), smaller reservations are tried. Blocks hold objects in 256-byte lines; an object larger than
//! [`LARGE_LIMIT`] gets a run of blocks of its own. Metadata lives beside the range, never inside it, so that a free
//! block costs no memory.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

pub const BLOCK_SHIFT: usize = 15;
pub const BLOCK_BYTES: usize = 1 << BLOCK_SHIFT;
pub const LINE_SHIFT: usize = 8;
pub const LINE_BYTES: usize = 1 << LINE_SHIFT;
pub const LINES: usize = BLOCK_BYTES / LINE_BYTES;
/// Larger objects get blocks of their own.
pub const LARGE_LIMIT: usize = BLOCK_BYTES / 2;
const GRANULES: usize = BLOCK_BYTES / 8;
/// Blocks whose memory is asked for at once.
const POPULATE: usize = 8;
/// Blocks of dead large objects whose memory is kept.
const KEEP: usize = (4 << 20) >> BLOCK_SHIFT;
/// Reservations to try, largest first.
const RESERVATIONS: [usize; 6] = [256 << 30, 64 << 30, 16 << 30, 4 << 30, 1 << 30, 256 << 20];

/// What a block is used for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum BlockState {
    Free = 0,
    /// Lines and small objects.
    Lines,
    /// First block of a large object.
    Large,
    /// Later block of a large object; `large_offset` counts back to the first.
    LargeTail,
}

/// Metadata of one block. All-zero is a valid free block (the mapping starts out zeroed).
#[repr(C)]
pub struct BlockMeta {
    pub state: Cell<BlockState>,
    /// Blocks back to the first block of the large object.
    pub large_offset: Cell<u32>,
    /// 1 + index of this block's first entry in the heap's list of young ranges; 0 for none.
    pub young: Cell<u32>,
    /// One byte a line: something marked lies in it.
    pub lines: [Cell<u8>; LINES],
    /// One bit a granule: an object that survived the last collection starts here.
    pub starts: [Cell<u64>; GRANULES / 64],
}

impl BlockMeta {
    #[inline]
    pub fn set_start(&self, offset: usize) {
        let g = offset / 8;
        let word = &self.starts[g / 64];
        word.set(word.get() | 1 << (g % 64));
    }

    /// Offset of the last recorded object start at or below `offset`.
    pub fn start_at_or_below(&self, offset: usize) -> Option<usize> {
        let g = offset / 8;
        let mut word = g / 64;
        let mut bits = self.starts[word].get() & (u64::MAX >> (63 - g % 64));
        loop {
            if bits != 0 {
                return Some((word * 64 + 63 - bits.leading_zeros() as usize) * 8);
            }
            word = word.checked_sub(1)?;
            bits = self.starts[word].get();
        }
    }
}

/// The reserved range.
pub struct Space {
    pub base: usize,
    pub blocks: usize,
    meta: *const BlockMeta,
    /// First block never handed out.
    frontier: Cell<usize>,
    /// First block whose pages the system has not been asked for.
    populated: Cell<usize>,
    /// Free runs below the frontier: first block -> length, coalesced.
    free_runs: RefCell<BTreeMap<usize, usize>>,
    /// Blocks in use.
    pub used_blocks: Cell<usize>,
    /// Limit on blocks in use.
    pub max_blocks: Cell<usize>,
    /// Blocks given back by large objects with their memory, and not taken again yet.
    kept: Cell<usize>,
}

/// Reserves zeroed address space that is committed by touching.
pub fn reserve(bytes: usize) -> Option<usize> {
    // SAFETY: an anonymous private mapping at an address the system chooses.
    let p = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            bytes,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
            -1,
            0,
        )
    };
    (p != libc::MAP_FAILED).then_some(p as usize)
}

impl Default for Space {
    fn default() -> Space {
        Space::new()
    }
}

impl Space {
    /// Reserves the largest range the system grants.
    ///
    /// # Panics
    /// When not even the smallest can be had: there is nothing to run with.
    pub fn new() -> Space {
        for bytes in RESERVATIONS {
            let Some(raw) = reserve(bytes + BLOCK_BYTES) else { continue };
            let blocks = bytes / BLOCK_BYTES;
            let Some(meta) = reserve(blocks * size_of::<BlockMeta>()) else {
                // SAFETY: unmaps exactly what was just mapped.
                unsafe { libc::munmap(raw as *mut _, bytes + BLOCK_BYTES) };
                continue;
            };
            return Space {
                base: (raw + BLOCK_BYTES - 1) & !(BLOCK_BYTES - 1),
                blocks,
                meta: meta as *const BlockMeta,
                frontier: Cell::new(0),
                populated: Cell::new(0),
                free_runs: RefCell::new(BTreeMap::new()),
                used_blocks: Cell::new(0),
                max_blocks: Cell::new(blocks),
                kept: Cell::new(0),
            };
        }
        eprintln!("adder: cannot reserve address space for the heap");
        std::process::exit(1);
    }

    #[inline(always)]
    pub fn contains(&self, address: usize) -> bool {
        address.wrapping_sub(self.base) < self.frontier.get() << BLOCK_SHIFT
    }
    #[inline(always)]
    pub fn block_of(&self, address: usize) -> usize {
        (address - self.base) >> BLOCK_SHIFT
    }
    #[inline(always)]
    pub fn block_address(&self, block: usize) -> usize {
        self.base + (block << BLOCK_SHIFT)
    }
    #[inline(always)]
    pub fn meta(&self, block: usize) -> &BlockMeta {
        debug_assert!(block < self.blocks);
        // SAFETY: the metadata mapping has one zero-initialised entry per block.
        unsafe { &*self.meta.add(block) }
    }
    /// Blocks that have been in use at some time.
    pub fn frontier(&self) -> usize {
        self.frontier.get()
    }

    /// Takes `n` adjacent free blocks; `None` when the limit is reached.
    pub fn take(&self, n: usize) -> Option<usize> {
        if self.used_blocks.get() + n > self.max_blocks.get() {
            return None;
        }
        let mut runs = self.free_runs.borrow_mut();
        let found = runs.iter().find(|&(_, &len)| len >= n).map(|(&first, &len)| (first, len));
        let first = match found {
            Some((first, len)) => {
                runs.remove(&first);
                if len > n {
                    runs.insert(first + n, len - n);
                }
                self.kept.set(self.kept.get().saturating_sub(n));
                first
            }
            None => {
                let first = self.frontier.get();
                if first + n > self.blocks {
                    return None;
                }
                self.frontier.set(first + n);
                self.populate(first, n);
                first
            }
        };
        self.used_blocks.set(self.used_blocks.get() + n);
        Some(first)
    }

    /// Asks for the memory of new blocks a batch at a time: taken page by page, each costs a fault.
    fn populate(&self, first: usize, n: usize) {
        let end = first + n;
        if n > POPULATE || end <= self.populated.get() {
            // Whether a large object is filled to its end is not known yet.
            self.populated.set(self.populated.get().max(end));
            return;
        }
        let to = (end + POPULATE - 1).min(self.blocks);
        // SAFETY: the range belongs to this space; its contents stay. Systems that do not know this advice commit by
        // touching, as they do anyway.
        #[cfg(target_os = "linux")]
        unsafe {
            libc::madvise(
                self.block_address(first) as *mut _,
                (to - first) << BLOCK_SHIFT,
                libc::MADV_POPULATE_WRITE,
            )
        };
        self.populated.set(to);
    }

    /// Gives the blocks of a large object back; the memory of a few of them is kept for the next ones.
    pub fn give_large(&self, first: usize, n: usize) {
        let keep = self.kept.get() + n <= KEEP;
        self.give(first, n, !keep);
        if keep {
            self.kept.set(self.kept.get() + n);
        }
    }

    /// Gives blocks back; `release` also returns their memory to the system.
    pub fn give(&self, first: usize, n: usize, release: bool) {
        for block in first..first + n {
            let meta = self.meta(block);
            meta.state.set(BlockState::Free);
            meta.starts.iter().for_each(|w| w.set(0));
            meta.lines.iter().for_each(|l| l.set(0));
        }
        if release {
            // SAFETY: the range belongs to this space and holds nothing live.
            unsafe {
                libc::madvise(self.block_address(first) as *mut _, n << BLOCK_SHIFT, libc::MADV_DONTNEED)
            };
        }
        self.used_blocks.set(self.used_blocks.get() - n);
        let mut runs = self.free_runs.borrow_mut();
        let (mut first, mut n) = (first, n);
        if let Some((&before, &len)) = runs.range(..first).next_back()
            && before + len == first
        {
            runs.remove(&before);
            first = before;
            n += len;
        }
        if let Some(len) = runs.remove(&(first + n)) {
            n += len;
        }
        runs.insert(first, n);
    }
}
