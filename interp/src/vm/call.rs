//! Calls: from native code into anything callable, and binding arguments to a Python function's window.

use super::Vm;
use super::dispatch::tier::{count, function_is_hot};
use super::frame::{BOUNDARY, LINK_INIT, Window};
use super::special::Special;
use crate::heap::GcVec;
use crate::native::args::class_name;
use crate::native::{Args, FnKind};
use crate::object::dict::Dict;
use crate::object::function::{BoundMethod, Function, NativeFunction};
use crate::object::header::{Gc, Kind};
use crate::object::shape::shape_id;
use crate::object::str::Str;
use crate::object::tuple::Tuple;
use crate::object::typeobj::{Type, type_flag};
use crate::value::{PyResult, Raised, Value};
use adder_bytecode::{CodeFlags, FRAME_HEADER, LocalKind};

impl Vm {
    /// `callable(*args)`.
    pub fn call(&self, callable: Value, args: &[Value]) -> PyResult {
        self.call_args(callable, Args::positional(args))
    }

    /// `callable(first, *rest)`.
    pub fn call_prepended(&self, callable: Value, first: Value, rest: &[Value]) -> PyResult {
        match rest {
            [] => self.call(callable, &[first]),
            [a] => self.call(callable, &[first, *a]),
            [a, b] => self.call(callable, &[first, *a, *b]),
            _ => {
                let mut all = GcVec::with_capacity(&self.heap, rest.len() + 1);
                all.push(&self.heap, first);
                all.extend_from_slice(&self.heap, rest);
                self.call(callable, &all)
            }
        }
    }

    /// `callable(*args, **kwargs)`.
    pub fn call_kw(&self, callable: Value, args: &[Value], kwargs: Option<Gc<Dict>>) -> PyResult {
        let Some(kwargs) = kwargs.filter(|d| !d.is_empty()) else { return self.call(callable, args) };
        let heap = &self.heap;
        let mut values = GcVec::from_slice(heap, args);
        let mut names = GcVec::new();
        for (k, v) in kwargs.iter() {
            if !k.is::<Str>() {
                return Err(self.type_error("keywords must be strings"));
            }
            names.push(heap, k);
            values.push(heap, v);
        }
        let names = Tuple::new(heap, &names);
        self.call_args(callable, Args::new(&values, Some(names)))
    }

    /// Calls with positional and keyword arguments as registers hold them.
    pub fn call_args(&self, callable: Value, args: Args<'_>) -> PyResult {
        match callable.kind() {
            Some(Kind::Function) => {
                let function: Gc<Function> = callable.downcast().expect("kind");
                self.run_function(function, args, 0)
            }
            Some(Kind::NativeFunction) => {
                let native: Gc<NativeFunction> = callable.downcast().expect("kind");
                self.call_native(native, args)
            }
            Some(Kind::BoundMethod) => {
                let method: Gc<BoundMethod> = callable.downcast().expect("kind");
                self.with_prepended(method.receiver, args, |vm, args| vm.call_args(method.function, args))
            }
            Some(Kind::Type) => self.call_type(callable.downcast().expect("kind"), args),
            _ => self.call_object(callable, args),
        }
    }

