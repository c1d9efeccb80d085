//! The heap: a non-moving, generational mark-region collector with conservative stacks.
//!
//! * [`space`]: blocks of 32 KiB in 256-byte lines, metadata beside them
//! * [`mod@alloc`]: bump allocation into free lines, large objects
//! * [`collect`]: marking, weak references, finalizers, sweeping
//! * [`inspect`]: listing objects and their referents, for the `gc` module
//! * [`stack`]: native stacks and registers
//! * [`buffer`]: value and byte buffers, [`GcVec`]
//!
//! # Invariants
//!
//! * Nothing moves. A word on a native or register stack that points into an object (or one past its end) keeps it alive.
//! * Heap objects are traced precisely; whatever native code keeps outside the heap across an allocation must be a
//!   stack word, a [`GcVec`], or a registered root.
//! * Sticky marks: an object that survived a collection is OLD. A store of a pointer into an OLD object goes through
//!   [`Heap::barrier`]. Objects of kind `Native` need no barrier, old ones are traced at every minor
//!   collection; but for those whose payload sees to it itself ([`crate::object::header::Trace::BARRIERED`]).
//! * Allocation never runs Python code. Finalizers and weak reference callbacks are queued and run at polls.
//! * Between collections every free line range is empty or bump-allocated from its start without gaps, so that young
//!   ranges can be walked by object sizes.

pub mod alloc;
pub mod buffer;
pub mod collect;
pub mod inspect;
pub mod space;
pub mod stack;

pub use buffer::{ArrayBuf, ByteBuf, GcVec};
pub use collect::Tracer;

use crate::object::header::{Gc, Header, HeapObject, flag, round_up};
use crate::object::shape::{ShapeId, ShapeTable, shape_id};
use crate::object::weakref::WeakRef;
use crate::value::Value;
use space::Space;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};

/// A stretch of a block filled since the last collection.
pub(crate) struct YoungRange {
    start: usize,
    end: usize,
    /// 1 + index of the next range of the same block.
    next: u32,
    /// Offsets of the objects in it, filled when a conservative pointer first asks.
    parsed: Option<Vec<u32>>,
}

/// Test and tuning switches.
#[derive(Clone, Debug, Default)]
pub struct HeapOptions {
    /// Collect at every Nth slow-path-visible allocation (every allocation counts); 0 is off.
    pub stress: usize,
    /// Overwrite freed lines.
    pub poison: bool,
    /// Check the heap after each collection.
    pub verify: bool,
    /// A line on stderr for each collection.
    pub log: bool,
    /// Limit on the heap in bytes; 0 is none.
    pub limit: usize,
    /// Bytes allocated between two minor collections at least; 0 is [`FIRST_BUDGET`].
    pub nursery: usize,
    /// Bytes that may be in use before the first full collection; 0 is [`FULL_FLOOR`].
    pub floor: usize,
}

/// Counters, for `gc.get_stats()` and `-X gc-log`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stats {
    pub minor_collections: u64,
    pub full_collections: u64,
    pub objects_marked: u64,
    pub nanoseconds: u64,
    pub longest_minor_ns: u64,
    pub longest_full_ns: u64,
}

