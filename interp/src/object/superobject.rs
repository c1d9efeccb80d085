//! `super`: attribute lookup behind a class in the MRO of another.

use super::cell::CellObject;
use super::header::Gc;
use super::native::Native;
use super::typeobj::Type;
use crate::native::Args;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use adder_bytecode::LocalKind;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::Cell;

/// super() -> same as super(__class__, <first argument>)
/// super(type) -> unbound super object
/// super(type, obj) -> bound super object; requires isinstance(obj, type)
/// super(type, type2) -> bound super object; requires
///     issubclass(type2, type)
/// Typical use to call a cooperative superclass method:
/// class C(B):
///     def meth(self, arg):
///         super().meth(arg)
/// Gc<Native<Super>> works for class methods too:
/// class C(B):
///     @classmethod
///     def cmeth(cls, arg):
///         super().cmeth(arg)
#[pyclass(name = "super", subclassable)]
#[derive(Trace, Default)]
pub struct Super {
    /// The class behind which lookup starts.
    this_class: Cell<Option<Gc<Type>>>,
    object: Cell<Option<Value>>,
    /// The class whose MRO is searched.
    object_class: Cell<Option<Gc<Type>>>,
}

#[pymethods(def = TYPE_DEF)]
impl Super {
    #[pynew]
    fn __new__(cls: Gc<Type>, vm: &Vm, _args: Args<'_>) -> Value {
        vm.new_native(cls, Super::default()).value()
    }

    #[pymethod(name = "__init__")]
    fn init(this: Gc<Native<Super>>, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        args.reject_keywords(vm, "super")?;
        let args = args.counted(vm, "super()", 0, 2)?;
        let (class, object) = match *args {
            [] => {
                let (class, object) = implicit_arguments(vm)?;
                (class, Some(object))
            }
            [class, ref rest @ ..] => match class.downcast::<Type>() {
                Some(class) => (class, rest.first().copied().filter(|o| !o.is_none())),
                None => {
                    let given = vm.type_of(class).name();
                    return Err(vm.type_error(format!("super() argument 1 must be a type, not {given}")));
                }
            },
        };
        let object_class = match object {
            Some(object) => Some(check_object(vm, class, object)?),
            None => None,
        };
        this.this_class.set(Some(class));
        this.object.set(object);
        this.object_class.set(object_class);
        Ok(())
    }

    #[pymethod(name = "__repr__")]
    fn repr(this: Gc<Native<Super>>, _vm: &Vm) -> String {
        let class = this.this_class.get().map_or("NULL".to_string(), |c| c.name());
        match this.object_class.get() {
            Some(object) => format!("<super: <class '{class}'>, <{} object>>", object.name()),
            None => format!("<super: <class '{class}'>, NULL>"),
        }
    }

    #[pymethod(name = "__getattribute__")]
    fn getattribute(this: Gc<Native<Super>>, vm: &Vm, name: Value) -> PyResult {
        let name = vm.attribute_name(name)?;
        if name != vm.names.__class__
            && let (Some(class), Some(start)) = (this.this_class.get(), this.object_class.get())
        {
            let behind = start.mro_iter().skip_while(|&c| c != class).skip(1);
            let found = behind.into_iter().find_map(|c| c.dict.get().get_str(name));
            if let Some(attr) = found {
                let object = this.object.get().filter(|&o| o != start.value());
                return vm.bind_attr(attr, object, start);
            }
        }
        match vm.generic_getattr(this.value(), name)? {
            Some(found) => Ok(found),
            None => Err(vm.no_attribute(this.value(), name)),
        }
    }

    #[pymethod(name = "__get__")]
    fn get(this: Gc<Native<Super>>, vm: &Vm, instance: Value, _owner: Option<Value>) -> PyResult {
        let Some(class) = this.this_class.get() else { return Ok(this.value()) };
        if instance.is_none() || this.object.get().is_some() {
            return Ok(this.value());
        }
        let own = vm.type_of(this.value());
        if own != vm.types.super_ {
            return vm.call(own.value(), &[class.value(), instance]);
        }
        let object_class = check_object(vm, class, instance)?;
        let payload = Super {
            this_class: Cell::new(Some(class)),
            object: Cell::new(Some(instance)),
            object_class: Cell::new(Some(object_class)),
        };
        Ok(vm.new_native(own, payload).value())
    }

    /// the class invoking super()
    #[pygetset(name = "__thisclass__")]
    fn this_class(this: Gc<Native<Super>>, _vm: &Vm) -> Option<Gc<Type>> {
        this.this_class.get()
    }

    /// the instance invoking super(); may be None
    #[pygetset(name = "__self__")]
    fn object(this: Gc<Native<Super>>, _vm: &Vm) -> Option<Value> {
        this.object.get()
    }

    /// the type of the instance invoking super(); may be None
    #[pygetset(name = "__self_class__")]
    fn object_class(this: Gc<Native<Super>>, _vm: &Vm) -> Option<Gc<Type>> {
        this.object_class.get()
    }
}

/// The class whose MRO `super(class, object)` searches.
fn check_object(vm: &Vm, class: Gc<Type>, object: Value) -> PyResult<Gc<Type>> {
    if let Some(ty) = object.downcast::<Type>().filter(|t| t.is_subtype(class)) {
        return Ok(ty);
    }
    let actual = vm.type_of(object);
    if actual.is_subtype(class) {
        return Ok(actual);
    }
    // A proxy may claim another class.
    let claimed = vm.getattr_opt(object, vm.names.__class__)?.and_then(|c| c.downcast::<Type>());
    if let Some(claimed) = claimed.filter(|&c| c != actual && c.is_subtype(class)) {
        return Ok(claimed);
    }
    let (what, shown) = match object.downcast::<Type>() {
        Some(ty) => ("type", ty.name()),
        None => ("instance of", actual.name()),
    };
    Err(vm.type_error(format!(
        "super(type, obj): obj ({what} {shown}) is not an instance or subtype of type ({}).",
        class.name()
    )))
}

/// Class and object for `super()` without arguments, from the calling frame.
fn implicit_arguments(vm: &Vm) -> PyResult<(Gc<Type>, Value)> {
    let Some(frame) = vm.current_frame() else { return Err(vm.runtime_error("super(): no current frame")) };
    let code = frame.window.code();
    let unit = code.as_ref().unit();
    if unit.argcount == 0 {
        return Err(vm.runtime_error("super(): no arguments"));
    }
    // SAFETY: registers of a live window.
    let register = |i: usize| unsafe { *frame.window.0.add(i) };
    let first = match register(0) {
        Some(v) if unit.local_kinds[0] == LocalKind::Cell => {
            v.downcast::<CellObject>().map_or(Some(v), |cell| cell.get())
        }
        other => other,
    };
    let Some(object) = first else { return Err(vm.runtime_error("super(): arg[0] deleted")) };
    let cell = unit.locals.iter().position(|name| &**name == "__class__");
    let Some(cell) = cell.and_then(register).and_then(|v| v.downcast::<CellObject>()) else {
        return Err(vm.runtime_error("super(): __class__ cell not found"));
    };
    let Some(class) = cell.get() else { return Err(vm.runtime_error("super(): empty __class__ cell")) };
    match class.downcast::<Type>() {
        Some(class) => Ok((class, object)),
        None => {
            let given = vm.type_of(class).name();
            Err(vm.runtime_error(format!("super(): __class__ is not a type ({given})")))
        }
    }
}
