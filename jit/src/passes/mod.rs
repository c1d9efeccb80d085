//! The pipeline: one pass a file, in the order of [`PIPELINE`].
//!
//! The builder has specialised already; what is left are redundancies that only show across blocks, and what nobody uses.
//!
//! The header of a pass shows what it does to a unit, in blocks marked `hir before` and `hir after`; [`examples`] runs them as tests.

mod dead_code;
#[cfg(test)]
mod examples;
mod exits;
pub(crate) mod hoisting;
mod instances;
mod iterators;
mod late_boxes;
mod memory;
mod ranges;
pub mod sinking;
mod threading;
mod value_numbering;

use crate::hir::{Unit, verify};
use std::time::{Duration, Instant};

/// A pass: name and function.
pub struct Pass {
    pub name: &'static str,
    run: fn(&mut Unit),
}

/// The passes in order.
pub const PIPELINE: &[Pass] = &[
    Pass { name: "threading", run: threading::run },
    Pass { name: "iterators", run: iterators::run },
    Pass { name: "instances", run: instances::run },
    Pass { name: "value-numbering", run: value_numbering::run },
    Pass { name: "memory", run: memory::run },
    Pass { name: "hoisting", run: hoisting::run },
    // Again, for what has met in front of the loops.
    Pass { name: "value-numbering", run: value_numbering::run },
    Pass { name: "late-boxes", run: late_boxes::run },
    Pass { name: "exits", run: exits::run },
    Pass { name: "dead-code", run: dead_code::run },
    // Which numbers exits want is known now.
    Pass { name: "ranges", run: ranges::run },
    Pass { name: "sinking", run: sinking::run },
];

/// Runs all passes; `check` verifies the unit after each. The time each took, by position.
///
/// # Errors
/// The pass that broke the unit, and how.
pub fn run(unit: &mut Unit, check: bool) -> Result<[Duration; PIPELINE.len()], String> {
    let mut times = [Duration::ZERO; PIPELINE.len()];
    for (pass, time) in PIPELINE.iter().zip(&mut times) {
        let start = Instant::now();
        (pass.run)(unit);
        *time = start.elapsed();
        if check {
            verify::verify(unit).map_err(|e| format!("after {}: {e}", pass.name))?;
        }
    }
    Ok(times)
}
