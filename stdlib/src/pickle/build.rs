//! Instructions that call into Python: finding classes, making instances, filling objects.

use super::cannot_unpickle;
use super::globals::{follow, import};
use super::load::Loader;
use super::unpickler::{Unpickler, no_persistent_load};
use adder_interp::object::dict::Dict;
use adder_interp::object::exception::Exception;
use adder_interp::object::header::{Gc, Kind};
use adder_interp::object::instance::Instance;
use adder_interp::object::list::List;
use adder_interp::object::native::Native;
use adder_interp::object::set::Set;
use adder_interp::object::shape::shape_id;
use adder_interp::object::str::Str;
use adder_interp::object::tuple::Tuple;
use adder_interp::object::typeobj::{Type, type_flag};
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::special::Special;

/// The object `name` of `module`.
pub fn find_class(vm: &Vm, unpickler: Gc<Native<Unpickler>>, module: Value, name: Value) -> PyResult {
    vm.audit("pickle.find_class", &[module, name])?;
    let (mut module, mut name) = (module, name);
    if unpickler.protocol.get() < 3 && unpickler.fix_imports.get() {
        (module, name) = new_place(vm, module, name)?;
    }
    let text = |value: Value, what: &str| {
        value.downcast::<Str>().ok_or_else(|| {
            let given = vm.type_of(value).name();
            vm.type_error(format!("{what} must be str, not {given}"))
        })
    };
    let (module_name, name) = (text(module, "module name")?, text(name, "attribute name")?);
    let module = import(vm, module_name)?;
    if unpickler.protocol.get() < 4 || !name.chars().any(|c| c == u32::from('.')) {
        return vm.getattr(module, vm.heap.intern(Str::exact(name)));
    }
    follow(vm, module, name).map_err(|Raised| {
        let Ok(error) = vm.catch(vm.exceptions.attribute_error) else { return Raised };
        let (Ok(path), Ok(module)) = (vm.repr_text(name.value()), vm.repr_text(module_name.value())) else {
            return Raised;
        };
        let raised = vm.attribute_error(format!("Can't resolve path {path} on module {module}"));
        if let Some(new) = vm.pending().and_then(|new| new.downcast::<Exception>()) {
            new.set_context(&vm.heap, Some(error));
        }
        raised
    })
}

/// Where Python 3 has what Python 2 had here.
fn new_place(vm: &Vm, module: Value, name: Value) -> PyResult<(Value, Value)> {
    let compat = vm.import("_compat_pickle")?;
    let names = vm.getattr_str(compat, "NAME_MAPPING")?;
    let key = vm.new_tuple(&[module, name]);
    if let Some(found) = vm.getitem_opt(names, key)? {
        let pair = found.downcast::<Tuple>().filter(|pair| pair.len() == 2);
        let Some(pair) = pair.filter(|pair| pair[0].is::<Str>() && pair[1].is::<Str>()) else {
            let given = vm.type_of(found).name();
            let message = format!("_compat_pickle.NAME_MAPPING values should be 2-tuples, not {given}");
            return Err(vm.runtime_error(message));
        };
        return Ok((pair[0], pair[1]));
    }
    let modules = vm.getattr_str(compat, "IMPORT_MAPPING")?;
    match vm.getitem_opt(modules, module)? {
        Some(found) if found.is::<Str>() => Ok((found, name)),
        Some(found) => {
            let given = vm.type_of(found).name();
            let message = format!("_compat_pickle.IMPORT_MAPPING values should be strings, not {given}");
            Err(vm.runtime_error(message))
        }
        None => Ok((module, name)),
    }
}

