//! Where the program spends its time: a thread interrupts the main thread a thousand times a second with a signal.
//!
//! The signal's handler notes the machine's program counter, which tells exactly where machine code is, or else the innermost word of
//! the stack that points into machine code, which is where it called the runtime. Then it sets the eval breaker, so
//! that the tier soon gets a turn where the Python stack can be walked ([`super::Report::sample`]). The main thread is left in peace while it
//! uses no CPU time: waiting calls are not interrupted.
//!
//! The signal is a real-time one, because programs use `SIGPROF` themselves.

use adder_interp::vm::breaker;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

/// Time between samples.
const PERIOD: Duration = Duration::from_millis(1);
/// CPU time that the thread must have used since the last sample.
const USED: Duration = Duration::from_micros(300);
/// Samples that can wait for a turn of the tier; more are lost.
const WAITING: usize = 256;
/// Bytes of the stack that are searched for the caller of the runtime.
const SEARCHED: usize = 4096;

static COUNTERS: [AtomicUsize; WAITING] = [const { AtomicUsize::new(0) }; WAITING];
static CALLERS: [AtomicUsize; WAITING] = [const { AtomicUsize::new(0) }; WAITING];
/// The stack that is looked at: that of Python. Native code is on other ones for a while (the parser, on deeply nested
/// source), and the words above the stack pointer may end with them.
static STACK_START: AtomicUsize = AtomicUsize::new(0);
static STACK_END: AtomicUsize = AtomicUsize::new(0);
/// The pages with machine code, in a hash table; where that is full, samples lose their place.
static PAGES: [AtomicUsize; TABLE] = [const { AtomicUsize::new(0) }; TABLE];
const TABLE: usize = 1 << 13;
/// Slots that are looked at for a page.
const PROBES: usize = 8;
const PAGE_BITS: u32 = 12;
static COUNT: AtomicUsize = AtomicUsize::new(0);
static BREAKER: AtomicUsize = AtomicUsize::new(0);
static STOPPED: AtomicBool = AtomicBool::new(false);

/// Samples the calling thread, whose Python runs on `stack`, until [`stop`]. Whether that works here.
pub fn start(breaker: usize, stack: Range<usize>) -> bool {
    BREAKER.store(breaker, Ordering::SeqCst);
    STACK_START.store(stack.start, Ordering::SeqCst);
    STACK_END.store(stack.end, Ordering::SeqCst);
    // SAFETY: plain calls; the handler only touches atomics.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = on_signal as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART | libc::SA_ONSTACK;
        if libc::sigaction(signal(), &action, std::ptr::null_mut()) != 0 {
            return false;
        }
        let thread = libc::pthread_self();
        let mut clock = 0;
        if libc::pthread_getcpuclockid(thread, &mut clock) != 0 {
            return false;
        }
        let (mut all, mut old) = (std::mem::zeroed(), std::mem::zeroed());
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut old);
        let builder = std::thread::Builder::new().name("adder-sampler".into());
        let started = builder.spawn(move || run(thread, clock)).is_ok();
        libc::pthread_sigmask(libc::SIG_SETMASK, &old, std::ptr::null_mut());
        started
    }
}

/// Machine code lies here.
pub fn placed(start: usize, end: usize) {
    for page in start >> PAGE_BITS..=(end - 1) >> PAGE_BITS {
        let free = slots(page).find(|s| [0, page].contains(&s.load(Ordering::Relaxed)));
        if let Some(slot) = free {
            slot.store(page, Ordering::Relaxed);
        }
    }
}

fn slots(page: usize) -> impl Iterator<Item = &'static AtomicUsize> {
    let hash = page.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64 as usize) >> 40;
    (0..PROBES).map(move |i| &PAGES[(hash + i) % TABLE])
}

/// Ends the sampling.
pub fn stop() {
    STOPPED.store(true, Ordering::SeqCst);
}

/// The program counters noted since the last call, each with what called it from machine code, or 0.
pub fn take() -> Vec<(usize, usize)> {
    let count = COUNT.swap(0, Ordering::SeqCst).min(WAITING);
    let noted = COUNTERS.iter().zip(&CALLERS).take(count);
    noted.map(|(n, c)| (n.load(Ordering::Relaxed), c.load(Ordering::Relaxed))).collect()
}

fn signal() -> libc::c_int {
    libc::SIGRTMIN() + 7
}

fn run(thread: libc::pthread_t, clock: libc::clockid_t) {
    let mut last = Duration::ZERO;
    while !STOPPED.load(Ordering::SeqCst) {
        std::thread::sleep(PERIOD);
        // SAFETY: plain calls; the main thread ends after [`stop`].
        unsafe {
            let mut now: libc::timespec = std::mem::zeroed();
            if libc::clock_gettime(clock, &mut now) != 0 {
                return;
            }
            let now = Duration::new(now.tv_sec as u64, now.tv_nsec as u32);
            if now.saturating_sub(last) >= USED && !STOPPED.load(Ordering::SeqCst) {
                last = now;
                libc::pthread_kill(thread, signal());
            }
        }
    }
}

extern "C" fn on_signal(_signal: libc::c_int, _info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the kernel passes the context of the interrupted thread.
    let (pc, stack) = unsafe { registers(&*context.cast::<libc::ucontext_t>()) };
    let at = COUNT.fetch_add(1, Ordering::SeqCst);
    if at < WAITING {
        COUNTERS[at].store(pc, Ordering::Relaxed);
        CALLERS[at].store(if is_code(pc) { 0 } else { caller(stack) }, Ordering::Relaxed);
    }
    // SAFETY: the breaker belongs to the interpreter, which lives as long as the process.
    unsafe {
        (*(BREAKER.load(Ordering::Relaxed) as *const AtomicU32)).fetch_or(breaker::TIER, Ordering::SeqCst)
    };
}

fn is_code(address: usize) -> bool {
    let page = address >> PAGE_BITS;
    page != 0 && slots(page).any(|s| s.load(Ordering::Relaxed) == page)
}

/// The innermost return address in machine code.
fn caller(stack: usize) -> usize {
    let (low, high) = (STACK_START.load(Ordering::Relaxed), STACK_END.load(Ordering::Relaxed));
    if !(low..high).contains(&stack) {
        return 0;
    }
    let end = high.min(stack.saturating_add(SEARCHED));
    // SAFETY: the stack is mapped as a whole.
    let words = (stack & !7..end).step_by(8).map(|at| unsafe { (at as *const usize).read_volatile() });
    words.into_iter().find(|&w| is_code(w)).unwrap_or(0)
}

/// Program counter and stack pointer.
#[cfg(target_arch = "x86_64")]
fn registers(context: &libc::ucontext_t) -> (usize, usize) {
    let registers = &context.uc_mcontext.gregs;
    (registers[libc::REG_RIP as usize] as usize, registers[libc::REG_RSP as usize] as usize)
}
/// Program counter and stack pointer.
#[cfg(target_arch = "aarch64")]
fn registers(context: &libc::ucontext_t) -> (usize, usize) {
    (context.uc_mcontext.pc as usize, context.uc_mcontext.sp as usize)
}
