//! Items of memoryviews: subscripts, assignment, lists, comparison.

use super::header::Gc;
use super::memoryview::{MemoryView, simple_type};
use super::native::Native;
use super::slice::Slice;
use super::tuple::Tuple;
use crate::buffer::{self, Buffer, Layout, Order, View, flags};
use crate::pack::{Format, ItemType, PackError};
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use crate::vm::subscript::resolve;

type This = Gc<Native<MemoryView>>;

impl MemoryView {
    /// `this[key]`.
    pub(super) fn subscript(this: This, vm: &Vm, key: Value) -> PyResult {
        this.check(vm)?;
        // The usual case: a byte of plain memory.
        if this.view.layout.is_none()
            && let Some(i) = key.as_small_int()
            && let Some(at) = resolve(i, this.view.len)
        {
            // SAFETY: the index is in bounds of memory that is lent.
            return Ok(Value::small_int(unsafe { *this.view.data.add(at) }.into()));
        }
        if this.ndim() == 0 {
            return match key.downcast::<Tuple>() {
                Some(tuple) if tuple.is_empty() => Ok(this.read(vm, this.item_type(vm)?, &[])),
                _ if key == Value::ellipsis() => Ok(this.value()),
                _ => Err(vm.type_error("invalid indexing of 0-dim memory")),
            };
        }
        if vm.is_index(key) {
            let item = this.item_type(vm)?;
            if this.ndim() > 1 {
                return Err(vm.not_implemented_error("multi-dimensional sub-views are not implemented"));
            }
            let at = this.position(vm, key, 0)?;
            return Ok(this.read(vm, item, &[at]));
        }
        if let Some(slice) = key.downcast::<Slice>() {
            let view = this.sliced(vm, slice)?;
            return Ok(this.with_view(vm, view));
        }
        if let Some(indices) = this.multi_index(vm, key)? {
            let item = this.item_type(vm)?;
            return Ok(this.read(vm, item, &indices));
        }
        Err(match is_tuple_of_slices(key) {
            true => vm.not_implemented_error("multi-dimensional slicing is not implemented"),
            false => vm.type_error("memoryview: invalid slice key"),
        })
    }

    /// `this[key] = value`.
    pub(super) fn assign(this: This, vm: &Vm, key: Value, value: Value) -> PyResult<()> {
        this.check(vm)?;
        if this.view.readonly {
            return Err(vm.type_error("cannot modify read-only memory"));
        }
        if this.ndim() == 0 {
            let item = this.item_type(vm)?;
            return match key.downcast::<Tuple>() {
                Some(tuple) if tuple.is_empty() => this.write(vm, item, &[], value),
                _ if key == Value::ellipsis() => this.write(vm, item, &[], value),
                _ => Err(vm.type_error("invalid indexing of 0-dim memory")),
            };
        }
        if vm.is_index(key) {
            let item = this.item_type(vm)?;
            if this.ndim() > 1 {
                return Err(vm.not_implemented_error("sub-views are not implemented"));
            }
            let at = this.position(vm, key, 0)?;
            return this.write(vm, item, &[at], value);
        }
        if let Some(slice) = key.downcast::<Slice>()
            && this.ndim() == 1
        {
            return this.assign_slice(vm, slice, value);
        }
        if let Some(indices) = this.multi_index(vm, key)? {
            let item = this.item_type(vm)?;
            return this.write(vm, item, &indices, value);
        }
        Err(match key.is::<Slice>() || is_tuple_of_slices(key) {
            true => {
                vm.not_implemented_error("memoryview slice assignments are currently restricted to ndim = 1")
            }
            false => vm.type_error("memoryview: invalid slice key"),
        })
    }

    /// An index of one dimension.
    fn position(&self, vm: &Vm, key: Value, dimension: usize) -> PyResult<isize> {
        let i = vm.index_for_subscript(key)?;
        let len = self.view.layout.as_ref().map_or(self.view.len, |l| l.shape[dimension] as usize);
        match resolve(i, len) {
            Some(at) => Ok(at as isize),
            None => Err(vm.index_error(format!("index out of bounds on dimension {}", dimension + 1))),
        }
    }

    /// A tuple of indices, one for each dimension; `None` if the key is something else.
    fn multi_index(&self, vm: &Vm, key: Value) -> PyResult<Option<Vec<isize>>> {
        let Some(tuple) = key.downcast::<Tuple>().filter(|t| t.iter().all(|&v| vm.is_index(v))) else {
            return Ok(None);
        };
        let (given, ndim) = (tuple.len(), self.ndim());
        if given < ndim {
            return Err(vm.not_implemented_error("sub-views are not implemented"));
        }
        if given > ndim {
            return Err(
                vm.type_error(format!("cannot index {ndim}-dimension view with {given}-element tuple"))
            );
        }
        let indices = tuple.iter().enumerate().map(|(d, &v)| self.position(vm, v, d));
        indices.collect::<PyResult<Vec<_>>>().map(Some)
    }

    /// The view with the first dimension cut.
    fn sliced(&self, vm: &Vm, slice: Gc<Slice>) -> PyResult<View> {
        let range = vm.unpack_slice(slice)?.within(self.first_len());
        let mut view = self.view.clone();
        if let (None, Some(range)) = (&view.layout, range.contiguous()) {
            view.data = view.data.wrapping_add(range.start);
            view.len = range.len();
            return Ok(view);
        }
        let mut layout = self.layout();
        view.data = view.data.wrapping_offset(range.start * layout.strides[0]);
        layout.shape[0] = range.len as isize;
        layout.strides[0] *= range.step;
        view.len = layout.count() * layout.itemsize;
        view.layout = Some(Box::new(layout));
        Ok(view)
    }

