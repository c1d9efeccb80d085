//! What `sys` says about the interpreter: versions, flags and numeric limits, as structure sequences.

use crate::object::structseq::StructSeqDef;
use crate::value::{PyResult, Value};
use crate::vm::Vm;

/// Version of the language and its library.
pub const VERSION: (i64, i64, i64) = (3, 14, 10);
pub const HEX_VERSION: i64 = VERSION.0 << 24 | VERSION.1 << 16 | VERSION.2 << 8 | 0xF0;
/// Names the bytecode in `__pycache__`.
pub const CACHE_TAG: &str = "adder-314";
pub const COPYRIGHT: &str = "Copyright (c) 2026 the Adder authors.\nAll Rights Reserved.\n\n\
    The standard library: Copyright (c) 2001 Python Software Foundation.\nAll Rights Reserved.";
/// Default of `sys.set_int_max_str_digits`.
pub const DEFAULT_MAX_STR_DIGITS: usize = 4300;
/// Smallest limit that may be set.
pub const MAX_STR_DIGITS_THRESHOLD: usize = 640;

/// `sys.version`.
pub fn version_text() -> String {
    let (major, minor, micro) = VERSION;
    format!("{major}.{minor}.{micro} (adder {}) [rustc]", env!("CARGO_PKG_VERSION"))
}

pub static VERSION_INFO: StructSeqDef = StructSeqDef {
    name: "version_info",
    module: "sys",
    doc: "sys.version_info\n\nVersion information as a named tuple.",
    fields: &[
        ("major", "Major release number"),
        ("minor", "Minor release number"),
        ("micro", "Patch release number"),
        ("releaselevel", "'alpha', 'beta', 'candidate', or 'final'"),
        ("serial", "Serial release number"),
    ],
    visible: 5,
    constructible: false,
};

pub static FLAGS: StructSeqDef = StructSeqDef {
    name: "flags",
    module: "sys",
    doc: "sys.flags\n\nFlags provided through command line arguments or environment vars.",
    fields: &[
        ("debug", "-d"),
        ("inspect", "-i"),
        ("interactive", "-i"),
        ("optimize", "-O or -OO"),
        ("dont_write_bytecode", "-B"),
        ("no_user_site", "-s"),
        ("no_site", "-S"),
        ("ignore_environment", "-E"),
        ("verbose", "-v"),
        ("bytes_warning", "-b"),
        ("quiet", "-q"),
        ("hash_randomization", "-R"),
        ("isolated", "-I"),
        ("dev_mode", "-X dev"),
        ("utf8_mode", "-X utf8"),
        ("warn_default_encoding", "-X warn_default_encoding"),
        ("safe_path", "-P"),
        ("int_max_str_digits", "-X int_max_str_digits"),
        ("gil", "-X gil"),
        ("thread_inherit_context", "-X thread_inherit_context"),
        ("context_aware_warnings", "-X context_aware_warnings"),
    ],
    visible: 18,
    constructible: false,
};

pub static FLOAT_INFO: StructSeqDef = StructSeqDef {
    name: "float_info",
    module: "sys",
    doc: "sys.float_info\n\nA named tuple holding information about the float type. It contains low level\n\
          information about the precision and internal representation. Please study\n\
          your system's :file:`float.h` for more information.",
    fields: &[
        ("max", "DBL_MAX -- maximum representable finite float"),
        ("max_exp", "DBL_MAX_EXP -- maximum int e such that radix**(e-1) is representable"),
        ("max_10_exp", "DBL_MAX_10_EXP -- maximum int e such that 10**e is representable"),
        ("min", "DBL_MIN -- Minimum positive normalized float"),
        ("min_exp", "DBL_MIN_EXP -- minimum int e such that radix**(e-1) is a normalized float"),
        ("min_10_exp", "DBL_MIN_10_EXP -- minimum int e such that 10**e is a normalized float"),
        ("dig", "DBL_DIG -- maximum number of decimal digits that can be faithfully represented in a float"),
        ("mant_dig", "DBL_MANT_DIG -- mantissa digits"),
        ("epsilon", "DBL_EPSILON -- Difference between 1 and the next representable float"),
        ("radix", "FLT_RADIX -- radix of exponent"),
        ("rounds", "FLT_ROUNDS -- rounding mode used for arithmetic operations"),
    ],
    visible: 11,
    constructible: false,
};

pub static INT_INFO: StructSeqDef = StructSeqDef {
    name: "int_info",
    module: "sys",
    doc: "sys.int_info\n\nA named tuple that holds information about Python's\n\
          internal representation of integers.  The attributes are read only.",
    fields: &[
        ("bits_per_digit", "size of a digit in bits"),
        ("sizeof_digit", "size in bytes of the C type used to represent a digit"),
        ("default_max_str_digits", "maximum string conversion digits limitation"),
        ("str_digits_check_threshold", "minimum positive value for int_max_str_digits"),
    ],
    visible: 4,
    constructible: false,
};

