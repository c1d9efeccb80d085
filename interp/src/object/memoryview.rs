//! `memoryview`: the memory of another object, shown as an array of items.
//!
//! All views that were made from one another share a [`Loan`]; the exporter gets its memory back when the last of them is
//! released or dies. A view whose own memory is borrowed (through [`BUFFER`]) cannot be released before.
//!
//! * here: the object, its attributes and protocol; [`super::memoryview_items`]: reading, writing, slicing, comparing items

use super::header::Gc;
use super::iter::SeqIter;
use super::list::List;
use super::shape::shape_id;
use super::str::Str;
use super::tuple::Tuple;
use super::typeobj::Type;
use crate::buffer::{self, Buffer, BufferProcs, ExportCount, ExportLease, Layout, Order, View};
use crate::native::args::type_name;
use crate::object::native::Native;
use crate::pack::ItemType;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::compare::CompareOp;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// What the views of one borrowed memory hold together.
#[derive(Debug)]
struct Loan {
    /// Keeps a native exporter's memory in place.
    _lease: Option<ExportLease>,
}

/// See the module documentation.
#[pyclass(name = "memoryview", buffer = BUFFER, weakrefable, sequence)]
#[derive(Trace)]
pub struct MemoryView {
    #[trace(skip)]
    pub(super) view: View,
    /// `None` once released.
    #[trace(skip)]
    loan: RefCell<Option<Rc<Loan>>>,
    /// The object whose memory it is.
    pub(super) exporter: Cell<Option<Value>>,
    /// The memoryview that an exporter written in Python gave, to be returned to it.
    returned: Cell<Option<Value>>,
    /// Borrowers of this very view.
    borrowed: ExportCount,
    hash: Cell<Option<i64>>,
}

/// A view lends on what it has borrowed.
static BUFFER: BufferProcs = BufferProcs {
    get: |vm, value, _| {
        let this: Gc<Native<MemoryView>> = value.downcast().expect("the procedures belong to memoryview");
        this.lend(vm)
    },
    releases: true,
    lender: None,
};

type This = Gc<Native<MemoryView>>;

impl Vm {
    /// `memoryview(object)`.
    pub fn memoryview_of(&self, object: Value) -> PyResult {
        if let Some(other) = object.downcast::<Native<MemoryView>>() {
            other.check(self)?;
            return Ok(other.with_view(self, other.view.clone()));
        }
        self.memoryview_with(object, buffer::flags::FULL_RO)
    }

    /// A memoryview of what an object lends on a request with these flags.
    pub fn memoryview_with(&self, object: Value, flags: i64) -> PyResult {
        if !buffer::supports(self, object) {
            let given = type_name(self, object);
            return Err(
                self.type_error(format!("memoryview: a bytes-like object is required, not '{given}'"))
            );
        }
        let buffer = Buffer::request(self, object, flags)?;
        let (view, lease, returned) = buffer.into_parts(self)?;
        let exporter = match buffer::provider(self, object) {
            Some(buffer::Provider::Native(procs)) => procs.lender.and_then(|lender| lender(object)),
            _ => None,
        };
        let exporter = exporter.unwrap_or(object);
        Ok(MemoryView::make(self, view, Rc::new(Loan { _lease: lease }), Some(exporter), returned))
    }
}

impl MemoryView {
    fn make(vm: &Vm, view: View, loan: Rc<Loan>, exporter: Option<Value>, returned: Option<Value>) -> Value {
        let payload = MemoryView {
            view,
            loan: RefCell::new(Some(loan)),
            exporter: Cell::new(exporter),
            returned: Cell::new(returned),
            borrowed: ExportCount::default(),
            hash: Cell::new(None),
        };
        vm.new_native(vm.types.memoryview, payload).value()
    }

    /// Another view of the same borrowed memory.
    pub(super) fn with_view(&self, vm: &Vm, view: View) -> Value {
        let loan = self.loan.borrow().clone().expect("the caller has checked that it is not released");
        MemoryView::make(vm, view, loan, self.exporter.get(), self.returned.get())
    }

