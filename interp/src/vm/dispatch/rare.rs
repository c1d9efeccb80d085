//! Imports, formatting, and intrinsics.

use super::{F, handler};
use crate::builtins::numbers::sum_total;
use crate::object::byte_string::byte_of;
use crate::object::bytearray::ByteArray;
use crate::object::dict::Dict;
use crate::object::header::Gc;
use crate::object::module::Module;
use crate::object::shape::shape_id;
use crate::object::str::Str;
use crate::object::tuple::Tuple;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use adder_bytecode::ops::Intrinsic as Which;

handler! {
    ImportName(f) {
        f.publish();
        f.finish(import_name(f))
    }
    ImportFrom(f) {
        f.publish();
        f.finish(import_from(f))
    }
    ImportStar(f) {
        f.publish();
        f.done(import_star(f))
    }
    Convert(f) {
        f.publish();
        f.finish(convert(f))
    }
    FormatSimple(f) {
        let v = f.reg(f.b());
        if f.vm.shape_of(v) == shape_id::STR {
            f.set(f.a(), v);
            return f.next();
        }
        f.publish();
        f.finish(f.vm.format(v, f.vm.empty_str.value()))
    }
    FormatSpec(f) {
        f.publish();
        f.finish(f.vm.format(f.reg(f.b()), f.reg(f.c())))
    }
    BuildInterpolation(f) {
        f.publish();
        f.finish(build_interpolation(f))
    }
    BuildTemplate(f) {
        f.publish();
        f.finish(build_template(f))
    }
    Intrinsic(f) {
        f.publish();
        f.finish(intrinsic(f))
    }
}

pub(super) fn build_template(f: F<'_>) -> PyResult {
    let part = |i: usize| f.reg(f.b() + i).downcast::<Tuple>().expect("the compiler builds tuples");
    f.vm.new_template(part(0), part(1))
}

#[inline(never)]
pub(super) fn import_name(f: F<'_>) -> PyResult {
    let vm = f.vm;
    let (level, fromlist) = (f.reg(f.b()), f.reg(f.b() + 1));
    let name = f.name(f.c());
    let function = f.window().function();
    let Some(import) = function.builtins.get_str(vm.names.__import__) else {
        return Err(vm.import_error("__import__ not found"));
    };
    let unit = function.code.get().as_ref().unit();
    let locals = if unit.flags.has(adder_bytecode::CodeFlags::OPTIMIZED) { Value::none() } else { f.reg(0) };
    vm.call(import, &[name.value(), function.globals.value(), locals, fromlist, level])
}

#[inline(never)]
pub(super) fn import_from(f: F<'_>) -> PyResult {
    let vm = f.vm;
    let (module, name) = (f.reg(f.b()), f.name(f.c()));
    if let Some(v) = vm.getattr_opt(module, name)? {
        return Ok(v);
    }
    // A submodule that is still being imported is in sys.modules only.
    let package = vm.getattr_opt(module, vm.names.__name__)?.and_then(|n| n.downcast::<Str>());
    if let Some(package) = package {
        let full = format!("{}.{}", package.to_string_lossy(), name.to_string_lossy());
        if let Some(v) = vm.modules.get_str(vm.intern(&full)) {
            return Ok(v);
        }
    }
    Err(vm.cannot_import_name(module, name))
}

impl Vm {
    #[cold]
    fn cannot_import_name(&self, module: Value, name: Gc<Str>) -> Raised {
        let text = |v: PyResult<Option<Value>>| {
            v.ok().flatten().and_then(|v| v.downcast::<Str>()).map(|s| s.to_string_lossy().into_owned())
        };
        let module_name = text(self.getattr_opt(module, self.names.__name__));
        let file = text(self.getattr_opt(module, self.names.__file__));
        self.take_pending();
        let shown = module_name.clone().unwrap_or_else(|| "<unknown module name>".into());
        let place = file.clone().unwrap_or_else(|| "unknown location".into());
        let initializing = self
            .getattr_opt(module, self.names.__spec__)
            .ok()
            .flatten()
            .and_then(|spec| self.getattr_opt(spec, self.names._initializing).ok().flatten())
            .is_some_and(|v| v.is_true());
        self.take_pending();
        let message = if initializing {
            format!(
                "cannot import name '{}' from partially initialized module '{shown}' (most likely due to a circular import) ({place})",
                name.to_string_lossy()
            )
        } else {
            format!("cannot import name '{}' from '{shown}' ({place})", name.to_string_lossy())
        };
        let message = self.new_str(&message);
        let e = self.new_exception(self.exceptions.import_error, &[message]);
        let optional = |t: &Option<String>| t.as_ref().map_or(Value::none(), |t| self.new_str(t));
        e.set_member(&self.heap, 0, Some(message));
        e.set_member(&self.heap, 1, Some(optional(&module_name)));
        e.set_member(&self.heap, 2, Some(optional(&file)));
        e.set_member(&self.heap, 3, Some(name.value()));
        self.raise_value(e.value())
    }

