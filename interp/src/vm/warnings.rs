//! Warnings: filters, registries, and showing them.
//!
//! `_warnings.warn` and Rust code (`vm.warn`) share this. Filters, default action and "once" registry are looked up in the `warnings`
//! module when it has been imported, because programs assign to its globals; until then the interpreter's own are used. A
//! warning is identified by (text, category, line) in the `__warningregistry__` of the module it is attributed to.

use super::Vm;
use super::frame::RunningFrame;
use crate::object::dict::Dict;
use crate::object::exception::Exception;
use crate::object::header::Gc;
use crate::object::int::as_int;
use crate::object::list::List;
use crate::object::module::Module;
use crate::object::str::Str;
use crate::object::tuple::Tuple;
use crate::object::typeobj::Type;
use crate::value::{PyResult, Raised, Value};

/// A warning on its way through the filters.
pub struct Warning {
    pub category: Gc<Type>,
    /// Text, or an instance of a warning class.
    pub message: Value,
    pub filename: Value,
    pub line: i64,
    /// Name of the module it is attributed to; `None` derives it from the file name.
    pub module: Option<Value>,
    pub registry: Option<Gc<Dict>>,
    pub source_line: Option<Value>,
    /// The destroyed object that a `ResourceWarning` is about.
    pub source: Option<Value>,
}

const VERSION: &str = "warnings.version";

impl Vm {
    /// Warns from native code, attributed to the `stacklevel`th running Python frame. An error is an exception that a filter asked for.
    pub fn warn(&self, category: Gc<Type>, message: &str, stacklevel: i64) -> PyResult<()> {
        let message = self.new_str(message);
        self.warn_value(category, message, stacklevel, None, &[])
    }

    /// `warnings.warn`; `message` is a text or a warning.
    pub fn warn_value(
        &self,
        category: Gc<Type>,
        message: Value,
        stacklevel: i64,
        source: Option<Value>,
        skip_prefixes: &[String],
    ) -> PyResult<()> {
        let frame = self.blamed_frame(stacklevel, skip_prefixes);
        let (globals, filename, line) = match frame {
            Some(f) => (f.window.function().globals, f.window.code().filename.get().value(), f.line() as i64),
            None => (self.sys, self.new_str("<sys>"), 0),
        };
        let registry = self.warning_registry(globals);
        let module = globals.get_str(self.names.__name__).unwrap_or_else(|| self.new_str("<string>"));
        let source_line = None;
        let module = Some(module);
        self.warn_explicit(Warning {
            category,
            message,
            filename,
            line,
            module,
            registry,
            source_line,
            source,
        })
    }

    fn warning_registry(&self, globals: Gc<Dict>) -> Option<Gc<Dict>> {
        let key = self.intern("__warningregistry__");
        if let Some(registry) = globals.get_str(key) {
            return registry.downcast();
        }
        let registry = self.new_dict();
        globals.insert_str(&self.heap, key, registry.value());
        Some(registry)
    }

    /// The frame that a warning is attributed to. Frames of the import system do not count, nor do files with the given prefixes.
    fn blamed_frame(&self, stacklevel: i64, skip_prefixes: &[String]) -> Option<RunningFrame> {
        let file = |f: &RunningFrame| f.window.code().filename.get().to_string_lossy().into_owned();
        let internal = |f: &RunningFrame| {
            let name = file(f);
            name.contains("importlib") && name.contains("_bootstrap")
        };
        let skipped = |f: &RunningFrame| {
            let name = file(f);
            skip_prefixes.iter().any(|p| name.starts_with(p.as_str()))
        };
        let first = self.current_frame()?;
        let mut frame = Some(first);
        let hide = stacklevel > 0 && !internal(&first);
        for _ in 1..stacklevel {
            frame = self.caller_of(frame?);
            while hide && frame.is_some_and(|f| internal(&f) || skipped(&f)) {
                frame = self.caller_of(frame?);
            }
        }
        frame
    }

    /// `warnings.warn_explicit`.
    pub fn warn_explicit(&self, mut w: Warning) -> PyResult<()> {
        if w.module.is_some_and(Value::is_none) {
            return Ok(());
        }
        let module = match w.module {
            Some(m) => m,
            None => self.module_of_file(w.filename)?,
        };
        let text;
        if self.is_warning(w.message) {
            text = self.str_of(w.message)?.value();
            w.category = self.type_of(w.message);
        } else {
            text = w.message;
            w.message = self.call(w.category.value(), &[text])?;
        }
        let line = self.new_int(w.line);
        let key = self.new_tuple(&[text, w.category.value(), line]);
        if let Some(registry) = w.registry
            && self.already_warned(registry, key, false)?
        {
            return Ok(());
        }
        let (action, filter) = self.warning_action(w.category, text, w.line, module)?;
        let action = action.to_string_lossy().into_owned();
        match &*action {
            "error" => return Err(self.raise_value(w.message)),
            "ignore" => return Ok(()),
            _ => {}
        }
        if self.is_repeated(&w, &action, filter, key, text)? {
            return Ok(());
        }
        self.show_warning(&w, text)
    }

