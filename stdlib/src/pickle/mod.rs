//! `_pickle`: objects as byte strings and back.
//!
//! * [`opcodes`]: the instructions of the pickle machine
//! * [`pickler`]: the class `Pickler`; [`save`] writes objects whose form is built in, [`reduce`] those that say themselves how
//!   they are taken apart, [`globals`] what is found by name; [`output`] cuts the bytes into frames
//! * [`unpickler`]: the class `Unpickler`; [`load`] is the machine, [`build`] its instructions that call back into Python,
//!   [`input`] where the bytes come from
//! * [`memo`]: what both remember; [`buffer`]: `PickleBuffer`
//!
//! The bytes are those of CPython's pickler, to the last one. Two shortcuts do not show in them: an instance that has never
//! been asked for its `__dict__` is written from its slots, without making the dict that `__reduce_ex__` would return,
//! and read back into slots; and a pickle in an `io.BytesIO` is read in place.

mod buffer;
mod build;
mod globals;
mod input;
mod load;
mod memo;
mod opcodes;
mod output;
mod own_attribute;
mod pickler;
mod reduce;
mod save;
mod unpickler;

use crate::support::new_exception_class;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::pymodule;

/// Optimized C implementation for the Python pickle module.
#[pymodule(name = "_pickle", classes(buffer::PickleBuffer, pickler::Pickler, unpickler::Unpickler))]
pub mod pickle {
    use super::input::Input;
    use super::load::Loader;
    use super::output::Output;
    use super::pickler::{Options, Pickler};
    use super::save::Saver;
    use super::unpickler::Unpickler;
    use super::*;
    use crate::buf::Buffer;
    use adder_interp::object::str::Str;

    /// Write a pickled representation of obj to the open file object file.
    ///
    /// This is equivalent to ``Pickler(file, protocol).dump(obj)``, but may
    /// be more efficient.
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
    /// bytes argument.  It can thus be a file object opened for binary
    /// writing, an io.BytesIO instance, or any other custom object that meets
    /// this interface.
    ///
    /// If *fix_imports* is True and protocol is less than 3, pickle will try
    /// to map the new Python 3 names to the old module names used in Python
    /// 2, so that the pickle data stream is readable with Python 2.
    ///
    /// If *buffer_callback* is None (the default), buffer views are serialized
    /// into *file* as part of the pickle stream.  It is an error if
    /// *buffer_callback* is not None and *protocol* is None or smaller than 5.
    #[pyfunction(sig = "(obj, file, protocol=None, *, fix_imports=True, buffer_callback=None)")]
    fn dump(
        vm: &Vm,
        obj: Value,
        file: Value,
        protocol: Option<Value>,
        fix_imports: bool,
        buffer_callback: Option<Value>,
    ) -> PyResult<()> {
        let options = Options::new(vm, protocol, fix_imports, buffer_callback)?;
        let write = pickler::write_method(vm, file)?;
        let pickler = Pickler::internal(vm, options, Some(write))?;
        let mut saver = Saver::new(vm, pickler, Output::default());
        saver.dump(obj)?;
        saver.flush()
    }

    /// Return the pickled representation of the object as a bytes object.
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
    /// If *fix_imports* is True and *protocol* is less than 3, pickle will
    /// try to map the new Python 3 names to the old module names used in
    /// Python 2, so that the pickle data stream is readable with Python 2.
    ///
    /// If *buffer_callback* is None (the default), buffer views are serialized
    /// into *file* as part of the pickle stream.  It is an error if
    /// *buffer_callback* is not None and *protocol* is None or smaller than 5.
    #[pyfunction(sig = "(obj, protocol=None, *, fix_imports=True, buffer_callback=None)")]
    fn dumps(
        vm: &Vm,
        obj: Value,
        protocol: Option<Value>,
        fix_imports: bool,
        buffer_callback: Option<Value>,
    ) -> PyResult {
        let options = Options::new(vm, protocol, fix_imports, buffer_callback)?;
        let pickler = Pickler::internal(vm, options, None)?;
        let mut saver = Saver::new(vm, pickler, Output::default());
        saver.dump(obj)?;
        Ok(vm.new_bytes(saver.out.written()))
    }

