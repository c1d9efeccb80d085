//! The Python view of modules: `types.ModuleType`.

use super::dict::Dict;
use super::header::Gc;
use super::module::Module;
use super::str::Str;
use super::typeobj::Type;
use crate::native::Args;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use adder_macros::pymethods;

/// Create a module object.
///
/// The name must be a string; the optional doc argument can have any type.
#[pymethods(name = "module", kind = Module, def = TYPE_DEF, subclassable, has_dict, weakrefable)]
impl Module {
    #[pynew(sig = "(name, doc=None)")]
    fn __new__(cls: Gc<Type>, vm: &Vm, _args: Args<'_>) -> Gc<Module> {
        let dict = vm.new_dict();
        Module::new(&vm.heap, cls.root_shape().id, cls.ext_words.get() as usize, dict, None)
    }

    #[pymethod(name = "__init__", sig = "(name, doc=None)")]
    fn init(this: Gc<Module>, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        let (name, doc) = init_arguments(vm, args)?;
        let (heap, dict, n) = (&vm.heap, this.dict.get(), &vm.names);
        dict.insert_str(heap, n.__name__, name.value());
        dict.insert_str(heap, n.__doc__, doc);
        for field in [n.__package__, n.__loader__, n.__spec__] {
            dict.insert_str(heap, field, Value::none());
        }
        Ok(())
    }

    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<Module>, vm: &Vm) -> PyResult<String> {
        vm.module_repr(this)
    }

    #[pymethod(name = "__getattribute__")]
    fn getattribute(this: Gc<Module>, vm: &Vm, name: Value) -> PyResult {
        let name = vm.attribute_name(name)?;
        match vm.module_getattr(this, name)? {
            Some(found) => Ok(found),
            None => Err(vm.no_attribute(this.value(), name)),
        }
    }

    /// __dir__() -> list
    /// specialized dir() implementation
    #[pymethod(name = "__dir__", sig = "()")]
    fn dir(this: Gc<Module>, vm: &Vm) -> PyResult {
        let dict = vm.getattr(this.value(), vm.names.__dict__)?;
        let Some(dict) = dict.downcast::<Dict>() else {
            let given = vm.type_of(dict).name();
            return Err(vm.type_error(format!("module.__dict__ is not a dictionary, but {given}")));
        };
        match dict.get_str(vm.names.__dir__) {
            Some(hook) => vm.call(hook, &[]),
            None => Ok(vm.keys_as_list(dict)),
        }
    }

    #[pygetset(name = "__dict__")]
    fn get_dict(this: Gc<Module>, _vm: &Vm) -> Gc<Dict> {
        this.dict.get()
    }

    #[pygetset(name = "__annotations__")]
    fn get_annotations(this: Gc<Module>, vm: &Vm) -> PyResult {
        let (dict, name) = (this.dict.get(), vm.names.__annotations__);
        if let Some(known) = dict.get_str(name) {
            return Ok(known);
        }
        let annotate = dict.get_str(vm.names.__annotate__).unwrap_or(Value::none());
        let annotations = vm.evaluate_annotate(annotate)?;
        // A module that is still being initialized may get more annotations.
        if !vm.is_initializing(dict)? {
            this.dict.get().insert_str(&vm.heap, name, annotations);
        }
        Ok(annotations)
    }
    #[pygetset(setter = "__annotations__")]
    fn set_annotations(this: Gc<Module>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        let (dict, name) = (this.dict.get(), vm.names.__annotations__);
        match value {
            Some(value) => dict.insert_str(&vm.heap, name, value),
            None if dict.remove_str(name).is_some() => {}
            None => return Err(vm.attribute_error("__annotations__")),
        }
        dict.remove_str(vm.names.__annotate__);
        Ok(())
    }

    #[pygetset(name = "__annotate__")]
    fn get_annotate(this: Gc<Module>, vm: &Vm) -> Value {
        let (dict, name) = (this.dict.get(), vm.names.__annotate__);
        dict.get_str(name).unwrap_or_else(|| {
            dict.insert_str(&vm.heap, name, Value::none());
            Value::none()
        })
    }
    #[pygetset(setter = "__annotate__")]
    fn set_annotate(this: Gc<Module>, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        let Some(value) = value else {
            return Err(vm.type_error("cannot delete __annotate__ attribute"));
        };
        if !value.is_none() && !vm.is_callable(value) {
            return Err(vm.type_error("__annotate__ must be callable or None"));
        }
        let dict = this.dict.get();
        dict.insert_str(&vm.heap, vm.names.__annotate__, value);
        if !value.is_none() {
            dict.remove_str(vm.names.__annotations__);
        }
        Ok(())
    }
}

/// Binds `(name, doc=None)`.
fn init_arguments(vm: &Vm, args: Args<'_>) -> PyResult<(Gc<Str>, Value)> {
    let positional = args.positional_values();
    if args.all_values().len() > 2 {
        return Err(
            vm.type_error(format!("module() takes at most 2 arguments ({} given)", args.all_values().len()))
        );
    }
    let Some(name) = positional.first().copied().or_else(|| args.keyword("name")) else {
        return Err(vm.type_error("module() missing required argument 'name' (pos 1)"));
    };
    for (keyword, _) in args.keywords() {
        let at = ["name", "doc"].iter().position(|n| keyword.eq_str(n));
        match at {
            None => {
                let keyword = keyword.to_string_lossy();
                return Err(vm.type_error(format!("module() got an unexpected keyword argument '{keyword}'")));
            }
            Some(at) if at < positional.len() => {
                let name = keyword.to_string_lossy();
                return Err(vm.type_error(format!(
                    "argument for module() given by name ('{name}') and position ({})",
                    at + 1
                )));
            }
            Some(_) => {}
        }
    }
    let Some(name) = name.downcast::<Str>() else {
        let given = vm.type_of(name).name();
        return Err(vm.type_error(format!("module() argument 'name' must be str, not {given}")));
    };
    let doc = positional.get(1).copied().or_else(|| args.keyword("doc"));
    Ok((name, doc.unwrap_or(Value::none())))
}

