//! Scheduling: policies, parameters, processor affinity.

use crate::c;
use crate::os::{Checked, direct};
use adder_interp::object::header::Gc;
use adder_interp::object::set::Set;
use adder_interp::object::structseq::StructSeqDef;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::pyfunction;

/// `os.sched_param`.
pub static SCHED_PARAM: StructSeqDef = StructSeqDef {
    name: "sched_param",
    module: "posix",
    doc: "Currently has only one field: sched_priority",
    fields: &[("sched_priority", "the scheduling priority")],
    visible: 1,
    constructible: true,
};

/// A `sched_param` argument.
pub fn parameter(vm: &Vm, value: Value) -> PyResult<libc::sched_param> {
    if vm.type_of(value) != vm.structseq_type(&SCHED_PARAM)? {
        return Err(vm.type_error("must have a sched_param object"));
    }
    let priority = vm.getattr_str(value, "sched_priority")?;
    let priority = vm.index_i64(priority)?;
    let priority = i32::try_from(priority).map_err(|_| vm.overflow_error("sched_priority out of range"))?;
    Ok(libc::sched_param { sched_priority: priority })
}

/// Get the maximum scheduling priority for policy.
#[pyfunction(module = "posix", sig = "(policy)")]
pub fn sched_get_priority_max(vm: &Vm, policy: i32) -> PyResult<i64> {
    direct(|| c!(sched_get_priority_max(policy)) as i64).check(vm)
}

/// Get the minimum scheduling priority for policy.
#[pyfunction(module = "posix", sig = "(policy)")]
pub fn sched_get_priority_min(vm: &Vm, policy: i32) -> PyResult<i64> {
    direct(|| c!(sched_get_priority_min(policy)) as i64).check(vm)
}

/// Get the scheduling policy for the process identified by pid.
#[pyfunction(module = "posix", sig = "(pid, /)")]
pub fn sched_getscheduler(vm: &Vm, pid: i32) -> PyResult<i64> {
    direct(|| c!(sched_getscheduler(pid)) as i64).check(vm)
}

/// Set the scheduling policy for the process identified by pid.
#[pyfunction(module = "posix", sig = "(pid, policy, param, /)")]
pub fn sched_setscheduler(vm: &Vm, pid: i32, policy: i32, param: Value) -> PyResult<()> {
    let param = parameter(vm, param)?;
    direct(|| c!(sched_setscheduler(pid, policy, &param)) as i64).check(vm)?;
    Ok(())
}

/// Returns scheduling parameters for the process identified by pid.
#[pyfunction(module = "posix", sig = "(pid, /)")]
pub fn sched_getparam(vm: &Vm, pid: i32) -> PyResult {
    let mut param = libc::sched_param { sched_priority: 0 };
    direct(|| c!(sched_getparam(pid, &mut param)) as i64).check(vm)?;
    vm.new_structseq(&SCHED_PARAM, &[vm.new_int(param.sched_priority as i64)])
}

/// Set scheduling parameters for the process identified by pid.
#[pyfunction(module = "posix", sig = "(pid, param, /)")]
pub fn sched_setparam(vm: &Vm, pid: i32, param: Value) -> PyResult<()> {
    let param = parameter(vm, param)?;
    direct(|| c!(sched_setparam(pid, &param)) as i64).check(vm)?;
    Ok(())
}

/// Return the round-robin quantum for the process identified by pid, in seconds.
#[pyfunction(module = "posix", sig = "(pid, /)")]
pub fn sched_rr_get_interval(vm: &Vm, pid: i32) -> PyResult<f64> {
    let mut ts = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    direct(|| c!(sched_rr_get_interval(pid, &mut ts)) as i64).check(vm)?;
    Ok(ts.tv_sec as f64 + 1e-9 * ts.tv_nsec as f64)
}

/// Voluntarily relinquish the CPU.
#[pyfunction(module = "posix")]
pub fn sched_yield(vm: &Vm) -> PyResult<()> {
    crate::sys!(vm, sched_yield()).check(vm)?;
    Ok(())
}

const WORD_BITS: usize = 64;

/// Return the affinity of the process identified by pid (or the current process if zero).
#[pyfunction(module = "posix", sig = "(pid, /)")]
pub fn sched_getaffinity(vm: &Vm, pid: i32) -> PyResult<Gc<Set>> {
    let mut words = 16;
    let mask = loop {
        let mut mask = vec![0u64; words];
        match direct(|| c!(sched_getaffinity(pid, words * 8, mask.as_mut_ptr().cast())) as i64) {
            Ok(_) => break mask,
            Err(libc::EINVAL) if words < 1 << 16 => words *= 2,
            Err(e) => return Err(crate::os::os_error(vm, e)),
        }
    };
    let set = Set::new(&vm.heap);
    for cpu in 0..mask.len() * WORD_BITS {
        if mask[cpu / WORD_BITS] >> (cpu % WORD_BITS) & 1 == 1 {
            set.add(vm, vm.new_int(cpu as i64))?;
        }
    }
    Ok(set)
}

/// Set the CPU affinity of the process identified by pid to mask.
#[pyfunction(module = "posix", sig = "(pid, mask, /)")]
pub fn sched_setaffinity(vm: &Vm, pid: i32, mask: Value) -> PyResult<()> {
    let mut words = vec![0u64; 16];
    vm.for_each(mask, |item| {
        if adder_interp::object::int::as_int(item).is_none() {
            let class = vm.repr_text(vm.type_of(item).value())?;
            return Err(vm.type_error(format!("expected an iterator of ints, but iterator yielded {class}")));
        }
        let cpu = vm.index_i64(item)?;
        let Ok(cpu) = usize::try_from(cpu) else { return Err(vm.value_error("negative CPU number")) };
        if cpu > i32::MAX as usize - 1 {
            return Err(vm.overflow_error("CPU number too large"));
        }
        if cpu / WORD_BITS >= words.len() {
            words.resize(cpu / WORD_BITS + 1, 0);
        }
        words[cpu / WORD_BITS] |= 1 << (cpu % WORD_BITS);
        Ok(())
    })?;
    direct(|| c!(sched_setaffinity(pid, words.len() * 8, words.as_ptr().cast())) as i64).check(vm)?;
    Ok(())
}
