//! The buffer protocol: memory of one object read and written by others.
//!
//! An *exporter* (`bytes`, `bytearray`, `memoryview`, `array.array`, `mmap`, or a Python class with `__buffer__`) lends its
//! memory as a [`View`]: address, size, and, unless it is plain bytes, a [`Layout`]. Native code borrows through
//! [`Buffer`], which gives the memory back when it is dropped.
//!
//! While memory is lent, an exporter that can move it must not. Scoped borrows of a `bytearray` *pin* it; everything that
//! lasts longer holds an [`ExportLease`] on the exporter's [`ExportCount`], which lives outside the heap because
//! lender and borrower may die in one collection, in any order.
//!
//! Contents may change whenever Python code runs, or another thread: take bytes out before that.

use crate::native::args::{ArgRef, type_name};
use crate::native::{FromArg, TypeDef};
use crate::object::bytearray::ByteArray;
use crate::object::bytes::Bytes;
use crate::object::function::NativeFunction;
use crate::object::header::{Gc, Trace};
use crate::object::shape::shape_id;
use crate::object::typeobj::Type;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use crate::vm::special::Special;
use std::borrow::Cow;
use std::cell::Cell;
use std::ops::Deref;
use std::rc::Rc;

/// Flags of a request, with Python's numbers (`inspect.BufferFlags`).
pub mod flags {
    pub const SIMPLE: i64 = 0;
    pub const WRITABLE: i64 = 1;
    pub const FORMAT: i64 = 4;
    pub const ND: i64 = 8;
    pub const STRIDES: i64 = 0x10 | ND;
    pub const C_CONTIGUOUS: i64 = 0x20 | STRIDES;
    pub const F_CONTIGUOUS: i64 = 0x40 | STRIDES;
    pub const ANY_CONTIGUOUS: i64 = 0x80 | STRIDES;
    pub const INDIRECT: i64 = 0x100 | STRIDES;
    pub const FULL_RO: i64 = INDIRECT | FORMAT;
    pub const READ: i64 = 0x100;
    pub const WRITE: i64 = 0x200;
}

/// The structure of memory that is not plain bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// In the syntax of the `struct` module.
    pub format: Cow<'static, str>,
    pub itemsize: usize,
    pub shape: Vec<isize>,
    /// Bytes from one item to the next, for each dimension.
    pub strides: Vec<isize>,
    /// Not empty in arrays of pointers (PIL style): what is added after a pointer was followed; negative is none.
    pub suboffsets: Vec<isize>,
}

impl Layout {
    /// `count` items in a row.
    pub fn row(format: impl Into<Cow<'static, str>>, itemsize: usize, count: usize) -> Layout {
        Layout {
            format: format.into(),
            itemsize,
            shape: vec![count as isize],
            strides: vec![itemsize as isize],
            suboffsets: Vec::new(),
        }
    }

    /// Strides of an array in row order.
    pub fn c_strides(shape: &[isize], itemsize: usize) -> Vec<isize> {
        let mut strides = vec![itemsize as isize; shape.len()];
        for i in (1..shape.len()).rev() {
            strides[i - 1] = strides[i] * shape[i];
        }
        strides
    }

    /// Number of items.
    pub fn count(&self) -> usize {
        self.shape.iter().product::<isize>() as usize
    }

    /// Items follow each other in row order.
    pub fn is_c_contiguous(&self) -> bool {
        self.suboffsets.is_empty() && (self.count() == 0 || self.follows(self.shape.len(), |i, n| n - 1 - i))
    }

    /// Items follow each other in column order.
    pub fn is_f_contiguous(&self) -> bool {
        self.suboffsets.is_empty() && (self.count() == 0 || self.follows(self.shape.len(), |i, _| i))
    }

