//! The eight-byte object header, layout kinds, and typed heap pointers.
//!
//! `[flags: u8][size: u8][kind: u16][shape: u32]`. *Kind* is the memory layout (which Rust struct); *shape* names
//! class and attribute layout, so a class or layout guard is one 32-bit compare. *Size* is in granules of
//! eight bytes, 0 when the kind has to be asked.
//!
//! Kinds are one table, [`for_each_kind!`]; tracing, sizes and dropping dispatch on it. Classes defined by native modules
//! share kind [`Kind::Native`] and name their Rust type by a pointer to a [`NativeInfo`].

use crate::heap::Tracer;
use crate::value::Value;
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;

/// Header flag bits.
pub mod flag {
    /// Survived a collection: stores of pointers into the object go through the write barrier.
    pub const OLD: u8 = 1 << 0;
    /// In the remembered set.
    pub const REMEMBERED: u8 = 1 << 1;
    /// `__del__` has run (or been queued).
    pub const FINALIZED: u8 = 1 << 2;
    /// Has weak references, in the heap's side table.
    pub const WEAKLY_REFERENCED: u8 = 1 << 3;
    /// Never collected: static, or rooted for the interpreter's life.
    pub const IMMORTAL: u8 = 1 << 4;
    /// An interned string.
    pub const INTERNED: u8 = 1 << 5;
    /// Owns memory outside the heap: dropped when it dies.
    pub const NEEDS_DROP: u8 = 1 << 6;
    /// A class, function or shape that machine code relies on: changing it withdraws that code.
    pub const WATCHED: u8 = 1 << 7;
}

/// Index into the shape table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(transparent)]
pub struct ShapeId(pub u32);

impl fmt::Debug for ShapeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s{}", self.0)
    }
}

/// First eight bytes of every heap object.
#[repr(C, align(8))]
pub struct Header {
    flags: Cell<u8>,
    size: Cell<u8>,
    kind: Cell<Kind>,
    shape: Cell<ShapeId>,
}

impl Header {
    /// A header for an object of `bytes` bytes (a multiple of 8).
    #[inline(always)]
    pub const fn new(kind: Kind, shape: ShapeId, bytes: usize) -> Header {
        let granules = bytes / 8;
        Header {
            flags: Cell::new(0),
            size: Cell::new(if granules < 256 { granules as u8 } else { 0 }),
            kind: Cell::new(kind),
            shape: Cell::new(shape),
        }
    }
    /// The header of a fresh object as one word.
    pub fn word(kind: Kind, shape: ShapeId, bytes: usize) -> u64 {
        let header = Header::new(kind, shape, bytes);
        u64::from(header.size.get()) << 8 | (kind as u64) << 16 | u64::from(shape.0) << 32
    }
    /// A header of a static object.
    pub const fn immortal(kind: Kind, shape: ShapeId, bytes: usize) -> Header {
        let mut h = Header::new(kind, shape, bytes);
        h.flags = Cell::new(flag::IMMORTAL);
        h
    }
    #[inline(always)]
    pub fn kind(&self) -> Kind {
        self.kind.get()
    }
    #[inline(always)]
    pub fn shape(&self) -> ShapeId {
        self.shape.get()
    }
    #[inline(always)]
    pub fn set_shape(&self, shape: ShapeId) {
        self.shape.set(shape);
    }
    #[inline(always)]
    pub fn has(&self, flag: u8) -> bool {
        self.flags.get() & flag != 0
    }
    #[inline(always)]
    pub fn flags(&self) -> u8 {
        self.flags.get()
    }
    #[inline(always)]
    pub fn set(&self, flag: u8) {
        self.flags.set(self.flags.get() | flag);
    }
    #[inline(always)]
    pub fn clear(&self, flag: u8) {
        self.flags.set(self.flags.get() & !flag);
    }
    /// Size of the whole object in bytes.
    #[inline]
    pub fn byte_size(&self) -> usize {
        match self.size.get() {
            0 => self.kind().byte_size(self),
            granules => granules as usize * 8,
        }
    }
    /// The object is longer now, by its own account.
    pub(crate) fn lengthen(&self, bytes: usize) {
        self.size.set(u8::try_from(bytes / 8).unwrap_or(0));
    }
    #[inline(always)]
    pub fn address(&self) -> usize {
        self as *const Header as usize
    }
    /// The object as a value.
    #[inline(always)]
    pub fn as_value(&self) -> Value {
        // SAFETY: an address is never 0 and heap addresses are below 2^49.
        unsafe { Value::from_bits_unchecked(self.address() as u64) }
    }
    /// The `n`th word from the end of the object (0 is the last): where instances of Python subclasses of
    /// builtins keep their dictionary and slots.
    ///
    /// # Safety
    /// The object has that trailing word.
    #[inline]
    pub unsafe fn trailing_word(&self, n: usize) -> &Cell<Option<Value>> {
        let end = self.address() + self.byte_size();
        // SAFETY: promised by the caller; words of an object are cells.
        unsafe { &*((end - 8 * (n + 1)) as *const Cell<Option<Value>>) }
    }
}

