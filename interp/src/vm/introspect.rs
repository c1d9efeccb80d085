//! Class checks, names for messages, and the locals of frames.

use super::Vm;
use super::frame::RunningFrame;
use super::special::Special;
use crate::object::cell::CellObject;
use crate::object::header::Gc;
use crate::object::native::Native;
use crate::object::shape::shape_id;
use crate::object::str::Str;
use crate::object::tuple::Tuple;
use crate::object::typeobj::Type;
use crate::object::typing::union::Union;
use crate::value::{PyResult, Value};
use adder_bytecode::{CodeFlags, LocalKind};

impl Type {
    /// `module.qualname`, without the module for built-ins: how messages name a class in full.
    pub fn qualified_name(&self) -> String {
        let qualname = self.qualname.get().to_string_lossy().into_owned();
        let module = self.def.map(|d| d.module.to_string()).or_else(|| self.module_name());
        match module {
            Some(m) if m != "builtins" => format!("{m}.{qualname}"),
            _ => qualname,
        }
    }

    /// As `qualified_name`, but without `__main__`: CPython's `%T`.
    pub fn message_name(&self) -> String {
        let full = self.qualified_name();
        full.strip_prefix("__main__.").map(str::to_string).unwrap_or(full)
    }

    fn module_name(&self) -> Option<String> {
        let (_, value) = self
            .dict
            .get()
            .as_ref()
            .iter()
            .find(|(k, _)| k.downcast::<Str>().is_some_and(|s| s.eq_str("__module__")))?;
        Some(value.downcast::<Str>()?.to_string_lossy().into_owned())
    }
}

/// The alternatives in the second argument of `isinstance`: a tuple, or the members of a union.
fn class_list(class: Value) -> Option<Gc<Tuple>> {
    class.downcast::<Tuple>().or_else(|| class.downcast::<Native<Union>>().map(|union| union.args))
}

