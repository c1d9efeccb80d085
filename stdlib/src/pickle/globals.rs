//! Writing what is found again by its name: classes, functions, and whatever says so.

use super::cannot_pickle;
use super::opcodes::*;
use super::save::Saver;
use adder_interp::heap::GcVec;
use adder_interp::object::dict::Dict;
use adder_interp::object::exception::Exception;
use adder_interp::object::header::Gc;
use adder_interp::object::int::as_int;
use adder_interp::object::str::Str;
use adder_interp::object::tuple::Tuple;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;

/// `PicklingError(message)` in the context of the exception `cause`.
#[cold]
fn cannot_pickle_since(vm: &Vm, message: String, cause: Value) -> Raised {
    let raised = cannot_pickle(vm, message);
    if let Some(error) = vm.pending().and_then(|error| error.downcast::<Exception>()) {
        error.set_context(&vm.heap, Some(cause));
    }
    raised
}

/// The names in a dotted path.
fn names_in(vm: &Vm, path: Gc<Str>) -> PyResult<GcVec> {
    let path = Str::exact(path);
    if !path.chars().any(|c| c == u32::from('.')) {
        return Ok(GcVec::from_slice(&vm.heap, &[vm.heap.intern(path).value()]));
    }
    let parts = vm.call_method(path.value(), "split", &[vm.new_str(".")])?;
    vm.collect(parts)
}

/// The object that a dotted path leads to.
pub fn follow(vm: &Vm, from: Value, path: Gc<Str>) -> PyResult {
    let mut at = from;
    for &name in names_in(vm, path)?.iter() {
        at = vm.getattr(at, vm.attribute_name(name)?)?;
    }
    Ok(at)
}

/// The module of this name, imported if need be.
pub fn import(vm: &Vm, name: Gc<Str>) -> PyResult {
    if name.is_empty() {
        return Err(vm.value_error("Empty module name"));
    }
    vm.import_absolute(vm.heap.intern(Str::exact(name)))
}

/// Takes the pending exception if one of these says that a module cannot be imported.
fn catch_import_failure(vm: &Vm) -> PyResult {
    let classes = [vm.exceptions.import_error, vm.exceptions.value_error, vm.exceptions.key_error];
    classes.into_iter().find_map(|class| vm.catch(class).ok()).ok_or(Raised)
}

