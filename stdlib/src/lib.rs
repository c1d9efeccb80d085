//! The native half of the standard library: one module per file or folder, and one table of all of them.
//!
//! A file reads like the Python documentation of its module; what every module needs is in `support`. The algorithms
//! that need no interpreter live in crates of their own: `adder-sre` for regular expressions, `adder-numeric` for
//! numbers, `adder-text` for strings.
//!
//! [`MODULES`] is the table: a module that is not in it does not exist for Python. [`library`] is what the interpreter
//! asks for modules, native ones and those of the embedded Lib.

mod cmath;
mod itertools;
mod library;
mod math;
mod sre;
mod support;

pub use library::library;

use adder_interp::native::ModuleDef;

/// All native modules of this crate. One row a module, in alphabetical order of the rows.
pub static MODULES: &[&ModuleDef] =
    &[&cmath::cmath::MODULE, &itertools::MODULE, &math::math::MODULE, &sre::sre::MODULE];

/// The native module of this name.
pub fn find(name: &str) -> Option<&'static ModuleDef> {
    MODULES.iter().copied().find(|module| module.name == name)
}
