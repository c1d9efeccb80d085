//! The class `Pickler`: options, the memo as Python sees it, and the start of a dump.

use super::cannot_pickle;
use super::memo::PickleMemo;
use super::opcodes::{DEFAULT_PROTOCOL, HIGHEST_PROTOCOL};
use super::output::Output;
use super::own_attribute;
use super::save::Saver;
use adder_interp::native::Args;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::int::as_int;
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::object::tuple::Tuple;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::{Cell, RefCell};

/// What the arguments of `Pickler()` and `dumps()` choose.
#[derive(Clone, Copy, Default, Trace)]
pub struct Options {
    pub protocol: i64,
    pub fix_imports: bool,
    pub buffer_callback: Option<Value>,
}

impl Options {
    pub fn new(
        vm: &Vm,
        protocol: Option<Value>,
        fix_imports: bool,
        buffer_callback: Option<Value>,
    ) -> PyResult<Options> {
        let protocol = match protocol.filter(|p| !p.is_none()) {
            None => DEFAULT_PROTOCOL,
            Some(protocol) => match vm.index_i64(protocol)? {
                n if n < 0 => HIGHEST_PROTOCOL,
                n if n > HIGHEST_PROTOCOL => {
                    let message = format!("pickle protocol must be <= {HIGHEST_PROTOCOL}");
                    return Err(vm.value_error(message));
                }
                n => n,
            },
        };
        let buffer_callback = buffer_callback.filter(|callback| !callback.is_none());
        if buffer_callback.is_some() && protocol < 5 {
            return Err(vm.value_error("buffer_callback needs protocol >= 5"));
        }
        Ok(Options { protocol, fix_imports: fix_imports && protocol < 3, buffer_callback })
    }
}

/// The `write` method of a file.
pub fn write_method(vm: &Vm, file: Value) -> PyResult {
    match vm.getattr_opt(file, vm.names.write)? {
        Some(write) => Ok(write),
        None => Err(vm.type_error("file must have a 'write' attribute")),
    }
}

/// This takes a binary file for writing a pickle data stream.
///
/// The optional *protocol* argument tells the pickler to use the given
/// protocol; supported protocols are 0, 1, 2, 3, 4 and 5.  The default
/// protocol is 5. It was introduced in Python 3.8, and is incompatible
/// with previous versions.
///
/// Specifying a negative protocol version selects the highest protocol
/// version supported.  The higher the protocol used, the more recent the
/// version of Python needed to read the pickle produced.
///
/// The *file* argument must have a write() method that accepts a single
/// bytes argument. It can thus be a file object opened for binary
/// writing, an io.BytesIO instance, or any other custom object that meets
/// this interface.
///
/// If *fix_imports* is True and protocol is less than 3, pickle will try
/// to map the new Python 3 names to the old module names used in Python
/// 2, so that the pickle data stream is readable with Python 2.
///
/// If *buffer_callback* is None (the default), buffer views are
/// serialized into *file* as part of the pickle stream.
///
/// If *buffer_callback* is not None, then it can be called any number
/// of times with a buffer view.  If the callback returns a false value
/// (such as None), the given buffer is out-of-band; otherwise the
/// buffer is serialized in-band, i.e. inside the pickle stream.
///
/// It is an error if *buffer_callback* is not None and *protocol*
/// is None or smaller than 5.
#[pyclass(name = "Pickler", module = "_pickle", subclassable)]
#[derive(Trace)]
pub struct Pickler {
    pub options: Cell<Options>,
    /// `file.write`; `None` before `__init__` and in `dumps()`.
    pub write: Cell<Option<Value>>,
    pub memo: RefCell<PickleMemo>,
    /// `persistent_id` as set on the instance.
    persistent_id: Cell<Option<Value>>,
    /// `dispatch_table` as set on the instance.
    dispatch_table: Cell<Option<Value>>,
    pub bin: Cell<i32>,
    pub fast: Cell<i32>,
    /// A dump is under way.
    busy: Cell<bool>,
    /// Made by `dump()` or `dumps()`: no Python code will ever see it.
    pub internal: Cell<bool>,
}

impl Pickler {
    fn empty(vm: &Vm, class: Gc<Type>) -> Gc<Native<Pickler>> {
        let payload = Pickler {
            options: Cell::default(),
            write: Cell::new(None),
            memo: RefCell::default(),
            persistent_id: Cell::new(None),
            dispatch_table: Cell::new(None),
            bin: Cell::new(0),
            fast: Cell::new(0),
            busy: Cell::new(false),
            internal: Cell::new(false),
        };
        vm.new_native(class, payload)
    }

    /// The pickler behind `dump()` and `dumps()`.
    pub fn internal(vm: &Vm, options: Options, write: Option<Value>) -> PyResult<Gc<Native<Pickler>>> {
        let class = vm.native_type(Pickler::TYPE_DEF)?;
        let pickler = Pickler::empty(vm, class);
        pickler.configure(options, write);
        pickler.internal.set(true);
        Ok(pickler)
    }