/// A Rust struct that lives on the heap: `#[repr(C)]`, [`Header`] first.
///
/// # Safety
/// `matches` must be true only of objects with this layout, and `trace` must visit every pointer in the object.
pub unsafe trait HeapObject: 'static {
    /// The layout kind new objects get.
    const KIND: Kind;
    #[inline(always)]
    fn matches(header: &Header) -> bool {
        header.kind() == Self::KIND
    }
    /// Python's name for such objects, in "must be str, not int".
    fn python_name() -> &'static str {
        crate::native::convert::layout_name(Self::KIND)
    }
    /// Visits every `Value` the object holds.
    fn trace(&self, tracer: &mut Tracer<'_>);
    /// Bytes of an object whose header says 0.
    fn byte_size(&self) -> usize {
        round_up(size_of_val(self))
    }
}

/// Rounds up to whole granules.
pub const fn round_up(bytes: usize) -> usize {
    (bytes + 7) & !7
}

/// Things that can report the values they hold; derive with `#[derive(Trace)]`.
pub trait Trace {
    /// [`Trace::trace`] never visits anything.
    const NOTHING: bool = false;
    /// What [`Trace::trace`] visits never changes, or only together with a call of the write barrier
    /// ([`crate::object::native::BarrierCell`]): an old native object of which this is true is not traced again.
    const BARRIERED: bool = false;
    fn trace(&self, tracer: &mut Tracer<'_>);
}

/// A typed pointer to a live heap object. `Copy`; kept alive by being on a stack or in a traced field.
#[repr(transparent)]
pub struct Gc<T>(NonNull<T>, PhantomData<*const T>);

impl<T> Clone for Gc<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Gc<T> {}
impl<T> PartialEq for Gc<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Gc<T> {}

impl<T> Gc<T> {
    /// # Safety
    /// The object behind `header` has `T`'s layout.
    #[inline(always)]
    pub unsafe fn from_header(header: &Header) -> Gc<T> {
        Gc(NonNull::from(header).cast(), PhantomData)
    }
    /// # Safety
    /// `ptr` points to a live object with `T`'s layout.
    #[inline(always)]
    pub unsafe fn from_ptr(ptr: *const T) -> Gc<T> {
        // SAFETY: live objects have non-null addresses.
        Gc(unsafe { NonNull::new_unchecked(ptr as *mut T) }, PhantomData)
    }
    #[inline(always)]
    pub fn as_ptr(self) -> *mut T {
        self.0.as_ptr()
    }
    #[inline(always)]
    pub fn header(self) -> &'static Header {
        // SAFETY: every heap struct starts with its header (`HeapObject`).
        unsafe { &*self.0.as_ptr().cast::<Header>() }
    }
    #[inline(always)]
    pub fn value(self) -> Value {
        self.header().as_value()
    }
    /// A reference that outlives the borrow checker's view; the collector keeps the object alive as long as the
    /// pointer is on a stack.
    #[inline(always)]
    pub fn as_ref<'a>(self) -> &'a T {
        // SAFETY: the object is live while its pointer is on a stack, and never moves.
        unsafe { &*self.0.as_ptr() }
    }
}

impl<T> Deref for Gc<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: see `as_ref`.
        unsafe { self.0.as_ref() }
    }
}

