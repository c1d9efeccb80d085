//! A complete native module, as an example and for the tests. Documentation: `README.md`.

use adder_interp::native::Args;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyfunction, pymethods, pymodule};
use std::cell::{Cell, RefCell};

/// A stack, and a few functions.
#[pymodule(name = "example", functions(super::twice))]
pub mod example {
    use super::*;

    /// The number of things.
    #[pyattr]
    const LIMIT: i64 = 100;

    #[pyattr]
    fn greeting(vm: &Vm) -> Value {
        vm.new_str("hello")
    }

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        dict.insert_str(&vm.heap, vm.intern("ready"), Value::bool(true));
        Ok(())
    }

    /// Return the square root of x.
    #[pyfunction(pure, unboxed_f64 = f64::sqrt)]
    fn sqrt(vm: &Vm, x: f64) -> PyResult<f64> {
        if x < 0.0 { Err(vm.value_error("expected a nonnegative input")) } else { Ok(x.sqrt()) }
    }

    /// Join words, each repeated.
    #[pyfunction(sig = "(*words, sep=' ', repeat=1)")]
    fn join(vm: &Vm, words: &[Value], sep: String, repeat: usize) -> PyResult<String> {
        let mut out = Vec::new();
        for &word in words {
            let Some(word) = word.downcast::<Str>() else { return Err(vm.type_error("words are strings")) };
            out.push(word.to_string_lossy().repeat(repeat));
        }
        Ok(out.join(&sep))
    }

    /// Count positional and keyword arguments.
    #[pyfunction(sig = "(*args, **kwargs)")]
    fn count(args: Args<'_>) -> (usize, usize) {
        (args.positional_values().len(), args.keyword_values().len())
    }

    /// A stack of limited depth.
    #[pyclass(name = "Stack", subclassable, weakrefable)]
    #[derive(Trace)]
    pub struct Stack {
        items: RefCell<Vec<Value>>,
        depth: Cell<Option<usize>>,
    }

    #[pymethods]
    impl Stack {
        #[pynew(sig = "(depth=None)")]
        fn new(cls: Gc<Type>, vm: &Vm, depth: Option<usize>) -> Gc<Native<Stack>> {
            vm.new_native(cls, Stack { items: RefCell::default(), depth: Cell::new(depth) })
        }

        /// Put an object on the stack.
        #[pymethod]
        fn push(&self, vm: &Vm, object: Value) -> PyResult<()> {
            if self.depth.get().is_some_and(|d| self.items.borrow().len() >= d) {
                return Err(vm.overflow_error("the stack is full"));
            }
            self.items.borrow_mut().push(object);
            Ok(())
        }

        /// Remove and return the object at the top, or default if the stack is empty.
        #[pymethod(sig = "(default=<unrepresentable>, /)")]
        fn pop(this: Gc<Native<Stack>>, vm: &Vm, default: Option<Value>) -> PyResult {
            let top = this.items.borrow_mut().pop();
            top.or(default).ok_or_else(|| vm.index_error("pop from an empty stack"))
        }

        #[pymethod(name = "__len__")]
        fn len(&self) -> usize {
            self.items.borrow().len()
        }

        /// How many objects fit; None is any number.
        #[pygetset]
        fn depth(&self) -> Option<usize> {
            self.depth.get()
        }

        #[pygetset(setter = "depth")]
        fn set_depth(&self, vm: &Vm, value: Option<Value>) -> PyResult<()> {
            let Some(value) = value else { return Err(vm.type_error("cannot delete the depth")) };
            self.depth.set(if value == Value::none() { None } else { Some(vm.index_i64(value)? as usize) });
            Ok(())
        }

        /// Stacks are not hashable.
        #[pyattr]
        fn __hash__(_vm: &Vm) -> Value {
            Value::none()
        }
    }
}

/// Return the text twice.
#[pyfunction(module = "example")]
fn twice(text: Gc<Str>, times: Option<u8>) -> String {
    text.to_string_lossy().repeat(2 * times.unwrap_or(1) as usize)
}
