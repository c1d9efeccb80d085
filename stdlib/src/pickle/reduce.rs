//! Writing objects that say themselves how they are taken apart: `__reduce_ex__` and what stands for it.
//!
//! An instance of an ordinary class, the most frequent case, is written without asking: a [`Plan`] per shape says whether
//! `object.__reduce_ex__` would answer, and the answer's parts are written as they are.

use super::cannot_pickle;
use super::opcodes::*;
use super::save::Saver;
use crate::support::{add_note, is_callable};
use adder_interp::object::dict::Dict;
use adder_interp::object::header::{Gc, Kind};
use adder_interp::object::instance::Instance;
use adder_interp::object::shape::{Shape, ShapeId};
use adder_interp::object::str::Str;
use adder_interp::object::tuple::Tuple;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::special::Special;
use std::collections::HashMap;

/// How instances of a shape are taken apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Plan {
    /// As `__reduce_ex__` says.
    Ask,
    /// Class without arguments and attributes.
    Attributes,
    /// Class without arguments and what `__getstate__` returns.
    State,
}

/// The plans made so far. A plan holds as long as the class has the same version.
#[derive(Default)]
pub struct Plans {
    last: Option<(ShapeId, u64, Plan)>,
    all: HashMap<u32, (u64, Plan)>,
}

/// What `__reduce__` returned, taken apart and checked.
struct Reduction {
    function: Value,
    arguments: Gc<Tuple>,
    state: Option<Value>,
    list_items: Option<Value>,
    dict_items: Option<Value>,
    state_setter: Option<Value>,
}

/// The notes of errors name the class of the object as `%T` does.
fn class_name(vm: &Vm, object: Value) -> String {
    vm.type_of(object).message_name()
}