impl Vm {
    /// `isinstance(v, class)`.
    pub fn isinstance(&self, v: Value, class: Value) -> PyResult<bool> {
        if let Some(cls) = class.downcast::<Type>()
            && (self.type_of(v) == cls || self.shape_of(class) == shape_id::TYPE)
        {
            return Ok(self.type_of(v).is_subtype(cls) || self.declared_class_is(v, cls)?);
        }
        if let Some(classes) = class_list(class) {
            self.check_native_stack(" in __instancecheck__")?;
            for &c in classes.iter() {
                if self.isinstance(v, c)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        if let Some(raw) = self.special_of(class, Special::InstanceCheck) {
            self.check_native_stack(" in __instancecheck__")?;
            let result = self.call_method_raw(raw, class, &[v])?;
            return self.truthy(result);
        }
        self.plain_isinstance(v, class)
    }

    /// `isinstance` without hooks: real classes and objects that claim a class through `__bases__`.
    pub fn plain_isinstance(&self, v: Value, class: Value) -> PyResult<bool> {
        if let Some(cls) = class.downcast::<Type>() {
            return Ok(self.type_of(v).is_subtype(cls) || self.declared_class_is(v, cls)?);
        }
        self.check_class_like(class, "isinstance() arg 2 must be a type, a tuple of types, or a union")?;
        match self.getattr_opt(v, self.names.__class__)? {
            Some(declared) => self.abstract_issubclass(declared, class),
            None => Ok(false),
        }
    }

    /// Whether nothing overrides `v.__class__`.
    pub(crate) fn declares_no_class(&self, v: Value) -> bool {
        if matches!(
            self.shape_of(v),
            shape_id::INT
                | shape_id::FLOAT
                | shape_id::STR
                | shape_id::LIST
                | shape_id::TUPLE
                | shape_id::DICT
                | shape_id::SET
        ) {
            return true;
        }
        let (actual, object) = (self.type_of(v), self.types.object);
        self.lookup(actual, self.names.__class__) == self.lookup(object, self.names.__class__)
            && self.special(actual, Special::GetAttribute) == self.special(object, Special::GetAttribute)
    }

    /// Whether `v.__class__` (which an object may override) is a subclass of `cls`.
    fn declared_class_is(&self, v: Value, cls: Gc<Type>) -> PyResult<bool> {
        if self.declares_no_class(v) {
            return Ok(false);
        }
        let actual = self.type_of(v);
        Ok(self
            .getattr_opt(v, self.names.__class__)?
            .and_then(|c| c.downcast::<Type>())
            .is_some_and(|c| c != actual && c.is_subtype(cls)))
    }

    /// `issubclass(v, class)`.
    pub fn issubclass(&self, v: Value, class: Value) -> PyResult<bool> {
        if let (Some(a), Some(b)) = (v.downcast::<Type>(), class.downcast::<Type>())
            && self.shape_of(class) == shape_id::TYPE
        {
            return Ok(a.is_subtype(b));
        }
        if let Some(classes) = class_list(class) {
            self.check_native_stack(" in __subclasscheck__")?;
            for &c in classes.iter() {
                if self.issubclass(v, c)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        if let Some(raw) = self.special_of(class, Special::SubclassCheck) {
            self.check_native_stack(" in __subclasscheck__")?;
            let result = self.call_method_raw(raw, class, &[v])?;
            return self.truthy(result);
        }
        self.plain_issubclass(v, class)
    }

    /// `issubclass` without hooks.
    pub fn plain_issubclass(&self, v: Value, class: Value) -> PyResult<bool> {
        if let (Some(a), Some(b)) = (v.downcast::<Type>(), class.downcast::<Type>()) {
            return Ok(a.is_subtype(b));
        }
        self.check_class_like(v, "issubclass() arg 1 must be a class")?;
        self.check_class_like(class, "issubclass() arg 2 must be a class, a tuple of classes, or a union")?;
        self.abstract_issubclass(v, class)
    }

    fn check_class_like(&self, v: Value, message: &str) -> PyResult<()> {
        let bases = self.getattr_opt(v, self.names.__bases__)?;
        if bases.is_some_and(|b| b.is::<Tuple>()) { Ok(()) } else { Err(self.type_error(message)) }
    }

    fn abstract_issubclass(&self, derived: Value, class: Value) -> PyResult<bool> {
        self.check_native_stack(" in __issubclass__")?;
        if derived == class {
            return Ok(true);
        }
        let bases = self.getattr_opt(derived, self.names.__bases__)?.and_then(|b| b.downcast::<Tuple>());
        for &base in bases.iter().flat_map(|b| b.iter()) {
            if self.abstract_issubclass(base, class)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// `ascii(v)`.
    pub fn ascii(&self, v: Value) -> PyResult {
        let repr = self.repr(v)?;
        if repr.is_ascii() {
            return Ok(repr.value());
        }
        let mut out = String::new();
        for c in repr.as_ref().chars() {
            match c {
                0..0x80 => out.push(c as u8 as char),
                0x80..0x100 => out.push_str(&format!("\\x{c:02x}")),
                0x100..0x10000 => out.push_str(&format!("\\u{c:04x}")),
                _ => out.push_str(&format!("\\U{c:08x}")),
            }
        }
        Ok(self.new_str(&out))
    }

    /// `locals()` of the running frame: the namespace of module and class code, a fresh dict in functions.
    pub fn current_locals(&self) -> PyResult {
        match self.current_frame() {
            Some(frame) => self.locals_of(frame),
            None => Err(self.system_error("frame does not exist")),
        }
    }

    /// `locals()` of a running frame.
    pub fn locals_of(&self, frame: RunningFrame) -> PyResult {
        let code = frame.window.code();
        let unit = code.as_ref().unit();
        // SAFETY: registers of a live window.
        let register = |i: usize| unsafe { *frame.window.0.add(i) };
        if !unit.flags.has(CodeFlags::OPTIMIZED) {
            return Ok(register(0).expect("namespaces are bound from the start"));
        }
        let dict = self.new_dict();
        for (i, name) in unit.locals.iter().enumerate() {
            let value = match unit.local_kinds[i] {
                LocalKind::Fast => register(i),
                // Variables of comprehensions are bound while the comprehension runs.
                LocalKind::Hidden | LocalKind::Cell | LocalKind::Free => match register(i) {
                    Some(v) => match v.downcast::<CellObject>() {
                        Some(cell) => cell.get(),
                        None => Some(v), // before the prologue has made the cell
                    },
                    None => None,
                },
            };
            if let Some(v) = value {
                dict.insert_str(&self.heap, self.intern(name), v);
            }
        }
        Ok(dict.value())
    }
}
