//! The `resource` module: limits and usage of system resources.

use crate::c;
use crate::os::{direct, os_error};
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::structseq::StructSeqDef;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::pymodule;

/// `resource.struct_rusage`.
static RUSAGE: StructSeqDef = StructSeqDef {
    name: "struct_rusage",
    module: "resource",
    doc: "struct_rusage: Result from getrusage.",
    fields: &[
        ("ru_utime", "user time used"),
        ("ru_stime", "system time used"),
        ("ru_maxrss", "max. resident set size"),
        ("ru_ixrss", "shared memory size"),
        ("ru_idrss", "unshared data size"),
        ("ru_isrss", "unshared stack size"),
        ("ru_minflt", "page faults not requiring I/O"),
        ("ru_majflt", "page faults requiring I/O"),
        ("ru_nswap", "number of swap outs"),
        ("ru_inblock", "block input operations"),
        ("ru_oublock", "block output operations"),
        ("ru_msgsnd", "IPC messages sent"),
        ("ru_msgrcv", "IPC messages received"),
        ("ru_nsignals", "signals received"),
        ("ru_nvcsw", "voluntary context switches"),
        ("ru_nivcsw", "involuntary context switches"),
    ],
    visible: 16,
    constructible: true,
};

/// A `struct_rusage` from the system's struct.
pub fn rusage_result(vm: &Vm, usage: &libc::rusage) -> PyResult {
    let seconds = |tv: libc::timeval| Value::float(tv.tv_sec as f64 + 1e-6 * tv.tv_usec as f64);
    let mut items = vm.vec();
    items.push(&vm.heap, seconds(usage.ru_utime));
    items.push(&vm.heap, seconds(usage.ru_stime));
    for n in [
        usage.ru_maxrss,
        usage.ru_ixrss,
        usage.ru_idrss,
        usage.ru_isrss,
        usage.ru_minflt,
        usage.ru_majflt,
        usage.ru_nswap,
        usage.ru_inblock,
        usage.ru_oublock,
        usage.ru_msgsnd,
        usage.ru_msgrcv,
        usage.ru_nsignals,
        usage.ru_nvcsw,
        usage.ru_nivcsw,
    ] {
        items.push(&vm.heap, vm.new_int(n));
    }
    vm.new_structseq(&RUSAGE, &items)
}

fn limits_value(vm: &Vm, limits: &libc::rlimit) -> Value {
    let one = |n: libc::rlim_t| if n == libc::RLIM_INFINITY { vm.new_int(-1) } else { vm.new_uint(n) };
    vm.new_tuple(&[one(limits.rlim_cur), one(limits.rlim_max)])
}

fn limits_from(vm: &Vm, value: Value) -> PyResult<libc::rlimit> {
    let items = vm.collect(value)?;
    if items.len() != 2 {
        return Err(vm.value_error("expected a tuple of 2 integers"));
    }
    let one = |v: Value| -> PyResult<libc::rlim_t> {
        let n = vm.index(v)?;
        match (n.to_i64(), n.to_u64()) {
            (Some(-1), _) => Ok(libc::RLIM_INFINITY),
            (_, Some(u)) => Ok(u),
            (Some(_), None) => Err(vm.value_error("Cannot convert negative int")),
            (None, None) => Err(vm.overflow_error("Python int too large to convert to C rlim_t")),
        }
    };
    Ok(libc::rlimit { rlim_cur: one(items[0])?, rlim_max: one(items[1])? })
}

/// Kinds of limits there are.
const RLIM_NLIMITS: i32 = 16;

fn check_resource(vm: &Vm, resource: i32) -> PyResult<()> {
    if (0..RLIM_NLIMITS).contains(&resource) {
        return Ok(());
    }
    Err(vm.value_error("invalid resource specified"))
}

fn changed(vm: &Vm, result: Result<i64, i32>) -> PyResult<()> {
    match result {
        Ok(_) => Ok(()),
        Err(libc::EINVAL) => Err(vm.value_error("current limit exceeds maximum limit")),
        Err(libc::EPERM) => Err(vm.value_error("not allowed to raise maximum limit")),
        Err(e) => Err(os_error(vm, e)),
    }
}

