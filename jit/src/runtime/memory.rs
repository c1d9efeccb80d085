//! Where machine code lies: private anonymous mappings, written while nobody can run them and run when nobody can write them.
//!
//! Each placement gets pages of its own, so that no page is ever writable and executable, and nothing that runs is
//! touched.
//!
//! Code that was taken out of use can still be on a stack, to be returned to. Somebody has to look at all stacks before it goes
//! ([`Arena::remove_unless`]): what is not on one then is on none ever again.

use memmap2::{Mmap, MmapMut};
use std::io;

/// Executable memory.
#[derive(Default)]
pub struct Arena {
    sealed: Vec<Mmap>,
    /// Indices of what is out of use.
    withdrawn: Vec<usize>,
}

impl Arena {
    /// Copies position-independent code to executable memory; its address.
    ///
    /// # Errors
    /// The system has no memory, or forbids it to be executable.
    pub fn place(&mut self, code: &[u8]) -> io::Result<usize> {
        let mut map = MmapMut::map_anon(code.len().max(1))?;
        map[..code.len()].copy_from_slice(code);
        let map = map.make_exec()?;
        let address = map.as_ptr() as usize;
        make_visible(&map);
        self.sealed.push(map);
        Ok(address)
    }

    /// The code at this address is out of use: nobody will call it.
    pub fn withdraw(&mut self, address: usize) {
        let at = self.sealed.iter().position(|map| map.as_ptr() as usize == address);
        self.withdrawn.extend(at.filter(|at| !self.withdrawn.contains(at)));
    }

    /// Bytes of code out of use.
    pub fn withdrawn_bytes(&self) -> usize {
        self.withdrawn.iter().map(|&at| self.sealed[at].len()).sum()
    }

    /// Gives back code out of use but what lies around one of the words that `each_word` shows.
    pub fn remove_unless(&mut self, each_word: impl FnOnce(&mut dyn FnMut(usize))) {
        let mut ranges: Vec<(usize, usize, usize, bool)> = Vec::new();
        for &at in &self.withdrawn {
            let code = self.sealed[at].as_ptr_range();
            ranges.push((code.start as usize, code.end as usize, at, false));
        }
        ranges.sort_unstable();
        each_word(&mut |word| {
            let next = ranges.partition_point(|range| range.0 <= word);
            // A return address may be the end of the code.
            if let Some(range) = next.checked_sub(1).and_then(|i| ranges.get_mut(i)).filter(|r| word <= r.1) {
                range.3 = true;
            }
        });
        self.withdrawn = ranges.iter().filter(|range| range.3).map(|range| range.2).collect();
        let mut gone: Vec<usize> = ranges.iter().filter(|range| !range.3).map(|range| range.2).collect();
        gone.sort_unstable();
        for &at in gone.iter().rev() {
            // The last one takes its place.
            self.sealed.swap_remove(at);
            let last = self.sealed.len();
            self.withdrawn.iter_mut().filter(|w| **w == last).for_each(|w| *w = at);
        }
    }
}

/// Machines whose instruction caches do not follow writes have to be told.
#[cfg(target_arch = "aarch64")]
fn make_visible(code: &Mmap) {
    unsafe extern "C" {
        /// The compiler's runtime library: cleans and invalidates the caches for a range of addresses.
        fn __clear_cache(start: *const u8, end: *const u8);
    }
    let range = code.as_ptr_range();
    // SAFETY: the range is mapped.
    unsafe { __clear_cache(range.start, range.end) };
}
#[cfg(not(target_arch = "aarch64"))]
fn make_visible(_code: &Mmap) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn placed_code_runs() {
        let mut arena = Arena::default();
        // mov eax, 42; ret
        let at = arena.place(&[0xb8, 42, 0, 0, 0, 0xc3]).unwrap();
        // SAFETY: the bytes are a function without arguments.
        let f: extern "C" fn() -> u32 = unsafe { std::mem::transmute(at) };
        assert_eq!(f(), 42);
    }

    #[test]
    fn code_goes_when_no_word_points_into_it() {
        let mut arena = Arena::default();
        let places: Vec<usize> = (0..5).map(|_| arena.place(&[0xc3; 16]).unwrap()).collect();
        for at in [0, 2, 4, 2] {
            arena.withdraw(places[at]);
        }
        let bytes = arena.withdrawn_bytes();
        arena.remove_unless(|see| [1, places[2] + 3, usize::MAX].into_iter().for_each(see));
        assert_eq!(arena.withdrawn_bytes() * 3, bytes, "one of three is still in use");
        let left: Vec<usize> = arena.sealed.iter().map(|map| map.as_ptr() as usize).collect();
        assert!([1, 2, 3].iter().all(|&i| left.contains(&places[i])) && left.len() == 3);
        arena.remove_unless(|_| {});
        assert_eq!((arena.withdrawn_bytes(), arena.sealed.len()), (0, 2));
    }
}
