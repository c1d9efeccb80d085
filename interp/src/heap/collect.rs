//! Collection: find roots, mark, clear weak references, queue finalizers, drop, sweep.
//!
//! A minor collection treats everything OLD as live (sticky marks) and starts from roots, the remembered set and the
//! old objects that need no barrier. A full collection first resolves conservative words against the old start
//! bits, then clears all marks and starts over. Marking uses an explicit stack: depth of the object graph is no
//! concern.
//!
//! Weak references to the whole unreachable set are cleared before any finalizer runs; finalizers are queued, the
//! objects they concern kept alive once more, and run by the VM at a poll.

use super::space::{BLOCK_BYTES, BLOCK_SHIFT, BlockState, LINE_BYTES, LINE_SHIFT, LINES};
use super::{CHUNK, Heap, stack};
use crate::object::generator::{Generator, GeneratorState};
use crate::object::header::{Gc, Header, Kind, flag};
use crate::object::int::BigIntObject;
use crate::object::native::NativeHeader;
use crate::object::shape::{ShapeId, shape_id};
use crate::object::str::Str;
use crate::value::Value;
use std::cell::Cell;
use std::time::Instant;

/// Largest nursery.
const MAX_BUDGET: usize = 32 << 20;
/// Bytes that an old big integer stands for, by each that it has: its neighbours in the allocator's page die young, and the page stays
/// with a few of them.
const PINNED: usize = 2;
const POISON: u8 = 0xDB;
/// Headers asked for ahead of time while marking.
const SHOWN: usize = 16;

/// Marks what it is shown; or, to list the referents of an object, only notes it.
pub struct Tracer<'h> {
    heap: &'h Heap,
    pending: Vec<&'static Header>,
    marked: u64,
    /// Bytes that marked big integers own outside the heap.
    external: usize,
    /// Objects with one of these flags are done with; 0 when noting.
    skip: u8,
    /// What was shown last. Their headers are on their way from memory while others are looked at: without that marking
    /// mostly waits.
    shown: [Option<&'static Header>; SHOWN],
    next_shown: usize,
}