    /// Whether the strides are those of packed items, dimensions taken in the given order.
    fn follows(&self, n: usize, order: impl Fn(usize, usize) -> usize) -> bool {
        let mut expected = self.itemsize as isize;
        (0..n).map(|i| order(i, n)).all(|d| {
            let fits = self.shape[d] <= 1 || self.strides[d] == expected;
            expected *= self.shape[d];
            fits
        })
    }
}

/// The order in which items are visited.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// The last index changes fastest.
    C,
    /// The first index changes fastest.
    Fortran,
}

/// Memory as an exporter lends it.
#[derive(Clone, Debug)]
pub struct View {
    /// Address of the first item.
    pub data: *mut u8,
    /// Bytes of all items together.
    pub len: usize,
    pub readonly: bool,
    /// `None` is unsigned bytes in a row.
    pub layout: Option<Box<Layout>>,
}

impl View {
    /// Plain bytes.
    pub fn bytes(data: *mut u8, len: usize, readonly: bool) -> View {
        View { data, len, readonly, layout: None }
    }
    pub fn is_c_contiguous(&self) -> bool {
        self.layout.as_ref().is_none_or(|l| l.is_c_contiguous())
    }
    /// Address of the item at these indices.
    ///
    /// # Safety
    /// The indices lie within the shape and the memory is still lent.
    pub unsafe fn item(&self, indices: &[isize]) -> *mut u8 {
        let Some(layout) = &self.layout else {
            // SAFETY: promised by the caller.
            return unsafe { self.data.offset(indices.first().copied().unwrap_or(0)) };
        };
        let mut at = self.data;
        for (d, &index) in indices.iter().enumerate() {
            at = at.wrapping_offset(index * layout.strides[d]);
            if let Some(&offset) = layout.suboffsets.get(d).filter(|&&offset| offset >= 0) {
                // SAFETY: the exporter says that there is a pointer here.
                at = unsafe { at.cast::<*mut u8>().read_unaligned() }.wrapping_offset(offset);
            }
        }
        at
    }
    /// Calls `f` with the address of every item, in the given order.
    pub fn for_each_item(&self, order: Order, mut f: impl FnMut(*mut u8)) {
        let shape = match &self.layout {
            Some(layout) => layout.shape.clone(),
            None => vec![self.len as isize],
        };
        if shape.contains(&0) {
            return;
        }
        let mut indices = vec![0isize; shape.len()];
        loop {
            // SAFETY: the indices count through the shape; whoever holds a view has its memory lent.
            f(unsafe { self.item(&indices) });
            let next = |d: &usize| indices[*d] + 1 < shape[*d];
            let moved = match order {
                Order::C => (0..shape.len()).rev().find(next),
                Order::Fortran => (0..shape.len()).find(next),
            };
            let Some(d) = moved else { return };
            indices[d] += 1;
            match order {
                Order::C => indices[d + 1..].fill(0),
                Order::Fortran => indices[..d].fill(0),
            }
        }
    }
    /// A copy of all items, one after the other.
    pub fn to_vec(&self, order: Order) -> Vec<u8> {
        let contiguous = match (&self.layout, order) {
            (None, _) => true,
            (Some(layout), Order::C) => layout.is_c_contiguous(),
            (Some(layout), Order::Fortran) => layout.is_f_contiguous(),
        };
        let bytes = |at: *mut u8, len: usize| {
            // SAFETY: whoever holds a view has its memory lent.
            unsafe { std::slice::from_raw_parts(at, len) }
        };
        if self.len == 0 {
            return Vec::new();
        }
        if contiguous {
            return bytes(self.data, self.len).to_vec();
        }
        let mut out = Vec::with_capacity(self.len);
        self.for_each_item(order, |at| out.extend_from_slice(bytes(at, self.itemsize())));
        out
    }
    pub fn itemsize(&self) -> usize {
        self.layout.as_ref().map_or(1, |l| l.itemsize)
    }
    pub fn format(&self) -> &str {
        self.layout.as_ref().map_or("B", |l| &l.format)
    }
}

