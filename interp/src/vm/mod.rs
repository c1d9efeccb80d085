//! The virtual machine: interpreter state, thread state, and the protocols of the object model.
//!
//! [`Interpreter`] owns everything shared by the threads of one interpreter (heap, classes, modules). [`Vm`] is one
//! thread's view: its register stack, pending exception and the published position of its running frame; it derefs to the
//! interpreter. A function that may run Python code takes `vm: &Vm` and returns [`PyResult`]; that signature is the
//! effect.
//!
//! * [`dispatch`]: the interpreter loop; [`frame`]: windows on the register stack
//! * [`call`]: calls and argument binding; [`attr`]: attribute access; [`class`]: making classes
//! * [`ops`]: operators; [`compare`]; [`iter`]; [`convert`]: to and from Rust
//! * [`poll`]: the eval breaker
//! * [`exceptions`], [`special`], [`names`], [`types`]: the tables

pub mod async_support;
pub mod attr;
pub mod boot;
pub mod build_class;
pub mod call;
pub mod class;
pub mod compare;
pub mod compiling;
pub mod convert;
pub mod dispatch;
pub mod exceptions;
pub mod format;
pub mod frame;
pub mod generators;
pub mod gil;
pub mod introspect;
pub mod iter;
pub mod names;
pub mod ops;
pub mod paths;
pub mod planted;
pub mod poll;
pub mod print_exception;
pub mod sequence;
pub mod sort;
pub mod source_lines;
pub mod special;
pub mod startup;
pub mod subscript;
pub mod suggest;
pub mod tier_up;
pub mod tracing;
pub mod type_new;
pub mod types;
pub mod warnings;

use crate::heap::{Heap, HeapOptions, Roots, Tracer};
use crate::native::ModuleDef;
use crate::object::dict::Dict;
use crate::object::header::{Gc, Trace};
use crate::object::str::Str;
use crate::object::tuple::Tuple;
use crate::value::{PyResult, Raised, Value};
use adder_bytecode::Insn;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::atomic::{AtomicU32, Ordering};

/// Bits of the eval breaker word.
pub mod breaker {
    /// A signal handler has recorded a signal.
    pub const SIGNAL: u32 = 1 << 0;
    /// Another thread wants the GIL.
    pub const GIL: u32 = 1 << 1;
    /// Finalizers or weak reference callbacks wait.
    pub const FINALIZERS: u32 = 1 << 2;
    /// An exception for this thread was set by another one.
    pub const ASYNC_EXCEPTION: u32 = 1 << 3;
    /// The heap limit was exceeded.
    pub const MEMORY: u32 = 1 << 4;
    /// Something is monitored (traced, profiled): stays set, so that calls take their slow path.
    pub const TRACE: u32 = 1 << 5;
    /// Machine code is ready to be installed.
    pub const TIER: u32 = 1 << 6;
}

