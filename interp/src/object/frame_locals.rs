//! `frame.f_locals`: for functions a write-through view of the local variables (PEP 667).
//!
//! The view has no state but its frame. Names that are no variables of the code live in a dict of the frame.

use super::dict::Dict;
use super::frame::Frame;
use super::header::Gc;
use super::list::List;
use super::native::Native;
use super::str::Str;
use crate::heap::GcVec;
use crate::native::Args;
use crate::object::typeobj::Type;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use adder_bytecode::CodeFlags;
use adder_macros::{Trace, pyclass, pymethods};

/// See the module documentation.
#[pyclass(name = "FrameLocalsProxy", mapping)]
#[derive(Trace)]
pub struct FrameLocalsProxy {
    frame: Gc<Frame>,
}

impl Vm {
    /// `frame.f_locals`.
    pub fn frame_locals(&self, frame: Gc<Frame>) -> PyResult {
        if !frame.code.unit().flags.has(CodeFlags::OPTIMIZED) {
            return Ok(frame.local(0).unwrap_or_else(|| self.new_dict().value()));
        }
        let class = self.native_type(FrameLocalsProxy::TYPE_DEF)?;
        Ok(self.new_native(class, FrameLocalsProxy { frame }).value())
    }

    /// The local variables as a new dict (the namespace itself where it is a dict).
    pub fn frame_locals_dict(&self, frame: Gc<Frame>) -> PyResult<Gc<Dict>> {
        if frame.code.unit().flags.has(CodeFlags::OPTIMIZED) {
            return snapshot(self, frame);
        }
        match frame.local(0).and_then(|v| v.downcast::<Dict>()) {
            Some(dict) => Ok(dict),
            None => Ok(self.new_dict()),
        }
    }
}

/// Index of the local variable called `name`: the bound one if there are several, as after inlining.
fn find(frame: Gc<Frame>, name: Gc<Str>, bound: bool) -> Option<usize> {
    let unit = frame.code.as_ref().unit();
    (0..unit.locals.len()).find(|&i| name.eq_str(&unit.locals[i]) && (!bound || frame.variable(i).is_some()))
}

fn extra(frame: Gc<Frame>) -> Option<Gc<Dict>> {
    frame.extra_locals.get()?.downcast()
}

fn make_extra(vm: &Vm, frame: Gc<Frame>) -> Gc<Dict> {
    extra(frame).unwrap_or_else(|| {
        let dict = vm.new_dict();
        frame.extra_locals.set(Some(dict.value()));
        vm.heap.barrier(frame.header(), dict.value());
        dict
    })
}

fn lookup(vm: &Vm, frame: Gc<Frame>, key: Value) -> PyResult<Option<Value>> {
    if let Some(name) = key.downcast::<Str>()
        && let Some(i) = find(frame, name, true)
    {
        return Ok(frame.variable(i));
    }
    extra(frame).map_or(Ok(None), |d| d.get(vm, key))
}

fn store(vm: &Vm, frame: Gc<Frame>, key: Value, value: Value) -> PyResult<()> {
    if let Some(name) = key.downcast::<Str>()
        && let Some(i) = find(frame, name, true).or_else(|| find(frame, name, false))
    {
        frame.set_variable(&vm.heap, i, value);
        return Ok(());
    }
    make_extra(vm, frame).insert(vm, key, value)
}

/// Calls `f` with name and value of every bound variable.
fn each(vm: &Vm, frame: Gc<Frame>, mut f: impl FnMut(Value, Value)) {
    let unit = frame.code.as_ref().unit();
    for (i, name) in unit.locals.iter().enumerate() {
        if !name.starts_with('.')
            && let Some(v) = frame.variable(i)
        {
            f(vm.intern(name).value(), v);
        }
    }
    let more = extra(frame);
    more.iter().flat_map(|d| d.as_ref().iter()).for_each(|(k, v)| f(k, v));
}