impl<'h> Tracer<'h> {
    fn new(heap: &'h Heap) -> Tracer<'h> {
        let skip = flag::OLD | flag::IMMORTAL;
        let pending = Vec::with_capacity(1024);
        Tracer { heap, pending, marked: 0, external: 0, skip, shown: [None; SHOWN], next_shown: 0 }
    }

    /// What the object behind `header` refers to directly.
    pub(super) fn referents(heap: &'h Heap, header: &Header) -> Vec<&'static Header> {
        let mut tracer = Tracer { skip: 0, ..Tracer::new(heap) };
        header.kind().trace(header, &mut tracer);
        tracer.look_at_shown();
        tracer.pending
    }

    #[inline(always)]
    pub fn visit(&mut self, value: Value) {
        if let Some(header) = value.header() {
            self.mark(header);
        }
    }

    /// Visits the slots of a buffer. Saved registers of a generator may hold words of old frame headers: whatever is no
    /// aligned address in the heap is none of the collector's business.
    #[inline]
    pub fn visit_slots(&mut self, slots: &[Cell<Option<Value>>]) {
        for slot in slots {
            if let Some(v) = slot.get()
                && v.bits() & 7 == 0
                && self.heap.space.contains(v.bits() as usize)
            {
                self.visit(v);
            }
        }
    }

    #[inline(always)]
    pub fn mark(&mut self, header: &'static Header) {
        prefetch(header.address());
        let at = self.next_shown;
        self.next_shown = (at + 1) % SHOWN;
        if let Some(earlier) = self.shown[at].replace(header)
            && !earlier.has(self.skip)
        {
            self.mark_new(earlier);
        }
    }

    /// Looks at all that has been shown, in the order it was.
    fn look_at_shown(&mut self) {
        for i in 0..SHOWN {
            if let Some(header) = self.shown[(self.next_shown + i) % SHOWN].take()
                && !header.has(self.skip)
            {
                self.mark_new(header);
            }
        }
    }

    fn mark_new(&mut self, header: &'static Header) {
        if self.skip == 0 {
            return self.pending.push(header);
        }
        header.set(flag::OLD);
        self.marked += 1;
        let heap = self.heap;
        let space = &heap.space;
        let address = header.address();
        debug_assert!(space.contains(address), "marking something outside the heap");
        let block = space.block_of(address);
        let meta = space.meta(block);
        let offset = address - space.block_address(block);
        meta.set_start(offset);
        if meta.state.get() == BlockState::Lines {
            let last = (offset + header.byte_size() - 1) >> LINE_SHIFT;
            for line in offset >> LINE_SHIFT..=last.min(LINES - 1) {
                meta.lines[line].set(1);
            }
        }
        // SAFETY: only called when the kind says that a native header is there.
        let native = || unsafe { Gc::<NativeHeader>::from_header(header) };
        if header.kind() == Kind::Native && native().is_scanned_when_old() {
            heap.barrier_free.borrow_mut().push(header);
        }
        let shape = header.shape();
        if shape.0 >= shape_id::FIRST_DYNAMIC
            && let Some(shape) = heap.shapes.get(shape)
        {
            if !shape.header().has(self.skip) {
                self.mark_new(shape.header());
            }
        } else if is_leaf(header) {
            if header.kind() == Kind::BigInt {
                // SAFETY: the kind names the layout.
                self.external += unsafe { Gc::<BigIntObject>::from_header(header) }.external_bytes();
            }
            return;
        }
        self.pending.push(header);
    }

    /// Whether an object has been found live so far.
    pub fn is_marked(&self, header: &Header) -> bool {
        header.has(flag::OLD | flag::IMMORTAL)
    }

    fn drain(&mut self) {
        loop {
            while let Some(header) = self.pending.pop() {
                header.kind().trace(header, self);
            }
            self.look_at_shown();
            if self.pending.is_empty() {
                return;
            }
        }
    }
}

/// Asks for the memory at an address, to be read or written soon.
#[inline(always)]
fn prefetch(address: usize) {
    // SAFETY: a prefetch never faults.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(address as *const i8);
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}

/// Whether a marked object of a built-in class has nothing to trace.
#[inline(always)]
fn is_leaf(header: &'static Header) -> bool {
    match header.kind() {
        Kind::Int64 | Kind::Int128 | Kind::BigInt | Kind::FloatObject | Kind::ByteBuf => true,
        Kind::Str => header.as_value().downcast::<Str>().is_some_and(|s| s.is_leaf()),
        _ => false,
    }
}

/// Objects of one shape to which stale words of native frames may point.
pub(super) struct Doubt {
    shape: ShapeId,
    /// Words of the native stack below this address are doubted.
    below: usize,
    found: Vec<&'static Header>,
}

/// Whether an object that was registered for finalization has anything left to do: a generator that has ended has not, nor
/// has one that was never started, unless it is a coroutine that somebody forgot to await. Native objects say so
/// themselves ([`Heap::set_finalizable`]).
fn needs_finalizer(header: &Header) -> bool {
    match header.kind() {
        Kind::Generator => {}
        Kind::Native => return !header.has(flag::FINALIZED),
        _ => return true,
    }
    // SAFETY: the kind names the layout.
    let generator = unsafe { Gc::<Generator>::from_header(header) };
    match generator.state.get() {
        GeneratorState::Finished => false,
        GeneratorState::Created => generator.is_coroutine() || generator.finalizer.get().is_some(),
        _ => true,
    }
}

fn is_live(header: &Header) -> bool {
    header.has(flag::OLD | flag::IMMORTAL)
}

impl Heap {
    /// Collects, taking the caller's native stack as it is now.
    pub fn collect_from_here(&self, full: bool) {
        if self.collecting.get() || self.roots.get().is_none() {
            return;
        }
        stack::with_spilled_registers(&mut |sp| self.collect(full, sp));
    }

    /// Collects, and gives the objects of this shape that nothing refers to but words of the native stack, up to its
    /// end at `below`. Those words may be leftovers of earlier calls, or not: the objects stay alive.
    pub fn collect_doubting(&self, shape: ShapeId, below: usize, full: bool) -> Vec<Value> {
        if self.collecting.get() || self.roots.get().is_none() {
            return Vec::new();
        }
        stack::with_spilled_registers(&mut |sp| {
            let doubt = Doubt { shape, below, found: Vec::new() };
            *self.doubt.borrow_mut() = Some(doubt);
            self.collect(full, sp);
        });
        let found = self.doubt.borrow_mut().take().map_or(Vec::new(), |doubt| doubt.found);
        found.into_iter().map(Header::as_value).collect()
    }

    /// Marks the doubted objects after everything else; those already marked are referred to by something else.
    fn mark_doubted(&self, tracer: &mut Tracer<'_>) {
        if let Some(doubt) = &mut *self.doubt.borrow_mut() {
            doubt.found.sort_by_key(|header| header.address());
            doubt.found.dedup_by_key(|header| header.address());
            doubt.found.retain(|header| !tracer.is_marked(header));
            doubt.found.iter().for_each(|header| tracer.mark(header));
        }
        tracer.drain();
    }

    fn collect(&self, full: bool, sp: usize) {
        let started = Instant::now();
        let before = (self.space.used_blocks.get(), self.external.get());
        self.collecting.set(true);
        self.close_ranges();
        let mut tracer = Tracer::new(self);
        let ambiguous = self.find_conservative_roots(sp);
        if full {
            self.roots.get().expect("roots are installed").before_full_collection();
            self.clear_marks();
        }
        for header in ambiguous {
            tracer.mark(header);
        }
        self.mark_precise_roots(&mut tracer, full);
        tracer.drain();
        self.mark_doubted(&mut tracer);
        self.clear_weak_references();
        let reached = tracer.marked;
        self.queue_finalizers(&mut tracer, full);
        let kept_for_finalizers = tracer.marked - reached;
        self.drop_dead(full);
        self.sweep_shapes(full);
        self.interned.borrow_mut().sweep(full, is_live);
        let earlier = if full { 0 } else { self.old_external.get() };
        self.old_external.set(earlier + tracer.external);
        self.sweep(full);
        if full && kept_for_finalizers > 0 {
            // What only waits for its finalizers is no measure of how much the program needs.
            let live = self.live_after_full.get() as u128 * reached as u128 / tracer.marked as u128;
            self.live_after_full.set(live as usize);
        }
        if self.options.verify {
            self.verify();
        }
        self.collecting.set(false);
        if self.pending_work.get() {
            self.roots.get().expect("roots are installed").attend();
        }
        self.record(full, tracer.marked, started);
        if self.options.log {
            self.log(full, tracer.marked, before, started);
        }
    }

    /// Tells of a collection that began with so many blocks in use and bytes owned outside.
    #[cold]
    fn log(&self, full: bool, marked: u64, (blocks, external): (usize, usize), started: Instant) {
        let k = |blocks: usize| blocks << (BLOCK_SHIFT - 10);
        let large: usize = self.old_large.borrow().iter().map(|&b| self.large_header(b).byte_size()).sum();
        let lined = (0..self.space.frontier())
            .filter(|&b| self.space.meta(b).state.get() == BlockState::Lines)
            .count();
        eprintln!(
            "gc: {} {} us, marked {marked}; in use {} K and outside {} K, now {} K: live {} K in {} K of lines, {} K large; \
             taken {} K, next after {} K",
            if full { "full" } else { "minor" },
            started.elapsed().as_micros(),
            k(blocks),
            external >> 10,
            k(self.space.used_blocks.get()),
            (self.live_estimate.get() - large - self.old_external.get() * PINNED) >> 10,
            k(lined),
            large >> 10,
            k(self.space.frontier()),
            self.budget.get() >> 10,
        );
    }

    fn record(&self, full: bool, marked: u64, started: Instant) {
        let ns = started.elapsed().as_nanos() as u64;
        let mut stats = self.stats.get();
        if full {
            stats.full_collections += 1;
            stats.longest_full_ns = stats.longest_full_ns.max(ns);
        } else {
            stats.minor_collections += 1;
            stats.longest_minor_ns = stats.longest_minor_ns.max(ns);
        }
        stats.objects_marked += marked;
        stats.nanoseconds += ns;
        self.stats.set(stats);
    }

    /// Resolves every word of the native and register stacks that may point into an object.
    fn find_conservative_roots(&self, sp: usize) -> Vec<&'static Header> {
        let mut found = Vec::with_capacity(256);
        let roots = self.roots.get().expect("roots are installed before the first collection");
        roots.conservative_ranges(sp, &mut |from, to| {
            let mut p = from;
            while p < to {
                // SAFETY: the range is mapped stack memory; words may be stale but are readable.
                let word = unsafe { p.read_volatile() };
                if self.space.contains(word.wrapping_sub(8)) || self.space.contains(word) {
                    // One past the end counts as inside: a loop may keep only its end pointer.
                    let object = self.find_object(word).or_else(|| self.find_object(word.wrapping_sub(1)));
                    found.extend(object.filter(|header| !self.doubts(header, p as usize, sp)));
                }
                // SAFETY: stays within the range.
                p = unsafe { p.add(1) };
            }
        });
        found
    }

    /// Whether a word at this address of the native stack is no reason to keep this object; it is remembered then.
    fn doubts(&self, header: &'static Header, at: usize, sp: usize) -> bool {
        match &mut *self.doubt.borrow_mut() {
            Some(doubt) if header.shape() == doubt.shape && (sp & !7..doubt.below).contains(&at) => {
                doubt.found.push(header);
                true
            }
            _ => false,
        }
    }

    /// The object that contains `address`, if there is one.
    pub fn find_object(&self, address: usize) -> Option<&'static Header> {
        if !self.space.contains(address) {
            return None;
        }
        let block = self.space.block_of(address);
        let meta = self.space.meta(block);
        let base = self.space.block_address(block);
        let start = match meta.state.get() {
            BlockState::Free => return None,
            BlockState::Large => base,
            BlockState::LargeTail => self.space.block_address(block - meta.large_offset.get() as usize),
            BlockState::Lines => match self.find_young(meta.young.get(), address) {
                Some(start) => start?,
                None => base + meta.start_at_or_below(address - base)?,
            },
        };
        // SAFETY: start bits, young ranges and large blocks only name initialised objects.
        let header = unsafe { &*(start as *const Header) };
        (address < start + header.byte_size()).then_some(header)
    }

