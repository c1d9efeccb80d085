//! The native stack that Python runs on: large, reserved, committed by touching, with a guard below it.
//!
//! The system's stack is a few megabytes and its size belongs to the user's shell; compiled recursion wants hundreds.

/// Runs `f` on a fresh stack of about `size` bytes and passes it the stack's highest address and usable size.
pub fn run_on_large_stack<R>(size: usize, f: impl FnOnce(usize, usize) -> R) -> R {
    let mut size = size;
    loop {
        if let Some(stack) = Mapping::new(size) {
            return stack.run(f);
        }
        // An address space limit is in force: take what there is.
        size /= 2;
        assert!(size > 64 << 10, "no address space for the native stack");
    }
}

struct Mapping {
    low: *mut u8,
    size: usize,
}

impl Mapping {
    fn new(size: usize) -> Option<Mapping> {
        let guard = GUARD;
        // SAFETY: an anonymous private mapping at an address the system chooses; its lowest pages are made
        // inaccessible.
        unsafe {
            let low = libc::mmap(
                std::ptr::null_mut(),
                size + guard,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_STACK,
                -1,
                0,
            );
            if low == libc::MAP_FAILED {
                return None;
            }
            libc::mprotect(low, guard, libc::PROT_NONE);
            Some(Mapping { low: low.cast(), size: size + guard })
        }
    }

    fn run<R>(self, f: impl FnOnce(usize, usize) -> R) -> R {
        let top = self.low as usize + self.size;
        // SAFETY: the mapping is writable above its guard and lives until the call returns.
        unsafe { psm::on_stack(self.low, self.size, || f(top, self.size - GUARD)) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: nothing runs on the stack any more.
        unsafe { libc::munmap(self.low.cast(), self.size) };
    }
}

/// Inaccessible bytes at the low end.
const GUARD: usize = 1 << 20;
