//! Native stacks: spilling registers and finding the extent to scan.
//!
//! A thread that is about to let others run (it releases the GIL or blocks) records its stack pointer after spilling its callee-saved
//! registers; the collector then reads every word between that address and the stack's base.

use std::arch::asm;

/// Calls `f` with the lowest stack address that must be scanned; all callee-saved registers lie above it.
#[inline(never)]
pub fn with_spilled_registers<R>(f: &mut dyn FnMut(usize) -> R) -> R {
    let mut saved = [0usize; 12];
    #[cfg(target_arch = "x86_64")]
    // SAFETY: stores registers into a local array; touches nothing else.
    unsafe {
        asm!(
            "mov [{0}], rbx", "mov [{0} + 8], rbp", "mov [{0} + 16], r12",
            "mov [{0} + 24], r13", "mov [{0} + 32], r14", "mov [{0} + 40], r15",
            in(reg) saved.as_mut_ptr(), options(nostack)
        );
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: as above.
    unsafe {
        asm!(
            "stp x19, x20, [{0}]", "stp x21, x22, [{0}, 16]", "stp x23, x24, [{0}, 32]",
            "stp x25, x26, [{0}, 48]", "stp x27, x28, [{0}, 64]", "str x29, [{0}, 80]",
            in(reg) saved.as_mut_ptr(), options(nostack)
        );
    }
    let low = saved.as_ptr() as usize;
    let result = f(low);
    std::hint::black_box(&saved);
    result
}

/// The current stack pointer, roughly. Hands out no address of a local: in an instruction handler that would turn the jump to the
/// next one into a call.
#[inline(always)]
pub fn approximate_stack_pointer() -> usize {
    let sp: usize;
    #[cfg(target_arch = "x86_64")]
    // SAFETY: reads a register.
    unsafe {
        asm!("mov {}, rsp", out(reg) sp, options(nomem, nostack, preserves_flags));
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: reads a register.
    unsafe {
        asm!("mov {}, sp", out(reg) sp, options(nomem, nostack, preserves_flags));
    }
    sp
}

/// Highest address of the native stack that `sp` lies in: the thread's own stack, or, on a stack that the system does not know
/// about, the end of the page (whoever switched stacks then says what else to scan).
pub fn stack_top(sp: usize) -> usize {
    // SAFETY: the attribute object is initialised by the first call and destroyed by the last.
    unsafe {
        let mut attributes: libc::pthread_attr_t = std::mem::zeroed();
        if libc::pthread_getattr_np(libc::pthread_self(), &mut attributes) == 0 {
            let (mut low, mut size) = (std::ptr::null_mut(), 0);
            let known = libc::pthread_attr_getstack(&attributes, &mut low, &mut size) == 0;
            libc::pthread_attr_destroy(&mut attributes);
            if known && (low as usize..low as usize + size).contains(&sp) {
                return low as usize + size;
            }
        }
    }
    (sp | 0xfff) + 1
}