    fn configure(&self, options: Options, write: Option<Value>) {
        self.options.set(options);
        self.bin.set(i32::from(options.protocol > 0));
        self.write.set(write);
    }

    /// The `dispatch_table` of the instance.
    pub fn own_dispatch_table(this: Gc<Native<Pickler>>, vm: &Vm) -> PyResult<Option<Value>> {
        if this.internal.get() {
            return Ok(None);
        }
        vm.getattr_opt(this.value(), vm.intern("dispatch_table"))
    }

    /// What has to be asked for a persistent id: nothing if it is the method of this very class.
    pub fn persistent_id_hook(this: Gc<Native<Pickler>>, vm: &Vm) -> PyResult<Option<Value>> {
        hook(vm, this.value(), this.persistent_id.get(), Pickler::TYPE_DEF, "persistent_id")
    }
}

/// The callable under `name` of a pickler or unpickler; `None` if it is the method of the built-in class `def`.
pub fn hook(
    vm: &Vm,
    this: Value,
    own: Option<Value>,
    def: &'static adder_interp::native::TypeDef,
    name: &str,
) -> PyResult<Option<Value>> {
    if own.is_some() {
        return Ok(own);
    }
    let (class, base) = (vm.type_of(this), vm.native_type(def)?);
    let name = vm.intern(name);
    if class == base {
        return Ok(None);
    }
    if vm.lookup(class, name) == vm.lookup(base, name) && vm.own_attr(this, name).is_none() {
        return Ok(None);
    }
    vm.getattr_opt(this, name)
}