    /// Refuses to work on a released view.
    #[inline]
    pub(super) fn check(&self, vm: &Vm) -> PyResult<()> {
        match self.is_released() {
            true => Err(vm.value_error("operation forbidden on released memoryview object")),
            false => Ok(()),
        }
    }

    pub(super) fn is_released(&self) -> bool {
        self.loan.borrow().is_none()
    }

    /// The structure, that of plain bytes spelled out.
    pub(super) fn layout(&self) -> Layout {
        match &self.view.layout {
            Some(layout) => (**layout).clone(),
            None => Layout::row("B", 1, self.view.len),
        }
    }

    pub(super) fn ndim(&self) -> usize {
        self.view.layout.as_ref().map_or(1, |l| l.shape.len())
    }

    /// Items in the first dimension; 1 without dimensions.
    pub(super) fn first_len(&self) -> usize {
        match &self.view.layout {
            None => self.view.len,
            Some(layout) => layout.shape.first().copied().unwrap_or(1) as usize,
        }
    }

    /// The item type of a native single-character format.
    pub(super) fn item_type(&self, vm: &Vm) -> PyResult<ItemType> {
        let format = self.view.format();
        simple_type(format)
            .ok_or_else(|| vm.not_implemented_error(format!("memoryview: format {format} not supported")))
    }

    /// Lends the memory on, for as long as the lease lives.
    pub fn lend(&self, vm: &Vm) -> PyResult<(View, Option<ExportLease>)> {
        self.check(vm)?;
        Ok((self.view.clone(), Some(self.borrowed.lease())))
    }

    /// The object whose memory it is; None of a released view.
    pub fn exporter(&self) -> Value {
        self.exporter.get().unwrap_or(Value::none())
    }

    /// Another view of the same memory as plain bytes in a row; `None` if it is not contiguous.
    pub fn raw(&self, vm: &Vm) -> PyResult<Option<Value>> {
        self.check(vm)?;
        let view = &self.view;
        if !view.layout.as_ref().is_none_or(|l| l.is_c_contiguous() || l.is_f_contiguous()) {
            return Ok(None);
        }
        Ok(Some(self.with_view(vm, View::bytes(view.data, view.len, view.readonly))))
    }

    fn sizes(vm: &Vm, sizes: &[isize]) -> Value {
        let mut items = vm.vec();
        sizes.iter().for_each(|&n| items.push(&vm.heap, vm.new_int(n as i64)));
        vm.new_tuple(&items)
    }

    /// Gives the memory back, unless it is lent on.
    /// Gives the memory back if nobody uses it at the moment and the exporter need not be told. Runs no Python code.
    pub(crate) fn release_idle(&self) {
        if self.borrowed.count() == 0 && self.returned.get().is_none() {
            self.loan.take();
            self.exporter.set(None);
        }
    }

    fn give_back(&self, vm: &Vm) -> PyResult<()> {
        let count = self.borrowed.count();
        if count > 0 {
            let plural = if count == 1 { "" } else { "s" };
            return Err(vm.buffer_error(format!("memoryview has {count} exported buffer{plural}")));
        }
        let Some(loan) = self.loan.take() else { return Ok(()) };
        let last = Rc::strong_count(&loan) == 1;
        drop(loan);
        if last && let (Some(exporter), Some(view)) = (self.exporter.get(), self.returned.take()) {
            buffer::release_python(vm, exporter, view);
        }
        self.exporter.set(None);
        Ok(())
    }
}

/// The item type of a native single-character format, `@` in front or not.
pub(super) fn simple_type(format: &str) -> Option<ItemType> {
    match format.as_bytes() {
        [b'@', code] | [code] if !matches!(code, b'x' | b's' | b'p' | b'F' | b'D') => ItemType::native(*code),
        _ => None,
    }
}