fn snapshot(vm: &Vm, frame: Gc<Frame>) -> PyResult<Gc<Dict>> {
    let dict = vm.new_dict();
    let mut names = vm.vec();
    let mut values = vm.vec();
    each(vm, frame, |k, v| {
        names.push(&vm.heap, k);
        values.push(&vm.heap, v);
    });
    for (&k, &v) in names.iter().zip(values.iter()) {
        dict.insert(vm, k, v)?;
    }
    Ok(dict)
}

fn collect(vm: &Vm, frame: Gc<Frame>, pick: impl Fn(Value, Value) -> Value) -> GcVec {
    let mut out = vm.vec();
    each(vm, frame, |k, v| out.push(&vm.heap, pick(k, v)));
    out
}

/// Stores all items of a dict or another view.
fn update(vm: &Vm, frame: Gc<Frame>, other: Value) -> PyResult<bool> {
    let other = match (other.downcast::<Dict>(), other.downcast::<Native<FrameLocalsProxy>>()) {
        (Some(dict), _) => dict,
        (None, Some(view)) => snapshot(vm, view.frame)?,
        (None, None) => return Ok(false),
    };
    let mut at = 0;
    while let Some((next, k, v)) = other.next_entry(at) {
        store(vm, frame, k, v)?;
        at = next + 1;
    }
    Ok(true)
}

#[pymethods]
impl FrameLocalsProxy {
    #[pynew]
    fn __new__(_cls: Gc<Type>, vm: &Vm, frame: Value) -> PyResult {
        let Some(frame) = frame.downcast::<Frame>() else {
            return Err(vm.type_error(format!("expect frame, not {}", vm.type_of(frame).name())));
        };
        let class = vm.native_type(FrameLocalsProxy::TYPE_DEF)?;
        Ok(vm.new_native(class, FrameLocalsProxy { frame }).value())
    }

    #[pymethod]
    fn __getitem__(&self, vm: &Vm, key: Value) -> PyResult {
        match lookup(vm, self.frame, key)? {
            Some(v) => Ok(v),
            None => {
                let text = format!("local variable '{}' is not defined", vm.repr_text(key)?);
                Err(vm.key_error_message(text))
            }
        }
    }
    #[pymethod]
    fn __setitem__(&self, vm: &Vm, key: Value, value: Value) -> PyResult<()> {
        store(vm, self.frame, key, value)
    }
    #[pymethod]
    fn __delitem__(&self, vm: &Vm, key: Value) -> PyResult<()> {
        match self.remove(vm, key)? {
            Some(_) => Ok(()),
            None => Err(vm.key_error(key)),
        }
    }
    #[pymethod]
    fn __contains__(&self, vm: &Vm, key: Value) -> PyResult<bool> {
        Ok(lookup(vm, self.frame, key)?.is_some())
    }
    #[pymethod]
    fn __len__(&self, vm: &Vm) -> usize {
        let mut n = 0;
        each(vm, self.frame, |_, _| n += 1);
        n
    }
    #[pymethod]
    fn __iter__(&self, vm: &Vm) -> PyResult {
        vm.iter(self.keys(vm))
    }
    #[pymethod]
    fn __reversed__(&self, vm: &Vm) -> Value {
        let mut keys = collect(vm, self.frame, |k, _| k);
        keys.as_mut_slice(&vm.heap).reverse();
        vm.list_from(keys)
    }
    #[pymethod]
    fn __repr__(this: Gc<Native<FrameLocalsProxy>>, vm: &Vm) -> PyResult<String> {
        let text = vm.enter_repr(this.value(), || vm.repr_text(snapshot(vm, this.frame)?.value()))?;
        Ok(text.unwrap_or_else(|| "{...}".to_owned()))
    }
    #[pymethod]
    fn __eq__(&self, vm: &Vm, other: Value) -> PyResult {
        if let Some(other) = other.downcast::<Native<FrameLocalsProxy>>() {
            return Ok(Value::bool(self.frame == other.frame));
        }
        if !other.is::<Dict>() {
            return Ok(Value::not_implemented());
        }
        vm.eq(snapshot(vm, self.frame)?.value(), other).map(Value::bool)
    }
    #[pymethod]
    fn __or__(&self, vm: &Vm, other: Value) -> PyResult {
        self.merged(vm, other, false)
    }
    #[pymethod]
    fn __ror__(&self, vm: &Vm, other: Value) -> PyResult {
        self.merged(vm, other, true)
    }
    #[pymethod]
    fn __ior__(this: Gc<Native<FrameLocalsProxy>>, vm: &Vm, other: Value) -> PyResult {
        if update(vm, this.frame, other)? { Ok(this.value()) } else { Ok(Value::not_implemented()) }
    }