    /// `import name` from Rust: the module `name` itself, not its top-level package.
    pub fn import(&self, name: &str) -> PyResult {
        let key = self.intern(name);
        if let Some(module) = self.modules.get_str(key) {
            return Ok(module);
        }
        let Some(import) = self.builtins.get_str(self.names.__import__) else {
            return Err(self.import_error("__import__ not found"));
        };
        let none = Value::none();
        self.call(import, &[key.value(), none, none, none, Value::small_int(0)])?;
        match self.modules.get_str(key) {
            Some(module) => Ok(module),
            None => Err(self.import_error(format!("module '{name}' is missing from sys.modules"))),
        }
    }
}

#[inline(never)]
pub(super) fn import_star(f: F<'_>) -> PyResult<()> {
    let (vm, module) = (f.vm, f.reg(f.a()));
    let all = vm.getattr_opt(module, vm.names.__all__)?;
    let names = match all {
        Some(all) => vm.collect(all)?,
        None => {
            let dict = match module.downcast::<Module>() {
                Some(m) => m.dict.get().value(),
                None => vm.getattr(module, vm.names.__dict__)?,
            };
            vm.collect(dict)?
        }
    };
    let namespace = f.reg(0);
    for &name in names.iter() {
        let Some(text) = name.downcast::<Str>() else {
            let what = if all.is_some() { "Item in" } else { "Key in" };
            let place = if all.is_some() { "__all__" } else { "__dict__" };
            let module_name = vm.getattr(module, vm.names.__name__)?;
            return Err(vm.type_error(format!(
                "{what} {}.{place} must be str, not {}",
                vm.str_text(module_name)?,
                vm.type_of(name).name()
            )));
        };
        if all.is_none() && text.as_ref().chars().next() == Some('_' as u32) {
            continue;
        }
        let value = vm.getattr(module, vm.heap.intern(text))?;
        vm.setitem(namespace, name, Some(value))?;
    }
    Ok(())
}

#[inline(never)]
pub(super) fn convert(f: F<'_>) -> PyResult {
    let (vm, v) = (f.vm, f.reg(f.b()));
    match f.c() {
        1 => Ok(vm.str_of(v)?.value()),
        2 => Ok(vm.repr(v)?.value()),
        _ => vm.ascii(v),
    }
}

#[inline(never)]
pub(super) fn build_interpolation(f: F<'_>) -> PyResult {
    let (vm, b) = (f.vm, f.b());
    let conversion = match f.c() {
        1 => vm.new_str("s"),
        2 => vm.new_str("r"),
        3 => vm.new_str("a"),
        _ => Value::none(),
    };
    let spec = f.reg_opt(b + 2).unwrap_or(vm.empty_str.value());
    vm.new_interpolation(f.reg(b), f.reg(b + 1), conversion, spec)
}

#[inline(never)]
pub(super) fn intrinsic(f: F<'_>) -> PyResult {
    let (vm, v) = (f.vm, f.reg_opt(f.b()));
    let first = v.unwrap_or(Value::none());
    let second = || f.reg(f.b() + 1);
    let name = || first.downcast::<Str>().expect("the compiler passes a name");
    match Which::from_u16(f.c() as u16).expect("the compiler emits known intrinsics") {
        Which::Print => {
            let Some(hook) = vm.sys.get_str(vm.names.displayhook) else {
                return Err(vm.runtime_error("lost sys.displayhook"));
            };
            vm.call(hook, &[first])
        }
        Which::TypeVar => vm.new_type_var(name(), None, None),
        Which::TypeVarWithBound => vm.new_type_var(name(), Some(second()), None),
        Which::TypeVarWithConstraints => vm.new_type_var(name(), None, Some(second())),
        Which::ParamSpec => vm.new_param_spec(name()),
        Which::TypeVarTuple => vm.new_type_var_tuple(name()),
        Which::SetTypeParamDefault => vm.set_type_param_default(first, second()),
        Which::SubscriptGeneric => {
            vm.subscript_generic(first.downcast().expect("the compiler builds a tuple"))
        }
        Which::TypeAlias => {
            let parts: Gc<Tuple> = first.downcast().expect("the compiler builds a tuple");
            vm.new_type_alias(&parts)
        }
        Which::SetupAnnotations => {
            if vm.getitem_opt(first, vm.names.__annotations__.value())?.is_none() {
                vm.setitem(first, vm.names.__annotations__.value(), Some(Dict::new(&vm.heap).value()))?;
            }
            Ok(Value::none())
        }
        Which::Locals => vm.current_locals(),
        Which::NotImplementedError => Ok(vm.exceptions.not_implemented_error.value()),
        Which::Debug => Ok(Value::bool(vm.config.optimize == 0)),
        Which::SumTotal => Ok(sum_total(vm, first, second())),
        Which::NewByteArray => Ok(ByteArray::new(&vm.heap, shape_id::BYTEARRAY, 0, &[]).value()),
        Which::AppendByte => {
            let bytes: Gc<ByteArray> = first.downcast().expect("the compiler makes a bytearray");
            bytes.push(&vm.heap, byte_of(vm, second(), "bytes")?);
            Ok(Value::none())
        }
    }
}

impl Vm {
    /// `v[key]`, `None` when KeyError.
    pub fn getitem_opt(&self, v: Value, key: Value) -> PyResult<Option<Value>> {
        match self.getitem(v, key) {
            Ok(found) => Ok(Some(found)),
            Err(Raised) => self.catch(self.exceptions.key_error).map(|_| None),
        }
    }
}