/// `memoryview.cast`: the same memory with another format, or another shape.
fn cast(this: This, vm: &Vm, format: Gc<Str>, shape: Option<Value>) -> PyResult {
    this.check(vm)?;
    let shape = match shape {
        None => None,
        Some(value) => {
            let items = match (value.downcast::<List>(), value.downcast::<Tuple>()) {
                (Some(list), _) => list.to_vec(&vm.heap),
                (_, Some(tuple)) => crate::heap::GcVec::from_slice(&vm.heap, &tuple),
                _ => return Err(vm.type_error("shape must be a list or a tuple")),
            };
            Some(items)
        }
    };
    let ndim = shape.as_ref().map_or(1, |s| s.len());
    if ndim > 64 {
        return Err(vm.value_error("memoryview: number of dimensions must not exceed 64"));
    }
    if shape.is_some() && this.ndim() != 1 && ndim != 1 {
        return Err(vm.type_error("memoryview: cast must be 1D -> ND or ND -> 1D"));
    }
    if !this.view.is_c_contiguous() {
        return Err(vm.type_error("memoryview: casts are restricted to C-contiguous views"));
    }
    let old = this.layout();
    if (shape.is_some() || old.shape.len() != 1) && old.shape.contains(&0) {
        return Err(vm.type_error("memoryview: cannot cast view with zeros in shape or strides"));
    }
    let text = format.to_string_lossy().into_owned();
    let Some(item) = simple_type(&text) else {
        return Err(vm.value_error(
            "memoryview: destination format must be a native single character format prefixed with an optional '@'",
        ));
    };
    let bytes_like =
        |format: &str| matches!(simple_type(format), Some(item) if matches!(item.code, b'B' | b'b' | b'c'));
    if !bytes_like(&old.format) && !bytes_like(&text) {
        return Err(vm.type_error("memoryview: cannot cast between two non-byte formats"));
    }
    if !this.view.len.is_multiple_of(item.size) {
        return Err(vm.type_error("memoryview: length is not a multiple of itemsize"));
    }
    let shape = match shape {
        None => vec![(this.view.len / item.size) as isize],
        Some(items) => cast_shape(vm, &items, item.size, this.view.len)?,
    };
    let strides = Layout::c_strides(&shape, item.size);
    let layout = Layout { format: text.into(), itemsize: item.size, shape, strides, suboffsets: Vec::new() };
    let view = View { layout: Some(Box::new(layout)), ..this.view.clone() };
    Ok(this.with_view(vm, view))
}

fn cast_shape(vm: &Vm, items: &[Value], itemsize: usize, len: usize) -> PyResult<Vec<isize>> {
    let mut shape = Vec::with_capacity(items.len());
    let mut total = Some(itemsize);
    for &item in items {
        let Some(n) = super::int::as_int(item) else {
            return Err(vm.type_error("memoryview.cast(): elements of shape must be integers"));
        };
        let n = match n.to_i64() {
            Some(n) if n > 0 => n as usize,
            _ => return Err(vm.value_error("memoryview.cast(): elements of shape must be integers > 0")),
        };
        total = total.and_then(|t| t.checked_mul(n));
        if total.is_none() {
            return Err(vm.value_error("memoryview.cast(): product(shape) > SSIZE_MAX"));
        }
        shape.push(n as isize);
    }
    if total != Some(len) {
        return Err(vm.type_error("memoryview: product(shape) * itemsize != buffer size"));
    }
    Ok(shape)
}

/// Create a new memoryview object which references the given object.
#[pymethods(def = TYPE_DEF)]
impl MemoryView {
    #[pynew(sig = "(object)")]
    fn new(_cls: Gc<Type>, vm: &Vm, object: Value) -> PyResult {
        vm.memoryview_of(object)
    }
    #[pyclassmethod(sig = "(object, flags)")]
    fn _from_flags(_cls: Gc<Type>, vm: &Vm, object: Value, flags: i32) -> PyResult {
        vm.memoryview_with(object, flags.into())
    }
    /// See PEP 585
    #[pyclassmethod]
    fn __class_getitem__(cls: Gc<Type>, vm: &Vm, object: Value) -> PyResult {
        vm.generic_alias(cls, object)
    }

