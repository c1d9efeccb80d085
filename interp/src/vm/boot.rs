//! Starting an interpreter: heap, names, classes, exceptions, and the `builtins` and `sys` dicts.

use super::exceptions::Exceptions;
use super::names::Names;
use super::special::Special;
use super::types::Types;
use super::{
    ATTR_CACHE, Config, Interpreter, METHOD_CACHE, ModuleSource, NOTED_CALLEES, NOTED_SHAPES, SUPER_CACHE,
    Vm, compare,
};
use crate::heap::Heap;
use crate::object::dict::Dict;
use crate::object::function::NativeFunction;
use crate::object::header::Gc;
use crate::object::str::Str;
use crate::object::tuple::Tuple;
use crate::object::typeobj::Type;
use crate::value::PyResult;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::atomic::AtomicU32;

impl Interpreter {
    /// Creates an interpreter and its main thread on the current native stack.
    ///
    /// # Errors
    /// An exception raised while the built-in classes are filled in (only memory can run out).
    pub fn start(config: Config, source: Option<&'static dyn ModuleSource>) -> PyResult<&'static Vm> {
        compare::init_hash_keys(config.hash_seed);
        let heap = Heap::new(config.heap.clone());
        let empty_tuple = heap.make_immortal(Tuple::new(&heap, &[]));
        let empty_str = heap.make_immortal(heap.intern_str(""));
        let latin1: Vec<Gc<Str>> =
            (0..256).map(|c| heap.make_immortal(heap.intern(Str::from_char(&heap, c)))).collect();
        let names = Names::create(|n| heap.make_immortal(heap.intern_str(n)));
        let special_names = Special::NAMES.iter().map(|n| heap.make_immortal(heap.intern_str(n))).collect();
        let types = Types::create(|def, id| Vm::make_builtin_type(&heap, def, id));
        let placeholder = types.object;
        let exceptions = Exceptions::create(|_, _, _| placeholder);
        let [modules, builtins, sys] = [0; 3].map(|_| heap.make_immortal(Dict::new(&heap)));
        let sys_state = crate::sys::SysState::new(config.int_max_str_digits);
        let interp: &'static mut Interpreter = Box::leak(Box::new(Interpreter {
            heap,
            types,
            exceptions,
            names,
            special_names,
            empty_tuple,
            empty_str,
            latin1,
            modules,
            builtins,
            sys,
            registry: RefCell::default(),
            native_types: RefCell::default(),
            versions: Cell::new(0),
            class_stores: RefCell::default(),
            // SAFETY: entries of numbers and optional values; all-zero is the empty one.
            method_cache: unsafe { Box::new_zeroed_slice(METHOD_CACHE).assume_init() },
            format_specs: Default::default(),
            // SAFETY: as above.
            attr_cache: unsafe { Box::new_zeroed_slice(ATTR_CACHE).assume_init() },
            // SAFETY: as above.
            noted_shapes: unsafe { Box::new_zeroed_slice(NOTED_SHAPES).assume_init() },
            // SAFETY: as above.
            noted_callees: unsafe { Box::new_zeroed_slice(NOTED_CALLEES).assume_init() },
            // SAFETY: as above.
            super_cache: unsafe { Box::new_zeroed_slice(SUPER_CACHE).assume_init() },
            unseen_answers: vec![Default::default(); super::dispatch::UNSEEN_ANSWERS].into_boxed_slice(),
            config,
            source,
            hash_key: (0, 0),
            breaker: AtomicU32::new(0),
            running_finalizers: Cell::new(false),
            signal_hook: Cell::new(None),
            gil_hook: Cell::new(None),
            tier: Cell::new(None),
            unraisable_class: Cell::new(None),
            sys_state,
            threads: RefCell::default(),
            gil: super::gil::Gil::new(),
            monitor: super::tracing::Monitor::default(),
        }));
        // No collection can happen yet: roots are installed last.
        let stack = interp.config.stack_size;
        let interp_ptr: *mut Interpreter = interp;
        // SAFETY: leaked above; the exclusive reference is used once more, below, before anything else sees the thread.
        let vm = Vm::new(unsafe { &*interp_ptr }, 1, stack);
        finish_types(vm)?;
        let made = make_exceptions(vm)?;
        // SAFETY: no other reference is in use while the field is written.
        unsafe { (*interp_ptr).exceptions = made };
        publish_object_model(vm);
        vm.heap.set_roots(vm.interpreter());
        Ok(vm)
    }
}

fn finish_types(vm: &Vm) -> PyResult<()> {
    let table = all_types(&vm.types);
    let object = vm.types.object;
    vm.finish_builtin_type(object, None)?;
    for &ty in &table {
        if ty == object {
            continue;
        }
        let base = match ty.def.and_then(|d| d.base) {
            None => object,
            Some(base) => base(vm).downcast::<Type>().expect("the base of a class is a class"),
        };
        vm.finish_builtin_type(ty, Some(base))?;
    }
    vm.types.type_.set_flag(crate::object::typeobj::type_flag::IS_METACLASS);
    vm.types.base_exception.set_flag(crate::object::typeobj::type_flag::IS_EXCEPTION);
    vm.types.base_exception.ext_words.set(1);
    Ok(())
}

/// What class statements need before the `builtins` module is complete.
fn publish_object_model(vm: &Vm) {
    let t = &vm.types;
    let set = |name: &str, v| vm.builtins.insert_str(&vm.heap, vm.intern(name), v);
    set("object", t.object.value());
    set("type", t.type_.value());
    set("property", t.property.value());
    set("classmethod", t.classmethod.value());
    set("staticmethod", t.staticmethod.value());
    set("super", t.super_.value());
    let build_class = &super::build_class::__PYDEF_build_class;
    let module = vm.names.builtins.value();
    let name = vm.names.__build_class__;
    set("__build_class__", NativeFunction::function(&vm.heap, build_class, name, Some(module)).value());
}

macro_rules! list_types {
    ($($konst:ident $field:ident: $def:path,)*) => {
        /// All built-in classes in table order.
        pub fn all_types(types: &Types) -> Vec<Gc<Type>> {
            vec![$(types.$field),*]
        }
    };
}
crate::for_each_builtin_type!(list_types);

fn make_exceptions(vm: &Vm) -> PyResult<Exceptions> {
    let mut made: HashMap<&str, Gc<Type>> = HashMap::from([("BaseException", vm.types.base_exception)]);
    let mut result = Ok(());
    let exceptions = Exceptions::create(|name, base, def| {
        let ty = match name {
            // The only class with two bases.
            "ExceptionGroup" => vm.make_exception_type(name, &[made[base], made["Exception"]], def),
            _ => vm.make_exception_type(name, &[made[base]], def),
        };
        let ty = ty.unwrap_or_else(|raised| {
            result = Err(raised);
            made[base]
        });
        made.insert(name, ty);
        ty
    });
    result.map(|()| exceptions)
}
