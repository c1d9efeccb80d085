//! Structure sequences: tuples with named items, as `sys.version_info`, `os.stat_result` or `time.struct_time` are.
//!
//! A [`StructSeqDef`] describes a class; [`Vm::structseq_type`] makes it on first use. The items that take part in the
//! tuple are tuple items; further ones lie in the extension words behind them, so an item's attribute is a member
//! descriptor with an index from the end of the object.

use super::dict::Dict;
use super::function::NativeFunction;
use super::header::Gc;
use super::str::Str;
use super::tuple::Tuple;
use super::typeobj::{Type, type_flag};
use crate::heap::GcVec;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use adder_macros::pymethods;

/// A class of structure sequences.
#[derive(Debug)]
pub struct StructSeqDef {
    /// Name without module.
    pub name: &'static str,
    pub module: &'static str,
    pub doc: &'static str,
    /// Attribute names and documentation, in order; an empty name is an item without attribute.
    pub fields: &'static [(&'static str, &'static str)],
    /// How many of them are items of the tuple.
    pub visible: usize,
    /// Python code may make instances.
    pub constructible: bool,
}

impl StructSeqDef {
    /// The name in representations and messages.
    fn full_name(&self) -> String {
        match self.module {
            "builtins" => self.name.to_string(),
            module => format!("{module}.{}", self.name),
        }
    }
    fn unnamed(&self) -> usize {
        self.fields.iter().filter(|(name, _)| name.is_empty()).count()
    }
    /// Extension words of instances.
    fn hidden(&self) -> usize {
        self.fields.len() - self.visible
    }
}

impl Vm {
    /// The class of a definition, made on first use.
    pub fn structseq_type(&self, def: &'static StructSeqDef) -> PyResult<Gc<Type>> {
        let key = def as *const StructSeqDef as usize;
        if let Some(ty) = self.native_class_at(key) {
            return Ok(ty);
        }
        let flags = if def.constructible { 0 } else { type_flag::NO_CONSTRUCTOR };
        let base = self.types.tuple;
        let ty = self.make_static_class(
            (def.name, def.module),
            base,
            flags | (base.flags.get() & (type_flag::SEQUENCE | type_flag::MATCH_SELF)),
            def.hidden() as u16,
            StructSeq::TYPE_DEF,
        )?;
        let (heap, dict) = (&self.heap, ty.dict.get());
        let set = |name: &str, value: Value| dict.insert_str(heap, self.intern(name), value);
        set("__doc__", self.new_str(def.doc));
        if !def.constructible {
            dict.remove_str(self.names.__new__);
        }
        let mut names = GcVec::new();
        for (i, (name, _)) in def.fields.iter().enumerate().filter(|(_, f)| !f.0.is_empty()) {
            let name = self.intern(name);
            let from_end =
                if i < def.visible { def.hidden() + def.visible - 1 - i } else { def.fields.len() - 1 - i };
            dict.insert_str(heap, name, NativeFunction::member(heap, from_end, true, ty, name).value());
            if i < def.visible {
                names.push(heap, name.value());
            }
        }
        set("n_fields", self.new_int(def.fields.len() as i64));
        set("n_sequence_fields", self.new_int(def.visible as i64));
        set("n_unnamed_fields", self.new_int(def.unnamed() as i64));
        set("__match_args__", self.new_tuple(&names));
        self.type_modified(ty);
        self.set_native_class_at(key, ty);
        let pointer = self.new_int(key as i64);
        dict.insert_str(heap, self.intern(DEFINITION), pointer);
        Ok(ty)
    }

    /// An instance; `items` are all fields, hidden ones included.
    pub fn new_structseq(&self, def: &'static StructSeqDef, items: &[Value]) -> PyResult {
        let ty = self.structseq_type(def)?;
        Ok(self.structseq_of(ty, def, items).value())
    }

    fn structseq_of(&self, ty: Gc<Type>, def: &StructSeqDef, items: &[Value]) -> Gc<Tuple> {
        debug_assert_eq!(items.len(), def.fields.len());
        let (visible, hidden) = items.split_at(def.visible);
        let tuple = Tuple::of_class(&self.heap, ty.root_shape().id, def.hidden(), visible);
        for (i, &v) in hidden.iter().enumerate() {
            // SAFETY: the tuple was made with one extension word for each hidden item.
            unsafe { tuple.header().trailing_word(def.hidden() - 1 - i) }.set(Some(v));
        }
        tuple
    }

    /// The definition behind a class of structure sequences.
    fn structseq_def(&self, ty: Gc<Type>) -> PyResult<&'static StructSeqDef> {
        let address = ty.dict.get().get_str(self.intern(DEFINITION)).and_then(|v| v.as_small_int());
        match address {
            // SAFETY: `structseq_type` stored the address of a static, in a dict that Python code cannot write to.
            Some(address) => Ok(unsafe { &*(address as usize as *const StructSeqDef) }),
            None => Err(self.type_error("not a structure sequence")),
        }
    }
}

/// Where a class keeps the address of its definition.
const DEFINITION: &str = " definition";

/// Carries the methods that all structure sequences share.
pub enum StructSeq {}

