//! `slice`. What turns slices into positions of a sequence is in [`crate::vm::subscript`].

use super::header::{Gc, Header, HeapObject, Kind};
use super::shape::shape_id;
use super::typeobj::Type;
use crate::heap::{Heap, Tracer};
use crate::native::Args;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::compare::CompareOp;
use crate::vm::special::Special;
use adder_macros::pymethods;
use adder_numeric::{Int, int_arith};
use std::cmp::Ordering;

/// `slice(start, stop, step)`; absent parts are None.
#[repr(C)]
pub struct Slice {
    hdr: Header,
    pub start: Value,
    pub stop: Value,
    pub step: Value,
}

// SAFETY: all values are visited.
unsafe impl HeapObject for Slice {
    const KIND: Kind = Kind::Slice;
    fn trace(&self, tracer: &mut Tracer<'_>) {
        [self.start, self.stop, self.step].into_iter().for_each(|v| tracer.visit(v));
    }
}

impl Slice {
    pub fn new(heap: &Heap, start: Value, stop: Value, step: Value) -> Gc<Slice> {
        heap.alloc(shape_id::SLICE, Slice { hdr: Header::blank(), start, stop, step })
    }

    /// Start, stop and step for a sequence of any length: `slice.indices`.
    pub fn resolve_int(&self, vm: &Vm, length: &Int) -> PyResult<(Int, Int, Int)> {
        let index = |v: Value| {
            if crate::object::int::as_int(v).is_none() && vm.special_of(v, Special::Index).is_none() {
                return Err(
                    vm.type_error("slice indices must be integers or None or have an __index__ method")
                );
            }
            Ok(vm.index(v)?.to_int())
        };
        let step = if self.step.is_none() { Int::ONE } else { index(self.step)? };
        if step.is_zero() {
            return Err(vm.value_error("slice step cannot be zero"));
        }
        let backward = step.is_negative();
        let (lower, upper) = if backward {
            (Int::Small(-1), int_arith::sub(length, &Int::ONE))
        } else {
            (Int::ZERO, length.clone())
        };
        let fit = |v: Value, absent: &Int| {
            if v.is_none() {
                return Ok(absent.clone());
            }
            let mut i = index(v)?;
            if i.is_negative() {
                i = int_arith::add(&i, length);
                return Ok(i.max(lower.clone()));
            }
            Ok(i.min(upper.clone()))
        };
        let (first, last) = if backward { (&upper, &lower) } else { (&lower, &upper) };
        let (start, stop) = (fit(self.start, first)?, fit(self.stop, last)?);
        Ok((start, stop, step))
    }
}

#[pymethods(
    name = "slice",
    kind = Slice,
    def = TYPE_DEF,
    doc = "slice(stop)\nslice(start, stop[, step])\n\nCreate a slice object.\n\nThis is used for extended slicing (e.g. a[0:10:2])."
)]
impl Slice {
    #[pynew]
    fn __new__(_cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        args.reject_keywords(vm, "slice")?;
        let none = Value::none();
        let (start, stop, step) = match *args.counted(vm, "slice", 1, 3)? {
            [stop] => (none, stop, none),
            [start, stop] => (start, stop, none),
            [start, stop, step, ..] => (start, stop, step),
            [] => (none, none, none),
        };
        Ok(Slice::new(&vm.heap, start, stop, step).value())
    }
    #[pygetset]
    fn start(&self) -> Value {
        self.start
    }
    #[pygetset]
    fn stop(&self) -> Value {
        self.stop
    }
    #[pygetset]
    fn step(&self) -> Value {
        self.step
    }
    /// S.indices(len) -> (start, stop, stride)
    ///
    /// Assuming a sequence of length len, calculate the start and stop
    /// indices, and the stride length of the extended slice described by
    /// S. Out of bounds indices are clipped in a manner consistent with the
    /// handling of normal slices.
    #[pymethod(sig = "(object, /)")]
    fn indices(&self, vm: &Vm, object: Value) -> PyResult {
        let length = vm.index(object)?;
        if length.is_negative() {
            return Err(vm.value_error("length should not be negative"));
        }
        let (start, stop, step) = self.resolve_int(vm, &length)?;
        let [start, stop, step] = [start, stop, step].map(|n| vm.new_int_from(n));
        Ok(vm.new_tuple(&[start, stop, step]))
    }
    #[pymethod]
    fn __repr__(&self, vm: &Vm) -> PyResult {
        let mut out = adder_text::units::StrBuilder::new();
        for (before, v) in [("slice(", self.start), (", ", self.stop), (", ", self.step)] {
            out.push_str(before);
            out.push_units(vm.repr(v)?.units());
        }
        out.push_str(")");
        Ok(super::str::Str::from_units(&vm.heap, out.finish().as_units()).value())
    }
    #[pymethod]
    fn __hash__(&self, vm: &Vm) -> PyResult<i64> {
        let mut hasher = adder_numeric::hash::TupleHasher::default();
        for v in [self.start, self.stop, self.step] {
            hasher.push(vm.hash(v)? as i64);
        }
        // Like a tuple's, without its length.
        Ok(hasher.finish_plain())
    }
    #[pycompare]
    fn compare(&self, vm: &Vm, op: CompareOp, other: Value) -> PyResult {
        let Some(other) = other.downcast::<Slice>() else { return Ok(Value::not_implemented()) };
        if std::ptr::eq(self, other.as_ref()) {
            return Ok(Value::bool(op.holds(Ordering::Equal)));
        }
        let parts = |s: &Slice| vm.new_tuple(&[s.start, s.stop, s.step]);
        vm.compare(op, parts(self), parts(&other))
    }
    /// Return state information for pickling.
    #[pymethod]
    fn __reduce__(this: Gc<Slice>, vm: &Vm) -> PyResult {
        let parts = vm.new_tuple(&[this.start, this.stop, this.step]);
        Ok(vm.new_tuple(&[vm.types.slice.value(), parts]))
    }
}