    /// `Some(object start)` when the address lies in a young range, `None` when it does not.
    fn find_young(&self, first: u32, address: usize) -> Option<Option<usize>> {
        let mut ranges = self.young_ranges.borrow_mut();
        let mut index = first;
        while index != 0 {
            let range = &mut ranges[index as usize - 1];
            if (range.start..range.end).contains(&address) {
                let start = range.start;
                let offsets = range.parsed.get_or_insert_with(|| parse_range(start, range.end));
                let i = offsets.partition_point(|&o| start + o as usize <= address);
                return Some(i.checked_sub(1).map(|i| start + offsets[i] as usize));
            }
            index = range.next;
        }
        None
    }

    fn clear_marks(&self) {
        for block in 0..self.space.frontier() {
            let meta = self.space.meta(block);
            if matches!(meta.state.get(), BlockState::Lines | BlockState::Large) {
                let base = self.space.block_address(block);
                for (i, word) in meta.starts.iter().enumerate() {
                    let ahead = i + 4;
                    if let Some(next) = meta.starts.get(ahead) {
                        // A byte of start bits is a line of the cache.
                        for (line, _) in next.get().to_le_bytes().iter().enumerate().filter(|&(_, &b)| b != 0)
                        {
                            prefetch(base + ahead * 64 * 8 + line * 64);
                        }
                    }
                    let mut bits = word.replace(0);
                    while bits != 0 {
                        let granule = i * 64 + bits.trailing_zeros() as usize;
                        bits &= bits - 1;
                        // SAFETY: a start bit names a live object.
                        unsafe { &*((base + granule * 8) as *const Header) }
                            .clear(flag::OLD | flag::REMEMBERED);
                    }
                }
                meta.lines.iter().for_each(|l| l.set(0));
            }
        }
        self.remembered.borrow_mut().clear();
        self.remembered_chunks.borrow_mut().clear();
        self.barrier_free.borrow_mut().clear();
    }