impl Vm {
    /// Attribute of a module: the generic lookup, then the module's own `__getattr__` (PEP 562).
    pub fn module_getattr(&self, module: Gc<Module>, name: Gc<Str>) -> PyResult<Option<Value>> {
        if let Some(found) = self.generic_getattr(module.value(), name)? {
            return Ok(Some(found));
        }
        match module.dict.get().get_str(self.intern("__getattr__")) {
            Some(hook) => self.call(hook, &[name.value()]).map(Some),
            None => Ok(None),
        }
    }

    /// Whether the import system says that the module of this dict is being initialized.
    fn is_initializing(&self, dict: Gc<Dict>) -> PyResult<bool> {
        let Some(spec) = dict.get_str(self.names.__spec__).filter(|s| !s.is_none()) else { return Ok(false) };
        match self.getattr_opt(spec, self.names._initializing)? {
            Some(flag) => self.truthy(flag),
            None => Ok(false),
        }
    }

    /// The AttributeError for a missing attribute of a module.
    #[cold]
    pub(crate) fn no_module_attribute(&self, module: Gc<Module>, name: Gc<Str>) -> Raised {
        match self.module_attribute_message(module, name) {
            Ok(message) => self.attribute_error_on(message, module.value(), name),
            Err(raised) => raised,
        }
    }

    fn module_attribute_message(&self, module: Gc<Module>, name: Gc<Str>) -> PyResult<String> {
        let dict = module.dict.get();
        let attribute = name.to_string_lossy();
        let Some(module_name) = dict.get_str(self.names.__name__).and_then(|n| n.downcast::<Str>()) else {
            return Ok(format!("module has no attribute '{attribute}'"));
        };
        let shown = module_name.to_string_lossy();
        let origin = match dict.get_str(self.names.__spec__).filter(|s| !s.is_none()) {
            Some(spec) => self.getattr_opt(spec, self.intern("origin"))?.and_then(|o| o.downcast::<Str>()),
            None => None,
        };
        if self.is_initializing(dict)? {
            let place = origin.map_or_else(String::new, |o| format!(" from '{}'", o.to_string_lossy()));
            return Ok(format!(
                "partially initialized module '{shown}'{place} has no attribute '{attribute}' (most likely due to a circular import)"
            ));
        }
        if self.is_uninitialized_submodule(dict, name)? {
            return Ok(format!(
                "cannot access submodule '{attribute}' of module '{shown}' (most likely due to a circular import)"
            ));
        }
        Ok(format!("module '{shown}' has no attribute '{attribute}'"))
    }

    fn is_uninitialized_submodule(&self, dict: Gc<Dict>, name: Gc<Str>) -> PyResult<bool> {
        let Some(spec) = dict.get_str(self.names.__spec__).filter(|s| !s.is_none()) else { return Ok(false) };
        match self.getattr_opt(spec, self.names._uninitialized_submodules)? {
            Some(list) => self.contains(list, name.value()),
            None => Ok(false),
        }
    }

    /// `repr` of a module, by its spec as the import system describes it.
    pub(crate) fn module_repr(&self, module: Gc<Module>) -> PyResult<String> {
        let dict = module.dict.get();
        let field = |name: &str| dict.get_str(self.intern(name)).filter(|v| !v.is_none());
        if let Some(spec) = field("__spec__") {
            return self.repr_from_spec(spec);
        }
        let name = match field("__name__") {
            Some(name) => self.repr_text(name)?,
            None => "'?'".into(),
        };
        if let Some(file) = field("__file__") {
            return Ok(format!("<module {name} from {}>", self.repr_text(file)?));
        }
        match field("__loader__") {
            Some(loader) => Ok(format!("<module {name} ({})>", self.repr_text(loader)?)),
            None if module.def.is_some() => Ok(format!("<module {name} (built-in)>")),
            None => Ok(format!("<module {name}>")),
        }
    }

    fn repr_from_spec(&self, spec: Value) -> PyResult<String> {
        let field = |name: &str| -> PyResult<Option<Value>> {
            Ok(self.getattr_opt(spec, self.intern(name))?.filter(|v| !v.is_none()))
        };
        let name = match field("name")? {
            Some(name) => self.repr_text(name)?,
            None => "'?'".into(),
        };
        if let Some(origin) = field("origin")? {
            let located = match field("has_location")? {
                Some(flag) => self.truthy(flag)?,
                None => false,
            };
            return Ok(match located {
                true => format!("<module {name} from {}>", self.repr_text(origin)?),
                false => format!("<module {name} ({})>", self.str_text(origin)?),
            });
        }
        let Some(loader) = field("loader")? else { return Ok(format!("<module {name}>")) };
        if self.type_of(loader).short_name() == "NamespaceLoader"
            && let Some(path) = self.getattr_opt(loader, self.intern("_path"))?
        {
            let path = self.collect(path)?;
            let path = self.list_from(path);
            return Ok(format!("<module {name} (namespace) from {}>", self.repr_text(path)?));
        }
        Ok(format!("<module {name} ({})>", self.repr_text(loader)?))
    }
}
