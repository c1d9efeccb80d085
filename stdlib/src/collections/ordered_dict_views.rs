//! The views and iterators of `OrderedDict`.

use adder_interp::object::dict::Dict;
use adder_interp::object::dict_views::{DictView, ViewKind};
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::Cell;

/// Iterator over an ordered dict: every change of its keys or their order is an error.
#[pyclass(name = "odict_iterator")]
#[derive(Trace)]
pub struct OrderedDictIterator {
    /// Empty at the end.
    dict: Cell<Option<Gc<Dict>>>,
    #[trace(skip)]
    kind: ViewKind,
    backward: bool,
    /// Entry to look at next; of a backward iterator, one more.
    index: Cell<usize>,
    /// Version of the keys at the start.
    version: Cell<u64>,
}

impl OrderedDictIterator {
    pub fn create(vm: &Vm, dict: Gc<Dict>, kind: ViewKind, backward: bool) -> PyResult {
        let class = vm.native_type(OrderedDictIterator::TYPE_DEF)?;
        let payload = OrderedDictIterator {
            dict: Cell::new(Some(dict)),
            kind,
            backward,
            index: Cell::new(if backward { usize::MAX } else { 0 }),
            version: Cell::new(dict.assign_version(vm)),
        };
        Ok(vm.new_native(class, payload).value())
    }
}

#[pymethods]
impl OrderedDictIterator {
    #[pymethod]
    fn __iter__(this: Gc<Native<OrderedDictIterator>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __next__(&self, vm: &Vm) -> PyResult<Option<Value>> {
        let Some(dict) = self.dict.get() else { return Ok(None) };
        if dict.version() != self.version.get() {
            self.version.set(u64::MAX); // stays an error from now on
            return Err(vm.runtime_error("OrderedDict mutated during iteration"));
        }
        let found = match self.backward {
            false => dict.next_entry(self.index.get()),
            true => dict.previous_entry(self.index.get()),
        };
        let Some((at, key, value)) = found else {
            self.dict.set(None);
            return Ok(None);
        };
        self.index.set(if self.backward { at } else { at + 1 });
        Ok(Some(match self.kind {
            ViewKind::Keys => key,
            ViewKind::Values => value,
            ViewKind::Items => vm.new_tuple(&[key, value]),
        }))
    }
    /// Return state information for pickling
    #[pymethod]
    fn __reduce__(&self, vm: &Vm) -> PyResult {
        let iter = vm.builtin_function("iter")?;
        let rest = match self.dict.get() {
            None => vm.new_list(&[]),
            Some(dict) => {
                let class = vm.native_type(OrderedDictIterator::TYPE_DEF)?;
                let copy = OrderedDictIterator {
                    dict: Cell::new(Some(dict)),
                    kind: self.kind,
                    backward: self.backward,
                    index: Cell::new(self.index.get()),
                    version: Cell::new(self.version.get()),
                };
                let copy = vm.new_native(class, copy).value();
                vm.list_from(vm.collect(copy)?)
            }
        };
        let args = vm.new_tuple(&[rest]);
        Ok(vm.new_tuple(&[iter, args]))
    }
}

macro_rules! views {
    ($($owner:ident $name:tt $base:ident $kind:ident;)*) => {$(
        /// Python's view of the class.
        pub struct $owner;

        impl $owner {
            pub fn create(vm: &Vm, dict: Gc<Dict>) -> PyResult {
                let class = vm.native_type($owner::TYPE_DEF)?;
                Ok(DictView::create(vm, class.root_shape().id, ViewKind::$kind, dict))
            }
        }

        fn $base(vm: &Vm) -> Value {
            vm.types.$base.value()
        }

        #[pymethods(name = $name, kind = Native, base = $base, no_constructor)]
        impl $owner {
            #[pymethod]
            fn __iter__(this: Gc<Native<DictView>>, vm: &Vm) -> PyResult {
                OrderedDictIterator::create(vm, this.dict, this.kind, false)
            }
            #[pymethod]
            fn __reversed__(this: Gc<Native<DictView>>, vm: &Vm) -> PyResult {
                OrderedDictIterator::create(vm, this.dict, this.kind, true)
            }
        }
    )*};
}

views! {
    OrderedDictKeys "odict_keys" dict_keys Keys;
    OrderedDictValues "odict_values" dict_values Values;
    OrderedDictItems "odict_items" dict_items Items;
}
