//! `_thread._local`: an object with a dictionary for each thread.
//!
//! The dictionaries of threads that have ended go when the collector next looks at the object.

use adder_interp::heap::Tracer;
use adder_interp::native::Args;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::{Gc, Trace};
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::object::tuple::Tuple;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::special::Special;
use adder_interp::vm::{Interpreter, Vm};
use adder_macros::{pyclass, pymethods};
use std::cell::RefCell;

/// Thread-local data.
#[pyclass(name = "_local", module = "_thread", subclassable, weakrefable)]
pub struct Local {
    interp: &'static Interpreter,
    /// `(Vm::id, dictionary)`.
    dicts: RefCell<Vec<(u64, Value)>>,
    /// What `__init__` of a subclass gets in every thread.
    args: Option<Gc<Tuple>>,
    kwargs: Option<Gc<Dict>>,
}

impl Trace for Local {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if let Ok(mut dicts) = self.dicts.try_borrow_mut() {
            dicts.retain(|(thread, _)| self.interp.thread_lives(*thread));
        }
        self.dicts.borrow().iter().for_each(|(_, dict)| tracer.visit(*dict));
        self.args.trace(tracer);
        self.kwargs.trace(tracer);
    }
}

#[pymethods]
impl Local {
    #[pynew(sig = "(*args, **kwargs)")]
    fn new(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult<Gc<Native<Local>>> {
        let has_init = vm.special(cls, Special::Init) != vm.special(vm.types.object, Special::Init);
        if !args.all_values().is_empty() && !has_init {
            return Err(vm.type_error("Initialization arguments are not supported"));
        }
        let kwargs = args.keyword_dict(vm);
        let positional = Tuple::new(&vm.heap, args.positional_values());
        let local =
            Local { interp: vm.interpreter(), dicts: RefCell::default(), args: Some(positional), kwargs };
        let local = vm.new_native(cls, local);
        // The creating thread's `__init__` runs as for any class.
        let dict = vm.new_dict();
        local.dicts.borrow_mut().push((vm.id, dict.value()));
        Ok(local)
    }

    #[pymethod(name = "__getattribute__")]
    fn getattribute(this: Gc<Native<Local>>, vm: &Vm, name: Gc<Str>) -> PyResult {
        let dict = own_dict(this, vm)?;
        let name = vm.heap.intern(name);
        if name.eq_str("__dict__") {
            return Ok(dict.value());
        }
        let class = vm.type_of(this.value());
        let on_class = vm.lookup(class, name);
        if let Some(attr) = on_class
            && vm.is_data_descriptor(attr)
        {
            return vm.bind_attr(attr, Some(this.value()), class);
        }
        if let Some(found) = dict.get_str(name) {
            return Ok(found);
        }
        match on_class {
            Some(attr) => vm.bind_attr(attr, Some(this.value()), class),
            None => Err(vm.no_attribute(this.value(), name)),
        }
    }

    #[pymethod(name = "__setattr__")]
    fn setattr(this: Gc<Native<Local>>, vm: &Vm, name: Gc<Str>, value: Value) -> PyResult<()> {
        store(this, vm, name, Some(value))
    }

    #[pymethod(name = "__delattr__")]
    fn delattr(this: Gc<Native<Local>>, vm: &Vm, name: Gc<Str>) -> PyResult<()> {
        store(this, vm, name, None)
    }
}

fn store(this: Gc<Native<Local>>, vm: &Vm, name: Gc<Str>, value: Option<Value>) -> PyResult<()> {
    let dict = own_dict(this, vm)?;
    let class = vm.type_of(this.value());
    let name = vm.heap.intern(name);
    if name.eq_str("__dict__") {
        return Err(vm.attribute_error_on(
            format!("'{}' object attribute '__dict__' is read-only", class.qualified_name()),
            this.value(),
            name,
        ));
    }
    if let Some(attr) = vm.lookup(class, name)
        && vm.is_data_descriptor(attr)
    {
        return vm.generic_setattr(this.value(), name, value);
    }
    match value {
        Some(value) => dict.insert_str(&vm.heap, name, value),
        None if dict.remove_str(name).is_none() => return Err(vm.no_attribute(this.value(), name)),
        None => {}
    }
    Ok(())
}

/// The calling thread's dictionary. In a thread that is new to the object, `__init__` runs first.
fn own_dict(this: Gc<Native<Local>>, vm: &Vm) -> PyResult<Gc<Dict>> {
    let found = this.dicts.borrow().iter().find(|(thread, _)| *thread == vm.id).map(|&(_, dict)| dict);
    if let Some(dict) = found.and_then(|d| d.downcast::<Dict>()) {
        return Ok(dict);
    }
    let dict = vm.new_dict();
    this.dicts.borrow_mut().push((vm.id, dict.value()));
    let class = vm.type_of(this.value());
    let init = vm.special(class, Special::Init);
    if let Some(init) = init.filter(|_| init != vm.special(vm.types.object, Special::Init)) {
        let bound = vm.bind_attr(init, Some(this.value()), class)?;
        let args = this.args.unwrap_or(vm.empty_tuple);
        let result = vm.call_kw(bound, &args, this.kwargs);
        if let Err(raised) = result {
            this.dicts.borrow_mut().retain(|(thread, _)| *thread != vm.id);
            return Err(raised);
        }
    }
    Ok(dict)
}