impl<T> From<Gc<T>> for Value {
    #[inline(always)]
    fn from(gc: Gc<T>) -> Value {
        gc.value()
    }
}

impl<T: HeapObject> fmt::Debug for Gc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}@{:#x}", T::KIND, self.0.as_ptr() as usize)
    }
}

impl Kind {
    /// Visits what lies at addresses `from .. to` of a large object.
    pub(crate) fn trace_between(self, header: &Header, from: usize, to: usize, tracer: &mut Tracer<'_>) {
        match self {
            Kind::ArrayBuf => {
                // SAFETY: as above.
                unsafe { Gc::<crate::heap::ArrayBuf>::from_header(header) }.trace_between(from, to, tracer);
            }
            Kind::DictTable => {
                // SAFETY: as above.
                unsafe { Gc::<crate::object::dict::DictTable>::from_header(header) }
                    .trace_between(from, to, tracer);
            }
            Kind::SetTable => {
                // SAFETY: as above.
                unsafe { Gc::<crate::object::set::SetTable>::from_header(header) }
                    .trace_between(from, to, tracer);
            }
            _ => self.trace(header, tracer),
        }
    }
}

/// Calls macro `$m` with the table of layout kinds: `Kind: path::to::Struct,`.
#[macro_export]
macro_rules! for_each_kind {
    ($m:ident) => {
        $m! {
            Singleton: $crate::object::singleton::Singleton,
            Bool: $crate::object::singleton::Bool,
            ArrayBuf: $crate::heap::buffer::ArrayBuf,
            ByteBuf: $crate::heap::buffer::ByteBuf,
            Instance: $crate::object::instance::Instance,
            Type: $crate::object::typeobj::Type,
            Shape: $crate::object::shape::Shape,
            Int64: $crate::object::int::Int64,
            Int128: $crate::object::int::Int128,
            BigInt: $crate::object::int::BigIntObject,
            FloatObject: $crate::object::float::FloatObject,
            Complex: $crate::object::complex::Complex,
            Str: $crate::object::str::Str,
            Bytes: $crate::object::bytes::Bytes,
            ByteArray: $crate::object::bytearray::ByteArray,
            List: $crate::object::list::List,
            Tuple: $crate::object::tuple::Tuple,
            Dict: $crate::object::dict::Dict,
            DictTable: $crate::object::dict::DictTable,
            Set: $crate::object::set::Set,
            SetTable: $crate::object::set::SetTable,
            Range: $crate::object::range::Range,
            RangeIter: $crate::object::range::RangeIter,
            Slice: $crate::object::slice::Slice,
            SeqIter: $crate::object::iter::SeqIter,
            Function: $crate::object::function::Function,
            BoundMethod: $crate::object::function::BoundMethod,
            NativeFunction: $crate::object::function::NativeFunction,
            Code: $crate::object::code::Code,
            Cell: $crate::object::cell::CellObject,
            Frame: $crate::object::frame::Frame,
            Traceback: $crate::object::traceback::Traceback,
            Generator: $crate::object::generator::Generator,
            Module: $crate::object::module::Module,
            Exception: $crate::object::exception::Exception,
            WeakRef: $crate::object::weakref::WeakRef,
            Native: $crate::object::native::NativeHeader,
        }
    };
}

macro_rules! define_kinds {
    ($($kind:ident: $ty:path,)*) => {
        /// Memory layouts.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u16)]
        pub enum Kind {
            $($kind,)*
        }

        impl Kind {
            /// Visits the values of the object behind `header`.
            pub(crate) fn trace(self, header: &Header, tracer: &mut Tracer<'_>) {
                match self {
                    // SAFETY: the kind in the header names the object's layout.
                    $(Kind::$kind => HeapObject::trace(&*unsafe { Gc::<$ty>::from_header(header) }, tracer),)*
                }
            }
            fn byte_size(self, header: &Header) -> usize {
                match self {
                    // SAFETY: as in `trace`.
                    $(Kind::$kind => HeapObject::byte_size(&*unsafe { Gc::<$ty>::from_header(header) }),)*
                }
            }
        }

        $(const _: () = assert!(<$ty as HeapObject>::KIND as u16 == Kind::$kind as u16);)*
    };
}
for_each_kind!(define_kinds);

