//! `_blake2`: BLAKE2b and BLAKE2s with all parameters of RFC 7693 and the tree mode of the BLAKE2 paper, by the
//! `blake2b_simd` and `blake2s_simd` crates.

use super::{given, hashable, hex};
use adder_interp::buffer::Buffer;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods, pymodule};
use adder_numeric::Int;
use std::cell::RefCell;

#[pymodule(
    name = "_blake2",
    doc = "_blake2b provides BLAKE2b for hashlib\n",
    classes(super::Blake2b, super::Blake2s)
)]
pub mod blake2 {
    #[pyattr]
    const _GIL_MINSIZE: i64 = 2048;
    #[pyattr]
    const BLAKE2B_MAX_DIGEST_SIZE: i64 = 64;
    #[pyattr]
    const BLAKE2B_MAX_KEY_SIZE: i64 = 64;
    #[pyattr]
    const BLAKE2B_PERSON_SIZE: i64 = 16;
    #[pyattr]
    const BLAKE2B_SALT_SIZE: i64 = 16;
    #[pyattr]
    const BLAKE2S_MAX_DIGEST_SIZE: i64 = 32;
    #[pyattr]
    const BLAKE2S_MAX_KEY_SIZE: i64 = 32;
    #[pyattr]
    const BLAKE2S_PERSON_SIZE: i64 = 8;
    #[pyattr]
    const BLAKE2S_SALT_SIZE: i64 = 8;
}

/// A number between two bounds.
fn bounded(vm: &Vm, n: i32, low: i32, high: i32, message: &str) -> PyResult<u8> {
    match u8::try_from(n) {
        Ok(byte) if (low..=high).contains(&n) => Ok(byte),
        _ => Err(vm.value_error(message)),
    }
}

/// An unsigned number of `bits` bits.
fn unsigned(vm: &Vm, n: Option<Int>, name: &str, bits: u32) -> PyResult<u64> {
    let Some(n) = n else { return Ok(0) };
    if n.is_negative() {
        return Err(vm.value_error("Cannot convert negative int"));
    }
    let Some(n) = n.to_u64() else {
        let c_type = if name == "leaf_size" { "unsigned long" } else { "unsigned long long" };
        return Err(vm.overflow_error(format!("Python int too large for C {c_type}")));
    };
    if bits < 64 && n >> bits != 0 {
        return Err(vm.overflow_error(format!("{name} is too large")));
    }
    Ok(n)
}

/// A bytes-like argument of limited length.
fn short_bytes(vm: &Vm, value: Option<Buffer>, what: &str, limit: usize) -> PyResult<Vec<u8>> {
    let bytes = value.map_or_else(Vec::new, |buffer| buffer.to_vec());
    if bytes.len() > limit {
        return Err(vm.value_error(format!("maximum {what} length is {limit} bytes")));
    }
    Ok(bytes)
}