impl Saver<'_> {
    /// Writes an object of a class without a form of its own.
    pub fn save_other(&mut self, object: Value) -> PyResult<()> {
        let vm = self.vm;
        if let Some(reducer) = self.reducer_override {
            let reduced = vm.call(reducer, &[object])?;
            if reduced != Value::not_implemented() {
                return self.save_reduced(reduced, object);
            }
        }
        let class = vm.type_of(object);
        if class == vm.types.type_ {
            return self.save_type(object);
        }
        if class == vm.types.function {
            return self.save_global(object, None);
        }
        if let Some(reducer) = self.registered_reducer(class)? {
            let reduced = vm.call(reducer, &[object])?;
            return self.save_reduced(reduced, object);
        }
        if class.is_subtype(vm.types.type_) {
            return self.save_global(object, None);
        }
        if self.protocol >= 2
            && let Some(instance) = object.downcast::<Instance>()
        {
            match self.plan(class, instance)? {
                Plan::Ask => {}
                plan => return self.save_instance(class, instance, plan),
            }
        }
        let reduced = self.ask(object)?;
        self.save_reduced(reduced, object)
    }

    fn ask(&mut self, object: Value) -> PyResult {
        let vm = self.vm;
        if let Some(reduce) = vm.getattr_opt(object, vm.names.__reduce_ex__)? {
            return vm.call(reduce, &[Value::small_int(self.protocol)]);
        }
        match vm.getattr_opt(object, vm.names.__reduce__)? {
            Some(reduce) => vm.call(reduce, &[]),
            None => Err(cannot_pickle(vm, format!("Can't pickle {} object", class_name(vm, object)))),
        }
    }

    /// The reducer that a dispatch table names for a class.
    fn registered_reducer(&mut self, class: Gc<Type>) -> PyResult<Option<Value>> {
        let vm = self.vm;
        let table = match self.dispatch_table {
            Some(table) => table,
            None => {
                let copyreg = vm.import("copyreg")?;
                let table = vm.getattr_str(copyreg, "dispatch_table")?;
                self.dispatch_table = Some(table);
                table
            }
        };
        match table.downcast::<Dict>().filter(|_| vm.type_of(table) == vm.types.dict) {
            Some(dict) => dict.get(vm, class.value()),
            None => vm.getitem_opt(table, class.value()),
        }
    }

    fn save_type(&mut self, object: Value) -> PyResult<()> {
        let vm = self.vm;
        for singleton in [Value::none(), Value::not_implemented(), Value::ellipsis()] {
            if vm.type_of(singleton).value() == object {
                let arguments = vm.new_tuple(&[singleton]);
                return self.save_reduction(vm.types.type_.value(), arguments, object);
            }
        }
        self.save_global(object, None)
    }

    // ---- ordinary instances

    fn plan(&mut self, class: Gc<Type>, instance: Gc<Instance>) -> PyResult<Plan> {
        let shape = instance.header().shape();
        if let Some((known, version, plan)) = self.plans.last
            && known == shape
            && version == class.version.get()
        {
            return Ok(plan);
        }
        let found = self.plans.all.get(&shape.0).filter(|(version, _)| *version == class.version.get());
        let plan = match found {
            Some(&(_, plan)) => plan,
            None => self.make_plan(class, instance)?,
        };
        // Making the plan may have stored `__slotnames__` into the class.
        let version = class.version.get();
        self.plans.all.insert(shape.0, (version, plan));
        self.plans.last = Some((shape, version, plan));
        Ok(plan)
    }

    fn make_plan(&mut self, class: Gc<Type>, instance: Gc<Instance>) -> PyResult<Plan> {
        let vm = self.vm;
        let object = vm.types.object;
        let inherits = |name: Gc<Str>| vm.lookup(class, name) == vm.lookup(object, name);
        let names = ["__reduce_ex__", "__reduce__", "__class__", "__getnewargs_ex__", "__getnewargs__"];
        let usual = class.kind == Kind::Instance
            && names.iter().all(|name| inherits(vm.intern(name)))
            && vm.special(class, Special::GetAttribute) == vm.special(object, Special::GetAttribute);
        let shape = vm.shape(instance.header().shape());
        // Methods hidden by attributes of the instance; whoever has a dict may have any.
        let special = |names: &[Gc<Str>]| {
            names.iter().any(|name| name.as_ascii().is_some_and(|name| name.starts_with("__")))
        };
        if !usual || shape.dict_mode || shape.with_names(special) || vm.slot_names_of(class)?.is_some() {
            return Ok(Plan::Ask);
        }
        Ok(if inherits(vm.names.__getstate__) { Plan::Attributes } else { Plan::State })
    }

    fn save_instance(&mut self, class: Gc<Type>, instance: Gc<Instance>, plan: Plan) -> PyResult<()> {
        let vm = self.vm;
        let object = instance.value();
        let state = match plan {
            Plan::State => Some(vm.call_method(object, "__getstate__", &[])?).filter(|s| !s.is_none()),
            // Whoever holds the pickler could see that there is no dict.
            _ if !self.pickler.internal.get() => {
                let empty = |dict: &Value| dict.downcast::<Dict>().is_some_and(|dict| dict.is_empty());
                vm.getattr_opt(object, vm.names.__dict__)?.filter(|dict| !empty(dict))
            }
            _ => None,
        };
        let written = self.save_class_of(class, object).and_then(|()| match (plan, state) {
            (_, Some(state)) => self.save_state(object, state),
            (Plan::Attributes, None) if self.pickler.internal.get() => self.save_attributes(instance),
            _ => Ok(()),
        });
        written.map_err(|Raised| self.note(object, "object"))
    }

    /// The class, and the instruction that makes an instance of it without arguments.
    fn save_class_of(&mut self, class: Gc<Type>, object: Value) -> PyResult<()> {
        if self.save(class.value()).is_err() {
            return Err(self.note(object, "class"));
        }
        self.save(self.vm.empty_tuple.value())?;
        self.out.byte(NEWOBJ);
        self.built(object);
        Ok(())
    }

    /// The attributes of an instance as the dict that they would be.
    fn save_attributes(&mut self, instance: Gc<Instance>) -> PyResult<()> {
        let shape = self.vm.shape(instance.header().shape());
        if shape.count == 0 {
            return Ok(());
        }
        if shape.dict_mode {
            // Somebody has asked for the dict meanwhile.
            let dict = self.vm.getattr(instance.value(), self.vm.names.__dict__)?;
            return self.save_state(instance.value(), dict);
        }
        if self.save_attribute_dict(instance, shape).is_err() {
            return Err(self.note(instance.value(), "state"));
        }
        self.out.byte(BUILD);
        Ok(())
    }

    fn save_attribute_dict(&mut self, instance: Gc<Instance>, shape: Gc<Shape>) -> PyResult<()> {
        self.frame_boundary()?;
        self.vm.check_native_stack(" while pickling an object")?;
        self.out.byte(EMPTY_DICT);
        self.memoize_nothing();
        let count = shape.count as usize;
        let mut done = 0;
        while done < count {
            if count > 1 {
                self.out.byte(MARK);
            }
            let end = count.min(done + BATCH);
            for i in done..end {
                let name = shape.with_names(|names| names[i]);
                let value = match self.vm.shape(instance.header().shape()) == shape {
                    true => instance.read(Instance::location(&shape, i)),
                    false => self.vm.own_attr(instance.value(), name),
                };
                let Some(value) = value else {
                    return Err(self.vm.runtime_error("dictionary changed size during iteration"));
                };
                self.save_pair(name.value(), value, "dict")?;
            }
            self.out.byte(if count > 1 { SETITEMS } else { SETITEM });
            done = end;
        }
        Ok(())
    }

    /// The object was put onto the stack: remember it, unless its parts contained it.
    fn built(&mut self, object: Value) {
        match self.number_of(object) {
            Some(number) => {
                self.out.byte(POP);
                self.get(number);
            }
            None => self.memoize(object),
        }
    }

    fn save_state(&mut self, object: Value, state: Value) -> PyResult<()> {
        if self.save(state).is_err() {
            return Err(self.note(object, "state"));
        }
        self.out.byte(BUILD);
        Ok(())
    }

    #[cold]
    fn note(&self, object: Value, what: &str) -> Raised {
        add_note(self.vm, &format!("when serializing {} {what}", class_name(self.vm, object)))
    }

    // ---- what __reduce__ returns

    fn save_reduced(&mut self, reduced: Value, object: Value) -> PyResult<()> {
        if reduced.is::<Str>() {
            return self.save_global(object, Some(reduced));
        }
        let result = match self.take_apart(reduced) {
            Ok(reduction) => self.save_reduce(&reduction, object),
            Err(raised) => Err(raised),
        };
        result.map_err(|Raised| self.note(object, "object"))
    }

    fn take_apart(&self, reduced: Value) -> PyResult<Reduction> {
        let vm = self.vm;
        let fail = |what: &str, given: Value| {
            Err(cannot_pickle(vm, format!("{what}, not {}", class_name(vm, given))))
        };
        let part = |n: &str| format!("{n} item of the tuple returned by __reduce__ must be");
        let Some(parts) = reduced.downcast::<Tuple>() else {
            return fail("__reduce__ must return a string or tuple", reduced);
        };
        let parts = parts.as_ref();
        if !(2..=6).contains(&parts.len()) {
            let message = "tuple returned by __reduce__ must contain 2 through 6 elements";
            return Err(cannot_pickle(vm, message));
        }
        if !is_callable(vm, parts[0]) {
            return fail(&format!("{} callable", part("first")), parts[0]);
        }
        let Some(arguments) = parts[1].downcast::<Tuple>() else {
            return fail(&format!("{} a tuple", part("second")), parts[1]);
        };
        let optional = |i: usize| parts.get(i).copied().filter(|v| !v.is_none());
        for (i, which) in [(3, "fourth"), (4, "fifth")] {
            if let Some(items) = optional(i)
                && vm.special_of(items, Special::Next).is_none()
            {
                return fail(&format!("{} an iterator", part(which)), items);
            }
        }
        if let Some(setter) = optional(5)
            && !is_callable(vm, setter)
        {
            return fail(&format!("{} callable", part("sixth")), setter);
        }
        Ok(Reduction {
            function: parts[0],
            arguments,
            state: optional(2),
            list_items: optional(3),
            dict_items: optional(4),
            state_setter: optional(5),
        })
    }

    /// A call of `function` with a tuple of arguments that makes `object`.
    pub fn save_reduction(&mut self, function: Value, arguments: Value, object: Value) -> PyResult<()> {
        let reduction = Reduction {
            function,
            arguments: arguments.downcast().expect("a tuple of arguments"),
            state: None,
            list_items: None,
            dict_items: None,
            state_setter: None,
        };
        self.save_reduce(&reduction, object)
    }

    fn save_reduce(&mut self, reduction: &Reduction, object: Value) -> PyResult<()> {
        let vm = self.vm;
        let name = match self.protocol >= 2 {
            true => vm.getattr_opt(reduction.function, vm.names.__name__)?.and_then(|n| n.downcast::<Str>()),
            false => None,
        };
        match name {
            Some(name) if name.eq_str("__newobj_ex__") => self.save_newobj_ex(reduction, object)?,
            Some(name) if name.eq_str("__newobj__") => self.save_newobj(reduction, object)?,
            _ => {
                if self.save(reduction.function).is_err() {
                    return Err(self.note(object, "reconstructor"));
                }
                if self.save(reduction.arguments.value()).is_err() {
                    return Err(self.note(object, "reconstructor arguments"));
                }
                self.out.byte(REDUCE);
            }
        }
        self.built(object);
        if let Some(items) = reduction.list_items {
            self.save_items(items, object)?;
        }
        if let Some(items) = reduction.dict_items {
            self.save_pairs(items, object)?;
        }
        let Some(state) = reduction.state else { return Ok(()) };
        let Some(setter) = reduction.state_setter else { return self.save_state(object, state) };
        // The setter is called for its effect only.
        if self.save(setter).is_err() {
            return Err(self.note(object, "state setter"));
        }
        self.save(object)?;
        if self.save(state).is_err() {
            return Err(self.note(object, "state"));
        }
        self.out.bytes(&[TUPLE2, REDUCE, POP]);
        Ok(())
    }

    /// Refuses a class in the arguments of `__newobj__` that is none, or not that of the object.
    fn check_class(&self, class: Value, object: Value) -> PyResult<()> {
        let vm = self.vm;
        if !class.is::<Type>() {
            let given = class_name(vm, class);
            let message = format!("first argument to __newobj__() must be a class, not {given}");
            return Err(cannot_pickle(vm, message));
        }
        let own = vm.getattr(object, vm.names.__class__)?;
        if own != class {
            let (own, class) = (vm.repr_text(own)?, vm.repr_text(class)?);
            let message = format!("first argument to __newobj__() must be {own}, not {class}");
            return Err(cannot_pickle(vm, message));
        }
        Ok(())
    }

    fn save_newobj(&mut self, reduction: &Reduction, object: Value) -> PyResult<()> {
        let Some((&class, arguments)) = reduction.arguments.as_ref().split_first() else {
            return Err(cannot_pickle(self.vm, "__newobj__ expected at least 1 argument, got 0"));
        };
        self.check_class(class, object)?;
        if self.save(class).is_err() {
            return Err(self.note(object, "class"));
        }
        let arguments = match arguments {
            [] => self.vm.empty_tuple.value(),
            arguments => self.vm.new_tuple(arguments),
        };
        if self.save(arguments).is_err() {
            return Err(self.note(object, "__new__ arguments"));
        }
        self.out.byte(NEWOBJ);
        Ok(())
    }

    fn save_newobj_ex(&mut self, reduction: &Reduction, object: Value) -> PyResult<()> {
        let vm = self.vm;
        let &[class, args, kwargs] = &reduction.arguments.as_ref()[..] else {
            let count = reduction.arguments.len();
            return Err(cannot_pickle(vm, format!("__newobj_ex__ expected 3 arguments, got {count}")));
        };
        let wrong = |which: &str, what: &str, given: Value| {
            let given = class_name(vm, given);
            cannot_pickle(vm, format!("{which} argument to __newobj_ex__() must be a {what}, not {given}"))
        };
        if !class.is::<Type>() {
            return Err(wrong("first", "class", class));
        }
        let Some(args) = args.downcast::<Tuple>() else { return Err(wrong("second", "tuple", args)) };
        let Some(kwargs) = kwargs.downcast::<Dict>() else { return Err(wrong("third", "dict", kwargs)) };
        if self.protocol >= 4 {
            if self.save(class).is_err() {
                return Err(self.note(object, "class"));
            }
            if self.save(args.value()).is_err() || self.save(kwargs.value()).is_err() {
                return Err(self.note(object, "__new__ arguments"));
            }
            self.out.byte(NEWOBJ_EX);
            return Ok(());
        }
        // Older protocols cannot pass keywords: a partial object holds them.
        let partial = vm.import("functools")?;
        let partial = vm.getattr_str(partial, "partial")?;
        let new = vm.getattr(class, vm.names.__new__)?;
        let mut all = vm.vec();
        all.push(&vm.heap, new);
        all.push(&vm.heap, class);
        all.extend_from_slice(&vm.heap, args.as_ref());
        let function = vm.call_kw(partial, &all, Some(kwargs))?;
        if self.save(function).is_err() {
            return Err(self.note(object, "reconstructor"));
        }
        self.save(vm.empty_tuple.value())?;
        self.out.byte(REDUCE);
        Ok(())
    }

    // ---- items of list-like and dict-like objects

    /// What an iterator of list items yields.
    fn save_items(&mut self, items: Value, object: Value) -> PyResult<()> {
        let mut i = 0;
        if !self.bin {
            while let Some(item) = self.vm.next(items)? {
                self.save_item(item, object, &mut i)?;
                self.out.byte(APPEND);
            }
            return Ok(());
        }
        loop {
            let Some(first) = self.vm.next(items)? else { return Ok(()) };
            let mut next = self.vm.next(items)?;
            if next.is_none() {
                self.save_item(first, object, &mut i)?;
                self.out.byte(APPEND);
                return Ok(());
            }
            self.out.byte(MARK);
            self.save_item(first, object, &mut i)?;
            let mut count = 1;
            while let Some(item) = next {
                self.save_item(item, object, &mut i)?;
                count += 1;
                next = if count == BATCH { None } else { self.vm.next(items)? };
            }
            self.out.byte(APPENDS);
            if count < BATCH {
                return Ok(());
            }
        }
    }

    fn save_item(&mut self, item: Value, object: Value, i: &mut usize) -> PyResult<()> {
        if self.save(item).is_err() {
            return Err(self.note(object, &format!("item {i}")));
        }
        *i += 1;
        Ok(())
    }

    /// What an iterator of pairs yields.
    pub fn save_pairs(&mut self, items: Value, object: Value) -> PyResult<()> {
        let class = class_name(self.vm, object);
        if !self.bin {
            while let Some(pair) = self.next_pair(items)? {
                self.save_pair(pair[0], pair[1], &class)?;
                self.out.byte(SETITEM);
            }
            return Ok(());
        }
        loop {
            let Some(first) = self.next_pair(items)? else { return Ok(()) };
            let mut next = self.next_pair(items)?;
            if next.is_none() {
                self.save_pair(first[0], first[1], &class)?;
                self.out.byte(SETITEM);
                return Ok(());
            }
            self.out.byte(MARK);
            self.save_pair(first[0], first[1], &class)?;
            let mut count = 1;
            while let Some(pair) = next {
                self.save_pair(pair[0], pair[1], &class)?;
                count += 1;
                next = if count == BATCH { None } else { self.next_pair(items)? };
            }
            self.out.byte(SETITEMS);
            if count < BATCH {
                return Ok(());
            }
        }
    }

    fn next_pair(&self, items: Value) -> PyResult<Option<Gc<Tuple>>> {
        let Some(item) = self.vm.next(items)? else { return Ok(None) };
        match item.downcast::<Tuple>().filter(|pair| pair.len() == 2) {
            Some(pair) => Ok(Some(pair)),
            None => Err(self.vm.type_error("dict items iterator must return 2-tuples")),
        }
    }
}