/// What the command line decides before the interpreter starts.
#[derive(Clone, Debug)]
pub struct Config {
    pub heap: HeapOptions,
    pub optimize: u8,
    /// `PYTHONHASHSEED`: `None` is random, `Some(0)` switches randomisation off.
    pub hash_seed: Option<u32>,
    /// Bytes of native stack below which recursion is refused.
    pub stack_size: usize,
    pub argv: Vec<std::ffi::OsString>,
    pub dump: Vec<String>,
    /// `-X` options as given.
    pub x_options: Vec<(String, Option<String>)>,
    pub warn_options: Vec<String>,
    pub dont_write_bytecode: bool,
    pub ignore_environment: bool,
    pub isolated: bool,
    pub no_site: bool,
    pub no_user_site: bool,
    pub safe_path: bool,
    pub inspect: bool,
    pub interactive: bool,
    pub quiet: bool,
    pub verbose: u8,
    pub unbuffered: bool,
    pub bytes_warning: u8,
    pub debug: bool,
    pub dev_mode: bool,
    pub utf8_mode: bool,
    pub warn_default_encoding: bool,
    /// The whole command line, for `sys.orig_argv`.
    pub orig_argv: Vec<std::ffi::OsString>,
    /// `-X int_max_str_digits`.
    pub int_max_str_digits: usize,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            heap: HeapOptions::default(),
            optimize: 0,
            hash_seed: None,
            stack_size: 16 << 20,
            argv: Vec::new(),
            dump: Vec::new(),
            x_options: Vec::new(),
            warn_options: Vec::new(),
            dont_write_bytecode: false,
            ignore_environment: false,
            isolated: false,
            no_site: false,
            no_user_site: false,
            safe_path: false,
            inspect: false,
            interactive: false,
            quiet: false,
            verbose: 0,
            unbuffered: false,
            bytes_warning: 0,
            debug: false,
            dev_mode: false,
            utf8_mode: true,
            warn_default_encoding: false,
            orig_argv: Vec::new(),
            int_max_str_digits: crate::sys::info::DEFAULT_MAX_STR_DIGITS,
        }
    }
}

/// Looks up native modules and the frozen library; installed by the `stdlib` crate.
pub trait ModuleSource {
    /// The native module of this name.
    fn native(&self, name: &str) -> Option<&'static ModuleDef>;
    /// Names of all native modules, for `sys.builtin_module_names`.
    fn native_names(&self) -> Vec<&'static str>;
    /// The code unit of a library module, whether it is a package, and its path below the library root.
    fn library(&self, name: &str) -> Option<LibraryModule>;
    /// Names of all library modules, sorted.
    fn library_names(&self) -> Vec<&'static str>;
    /// Source text of a library file (path below the root).
    fn library_source(&self, path: &str) -> Option<Vec<u8>>;
    /// The directory that stands for the library in `sys.path` and `__file__`.
    fn library_root(&self) -> String;
    /// Something is about to open, list or stat a path: below the library's root the files are made to exist first.
    fn touch(&self, path: &[u8]);
}

/// A module of the embedded library.
pub struct LibraryModule {
    pub unit: adder_bytecode::CodeRef,
    pub is_package: bool,
    pub path: String,
}

/// One entry of the global method cache.
#[derive(Clone, Copy, Default)]
struct MethodCacheEntry {
    version: u64,
    name: usize,
    found: Option<Value>,
}

const METHOD_CACHE: usize = 4096;

/// One entry of the attribute cache behind the inline caches: what a site with many shapes finds. `key` is the address of the
/// name, its lowest bit set for stores; the other fields are those of a site (see [`dispatch::access`]).
#[derive(Clone, Copy, Default)]
pub(crate) struct AttrCacheEntry {
    pub guard: u64,
    pub key: usize,
    pub class: u64,
    pub payload: u64,
}

const ATTR_CACHE: usize = 2048;
const NOTED_SHAPES: usize = 1024;
const NOTED_CALLEES: usize = 512;

/// What an attribute lookup through `super` found: `version` is that of the class whose MRO was walked from behind `class`.
#[derive(Clone, Copy, Default)]
pub(crate) struct SuperCacheEntry {
    pub version: u64,
    pub class: usize,
    pub name: usize,
    pub found: Option<Value>,
}

const SUPER_CACHE: usize = 128;

/// Hashes addresses of statics: there is nobody to defend against, and every native object that is made asks for its class.
#[derive(Default)]
struct AddressHasher(u64);

