//! `_functools`: tools that operate on functions.
//!
//! * [`mod@partial`]: `partial` and its `Placeholder`
//! * [`lru_cache`]: the cache behind `functools.lru_cache`
//! * `reduce`, and the comparison wrapper of `cmp_to_key`

mod lru_cache;
mod partial;

use adder_interp::native::Args;
use adder_interp::object::native::Native;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::compare::CompareOp;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::Cell;

pub use functions::MODULE;

/// Tools that operate on functions.
#[adder_macros::pymodule(
    name = "_functools",
    classes(super::partial::PlaceholderType, super::partial::Partial, super::lru_cache::LruCache,)
)]
mod functions {
    use super::*;

    /// Apply a function of two arguments cumulatively to the items of an iterable, from left to right.
    ///
    /// This effectively reduces the iterable to a single value.  If initial is
    /// present, it is placed before the items of the iterable in the
    /// calculation, and serves as a default when the iterable is empty.
    ///
    /// For example, reduce(lambda x, y: x+y, [1, 2, 3, 4, 5])
    /// calculates ((((1 + 2) + 3) + 4) + 5).
    #[pyfunction(sig = "(function, iterable, /, initial=<unrepresentable>)")]
    fn reduce(vm: &Vm, function: Value, iterable: Value, initial: Option<Value>) -> PyResult {
        let iterator = vm.iter(iterable).or_else(|Raised| {
            vm.catch(vm.exceptions.type_error)?;
            Err(vm.type_error("reduce() arg 2 must support iteration"))
        })?;
        let mut result = match initial {
            Some(initial) => initial,
            None => match vm.next(iterator)? {
                Some(first) => first,
                None => return Err(vm.type_error("reduce() of empty iterable with no initial value")),
            },
        };
        while let Some(item) = vm.next(iterator)? {
            result = vm.call(function, &[result, item])?;
        }
        Ok(result)
    }

    /// Convert a cmp= function into a key= function.
    ///
    ///   mycmp
    ///     Function that compares two objects.
    #[pyfunction(sig = "(mycmp)")]
    fn cmp_to_key(vm: &Vm, mycmp: Value) -> PyResult {
        KeyWrapper::create(vm, mycmp, None)
    }

    #[pyattr(name = "Placeholder")]
    fn placeholder(vm: &Vm) -> PyResult {
        partial::placeholder(vm)
    }
}

/// What `cmp_to_key` returns, and the keys that it makes.
#[pyclass(name = "KeyWrapper", module = "functools")]
#[derive(Trace)]
pub struct KeyWrapper {
    compare: Value,
    object: Cell<Option<Value>>,
}

impl KeyWrapper {
    fn create(vm: &Vm, compare: Value, object: Option<Value>) -> PyResult {
        let class = vm.native_type(KeyWrapper::TYPE_DEF)?;
        Ok(vm.new_native(class, KeyWrapper { compare, object: Cell::new(object) }).value())
    }
}

#[pymethods]
impl KeyWrapper {
    #[pymethod]
    fn __call__(&self, vm: &Vm, args: Args<'_>) -> PyResult {
        let object = match (args.positional_values(), args.keyword("obj")) {
            ([object], None) if !args.has_keywords() => *object,
            ([], Some(object)) if args.all_values().len() == 1 => object,
            ([], _) => return Err(vm.type_error("K() missing required argument 'obj' (pos 1)")),
            _ => {
                let n = args.all_values().len();
                return Err(vm.type_error(format!("K() takes at most 1 argument ({n} given)")));
            }
        };
        KeyWrapper::create(vm, self.compare, Some(object))
    }
    /// Value wrapped by a key function.
    #[pygetset]
    fn obj(&self, vm: &Vm) -> PyResult {
        match self.object.get() {
            Some(object) => Ok(object),
            None => Err(vm.attribute_error("obj")),
        }
    }
    #[pygetset(setter = "obj")]
    fn set_obj(&self, _vm: &Vm, value: Option<Value>) -> PyResult<()> {
        self.object.set(value);
        Ok(())
    }
    #[pycompare]
    fn compare(&self, vm: &Vm, op: CompareOp, other: Value) -> PyResult {
        let Some(other) = other.downcast::<Native<KeyWrapper>>() else {
            return Err(vm.type_error("other argument must be K instance"));
        };
        let (Some(x), Some(y)) = (self.object.get(), other.object.get()) else {
            return Err(vm.attribute_error("object"));
        };
        let order = vm.call(self.compare, &[x, y])?;
        vm.compare(op, order, Value::small_int(0))
    }
}
