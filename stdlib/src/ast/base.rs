//! `ast.AST`: what all nodes have in common.
//!
//! The fields of a class are its `_fields`, which Python subclasses may replace; what an absent one becomes depends on
//! its type in `_field_types`: a list starts empty, an optional field has None in the class, a context is `Load`.

use super::nodes::{Classes, Node};
use adder_interp::heap::GcVec;
use adder_interp::native::Args;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::list::List;
use adder_interp::object::str::Str;
use adder_interp::object::tuple::Tuple;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::pymethods;
use adder_text::units::StrBuilder;

/// See the module documentation.
pub struct AstBase;

#[pymethods(name = "AST", module = "ast", kind = Instance, subclassable, has_dict, weakrefable)]
impl AstBase {
    #[pyattr]
    fn _fields(vm: &Vm) -> Value {
        vm.empty_tuple.value()
    }
    #[pyattr]
    fn __match_args__(vm: &Vm) -> Value {
        vm.empty_tuple.value()
    }
    #[pyattr]
    fn _attributes(vm: &Vm) -> Value {
        vm.empty_tuple.value()
    }

    #[pymethod]
    fn __init__(this: Value, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        initialise(vm, this, args)
    }

    #[pymethod]
    fn __repr__(this: Value, vm: &Vm) -> PyResult {
        const DEPTH: usize = 3;
        let mut out = StrBuilder::new();
        write_node(vm, this, DEPTH, &mut out)?;
        Ok(crate::support::str_from_buf(vm, out.finish()))
    }

    #[pymethod]
    fn __reduce__(this: Value, vm: &Vm) -> PyResult {
        let class = vm.type_of(this).value();
        let Some(dict) = vm.instance_dict(this) else {
            return Ok(vm.new_tuple(&[class, vm.empty_tuple.value()]));
        };
        // Present fields are positional arguments, so that nothing is reported missing; their values follow as state.
        let mut count = 0;
        for &field in field_names(vm, class)?.iter() {
            if dict.get(vm, field)?.is_none() {
                break;
            }
            count += 1;
        }
        let nones = GcVec::from_values(&vm.heap, std::iter::repeat_n(Value::none(), count));
        Ok(vm.new_tuple(&[class, vm.new_tuple(&nones), dict.copy(&vm.heap).value()]))
    }

    /// Return a copy of the AST node with new values for the specified fields.
    #[pymethod]
    fn __replace__(this: Value, vm: &Vm, args: Args<'_>) -> PyResult {
        if !args.positional_values().is_empty() {
            return Err(vm.type_error("__replace__() takes no positional arguments"));
        }
        replace(vm, this, args)
    }
}

/// A tuple in an attribute of a class; anything iterable will do.
fn name_list(vm: &Vm, class: Value, attribute: &str) -> PyResult<GcVec> {
    match vm.getattr_opt(class, vm.intern(attribute))? {
        None => Ok(vm.vec()),
        Some(names) => vm.collect(names),
    }
}

fn field_names(vm: &Vm, class: Value) -> PyResult<GcVec> {
    name_list(vm, class, "_fields")
}