impl Saver<'_> {
    /// Writes where `object` is found: under `name`, or its own.
    pub fn save_global(&mut self, object: Value, name: Option<Value>) -> PyResult<()> {
        let vm = self.vm;
        let name = match name {
            Some(name) => name,
            None => match vm.getattr_opt(object, vm.names.__qualname__)? {
                Some(name) => name,
                None => vm.getattr(object, vm.names.__name__)?,
            },
        };
        let Some(name) = name.downcast::<Str>() else {
            let given = vm.type_of(name).name();
            return Err(vm.type_error(format!("must be str, not {given}")));
        };
        let module = self.module_of(object, name)?;
        if self.protocol >= 2
            && let Some(code) = self.extension_code(module, name)?
        {
            return self.save_extension(code);
        }
        if self.protocol >= 4 {
            self.save(module)?;
            self.save(name.value())?;
            self.out.byte(STACK_GLOBAL);
        } else {
            self.save_by_path(module, name)?;
        }
        self.memoize(object);
        Ok(())
    }

    /// The module in which `object` is found as `name`.
    fn module_of(&self, object: Value, name: Gc<Str>) -> PyResult {
        let vm = self.vm;
        let shown_path = name.to_string_lossy();
        if shown_path.split('.').any(|part| part == "<locals>") {
            let shown = vm.repr_text(object)?;
            return Err(cannot_pickle(vm, format!("Can't pickle local object {shown}")));
        }
        let said = vm.getattr_opt(object, vm.names.__module__)?.filter(|module| !module.is_none());
        let module_name = match said {
            Some(module) => module,
            None => match self.search_modules(object, name)? {
                Some(found) => return Ok(found),
                None => vm.names.__main__.value(),
            },
        };
        let Some(text) = module_name.downcast::<Str>() else {
            let given = vm.type_of(module_name).name();
            return Err(vm.type_error(format!("__import__() argument 1 must be str, not {given}")));
        };
        let Ok(module) = import(vm, text) else {
            let error = catch_import_failure(vm)?;
            let message = format!("Can't pickle {}: {}", vm.repr_text(object)?, vm.str_text(error)?);
            return Err(cannot_pickle_since(vm, message, error));
        };
        let place = || format!("{}.{shown_path}", text.to_string_lossy());
        let Ok(found) = follow(vm, module, name) else {
            let error = vm.catch(vm.exceptions.attribute_error)?;
            let message = format!("Can't pickle {}: it's not found as {}", vm.repr_text(object)?, place());
            return Err(cannot_pickle_since(vm, message, error));
        };
        if !found.is_same(object) {
            let shown = vm.repr_text(object)?;
            let message = format!("Can't pickle {shown}: it's not the same object as {}", place());
            return Err(cannot_pickle(vm, message));
        }
        Ok(module_name)
    }

    /// Looks through all modules for an object that does not name its own.
    fn search_modules(&self, object: Value, path: Gc<Str>) -> PyResult<Option<Value>> {
        let vm = self.vm;
        let modules = vm.sys.get_str(vm.names.modules).unwrap_or(vm.modules.value());
        let items = vm.call_method(modules, "copy", &[])?;
        let items = vm.call_method(items, "items", &[])?;
        let items = vm.collect(items)?;
        for &item in items.iter() {
            let Some(pair) = item.downcast::<Tuple>().filter(|pair| pair.len() == 2) else { continue };
            let (name, module) = (pair[0], pair[1]);
            let skipped = |name: Gc<Str>| name.eq_str("__main__") || name.eq_str("__mp_main__");
            if module.is_none() || name.downcast::<Str>().is_none_or(skipped) {
                continue;
            }
            match follow(vm, module, path) {
                Ok(found) if found.is_same(object) => return Ok(Some(name)),
                Ok(_) => {}
                Err(Raised) => drop(vm.catch(vm.exceptions.attribute_error)?),
            }
        }
        Ok(None)
    }

    fn extension_code(&self, module: Value, name: Gc<Str>) -> PyResult<Option<i64>> {
        let vm = self.vm;
        let copyreg = vm.import("copyreg")?;
        let registry = vm.getattr_str(copyreg, "_extension_registry")?;
        if registry.downcast::<Dict>().is_some_and(|registry| registry.is_empty()) {
            return Ok(None);
        }
        let key = vm.new_tuple(&[module, name.value()]);
        let Some(code) = vm.getitem_opt(registry, key)? else { return Ok(None) };
        let number = as_int(code).and_then(|n| n.to_i64());
        match number {
            Some(n @ 1..=0x7FFF_FFFF) => Ok(Some(n)),
            _ if as_int(code).is_some() => {
                let shown = vm.repr_text(code)?;
                Err(vm.runtime_error(format!("extension code {shown} is out of range")))
            }
            _ => {
                let shown = vm.repr_text(code)?;
                Err(cannot_pickle(vm, format!("extension code {shown} isn't an integer")))
            }
        }
    }

    fn save_extension(&mut self, code: i64) -> PyResult<()> {
        let [a, b, c, d, ..] = code.to_le_bytes();
        match code {
            ..=0xFF => self.out.bytes(&[EXT1, a]),
            0x100..=0xFFFF => self.out.bytes(&[EXT2, a, b]),
            _ => self.out.bytes(&[EXT4, a, b, c, d]),
        }
        Ok(())
    }

    /// Before protocol 4 a path of several names is a chain of calls of `getattr`.
    fn save_by_path(&mut self, module: Value, name: Gc<Str>) -> PyResult<()> {
        let vm = self.vm;
        let names = names_in(vm, name)?;
        let Some((&first, rest)) = names.split_first().filter(|(_, rest)| !rest.is_empty()) else {
            return self.save_top_level(module, name.value());
        };
        let getattr = vm.builtin_function("getattr")?;
        for _ in rest {
            self.save(getattr)?;
            if self.protocol < 2 {
                self.out.byte(MARK);
            }
        }
        self.save_top_level(module, first)?;
        for &name in rest {
            self.save(name)?;
            self.out.byte(if self.protocol < 2 { TUPLE } else { TUPLE2 });
            self.out.byte(REDUCE);
        }
        Ok(())
    }

    fn save_top_level(&mut self, module: Value, name: Value) -> PyResult<()> {
        let (mut module, mut name) = (module, name);
        if self.protocol < 3 && self.pickler.options.get().fix_imports {
            (module, name) = self.old_place(module, name)?;
        }
        self.out.byte(GLOBAL);
        for (part, what) in [(module, "module"), (name, "global")] {
            let bytes = self.identifier(part, what)?;
            self.out.bytes(&bytes);
            self.out.byte(b'\n');
        }
        Ok(())
    }

    /// Where Python 2 had it.
    fn old_place(&self, module: Value, name: Value) -> PyResult<(Value, Value)> {
        let vm = self.vm;
        let compat = vm.import("_compat_pickle")?;
        let names = vm.getattr_str(compat, "REVERSE_NAME_MAPPING")?;
        let key = vm.new_tuple(&[module, name]);
        if let Some(found) = vm.getitem_opt(names, key)? {
            let pair = found.downcast::<Tuple>().filter(|pair| pair.len() == 2);
            let Some(pair) = pair.filter(|pair| pair[0].is::<Str>() && pair[1].is::<Str>()) else {
                let given = vm.type_of(found).name();
                let message =
                    format!("_compat_pickle.REVERSE_NAME_MAPPING values should be 2-tuples, not {given}");
                return Err(vm.runtime_error(message));
            };
            return Ok((pair[0], pair[1]));
        }
        let modules = vm.getattr_str(compat, "REVERSE_IMPORT_MAPPING")?;
        match vm.getitem_opt(modules, module)? {
            Some(found) if found.is::<Str>() => Ok((found, name)),
            Some(found) => {
                let given = vm.type_of(found).name();
                let message =
                    format!("_compat_pickle.REVERSE_IMPORT_MAPPING values should be strings, not {given}");
                Err(vm.runtime_error(message))
            }
            None => Ok((module, name)),
        }
    }

    fn identifier(&self, part: Value, what: &str) -> PyResult<Vec<u8>> {
        let vm = self.vm;
        let encoding = vm.new_str(if self.protocol >= 3 { "utf-8" } else { "ascii" });
        match vm.call_method(part, "encode", &[encoding]) {
            Ok(bytes) => Ok(crate::buf::Buffer::simple(vm, bytes)?.to_vec()),
            Err(Raised) => {
                let error = vm.catch(vm.exceptions.unicode_encode_error)?;
                let shown = vm.repr_text(part)?;
                let protocol = self.protocol;
                let message =
                    format!("can't pickle {what} identifier {shown} using pickle protocol {protocol}");
                Err(cannot_pickle_since(vm, message, error))
            }
        }
    }
}
