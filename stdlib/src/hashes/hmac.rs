//! `_hmac`: keyed hashes after RFC 2104, over the algorithms of the other modules.

use super::{hashable, hex};
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::str::Str;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods, pymodule};
use digest::Digest;
use std::cell::RefCell;

/// The table of algorithms: variant, name, state, constructor, sizes of block and digest.
macro_rules! algorithms {
    ($($variant:ident, $name:literal, $state:ty, $block:literal, $size:literal;)*) => {
        /// A hash function.
        #[derive(Clone, Copy)]
        pub enum Algorithm { $($variant),* }

        /// A hash being computed.
        #[derive(Clone)]
        enum State { $($variant(Box<$state>)),* }

        impl Algorithm {
            /// The algorithm of this name, in any case.
            fn named(name: &str) -> Option<Algorithm> {
                let name = name.to_ascii_lowercase();
                $(if name == $name { return Some(Algorithm::$variant) })*
                match name.as_str() {
                    "blake2b_32" => Some(Algorithm::Blake2b),
                    "blake2s_32" => Some(Algorithm::Blake2s),
                    _ => None,
                }
            }
            fn name(self) -> &'static str {
                match self { $(Algorithm::$variant => $name),* }
            }
            fn block_size(self) -> usize {
                match self { $(Algorithm::$variant => $block),* }
            }
            fn digest_size(self) -> usize {
                match self { $(Algorithm::$variant => $size),* }
            }
            fn start(self) -> State {
                match self { $(Algorithm::$variant => State::$variant(Box::new(<$state>::new()))),* }
            }
        }

        impl State {
            fn update(&mut self, bytes: &[u8]) {
                match self { $(State::$variant(state) => { state.update(bytes); })* }
            }
            fn finish(self) -> Vec<u8> {
                match self { $(State::$variant(state) => state.finalize().to_vec()),* }
            }
        }
    };
}

algorithms! {
    Md5, "md5", md5::Md5, 64, 16;
    Sha1, "sha1", sha1::Sha1, 64, 20;
    Sha224, "sha224", sha2::Sha224, 64, 28;
    Sha256, "sha256", sha2::Sha256, 64, 32;
    Sha384, "sha384", sha2::Sha384, 128, 48;
    Sha512, "sha512", sha2::Sha512, 128, 64;
    Sha3x224, "sha3_224", sha3::Sha3_224, 144, 28;
    Sha3x256, "sha3_256", sha3::Sha3_256, 136, 32;
    Sha3x384, "sha3_384", sha3::Sha3_384, 104, 48;
    Sha3x512, "sha3_512", sha3::Sha3_512, 72, 64;
    Blake2b, "blake2b", Blake2bState, 128, 64;
    Blake2s, "blake2s", Blake2sState, 64, 32;
}

/// `blake2b_simd`'s state with the shape of RustCrypto's.
#[derive(Clone)]
struct Blake2bState(blake2b_simd::State);

impl Blake2bState {
    fn new() -> Blake2bState {
        Blake2bState(blake2b_simd::State::new())
    }
    fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
    fn finalize(self) -> [u8; 64] {
        *self.0.finalize().as_array()
    }
}

/// `blake2s_simd`'s state with the shape of RustCrypto's.
#[derive(Clone)]
struct Blake2sState(blake2s_simd::State);

impl Blake2sState {
    fn new() -> Blake2sState {
        Blake2sState(blake2s_simd::State::new())
    }
    fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
    fn finalize(self) -> [u8; 32] {
        *self.0.finalize().as_array()
    }
}

/// A keyed hash being computed.
#[derive(Clone)]
struct Keyed {
    algorithm: Algorithm,
    inner: State,
    outer: State,
}

impl Keyed {
    fn new(algorithm: Algorithm, key: &[u8]) -> Keyed {
        let mut block = vec![0u8; algorithm.block_size()];
        if key.len() > block.len() {
            let mut state = algorithm.start();
            state.update(key);
            let short = state.finish();
            block[..short.len()].copy_from_slice(&short);
        } else {
            block[..key.len()].copy_from_slice(key);
        }
        let start = |pad: u8| {
            let mut state = algorithm.start();
            state.update(&block.iter().map(|byte| byte ^ pad).collect::<Vec<u8>>());
            state
        };
        Keyed { algorithm, inner: start(0x36), outer: start(0x5c) }
    }

    fn finish(self) -> Vec<u8> {
        let mut outer = self.outer;
        outer.update(&self.inner.finish());
        outer.finish()
    }
}

/// `_hmac.UnknownHashError`.
fn error_class(vm: &Vm) -> PyResult<Gc<Type>> {
    let class = vm.registered("_hmac.UnknownHashError", |vm| {
        crate::support::new_exception_class(vm, "_hmac", "UnknownHashError", vm.exceptions.value_error)
    })?;
    Ok(class.downcast().expect("type() makes a class"))
}

fn algorithm_of(vm: &Vm, given: Value) -> PyResult<Algorithm> {
    let name = given.downcast::<Str>().and_then(|s| s.to_utf8().map(|name| name.into_owned()));
    if let Some(algorithm) = name.and_then(|name| Algorithm::named(&name)) {
        return Ok(algorithm);
    }
    let shown = vm.repr_text(given)?;
    Err(match error_class(vm) {
        Ok(class) => vm.raise_message(class, &format!("unsupported hash type: {shown}")),
        Err(Raised) => Raised,
    })
}