macro_rules! trace_nothing {
    ($($ty:ty),* $(,)?) => { $(impl Trace for $ty {
        const NOTHING: bool = true;
        const BARRIERED: bool = true;
        #[inline(always)]
        fn trace(&self, _: &mut Tracer<'_>) {}
    })* };
}
trace_nothing!(
    bool,
    u8,
    u16,
    u32,
    u64,
    usize,
    i8,
    i16,
    i32,
    i64,
    i128,
    u128,
    isize,
    f32,
    f64,
    char,
    String,
    Box<str>,
    &'static str,
    num_bigint::BigInt,
    std::ffi::OsString,
    std::path::PathBuf,
    std::rc::Rc<str>,
    std::sync::Arc<str>,
    std::time::Instant,
    std::time::Duration,
    ()
);

impl Trace for Value {
    const BARRIERED: bool = true;
    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.visit(*self);
    }
}
impl<T> Trace for Gc<T> {
    const BARRIERED: bool = true;
    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.visit(self.value());
    }
}
impl<T: Trace> Trace for Option<T> {
    const NOTHING: bool = T::NOTHING;
    const BARRIERED: bool = T::BARRIERED;
    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if let Some(x) = self {
            x.trace(tracer);
        }
    }
}
impl<T: Trace + Copy> Trace for Cell<T> {
    const NOTHING: bool = T::NOTHING;
    const BARRIERED: bool = T::NOTHING;
    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.get().trace(tracer);
    }
}
impl<T: Trace> Trace for std::cell::RefCell<T> {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        // SAFETY: the collector runs at allocations only; a mutable borrow never spans one while it moves values
        // (the rule for native containers), so reading through it sees a consistent container.
        unsafe { &*self.as_ptr() }.trace(tracer);
    }
}
impl<T: Trace> Trace for Vec<T> {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.iter().for_each(|x| x.trace(tracer));
    }
}
impl<T: Trace> Trace for Box<T> {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        (**self).trace(tracer);
    }
}
impl<T: Trace> Trace for Box<[T]> {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.iter().for_each(|x| x.trace(tracer));
    }
}
impl<T: Trace> Trace for std::collections::VecDeque<T> {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.iter().for_each(|x| x.trace(tracer));
    }
}
macro_rules! trace_maps {
    ($($map:ident<$($param:ident),*>),*) => {$(
        impl<K: Trace, V: Trace $(, $param)*> Trace for std::collections::$map<K, V $(, $param)*> {
            fn trace(&self, tracer: &mut Tracer<'_>) {
                self.iter().for_each(|(k, v)| {
                    k.trace(tracer);
                    v.trace(tracer);
                });
            }
        }
    )*};
}
trace_maps! { HashMap<S>, BTreeMap<> }

impl<T: Trace, S> Trace for std::collections::HashSet<T, S> {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.iter().for_each(|x| x.trace(tracer));
    }
}

macro_rules! trace_tuples {
    ($(($($field:tt $param:ident),+))*) => {$(
        impl<$($param: Trace),+> Trace for ($($param,)+) {
            const NOTHING: bool = $($param::NOTHING)&&+;
            const BARRIERED: bool = $($param::BARRIERED)&&+;
            #[inline]
            fn trace(&self, tracer: &mut Tracer<'_>) {
                $(self.$field.trace(tracer);)+
            }
        }
    )*};
}
trace_tuples! { (0 A) (0 A, 1 B) (0 A, 1 B, 2 C) (0 A, 1 B, 2 C, 3 D) }

impl<T> Trace for std::marker::PhantomData<T> {
    fn trace(&self, _: &mut Tracer<'_>) {}
}
impl<T: Trace, const N: usize> Trace for [T; N] {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.iter().for_each(|x| x.trace(tracer));
    }
}

impl Header {
    /// A header that the allocator is about to fill in.
    #[inline(always)]
    pub const fn blank() -> Header {
        Header {
            flags: Cell::new(0),
            size: Cell::new(0),
            kind: Cell::new(Kind::Singleton),
            shape: Cell::new(ShapeId(0)),
        }
    }
}