    fn mark_precise_roots(&self, tracer: &mut Tracer<'_>, full: bool) {
        if !full {
            let chunks = std::mem::take(&mut *self.remembered_chunks.borrow_mut());
            for (chunk, owner) in chunks {
                let end = (chunk + CHUNK).min(owner.address() + owner.byte_size());
                owner.kind().trace_between(owner, chunk, end, tracer);
            }
            let remembered = std::mem::take(&mut *self.remembered.borrow_mut());
            for header in remembered {
                header.clear(flag::REMEMBERED);
                header.kind().trace(header, tracer);
            }
            // Marking appends survivors to the list; those are traced by marking itself.
            let old = self.barrier_free.borrow().len();
            for i in 0..old {
                let header = self.barrier_free.borrow()[i];
                header.kind().trace(header, tracer);
            }
            self.interned.borrow().visit_young(|h| tracer.mark(h));
        }
        for header in self.immortals.borrow().iter() {
            tracer.mark(header);
        }
        for v in self.finalize_queue.borrow().iter() {
            tracer.visit(*v);
        }
        for r in self.callback_queue.borrow().iter() {
            tracer.mark(r.header());
        }
        self.roots.get().expect("roots are installed").trace_roots(tracer);
    }

    fn clear_weak_references(&self) {
        let mut queue = self.callback_queue.borrow_mut();
        self.weakrefs.borrow_mut().retain(|&target, refs| {
            // SAFETY: entries are removed in the collection that finds their target dead.
            let dead = !is_live(unsafe { &*(target as *const Header) });
            refs.retain(|r| {
                let live = is_live(r.header());
                if live && dead {
                    r.clear();
                    if r.callback().is_some() {
                        queue.push_back(*r);
                    }
                }
                live && !dead
            });
            !refs.is_empty()
        });
        if !queue.is_empty() {
            self.pending_work.set(true);
        }
    }

