//! The thread that optimises and lowers units.
//!
//! It never looks at the heap: jobs are self-contained. It is started with the first job, and works through a queue; what it has
//! finished waits for the holder of the GIL, who is told by the eval breaker.
//!
//! From time to time it has the memory given back that compiling needed: code generators and their tables are the larger part of
//! the executable, and the allocator keeps what is freed for long.
//!
//! A fork takes place with the queue's lock held and no unit in the works, so the child finds a consistent queue; it
//! starts a thread of its own for the jobs that are left.

use crate::hir::Unit;
use crate::lower::{self, Environment, Machine, Target};
use crate::passes;
use adder_interp::vm::breaker;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// Gives memory back that compiling needed.
pub type GiveBack = fn();

/// Memory is given back so long after a unit was compiled, if no other waits. What is needed again costs faults, so each time the next
/// comes later, up to `LONGEST_DELAY`.
const DELAY: Duration = Duration::from_millis(30);
const LONGEST_DELAY: Duration = Duration::from_millis(240);
/// While units wait it is done more seldom, for what the allocator has grown to.
const BUSY_DELAY: Duration = Duration::from_millis(100);

/// A unit to compile.
pub struct Job {
    pub unit: Unit,
    pub id: u32,
    /// Address of the cell of the code's machine code.
    pub cell: usize,
    pub dump_hir: bool,
    /// Give the unit back.
    pub keep: bool,
}

/// What became of a job.
pub struct Done {
    pub id: u32,
    pub result: Result<Machine, String>,
    /// CPU time.
    pub time: Duration,
    /// The unit's text after the passes, if it was asked for.
    pub hir: String,
    /// The unit after the passes, if it was to be kept.
    pub unit: Option<Unit>,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    done: Vec<Done>,
    busy: bool,
    started: bool,
}

struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
    /// Looked up when the first unit is compiled: most programs end before.
    target: OnceLock<Result<Target, String>>,
    env: Environment,
    verify: bool,
    give_back: GiveBack,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn wait<'q>(&self, queue: MutexGuard<'q, Queue>, limit: Option<Duration>) -> MutexGuard<'q, Queue> {
        match limit {
            None => self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner),
            Some(limit) => self.changed.wait_timeout(queue, limit).unwrap_or_else(PoisonError::into_inner).0,
        }
    }
    /// The thread is not at work any more, which a fork may be waiting for.
    fn idle_again(&self) -> MutexGuard<'_, Queue> {
        let mut queue = self.lock();
        queue.busy = false;
        self.changed.notify_all();
        queue
    }

    fn compile(&self, mut job: Job) -> Done {
        let start = thread_cpu_time();
        let passed = passes::run(&mut job.unit, self.verify);
        let hir = if job.dump_hir { format!("; optimised\n{}", job.unit) } else { String::new() };
        let target = self.target.get_or_init(Target::host).as_ref().map_err(String::clone);
        let result =
            passed.and(target).and_then(|to| lower::compile(&job.unit, &self.env, to, job.id, job.cell));
        let time = thread_cpu_time().saturating_sub(start);
        Done { id: job.id, result, time, hir, unit: job.keep.then_some(job.unit) }
    }

    fn work(&self) {
        // When the first unit was compiled that memory has not been given back for.
        let mut since: Option<Instant> = None;
        let mut idle_delay = DELAY;
        let mut queue = self.lock();
        loop {
            let delay = if queue.jobs.is_empty() { idle_delay } else { idle_delay.max(BUSY_DELAY) };
            let left = since.map(|since| delay.saturating_sub(since.elapsed()));
            if left.is_some_and(|left| left.is_zero()) {
                // As if compiling: a fork in the middle of it would leave the child an allocator that is at work.
                queue.busy = true;
                drop(queue);
                (self.give_back)();
                idle_delay = (2 * idle_delay).min(LONGEST_DELAY);
                since = None;
                queue = self.idle_again();
                continue;
            }
            let Some(job) = queue.jobs.pop_front() else {
                queue = self.wait(queue, left);
                continue;
            };
            queue.busy = true;
            drop(queue);
            let done = self.compile(job);
            since.get_or_insert_with(Instant::now);
            queue = self.idle_again();
            queue.done.push(done);
            // SAFETY: the breaker belongs to the interpreter, which lives as long as the process.
            unsafe { (*(self.env.breaker as *const AtomicU32)).fetch_or(breaker::TIER, Ordering::SeqCst) };
        }
    }
}

/// CPU time of the calling thread: what a compilation costs, however busy the machine is.
pub fn thread_cpu_time() -> Duration {
    // SAFETY: a plain call with a local out parameter.
    let now = unsafe {
        let mut now = std::mem::zeroed::<libc::timespec>();
        libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut now);
        now
    };
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// The queue and its thread.
pub struct Worker {
    shared: &'static Shared,
    /// Held during a fork.
    paused: RefCell<Option<MutexGuard<'static, Queue>>>,
}

impl Worker {
    pub fn new(env: Environment, verify: bool, give_back: GiveBack) -> Worker {
        let (queue, changed, target) = Default::default();
        let shared = Box::leak(Box::new(Shared { queue, changed, target, env, verify, give_back }));
        Worker { shared, paused: RefCell::new(None) }
    }

    /// Compiles on the calling thread.
    pub fn compile_now(&self, job: Job) -> Done {
        self.shared.compile(job)
    }

    /// Queues a job; without a thread it is compiled at once.
    pub fn submit(&self, job: Job) {
        let mut queue = self.shared.lock();
        queue.jobs.push_back(job);
        if !queue.started {
            queue.started = self.start();
        }
        if !queue.started
            && let Some(job) = queue.jobs.pop_front()
        {
            let done = self.shared.compile(job);
            queue.done.push(done);
            // SAFETY: as in `work`.
            unsafe {
                (*(self.shared.env.breaker as *const AtomicU32)).fetch_or(breaker::TIER, Ordering::SeqCst)
            };
        }
        self.shared.changed.notify_all();
    }

    fn start(&self) -> bool {
        let shared = self.shared;
        // Signals are for the threads of the program.
        // SAFETY: plain calls on local signal sets.
        unsafe {
            let (mut all, mut old) = (std::mem::zeroed(), std::mem::zeroed());
            libc::sigfillset(&mut all);
            libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut old);
            let thread = std::thread::Builder::new().name("adder-jit".into()).stack_size(4 << 20);
            let started = thread.spawn(move || shared.work()).is_ok();
            libc::pthread_sigmask(libc::SIG_SETMASK, &old, std::ptr::null_mut());
            started
        }
    }

    pub fn take_done(&self) -> Vec<Done> {
        std::mem::take(&mut self.shared.lock().done)
    }

    /// Waits until no unit is in the works and keeps it so until [`Self::resume`].
    pub fn pause(&self) {
        let mut queue = self.shared.lock();
        while queue.busy {
            queue = self.shared.wait(queue, None);
        }
        *self.paused.borrow_mut() = Some(queue);
    }

    /// The fork is over; a child has no thread yet.
    pub fn resume(&self, child: bool) {
        let Some(mut queue) = self.paused.borrow_mut().take() else { return };
        if child && queue.started {
            queue.started = !queue.jobs.is_empty() && self.start();
        }
    }
}
