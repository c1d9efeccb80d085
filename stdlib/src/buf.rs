//! Borrowing the memory of bytes-like objects: see [`adder_interp::buffer`].

use adder_interp::buffer::flags;
pub use adder_interp::buffer::{Buffer, WritableBuffer};
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;

/// Memory to write to; the errors are those of the buffer request itself.
pub fn writable(vm: &Vm, value: Value) -> PyResult<WritableBuffer> {
    Buffer::request(vm, value, flags::WRITABLE).map(WritableBuffer)
}
