//! The Python view of cells: `types.CellType`.

use super::cell::CellObject;
use super::header::Gc;
use super::typeobj::Type;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::compare::CompareOp;
use adder_macros::pymethods;
use std::cmp::Ordering;

/// Create a new cell object.
///
///   contents
///     the contents of the cell. If not specified, the cell will be empty,
///     and further attempts to access its cell_contents attribute will
///     raise a ValueError.
#[pymethods(name = "cell", kind = Cell, def = TYPE_DEF)]
impl CellObject {
    #[pynew]
    fn __new__(_cls: Gc<Type>, vm: &Vm, args: crate::native::Args<'_>) -> PyResult<Gc<CellObject>> {
        args.reject_keywords(vm, "cell")?;
        let values = args.counted(vm, "cell", 0, 1)?;
        Ok(CellObject::new(&vm.heap, values.first().copied()))
    }

    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<CellObject>, vm: &Vm) -> String {
        let address = this.value().bits();
        match this.get() {
            None => format!("<cell at {address:#x}: empty>"),
            Some(v) => {
                format!("<cell at {address:#x}: {} object at {:#x}>", vm.type_of(v).name(), v.bits())
            }
        }
    }

    /// Compares contents; an empty cell is less than any other.
    #[pycompare]
    fn compare(this: Gc<CellObject>, vm: &Vm, other: Value, op: CompareOp) -> PyResult {
        let Some(other) = other.downcast::<CellObject>() else { return Ok(Value::not_implemented()) };
        match (this.get(), other.get()) {
            (Some(a), Some(b)) => vm.compare(op, a, b),
            (a, b) => {
                let order: Ordering = a.is_some().cmp(&b.is_some());
                Ok(Value::bool(op.holds(order)))
            }
        }
    }

    #[pygetset]
    fn cell_contents(this: Gc<CellObject>, vm: &Vm) -> PyResult {
        match this.get() {
            Some(v) => Ok(v),
            None => Err(vm.value_error("Cell is empty")),
        }
    }
    #[pygetset(setter = "cell_contents")]
    fn set_cell_contents(this: Gc<CellObject>, vm: &Vm, value: Option<Value>) {
        this.set(&vm.heap, value);
    }
}

impl CellObject {}