#[pymethods]
impl Pickler {
    #[pynew(sig = "(*args, **kwargs)")]
    fn new(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> Gc<Native<Pickler>> {
        let _ = args;
        Pickler::empty(vm, cls)
    }

    #[pymethod(name = "__init__", sig = "(file, protocol=None, fix_imports=True, buffer_callback=None)")]
    fn init(
        &self,
        vm: &Vm,
        file: Value,
        protocol: Option<Value>,
        fix_imports: bool,
        buffer_callback: Option<Value>,
    ) -> PyResult<()> {
        if self.busy.get() {
            return Err(vm.runtime_error("Pickler object is already used"));
        }
        let options = Options::new(vm, protocol, fix_imports, buffer_callback)?;
        let write = write_method(vm, file)?;
        self.configure(options, Some(write));
        self.fast.set(0);
        self.memo.borrow_mut().clear();
        Ok(())
    }

    #[pymethod(sig = "($self, obj, /)")]
    fn persistent_id(&self, obj: Value) -> Value {
        let _ = obj;
        Value::none()
    }

    /// Write a pickled representation of the given object to the open file.
    #[pymethod(sig = "($self, obj, /)")]
    fn dump(this: Gc<Native<Pickler>>, vm: &Vm, obj: Value) -> PyResult<()> {
        if this.busy.get() {
            return Err(vm.runtime_error("Pickler object is already used"));
        }
        if this.write.get().is_none() {
            let class = vm.type_of(this.value()).qualified_name();
            return Err(cannot_pickle(
                vm,
                format!("Pickler.__init__() was not called by {class}.__init__()"),
            ));
        }
        this.busy.set(true);
        let mut saver = Saver::new(vm, this, Output::default());
        let result = saver.dump(obj).and_then(|()| saver.flush());
        this.busy.set(false);
        result
    }

    /// Clears the pickler's "memo".
    ///
    /// The memo is the data structure that remembers which objects the
    /// pickler has already seen, so that shared or recursive objects are
    /// pickled by reference and not by value.  This method is useful when
    /// re-using picklers.
    #[pymethod(sig = "($self, /)")]
    fn clear_memo(&self) {
        self.memo.borrow_mut().clear();
    }

    #[pygetset]
    fn bin(&self) -> i32 {
        self.bin.get()
    }
    #[pygetset(setter = "bin")]
    fn set_bin(&self, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        self.bin.set(number_member(vm, value)?);
        Ok(())
    }
    #[pygetset]
    fn fast(&self) -> i32 {
        self.fast.get()
    }
    #[pygetset(setter = "fast")]
    fn set_fast(&self, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        self.fast.set(number_member(vm, value)?);
        Ok(())
    }

    #[pygetset]
    fn dispatch_table(this: Gc<Native<Pickler>>, vm: &Vm) -> PyResult {
        match this.dispatch_table.get() {
            Some(table) => Ok(table),
            None => {
                let class = vm.type_of(this.value()).message_name();
                let message = format!("'{class}' object has no attribute 'dispatch_table'");
                Err(vm.attribute_error_on(message, this.value(), vm.intern("dispatch_table")))
            }
        }
    }
    #[pygetset(setter = "dispatch_table")]
    fn set_dispatch_table(&self, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        if value.is_none() && self.dispatch_table.get().is_none() {
            return Err(vm.attribute_error("dispatch_table"));
        }
        self.dispatch_table.set(value);
        Ok(())
    }

    #[pygetset]
    fn memo(this: Gc<Native<Pickler>>, vm: &Vm) -> PyResult {
        let class = vm.native_type(PicklerMemoProxy::TYPE_DEF)?;
        Ok(vm.new_native(class, PicklerMemoProxy { pickler: this }).value())
    }
    #[pygetset(setter = "memo")]
    fn set_memo(&self, vm: &Vm, value: Option<Value>) -> PyResult<()> {
        let Some(value) = value else {
            return Err(vm.type_error("attribute deletion is not supported"));
        };
        let memo = if let Some(proxy) = value.downcast::<Native<PicklerMemoProxy>>() {
            PickleMemo::from_entries(&proxy.pickler.memo.borrow().entries())
        } else if let Some(dict) = value.downcast::<Dict>() {
            memo_from_dict(vm, dict)?
        } else {
            let given = vm.type_of(value).name();
            return Err(vm.type_error(format!(
                "'memo' attribute must be a PicklerMemoProxy object or dict, not {given}"
            )));
        };
        *self.memo.borrow_mut() = memo;
        Ok(())
    }

    // `persistent_id` can be set on an instance although the class has a method of that name.

    #[pymethod]
    fn __getattribute__(this: Gc<Native<Pickler>>, vm: &Vm, name: Gc<Str>) -> PyResult {
        own_attribute::get(vm, this.value(), "persistent_id", &this.persistent_id, name)
    }
    #[pymethod]
    fn __setattr__(this: Gc<Native<Pickler>>, vm: &Vm, name: Gc<Str>, value: Value) -> PyResult<()> {
        own_attribute::set(vm, this.value(), "persistent_id", &this.persistent_id, name, Some(value))
    }
    #[pymethod]
    fn __delattr__(this: Gc<Native<Pickler>>, vm: &Vm, name: Gc<Str>) -> PyResult<()> {
        own_attribute::set(vm, this.value(), "persistent_id", &this.persistent_id, name, None)
    }
}

/// The value for a member of C's type `int`.
fn number_member(vm: &Vm, value: Option<Value>) -> PyResult<i32> {
    match value {
        None => Err(vm.type_error("can't delete numeric/char attribute")),
        Some(value) => {
            let n = vm
                .index(value)?
                .to_i64()
                .ok_or_else(|| vm.overflow_error("Python int too large to convert to C long"))?;
            Ok(n as i32)
        }
    }
}

/// The entries of `{id: (number, object)}`.
fn memo_from_dict(vm: &Vm, dict: Gc<Dict>) -> PyResult<PickleMemo> {
    let mut entries = Vec::new();
    for (_, pair) in dict.iter() {
        let Some(pair) = pair.downcast::<Tuple>().filter(|pair| pair.len() == 2) else {
            return Err(vm.type_error("'memo' values must be 2-item tuples"));
        };
        let Some(number) = as_int(pair[0]).and_then(|n| n.to_i64()) else {
            return Err(vm.type_error("an integer is required"));
        };
        entries.push((pair[1], number as u32));
    }
    Ok(PickleMemo::from_entries(&entries))
}

/// The memo of a pickler, as its attribute `memo`.
#[pyclass(name = "PicklerMemoProxy", module = "_pickle", no_constructor, private)]
#[derive(Trace)]
pub struct PicklerMemoProxy {
    pickler: Gc<Native<Pickler>>,
}

#[pymethods]
impl PicklerMemoProxy {
    /// Remove all items from memo.
    #[pymethod(sig = "($self, /)")]
    fn clear(&self) {
        self.pickler.memo.borrow_mut().clear();
    }

    /// Copy the memo to a new object.
    #[pymethod(sig = "($self, /)")]
    fn copy(&self, vm: &Vm) -> PyResult<Gc<Dict>> {
        let copy = vm.new_dict();
        // The memo keeps the objects alive.
        let entries = self.pickler.memo.borrow().entries();
        for (object, number) in entries {
            let pair = vm.new_tuple(&[Value::small_int(i64::from(number)), object]);
            copy.insert(vm, vm.id(object), pair)?;
        }
        Ok(copy)
    }

    /// Implement pickle support.
    #[pymethod(name = "__reduce__", sig = "($self, /)")]
    fn reduce(&self, vm: &Vm) -> PyResult {
        let copy = self.copy(vm)?;
        let arguments = vm.new_tuple(&[copy.value()]);
        Ok(vm.new_tuple(&[vm.types.dict.value(), arguments]))
    }
}