    /// What has been registered for finalization until now belongs to the interpreter: the standard streams.
    pub fn note_startup_done(&self) {
        let registered = self.finalizable.iter().flat_map(|list| list.borrow().clone());
        self.startup_finalizable.replace(registered.collect());
    }

    /// Whether the program has made an object that has to be finalized still. Without one, ending it needs no collection.
    pub fn program_has_finalizers(&self) -> bool {
        let startup = self.startup_finalizable.borrow();
        let of_program =
            |h: &&'static Header| needs_finalizer(h) && !startup.iter().any(|s| std::ptr::eq(*s, *h));
        self.finalizable.iter().any(|list| list.borrow().iter().any(of_program))
    }

    fn queue_finalizers(&self, tracer: &mut Tracer<'_>, full: bool) {
        let mut dead = Vec::new();
        let mut sort = |list: &mut Vec<&'static Header>, survivors: &mut Vec<&'static Header>| {
            for header in list.drain(..) {
                if is_live(header) {
                    survivors.push(header);
                } else if needs_finalizer(header) {
                    dead.push(header);
                }
            }
        };
        self.startup_finalizable.borrow_mut().retain(|h| is_live(h));
        let mut survivors = Vec::new();
        sort(&mut self.finalizable[0].borrow_mut(), &mut survivors);
        if full {
            sort(&mut self.finalizable[1].borrow_mut(), &mut survivors);
        }
        self.finalizable[1].borrow_mut().append(&mut survivors);
        // Marking from each candidate in turn: one that is reached from an earlier one is its referent and comes later.
        let mut queue = self.finalize_queue.borrow_mut();
        for header in &dead {
            header.set(flag::FINALIZED);
            queue.push_back(header.as_value());
        }
        for header in dead {
            tracer.mark(header);
            self.pending_work.set(true);
        }
        drop(queue);
        tracer.drain();
    }

