//! The `_io` module.

use adder_interp::vm::Vm;

/// What has to reach the disk before a file is opened by name.
pub fn flush_before_open(_vm: &Vm) {}
/// What has to reach the disk before a file's status is read.
pub fn flush_before_stat(_vm: &Vm) {}
/// What has to reach the disk before another process starts.
pub fn flush_before_spawn(_vm: &Vm) {}
