//! The native half of the standard library: one module per file or folder, and one table of all of them.
//!
//! A file reads like the Python documentation of its module; what every module needs is in `support`. The algorithms
//! that need no interpreter live in crates of their own: `adder-sre` for regular expressions, `adder-numeric` for
//! numbers, `adder-text` for strings.
//!
//! [`MODULES`] is the table: a module that is not in it does not exist for Python. [`library`] is what the interpreter
//! asks for modules, native ones and those of the embedded Lib.

mod abc;
mod accounts;
mod array;
mod ast;
mod asyncio;
pub mod atexit;
mod binascii;
mod bisect;
mod buf;
mod cmath;
mod codecs;
mod collections;
mod compress;
mod contextvars;
mod csv;
mod datetime;
mod decimal;
mod errno;
mod expat;
mod fcntl;
mod functools;
mod gc;
mod hashes;
mod heapq;
mod imp;
mod io;
mod itertools;
mod json;
mod library;
mod locale;
mod marshal;
mod math;
mod mmap;
mod multibyte;
mod opcode;
mod operator;
mod os;
mod pickle;
mod posix;
mod queue;
mod random;
mod resource;
mod select;
mod signal;
mod socket;
mod sre;
mod stat;
mod statistics;
mod string;
mod structs;
mod subprocess;
mod suggestions;
mod support;
mod symtable;
mod sysconfig;
mod termios;
mod thread;
mod time;
mod tokenize;
mod types;
mod unicodedata;
mod uuid;
mod warn;
mod warnings;
mod weakref;
mod zlib;

pub use library::library;

use adder_interp::native::ModuleDef;
use adder_interp::value::PyResult;
use adder_interp::vm::Vm;

macro_rules! native_modules {
    ($($($segment:ident)::+),* $(,)?) => {
        /// All native modules of this crate.
        pub static MODULES: &[&ModuleDef] = &[$(&$($segment)::+::MODULE),*];
    };
}

// One row a module: where its `MODULE` is.
native_modules! {
    array::array,
    ast::ast,
    asyncio::asyncio,
    binascii::binascii,
    bisect,
    atexit::atexit,
    abc::abc,
    cmath::cmath,
    codecs::codecs,
    collections,
    datetime::module,
    decimal::module,
    errno::errno,
    expat::pyexpat,
    fcntl::fcntl,
    functools,
    hashes::blake2::blake2,
    hashes::hmac::hmac,
    hashes::md5_module,
    hashes::sha1_module,
    hashes::sha2_module,
    hashes::sha3::sha3_module,
    heapq,
    imp::imp,
    compress::bz2::module,
    compress::lzma::module,
    compress::zstd::module,
    contextvars::module,
    csv::csv,
    gc::gc,
    io::io,
    itertools,
    json::json,
    locale::locale,
    marshal::marshal,
    math::math,
    mmap::mmap,
    multibyte::base,
    multibyte::china,
    multibyte::escapes,
    multibyte::hong_kong,
    multibyte::japan,
    multibyte::korea,
    multibyte::taiwan,
    operator,
    pickle::pickle,
    accounts::grp,
    accounts::pwd,
    posix::posix,
    queue::queue,
    random::random,
    resource::resource,
    select::select,
    signal::signal,
    socket::socket,
    sre::sre,
    subprocess::subprocess,
    symtable::symtable,
    sysconfig::sysconfig,
    suggestions::suggestions,
    opcode::opcode,
    stat::stat,
    statistics::statistics,
    string::string,
    structs::structs,
    termios::termios,
    thread::thread,
    time::time,
    tokenize::tokenize,
    unicodedata::database,
    uuid::uuid,
    warnings::module,
    weakref::module,
    types::types,
    types::typing,
    zlib::zlib,
}

/// The native module of this name.
pub fn find(name: &str) -> Option<&'static ModuleDef> {
    MODULES.iter().copied().find(|module| module.name == name)
}

/// What the native modules set up before the program runs: signal handlers.
///
/// # Errors
/// What making the tables raises.
pub fn start(vm: &Vm) -> PyResult<()> {
    signal::start(vm)?;
    io::start(vm)
}

/// Writes out what files still hold, at the end of the program; no other thread runs any more after that.
pub fn finish(vm: &Vm) {
    io::flush_all(vm);
    vm.gil.finalize();
}
