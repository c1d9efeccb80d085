//! Bugs to be found, ten of the interpreter and thirteen miscompilations: a measure of the tests, not of the interpreter.
//!
//! Only with the cargo feature `planted-bugs`; without it [`planted`] is the constant `false` and nothing of this remains.
//! `-X planted-bug=NAME` switches one on. Each is a mistake that somebody could make in the place where it stands:
//! `tests/fuzz/planted.py` shows how many generated programs notice each of them.

macro_rules! bugs {
    ($($(#[$doc:meta])* $variant:ident $name:literal;)*) => {
        /// A bug that can be switched on.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Bug {
            $($(#[$doc])* $variant,)*
        }

        impl Bug {
            /// All bugs, with the names the option takes.
            pub const ALL: &[(&str, Bug)] = &[$(($name, Bug::$variant)),*];
        }
    };
}

bugs! {
    /// `%` of ints of more than 49 bits forgets that the result takes the divisor's sign.
    ModSign "mod-sign";
    /// A slice with a negative step that starts behind the end starts one item too early.
    SliceStart "slice-start";
    /// `<` of sets is true for equal ones.
    SubsetOfItself "subset-of-itself";
    /// `sort(reverse=True)` turns equal items around.
    UnstableReverse "unstable-reverse";
    /// What is raised while another exception is handled has no context.
    LostContext "lost-context";
    /// `throw` raises in the outer generator although it delegates to another.
    ThrowAtOuter "throw-at-outer";
    /// `close` does not run the `finally` of a suspended generator.
    CloseSkipsFinally "close-skips-finally";
    /// An attribute of the instance hides a property of its class.
    InstanceFirst "instance-first";
    /// `a, *b, c = items` wants an item for the star.
    StarNeedsItem "star-needs-item";
    /// The method of a subclass on the right is not preferred.
    LeftFirst "left-first";

    // Of the JIT.
    /// An exit does not restore the last local variable if it is an unboxed int.
    StaleSlot "jit-stale-slot";
    /// Any instance passes for one of the class that was seen.
    LostGuard "jit-lost-guard";
    /// One more than the greatest small int is said to fit.
    RangeOffByOne "jit-range-off-by-one";
    /// `-` of 64 bits wraps around.
    OverflowUnchecked "jit-overflow-unchecked";
    /// Attributes are read in front of a loop that stores them.
    HoistedPastStore "jit-hoisted-past-store";
    /// A store to an object leaves what is known of others that may be the same.
    StaleLoad "jit-stale-load";
    /// Stores in compiled code do not tell the collector.
    MissingBarrier "jit-missing-barrier";
    /// Code stays when a class or a function changes that it relies on.
    StaleWatchpoint "jit-stale-watchpoint";
    /// What an inlined function catches itself goes to its caller's handler.
    LostHandler "jit-lost-handler";
    /// A variable without a value is read.
    UnboundUnnoticed "jit-unbound-unnoticed";
    /// What is left in a register for a global is not stored when the function returns.
    LostGlobal "jit-lost-global";
    /// A negative int passes for an unsigned word.
    NegativeWord "jit-negative-word";
    /// Floor division adjusts whenever there is a remainder.
    TruncatedDivision "jit-truncated-division";
}

#[cfg(feature = "planted-bugs")]
mod switch {
    use super::Bug;
    use std::sync::OnceLock;

    static ACTIVE: OnceLock<Bug> = OnceLock::new();

    /// Switches a bug on, for the whole process. False if there is none of this name, or another is on.
    pub fn plant(name: &str) -> bool {
        let found = Bug::ALL.iter().find(|(n, _)| *n == name);
        found.is_some_and(|(_, bug)| ACTIVE.set(*bug).is_ok())
    }

    /// Whether this bug is on.
    pub fn planted(bug: Bug) -> bool {
        ACTIVE.get() == Some(&bug)
    }
}

#[cfg(not(feature = "planted-bugs"))]
mod switch {
    use super::Bug;

    /// Without the feature there is nothing to switch on.
    pub fn plant(_name: &str) -> bool {
        false
    }

    /// Without the feature: never.
    #[inline(always)]
    pub const fn planted(_bug: Bug) -> bool {
        false
    }
}

pub use switch::{plant, planted};