/// How many long-lived borrowers an exporter has.
#[derive(Clone, Debug, Default)]
pub struct ExportCount(Rc<Cell<usize>>);

impl ExportCount {
    /// Counts one borrower more, until the lease is dropped.
    pub fn lease(&self) -> ExportLease {
        self.0.set(self.0.get() + 1);
        ExportLease(self.0.clone())
    }
    pub fn count(&self) -> usize {
        self.0.get()
    }
}

/// One borrower, counted.
#[derive(Debug)]
pub struct ExportLease(Rc<Cell<usize>>);

impl Drop for ExportLease {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl Trace for ExportCount {
    fn trace(&self, _: &mut crate::heap::Tracer<'_>) {}
}

/// How a class implemented in Rust lends its memory: named by `#[pyclass(buffer = PROCS)]`.
pub struct BufferProcs {
    /// The memory and the lease that keeps it in place. `flags` are those of the request; only whether memory can
    /// be written has to be looked at, the rest is checked by the caller.
    pub get: fn(&Vm, Value, i64) -> PyResult<(View, Option<ExportLease>)>,
    /// Whether lent memory has to be given back: the class has `__release_buffer__`.
    pub releases: bool,
    /// The object whose memory it really is, for classes that pass memory on.
    pub lender: Option<fn(Value) -> Option<Value>>,
}

/// What has to be undone when a borrow ends.
#[derive(Debug)]
enum Hold {
    /// Memory that never moves.
    Nothing,
    /// A scoped borrow of a bytearray.
    Pin(Gc<ByteArray>),
    Lease(ExportLease),
    /// The memoryview that a Python `__buffer__` gave: to be passed to `__release_buffer__`. It keeps the memory
    /// lent meanwhile.
    Python(Value),
}

/// A borrow of an object's memory, for the duration of a native function. Lives on the stack.
///
/// As a parameter it takes any bytes-like object with contiguous memory. It derefs to the bytes; see the module on how
/// long they may be looked at.
#[derive(Debug)]
pub struct Buffer {
    view: View,
    exporter: Value,
    hold: Hold,
    vm: *const Vm,
}

/// A [`Buffer`] that can be written to.
#[derive(Debug)]
pub struct WritableBuffer(pub Buffer);

/// A `bytes`-like parameter.
pub type BytesLike = Buffer;

/// Whether an object lends its memory.
pub fn supports(vm: &Vm, value: Value) -> bool {
    value.is_pointer() && vm.special_of(value, Special::Buffer).is_some_and(|raw| !raw.is_none())
}

/// Where a class's memory comes from.
pub(crate) enum Provider {
    Native(&'static BufferProcs),
    /// A `__buffer__` written in Python.
    Method(Value),
}

/// How a value lends its memory; `None` if it does not.
pub(crate) fn provider(vm: &Vm, value: Value) -> Option<Provider> {
    if !value.is_pointer() {
        return None;
    }
    let raw = vm.special_of(value, Special::Buffer).filter(|raw| !raw.is_none())?;
    let procs = raw
        .downcast::<NativeFunction>()
        .and_then(|f| f.owner)
        .and_then(|owner: Gc<Type>| owner.def)
        .and_then(|def: &TypeDef| def.buffer);
    Some(procs.map_or(Provider::Method(raw), Provider::Native))
}

impl Buffer {
    fn of(vm: &Vm, exporter: Value, view: View, hold: Hold) -> Buffer {
        Buffer { view, exporter, hold, vm }
    }

    /// Contiguous memory, to be read as bytes.
    pub fn simple(vm: &Vm, value: Value) -> PyResult<Buffer> {
        Buffer::request(vm, value, flags::SIMPLE)
    }