pub static HASH_INFO: StructSeqDef = StructSeqDef {
    name: "hash_info",
    module: "sys",
    doc: "hash_info\n\nA named tuple providing parameters used for computing\n\
          hashes. The attributes are read only.",
    fields: &[
        ("width", "width of the type used for hashing, in bits"),
        ("modulus", "prime number giving the modulus on which the hash function is based"),
        ("inf", "value to be used for hash of a positive infinity"),
        ("nan", "value to be used for hash of a nan"),
        ("imag", "multiplier used for the imaginary part of a complex number"),
        ("algorithm", "name of the algorithm for hashing of str, bytes and memoryviews"),
        ("hash_bits", "internal output size of hash algorithm"),
        ("seed_bits", "seed size of hash algorithm"),
        ("cutoff", "small string optimization cutoff"),
    ],
    visible: 9,
    constructible: false,
};

pub static THREAD_INFO: StructSeqDef = StructSeqDef {
    name: "thread_info",
    module: "sys",
    doc: "sys.thread_info\n\nA named tuple holding information about the thread implementation.",
    fields: &[
        ("name", "name of the thread implementation"),
        ("lock", "name of the lock implementation"),
        ("version", "name and version of the thread library"),
    ],
    visible: 3,
    constructible: false,
};

pub static ASYNCGEN_HOOKS: StructSeqDef = StructSeqDef {
    name: "asyncgen_hooks",
    module: "builtins",
    doc: "asyncgen_hooks\n\nA named tuple providing information about asynchronous\n\
          generators hooks.  The attributes are read only.",
    fields: &[
        ("firstiter", "Hook to intercept first iteration"),
        ("finalizer", "Hook to intercept finalization"),
    ],
    visible: 2,
    constructible: true,
};

pub static UNRAISABLE_ARGS: StructSeqDef = StructSeqDef {
    name: "UnraisableHookArgs",
    module: "builtins",
    doc: "UnraisableHookArgs\n\nType used to pass arguments to sys.unraisablehook.",
    fields: &[
        ("exc_type", "Exception type"),
        ("exc_value", "Exception value"),
        ("exc_traceback", "Exception traceback"),
        ("err_msg", "Error message"),
        ("object", "Object causing the exception"),
    ],
    visible: 5,
    constructible: true,
};

/// `sys.version_info`.
pub fn version_info(vm: &Vm) -> PyResult {
    let (major, minor, micro) = VERSION;
    let level = vm.new_str("final");
    let [major, minor, micro, serial] = [major, minor, micro, 0].map(|n| vm.new_int(n));
    vm.new_structseq(&VERSION_INFO, &[major, minor, micro, level, serial])
}

/// `sys.flags`, from the configuration.
pub fn flags(vm: &Vm) -> PyResult {
    let c = &vm.config;
    let int = |n: usize| vm.new_int(n as i64);
    let flag = |b: bool| vm.new_int(b.into());
    let items = [
        flag(c.debug),
        flag(c.inspect),
        flag(c.interactive),
        int(c.optimize.into()),
        flag(c.dont_write_bytecode),
        flag(c.no_user_site),
        flag(c.no_site),
        flag(c.ignore_environment),
        int(c.verbose.into()),
        int(c.bytes_warning.into()),
        flag(c.quiet),
        flag(c.hash_seed != Some(0)),
        flag(c.isolated),
        Value::bool(c.dev_mode),
        flag(c.utf8_mode),
        flag(c.warn_default_encoding),
        Value::bool(c.safe_path),
        int(vm.sys_state.int_max_str_digits.get()),
        int(1),
        int(0),
        int(0),
    ];
    vm.new_structseq(&FLAGS, &items)
}

/// `sys.float_info`.
pub fn float_info(vm: &Vm) -> PyResult {
    let items = [
        Value::float(f64::MAX),
        vm.new_int(f64::MAX_EXP.into()),
        vm.new_int(f64::MAX_10_EXP.into()),
        Value::float(f64::MIN_POSITIVE),
        vm.new_int(f64::MIN_EXP.into()),
        vm.new_int(f64::MIN_10_EXP.into()),
        vm.new_int(f64::DIGITS.into()),
        vm.new_int(f64::MANTISSA_DIGITS.into()),
        Value::float(f64::EPSILON),
        vm.new_int(f64::RADIX.into()),
        vm.new_int(1),
    ];
    vm.new_structseq(&FLOAT_INFO, &items)
}

/// `sys.int_info`: the digits are CPython's, which sizes and `marshal` refer to.
pub fn int_info(vm: &Vm) -> PyResult {
    let items =
        [30, 4, DEFAULT_MAX_STR_DIGITS as i64, MAX_STR_DIGITS_THRESHOLD as i64].map(|n| vm.new_int(n));
    vm.new_structseq(&INT_INFO, &items)
}

/// `sys.hash_info`.
pub fn hash_info(vm: &Vm) -> PyResult {
    let algorithm = vm.new_str("siphash13");
    let [width, modulus, inf, nan, imag] = [64, (1 << 61) - 1, 314_159, 0, 1_000_003].map(|n| vm.new_int(n));
    let [hash_bits, seed_bits, cutoff] = [64, 128, 0].map(|n| vm.new_int(n));
    let items = [width, modulus, inf, nan, imag, algorithm, hash_bits, seed_bits, cutoff];
    vm.new_structseq(&HASH_INFO, &items)
}

/// `sys.thread_info`.
pub fn thread_info(vm: &Vm) -> PyResult {
    let items = [vm.new_str("pthread"), vm.new_str("semaphore"), Value::none()];
    vm.new_structseq(&THREAD_INFO, &items)
}