/// A source of roots outside the heap.
pub trait Roots {
    /// Visits precise roots.
    fn trace_roots(&self, tracer: &mut Tracer<'_>);
    /// Finalizers or callbacks wait, or the limit was exceeded: see to it at the next poll.
    fn attend(&self);
    /// A full collection begins: caches keyed by addresses of collectable objects must be dropped.
    fn before_full_collection(&self);
    /// Calls `f` with every word range to be scanned conservatively, the current thread's native stack from `sp` up included.
    fn conservative_ranges(&self, sp: usize, f: &mut dyn FnMut(*const usize, *const usize));
}

/// The heap of one interpreter. Used only by the thread that holds its GIL.
#[repr(C)]
pub struct Heap {
    /// Bump cursor and limit: machine code allocates through these.
    cursor: Cell<usize>,
    limit: Cell<usize>,
    /// Start of the range the cursor is filling.
    range_start: Cell<usize>,
    /// Where that range ends; `limit` lies before it in stress mode, so that every allocation takes the slow path.
    range_end: Cell<usize>,
    pub(crate) space: Space,
    pub(crate) young_ranges: RefCell<Vec<YoungRange>>,
    /// Blocks with free lines, to be bump-allocated into; used as a stack.
    recyclable: RefCell<Vec<u32>>,
    /// Those that are mostly free: for medium objects, and for small ones when there are no others.
    roomy: RefCell<Vec<u32>>,
    /// The range that medium objects are put into, with its own cursor: they need not give up the hole being filled.
    medium_start: Cell<usize>,
    medium_cursor: Cell<usize>,
    medium_end: Cell<usize>,
    medium_block: Cell<u32>,
    medium_line: Cell<u32>,
    /// Block and line where the search for the next hole goes on.
    hole_block: Cell<u32>,
    hole_line: Cell<u32>,
    young_large: RefCell<Vec<u32>>,
    old_large: RefCell<Vec<u32>>,
    remembered: RefCell<Vec<&'static Header>>,
    /// Chunks of large buffers that were stored into.
    remembered_chunks: RefCell<Vec<(usize, &'static Header)>>,
    /// Old objects that need no barrier and are traced at every minor collection.
    barrier_free: RefCell<Vec<&'static Header>>,
    /// While [`Heap::collect_doubting`] collects: what is doubted, and what was found to be reached by nothing else.
    doubt: RefCell<Option<collect::Doubt>>,
    droppable: [RefCell<Vec<&'static Header>>; 2],
    finalizable: [RefCell<Vec<&'static Header>>; 2],
    /// Those of them that start-up made.
    startup_finalizable: RefCell<Vec<&'static Header>>,
    /// Weak references by address of their target. The references themselves are weakly held too.
    pub(crate) weakrefs: RefCell<HashMap<usize, Vec<Gc<WeakRef>>>>,
    /// Objects whose finalizer has to run, referrers first.
    pub finalize_queue: RefCell<VecDeque<Value>>,
    /// Cleared weak references whose callback has to run.
    pub callback_queue: RefCell<VecDeque<Gc<WeakRef>>>,
    /// Shapes by id; the collector drops those whose class died. Ids are not used twice.
    pub(crate) shapes: ShapeTable,
    /// Shapes below this index are older than the last collection.
    old_shapes: Cell<usize>,
    /// Roots registered for the heap's whole life.
    immortals: RefCell<Vec<&'static Header>>,
    pub(crate) interned: RefCell<crate::object::str::InternTable>,
    roots: Cell<Option<&'static dyn Roots>>,
    /// Bytes allocated since the last collection, and the budget that triggers the next.
    pub(crate) allocated: Cell<usize>,
    pub(crate) budget: Cell<usize>,
    live_after_full: Cell<usize>,
    live_estimate: Cell<usize>,
    /// Blocks in use when the last full collection began.
    last_peak: Cell<usize>,
    /// Bytes that heap objects own outside the heap, since the last collection.
    external: Cell<usize>,
    /// Those that old big integers own: a few that each minor collection keeps may be all the memory there is.
    old_external: Cell<usize>,
    stress_count: Cell<usize>,
    /// Automatic collection switched off (`gc.disable()`): only growth beyond bounds collects.
    pub enabled: Cell<bool>,
    pub(crate) collecting: Cell<bool>,
    pub options: HeapOptions,
    pub stats: Cell<Stats>,
    /// Set when finalizers or callbacks wait; [`Roots::attend`] tells of it.
    pub pending_work: Cell<bool>,
    /// The limit was exceeded: the VM raises `MemoryError` at the next poll.
    pub over_limit: Cell<bool>,
    /// Registers of running frames that were written from outside: machine code goes back to the interpreter.
    pub frame_writes: Cell<u64>,
}

/// Bytes of a large buffer that are remembered together.
pub(crate) const CHUNK: usize = 512;

/// First nursery budget; it grows with what survives. As large as the second-level cache of one processor: a minor
/// collection with nothing alive takes some twenty microseconds, so a larger one would save next to nothing.
const FIRST_BUDGET: usize = 2 << 20;
/// A heap smaller than this is not worth a full collection.
const FULL_FLOOR: usize = 4 << 20;

impl Heap {
    pub fn new(mut options: HeapOptions) -> Heap {
        if options.nursery == 0 {
            options.nursery = FIRST_BUDGET;
        }
        if options.floor == 0 {
            options.floor = FULL_FLOOR;
        }
        let space = Space::new();
        if options.limit > 0 {
            space.max_blocks.set((options.limit >> space::BLOCK_SHIFT).max(16));
        }
        Heap {
            cursor: Cell::new(0),
            limit: Cell::new(0),
            range_start: Cell::new(0),
            range_end: Cell::new(0),
            space,
            young_ranges: RefCell::default(),
            recyclable: RefCell::default(),
            roomy: RefCell::default(),
            medium_start: Cell::new(0),
            medium_cursor: Cell::new(0),
            medium_end: Cell::new(0),
            medium_block: Cell::new(u32::MAX),
            medium_line: Cell::new(0),
            hole_block: Cell::new(u32::MAX),
            hole_line: Cell::new(0),
            young_large: RefCell::default(),
            old_large: RefCell::default(),
            remembered: RefCell::default(),
            remembered_chunks: RefCell::default(),
            barrier_free: RefCell::default(),
            doubt: RefCell::default(),
            droppable: Default::default(),
            finalizable: Default::default(),
            startup_finalizable: RefCell::default(),
            weakrefs: RefCell::default(),
            finalize_queue: RefCell::default(),
            callback_queue: RefCell::default(),
            shapes: ShapeTable::new(shape_id::FIRST_DYNAMIC as usize),
            old_shapes: Cell::new(0),
            immortals: RefCell::default(),
            interned: RefCell::default(),
            roots: Cell::new(None),
            allocated: Cell::new(0),
            budget: Cell::new(options.nursery),
            live_after_full: Cell::new(1 << 20),
            live_estimate: Cell::new(0),
            last_peak: Cell::new(usize::MAX),
            external: Cell::new(0),
            old_external: Cell::new(0),
            stress_count: Cell::new(0),
            enabled: Cell::new(true),
            collecting: Cell::new(false),
            options,
            stats: Cell::default(),
            pending_work: Cell::new(false),
            over_limit: Cell::new(false),
            frame_writes: Cell::new(0),
        }
    }

    /// Installs the source of roots; collections happen only from then on.
    pub fn set_roots(&self, roots: &'static dyn Roots) {
        self.roots.set(Some(roots));
    }

    /// Allocates `value`; its header is filled in here.
    #[inline(always)]
    pub fn alloc<T: HeapObject>(&self, shape: ShapeId, value: T) -> Gc<T> {
        const { assert!(size_of::<T>().is_multiple_of(8)) };
        let ptr = self.alloc_raw(size_of::<T>()) as *mut T;
        // SAFETY: fresh memory of the right size and alignment.
        unsafe {
            ptr.write(value);
            ptr.cast::<Header>().write(Header::new(T::KIND, shape, size_of::<T>()));
            Gc::from_ptr(ptr)
        }
    }

    /// Allocates `value` followed by `tail` bytes, zeroed if asked for.
    ///
    /// For variable-size kinds `T::byte_size` must give the same size as is allocated here.
    #[inline]
    pub fn alloc_tail<T: HeapObject>(&self, shape: ShapeId, value: T, tail: usize, zero: bool) -> Gc<T> {
        let bytes = round_up(size_of::<T>() + tail);
        let ptr = self.alloc_raw(bytes) as *mut T;
        // SAFETY: fresh memory of `bytes` bytes.
        unsafe {
            ptr.write(value);
            ptr.cast::<Header>().write(Header::new(T::KIND, shape, bytes));
            if zero {
                std::ptr::write_bytes(ptr.add(1).cast::<u8>(), 0, bytes - size_of::<T>());
            }
            Gc::from_ptr(ptr)
        }
    }

    /// Registers an object whose Rust value must be dropped when it dies.
    pub fn register_drop(&self, header: &'static Header) {
        header.set(flag::NEEDS_DROP);
        self.droppable[0].borrow_mut().push(header);
    }

    /// Registers an object whose class has `__del__` (or that is otherwise finalized, like a suspended generator).
    pub fn register_finalizer(&self, header: &'static Header) {
        self.finalizable[0].borrow_mut().push(header);
    }

    /// Whether a native object that was registered for finalization has anything to do when it dies.
    pub fn set_finalizable(&self, header: &Header, finalizable: bool) {
        debug_assert_eq!(header.kind(), crate::object::header::Kind::Native);
        if finalizable {
            header.clear(flag::FINALIZED);
        } else {
            header.set(flag::FINALIZED);
        }
    }

    /// Makes an object a root for the heap's whole life.
    pub fn make_immortal<T: HeapObject>(&self, object: Gc<T>) -> Gc<T> {
        self.immortals.borrow_mut().push(object.header());
        object
    }

    /// Counts bytes owned outside the heap towards the next collection: twice what the nursery has starts one.
    pub fn note_external(&self, bytes: usize) {
        self.external.set(self.external.get() + bytes);
        if self.external.get() > 2 * self.budget.get() {
            // The next allocation takes the slow path, and that collects.
            self.allocated.set(self.allocated.get() + self.budget.get());
            self.limit.set(self.cursor.get());
        }
    }

    /// Whether a store of `value` into a field of `owner` has to go through [`Self::barrier`].
    #[inline(always)]
    pub fn needs_barrier(owner: &Header, value: Value) -> bool {
        owner.flags() & (flag::OLD | flag::REMEMBERED) == flag::OLD && value.is_pointer()
    }

    /// Write barrier: call after storing `value` into a field of `owner`.
    #[inline(always)]
    pub fn barrier(&self, owner: &Header, value: Value) {
        if Heap::needs_barrier(owner, value) {
            self.remember(owner);
        }
    }

    /// Write barrier for a slot of a possibly large buffer.
    #[inline(always)]
    pub fn barrier_slot(&self, owner: &Header, slot: &Cell<Option<Value>>, value: Value) {
        if Heap::needs_barrier(owner, value) {
            self.remember_slot(owner, slot as *const _ as usize);
        }
    }

    /// Write barrier after several stores.
    #[inline(always)]
    pub fn barrier_object(&self, owner: &Header) {
        if owner.flags() & (flag::OLD | flag::REMEMBERED) == flag::OLD {
            self.remember(owner);
        }
    }

    #[cold]
    fn remember(&self, owner: &Header) {
        owner.set(flag::REMEMBERED);
        // SAFETY: heap objects live until the collector frees them, and it clears this list first.
        self.remembered.borrow_mut().push(unsafe { &*(owner as *const Header) });
    }

    #[cold]
    fn remember_slot(&self, owner: &Header, slot: usize) {
        if owner.byte_size() <= space::LARGE_LIMIT {
            return self.remember(owner);
        }
        let chunk = slot & !(CHUNK - 1);
        let mut chunks = self.remembered_chunks.borrow_mut();
        if chunks.last().is_some_and(|&(c, _)| c == chunk) {
            return;
        }
        if chunks.len() >= 1 << 16 {
            drop(chunks);
            return self.remember(owner);
        }
        // SAFETY: as in `remember`.
        chunks.push((chunk, unsafe { &*(owner as *const Header) }));
    }

    /// Whether one (large) object of this many bytes can be had. What no machine memory could back is refused here,
    /// because the reserved range would grant it and touching it would kill the process.
    #[cold]
    pub fn has_room(&self, bytes: usize) -> bool {
        let space = &self.space;
        // SAFETY: reads two constants of the system.
        let (pages, page) =
            unsafe { (libc::sysconf(libc::_SC_PHYS_PAGES), libc::sysconf(libc::_SC_PAGESIZE)) };
        if pages > 0 && page > 0 && bytes / page as usize >= pages as usize {
            return false;
        }
        bytes >> space::BLOCK_SHIFT < space.max_blocks.get().saturating_sub(space.used_blocks.get())
    }

    /// Bytes in use, roughly.
    pub fn used_bytes(&self) -> usize {
        self.space.used_blocks.get() << space::BLOCK_SHIFT
    }
}

/// Offsets that machine code uses.
pub mod offset {
    pub use crate::heap::buffer::FIRST_SLOT as ARRAY_FIRST_SLOT;
    /// Where the next small object goes, and the end of the range it has to fit into.
    pub const HEAP_CURSOR: usize = std::mem::offset_of!(super::Heap, cursor);
    pub const HEAP_LIMIT: usize = std::mem::offset_of!(super::Heap, limit);
}