    /// Memory as asked for by flags; TypeError for objects without any.
    pub fn request(vm: &Vm, value: Value, flags: i64) -> PyResult<Buffer> {
        match vm.shape_of(value) {
            shape_id::BYTES if flags & flags::WRITABLE == 0 => {
                let bytes: Gc<Bytes> = value.downcast().expect("shape");
                let view = View::bytes(bytes.data() as *mut u8, bytes.len(), true);
                return Ok(Buffer::of(vm, value, view, Hold::Nothing));
            }
            shape_id::BYTEARRAY => {
                let array: Gc<ByteArray> = value.downcast().expect("shape");
                array.pins.set(array.pins.get() + 1);
                let view = View::bytes(array.data(), array.len(), false);
                return Ok(Buffer::of(vm, value, view, Hold::Pin(array)));
            }
            _ => {}
        }
        let buffer = match provider(vm, value) {
            Some(Provider::Native(procs)) => return Buffer::request_native(vm, value, procs, flags),
            Some(Provider::Method(raw)) => Buffer::from_method(vm, value, raw, flags)?,
            None => {
                let given = type_name(vm, value);
                return Err(vm.type_error(format!("a bytes-like object is required, not '{given}'")));
            }
        };
        buffer.check(vm, flags)?;
        Ok(buffer)
    }

    /// Memory of an instance of a native class, as asked for by flags.
    pub(crate) fn request_native(vm: &Vm, value: Value, procs: &BufferProcs, flags: i64) -> PyResult<Buffer> {
        let (view, lease) = (procs.get)(vm, value, flags)?;
        let buffer = Buffer::of(vm, value, view, lease.map_or(Hold::Nothing, Hold::Lease));
        buffer.check(vm, flags)?;
        Ok(buffer)
    }

    /// The memory that a class written in Python lends: its `__buffer__` gives a memoryview of it.
    fn from_method(vm: &Vm, value: Value, raw: Value, flags: i64) -> PyResult<Buffer> {
        let view = vm.call_method_raw(raw, value, &[vm.new_int(flags)])?;
        if vm.type_of(view) != vm.types.memoryview {
            return Err(vm.type_error("__buffer__ returned non-memoryview object"));
        }
        let memory = Buffer::request(vm, view, flags)?.view.clone();
        Ok(Buffer::of(vm, value, memory, Hold::Python(view)))
    }

    /// Refuses memory that is not what the flags ask for.
    fn check(&self, vm: &Vm, flags: i64) -> PyResult<()> {
        let refuse = |what: &str| {
            let class = type_name(vm, self.exporter);
            Err(vm.buffer_error(format!("{class}: underlying buffer is not {what}")))
        };
        if flags & flags::WRITABLE != 0 && self.view.readonly {
            return match vm.shape_of(self.exporter) {
                shape_id::BYTES => Err(vm.buffer_error("Object is not writable.")),
                _ => refuse("writable"),
            };
        }
        let Some(layout) = &self.view.layout else { return Ok(()) };
        let (c, f) = (layout.is_c_contiguous(), layout.is_f_contiguous());
        let has = |wanted: i64| flags & wanted == wanted;
        match () {
            () if has(flags::C_CONTIGUOUS) && !c => refuse("C-contiguous"),
            () if has(flags::F_CONTIGUOUS) && !f => refuse("Fortran contiguous"),
            () if has(flags::ANY_CONTIGUOUS) && !c && !f => refuse("contiguous"),
            () if !has(flags::STRIDES) && !c => refuse("C-contiguous"),
            () if !has(flags::INDIRECT) && !layout.suboffsets.is_empty() => {
                let class = type_name(vm, self.exporter);
                Err(vm.buffer_error(format!("{class}: underlying buffer requires suboffsets")))
            }
            () => Ok(()),
        }
    }