fn keyed(vm: &Vm, algorithm: Algorithm, key: Value, message: Option<Value>) -> PyResult<Keyed> {
    let mut keyed = Keyed::new(algorithm, &hashable(vm, key)?);
    if let Some(message) = message {
        keyed.inner.update(&hashable(vm, message)?);
    }
    Ok(keyed)
}

fn digest_of(vm: &Vm, algorithm: Algorithm, key: Value, message: Value) -> PyResult {
    Ok(vm.new_bytes(&keyed(vm, algorithm, key, Some(message))?.finish()))
}

/// A keyed hash.
#[pyclass(name = "HMAC", module = "_hmac", no_constructor)]
#[derive(Trace)]
pub struct Hmac {
    #[trace(skip)]
    keyed: RefCell<Box<Keyed>>,
}

#[pymethods]
impl Hmac {
    /// Return a copy ("clone") of the HMAC object.
    #[pymethod]
    fn copy(this: Gc<Native<Hmac>>, vm: &Vm) -> Gc<Native<Hmac>> {
        vm.new_native(vm.type_of(this.value()), Hmac { keyed: this.keyed.clone() })
    }
    /// Update the HMAC object with the given message.
    #[pymethod(sig = "(msg)")]
    fn update(&self, vm: &Vm, msg: Value) -> PyResult<()> {
        let bytes = hashable(vm, msg)?;
        self.keyed.borrow_mut().inner.update(&bytes);
        Ok(())
    }
    /// Return the digest of the bytes passed to the update() method so far.
    ///
    /// This method may raise a MemoryError.
    #[pymethod]
    fn digest(&self, vm: &Vm) -> Value {
        vm.new_bytes(&self.keyed.borrow().clone().finish())
    }
    /// Return hexadecimal digest of the bytes passed to the update() method so far.
    ///
    /// This may be used to exchange the value safely in email or other
    /// non-binary environments.
    ///
    /// This method may raise a MemoryError.
    #[pymethod]
    fn hexdigest(&self) -> String {
        hex(&self.keyed.borrow().clone().finish())
    }
    #[pygetset]
    fn name(&self) -> String {
        format!("hmac-{}", self.keyed.borrow().algorithm.name())
    }
    #[pygetset]
    fn block_size(&self) -> usize {
        self.keyed.borrow().algorithm.block_size()
    }
    #[pygetset]
    fn digest_size(&self) -> usize {
        self.keyed.borrow().algorithm.digest_size()
    }
    #[pymethod]
    fn __repr__(this: Gc<Native<Hmac>>) -> String {
        format!("<{} HMAC object @ {:#x}>", this.keyed.borrow().algorithm.name(), this.value().bits())
    }
}

/// Defines `compute_NAME(key, msg, /)`.
macro_rules! one_shot {
    ($($function:ident, $python:tt, $variant:ident;)*) => {
        $(
            #[pyfunction(name = $python, module = "_hmac")]
            pub fn $function(vm: &Vm, key: Value, msg: Value) -> PyResult {
                digest_of(vm, Algorithm::$variant, key, msg)
            }
        )*
    };
}

/// The functions of single algorithms.
mod one_shots {
    use super::*;
    use adder_macros::pyfunction;

    one_shot! {
        md5, "compute_md5", Md5;
        sha1, "compute_sha1", Sha1;
        sha224, "compute_sha224", Sha224;
        sha256, "compute_sha256", Sha256;
        sha384, "compute_sha384", Sha384;
        sha512, "compute_sha512", Sha512;
        sha3_224, "compute_sha3_224", Sha3x224;
        sha3_256, "compute_sha3_256", Sha3x256;
        sha3_384, "compute_sha3_384", Sha3x384;
        sha3_512, "compute_sha3_512", Sha3x512;
        blake2b_32, "compute_blake2b_32", Blake2b;
        blake2s_32, "compute_blake2s_32", Blake2s;
    }
}

#[pymodule(
    name = "_hmac",
    classes(super::Hmac),
    functions(
        super::one_shots::md5,
        super::one_shots::sha1,
        super::one_shots::sha224,
        super::one_shots::sha256,
        super::one_shots::sha384,
        super::one_shots::sha512,
        super::one_shots::sha3_224,
        super::one_shots::sha3_256,
        super::one_shots::sha3_384,
        super::one_shots::sha3_512,
        super::one_shots::blake2b_32,
        super::one_shots::blake2s_32
    )
)]
pub mod hmac {
    use super::*;

    #[pyattr]
    const _GIL_MINSIZE: i64 = 2048;

    #[pyattr(name = "UnknownHashError")]
    fn unknown_hash_error(vm: &Vm) -> PyResult {
        error_class(vm).map(Gc::value)
    }

    /// Return a new HMAC object.
    #[pyfunction(sig = "(key, msg=None, digestmod=None)")]
    fn new(vm: &Vm, key: Value, msg: Option<Value>, digestmod: Option<Value>) -> PyResult<Gc<Native<Hmac>>> {
        let Some(digestmod) = digestmod else {
            return Err(vm.type_error("new() missing 1 required argument 'digestmod'"));
        };
        let algorithm = algorithm_of(vm, digestmod)?;
        let keyed = keyed(vm, algorithm, key, msg.filter(|m| !m.is_none()))?;
        let class = vm.native_type(Hmac::TYPE_DEF)?;
        Ok(vm.new_native(class, Hmac { keyed: RefCell::new(Box::new(keyed)) }))
    }

    #[pyfunction(sig = "(key, msg, digest)")]
    fn compute_digest(vm: &Vm, key: Value, msg: Value, digest: Value) -> PyResult {
        digest_of(vm, algorithm_of(vm, digest)?, key, msg)
    }
}