    fn is_warning(&self, v: Value) -> bool {
        v.is::<Exception>() && self.type_of(v).is_subtype(self.exceptions.warning)
    }

    /// Remembers the warning as its action says; true when it must not be shown again.
    fn is_repeated(
        &self,
        w: &Warning,
        action: &str,
        filter: Value,
        key: Value,
        text: Value,
    ) -> PyResult<bool> {
        if matches!(action, "always" | "all") {
            return Ok(false);
        }
        if let Some(registry) = w.registry {
            registry.insert(self, key, Value::bool(true))?;
        }
        match (action, w.registry) {
            ("once", registry) => {
                let registry = match registry {
                    Some(r) => r,
                    None => self.once_registry()?,
                };
                let key = self.new_tuple(&[text, w.category.value()]);
                self.already_warned(registry, key, true)
            }
            ("module", Some(registry)) => {
                let key = self.new_tuple(&[text, w.category.value()]);
                self.already_warned(registry, key, true)
            }
            ("default" | "module", _) => Ok(false),
            _ => Err(self.runtime_error(format!(
                "Unrecognized action ('{action}') in warnings.filters:\n {}",
                self.repr_text(filter)?
            ))),
        }
    }

    fn already_warned(&self, registry: Gc<Dict>, key: Value, remember: bool) -> PyResult<bool> {
        let version = self.intern("version");
        let current = self.warnings_version();
        let recorded = registry.get_str(version).and_then(as_int).and_then(|n| n.to_i64());
        if recorded != Some(current) {
            registry.clear();
            registry.insert_str(&self.heap, version, self.new_int(current));
        } else if let Some(seen) = registry.get(self, key)?
            && self.truthy(seen)?
        {
            return Ok(true);
        }
        if remember {
            registry.insert(self, key, Value::bool(true))?;
        }
        Ok(false)
    }

    fn warnings_version(&self) -> i64 {
        self.registry.borrow().get(VERSION).and_then(|v| v.as_small_int()).unwrap_or(1)
    }

    /// The filters changed: what registries remember is out of date.
    pub fn warning_filters_mutated(&self) {
        let version = self.warnings_version() + 1;
        self.registry.borrow_mut().insert(VERSION, Value::small_int(version));
    }

    /// The interpreter's own list of filters.
    pub fn warning_filters(&self) -> PyResult<Gc<List>> {
        let filters = self.registered("warnings.filters", |vm| {
            let e = &vm.exceptions;
            let mut rows = vm.vec();
            let mut row = |action: &str, category: Gc<Type>, module: Option<&str>| {
                let none = Value::none();
                let module = module.map_or(none, |m| vm.new_str(m));
                let action = vm.intern(action).value();
                let item = vm.new_tuple(&[action, none, category.value(), module, Value::small_int(0)]);
                rows.push(&vm.heap, item);
            };
            row("default", e.deprecation_warning, Some("__main__"));
            let ignored =
                [e.deprecation_warning, e.pending_deprecation_warning, e.import_warning, e.resource_warning];
            ignored.into_iter().for_each(|category| row("ignore", category, None));
            Ok(vm.list_from(rows))
        })?;
        Ok(filters.downcast().expect("registered as a list"))
    }

    /// The interpreter's own registry of the action "once".
    pub fn warning_once_registry(&self) -> PyResult<Gc<Dict>> {
        let registry = self.registered("warnings.once", |vm| Ok(vm.new_dict().value()))?;
        Ok(registry.downcast().expect("registered as a dict"))
    }

    /// The context variable in which `catch_warnings` keeps filters that belong to the running context.
    pub fn warnings_context_var(&self) -> PyResult {
        self.registered("warnings.context", |vm| vm.new_context_var("warnings_context", None))
    }

    fn once_registry(&self) -> PyResult<Gc<Dict>> {
        match self.warnings_attribute("onceregistry", false)? {
            None => self.warning_once_registry(),
            Some(v) => v.downcast().ok_or_else(|| {
                self.type_error(format!(
                    "_warnings.onceregistry must be a dict, not '{}'",
                    self.type_of(v).name()
                ))
            }),
        }
    }