#[pymethods(name = "structseq", kind = Tuple, private)]
impl StructSeq {
    #[pynew(sig = "(sequence, dict={})")]
    fn new(cls: Gc<Type>, vm: &Vm, sequence: Value, dict: Option<Value>) -> PyResult {
        let def = vm.structseq_def(cls)?;
        let dict = match dict {
            None => None,
            Some(d) => match d.downcast::<Dict>() {
                Some(d) => Some(d),
                None => {
                    let name = def.full_name();
                    return Err(vm.type_error(format!("{name}() takes a dict as second arg, if any")));
                }
            },
        };
        let Ok(items) = vm.collect(sequence) else {
            vm.catch(vm.exceptions.type_error)?;
            return Err(vm.type_error("constructor requires a sequence"));
        };
        check_length(vm, def, items.len())?;
        let mut all = GcVec::from_slice(&vm.heap, &items);
        let mut used = 0;
        for (name, _) in &def.fields[items.len()..] {
            let given = dict.and_then(|d| d.get_str(vm.intern(name)));
            used += given.is_some() as usize;
            all.push(&vm.heap, given.unwrap_or(Value::none()));
        }
        if dict.is_some_and(|d| d.len() > used) {
            let name = def.full_name();
            return Err(vm.type_error(format!("{name}() got duplicate or unexpected field name(s)")));
        }
        Ok(vm.structseq_of(cls, def, &all).value())
    }

    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<Tuple>, vm: &Vm) -> PyResult<Gc<Str>> {
        let def = vm.structseq_def(vm.type_of(this.value()))?;
        let mut text = adder_text::units::StrBuilder::new();
        text.push_str(&format!("{}(", def.full_name()));
        for (i, &item) in this.as_ref().iter().enumerate() {
            // Unnamed items show under the names of the attributes that follow, as in CPython.
            let name = def.fields.iter().map(|f| f.0).filter(|n| !n.is_empty()).nth(i).unwrap_or("");
            let comma = if i > 0 { ", " } else { "" };
            text.push_str(&format!("{comma}{name}="));
            text.push_units(vm.repr(item)?.units());
        }
        text.push_str(")");
        Ok(Str::from_units(&vm.heap, text.finish().as_units()))
    }

    /// Return state information for pickling.
    #[pymethod(name = "__reduce__")]
    fn reduce(this: Gc<Tuple>, vm: &Vm) -> PyResult {
        let ty = vm.type_of(this.value());
        let def = vm.structseq_def(ty)?;
        let rest = vm.new_dict();
        for (i, (name, _)) in def.fields.iter().enumerate().skip(def.visible) {
            rest.insert_str(&vm.heap, vm.intern(name), hidden_item(this, def, i));
        }
        let items = vm.new_tuple(&this);
        let state = vm.new_tuple(&[items, rest.value()]);
        Ok(vm.new_tuple(&[ty.value(), state]))
    }

    /// Return a copy of the structure with new values for the specified fields.
    #[pymethod(name = "__replace__", sig = "($self, /, **changes)")]
    fn replace(this: Gc<Tuple>, vm: &Vm, changes: Option<Gc<Dict>>) -> PyResult {
        let ty = vm.type_of(this.value());
        let def = vm.structseq_def(ty)?;
        if def.unnamed() > 0 {
            let name = def.full_name();
            return Err(vm.type_error(format!(
                "__replace__() is not supported for {name} because it has unnamed field(s)"
            )));
        }
        let mut items = GcVec::from_slice(&vm.heap, &this);
        for i in def.visible..def.fields.len() {
            items.push(&vm.heap, hidden_item(this, def, i));
        }
        if let Some(changes) = changes {
            let mut unknown = Vec::new();
            for (name, value) in changes.iter() {
                let name = name.downcast::<Str>().expect("keywords are strings");
                match def.fields.iter().position(|(field, _)| name.eq_str(field)) {
                    Some(i) => items.set(&vm.heap, i, value),
                    None => unknown.push(format!("'{}'", name.to_string_lossy())),
                }
            }
            if !unknown.is_empty() {
                let unknown = unknown.join(", ");
                return Err(vm.type_error(format!("Got unexpected field name(s): [{unknown}]")));
            }
        }
        Ok(vm.structseq_of(ty, def, &items).value())
    }
}

/// Item `index`, one behind the visible ones.
fn hidden_item(this: Gc<Tuple>, def: &StructSeqDef, index: usize) -> Value {
    // SAFETY: instances have an extension word for each hidden item.
    unsafe { this.header().trailing_word(def.fields.len() - 1 - index) }.get().unwrap_or(Value::none())
}

fn check_length(vm: &Vm, def: &StructSeqDef, given: usize) -> PyResult<()> {
    let (min, max) = (def.visible, def.fields.len());
    let wanted = if min == max && given != min {
        format!("a {min}")
    } else if given < min {
        format!("an at least {min}")
    } else if given > max {
        format!("an at most {max}")
    } else {
        return Ok(());
    };
    let name = def.full_name();
    Err(vm.type_error(format!("{name}() takes {wanted}-sequence ({given}-sequence given)")))
}
