//! `_md5`, `_sha1` and `_sha2`: hash functions by RustCrypto.
//!
//! * `sha3`: `_sha3`
//! * `blake2`: `_blake2`
//! * `hmac`: `_hmac`

pub mod blake2;
pub mod hmac;
pub mod sha3;

use adder_interp::buffer::Buffer;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods, pymodule};
use digest::Digest;
use std::cell::RefCell;

/// Defines a class of hash objects: its Rust and Python names, module, algorithm, name and block size.
macro_rules! hash_class {
    ($class:ident, $python:tt, $module:tt, $state:ty, $name:literal, $block:literal) => {
        #[pyclass(name = $python, module = $module, private, no_constructor)]
        #[derive(Trace)]
        pub struct $class {
            // Boxed: some states are aligned to more than objects are.
            #[trace(skip)]
            state: Box<RefCell<$state>>,
        }

        impl $class {
            /// A hash object that has seen `data`.
            fn create(vm: &Vm, data: Option<Value>) -> PyResult<Gc<Native<$class>>> {
                let object = $class { state: Box::new(RefCell::new(<$state>::new())) };
                if let Some(data) = data {
                    let bytes = hashable(vm, data)?;
                    object.state.borrow_mut().update(&bytes[..]);
                }
                Ok(vm.new_native(vm.native_type($class::TYPE_DEF)?, object))
            }

            fn finish(&self) -> Vec<u8> {
                self.state.borrow().clone().finalize().to_vec()
            }
        }

        #[pymethods]
        impl $class {
            /// Return a copy of the hash object.
            #[pymethod]
            fn copy(&self, vm: &Vm) -> PyResult<Gc<Native<$class>>> {
                let copy = $class { state: self.state.clone() };
                Ok(vm.new_native(vm.native_type($class::TYPE_DEF)?, copy))
            }
            /// Return the digest value as a bytes object.
            #[pymethod]
            fn digest(&self, vm: &Vm) -> Value {
                vm.new_bytes(&self.finish())
            }
            /// Return the digest value as a string of hexadecimal digits.
            #[pymethod]
            fn hexdigest(&self) -> String {
                hex(&self.finish())
            }
            /// Update this hash object's state with the provided string.
            #[pymethod]
            fn update(&self, vm: &Vm, obj: Value) -> PyResult<()> {
                let bytes = hashable(vm, obj)?;
                self.state.borrow_mut().update(&bytes[..]);
                Ok(())
            }
            #[pygetset]
            fn block_size(&self) -> i64 {
                $block
            }
            #[pygetset]
            fn digest_size(&self) -> usize {
                <$state as Digest>::output_size()
            }
            #[pygetset]
            fn name(&self) -> &'static str {
                $name
            }
        }
    };
}

/// The bytes of a bytes-like argument; text has to be encoded first.
fn hashable(vm: &Vm, data: Value) -> PyResult<Buffer> {
    if data.is::<adder_interp::object::str::Str>() {
        return Err(vm.type_error("Strings must be encoded before hashing"));
    }
    if !adder_interp::buffer::supports(vm, data) {
        return Err(vm.type_error("object supporting the buffer API required"));
    }
    Buffer::simple(vm, data)
}

/// The one of two arguments that is there: `data` is also known by its old name.
fn given(vm: &Vm, data: Option<Value>, string: Option<Value>) -> PyResult<Option<Value>> {
    let string = string.filter(|s| !s.is_none());
    if data.is_some() && string.is_some() {
        return Err(vm.type_error(
            "'data' and 'string' are mutually exclusive and support for 'string' keyword parameter is slated for removal \
             in a future version.",
        ));
    }
    Ok(data.or(string))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

hash_class!(Md5Object, "md5", "_md5", md5::Md5, "md5", 64);
hash_class!(Sha1Object, "sha1", "_sha1", sha1::Sha1, "sha1", 64);
hash_class!(Sha224Object, "SHA224Type", "_sha2", sha2::Sha224, "sha224", 64);
hash_class!(Sha256Object, "SHA256Type", "_sha2", sha2::Sha256, "sha256", 64);
hash_class!(Sha384Object, "SHA384Type", "_sha2", sha2::Sha384, "sha384", 128);
hash_class!(Sha512Object, "SHA512Type", "_sha2", sha2::Sha512, "sha512", 128);

#[pymodule(name = "_md5")]
pub mod md5_module {
    use super::*;

    #[pyattr]
    const _GIL_MINSIZE: i64 = 2048;

    /// Return a new MD5 hash object; optionally initialized with a string.
    #[pyfunction(sig = "(data=b'', *, usedforsecurity=True, string=None)")]
    fn md5(
        vm: &Vm,
        data: Option<Value>,
        _usedforsecurity: bool,
        string: Option<Value>,
    ) -> PyResult<Gc<Native<Md5Object>>> {
        Md5Object::create(vm, given(vm, data, string)?)
    }
}

#[pymodule(name = "_sha1")]
pub mod sha1_module {
    use super::*;

    #[pyattr]
    const _GIL_MINSIZE: i64 = 2048;

    /// Return a new SHA1 hash object; optionally initialized with a string.
    #[pyfunction(sig = "(data=b'', *, usedforsecurity=True, string=None)")]
    fn sha1(
        vm: &Vm,
        data: Option<Value>,
        _usedforsecurity: bool,
        string: Option<Value>,
    ) -> PyResult<Gc<Native<Sha1Object>>> {
        Sha1Object::create(vm, given(vm, data, string)?)
    }
}

#[pymodule(name = "_sha2")]
pub mod sha2_module {
    use super::*;

    #[pyattr]
    const _GIL_MINSIZE: i64 = 2048;

    /// Return a new SHA-224 hash object; optionally initialized with a string.
    #[pyfunction(sig = "(data=b'', *, usedforsecurity=True, string=None)")]
    fn sha224(
        vm: &Vm,
        data: Option<Value>,
        _usedforsecurity: bool,
        string: Option<Value>,
    ) -> PyResult<Gc<Native<Sha224Object>>> {
        Sha224Object::create(vm, given(vm, data, string)?)
    }
    /// Return a new SHA-256 hash object; optionally initialized with a string.
    #[pyfunction(sig = "(data=b'', *, usedforsecurity=True, string=None)")]
    fn sha256(
        vm: &Vm,
        data: Option<Value>,
        _usedforsecurity: bool,
        string: Option<Value>,
    ) -> PyResult<Gc<Native<Sha256Object>>> {
        Sha256Object::create(vm, given(vm, data, string)?)
    }
    /// Return a new SHA-384 hash object; optionally initialized with a string.
    #[pyfunction(sig = "(data=b'', *, usedforsecurity=True, string=None)")]
    fn sha384(
        vm: &Vm,
        data: Option<Value>,
        _usedforsecurity: bool,
        string: Option<Value>,
    ) -> PyResult<Gc<Native<Sha384Object>>> {
        Sha384Object::create(vm, given(vm, data, string)?)
    }
    /// Return a new SHA-512 hash object; optionally initialized with a string.
    #[pyfunction(sig = "(data=b'', *, usedforsecurity=True, string=None)")]
    fn sha512(
        vm: &Vm,
        data: Option<Value>,
        _usedforsecurity: bool,
        string: Option<Value>,
    ) -> PyResult<Gc<Native<Sha512Object>>> {
        Sha512Object::create(vm, given(vm, data, string)?)
    }
}