impl Loader<'_> {
    /// What `find_class` says.
    pub fn global(&mut self, module: Value, name: Value) -> PyResult {
        match self.find_class {
            Some(hook) => self.vm.call(hook, &[module, name]),
            None => find_class(self.vm, self.unpickler, module, name),
        }
    }

    /// Puts the object with this persistent id onto the stack.
    pub fn persistent(&mut self, id: Value) -> PyResult<()> {
        match self.persistent_load {
            Some(hook) => {
                let object = self.vm.call(hook, &[id])?;
                self.push(object)
            }
            None => Err(no_persistent_load(self.vm)),
        }
    }

    /// Puts the object with a registered code onto the stack.
    pub fn extension(&mut self, code: i64) -> PyResult<()> {
        let vm = self.vm;
        if code <= 0 {
            return Err(cannot_unpickle(vm, "EXT specifies code <= 0"));
        }
        let copyreg = vm.import("copyreg")?;
        let cache = vm.getattr_str(copyreg, "_extension_cache")?;
        let key = vm.new_int(code);
        if let Some(known) = vm.getitem_opt(cache, key)? {
            return self.push(known);
        }
        let registry = vm.getattr_str(copyreg, "_inverted_registry")?;
        let Some(place) = vm.getitem_opt(registry, key)? else {
            return Err(vm.value_error(format!("unregistered extension code {code}")));
        };
        let pair = place.downcast::<Tuple>().filter(|pair| pair.len() == 2);
        let Some(pair) = pair.filter(|pair| pair[0].is::<Str>() && pair[1].is::<Str>()) else {
            return Err(vm.value_error(format!("_inverted_registry[{code}] isn't a 2-tuple of strings")));
        };
        let found = self.global(pair[0], pair[1])?;
        vm.setitem(cache, key, Some(found))?;
        self.push(found)
    }

    // ---- out-of-band buffers

    pub fn next_buffer(&mut self) -> PyResult<()> {
        let vm = self.vm;
        let Some(buffers) = self.unpickler.buffers.get() else {
            let message = "pickle stream refers to out-of-band data but no *buffers* argument was given";
            return Err(cannot_unpickle(vm, message));
        };
        match vm.next(buffers)? {
            Some(buffer) => self.push(buffer),
            None => Err(cannot_unpickle(vm, "not enough out-of-band buffers")),
        }
    }

    pub fn readonly_buffer(&mut self) -> PyResult<()> {
        let vm = self.vm;
        let buffer = self.top()?;
        let view = vm.memoryview_of(buffer)?;
        let readonly = vm.getattr_str(view, "readonly")?;
        if !vm.truthy(readonly)? {
            let at = self.stack.len() - 1;
            let view = vm.call_method(view, "toreadonly", &[])?;
            return self.replace_from(at, view);
        }
        Ok(())
    }

    // ---- making instances

    /// INST and OBJ: an instance of `class` from the arguments above `arguments`, in the place of all from `at` on.
    pub fn instantiate(&mut self, class: Value, arguments: usize, at: usize) -> PyResult<()> {
        let vm = self.vm;
        let plain = self.stack.len() == arguments
            && class.is::<Type>()
            && vm.getattr_opt(class, vm.intern("__getinitargs__"))?.is_none();
        let object = match plain {
            true => vm.call_method(class, "__new__", &[class])?,
            false => vm.call(class, &self.stack[arguments..])?,
        };
        self.replace_from(at, object)
    }

    pub fn obj(&mut self) -> PyResult<()> {
        let at = self.mark()?;
        match self.stack.get(at) {
            Some(&class) => self.instantiate(class, at + 1, at),
            None => Err(self.underflow()),
        }
    }

    pub fn newobj(&mut self, with_keywords: bool) -> PyResult<()> {
        let vm = self.vm;
        let code = if with_keywords { "NEWOBJ_EX" } else { "NEWOBJ" };
        let kwargs = if with_keywords { Some(self.pop()?) } else { None };
        let args = self.pop()?;
        let class = self.pop()?;
        let wrong = |what: &str, expected: &str, given: Value| {
            let given = vm.type_of(given).name();
            cannot_unpickle(vm, format!("{code} {what} argument must be a {expected}, not {given}"))
        };
        let Some(class) = class.downcast::<Type>() else { return Err(wrong("class", "type", class)) };
        if class.has(type_flag::NO_CONSTRUCTOR) {
            let meta = vm.type_of(class.value()).name();
            let message = format!("{code} class argument '{meta}' doesn't have __new__");
            return Err(cannot_unpickle(vm, message));
        }
        let Some(args) = args.downcast::<Tuple>() else { return Err(wrong("args", "tuple", args)) };
        let kwargs = match kwargs {
            None => None,
            Some(kwargs) => match kwargs.downcast::<Dict>() {
                Some(kwargs) => Some(kwargs).filter(|kwargs| !kwargs.is_empty()),
                None => return Err(wrong("kwargs", "dict", kwargs)),
            },
        };
        let new = vm.special(class, Special::New);
        let ordinary = new == vm.special(vm.types.object, Special::New)
            && class.kind == Kind::Instance
            && !class.has(type_flag::ABSTRACT);
        let object = if ordinary && args.is_empty() && kwargs.is_none() {
            vm.new_instance(class)
        } else {
            let new = vm.bind_attr(new.expect("object has __new__"), None, class)?;
            let mut all = vm.vec();
            all.push(&vm.heap, class.value());
            all.extend_from_slice(&vm.heap, args.as_ref());
            vm.call_kw(new, &all, kwargs)?
        };
        self.push(object)
    }

    pub fn reduce(&mut self) -> PyResult<()> {
        let args = self.pop()?;
        let function = self.pop()?;
        let Some(args) = args.downcast::<Tuple>() else {
            return Err(self.vm.type_error("argument list must be a tuple"));
        };
        let object = self.vm.call(function, args.as_ref())?;
        self.push(object)
    }

    // ---- filling

    /// The container below position `at`, which lies on the reachable part of the stack.
    fn container_below(&self, at: usize) -> PyResult {
        if at > self.stack.len() || at <= self.fence() {
            return Err(self.underflow());
        }
        Ok(self.stack[at - 1])
    }

    pub fn append_from(&mut self, at: usize) -> PyResult<()> {
        let vm = self.vm;
        let container = self.container_below(at)?;
        if self.stack.len() == at {
            return Ok(());
        }
        if let Some(list) = container.downcast::<List>().filter(|_| vm.shape_of(container) == shape_id::LIST)
        {
            list.splice(&vm.heap, list.len(), list.len(), &self.stack[at..]);
        } else if let Some(extend) = vm.getattr_opt(container, vm.intern("extend"))? {
            let items = vm.new_list(&self.stack[at..]);
            vm.call(extend, &[items])?;
        } else {
            let append = vm.getattr(container, vm.intern("append"))?;
            for i in at..self.stack.len() {
                vm.call(append, &[self.stack[i]])?;
            }
        }
        self.stack.truncate(at);
        Ok(())
    }

    pub fn set_items_from(&mut self, at: usize) -> PyResult<()> {
        let vm = self.vm;
        let container = self.container_below(at)?;
        if !(self.stack.len() - at).is_multiple_of(2) {
            return Err(cannot_unpickle(vm, "odd number of items for SETITEMS"));
        }
        match container.downcast::<Dict>().filter(|_| vm.shape_of(container) == shape_id::DICT) {
            Some(dict) => self.insert_pairs(dict, at)?,
            None => {
                for i in (at..self.stack.len()).step_by(2) {
                    vm.setitem(container, self.stack[i], Some(self.stack[i + 1]))?;
                }
            }
        }
        self.stack.truncate(at);
        Ok(())
    }

    pub fn add_items(&mut self) -> PyResult<()> {
        let vm = self.vm;
        let at = self.mark()?;
        let container = self.container_below(at)?;
        if self.stack.len() == at {
            return Ok(());
        }
        if container.is::<Set>() && vm.type_of(container).is_subtype(vm.types.set) {
            let items = vm.new_list(&self.stack[at..]);
            let update = vm.getattr_str(vm.types.set.value(), "update")?;
            vm.call(update, &[container, items])?;
        } else {
            let add = vm.getattr(container, vm.intern("add"))?;
            for i in at..self.stack.len() {
                vm.call(add, &[self.stack[i]])?;
            }
        }
        self.stack.truncate(at);
        Ok(())
    }

    pub fn build(&mut self) -> PyResult<()> {
        let vm = self.vm;
        if self.stack.len() < self.fence() + 2 {
            return Err(self.underflow());
        }
        let state = self.pop()?;
        let object = self.top()?;
        if let Some(set_state) = vm.getattr_opt(object, vm.intern("__setstate__"))? {
            return vm.call(set_state, &[state]).map(drop);
        }
        let (attributes, slots) = match state.downcast::<Tuple>() {
            Some(pair) if pair.len() == 2 => (pair[0], pair[1]),
            _ => (state, Value::none()),
        };
        if !attributes.is_none() {
            let Some(attributes) = attributes.downcast::<Dict>() else {
                return Err(cannot_unpickle(vm, "state is not a dictionary"));
            };
            self.set_attributes(object, attributes)?;
        }
        if !slots.is_none() {
            let Some(slots) = slots.downcast::<Dict>() else {
                return Err(cannot_unpickle(vm, "slot state is not a dictionary"));
            };
            let mut at = 0;
            while let Some((i, name, value)) = slots.next_entry(at) {
                let name = vm.attribute_name(name)?;
                vm.setattr(object, name, Some(value))?;
                at = i + 1;
            }
        }
        Ok(())
    }

    /// Enters attributes into the object's dict, or where it keeps them instead of one.
    fn set_attributes(&mut self, object: Value, attributes: Gc<Dict>) -> PyResult<()> {
        let vm = self.vm;
        let exact = |key: Value| {
            key.downcast::<Str>().filter(|_| vm.shape_of(key) == shape_id::STR).map(|s| vm.heap.intern(s))
        };
        let class = vm.type_of(object);
        let in_slots = object.downcast::<Instance>().is_some()
            && class.has(type_flag::HAS_DICT)
            && vm.lookup(class, vm.names.__dict__).is_none_or(|d| !vm.type_of(d).has(type_flag::HEAP));
        let mut at = 0;
        if in_slots && attributes.iter().all(|(key, _)| vm.shape_of(key) == shape_id::STR) {
            while let Some((i, key, value)) = attributes.next_entry(at) {
                let key = exact(key).expect("all keys are exact strings");
                vm.set_instance_attribute(object, class, key, value)?;
                at = i + 1;
            }
            return Ok(());
        }
        let dict = vm.getattr(object, vm.names.__dict__)?;
        while let Some((i, key, value)) = attributes.next_entry(at) {
            let key = exact(key).map_or(key, Gc::value);
            vm.setitem(dict, key, Some(value))?;
            at = i + 1;
        }
        Ok(())
    }
}