    /// Read and return an object from the pickle data stored in a file.
    ///
    /// This is equivalent to ``Unpickler(file).load()``, but may be more
    /// efficient.
    ///
    /// The protocol version of the pickle is detected automatically, so no
    /// protocol argument is needed.  Bytes past the pickled object's
    /// representation are ignored.
    ///
    /// The argument *file* must have two methods, a read() method that takes
    /// an integer argument, and a readline() method that requires no
    /// arguments.  Both methods should return bytes.  Thus *file* can be a
    /// binary file object opened for reading, an io.BytesIO object, or any
    /// other custom object that meets this interface.
    ///
    /// Optional keyword arguments are *fix_imports*, *encoding* and *errors*,
    /// which are used to control compatibility support for pickle stream
    /// generated by Python 2.  If *fix_imports* is True, pickle will try to
    /// map the old Python 2 names to the new names used in Python 3.  The
    /// *encoding* and *errors* tell pickle how to decode 8-bit string
    /// instances pickled by Python 2; these default to 'ASCII' and 'strict',
    /// respectively.  The *encoding* can be 'bytes' to read these 8-bit
    /// string instances as bytes objects.
    #[pyfunction(sig = "(file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())")]
    fn load(
        vm: &Vm,
        file: Value,
        fix_imports: bool,
        encoding: Option<Gc<Str>>,
        errors: Option<Gc<Str>>,
        buffers: Option<Value>,
    ) -> PyResult {
        let unpickler = Unpickler::configured(vm, fix_imports, encoding, errors, buffers)?;
        unpickler.set_file(vm, file)?;
        unpickler::load(unpickler, vm)
    }

    /// Read and return an object from the given pickle data.
    ///
    /// The protocol version of the pickle is detected automatically, so no
    /// protocol argument is needed.  Bytes past the pickled object's
    /// representation are ignored.
    ///
    /// Optional keyword arguments are *fix_imports*, *encoding* and *errors*,
    /// which are used to control compatibility support for pickle stream
    /// generated by Python 2.  If *fix_imports* is True, pickle will try to
    /// map the old Python 2 names to the new names used in Python 3.  The
    /// *encoding* and *errors* tell pickle how to decode 8-bit string
    /// instances pickled by Python 2; these default to 'ASCII' and 'strict',
    /// respectively.  The *encoding* can be 'bytes' to read these 8-bit
    /// string instances as bytes objects.
    #[pyfunction(sig = "(data, /, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())")]
    fn loads(
        vm: &Vm,
        data: Value,
        fix_imports: bool,
        encoding: Option<Gc<Str>>,
        errors: Option<Gc<Str>>,
        buffers: Option<Value>,
    ) -> PyResult {
        let unpickler = Unpickler::configured(vm, fix_imports, encoding, errors, buffers)?;
        let memory = Buffer::simple(vm, data)?;
        // Whatever can be written to might be while Python code runs.
        let copy = if memory.view().readonly { None } else { Some(memory.to_vec()) };
        let input = Input::memory(copy.as_deref().unwrap_or(&memory));
        Loader::new(vm, unpickler, input).run()
    }

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        for (name, class) in [
            ("PickleError", pickle_error(vm)?),
            ("PicklingError", pickling_error(vm)?),
            ("UnpicklingError", unpickling_error(vm)?),
        ] {
            dict.insert_str(&vm.heap, vm.intern(name), class.value());
        }
        Ok(())
    }
}

fn class_of(value: Value) -> Gc<Type> {
    value.downcast().expect("a class was registered")
}

fn pickle_error(vm: &Vm) -> PyResult<Gc<Type>> {
    let make = |vm: &Vm| new_exception_class(vm, "_pickle", "PickleError", vm.exceptions.exception);
    vm.registered("_pickle.PickleError", make).map(class_of)
}
fn pickling_error(vm: &Vm) -> PyResult<Gc<Type>> {
    let base = pickle_error(vm)?;
    let make = |vm: &Vm| new_exception_class(vm, "_pickle", "PicklingError", base);
    vm.registered("_pickle.PicklingError", make).map(class_of)
}
fn unpickling_error(vm: &Vm) -> PyResult<Gc<Type>> {
    let base = pickle_error(vm)?;
    let make = |vm: &Vm| new_exception_class(vm, "_pickle", "UnpicklingError", base);
    vm.registered("_pickle.UnpicklingError", make).map(class_of)
}

/// Raises PicklingError.
#[cold]
fn cannot_pickle(vm: &Vm, message: impl AsRef<str>) -> Raised {
    match pickling_error(vm) {
        Ok(class) => vm.raise_message(class, message.as_ref()),
        Err(raised) => raised,
    }
}

/// Raises UnpicklingError.
#[cold]
fn cannot_unpickle(vm: &Vm, message: impl AsRef<str>) -> Raised {
    match unpickling_error(vm) {
        Ok(class) => vm.raise_message(class, message.as_ref()),
        Err(raised) => raised,
    }
}
