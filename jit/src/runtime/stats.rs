//! Counters, for `-X jit-stats`.

use crate::build::Bailout;
use crate::hir::REASONS;
use crate::lower::RuntimeCall;
use adder_interp::vm::tier_up::Exit;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::time::Duration;

/// What the tier has done.
#[derive(Default)]
pub struct Stats {
    pub installed: Cell<usize>,
    pub stale: Cell<usize>,
    pub taken_back: Cell<usize>,
    /// Bytes of code given back.
    pub freed: Cell<usize>,
    pub bytes: Cell<usize>,
    pub build_time: Cell<Duration>,
    pub compile_time: Cell<Duration>,
    exits: [Cell<u64>; REASONS.len()],
    /// Places that call the runtime, with their unit.
    pub runtime_calls: RefCell<Vec<(u32, RuntimeCall)>>,
    /// How often machine code was left at an instruction's address: unit, address, reason.
    pub exit_places: RefCell<HashMap<(u32, usize, u8), u64>>,
    /// Exits after which a unit was taken back.
    pub taken_places: RefCell<Vec<(u32, usize, u8)>>,
    bailouts: RefCell<HashMap<Bailout, u32>>,
}

impl Stats {
    /// Counts a unit that could not be built.
    pub fn bail(&self, reason: Bailout) {
        *self.bailouts.borrow_mut().entry(reason).or_default() += 1;
    }
    /// Counts an exit.
    pub fn count_exit(&self, reason: u8) {
        let count = &self.exits[reason as usize];
        count.set(count.get() + 1);
    }

    /// Counts an exit by its place.
    pub fn note_exit(&self, exit: &Exit) {
        let place = (exit.unit, exit.blamed as usize, exit.reason);
        *self.exit_places.borrow_mut().entry(place).or_default() += 1;
    }

    /// Notes that an exit was the reason for taking a unit back.
    pub fn note_taken(&self, exit: &Exit) {
        self.taken_places.borrow_mut().push((exit.unit, exit.blamed as usize, exit.reason));
    }

    /// Prints everything to standard error.
    pub fn print(&self) {
        eprintln!("jit: {} units installed, {} bytes", self.installed.get(), self.bytes.get());
        let freed = self.freed.get();
        eprintln!(
            "jit: {} taken back, {} stale, {freed} bytes freed",
            self.taken_back.get(),
            self.stale.get()
        );
        eprintln!("jit: {:?} building, {:?} compiling", self.build_time.get(), self.compile_time.get());
        for (name, count) in REASONS.iter().zip(&self.exits) {
            if count.get() > 0 {
                eprintln!("jit: {} exits: {name}", count.get());
            }
        }
        for (reason, count) in self.bailouts.borrow().iter() {
            eprintln!("jit: {count} not built: {reason:?}");
        }
    }
}