    fn drop_dead(&self, full: bool) {
        let mut young = self.droppable[0].borrow_mut();
        let mut old = self.droppable[1].borrow_mut();
        let release = |header: &'static Header| {
            if is_live(header) {
                return true;
            }
            crate::object::drop_payload(header);
            false
        };
        if full {
            old.retain(|h| release(h));
        }
        old.extend(young.drain(..).filter(|h| release(h)));
    }

    fn sweep_shapes(&self, full: bool) {
        let from = if full { 0 } else { self.old_shapes.get() };
        for id in (from..self.shapes.len()).map(|i| ShapeId(i as u32)) {
            if self.shapes.get(id).is_some_and(|s| !is_live(s.header())) {
                self.shapes.set(id, None);
            }
        }
        self.old_shapes.set(self.shapes.len());
    }

    /// Frees blocks without a marked line, lists those with free lines, frees dead large objects.
    fn sweep(&self, full: bool) {
        for range in self.young_ranges.borrow_mut().drain(..) {
            self.space.meta(self.space.block_of(range.start)).young.set(0);
        }
        let mut recyclable = self.recyclable.borrow_mut();
        recyclable.clear();
        let mut roomy = self.roomy.borrow_mut();
        roomy.clear();
        self.hole_block.set(u32::MAX);
        self.medium_block.set(u32::MAX);
        let mut live_lines = 0;
        let in_use = self.space.used_blocks.get();
        let mut free = Vec::new();
        for block in 0..self.space.frontier() {
            let meta = self.space.meta(block);
            if meta.state.get() != BlockState::Lines {
                continue;
            }
            let marked = meta.lines.iter().filter(|l| l.get() != 0).count();
            live_lines += marked;
            if self.options.poison {
                self.poison_free_lines(block);
            }
            if marked == 0 {
                free.push(block);
            } else if marked < LINES / 4 {
                roomy.push(block as u32);
            } else if marked < LINES {
                recyclable.push(block as u32);
            }
        }
        // What was needed before each of the last two full collections will be needed again.
        let needed = if full { in_use.min(self.last_peak.replace(in_use)) } else { usize::MAX };
        let spare = needed.saturating_sub(in_use - free.len()).max((self.budget.get() >> BLOCK_SHIFT) + 8);
        for (i, block) in free.into_iter().enumerate() {
            self.space.give(block, 1, i >= spare);
        }
        // The list is used as a stack: low addresses first keeps the heap dense.
        recyclable.reverse();
        roomy.reverse();
        let mut live = live_lines * LINE_BYTES;
        if full {
            let mut old = self.old_large.borrow_mut();
            old.retain(|&b| self.keep_large(b));
        }
        let mut young = self.young_large.borrow_mut();
        let mut old = self.old_large.borrow_mut();
        old.extend(young.drain(..).filter(|&b| self.keep_large(b)));
        live += old.iter().map(|&b| self.large_header(b).byte_size()).sum::<usize>();
        self.allocated.set(0);
        self.external.set(0);
        let external = self.old_external.get();
        self.live_estimate.set(live + external * PINNED);
        if full {
            self.live_after_full.set(self.live_estimate.get());
        }
        self.budget.set(
            ((live + external / 2) / 8).clamp(self.options.nursery, self.options.nursery.max(MAX_BUDGET)),
        );
    }

    fn large_header(&self, block: u32) -> &'static Header {
        // SAFETY: the first block of a large object starts with its header.
        unsafe { &*(self.space.block_address(block as usize) as *const Header) }
    }

    fn keep_large(&self, block: u32) -> bool {
        let header = self.large_header(block);
        if is_live(header) {
            return true;
        }
        let n = header.byte_size().div_ceil(BLOCK_BYTES);
        self.space.give_large(block as usize, n);
        false
    }

    fn poison_free_lines(&self, block: usize) {
        let meta = self.space.meta(block);
        for (i, line) in meta.lines.iter().enumerate() {
            if line.get() == 0 {
                let at = self.space.block_address(block) + i * LINE_BYTES;
                // SAFETY: no live object lies in an unmarked line.
                unsafe { std::ptr::write_bytes(at as *mut u8, POISON, LINE_BYTES) };
            }
        }
    }

    /// Checks that everything live refers to live objects only.
    ///
    /// # Panics
    /// When it does not: the collector or a barrier is broken.
    fn verify(&self) {
        let mut checker = Tracer::new(self);
        for block in 0..self.space.frontier() {
            let meta = self.space.meta(block);
            let base = self.space.block_address(block);
            for (i, word) in meta.starts.iter().enumerate() {
                let mut bits = word.get();
                while bits != 0 {
                    let granule = i * 64 + bits.trailing_zeros() as usize;
                    bits &= bits - 1;
                    // SAFETY: a start bit names a live object.
                    let header = unsafe { &*((base + granule * 8) as *const Header) };
                    header.kind().trace(header, &mut checker);
                    checker.look_at_shown();
                    assert_eq!(
                        checker.marked,
                        0,
                        "{:?} at {:#x} refers to a dead object",
                        header.kind(),
                        base + granule * 8
                    );
                }
            }
        }
    }
}

/// Offsets of the objects that were bump-allocated from `start` to `end`.
pub(super) fn parse_range(start: usize, end: usize) -> Vec<u32> {
    let mut offsets = Vec::new();
    let mut at = start;
    while at < end {
        offsets.push((at - start) as u32);
        // SAFETY: objects lie gaplessly from the start of the range to its end.
        at += unsafe { &*(at as *const Header) }.byte_size();
    }
    offsets
}