/// Defines a class: its Rust and Python names, crate, the name in messages, documentation, signature, and sizes of
/// digest and key, of salt and person, of a block, and bits of the node offset.
macro_rules! blake2_class {
    (
        $class:ident, $name:tt, $library:ident, $shown:literal, $doc:tt, $sig:tt,
        $max:literal, $short:literal, $block:literal, $offset_bits:literal
    ) => {
        #[doc = $doc]
        #[pyclass(name = $name, module = "_blake2", doc = $doc, subclassable)]
        #[derive(Trace)]
        pub struct $class {
            #[trace(skip)]
            state: Box<RefCell<$library::State>>,
            size: usize,
        }

        #[pymethods]
        impl $class {
            #[pyattr]
            const MAX_DIGEST_SIZE: i64 = $max;
            #[pyattr]
            const MAX_KEY_SIZE: i64 = $max;
            #[pyattr]
            const PERSON_SIZE: i64 = $short;
            #[pyattr]
            const SALT_SIZE: i64 = $short;

            #[pynew(sig = $sig)]
            #[allow(clippy::too_many_arguments, reason = "Python's signature")]
            fn __new__(
                cls: Gc<Type>,
                vm: &Vm,
                data: Option<Value>,
                digest_size: i32,
                key: Option<Buffer>,
                salt: Option<Buffer>,
                person: Option<Buffer>,
                fanout: i32,
                depth: i32,
                leaf_size: Option<Int>,
                node_offset: Option<Int>,
                node_depth: i32,
                inner_size: i32,
                last_node: bool,
                _usedforsecurity: bool,
                string: Option<Value>,
            ) -> PyResult {
                let data = given(vm, data, string)?;
                if !(1..=$max).contains(&digest_size) {
                    let message = format!(
                        concat!("digest_size for ", $shown, " must be between 1 and {} bytes, here it is {}"),
                        $max, digest_size
                    );
                    return Err(vm.value_error(message));
                }
                let salt = short_bytes(vm, salt, "salt", $short)?;
                let person = short_bytes(vm, person, "person", $short)?;
                let fanout = bounded(vm, fanout, 0, 255, "fanout must be between 0 and 255")?;
                let depth = bounded(vm, depth, 1, 255, "depth must be between 1 and 255")?;
                let leaf_size = unsigned(vm, leaf_size, "leaf_size", 32)?;
                let node_offset = unsigned(vm, node_offset, "node_offset", $offset_bits)?;
                let node_depth = bounded(vm, node_depth, 0, 255, "node_depth must be between 0 and 255")?;
                let message = concat!("inner_size must be between 0 and is ", $max);
                let inner_size = bounded(vm, inner_size, 0, $max, message)?;
                let key = short_bytes(vm, key, "key", $max)?;
                let state = $library::Params::new()
                    .hash_length(digest_size as usize)
                    .key(&key)
                    .salt(&salt)
                    .personal(&person)
                    .fanout(fanout)
                    .max_depth(depth)
                    .max_leaf_length(leaf_size as u32)
                    .node_offset(node_offset)
                    .node_depth(node_depth)
                    .inner_hash_length(inner_size.into())
                    .last_node(last_node)
                    .to_state();
                let object = $class { state: Box::new(RefCell::new(state)), size: digest_size as usize };
                if let Some(data) = data {
                    let bytes = hashable(vm, data)?;
                    object.state.borrow_mut().update(&bytes[..]);
                }
                Ok(vm.new_native(cls, object).value())
            }
            /// Return a copy of the hash object.
            #[pymethod]
            fn copy(this: Gc<Native<$class>>, vm: &Vm) -> Gc<Native<$class>> {
                vm.new_native(vm.type_of(this.value()), $class { state: this.state.clone(), size: this.size })
            }
            /// Update this hash object's state with the provided bytes-like object.
            #[pymethod]
            fn update(&self, vm: &Vm, data: Value) -> PyResult<()> {
                let bytes = hashable(vm, data)?;
                self.state.borrow_mut().update(&bytes[..]);
                Ok(())
            }
            /// Return the digest value as a bytes object.
            #[pymethod]
            fn digest(&self, vm: &Vm) -> Value {
                vm.new_bytes(self.state.borrow().finalize().as_bytes())
            }
            /// Return the digest value as a string of hexadecimal digits.
            #[pymethod]
            fn hexdigest(&self) -> String {
                hex(self.state.borrow().finalize().as_bytes())
            }
            #[pygetset]
            fn block_size(&self) -> i64 {
                $block
            }
            #[pygetset]
            fn digest_size(&self) -> usize {
                self.size
            }
            #[pygetset]
            fn name(&self) -> &'static str {
                $name
            }
        }
    };
}

blake2_class!(
    Blake2b,
    "blake2b",
    blake2b_simd,
    "Blake2b",
    "Return a new BLAKE2b hash object.",
    "(data=b'', *, digest_size=64, key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0, node_offset=0, node_depth=0, inner_size=0, last_node=False, usedforsecurity=True, string=None)",
    64,
    16,
    128,
    64
);
blake2_class!(
    Blake2s,
    "blake2s",
    blake2s_simd,
    "Blake2s",
    "Return a new BLAKE2s hash object.",
    "(data=b'', *, digest_size=32, key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0, node_offset=0, node_depth=0, inner_size=0, last_node=False, usedforsecurity=True, string=None)",
    32,
    8,
    64,
    48
);