    /// The underlying object of the memoryview.
    #[pygetset]
    fn obj(&self, vm: &Vm) -> PyResult {
        self.check(vm)?;
        Ok(self.exporter.get().unwrap_or(Value::none()))
    }
    /// The amount of space in bytes that the array would use in
    ///  a contiguous representation.
    #[pygetset]
    fn nbytes(&self, vm: &Vm) -> PyResult<usize> {
        self.check(vm)?;
        Ok(self.view.len)
    }
    /// The size in bytes of each element of the memoryview.
    #[pygetset]
    fn itemsize(&self, vm: &Vm) -> PyResult<usize> {
        self.check(vm)?;
        Ok(self.view.itemsize())
    }
    /// A string containing the format (in struct module style)
    ///  for each element in the view.
    #[pygetset]
    fn format(&self, vm: &Vm) -> PyResult {
        self.check(vm)?;
        Ok(vm.new_str(self.view.format()))
    }
    /// An integer indicating how many dimensions of a multi-dimensional
    ///  array the memory represents.
    #[pygetset(name = "ndim")]
    fn get_ndim(&self, vm: &Vm) -> PyResult<usize> {
        self.check(vm)?;
        Ok(self.ndim())
    }
    /// A tuple of ndim integers giving the shape of the memory
    ///  as an N-dimensional array.
    #[pygetset]
    fn shape(&self, vm: &Vm) -> PyResult {
        self.check(vm)?;
        Ok(MemoryView::sizes(vm, &self.layout().shape))
    }
    /// A tuple of ndim integers giving the size in bytes to access
    ///  each element for each dimension of the array.
    #[pygetset]
    fn strides(&self, vm: &Vm) -> PyResult {
        self.check(vm)?;
        Ok(MemoryView::sizes(vm, &self.layout().strides))
    }
    /// A tuple of integers used internally for PIL-style arrays.
    #[pygetset]
    fn suboffsets(&self, vm: &Vm) -> PyResult {
        self.check(vm)?;
        Ok(MemoryView::sizes(vm, &self.layout().suboffsets))
    }
    /// A bool indicating whether the memory is read only.
    #[pygetset]
    fn readonly(&self, vm: &Vm) -> PyResult<bool> {
        self.check(vm)?;
        Ok(self.view.readonly)
    }
    /// A bool indicating whether the memory is C contiguous.
    #[pygetset]
    fn c_contiguous(&self, vm: &Vm) -> PyResult<bool> {
        self.check(vm)?;
        Ok(self.view.is_c_contiguous())
    }
    /// A bool indicating whether the memory is Fortran contiguous.
    #[pygetset]
    fn f_contiguous(&self, vm: &Vm) -> PyResult<bool> {
        self.check(vm)?;
        Ok(self.layout().is_f_contiguous())
    }
    /// A bool indicating whether the memory is contiguous.
    #[pygetset]
    fn contiguous(&self, vm: &Vm) -> PyResult<bool> {
        self.check(vm)?;
        Ok(self.view.is_c_contiguous() || self.layout().is_f_contiguous())
    }