    pub fn view(&self) -> &View {
        &self.view
    }
    /// The object whose memory it is.
    pub fn exporter(&self) -> Value {
        self.exporter
    }
    /// The bytes of contiguous memory as cells.
    pub fn cells(&self) -> &[Cell<u8>] {
        // SAFETY: the exporter lends this memory until `self` is dropped; cells may alias.
        unsafe { std::slice::from_raw_parts(self.pointer() as *const Cell<u8>, self.view.len) }
    }
    fn pointer(&self) -> *mut u8 {
        if self.view.len == 0 { std::ptr::NonNull::dangling().as_ptr() } else { self.view.data }
    }
    /// What the borrow holds on to, given away for a borrower that lasts longer: the view, and the lease or the
    /// memoryview of a Python exporter.
    pub(crate) fn into_parts(self, vm: &Vm) -> PyResult<(View, Option<ExportLease>, Option<Value>)> {
        let mut this = self;
        let view = this.view.clone();
        match std::mem::replace(&mut this.hold, Hold::Nothing) {
            Hold::Nothing => Ok((view, None, None)),
            Hold::Lease(lease) => Ok((view, Some(lease), None)),
            Hold::Python(memoryview) => Ok((view, None, Some(memoryview))),
            Hold::Pin(array) => {
                array.pins.set(array.pins.get() - 1);
                Ok((view, Some(array.export_count(&vm.heap).lease()), None))
            }
        }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        match std::mem::replace(&mut self.hold, Hold::Nothing) {
            Hold::Nothing | Hold::Lease(_) => {}
            Hold::Pin(array) => array.pins.set(array.pins.get() - 1),
            Hold::Python(view) => {
                // SAFETY: threads' views are never freed, and a buffer stays on its thread's stack.
                let vm = unsafe { &*self.vm };
                release_python(vm, self.exporter, view);
            }
        }
    }
}

/// Tells a Python exporter that its memoryview is not used any more. Exceptions are reported and dropped.
pub(crate) fn release_python(vm: &Vm, exporter: Value, view: Value) {
    let pending = vm.take_pending();
    let told = match vm.special_of(exporter, Special::ReleaseBuffer) {
        Some(raw) if !raw.is_none() => vm.call_method_raw(raw, exporter, &[view]).map(drop),
        _ => Ok(()),
    };
    if told.and_then(|()| vm.call_method(view, "release", &[]).map(drop)).is_err() {
        vm.write_unraisable("Exception ignored while releasing a buffer", exporter);
    }
    if let Some(exception) = pending {
        vm.set_pending(exception);
    }
}

impl Deref for Buffer {
    type Target = [u8];
    #[inline]
    fn deref(&self) -> &[u8] {
        // SAFETY: as in `cells`; the caller heeds that Python code may change the contents.
        unsafe { std::slice::from_raw_parts(self.pointer(), self.view.len) }
    }
}

impl FromArg for Buffer {
    #[inline]
    fn from_arg(vm: &Vm, value: Value, _: ArgRef) -> PyResult<Buffer> {
        Buffer::simple(vm, value)
    }
}

impl FromArg for WritableBuffer {
    fn from_arg(vm: &Vm, value: Value, at: ArgRef) -> PyResult<WritableBuffer> {
        match Buffer::request(vm, value, flags::WRITABLE) {
            Ok(buffer) => Ok(WritableBuffer(buffer)),
            Err(Raised) => {
                if vm.catch(vm.exceptions.type_error).is_err() {
                    vm.catch(vm.exceptions.buffer_error)?;
                }
                Err(at.must_be(vm, "read-write bytes-like object", value))
            }
        }
    }
}

impl WritableBuffer {
    /// Copies bytes to the start; gives how many fit.
    pub fn write(&self, bytes: &[u8]) -> usize {
        let n = bytes.len().min(self.0.view.len);
        for (to, &byte) in self.0.cells()[..n].iter().zip(bytes) {
            to.set(byte);
        }
        n
    }
    pub fn len(&self) -> usize {
        self.0.view.len
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The bytes as cells.
    pub fn cells(&self) -> &[Cell<u8>] {
        self.0.cells()
    }
}