#[pymodule(name = "resource")]
pub mod resource {
    use super::*;

    #[pyinit]
    fn init(vm: &Vm, dict: Gc<Dict>) -> PyResult<()> {
        for (name, value) in [
            ("RLIMIT_CPU", 0),
            ("RLIMIT_FSIZE", 1),
            ("RLIMIT_DATA", 2),
            ("RLIMIT_STACK", 3),
            ("RLIMIT_CORE", 4),
            ("RLIMIT_RSS", 5),
            ("RLIMIT_NPROC", 6),
            ("RLIMIT_NOFILE", 7),
            ("RLIMIT_OFILE", 7),
            ("RLIMIT_MEMLOCK", 8),
            ("RLIMIT_AS", 9),
            ("RLIMIT_SIGPENDING", 11),
            ("RLIMIT_MSGQUEUE", 12),
            ("RLIMIT_NICE", 13),
            ("RLIMIT_RTPRIO", 14),
            ("RLIMIT_RTTIME", 15),
            ("RLIM_INFINITY", -1),
            ("RUSAGE_SELF", 0),
            ("RUSAGE_CHILDREN", -1),
            ("RUSAGE_THREAD", 1),
        ] {
            dict.insert_str(&vm.heap, vm.intern(name), vm.new_int(value));
        }
        dict.insert_str(&vm.heap, vm.intern("error"), vm.exceptions.os_error.value());
        dict.insert_str(&vm.heap, vm.intern("struct_rusage"), vm.structseq_type(&RUSAGE)?.value());
        Ok(())
    }

    /// Return the resources consumed by the current process, its children or this thread.
    #[pyfunction(sig = "(who, /)")]
    fn getrusage(vm: &Vm, who: i32) -> PyResult {
        // SAFETY: a plain struct; the call fills it.
        let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
        match direct(|| c!(getrusage(who, &mut usage)) as i64) {
            Ok(_) => rusage_result(vm, &usage),
            Err(libc::EINVAL) => Err(vm.value_error("invalid who parameter")),
            Err(e) => Err(os_error(vm, e)),
        }
    }

    /// Return the soft and hard limit of a resource.
    #[pyfunction(sig = "(resource, /)")]
    fn getrlimit(vm: &Vm, resource: i32) -> PyResult {
        check_resource(vm, resource)?;
        let mut limits = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        match direct(|| c!(getrlimit(resource as _, &mut limits)) as i64) {
            Ok(_) => Ok(limits_value(vm, &limits)),
            Err(e) => Err(os_error(vm, e)),
        }
    }

    /// Set the soft and hard limit of a resource.
    #[pyfunction(sig = "(resource, limits, /)")]
    fn setrlimit(vm: &Vm, resource: i32, limits: Value) -> PyResult<()> {
        check_resource(vm, resource)?;
        let limits = limits_from(vm, limits)?;
        changed(vm, direct(|| c!(setrlimit(resource as _, &limits)) as i64))
    }

    /// Get, and perhaps set, the limits of a process.
    #[pyfunction(sig = "(pid, resource, limits=None, /)")]
    fn prlimit(vm: &Vm, pid: i32, resource: i32, limits: Option<Value>) -> PyResult {
        check_resource(vm, resource)?;
        let new = limits.filter(|v| !v.is_none()).map(|v| limits_from(vm, v)).transpose()?;
        let new = new.as_ref().map_or(std::ptr::null(), |l| l as *const libc::rlimit);
        let mut old = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        changed(vm, direct(|| c!(prlimit(pid, resource as _, new, &mut old)) as i64))?;
        Ok(limits_value(vm, &old))
    }

    /// Return the number of bytes in a system page.
    #[pyfunction]
    fn getpagesize() -> i64 {
        c!(sysconf(libc::_SC_PAGESIZE))
    }
}