    #[pymethod]
    fn __repr__(this: Gc<Native<MemoryView>>, vm: &Vm) -> Value {
        let state = if this.is_released() { "released memory" } else { "memory" };
        vm.new_str(&format!("<{state} at {:#x}>", this.value().bits()))
    }
    #[pymethod]
    fn __len__(&self, vm: &Vm) -> PyResult<usize> {
        self.check(vm)?;
        match self.ndim() {
            0 => Err(vm.type_error("0-dim memory has no length")),
            _ => Ok(self.first_len()),
        }
    }
    #[pymethod]
    fn __hash__(&self, vm: &Vm) -> PyResult<i64> {
        if let Some(hash) = self.hash.get() {
            return Ok(hash);
        }
        self.check(vm)?;
        if !self.view.readonly {
            return Err(vm.value_error("cannot hash writable memoryview object"));
        }
        if !matches!(simple_type(self.view.format()).map(|t| t.code), Some(b'B' | b'b' | b'c')) {
            return Err(vm.value_error("memoryview: hashing is restricted to formats 'B', 'b' or 'c'"));
        }
        if let Some(exporter) = self.exporter.get() {
            vm.hash(exporter)?;
        }
        let bytes = self.view.to_vec(Order::C);
        let hash = if bytes.is_empty() { 0 } else { crate::vm::compare::hash_bytes(&bytes) };
        self.hash.set(Some(hash));
        Ok(hash)
    }
    #[pymethod]
    fn __iter__(this: Gc<Native<MemoryView>>, vm: &Vm) -> PyResult {
        this.check(vm)?;
        match this.ndim() {
            0 => Err(vm.type_error("invalid indexing of 0-dim memory")),
            1 => {
                this.item_type(vm)?;
                Ok(SeqIter::new(&vm.heap, shape_id::SEQUENCE_ITERATOR, this.value(), 0, 0).value())
            }
            _ => Err(vm.not_implemented_error("multi-dimensional sub-views are not implemented")),
        }
    }
    #[pymethod]
    fn __getitem__(this: Gc<Native<MemoryView>>, vm: &Vm, key: Value) -> PyResult {
        MemoryView::subscript(this, vm, key)
    }
    #[pymethod]
    fn __setitem__(this: Gc<Native<MemoryView>>, vm: &Vm, key: Value, value: Value) -> PyResult<()> {
        MemoryView::assign(this, vm, key, value)
    }
    #[pymethod]
    fn __delitem__(this: Gc<Native<MemoryView>>, vm: &Vm, key: Value) -> PyResult<()> {
        let _ = key;
        this.check(vm)?;
        Err(vm.type_error(match this.view.readonly {
            true => "cannot modify read-only memory",
            false => "cannot delete memory",
        }))
    }
    /// Views have no order.
    #[pycompare]
    fn compare(this: Gc<Native<MemoryView>>, vm: &Vm, op: CompareOp, value: Value) -> PyResult {
        Ok(match op {
            CompareOp::Eq => {
                MemoryView::equal(this, vm, value)?.map_or(Value::not_implemented(), Value::bool)
            }
            CompareOp::Ne => {
                MemoryView::equal(this, vm, value)?.map_or(Value::not_implemented(), |e| Value::bool(!e))
            }
            _ => Value::not_implemented(),
        })
    }
    #[pymethod]
    fn __enter__(this: Gc<Native<MemoryView>>, vm: &Vm) -> PyResult {
        this.check(vm)?;
        Ok(this.value())
    }
    /// Release the underlying buffer exposed by the memoryview object.
    #[pymethod(sig = "(*exc_info)")]
    fn __exit__(&self, vm: &Vm, exc_info: &[Value]) -> PyResult<()> {
        let _ = exc_info;
        self.give_back(vm)
    }