    /// A global of the `warnings` module, if it is imported (or is imported now).
    pub(crate) fn warnings_attribute(&self, name: &str, import: bool) -> PyResult<Option<Value>> {
        let mut module = self.modules.get_str(self.names.warnings);
        if module.is_none() && import {
            match self.import("warnings") {
                Ok(m) => module = Some(m),
                Err(Raised) => {
                    self.catch(self.exceptions.import_error)?;
                }
            }
        }
        let Some(module) = module.filter(|m| m.is::<Module>()) else { return Ok(None) };
        self.getattr_opt(module, self.intern(name))
    }

    /// Action for a warning, with the filter that decided (None: the default action).
    fn warning_action(
        &self,
        category: Gc<Type>,
        text: Value,
        line: i64,
        module: Value,
    ) -> PyResult<(Gc<Str>, Value)> {
        let context = self.context_var_value(self.warnings_context_var()?)?;
        let filters = match context {
            Some(context) => self.getattr_str(context, "_filters")?,
            None => match self.warnings_attribute("filters", false)? {
                Some(filters) => filters,
                None => self.warning_filters()?.value(),
            },
        };
        let Some(filters) = filters.downcast::<List>() else {
            return Err(self.value_error("_warnings.filters must be a list"));
        };
        let mut i = 0;
        // Matching may run Python, which may change the list.
        while let Some(filter) = filters.get(i) {
            let Some(row) = filter.downcast::<Tuple>().filter(|t| t.len() == 5) else {
                return Err(self.value_error(format!("_warnings.filters item {i} isn't a 5-tuple")));
            };
            let Some(action) = row[0].downcast::<Str>() else {
                return Err(self
                    .type_error(format!("action must be a string, not '{}'", self.type_of(row[0]).name())));
            };
            let wanted = self.index_i64(row[4])?;
            if self.filter_matches(row[1], text)?
                && self.issubclass(category.value(), row[2])?
                && self.filter_matches(row[3], module)?
                && (wanted == 0 || wanted == line)
            {
                return Ok((action, filter));
            }
            i += 1;
        }
        let action = match self.warnings_attribute("defaultaction", false)? {
            None => self.names.default,
            Some(v) => match v.downcast::<Str>() {
                Some(action) => action,
                None => {
                    return Err(self.type_error(format!(
                        "_warnings.defaultaction must be a string, not '{}'",
                        self.type_of(v).name()
                    )));
                }
            },
        };
        Ok((action, Value::none()))
    }

    /// A filter field: None matches anything, a str only itself, a pattern what its `match` accepts.
    fn filter_matches(&self, pattern: Value, text: Value) -> PyResult<bool> {
        if pattern.is_none() {
            return Ok(true);
        }
        if pattern.is::<Str>() {
            return self.eq(pattern, text);
        }
        let found = self.call_method(pattern, "match", &[text])?;
        self.truthy(found)
    }

    /// `a/b.py` counts as module `a/b`.
    fn module_of_file(&self, filename: Value) -> PyResult {
        let name = self.str_text(filename)?;
        Ok(match name.strip_suffix(".py") {
            _ if name.is_empty() => self.new_str("<unknown>"),
            Some(stem) => self.new_str(stem),
            None => filename,
        })
    }

    fn show_warning(&self, w: &Warning, text: Value) -> PyResult<()> {
        let Some(show) = self.warnings_attribute("_showwarnmsg", w.source.is_some())? else {
            return self.print_warning(w, text);
        };
        let Some(class) = self.warnings_attribute("WarningMessage", false)? else {
            return Err(self.runtime_error("unable to get warnings.WarningMessage"));
        };
        let none = Value::none();
        let line = self.new_int(w.line);
        let args = [w.message, w.category.value(), w.filename, line, none, none, w.source.unwrap_or(none)];
        let message = self.call(class, &args)?;
        self.call(show, &[message]).map(drop)
    }

    /// Shows a warning before the `warnings` module can.
    fn print_warning(&self, w: &Warning, text: Value) -> PyResult<()> {
        let file = self.str_text(w.filename)?;
        let text = self.str_text(text)?;
        let mut out = format!("{file}:{}: {}: {text}\n", w.line, w.category.name());
        let line = match w.source_line {
            Some(line) => Some(self.str_text(line)?),
            None => super::source_lines::source_line(self, &file, w.line),
        };
        if let Some(line) = line {
            out.push_str(&format!("  {}\n", line.trim()));
        }
        self.write_stderr(&out);
        Ok(())
    }
}