    /// Runs `f` with `first` in front of the arguments.
    pub fn with_prepended(
        &self,
        first: Value,
        args: Args<'_>,
        f: impl FnOnce(&Vm, Args<'_>) -> PyResult,
    ) -> PyResult {
        let values = args.all_values();
        match values {
            [] => f(self, Args::new(&[first], args.kwnames())),
            [a] => f(self, Args::new(&[first, *a], args.kwnames())),
            [a, b] => f(self, Args::new(&[first, *a, *b], args.kwnames())),
            _ => {
                let mut all = GcVec::with_capacity(&self.heap, values.len() + 1);
                all.push(&self.heap, first);
                all.extend_from_slice(&self.heap, values);
                f(self, Args::new(&all, args.kwnames()))
            }
        }
    }

    fn call_object(&self, callable: Value, args: Args<'_>) -> PyResult {
        match self.special_of(callable, Special::Call) {
            None => {
                Err(self.type_error(format!("'{}' object is not callable", self.type_of(callable).name())))
            }
            Some(raw) => {
                self.check_native_stack("")?;
                if raw.is::<Function>() {
                    return self.with_prepended(callable, args, |vm, args| vm.call_args(raw, args));
                }
                if raw.header().is_some_and(|h| h.shape() == shape_id::WRAPPER_DESCRIPTOR) {
                    return self.with_prepended(callable, args, |vm, args| vm.call_args(raw, args));
                }
                let bound = self.bind_attr(raw, Some(callable), self.type_of(callable))?;
                self.call_args(bound, args)
            }
        }
    }

    /// Calls a native function, with its receiver in front if it is bound.
    pub fn call_native(&self, native: Gc<NativeFunction>, args: Args<'_>) -> PyResult {
        let Some(def) = native.def() else {
            return Err(
                self.type_error(format!("'{}' object is not callable", self.type_of(native.value()).name()))
            );
        };
        if native.passes_receiver()
            && let Some(receiver) = native.receiver
        {
            return self.with_prepended(receiver, args, |vm, args| def.call(vm, args));
        }
        if matches!(def.kind, FnKind::Method | FnKind::ClassMethod)
            && native.header().shape() != shape_id::BUILTIN_FUNCTION
        {
            self.check_unbound_call(native, &args)?;
        }
        if def.kind == FnKind::New
            && let Some(&class) = args.positional_values().first()
            && Some(class) != native.receiver
        {
            self.check_new_call(native, class)?;
        }
        def.call(self, args)
    }

    /// `owner.__new__(class)`: the class inherits from the owner, whose constructor is the native one nearest to it.
    fn check_new_call(&self, native: Gc<NativeFunction>, class: Value) -> PyResult<()> {
        let (Some(owner), Some(class)) = (native.owner, class.downcast::<Type>()) else { return Ok(()) };
        if !class.is_subtype(owner) {
            let (class_name, owner_name) = (class.name(), owner.name());
            return Err(self.type_error(format!(
                "{owner_name}.__new__({class_name}): {class_name} is not a subtype of {owner_name}"
            )));
        }
        let base = crate::object::objecttype::native_base(class);
        if base.has(type_flag::NO_CONSTRUCTOR) {
            return Err(self.type_error(format!("cannot create '{}' instances", class.qualified_name())));
        }
        if self.special(base, Special::New) != Some(native.value()) {
            let (class_name, owner_name) = (class.name(), owner.name());
            return Err(self.type_error(format!(
                "{owner_name}.__new__({class_name}) is not safe, use {}.__new__()",
                base.name()
            )));
        }
        Ok(())
    }

    #[inline]
    fn check_unbound_call(&self, native: Gc<NativeFunction>, args: &Args<'_>) -> PyResult<()> {
        if let (Some(&receiver), Some(owner)) = (args.all_values().first(), native.owner)
            && self.type_of(receiver).is_subtype(owner)
        {
            return Ok(());
        }
        self.unbound_call_error(native, args)
    }

    #[cold]
    fn unbound_call_error(&self, native: Gc<NativeFunction>, args: &Args<'_>) -> PyResult<()> {
        let name = native.name.to_string_lossy();
        let owner = native.owner.map_or_else(String::new, class_name);
        match args.all_values().first() {
            None => Err(self.type_error(if native.header().shape() == shape_id::WRAPPER_DESCRIPTOR {
                format!("descriptor '{name}' of '{owner}' object needs an argument")
            } else {
                // The qualified name: without the module.
                let owner = native.owner.map_or_else(String::new, |o| o.name());
                format!("unbound method {owner}.{name}() needs an argument")
            })),
            Some(_) if native.header().shape() == shape_id::CLASSMETHOD_DESCRIPTOR => Ok(()),
            Some(&receiver) => match native.owner {
                Some(o) if !self.type_of(receiver).is_subtype(o) => {
                    let got = class_name(self.type_of(receiver));
                    Err(self.type_error(if native.header().shape() == shape_id::WRAPPER_DESCRIPTOR {
                        format!("descriptor '{name}' requires a '{owner}' object but received a '{got}'")
                    } else {
                        format!("descriptor '{name}' for '{owner}' objects doesn't apply to a '{got}' object")
                    }))
                }
                _ => Ok(()),
            },
        }
    }

    /// `cls(*args)`: the metaclass's `__call__`, which is usually `type`'s.
    pub fn call_type(&self, cls: Gc<Type>, args: Args<'_>) -> PyResult {
        let meta = self.type_of(cls.value());
        if meta != self.types.type_
            && let Some(hook) = self.special(meta, Special::Call)
            && Some(hook) != self.special(self.types.type_, Special::Call)
        {
            if hook.is::<Function>() {
                return self.with_prepended(cls.value(), args, |vm, args| vm.call_args(hook, args));
            }
            let bound = self.bind_attr(hook, Some(cls.value()), meta)?;
            return self.call_args(bound, args);
        }
        self.instantiate(cls, args)
    }

    /// `type.__call__(cls, *args)`: `__new__`, then `__init__`.
    pub fn instantiate(&self, cls: Gc<Type>, args: Args<'_>) -> PyResult {
        if cls == self.types.type_ && args.all_values().len() == 1 && args.kwnames().is_none() {
            return Ok(self.type_of(args.all_values()[0]).value());
        }
        if cls == self.types.type_ && args.positional_values().len() != 3 {
            return Err(self.type_error("type() takes 1 or 3 arguments"));
        }
        self.check_native_stack("")?;
        if cls.has(type_flag::NO_CONSTRUCTOR) {
            return Err(self.type_error(format!("cannot create '{}' instances", cls.qualified_name())));
        }
        let new = self.special(cls, Special::New).expect("object has __new__");
        let object = if new == self.special(self.types.object, Special::New).expect("object has __new__")
            && !cls.has(type_flag::ABSTRACT)
            && cls.kind == Kind::Instance
        {
            self.check_object_new_args(cls, &args)?;
            self.new_instance(cls)
        } else {
            let new = self.bind_attr(new, None, cls)?;
            self.with_prepended(cls.value(), args, |vm, args| vm.call_args(new, args))?
        };
        if !self.type_of(object).is_subtype(cls) {
            return Ok(object);
        }
        let actual = self.type_of(object);
        let init = self.special(actual, Special::Init).expect("object has __init__");
        if init == self.special(self.types.object, Special::Init).expect("object has __init__") {
            return Ok(object);
        }
        let result = if init.kind() == Some(Kind::Function) || init.kind() == Some(Kind::NativeFunction) {
            self.with_prepended(object, args, |vm, args| vm.call_args(init, args))?
        } else {
            let init = self.bind_attr(init, Some(object), actual)?;
            self.call_args(init, args)?
        };
        if !result.is_none() {
            return Err(self.type_error(format!(
                "__init__() should return None, not '{}'",
                self.type_of(result).name()
            )));
        }
        Ok(object)
    }

    /// The errors of `object.__new__` and `object.__init__` for excess arguments.
    pub fn check_object_new_args(&self, cls: Gc<Type>, args: &Args<'_>) -> PyResult<()> {
        if args.all_values().is_empty() {
            return Ok(());
        }
        let init = self.special(cls, Special::Init);
        if init == self.special(self.types.object, Special::Init) {
            return Err(self.type_error(format!("{}() takes no arguments", cls.name())));
        }
        Ok(())
    }

    /// A fresh instance of a class whose layout is that of `object`.
    #[inline]
    pub fn new_instance(&self, cls: Gc<Type>) -> Value {
        let instance = crate::object::instance::Instance::new(&self.heap, &cls.root_shape());
        if cls.has(type_flag::HAS_FINALIZER) {
            self.heap.register_finalizer(instance.header());
        }
        instance.value()
    }

    // ---- Python functions

    /// Calls a Python function from native code: a window above everything in use, run to its end.
    pub fn run_function(&self, function: Gc<Function>, args: Args<'_>, link: u64) -> PyResult {
        self.check_native_stack("")?;
        let values = args.all_values();
        let area = self.registers_in_use() as *mut Option<Value>;
        // SAFETY: the register stack has a margin above its end for argument areas.
        let base = unsafe { area.add(FRAME_HEADER as usize) };
        // Before anything is written: under a quiet call of compiled code, which allows no call of this kind, the frames of that code are
        // not published, and what looks like free room may be theirs.
        if self.recursion_left.get() <= 0
            || (base as usize) + (values.len() + 64) * 8 >= self.stack_end as usize
        {
            return Err(self.recursion_error("maximum recursion depth exceeded"));
        }
        for (i, &v) in values.iter().enumerate() {
            // SAFETY: room was checked above.
            unsafe { *base.add(i) = Some(v) };
        }
        let window = Window(base);
        window.set_function(function);
        let saved_top = self.top.replace(base.wrapping_add(values.len()));
        let (saved_base, saved_pc) = (self.base.get(), self.pc.get());
        let kwnames = args.kwnames();
        let entered =
            self.enter_window(window, function, values.len() - kwnames.map_or(0, |k| k.len()), kwnames);
        let result = entered.and_then(|()| {
            window.set_link(link);
            window.set_caller(Window(saved_base));
            window.set_return_pc(saved_pc as usize | BOUNDARY);
            window.set_caller_words(std::ptr::null_mut());
            if count(function.words.get()) {
                function_is_hot(self, function, window);
            }
            super::dispatch::run(self, window, function.entry.get(), function.words.get())
        });
        self.base.set(saved_base);
        self.pc.set(saved_pc);
        self.top.set(saved_top);
        result
    }

    /// Makes `window` ready to run `function`: arguments lie in its first registers, `nargs` positional ones followed by those
    /// that `kwnames` names. Checks depth, binds, clears the other locals.
    #[inline]
    pub fn enter_window(
        &self,
        window: Window,
        function: Gc<Function>,
        nargs: usize,
        kwnames: Option<Gc<Tuple>>,
    ) -> PyResult<()> {
        if function.entry.get().is_null() {
            function.prepare(&self.heap);
        }
        if self.breaker_set() {
            self.monitor_entry(function);
        }
        let left = self.recursion_left.get();
        let end = window.0 as usize + function.nregs.get() as usize * 8 + 64;
        if left <= 0 || end >= self.stack_end as usize {
            return Err(self.recursion_error("maximum recursion depth exceeded"));
        }
        let mut bound = nargs;
        if nargs as u32 != function.simple_args.get() || kwnames.is_some() {
            bound = self.bind_arguments(window, function, nargs, kwnames)?;
        }
        for i in bound..function.nlocals.get() as usize {
            // SAFETY: locals lie inside the window, whose end was checked.
            unsafe { *window.0.add(i) = None };
        }
        self.recursion_left.set(left - 1);
        Ok(())
    }

    /// Binds arguments to parameters in place, as CPython does, error messages included. The number of registers filled.
    #[inline(never)]
    fn bind_arguments(
        &self,
        window: Window,
        function: Gc<Function>,
        nargs: usize,
        kwnames: Option<Gc<Tuple>>,
    ) -> PyResult<usize> {
        let heap = &self.heap;
        let code = function.code.get();
        let unit = code.as_ref().unit();
        if !unit.flags.has(CodeFlags::OPTIMIZED) && nargs == 0 && kwnames.is_none() {
            // SAFETY: the namespace is the first register of the window.
            unsafe { *window.0 = Some(function.globals.value()) };
            return Ok(1);
        }
        let (argc, kwonly) = (unit.argcount as usize, unit.kwonlyargcount as usize);
        let total = argc + kwonly;
        let slot = |i: usize| window.0.wrapping_add(i);
        if kwnames.is_none()
            && total == unit.nparams() as usize
            && kwonly == 0
            && nargs < argc
            && let Some(defaults) = function.defaults.get()
            && nargs + defaults.len() >= argc
        {
            // Nothing but trailing defaults is missing.
            for i in nargs..argc {
                // SAFETY: parameters lie inside the window.
                unsafe { *slot(i) = Some(defaults[i + defaults.len() - argc]) };
            }
            return Ok(argc);
        }
        // Keyword values move out of the window first: parameters overlap them. Few of them fit on the native stack.
        let nkw = kwnames.map_or(0, |k| k.len());
        // SAFETY: the caller put this many arguments there.
        let given = |i: usize| unsafe { *slot(i) }.expect("arguments are values");
        let mut few = [None; 8];
        let mut many = GcVec::new();
        for k in 0..nkw {
            match few.get_mut(k) {
                Some(place) if nkw <= 8 => *place = Some(given(nargs + k)),
                _ => many.push(heap, given(nargs + k)),
            }
        }
        let has_varargs = unit.flags.has(CodeFlags::VARARGS);
        let rest = has_varargs.then(|| {
            if nargs <= argc {
                return self.empty_tuple;
            }
            // SAFETY: the surplus arguments lie in a row.
            Tuple::new(heap, unsafe { std::slice::from_raw_parts(slot(argc).cast::<Value>(), nargs - argc) })
        });
        let kwdict = unit.flags.has(CodeFlags::VARKEYWORDS).then(|| Dict::new(heap));
        // SAFETY: parameters lie inside the window.
        unsafe {
            for i in nargs.min(argc)..unit.nparams() as usize {
                *slot(i) = None;
            }
            if let Some(rest) = rest {
                *slot(total) = Some(rest.value());
            }
            if let Some(dict) = kwdict {
                *slot(total + has_varargs as usize) = Some(dict.value());
            }
        }
        if let Some(names) = kwnames {
            for (k, &name) in names.iter().enumerate() {
                let value = if nkw <= 8 { few[k].expect("filled above") } else { many[k] };
                self.bind_keyword(window, function, name, value, kwdict)?;
            }
        }
        if nargs > argc && !has_varargs {
            return Err(self.too_many_positional(window, function, nargs));
        }
        self.fill_defaults(window, function)?;
        Ok(unit.nparams() as usize)
    }

    fn bind_keyword(
        &self,
        window: Window,
        function: Gc<Function>,
        name: Value,
        value: Value,
        kwdict: Option<Gc<Dict>>,
    ) -> PyResult<()> {
        let code = function.code.get();
        let unit = code.as_ref().unit();
        let Some(text) = name.downcast::<Str>() else {
            return Err(self.type_error(format!(
                "{}() keywords must be strings",
                function.qualname.get().to_string_lossy()
            )));
        };
        let total = (unit.argcount + unit.kwonlyargcount) as usize;
        let posonly = unit.posonlyargcount as usize;
        let found = (posonly..total).find(|&i| text.eq_str(&unit.locals[i]));
        let qualname = || function.qualname.get().to_string_lossy().into_owned();
        match found {
            Some(i) => {
                let slot = window.0.wrapping_add(i);
                // SAFETY: parameters lie inside the window.
                unsafe {
                    if (*slot).is_some() {
                        return Err(self.type_error(format!(
                            "{}() got multiple values for argument '{}'",
                            qualname(),
                            unit.locals[i]
                        )));
                    }
                    *slot = Some(value);
                }
                Ok(())
            }
            None => match kwdict {
                Some(dict) => dict.insert(self, name, value),
                None => {
                    let positional: Vec<&str> =
                        unit.locals[..posonly].iter().filter(|n| text.eq_str(n)).map(|n| &**n).collect();
                    if !positional.is_empty() {
                        return Err(self.type_error(format!(
                            "{}() got some positional-only arguments passed as keyword arguments: '{}'",
                            qualname(),
                            positional.join(", ")
                        )));
                    }
                    let candidates = unit.locals[posonly..total].iter().map(|n| &**n);
                    let hint = super::suggest::suggest(&text.to_string_lossy(), candidates)
                        .map_or_else(String::new, |n| format!(". Did you mean '{n}'?"));
                    Err(self.type_error(format!(
                        "{}() got an unexpected keyword argument '{}'{hint}",
                        qualname(),
                        text.to_string_lossy()
                    )))
                }
            },
        }
    }

    fn fill_defaults(&self, window: Window, function: Gc<Function>) -> PyResult<()> {
        let code = function.code.get();
        let unit = code.as_ref().unit();
        let (argc, kwonly) = (unit.argcount as usize, unit.kwonlyargcount as usize);
        let defaults = function.defaults.get();
        let ndefaults = defaults.map_or(0, |d| d.len());
        let mut missing = Vec::new();
        for i in 0..argc {
            let slot = window.0.wrapping_add(i);
            // SAFETY: parameters lie inside the window.
            if unsafe { *slot }.is_none() {
                match defaults {
                    // SAFETY: as above.
                    Some(d) if i + ndefaults >= argc => unsafe { *slot = Some(d[i + ndefaults - argc]) },
                    _ => missing.push(&*unit.locals[i]),
                }
            }
        }
        if !missing.is_empty() {
            return Err(self.missing_arguments(function, "positional", &missing));
        }
        for i in argc..argc + kwonly {
            let slot = window.0.wrapping_add(i);
            // SAFETY: as above.
            if unsafe { *slot }.is_none() {
                let name = &unit.locals[i];
                let is_name = |k: Value| k.downcast::<Str>().is_some_and(|s| s.eq_str(name));
                let default = match function.kwdefaults.get() {
                    None => None,
                    // Looking at a few keys is cheaper than finding the one string of that name.
                    Some(d) if d.len() <= 4 => d.iter().find(|&(k, _)| is_name(k)).map(|(_, v)| v),
                    Some(d) => d.get_str(self.intern(name)),
                };
                match default {
                    // SAFETY: as above.
                    Some(v) => unsafe { *slot = Some(v) },
                    None => missing.push(&*unit.locals[i]),
                }
            }
        }
        if !missing.is_empty() {
            return Err(self.missing_arguments(function, "keyword-only", &missing));
        }
        Ok(())
    }

    #[cold]
    fn missing_arguments(&self, function: Gc<Function>, what: &str, names: &[&str]) -> Raised {
        let quoted: Vec<String> = names.iter().map(|n| format!("'{n}'")).collect();
        let list = match &quoted[..] {
            [one] => one.clone(),
            [a, b] => format!("{a} and {b}"),
            [init @ .., last] => format!("{}, and {last}", init.join(", ")),
            [] => String::new(),
        };
        self.type_error(format!(
            "{}() missing {} required {what} argument{}: {list}",
            function.qualname.get().to_string_lossy(),
            names.len(),
            if names.len() == 1 { "" } else { "s" }
        ))
    }

    #[cold]
    fn too_many_positional(&self, window: Window, function: Gc<Function>, nargs: usize) -> Raised {
        let code = function.code.get();
        let unit = code.as_ref().unit();
        let argc = unit.argcount as usize;
        let ndefaults = function.defaults.get().map_or(0, |d| d.len());
        // SAFETY: parameters lie inside the window.
        let kwonly_given = (argc..argc + unit.kwonlyargcount as usize)
            .filter(|&i| unsafe { *window.0.add(i) }.is_some())
            .count();
        let (plural, takes) = if ndefaults > 0 {
            (true, format!("from {} to {argc}", argc - ndefaults))
        } else {
            (argc != 1, argc.to_string())
        };
        let given = if kwonly_given > 0 {
            format!(
                "{nargs} positional argument{} (and {kwonly_given} keyword-only argument{}) were",
                if nargs == 1 { "" } else { "s" },
                if kwonly_given == 1 { "" } else { "s" }
            )
        } else {
            format!("{nargs} {}", if nargs == 1 { "was" } else { "were" })
        };
        self.type_error(format!(
            "{}() takes {takes} positional argument{} but {given} given",
            function.qualname.get().to_string_lossy(),
            if plural { "s" } else { "" }
        ))
    }
}

const _: () = assert!(LINK_INIT == 1 && LocalKind::Fast as u8 == 0);
