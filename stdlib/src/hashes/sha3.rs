//! `_sha3`: SHA-3 and SHAKE by RustCrypto.

use super::{given, hashable, hex};
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods, pymodule};
use adder_numeric::Int;
use digest::{Digest, ExtendableOutput, XofReader};
use std::cell::RefCell;

#[pymodule(
    name = "_sha3",
    classes(super::Sha224, super::Sha256, super::Sha384, super::Sha512, super::Shake128, super::Shake256)
)]
pub mod sha3_module {
    #[pyattr]
    #[allow(non_upper_case_globals, reason = "the constant is named as Python names it")]
    const implementation: &str = "RustCrypto";
    #[pyattr]
    const _GIL_MINSIZE: i64 = 2048;
}

/// Bits of the permutation's state.
const STATE_BITS: i64 = 1600;

/// What all classes have: name, algorithm, block size, the byte that marks the end of the message. `digest` and
/// `hexdigest` differ between the two families.
macro_rules! sha3_class {
    ($class:ident, $name:tt, $doc:tt, $state:ty, $rate:literal, $suffix:literal, $size:expr, { $($digest:tt)* }) => {
        #[doc = $doc]
        #[pyclass(name = $name, module = "_sha3", doc = $doc)]
        #[derive(Trace)]
        pub struct $class {
            #[trace(skip)]
            state: Box<RefCell<$state>>,
        }

        #[pymethods]
        impl $class {
            #[pynew(sig = "(data=b'', *, usedforsecurity=True, string=None)")]
            fn __new__(
                cls: Gc<Type>,
                vm: &Vm,
                data: Option<Value>,
                _usedforsecurity: bool,
                string: Option<Value>,
            ) -> PyResult {
                let object = $class { state: Box::new(RefCell::new(<$state>::default())) };
                if let Some(data) = given(vm, data, string)? {
                    let bytes = hashable(vm, data)?;
                    digest::Update::update(&mut *object.state.borrow_mut(), &bytes[..]);
                }
                Ok(vm.new_native(cls, object).value())
            }
            /// Return a copy of the hash object.
            #[pymethod]
            fn copy(this: Gc<Native<$class>>, vm: &Vm) -> Gc<Native<$class>> {
                vm.new_native(vm.type_of(this.value()), $class { state: this.state.clone() })
            }
            /// Update this hash object's state with the provided bytes-like object.
            #[pymethod]
            fn update(&self, vm: &Vm, data: Value) -> PyResult<()> {
                let bytes = hashable(vm, data)?;
                digest::Update::update(&mut *self.state.borrow_mut(), &bytes[..]);
                Ok(())
            }
            #[pygetset]
            fn block_size(&self) -> i64 {
                $rate
            }
            #[pygetset]
            fn digest_size(&self) -> i64 {
                $size
            }
            #[pygetset]
            fn name(&self) -> &'static str {
                $name
            }
            #[pygetset]
            fn _capacity_bits(&self) -> i64 {
                STATE_BITS - 8 * $rate
            }
            #[pygetset]
            fn _rate_bits(&self) -> i64 {
                8 * $rate
            }
            #[pygetset]
            fn _suffix(&self, vm: &Vm) -> Value {
                vm.new_bytes(&[$suffix])
            }
            $($digest)*
        }
    };
}

/// A class of hashes of fixed length.
macro_rules! fixed_class {
    ($class:ident, $name:tt, $doc:tt, $state:ty, $rate:literal) => {
        sha3_class!($class, $name, $doc, $state, $rate, 6, <$state as Digest>::output_size() as i64, {
            /// Return the digest value as a bytes object.
            #[pymethod]
            fn digest(&self, vm: &Vm) -> Value {
                vm.new_bytes(&self.state.borrow().clone().finalize())
            }
            /// Return the digest value as a string of hexadecimal digits.
            #[pymethod]
            fn hexdigest(&self) -> String {
                hex(&self.state.borrow().clone().finalize())
            }
        });
    };
}

/// A class of hashes of any length.
macro_rules! shake_class {
    ($class:ident, $name:tt, $doc:tt, $state:ty, $rate:literal) => {
        sha3_class!($class, $name, $doc, $state, $rate, 0x1f, 0, {
            /// Return the digest value as a bytes object.
            #[pymethod(sig = "(length)")]
            fn digest(&self, vm: &Vm, length: Int) -> PyResult {
                Ok(vm.new_bytes(&squeeze(vm, &*self.state.borrow(), &length)?))
            }
            /// Return the digest value as a string of hexadecimal digits.
            #[pymethod(sig = "(length)")]
            fn hexdigest(&self, vm: &Vm, length: Int) -> PyResult<String> {
                Ok(hex(&squeeze(vm, &*self.state.borrow(), &length)?))
            }
        });
    };
}

fixed_class!(
    Sha224,
    "sha3_224",
    "sha3_224([data], *, usedforsecurity=True) -> SHA3 object\n\nReturn a new SHA3 hash object with a hashbit length of 28 bytes.",
    sha3::Sha3_224,
    144
);
fixed_class!(
    Sha256,
    "sha3_256",
    "sha3_256([data], *, usedforsecurity=True) -> SHA3 object\n\nReturn a new SHA3 hash object with a hashbit length of 32 bytes.",
    sha3::Sha3_256,
    136
);
fixed_class!(
    Sha384,
    "sha3_384",
    "sha3_384([data], *, usedforsecurity=True) -> SHA3 object\n\nReturn a new SHA3 hash object with a hashbit length of 48 bytes.",
    sha3::Sha3_384,
    104
);
fixed_class!(
    Sha512,
    "sha3_512",
    "sha3_512([data], *, usedforsecurity=True) -> SHA3 object\n\nReturn a new SHA3 hash object with a hashbit length of 64 bytes.",
    sha3::Sha3_512,
    72
);
shake_class!(
    Shake128,
    "shake_128",
    "shake_128([data], *, usedforsecurity=True) -> SHAKE object\n\nReturn a new SHAKE hash object.",
    sha3::Shake128,
    168
);
shake_class!(
    Shake256,
    "shake_256",
    "shake_256([data], *, usedforsecurity=True) -> SHAKE object\n\nReturn a new SHAKE hash object.",
    sha3::Shake256,
    136
);

/// The first `length` bytes of output.
fn squeeze<T: ExtendableOutput + Clone>(vm: &Vm, state: &T, length: &Int) -> PyResult<Vec<u8>> {
    /// CPython's limit: what still counts in bits.
    const LIMIT: usize = 1 << 29;
    if length.is_negative() {
        return Err(vm.value_error("Cannot convert negative int"));
    }
    let Some(length) = length.to_usize() else {
        return Err(vm.overflow_error("Python int too large for C unsigned long"));
    };
    if length >= LIMIT {
        return Err(vm.value_error("length is too large"));
    }
    let mut out = vec![0; length];
    state.clone().finalize_xof().read(&mut out);
    Ok(out)
}
