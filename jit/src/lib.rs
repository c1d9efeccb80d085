//! The compiled tier: hot bytecode becomes machine code.
//!
//! The way of a function: the interpreter counts it hot (`adder_interp::vm::tier_up`) -> [`build`] makes [`hir`] from bytecode
//! and feedback -> [`passes`] -> [`lower`] to machine code through Cranelift -> [`runtime`] installs it -> a guard fails and the
//! code is left through an exit, back to the interpreter in the middle of an expression.
//!
//! Building happens on the thread that holds the GIL, the rest on a thread of its own. The interpreter does not know
//! this crate; [`attach`] puts it behind the `Tier` trait.

pub mod build;
pub mod hir;
pub mod lower;
pub mod options;
pub mod passes;
pub mod runtime;

use adder_interp::vm::Vm;
use options::{Mode, Options};

/// Attaches the tier to an interpreter, unless it is switched off. `give_back` is called from time to time, on a thread that holds no
/// GIL: memory that compiling needed may be given back then.
pub fn attach(vm: &Vm, options: Options, give_back: runtime::worker::GiveBack) {
    if options.mode != Mode::Off {
        vm.tier.set(Some(Box::leak(Box::new(runtime::Jit::new(vm, options, give_back)))));
    }
}
