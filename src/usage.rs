//! What `--help` and `--version` print.

use adder_interp::sys::info;

/// The first line of the help.
pub fn usage_line(program: &str) -> String {
    format!("usage: {program} [option] ... [-c cmd | -m mod | file | -] [arg] ...")
}

/// `-V`, or `-VV` with details.
pub fn version(details: bool) -> String {
    let (major, minor, micro) = info::VERSION;
    if details {
        format!("Python {}\n", info::version_text())
    } else {
        format!("Python {major}.{minor}.{micro}\n")
    }
}

const OPTIONS: &str = "\
Options (and the environment variables that do the same):
-b     : warn when bytes are turned into str or compared with str or int
         (-bb: raise an error)
-B     : write no .pyc files; PYTHONDONTWRITEBYTECODE=x
-c cmd : run cmd; ends the list of options
-d     : parser debugging, without effect here; PYTHONDEBUG=x
-E     : ignore the PYTHON* environment variables
-h     : print this and exit (also -? or --help)
-i     : go on interactively after the program; PYTHONINSPECT=x
-I     : isolated mode: -E, -P and -s together
-m mod : run a module of the search path as program; ends the list of options
-O     : drop assert statements and code under __debug__; PYTHONOPTIMIZE=x
-OO    : -O, and drop docstrings
-P     : put no directory of the program in front of sys.path; PYTHONSAFEPATH
-q     : no version message at the interactive start
-s     : no user site directory in sys.path; PYTHONNOUSERSITE=x
-S     : do not import site
-u     : unbuffered stdout and stderr; PYTHONUNBUFFERED=x
-v     : trace imports (more with each -v); PYTHONVERBOSE=x
-V     : print the version and exit (also --version; twice: with details)
-W arg : a warning filter, action:message:category:module:lineno;
         PYTHONWARNINGS=arg
-x     : skip the first line of the source
-X opt : an option of this implementation
--check-hash-based-pycs always|default|never:
         when to check hash-based .pyc files against their source
--help-env: print the environment variables and exit
--help-xoptions: print the -X options and exit
--help-all: print all of the help and exit

Arguments:
file   : the program
-      : the program comes from stdin (interactively if that is a terminal)
arg ...: the program's arguments, sys.argv[1:]
";

const ENVIRONMENT: &str = "\
Environment variables that change behavior:
PYTHON_BASIC_REPL: use the simple prompt
PYTHON_COLORS   : 1 switches colours on, 0 off
PYTHON_HISTORY  : where the prompt keeps its history
PYTHONASYNCIODEBUG: debug mode of asyncio
PYTHONBREAKPOINT: what breakpoint() calls; 0 is nothing
PYTHONHASHSEED  : seed of the hashes of str and bytes, or 'random'
PYTHONHOME      : prefix directory of the installation
PYTHONIOENCODING: encoding[:errors] of stdin, stdout and stderr
PYTHONPATH      : directories in front of the default search path
PYTHONSTARTUP   : file that the prompt runs first
PYTHONUSERBASE  : user base directory (site.USER_BASE)

These variables have equivalent command-line options (see --help for details):
PYTHON_CPU_COUNT: what os.cpu_count() returns (-X cpu_count)
PYTHONDEBUG     : parser debugging (-d)
PYTHONDEVMODE   : development mode (-X dev)
PYTHONDONTWRITEBYTECODE: write no .pyc files (-B)
PYTHONFAULTHANDLER: print tracebacks on fatal errors (-X faulthandler)
PYTHONINSPECT   : go on interactively after the program (-i)
PYTHONINTMAXSTRDIGITS: limit of int <-> str conversions
                  (-X int_max_str_digits)
PYTHONNOUSERSITE: no user site directory (-s)
PYTHONOPTIMIZE  : optimisation level (-O)
PYTHONPERFSUPPORT: name machine code for the profiler perf (-X perf)
PYTHONPROFILEIMPORTTIME: print how long imports take (-X importtime)
PYTHONPYCACHEPREFIX: tree for .pyc files (-X pycache_prefix)
PYTHONSAFEPATH  : put no directory of the program into sys.path (-P)
PYTHONTRACEMALLOC: trace memory (-X tracemalloc)
PYTHONUNBUFFERED: unbuffered stdout and stderr (-u)
PYTHONUTF8      : UTF-8 mode (-X utf8)
PYTHONVERBOSE   : trace imports (-v)
PYTHONWARNDEFAULTENCODING: warn when encoding=None (-X warn_default_encoding)
PYTHONWARNINGS  : warning filters (-W)

ADDER_NAME=value stands for the -X option of that name where it is Adder's own.
";

const X_OPTIONS: &str = "\
The following implementation-specific options are available:
-X cpu_count=N: what os.cpu_count() returns; PYTHON_CPU_COUNT
-X dev : development mode; PYTHONDEVMODE
-X dump=LIST: print ast, bytecode, hir, clif, asm of what is compiled
-X faulthandler: print tracebacks on fatal errors; PYTHONFAULTHANDLER
-X gc-floor=SIZE: heaps below this are not collected fully
-X gc-log: tell of each collection on stderr
-X gc-nursery=SIZE: allocation between collections
-X gc-poison: overwrite freed memory
-X gc-stress=N: collect at every Nth allocation
-X gc-verify: check the heap after each collection
-X heap-limit=SIZE: MemoryError beyond this much heap
-X importtime: print how long imports take; PYTHONPROFILEIMPORTTIME
-X int_max_str_digits=N: limit of int <-> str conversions, 0 for none;
         PYTHONINTMAXSTRDIGITS
-X jit=[off|on|eager]: whether and when to compile to machine code
-X jit-fail-guards=N: every Nth guard of machine code fails, a test
-X jit-filter=NAME: dump this function only
-X jit-gdb: tell debuggers the names of machine code
-X jit-report=FILE: write a page that shows where the time goes, line by line
-X jit-stats: print what the compiler did
-X jit-sync: compile on the thread that found the code hot
-X jit-threshold=N: calls and iterations before code is compiled
-X jit-verify: check the compiler's representation after each pass; abort where it is wrong
-X perf : name machine code for the Linux profiler perf;
         PYTHONPERFSUPPORT
-X pycache_prefix=PATH: tree for .pyc files; PYTHONPYCACHEPREFIX
-X stack-size=SIZE: native stack of the main thread
-X tracemalloc[=N]: trace memory with N frames; PYTHONTRACEMALLOC
-X utf8[=0|1]: UTF-8 mode; PYTHONUTF8
-X warn_default_encoding: warn when encoding=None; PYTHONWARNDEFAULTENCODING
";

pub fn help(program: &str) -> String {
    format!("{}\n{OPTIONS}", usage_line(program))
}

pub fn help_env() -> String {
    ENVIRONMENT.to_string()
}

pub fn help_xoptions() -> String {
    X_OPTIONS.to_string()
}

pub fn help_all(program: &str) -> String {
    format!("{}\n{ENVIRONMENT}\n{X_OPTIONS}", help(program))
}