fn contains(vm: &Vm, names: &GcVec, name: Value) -> PyResult<bool> {
    for &candidate in names.iter() {
        if vm.eq(candidate, name)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The class's name as C code knows it: the static base class has its module in front.
fn display_name(vm: &Vm, class: Value) -> PyResult<String> {
    let class = class.downcast::<adder_interp::object::typeobj::Type>().expect("a class");
    Ok(if class == Classes::get(vm)?.root() { "ast.AST".to_owned() } else { class.name() })
}

fn deprecated(vm: &Vm, message: String) -> PyResult<()> {
    vm.warn(vm.exceptions.deprecation_warning, &message, 1)
}

fn attribute_name(vm: &Vm, name: Value) -> PyResult<Gc<Str>> {
    match name.downcast::<Str>() {
        Some(name) => Ok(vm.heap.intern(name)),
        None => {
            let given = vm.type_of(name).name();
            Err(vm.type_error(format!("attribute name must be string, not '{given}'")))
        }
    }
}

fn initialise(vm: &Vm, this: Value, args: Args<'_>) -> PyResult<()> {
    let class = vm.type_of(this).value();
    let fields = field_names(vm, class)?;
    let given = args.positional_values();
    if given.len() > fields.len() {
        let plural = if fields.len() == 1 { "" } else { "s" };
        return Err(vm.type_error(format!(
            "{} constructor takes at most {} positional argument{plural}",
            display_name(vm, class)?,
            fields.len()
        )));
    }
    let mut set = GcVec::new();
    for (&field, &value) in fields.iter().zip(given) {
        vm.setattr(this, attribute_name(vm, field)?, Some(value))?;
        set.push(&vm.heap, field);
    }
    for (name, value) in args.keywords() {
        if contains(vm, &fields, name.value())? {
            if contains(vm, &set, name.value())? {
                let (class, name) = (display_name(vm, class)?, vm.repr_text(name.value())?);
                return Err(vm.type_error(format!("{class} got multiple values for argument {name}")));
            }
            set.push(&vm.heap, name.value());
        } else if !contains(vm, &name_list(vm, class, "_attributes")?, name.value())? {
            let (class, name) = (display_name(vm, class)?, vm.repr_text(name.value())?);
            deprecated(
                vm,
                format!(
                    "{class}.__init__ got an unexpected keyword argument {name}. Support for arbitrary keyword \
                     arguments is deprecated and will be removed in Python 3.15."
                ),
            )?;
        }
        vm.setattr(this, vm.heap.intern(name), Some(value))?;
    }
    if set.len() < fields.len() {
        let types = vm.getattr_opt(class, vm.intern("_field_types"))?.and_then(|t| t.downcast::<Dict>());
        for &field in fields.iter() {
            if !contains(vm, &set, field)? {
                set_default(vm, this, class, field, types)?;
            }
        }
    }
    Ok(())
}

/// Gives an absent field its default.
fn set_default(vm: &Vm, this: Value, class: Value, field: Value, types: Option<Gc<Dict>>) -> PyResult<()> {
    let Some(types) = types else { return Ok(()) };
    let Some(ty) = types.get(vm, field)? else {
        let (class, field) = (display_name(vm, class)?, vm.repr_text(field)?);
        return deprecated(
            vm,
            format!(
                "Field {field} is missing from {class}._field_types. This will become an error in Python 3.15."
            ),
        );
    };
    let classes = Classes::get(vm)?;
    let name = attribute_name(vm, field)?;
    let context = classes.class(Node::Load).base.get().expect("contexts have a base");
    match &*vm.type_of(ty).name() {
        // Optional: None is in the class.
        "Union" | "UnionType" => Ok(()),
        "GenericAlias" => vm.setattr(this, name, Some(List::new(&vm.heap).value())),
        _ if ty == context.value() => vm.setattr(this, name, Some(classes.singleton(Node::Load))),
        _ => {
            let (class, field) = (display_name(vm, class)?, vm.repr_text(field)?);
            deprecated(
                vm,
                format!(
                    "{class}.__init__ missing 1 required positional argument: {field}. This will become an error in \
                     Python 3.15."
                ),
            )
        }
    }
}

fn replace(vm: &Vm, this: Value, args: Args<'_>) -> PyResult {
    let class = vm.type_of(this);
    let fields = field_names(vm, class.value())?;
    let attributes = name_list(vm, class.value(), "_attributes")?;
    let own = match vm.instance_dict(this) {
        Some(dict) => dict.copy(&vm.heap),
        None => vm.new_dict(),
    };
    for (name, _) in args.keywords() {
        if !contains(vm, &fields, name.value())?
            && !contains(vm, &attributes, name.value())?
            && own.get(vm, name.value())?.is_none()
        {
            let (class, name) = (display_name(vm, class.value())?, name.to_string_lossy());
            return Err(
                vm.type_error(format!("{class}.__replace__ got an unexpected keyword argument '{name}'."))
            );
        }
    }
    let mut missing = Vec::new();
    for &field in fields.iter() {
        let name = attribute_name(vm, field)?;
        let known = own.get(vm, field)?.is_some() || args.keyword(&name.to_string_lossy()).is_some();
        // A default in the class is as good as a value.
        if !known && vm.getattr_opt(class.value(), name)?.is_none() {
            missing.push(vm.repr_text(field)?);
        }
    }
    if !missing.is_empty() {
        let plural = if missing.len() == 1 { "" } else { "s" };
        return Err(vm.type_error(format!(
            "{}.__replace__ missing {} keyword argument{plural}: {}.",
            display_name(vm, class.value())?,
            missing.len(),
            missing.join(", ")
        )));
    }
    let copy = vm.new_instance(class);
    for (name, value) in own.iter() {
        vm.setattr(copy, attribute_name(vm, name)?, Some(value))?;
    }
    for (name, value) in args.keywords() {
        vm.setattr(copy, vm.heap.intern(name), Some(value))?;
    }
    Ok(copy)
}

/// Writes a node, nodes below `depth` levels without their fields.
fn write_node(vm: &Vm, node: Value, depth: usize, out: &mut StrBuilder) -> PyResult<()> {
    out.push_str(&vm.type_of(node).name());
    if depth == 0 {
        out.push_str("(...)");
        return Ok(());
    }
    let shown = vm.enter_repr(node, || {
        out.push_str("(");
        let fields = field_names(vm, vm.type_of(node).value())?;
        for (i, &field) in fields.iter().enumerate() {
            let name = attribute_name(vm, field)?;
            if i > 0 {
                out.push_str(", ");
            }
            out.push_units(name.units());
            out.push_str("=");
            write_value(vm, vm.getattr(node, name)?, depth, out)?;
        }
        out.push_str(")");
        Ok(())
    })?;
    if shown.is_none() {
        out.push_str("(...)");
    }
    Ok(())
}

fn write_value(vm: &Vm, v: Value, depth: usize, out: &mut StrBuilder) -> PyResult<()> {
    let (items, open, close) = match (v.downcast::<List>(), v.downcast::<Tuple>()) {
        (Some(list), _) => (list.to_vec(&vm.heap), "[", "]"),
        (None, Some(tuple)) => (GcVec::from_slice(&vm.heap, &tuple), "(", ")"),
        (None, None) => return write_item(vm, v, depth, out),
    };
    out.push_str(open);
    // The first and the last item stand for all.
    if let Some(&first) = items.first() {
        write_item(vm, first, depth, out)?;
    }
    if items.len() > 2 {
        out.push_str(", ...");
    }
    if items.len() > 1 {
        out.push_str(", ");
        write_item(vm, items[items.len() - 1], depth, out)?;
    }
    out.push_str(close);
    Ok(())
}

fn write_item(vm: &Vm, v: Value, depth: usize, out: &mut StrBuilder) -> PyResult<()> {
    if vm.type_of(v).is_subtype(Classes::get(vm)?.root()) {
        return write_node(vm, v, depth - 1, out);
    }
    out.push_units(vm.repr(v)?.units());
    Ok(())
}