    /// Release the underlying buffer exposed by the memoryview object.
    #[pymethod]
    fn release(&self, vm: &Vm) -> PyResult<()> {
        self.give_back(vm)
    }
    /// Return a readonly version of the memoryview.
    #[pymethod]
    fn toreadonly(this: Gc<Native<MemoryView>>, vm: &Vm) -> PyResult {
        this.check(vm)?;
        Ok(this.with_view(vm, View { readonly: true, ..this.view.clone() }))
    }
    /// Return the data in the buffer as a byte string, in row order ('C'), column order ('F'), or whichever of them the
    /// memory has ('A').
    #[pymethod(sig = "(order='C')")]
    fn tobytes(this: Gc<Native<MemoryView>>, vm: &Vm, order: Option<Value>) -> PyResult {
        this.check(vm)?;
        let order = match order.filter(|v| !v.is_none()) {
            None => Order::C,
            Some(value) => match value.downcast::<Str>() {
                Some(s) if s.eq_str("C") => Order::C,
                Some(s) if s.eq_str("F") => Order::Fortran,
                Some(s) if s.eq_str("A") => {
                    match this.view.is_c_contiguous() || !this.layout().is_f_contiguous() {
                        true => Order::C,
                        false => Order::Fortran,
                    }
                }
                Some(_) => return Err(vm.value_error("order must be 'C', 'F' or 'A'")),
                None => {
                    let given = type_name(vm, value);
                    return Err(
                        vm.type_error(format!("tobytes() argument 'order' must be str or None, not {given}"))
                    );
                }
            },
        };
        Ok(vm.new_bytes(&this.view.to_vec(order)))
    }
    /// Return the data in the buffer as a list of elements.
    #[pymethod]
    fn tolist(this: Gc<Native<MemoryView>>, vm: &Vm) -> PyResult {
        this.check(vm)?;
        let item = this.item_type(vm)?;
        let layout = this.layout();
        Ok(this.listed(vm, item, &layout, &mut Vec::new()))
    }
    /// Return the data in the buffer as a str of hexadecimal numbers, with sep between groups of bytes_per_sep bytes.
    #[pymethod(sig = "(sep=<unrepresentable>, bytes_per_sep=1)")]
    fn hex(
        this: Gc<Native<MemoryView>>,
        vm: &Vm,
        sep: Option<Value>,
        bytes_per_sep: i32,
    ) -> PyResult<Gc<Str>> {
        this.check(vm)?;
        super::byte_string::hex(vm, &this.view.to_vec(Order::C), sep, bytes_per_sep)
    }
    /// Cast a memoryview to a new format or shape.
    #[pymethod(sig = "(format, shape=<unrepresentable>)")]
    fn cast(this: Gc<Native<MemoryView>>, vm: &Vm, format: Gc<Str>, shape: Option<Value>) -> PyResult {
        cast(this, vm, format, shape)
    }
    /// Count the number of occurrences of a value.
    #[pymethod]
    fn count(this: Gc<Native<MemoryView>>, vm: &Vm, value: Value) -> PyResult<usize> {
        let mut found = 0;
        vm.for_each(this.value(), |item| {
            found += vm.eq(item, value)? as usize;
            Ok(())
        })?;
        Ok(found)
    }
    /// Return the index of the first occurrence of a value; raise ValueError if it is not there.
    #[pymethod(sig = "(value, start=0, stop=sys.maxsize, /)")]
    fn index(
        this: Gc<Native<MemoryView>>,
        vm: &Vm,
        value: Value,
        start: Option<Value>,
        stop: Option<Value>,
    ) -> PyResult<usize> {
        this.check(vm)?;
        match this.ndim() {
            0 => return Err(vm.type_error("invalid lookup on 0-dim memory")),
            1 => {}
            _ => return Err(vm.not_implemented_error("multi-dimensional lookup is not implemented")),
        }
        let len = this.first_len();
        let bound = |v: Option<Value>, default: usize| match v {
            None => Ok(default),
            Some(v) => vm.search_bound(v).map(|i| crate::vm::sequence::clamp(i, len)),
        };
        let (start, stop) = (bound(start, 0)?, bound(stop, len)?);
        for at in start..stop {
            let item = vm.getitem(this.value(), Value::small_int(at as i64))?;
            if vm.eq(item, value)? {
                return Ok(at);
            }
        }
        Err(vm.value_error("memoryview.index(x): x not found"))
    }
}

/// What every class with memory of its own gets: `__buffer__`, and `__release_buffer__` if it has to be told.
#[pyclass(name = "exporter")]
#[derive(Trace)]
pub(crate) struct Exporter {}

#[pymethods(def = EXPORTER_DEF)]
impl Exporter {
    #[pymethod]
    fn __buffer__(this: Value, vm: &Vm, flags: isize) -> PyResult {
        // The class's own memory, even if a subclass overrides the method.
        let native = vm.type_of(this).mro_iter().find_map(|class| class.def.and_then(|def| def.buffer));
        let Some(procs) = native else {
            let given = type_name(vm, this);
            return Err(vm.type_error(format!("a bytes-like object is required, not '{given}'")));
        };
        let (view, lease, returned) =
            Buffer::request_native(vm, this, procs, flags as i64)?.into_parts(vm)?;
        Ok(MemoryView::make(vm, view, Rc::new(Loan { _lease: lease }), Some(this), returned))
    }
    #[pymethod]
    fn __release_buffer__(this: Value, vm: &Vm, buffer: Value) -> PyResult<()> {
        let Some(view) = buffer.downcast::<Native<MemoryView>>() else {
            return Err(vm.type_error("expected a memoryview object"));
        };
        if view.is_released() {
            return Err(vm.value_error("memoryview's buffer has already been released"));
        }
        if view.exporter.get() != Some(this) {
            return Err(vm.value_error("memoryview's buffer is not this object"));
        }
        view.give_back(vm)
    }
}
