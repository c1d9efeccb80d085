//! Instances of classes that native modules define.
//!
//! All share [`Kind::Native`]; a pointer to the class's [`NativeInfo`] follows the header and says how to trace and drop
//! the Rust value. They need no write barrier: the collector traces old ones at every minor collection, so their
//! fields may be plain `Cell`s, `RefCell`s and `Vec`s of values. Where there may be many of a class, that is a cost; a payload whose
//! fields are constant or [`BarrierCell`]s is exempt ([`Trace::BARRIERED`]).

use super::header::{Gc, Header, HeapObject, Kind, Trace};
use super::shape::ShapeId;
use super::typeobj::{Type, type_flag};
use crate::heap::{Heap, Tracer};
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::dispatch::generators::Resumed;
use std::cell::Cell;
use std::ops::Deref;

/// The Rust type behind a native class.
pub struct NativeInfo {
    pub name: &'static str,
    pub size: usize,
    /// Visits the values of the payload at this address.
    pub trace: unsafe fn(*const u8, &mut Tracer<'_>),
    /// Drops the payload; `None` when it owns nothing outside the heap.
    pub drop: Option<unsafe fn(*mut u8)>,
    /// Old objects need not be traced at minor collections.
    pub barriered: bool,
    /// What `await` and `yield from` do instead of calling `send` or `__next__`: no exception has to carry the result. Only for
    /// classes without subclasses.
    pub send: Option<SendFn>,
    /// The length of an instance of the class itself; runs no code.
    pub len: Option<fn(Value) -> usize>,
}

/// Sends a value into an iterator of a native class.
pub type SendFn = fn(&Vm, Value, Value) -> PyResult<Resumed>;

/// A Rust type that can be the payload of a native object; derive with `#[pyclass]`.
pub trait NativePayload: Trace + 'static {
    const INFO: &'static NativeInfo;
}

/// Builds the [`NativeInfo`] of a payload type.
pub const fn native_info<T: NativePayload>(
    name: &'static str,
    send: Option<SendFn>,
    len: Option<fn(Value) -> usize>,
) -> NativeInfo {
    unsafe fn trace<T: NativePayload>(payload: *const u8, tracer: &mut Tracer<'_>) {
        // SAFETY: called with the payload of an object whose info names `T`.
        unsafe { &*payload.cast::<T>() }.trace(tracer);
    }
    unsafe fn drop<T>(payload: *mut u8) {
        // SAFETY: as above, once, when the object dies.
        unsafe { payload.cast::<T>().drop_in_place() }
    }
    assert!(align_of::<T>() <= 8);
    NativeInfo {
        name,
        size: size_of::<T>(),
        trace: trace::<T>,
        drop: if std::mem::needs_drop::<T>() { Some(drop::<T>) } else { None },
        barriered: T::BARRIERED,
        send,
        len,
    }
}

/// A cell in the payload of a native object that is changed through the write barrier only.
pub struct BarrierCell<T>(Cell<T>);

impl<T: Copy> BarrierCell<T> {
    pub const fn new(value: T) -> BarrierCell<T> {
        BarrierCell(Cell::new(value))
    }
    #[inline(always)]
    pub fn get(&self) -> T {
        self.0.get()
    }
    /// Stores `value`; `owner` is the object in whose payload this cell lies.
    #[inline(always)]
    pub fn set<P: NativePayload>(&self, heap: &Heap, owner: Gc<Native<P>>, value: T) {
        self.0.set(value);
        heap.barrier_object(owner.header());
    }
}

impl<T: Copy> BarrierCell<Option<T>> {
    /// Empties the cell: forgetting needs no barrier.
    #[inline(always)]
    pub fn take(&self) -> Option<T> {
        self.0.take()
    }
}

impl<T: Trace + Copy> Trace for BarrierCell<T> {
    const NOTHING: bool = T::NOTHING;
    const BARRIERED: bool = T::BARRIERED;
    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.get().trace(tracer);
    }
}

/// The common start of native objects.
#[repr(C)]
pub struct NativeHeader {
    hdr: Header,
    info: &'static NativeInfo,
    ext_words: usize,
}

// SAFETY: tracing and size come from the info that was stored with the payload.
unsafe impl HeapObject for NativeHeader {
    const KIND: Kind = Kind::Native;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        // SAFETY: the payload follows the native header; extension words are values or 0.
        unsafe { (self.info.trace)((self as *const NativeHeader).add(1).cast(), tracer) };
        super::trace_extension(&self.hdr, self.ext_words, tracer);
    }
    fn byte_size(&self) -> usize {
        size_of::<NativeHeader>() + super::header::round_up(self.info.size) + 8 * self.ext_words
    }
}

impl NativeHeader {
    pub fn info(&self) -> &'static NativeInfo {
        self.info
    }

    /// Whether the collector has to look at this object each time, once it is old. Words of a Python subclass are written without
    /// asking what the native class does.
    pub fn is_scanned_when_old(&self) -> bool {
        !self.info.barriered || self.ext_words != 0
    }
}

/// A native object with payload `T`. Derefs to the payload.
#[repr(C)]
pub struct Native<T: NativePayload> {
    head: NativeHeader,
    pub payload: T,
}

// SAFETY: `matches` compares the info pointer, which is unique per payload type.
unsafe impl<T: NativePayload> HeapObject for Native<T> {
    const KIND: Kind = Kind::Native;
    #[inline]
    fn matches(header: &Header) -> bool {
        header.kind() == Kind::Native
            // SAFETY: the kind says that a native header is there.
            && std::ptr::eq(unsafe { Gc::<NativeHeader>::from_header(header) }.info, T::INFO)
    }
    fn python_name() -> &'static str {
        T::INFO.name
    }
    fn trace(&self, tracer: &mut Tracer<'_>) {
        HeapObject::trace(&self.head, tracer);
    }
}

impl<T: NativePayload> Native<T> {
    /// A value ready for the allocator, with `ext_words` words behind the payload for a Python subclass.
    pub fn new(payload: T, ext_words: usize) -> Self {
        Native { head: NativeHeader { hdr: Header::blank(), info: T::INFO, ext_words }, payload }
    }
    pub fn header(&self) -> &Header {
        &self.head.hdr
    }

    /// Allocates an object with `payload`. A container of values inside the payload must be empty: the collector
    /// does not see it before the object is there.
    pub fn alloc(heap: &Heap, shape: ShapeId, ext_words: usize, payload: T) -> Gc<Native<T>> {
        let object = heap.alloc_tail(shape, Native::new(payload, ext_words), 8 * ext_words, true);
        if T::INFO.drop.is_some() {
            heap.register_drop(object.header());
        }
        object
    }
}

impl Vm {
    /// The length of an instance of a native class that tells without running code ([`NativeInfo::len`]).
    pub(crate) fn native_length(&self, v: Value) -> Option<usize> {
        let len = v.downcast::<NativeHeader>()?.info().len?;
        self.type_of(v).def.is_some().then(|| len(v))
    }

    /// A native object of class `cls`, which may be a Python subclass. See [`Native::alloc`].
    pub fn new_native<T: NativePayload>(&self, cls: Gc<Type>, payload: T) -> Gc<Native<T>> {
        let shape = cls.root_shape().id;
        let object = Native::alloc(&self.heap, shape, cls.ext_words.get() as usize, payload);
        if cls.has(type_flag::HAS_FINALIZER) {
            self.heap.register_finalizer(object.header());
        }
        object
    }
}

impl<T: NativePayload> Deref for Native<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        &self.payload
    }
}