    fn assign_slice(&self, vm: &Vm, slice: Gc<Slice>, value: Value) -> PyResult<()> {
        let source = Buffer::request(vm, value, flags::FULL_RO)?;
        let target = self.sliced(vm, slice)?;
        if !same_structure(&target, source.view()) {
            return Err(vm.value_error("memoryview assignment: lvalue and rvalue have different structures"));
        }
        // Copied out first: the two may overlap.
        let bytes = source.view().to_vec(Order::C);
        let mut items = bytes.chunks_exact(target.itemsize().max(1));
        target.for_each_item(Order::C, |at| {
            if let Some(item) = items.next() {
                // SAFETY: an item of writable memory that is lent.
                unsafe { std::ptr::copy_nonoverlapping(item.as_ptr(), at, item.len()) };
            }
        });
        Ok(())
    }

    fn read(&self, vm: &Vm, item: ItemType, indices: &[isize]) -> Value {
        // SAFETY: the indices were checked, the memory is lent.
        let bytes = unsafe { std::slice::from_raw_parts(self.view.item(indices), item.size) };
        item.read(vm, bytes)
    }

    fn write(&self, vm: &Vm, item: ItemType, indices: &[isize], value: Value) -> PyResult<()> {
        let mut bytes = [0u8; 16];
        if let Err(error) = item.write(vm, value, &mut bytes[..item.size]) {
            let format = self.view.format();
            return Err(match error {
                PackError::Type => vm.type_error(format!("memoryview: invalid type for format '{format}'")),
                PackError::Range => {
                    vm.value_error(format!("memoryview: invalid value for format '{format}'"))
                }
                PackError::Raised(raised) => raised,
            });
        }
        // Converting the value may have run Python code.
        self.check(vm)?;
        // SAFETY: the indices were checked, the memory is lent and writable.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.view.item(indices), item.size) };
        Ok(())
    }

    /// The items as nested lists; the item itself without dimensions.
    pub(super) fn listed(&self, vm: &Vm, item: ItemType, layout: &Layout, at: &mut Vec<isize>) -> Value {
        let dimension = at.len();
        if dimension == layout.shape.len() {
            return self.read(vm, item, at);
        }
        let mut items = vm.vec();
        for i in 0..layout.shape[dimension] {
            at.push(i);
            let value = self.listed(vm, item, layout, at);
            items.push(&vm.heap, value);
            at.pop();
        }
        vm.list_from(items)
    }

    /// Whether another object lends equal items; `None` if it lends nothing.
    pub(super) fn equal(this: This, vm: &Vm, other: Value) -> PyResult<Option<bool>> {
        if this.value() == other && this.is_released() {
            return Ok(Some(true));
        }
        if this.is_released() {
            return Ok(Some(false));
        }
        if let Some(view) = other.downcast::<Native<MemoryView>>() {
            if view.is_released() {
                return Ok(Some(false));
            }
            return equal_views(vm, &this.view, &view.view).map(Some);
        }
        if !buffer::supports(vm, other) {
            return Ok(None);
        }
        match Buffer::request(vm, other, flags::FULL_RO) {
            Ok(buffer) => equal_views(vm, &this.view, buffer.view()).map(Some),
            Err(Raised) => {
                vm.take_pending();
                Ok(None)
            }
        }
    }
}

fn is_tuple_of_slices(key: Value) -> bool {
    key.downcast::<Tuple>().is_some_and(|t| !t.is_empty() && t.iter().all(|v| v.is::<Slice>()))
}

fn shape_of(view: &View) -> Vec<isize> {
    view.layout.as_ref().map_or_else(|| vec![view.len as isize], |l| l.shape.clone())
}

/// The format without the sign for native order.
fn plain(format: &str) -> &str {
    format.strip_prefix('@').unwrap_or(format)
}

/// Same shape, up to a dimension without items, and same kind of items.
fn same_structure(a: &View, b: &View) -> bool {
    plain(a.format()) == plain(b.format())
        && a.itemsize() == b.itemsize()
        && same_shape(&shape_of(a), &shape_of(b))
}

fn same_shape(a: &[isize], b: &[isize]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    for (x, y) in a.iter().zip(b) {
        if x != y {
            return false;
        }
        if *x == 0 {
            break;
        }
    }
    true
}

fn equal_views(vm: &Vm, a: &View, b: &View) -> PyResult<bool> {
    if !same_shape(&shape_of(a), &shape_of(b)) {
        return Ok(false);
    }
    let (x, y) = (simple_type(a.format()), simple_type(b.format()));
    let integers = |t: Option<ItemType>| t.is_some_and(|t| !matches!(t.code, b'e' | b'f' | b'd' | b'?'));
    if x == y && integers(x) {
        return Ok(a.to_vec(Order::C) == b.to_vec(Order::C));
    }
    let (Some(x), Some(y)) = (item_format(a), item_format(b)) else { return Ok(false) };
    let (left, right) = (a.to_vec(Order::C), b.to_vec(Order::C));
    let pairs = left.chunks_exact(x.size.max(1)).zip(right.chunks_exact(y.size.max(1)));
    for (l, r) in pairs {
        let (mut ours, mut theirs) = (vm.vec(), vm.vec());
        x.unpack(vm, l, |v| ours.push(&vm.heap, v));
        y.unpack(vm, r, |v| theirs.push(&vm.heap, v));
        if ours.len() != theirs.len() {
            return Ok(false);
        }
        for (&l, &r) in ours.iter().zip(theirs.iter()) {
            // Not by identity: a NaN equals nothing.
            if !vm.compare_bool(crate::vm::compare::CompareOp::Eq, l, r)? {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// The format of a view's items, if `struct` knows it.
fn item_format(view: &View) -> Option<Format> {
    Format::parse(view.format().as_bytes()).ok().filter(|f| f.size == view.itemsize())
}
