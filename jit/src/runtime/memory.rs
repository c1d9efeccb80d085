//! Where machine code lies: private anonymous mappings, written while nobody can run them and run when nobody can write them.
//!
//! Each placement gets pages of its own, so that no page is ever writable and executable, and nothing that runs is
//! touched.

use memmap2::{Mmap, MmapMut};
use std::io;

/// Executable memory. Nothing is ever given back: see the module of the runtime.
#[derive(Default)]
pub struct Arena {
    sealed: Vec<Mmap>,
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

    /// Number of placed pieces.
    pub fn len(&self) -> usize {
        self.sealed.len()
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
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
}