impl std::hash::Hasher for AddressHasher {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&b| self.0 = (self.0 << 8 | u64::from(b)).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    }
    fn write_usize(&mut self, address: usize) {
        self.0 = (self.0.rotate_left(32) ^ address as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
    fn finish(&self) -> u64 {
        self.0
    }
}

/// State shared by the threads of an interpreter.
pub struct Interpreter {
    pub heap: Heap,
    pub types: types::Types,
    pub exceptions: exceptions::Exceptions,
    pub names: names::Names,
    special_names: Vec<Gc<Str>>,
    pub empty_tuple: Gc<Tuple>,
    pub empty_str: Gc<Str>,
    /// One-character strings of Latin-1.
    latin1: Vec<Gc<Str>>,
    /// `sys.modules`.
    pub modules: Gc<Dict>,
    /// The `builtins` module's dict.
    pub builtins: Gc<Dict>,
    /// The `sys` module's dict.
    pub sys: Gc<Dict>,
    /// Values that native modules keep per interpreter, by static key.
    pub registry: RefCell<HashMap<&'static str, Value>>,
    /// Classes made from `TypeDef`s of native modules, by the address of the definition.
    native_types: RefCell<HashMap<usize, Value, std::hash::BuildHasherDefault<AddressHasher>>>,
    versions: Cell<u64>,
    /// Attributes of classes that have been replaced, data by data, by class and name: true if more than once. See [`Vm::is_class_variable`].
    class_stores: RefCell<HashMap<(usize, usize), bool, std::hash::BuildHasherDefault<AddressHasher>>>,
    method_cache: Box<[Cell<MethodCacheEntry>]>,
    pub(crate) format_specs: format::SpecCache,
    pub(crate) attr_cache: Box<[Cell<AttrCacheEntry>]>,
    /// Sites with several shapes: address of the site, shape. Feedback for the tier; shapes are numbers, so nothing here has to
    /// be alive.
    noted_shapes: Box<[Cell<(usize, u32)>]>,
    /// Callees that call sites have met besides the last: address of the site's word, and what the word was.
    noted_callees: Box<[Cell<(usize, u64)>]>,
    super_cache: Box<[Cell<SuperCacheEntry>]>,
    pub(crate) unseen_answers: Box<[Cell<dispatch::UnseenAnswer>]>,
    pub config: Config,
    pub source: Option<&'static dyn ModuleSource>,
    /// Key of the string hash.
    pub hash_key: (u64, u64),
    pub breaker: AtomicU32,
    pub(crate) running_finalizers: Cell<bool>,
    /// Runs Python signal handlers; installed by the `_signal` module.
    pub signal_hook: Cell<Option<fn(&Vm) -> PyResult<()>>>,
    /// Hands the GIL over; installed when the first thread is started.
    pub gil_hook: Cell<Option<fn(&Vm)>>,
    /// Builds `sys.UnraisableHookArgs`; installed by the `sys` module.
    pub unraisable_class: Cell<Option<fn(&Vm, &[Value]) -> PyResult>>,
    /// Settings of the `sys` module.
    pub sys_state: crate::sys::SysState,
    /// The threads' views.
    threads: RefCell<Vec<*const Vm>>,
    pub gil: gil::Gil,
    pub monitor: tracing::Monitor,
    /// The compiled tier, if there is one.
    pub tier: Cell<Option<&'static dyn tier_up::Tier>>,
}

/// One thread of an interpreter.
#[repr(C)]
pub struct Vm {
    /// First register of the running frame's window; exact when native code runs.
    pub base: Cell<*mut Option<Value>>,
    /// Instruction after the running one, or the running one itself: published before anything that can raise or call.
    pub pc: Cell<*const Insn>,
    /// How machine code left: see [`tier_up`].
    pub(crate) tier_exit: Cell<*const tier_up::Exit>,
    /// Bits of what machine code returned, on their way to the handler that pops the window.
    pub(crate) tier_result: Cell<u64>,
    /// End of the register stack.
    stack_end: *mut Option<Value>,
    stack_start: *mut Option<Value>,
    /// Remaining Python calls before `RecursionError`.
    pub recursion_left: Cell<i64>,
    pub recursion_limit: Cell<i64>,
    /// Lowest native stack address that may be used.
    native_limit: Cell<usize>,
    native_base: Cell<usize>,
    pending: Cell<Option<Value>>,
    /// See [`Vm::mark_pending_fresh`].
    pending_is_fresh: Cell<bool>,
    handled: Cell<Option<Value>>,
    /// Windows above the running frame's that native code uses (argument areas), as a stack pointer.
    pub top: Cell<*mut Option<Value>>,
    pub id: u64,
    /// `sys.settrace` / `sys.setprofile` functions.
    pub trace_function: Cell<Option<Value>>,
    pub profile_function: Cell<Option<Value>>,
    pub tracing: Cell<bool>,
    /// The event that a callback is being told of; its objects are kept alive by whoever reports it.
    pub(crate) current_event: Cell<Option<tracing::fire::Event>>,
    /// Objects being printed, against recursive reprs.
    pub repr_stack: RefCell<Vec<Value>>,
    /// Current context of `contextvars`.
    pub context: Cell<Option<Value>>,
    /// The event loop of `asyncio` that runs in this thread, and the task it runs.
    pub running_loop: Cell<Option<Value>>,
    pub running_task: Cell<Option<Value>>,
    /// `sys.set_asyncgen_hooks`: first iteration, finalizer.
    pub asyncgen_hooks: [Cell<Option<Value>>; 2],
    /// `sys.set_coroutine_origin_tracking_depth`.
    pub coroutine_origin_depth: Cell<i32>,
    /// Value of the StopIteration that `next` swallowed last, for `yield from`.
    pub(crate) last_stop_value: Cell<Option<Value>>,
    /// Loop builds: the machine state between two handlers.
    pub(crate) loop_state: Cell<(*const Insn, *mut Option<Value>, *mut u64)>,
    /// Exception another thread asked this one to raise.
    pub async_exception: Cell<Option<Value>>,
    /// Where stack pointers were published while the GIL was released.
    pub parked_sp: Cell<usize>,
    /// What the thread was started with, until it has taken it.
    pub(crate) start: Cell<Option<Value>>,
    interp: &'static Interpreter,
    /// Copy of [`dispatch::HANDLERS`].
    pub(crate) handlers: [dispatch::Handler; 256],
}

impl Deref for Vm {
    type Target = Interpreter;
    #[inline(always)]
    fn deref(&self) -> &Interpreter {
        self.interp
    }
}

/// Registers a thread can use: reserved, committed by touching.
const REGISTER_STACK: usize = 64 << 20;
const NATIVE_MARGIN: usize = 256 << 10;

impl Vm {
    /// A thread of `interp` running on the current native stack, of which about `stack_size` bytes are left.
    pub fn new(interp: &'static Interpreter, id: u64, stack_size: usize) -> &'static Vm {
        let bytes = REGISTER_STACK * 8;
        // SAFETY: an anonymous private mapping at an address the system chooses.
        let start = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                bytes,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        assert!(start != libc::MAP_FAILED, "no address space for the register stack");
        let start = start as *mut Option<Value>;
        let sp = crate::heap::stack::approximate_stack_pointer();
        // SAFETY: the header of the bottom window lies inside the mapping.
        let base = unsafe { start.add(adder_bytecode::FRAME_HEADER as usize + 3) };
        let vm = Box::leak(Box::new(Vm {
            base: Cell::new(base),
            pc: Cell::new(std::ptr::null()),
            tier_exit: Cell::new(std::ptr::null()),
            tier_result: Cell::new(0),
            handlers: dispatch::HANDLERS,
            // SAFETY: one past the end of the mapping, less a safety margin for native argument areas.
            stack_end: unsafe { start.add(REGISTER_STACK - (1 << 17)) },
            stack_start: start,
            recursion_left: Cell::new(1000),
            recursion_limit: Cell::new(1000),
            native_limit: Cell::new(sp.saturating_sub(stack_size) + NATIVE_MARGIN),
            native_base: Cell::new(crate::heap::stack::stack_top(sp)),
            pending: Cell::new(None),
            pending_is_fresh: Cell::new(false),
            handled: Cell::new(None),
            top: Cell::new(base),
            id,
            trace_function: Cell::new(None),
            profile_function: Cell::new(None),
            tracing: Cell::new(false),
            current_event: Cell::new(None),
            repr_stack: RefCell::default(),
            context: Cell::new(None),
            running_loop: Cell::new(None),
            running_task: Cell::new(None),
            asyncgen_hooks: Default::default(),
            coroutine_origin_depth: Cell::new(0),
            last_stop_value: Cell::new(None),
            loop_state: Cell::new((std::ptr::null(), std::ptr::null_mut(), std::ptr::null_mut())),
            async_exception: Cell::new(None),
            parked_sp: Cell::new(0),
            start: Cell::new(None),
            interp,
        }));
        interp.threads.borrow_mut().push(vm);
        vm
    }

    /// Sets the extent of native stack that is scanned and may be used: `base` is its highest address.
    pub fn set_native_stack(&self, base: usize, size: usize) {
        self.native_base.set(base);
        self.native_limit.set(base.saturating_sub(size) + NATIVE_MARGIN);
    }

    /// The native stack that Python runs on, without the margin at its end. Native code may use other stacks for a while.
    pub fn native_stack(&self) -> std::ops::Range<usize> {
        self.native_limit.get()..self.native_base.get()
    }

    /// Forgets what attribute lookups on classes found.
    pub fn clear_method_cache(&self) {
        self.method_cache.iter().for_each(|e| e.set(MethodCacheEntry::default()));
        self.attr_cache.iter().for_each(|e| e.set(AttrCacheEntry::default()));
        self.super_cache.iter().for_each(|e| e.set(SuperCacheEntry::default()));
    }

    pub fn interpreter(&self) -> &'static Interpreter {
        self.interp
    }

    // ---- exceptions in flight

    #[inline]
    pub fn pending(&self) -> Option<Value> {
        self.pending.get()
    }
    #[inline]
    pub fn set_pending(&self, exception: Value) {
        self.pending.set(Some(exception));
        self.pending_is_fresh.set(false);
    }
    /// Says that native code has just made the pending exception and nobody else knows it.
    #[inline]
    pub(crate) fn mark_pending_fresh(&self) {
        self.pending_is_fresh.set(true);
    }
    #[inline]
    pub(crate) fn pending_is_fresh(&self) -> bool {
        self.pending_is_fresh.get()
    }
    #[inline]
    pub fn take_pending(&self) -> Option<Value> {
        self.pending.take()
    }
    /// The exception being handled (`sys.exception()`).
    #[inline]
    pub fn handled(&self) -> Option<Value> {
        self.handled.get()
    }
    #[inline]
    pub fn set_handled(&self, exception: Option<Value>) {
        self.handled.set(exception);
    }

    /// Guards native recursion: call on entry of anything that may recurse through Python code or nested data.
    #[inline]
    pub fn check_native_stack(&self, what: &str) -> PyResult<()> {
        if crate::heap::stack::approximate_stack_pointer() < self.native_limit.get() {
            return Err(self.native_stack_overflow(what));
        }
        Ok(())
    }
    #[cold]
    fn native_stack_overflow(&self, what: &str) -> Raised {
        self.recursion_error(format!("maximum recursion depth exceeded{what}"))
    }

    // ---- polls

    #[inline(always)]
    pub fn breaker_set(&self) -> bool {
        self.breaker.load(Ordering::Relaxed) != 0
    }
    pub fn set_breaker(&self, bit: u32) {
        self.breaker.fetch_or(bit, Ordering::SeqCst);
    }
    pub fn clear_breaker(&self, bit: u32) {
        self.breaker.fetch_and(!bit, Ordering::SeqCst);
    }

    // ---- versions, names, registry

    /// The entry of the attribute cache for a shape and key.
    #[inline(always)]
    pub(crate) fn attr_cache_entry(&self, shape: u32, key: usize) -> &Cell<AttrCacheEntry> {
        let hash = (shape as usize).wrapping_mul(0x9E37_79B1) ^ (key >> 4) ^ (key << 7);
        &self.attr_cache[hash % ATTR_CACHE]
    }

    /// Puts on record that the attribute site at this address has met objects of this shape. Operators are sites, too: the address
    /// of the instruction for the left operand, the next one for the right.
    pub(crate) fn note_shape(&self, site: usize, shape: u32) {
        let set = self.noted_set(site);
        let free =
            set.iter().find(|n| n.get() == (site, shape)).or_else(|| set.iter().find(|n| n.get().0 == 0));
        let at = (shape as usize).wrapping_mul(0x9E37_79B1) >> 8;
        free.unwrap_or(&set[at % set.len()]).set((site, shape));
    }
    /// Where the shapes of a site may be on record.
    fn noted_set(&self, site: usize) -> &[Cell<(usize, u32)>] {
        const WAYS: usize = 16;
        let at = (site >> 3).wrapping_mul(0x9E37_79B1) >> 8;
        let first = at % (NOTED_SHAPES / WAYS) * WAYS;
        &self.noted_shapes[first..first + WAYS]
    }
    /// Puts on record that the call site whose word is at this address has met a callee.
    pub(crate) fn note_callee(&self, site: usize, callee: u64) {
        let hash =
            (site >> 3).wrapping_mul(0x9E37_79B1) ^ ((callee >> 4) as usize).wrapping_mul(0x85EB_CA6B) >> 4;
        self.noted_callees[hash % NOTED_CALLEES].set((site, callee));
    }
    /// The callees on record for a site.
    pub(crate) fn noted_callees(&self, site: usize) -> impl Iterator<Item = u64> {
        self.noted_callees.iter().map(Cell::get).filter(move |n| n.0 == site).map(|n| n.1)
    }
    /// The shapes on record for a site.
    pub fn noted_shapes(&self, site: usize) -> impl Iterator<Item = u32> {
        self.noted_set(site).iter().map(Cell::get).filter(move |n| n.0 == site).map(|n| n.1)
    }

    /// The entry of the cache of `super` lookups.
    #[inline]
    pub(crate) fn super_cache_entry(
        &self,
        cls: Gc<crate::object::typeobj::Type>,
        name: Gc<Str>,
    ) -> &Cell<SuperCacheEntry> {
        let (class, name) = (cls.as_ptr() as usize >> 4, name.as_ptr() as usize >> 4);
        &self.super_cache[(class.wrapping_mul(0x9E37_79B1) ^ name) % SUPER_CACHE]
    }

    /// A number never used before in this interpreter.
    pub fn next_version(&self) -> u64 {
        let v = self.versions.get() + 1;
        self.versions.set(v);
        v
    }
    pub fn special_name(&self, special: special::Special) -> Gc<Str> {
        self.special_names[special as usize]
    }
    /// An interned string.
    pub fn intern(&self, s: &str) -> Gc<Str> {
        self.heap.intern_str(s)
    }
    /// Per-interpreter value under a static key, made on first use.
    pub fn registered(&self, key: &'static str, make: impl FnOnce(&Vm) -> PyResult) -> PyResult {
        if let Some(&v) = self.registry.borrow().get(key) {
            return Ok(v);
        }
        let v = make(self)?;
        self.registry.borrow_mut().insert(key, v);
        Ok(v)
    }
}

impl Interpreter {
    /// The task that this event loop of `asyncio` runs in whatever thread.
    pub fn task_of_loop(&self, event_loop: Value) -> Option<Value> {
        let threads = self.threads.borrow();
        // SAFETY: threads are removed from the list before their state goes away.
        let mut threads = threads.iter().map(|&thread| unsafe { &*thread });
        threads.find(|vm| vm.running_loop.get() == Some(event_loop))?.running_task.get()
    }
}

impl Roots for Interpreter {
    fn trace_roots(&self, tracer: &mut Tracer<'_>) {
        self.registry.borrow().values().for_each(|v| tracer.visit(*v));
        self.native_types.borrow().values().for_each(|v| tracer.visit(*v));
        self.monitor.trace(tracer);
        for &thread in self.threads.borrow().iter() {
            // SAFETY: threads are removed from the list before their state goes away.
            let vm = unsafe { &*thread };
            let optional = [
                vm.pending.get(),
                vm.handled.get(),
                vm.trace_function.get(),
                vm.profile_function.get(),
                vm.context.get(),
                vm.running_loop.get(),
                vm.running_task.get(),
                vm.asyncgen_hooks[0].get(),
                vm.asyncgen_hooks[1].get(),
                vm.last_stop_value.get(),
                vm.async_exception.get(),
                vm.start.get(),
            ];
            optional.into_iter().flatten().for_each(|v| tracer.visit(v));
            vm.repr_stack.trace(tracer);
        }
    }

    fn attend(&self) {
        if self.heap.pending_work.replace(false) {
            self.breaker.fetch_or(breaker::FINALIZERS, Ordering::SeqCst);
        }
        if self.heap.over_limit.replace(false) {
            self.breaker.fetch_or(breaker::MEMORY, Ordering::SeqCst);
        }
    }

    /// Names may be freed by a full collection (never by a minor one): forget what is keyed by their addresses.
    fn before_full_collection(&self) {
        self.method_cache.iter().for_each(|e| e.set(MethodCacheEntry::default()));
        self.attr_cache.iter().for_each(|e| e.set(AttrCacheEntry::default()));
        self.super_cache.iter().for_each(|e| e.set(SuperCacheEntry::default()));
    }

    fn conservative_ranges(&self, sp: usize, f: &mut dyn FnMut(*const usize, *const usize)) {
        for &thread in self.threads.borrow().iter() {
            // SAFETY: as above.
            let vm = unsafe { &*thread };
            f(vm.stack_start.cast(), vm.registers_in_use().cast());
            let low = if vm.parked_sp.get() != 0 { vm.parked_sp.get() } else { sp };
            // A thread that has not started yet has no native stack: its base is 0.
            if low < vm.native_base.get() {
                f((low & !7) as *const usize, vm.native_base.get() as *const usize);
            }
        }
    }
}

impl Vm {
    /// Shows every word of the native stacks and registers of all threads. The caller holds the GIL.
    pub fn for_each_stack_word(&self, see: &mut dyn FnMut(usize)) {
        crate::heap::stack::with_spilled_registers(&mut |sp| {
            self.interp.conservative_ranges(sp, &mut |from, to| {
                let mut at = from;
                while at < to {
                    // SAFETY: the range is part of a stack, aligned.
                    see(unsafe { at.read_volatile() });
                    at = at.wrapping_add(1);
                }
            });
        });
    }
}

impl Heap {
    /// The interned string with this text.
    pub fn intern_str(&self, text: &str) -> Gc<Str> {
        if !text.is_ascii() {
            return self.intern(Str::from_utf8(self, text));
        }
        let hash = compare::hash_bytes(text.as_bytes()) as u64;
        let found = self.interned.borrow().find_ascii(text, hash);
        found.unwrap_or_else(|| {
            let s = Str::from_utf8(self, text);
            s.hash.set(hash);
            self.interned.borrow_mut().intern(s)
        })
    }
    /// The interned string equal to `s`, an exact str.
    pub fn intern(&self, s: Gc<Str>) -> Gc<Str> {
        if s.is_interned() {
            return s;
        }
        s.hash_value();
        self.interned.borrow_mut().intern(s)
    }
}
