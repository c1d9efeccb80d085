"""What `sysconfig` reports about the build, where CPython has the variables of its Makefile.

Only variables that say something true of this build are here; `sysconfig` answers None for the others, as it does for any
variable that a platform does not define.
"""

import sys

_version = "%d.%d" % sys.version_info[:2]
_multiarch = sys.implementation._multiarch

build_time_vars = {
    "prefix": sys.base_prefix,
    "exec_prefix": sys.base_exec_prefix,
    "host_prefix": sys.base_prefix,
    "host_exec_prefix": sys.base_exec_prefix,
    "BINDIR": sys.base_prefix + "/bin",
    "LIBDIR": sys.base_prefix + "/lib",
    "LIBDEST": sys.base_prefix + "/lib/adder" + _version,
    "VERSION": _version,
    "LDVERSION": _version,
    "ABIFLAGS": sys.abiflags,
    "MULTIARCH": _multiarch,
    "MACHDEP": sys.platform,
    "SOABI": f"{sys.implementation.cache_tag}-{_multiarch}",
    "EXT_SUFFIX": f".{sys.implementation.cache_tag}-{_multiarch}.so",
    "EXE": "",
    "CONFIG_ARGS": "",
    "CFLAGS": "",
    "LDFLAGS": "",
    "PY_CFLAGS": "",
    "PY_LDFLAGS": "",
    "PYTHONFRAMEWORK": "",
    "TZPATH": "/usr/share/zoneinfo:/usr/lib/zoneinfo:/usr/share/lib/zoneinfo:/etc/zoneinfo",
    "Py_DEBUG": 0,
    "Py_ENABLE_SHARED": 0,
    "Py_GIL_DISABLED": 0,
    "Py_TRACE_REFS": 0,
    "HAVE_DYNAMIC_LOADING": 0,
    "HAVE_FORK": 1,
    "HAVE_SIGACTION": 1,
    "WITH_DOC_STRINGS": 1,
    "TEST_MODULES": "no",
    "SIZEOF_VOID_P": 8,
}