    #[pymethod]
    fn keys(&self, vm: &Vm) -> Value {
        vm.list_from(collect(vm, self.frame, |k, _| k))
    }
    #[pymethod]
    fn values(&self, vm: &Vm) -> Value {
        vm.list_from(collect(vm, self.frame, |_, v| v))
    }
    #[pymethod]
    fn items(&self, vm: &Vm) -> Gc<List> {
        List::from_vec(&vm.heap, collect(vm, self.frame, |k, v| vm.new_tuple(&[k, v])))
    }
    #[pymethod]
    fn copy(&self, vm: &Vm) -> PyResult<Gc<Dict>> {
        snapshot(vm, self.frame)
    }
    #[pymethod(sig = "(key, default=None, /)")]
    fn get(&self, vm: &Vm, key: Value, default: Option<Value>) -> PyResult {
        Ok(lookup(vm, self.frame, key)?.or(default).unwrap_or(Value::none()))
    }
    #[pymethod(sig = "(key, default=None, /)")]
    fn setdefault(&self, vm: &Vm, key: Value, default: Option<Value>) -> PyResult {
        if let Some(v) = lookup(vm, self.frame, key)? {
            return Ok(v);
        }
        let default = default.unwrap_or(Value::none());
        store(vm, self.frame, key, default)?;
        Ok(default)
    }
    #[pymethod]
    fn update(&self, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        args.reject_keywords(vm, "FrameLocalsProxy.update")?;
        let values = args.counted(vm, "update", 1, 1)?;
        if update(vm, self.frame, values[0])? {
            return Ok(());
        }
        Err(vm.type_error("update() argument must be dict or another FrameLocalsProxy"))
    }
    #[pymethod(sig = "(key, default=None, /)")]
    fn pop(&self, vm: &Vm, key: Value, default: Option<Value>) -> PyResult {
        match self.remove(vm, key)?.or(default) {
            Some(v) => Ok(v),
            None => Err(vm.key_error(key)),
        }
    }
}

impl FrameLocalsProxy {
    /// Removes an extra name; variables of the code cannot be removed.
    fn remove(&self, vm: &Vm, key: Value) -> PyResult<Option<Value>> {
        if let Some(name) = key.downcast::<Str>()
            && find(self.frame, name, false).is_some()
        {
            return Err(vm.value_error("cannot remove local variables from FrameLocalsProxy"));
        }
        extra(self.frame).map_or(Ok(None), |d| d.remove(vm, key))
    }

    fn merged(&self, vm: &Vm, other: Value, reflected: bool) -> PyResult {
        let own = snapshot(vm, self.frame)?;
        let other = match (other.downcast::<Dict>(), other.downcast::<Native<FrameLocalsProxy>>()) {
            (Some(dict), _) => dict,
            (None, Some(view)) => snapshot(vm, view.frame)?,
            (None, None) => return Ok(Value::not_implemented()),
        };
        let (first, second) = if reflected { (other, own) } else { (own, other) };
        let result = first.copy(&vm.heap);
        let mut at = 0;
        while let Some((next, k, v)) = second.next_entry(at) {
            result.insert(vm, k, v)?;
            at = next + 1;
        }
        Ok(result.value())
    }
}
