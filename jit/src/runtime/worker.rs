//! The thread that optimises and lowers units.
//!
//! It never looks at the heap: jobs are self-contained. It is started with the first job, and works through a queue; what it has
//! finished waits for the holder of the GIL, who is told by the eval breaker.
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
use std::time::Duration;

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
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn wait<'q>(&self, queue: MutexGuard<'q, Queue>) -> MutexGuard<'q, Queue> {
        self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner)
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
        let mut queue = self.lock();
        loop {
            let Some(job) = queue.jobs.pop_front() else {
                queue = self.wait(queue);
                continue;
            };
            queue.busy = true;
            drop(queue);
            let done = self.compile(job);
            queue = self.lock();
            queue.busy = false;
            queue.done.push(done);
            self.changed.notify_all();
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
    pub fn new(env: Environment, verify: bool) -> Worker {
        let (queue, changed, target) = Default::default();
        let shared = Box::leak(Box::new(Shared { queue, changed, target, env, verify }));
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
            queue = self.shared.wait(queue);
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
